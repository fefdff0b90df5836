"""A damaged journal: it is seen before it is used, and a new one takes what can be read of it.

Only whoever has the journal alone looks and mends (`vbtui.journal.journal`). The damaged files are
kept beside it. Damage in the write-ahead log is the kind that SQLite does not tell of: it leaves out
what was written last, so that the journal is whole and too old. What it says was not sent yet is in
doubt then, and is carried over so that it is asked for before it is sent.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from vbtui.base.files import sync_directory
from vbtui.base.problem import Problem
from vbtui.journal import assets, log, renders, schema, sessions
from vbtui.journal.log import beside
from vbtui.journal.records import AssetState, RenderState, TurnState
from vbtui.journal.table import Unreadable

MENDED = "disk.journal_mended"
MENDED_IN_PART = "disk.journal_mended.part"
ASIDE = ".damaged-"
"""In the name under which a damaged journal is kept."""
_WAL = "-wal"
_COMPLETE = ".mended"
"""The new journal is complete: it takes the place of the damaged one, now or at the next start."""
_WIDEST_GAP = 20_000
"""Numbers of rows that are tried one by one where the rows cannot be walked through."""
_FIRST_TRIES = 500
"""The same where neither way gave a row: the table itself may be gone."""
_NO_VERSION = 10_000
"""No journal has that many versions of its tables."""


def is_damage(error: BaseException) -> bool:
    """Whether an error says that what is in the file is not what was written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return True
    is_no_utf8 = not code and isinstance(error, sqlite3.OperationalError)
    return is_no_utf8 or isinstance(error, Unreadable)


def flaw(path: Path, *, thoroughly: bool) -> str:
    """What is wrong with the journal; empty when it is whole. Changes nothing.

    Args:
        thoroughly: look at every row too, and at what the indexes say.

    Raises `sqlite3.Error` and `OSError` for what is no damage.
    """
    if not path.exists():
        return ""
    if log.lacks_commits(path):
        return "what was written last cannot be read"
    if not path.stat().st_size:
        return "nothing is in it"  # a new one is whole from its first moment on (`begin`)
    try:
        with closing(_open_to_read(path)) as connection:
            check = "integrity_check(1)" if thoroughly else "quick_check(1)"
            verdict = str(connection.execute(f"PRAGMA {check}").fetchone()[0])
            return flaw_of_rows(connection, thoroughly=thoroughly) if verdict == "ok" else verdict
    except sqlite3.Error as error:
        if is_damage(error):
            return str(error)
        raise


def count(path: Path) -> tuple[int, int]:
    """Which version of the tables the journal has, and how many rows of the newest one belong to no project."""
    with closing(_open_to_read(path)) as connection:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version != schema.VERSION:
            return version, 0
        homeless = connection.execute(
            "SELECT count(*) FROM (SELECT session_id FROM turns UNION ALL SELECT session_id FROM renders)"
            " WHERE session_id NOT IN (SELECT id FROM sessions) AND session_id NOT LIKE '%:%'"
        )
        return version, int(homeless.fetchone()[0])


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Reading writes nothing, the log stays as it is."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)
    connection.row_factory = sqlite3.Row
    return connection


