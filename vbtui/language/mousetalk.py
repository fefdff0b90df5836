"""Mouse talk made into keys: the backend thinks that it talks to someone with a mouse.

wire/README.md, Words that are not for the backend: what it says about buttons, panels and dragging
becomes what works here. Only the mouse talk goes: content, quoted words, code, links and Markdown
stay as they are, and so do buttons that are part of the picture ("viewers click the button").

The turns of phrase of mouse talk, English and Chinese, and what each becomes.

Every repetition in the patterns is bounded, so that a search takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vbtui.language.quotes import CLOSING, MARKS, OPENING, Quotes

EXPORT, STATE, DRAG, SAY, UPLOAD = "export", "state", "drag", "say", "upload"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the backend wanted done by mouse."""

    kind: str
    """`export`, `state` (a panel was to be opened), `drag`, `say` (another button), `upload`."""
    say: str = ""
    """For `drag` and `say`: the message that asks the agent for it."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What to show, and what the mouse talk asked for, in order and without repeats."""

    text: str
    actions: tuple[Action, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(action.kind for action in self.actions)


def translate(text: str, chinese: bool) -> Translation:
    """The agent's Markdown with keys in place of mouse talk.

    Both languages are looked for in any text; `chinese` says in which one vbtui puts its own
    words where the surrounding text is neither. Takes time in proportion to the length; in a thread
    it holds up the others for no longer than a line takes.
    """
    actions: list[Action] = []
    text = "".join(_lines(_without_temporary_issue(text), actions, chinese))
    return Translation(text, tuple(dict.fromkeys(actions)))


def _lines(text: str, actions: list[Action], chinese: bool) -> Iterator[str]:
    """The text line by line: no turn of phrase spans two, and most lines hold none."""
    fence = ""
    for line in _NEWLINE.findall(text):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and MAY_BE.search(line):
            for rule in RULES:
                line = _apply(rule, line, actions, chinese)
        yield line


def _apply(rule: Rule, text: str, actions: list[Action], chinese: bool) -> str:
    if not rule.pattern.search(text):
        return text
    safe = _protected(text)

    def replace(match: re.Match[str]) -> str:
        if safe(match.start()) or is_of_others(text, match.start()):
            return match.group()
        made = rule.make(match, text, chinese)
        if made is None:
            return match.group()
        words, kind, say = made
        if kind:
            actions.append(Action(kind, say))
        if match.group()[:1].isupper() and words[:1].islower():
            words = words[0].upper() + words[1:]
        return words

    return rule.pattern.sub(replace, text)


_NEWLINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"\s{0,3}(?:[-*>]\s)?(`{3,}|~{3,})")
_CODE = re.compile(r"`[^`\n]{1,200}`")
_LINK = re.compile(r"https?://[^\s)>\]]{1,2000}|\[[^\]\n]{1,200}\]\([^)\n]{1,2000}\)")


def _protected(text: str) -> Callable[[int], bool]:
    """Whether a place in `text` lies within code, a link or quoted words."""
    inside = bytearray(len(text) + 1)
    matches = [match.span() for pattern in (_CODE, _LINK) for match in pattern.finditer(text)]
    for start, end in [*matches, *Quotes(text).runs()]:
        inside[start:end] = b"\1" * (end - start)
    return lambda position: bool(inside[position])


_TEMPORARY = re.compile(
    r"(?:\s|^|[.!?。！？])[*_>\s-]{0,6}(?:⚠️?\s?)?"
    r"(?:(?:I'm |I am |we're )?sorry[,.!]? (?:but )?|unfortunately,? |however,? |oops[,!.]? )?"
    r"(?:I|we)(?:'ve|’ve| have)?(?: just)? (?:encountered|ran into|hit) (?:a|some) temporary "
    r"(?:issue|problem|error)[^\n]{0,300}\s*\Z"
    r"|(?:抱歉|对不起|很遗憾)?[，,]?(?:但)?(?:我|系统)?(?:刚才)?遇到了?(?:一个|一些)?(?:临时|暂时)(?:性)?的?"
    r"(?:问题|错误|故障)[^\n]{0,200}\s*\Z",
    re.IGNORECASE,
)
_TAIL = 600


