"""Small widgets that the screens share: drawn texts, choices, text fields.

A text field's keys work in the order in which they were typed. Textual runs a binding – Backspace, an
arrow, ctrl+u – in the app's own task, and gives letters to the field at once: what is typed fast while
the app is busy is edited in another order, and ctrl+u takes letters away that came after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingsMap, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, Static

from vbtui.base.keys import table
from vbtui.base.problem import Problem
from vbtui.base.text import bounded, clean
from vbtui.base.translation import Translation
from vbtui.ui.kit.textual_gaps import SteadyHeight
from vbtui.ui.kit.words import shorten


class Drawn(Widget):
    """Says in `draw` what it shows; a click on what has the meta `go` opens the screen of that name."""

    _drawn: Content | None = None
    _next: tuple[Size, Content] | None = None
    """What `redraw` found, for the size that it had."""

    def draw(self) -> Content:
        """What is to be shown now, for the size that it has."""
        raise NotImplementedError

    def render(self) -> Content:
        found, self._next = self._next, None
        self._drawn = found[1] if found and found[0] == self.size else self.draw()
        return self._drawn

    def redraw(self) -> None:
        """What is shown may be something else by now."""
        text = self.draw()
        if self._drawn is None or not text.is_same(self._drawn):
            self._next = (self.size, text)
            self.refresh()
        else:
            self._next = None  # what was found in between was never shown

    async def on_click(self, event: events.Click) -> None:
        name = event.style.meta.get("go")
        if isinstance(name, str):
            await self.run_action(f"app.go('{name}')")


class Steady(Static):
    """A text that has the screen laid out anew only when it takes another number of lines."""

    def put(self, content: Content) -> None:
        """Show `content` in place of what is shown."""
        shown = self.content
        if isinstance(shown, Content) and content.is_same(shown):
            return
        width, height = self.content_size
        is_other = not width or content.get_height({}, width) != height
        self.update(
            content, layout=is_other
        )  # of one that is hidden Textual remembers how high it was


def problem_card(problem: Problem) -> Content:
    """Title, message and hint, one below the other."""
    lines = [Content.assemble(("✕ ", "$text-error bold"), (problem.title, "$text-error bold"))]
    if problem.message:
        lines.append(Content(problem.message))
    if problem.hint:
        lines.append(Content.styled(problem.hint, "$foreground-muted"))
    return Content("\n").join(lines)


class Fact(NamedTuple):
    """What is known of something."""

    label: str
    """Empty: it goes on with the fact before."""
    text: str
    """Shown as it is: never markup."""


class Facts(Widget):
    """Lines and facts in the width that there is: labels in one column, texts in another, going on under
    themselves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Content | Fact] = ()

    def put(self, lines: Sequence[Content | Fact]) -> None:
        """Show these in place of what is shown."""
        if list(lines) != list(self._lines):
            before = self._content(self.size.width).plain.count("\n")
            self._lines = tuple(lines)
            is_other = before != self._content(self.size.width).plain.count("\n")
            self.refresh(layout=is_other or not self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._content(width).plain.count("\n") + 1 if self._lines else 0

    def render(self) -> Content:
        return self._content(self.size.width)

    def _content(self, width: int) -> Content:
        wide = max((cell_len(one.label) for one in self._lines if isinstance(one, Fact)), default=0)
        drawn: list[Content] = []
        for one in self._lines:
            if isinstance(one, Fact):
                drawn += _fact_lines(one, min(wide, max(width // 2 - 2, 0)), width)
            else:
                drawn += one.wrap(width) if width else [one]
        return Content("\n").join(drawn)


def _fact_lines(fact: Fact, wide: int, width: int) -> list[Content]:
    indent = wide + 2
    texts = broken(bounded(fact.text), max(width - indent, 1)) if width else [fact.text]
    heads = [shorten(fact.label, wide), *([""] * (len(texts) - 1))]
    return [
        Content.assemble((head + " " * (indent - cell_len(head)), "$foreground-muted"), text)
        for head, text in zip(heads, texts, strict=True)
    ]


_PIECE = re.compile(r"[^\s/]*/|[^\s/]+\s?|\s")
"""What stays together where a text is broken: a word, or a folder of a path with its slash."""


def broken(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words and behind the slashes of a path."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and cell_len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        rest = piece
        while cell_len(rest.rstrip()) > width:
            count = _fitting(rest, width)
            lines[-1], rest = rest[:count], rest[count:]
            lines.append("")
        lines[-1] += rest
    return [line.rstrip() for line in lines]


def _fitting(text: str, width: int) -> int:
    """How many characters of `text` fit in `width` cells; one at least."""
    used = 0
    for count, character in enumerate(text):
        used += cell_len(character)
        if used > width and count:
            return count
    return len(text)


class Choice(NamedTuple):
    """One thing to choose."""

    id: str
    label: str
    """Shown as it is: never markup."""
    key: str = ""
    """The letter that chooses it while the widget has the focus; with ctrl, from the empty prompt."""
    shown: str = ""
    """A key that does the same without this widget, written as the footer does."""


_GAP = "   "
"""Between two choices of a row."""


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
    ABOUT = Translation(
        "Arrows or letters choose, {choices.take} does it. What shows {^prompt.take_e} in place of [e] can be taken from "
        "the empty prompt.",
        "方向键或字母选择，{choices.take} 执行。显示 {^prompt.take_e} 而不是 [e] 的选项可在输入框为空时直接执行。",
    )

    cursor = reactive(0)
    by_ctrl = reactive(False, layout=True)
    """Whether ctrl and the letter work right now, without the focus: shown as `^e` for `[e]`."""

    @dataclass
    class Chosen(Message):
        """A choice was made."""

        choices: Choices
        choice: Choice

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
            if self.is_column:
                self.styles.height = len(self.choices)
            self.refresh(layout=True)

    def render(self) -> Content:
        return Content("\n").join(self._rows(self.size.width))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return max((row.cell_length for row in self._rows(container.width)), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        """No choice is broken between two rows."""
        rows: list[Content] = []
        for index, choice in enumerate(self.choices):
            line = self._line(index, choice)
            room = width - rows[-1].cell_length - len(_GAP) if rows and not self.is_column else 0
            if line.cell_length <= room:
                rows[-1] = Content.assemble(rows[-1], _GAP, line)
            else:
                rows.append(line)
        return rows

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
        if choice.shown:
            return f"{choice.shown} "
        if not choice.key:
            return "› " if is_here else "  "
        if self.by_ctrl and not self.has_focus and not choice.key.isdecimal():
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


async def runs_binding(field: Widget, event: events.Key) -> bool:
    """Do what `event` is bound to in `field`, now; False when that is nothing."""
    for binding in _bindings_of(type(field)).get(event.key, ()):
        if await field.app.run_action(binding.action, field):
            event.stop()
            event.prevent_default()
            return True
    return False


@cache
def _bindings_of(kind: type[Widget]) -> dict[str, list[Binding]]:
    """What each key does: by the class itself, else by the next of its bases that has the key."""
    bindings: dict[str, list[Binding]] = {}
    for base in reversed(kind.__mro__):
        bindings |= BindingsMap(vars(base).get("BINDINGS", ())).key_to_bindings
    return bindings


class Field(Input):
    """One line of text. Its cursor stands still, as the prompt's does: nothing is written while nothing happens."""

    def on_mount(self) -> None:
        self.cursor_blink = False

    async def on_key(self, event: events.Key) -> None:
        await runs_binding(self, event)

    async def on_paste(self, event: events.Paste) -> None:
        """Take all of it: Textual takes the first line alone."""
        event.stop()
        event.prevent_default()
        self.replace(" ".join(clean(event.text).split("\n")).strip(), *self.selection)


class Growing(Widget):
    """Is laid out once when it grows.

    In Textual each widget's virtual size, a result of the layout, asks for another one, so that
    every piece of text would lay out the whole screen twice. Nothing depends on it here: scroll bars
    have their own reactives. To be named last among the bases: Textual takes a widget's styles from
    the first.
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False, repaint=False)


class Plain(SteadyHeight, Growing):
    """Holds other widgets, each as high as what it shows, and shows nothing of its own.

    So it needs no styling line by line.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        return [Strip.blank(crop.width, self.rich_style)] * crop.height