def flaw_of_rows(connection: sqlite3.Connection, *, thoroughly: bool = False) -> str:
    """What is wrong with its tables, or what is in them; SQLite finds nothing wrong with such a file.

    Rows whose values are of another type, or say what no vbtui says, are given by no query: they would be
    told as "nothing there".
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version < _NO_VERSION:
        return f"version {version} makes no sense"
    if version > schema.VERSION:
        return ""  # not ours to judge
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        schema.migrate(new, to=version)
        wanted = {table: _columns(new, table) for table in _CHECKS}
    for table, columns in wanted.items():
        there = _columns(connection, table).keys()
        is_newest = version == schema.VERSION
        if not (columns.keys() <= there if is_newest else columns.keys() == there):
            return f"{table} are not those of version {version}"
    if version < schema.VERSION:
        return ""
    for table, check in _CHECKS.items():
        odd = "" if thoroughly else f"WHERE {_odd(table, wanted[table])}"
        for line in connection.execute(f"SELECT * FROM {table} NOT INDEXED {odd}"):
            if not _is_readable(line, check, wanted[table]):
                return f"{table} cannot be read"
    return ""


def _odd(table: str, columns: dict[str, str]) -> str:
    """The condition for rows that may not be readable."""
    odd = []
    for name, type_name in columns.items():
        types = {"TEXT": "text", "BLOB": "blob", "INTEGER": "integer", "REAL": "real"}
        odd.append(f"typeof({name}) NOT IN ('{types[type_name]}', 'null')")
        if name in _JSON:
            odd.append(f"({name} IS NOT NULL AND NOT json_valid({name}))")
    if table in _STATES:
        known = ", ".join(f"'{state}'" for state in _STATES[table])
        odd.append(f"state NOT IN ({known})")
    return " OR ".join(odd)


# -- mending ------------------------------------------------------------------------------------


def mend(path: Path) -> Problem:
    """Set the damaged journal aside and begin a new one with what can be read; what to say of it.

    At every moment of it a process may be killed: there is the damaged journal, whole as it was, or
    the new one. Raises `sqlite3.Error`, `OSError`.
    """
    is_old = log.lacks_commits(path)
    aside = _kept_name(path)
    for end in ("", _WAL):
        with suppress(FileNotFoundError):
            shutil.copy2(beside(path, end), beside(aside, end))
    with _new(path) as (new, connection):
        connection.execute("BEGIN")
        rows, is_all = _carry_over(aside, connection)
        if is_old or not is_all:
            _doubt(connection, is_old=is_old)
        connection.execute("COMMIT")
    os.replace(new, beside(path, _COMPLETE))
    finish(path)
    code = MENDED if is_all and not is_old else MENDED_IN_PART
    return Problem.coded(code, rows=rows, place=aside)


def begin(path: Path) -> None:
    """Make a journal where there is none. Raises `sqlite3.Error`, `OSError`."""
    with _new(path) as (new, _):
        pass
    os.replace(new, path)
    sync_directory(path.parent)


@contextmanager
def _new(path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """A new journal beside that one, and its connection inside the block; on disk after it."""
    new = beside(path, ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=OFF")
            schema.migrate(connection)
            yield new, connection
        os.fsync(descriptor)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def finish(path: Path) -> None:
    """Put a new journal that is complete in the damaged one's place."""
    complete = beside(path, _COMPLETE)
    if not complete.exists():
        return
    for end in (_WAL, "-shm"):
        beside(path, end).unlink(missing_ok=True)
    sync_directory(path.parent)
    os.replace(complete, path)
    sync_directory(path.parent)


def set_aside(path: Path) -> list[Path]:
    """The damaged journals that are kept."""
    found = path.parent.glob(f"{path.name}{ASIDE}*")
    return sorted(one for one in found if not one.name.endswith((_WAL, "-shm")))


