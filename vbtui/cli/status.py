"""`vbtui status`: a project as the journal knows it; asks nobody."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
from collections import Counter
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.settings import Settings, load
from vbtui.base.text import clean_line
from vbtui.cli.shell import Outcome, finish, opened_journal
from vbtui.journal.table import Unreadable
from vbtui.timeline import changes as timeline_changes
from vbtui.timeline import model as timeline

NOTHING_YET = "No project yet. Start one with: vbtui --local"


def run(arguments: argparse.Namespace) -> int:
    """Print a project's timeline, media and exports; exit code 0, also when there is none."""
    return finish(_look(load(), arguments.project), as_json=arguments.json, indent=1)


async def _look(settings: Settings, name: str) -> Outcome:
    """`{"project", "backend", "session", "timeline", "unread", "duration_ms", "media", "turns", "renders"}`,
    or None when there is no project. `media` and `turns` count by state."""
    async with opened_journal(settings) as journal:
        found = await journal.run(lambda c: _read(c, name)) if journal else None
    return Outcome(_as_text(found) if found else NOTHING_YET, found)


def _read(connection: sqlite3.Connection, name: str) -> dict[str, Any] | None:
    """Of the project of that name, or without one of the last. Raises `UsageError`."""
    session = connection.execute(
        "SELECT * FROM sessions WHERE forgotten_at IS NULL AND ? IN ('', name)"
        " ORDER BY used_at DESC LIMIT 1",
        [name],
    ).fetchone()
    if session is None and name:
        raise UsageError(f"There is no project “{clean_line(name)}”.")
    if session is None:
        return None
    key = (session["id"],)
    draft = connection.execute(
        "SELECT json, version FROM drafts WHERE session_id = ? ORDER BY version DESC LIMIT 1", key
    ).fetchone()
    try:
        seen = timeline.read(json.loads(draft["json"])) if draft else None
    except ValueError as error:
        raise Unreadable(f"drafts: {error}") from error
    unread = _unread(connection, key)
    renders = connection.execute(
        "SELECT id, state, progress, path FROM renders WHERE session_id = ? ORDER BY position", key
    )
    return {
        "project": session["name"],
        "backend": session["backend"],
        "session": session["id"],
        "timeline": _timeline(seen, unread),
        "unread": unread,
        "version": draft["version"] if draft else 0,
        "duration_ms": seen.duration_ms if seen else 0,
        "media": _by_state(connection, "assets", key),
        "turns": _by_state(connection, "turns", key),
        "renders": [
            {
                "id": row["id"],
                "state": row["state"],
                "progress": row["progress"],
                "path": os.fsdecode(row["path"]) if row["path"] else None,
            }
            for row in renders
        ],
    }


def _unread(connection: sqlite3.Connection, key: tuple[str]) -> str:
    """Why nobody has seen what the last message made of the timeline; empty where it was seen."""
    row = connection.execute(
        "SELECT json_extract(receipt, '$.unseen') AS unseen FROM turns"
        " WHERE session_id = ? AND route = 'edit' AND sent_at IS NOT NULL"
        " ORDER BY sent_at DESC, position DESC LIMIT 1",
        key,
    ).fetchone()
    return clean_line(row["unseen"] or "") if row else ""


def _timeline(seen: timeline.Timeline | None, unread: str) -> str:
    if not unread:
        return timeline_changes.summary(seen)
    before = f" When it was read last: {timeline_changes.summary(seen)}" if seen else ""
    return f"The timeline could not be read since the last message: {unread}.{before}"


def _by_state(connection: sqlite3.Connection, table: str, key: tuple[str]) -> dict[str, int]:
    rows = connection.execute(f"SELECT state FROM {table} WHERE session_id = ?", key)
    return dict(Counter(row["state"] for row in rows))


def _as_text(found: dict[str, Any]) -> str:
    """The same in lines for people."""
    lines = [
        f"Project   {clean_line(found['project'])}",
        f"Backend   {clean_line(found['backend'])}",
        found["timeline"],
        f"Media     {_counts(found['media']) or 'none'}",
    ]
    for render in found["renders"]:
        where = clean_line(render["path"] or "")
        lines.append(f"Export    {render['state']} {render['progress']:.0f} % {where}".rstrip())
    return "\n".join(lines)


def _counts(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
