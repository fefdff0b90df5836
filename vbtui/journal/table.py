"""The one ledger: rows of the journal as this process knows them, and who works on each.

Several vbtui work on one journal. A row names in `owner` the engine that works on it
(`vbtui.journal.owners`); it is nobody's where that is empty or its engine is dead. What is decided
about a row is decided inside one transaction by what the journal holds at that moment, so that one
process alone gets it; memory follows afterwards, and what others changed is seen by `sync`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from vbtui.journal.owners import owner_is_alive

if TYPE_CHECKING:
    from vbtui.journal.journal import Journal


class Unreadable(sqlite3.DatabaseError):
    """A row holds what was never written there."""


Key = int | str
Value = str | bytes | int | float | None
_PIECE = 500
"""Rows that are taken in before the event loop gets a turn."""


class Owned(Protocol):
    """What a row tells the ledger about itself."""

    @property
    def id(self) -> Key: ...

    @property
    def owner(self) -> str: ...


A = TypeVar("A")
T = TypeVar("T", bound=Owned)


@dataclass(frozen=True, slots=True)
class Layout(Generic[A]):
    """How records of one kind stand in the journal; every method works inside a transaction."""

    table: str
    read: Callable[[sqlite3.Row], A]
    columns: Callable[[A], dict[str, Value]]
    """All that is written of a record; without an `id` that the journal gives."""

    def select(
        self, connection: sqlite3.Connection, rest: str = "", values: Sequence[Value] = ()
    ) -> list[A]:
        """The records that `rest` describes: what stands behind `FROM table`. Raises `Unreadable`."""
        lines = connection.execute(f"SELECT {self.table}.* FROM {self.table} {rest}", values)
        try:
            return [self.read(line) for line in lines.fetchall()]
        except (ValueError, TypeError, KeyError) as error:
            raise Unreadable(f"{self.table}: {error}") from error

    def find(self, connection: sqlite3.Connection, key: Key) -> A | None:
        """The record with that id, as the journal has it now."""
        return next(iter(self.select(connection, "WHERE id = ?", [key])), None)

    def insert(self, connection: sqlite3.Connection, record: A) -> int:
        """Write a new record; the number that the journal gave it."""
        values = self.columns(record)
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = connection.execute(
            f"INSERT INTO {self.table} ({names}) VALUES ({marks})", list(values.values())
        )
        return int(cursor.lastrowid or 0)

    def save(
        self, connection: sqlite3.Connection, key: Key, record: A, *, but: Collection[str] = ()
    ) -> bool:
        """Write a record over the one that is there; False when that is gone.

        Its session stays as it is: where the backend loses a session, its rows move to another
        one (`journal.sessions.replace`), also those that a process works on.

        Args:
            but: further columns that stay as they are.
        """
        values = self.columns(record)
        kept = {"session_id", *but}
        return self.update(
            connection, key, {name: values[name] for name in values if name not in kept}
        )

    def update(self, connection: sqlite3.Connection, key: Key, values: Mapping[str, Value]) -> bool:
        """Write these columns of one record; False when it is gone."""
        changes = ", ".join(f"{name} = ?" for name in values)
        cursor = connection.execute(
            f"UPDATE {self.table} SET {changes} WHERE id = ?", [*values.values(), key]
        )
        return cursor.rowcount == 1


class Table(Generic[T]):
    """Rows in memory, kept equal to the journal and reported.

    A subclass says what is reported (`changed`, `removed`) and which rows memory knows better than
    the journal (`keeps`).

    Args:
        owner: this engine's (`vbtui.journal.owners.new_owner`).
    """

    def __init__(self, journal: Journal, layout: Layout[T], owner: str) -> None:
        self.journal = journal
        self.layout = layout
        self.owner = owner
        self._rows: dict[Key, T] = {}
        self._read: Callable[[sqlite3.Connection], Iterable[T]] = lambda _: ()
        self._count = 0
        self._changed_at: dict[Key, int] = {}

    # -- what a subclass decides --------------------------------------------------------------

    def keeps(self, mine: T, found: T) -> bool:
        """Whether memory knows better than the journal: this process works on the row."""
        return False

    def changed(self, row: T, before: T | None) -> None:
        """A row is new or was written; `before` may be equal to it."""

    def removed(self, row: T) -> None:
        """A row is not there any more."""

    # -- reading ------------------------------------------------------------------------------

    @property
    def rows(self) -> Collection[T]:
        """Every row that is known, in no order."""
        return self._rows.values()

    def get(self, key: Key) -> T | None:
        """The row as it is known here."""
        return self._rows.get(key)

    def is_ours(self, row: T) -> bool:
        """Whether this engine works on it."""
        return row.owner == self.owner

    def is_foreign(self, row: T) -> bool:
        """Whether another engine, which is alive, works on it."""
        return row.owner not in ("", self.owner) and owner_is_alive(row.owner)

    # -- the journal --------------------------------------------------------------------------

    async def load(
        self, read: Callable[[sqlite3.Connection], Iterable[T]], *, quietly: bool = False
    ) -> None:
        """Know the rows that `read` gives, from now on and with every `sync`; report what differs.

        Args:
            quietly: forget all that was known before, and report nothing.
        """
        self._read = read
        if quietly:
            found = await self.journal.run(read)
            if self._read is read:
                self._rows = {row.id: row for row in found}
                self._count += 1
                self._changed_at = dict.fromkeys(self._rows, self._count)
        else:
            await self.sync()

    async def sync(self) -> None:
        """Read the journal again and report what another process changed.

        A row that this process changed meanwhile is read once more.
        """
        read, is_equal = self._read, False
        while not is_equal:
            began = self._count
            found = {row.id: row for row in await self.journal.run(read)}
            if read is not self._read:
                return
            is_equal = True
            for key in [key for key in self._rows if key not in found]:
                if self._changed_at.get(key, 0) > began:
                    is_equal = False
                else:
                    self.drop(key)
            for number, (key, row) in enumerate(found.items(), 1):
                mine = self._rows.get(key)
                if mine is not None and self.keeps(mine, row):
                    continue
                if self._changed_at.get(key, 0) > began:
                    is_equal = is_equal and mine == row
                else:
                    self._take(row)
                if number % _PIECE == 0:
                    await asyncio.sleep(0)

    async def write(
        self, key: Key, change: Callable[[sqlite3.Connection, T], T | None]
    ) -> T | None:
        """Write the row that `change` makes of what the journal holds now; memory is not changed.

        `change` runs on the journal's thread, in the transaction that writes. None when it gives
        none, or when the row is gone.
        """
        return next(iter(await self.write_all([key], change)), None)

    async def write_all(
        self, keys: Iterable[Key], change: Callable[[sqlite3.Connection, T], T | None]
    ) -> list[T]:
        """`write` for several rows in one transaction; those that were written."""
        wanted = list(keys)

        def work(connection: sqlite3.Connection) -> list[T]:
            written = []
            for key in wanted:
                now = self.layout.find(connection, key)
                row = change(connection, now) if now is not None else None
                if row is not None:
                    self.layout.save(connection, key, row)
                    written.append(row)
            return written

        return await self.journal.run(work)

    async def claim(
        self, key: Key, change: Callable[[sqlite3.Connection, T], T | None]
    ) -> T | None:
        """Write the row that `change` makes before the action that it stands for, and report it.

        Once, and by one process alone: `change` is asked about what the journal holds now, and
        only where that is nobody's or this engine's. None: not by this process, or not now.
        """
        free = ("", self.owner)
        claimed = await self.write(
            key, lambda c, now: change(c, now) if now.owner in free else None
        )
        if claimed is not None:
            self.show(claimed)
        return claimed

    async def take_over(self, key: Key, may: Callable[[T], bool]) -> T | None:
        """Make a row this engine's, unless a living other one works on it or `may` says no.

        The row as the journal holds it; memory is not changed.
        """

        def work(connection: sqlite3.Connection) -> T | None:
            now = self.layout.find(connection, key)
            if now is None or not may(now) or self.is_foreign(now):
                return None
            self.layout.update(connection, key, {"owner": self.owner})
            return self.layout.find(connection, key)

        return await self.journal.run(work)

    async def adopt(self, rest: str, values: Sequence[Value] = ()) -> list[T]:
        """Make this engine's what dead engines left of the rows that `rest` describes."""

        def work(connection: sqlite3.Connection) -> list[T]:
            left = [
                row
                for row in self.layout.select(connection, rest, values)
                if row.owner != self.owner and not owner_is_alive(row.owner)
            ]
            for row in left:
                self.layout.update(connection, row.id, {"owner": self.owner})
            keys = [row.id for row in left]
            return [row for row in (self.layout.find(connection, key) for key in keys) if row]

        adopted = await self.journal.run(work)
        for row in adopted:
            self.show(row)
        return adopted

    # -- memory -------------------------------------------------------------------------------

    def show(self, row: T) -> None:
        """Know and report a row that the journal holds, or need not hold."""
        self._count += 1
        self._changed_at[row.id] = self._count
        self._take(row)

    def drop(self, key: Key) -> None:
        """Know a row no longer, and report that."""
        self._count += 1
        self._changed_at[key] = self._count
        row = self._rows.pop(key, None)
        if row is not None:
            self.removed(row)

    def _take(self, row: T) -> None:
        before = self._rows.get(row.id)
        self._rows[row.id] = row
        self.changed(row, before)
