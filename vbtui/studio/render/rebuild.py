"""A folder that rebuilds a video without vbtui: a shell script, filter graphs, drawn pictures.

    rebuild.sh      every ffmpeg command of the render, one after the other
    README.txt      how to run it, and which originals it needs
    graphs/         a filter graph for each part and for the sound
    pictures/       texts and photos, drawn for the frame
    originals/      the user's files, put there by whoever asked for the folder

The commands are the renderer's own; only their paths are relative to the folder.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui import __version__
from vbtui.base.text import clean_line, safe_filename
from vbtui.base.times import format_seconds
from vbtui.studio.project.media import Media
from vbtui.studio.render.chunks import Chunk, cut_into_chunks
from vbtui.studio.render.codec import (
    SOFTWARE,
    beside_copies,
    chunk_arguments,
    join_arguments,
    sound_arguments,
    video_options,
)
from vbtui.studio.render.copying import Copy, find_copies, is_whole
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.ffmpeg import ffmpeg_version
from vbtui.studio.render.graph import READ_SAFELY, Graph, ratio
from vbtui.studio.render.job import list_of_parts
from vbtui.studio.render.mixing import mix
from vbtui.studio.render.model import Output, Plan
from vbtui.studio.render.overlays import OverlayFolder, check_sources
from vbtui.studio.render.plan import make_plan

_STEPS = ("-/filter_complex", "-map", "-c", "-c:v", "-c:a", "-threads", "-movflags")
"""Options that begin a line of the script."""
WORK = "$work"
"""Begins a path in the script's temporary folder; it stands in double quotes there."""
_HEAD = """#!/bin/sh
# Rebuilds the video {title}: {facts}.
# Usage: sh rebuild.sh [video.mp4]     The ffmpeg is $FFMPEG, else the one in PATH.
set -eu
made_with={made_with}
ffmpeg=${{FFMPEG:-ffmpeg}}
out=${{1:-video.mp4}}
case $out in /*) ;; *) out=$PWD/$out ;; esac
case $ffmpeg in /*) ;; */*) ffmpeg=$PWD/$ffmpeg ;; esac
CDPATH= cd -- "$(dirname -- "$0")"
read_safely="{read_safely}"
found=$("$ffmpeg" -version | head -n 1)
if [ "$found" != "$made_with" ]; then
    echo "Made with: $made_with" >&2
    echo "Found:     $found. Pictures may differ a little." >&2
fi
work=$(mktemp -d ./rebuild-XXXXXX)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM

run() {{ "$ffmpeg" -hide_banner -nostdin -y -loglevel error "$@"; }}

"""
_TAIL = """
mv -- "$work/video" "$out"
echo "$out"
"""
_README = """{title}

{facts}, made by vbtui {version}.

Run it in any folder, from anywhere:

    sh rebuild.sh                        writes video.mp4 into the current folder
    sh rebuild.sh /path/to/other.mp4
    FFMPEG=/path/to/ffmpeg sh rebuild.sh

It needs an ffmpeg of version 7 or newer with libx264. It was made with:

    {made_with}

With that very version every frame comes out as in vbtui's own export; another one may encode a
little differently. All paths are relative, so the folder can be moved as a whole.

Originals that the video is made from, with their SHA-256:

{originals}
"""


