"""The message field – one to six lines, with history, completion and paste of paths – and the lines above it.

Beside plain words it knows slash commands, and `@path`, which Tab completes and Enter uploads; a name with spaces
stands in quotes: `@"my clip.mp4"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import BindingsMap, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Selection

from vbtui.base.text import clean, clean_line, format_bytes
from vbtui.base.translation import Counted, Translation
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.host import host_of, timeline_of
from vbtui.ui.kit.widgets import runs_binding
from vbtui.ui.kit.words import common_start, shorten

if TYPE_CHECKING:
    from vbtui.timeline.model import Timeline


_T = Translation
PLACEHOLDER = _T(
    "Say what you want: combine these clips into a 60-second promo video",
    "说出想要的：把这些片段合成一个60秒的宣传视频",
)
_ADD_FIRST = _T(
    "Add files first ({app.upload}), then say what you want",
    "先添加文件（{app.upload}），再说出想要的",
)
_SAY, _SAY_AS = (
    _T("Say what you want", "说出想要的"),
    _T("Say what you want: {example}", "说出想要的：{example}"),
)
_ANSWERS = _T("{prompt.send} answers “{meant}”", "{prompt.send} 回答“{meant}”")
_UPLOAD_ASKED = Counted(
    "Upload {count} file ({size})?",
    "Upload {count} files ({size})?",
    "上传 {count} 个文件（{size}）？",
)
_UPLOAD_KEYS = _T(
    "{asked}  {prompt.send} uploads  {chat.leave} inserts the text\n{names}",
    "{asked}  {prompt.send} 上传  {chat.leave} 插入文字\n{names}",
)
_NAMES_AND_MORE = _T("{names} and {count} more", "{names} 等 {total} 个")
_PLANNED = _T(
    "{prompt.send} shows what this would do, and does nothing.",
    "{prompt.send} 只说明会做什么，不执行。",
)
_ELSEWHERE = _T(
    "That file is not on this machine. Run there:", "文件不在这台电脑上。请在那台电脑上运行："
)
_THIS = _T("this: {name}", "这个：{name}")
_NO_FILE = _T("No file of an accepted kind begins so.", "没有以此开头的可用文件。")
_LEAST_BEGUN = 2
"""Characters: fewer begin like anything."""
MOST_PASTED = 100_000
"""Characters: a longer paste is refused whole, for what is cut off is not missed until it is too late."""


_ANSWER = "prompt.answer"
_NOT_HERE = frozenset(
    ("cursor_page_up", "cursor_page_down", "select_line", "select_all", "undo", "redo")
)
"""What Textual's text field binds to keys that mean something else on every screen or on this one."""


def _bindings() -> list[BindingType]:
    """The prompt's own keys; where one works at times only, what the key does otherwise follows."""
    own = keys.bindings("prompt")
    editing = BindingsMap(TextArea.BINDINGS).key_to_bindings
    offers = (one.key for one in own if one.action.startswith("take("))
    answers = [one for one in own if one.id == _ANSWER]
    others = [one for one in own if one.id != _ANSWER]
    return [
        *others,
        *(
            replace(answer, key=key, action=f"number('{number}')")
            for answer in answers
            for number, key in enumerate(answer.key.split(","), 1)
        ),
        *(binding for key in offers for binding in editing.get(key, ())),
    ]


