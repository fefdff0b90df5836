"""Who works on a row, and whether they live.

An owner is `pid:start:number`: a process id alone is given out again by the system, so the time
at which the process began goes with it; the number tells several engines of one process apart.

A process whose event loop stands still works on nothing, but it may go on where it stood: just before a
request went out. Nothing that is written down keeps it from that. So it is ended, surely and for good,
before what it had becomes anybody's: then it is dead like any other. One that was suspended (ctrl+Z) goes on
when its user wants it to: it keeps its rows, and the others say who has them.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.base import programs
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import AssetState, RenderState, TurnState

if TYPE_CHECKING:
    from vbtui.journal.journal import Journal

_numbers = itertools.count(1)
_open: set[str] = set()
"""The owners of this process that live: whether another process's does is asked of the system."""


def new_owner() -> str:
    """A token for an engine of this process; alive until `release_owner` or the process's end."""
    pid = os.getpid()
    owner = f"{pid}:{_own_start(pid)}:{next(_numbers)}"
    _open.add(owner)
    return owner


def release_owner(owner: str) -> None:
    """From here on `owner` counts as dead: its unfinished rows may be taken over."""
    _open.discard(owner)


def owner_is_alive(owner: str) -> bool:
    """Whether the engine that wrote `owner` still runs; false for an empty or foreign text."""
    pid_text, _, rest = owner.partition(":")
    start, _, number = rest.rpartition(":")
    if not pid_text.isdecimal() or not number.isdecimal():
        return False
    pid = int(pid_text)
    if pid == os.getpid():
        return owner in _open
    return process_start(pid) == start


@lru_cache(maxsize=1)
def _own_start(pid: int) -> str:
    return process_start(pid) or "unknown"


def process_start(pid: int) -> str | None:
    """When the process `pid` began, as an opaque text without colons; None when there is none."""
    if _HAS_PROC:
        return _start_from_proc(pid)
    return "-".join(_from_ps(pid, "lstart=").replace(":", ".").split()) or None


def is_suspended(pid: int) -> bool:
    """Whether somebody stopped the process (ctrl+Z, a debugger), who may let it go on."""
    if _HAS_PROC:
        return _proc_fields(pid)[:1] in (["T"], ["t"])
    return _from_ps(pid, "state=").startswith("T")


_HAS_PROC = Path("/proc/self/stat").exists()


def _start_from_proc(pid: int) -> str | None:
    """Clock ticks since boot, and the boot: a process of an earlier boot never matches."""
    fields = _proc_fields(pid)
    if len(fields) < 20 or fields[0] in "ZX":
        return None
    return f"{fields[19]}@{_boot()}"


