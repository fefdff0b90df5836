"""The ledger of files: what is known of each, and who works on it. One row is one version of a file.

`path` is kept as bytes: a file name need not be valid UTF-8. A row that the user made vbtui forget
stays, out of sight, under the session `forgotten:<session>`, so that a watched folder does not
bring the file back.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base.files import Identity
from vbtui.base.translation import Translation
from vbtui.journal.owners import owner_is_alive
from vbtui.journal.records import COPY, NO_REASON, PICKED, TWIN, Asset, AssetState, Reason
from vbtui.journal.table import Layout, Value

FORGOTTEN = "forgotten:"

UNCLAIMED = (
    AssetState.SEEN,
    AssetState.SETTLING,
    AssetState.HASHING,
    AssetState.QUEUED,
    AssetState.FAILED,
    AssetState.SKIPPED,
    AssetState.GONE,
)
"""States that any process may change; the others belong to the row's owner or are history."""

_UPLOADED = Translation("already uploaded as {name}", "已作为 {name} 上传")
_SAME = Translation("same content as {name}, on its way", "与 {name} 内容相同，正在上传")
_NEWER = Translation("a newer version was uploaded", "已上传更新的版本")


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset and what only the ledger needs to know."""

    asset: Asset
    identity: Identity | None = None
    """The file as it was when the row last changed; None where there is no file."""
    tries: int = 0
    """Uploads that were begun and failed."""
    remote_name: str = ""
    """The name under which it was sent."""
    owner: str = ""
    """Who uploads it (`engine.owner`)."""
    forced: bool = False
    """It is taken as it is now, whatever else is known of it; not kept in the journal."""

    @property
    def id(self) -> int:
        return self.asset.id

    @property
    def state(self) -> AssetState:
        return self.asset.state

    @property
    def is_others(self) -> bool:
        """Whether another program uploaded it."""
        return self.asset.source == "other"

    @property
    def is_forgotten(self) -> bool:
        """Whether the user took it off the list."""
        return self.asset.session_id.startswith(FORGOTTEN)

    def with_asset(self, **changes: object) -> AssetRow:
        """The row with other values in its asset."""
        return replace(self, asset=replace(self.asset, **changes))  # type: ignore[arg-type]  # names are Asset's


def of_session(connection: sqlite3.Connection, session_id: str) -> list[AssetRow]:
    """Every row of a session, oldest first, and what the user made vbtui forget in it."""
    return LAYOUT.select(
        connection, "WHERE session_id IN (?, ?) ORDER BY id", [session_id, FORGOTTEN + session_id]
    )


def unfinished(connection: sqlite3.Connection, backend: str) -> list[AssetRow]:
    """Rows of all sessions of `backend` that are on their way, or will be tried again."""
    return LAYOUT.select(
        connection,
        "JOIN sessions ON sessions.id = assets.session_id"
        " WHERE sessions.backend = ? AND sessions.forgotten_at IS NULL AND ("
        " assets.state IN ('hashing', 'queued', 'uploading')"
        " OR (assets.state = 'failed' AND retry_at IS NOT NULL)) ORDER BY assets.id",
        [backend],
    )


def intern(connection: sqlite3.Connection, rows: Iterable[AssetRow]) -> list[AssetRow]:
    """The rows as the journal has them: each is inserted unless its file is known already.

    Known is a file whose newest row of the same session and path is no older version and has the
    same identity, or is still on its way; so two processes never make two rows of one file. A file
    that stands n times among `rows` has n rows afterwards.
    """
    held: list[AssetRow] = []
    for row in rows:
        taken = [one.id for one in held]
        held.append(_known(connection, row, taken) or _insert(connection, row))
    return held


def _known(
    connection: sqlite3.Connection, row: AssetRow, taken: Collection[int]
) -> AssetRow | None:
    known = _newest_at_path(connection, row, taken)
    if known is None or known.state is AssetState.REPLACED:
        return None
    if known.state is AssetState.DONE and known.identity != row.identity:
        return None
    return known


def _insert(connection: sqlite3.Connection, row: AssetRow) -> AssetRow:
    """A new version of a file is called what the user called the one before."""
    older = _newest_at_path(connection, row)
    row = row.with_asset(label=row.asset.label or (older.asset.label if older else ""))
    made = row.with_asset(id=LAYOUT.insert(connection, row))
    if made.asset.label:
        relabel(connection, made.id, made.asset.label)
    return made


def _newest_at_path(
    connection: sqlite3.Connection, row: AssetRow, without: Collection[int] = ()
) -> AssetRow | None:
    """The newest row of that path in its session that is none of `without`."""
    if row.asset.path is None:
        return None
    found = LAYOUT.select(
        connection,
        "WHERE session_id = ? AND path = ? ORDER BY id DESC",
        [row.asset.session_id, os.fsencode(row.asset.path)],
    )
    return next((one for one in found if one.id not in without), None)


def relabel(connection: sqlite3.Connection, row_id: int, label: str) -> AssetRow | None:
    """Write what the user calls a file; the row as the journal has it now."""
    LAYOUT.update(connection, row_id, {"label": label})
    return LAYOUT.find(connection, row_id)


def change(connection: sqlite3.Connection, rows: Iterable[AssetRow], owner: str) -> list[AssetRow]:
    """Write `rows` unless another process has claimed or finished them; returns what holds now.

    A row that is gone from the journal comes back with id 0.
    """
    return [_change(connection, row, owner) for row in rows]


def _change(connection: sqlite3.Connection, row: AssetRow, owner: str) -> AssetRow:
    now = LAYOUT.find(connection, row.id)
    if now is None:
        return row.with_asset(id=0)
    is_history = row.state in (AssetState.DONE, AssetState.REPLACED)
    if now.state not in UNCLAIMED and now.owner != owner and not is_history:
        return now
    row = replace(row, tries=max(row.tries, now.tries))  # others may have tried it meanwhile
    LAYOUT.save(connection, row.id, row)
    return row


def claim(connection: sqlite3.Connection, row: AssetRow, owner: str) -> AssetRow:
    """Take `row` for upload: the result is `uploading` with `owner` if nobody else has it.

    Otherwise the result says what holds instead: done or uploading elsewhere; done, because another
    program had sent that very file; skipped, because a watched folder holds a copy of what was sent;
    still queued, because the same content is on its way: where it is wanted twice, it is sent twice,
    one after the other, so that what arrived without an answer is never taken for the other one;
    queued or failed with one try more than `row` knows of: whether that one arrived is asked first.
    """
    now = LAYOUT.find(connection, row.id)
    if now is None:
        return row.with_asset(id=0)
    if now.owner != owner and not owner_is_alive(now.owner):
        now = _change(connection, release(now, now) or now, now.owner)
    is_free = now.state in UNCLAIMED or (now.state is AssetState.UPLOADING and now.owner == owner)
    if not is_free or now.tries > row.tries:
        return now
    return _change(connection, _taken(connection, row, owner), now.owner)


def _taken(connection: sqlite3.Connection, row: AssetRow, owner: str) -> AssetRow:
    """What becomes of a row that nobody else has."""
    twins = [] if row.forced else _twins(connection, row)
    sent = [twin for twin in twins if twin.state is AssetState.DONE]
    mine = next((twin for twin in sent if not twin.is_others), None)
    if mine is not None and row.asset.source != PICKED:
        why = Reason(COPY, _UPLOADED.of(name=mine.asset.name))
        return row.with_asset(state=AssetState.SKIPPED, why=why, retry_at=None)
    for twin in twins:
        if twin.state is AssetState.UPLOADING and owner_is_alive(twin.owner):
            why = Reason(TWIN, _SAME.of(name=twin.asset.name))
            return row.with_asset(state=AssetState.QUEUED, why=why)
    others = next((twin for twin in sent if twin.is_others and is_that_file(twin, row)), None)
    if others is not None:
        remove(connection, others)
        theirs = {name: getattr(others.asset, name) for name in _BACKENDS}
        return row.with_asset(state=AssetState.DONE, why=NO_REASON, retry_at=None, **theirs)
    began = row.with_asset(state=AssetState.UPLOADING, why=NO_REASON, retry_at=None)
    return replace(began, owner=owner)


_BACKENDS = ("url", "kind", "duration_s", "width", "height", "fps", "done_at")
"""What a backend tells of a file that it has."""


def is_that_file(twin: AssetRow, row: AssetRow) -> bool:
    """Whether `twin`, which another program sent, is the row's file: it has its content and name."""
    is_named_so = twin.remote_name in (row.remote_name, row.asset.name)
    return is_named_so and twin.asset.sha256 == row.asset.sha256


