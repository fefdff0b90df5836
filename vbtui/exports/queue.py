"""The render queue of one backend: what is kept of each export, and what it may become.

How long exports take is the backend's expectation until the own history knows better.
"""

from __future__ import annotations

import asyncio
import sqlite3
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from statistics import median, quantiles
from typing import Any

from vbtui.base import files as naming
from vbtui.base.formats import USUAL
from vbtui.base.times import TimeLeft
from vbtui.journal import renders as stored
from vbtui.journal import sessions as facts
from vbtui.journal.journal import Journal
from vbtui.journal.records import DraftVersion, ExportOptions, Render, RenderState
from vbtui.journal.table import Table
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import RenderChanged, RenderRemoved
from vbtui.session.studio import LOCAL

_LISTED = 200
_UNKNOWN_LENGTH_S = 30.0


class Gone(Exception):
    """The render is not this run's any more: cancelled, removed or another process's."""


class RenderQueue(Table[Render]):
    """Every render of one backend, in memory and in the journal.

    Args:
        context: the engine's.
        drafts: the versions of any session.
        progressed: called when something may begin that could not begin before.
    """

    def __init__(self, context: Context, drafts: Drafts, progressed: Callable[[], None]) -> None:
        super().__init__(context.journal, stored.LAYOUT, context.owner)
        self._context = context
        self._drafts = drafts
        self._progressed = progressed
        self._times = ExportTimes(context.journal, context.backend, is_local=context.is_local)
        self._times_here = ExportTimes(context.journal, LOCAL, is_local=True)
        self._lengths_s: dict[str, float] = {}
        self._paces: dict[str, Pace] = {}
        self._successors: dict[str, str] = {}
        self.runs: dict[str, asyncio.Task[None]] = {}
        """The tasks of the renders that are under way here."""

    # -- reading ------------------------------------------------------------------------------

    @property
    def renders(self) -> Sequence[Render]:
        """Every one, in queue order."""
        return sorted(self.rows, key=lambda render: (render.position, render.id))

    def latest(self, render_id: str) -> Render | None:
        """The render that began as `render_id`: a retry goes on under another id."""
        while render_id in self._successors:
            render_id = self._successors[render_id]
        return self.get(render_id)

    def left(self, render: Render) -> TimeLeft | None:
        """How long it takes until it is done, once it is its turn; None where nobody can tell."""
        length, now = self._lengths_s.get(render.id, _UNKNOWN_LENGTH_S), self._context.clock.now()
        pace = self._paces.get(render.id)
        seen = pace.left(render.progress, now) if pace is not None else None
        return seen or self._times_of(render).left(render, length, now)

    def is_estimate(self, render: Render) -> bool:
        """Whether `left` rests on more than the backend's expectation."""
        return self._times_of(render).is_known

    def lane(self, render: Render) -> str:
        """Renders of one lane are made one after the other: a session's at the cloud (wire/README.md, Rules),
        all that this machine makes."""
        return LOCAL if render.options.here or self._context.is_local else render.session_id

    # -- the table ----------------------------------------------------------------------------

    def keeps(self, mine: Render, found: Render) -> bool:
        return mine.id in self.runs and found.state is not RenderState.CANCELLED

    def changed(self, row: Render, before: Render | None) -> None:
        if row.state is RenderState.PROCESSING:
            if row.id not in self._paces:
                self._paces[row.id] = pace = Pace()
                if row.submitted_at is not None and row.progress >= _UNDER_WAY:
                    pace.note(0, row.submitted_at)  # nobody looked while it got there
            self._paces[row.id].note(row.progress, self._context.clock.now())
        elif row.state is not RenderState.UNKNOWN:
            self._paces.pop(row.id, None)
        if row != before:
            self._context.bus.publish(RenderChanged(row))

    def removed(self, row: Render) -> None:
        self._context.bus.publish(RenderRemoved(row.id))

    async def refresh(self) -> None:
        """Read the journal; what others changed is reported, and ends a run that they cancelled."""
        backend = self._context.backend
        await self.load(lambda c: stored.all_of(c, backend, limit=_LISTED))
        for render_id, run in self.runs.items():
            render = self.get(render_id)
            if render is None or render.state is RenderState.CANCELLED:
                run.cancel()
        await self._times.load()
        await self._times_here.load()
        await self._learn_lengths()

    async def adopt_unfinished(self) -> None:
        """Take over what dead processes left unfinished."""
        await self.adopt(stored.UNFINISHED, [self._context.backend])
        await self._learn_lengths()

    # -- verbs --------------------------------------------------------------------------------

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
        render = replace(render, owner=self.owner)

        def write(connection: sqlite3.Connection) -> Render:
            if also is not None:
                also(connection)
            return stored.insert(connection, render)

        made = await self.journal.run(write)
        if draft.timeline is not None:
            self._lengths_s[made.id] = draft.timeline.duration_ms / 1000
        self.show(made)
        return made

    async def begin(self, render: Render) -> Render | None:
        """Make a waiting one `submitting`; None while its session has another at the backend."""
        submitted_at = self._context.clock.now()
        return await self.claim(
            render.id,
            lambda connection, now: (
                replace(
                    now,
                    state=RenderState.SUBMITTING,
                    submitted_at=submitted_at,
                    owner=self.owner,
                )
                if now.state is RenderState.WAITING and not stored.is_session_busy(connection, now)
                else None
            ),
        )

    async def cancel(self, render: Render) -> bool:
        """Mark it cancelled, and end its run; False when it is over, or has another id now."""
        ended_at = self._context.clock.now()
        cancelled = await self.write(
            render.id,
            lambda _, now: (
                None
                if now.state.is_over
                else replace(
                    now,
                    state=RenderState.CANCELLED,
                    progress=max(now.progress, render.progress),
                    ended_at=ended_at,
                    problem=None,
                )
            ),
        )
        if cancelled is None:
            return False
        run = self.runs.get(render.id)
        if run is not None:
            run.cancel()
            await asyncio.wait([run])
        self.show(cancelled)
        return True

    async def reopen(self, render: Render) -> Render:
        """Go on with a failed one under its id, to fetch what the backend has made."""
        again = await self.write(
            render.id,
            lambda _, now: replace(
                now, state=RenderState.UNKNOWN, problem=None, ended_at=None, owner=self.owner
            ),
        )
        if again is None:
            return replace(render, state=RenderState.UNKNOWN, problem=None, ended_at=None)
        self.show(again)
        return again

    async def delete(self, render_id: str) -> None:
        """Take a finished one off the list."""
        await self.journal.run(lambda c: stored.delete(c, render_id))
        self.drop(render_id)

    async def arrange(self, waiting: Sequence[Render]) -> None:
        """Give waiting ones the places that they have together, in this order."""
        places = sorted(one.position for one in waiting)
        moved = {
            one.id: place
            for one, place in zip(waiting, places, strict=True)
            if one.position != place
        }
        for render in await self.write_all(
            moved,
            lambda _, now: (
                replace(now, position=moved[now.id]) if now.state is RenderState.WAITING else None
            ),
        ):
            self.show(render)

    async def renew(self, render: Render, state: RenderState, *, attempt: int) -> Render:
        """The same export under a new id. Raises `Gone` when it was cancelled or removed."""
        at = self._context.clock.now()

        def write(connection: sqlite3.Connection) -> Render:
            now = self.layout.find(connection, render.id)
            if now is None or (now.state.is_over and not render.state.is_over):
                raise Gone
            again = replace(
                now,
                id=stored.new_id(at),
                state=state,
                progress=0.0,
                path=None,
                problem=None,
                attempt=attempt,
                submitted_at=at if state is RenderState.SUBMITTING else None,
                seen_at=None,
                ended_at=None,
                owner=self.owner,
            )
            return stored.renew(connection, render.id, again)

        made = await self.journal.run(write)
        if render.id in self._lengths_s:
            self._lengths_s[made.id] = self._lengths_s[render.id]
        if render.id in self.runs:
            self.runs[made.id] = self.runs.pop(render.id)
        self._successors[render.id] = made.id
        self.show(made)
        self.drop(render.id)
        if render.options.destination is not None:
            await asyncio.to_thread(naming.remove_part, render.options.destination, render.id)
        return made

    # -- for the runs -------------------------------------------------------------------------

    async def change(
        self,
        render_id: str,
        *,
        once_written: Callable[[], Awaitable[None]] | None = None,
        **changes: Any,
    ) -> Render:
        """Write a change of this engine's render, then report it. Raises `Gone`."""
        render = self.get(render_id)
        if render is None or render.state.is_over:
            raise Gone
        wanted = replace(render, **changes)
        changed = await self.write(
            render_id,
            lambda _, now: (
                replace(wanted, session_id=now.session_id, position=now.position, owner=now.owner)
                if now.owner == self.owner and not now.state.is_over
                else None
            ),
        )
        if changed is None:
            raise Gone
        if once_written is not None:
            await once_written()
        known = self.get(render_id)
        if known is None:
            raise Gone
        changed = replace(changed, position=known.position)
        self.show(changed)
        if changed.state is not render.state:
            self._progressed()
        return changed

    def progress(self, render: Render) -> None:
        """Report progress that the journal need not know."""
        known = self.get(render.id)
        if known is not None and not known.state.is_over:
            self.show(replace(render, position=known.position))

    async def draft_of(self, render: Render) -> DraftVersion | None:
        """The draft that the render is of."""
        return await self._drafts.find(render.draft_version, session_id=render.session_id)

    async def next_attempt(self, render_id: str) -> Render:
        """wire/README.md, Rules: a render that fails is retried once, with a new id. Raises `Gone`."""
        render = self.get(render_id)
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

    async def _learn_lengths(self) -> None:
        for render in self.renders:
            if not render.state.is_over and render.id not in self._lengths_s:
                draft = await self.draft_of(render)
                if draft is not None and draft.timeline is not None:
                    self._lengths_s[render.id] = draft.timeline.duration_ms / 1000


