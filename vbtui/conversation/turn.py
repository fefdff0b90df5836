"""One message on its way: written, sent once, listened to, looked after, settled.

What a turn's state becomes (`TurnState`; the journal has it before the action that it names):

    said ──► QUEUED ──► SENDING ──► RUNNING ──────────► DONE, FAILED
              │  ▲         │  │        │ broke, late
              ▼  reword    │  └─refused│──────────────► FAILED
            deleted        │           ▼
                           │       RECOVERING ────────► DONE, UNKNOWN
                           │           ▲ watch             │ drop, send again
                           │           └─── UNKNOWN ◄──────┴─► DROPPED
    stopped in SENDING, RUNNING, RECOVERING ──────────► STOPPED
    vbtui ended in them: what was sent ───────────────► UNKNOWN, looked after at the next start
                         what vbtui owed an answer ───► FAILED
    answered at once: RUNNING ─► DONE, FAILED           said by vbtui itself: DONE

What this process has in hand is a `Run`, one a turn: it waits until it is its turn in the session,
then works in a task, and ends with that. Nothing here sends a message a second time. A connection
that breaks leads to looks at the timeline (wire/README.md, The end of a turn), at first after a wait and
then a few more times: a change is reported, no change is said, and sending again is only ever offered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
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
from vbtui.base.patterns import regex
from vbtui.base.problem import Problem
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.conversation.aftermath import Aftermath
from vbtui.conversation.question import as_markdown
from vbtui.conversation.queue import Turns
from vbtui.conversation.receipts import SILENT_UNCHANGED, receipt
from vbtui.conversation.stream import LiveTurn
from vbtui.journal.records import Offer, Turn, TurnState
from vbtui.language import intents
from vbtui.language.mousetalk import translate
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Difference, Drafts
from vbtui.session.projects import Sessions
from vbtui.timeline.edits import Edit
from vbtui.wire.errors import agent_error
from vbtui.wire.events import TurnEvent
from vbtui.wire.replies import Media

BROKEN = Translation("The connection broke", "连接中断")
LATE = Translation("There was no answer in time", "等待回复超时")
STOPPED_HERE = Translation("*(stopped here)*", "*（在此停止）*")
ERROR_HERE = Translation("*(an error ended the answer here)*", "*（回答在此因错误中断）*")
STOPPED = Translation(
    "Stopped. The backend may still finish what it began.", "已停止。后台可能仍会完成已开始的操作。"
)
UNSEEN = Translation("Nobody saw how this ended", "不清楚这条消息的结果")
LOOKING = Translation(
    "{cause}; looking at the timeline in {wait} ({number} of {total})",
    "{cause}；{wait}后查看时间线（第 {number} 次，共 {total} 次）",
)
BROKE_HERE = Translation("*(the answer breaks off here)*", "*（回答在此中断）*")
RECOVERED = Translation("{cause}, but the edit was made:", "{cause}，但修改已经完成：")
AWAY = Translation("This finished while vbtui was away:", "vbtui 关闭期间已完成：")
AWAY_UNKNOWN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the timeline has not changed since."
    " It may still run.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），时间线此后没有变化。它可能仍在运行。",
)
AWAY_UNSEEN = Translation(
    "vbtui ended while this was under way (sent at {time}), and the backend cannot be asked now.",
    "vbtui 在处理这条消息时退出了（发送于 {time}），现在无法询问后台。",
)
NOT_RECOVERED = Translation(
    "{cause}, and the timeline has not changed in {elapsed}. The message was not sent again.",
    "{cause}，{elapsed}内时间线没有变化。消息没有重新发送。",
)
NOT_SEEN = Translation(
    "{cause}, and the backend could not be asked what became of it."
    " The message was not sent again.",
    "{cause}，也无法向后台查询结果。消息没有重新发送。",
)
STILL_NOT = Translation(
    "The timeline has still not changed. The message was not sent again.",
    "时间线仍然没有变化。消息没有重新发送。",
)
STILL_NOT_SEEN = Translation(
    "The backend could not be asked what became of it. The message was not sent again.",
    "无法向后台查询结果。消息没有重新发送。",
)
NOT_COMPARED = Translation("the timeline before it is not known", "不清楚此前的时间线")
_UNSEEN_OFFERS = (Offer.WATCH, Offer.SEND_AGAIN, Offer.DROP)

_ESCAPED = regex(r"\\([^\w\s])")
_SECOND_LOOK_S = 1.0
_LOCAL_LIMIT_S = 60.0
_CREDITS_WAIT_S = 10.0


@dataclass(slots=True, eq=False)
class Run:
    """A turn that this process has in hand."""

    turn: Turn
    """As it was when it was taken in hand."""
    task: asyncio.Task[None] | None = None
    """Works on it; None while it waits."""
    is_stopping: bool = False
    """The user wants it to end: asked when its task is cancelled."""
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    """It is marked as stopped, though its task may have more to see to."""

    @property
    def in_line(self) -> bool:
        """Whether it goes one after the other with the others of its session: all but an answer
        that is given at once."""
        return self.turn.route == "edit" or self.turn.state is not TurnState.RUNNING

    async def stop(self) -> None:
        """End it; returns when it is marked as stopped."""
        self.begin_to_stop()
        if self.task is not None:
            await self.stopped.wait()

    def begin_to_stop(self) -> None:
        """`stop` without the wait."""
        if not self.is_stopping and self.task is not None:
            self.task.cancel()
        self.is_stopping = True


class TurnRunner:
    """Sends turns and looks after them, one at a time for each session."""

    def __init__(
        self,
        context: Context,
        sessions: Sessions,
        turns: Turns,
        drafts: Drafts,
        aftermath: Aftermath,
    ) -> None:
        self._context, self._sessions = context, sessions
        self._turns, self._drafts, self._aftermath = turns, drafts, aftermath

    async def send(self, run: Run) -> None:
        """Send a queued turn and see it to its end. Raises `DiskProblem` from the journal."""
        draft, credits = await asyncio.gather(self._draft_before(run.turn), self._credits())
        error = None if isinstance(draft, int) else draft
        await self._aftermath.settle(run.turn.session_id)
        made_before = self._drafts.generated(run.turn.session_id)
        turn = await self._turns.begin(
            run.turn,
            draft_before=draft if isinstance(draft, int) else None,
            credits_before=credits,
        )
        if turn is None:
            return
        if error is not None:
            await self._refused(turn, error)
            return
        live = LiveTurn(self._context, self._turns, turn, chinese=is_chinese(turn.text))
        try:
            error = await self._listen(live)
            await self._end(live, error, made_before)
        except asyncio.CancelledError:
            if not run.is_stopping:
                raise
            _uncancel()
            await self._stop(run, live.turn)

    async def watch(self, run: Run) -> None:
        """Look for the end of a turn that nobody saw, at the user's wish."""
        try:
            await self._recover(run.turn)
        except asyncio.CancelledError:
            if not run.is_stopping:
                raise
            _uncancel()
            await self._stop(run, run.turn)

    async def mark_away(self, turn: Turn) -> None:
        """A turn that a vbtui left behind when it ended: nobody knows yet, so it says that."""
        time_of_day = _time_of_day(turn)
        await self._unknown(turn, AWAY_UNSEEN.of(is_chinese(turn.text), time=time_of_day))

    async def settle(self, turn: Turn) -> None:
        """One look at a turn that was left behind; it ends `done` or stays `unknown`."""
        chinese = is_chinese(turn.text)
        if turn.draft_before is None:
            return
        difference, _ = await self._look_after(turn)
        if difference is not None and difference.changed:
            await self._found(turn, difference, AWAY.of(chinese))
        elif difference is not None:
            await self._unknown(turn, AWAY_UNKNOWN.of(chinese, time=_time_of_day(turn)))

    # -- before -------------------------------------------------------------------------------

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

    async def _end(
        self, live: LiveTurn, error: VbtuiError | None, made_before: frozenset[Media]
    ) -> None:
        """Args: made_before: what the backend had generated when the message went out."""
        turn = live.turn
        reported = live.error
        if error is None and reported is None:
            await self._done(live, made_before)
        elif isinstance(error, ConnectionBroken | TimedOut):
            self._context.link_lost(error)
            if turn.question is not None:  # the last that comes of a turn
                await self._done(live, made_before)
                return
            cause = LATE if isinstance(error, TimedOut) else BROKEN
            await self._recover(turn, cause)
        elif isinstance(error, Unreachable | SignInRefused | SessionNotFound):
            self._context.link_lost(error)
            await self._refused(turn, error)
        else:
            if reported is not None:
                error = error or agent_error(reported.code, reported.message)
            assert error is not None
            await self._failed(live, error)

    async def _done(self, live: LiveTurn, made_before: frozenset[Media]) -> None:
        """The stream closed: the turn is over; the timeline says what it did."""
        turn, chinese = live.turn, is_chinese(live.turn.text)
        difference, reason = await self._look_after(turn)
        is_silent = not turn.reply.strip()
        is_doubtful = is_silent or live.state_hinted
        if difference is None or (not difference.changed and is_doubtful):
            await self._context.clock.sleep(
                min(_SECOND_LOOK_S, self._context.settings.timing.recover_first)
            )
            difference, reason = await self._look_after(turn)
        said = await asyncio.to_thread(translate, turn.reply)
        offers_export = said.exports or (
            Edit.read(turn.text) is None and intents.route(turn.text).offers_export
        )
        offers = (Offer.EXPORT,) if offers_export and self._can_export(turn) else ()
        ended = await self._with_receipt(turn, difference, reason, live.undone)
        has_made = not self._drafts.generated(turn.session_id) <= made_before
        may_go_on = live.has_generated or has_made
        await self._aftermath.ended(turn, difference, may_go_on=may_go_on)
        reply = _besides(said.text, live.undone)
        if turn.question is not None:
            reply, offers = _with_question(turn, reply), ()
        elif is_silent and difference is not None and not difference.changed:
            reply = "" if live.undone else SILENT_UNCHANGED.of(chinese)
        await self._turns.keep(replace(ended, state=TurnState.DONE, reply=reply, offers=offers))

    async def _failed(self, live: LiveTurn, error: VbtuiError) -> None:
        """The backend reported an error; what it said and did before stays."""
        turn = live.turn
        difference, reason = await self._look_after(turn)
        ended = await self._with_receipt(turn, difference, reason, live.undone)
        await self._aftermath.ended(turn, difference, may_go_on=live.has_generated)
        reply = _said(turn, ERROR_HERE)
        problem = await self._context.problem_of(error, chinese=is_chinese(turn.text))
        offers = self._failed_offers
        if isinstance(error, NoCredits) and self._context.overview.is_anonymous:
            offers = (*offers, Offer.CLAIM)
        await self._turns.keep(
            replace(ended, state=TurnState.FAILED, reply=reply, problem=problem, offers=offers)
        )

    async def _refused(self, turn: Turn, error: VbtuiError) -> None:
        """The message never reached the agent: its text is kept, to be sent again."""
        turn = replace(turn, state=TurnState.FAILED, activity="", ended_at=self._now())
        if isinstance(error, SessionNotFound):
            await self._session_lost(turn)
            return
        problem = await self._context.problem_of(error, chinese=is_chinese(turn.text))
        await self._turns.keep(replace(turn, problem=problem, offers=self._failed_offers))

    @property
    def _failed_offers(self) -> tuple[str, ...]:
        return (Offer.SEND_AGAIN,) if self._context.is_local else (Offer.SEND_AGAIN, Offer.LOCAL)

    async def _session_lost(self, turn: Turn) -> None:
        """wire/README.md, Errors: 1002: a new session takes the conversation over; media can follow."""
        chinese = is_chinese(turn.text)
        problem = Problem.coded("session_not_found.replaced", chinese=chinese)
        offers = (Offer.UPLOAD_AGAIN, Offer.SEND_AGAIN)
        await self._turns.keep(replace(turn, problem=problem, offers=offers))
        try:
            session = await self._sessions.replace(turn.session_id)
        except VbtuiError as failure:
            self._context.link_lost(failure)
            problem = await self._context.problem_of(failure, chinese=chinese)
            await self._turns.keep(replace(turn, problem=problem, offers=(Offer.SEND_AGAIN,)))
            return
        if session.id != turn.session_id:
            await self._drafts.load()
            await self._turns.follow(session.id)

    async def _stop(self, run: Run, turn: Turn) -> None:
        """The user stopped it: said at once, with what the timeline shows a moment later."""
        parts = (_said(turn, STOPPED_HERE), STOPPED.of(is_chinese(turn.text)))
        stopped = replace(
            turn,
            state=TurnState.STOPPED,
            reply="\n\n".join(filter(None, parts)),
            activity="",
            problem=None,
            offers=(Offer.SEND_AGAIN,),
            ended_at=self._now(),
        )
        await self._turns.keep(stopped)
        run.stopped.set()
        difference, reason = await self._look_after(turn)
        ended = await self._with_receipt(stopped, difference, reason)
        await self._aftermath.ended(turn, difference, may_go_on=True)
        await self._turns.keep(ended)

    # -- the end that nobody saw ------------------------------------------------------------------

    async def _recover(self, turn: Turn, cause: Translation = UNSEEN) -> None:
        """Look up to `recover_tries` times; the turn ends `done` or `unknown`.

        Args:
            cause: why nobody saw the end. Where it was there to be seen, it is waited for first. The local studio, which
                has one turn of a project at a time, tells when that is over: then one look says all.
        """
        timing, chinese = self._context.settings.timing, is_chinese(turn.text)
        why = cause.of(chinese)
        if turn.draft_before is None:
            known = await self._drafts.newest_version(turn.session_id)
            turn = replace(turn, draft_before=known)
        began = self._context.clock.monotonic()
        turn = await self._turns.keep(
            replace(turn, state=TurnState.RECOVERING, problem=None, offers=())
        )
        total, first = max(int(timing.recover_tries), 1), timing.recover_first
        if self._context.is_local and await self._is_over_there(turn):
            total, first = 1, 0.0
        seen = False
        for number in range(total):
            first = 0.0 if cause is UNSEEN else first
            wait = timing.recover_next if number else first
            at = {"cause": why, "number": number + 1, "total": total}
            looking = LOOKING.of(chinese, wait=format_seconds(wait, chinese), **at)
            self._turns.show(replace(turn, activity=looking, activity_since=self._now()))
            await self._context.clock.sleep(wait)
            difference, _ = await self._look_after(turn)
            seen = seen or difference is not None
            if difference is not None and difference.changed:
                await self._found(turn, difference, RECOVERED.of(chinese, cause=why))
                return
        elapsed = format_seconds(self._context.clock.monotonic() - began, chinese)
        if cause is UNSEEN:
            sentence = (STILL_NOT if seen else STILL_NOT_SEEN).of(chinese)
        else:
            sentence = (NOT_RECOVERED if seen else NOT_SEEN).of(chinese, cause=why, elapsed=elapsed)
        await self._unknown(turn, sentence, is_late=cause is LATE)

    async def _is_over_there(self, turn: Turn) -> bool:
        """Whether the local studio, another one by now perhaps, works on nothing in the project; False where it does not
        say."""
        try:
            async with asyncio.timeout(_LOCAL_LIMIT_S):
                await self._context.wait_ready()
                await self._context.client.plan(turn.session_id, [])
        except (VbtuiError, TimeoutError):
            return False
        return True

    async def _found(self, turn: Turn, difference: Difference, headline: str) -> None:
        now = self._now()
        parts = [_said(turn, BROKE_HERE), headline]
        seconds = now - (turn.sent_at or now)
        slip = receipt(reply="", difference=difference, unseen="", seconds=seconds)
        await self._aftermath.ended(turn, difference, may_go_on=True)
        await self._turns.keep(
            replace(
                turn,
                state=TurnState.DONE,
                reply="\n\n".join(filter(None, parts)),
                receipt=slip,
                problem=None,
                offers=(),
                activity="",
                ended_at=now,
            )
        )

    async def _unknown(self, turn: Turn, sentence: str, *, is_late: bool = False) -> None:
        chinese = is_chinese(turn.text)
        code = "timed_out.unseen" if is_late else "turn_unseen"
        problem = Problem.coded(code, chinese=chinese, message=sentence)
        await self._turns.keep(
            replace(
                turn, state=TurnState.UNKNOWN, problem=problem, offers=_UNSEEN_OFFERS, activity=""
            )
        )

    # -- the timeline's word --------------------------------------------------------------------

    async def _look_after(self, turn: Turn) -> tuple[Difference | None, str]:
        """What the turn changed, or None and the reason why it cannot be told."""
        try:
            await self._drafts.look(turn.session_id, turn.id)
            if turn.draft_before is None:
                return None, NOT_COMPARED.of(is_chinese(turn.text))
            return await self._drafts.since(turn.session_id, turn.draft_before), ""
        except VbtuiError as error:
            return None, Problem.of(error, chinese=is_chinese(turn.text)).message

    async def _with_receipt(
        self,
        turn: Turn,
        difference: Difference | None,
        unseen: str,
        undone: Sequence[str] = (),
    ) -> Turn:
        now = self._now()
        slip = await asyncio.to_thread(
            receipt,
            reply=turn.reply,
            difference=difference,
            unseen=unseen,
            undone=undone,
            seconds=now - (turn.sent_at or now),
            credits_before=turn.credits_before,
            credits_after=await self._credits() if turn.credits_before is not None else None,
        )
        return replace(turn, receipt=slip, activity="", ended_at=turn.ended_at or now)

    def _can_export(self, turn: Turn) -> bool:
        current = self._drafts.current
        if current is None or current.session_id != turn.session_id or current.timeline is None:
            return False
        return current.timeline.can_export

    def _now(self) -> float:
        return self._context.clock.now()


def _said(turn: Turn, cut: Translation) -> str:
    """What the agent said, and where it ends; empty where it said nothing."""
    said = _with_question(turn, translate(turn.reply).text)
    return f"{said}\n\n{cut.of(is_chinese(turn.text))}" if said else ""


def _with_question(turn: Turn, said: str) -> str:
    """What the agent said, and below it what it asks, unless it said that already."""
    asked = as_markdown(turn.question) if turn.question is not None else ""
    return (said if _plain(asked) in _plain(said) else f"{said}\n\n{asked}").strip()


def _besides(said: str, undone: Sequence[str]) -> str:
    """What the agent said, without the paragraphs that the receipt has: what could not be done."""
    if not undone:
        return said
    told = {_plain(one) for one in undone}
    return "\n\n".join(one for one in said.split("\n\n") if _plain(one) not in told)


def _plain(markdown: str) -> str:
    return " ".join(_ESCAPED.sub(r"\1", markdown).split())


def _uncancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _time_of_day(turn: Turn) -> str:
    return time.strftime("%H:%M", time.localtime(turn.sent_at or turn.created_at))
