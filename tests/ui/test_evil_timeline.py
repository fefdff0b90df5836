"""Foreign text that means harm, through every field of the timeline screen and its dialogs."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests import clips as media
from tests.ui.conftest import OpenApp, screen_lines, settled
from tests.ui.test_evil import EVIL
from tests.ui.world import NOW, World
from vbtui.base.problem import Problem
from vbtui.base.text import clean, clean_line
from vbtui.journal.records import Asset, AssetState, Turn, TurnState
from vbtui.session.events import TurnChanged
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.edit_line import EditField


def draft(text: str, volume: float = 1.0) -> dict[str, Any]:
    """One track of each kind, everything on it called `text`."""

    def segment(number: int, kind: int) -> dict[str, Any]:
        meta = {"title": text, "text": text, "volume": volume, "filename": text, "url": text}
        if number and kind == 0:
            meta["transition"] = {"type": text, "d": 300}
        return {"id": f"{kind}.{number}{text}", "s": number * 900, "d": 900, "m": meta}

    tracks: list[dict[str, Any]] = [
        {"tt": kind, "m": {"title": text}, "sg": [segment(number, kind) for number in range(3)]}
        for kind in (0, 1, 7, 4)
    ]
    tracks[0]["sg"].append({"s": 100, "d": 900, "m": {"title": text}})
    return {"t": tracks, "m": {"title": text, "version": text, "width": text, "fps": text}}


def filled(text: str) -> World:
    line = clean_line(text)
    world = World(project=line, is_local=False)
    world.add(
        Asset(1, "s1", media.picture("red"), line, "image", line, AssetState.DONE, size=9),
        Turn(1, "s1", clean(text), "edit", TurnState.DONE, reply=clean(text), created_at=NOW),
    )
    world.build(draft(text), 1)
    other = copy.deepcopy(draft(text, 0.5))
    other["t"][2]["sg"][0]["m"]["text"] = text + "!"
    world.build(other, 1)
    world.folder /= line.replace("/", "_")[:80] or "x"
    return world


async def looks_sane(app: VbtuiApp, pilot: Pilot[int], width: int) -> None:
    """Every line has its width and nothing that a terminal would obey."""
    await settled(app, pilot)
    for strip in screen_lines(app):
        assert sum(piece.cell_length for piece in strip) == width
        shown = "".join(piece.text for piece in strip)
        assert not [sign for sign in shown if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0]
        assert not [sign for sign in shown if "\u202a" <= sign <= "\u202e"]


MOST_EVIL = ("marks", "controls", "long", "wide", "empty")


@pytest.mark.parametrize("name", MOST_EVIL)
async def test_edits_and_dialogs(open_app: OpenApp, name: str) -> None:
    world = filled(EVIL[name])
    async with open_app(120, 35, world=world) as (app, pilot):
        await pilot.press("f4", "n", "m", "plus")
        await looks_sane(app, pilot, 120)
        for keys in (["x"], ["v", "enter"], ["c"], ["down", "down", "down", "escape", "n", "t"]):
            await pilot.press(*keys)
            await looks_sane(app, pilot, 120)
            await pilot.press("escape")
        await pilot.press("u")
        await looks_sane(app, pilot, 120)
        await pilot.press("escape", "h")
        await looks_sane(app, pilot, 120)
        await pilot.press("down", "space", "up", "n", "escape", "O")
        await looks_sane(app, pilot, 120)
        await pilot.press("end", "space", "home", "enter")
        await looks_sane(app, pilot, 120)


@pytest.mark.parametrize("name", ["marks", "wide", "long"])
async def test_what_comes_of_an_edit(open_app: OpenApp, name: str) -> None:
    world = filled("beach.mp4")
    text = world.says = EVIL[name]
    async with open_app(80, 24, world=world) as (app, pilot):
        await pilot.press("f4", "n", "x", "enter")
        await settled(app, pilot)
        world.cloud.draft = draft("other.mp4")
        world.cloud.release.set()
        await world.engine.conversation.wait_idle()
        await looks_sane(app, pilot, 80)
        problem = Problem(clean_line(text), clean(text), clean_line(text))
        turn = world.engine.conversation.turns[-1]
        failed = replace(turn, state=TurnState.FAILED, problem=problem)
        world.engine.bus.publish(TurnChanged(failed))
        await looks_sane(app, pilot, 80)


async def test_words_with_markup_are_sent_as_they_stand(open_app: OpenApp) -> None:
    text = EVIL["marks"]
    world = filled(text)
    async with open_app(120, 35, world=world) as (app, pilot):
        await pilot.press("f4", "down", "down", "down", "n", "p", "t")
        await settled(app, pilot)
        field = app.screen.query_one(EditField)
        assert field.value == text + "!"
        field.value = "[/x] $y"
        await pilot.press("enter", "enter")
        await settled(app, pilot)
        assert (await world.sent())[-1].endswith('to "[/x] $y"')
