"""The captions of a timeline as files: read again by our own reader and by ffmpeg, and drawn by a player."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rendered import draft, words
from vbtui.base.errors import RenderFailed
from vbtui.base.formats import FORMATS
from vbtui.base.mp4 import Wholeness
from vbtui.base.programs import ffmpegs
from vbtui.base.whole import wholeness
from vbtui.studio.project.subtitles import read
from vbtui.studio.render import Output, render

SAID = [
    words("Hello, <b>you</b> & me", 500, 1500, role="caption"),
    words("第二行\nsecond line", 2500, 1000, role="caption", position="top", color="#FF0000"),
]
TITLE = words("A title", 0, 400, role="title")


def made(folder: Path, form: str, *texts: Any) -> Path:
    path = folder / f"out{FORMATS[form].suffix}"
    wanted = draft(texts=texts, length=5000)
    options, work = Output(format=form), folder / "work"
    asyncio.run(render(wanted, {}, options, path, workdir=work, on_progress=lambda _: None))
    return path


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_they_are_read_again_as_they_were(form: str, tmp_path: Path) -> None:
    path = made(tmp_path, form, TITLE, *SAID)
    found = read(path.read_bytes())
    assert [(one.begin, one.end) for one in found.lines] == [(500, 2000), (2500, 3500)]
    assert found.lines[1].text == "第二行\nsecond line"
    if form == "vtt":  # SRT has no way to say that a mark is none
        assert found.lines[0].text == "Hello, <b>you</b> & me"


@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
def test_what_is_not_whole_is_told_from_what_is(form: str, tmp_path: Path) -> None:
    path = made(tmp_path, form, *SAID)
    assert wholeness(path, path.suffix) is Wholeness.WHOLE
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    assert wholeness(path, path.suffix) is Wholeness.CUT_OFF
    path.write_bytes(b"<html>" + content)
    assert wholeness(path, path.suffix) is Wholeness.FOREIGN


def test_titles_are_written_where_there_is_nothing_else(tmp_path: Path) -> None:
    path = made(tmp_path, "srt", TITLE)
    assert path.read_text() == "1\n00:00:00,000 --> 00:00:00,400\nA title\n"


@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
def test_a_timeline_without_words_has_no_captions(form: str, tmp_path: Path) -> None:
    with pytest.raises(RenderFailed) as refused:
        made(tmp_path, form, words("  ", 0, 1000))
    assert refused.value.code == "render_failed.no_captions"
    assert list(tmp_path.glob("out*")) == []


def test_an_ass_says_how_they_look_and_nothing_in_them_is_a_command(tmp_path: Path) -> None:
    evil = words("{\\an8}up\\Nhere", 0, 1000, role="caption", anim="fade")
    boxed = words("box", 1000, 1000, role="caption", box=True, size=0.1, position="top left")
    text = made(tmp_path, "ass", evil, boxed, SAID[1]).read_text()
    styles = [line.split(",") for line in text.splitlines() if line.startswith("Style:")]
    assert [(one[3], one[7], one[10]) for one in styles] == [
        ("&H00FFFFFF", "1", "2"), ("&H00FFFFFF", "3", "7"), ("&H000000FF", "1", "8"),
    ]  # fmt: skip
    assert [round(float(one[2]) / 180 / 1.164, 2) for one in styles] == [0.05, 0.1, 0.05]
    said = [line.split(",", 9)[9] for line in text.splitlines() if line.startswith("Dialogue:")]
    assert said[0] == "{\\fad(500,500)}\\{\\\u2060an8\\}up\\\u2060Nhere"
    assert said[2] == "第二行\\Nsecond line"


def test_what_is_lit_word_by_word_is_coloured(tmp_path: Path) -> None:
    lit = words("one two", 0, 1000, role="caption", lit=[[0, 0, 3], [500, 3, 6]])
    text = made(tmp_path, "ass", lit).read_text()
    said = [line.split(",", 9) for line in text.splitlines() if line.startswith("Dialogue:")]
    assert [(one[1], one[2], one[9]) for one in said] == [
        ("0:00:00.00", "0:00:00.50", "{\\c&H00D4FF&}one {\\c}two"),
        ("0:00:00.50", "0:00:01.00", "one {\\c&H00D4FF&}two"),
    ]


def test_ffmpeg_reads_each_of_them(tmp_path: Path) -> None:
    for form in ("srt", "vtt", "ass"):
        path = made(tmp_path, form, *SAID)
        done = subprocess.run(
            [ffmpegs()[0], "-v", "error", "-i", f"file:{path}", "-f", "srt", "-"],
            capture_output=True, check=True,
        )  # fmt: skip
        times = re.findall(r"(\S+) --> (\S+)", done.stdout.decode())
        assert times == [("00:00:00,500", "00:00:02,000"), ("00:00:02,500", "00:00:03,500")]
