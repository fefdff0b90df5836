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

from vbtui.journal.table import Layout


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One row. `json_text` is what `json.loads` turns back into the draft."""

    session_id: str
    version: int
    digest: str
    json_text: str
    turn_id: int | None
    seen_at: float


LAYOUT = Layout(
    "drafts",
    lambda line: KeptDraft(
        line["session_id"],
        line["version"],
        line["digest"],
        line["json"],
        line["turn_id"],
        line["seen_at"],
    ),
    lambda draft: {
        "session_id": draft.session_id,
        "version": draft.version,
        "digest": draft.digest,
        "json": draft.json_text,
        "turn_id": draft.turn_id,
        "seen_at": draft.seen_at,
    },
)


def digest_of(draft: Any) -> str:
    """The digest of a draft's canonical JSON: keys sorted, no spaces."""
    canonical = json.dumps(draft, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def newest(connection: sqlite3.Connection, session_id: str) -> KeptDraft | None:
    """The latest version of the session; None when nothing was ever built."""
    found = LAYOUT.select(
        connection, "WHERE session_id = ? ORDER BY version DESC LIMIT 1", [session_id]
    )
    return next(iter(found), None)


def find(connection: sqlite3.Connection, session_id: str, version: int) -> KeptDraft | None:
    """That version of the session, if it was kept."""
    found = LAYOUT.select(connection, "WHERE session_id = ? AND version = ?", [session_id, version])
    return next(iter(found), None)


def all_of(connection: sqlite3.Connection, session_id: str) -> list[KeptDraft]:
    """Every version of the session, oldest first."""
    return LAYOUT.select(connection, "WHERE session_id = ? ORDER BY version", [session_id])


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
    version = last.version + 1 if last else 1
    kept = KeptDraft(session_id, version, digest, json_text, turn_id, seen_at)
    LAYOUT.insert(connection, kept)
    return kept, True
