"""Whole files by exact sentences: added at once, and replaced wherever they are."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.studio.directed import MEDIA, Talk, photo, song, video
from vbtui.base.errors import UsageError
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.render.plan import exact_fps
from vbtui.timeline.edits import Edit, File, add_file, add_files, replace_file
from vbtui.timeline.model import read

MORE = (*MEDIA, song("a6", "we (1).mp3", 5_000), video("a7", 'od"d “x” «y».mp4', 3_000))


def sentences(edits: Sequence[Edit]) -> list[str]:
    return [edit.sentence() for edit in edits]


def names(talk: Talk) -> list[str]:
    return [str(clip["m"]["title"]) for clip in talk.clips]


def heard(talk: Talk) -> list[tuple[str, int, int]]:
    return [(str(d.meta(one)["title"]), one["s"], one["d"]) for one in d.sounds(talk.draft or {})]


@pytest.fixture
def talk() -> Talk:
    return Talk(MORE).say("combine these clips and add song.mp3 as music")


@pytest.mark.parametrize("label", ["", "Sunset", 'the "last" one', "日落（一）", "a) at the end"])
def test_file_is_replaced_wherever_it_is(talk: Talk, label: str) -> None:
    talk.say('add the file "beach.mp4" at the end')
    before = names(talk)
    assert before.count("beach.mp4") == 2
    talk.say(
        replace_file(
            File.called("beach.mp4", label), File.called('od"d “x” «y».mp4', "Odd")
        ).sentence()
    )
    assert names(talk) == [
        'od"d “x” «y».mp4' if name == "beach.mp4" else name for name in before
    ], talk.reply


def test_sound_is_replaced_and_keeps_its_place(talk: Talk) -> None:
    ((_, start, length),) = heard(talk)
    talk.say(replace_file(File.called("song.mp3"), File.called("we (1).mp3", "Lied")).sentence())
    assert heard(talk) == [("we (1).mp3", start, length)]  # it loops
    talk.say(
        "remove the music", *sentences(add_files([], [File("song.mp3")]))
    )  # once, as long as it is
    assert heard(talk) == [("song.mp3", 0, 30_000)]
    talk.say(replace_file(File.called("song.mp3"), File.called("we (1).mp3")).sentence())
    assert heard(talk) == [("we (1).mp3", 0, 5_000)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("we (1).mp3", "song.mp3", "we (1).mp3 is not on the timeline"),
        ("beach.mp4", "song.mp3", "song.mp3 has no picture"),
        ("song.mp3", "IMG_2.jpg", "IMG_2.jpg has no sound"),
        ("beach.mp4", "gone.mp4", "There is no file called gone.mp4"),
    ],
)
def test_what_cannot_be_replaced_is_said(talk: Talk, old: str, new: str, words: str) -> None:
    talk.say(replace_file(File.called(old), File.called(new)).sentence())
    assert not talk.changed
    assert words in talk.reply


def test_files_of_one_name_cannot_be_told_apart() -> None:
    with pytest.raises(UsageError, match="same name"):
        replace_file(File.called("beach.mp4"), File.called("beach.mp4", "another"))


def test_several_files_at_once(talk: Talk) -> None:
    before = names(talk)
    clips = [File("beach.mp4", "Sunset"), File("city walk.mp4"), File("IMG_2.jpg")]
    for sentence in sentences(add_files(clips, [File("we (1).mp3", "Lied")])):
        talk.say(sentence)
        assert talk.changed, (sentence, talk.reply)
    assert names(talk) == [*before, "beach.mp4", "city walk.mp4", "IMG_2.jpg"]
    assert ("we (1).mp3", 0, 5_000) in heard(talk)
    talk.say('add the files "IMG_2.jpg" and "beach.mp4" at the start')
    assert names(talk)[:2] == ["IMG_2.jpg", "beach.mp4"]


def test_several_files_make_the_first_timeline() -> None:
    talk = Talk(MORE).say(*sentences(add_files([File("city walk.mp4"), File("beach.mp4")], [])))
    assert names(talk) == ["city walk.mp4", "beach.mp4"]


def test_a_name_that_would_close_the_brackets_stands_alone() -> None:
    assert str(File.called("a) b.mp4", "Label")) == '"a) b.mp4"'
    assert str(File.called("a (1).mp4", "Label")) == '"Label" (a (1).mp4)'


def test_labelled_file_is_added_at_the_playhead(talk: Talk) -> None:
    first = names(talk)[0]
    file = File.called("city walk.mp4", "Walk, at last")
    talk.say(add_file(read(talk.draft), file, "video", 2_000).sentence())
    assert names(talk)[:3] == [first, "city walk.mp4", first], talk.reply


@pytest.mark.parametrize("label", ["", "Sunset", 'the "last" one', "日落（一）", "a 和 b"])
@pytest.mark.parametrize("at_ms", [0, 2_000, 60_000])
def test_chinese_sentences_make_the_same_timeline(talk: Talk, label: str, at_ms: int) -> None:
    beach, odd = File.called("beach.mp4", label), File.called('od"d “x” «y».mp4', label)
    walk, song_ = File("city walk.mp4"), File.called("we (1).mp3", label)
    line = read(talk.draft)
    edits = [
        add_file(line, odd, "video", at_ms),
        *add_files([beach, walk], [song_]),
        *add_files([odd, beach, walk], []),
        replace_file(beach, odd),
        replace_file(File("song.mp3"), song_),
        *([] if at_ms == 60_000 else [add_file(line, song_, "audio", at_ms)]),
    ]
    for edit in edits:
        assert Edit.read(edit.sentence(True)) == edit
        other = copy.deepcopy(talk).say(edit.sentence(True))
        english = copy.deepcopy(talk).say(edit.sentence(False))
        assert english.changed, english.reply
        assert other.draft == english.draft, (edit.sentence(True), other.reply)


def at(fps: float, seconds: int = 10, *, varies: bool = False) -> Media:
    clip = video(f"r{fps}", f"{fps}.mp4", seconds * 1000)
    return replace(clip, fps=fps, variable_fps=varies)


@pytest.mark.parametrize(
    ("clips", "rate"),
    [
        ([at(25)], 25),
        ([at(23.976)], 23.976),
        ([at(59.94)], 59.94),
        ([at(29.97)], 29.97),
        ([at(24.998)], 25),
        ([at(30, 4), at(25, 3), at(25, 2)], 25),
        ([at(30), at(25)], 30),
        ([at(120)], 60),
        ([at(15)], 30),
        ([at(12.5)], 25),
        ([at(28)], 28),
        ([at(27.4, varies=True)], 30),
        ([at(13, varies=True)], 30),
        ([at(0), photo("p", "p.jpg")], 30),
    ],
)
def test_the_frame_rate_is_that_of_most_of_the_seconds(clips: list[Media], rate: float) -> None:
    talk = Talk(clips).say("combine these")
    assert talk.draft is not None
    assert d.meta(talk.draft)["fps"] == rate


@pytest.mark.parametrize(
    ("sentence", "rate"),
    [
        ("25 fps", 25),
        ("29,97 fps", 29.97),
        ("set the frame rate to 23.976", 23.976),
        ("set fps to 50", 50),
        ("make it 1280x720 at 59.94 fps", 59.94),
        ("帧率改为24", 24),
    ],
)
def test_a_frame_rate_is_named_in_many_ways(sentence: str, rate: float) -> None:
    talk = Talk([at(30)]).say("combine these", sentence)
    assert talk.draft is not None
    assert d.meta(talk.draft)["fps"] == rate


def test_the_frame_rate_that_is_named_stays() -> None:
    talk = Talk([at(25)]).say("combine these", "29.97 fps", "combine these")
    assert talk.draft is not None
    assert d.meta(talk.draft)["fps"] == 29.97
    assert exact_fps(29.97) == Fraction(30000, 1001)
    again = Talk([at(25)]).say("combine these", "25 fps")
    assert again.changed


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
@pytest.mark.parametrize("wanted", [1, 4, 12])
def test_an_animation_is_fitted_by_whole_loops_but_the_last(suffix: str, wanted: int) -> None:
    moving = replace(video("m", f"moving{suffix}", 1500), path=Path(f"/nowhere{suffix}"))
    talk = Talk([moving]).say("combine these", f"make it {wanted} seconds")
    assert [(d.start(clip), d.length(clip)) for clip in talk.clips] == [(0, wanted * 1000)]
    assert d.source_in(talk.clips[0]) == 0


def test_an_animation_in_a_row_is_shown_a_little_longer_before_all_plays_again() -> None:
    moving = replace(video("m", "moving.gif", 1500), path=Path("/nowhere.gif"))
    talk = Talk([moving, video("v", "v.mp4", 3000)]).say("combine these", "make it 10 seconds")
    assert talk.lengths == [7000, 3000]
