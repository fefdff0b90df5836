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
import shutil
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from vbtui.base.errors import DiskProblem
from vbtui.base.files import TRY_AGAIN, disk_problem
from vbtui.base.problem import Problem
from vbtui.base.settings import private_directory
from vbtui.journal import mending

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # nobody is known to have the journal open

T = TypeVar("T")

_AGAIN_S = 0.05
_BUSY_S = 1.0
"""The patience of SQLite itself, which nothing interrupts."""
_NO_ROOM_BYTES = 1_000_000
LOCK = ".lock"
"""The end of the name of the file that everyone who has the journal open has locked."""


class Journal:
    """One open journal. `open` before use, `close` at the end.

    Raises `DiskProblem` from every method when the disk is full or read-only, when others do not let
    go of the file, and when it was written by a newer vbtui. A damaged one is mended
    (`vbtui.journal.mending`) where no other process has it open.

    Args:
        patience_s: how long others that have the file locked are waited for.
        tell: told, on the event loop, what was mended.
    """

    def __init__(
        self,
        path: Path,
        *,
        patience_s: float = 60.0,
        tell: Callable[[Problem], None] | None = None,
    ) -> None:
        self.path = path
        self._patience_s = patience_s
        self._tell = tell
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()
        self._news: list[Problem] = []
        self._data_version = 0
        self._is_closing = False

    async def open(self) -> None:
        """Open the file, make it when there is none, bring its schema up to date."""
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
        """Close the file; what was written before is on disk. It may be called twice."""
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
        finally:
            while self._news:
                news = self._news.pop()
                if self._tell is not None:
                    self._tell(news)

    # -- on the journal's thread --------------------------------------------------------------

    def _open(self) -> None:
        private_directory(self.path.parent)
        try:
            if self._patiently(self._take_lock):
                mending.finish(self.path)
                self._patiently(lambda: self._mend(thoroughly=False))
                self._share_lock()
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self._patiently(self._connect)
        except BaseException:
            self._close()
            raise

    def _take_lock(self) -> bool:
        """Have the journal locked as one of several; whether it is locked as the only one, so far.

        Raises `_Locked` while another process looks through it.
        """
        if self._lock is None:
            name = self.path.with_name(self.path.name + LOCK)
            self._lock = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
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
        if not mending.flaw(self.path, _migrate, thoroughly=thoroughly):
            return False
        self._news.append(mending.mend(self.path, _migrate))
        return True

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
            self._connect()

    def _patiently(self, work: Callable[[], T]) -> T:
        """`work`, again and again while others have the file locked.

        SQLite waits for them as well, but not where two change its mode at the same time.
        """
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return work()
            except sqlite3.Error as error:
                is_over = self._is_closing or time.monotonic() > until
                if is_over or not _is_locked(error):
                    raise
            time.sleep(_AGAIN_S)

    def _connect(self) -> None:
        connection = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            _migrate(connection)
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
            _roll_back(connection)
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


