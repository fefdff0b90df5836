"""What is not understood or not available is said, and changes nothing."""

from __future__ import annotations

import pytest

from tests.studio.directed import MEDIA, Talk, video
from vbtui.language.mousetalk import translate
from vbtui.studio.project import draft as d

COMBINE = "combine all clips"


@pytest.mark.parametrize(
    ("sentence", "operation"),
    [
        ("apply my LUT", "lut"),
        ("fix the white balance", "colour"),
        ("blur the face in clip 1", "blur"),
        ("straighten clip 1 by 50 degrees", "straighten"),
        ("remove the wind noise from clip 2", "denoise"),
        ("remove clip 2's echo", "denoise"),
        ("put our logo top-right", "overlay"),
        ("add a watermark", "overlay"),
        ("rotate clip 1 by 45 degrees", "rotate"),
        ("zoom in on the face", "zoom"),
        ("add a voiceover", "music"),
        ("find the funniest moments", "highlights"),
        ("turn this podcast into 5 shorts", "highlights"),
        ("套个LUT", "lut"),
        ("remove clip 7", "remove"),
        ("删除第9个片段", "remove"),
        ("remove from 2 min to 3 min", "cut"),
        ("delete the clip at 2:15", "cut"),
        ("remove the first 2 minutes", "cut"),
        ("change the title", "title"),
        ("speed up clip 3", "speed"),
        ("shorten the video to 0.2 s", "length"),
        ("redo", "redo"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_name(sentence: str, operation: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert not talk.changed
    assert talk.last.understood
    assert talk.operations == []
    assert talk.last.refused is not None, talk.reply
    assert talk.last.refused.op == operation
    assert talk.last.refused.message in talk.reply


@pytest.mark.parametrize(
    "sentence",
    [
        "add a title",
        "add subtitles",
        "trim the video",
        "remove the intro",
        "trim middle",
        "split the video",
        "undo it and add a title",
        "remove all clips",
        "把前面的静音",
        "把中间静音",
        "后面删掉",
    ],
)
def test_what_is_left_open_is_asked(sentence: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert not talk.changed
    assert talk.last.question, talk.reply
    assert talk.last.question in talk.reply


@pytest.mark.parametrize("sentence", ["把中间的静音", "中间的静音"])
def test_those_in_the_middle_are_all_but_the_ends(sentence: str) -> None:
    talk = Talk().say(COMBINE, "set the volume of all clips to 80%", sentence)
    volumes = [d.meta(clip)["volume"] for clip in talk.clips]
    assert len(volumes) > 2
    assert volumes == [0.8, *[0.0] * (len(volumes) - 2), 0.8]


def test_what_shall_not_be_done_is_taken_note_of() -> None:
    talk = Talk().say(COMBINE, "don't render yet")
    assert (talk.changed, talk.last.mood, talk.operations) == (False, "negation", [])
    assert talk.last.refused is None


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("bake a cake", "bake a cake"),
        ("remove clip 2 gently while singing", "remove clip 2 gently while singing"),
        ("trim the first 3 seconds of my lovely dog", "lovely dog"),
        ("烤一个蛋糕", "烤一个蛋糕"),
        ("find the interview and add it", "find the interview"),
    ],
)
def test_not_understood_is_quoted_with_three_examples(sentence: str, part: str) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert not talk.changed
    assert not talk.last.understood
    assert part in talk.reply
    assert talk.reply.count("“") >= 4 or talk.reply.count("「") >= 3


def test_the_examples_work() -> None:
    for media in (MEDIA, MEDIA[:1], MEDIA[2:4]):
        for start in ([], [COMBINE]):
            for language in ("bake a cake", "烤蛋糕"):
                talk = Talk(media).say(*start, language)
                quoted = talk.reply.replace("「", "“").replace("」", "”").split("example")[-1]
                sentences = [part.split("”")[0] for part in quoted.split("“")[1:] if part]
                if language == "烤蛋糕":
                    sentences = [p.split("」")[0] for p in talk.reply.split("「")[1:]]
                assert len(sentences) >= 3
                for sentence in sentences:
                    if "Morning" in sentence or "清晨" in sentence:
                        continue
                    assert Talk(media).say(*start, sentence).changed, sentence


def test_what_can_be_done_is_done_beside_what_cannot() -> None:
    talk = Talk().say(COMBINE, "make it 9:16 and blur the faces")
    assert talk.canvas == (1080, 1920)
    assert talk.last.refused is not None
    assert talk.last.refused.op == "blur"


def test_a_sentence_of_which_a_part_is_not_understood_is_not_done() -> None:
    talk = Talk().say(COMBINE, "make it 9:16 and frobnicate the widget")
    assert not talk.changed
    assert "frobnicate the widget" in talk.reply


@pytest.mark.parametrize(
    "text",
    [
        "add zzz.mp4 at the end",
        "remove zzz.mp4",
        "在最后加zzz.mp4",
        "make it 9:16 and insert zzz.mp4 after clip 1",
    ],
)
def test_a_file_that_the_project_does_not_have_is_named(text: str) -> None:
    talk = Talk().say(COMBINE, text)
    assert not talk.changed
    assert "zzz.mp4" in talk.reply
    assert "upload it first" in talk.reply or "请先上传" in talk.reply


def test_no_media() -> None:
    talk = Talk(()).say("combine these clips into a 60-second video with music")
    assert not talk.changed
    assert "upload a video or a photo first" in talk.reply
    chinese = Talk(()).say("剪掉前面两段").reply
    assert "请先上传视频或照片" in chinese
    for reply in (talk.reply, chinese):  # the client rewords drag and drop, and there it is meant
        assert translate(reply).text == reply
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
