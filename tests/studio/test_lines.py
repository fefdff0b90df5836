"""Lines that are shown: taken out of a message with their times, and laid under what is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips as make
from tests.rendered import library, rendered
from tests.studio.directed import MEDIA, Talk
from vbtui.language.intents import route
from vbtui.language.timed import timed_lines
from vbtui.studio.director import Project, direct, heard
from vbtui.studio.project import draft as d
from vbtui.studio.project.findings import Findings
from vbtui.studio.render.listening import listen

PASTED = (
    "1\n00:00:01,000 --> 00:00:02,000\nRemove clip 2\nnow\n\n2\n00:00:02,500 --> 00:00:03,000\nBye"
)


def spans(talk: Talk) -> list[tuple[str, int, int]]:
    return [
        (d.meta(one)["text"], d.start(one), d.start(one) + d.length(one))
        for one in d.texts(talk.draft or {})
    ]


@pytest.mark.parametrize(
    "message",
    [
        "0:01-0:02 One\n0:02.5-0:03 Two",
        "add these captions:\n0:01-0:02 One\n0:02.5-0:03 Two",
        'Captions:\n1. [0:01 - 0:02] "One"\n2. [0:02.5 - 0:03] "Two"',
        "- 0:01 – 0:02: One\n- 0:02.5 – 0:03: Two",
        "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,500 --> 00:00:03,000\nTwo",
        "加字幕\n0:01到0:02 One\n0:02.5到0:03 Two",
    ],
)
def test_lines_come_at_their_times_however_they_are_written(message: str) -> None:
    talk = Talk().say(message)
    assert spans(talk) == [("One", 1000, 2000), ("Two", 2500, 3000)]
    assert len(d.clips(talk.draft or {})) == 4


def test_what_is_pasted_as_a_file_has_its_line_breaks() -> None:
    assert spans(Talk().say(f"add these subtitles:\n{PASTED}")) == [
        ("Remove clip 2\nnow", 1000, 2000),
        ("Bye", 2500, 3000),
    ]


def test_a_line_without_an_end_stands_until_the_next_or_as_long_as_it_is_read() -> None:
    talk = Talk().say("captions:\n0:01 One\n0:02 Two\n0:20 Three")
    assert spans(talk) == [("One", 1000, 2000), ("Two", 2000, 5000), ("Three", 20_000, 23_000)]


@pytest.mark.parametrize(
    "message",
    [
        "0:05-0:08 remove; 0:10-0:12 mute",
        "0:03-0:06 black and white; 0:08-0:10 slow motion",
        "cut 0:05-0:10, 0:15-0:20",
        "25s到28s、50s到55s这两处都剪了",
        "1:00-1:30、4:00-4:10、8:00到结尾，这三截都删",
        "add the title at 0:05 in yellow",
        "0:00-0:03 Hello; 0:03-0:06 Welcome; make them yellow",
        "0:00-0:03 Hello\nmake it vertical",
        "trim clip 1 to 0:05; clip 2 to 0:10",
        "save the frame at 0:05 as jpg",
        "remove 0:05-0:10 and 0:15-0:20",
    ],
)
def test_requests_with_times_are_no_lines(message: str) -> None:
    assert timed_lines(message) is None
    assert not d.texts(Talk().say(message).draft or {})


@pytest.mark.parametrize(
    "message",
    [
        "add these captions: 0:00-0:03 Export the video; 0:03-0:06 upload it",
        "0:01-0:03 credits; 0:05-0:08 done",
        f"captions:\n{PASTED}",
    ],
)
def test_no_word_of_theirs_is_for_the_client(message: str) -> None:
    assert (route(message).kind, route(message).offers_export) == ("edit", False)


def test_traditional_characters_stay_as_they_were_written() -> None:
    talk = Talk().say("加字幕：0:01-0:03 這個請幫忙；0:04-0:06 謝謝")
    assert [text for text, _, _ in spans(talk)] == ["這個請幫忙", "謝謝"]


def test_hundreds_of_lines_are_taken_from_a_message_of_any_length() -> None:
    message = "\n".join(
        f"0:{n // 10:02}.{n % 10}-0:{n // 10:02}.{n % 10}99 line {n}" for n in range(300)
    )
    assert len(spans(Talk().say(f"captions:\n{message}"))) == 300


def test_what_stands_for_them_means_nothing_elsewhere() -> None:
    talk = Talk().say("add these captions: \ue000")
    assert all("\ue000" in text for text, _, _ in spans(talk)) or not spans(talk)


# Under the speech


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a"], [(0, 9000)]),
        (["a", "b"], [(0, 2000), (4000, 9000)]),
        (["a", "b", "c"], [(0, 2000), (4000, 6000), (6500, 9000)]),
        (["a", "b", "ccc", "d"], [(0, 2000), (4000, 6000), (6500, 8375), (8375, 9000)]),
    ],
)
def test_pauses_part_the_lines_the_longest_first(
    words: list[str], expected: list[tuple[int, int]]
) -> None:
    assert heard.shared([(0, 2000), (4000, 6000), (6500, 9000)], words) == expected


def test_too_many_lines_for_so_little_speech_are_none() -> None:
    assert heard.shared([(0, 500)], list("abcdefgh")) is None


async def test_lines_lie_under_what_is_really_heard(tmp_path: Path) -> None:
    """Tones at 0-1 s and 2-3 s: a line under each, seen then and not between."""
    path = tmp_path / "talk.mp4"
    loud = "aevalsrc=exprs='(0.5*lt(mod(t,2),1)+0.0005)*(random(0)-0.5)':s=48000:d=3"
    make.ffmpeg(
        "-f", "lavfi", "-i", "color=black:s=320x180:r=30:d=3", "-f", "lavfi", "-i", loud,
        "-pix_fmt", "yuv420p", "-y", path,
    )  # fmt: skip
    files = library(a=path)
    (media,) = files.values()
    levels = Findings(levels={media.id: await listen(media, lambda _: None)})
    project = Project("p", None, [media], findings=levels)
    outcome = direct('put these lines under the speech: "█████" "█████"', project)
    (one, two) = d.texts(outcome.draft or {})
    assert (d.start(one), d.start(one) + d.length(one)) == pytest.approx((0, 1000), abs=120)
    assert (d.start(two), d.start(two) + d.length(two)) == pytest.approx((2000, 3000), abs=120)
    video = await rendered(tmp_path / "out", outcome.draft or {}, files)
    lower = [
        any(video.pixel(n, x / 30, y / 60)[0] > 180 for x in range(30) for y in range(45, 60))
        for n in range(video.frames)
    ]
    seen = [round(time, 2) for time, is_seen in zip(video.times, lower, strict=True) if is_seen]
    assert seen
    assert not [time for time in seen if 1.15 < time < 1.85]
    assert [time for time in seen if time > 2.2]


def test_files_are_listened_to_before_lines_are_laid_under_them() -> None:
    outcome = direct('add captions "A" "B"', Project("p", None, MEDIA[:1], findings=Findings()))
    assert [one.kind for one in outcome.wanted] == ["levels"]
