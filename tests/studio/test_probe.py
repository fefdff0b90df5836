"""What files are found to be, and why others are refused."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests import clips as media
from vbtui.base.errors import StudioProblem, UnsupportedFile, VbtuiError
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.project.prober import Prober


def look(path: Path, name: str = "") -> Media:
    return probe(path, name or path.name)


def reason(path: Path, name: str = "") -> str:
    with pytest.raises(UnsupportedFile) as caught:
        look(path, name)
    return caught.value.message


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv"])
def test_clip(suffix: str) -> None:
    found = look(media.clip(suffix=suffix))
    assert (found.kind, found.width, found.height, found.rotation) == ("video", 320, 180, 0)
    assert abs(found.duration_ms - 2000) <= 34
    assert found.fps == 30
    assert not found.variable_fps
    assert found.video_codec == "h264"
    assert found.pixel_format == "yuv420p"
    assert found.audio is not None
    assert (found.audio.codec, found.audio.sample_rate, found.audio.channels) == ("aac", 48000, 1)
    assert abs(found.audio.duration_ms - 2000) <= 50


@pytest.mark.parametrize(
    ("degrees", "size"), [(0, (320, 180)), (90, (180, 320)), (180, (320, 180)), (270, (180, 320))]
)
def test_rotated_clip_is_measured_as_shown(degrees: int, size: tuple[int, int]) -> None:
    found = look(media.rotated(degrees))
    assert (found.width, found.height) == size
    assert found.rotation == degrees


def test_wide_pixels_are_measured_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    media.ffmpeg("-i", media.clip(), "-vf", "setsar=4/3", "-c:v", "libx264", "-an", path)
    found = look(path)
    assert (found.width, found.height) == (427, 180)
    assert found.audio is None


def test_variable_frame_rate() -> None:
    found = look(media.variable_fps())
    assert found.variable_fps
    assert 12 <= found.fps <= 14


def test_a_hole_makes_no_other_rate(tmp_path: Path) -> None:
    path = tmp_path / "hole.mp4"
    media.ffmpeg(
        "-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=3",
        "-vf", r"setpts=PTS+gte(N\,40)*3/TB", "-fps_mode", "vfr", "-c:v", "libx264", path,
    )  # fmt: skip
    found = look(path)
    assert found.fps == 25
    assert not found.variable_fps


def test_ten_bits_and_alpha() -> None:
    assert look(media.ten_bit()).pixel_format == "yuv420p10le"
    assert not look(media.ten_bit()).has_alpha
    assert look(media.alpha()).has_alpha
    assert look(media.alpha(suffix=".mov")).has_alpha
    assert look(media.clear_picture()).has_alpha


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".webp"])
def test_still_picture(suffix: str) -> None:
    found = look(media.picture(suffix=suffix))
    assert (found.kind, found.duration_ms, found.fps) == ("image", 0, 0)
    assert (found.width, found.height) == (320, 180)


def test_turned_photo_is_measured_as_shown(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (320, 180)).save(path, exif=exif)
    found = look(path)
    assert (found.width, found.height, found.rotation) == (180, 320, 90)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animation_is_a_video(suffix: str) -> None:
    found = look(media.animated(suffix=suffix))
    assert (found.kind, found.duration_ms) == ("video", 1000)
    assert found.fps > 0


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".m4a", ".aac"])
def test_sound(suffix: str) -> None:
    found = look(media.sound(suffix=suffix, seconds=3))
    assert (found.kind, found.width) == ("audio", 0)
    assert abs(found.duration_ms - 3000) <= 60
    assert found.audio is not None
    assert found.audio.duration_ms == found.duration_ms
    assert found.audio.channels == 2


def test_cover_art_does_not_make_a_song_a_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    cover = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic"]
    media.ffmpeg("-i", media.sound(suffix=".mp3"), "-i", media.picture(suffix=".jpg"), *cover, path)
    assert look(path).kind == "audio"


def test_a_container_for_video_with_sound_alone_is_a_sound() -> None:
    found = look(media.sound(suffix=".m4a"), "talk.mp4")
    assert (found.kind, found.filename) == ("audio", "talk.mp4")


def test_what_is_not_what_its_name_says() -> None:
    assert reason(media.not_media()) == "“notes.mp4” is not a video, picture or sound file."
    for name in ("a.mp3", "a.aac", "a.png", "a.webp", "a.mkv"):
        assert "is not a video, picture or sound file" in reason(media.not_media(), name)
    assert reason(media.picture(suffix=".jpg"), "talk.mp3") == (
        "“talk.mp3” is not a sound file: its content is a picture."
    )
    assert "is not a sound file: its content is a video" in reason(media.clip(), "a.mp3")
    assert "is not a video: its content is a picture" in reason(media.picture(), "a.mp4")
    assert reason(media.clip(), "a.txt") == "“a.txt” is a .txt file."


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.touch()
    assert reason(path) == "“a.mp4” is empty."


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".jpg", ".png", ".gif"])
def test_half_a_file_is_incomplete(tmp_path: Path, suffix: str) -> None:
    whole = {
        ".mp4": media.clip(seconds=4),
        ".mkv": media.clip(seconds=4, suffix=".mkv"),
        ".gif": media.animated(),
    }.get(suffix) or media.picture(suffix=suffix)
    path = tmp_path / f"half{suffix}"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "is incomplete" in reason(path)


def test_index_in_front_does_not_hide_a_missing_end(tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    copied = ["-c", "copy", "-movflags", "+faststart"]
    media.ffmpeg("-i", media.clip(seconds=4), *copied, whole)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert look(whole).duration_ms == 4000
    assert reason(half) == "“half.mp4” is incomplete: it ends after 2 of 4 s."


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_missing_end_is_said_and_the_rest_taken(tmp_path: Path, suffix: str) -> None:
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    copied = ["-c", "copy", *(["-movflags", "+faststart"] if suffix == ".mp4" else [])]
    media.ffmpeg("-i", media.clip(seconds=8, suffix=suffix), *copied, whole)
    assert look(whole).notes == ()
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 93 // 100])
    found = look(cut)
    assert 6500 < found.duration_ms < 7800
    (note,) = found.notes
    assert note.startswith(f"“{cut.name}” is cut short: ")


def test_a_clock_that_begins_late_or_never_was_adds_nothing(tmp_path: Path) -> None:
    for name, options in {
        "late.mkv": ["-c", "copy", "-output_ts_offset", "1000"],
        "live.mkv": ["-c", "copy", "-live", "1", "-output_ts_offset", "5"],
        "no-edits.mp4": ["-c", "copy", "-movflags", "frag_keyframe+empty_moov"],
        "counted.avi": ["-c:v", "libx264", "-bf", "2", "-an"],
    }.items():
        path = tmp_path / name
        media.ffmpeg("-i", media.clip(), *map(str, options), path)
        assert look(path).duration_ms == pytest.approx(2000, abs=70)
    assert look(tmp_path / "counted.avi").late_ms == pytest.approx(67, abs=1)


def test_a_hole_in_a_copy_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    media.ffmpeg("-i", media.clip(seconds=8), "-c", "copy", "-cluster_time_limit", "500", path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 8] = bytes(len(data) // 8)
    path.write_bytes(data)
    found = look(path)
    assert found.duration_ms == pytest.approx(8000, abs=60)
    assert any("has neither picture nor sound from" in note for note in found.notes)


def test_a_picture_that_starts_late_is_seen_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    late = ["-itsoffset", "0.7", "-i", str(media.clip(sound=False))]
    media.ffmpeg(*late, "-i", media.clip(), "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    assert look(path).duration_ms == pytest.approx(2700, abs=34)


@pytest.mark.parametrize("name", ["a.mp4", "a.mp3", "a.mkv"])
def test_scripts_that_name_other_files_are_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "other.mp4").write_bytes(media.clip().read_bytes())
    path = tmp_path / name
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")
    assert "is not a video, picture or sound file" in reason(path)


def test_phone_picture_in_an_unknown_format(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(64))
    assert "HEIC" in reason(path)


def workers() -> list[int]:
    """The probe's processes among this one's children."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if (
                parent == os.getpid()
                and b"studio.project.probe" in (place / "cmdline").read_bytes()
            ):
                found.append(int(place.name))
    return found


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    prober = Prober()
    yield prober
    await prober.close()