def _without_temporary_issue(text: str) -> str:
    """A trailing "I encountered a temporary issue" after a normal answer is dropped (wire/README.md, The end of a turn)."""
    start = max(len(text) - _TAIL, 0)
    match = _TEMPORARY.search(text, start)
    if match is None:
        return text
    first = match.group()[:1]
    kept = text[: match.start() + (1 if first in ".!?。！？" else 0)].rstrip()
    return kept if kept else text


class LiveTranslator:
    """Translates a reply while it grows: closed paragraphs once, the open one each time.

    A sentence that has begun with mouse talk is held back until it ends, so that nothing is shown
    and then taken back.
    """

    def __init__(self, chinese: bool) -> None:
        self._chinese = chinese
        self._raw = ""
        self._done = ""

    def so_far(self, text: str) -> str:
        """What to show of `text`; each call usually gets a longer one."""
        if not text.startswith(self._raw):
            self._raw = self._done = ""
        border = text.rfind("\n\n", len(self._raw))
        if border > 0 and text.count("```", len(self._raw), border) % 2 == 0:
            closed = text[len(self._raw) : border + 2]
            self._done += _lenient(closed, self._chinese)
            self._raw += closed
        rest = text[len(self._raw) :]
        if len(rest) > 4000:
            return self._done + rest
        shown, _ = split_open(rest)
        return self._done + _lenient(shown, self._chinese)


def _lenient(text: str, chinese: bool) -> str:
    """Translated, but without judging an end that is still to come."""
    return translate(text + "\0", chinese).text.removesuffix("\0")


Made = tuple[str, str, str] | None
"""The words instead, the kind of action (or empty), the message to offer; None: leave it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One turn of phrase."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str], str, bool], Made]
    """(match, whole text, chinese) → what it becomes."""


_NO_CURLY = str.maketrans("“”", "''")
"""For a message that is to stand between such marks."""
_Q = rf"[{MARKS}*_]{{0,4}}"
"""Marks around a button's label."""
_CLICK = (
    r"(?:double[- ]|right[- ]|left[- ])?(?:click(?:ing)?|tap(?:ping)?|press(?:ing)?|hit(?:ting)?)"
    r"(?: on)?"
)
_SIDE = r"(?:top|bottom|upper|lower|left|right|center|centre|middle|main|main menu)"
_WHERE = (
    rf"(?:,? (?:located |found )?(?:in|at|on|from|to|near|of|under) (?:the |your )?"
    rf"(?:{_SIDE}[- ]?(?:hand[- ])?(?:{_SIDE})?(?: corner| side| bar| edge| menu| toolbar)?"
    r"(?: of (?:the |your )?(?:screen|page|window|editor|interface|app|panel|player|timeline))?"
    r"|toolbar|sidebar|screen|menu bar|navigation bar|header|page|interface|editor|menu)(?![\w-])){0,2}"
)
_AROUND = f"{MARKS}*_ "
_SAVES = r"(?:export|download|render|save(?: video)?|share|publish)"
_ABOUT_SAVING = re.compile(r"\bto (?:save|export|download|get|render|keep|share)\b", re.IGNORECASE)


def _sentence(text: str, position: int) -> tuple[str, str]:
    """The parts of the sentence before and after a place, at most 200 characters each."""
    head = re.split(r"[.!?。！？\n]", text[max(position - 200, 0) : position])[-1]
    tail = re.split(r"[.!?。！？\n]", text[position : position + 200])[0]
    return head, tail


def _export(match: re.Match[str], text: str, chinese: bool) -> Made:
    head, _ = _sentence(text, match.start())
    _, tail = _sentence(text, match.end())
    ing = "ing" if "ing" in match.group()[:9].lower() else ""
    purpose = "" if _ABOUT_SAVING.search(head) or tail.startswith(" to ") else " to export"
    return f"press{ing} **ctrl+s**{purpose}", "export", ""