def _kept_name(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number, name = 1, beside(path, ASIDE + stamp)
    while name.exists():
        number += 1
        name = beside(path, f"{ASIDE}{stamp}-{number}")
    return name


def _carry_over(aside: Path, new: sqlite3.Connection) -> tuple[int, bool]:
    """How many rows were read and written, and whether those are all that there were."""
    rows, is_all = 0, True
    with tempfile.TemporaryDirectory(dir=aside.parent) as folder, ExitStack() as opened:
        sources = []
        if log.is_damaged(log.content(aside)):
            merged = Path(folder, "merged")
            _merge(aside, merged)
            sources.append(opened.enter_context(closing(_open_damaged(merged))))
        copy = Path(folder, aside.name)  # what is kept stays as it is
        for end in ("", _WAL):
            with suppress(FileNotFoundError):
                shutil.copy2(beside(aside, end), beside(copy, end))
        sources.append(opened.enter_context(closing(_open_damaged(copy))))
        for table in _CHECKS:
            for old in sources:  # the newest first: a row that is there already stays
                reading, are_kept = _Reading(old, table), True
                for line in reading.rows():
                    is_kept = _keep(new, table, line)
                    rows += is_kept
                    are_kept &= is_kept
                if reading.is_all and are_kept:
                    break
            is_all &= reading.is_all and are_kept
    return rows, is_all


def _open_damaged(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda data: data.decode(errors="replace")
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA writable_schema=ON")  # a file that is cut short is read as well
    return connection


def _merge(path: Path, merged: Path) -> None:
    """Write the journal with all that can be read of its log, also behind a damaged place, where SQLite stops.

    What such a place took away is as it was before; the rows that this spoils are told by their reading.
    """
    shutil.copy2(path, merged)
    with merged.open("rb+") as file:
        for place, page in log.pages(log.content(path)):
            file.seek(place)
            file.write(page)


class _Reading:
    """One table of a damaged journal, as far as it goes: from its start, from its end, and between
    row by row."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self.is_all = True

    def rows(self) -> Iterator[sqlite3.Row]:
        first = 0
        for line in self._walk("ORDER BY rowid"):
            first = line["_row"]
            yield line
        if self.is_all:
            return
        last = first + _WIDEST_GAP
        tail = []
        for line in self._walk(f"WHERE rowid > {first} ORDER BY rowid DESC"):
            last = line["_row"]
            tail.append(line)
        widest = _WIDEST_GAP if first or tail else _FIRST_TRIES
        for number in range(first + 1, min(last, first + widest)):
            yield from self._walk(f"WHERE rowid = {number}")
        yield from reversed(tail)

    def _walk(self, rest: str) -> Iterator[sqlite3.Row]:
        try:
            yield from self._connection.execute(
                f"SELECT rowid AS _row, * FROM {self._table} NOT INDEXED {rest}"
            )
        except sqlite3.Error:
            self.is_all = False


def _keep(new: sqlite3.Connection, table: str, line: sqlite3.Row) -> bool:
    """Whether a row is written; one that cannot be read again is not."""
    names = [name for name in _columns(new, table) if name in line.keys()]  # noqa: SIM118 a Row iterates over values
    marks = ", ".join("?" * len(names))
    new.execute("SAVEPOINT one")
    try:
        number = new.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [line[name] for name in names],
        ).lastrowid
        made = new.execute(f"SELECT * FROM {table} WHERE rowid = ?", [number]).fetchone()
        is_kept = _is_readable(made, _CHECKS[table], _columns(new, table))
    except sqlite3.IntegrityError:
        is_kept = False
    if not is_kept:
        new.execute("ROLLBACK TO one")
    new.execute("RELEASE one")
    return is_kept


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns of a table with their types; none where there is no such table."""
    return {line[1]: line[2] for line in connection.execute(f"PRAGMA table_info({table})")}


_TYPES: dict[str, tuple[type, ...]] = {
    "TEXT": (str,),
    "BLOB": (bytes,),
    "INTEGER": (int,),
    "REAL": (float, int),
}
"""What the journal keeps in a column of that type; None besides."""


def _is_readable(
    line: sqlite3.Row, check: Callable[[sqlite3.Row], object], types: dict[str, str]
) -> bool:
    for name, type_name in types.items():
        if line[name] is not None and not isinstance(line[name], _TYPES[type_name]):
            return False
    try:
        check(line)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return False
    return True


def _check_turn(line: sqlite3.Row) -> None:
    TurnState(line["state"])
    for name in ("offers", "receipt", "problem"):
        if line[name] is not None:
            json.loads(line[name])


_CHECKS: dict[str, Callable[[sqlite3.Row], object]] = {
    "sessions": sessions.LAYOUT.read,
    "turns": _check_turn,
    "drafts": lambda line: json.loads(line["json"]),
    "assets": assets.LAYOUT.read,
    "renders": renders.LAYOUT.read,
    "facts": lambda line: json.loads(line["value"]),
}
"""What every row of a table must stand; it raises where the row does not."""
_STATES: dict[str, type[StrEnum]] = {
    "turns": TurnState,
    "assets": AssetState,
    "renders": RenderState,
}
_JSON = ("receipt", "problem", "offers", "options", "json", "value")
"""Columns of JSON."""


def _doubt(connection: sqlite3.Connection, *, is_old: bool) -> None:
    """Nothing of it may be sent before it is known whether it was.

    Args:
        is_old: what was written last is not in it: what it says waits may be over.
    """
    for line in connection.execute("SELECT id FROM sessions").fetchall():
        sessions.doubt(connection, line["id"])
    if is_old:
        connection.execute(
            "UPDATE turns SET state = 'sending', owner = '', sent_at = coalesce(sent_at, created_at)"
            " WHERE state = 'queued'"
        )
        connection.execute(
            "UPDATE renders SET state = 'submitting', owner = '' WHERE state = 'waiting'"
        )
