"""Something to choose from: offers below a turn, the examples of the greeting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from vbtui.base.keys import key_name, table


class Choice(NamedTuple):
    """One thing to choose."""

    id: str
    label: str
    """Shown as it is: never markup."""
    key: str = ""
    """The letter that chooses it while the widget has the focus; with ctrl, from the empty prompt."""


class Choices(Widget, can_focus=True):
    """A row (or column) of choices: arrows and Enter, their letters, or the mouse.

    Args:
        choices: in the order in which they are shown.
        column: one below the other.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "move(-1)", "Previous", show=False),
        Binding("right,down", "move(1)", "Next", show=False),
        Binding("enter,space", "choose", "Choose", show=False),
    ]
    HELP = (
        f"Arrows or letters choose, {key_name('choices.take')} does it. What shows "
        f"{table()['prompt.take_e'].display} in place of [e] can be taken from the empty prompt."
    )

    cursor = reactive(0)
    by_ctrl = reactive(False, layout=True)
    """Whether ctrl and the letter work right now, without the focus: shown as `^e` for `[e]`."""

    class Chosen(Message):
        """A choice was made."""

        def __init__(self, choices: Choices, choice: Choice) -> None:
            super().__init__()
            self.choices = choices
            self.choice = choice

        @property
        def control(self) -> Choices:
            return self.choices

    def __init__(
        self, choices: Sequence[Choice], *, column: bool = False, classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
        self.choices = tuple(choices)
        self.is_column = column
        if column:
            self.styles.width = "100%"
            self.styles.height = len(self.choices)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Show other choices."""
        if tuple(choices) != self.choices:
            self.choices = tuple(choices)
            self.cursor = 0
            self.refresh(layout=True)

    def render(self) -> Content:
        lines = [self._line(index, choice) for index, choice in enumerate(self.choices)]
        return Content("\n" if self.is_column else "   ").join(lines)

    def _line(self, index: int, choice: Choice) -> Content:
        is_here = self.has_focus and index == self.cursor
        letter = self._mark(choice, is_here)
        label = choice.label
        if self.is_column and self.size.width:
            label = Content(label).truncate(self.size.width - len(letter), ellipsis=True).plain
        text = Content.assemble(
            (letter, "$text-accent bold"),
            (label, "bold underline" if is_here else ""),
        )
        return text.stylize(Style.from_meta({"choice": index}))

    def _mark(self, choice: Choice, is_here: bool) -> str:
        if not choice.key:
            return "› " if is_here else "  "
        if self.by_ctrl and not self.has_focus:
            return table()[f"prompt.take_{choice.key}"].display + " "
        return f"[{choice.key}] "

    def take(self, letter: str) -> bool:
        """Choose by its letter; False when there is none of it."""
        for index, choice in enumerate(self.choices):
            if choice.key and choice.key == letter:
                self.cursor = index
                self.action_choose()
                return True
        return False

    @property
    def letters(self) -> frozenset[str]:
        """The letters that choose something."""
        return frozenset(choice.key for choice in self.choices if choice.key)

    def action_move(self, by: int) -> None:
        if self.choices:
            self.cursor = (self.cursor + by) % len(self.choices)

    def action_choose(self) -> None:
        if self.choices:
            self.post_message(self.Chosen(self, self.choices[self.cursor]))

    def on_key(self, event: events.Key) -> None:
        if event.character and self.take(event.character):
            event.stop()

    def on_click(self, event: events.Click) -> None:
        index = event.style.meta.get("choice")
        if isinstance(index, int) and index < len(self.choices):
            self.cursor = index
            self.action_choose()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
