"""What every service of the engine is given: settings, time, journal, reports, backend, session."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from vbtui.base.clock import Clock
from vbtui.base.errors import (
    NetworkError,
    NoCredits,
    PlanBlocked,
    SignInRefused,
    Unreachable,
    VbtuiError,
)
from vbtui.base.problem import Problem, Severity
from vbtui.base.settings import Settings
from vbtui.journal import sessions as rows
from vbtui.journal.journal import Journal
from vbtui.journal.owners import new_owner, release_owner
from vbtui.journal.records import Session
from vbtui.session.events import Account, Bus, Link, Noticed, Overview, OverviewChanged

if TYPE_CHECKING:
    from vbtui.wire.client import Client
    from vbtui.wire.replies import CreditBalance

_USER_LIMIT_S = 10.0
_NO_PROJECT = "unreachable.no_project"


class Context:
    """Shared by the services of one engine.

    Args:
        settings, clock, bus, journal: as the engine made them; the journal is open.
        is_local: whether the backend is the embedded studio.
        backend: `local`, or the API's base URL; what `Session.backend` says.
        folder: where finished videos go unless told otherwise.
        overview: what the header shows at first.
        author: who works in the user's place (`Turn.author`); empty: the user, at the screen.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        bus: Bus,
        journal: Journal,
        is_local: bool,
        backend: str,
        folder: Path,
        overview: Overview,
        author: str = "",
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.bus = bus
        self.journal = journal
        self.is_local = is_local
        self.backend = backend
        self.folder = folder
        self.overview = overview
        self.author = author
        self.owner = new_owner()
        self._client: Client | None = None
        self._asked_for_user = False
        self._ready = asyncio.Event()
        self._lost = asyncio.Event()

    # -- backend ------------------------------------------------------------------------------

    @property
    def client(self) -> Client:
        """The signed-in client. Raises `SignInRefused` or `Unreachable` while there is none."""
        if self._client is not None:
            return self._client
        raise self.overview.away()

    def use_client(self, client: Client | None) -> None:
        """Give the services another client, or none."""
        self._client = client

    # -- session ------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The open session. Raises `Unreachable` while there is none yet."""
        if self.overview.session is None:
            problem = self.overview.problem
            raise problem.as_a(Unreachable) if problem else Unreachable(code=_NO_PROJECT)
        return self.overview.session

    # -- link ---------------------------------------------------------------------------------

    def update(
        self,
        *,
        link: Link | None = None,
        problem: Problem | None = None,
        session: Session | None = None,
        account: Account | None = None,
        credits: CreditBalance | None = None,
    ) -> None:
        """Change the overview and report it; what is None stays, but a link comes with its problem."""
        now = self.overview
        new = replace(
            now,
            link=link or now.link,
            session=session or now.session,
            account=account or now.account,
            credits=credits or now.credits,
            problem=problem if link else now.problem,
        )
        if new.link is Link.READY:
            self._lost.clear()
            self._ready.set()
        else:
            self._ready.clear()
            if new.link in (Link.OFFLINE, Link.REFUSED):
                self._lost.set()
        if new != now:
            self.overview = new
            self.bus.publish(OverviewChanged(new))

    def link_lost(self, error: VbtuiError) -> None:
        """A request showed that the backend is out of reach (or refuses the sign-in).

        Other errors change nothing here: they belong to the request alone.
        """
        if isinstance(error, SignInRefused):
            self.update(link=Link.REFUSED, problem=Problem.of(self._with_token_named(error)))
        elif isinstance(error, NetworkError):
            self.update(link=Link.OFFLINE, problem=Problem.of(error))

    def link_restored(self) -> None:
        """A request was answered."""
        if self._client is not None and self.overview.session is not None:
            self.update(link=Link.READY)

    async def wait_ready(self) -> None:
        """Returns when the backend is reached, signed in, and a session is open."""
        await self._ready.wait()

    async def wait_lost(self) -> None:
        """Returns when the link is offline or refused."""
        await self._lost.wait()

    # -- reports ------------------------------------------------------------------------------

    async def ask_credits(self) -> CreditBalance:
        """The balance as the backend says it now, also put in the overview.

        Raises what `Client.credits` raises.
        """
        credits = await self.client.credits()
        self.update(credits=credits)
        return credits

    async def refresh_credits(self) -> CreditBalance | None:
        """As `ask_credits`; None where it is not known."""
        try:
            return await self.ask_credits()
        except VbtuiError as error:
            self.link_lost(error)
            return None

    @property
    def registration_link(self) -> str:
        """The registration page (wire/README.md, Errors: 2001), bound to the anonymous user: a task or
        a session binds nothing. It holds no token. Empty for the embedded studio, and as long as
        no user id is known."""
        session, account = self.overview.session, self.overview.account
        if self.is_local:
            return ""
        known = [one.user_id for one in (account, session) if one is not None and one.user_id]
        bind = next((one for one in known if one.startswith("anon_")), next(iter(known), ""))
        return f"{self.settings.web_url}/register?bind={quote(bind, safe='')}" if bind else ""

    async def problem_of(self, error: VbtuiError, *, chinese: bool) -> Problem:
        """`error` as a card, in that language; where registering would help, with the link for it.

        wire/README.md, Errors: 2001 of an anonymous user and HTTP 402 lead to the registration page.
        """
        error = self._with_token_named(error)
        helps = isinstance(error, NoCredits) and self.overview.is_anonymous
        helps = (helps or isinstance(error, PlanBlocked)) and "link" not in error.values
        if helps and not self.registration_link:
            await self._learn_user()
        if not helps or not (link := self.registration_link):
            return Problem.of(error, chinese=chinese)
        values = {**error.values, "hint": None, "link": link}
        return Problem.coded(f"{type(error).code}.register", chinese=chinese, **values)

    async def _learn_user(self) -> None:
        """Ask whose the open session is, where neither the token's answer nor the session's said it:
        once, and not for long."""
        session = self.overview.session
        if self.is_local or session is None or self._asked_for_user:
            return
        self._asked_for_user = True
        with suppress(VbtuiError, TimeoutError):
            async with asyncio.timeout(_USER_LIMIT_S):
                state = await self.client.state(session.id)
            if state.user_id:
                known = replace(session, user_id=state.user_id)
                await self.journal.run(lambda c: rows.save(c, known))
                self.update(session=known)

    def _with_token_named(self, error: VbtuiError) -> VbtuiError:
        """A refused sign-in that says whose token it was."""
        is_plain = isinstance(error, SignInRefused) and error.code == SignInRefused.code
        if not is_plain or self.is_local or "hint" in error.values:
            return error
        words, backend = str(error.values.get("message", "")), self.overview.backend
        whose = "own_token" if self.settings.token else "free_token"
        code = f"sign_in_refused.{whose}{'_says' if words else ''}"
        return SignInRefused(code=code, backend=backend, words=words)

    def notice(self, problem: Problem, severity: Severity) -> None:
        """Tell the user something that belongs to no record."""
        self.bus.publish(Noticed(problem, severity))

    def close(self) -> None:
        """The end: rows of this owner may be taken over by others."""
        release_owner(self.owner)
