"""Sixel pictures as every terminal reads them. Imported when the first one is shown."""

from __future__ import annotations

import re

from PIL.Image import Image as Picture
from textual.app import ComposeResult
from textual_image._sixel import BackgroundColor, SixelOptions
from textual_image.widget import sixel

_DEFINED = re.compile(r"(#\d+);2;\d+;\d+;\d+")


class SixelPicture(sixel.Image, Renderable=sixel._NoopRenderable):
    """Draws a picture with sixel graphics."""

    def compose(self) -> ComposeResult:
        yield _Selecting(self.image, self._sixel_options)


class _Selecting(sixel._ImageSixelImpl):
    def _image_to_sixels(
        self,
        image: Picture,
        sixel_options: SixelOptions | None = None,
        background: BackgroundColor | None = None,
    ) -> str:
        return selecting(super()._image_to_sixels(image, sixel_options, background))


def selecting(sixels: str) -> str:
    """`sixels` with every colour selected where it is defined.

    xterm goes on with the colour before: a wrong stripe wherever a colour occurs first.
    """
    return _DEFINED.sub(r"\g<0>\1", sixels)
