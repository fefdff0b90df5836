"""What lies small over the picture: on pixels, on the chunks that it touches, and said where it is not known."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests import clips as make
from tests.rendered import Json, Rendered, draft, library, rendered, segment
from tests.studio.test_render_reverse import counted
from vbtui.base.errors import RenderFailed
from vbtui.studio.project import draft as d
from vbtui.studio.render import Output, frames
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.insets import PLACES, box_of
from vbtui.studio.render.overlays import OverlayFolder
from vbtui.studio.render.plan import make_plan


def laid(start: int = 0, duration: int = 300, asset: str = "logo", **overlay: Any) -> Json:
    return segment(asset, start, duration, title=asset, overlay=overlay)


def with_insets(clips: list[Json], *over: Json) -> Json:
    wanted = draft(clips)
    tracks = [
        {"tt": 0, "id": f"v{n}", "m": {"name": "Overlay"}, "sg": [one]}
        for n, one in enumerate(over, 2)
    ]
    return {**wanted, "t": [*wanted["t"], *tracks]}


async def shown(folder: Path, logo: Path, *over: Json, ms: int = 300) -> Rendered:
    files = library(a=make.clip("lime", seconds=2, width=320, height=180), logo=logo)
    wanted = with_insets([segment("a", 0, ms)], *over)
    return await rendered(folder, wanted, files, options=Output("high"))


@pytest.mark.parametrize("place", PLACES)
async def test_it_lies_where_it_should_and_the_rest_is_as_it_was(
    place: str, tmp_path: Path
) -> None:
    logo = make.picture("red", width=160, height=90)
    video = await shown(tmp_path, logo, laid(place=place, size=0.2))
    red = [
        (x, y)
        for x in range(video.width)
        for y in range(video.height)
        if video.pictures[4].getpixel((x, y))[0] > 127  # type: ignore[index]  # RGB
    ]
    columns, rows = sorted({x for x, _ in red}), sorted({y for _, y in red})
    across, down = PLACES[place]
    assert (len(columns), len(rows)) == (64, 36)
    assert len(red) == 64 * 36  # nothing beside it
    assert columns[0] == pytest.approx({0: 5, 0.5: 128, 1: 251}[across], abs=1)
    assert rows[0] == pytest.approx({0: 5, 0.5: 72, 1: 139}[down], abs=1)


async def test_it_is_there_in_its_time_alone(tmp_path: Path) -> None:
    video = await shown(tmp_path, make.picture("red"), laid(300, 200), ms=800)
    corner = [video.color(number, 0.9, 0.9) for number in range(video.frames)]
    assert corner == ["green"] * 9 + ["red"] * 6 + ["green"] * 9


async def test_what_is_below_is_seen_through_it(tmp_path: Path) -> None:
    video = await shown(tmp_path, make.picture("red"), laid(opacity=0.5))
    red, green, _ = video.pixel(4, 0.9, 0.9)
    assert 110 < red < 145
    assert 110 < green < 145


@pytest.mark.parametrize("logo", [make.clear_picture, make.alpha], ids=["picture", "video"])
async def test_what_is_clear_in_it_stays_clear(logo: Any, tmp_path: Path) -> None:
    video = await shown(tmp_path, logo(), laid(place="center", size=0.5))
    assert [video.color(4, x) for x in (0.3, 0.5, 0.7)] == ["green", "red", "green"]


async def test_a_video_moves_in_it_and_an_animation_begins_again(tmp_path: Path) -> None:
    video = await shown(tmp_path, make.animated(), laid(0, 1400), ms=1400)
    corner = [video.color(number, 0.9, 0.9) for number in (3, 12, 18, 27, 33, 41)]
    assert corner == ["red", "red", "blue", "blue", "red", "red"]


async def test_a_clip_in_it_plays_from_its_own_place_at_its_own_speed(tmp_path: Path) -> None:
    """40 grey pictures, each lighter than the one before: every other one from the 15th on."""
    over = {**laid(0, 400, place="center", size=0.5), "id": "b"}
    over["m"] |= {"in": 500, "speed": 2.0}
    video = await shown(tmp_path, counted(), over, ms=600)
    seen = [video.pixel(number, 0.5, 0.5)[0] for number in range(12)]
    steps = [b - a for a, b in pairwise(seen)]
    assert seen[0] == pytest.approx((24 + 15 * 5 - 16) * 255 / 219, abs=6)
    assert all(step == pytest.approx(10 * 255 / 219, abs=4) for step in steps)
    assert video.color(13) == "green"


def test_what_is_no_clip_any_more_leaves_the_row_and_lies_over_another() -> None:
    made = _over({"at": "clips", "clips": ["s2"], "d": 700})
    assert _spans(made) == [(2000, 2700)]


def test_a_tall_one_is_whole_and_keeps_its_shape() -> None:
    files = library(a=make.clip(), logo=make.picture("red", width=60, height=180))
    plan = make_plan(with_insets([segment("a", 0, 300)], laid(size=1)), files, Output())
    assert box_of(plan.insets[0], plan.canvas) == (254, 0, 60, 180)


async def test_a_frame_is_the_same_in_whatever_run_it_is_drawn(tmp_path: Path) -> None:
    files = library(a=make.clip(), logo=make.clip("", seconds=1, width=160, height=90))
    over = (laid(300, 700, size=0.4), laid(500, 300, place="top left", opacity=0.3))
    plan = make_plan(with_insets([segment("a", 0, 1200)], *over), files, Output())

    async def drawn(first: int, last: int) -> bytes:
        overlays = await OverlayFolder(plan, tmp_path).prepare(first, last)
        graph = Graph()
        picture = draw(graph, plan, overlays, first, last)
        script = tmp_path / "graph"
        script.write_text(graph.script)
        arguments = ("-/filter_complex", script, "-map", picture, "-f", "rawvideo", "-")
        return make.output(*graph.inputs, *arguments)

    assert await drawn(0, 17) + await drawn(17, 36) == await drawn(0, 36)


def test_it_touches_the_chunks_below_it_alone() -> None:
    files = library(a=make.clip(seconds=2), logo=make.picture("red"))
    clips = [segment("a", 2000 * place, 2000) for place in range(3)]

    def keys(*over: Json) -> list[str]:
        plan = make_plan(with_insets(clips, *over), files, Output())
        return [chunk.key for chunk in cut_into_chunks(plan, {}, [])]

    plain = keys()
    assert [a == b for a, b in zip(plain, keys(laid(2000, 2000)), strict=True)] == [
        True,
        False,
        True,
    ]
    others: list[Json] = [{}, {"place": "top"}, {"size": 0.3}, {"opacity": 0.3}]
    assert len({keys(laid(2000, 2000, **one))[1] for one in others}) == 4
    assert keys(laid(1000, 2000))[1:3] != plain[1:3]


def test_what_lies_below_it_is_not_copied() -> None:
    files = library(a=make.clip(seconds=2), logo=make.picture("red"))
    clips = [segment("a", 0, 2000), segment("a", 2000, 2000)]

    def copied(*over: Json) -> list[int]:
        plan = make_plan(with_insets(clips, *over), files, Output())
        return [one.start for one in find_copies(plan)]

    assert copied() == [0, 60]
    assert 0 not in copied(laid(0, 1000))
    assert copied(laid(0, 4000)) == []


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ({"place": "middle"}, "place"),
        ({"size": 0}, "size"),
        ({"size": 1.5}, "size"),
        ({"opacity": "0.5"}, "opacity"),
        ({"opacity": float("nan")}, "opacity"),
        ({"angle": 3}, "angle"),
    ],
)
def test_what_is_not_known_is_refused_and_not_left_out(overlay: Json, said: str) -> None:
    files = library(a=make.clip(), logo=make.picture("red"))
    with pytest.raises(RenderFailed, match=f"over the picture with an unknown {said}"):
        make_plan(with_insets([segment("a", 0, 300)], laid(**overlay)), files, Output())


def test_a_file_that_is_not_there_is_named() -> None:
    files = library(a=make.clip())
    with pytest.raises(RenderFailed, match="“logo” has no file here"):
        make_plan(with_insets([segment("a", 0, 300)], laid()), files, Output())


# In the draft


def _clip(identity: str, asset: str, length: int, begin: int = 0) -> Json:
    return {"id": identity, "s": 0, "d": length, "m": {"asset": asset, "in": begin, "speed": 1}}


def _over(place: Json) -> Json:
    sequence = [_clip("s1", "a", 2000), _clip("s2", "b", 3000), _clip("s3", "c", 1000)]
    made = d.lay_out(d.with_clips(d.empty(), sequence))
    item = {"s": 0, "d": 1, "m": {"asset": "logo", "overlay": {}, "place": place}}
    return d.lay_out(d.add_segment(made, 0, item, name="Overlay"))


def _spans(draft: Json) -> list[tuple[int, int]]:
    return [(d.start(one), d.start(one) + d.length(one)) for one in d.overlays(draft)]


def test_it_lasts_as_long_as_what_it_lies_over() -> None:
    whole, second = _over({"at": "whole"}), _over({"at": "clips", "clips": ["s2"]})
    assert (_spans(whole), _spans(second)) == ([(0, 6000)], [(2000, 5000)])
    shorter = [_clip("s1", "a", 500), _clip("s2", "b", 3000), _clip("s3", "c", 1000)]
    assert _spans(d.lay_out(d.with_clips(whole, shorter))) == [(0, 4500)]
    assert _spans(d.lay_out(d.with_clips(second, shorter))) == [(500, 3500)]
    assert _spans(d.lay_out(d.with_clips(second, [shorter[1], shorter[0]]))) == [(0, 3000)]


def test_it_goes_with_the_pieces_of_its_clip() -> None:
    second = _over({"at": "clips", "clips": ["s2"]})
    first, clip, last = d.clips(second)
    one, two = d.split_clip(clip, 1000)
    cut = d.lay_out(d.with_clips(second, [first, one, two, last]))
    assert _spans(cut) == [(2000, 5000)]
    left = [one for one in d.clips(cut) if one["id"] != "s2"]
    assert _spans(d.lay_out(d.with_clips(cut, left))) == [(2000, 4000)]


def test_it_goes_with_its_clip_and_its_track_with_it() -> None:
    second = _over({"at": "clips", "clips": ["s2"]})
    first, _, last = d.clips(second)
    gone = d.lay_out(d.with_clips(second, [first, last]))
    assert [track["id"] for track in d.tracks(gone)] == ["v1"]


async def test_a_small_picture_of_a_moment_shows_it(tmp_path: Path) -> None:
    files = library(a=make.clip("lime"), logo=make.picture("red"))

    async def drawn(*over: Json) -> Image.Image:
        wanted = with_insets([segment("a", 0, 300)], *over)
        return Image.open(BytesIO(await frames(wanted, files, 100, 160, 90))).convert("RGB")

    changed = ImageChops.difference(await drawn(), await drawn(laid())).getbbox()
    assert changed is not None
    assert changed[0] > 130
    assert changed[1] > 70
