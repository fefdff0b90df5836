"""A widget that draws one text and, asked again, only draws it when it is another."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class Drawn(Widget):
    """Says in `draw` what it shows."""

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
