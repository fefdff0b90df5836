"""The records of the render queue, kept equal to the journal and reported; the desk of the runs.

How long exports take: the brief's expectation until the own history knows better.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from vbtui.base import files as naming
from vbtui.base.files import owner_is_alive
from vbtui.exports.orders import FindDraft
from vbtui.exports.run import Gone
from vbtui.journal import Journal
from vbtui.journal import renders as rows
from vbtui.journal import sessions as facts
from vbtui.journal.records import DraftVersion, ExportOptions, Render, RenderState
from vbtui.journal.renders import KeptRender
from vbtui.session.backend import LOCAL
from vbtui.session.context import Context
from vbtui.session.events import RenderChanged, RenderRemoved

_LISTED = 200
_UNKNOWN_LENGTH_S = 30.0


class RenderQueue:
    """Every render of one backend, in memory and in the journal.

    Args:
        context: the engine's.
        find_draft: one version of any session.
        changed: called when something may begin that could not begin before.
    """

    def __init__(
        self, context: Context, find_draft: FindDraft, changed: Callable[[], None]
    ) -> None:
        self._context = context
        self._find_draft = find_draft
        self._changed = changed
        self._times = ExportTimes(context.journal, context.backend, is_local=context.is_local)
        self._times_here = ExportTimes(context.journal, LOCAL, is_local=True)
        self._renders: dict[str, Render] = {}
        self._owners: dict[str, str] = {}
        self._lengths_s: dict[str, float] = {}
        self._successors: dict[str, str] = {}
        self._stamp = 0
        self.runs: dict[str, asyncio.Task[None]] = {}
        """The tasks of the renders that are under way here."""

    # -- reading ------------------------------------------------------------------------------

    @property
    def renders(self) -> Sequence[Render]:
        """Every one, in queue order."""
        return sorted(self._renders.values(), key=lambda render: (render.position, render.id))

    def latest(self, render_id: str) -> Render | None:
        """The render that began as `render_id`: a retry goes on under another id."""
        while render_id in self._successors:
            render_id = self._successors[render_id]
        return self._renders.get(render_id)

    def is_ours(self, render: Render) -> bool:
        """Whether this engine works on it."""
        return self._owners.get(render.id) == self._context.owner

    def estimate_s(self, render: Render) -> float:
        """The expected seconds until it is done, once it is its turn."""
        length = self._lengths_s.get(render.id, _UNKNOWN_LENGTH_S)
        return self._times_of(render).left_s(render, length, self._context.clock.now())

    def is_estimate(self, render: Render) -> bool:
        """Whether `estimate_s` rests on more than the brief's expectation."""
        return self._times_of(render).is_known

    def lane(self, render: Render) -> str:
        """Renders of one lane are made one after the other: a session's at the cloud (wire.md),
        all that this machine makes."""
        return LOCAL if render.options.here or self._context.is_local else render.session_id

    # -- journal ------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the journal; what others changed is reported, and ends a run that they cancelled."""
        known, kept = await self._read()
        for render_id in known - {one.render.id for one in kept}:
            self._end_run(render_id)
            self._drop(render_id)
        for one in kept:
            if one.render.id not in self.runs:
                self._take(one.render, one.owner)
            elif one.render.state is RenderState.CANCELLED:
                self._end_run(one.render.id)
                self._take(one.render, one.owner)
        await self._times.load()
        await self._times_here.load()
        await self._learn_lengths()

    async def adopt(self) -> None:
        """Take over what dead processes left unfinished."""
        backend, owner = self._context.backend, self._context.owner
        found = await self._context.journal.run(
            lambda c: rows.adopt(c, backend, owner=owner, is_alive=owner_is_alive)
        )
        if set(found) - set(self._renders):
            await self.load()
        for render_id in found:
            if render_id in self._renders:
                self._owners[render_id] = owner

    async def add(
        self,
        render: Render,
        draft: DraftVersion,
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Render:
        """Put a new render at the end; the render with its final id and place.

        Args:
            also: written in the same transaction.
        """
        owner = self._context.owner

        def write(connection: sqlite3.Connection) -> Render:
            if also is not None:
                also(connection)
            return rows.insert(connection, render, owner=owner)

        made = await self._context.journal.run(write)
        if draft.timeline is not None:
            self._lengths_s[made.id] = draft.timeline.duration_ms / 1000
        self._take(made, owner)
        return made

    async def claim(self, render: Render) -> Render | None:
        """Make a waiting one `submitting`; None while its session has another at the backend."""
        now, owner = self._context.clock.now(), self._context.owner
        claimed = replace(render, state=RenderState.SUBMITTING, submitted_at=now)
        if not await self._context.journal.run(lambda c: rows.claim(c, claimed, owner=owner)):
            return None
        self._take(claimed)
        return claimed

    async def cancel(self, render: Render) -> bool:
        """Mark it cancelled, and end its run; False when it is over, or has another id now."""
        now = self._context.clock.now()
        if not await self._context.journal.run(lambda c: rows.cancel(c, render.id, now)):
            return False
        run = self.runs.get(render.id)
        if run is not None:
            run.cancel()
            await asyncio.wait([run])
        self._take(
            replace(render, state=RenderState.CANCELLED, ended_at=now, problem=None, received=0)
        )
        return True

    async def reopen(self, render: Render) -> Render:
        """Go on with a failed one under its id, to fetch what the backend has made."""
        owner = self._context.owner
        again = replace(render, state=RenderState.UNKNOWN, problem=None, ended_at=None)
        if await self._context.journal.run(lambda c: rows.reopen(c, again, owner=owner)):
            self._take(again, owner)
        return again

    async def delete(self, render_id: str) -> None:
        """Take a finished one off the list."""
        await self._context.journal.run(lambda c: rows.delete(c, render_id))
        self._drop(render_id)

    async def arrange(self, waiting: Sequence[Render]) -> None:
        """Give waiting ones the places that they have together, in this order."""
        places = sorted(one.position for one in waiting)
        changed = {
            one.id: place
            for one, place in zip(waiting, places, strict=True)
            if one.position != place
        }
        await self._context.journal.run(lambda c: rows.place(c, changed))
        for render_id, place in changed.items():
            if render_id in self._renders:
                self._take(replace(self._renders[render_id], position=place))

    async def renew(self, render: Render, state: RenderState, *, attempt: int) -> Render:
        """The same export under a new id. Raises `Gone` when it was cancelled or removed."""
        now, owner = self._context.clock.now(), self._context.owner
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
        was_over = render.state.is_over
        made = await self._context.journal.run(
            lambda c: rows.renew(c, render.id, wanted, owner=owner, was_over=was_over)
        )
        if made is None:
            raise Gone
        if render.id in self._lengths_s:
            self._lengths_s[made.id] = self._lengths_s[render.id]
        if render.id in self.runs:
            self.runs[made.id] = self.runs.pop(render.id)
        self._successors[render.id] = made.id
        self._take(made, owner)
        self._drop(render.id)
        if render.options.destination is not None:
            await asyncio.to_thread(naming.remove_part, render.options.destination, render.id)
        return made

    # -- the desk -----------------------------------------------------------------------------

    async def change(
        self,
        render_id: str,
        *,
        once_written: Callable[[], Awaitable[None]] | None = None,
        **changes: Any,
    ) -> Render:
        """Write a change of this engine's render, then report it. Raises `Gone`."""
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
        self._take(replace(changed, position=self._renders[render_id].position))
        if changed.state is not render.state:
            self._changed()
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
        return await self.renew(render, RenderState.SUBMITTING, attempt=render.attempt + 1)

    async def took(self, render: Render, seconds: float) -> None:
        """Learn how long the backend needed."""
        length = self._lengths_s.get(render.id, 0.0)
        await self._times_of(render).learn(render.options, length, seconds)

    # -- inside -------------------------------------------------------------------------------

    def _times_of(self, render: Render) -> ExportTimes:
        return self._times_here if render.options.here else self._times

    async def _read(self) -> tuple[set[str], list[KeptRender]]:
        """What was known before, and the journal's rows, with no own change between the two."""
        backend = self._context.backend
        while True:
            stamp, known = self._stamp, set(self._renders)
            kept = await self._context.journal.run(lambda c: rows.all_of(c, backend, limit=_LISTED))
            if stamp == self._stamp:
                return known, kept

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
            self._stamp += 1
            self._owners.pop(render_id, None)
            self._context.bus.publish(RenderRemoved(render_id))

    def _end_run(self, render_id: str) -> None:
        run = self.runs.get(render_id)
        if run is not None:
            run.cancel()


CLOUD_S = 60.0
"""The middle of the 30-90 seconds that the cloud promises."""
_LOCAL_RATIO = 0.8
"""Seconds of work for a second of video, before anything is known of this machine."""
_KEPT = 20
_LENGTH_FACTOR = (0.25, 4.0)
"""How far a time is scaled from one length of video to another."""


class ExportTimes:
    """Past durations of one backend, by quality and size: pairs of video seconds and seconds taken."""

    def __init__(self, journal: Journal, backend: str, *, is_local: bool) -> None:
        self._journal = journal
        self._key = f"render_times:{backend}"
        self._is_local = is_local
        self._times: dict[str, list[tuple[float, float]]] = {}

    async def load(self) -> None:
        """Read what earlier starts learned."""
        stored = await self._journal.run(lambda c: facts.get(c, self._key))
        self._times = _read(stored)

    @property
    def is_known(self) -> bool:
        """Whether the own history says anything: before that there is the brief's expectation."""
        return self._is_local or bool(self._times)

    async def learn(self, options: ExportOptions, video_s: float, took_s: float) -> None:
        """Keep how long a render took."""
        if took_s <= 0:
            return
        kind = _kind(options)
        self._times[kind] = [*self._times.get(kind, ()), (video_s, took_s)][-_KEPT:]
        stored = {name: [list(pair) for pair in pairs] for name, pairs in self._times.items()}
        await self._journal.run(lambda c: facts.put(c, self._key, stored))

    def whole_s(self, options: ExportOptions, video_s: float) -> float:
        """The expected seconds for a whole render of a video of that length."""
        past = self._times.get(_kind(options)) or [
            pair for all_of in self._times.values() for pair in all_of
        ]
        if past:
            low, high = _LENGTH_FACTOR
            return median(
                took * min(max(video_s / max(length, 1.0), low), high) for length, took in past
            )
        return max(2.0, video_s * _LOCAL_RATIO) if self._is_local else CLOUD_S

    def left_s(self, render: Render, video_s: float, now: float) -> float:
        """The expected seconds that are left of a render that waits or is being made."""
        whole = self.whole_s(render.options, video_s)
        if render.submitted_at is None:
            return whole
        elapsed = max(now - render.submitted_at, 0.0)
        by_history = max(whole - elapsed, 1.0)
        if render.progress < 5:
            return by_history
        share = min(render.progress, 99.0) / 100
        by_progress = elapsed * (1 - share) / share
        return by_history * (1 - share) + by_progress * share


def _kind(options: ExportOptions) -> str:
    size = f" {options.width}x{options.height}" if options.width and options.height else ""
    return f"{options.quality}{size}"


def _read(stored: Any) -> dict[str, list[tuple[float, float]]]:
    times: dict[str, list[tuple[float, float]]] = {}
    for quality, pairs in (stored if isinstance(stored, dict) else {}).items():
        times[quality] = [pair for pair in map(_pair, pairs) if pair is not None]
    return times


def _pair(value: Any) -> tuple[float, float] | None:
    if isinstance(value, Sequence) and len(value) == 2:
        length, took = value
        if isinstance(length, int | float) and isinstance(took, int | float):
            return float(length), float(took)
    return None
