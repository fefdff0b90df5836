"""Which parts of a timeline decide what is seen at a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vbtui.timeline.model import AUDIO, VIDEO, Placed, Segment, Timeline, Track


def made_from_files(timeline: Timeline) -> Sequence[Placed]:
    """The segments that are made from a file."""
    return [pair for pair in timeline.segments if pair[0].type in (VIDEO, AUDIO)]


def seen_at(timeline: Timeline, at_ms: int) -> Segment | None:
    """The clip on top at that time: of the last video track, and there the one that began last."""
    found = _on_top(timeline, at_ms)
    return found[1] if found else None


def _on_top(timeline: Timeline, at_ms: int) -> Placed | None:
    found: Placed | None = None
    for track in timeline.tracks:
        if track.type == VIDEO:
            here = [one for one in track.segments if one.start_ms <= at_ms < one.end_ms]
            here = [one for one in here if not one.lies_over]
            if here:
                found = track, max(here, key=lambda one: one.start_ms)
    return found


def near(timeline: Timeline, from_ms: int, until_ms: int) -> Timeline:
    """What is seen between these times, and of clips their neighbours, which they may join with."""
    tracks = tuple(
        replace(track, segments=_near(track, from_ms, until_ms))
        for track in timeline.tracks
        if track.type != AUDIO
    )
    return replace(timeline, tracks=tracks)


def _near(track: Track, from_ms: int, until_ms: int) -> tuple[Segment, ...]:
    ordered = sorted(track.segments, key=lambda one: one.start_ms)
    here = [
        place
        for place, one in enumerate(ordered)
        if one.start_ms < until_ms and one.end_ms > from_ms
    ]
    if track.type == VIDEO:
        beside = {place + step for place in here for step in (-1, 0, 1)}
        here = sorted(place for place in beside if 0 <= place < len(ordered))
    return tuple(ordered[place] for place in here)


def visible(timeline: Timeline, from_ms: int, until_ms: int) -> Sequence[Placed]:
    """Everything that may be seen between these times; a clip that another track covers at the
    first of them is not."""
    top = _on_top(timeline, from_ms)
    lowest = top[0].index if top else 0
    lead_ms = top[1].transition_ms if top else 0
    return [
        (track, one)
        for track, one in timeline.segments
        if track.type != AUDIO
        and (track.type != VIDEO or track.index >= lowest)
        and one.start_ms < until_ms
        and one.end_ms + (lead_ms if track.type == VIDEO else 0) > from_ms
    ]
