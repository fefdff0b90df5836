"""Screens made before they are asked for, while nothing else goes on: their key then opens them at once.

Making a screen parses its style sheet and styles its widgets, which takes ten times as long as
showing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from textual.message import Message

from vbtui.ui.kit.host import Host

_LOOK_S = 0.1
_LATE_S = 0.01
"""A loop that wakes up later than that has something else to do."""
_QUIET_LOOKS = 5
_PATIENCE = 300
"""Looks, after which a screen is made when it is asked for."""


class ScreenWanted(Message):
    """The screen of a mode is to be made: by the app, so that keys wait until the one in front is back."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode
        self.made = asyncio.Event()


async def make_screens(app: Host, is_busy: Callable[[], bool]) -> None:
    """Have the screen of every mode made, each after a while in which nothing happened.

    Args:
        app: takes `ScreenWanted`.
        is_busy: whether something is under way that the user watches.
    """
    for name in app.MODES:
        if not await _is_quiet(is_busy):
            return
        wanted = ScreenWanted(name)
        app.post_message(wanted)
        await wanted.made.wait()


async def make_screen(app: Host, name: str) -> None:
    """Make the screen of one mode, unless it is there; it is not shown."""
    with suppress(KeyError):
        if app.get_screen_stack(name):
            return
    shown, app.is_preloading = app.current_mode, True
    try:
        with app.batch_update():
            await app.switch_mode(name)
            await app.switch_mode(shown)
    finally:
        app.is_preloading = False


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
