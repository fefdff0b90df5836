"""Plain text that grows: a line API widget, so that a word more costs no more than its line."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip

from vbtui.ui.chat.growing import Growing
from vbtui.ui.chat.wrapping import rows


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
        segments = [Segment(part, look) for part, look in parts if part]
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
