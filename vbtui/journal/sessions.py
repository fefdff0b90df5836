"""Sessions in the journal, and small facts that outlive a start: JSON values by key."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from vbtui.journal.records import LOST, Session
from vbtui.journal.table import Layout

_LOST = "Not in the project any more: the backend lost it. Upload it again."
_MOVED = ("turns", "drafts", "assets", "renders")


LAYOUT = Layout(
    "sessions",
    lambda line: Session(
        id=line["id"],
        backend=line["backend"],
        name=line["name"],
        task_id=line["task_id"],
        user_id=line["user_id"],
        created_at=line["created_at"],
        used_at=line["used_at"],
    ),
    lambda session: {
        "id": session.id,
        "backend": session.backend,
        "name": session.name,
        "task_id": session.task_id,
        "user_id": session.user_id,
        "created_at": session.created_at,
        "used_at": session.used_at,
    },
)


def every(connection: sqlite3.Connection, backend: str) -> list[Session]:
    """The sessions of `backend` that were not forgotten, last used first."""
    return LAYOUT.select(
        connection,
        "WHERE backend = ? AND forgotten_at IS NULL ORDER BY used_at DESC, created_at DESC",
        [backend],
    )


def save(connection: sqlite3.Connection, session: Session) -> None:
    """Keep `session`, new or changed; one that was forgotten is known again."""
    values = LAYOUT.columns(session) | {"forgotten_at": None}
    changes = {name: values[name] for name in values if name not in ("backend", "created_at")}
    if not LAYOUT.update(connection, session.id, changes):
        LAYOUT.insert(connection, session)


def forget(connection: sqlite3.Connection, session_id: str, now: float) -> None:
    """Take the session off the list; its rows stay."""
    connection.execute("UPDATE sessions SET forgotten_at = ? WHERE id = ?", (now, session_id))


def replacement(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """The session that took the place of a lost one, or of the one that did; None when it was not
    replaced, or by itself: a backend may give an id again."""
    seen, new_id = {session_id}, get(connection, f"replaced:{session_id}")
    while isinstance(new_id, str) and new_id not in seen:
        seen.add(new_id)
        later = get(connection, f"replaced:{new_id}")
        if later is None:
            return find(connection, new_id)
        new_id = later
    return None


def was_replaced(connection: sqlite3.Connection, session_id: str) -> bool:
    """Whether another session took the place of this one."""
    return get(connection, f"replaced:{session_id}") is not None


def is_replacement(connection: sqlite3.Connection, session_id: str) -> bool:
    """Whether the session took the place of a lost one."""
    return get(connection, f"replaces:{session_id}") is not None


def find(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """That session, forgotten or not."""
    return LAYOUT.find(connection, session_id)


def findable(connection: sqlite3.Connection, name: str, backend: str) -> Session | None:
    """The session of that name or id that was used last; by its id also one that is off the list. Empty: any."""
    for one in every(connection, backend):
        if name in ("", one.name, one.id):
            return one
    found = find(connection, name)
    is_here = found is not None and found.backend == backend
    return found if is_here and not was_replaced(connection, name) else None


def made_for(connection: sqlite3.Connection, purpose: str) -> Session | None:
    """The session that was made for that; None where there is none, or the backend lost it."""
    session_id = get(connection, f"made_for:{purpose}")
    if not isinstance(session_id, str) or was_replaced(connection, session_id):
        return None
    return None if is_replacement(connection, session_id) else find(connection, session_id)


def make_for(connection: sqlite3.Connection, purpose: str, session: Session) -> None:
    """Keep a new session as made for that, off the list."""
    save(connection, session)
    forget(connection, session.id, session.created_at)
    put(connection, f"made_for:{purpose}", session.id)


def replace(connection: sqlite3.Connection, old_id: str, new: Session, now: float) -> None:
    """`new` takes the place of a session that the backend lost (wire/README.md, Errors: 1002).

    Conversation, drafts, media and renders move along; what was uploaded counts as not uploaded. One that was off
    the list stays off it.
    """
    save(connection, new)
    off = "SELECT 1 FROM sessions WHERE id = ? AND forgotten_at IS NOT NULL"
    if connection.execute(off, (old_id,)).fetchone():
        forget(connection, new.id, now)
    forget(connection, old_id, now)
    for table in _MOVED:
        connection.execute(
            f"UPDATE {table} SET session_id = ? WHERE session_id = ?", (new.id, old_id)
        )
    connection.execute("UPDATE turns SET draft_before = NULL WHERE session_id = ?", (new.id,))
    put(connection, f"replaced:{old_id}", new.id)
    put(connection, f"replaces:{new.id}", old_id)
    connection.execute(
        "UPDATE assets SET state = 'failed', reason = ?, reason_code = ?, retry_at = NULL"
        " WHERE session_id = ? AND state = 'done'",
        (_LOST, LOST, new.id),
    )


def doubt(connection: sqlite3.Connection, session_id: str) -> None:
    """Files may be in the session of which the journal knows nothing any more."""
    put(connection, f"doubt:{session_id}", True)


def is_in_doubt(connection: sqlite3.Connection, session_id: str) -> bool:
    """Whether a file of the session is looked for at the backend before it is sent."""
    return get(connection, f"doubt:{session_id}") is True


def get(connection: sqlite3.Connection, key: str) -> Any:
    """The value of `key`, None when there is none or it cannot be read."""
    row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    try:
        return json.loads(row["value"]) if row else None
    except ValueError:
        return None


def put(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep `value`, which must be JSON, under `key`; None: forget it."""
    if value is None:
        connection.execute("DELETE FROM facts WHERE key = ?", (key,))
        return
    connection.execute(
        "INSERT INTO facts (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value, ensure_ascii=False)),
    )
