"""Whatever is said, in whatever order: no exception, sound drafts, quick answers."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.growth import growth
from tests.studio.directed import MEDIA, Talk, check_invariants
from vbtui.studio.director import Project, direct

_SENTENCES = (
    "combine all clips",
    "combine city walk.mp4 then beach.mp4",
    "make it exactly {n} seconds",
    "add transitions",
    "add crossfades of {n} seconds",
    "remove transitions",
    "remove clip {k}",
    "trim clip {k} to {n} seconds",
    "extend clip {k} to {n} seconds",
    "trim the first {n} seconds",
    "remove from 0:0{k} to 0:1{k}",
    "keep from 0:0{k} to 0:2{k}",
    "split at 0:{n}.5",
    "split clip {k} in half",
    "move clip {k} to the start",
    "swap clip {k} and clip 1",
    "duplicate clip {k}",
    "speed up clip {k} to {k}.3x",
    "slow down clip {k}",
    "speed up from 0:0{k} to 0:1{k} by 2x",
    "mute from 0:0{k} to 0:0{n}",
    "set the volume of clip {k} to {n}%",
    "add music at {n}%",
    "add music from 0:0{k} to 0:1{k}",
    "remove the music",
    'add title "T{n}" at the end',
    'add title "S{n}" at 0:0{k} for {n} s',
    'add caption "C{n}" on clip {k}',
    "add text overlays",
    "remove the captions",
    "add beach.mp4 at 0:0{k}",
    "add IMG_2.jpg after clip {k}",
    "replace clip {k} with city walk.mp4",
    "make it 9:16",
    "fade in and out",
    "reverse the order",
    "delete everything",
    "undo",
    "redo",
)
_said = st.builds(
    lambda sentence, n, k: sentence.format(n=n, k=k),
    st.sampled_from(_SENTENCES),
    st.integers(1, 59),
    st.integers(1, 5),
)


@settings(deadline=None, max_examples=120)
@given(st.lists(_said, min_size=1, max_size=12))
def test_any_operations_keep_a_sound_draft(sentences: list[str]) -> None:
    talk = Talk()
    for sentence in sentences:
        before = copy.deepcopy(talk.draft)
        history = list(talk.history)
        talk.say(sentence)
        assert talk.reply
        if talk.draft is not None:
            check_invariants(talk.draft)
        if not talk.changed:
            assert talk.draft == before
            assert talk.history == history


@settings(deadline=None, max_examples=60)
@given(st.lists(_said, min_size=1, max_size=6))
def test_a_sentence_leaves_its_project_alone(sentences: list[str]) -> None:
    talk = Talk().say("combine all clips")
    for sentence in sentences:
        before, kept = talk.draft, copy.deepcopy(talk.draft)
        talk.say(sentence)
        assert before == kept


_WORDS = st.sampled_from(
    [
        "add",
        "title",
        "music",
        "clip",
        "2",
        "and",
        ",",
        ".",
        "then",
        "remove",
        "first",
        "3",
        "seconds",
        "to",
        "from",
        "at",
        "the",
        "start",
        '"',
        "'",
        "“",
        "”",
        "「",
        "of",
        "60",
        "%",
        "0:05",
        "9:16",
        "x2",
        "beach.mp4",
        "song.mp3",
        "transition",
        "把",
        "片段",
        "2",
        "秒",
        "删除",
        "第",
        "二",
        "个",
        "半",
        "分",
        "钟",
        ":",
        "：",
        "it",
        "them",
        "between",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=25).map(" ".join)))
def test_no_text_raises(text: str) -> None:
    talk = Talk().say("combine all clips", text)
    assert talk.reply
    if talk.draft is not None:
        check_invariants(talk.draft)


_EVIL = {
    "long": "add title " + "a" * 10_000,
    "long quoted": 'add title "' + "é" * 10_000 + '"',
    "many words": "remove clip 2 " * 700,
    "han": "把片段删除" * 2000,
    "nul": "add\x00 title \x00'x\x00'",
    "quotes": "\"'“”‘’「」《»«" * 800,
    "apostrophes": "'" * 10_000,
    "opening": "add title “" * 1000,
    "rtl": "\u202eadd title \u2067'שלום'\u202c",
    "digits": "1" * 10_000,
    "clock": "1:1" * 3000,
    "commas": "," * 10_000,
    "spaces": "combine" + " " * 10_000 + "clips",
    "escapes": "\x1b]0;evil\x07add music\x1b[2J",
    "surrogates": "add title '\ud800'",
    "markup": "add title '[/b] {x} %s $(rm)'",
    "words": "word " * 2000,
    "and": "clip 1 and " * 900,
    "numbers": "clips 1" + ", 2" * 3000,
    "dots": "beach.mp4." * 1000,
    "paths": "a.b" * 3000,
    "newlines": "\n" * 10_000,
    "empty": "",
    "white": " \t ",
    "infinite": "make it 99999999999999999999999 seconds long at 1e999%",
}


@pytest.mark.parametrize("name", _EVIL)
def test_evil_texts_are_answered_with_work_that_grows_with_their_length(name: str) -> None:
    project = Project("project", Talk().say("combine all clips").draft, MEDIA, [])
    text = _EVIL[name].replace("é", "e")
    outcome = direct(text, project)
    assert outcome.reply
    assert len(outcome.reply) < 60_000
    assert growth(lambda length: direct(text[:length], project), min(len(text), 800)) < 8
    if outcome.draft is not None:
        check_invariants(outcome.draft)


def test_many_files_take_linear_work() -> None:
    media = [
        type(MEDIA[0])(f"m{n}", f"holiday {n}.mp4", "video", MEDIA[0].path, 1, "", 2000, 1920, 1080)
        for n in range(1000)
    ]

    def combine(count: int) -> None:
        outcome = direct(
            f"combine these clips into a {count}-second video with transitions",
            Project("project", None, media[:count]),
        )
        assert outcome.draft is not None
        assert outcome.draft["d"] == count * 1000

    assert growth(combine, 200) < 8
