"""Widgets whose height follows a text that arrives piece by piece."""

from __future__ import annotations

from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget


class Growing(Widget):
    """Is laid out once when it grows.

    In Textual each widget's virtual size, a result of the layout, asks for another one, so that
    every piece of text would lay out the whole screen twice. Nothing depends on it here: scroll bars
    have their own reactives. To be named last among the bases: Textual takes a widget's styles from
    the first.
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False, repaint=False)


class Plain(Growing):
    """Holds other widgets, each as high as what it shows, and shows nothing of its own.

    So it needs no styling line by line, and its height is another only when something in it is: in
    Textual it is found anew whenever the container has another height, for every turn when one grows.
    """

    _height: tuple[tuple[int, int], int] = ((0, 0), 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        key = (width, self._layout_updates)
        if key != self._height[0]:
            self._height = (key, super().get_content_height(container, viewport, width))
        return self._height[1]

    def render_lines(self, crop: Region) -> list[Strip]:
        return [Strip.blank(crop.width, self.rich_style)] * crop.height
