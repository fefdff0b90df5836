"""Mouse talk made into keys: the backend thinks that it talks to someone with a mouse.

wire/README.md, Words that are not for the backend: what it says about buttons, panels and dragging
becomes what works here. Only the mouse talk goes: content, quoted words, code, links and Markdown
stay as they are, and so do buttons that are part of the picture ("viewers click the button").
Both languages are looked for in any text. Every repetition in the patterns is bounded, so that a
search takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from vbtui.base.keys import key_name
from vbtui.base.patterns import regex
from vbtui.language.quotes import CLOSING, MARKS, OPENING, Quotes


class Reworded(NamedTuple):
    """What to show of a reply or a part of it, with keys in place of the mouse talk."""

    text: str
    exports: bool = False
    """The mouse talk pointed to a button that exports."""


def translate(text: str) -> Reworded:
    """The agent's Markdown with keys in place of mouse talk.

    Takes time in proportion to the length; in a thread it holds up the others for no longer than a
    line takes.
    """
    lines = list(_lines(_without_temporary_issue(text)))
    return Reworded("".join(line.text for line in lines), any(line.exports for line in lines))


class LiveTranslator:
    """Translates a reply while it grows: closed paragraphs once, the open one each time.

    A sentence that has begun with mouse talk is held back until it ends, so that nothing is shown
    and then taken back.
    """

    def __init__(self) -> None:
        self._raw = ""
        self._done = ""

    def so_far(self, text: str) -> str:
        """What to show of `text`; each call usually gets a longer one."""
        if not text.startswith(self._raw):
            self._raw = self._done = ""
        border = text.rfind("\n\n", len(self._raw))
        if border > 0 and text.count("```", len(self._raw), border) % 2 == 0:
            closed = text[len(self._raw) : border + 2]
            self._done += _lenient(closed)
            self._raw += closed
        rest = text[len(self._raw) :]
        if len(rest) > 4000:
            return self._done + rest
        return self._done + _lenient(_settled(rest))


def _lenient(text: str) -> str:
    """Translated, but without judging an end that is still to come."""
    return translate(text + "\0").text.removesuffix("\0")


# -- a text, line by line -----------------------------------------------------------------------

_MOST_ROUNDS = 4
_NEWLINE = regex(r"[^\n]*\n|[^\n]+")
_FENCE = regex(r"\s{0,3}(?:[-*>]\s)?(`{3,}|~{3,})")
_CODE = regex(r"`[^`\n]{1,200}`")
_LINK = regex(r"https?://[^\s)>\]]{1,2000}|\[[^\]\n]{1,200}\]\([^)\n]{1,2000}\)")
_OTHERS = regex(
    r"(?:viewers?|people|users?|they|customers?|fans|who|subscribers?|audience|everyone|visitors?|"
    r"he|she|cursor|mouse|character|man|woman|hand|finger)(?: (?:can|to|will|should|could))?\s\Z"
    r"|(?:观众|用户|他们|粉丝|大家|人们|客户|访客|鼠标|手指)(?:可以|能|会|去)?\Z",
    re.IGNORECASE,
)


def _lines(text: str) -> Iterator[Reworded]:
    """No turn of phrase spans two lines, and most lines hold none."""
    fence = ""
    for line in _NEWLINE.findall(text):
        mark = _FENCE.match(line)
        exports = False
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and _MAY_BE.search(line):
            line, exports = _translated(line)
        yield Reworded(line, exports)


def _translated(line: str) -> Reworded:
    """A line by all rules, again where that changed it: a mark may have gone that hid the next one."""
    exports = False
    for _ in range(_MOST_ROUNDS):
        before = line
        for rule in _RULES:
            line, now = _apply(rule, line)
            exports = exports or now
        if line == before:
            break
    return Reworded(line, exports)


def _apply(rule: _Rule, text: str) -> Reworded:
    if not rule.pattern.search(text):
        return Reworded(text)
    kept, made = _protected(text), 0

    def replace(match: re.Match[str]) -> str:
        nonlocal made
        start = match.start()
        if kept[start] or _OTHERS.search(text[max(start - 30, 0) : start]):
            return match[0]
        words = rule.make(match, text)
        if words is None:
            return match[0]
        made += 1
        return words[0].upper() + words[1:] if match[0][:1].isupper() and words else words

    text = rule.pattern.sub(replace, text)
    return Reworded(text, bool(made) and rule.exports)


def _protected(text: str) -> bytearray:
    """1 for each place in `text` that lies within code, a link or quoted words."""
    inside = bytearray(len(text) + 1)
    matches = [match.span() for pattern in (_CODE, _LINK) for match in pattern.finditer(text)]
    for start, end in [*matches, *Quotes(text).runs()]:
        inside[start:end] = b"\1" * (end - start)
    return inside


_TEMPORARY = regex(
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
    match = _TEMPORARY.search(text, max(len(text) - _TAIL, 0))
    if match is None:
        return text
    first = match[0][:1]
    kept = text[: match.start() + (1 if first in ".!?。！？" else 0)].rstrip()
    return kept if kept else text


# -- what mouse talk becomes --------------------------------------------------------------------
#
# Each takes what was found and the whole line, and gives the words instead; None leaves it.

_AROUND = f"{MARKS}*_ "
_NO_CURLY = str.maketrans("“”", "''")
"""For a message that is to stand between such marks."""
_ABOUT_SAVING = regex(r"\bto (?:save|export|download|get|render|keep|share)\b", re.IGNORECASE)
_END_OF_SENTENCE = regex(r"[.!?。！？\n]")


class _Screen(NamedTuple):
    """A screen of vbtui, which panels of certain names stand for."""

    panels: re.Pattern[str]
    key: str
    """The id of its key."""
    name: str
    name_zh: str


_SCREENS = tuple(
    _Screen(regex(panels, re.IGNORECASE), key, name, name_zh)
    for panels, key, name, name_zh in (
        ("media|asset|librar|upload|file|素材|媒体|文件|资源", "app.media", "media", "素材"),
        ("export|render|download|导出|渲染|下载", "app.renders", "renders", "导出列表"),
        (
            "timeline|track|editor|preview|project|时间线|时间轴|轨道|预览|编辑|项目",
            "app.timeline",
            "the timeline",
            "时间线",
        ),
        ("chat|对话|聊天", "app.chat", "the chat", "对话"),
    )
)


def _screen(panel: str) -> _Screen | None:
    return next((screen for screen in _SCREENS if screen.panels.search(panel)), None)


def _before(match: re.Match[str], text: str) -> str:
    """What the sentence says before the match, at most 200 characters."""
    return _END_OF_SENTENCE.split(text[max(match.start() - 200, 0) : match.start()])[-1]


def _ing(match: re.Match[str]) -> str:
    """`ing` when the phrase begins with a word such as `clicking`."""
    return "ing" if "ing" in match[0][:12].split(" ")[0].lower() else ""


def _label(match: re.Match[str]) -> str:
    return match["label"].strip(_AROUND)


def _export(match: re.Match[str], text: str) -> str:
    told = _ABOUT_SAVING.search(_before(match, text)) or text.startswith(" to ", match.end())
    return f"press{_ing(match)} **{key_name('app.export')}**{'' if told else ' to export'}"


def _export_place(match: re.Match[str], text: str) -> str | None:
    return f"**{key_name('app.export')}** exports" if match["place"] else None


def _again(match: re.Match[str], text: str) -> str | None:
    """A second button on the way to the same file: the export does it all."""
    return "" if key_name("app.export") in _before(match, text) else None


def _select(match: re.Match[str], text: str) -> str:
    return f"select {match['what']} (**{key_name('app.timeline')}**)"


def _button(match: re.Match[str], text: str) -> str:
    label = _label(match)
    if label.lower() in ("play", "preview", "play/preview"):
        return f"look at the timeline (**{key_name('app.timeline')}**)"
    if label.lower() in ("upload", "import", "add media", "upload media", "+"):
        return f"press **{key_name('app.upload')}**"
    return f"say “{label}”"


def _panel(match: re.Match[str], text: str) -> str:
    screen, ing = _screen(_label(match)), _ing(match)
    if screen is None:
        return f"say{ing} what you want from {_label(match)}"
    return f"open{ing} {screen.name} (**{key_name(screen.key)}**)"


def _in_panel(match: re.Match[str], text: str) -> str | None:
    screen = _screen(match["label"])
    return f"on {key_name(screen.key)} ({screen.name})" if screen else None


def _drag(match: re.Match[str], text: str) -> str:
    what, where = match["what"].strip(" *_"), (match["where"] or "here").strip(" *_")
    if re.search(r"file|media|upload", what, re.I) and re.search(
        r"here|window|area|box|zone|upload|browser|page", where, re.I
    ):
        return f"upload {what} (**{key_name('app.upload')}**)"
    verb = "add" if re.search(r"timeline|track|canvas|editor", where, re.I) else "move"
    return f"say “{f'{verb} {what} to {where}'.translate(_NO_CURLY)}”"


def _drag_to(match: re.Match[str], text: str) -> str:
    return f"say how to {match['do']}"


def _preview(match: re.Match[str], text: str) -> str:
    return f"look{_ing(match)} at the timeline (**{key_name('app.timeline')}**)"


def _export_chinese(match: re.Match[str], text: str) -> str:
    return f"{_please(match)}按 **{key_name('app.export')}** 导出"


def _button_chinese(match: re.Match[str], text: str) -> str:
    label, please = _label(match), _please(match)
    if label in ("播放", "预览"):
        return f"{please}查看时间线（**{key_name('app.timeline')}**）"
    if label in ("上传", "导入", "添加素材", "上传素材"):
        return f"{please}按 **{key_name('app.upload')}** 上传"
    return f"{please}说“{label}”"


def _please(match: re.Match[str]) -> str:
    """请 stays: it belongs to the sentence, not to the mouse."""
    return "请" if match[0].startswith("请") else ""


def _panel_chinese(match: re.Match[str], text: str) -> str:
    screen = _screen(_label(match))
    return (
        f"打开{screen.name_zh}（**{key_name(screen.key)}**）"
        if screen
        else f"说出想要的{_label(match)}"
    )


def _drag_chinese(match: re.Match[str], text: str) -> str:
    what, where = match["what"].strip(" *_"), match["where"].strip(" *_")
    if "文件" in what and re.search(r"这里|窗口|区域|上传|页面", where):
        return f"上传{what}（**{key_name('app.upload')}**）"
    verb = "加到" if re.search(r"时间线|时间轴|轨道|画布", where) else "移到"
    return f"说“{f'把{what}{verb}{where}'.translate(_NO_CURLY)}”"


def _preview_chinese(match: re.Match[str], text: str) -> str:
    return f"查看时间线（**{key_name('app.timeline')}**）"


_ABOUT_CREDITS = regex(
    r"\b(?:credits?|balance|quota|usage|billing|plan|subscription|top(?:ping)?[- ]up|payment)\b"
    r"|积分|余额|额度|用量|账单|套餐|充值|点数",
    re.IGNORECASE,
)
"""Without it an account is what the video is about: "visit your account today" may be its last line."""


def _credits(match: re.Match[str], text: str) -> str | None:
    return f"typ{_ing(match) or 'e'} **/credits**" if _ABOUT_CREDITS.search(text) else None


def _credits_chinese(match: re.Match[str], text: str) -> str | None:
    return f"{_please(match)}输入 **/credits**" if _ABOUT_CREDITS.search(text) else None


# -- the turns of phrase --------------------------------------------------------------------------


class _Rule(NamedTuple):
    """One turn of phrase."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str], str], str | None]

    @property
    def exports(self) -> bool:
        return self.make in (_export, _export_place, _again, _export_chinese)


