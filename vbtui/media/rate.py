"""How fast a file goes out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from vbtui.base.clock import Clock

_REPORT_EVERY_S = 0.1
_WINDOW_S = 3.0


class Meter:
    """Turns the bytes sent so far into at most ten reports a second with a rate.

    Args:
        report: called with the bytes sent and the bytes a second over the last three seconds.
    """

    def __init__(self, clock: Clock, report: Callable[[int, float], None]) -> None:
        self._clock = clock
        self._report = report
        self._points: deque[tuple[float, int]] = deque([(clock.monotonic(), 0)])
        self._reported = clock.monotonic()

    def feed(self, sent: int) -> None:
        """`sent` bytes are out."""
        now = self._clock.monotonic()
        if now - self._reported < _REPORT_EVERY_S:
            return
        self._reported = now
        self._points.append((now, sent))
        while len(self._points) > 2 and now - self._points[1][0] > _WINDOW_S:
            self._points.popleft()
        began, before = self._points[0]
        self._report(sent, (sent - before) / (now - began))