async def test_a_worker_that_dies_is_not_the_files_fault(prober: Prober) -> None:
    """Another one looks at it. A file that takes every worker down is refused, and not called damaged."""
    good = await prober.probe(media.clip(), "clip.mp4", "abc")
    assert (good.kind, good.sha256) == ("video", "abc")
    (first,) = workers()
    os.kill(first, signal.SIGSTOP)  # it cannot answer before it is killed
    asking = asyncio.create_task(prober.probe(media.clip(), "clip.mp4", "x"))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    assert (await asking).kind == "video"
    asking = asyncio.create_task(prober.probe(media.clip(), "evil.mp4", "x"))
    while not asking.done():
        for pid in workers():
            with suppress(ProcessLookupError):  # it ended in the meantime
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0)
    with pytest.raises(VbtuiError) as caught:
        await asking
    assert "damaged" not in caught.value.sentence
    assert (await prober.probe(media.picture(), "p.png", "abc")).kind == "image"
    with pytest.raises(UnsupportedFile, match="not a video, picture or sound"):
        await prober.probe(media.not_media(), "notes.mp4", "x")


async def test_a_file_that_takes_long_holds_up_no_other(prober: Prober) -> None:
    await prober.probe(media.picture(), "p.png", "x")
    (first,) = workers()
    os.kill(first, signal.SIGSTOP)
    stuck = asyncio.create_task(prober.probe(media.clip(), "long.mp4", "x"))
    await asyncio.sleep(0)
    others = await asyncio.gather(
        *(prober.probe(media.clip(), f"{number}.mp4", "x") for number in range(5))
    )
    assert {media.kind for media in others} == {"video"}
    assert not stuck.done()
    os.kill(first, signal.SIGCONT)
    assert (await stuck).filename == "long.mp4"
    assert len(workers()) == 1  # the others are not kept


