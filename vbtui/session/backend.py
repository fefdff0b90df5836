"""Which backend vbtui works with, and a signed-in client for it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from vbtui.base.clock import Clock
from vbtui.base.errors import StudioMissing, StudioProblem, VbtuiError
from vbtui.base.settings import Settings
from vbtui.session.credentials import SignIn
from vbtui.session.events import Account
from vbtui.session.studio import StudioChild, listens, running

if TYPE_CHECKING:
    from vbtui.wire.client import Client

LOCAL = "local"
LOCAL_LABEL = "Local studio"
_ATTACH_LIMIT_S = 10.0
_ATTACH_POLL_S = 0.2
_ATTACH_PATIENCE_S = 3.0


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


def _client(settings: Settings, clock: Clock, base_url: str, token: str = "") -> Client:
    from vbtui.wire.client import Client

    return Client(
        base_url, token=token, platform=settings.platform, timing=settings.timing, clock=clock
    )


class RemoteBackend:
    """An API at a URL: the cloud, or a studio that someone else runs."""

    is_local = False

    def __init__(self, settings: Settings, clock: Clock, base_url: str) -> None:
        self.key = base_url.rstrip("/")
        self.label = urlsplit(self.key).netloc or self.key
        self._settings = settings
        self._clock = clock
        self._client: Client | None = None
        self._sign_in: SignIn | None = None

    async def connect(self) -> tuple[Client, Account]:
        if self._client is None or self._sign_in is None:
            self._client = _client(self._settings, self._clock, self.key)
            self._sign_in = SignIn(self._settings, self._clock, self._client)
        return self._client, await self._sign_in.obtain()

    async def ended(self) -> None:
        await asyncio.Event().wait()

    def warning(self) -> tuple[str, str] | None:
        return self._sign_in.warning() if self._sign_in else None

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()


class LocalBackend:
    """The embedded studio: a child of this process, or one that another vbtui started.

    A data directory has one studio. A living one is joined through a lease, a request that stays
    open: the studio lives as long as its parent or any lease does.
    """

    is_local = True
    key = LOCAL
    label = LOCAL_LABEL

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._data = settings.directories.studio
        self._log = settings.directories.log / "studio.log"
        self._client: Client | None = None
        self._child: StudioChild | None = None
        self._watch: asyncio.Task[None] | None = None

    async def connect(self) -> tuple[Client, Account]:
        if self._client is not None and self._watch is not None and not self._watch.done():
            return self._client, Account(LOCAL)
        await self.close()
        self._client = await self._attach() or await self._start()
        return self._client, Account(LOCAL)

    async def ended(self) -> None:
        if self._watch is None:
            await asyncio.Event().wait()
        else:
            await asyncio.wait([self._watch])

    def warning(self) -> tuple[str, str] | None:
        return None

    async def _start(self) -> Client:
        """Start a studio; where another process was faster, join that one."""
        try:
            child = await StudioChild.start(self._data, self._log)
        except StudioMissing:
            raise
        except StudioProblem:
            client = await self._attach(patience_s=_ATTACH_PATIENCE_S)
            if client is None:
                raise
            return client
        self._child = child
        self._watch = asyncio.create_task(child.ended(), name="studio child")
        return _client(self._settings, self._clock, child.address.url, child.address.token)

    async def _attach(self, *, patience_s: float = 0) -> Client | None:
        """A client of the studio that already runs on this data, None when there is none.

        With patience, one that is just starting is waited for.
        """
        address = running(self._data)
        while address is None or not await listens(address.url):
            if patience_s <= 0:
                return None
            patience_s -= _ATTACH_POLL_S
            await asyncio.sleep(_ATTACH_POLL_S)
            address = running(self._data)
        client = _client(self._settings, self._clock, address.url, address.token)
        leased = asyncio.Event()
        lease = asyncio.create_task(_leased(client, leased), name="studio lease")
        granted = asyncio.create_task(leased.wait())
        await asyncio.wait(
            [lease, granted], timeout=_ATTACH_LIMIT_S, return_when=asyncio.FIRST_COMPLETED
        )
        granted.cancel()
        if leased.is_set() and not lease.done():
            self._watch = lease
            return client
        lease.cancel()
        await asyncio.wait([lease])
        await client.close()
        return None

    async def close(self) -> None:
        watch, self._watch = self._watch, None
        client, self._client = self._client, None
        child, self._child = self._child, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
        if client is not None:
            await client.close()
        if child is not None:
            await child.close()


async def _leased(client: Client, leased: asyncio.Event) -> None:
    """Hold a lease; every way in which it ends is the same news."""
    with contextlib.suppress(VbtuiError):
        await client.lease(leased.set)
