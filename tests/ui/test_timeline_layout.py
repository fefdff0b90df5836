"""Milliseconds to cells, lanes, blocks, ruler."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.timeline import model as timeline
from vbtui.ui.timeline.layout import Row, View, blocks, lanes_of, rows_of, ticks


def made(*segments: tuple[int, int], tt: int = 0, fades: dict[int, int] | None = None) -> Any:
    """A timeline of one track with segments (start, duration), some with a transition in."""
    raw = []
    for number, (start, duration) in enumerate(segments):
        meta: dict[str, Any] = {"title": f"clip{number}"}
        if fades and number in fades:
            meta["transition"] = {"type": "crossfade", "d": fades[number]}
        raw.append({"s": start, "d": duration, "m": meta})
    found = timeline.read({"t": [{"tt": tt, "sg": raw}]})
    assert found is not None
    return found


def drawn(found: Any, view: View, lane: int = 0) -> list[tuple[int, int, int]]:
    return [(one.start, one.end, one.index) for one in blocks(lanes_of(found)[lane], view)]


def test_whole_timeline_fills_the_width() -> None:
    found = made((0, 4_000), (4_000, 6_000))
    assert drawn(found, View.whole(10_000, 100)) == [(0, 40, 0), (40, 100, 1)]


def test_gap_on_a_video_track_is_told() -> None:
    found = made((0, 4_000), (6_000, 4_000))
    assert drawn(found, View.whole(10_000, 100)) == [(0, 40, 0), (40, 60, -1), (60, 100, 1)]


def test_gap_at_the_start_of_a_video_track_is_told() -> None:
    assert drawn(made((2_000, 8_000)), View.whole(10_000, 100)) == [(0, 20, -1), (20, 100, 0)]


def test_gap_on_a_text_track_is_normal() -> None:
    found = made((0, 4_000), (6_000, 4_000), tt=7)
    assert drawn(found, View.whole(10_000, 100)) == [(0, 40, 0), (60, 100, 1)]


def test_no_gap_is_told_where_another_picture_is_below() -> None:
    raw = {"tt": 0, "sg": [{"s": 6_000, "d": 4_000}]}
    found = timeline.read({"t": [{"tt": 0, "sg": [{"s": 0, "d": 10_000}]}, raw]})
    assert drawn(found, View.whole(10_000, 100), 1) == [(60, 100, 0)]


def test_overlap_by_a_transition_stays_in_one_lane() -> None:
    found = made((0, 5_000), (4_000, 6_000), fades={1: 1_000})
    assert len(lanes_of(found)) == 1
    first, second = blocks(lanes_of(found)[0], View.whole(10_000, 100))
    assert (first.start, first.end) == (0, 40)
    assert (second.start, second.end, second.is_joined) == (40, 100, True)


def test_other_overlap_gets_a_lane_of_its_own() -> None:
    lanes = lanes_of(made((0, 5_000), (4_000, 6_000)))
    assert [[one.name for one in lane.segments] for lane in lanes] == [["clip0"], ["clip1"]]
    assert [lane.number for lane in lanes] == [0, 1]


def test_empty_track_has_a_lane() -> None:
    assert len(lanes_of(made())) == 1


def test_segments_too_small_to_be_named_share_a_block_that_tells_where_they_begin() -> None:
    found = made((0, 4_000), *[(4_000 + start * 10, 10) for start in range(200)], (6_000, 4_000))
    first, crowd, last = blocks(lanes_of(found)[0], View.whole(10_000, 100))
    assert (first.start, first.end, last.start, last.end) == (0, 40, 60, 100)
    assert (crowd.start, crowd.end, crowd.index, crowd.count) == (40, 60, 1, 200)
    assert crowd.begins == tuple(range(40, 60))


def test_a_gap_between_small_segments_is_told() -> None:
    found = made((0, 100), (100, 100), (1_000, 100), (1_100, 8_900))
    shown = blocks(lanes_of(found)[0], View.whole(10_000, 100))
    assert [(one.start, one.end, one.index, one.count) for one in shown] == [
        (0, 2, 0, 2),
        (2, 10, -1, 1),
        (10, 11, 2, 1),
        (11, 100, 3, 1),
    ]


@pytest.mark.parametrize("place", [0, 1, 57, 500, 998, 999])
@pytest.mark.parametrize("width", [10, 100, 1_000])
def test_what_is_apart_is_seen_however_small(place: int, width: int) -> None:
    found = made(*[(start * 10, 10) for start in range(1_000)])
    shown = blocks(lanes_of(found)[0], View.whole(10_000, width), [place])
    alone = [one for one in shown if one.index == place]
    assert len(alone) == 1
    assert alone[0].count == 1
    assert abs(alone[0].start - place * width / 1_000) <= 1


def test_time_to_lay_out_does_not_grow_with_the_segments() -> None:
    lane = lanes_of(made(*[(start * 10, 10) for start in range(20_000)]))[0]
    visits = 0

    class Counted(tuple[int, ...]):
        def __getitem__(self, place: Any) -> Any:
            nonlocal visits
            visits += 1
            return super().__getitem__(place)

    counted = replace(lane, starts=Counted(lane.starts))
    blocks(counted, View.whole(200_000, 50))
    assert 0 < visits < 5_000


def test_zoom_keeps_the_playhead_in_its_cell() -> None:
    view = View.whole(60_000, 100)
    nearer = view.zoomed(2, 30_000, 60_000)
    assert nearer.ms_per_cell < view.ms_per_cell
    assert nearer.cell(30_000) == view.cell(30_000)


def test_zoom_out_ends_at_the_whole_timeline() -> None:
    view = View.whole(60_000, 100).zoomed(3, 0, 60_000).zoomed(-9, 0, 60_000)
    assert view == View.whole(60_000, 100)


def test_pan_stays_within_the_timeline() -> None:
    view = View.whole(60_000, 100).zoomed(3, 0, 60_000)
    assert view.panned(-50, 60_000).offset_ms == 0
    assert view.panned(10_000, 60_000).end_ms == pytest.approx(60_000)


def test_ruler_has_round_times_with_room_for_labels() -> None:
    marks = ticks(View.whole(60_000, 120))
    assert [mark.ms for mark in marks] == [0, 5_000, *range(10_000, 60_000, 5_000)]
    assert all(b.cell - a.cell >= 10 for a, b in pairwise(marks))


@pytest.mark.parametrize(
    ("lanes", "room", "pictures", "lines"),
    [
        (2, 20, False, [0, 0, 0, None, 1, 1, 1]),
        (4, 11, False, [0, 0, None, 1, 1, None, 2, 2, None, 3, 3]),
        (2, 4, False, [0, 0, 1, 1]),
        (3, 4, False, [0, 1, 2]),
        (9, 4, False, list(range(9))),
        (2, 11, True, [0, 0, 0, 0, 0, None, 1, 1, 1, 1, 1]),
        (2, 6, True, [0, 0, 0, 1, 1, 1]),
        (2, 8, True, [0, 0, 0, 0, 0, 1, 1, 1]),
        (2, 5, True, [0, 0, 0, 0, 1]),
    ],
)
def test_lanes_are_as_high_as_there_is_room(
    lanes: int, room: int, pictures: bool, lines: list[int | None]
) -> None:
    found = rows_of(lanes_of(made(*[(0, 1_000)] * lanes)), room, pictures=pictures)
    assert [row.lane if row else None for row in found] == lines
    assert found[0] == Row(0, 0)


def test_an_empty_timeline_has_no_lines() -> None:
    assert rows_of([], 10, pictures=True) == []


def test_segment_under_and_near_the_playhead() -> None:
    lane = lanes_of(made((0, 1_000), (3_000, 1_000)))[0]
    assert (lane.at(500), lane.at(1_000), lane.at(3_000)) == (0, None, 1)
    assert (lane.near(1_500), lane.near(2_900), lane.near(9_000)) == (0, 1, 1)


spans = st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 20_000)), max_size=30)


@given(
    spans,
    st.integers(1, 150),
    st.integers(0, 6),
    st.integers(0, 60_000),
    st.sets(st.integers(0, 29)),
)
def test_blocks_never_overlap_and_stay_in_view(
    segments: list[tuple[int, int]], width: int, zoom: int, around: int, apart: set[int]
) -> None:
    found = made(*segments)
    view = View.whole(found.duration_ms, width).zoomed(zoom, around, found.duration_ms)
    for lane in lanes_of(found):
        shown = blocks(lane, view, sorted(one for one in apart if one < len(lane.segments)))
        assert all(0 <= one.start < one.end <= width for one in shown)
        assert all(a.end <= b.start for a, b in pairwise(shown))
        assert all(one.start <= cell < one.end for one in shown for cell in one.begins)
        assert all(one.count == 1 or one.begins[0] == one.start for one in shown)


@given(spans)
def test_every_segment_is_in_exactly_one_lane(segments: list[tuple[int, int]]) -> None:
    found = made(*segments)
    placed = [one.key for lane in lanes_of(found) for one in lane.segments]
    assert sorted(placed) == sorted(one.key for _, one in found.segments)
