"""A scripted agent on a real loopback server, and a conversation that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.server import (
    Answer,
    Exchange,
    Server,
    event,
    ok,
    reply,
    stream,
    text_event,
)
from tests.waiting import PATIENCE_S
from vbtui.base.clock import SystemClock
from vbtui.base.settings import Directories, Settings, Timing
from vbtui.commands import Commands
from vbtui.conversation.conversation import Conversation
from vbtui.exports.exports import Exports
from vbtui.fallback.process import HereStudio
from vbtui.journal import Journal
from vbtui.journal import sessions as session_rows
from vbtui.journal.records import Session, Turn, TurnState
from vbtui.media.library import Library
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Bus, Event, TurnChanged
from vbtui.session.projects import Sessions
from vbtui.session.records import Account, Link, Overview
from vbtui.wire.client import Client

QUICK = Timing(
    still_working=5,
    recover_first=0.02,
    recover_next=0.02,
    recover_tries=3,
    sse_total=20,
    heartbeat_only=20,
    rate_limit_wait=0.02,
    connect=2,
    reply=2,
)


def titled(text: str, *, start: int = 0, length: int = 3000) -> dict[str, Any]:
    """A draft of one title."""
    segment = {"id": "x1", "s": start, "d": length, "m": {"text": text}, "odd": [1, None]}
    return {"t": [{"tt": 7, "id": "t7", "sg": [segment]}], "d": length, "unknown": {"k": 1.5}}


class Agent:
    """`/run_sse` plays the scripted answers in turn; the state is what the script made of it."""

    def __init__(self) -> None:
        self.server = Server()
        self.draft: Any = None
        self.available = 100.0
        self.sessions = 1
        self._script: list[tuple[Any, Answer, Any]] = []
        self.release = asyncio.Event()
        """What `holding` answers wait for."""
        self.server.on("POST", "/run_sse", self._run)
        self.server.on("GET", "/api/state/*", self._state)
        self.server.on("POST", "/api/tasks/me/with-session/*", self._session)
        self.server.on("GET", "/api/credits/balance/simple", self._credits)

    def then(self, answer: Answer, *, first: Any = None, last: Any = None) -> Self:
        """The next message gets this answer; the draft becomes `first` before it and `last` after
        its first bytes could be read."""
        self._script.append((first, answer, last))
        return self

    @property
    def said(self) -> list[str]:
        """The messages that arrived, in order."""
        return [
            request.json()["new_message"]["parts"][0]["text"]
            for request in self.server.of("POST", "/run_sse")
        ]

    async def _run(self, exchange: Exchange) -> None:
        first, answer, last = self._script.pop(0)
        if first is not None:
            self.draft = first
        try:
            await answer(exchange)
        finally:
            if last is not None:
                self.draft = last

    async def _state(self, exchange: Exchange) -> None:
        await ok({"state": {"draft": self.draft, "video_infos": []}})(exchange)

    async def _session(self, exchange: Exchange) -> None:
        self.sessions += 1
        await ok({"session_id": f"S{self.sessions}", "task_id": "T2"})(exchange)

    async def _credits(self, exchange: Exchange) -> None:
        await ok({"available": self.available, "frozen": 0, "total": 100})(exchange)

    def holding(self, *before: bytes, after: Sequence[bytes] = ()) -> Answer:
        """A stream that gives `before`, waits for `release`, then gives `after` and ends."""

        async def play(exchange: Exchange) -> None:
            from tests.server import STREAM_HEAD, chunk

            await exchange.send(STREAM_HEAD + b"".join(map(chunk, before)))
            await self.release.wait()
            await exchange.send(b"".join(map(chunk, after)) + b"0\r\n\r\n")

        return play


class Talk:
    """A conversation over a real journal and a real client; enter it to start the service.

    Uploads and exports are those of a vbtui whose loops do not run: they are begun, and wait.
    """

    def __init__(
        self,
        agent: Agent,
        folder: Path,
        *,
        timing: Timing = QUICK,
        is_local: bool = True,
        url: str = "",
        serves: bool = True,
        is_opened: bool = True,
        backend: str = "b",
        project: str = "",
    ) -> None:
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
        self.clock = SystemClock()
        url = self._url or self.agent.server.url
        self.session = session = Session("S1", self._backend, "promo", task_id="T1")
        overview = Overview("test", Link.READY, None, Account("anonymous"))
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
            self.context, self.conversation, self.drafts, self.library, self.exports
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
    "Agent",
    "Awaitable",
    "Talk",
    "called",
    "reply",
    "returned",
    "stream",
    "text_event",
    "titled",
]
