"""How long a test waits for an event: it always comes, so only a test that hangs takes so long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_S = 120.0
"""A busy machine may take its time; nothing is measured by it."""


async def until(holds: Callable[[], object]) -> None:
    """Wait for what sets no event here: another process, the disk, a server's own count."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
