"""A whole render: plan, materials, one run of ffmpeg, the finished file."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vbtui.errors import DiskProblem
from vbtui.studio.media import Media
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.encode import run
from vbtui.studio.render.graph import Graph, ratio
from vbtui.studio.render.materials import prepare
from vbtui.studio.render.mixing import mix
from vbtui.studio.render.model import Plan
from vbtui.studio.render.output import Output
from vbtui.studio.render.plan import make_plan

QUALITY = {"high": ("medium", 20), "medium": ("veryfast", 22), "low": ("superfast", 26)}
"""libx264's preset and crf."""
COLOR_TAGS = (
    "-color_range", "tv", "-colorspace", "bt709", "-color_trc", "bt709",
    "-color_primaries", "bt709",
)  # fmt: skip


async def run_render(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    options: Output,
    destination: Path,
    *,
    workdir: Path,
    on_progress: Callable[[float], None],
) -> None:
    """See `vbtui.studio.render.render`."""
    plan = make_plan(draft, media, options)
    with disk_problems(), _folder(workdir) as folder:
        unfinished = unfinished_name(destination)
        try:
            await _encode(plan, folder, unfinished, on_progress)
            unfinished.replace(destination)
        finally:
            unfinished.unlink(missing_ok=True)
    on_progress(100.0)


async def _encode(
    plan: Plan, folder: Path, path: Path, on_progress: Callable[[float], None]
) -> None:
    on_progress(0.0)
    materials = await prepare(plan, folder)
    graph = Graph()
    picture = draw(graph, plan, materials, 0, plan.frames)
    sound = mix(graph, plan)
    script = folder / "graph"
    script.write_text(graph.script)
    shown = 0.0

    def on_frame(frame: int) -> None:
        nonlocal shown
        shown = max(shown, min(99.5, 100 * frame / plan.frames))
        on_progress(shown)

    await run(
        [
            *graph.inputs, "-/filter_complex", str(script), "-map", picture, "-map", sound,
            *video_options(plan), *AUDIO_OPTIONS, *MP4_OPTIONS, f"file:{path}",
        ],
        names=graph.names,
        on_frame=on_frame,
    )  # fmt: skip


AUDIO_OPTIONS = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2")
MP4_OPTIONS = ("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", "-y")


def video_options(plan: Plan) -> list[str]:
    """How the picture is encoded."""
    preset, crf = QUALITY[plan.quality]
    return [
        "-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p",
        "-r", ratio(plan.canvas.fps), *COLOR_TAGS,
    ]  # fmt: skip


def unfinished_name(destination: Path) -> Path:
    """Where a file lies, beside its destination, until it is whole; the directory is made."""
    destination = destination.absolute()
    destination.parent.mkdir(parents=True, exist_ok=True)
    return destination.with_name(f".{destination.name}.{os.getpid()}.part")


@contextlib.contextmanager
def _folder(workdir: Path) -> Iterator[Path]:
    """A directory of this render's own below `workdir`; it is gone afterwards."""
    workdir.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="render-", dir=workdir))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def disk_problems() -> Iterator[None]:
    """Turns the system's refusals to write into `DiskProblem`."""
    try:
        yield
    except OSError as error:
        where = f" “{error.filename}”" if error.filename else ""
        raise DiskProblem(f"Cannot write{where}: {error.strerror or error}.") from error
