"""Foreign text that means harm, through every field of the timeline screen and its dialogs."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests import clips as media
from tests.ui.conftest import OpenApp, screen_lines, settled
from tests.ui.fakes import NOW, FakeEngine
from tests.ui.test_evil import EVIL
from vbtui.base.problem import Problem
from vbtui.base.text import clean, clean_line
from vbtui.interchange.service import Offer
from vbtui.journal.records import Asset, AssetState, Turn, TurnState
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


def filled(text: str) -> FakeEngine:
    engine = FakeEngine(project=clean_line(text), backend="NemoVideo")
    line = clean_line(text)
    asset = Asset(1, "s1", media.picture("red"), line, "image", line, AssetState.DONE, size=9)
    engine.library.put(asset)
    engine.conversation.turns.append(
        Turn(1, "s1", text, "edit", TurnState.DONE, reply=text, created_at=NOW)
    )
    engine.drafts.put(draft(text), 1)
    other = copy.deepcopy(draft(text, 0.5))
    other["t"][2]["sg"][0]["m"]["text"] = text + "!"
    engine.drafts.put(other, 1)
    engine.way_out.folder = Path("/tmp") / (line.replace("/", "_")[:80] or "x")
    engine.way_out.offers = (*engine.way_out.offers[:2], Offer("srt", line, line))
    return engine


async def looks_sane(app: VbtuiApp, pilot: Pilot[int], width: int) -> None:
    """Every line has its width and nothing that a terminal would obey."""
    await settled(app, pilot)
    for strip in screen_lines(app):
        assert sum(piece.cell_length for piece in strip) == width
        shown = "".join(piece.text for piece in strip)
        assert not [sign for sign in shown if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0]
        assert not [sign for sign in shown if "\u202a" <= sign <= "\u202e"]


MOST_EVIL = ("closing tag", "markup", "escapes", "bidi", "nul", "long", "wide", "empty", "newlines")


@pytest.mark.parametrize("name", MOST_EVIL)
async def test_edits_and_dialogs(open_app: OpenApp, name: str) -> None:
    engine = filled(EVIL[name])
    async with open_app(120, 35, engine=engine) as (app, pilot):
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


@pytest.mark.parametrize("name", ["markup", "wide", "long"])
async def test_what_comes_of_an_edit(open_app: OpenApp, name: str) -> None:
    engine = filled("beach.mp4")
    text = EVIL[name]
    async with open_app(80, 24, engine=engine) as (app, pilot):
        await pilot.press("f4", "n", "x", "enter")
        await settled(app, pilot)
        turn = engine.conversation.turns[-1]
        engine.conversation.put(replace(turn, state=TurnState.DONE, reply=clean(text)))
        await looks_sane(app, pilot, 80)
        problem = Problem(clean_line(text), clean(text), clean_line(text))
        engine.conversation.put(replace(turn, state=TurnState.FAILED, problem=problem))
        await looks_sane(app, pilot, 80)


async def test_words_with_markup_are_sent_as_they_stand(open_app: OpenApp) -> None:
    text = EVIL["markup"]
    engine = filled(text)
    async with open_app(120, 35, engine=engine) as (app, pilot):
        await pilot.press("f4", "down", "down", "down", "n", "p", "t")
        await settled(app, pilot)
        field = app.screen.query_one(EditField)
        assert field.value == text + "!"
        field.value = "[/x] $y"
        await pilot.press("enter", "enter")
        await settled(app, pilot)
        assert engine.conversation.said[-1].endswith('to "[/x] $y"')
