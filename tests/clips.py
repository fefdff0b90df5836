"""Tiny real media files, made with the ffmpeg that the studio uses; each is made once a session.

Every maker returns a `Path` in one temporary directory, which the processes of a test run share.
`describe` gives the `Media` that a draft's asset needs, read with PyAV.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

import av
import imageio_ffmpeg
from PIL import Image

from vbtui.studio.project.media import AudioStream, Media

FOLDER = "VBTUI_TEST_MEDIA"
"""The variable that names the directory to those that the first process starts."""

_FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
"""Found before a test takes it from the program that it tests."""


def folder() -> Path:
    """The directory of test media; the first process that asks makes it, and removes it at exit."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="vbtui-test-media-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    return Path(os.environ[FOLDER])


def ffmpeg(*arguments: str | Path) -> None:
    """Runs the bundled ffmpeg; a failure carries what it said."""
    output(*arguments)


def output(*arguments: str | Path) -> bytes:
    """What the bundled ffmpeg writes to its standard output."""
    command = [_FFMPEG, "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def unfinished(path: Path) -> Path:
    """Where this process writes what shall stand at `path`: others may be writing the same."""
    return path.with_stem(f"unfinished-{os.getpid()}-{path.stem}")


def _make(name: str, arguments: Sequence[str | Path]) -> Path:
    return _made(name, lambda mine: ffmpeg(*arguments, mine))


def _made(name: str, write: Callable[[Path], object]) -> Path:
    """The file of that name, whole; when several processes make it, the first one's stays."""
    path = folder() / name
    if not path.exists():
        mine = unfinished(path)
        write(mine)
        with suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path


_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p")


def _source(color: str, width: int, height: int, fps: str, seconds: float) -> str:
    size = f"s={width}x{height}:r={fps}:d={seconds}"
    return f"testsrc2={size}" if not color else f"color=c={color}:{size}"


def clip(
    color: str = "",
    *,
    seconds: float = 2,
    width: int = 320,
    height: int = 180,
    fps: str = "30",
    sound: bool = True,
    hz: int = 440,
    suffix: str = ".mp4",
) -> Path:
    """An H.264 clip: a moving test picture, or one plain `color`; with a sine tone or silent."""
    name = f"clip-{color or 'test'}-{seconds}-{width}x{height}-{fps.replace('/', '_')}"
    name += f"-{hz if sound else 'silent'}{suffix}"
    arguments = ["-f", "lavfi", "-i", _source(color, width, height, fps, seconds)]
    if sound:
        arguments += ["-f", "lavfi", "-i", f"sine=f={hz}:r=48000:d={seconds}", "-c:a", "aac"]
    return _make(name, [*arguments, *_H264, "-shortest"])


def portrait(color: str = "", *, seconds: float = 2, sound: bool = True) -> Path:
    """180x320."""
    return clip(color, seconds=seconds, width=180, height=320, sound=sound)


def halves(
    top: str = "red",
    bottom: str = "blue",
    *,
    seconds: float = 2,
    width: int = 320,
    height: int = 180,
) -> Path:
    """A silent clip whose upper half is `top` and whose lower half is `bottom`."""
    graph = (
        f"color=c={top}:s={width}x{height}:r=30:d={seconds},"
        f"drawbox=y=ih/2:h=ih/2:color={bottom}:t=fill"
    )
    name = f"halves-{top}-{bottom}-{seconds}-{width}x{height}.mp4"
    return _make(name, ["-f", "lavfi", "-i", graph, *_H264])


def rotated(degrees: int = 90, *, seconds: float = 2) -> Path:
    """A phone clip: stored 320x180, with a display matrix that turns it `degrees` clockwise.

    Upright, its upper half is red and its lower half blue.
    """
    width, height = (180, 320) if degrees in (90, 270) else (320, 180)
    upright = (
        f"color=c=red:s={width}x{height}:r=30:d={seconds},drawbox=y=ih/2:h=ih/2:color=blue:t=fill"
    )
    turn = {0: "null", 90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}[degrees]
    stored = _make(
        f"turned-{degrees}-{seconds}.mp4", ["-f", "lavfi", "-i", f"{upright},{turn}", *_H264]
    )
    shown: list[str | Path] = ["-display_rotation:v:0", str(-degrees), "-i", stored, "-c", "copy"]
    return _make(f"rotated-{degrees}-{seconds}.mp4", shown)


def variable_fps(*, seconds: float = 2) -> Path:
    """A clip whose frames come at 40 ms and 120 ms in turn."""
    drop = "select='lt(mod(n,4),2)'"
    graph = f"testsrc2=s=320x180:r=25:d={seconds},{drop}"
    return _make(
        f"vfr-{seconds}.mp4",
        ["-f", "lavfi", "-i", graph, *_H264, "-fps_mode", "vfr", "-video_track_timescale", "90000"],
    )


def ten_bit(*, seconds: float = 2, suffix: str = ".mkv") -> Path:
    """HEVC with ten bits a sample."""
    graph = f"testsrc2=s=320x180:r=30:d={seconds}"
    codec = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]
    arguments = ["-f", "lavfi", "-i", graph, *codec, "-pix_fmt", "yuv420p10le"]
    return _make(f"ten-bit-{seconds}{suffix}", arguments)


def alpha(*, seconds: float = 2, suffix: str = ".webm") -> Path:
    """A red box in the middle of a transparent picture: `.webm` is VP9, `.mov` is ProRes 4444."""
    graph = (
        f"color=c=black@0:s=320x180:r=30:d={seconds},format=rgba,"
        "drawbox=x=120:y=60:w=80:h=60:color=red@1:t=fill:replace=1"
    )
    if suffix == ".mov":
        codec = ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"]
    else:
        codec = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuva420p"]
    return _make(f"alpha-{seconds}{suffix}", ["-f", "lavfi", "-i", graph, *codec])


