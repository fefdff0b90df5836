"""The journal: what must survive a crash, in one SQLite file.

It is written *before* an action that must not happen twice and again after its answer. Several
processes may use one journal (WAL); `changed_elsewhere` tells when another one wrote.

Every access runs on the journal's own thread, so that the event loop never waits for the disk.
What is asked for while a transaction is being written goes into the next one together, so that
thousands of files do not wait for thousands of flushes of the disk.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
import stat
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vbtui.base.catalogue import Translation
from vbtui.base.errors import DiskProblem
from vbtui.base.files import TRY_AGAIN, disk_problem
from vbtui.base.problem import Problem
from vbtui.base.settings import private_directory
from vbtui.journal import mending, owners, schema
from vbtui.journal.table import Unreadable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # nobody is known to have the journal open

T = TypeVar("T")

_AGAIN_S = 0.05
_BUSY_S = 0.2
"""The patience of SQLite itself, which nothing interrupts."""
_SAID_AFTER_S = 1.0
"""Who waits for others for so long says it."""
_NO_ROOM_BYTES = 1_000_000
LOCK = ".lock"
"""The end of the name of the file that everyone who has the journal open has locked."""


class Journal:
    """One open journal. `open` before use, `close` at the end.

    Raises `DiskProblem` from every method when the disk is full or read-only, when others do not let
    go of the file, and when it was written by a newer vbtui. A damaged one is mended
    (`vbtui.journal.mending`) where no other process has it open.

    Args:
        patience_s: how long others that have the file locked are waited for; until `close`.
        tell: told, on the event loop, what was mended, and for whom it waits.
    """

    def __init__(
        self,
        path: Path,
        *,
        patience_s: float = 20.0,
        tell: Callable[[Problem], None] | None = None,
    ) -> None:
        self.path = path
        self._patience_s = patience_s
        self._tell = tell
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._data_version = 0
        self._is_closing = False

    async def open(self) -> None:
        """Open the file, make it when there is none, bring its schema up to date."""
        self._loop = asyncio.get_running_loop()
        await self._on_thread(self._open)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work(connection)` on the journal's thread: all of it, on disk when this returns, or, if
        it raises, nothing. It may be called again when the journal was locked or is mended."""
        future: Future[T] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._write_waiting)
        return await self._told(asyncio.wrap_future(future))

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def changed_elsewhere(self) -> bool:
        """Whether another process wrote to the journal since the last call."""

        def look(connection: sqlite3.Connection) -> bool:
            version = int(connection.execute("PRAGMA data_version").fetchone()[0])
            changed, self._data_version = version != self._data_version, version
            return changed

        return await self._on_thread(lambda: look(self._open_connection()))

    async def close(self) -> None:
        """Close the file; what was written before is on disk. It may be called twice, and where it was
        not opened, or is being opened."""
        if self._is_closing:
            return
        self._is_closing = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await self._told(asyncio.get_running_loop().run_in_executor(self._thread, work))

    async def _told(self, outcome: Awaitable[T]) -> T:
        try:
            return await outcome
        except (sqlite3.Error, OSError) as error:
            raise _problem(error, self.path) from error

    # -- on the journal's thread --------------------------------------------------------------

    def _open(self) -> None:
        private_directory(self.path.parent)
        self.path = _real(self.path)
        try:
            if is_alone := self._patiently(self._take_lock):
                mending.finish(self.path)
                self._patiently(lambda: self._mend(thoroughly=False))
                self._share_lock()
            self._patiently(lambda: self._connect(is_whole=is_alone))
        except BaseException:
            self._close()
            raise

    def _take_lock(self) -> bool:
        """Have the journal locked as one of several; whether it is locked as the only one, so far.

        Raises `_Locked` while another process looks through it.
        """
        if self._lock is None:
            self._lock = os.open(_beside(self.path, LOCK), os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is None:
            return False
        for mode in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            try:
                fcntl.flock(self._lock, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except OSError:  # a file system without locks
                return False
            return mode == fcntl.LOCK_EX
        raise _Locked

    def _share_lock(self) -> None:
        """From being the only one to being one of several: nobody is waited for but one that was quicker."""
        if fcntl is not None and self._lock is not None:
            with suppress(OSError):
                fcntl.flock(self._lock, fcntl.LOCK_SH)

    def _mend(self, *, thoroughly: bool) -> bool:
        """Whether something was wrong, and is not any more. Only for whoever has the journal alone."""
        if not self.path.exists():
            mending.begin(self.path)
        if not mending.flaw(self.path, thoroughly=thoroughly):
            return False
        self._say(mending.mend(self.path))
        return True

    def _say(self, news: Problem) -> None:
        if self._tell is not None and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._tell, news)

    def _mend_open(self) -> bool:
        """As `_mend`, for a journal that is in use: not while another process has it open."""
        if fcntl is None or self._lock is None:
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._share_lock()
            return False
        try:
            self._disconnect()
            return self._mend(thoroughly=True)
        finally:
            self._share_lock()
            self._connect(is_whole=True)

    def _patiently(self, work: Callable[[], T]) -> T:
        """`work`, again and again while others have the file locked.

        SQLite waits for them as well, but not where two change its mode at the same time.
        """
        began = time.monotonic()
        is_said = self._patience_s <= _SAID_AFTER_S
        while True:
            try:
                with _at_work:
                    return work()
            except sqlite3.Error as error:
                passed_s = time.monotonic() - began
                if self._is_closing or passed_s > self._patience_s or not _is_locked(error):
                    raise
            if passed_s > _SAID_AFTER_S and not is_said:
                is_said = True
                self._say(
                    Problem.coded(
                        "disk.journal_waits",
                        place=self.path,
                        who=owners.locker_of(self.path),
                        limit=round(self._patience_s),
                    )
                )
            time.sleep(_AGAIN_S)

    def _connect(self, *, is_whole: bool) -> None:
        """Open the file itself.

        Args:
            is_whole: it was looked through.
        """
        connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            schema.migrate(connection)
            if not is_whole and (flaw := mending.flaw_of_rows(connection)):
                raise Unreadable(flaw)
            self._data_version = int(connection.execute("PRAGMA data_version").fetchone()[0])
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _close(self) -> None:
        self._disconnect()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("it is not open")
        return self._connection

    def _write_waiting(self) -> None:
        """All that waits as one transaction; what was given up before it began is left out."""
        batch = []
        while self._waiting:
            work, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((work, future))
        if not batch:
            return
        works = [work for work, _ in batch]
        try:
            outcomes = self._written(works)
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), (result, failure) in zip(batch, outcomes, strict=True):
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)

    def _written(
        self, works: list[Callable[[sqlite3.Connection], Any]]
    ) -> list[tuple[Any, Exception | None]]:
        """The outcomes of one transaction, after the journal was mended where that is needed."""
        try:
            return self._patiently(lambda: self._transaction(works))
        except sqlite3.Error as error:
            if not (mending.is_damage(error) and self._mend_open()):
                raise
        return self._patiently(lambda: self._transaction(works))

    def _transaction(
        self, batch: list[Callable[[sqlite3.Connection], Any]]
    ) -> list[tuple[Any, Exception | None]]:
        """The result of each work, or what it raised: its own writes alone are undone then."""
        connection = self._open_connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [_attempt(connection, work) for work in batch]
            connection.execute("COMMIT")
        except BaseException:
            schema.roll_back(connection)
            raise
        return outcomes


