"""A dialog that scrolls, and those that belong to no screen: a question before something that cannot be
taken back, a label, links to copy or to open, the help of F1, the projects.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from vbtui.base import programs
from vbtui.base.keys import fill, table
from vbtui.base.text import bounded
from vbtui.base.translation import Translation
from vbtui.journal.records import Asset, Session
from vbtui.session.events import Event
from vbtui.ui.chat.prompt import COMMANDS
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import Told
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box, Dialog, MainScreen, Result
from vbtui.ui.kit.widgets import Choice, Choices, Field
from vbtui.ui.kit.words import shorten

_T = Translation
_STAY, _LABEL = _T("Stay", "留下"), _T("Label", "名称")
_CALLED = _T("What do you call {name}?", "您把 {name} 叫作什么？")
_SHOWN = _T(
    "Lists and sentences show it, the file keeps its name. Empty: none.",
    "列表和句子中显示它，文件保留原名。留空：没有。",
)
_HELP, _COMMANDS = _T("Help", "帮助"), _T("Commands", "命令")
_LETTERS = _T("Letters of a key or a word", "按键或词中的字母")
_MESSAGES = _T("Messages", "消息")
_NO_MESSAGES = _T("There were none yet.", "还没有消息。")
_NOTHING = _T("Nothing has these letters.", "没有含有这些字母的内容。")


class ScrollingDialog(Dialog[Result]):
    """A dialog with a pane of words, `PANE`, which keys scroll while the list above has the focus."""

    PANE: ClassVar[str]

    def has_more(self) -> bool:
        """Whether the pane has more than it shows."""
        return self.is_mounted and self.query_one(self.PANE).max_scroll_y > 0

    def tell(self, words: Static, content: Content) -> None:
        """Put `content` into the pane, from its start; the footer knows whether there is more."""
        words.update(content)
        self.query_one(self.PANE).scroll_home(animate=False)
        self.call_after_refresh(self.refresh_bindings)

    def action_more(self, by: int) -> None:
        """Nearly a pane's height forward or back."""
        pane = self.query_one(self.PANE)
        pane.scroll_visible(animate=False)
        pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)


class ConfirmScreen(Dialog[bool]):
    """Answers True when the user agreed.

    Args:
        title, question: foreign text is shown as it is.
        yes: what agreeing does, in a word.
    """

    def __init__(self, title: str, question: str, yes: str) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Box("-small"):
            yield Static(Content.styled(self._title, "$text-primary bold"))
            yield Static(Content(self._question), classes="gap")
            yield Choices(
                [Choice("yes", self._yes, "y"), Choice("no", _STAY.of(), "n")], classes="gap"
            )
            yield KeyFooter()

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.choice.id == "yes")


