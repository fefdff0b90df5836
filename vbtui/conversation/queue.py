"""The turns of the open session: in memory, in the journal and reported, always alike.

Those that are not over wait in a queue. It is blocked while the turn that was sent last did not end
well, until the user wants to go on: what follows may depend on what did not happen. A turn's row
says `sending` before its message goes out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, replace
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.problem import Problem
from vbtui.base.translation import Translation
from vbtui.journal import sessions
from vbtui.journal.owners import owner_is_alive
from vbtui.journal.records import FinishedVideo, Question, QuestionPart, Receipt, Turn, TurnState
from vbtui.journal.table import Layout, Table, Value
from vbtui.session.context import Context
from vbtui.session.events import TurnChanged, TurnRemoved
from vbtui.timeline.changes import Change

_ON_ITS_WAY = Translation("This message is on its way already.", "这条消息已经发出。")


_NOT_WELL = (TurnState.FAILED, TurnState.STOPPED, TurnState.UNKNOWN)


class Turns(Table[Turn]):
    """Those of the open session; turns of other sessions pass through to the journal."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.journal, LAYOUT, context.owner)
        self._context = context
        self._ordered: tuple[Turn, ...] | None = ()
        self._waived: set[int] = set()
        self.disk_fails = False
        """The journal cannot be written: nothing may be sent until the user wants to go on."""
        self.session_id = ""

    # -- what there is --------------------------------------------------------------------------

    @property
    def all(self) -> Sequence[Turn]:
        """In order, those that wait included."""
        if self._ordered is None:
            self._ordered = tuple(sorted(self.rows, key=lambda turn: (turn.position, turn.id)))
        return self._ordered

    @property
    def waiting(self) -> list[Turn]:
        """In the order in which they will go out."""
        return [turn for turn in self.all if turn.state is TurnState.QUEUED]

    @property
    def blocker(self) -> Turn | None:
        """The turn that did not end well and blocks the queue."""
        sent = (turn for turn in self.rows if turn.sent_at is not None)
        last = max(sent, key=lambda turn: turn.sent_at or 0.0, default=None)
        if last is None or last.state not in _NOT_WELL or last.id in self._waived:
            return None
        return last

    @property
    def is_blocked(self) -> bool:
        """Whether those that wait do so until the user wants to go on."""
        return self.disk_fails or self.blocker is not None

    @property
    def has_foreign(self) -> bool:
        """Whether another living process has a turn of this session under way."""
        return any(turn.state in UNDER_WAY and self.is_foreign(turn) for turn in self.rows)

    def unblock(self) -> None:
        """The user wants to go on all the same."""
        self.disk_fails = False
        if (blocker := self.blocker) is not None:
            self._waived.add(blocker.id)

    # -- the table ------------------------------------------------------------------------------

    def keeps(self, mine: Turn, found: Turn) -> bool:
        return mine.state in UNDER_WAY and self.is_ours(mine)

    def changed(self, row: Turn, before: Turn | None) -> None:
        self._ordered = None
        if row != before:
            self._context.bus.publish(TurnChanged(row))

    def removed(self, row: Turn) -> None:
        self._ordered = None
        self._context.bus.publish(TurnRemoved(row.id))

    def show(self, row: Turn) -> None:
        """Report a turn that only changed on the screen; the journal is not asked."""
        if row.session_id == self.session_id:
            super().show(self._owned(row))
        else:
            self._context.bus.publish(TurnChanged(row))

    async def open(self, session_id: str) -> None:
        """Show another session, or the same one anew and report what is different."""
        if session_id == self.session_id:
            await self.sync()
            return
        self.session_id = session_id

        def read(connection: sqlite3.Connection) -> list[Turn]:
            found = of_session(connection, session_id)
            is_open = not session_id.startswith(_UNOPENED)
            return [one for one in found if is_open or not self.is_foreign(one)]

        await self.load(read, quietly=True)
        self._ordered = None

    async def follow(self, session_id: str) -> None:
        """The conversation went on in a new session: the same turns, under its id."""
        await self.open(session_id)
        for turn in self.all:
            self._context.bus.publish(TurnChanged(turn))

    async def unsettled(self) -> list[Turn]:
        """Turns of the open session that nobody living works on and whose end nobody saw."""
        session_id = self.session_id
        kept = await self.journal.run(lambda c: of_session(c, session_id))
        return [one for one in kept if _is_unsettled(one) and not self.is_foreign(one)]

    # -- writing --------------------------------------------------------------------------------

    async def add(self, turn: Turn, facts: Mapping[str, str] | None = None) -> Turn:
        """Write a new turn at the end of its conversation, `facts` with it, and report it."""
        turn = self._owned(turn)

        def write(connection: sqlite3.Connection) -> Turn:
            made = _insert(connection, turn)
            for key, value in (facts or {}).items():
                sessions.put(connection, key, value)
            return made

        made = await self.journal.run(write)
        self.show(made)
        return made

    async def tell(self, turn: Turn) -> Turn:
        """Write a turn that is over before those that wait in its conversation, and report it."""
        turn = self._owned(turn)
        made = await self.journal.run(lambda c: insert_before_waiting(c, turn))
        self.show(made)
        return made

    async def answer(self, asking_id: int, turn: Turn) -> Turn | None:
        """Write a new turn that answers what the agent asked in another one, and report it; None where
        a message – in this process or another – has answered it, or waits to: it is answered once."""

        def work(connection: sqlite3.Connection) -> Turn | None:
            last = connection.execute(
                "SELECT id FROM turns WHERE session_id = ? AND route = 'edit'"
                " ORDER BY position DESC, id DESC LIMIT 1",
                (turn.session_id,),
            ).fetchone()
            is_open = last is not None and last["id"] == asking_id
            return _insert(connection, turn) if is_open else None

        turn = self._owned(turn)
        made = await self.journal.run(work)
        if made is not None:
            self.show(made)
        return made

    async def keep(self, turn: Turn, *, quietly: bool = False) -> Turn:
        """Write a turn as it is now and, unless `quietly`, report it."""
        turn = self._owned(turn)
        await self.journal.run(lambda c: LAYOUT.save(c, turn.id, turn, but=_FIXED))
        if not quietly:
            self.show(turn)
        return turn

    async def begin(
        self, turn: Turn, *, draft_before: int | None = None, credits_before: float | None = None
    ) -> Turn | None:
        """A waiting turn becomes `sending`, once and by one process alone; None: not by this one."""
        sent_at = self._context.clock.now()
        claimed = await self.claim(
            turn.id,
            lambda connection, now: (
                replace(
                    now,
                    state=TurnState.SENDING,
                    sent_at=sent_at,
                    problem=None,
                    offers=(),
                    draft_before=draft_before,
                    credits_before=credits_before,
                    owner=self.owner,
                )
                if _may_send(connection, now, self.owner)
                else None
            ),
        )
        if claimed is None:
            self.show(turn)  # what it has become is in the journal
            await self.sync()
        return claimed

    async def watch(self, turn_id: int) -> Turn | None:
        """An unsettled turn becomes this process's; None when somebody else has it."""
        return await self.take_over(turn_id, _is_unsettled)

    # -- those that are to end ------------------------------------------------------------------

    async def ask_to_stop(self) -> None:
        """What another process has under way in the open session is to end: that sees it here (`asked_to_stop`)."""
        marks = ", ".join("?" * len(UNDER_WAY))
        asks = f"UPDATE turns SET stop_asked = 1 WHERE session_id = ? AND owner != ? AND state IN ({marks})"
        values = (self.session_id, self.owner, *UNDER_WAY)
        await self.journal.run(lambda c: c.execute(asks, values))

    async def asked_to_stop(self) -> set[int]:
        """Those of this process that another one wants to end."""
        marks = ", ".join("?" * len(UNDER_WAY))
        asked = f"SELECT id FROM turns WHERE stop_asked = 1 AND owner = ? AND state IN ({marks})"
        values = (self.owner, *UNDER_WAY)
        found = await self.journal.run(lambda c: c.execute(asked, values).fetchall())
        return {int(row["id"]) for row in found}

    # -- those that are awaited -----------------------------------------------------------------

    @property
    def expected(self) -> Sequence[Turn]:
        """The turns whose end this engine has yet to tell, in order."""
        return [turn for turn in self.all if turn.awaited_by == self.owner]

    async def left_untold(self, author: str, *, every: bool = False) -> list[Turn]:
        """The turns of the open session, in order, that an engine of this author's said which died before it could
        tell what came of them: the last such engine's alone, or `every` one's and this one's own."""
        session_id = self.session_id
        kept = await self.journal.run(lambda c: of_session(c, session_id))
        own = self.owner if every else ""
        left = [
            turn
            for turn in kept
            if turn.author == author
            and turn.awaited_by
            and (turn.awaited_by == own or not owner_is_alive(turn.awaited_by))
        ]
        return [turn for turn in left if every or turn.awaited_by == left[-1].awaited_by]

    async def expect(self, turns: Sequence[Turn], by: str) -> None:
        """That engine tells what comes of these turns; empty: it is told, or nobody wants to know."""

        def write(connection: sqlite3.Connection) -> None:
            for turn in turns:
                LAYOUT.update(connection, turn.id, {"awaited_by": by})

        await self.journal.run(write)
        for turn in turns:
            if (known := self.get(turn.id)) is not None:
                self.show(replace(known, awaited_by=by))

    async def adopt_unopened(self, session_id: str, *, left_at: str) -> None:
        """The messages that were said before there was a session wait in this one from now on.

        They are this process's, also those said while another backend was tried.

        Args:
            left_at: the backend for which those count as well that dead processes left; empty: none.
        """
        process = self.owner.rpartition(":")[0]

        def is_taken(turn: Turn) -> bool:
            is_ours = turn.owner.rpartition(":")[0] == process
            is_left = bool(left_at) and turn.session_id == unopened(left_at)
            return self.is_ours(turn) or ((is_ours or is_left) and not owner_is_alive(turn.owner))

        def work(connection: sqlite3.Connection) -> None:
            last = _last_position(connection, session_id)
            waiting = LAYOUT.select(
                connection, "WHERE session_id LIKE ? ORDER BY position, id", [f"{_UNOPENED}%"]
            )
            for number, turn in enumerate(filter(is_taken, waiting), 1):
                LAYOUT.update(
                    connection,
                    turn.id,
                    {"session_id": session_id, "position": last + number, "owner": ""},
                )

        await self.journal.run(work)

    async def reword(self, turn_id: int, text: str, route: str) -> None:
        """Other words for a waiting message, which go where `route` says unless they are the same.

        Raises `UsageError` when it does not wait any more.
        """

        def reworded(_: sqlite3.Connection, now: Turn) -> Turn | None:
            if now.state is not TurnState.QUEUED:
                return None
            return now if now.text == text else replace(now, text=text, route=route)

        written = await self.write(turn_id, reworded)
        if written is None:
            raise on_its_way()
        self.show(written)

    async def delete(self, turn_id: int) -> None:
        """Forget a waiting message. Raises `UsageError` when it does not wait any more."""
        deletes = "DELETE FROM turns WHERE id = ? AND state = ?"
        done = await self.journal.run(lambda c: c.execute(deletes, [turn_id, TurnState.QUEUED]))
        if done.rowcount != 1:
            raise on_its_way()
        self.drop(turn_id)

    async def arrange(self, waiting: Sequence[Turn]) -> None:
        """Put the waiting messages in this order, on the positions that they have together."""
        free = sorted(turn.position for turn in waiting)
        places = {turn.id: at for turn, at in zip(waiting, free, strict=True)}
        for turn in await self.write_all(
            places,
            lambda _, now: (
                replace(now, position=places[now.id]) if now.state is TurnState.QUEUED else None
            ),
        ):
            if self.get(turn.id) != turn:
                self.show(turn)

    def _owned(self, turn: Turn) -> Turn:
        is_mine = turn.state in UNDER_WAY or turn.session_id.startswith(_UNOPENED)
        return replace(turn, owner=self.owner if is_mine else "")


