"""OpenTimelineIO: what is written opens in its own tools and comes back as the same timeline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.interchange.otio_reader import read_back
from vbtui.base.errors import BadFile
from vbtui.interchange.model import Grid
from vbtui.interchange.writing import write
from vbtui.timeline import model as timeline

Json = dict[str, Any]


def clip(name: str, start: int, length: int, **meta: Any) -> Json:
    return {"id": name, "s": start, "d": length, "m": {"title": name, "asset": name, **meta}}


def soft(length: int, kind: str = "crossfade") -> Json:
    return {"type": kind, "d": length}


FILM: Json = {
    "t": [
        {
            "tt": 0,
            "id": "v1",
            "m": {"name": "Video"},
            "sg": [
                clip("a.mp4", 0, 3000, **{"in": 517, "speed": 2.0, "fit": "blur"}),
                clip("b b.mp4", 2500, 3001, transition=soft(500)),
                clip("中.jpg", 5501, 999, transition=soft(300, "wipe")),
                clip("d.mp4", 8000, 1234, transition=soft(400)),
            ],
        },
        {
            "tt": 1,
            "sg": [clip("song", 0, 6000, volume=0.35, fade_in=500), clip("voice", 1000, 777)],
        },
        {"tt": 4, "sg": [{"d": 5, "m": {"what": ["ever"]}}], "odd": None},
        "junk",
        {
            "tt": 7,
            "m": {"name": "Text"},
            "sg": [
                {"s": 0, "d": 3000, "m": {"text": "Urban\n\nDreams", "size": 0.09}},
                7,
                {"s": 1000, "d": 3000, "m": {"text": "über"}},
                {"s": 4000, "d": 3, "m": {"text": "short"}},
            ],
        },
        {"tt": 0},
    ],
    "d": 9234,
    "m": {"title": "My film", "fps": 30, "width": 320, "height": 180, "version": 3},
    "later": {"deep": [1, 2.5, None, True]},
}


def said(draft: object) -> Any:
    """The timeline without the JSON that it was read from."""
    read = timeline.read(draft)
    assert read is not None
    tracks = [
        replace(track, segments=tuple(replace(item, raw={}) for item in track.segments))
        for track in read.tracks
    ]
    return replace(read, tracks=tuple(tracks), raw={})


def written(draft: object, folder: Path) -> Path:
    read = timeline.read(draft)
    assert read is not None
    (path,) = write(read, [], folder, ["otio"]).files
    return path


def test_the_draft_comes_back_to_the_last_key(tmp_path: Path) -> None:
    assert read_back(written(FILM, tmp_path)) == FILM


def changed(path: Path, change: Callable[[Any], None]) -> Json:
    """What comes back after another program changed the file."""
    opened = otio.adapters.read_from_file(str(path))
    change(opened)
    otio.adapters.write_to_file(opened, str(path))
    return read_back(path)


def forget(opened: Any) -> None:
    """Take all our metadata out."""
    opened.metadata.clear()
    for track in opened.tracks:
        track.metadata.clear()
        for item in track:
            item.metadata.clear()


def test_without_our_metadata_it_is_the_same_to_the_frame(tmp_path: Path) -> None:
    back = timeline.read(changed(written(FILM, tmp_path), forget))
    before = timeline.read(FILM)
    assert back is not None
    assert before is not None
    video, first = back.tracks[0], before.tracks[0]
    assert [item.name for item in video.segments] == [item.name for item in first.segments]
    for got, wanted in zip(video.segments, first.segments, strict=True):
        assert abs(got.start_ms - wanted.start_ms) <= 34, got.name
        assert abs(got.end_ms - wanted.end_ms) <= 34, got.name
        assert abs(got.source_start_ms - wanted.source_start_ms) <= 67, got.name
        assert got.speed == wanted.speed
        assert got.transition == wanted.transition
        assert abs(got.transition_ms - wanted.transition_ms) <= 34
    sounds = [track for track in back.tracks if track.type == timeline.AUDIO]
    assert [item.name for track in sounds for item in track.segments] == ["song", "voice"]
    texts = [item for track, item in back.segments if track.type == timeline.TEXT]
    assert [item.text for item in texts] == ["Urban\n\nDreams", "über"]


def test_cuts_and_transitions_lie_where_editors_expect_them(tmp_path: Path) -> None:
    opened = otio.adapters.read_from_file(str(written(FILM, tmp_path)))
    assert isinstance(opened, otio.schema.Timeline)
    assert opened.duration() == otio.opentime.RationalTime(277, 30)
    video = opened.tracks[0]
    assert [type(item).__name__ for item in video] == [
        "Clip", "Transition", "Clip", "Transition", "Clip", "Gap", "Transition", "Clip",
    ]  # fmt: skip
    ranges = [video.range_of_child(item) for item in video if isinstance(item, otio.schema.Clip)]
    starts = [item.start_time.value for item in ranges]
    assert starts == [0, 82, 165, 240]  # 2500-3000 ms overlap: the cut is in its middle
    first, second = video[1], video[3]
    assert (first.in_offset.value, first.out_offset.value) == (7, 8)
    assert first.transition_type == otio.schema.TransitionTypes.SMPTE_Dissolve
    assert (second.in_offset.value, second.out_offset.value) == (0, 9)
    assert second.transition_type == otio.schema.TransitionTypes.Custom
    assert [effect.time_scalar for effect in video[0].effects] == [2.0]
    assert video[0].source_range.start_time.value == 16  # 517 ms
    assert video[2].source_range.start_time.value == 7  # it begins 7 frames before the cut
    song = opened.tracks[1][0]
    assert song.metadata["vbtui"]["volume"] == 0.35
    words = opened.tracks[3][0].media_reference
    assert words.parameters["text"] == "Urban\n\nDreams"


def test_its_own_tools_read_it(tmp_path: Path) -> None:
    path = written(FILM, tmp_path)
    for tool, arguments in (
        ("otiostat", [str(path)]),
        ("otiocat", [str(path)]),
        ("otioconvert", ["-i", str(path), "-o", str(tmp_path / "copy.otio")]),
    ):
        command = [sys.executable, "-m", f"opentimelineio.console.{tool}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, (tool, done.stderr)
        assert "does not" not in done.stdout.lower()
    assert read_back(tmp_path / "copy.otio") == FILM


def test_what_another_program_moved_comes_back_moved(tmp_path: Path) -> None:
    def push(opened: Any) -> None:
        last = opened.tracks[0][-1]
        last.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(30, 30), otio.opentime.RationalTime(15, 30)
        )

    back = changed(written(FILM, tmp_path), push)
    segments = back["t"][0]["sg"]
    assert segments[:3] == FILM["t"][0]["sg"][:3]
    assert (segments[3]["s"], segments[3]["d"], segments[3]["m"]["in"]) == (8000, 500, 1000)
    assert segments[3]["m"]["asset"] == "d.mp4"
    assert back["t"][1:] == FILM["t"][1:]


def test_a_clip_that_another_program_added_is_there(tmp_path: Path) -> None:
    def add(opened: Any) -> None:
        length = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, 30), otio.opentime.RationalTime(60, 30)
        )
        file = otio.schema.ExternalReference(target_url="new%20one.mp4")
        opened.tracks[0].append(otio.schema.Clip("new", file, length))

    segments = changed(written(FILM, tmp_path), add)["t"][0]["sg"]
    assert len(segments) == 5
    added = segments[4]
    assert (added["s"], added["d"]) == (9233, 2000)
    assert added["m"]["src"] == "new one.mp4"
    assert [item["s"] for item in segments[:4]] == [0, 2500, 5501, 8000]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"OTIO_SCHEMA": "Clip.2"}', "\x00"])
def test_what_is_no_timeline_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.otio"
    path.write_text(content)
    with pytest.raises(BadFile):
        read_back(path)
    with pytest.raises(BadFile):
        read_back(tmp_path / "missing.otio")


def test_metadata_that_another_program_broke_does_no_harm(tmp_path: Path) -> None:
    def scramble(opened: Any) -> None:
        opened.metadata["vbtui"] = {"json": "{", "other_tracks": [3, {"track": "x"}], "fps": "?"}
        for track in opened.tracks:
            track.metadata["vbtui"] = {"track": "one", "hidden": 5, "json": [1]}
            for item in track:
                item.metadata["vbtui"] = {"place": "first", "written": 3, "json": "[]"}

    back = timeline.read(changed(written(FILM, tmp_path), scramble))
    assert back is not None
    assert [item.name for item in back.tracks[0].segments][:2] == ["a.mp4", "b b.mp4"]


TIMES = st.integers(0, 20_000)
SEGMENTS = st.fixed_dictionaries(
    {"d": st.integers(0, 6000) | st.none()},
    optional={
        "s": TIMES | st.sampled_from(["17", "x", None, float("nan")]),
        "m": st.fixed_dictionaries(
            {},
            optional={
                "title": st.text(max_size=5),
                "text": st.text(max_size=8),
                "volume": st.floats(0, 2),
                "speed": st.floats(0.1, 10),
                "in": TIMES,
                "transition": st.just("dissolve")
                | st.builds(soft, st.integers(0, 3000), st.sampled_from(["wipe", "crossfade"])),
            },
        ),
    },
)
DRAFTS = st.fixed_dictionaries(
    {
        "t": st.lists(
            st.none()
            | st.fixed_dictionaries(
                {
                    "tt": st.sampled_from([0, 0, 1, 7, 3]),
                    "sg": st.lists(SEGMENTS | st.just(5), max_size=6),
                }
            ),
            max_size=4,
        ),
        "m": st.fixed_dictionaries(
            {}, optional={"fps": st.sampled_from([24, 25, 29.97, 12.5, 60])}
        ),
    }
)


@example({"t": [{"tt": 0, "sg": [{"d": 0}]}, {"tt": 7, "sg": [{"m": {"text": "a"}}]}], "m": {}})
@example({"t": [{"tt": 0, "sg": [{"d": 900, "m": {"speed": 2.0}}]}], "m": {"fps": 29.97}})
@example({"t": [{"tt": 0, "sg": [{"d": 17, "m": {"transition": soft(17, "wipe")}}]}], "m": {}})
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(DRAFTS)
def test_any_timeline_comes_back(tmp_path: Path, draft: Json) -> None:
    read = timeline.read(draft)
    if read is None or not read.can_export:
        return
    out = write(read, [], tmp_path, ["otio", "edl", "xml", "srt"])
    (path,) = [file for file in out.files if file.suffix == ".otio"]
    assert said(read_back(path)) == said(draft)
    rate = Grid.of(read.fps).rate
    for file in out.files:
        if file.suffix == ".xml":
            otio.adapters.read_from_file(str(file))
        elif file.suffix == ".edl":
            counted = 30 if any("it counts 30" in note for note in out.not_carried) else rate
            otio.adapters.read_from_file(str(file), rate=counted)
        file.unlink()
    assert not any("cannot hold" in note for note in out.not_carried), out.not_carried
