"""Sentences, English and Chinese, and what becomes of the draft."""

from __future__ import annotations

import pytest

from tests.studio.directed import MEDIA, Talk, check_invariants, photo, song, video

COMBINE = "combine all clips"


def test_the_first_sentence_of_the_brief() -> None:
    talk = Talk().say(
        "combine these clips into a 60-second promo video with transitions and text overlays"
    )
    assert talk.total == 60_000
    assert talk.names == ["beach.mp4", "city walk.mp4", "IMG_2.jpg", "VID_2026.mp4"]
    assert set(talk.transitions) == {("crossfade", 500)}
    assert talk.texts == [], "nobody said which words"
    assert talk.canvas == (1920, 1080)
    assert talk.music == [("song.mp3", 0, 60_000, 0.35)]
    assert talk.operations == ["add", "transition"]
    assert talk.last.refused is not None
    assert talk.last.refused.op == "title"
    assert "1 photo shown longer" in talk.reply
    assert "song.mp3" in talk.reply
    assert talk.last.draft is not None
    check_invariants(talk.last.draft)


def test_everything_in_one_sentence() -> None:
    talk = Talk().say(
        "make a 20 s video from all clips with crossfades of 1 second, a title "
        "\"Summer: 50% off \\ 'now'\" at the start and song.mp3 as music at 30 %"
    )
    assert talk.total == 20_000
    assert set(talk.transitions) == {("crossfade", 1000)}
    assert talk.texts == [("Summer: 50% off \\ 'now'", 0, 3000)]
    assert talk.music == [("song.mp3", 0, 20_000, 0.3)]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (
            "combine beach.mp4 then IMG_2.jpg and city walk.mp4",
            ["beach.mp4", "IMG_2.jpg", "city walk.mp4"],
        ),
        ("merge city walk.mp4 with beach.mp4", ["city walk.mp4", "beach.mp4"]),
        ("join \"city walk.mp4\" and 'beach.mp4'", ["city walk.mp4", "beach.mp4"]),
        (
            "stitch clip 4, clip 1 and clip 2 together",
            ["VID_2026.mp4", "beach.mp4", "city walk.mp4"],
        ),
        ("combine clips 1-3", ["beach.mp4", "city walk.mp4", "IMG_2.jpg"]),
        ("turn these photos into a video", ["IMG_2.jpg"]),
        ("合并 city walk.mp4 和 beach.mp4", ["city walk.mp4", "beach.mp4"]),
        ("用beach.mp4和IMG_2.jpg做一个20秒的视频", ["beach.mp4", "IMG_2.jpg"]),
        (
            "I want a one minute slideshow of all photos and videos",
            ["IMG_2.jpg", "beach.mp4", "city walk.mp4", "VID_2026.mp4"],
        ),
        ("把所有视频拼接起来", ["beach.mp4", "city walk.mp4", "VID_2026.mp4"]),
    ],
)
def test_named_order(sentence: str, names: list[str]) -> None:
    assert Talk().say(sentence).names == names


