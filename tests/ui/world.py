"""A real engine for tests of screens: its journal is filled before the start, its backend is `tests.cloud`.

    world = World()
    world.add(turn(1), asset(1, "beach.mp4"))
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        …
        await world.show(turn(2))

The backend poses as the local studio that another vbtui started, or is one in the cloud. Its agent works
on every message until `world.cloud.release` is set, and no export gets far. What a row says to be under way another vbtui
does: `world.other`, which lives as long as the world.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.agent import QUICK
from tests.cloud import RENDER, TURN, Cloud
from tests.server import STREAM_HEAD, Exchange, chunk, ok, reply, text_event
from tests.waiting import PATIENCE_S
from vbtui.base.clock import Clock, SystemClock
from vbtui.base.settings import load
from vbtui.conversation import queue as turns
from vbtui.engine import Engine
from vbtui.journal import assets, renders, sessions
from vbtui.journal.assets import AssetRow
from vbtui.journal.journal import Journal
from vbtui.journal.owners import new_owner, release_owner
from vbtui.journal.records import Asset, AssetState, Render, Session, Turn
from vbtui.session import drafts
from vbtui.session.projects import Room
from vbtui.session.studio import LOCAL
from vbtui.ui.app import VbtuiApp

NOW = 1_790_000_000.0
Record = Session | Turn | Asset | Render
_NOBODY = "http://127.0.0.1:9"
"""An address at which nothing listens."""


class WallClock(SystemClock):
    """The time of day stands still unless a test moves it; waits take as long as they are."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time


