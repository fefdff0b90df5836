"""The media screen: marks, order, filter, labels, and sentences about files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui import sample
from tests.ui.conftest import OpenApp, dialog_text, screen_text, settled, shown
from tests.ui.sample import CLIPS
from tests.ui.test_timeline_edits import field_of
from tests.ui.world import World
from vbtui.base import programs
from vbtui.journal.records import Asset, AssetState
from vbtui.timeline import model as timeline
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.grid import Grid
from vbtui.ui.media.asset import ORDERS, ordered, uses_of


@pytest.fixture
def world() -> World:
    made = World()
    made.add(*sample.assets())
    made.build(sample.DRAFT)
    return made


def names(app: VbtuiApp) -> list[str]:
    return [asset.name for asset in app.screen.query_one("#assets", Grid).rows]


def states(world: World) -> dict[int, AssetState]:
    return {asset.id: asset.state for asset in world.engine.library.assets}


async def test_keys_act_on_all_marked_that_they_can_act_on(open_app: OpenApp, world: World) -> None:
    world.add(Asset(9, "s1", None, "late.mp4", "video", "url", AssetState.FAILED))
    async with open_app(120, 35) as (app, pilot):
        library = world.engine.library
        library.pause()
        before = states(world)
        await pilot.press("f3", "ctrl+a")
        await settled(app, pilot)
        assert "9 files · 9 marked" in screen_text(app)
        await pilot.press("r")
        await settled(app, pilot)
        assert states(world) == before | {8: AssetState.GONE, 9: AssetState.QUEUED}
        await pilot.press("f")
        await settled(app, pilot)
        gone = dict.fromkeys((7, 8), AssetState.GONE)
        assert states(world) == before | gone | {9: AssetState.QUEUED}
        await pilot.press("s")
        await settled(app, pilot)
        assert states(world) == before | gone | {9: AssetState.SKIPPED}
        await pilot.press("escape")
        assert "marked" not in screen_text(app)


async def test_marked_files_go_to_the_timeline_by_one_sentence_a_kind(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "space", "down", "down", "space", "space", "space", "a")
        await settled(app, pilot)
        clips = 'add the files "beach.mp4", "portrait.jpg" and "logo.png" at the end'
        assert field_of(app) == clips
        await pilot.press("enter")
        await settled(app, pilot)
        assert field_of(app) == 'add the sound "lo-fi.mp3" at the start'
        await pilot.press("escape")
        await settled(app, pilot)
        assert await world.sent(1) == [clips]
        assert app.focused is app.screen.query_one("#assets")


async def test_a_file_is_replaced_by_another_of_its_kind(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        await shown(app, pilot, "0:00-0:12 Video")
        await pilot.press("b", *"城市")
        await settled(app, pilot)
        assert "Replace beach.mp4 by" in screen_text(app)
        assert "lo-fi.mp3" not in dialog_text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        sentence = 'replace the file "beach.mp4" with the file "城市延时摄影.mov" everywhere'
        assert field_of(app) == sentence
        await pilot.press("enter")
        await settled(app, pilot)
        assert await world.sent(1) == [sentence]


async def test_what_cannot_be_replaced_says_why(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3")
        await shown(app, pilot, "0:00-0:12 Video")
        await pilot.press("end", "b")
        await shown(app, pilot, "This file is not on the timeline. Press a to add it.")
        await pilot.press(*["up"] * 2, "b")
        await shown(app, pilot, "There is no other file of its kind.")


async def test_label_is_shown_and_used_in_sentences(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "n")
        await settled(app, pilot)
        assert "What do you call beach.mp4?" in screen_text(app)
        await pilot.press(*"Sunset", "enter")
        await settled(app, pilot)
        assert world.engine.library.assets[0].label == "Sunset"
        assert "Sunset  beach.mp4" in screen_text(app)
        await pilot.press("a")
        await settled(app, pilot)
        assert field_of(app) == 'add the file "Sunset" (beach.mp4) at the end'


async def test_order_steps_through_the_columns(open_app: OpenApp, world: World) -> None:
    as_they_came = [asset.name for asset in sample.assets()]
    async with open_app(200, 35) as (app, pilot):
        await pilot.press("f3", "down", "o")
        await settled(app, pilot)
        assert "Name ▲" in screen_text(app)
        assert names(app) == sorted(as_they_came, key=str.casefold)
        current = app.screen.query_one("#assets", Grid).current
        assert current is not None
        assert current.name == as_they_came[1]  # the cursor stays on its file
        await pilot.press("O")
        await settled(app, pilot)
        assert "Name ▼" in screen_text(app)
        assert names(app) == sorted(as_they_came, key=str.casefold, reverse=True)
        await pilot.click("#assets", offset=(6, 0))
        await settled(app, pilot)
        assert "Name ▲" in screen_text(app)
        await pilot.press(*["o"] * (len(ORDERS) - 1))
        await settled(app, pilot)
        assert names(app) == as_they_came


async def test_filter_as_it_is_typed_and_escape_takes_it_away(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "slash", *"MP be")
        await settled(app, pilot)
        assert names(app) == ["beach.mp4"]
        assert "1 of 8" in screen_text(app)
        await pilot.press("enter", "space", "escape")
        await settled(app, pilot)
        assert len(names(app)) == 8
        assert "1 marked" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert "1 marked" not in screen_text(app)


async def test_removing_several_asks_first(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "space", "space", "x")
        await shown(app, pilot, "Remove 2 files?")
        await pilot.press("n")
        await settled(app, pilot)
        assert len(names(app)) == 8
        await pilot.press("x", "y")
        await settled(app, pilot)
        assert list(states(world)) == [3, 4, 5, 6, 7, 8]
        assert "2 marked" not in screen_text(app)


async def test_playing_outside_needs_a_desktop_and_the_file(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    played: list[Path] = []

    def play(path: Path) -> bool:
        played.append(path)
        return True

    monkeypatch.setattr(programs, "open_on_desktop", play)
    monkeypatch.setattr(programs, "has_desktop", lambda _: True)
    film = tmp_path / "film.mp4"
    film.touch()
    world.add(Asset(1, "s1", film, "film.mp4", "video", "picked", AssetState.DONE))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "enter")
        await settled(app, pilot)
        assert played == [film]
        await pilot.press("down", "enter")
        await shown(app, pilot, "The file is not there any more.")
        monkeypatch.setattr(programs, "has_desktop", lambda _: False)
        await pilot.press("up", "enter")
        await settled(app, pilot)
        assert (played, app.clipboard) == ([film], str(film))


async def test_paths_of_all_marked_are_copied(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "space", "space", "c")
        await settled(app, pilot)
        assert app.clipboard == f"{CLIPS / 'beach.mp4'}\n{CLIPS / '城市延时摄影.mov'}"


async def test_file_that_goes_loses_its_mark(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "space", "space")
        await world.engine.library.forget(1)
        await settled(app, pilot)
        assert "1 marked" in screen_text(app)


def test_uses_are_found_by_address_content_and_name() -> None:
    def asset(number: int, name: str, **more: str) -> Asset:
        return Asset(number, "s1", None, name, "video", "picked", AssetState.DONE, **more)  # type: ignore[arg-type]  # names are Asset's

    meta = [
        {"title": "a.mp4"},
        {"title": "a.mp4", "url": "https://cdn/x"},
        {"title": "other", "hash": "f" * 64},
        {"asset": "m7"},
        {"title": "nobody's"},
        "no object",
    ]
    segments = [{"s": 0, "d": 1, "m": one} for one in meta]
    draft = timeline.read({"t": [{"tt": 0, "sg": segments}, {"tt": 7, "sg": segments[:1]}]})
    known = [
        asset(1, "a.mp4"),
        asset(2, "a.mp4"),
        asset(3, "b.mp4", url="https://cdn/x"),
        asset(4, "c.mp4", sha256="f" * 64),
        asset(5, "d.mp4", url="http://127.0.0.1:9/media/m7"),
    ]
    found = uses_of(draft, known)
    places = {number: [segment.key for _, segment in uses] for number, uses in found.items()}
    assert places == {2: ["t0.s0"], 3: ["t0.s1"], 4: ["t0.s2"], 5: ["t0.s3"]}
    assert uses_of(None, known) == {}


@pytest.mark.parametrize("title", ORDERS)
@pytest.mark.parametrize("is_falling", [False, True])
def test_every_order_holds_every_file_once(title: str, is_falling: bool) -> None:
    assets = list(sample.assets())
    found = ordered(assets, title, is_falling=is_falling, used={3: 2})
    assert sorted(asset.id for asset in found) == [asset.id for asset in assets]
    if title == "Used":
        assert [asset.id for asset in found].index(3) == (0 if is_falling else len(assets) - 1)


async def test_the_order_is_kept_for_the_next_start(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f3", "o", "O")
        await settled(app, pilot)
        ordered_names = names(app)
        assert ordered_names == sorted(ordered_names, key=str.casefold, reverse=True)
    again = World()
    sample.fill(again)
    async with open_app(120, 35, again) as (app, pilot):
        await pilot.press("f3")
        await settled(app, pilot)
        assert names(app) == ordered_names
        assert "Name ▼" in screen_text(app)
