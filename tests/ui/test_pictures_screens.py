"""Pictures on the media and the timeline screen: real files, a running app."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual import events

from tests import clips as media
from tests.clock import FakeClock
from tests.ui import sample
from tests.ui.conftest import OpenApp, screen_lines, screen_text, settled, shown, until
from tests.ui.world import NOW, World
from vbtui.base.settings import Display
from vbtui.journal.records import Asset, AssetState
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.grid import Grid
from vbtui.ui.media.asset import AssetPane
from vbtui.ui.pictures.host import Mode
from vbtui.ui.pictures.raster import Drawn, NoPicture, Raster, Waveform
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.preview import Preview, kind_at
from vbtui.ui.timeline.screen import TimelineScreen


def png(color: str, width: int = 160, height: int = 90) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), color).save(data, "PNG")
    return data.getvalue()


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
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
    )


def one_clip(name: str, *, length: int = 2000) -> dict[str, Any]:
    segment = {"s": 0, "d": length, "m": {"title": name, "in": 0}}
    return {
        "t": [{"tt": 0, "sg": [segment]}],
        "d": length,
        "m": {"width": 320, "height": 180, "fps": 30},
    }


# -- media --------------------------------------------------------------------------------------


async def test_the_media_screen_shows_picture_and_streams(open_app: OpenApp, world: World) -> None:
    put(world, 1, media.rotated(90), "video")
    put(world, 2, media.sound(), "audio")
    put(world, 3, media.not_media(), "video")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        pane = app.screen.query_one(AssetPane)
        await until(pilot, lambda: isinstance(pane.view.drawn, Raster))
        await shown(app, pilot, "90° clockwise")
        await shown(app, pilot, "h264")
        await pilot.press("down")
        await until(pilot, lambda: isinstance(pane.view.drawn, Waveform))
        await shown(app, pilot, "44.1 kHz")
        assert "h264" not in screen_text(app)
        await pilot.press("down")
        await until(pilot, lambda: isinstance(pane.view.drawn, NoPicture))
        await shown(app, pilot, "No picture")


async def test_the_pixels_on_the_screen_are_those_of_the_file(
    open_app: OpenApp, world: World
) -> None:
    put(world, 1, media.picture("lime"), "image")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        pane = app.screen.query_one(AssetPane)
        await until(pilot, lambda: isinstance(pane.view.drawn, Raster))
        await pilot.pause()
        region = pane.view.region
        strip = screen_lines(app)[region.y + region.height // 2]
        cell = strip.crop(region.x + region.width // 2, region.x + region.width // 2 + 1)
        (segment,) = list(cell)
        assert segment.style is not None
        assert segment.style.bgcolor is not None
        triplet = segment.style.bgcolor.get_truecolor()
        assert (triplet.red, triplet.blue) == (0, 0)
        assert triplet.green > 240


async def test_v_turns_pictures_off_and_on(open_app: OpenApp, world: World) -> None:
    put(world, 1, media.picture("lime"), "image")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        pane = app.screen.query_one(AssetPane)
        await until(pilot, lambda: isinstance(pane.view.drawn, Raster))
        await pilot.press("V")
        await until(pilot, lambda: app.pictures.modes.words == "Pictures: off")
        await until(pilot, lambda: not pane.view.display)
        await pilot.press("V")
        await until(pilot, lambda: pane.view.display and isinstance(pane.view.drawn, Raster))


def picture_threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("pictures-")}


async def test_off_means_that_nothing_is_decoded(open_app: OpenApp, world: World) -> None:
    before = picture_threads()
    world.settings = replace(world.settings, display=Display(pictures="off"))
    put(world, 1, media.picture("lime"), "image")
    world.build(one_clip("beach.mp4"))
    world.picture = png("red")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        await pilot.press("f4")
        await pilot.pause(0.3)
        assert not app.screen.query_one(Preview).display
        assert not picture_threads() - before
        await pilot.press("space")
        assert not world.frames_asked


async def test_scrolling_by_keys_asks_for_the_last_picture_alone(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vbtui.ui.media.asset._REST_S", 1.0
    )  # a busy machine rests between two keys
    for number in range(1, 30):
        put(world, number, media.picture("red" if number % 2 else "blue"), "image")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        asked: list[Path] = []
        gallery = app.pictures.gallery
        picture = gallery.picture

        async def spy(path: Path, *args: object, **kwargs: object) -> object:
            asked.append(path)
            return await picture(path, *args, **kwargs)  # type: ignore[arg-type]  # as they came

        gallery.picture = spy  # type: ignore[method-assign,assignment]  # to see what is asked for
        for _ in range(20):
            app.post_message(events.Key("down", None))
        pane, grid = app.screen.query_one(AssetPane), app.screen.query_one(Grid)
        last = world.engine.library.assets[20]
        await until(pilot, lambda: grid.current == last and isinstance(pane.view.drawn, Raster))
        assert len(asked) <= 10


# -- timeline -----------------------------------------------------------------------------------


async def test_the_composed_picture_is_shown_and_named(open_app: OpenApp, world: World) -> None:
    sample.fill(world)
    world.picture = png("red")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "composed")
        drawn = app.screen.query_one(Preview).view.drawn
        assert isinstance(drawn, Raster)
        assert drawn.row(3)[3] == (255, 0, 0)
        assert drawn.width == 46


async def test_for_the_cloud_the_original_is_shown_and_named(
    open_app: OpenApp,
) -> None:
    world = World(is_local=False)
    path = media.animated(seconds=1)
    put(world, 1, path, "video")
    world.build(one_clip(path.name, length=1000))
    world.opens_not = "it is not on this machine"
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "own frame, not composed: it is not on this")
        view = app.screen.query_one(Preview).view
        assert isinstance(view.drawn, Raster)
        assert view.drawn.row(3)[3][0] > 240
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        screen.canvas.seek(800)
        await until(pilot, lambda: isinstance(view.drawn, Raster) and view.drawn.row(3)[3][2] > 240)


async def test_for_the_cloud_it_is_composed_here_and_the_own_frame_comes_first(
    open_app: OpenApp,
) -> None:
    world = World(is_local=False)
    path = media.picture("lime")
    put(world, 1, path, "image")
    draft = one_clip(path.name)
    draft["t"] += [
        {"tt": 4, "sg": [{"s": 1000, "d": 1000, "m": {"name": name}}]}
        for name in ("[b]sparkle", "雪" * 40, "x", "y")
    ]
    world.build(draft)
    world.picture = png("red")
    world.gate.clear()
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4")
        preview = app.screen.query_one(Preview)
        await shown(app, pilot, "this clip's own frame: no titles, no joins;")
        await shown(app, pilot, "composing it here…")
        assert isinstance(preview.view.drawn, Raster)
        assert preview.view.drawn.row(3)[3][1] > 250
        world.gate.set()
        await shown(app, pilot, "composed here from your originals")
        assert preview.view.drawn.row(3)[3] == (255, 0, 0)
        assert "own frame" not in screen_text(app)
        await pilot.press("right")
        await shown(app, pilot, "composed here; not in it: [b]sparkle,")
        await shown(app, pilot, "and 1 more")
        await pilot.press("space")
        await shown(app, pilot, "· composed here, in")
        await until(pilot, lambda: not playing(app))


def test_a_frame_that_plays_is_named_by_its_own_batch() -> None:
    kinds = {0: "here", 1000: "own", 2000: "here"}
    assert [kind_at(kinds, at_ms) for at_ms in (0, 900, 1000, 1900)] == ["here"] * 2 + ["own"] * 2
    assert kinds == {1000: "own", 2000: "here"}
    assert kind_at(kinds, 2500) == "here"
    assert kind_at({}, 7) == ""


async def test_the_local_studio_says_why_it_composes_nothing(
    open_app: OpenApp, world: World
) -> None:
    path = media.picture("lime")
    put(world, 1, path, "image")
    world.build(one_clip(path.name))
    world.draws_not = (
        "This timeline cannot be rendered: Track (tt 4) is of a kind that cannot be rendered here: "
        "“sparkle”."
    )
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "own frame, not composed: This timeline")
        await shown(app, pilot, "“sparkle”")
        view = app.screen.query_one(Preview).view

        def fits() -> bool:
            return isinstance(view.drawn, Raster) and view.drawn.height <= 2 * view.size.height

        await until(pilot, fits)
        await pilot.press("space")
        await until(pilot, lambda: not playing(app))
        await shown(app, pilot, "own frame, not composed: This timeline")


async def test_an_unknown_original_is_said(open_app: OpenApp) -> None:
    world = World(is_local=False)
    sample.fill(world)
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4")
        view = app.screen.query_one(Preview).view
        await until(pilot, lambda: isinstance(view.drawn, NoPicture))
        await shown(app, pilot, "No picture")


async def test_a_small_screen_keeps_its_room_for_the_tracks(
    open_app: OpenApp, world: World
) -> None:
    sample.fill(world)
    world.picture = png("red")
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f4")
        await pilot.pause()
        assert not app.screen.query_one(Preview).display
        assert "Play" not in screen_text(app)


def playing(app: VbtuiApp) -> bool:
    return app.screen.query_one(Preview).is_playing


async def test_space_plays_to_the_end_and_the_playhead_follows(
    open_app: OpenApp, world: World
) -> None:
    world.build(one_clip("beach.mp4"))
    world.picture, world.screen_clock = png("red", 64, 36), FakeClock(NOW)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        await shown(app, pilot, "composed")
        await pilot.press("space")
        await until(pilot, lambda: not playing(app))
        batches = [one for one in world.frames_asked if one[1] > 1]
        assert batches == [(0, 10, 10), (1000, 10, 10)]
        assert screen.canvas.playhead_ms == 1900
        await shown(app, pilot, "composed")


async def test_keys_work_while_it_plays_and_escape_stops_it(
    open_app: OpenApp, world: World
) -> None:
    world.build(one_clip("beach.mp4", length=600_000))
    world.picture, world.screen_clock = png("red", 64, 36), FakeClock(NOW)
    world.gate.clear()  # a studio that takes its time
    world.gate_from_ms = 2_001
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        screen = app.screen
        assert isinstance(screen, TimelineScreen)
        await pilot.press("space")
        await until(pilot, lambda: screen.canvas.playhead_ms > 0)
        before = screen.canvas.view
        await pilot.press("plus")
        assert screen.canvas.view != before
        assert playing(app)
        await pilot.press("escape")
        await until(pilot, lambda: not playing(app))
        await pilot.press("space")
        await until(pilot, lambda: playing(app))
        await pilot.press("home")
        await until(pilot, lambda: not playing(app))
        assert screen.canvas.playhead_ms == 0
        await pilot.press("space")
        await pilot.press("f3")
        await pilot.pause()
        assert not screen.query_one(Preview).is_playing


async def test_a_backend_without_pictures_ends_playing_with_a_reason(
    open_app: OpenApp, world: World
) -> None:
    world.build(one_clip("beach.mp4"))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await pilot.press("space")
        await until(pilot, lambda: not playing(app))
        view = app.screen.query_one(Preview).view
        await until(pilot, lambda: isinstance(view.drawn, NoPicture))


@pytest.mark.parametrize("no_color", [False, True])
async def test_without_colours_pictures_are_characters(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    put(world, 1, media.picture("white"), "image")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        pane = app.screen.query_one(AssetPane)
        await until(pilot, lambda: isinstance(pane.view.drawn, Raster))
        await pilot.pause()
        assert ("@@@@@@@@" in screen_text(app)) is no_color


async def test_graphics_that_the_terminal_has_proved_are_drawn_with_them(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, 1, media.picture("lime"), "image")
    async with open_app(120, 35) as (app, pilot):
        app.pictures.modes.proved = Mode.KITTY
        sent = StringIO()
        monkeypatch.setattr("sys.__stdout__", sent)
        await pilot.press("f3")
        pane = app.screen.query_one(AssetPane)
        await until(pilot, lambda: "\x1b_G" in sent.getvalue())
        await until(pilot, lambda: "\U0010eeee" in screen_text(app))
        drawn = pane.view.drawn
        assert isinstance(drawn, Raster)
        assert drawn.width > 200
        await pilot.press("V")
        await until(pilot, lambda: app.pictures.modes.words == "Pictures: off")
        await pilot.press("V")
        await until(pilot, lambda: not pane.view.children and pane.view.drawn is not None)
        assert "\U0010eeee" not in screen_text(app)


async def test_it_plays_in_a_small_window_and_says_why_not(open_app: OpenApp, world: World) -> None:
    world.build(one_clip("beach.mp4", length=600_000))
    world.picture, world.screen_clock = png("red", 64, 36), FakeClock(NOW)
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f4")
        preview = app.screen.query_one(Preview)
        assert not preview.display
        await pilot.press("space")
        await until(
            pilot, lambda: preview.size.height > 4 and app.screen.query_one(Canvas).playhead_ms > 0
        )
        await pilot.press("escape")
        await until(pilot, lambda: not preview.display)
        await pilot.press("V")
        while app.pictures.are_on:
            await pilot.press("V")
        await pilot.press("space")
        await shown(app, pilot, "Pictures are off.")


async def test_what_is_about_there_is_shown_while_the_studio_composes(
    open_app: OpenApp, world: World
) -> None:
    path = media.picture("lime")
    put(world, 1, path, "image")
    world.build(one_clip(path.name))
    world.picture = png("red")
    world.gate.clear()
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        preview = app.screen.query_one(Preview)
        await shown(app, pilot, "about this place; the exact picture comes")
        assert isinstance(preview.view.drawn, Raster)
        assert preview.view.drawn.row(3)[3][1] > 250
        world.gate.set()
        await shown(app, pilot, "composed: as it will be exported")
        assert preview.view.drawn.row(3)[3] == (255, 0, 0)


@pytest.mark.parametrize("mode", [Mode.BLOCKS, Mode.KITTY])
async def test_a_large_picture_comes_after_one_that_is_drawn_quickly(
    open_app: OpenApp, world: World, mode: Mode
) -> None:
    world.build(one_clip("beach.mp4"))
    world.picture = png("red")
    async with open_app(200, 50) as (app, pilot):
        app.pictures.modes.proved = mode
        await pilot.press("f4")
        await shown(app, pilot, "composed: as it will be exported")
        await settled(app, pilot)
        box = app.screen.query_one(Preview).view.box
        wide, high = world.sizes_asked[-1]
        if mode is Mode.BLOCKS:
            assert world.sizes_asked == [(2 * box.width, 2 * box.height)]
        else:
            (quick,) = world.sizes_asked[:-1]
            assert quick[0] <= 640
            assert quick[1] <= 360
            assert abs(quick[0] / quick[1] - box.width / box.height) < 0.02
            assert (wide, high) == (box.width, box.height)
            assert wide > quick[0]


async def test_the_composed_picture_does_not_wait_for_what_is_about_there(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.picture("lime")
    put(world, 1, path, "image")
    world.build(one_clip(path.name))
    world.picture = png("red")
    world.gate.clear()
    begun = asyncio.Event()

    async def near(*_: object) -> Drawn:
        begun.set()
        return await asyncio.Future()

    async with open_app(120, 35) as (app, pilot):
        monkeypatch.setattr(app.pictures.gallery, "near", near)
        await pilot.press("f4")
        await until(pilot, begun.is_set)
        world.gate.set()
        await shown(app, pilot, "composed: as it will be exported")
