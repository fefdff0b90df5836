"""The engine's core without conversation and library: context, connection, sessions, exports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.waiting import PATIENCE_S
from vbtui.base.clock import SystemClock
from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Settings, Timing, load
from vbtui.exports.exports import Exports
from vbtui.fallback.process import HereStudio
from vbtui.journal.journal import Journal
from vbtui.journal.records import ExportOptions, Render, RenderState
from vbtui.session.backend import Connection, choose
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Bus, Event, Overview
from vbtui.session.projects import Sessions

QUICK = Timing(
    render_poll=0.02,
    local_render_poll=0.02,
    recover_first=0.05,
    recover_next=0.05,
    rate_limit_wait=0.05,
    stall=PATIENCE_S,
    connect=PATIENCE_S,
    reply=PATIENCE_S,
)


def settings(url: str, **changes: Any) -> Settings:
    """Those of the test's own HOME, with quick timing."""
    return replace(load(), **{"api_url": url, "timing": QUICK, **changes})


class Bench:
    """`async with Bench(settings, folder) as bench:` — connected, with the loops running."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        local: bool = False,
        project: str = "",
        run: bool = True,
    ) -> None:
        self.bus = Bus()
        self.events: list[Event] = []
        self.bus.subscribe(self.events.append)
        self.journal = Journal(settings.directories.journal)
        clock = SystemClock()
        self.backend = choose(settings, clock, local=local, server="")
        self.context = Context(
            settings=settings,
            clock=clock,
            bus=self.bus,
            journal=self.journal,
            is_local=self.backend.is_local,
            backend=self.backend.key,
            folder=folder,
            overview=Overview(self.backend.label),
        )
        self.sessions = Sessions(self.context, project=project)
        self.connection = Connection(self.context, self.backend, self.sessions)
        self.drafts = Drafts(self.context)
        self.studio = HereStudio(self.context)
        self.exports = Exports(self.context, self.sessions, self.drafts, self.studio)
        self.sessions.rooms = (self.drafts, self.exports)
        self.error: VbtuiError | None = None
        self._run = run
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.journal.open()
        await self.sessions.pick()
        await self.sessions.load()
        try:
            await self.connection.connect()
        except VbtuiError as error:
            self.error = error
        if self._run:
            self.begin()
        return self

    def begin(self) -> None:
        for run in (self.connection.run, self.sessions.run, self.exports.run):
            self._tasks.append(asyncio.create_task(run()))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.crash()
        await self.backend.close()

    async def crash(self) -> None:
        """Stop in the middle of everything, as a kill does; the journal keeps what it has."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for task in self._tasks:
            assert task.cancelled(), task.exception()
        self._tasks = []
        await self.journal.close()
        self.context.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition that reports can change."""
        changed = asyncio.Event()
        unsubscribe = self.bus.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    changed.clear()
                    await changed.wait()
        finally:
            unsubscribe()

    async def poll(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition that nothing reports."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.01)

    async def export(self, **options: Any) -> Render:
        return await self.exports.start(ExportOptions(**options))

    async def over(self, render: Render) -> Render:
        """How the export ends."""

        def now() -> Render:
            found = self.exports.latest(render.id)
            assert found is not None
            return found

        await self.until(lambda: now().state.is_over)
        return now()

    async def reaches(self, render: Render, state: RenderState) -> Render:
        def now() -> Render:
            found = self.exports.latest(render.id)
            assert found is not None
            return found

        await self.until(lambda: now().state is state)
        return now()
