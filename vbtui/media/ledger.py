"""The files of a backend's projects as this process knows them, and what the backend has of them.

Media have no id of vbtui's. A file is found again by its content where the backend tells a
SHA-256, by its address, or by its name and, where it is told, its size; each of the backend's
media accounts for one row (wire/README.md, Endpoints).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vbtui.base.files import Identity
from vbtui.base.patterns import regex
from vbtui.base.text import clean_line
from vbtui.journal import assets as stored
from vbtui.journal.assets import FORGOTTEN, AssetRow
from vbtui.journal.records import NO_REASON, Asset, AssetState
from vbtui.journal.table import Table
from vbtui.media.files import KINDS
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged, AssetRemoved
from vbtui.wire.replies import Media, SessionState


class Ledger(Table[AssetRow]):
    """Rows of the open session and of everything that is on its way.

    `listeners` are called with each row that changed, after it was stored in memory. `is_at_work`
    says whether this process works on a row.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.journal, stored.LAYOUT, context.owner)
        self._context = context
        self._by_path: dict[tuple[str, bytes], int] = {}
        self._by_identity: dict[tuple[str, Identity], int] = {}
        self._open: dict[int, Asset] | None = None
        self._open_of = ""
        self._last_open = 0
        self.listeners: list[Callable[[AssetRow], None]] = []
        self.is_at_work: Callable[[AssetRow], bool] = lambda row: False

    # -- reading ------------------------------------------------------------------------------

    @property
    def assets(self) -> Sequence[Asset]:
        """Those of the open session, oldest first."""
        here = self.open_session
        if self._open is None or self._open_of != here:
            self._open_of = here
            rows = sorted(self.rows_of(here), key=lambda row: row.id)
            self._open = {row.id: row.asset for row in rows}
            self._last_open = max(self._open, default=0)
        return tuple(self._open.values())

    @property
    def open_session(self) -> str:
        """The id of the open session; empty while there is none."""
        session = self._context.overview.session
        return session.id if session is not None else ""

    def rows_of(self, session_id: str) -> list[AssetRow]:
        """The rows of one session."""
        return [row for row in self.rows if row.asset.session_id == session_id]

    def at_path(self, session_id: str, path: Path | str) -> AssetRow | None:
        """The newest version of the file at `path`."""
        return self.get(self._by_path.get((session_id, os.fsencode(path)), 0))

    def with_identity(self, session_id: str, identity: Identity) -> AssetRow | None:
        """A row of exactly that file, wherever it lay."""
        return self.get(self._by_identity.get((session_id, identity), 0))

    # -- the table ----------------------------------------------------------------------------

    async def open(self, sessions: Iterable[str]) -> None:
        """Know the rows of `sessions`, and all that is on its way, from the journal."""
        wanted, backend = sorted(set(sessions)), self._context.backend

        def read(connection: sqlite3.Connection) -> list[AssetRow]:
            rows = [row for session in wanted for row in stored.of_session(connection, session)]
            return rows + stored.unfinished(connection, backend)

        self._open = None
        await self.load(read)

    def keeps(self, mine: AssetRow, found: AssetRow) -> bool:
        return self.is_at_work(mine) and mine.asset.session_id == found.asset.session_id

    def changed(self, row: AssetRow, before: AssetRow | None) -> None:
        self._index(row, before)
        if (
            self._open is not None
            and before is not None
            and before.asset.session_id != row.asset.session_id
        ):
            self._open.pop(row.id, None)
        if row == before or row.is_forgotten:
            return
        if row.asset.session_id == self.open_session:
            self._keep_open(row)
            if before is None or before.asset != row.asset:
                self._context.bus.publish(AssetChanged(row.asset))
        for listener in self.listeners:
            listener(row)

    def removed(self, row: AssetRow) -> None:
        self._unindex(row)
        if self._open is not None:
            self._open.pop(row.id, None)
        if not row.is_forgotten:
            self._context.bus.publish(AssetRemoved(row.id))

    def report(self, row: AssetRow) -> None:
        """Show a row that was worked on: what the user calls it may have been changed meanwhile."""
        known = self.get(row.id)
        if known is not None and known.asset.label != row.asset.label:
            row = row.with_asset(label=known.asset.label)
        if row != known:
            self.show(row)

    # -- writing ------------------------------------------------------------------------------

    async def intern(self, rows: Sequence[AssetRow]) -> list[AssetRow]:
        """Each row as the journal knows it, inserted where it was not known."""
        known = await self.journal.run(lambda c: stored.intern(c, rows))
        for row in known:
            self.show(row)
        return known

    async def relabel(self, row_id: int, label: str) -> None:
        """Write what the user calls a file."""
        row = await self.journal.run(lambda c: stored.relabel(c, row_id, label))
        mine = self.get(row_id)
        if row is not None and mine is not None:
            self.show(mine.with_asset(label=row.asset.label))

    async def change(self, rows: Iterable[AssetRow]) -> list[AssetRow]:
        """Write rows; the result is what holds, which another process may have decided."""
        wanted = list(rows)
        held = await self.journal.run(lambda c: stored.change(c, wanted, self.owner))
        for old, row in zip(wanted, held, strict=True):
            self._report_result(old, row)
        return held

    async def begin(self, row: AssetRow) -> AssetRow:
        """Take `row` for upload; see `journal.assets.claim`."""
        taken = await self.journal.run(lambda c: stored.claim(c, row, self.owner))
        if (
            taken.state is AssetState.DONE
        ):  # another program had sent it, and its row is this one now
            for one in self.rows_of(taken.asset.session_id):
                if one.is_others and stored.is_that_file(one, taken):
                    self.drop(one.id)
        self._report_result(row, taken)
        return taken

    def _report_result(self, wanted: AssetRow, row: AssetRow) -> None:
        """What the journal says of a row that was to be written; id 0: it is gone."""
        if row.id:
            self.report(replace(row, forced=wanted.forced))
        else:
            self.drop(wanted.id)

    async def release(self, rows: Sequence[AssetRow]) -> None:
        """Put what a dead process was sending back into the queue; only one process does it."""
        sent = {row.id: row for row in rows}
        for row in await self.write_all(sent, lambda _, now: stored.release(now, sent[now.id])):
            self.report(row)

    async def finish(self, row: AssetRow) -> None:
        """Write `row` as done and its older versions as replaced."""
        done = replace(
            row.with_asset(
                state=AssetState.DONE,
                done_at=self._context.clock.now(),
                why=NO_REASON,
                retry_at=None,
                rate=0.0,
            ),
            owner="",
        )
        for changed in await self.journal.run(lambda c: stored.finish(c, done)):
            self.report(changed)

    async def forget(self, row: AssetRow) -> None:
        """Take `row` out of its session; that its file is not wanted stays known."""
        await self.journal.run(lambda c: stored.forget(c, row))
        self.drop(row.id)
        self.show(row.with_asset(session_id=FORGOTTEN + row.asset.session_id))

    async def remember(self, session_id: str, paths: Sequence[Path]) -> None:
        """Forget that these files were forgotten."""
        here = [self.at_path(session_id, path) for path in paths]
        rows = [row for row in here if row is not None and row.is_forgotten]
        if rows:
            gone = [row.asset.path for row in rows if row.asset.path is not None]
            await self.journal.run(lambda c: stored.remember(c, session_id, gone))
            for row in rows:
                self.drop(row.id)

    async def remove(self, row: AssetRow) -> None:
        """Take `row` out of the journal: it was no version of its own."""
        await self.journal.run(lambda c: stored.remove(c, row))
        self.drop(row.id)

    # -- indexes ------------------------------------------------------------------------------

    def _keep_open(self, row: AssetRow) -> None:
        """Have `assets` tell the row without putting all of them in order again."""
        if self._open is not None and row.id not in self._open and row.id < self._last_open:
            self._open = None
        if self._open is not None:
            self._open[row.id] = row.asset
            self._last_open = max(self._last_open, row.id)

    def _index(self, row: AssetRow, old: AssetRow | None) -> None:
        session_id = row.asset.session_id.removeprefix(FORGOTTEN)
        if old is not None and (
            (old.asset.path, old.identity, old.asset.session_id)
            != (row.asset.path, row.identity, row.asset.session_id)
        ):
            self._unindex(old)
        if row.asset.path is not None:
            key = (session_id, os.fsencode(row.asset.path))
            other = self.get(self._by_path.get(key, 0))
            if other is None or other.id <= row.id:
                self._by_path[key] = row.id
        if row.identity is not None:
            self._by_identity[session_id, row.identity] = row.id

    def _unindex(self, row: AssetRow) -> None:
        session_id = row.asset.session_id.removeprefix(FORGOTTEN)
        if row.asset.path is not None:
            _drop_key(self._by_path, (session_id, os.fsencode(row.asset.path)), row.id)
        if row.identity is not None:
            _drop_key(self._by_identity, (session_id, row.identity), row.id)