def picture(color: str = "", *, suffix: str = ".png", width: int = 320, height: int = 180) -> Path:
    """A still: `.png`, `.jpg`, `.gif` or `.webp`."""
    graph = f"{_source(color, width, height, '1', 1)}"
    name = f"picture-{color or 'test'}-{width}x{height}{suffix}"
    codec = ["-c:v", "libwebp"] if suffix == ".webp" else []
    last = ["-update", "1"] if suffix in (".png", ".jpg") else []
    return _make(name, ["-f", "lavfi", "-i", graph, "-frames:v", "1", *codec, *last])


def clear_picture() -> Path:
    """A PNG: a red box in the middle of a transparent picture."""
    graph = (
        "color=c=black@0:s=320x180,format=rgba,"
        "drawbox=x=120:y=60:w=80:h=60:color=red@1:t=fill:replace=1"
    )
    return _make("clear.png", ["-f", "lavfi", "-i", graph, "-frames:v", "1", "-update", "1"])


def animated(*, seconds: float = 1, suffix: str = ".gif") -> Path:
    """An animation of 10 frames a second, `.gif` or `.webp`: red first, then blue."""
    graph = (
        f"color=c=red:s=160x90:r=10:d={seconds},"
        f"drawbox=color=blue:t=fill:enable='gte(t,{seconds / 2})'"
    )
    codec = ["-c:v", "libwebp_anim", "-loop", "0"] if suffix == ".webp" else []
    return _make(f"animated-{seconds}{suffix}", ["-f", "lavfi", "-i", graph, *codec])


def sound(
    *,
    seconds: float = 2,
    suffix: str = ".mp3",
    rate: int = 44100,
    channels: int = 2,
    hz: int = 330,
) -> Path:
    """A sine tone: `.mp3`, `.wav`, `.m4a` or `.aac`."""
    codec = {".mp3": "libmp3lame", ".wav": "pcm_s16le"}.get(suffix, "aac")
    name = f"sound-{seconds}-{rate}-{channels}-{hz}{suffix}"
    tone = f"sine=f={hz}:r={rate}:d={seconds}"
    return _make(name, ["-f", "lavfi", "-i", tone, "-ac", str(channels), "-c:a", codec])


def changing_sound(suffix: str = ".mp3") -> Path:
    """An mp3 or `.aac` of three tones of 1 s, joined as `cat` does: 440 Hz mono, 880 Hz stereo at another rate,
    440 Hz mono."""
    parts = [
        sound(seconds=1, suffix=suffix, rate=rate, channels=channels, hz=hz)
        for rate, channels, hz in ((44100, 1, 440), (48000, 2, 880), (44100, 1, 440))
    ]
    data = b"".join(part.read_bytes() for part in parts)
    return _made(f"changing{suffix}", lambda mine: mine.write_bytes(data))


def not_media(name: str = "notes.mp4") -> Path:
    """A text file with a video's name."""
    return _made(name, lambda mine: mine.write_text("This is not a video.\n" * 50))


def cut_off(*, seconds: float = 4) -> Path:
    """A Matroska clip whose second half is damaged."""
    data = clip(seconds=seconds, suffix=".mkv").read_bytes()
    damaged = data[: len(data) // 2] + bytes(len(data) // 4)
    return _made(f"cut-off-{seconds}.mkv", lambda mine: mine.write_bytes(damaged))


def describe(path: Path, asset: str = "a1", *, name: str = "") -> Media:
    """The `Media` of `path`, as the studio's probe would give it."""
    with Image.open(path) if path.suffix in _PICTURES else nullcontext() as image:
        if image is not None:
            return _describe_picture(path, asset, name or path.name, image)
    with av.open(str(path)) as container:
        duration_ms = round((container.duration or 0) / 1000)
        sounds = [stream.codec_context for stream in container.streams.audio]
        audio = (
            AudioStream(sounds[0].name, sounds[0].sample_rate, sounds[0].channels, duration_ms)
            if sounds
            else None
        )
        common = (path, path.stat().st_size, _sha256(path), duration_ms)
        if not container.streams.video:
            return Media(asset, name or path.name, "audio", *common, audio=audio)
        stream = container.streams.video[0]
        first = next(container.decode(stream))
        rotation = round(-first.rotation) % 360
        size = (first.width, first.height)
        width, height = size if rotation in (0, 180) else size[::-1]
        pixels = stream.codec_context.pix_fmt or ""
        return Media(
            asset,
            name or path.name,
            "video",
            *common,
            width=width,
            height=height,
            rotation=rotation,
            fps=float(stream.average_rate or 0),
            video_codec=stream.codec_context.name,
            pixel_format=pixels,
            has_alpha=pixels.startswith("yuva") or "alpha_mode" in stream.metadata,
            audio=audio,
        )


_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def _describe_picture(path: Path, asset: str, name: str, image: Image.Image) -> Media:
    durations = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        durations.append(int(image.info.get("duration", 0)))
    total = sum(durations) if len(durations) > 1 else 0
    return Media(
        asset,
        name,
        "video" if total else "image",
        path,
        path.stat().st_size,
        _sha256(path),
        total,
        width=image.width,
        height=image.height,
        fps=1000 * len(durations) / total if total else 0,
        video_codec=path.suffix[1:],
        pixel_format="rgba" if image.has_transparency_data else "rgb24",
        has_alpha=image.has_transparency_data,
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
