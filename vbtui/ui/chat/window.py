"""Which part of a long conversation is mounted."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 60
STEP = 20


@dataclass(frozen=True, slots=True)
class Window:
    """The turns [start, end) of `count`."""

    start: int = 0
    end: int = 0
    count: int = 0

    @property
    def has_older(self) -> bool:
        return self.start > 0

    @property
    def has_newer(self) -> bool:
        return self.end < self.count

    def newest(self, count: int, first: int = STEP) -> Window:
        """The last `first` of `count` turns."""
        return Window(max(count - first, 0), count, count)

    def grown(self, count: int) -> Window:
        """There are `count` turns now: new ones are shown if the last ones were."""
        if self.has_newer:
            return Window(self.start, min(self.end, count), count)
        return Window(max(min(self.start, count), count - MOST, 0), count, count)

    def older(self) -> Window:
        """`STEP` turns further up; the newest ones leave when there would be too many."""
        start = max(self.start - STEP, 0)
        return Window(start, min(self.end, start + MOST), self.count)

    def newer(self) -> Window:
        """`STEP` turns further down; the oldest ones leave when there would be too many."""
        end = min(self.end + STEP, self.count)
        return Window(max(self.start, end - MOST), end, self.count)
