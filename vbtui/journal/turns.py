"""The journal's turns. A turn's row says `sending` before its message goes out."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Any

from vbtui.base.files import owner_is_alive
from vbtui.base.problem import Problem
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.journal.table import Layout, Value
from vbtui.timeline.changes import Change

UNDER_WAY = (TurnState.SENDING, TurnState.RUNNING, TurnState.RECOVERING)
_UNOPENED = "unopened:"
_FIXED = ("created_at", "draft_before", "credits_before")
"""What is not written again once a turn was sent; a session's replacement forgets `draft_before`."""


def unopened(backend: str) -> str:
    """Stands for the session of messages that were said before `backend` had one."""
    return _UNOPENED + backend


def is_unopened(session_id: str) -> bool:
    """Whether it stands for a session that there is not yet."""
    return session_id.startswith(_UNOPENED)


def insert(connection: sqlite3.Connection, turn: Turn) -> Turn:
    """Write a new turn at the end of its conversation; the turn with its id and position."""
    made = replace(turn, position=_last_position(connection, turn.session_id) + 1.0)
    return replace(made, id=LAYOUT.insert(connection, made))


def save(connection: sqlite3.Connection, turn: Turn) -> None:
    """Write all that can change of a turn."""
    LAYOUT.save(connection, turn.id, turn, but=_FIXED)


def may_send(connection: sqlite3.Connection, now: Turn, owner: str) -> bool:
    """Whether a turn still waits, and no living other engine has one of its session under way."""
    busy = connection.execute(
        "SELECT owner FROM turns WHERE session_id = ? AND owner != ? AND state IN (?, ?, ?)",
        (now.session_id, owner, *UNDER_WAY),
    ).fetchall()
    return now.state is TurnState.QUEUED and not any(owner_is_alive(row["owner"]) for row in busy)


def delete_queued(connection: sqlite3.Connection, turn_id: int) -> bool:
    """Forget a message that still waits; False when it does not wait any more."""
    cursor = connection.execute(
        "DELETE FROM turns WHERE id = ? AND state = ?", (turn_id, TurnState.QUEUED)
    )
    return cursor.rowcount == 1


def adopt_unopened(
    connection: sqlite3.Connection, session_id: str, *, owner: str, left_at: str
) -> None:
    """The messages that were said before there was a session wait in this one from now on.

    They are this process's, also those said while another backend was tried.

    Args:
        left_at: the backend for which those count as well that dead processes left; empty: for none.
    """
    process = owner.rpartition(":")[0]
    waiting = LAYOUT.select(
        connection, "WHERE session_id LIKE ? ORDER BY position, id", [f"{_UNOPENED}%"]
    )
    last = _last_position(connection, session_id)
    for turn in waiting:
        is_ours = turn.owner.rpartition(":")[0] == process
        is_left = bool(left_at) and turn.session_id == unopened(left_at)
        if turn.owner == owner or (not owner_is_alive(turn.owner) and (is_ours or is_left)):
            last += 1.0
            values: dict[str, Value] = {"session_id": session_id, "position": last, "owner": ""}
            LAYOUT.update(connection, turn.id, values)


def of_session(connection: sqlite3.Connection, session_id: str) -> list[Turn]:
    """The whole conversation of a session, in order."""
    return LAYOUT.select(connection, "WHERE session_id = ? ORDER BY position, id", [session_id])


def _last_position(connection: sqlite3.Connection, session_id: str) -> float:
    found = connection.execute(
        "SELECT max(position) FROM turns WHERE session_id = ?", (session_id,)
    ).fetchone()
    return float(found[0] or 0.0)


def _columns(turn: Turn) -> dict[str, Value]:
    return {
        "session_id": turn.session_id,
        "text": turn.text,
        "route": turn.route,
        "state": turn.state,
        "reply": _storable(turn.reply),
        "receipt": _receipt_text(turn.receipt),
        "problem": _problem_text(turn.problem),
        "offers": json.dumps(turn.offers),
        "position": turn.position,
        "created_at": turn.created_at,
        "sent_at": turn.sent_at,
        "ended_at": turn.ended_at,
        "draft_before": turn.draft_before,
        "credits_before": turn.credits_before,
        "owner": turn.owner,
    }


def _read(row: sqlite3.Row) -> Turn:
    return Turn(
        id=row["id"],
        session_id=row["session_id"],
        text=row["text"],
        route=row["route"],
        state=TurnState(row["state"]),
        reply=row["reply"],
        receipt=_receipt(row["receipt"]),
        problem=_problem(row["problem"]),
        offers=tuple(json.loads(row["offers"])),
        position=row["position"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        ended_at=row["ended_at"],
        draft_before=row["draft_before"],
        credits_before=row["credits_before"],
        owner=row["owner"],
    )


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text.encode(errors="replace").decode()


def _receipt_text(receipt: Receipt | None) -> str | None:
    if receipt is None:
        return None
    changes = [[one.kind, one.subject, one.before, one.after] for one in receipt.changes]
    return json.dumps(
        {
            "changes": changes,
            "seconds": receipt.seconds,
            "credits_before": receipt.credits_before,
            "credits_after": receipt.credits_after,
            "claim_unproven": receipt.claim_unproven,
            "is_told": receipt.is_told,
        }
    )


def _receipt(text: str | None) -> Receipt | None:
    if not text:
        return None
    data: dict[str, Any] = json.loads(text)
    return Receipt(
        changes=tuple(Change(*change) for change in data["changes"]),
        seconds=data["seconds"],
        credits_before=data["credits_before"],
        credits_after=data["credits_after"],
        claim_unproven=data["claim_unproven"],
        is_told=bool(data.get("is_told", False)),
    )


def _problem_text(problem: Problem | None) -> str | None:
    return problem.as_json() if problem else None


def _problem(text: str | None) -> Problem | None:
    return Problem.from_json(text) if text else None


LAYOUT = Layout("turns", _read, _columns)
