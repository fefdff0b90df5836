"""In which order files are shown first: as they were named or picked, or as they were recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.studio.directed import Talk, photo, video
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media, recorded_at
from vbtui.studio.project.store import in_order


def file(position: int, name: str, *, watched: bool = True, at: float = 0) -> Media:
    made = photo if name.endswith("jpg") else lambda identity, name: video(identity, name, 5_000)
    facts = made(f"a{position}", name)
    return replace(facts, position=position, is_watched=watched, recorded_at=at)


def names(*files: Media) -> list[str]:
    return [one.filename for one in in_order(files)]


def test_what_was_picked_stays_as_it_was_picked() -> None:
    picked = [file(n, f"{n}.mp4", watched=False, at=100 - n) for n in (1, 2, 3)]
    assert names(*reversed(picked)) == ["1.mp4", "2.mp4", "3.mp4"]


def test_a_folder_is_in_the_order_of_recording_then_by_name() -> None:
    files = [
        file(1, "c.mp4", at=30),
        file(2, "a.jpg", at=20),
        file(3, "clip 10.mp4"),
        file(4, "clip 9.mp4"),
    ]
    assert names(*files) == ["a.jpg", "c.mp4", "clip 9.mp4", "clip 10.mp4"]


def test_picked_files_keep_their_places_among_those_of_a_folder() -> None:
    files = [
        file(1, "late.mp4", at=9),
        file(2, "picked.mp4", watched=False, at=5),
        file(3, "early.mp4", at=1),
        file(4, "picked too.mp4", watched=False),
    ]
    assert names(*files) == ["early.mp4", "picked.mp4", "late.mp4", "picked too.mp4"]


@pytest.mark.parametrize(
    ("written", "offset", "right"),
    [
        ("2026-05-02T11:30:00.000000Z", "", 1777721400),
        ("2026-05-02T13:30:00+0200", "", 1777721400),
        ("2026:05:02 13:30:00", "+02:00", 1777721400),
        ("2026:05:02 06:30:00", "-05:00", 1777721400),
        ("1904-01-01T00:00:00.000000Z", "", 0),
        ("1970-01-01T00:00:00Z", "", 0),
        ("0000:00:00 00:00:00", "", 0),
        ("2026:13:02 13:30:00", "+02:00", 0),
        ("2026:05:02 13:30:00", "+99:99", 0),
        ("yesterday", "", 0),
        ("", "", 0),
    ],
)
def test_times_as_cameras_write_them(written: str, offset: str, right: float) -> None:
    assert recorded_at(written, offset) == right


def test_the_reply_says_which_order_it_is() -> None:
    by_time = in_order([file(1, "b.mp4", at=2), file(2, "a.mp4", at=1)])
    talk = Talk(by_time).say("combine all clips")
    assert [d.meta(clip)["title"] for clip in d.clips(talk.draft or {})] == ["a.mp4", "b.mp4"]
    assert "order in which they were recorded" in talk.last.reply
    by_name = in_order([file(1, "10.mp4"), file(2, "9.mp4")])
    talk = Talk(by_name).say("把所有片段合并")
    assert [d.meta(clip)["title"] for clip in d.clips(talk.draft or {})] == ["9.mp4", "10.mp4"]
    assert "按文件名排列" in talk.last.reply
    some = in_order([file(1, "x.mp4"), file(2, "a.mp4", at=1), file(3, "b.mp4", at=2)])
    assert "what does not say when: x.mp4" in Talk(some).say("combine all clips").last.reply
    picked = [file(1, "b.mp4", watched=False), file(2, "a.mp4", watched=False)]
    assert "order" not in Talk(picked).say("combine all clips").last.reply


@pytest.mark.parametrize("name", ["IMG_2041", "PXL_20260501_123000", "微信图片_2026", "project"])
def test_no_title_comes_from_what_a_camera_made_up(name: str) -> None:
    talk = Talk(title=name).say("combine all clips", "add a title")
    assert d.texts(talk.draft or {}) == []
    assert talk.last.question == "Which words shall the title show?"


def test_a_photo_is_shown_for_four_seconds() -> None:
    talk = Talk([file(1, "a.jpg"), file(2, "b.mp4")]).say("combine all clips")
    assert sorted(clip["d"] for clip in d.clips(talk.draft or {})) == [4000, 5000]
