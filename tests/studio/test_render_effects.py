"""Effects of a clip: on pixels, on the chunks that they touch, and said where they are not known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from tests import clips as make
from tests.rendered import Rendered, draft, library, rendered, segment
from tests.studio.test_render_shown import CORNERS
from vbtui.base.errors import RenderFailed
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import cut_into_chunks
from vbtui.studio.render.copying import find_copies
from vbtui.studio.render.drawing import draw
from vbtui.studio.render.effects import KINDS, LOOKS, read_effects
from vbtui.studio.render.graph import Graph
from vbtui.studio.render.model import Plan
from vbtui.studio.render.overlays import OverlayFolder
from vbtui.studio.render.plan import make_plan

Effects = list[dict[str, Any]]
CORNER = ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))


def corners() -> Path:
    """Red, green, blue and white, row by row."""
    path = make.folder() / "effects-corners.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        graph = f"color=c=white:s=320x180:r=30:d=1,{CORNERS}"
        make.ffmpeg("-f", "lavfi", "-i", graph, "-crf", "5", "-pix_fmt", "yuv420p", unfinished)
        unfinished.replace(path)
    return path


def photo() -> Path:
    """A photo of the same."""
    path = make.folder() / "effects-corners.png"
    if not path.exists():
        picture = Image.new("RGB", (320, 180), "white")
        for color, place in (("red", (0, 0)), ((0, 255, 0), (160, 0)), ("blue", (0, 90))):
            picture.paste(color, (*place, place[0] + 160, place[1] + 90))
        unfinished = make.unfinished(path)
        picture.save(unfinished)
        unfinished.replace(path)
    return path


async def seen(folder: Path, media: Path, effects: Effects, **meta: Any) -> Rendered:
    """The media with its effects, on a canvas of its own size unless told otherwise."""
    size = {key: meta.pop(key) for key in ("width", "height") if key in meta}
    clip = segment("a", 0, 300, effects=effects, **meta)
    return await rendered(folder, draft([clip], **size), library(a=media), options=Output("high"))


def named(video: Rendered) -> list[str]:
    return [video.color(4, x, y) for x, y in CORNER]


@pytest.mark.parametrize("source", [corners, photo])
@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ([{"type": "flip", "axis": "horizontal"}], "green red white blue"),
        ([{"type": "flip", "axis": "vertical"}], "blue white red green"),
        ([{"type": "rotate", "degrees": 180}], "white blue green red"),
        ([{"type": "rotate", "degrees": 90}], "blue red white green"),
        ([{"type": "rotate", "degrees": 270}], "green white red blue"),
        ([{"type": "rotate", "degrees": 90}, {"type": "flip"}], "red blue green white"),
        ([{"type": "flip"}, {"type": "rotate", "degrees": 90}], "white green blue red"),
    ],
)
async def test_a_picture_is_turned_and_mirrored_in_the_order_of_its_effects(
    source: Any, effects: Effects, expected: str, tmp_path: Path
) -> None:
    lies = any(one.get("degrees") in (90, 270) for one in effects)
    size = {"width": 180, "height": 320} if lies else {}
    assert named(await seen(tmp_path, source(), effects, **size)) == expected.split()


async def test_what_is_turned_is_fitted_as_it_lies(tmp_path: Path) -> None:
    """A landscape picture on its side does not fill a landscape frame: it stands between bars."""
    turn: Effects = [{"type": "rotate", "degrees": 90}]
    video = await seen(tmp_path, corners(), turn, fit="contain")
    assert video.color(4, 0.05) == video.color(4, 0.95) == "black"
    assert [video.color(4, x, y) for x, y in ((0.4, 0.1), (0.6, 0.1), (0.4, 0.9))] == [
        "blue", "red", "white",
    ]  # fmt: skip


def luma(pixel: tuple[int, int, int]) -> float:
    return 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2]


@pytest.mark.parametrize(
    ("effect", "holds"),
    [
        ({"type": "look", "name": "bw"}, lambda r, g, b: max(r, g, b) - min(r, g, b) <= 3),
        ({"type": "look", "name": "sepia"}, lambda r, g, b: r > g > b),
        ({"type": "look", "name": "warm"}, lambda r, g, b: r > 130 and b < 115),
        ({"type": "look", "name": "cool"}, lambda r, g, b: r < 115 and b > 130),
        ({"type": "look", "name": "faded"}, lambda r, g, b: abs(r - g) < 4),
        ({"type": "colour", "temperature": 0.5}, lambda r, g, b: r > 130 and b < 115),
        ({"type": "colour", "brightness": 0.3}, lambda r, g, b: 140 < r < 200 and abs(r - b) < 4),
        ({"type": "colour", "brightness": -0.3}, lambda r, g, b: 60 < r < 115),
        ({"type": "colour", "gamma": 0.5}, lambda r, g, b: 140 < r < 190),
        ({"type": "colour", "contrast": 1}, lambda r, g, b: abs(r - 128) < 6),
    ],
)
@pytest.mark.parametrize("kind", ["video", "photo"])
async def test_a_grey_patch_takes_the_colour_of_the_look(
    effect: dict[str, Any], holds: Any, kind: str, tmp_path: Path
) -> None:
    grey = "0x808080"
    source = (
        make.clip(grey, seconds=0.5, width=320, height=180)
        if kind == "video"
        else make.picture(grey.replace("0x", "#"), width=320, height=180)
    )
    assert holds(*(await seen(tmp_path, source, [effect])).pixel(4))


async def test_saturation_leaves_light_as_it_was(tmp_path: Path) -> None:
    plain = await seen(tmp_path, corners(), [])
    grey = await seen(tmp_path, corners(), [{"type": "colour", "saturation": -1}])
    for place in CORNER:
        red, green, blue = grey.pixel(4, *place)
        assert max(red, green, blue) - min(red, green, blue) <= 3
        assert luma((red, green, blue)) == pytest.approx(luma(plain.pixel(4, *place)), abs=6)


@pytest.mark.parametrize("source", [corners, photo])
async def test_a_look_changes_the_picture_and_not_the_black_around_it(
    source: Any, tmp_path: Path
) -> None:
    faded: Effects = [{"type": "look", "name": "faded"}]
    video = await seen(tmp_path, source(), faded, fit="contain", width=320, height=320)
    assert max(video.pixel(4, 0.5, 0.05)) <= 2
    assert min(video.pixel(4, 0.9, 0.7)) < 245  # its white is less than white


async def test_edges_are_sharper_softer_and_smoother(tmp_path: Path) -> None:
    """How far the picture is from even, along the edge between two of its colours."""

    async def steepness(effects: Effects) -> float:
        picture = (await seen(tmp_path, corners(), effects)).pictures[4].convert("L")
        row = [float(picture.getpixel((x, 20))) for x in range(140, 180)]  # type: ignore[arg-type]  # of one band
        return max(abs(a - b) for a, b in pairwise(row))

    plain, sharp = await steepness([]), await steepness([{"type": "sharpen", "amount": 1}])
    soft = await steepness([{"type": "blur", "amount": 1}])
    assert soft < plain / 4
    assert sharp > plain


_WITHOUT = ("colour", "zoom", "crop", "straighten", "hide", "lut", "stabilise", "key")
"""Without a value, or without a filter of their own."""


def test_every_effect_and_look_can_be_drawn() -> None:
    """Each has filters; which of them ffmpeg lacks is found out before it renders."""
    assert all(one().filters(320) for name, one in KINDS.items() if name not in _WITHOUT)
    assert read_effects([{"type": "look", "name": name} for name in LOOKS])


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ([{"type": "glow"}], "an effect that is not known \\(glow\\)"),
        ([{"type": "rotate", "degrees": 45}], "the effect rotate with an unknown degrees"),
        ([{"type": "rotate", "degrees": "90"}], "the effect rotate with an unknown degrees"),
        ([{"type": "blur", "radius": 3}], "the effect blur with an unknown radius"),
        ([{"type": "look", "name": "[0:v]null"}], "the effect look with an unknown name"),
        ([{"type": "colour", "brightness": float("nan")}], "an unknown brightness"),
        ([["flip"]], "an effect that is not known"),
        ("flip", "a list of effects that is none"),
        ([{"type": "flip"}] * 17, "a list of effects that is none"),
    ],
    ids=str,
)
def test_what_is_not_known_is_refused_and_not_left_out(effects: Any, said: str) -> None:
    clip = segment("a", 0, 300, effects=effects)
    with pytest.raises(RenderFailed, match=said):
        make_plan(draft([clip]), library(a=corners()), Output())


def test_an_effect_touches_the_chunks_of_its_clip_alone() -> None:
    files = library(a=make.clip(seconds=2, width=320, height=180))

    def keys(*effects: Effects) -> list[str]:
        clips = [segment("a", 2000 * place, 2000, effects=one) for place, one in enumerate(effects)]
        plan = make_plan(draft(clips), files, Output())
        return [chunk.key for chunk in cut_into_chunks(plan, {}, [])]

    plain, changed = keys([], [], []), keys([], [{"type": "sharpen"}], [])
    assert [a == b for a, b in zip(plain, changed, strict=True)] == [True, False, True]
    assert keys([], [{"type": "sharpen", "amount": 0.6}], []) != changed


def test_a_clip_with_an_effect_is_not_copied() -> None:
    files: dict[str, Media] = library(a=make.clip(seconds=2, width=320, height=180))
    files = {"a": replace(files["a"], key_gap_ms=0)}

    def copied(effects: Effects) -> bool:
        clip = segment("a", 0, 2000, effects=effects)
        return bool(find_copies(make_plan(draft([clip]), files, Output())))

    assert copied([])
    assert not copied([{"type": "flip"}])


def widths(video: Rendered, color: str) -> list[int]:
    """In each frame, how many pixels of its middle row have that colour."""
    return [
        sum(video.color(number, (x + 0.5) / video.width) == color for x in range(video.width))
        for number in range(video.frames)
    ]


def dot() -> Path:
    """A black square in the middle of white, a twelfth as wide as the picture."""
    path = make.folder() / "effects-dot.png"
    if not path.exists():
        picture = Image.new("RGB", (480, 270), "white")
        picture.paste("black", (220, 115, 260, 155))
        unfinished = make.unfinished(path)
        picture.save(unfinished)
        unfinished.replace(path)
    return path


@pytest.mark.parametrize("way", [1, -1])
async def test_a_zoom_moves_evenly_from_its_begin_to_its_end(way: int, tmp_path: Path) -> None:
    start, end = (1, 2)[::way]
    zoom: Effects = [{"type": "zoom", "start": start, "end": end}]
    clips = [segment("a", 0, 1000, effects=zoom)]
    video = await rendered(
        tmp_path, draft(clips, width=480, height=270), library(a=dot()), options=Output("high")
    )
    seen = widths(video, "black")[::way]
    assert seen == sorted(seen)
    assert [seen[0], seen[-1]] == pytest.approx([40, 80], abs=2)
    assert max(b - a for a, b in pairwise(seen)) <= 4


async def test_a_zoom_goes_on_where_a_chunk_ends(tmp_path: Path) -> None:
    """Drawn as one run and in pieces, each frame is the same: cuts lie anywhere."""
    zoom: Effects = [{"type": "zoom", "start": 1, "end": 1.5, "x": 0.0, "to_x": 1.0}]
    plan = make_plan(
        draft([segment("a", 0, 2000, effects=zoom)], width=240, height=136),
        library(a=corners()),
        Output(),
    )

    async def drawn(first: int, last: int) -> bytes:
        overlays = await OverlayFolder(plan, tmp_path).prepare(first, last)
        graph = Graph()
        picture = draw(graph, plan, overlays, first, last)
        script = tmp_path / "graph"
        script.write_text(graph.script)
        shown = ("-/filter_complex", script, "-map", picture, "-f", "rawvideo", "-")
        return make.output(*graph.inputs, *shown)

    whole = await drawn(0, 60)
    assert await drawn(0, 17) + await drawn(17, 60) == whole


def test_a_longer_clip_zooms_more_slowly_in_all_its_chunks() -> None:
    def keys(ms: int, *effects: dict[str, Any]) -> list[str]:
        clip = segment("a", 0, ms, effects=list(effects))
        plan = make_plan(draft([clip]), library(a=photo()), Output())
        return [chunk.key for chunk in cut_into_chunks(plan, {}, [])]

    zoom = {"type": "zoom"}
    assert not set(keys(10_000, zoom)) & set(keys(20_000, zoom))
    assert len(set(keys(10_000, zoom))) == 2
    assert len(set(keys(10_000))) == 1


def grainy() -> Path:
    """Dark grey beside light grey, each pixel of each picture with noise of its own."""
    path = make.folder() / "effects-grainy.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        graph = "color=c=0x505050:s=320x180:r=30:d=1,drawbox=x=160:color=0xA0A0A0:t=fill,noise=alls=8:allf=t"
        make.ffmpeg("-f", "lavfi", "-i", graph, "-crf", "3", "-pix_fmt", "yuv420p", unfinished)
        unfinished.replace(path)
    return path


def spread(video: Rendered, number: int) -> tuple[float, float]:
    """How far the pixels of the left half lie from each other, and the step between both halves."""
    picture = video.pictures[number].convert("L")
    left, right = picture.crop((10, 10, 150, 170)), picture.crop((170, 10, 310, 170))
    means = [ImageStat.Stat(half).mean[0] for half in (left, right)]
    return ImageStat.Stat(left).stddev[0], means[1] - means[0]


async def test_grain_goes_and_edges_stay(tmp_path: Path) -> None:
    plain = await seen(tmp_path, grainy(), [])
    for amount, share in ((0.3, 0.75), (0.5, 0.5), (1, 0.35)):
        clean = await seen(tmp_path, grainy(), [{"type": "degrain", "amount": amount}])
        (noise, step), (less, same) = spread(plain, 6), spread(clean, 6)
        assert less < share * noise
        assert same == pytest.approx(step, abs=2)


async def test_grain_goes_from_a_chunk_s_first_picture_on(tmp_path: Path) -> None:
    """The pictures before it are looked at as well: drawn in pieces, no picture is another."""
    clip = segment("a", 0, 900, effects=[{"type": "degrain"}])
    for meta in ({}, {"reverse": True}, {"in": 100}):
        whole_clip = {**clip, "m": {**clip["m"], **meta}}
        plan = make_plan(draft([whole_clip]), library(a=grainy()), Output())
        whole = await pixels(plan, tmp_path, 0, 27)
        pieces = await pixels(plan, tmp_path, 0, 14) + await pixels(plan, tmp_path, 14, 27)
        assert len(whole) == len(pieces)
        assert max(abs(a - b) for a, b in zip(whole, pieces, strict=True)) <= 3


async def pixels(plan: Plan, folder: Path, first: int, last: int) -> bytes:
    """The luma of the frames `first`..`last`, drawn as one run."""
    overlays = await OverlayFolder(plan, folder).prepare(first, last)
    graph = Graph()
    picture = draw(graph, plan, overlays, first, last)
    script = folder / "graph"
    script.write_text(graph.script)
    shown = ("-/filter_complex", script, "-map", picture, "-pix_fmt", "gray", "-f", "rawvideo", "-")
    return make.output(*graph.inputs, *shown)


async def test_another_effect_encodes_the_chunks_of_its_clip_again_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = library(a=make.clip(seconds=2, width=320, height=180))

    def kept() -> set[str]:
        return {path.name for path in (tmp_path / "cache").rglob("chunks/*/*")}

    async def added(*effects: Effects) -> int:
        clips = [
            segment("a", 1500 * place, 1500, effects=one, **{"in": 100 * place})
            for place, one in enumerate(effects)
        ]
        (tmp_path / "out").mkdir(exist_ok=True)
        before = kept()
        await rendered(tmp_path / "out", draft(clips), files, options=Output("low"))
        return len({name for name in kept() - before if not name.endswith(".remark")})

    five: Effects = [
        {"type": "crop", "top": 0.1}, {"type": "look", "name": "vintage"}, {"type": "colour", "gamma": 0.2},
        {"type": "degrain"}, {"type": "sharpen"},
    ]  # fmt: skip
    assert await added(five, five, five) == 4  # one each, and the sound
    assert await added(five, [*five[:4], {"type": "sharpen", "amount": 0.9}], five) == 1
    assert await added(five, five, five) == 0
