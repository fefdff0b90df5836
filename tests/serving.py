"""A whole engine at work in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vbtui.engine import Engine


@asynccontextmanager
async def serving(engine: Engine) -> AsyncIterator[Engine]:
    """`engine`, started, with its services; afterwards it is closed, and no service fell before."""
    await engine.start()
    tasks = [asyncio.create_task(one.run(), name=one.name) for one in engine.services]
    try:
        yield engine
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await engine.close()
        for task in tasks:
            assert task.cancelled(), (task.get_name(), task.exception())
