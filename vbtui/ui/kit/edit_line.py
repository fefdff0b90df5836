"""Screens whose keys make sentences: a line asks what the edit needs to know, shows the sentence, sends it
on Enter and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name
from vbtui.engine import Engine
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.session.events import Event, SessionOpened, TurnChanged
from vbtui.timeline.edits import Edit
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.screen import MainScreen, TooSmall
from vbtui.ui.kit.widgets import Field
from vbtui.ui.kit.words import common_start, shorten

LINE_BREAK = "⏎"
"""Stands for a line break in a field of one line."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that an edit needs to know."""

    label: str
    value: str
    """What holds now."""
    make: Callable[[str], Edit]
    """The edit for an answer. Raises `UsageError`."""
    known: Sequence[str] = ()
    """Words that the answer may begin with."""


class EditField(Field):
    """What an edit needs to know, or its sentence."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("edit"))

    class Entered(Message):
        """Enter."""

    class Left(Message):
        """Escape."""

    known: Sequence[str] = ()
    """Words that what is typed may become."""

    def action_complete(self) -> None:
        """The rest of the word that is known, as far as it is clear; else nothing: the field keeps the focus."""
        typed = self.value[: self.cursor_position]
        found = [word for word in self.known if word.startswith(typed.lower())]
        if found and typed:
            self.replace(common_start(found), 0, self.cursor_position)

    def action_enter(self) -> None:
        self.post_message(self.Entered())

    def action_drop(self) -> None:
        self.post_message(self.Left())


class EditLine(Vertical):
    """A field that is there while something is edited, and a line that stays until the next."""

    HELP = (
        f"{key_name('edit.enter')} goes on, {key_name('edit.drop')} drops the edit. "
        "The sentence goes to the agent as it stands here."
    )

    @dataclass
    class Sent(Message):
        """The user agreed to the sentence, perhaps with other words."""

        text: str

    class Closed(Message):
        """The field is gone."""

    def __init__(self) -> None:
        super().__init__(id="edit-line")
        self._make: Callable[[str], Edit] | None = None
        """Makes the edit of an answer; None while the field holds the sentence itself."""
        self._status: Content | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="edit-row"):
            yield Static(id="edit-label")
            yield EditField(id="edit-field", compact=True, select_on_focus=False)
        yield Static(id="edit-status")

    def on_mount(self) -> None:
        self.query_one("#edit-row").display = False
        self.query_one("#edit-status").display = False

    @property
    def field(self) -> EditField:
        return self.query_one(EditField)

    @property
    def is_open(self) -> bool:
        """Whether something is being edited."""
        return bool(self.query_one("#edit-row").display)

    def ask(self, question: Question) -> None:
        """Ask what the edit needs to know."""
        self.field.known = question.known
        self._make = question.make
        self._open(question.label, question.value)
        self.field.select_all()

    def propose(self, sentence: str, label: str = "Send") -> None:
        """Show the sentence; Enter sends it."""
        self.field.known = ()
        self._make = None
        self._open(label, one_line(sentence))
        self.field.cursor_position = len(self.field.value)

    def say(self, content: Content | None) -> None:
        """Put one line below the field; None takes it away."""
        self._status = content
        status = self.query_one("#edit-status", Static)
        status.display = content is not None
        if content is not None:
            status.update(content)

    def refuse(self, error: UsageError) -> None:
        """Say why not."""
        text = f"{error.message} {error.hint}".strip()
        self.say(Content.assemble(("! ", "$text-warning bold"), (text, "$text-warning")))

    def close(self) -> None:
        """Take the field away."""
        self._make = None
        if self.is_open:
            self.query_one("#edit-row").display = False
            self.post_message(self.Closed())

    def _open(self, label: str, value: str) -> None:
        self.say(None)
        room = max(self.app.size.width // 2, 12)
        text = Content.assemble((shorten(label, room), "$text-accent bold"), (" ▸", "$text-accent"))
        self.query_one("#edit-label", Static).update(text)
        self.query_one("#edit-row").display = True
        self.field.value = value
        self.field.focus()

    def on_descendant_blur(self) -> None:
        """Another part of the screen was clicked. What takes the focus for a while gives it back: another window
        of the desktop (nothing has it then), the notice that this one is too small."""
        focused = self.screen.focused
        if focused is not None and not isinstance(focused, EditField | TooSmall):
            self.close()

    def on_edit_field_entered(self, event: EditField.Entered) -> None:
        event.stop()
        text = self.field.value.strip()
        if self._make is not None:
            try:
                self.propose(self._make(text).sentence())
            except UsageError as error:
                self.refuse(error)
            return
        self.close()
        if text:
            self.post_message(self.Sent(many_lines(text)))

    def on_edit_field_left(self, event: EditField.Left) -> None:
        event.stop()
        self.say(None)
        self.close()


def one_line(text: str) -> str:
    """For a field of one line."""
    return text.replace("\r\n", "\n").replace("\n", LINE_BREAK)


def many_lines(text: str) -> str:
    """What was typed into a field of one line."""
    return text.replace(LINE_BREAK, "\n")


class SayingScreen(MainScreen):
    """A screen with an edit line."""

    _sent: int = 0
    """The turn whose receipt is awaited; 0 for none."""
    _later: Sequence[Edit] = ()
    """Edits that are shown when the one before them is sent."""

    @property
    def edit_line(self) -> EditLine:
        return self.query_one(EditLine)

    def propose(self, edits: Sequence[Edit]) -> None:
        """Show the first sentence; each that is sent is followed by the next."""
        self._later = edits[1:]
        if edits:
            self.edit_line.propose(edits[0].sentence())

    def on_edit_line_sent(self, event: EditLine.Sent) -> None:
        self.propose(self._later)
        self.send(event.text)

    def send(self, text: str) -> None:
        """Say it to the agent; the line below the timeline tells what comes of it."""
        self.edit_line.say(Content.styled("… sending", "$foreground-muted"))

        async def say(engine: Engine) -> None:
            turn = await engine.conversation.say(text, route="edit")
            self._sent = turn.id
            newest = next((one for one in engine.conversation.turns if one.id == turn.id), turn)
            if self.is_mounted:
                self._tell(newest)

        self.host.do("edit", say)

    async def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TurnChanged) and event.turn.id == self._sent:
                self._tell(event.turn)
            elif isinstance(event, SessionOpened):
                self._sent = 0
                self.edit_line.say(None)
                self.edit_line.close()

    def _tell(self, turn: Turn) -> None:
        self.edit_line.say(outcome_of(turn))
        if turn.state.is_over:
            self._sent = 0


def outcome_of(turn: Turn) -> Content:
    """One line about where the turn stands: waiting, what the agent does, the receipt, a problem."""
    if turn.problem is not None:
        text = f"{turn.problem.message} {turn.problem.hint}".strip()
        return Content.assemble(("✕ ", "$text-error bold"), (text, "$text-error"))
    if turn.state is TurnState.QUEUED:
        return Content.styled(
            f"○ waits until the agent is done ({key_name('app.chat')})", "$foreground-muted"
        )
    if not turn.state.is_over:
        text = turn.activity or "working"
        return Content.assemble(("▸ ", "$text-primary"), (text, "$foreground-muted"))
    if turn.receipt is not None and turn.receipt.changes:
        return _receipt(turn.receipt)
    if turn.state is TurnState.STOPPED:
        return Content.styled("- stopped", "$foreground-muted")
    reply = " ".join(turn.reply.split())[:300]
    if turn.receipt is not None and turn.receipt.unseen:
        unseen = f"what it changed cannot be told yet: {turn.receipt.unseen}"
        return Content.assemble(("! ", "$text-warning bold"), (unseen, "$text-warning"))
    said = f"; it says: {reply}" if reply else ""
    return Content.assemble(
        ("! ", "$text-warning bold"), (f"the timeline is unchanged{said}", "$text-warning")
    )


def _receipt(receipt: Receipt) -> Content:
    first, rest = receipt.changes[0], len(receipt.changes) - 1
    more = f" and {words.plural(rest, 'more change')} ({key_name('app.chat')})" if rest else ""
    return Content.assemble(
        ("✓ ", "$text-success bold"),
        (first.sentence, "$text-success"),
        (more, "$foreground-muted"),
    )
