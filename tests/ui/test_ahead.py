"""Screens that are made before they are asked for."""

from __future__ import annotations

import asyncio

import pytest

from tests.ui.conftest import OpenApp, screen_text, settled
from tests.ui.fakes import FakeEngine
from tests.ui.sample import fill
from vbtui.ui.kit import preload as ahead
from vbtui.ui.kit.preload import make_screen, make_screens
from vbtui.ui.media.screen import MediaScreen


async def test_screen_made_ahead_is_the_one_that_is_shown(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await make_screen(app, "media")
        await settled(app, pilot)
        made = app._screen_stacks["media"][0]
        assert isinstance(made, MediaScreen)
        assert app.current_mode == "chat"
        fill(engine)  # after it was made
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
    monkeypatch.setattr(ahead, "_LOOK_S", 0.0)
    monkeypatch.setattr(ahead, "_LATE_S", 10.0)
    async with open_app() as (app, _):
        await make_screens(app, lambda: False)
        assert set(app._screen_stacks) >= {"chat", "media", "timeline", "renders"}


async def test_none_is_made_while_the_loop_is_busy(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_LOOK_S", 0.0)
    monkeypatch.setattr(ahead, "_LATE_S", -1.0)
    async with open_app() as (app, _):
        await asyncio.wait_for(make_screens(app, lambda: False), 10)
        assert "media" not in app._screen_stacks
