"""Plays a timeline in a picture view: at its own speed, with as many frames as arrive in time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vbtui.base.clock import Clock
from vbtui.ui.pictures.raster import Drawn, NoPicture

AHEAD = 2
"""Batches that are asked for before they are due."""
LEAST_FPS, FIRST_FPS = 5.0, 10.0
_SLOWER = 2.0
_BATCH_S = 1.0
_NOTHING = NoPicture("there is no picture of this place")

Source = Callable[[int, int, float], Awaitable[list[Drawn]]]
"""Given the first time in ms, a count and the frames a second: so many pictures, or fewer."""
Show = Callable[[int, Drawn], None]
"""Given the time of a frame in ms and the frame."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Frames that were asked for together."""

    start_ms: int
    step_ms: float
    frames: asyncio.Task[list[Drawn]]


class Player:
    """Asks for batches ahead of time, shows each frame when it is due, drops those that are late.

    When a batch itself is late the picture stands still until it is there, and the next ones are
    asked for with fewer frames a second.

    Args:
        source: where pictures come from.
        show: called on the event loop for each frame that is shown.
        clock: real or a test's.
    """

    def __init__(self, source: Source, show: Show, clock: Clock) -> None:
        self._source = source
        self._show = show
        self._clock = clock
        self._batches: deque[_Batch] = deque()
        self._asked_ms = 0
        self._origin = 0.0
        """The clock's time at which the timeline's own time 0 would have been shown."""
        self.fps = FIRST_FPS
        self.shown = 0
        self.dropped = 0

    async def play(self, from_ms: int, until_ms: int) -> None:
        """Play; returns at the end, or when nothing can be shown. Cancel it to stop."""
        self._asked_ms = from_ms
        is_first = True
        try:
            while True:
                self._ask(until_ms)
                if not self._batches:
                    return
                batch = self._batches.popleft()
                frames = await self._arrived(batch, is_first)
                is_vain = is_first and all(isinstance(frame, NoPicture) for frame in frames)
                if is_vain or not frames:
                    self._show(batch.start_ms, frames[0] if frames else _NOTHING)
                    return
                is_first = False
                self._ask(until_ms)
                await self._run(batch, frames)
        finally:
            for batch in self._batches:
                batch.frames.cancel()
            self._batches.clear()

    def _ask(self, until_ms: int) -> None:
        """Ask for what comes next, as far ahead as is allowed."""
        while self._asked_ms < until_ms and len(self._batches) < AHEAD:
            step = 1000 / self.fps
            left = int((until_ms - self._asked_ms - 1) / step) + 1
            count = min(round(self.fps * _BATCH_S), left)
            frames = asyncio.ensure_future(self._source(self._asked_ms, count, self.fps))
            self._batches.append(_Batch(self._asked_ms, step, frames))
            self._asked_ms += round(count * step)

    async def _arrived(self, batch: _Batch, is_first: bool) -> list[Drawn]:
        """The frames of `batch`; where they are late, time stands still until they are there."""
        try:
            frames = await batch.frames
        except BaseException:
            batch.frames.cancel()
            raise
        starts = self._clock.monotonic() - batch.start_ms / 1000
        late_s = starts - self._origin
        if is_first:
            self._origin = starts
        elif late_s > batch.step_ms / 1000:
            self._origin = starts
            self.fps = max(self.fps - _SLOWER, LEAST_FPS)
        return frames

    async def _run(self, batch: _Batch, frames: list[Drawn]) -> None:
        """Show the frames at their times; those whose time is over are dropped."""
        for number, frame in enumerate(frames):
            at_ms = round(batch.start_ms + number * batch.step_ms)
            wait = self._origin + at_ms / 1000 - self._clock.monotonic()
            if wait < -batch.step_ms / 1000:
                self.dropped += 1
                continue
            if wait > 0:
                await self._clock.sleep(wait)
            self.shown += 1
            self._show(at_ms, frame)
            await asyncio.sleep(0)
        rest = self._origin + (batch.start_ms + len(frames) * batch.step_ms) / 1000
        if not self._batches and (wait := rest - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)  # the last frame has its time too
