"""The embedded studio beside another backend: for renders and pictures that this machine makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from vbtui.base.errors import Unreachable
from vbtui.base.translation import Translation
from vbtui.session.context import Context
from vbtui.session.studio import LocalBackend

_NOT_YET = Translation("The local studio is not running yet.", "本地工作室尚未运行。")


if TYPE_CHECKING:
    from vbtui.wire.client import Client

_DYING_S = 2.0


class HereStudio:
    """A studio that is started when something needs it and ended when nothing does.

    A caller that is cancelled while the studio starts does not stop the start: the next one needs
    it, too.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._studio: LocalBackend | None = None
        self._client: Client | None = None
        self._users = 0
        self._stays_until = 0.0
        """The clock's time until which it is kept although nobody uses it."""
        self._changing = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def client(self) -> Client:
        """Raises `Unreachable` while it does not run."""
        if self._client is None:
            raise Unreachable(_NOT_YET, hint="")
        return self._client

    async def ready(self) -> None:
        """Join the studio, or start it (again). Raises `StudioProblem`, `DiskProblem`."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="studio here")
            self._opening.add_done_callback(_told)
        await asyncio.shield(self._opening)

    async def ready_again(self) -> None:
        """As `ready`, after a request that was not answered: a process that dies is seen to be
        dead a little later. Raises as `ready` does."""
        if self._studio is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DYING_S):
                    await self._studio.ended()
        await self.ready()

    @asynccontextmanager
    async def in_use(self, *, stays_s: float = 0) -> AsyncIterator[None]:
        """Keeps it running within the block, and `stays_s` longer. Raises as `ready` does."""
        self._users += 1
        try:
            await self.ready()
            yield
        finally:
            self._users -= 1
            now = self._context.clock.monotonic()
            self._stays_until = max(self._stays_until, now + stays_s)
            if self._users == 0 and (self._ending is None or self._ending.done()):
                self._ending = asyncio.create_task(self._end_later(), name="studio here ends")
            if self._users == 0 and self._stays_until <= now and self._ending is not None:
                await asyncio.shield(self._ending)

    async def close(self) -> None:
        """End it now, whoever uses it."""
        tasks = [task for task in (self._opening, self._ending) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with self._changing:
            await self._end()

    async def _open(self) -> None:
        async with self._changing:
            if self._studio is None:
                self._studio = LocalBackend(self._context.settings, self._context.clock)
            self._client, _ = await self._studio.connect()

    async def _end_later(self) -> None:
        """End it once it is no longer wanted; who still uses it then begins this anew."""
        clock = self._context.clock
        while not self._users:
            if (wait_s := self._stays_until - clock.monotonic()) > 0:
                await clock.sleep(wait_s)
                continue
            async with self._changing:
                if not self._users and self._stays_until <= clock.monotonic():
                    await self._end()
                    return

    async def _end(self) -> None:
        studio, self._studio, self._client = self._studio, None, None
        if studio is not None:
            await studio.close()


def _told(task: asyncio.Task[None]) -> None:
    """Whoever waits is told; where nobody does any more, nobody has to be."""
    if not task.cancelled():
        task.exception()
