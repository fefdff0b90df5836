"""The life of one render, from the request to the file.

    submitting → pending → processing → downloading → done
         └────────── unknown while the backend cannot be asked ──┘

wire/README.md, Rules: the id is in the journal before the request; a request whose fate nobody knows is
asked about before it is sent again, and then with the same id; a render that failed is made once
more with a new id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from vbtui.base import files as naming
from vbtui.base.errors import (
    BackendError,
    BadReply,
    DiskProblem,
    NetworkError,
    RateLimited,
    RenderFailed,
    SessionNotFound,
    SignInRefused,
    VbtuiError,
)
from vbtui.base.formats import FORMATS, Format
from vbtui.base.problem import Problem
from vbtui.base.translation import Translation
from vbtui.exports import check
from vbtui.exports.check import size_of
from vbtui.exports.queue import Gone, RenderQueue
from vbtui.exports.target import RenderTarget
from vbtui.journal.records import Render, RenderState
from vbtui.session.context import Context
from vbtui.wire.errors import DUPLICATE, NOT_FOUND
from vbtui.wire.replies import RenderStatus

_FORGOTTEN = Translation(
    "The backend does not know this export any more.", "后台已找不到这次导出。"
)
_VIDEO_GONE = Translation("The backend does not have the video any more.", "后台已没有这个视频。")
_NO_REASON = Translation("The backend gave no reason.", "后台没有说明原因。")


MAX_ATTEMPTS = 2
_ALMOST = 99.9
"""The most progress that is shown before the backend says `completed`."""
_ODD_REPLIES = 5
"""So many answers in a row that make no sense end a render."""
_MOST_REQUESTS = 8
"""So many requests that nobody knows of afterwards end a render."""
_MOST_LOOKS = 20
"""So many looks in a row that fail while the backend answers otherwise end a render."""
_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_RATE_WAIT_S = 3600.0
"""A backend that asks to be left alone for longer is asked about a render all the same."""
_JOURNAL_STEP = 5.0
"""Per cent of progress between two writes to the journal."""


class _NotThere(Exception):
    """The backend does not know the render."""


class _MadeNothing(Exception):
    """The backend gave the render up; `reason` is its sentence or empty."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderRun:
    """One render under way.

    Args:
        target: where it is made.
        render: `submitting` and never sent, or in any unfinished state that a journal may hold.
        is_new: whether it is certain that the backend has not heard of it.
    """

    def __init__(
        self,
        context: Context,
        queue: RenderQueue,
        target: RenderTarget,
        render: Render,
        *,
        is_new: bool,
    ) -> None:
        self._context = context
        self._target = target
        self._queue = queue
        self._render = render
        self._is_new = is_new
        self._steady = is_new
        self._remark = ""

    @property
    def render_id(self) -> str:
        """The id that it has now; another one after a failed attempt."""
        return self._render.id

    async def run(self) -> None:
        """Bring it to an end; every failure ends as the render's problem."""
        try:
            async with self._target.at_work():
                await self._to_the_end()
        except Gone:
            return
        except VbtuiError as error:
            await self._fail(error)

    async def _to_the_end(self) -> None:
        while True:
            try:
                url = await self._made()
                await self._bring_home(url)
                return
            except _MadeNothing as failure:
                await self._try_once_more(failure)

    # -- the backend's part -------------------------------------------------------------------

    async def _made(self) -> str:
        """The video's URL, once the backend has completed it; empty when it is here already."""
        if self._render.state is RenderState.DOWNLOADING and await _is_here(self._render):
            return ""
        status = await self._submit() if self._is_new else await self._find()
        while True:
            if status.status == "completed":
                await self._completed(status)
                return status.url
            if status.status == "failed":
                raise _MadeNothing(status.error)
            if status.status == "cancelled":
                now = self._context.clock.now()
                await self._change(state=RenderState.CANCELLED, problem=None, ended_at=now)
                raise Gone
            await self._note(status)
            await self._context.clock.sleep(self._target.poll_s)
            try:
                status = await self._ask()
            except _NotThere:
                raise _MadeNothing(_FORGOTTEN.of()) from None

    async def _submit(self) -> RenderStatus:
        """Send the request until its fate is known. Raises what refuses it."""
        draft = await self._queue.draft_of(self._render)
        request = await self._target.request(self._render, draft)
        options = self._render.options
        for number in count(1):
            if self._render.state is not RenderState.SUBMITTING:
                await self._change(state=RenderState.SUBMITTING)
            failure: VbtuiError
            is_there = False
            try:
                status = await self._target.client.start_render(
                    self._render.id,
                    request.session_id,
                    request.draft,
                    format=options.format,
                    quality=options.quality,
                    more=request.more,
                )
            except (NetworkError, SignInRefused) as error:
                failure = error
                await self._lost(error, number)
            except BadReply as error:
                failure = error
                await self._out_of_sight(error)
                await self._pause(number)
            except BackendError as error:
                if error.code != DUPLICATE:
                    raise
                is_there, failure = True, error  # it is asked about, and never made twice
                await self._pause(number)
            else:
                self._target.restored()
                self._is_new = False
                return status
            known = await self._arrived()
            if known is not None:
                self._is_new = False
                return known
            if is_there or number >= _MOST_REQUESTS:
                raise failure
        raise AssertionError

    async def _find(self) -> RenderStatus:
        """A render of an earlier start: ask first; one that never arrived is sent now."""
        known = await self._arrived()
        if known is not None:
            return known
        if self._render.seen_at is not None:
            raise _MadeNothing(_FORGOTTEN.of())
        return await self._submit()

    async def _arrived(self) -> RenderStatus | None:
        """What the backend knows of the render; None when two looks found nothing."""
        for look in range(2):
            if look:
                await self._pause()
            try:
                return await self._ask()
            except _NotThere:
                continue
        return None

    async def _ask(self) -> RenderStatus:
        """The backend's word, waited for while it cannot be reached. Raises `_NotThere`, and what
        stays wrong although the backend answers otherwise."""
        odd = 0
        for number in count(1):
            try:
                status = await self._target.client.render_status(self._render.id)
            except (NetworkError, SignInRefused) as error:
                if number >= _MOST_LOOKS:
                    raise
                await self._lost(error, number)
            except RateLimited as error:
                if number >= _MOST_LOOKS:
                    raise
                await self._out_of_sight(error)
                wished = min(error.retry_after_s or 0.0, _LONGEST_RATE_WAIT_S)
                await self._context.clock.sleep(max(wished, self._target.poll_s))
            except BackendError as error:
                if _says_not_there(error):
                    raise _NotThere from None
                odd += 1
                if odd >= _ODD_REPLIES:
                    raise
                await self._out_of_sight(error)
                await self._context.clock.sleep(self._target.poll_s)
            else:
                self._target.restored()
                return status
        raise AssertionError

    async def _lost(self, error: VbtuiError, number: int) -> None:
        """Say that nothing is known right now, and wait until the backend is back.

        Args:
            number: which time in a row it is.
        """
        self._steady = False
        self._target.lost(error)
        await self._out_of_sight(error)
        await self._pause(number)
        await self._target.wait_ready()

    async def _out_of_sight(self, error: VbtuiError) -> None:
        """Say that nobody knows how far it is, and why, while it is asked about again."""
        problem = await self._context.problem_of(error, chinese=False)
        now = self._render
        if now.state is not RenderState.UNKNOWN or now.problem != problem:
            await self._change(state=RenderState.UNKNOWN, problem=problem)

    async def _pause(self, number: int = 1) -> None:
        """Twice as long each time in a row."""
        first = min(self._target.poll_s, _PAUSE_S)
        await self._context.clock.sleep(min(first * 2 ** (number - 1), _LONGEST_PAUSE_S))

    async def _note(self, status: RenderStatus) -> None:
        """Keep what the backend said; progress never goes back."""
        pending = status.status == "pending"
        state = RenderState.PENDING if pending else RenderState.PROCESSING
        progress = max(self._render.progress, min(status.progress or 0.0, _ALMOST))
        now = self._context.clock.now()
        step = int(progress // _JOURNAL_STEP) > int(self._render.progress // _JOURNAL_STEP)
        if state is not self._render.state or step or self._render.seen_at is None:
            await self._change(state=state, progress=progress, seen_at=now, problem=None)
        else:
            self._render = replace(self._render, progress=progress, seen_at=now)
            self._queue.progress(self._render)

    async def _completed(self, status: RenderStatus) -> None:
        self._remark = status.remark
        now = self._context.clock.now()
        if self._steady and self._render.submitted_at is not None:
            await self._queue.took(self._render, now - self._render.submitted_at)
        await self._change(
            state=RenderState.DOWNLOADING,
            progress=100.0,
            seen_at=now,
            problem=None,
            copied=status.copied,
        )

    # -- the own part -------------------------------------------------------------------------

    async def _bring_home(self, url: str) -> None:
        """The video under its temporary name, looked at, then under its own."""
        render = self._render
        wanted = render.options.destination
        assert wanted is not None
        draft = await self._queue.draft_of(render)
        expected_ms = draft.timeline.duration_ms if draft and draft.timeline else 0
        show = self._queue.progress
        ask = self._fresh_url
        download = _Download(self._context, self._target, render, url, show=show, ask_url=ask)
        part = await download.run()
        form = FORMATS[render.options.format]
        remark = await asyncio.to_thread(check.length_problem, part, expected_ms, form)
        problem = await check.examine(
            self._context, part, draft, remark, self._remark, render.options
        )
        overwrite = render.options.overwrite
        path = await asyncio.to_thread(naming.put_in_place, part, wanted, overwrite=overwrite)
        await self._change(
            state=RenderState.DONE,
            path=path,
            problem=problem,
            ended_at=self._context.clock.now(),
            once_written=lambda: asyncio.to_thread(naming.remove_part, wanted, render.id),
        )

    async def _fresh_url(self) -> str:
        """Where the video lies now; links end. Waits while the backend is away."""
        try:
            status = await self._ask()
        except _NotThere:
            raise RenderFailed(_VIDEO_GONE) from None
        if self._render.state is not RenderState.DOWNLOADING:
            await self._change(state=RenderState.DOWNLOADING, problem=None)
        return status.url

    # -- ends ---------------------------------------------------------------------------------

    async def _try_once_more(self, failure: _MadeNothing) -> None:
        reason = failure.reason or _NO_REASON.of()
        if self._render.attempt >= MAX_ATTEMPTS:
            # A reason of several sentences says itself what to do.
            hint = "" if ". " in reason else None
            raise RenderFailed(reason, code="render_failed.given_up", hint=hint)
        self._render = await self._queue.next_attempt(self._render.id)
        self._is_new = True

    async def _fail(self, error: VbtuiError) -> None:
        problem = await self._context.problem_of(error, chinese=False)
        now = self._context.clock.now()
        try:
            await self._change(state=RenderState.FAILED, problem=problem, ended_at=now)
        except Gone:
            return
        except DiskProblem:  # the journal itself: the next start finds the render again
            failed = replace(self._render, state=RenderState.FAILED, problem=problem, ended_at=now)
            self._queue.progress(failed)
        if isinstance(error, SessionNotFound):
            with suppress(VbtuiError):
                await self._target.session_gone(self._render)

    async def _change(self, **changes: Any) -> None:
        self._render = await self._queue.change(self._render.id, **changes)


def _says_not_there(error: BackendError) -> bool:
    """Whether a refusal to a question about a render means that there is no such render."""
    return error.wire_code == 404 or isinstance(error, SessionNotFound) or error.code == NOT_FOUND


# -- the download -------------------------------------------------------------------------------

_FRUITLESS, _LONGEST_FRUITLESS_S = 5, 600.0
"""So many tries in a row without a new byte, or tries for so long, end a download."""
_SHOW_EVERY_S = 0.1


async def _is_here(render: Render) -> bool:
    """Whether an earlier start received the whole video and only has to name it."""
    wanted = render.options.destination
    if wanted is None:
        return False
    return await _is_whole(naming.part_path(wanted, render.id), FORMATS[render.options.format])


class _Download:
    """The download of one render.

    Args:
        target: where it was made.
        url: where the backend says that the video lies; may be empty.
        show: reports the render with its received bytes.
        ask_url: a fresh URL from the backend; waits while that is away.
    """

    def __init__(
        self,
        context: Context,
        target: RenderTarget,
        render: Render,
        url: str,
        *,
        show: Callable[[Render], None],
        ask_url: Callable[[], Awaitable[str]],
    ) -> None:
        assert render.options.destination is not None
        self._context = context
        self._target = target
        self._render = render
        self._url = url
        self._show = show
        self._ask_url = ask_url
        self._form = FORMATS[render.options.format]
        self._wanted = render.options.destination
        self._part = naming.part_path(self._wanted, render.id)
        self._shown_at = float("-inf")

    async def run(self) -> Path:
        """The whole video, under its temporary name.

        Raises `DiskProblem`, `RenderFailed` when what arrives is no whole video, `NetworkError`.
        """
        await asyncio.to_thread(naming.check_folder, self._wanted.parent)
        if not await _is_whole(self._part, self._form):
            try:
                await self._download()
            except BaseException:
                if not await asyncio.to_thread(size_of, self._part):  # nothing to go on with
                    await self._remove()
                raise
            try:
                await asyncio.to_thread(check.check_whole, self._part, self._form)
            except RenderFailed:
                await self._start_over()
        size = await asyncio.to_thread(size_of, self._part)
        self._render = replace(self._render, received=size, size=size)
        self._show(self._render)
        return self._part

    async def _start_over(self) -> None:
        """What arrived is not whole: once more from the first byte. Raises `RenderFailed`."""
        await self._remove()
        self._url = await self._ask_url()
        await self._download()
        try:
            await asyncio.to_thread(check.check_whole, self._part, self._form)
        except RenderFailed:
            await self._remove()
            raise

    async def _remove(self) -> None:
        await asyncio.to_thread(naming.remove_part, self._wanted, self._render.id)

    async def _download(self) -> None:
        fruitless, most = 0, await asyncio.to_thread(size_of, self._part)
        clock = self._context.clock
        since = clock.monotonic()
        for number in count(1):
            try:
                await self._target.client.download(
                    self._render.id, self._url, self._part, on_progress=self._received
                )
                return
            except OSError as error:
                raise naming.disk_problem(
                    error, self._wanted.parent, naming.RETRY_THE_EXPORT
                ) from error
            except (NetworkError, BackendError) as error:
                size = await asyncio.to_thread(size_of, self._part)
                fruitless += 1
                if size > most:
                    fruitless, most, since = 0, size, clock.monotonic()
                if fruitless >= _FRUITLESS or clock.monotonic() - since > _LONGEST_FRUITLESS_S:
                    raise
                self._render = replace(self._render, problem=Problem.of(error))
                self._show(self._render)
            await clock.sleep(min(2.0 ** min(number, 6), 30.0) / 2)
            self._url = await self._ask_url()

    def _received(self, received: int, size: int | None) -> None:
        """Called for every piece. Raises `DiskProblem` when the rest has no room."""
        if size is not None and self._render.size != size:
            naming.check_space(self._wanted.parent, max(size - received, 0))
        self._render = replace(self._render, received=received, size=size, problem=None)
        now = self._context.clock.monotonic()
        if now - self._shown_at >= _SHOW_EVERY_S or received == size:
            self._shown_at = now
            self._show(self._render)


async def _is_whole(path: Path, form: Format) -> bool:
    try:
        await asyncio.to_thread(check.check_whole, path, form)
    except (OSError, RenderFailed):
        return False
    return True
