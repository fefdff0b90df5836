"""A library with a real client at the upload server, without an engine around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tests.cloud import Cloud
from tests.waiting import PATIENCE_S
from vbtui.base import settings as ground
from vbtui.base.clock import SystemClock
from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Settings, Uploads
from vbtui.journal import sessions as session_rows
from vbtui.journal.journal import Journal
from vbtui.journal.records import Asset, AssetState, Session
from vbtui.media.library import Library
from vbtui.session.context import Context
from vbtui.session.events import AssetChanged, Bus, Event, Overview
from vbtui.session.projects import Sessions
from vbtui.wire.client import Client

SESSION = Session("s1", "test", "project")


def cloud() -> Cloud:
    """One that has the session of these tests."""
    made = Cloud("s")
    made.sessions.append(SESSION.id)
    made.checks_tokens = False
    return made


class Bench:
    """One engine's worth of library: `start` it, use `library`, read `events`."""

    def __init__(
        self, url: str, *, settle_s: float = 0.3, at_once: int = 2, settings: Settings | None = None
    ) -> None:
        base = settings or ground.load()
        self.settings = replace(base, uploads=Uploads(at_once=at_once, settle_s=settle_s))
        self.clock = SystemClock()
        self.bus = Bus()
        self.events: list[Event] = []
        self.bus.subscribe(self.events.append)
        self.journal = Journal(self.settings.directories.journal)
        self.context = Context(
            settings=self.settings,
            clock=self.clock,
            bus=self.bus,
            journal=self.journal,
            is_local=False,
            backend=SESSION.backend,
            folder=Path.cwd(),
            overview=Overview("test"),
        )
        self.client = Client(url, token="t", timing=self.settings.timing)
        self.sessions = Sessions(self.context)
        self.library = Library(self.context, self.sessions)
        self.sessions.rooms = (self.library,)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, session: Session = SESSION) -> None:
        await self.journal.open()
        await self.journal.run(lambda connection: session_rows.save(connection, session))
        self.context.use_client(self.client)
        self.context.update(session=session)
        await self.library.load()
        self.context.link_restored()
        self._tasks = [
            asyncio.create_task(self.library.run()),
            asyncio.create_task(self.library.run_watch()),
            asyncio.create_task(self.sessions.run()),
            asyncio.create_task(self._reconnect()),
        ]

    async def _reconnect(self) -> None:
        """What the engine's connection does: when the link is lost, try, and say that it is back."""
        while True:
            await self.context.wait_lost()
            await asyncio.sleep(0.1)
            with suppress(VbtuiError):
                await self.client.credits()
                self.context.link_restored()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.close()
        await self.journal.close()
        self.context.close()

    async def until(self, condition: Callable[[], bool], timeout: float = PATIENCE_S) -> None:
        """Wait for a condition, looked at after each report and now and then."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.01)
                for task in self._tasks:
                    if task.done():
                        task.result()

    async def idle(self, timeout: float = PATIENCE_S) -> None:
        async with asyncio.timeout(timeout):
            await self.library.wait_idle()

    def now(self, asset: Asset) -> Asset:
        return next(one for one in self.library.assets if one.id == asset.id)

    def states(self) -> dict[str, AssetState]:
        """By name; the newest version of each."""
        return {asset.name: asset.state for asset in self.library.assets}

    def named(self, name: str) -> Asset:
        return [asset for asset in self.library.assets if asset.name == name][-1]

    def history(self, asset: Asset) -> list[AssetState]:
        """The states that were reported of an asset, without repeats."""
        seen: list[AssetState] = []
        for event in self.events:
            if isinstance(event, AssetChanged) and event.asset.id == asset.id:
                seen += [event.asset.state] if seen[-1:] != [event.asset.state] else []
        return seen


@asynccontextmanager
async def bench(server: Cloud, **options: object) -> AsyncIterator[Bench]:
    made = Bench(server.url, **options)  # type: ignore[arg-type]  # Bench's own keywords
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