@dataclass(slots=True)
class Recipe:
    """What `write_recipe` has put into its folder, and what is still to be put there."""

    originals: dict[str, Media] = field(default_factory=dict)
    """By the path below the folder at which the script looks for it."""
    _commands: list[str] = field(default_factory=list)

    @property
    def commands(self) -> str:
        """The script's commands."""
        return "\n".join(self._commands) + "\n"

    def say(self, text: str) -> None:
        """Add a comment."""
        self._commands.append(f"# {text}")

    def bring(self, source: str, target: str) -> None:
        """Add a copy of a file of the folder into the script's temporary one."""
        self._commands.append(f"cp {_quoted(source)} {_quoted(target)}")

    def add(self, arguments: Sequence[str]) -> None:
        """Add a run of ffmpeg: each input, each step and the output on a line of their own."""
        lines = ["run"]
        left = list(arguments)
        while left:
            if tuple(left[: len(READ_SAFELY)]) == READ_SAFELY:
                del left[: len(READ_SAFELY)]
                lines[-1] += " $read_safely"
            elif left[0] == "-i":
                lines[-1] += f" -i {_quoted(left[1])}"
                lines.append("")
                del left[:2]
            else:
                argument = left.pop(0)
                if argument in _STEPS and lines[-1]:
                    lines.append("")
                lines[-1] = f"{lines[-1]} {_quoted(argument)}".lstrip()
        self._commands.append(" \\\n    ".join(line.strip() for line in lines if line))


def _quoted(argument: str) -> str:
    head, found, tail = argument.partition(WORK)
    return f'"{head}{WORK}{tail}"' if found else shlex.quote(argument)


async def write_recipe(
    draft: Mapping[str, Any], media: Mapping[str, Media], options: Output, folder: Path
) -> Recipe:
    """Writes all but the originals into `folder`, which is empty.

    Raises what `vbtui.studio.render.render` raises for a draft that cannot be rendered, and
    `OSError` when the disk refuses.
    """
    plan = make_plan(draft, media, options)
    await asyncio.to_thread(check_sources, plan)
    for name in ("graphs", "pictures"):
        (folder / name).mkdir()
    recipe = Recipe(_places(plan.media))
    copies = await asyncio.to_thread(find_copies, plan)
    if not is_whole(plan, copies) and any(one.form.held != one.form.references for one in copies):
        copies = []  # libx264 holds back what it refers to: no script says another number
    await _Writer(plan, copies, recipe, folder).write()
    await asyncio.to_thread(_write_texts, plan, recipe, folder)
    return recipe


