"""Reading a draft: tolerant, never failing, never losing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui import timeline

BRIEF = {
    "t": [
        {"tt": 0, "sg": [{"d": 10_000, "m": {"title": "city timelapse"}}]},
        {"tt": 1, "sg": [{"d": 10_000, "m": {"title": "Lo-fi", "volume": 35}}]},
        {"tt": 7, "sg": [{"d": 3_000, "m": {"text": "Urban Dreams"}}]},
    ],
    "d": 10_000,
}


def test_the_summary_of_the_brief() -> None:
    assert timeline.summary(timeline.read(BRIEF)) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) "
        '2. BGM: Lo-fi (0-10s, 35%) 3. Title: "Urban Dreams" (0-3s)'
    )


@pytest.mark.parametrize("draft", [None, {}, [], "text", 5])
def test_nothing_built_yet(draft: object) -> None:
    assert timeline.read(draft) is None
    assert timeline.summary(None) == "The timeline is empty."


@pytest.mark.parametrize(
    ("segment", "start"),
    [
        ({"s": 5}, 5),
        ({"st": "7"}, 7),
        ({"start": 8.4}, 8),
        ({"m": {"start": 9}}, 9),
        ({"s": "soon", "st": 3}, 3),
        ({}, 1000),
        ({"s": float("nan")}, 1000),
        ({"s": -5}, 0),
        ({"s": True}, 1000),
    ],
)
def test_starts_are_read_in_the_documented_order(segment: dict[str, Any], start: int) -> None:
    read = timeline.read({"t": [{"tt": 0, "sg": [{"d": 1000}, {"d": 500, **segment}]}]})
    assert read is not None
    assert read.tracks[0].segments[1].start_ms == start


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ({"m": {"title": "A", "name": "B"}}, "A"),
        ({"m": {"name": "B", "filename": "C"}}, "B"),
        ({"m": {"filename": "C"}, "n": "D"}, "C"),
        ({"n": "D", "src": "x/E.mp4"}, "D"),
        ({"m": {"url": "https://cdn.test/a/my%20clip.mp4?sig=1"}}, "my clip.mp4"),
        ({"src": "http://[bad"}, "clip 1"),
        ({}, "clip 1"),
    ],
)
def test_names_are_read_in_the_documented_order(segment: dict[str, Any], name: str) -> None:
    read = timeline.read({"t": [{"tt": 0, "sg": [segment]}]})
    assert read is not None
    assert read.tracks[0].segments[0].name == name


def test_unknown_tracks_are_shown() -> None:
    read = timeline.read({"t": [{"tt": 4, "sg": [{"d": 5}]}, {"sg": []}, "junk"]})
    assert read is not None
    assert [track.kind for track in read.tracks] == ["Track (tt 4)", "Track"]
    assert read.can_export


def test_a_draft_without_segments_cannot_be_exported() -> None:
    read = timeline.read({"t": [{"tt": 0, "sg": []}]})
    assert read is not None
    assert not read.can_export


def test_a_text_track_is_called_by_a_name_that_says_more() -> None:
    text = {"s": 0, "d": 1000, "m": {"text": "Hi"}}
    tracks = [
        {"tt": 7, "m": {"name": name}, "sg": [text]}
        for name in ("Titles", "Captions", "Text", "x1", "lower thirds", "")
    ]
    line = timeline.summary(timeline.read({"t": tracks}))
    labels = ["Title", "Captions", "Title", "Title", "Lower thirds", "Title"]
    shown = " ".join(f'{n}. {label}: "Hi" (0-1s)' for n, label in enumerate(labels, 1))
    assert line == f"Timeline (6 tracks): {shown}"


def change(before: Any, after: Any) -> list[str]:
    return [item.sentence for item in timeline.compare(timeline.read(before), timeline.read(after))]


def test_what_changed_is_said_in_words() -> None:
    after = json.loads(json.dumps(BRIEF))
    after["t"][2]["sg"][0]["m"]["text"] = "City Nights"
    after["t"][1]["sg"][0]["m"]["volume"] = 20
    after["t"][0]["sg"][0]["d"] = 8000
    assert change(BRIEF, after) == [
        "Video city timelapse retimed: 0-10s → 0-8s",
        "BGM Lo-fi volume: 35% → 20%",
        'Title "City Nights" text: "Urban Dreams" → "City Nights"',
    ]
    assert change(BRIEF, BRIEF) == []
    assert change(None, BRIEF)[2] == 'Title added: "Urban Dreams" 0-3s'
    assert change(BRIEF, None)[0] == "Video removed: city timelapse 0-10s"


def test_segments_with_ids_are_followed_when_they_move() -> None:
    def draft(*order: tuple[str, int]) -> dict[str, Any]:
        return {
            "t": [
                {
                    "tt": 0,
                    "sg": [
                        {"id": name, "s": start, "d": 1000, "m": {"title": name}}
                        for name, start in order
                    ],
                }
            ]
        }

    assert change(draft(("a", 0), ("b", 1000)), draft(("b", 0), ("a", 1000))) == [
        "Video b moved: 1-2s → 0-1s",
        "Video a moved: 0-1s → 1-2s",
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["12", "-3", "1e999", "NaN", "\x1b[31m"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "t",
                    "tt",
                    "sg",
                    "d",
                    "m",
                    "s",
                    "st",
                    "start",
                    "title",
                    "text",
                    "volume",
                    "v",
                    "n",
                    "src",
                    "url",
                    "id",
                    "in",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=40,
)


@given(JSON, JSON)
def test_no_draft_whatever_raises(before: Any, after: Any) -> None:
    drafts = [{"t": [{"tt": 0, "sg": [value]}, value], "m": value} for value in (before, after)]
    old, new = timeline.read(drafts[0]), timeline.read(drafts[1])
    for read in (old, new, timeline.read(before)):
        assert "\x1b" not in timeline.summary(read)
    timeline.compare(old, new)
    assert old is not None
    assert old.raw is drafts[0]


def test_a_hundred_thousand_segments() -> None:
    many = {"t": [{"tt": 0, "sg": [{"d": 10, "m": {}} for _ in range(100_000)]}]}
    read = timeline.read(many)
    assert read is not None
    assert read.duration_ms == 1_000_000
    assert timeline.compare(read, timeline.read(many)) == ()
