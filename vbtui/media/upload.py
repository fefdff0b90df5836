"""Sending: some files at a time, each claimed in the journal before its first byte goes out.

After a failure that leaves open whether the file arrived, the backend's state is asked before
anything is sent again. Failures back off, and are retried for as long as vbtui runs; a refused
type or size is final.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from vbtui.base.clock import Clock, first
from vbtui.base.errors import (
    BackendError,
    BadFile,
    BadReply,
    DiskProblem,
    FileTooLarge,
    RateLimited,
    SessionNotFound,
    SignInRefused,
    Unreachable,
    UnsupportedFile,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.base.text import clean_line, format_bytes
from vbtui.base.translation import Translation
from vbtui.journal import sessions
from vbtui.journal.assets import AssetRow, waits_for_twin
from vbtui.journal.records import NO_REASON, Asset, AssetState, Reason, by_user
from vbtui.media import files
from vbtui.media.files import phrase
from vbtui.media.intake import Intake
from vbtui.media.ledger import Ledger, match
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged
from vbtui.session.projects import Sessions
from vbtui.wire.replies import Media

_FIRST_RETRY_S = 2.0
_LONGEST_RETRY_S = 300.0
_MOST_REFUSALS = 8
"""So many tries that the backend answered with a no end an upload; an unreachable one has no such end."""
_REFUSED_SIGN_INS = 3
"""A file that met so many of them waits as any other failure does: other requests may well pass."""
_DISK_PAUSE_S = 10.0
_T = Translation
_NOT_SHOWN = _T(
    "the backend took it and does not show it in the project yet, looking again",
    "后台已接收，但项目中还没有显示，正在再次查看",
)
_CHANGED = _T("changed before it was sent", "发送之前有改动")
_LARGER = _T("larger than the backend accepts", "超过后台的限制")
_LIMIT = _T(
    "{said}: the limit is 500 MB; compress or trim it", "{said}：上限为 500 MB；请压缩或剪短"
)
_LIMIT_HAS = _T(
    "{said}: it has {size}, the limit is 500 MB; compress or trim it",
    "{said}：大小为 {size}，上限为 500 MB；请压缩或剪短",
)
_LESS = _T(
    "refused as too large, though it has {size}, less than the limit of 500 MB: what lies between may take less;"
    " compress or trim it, then upload it again",
    "以过大为由被拒绝，但大小为 {size}，低于 500 MB 的上限：途中的服务器可能限制更小；请压缩或剪短后重新上传",
)
_LESS_SAID = _T(
    "refused as too large (“{said}”), though it has {size}, less than the limit of 500 MB: what lies between may take"
    " less; compress or trim it, then upload it again",
    "以过大为由被拒绝（“{said}”），但大小为 {size}，低于 500 MB 的上限：途中的服务器可能限制更小；请压缩或剪短后重新上传",
)
_LOOKS_S = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Before each look for a file that an upload's answer does not name."""


