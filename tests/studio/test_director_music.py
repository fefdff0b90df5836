"""Music that comes along with a new video, and words that come from the project's name."""

from __future__ import annotations

import pytest

from tests.studio.directed import MEDIA, Talk, check_invariants, photo, song, video
from vbtui.studio.director import texts

COMBINE = "combine all clips"


def test_the_only_sound_file_becomes_background_music() -> None:
    photos = [photo(f"p{n}", f"product {n}.jpg") for n in range(5)]
    talk = Talk([*photos, song("m", "track.mp3", 90_000)])
    talk.say("combine these clips into a 60-second promo video with transitions and text overlays")
    assert talk.music == [("track.mp3", 0, talk.total, 0.35)]
    assert "remove the music" in talk.reply, "nobody asked for it: how to get rid of it is said"
    assert talk.say("remove the music").music == []
    assert not talk.say("remove the music").changed


@pytest.mark.parametrize(
    ("sentence", "music"),
    [
        (f"{COMBINE} without music", []),
        (f"{COMBINE}, no music", []),
        (f"{COMBINE} with music at 20%", [0.2]),
        (f"{COMBINE} and add song.mp3 at 50%", [0.5]),
        ("把这些片段合并，不要音乐", []),
        ("把这些片段合并成20秒的视频", [0.35]),
        ("make a 20 second video", [0.35]),
        ('add title "A"', []),
    ],
)
def test_music_comes_only_where_nobody_spoke_of_it(sentence: str, music: list[float]) -> None:
    talk = Talk().say(sentence)
    assert [volume for _, _, _, volume in talk.music] == music, talk.reply
    assert talk.last.refused is None


def test_among_several_sound_files_nobody_chooses() -> None:
    talk = Talk([*MEDIA, song("m", "other.mp3", 9000)]).say(COMBINE)
    assert talk.music == []
    assert talk.say("add song.mp3 as music").music[0][0] == "song.mp3"


def test_music_that_is_there_stays() -> None:
    talk = Talk().say(COMBINE, "set the music to 80%", COMBINE)
    assert [volume for _, _, _, volume in talk.music] == [0.8]


@pytest.mark.parametrize(
    ("project", "title"),
    [
        ("promo", "Promo"),
        ("my_trip", "My trip"),
        ("my-trip 2026", "My trip 2026"),
        ("iPhone", "iPhone"),
        ("été", "été"),
        ("a.b", "a.b"),
        ("项目", "项目"),
        ("project", ""),
        ("Untitled", ""),
    ],
)
def test_a_title_from_the_name_of_the_project_has_a_capital(project: str, title: str) -> None:
    assert texts.project_title(project) == title


@pytest.mark.parametrize("length", [300, 900, 1500, 2500, 4000])
@pytest.mark.parametrize(
    "more", ["add transitions", "make the video exactly 6 seconds", "remove clip 2"]
)
def test_captions_stay_inside_their_clips(length: int, more: str) -> None:
    names = ("Beach", "City", "Forest", "River", "Mountain", "Lake")
    media = [video(f"v{n}", f"{name}.mp4", length) for n, name in enumerate(names)]
    talk = Talk(media)
    talk.say(COMBINE, f"add captions {', '.join(f'“{name}”' for name in names)}", more)
    assert talk.draft is not None
    check_invariants(talk.draft, media)
    clips = [
        (name.removesuffix(".mp4"), clip["s"], clip["s"] + clip["d"])
        for name, clip in zip(talk.names, talk.clips, strict=True)
    ]
    for words, start, end in talk.texts:
        assert any(name == words and s <= start < end <= e for name, s, e in clips), words
    assert talk.texts
