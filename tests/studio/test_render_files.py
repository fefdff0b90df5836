"""Every kind of file becomes the same kind of video; pixels and samples are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import (
    Rendered,
    color_name,
    draft,
    library,
    loudness,
    rendered,
    segment,
    words,
)
from vbtui.studio.render import Output

KINDS: dict[str, Callable[[], Path]] = {
    "h264 with sound": lambda: make.clip(),
    "h264 silent": lambda: make.clip(sound=False),
    "portrait": lambda: make.portrait(),
    "60 fps": lambda: make.clip(fps="60", seconds=1),
    "23.976 fps": lambda: make.clip(fps="24000/1001"),
    "odd size": lambda: make.clip(width=322, height=182),
    "avi": lambda: make.clip(suffix=".avi"),
    "mov": lambda: make.clip(suffix=".mov"),
    "mkv": lambda: make.clip(suffix=".mkv"),
    "variable frame rate": lambda: make.variable_fps(),
    "10 bit HEVC": lambda: make.ten_bit(),
    "alpha webm": lambda: make.alpha(),
    "alpha mov": lambda: make.alpha(suffix=".mov"),
    "gif": lambda: make.animated(),
    "animated webp": lambda: make.animated(suffix=".webp"),
    "still gif": lambda: make.picture(suffix=".gif"),
    "webp": lambda: make.picture(suffix=".webp"),
    "jpg": lambda: make.picture(suffix=".jpg"),
    "png with alpha": lambda: make.clear_picture(),
}


def check_form(video: Rendered, frames: int, size: tuple[int, int] = (320, 180)) -> None:
    assert video.frames == frames
    assert (video.width, video.height, video.pixel_format) == (*size, "yuv420p")
    assert (video.video_codec, video.audio_codec) == ("h264", "aac")
    assert (video.sample_rate, video.channels) == (48000, 2)
    assert video.video_s == pytest.approx(frames / video.fps, abs=1e-4)
    assert video.audio_s == pytest.approx(frames / video.fps, abs=1e-4)
    assert video.times == pytest.approx([number / video.fps for number in range(frames)], abs=1e-4)
    data = video.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_picture(kind: str, tmp_path: Path) -> None:
    wanted = draft([segment("a", 0, 700)])
    video = await rendered(tmp_path, wanted, library(a=KINDS[kind]()))
    check_form(video, 21)
    assert {color_name(video.pixel(10, x / 20, 0.5)) for x in range(1, 20)} != {"black"}


@pytest.mark.parametrize("degrees", [90, 180, 270])
async def test_phone_clips_stand_upright(degrees: int, tmp_path: Path) -> None:
    wanted = draft([segment("a", 0, 200)], width=180, height=320 if degrees != 180 else 100)
    video = await rendered(tmp_path, wanted, library(a=make.rotated(degrees)))
    assert (video.color(2, 0.5, 0.2), video.color(2, 0.5, 0.8)) == ("red", "blue")


@pytest.mark.parametrize("suffix", [".webm", ".mov"])
async def test_alpha_lies_over_black(suffix: str, tmp_path: Path) -> None:
    files = library(a=make.alpha(suffix=suffix))
    video = await rendered(tmp_path, draft([segment("a", 0, 200)]), files)
    assert (video.color(2), video.color(2, 0.1, 0.1)) == ("red", "black")


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
async def test_animations_play_and_begin_again(suffix: str, tmp_path: Path) -> None:
    files = library(a=make.animated(suffix=suffix))
    video = await rendered(tmp_path, draft([segment("a", 0, 2000)]), files)
    assert [video.color(number) for number in (5, 20, 35, 50)] == ["red", "blue", "red", "blue"]


@pytest.mark.parametrize(
    ("fit", "side", "top"),
    [("cover", "red", "red"), ("contain", "black", "red"), ("blur", "dark", "red")],
)
@pytest.mark.parametrize("still", [False, True])
async def test_portrait_in_landscape(
    fit: str, side: str, top: str, still: bool, tmp_path: Path
) -> None:
    path = (
        make.picture("red", width=180, height=320)
        if still
        else make.clip("red", width=180, height=320, sound=False)
    )
    video = await rendered(tmp_path, draft([segment("a", 0, 200, fit=fit)]), library(a=path))
    assert video.color(3, 0.5, 0.05) == top
    red, green, blue = video.pixel(3, 0.1, 0.5)
    if side == "dark":
        assert 100 < red < 190
        assert max(green, blue) < 40
    else:
        assert color_name((red, green, blue)) == side


async def test_colors_stay_what_they_are(tmp_path: Path) -> None:
    wanted = draft([segment("a", 0, 200), segment("b", 200, 200), segment("c", 400, 200)])
    paths = {
        "a": make.clip("0xC86432", sound=False),
        "b": make.picture("0xC86432"),
        "c": make.clip("0xC86432", width=1280, height=720, sound=False, seconds=1),
    }
    video = await rendered(tmp_path, wanted, library(**paths), options=Output("high"))
    for number in (3, 9):
        assert video.pixel(number) == pytest.approx((0xC8, 0x64, 0x32), abs=6)


async def test_a_clip_comes_out_of_black_during_its_transition_and_after_it(tmp_path: Path) -> None:
    later = segment("b", 400, 600, transition={"type": "crossfade", "d": 200}, fade_in=400)
    files = library(a=make.picture("red"), b=make.picture("white"))
    wanted = draft([segment("a", 0, 600), later])
    video = await rendered(tmp_path, wanted, files, options=Output("high"))
    found = [video.pixel(number) for number in (11, 15, 18, 21, 24)]
    red, half_red_and_dark, half, three_quarters, white = found
    assert red == pytest.approx((255, 0, 0), abs=8)
    assert half_red_and_dark == pytest.approx((159, 32, 32), abs=12)
    assert half == pytest.approx((128, 128, 128), abs=12)
    assert three_quarters == pytest.approx((191, 191, 191), abs=12)
    assert white == pytest.approx((255, 255, 255), abs=8)


async def test_cuts_and_speed_fall_on_their_frame(tmp_path: Path) -> None:
    """A clip that is red, then blue from 1 s on, at double speed from 0.5 s."""
    folder = make.folder() / "red-blue.mp4"
    graph = "color=c=red:s=320x180:r=30:d=2,drawbox=color=blue:t=fill:enable='gte(n,30)'"
    make.ffmpeg("-f", "lavfi", "-i", graph, "-pix_fmt", "yuv420p", folder)
    meta: dict[str, Any] = {"in": 500, "speed": 2}
    video = await rendered(tmp_path, draft([segment("a", 0, 600, **meta)]), library(a=folder))
    assert [video.color(number) for number in (0, 6, 8, 17)] == ["red", "red", "blue", "blue"]


async def test_red_turns_into_blue(tmp_path: Path) -> None:
    files = library(a=make.clip("red", sound=False), b=make.clip("blue", sound=False))
    later = segment("b", 500, 1000, transition={"type": "crossfade", "d": 500})
    video = await rendered(tmp_path, draft([segment("a", 0, 1000), later]), files)
    check_form(video, 45)
    assert (video.color(14), video.color(31)) == ("red", "blue")
    red, green, blue = video.pixel(22)
    assert 90 < red < 165
    assert 90 < blue < 165
    assert green < 40


@pytest.mark.parametrize(
    ("kind", "left", "right"), [("wipe", "red", "blue"), ("wiperight", "blue", "red")]
)
async def test_wipes_go_their_way(kind: str, left: str, right: str, tmp_path: Path) -> None:
    files = library(a=make.clip("red", sound=False), b=make.clip("blue", sound=False))
    later = segment("b", 500, 500, transition={"type": kind, "d": 500})
    video = await rendered(tmp_path, draft([segment("a", 0, 1000), later]), files)
    assert (video.color(22, 0.1), video.color(22, 0.9)) == (left, right)


async def test_gaps_are_black_and_silent(tmp_path: Path) -> None:
    files = library(a=make.clip("red", hz=440))
    video = await rendered(tmp_path, draft([segment("a", 500, 500)], length=1500), files)
    check_form(video, 45)
    assert [video.color(number) for number in (5, 20, 40)] == ["black", "red", "black"]
    assert loudness(video.path, 0.1, 0.4) < 0.01 < 0.05 < loudness(video.path, 0.6, 0.9)
    assert loudness(video.path, 1.1, 1.4) < 0.01


async def test_a_clip_that_ends_holds_its_last_picture(tmp_path: Path) -> None:
    files = library(a=make.clip("red", seconds=0.5))
    video = await rendered(tmp_path, draft([segment("a", 0, 1500)]), files)
    check_form(video, 45)
    assert video.color(44) == "red"


@pytest.mark.parametrize(
    ("suffix", "rate", "channels"),
    [(".mp3", 44100, 2), (".wav", 48000, 1), (".m4a", 44100, 1), (".aac", 48000, 2)],
)
async def test_every_kind_of_sound(suffix: str, rate: int, channels: int, tmp_path: Path) -> None:
    files = library(
        a=make.picture("red"), m=make.sound(suffix=suffix, rate=rate, channels=channels)
    )
    wanted = draft([segment("a", 0, 1000)], audio=[segment("m", 0, 1000)])
    video = await rendered(tmp_path, wanted, files)
    check_form(video, 30)
    heard = 0.125 if channels == 1 else 0.088  # the sine's own, and as ffmpeg spreads it on two
    assert loudness(video.path, 0.2, 0.8) == pytest.approx(heard, abs=0.01)


async def test_music_loops_at_its_volume_with_its_fades(tmp_path: Path) -> None:
    files = library(a=make.picture("red"), m=make.sound(seconds=0.5, suffix=".wav"))
    music = segment("m", 0, 2000, volume=0.5, fade_in=500, fade_out=500, loop=True)
    video = await rendered(tmp_path, draft([segment("a", 0, 2000)], audio=[music]), files)
    assert loudness(video.path, 0.8, 1.3) == pytest.approx(0.044, abs=0.005)
    assert loudness(video.path, 0, 0.05) < 0.02
    assert loudness(video.path, 1.95, 2) < 0.02


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.5, 4])
async def test_sound_keeps_its_length_at_any_speed(speed: float, tmp_path: Path) -> None:
    files = library(a=make.clip(seconds=2))
    video = await rendered(tmp_path, draft([segment("a", 0, 400, speed=speed)]), files)
    check_form(video, 12)
    assert loudness(video.path, 0.1, 0.35) > 0.05


async def test_twenty_nine_point_nine_seven(tmp_path: Path) -> None:
    files = library(a=make.clip())
    video = await rendered(tmp_path, draft([segment("a", 0, 1000)], fps=29.97), files)
    assert video.fps == pytest.approx(30000 / 1001)
    check_form(video, 30)


async def test_a_title_is_seen_while_it_lasts(tmp_path: Path) -> None:
    files = library(a=make.clip("blue", sound=False))
    title = words("■■■■", 500, 500, size=0.3, color="#FF0000")
    video = await rendered(tmp_path, draft([segment("a", 0, 1500)], texts=[title]), files)

    def reds(number: int) -> int:
        places = [(x / 64, y / 36) for x in range(64) for y in range(36)]
        return sum(video.color(number, *place) == "red" for place in places)

    assert [reds(14), reds(30)] == [0, 0]
    assert reds(15) > 50
    assert reds(29) > 50


async def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    names = ["-y %03d.mp4", "a:b'c\"[0:v];$(touch x)`.mp4", "new\nline.mp4", "über 视频.mp4"]
    files = library()
    for number, name in enumerate(names):
        path = make.folder() / name
        path.write_bytes(make.clip("red").read_bytes())
        files |= library(**{f"a{number}": path})
    photo = make.folder() / "photo%03d.png"
    photo.write_bytes(make.picture("red").read_bytes())
    files |= library(p=photo)
    order = [*files]
    wanted = draft([segment(asset, place * 200, 200) for place, asset in enumerate(order)])
    video = await rendered(tmp_path, wanted, files)
    assert {video.color(number) for number in range(video.frames)} == {"red"}
