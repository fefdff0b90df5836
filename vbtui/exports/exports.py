"""Exports: starting, changing and bringing home the renders of this backend."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from vbtui.base import files as naming
from vbtui.base.errors import (
    BackendError,
    BadReply,
    NoCredits,
    PlanBlocked,
    RenderFailed,
    SignInRefused,
    UsageError,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.base.times import TimeLeft
from vbtui.base.translation import Translation
from vbtui.exports import presets
from vbtui.exports.presets import Requests, labelled
from vbtui.exports.queue import Gone, RenderQueue
from vbtui.exports.run import RenderRun
from vbtui.exports.target import BackendTarget, RenderTarget, StudioTarget
from vbtui.fallback import plan as render_here
from vbtui.fallback.plan import HerePlan
from vbtui.fallback.process import HereStudio
from vbtui.journal import sessions as facts
from vbtui.journal.records import DraftVersion, ExportOptions, Offer, Render, RenderState, Session
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Link, OverviewChanged, RenderEnded
from vbtui.session.projects import Sessions

_HERE_ONLY = Translation("Cancelled here only", "只在本机取消")
_NOT_TOLD = Translation(
    "The backend could not be told; it may go on with the export.",
    "无法通知后台；它可能会继续导出。",
)
_NO_CREDITS = Translation("Exports cost no credits.", "导出不消耗积分。")


_REFUSED = (PlanBlocked, NoCredits, SignInRefused)
"""What a backend says that another try does not change, and this machine may do in its place."""
_MADE_BADLY = (RenderFailed, BadReply)
"""What is wrong with a video itself: fetching it once more would not help."""
_OWNERS_LOOK_S = 10.0
"""Between two looks whether another process that worked on a render has died."""


class Exports:
    """The render queue of one backend: every session's exports in one order, one at a time a session.

    `run` is the service that does the work; without it exports only wait.

    Args:
        context: the engine's.
        sessions: for one that the backend lost.
        drafts: what is exported.
        studio: for renders that this machine makes in the backend's place.
    """

    def __init__(
        self,
        context: Context,
        sessions: Sessions,
        drafts: Drafts,
        studio: HereStudio,
    ) -> None:
        self._context = context
        self._requests = Requests(context, drafts)
        self._wake = asyncio.Event()
        self._queue = RenderQueue(context, drafts, self._wake.set)
        self._targets: tuple[RenderTarget, RenderTarget] = (
            BackendTarget(context, sessions),
            StudioTarget(context, studio),
        )
        self._pause_key = f"exports_paused:{context.backend}"
        self.paused = False
        """Whether waiting exports stay where they are."""
        self._despite_pause: set[str] = set()
        context.bus.on(OverviewChanged, self._overview_changed)

    # -- what is there ------------------------------------------------------------------------

    @property
    def renders(self) -> Sequence[Render]:
        """Every export of this backend, in queue order."""
        return self._queue.renders

    def latest(self, render_id: str) -> Render | None:
        """The export that began as `render_id`: a retry goes on under another id."""
        return self._queue.latest(render_id)

    def left(self, render: Render) -> TimeLeft | None:
        """How long it takes until its file is there, those before it in the queue included; None when it is
        over, or nobody can tell."""
        if render.state.is_over:
            return None
        lane = self._queue.lane(render)
        before = [
            other
            for other in self.renders
            if self._queue.lane(other) == lane
            and other.position < render.position
            and not other.state.is_over
        ]
        ways = [self._queue.left(one) for one in (*before, render)]
        known = [left for left in ways if left is not None]
        if len(known) < len(ways):
            return None
        return TimeLeft(sum(one.least_s for one in known), sum(one.most_s for one in known))

    def known_left(self, render: Render) -> TimeLeft | None:
        """`left` where the own history, or this machine, says so; None before that."""
        return self.left(render) if self._queue.is_estimate(render) else None

    def all_left(self) -> TimeLeft | None:
        """How long it takes until every export is over; None when all are, or nobody can tell."""
        ways = [self.left(one) for one in self.renders if not one.state.is_over]
        known = [left for left in ways if left is not None]
        return (
            max(known, key=lambda left: left.most_s) if known and len(known) == len(ways) else None
        )

    def offers(self, render: Render) -> tuple[str, ...]:
        """What can be done about an export that does not get on: `retry`, `render_here`."""
        known = self.latest(render.id) or render
        can_here = not self._context.is_local and not known.options.here
        if known.state is RenderState.FAILED:
            refused = known.problem is not None and known.problem.is_a(*_REFUSED)
            return (Offer.RETRY, Offer.RENDER_HERE) if refused and can_here else (Offer.RETRY,)
        if known.state is RenderState.CANCELLED:
            return (Offer.RETRY,)
        waits = known.state in (RenderState.WAITING, RenderState.UNKNOWN)
        away = self._context.overview.link in (Link.OFFLINE, Link.REFUSED)
        return (Offer.RENDER_HERE,) if waits and away and can_here else ()

    def saw_to(self, render_id: str) -> bool:
        """Whether it is this process that made the export, or makes it."""
        render = self.latest(render_id)
        return render is not None and self._queue.is_ours(render)

    def same_before(self, render: Render) -> Render | None:
        """The last export of the same version in the same form, done with its video still there or under way."""
        wanted = _form(render)
        for other in reversed(self.renders):
            is_same = other.id != render.id and _form(other) == wanted
            is_alive = not other.state.is_over or (
                other.state is RenderState.DONE and other.path is not None and other.path.is_file()
            )
            if is_same and is_alive:
                return other
        return None

    async def takes_sizes(self) -> bool:
        """Whether exports may have another size than the timeline's; False while unknown."""
        return await self._requests.takes_sizes()

    async def takes_formats(self) -> bool:
        """Whether exports may be of other formats than MP4; False while unknown."""
        return await self._requests.takes_formats()

    async def wait_idle(self) -> None:
        """Returns when every export is over."""
        changed = asyncio.Event()
        unsubscribe = self._context.bus.subscribe(lambda _: changed.set())
        try:
            while not all(render.state.is_over for render in self.renders):
                changed.clear()
                await changed.wait()
        finally:
            unsubscribe()

    # -- verbs --------------------------------------------------------------------------------

    async def start(
        self,
        options: ExportOptions,
        *,
        version: int = 0,
        session_id: str = "",
        despite_pause: bool = False,
    ) -> Render:
        """Put an export of a draft in the queue.

        Args:
            version: of the draft; 0: the newest.
            session_id: whose draft; empty: the open session's.
            despite_pause: begin it also while the queue is paused.

        Raises `VbtuiError` when there is nothing to export, `DiskProblem` when the folder cannot
        take the video, `UsageError` for a quality that is none or a size that the backend does not
        make.
        """
        presets.check_quality(options)
        session = await self._requests.session(session_id)
        draft = await self._requests.draft(session, version)
        return await self._add(options, session, draft, despite_pause=despite_pause)

    async def start_all(
        self,
        names: Sequence[str],
        base: ExportOptions,
        *,
        version: int = 0,
        session_id: str = "",
        despite_pause: bool = False,
    ) -> list[Render]:
        """One export for each preset (`vbtui.exports.presets`); all of them or, when one cannot be,
        none. Raises as `start` does."""
        wanted = self.options_of_all(names, base)
        session = await self._requests.session(session_id)
        draft = await self._requests.draft(session, version)
        fitted = [await self._requests.checked(one, draft) for one in wanted]
        return [await self._add(one, session, draft, despite_pause=despite_pause) for one in fitted]

    async def check(self, every: Sequence[ExportOptions]) -> None:
        """Raises what `start` would raise for one of them: all are begun, or none."""
        session = await self._requests.session("")
        draft = await self._requests.draft(session, 0)
        for one in every:
            await self._requests.checked(one, draft)

    @staticmethod
    def options_of_all(names: Sequence[str], base: ExportOptions) -> list[ExportOptions]:
        """`base` for each preset, each with a file of its own; `base` alone where there is none.

        Raises `UsageError` for a name that is no preset.
        """
        wanted = [presets.options_for(name, base) for name in dict.fromkeys(names)] or [base]
        return list(map(labelled, wanted)) if len(wanted) > 1 else wanted

    async def plan_here(self, session_id: str = "", version: int = 0) -> HerePlan:
        """What this machine can render of a draft by itself; see `render_here.make_plan`."""
        session = await self._requests.session(session_id)
        return await render_here.make_plan(
            self._context, await self._requests.draft(session, version, ask=False)
        )

    async def start_here(
        self,
        plan: HerePlan,
        options: ExportOptions = ExportOptions(),  # noqa: B008
        *,
        instead_of: str = "",
        despite_pause: bool = False,
    ) -> Render:
        """Put a render of `plan` on this machine in the queue. Raises as `start` does.

        Args:
            instead_of: an export that waits for the backend, cancelled once this one is kept.
        """
        if not plan.can_start:
            raise VbtuiError(code="nothing_to_render")
        session = await self._requests.session(plan.session_id)
        draft = await self._requests.draft(session, plan.version, ask=False)
        key = f"{plan.session_id}:{plan.version}:{secrets.token_hex(4)}"
        made = await self._add(
            replace(options, here=key),
            session,
            draft,
            also=lambda connection: render_here.keep(connection, key, plan),
            despite_pause=despite_pause,
        )
        if instead_of and not self._known(instead_of).state.is_over:
            await self.cancel(instead_of)
        return made

    async def cancel(self, render_id: str) -> None:
        """End it here and at the backend; what was received so far is removed."""
        render = self._known(render_id)
        async with AsyncExitStack() as stack:
            if render.submitted_at is not None and not render.state.is_over:
                with suppress(VbtuiError):  # cancelled here in any case
                    await stack.enter_async_context(self._target(render).at_work())
            await self._cancel(render)

    async def _cancel(self, render: Render) -> None:
        first_id = render.id
        while not await self._queue.cancel(render):
            again = self._queue.latest(first_id)
            if again is None or again.id == render.id:
                return
            render = again
        self._wake.set()
        await asyncio.to_thread(_remove_part, render)
        if render.submitted_at is not None and render.state is not RenderState.DOWNLOADING:
            await self._cancel_there(render)

    async def retry(self, render_id: str) -> Render:
        """Make it again, with a new id; a video that only has to be fetched is fetched."""
        render = self._known(render_id)
        if not render.state.is_over:
            return render
        problem = render.problem
        is_bad = problem is not None and problem.is_a(*_MADE_BADLY)
        if render.state is RenderState.FAILED and render.progress >= 100 and not is_bad:
            again = await self._queue.reopen(render)
        else:
            try:
                again = await self._queue.renew(render, RenderState.WAITING, attempt=1)
            except Gone:
                raise UsageError(code="usage.no_export") from None
        self._wake.set()
        return again

    async def remove(self, render_id: str) -> None:
        """Take it off the list, cancelled before if it is under way; a finished video stays."""
        render = self._known(render_id)
        if not render.state.is_over:
            await self.cancel(render.id)
            render = self._known(render_id)
        await self._queue.delete(render.id)
        await asyncio.to_thread(_remove_part, render)

    async def move(self, render_id: str, by: int) -> None:
        """Change its place among the waiting ones: -1 is one earlier."""
        waiting = [one for one in self.renders if one.state is RenderState.WAITING]
        index = next((at for at, one in enumerate(waiting) if one.id == render_id), None)
        if index is None:
            return
        moved = waiting.pop(index)
        waiting.insert(min(max(index + by, 0), len(waiting)), moved)
        await self._queue.arrange(waiting)

    async def pause(self) -> None:
        """Begin no further export; the one under way goes on. It holds until `resume`, also after
        a restart and for other processes on this journal."""
        await self._set_paused(True)

    async def resume(self) -> None:
        """Begin waiting exports again."""
        await self._set_paused(False)

    # -- loop ---------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the queue from the journal; what others changed is reported."""
        await self._queue.refresh()
        kept = await self._context.journal.run(lambda c: facts.get(c, self._pause_key))
        self.paused = bool(kept)
        self._wake.set()

    async def reconcile(self) -> None:
        """Go on with what waits for the backend."""
        self._wake.set()

    async def run(self) -> None:
        """Brings every export of this process home, and those that a dead one left behind."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                await self._queue.adopt_unfinished()
                for render in self.renders:
                    await self._begin(render, group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_again_s()):
                        await self._wake.wait()

    async def _begin(self, render: Render, group: asyncio.TaskGroup) -> None:
        """Give `render` a run of its own if it is its turn."""
        queue = self._queue
        if render.state.is_over or not queue.is_ours(render) or render.id in queue.runs:
            return
        is_new = render.state is RenderState.WAITING
        if is_new:
            if self.paused and render.id not in self._despite_pause:
                return
            if self._context.overview.link is not Link.READY and not render.options.here:
                return
            claimed = await queue.begin(render)
            if claimed is None:
                return
            render = claimed
        run = RenderRun(self._context, queue, self._target(render), render, is_new=is_new)
        task = group.create_task(self._to_the_end(run), name=f"render {render.id}")
        queue.runs[render.id] = task
        task.add_done_callback(self._run_ended)

    async def _to_the_end(self, run: RenderRun) -> None:
        await run.run()
        render = self.latest(run.render_id)
        if render is not None and render.state in (RenderState.DONE, RenderState.FAILED):
            self._context.bus.publish(RenderEnded(render))

    def _look_again_s(self) -> float | None:
        """A pause while others work on renders, no end of it when all are this process's."""
        foreign = (one for one in self.renders if not one.state.is_over)
        return _OWNERS_LOOK_S if not all(map(self._queue.is_ours, foreign)) else None

    def _run_ended(self, task: asyncio.Task[None]) -> None:
        for render_id in [name for name, one in self._queue.runs.items() if one is task]:
            del self._queue.runs[render_id]
        self._wake.set()

    def _overview_changed(self, event: OverviewChanged) -> None:
        if event.overview.link is Link.READY:
            self._wake.set()

    # -- inside -------------------------------------------------------------------------------

    def _target(self, render: Render) -> RenderTarget:
        return self._targets[bool(render.options.here)]

    async def _set_paused(self, paused: bool) -> None:
        await self._context.journal.run(lambda c: facts.put(c, self._pause_key, paused))
        self.paused = paused
        self._wake.set()

    async def _add(
        self,
        options: ExportOptions,
        session: Session,
        draft: DraftVersion,
        *,
        also: Callable[[sqlite3.Connection], None] | None = None,
        despite_pause: bool = False,
    ) -> Render:
        render = await self._requests.render(options, session, draft)
        made = await self._queue.add(render, draft, also)
        if despite_pause:
            self._despite_pause.add(made.id)
        self._wake.set()
        return made

    async def _cancel_there(self, render: Render) -> None:
        target = self._target(render)
        try:
            await target.client.cancel_render(render.id)
        except VbtuiError as error:
            if isinstance(error, BackendError) and error.wire_code == 404:
                return  # it never got there
            target.lost(error)
            told = Problem(_HERE_ONLY.of(), _NOT_TOLD.of(), _NO_CREDITS.of())
            self._context.notice(told, "information")

    def _known(self, render_id: str) -> Render:
        render = self.latest(render_id)
        if render is None:
            raise UsageError(code="usage.no_export")
        return render


def _form(render: Render) -> tuple[object, ...]:
    """What makes two exports the same video."""
    options = render.options
    form = (options.quality, options.format, options.width, options.height, options.at_ms)
    return (render.session_id, render.draft_version, *form, bool(options.here))


def _remove_part(render: Render) -> None:
    if render.options.destination is not None:
        naming.remove_part(render.options.destination, render.id)
