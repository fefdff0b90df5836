"""The turns of the open session: in memory, in the journal and reported, always alike.

Those that are not over wait in a queue. It is blocked while the turn that was sent last did not end
well, until the user wants to go on: what follows may depend on what did not happen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from vbtui.journal import turns as stored
from vbtui.journal.records import Turn, TurnState
from vbtui.journal.table import Table
from vbtui.journal.turns import UNDER_WAY
from vbtui.session.context import Context
from vbtui.session.events import TurnChanged, TurnRemoved

_NOT_WELL = (TurnState.FAILED, TurnState.STOPPED, TurnState.UNKNOWN)


class Turns(Table[Turn]):
    """Those of the open session; turns of other sessions pass through to the journal."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.journal, stored.LAYOUT, context.owner)
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
        is_unopened = stored.is_unopened(session_id)

        def read(connection: sqlite3.Connection) -> list[Turn]:
            found = stored.of_session(connection, session_id)
            return [one for one in found if not (is_unopened and self.is_foreign(one))]

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
        kept = await self.journal.run(lambda c: stored.of_session(c, session_id))
        return [one for one in kept if _is_unsettled(one) and not self.is_foreign(one)]

    # -- writing --------------------------------------------------------------------------------

    async def add(self, turn: Turn) -> Turn:
        """Write a new turn at the end of its conversation and report it."""
        turn = self._owned(turn)
        made = await self.journal.run(lambda c: stored.insert(c, turn))
        self.show(made)
        return made

    async def keep(self, turn: Turn, *, quietly: bool = False) -> Turn:
        """Write a turn as it is now and, unless `quietly`, report it."""
        turn = self._owned(turn)
        await self.journal.run(lambda c: stored.save(c, turn))
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
                if stored.may_send(connection, now, self.owner)
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

    async def reword(self, turn: Turn, text: str, route: str) -> bool:
        """Other words for a waiting message; False when it does not wait any more."""
        reworded = await self.write(
            turn.id,
            lambda _, now: (
                replace(now, text=text, route=route) if now.state is TurnState.QUEUED else None
            ),
        )
        if reworded is not None:
            self.show(reworded)
        return reworded is not None

    async def delete(self, turn_id: int) -> bool:
        """Forget a waiting message; False when it does not wait any more."""
        done = await self.journal.run(lambda c: stored.delete_queued(c, turn_id))
        if done:
            self.drop(turn_id)
        return done

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
        is_mine = turn.state in UNDER_WAY or stored.is_unopened(turn.session_id)
        return replace(turn, owner=self.owner if is_mine else "")


def _is_unsettled(turn: Turn) -> bool:
    return turn.state in UNDER_WAY or turn.state is TurnState.UNKNOWN
