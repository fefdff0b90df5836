"""Which of the project's files each segment of the timeline is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vbtui.journal.records import Asset
from vbtui.timeline.model import TEXT, Placed, Timeline

Uses = Mapping[int, Sequence[Placed]]
"""By the asset's id, in the timeline's order; assets that are not used are not there."""


def uses_of(timeline: Timeline | None, assets: Sequence[Asset]) -> dict[int, list[Placed]]:
    """By address first, then by content, then by name; of several files the newest.

    Ten thousand segments take a fifth of a second: for a thread.
    """
    from vbtui.fallback.originals import named_by

    by_url = {asset.url: asset.id for asset in assets if asset.url}
    by_end = {end: asset.id for asset in assets if (end := _last(asset.url))}
    by_hash = {asset.sha256: asset.id for asset in assets if asset.sha256}
    by_name = {asset.name: asset.id for asset in assets}
    found: dict[int, list[Placed]] = {}
    for track, segment in timeline.segments if timeline else ():
        if track.type == TEXT:
            continue
        named = named_by(segment)
        ways = (
            (by_url, named.urls),
            (by_end, named.urls),
            (by_hash, named.hashes),
            (by_name, named.names),
        )
        hits = (known[name] for known, names in ways for name in names if name in known)
        asset_id = next(hits, None)
        if asset_id is not None:
            found.setdefault(asset_id, []).append((track, segment))
    return found


def _last(url: str) -> str:
    """The last part of a URL: where the studio keeps a file, its id."""
    return url.rstrip("/").rpartition("/")[2]