@pytest.mark.parametrize(
    ("sentence", "total"),
    [
        ("make it exactly 60 seconds", 60_000),
        ("shorten the whole thing to 20 seconds", 20_000),
        ("reduce the length to 25 seconds", 25_000),
        ("shorten the video by 5 seconds", 27_000),
        ("总时长控制在30秒以内", 30_000),
        ("make the second clip twice as fast", 28_500),
        ("play clip 1 at half speed", 44_000),
        ("each photo should last 2 seconds", 30_000),
        ("每张照片显示2秒", 30_000),
        ("make each clip 3 seconds", 12_000),
        ("keep only the first 5 seconds of each clip", 20_000),
        ("trim 1 second off the start of clip 2", 31_000),
        ("把片段2剪到5秒", 30_000),
        ("删掉前两个片段", 13_000),
        ("remove clip 1 and the last photo", 16_000),
        ("loop the video twice", 64_000),
        ("repeat clip 1 3 times", 56_000),
        ("所有片段加交叉淡化转场，时长1秒", 29_000),
        ("fit it in 30s", 30_000),
        ("make it half a minute", 30_000),
        ("change duration to 10 seconds", 10_000),
        ("make it twenty seconds long", 20_000),
        ("时长改成10秒", 10_000),
        ("trim the first 3 seconds", 29_000),
        ("剪掉前3秒", 29_000),
        ("remove the last 5 seconds", 27_000),
        ("remove from 0:10 to 0:15", 27_000),
        ("cut out 0:10-0:15", 27_000),
        ("删除从10秒到15秒", 27_000),
        ("keep from 0:05 to 0:20", 15_000),
        ("trim to 10–30s", 20_000),
        ("keep the first 10 seconds", 10_000),
        ("cut to 0:12", 12_000),
        ("remove last half", 16_000),
        ("trim the last 2 seconds of clip 1", 30_000),
        ("trim clip 2 to 3 s", 28_000),
        ("trim clip 1 by 2 seconds", 30_000),
        ("trim 2 seconds from the start of clip 1", 30_000),
        ("make clip 2 5 seconds long", 30_000),
        ("extend clip 3 to 8 s", 36_000),
        ("photos 6 seconds each", 34_000),
        ("remove clip 2", 25_000),
        ("delete the second clip", 25_000),
        ("删除第二个片段", 25_000),
        ("remove the last photo", 28_000),
        ("remove beach.mp4", 20_000),
        ("keep only clips 1 and 3", 16_000),
        ("delete the clip at 0:14", 25_000),
        ("speed up clip 1 to 2x", 26_000),
        ("slow down the second clip", 39_000),
        ("把片段1加速到2倍", 26_000),
        ("把视频慢放一半", 60_000),
        ("duplicate clip 2", 39_000),
        ("add beach.mp4 at the end", 44_000),
        ("add IMG_2.jpg after clip 1 for 3 seconds", 35_000),
        ("trim the first 2 seconds and split clip 1 in half", 30_000),
        ("add crossfades of 1 second", 29_000),
        ("split at 0:05", 32_000),
        ("mute from 0:03 to 0:05", 32_000),
    ],
)
def test_lengths_are_exact(sentence: str, total: int) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert talk.changed, talk.reply
    assert talk.total == total, talk.reply
    assert talk.last.refused is None
    check_invariants(talk.last.draft or {})


@pytest.mark.parametrize(
    "sentence",
    [
        "make it 1 min 30",
        "make it 1:30",
        "set the duration to 1:30",
        "make the video 1.5 minutes",
        "把视频做成一分半",
        "总时长改成1分30秒",
    ],
)
def test_a_length_of_minutes(sentence: str) -> None:
    talk = Talk([*MEDIA, video("a9", "long.mp4", 100_000)]).say(COMBINE, sentence)
    assert talk.total == 90_000, talk.reply


def test_material_that_is_short_is_said_and_looped_only_when_told() -> None:
    films = [video("a1", "a.mp4", 12_000), video("a2", "b.mp4", 7000)]
    assert Talk(films[:1]).say("make a 10 minute video").total == 12_000
    talk = Talk(films).say("combine these into a 60-second promo")
    assert (talk.names, talk.total) == (["a.mp4", "b.mp4"], 19_000)
    assert "lasts 19 s" in talk.reply
    talk.say("make it 2 minutes")
    assert not talk.changed
    assert "loop the clips to 2:00" in talk.reply
    talk.say("loop the clips to 1 minute")
    assert (len(talk.names), talk.total) == (7, 60_000)
    talk.say("loop clip 1 to 3 minutes")
    assert not talk.changed
    talk.say("undo", "循环到 1:00")
    assert (len(talk.names), talk.total) == (7, 60_000)


@pytest.mark.parametrize(
    ("sentence", "canvas"),
    [
        ("make it 9:16", (1080, 1920)),
        ("make it vertical for TikTok", (1080, 1920)),
        ("Make it 9:16 for Reels", (1080, 1920)),
        ("改成竖屏", (1080, 1920)),
        ("make it square", (1080, 1080)),
        ("crop to square", (1080, 1080)),
        ("改成方形", (1080, 1080)),
        ("make it 4:5", (1080, 1350)),
        ("1080x1920", (1080, 1920)),
        ("set the size to 720x1280", (720, 1280)),
        ("make it widescreen", (1920, 1080)),
        ("in 4K", (3840, 2160)),
        ("720p", (1280, 720)),
    ],
)
def test_canvas(sentence: str, canvas: tuple[int, int]) -> None:
    assert Talk().say(COMBINE, sentence).canvas == canvas


