"""Projects: open, make, rename, forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.keys import key_name
from vbtui.journal.records import Session
from vbtui.session.events import Event
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Dialog
from vbtui.ui.kit.widgets import Field

_NONE = "There is no project yet. The first one is made as soon as the backend answers."
_FORGET = "“{name}” leaves this list. Files and finished videos stay where they are."
_AT_WORK = " The agent is still at work in it, and what it does there would be out of sight."


class SessionsScreen(Dialog[None]):
    """Lists the projects of this backend, the last used first."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("sessions"))
    AUTO_FOCUS = "#sessions"

    def __init__(self) -> None:
        super().__init__()
        self._renamed: Session | None = None
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Projects", "$text-primary bold"))
            yield Grid[Session](self._columns(), lambda session: session.id, id="sessions")
            yield Static(Content(_NONE), id="sessions-none")
            yield Static(id="session-asked")
            yield Field(id="session-name", compact=True)
            yield KeyFooter()

    def _columns(self) -> list[Column[Session]]:
        return [
            Column("", 1, self._mark),
            Column("Project", 20, lambda session: plain(session.name), elastic=1),
            Column("Last opened", 16, self._when, rank=1),
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
            return Content.styled("agent at work", "$text-primary")
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
        self._ask("", f"Name of the new project · {key_name('field.enter')} makes it")

    def action_rename(self) -> None:
        if session := self.grid.current:
            self._renamed = session
            self._ask(session.name, f"New name · {key_name('field.enter')} keeps it")

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
            self.host.do("new project", lambda engine: engine.sessions.new(name or "project"))
            self.dismiss(None)
        elif name:
            self.host.do(
                "rename", lambda engine: engine.sessions.rename(renamed.id, name), then=self._load
            )

    def action_forget(self) -> None:
        session = self.grid.current
        if session is None:
            return
        at_work = _AT_WORK if self._is_at_work(session) else ""
        question = _FORGET.format(name=session.name) + at_work

        def forget() -> None:
            self.host.do(
                "forget", lambda engine: engine.sessions.forget(session.id), then=self._load
            )

        self.host.confirm("Forget this project?", question, "Forget", forget)


def _last_opened(session: Session) -> Content:
    text = words.date_text(session.used_at, "%Y-%m-%d %H:%M") if session.used_at else ""
    return plain(text, "$foreground-muted")
