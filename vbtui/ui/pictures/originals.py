"""Which file of this machine a clip on the timeline was made from, and what is seen of it when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vbtui.engine.model import Asset
from vbtui.timeline import VIDEO, Segment, Timeline


def seen_at(timeline: Timeline, at_ms: int) -> Segment | None:
    """The clip on top at that time: of the last video track, and there the one that began last."""
    found: Segment | None = None
    for track in timeline.tracks:
        if track.type != VIDEO:
            continue
        here = [one for one in track.segments if one.start_ms <= at_ms < one.end_ms]
        found = max(here, key=lambda one: one.start_ms, default=found)
    return found


def source_ms(segment: Segment, at_ms: int) -> int:
    """The time in the clip's own file that is seen at `at_ms` of the timeline."""
    return round(segment.source_start_ms + (at_ms - segment.start_ms) * segment.speed)


def original_of(segment: Segment, assets: Sequence[Asset]) -> Asset | None:
    """The asset that the segment names: by its address first, then by its content, then by name.

    Of several the newest; only those with a file on this machine count.
    """
    from vbtui.engine.here_originals import named_by

    named = named_by(segment)
    here = [asset for asset in reversed(assets) if asset.path is not None]
    ways: Iterable[Iterable[Asset]] = (
        (asset for asset in here if asset.url and asset.url in named.urls),
        (asset for asset in here if _last(asset.url) and _last(asset.url) in named.urls),
        (asset for asset in here if asset.sha256 and asset.sha256 in named.hashes),
        (asset for asset in here if asset.name in named.names),
    )
    return next((asset for way in ways for asset in way), None)


def _last(url: str) -> str:
    """The last part of a URL: where the studio keeps a file, its id."""
    return url.rstrip("/").rpartition("/")[2]
