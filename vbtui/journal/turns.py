"""The journal's turns. A turn's row says `sending` before its message goes out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vbtui.base.problem import Problem
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.timeline.changes import Change

UNDER_WAY = (TurnState.SENDING, TurnState.RUNNING, TurnState.RECOVERING)


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One row: the turn, and what only its own run and a later look need."""

    turn: Turn
    draft_before: int | None = None
    """The draft's version before the message was sent; 0 when nothing was built; None: not known."""
    credits_before: float | None = None
    owner: str = ""
    """Who works on it; empty when nobody does."""


def insert(connection: sqlite3.Connection, turn: Turn, *, owner: str = "") -> Turn:
    """Write a new turn at the end of its conversation; the turn with its id and position."""
    last = connection.execute(
        "SELECT max(position) FROM turns WHERE session_id = ?", (turn.session_id,)
    ).fetchone()[0]
    position = (last or 0.0) + 1.0
    cursor = connection.execute(
        "INSERT INTO turns (session_id, text, route, state, position, created_at, owner)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (turn.session_id, turn.text, turn.route, turn.state, position, turn.created_at, owner),
    )
    made = replace(turn, id=int(cursor.lastrowid or 0), position=position)
    save(connection, made, owner=owner)
    return made


def save(connection: sqlite3.Connection, turn: Turn, *, owner: str) -> None:
    """Write all that can change of a turn."""
    connection.execute(
        "UPDATE turns SET text = ?, route = ?, state = ?, reply = ?, receipt = ?, problem = ?,"
        " offers = ?, position = ?, sent_at = ?, ended_at = ?, owner = ? WHERE id = ?",
        (
            turn.text,
            turn.route,
            turn.state,
            _storable(turn.reply),
            _receipt_text(turn.receipt),
            _problem_text(turn.problem),
            json.dumps(turn.offers),
            turn.position,
            turn.sent_at,
            turn.ended_at,
            owner,
            turn.id,
        ),
    )


def claim(
    connection: sqlite3.Connection,
    turn: Turn,
    *,
    owner: str,
    draft_before: int | None,
    credits_before: float | None,
    is_alive: Callable[[str], bool],
) -> bool:
    """Make a queued turn `sending` and this owner's, if nobody else took it.

    False too while a living owner has another turn of the session under way.
    """
    busy = connection.execute(
        "SELECT owner FROM turns WHERE session_id = ? AND owner != ? AND state IN (?, ?, ?)",
        (turn.session_id, owner, *UNDER_WAY),
    )
    if any(is_alive(row["owner"]) for row in busy):
        return False
    cursor = connection.execute(
        "UPDATE turns SET state = ?, owner = ?, sent_at = ?, draft_before = ?, credits_before = ?,"
        " problem = NULL, offers = '[]' WHERE id = ? AND state = ?",
        (
            TurnState.SENDING,
            owner,
            turn.sent_at,
            draft_before,
            credits_before,
            turn.id,
            TurnState.QUEUED,
        ),
    )
    return cursor.rowcount == 1


def take_over(
    connection: sqlite3.Connection,
    turn_id: int,
    *,
    owner: str,
    is_alive: Callable[[str], bool],
) -> KeptTurn | None:
    """Make an unsettled turn this owner's, unless a living other one works on it."""
    kept = find(connection, turn_id)
    if kept is None or kept.turn.state not in (*UNDER_WAY, TurnState.UNKNOWN):
        return None
    if kept.owner not in ("", owner) and is_alive(kept.owner):
        return None
    connection.execute("UPDATE turns SET owner = ? WHERE id = ?", (owner, turn_id))
    return replace(kept, owner=owner)


def change_queued(connection: sqlite3.Connection, turn_id: int, text: str, route: str) -> bool:
    """Other words for a message that still waits; False when it does not wait any more."""
    cursor = connection.execute(
        "UPDATE turns SET text = ?, route = ? WHERE id = ? AND state = ?",
        (text, route, turn_id, TurnState.QUEUED),
    )
    return cursor.rowcount == 1


def delete_queued(connection: sqlite3.Connection, turn_id: int) -> bool:
    """Forget a message that still waits; False when it does not wait any more."""
    cursor = connection.execute(
        "DELETE FROM turns WHERE id = ? AND state = ?", (turn_id, TurnState.QUEUED)
    )
    return cursor.rowcount == 1


def place(connection: sqlite3.Connection, positions: dict[int, float]) -> None:
    """Give queued turns other positions; those that were sent meanwhile keep theirs."""
    connection.executemany(
        "UPDATE turns SET position = ? WHERE id = ? AND state = ?",
        [(position, turn_id, TurnState.QUEUED) for turn_id, position in positions.items()],
    )


def all_of(connection: sqlite3.Connection, session_id: str) -> list[KeptTurn]:
    """The whole conversation of a session, in order."""
    rows = connection.execute(
        "SELECT * FROM turns WHERE session_id = ? ORDER BY position, id", (session_id,)
    )
    return [_kept(row) for row in rows]


def find(connection: sqlite3.Connection, turn_id: int) -> KeptTurn | None:
    """One turn of any session."""
    row = connection.execute("SELECT * FROM turns WHERE id = ?", (turn_id,)).fetchone()
    return _kept(row) if row else None


def _kept(row: sqlite3.Row) -> KeptTurn:
    turn = Turn(
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
    )
    return KeptTurn(turn, row["draft_before"], row["credits_before"], row["owner"])


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
    )


def _problem_text(problem: Problem | None) -> str | None:
    return problem.as_json() if problem else None


def _problem(text: str | None) -> Problem | None:
    return Problem.from_json(text) if text else None