def _export_place(match: re.Match[str], text: str, chinese: bool) -> Made:
    return ("**ctrl+s** exports", "export", "") if match.group("place") else None


def _select(match: re.Match[str], text: str, chinese: bool) -> Made:
    return f"select {match.group('what')} (**F4**)", "state", ""


def _again(match: re.Match[str], text: str, chinese: bool) -> Made:
    """A second button on the way to the same file: ctrl+s does it all."""
    head, _ = _sentence(text, match.start())
    return ("", "export", "") if "ctrl+s" in head else None


def _button(match: re.Match[str], text: str, chinese: bool) -> Made:
    label = match.group("label").strip(_AROUND)
    if label.lower() in ("play", "preview", "play/preview"):
        return "look at the timeline (**F4**)", "state", ""
    if label.lower() in ("upload", "import", "add media", "upload media", "+"):
        return "press **ctrl+o**", "upload", ""
    return f"say “{label}”", "say", label


_SCREENS = (
    (
        re.compile(r"media|asset|librar|upload|file|素材|媒体|文件|资源", re.I),
        "F3",
        "media",
        "素材",
    ),
    (re.compile(r"export|render|download|导出|渲染|下载", re.I), "F5", "renders", "导出列表"),
    (
        re.compile(
            r"timeline|track|editor|preview|project|时间线|时间轴|轨道|预览|编辑|项目", re.I
        ),
        "F4",
        "the timeline",
        "时间线",
    ),
    (re.compile(r"chat|对话|聊天", re.I), "F2", "the chat", "对话"),
)


def _screen(name: str) -> tuple[str, str, str] | None:
    return next((found[1:] for found in _SCREENS if found[0].search(name)), None)


def _panel(match: re.Match[str], text: str, chinese: bool) -> Made:
    name = match.group("label").strip(_AROUND)
    ing = "ing" if "ing " in match.group()[:12].lower() else ""
    found = _screen(name)
    if found is None:
        return f"say{ing} what you want from {name}", "state", ""
    verb = "opening" if ing else "open"
    return f"{verb} {found[1]} (**{found[0]}**)", "state", ""


def _in_panel(match: re.Match[str], text: str, chinese: bool) -> Made:
    found = _screen(match.group("label"))
    return (f"on {found[0]} ({found[1]})", "", "") if found else None


def _drag(match: re.Match[str], text: str, chinese: bool) -> Made:
    what, where = match.group("what").strip(" *_"), (match["where"] or "here").strip(" *_")
    if re.search(r"file|media|upload", what, re.I) and re.search(
        r"here|window|area|box|zone|upload|browser|page", where, re.I
    ):
        return f"upload {what} (**ctrl+o**)", "upload", ""
    verb = "add" if re.search(r"timeline|track|canvas|editor", where, re.I) else "move"
    message = f"{verb} {what} to {where}".translate(_NO_CURLY)
    return f"say “{message}”", "drag", message


def _drag_to(match: re.Match[str], text: str, chinese: bool) -> Made:
    return f"say how to {match.group('do')}", "drag", ""


def _preview(match: re.Match[str], text: str, chinese: bool) -> Made:
    ing = "ing" if "ing" in match.group()[:12].lower() else ""
    return f"look{ing} at the timeline (**F4**)", "state", ""


def _export_chinese(match: re.Match[str], text: str, chinese: bool) -> Made:
    return "按 **ctrl+s** 导出", "export", ""


def _button_chinese(match: re.Match[str], text: str, chinese: bool) -> Made:
    label = match.group("label").strip(_AROUND)
    if label in ("播放", "预览"):
        return "查看时间线（**F4**）", "state", ""
    if label in ("上传", "导入", "添加素材", "上传素材"):
        return "按 **ctrl+o** 上传", "upload", ""
    return f"说“{label}”", "say", label


