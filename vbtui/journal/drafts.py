"""The journal's drafts: every state of a timeline that was seen, by session and version.

The JSON is kept as it came (key order, unknown keys, NaN); `digest` is made of its canonical form,
so that the same draft with its keys in another order is the same version.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One row. `json_text` is what `json.loads` turns back into the draft."""

    version: int
    digest: str
    json_text: str
    turn_id: int | None
    seen_at: float


def digest_of(draft: Any) -> str:
    """The digest of a draft's canonical JSON: keys sorted, no spaces."""
    canonical = json.dumps(draft, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def newest(connection: sqlite3.Connection, session_id: str) -> KeptDraft | None:
    """The latest version of the session; None when nothing was ever built."""
    row = connection.execute(
        "SELECT * FROM drafts WHERE session_id = ? ORDER BY version DESC LIMIT 1", (session_id,)
    ).fetchone()
    return _kept(row) if row else None


def find(connection: sqlite3.Connection, session_id: str, version: int) -> KeptDraft | None:
    """That version of the session, if it was kept."""
    row = connection.execute(
        "SELECT * FROM drafts WHERE session_id = ? AND version = ?", (session_id, version)
    ).fetchone()
    return _kept(row) if row else None


def all_of(connection: sqlite3.Connection, session_id: str) -> list[KeptDraft]:
    """Every version of the session, oldest first."""
    rows = connection.execute(
        "SELECT * FROM drafts WHERE session_id = ? ORDER BY version", (session_id,)
    )
    return [_kept(row) for row in rows]


def keep(
    connection: sqlite3.Connection,
    session_id: str,
    *,
    digest: str,
    json_text: str,
    turn_id: int | None,
    seen_at: float,
) -> tuple[KeptDraft | None, bool]:
    """Keep a draft if it differs from the newest version: (the newest version now, whether new).

    `null` before anything was built is not a version.
    """
    last = newest(connection, session_id)
    if last is None and json_text == "null":
        return None, False
    if last is not None and last.digest == digest:
        return last, False
    row = KeptDraft(last.version + 1 if last else 1, digest, json_text, turn_id, seen_at)
    connection.execute(
        "INSERT INTO drafts (session_id, version, digest, json, turn_id, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (session_id, row.version, digest, json_text, turn_id, seen_at),
    )
    return row, True


def _kept(row: sqlite3.Row) -> KeptDraft:
    return KeptDraft(row["version"], row["digest"], row["json"], row["turn_id"], row["seen_at"])
