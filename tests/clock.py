"""Time in the hands of a test."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

NOW = 1_700_000_000.0
_LOOK_S = 0.005
_QUIET_LOOKS = 3
_TOGETHER_S = 2.0
"""What is due within so long is due at the same time, where time leaps."""


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


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time leaps to the next timer when nothing happens: no answer is on its way, and no
    thread is at work. Every wait takes no time then, also those that libraries make."""

    def __init__(self) -> None:
        self._leapt, self._threads, self._quiet = 0.0, 0, 0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        return super().time() + self._leapt

    def run_in_executor(  # type: ignore[override]  # the same, counted
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def passes(self, seconds: float, happened: bool) -> None:
        """So long the next timer is away, and whether something came in the meantime."""
        busy = happened or self._threads or _others_work()
        self._quiet = 0 if busy else self._quiet + 1
        if self._quiet >= _QUIET_LOOKS:
            self._quiet, self._leapt = 0, self._leapt + seconds + _TOGETHER_S

    def _thread_done(self, _: object) -> None:
        self._threads -= 1


def _others_work() -> bool:
    """Whether another thread of this process runs, would run if it got a core, or waits for the disk: on a busy
    machine that takes longer than a few looks. Only Linux tells."""
    me = threading.get_native_id()
    for task in Path("/proc/self/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if (
                int(task.parent.name) != me
                and task.read_text().rpartition(")")[2].split()[0] in "RD"
            ):
                return True
    return False


class _Leaping(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _LOOK_S:
            return super().select(timeout)
        found = super().select(_LOOK_S)
        self._loop.passes(timeout, bool(found))
        return found


class LoopClock:
    """The time of the loop that runs now, also for its threads."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> float:
        return NOW + self.monotonic()

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
