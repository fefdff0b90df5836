"""When a file is ready: the same on two looks and quiet for long enough.

How long is enough adapts to the file: a writer that paused for four seconds may do so again.
Pure: it is told what was seen and what time it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vbtui.base.files import Identity
from vbtui.journal.records import NO_REASON, Reason

_PAUSE_FACTOR = 2.0
_LONGEST_SETTLE_S = 120.0
_SOON_S = 60.0


@dataclass(slots=True)
class Tracked:
    """A file that is not ready yet."""

    identity: Identity
    changed_at: float
    """When a look last saw it different, by the monotonic clock."""
    settle_s: float
    """How long it must be quiet."""
    looks: int = 1
    """Looks that saw it as it is now."""
    at_once: bool = False
    """It was renamed out of a temporary name: whoever wrote it says that it is finished."""
    was_closed: bool = False
    """Nobody had it open for writing at a look since it changed."""
    came_back: bool = False
    """It grew after it had been closed: its writer opens it again and again. An empty file that is
    filled later is a reserved name, no such thing."""
    delay: Reason = NO_REASON
    """Why it is not taken though it is quiet."""
    delay_until: float | None = None
    """When to look again; None: not before it changes."""

    @property
    def due_at(self) -> float:
        """When it is ready if nothing changes, or when a delayed one is looked at again."""
        if self.delay:
            return self.delay_until if self.delay_until is not None else float("inf")
        return self.changed_at if self.at_once else self.changed_at + self.settle_s


def has_grown(before: Identity, after: Identity) -> bool:
    """Whether something was added, not long after, to a file that held something."""
    is_soon = after.mtime_ns - before.mtime_ns < _SOON_S * 1e9
    return is_soon and before.inode == after.inode and after.size > before.size > 0


class Tracker:
    """The files of one folder that are on their way to being ready.

    Args:
        settle_s: how long a file must be quiet, at least.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self.files: dict[str, Tracked] = {}

    def see(self, path: str, identity: Identity, now: float, *, released: bool = False) -> Tracked:
        """A look saw `path` as `identity`. `released`: it came out of a temporary name."""
        tracked = self.files.get(path)
        if tracked is None:
            tracked = Tracked(identity, now, self._settle_s, at_once=released)
            self.files[path] = tracked
        elif tracked.identity == identity:
            tracked.looks += 1
        else:
            self._change(tracked, identity, now, released)
        return tracked

    def _change(self, tracked: Tracked, identity: Identity, now: float, released: bool) -> None:
        pause = now - tracked.changed_at
        wanted = max(tracked.settle_s, _PAUSE_FACTOR * pause)
        is_same_file = tracked.identity.inode == identity.inode
        tracked.came_back |= tracked.was_closed and has_grown(tracked.identity, identity)
        tracked.settle_s = min(wanted, _LONGEST_SETTLE_S) if is_same_file else self._settle_s
        tracked.was_closed = False
        tracked.identity, tracked.changed_at, tracked.looks = identity, now, 1
        tracked.at_once, tracked.delay, tracked.delay_until = released, NO_REASON, None

    def due(self, now: float) -> list[str]:
        """Paths that were quiet for long enough on two looks at least."""
        return [
            path
            for path, tracked in self.files.items()
            if now >= tracked.due_at and (tracked.looks > 1 or tracked.at_once)
        ]

    def delay(self, path: str, reason: Reason, until: float | None) -> None:
        """Do not take `path` yet: look again at `until`, or when it changes."""
        tracked = self.files[path]
        tracked.delay, tracked.delay_until = reason, until

    def drop(self, paths: Iterable[str]) -> None:
        """Ready, gone, or decided otherwise."""
        for path in paths:
            self.files.pop(path, None)

    def next_due(self) -> float:
        """When the next file may become ready; infinity: none before something changes."""
        return min((tracked.due_at for tracked in self.files.values()), default=float("inf"))

    def growing(self) -> Mapping[str, Tracked]:
        """Those that are waited for by the clock, not for a change."""
        return {path: one for path, one in self.files.items() if one.due_at != float("inf")}
