"""Every format: what its file is, that its pictures and its sound are the timeline's, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from tests import clips as media
from tests.rendered import color_name, draft, left_behind, library, segment, words
from tests.waiting import PATIENCE_S
from vbtui.base.errors import RenderFailed
from vbtui.base.formats import FORMATS
from vbtui.base.mp4 import Wholeness
from vbtui.base.whole import wholeness
from vbtui.studio.render import Output, render
from vbtui.studio.render.checking import measure_encoded

LONG_S = 1.5
"""Red, then blue, half of the time each."""


def timeline(**more: Any) -> dict[str, Any]:
    half = round(LONG_S * 500)
    clips = [segment("red", 0, half), segment("blue", half, half)]
    return draft(clips, **more)


def files() -> dict[str, Any]:
    return library(red=media.clip("red"), blue=media.clip("blue", hz=880))


@dataclass(frozen=True)
class Made:
    """A written file, looked into."""

    path: Path
    container: str
    video: str
    audio: str
    pixels: str
    rate: float
    pictures: list[Image.Image]
    length_s: float
    """By its pictures."""
    sound_s: float
    """By its samples."""

    def color(self, number: int, x: float = 0.5, y: float = 0.5) -> str:
        return color_name(pixel(self.pictures[number], x, y))


def pixel(picture: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """The colour of a place given as shares of the size."""
    place = int(x * picture.width), int(y * picture.height)
    red, green, blue = picture.convert("RGB").getpixel(place)  # type: ignore[misc]  # an RGB picture
    return red, green, blue


def brightest(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """The lightest grey of a part, 0-255."""
    return max(bytes(picture.convert("L").crop(box).tobytes()))


def look(path: Path) -> Made:
    with av.open(str(path)) as container:
        pictures, length_s, rate, video, pixels = [], 0.0, 0.0, "", ""
        for stream in container.streams.video[:1]:
            video, pixels = stream.codec_context.name, stream.codec_context.pix_fmt or ""
            rate = float(stream.average_rate or 0)
            for frame in container.decode(stream):
                pictures.append(frame.to_image())  # type: ignore[no-untyped-call]  # PyAV
                length_s = float(frame.time or 0) + 1 / rate
        container.seek(0)
        samples, audio = 0.0, ""
        for heard in container.streams.audio[:1]:
            audio = heard.codec_context.name
            samples = sum(frame.samples / frame.sample_rate for frame in container.decode(heard))
        name = container.format.name
    return Made(path, name, video, audio, pixels, rate, pictures, length_s, samples)


async def made(folder: Path, format: str, wanted: Any = None, **options: Any) -> Made:
    suffix = FORMATS[format].suffix
    path, told = folder / f"out{suffix}", list[float]()
    output = Output(options.pop("quality", "low"), format=format, **options)
    async with asyncio.timeout(PATIENCE_S):
        await render(
            wanted or timeline(), files(), output, path,
            workdir=folder / "work", on_progress=told.append,
        )  # fmt: skip
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 100)
    assert any(0 < percent < 100 for percent in told)
    assert left_behind(folder) == [path.name, "work"]
    check_wholeness(path, suffix)
    return await asyncio.to_thread(look, path)


def check_wholeness(path: Path, suffix: str) -> None:
    """A file is whole, none of its beginnings is, and one of another kind is foreign."""
    data, beginning = path.read_bytes(), path.with_name("beginning")
    assert wholeness(path, suffix) is Wholeness.WHOLE
    for share in (0.02, 0.3, 0.6, 0.95):
        beginning.write_bytes(data[: int(len(data) * share)])
        assert wholeness(beginning, suffix) is not Wholeness.WHOLE, share
    beginning.write_bytes(data[:-1])
    assert wholeness(beginning, suffix) is Wholeness.CUT_OFF
    beginning.write_bytes(b"<html>" * 100)
    assert wholeness(beginning, suffix) is Wholeness.FOREIGN
    beginning.unlink()


@pytest.mark.parametrize(
    ("format", "codecs", "container", "pixels"),
    [
        ("hevc", ("hevc", "aac"), "mov,mp4", "yuv420p"),
        ("av1", ("libdav1d", "aac"), "mov,mp4", "yuv420p"),
        ("prores", ("prores", "pcm_s16le"), "mov,mp4", "yuv422p10le"),
        ("webm", ("vp9", "opus"), "matroska,webm", "yuv420p"),
    ],
)
async def test_a_video_is_of_its_codec_and_as_long_as_the_timeline(
    format: str, codecs: tuple[str, str], container: str, pixels: str, tmp_path: Path
) -> None:
    video = await made(tmp_path, format)
    assert (video.video, video.audio) == codecs
    assert video.container.startswith(container)
    assert video.pixels == pixels
    assert video.rate == 30
    assert len(video.pictures) == LONG_S * 30
    assert video.pictures[0].size == (320, 180)
    assert abs(video.sound_s - LONG_S) < 0.03
    last = len(video.pictures) - 1
    assert [video.color(at) for at in (0, 21, 23, last)] == ["red", "red", "blue", "blue"]


async def test_hevc_is_called_what_players_look_for(tmp_path: Path) -> None:
    video = await made(tmp_path, "hevc")
    assert b"hvc1" in video.path.read_bytes()


@pytest.mark.parametrize(
    ("quality", "profile"), [("high", b"apch"), ("medium", b"apcn"), ("low", b"apcs")]
)
async def test_the_quality_of_prores_is_its_profile(
    quality: str, profile: bytes, tmp_path: Path
) -> None:
    video = await made(tmp_path, "prores", quality=quality)
    assert profile in video.path.read_bytes()


async def test_a_gif_shows_the_timeline_small_and_at_few_pictures_a_second(tmp_path: Path) -> None:
    title = [words("HI", 0, 1500, position="center", size=0.5)]
    gif = await made(tmp_path, "gif", timeline(width=1280, height=720, texts=title), quality="high")
    assert gif.container == "gif"
    assert gif.pictures[0].size == (640, 360)
    assert abs(gif.length_s - LONG_S) < 0.1
    assert abs(len(gif.pictures) - LONG_S * 15) <= 1
    assert (gif.color(0, 0.05), gif.color(-1, 0.05)) == ("red", "blue")
    red = pixel(gif.pictures[2], 0.05, 0.05)
    assert all(abs(a - b) < 12 for a, b in zip(red, (254, 0, 0), strict=True)), red
    assert brightest(gif.pictures[12], (200, 90, 440, 270)) > 230  # the letters
    assert b"NETSCAPE2.0" in gif.path.read_bytes()  # it begins again


@pytest.mark.parametrize(
    ("size", "rate", "expected", "pictures"),
    [((1080, 1920), 25, (360, 640), 12.5), ((200, 100), 10, (200, 100), 10)],
)
async def test_a_gif_is_never_larger_or_faster_than_the_timeline(
    size: tuple[int, int], rate: float, expected: tuple[int, int], pictures: float, tmp_path: Path
) -> None:
    wanted = timeline(width=size[0], height=size[1], fps=rate)
    gif = await made(tmp_path, "gif", wanted, quality="high")
    assert gif.pictures[0].size == expected
    assert abs(len(gif.pictures) - LONG_S * pictures) <= 1


@pytest.mark.parametrize(
    ("format", "codec"), [("mp3", "mp3float"), ("wav", "pcm_s16le"), ("m4a", "aac")]
)
async def test_the_sound_alone_is_as_long_as_the_video(
    format: str, codec: str, tmp_path: Path
) -> None:
    sound = await made(tmp_path, format)
    assert (sound.video, sound.audio) == ("", codec)
    assert abs(sound.sound_s - LONG_S) < 0.03
    assert loud_hz(sound.path, 0.2) == pytest.approx(440, abs=40)
    assert loud_hz(sound.path, 1.1) == pytest.approx(880, abs=40)


def loud_hz(path: Path, at_s: float) -> float:
    """The pitch of a sine there, by where it crosses zero."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 48000)
        samples: list[int] = []
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                samples += memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h").tolist()
    heard = samples[int(at_s * 48000) : int(at_s * 48000) + 9600]
    return sum(a < 0 <= b for a, b in pairwise(heard)) * 5


