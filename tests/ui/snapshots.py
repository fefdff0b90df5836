"""Pictures of whole screens, kept beside the tests and compared with what the app draws now.

A picture that is to change is made anew with `pytest --snapshot-update`, and looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from textual.pilot import Pilot
from textual.worker import Worker, WorkerCancelled

from tests.ui.conftest import ready, settled, until
from tests.ui.world import World, WorldApp
from vbtui.session.events import Event
from vbtui.ui.app import VbtuiApp

Compare = Callable[..., bool]
"""The fixture `snap_compare`."""

SIZES = ((80, 24), (120, 35), (200, 50))
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


def looks_the_same(
    compare: Compare,
    world: World,
    size: tuple[int, int],
    keys: Sequence[str],
    is_ready: Callable[[VbtuiApp], bool] = lambda app: True,
    reports: Sequence[Event] = (),
) -> bool:
    """Whether the app in `world` in `size` columns and lines is, after `keys`, as it was kept.

    The clock stands still, and what the screen asks for in the background is there.

    Args:
        reports: what the engine tells after the keys, and no journal keeps.
        is_ready: holds when what comes after a rest is there too.
    """

    app = WorldApp(world)

    async def use(pilot: Pilot[int]) -> None:
        await ready(app, pilot)
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        for report in reports:
            world.engine.bus.publish(report)
        await until(pilot, lambda: is_ready(app))
        while working := [worker for worker in app.workers if _ends(worker)]:
            for worker in working:
                with suppress(WorkerCancelled):
                    await worker.wait()
            await until(pilot, lambda: is_ready(app))  # what they found may be looked at again
        await settled(app, pilot)

    return compare(app, terminal_size=size, run_before=use)


def _ends(worker: Worker[object]) -> bool:
    return not worker.is_finished and not worker.group.startswith("service:")
