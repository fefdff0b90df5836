"""Exports: starting, changing and bringing home the renders of this backend."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vbtui.engine import naming
from vbtui.engine.context import Context
from vbtui.engine.events import Event, OverviewChanged
from vbtui.engine.export_queue import FindDraft, RenderQueue
from vbtui.engine.export_run import Gone, RenderRun
from vbtui.engine.model import DraftVersion, ExportOptions, Link, Render, RenderState
from vbtui.errors import UsageError, VbtuiError

QUALITIES = ("high", "medium", "low")
_OWNERS_LOOK_S = 10.0
"""Between two looks whether another process that worked on a render has died."""


class Exports:
    """The render queue of one backend: every session's exports in one order, one at a time a session.

    `run` is the service that does the work; without it exports only wait.

    Args:
        context: the engine's.
        newest_draft: the newest draft of the open session, asked for where that is possible.
        find_draft: one version of any session.
    """

    def __init__(
        self,
        context: Context,
        *,
        newest_draft: Callable[[], Awaitable[DraftVersion | None]],
        find_draft: FindDraft,
    ) -> None:
        self._context = context
        self._newest_draft = newest_draft
        self._find_draft = find_draft
        self._wake = asyncio.Event()
        self._queue = RenderQueue(context, find_draft, self._wake.set)
        self._paused = False
        context.bus.subscribe(self._heard)

    # -- what is there ------------------------------------------------------------------------

    @property
    def renders(self) -> Sequence[Render]:
        """Every export of this backend, in queue order."""
        return self._queue.renders

    @property
    def paused(self) -> bool:
        """Whether waiting exports stay where they are."""
        return self._paused

    def latest(self, render_id: str) -> Render | None:
        """The export that began as `render_id`: a retry goes on under another id."""
        return self._queue.latest(render_id)

    def estimate_s(self, render: Render) -> float | None:
        """Seconds until its file is there, those before it in the queue included; None when over."""
        if render.state.is_over:
            return None
        before = [
            other
            for other in self.renders
            if other.session_id == render.session_id
            and other.position < render.position
            and not other.state.is_over
        ]
        return sum(map(self._queue.estimate_s, [*before, render]))

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

    async def start(self, options: ExportOptions, *, version: int = 0) -> Render:
        """Put an export of the newest draft (or of `version`) of the open session in the queue.

        Raises `VbtuiError` when there is nothing to export, `DiskProblem` when the folder cannot
        take the video, `UsageError` for a quality that is none.
        """
        if options.quality not in QUALITIES:
            raise UsageError(f"The quality is one of {', '.join(QUALITIES)}.")
        session = self._context.session
        draft = await (self._find_draft(session.id, version) if version else self._newest_draft())
        if draft is None or draft.timeline is None or not draft.timeline.can_export:
            raise VbtuiError(
                "Nothing to export yet: describe an edit first.", title="Nothing to export"
            )
        now = self._context.clock.now()
        title = draft.timeline.title or session.name
        wanted = options.destination or naming.destination_for(self._folder(), title, now)
        await asyncio.to_thread(naming.check_folder, wanted.parent)
        render = Render(
            id=f"render_{int(now * 1000)}",
            session_id=session.id,
            state=RenderState.WAITING,
            options=replace(options, destination=wanted),
            draft_version=draft.version,
            title=title,
            created_at=now,
        )
        made = await self._queue.add(render, draft)
        self._wake.set()
        return made

    async def cancel(self, render_id: str) -> None:
        """End it here and at the backend; what was received so far is removed."""
        render = self._known(render_id)
        while not await self._queue.cancel(render):
            again = self._queue.latest(render_id)
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
        if render.state is RenderState.FAILED and render.progress >= 100:
            again = await self._queue.reopen(render)
        else:
            try:
                again = await self._queue.renew(render, RenderState.WAITING, attempt=1)
            except Gone:
                raise UsageError("There is no such export.") from None
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

    def pause(self) -> None:
        """Begin no further export; the one under way goes on."""
        self._paused = True

    def resume(self) -> None:
        """Begin waiting exports again."""
        self._paused = False
        self._wake.set()

    # -- loop ---------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the queue from the journal; what others changed is reported."""
        await self._queue.load()
        self._wake.set()

    async def reconcile(self) -> None:
        """Go on with what waits for the backend."""
        self._wake.set()

    async def run(self) -> None:
        """Brings every export of this process home, and those that a dead one left behind."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                await self._queue.adopt()
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
            if self._paused or self._context.overview.link is not Link.READY:
                return
            claimed = await queue.claim(render)
            if claimed is None:
                return
            render = claimed
        run = RenderRun(self._context, queue, render, is_new=is_new)
        task = group.create_task(run.run(), name=f"render {render.id}")
        queue.runs[render.id] = task
        task.add_done_callback(self._run_ended)

    def _look_again_s(self) -> float | None:
        """A pause while others work on renders, no end of it when all are this process's."""
        foreign = (one for one in self.renders if not one.state.is_over)
        return _OWNERS_LOOK_S if not all(map(self._queue.is_ours, foreign)) else None

    def _run_ended(self, task: asyncio.Task[None]) -> None:
        for render_id in [name for name, one in self._queue.runs.items() if one is task]:
            del self._queue.runs[render_id]
        self._wake.set()

    def _heard(self, event: Event) -> None:
        if isinstance(event, OverviewChanged) and event.overview.link is Link.READY:
            self._wake.set()

    # -- inside -------------------------------------------------------------------------------

    async def _cancel_there(self, render: Render) -> None:
        try:
            await self._context.client.cancel_render(render.id)
        except VbtuiError as error:
            self._context.link_lost(error)
            self._context.notice(
                "Cancelled here only",
                "The backend could not be told; it may go on with the export.",
                "Exports cost no credits.",
            )

    def _known(self, render_id: str) -> Render:
        render = self.latest(render_id)
        if render is None:
            raise UsageError("There is no such export.")
        return render

    def _folder(self) -> Path:
        directory = self._context.settings.exports.directory
        return Path(directory).expanduser().absolute() if directory else self._context.folder


def _remove_part(render: Render) -> None:
    wanted = render.options.destination
    if wanted is not None:
        with suppress(OSError):
            naming.part_path(wanted, render.id).unlink()
