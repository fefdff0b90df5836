"""The render queue: every export of this backend, in one order, one at a time a session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.engine import naming
from vbtui.engine.context import Context
from vbtui.engine.events import Event, OverviewChanged, RenderChanged, RenderRemoved
from vbtui.engine.export_run import Gone, RenderRun
from vbtui.engine.export_times import ExportTimes
from vbtui.engine.journal import renders as rows
from vbtui.engine.journal.renders import KeptRender
from vbtui.engine.model import DraftVersion, ExportOptions, Link, Render, RenderState
from vbtui.engine.owner import owner_is_alive
from vbtui.errors import UsageError, VbtuiError

QUALITIES = ("high", "medium", "low")
_LISTED = 200
_OWNERS_LOOK_S = 10.0
"""Between two looks whether another process that worked on a render has died."""

FindDraft = Callable[[str, int], Awaitable[DraftVersion | None]]
"""A version of a session's draft, by session id and number."""


class Exports:
    """The queue as the engine shows it, and the desk that the runs write to.

    Args:
        context: the engine's.
        newest_draft: looks at the state where the backend can be asked; the newest draft.
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
        self._times = ExportTimes(context.journal, context.backend, is_local=context.is_local)
        self._renders: dict[str, Render] = {}
        self._owners: dict[str, str] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._lengths_s: dict[str, float] = {}
        self._successors: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._paused = False
        self._stamp = 0
        context.bus.subscribe(self._heard)

    # -- what is there ------------------------------------------------------------------------

    @property
    def renders(self) -> Sequence[Render]:
        """Every export of this backend, in queue order."""
        return sorted(self._renders.values(), key=lambda render: (render.position, render.id))

    @property
    def paused(self) -> bool:
        """Whether waiting exports stay where they are."""
        return self._paused

    def latest(self, render_id: str) -> Render | None:
        """The export that began as `render_id`: a retry goes on under another id."""
        while render_id in self._successors:
            render_id = self._successors[render_id]
        return self._renders.get(render_id)

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
        return sum(map(self._left_s, [*before, render]))

    def _left_s(self, render: Render) -> float:
        length = self._lengths_s.get(render.id, 30.0)
        return self._times.left_s(render, length, self._context.clock.now())

    async def wait_idle(self) -> None:
        """Returns when every export is over."""
        changed = asyncio.Event()
        unsubscribe = self._context.bus.subscribe(lambda _: changed.set())
        try:
            while not all(render.state.is_over for render in self._renders.values()):
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
        owner = self._context.owner
        made = await self._context.journal.run(lambda c: rows.insert(c, render, owner=owner))
        self._lengths_s[made.id] = draft.timeline.duration_ms / 1000
        self._take(made, owner)
        self._wake.set()
        return made

    async def cancel(self, render_id: str) -> None:
        """End it here and at the backend; what was received so far is removed."""
        render = self._known(render_id)
        now = self._context.clock.now()
        if not await self._context.journal.run(lambda c: rows.cancel(c, render.id, now)):
            return
        run = self._runs.get(render.id)
        if run is not None:
            run.cancel()
            await asyncio.wait([run])
        cancelled = replace(
            render, state=RenderState.CANCELLED, ended_at=now, problem=None, received=0
        )
        self._take(cancelled, self._owners.get(render.id, ""))
        self._wake.set()
        await asyncio.to_thread(_remove_part, cancelled)
        if render.submitted_at is not None and render.state is not RenderState.DOWNLOADING:
            await self._cancel_there(render)

    async def retry(self, render_id: str) -> Render:
        """Make it again, with a new id; a video that only has to be fetched is fetched."""
        render = self._known(render_id)
        if not render.state.is_over:
            return render
        owner = self._context.owner
        if render.state is RenderState.FAILED and render.progress >= 100:
            again = replace(render, state=RenderState.UNKNOWN, problem=None, ended_at=None)
            if await self._context.journal.run(lambda c: rows.reopen(c, again, owner=owner)):
                self._take(again, owner)
                self._wake.set()
                return again
        return await self._renewed(render, RenderState.WAITING, attempt=1)

    async def remove(self, render_id: str) -> None:
        """Take it off the list, cancelled before if it is under way; a finished video stays."""
        render = self._known(render_id)
        if not render.state.is_over:
            await self.cancel(render.id)
        await self._context.journal.run(lambda c: rows.delete(c, render.id))
        self._drop(render.id)
        await asyncio.to_thread(_remove_part, render)

    async def move(self, render_id: str, by: int) -> None:
        """Change its place among the waiting ones: -1 is one earlier."""
        waiting = [one for one in self.renders if one.state is RenderState.WAITING]
        places = [one.position for one in waiting]
        index = next((at for at, one in enumerate(waiting) if one.id == render_id), None)
        if index is None:
            return
        moved = waiting.pop(index)
        waiting.insert(min(max(index + by, 0), len(waiting)), moved)
        changed = {
            one.id: place
            for one, place in zip(waiting, places, strict=True)
            if one.position != place
        }
        await self._context.journal.run(lambda c: rows.place(c, changed))
        for one in waiting:
            if one.id in changed and one.id in self._renders:
                self._take(replace(self._renders[one.id], position=changed[one.id]))

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
        known, kept = await self._read()
        for render_id in known - {one.render.id for one in kept}:
            self._end_run(render_id)
            self._drop(render_id)
        for one in kept:
            if one.render.id not in self._runs:
                self._take(one.render, one.owner)
            elif one.render.state is RenderState.CANCELLED:
                self._end_run(one.render.id)
                self._take(one.render, one.owner)
        await self._times.load()
        await self._learn_lengths()
        self._wake.set()

    async def _read(self) -> tuple[set[str], list[KeptRender]]:
        """What was known before, and the journal's rows, with no own change between the two."""
        backend = self._context.backend
        while True:
            stamp, known = self._stamp, set(self._renders)
            kept = await self._context.journal.run(lambda c: rows.all_of(c, backend, limit=_LISTED))
            if stamp == self._stamp:
                return known, kept

    async def reconcile(self) -> None:
        """Go on with what waits for the backend."""
        self._wake.set()

    async def run(self) -> None:
        """Brings every export of this process home, and those that a dead one left behind."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                await self._adopt()
                for render in self.renders:
                    await self._begin(render, group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_again_s()):
                        await self._wake.wait()

    async def _adopt(self) -> None:
        backend, owner = self._context.backend, self._context.owner
        found = await self._context.journal.run(
            lambda c: rows.adopt(c, backend, owner=owner, is_alive=owner_is_alive)
        )
        if set(found) - set(self._renders):
            await self.load()
        for render_id in found:
            if render_id in self._renders:
                self._owners[render_id] = owner

    async def _begin(self, render: Render, group: asyncio.TaskGroup) -> None:
        """Give `render` a run of its own if it is its turn."""
        is_ours = self._owners.get(render.id) == self._context.owner
        if render.state.is_over or not is_ours or render.id in self._runs:
            return
        is_new = render.state is RenderState.WAITING
        if is_new:
            claimed = await self._claimed(render)
            if claimed is None:
                return
            render = claimed
        run = RenderRun(self._context, self, render, is_new=is_new)
        task = group.create_task(run.run(), name=f"render {render.id}")
        self._runs[render.id] = task
        task.add_done_callback(lambda _: self._run_ended(task))

    async def _claimed(self, render: Render) -> Render | None:
        if self._paused or self._context.overview.link is not Link.READY:
            return None
        claimed = replace(
            render, state=RenderState.SUBMITTING, submitted_at=self._context.clock.now()
        )
        owner = self._context.owner
        if not await self._context.journal.run(lambda c: rows.claim(c, claimed, owner=owner)):
            return None
        self._take(claimed)
        return claimed

    def _look_again_s(self) -> float | None:
        """A pause while others work on renders, no end of it when all are this process's."""
        others = any(
            not render.state.is_over and self._owners.get(render.id) != self._context.owner
            for render in self._renders.values()
        )
        return _OWNERS_LOOK_S if others else None

    def _run_ended(self, task: asyncio.Task[None]) -> None:
        self._runs = {name: one for name, one in self._runs.items() if one is not task}
        self._wake.set()

    def _heard(self, event: Event) -> None:
        if isinstance(event, OverviewChanged) and event.overview.link is Link.READY:
            self._wake.set()

    # -- the desk -----------------------------------------------------------------------------

    async def change(
        self,
        render_id: str,
        *,
        once_written: Callable[[], Awaitable[None]] | None = None,
        **changes: Any,
    ) -> Render:
        """Write a change of this process's render, then report it. Raises `Gone`."""
        render = self._renders.get(render_id)
        if render is None or render.state.is_over:
            raise Gone
        changed = replace(render, **changes)
        owner = self._context.owner
        if not await self._context.journal.run(lambda c: rows.update(c, changed, owner=owner)):
            raise Gone
        if once_written is not None:
            await once_written()
        if render_id not in self._renders:
            raise Gone
        position = self._renders[render_id].position
        self._take(replace(changed, position=position))
        return self._renders[render_id]

    def show(self, render: Render) -> None:
        """Report progress that the journal need not know."""
        known = self._renders.get(render.id)
        if known is not None and not known.state.is_over:
            self._take(replace(render, position=known.position))

    async def draft_of(self, render: Render) -> DraftVersion | None:
        """The draft that the render is of."""
        return await self._find_draft(render.session_id, render.draft_version)

    async def next_attempt(self, render_id: str) -> Render:
        """wire.md: a render that fails is retried once, with a new id. Raises `Gone`."""
        render = self._renders.get(render_id)
        if render is None:
            raise Gone
        return await self._renewed(render, RenderState.SUBMITTING, attempt=render.attempt + 1)

    async def took(self, render: Render, seconds: float) -> None:
        """Learn how long the backend needed."""
        await self._times.learn(
            render.options.quality, self._lengths_s.get(render.id, 0.0), seconds
        )

    # -- inside -------------------------------------------------------------------------------

    async def _renewed(self, render: Render, state: RenderState, *, attempt: int) -> Render:
        """The same export under a new id."""
        now = self._context.clock.now()
        wanted = replace(
            render,
            id=f"render_{int(now * 1000)}",
            state=state,
            progress=0.0,
            path=None,
            problem=None,
            attempt=attempt,
            submitted_at=now if state is RenderState.SUBMITTING else None,
            seen_at=None,
            ended_at=None,
            received=0,
            size=None,
        )
        owner = self._context.owner
        made = await self._context.journal.run(
            lambda c: rows.renew(c, render.id, wanted, owner=owner)
        )
        if made is None:
            raise Gone
        if render.id in self._lengths_s:
            self._lengths_s[made.id] = self._lengths_s[render.id]
        if render.id in self._runs:
            self._runs[made.id] = self._runs.pop(render.id)
        self._successors[render.id] = made.id
        self._take(made, owner)
        self._drop(render.id)
        self._wake.set()
        return made

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

    async def _learn_lengths(self) -> None:
        for render in self.renders:
            if not render.state.is_over and render.id not in self._lengths_s:
                draft = await self.draft_of(render)
                if draft is not None and draft.timeline is not None:
                    self._lengths_s[render.id] = draft.timeline.duration_ms / 1000

    def _take(self, render: Render, owner: str | None = None) -> None:
        """Keep the record, and report it when it is another one than before."""
        before = self._renders.get(render.id)
        self._stamp += 1
        self._renders[render.id] = render
        if owner is not None:
            self._owners[render.id] = owner
        if before != render:
            self._context.bus.publish(RenderChanged(render))

    def _drop(self, render_id: str) -> None:
        if self._renders.pop(render_id, None) is not None:
            self._owners.pop(render_id, None)
            self._context.bus.publish(RenderRemoved(render_id))

    def _end_run(self, render_id: str) -> None:
        run = self._runs.get(render_id)
        if run is not None:
            run.cancel()

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