class Uploads:
    """The queue and its workers."""

    def __init__(
        self, context: Context, sessions: Sessions, ledger: Ledger, intake: Intake
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._ledger = ledger
        self._intake = intake
        self._queue: list[int] = []
        self._parked: dict[str, set[int]] = {}
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._has_said_where = False
        """Whether the user knows where files go."""
        self._aborts: dict[int, AssetState] = {}
        self._retries = _Retries(context, ledger, intake)
        self._wake = asyncio.Event()
        self.paused = False
        self.unreached: set[int] = set()
        """Rows whose last try found nobody: worth another as soon as the backend is back."""
        ledger.listeners.append(self._heard)

    # -- queue --------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether a file is being sent or could be right now."""
        return bool(self._sending) or (not self.paused and self._next_is_there())

    def is_sending(self, row_id: int) -> bool:
        return row_id in self._sending

    def pause(self) -> None:
        """Begin no further upload; what is under way goes on."""
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self._wake.set()

    def abort(self, row_id: int, state: AssetState = AssetState.SETTLING) -> None:
        """Stop sending a row and leave it in `state`: settling, since it changed, or skipped."""
        task = self._sending.get(row_id)
        if task is not None:
            self._aborts[row_id] = state
            task.cancel()

    def _heard(self, row: AssetRow) -> None:
        """A row changed: it may be ready to be sent, or may free a row with the same content."""
        digest = row.asset.sha256
        if row.state is AssetState.QUEUED:
            if waits_for_twin(row):
                self._parked.setdefault(digest, set()).add(row.id)
            else:
                self._push(row.id)
        elif row.state is not AssetState.UPLOADING and digest in self._parked:
            for row_id in self._parked.pop(digest):
                self._push(row_id)

    def _push(self, row_id: int) -> None:
        heapq.heappush(self._queue, row_id)
        self._wake.set()

    def _next_is_there(self) -> bool:
        """Drop what is no longer queued from the head; whether something is left."""
        while self._queue:
            row = self._ledger.get(self._queue[0])
            if (
                row is not None
                and row.state is AssetState.QUEUED
                and not row.is_forgotten
                and row.id not in self._sending
            ):
                return True
            heapq.heappop(self._queue)
        return False

    # -- workers ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send what is queued and what failed, for as long as vbtui runs."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._retries.run(), name="retries")
            for number in range(max(1, self._context.settings.uploads.at_once)):
                tasks.create_task(self._work(), name=f"upload-{number}")

    async def _work(self) -> None:
        while True:
            await self._context.wait_ready()
            if self.paused or not self._next_is_there():
                self._wake.clear()
                await self._wake.wait()
                continue
            row = self._ledger.get(heapq.heappop(self._queue))
            assert row is not None
            task = asyncio.create_task(self._send(row), name=f"upload {row.id}")
            self._sending[row.id] = task
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                del self._sending[row.id]
                self._wake.set()
            wanted = self._aborts.pop(row.id, None)
            if not task.cancelled():
                try:
                    task.result()
                except (
                    DiskProblem
                ) as error:  # what the journal has of the row is older than what came of it
                    await self._disk_trouble(error)
                    wanted = wanted or AssetState.QUEUED
            await self._settle(row.id, wanted)

    async def _disk_trouble(self, error: DiskProblem) -> None:
        """The journal cannot be written: say so, and wait until there may be room again."""
        self._context.notice(Problem.of(error), "error")
        await self._context.clock.sleep(_DISK_PAUSE_S)

    async def _settle(self, row_id: int, wanted: AssetState | None) -> None:
        """A row is not being sent any more: leave it nowhere between, however long the disk is full."""
        while True:
            try:
                await self._put(row_id, wanted)
            except DiskProblem as error:
                await self._disk_trouble(error)
            else:
                break
        row = self._ledger.get(row_id)
        if row is not None and row.state is AssetState.QUEUED:
            self._heard(row)  # while it was being sent, the others have passed it over

    async def _put(self, row_id: int, wanted: AssetState | None) -> None:
        """Put a row whose sending was stopped into the state that is wanted."""
        row = self._ledger.get(row_id)
        if row is None or wanted is None or row.state is not AssetState.UPLOADING:
            return
        if row.owner != self._context.owner:
            return
        if wanted is AssetState.SETTLING:
            row = self._intake.settling(row)
        else:
            why = by_user() if wanted is AssetState.SKIPPED else NO_REASON
            row = row.with_asset(state=wanted, why=why, sent=0, rate=0.0)
        await self._ledger.change([replace(row, owner="", tries=row.tries + 1)])

    async def _send(self, row: AssetRow) -> None:
        """Claim and send one row; every outcome is in the ledger afterwards. Raises `DiskProblem`."""
        await self._say_where()
        is_doubtful = await self._is_in_doubt(row)
        if (row.tries or is_doubtful) and await self._has_arrived(row, is_doubtful):
            return
        claimed = await self._ledger.begin(replace(row, forced=False))
        if claimed.state is not AssetState.UPLOADING or claimed.owner != self._context.owner:
            return
        try:
            media = await self._transfer(claimed)
        except VbtuiError as error:
            await self._failed(self._ledger.get(row.id) or claimed, error)
            return
        await self.arrived(self._ledger.get(row.id) or claimed, media)

    async def _is_in_doubt(self, row: AssetRow) -> bool:
        """Whether the journal may have lost that the file was sent."""
        session_id = row.asset.session_id
        return await self._context.journal.run(lambda c: sessions.is_in_doubt(c, session_id))

    async def _transfer(self, row: AssetRow) -> Media:
        """Have the backend take the row's file or URL. Raises `VbtuiError`."""
        client, session_id = self._context.client, row.asset.session_id
        position = row.id if self._context.is_local else 0
        if row.asset.path is None:
            media = await client.upload_urls(session_id, [row.asset.url], position=position)
        else:
            path, identity = row.asset.path, row.identity
            if identity is None or not await asyncio.to_thread(files.is_unchanged, path, identity):
                raise BadFile(_CHANGED)
            meter = Meter(self._context.clock, lambda sent, rate: self._progress(row, sent, rate))
            media = await client.upload(
                session_id,
                path,
                name=row.remote_name or row.asset.name,
                position=position,
                is_watched=row.asset.source == "watch",
                on_progress=meter.feed,
            )
        self._context.link_restored()
        return media[0] if media else await self._shown(row)

    async def _say_where(self) -> None:
        """Before the first file goes to another machine: where to, once for each backend. Raises `DiskProblem`."""
        backend = self._context.backend
        if self._context.is_local or self._has_said_where:
            return
        key = f"said where files go:{backend}"

        def is_first(connection: sqlite3.Connection) -> bool:
            was_said = sessions.get(connection, key) is not None
            sessions.put(connection, key, True)
            return not was_said

        if await self._context.journal.run(is_first):
            host = clean_line(urlsplit(backend).hostname or backend)
            self._context.notice(Problem.coded("files_leave", host=host), "warning")
        self._has_said_where = True

    async def _shown(self, row: AssetRow) -> Media:
        """The row's file as the state shows it: the answer did not say that the backend has it."""
        for wait in _LOOKS_S:
            if wait:
                self._say(row, Reason("bad_reply.not_shown", _NOT_SHOWN.of()))
            await self._context.clock.sleep(wait)
            found = await self.find_arrived([row])
            if row.id in found:
                return found[row.id]
        raise BadReply(code="bad_reply.not_shown")

    def _say(self, row: AssetRow, why: Reason) -> None:
        """Why it takes longer than the sending did."""
        now = self._ledger.get(row.id)
        if now is not None and now.state is AssetState.UPLOADING:
            self._ledger.report(now.with_asset(why=why))

    def _progress(self, row: AssetRow, sent: int, rate: float) -> None:
        now = self._ledger.get(row.id)
        if now is not None and now.state is AssetState.UPLOADING:
            self._ledger.report(now.with_asset(sent=sent, rate=rate))

    # -- outcomes -----------------------------------------------------------------------------

    async def arrived(self, row: AssetRow, media: Media) -> None:
        """The backend has the row's file: write it as done, with what the backend says of it."""
        asset = replace(described(row.asset, media), sent=row.asset.size)
        await self._ledger.finish(replace(row, asset=asset))

    async def find_arrived(
        self, rows: list[AssetRow], *, among_foreign: bool = False
    ) -> dict[int, Media]:
        """Which of `rows`, of one session, the backend has although nobody heard of it.

        Args:
            among_foreign: also what the journal took for another program's.

        Nothing is found of a row while its twin is being sent: what is there may be either's.

        Raises what `Client.state` raises.
        """
        session_id = rows[0].asset.session_id
        state = await self._context.client.state(session_id)
        self._context.link_restored()
        asked = {row.id for row in rows}
        others = [row for row in self._ledger.rows_of(session_id) if row.asset.done_at is not None]
        if among_foreign:
            others = [row for row in others if not row.is_others]
        there = [row for row in others if row.id not in asked]
        matches = match([*there, *rows], [*state.media, *state.generated])
        return {
            row.id: matches.of_row[row.id]
            for row in rows
            if row.id in matches.of_row and not self.has_twin_under_way(row)
        }

    def has_twin_under_way(self, row: AssetRow) -> bool:
        """Whether another row with that content is being sent right now, here or by another vbtui."""
        return bool(row.asset.sha256) and any(
            one.asset.sha256 == row.asset.sha256
            and one.id != row.id
            and one.state is AssetState.UPLOADING
            and (self.is_sending(one.id) or self._ledger.is_foreign(one))
            for one in self._ledger.rows_of(row.asset.session_id)
        )

    async def _has_arrived(self, row: AssetRow, among_foreign: bool) -> bool:
        """Whether an earlier try did arrive, though its answer was lost."""
        try:
            found = await self.find_arrived([row], among_foreign=among_foreign)
        except SessionNotFound:
            await self._lost_session(row)
            return True
        except VbtuiError as error:
            self._context.link_lost(error)
            await self._retry_later(row, error)
            return True
        if row.id in found:
            await self.arrived(row, found[row.id])
        return row.id in found

    async def _failed(self, row: AssetRow, error: VbtuiError) -> None:
        self._context.link_lost(error)
        match error:
            case UnsupportedFile() | FileTooLarge():
                await self._refused(row, error)
            case BadFile():
                await self._ledger.change([replace(self._intake.settling(row), owner="")])
            case SignInRefused() if row.tries < _REFUSED_SIGN_INS:
                await self._back_in_queue(replace(row, tries=row.tries + 1))
            case SessionNotFound():
                await self._lost_session(row)
            case _:
                await self._retry_later(row, error)

    async def _refused(self, row: AssetRow, error: VbtuiError) -> None:
        reason = phrase(error)
        if isinstance(error, UnsupportedFile) and "accepted" not in reason.lower():
            reason = f"{reason}; accepted: {files.ACCEPTED}"
        elif isinstance(error, FileTooLarge):
            reason = _too_large(row.asset.size, reason if "message" in error.values else "")
        why = Reason(error.code, reason)
        row = row.with_asset(state=AssetState.FAILED, why=why, sent=0, rate=0.0)
        await self._ledger.change([replace(row, owner="", forced=False)])

    async def _back_in_queue(self, row: AssetRow) -> None:
        row = row.with_asset(state=AssetState.QUEUED, why=NO_REASON, sent=0, rate=0.0)
        await self._ledger.change([replace(row, owner="")])

    async def _lost_session(self, row: AssetRow) -> None:
        """wire/README.md, Errors: 1002: the file goes to the session that took the lost one's place;
        where that does not know itself either, it is a failure like any other."""
        try:
            session = await self._sessions.replace(row.asset.session_id)
        except VbtuiError as error:
            await self._retry_later(row, error)
            return
        await self._back_in_queue(row.with_asset(session_id=session.id))

    async def _retry_later(self, row: AssetRow, error: VbtuiError) -> None:
        doubled = _FIRST_RETRY_S * 2 ** min(row.tries, 16)
        delay = min(doubled, _LONGEST_RETRY_S) * random.uniform(0.9, 1.1)
        if isinstance(error, RateLimited) and error.retry_after_s is not None:
            delay = max(delay, error.retry_after_s)
        now = self._context.clock.now()
        is_final = isinstance(error, BackendError) and row.tries + 1 >= _MOST_REFUSALS
        failed = row.with_asset(
            state=AssetState.FAILED,
            retry_at=None if is_final else now + delay,
            why=Reason(error.code, phrase(error)),
            sent=0,
            rate=0.0,
        )
        await self._ledger.change([replace(failed, owner="", tries=row.tries + 1)])
        if isinstance(error, Unreachable):
            self.unreached.add(row.id)


def _too_large(size: int, said: str) -> str:
    """What to do about a file that the backend does not take for its size, as a phrase.

    Args:
        said: the backend's own words; empty: it gave none.
    """
    if not 0 < size <= MAX_UPLOAD_BYTES:
        told = _LIMIT_HAS if size else _LIMIT
        return told.of(said=said or _LARGER.of(), size=format_bytes(size))
    return (_LESS_SAID if said else _LESS).of(said=said, size=format_bytes(size))


def described(asset: Asset, media: Media) -> Asset:
    """`asset` with what the backend tells of it."""
    return replace(
        asset,
        url=media.url or asset.url,
        kind=media.kind if media.kind in files.KINDS else asset.kind,
        duration_s=media.duration_s if media.duration_s is not None else asset.duration_s,
        width=media.width or asset.width,
        height=media.height or asset.height,
        fps=media.fps or asset.fps,
    )


_REPORT_EVERY_S = 0.1
_WINDOW_S = 3.0


class Meter:
    """Turns the bytes sent so far into at most ten reports a second with a rate.

    Args:
        report: called with the bytes sent and the bytes a second over the last three seconds.
    """

    def __init__(self, clock: Clock, report: Callable[[int, float], None]) -> None:
        self._clock = clock
        self._report = report
        self._points: deque[tuple[float, int]] = deque([(clock.monotonic(), 0)])
        self._reported = clock.monotonic()

    def feed(self, sent: int) -> None:
        """`sent` bytes are out."""
        now = self._clock.monotonic()
        if now - self._reported < _REPORT_EVERY_S:
            return
        self._reported = now
        self._points.append((now, sent))
        while len(self._points) > 2 and now - self._points[1][0] > _WINDOW_S:
            self._points.popleft()
        began, before = self._points[0]
        self._report(sent, (sent - before) / (now - began))


_SHOWN = 20
"""Rows whose countdown is kept true; the others show what they showed when they failed."""


class _Retries:
    """Tries every row with a `retry_at` again when its time has come."""

    def __init__(self, context: Context, ledger: Ledger, intake: Intake) -> None:
        self._context = context
        self._ledger = ledger
        self._intake = intake
        self._times: list[tuple[float, int]] = []
        self._wake = asyncio.Event()
        ledger.listeners.append(self._heard)

    def _heard(self, row: AssetRow) -> None:
        if row.state is AssetState.FAILED and row.asset.retry_at is not None:
            entry = (row.asset.retry_at, row.id)
            if entry not in self._times[:_SHOWN]:
                heapq.heappush(self._times, entry)
                self._wake.set()

    async def run(self) -> None:
        """Retry what is due, for as long as vbtui runs; sleeps while nothing waits."""
        while True:
            now = self._context.clock.now()
            for row in self._due(now):
                await self._intake.retry(row)
            self._count_down(now)
            self._wake.clear()
            if not self._times:
                await self._wake.wait()
                continue
            left = self._times[0][0] - self._context.clock.now()
            step = 1.0 if left < 12 else 10.0
            await first(self._wake.wait(), self._context.clock.sleep(max(0.05, min(left, step))))

    def _due(self, now: float) -> list[AssetRow]:
        rows: dict[int, AssetRow] = {}
        while self._times and self._times[0][0] <= now:
            _, row_id = heapq.heappop(self._times)
            row = self._waiting(row_id)
            if row is not None and row.asset.retry_at is not None and row.asset.retry_at <= now:
                rows[row_id] = row
        return list(rows.values())

    def _waiting(self, row_id: int) -> AssetRow | None:
        row = self._ledger.get(row_id)
        return row if row is not None and row.state is AssetState.FAILED else None

    def _count_down(self, now: float) -> None:
        for retry_at, row_id in heapq.nsmallest(_SHOWN, self._times):
            row = self._waiting(row_id)
            if row is not None and row.asset.retry_at == retry_at:
                self._context.bus.publish(AssetChanged(row.asset))