CLOUD = TimeLeft(30.0, 90.0)
"""What the cloud promises."""
_LOCAL_RATIO = (0.3, 3.0)
"""Seconds of work for a second of video, before anything is known of this machine."""
_FEW = 3
_SPREAD = (0.7, 1.5)
"""Around the middle of a past of fewer exports than that."""
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

    def whole(self, options: ExportOptions, video_s: float) -> TimeLeft:
        """How long a whole render of a video of that length takes."""
        past = self._times.get(_kind(options)) or [
            pair for all_of in self._times.values() for pair in all_of
        ]
        if past:
            low, high = _LENGTH_FACTOR
            times = [
                took * min(max(video_s / max(length, 1.0), low), high) for length, took in past
            ]
            if len(times) < _FEW:
                return TimeLeft(*(median(times) * share for share in _SPREAD))
            first, _, third = quantiles(times, n=4, method="inclusive")
            return TimeLeft(first, third)
        if not self._is_local:
            return CLOUD
        least, most = (max(video_s * ratio, 2.0) for ratio in _LOCAL_RATIO)
        return TimeLeft(least, most)

    def left(self, render: Render, video_s: float, now: float) -> TimeLeft | None:
        """What is left of a render that waits or is being made, by what others took; None where this one
        takes longer than any."""
        whole = self.whole(render.options, video_s)
        if render.submitted_at is None:
            return whole
        elapsed = max(now - render.submitted_at, 0.0)
        if elapsed >= whole.most_s:
            return None
        return TimeLeft(max(whole.least_s - elapsed, 1.0), max(whole.most_s - elapsed, 1.0))