class World:
    """One engine, its journal and its backend; `made` is what an app asks for.

    Args:
        project: the name of the session `s1`, which is open.
        is_local: whether the backend poses as the local studio.
        is_away: whether the backend, one in the cloud, is out of reach.
        has_session: whether there is a project yet.
    """

    def __init__(
        self,
        *,
        project: str = "Beach promo",
        is_local: bool = True,
        is_away: bool = False,
        has_session: bool = True,
    ) -> None:
        self.clock = WallClock()
        self.other = new_owner()
        self.cloud = Cloud("s")
        self.cloud.checks_tokens = False
        self.cloud.on("POST", TURN, self._work)
        self.cloud.script = [{"status": "processing", "progress": 5}]
        self.takes_sizes = True
        """Whether the studio makes other sizes than the timeline's."""
        self.operations: list[dict[str, Any]] = []
        """What the studio says that it can be asked for."""
        self.asked: list[bool] = []
        """For each engine that was asked for, whether it is to be local."""
        self.says = "Done."
        """What the agent answers when it is released."""
        self.picture: bytes | None = None
        """What a studio draws, whatever the time; None: nothing."""
        self.pictures_of: dict[str, bytes] = {}
        """What it draws where a request says these words."""
        self.draws_not = ""
        """Why it draws nothing."""
        self.opens_not = ""
        """Why it opens no file of this machine."""
        self.gate = asyncio.Event()
        """What pictures from `gate_from_ms` on wait for."""
        self.gate.set()
        self.gate_from_ms = 0
        self.frames_asked: list[tuple[int, int, int]] = []
        """Time in ms, count and frames a second of each request for pictures."""
        self.sizes_asked: list[tuple[int, int]] = []
        """Width and height of each."""
        self.screen_clock: Clock = self.clock
        """The app's own."""
        self.is_local, self.is_away = is_local and not is_away, is_away
        self.settings = replace(load(), timing=QUICK)
        self.folder = Path(os.environ["HOME"])
        self._engine: Engine | None = None
        self._journal: Journal | None = None
        self._sessions: list[Session] = []
        self._rows: list[Turn | Asset | Render] = []
        self._drafts: list[tuple[Any, int | None, str]] = []
        if has_session:
            self.add(Session("s1", "", project, task_id="task-1", created_at=NOW, used_at=NOW))

    # -- before the start ---------------------------------------------------------------------

    def add(self, *records: Record) -> None:
        """The journal knows these at the start."""
        for record in records:
            if isinstance(record, Session):
                self._sessions.append(record)
            else:
                self._rows.append(record)

    def build(self, draft: Any, turn_id: int | None = None, *, session_id: str = "s1") -> None:
        """The session's timeline is this one now; those before it are its older versions."""
        self._drafts.append((draft, turn_id, session_id))
        if session_id == "s1":
            self.cloud.draft = draft

    # -- at work ------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "no app has asked for it yet"
        return self._engine

    async def made(self, is_local: bool = False) -> Engine:
        """An engine, not open yet, as the app asks for it."""
        self.asked.append(is_local)
        self.is_local = self.is_local or is_local
        directories = self.settings.directories
        self._studio_routes()
        if self._journal is None:
            await self.cloud.up()
            self._journal = Journal(directories.journal)
            await self._journal.open()
            await self._journal.run(self._fill)
        directories.studio.mkdir(parents=True, exist_ok=True)
        address = {"url": self.cloud.url, "token": "t", "pid": os.getpid()}
        (directories.studio / "running.json").write_text(json.dumps(address))
        self._engine = Engine(
            replace(self.settings, api_url=self._url),
            local=self.is_local,
            folder=self.folder,
            clock=self.clock,
        )
        return self._engine

    @property
    def _url(self) -> str:
        return _NOBODY if self.is_away else self.cloud.url

    async def show(self, *records: Turn | Asset | Render) -> None:
        """Another vbtui writes these, new or changed; this one looks at the journal."""
        assert self._journal is not None
        await self._journal.run(lambda c: self._put(c, *records))
        rooms: dict[type[Record], Room] = {
            Turn: self.engine.conversation,
            Asset: self.engine.library,
            Render: self.engine.exports,
        }
        for kind in {type(record) for record in records}:
            await rooms[kind].load()

    async def refuse_rows(self, table: str, why: str) -> None:
        """The journal takes no new row in this table from now on."""
        assert self._journal is not None
        refusal = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        trigger = f"CREATE TRIGGER refused BEFORE INSERT ON {table} {refusal}"
        await self._journal.run(lambda c: c.execute(trigger))

    async def rebuild(self, draft: Any) -> None:
        """The agent changed the timeline, and the engine looks at it."""
        self.cloud.draft = draft
        await self.engine.drafts.reconcile()

    async def sent(self, count: int = 1) -> list[str]:
        """The messages that the agent got, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE_S):
            await self.cloud.wait_for("POST", TURN, count)
        return self.cloud.said

    async def rendered(self, count: int = 1) -> list[dict[str, Any]]:
        """What the exports that the backend got ask for, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE_S):
            await self.cloud.wait_for("POST", RENDER, count)
        return [one.json() for one in self.cloud.of("POST", RENDER)]

    async def close(self) -> None:
        """The end of all of it; it may be called twice."""
        if self._engine is not None:
            await self._engine.close()
        if self._journal is not None:
            await self._journal.close()
        self._journal = None
        release_owner(self.other)
        await self.cloud.down()

    # -- the journal --------------------------------------------------------------------------

    def _fill(self, connection: sqlite3.Connection) -> None:
        key = LOCAL if self.is_local else self._url
        for session in self._sessions:
            sessions.save(connection, replace(session, backend=session.backend or key))
            self.cloud.sessions.append(session.id)
        self._put(connection, *self._rows)
        for draft, turn_id, session_id in self._drafts:
            drafts.keep(connection, drafts.seen_draft(session_id, draft, turn_id, NOW))

    def _put(self, connection: sqlite3.Connection, *records: Turn | Asset | Render) -> None:
        for record in records:
            match record:
                case Turn():
                    owner = self.other if record.state in turns.UNDER_WAY else ""
                    _put(connection, turns.LAYOUT, replace(record, owner=owner))
                case Asset():
                    owner = self.other if record.state is AssetState.UPLOADING else ""
                    row = AssetRow(record, remote_name=record.name, owner=owner)
                    _put(connection, assets.LAYOUT, row)
                    if record.label:
                        assets.relabel(connection, record.id, record.label)
                case Render():
                    owner = "" if record.state.is_over else self.other
                    _put(connection, renders.LAYOUT, replace(record, owner=owner))

    # -- the backend --------------------------------------------------------------------------

    async def _work(self, exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD)
        await self.cloud.release.wait()
        await exchange.send(chunk(text_event(self.says)) + b"0\r\n\r\n")

    def _studio_routes(self) -> None:
        self.cloud.on("GET", "/studio/lease", _until_the_end)
        self.cloud.on("POST", "/studio/originals", self._open)
        self.cloud.on("POST", "/studio/frames", self._draw)
        if self.is_local:
            self.cloud.on("POST", "/studio/restore/*", self._restore)
            able = dict.fromkeys(("frames", "media", "lease", "plan", "restore"), True)
            sizes = dict.fromkeys(("render_size", "render_fps", "render_formats"), self.takes_sizes)
            said = {"operations": self.operations}
            self.cloud.on("GET", "/studio/capabilities", ok(able | sizes | said))
            self.cloud.on("GET", "/studio/frames/*", self._draw)

    async def _open(self, exchange: Exchange) -> None:
        files = exchange.request.json()["files"]
        given = [{"id": f"m{number}", "refused": ""} for number, _ in enumerate(files)]
        if self.opens_not:
            given = [{"id": "", "refused": self.opens_not} for _ in files]
        await ok({"files": given})(exchange)

    async def _restore(self, exchange: Exchange) -> None:
        self.cloud.draft = exchange.request.json()["draft"]
        await ok({"version": 1})(exchange)

    async def _draw(self, exchange: Exchange) -> None:
        request = exchange.request
        query = {name: int(one) for name, one in parse_qsl(request.target.partition("?")[2])}
        self.frames_asked.append((query["at"], query["count"], query["fps"]))
        self.sizes_asked.append((query["width"], query["height"]))
        if query["at"] >= self.gate_from_ms:
            await self.gate.wait()
        text = request.target + json.dumps(request.json() if request.body else "")
        special = (one for words, one in self.pictures_of.items() if words in text)
        picture = next(special, None if "version" in query else self.picture)
        if self.draws_not:
            await reply({"code": 4001, "message": self.draws_not}, status=400)(exchange)
        elif picture is None:
            await reply({"detail": "no such timeline"}, status=404)(exchange)
        else:
            await reply(body=picture * query["count"], content_type="image/png")(exchange)


class WorldApp(VbtuiApp):
    """The app in a world, which ends when it does."""

    def __init__(self, world: World) -> None:
        super().__init__(
            world.made, world.settings, is_local=world.is_local, clock=world.screen_clock
        )
        self._world = world

    async def run_async(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().run_async(*args, **options)
        finally:
            await self.end()

    async def end(self) -> None:
        await self.close_engine()
        await self._world.close()


async def _until_the_end(exchange: Exchange) -> None:
    await exchange.send(STREAM_HEAD)
    await asyncio.Event().wait()


def _put(connection: sqlite3.Connection, layout: Any, record: Any) -> None:
    """Write a record over the one with its id, or as a new one."""
    if layout.find(connection, record.id) is not None:
        layout.save(connection, record.id, record)
        return
    given = layout.insert(connection, record)
    if isinstance(record.id, int) and record.id:
        layout.update(connection, given, {"id": record.id})
