"""A picture in half blocks: two pixels a cell, in every terminal with colours."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

Pixels = list[list[tuple[int, int, int]]]
"""Rows of (red, green, blue); an even number of rows."""


def decode(data: bytes, width: int, height: int) -> Pixels | None:
    """The picture in at most `width` x `height` pixels, its shape kept.

    None where Pillow is not installed or the data is no picture. Blocking: to be called in a
    thread.
    """
    try:
        from PIL import Image
    except ImportError:
        return None
    from io import BytesIO

    try:
        with Image.open(BytesIO(data)) as image:
            picture = image.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None
    picture.thumbnail((width, height - height % 2))
    wide, high = picture.size
    raw = picture.tobytes()
    rows = [
        [(raw[at], raw[at + 1], raw[at + 2]) for at in range(y * wide * 3, (y + 1) * wide * 3, 3)]
        for y in range(high)
    ]
    return rows if high % 2 == 0 else [*rows, rows[-1]]


class Picture(Widget):
    """Shows pixels, centred; what they say is for people who see them."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pixels: Pixels = []

    @property
    def is_empty(self) -> bool:
        return not self._pixels

    def show(self, pixels: Pixels | None) -> None:
        """Show other pixels, or none."""
        self._pixels = pixels or []
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, len(self._pixels) // 2
        line = y - max((self.size.height - lines) // 2, 0)
        if not 0 <= line < lines:
            return Strip.blank(width, self.rich_style)
        upper, lower = self._pixels[2 * line], self._pixels[2 * line + 1]
        left = max((width - len(upper)) // 2, 0)
        blank = self.rich_style
        segments = [Segment(" " * left, blank)]
        segments += [
            Segment("▀", Style(color=Color.from_rgb(*over), bgcolor=Color.from_rgb(*under)))
            for over, under in zip(upper, lower, strict=True)
        ]
        return Strip(segments).adjust_cell_length(width, blank)
