"""Speed ramps, rendered: each frame shows the counted picture that the formula says, and its sound comes with it, in its own
pitch."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.rendered import Json, Rendered, draft, library, rendered, segment
from vbtui.interchange.otio import extras
from vbtui.studio.director.ranges import goes_on, rejoined
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.model import Output
from vbtui.studio.render.plan import make_plan
from vbtui.timeline.model import read

FPS = 30
SECONDS = 4
FLASHES = tuple(range(15, FPS * SECONDS, 30))
"""Frames from which on it is white at the bottom for three frames, while a beep of 0.1 s is heard."""


def small(video: list[Json], *, fps: int = FPS) -> Json:
    return draft(video, width=160, height=90, fps=fps)


def counted(sound: str = "beeps") -> Path:
    """Each frame says its number in eight bars, white for 1; every second there is a flash with a beep, or always a tone."""
    path = make.folder() / f"numbers-{sound}.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        bars = "mod(floor(N/pow(2,floor(X/20))),2)"
        flash = "between(mod(N-15,30),0,2)"
        picture = f"color=c=black:s=160x90:r={FPS}:d={SECONDS},geq=lum='16+219*if(lt(Y,60),{bars},{flash})':cb=128:cr=128"
        beeps = "0.7*sin(2*PI*1000*t)*between(mod(t-0.5,1),0,0.1)*gte(t,0.5)"
        tone = "0.5*sin(2*PI*440*t)"
        heard = f"aevalsrc='{beeps if sound == 'beeps' else tone}':s=48000:d={SECONDS}"
        make.ffmpeg(
            "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", heard, "-crf", "3", "-pix_fmt", "yuv420p", "-g", "12",
            "-c:a", "aac", "-b:a", "192k", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


def numbers(video: Rendered) -> list[int]:
    """Which frame of the file each one shows."""
    return [
        sum((video.pixel(at, (bar * 20 + 10) / 160, 0.3)[0] > 127) << bar for bar in range(8))
        for at in range(video.frames)
    ]


def ramp(first: float, last: float, played: int = SECONDS * 1000, **meta: object) -> Json:
    """So many ms of the file's begin, from one speed to the other."""
    lasts = math.floor(2 * played / (first + last))
    return segment(
        "a", 0, lasts, speed=(first + last) / 2, ramp={"from": first, "to": last}, **meta
    )


def played(first: float, last: float, lasts_s: float, at_s: float) -> float:
    """s of the source: the formula, written down once more."""
    return first * at_s + (last - first) * at_s**2 / (2 * lasts_s)


def formula(first: float, last: float, lasts_s: float, frame: int, fps: int = FPS) -> int:
    """The frame of the file that is seen: the latest that has begun, or begins within 0.39 of a frame."""
    return min(
        FPS * SECONDS - 1,
        math.floor(played(first, last, lasts_s, (frame + 0.39) / fps) * FPS + 1e-6),
    )


@pytest.mark.parametrize(
    ("first", "last", "fps"),
    [(1, 3, 30), (3, 1, 30), (0.5, 2, 30), (1, 0.25, 30), (0.2, 6, 25)],
)
async def test_each_frame_shows_what_the_formula_says(
    first: float, last: float, fps: int, tmp_path: Path
) -> None:
    clip = ramp(first, last)
    lasts_s = clip["d"] / 1000
    video = await rendered(tmp_path, small([clip], fps=fps), library(a=counted()))
    assert video.frames == pytest.approx(lasts_s * fps, abs=0.5)
    seen = numbers(video)
    assert seen == [formula(first, last, lasts_s, at, fps) for at in range(video.frames)]
    steps = [b - a for a, b in pairwise(seen)]
    assert (sum(steps[:15]) < sum(steps[-15:])) == (first < last)


def samples(path: Path) -> list[int]:
    heard: list[int] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 48000)
        for frame in container.decode(audio=0):
            for one in resampler.resample(frame):
                heard += memoryview(bytes(one.planes[0])[: one.samples * 2]).cast("h").tolist()
    return heard


def beeps(path: Path) -> list[float]:
    """The middle of each, s: where half of it has been heard. Its begin is blurred where it is slow."""
    runs: list[list[tuple[int, int]]] = []
    for at, value in enumerate(samples(path)):
        if abs(value) > 2000:
            if not runs or at - runs[-1][-1][0] > 2400:
                runs.append([])
            runs[-1].append((at, value * value))
    return [
        sum(at * loud for at, loud in run) / sum(loud for _, loud in run) / 48000 for run in runs
    ]


def flashes(video: Rendered) -> list[float]:
    """The middle of each, s."""
    lit = [at for at in range(video.frames) if video.pixel(at, 0.5, 0.9)[0] > 127]
    begins = [at for at in lit if at - 1 not in lit]
    ends = [at + 1 for at in lit if at + 1 not in lit]
    return [(a + b) / 2 / video.fps for a, b in zip(begins, ends, strict=True)]


@pytest.mark.parametrize(("first", "last"), [(1, 3), (3, 1), (0.5, 2), (1, 0.4)])
async def test_what_is_heard_comes_with_what_is_seen(
    first: float, last: float, tmp_path: Path
) -> None:
    clip = ramp(first, last)
    lasts_s = clip["d"] / 1000
    video = await rendered(tmp_path, small([clip]), library(a=counted()))
    seen, heard = flashes(video), beeps(video.path)
    assert len(seen) == len(heard) == len(FLASHES)
    for picture, sound, frame in zip(seen, heard, FLASHES, strict=True):
        source = played(first, last, lasts_s, sound) * FPS
        assert source == pytest.approx(frame + 1.5, abs=max(first, last))
        assert sound == pytest.approx(picture, abs=1 / FPS)
    gaps = [b - a for a, b in pairwise(heard)]
    assert gaps == sorted(gaps, reverse=first < last)


