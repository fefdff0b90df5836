"""A run of composed frames as PNG pictures, for a preview that moves."""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.studio.media import Media
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.encode import run
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.job import disk_problems
from vbtui.studio.render.materials import Workshop, check_sources
from vbtui.studio.render.output import Output
from vbtui.studio.render.plan import make_plan


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
    full = make_plan(draft, media, Output()).canvas
    scale = min(1.0, max(16, width) / full.width, max(16, height) / full.height)
    size = Output(width=round(full.width * scale), height=round(full.height * scale))
    plan = make_plan(draft, media, size)
    first = min(plan.frames - 1, max(0, int(at_ms * plan.canvas.fps / 1000)))
    last = min(plan.frames, first + math.ceil(count * plan.canvas.fps / fps))
    words = tuple(item for item in plan.words if item.start < last and item.end > first)
    seen = replace(plan, spans=plan.part(first, last), words=words, sounds=())
    with disk_problems(), tempfile.TemporaryDirectory(prefix="vbtui-frames-") as folder:
        await asyncio.to_thread(check_sources, seen)
        materials = await Workshop(seen, Path(folder)).prepare(first, last)
        graph = Graph()
        picture = graph.chain([draw(graph, seen, materials, first, last)], f"fps={fps:g}")
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
