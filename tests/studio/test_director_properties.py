"""Whatever is said, in whatever order: no exception, sound drafts, quick answers."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.growth import growth
from tests.studio.directed import MEDIA, Talk, check_invariants
from tests.studio.metamorphic import spared, together
from tests.studio.stated import STATES, seen
from vbtui.language.lexicon import meanings
from vbtui.studio.director import Project, direct
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.project import draft as d

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
        assert talk.reply or talk.changed or talk.last.wanted
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


_PHRASES = {language: sorted(meanings(language)) for language in ("en", "zh")}
_MARKS = (
    ",",
    ".",
    "?",
    '"',
    "'",
    "“",
    "”",
    "「",
    ":",
    "：",
    "，",
    "；",
    "%",
    "和",
    "and",
    "then",
    "of",
)
_VALUES = (
    "2",
    "3",
    "60",
    "0:05",
    "9:16",
    "x2",
    "3 s",
    "50%",
    "beach.mp4",
    "song.mp3",
    "第二",
    "半",
    "两",
)


@st.composite
def _word_salads(draw: st.DrawFn) -> str:
    """A row of the lexicon's phrases, mostly of one language, with values, file names and marks."""
    language = draw(st.sampled_from(("en", "zh")))
    words = st.one_of(
        st.sampled_from(_PHRASES[language]),
        st.sampled_from(_VALUES),
        st.sampled_from(_PHRASES["en"] + _PHRASES["zh"]),
        st.sampled_from(_MARKS),
    )
    return ("" if language == "zh" else " ").join(draw(st.lists(words, min_size=1, max_size=12)))


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.text(max_size=200), _word_salads()))
def test_no_text_raises(text: str) -> None:
    talk = Talk().say("combine all clips", text)
    assert talk.reply or talk.changed or talk.last.wanted  # a file must be listened to first
    if talk.draft is not None:
        check_invariants(talk.draft)


@settings(deadline=None, max_examples=100)
@given(st.lists(_word_salads(), min_size=1, max_size=3))
@example(texts=["&", "倒数拆分"])
@example(texts=["split clip 1 the start"])
@example(texts=['add title "A" 倒数'])
@example(texts=["it was better before 60"])
def test_any_words_change_what_their_operations_may_change_and_undo_restores_it(
    texts: list[str],
) -> None:
    talk = _full()
    for text in texts:
        before, history = copy.deepcopy(talk.draft), list(talk.history)
        talk.say(text)
        if not talk.changed:
            assert talk.draft == before
            continue
        operations = {str(one["op"]) for one in talk.last.operations}
        assert operations
        if talk.last.step == "edit":
            assert _changed(before, talk.draft) <= set().union(*map(_may_change, operations))
            assert talk.history == [*history, before]
            check_invariants(talk.draft or {})
            again = copy.deepcopy(talk.draft)
            assert talk.say("undo").draft == before
            assert talk.say("redo").draft == again
        elif talk.last.step == "undo":
            earlier = history[-talk.last.steps]
            is_empty = not (talk.draft or {}).get("t")  # what there was before the first draft
            assert talk.draft == earlier or (earlier is None and is_empty)


def _full() -> Talk:
    """Clips with transitions, music, a title and a caption."""
    return Talk().say(
        "combine all clips",
        "add crossfades of 0.5 seconds",
        'add title "Hi"',
        'add caption "C" from 0:08 to 0:12',
    )


_PARTS = frozenset({"clips", "look", "loudness", "texts", "sounds", "canvas"})
_ONLY = {
    "title": {"texts"},
    "caption": {"texts"},
    "music": {"sounds"},
    "volume": {"clips", "loudness", "sounds"},
    "mute": {"clips", "loudness", "sounds"},
    "aspect": {"look", "canvas"},
    "crop": {"look", "canvas"},
    "export": set(),
}
"""Operations that may change a part of the draft alone; loudness from here to there cuts clips."""


def _may_change(operation: str) -> set[str]:
    return set(_ONLY.get(operation, _PARTS))


def _changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> set[str]:
    assert before is not None
    assert after is not None
    views = (_parts(before), _parts(after))
    return {part for part in _PARTS if views[0][part] != views[1][part]}


def _parts(draft: Mapping[str, Any]) -> dict[str, Any]:
    clips = [(clip["id"], clip["s"], clip["d"], d.meta(clip)) for clip in d.clips(draft)]
    look, loud = ("fit",), ("volume",)
    canvas = d.meta(draft)
    return {
        "clips": [
            (*facts, {k: v for k, v in meta.items() if k not in (*look, *loud)})
            for *facts, meta in clips
        ],
        "look": [(one, [meta.get(key) for key in look]) for one, _, _, meta in clips],
        "loudness": [(one, [meta.get(key) for key in loud]) for one, _, _, meta in clips],
        "texts": d.texts(draft),
        "sounds": d.sounds(draft),
        "canvas": [canvas.get(key) for key in ("width", "height", "fps")],
    }


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

_WHOLE = 1_200
"""So much of each is said; that its work grows no faster is counted on less."""


@pytest.mark.parametrize("name", _EVIL)
def test_evil_texts_are_answered_with_work_that_grows_with_their_length(name: str) -> None:
    project = Project("project", Talk().say("combine all clips").draft, MEDIA, [])
    text = _EVIL[name].replace("é", "e")
    outcome = direct(text[:_WHOLE], project)
    assert outcome.reply or outcome.draft is not None
    assert len(outcome.reply) < 60_000
    size = min(len(text), 400 if text.isascii() else 200)
    assert growth(lambda length: direct(text[:length], project), size) < 8
    if outcome.draft is not None:
        check_invariants(outcome.draft)


def test_what_is_left_out_stays_as_it_was() -> None:
    assert list(spared(every=11)) == []


def test_two_requests_in_one_sentence_are_the_one_and_then_the_other() -> None:
    assert list(together(every=41)) == []


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


_LEANS = re.compile(
    r"\b(it|its|them|they|that|this|other|rest|again|also|too|another|same|undo|redo|back|more|still|instead|now|one)\b"
    r"|它|这|那|其他|剩|再|也|恢复|撤|还|不|别|重做|都",
    re.IGNORECASE,
)
_BEHIND = 700


def test_a_complete_sentence_means_the_same_behind_another() -> None:
    chance, examples = random.Random(5), [one for op in OPERATIONS for one in op.examples]
    leaning = next(
        op.examples for op in OPERATIONS if op.name == "denoise"
    )  # of what was spoken of
    complete = [one for one in examples if not _LEANS.search(one) and one not in leaning]
    complete = [one for one in complete if len(one) > 4]
    state = STATES["TX"]
    for _ in range(_BEHIND):
        before, text = chance.choice(examples), chance.choice(complete)
        talk = Project("project", state.draft, state.media, tuple(state.previous), ())
        first = direct(before, talk)
        if first.draft is None:
            continue
        behind = Project("project", first.draft, state.media, (*state.previous, state.draft), ())
        alone, after = direct(text, behind), direct(text, behind, first.memory)
        one, two = (seen(it.draft or first.draft, state.media) for it in (alone, after))
        assert one == two, (before, text)
