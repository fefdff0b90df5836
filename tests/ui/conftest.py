"""A running app on a real engine (`tests.ui.world`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.dom import NoScreen
from textual.pilot import Pilot
from textual.strip import Strip

from tests.ui.world import World, WorldApp
from tests.waiting import PATIENCE_S
from vbtui.session.events import Link
from vbtui.ui.app import VbtuiApp
from vbtui.ui.chat.prompt import Prompt
from vbtui.ui.kit.screen import Box

OpenApp = Callable[..., AbstractAsyncContextManager[tuple[VbtuiApp, Pilot[int]]]]


async def settled(app: VbtuiApp, pilot: Pilot[int]) -> None:
    """Wait until what was asked for is done, every report is on the screen and all of that is drawn."""
    for _ in range(2):  # a dialog that ends asks for something else
        await _is_taken(app)
        await pilot.pause()
        await _is_taken(app)
        async with asyncio.timeout(PATIENCE_S):
            while not app.is_settled or (len(app.screen_stack) == 1 and _is_asked(app)):
                await pilot.pause()
    await _is_drawn(app, pilot)


async def _is_drawn(app: VbtuiApp, pilot: Pilot[int]) -> None:
    """Wait until no widget waits for being laid out or painted."""
    for _ in range(2):  # what is laid out anew is painted after it
        await pilot.pause()
        if not app.is_running or not app.screen_stack:
            return
        drawn = asyncio.Event()
        app.screen.call_after_refresh(drawn.set)
        async with asyncio.timeout(PATIENCE_S):
            while app.is_running and not drawn.is_set():  # noqa: ASYNC110 - an app that ends draws nothing
                await asyncio.sleep(0.001)


async def _is_taken(app: VbtuiApp) -> None:
    """Wait until the app has taken what was sent to it: keys wait while it makes a screen."""
    taken = asyncio.Event()
    app.call_later(taken.set)
    async with asyncio.timeout(PATIENCE_S):
        while app.is_running and not taken.is_set():  # noqa: ASYNC110 - an app that ends takes nothing
            await asyncio.sleep(0.001)


def _is_asked(app: VbtuiApp) -> bool:
    return any(
        not worker.is_finished and worker.group.startswith(("do:", "say", "start"))
        for worker in app.workers
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def open_app(world: World) -> OpenApp:
    """Call it with a size (columns, lines) and perhaps another world; yields app and pilot."""

    @asynccontextmanager
    async def open_one(
        width: int = 80, height: int = 24, world: World = world
    ) -> AsyncIterator[tuple[VbtuiApp, Pilot[int]]]:
        app = WorldApp(world)
        try:
            async with app.run_test(size=(width, height), notifications=True) as pilot:
                await ready(app, pilot)
                yield app, pilot
        finally:
            await app.end()

    return open_one


async def ready(app: VbtuiApp, pilot: Pilot[int]) -> None:
    """Wait until the backend answered, or is out of reach, and everything is on the screen."""
    await until(pilot, lambda: app.overview.link is not Link.STARTING)
    await settled(app, pilot)


def screen_lines(app: App[Any]) -> list[Strip]:
    """What is on the screen, line by line. Textual's only public way is a picture of it (SVG)."""
    try:
        return app.screen._compositor.render_strips()
    except NoScreen:  # a widget has gone, and what is on the screen is not arranged anew yet
        return []


def screen_text(app: App[Any]) -> str:
    """The same without colours."""
    return "\n".join(line.text.rstrip() for line in screen_lines(app))


def dialog_text(app: App[Any]) -> str:
    """What the dialog in front shows, without what is visible around it."""
    box = app.screen.query_one(Box).region
    lines = screen_lines(app)[box.y : box.bottom]
    return "\n".join(line.crop(box.x, box.right).text.rstrip() for line in lines)


async def until(pilot: Pilot[int], holds: Callable[[], object]) -> None:
    """Wait for what comes from a thread or after a rest."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await pilot.pause(0.01)
    except TimeoutError:
        raise AssertionError(screen_text(pilot.app)) from None


async def shown(app: VbtuiApp, pilot: Pilot[int], text: str) -> None:
    """Wait until `text` is on the screen."""
    await until(pilot, lambda: text in screen_text(app))


def prompt_of(app: VbtuiApp) -> Prompt:
    """What the user types into."""
    return app.screen.query_one(Prompt)
