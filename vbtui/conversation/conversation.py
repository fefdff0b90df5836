"""The conversation of the open session: what was said, what waits, what runs, what came of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.text import clean
from vbtui.conversation.hold import Hold
from vbtui.conversation.log import TurnLog
from vbtui.conversation.recovery import Recovery
from vbtui.conversation.turn import TurnRunner
from vbtui.conversation.underway import Underway
from vbtui.conversation.words import DROPPED, SENT_AGAIN
from vbtui.journal import assets, sessions
from vbtui.journal.records import Turn, TurnState
from vbtui.journal.turns import UNDER_WAY
from vbtui.language import intents
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Event, Noticed, OverviewChanged
from vbtui.session.projects import Sessions
from vbtui.session.records import Link
from vbtui.session.weblinks import problem_of

_FOREIGN_POLL_S = 1.0
"""Between two looks at the journal while another process works on this conversation."""

Answer = Callable[[Turn], Awaitable[Turn]]
"""Does what a message asks of vbtui itself: the turn with its reply and offers. Raises `VbtuiError`."""


class Conversation:
    """Says things to the agent, one at a time, and keeps all that was said.

    `run` does the work; without it messages only wait. After a turn that did not end well, or that
    the user stopped, the queue is `held` until the user says or asks for something again: what
    follows may depend on what did not happen.
    """

    def __init__(self, context: Context, sessions: Sessions, drafts: Drafts) -> None:
        self._context = context
        self._log = TurnLog(context)
        self._underway = Underway()
        self._recovery = Recovery(context, self._log, drafts)
        self._runner = TurnRunner(
            context,
            sessions,
            self._log,
            drafts,
            stopping=self._underway.is_stopping,
            stopped=self._underway.has_stopped,
        )
        self._local: deque[Turn] = deque()
        self._answering = 0
        self._watches: deque[tuple[Turn, int | None]] = deque()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._hold = Hold(self._log)
        context.bus.subscribe(self._heard)

    # -- what there is --------------------------------------------------------------------------

    @property
    def turns(self) -> Sequence[Turn]:
        """The open session's turns in order, queued messages included."""
        return self._log.turns

    @property
    def queue(self) -> Sequence[Turn]:
        """The messages that wait, in the order in which they will go out."""
        return [turn for turn in self._log.turns if turn.state is TurnState.QUEUED]

    @property
    def current(self) -> Turn | None:
        """The turn that is under way in the open session."""
        turn_id = self._underway.turn_of(self._log.session_id)
        return self._log.get(turn_id) if turn_id is not None else None

    @property
    def at_work(self) -> frozenset[str]:
        """The sessions in which the agent works right now."""
        return self._underway.sessions

    @property
    def held(self) -> bool:
        """Whether the queue waits for the user."""
        return self._hold.is_on

    @property
    def held_by(self) -> Turn | None:
        """The turn because of which the queue is held; None where it is the journal."""
        return self._hold.blocker

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing will by itself."""
        if self._underway or self._local or self._answering or self._watches:
            return False
        return not self.queue or self.held

    async def wait_idle(self) -> None:
        """Returns when `is_idle`."""
        while not self.is_idle:
            self._settled.clear()
            await self._settled.wait()

    # -- start ----------------------------------------------------------------------------------

    async def load(self) -> None:
        """Show the open session's conversation; turns left behind by a dead vbtui are marked."""
        session = self._context.overview.session
        session_id, lost_id = session.id if session else "", self._log.session_id
        await self._log.load(session_id)
        await self._say_replaced(lost_id)
        for kept in await self._log.unsettled():
            if kept.turn.state not in UNDER_WAY or self._works_on(kept.turn.id):
                continue
            if kept.turn.route == "edit" and kept.turn.sent_at is not None:
                await self._recovery.mark_away(kept)
            else:
                await self._lost(kept.turn)
        self._wake.set()

    async def _say_replaced(self, lost_id: str) -> None:
        """wire/README.md, Errors: 1002: say that the open session took the place of `lost_id`, where it did,
        unless the turn that met it has said it already."""
        session = self._context.overview.session
        if session is None or lost_id in ("", session.id):
            return
        journal = self._context.journal
        found = await journal.run(lambda c: sessions.replacement(c, lost_id))
        if found is None or found.id != session.id:
            return
        if self.turns and "upload_again" in self.turns[-1].offers:
            return
        has_media = await journal.run(lambda c: bool(assets.of_session(c, session.id)))
        await self.note(
            f"The backend no longer knows this project. A new one was made for “{session.name}”; "
            "your files can be uploaded again.",
            offers=("upload_again",) if has_media else (),
        )

    async def reconcile(self) -> None:
        """Ask the timeline what became of turns whose end nobody saw."""
        last_sent = max((turn.sent_at or 0.0 for turn in self._log.turns), default=0.0)
        for kept in await self._log.unsettled():
            turn = kept.turn
            is_last = (turn.sent_at or 0.0) >= last_sent
            if turn.state is TurnState.UNKNOWN and is_last and not self._works_on(turn.id):
                await self._recovery.settle(kept)
        self._wake.set()

    # -- saying ---------------------------------------------------------------------------------

    async def say(self, text: str) -> Turn:
        """Take a message: for the agent it is queued, what vbtui can do itself is done at once.

        An export waits its turn behind the messages before it. Raises `UsageError` for an empty
        message, `Unreachable` while there is no session, `DiskProblem` from the journal.
        """
        text = clean(text).strip()
        if not text:
            raise UsageError("There is nothing to send.")
        route = intents.route(text)
        waits = route.kind == "edit" or (route.kind == "export" and not self._is_free())
        state = TurnState.QUEUED if waits else TurnState.RUNNING
        turn = await self._log.add(self._new(text, route.kind, state))
        if not waits:
            self._local.append(turn)
        elif route.kind == "edit":
            self._hold.waive()
        self._wake.set()
        return turn

    async def note(self, text: str, *, offers: tuple[str, ...] = ()) -> Turn:
        """Say something to the user in the conversation."""
        now = self._context.clock.now()
        turn = replace(self._new("", "note", TurnState.DONE), reply=text, offers=offers)
        return await self._log.add(replace(turn, ended_at=now))

    async def stop(self) -> None:
        """End the running turn; returns when it is marked as stopped. The queue is held."""
        await self._stop_running()

    # -- the queue --------------------------------------------------------------------------------

    async def edit_queued(self, turn_id: int, text: str) -> None:
        """Other words for a waiting message. Raises `UsageError` when it does not wait any more."""
        turn, text = self._log.get(turn_id), clean(text).strip()
        if not text:
            raise UsageError("There is nothing to send.", hint="Delete the message instead.")
        kind = intents.route(text).kind
        route = kind if kind == "export" else "edit"
        if turn is None or not await self._log.change_queued(turn, text, route):
            raise UsageError("This message is on its way already.")

    async def delete_queued(self, turn_id: int) -> None:
        """Forget a waiting message. Raises `UsageError` when it does not wait any more."""
        if not await self._log.delete_queued(turn_id):
            raise UsageError("This message is on its way already.")
        self._changed()

    async def move_queued(self, turn_id: int, by: int) -> None:
        """Move a waiting message within the queue: -1 is one earlier."""
        queue = list(self.queue)
        at = next((index for index, turn in enumerate(queue) if turn.id == turn_id), None)
        if at is None:
            raise UsageError("This message is on its way already.")
        turn = queue.pop(at)
        queue.insert(min(max(at + by, 0), len(queue)), turn)
        await self._log.arrange(queue)

    async def interrupt_and_send(self, turn_id: int) -> None:
        """Stop what runs and send this waiting message next."""
        await self.move_queued(turn_id, -len(self._log.turns))
        await self._stop_running()
        self.release()

    def release(self) -> None:
        """Let a held queue go on."""
        self._hold.waive()
        self._wake.set()

    # -- offers -----------------------------------------------------------------------------------

    def offering(self, turn_id: int, offer: str) -> Turn:
        """The turn that offers it. Raises `UsageError` when it does not, or not any more."""
        turn = self._log.get(turn_id)
        if turn is None or offer not in turn.offers:
            raise UsageError("This is not offered any more.")
        return turn

    async def withdraw(self, turn_id: int, offer: str) -> None:
        """It is not offered any more."""
        turn = self._log.get(turn_id)
        if turn is not None:
            await self._log.keep(_without(turn, offer))

    async def watch(self, turn: Turn) -> None:
        """Look for the end of a turn that nobody saw, once more."""
        kept = await self._log.take_over(turn.id)
        if kept is not None:
            self._log.show(replace(turn, state=TurnState.RECOVERING, offers=()))
            self._watches.append((kept.turn, kept.draft_before))
            self._wake.set()

    async def drop(self, turn: Turn) -> None:
        """Give up a turn whose end nobody saw; what waits goes on."""
        await self._give_up(turn, DROPPED.of(is_chinese(turn.text)), self._context.clock.now())
        self.release()

    async def send_again(self, turn: Turn) -> None:
        """The user wants it twice: a new turn, ahead of all that waits."""
        if turn.state is TurnState.UNKNOWN:
            now = self._context.clock.now()
            await self._give_up(turn, SENT_AGAIN.of(is_chinese(turn.text)), now)
        else:
            await self._log.keep(_without(turn, "send_again"))
        again = await self._log.add(self._new(turn.text, turn.route, TurnState.QUEUED))
        await self._log.arrange([again, *(one for one in self.queue if one.id != again.id)])
        self.release()

    async def _give_up(self, turn: Turn, words: str, now: float) -> None:
        reply = f"{turn.reply}\n\n{words}".strip()
        await self._log.keep(
            replace(
                turn,
                state=TurnState.DROPPED,
                reply=reply,
                problem=None,
                offers=(),
                ended_at=now,
            )
        )

    # -- the service ------------------------------------------------------------------------------

    async def run(self, answer: Answer) -> None:
        """Send what is queued and answer what is asked, until cancelled.

        A turn that runs when this is cancelled stays as it is in the journal; the next start looks
        after it.
        """
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                self._start_local(tasks, answer)
                self._start_watches(tasks)
                self._start_next(tasks, answer)
                self._changed()
                try:
                    async with asyncio.timeout(_FOREIGN_POLL_S if self._log.has_foreign else None):
                        await self._wake.wait()
                except TimeoutError:
                    await self._look_at_foreign()

    def _start_local(self, tasks: asyncio.TaskGroup, answer: Answer) -> None:
        while self._local:
            turn = self._local.popleft()
            self._answering += 1
            tasks.create_task(self._answer(turn, answer), name=f"answer-{turn.id}")

    def _start_watches(self, tasks: asyncio.TaskGroup) -> None:
        while self._watches:
            turn, draft_before = self._watches[0]
            if turn.session_id in self.at_work:
                return
            self._watches.popleft()
            self._start(tasks, turn, self._runner.watch(turn, draft_before, at_once=True))

    def _start_next(self, tasks: asyncio.TaskGroup, answer: Answer) -> None:
        session_id = self._log.session_id
        if not session_id or session_id in self.at_work or self.held or self._log.has_foreign:
            return
        if self._context.overview.link is Link.STARTING:
            return
        turn = next(iter(self.queue), None)
        if turn is not None:
            is_edit = turn.route == "edit"
            work = self._runner.run(turn) if is_edit else self._queued_answer(turn, answer)
            self._log.show(replace(turn, state=TurnState.SENDING))  # it waits for nothing any more
            self._start(tasks, turn, work)

    def _start(
        self, tasks: asyncio.TaskGroup, turn: Turn, work: Coroutine[None, None, None]
    ) -> None:
        task = tasks.create_task(self._see_through(turn, work), name=f"turn-{turn.id}")
        self._underway.begin(turn.session_id, turn.id, task)

    async def _see_through(self, turn: Turn, work: Coroutine[None, None, None]) -> None:
        """Run a turn's work; what cannot be written down is told, and holds the queue."""
        try:
            await work
        except asyncio.CancelledError:
            if not self._underway.is_stopping(turn.id):
                raise
            await self._log.keep(
                replace(turn, state=TurnState.STOPPED, ended_at=self._context.clock.now())
            )
        except VbtuiError as error:
            self._hold.disk_failed()
            self._not_written(turn, Problem.of(error))
        finally:
            self._underway.end(turn.session_id)
            self._changed()
            self._wake.set()

    def _not_written(self, begun: Turn, problem: Problem) -> None:
        """The journal failed in the middle of a turn: it is shown as it is, and settled later.
        A message that had not gone out yet still waits."""
        turn = self._log.get(begun.id)
        if turn is not None and turn.state in UNDER_WAY:
            unknown = replace(turn, state=TurnState.UNKNOWN, problem=problem, activity="")
            self._log.show(unknown if turn.sent_at is not None else begun)
        self._context.bus.publish(Noticed(problem, "error"))

    async def _queued_answer(self, turn: Turn, answer: Answer) -> None:
        claimed = await self._log.claim(turn, draft_before=None, credits_before=None)
        if claimed is not None:
            self._answering += 1
            await self._answer(claimed, answer)

    async def _answer(self, turn: Turn, answer: Answer) -> None:
        """Do what vbtui can do itself and write it down."""
        try:
            await self._log.keep(await self._answered(turn, answer))
        except VbtuiError as error:
            self._context.bus.publish(Noticed(Problem.of(error), "error"))
        finally:
            self._answering -= 1
            self._changed()

    async def _answered(self, turn: Turn, answer: Answer) -> Turn:
        """The turn with its answer; a failure becomes its problem."""
        try:
            done = replace(await answer(turn), state=TurnState.DONE)
        except VbtuiError as error:
            self._context.link_lost(error)
            problem = problem_of(error, self._context, chinese=is_chinese(turn.text))
            done = replace(turn, state=TurnState.FAILED, problem=problem, offers=("send_again",))
        return replace(done, ended_at=self._context.clock.now())

    async def _look_at_foreign(self) -> None:
        """Another process has a turn under way; when it died, its turn is looked after here."""
        await self._log.sync()
        if not self._log.has_foreign:
            await self.load()
            await self.reconcile()

    # -- small things -------------------------------------------------------------------------------

    def _new(self, text: str, route: str, state: TurnState) -> Turn:
        return Turn(
            id=0,
            session_id=self._context.session.id,
            text=text,
            route=route,
            state=state,
            created_at=self._context.clock.now(),
        )

    def _is_free(self) -> bool:
        """Whether nothing is before a new message of the open session."""
        return self._log.session_id not in self.at_work and (not self.queue or self.held)

    def _works_on(self, turn_id: int) -> bool:
        return self._underway.holds(turn_id) or any(
            turn.id == turn_id for turn in (*self._local, *(turn for turn, _ in self._watches))
        )

    async def _stop_running(self) -> None:
        turn = self.current
        if turn is None or not turn.state.is_over:
            await self._underway.stop(self._log.session_id)

    async def _lost(self, turn: Turn) -> None:
        """A local answer that a dead vbtui owed."""
        problem = Problem.coded("turn_lost", chinese=is_chinese(turn.text))
        await self._log.keep(
            replace(turn, state=TurnState.FAILED, problem=problem, offers=("send_again",))
        )

    def _heard(self, event: Event) -> None:
        if isinstance(event, OverviewChanged):
            self._wake.set()

    def _changed(self) -> None:
        if self.is_idle:
            self._settled.set()


def _without(turn: Turn, offer: str) -> Turn:
    return replace(turn, offers=tuple(one for one in turn.offers if one != offer))