class _Writer:
    """Writes the commands for one plan."""

    def __init__(self, plan: Plan, copies: Sequence[Copy], recipe: Recipe, folder: Path) -> None:
        self._plan = plan
        self._copies = copies
        self._mixed = bool(copies) and not is_whole(plan, copies)
        self._encoder = beside_copies(copies[0].form) if copies else SOFTWARE
        self._recipe = recipe
        self._folder = folder
        self._overlay_folder = OverlayFolder(plan, folder / "pictures")
        self._names = {
            f"file:{media.path.absolute()}": f"file:{name}"
            for name, media in recipe.originals.items()
        }

    async def write(self) -> None:
        """Every part of the picture, the sound, both put together."""
        if is_whole(self._plan, self._copies):
            self._recipe.say("The clips fit as they are: nothing is encoded.")
        taken = [(copy.start, copy.end) for copy in self._copies]
        chunks = cut_into_chunks(self._plan, dict.fromkeys(self._plan.words, ""), (), taken)
        parts: list[Copy | Chunk] = [*self._copies, *chunks]
        parts.sort(key=lambda part: part.start)
        for number, part in enumerate(parts):
            if isinstance(part, Copy):
                self._copy(part, number)
            else:
                await self._encode(part, number)
        self._mix()
        self._join([part.count for part in parts])

    def _copy(self, copy: Copy, number: int) -> None:
        """A part that is taken over from an original as it is."""
        if self._mixed:
            self._recipe.say(f"{self._time_of(copy)}, as they are.")
        seek = ["-ss", f"{float(copy.start_s) + 0.001:.6f}"] if copy.start_s else []
        source = self._relative([f"file:{copy.path.absolute()}"])
        settings = ["-bsf:v", "h264_mp4toannexb"] if self._mixed else []
        self._recipe.add(
            [
                *seek, "-an", *READ_SAFELY, "-i", *source, "-map", f"0:{copy.index}", "-c", "copy", *settings,
                "-frames:v", str(copy.count), "-f", "nut", f"file:{WORK}/part{number}",
            ]
        )  # fmt: skip

    async def _encode(self, chunk: Chunk, number: int) -> None:
        """A part that is drawn and encoded."""
        overlays = await self._overlay_folder.prepare(chunk.start, chunk.end)
        graph = Graph(threads=1)
        picture = draw(graph, self._plan, overlays, chunk.start, chunk.end)
        script = self._script(f"part{number}", graph)
        settings = ["-bsf:v", "dump_extra=freq=keyframe"] if self._mixed else []
        self._recipe.say(f"{self._time_of(chunk)}.")
        self._recipe.add(
            chunk_arguments(
                self._relative(graph.inputs),
                script,
                picture,
                [*video_options(self._plan, self._encoder), *settings],
                f"{WORK}/part{number}",
            )
        )

    def _time_of(self, part: Copy | Chunk) -> str:
        fps = self._plan.canvas.fps
        begin, end = (format_seconds(round(float(at / fps), 1)) for at in (part.start, part.end))
        return f"Frames {part.start}-{part.end - 1}: {begin} to {end}"

    def _mix(self) -> None:
        """The whole sound."""
        graph = Graph(threads=1)
        heard = mix(graph, self._plan)
        script = self._script("sound", graph)
        self._recipe.say("The sound.")
        self._recipe.add(
            sound_arguments(self._relative(graph.inputs), script, heard, f"{WORK}/sound")
        )

    def _join(self, counts: Sequence[int]) -> None:
        """Parts and sound put together."""
        names = [f"part{number}" for number in range(len(counts))]
        listed = list_of_parts(names, counts, self._plan.canvas.fps)
        (self._folder / "parts.txt").write_text(listed)
        self._recipe.say("All together.")
        self._recipe.bring("parts.txt", f"{WORK}/parts")
        paths = (f"{WORK}/{name}" for name in ("parts", "sound", "video"))
        self._recipe.add(join_arguments(self._plan.canvas, *paths, mixed=self._mixed))

    def _script(self, name: str, graph: Graph) -> str:
        path = f"graphs/{name}.txt"
        (self._folder / path).write_text(graph.script)
        return path

    def _relative(self, arguments: Sequence[str]) -> list[str]:
        inside = f"file:{self._folder.absolute()}/"
        return [
            self._names.get(argument) or argument.replace(inside, "file:", 1)
            for argument in arguments
        ]


def _places(media: Sequence[Media]) -> dict[str, Media]:
    """A name of its own below `originals/` for each file: the user's, with the file's suffix."""
    places: dict[str, Media] = {}
    taken: set[str] = set()
    for item in media:
        suffix = item.path.suffix.lower()
        stem = safe_filename(Path(item.filename).stem, fallback="file", max_bytes=100)
        name, count = f"{stem}{suffix}", 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem} {count}{suffix}"
        taken.add(name.casefold())
        places[f"originals/{name}"] = item
    return places


def _write_texts(plan: Plan, recipe: Recipe, folder: Path) -> None:
    canvas = plan.canvas
    length = format_seconds(round(float(plan.frames / canvas.fps), 1))
    facts = (
        f"{length}, {plan.frames} frames, {canvas.width}x{canvas.height}, "
        f"{ratio(canvas.fps)} frames a second, quality {plan.quality}"
    )
    title = clean_line(plan.title) or "Video"
    made_with = ffmpeg_version()
    head = _HEAD.format(
        title=title,
        facts=facts,
        made_with=shlex.quote(made_with),
        read_safely=" ".join(READ_SAFELY),
    )
    script = folder / "rebuild.sh"
    script.write_text(head + recipe.commands + _TAIL)
    script.chmod(0o755)
    listed = [f"    {name}\n        {media.sha256}" for name, media in recipe.originals.items()]
    readme = _README.format(
        title=title,
        facts=facts[0].upper() + facts[1:],
        version=__version__,
        made_with=made_with,
        originals="\n".join(listed) or "    none",
    )
    (folder / "README.txt").write_text(re.sub(r"\n{3,}", "\n\n", readme))