async def test_the_pitch_stays(tmp_path: Path) -> None:
    clip = ramp(0.5, 2)
    video = await rendered(tmp_path, small([clip]), library(a=counted("tone")))
    heard = samples(video.path)
    for begin in (0.2, 1.2, 2.2, 2.8):
        part = heard[round(begin * 48000) : round((begin + 0.3) * 48000)]
        hertz = sum(a < 0 <= b for a, b in pairwise(part)) / 0.3
        assert hertz == pytest.approx(440, rel=0.03)
        assert max(part) > 8000


async def test_its_pieces_play_on_where_it_was_cut(tmp_path: Path) -> None:
    """As the whole one does, in pictures and in sound; also what is left of it behind a cut."""
    clip = ramp(1, 3)
    lasts_s = clip["d"] / 1000
    first, rest = d.split_clip(clip, 700)
    second, third = d.split_clip(rest, 800)
    assert d.meta(first)["ramp"] == {"from": 1, "to": 1.7}
    assert d.meta(second)["ramp"] == {"from": 1.7, "to": 2.5}
    pieces = [{**first, "s": 0}, {**second, "s": 700, "id": "y"}, {**third, "s": 1500, "id": "z"}]
    whole = numbers(await rendered(tmp_path / "whole", small([clip]), library(a=counted())))
    cut = await rendered(tmp_path / "cut", small(pieces), library(a=counted()))
    assert all(abs(a - b) <= 1 for a, b in zip(whole, numbers(cut), strict=True))
    for sound, frame in zip(beeps(cut.path), FLASHES, strict=True):
        source = played(1, 3, lasts_s, sound) * FPS
        assert source == pytest.approx(frame + 1.5, abs=3)
    assert goes_on({**first, "id": "x"}, {**second, "id": "y"})
    again = rejoined(rejoined({**first, "s": 0}, second), third)
    assert (again["d"], d.meta(again)["ramp"]) == (clip["d"], {"from": 1, "to": 3})


async def test_backwards_it_is_as_fast_as_it_was_said(tmp_path: Path) -> None:
    clip = ramp(1, 3, reverse=True)
    video = await rendered(tmp_path, small([clip]), library(a=counted()))
    seen = numbers(video)
    steps = [a - b for a, b in pairwise(seen)]
    assert min(steps) >= 0
    assert sum(steps[:15]) < sum(steps[-15:])
    last = FPS * SECONDS - 1
    expected = [last - played(1, 3, 2, at / FPS) * FPS for at in range(video.frames)]
    assert all(abs(a - b) <= 3 for a, b in zip(seen, expected, strict=True))
    for picture, sound in zip(flashes(video), beeps(video.path), strict=True):
        assert sound == pytest.approx(picture, abs=1 / FPS)
    left = d.cut_to(clip, 500, 2000)
    assert (d.source_in(left), d.meta(left)["ramp"]) == (0, {"from": 1.5, "to": 3})
    left = d.cut_to(clip, 0, 1500)
    assert (d.source_in(left), d.meta(left)["ramp"]) == (1375, {"from": 1, "to": 2.5})


@pytest.mark.parametrize(
    ("at", "meta"), [(700, {}), (1500, {}), (0, {}), (1200, {"reverse": True})]
)
async def test_a_freeze_frame_shows_what_it_shows_there(
    at: int, meta: Json, tmp_path: Path
) -> None:
    clip = ramp(1, 3, **meta)
    moving = await rendered(tmp_path / "clip", small([clip]), library(a=counted()))
    still = {**d.frozen(clip, at, 200, FPS), "s": 0, "id": "still"}
    assert "ramp" not in d.meta(still)
    video = await rendered(tmp_path / "still", small([still]), library(a=counted()))
    assert set(numbers(video)) == {numbers(moving)[round(at * FPS / 1000)]}


def test_it_stands_in_its_chunks_key_and_is_not_copied() -> None:
    media: dict[str, Media] = library(a=counted())
    even = segment("a", 0, 2000, speed=1.0)
    plans = [make_plan(small([one]), media, Output()) for one in (even, ramp(0.5, 1.5, 2000))]
    first, second = (cut_into_chunks(one, {}, ())[0].key for one in plans)
    assert first != second
    assert [bool(find_copies(one)) for one in plans] == [True, False]


def test_what_hangs_at_a_moment_of_the_file_comes_when_that_is_seen() -> None:
    place = {"at": "source", "asset": "a", "ms": 1000, "d": 1000}
    text = {"id": "t", "s": 0, "d": 1, "m": {"text": "Hi", "place": place}}
    wanted = {**small([ramp(1, 3)]), "m": {"width": 160, "height": 90, "fps": 30}}
    wanted = d.add_segment(wanted, 7, text)
    (shown,) = d.texts(d.lay_out(wanted))
    assert (d.start(shown), d.start(shown) + d.length(shown)) == (
        math.ceil((math.sqrt(1 + 2 * 1) - 1) * 1000),
        math.ceil((math.sqrt(1 + 2 * 2) - 1) * 1000),
    )


def test_other_programs_get_its_mean_and_are_told_so() -> None:
    found = read(small([ramp(1, 3)]))
    assert found is not None
    assert "speeds that change little by little" in extras(found)
    assert found.tracks[0].segments[0].speed == 2
