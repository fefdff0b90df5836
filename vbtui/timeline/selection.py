"""What is selected on the timeline, kept by identity so that it outlives a new version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbtui.timeline.model import Placed, Segment, Timeline, Track
    from vbtui.timeline.references import This

Identity = tuple[object, ...]


def identity(track: Track, segment: Segment) -> Identity:
    """What a segment is known by: the backend's id, else its place together with its name.

    Without an id a place alone would mean another segment as soon as one before it is removed.
    """
    own = segment.raw.get("id")
    if isinstance(own, str | int):
        return (track.type, own)
    return (track.type, track.index, segment.key, segment.name)


@dataclass(slots=True)
class Selection:
    """The segments that are marked and the one under the playhead."""

    marked: set[Identity] = field(default_factory=set)
    here: Identity | None = None
    """Under the playhead, once the user has gone there; what `this` means while nothing is marked."""

    def __bool__(self) -> bool:
        return bool(self.marked) or self.here is not None

    def holds(self, track: Track, segment: Segment) -> bool:
        """Whether the segment is marked."""
        return bool(self.marked) and identity(track, segment) in self.marked

    def toggle(self, track: Track, segment: Segment) -> None:
        """Mark the segment, or take its mark off."""
        self.marked ^= {identity(track, segment)}

    def clear(self) -> None:
        """Nothing is selected."""
        self.marked.clear()
        self.here = None

    def chosen(self, timeline: Timeline | None) -> list[Placed]:
        """The marked segments that `timeline` still has, in its order."""
        return self._found(timeline, self.marked)

    def placed(self, timeline: Timeline | None) -> list[Placed]:
        """What `this` means: the marked segments, else the one under the playhead."""
        return self._found(timeline, self.marked) or self._found(
            timeline, {self.here} if self.here is not None else set()
        )

    def this(self, timeline: Timeline | None) -> This | None:
        """The selection in words; None when there is none."""
        found = self.placed(timeline)
        if timeline is None or not found:
            return None
        from vbtui.timeline.references import this_reference

        return this_reference(timeline, found)

    def expand(self, text: str, timeline: Timeline | None) -> str:
        """`text` with `this` as the selection's own name."""
        found = self.placed(timeline)
        if not found:
            return text
        from vbtui.timeline.references import expand_this

        return expand_this(text, timeline, found)

    @staticmethod
    def _found(timeline: Timeline | None, wanted: set[Identity]) -> list[Placed]:
        if timeline is None or not wanted:
            return []
        return [item for item in timeline.segments if identity(*item) in wanted]