def _panel_chinese(match: re.Match[str], text: str, chinese: bool) -> Made:
    name = match.group("label").strip(_AROUND)
    found = _screen(name)
    if found is None:
        return f"说出想要的{name}", "state", ""
    return f"打开{found[2]}（**{found[0]}**）", "state", ""


def _drag_chinese(match: re.Match[str], text: str, chinese: bool) -> Made:
    what, where = match.group("what").strip(" *_"), match.group("where").strip(" *_")
    if re.search(r"文件", what) and re.search(r"这里|窗口|区域|上传|页面", where):
        return f"上传{what}（**ctrl+o**）", "upload", ""
    verb = "加到" if re.search(r"时间线|时间轴|轨道|画布", where) else "移到"
    message = f"把{what}{verb}{where}".translate(_NO_CURLY)
    return f"说“{message}”", "drag", message


def _preview_chinese(match: re.Match[str], text: str, chinese: bool) -> Made:
    return "查看时间线（**F4**）", "state", ""


def _rule(pattern: str, make: Callable[[re.Match[str], str, bool], Made]) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), make)


MAY_BE = re.compile(
    rf"点[{OPENING}*]|"
    r"\b(?:click|tap|press|hit|drag|preview)(?:ing|ping|ging)?\b|\b(?:button|icon|panel|tab|menu|sidebar|"
    r"pane|dialog|window|view|drawer|option)\b|点击|点选|单击|双击|点按|点一下|按下|轻触|面板|"
    r"标签|选项卡|菜单|窗口|侧边栏|界面|栏|按钮|图标|拖|预览",
    re.IGNORECASE,
)
"""What every turn of phrase holds at least one of."""

_LABEL = rf"(?P<label>[A-Z][\w+&/-]{{0,20}}(?: [\w+&/-]{{1,20}}){{0,3}}?|[{OPENING}*_]{{1,3}}[^\n{CLOSING}*_]{{1,40}}[{CLOSING}*_]{{1,3}})"
_PANEL_NAME = rf"(?P<label>[{OPENING}*_]{{0,3}}[\w&/-]{{1,20}}(?: [\w&/-]{{1,20}}){{0,2}}?[{CLOSING}*_]{{0,3}})"
_PANELS = r"(?:panel|tab|menu|sidebar|pane|dialog|window|view|drawer)"
_THING = r"(?P<what>(?:the |your |a |an |any |this |that |each |it\b|them\b|clips?\b|files?\b|media\b|\*)[^.!?,;\n]{0,60}?)"
_PLACE = r"(?P<where>(?:the |your |a |an )?(?:[\w-]{1,20} ){0,3}?(?:timeline|track|canvas|editor|window|area|box|zone|browser|page|library|panel|position|slot|start|beginning|end|top|bottom|left|right|corner|place|spot)\b|here\b)"
_ZH_Q, _ZH_Q_END = f"[{OPENING}*_]{{0,3}}", f"[{CLOSING}*_]{{0,3}}"
_ZH_WHERE = (
    r"(?:(?:在|位于)?(?:界面|页面|屏幕|编辑器|窗口)?(?:的)?(?:右上角|左上角|右下角|左下角|右上方|左上方|右下方|"
    r"左下方|顶部|底部|上方|下方|左侧|右侧|右边|左边|中间|旁边)(?:的)?)?"
)
_ZH_CLICK = rf"(?:请)?(?:您|你)?(?:点击|点选|单击|双击|右键点击|点按|点一下|按下|轻触|点(?=[{OPENING}*]))(?:一下)?"

