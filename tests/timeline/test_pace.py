"""How a clip plays its file: the formula, there and back, and its parts."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.timeline.changes import compare, inverse
from vbtui.timeline.digest import digest, speed_words
from vbtui.timeline.model import Timeline, read
from vbtui.timeline.pace import EVEN, Pace, as_json, read_pace

SPEEDS = st.integers(100, 10_000).map(lambda number: Fraction(number, 1000))
LENGTHS = st.integers(100, 600_000)


def test_the_formula() -> None:
    plays = read_pace(Fraction(2), {"from": 1, "to": 3}, 4000)
    assert plays == Pace(Fraction(1), Fraction(3), 4000)
    assert [plays.played(ms) for ms in (0, 1000, 2000, 4000)] == [0, 1250, 3000, 8000]
    assert [plays.reached(ms) for ms in (0, 1250, 3000, 8000)] == [0, 1000, 2000, 4000]
    assert [plays.at(ms) for ms in (-5, 1000, 5000)] == [1, 1.5, 3]
    assert [plays.played(ms) for ms in (-100, 4100)] == [-100, 8300]
    assert [plays.reached(ms) for ms in (-100, 8300)] == [-100, 4100]


@given(SPEEDS, SPEEDS, LENGTHS, st.floats(-0.2, 1.2))
def test_there_and_back(first: Fraction, last: Fraction, lasts: int, share: float) -> None:
    plays = Pace(first, last, lasts)
    at = round(lasts * share)
    assert float(plays.reached(plays.played(at))) == pytest.approx(at, abs=0.001)
    assert floor(plays.reached(plays.played(at)) + Fraction(1, 1000)) == at


@given(SPEEDS, SPEEDS, LENGTHS, st.floats(0.01, 0.99))
def test_parts_play_what_the_whole_plays(
    first: Fraction, last: Fraction, lasts: int, share: float
) -> None:
    plays = Pace(first, last, lasts)
    at = max(1, min(lasts - 1, round(lasts * share)))
    one, other = plays.part(0, at), plays.part(at, lasts)
    assert one.played(at) + other.played(lasts - at) == plays.played(lasts)
    assert one.played(at) == plays.played(at)
    assert other.part(-at, lasts - at).first == first
    assert float(other.earlier(one.played(at))) == pytest.approx(at, abs=0.001)
    read_back = read_pace(Fraction(str(as_json(one)["speed"])), as_json(one)["ramp"], at)
    assert float(read_back.played(at)) == pytest.approx(float(plays.played(at)), rel=0.001)


@pytest.mark.parametrize(
    "ramp",
    [
        None,
        3,
        {},
        {"from": 1},
        {"from": "1", "to": 2},
        {"from": 0, "to": 2},
        {"from": -1, "to": 2},
        {"from": float("nan"), "to": 2},
        {"from": 2, "to": 2},
        {"from": True, "to": 2},
    ],
)
def test_what_is_no_ramp_is_even(ramp: object) -> None:
    assert read_pace(Fraction(1), ramp, 1000) == EVEN


def test_another_mean_makes_both_ends_larger() -> None:
    assert read_pace(Fraction(4), {"from": 1, "to": 3}, 1000) == Pace(
        Fraction(2), Fraction(6), 1000
    )


def timeline(**meta: object) -> Timeline:
    clip = {
        "id": "a",
        "s": 1000,
        "d": 4000,
        "m": {"title": "sea.mp4", "asset": "a", "in": 500, **meta},
    }
    found = read({"t": [{"tt": 0, "sg": [clip]}], "d": 5000})
    assert found is not None
    return found


def test_a_segment_knows_what_of_its_file_is_seen_when() -> None:
    ramp = {"from": 1, "to": 3}
    (segment,) = timeline(speed=2.0, ramp=ramp).tracks[0].segments
    assert [segment.source_ms(at) for at in (1000, 2000, 5000)] == [500, 1750, 8500]
    (segment,) = timeline(speed=2.0, ramp=ramp, reverse=True).tracks[0].segments
    assert [segment.source_ms(at) for at in (1000, 2000, 5000)] == [8500, 7250, 500]


def test_it_is_told_in_both_languages() -> None:
    before, after = timeline(speed=1.0), timeline(speed=2.0, ramp={"from": 1, "to": 3})
    there, back = compare(before, after), compare(after, before)
    assert digest(there, False) == ["clip 1 (sea.mp4): speed 1x → 1x to 3x"]
    assert digest(there, True) == ["片段 1（sea.mp4）：速度 1x → 1x 到 3x"]
    assert inverse(there, before, after, False).count("set the speed of") == 1
    assert "ramp the speed of" in inverse(back, after, before, False)
    assert "从 1x 渐变到 3x" in inverse(back, after, before, True)
    (segment,) = after.tracks[0].segments
    assert (speed_words(segment, False), speed_words(segment, True)) == ("1x to 3x", "1x 到 3x")
