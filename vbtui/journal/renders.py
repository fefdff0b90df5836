"""Renders in the journal. A row exists, with its id, before the request that it stands for.

`owner` is who works on the row (see `vbtui.base.files`); only the owner writes to it, apart
from a cancel, which anyone may order.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base.problem import Problem
from vbtui.journal.records import ExportOptions, Render, RenderState

_OVER = tuple(state for state in RenderState if state.is_over)
_OVER_MARKS = ", ".join("?" for _ in _OVER)
_BUSY = (
    RenderState.SUBMITTING,
    RenderState.PENDING,
    RenderState.PROCESSING,
    RenderState.UNKNOWN,
)
"""States in which the backend may be at work on it: one a session (wire.md)."""
_BUSY_MARKS = ", ".join("?" for _ in _BUSY)
_IS_HERE = "coalesce(json_extract(other.options, '$.here'), '')"


@dataclass(frozen=True, slots=True)
class KeptRender:
    """One row."""

    render: Render
    owner: str


def insert(connection: sqlite3.Connection, render: Render, *, owner: str) -> Render:
    """Write a new render at the end of the queue; the render with a free id and its position."""
    last = connection.execute("SELECT max(position) FROM renders").fetchone()[0]
    made = replace(render, id=_free_id(connection, render.id), position=(last or 0.0) + 1.0)
    connection.execute(
        "INSERT INTO renders (id, session_id, draft_version, title, options, state, position,"
        " created_at, destination, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            made.id,
            made.session_id,
            made.draft_version,
            made.title,
            _options_text(made.options),
            made.state,
            made.position,
            made.created_at,
            _path_bytes(made.options.destination),
            owner,
        ),
    )
    update(connection, made, owner=owner)
    return made


def update(connection: sqlite3.Connection, render: Render, *, owner: str) -> bool:
    """Write all that can change; False when the row is not `owner`'s any more, over, or gone."""
    cursor = connection.execute(
        "UPDATE renders SET state = ?, progress = ?, path = ?,"
        " problem = ?, attempt = ?, submitted_at = ?, seen_at = ?, ended_at = ?"
        f" WHERE id = ? AND owner = ? AND state NOT IN ({_OVER_MARKS})",
        (
            render.state,
            render.progress,
            _path_bytes(render.path),
            _problem_text(render.problem),
            render.attempt,
            render.submitted_at,
            render.seen_at,
            render.ended_at,
            render.id,
            owner,
            *_OVER,
        ),
    )
    return cursor.rowcount == 1


def claim(connection: sqlite3.Connection, render: Render, *, owner: str) -> bool:
    """Make a waiting render `submitting`, if its session has no other one under way there.

    Renders of one session that are made at the backend and on this machine do not wait for each
    other.
    """
    cursor = connection.execute(
        "UPDATE renders SET state = ?, submitted_at = ? WHERE id = ? AND owner = ? AND state = ?"
        " AND NOT EXISTS (SELECT 1 FROM renders AS other WHERE other.session_id = ?"
        f" AND other.id != ? AND other.state IN ({_BUSY_MARKS})"
        f" AND ({_IS_HERE} != '') = ?)",
        (
            RenderState.SUBMITTING,
            render.submitted_at,
            render.id,
            owner,
            RenderState.WAITING,
            render.session_id,
            render.id,
            *_BUSY,
            bool(render.options.here),
        ),
    )
    return cursor.rowcount == 1


def adopt(
    connection: sqlite3.Connection,
    backend: str,
    *,
    owner: str,
    is_alive: Callable[[str], bool],
) -> list[str]:
    """Make the unfinished renders of dead owners this one's; their ids."""
    rows = connection.execute(
        "SELECT renders.id, renders.owner FROM renders JOIN sessions"
        " ON sessions.id = renders.session_id"
        f" WHERE sessions.backend = ? AND renders.state NOT IN ({_OVER_MARKS})"
        " AND renders.owner != ?",
        (backend, *_OVER, owner),
    ).fetchall()
    found = [row["id"] for row in rows if not is_alive(row["owner"])]
    connection.executemany(
        "UPDATE renders SET owner = ? WHERE id = ?", [(owner, render_id) for render_id in found]
    )
    return found


def renew(
    connection: sqlite3.Connection, old_id: str, render: Render, *, owner: str, was_over: bool
) -> Render | None:
    """The same export under another, free id, and this owner's.

    None when the row is gone, or when it is over and was not before (it was cancelled).
    """
    made = replace(render, id=_free_id(connection, render.id))
    cursor = connection.execute(
        "UPDATE renders SET id = ?, state = ?, progress = ?, path = NULL, problem = NULL,"
        " attempt = ?, submitted_at = ?, seen_at = NULL, ended_at = NULL, owner = ? WHERE id = ?"
        f" AND (? OR state NOT IN ({_OVER_MARKS}))",
        (
            made.id,
            made.state,
            made.progress,
            made.attempt,
            made.submitted_at,
            owner,
            old_id,
            was_over,
            *_OVER,
        ),
    )
    return made if cursor.rowcount == 1 else None