async def test_a_package_that_is_too_old_is_named(
    prober: Prober, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av").mkdir()
    (tmp_path / "av" / "__init__.py").write_text("from os import Disposition\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(StudioProblem, match="Disposition") as caught:
        await prober.probe(media.clip(), "clip.mp4", "x")
    assert "damaged" not in caught.value.sentence
    assert "vbtui doctor" in caught.value.hint


def gif(width: int, height: int, frames: int) -> bytes:
    """Frames of one pixel each on a large screen."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\xf0\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\4\0\5\0\0\0" + b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\2\2\x44\1\0"
    return head + frame * frames + b";"


def webp(width: int, height: int) -> bytes:
    """A lossless WebP of one colour: a few bytes whatever its size is."""
    made = BytesIO()
    Image.new("RGB", (16, 16)).save(made, "WEBP", lossless=True)
    content = bytearray(made.getvalue())
    sizes = struct.unpack("<I", content[21:25])[0] >> 28 << 28 | (width - 1) | (height - 1) << 14
    content[21:25] = struct.pack("<I", sizes)
    return bytes(content)


def png(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("1", (width, height)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.webp", lambda: webp(16000, 7000), "16000x7000 pixels; at most 25 million"),
        ("a.webp", lambda: webp(8000, 6000), "8000x6000 pixels; at most 25 million"),
        ("a.png", lambda: png(10900, 10900), "10900x10900 pixels; at most 100 million"),
        ("a.gif", lambda: gif(10000, 10000, 3000), "10000x10000 pixels; at most 25 million"),
        ("a.gif", lambda: gif(4500, 4500, 3), "4500x4500 pixels; at most 16 million"),
        ("a.gif", lambda: gif(3900, 3900, 3000), "3000 pictures of 3900x3900 pixels"),
        ("a.gif", lambda: gif(2, 2, 10_001), "10001 pictures of 2x2 pixels"),
    ],
)
def test_what_would_take_too_much_is_refused_before_it_is_decoded(
    tmp_path: Path, name: str, content: Callable[[], bytes], said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert said in reason(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