def on_its_way() -> UsageError:
    """What is asked of a message that does not wait any more comes too late."""
    return UsageError(_ON_ITS_WAY)


def _is_unsettled(turn: Turn) -> bool:
    return turn.state in UNDER_WAY or turn.state is TurnState.UNKNOWN


UNDER_WAY = (TurnState.SENDING, TurnState.RUNNING, TurnState.RECOVERING)
_UNOPENED = "unopened:"
_FIXED = ("created_at", "draft_before", "credits_before", "author", "awaited_by")
"""What is not written again once a turn was sent; a session's replacement forgets `draft_before`, and who awaits
a turn writes that alone."""


def unopened(backend: str) -> str:
    """Stands for the session of messages that were said before `backend` had one."""
    return _UNOPENED + backend


def _insert(connection: sqlite3.Connection, turn: Turn) -> Turn:
    """Write a new turn at the end of its conversation; the turn with its id and position."""
    made = replace(turn, position=_last_position(connection, turn.session_id) + 1.0)
    return replace(made, id=LAYOUT.insert(connection, made))


def insert_before_waiting(connection: sqlite3.Connection, turn: Turn) -> Turn:
    """Write a new turn after those that were sent and before those that wait; it with its id."""
    waiting = connection.execute(
        "SELECT min(position) FROM turns WHERE session_id = ? AND state = ?",
        (turn.session_id, TurnState.QUEUED),
    ).fetchone()[0]
    if waiting is None:
        return _insert(connection, turn)
    before = connection.execute(
        "SELECT max(position) FROM turns WHERE session_id = ? AND position < ?",
        (turn.session_id, waiting),
    ).fetchone()[0]
    made = replace(turn, position=((before or 0.0) + waiting) / 2)
    return replace(made, id=LAYOUT.insert(connection, made))


