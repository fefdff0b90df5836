"""Composed pictures as PNG: one, or a run of them for a preview clip.

Thumbnails look like the large ones: they are drawn larger than asked for, then scaled down, since
texts have a least size in pixels and would be far too large on a canvas of a few lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.base.errors import BadFile, RenderFailed
from vbtui.studio.project.media import Media
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.job import disk_problems
from vbtui.studio.render.model import SMALLEST_SIDE, Output, Plan
from vbtui.studio.render.overlays import OverlayFolder, check_sources
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.proxy import Find, through_proxies
from vbtui.studio.render.steadying import steadied


async def draw_frames(
    draft: Mapping[str, Any],
    media: Mapping[str, Media],
    at_ms: int,
    width: int,
    height: int,
    *,
    count: int,
    fps: float,
    find_proxy: Find,
) -> bytes:
    """See `vbtui.studio.render.frames`."""
    plan, shrink = thumbnail_plan(draft, media, width, height)
    first = min(plan.frames - 1, max(0, int(at_ms * plan.canvas.fps / 1000)))
    run_length = math.ceil(count * plan.canvas.fps / fps) if count > 1 else 1
    last = min(plan.frames, first + run_length)
    words = tuple(item for item in plan.words if item.start < last and item.end > first)
    insets = plan.insets_in(first, last)
    seen = replace(plan, spans=plan.part(first, last), insets=insets, words=words, sounds=())
    filters = (f"fps={fps:g}" if count > 1 else "", shrink)

    async def drawn(plan: Plan, on_damage: Callable[[str], None]) -> bytes:
        with disk_problems(), tempfile.TemporaryDirectory(prefix="vbtui-frames-") as folder:
            await asyncio.to_thread(check_sources, plan)
            plan = await steadied(plan, Path(folder))
            overlays = await OverlayFolder(plan, Path(folder)).prepare(first, last)
            graph = Graph()
            picture = shrunk(graph, draw(graph, plan, overlays, first, last), *filters)
            script = Path(folder) / "graph"
            script.write_text(graph.script)
            return await run(
                [
                    *graph.inputs, "-/filter_complex", str(script), "-map", picture,
                    "-fps_mode", "passthrough", "-frames:v", str(count),
                    "-c:v", "png", "-f", "image2pipe", "-",
                ],
                names=graph.names,
                on_damage=on_damage,
                niceness=0,  # somebody looks at it: also while a render is under way
                folder=Path(folder),
            )  # fmt: skip

    quick = await asyncio.to_thread(through_proxies, seen, find_proxy)
    proxies = {shot.media.path for shot in quick.shots} - {shot.media.path for shot in seen.shots}
    if proxies:
        damage: list[str] = []
        with contextlib.suppress(RenderFailed, BadFile):
            pictures = await drawn(quick, damage.append)
            if pictures and not damage:
                return pictures
        for path in proxies:  # one that cannot be read is none; it has a file to be drawn from
            path.unlink(missing_ok=True)
    return await drawn(seen, lambda remark: None)


_LEAST_LINES = 240
"""Drawn at least, where the picture has so many."""


def thumbnail_plan(
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