def _rule(pattern: str, make: Callable[[re.Match[str], str], str | None]) -> _Rule:
    return _Rule(regex(pattern, re.IGNORECASE), make)


_MAY_BE = regex(
    rf"点[{OPENING}*]|"
    r"\b(?:click|tap|press|hit|drag|preview)(?:ing|ping|ging)?\b|\b(?:button|icon|panel|tab|menu|sidebar|"
    r"pane|dialog|window|view|drawer|option|account|billing|dashboard|subscription)\b|账[户号单]|控制台|仪表|个人中心|点击|点选|单击|双击|点按|点一下|按下|轻触|面板|"
    r"标签|选项卡|菜单|窗口|侧边栏|界面|栏|按钮|图标|拖|预览",
    re.IGNORECASE,
)
"""What every turn of phrase holds at least one of."""

_Q = rf"[{MARKS}*_]{{0,4}}"
"""Marks around a button's label."""
_BEGINS, _ENDS = r"(?<![A-Za-z\d_-])", r"(?![A-Za-z\d_-])"
"""Where an English phrase stands alone, also beside Chinese ones."""
_CLICK = (
    r"(?:double[- ]|right[- ]|left[- ])?(?:click(?:ing)?|tap(?:ping)?|press(?:ing)?|hit(?:ting)?)"
    r"(?: on)?"
)
_SIDE = r"(?:top|bottom|upper|lower|left|right|center|centre|middle|main|main menu)"
_WHERE = (
    rf"(?:,? (?:located |found )?(?:in|at|on|from|to|near|of|under) (?:the |your )?"
    rf"(?:{_SIDE}[- ]?(?:hand[- ])?(?:{_SIDE})?(?: corner| side| bar| edge| menu| toolbar)?"
    r"(?: of (?:the |your )?(?:screen|page|window|editor|interface|app|panel|player|timeline))?"
    rf"|toolbar|sidebar|screen|menu bar|navigation bar|header|page|interface|editor|menu){_ENDS}){{0,2}}"
)
_SAVES = r"(?:export|download|render|save(?: video)?|share|publish)"
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