class Prompt(TextArea):
    """A text field that sends with Enter; while it is empty, ctrl and a letter take an offer."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings()
    ABOUT = _T(
        "Say what the video should be. Plain words like “export” or “credits” and commands like /upload work too. "
        "Paste or drop files to upload them, or name them: @clip and {prompt.complete}. A ? before a sentence shows "
        "what it would do, and does nothing.",
        "说出视频要怎样。“导出”“积分”这样的词和 /upload 这样的命令也可以用。粘贴或拖放文件即可上传，也可以写出名称："
        "@clip 加 {prompt.complete}。句子前加 ? 只说明会做什么，不执行。",
    )

    examples: Sequence[str] = ()
    """Sentences one of which is suggested where what is typed begins like it."""

    @dataclass
    class Sent(Message):
        """Enter was pressed on a text."""

        text: str

    class LeftByTab(Message):
        """Tab, and nothing to complete."""

    @dataclass
    class OfferWanted(Message):
        """Ctrl and the letter of an offer."""

        letter: str

    @dataclass
    class PasteRefused(Message):
        """So many characters were pasted that none was taken."""

        length: int

    class GoOnWanted(Message):
        """The messages that are held back are to be sent."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER.of(),
        )
        self.cursor_blink = False
        self.earlier: Sequence[str] = ()
        """Earlier messages, the newest last."""
        self.takes_paste: Callable[[str], bool] = lambda _: False
        """Asked about a pasted text: True when it is not to be inserted."""
        self.offers: frozenset[str] = frozenset()
        """The letters of what is offered right now, and the numbers of what the agent asks."""
        self.is_blocked = False
        """Whether messages are held back until the user wants to go on."""
        self.handed_over = 0
        """Texts that left the field and are kept nowhere else yet."""
        self._place = 0
        """How far back in the history; 0 is what is being typed."""
        self._draft = ""

    def fill(self, text: str) -> None:
        """Put `text` in place of what is there, the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        await runs_binding(self, event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "take":
            return not self.text and parameters[0] in self.offers
        if action == "number":
            return not self.text and parameters[0] in self.offers
        if action == "go_on":
            return self.is_blocked
        if action in _NOT_HERE:
            return False
        return super().check_action(action, parameters)

    def action_take(self, letter: str) -> None:
        self.post_message(self.OfferWanted(letter))

    def action_number(self, number: str) -> None:
        """The number of an option is typed as it is: words may begin with one, and Enter sends it."""
        self.insert(number)

    def action_go_on(self) -> None:
        self.post_message(self.GoOnWanted())

    def action_send(self) -> None:
        """Hand the text over; the field is empty at once, for what is typed behind the Enter."""
        text = self.text.strip()
        self._place = 0
        self.handed_over += 1
        if text:
            self.fill("")
        self.post_message(self.Sent(text))

    def suggest(self, sentences: Sequence[str], *, is_local: bool, files: int) -> None:
        """Name what can be said where nothing is typed: of the local studio what it has tried on the files."""
        if not is_local:
            self.placeholder = PLACEHOLDER.of()
        elif not files:
            self.placeholder = _ADD_FIRST.of()
        else:
            self.placeholder = _SAY_AS.of(example=sentences[0]) if sentences else _SAY.of()

    def render_line(self, y: int) -> Strip:
        if (
            not self.content_size.width
        ):  # the placeholder cannot be wrapped to nothing: Textual raises
            return Strip.blank(self.size.width, self.rich_style)
        return super().render_line(y)

    def action_take_back(self) -> None:
        self.undo()

    def action_bring_back(self) -> None:
        self.redo()

    def action_newline(self) -> None:
        self.insert("\n")

    @property
    def before_cursor(self) -> str:
        """The text of the cursor's line up to it."""
        line, column = self.cursor_location
        return self.document.get_line(line)[:column]

    def update_suggestion(self) -> None:
        """The rest of the first example that begins as what is typed does, while the cursor is behind it."""
        typed = self.document.get_line(0) if self.document.line_count == 1 else ""
        if len(typed) < _LEAST_BEGUN or self.selection != Selection.cursor(self.document.end):
            self.suggestion = ""
            return
        fitting = (one for one in self.examples if one.lower().startswith(typed.lower()))
        self.suggestion = next(fitting, "")[len(typed) :]

    def watch_selection(self) -> None:
        self.update_suggestion()

    def action_complete(self) -> None:
        if self.suggestion:
            self.insert(self.suggestion)
            return
        before = self.before_cursor
        if mention_at(before) is not None:
            self._complete_mention(before)
            return
        found = completions(self.text)
        if not found:
            self.post_message(self.LeftByTab())
            return
        text = common_start(command.name for command in found)
        if len(found) == 1:
            text += " " if found[0].argument else ""
        self.fill(text)

    def _complete_mention(self, before: str) -> None:
        text = completed_mention(before, Path.cwd())
        if text is not None:
            line, column = self.cursor_location
            self.replace(text, (line, mention_start(before)), (line, column))

    def action_cursor_up(self, select: bool = False) -> None:
        if select or not self.cursor_at_first_line or not self._recall(1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if select or not self.cursor_at_last_line or not self._recall(-1):
            super().action_cursor_down(select)

    def _recall(self, by: int) -> bool:
        """Go `by` messages back; False when there is nothing there."""
        place = self._place + by
        if not 0 <= place <= len(self.earlier):
            return False
        if self._place == 0:
            self._draft = self.text
        self._place = place
        self.fill(self.earlier[-place] if place else self._draft)
        return True

    async def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if len(event.text) > MOST_PASTED:
            self.post_message(self.PasteRefused(len(event.text)))
            return
        text = clean(event.text)
        if not self.takes_paste(text):
            self.insert_pasted(text)

    def insert_pasted(self, text: str) -> None:
        """Put pasted text where the cursor is."""
        end = self.replace(text, *self.selection, maintain_selection_offset=False).end_location
        self.move_cursor(end)


_MOST_NAMES = 3


class Hints(Static):
    """Takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(id="hints")
        self.display = False

    def show(self, content: Content | None) -> None:
        """Show `content`, or nothing."""
        self.display = content is not None
        if content is not None:
            self.update(content)


def commands_hint(found: Sequence[Command]) -> Content | None:
    """One line for each command; None when there is none."""
    if not found:
        return None
    wide = max(cell_len(command.shape) for command in found)
    lines = [
        Content.assemble(
            (command.name, "$text-accent bold"),
            (command.shape.removeprefix(command.name), "$text-accent"),
            (" " * (wide - cell_len(command.shape) + 2), "$text-accent"),
            (command.about, "$foreground-muted"),
        )
        for command in found
    ]
    return Content("\n").join(lines)


def answer_hint(meant: str) -> Content:
    """`Enter answers “9:16”`: what the numbers that are typed stand for."""
    return words.assembled(_ANSWERS, meant=clean_line(meant))


def upload_hint(paths: Sequence[Path]) -> Content:
    """`Upload 3 files (12 MB)?  Enter uploads · Esc inserts the text` and the names."""
    size = sum(size_of(path) for path in paths)
    names = ", ".join(clean_line(path.name) for path in paths[:_MOST_NAMES])
    if (more := len(paths) - _MOST_NAMES) > 0:
        names = _NAMES_AND_MORE.of(names=names, count=more, total=len(paths))
    asked = _UPLOAD_ASKED.of(len(paths), size=format_bytes(size))
    return words.assembled(_UPLOAD_KEYS, asked=(asked, "bold"), names=(names, "$foreground-muted"))


def plan_hint(text: str) -> Content | None:
    """What a question mark before a sentence is for; None where there is none."""
    from vbtui.conversation.plan import asked_for

    if asked_for(text) is None:
        return None
    return Content.styled(_PLANNED.of(), "$foreground-muted")


def elsewhere_hint(command: str) -> Content:
    """A dropped path is not on this machine: what to run on the other one."""
    return Content.assemble((f"{_ELSEWHERE.of()}\n", "bold"), (command, "$text-accent"))


def size_of(path: Path) -> int:
    """Bytes; 0 when it cannot be asked."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


class ThisChip(Static):
    """Takes no room while nothing is selected on the timeline."""

    def __init__(self) -> None:
        super().__init__(id="this")
        self.display = False

    @property
    def _timeline(self) -> Timeline | None:
        return timeline_of(host_of(self).engine)

    def sync(self) -> None:
        """Show the selection as it is now."""
        selection = host_of(self).selection
        this = selection.this(self._timeline) if selection else None
        self.display = this is not None
        if this is None:
            return
        name = this.chip if this.phrase.count("(") != 1 else this.phrase
        self.update(
            words.assembled(
                _THIS,
                words.KEY_STYLE,
                name=(shorten(name, max(self.app.size.width - 20, 10)), "$text-accent"),
            )
        )

    def spelled_out(self, text: str) -> str:
        """`text` with `this` as what is selected."""
        return host_of(self).selection.expand(text, self._timeline)


class Command(NamedTuple):
    """One command."""

    name: str
    """With its slash."""
    argument: Translation | None
    """What may follow, in capitals; None when nothing does."""
    tooltip: Translation

    @property
    def shape(self) -> str:
        """`/upload PATH`."""
        return f"{self.name} {self.argument.of()}" if self.argument else self.name

    @property
    def about(self) -> str:
        """What it does."""
        return self.tooltip.of()


_PATH, _FOLDER, _NAME = _T("PATH", "路径"), _T("FOLDER", "文件夹"), _T("NAME", "名称")
COMMANDS = (
    Command("/export", None, _T("Save the video as an MP4", "把视频保存为 MP4")),
    Command(
        "/upload",
        _PATH,
        _T("Upload a file or a URL; without one, pick files", "上传文件或网址；不写则选择文件"),
    ),
    Command("/credits", None, _T("The balance", "积分余额")),
    Command("/status", None, _T("What the timeline holds", "时间线上有什么")),
    Command(
        "/watch",
        _FOLDER,
        _T(
            "Take what lands in a folder; it is made where it is missing",
            "采用放入文件夹的文件；没有时新建",
        ),
    ),
    Command("/new", _NAME, _T("Begin a new project", "新建项目")),
    Command("/sessions", None, _T("Open another project", "打开其他项目")),
    Command(
        "/claim",
        None,
        _T("The link that takes this project into the web app", "把这个项目带到网页版的链接"),
    ),
    Command(
        "/demo",
        None,
        _T("A sample project: footage drawn by the local studio", "示例项目：素材由本地工作室绘制"),
    ),
    Command("/help", None, _T("What can be said, and the keys", "可以说什么，以及按键")),
)


def command_in(text: str) -> tuple[Command, str] | None:
    """The command that `text` is, with its argument; None when it is none."""
    word, _, argument = text.strip().partition(" ")
    for command in COMMANDS:
        if command.name == word.lower():
            return command, argument.strip()
    return None


def looks_like_command(text: str) -> bool:
    """`/word`: meant as a command, though perhaps misspelt; a path has a second slash or a dot."""
    word = text.strip().split(" ", 1)[0]
    return len(word) > 1 and word[0] == "/" and word[1:].isalpha()


def completions(text: str) -> list[Command]:
    """The commands that `text` may become."""
    word = text.lower()
    if not word.startswith("/") or "\n" in word or " " in word:
        return []
    return [
        command for command in COMMANDS if command.name.startswith(word) and command.name != word
    ]


_MENTION = r'(?<!\S)@(?:"([^"\n]+)"|([^\s"]+))'
_OPEN = r'(?<!\S)@(?:"([^"\n]*)|([^\s"]*))\Z'
_MOST_SHOWN = 6


def mention_at(before_cursor: str) -> str | None:
    """The path that is being typed behind an `@`; None when the cursor is not in one."""
    found = re.search(_OPEN, before_cursor)
    return (found[1] or found[2] or "") if found else None


def completed_mention(before_cursor: str, folder: Path) -> str | None:
    """What replaces the mention at the cursor, its `@` included; None when nothing fits."""
    typed = mention_at(before_cursor)
    names = _fitting(typed, folder) if typed is not None else []
    if not names:
        return None
    text = common_start(names)
    is_whole = len(names) == 1 and not text.endswith("/")
    quote = '"' if " " in text else ""
    return f"@{quote}{text}{quote if is_whole else ''}{' ' if is_whole else ''}"


def _fitting(typed: str, folder: Path) -> list[str]:
    from vbtui.language.locations import complete

    return complete(typed, folder)


def mention_start(before_cursor: str) -> int:
    """Where the mention at the cursor begins."""
    found = re.search(_OPEN, before_cursor)
    return found.start() if found else len(before_cursor)


def files_hint(before_cursor: str, folder: Path) -> Content | None:
    """The files that fit, a line each; None when the cursor is in no mention."""
    typed = mention_at(before_cursor)
    if typed is None:
        return None
    names = _fitting(typed, folder)
    if not names:
        return Content.styled(_NO_FILE.of(), "$foreground-muted")
    lines = [Content.styled(clean_line(name), "$text-accent") for name in names[:_MOST_SHOWN]]
    if len(names) > _MOST_SHOWN:
        more = words.MORE.of(count=len(names) - _MOST_SHOWN)
        lines.append(Content.styled(more, "$foreground-muted"))
    return Content("\n").join(lines)


def mentioned_files(text: str, folder: Path) -> tuple[list[Path], str]:
    """The files that `text` mentions, each once, and `text` with their bare names in place of the
    paths: how often a file is wanted is what the text says."""
    found: list[Path] = []

    def named(match: re.Match[str]) -> str:
        written = match[1] or match[2]
        try:
            path = (folder / Path(written).expanduser()).absolute()
            is_file = path.is_file()
        except (OSError, RuntimeError, ValueError):
            is_file = False
        if not is_file:
            return match[0]
        found.append(path)
        return path.name

    bare = re.sub(_MENTION, named, text)
    return list(dict.fromkeys(found)), bare