def test_another_shape_gets_a_blurred_background_unless_told() -> None:
    talk = Talk().say(COMBINE, "make it 9:16")
    assert [talk.meta_of(n)["fit"] for n in (1, 2, 3, 4)] == ["blur", "blur", "cover", "cover"]
    talk.say("fill the frame")
    assert {talk.meta_of(n)["fit"] for n in (1, 2, 3, 4)} == {"cover"}
    talk.say("make it 16:9")
    assert {talk.meta_of(n)["fit"] for n in (1, 2, 3, 4)} == {"cover"}, "the choice holds"


@pytest.mark.parametrize(
    ("sentence", "volume"),
    [
        ("add music at 35%", 0.35),
        ("add song.mp3 as music at 30 %", 0.3),
        ("add background music at half volume", 0.5),
        ("use song.mp3 as background music", 0.35),
        ("加背景音乐，音量百分之四十", 0.4),
        ("加音乐，音量35%", 0.35),
        ("来点音乐", 0.35),
    ],
)
def test_music_covers_the_whole(sentence: str, volume: float) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert talk.music == [("song.mp3", 0, 32_000, volume)]
    assert talk.say("make the video exactly 60 seconds").music == [("song.mp3", 0, 60_000, volume)]


@pytest.mark.parametrize(
    ("sentence", "volume"),
    [
        ("set the music to 50%", 0.5),
        ("music at 0.2", 0.2),
        ("make the music quieter", 0.28),
        ("turn the music up", 0.6),
        ("mute the music", 0.0),
        ("把音乐音量调到30%", 0.3),
        ("音乐太大声了", 0.28),
        ("mute everything except the music", 0.4),
        ("increase the music volume by 20%", 0.48),
    ],
)
def test_music_volume(sentence: str, volume: float) -> None:
    talk = Talk().say(COMBINE, "add music at 40%", sentence)
    assert talk.music == [("song.mp3", 0, 32_000, volume)], talk.reply


@pytest.mark.parametrize(
    ("sentence", "volumes"),
    [
        ("mute clip 2", [1, 0, 1, 1]),
        ("mute the first clip", [0, 1, 1, 1]),
        ("第二个片段静音", [1, 0, 1, 1]),
        ("set the volume of clip 1 to 50%", [0.5, 1, 1, 1]),
        ("把片段1的音量调到50%", [0.5, 1, 1, 1]),
        ("mute the video", [0, 0, 0, 0]),
        ("remove the audio", [0, 0, 0, 0]),
        ("Increase volume by 50", [1.5, 1.5, 1.5, 1.5]),
        ("clip 1 quieter", [0.7, 1, 1, 1]),
        ("turn off the original sound", [0, 0, 0, 0]),
        ("去掉原声", [0, 0, 0, 0]),
        ("mute clips 1 and 3", [0, 1, 0, 1]),
    ],
)
def test_volume_of_clips(sentence: str, volumes: list[float]) -> None:
    talk = Talk().say(COMBINE, sentence)
    assert [talk.meta_of(n)["volume"] for n in (1, 2, 3, 4)] == volumes, talk.reply


