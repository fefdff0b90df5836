"""A folder whose new files are taken as soon as they are whole, once each.

Events wake a scanner, and the scanner decides. Where events cannot come it polls, and says so.
A folder that goes away pauses the watch and forgets nothing. Looking at the disk happens in one
thread at a time, and what it costs bounds how often it happens.
"""

from __future__ import annotations

import asyncio
import math
import os
import stat
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.base.clock import Clock, first
from vbtui.base.files import Identity
from vbtui.base.translation import Translation
from vbtui.journal.records import Reason
from vbtui.media import files
from vbtui.media.files import Refused, growing
from vbtui.media.folder.events import EventSource, NoEvents
from vbtui.media.folder.scan import Known, Number, Scan, look, scan, silent_mount
from vbtui.media.folder.settle import Tracked, Tracker, has_grown, is_closed, why_delay
from vbtui.media.intake import Observation

_TICK_S = 0.4
"""Between two looks at files that are growing."""
_PULSE_S = 10.0
"""Between two looks whether the folder itself is still there."""
_AWAY_S = 2.0
"""The same while it is away."""
_POLL_S = 1.0
_SHARE = 25
"""A look that takes a second is followed by at least so many seconds without one."""
_SHARE_AWAKE = 2
"""The same while events come in."""
_EVENT_LAG_S = 0.25
"""How much later than a change its event may come: the change counts from when it was made."""
_LISTEN_AGAIN_S = 30.0
"""After so long without events they are tried again: a limit was raised, a file got another name."""
_TOLD = 40
"""Files whose quiet time is told at each look."""
_NEW_FOLDER_S = (0.5, 2.0, 8.0)
"""Looks after a new sub-folder was found: events of what was put there first are often missed."""

_T = Translation
_NOT_THERE = _T("the folder is not there", "文件夹不存在")
_NOTHING_LOST = _T(
    "Nothing is forgotten; it goes on when the folder is back.",
    "不会丢失任何内容；文件夹恢复后会继续。",
)
_SILENT = _T("no file events come from {mount}", "{mount} 没有文件事件")
_LEADS_OUT = _T("a link that leads out of the folder", "是指向文件夹之外的链接")


@dataclass(slots=True)
class Found:
    """What one look changed."""

    ready: list[Observation] = field(default_factory=list)
    """Files to take, and files that cannot be used."""
    waiting: list[tuple[Path, Identity, Reason]] = field(default_factory=list)
    """Files that are not ready, with the reason."""
    vanished: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Condition:
    """How the watch itself does."""

    state: str
    """`events`, `polling` or `away`."""
    reason: str = ""
    hint: str = ""


