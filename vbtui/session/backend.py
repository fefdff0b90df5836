"""The backend of this start: which one it is, and getting and keeping the link to it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Protocol

from vbtui.base.clock import Clock, first
from vbtui.base.errors import SignInRefused, StudioProblem, Unreachable, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, unencrypted_host
from vbtui.base.times import both, format_wait
from vbtui.base.translation import Translation
from vbtui.session.context import Context
from vbtui.session.events import Account, Link
from vbtui.session.projects import Sessions
from vbtui.session.remote import RemoteBackend
from vbtui.session.studio import LocalBackend

_ENDS_SOON = Translation("The free token ends soon", "免费令牌即将到期")


if TYPE_CHECKING:
    from vbtui.wire.client import Client

_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_STEADY_S = 30.0
"""A link that held for so long starts its next retries with the shortest delay."""
_REFUSED_RETRY_S = 3600.0
_LOOK_S = 600.0
"""Between two looks at the token's life and the balance."""
_CREDITS_LIMIT_S = 15.0
_FOREVER_S = 365 * 86400
_LOCAL_GONE = Problem.of(StudioProblem(code="studio.ended"))


class Backend(Protocol):
    """One backend of this start: the embedded studio or an API somewhere."""

    is_local: bool
    key: str
    """What `Session.backend` says: `local`, or the base URL."""
    label: str
    """What the header says."""

    async def connect(self) -> tuple[Client, Account]:
        """A signed-in client. A second call makes a new one where the old cannot be used.

        Raises `VbtuiError` of every kind.
        """
        ...

    async def ended(self) -> None:
        """Returns when the backend's process is gone and `connect` must be called again."""
        ...

    def warning(self) -> tuple[str, str] | None:
        """Message and hint when the sign-in ends soon."""
        ...

    async def close(self) -> None:
        """Give up the connection; ends a studio that was started here."""
        ...


def choose(settings: Settings, clock: Clock, *, local: bool, server: str) -> Backend:
    """`--local`: the embedded studio; `--server URL`: that one; else the settings' API."""
    if local:
        return LocalBackend(settings, clock)
    return RemoteBackend(settings, clock, server or settings.api_url)


class Connection:
    """The one place that connects; services only report that the link is lost. `close` it at the end.

    Args:
        context: gets the client, the account and the state of the link.
        backend: the chosen one.
        sessions: opened and brought up to date when signed in.
    """

    def __init__(self, context: Context, backend: Backend, sessions: Sessions) -> None:
        self._context = context
        self._backend = backend
        self._sessions = sessions
        self._attempt: asyncio.Task[tuple[Client, Account]] | None = None
        self._warned = False
        self._warned_of_plain = False
        if isinstance(backend, RemoteBackend):
            backend.on_wait = self._waits

    def _waits(self, seconds: float) -> None:
        """A rate limit holds up the sign-in of a start: say for how long."""
        if self._context.overview.link is not Link.READY:
            problem = Problem.coded("rate_limited.token", wait=both(format_wait, seconds))
            self._context.update(link=Link.STARTING, problem=problem)

    def begin(self) -> asyncio.Task[tuple[Client, Account]]:
        """Bring the backend up; `connect` takes over what comes of it."""
        self._attempt = asyncio.create_task(self._backend.connect(), name="backend")
        return self._attempt

    async def connect(self) -> None:
        """One attempt, the one that was begun or a new one; how it went is in the overview.

        Raises the error after that, so that a start can tell what cannot be mended by waiting.
        """
        self._warn_of_plain()
        try:
            client, account = await self._attempted()
            self._context.use_client(client)
            self._context.update(account=account)
            await self._prove_sign_in()
            await self._sessions.connected()
        except SignInRefused as error:
            problem = await self._context.problem_of(error, chinese=False)
            self._context.update(link=Link.REFUSED, problem=problem)
            raise
        except VbtuiError as error:
            problem = await self._context.problem_of(error, chinese=False)
            self._context.update(link=Link.OFFLINE, problem=problem)
            raise
        self._warn()

    async def run(self) -> None:
        """Connects again whenever the link is lost, the studio died or the token ends."""
        tries = 0
        while True:
            began = self._context.clock.monotonic()
            await self._until_needed()
            if self._context.clock.monotonic() - began > _STEADY_S:
                tries = 0
            while not await self._reconnected(tries):
                tries += 1
            tries += 1

    async def close(self) -> None:
        """End what was begun, and what was started for it."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.gather(self._attempt, return_exceptions=True)
        await self._backend.close()

    async def _attempted(self) -> tuple[Client, Account]:
        try:
            return await (self._attempt or self.begin())
        finally:
            self._attempt = None

    async def _prove_sign_in(self) -> None:
        """Ask for the balance: the cheapest request that a bad token cannot pass. A balance that is
        not known hinders nobody."""
        try:
            async with asyncio.timeout(_CREDITS_LIMIT_S):
                await self._context.ask_credits()
        except (Unreachable, SignInRefused):
            raise
        except (VbtuiError, TimeoutError):
            return

    async def _until_needed(self) -> None:
        """Returns when the link is lost or must be renewed."""
        while self._context.overview.link is Link.READY:
            came = await first(
                self._context.wait_lost(),
                self._backend.ended(),
                self._context.clock.sleep(self._look_s()),
            )
            if came == 1:
                self._context.use_client(None)
                self._context.update(link=Link.OFFLINE, problem=_LOCAL_GONE)
                self._context.notice(_LOCAL_GONE, "warning")
            elif came == 2:
                await self._look()

    async def _reconnected(self, tries: int) -> bool:
        delay = _DELAYS_S[min(tries, len(_DELAYS_S) - 1)] * random.uniform(0.8, 1.2)
        if self._context.overview.link is Link.REFUSED:
            delay = _REFUSED_RETRY_S
        if not (tries == 0 and self._context.is_local):
            await self._context.clock.sleep(delay)
        with contextlib.suppress(VbtuiError):
            await self.connect()
        return self._context.overview.link is Link.READY

    def _look_s(self) -> float:
        """Until the free token ends, or until token and balance are looked at again."""
        if self._context.is_local:
            return float(_FOREVER_S)
        account = self._context.overview.account
        if account is None or account.expires_at is None:
            return _LOOK_S
        return min(max(account.expires_at - self._context.clock.now(), 1.0), _LOOK_S)

    async def _look(self) -> None:
        """Renew a free token at its end, say when that comes, and ask for the balance."""
        account = self._context.overview.account
        ends_at = account.expires_at if account else None
        if ends_at is not None and ends_at - self._context.clock.now() <= 1:
            with contextlib.suppress(VbtuiError):
                await self.connect()
            return
        self._warn()
        await self._context.refresh_credits()

    def _warn(self) -> None:
        """Say once that the free token ends soon."""
        warning = self._backend.warning()
        if warning is None:
            self._warned = False
        elif not self._warned:
            self._warned = True
            self._context.notice(Problem(_ENDS_SOON.of(), *warning), "warning")

    def _warn_of_plain(self) -> None:
        """Say once that others on the way can read what is sent."""
        host = unencrypted_host(self._backend.key)
        if host and not self._warned_of_plain:
            self._warned_of_plain = True
            self._context.notice(Problem.coded("unencrypted", host=host), "warning")
