"""Files of subtitles: what is read of them, where their lines go, and that they are seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import look
from tests.studio.running import RunningStudio, studio
from tests.studio.stated import STATES, findings
from vbtui.base.errors import UnsupportedFile
from vbtui.studio.director import Project, direct
from vbtui.studio.project import draft as d
from vbtui.studio.project.findings import Findings
from vbtui.studio.project.probe import probe
from vbtui.studio.project.subtitles import Line, Subtitles, read

TIMES = "00:00:01,000 --> 00:00:03,000\n"


def lines(text: str, encoding: str = "utf-8") -> list[tuple[int, int, str]]:
    return [(one.begin, one.end, one.text) for one in read(text.encode(encoding)).lines]


# Reading


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_it_is_read_in_whatever_characters_it_is(encoding: str) -> None:
    text = f"1\r\n{TIMES}你好，世界\r\n今天去海边\r\n\r\n"
    assert lines(text, encoding) == [(1000, 3000, "你好，世界\n今天去海边")]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp1252", "Déjà vu à l’été — Grüße"), ("cp1251", "Привет мир как дела")],
)
def test_old_characters_are_told_from_each_other(encoding: str, words: str) -> None:
    assert lines(TIMES + words, encoding) == [(1000, 3000, words)]


def test_what_cannot_be_told_is_refused_and_not_guessed() -> None:
    with pytest.raises(ValueError, match="UTF-8"):
        read((TIMES + "你好世界這個繁體中文字幕檔案測試").encode("big5"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n00:01.5 --> 00:02\nShort times", [(1500, 2000, "Short times")]),
        ("1\n0:00:01.000-->0:00:02:500 X1:10\nOdd", [(1000, 2500, "Odd")]),
        (f"{TIMES}<i>One</i> <font color=red>two</font>{{\\an8}}", [(1000, 3000, "One two")]),
        (f"{TIMES}a &lt;b&gt; &amp; c < d", [(1000, 3000, "a <b> & c < d")]),
        (f"{TIMES}one<br>two\\Nthree", [(1000, 3000, "one\ntwo\nthree")]),
        (f"{TIMES}1984\n\n2\n00:00:04,000 --> 00:00:05,000\n7", [
            (1000, 3000, "1984"), (4000, 5000, "7"),
        ]),
        (f"{TIMES}before\n\nbehind the gap", [(1000, 3000, "before\nbehind the gap")]),
        ("1\n00:00:05,000 --> 00:00:06,000\nLater\n\n2\n" + TIMES + "Sooner", [
            (1000, 3000, "Sooner"), (5000, 6000, "Later"),
        ]),
        (f"{TIMES}same\n\n{TIMES}same", [(1000, 3000, "same")]),
        (f"{TIMES}a\x1b[31mb\u202ec\x07", [(1000, 3000, "abc")]),
    ],
)  # fmt: skip
def test_srt_is_read_as_players_read_it(text: str, expected: list[Any]) -> None:
    assert lines(text) == expected


def test_notes_styles_and_names_of_a_vtt_are_no_words() -> None:
    text = (
        "WEBVTT - x\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE hidden\nmore\n\nintro\n"
        "00:01.000 --> 00:02.500 align:start\n<v Anna>Hi <c.red>there</c> <00:01.500>now\n\n"
        "NOTE between\n\n00:00:03.000 --> 00:00:04.000\n- second\n"
    )
    assert lines(text) == [(1000, 2500, "Hi there now"), (3000, 4000, "- second")]


def test_what_cannot_be_shown_is_counted() -> None:
    found = read(
        b"1\n00:00:xx,000 --> 00:00:09,000\nlost\n\n2\n00:00:06,000 --> 00:00:05,000\nturned\n\n"
        b"3\n00:00:06,500 --> 00:00:08,000\nnext\n"
    )
    assert (found.unread, found.turned) == (1, 1)
    assert found.lines == (Line(6000, 6500, "turned"), Line(6500, 8000, "next"))


def test_what_is_said_at_once_stands_below_each_other() -> None:
    made = lines(
        "00:01,000 --> 00:05,000\nA\n\n00:02,000 --> 00:04,000\nB\n\n00:04,800 --> 00:06,000\nC"
    )
    assert [text for _, _, text in made] == ["A", "A\nB", "A", "A\nC", "C"]
    assert all(end <= begin for (_, end, _), (begin, _, _) in pairwise(made))
    # a line that only just reaches into the next one ends there
    short = lines("00:01,000 --> 00:02,300\nA\n\n00:02,000 --> 00:04,000\nB")
    assert short == [(1000, 2000, "A"), (2000, 4000, "B")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no line with a time"),
        (b"just words", "no line with a time"),
        (TIMES.encode(), "no line with a time"),
        (b"\x00\x01\x02\x03PNG", "no text"),
        (TIMES.encode() + b"x" * 5000, "no subtitle"),
        (b"".join(TIMES.encode() + b"%d\n\n" % n for n in range(9)), "at the same time"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_what_is_no_file_of_subtitles_is_refused_with_the_reason(
    content: bytes, why: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=why):
        read(content)
    path = tmp_path / "x.srt"
    path.write_bytes(content)
    with pytest.raises(UnsupportedFile, match=why if content else "empty"):
        probe(path, "x.srt")


def test_many_lines_are_read() -> None:
    text = "".join(
        f"{n}\n00:{n // 60 % 60:02}:{n % 60:02},000 --> 00:{n // 60 % 60:02}:{n % 60:02},900\nLine {n}\n\n"
        for n in range(3600)
    )
    assert (
        len(read((text + text.replace("\n00:", "\n01:").replace("> 00:", "> 01:")).encode()).lines)
        == 7200
    )


def test_the_probe_says_what_it_is_and_how_long(tmp_path: Path) -> None:
    path = tmp_path / "x.vtt"
    path.write_text(f"WEBVTT\n\n{TIMES.replace(',', '.')}Hi\n")
    found = probe(path, "x.vtt")
    assert (found.kind, found.duration_ms, found.is_seen) == ("subtitles", 3000, False)


# On the timeline


def said(text: str, state: str = "S", known: Findings | None = None) -> Any:
    here = STATES[state]
    known = findings(here.media) if known is None else known
    return direct(text, Project("p", here.draft, here.media, here.previous, findings=known))


def test_nobody_guesses_what_stands_in_a_file() -> None:
    """The director names the file; the server reads it."""
    outcome = said("add subs.vtt", known=Findings())
    assert outcome.draft is None
    assert [(one.kind, one.media.filename) for one in outcome.wanted] == [("subtitles", "subs.vtt")]


def test_a_file_that_cannot_be_read_any_more_is_named() -> None:
    broken = Findings(subtitles={"subs.vtt": Subtitles(failed=True)})
    outcome = said("add subs.vtt", known=broken)
    assert outcome.draft is None
    assert "subs.vtt" in outcome.reply


def test_more_captions_than_a_timeline_takes_are_refused() -> None:
    many = tuple(Line(n * 3, n * 3 + 3, str(n)) for n in range(3001))
    outcome = said("add subs.vtt", known=Findings(subtitles={"subs.vtt": Subtitles(many)}))
    assert outcome.draft is None
    assert "3001" in outcome.reply


def test_what_was_left_out_is_said_in_both_languages() -> None:
    odd = Findings(subtitles={"subs.vtt": Subtitles((Line(0, 2000, "A"),), unread=2, turned=1)})
    assert "2 times in subs.vtt could not be read" in said("add subs.vtt", known=odd).reply
    assert "有 2 处时间无法识别" in said("加上字幕subs.vtt", known=odd).reply


def test_an_edit_by_hand_puts_them_too() -> None:
    outcome = said("add the file “interview.srt” at the end")
    assert [d.meta(one)["text"] for one in d.texts(outcome.draft)] == [
        "Hello", "Welcome", "Goodbye",
    ]  # fmt: skip
    assert said("replace the file “beach.mp4” with the file “subs.vtt” everywhere").draft is None


def test_they_are_no_clips() -> None:
    outcome = said("combine all clips", "SE")
    assert len(d.clips(outcome.draft)) == 2


# Seen


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


def test_they_are_uploaded_put_on_the_clip_cut_along_and_seen(
    running: RunningStudio, tmp_path: Path
) -> None:
    """A white block of words on black, 0.4-0.8 s of the file, of which the first 0.2 s are cut off."""
    session = running.new_session()
    movie = tmp_path / "movie.mp4"
    movie.write_bytes(make.clip("black", seconds=2, width=320, height=180).read_bytes())
    words = tmp_path / "movie.en.srt"
    words.write_text("1\n00:00:00,400 --> 00:00:00,800\n██████████\n")
    files = running.add(session, movie, words)
    assert [one["file_type"] for one in files] == ["video", "subtitles"]
    running.say(session, "add movie.en.srt")
    running.say(session, "cut the first 0.2 seconds")
    timeline = running.state(session)["draft"]
    (text,) = d.texts(timeline)
    assert (d.start(text), d.length(text)) == (200, 400)
    running.start_render("r", session, timeline, quality="high")
    assert running.wait_render("r", "completed", "failed")["status"] == "completed"
    video = look(running.data / "renders" / "r" / "video.mp4")
    shown = [
        any(video.pixel(n, x / 40, y / 40)[0] > 150 for x in range(40) for y in range(28, 40))
        for n in range(video.frames)
    ]
    times = [round(t * 1000) for t, is_seen in zip(video.times, shown, strict=True) if is_seen]
    assert min(times) == pytest.approx(200, abs=34)
    assert max(times) == pytest.approx(566, abs=34)


def test_a_file_that_is_none_is_refused_by_the_studio(
    running: RunningStudio, tmp_path: Path
) -> None:
    path = tmp_path / "notes.srt"
    path.write_text("no times here\n")
    reply = running.upload(running.new_session(), path).json()
    assert "has no line with a time" in str(reply)
