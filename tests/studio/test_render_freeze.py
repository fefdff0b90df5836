"""Freeze frames: one picture stands still, counted frame by frame, in silence, and what is behind it comes later."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageChops, ImageStat

from tests import clips as make
from tests.rendered import Json, Rendered, draft, library, loudness, rendered, segment
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.model import Output
from vbtui.studio.render.plan import make_plan


def small(video: list[Json], *, fps: int = 30) -> Json:
    return draft(video, width=160, height=90, fps=fps)


def counted(*, fps: int = 30, seconds: int = 2) -> Path:
    """Frame n stands at n steps of grey, and there is a tone: the number of a frame can be read from it."""
    path = make.folder() / f"counted-{fps}-{seconds}.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        grey = f"color=c=black:s=160x90:r={fps}:d={seconds},geq=lum='20+N*3':cb=128:cr=128"
        tone = f"sine=f=440:r=48000:d={seconds},volume=6"
        make.ffmpeg(
            "-f", "lavfi", "-i", grey, "-f", "lavfi", "-i", tone, "-crf", "3", "-pix_fmt", "yuv420p", "-g", "12",
            "-c:a", "aac", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


def numbers(video: Rendered) -> list[int]:
    """Which frame of the file each one shows."""
    steps = []
    for at in range(video.frames):
        red, green, blue = video.pixel(at)
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        steps.append(round((luma * 219 / 255 + 16 - 20) / 3))
    return steps


def frozen(clip: Json, at: int, lasts: int, *, fps: float = 30) -> list[Json]:
    """The clip with its picture at `at` ms standing still there, as the director makes it."""
    still = {**d.frozen(clip, at, lasts, fps), "id": "still"}
    first, second = d.split_clip(clip, at)
    parts, start = [first, still, {**second, "id": "second"}], 0
    for part in parts:
        part["s"] = start
        start += part["d"]
    return parts


async def test_the_frame_stands_still_in_silence_and_the_rest_comes_behind_it(
    tmp_path: Path,
) -> None:
    clip = segment("a", 0, 2000)
    video = await rendered(tmp_path, small(frozen(clip, 1000, 500)), library(a=counted()))
    assert numbers(video) == [*range(30), *[30] * 15, *range(30, 60)]
    assert loudness(video.path, 0.2, 0.9) > 0.3
    assert loudness(video.path, 1.05, 1.45) < 0.01
    assert loudness(video.path, 1.6, 2.3) > 0.3
    stills = [video.pictures[at] for at in range(30, 45)]
    changes = [max(ImageStat.Stat(ImageChops.difference(a, b)).mean) for a, b in pairwise(stills)]
    assert max(changes) < 1


@pytest.mark.parametrize(
    ("at", "meta", "fps", "shown"),
    [
        (2000, {}, 30, 59),  # the last frame
        (0, {}, 30, 0),
        (500, {"speed": 2.0}, 30, 30),
        (333, {"speed": 3.0}, 30, 31),
        (1000, {"speed": 0.5}, 30, 15),
        (500, {"reverse": True}, 30, 44),
        (0, {"reverse": True}, 30, 59),
        (700, {"in": 400}, 30, 33),
        (700, {"in": 410}, 25, 34),
    ],
)
async def test_it_is_the_frame_that_the_clip_shows_there(
    at: int, meta: Json, fps: int, shown: int, tmp_path: Path
) -> None:
    """Of every speed and direction, also where the video has another frame rate than the file."""
    length = 2000 if not meta.get("in") else 1500
    clip = segment("a", 0, length if meta.get("speed", 1) <= 1 else 1000, **meta)
    if meta.get("speed") == 3:
        clip["d"] = 660
    alone = await rendered(tmp_path / "clip", small([clip], fps=fps), library(a=counted()))
    still = {**d.frozen(clip, at, 200, fps), "s": 0, "id": "still"}
    video = await rendered(tmp_path / "still", small([still], fps=fps), library(a=counted()))
    number = min(round(at * fps / 1000), alone.frames - 1)
    assert set(numbers(video)) == {numbers(alone)[number]} == {shown}


def test_a_still_is_drawn_once_and_stands_in_its_chunks_key() -> None:
    media: dict[str, Media] = library(a=counted())

    def planned(**meta: Any) -> Any:
        return make_plan(small([segment("a", 0, 2000, **meta)]), media, Output())

    moving, still, other = planned(), planned(freeze=True), planned(freeze=True, **{"in": 500})
    keys = {cut_into_chunks(one, {}, ())[0].key for one in (moving, still, other)}
    assert len(keys) == 3
    assert find_copies(moving)
    assert not find_copies(still)
    assert not still.sounds


def test_a_part_of_a_still_shows_the_same_and_no_speed_changes_it() -> None:
    media = library(a=counted())
    clip = segment("a", 0, 2000)
    still = {**d.frozen(clip, 700, 3000, 30), "id": "x"}
    first, second = d.split_clip(still, 1000)
    assert (d.source_in(first), d.source_in(second)) == (700, 700)
    assert d.with_speed(still, 2.0, media) == still
    assert d.length(d.with_length(still, 9000, media)) == 9000


def test_a_zoom_stands_still_with_it() -> None:
    clip = segment("a", 0, 2000, effects=[{"type": "zoom", "start": 1, "end": 1.44}])
    still = d.frozen(clip, 1000, 500, 30)
    assert d.meta(still)["effects"] == [{"type": "zoom", "start": 1.2, "end": 1.2}]
