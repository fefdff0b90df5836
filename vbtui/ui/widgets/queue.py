"""Messages that wait until the agent is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from vbtui.engine.model import Turn
from vbtui.text import clean_line
from vbtui.ui import keys
from vbtui.ui.widgets.header import shorten

_MOST_LINES = 4


class Queue(Widget, can_focus=True):
    """One line for each waiting message."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor(-1)", "Up", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        *keys.bindings("queue"),
    ]
    HELP = (
        "These messages are sent, in this order, when the agent is done. After one that did not "
        "end well they are held back: ctrl+g in the prompt sends them."
    )

    cursor = reactive(0)

    class Asked(Message):
        """Something is to be done with a waiting message."""

        def __init__(self, turn: Turn, action: str, by: int = 0) -> None:
            super().__init__()
            self.turn = turn
            self.action = action
            """`edit`, `now`, `delete` or `move`."""
            self.by = by

    def __init__(self) -> None:
        super().__init__(id="queue")
        self.turns: tuple[Turn, ...] = ()
        self.held: tuple[str, ...] = ()
        """Sent while there was no conversation to take it; not in the engine yet."""
        self._why = ""

    def show(self, turns: Sequence[Turn], held: Sequence[str], why: str = "") -> None:
        """Show other messages; `why` says what keeps them back, in a clause."""
        if (tuple(turns), tuple(held), why) == (self.turns, self.held, self._why):
            return
        self.turns, self.held, self._why = tuple(turns), tuple(held), why
        self.cursor = max(min(self.cursor, len(self.turns) - 1), 0)
        self.display = bool(self.turns or self.held)
        self.refresh(layout=True)

    def render(self) -> Content:
        texts = [*self.held, *(turn.text for turn in self.turns)]
        first = max(min(self.cursor + len(self.held) - 1, len(texts) - _MOST_LINES), 0)
        lines = [
            self._line(index, texts[index])
            for index in range(first, min(first + _MOST_LINES, len(texts)))
        ]
        if self._why:
            lines.insert(0, self._held_back())
        hidden = len(texts) - min(len(texts), _MOST_LINES)
        if hidden > 0:
            lines.append(Content.styled(f"  and {hidden} more", "$foreground-muted"))
        return Content("\n").join(lines)

    def _held_back(self) -> Content:
        keys_text = " · ^g sends them"
        why = shorten(f"held back: {self._why}", self.size.width - len(keys_text))
        return Content.assemble((why, "$text-warning"), (keys_text, "$text-accent bold"))

    def _line(self, index: int, text: str) -> Content:
        is_here = self.has_focus and index - len(self.held) == self.cursor
        mark = "› " if is_here else "  "
        label = f"waiting {index + 1}  "
        room = self.size.width - len(label) - 2
        content = Content.assemble(
            (mark, "$text-accent bold"),
            (label, "$foreground-muted"),
            (shorten(clean_line(text), room), "bold" if is_here else ""),
        )
        return content.stylize(Style.from_meta({"queued": index - len(self.held)}))

    def action_cursor(self, by: int) -> None:
        if self.turns:
            self.cursor = (self.cursor + by) % len(self.turns)

    def action_edit(self) -> None:
        self._ask("edit")

    def action_now(self) -> None:
        self._ask("now")

    def action_delete(self) -> None:
        self._ask("delete")

    def action_move(self, by: int) -> None:
        self._ask("move", by)
        self.cursor = max(min(self.cursor + by, len(self.turns) - 1), 0)

    def _ask(self, action: str, by: int = 0) -> None:
        if self.cursor < len(self.turns):
            self.post_message(self.Asked(self.turns[self.cursor], action, by))

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("queued")
        if isinstance(index, int) and 0 <= index < len(self.turns):
            self.cursor = index

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
