"""The widget that shows one picture, waveform or reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from vbtui.ui.pictures import raster as blocks
from vbtui.ui.pictures.host import Mode, PictureHost
from vbtui.ui.pictures.raster import Box, Drawn, NoPicture, Raster, Waveform

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


_CELL = (10, 20)
"""Pixels of a cell, about, for the terminal's own graphics: these are scaled to fit."""


class PictureView(Widget):
    """Draws line by line; what it shows is made into lines once, and again when its size changes.

    Where the terminal's own graphics are chosen they cover the lines; what moves is in half blocks.
    """

    DEFAULT_CSS = "PictureView { align: center middle; }"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.drawn: Drawn | None = None
        """What is shown."""
        self._lines: list[Strip] | None = None
        self._lines_size = Size()
        """What they were made for: it is painted before a resize is told."""
        self._graphics: Widget | None = None

    @property
    def block_box(self) -> Box:
        """The room, in pixels of half blocks."""
        return Box.of_cells(self.size.width, self.size.height)

    @property
    def box(self) -> Box:
        """The room, in the pixels of the mode that is chosen."""
        if self._mode not in (Mode.KITTY, Mode.SIXEL):
            return self.block_box
        return Box(max(self.size.width, 1) * _CELL[0], max(self.size.height, 1) * _CELL[1])

    @property
    def _mode(self) -> Mode:
        host: PictureHost = self.app  # type: ignore[assignment]  # the one app that has such a view
        return host.pictures.modes.mode

    def show(self, drawn: Drawn | None, *, moves: bool = False) -> None:
        """Show something else; None leaves the place empty.

        Args:
            moves: another picture follows at once, made for `block_box`.
        """
        if drawn is self.drawn:
            return
        self.drawn = drawn
        self._lines = None
        if self._graphics is not None:
            self._graphics.remove()
            self._graphics = None
        if isinstance(drawn, Raster) and not moves and self._mode in (Mode.KITTY, Mode.SIXEL):
            self._graphics = graphics_widget(drawn, self._mode, self.size.width, self.size.height)
            self.mount(self._graphics)
        self.refresh()

    def notify_style_update(self) -> None:
        self._lines = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._lines is None or self._lines_size != self.size:
            self._lines_size = self.size
            self._lines = self._drawn_lines(self.size.width, self.size.height, self.rich_style)
        if y < len(self._lines):
            return self._lines[y]
        return Strip.blank(self.size.width, self.rich_style)

    def _drawn_lines(self, columns: int, lines: int, base: Style) -> list[Strip]:
        match self.drawn:
            case Raster() if self._graphics is not None:
                return []
            case Raster() as raster if self.app.no_color:
                return blocks.ramp_lines(raster, columns, lines, base)
            case Raster() as raster:
                return blocks.picture_lines(raster, columns, lines, base)
            case Waveform() as wave:
                return blocks.wave_lines(wave, columns, lines, base)
            case NoPicture() as nothing:
                return blocks.reason_lines(nothing, columns, lines, base)
        return []


def graphics_widget(raster: Raster, mode: Mode, columns: int, lines: int) -> Widget:
    """A widget that draws `raster` with the terminal's own graphics in so many cells at most."""
    from PIL import Image
    from textual_image.widget import TGPImage

    picture = Image.frombytes("RGB", (raster.width, raster.height), raster.data)
    wide, high = Box(columns, 2 * lines).fit(raster.width, raster.height)
    made: Widget = TGPImage(picture) if mode is Mode.KITTY else sixel_widget(picture)
    made.styles.width = wide
    made.styles.height = max(high // 2, 1)
    return made


_DEFINED = re.compile(r"(#\d+);2;\d+;\d+;\d+")


def sixel_widget(picture: Picture) -> Widget:
    """Draws `picture` with sixel graphics as every terminal reads them, every colour selected where it
    is defined: xterm goes on with the colour before, a wrong stripe wherever a colour occurs first."""
    from textual_image.widget import SixelImage

    image = SixelImage(picture)
    compose = image.compose

    def selecting() -> ComposeResult:
        for drawing in compose():
            _select_colours(drawing)
            yield drawing

    image.compose = selecting  # type: ignore[method-assign]  # of this one, which draws with its child
    return image


def _select_colours(drawing: Widget) -> None:
    lines = drawing.render_lines

    def selected(crop: Region) -> list[Strip]:
        return [_selected(line) for line in lines(crop)]

    drawing.render_lines = selected  # type: ignore[method-assign]  # of this one: it offers no hook


def _selected(line: Strip) -> Strip:
    parts = [
        Segment(_DEFINED.sub(r"\g<0>\1", text), style, control) for text, style, control in line
    ]
    return Strip(parts, line.cell_length)
