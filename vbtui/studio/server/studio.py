"""The running studio: what every endpoint works with, and how long it lives.

Started by hand it lives until it is told to end; as a child while its parent or any lease lives.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from vbtui.studio.project.prober import LinkedMedia, Prober
from vbtui.studio.project.store import Session, Store
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.renders import Renders
from vbtui.studio.server.replies import NO_SESSION, Refusal


@dataclass(frozen=True, slots=True)
class Studio:
    """The running studio, one a process."""

    store: Store
    auth: Auth
    prober: Prober
    renders: Renders
    life: Life
    report: Callable[[str], None]
    """Takes a line for the studio's log: no token and no message of the user is in it."""
    linked: LinkedMedia = field(default_factory=LinkedMedia)
    drawn: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    """Pictures by all that they are made of, those that were not asked for longest first."""


def studio_of(request: Request) -> Studio:
    """The studio that a request came to."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


async def session_of(request: Request, session_id: str | None = None) -> Session:
    """The session that the path (or `session_id`) names. Raises `Refusal` (1002)."""
    name = request.path_params["session_id"] if session_id is None else session_id
    session = await studio_of(request).store.find(name)
    if session is None:
        raise Refusal("The studio does not know this session.", code=NO_SESSION)
    return session


class Life:
    """Counts who needs the studio. `ended` is set when nobody does, or to end it now."""

    def __init__(self, *, has_parent: bool) -> None:
        self.ended = asyncio.Event()
        self.has_parent = has_parent
        """Whether a vbtui started it, as its child."""
        self._parent_lives = has_parent
        self._leases = 0

    def watch_parent(self, descriptor: int) -> None:
        """A child ends when the pipe `descriptor`, which its parent holds, is closed."""
        if not self.has_parent:
            return
        loop = asyncio.get_running_loop()

        def wait() -> None:
            try:
                while os.read(descriptor, 4096):
                    pass
            except OSError:
                pass  # a pipe that cannot be read is a parent that cannot be heard
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._parent_gone)

        threading.Thread(target=wait, name="parent", daemon=True).start()

    def _parent_gone(self) -> None:
        self._parent_lives = False
        self._end_if_unneeded()

    def _end_if_unneeded(self) -> None:
        if self.has_parent and not self._parent_lives and not self._leases:
            self.ended.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A lease, `GET /studio/lease`, as an ASGI application: the reply stays open until the
        client or the studio ends. One line is sent at once; nothing after it."""
        self._leases += 1
        try:
            headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b": lease\n\n", "more_body": True})
            gone = asyncio.create_task(_disconnected(receive))
            ended = asyncio.create_task(self.ended.wait())
            await asyncio.wait((gone, ended), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            ended.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._leases -= 1
            self._end_if_unneeded()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