class HotFolder:
    """Watches one folder for as long as `run` runs.

    Args:
        root: the folder, absolute.
        settle_s: how long a file must be quiet, at least.
        is_known: whether that very file at that path was dealt with already; asked in a thread.
        is_own: whether vbtui itself wrote, or is writing, the file; asked in a thread.
        apply: takes what a look found; the next look waits for it.
        report: told when the watch's condition changes.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock,
        settle_s: float,
        is_known: Known,
        is_own: Callable[[str], bool],
        apply: Callable[[Found], Awaitable[None]],
        report: Callable[[Condition], None],
        excluded: Iterable[str] = (),
    ) -> None:
        self._root = os.fspath(root)
        self._clock = clock
        self._is_known = is_known
        self._is_own = is_own
        self._apply = apply
        self._report = report
        self._excluded = tuple(excluded)
        self._tracker = Tracker(settle_s)
        self._present: dict[str, Identity] = {}
        self._temporary: dict[Number, Identity] = {}
        self._announced: set[str] = set()
        self._folders: set[str] = set()
        self._device = -1
        self._wake = asyncio.Event()
        self._hints: set[str] = set()
        self._scans_due: list[float] = []
        self._cost_s = 0.0
        self._source: EventSource | None = None
        self._polls = False
        self._is_local = True
        self._condition: Condition | None = None
        self._rearm_at: float | None = None
        self._is_looking = False
        self.scans = 0
        """How many complete looks there were."""

    @property
    def is_settled(self) -> bool:
        """Whether everything was looked at and no file is waited for by the clock."""
        is_quiet = not (self._is_looking or self._tracker.growing() or self._hints)
        soon = self._clock.monotonic() + 2 * _TICK_S
        if self._condition is not None and self._condition.state == "away":
            return is_quiet
        return (
            self.scans > 0
            and is_quiet
            and (self._polls or all(due > soon for due in self._scans_due))
        )

    def look_now(self) -> None:
        """Scan at once."""
        self._scans_due.append(self._clock.monotonic())
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._is_looking = True
                if await asyncio.to_thread(self._is_there):
                    await self._arm()
                    await self._look()
                else:
                    self._go_away()
                self._is_looking = False
                await self._sleep()
        finally:
            self._disarm()

    # -- the folder itself --------------------------------------------------------------------

    def _is_there(self) -> bool:
        """Whether the folder can be listed and is on the disk on which it was."""
        try:
            found = os.stat(self._root)
            if not stat.S_ISDIR(found.st_mode):
                return False
            if self._device in (-1, found.st_dev):
                self._device = found.st_dev
                return os.access(self._root, os.R_OK | os.X_OK)
            with os.scandir(self._root) as entries:
                is_mounted = next(entries, None) is not None
        except OSError:
            return False
        if is_mounted:
            self._device = found.st_dev
        return is_mounted

    def _go_away(self) -> None:
        self._disarm()
        self._polls = False
        self._hints.clear()
        self._scans_due = []
        self._set_condition(Condition("away", _NOT_THERE.of(), _NOTHING_LOST.of()))

    async def _arm(self) -> None:
        """Have the system wake us, or poll where it cannot, and try again after a while.

        After new sub-folders were found it is done anew, so that none is left out unseen.
        """
        now = self._clock.monotonic()
        is_due = self._rearm_at is not None and self._rearm_at <= now
        if (self._polls or self._source is not None) and not is_due:
            return
        self._rearm_at = None
        old, self._source = self._source, None
        try:
            await self._listen()
        finally:
            if old is not None:
                old.stop()

    async def _listen(self) -> None:
        silent = await asyncio.to_thread(silent_mount, Path(self._root))
        self._is_local = not silent
        condition = Condition("polling", _SILENT.of(mount=silent)) if silent else None
        if condition is None:
            source = EventSource(Path(self._root), self._heard, self._no_more_events)
            try:
                await source.start()
                self._source = source
                condition = Condition("events")
            except NoEvents as error:
                self._no_more_events(error)
                return
            except OSError as error:  # it went away just now, or cannot be watched
                self._no_more_events(NoEvents.of(error))
                return
        self._polls = self._source is None
        self._set_condition(condition)
        self._scans_due.append(self._clock.monotonic())

    def _no_more_events(self, why: NoEvents) -> None:
        self._source = None
        self._polls = True
        self._rearm_at = self._clock.monotonic() + _LISTEN_AGAIN_S
        self._set_condition(Condition("polling", why.reason, why.hint))
        self.look_now()

    def _disarm(self) -> None:
        if self._source is not None:
            self._source.stop()
            self._source = None

    def _set_condition(self, condition: Condition) -> None:
        if condition != self._condition:
            self._condition = condition
            self._report(condition)

    def _heard(self, paths: set[str] | None) -> None:
        now = self._clock.monotonic()
        if paths is None:
            self._scans_due.append(now)
        else:
            self._hints |= paths
            self._scans_due.append(now + _TICK_S)
            if self._root in paths:
                self._disarm()
        self._wake.set()

    # -- looking ------------------------------------------------------------------------------

    async def _look(self) -> None:
        """One step: a scan where one is due, otherwise a look at single files."""
        now = self._clock.monotonic()
        hints, self._hints = self._hints, set()
        is_scan = any(due <= now for due in self._scans_due)
        try:
            found = await asyncio.to_thread(self._step, is_scan, hints)
        except OSError:
            return
        if is_scan:
            later = sorted({due for due in self._scans_due if due > now})
            self._scans_due = later[:1] + later[1:][-len(_NEW_FOLDER_S) :]
        await self._apply(found)
        self.scans += is_scan

    def _step(self, is_scan: bool, hints: set[str]) -> Found:
        """In a thread: look at the disk, keep the books, say what changed. Raises `OSError`."""
        now = self._clock.monotonic()
        found = Found()
        if is_scan:
            self._take_scan(scan(self._root, self._excluded), now, found)
        else:
            self._take_look({*hints, *self._tracker.growing()}, now, found)
        self._judge(now, found)
        self._cost_s = self._clock.monotonic() - now  # without the wait for a thread
        return found

    def _take_scan(self, result: Scan, now: float, found: Found) -> None:
        before, self._present = self._present, result.files
        before_temporary, self._temporary = self._temporary, result.temporary
        for path, identity in sorted(result.files.items()):
            self._see(path, identity, now, before_temporary, before.get(path))
        for path, identity in result.outside.items():
            if not self._is_known(path, identity):
                found.ready.append((Path(path), Refused(_LEADS_OUT.of())))
        hidden = tuple(result.unreadable)
        if hidden:
            kept = {path: one for path, one in before.items() if path.startswith(hidden)}
            self._present = {**kept, **self._present}
        self._vanish((path for path in before if path not in self._present), found)
        new = result.folders - self._folders
        if new and self._folders:
            self._scans_due += [now + pause for pause in _NEW_FOLDER_S]
            if not self._polls:
                self._rearm_at = now + _NEW_FOLDER_S[1]
        self._folders = result.folders

    def _take_look(self, paths: set[str], now: float, found: Found) -> None:
        seen, temporary, needs_scan = look(paths, self._root, self._excluded)
        before = self._temporary
        self._temporary = {**before, **temporary}
        gone = []
        for path, identity in seen.items():
            if identity is not None:
                last = self._present.get(path)
                self._present[path] = identity
                self._see(path, identity, now, before, last)
            elif path in self._present:
                gone.append(path)
            needs_scan = needs_scan or path in self._folders
        for path in gone:
            del self._present[path]
        self._vanish(gone, found)
        if needs_scan:
            self._scans_due.append(now)

    def _see(
        self,
        path: str,
        identity: Identity,
        now: float,
        temporary: dict[Number, Identity],
        last: Identity | None,
    ) -> None:
        is_new = path not in self._tracker.files
        if is_new and self._is_known(path, identity):
            return
        was = temporary.get((identity.device, identity.inode))
        # an inode number is given out again: what came of the old file has not shrunk or aged
        is_it = was and was.size <= identity.size and was.mtime_ns <= identity.mtime_ns
        if not self._polls:
            now -= min(max(self._clock.now() - identity.mtime_ns / 1e9, 0.0), _EVENT_LAG_S)
        tracked = self._tracker.see(path, identity, now, released=bool(is_it))
        if is_new and last is not None:  # it was taken, and its writer had not finished
            tracked.came_back = has_grown(last, identity)
        if tracked.looks <= 2 and self._is_local and not tracked.was_closed:
            tracked.was_closed = is_closed(Path(path), identity)

    def _vanish(self, paths: Iterable[str], found: Found) -> None:
        gone = list(paths)
        self._tracker.drop(gone)
        self._announced.difference_update(gone)
        found.vanished += map(Path, gone)

    # -- judging ------------------------------------------------------------------------------

    def _judge(self, now: float, found: Found) -> None:
        """Of what is quiet, take what is whole; say of the rest why it waits."""
        for path in self._tracker.due(now):
            tracked = self._tracker.files[path]
            if self._is_own(path):
                self._tracker.drop([path])
            elif delay := why_delay(Path(path), tracked, now, is_local=self._is_local):
                if delay != (tracked.delay, tracked.delay_until):
                    self._announced.discard(path)
                self._tracker.delay(path, *delay)
            else:
                self._take(path, tracked, now, found)
        self._announce(now, found)

    def _take(self, path: str, tracked: Tracked, now: float, found: Found) -> None:
        """The last look before a file is ready."""
        seen: Identity | Refused
        try:
            seen = files.examine(Path(path))
        except Refused as refused:
            seen = refused
        if isinstance(seen, Identity) and seen != tracked.identity:
            self._tracker.see(path, seen, now)
        elif isinstance(seen, Refused) and seen.is_gone:
            self._vanish([path], found)
        else:
            found.ready.append((Path(path), seen))
            self._tracker.drop([path])
            self._announced.discard(path)

    def _announce(self, now: float, found: Found) -> None:
        """Why files wait: each once, and then of some how long they have been quiet."""
        told = 0
        for path, tracked in self._tracker.files.items():
            is_new = path not in self._announced
            if (not is_new and (tracked.delay or told >= _TOLD)) or self._is_own(path):
                continue
            told += not is_new
            quiet_s = min(max(0.0, now - tracked.changed_at), tracked.settle_s)
            reason = tracked.delay or growing(quiet_s, tracked.settle_s)
            found.waiting.append((Path(path), tracked.identity, reason))
            self._announced.add(path)

    # -- waiting ------------------------------------------------------------------------------

    async def _sleep(self) -> None:
        """Until something happens, or the next look is due; never sooner than its cost allows."""
        now = self._clock.monotonic()
        soonest = now + self._cost_s * (_SHARE if self._polls else _SHARE_AWAKE)
        wait = max(self._next_look(now), soonest) - now
        if wait > 0:
            await first(self._wake.wait(), self._clock.sleep(wait))
            rest = soonest - self._clock.monotonic()
            if rest > 0:
                await self._clock.sleep(rest)
        self._wake.clear()

    def _next_look(self, now: float) -> float:
        if self._condition is not None and self._condition.state == "away":
            return now + _AWAY_S
        if self._hints:
            return now
        if self._polls and not self._scans_due:  # kept until it comes, whatever is looked at before
            self._scans_due = [now + max(_POLL_S, self._cost_s * _SHARE)]
        times = [now + _PULSE_S, *self._scans_due]
        if self._rearm_at is not None:
            times.append(self._rearm_at)
        due = self._tracker.next_due()
        if not math.isinf(due):
            times.append(min(due, now + _TICK_S) if due > now else now + 0.05)
        return min(times)
