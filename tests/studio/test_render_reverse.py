"""Clips that play backwards: the counted pictures and the samples of a source, from its end to its begin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import Json, Rendered, draft, library, loudness, rendered, segment
from vbtui.studio.project import draft as d
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import REVERSE_CHUNK_S, cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.plan import make_plan
from vbtui.timeline.model import read

_STEP = 5
"""By so much each picture of the source is lighter than the one before it."""


def counted() -> Path:
    """40 grey pictures, each lighter than the one before; a tone in the second half alone."""
    path = make.folder() / "reverse-counted.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        seen = f"color=black:s=64x36:r=30:d=1.3333,geq=lum='24+N*{_STEP}':cb=128:cr=128"
        heard = "sine=f=440:r=48000:d=1.3333,volume=0:enable='lt(t,0.6667)'"
        coded = ("-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", "-c:a", "aac")
        make.ffmpeg("-f", "lavfi", "-i", seen, "-f", "lavfi", "-i", heard, *coded, unfinished)
        unfinished.replace(path)
    return path


async def shown(folder: Path, *clips: Json) -> Rendered:
    wanted = draft(list(clips), width=64, height=36)
    return await rendered(folder, wanted, library(a=counted()), options=Output("high"))


def numbers(video: Rendered) -> list[int]:
    """Which picture of the source each frame shows."""
    seen = [picture.convert("L").getpixel((30, 18)) for picture in video.pictures]
    return [round(((light * 219 / 255) + 16 - 24) / _STEP) for light in seen]  # type: ignore[operator]  # of one band


async def test_each_picture_is_seen_once_from_the_last_to_the_first(tmp_path: Path) -> None:
    video = await shown(tmp_path, segment("a", 0, 1333, reverse=True))
    assert numbers(video) == list(range(39, -1, -1))


async def test_at_twice_the_speed_it_is_every_other_one(tmp_path: Path) -> None:
    plain = await shown(tmp_path / "plain", segment("a", 0, 600, speed=2.0))
    video = await shown(tmp_path / "back", segment("a", 0, 600, speed=2.0, reverse=True))
    assert numbers(video) == numbers(plain)[::-1]
    assert len(set(numbers(video))) == 18


async def test_parts_of_it_play_as_the_whole_did(tmp_path: Path) -> None:
    clip = segment("a", 0, 1300, reverse=True, speed=1.0, **{"in": 0})
    first, second = d.split_clip(clip, 500)
    video = await shown(tmp_path, first, {**second, "id": "b", "s": 500})
    assert numbers(video) == list(range(38, -1, -1))
    shorter = d.cut_to(clip, 300, 800)
    assert (await shown(tmp_path / "part", {**shorter, "s": 0})).frames == 15
    assert d.source_in(shorter) == 500


async def test_what_is_heard_last_is_heard_first(tmp_path: Path) -> None:
    video = await shown(tmp_path, segment("a", 0, 1300, reverse=True))
    assert loudness(video.path, 0.1, 0.5) > 0.05
    assert loudness(video.path, 0.8, 1.2) < 0.01


def test_it_is_made_in_short_chunks_and_never_copied() -> None:
    files = library(a=make.clip(seconds=2))
    files = {"a": replace(files["a"], key_gap_ms=0)}

    def plan(**meta: Any) -> Any:
        return make_plan(draft([segment("a", 0, 2000, **meta)]), files, Output())

    assert find_copies(plan())
    assert not find_copies(plan(reverse=True))
    chunks = cut_into_chunks(plan(reverse=True), {}, [])
    assert max(chunk.count for chunk in chunks) <= 30 * REVERSE_CHUNK_S
    assert not {one.key for one in chunks} & {one.key for one in cut_into_chunks(plan(), {}, [])}


def test_a_photo_has_no_direction() -> None:
    files = library(a=make.picture("red"))
    plan = make_plan(draft([segment("a", 0, 300, reverse=True)]), files, Output())
    assert not plan.shots[0].reverse


def test_the_time_in_the_source_counts_from_its_end() -> None:
    timeline = read(draft([segment("a", 1000, 2000, reverse=True, speed=2.0, **{"in": 500})]))
    assert timeline is not None
    (clip,) = timeline.tracks[0].segments
    assert [clip.source_ms(at) for at in (1000, 2000, 3000)] == [4500, 2500, 500]


def test_what_is_made_longer_takes_in_what_lies_before_it_first() -> None:
    files = library(a=make.clip(seconds=10))
    clip = segment("a", 0, 2000, reverse=True, speed=1.0, **{"in": 3000})
    longer = d.with_length(clip, 4000, files)
    assert (d.source_in(longer), d.length(longer)) == (1000, 4000)
    most = d.with_length(clip, 9000, files)
    assert (d.source_in(most), d.length(most)) == (0, 9000)


@pytest.mark.parametrize("begin", [0, 700])
def test_what_lies_over_it_goes_with_its_pieces(begin: int) -> None:
    clip = {
        "id": "s1",
        "s": 0,
        "d": 2000,
        "m": {"asset": "a", "in": begin, "speed": 1, "reverse": True},
    }
    made = d.lay_out(d.with_clips(d.empty(), [clip]))
    over = {
        "s": 0,
        "d": 1,
        "m": {"asset": "b", "overlay": {}, "place": {"at": "clips", "clips": ["s1"]}},
    }
    made = d.lay_out(d.add_segment(made, 0, over, name="Overlay"))
    cut = d.lay_out(d.with_clips(made, d.split_clip(d.clips(made)[0], 700)))
    assert [(one["s"], one["d"]) for one in d.overlays(cut)] == [(0, 2000)]
