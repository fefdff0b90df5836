"""The picture of one time of a timeline: composed by the studio, else the clip's own frame."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from vbtui.settings import CLOUD_URL
from vbtui.timeline import Timeline
from vbtui.ui.host import Host
from vbtui.ui.pictures.originals import original_of, seen_at, source_ms
from vbtui.ui.pictures.raster import Box, Drawn, NoPicture
from vbtui.ui.ports import EngineLike

COMPOSED = "composed: as it will be exported"
OWN_FRAME = "this clip's own frame: no titles, no joins"
BLACK = NoPicture("no clip here: the export is black")
ELSEWHERE = NoPicture("the file of this clip is not on this machine")
LEAST_SIDE = 16
"""Pixels that the studio draws at least."""


async def picture_at(
    host: Host, timeline: Timeline, at_ms: int, box: Box, *, is_newest: bool = True
) -> tuple[Drawn, str]:
    """The picture, and which of the two it is; empty where there is none.

    Args:
        is_newest: whether `timeline` is what the backend has now; else it is asked for that version.
    """
    engine = host.engine
    if engine is None:
        return ELSEWHERE, ""
    version = None if is_newest else _number(timeline)
    if is_newest or version is not None:
        drawn = await _composed(host, engine, at_ms, box, version)
        if drawn is not None:
            return drawn, COMPOSED
    return await _own_frame(host, engine, timeline, at_ms, box)


def composes(engine: EngineLike) -> bool:
    """Whether the backend may draw the timeline: every one but the cloud is a studio."""
    return engine.overview.backend != urlsplit(CLOUD_URL).netloc


def _number(timeline: Timeline) -> int | None:
    """The backend's own number of that draft."""
    meta = timeline.raw.get("m")
    number = meta.get("version") if isinstance(meta, dict) else None
    return number if isinstance(number, int) else None


async def _composed(
    host: Host, engine: EngineLike, at_ms: int, box: Box, version: int | None
) -> Drawn | None:
    if not composes(engine):
        return None
    width, height = max(2 * box.width, LEAST_SIDE), max(2 * box.height, LEAST_SIDE)
    data = await engine.frame(at_ms, width=width, height=height, version=version)
    return await host.pictures.gallery.decoded(data, box) if data else None


async def _own_frame(
    host: Host, engine: EngineLike, timeline: Timeline, at_ms: int, box: Box
) -> tuple[Drawn, str]:
    """The frame of the clip on top, from its file on this machine."""
    segment = await asyncio.to_thread(seen_at, timeline, at_ms)
    if segment is None:
        return BLACK, ""
    asset = await asyncio.to_thread(original_of, segment, tuple(engine.library.assets))
    if asset is None or asset.path is None:
        return ELSEWHERE, ""
    at = source_ms(segment, at_ms) if asset.kind != "image" else None
    drawn = await host.pictures.gallery.picture(asset.path, asset.kind, box, at_ms=at)
    return drawn, "" if isinstance(drawn, NoPicture) else OWN_FRAME