def _roll_back(connection: sqlite3.Connection) -> None:
    """Unless SQLite did it by itself, as on a full disk."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date. Raises `sqlite3.Error`, `_Newer`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise _Newer
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def examine(path: Path) -> tuple[int, int]:
    """The version of a journal's tables and its size in bytes, after all of it was looked through.

    Changes nothing. Raises `DiskProblem` for one that cannot be used.
    """
    try:
        if not path.exists():
            return 0, 0
        flaw = mending.flaw(path, _migrate, thoroughly=True)
        if flaw:
            raise DiskProblem(code="disk.journal_damaged", place=path)
        version = mending.version_of(path)
        if version > len(MIGRATIONS):
            raise _Newer
        return version, path.stat().st_size
    except (sqlite3.Error, OSError) as error:
        raise _problem(error, path) from error


class _Newer(sqlite3.Error):
    """The journal was written by a newer vbtui."""


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
        return disk_problem(error, path.parent)
    if isinstance(error, _Newer):
        return DiskProblem(code="disk.journal_newer", place=path)
    if mending.is_damage(error):
        return DiskProblem(code="disk.journal_damaged", place=path)
    if _is_locked(error):
        return DiskProblem(code="disk.journal_locked", place=path)
    if _is(error, sqlite3.SQLITE_FULL) or (
        _is(error, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(path.parent)
    ):
        return DiskProblem(code="disk.full", place=path, then=TRY_AGAIN)
    if path.is_dir():
        return DiskProblem(code="disk.journal_folder", place=path)
    if _is(error, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return DiskProblem(code="disk.permission", place=path, then=TRY_AGAIN)
    return DiskProblem(code="disk.journal", place=path, why=error)


def _is_full(folder: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    return False


MIGRATIONS: tuple[str, ...] = (
    # The journal's tables. A change of the schema is a new entry at the end.
    """
    CREATE TABLE sessions (
        id TEXT NOT NULL,
        backend TEXT NOT NULL,
        name TEXT NOT NULL,
        task_id TEXT NOT NULL DEFAULT '',
        user_id TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL,
        used_at REAL NOT NULL,
        forgotten_at REAL,
        PRIMARY KEY (id)
    );
    CREATE INDEX sessions_by_backend ON sessions (backend, used_at);

    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        text TEXT NOT NULL,
        route TEXT NOT NULL,
        state TEXT NOT NULL,
        reply TEXT NOT NULL DEFAULT '',
        receipt TEXT,
        problem TEXT,
        offers TEXT NOT NULL DEFAULT '[]',
        position REAL NOT NULL,
        created_at REAL NOT NULL,
        sent_at REAL,
        ended_at REAL,
        draft_before INTEGER,
        credits_before REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX turns_by_session ON turns (session_id, position);

    CREATE TABLE drafts (
        session_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        json TEXT NOT NULL,
        turn_id INTEGER,
        seen_at REAL NOT NULL,
        PRIMARY KEY (session_id, version)
    );

    CREATE TABLE assets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        path BLOB,
        name TEXT NOT NULL,
        kind TEXT NOT NULL DEFAULT '',
        source TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        retry_at REAL,
        tries INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL DEFAULT 0,
        mtime_ns INTEGER,
        device INTEGER,
        inode INTEGER,
        sha256 TEXT NOT NULL DEFAULT '',
        remote_name TEXT NOT NULL DEFAULT '',
        url TEXT NOT NULL DEFAULT '',
        duration_s REAL,
        width INTEGER,
        height INTEGER,
        fps REAL,
        created_at REAL NOT NULL,
        done_at REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX assets_by_session ON assets (session_id, state);
    CREATE INDEX assets_by_path ON assets (session_id, path);
    CREATE INDEX assets_by_hash ON assets (session_id, sha256);

    CREATE TABLE renders (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        draft_version INTEGER NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        options TEXT NOT NULL,
        state TEXT NOT NULL,
        progress REAL NOT NULL DEFAULT 0,
        path BLOB,
        destination BLOB,
        problem TEXT,
        attempt INTEGER NOT NULL DEFAULT 1,
        position REAL NOT NULL,
        created_at REAL NOT NULL,
        submitted_at REAL,
        seen_at REAL,
        ended_at REAL,
        owner TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX renders_by_session ON renders (session_id, position);

    CREATE TABLE facts (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE assets ADD COLUMN label TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TEMP TABLE titles (title TEXT PRIMARY KEY, code TEXT NOT NULL);
    INSERT INTO titles VALUES
        ('Something went wrong', 'error'),
        ('出错了', 'error'),
        ('That does not work this way', 'usage'),
        ('不能这样做', 'usage'),
        ('This file cannot be used', 'bad_file'),
        ('文件无法使用', 'bad_file'),
        ('Unsupported file', 'unsupported_file'),
        ('不支持的文件', 'unsupported_file'),
        ('File too large', 'file_too_large'),
        ('文件过大', 'file_too_large'),
        ('The backend refused', 'backend'),
        ('后台拒绝了请求', 'backend'),
        ('The agent failed', 'backend.agent'),
        ('智能体出错了', 'backend.agent'),
        ('Sign-in refused', 'sign_in_refused'),
        ('登录被拒绝', 'sign_in_refused'),
        ('Session not found', 'session_not_found'),
        ('找不到项目', 'session_not_found'),
        ('No credits left', 'no_credits'),
        ('积分已用完', 'no_credits'),
        ('Your plan does not include exports', 'plan_blocked'),
        ('当前套餐不支持导出', 'plan_blocked'),
        ('Too many requests', 'rate_limited'),
        ('请求过于频繁', 'rate_limited'),
        ('The backend''s answer makes no sense', 'bad_reply'),
        ('无法理解后台的回复', 'bad_reply'),
        ('Connection problem', 'network'),
        ('连接问题', 'network'),
        ('The backend cannot be reached', 'unreachable'),
        ('无法连接后台', 'unreachable'),
        ('The connection broke', 'connection_broken'),
        ('连接中断', 'connection_broken'),
        ('No answer in time', 'timed_out'),
        ('等待回复超时', 'timed_out'),
        ('The export failed', 'render_failed'),
        ('Empty timeline', 'render_failed.empty_timeline'),
        ('Cannot write to the disk', 'disk'),
        ('无法写入磁盘', 'disk'),
        ('The local studio does not run', 'studio'),
        ('The local studio is not installed', 'studio_missing'),
        ('Nothing to export', 'nothing_to_export'),
        ('没有可导出的内容', 'nothing_to_export'),
        ('Nobody saw how this ended', 'turn_unseen'),
        ('不清楚这条消息的结果', 'turn_unseen'),
        ('vbtui', 'turn_lost'),
        ('Check the video', 'video_doubtful'),
        ('Check the length', 'video_doubtful.length'),
        ('A remark on the video', 'video_remark');
    UPDATE turns SET problem = json_insert(
        problem, '$[#]', coalesce(
            (SELECT code FROM titles WHERE title = json_extract(problem, '$[0]')), ''))
        WHERE problem IS NOT NULL AND json_array_length(problem) = 3;
    UPDATE renders SET problem = json_insert(
        problem, '$[#]', coalesce(
            (SELECT code FROM titles WHERE title = json_extract(problem, '$[0]')), ''))
        WHERE problem IS NOT NULL AND json_array_length(problem) = 3;
    DROP TABLE titles;
    """,
    """
    ALTER TABLE assets ADD COLUMN reason_code TEXT NOT NULL DEFAULT '';
    UPDATE assets SET reason = substr(reason, instr(reason, ': ') + 2)
        WHERE state = 'failed' AND reason LIKE 'retry in %: %';
    UPDATE assets SET reason_code = CASE
        WHEN state = 'failed' AND reason LIKE 'Not in the project any more: the backend lost it.%'
            THEN 'lost'
        WHEN state = 'queued' AND reason LIKE '%, on its way' THEN 'twin'
        WHEN state = 'settling' AND reason LIKE 'growing%' THEN 'growing'
        WHEN state = 'skipped' AND reason LIKE 'already uploaded as %' THEN 'copy'
        WHEN state = 'skipped' AND reason = 'by you' THEN 'by_user'
        WHEN state = 'gone' THEN 'vanished'
        WHEN state = 'replaced' THEN 'newer'
        ELSE '' END;
    """,
    """
    UPDATE turns SET receipt = json_set(receipt, '$.is_told', json(CASE
        WHEN reply LIKE '%Done. The agent said nothing_ this changed:%'
            OR reply LIKE '%, but the edit was made:%'
            OR reply LIKE '%This finished while vbtui was away:%'
            OR reply LIKE '%已完成。智能体没有说明，改动如下：%'
            OR reply LIKE '%，但修改已经完成：%'
            OR reply LIKE '%vbtui 关闭期间已完成：%'
        THEN 'true' ELSE 'false' END))
        WHERE receipt IS NOT NULL;
    """,
)
