"""The widget that shows one picture, waveform or reason."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from vbtui.ui.pictures import blocks
from vbtui.ui.pictures.raster import Box, Drawn, NoPicture, Raster, Waveform


class PictureView(Widget):
    """Draws line by line; what it shows is made into lines once, and again when its size changes."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn: Drawn | None = None
        self._lines: list[Strip] | None = None

    @property
    def drawn(self) -> Drawn | None:
        """What is shown."""
        return self._drawn

    @property
    def box(self) -> Box:
        """The room, in pixels of half blocks."""
        return Box.of_cells(self.size.width, self.size.height)

    def show(self, drawn: Drawn | None) -> None:
        """Show something else; None leaves the place empty."""
        if drawn is self._drawn:
            return
        self._drawn = drawn
        self._lines = None
        self.refresh()

    def on_resize(self) -> None:
        self._lines = None

    def notify_style_update(self) -> None:
        self._lines = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._lines is None:
            self._lines = self._drawn_lines(self.size.width, self.size.height, self.rich_style)
        if y < len(self._lines):
            return self._lines[y]
        return Strip.blank(self.size.width, self.rich_style)

    def _drawn_lines(self, columns: int, lines: int, base: Style) -> list[Strip]:
        match self._drawn:
            case Raster() as raster if self.app.no_color:
                return blocks.ramp_lines(raster, columns, lines, base)
            case Raster() as raster:
                return blocks.picture_lines(raster, columns, lines, base)
            case Waveform() as wave:
                return blocks.wave_lines(wave, columns, lines, base)
            case NoPicture() as nothing:
                return blocks.reason_lines(nothing, columns, lines, base)
        return []
