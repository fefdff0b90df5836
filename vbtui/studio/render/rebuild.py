"""A folder that rebuilds a video without vbtui: a Python script, filter graphs, drawn pictures.

    rebuild.py      every ffmpeg command of the render, one after the other
    README.txt      how to run it, and which originals it needs
    graphs/         a filter graph for each part and for the sound
    pictures/       texts and photos, drawn for the frame
    bare0.mp3 …     joined mp3s without the tags in them
    bed0.wav …      music that vbtui made
    originals/      the user's files, put there by whoever asked for the folder

The commands are the renderer's own, as lists of arguments: no shell reads the names in them. They run in a
folder of their own beside the others, which is why their paths begin with `../`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui import __version__
from vbtui.base.files import passing_folder
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
from vbtui.studio.render.mixing import Level, changing_sounds, mix, plain_arguments
from vbtui.studio.render.model import Output, Plan
from vbtui.studio.render.overlays import LUT, OverlayFolder, check_sources
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.soundtrack import levelled, with_files
from vbtui.studio.render.steadying import steadied

_STEPS = ("-/filter_complex", "-map", "-c", "-c:v", "-c:a", "-threads", "-movflags")
"""Options that begin a line of the script."""
_HEAD = """#!/usr/bin/env python3
# Rebuilds the video that TITLE names: {facts}.
# Usage: python3 rebuild.py [video.mp4]     The ffmpeg is $FFMPEG, else the one in PATH.

import os
import shutil
import signal
import subprocess
import sys
import tempfile

TITLE = {title!r}
MADE_WITH = {made_with!r}
READ_SAFELY = {read_safely!r}

