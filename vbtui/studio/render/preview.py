"""One composed frame as a PNG picture."""

from __future__ import annotations

import asyncio
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
        materials = await Workshop(seen, Path(folder)).prepare(number, number + 1)
        graph = Graph()
        picture = shrunk(graph, draw(graph, seen, materials, number, number + 1), shrink)
        script = Path(folder) / "graph"
        script.write_text(graph.script)
        return await run(
            [
                *graph.inputs, "-/filter_complex", str(script), "-map", picture,
                "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-",
            ],
            names=graph.names,
        )  # fmt: skip