RULES: tuple[Rule, ...] = (
    # -- English --
    _rule(
        rf"(?<![\w-]){_CLICK} (?:the )?(?:\[{_SAVES}\](?!\()|{_Q}{_SAVES}(?: (?:video|movie|project|now|mp4))?{_Q})"
        rf"(?: (?:button|icon|option|link)s?)?(?![\w-]){_WHERE}",
        _export,
    ),
    _rule(
        rf"(?<![\w-])(?:use|using|find|via|select|choose|go to|look for) the {_Q}{_SAVES}{_Q}"
        rf" (?:button|icon|option)(?![\w-]){_WHERE}",
        _export,
    ),
    _rule(r"(?:,? (?:and )?then |,? and |, )press \*\*ctrl\+s\*\*(?: to export)?", _again),
    _rule(
        rf"(?<![\w-])the {_Q}{_SAVES}{_Q} (?:button|icon) is(?P<place>{_WHERE})(?![\w-])",
        _export_place,
    ),
    _rule(
        rf"(?<![\w-])(?:open(?:ing)?(?: up)?|go(?:ing)? to|navigat(?:e|ing) to|switch(?:ing)? to|"
        rf"head(?:ing)? to|{_CLICK}) (?:the |your )?{_PANEL_NAME} {_PANELS}(?![\w-]){_WHERE}",
        _panel,
    ),
    _rule(
        rf"(?<![\w-]){_CLICK} (?:the )?{_Q}{_LABEL}{_Q} (?:button|icon|option|checkbox|toggle)(?![\w-]){_WHERE}",
        _button,
    ),
    _rule(
        rf"(?<![\w-]){_CLICK} (?P<what>(?:the |your |that |this )(?:[\w-]{{1,20}} ){{0,2}}?"
        r"(?:clip|track|segment|title|text|layer|timeline|transition))(?![\w-])",
        _select,
    ),
    _rule(rf"(?<![\w-])(?:in|from|on|inside) the {_PANEL_NAME} {_PANELS}(?![\w-])", _in_panel),
    _rule(
        rf"(?<![\w-])drag(?:ging)?(?:[ -]and[ -]drop(?:ping)?)? {_THING} (?:(?:on|onto|into|in|to|over) {_PLACE}|(?P<here>here\b))",
        _drag,
    ),
    _rule(
        r"(?<![\w-])drag(?:ging)?(?:[ -]and[ -]drop(?:ping)?)? (?:the |its |their |your |it |them )"
        r"[^.!?,;\n]{0,60}?to (?P<do>(?:trim|resize|adjust|extend|shorten|reorder|rearrange|move|change|scale)"
        r"[^.!?,;\n]{0,60})",
        _drag_to,
    ),
    _rule(
        r"(?<![\w-])preview(?:ing)? (?:(?:it|them|this|that|the \w{1,15}|your \w{1,15}) )?"
        r"(?:in|on) (?:the |your )?timeline(?: panel| view)?(?![\w-])",
        _preview,
    ),
    # -- Chinese --
    _rule(
        rf"{_ZH_CLICK}{_ZH_WHERE}{_ZH_Q}(?:导出|下载|保存|渲染|发布)(?:视频|成片|项目)?{_ZH_Q_END}(?:视频)?"
        r"(?:按钮|图标|选项|键)?",
        lambda match, text, chinese: _keep_please(match, _export_chinese(match, text, chinese)),
    ),
    _rule(r"(?:，|,|、)?(?:然后|再|并|接着)?按 \*\*ctrl\+s\*\* 导出", _again),
    _rule(
        rf"(?:打开|进入|切换到|点开|展开|{_ZH_CLICK}){_ZH_WHERE}{_ZH_Q}(?P<label>[\w]{{1,10}}?){_ZH_Q_END}"
        r"(?:面板|标签页|选项卡|标签|菜单|窗口|侧边栏|界面|栏)",
        _panel_chinese,
    ),
    _rule(
        rf"{_ZH_CLICK}{_ZH_WHERE}(?:{_ZH_Q}(?P<label>[^\n，。！？{MARKS}*]{{1,12}}?){_ZH_Q_END}(?:按钮|图标|键))",
        lambda match, text, chinese: _keep_please(match, _button_chinese(match, text, chinese)),
    ),
    _rule(
        r"(?:把|将)(?P<what>[^，。！？；\n]{1,30}?)(?:拖拽|拖放|拖动|拖曳|拖)(?:到|至|进|入)(?P<where>[^，。！？；\n、]{1,20})",
        _drag_chinese,
    ),
    _rule(
        r"(?:拖拽|拖放|拖动|拖曳)(?P<what>[^，。！？；\n]{1,20}?)(?:到|至|进入?)(?P<where>[^，。！？；\n、]{1,20})",
        _drag_chinese,
    ),
    _rule(
        r"(?:在时间[线轴](?:面板)?(?:上|中|里|内)?(?:进行)?预览|预览时间[线轴])(?:效果|视频|一下)?",
        _preview_chinese,
    ),
)


