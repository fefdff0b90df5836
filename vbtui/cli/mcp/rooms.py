"""The projects that an agent works on: each is opened when it is first asked for, and stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from vbtui.base.errors import StudioProblem, UsageError, VbtuiError
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.cli.door import SERVICES, Door, engine_of, find_project
from vbtui.cli.progress import Progress
from vbtui.cli.shell import Shell, demand_backend, show_notice, show_render
from vbtui.engine import Engine
from vbtui.journal.records import Session
from vbtui.session.events import AssetChanged, Event, Noticed, RenderChanged, TurnChanged

_T = Translation
_NO_SUCH = _T("There is no project “{name}”.", "没有项目“{name}”。")
_NONE_YET = _T("There is no project yet.", "还没有项目。")
_HOW = _T(
    "The tool projects lists them; add_media makes one of files and a name.",
    "工具 projects 列出项目；add_media 用文件和名称新建项目。",
)
_CLOSED = _T("The project was closed.", "项目已关闭。")
_MOST_OPEN = 6
_OUT_S = 0.2
"""After so long an answer has been written."""
_UNKNOWN = "agent"

R = TypeVar("R")
Tell = Callable[[str], None]


class Room:
    """A project at work; one thing after the other is done in it, as it is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shell = Shell(engine, self._heard, SERVICES)
        self.shell.progress = _Told(self._say)
        self.door = Door(self.shell)
        self._tell: Tell = lambda _: None
        self._lock = asyncio.Lock()
        self._ready = asyncio.Event()
        self._ends = asyncio.Event()
        self._open = asyncio.create_task(self._stays_open(), name="room")
        self._at_work: set[asyncio.Task[Any]] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self.exports: set[str] = set()
        """The ids of those whose end the agent has not been told."""

    @property
    def session(self) -> Session:
        found = self.engine.sessions.current
        assert found is not None
        return found

    @property
    def is_open(self) -> bool:
        return not self._open.done()

    @property
    def is_busy(self) -> bool:
        return bool(self._at_work)

    async def opened(self) -> None:
        """Returns when it is at work. Raises `VbtuiError` where it cannot be."""
        await self._or_its_end(self._ready.wait())

    async def does(self, work: Callable[[], Awaitable[R]], tell: Tell) -> R:
        """What `work` gives, which waits for what is under way here. Raises what it raises, or what ended the room.

        Where this is cancelled, so is the work: it is not waited for.
        """

        async def alone() -> R:
            async with self._lock:
                self._tell = tell
                try:
                    return await work()
                finally:
                    self._tell = lambda _: None

        return await self._or_its_end(alone())

    async def looks(self, work: Coroutine[Any, Any, R]) -> R:
        """`does`, for what changes nothing and waits for nobody."""
        return await self._or_its_end(work)

    def is_told_soon(self) -> None:
        """What came of what was said is on its way to the agent: until it is out, it counts as not told."""

        async def tells() -> None:
            await asyncio.sleep(_OUT_S)
            await self.door.is_told()

        task = asyncio.create_task(tells(), name="told")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """End its engine, and what is under way."""
        for task in self._at_work:
            task.cancel()
        if left := self._at_work | self._telling:
            await asyncio.wait(left)
        self._ends.set()
        with suppress(VbtuiError):
            await self._open

    async def _or_its_end(self, work: Coroutine[Any, Any, R]) -> R:
        task = asyncio.ensure_future(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        try:
            await asyncio.wait([task, self._open], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return task.result()
        task.cancel()
        self._open.result()
        raise StudioProblem(_CLOSED)

    async def _stays_open(self) -> None:
        async with self.shell.at_work():
            demand_backend(self.engine.overview)
            self._ready.set()
            await self._ends.wait()

    def _say(self, text: str) -> None:
        self._tell(text)

    def _heard(self, event: Event) -> None:
        progress = self.shell.progress
        match event:
            case AssetChanged(asset):
                self.door.heard(asset)
            case TurnChanged(turn) if turn.id == self.door.waits_for:
                progress.update(turn.activity or clean_line(turn.reply)[-200:], None)
            case RenderChanged(render) if render.id in {one.id for one in self.shell.renders}:
                show_render(progress, render)
            case Noticed():
                show_notice(progress, event)
            case _:
                pass


class _Told(Progress):
    """Progress as sentences that somebody is told; nothing is written."""

    form: ClassVar[str] = "json"

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def _object(self, event: str, text: str, **more: object) -> None:
        share = more.get("share")
        told = f"{text} {share:.0%}" if isinstance(share, float) else text
        if told := clean_line(told):
            self._tell(told)


class Rooms:
    """Every project that is open.

    Args:
        at: where projects are, as `door.find_project` takes it.
        name: the project where none is named; empty: the last one that was, else the last one that was open.
        is_local: whether a new project is made at the local studio.
        folder: where finished videos go unless told otherwise.
    """

    def __init__(
        self, settings: Settings, at: dict[str, Any], name: str, folder: Path, *, is_local: bool
    ) -> None:
        self.settings, self.at, self.folder = settings, at, folder
        self._name, self._is_local = name, is_local
        self.author = _UNKNOWN
        """The agent's name."""
        self.may_spend = False
        """The user said that it need not be asked again."""
        self._rooms: dict[str, Room] = {}
        self._lock = asyncio.Lock()

    def is_called(self, name: str) -> None:
        """So the agent calls itself."""
        self.author = clean_line(name).strip() or _UNKNOWN

    async def find(self, name: str = "") -> Session | None:
        """The project that is meant; None where there is none. Asks nobody."""
        return await find_project(self.settings, name or self._name, **self.at)

    async def session(self, name: str = "") -> Session:
        """The project that is meant. Raises `UsageError` where there is none."""
        found = await self.find(name)
        if found is None:
            wanted = name or self._name
            raise UsageError(
                _NO_SUCH.of(name=clean_line(wanted)) if wanted else _NONE_YET, hint=_HOW
            )
        self._name = found.id
        return found

    async def room(self, name: str = "", *, makes: bool = False) -> Room:
        """That project at work. Raises `VbtuiError` where there is none, or its backend is away.

        Args:
            makes: it is made where there is none of that name.
        """
        async with self._lock:
            if makes and name and await self.find(name) is None:
                engine = self._new(name)
            else:
                session = await self.session(name)
                known = self._rooms.get(session.id)
                if known is not None and known.is_open:
                    self._rooms[session.id] = self._rooms.pop(session.id)  # used last
                    return known
                engine = engine_of(self.settings, session, self.author, self.folder)
            await self._make_room()
            room = Room(engine)
            try:
                await room.opened()
            except BaseException:
                await room.close()
                raise
            self._name = room.session.id
            self._rooms[room.session.id] = room
            return room

    async def close(self) -> None:
        """End all of them."""
        rooms, self._rooms = [*self._rooms.values()], {}
        await asyncio.gather(*(room.close() for room in rooms))

    def _new(self, name: str) -> Engine:
        return Engine(
            self.settings,
            local=self._is_local,
            server="" if self._is_local else self.at["server"],
            project=name,
            folder=self.folder,
            author=self.author,
        )

    async def _make_room(self) -> None:
        idle = [key for key, room in self._rooms.items() if not room.is_busy or not room.is_open]
        while len(self._rooms) >= _MOST_OPEN and idle:
            await self._rooms.pop(idle.pop(0)).close()
