"""EDL, FCP XML and SRT: what is in them, how files are named, what is said to be missing."""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from tests.interchange.otio_reader import read_back
from tests.interchange.test_otio import FILM, clip
from vbtui.base.errors import DiskProblem, UsageError, VbtuiError
from vbtui.interchange.model import WayOut
from vbtui.interchange.writing import write
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline import model as timeline


def out(folder: Path, *formats: str, draft: Any = FILM, assets: tuple[Asset, ...] = ()) -> WayOut:
    read = timeline.read(draft)
    assert read is not None
    return write(read, assets, folder, formats)


def asset(number: int, path: Path | None, name: str, **more: Any) -> Asset:
    return Asset(number, "s", path, name, "video", "picked", AssetState.DONE, **more)


def test_the_edit_list_to_the_line(tmp_path: Path) -> None:
    done = out(tmp_path, "edl")
    assert done.files == (tmp_path / "My film.edl",)
    lines = [line for line in done.files[0].read_text().splitlines() if line[:3].isdigit()]
    assert lines == [
        "001  a        V     C        00:00:00:16 00:00:05:16 00:00:00:00 00:00:02:15",
        "002  a        V     C        00:00:05:16 00:00:05:16 00:00:02:15 00:00:02:15",
        "002  bb       V     D 015    00:00:00:00 00:00:03:00 00:00:02:15 00:00:05:15",
        "003  bb       V     C        00:00:03:00 00:00:03:00 00:00:05:15 00:00:05:15",
        "003  AX       V     D 009    00:00:00:00 00:00:01:00 00:00:05:15 00:00:06:15",
        "004  d        V     C        00:00:00:00 00:00:01:07 00:00:08:00 00:00:09:07",
    ]
    opened = otio.adapters.read_from_file(str(done.files[0]), rate=30)
    (fast,) = [item for item in opened.find_clips() if item.effects]
    assert (fast.name, fast.effects[0].time_scalar) == ("a.mp4", 2.0)
    assert [marker.name for marker in fast.markers] == ["URBAN DREAMS", "ÜBER"]
    notes = " ".join(done.not_carried)
    for word in (
        "sound tracks",
        "fade in from black is not in it: “d.mp4”",
        "wipe",
        "locators",
        "Track (tt 4)",
        "fits",
    ):
        assert word in notes, word


def test_final_cut_gets_speed_volume_and_texts(tmp_path: Path) -> None:
    (path,) = out(tmp_path, "xml").files
    tree = ET.parse(path)
    effects = {
        (item.findtext("effectid"), item.findtext("parameter/value"))
        for item in tree.iterfind(".//filter/effect")
    }
    assert effects == {("timeremap", "200"), ("audiolevels", "0.35")}
    markers = [
        tuple(item.findtext(key) for key in ("name", "in", "out"))
        for item in tree.iterfind(".//sequence/marker")
    ]
    assert ("Urban Dreams", "0", "90") in markers
    opened = otio.adapters.read_from_file(str(path))
    video = opened.tracks[0]
    kinds = [type(item).__name__ for item in video]
    assert kinds == [
        "Clip",
        "Transition",
        "Clip",
        "Transition",
        "Clip",
        "Gap",
        "Transition",
        "Clip",
    ]
    assert opened.duration().value == 277


def test_subtitles_to_the_character(tmp_path: Path) -> None:
    texts = [
        {"s": 3_723_004, "d": 1500, "m": {"text": "late\r\n\r\nü --> ñ"}},
        {"s": 0, "d": 1, "m": {"text": "  first \x1b[31m "}},
        {"s": 5, "d": 0, "m": {"text": "no length"}},
        {"s": 7, "d": 9, "m": {"text": " \n "}},
    ]
    done = out(tmp_path, "srt", draft={"t": [{"tt": 7, "sg": texts}], "m": {"title": "../x"}})
    assert done.files[0].read_bytes().decode() == (
        "1\n00:00:00,000 --> 00:00:00,001\nfirst\n\n2\n01:02:03,004 --> 01:02:04,504\nlate\nü → ñ\n"
    )
    assert done.files[0].parent == tmp_path
    assert any("2 texts" in note for note in done.not_carried)


def test_what_lies_small_over_the_picture_is_left_out_and_named(tmp_path: Path) -> None:
    """Elsewhere it would be as large as the frame."""
    logo = clip("logo.png", 0, 2000, overlay={"place": "top"})
    film = {
        "t": [{"tt": 0, "sg": [clip("a.mp4", 0, 2000)]}, {"tt": 0, "sg": [logo]}],
        "d": 2000,
        "m": {"title": "My film"},
    }
    done = out(tmp_path, "otio", "xml", "edl", draft=film)
    for path in done.files:
        opened = otio.adapters.read_from_file(str(path))
        timeline = opened if hasattr(opened, "tracks") else opened[0]
        assert [len(track) for track in timeline.tracks if track.kind == "Video"] == [1]
    named = [note for note in done.not_carried if "Overlay" in note and "logo.png" in note]
    assert len(named) == 3
    assert read_back(tmp_path / "My film.otio") == film