def _keep_please(match: re.Match[str], made: Made) -> Made:
    """请 stays: it belongs to the sentence, not to the mouse."""
    if made is None or not match.group().startswith("请"):
        return made
    return ("请" + made[0], *made[1:])


_OTHERS = re.compile(
    r"(?:viewers?|people|users?|they|customers?|fans|who|subscribers?|audience|everyone|visitors?|"
    r"he|she|cursor|mouse|character|man|woman|hand|finger)(?: (?:can|to|will|should|could))?\s\Z"
    r"|(?:观众|用户|他们|粉丝|大家|人们|客户|访客|鼠标|手指)(?:可以|能|会|去)?\Z",
    re.IGNORECASE,
)


def is_of_others(text: str, position: int) -> bool:
    """Whether the one who clicks is somebody in or before the video, not the user."""
    return bool(_OTHERS.search(text[max(position - 30, 0) : position]))


_STARTS = [
    "click",
    "clicking",
    "double-click",
    "right-click",
    "left-click",
    "tap",
    "tapping",
    "press",
    "pressing",
    "hit",
    "drag",
    "dragging",
    "open",
    "opening",
    "preview",
    "previewing",
    "navigate",
    "navigating",
    "switch",
    "switching",
    "head",
]
_WEAK_STARTS = [
    "go",
    "going",
    "use",
    "using",
    "select",
    "choose",
    "find",
    "via",
    "look",
    "in",
    "on",
    "from",
    "inside",
    "the",
]
_STARTS_CHINESE = r"点|打开|进入|展开|切换|拖|把|将|预览|在|按|轻触|单击|双击|右键"
_BEGUN = re.compile(
    rf"\b(?:{'|'.join(_STARTS)})\b(?:\s+\S+){{0,14}}\s*\Z"
    rf"|\b(?:{'|'.join(_WEAK_STARTS)})\b(?:\s+\S+){{0,5}}\s*\Z"
    rf"|(?:{_STARTS_CHINESE})[^，。！？；\n]{{0,40}}\Z"
    r"|\Z",
    re.IGNORECASE,
)
"""Where a turn of phrase may have begun that is not long enough yet to tell."""
_WORD_BEGUN = re.compile(r"[A-Za-z-]{1,14}\Z|[打进切展单双右轻预]\Z")
_LEADING = re.compile(
    r"(?:(?:,|[,\s]*\band|[,\s]*\bthen|[,\s]*\band then)\s*|\s+|[，、]?(?:然后|再|并|接着|请|您|你){0,3}"
    r"|[“\"「*_\s]{1,5})\Z",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?](?=\s)|[。！？\n]")


def split_open(text: str) -> tuple[str, str]:
    """`text` up to where mouse talk may be beginning, and what is held back of it.

    A sentence that is complete is never held back, nor more than some words of an open one.
    """
    last = 0
    for match in _END.finditer(text):
        last = match.end()
    open_part = text[last:][-600:]
    begun = _BEGUN.search(open_part)
    cut = begun.start() if begun else len(open_part)
    word = _WORD_BEGUN.search(open_part, 0, cut)
    if word is not None and _may_become_mouse_talk(word.group().lower()):
        cut = word.start()
    leading = _LEADING.search(open_part, 0, cut)
    if leading is not None:
        cut = leading.start()
    border = len(text) - len(open_part) + cut
    return text[:border], text[border:]


def _may_become_mouse_talk(word: str) -> bool:
    if not word.isascii():
        return True
    return any(start.startswith(word) for start in (*_STARTS, *_WEAK_STARTS, "and", "then"))
