"""Which process works on a row of the journal, and whether it still lives.

An owner is `pid:start:number`: a process id alone is given out again by the system, so the time
at which the process began goes with it; the number tells several engines of one process apart.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from functools import lru_cache
from pathlib import Path

_numbers = itertools.count(1)
_open: set[str] = set()


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
    if Path("/proc/self/stat").exists():
        return _start_from_proc(pid)
    return _start_from_ps(pid)


def _start_from_proc(pid: int) -> str | None:
    """Clock ticks since boot, and the boot: a process of an earlier boot never matches."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in "ZX":
        return None
    return f"{fields[19]}@{boot}"


def _start_from_ps(pid: int) -> str | None:
    try:
        reply = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return "-".join(reply.stdout.replace(":", ".").split()) or None
