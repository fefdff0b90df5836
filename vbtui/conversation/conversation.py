"""The conversation of the open session: what was said, what waits, what runs, what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.text import clean
from vbtui.base.translation import Translation
from vbtui.conversation.aftermath import Aftermath, is_unseen
from vbtui.conversation.plan import asked_for
from vbtui.conversation.queue import UNDER_WAY, Turns, every_text, on_its_way, unopened
from vbtui.conversation.turn import Run, TurnRunner
from vbtui.journal import assets, sessions
from vbtui.journal.records import Offer, Receipt, Turn, TurnState
from vbtui.language import intents
from vbtui.language.quotes import is_chinese
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Link, OverviewChanged
from vbtui.session.projects import Sessions
from vbtui.timeline.edits import Edit

_MADE_ANEW = Translation(
    "The backend no longer knows this project. A new one was made for “{name}”; your files can be uploaded again.",
    "后台找不到这个项目，已为“{name}”新建一个；可以重新上传文件。",
)
_NOTHING = Translation("There is nothing to send.", "没有可发送的内容。")
_DELETE = Translation("Delete the message instead.", "请改为删除这条消息。")
_ANSWERED = Translation("This is answered already.", "已经回答过了。")
_NOT_OFFERED = Translation("This is not offered any more.", "这个选项已不再提供。")


SENT_AGAIN = Translation(
    "Given up; the message was sent again below.", "已放弃；消息已在下方重新发送。"
)
DROPPED = Translation("Dropped.", "已放弃。")

_MOST_SAID = 2_000
_FOREIGN_POLL_S = 1.0
"""Between two looks at the journal while another process works on this conversation."""

Answer = Callable[[Turn], Awaitable[Turn]]
"""Does what a message asks of vbtui itself: the turn with its reply and offers. Raises `VbtuiError`."""


class Conversation:
    """Says things to the agent, one at a time, and keeps all that was said.

    `run` does the work; without it messages only wait. So do those that were said before there is
    a session: the first one that opens takes them.

    Who works in the user's place (`Context.author`) tells what came of what they said, once: until then it is
    marked as awaited, also when they die (`left_untold`). They send what was said up to that, and nothing behind it.
    """

    def __init__(self, context: Context, sessions: Sessions, drafts: Drafts) -> None:
        self._context, self._sessions = context, sessions
        self._turns = Turns(context)
        self._drafts = drafts
        self._aftermath = Aftermath(context, self._turns, drafts)
        self._runner = TurnRunner(context, sessions, self._turns, drafts, self._aftermath)
        self._runs: dict[int, Run] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        context.bus.on(OverviewChanged, lambda _: self._wake.set())

    # -- what there is --------------------------------------------------------------------------

    @property
    def turns(self) -> Sequence[Turn]:
        """The open session's turns in order, queued messages included."""
        return self._turns.all

    @property
    def queue(self) -> Sequence[Turn]:
        """The messages that wait, in the order in which they will go out."""
        return self._turns.waiting

    @property
    def current(self) -> Turn | None:
        """The turn that is under way in the open session."""
        run = self._running
        return self._turns.get(run.turn.id) if run is not None else None

    @property
    def at_work(self) -> frozenset[str]:
        """The sessions in which the agent works right now."""
        return frozenset(
            run.turn.session_id for run in self._runs.values() if run.task and run.in_line
        )

    @property
    def is_blocked(self) -> bool:
        """Whether the queue waits until the user says or asks for something again."""
        return self._turns.is_blocked

    @property
    def blocked_by(self) -> Turn | None:
        """The turn that blocks the queue; None where it is the journal."""
        return None if self._turns.disk_fails else self._turns.blocker

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and nothing will by itself."""
        waits = any(map(self._may_begin, self.queue)) and not self.is_blocked
        return not self._runs and not waits

    async def wait_idle(self) -> None:
        """Returns when `is_idle`."""
        while not self.is_idle:
            self._settled.clear()
            await self._settled.wait()

    # -- start ----------------------------------------------------------------------------------

    async def load(self) -> None:
        """Show the open session's conversation; turns left behind by a dead vbtui are marked."""
        session, backend = self._context.overview.session, self._context.backend
        before_id = self._turns.session_id
        session_id = session.id if session else unopened(backend)
        if session is not None and before_id != session_id:
            left_at = "" if self._sessions.is_named else backend
            await self._turns.adopt_unopened(session_id, left_at=left_at)
        await self._turns.open(session_id)
        if any(is_unseen(turn) for turn in self.turns):
            self._drafts.doubt()
        await self._say_replaced(before_id)
        for turn in await self._turns.unsettled():
            if turn.state not in UNDER_WAY or turn.id in self._runs:
                continue
            if turn.route == "edit" and turn.sent_at is not None:
                await self._runner.mark_away(turn)
            else:
                await self._lost(turn)
        await self._stop_what_others_ask()
        self._wake.set()

    async def _stop_what_others_ask(self) -> None:
        """The user is at another screen, and wants what runs here to end."""
        if not self._runs:
            return
        for turn_id in await self._turns.asked_to_stop():
            if (run := self._runs.get(turn_id)) is not None:
                run.begin_to_stop()

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
        if self.turns and Offer.UPLOAD_AGAIN in self.turns[-1].offers:
            return
        has_media = await journal.run(lambda c: bool(assets.of_session(c, session.id)))
        await self.note(
            _MADE_ANEW.of(name=session.name),
            offers=(Offer.UPLOAD_AGAIN,) if has_media else (),
        )

    async def reconcile(self) -> None:
        """Ask the timeline what became of turns whose end nobody saw, or whose receipt could not be written."""
        last_sent = max((turn.sent_at or 0.0 for turn in self.turns), default=0.0)
        for turn in await self._turns.unsettled():
            is_last = (turn.sent_at or 0.0) >= last_sent
            if turn.state is TurnState.UNKNOWN and is_last and turn.id not in self._runs:
                await self._runner.settle(turn)
        await self._aftermath.settle(self._turns.session_id)
        self._wake.set()

    # -- saying ---------------------------------------------------------------------------------

    async def say(self, text: str, *, route: str = "", left: str | None = None) -> Turn:
        """Take a message: for the agent it is queued, what vbtui can do itself is done at once.

        An export waits its turn behind the messages before it. Raises `UsageError` for an empty
        message, `DiskProblem` from the journal.

        Raises `VbtuiError` as well where messages wait until the user wants to go on, and this is none of the user's.

        Args:
            route: whom it is for (`Turn.route`); empty: what the words say.
            left: what is typed and not sent from here on, kept with the message in one step: a text is in one
                of the two, whenever vbtui ends.
        """
        text = clean(text).strip()
        if not text:
            raise UsageError(_NOTHING)
        if self._context.author and self.is_blocked and self.queue:
            raise VbtuiError(code="messages_wait", count=len(self.queue))
        route = route or kind_of(text, await self._names())
        is_opened = self._context.overview.session is not None
        waits = (
            not is_opened
            or route in ("edit", "version")
            or (route == "export" and not self._is_free())
        )
        state = TurnState.QUEUED if waits else TurnState.RUNNING
        facts = {} if left is None else {self._typed_key: left}
        turn = await self._turns.add(self._new(text, route, state), facts)
        if not waits:
            self._runs[turn.id] = Run(turn)
        elif route == "edit":
            self._turns.unblock()
        self._wake.set()
        return turn

    async def answer(self, turn_id: int, text: str) -> Turn:
        """Answer what the agent asked in that turn, once: the text is the next message.

        Raises `UsageError` where it is answered already, `DiskProblem` from the journal.
        """
        turn = await self._turns.answer(turn_id, self._new(text, "edit", TurnState.QUEUED))
        if turn is None:
            await self._turns.sync()
            raise UsageError(_ANSWERED, hint="")
        self._turns.unblock()
        self._wake.set()
        return turn

    async def left_untold(self, *, every: bool = False) -> Sequence[Turn]:
        """What this author said in the open session, in order, through an engine that died before it could tell
        what came of it; the last of them, or `every` one and this one itself."""
        return await self._turns.left_untold(self._context.author, every=every)

    async def expect(self, turns: Sequence[Turn]) -> None:
        """Tell from here on what comes of these turns, which an engine that died has left."""
        await self._turns.expect(turns, self._context.owner)
        self._wake.set()

    async def is_told(self, turns: Sequence[Turn]) -> None:
        """What came of these turns was told, or nobody wants to know it."""
        await self._turns.expect(turns, "")

    async def note(
        self,
        text: str,
        *,
        offers: tuple[str, ...] = (),
        receipt: Receipt | None = None,
        problem: Problem | None = None,
        session_id: str = "",
    ) -> Turn:
        """Say something to the user in the conversation, before the messages that wait.

        Args:
            session_id: in whose; empty: the open session's.
        """
        new = self._new("", "note", TurnState.DONE)
        turn = replace(
            new,
            session_id=session_id or new.session_id,
            reply=text,
            offers=offers,
            receipt=receipt,
            problem=problem,
            ended_at=new.created_at,
        )
        return await self._turns.tell(turn)

    async def stop(self) -> None:
        """End the running turn; returns when it is marked as stopped. The queue is blocked.

        One of another process ends soon afterwards: that sees in the journal that it is to.
        """
        run = self._running
        if run is None:
            await self._turns.ask_to_stop()
        else:
            turn = self._turns.get(run.turn.id)
            if turn is None or not turn.state.is_over:
                await run.stop()

    async def said(self) -> list[str]:
        """What was said in every project of this journal, each text once, the last said first."""
        return await self._context.journal.run(lambda c: every_text(c, _MOST_SAID))

    async def typed(self) -> str:
        """What was typed and not sent when the last vbtui of this backend ended, however it did."""
        kept = await self._context.journal.run(lambda c: sessions.get(c, self._typed_key))
        return clean(kept) if isinstance(kept, str) else ""

    async def keep_typed(self, text: str) -> None:
        """Remember what is typed and not sent. Raises `DiskProblem` from the journal."""
        await self._context.journal.run(lambda c: sessions.put(c, self._typed_key, text))

    @property
    def _typed_key(self) -> str:
        return f"typed:{self._context.backend}"

    async def _names(self) -> set[str]:
        """Names of the files that the open session has or gets."""
        session, backend = self._context.overview.session, self._context.backend
        key = session.id if session else unopened(backend)
        rows = await self._context.journal.run(lambda c: assets.of_session(c, key))
        known = [row for row in rows if not row.is_forgotten]
        return {name for row in known for name in (row.asset.name, row.remote_name) if name}

    # -- the queue --------------------------------------------------------------------------------

    async def edit_queued(self, turn_id: int, text: str) -> None:
        """Other words for a waiting message. Raises `UsageError` when it does not wait any more."""
        text = clean(text).strip()
        if not text:
            raise UsageError(_NOTHING, hint=_DELETE)
        await self._turns.reword(turn_id, text, kind_of(text, await self._names()))

    async def delete_queued(self, turn_id: int) -> None:
        """Forget a waiting message. Raises `UsageError` when it does not wait any more."""
        await self._turns.delete(turn_id)
        self._changed()

    async def move_queued(self, turn_id: int, by: int) -> None:
        """Move a waiting message within the queue: -1 is one earlier."""
        queue = list(self.queue)
        at = next((index for index, turn in enumerate(queue) if turn.id == turn_id), None)
        if at is None:
            raise on_its_way()
        turn = queue.pop(at)
        queue.insert(min(max(at + by, 0), len(queue)), turn)
        await self._turns.arrange(queue)

    async def interrupt_and_send(self, turn_id: int) -> None:
        """Stop what runs and send this waiting message next."""
        await self.move_queued(turn_id, -len(self.turns))
        await self.stop()
        self.release()

    def release(self) -> None:
        """Let a blocked queue go on."""
        self._turns.unblock()
        self._wake.set()

    # -- offers -----------------------------------------------------------------------------------

    def offering(self, turn_id: int, offer: str) -> Turn:
        """The turn that offers it. Raises `UsageError` when it does not, or not any more."""
        turn = self._turns.get(turn_id)
        if turn is None or offer not in turn.offers:
            raise UsageError(_NOT_OFFERED)
        return turn

    async def withdraw(self, turn_id: int, offer: str) -> None:
        """It is not offered any more."""
        turn = self._turns.get(turn_id)
        if turn is not None:
            await self._turns.keep(_without(turn, offer))

    async def watch(self, turn: Turn) -> None:
        """Look for the end of a turn that nobody saw, once more."""
        unsettled = await self._turns.watch(turn.id)
        if unsettled is not None:
            self._turns.show(replace(turn, state=TurnState.RECOVERING, offers=()))
            self._runs[turn.id] = Run(unsettled)
            self._wake.set()

    async def drop(self, turn: Turn) -> None:
        """Give up a turn whose end nobody saw; what waits goes on."""
        await self._give_up(turn, DROPPED)
        self.release()

    async def send_again(self, turn: Turn) -> None:
        """The user wants it twice: a new turn, ahead of all that waits."""
        if turn.state is TurnState.UNKNOWN:
            await self._give_up(turn, SENT_AGAIN)
        else:
            await self._turns.keep(_without(turn, Offer.SEND_AGAIN))
        again = await self._turns.add(self._new(turn.text, turn.route, TurnState.QUEUED))
        await self._turns.arrange([again, *(one for one in self.queue if one.id != again.id)])
        self.release()

    async def _give_up(self, turn: Turn, words: Translation) -> None:
        reply = f"{turn.reply}\n\n{words.of(is_chinese(turn.text))}".strip()
        await self._turns.keep(
            replace(
                turn,
                state=TurnState.DROPPED,
                reply=reply,
                problem=None,
                offers=(),
                ended_at=self._context.clock.now(),
            )
        )

    # -- the service ------------------------------------------------------------------------------

    async def run(self, answer: Answer) -> None:
        """Send what is queued and answer what is asked, until cancelled.

        A turn that runs when this is cancelled stays as it is in the journal; the next start looks
        after it.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._aftermath.run(), name="aftermath")
            while True:
                self._wake.clear()
                while (run := self._next()) is not None:
                    self._begin(run, tasks, answer)
                self._changed()
                try:
                    is_foreign = self._turns.has_foreign
                    async with asyncio.timeout(_FOREIGN_POLL_S if is_foreign else None):
                        await self._wake.wait()
                except TimeoutError:
                    await self._look_at_foreign()

    def _next(self) -> Run | None:
        """What can begin now: what is in hand and waits, then the first of the queue."""
        at_work, session_id = self.at_work, self._turns.session_id
        for run in self._runs.values():
            if run.task is None and not (run.in_line and run.turn.session_id in at_work):
                return run
        overview, turns = self._context.overview, self._turns
        if overview.session is None or overview.session.id != session_id or session_id in at_work:
            return None
        if overview.link is Link.STARTING or turns.is_blocked or turns.has_foreign:
            return None
        return next((Run(turn) for turn in turns.waiting if self._may_begin(turn)), None)

    def _may_begin(self, turn: Turn) -> bool:
        """Whether sending it is this engine's: the user's own does that for all, another one for what it awaits and
        what stands before that."""
        ours = self._turns.expected
        return not self._context.author or bool(ours and turn.position <= ours[-1].position)

    def _begin(self, run: Run, tasks: asyncio.TaskGroup, answer: Answer) -> None:
        turn = run.turn
        if turn.state is TurnState.QUEUED:
            self._turns.show(
                replace(turn, state=TurnState.SENDING)
            )  # it waits for nothing any more
        self._runs[turn.id] = run
        run.task = tasks.create_task(self._see_through(run, answer), name=f"turn-{turn.id}")
        run.task.add_done_callback(lambda _: self._end(run))  # also where it never began

    def _end(self, run: Run) -> None:
        if self._runs.get(run.turn.id) is run:
            del self._runs[run.turn.id]
        run.stopped.set()
        self._changed()
        self._wake.set()

    async def _see_through(self, run: Run, answer: Answer) -> None:
        """Do the work of a run; what cannot be written down is told, and blocks the queue."""
        turn = run.turn
        try:
            if turn.route != "edit":
                await self._answer(run, answer)
            elif turn.state is TurnState.QUEUED:
                await self._runner.send(run)
            else:
                await self._runner.watch(run)
        except asyncio.CancelledError:
            if not run.is_stopping:
                raise
            now = self._context.clock.now()
            await self._turns.keep(replace(turn, state=TurnState.STOPPED, ended_at=now))
        except VbtuiError as error:
            problem = Problem.of(error)
            if run.in_line:
                self._turns.disk_fails = True
                self._not_written(turn, problem)
            self._context.notice(problem, "error")
        finally:
            self._end(run)

    def _not_written(self, begun: Turn, problem: Problem) -> None:
        """The journal failed in the middle of a turn: it is shown as it is, and settled later.
        A message that had not gone out yet still waits."""
        turn = self._turns.get(begun.id)
        if turn is not None and turn.state in UNDER_WAY:
            unknown = replace(turn, state=TurnState.UNKNOWN, problem=problem, activity="")
            self._turns.show(unknown if turn.sent_at is not None else begun)

    async def _answer(self, run: Run, answer: Answer) -> None:
        """Do what vbtui can do itself and write it down; a failure becomes the turn's problem."""
        turn: Turn | None = run.turn
        if run.in_line:
            turn = await self._turns.begin(run.turn)
        if turn is None:
            return
        try:
            done = replace(await answer(turn), state=TurnState.DONE)
        except VbtuiError as error:
            self._context.link_lost(error)
            problem = await self._context.problem_of(error, chinese=is_chinese(turn.text))
            done = replace(
                turn, state=TurnState.FAILED, problem=problem, offers=(Offer.SEND_AGAIN,)
            )
        await self._turns.keep(replace(done, ended_at=self._context.clock.now()))

    async def _look_at_foreign(self) -> None:
        """Another process has a turn under way; when it died, its turn is looked after here."""
        await self._turns.sync()
        if not self._turns.has_foreign:
            await self.load()
            await self.reconcile()

    # -- small things -------------------------------------------------------------------------------

    @property
    def _running(self) -> Run | None:
        """What is under way in the open session."""
        here = self._turns.session_id
        at_work = (run for run in self._runs.values() if run.task and run.in_line)
        return next((run for run in at_work if run.turn.session_id == here), None)

    def _new(self, text: str, route: str, state: TurnState) -> Turn:
        session = self._context.overview.session
        author = "" if route == "note" else self._context.author
        return Turn(
            id=0,
            session_id=session.id if session else unopened(self._context.backend),
            text=text,
            route=route,
            state=state,
            created_at=self._context.clock.now(),
            author=author,
            awaited_by=self._context.owner if author else "",
        )

    def _is_free(self) -> bool:
        """Whether nothing is before a new message of the open session."""
        return self._running is None and (not self.queue or self.is_blocked)

    async def _lost(self, turn: Turn) -> None:
        """A local answer that a dead vbtui owed."""
        problem = Problem.coded("turn_lost", chinese=is_chinese(turn.text))
        await self._turns.keep(
            replace(turn, state=TurnState.FAILED, problem=problem, offers=(Offer.SEND_AGAIN,))
        )

    def _changed(self) -> None:
        if self.is_idle:
            self._settled.set()


def kind_of(text: str, known: Collection[str] = ()) -> str:
    """What a message asks for; a sentence of an edit by hand is that, whatever the names in it say.

    Args:
        known: names of files in the project (`intents.route`).
    """
    if asked_for(text) is not None:
        return "plan"
    return "edit" if Edit.read(text) is not None else intents.route(text, known).kind


def _without(turn: Turn, offer: str) -> Turn:
    return replace(turn, offers=tuple(one for one in turn.offers if one != offer))
