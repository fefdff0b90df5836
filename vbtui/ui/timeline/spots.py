"""Where two versions of a timeline look different."""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.timeline.changes import describe, match
from vbtui.timeline.model import AUDIO, TEXT, Placed, Segment, Timeline

_NEAR_MS = 300
"""Two spots so close to each other are one."""
_MOST = 99


@dataclass(frozen=True, slots=True)
class Spot:
    """One place to look at in both versions."""

    before_ms: int
    after_ms: int
    words: str
    """What is there: `changed: "Urban Dreams" (0-3s)`."""


def spots(before: Timeline, after: Timeline) -> list[Spot]:
    """In the order of the later version. Sounds have none, and clips that only moved look the same."""
    pairs, removed, added = match(before, after)
    found = [
        Spot(_middle(old[1]), _middle(new[1]), f"changed: {describe(*new)}")
        for old, new in pairs
        if _looks_different(old, new)
    ]
    found += [_both(item, "removed") for item in removed if item[0].type != AUDIO]
    found += [_both(item, "added") for item in added if item[0].type != AUDIO]
    if (before.width, before.height) != (after.width, after.height):
        found.append(Spot(0, 0, "changed: the frame size"))
    found.sort(key=lambda spot: (spot.after_ms, spot.before_ms))
    kept: list[Spot] = []
    for spot in found:
        if not any(_is_near(spot, other) for other in kept[-3:]):
            kept.append(spot)
    return kept[:_MOST]


def _middle(segment: Segment) -> int:
    return segment.start_ms + segment.duration_ms // 2


def _both(item: Placed, what: str) -> Spot:
    middle = _middle(item[1])
    return Spot(middle, middle, f"{what}: {describe(*item)}")


def _is_near(one: Spot, other: Spot) -> bool:
    ways = abs(one.before_ms - other.before_ms), abs(one.after_ms - other.after_ms)
    return max(ways) < _NEAR_MS


def _looks_different(old: Placed, new: Placed) -> bool:
    (track, was), (_, now) = old, new
    if track.type == AUDIO:
        return False
    if track.type == TEXT and was.start_ms != now.start_ms:
        return True
    kept = ("name", "text", "duration_ms", "source_start_ms", "speed", "transition")
    return any(getattr(was, one) != getattr(now, one) for one in kept)
