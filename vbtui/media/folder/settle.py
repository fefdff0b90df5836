"""When a file is ready: the same on two looks, quiet for long enough, and then finished.

How long is enough adapts to the file: a writer that paused for four seconds may do so again. That is
`Tracker`, which is pure: it is told what was seen and what time it is. A quiet file is finished when
nobody writes to it and its own structure says that it is whole; else `why_delay` says why it is not
taken yet. That looks into the file and blocks: for a thread.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vbtui.base import mp4
from vbtui.base.files import Identity
from vbtui.base.mp4 import Wholeness
from vbtui.base.translation import Translation
from vbtui.journal.records import NO_REASON, UNWRITTEN, Reason
from vbtui.media import content, files

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # without it nobody is known to write

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


# -- finished -----------------------------------------------------------------------------------

_TAIL = 8192
_START_OF_SCAN = 0xDA
_MOST_SEGMENTS = 10_000


def is_open_for_writing(path: Path) -> bool:
    """Whether a process has the file open for writing, as far as the system tells.

    A read lease is refused for such a file (Linux, local file systems, own files or root). The
    lease is given back at once; a writer that comes in between would raise a signal, which is
    therefore one that is ignored by default.
    """
    if fcntl is None or not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False


def is_closed(path: Path, identity: Identity) -> bool:
    """Whether nobody has the file open for writing, and it is `identity` still: who adds to it
    later has to open it again."""
    return not is_open_for_writing(path) and files.is_unchanged(path, identity)


def wholeness(path: Path) -> Wholeness:
    """What the file's own structure says.

    Sure for MP4 and MOV. For others `CUT_OFF` is a hint: it begins like its kind and does not end
    like it, but makers put things behind the end of a picture. `FOREIGN`: nothing can be said.
    """
    suffix = path.suffix.lower()
    check = _CHECKS.get(suffix)
    try:
        if suffix in mp4.SUFFIXES:
            return mp4.wholeness(path)
        if check is None:
            return Wholeness.FOREIGN
        with path.open("rb") as file:
            head = file.read(64)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL, _picture_at(file, size) if check is _jpeg else 0))
            is_whole = check(head, file.read(), size)
    except OSError:
        return Wholeness.FOREIGN
    if is_whole is None:
        return Wholeness.FOREIGN
    return Wholeness.WHOLE if is_whole else Wholeness.CUT_OFF


def _picture_at(file: BinaryIO, size: int) -> int:
    """Where a JPEG's own picture begins; `size` when it ends before; 0 when it cannot be told.

    The segments in front of it may hold another picture, with an end of its own.
    """
    at = 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        header = file.read(4)
        if len(header) < 4:
            return size
        if header[0] != 0xFF:
            return 0
        if header[1] == _START_OF_SCAN:
            return at
        at += 1 if header[1] == 0xFF else 2 + int.from_bytes(header[2:], "big")
    return size


def _jpeg(head: bytes, tail: bytes, size: int) -> bool | None:
    return b"\xff\xd9" in tail if head.startswith(b"\xff\xd8\xff") else None


def _png(head: bytes, tail: bytes, size: int) -> bool | None:
    return b"IEND" in tail if head.startswith(b"\x89PNG\r\n\x1a\n") else None


def _gif(head: bytes, tail: bytes, size: int) -> bool | None:
    return tail.rstrip(b"\0").endswith(b";") if head.startswith(b"GIF8") else None


def _riff(head: bytes, tail: bytes, size: int) -> bool | None:
    """WAV, AVI and WebP say their length in front; a stream says nothing or the maximum."""
    length = int.from_bytes(head[4:8], "little")
    if not head.startswith(b"RIFF") or not 0 < length < 0xFFFFFF00:
        return None
    return size >= length + 8


def _matroska(head: bytes, tail: bytes, size: int) -> bool | None:
    """The segment's length is unknown until the writer ends."""
    at = head.find(b"\x18\x53\x80\x67")
    if not head.startswith(b"\x1a\x45\xdf\xa3") or at < 0 or at + 12 > len(head):
        return None
    first = head[at + 4]
    length = 9 - first.bit_length() if first else 8
    value = int.from_bytes(head[at + 4 : at + 4 + length], "big") & ((1 << 7 * length) - 1)
    return value != (1 << 7 * length) - 1 and at + 4 + length + value <= size


