"""A window of any size, also while the look changes: nothing is left that a screen cannot be drawn in."""

from __future__ import annotations

import pytest

from tests.ui.conftest import ready, settled
from tests.ui.world import World, WorldApp

SIZES = ((120, 35), (40, 12), (9, 9), (5, 5), (3, 8), (2, 2), (1, 1), (30, 1), (1, 30), (200, 50))


@pytest.mark.parametrize(
    "keys", [("f2",), ("f3",), ("f5", "f1"), ("f4", "t"), ("f12",)], ids=".".join
)
async def test_any_size_while_the_look_changes(world: World, keys: tuple[str, ...]) -> None:
    app = WorldApp(world)
    async with app.run_test(size=(120, 35)) as pilot:
        await ready(app, pilot)
        await pilot.press(*keys)
        await settled(app, pilot)
        for number, size in enumerate(SIZES):
            app.theme = ("textual-light", "textual-dark")[number % 2]
            await pilot.resize_terminal(*size)
            await settled(app, pilot)
