"""Versions side by side: where they differ, and the pictures of both."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests import clips as media
from tests.ui.conftest import OpenApp, dialog_text, screen_text, settled, shown, until
from tests.ui.sample import DRAFT
from tests.ui.world import World
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline import model as timeline
from vbtui.timeline.model import Timeline
from vbtui.ui.pictures.raster import NoPicture, Raster
from vbtui.ui.timeline.versions import Comparison, Side, changed_regions


def changed(change: Any = None) -> dict[str, Any]:
    """The sample draft after `change` was done to it."""
    draft = copy.deepcopy(DRAFT)
    if change is not None:
        change(draft)
    return draft


def read(draft: object) -> Timeline:
    found = timeline.read(draft)
    assert found is not None
    return found


def _found(change: Any) -> list[tuple[int, int]]:
    places = changed_regions(read(DRAFT), read(changed(change)))
    return [(one.before_ms, one.after_ms) for one in places]


def _new_words(draft: dict[str, Any]) -> None:
    draft["t"][2]["sg"][0]["m"]["text"] = "City Dreams"


def _quieter(draft: dict[str, Any]) -> None:
    draft["t"][1]["sg"][0]["m"]["volume"] = 0.8


def _without_first(draft: dict[str, Any]) -> None:
    draft["t"][0]["sg"].pop(0)
    for segment in draft["t"][0]["sg"]:
        segment["s"] -= 11_500


def _portrait(draft: dict[str, Any]) -> None:
    draft["m"]["width"], draft["m"]["height"] = 1080, 1920


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda draft: None, []),
        (_new_words, [(1_500, 1_500)]),
        (_quieter, []),
        (_without_first, [(6_000, 6_000)]),
        (_portrait, [(0, 0)]),
    ],
)
def test_spots_are_where_versions_look_different(
    change: Any, places: list[tuple[int, int]]
) -> None:
    assert _found(change) == places


def test_spots_that_are_close_together_are_one() -> None:
    def change(draft: dict[str, Any]) -> None:
        _new_words(draft)
        draft["t"][2]["sg"].append({"s": 100, "d": 2_900, "m": {"text": "More"}})

    assert len(_found(change)) == 1


def png(color: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (160, 90), color).save(data, "PNG")
    return data.getvalue()


async def test_both_versions_are_shown_as_they_would_be_exported(
    open_app: OpenApp, world: World
) -> None:
    first, second = changed(), changed(_new_words)
    first["m"]["version"], second["m"]["version"] = 7, 8
    world.build(first)
    world.build(second)
    world.picture, world.pictures_of = png("lime"), {"version=7": png("red")}
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "h")
        await shown(app, pilot, "version 1 at 0:01.5")
        await shown(app, pilot, "version 2 at 0:01.5")
        sides = list(app.screen.query(Side))
        await until(pilot, lambda: all(isinstance(side.view.drawn, Raster) for side in sides))
        before, after = (side.view.drawn for side in sides)
        assert isinstance(before, Raster)
        assert isinstance(after, Raster)
        assert before.row(0)[3] == (255, 0, 0)
        assert after.row(0)[3] == (0, 255, 0)
        assert dialog_text(app).count("composed") == 2
        assert "1 of 1" in screen_text(app)


async def test_a_version_out_of_reach_has_the_clips_own_frames_and_says_so(
    open_app: OpenApp, world: World
) -> None:
    path = media.picture("red")
    world.add(Asset(1, "s1", path, path.name, "image", "picked", AssetState.DONE, size=1))
    segments = [{"id": "a", "s": 0, "d": 4_000, "m": {"title": path.name}}]
    world.build({"t": [{"tt": 0, "sg": segments}], "m": {"version": 1}})
    longer = [{**segments[0], "d": 6_000}, {"id": "b", "s": 9_000, "d": 1_000, "m": {"title": "x"}}]
    world.build({"t": [{"tt": 0, "sg": longer}], "m": {"version": 2}})
    world.picture = png("lime")
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "h")
        await shown(app, pilot, "this clip's own frame")
        await shown(app, pilot, "composed")
        assert any("version=1" in one.target for one in world.cloud.requests)
        assert "1 of 2" in screen_text(app)
        await pilot.press("n")
        await shown(app, pilot, "2 of 2")
        await shown(app, pilot, "this version ends before")
        assert isinstance(app.screen.query_one("#side-before", Side).view.drawn, NoPicture)


async def test_versions_of_the_cloud_are_composed_here(open_app: OpenApp) -> None:
    world = World(is_local=False)
    path = media.picture("blue")
    asset = Asset(1, "s1", path, path.name, "image", "picked", AssetState.DONE)
    world.add(replace(asset, sha256=hashlib.sha256(path.read_bytes()).hexdigest()))
    for words in ("Urban Dreams", "City Dreams"):
        parts = ((0, {"title": path.name}), (7, {"text": words}), (4, {"name": "sparkle"}))
        tracks = [{"tt": kind, "sg": [{"s": 0, "d": 3_000, "m": meta}]} for kind, meta in parts]
        world.build({"t": tracks})
    world.picture, world.pictures_of = png("lime"), {"Urban Dreams": png("red")}
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4", "h")
        said = "composed here; not in it: sparkle"
        await until(pilot, lambda: dialog_text(app).count(said) == 2)
        before, after = (side.view.drawn for side in app.screen.query(Side))
        assert isinstance(before, Raster)
        assert isinstance(after, Raster)
        assert (before.row(0)[3], after.row(0)[3]) == ((255, 0, 0), (0, 255, 0))


async def test_small_screens_compare_in_words(open_app: OpenApp, world: World) -> None:
    world.build(changed())
    world.build(changed(_new_words))
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f4", "h")
        await settled(app, pilot)
        await shown(app, pilot, "City Dreams")
        assert not app.screen.query_one(Comparison).display
