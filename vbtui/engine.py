"""The engine: every service of vbtui, wired together, without a screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vbtui.base.clock import Clock, SystemClock
from vbtui.base.errors import (
    DiskProblem,
    NetworkError,
    SessionNotFound,
    SignInRefused,
    StudioProblem,
    UsageError,
    VbtuiError,
    first_of,
)
from vbtui.base.settings import Settings
from vbtui.conversation.conversation import Conversation
from vbtui.exports.exports import Exports
from vbtui.fallback.pictures import Previews
from vbtui.fallback.process import HereStudio
from vbtui.hands import Hands
from vbtui.interchange.service import WaysOut
from vbtui.journal import Journal
from vbtui.journal.records import Asset, DraftVersion, ExportOptions, Render, Session
from vbtui.language.quotes import is_chinese
from vbtui.media.library import Library
from vbtui.offer_here import OfferHere
from vbtui.session.backend import choose
from vbtui.session.context import Context, Service
from vbtui.session.drafts import Drafts
from vbtui.session.events import Bus, SessionOpened
from vbtui.session.link import Connection
from vbtui.session.projects import Sessions
from vbtui.session.records import Credits, Link, Overview

_URL = re.compile(r"https?://[^\s<>\"']+")
_LOOK_LIMIT_S = 10.0
"""An export does not wait longer than this for the newest draft; it takes the last one seen."""
_AGAIN_S = 10.0
_NOT_MENDED_BY_WAITING = (StudioProblem, DiskProblem, UsageError)


class Engine:
    """One vbtui at work: a journal, a backend, a session and their services.

    Args:
        settings: of this start.
        local: work with the embedded studio.
        server: the base URL of another backend; empty: the settings' API.
        project: open the session of that name, or make it; empty: the one used last.
        new_project: make a session of that name in every case.
        folder: where finished videos go unless told otherwise.
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
        folder: Path,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.settings = settings
        self.bus = Bus()
        self._journal = Journal(settings.directories.journal)
        self._backend = choose(settings, clock, local=local, server=server)
        self._context = Context(
            settings=settings,
            clock=clock,
            bus=self.bus,
            journal=self._journal,
            is_local=self._backend.is_local,
            backend=self._backend.key,
            folder=folder,
            overview=Overview(self._backend.label),
        )
        self.drafts = Drafts(self._context)
        self.library = Library(self._context)
        self._studio_here = HereStudio(self._context)
        self.previews = Previews(self._context, self._studio_here)
        self.exports = Exports(
            self._context,
            newest_draft=self._newest_draft,
            find_draft=self._find_draft,
            studio=self._studio_here,
            refused=lambda render: self._offer_here.refused(render),
        )
        self.way_out = WaysOut(self._context, self.drafts, lambda: self.library.assets)
        self.conversation = Conversation(self._context, self.drafts, self._hands())
        self._offer_here = OfferHere(
            self._context, self.exports, self.conversation.note, self._speaks_chinese
        )
        self.sessions = Sessions(
            self._context,
            project=project,
            new_project=new_project,
            load=self._load,
            reconcile=self._reconcile,
            replaced=self._session_replaced,
        )
        self.connection = Connection(self._context, self._backend, self._connected)
        self._is_open = False

    @property
    def overview(self) -> Overview:
        """What the header shows, as of now."""
        return self._context.overview

    @property
    def services(self) -> tuple[Service, ...]:
        """The loops that do the work; the caller runs each as a task until `close`."""
        return tuple(
            Service(name, self._kept_alive(run))
            for name, run in (
                ("session", self._session_loop),
                ("turns", self.conversation.run),
                ("uploads", self.library.run),
                ("watch", self.library.run_watch),
                ("renders", self.exports.run),
            )
        )

    async def start(self) -> None:
        """Show what the journal knows, then bring up the backend and make both agree.

        A backend that is away or refuses the sign-in is no error here: `overview` says it, and
        the session service tries again.

        Raises:
            DiskProblem: the journal or the credentials cannot be used.
            StudioMissing, StudioProblem: the local studio cannot run.
            UsageError: the backend's address cannot be used.
        """
        connecting = asyncio.create_task(self._backend.connect(), name="backend")
        try:
            await self._journal.open()
            self._is_open = True
            await self.sessions.pick()
            await self._load()
        except BaseException:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            raise
        if self.sessions.current is not None:
            self.bus.publish(SessionOpened(self.sessions.current.id))
        try:
            await self.connection.connect(connecting)
        except _NOT_MENDED_BY_WAITING:
            raise
        except VbtuiError:
            return

    async def close(self) -> None:
        """End everything that was started here, the child studio too. It may be called twice."""
        await asyncio.gather(self._backend.close(), self._studio_here.close())
        self._context.use_client(None)
        if self._is_open:
            self._is_open = False
            await self._journal.close()
        self._context.close()

    async def refresh_credits(self) -> Credits | None:
        """Ask for the balance; None when it is not known."""
        return await self._context.refresh_credits()

    def retry_now(self) -> None:
        """Try to reach the backend at once."""
        self.connection.retry_now()

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

    # -- wiring -------------------------------------------------------------------------------

    def _hands(self) -> Hands:
        return Hands(
            export=self._export,
            upload=self._upload,
            upload_again=self.library.upload_again,
            assets=lambda: self.library.assets,
            renders=self._renders_here,
            estimate=self.exports.known_estimate_s,
            render_here=lambda offer: self._offer_here.take(offer),
        )

    async def _export(self, options: ExportOptions) -> Render:
        render = await self.exports.start(options)
        await self._offer_here.begun(render)
        return render

    def _speaks_chinese(self) -> bool:
        said = [turn.text for turn in self.conversation.turns if turn.text]
        return bool(said) and is_chinese(said[-1])

    def _renders_here(self) -> Sequence[Render]:
        session = self.sessions.current
        return [one for one in self.exports.renders if session and one.session_id == session.id]

    async def _upload(self, text: str) -> Sequence[Asset]:
        """Upload what a text consists of, else the addresses that it mentions."""
        added = await self.library.add_text(text)
        if added:
            return added
        return [await self.library.add_url(url.rstrip(".,;)")) for url in _URL.findall(text)]

    async def _newest_draft(self) -> DraftVersion | None:
        """The draft as the backend has it now, where it can be asked."""
        if self.overview.link is Link.READY:
            with suppress(VbtuiError, TimeoutError):
                async with asyncio.timeout(_LOOK_LIMIT_S):
                    await self.drafts.refresh()
        return self.drafts.current

    async def _find_draft(self, session_id: str, version: int) -> DraftVersion | None:
        return await self.drafts.find(version, session_id=session_id)

    # -- start and change of session ----------------------------------------------------------

    async def _connected(self) -> None:
        """Signed in: open a session, and bring everything up to date."""
        had_session = self.sessions.current is not None
        await self.sessions.ensure()
        if not had_session and self.sessions.current is not None:
            await self._load()
            self.bus.publish(SessionOpened(self.sessions.current.id))
        self._context.link_restored()
        await self._reconcile()

    async def _load(self) -> None:
        """Everything of the open session, from the journal."""
        for load in (
            self.drafts.load,
            self.conversation.load,
            self.library.load,
            self.exports.load,
        ):
            await load()

    async def _reconcile(self) -> None:
        """Ask the backend about everything of the open session."""
        try:
            await self.drafts.refresh()
        except SessionNotFound:
            await self._context.replace_session(self._context.session.id)
            await self.sessions.settle()
        except (NetworkError, SignInRefused) as error:
            self._context.link_lost(error)
            return
        except VbtuiError as error:
            self._context.notice(error.title, error.message, error.hint, severity="warning")
        for reconcile in (
            self.conversation.reconcile,
            self.library.reconcile,
            self.exports.reconcile,
        ):
            try:
                await reconcile()
            except VbtuiError as error:
                self._context.link_lost(error)

    async def _session_replaced(self, session: Session) -> None:
        """wire.md, code 1002: say so, unless the turn that met it has said it already."""
        turns = self.conversation.turns
        if turns and "upload_again" in turns[-1].offers:
            return
        offers = ("upload_again",) if self.library.assets else ()
        await self.conversation.note(
            f"The backend no longer knows this project. A new one was made for “{session.name}”; "
            "your files can be uploaded again.",
            offers=offers,
        )

    async def _session_loop(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.connection.run(), name="connection")
            group.create_task(self.sessions.run(), name="sessions")

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
                    error = first_of(group)
                    self._context.notice(error.title, error.message, error.hint, severity="error")
                await self._context.clock.sleep(_AGAIN_S)

        return loop
