"""Pasted and dropped paths."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from vbtui.language.locations import complete, read_paths

NAMES = [
    "plain.mp4",
    "my clip.mp4",
    "it's mine.mp4",
    'say "hi".mp4',
    "dollar$and`tick`.mp4",
    "back\\slash.mp4",
    "50% (1) [x] & y;z.mov",
    "日本語 🎬.mp4",
    "a  two spaces.png",
]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in NAMES]
    for path in paths:
        path.write_bytes(b"x")
    return paths


def escaped(path: Path) -> str:
    return "".join(char if char.isalnum() or char in "/._" else "\\" + char for char in str(path))


@pytest.mark.parametrize("form", ["bare", "quoted", "escaped", "uri", "double"])
def test_each_form_of_one_path(files: list[Path], form: str) -> None:
    for path in files:
        text = {
            "bare": str(path),
            "quoted": shlex.quote(str(path)),
            "escaped": escaped(path),
            "uri": path.as_uri(),
            "double": '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"',
        }[form]
        assert read_paths(f" {text} \n").here == (path,), text


def test_several_in_one_line_and_one_a_line(files: list[Path]) -> None:
    assert read_paths(shlex.join(map(str, files))).here == tuple(files)
    assert read_paths(" ".join(map(escaped, files))).here == tuple(files)
    assert read_paths("\r\n".join(path.as_uri() for path in files)).here == tuple(files)
    assert read_paths("\n".join(map(str, files))).here == tuple(files)


def test_home_and_relative_names(own_home: Path, tmp_path: Path) -> None:
    (own_home / "a b.mp4").touch()
    (tmp_path / "near.mp4").touch()
    assert read_paths("~/a\\ b.mp4").here == (own_home / "a b.mp4",)
    assert read_paths("'~/a b.mp4'").here == (own_home / "a b.mp4",)
    assert read_paths("near.mp4", folder=tmp_path).here == (tmp_path / "near.mp4",)
    assert read_paths("./near.mp4", folder=tmp_path).here == (tmp_path / "near.mp4",)


@pytest.mark.parametrize(
    "text",
    [
        "combine these clips into a 60-second promo",
        "use /etc/hostname as the title",
        "",
        "   ",
        ".",
        "https://example.com/a.mp4",
        "/export",
        "/help me",
        "what's new?",
        "x" * 100_000,
        "a\0b",
        "file://[broken",
    ],
)
def test_a_sentence_is_not_a_path(text: str) -> None:
    assert not read_paths(text)


def test_a_bare_word_stays_a_word(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    assert not read_paths("export", folder=tmp_path)
    assert read_paths("./export", folder=tmp_path).here == (tmp_path / "export",)


def test_a_path_of_another_machine_is_recognised() -> None:
    found = read_paths("'/Users/me/My Clip.MOV' C:\\Users\\me\\b.mp4")
    assert not found.here
    assert read_paths("/Users/me/My\\ Clip.MOV").elsewhere == ("/Users/me/My Clip.MOV",)
    assert read_paths("C:\\Users\\me\\b.mp4").elsewhere == ("C:\\Users\\me\\b.mp4",)
    assert read_paths("file:///Users/me/My%20Clip.MOV").elsewhere == ("/Users/me/My Clip.MOV",)


def test_an_invalid_name_comes_back_byte_by_byte(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\xfe.mp4"))
    path.touch()
    assert read_paths(path.as_uri()).here == (path,)


def test_completion(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "clips").mkdir()
    for name in ("clip b.mp4", "Clip a.MOV", "clip.txt", ".clip.mp4", "clips/inside.png"):
        (tmp_path / name).touch()
    assert complete("cl", tmp_path) == ["clips/", "Clip a.MOV", "clip b.mp4"]
    assert complete("clips/", tmp_path) == ["clips/inside.png"]
    assert complete(str(tmp_path / "clips/i"), Path("/")) == [str(tmp_path / "clips/inside.png")]
    assert complete("nowhere/x", tmp_path) == []
    (own_home / "h.mp4").touch()
    assert complete("~/h", tmp_path) == ["~/h.mp4"]
