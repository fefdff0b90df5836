"""The conversation as it stands: turns in memory, in the journal and reported, always alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vbtui.journal import turns as rows
from vbtui.journal.records import Turn, TurnState
from vbtui.journal.turns import KeptTurn
from vbtui.session.context import Context, owner_is_alive
from vbtui.session.events import TurnChanged, TurnRemoved


class TurnLog:
    """The turns of the open session; those of other sessions pass through to the journal."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turns: dict[int, Turn] = {}
        self._ordered: tuple[Turn, ...] | None = ()
        self._foreign: frozenset[int] = frozenset()
        self._shown: dict[int, Turn] = {}
        self.session_id = ""

    @property
    def turns(self) -> Sequence[Turn]:
        """In order, queued messages included."""
        if self._ordered is None:
            found = sorted(self._turns.values(), key=lambda turn: (turn.position, turn.id))
            self._ordered = tuple(found)
        return self._ordered

    @property
    def has_foreign(self) -> bool:
        """Whether another living process has a turn of this session under way."""
        return bool(self._foreign)

    def get(self, turn_id: int) -> Turn | None:
        """A turn of the open session."""
        return self._turns.get(turn_id)

    async def load(self, session_id: str) -> None:
        """Show another session, or the same one anew and report what is different."""
        if session_id == self.session_id:
            await self.sync()
            return
        self._shown = {}
        kept = await self._context.journal.run(lambda c: rows.all_of(c, session_id))
        self.session_id = session_id
        self._take(kept)

    async def sync(self) -> None:
        """Read the journal again and report what another process changed."""
        session_id, before, self._shown = self.session_id, dict(self._turns), {}
        kept = await self._context.journal.run(lambda c: rows.all_of(c, session_id))
        if session_id != self.session_id:
            return
        foreign = self._foreign
        mine = [
            turn
            for turn in self._turns.values()
            if turn.state in rows.UNDER_WAY and turn.id not in foreign
        ]
        self._take(kept)
        self._turns.update((turn.id, turn) for turn in mine)
        for turn in self.turns:
            if before.get(turn.id) != turn and turn.id not in self._shown:
                self._context.bus.publish(TurnChanged(turn))
        for turn_id in before.keys() - self._turns.keys():
            self._context.bus.publish(TurnRemoved(turn_id))

    async def unsettled(self) -> list[KeptTurn]:
        """Turns of the open session that nobody living works on and whose end nobody saw."""
        session_id, owner = self.session_id, self._context.owner
        kept = await self._context.journal.run(lambda c: rows.all_of(c, session_id))
        return [
            one
            for one in kept
            if one.turn.state in (*rows.UNDER_WAY, TurnState.UNKNOWN)
            and (one.owner in ("", owner) or not owner_is_alive(one.owner))
        ]

    async def add(self, turn: Turn) -> Turn:
        """Write a new turn at the end of its conversation and report it."""
        owner = self._owner_of(turn)
        made = await self._context.journal.run(lambda c: rows.insert(c, turn, owner=owner))
        self.show(made)
        return made

    async def keep(self, turn: Turn, *, quietly: bool = False) -> Turn:
        """Write a turn as it is now and, unless `quietly`, report it."""
        owner = self._owner_of(turn)
        await self._context.journal.run(lambda c: rows.save(c, turn, owner=owner))
        if not quietly:
            self.show(turn)
        return turn

    def show(self, turn: Turn) -> None:
        """Report a turn that only changed on the screen; the journal is not asked."""
        self._shown[turn.id] = turn
        if turn.session_id == self.session_id:
            self._turns[turn.id] = turn
            self._ordered = None
        self._context.bus.publish(TurnChanged(turn))

    async def claim(
        self, turn: Turn, *, draft_before: int | None, credits_before: float | None
    ) -> Turn | None:
        """A queued turn becomes `sending`, once and by one process alone; None: not by this one."""
        sending = replace(
            turn,
            state=TurnState.SENDING,
            sent_at=self._context.clock.now(),
            problem=None,
            offers=(),
        )
        claimed = await self._context.journal.run(
            lambda c: rows.claim(
                c,
                sending,
                owner=self._context.owner,
                draft_before=draft_before,
                credits_before=credits_before,
                is_alive=owner_is_alive,
            )
        )
        if not claimed:
            await self.sync()
            return None
        self.show(sending)
        return sending

    async def take_over(self, turn_id: int) -> KeptTurn | None:
        """An unsettled turn becomes this process's; None when somebody else has it."""
        owner = self._context.owner
        return await self._context.journal.run(
            lambda c: rows.take_over(c, turn_id, owner=owner, is_alive=owner_is_alive)
        )

    async def change_queued(self, turn: Turn, text: str, route: str) -> bool:
        """Other words for a waiting message; False when it does not wait any more."""
        done = await self._context.journal.run(
            lambda c: rows.change_queued(c, turn.id, text, route)
        )
        if done:
            self.show(replace(turn, text=text, route=route))
        return done

    async def delete_queued(self, turn_id: int) -> bool:
        """Forget a waiting message; False when it does not wait any more."""
        done = await self._context.journal.run(lambda c: rows.delete_queued(c, turn_id))
        self._shown.pop(turn_id, None)
        if done and self._turns.pop(turn_id, None) is not None:
            self._ordered = None
            self._context.bus.publish(TurnRemoved(turn_id))
        return done

    async def arrange(self, queued: Sequence[Turn]) -> None:
        """Put the waiting messages in this order, on the positions that they hold together."""
        free = sorted(turn.position for turn in queued)
        moved = [replace(turn, position=at) for turn, at in zip(queued, free, strict=True)]
        places = {turn.id: turn.position for turn in moved}
        await self._context.journal.run(lambda c: rows.place(c, places))
        for turn in moved:
            if self._turns.get(turn.id) != turn:
                self.show(turn)

    async def follow(self, session_id: str) -> None:
        """The conversation went on in a new session: the same turns, under its id."""
        await self.load(session_id)
        for turn in self.turns:
            self._context.bus.publish(TurnChanged(turn))

    def _owner_of(self, turn: Turn) -> str:
        return self._context.owner if turn.state in rows.UNDER_WAY else ""

    def _take(self, kept: Sequence[KeptTurn]) -> None:
        """The journal's rows, but for what was shown since they were read."""
        self._turns = {one.turn.id: one.turn for one in kept}
        newer = (turn for turn in self._shown.values() if turn.session_id == self.session_id)
        self._turns.update((turn.id, turn) for turn in newer)
        self._ordered = None
        self._foreign = frozenset(
            one.turn.id
            for one in kept
            if one.turn.state in rows.UNDER_WAY
            and one.owner != self._context.owner
            and owner_is_alive(one.owner)
        )
