"""The message field: one to six lines, with history, completion of commands and paste of paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from vbtui.text import clean
from vbtui.ui import keys
from vbtui.ui.commands import common_start, completions

PLACEHOLDER = "Say what you want: combine these clips into a 60-second promo video"
_MOST_PASTED = 100_000


class Prompt(TextArea):
    """A text field that sends with Enter."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("prompt"))
    HELP = (
        "Say what the video should be. Plain words like “export” or “credits” and commands like "
        "/upload work too. Paste or drop files to upload them."
    )

    class Sent(Message):
        """Enter was pressed on a text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Pasted(Message):
        """A text was pasted; the receiver decides whether it is inserted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class LeftByTab(Message):
        """Tab, and nothing to complete."""

    def __init__(self) -> None:
        super().__init__(
            id="prompt",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
        )
        self.cursor_blink = False
        self.earlier: Sequence[str] = ()
        """Earlier messages, the newest last."""
        self._place = 0
        """How far back in the history; 0 is what is being typed."""
        self._draft = ""

    def fill(self, text: str) -> None:
        """Put `text` in place of what is there, the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        self._place = 0
        self.post_message(self.Sent(self.text.strip()))

    def action_newline(self) -> None:
        self.insert("\n")

    def action_complete(self) -> None:
        found = completions(self.text)
        if not found:
            self.post_message(self.LeftByTab())
            return
        text = common_start(command.name for command in found)
        if len(found) == 1:
            text += " " if found[0].argument else ""
        self.fill(text)

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

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(clean(event.text[:_MOST_PASTED])))

    def insert_pasted(self, text: str) -> None:
        """Put pasted text where the cursor is."""
        result = self._replace_via_keyboard(text, *self.selection)
        if result is not None:
            self.move_cursor(result.end_location)
