"""What is learned of a turn when it is over.

Results that come later: a backend that generated something goes on by itself, and writes when the
turn has ended (wire/README.md, The end of a turn). So the state is read again `look_again` seconds
after it, and after twice and four times as long; what is new is told as a receipt of its own. Three
reads at most, whichever process makes them: a `Plan` in the journal says how many were made and what
was told, and goes on after a restart. They wait while another turn is under way or another project open.

Receipts of a state that could not be read: as soon as it can be – by such a look, at the start, before
the next message, by a key – the turn's own receipt is corrected. Where the next message went out before
that, what both changed is in the receipt of that one.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from vbtui.base.clock import first
from vbtui.base.errors import VbtuiError
from vbtui.base.translation import Translation
from vbtui.conversation.queue import UNDER_WAY, Turns, insert_before_waiting, last_sent
from vbtui.conversation.receipts import SILENT_UNCHANGED, inert, receipt, with_state
from vbtui.journal import sessions
from vbtui.journal.records import Turn, TurnState
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Difference, Drafts, newest_kept
from vbtui.session.events import (
    DraftChanged,
    DraftRead,
    Link,
    OverviewChanged,
    SessionOpened,
    TurnChanged,
)

LATER = Translation(
    "This came after the answer to “{text}” had ended:", "在“{text}”的回复结束之后，又有以下改动："
)
_TIMES = (1, 2, 4)
"""When the looks come, in `look_again`s after the end of the turn."""
_AGAIN_S = 30.0
"""After the journal could not be written."""
_MOST_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """The looks that follow a turn; one a session."""

    turn: int
    since: float
    """When the turn ended, seconds since 1970."""
    version: int
    """Of the draft: what changed up to it was told."""
    generated: bool
    """Whether more may come; otherwise the looks are for a receipt that could not be written."""
    looks: int = 0
    """How many were made, or are too late to be."""


class Aftermath:
    """Looks again after turns, and tells what it finds; `run` is a part of the conversation's service."""

    def __init__(self, context: Context, turns: Turns, drafts: Drafts) -> None:
        self._context, self._turns, self._drafts = context, turns, drafts
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        context.bus.on(TurnChanged, lambda event: self._heard(event.turn))
        for kind in (OverviewChanged, SessionOpened, DraftChanged, DraftRead):
            context.bus.on(kind, lambda _: self._wake.set())

    def _heard(self, turn: Turn) -> None:
        if turn.state.is_over:
            self._wake.set()

    # -- what the turns say -----------------------------------------------------------------------

    async def ended(self, turn: Turn, difference: Difference | None, *, may_go_on: bool) -> None:
        """A turn ends with this receipt, which is written after it: what it tells is not told again.

        Args:
            difference: what it changed; None: the state could not be read.
            may_go_on: whether the backend may write more when the turn is over.
        """
        may_go_on = may_go_on and not self._context.is_local
        told = difference.version if difference else turn.draft_before
        now, key = self._context.clock.now(), _key(turn.session_id)

        def work(connection: sqlite3.Connection) -> None:
            plan = _read(connection, turn.session_id)
            if told is not None and (may_go_on or difference is None):
                goes_on = may_go_on or (plan is not None and plan.generated)
                of = plan.turn if plan is not None and goes_on and not may_go_on else turn.id
                new = Plan(of, now, told, goes_on)
                sessions.put(connection, key, asdict(new))
            elif plan is not None and told is not None:
                sessions.put(connection, key, asdict(replace(plan, version=told)))

        await self._context.journal.run(work)

    async def settle(self, session_id: str) -> None:
        """The state was just read: correct what could not be told, tell what came since."""
        async with self._lock:
            is_known = session_id == self._turns.session_id and self._drafts.is_read
            if is_known and await self._correct():
                await self._tell(session_id)

    # -- the looks --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look when it is time, until cancelled. What the journal refuses is tried again."""
        while True:
            self._wake.clear()
            try:
                wait_s = await self._step()
            except VbtuiError:
                wait_s = _AGAIN_S
            if wait_s is None:
                await self._wake.wait()
            else:
                await first(self._wake.wait(), self._context.clock.sleep(wait_s))

    async def _step(self) -> float | None:
        """Do what is due in the open session: seconds until the next look, None where there is none."""
        overview, session_id = self._context.overview, self._turns.session_id
        if overview.session is None or overview.session.id != session_id:
            return None
        await self.settle(session_id)
        journal = self._context.journal
        plan = await journal.run(lambda c: _read(c, session_id))
        if plan is None or overview.link is not Link.READY or self._is_busy:
            return None
        if plan.looks >= len(_TIMES):
            if self._drafts.is_read:  # then what there was is told
                await journal.run(lambda c: _drop(c, session_id, plan))
            return None
        ages = [self._context.settings.timing.look_again * times for times in _TIMES]
        age = self._context.clock.now() - plan.since
        if age < ages[plan.looks]:
            return min(ages[plan.looks] - age, ages[-1])
        made = replace(plan, looks=sum(age >= one for one in ages))
        if await journal.run(lambda c: _swap(c, session_id, plan, made)):
            with suppress(VbtuiError):
                await self._drafts.look(session_id)
        return 0.0

    @property
    def _is_busy(self) -> bool:
        return any(turn.state in UNDER_WAY and turn.route == "edit" for turn in self._turns.rows)

    # -- what is told -----------------------------------------------------------------------------

    async def _correct(self) -> bool:
        """Correct the receipts of the open session; whether none is left that could not be written."""
        sent = sorted(
            (
                turn
                for turn in self._turns.rows
                if turn.route == "edit" and turn.sent_at is not None
            ),
            key=lambda turn: (turn.sent_at or 0.0, turn.position),
        )
        sent = [turn for turn in sent if turn.state is not TurnState.FAILED or turn.receipt]
        settled = True
        later: Turn | None = None
        for turn in reversed(sent):
            now = turn
            if is_unseen(turn):
                now = await self._corrected(turn, later)
                settled = settled and not is_unseen(now)
            later = now
        return settled

    async def _corrected(self, turn: Turn, later: Turn | None) -> Turn:
        """The turn as it is now. Args: later: the next message that was sent."""
        before = turn.draft_before
        assert before is not None
        until = later.draft_before if later is not None else None
        if later is None or (until is not None and until > before):
            difference = await self._drafts.since(turn.session_id, before, until)

            def told(connection: sqlite3.Connection, now: Turn) -> Turn | None:
                corrected = _told(now, difference)
                plan = _read(connection, turn.session_id) if corrected is not None else None
                if plan is not None and plan.version < difference.version:
                    rebased = replace(plan, version=difference.version)
                    sessions.put(connection, _key(turn.session_id), asdict(rebased))
                return corrected

            written = await self._turns.write(turn.id, told)
        elif later.receipt is not None and not later.receipt.unseen:
            written = await self._turns.write(turn.id, lambda _, now: _told(now, None))
        else:
            return turn
        if written is not None:
            self._turns.show(written)
        return written or turn

    async def _tell(self, session_id: str) -> None:
        """Tell what the draft became since it was told last: once, and not what a turn does that is
        under way."""
        journal = self._context.journal
        plan = await journal.run(lambda c: _read(c, session_id))
        if plan is None:
            return
        if not plan.generated:
            await journal.run(lambda c: _drop(c, session_id, plan))
            return
        difference = await self._drafts.since(session_id, plan.version)
        if not difference.changed:
            return
        of = self._turns.get(plan.turn)
        text = of.text if of is not None else ""
        chinese, now = is_chinese(text), self._context.clock.now()
        quoted = text if len(text) <= _MOST_QUOTED else text[: _MOST_QUOTED - 1] + "…"
        headline = LATER.of(chinese, text=inert(" ".join(quoted.split())))
        note = Turn(
            id=0,
            session_id=session_id,
            text="",
            route="note",
            state=TurnState.DONE,
            reply=headline,
            receipt=receipt(reply="", difference=difference, unseen=""),
            created_at=now,
            ended_at=now,
        )
        told = replace(plan, version=difference.version)

        def work(connection: sqlite3.Connection) -> Turn | None:
            newest, last = newest_kept(connection, session_id), last_sent(connection, session_id)
            is_open = last is not None and (
                last.state in (*UNDER_WAY, TurnState.UNKNOWN) or is_unseen(last)
            )
            if is_open or newest is None or newest.version != difference.version:
                return None
            if not _swap(connection, session_id, plan, told):
                return None
            return insert_before_waiting(connection, note)

        made = await journal.run(work)
        if made is not None:
            self._turns.show(made)


