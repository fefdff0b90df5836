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
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from vbtui.base.errors import DiskProblem
from vbtui.base.settings import private_directory
from vbtui.journal.schema import MIGRATIONS

T = TypeVar("T")

_BUSY_S = 10.0
"""The patience with others that write."""
_AGAIN_S = 0.02


class Journal:
    """One open journal. `open` before use, `close` at the end.

    Raises `DiskProblem` from every method when the disk is full, read-only or the file is not a
    journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()
        self._data_version = 0

    async def open(self) -> None:
        """Open the file, make it when there is none, bring its schema up to date."""
        await self._on_thread(self._open)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work(connection)` on the journal's thread: all of it, on disk when this returns, or, if
        it raises, nothing."""
        future: Future[T] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._write_waiting)
        return await self._told(asyncio.wrap_future(future))

    async def changed_elsewhere(self) -> bool:
        """Whether another process wrote to the journal since the last call."""

        def look(connection: sqlite3.Connection) -> bool:
            version = int(connection.execute("PRAGMA data_version").fetchone()[0])
            changed, self._data_version = version != self._data_version, version
            return changed

        return await self._on_thread(lambda: look(self._open_connection()))

    async def close(self) -> None:
        """Close the file; what was written before is on disk."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await self._told(asyncio.get_running_loop().run_in_executor(self._thread, work))

    async def _told(self, outcome: Awaitable[T]) -> T:
        try:
            return await outcome
        except sqlite3.Error as error:
            raise DiskProblem(code="disk.journal", place=self.path, why=error) from error

    def _open(self) -> None:
        try:
            private_directory(self.path.parent)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise DiskProblem(
                f"The journal {self.path} cannot be made: {error.strerror}.",
                hint="Mend the folder's permissions, or set XDG_STATE_HOME to another one.",
            ) from error
        connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        self._migrate(connection)
        self._connection = connection
        self._data_version = int(connection.execute("PRAGMA data_version").fetchone()[0])

    @staticmethod
    def _migrate(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            connection.execute("ROLLBACK")
            raise sqlite3.DatabaseError("it was written by a newer vbtui")
        try:
            for number, script in enumerate(MIGRATIONS[version:], version + 1):
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

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
        try:
            outcomes = self._transaction([work for work, _ in batch])
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), (result, failure) in zip(batch, outcomes, strict=True):
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)

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
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return outcomes


def _attempt(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]
) -> tuple[Any, Exception | None]:
    connection.execute("SAVEPOINT one")
    try:
        result, failure = work(connection), None
    except Exception as error:
        if not connection.in_transaction:  # SQLite itself gave up the whole
            raise
        connection.execute("ROLLBACK TO one")
        result, failure = None, error
    connection.execute("RELEASE one")
    return result, failure


def _use_wal(connection: sqlite3.Connection) -> None:
    """Where two make a journal at the same time, SQLite refuses one of them without waiting."""
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
