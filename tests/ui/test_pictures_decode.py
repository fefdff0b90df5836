"""Real files, whole and evil, through the gallery."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import clips as media
from vbtui.ui.pictures import footage
from vbtui.ui.pictures.gallery import Gallery
from vbtui.ui.pictures.raster import Box, Color, Drawn, NoPicture, Raster, Waveform

BOX = Box(36, 20)


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[Gallery]:
    made = Gallery(tmp_path / "thumbnails")
    yield made
    made.close()


def near(pixel: Color, wanted: Color) -> bool:
    """Video colours are rounded on their way."""
    return all(abs(one - other) <= 6 for one, other in zip(pixel, wanted, strict=True))


def picture(drawn: Drawn) -> Raster:
    assert isinstance(drawn, Raster), drawn
    return drawn


def corners(drawn: Drawn) -> tuple[Color, Color]:
    """First and last pixel."""
    raster = picture(drawn)
    return raster.row(0)[0], raster.row(raster.height - 1)[-1]


RED, BLUE, LIME = (255, 0, 0), (0, 0, 255), (0, 255, 0)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
async def test_a_phone_clip_is_shown_upright(gallery: Gallery, degrees: int) -> None:
    drawn = await gallery.picture(media.rotated(degrees), "video", BOX)
    top, bottom = corners(drawn)
    assert near(top, RED)
    assert near(bottom, BLUE)
    size = (picture(drawn).width, picture(drawn).height)
    assert size == ((11, 20) if degrees in (90, 270) else (36, 20))


async def test_a_video_can_be_asked_for_the_frame_at_a_time(gallery: Gallery) -> None:
    path = media.animated(seconds=1)
    first = corners(await gallery.picture(path, "video", BOX, at_ms=400))
    second = corners(await gallery.picture(path, "video", BOX, at_ms=500))
    beyond = corners(await gallery.picture(path, "video", BOX, at_ms=90_000))
    assert near(first[0], RED)
    assert near(second[0], BLUE)
    assert near(beyond[0], BLUE)


async def test_high_definition_has_its_own_colours(gallery: Gallery) -> None:
    path = media.clip("lime", seconds=1, width=1280, height=720, sound=False)
    tagged = media.folder() / "tagged.mp4"
    media.ffmpeg("-i", path, "-c", "copy", tagged)
    top, _ = corners(await gallery.picture(tagged, "video", BOX))
    assert max(top) > 200


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif"])
async def test_a_still_has_its_colour(gallery: Gallery, suffix: str) -> None:
    drawn = await gallery.picture(media.picture("red", suffix=suffix), "image", BOX)
    assert (picture(drawn).width, picture(drawn).height) == (36, 20)
    assert all(near(corner, RED) for corner in corners(drawn))


async def test_a_png_is_pixel_exact(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "four.png"
    pixels = [(1, 2, 3), (250, 100, 7), (0, 0, 0), (255, 255, 255)]
    image = Image.new("RGB", (2, 2))
    image.putdata(pixels)
    image.save(path)
    drawn = picture(await gallery.picture(path, "image", Box(2, 2)))
    assert [*drawn.row(0), *drawn.row(1)] == pixels
    large = picture(await gallery.picture(path, "image", Box(4, 4)))
    assert large.row(0) == [pixels[0]] * 2 + [pixels[1]] * 2


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_photo_is_turned_as_its_camera_says(
    gallery: Gallery, tmp_path: Path, orientation: int
) -> None:
    upright = Image.new("RGB", (40, 20), RED)
    upright.paste(BLUE, (0, 10, 40, 20))
    upright.paste(LIME, (0, 0, 20, 10))
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(back[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.png"
    stored.save(path, exif=exif)
    drawn = picture(await gallery.picture(path, "image", Box(40, 20)))
    assert (drawn.width, drawn.height) == (40, 20)
    assert drawn.row(0)[0] == LIME
    assert drawn.row(0)[-1] == RED
    assert drawn.row(19)[-1] == BLUE


async def test_what_is_transparent_shows_checks(gallery: Gallery) -> None:
    drawn = picture(await gallery.picture(media.clear_picture(), "image", BOX))
    assert near(drawn.row(10)[18], RED)
    assert {drawn.row(0)[0], drawn.row(0)[5]} == {(88, 88, 88), (120, 120, 120)}
    film = picture(await gallery.picture(media.alpha(suffix=".mov"), "video", BOX))
    assert near(film.row(10)[18], RED)
    assert film.row(0)[0] == (120, 120, 120)


async def test_an_animated_webp_shows_its_first_picture(gallery: Gallery) -> None:
    drawn = await gallery.picture(media.animated(suffix=".webp"), "video", BOX)
    assert near(corners(drawn)[0], RED)


async def test_a_dark_start_is_passed_over(gallery: Gallery) -> None:
    path = media.folder() / "dark-start.mp4"
    graph = "color=c=black:s=320x180:r=30:d=4,drawbox=color=lime:t=fill:enable='gte(t,1)'"
    media.ffmpeg("-f", "lavfi", "-i", graph, "-g", "15", "-pix_fmt", "yuv420p", path)
    assert near(corners(await gallery.picture(path, "video", BOX))[0], LIME)


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".m4a", ".aac"])
async def test_a_sound_gives_its_loudness(gallery: Gallery, suffix: str) -> None:
    path = media.sound(suffix=suffix)
    drawn = await gallery.picture(path, "audio", BOX)
    assert isinstance(drawn, Waveform)
    assert len(drawn.peaks) >= 500
    middle = drawn.peaks[50:450]
    assert min(middle) > 15
    assert max(middle) < 60


async def test_silence_and_noise_can_be_told_apart(gallery: Gallery) -> None:
    path = media.folder() / "half-silent.wav"
    graph = "sine=f=400:d=2,volume=volume='if(lt(t,1),0,4)':eval=frame"
    media.ffmpeg("-f", "lavfi", "-i", graph, path)
    drawn = await gallery.picture(path, "audio", BOX)
    assert isinstance(drawn, Waveform)
    assert max(drawn.peaks[:240]) == 0
    assert min(drawn.peaks[280:500]) > 100


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "kind", "content", "reason"),
    [
        ("empty.mp4", "video", b"", "empty"),
        ("empty.png", "image", b"", "empty"),
        ("empty.mp3", "audio", b"", "empty"),
        ("text.mp4", "video", b"not a video" * 99, "damaged, cut short or no video"),
        ("text.wav", "audio", b"not a sound" * 99, "damaged, cut short or no sound"),
        ("bomb.png", "image", png_header(20_000, 20_000), "too many"),
        ("large.png", "image", png_header(9_000, 9_000), "9000 x 9000 pixels are too many"),
        ("short.png", "image", png_header(500, 500), "cut short"),
        ("list.mp4", "video", b"#EXTM3U\n/etc/passwd\n", "damaged"),
    ],
)
async def test_an_evil_file_gives_a_reason(
    gallery: Gallery, tmp_path: Path, name: str, kind: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    drawn = await gallery.picture(path, kind, BOX)
    assert isinstance(drawn, NoPicture)
    assert reason in drawn.told
    assert await gallery.facts(path) == ()


async def test_a_truncated_video_shows_what_it_has_or_a_reason(
    gallery: Gallery, tmp_path: Path
) -> None:
    assert isinstance(await gallery.picture(media.cut_off(), "video", BOX), Raster)
    whole = media.clip(seconds=2).read_bytes()
    for share in (0.02, 0.5, 0.98):
        path = tmp_path / f"{share}.mp4"
        path.write_bytes(whole[: int(len(whole) * share)])
        assert isinstance(await gallery.picture(path, "video", BOX), NoPicture | Raster)


async def test_what_is_not_a_file_gives_a_reason(gallery: Gallery, tmp_path: Path) -> None:
    for path in (tmp_path / "gone.mp4", tmp_path, Path("/dev/null"), Path("a\0b")):
        assert isinstance(await gallery.picture(path, "video", BOX), NoPicture)


async def test_one_pixel_fills_the_middle(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    Image.new("RGB", (1, 1), BLUE).save(path)
    drawn = picture(await gallery.picture(path, "image", BOX))
    assert set(drawn.row(0)) == {BLUE}
    assert (drawn.width, drawn.height) == (20, 20)


async def test_extreme_shapes_keep_a_pixel(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "line.png"
    Image.new("RGB", (20_000, 1), BLUE).save(path)
    drawn = picture(await gallery.picture(path, "image", BOX))
    assert (drawn.width, drawn.height) == (36, 1)


async def test_facts_say_what_the_streams_are(gallery: Gallery) -> None:
    async def facts(path: Path) -> dict[str, str]:
        return {label.of(): text for label, text in await gallery.facts(path)}

    clip = await facts(media.clip(fps="30000/1001"))
    assert clip["Codec"] == "h264 · yuv420p"
    assert clip["Frames"] == "29.97 a second"
    assert clip["Sound"] == "aac · 48 kHz · mono"
    assert clip["Bit rate"].endswith("bit/s")
    assert "Rotation" not in clip
    phone = await facts(media.rotated(90))
    assert phone["Rotation"] == "90° clockwise"
    assert phone["Sound"] == "none"
    song = await facts(media.sound())
    assert song["Sound"] == "mp3 · 44.1 kHz · stereo"
    assert "Codec" not in song


async def test_many_at_once_all_come(gallery: Gallery) -> None:
    paths = [media.picture("red"), media.clip("blue"), media.sound()] * 4
    kinds = ["image", "video", "audio"] * 4
    drawn = await asyncio.gather(
        *(gallery.picture(path, kind, BOX) for path, kind in zip(paths, kinds, strict=True))
    )
    assert not any(isinstance(one, NoPicture) for one in drawn)


async def test_bytes_are_drawn_too(gallery: Gallery) -> None:
    data = media.picture("red").read_bytes()
    assert near(corners(await gallery.decoded(data, BOX))[0], RED)
    assert isinstance(await gallery.decoded(b"", BOX), NoPicture)
    assert isinstance(await gallery.decoded(data[:200], BOX), NoPicture)


async def test_the_key_frame_before_a_time_needs_no_other_frame(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    source = "color=red:size=64x36:rate=30:duration=2[a];color=blue:size=64x36:rate=30:duration=2[b];[a][b]concat"
    media.ffmpeg("-filter_complex", source, "-g", "120", "-sc_threshold", "0", path)
    decoded: list[float] = []
    frames = footage._frames

    def counted(*given: Any) -> Iterator[Any]:
        for frame in frames(*given):
            decoded.append(frame.time)
            yield frame

    monkeypatch.setattr(footage, "_frames", counted)
    about = corners(await gallery.near(path, "video", BOX, 3_000))
    assert len(decoded) == 1
    assert near(about[0], RED)
    exact = corners(await gallery.picture(path, "video", BOX, at_ms=3_000))
    assert near(exact[0], BLUE)
    assert len(decoded) > 60
