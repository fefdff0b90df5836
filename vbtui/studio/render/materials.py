"""What a graph needs beside the plan: pictures that were made for it, and facts of its files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.errors import BadFile
from vbtui.studio.media import Media
from vbtui.studio.render.model import Plan, Words


@dataclass(frozen=True, slots=True)
class Overlay:
    """A text, drawn: an RGBA picture and where its upper left corner lies on the canvas."""

    path: Path
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Colors:
    """How a video file codes its colours, in ffmpeg's names."""

    assume: str = ""
    """Matrix to take for a file that names none: bt709 or smpte170m; empty when it names one."""
    hdr: bool = False
    """PQ or HLG: brighter than a plain screen can show."""


@dataclass(frozen=True, slots=True)
class Materials:
    """Made by `prepare` before the first frame is drawn."""

    stills: dict[tuple[str, str], Path] = field(default_factory=dict)
    """Media id and fit → a PNG of exactly the canvas's size."""
    words: dict[Words, Overlay] = field(default_factory=dict)
    colors: dict[str, Colors] = field(default_factory=dict)
    """Media id → colours, for videos."""


async def prepare(plan: Plan, folder: Path) -> Materials:
    """Draws the stills and texts of `plan` into `folder` and reads the videos' colours.

    Raises `BadFile` for a file that is gone, changed or damaged, and `DiskProblem`.
    """
    return await asyncio.to_thread(_prepare, plan, folder)


def _prepare(plan: Plan, folder: Path) -> Materials:
    from vbtui.studio.render.colors import read_colors
    from vbtui.studio.render.stills import make_still
    from vbtui.studio.render.text import draw_words

    materials = Materials()
    for media in plan.media:
        check_source(media)
    for shot in plan.shots:
        key = (shot.media.id, shot.fit)
        if shot.media.kind == "image" and key not in materials.stills:
            path = folder / f"still{len(materials.stills)}.png"
            make_still(shot.media, shot.fit, plan.canvas, path)
            materials.stills[key] = path
        elif shot.media.kind == "video" and shot.media.id not in materials.colors:
            materials.colors[shot.media.id] = read_colors(shot.media)
    for words in plan.words:
        if words not in materials.words:
            path = folder / f"text{len(materials.words)}.png"
            materials.words[words] = draw_words(words, plan.canvas, path)
    return materials


def check_source(media: Media) -> None:
    """Raises `BadFile` when the file is gone, unreadable or of another size than when it came."""
    try:
        size = media.path.stat().st_size
    except FileNotFoundError:
        raise BadFile(f"“{media.filename}” is no longer there.", hint="Upload it again.") from None
    except OSError as error:
        raise BadFile(f"“{media.filename}” cannot be read: {error.strerror}.") from None
    if media.size and size != media.size:
        raise BadFile(
            f"“{media.filename}” has changed since it was uploaded.", hint="Upload it again."
        )