_CHECKS: dict[str, Callable[[bytes, bytes, int], bool | None]] = {
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".png": _png,
    ".gif": _gif,
    ".webp": _riff,
    ".wav": _riff,
    ".avi": _riff,
    ".mkv": _matroska,
    ".webm": _matroska,
}


WRITER_QUIET_S = 60.0
"""A file that somebody still has open for writing must be quiet for so long."""
UNFINISHED_QUIET_S = 30.0
"""The same for one that does not end like its kind, or parts of which hold nothing."""
CAME_BACK_QUIET_S = 25.0
"""The same for one whose writer closes it, and opens it again to add to it."""

_T = Translation
_EMPTY, _INCOMPLETE = _T("empty so far", "目前是空的"), _T("incomplete {kind}", "{kind} 不完整")
_OPEN = _T(
    "open in another program, quiet {quiet} s of {settle}",
    "正被其他程序打开，已静止 {quiet}/{settle} 秒",
)
_GAPS = _T("written in parts, quiet {quiet} s of {settle}", "分段写入，已静止 {quiet}/{settle} 秒")
_CUT_OFF = _T(
    "seems cut off, quiet {quiet} s of {settle}", "似乎不完整，已静止 {quiet}/{settle} 秒"
)
_BURSTS = _T(
    "written in bursts, quiet {quiet} s of {settle}", "断续写入，已静止 {quiet}/{settle} 秒"
)

Delay = tuple[Reason, float | None]
"""The reason, and when to look again; None: not before the file changes."""


def why_delay(path: Path, tracked: Tracked, now: float, *, is_local: bool) -> Delay | None:
    """What speaks against taking a quiet file; None: nothing.

    `is_local`: the system knows who has the file open.
    """
    size = tracked.identity.size
    if size == 0:
        return Reason("empty", _EMPTY.of()), None
    if files.suffix_problem(path.name) or files.size_problem(size):
        return None
    if _is_unwritten(path):
        return Reason(UNWRITTEN, content.UNWRITTEN_TEXT.of()), None
    quiet_s = now - tracked.changed_at
    verdict = wholeness(path)
    if verdict is Wholeness.CUT_OFF and path.suffix.lower() in mp4.SUFFIXES:
        kind = path.suffix.lower().lstrip(".")
        return Reason("incomplete", _INCOMPLETE.of(kind=kind)), None
    if is_local and quiet_s < WRITER_QUIET_S and is_open_for_writing(path):
        return _quiet("open", _OPEN, quiet_s, WRITER_QUIET_S), now + 1
    if tracked.at_once:
        return None
    if quiet_s < UNFINISHED_QUIET_S and content.has_gaps(path):
        until = tracked.changed_at + UNFINISHED_QUIET_S
        return _quiet("gaps", _GAPS, quiet_s, UNFINISHED_QUIET_S), until
    if verdict is Wholeness.WHOLE:
        return None
    if verdict is Wholeness.CUT_OFF and quiet_s < UNFINISHED_QUIET_S:
        until = tracked.changed_at + UNFINISHED_QUIET_S
        return _quiet("cut_off", _CUT_OFF, quiet_s, UNFINISHED_QUIET_S), until
    if tracked.came_back and quiet_s < CAME_BACK_QUIET_S:
        until = tracked.changed_at + CAME_BACK_QUIET_S
        return _quiet("bursts", _BURSTS, quiet_s, CAME_BACK_QUIET_S), until
    return None


def _is_unwritten(path: Path) -> bool:
    try:
        return content.is_unwritten(content.read_head(path))
    except OSError:
        return False


def _quiet(code: str, told: Translation, quiet_s: float, of_s: float) -> Reason:
    return Reason(code, told.of(quiet=f"{quiet_s:.0f}", settle=f"{of_s:g}"))
