"""Which file of this machine a clip on the timeline was made from, and what is seen of it when."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.journal.records import Asset
from vbtui.timeline.model import Segment


def source_ms(segment: Segment, at_ms: int) -> int:
    """The time in the clip's own file that is seen at `at_ms` of the timeline."""
    return round(segment.source_start_ms + (at_ms - segment.start_ms) * segment.speed)


class Originals:
    """Finds the asset that a segment names: by its address first, then by its content, then by name.

    Of several the newest; only those with a file on this machine count. Made from ten thousand
    assets it takes some ms: for a thread.
    """

    def __init__(self, assets: Sequence[Asset]) -> None:
        here = [asset for asset in assets if asset.path is not None]
        self._by_url = {asset.url: asset for asset in here if asset.url}
        self._by_place = {_last(asset.url): asset for asset in here if asset.url}
        self._by_hash = {asset.sha256: asset for asset in here if asset.sha256}
        self._by_name = {asset.name: asset for asset in here}

    def of(self, segment: Segment) -> Asset | None:
        from vbtui.fallback.search import named_by

        named = named_by(segment)
        ways = (
            (self._by_url, named.urls),
            (self._by_place, named.urls),
            (self._by_hash, named.hashes),
            (self._by_name, named.names),
        )
        return next((known[one] for known, names in ways for one in names if one in known), None)


_newest: tuple[tuple[Asset, ...], Originals] = ((), Originals(()))
"""The assets that were asked for last, and what was made from them."""


def originals_of(assets: Sequence[Asset]) -> Originals:
    """Made anew only when an asset is another one than the last time."""
    global _newest
    wanted = tuple(assets)
    if wanted != _newest[0]:
        _newest = (wanted, Originals(wanted))
    return _newest[1]


def original_of(segment: Segment, assets: Sequence[Asset]) -> Asset | None:
    """The asset that the segment names, as `Originals` finds it."""
    return originals_of(assets).of(segment)


def _last(url: str) -> str:
    """The last part of a URL: where the studio keeps a file, its id."""
    return url.rstrip("/").rpartition("/")[2]
