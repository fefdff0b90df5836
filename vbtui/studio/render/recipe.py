"""What ffmpeg is told to make one chunk, and the run that makes it: here, or on another machine.

A recipe is plain data. Its script names no file but those in the folder where ffmpeg runs; its inputs are the
arguments `file:/absolute/path`, which another machine has elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vbtui.base.errors import RenderFailed
from vbtui.studio.render.codec import chunk_arguments
from vbtui.studio.render.ffmpeg import run


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run of ffmpeg."""

    start: int
    """The chunk's first frame on the timeline."""
    count: int
    """Frames that must come out."""
    inputs: tuple[str, ...]
    """Arguments, each file behind an `-i`."""
    names: tuple[str, ...]
    """What the user calls each input."""
    script: str
    """The filter graph."""
    picture: str
    """Its label that is encoded."""
    encoder: tuple[str, ...]
    """Its name and options."""
    memory: int
    """Bytes of address space at most; 0: no limit."""
    tables: tuple[Path, ...] = ()
    """Files that the script reads by their names, in the folder where ffmpeg runs."""


async def follow(
    recipe: Recipe,
    path: Path,
    folder: Path,
    *,
    on_frame: Callable[[int], None],
    on_damage: Callable[[str], None],
) -> None:
    """Makes the chunk at `path`; ffmpeg runs in `folder`, where the script is put.

    Raises `RenderFailed` when other than the chunk's frames came out, and as `ffmpeg.run` does.
    """
    script = folder / f"graph{recipe.start}"
    script.write_text(recipe.script)
    await run(
        chunk_arguments(recipe.inputs, str(script), recipe.picture, recipe.encoder, str(path)),
        names=recipe.names,
        on_frame=on_frame,
        memory=recipe.memory,
        on_damage=on_damage,
        folder=folder,
    )
    frames = await asyncio.to_thread(count_frames, path)
    if frames != recipe.count:
        raise RenderFailed(
            f"The encoder made {frames} pictures where {recipe.count} were due, from frame "
            f"{recipe.start} on."
        )


def count_frames(path: Path) -> int:
    """The frames in an encoded chunk; -1 when it cannot be read."""
    import av

    try:
        with av.open(str(path), format="nut") as container:
            return sum(packet.size > 0 for packet in container.demux(video=0))
    except (av.FFmpegError, IndexError):
        return -1