def is_unseen(turn: Turn) -> bool:
    """Whether it is over, and what it changed could not be told so far."""
    slip, is_known = turn.receipt, turn.draft_before is not None
    return turn.state.is_over and slip is not None and bool(slip.unseen) and is_known


def _told(turn: Turn, difference: Difference | None) -> Turn | None:
    """The turn with what it changed; None: with that of the next one. No turn where it was told."""
    slip = turn.receipt
    if slip is None or not is_unseen(turn):
        return None
    if difference is None:
        return replace(turn, receipt=replace(slip, unseen="", with_next=True))
    # An earlier vbtui put it in the answer that nothing was said, and that the state could not be read.
    reply = "" if slip.is_told else turn.reply
    now = with_state(replace(slip, is_told=False), difference, reply)
    if not reply.strip() and not difference.changed and not slip.undone:
        reply = SILENT_UNCHANGED.of(is_chinese(turn.text))
    return replace(turn, reply=reply, receipt=now)


def _key(session_id: str) -> str:
    return f"aftermath:{session_id}"


def _read(connection: sqlite3.Connection, session_id: str) -> Plan | None:
    value = sessions.get(connection, _key(session_id))
    return Plan(**value) if isinstance(value, dict) else None


def _swap(connection: sqlite3.Connection, session_id: str, old: Plan, new: Plan) -> bool:
    """Write `new` where the journal still has `old`: by one process, once."""
    if _read(connection, session_id) != old:
        return False
    sessions.put(connection, _key(session_id), asdict(new))
    return True


def _drop(connection: sqlite3.Connection, session_id: str, plan: Plan) -> None:
    if _read(connection, session_id) == plan:
        sessions.put(connection, _key(session_id), None)