def waits_for_twin(row: AssetRow) -> bool:
    """Whether `row` is queued behind another one with the same content."""
    return row.state is AssetState.QUEUED and row.asset.why.code == TWIN


def _twins(connection: sqlite3.Connection, row: AssetRow) -> list[AssetRow]:
    """Other rows of the session with the same content, done or being uploaded, oldest first."""
    if not row.asset.sha256:
        return []
    return LAYOUT.select(
        connection,
        "WHERE session_id = ? AND sha256 = ? AND id != ?"
        " AND state IN ('done', 'uploading') ORDER BY id",
        [row.asset.session_id, row.asset.sha256, row.id],
    )


def release(now: AssetRow, row: AssetRow) -> AssetRow | None:
    """`now` back in the queue where the owner that `row` names died while it sent it."""
    if now.state is not AssetState.UPLOADING or now.owner != row.owner:
        return None
    return replace(now.with_asset(state=AssetState.QUEUED), owner="", tries=now.tries + 1)


def finish(connection: sqlite3.Connection, row: AssetRow) -> list[AssetRow]:
    """Write `row` as done, and every older version of its file as replaced; returns all of them.

    A row of the same content is no older version: the file is there twice.
    """
    _change(connection, row, row.owner)
    if row.asset.path is None:
        return [row]
    older = LAYOUT.select(
        connection,
        "WHERE session_id = ? AND path = ? AND id < ? AND sha256 != ? AND state = 'done'",
        [row.asset.session_id, os.fsencode(row.asset.path), row.id, row.asset.sha256],
    )
    replaced = [
        one.with_asset(state=AssetState.REPLACED, why=Reason("newer", _NEWER.of())) for one in older
    ]
    return [row, *(_change(connection, one, one.owner) for one in replaced)]