class LabelScreen(Dialog[str | None]):
    """Answers the label; empty means the file's own name."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("label"))
    AUTO_FOCUS = "#label"

    def __init__(self, asset: Asset) -> None:
        super().__init__()
        self._asset = asset

    def compose(self) -> ComposeResult:
        name = shorten(self._asset.name, 60)
        with Box():
            yield Static(Content.styled(_LABEL.of(), "$text-primary bold"))
            yield Static(Content(_CALLED.of(name=name)), classes="gap")
            yield Field(
                self._asset.label, placeholder=name, id="label", compact=True, max_length=120
            )
            yield Static(
                Content.styled(_SHOWN.of(), "$foreground-muted"),
                classes="gap",
            )
            yield KeyFooter()

    def action_save(self) -> None:
        self.dismiss(self.query_one("#label", Field).value.strip())


_WHAT = _T(
    "In the browser it takes this project over into an account there. Whoever has the link can do "
    "that; it holds no token of yours.",
    "在浏览器中，它会把这个项目转到那里的账户。拿到链接的人都能这样做；其中没有您的令牌。",
)
_NO_BROWSER = _T(
    "There is no browser on this machine's desktop: copy the link and open it elsewhere.",
    "这台电脑的桌面上没有浏览器：请复制链接，在别处打开。",
)
_IN_BROWSER = _T("This project in the browser", "在浏览器中打开这个项目")
_REGISTER = _T("Register, for more credits and for exports:", "注册后可获得更多积分并可导出：")
_COPY_LINK, _OPEN_LINK = _T("Copy the link", "复制链接"), _T("Open it", "打开")
_COPIED, _OPENED = (
    _T("Sent to the terminal's clipboard.", "已发送到终端的剪贴板。"),
    _T("Opened in the browser.", "已在浏览器中打开。"),
)


class LinkScreen(Dialog[None]):
    """Stays until it is closed, so that the link can be read off a screen without a clipboard.

    Args:
        claim: the link to this project.
        register: the page where this user gets an account; empty where there is none.
    """

    def __init__(self, claim: str, register: str = "") -> None:
        super().__init__()
        self._links = {"claim": claim, "register": register}
        self._said = Static(classes="gap")

    def compose(self) -> ComposeResult:
        can_open = programs.has_desktop(os.environ)
        with Box():
            yield Static(Content.styled(_IN_BROWSER.of(), "$text-primary bold"))
            yield Static(Content(_WHAT.of()), classes="gap")
            yield Static(Content(self._links["claim"]), classes="gap", id="claim-link")
            yield Choices(self._choices("claim", "c", "o", can_open), classes="gap")
            if self._links["register"]:
                yield Static(Content(_REGISTER.of()), classes="gap")
                yield Static(Content(self._links["register"]), id="register-link")
                yield Choices(self._choices("register", "y", "r", can_open), classes="gap")
            yield self._said
            yield KeyFooter()

    def on_mount(self) -> None:
        self._said.display = False
        if not programs.has_desktop(os.environ):
            self._say(_NO_BROWSER.of())

    def _choices(self, link: str, copy: str, opens: str, can_open: bool) -> list[Choice]:
        choices = [Choice(f"copy {link}", _COPY_LINK.of(), copy)]
        if can_open:
            choices.insert(0, Choice(f"open {link}", _OPEN_LINK.of(), opens))
        return choices

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        verb, _, name = event.choice.id.partition(" ")
        link = self._links[name]
        if verb == "copy":
            self.host.copy_to_clipboard(link)
            self._say(_COPIED.of())
        elif programs.open_on_desktop(link):
            self._say(_OPENED.of())
        else:
            self._say(_NO_BROWSER.of())

    def on_key(self, event: events.Key) -> None:
        """The letters work whichever of the two rows has the focus."""
        if event.character and any(row.take(event.character) for row in self.query(Choices)):
            event.stop()

    def _say(self, text: str) -> None:
        self._said.display = True
        self._said.update(Content.styled(text, "$foreground-muted"))


class LineScreen(Dialog[None]):
    """A line to be copied, whole, until it is closed: where there is no clipboard it is read off the screen."""

    def __init__(self, title: str, what: str, line: str) -> None:
        super().__init__()
        self._texts = (title, what, line)

    def compose(self) -> ComposeResult:
        title, what, line = self._texts
        with Box():
            yield Static(Content.styled(title, "$text-primary bold"))
            yield Static(Content(what), classes="gap")
            yield Static(Content(line), classes="gap", id="line")
            yield KeyFooter()


class MessagesScreen(Dialog[None]):
    """All that was shown for a while in the corner, the newest first."""

    AUTO_FOCUS = "#messages"
    SHARES: ClassVar[dict[str, float]] = {"#messages": 1.0}

    def __init__(self, messages: Sequence[Told]) -> None:
        super().__init__()
        self._messages = messages

    def compose(self) -> ComposeResult:
        with Box():
            yield Static(Content.styled(_MESSAGES.of(), "$text-primary bold"))
            with VerticalScroll(id="messages", can_focus=True, classes="gap"):
                for told in reversed(self._messages):
                    yield Static(_told_line(told))
                if not self._messages:
                    yield Static(Content.styled(_NO_MESSAGES.of(), "$foreground-muted"))
            yield KeyFooter()


_SEVERITIES = {
    "information": ("·", "$foreground-muted"),
    "warning": ("!", "$text-warning"),
    "error": ("✕", "$text-error"),
}


def _told_line(told: Told) -> Content:
    symbol, style = _SEVERITIES[told.severity]
    title = f"{told.title}  " if told.title else ""
    return Content.assemble(
        (f"{words.date_text(told.at, '%H:%M')} ", "$foreground-muted"),
        (f"{symbol} ", f"{style} bold"),
        (title, "bold"),
        bounded(" ".join(told.text.split())),
    )


_OF_TABS = {
    "chat": ("prompt", "chat", "queue"),
    "timeline": ("timeline", "edits"),
    "media": ("media", "find", "list"),
    "renders": ("renders", "find", "list"),
}
"""The scopes of the main screens that have others than their own."""
_EVERYWHERE = ("app.help", "app.keys", "app.quit")
"""What of the app's keys works in a dialog, too."""