def _attempt(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]
) -> tuple[Any, Exception | None]:
    connection.execute("SAVEPOINT one")
    try:
        result, failure = work(connection), None
    except Exception as error:
        # SQLite itself gave up the whole, or nothing of it can be trusted
        if not connection.in_transaction or mending.is_damage(error):
            raise
        connection.execute("ROLLBACK TO one")
        result, failure = None, error
    connection.execute("RELEASE one")
    return result, failure


_at_work = threading.Lock()
"""Held by the thread that may have the journal locked for others."""


@contextmanager
def unlocked() -> Iterator[None]:
    """Inside, no journal of this process keeps others waiting: for the moment in which it is suspended."""
    is_free = _at_work.acquire(timeout=_SAID_AFTER_S)
    try:
        yield
    finally:
        if is_free:
            _at_work.release()


def is_kept(path: Path) -> bool:
    """Whether there is a journal. Raises `DiskProblem` where that cannot be told."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _problem(error, path) from error
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
        path = _real(path)
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
        raise _problem(error, path) from error


def _flaw_found(path: Path) -> bool:
    """Looked for twice: others may write while it is looked at."""
    for _ in range(2):
        if not mending.flaw(path, thoroughly=True):
            return False
        time.sleep(_BUSY_S)
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
            descriptor = os.open(_beside(path, LOCK), os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _Locked from None
            finally:
                os.close(descriptor)
    with closing(sqlite3.connect(path, timeout=_SAID_AFTER_S, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def _real(path: Path) -> Path:
    """Where the journal lies, links followed. Raises `DiskProblem` where something else is in its place, or in
    that of a file beside it: whoever opens a pipe waits for ever."""
    link, path = path, Path(os.path.realpath(path))
    if link.is_symlink() and not path.parent.exists():
        raise DiskProblem(code="disk.journal_place", place=link, what=_NOWHERE)
    for end in ("", "-wal", "-shm", "-journal", LOCK):
        one = _beside(path, end)
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


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


class _Locked(sqlite3.Error):
    """Another process has the journal for itself."""


def _is_locked(error: BaseException) -> bool:
    codes = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(error, _Locked) or _is(error, *codes)


def _is(error: BaseException, *codes: int) -> bool:
    """Whether an error of SQLite is one of these, whatever its details."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def _problem(error: sqlite3.Error | OSError, path: Path) -> DiskProblem:
    """What keeps the journal from being used, with what helps against it."""
    if isinstance(error, OSError):
        return disk_problem(error, path if error.filename == str(path) else path.parent)
    if isinstance(error, schema.Newer):
        return DiskProblem(code="disk.journal_newer", place=path)
    if mending.is_damage(error):
        return DiskProblem(code="disk.journal_damaged", place=path)
    if _is_locked(error):
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