def test_a_part_is_muted_by_cuts_at_its_ends() -> None:
    talk = Talk().say(COMBINE, "mute from 0:03 to 0:05")
    assert talk.lengths[:3] == [3000, 2000, 7000]
    assert [talk.meta_of(n)["volume"] for n in (1, 2, 3)] == [1, 0, 1]
    assert [talk.meta_of(n)["in"] for n in (1, 2, 3)] == [0, 3000, 5000]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("move the second clip to the start", "cbiv"),
        ("move clip 2 left", "cbiv"),
        ("move clip 2 right", "bicv"),
        ("put beach.mp4 at the end", "civb"),
        ("move clip 4 after clip 1", "bvci"),
        ("move clip 4 before clip 1", "vbci"),
        ("switch clip 1 and clip 2", "cbiv"),
        ("swap clip 1 with clip 4", "vcib"),
        ("把第二个片段移到最前面", "cbiv"),
        ("把beach.mp4放到最后", "civb"),
        ("交换片段1和片段2", "cbiv"),
        ("put the photo first", "ibcv"),
        ("put IMG_2.jpg between clip 1 and clip 2", "bicv"),
        ("start with the city walk", "cbiv"),
        ("end with beach", "civb"),
        ("swap the first and the last clip", "vcib"),
        ("把第一段和第二段交换", "cbiv"),
        ("reverse the order", "vicb"),
        ("sort by name", "bciv"),
    ],
)
def test_order(sentence: str, names: str) -> None:
    talk = Talk().say(COMBINE, "add transitions", sentence)
    assert "".join(name[0].lower() for name in talk.names) == names, talk.reply
    assert set(talk.transitions) == {("crossfade", 500)}, "transitions stay where they were"


@pytest.mark.parametrize(
    ("sentence", "transitions"),
    [
        ("add transitions", [("crossfade", 500)] * 3),
        ("加转场", [("crossfade", 500)] * 3),
        ("add crossfades of 1 second", [("crossfade", 1000)] * 3),
        ("add a fade between clips", [("crossfade", 500)] * 3),
        ("fade through black between the clips", [("fade", 500)] * 3),
        ("add wipes of 0.3 s", [("wipe", 300)] * 3),
        (
            "add a transition between clip 1 and clip 2",
            [("crossfade", 500), ("cut", 0), ("cut", 0)],
        ),
        ("transition at 0:12", [("crossfade", 500), ("cut", 0), ("cut", 0)]),
        (
            "set the transition into clip 2 to crossfade of 0.5 s",
            [("crossfade", 500), ("cut", 0), ("cut", 0)],
        ),
    ],
)
def test_transitions(sentence: str, transitions: list[tuple[str, int]]) -> None:
    assert Talk().say(COMBINE, sentence).transitions == transitions


def test_transitions_come_only_where_there_is_none_and_keep_the_wanted_length() -> None:
    talk = Talk().say(COMBINE, "add a wipe between clip 1 and clip 2", "add transitions")
    assert talk.transitions == [("wipe", 500), ("crossfade", 500), ("crossfade", 500)]
    assert not talk.say("add transitions").changed
    assert "already" in talk.reply
    talk.say("make it exactly 30 seconds", "change the transitions to slides of 1 second")
    assert talk.total == 30_000
    assert talk.say("remove transitions").total == 30_000
    assert talk.transitions == [("cut", 0)] * 3


def test_fades() -> None:
    talk = Talk().say(COMBINE, "Fade in from black at the start and out to black at the end.")
    assert (talk.meta_of(1)["fade_in"], talk.meta_of(4)["fade_out"]) == (1000, 1000)
    talk = Talk().say(COMBINE, "fade out the last clip over 2 seconds")
    assert "fade_out" in talk.meta_of(4)
    talk = Talk().say(COMBINE, "add music", "fade out the music over 3 s")
    assert d_meta(talk)["fade_out"] == 3000


def d_meta(talk: Talk) -> dict[str, object]:
    assert talk.draft is not None
    track = next(track for track in talk.draft["t"] if track["tt"] == 1)
    found: dict[str, object] = track["sg"][0]["m"]
    return found


def test_sentences_in_a_row() -> None:
    talk = Talk().say(COMBINE)
    talk.say("split clip 1 at 0:06.5")
    assert talk.lengths[:2] == [6500, 5500]
    talk.say("set the speed of clip 1 to 2x")
    assert talk.lengths[0] == 3250
    talk.say("add beach.mp4 at 0:02")
    assert talk.names[:3] == ["beach.mp4"] * 3
    assert talk.lengths[:3] == [2000, 12_000, 1250]
    identity = talk.clips[1]["id"]
    assert identity not in [clip["id"] for clip in talk.say(f"remove clip #{identity}").clips]