class HelpScreen(Dialog[None]):
    """The help of the screen below, in which letters find a key or a command.

    Args:
        below: the screen that F1 was pressed on.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("help"))
    AUTO_FOCUS = "#help-keys"
    has_help = False

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        with Box("-large", id="help-keys") as box:
            box.can_focus = True
            with Vertical(id="help-head"):
                yield Static(Content.styled(_HELP.of(), "$text-primary bold"))
                yield Field(id="help-search", placeholder=_LETTERS.of(), compact=True)
            yield HelpText(self._helps(), scopes_of(self._below))
            yield KeyFooter()

    def _helps(self) -> list[str]:
        told = [getattr(one, "ABOUT", None) for one in (self._below, self._below.focused)]
        return [text.of() for text in told if isinstance(text, Translation)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "search" or not isinstance(self.focused, Input)

    def action_search(self) -> None:
        field = self.query_one("#help-search", Field)
        field.display = True
        field.focus()

    def action_close(self) -> None:
        """The search first."""
        field = self.query_one("#help-search", Field)
        if not field.display:
            self.dismiss(None)
            return
        field.value = ""
        field.display = False
        self.query_one("#help-keys").focus()

    @on(Input.Changed, "#help-search")
    def _searched(self, event: Input.Changed) -> None:
        self.query_one(HelpText).find(event.value)
        self.query_one("#help-keys").scroll_home(animate=False)

    @on(Input.Submitted, "#help-search")
    def _found(self) -> None:
        self.query_one("#help-keys").focus()


class HelpText(Widget):
    """What a screen is for, then its keys, in the width that there is."""

    def __init__(self, texts: Sequence[str], scopes: tuple[str, ...]) -> None:
        super().__init__()
        self._texts = texts
        self._scopes = scopes
        self._letters = ""

    def find(self, letters: str) -> None:
        """Show what has these letters alone; none: everything."""
        self._letters = letters.strip()
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._content(width).plain.count("\n") + 1

    def render(self) -> Content:
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        texts = [] if self._letters else self._texts
        lines = [line for text in texts for line in (*Content(text).wrap(width), Content(""))]
        keys = help_content(self._scopes, width, self._letters)
        return Content("\n").join([*lines, keys or Content(_NOTHING.of())])


def scopes_of(screen: Screen[object]) -> tuple[str, ...]:
    """The scopes of the keys that work on `screen`, and single keys by their ids."""
    if isinstance(screen, MainScreen):
        return (*_OF_TABS.get(screen.TAB, (screen.TAB,)), "app")
    bindings = [one for base in type(screen).__mro__ for one in vars(base).get("BINDINGS", ())]
    ids = [one.id for one in bindings if isinstance(one, Binding) and one.id]
    own = [scope for name in ids if (scope := name.partition(".")[0]) != "app"]
    parts = (("list", Grid), ("field", Input), ("choices", Choices))
    held = [scope for scope, kind in parts if any(one.display for one in screen.query(kind))]
    held += ["find"] if any(grid.finds for grid in screen.query(Grid)) else []
    return (*dict.fromkeys([*own, *held]), *(_EVERYWHERE if own else ("app",)))


def help_content(scopes: tuple[str, ...], width: int = 0, letters: str = "") -> Content:
    """The keys of these scopes (or ids) under their headings, and the commands of the prompt.

    Args:
        width: cells, in which a sentence is broken and goes on under itself; 0: never broken.
        letters: what a line must have to be shown.
    """
    groups = list(dict.fromkeys(key.group for key in table().values()))
    chosen = [key for key in table().values() if key.scope in scopes or key.id in scopes]
    chosen.sort(key=lambda key: (key.scope == "app", groups.index(key.group)))
    rows = [(key.group, key.displays, fill(key.help)) for key in chosen]
    if "prompt" in scopes:
        rows += [(_COMMANDS.of(), command.shape, command.about) for command in COMMANDS]
    wide = max((cell_len(name) for _, name, _ in rows), default=0)
    found = [row for row in rows if letters.casefold() in " ".join(row).casefold()]
    lines: list[Content] = []
    for group, members in groupby(found, key=lambda row: row[0]):
        heading = Content.styled(group, "$text-primary bold")
        lines += [Content(""), *(heading.wrap(width) if width else [heading])]
        for _, name, text in members:
            lines += _hanging(name, text, wide, width)
    return Content("\n").join(lines[1:])


def _hanging(name: str, text: str, wide: int, width: int) -> list[Content]:
    """A key and what it does, which goes on under itself; under the key where it has little room beside it."""
    indent = min(wide + 4, max(width // 3, 8)) if width else wide + 4
    head = Content.styled(f"  {name}", "$text-accent bold")
    lines = Content(text).wrap(width - indent) if width else [Content(text)]
    room = indent - head.cell_length
    if room < 2:
        return [head, *(Content.assemble(" " * indent, line) for line in lines)]
    first = Content.assemble(head, " " * room, lines[0])
    return [first, *(Content.assemble(" " * indent, line) for line in lines[1:])]


_NONE = _T(
    "There is no project yet. The first one is made as soon as the backend answers.",
    "还没有项目。后台回应后会新建第一个。",
)
_LONGEST_NAME = 40
"""Cells of a project's name in a question."""
_FORGET = _T(
    "Its files and finished videos stay on disk.",
    "它的文件和成品视频保留在磁盘上。",
)
_AT_WORK = _T(
    "The agent is still at work in it, and what it does there would be out of sight.",
    "智能体仍在其中工作，移除后将看不到它的进展。",
)
_PROJECTS, _PROJECT = _T("Projects", "项目"), _T("Project", "项目")
_LAST_OPENED, _WORKING = _T("Last opened", "上次打开"), _T("agent at work", "智能体工作中")
_NEW_NAME = _T(
    "Name of the new project · {field.enter} makes it", "新项目的名称 · {field.enter} 新建"
)
_OTHER_NAME = _T("New name · {field.enter} keeps it", "新名称 · {field.enter} 保存")
_FORGET_ASKED, _FORGET_IT = _T("Forget “{name}”?", "移除“{name}”？"), _T("Forget", "移除")


