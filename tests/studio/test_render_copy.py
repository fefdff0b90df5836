"""Clips that fit are taken over as they are, and only where that is exact."""

from __future__ import annotations

import asyncio
import shutil
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, look, rendered, segment, words
from tests.waiting import PATIENCE_S
from vbtui.base.errors import BadFile
from vbtui.base.settings import find_directories
from vbtui.studio.render import Output
from vbtui.studio.render.copying import find_copies, is_whole
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.remux import take_over
from vbtui.studio.render.sound_copying import copy_sound


def with_keys(seconds: float = 3, *, every: int = 30, color: str = "red") -> Path:
    """A clip with B-frames and a key frame every so many frames."""
    path = make.folder() / f"keys-{seconds}-{every}-{color}.mp4"
    if not path.exists():
        graph = f"testsrc2=s=320x180:r=30:d={seconds},drawbox=w=40:h=40:color={color}:t=fill"
        make.ffmpeg(
            "-f", "lavfi", "-i", graph, "-f", "lavfi", "-i", f"sine=d={seconds}",
            "-c:v", "libx264", "-preset", "medium", "-g", str(every), "-keyint_min", str(every),
            "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
        )  # fmt: skip
    return path


def pictures(path: Path) -> list[bytes]:
    """Every picture, decoded."""
    return [picture.tobytes() for picture in look(path).pictures]


async def test_whole_clips_are_joined_as_they_are(tmp_path: Path) -> None:
    files = library(a=with_keys(color="red"), b=with_keys(color="blue"))
    wanted = draft([segment("a", 0, 3000), segment("b", 3000, 3000), segment("a", 6000, 3000)])
    told: list[float] = []
    video = await rendered(tmp_path, wanted, files, on_progress=told.append)
    assert told == sorted(told)
    assert any(0 < percent < 100 for percent in told)
    a, b = pictures(files["a"].path), pictures(files["b"].path)
    assert pictures(video.path) == a + b + a
    assert video.frames == 270
    assert video.times == pytest.approx([number / 30 for number in range(270)], abs=1e-4)
    assert (video.video_s, video.audio_s) == pytest.approx((9, 9), abs=1e-4)
    assert [video.color(number, 0.05, 0.05) for number in (5, 95, 200)] == ["red", "blue", "red"]
    assert list((find_directories().cache / "chunks").glob("*/*")) == []
    data = video.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(video.path)) as container:
        decoding = [packet.dts for packet in container.demux(video=0) if packet.dts is not None]
    assert [two - one for one, two in pairwise(decoding)] == [512] * 269


async def test_parts_between_key_frames_are_taken_over(tmp_path: Path) -> None:
    files = library(a=with_keys())
    wanted = draft([segment("a", 0, 1000, **{"in": 2000}), segment("a", 1000, 1000)])
    video = await rendered(tmp_path, wanted, files)
    source = pictures(files["a"].path)
    assert pictures(video.path) == source[60:90] + source[:30]
    assert video.times == pytest.approx([number / 30 for number in range(60)], abs=1e-4)


async def test_a_file_that_goes_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "going.mp4"
    shutil.copy(with_keys(), path)
    files = library(a=path)
    plan = make_plan(draft([segment("a", 0, 3000), segment("a", 3000, 3000)]), files, Output())
    found = find_copies(plan)
    assert is_whole(plan, found)
    sound, out = tmp_path / "sound", tmp_path / "out.mp4"
    assert copy_sound(plan, found, sound)
    with pytest.raises(OSError, match="No such file"):
        await take_over(plan, found, sound, tmp_path / "none" / "out.mp4", print)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadFile, match=r"“going\.mp4” is gone or has changed meanwhile"):
        await take_over(plan, found, sound, out, print)
    path.unlink()
    with pytest.raises(BadFile, match=r"“going\.mp4” is gone or has changed meanwhile"):
        await take_over(plan, found, sound, out, print)


async def test_copying_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    files = library(a=with_keys())
    wanted = draft([segment("a", place * 3000, 3000) for place in range(60)])
    plan = make_plan(wanted, files, Output())
    found = await asyncio.to_thread(find_copies, plan)
    assert is_whole(plan, found)
    sound, out = tmp_path / "sound", tmp_path / "out.mp4"
    assert copy_sound(plan, found, sound)
    work = asyncio.create_task(take_over(plan, found, sound, out, print))
    async with asyncio.timeout(PATIENCE_S):
        while not out.exists():  # noqa: ASYNC110  # a file system tells nothing
            await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert out.stat().st_size < 60 * files["a"].size


def copies(wanted: Json, **options: int) -> bool:
    """Whether nothing is left to encode."""
    files = library(a=with_keys(), b=make.clip(seconds=3, sound=False), p=make.picture("red"))
    size = Output(width=options.get("width"), height=options.get("height"))
    plan = make_plan(wanted, files, size)
    return is_whole(plan, find_copies(plan))


def test_what_cannot_be_taken_over() -> None:
    whole = segment("a", 0, 3000)
    assert copies(draft([whole]))
    mixed = segment("a", 2500, 3000, transition={"type": "crossfade", "d": 500})
    cases: list[Json] = [
        draft([whole, segment("b", 3000, 3000)]),
        draft([whole, segment("p", 3000, 1000)]),
        draft([whole, mixed]),
        draft([whole], texts=[words("x", 0, 1000)]),
        draft([whole], length=4000),
        draft([segment("a", 100, 3000)]),
        draft([whole], fps=25),
        draft([segment("a", 0, 1500, speed=2)]),
        draft([segment("a", 0, 3000, fade_in=500)]),
        draft([segment("a", 0, 1500)]),
        draft([segment("a", 0, 500, **{"in": 500})]),
        draft([segment("a", 0, 4000)]),
    ]
    assert [copies(wanted) for wanted in cases] == [False] * len(cases)
    assert not copies(draft([whole]), width=640, height=360)