# What ffmpeg is started with, run after run.
COMMANDS = [
"""
_TAIL = """]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    ffmpeg = os.environ.get("FFMPEG") or "ffmpeg"
    if os.path.dirname(ffmpeg):
        ffmpeg = os.path.abspath(ffmpeg)
    out = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "video.mp4")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = subprocess.run([ffmpeg, "-version"], stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit("ffmpeg does not start: " + str(error))
    version = found.decode("utf-8", "replace").partition("\\n")[0].strip()
    if version != MADE_WITH:
        print("Made with: " + MADE_WITH, file=sys.stderr)
        print("Found:     " + version + ". Pictures may differ a little.", file=sys.stderr)
    start = [ffmpeg, "-hide_banner", "-nostdin", "-y", "-loglevel", "error"]
    with tempfile.TemporaryDirectory(prefix="rebuild-", dir=here) as work:
        shutil.copyfile(os.path.join(here, "parts.txt"), os.path.join(work, "parts"))
        for command in COMMANDS:
            code = subprocess.run(start + command, cwd=work).returncode
            if code:
                sys.exit("ffmpeg failed (" + str(code) + ").")
        shutil.move(os.path.join(work, "video"), out)
    print(out)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
"""
_README = """{title}

{facts}, made by vbtui {version}.

Run it in any folder, from anywhere:

    python3 rebuild.py                        writes video.mp4 into the current folder
    python3 rebuild.py /path/to/other.mp4
    FFMPEG=/path/to/ffmpeg python3 rebuild.py

It needs Python 3.8 or newer, and an ffmpeg with libx264 that is not much older than what it was made with:

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
    _lines: list[str] = field(default_factory=list)

    @property
    def commands(self) -> str:
        """The script's commands."""
        return "".join(f"    {line}\n" for line in self._lines)

    def say(self, text: str) -> None:
        """Add a comment."""
        self._lines.append(f"# {text}")

    def add(self, arguments: Sequence[str]) -> None:
        """Add a run of ffmpeg: each input, each step and the output on a line of their own."""
        lines: list[list[str]] = [[]]
        left = list(arguments)
        while left:
            if tuple(left[: len(READ_SAFELY)]) == READ_SAFELY:
                del left[: len(READ_SAFELY)]
                lines[-1].append("*READ_SAFELY")
            elif left[0] == "-i":
                lines[-1] += ["'-i'", repr(left[1])]
                lines.append([])
                del left[:2]
            else:
                argument = left.pop(0)
                if argument in _STEPS:
                    lines.append([])
                lines[-1].append(repr(argument))
        self._lines += ["[", *(f"    {', '.join(line)}," for line in lines if line), "],"]


async def write_recipe(
    draft: Mapping[str, Any], media: Mapping[str, Media], options: Output, folder: Path
) -> Recipe:
    """Writes all but the originals into `folder`, which is empty.

    Raises what `vbtui.studio.render.render` raises for a draft that cannot be rendered, and
    `OSError` when the disk refuses.
    """
    plan = make_plan(draft, media, options)
    await asyncio.to_thread(check_sources, plan)
    with passing_folder("vbtui-steady-") as passing:
        plan = await steadied(plan, passing)
    for name in ("graphs", "pictures"):
        (folder / name).mkdir()
    recipe = Recipe(_places(plan.media))
    copies = await asyncio.to_thread(find_copies, plan)
    if not is_whole(plan, copies) and any(one.form.held != one.form.references for one in copies):
        copies = []  # libx264 holds back what it refers to: no script says another number
    with passing_folder("vbtui-level-") as passing:
        louder, level = await levelled(plan, passing)
    bare = await asyncio.to_thread(with_files, louder, folder)
    await _Writer(bare, copies, recipe, folder, level).write()
    await asyncio.to_thread(_write_texts, plan, recipe, folder)
    return recipe


class _Writer:
    """Writes the commands for one plan."""

    def __init__(
        self, plan: Plan, copies: Sequence[Copy], recipe: Recipe, folder: Path, level: Level
    ) -> None:
        self._plan = plan
        self._level = level
        self._copies = copies
        self._mixed = bool(copies) and not is_whole(plan, copies)
        self._encoder = beside_copies(copies[0].form) if copies else SOFTWARE
        self._recipe = recipe
        self._folder = folder
        self._overlay_folder = OverlayFolder(plan, folder / "pictures")
        self._names = {
            f"file:{media.path.absolute()}": f"file:../{name}"
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
                "-frames:v", str(copy.count), "-f", "nut", f"file:part{number}",
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
                f"part{number}",
            )
        )

    def _time_of(self, part: Copy | Chunk) -> str:
        fps = self._plan.canvas.fps
        begin, end = (
            format_seconds(round(float(at / fps), 1), False) for at in (part.start, part.end)
        )
        return f"Frames {part.start}-{part.end - 1}: {begin} to {end}"

    def _mix(self) -> None:
        """The whole sound."""
        plain: dict[str, Path] = {}
        for number, media in enumerate(changing_sounds(self._plan)):
            made, path = f"plain{number}", self._folder / f"plain{number}"
            self._names[f"file:{path.absolute()}"] = f"file:{made}"
            self._recipe.say("A sound whose form changes, in one form.")
            self._recipe.add(self._relative(plain_arguments(media, made)))
            plain[media.id] = path
        graph = Graph(threads=1)
        heard = mix(graph, self._plan, plain, self._level)
        script = self._script("sound", graph)
        self._recipe.say("The sound.")
        self._recipe.add(sound_arguments(self._relative(graph.inputs), script, heard, "sound"))

    def _join(self, counts: Sequence[int]) -> None:
        """Parts and sound put together."""
        names = [f"part{number}" for number in range(len(counts))]
        listed = list_of_parts(names, counts, self._plan.canvas.fps)
        (self._folder / "parts.txt").write_text(listed)
        self._recipe.say("All together.")
        paths = ("parts", "sound", "video")
        self._recipe.add(join_arguments(self._plan.canvas, *paths, mixed=self._mixed))

    def _script(self, name: str, graph: Graph) -> str:
        path = f"graphs/{name}.txt"
        beside = graph.script.replace(f":file={LUT}", f":file=../pictures/{LUT}")
        (self._folder / path).write_text(beside)
        return f"../{path}"

    def _relative(self, arguments: Sequence[str]) -> list[str]:
        """`arguments` with the paths of originals and of the folder's files as the script has them."""
        inside = f"file:{self._folder.absolute()}/"
        return [
            self._names.get(argument)
            or (f"file:../{argument[len(inside) :]}" if argument.startswith(inside) else argument)
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
    length = format_seconds(round(float(plan.frames / canvas.fps), 1), False)
    facts = (
        f"{length}, {plan.frames} frames, {canvas.width}x{canvas.height}, "
        f"{ratio(canvas.fps)} frames a second, quality {plan.quality}"
    )
    title = clean_line(plan.title) or "Video"
    made_with = ffmpeg_version()
    head = _HEAD.format(
        title=title, facts=facts, made_with=made_with, read_safely=list(READ_SAFELY)
    )
    script = folder / "rebuild.py"
    script.write_text(head + recipe.commands + _TAIL, encoding="utf-8")
    script.chmod(0o755)
    listed = [f"    {name}\n        {media.sha256}" for name, media in recipe.originals.items()]
    readme = _README.format(
        title=title,
        facts=facts[0].upper() + facts[1:],
        version=__version__,
        made_with=made_with,
        originals="\n".join(listed) or "    none",
    )
    (folder / "README.txt").write_text(re.sub(r"\n{3,}", "\n\n", readme), encoding="utf-8")
