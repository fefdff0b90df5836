"""The engine: every service of vbtui, wired together, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.clock import Clock, SystemClock
from vbtui.base.errors import (
    DiskProblem,
    StudioProblem,
    UsageError,
    VbtuiError,
    first_of,
)
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line
from vbtui.commands import Commands
from vbtui.conversation.conversation import Conversation
from vbtui.exports.exports import Exports
from vbtui.fallback.pictures import Previews
from vbtui.fallback.process import HereStudio
from vbtui.interchange.service import WaysOut
from vbtui.journal.journal import Journal
from vbtui.journal.owners import Neighbours, News, Suspended
from vbtui.media.library import Library
from vbtui.session.backend import Connection, choose
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import Bus, Overview, SessionOpened
from vbtui.session.hooks import Hooks
from vbtui.session.projects import Sessions

if TYPE_CHECKING:
    pass


_AGAIN_S = 10.0
_LONGEST_AUTHOR = 40
_LONGER_S = 20.0
"""So much longer than for one that stands still the journal is waited for: it may have that locked."""
_NOT_MENDED_BY_WAITING = (StudioProblem, DiskProblem, UsageError)


@dataclass(frozen=True, slots=True)
class Service:
    """A long-running loop of the engine; the caller runs it as a task of that name."""

    name: str
    """`session`, `turns`, `uploads`, `watch` or `renders`."""
    run: Callable[[], Coroutine[Any, Any, None]]
    """Works until it is cancelled; waits on events when there is nothing to do."""


class Engine:
    """One vbtui at work: a journal, a backend, a session and their services.

    Args:
        settings: of this start.
        local: work with the embedded studio.
        server: the base URL of another backend; empty: the settings' API.
        project: open the session of that name, or make it; empty: the one used last.
        new_project: make a session of that name in every case.
        purpose: open the session that was made for it, else make it for that, off the list (`Sessions.begin`).
        folder: where finished videos go unless told otherwise.
        author: who works in the user's place: a command, an agent; empty: the user, at the screen.
        clock: for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        local: bool = False,
        server: str = "",
        project: str = "",
        new_project: str = "",
        purpose: str = "",
        folder: Path,
        author: str = "",
        clock: Clock | None = None,
    ) -> None:
        clock = self.clock = clock or SystemClock()
        self.settings = settings
        self.bus = Bus()
        self._journal = Journal(
            settings.directories.journal,
            patience_s=settings.timing.hung + _LONGER_S,
            tell=lambda problem: self._context.notice(problem, "warning"),
        )
        self._neighbours = Neighbours(
            self._journal, settings.directories.alive, settings.timing.hung
        )
        backend = choose(settings, clock, local=local, server=server)
        self._context = Context(
            settings=settings,
            clock=clock,
            bus=self.bus,
            journal=self._journal,
            is_local=backend.is_local,
            backend=backend.key,
            folder=folder,
            overview=Overview(backend.label),
            author=clean_line(author)[:_LONGEST_AUTHOR],
        )
        self.sessions = Sessions(
            self._context, project=project, new_project=new_project, purpose=purpose
        )
        self.connection = Connection(self._context, backend, self.sessions)
        self.drafts = Drafts(self._context)
        self.library = Library(self._context, self.sessions)
        self._studio_here = HereStudio(self._context)
        self.previews = Previews(self._context, self._studio_here)
        self.exports = Exports(self._context, self.sessions, self.drafts, self._studio_here)
        self.way_out = WaysOut(self._context, self.drafts)
        self.conversation = Conversation(self._context, self.sessions, self.drafts)
        self.commands = Commands(
            self._context,
            self.sessions,
            self.conversation,
            self.drafts,
            self.library,
            self.exports,
        )
        self.hooks = Hooks(self._context)
        self.sessions.rooms = (self.drafts, self.conversation, self.library, self.exports)
        self._watching: asyncio.Task[None] | None = None
        self.is_open = False
        """Whether what is said and asked can be kept."""

    def use(self, settings: Settings) -> None:
        """Go by these from now on; what was made with the ones before stays as it is."""
        self.settings = self._context.settings = settings

    @property
    def overview(self) -> Overview:
        """What the header shows, as of now."""
        return self._context.overview

    async def explained(self, error: VbtuiError) -> VbtuiError:
        """`error` with what is known here of its way out: whose token it was, where to register."""
        problem = await self._context.problem_of(error, chinese=False)
        return error if problem.code == error.code else problem.error(type(error))

    @property
    def services(self) -> tuple[Service, ...]:
        """The loops that do the work; the caller runs each as a task until `close`."""
        return tuple(
            Service(name, self._kept_alive(run))
            for name, run in (
                ("session", self._session_loop),
                ("turns", self.commands.run),
                ("uploads", self.library.run),
                ("watch", self.library.run_watch),
                ("renders", self.exports.run),
            )
        )

    async def open(self) -> None:
        """Show what the journal knows, while the backend is brought up.

        Raises `DiskProblem` when the journal cannot be used.
        """
        self.connection.begin()
        self._watching = asyncio.create_task(
            self._neighbours.watch(self._heard_of), name="neighbours"
        )
        try:
            await self._journal.open()
            self.is_open = True
            await self.sessions.pick()
            await self.sessions.load()
        except BaseException:
            self.is_open = False
            await self.connection.close()
            await self._end_watching()
            await self._journal.close()
            raise
        if self.sessions.current is not None:
            self.bus.publish(SessionOpened(self.sessions.current.id))

    async def start(self) -> None:
        """Open, unless that is done, then make journal and backend agree.

        A backend that is away or refuses the sign-in is no error here: `overview` says it, and
        the session service tries again.

        Raises:
            DiskProblem: the journal or the credentials cannot be used.
            StudioMissing, StudioProblem: the local studio cannot run.
            UsageError: the backend's address cannot be used.
        """
        if not self.is_open:
            await self.open()
        try:
            await self.connection.connect()
        except _NOT_MENDED_BY_WAITING:
            raise
        except VbtuiError:
            return

    async def close(self) -> None:
        """End everything that was started here, the child studio too. It may be called twice."""
        await self.hooks.begun()
        await asyncio.gather(self.connection.close(), self._studio_here.close())
        self._context.use_client(None)
        await self._end_watching()
        self.is_open = False
        await self._journal.close()
        self._context.close()

    @property
    def is_idle(self) -> bool:
        """Whether no turn, upload or render is under way or will begin by itself."""
        renders = all(render.state.is_over for render in self.exports.renders)
        return renders and self.conversation.is_idle and not self.library.is_busy

    async def wait_idle(self) -> None:
        """Returns when `is_idle` holds."""
        while True:
            await self.conversation.wait_idle()
            await self.library.wait_idle()
            await self.exports.wait_idle()
            if self.is_idle:
                return

    async def _session_loop(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.connection.run(), name="connection")
            group.create_task(self.sessions.run(), name="sessions")

    async def _heard_of(self, news: News) -> None:
        """Go on with what a process had that is no more; say who keeps what it has."""
        if isinstance(news, Suspended):
            self._context.notice(Problem.coded("suspended", pid=news.pid), "warning")
            return
        if news.was_hung:
            self._context.notice(Problem.coded("hung", pid=news.pid), "warning")
        if not self.is_open:
            return
        try:
            await self.sessions.load()
            await self.sessions.reconcile()
        except VbtuiError as error:
            self._context.notice(Problem.of(error), "error")

    async def _end_watching(self) -> None:
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.wait([watching])

    def _kept_alive(
        self, run: Callable[[], Awaitable[None]]
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        """`run`, begun again after a disk problem: it is told, and the loop goes on."""

        async def loop() -> None:
            while True:
                try:
                    await run()
                    return
                except* VbtuiError as group:
                    self._context.notice(Problem.of(first_of(group)), "error")
                await self._context.clock.sleep(_AGAIN_S)

        return loop
