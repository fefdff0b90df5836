"""Small pictures that look like the large ones: drawn larger than asked for, then scaled down.

Texts have a least size in pixels: drawn on a canvas of a few lines they would be far too large.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vbtui.studio.project.media import Media
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.model import Plan
from vbtui.studio.render.output import SMALLEST_SIDE, Output
from vbtui.studio.render.plan import make_plan

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
