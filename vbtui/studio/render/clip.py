"""A run of composed frames as PNG pictures, for a preview that moves."""

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
from vbtui.studio.render.materials import Workshop, check_sources
from vbtui.studio.render.thumbnail import shrunk, small_plan


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
        materials = await Workshop(seen, Path(folder)).prepare(first, last)
        graph = Graph()
        drawn = draw(graph, seen, materials, first, last)
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
