"""The journal: what must survive a crash, in one SQLite file.

It is written *before* an action that must not happen twice and again after its answer. Several
processes may use one journal (WAL); `changed_elsewhere` tells when another one wrote.

Every access runs on the journal's own thread, so that the event loop never waits for the disk.
What is asked for while a transaction is being written goes into the next one together, so that
thousands of files do not wait for thousands of flushes of the disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from vbtui.base.problem import Problem
from vbtui.base.settings import private_directory
from vbtui.journal import mending, owners, schema
from vbtui.journal.log import beside
from vbtui.journal.refusals import LOCK, Locked, is_locked, problem_of, real_place
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
"""Who waits for others for so long says it,"""
_SAID_AGAIN_S = 20.0
"""and again."""


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
            raise problem_of(error, self.path) from error

    # -- on the journal's thread --------------------------------------------------------------

    def _open(self) -> None:
        private_directory(self.path.parent)
        self.path = real_place(self.path)
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

        Raises `Locked` while another process looks through it.
        """
        if self._lock is None:
            self._lock = os.open(beside(self.path, LOCK), os.O_RDWR | os.O_CREAT, 0o600)
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
        raise Locked

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
        said_at = _SAID_AFTER_S
        while True:
            try:
                with _at_work:
                    return work()
            except sqlite3.Error as error:
                passed_s = time.monotonic() - began
                if self._is_closing or passed_s > self._patience_s or not is_locked(error):
                    raise
            if passed_s > said_at:
                said_at += _SAID_AGAIN_S
                who, left_s = owners.locker_of(self.path), round(self._patience_s - passed_s)
                self._say(
                    Problem.coded("disk.journal_waits", place=self.path, who=who, left_s=left_s)
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
