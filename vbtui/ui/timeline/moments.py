"""The picture of one time of a timeline: composed by the studio, composed here, else the clip's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from vbtui.fallback.parts import seen_at
from vbtui.journal.records import DraftVersion
from vbtui.session.records import Composed
from vbtui.timeline.model import Timeline
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.host import Host
from vbtui.ui.pictures.originals import original_of, source_ms
from vbtui.ui.pictures.raster import Box, Drawn, NoPicture
from vbtui.ui.ports import EngineLike

COMPOSED = "composed: as it will be exported"
COMPOSED_HERE = "composed here from your originals"
OWN_FRAME = "this clip's own frame: no titles, no joins"
COMPOSING = "composing it here…"
BLACK = NoPicture("no clip here: the export is black")
ELSEWHERE = NoPicture("the file of this clip is not on this machine")
LEAST_SIDE = 16
"""Pixels that the studio draws at least."""
_PATIENCE_S = 0.25
"""After so long without the composed picture the clip's own one is shown first."""
_NAME_CELLS = 24
_NAMES = 3


async def pictures_at(
    host: Host, version: DraftVersion, at_ms: int, box: Box, *, is_newest: bool = True
) -> AsyncIterator[tuple[Drawn, str]]:
    """The picture, and which one it is; empty where there is none.

    While a picture is composed on this machine the clip's own one comes first.

    Args:
        is_newest: whether `version` is what the backend has now; else it is asked for that version.
    """
    engine, timeline = host.engine, version.timeline
    if engine is None or timeline is None:
        yield ELSEWHERE, ""
        return
    at_ms = min(at_ms, max(timeline.duration_ms - 1, 0))  # at the very end, the last frame
    width, height = max(2 * box.width, LEAST_SIDE), max(2 * box.height, LEAST_SIDE)
    drawing = asyncio.ensure_future(
        engine.previews.frame(version, at_ms, width=width, height=height, is_newest=is_newest)
    )
    own: Drawn | None = None
    try:
        if engine.previews.are_here and not await _is_done(drawing):
            own = await _own_frame(host, engine, timeline, at_ms, box)
            yield own, COMPOSING if isinstance(own, NoPicture) else f"{OWN_FRAME}; {COMPOSING}"
        composed = await drawing
    finally:
        drawing.cancel()
    if composed.pictures:
        drawn = await host.pictures.gallery.decoded(composed.pictures[0], box)
        yield drawn, "" if isinstance(drawn, NoPicture) else said_of(composed)
        return
    if own is None:
        own = await _own_frame(host, engine, timeline, at_ms, box)
    yield own, _not_composed(own, composed)


async def _is_done(drawing: asyncio.Future[Composed]) -> bool:
    done, _ = await asyncio.wait((drawing,), timeout=_PATIENCE_S)
    return bool(done)


def said_of(composed: Composed) -> str:
    """What kind of picture this is, and what is missing in it."""
    if not composed.is_here:
        return COMPOSED
    if not composed.missing:
        return COMPOSED_HERE
    names = [shorten(name, _NAME_CELLS) for name in composed.missing[:_NAMES]]
    more = len(composed.missing) - len(names)
    return f"composed here; not in it: {', '.join(names)}" + (f" and {more} more" if more else "")


def _not_composed(own: Drawn, composed: Composed) -> str:
    """What the clip's own picture is, and why it stands there."""
    if isinstance(own, NoPicture):
        return "" if own in (BLACK, ELSEWHERE) or not composed.reason else composed.reason
    return f"own frame, not composed: {composed.reason}" if composed.reason else OWN_FRAME


async def _own_frame(
    host: Host, engine: EngineLike, timeline: Timeline, at_ms: int, box: Box
) -> Drawn:
    """The frame of the clip on top, from its file on this machine."""
    segment = await asyncio.to_thread(seen_at, timeline, at_ms)
    if segment is None:
        return BLACK
    asset = await asyncio.to_thread(original_of, segment, tuple(engine.library.assets))
    if asset is None or asset.path is None:
        return ELSEWHERE
    at = source_ms(segment, at_ms) if asset.kind != "image" else None
    return await host.pictures.gallery.picture(asset.path, asset.kind, box, at_ms=at)
