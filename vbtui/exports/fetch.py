"""Bringing a finished video home: download, resume, and see that it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from vbtui.base import files as naming
from vbtui.base.errors import BackendError, NetworkError, RenderFailed
from vbtui.exports import check
from vbtui.exports.check import size_of
from vbtui.exports.target import RenderTarget
from vbtui.journal.records import Render
from vbtui.session.context import Context

_FRUITLESS = 5
"""So many tries in a row without a new byte end a download."""
_SHOW_EVERY_S = 0.1


async def is_here(render: Render) -> bool:
    """Whether an earlier start received the whole video and only has to name it."""
    wanted = render.options.destination
    return wanted is not None and await _is_whole(naming.part_path(wanted, render.id))


class Fetch:
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
        self._wanted = render.options.destination
        self._part = naming.part_path(self._wanted, render.id)
        self._shown_at = float("-inf")

    async def run(self) -> Path:
        """The whole video, under its temporary name.

        Raises `DiskProblem`, `RenderFailed` when what arrives is no whole video, `NetworkError`.
        """
        await asyncio.to_thread(naming.check_folder, self._wanted.parent)
        if not await _is_whole(self._part):
            try:
                await self._download()
            except BaseException:
                if not await asyncio.to_thread(size_of, self._part):  # nothing to go on with
                    await self._remove()
                raise
            try:
                await asyncio.to_thread(check.check_whole, self._part)
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
            await asyncio.to_thread(check.check_whole, self._part)
        except RenderFailed:
            await self._remove()
            raise

    async def _remove(self) -> None:
        await asyncio.to_thread(naming.remove_part, self._wanted, self._render.id)

    async def _download(self) -> None:
        fruitless = 0
        while True:
            before = await asyncio.to_thread(size_of, self._part)
            try:
                await self._target.client.download(
                    self._render.id, self._url, self._part, on_progress=self._received
                )
                return
            except OSError as error:
                raise naming.disk_problem(
                    error, self._wanted.parent, naming.RETRY_THE_EXPORT
                ) from error
            except (NetworkError, BackendError):
                moved = await asyncio.to_thread(size_of, self._part) > before
                fruitless = 0 if moved else fruitless + 1
                if fruitless >= _FRUITLESS:
                    raise
            await self._context.clock.sleep(min(2.0**fruitless, 30.0) / 2)
            self._url = await self._ask_url()

    def _received(self, received: int, size: int | None) -> None:
        """Called for every piece. Raises `DiskProblem` when the rest has no room."""
        if size is not None and self._render.size != size:
            naming.check_space(self._wanted.parent, max(size - received, 0))
        self._render = replace(self._render, received=received, size=size)
        now = self._context.clock.monotonic()
        if now - self._shown_at >= _SHOW_EVERY_S or received == size:
            self._shown_at = now
            self._show(self._render)


async def _is_whole(path: Path) -> bool:
    try:
        await asyncio.to_thread(check.check_whole, path)
    except (OSError, RenderFailed):
        return False
    return True
