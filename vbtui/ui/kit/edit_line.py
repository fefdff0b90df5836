"""The line below the timeline: what an edit needs to know, its sentence, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name
from vbtui.timeline.edits import Edit
from vbtui.ui.kit import keys
from vbtui.ui.kit.field import Field
from vbtui.ui.kit.header import shorten
from vbtui.ui.timeline.edits import Question, many_lines, one_line


class EditField(Field):
    """What an edit needs to know, or its sentence."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("edit"))

    class Entered(Message):
        """Enter."""

    class Left(Message):
        """Escape."""

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

    class Sent(Message):
        """The user agreed to the sentence, perhaps with other words."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

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
        self._make = question.make
        self._open(question.label, question.value)
        self.field.select_all()

    def propose(self, sentence: str, label: str = "Send") -> None:
        """Show the sentence; Enter sends it."""
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
