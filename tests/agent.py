"""A scripted agent on a real loopback server, and a conversation that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.cloud import Cloud
from tests.server import (
    event,
    reply,
    stream,
    text_event,
)
from tests.waiting import PATIENCE_S
from vbtui.base.clock import Clock, SystemClock
from vbtui.base.settings import Directories, Settings, Timing
from vbtui.commands import Commands
from vbtui.conversation.conversation import Conversation
from vbtui.exports.exports import Exports
from vbtui.fallback.process import HereStudio
from vbtui.journal import sessions as session_rows
from vbtui.journal.journal import Journal
from vbtui.journal.records import Session, Turn, TurnState
from vbtui.media.library import Library
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Account, Bus, Event, Link, Overview, TurnChanged
from vbtui.session.projects import Sessions
from vbtui.wire.client import Client

# Both ends are in one process: where it stands still, no connection has failed.
QUICK = Timing(
    still_working=5,
    recover_first=0.02,
    recover_next=0.02,
    recover_tries=3,
    sse_total=PATIENCE_S,
    heartbeat_only=PATIENCE_S,
    rate_limit_wait=0.02,
    connect=PATIENCE_S,
    reply=PATIENCE_S,
)


def titled(text: str, *, start: int = 0, length: int = 3000) -> dict[str, Any]:
    """A draft of one title."""
    segment = {"id": "x1", "s": start, "d": length, "m": {"text": text}, "odd": [1, None]}
    return {"t": [{"tt": 7, "id": "t7", "sg": [segment]}], "d": length, "unknown": {"k": 1.5}}


def scripted_cloud() -> Cloud:
    """One that has the session of these conversations; `then` says what its agent answers."""
    cloud = Cloud("S")
    cloud.sessions.append("S1")
    cloud.checks_tokens = False
    cloud.available, cloud.frozen = 100, 0
    return cloud


class Talk:
    """A conversation over a real journal and a real client; enter it to start the service.

    Uploads and exports are those of a vbtui whose loops do not run: they are begun, and wait.
    """

    def __init__(
        self,
        agent: Cloud,
        folder: Path,
        *,
        timing: Timing = QUICK,
        is_local: bool = False,
        url: str = "",
        serves: bool = True,
        is_opened: bool = True,
        backend: str = "b",
        project: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.agent, self._serves, self._is_local = agent, serves, is_local
        self._folder, self._timing, self._url = folder, timing, url
        self._is_opened, self._backend, self._project = is_opened, backend, project
        self.events: list[Event] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        here = self._folder
        settings = Settings(
            directories=Directories(here / "c", here / "s", here / "k", here / "d"),
            timing=self._timing,
            web_url="https://web.example",
        )
        journal = Journal(settings.directories.journal)
        await journal.open()
        url = self._url or self.agent.url
        self.session = session = Session("S1", self._backend, "promo", task_id="T1")
        overview = Overview("test", Link.READY, None, Account("anonymous", user_id="anon_7"))
        if self._is_opened:
            overview = replace(overview, session=session)
        self.bus = Bus()
        self.bus.subscribe(self.events.append)
        self.context = Context(
            settings=settings,
            clock=self.clock,
            bus=self.bus,
            journal=journal,
            is_local=self._is_local,
            backend=self._backend,
            folder=here,
            overview=overview,
        )
        self.client = Client(url, token="secret-token", timing=self._timing)
        self.context.use_client(self.client)
        self.sessions = Sessions(self.context, project=self._project)
        self.drafts = Drafts(self.context)
        self.conversation = Conversation(self.context, self.sessions, self.drafts)
        self.library = Library(self.context, self.sessions)
        self.exports = Exports(self.context, self.sessions, self.drafts, HereStudio(self.context))
        self.commands = Commands(
            self.context,
            self.sessions,
            self.conversation,
            self.drafts,
            self.library,
            self.exports,
        )
        self.sessions.rooms = (self.drafts, self.conversation, self.library, self.exports)
        await journal.run(lambda c: session_rows.save(c, session))
        await self.sessions.load()
        if self._serves:
            self.serve()
        return self

    async def open(self) -> None:
        """The first session of the backend is there."""
        self.context.update(session=self.session)
        await self.sessions.load()

    def serve(self) -> None:
        self._task = asyncio.create_task(self.commands.run())
        self._serves = True

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.kill()

    async def kill(self) -> None:
        """What is left of a vbtui that died: the journal's file, and an owner that lives no more."""
        if self._serves:
            self._serves = False
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.context.close()
        await self.client.close()
        await self.context.journal.close()

    async def said(self, text: str) -> Turn:
        """Say it and wait for its end."""
        turn = await self.conversation.say(text)
        await self.conversation.wait_idle()
        return self.turn(turn.id)

    def turn(self, turn_id: int) -> Turn:
        return next(turn for turn in self.conversation.turns if turn.id == turn_id)

    def shown(self, turn_id: int) -> list[Turn]:
        """Every report about a turn."""
        return [
            one.turn
            for one in self.events
            if isinstance(one, TurnChanged) and one.turn.id == turn_id
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition that reports make true."""
        came = asyncio.Event()
        stop = self.bus.subscribe(lambda event: came.set())
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await came.wait()
                came.clear()
        stop()

    async def until_state(self, turn_id: int, state: TurnState) -> None:
        await self.until(lambda: self.turn(turn_id).state is state)


def called(name: str, call_id: str) -> bytes:
    """The agent begins something."""
    return event(
        {"content": {"parts": [{"functionCall": {"id": call_id, "name": name, "args": {}}}]}}
    )


def returned(name: str, call_id: str) -> bytes:
    """Something that the agent began has ended."""
    response = {"id": call_id, "name": name, "response": {"status": "ok"}}
    return event(
        {
            "content": {"parts": [{"functionResponse": response}]},
            "actions": {"stateDelta": {"draft": {}}},
        }
    )


HEARTBEAT = event({"type": "heartbeat"})

__all__ = [
    "HEARTBEAT",
    "QUICK",
    "Awaitable",
    "Talk",
    "called",
    "reply",
    "returned",
    "scripted_cloud",
    "stream",
    "text_event",
    "titled",
]
