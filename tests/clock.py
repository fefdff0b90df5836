"""Time in the hands of a test."""

from __future__ import annotations

import asyncio
import time

NOW = 1_700_000_000.0


class FakeClock:
    """Time that stands still but for waits, which take none – or that passes at a speed of its own.

    Args:
        now: seconds since 1970.
        speed: seconds that pass in one of the wall's.
        step_s: seconds that pass before each look at `monotonic`.
    """

    def __init__(self, now: float = NOW, *, speed: float = 0.0, step_s: float = 0.0) -> None:
        self.time = now
        self._speed, self._step_s = speed, step_s
        self._began = time.monotonic()

    def now(self) -> float:
        return self.time + (time.monotonic() - self._began) * self._speed

    def monotonic(self) -> float:
        self.time += self._step_s
        return self.now()

    async def sleep(self, seconds: float) -> None:
        if self._speed:
            await asyncio.sleep(seconds / self._speed)
        else:
            self.time += seconds
            await asyncio.sleep(0)
