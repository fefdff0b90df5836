"""Sixel pictures as every terminal reads them. Imported when the first one is shown."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual_image.widget import SixelImage

_DEFINED = re.compile(r"(#\d+);2;\d+;\d+;\d+")


class _Nothing:
    """What lies below the picture."""

    def __init__(self, image: object, width: object = None, height: object = None) -> None:
        pass

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment("")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(0, 0)

    def cleanup(self) -> None:
        pass


class SixelPicture(SixelImage, Renderable=_Nothing):
    """Draws a picture with sixel graphics."""

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            _select_colours(widget)
            yield widget


def _select_colours(widget: Widget) -> None:
    """Have the widget that draws the sixels select each colour."""
    draw = widget.render_lines

    def render_lines(crop: Region) -> list[Strip]:
        return [_selecting_strip(strip) for strip in draw(crop)]

    widget.render_lines = render_lines  # type: ignore[method-assign]  # its class has no public name


def _selecting_strip(strip: Strip) -> Strip:
    parts = [Segment(selecting(part.text), part.style, part.control) for part in strip]
    return Strip(parts, strip.cell_length)


@lru_cache(maxsize=4)
def selecting(sixels: str) -> str:
    """`sixels` with every colour selected where it is defined.

    xterm goes on with the colour before: a wrong stripe wherever a colour occurs first.
    """
    return _DEFINED.sub(r"\g<0>\1", sixels)
