"""Time in the hands of a test."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

NOW = 1_700_000_000.0
_LOOK_S = 0.005
_QUIET_LOOKS = 3


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


class LeapingClock:
    """A minute passes in a moment: when nothing happens any more, time leaps to the next one who waits.

    Args:
        happened: counts what goes on elsewhere; time stands still while that grows.
    """

    def __init__(self, happened: Callable[[], int]) -> None:
        self.time = NOW
        self._happened = happened
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.time + max(seconds, 0), next(self._number), future))
        await future

    @property
    def next_at(self) -> float | None:
        """When the next one who waits goes on; None: nobody waits."""
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def leap(self) -> None:
        """Time is when the next one who waits goes on."""
        self.time = max(self.time, self.next_at or 0)
        while self._waiting and self._waiting[0][0] <= self.time:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)

    async def run(self, seconds: float) -> None:
        """Let so much time pass, leap by leap."""
        end, seen, quiet = self.time + seconds, -1, 0
        while self.time < end:
            await asyncio.sleep(_LOOK_S)
            seen, quiet = self._happened(), quiet + 1 if self._happened() == seen else 0
            if quiet >= _QUIET_LOOKS and self.next_at is not None:
                quiet = 0
                self.leap()
