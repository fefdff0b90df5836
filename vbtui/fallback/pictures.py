"""Pictures of drafts: from the backend where it draws, else composed on this machine.

Of a draft of the cloud as much is composed as has its originals here. Nothing is fetched and nothing
is copied: the studio opens the files where they lie, and remembers what it drew. Each picture is made
of the parts near its time alone, so that a long timeline costs what a short one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from vbtui.base.errors import (
    BackendError,
    DiskProblem,
    NetworkError,
    StudioMissing,
    StudioProblem,
    VbtuiError,
)
from vbtui.base.programs import require_studio
from vbtui.base.translation import Translation
from vbtui.fallback.originals import Originals, Search, rows_of
from vbtui.fallback.plan import KNOWN, rewrite, with_assets
from vbtui.fallback.process import HereStudio
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import DraftVersion
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged, AssetRemoved, Event, Link, SessionOpened
from vbtui.timeline.model import VIDEO, Segment, Timeline
from vbtui.timeline.visible import made_from_files, near, seen_at, visible

_TOO_MANY = Translation("Too many parts lie here at once.", "此处同时重叠的部分过多。")


if TYPE_CHECKING:
    from vbtui.wire.client import Client


_STAYS_S = 60.0
"""The studio is kept for so long after the last picture."""
_FAILED_S = 10.0
"""A studio that cannot run is not tried again for so long."""
_SIZED_BY = 20
"""So many clips are looked at to find the frame's size where the draft names none."""
_MOST_PARTS = 300
_FORGOTTEN = 410
_INSTALL = "composing it here needs: pip install 'vbtui[studio]'"


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of drawing a draft: its pictures, or why there are none."""

    pictures: tuple[bytes, ...] = ()
    """PNG files."""
    is_here: bool = False
    """Drawn on this machine from the originals, in the place of a backend that draws nothing."""
    missing: tuple[str, ...] = ()
    """Names of the parts that belong into these pictures and are not in them."""
    reason: str = ""
    """Why there is no picture, as a sentence; empty where there is nothing to say about it."""


class Previews:
    """Draws drafts of the open backend. What fails is a reason, never an exception."""

    def __init__(self, context: Context, studio: HereStudio) -> None:
        self._context = context
        self._studio = studio
        self._backend_draws: bool | None = True if context.is_local else None
        self._files: dict[str, tuple[Sequence[AssetRow], Originals]] = {}
        self._failed: tuple[float, str] = (0.0, "")
        """Until which of the clock's times the studio is not tried, and why."""
        context.bus.on(AssetChanged, self._forget_files)
        context.bus.on(AssetRemoved, self._forget_files)
        context.bus.on(SessionOpened, self._forget_files)

    @property
    def are_here(self) -> bool:
        """Whether pictures are composed on this machine, in the backend's place."""
        return self._backend_draws is not True

    async def frames(
        self,
        version: DraftVersion,
        at_ms: int,
        *,
        width: int,
        height: int,
        count: int = 1,
        fps: int = 10,
        is_newest: bool = True,
    ) -> Composed:
        """At most `count` pictures of `version` from that time on, `fps` a second.

        Args:
            is_newest: whether it is what the backend has now; else it is asked for that version.
        """
        number = None if is_newest else _number(version.timeline)
        reason = ""
        if await self._asks_backend() and (is_newest or number is not None):
            try:
                pictures = await self._context.client.frames(
                    version.session_id,
                    at_ms,
                    width=width,
                    height=height,
                    count=count,
                    fps=fps,
                    version=number,
                )
                return Composed(pictures)
            except StudioProblem:
                pass  # it has no such timeline (any more)
            except VbtuiError as error:
                reason = error.message
        if self._context.is_local:
            return Composed(reason=reason)
        return await self._composed(version, _Wanted(at_ms, count, fps, width, height))

    async def _asks_backend(self) -> bool:
        """Whether the backend draws; asked once it can be reached."""
        if self._backend_draws is None and self._context.overview.link is Link.READY:
            try:
                can = await self._context.client.capabilities()
            except VbtuiError:
                return False
            self._backend_draws = bool(can and can.get("frames"))
        return self._backend_draws is True

    # -- on this machine -----------------------------------------------------------------------

    async def _composed(self, version: DraftVersion, wanted: _Wanted) -> Composed:
        """The pictures of `version` as far as its files are on this machine."""
        until, why = self._failed
        if self._context.clock.monotonic() < until:
            return Composed(reason=why, is_here=True)
        try:
            await asyncio.to_thread(require_studio)
            times_ms = wanted.times_ms
            part = await self._part(version, times_ms[0], times_ms[-1] + 1)
            if part is None:
                return Composed(is_here=True)
            if why := part.uncovered(times_ms):
                return Composed(reason=why, is_here=True)
            return await self._made(part, wanted)
        except StudioMissing:
            return self._not_now(_INSTALL)
        except (StudioProblem, DiskProblem) as error:
            return self._not_now(error.message)
        except VbtuiError as error:
            return Composed(reason=error.message, is_here=True)

    def _not_now(self, why: str) -> Composed:
        self._failed = self._context.clock.monotonic() + _FAILED_S, why
        return Composed(reason=why, is_here=True)

    # -- parts --------------------------------------------------------------------------------

    async def _part(self, version: DraftVersion, from_ms: int, until_ms: int) -> _Part | None:
        """What is near; None where there is nothing to see. Raises `VbtuiError`: it is too much."""
        whole = version.timeline
        if whole is None:
            return None
        timeline = await asyncio.to_thread(near, whole, from_ms, until_ms)
        if not timeline.can_export:
            return None
        if sum(len(track.segments) for track in timeline.tracks) > _MOST_PARTS:
            raise VbtuiError(_TOO_MANY)
        rows, known = await self._originals(version.session_id)
        search = Search(self._context, known, rows, fetches=False)
        for _, segment in made_from_files(timeline):
            await search.look(segment)
        if not timeline.width or not timeline.height:
            clips = (one for track, one in whole.segments if track.type == VIDEO)
            for segment in islice(clips, _SIZED_BY):
                await search.look(segment)
        return _Part(timeline, search, from_ms, until_ms, {})

    async def _originals(self, session_id: str) -> tuple[Sequence[AssetRow], Originals]:
        """The session's files, read anew when one of them has changed in the journal."""
        if session_id not in self._files:
            rows = await self._context.journal.run(lambda c: rows_of(c, session_id))
            self._files[session_id] = rows, Originals(rows)
        return self._files[session_id]

    def _forget_files(self, _: Event) -> None:
        self._files.clear()

    # -- pictures -----------------------------------------------------------------------------

    async def _made(self, part: _Part, wanted: _Wanted) -> Composed:
        async with self._studio.in_use(stays_s=_STAYS_S):
            try:
                return await self._drawn_by(self._studio.client, part, wanted)
            except NetworkError:
                await self._studio.ready_again()
            except BackendError as error:
                if error.wire_code != _FORGOTTEN:
                    raise
            return await self._drawn_by(self._studio.client, part, wanted)

    async def _drawn_by(self, client: Client, part: _Part, wanted: _Wanted) -> Composed:
        originals = part.search.originals
        given = await client.originals([(one.path, one.sent_name) for one in originals.values()])
        ids = dict(zip(originals, (name for name, _ in given), strict=True))
        part.refused = {name: why for name, (_, why) in zip(originals, given, strict=True) if why}
        if why := part.uncovered(wanted.times_ms):
            return Composed(reason=why, is_here=True)
        size = part.search.frame_size
        result = await asyncio.to_thread(rewrite, part.timeline, part.asset_of, size=size)
        if not result.draft["t"]:
            return Composed(is_here=True)
        draft = with_assets(result.draft, ids)
        pictures = await client.frames(
            draft,
            wanted.at_ms,
            width=wanted.width,
            height=wanted.height,
            count=wanted.count,
            fps=wanted.fps,
        )
        return Composed(pictures, is_here=True, missing=part.missing)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The pictures that are asked for: so many from a time on, so many a second, at most so large."""

    at_ms: int
    count: int
    fps: int
    width: int
    height: int

    @property
    def times_ms(self) -> Sequence[int]:
        return [round(self.at_ms + number * 1000 / self.fps) for number in range(self.count)]


@dataclass(slots=True)
class _Part:
    """The parts of a timeline near some time, and their files."""

    timeline: Timeline
    search: Search
    from_ms: int
    until_ms: int
    refused: dict[str, str]
    """Why the studio does not take a file, by its name in the search."""

    def asset_of(self, segment: Segment) -> str:
        name = self.search.asset_of(segment)
        return "" if name in self.refused else name

    def reason(self, segment: Segment) -> str:
        """Why the segment has no file; empty when it has one."""
        name = self.search.asset_of(segment)
        return self.refused.get(name, "") if name else self.search.reasons.get(id(segment.raw), "")

    def uncovered(self, times_ms: Sequence[int]) -> str:
        """Why one of the clips that are on top at these times has no file; empty: all have."""
        on_top = (seen_at(self.timeline, at_ms) for at_ms in times_ms)
        return next((why for one in on_top if one is not None and (why := self.reason(one))), "")

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of what would be seen and is not."""
        return tuple(
            dict.fromkeys(
                segment.name
                for track, segment in visible(self.timeline, self.from_ms, self.until_ms)
                if track.type not in KNOWN or self.reason(segment)
            )
        )


def _number(timeline: Timeline | None) -> int | None:
    """The backend's own number of that draft."""
    meta = timeline.raw.get("m") if timeline else None
    number = meta.get("version") if isinstance(meta, dict) else None
    return number if isinstance(number, int) else None
