"""Drafts for render tests, and what came out of a render, read with PyAV."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image

from tests import clips as media
from tests.waiting import PATIENCE_S
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output, render

Json = dict[str, Any]


def segment(asset: str, start: int, duration: int, **meta: Any) -> Json:
    """A clip, picture or sound on a track; times in ms."""
    identity = f"{asset}@{start}"
    return {"id": identity, "s": start, "d": duration, "m": {"asset": asset, **meta}}


def words(text: str, start: int, duration: int, **meta: Any) -> Json:
    """A text segment."""
    return {"id": f"w{start}", "s": start, "d": duration, "m": {"text": text, **meta}}


def draft(
    video: Sequence[Json] = (),
    *,
    audio: Sequence[Json] = (),
    texts: Sequence[Json] = (),
    length: int = 0,
    width: int = 320,
    height: int = 180,
    fps: float = 30,
) -> Json:
    """A draft of one track of each kind, where there is something on it."""
    tracks = [(0, video), (1, audio), (7, texts)]
    end = max((item["s"] + item["d"] for _, items in tracks for item in items), default=0)
    return {
        "t": [{"tt": kind, "id": f"t{kind}", "sg": list(items)} for kind, items in tracks if items],
        "d": length or end,
        "m": {"title": "test", "width": width, "height": height, "fps": fps},
    }


def library(**paths: Path) -> dict[str, Media]:
    """The media of `a=…, b=…`, by id."""
    return {asset: media.describe(path, asset) for asset, path in paths.items()}


@dataclass(frozen=True)
class Rendered:
    """A finished video, looked into."""

    path: Path
    frames: int
    width: int
    height: int
    fps: float
    pixel_format: str
    video_codec: str
    audio_codec: str
    sample_rate: int
    channels: int
    video_s: float
    audio_s: float
    pictures: Sequence[Image.Image]
    times: Sequence[float]

    def color(self, number: int, x: float = 0.5, y: float = 0.5) -> str:
        """red, green, blue, black, white, … of a frame at a place given as shares of its size."""
        return color_name(self.pixel(number, x, y))

    def pixel(self, number: int, x: float = 0.5, y: float = 0.5) -> tuple[int, int, int]:
        """The colour of one place of a frame."""
        picture = self.pictures[number]
        place = (
            min(self.width - 1, int(x * self.width)),
            min(self.height - 1, int(y * self.height)),
        )
        red, green, blue = picture.getpixel(place)  # type: ignore[misc]  # an RGB picture
        return red, green, blue


def color_name(pixel: tuple[int, int, int]) -> str:
    """The nearest of eight plain colours."""
    names = ["black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"]
    return names[sum((value > 127) << shift for value, shift in zip(pixel, (2, 1, 0), strict=True))]


def look(path: Path) -> Rendered:
    """Everything about the video at `path`; every frame is decoded."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        pictures, times = [], []
        for frame in container.decode(video):
            pictures.append(frame.to_image())  # type: ignore[no-untyped-call]  # PyAV
            times.append(float(frame.time or 0))
        return Rendered(
            path=path,
            frames=len(pictures),
            width=video.width,
            height=video.height,
            fps=float(video.average_rate or 0),
            pixel_format=video.codec_context.pix_fmt or "",
            video_codec=video.codec_context.name,
            audio_codec=audio.codec_context.name,
            sample_rate=audio.codec_context.sample_rate,
            channels=audio.codec_context.channels,
            video_s=float((video.duration or 0) * (video.time_base or 0)),
            audio_s=float((audio.duration or 0) * (audio.time_base or 0)),
            pictures=pictures,
            times=times,
        )


def loudness(path: Path, start_s: float, end_s: float) -> float:
    """The loudest sample, 0-1, between two times."""
    loudest = 0.0
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 48000)
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                begin = float(part.time or 0)
                samples = memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h")
                first = max(0, round((start_s - begin) * 48000))
                last = min(part.samples, round((end_s - begin) * 48000))
                if first < last:
                    values = samples[first:last].tolist()
                    loudest = max(loudest, max(values) / 32768, -min(values) / 32768)
    return loudest


def left_behind(folder: Path) -> list[str]:
    """Everything below `folder`, by its path from there."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def rendered(
    folder: Path,
    wanted: Mapping[str, Any],
    files: Mapping[str, Media],
    *,
    options: Output | None = None,
    on_progress: Callable[[float], None] = lambda percent: None,
) -> Rendered:
    """Renders a draft and looks at the video; nothing else may be left behind."""
    path = folder / "out.mp4"
    work = folder / "work"
    options = options or Output("low")
    async with asyncio.timeout(PATIENCE_S):
        await render(wanted, files, options, path, workdir=work, on_progress=on_progress)
    assert left_behind(folder) == ["out.mp4", "work"]
    return await asyncio.to_thread(look, path)
