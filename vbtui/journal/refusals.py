"""What keeps a journal from being used: told by whoever opens it, found by doctor before.

Something that is no file may be in its place, others may have it locked, the disk may be full or take nothing,
what is in it may be damaged or newer. Each has a code of its own (`vbtui.base.catalogue`), the same in every
command.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from vbtui.base.errors import DiskProblem
from vbtui.base.files import TRY_AGAIN, disk_problem
from vbtui.base.translation import Translation
from vbtui.journal import mending, owners, schema
from vbtui.journal.log import beside

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # nobody is known to have the journal open

LOCK = ".lock"
"""The end of the name of the file that everyone who has the journal open has locked."""
_BUSY_S = 1.0
"""So long others may be at work on it while it is examined."""
_NO_ROOM_BYTES = 1_000_000


def is_kept(path: Path) -> bool:
    """Whether there is a journal. Raises `DiskProblem` where that cannot be told."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise problem_of(error, path) from error
    return True


@dataclass(frozen=True, slots=True)
class Examined:
    """What a journal is like."""

    version: int = 0
    size: int = 0
    """Bytes; 0: there is none."""
    homeless: int = 0
    """Conversations' entries and exports whose project is not in it."""


def examine(path: Path) -> Examined:
    """What the journal is like, after all of it was looked through.

    Changes nothing. Raises `DiskProblem` for one that cannot be read, or not be written to now.
    """
    if not is_kept(path):
        return Examined()
    try:
        path = real_place(path)
        if not path.exists():
            return Examined()
        _demand_access(path)
        if _flaw_found(path):
            raise DiskProblem(code="disk.journal_damaged", place=path)
        version, homeless = mending.count(path)
        if version > schema.VERSION:
            raise schema.Newer
        _try_to_write(path)
        return Examined(version, path.stat().st_size, homeless)
    except (sqlite3.Error, OSError) as error:
        raise problem_of(error, path) from error


def _flaw_found(path: Path) -> bool:
    """Looked for twice: others may write while it is looked at."""
    for _ in range(2):
        if not mending.flaw(path, thoroughly=True):
            return False
        time.sleep(_BUSY_S / 5)
    return True


def _demand_access(path: Path) -> None:
    for one in (path.parent, path):
        if not os.access(one, os.R_OK | os.W_OK):
            is_read_only = os.statvfs(one).f_flag & os.ST_RDONLY
            raise OSError(errno.EROFS if is_read_only else errno.EACCES, "", str(one))


def _try_to_write(path: Path) -> None:
    """Raises what keeps the journal from being written. Writes nothing."""
    if fcntl is not None:
        with suppress(FileNotFoundError):
            descriptor = os.open(beside(path, LOCK), os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked from None
            finally:
                os.close(descriptor)
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def real_place(path: Path) -> Path:
    """Where the journal lies, links followed. Raises `DiskProblem` where something else is in its place, or in
    that of a file beside it: whoever opens a pipe waits for ever."""
    link, path = path, Path(os.path.realpath(path))
    if link.is_symlink() and not path.parent.exists():
        raise DiskProblem(code="disk.journal_place", place=link, what=_NOWHERE)
    for end in ("", "-wal", "-shm", "-journal", ".new", ".mended", LOCK):
        one = beside(path, end)
        with suppress(FileNotFoundError):
            mode = one.lstat().st_mode
            if not stat.S_ISREG(mode):
                what = next((words for is_it, words in _NO_FILES if is_it(mode)), _SOMETHING)
                raise DiskProblem(code="disk.journal_place", place=one, what=what)
    return path


_SOMETHING = Translation("something else", "其他东西")
_NOWHERE = Translation("a link that leads nowhere", "一个无效链接")
_NO_FILES: tuple[tuple[Callable[[int], bool], Translation], ...] = (
    (stat.S_ISDIR, Translation("a folder", "一个文件夹")),
    (stat.S_ISFIFO, Translation("a pipe", "一个管道")),
    (stat.S_ISSOCK, Translation("a socket", "一个套接字")),
    (stat.S_ISCHR, Translation("a device", "一个设备")),
    (stat.S_ISBLK, Translation("a device", "一个设备")),
    (stat.S_ISLNK, _NOWHERE),
)


class Locked(sqlite3.Error):
    """Another process has the journal for itself."""


def is_locked(error: BaseException) -> bool:
    codes = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(error, Locked) or _is(error, *codes)


def _is(error: BaseException, *codes: int) -> bool:
    """Whether an error of SQLite is one of these, whatever its details."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def problem_of(error: sqlite3.Error | OSError, path: Path) -> DiskProblem:
    """What keeps the journal from being used, with what helps against it."""
    if isinstance(error, OSError):
        return disk_problem(error, path if error.filename == str(path) else path.parent)
    if isinstance(error, schema.Newer):
        return DiskProblem(code="disk.journal_newer", place=path)
    if mending.is_damage(error):
        return DiskProblem(code="disk.journal_damaged", place=path)
    if is_locked(error):
        return DiskProblem(code="disk.journal_locked", place=path, who=owners.locker_of(path))
    if _is(error, sqlite3.SQLITE_FULL) or (
        _is(error, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(path.parent)
    ):
        return DiskProblem(code="disk.full", place=path, then=TRY_AGAIN)
    if _is(error, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return DiskProblem(code="disk.permission", place=path, then=TRY_AGAIN)
    return DiskProblem(code="disk.journal", place=path, why=error)


def _is_full(folder: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    return False