def _drop_key(index: dict[Any, int], key: Any, row_id: int) -> None:
    if index.get(key) == row_id:
        del index[key]


_DONE = (AssetState.DONE, AssetState.REPLACED)
_SHA256 = regex(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Matches:
    """Which of the backend's media is which row."""

    of_row: dict[int, Media] = field(default_factory=dict)
    """By row id."""
    unknown: list[Media] = field(default_factory=list)
    """Uploaded by somebody else."""


def match(rows: Iterable[AssetRow], media: Sequence[Media]) -> Matches:
    """Pair rows with media: the surest sign first, and rows that are done before those that may be.

    `rows`: those that are done, or may have arrived.
    """
    waiting = sorted(rows, key=lambda row: (row.state not in _DONE, row.id))
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
    row: AssetRow, keys: Iterable[str], index: Mapping[str, list[int]], left: Mapping[int, Media]
) -> Iterator[int]:
    for key in keys:
        for number in index.get(key, ()) if key else ():
            if number in left and _is_possible(row, left[number]):
                yield number


def _is_possible(row: AssetRow, media: Media) -> bool:
    """Whether neither content nor size speaks against it."""
    digest = digest_of(media)
    if digest and row.asset.sha256:
        return digest == row.asset.sha256
    return media.size is None or not row.asset.size or media.size == row.asset.size


def digest_of(media: Media) -> str:
    """The SHA-256 in hex where the backend's hash is one; otherwise empty."""
    digest = media.digest.lower()
    return digest if _SHA256.fullmatch(digest) else ""


_SIGNS: tuple[tuple[Callable[[Media], str], Callable[[AssetRow], Iterable[str]]], ...] = (
    (digest_of, lambda row: (row.asset.sha256,)),
    (lambda media: media.url, lambda row: (row.asset.url,)),
    (lambda media: media.name, lambda row: dict.fromkeys((row.remote_name, row.asset.name))),
)
"""What is compared, of a media and of a row."""


def foreign_rows(
    session_id: str, state: SessionState, unknown: Sequence[Media], now: float
) -> list[AssetRow]:
    """Rows for media that nobody here uploaded: `generated` by the agent, or by `other`s."""
    generated = {id(media) for media in state.generated}
    rows = []
    for media in unknown:
        asset = Asset(
            id=0,
            session_id=session_id,
            path=None,
            name=clean_line(media.name) or "unnamed",
            kind=media.kind if media.kind in KINDS else "",
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
        rows.append(AssetRow(asset, remote_name=media.name))
    return rows
