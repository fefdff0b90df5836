"""Which parts of a timeline decide what is seen at a time."""

from __future__ import annotations

from typing import Any

from vbtui.timeline.model import Timeline, read
from vbtui.timeline.visible import near, seen_at, visible


def _timeline(*tracks: dict[str, Any]) -> Timeline:
    found = read({"t": list(tracks)})
    assert found is not None
    return found


def test_only_what_is_near_decides_a_picture() -> None:
    clips = [{"s": n * 1000, "d": 1000, "m": {"title": f"c{n}"}} for n in range(100)]
    texts = [{"s": n * 1000, "d": 500, "m": {"text": f"t{n}"}} for n in range(100)]
    music = [{"s": 0, "d": 100_000, "m": {"title": "song"}}]
    whole = _timeline({"tt": 0, "sg": clips}, {"tt": 1, "sg": music}, {"tt": 7, "sg": texts})
    part = near(whole, 50_200, 50_201)
    names = [[one.name for one in track.segments] for track in part.tracks]
    assert names == [["c49", "c50", "c51"], ["t50"]]
    assert [track.index for track in part.tracks] == [0, 2]


def test_what_is_covered_is_not_missed_and_what_joins_is() -> None:
    join = {"s": 1000, "d": 1000, "m": {"title": "top", "transition": {"type": "fade", "d": 200}}}
    timeline = _timeline(
        {"tt": 0, "sg": [{"s": 0, "d": 2000, "m": {"title": "below"}}]},
        {"tt": 0, "sg": [{"s": 0, "d": 1000, "m": {"title": "before"}}, join]},
        {"tt": 0, "sg": [{"s": 0, "d": 2000, "m": {"title": "logo", "overlay": {}}}]},
        {"tt": 4, "sg": [{"s": 1500, "d": 100, "m": {"title": "effect"}}]},
    )

    def seen(at_ms: int) -> list[str]:
        return [one.name for _, one in visible(timeline, at_ms, at_ms + 1)]

    assert seen(500) == ["before", "logo"]
    assert seen(1100) == ["before", "top", "logo"]
    assert seen(1300) == ["top", "logo"]
    assert seen(1550) == ["top", "logo", "effect"]
    top = seen_at(timeline, 1300)
    assert top is not None
    assert top.name == "top"
    assert seen_at(timeline, 2000) is None