_UNDER_WAY = 5.0
"""Per cent."""
_LEAST_SEEN_S, _LEAST_SEEN = 4.0, 1.0
"""Seconds, and per cent, over which a pace is one."""
_RECENT_S, _RECENT_SHARE = 15.0, 0.25
"""The pace just seen is that of so many seconds, at least of that share of the time that it has run."""


class Pace:
    """How fast one render gets on: its progress, and when it was that far."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []

    def note(self, progress: float, now: float) -> None:
        """It is that far (0-100)."""
        if not self._seen or progress > self._seen[-1][1]:
            self._seen.append((now, progress))

    def left(self, progress: float, now: float) -> TimeLeft | None:
        """By the work that is left: at the pace just seen, and at that of all of it. A pause counts.
        None while too little is known."""
        if not self._seen:
            return None
        began, first = self._seen[0]
        since = now - max(_RECENT_S, (now - began) * _RECENT_SHARE)
        at = bisect_right(self._seen, since, key=lambda seen: seen[0])
        recent, start = self._seen[max(at - 1, 0)]
        if progress <= start:  # it stands still: for as long as it does
            recent, start = next(
                (seen for seen in reversed(self._seen) if seen[1] < progress), (began, first)
            )
        if now - began < _LEAST_SEEN_S or progress - first < _LEAST_SEEN or progress <= start:
            return None
        rest = max(100 - progress, 0.1)
        ways = (
            rest * (now - recent) / (progress - start),
            rest * (now - began) / (progress - first),
        )
        return TimeLeft(min(ways), max(ways))


def _kind(options: ExportOptions) -> str:
    size = f" {options.width}x{options.height}" if options.width and options.height else ""
    form = f" {options.format}" if options.format != USUAL else ""
    return f"{options.quality}{size}{form}"


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
