"""What a graph needs beside the plan: pictures that were made for it, and facts of its files."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.base.errors import BadFile
from vbtui.studio.project.media import Media
from vbtui.studio.render.model import Plan, Shot, Words


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
    """All that the frames of some run need."""

    stills: dict[tuple[str, str], Path] = field(default_factory=dict)
    """Media id and fit → a PNG of exactly the canvas's size."""
    words: dict[Words, Overlay] = field(default_factory=dict)
    colors: dict[str, Colors] = field(default_factory=dict)
    """Media id → colours, for videos."""


class Workshop:
    """Makes the materials of a plan in one directory, each when it is first needed."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.folder = folder
        self._plan = plan
        self._made = Materials()
        self._busy = threading.Lock()

    async def prepare(self, start: int, end: int) -> Materials:
        """The materials of the frames `start`..`end`.

        Raises `BadFile` for a file that is damaged and `OSError` for a full disk.
        """
        return await asyncio.to_thread(self._prepare, start, end)

    def _prepare(self, start: int, end: int) -> Materials:
        with self._busy:
            for span in self._plan.part(start, end):
                for shot in (span.shot, span.into):
                    if shot is not None:
                        self._prepare_shot(shot)
            for words in self._plan.words:
                if words.start < end and words.end > start and words not in self._made.words:
                    self._draw(words)
        return self._made

    def _prepare_shot(self, shot: Shot) -> None:
        media, made = shot.media, self._made
        if media.kind == "image" and (media.id, shot.fit) not in made.stills:
            from vbtui.studio.render.stills import make_still

            path = self.folder / f"still{len(made.stills)}.png"
            make_still(media, shot.fit, self._plan.canvas, path)
            made.stills[media.id, shot.fit] = path
        elif media.kind == "video" and media.id not in made.colors:
            from vbtui.studio.render.colors import read_colors

            made.colors[media.id] = read_colors(media)

    def _draw(self, words: Words) -> None:
        from vbtui.studio.render.text import draw_words

        path = self.folder / f"text{len(self._made.words)}.png"
        self._made.words[words] = draw_words(words, self._plan.canvas, path)


def check_sources(plan: Plan) -> None:
    """Raises `BadFile` naming every file that is gone, unreadable or not what was uploaded."""
    problems = [problem for media in plan.media if (problem := _problem(media))]
    if problems:
        raise BadFile(
            " ".join(problems),
            hint="Upload it again." if len(problems) == 1 else "Upload them again.",
        )


def _problem(media: Media) -> str:
    try:
        with media.path.open("rb") as file:
            size = file.seek(0, 2)
    except FileNotFoundError:
        return f"“{media.filename}” is no longer there."
    except OSError as error:
        return f"“{media.filename}” cannot be read: {error.strerror}."
    if media.size and size != media.size:
        return f"“{media.filename}” has changed since it was uploaded."
    return ""
