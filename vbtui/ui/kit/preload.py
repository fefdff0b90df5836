"""Screens made before they are asked for, while nothing else goes on: their key then opens them at once.

Making a screen parses its style sheet and styles its widgets, which takes ten times as long as
showing it. Textual has no public way to make the screen of a mode without going there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.screen import Screen

_LOOK_S = 0.1
_LATE_S = 0.01
"""A loop that wakes up later than that has something else to do."""
_QUIET_LOOKS = 5
_PATIENCE = 300
"""Looks, after which a screen is made when it is asked for."""


async def make_screens(app: App[Any], is_busy: Callable[[], bool]) -> None:
    """Make the screen of every mode, each after a while in which nothing happened.

    Args:
        is_busy: whether something is under way that the user watches.
    """
    for name in app.MODES:
        if not await _is_quiet(is_busy):
            return
        await make_screen(app, name)


async def make_screen(app: App[Any], name: str) -> None:
    """Make the screen of one mode, unless it is there; it is not shown."""
    if name in app._screen_stacks:
        return
    factory = app._modes[name]

    def made() -> Screen[Any]:
        screen: Screen[Any] = factory()  # type: ignore[operator]  # ours are functions
        screen._css_update_count = app._css_update_count  # else everything is styled once more
        return screen

    app._modes[name] = made
    try:
        await app._init_mode(name)
    finally:
        app._modes[name] = factory


async def _is_quiet(is_busy: Callable[[], bool]) -> bool:
    """Wait until nothing happens for a while; False when that does not come."""
    loop = asyncio.get_running_loop()
    still = 0
    for _ in range(_PATIENCE):
        due = loop.time() + _LOOK_S
        await asyncio.sleep(_LOOK_S)
        is_late = loop.time() - due > _LATE_S
        still = 0 if is_late or is_busy() else still + 1
        if still == _QUIET_LOOKS:
            return True
    return False