def last_sent(connection: sqlite3.Connection, session_id: str) -> Turn | None:
    """The message of the session that went to the agent last."""
    rows = LAYOUT.select(
        connection,
        "WHERE session_id = ? AND route = 'edit' AND sent_at IS NOT NULL"
        " ORDER BY sent_at DESC, position DESC LIMIT 1",
        [session_id],
    )
    return next(iter(rows), None)


def _may_send(connection: sqlite3.Connection, now: Turn, owner: str) -> bool:
    """Whether a turn still waits, and no living other engine has one of its session under way."""
    busy = connection.execute(
        "SELECT owner FROM turns WHERE session_id = ? AND owner != ? AND state IN (?, ?, ?)",
        (now.session_id, owner, *UNDER_WAY),
    ).fetchall()
    return now.state is TurnState.QUEUED and not any(owner_is_alive(row["owner"]) for row in busy)


def of_session(connection: sqlite3.Connection, session_id: str) -> list[Turn]:
    """The whole conversation of a session, in order."""
    return LAYOUT.select(connection, "WHERE session_id = ? ORDER BY position, id", [session_id])


def every_text(connection: sqlite3.Connection, most: int) -> list[str]:
    """What was said in every session, each text once, the last said first."""
    rows = connection.execute(
        "SELECT text FROM turns WHERE text <> '' GROUP BY text ORDER BY MAX(id) DESC LIMIT ?",
        [most],
    )
    return [str(row[0]) for row in rows]


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
        "receipt": _receipt_text(turn.receipt) if turn.receipt else None,
        "problem": turn.problem.as_json() if turn.problem else None,
        "offers": json.dumps(turn.offers),
        "question": _storable(json.dumps(asdict(turn.question))) if turn.question else None,
        "position": turn.position,
        "created_at": turn.created_at,
        "sent_at": turn.sent_at,
        "ended_at": turn.ended_at,
        "draft_before": turn.draft_before,
        "credits_before": turn.credits_before,
        "owner": turn.owner,
        "author": _storable(turn.author),
        "awaited_by": turn.awaited_by,
    }


