"""What the studio suggests can be said and is done: each sentence is tried on the very project that it is for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.studio.directed import Talk, photo, song, video
from vbtui.studio.director import suggestions
from vbtui.studio.director.nets import differs
from vbtui.studio.director.work import Project
from vbtui.studio.project.media import Media

_BEACH = video("a1", "beach.mp4", 12_000)
_CAMERA = video("a2", "IMG_2041.MOV", 7_000)
_PHOTO = photo("a3", "DSC0001.jpg")
_SONG = song("a4", "song.mp3", 30_000)
_TALL = video("a5", "tall.mp4", 9_000, portrait=True)
_MANY = [video(f"b{number}", f"clip {number}.mp4", 4_000) for number in range(60)]
SETS: dict[str, tuple[Media, ...]] = {
    "a clip": (_BEACH,),
    "a short clip": (video("a1", "blink.mp4", 600),),
    "a long one": (video("a1", "talk.mp4", 3_600_000),),
    "a photo": (_PHOTO,),
    "photos": (_PHOTO, photo("a6", "town.png", portrait=True)),
    "two clips": (_BEACH, _CAMERA),
    "two clips and a photo": (_BEACH, _CAMERA, _PHOTO),
    "two clips, a photo and music": (_BEACH, _CAMERA, _PHOTO, _SONG),
    "a clip and music": (_BEACH, _SONG),
    "upright": (_TALL, video("a6", "tall 2.mp4", 5_000, portrait=True)),
    "two pieces of music": (_BEACH, _CAMERA, _SONG, song("a6", "other.mp3", 9_000)),
    "many": tuple(_MANY),
    "names that cannot be said": (
        video("a1", 'a "quoted" and remove clip 1.mp4', 9_000),
        video("a2", "export.mp4", 9_000),
        song("a3", "[b]30%[/b].mp3", 9_000),
    ),
    "one such": (video("a1", "don't add “this”, cut 3 s.mp4", 9_000),),
    "one that is a word": (video("a1", "remove.mp4", 9_000), song("a2", "mute.mp3", 9_000)),
    "names alike": (video("a1", "a.mp4", 5_000), video("a2", "a.mp4", 6_000)),
}


@pytest.mark.parametrize("chinese", [False, True], ids=["en", "zh"])
@pytest.mark.parametrize("media", SETS.values(), ids=SETS)
def test_three_that_are_done(media: Sequence[Media], chinese: bool) -> None:
    found = suggestions(Project("project", None, media), chinese)
    assert len(set(found)) == 3
    for sentence in found:
        talk = Talk(media).say(sentence)
        assert talk.last.question is None
        assert talk.last.refused is None
        assert talk.last.understood
        assert differs(talk.draft, None), sentence


def test_other_files_have_other_suggestions() -> None:
    told = [tuple(suggestions(Project("project", None, SETS[name]), False)) for name in SETS][:10]
    assert len(set(told)) >= 8
    assert any("song.mp3" in one for one in told[7])
    assert any("photos" in one for one in told[6])
    assert any("16:9" in one for one in told[9])


def test_nothing_is_shown_twice_or_stretched_by_them() -> None:
    for media in SETS.values():
        for sentence in suggestions(Project("project", None, media), False):
            draft = Talk(media).say(sentence).draft
            assert draft is not None
            clips = [clip for track in draft["t"] if track["tt"] == 0 for clip in track["sg"]]
            files = [clip["m"]["asset"] for clip in clips]
            assert len(set(files)) == len(files), sentence
            kinds = {one.id: one.kind for one in media}
            assert all(clip["d"] <= 4000 for clip in clips if kinds[clip["m"]["asset"]] == "image")


def test_a_timeline_has_its_own() -> None:
    talk = Talk(SETS["two clips, a photo and music"]).say("combine all clips without music")
    found = suggestions(Project("project", talk.draft, talk.media), False)
    assert len(found) == 3
    for sentence in found:
        tried = Talk(talk.media).say("combine all clips without music", sentence)
        assert differs(tried.draft, talk.draft), sentence


def test_without_a_picture_there_is_none() -> None:
    assert suggestions(Project("project", None, ()), False) == []
    assert suggestions(Project("project", None, (_SONG,)), True) == []