def _proc_fields(pid: int) -> list[str]:
    """What proc_pid_stat(5) tells behind the name, the state first; nothing where there is no process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return ""


def _from_ps(pid: int, what: str) -> str:
    try:
        return programs.run(["ps", "-o", what, "-p", str(pid)], timeout_s=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


# -- those who stand still ----------------------------------------------------------------------

_BEAT_S = 2.0
_END_S = 5.0
_UNDER_WAY = " UNION ".join(
    f"SELECT owner FROM {table} WHERE owner != '' AND {which}"
    for table, which in {
        "turns": f"state IN ('{TurnState.SENDING}', '{TurnState.RUNNING}', '{TurnState.RECOVERING}',"
        f" '{TurnState.QUEUED}')",
        "assets": f"state = '{AssetState.UPLOADING}'",
        "renders": "state NOT IN ("
        + ", ".join(f"'{state}'" for state in RenderState if state.is_over)
        + ")",
    }.items()
)
"""The owners of rows that nobody else may go on with."""


@dataclass(slots=True)
class _Pulse:
    """Another process, as it was seen."""

    beat: int
    quiet_s: float = 0.0
    is_told: bool = False
    """That it is suspended, and has what others wait for."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A process that works on nothing any more."""

    pid: int
    was_hung: bool
    """It had stood still, and was ended."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """A process that has rows or locks, and was stopped by its user."""

    pid: int


News = Gone | Suspended


class Neighbours:
    """This process shows that it lives, and looks whether the others on its journal do.

    A process lives as long as its event loop turns: then the time of its file in `folder` goes on. How
    long another one has been quiet is counted by what was seen here, so that neither a clock that is
    set, nor a machine that slept, nor a pause of this process makes anybody hung.

    Args:
        limit_s: how long a process may stand still.
    """

    def __init__(self, journal: Journal, folder: Path, limit_s: float) -> None:
        self._journal = journal
        self._folder = folder
        self._limit_s = limit_s
        self._period_s = min(_BEAT_S, limit_s / 10)
        pid = os.getpid()
        self._mine = folder / f"{pid}:{_own_start(pid)}"
        self._pulses: dict[str, _Pulse] = {}

    async def watch(self, tell: Callable[[News], Awaitable[None]]) -> None:
        """Until cancelled; tells of each process that is gone, or was made to be, and of the suspended ones."""
        looked_at = time.monotonic()
        try:
            while True:
                self._beat()
                now = time.monotonic()
                passed_s, looked_at = min(now - looked_at, 2 * self._period_s), now
                others = self._others()
                self._pulses = {name: one for name, one in self._pulses.items() if name in others}
                for process, beat in others.items():
                    if (one := await self._look_at(process, beat, passed_s)) is not None:
                        await tell(one)
                await asyncio.sleep(self._period_s)
        finally:
            self.end()

    def end(self) -> None:
        """This process works on nothing from here on."""
        with suppress(OSError):
            self._mine.unlink()

    def _beat(self) -> None:
        try:
            os.utime(self._mine)
        except FileNotFoundError:
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._mine.touch(0o600)
        except OSError:
            self.end()

    def _others(self) -> dict[str, int]:
        found = {}
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                is_process = entry.name.partition(":")[0].isdecimal()
                if is_process and entry.name != self._mine.name:
                    with suppress(OSError):
                        found[entry.name] = entry.stat().st_mtime_ns
        return found

    async def _look_at(self, process: str, beat: int, passed_s: float) -> News | None:
        pid = int(process.partition(":")[0])
        if not owner_is_alive(f"{process}:0"):
            with suppress(OSError):
                (self._folder / process).unlink()
            return Gone(pid, was_hung=False) if self._pulses.pop(process, None) else None
        pulse = self._pulses.setdefault(process, _Pulse(beat))
        if beat != pulse.beat:
            self._pulses[process] = _Pulse(beat)
            return None
        if is_suspended(pid):
            pulse.quiet_s = 0.0  # from when it goes on it has all the time again
            if pulse.is_told or not await asyncio.to_thread(self._is_in_the_way, process):
                return None
            pulse.is_told = True
            return Suspended(pid)
        pulse.quiet_s += passed_s
        if pulse.quiet_s < self._limit_s:
            return None
        if not await asyncio.to_thread(self._is_in_the_way, process):
            return None
        if not await asyncio.to_thread(end_process, process):
            return None
        self._pulses.pop(process, None)
        with suppress(OSError):
            (self._folder / process).unlink()
        return Gone(pid, was_hung=True)

    def _is_in_the_way(self, process: str) -> bool:
        """Whether it has rows, or a lock that others wait for: on the journal, on the sign-in."""
        if not self._journal.is_open or _has_lock(process):
            return True
        place = f"{self._journal.path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(place, uri=True, timeout=1)) as connection:
                owners = connection.execute(_UNDER_WAY).fetchall()
        except sqlite3.Error:
            return True
        return any(str(line[0]).rpartition(":")[0] == process for line in owners)


def _has_lock(process: str) -> bool:
    """Whether it has a file locked for itself alone (proc_locks(5)); False where the system does not tell."""
    pid = process.partition(":")[0]
    return any(fields[3] == pid and fields[2] == "WRITE" for fields in _locks())


def locker_of(path: Path) -> Translation:
    """Who has a file, or one beside it, locked against others, as the beginning of a sentence."""
    pid = _locker(path)
    if pid is None:
        return Translation("Another program", "另一个程序")
    name = clean_line(_name_of(pid))[:40]
    if is_suspended(pid):
        return Translation(
            f"A suspended program (process {pid}, {name})", f"已挂起的程序（进程 {pid}，{name}）"
        )
    return Translation(
        f"Another program (process {pid}, {name})", f"另一个程序（进程 {pid}，{name}）"
    )


def _locker(path: Path) -> int | None:
    """Its process id; None where the system does not tell."""
    files = set()
    with suppress(OSError):
        files = {str(one.stat().st_ino) for one in path.parent.glob(f"{path.name}*")}
    for fields in _locks():
        if fields[2] == "WRITE" and fields[4].rpartition(":")[2] in files and fields[3].isdecimal():
            return int(fields[3])
    return None


def _locks() -> list[list[str]]:
    """Kind, mode, `READ` or `WRITE`, process, file (proc_locks(5)); none where the system does not tell."""
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    found = (line.split()[1:] for line in lines if "->" not in line)
    return [fields for fields in found if len(fields) > 4]


def _name_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace")
    return "?"


def end_process(process: str) -> bool:
    """End `pid:start` for good; whether it is dead. Blocks for some seconds at most."""
    pid, start = int(process.partition(":")[0]), process.partition(":")[2]
    with suppress(OSError):
        if hasattr(os, "pidfd_open"):  # the number cannot come to mean another process meanwhile
            descriptor = os.pidfd_open(pid)
            try:
                if process_start(pid) == start:
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            finally:
                os.close(descriptor)
        elif process_start(pid) == start:
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + _END_S
    while process_start(pid) == start:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
