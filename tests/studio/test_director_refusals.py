"""What is not understood or not available is said, and changes nothing."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.studio.directed import MEDIA, Talk, check_invariants, video

COMBINE = "combine all clips"
_PHRASES = Path(__file__).parents[1] / "data" / "phrases.tsv"


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("make it cinematic", "Colour grading"),
        ("make clip 1 black and white", "Colour grading"),
        ("stabilize clip 1", "Stabilising"),
        ("remove the background noise from clip 2", "Cleaning up sound"),
        ("remove clip 2's background noise", "Cleaning up sound"),
        ("cut out the silence", "silences"),
        ("remove the parts where I'm not speaking", "silences"),
        ("add auto captions", "Speech recognition"),
        ("add subtitles", "Captions from speech"),
        ("put our logo top-right", "logos"),
        ("add a watermark", "logos"),
        ("rotate clip 1 by 90 degrees", "Rotating"),
        ("play it backwards", "backwards"),
        ("zoom in on clip 2", "Zooms"),
        ("convert to GIF", "MP4 only"),
        ("add a voiceover", "voice-over"),
        ("give me the highlights", "best moments"),
        ("make it look better", "too much open"),
        ("make it better", "too much open"),
        ("cut the next 20 seconds", "playhead"),
        ("把视频防抖", "防抖"),
        ("调成电影感暖色调", "调色"),
        ("帮我剪辑视频", "笼统"),
    ],
)
def test_not_available(sentence: str, words: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert not talk.changed
    assert talk.last.understood
    assert words in talk.reply
    assert talk.calls in (["cannot_do"], []) or set(talk.calls) == {"cannot_do"}


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("remove clip 7", "There is no clip 7: the timeline has 4"),
        ("删除第9个片段", "没有第 9 个片段"),
        ("combine foo.mp4 and beach.mp4", "no foo.mp4"),
        ("remove from 2 min to 3 min", "it lasts 32 s"),
        ("delete the clip at 2:15", "ends at 32 s"),
        ("remove all clips", "delete everything"),
        ("remove the first 2 minutes", "delete everything"),
        ("add a title", "Which words?"),
        ("change the title", "no text on the timeline"),
        ("trim the video", "How much?"),
        ("remove the intro", "How long is that part?"),
        ("trim middle", "Which part is the middle?"),
        ("speed up clip 3", "A photo has no speed"),
        ("split the video", "Where?"),
        ("undo it and add a title", "Which words?"),
        ("make it 0.2 s", "cannot be reached"),
        ("don't render yet", "until you ask"),
        ("redo", "nothing to redo"),
    ],
)
def test_questions_and_limits(sentence: str, words: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert words in talk.reply


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("bake a cake", "bake a cake"),
        ("remove clip 2 gently while singing", "remove clip 2 gently while singing"),
        ("trim the first 3 seconds of my lovely dog", "lovely dog"),
        ("烤一个蛋糕", "烤一个蛋糕"),
        ("?!", "?!"),
        ("find the interview and add it", "find the interview"),
        ("turn this podcast into 5 shorts", "podcast into 5 shorts"),
    ],
)
def test_not_understood_is_quoted_with_three_examples(sentence: str, part: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert not talk.changed
    assert not talk.last.understood
    assert part in talk.reply
    assert talk.reply.count("“") >= 4 or talk.reply.count("「") >= 4


def test_the_examples_work() -> None:
    for media in (MEDIA, MEDIA[:1], MEDIA[2:4]):
        for start in ([], [COMBINE]):
            for language in ("bake a cake", "烤蛋糕"):
                talk = Talk(media).say(*start, language)
                quoted = talk.reply.replace("「", "“").replace("」", "”").split("example")[-1]
                sentences = [part.split("”")[0] for part in quoted.split("“")[1:] if part]
                if language == "烤蛋糕":
                    sentences = [p.split("」")[0] for p in talk.reply.split("「")[2:]]
                assert len(sentences) >= 3
                for sentence in sentences:
                    if "Morning" in sentence or "清晨" in sentence:
                        continue
                    assert Talk(media).say(*start, sentence).changed, sentence


def test_what_is_understood_is_done_and_the_rest_is_named() -> None:
    talk = Talk().say(COMBINE, "make it 9:16, blur the faces and frobnicate the widget")
    assert talk.canvas == (1080, 1920)
    assert talk.last.understood
    assert "Blurring" in talk.reply
    assert "frobnicate the widget" in talk.reply


def test_no_media() -> None:
    talk = Talk(()).say("combine these clips into a 60-second video with music")
    assert not talk.changed
    assert "upload a video or a photo first" in talk.reply
    talk = Talk((video("a1", "beach.mp4", 5000),)).say("add music at 35%")
    assert not talk.changed
    assert "no music file yet" in talk.reply
    assert "还没有音乐" in Talk((video("a1", "beach.mp4", 5000),)).say("加音乐").reply


def test_an_export_inside_of_an_edit_is_left_to_the_client() -> None:
    talk = Talk().say("trim the first 3 seconds, add music, and export as MP4")
    assert talk.total == 29_000
    assert "say “export”" in talk.reply


def test_a_refused_part_leaves_nothing_behind() -> None:
    talk = Talk().say("mute clip 9")
    assert not talk.changed
    assert talk.reply.startswith("There is no clip 9")


_NOT_DOABLE = (
    "generate",
    "broll",
    "beat",
    "filter",
    "silence",
    "highlight",
    "voiceover",
    "stabilise",
)


def test_phrases_of_real_people() -> None:
    """Every edit of the collection is done, refused with a reason, or quoted as not understood."""
    counts: Counter[str] = Counter()
    with _PHRASES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    media = (video("a1", "beach.mp4", 200_000), video("a2", "video.mp4", 400_000), *MEDIA[2:])
    for route, operation, phrase in (row for row in rows if row[0] == "edit"):
        talk = Talk(media).say(
            "combine beach.mp4 and video.mp4", 'add title "Hi"', 'add captions "one", "two"', "undo"
        )
        before = talk.draft
        talk.say(phrase)
        assert talk.reply, phrase
        if talk.changed:
            counts["done"] += 1
            assert operation not in _NOT_DOABLE, phrase
            check_invariants(talk.draft or {}, media)
        else:
            assert talk.draft == before
            counts["refused" if talk.last.understood else "not understood"] += 1
        assert route == "edit"
    assert counts["done"] >= 75, counts
    assert counts["not understood"] <= 12, counts
