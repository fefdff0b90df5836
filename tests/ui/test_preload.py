"""Screens that are made before they are asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled
from tests.ui.sample import assets
from tests.ui.world import World
from tests.waiting import PATIENCE_S
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.screen import make_screen, make_screens
from vbtui.ui.media.screen import MediaScreen


def is_made(app: VbtuiApp, *names: str) -> bool:
    """Whether all of these screens are there."""
    with suppress(KeyError):
        return all(app.get_screen_stack(name) for name in names)
    return False


async def test_screen_made_ahead_is_the_one_that_is_shown(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await make_screen(app, "media")
        await settled(app, pilot)
        (made,) = app.get_screen_stack("media")
        assert isinstance(made, MediaScreen)
        assert app.current_mode == "chat"
        await world.show(*assets())  # after it was made
        await pilot.resize_terminal(80, 24)
        await pilot.press("f3")
        await settled(app, pilot)
        assert app.screen is made
        assert "interview-raw.mov" in screen_text(app)
        assert made.has_class("-normal")
        assert made.query_one("#assets").has_focus


async def test_every_screen_is_made_when_all_is_quiet(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.ui.kit.screen._LOOK_S", 0.0)
    monkeypatch.setattr("vbtui.ui.kit.screen._LATE_S", 10.0)
    async with open_app() as (app, _):
        await make_screens(app, lambda: False)
        assert is_made(app, "chat", "media", "timeline", "renders")
        assert app.current_mode == "chat"


async def test_none_is_made_while_the_loop_is_busy(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.ui.kit.screen._LOOK_S", 0.0)
    monkeypatch.setattr("vbtui.ui.kit.screen._LATE_S", -1.0)
    async with open_app() as (app, _):
        await asyncio.wait_for(make_screens(app, lambda: False), PATIENCE_S)
        assert not is_made(app, "media")


async def test_a_key_that_comes_while_one_is_made_goes_to_the_screen_in_front(
    open_app: OpenApp,
) -> None:
    async with open_app() as (app, pilot):
        app.call_later(make_screen, app, "media")
        await pilot.press("x")  # on the media screen it would take a file off the list
        await settled(app, pilot)
        assert is_made(app, "media")
        assert prompt_of(app).text == "x"
        assert prompt_of(app).has_focus