def reopen(connection: sqlite3.Connection, render: Render, *, owner: str) -> bool:
    """Go on with a render that failed, under its old id; False when it is gone."""
    cursor = connection.execute(
        "UPDATE renders SET state = ?, problem = NULL, ended_at = NULL, owner = ? WHERE id = ?",
        (render.state, owner, render.id),
    )
    return cursor.rowcount == 1


def cancel(connection: sqlite3.Connection, render_id: str, now: float) -> bool:
    """Mark it cancelled, whoever works on it; False when it is over already."""
    cursor = connection.execute(
        "UPDATE renders SET state = ?, ended_at = ?, problem = NULL"
        f" WHERE id = ? AND state NOT IN ({_OVER_MARKS})",
        (RenderState.CANCELLED, now, render_id, *_OVER),
    )
    return cursor.rowcount == 1


def delete(connection: sqlite3.Connection, render_id: str) -> None:
    """Take a finished render off the list."""
    connection.execute(
        f"DELETE FROM renders WHERE id = ? AND state IN ({_OVER_MARKS})", (render_id, *_OVER)
    )


def place(connection: sqlite3.Connection, positions: Mapping[str, float]) -> None:
    """Give waiting renders other places in the queue."""
    connection.executemany(
        "UPDATE renders SET position = ? WHERE id = ? AND state = ?",
        [(position, render_id, RenderState.WAITING) for render_id, position in positions.items()],
    )


def all_of(connection: sqlite3.Connection, backend: str, *, limit: int) -> list[KeptRender]:
    """The renders of every session of `backend` in queue order; of the old ones the last `limit`."""
    rows = connection.execute(
        "SELECT renders.* FROM renders JOIN sessions ON sessions.id = renders.session_id"
        f" WHERE sessions.backend = ? ORDER BY renders.state NOT IN ({_OVER_MARKS}) DESC,"
        " renders.position DESC LIMIT ?",
        (backend, *_OVER, limit),
    ).fetchall()
    return sorted(map(_kept, rows), key=lambda kept: kept.render.position)


@dataclass(frozen=True, slots=True)
class ListedRender:
    """One row and where it belongs."""

    kept: KeptRender
    project: str
    backend: str


def every(connection: sqlite3.Connection, *, limit: int) -> list[ListedRender]:
    """The renders of all backends, oldest first; of the old ones the last `limit`."""
    rows = connection.execute(
        "SELECT renders.*, sessions.name AS project, sessions.backend AS backend FROM renders"
        " JOIN sessions ON sessions.id = renders.session_id"
        f" ORDER BY renders.state NOT IN ({_OVER_MARKS}) DESC, renders.position DESC LIMIT ?",
        (*_OVER, limit),
    ).fetchall()
    listed = [ListedRender(_kept(row), row["project"], row["backend"]) for row in rows]
    return sorted(listed, key=lambda one: (one.kept.render.created_at, one.kept.render.position))


def _free_id(connection: sqlite3.Connection, wanted: str) -> str:
    """`render_<ts>`, with the next free number for <ts>."""
    stem, _, number = wanted.rpartition("_")
    while connection.execute(
        "SELECT 1 FROM renders WHERE id = ?", (f"{stem}_{number}",)
    ).fetchone():
        number = str(int(number) + 1)
    return f"{stem}_{number}"


def _kept(row: sqlite3.Row) -> KeptRender:
    problem = row["problem"]
    render = Render(
        id=row["id"],
        session_id=row["session_id"],
        state=RenderState(row["state"]),
        options=_options(row["options"], row["destination"]),
        draft_version=row["draft_version"],
        title=row["title"],
        progress=row["progress"],
        path=_path(row["path"]),
        problem=Problem(*json.loads(problem)) if problem else None,
        attempt=row["attempt"],
        position=row["position"],
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        seen_at=row["seen_at"],
        ended_at=row["ended_at"],
    )
    return KeptRender(render, row["owner"])


def _options_text(options: ExportOptions) -> str:
    return json.dumps(
        {
            "quality": options.quality,
            "format": options.format,
            "overwrite": options.overwrite,
            "preset": options.preset,
            "width": options.width,
            "height": options.height,
            "here": options.here,
        }
    )


def _options(text: str, destination: bytes | None) -> ExportOptions:
    data = json.loads(text)
    return ExportOptions(
        quality=data["quality"],
        destination=_path(destination),
        format=data["format"],
        overwrite=data["overwrite"],
        preset=data.get("preset", ""),
        width=data.get("width"),
        height=data.get("height"),
        here=data.get("here", ""),
    )


def _path_bytes(path: Path | None) -> bytes | None:
    return os.fsencode(path) if path is not None else None


def _path(value: bytes | None) -> Path | None:
    return Path(os.fsdecode(value)) if value is not None else None


def _problem_text(problem: Problem | None) -> str | None:
    return json.dumps([problem.title, problem.message, problem.hint]) if problem else None
