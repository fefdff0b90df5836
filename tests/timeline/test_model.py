"""Reading a draft: tolerant, never failing, never losing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline

BRIEF = {
    "t": [
        {"tt": 0, "sg": [{"d": 10_000, "m": {"title": "city timelapse"}}]},
        {"tt": 1, "sg": [{"d": 10_000, "m": {"title": "Lo-fi", "volume": 35}}]},
        {"tt": 7, "sg": [{"d": 3_000, "m": {"text": "Urban Dreams"}}]},
    ],
    "d": 10_000,
}


def test_the_summary_of_the_brief() -> None:
    assert timeline_changes.summary(timeline.read(BRIEF)) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) "
        '2. BGM: Lo-fi (0-10s, 35%) 3. Title: "Urban Dreams" (0-3s)'
    )


def test_a_draft_that_is_a_text() -> None:
    """JSON in it is read; anything else is there all the same, and can be exported."""
    inner = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": "beach"}}]}]}
    assert timeline.read(json.dumps(inner)) == timeline.read(inner)
    for text in ('<draft fps="30"><track/></draft>', "{cut off", '"quoted"'):
        found = timeline.read(text)
        assert found is not None
        assert found.can_export
        assert timeline_changes.summary(found).startswith("A timeline in a form that this vbtui")


def test_what_has_no_words_is_named_by_its_keys() -> None:
    def said(before: object, after: object) -> list[str]:
        return [change.after for change in timeline_changes.details(before, after)]

    assert said({"m": {"filter": 1}}, {"m": {"filter": 2}}) == ["m.filter"]
    assert said({"t": [{"sg": [{"x": 1}]}]}, {"t": [{"sg": [{"x": 1, "y": 0}]}]}) == [
        "t[0].sg[0].y"
    ]
    assert said({}, dict.fromkeys("abcd")) == ["a, b, c, …"]
    assert said("<draft/>", "<draft a/>") == ["the whole of it"]
    assert said({"a": [1, None]}, {"a": [1, None]}) == []


@pytest.mark.parametrize("draft", [None, {}, [], "", " ", "null", "[]", 5])
def test_nothing_built_yet(draft: object) -> None:
    assert timeline.read(draft) is None
    assert timeline_changes.summary(None) == "The timeline is empty."


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


def test_a_text_of_nothing_to_see_still_has_a_name() -> None:
    read = timeline.read({"t": [{"tt": 7, "sg": [{"m": {"text": "\0 \n"}}]}]})
    assert read is not None
    assert read.tracks[0].segments[0].name == "clip 1"


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
    line = timeline_changes.summary(timeline.read({"t": tracks}))
    labels = ["Title", "Captions", "Title", "Title", "Lower thirds", "Title"]
    shown = " ".join(f'{n}. {label}: "Hi" (0-1s)' for n, label in enumerate(labels, 1))
    assert line == f"Timeline (6 tracks): {shown}"


def change(before: Any, after: Any) -> list[str]:
    return [
        item.sentence
        for item in timeline_changes.compare(timeline.read(before), timeline.read(after))
    ]


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
        assert "\x1b" not in timeline_changes.summary(read)
    timeline_changes.compare(old, new)
    assert old is not None
    assert old.raw is drafts[0]


def test_a_hundred_thousand_segments() -> None:
    many = {"t": [{"tt": 0, "sg": [{"d": 10, "m": {}} for _ in range(100_000)]}]}
    read = timeline.read(many)
    assert read is not None
    assert read.duration_ms == 1_000_000
    assert timeline_changes.compare(read, timeline.read(many)) == ()
    assert len({segment.key for _, segment in read.segments}) == 100_000
    assert timeline_changes.summary(read).endswith("and 99996 more")


MISREAD: list[tuple[dict[str, Any], str]] = [
    ({"tt": "7", "sg": [{"d": "3e3", "m": {"text": "x"}}]}, '1. Title: "x" (0-3s)'),
    ({"tt": 0.5, "sg": [{"d": 1000}]}, "1. Track: clip 1 (0-1s)"),
    ({"tt": -0.4, "sg": [{"d": 1000}]}, "1. Track: clip 1 (0-1s)"),
    ({"tt": 1e300, "sg": [{"d": 1000}]}, "1. Track: clip 1 (0-1s)"),
    ({"tt": True, "sg": [{"d": 1000}]}, "1. Track: clip 1 (0-1s)"),
    ({"tt": float("nan"), "sg": [{"d": 1000}]}, "1. Track: clip 1 (0-1s)"),
    (
        {"tt": 0, "sg": [{"d": "1_000", "m": {"title": float("nan"), "name": "a"}}]},
        "1. Video: a (0-0s)",
    ),
    ({"tt": 1, "sg": [{"d": 1000, "m": {"volume": 1e300}}]}, "1. BGM: clip 1 (0-1s)"),
    (
        {"tt": 0, "sg": [{"d": 1000}, {"s": 1e30, "d": 1000}]},
        "1. Video: clip 1 (0-1s), clip 2 (1-2s)",
    ),
]


@pytest.mark.parametrize(("track", "said"), MISREAD)
def test_what_makes_no_sense_is_not_taken_for_sense(track: dict[str, Any], said: str) -> None:
    assert timeline_changes.summary(timeline.read({"t": [track]})) == f"Timeline (1 track): {said}"


def test_a_length_that_cannot_be_is_measured_instead() -> None:
    for length in (1e20, -1, "x", None, float("inf"), 10**400, True, 0):
        read = timeline.read({"t": [{"tt": 0, "sg": [{"d": 1500}]}], "d": length})
        assert read is not None
        assert read.duration_ms == 1500
    odd = timeline.read({"m": {"fps": 1e300, "width": 0.4, "height": "1080", "title": True}})
    assert odd is not None
    assert (odd.fps, odd.width, odd.height, odd.title) == (None, None, 1080, "")


@pytest.mark.parametrize(
    ("draft", "unread"),
    [
        ({"t": [1, "x", None, {"sg": [5, {}, []]}]}, 5),
        ({"t": {"0": {"sg": []}}}, 1),
        ({"t": [{"sg": {"d": 1}}, {"sg": "abc"}, {"sg": None}, {}]}, 2),
        ({"t": None}, 0),
        (BRIEF, 0),
    ],
)
def test_what_was_not_understood_is_said(draft: Any, unread: int) -> None:
    read = timeline.read(draft)
    assert read is not None
    assert read.unread == unread
    assert ("could not be read" in timeline_changes.summary(read)) == bool(unread)


def test_every_key_is_there_once() -> None:
    names: list[Any] = [
        "a",
        "a",
        "a",
        "",
        True,
        None,
        "t0.s4",
        7,
        "7",
        "x" * 300,
        "x" * 250,
        10**5000,
    ]
    twice = {"t": [{"tt": 0, "sg": [{"id": name, "d": 1} for name in names]}] * 2}
    read = timeline.read(twice)
    assert read is not None
    keys = [segment.key for _, segment in read.segments]
    assert len(set(keys)) == len(keys) == 2 * len(names)
    assert all(keys)
    assert keys[0] == "a"
    assert timeline_changes.compare(read, timeline.read(twice)) == ()


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"d": 1000}
    for _ in range(depth):
        inner = {"t": [inner], "sg": [inner], "m": inner, "tt": 0, "id": [inner], "s": inner}
    return inner


@pytest.mark.parametrize("depth", [2, 3, 50, 500])
def test_nesting_is_no_matter(depth: int) -> None:
    read = timeline.read(nested(depth))
    assert read is not None
    assert len(read.tracks) == 1
    assert read.can_export
    timeline_changes.summary(read)
    assert timeline_changes.compare(read, timeline.read(nested(depth))) == ()


WILD: st.SearchStrategy[Any] = st.sampled_from(
    [
        float("nan"), float("inf"), -float("inf"), -1, 0, 1e300, 10**30, "12", "-3", "1e999", "NaN",
        "0x1f", "1_000", "", " 7 ", None, True, [], {}, [[]], "\x1b[31m", "\u202e", "\ud800",
    ]
)  # fmt: skip
SEGMENT = st.dictionaries(
    st.sampled_from(
        ["id", "s", "st", "start", "d", "duration", "v", "n", "src", "url", "txt", "later"]
    ),
    WILD | st.integers(0, 10**6),
    max_size=6,
).flatmap(
    lambda raw: st.dictionaries(
        st.sampled_from(["title", "text", "volume", "speed", "in", "transition", "asset", "later"]),
        WILD | st.integers(0, 10**6) | st.fixed_dictionaries({"type": WILD, "d": WILD}),
        max_size=6,
    ).map(lambda meta: {**raw, "m": meta})
)
TRACK = st.fixed_dictionaries(
    {"tt": WILD | st.sampled_from([0, 1, 7, 4]), "sg": st.lists(SEGMENT | WILD, max_size=5)}
)
DRAFT = st.fixed_dictionaries(
    {"t": st.lists(TRACK | WILD, max_size=4), "d": WILD, "m": WILD | st.dictionaries(st.sampled_from(["fps", "width", "height", "title"]), WILD)}
)  # fmt: skip


@example({"t": []}, {"t": [{"tt": 7, "sg": [{"txt": "\x1b[31m", "m": {}}]}]})
@given(DRAFT, DRAFT)
def test_every_object_has_its_place_and_every_value_makes_sense(before: Any, after: Any) -> None:
    copy = json.dumps(after)
    read = timeline.read(after)
    assert read is not None
    maps = [raw for raw in after["t"] if isinstance(raw, dict)]
    assert len(read.tracks) == len(maps)
    for track, raw in zip(read.tracks, maps, strict=True):
        segments = raw.get("sg", [])
        assert [item.raw for item in track.segments] == [
            item for item in segments if isinstance(item, dict)
        ] or any(item != item for item in segments)
        if track.type is not None:
            assert float(raw["tt"]) == track.type
    keys = [segment.key for _, segment in read.segments]
    assert len(set(keys)) == len(keys)
    for _, segment in read.segments:
        assert segment.key
        assert segment.name == " ".join(segment.name.split()) != ""
        assert 0 <= segment.start_ms <= segment.end_ms
        assert segment.volume is None or 0 <= segment.volume <= 10
        assert 0 < segment.speed <= 1000
        for text in (segment.key, segment.name, segment.source, segment.transition):
            assert not set(text) & set("\x1b\u202e\ud800\n")
    words = timeline_changes.summary(read)
    assert len(words) < 5000
    for change in timeline_changes.compare(timeline.read(before), read):
        assert change.sentence
    assert json.dumps(after) == copy