def test_a_length_by_words_is_not_undone_by_fitting() -> None:
    talk = Talk().say(COMBINE, "trim clip 1 to 2 seconds", "make the video exactly 24 seconds")
    assert talk.lengths[0] == 2000


def test_combining_again_adds_what_is_missing_and_keeps_words_and_music() -> None:
    talk = Talk().say(COMBINE, 'add title "Hi"', "add music at 40%", "remove clip 1", COMBINE)
    assert talk.total == 32_000
    assert talk.texts == [("Hi", 0, 3000)]
    assert talk.music == [("song.mp3", 0, 32_000, 0.4)]
    assert sorted(talk.names) == ["IMG_2.jpg", "VID_2026.mp4", "beach.mp4", "city walk.mp4"]


def test_a_new_wish_for_the_whole_keeps_words_and_music() -> None:
    talk = Talk().say(COMBINE, "add music at 40%", 'add title "Hi"')
    talk.say("create a 30-second promotional video with music")
    assert talk.total == 30_000
    assert talk.music == [("song.mp3", 0, 30_000, 0.4)]
    assert talk.texts == [("Hi", 0, 3000)]


def test_what_takes_most_of_the_video_is_asked_first() -> None:
    talk = Talk().say(COMBINE, "remove everything after 0:08")
    assert not talk.changed
    assert talk.last.question
    assert talk.say("yes").total == 8000


def test_an_edit_without_a_timeline_builds_one_first() -> None:
    talk = Talk().say("trim the first 3 seconds")
    assert talk.total == 29_000
    assert "upload order" in talk.reply


def test_undo_and_redo() -> None:
    talk = Talk().say(COMBINE, "remove clip 1", "undo")
    assert talk.last.step == "undo"
    assert talk.total == 32_000
    assert talk.say("redo").total == 20_000
    talk.say("undo", "undo")
    assert talk.clips == []
    assert not talk.say("撤销").changed
    assert "没有" in talk.reply


def test_delete_everything_can_be_undone() -> None:
    talk = Talk().say(COMBINE, "delete everything")
    assert talk.draft is not None
    assert talk.draft["t"] == []
    assert talk.say("undo").total == 32_000


def test_versions_count_up() -> None:
    talk = Talk().say(COMBINE, "make it 9:16")
    assert talk.draft is not None
    assert talk.draft["m"]["version"] == 2


def test_the_answer_is_in_the_language_of_the_instruction() -> None:
    assert "没有" in Talk().say("合并所有片段", "删除第9个片段").reply
    assert "There is no" in Talk().say("合并所有片段", "remove clip 9").reply


def test_compound_instructions_in_order() -> None:
    talk = Talk().say("把第二个片段静音，然后在开头加标题“你好”，最后加字幕：精彩瞬间")
    assert talk.meta_of(2)["volume"] == 0
    assert ("你好", 0, 3000) in talk.texts
    assert [words for words, *_ in talk.texts] == ["你好", "精彩瞬间"]


def test_a_song_named_among_the_clips_is_the_music() -> None:
    talk = Talk().say("combine beach.mp4, city walk.mp4 and song.mp3 with crossfades of 2 seconds")
    assert talk.names == ["beach.mp4", "city walk.mp4"]
    assert talk.music == [("song.mp3", 0, 17_000, 0.35)]
    assert talk.transitions == [("crossfade", 2000)]


def test_several_songs_are_named() -> None:
    talk = Talk((*MEDIA, song("a9", "other.mp3", 9000))).say(COMBINE, "add music")
    assert talk.music == []
    assert list(talk.last.choices) == ["song.mp3", "other.mp3"]
    assert talk.say("2").music[0][0] == "other.mp3"
    assert talk.say("use song.mp3 as music").music[0][0] == "song.mp3"
    assert talk.say("use other.mp3 as music").music[0][0] == "other.mp3"
    assert len(talk.music) == 1


def test_new_files_are_added() -> None:
    talk = Talk(MEDIA[:2]).say(COMBINE)
    talk.media = (*MEDIA[:2], photo("b1", "late.jpg"), video("b2", "later.mp4", 3000))
    assert talk.say("add the new clips").names[2:] == ["late.jpg", "later.mp4"]
