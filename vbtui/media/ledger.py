"""The ledger in memory: rows by id, path and identity, kept equal to the journal, reported.

Writes that are asked for while another one runs go into the next transaction together, so that
thousands of files do not wait for thousands of flushes of the disk.

What the backend says that it has, against what the ledger says (wire.md, state).

Media have no id of vbtui's. A file is found again by its content where the backend tells a
SHA-256, by its address, or by its name and, where it is told, its size; each of the backend's
media accounts for one row.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from vbtui.base.text import clean_line
from vbtui.journal import assets as table
from vbtui.journal.assets import Identity, Row
from vbtui.journal.records import Asset, AssetState
from vbtui.session.context import Context, owner_is_alive
from vbtui.session.events import AssetChanged, AssetRemoved
from vbtui.wire.model import Media, SessionState

T = TypeVar("T")
_Work = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]


class Ledger:
    """Rows of the open session and of everything that is on its way.

    `listeners` are called with each row that changed, after it was stored in memory.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows: dict[int, Row] = {}
        self._by_path: dict[tuple[str, bytes], int] = {}
        self._by_identity: dict[tuple[str, Identity], int] = {}
        self._open: dict[int, Asset] | None = None
        self._open_of = ""
        self._last_open = 0
        self._pending: list[_Work] = []
        self._writer: asyncio.Task[None] | None = None
        self.listeners: list[Callable[[Row], None]] = []

    # -- reading ------------------------------------------------------------------------------

    @property
    def assets(self) -> Sequence[Asset]:
        """Those of the open session, oldest first."""
        here = self.open_session
        if self._open is None or self._open_of != here:
            self._open_of = here
            rows = sorted(self._rows.values(), key=lambda row: row.id)
            self._open = {row.id: row.asset for row in rows if row.asset.session_id == here}
            self._last_open = max(self._open, default=0)
        return tuple(self._open.values())

    @property
    def open_session(self) -> str:
        """The id of the open session; empty while there is none."""
        session = self._context.overview.session
        return session.id if session is not None else ""

    def get(self, row_id: int) -> Row | None:
        return self._rows.get(row_id)

    def rows(self, session_id: str | None = None) -> list[Row]:
        """All rows, or those of one session."""
        return [
            row
            for row in self._rows.values()
            if session_id is None or row.asset.session_id == session_id
        ]

    def at_path(self, session_id: str, path: Path | str) -> Row | None:
        """The newest version of the file at `path`."""
        return self._rows.get(self._by_path.get((session_id, os.fsencode(path)), 0))

    def with_identity(self, session_id: str, identity: Identity) -> Row | None:
        """A row of exactly that file, wherever it lay."""
        return self._rows.get(self._by_identity.get((session_id, identity), 0))

    # -- writing ------------------------------------------------------------------------------

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work(connection)` in the next transaction. Raises `DiskProblem`."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending.append((work, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_pending(), name="ledger")
        result: T = await future
        return result

    async def _write_pending(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []

            def work(connection: sqlite3.Connection, batch: list[_Work] = batch) -> list[Any]:
                return [one(connection) for one, _ in batch]

            try:
                results = await self._context.journal.run(work)
            except BaseException as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def intern(self, rows: Sequence[Row]) -> list[Row]:
        """Each row as the journal knows it, inserted where it was not known."""
        known = await self.write(lambda connection: table.intern(connection, rows))
        for row in known:
            self.show(row, is_named=True)
        return known

    async def relabel(self, row_id: int, label: str) -> None:
        """Write what the user calls a file."""
        row = await self.write(lambda connection: table.relabel(connection, row_id, label))
        mine = self._rows.get(row_id)
        if row is not None and mine is not None:
            self.show(mine.with_asset(label=row.asset.label), is_named=True)

    async def change(self, rows: Iterable[Row]) -> list[Row]:
        """Write rows; the result is what holds, which another process may have decided."""
        wanted = list(rows)
        owner = self._context.owner
        held = await self.write(lambda connection: table.change(connection, wanted, owner))
        for old, row in zip(wanted, held, strict=True):
            if row.id:
                self.show(replace(row, forced=old.forced))
            else:
                self.drop(old.id)
        return held

    async def claim(self, row: Row) -> Row:
        """Take `row` for upload; see `journal.assets.claim`."""
        owner = self._context.owner
        taken = await self.write(
            lambda connection: table.claim(connection, row, owner, owner_is_alive)
        )
        if taken.id:
            self.show(replace(taken, forced=row.forced))
        else:
            self.drop(row.id)
        return taken

    async def release(self, rows: Sequence[Row]) -> None:
        """Put what a dead process was sending back into the queue; only one process does it."""
        held = await self.write(lambda connection: table.release(connection, rows))
        for row in held:
            self.show(row)

    async def finish(self, row: Row) -> None:
        """Write `row` as done and its older versions as replaced."""
        done = replace(
            row.with_asset(
                state=AssetState.DONE,
                done_at=self._context.clock.now(),
                reason="",
                retry_at=None,
                rate=0.0,
            ),
            owner="",
        )
        for changed in await self.write(lambda connection: table.finish(connection, done)):
            self.show(changed)

    async def forget(self, row: Row) -> None:
        """Take `row` out of its session; that its file is not wanted stays known."""
        await self.write(lambda connection: table.forget(connection, row))
        self.drop(row.id)
        self._keep_forgotten(row, row.asset.session_id)

    async def remember(self, session_id: str, paths: Sequence[Path]) -> None:
        """Forget that these files were forgotten."""
        here = [self.at_path(session_id, path) for path in paths]
        rows = [row for row in here if row is not None and row.asset.session_id != session_id]
        if rows:
            gone = [row.asset.path for row in rows if row.asset.path is not None]
            await self.write(lambda connection: table.remember(connection, session_id, gone))
            for row in rows:
                self._rows.pop(row.id, None)
                self._unindex(row)

    async def remove(self, row: Row) -> None:
        """Take `row` out of the journal: it was no version of its own."""
        await self.write(lambda connection: table.remove(connection, row))
        self.drop(row.id)

    # -- memory -------------------------------------------------------------------------------

    def show(self, row: Row, *, is_named: bool = False) -> None:
        """Keep `row` in memory and report it where it is new or different.

        Args:
            is_named: its label holds; who works on a file may have taken the row before it got one.
        """
        old = self._rows.get(row.id)
        if old is not None and not is_named and old.asset.label != row.asset.label:
            row = row.with_asset(label=old.asset.label)
        if old == row:
            return
        self._rows[row.id] = row
        self._index(row, old)
        if row.asset.session_id == self.open_session:
            self._keep_open(row)
            if old is None or old.asset != row.asset:
                self._context.bus.publish(AssetChanged(row.asset))
        for listener in self.listeners:
            listener(row)

    def _keep_open(self, row: Row) -> None:
        """Have `assets` tell the row without putting all of them in order again."""
        if self._open is not None and row.id not in self._open and row.id < self._last_open:
            self._open = None
        if self._open is not None:
            self._open[row.id] = row.asset
            self._last_open = max(self._last_open, row.id)

    def drop(self, row_id: int) -> None:
        """Leave a row out of memory and report that."""
        row = self._rows.pop(row_id, None)
        if row is None:
            return
        self._unindex(row)
        if self._open is not None:
            self._open.pop(row_id, None)
        self._context.bus.publish(AssetRemoved(row_id))

    async def load(self, sessions: Iterable[str], keep: Callable[[Row], bool]) -> None:
        """Read `sessions`, and all that is on its way, from the journal anew.

        Rows that `keep` answers for are under way in this process: memory knows them better.
        """
        wanted, backend = sorted(set(sessions)), self._context.backend

        def read(connection: sqlite3.Connection) -> tuple[list[Row], list[tuple[str, Row]]]:
            rows = [row for session in wanted for row in table.load(connection, session)]
            forgotten = [
                (session, row) for session in wanted for row in table.forgotten(connection, session)
            ]
            return rows + table.unfinished(connection, backend), forgotten

        rows, forgotten = await self.write(read)
        self._open = None
        known = {row.id for row in rows} | {row.id for _, row in forgotten}
        for row_id in [row_id for row_id in self._rows if row_id not in known]:
            self.drop(row_id)
        for count, row in enumerate(rows, 1):
            mine = self._rows.get(row.id)
            if mine is None or not keep(mine) or mine.asset.session_id != row.asset.session_id:
                self.show(row, is_named=True)
            if count % 500 == 0:
                await asyncio.sleep(0)
        for session_id, row in forgotten:
            self._keep_forgotten(row, session_id)

    def _keep_forgotten(self, row: Row, session_id: str) -> None:
        row = row.with_asset(session_id=table.FORGOTTEN + session_id)
        self._rows[row.id] = row
        self._index(row, None)

    def _index(self, row: Row, old: Row | None) -> None:
        session_id = row.asset.session_id.removeprefix(table.FORGOTTEN)
        if old is not None and (
            (old.asset.path, old.identity, old.asset.session_id)
            != (row.asset.path, row.identity, row.asset.session_id)
        ):
            self._unindex(old)
        if row.asset.path is not None:
            key = (session_id, os.fsencode(row.asset.path))
            other = self._rows.get(self._by_path.get(key, 0))
            if other is None or other.id <= row.id:
                self._by_path[key] = row.id
        if row.identity is not None:
            self._by_identity[session_id, row.identity] = row.id

    def _unindex(self, row: Row) -> None:
        session_id = row.asset.session_id.removeprefix(table.FORGOTTEN)
        if row.asset.path is not None:
            _drop_key(self._by_path, (session_id, os.fsencode(row.asset.path)), row.id)
        if row.identity is not None:
            _drop_key(self._by_identity, (session_id, row.identity), row.id)


def _drop_key(index: dict[Any, int], key: Any, row_id: int) -> None:
    if index.get(key) == row_id:
        del index[key]


_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Matches:
    """Which of the backend's media is which row."""

    of_row: dict[int, Media] = field(default_factory=dict)
    """By row id."""
    unknown: list[Media] = field(default_factory=list)
    """Uploaded by somebody else."""


def match(rows: Iterable[Row], media: Sequence[Media]) -> Matches:
    """Pair rows with media: the surest sign first, and rows that are done before those that may be.

    `rows`: those that are done, or may have arrived.
    """
    waiting = sorted(rows, key=lambda row: (row.state is AssetState.UPLOADING, row.id))
    pairs: dict[int, Media] = {}
    left = dict(enumerate(media))
    for key_of_media, keys_of_row in _SIGNS:
        index = _index(left, key_of_media)
        for row in waiting:
            hit = next(_hits(row, keys_of_row(row), index, left), None)
            if hit is not None:
                pairs[row.id] = left.pop(hit)
        waiting = [row for row in waiting if row.id not in pairs]
    return Matches(pairs, list(left.values()))


def _index(media: Mapping[int, Media], key_of: Callable[[Media], str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for number, one in media.items():
        if key := key_of(one):
            index.setdefault(key, []).append(number)
    return index


def _hits(
    row: Row, keys: Iterable[str], index: Mapping[str, list[int]], left: Mapping[int, Media]
) -> Iterator[int]:
    for key in keys:
        for number in index.get(key, ()) if key else ():
            if number in left and _is_possible(row, left[number]):
                yield number


def _is_possible(row: Row, media: Media) -> bool:
    """Whether neither content nor size speaks against it."""
    digest = digest_of(media)
    if digest and row.asset.sha256:
        return digest == row.asset.sha256
    return media.size is None or not row.asset.size or media.size == row.asset.size


def digest_of(media: Media) -> str:
    """The SHA-256 in hex where the backend's hash is one; otherwise empty."""
    digest = media.digest.lower()
    return digest if _SHA256.fullmatch(digest) else ""


_SIGNS: tuple[tuple[Callable[[Media], str], Callable[[Row], Iterable[str]]], ...] = (
    (digest_of, lambda row: (row.asset.sha256,)),
    (lambda media: media.url, lambda row: (row.asset.url,)),
    (lambda media: media.name, lambda row: dict.fromkeys((row.remote_name, row.asset.name))),
)
"""What is compared, of a media and of a row."""


def foreign_rows(
    session_id: str, state: SessionState, unknown: Sequence[Media], now: float
) -> list[Row]:
    """Rows for media that nobody here uploaded: `generated` by the agent, or by `other`s."""
    generated = {id(media) for media in state.generated}
    rows = []
    for media in unknown:
        asset = Asset(
            id=0,
            session_id=session_id,
            path=None,
            name=clean_line(media.name) or "unnamed",
            kind=media.kind if media.kind in ("video", "image", "audio") else "",
            source="generated" if id(media) in generated else "other",
            state=AssetState.DONE,
            size=media.size or 0,
            sha256=digest_of(media),
            url=media.url,
            duration_s=media.duration_s,
            width=media.width,
            height=media.height,
            fps=media.fps,
            created_at=now,
            done_at=now,
        )
        rows.append(Row(asset, remote_name=media.name))
    return rows
