"""Which file a segment is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vbtui.studio.project.media import Media
from vbtui.timeline.model import Segment


class Sources:
    """The files by the names that a draft may use, and the segments that named none of them."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._by_id = media
        self.problems: list[str] = []
        """One phrase for each segment without its file."""

    def find(self, segment: Segment, *kinds: str) -> Media | None:
        """The segment's file when it is of one of `kinds`; otherwise a problem is noted."""
        media = self._by_id.get(segment.source) or self._by_name(segment)
        if media is None:
            self._note(f"“{segment.name[:60]}” has no file here")
            return None
        if media.kind not in kinds:
            self._note(f"“{media.filename[:60]}” is not {' or '.join(kinds)}")
            return None
        return media

    def _by_name(self, segment: Segment) -> Media | None:
        """The one file whose name or content the segment names; None when it is not one."""
        names = {segment.source.rsplit("/", 1)[-1], segment.name}
        found = [
            media
            for media in self._by_id.values()
            if media.filename in names or (segment.source and media.sha256 == segment.source)
        ]
        return found[0] if len({media.sha256 for media in found}) == 1 else None

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def metadata(segment: Segment) -> Mapping[str, Any]:
    """The segment's own `m`; empty when there is none."""
    meta = segment.raw.get("m")
    return meta if isinstance(meta, Mapping) else {}


def number(meta: Mapping[str, Any], *keys: str) -> float:
    """The first of `keys` that holds a number of 0 or more; 0 when none does."""
    for key in keys:
        value = meta.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
            return float(value)
    return 0.0
