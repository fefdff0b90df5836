"""The sizes that layouts are made for, as classes of the screen.

Textual's own breakpoints are set when a screen is resized, not when it is first shown.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

LEAST_WIDTH, LEAST_HEIGHT = 40, 10
TOO_SMALL = f"vbtui needs a larger window: {LEAST_WIDTH} columns and {LEAST_HEIGHT} lines at least."
_WIDTHS = ((0, "-tiny"), (LEAST_WIDTH, "-narrow"), (80, "-normal"), (120, "-wide"), (170, "-huge"))
_HEIGHTS = ((0, "-flat"), (LEAST_HEIGHT, "-short"), (30, "-tall"))


def size_classes(width: int, height: int) -> dict[str, bool]:
    """Each class with whether it applies; exactly one for the width and one for the height."""
    chosen = {
        [name for least, name in steps if size >= least][-1]
        for steps, size in ((_WIDTHS, width), (_HEIGHTS, height))
    }
    return {name: name in chosen for _, name in (*_WIDTHS, *_HEIGHTS)}


def fit(screen: Screen[Any]) -> None:
    """Give `screen` the classes for the app's size."""
    size = screen.app.size
    wanted = size_classes(size.width, size.height)
    if any(screen.has_class(name) is not applies for name, applies in wanted.items()):
        screen.update_classes(wanted, animate=False)