def _read(row: sqlite3.Row) -> Turn:
    return Turn(
        id=row["id"],
        session_id=row["session_id"],
        text=row["text"],
        route=row["route"],
        state=TurnState(row["state"]),
        reply=row["reply"],
        receipt=_receipt(row["receipt"]) if row["receipt"] else None,
        problem=Problem.from_json(row["problem"]) if row["problem"] else None,
        offers=tuple(json.loads(row["offers"])),
        question=_question(row["question"]) if row["question"] else None,
        position=row["position"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        ended_at=row["ended_at"],
        draft_before=row["draft_before"],
        credits_before=row["credits_before"],
        owner=row["owner"],
        author=row["author"],
        awaited_by=row["awaited_by"],
    )


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates."""
    return text.encode(errors="replace").decode()


def _receipt_text(receipt: Receipt) -> str:
    changes = [[*astuple(one)] for one in receipt.changes]
    return json.dumps({**asdict(receipt), "changes": changes})


def _receipt(text: str) -> Receipt:
    data = json.loads(text)
    data["changes"] = tuple(map(_change, data["changes"]))
    for key in ("unshown", "undone"):
        data[key] = tuple(data.get(key, ()))
    if data.get("video") is not None:
        data["video"] = FinishedVideo(**data["video"])
    return Receipt(**data)


def _change(kept: Sequence[Any]) -> Change:
    """An earlier vbtui kept its first four fields alone."""
    change = Change(*kept)
    return replace(change, was=_pair(change.was), now=_pair(change.now))


def _pair(kept: Sequence[int] | None) -> tuple[int, int] | None:
    return (kept[0], kept[1]) if kept else None


def _question(text: str) -> Question:
    data = json.loads(text)
    parts = (QuestionPart(**{**part, "options": tuple(part["options"])}) for part in data["parts"])
    return Question(data["title"], tuple(parts))


LAYOUT = Layout("turns", _read, _columns)
