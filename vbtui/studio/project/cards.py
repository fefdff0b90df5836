"""The black card: a clip that is no file, black for as long as one likes. Words and numbers stand on it.

A draft names it as `m.asset` = `card:black`.
"""

from __future__ import annotations

from pathlib import Path

from vbtui.studio.project.media import Media

BLACK = "card:black"
NAMES = ("black", "黑屏")
"""What it is called, in English and Chinese."""


def media() -> dict[str, Media]:
    """It by its id, as a picture without a file."""
    path = Path("/nowhere/black")
    return {BLACK: Media(BLACK, NAMES[0], "image", path, 0, BLACK, 0, 1920, 1080)}