class SessionsScreen(Dialog[None]):
    """Lists the projects of this backend, the last used first."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("sessions"))
    AUTO_FOCUS = "#sessions"

    def __init__(self) -> None:
        super().__init__()
        self._renamed: Session | None = None
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Box():
            yield Static(Content.styled(_PROJECTS.of(), "$text-primary bold"))
            yield Grid[Session](self._columns(), lambda session: session.id, id="sessions")
            yield Static(Content(_NONE.of()), id="sessions-none")
            yield Static(id="session-asked")
            yield Field(id="session-name", compact=True)
            yield KeyFooter()

    def _columns(self) -> list[Column[Session]]:
        return [
            Column("", 1, self._mark),
            Column(_PROJECT.of(), 20, lambda session: plain(session.name), elastic=1),
            Column(_LAST_OPENED.of(), 16, self._when, rank=1),
        ]

    def _mark(self, session: Session) -> Content:
        engine = self.host.engine
        current = engine.sessions.current if engine else None
        is_open = current is not None and current.id == session.id
        if self._is_at_work(session) and not is_open:
            return Content.styled("▸", "$text-primary")
        return Content.styled("●" if is_open else " ", "$text-success")

    def _when(self, session: Session) -> Content:
        if self._is_at_work(session):
            return Content.styled(_WORKING.of(), "$text-primary")
        return _last_opened(session)

    def _is_at_work(self, session: Session) -> bool:
        engine = self.host.engine
        return engine is not None and session.id in engine.conversation.at_work

    @property
    def grid(self) -> Grid[Session]:
        return self.query_one("#sessions", Grid)

    def on_mount(self) -> None:
        self.call_later(self._load)

    async def take(self, events: Sequence[Event]) -> None:
        if self._now() != self._shown:
            await self._load()

    def _now(self) -> tuple[object, ...]:
        """What of the engine's state the list shows."""
        engine = self.host.engine
        return (engine.sessions.current, engine.conversation.at_work) if engine else ()

    async def _load(self) -> None:
        engine = self.host.engine
        self._shown = self._now()
        known = await engine.sessions.list() if engine else []
        self.grid.show(sorted(known, key=lambda session: session.used_at, reverse=True))
        self.query_one("#sessions-none").display = not known
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("open", "rename", "forget", "new"):
            if isinstance(self.focused, Input):
                return False
            return action == "new" or self.grid.current is not None
        return True

    def action_open(self) -> None:
        if session := self.grid.current:
            self.host.do("open project", lambda engine: engine.sessions.open(session.id))
            self.dismiss(None)

    def on_grid_opened(self) -> None:
        self.action_open()

    def action_new(self) -> None:
        self._renamed = None
        self._ask("", _NEW_NAME.of())

    def action_rename(self) -> None:
        if session := self.grid.current:
            self._renamed = session
            self._ask(session.name, _OTHER_NAME.of())

    def _ask(self, value: str, what: str) -> None:
        field = self._show_field(True)
        self.query_one("#session-asked", Static).update(Content.styled(what, "$foreground-muted"))
        field.value = value
        field.focus()

    def _show_field(self, is_shown: bool) -> Input:
        """The line in which a name is typed, with what it is for."""
        field = self.query_one("#session-name", Input)
        field.display = self.query_one("#session-asked").display = is_shown
        return field

    def action_close(self) -> None:
        if self.query_one("#session-name").display:
            self._show_field(False)
            self.grid.focus()
            return
        self.dismiss(None)

    @on(Input.Submitted, "#session-name")
    async def _named(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        self._show_field(False)
        self.grid.focus()
        renamed = self._renamed
        if renamed is None:
            self.host.do("new project", lambda engine: engine.commands.new_project(name))
            self.dismiss(None)
        elif name:
            self.host.do(
                "rename", lambda engine: engine.sessions.rename(renamed.id, name), then=self._load
            )

    def action_forget(self) -> None:
        session = self.grid.current
        if session is None:
            return
        at_work = [_AT_WORK.of()] if self._is_at_work(session) else []
        question = " ".join([_FORGET.of(), *at_work])

        def forget() -> None:
            self.host.do(
                "forget", lambda engine: engine.sessions.forget(session.id), then=self._load
            )

        name = shorten(session.name, _LONGEST_NAME)
        self.host.confirm(_FORGET_ASKED.of(name=name), question, _FORGET_IT.of(), forget)


def _last_opened(session: Session) -> Content:
    text = words.date_text(session.used_at, "%Y-%m-%d %H:%M") if session.used_at else ""
    return plain(text, "$foreground-muted")
