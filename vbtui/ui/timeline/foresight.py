"""What Enter would do, where it would be seen on the lanes: what goes, what comes or becomes another, where one
would go to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vbtui.timeline.edits import Add, Edit, Join, Move, Remove, Split, Trim
from vbtui.timeline.model import AUDIO, VIDEO, Segment, Timeline, Track
from vbtui.timeline.references import Reference, Thing, Things
from vbtui.ui.kit.edit_line import Place
from vbtui.ui.timeline.layout import Lane, type_of


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A stretch of a lane that would be another one."""

    lane: int
    start_ms: int
    end_ms: int
    """As the start: a moment."""
    goes: bool = False
    """Whether nothing would be left of it."""


def foreseen(
    timeline: Timeline, lanes: Sequence[Lane], meant: Edit | Place | None
) -> tuple[Foreseen, ...]:
    """Where `meant` would be seen; nowhere, where its words name nothing that is there."""
    if meant is None:
        return ()
    if isinstance(meant, Place):
        end = meant.segment.end_ms if meant.segment else meant.at_ms
        return _on(lanes, meant.track, meant.segment, meant.at_ms, end)
    return tuple(_spans(Things(timeline), lanes, meant))


def _spans(things: Things, lanes: Sequence[Lane], edit: Edit) -> Iterator[Foreseen]:
    named = getattr(edit, "things", None) or (getattr(edit, "thing", None),)
    found = [
        thing
        for reference in named
        if isinstance(reference, Reference) and (thing := things.find(reference)) is not None
    ]
    match edit:
        case Add(noun=noun, at_ms=at_ms):
            kind = AUDIO if noun == "sound" else VIDEO
            lane = next((place for place, one in enumerate(lanes) if type_of(one) == kind), None)
            if lane is not None:
                at = at_ms if at_ms is not None else max(lanes[lane].ends, default=0)
                yield Foreseen(lane, at, at)
        case Join() if found:
            later = found[-1]
            start = later.segment.start_ms
            yield from _on(lanes, later.track, later.segment, start, start + edit.duration_ms)
        case _:
            for thing in found:
                yield from _changed(lanes, thing, edit)


def _changed(lanes: Sequence[Lane], thing: Thing, edit: Edit) -> Iterator[Foreseen]:
    start, end = thing.segment.start_ms, thing.segment.end_ms
    goes = isinstance(edit, Remove | Trim)
    match edit:
        case Trim(edge="start"):
            end = edit.at_ms
        case Trim():
            start = edit.at_ms
        case Split():
            start = end = edit.at_ms
        case Move():
            start, end = edit.to_ms, edit.to_ms + thing.segment.duration_ms
    yield from _on(lanes, thing.track, thing.segment, start, end, goes=goes)


def _on(
    lanes: Sequence[Lane],
    track: Track,
    segment: Segment | None,
    start_ms: int,
    end_ms: int,
    *,
    goes: bool = False,
) -> tuple[Foreseen, ...]:
    """On the lane of the track that shows the segment, else on its first."""
    of_track = [place for place, lane in enumerate(lanes) if lane.track.index == track.index]
    holding = [place for place in of_track if segment in lanes[place].segments]
    place = next(iter(holding or of_track), None)
    return () if place is None else (Foreseen(place, start_ms, end_ms, goes),)
