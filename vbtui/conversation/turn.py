"""One message on its way: written, sent once, listened to, looked after, settled.

Nothing here sends a message a second time. A connection that breaks leads to looks at the
timeline (wire/README.md, The end of a turn); what they cannot answer is left to the user.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from vbtui.base.errors import (
    ConnectionBroken,
    NoCredits,
    SessionNotFound,
    SignInRefused,
    TimedOut,
    Unreachable,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.conversation.log import TurnLog
from vbtui.conversation.receipts import receipt, silent_summary
from vbtui.conversation.recovery import Recovery
from vbtui.conversation.stream import LiveTurn
from vbtui.conversation.words import BROKEN, ERROR_HERE, LATE, STOPPED, STOPPED_HERE
from vbtui.journal.records import Turn, TurnState
from vbtui.language import intents
from vbtui.language.mousetalk import translate
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Difference, Drafts
from vbtui.session.projects import Sessions
from vbtui.session.weblinks import claim_offers, problem_of
from vbtui.wire.errors import agent_error
from vbtui.wire.events import TurnEvent

_SECOND_LOOK_S = 1.0
_CREDITS_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class _Before:
    """What was known when the message went out."""

    draft: int | None = None
    credits: float | None = None
    problem: VbtuiError | None = None
    """Why it cannot be sent at all."""


class TurnRunner:
    """Runs queued turns, one at a time for each session.

    Args:
        stopping: whether the user wants the turn with this id stopped; asked when the task that
            runs it is cancelled.
        stopped: told when a stopped turn has been written down.
    """

    def __init__(
        self,
        context: Context,
        sessions: Sessions,
        log: TurnLog,
        drafts: Drafts,
        *,
        stopping: Callable[[int], bool],
        stopped: Callable[[int], None],
    ) -> None:
        self._context, self._sessions = context, sessions
        self._log, self._drafts = log, drafts
        self._stopping, self._stopped = stopping, stopped
        self._recovery = Recovery(context, log, drafts)

    async def run(self, turn: Turn) -> None:
        """Send a queued turn and see it to its end. Raises `DiskProblem` from the journal."""
        before = await self._look_before(turn)
        sending = await self._log.claim(
            turn, draft_before=before.draft, credits_before=before.credits
        )
        if sending is None:
            return
        if before.problem is not None:
            await self._refused(sending, before.problem, before)
            return
        live = LiveTurn(self._context, self._log, sending, chinese=is_chinese(turn.text))
        try:
            error = await self._listen(live)
            await self._end(live, error, before)
        except asyncio.CancelledError:
            if not self._stopping(turn.id):
                raise
            _uncancel()
            await self._stop(live.turn, before)

    async def watch(self, turn: Turn, draft_before: int | None, *, at_once: bool) -> None:
        """Look for the end of a turn that nobody saw (at the user's wish, or after a restart)."""
        try:
            await self._recovery.watch(turn, draft_before, at_once=at_once)
        except asyncio.CancelledError:
            if not self._stopping(turn.id):
                raise
            _uncancel()
            await self._stop(turn, _Before(draft_before))

    # -- before -------------------------------------------------------------------------------

    async def _look_before(self, turn: Turn) -> _Before:
        draft, credits = await asyncio.gather(self._draft_before(turn), self._credits())
        if isinstance(draft, VbtuiError):
            return _Before(None, credits, draft)
        return _Before(draft, credits)

    async def _draft_before(self, turn: Turn) -> int | VbtuiError:
        """The version to compare with; an error where sending makes no sense either."""
        try:
            return await self._drafts.look(turn.session_id)
        except (Unreachable, SignInRefused, SessionNotFound) as error:
            return error
        except VbtuiError:
            return await self._drafts.newest_version(turn.session_id)

    async def _credits(self) -> float | None:
        """The balance; never a reason to wait for long or to fail."""
        if self._context.is_local:
            return None
        try:
            async with asyncio.timeout(_CREDITS_WAIT_S):
                credits = await self._context.refresh_credits()
        except (VbtuiError, TimeoutError):
            return None
        return credits.available if credits else None

    # -- the stream ---------------------------------------------------------------------------

    async def _listen(self, live: LiveTurn) -> VbtuiError | None:
        """Take in the whole stream; the error that ended it, if one did."""
        turn = live.turn
        try:
            client = self._context.client
            stream = client.run(turn.session_id, turn.text, waiting=live.waits)
            async with aclosing(cast(AsyncGenerator[TurnEvent, None], stream)) as events:
                async for event in events:
                    await live.take(event)
        except VbtuiError as error:
            return error
        finally:
            live.close()
        return None

    # -- after --------------------------------------------------------------------------------

    async def _end(self, live: LiveTurn, error: VbtuiError | None, before: _Before) -> None:
        turn = live.turn
        reported = live.error
        if error is None and reported is None:
            await self._done(live, before)
        elif isinstance(error, ConnectionBroken | TimedOut):
            self._context.link_lost(error)
            cause = LATE if isinstance(error, TimedOut) else BROKEN
            await self._recovery.watch(turn, before.draft, at_once=False, cause=cause)
        elif isinstance(error, Unreachable | SignInRefused | SessionNotFound):
            self._context.link_lost(error)
            await self._refused(turn, error, before)
        else:
            if reported is not None:
                error = error or agent_error(reported.code, reported.message)
            assert error is not None
            await self._failed(turn, error, before)

    async def _done(self, live: LiveTurn, before: _Before) -> None:
        """The stream closed: the turn is over; the timeline says what it did."""
        turn, chinese = live.turn, is_chinese(live.turn.text)
        difference, reason = await self._look_after(turn, before)
        is_silent = not turn.reply.strip()
        if difference and not difference.changed and (is_silent or live.state_hinted):
            await self._context.clock.sleep(
                min(_SECOND_LOOK_S, self._context.settings.timing.recover_first)
            )
            difference, reason = await self._look_after(turn, before)
        said = await asyncio.to_thread(translate, turn.reply)
        offers_export = said.exports or intents.route(turn.text).offers_export
        offers = ("export",) if offers_export and self._can_export(turn) else ()
        ended = await self._with_receipt(turn, difference, before)
        reply = silent_summary(difference, reason, chinese) if is_silent else said.text
        await self._log.keep(replace(ended, state=TurnState.DONE, reply=reply, offers=offers))

    async def _failed(self, turn: Turn, error: VbtuiError, before: _Before) -> None:
        """The backend reported an error; what it said and did before stays."""
        chinese = is_chinese(turn.text)
        difference, _ = await self._look_after(turn, before)
        ended = await self._with_receipt(turn, difference, before)
        reply = translate(turn.reply).text.strip()
        if reply:
            reply = f"{reply}\n\n{ERROR_HERE.of(chinese)}"
        offers = ("send_again",) if self._context.is_local else ("send_again", "local")
        problem = problem_of(error, self._context, chinese=chinese)
        if isinstance(error, NoCredits):
            offers = (*offers, *claim_offers(self._context))
        await self._log.keep(
            replace(ended, state=TurnState.FAILED, reply=reply, problem=problem, offers=offers)
        )

    async def _refused(self, turn: Turn, error: VbtuiError, before: _Before) -> None:
        """The message never reached the agent: its text is kept, to be sent again."""
        turn = replace(turn, state=TurnState.FAILED, activity="", ended_at=self._now())
        if isinstance(error, SessionNotFound):
            await self._session_lost(turn)
            return
        offers = ("send_again",) if self._context.is_local else ("send_again", "local")
        problem = problem_of(error, self._context, chinese=is_chinese(turn.text))
        await self._log.keep(replace(turn, problem=problem, offers=offers))

    async def _session_lost(self, turn: Turn) -> None:
        """wire/README.md, Errors: 1002: a new session takes the conversation over; media can follow."""
        chinese = is_chinese(turn.text)
        problem = Problem.coded("session_not_found.replaced", chinese=chinese)
        offers = ("upload_again", "send_again")
        await self._log.keep(replace(turn, problem=problem, offers=offers))
        try:
            session = await self._sessions.replace(turn.session_id)
        except VbtuiError as failure:
            self._context.link_lost(failure)
            problem = problem_of(failure, self._context, chinese=chinese)
            await self._log.keep(replace(turn, problem=problem, offers=("send_again",)))
            return
        if session.id != turn.session_id:
            await self._drafts.load()
            await self._log.follow(session.id)

    async def _stop(self, turn: Turn, before: _Before) -> None:
        """The user stopped it: said at once, with what the timeline shows a moment later."""
        chinese = is_chinese(turn.text)
        said = translate(turn.reply).text.strip()
        marked = f"{said}\n\n{STOPPED_HERE.of(chinese)}\n\n" if said else ""
        stopped = replace(
            turn,
            state=TurnState.STOPPED,
            reply=marked + STOPPED.of(chinese),
            activity="",
            problem=None,
            offers=("send_again",),
            ended_at=self._now(),
        )
        await self._log.keep(stopped)
        self._stopped(turn.id)
        difference, _ = await self._look_after(turn, before)
        await self._log.keep(await self._with_receipt(stopped, difference, before))

    # -- the timeline's word --------------------------------------------------------------------

    async def _look_after(self, turn: Turn, before: _Before) -> tuple[Difference | None, str]:
        """What the turn changed, or None and the reason why it cannot be told."""
        try:
            await self._drafts.look(turn.session_id, turn.id)
            if before.draft is None:
                return None, ""
            return await self._drafts.since(turn.session_id, before.draft), ""
        except VbtuiError as error:
            return None, error.message

    async def _with_receipt(
        self, turn: Turn, difference: Difference | None, before: _Before
    ) -> Turn:
        now = self._now()
        slip = await asyncio.to_thread(
            receipt,
            reply=turn.reply,
            difference=difference,
            seconds=now - (turn.sent_at or now),
            credits_before=before.credits,
            credits_after=await self._credits() if before.credits is not None else None,
        )
        return replace(turn, receipt=slip, activity="", ended_at=turn.ended_at or now)

    def _can_export(self, turn: Turn) -> bool:
        current = self._drafts.current
        if current is None or current.session_id != turn.session_id or current.timeline is None:
            return False
        return current.timeline.can_export

    def _now(self) -> float:
        return self._context.clock.now()


def _uncancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
