"""One composed frame as a PNG picture.

A run of composed frames as PNG pictures, for a preview that moves.

Small pictures that look like the large ones: drawn larger than asked for, then scaled down.

Texts have a least size in pixels: drawn on a canvas of a few lines they would be far too large.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.studio.project.media import Media
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.encode import run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.job import disk_problems
from vbtui.studio.render.model import SMALLEST_SIDE, Output, Plan
from vbtui.studio.render.overlays import OverlayFolder, check_sources
from vbtui.studio.render.plan import make_plan


async def draw_frame(
    draft: Mapping[str, Any], media: Mapping[str, Media], at_ms: int, width: int, height: int
) -> bytes:
    """See `vbtui.studio.render.frame`."""
    plan, shrink = small_plan(draft, media, width, height)
    number = min(plan.frames - 1, max(0, int(at_ms * plan.canvas.fps / 1000)))
    words = tuple(item for item in plan.words if item.start <= number < item.end)
    seen = replace(plan, spans=plan.part(number, number + 1), words=words, sounds=())
    with disk_problems(), tempfile.TemporaryDirectory(prefix="vbtui-frame-") as folder:
        await asyncio.to_thread(check_sources, seen)
        overlays = await OverlayFolder(seen, Path(folder)).prepare(number, number + 1)
        graph = Graph()
        picture = shrunk(graph, draw(graph, seen, overlays, number, number + 1), shrink)
        script = Path(folder) / "graph"
        script.write_text(graph.script)
        return await run(
            [
                *graph.inputs, "-/filter_complex", str(script), "-map", picture,
                "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-",
            ],
            names=graph.names,
        )  # fmt: skip


async def draw_frames(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    at_ms: int,
    width: int,
    height: int,
    *,
    count: int,
    fps: float,
) -> bytes:
    """`count` PNG pictures from `at_ms` on, `fps` a second, one after the other.

    Fewer come at the end of the timeline. They fit into `width` x `height` pixels. Opens only the
    files that are seen. Raises as `vbtui.studio.render.render` does.
    """
    plan, shrink = small_plan(draft, media, width, height)
    first = min(plan.frames - 1, max(0, int(at_ms * plan.canvas.fps / 1000)))
    last = min(plan.frames, first + math.ceil(count * plan.canvas.fps / fps))
    words = tuple(item for item in plan.words if item.start < last and item.end > first)
    seen = replace(plan, spans=plan.part(first, last), words=words, sounds=())
    with disk_problems(), tempfile.TemporaryDirectory(prefix="vbtui-frames-") as folder:
        await asyncio.to_thread(check_sources, seen)
        overlays = await OverlayFolder(seen, Path(folder)).prepare(first, last)
        graph = Graph()
        drawn = draw(graph, seen, overlays, first, last)
        picture = shrunk(graph, drawn, f"fps={fps:g}", shrink)
        script = Path(folder) / "graph"
        script.write_text(graph.script)
        return await run(
            [
                *graph.inputs, "-/filter_complex", str(script), "-map", picture,
                "-fps_mode", "passthrough", "-frames:v", str(count),
                "-c:v", "png", "-f", "image2pipe", "-",
            ],
            names=graph.names,
        )  # fmt: skip


_LEAST_LINES = 240
"""Drawn at least, where the picture has so many."""


def small_plan(
    draft: Mapping[str, Any], media: Mapping[str, Media], width: int, height: int
) -> tuple[Plan, str]:
    """The plan for pictures that fit into `width` x `height` pixels, and the filter that makes
    them so small; empty where they are drawn in that size."""
    full = make_plan(draft, media, Output()).canvas
    scale = min(1.0, max(16, width) / full.width, max(16, height) / full.height)
    sides = (round(side * scale) // 2 * 2 for side in (full.width, full.height))
    wide, high = (max(SMALLEST_SIDE, side) for side in sides)
    times = min(math.ceil(_LEAST_LINES / high), int(full.height / high), int(full.width / wide))
    times = max(1, times)
    plan = make_plan(draft, media, Output(width=wide * times, height=high * times))
    return plan, f"scale={wide}:{high}:flags=area" if times > 1 else ""


def shrunk(graph: Graph, picture: str, *filters: str) -> str:
    """`picture` after those of `filters` that are not empty."""
    wanted = ",".join(filter(None, filters))
    return graph.chain([picture], wanted) if wanted else picture
