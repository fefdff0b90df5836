"""Renders in the journal. A row exists, with its id, before the request that it stands for.

Only the owner writes to a row, apart from a cancel, which anyone may order.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.base.problem import Problem
from vbtui.journal.records import ExportOptions, Render, RenderState
from vbtui.journal.table import Layout, Unreadable, Value

_OVER = ", ".join(f"'{state}'" for state in RenderState if state.is_over)
_AT_BACKEND = (
    RenderState.SUBMITTING,
    RenderState.PENDING,
    RenderState.PROCESSING,
    RenderState.UNKNOWN,
)
"""States in which the backend may be at work on it: one a session (wire/README.md, Rules)."""

UNFINISHED = f"""
    JOIN sessions ON sessions.id = renders.session_id
    WHERE sessions.backend = ? AND renders.state NOT IN ({_OVER})
"""
"""The renders of one backend that are not over."""


def new_id(at: float) -> str:
    """`render_<ts>` with twelve digits that nobody guesses: whoever knows the id could ask for the video.

    Args:
        at: seconds since 1970.
    """
    return f"render_{int(at * 1000)}{secrets.randbelow(10**12):012}"


def insert(connection: sqlite3.Connection, render: Render) -> Render:
    """Write a new render at the end of the queue; the render with a free id and its position."""
    last = connection.execute("SELECT max(position) FROM renders").fetchone()[0]
    made = replace(render, id=_free_id(connection, render.id), position=(last or 0.0) + 1.0)
    LAYOUT.insert(connection, made)
    return made


def renew(connection: sqlite3.Connection, old_id: str, render: Render) -> Render:
    """Write the same export under another, free id."""
    made = replace(render, id=_free_id(connection, render.id))
    LAYOUT.save(connection, old_id, made)
    return made


def delete(connection: sqlite3.Connection, render_id: str) -> None:
    """Take a finished render off the list."""
    connection.execute(f"DELETE FROM renders WHERE id = ? AND state IN ({_OVER})", [render_id])


def is_session_busy(connection: sqlite3.Connection, render: Render) -> bool:
    """Whether another render of the session is at the backend.

    Those that are made at the backend and those made on this machine do not wait for each other.
    """
    others = LAYOUT.select(
        connection, "WHERE session_id = ? AND id != ?", [render.session_id, render.id]
    )
    return any(
        other.state in _AT_BACKEND and bool(other.options.here) == bool(render.options.here)
        for other in others
    )


def all_of(connection: sqlite3.Connection, backend: str, *, limit: int) -> list[Render]:
    """The renders of every session of `backend`; of the old ones the last `limit`."""
    return LAYOUT.select(
        connection,
        "JOIN sessions ON sessions.id = renders.session_id WHERE sessions.backend = ?"
        f" ORDER BY renders.state NOT IN ({_OVER}) DESC, renders.position DESC LIMIT ?",
        [backend, limit],
    )


@dataclass(frozen=True, slots=True)
class ListedRender:
    """One render and where it belongs."""

    render: Render
    project: str
    backend: str


def every(connection: sqlite3.Connection, *, limit: int) -> list[ListedRender]:
    """The renders of all backends, oldest first; of the old ones the last `limit`. Raises `Unreadable`.

    Those of a project that the journal has lost are listed too.
    """
    lines = connection.execute(
        "SELECT renders.*, coalesce(sessions.name, '') AS project,"
        " coalesce(sessions.backend, '') AS backend FROM renders"
        " LEFT JOIN sessions ON sessions.id = renders.session_id"
        f" ORDER BY renders.state NOT IN ({_OVER}) DESC, renders.position DESC LIMIT ?",
        [limit],
    ).fetchall()
    try:
        listed = [ListedRender(_read(line), line["project"], line["backend"]) for line in lines]
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"renders: {error}") from error
    return sorted(listed, key=lambda one: (one.render.created_at, one.render.position))


def _free_id(connection: sqlite3.Connection, wanted: str) -> str:
    """`render_<ts>`, with the next free number for <ts>."""
    stem, _, number = wanted.rpartition("_")
    while connection.execute(
        "SELECT 1 FROM renders WHERE id = ?", (f"{stem}_{number}",)
    ).fetchone():
        number = str(int(number) + 1)
    return f"{stem}_{number}"


def _read(row: sqlite3.Row) -> Render:
    problem = row["problem"]
    return Render(
        id=row["id"],
        session_id=row["session_id"],
        state=RenderState(row["state"]),
        options=_options(row["options"], row["destination"]),
        draft_version=row["draft_version"],
        title=row["title"],
        progress=row["progress"],
        path=_path(row["path"]),
        problem=Problem.from_json(problem) if problem else None,
        attempt=row["attempt"],
        position=row["position"],
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        seen_at=row["seen_at"],
        ended_at=row["ended_at"],
        owner=row["owner"],
    )


def _columns(render: Render) -> dict[str, Value]:
    return {
        "id": render.id,
        "session_id": render.session_id,
        "draft_version": render.draft_version,
        "title": render.title,
        "options": _options_text(render.options),
        "state": render.state,
        "progress": render.progress,
        "path": _path_bytes(render.path),
        "destination": _path_bytes(render.options.destination),
        "problem": _problem_text(render.problem),
        "attempt": render.attempt,
        "position": render.position,
        "created_at": render.created_at,
        "submitted_at": render.submitted_at,
        "seen_at": render.seen_at,
        "ended_at": render.ended_at,
        "owner": render.owner,
    }


LAYOUT = Layout("renders", _read, _columns)


def _options_text(options: ExportOptions) -> str:
    return json.dumps(
        {
            "quality": options.quality,
            "format": options.format,
            "at_ms": options.at_ms,
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
        at_ms=data.get("at_ms", 0),
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
    return problem.as_json() if problem else None