_RULES: tuple[_Rule, ...] = (
    # -- English --
    _rule(
        rf"{_BEGINS}(?:check(?:ing)?|visit(?:ing)?|view(?:ing)?|open(?:ing)?(?: up)?|see(?:ing)?|go(?:ing)? to|"
        r"head(?:ing)? (?:over )?to|log(?:ging)? in ?to|navigat(?:e|ing) to|look(?:ing)? (?:at|in)) "
        rf"(?:the |your )?{_Q}(?:nemovideo |nemo )?(?:account|billing|dashboard|subscription)"
        rf"(?:(?: and| &|/) ?(?:account|billing|dashboard))?{_Q}(?: (?:page|section|panel|tab|settings|dashboard|area))?{_Q}{_ENDS}",
        _credits,
    ),
    _rule(
        rf"{_BEGINS}{_CLICK} (?:the )?(?:\[{_SAVES}\](?!\()|{_Q}{_SAVES}(?: (?:video|movie|project|now|mp4))?{_Q})"
        rf"(?: (?:button|icon|option|link)s?)?{_ENDS}{_WHERE}",
        _export,
    ),
    _rule(
        rf"{_BEGINS}(?:use|using|find|via|select|choose|go to|look for) the {_Q}{_SAVES}{_Q}"
        rf" (?:button|icon|option){_ENDS}{_WHERE}",
        _export,
    ),
    _rule(r"(?:,? (?:and )?then |,? and |, )press \*\*ctrl\+s\*\*(?: to export)?", _again),
    _rule(
        rf"{_BEGINS}the {_Q}{_SAVES}{_Q} (?:button|icon) is(?P<place>{_WHERE}){_ENDS}",
        _export_place,
    ),
    _rule(
        rf"{_BEGINS}(?:open(?:ing)?(?: up)?|go(?:ing)? to|navigat(?:e|ing) to|switch(?:ing)? to|"
        rf"head(?:ing)? to|{_CLICK}) (?:the |your )?{_PANEL_NAME} {_PANELS}{_ENDS}{_WHERE}",
        _panel,
    ),
    _rule(
        rf"{_BEGINS}{_CLICK} (?:the )?{_Q}{_LABEL}{_Q} (?:button|icon|option|checkbox|toggle){_ENDS}{_WHERE}",
        _button,
    ),
    _rule(
        rf"{_BEGINS}{_CLICK} (?P<what>(?:the |your |that |this )(?:[\w-]{{1,20}} ){{0,2}}?"
        rf"(?:clip|track|segment|title|text|layer|timeline|transition)){_ENDS}",
        _select,
    ),
    _rule(rf"{_BEGINS}(?:in|from|on|inside) the {_PANEL_NAME} {_PANELS}{_ENDS}", _in_panel),
    _rule(
        rf"{_BEGINS}drag(?:ging)?(?:[ -]and[ -]drop(?:ping)?)? {_THING} (?:(?:on|onto|into|in|to|over) {_PLACE}|(?P<here>here\b))",
        _drag,
    ),
    _rule(
        rf"{_BEGINS}drag(?:ging)?(?:[ -]and[ -]drop(?:ping)?)? (?:the |its |their |your |it |them )"
        r"[^.!?,;\n]{0,60}?to (?P<do>(?:trim|resize|adjust|extend|shorten|reorder|rearrange|move|change|scale)"
        r"[^.!?,;\n]{0,60})",
        _drag_to,
    ),
    _rule(
        rf"{_BEGINS}preview(?:ing)? (?:(?:it|them|this|that|the \w{{1,15}}|your \w{{1,15}}) )?"
        rf"(?:in|on) (?:the |your )?timeline(?: panel| view)?{_ENDS}",
        _preview,
    ),
    # -- Chinese --
    _rule(
        r"(?:请)?(?:您|你)?(?:可以|可)?(?:查看|检查|查询|前往|打开|进入|登录|访问|到|去)(?:一下)?(?:您的|你的)?"
        rf"{_ZH_Q}(?:账户|账号|账单|控制台|仪表[盘板]|个人中心){_ZH_Q_END}(?:页面|中心|信息|设置|面板)?(?:中|里)?",
        _credits_chinese,
    ),
    _rule(
        rf"{_ZH_CLICK}{_ZH_WHERE}{_ZH_Q}(?:导出|下载|保存|渲染|发布)(?:视频|成片|项目)?{_ZH_Q_END}(?:视频)?"
        r"(?:按钮|图标|选项|键)?",
        _export_chinese,
    ),
    _rule(r"(?:，|,|、)?(?:然后|再|并|接着)?按 \*\*ctrl\+s\*\* 导出", _again),
    _rule(
        rf"(?:打开|进入|切换到|点开|展开|{_ZH_CLICK}){_ZH_WHERE}{_ZH_Q}(?P<label>[\w]{{1,10}}?){_ZH_Q_END}"
        r"(?:面板|标签页|选项卡|标签|菜单|窗口|侧边栏|界面|栏)",
        _panel_chinese,
    ),
    _rule(
        rf"{_ZH_CLICK}{_ZH_WHERE}(?:{_ZH_Q}(?P<label>[^\n，。！？{MARKS}*]{{1,12}}?){_ZH_Q_END}(?:按钮|图标|键))",
        _button_chinese,
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


# -- a text that is still growing -----------------------------------------------------------------

_STARTS = (
    "click|clicking|double-click|right-click|left-click|tap|tapping|press|pressing|hit|drag|dragging|"
    "open|opening|preview|previewing|navigate|navigating|switch|switching|head"
)
_WEAK_STARTS = "check|checking|visit|visiting|view|viewing|see|seeing|log|logging|head|heading|go|going|use|using|select|choose|find|via|look|in|on|from|inside|the"
_STARTS_CHINESE = (
    r"查|前往|登录|访问|点|打开|进入|展开|切换|拖|把|将|预览|在|按|轻触|单击|双击|右键"
)
_BEGUN = regex(
    rf"\b(?:{_STARTS})\b(?:\s+\S+){{0,14}}\s*\Z"
    rf"|\b(?:{_WEAK_STARTS})\b(?:\s+\S+){{0,5}}\s*\Z"
    rf"|(?:{_STARTS_CHINESE})[^，。！？；\n]{{0,40}}\Z"
    r"|\Z",
    re.IGNORECASE,
)
"""Where a turn of phrase may have begun that is not long enough yet to tell."""
_WORD_BEGUN = regex(r"[A-Za-z-]{1,14}\Z|[打进切展单双右轻预]\Z")
_LEADING = regex(
    r"(?:(?:,|[,\s]*\band|[,\s]*\bthen|[,\s]*\band then)\s*|\s+|[，、]?(?:然后|再|并|接着|请|您|你){0,3}"
    rf"|[{OPENING}*_\s]{{1,5}})\Z",
    re.IGNORECASE,
)
_END = regex(r"[.!?](?=\s)|[。！？\n]")


def _settled(text: str) -> str:
    """`text` up to where mouse talk may be beginning.

    A sentence that is complete is never held back, nor more than some words of an open one.
    """
    last = max((match.end() for match in _END.finditer(text)), default=0)
    open_part = text[last:][-600:]
    begun = _BEGUN.search(open_part)
    cut = begun.start() if begun else len(open_part)
    word = _WORD_BEGUN.search(open_part, 0, cut)
    if word is not None and _may_become_mouse_talk(word[0].lower()):
        cut = word.start()
    leading = _LEADING.search(open_part, 0, cut)
    cut = leading.start() if leading else cut
    return text[: len(text) - len(open_part) + cut]


def _may_become_mouse_talk(word: str) -> bool:
    starts = f"{_STARTS}|{_WEAK_STARTS}|and|then".split("|")
    return not word.isascii() or any(start.startswith(word) for start in starts)
