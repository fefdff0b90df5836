"""The projects of this backend: which one is open, and making, naming and leaving them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from vbtui.base.clock import first
from vbtui.base.errors import (
    BadReply,
    NetworkError,
    SessionNotFound,
    SignInRefused,
    UsageError,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal import sessions as rows
from vbtui.journal.records import Session
from vbtui.session.context import Context
from vbtui.session.events import SessionOpened

_LISTED = Translation("/sessions lists them.", "/sessions 列出所有项目。")
_NAMELESS = Translation("A project needs a name.", "项目需要名称。")
_NO_CLAIM = Translation(
    "The backend gave no claim token, so there is no link.", "后台没有给出认领令牌，因此没有链接。"
)
_DEFAULT_NAME = Translation("project", "项目")
"""Of a project that nobody named."""
_MAX_NAME = 120
_YOUNG_S = 600.0
"""A replacement that is lost sooner is not replaced: the next one would be lost as well."""
LOOK_ELSEWHERE_S = 0.5
"""Between two looks whether another process wrote to the journal."""
_LOOK_RARELY_S = 5.0
"""The same for one of many engines at work, whose project is its own."""


class Room(Protocol):
    """A service that shows the open session."""

    async def load(self) -> None:
        """Show what the journal knows of it."""
        ...

    async def reconcile(self) -> None:
        """Ask the backend about it, now that it can be asked. Raises `VbtuiError`."""
        ...


class Sessions:
    """The sessions of one backend.

    Args:
        context: the engine's.
        project: open the session of that name or id, or make it; empty: the one used last.
        new_project: make a session of that name in every case.
        purpose: open the one that was made for it instead, where there is one (`begin`).
    """

    def __init__(
        self,
        context: Context,
        *,
        project: str = "",
        new_project: str = "",
        purpose: str = "",
    ) -> None:
        self._context = context
        self._project = clean_name(project)
        self._new_project = clean_name(new_project)
        self._purpose = purpose
        self.rooms: Sequence[Room] = ()
        """What shows the open session, in the order in which it is brought up to date."""
        self._making = asyncio.Lock()
        self._moved = asyncio.Event()

    @property
    def is_named(self) -> bool:
        """Whether this start is for one project alone."""
        return bool(self._project or self._new_project)

    @property
    def current(self) -> Session | None:
        """The open session; None before the first one was made."""
        return self._context.overview.session

    async def list(self) -> list[Session]:
        """Every session of this backend that was not forgotten, last used first."""
        backend = self._context.backend
        return await self._context.journal.run(lambda c: rows.every(c, backend))

    async def free_name(self, name: str) -> str:
        """`name`, with a number behind it where a session is called so already."""
        names = {session.name for session in await self.list()}
        number = 1
        while (free := name if number == 1 else f"{name} {number}") in names:
            number += 1
        return free

    # -- start --------------------------------------------------------------------------------

    async def pick(self) -> None:
        """Choose the session to go on with from the journal; asks nobody."""
        known = await self._context.journal.run(self._known)
        if known is not None:
            await self._use(known)

    def _known(self, connection: sqlite3.Connection) -> Session | None:
        """The session that this start is for, where there is one."""
        if self._purpose:
            return rows.made_for(connection, self._purpose)
        if self._new_project:
            return None
        return rows.findable(connection, self._project, self._context.backend)

    async def ensure(self) -> None:
        """Make a session if none is open. Raises what `Client.create_session` raises.

        Another process may do the same at this moment. All use the one that was written down first: what
        lands in a watched folder is sent to one project. The other one stays empty at the backend.
        """
        async with self._making:
            if self.current is None:
                await self.pick()
            if self.current is None:
                name = self._new_project or self._project or _DEFAULT_NAME.of()
                await self._use(await self._make(name, otherwise=self._known))

    async def connected(self) -> None:
        """Signed in: open a session, and bring everything up to date.

        Raises what `Client.create_session` raises.
        """
        had_session = self.current is not None
        await self.ensure()
        if not had_session and self.current is not None:
            await self.load()
            self._context.bus.publish(SessionOpened(self.current.id))
        self._context.link_restored()
        await self.reconcile()

    async def load(self) -> None:
        """Everything of the open session, from the journal."""
        for room in self.rooms:
            await room.load()

    async def reconcile(self) -> None:
        """Ask the backend about everything of the open session; what fails is told."""
        for room in self.rooms:
            try:
                await room.reconcile()
            except SessionNotFound:
                await self.replace(self._context.session.id)
                await self.settle()
            except (NetworkError, SignInRefused) as error:
                self._context.link_lost(error)
                return
            except VbtuiError as error:
                self._context.notice(Problem.of(error), "warning")

    # -- verbs --------------------------------------------------------------------------------

    async def open(self, session_id: str) -> Session:
        """Show another session from now on. Raises `UsageError` when there is none of that id."""
        found = await self._context.journal.run(lambda c: rows.find(c, session_id))
        if found is None or found.backend != self._context.backend:
            raise UsageError(code="usage.no_project", hint=_LISTED)
        return await self._show(found)

    async def new(self, name: str = "") -> Session:
        """Make a session and show it. Raises what `Client.create_session` raises."""
        async with self._making:
            made = await self._make(clean_name(name) or await self.free_name(_DEFAULT_NAME.of()))
        return await self._show(made)

    async def begin(self, name: str, purpose: str) -> Session:
        """Show the session that was made for `purpose`; where there is none, make it under that name, off the list.

        One that was begun by a process that died is gone on with. Raises what `Client.create_session` raises.
        """
        async with self._making:
            self._new_project, self._purpose = clean_name(name), purpose
            made = await self._context.journal.run(self._known)
            made = made or await self._make(self._new_project, otherwise=self._known)
        return await self._show(made)

    async def rename(self, session_id: str, name: str) -> None:
        """Call a session otherwise; the name is vbtui's alone, the backend is not told."""
        name = clean_name(name)
        if not name:
            raise UsageError(_NAMELESS)
        found = await self._context.journal.run(lambda c: rows.find(c, session_id))
        if found is None:
            raise UsageError(code="usage.no_project", hint=_LISTED)
        renamed = replace(found, name=name)
        await self._context.journal.run(lambda c: rows.save(c, renamed))
        if self.current is not None and self.current.id == session_id:
            self._context.update(session=renamed)

    async def forget(self, session_id: str) -> None:
        """Take a session off the list; when it is the open one, another is shown instead."""
        others = [session for session in await self.list() if session.id != session_id]
        if self.current is not None and self.current.id == session_id:
            if others:
                await self._show(others[0])
            else:
                await self.new()
        now = self._context.clock.now()
        await self._context.journal.run(lambda c: rows.forget(c, session_id, now))

    async def replace(self, lost_id: str) -> Session:
        """wire/README.md, Errors: 1002: a new session in place of one that the backend lost.

        It is made once, however many services ask. What vbtui knows of the lost one moves along,
        media to be uploaded again when the user wants it; it is read anew by the session service.
        Raises `SessionNotFound` where the lost one is itself such a new one, and what
        `Client.create_session` raises.
        """
        async with self._making:
            known = await self._context.journal.run(lambda c: rows.replacement(c, lost_id))
            if known is None:
                known = await self._make_replacement(lost_id)
        if self.current is not None and self.current.id == lost_id:
            self._context.update(session=known)
            self._moved.set()
        return known

    # -- links --------------------------------------------------------------------------------

    async def claim_link(self) -> str:
        """The link that takes this project over into an account in the browser.

        Raises `BadReply` and what `Client.claim_token` raises.
        """
        session = self._context.session
        token = await self._context.client.claim_token(session.task_id, session.id)
        return claim_link(self._context.settings.web_url, token)

    def registration_link(self) -> str:
        """The registration page for this user; empty where there is none."""
        return self._context.registration_link

    # -- loop ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Reads anew what another process, or a replaced session, changed."""
        while True:
            if self._moved.is_set():
                await self.settle()
            elif await self._context.journal.changed_elsewhere():
                await self._changed_elsewhere()
            pause_s = _LOOK_RARELY_S if self._purpose else LOOK_ELSEWHERE_S
            await first(self._moved.wait(), self._context.clock.sleep(pause_s))

    async def settle(self) -> None:
        """After a replacement: show the new session's content."""
        session = self.current
        if self._moved.is_set() and session is not None:
            self._moved.clear()
            await self.load()
            self._context.bus.publish(SessionOpened(session.id))

    async def _changed_elsewhere(self) -> None:
        session = self.current
        if session is not None:
            new = await self._context.journal.run(lambda c: rows.replacement(c, session.id))
            found = new or await self._context.journal.run(lambda c: rows.find(c, session.id))
            if found is not None and (found.id, found.name) != (session.id, session.name):
                self._context.update(session=found)
                if found.id != session.id:
                    self._moved.set()
                    return
        await self.load()

    # -- inside -------------------------------------------------------------------------------

    async def _use(self, session: Session) -> Session:
        """It is the open one; which one the user had open last, and what is on the list, only the user changes."""
        used = session
        if not self._context.author:
            used = replace(session, used_at=self._context.clock.now())
            await self._context.journal.run(lambda c: rows.save(c, used))
        self._context.update(session=used)
        return used

    async def _show(self, session: Session) -> Session:
        used = await self._use(session)
        self._moved.clear()
        await self.load()
        self._context.bus.publish(SessionOpened(used.id))
        await self.reconcile()
        return used

    async def _make(
        self,
        name: str,
        *,
        otherwise: Callable[[sqlite3.Connection], Session | None] = lambda _: None,
    ) -> Session:
        """Make a session at the backend and keep it, unless there is another one by then."""
        reply = await self._context.client.create_session(name, language())
        now = self._context.clock.now()
        session = Session(
            id=reply.session_id,
            backend=self._context.backend,
            name=name,
            task_id=reply.task_id,
            user_id=reply.user_id,
            created_at=now,
            used_at=now,
        )

        def keep(connection: sqlite3.Connection) -> Session:
            if (known := otherwise(connection)) is not None:
                return known
            if self._purpose:
                rows.make_for(connection, self._purpose, session)
            else:
                rows.save(connection, session)
            return session

        return await self._context.journal.run(keep)

    async def _make_replacement(self, lost_id: str) -> Session:
        journal, now = self._context.journal, self._context.clock.now()
        lost = await journal.run(lambda c: rows.find(c, lost_id))
        is_known = await journal.run(lambda c: rows.was_replaced(c, lost_id))
        is_young = lost is not None and now - lost.created_at < _YOUNG_S
        if is_known or (is_young and await journal.run(lambda c: rows.is_replacement(c, lost_id))):
            raise SessionNotFound(code="session_not_found.again", wire_code=1002)
        new = await self._make(lost.name if lost else _DEFAULT_NAME.of())
        if await journal.run(lambda c: new.id == lost_id or rows.was_replaced(c, new.id)):
            await journal.run(lambda c: rows.put(c, f"replaces:{new.id}", lost_id))
            raise SessionNotFound(code="session_not_found.again", wire_code=1002)
        await journal.run(lambda c: rows.replace(c, lost_id, new, now))
        return new


def claim_link(web_url: str, claim_token: str) -> str:
    """`<web>/workspace/claim?ct=clm_…` (wire/README.md, Endpoints). Raises `BadReply` for anything that
    is no claim token: the API token is in no link."""
    if not claim_token.startswith("clm_"):
        raise BadReply(_NO_CLAIM)
    return f"{web_url}/workspace/claim?ct={quote(claim_token, safe='')}"


def language() -> str:
    """The user's language as an ISO 639 code: the one that this process speaks, else from the locale; `en` where
    that says nothing."""
    if speaks_chinese():
        return "zh"
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            code = value.partition(".")[0].partition("@")[0].partition("_")[0].lower()
            is_other = code.isalpha() and 2 <= len(code) <= 3 and code != "zh"
            return code if is_other else "en"
    return "en"


def clean_name(name: str) -> str:
    """A project's name, as it is kept."""
    return clean_line(name)[:_MAX_NAME].strip()