async def test_a_timeline_without_sound_gives_no_sound(tmp_path: Path) -> None:
    wanted = draft([segment("red", 0, 500, volume=0)])
    with pytest.raises(RenderFailed) as refused:
        await made(tmp_path, "mp3", wanted)
    assert refused.value.code == "render_failed.no_sound"
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("at_ms", "color"), [(0, "red"), (700, "red"), (800, "blue"), (9000, "blue")]
)
async def test_a_picture_shows_its_moment_in_the_timelines_size(
    at_ms: int, color: str, tmp_path: Path
) -> None:
    picture = await made(tmp_path, "png", at_ms=at_ms)
    assert picture.video == "png"
    assert [one.size for one in picture.pictures] == [(320, 180)]
    assert picture.color(0) == color


async def test_a_contact_sheet_shows_moments_in_order_each_over_its_time(tmp_path: Path) -> None:
    sheet = await made(tmp_path, "sheet")
    with Image.open(sheet.path) as picture:
        wide, high = picture.size
        assert (wide, high) == (4 * 332 + 12, 2 * (180 + 28 + 12) + 12)
        places = [(172 + at % 4 * 332, 102 + at // 4 * 220) for at in range(6)]
        tiles = [color_name(pixel(picture, x / wide, y / high)) for x, y in places]
        assert tiles == ["red", "red", "red", "blue", "blue", "blue"]
        assert brightest(picture, (12, 192, 332, 220)) > 150  # the time below it


async def test_the_same_again_is_taken_from_the_parts_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A render that was ended goes on with the chunks that it made: none is drawn a second time."""
    from vbtui.studio.render import workers

    for name in ("first", "again"):
        (tmp_path / name).mkdir()
    await made(tmp_path / "first", "gif")
    drawn: list[object] = []
    encode = workers._encode

    async def count(*arguments: Any) -> None:
        drawn.append(arguments)
        await encode(*arguments)

    monkeypatch.setattr(workers, "_encode", count)
    await made(tmp_path / "again", "gif")
    assert not drawn


@pytest.mark.parametrize("format", ["mp3", "webm"])
async def test_a_sound_of_its_own_encoder_has_the_loudness_that_is_wanted(
    format: str, tmp_path: Path
) -> None:
    wanted = timeline()
    wanted["m"]["loudness"] = -20
    made_so = await made(tmp_path, format, wanted)
    container = "mp3" if format == "mp3" else "webm"
    assert abs((await measure_encoded(made_so.path, container)).lufs + 20) < 0.5