def forget(connection: sqlite3.Connection, row: AssetRow) -> None:
    """Take `row` out of its session; it stays known as forgotten."""
    connection.execute(
        "UPDATE assets SET session_id = ? WHERE id = ?", [FORGOTTEN + row.asset.session_id, row.id]
    )


def remove(connection: sqlite3.Connection, row: AssetRow) -> None:
    """Delete `row`."""
    connection.execute("DELETE FROM assets WHERE id = ?", [row.id])


def remember(connection: sqlite3.Connection, session_id: str, paths: Sequence[Path]) -> None:
    """The user wants these files after all: what was forgotten about them is dropped."""
    connection.executemany(
        "DELETE FROM assets WHERE session_id = ? AND path = ?",
        [(FORGOTTEN + session_id, os.fsencode(path)) for path in paths],
    )


def _columns(row: AssetRow) -> dict[str, Value]:
    """All but the label, which `relabel` alone changes."""
    asset, identity = row.asset, row.identity
    return {
        "session_id": asset.session_id,
        "path": os.fsencode(asset.path) if asset.path is not None else None,
        "name": asset.name,
        "kind": asset.kind,
        "source": asset.source,
        "state": asset.state,
        "reason": asset.why.text,
        "reason_code": asset.why.code,
        "retry_at": asset.retry_at,
        "tries": row.tries,
        "size": asset.size,
        "mtime_ns": identity.mtime_ns if identity else None,
        "device": _signed(identity.device) if identity else None,
        "inode": _signed(identity.inode) if identity else None,
        "sha256": asset.sha256,
        "remote_name": row.remote_name,
        "url": asset.url,
        "duration_s": asset.duration_s,
        "width": asset.width,
        "height": asset.height,
        "fps": asset.fps,
        "created_at": asset.created_at,
        "done_at": asset.done_at,
        "owner": row.owner,
    }


def _signed(number: int) -> int:
    """SQLite's integers have 63 bits and a sign; an inode may have 64 bits."""
    return number - (1 << 64) if number >= 1 << 63 else number


def _unsigned(number: int) -> int:
    return number + (1 << 64) if number < 0 else number


def _row(line: sqlite3.Row) -> AssetRow:
    path = line["path"]
    asset = Asset(
        id=line["id"],
        session_id=line["session_id"],
        path=Path(os.fsdecode(path)) if path is not None else None,
        name=line["name"],
        kind=line["kind"],
        source=line["source"],
        state=AssetState(line["state"]),
        size=line["size"],
        why=Reason(line["reason_code"], line["reason"]),
        retry_at=line["retry_at"],
        sha256=line["sha256"],
        url=line["url"],
        duration_s=line["duration_s"],
        width=line["width"],
        height=line["height"],
        fps=line["fps"],
        created_at=line["created_at"],
        done_at=line["done_at"],
        label=line["label"],
    )
    identity = None
    if line["mtime_ns"] is not None:
        identity = Identity(
            _unsigned(line["device"]), _unsigned(line["inode"]), line["size"], line["mtime_ns"]
        )
    return AssetRow(asset, identity, line["tries"], line["remote_name"], line["owner"])


LAYOUT = Layout("assets", _row, _columns)
