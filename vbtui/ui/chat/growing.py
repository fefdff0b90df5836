"""Widgets whose height follows a text that arrives piece by piece: a word more costs no more than its line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from vbtui.ui.kit.textual_gaps import SteadyHeight


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


class GrowingText(Growing):
    """Shows a text, wrapped at its width. The text can be selected with the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._lines: list[str] = []
        self._width = 0
        """The width that the rows are for; 0: there are none yet."""
        self._rows: list[tuple[int, int, int]] = []
        """For each row its line, and the first and the last character of it, not included."""

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def show(self, text: str) -> None:
        """Show `text`; nothing of what was there and stays is wrapped or drawn again."""
        text = text.expandtabs(4)
        if text == self._text:
            return
        lines, kept = text.split("\n"), 0
        if self._lines and text.startswith(self._text):
            kept = len(self._lines) - 1
        self._text, self._lines = text, lines
        if not self._width:
            self.refresh(layout=True)
            return
        before = len(self._rows)
        while self._rows and self._rows[-1][0] >= kept:
            self._rows.pop()
        first = len(self._rows)
        self._rows += self._wrapped(kept, self._width)
        changed = Region(0, first, self._width, max(len(self._rows), before) - first)
        self.refresh(changed, layout=len(self._rows) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._wrap(width)
        return len(self._rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._wrap(self.content_size.width)
        style, selection = self.rich_style, self.text_selection
        return [self._row(y, style, selection) for y in range(crop.y, crop.bottom)]

    def _row(self, y: int, style: Style, selection: Selection | None) -> Strip:
        width = self._width
        if y >= len(self._rows):
            return Strip.blank(width, style)
        number, start, end = self._rows[y]
        text = self._lines[number][start:end]
        pad = " " * max(width - cell_len(text), 0)
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return Strip([Segment(text + pad, style)], width).apply_offsets(start, number)
        first = min(max(span[0] - start, 0), len(text))
        last = len(text) if span[1] < 0 else min(max(span[1] - start, first), len(text))
        chosen = style + self.screen.get_component_rich_style("screen--selection")
        parts = ((text[:first], style), (text[first:last], chosen), (text[last:] + pad, style))
        segments = [Segment(part, shown) for part, shown in parts if part]
        return Strip(segments, width).apply_offsets(start, number)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self._text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _wrap(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self._rows = self._wrapped(0, width)

    def _wrapped(self, first: int, width: int) -> list[tuple[int, int, int]]:
        """The rows from the line `first` on."""
        return [
            (number, start, end)
            for number in range(first, len(self._lines))
            for start, end in rows(self._lines[number], width)
        ]


_WORDS = (  # compiled, and remembered, by `re` with the first text
    r"(?:[^\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]+"
    r"|[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]"
    r"[、。，．！？：；）」』】》〉…]*)\s*|\s+"
)
"""Chinese, Japanese and Korean are broken between any two characters, but before no closing mark."""


def rows(line: str, width: int) -> list[tuple[int, int]]:
    """The first and the last character (not included) of each row of one `line`, in characters.

    Rows are at most `width` cells wide, at least one; a word that is longer is cut. The spaces at
    which a row is broken belong to none.
    """
    width = max(width, 2)  # a wide character must fit
    found = _narrow(line, width) if line.isascii() else _any(line, width)
    return list(found) or [(0, 0)]


def _narrow(line: str, width: int) -> Iterator[tuple[int, int]]:
    """For a line whose characters are all one cell wide: a search for each row, not each word."""
    start, end = 0, len(line.rstrip())
    while end - start > width:
        space = line.rfind(" ", start, start + width + 1)
        if space < start:
            yield start, start + width
            start += width
        else:
            if row := line[start:space].rstrip():
                yield start, start + len(row)
            start = space
        while line[start] == " ":
            start += 1
    if end > start:
        yield start, end


def _any(line: str, width: int) -> Iterator[tuple[int, int]]:
    start, used = 0, 0
    end = 0
    for match in re.finditer(_WORDS, line):
        word = match[0].rstrip()
        cells = cell_len(word)
        if used + cells > width and used:
            if end > start:
                yield start, end
            start, used = match.start(), 0
        if cells > width:
            # What is before it in this row takes no cells, and goes with it.
            *full, last = chop_cells(line[start : match.start() + len(word)], width)
            for part in full:
                yield start, start + len(part)
                start += len(part)
            cells = cell_len(last)
        end = match.start() + len(word)
        used += cells + len(match[0]) - len(word)
    if end > start:
        yield start, end