def test_formats_that_have_nothing_to_hold_are_named(tmp_path: Path) -> None:
    silent = {"t": [{"tt": 1, "sg": [clip("song", 0, 900)]}]}
    done = out(tmp_path, "edl", "srt", draft=silent)
    assert done.files == ()
    assert any(note.startswith("EDL: the timeline has no video") for note in done.not_carried)
    assert any(note.startswith("SRT: the timeline has no texts") for note in done.not_carried)


def test_files_are_named_by_relative_paths(tmp_path: Path) -> None:
    media, target = tmp_path / "my media", tmp_path / "out" / "deep"
    media.mkdir()
    for name in ("a 1%.mp4", "b.mp4"):
        (media / name).write_bytes(b"x")
    assets = (
        asset(1, media / "a 1%.mp4", "a 1%.mp4", url="http://127.0.0.1:9/studio/media/s/a1"),
        asset(2, media / "b.mp4", "b.mp4"),
        asset(3, tmp_path / "gone.mp4", "gone.mp4", url="https://cdn.test/gone.mp4"),
    )
    film = {
        "t": [
            {
                "tt": 0,
                "sg": [
                    {"d": 1000, "m": {"asset": "a1", "title": "renamed"}},
                    {"d": 1000, "m": {"title": "b.mp4"}},
                    {"d": 1000, "m": {"title": "gone.mp4"}},
                    {"d": 1000, "m": {"title": "unknown", "url": "https://cdn.test/u.mp4"}},
                    {"d": 1000, "m": {"title": "nothing"}},
                ],
            }
        ]
    }
    done = out(target, "otio", "edl", "xml", draft=film, assets=assets)
    opened = otio.adapters.read_from_file(str(done.files[0]))
    urls = [getattr(item.media_reference, "target_url", None) for item in opened.find_clips()]
    assert urls == [
        "../../my%20media/a%201%25.mp4",
        "../../my%20media/b.mp4",
        "https://cdn.test/gone.mp4",
        "https://cdn.test/u.mp4",
        None,
    ]
    assert "* FROM CLIP: ../../my media/a 1%.mp4\n" in done.files[1].read_text()
    found = [item.text for item in ET.parse(done.files[2]).iterfind(".//pathurl")]
    assert found[0] == "../../my%20media/a%201%25.mp4"
    assert any("“nothing”" in note for note in done.not_carried)


def test_a_path_that_could_write_lines_of_its_own_is_encoded(tmp_path: Path) -> None:
    path = tmp_path / "a\n001  x V C.mp4"
    path.write_bytes(b"x")
    film = {"t": [{"tt": 0, "sg": [clip("a", 0, 1000)]}]}
    done = out(tmp_path, "edl", draft=film, assets=(asset(1, path, "a"),))
    events = [line for line in done.files[0].read_text().splitlines() if line.startswith("001")]
    assert len(events) == 1


def test_nothing_is_overwritten_and_nothing_is_left_behind(tmp_path: Path) -> None:
    first = out(tmp_path, "otio", "edl", "xml", "srt").files
    second = out(tmp_path, "otio", "edl", "xml", "srt").files
    assert [path.name for path in second] == [
        f"My film (2).{kind}" for kind in ("otio", "edl", "xml", "srt")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in (*first, *second)
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DiskProblem):
        out(tmp_path, "srt")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(DiskProblem):
        out(tmp_path / "taken", "srt")


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(VbtuiError) as caught:
        out(tmp_path, "otio")
    assert "pip install 'vbtui[otio]'" in caught.value.hint
    assert out(tmp_path, "srt").files


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    for formats in ((), ("mp4",)):
        with pytest.raises(UsageError):
            out(tmp_path, *formats)
    with pytest.raises(UsageError, match="nothing to export"):
        out(tmp_path, "otio", draft={"t": []})


EVIL = [
    "[/b]&<x>",
    "\x1b]0;x\x07",
    "\u202eabc",
    "\ufffe\uffff",
    "x" * 5000,
    "",
    "\x00",
    "]]>",
    "a\nb",
]


@pytest.mark.parametrize("evil", EVIL)
def test_evil_words_in_every_field(tmp_path: Path, evil: str) -> None:
    meta = {
        "text": evil,
        "asset": evil,
        "name": evil,
        "transition": {"type": evil or "x", "d": 100},
    }
    film = {
        "t": [
            {
                "tt": kind,
                "m": {"name": evil},
                "sg": [{"s": 0, "d": 900, "m": {"title": evil, **meta}}] * 2,
            }
            for kind in (0, 1, 7, 5)
        ],
        "m": {"title": evil},
    }
    done = out(tmp_path, "otio", "edl", "xml", "srt", draft=film)
    assert not any("cannot hold" in note for note in done.not_carried), done.not_carried
    assert all(path.parent == tmp_path for path in done.files)
    for path in done.files:
        text = path.read_text()
        assert "\x1b" not in text
        if path.suffix == ".xml":
            ET.fromstring(text)
        if path.suffix == ".edl":
            otio.adapters.read_from_file(str(path), rate=30)
    assert not any("\x1b" in note or "\u202e" in note for note in done.not_carried)
