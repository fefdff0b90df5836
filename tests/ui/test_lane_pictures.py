"""Frames and waveforms on the lanes of the timeline: real files, a running app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.ui.conftest import OpenApp, screen_text, until
from tests.ui.world import World
from vbtui.base.settings import Settings, find_directories
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline import model as timeline
from vbtui.ui.app import VbtuiApp
from vbtui.ui.pictures.host import Pictures
from vbtui.ui.timeline.canvas import Canvas

SECONDS = 1


def put(world: World, number: int, path: Path, kind: str) -> None:
    world.add(
        Asset(
            number,
            "s1",
            path,
            path.name,
            kind,
            "picked",
            AssetState.DONE,
            size=1,
            duration_s=SECONDS,
        )
    )


def draft(name: str, kind: int = 0, **more: object) -> dict[str, Any]:
    segment = {"s": 0, "d": SECONDS * 1000, "m": {"title": name, "in": 0, **more}}
    return {"t": [{"tt": kind, "sg": [segment]}], "d": SECONDS * 1000}


def colors(app: VbtuiApp, line: int) -> set[tuple[int, int, int]]:
    """The backgrounds of one line of the canvas, from the left edge of the tracks on."""
    canvas = app.screen.query_one(Canvas)
    found = set()
    for piece in canvas.render_line(line).crop(canvas.names_width):
        color = piece.style.bgcolor if piece.style else None
        if color is not None:
            found.add(tuple(color.get_truecolor()))
    return found  # type: ignore[return-value]  # three numbers each


def _is_red(color: tuple[int, int, int]) -> bool:
    return color[0] > 200 and max(color[1:]) < 60


def _is_blue(color: tuple[int, int, int]) -> bool:
    return color[2] > 200 and max(color[:2]) < 60


async def test_a_clip_shows_its_frames_where_they_are(open_app: OpenApp, world: World) -> None:
    path = media.animated(seconds=SECONDS)  # first red, then blue
    put(world, 1, path, "video")
    world.build(draft(path.name))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: any(map(_is_blue, colors(app, 4))))
        seen = [color for color in colors(app, 4) if _is_red(color) or _is_blue(color)]
        assert any(map(_is_red, seen))
        await pilot.press("V")
        await pilot.pause()
        assert not any(map(_is_blue, colors(app, 4)))


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, ["red", "blue"]), ({"reverse": True}, ["blue", "red"]), ({"freeze": True}, ["red"])],
)
async def test_frames_lie_as_they_are_played(
    open_app: OpenApp, world: World, more: dict[str, Any], expected: list[str]
) -> None:
    """From the end to the begin of a clip that plays backwards; one picture of one that stands still."""
    path = media.animated(seconds=SECONDS)  # first red, then blue
    put(world, 1, path, "video")
    world.build(draft(path.name, **more))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: _names(app, 4) == expected)


def _names(app: VbtuiApp, line: int) -> list[str]:
    """Red and blue, in the order in which they stand on a line, each run of one once."""
    canvas = app.screen.query_one(Canvas)
    found: list[str] = []
    for piece in canvas.render_line(line).crop(canvas.names_width):
        color = piece.style.bgcolor if piece.style else None
        red, green, blue = color.get_truecolor() if color is not None else (0, 0, 0)
        seen = red, green, blue
        name = "red" if _is_red(seen) else "blue" if _is_blue(seen) else ""
        if name and found[-1:] != [name]:
            found.append(name)
    return found


async def test_what_is_out_of_sight_is_not_decoded(open_app: OpenApp, world: World) -> None:
    path = media.picture("red")
    put(world, 1, path, "image")
    segments = [
        {"s": number * 1000, "d": 1000, "m": {"title": name}}
        for number, name in enumerate([path.name] + ["other.mp4"] * 99)
    ]
    world.build({"t": [{"tt": 0, "sg": segments}]})
    async with open_app(120, 35) as (app, pilot):
        asked: list[Path] = []
        gallery = app.pictures.gallery
        picture = gallery.picture

        async def spy(path: Path, *args: object, **kwargs: object) -> object:
            if kwargs.get("at_ms") is None:
                asked.append(path)
            return await picture(path, *args, **kwargs)  # type: ignore[arg-type]  # as they came

        gallery.picture = spy  # type: ignore[method-assign,assignment]  # to see what is asked for
        await pilot.press("f4", *["plus"] * 6, "end")
        gallery.known = lambda *_, **__: None  # type: ignore[method-assign]  # nothing is in memory
        asked.clear()
        await pilot.press("left", "right", "left")
        assert path not in asked


@pytest.mark.parametrize(("volume", "is_high"), [(1.0, True), (0.1, False)])
async def test_a_sound_shows_its_waveform_as_loud_as_it_is_played(
    open_app: OpenApp, world: World, volume: float, is_high: bool
) -> None:
    path = media.sound(seconds=SECONDS)
    put(world, 1, path, "audio")
    world.build(draft(path.name, 1, volume=volume))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        canvas = app.screen.query_one(Canvas)
        await until(pilot, lambda: any(part in screen_text(app) for part in "▁▂▃▄▅▆▇█"))
        assert ("█" in canvas.render_line(3).text) is is_high
        assert f"{volume:.0%}" in canvas.render_line(2).text


@pytest.mark.parametrize("is_looped", [True, False])
async def test_a_looped_sound_goes_on(open_app: OpenApp, world: World, is_looped: bool) -> None:
    path = media.sound(seconds=SECONDS)
    put(world, 1, path, "audio")
    longer = draft(path.name, 1, loop=is_looped)
    longer["t"][0]["sg"][0]["d"] = longer["d"] = 3_000 * SECONDS
    world.build(longer)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        canvas = app.screen.query_one(Canvas)
        await until(pilot, lambda: "█" in canvas.render_line(6).text)
        assert (canvas.render_line(6).text.rstrip()[-2] == "█") is is_looped


def test_a_file_that_was_replaced_is_found_anew() -> None:
    found = timeline.read(draft("a.mp4"))
    assert found is not None
    segment = found.tracks[0].segments[0]
    asset = Asset(1, "s1", Path("/x/a.mp4"), "a.mp4", "video", "picked", AssetState.DONE)
    assets = [asset]
    pictures = Pictures(Settings(directories=find_directories()))
    assert pictures.originals(assets).find(segment) is asset
    assert pictures.originals([*assets]) is pictures.originals(assets)
    assets[0] = replace(asset, path=Path("/y/a.mp4"))
    assert pictures.originals(assets).find(segment) is assets[0]
    assets.clear()
    assert pictures.originals(assets).find(segment) is None


async def test_without_its_file_a_clip_has_its_words(open_app: OpenApp, world: World) -> None:
    world.build(draft("elsewhere.mp4"))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        canvas = app.screen.query_one(Canvas)
        await until(pilot, lambda: "elsewhere.mp4" in canvas.render_line(2).text)
        assert "1 s" in canvas.render_line(3).text


async def test_without_colours_lanes_have_no_frames(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    path = media.animated(seconds=SECONDS)
    put(world, 1, path, "video")
    world.build(draft(path.name))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        assert app.screen.query_one(Canvas).pictures is None
