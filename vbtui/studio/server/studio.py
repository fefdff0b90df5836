"""The running studio: what every endpoint works with, how long it lives, and what a client asks of it first –
a token, what it can do, a session – and then again: the session's state.

Started by hand it lives until it is told to end; as a child while its parent or any lease lives, and then until the
renders that were asked for are made.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vbtui import __version__
from vbtui.studio.director.operations import described
from vbtui.studio.project.prober import LinkedMedia, Prober
from vbtui.studio.project.store import OWNER, Session, Store
from vbtui.studio.server.analyses import Analyses
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.model import Model
from vbtui.studio.server.proxies import Proxies
from vbtui.studio.server.renders import Renders
from vbtui.studio.server.replies import NO_SESSION, Refusal, media_entry, ok, read_object


@dataclass(frozen=True, slots=True)
class Studio:
    """The running studio, one a process."""

    store: Store
    auth: Auth
    prober: Prober
    renders: Renders
    proxies: Proxies
    analyses: Analyses
    life: Life
    report: Callable[[str], None]
    """Takes a line for the studio's log: no token and no message of the user is in it."""
    fetches_inside: bool = False
    """Whether uploads by URL may name addresses of this machine and of private networks."""
    model: Model | None = None
    """Who is asked about sentences that the director does not understand; only in projects of the owner's."""
    linked: LinkedMedia = field(default_factory=LinkedMedia)
    drawn: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    """Pictures by all that they are made of, those that were not asked for longest first."""


def studio_of(request: Request) -> Studio:
    """The studio that a request came to."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


async def find_session(request: Request, session_id: str) -> Session | None:
    """The session of that id, where it is the request's user's; None where there is none such."""
    session = await studio_of(request).store.find(session_id)
    if session is None or request.state.user not in (OWNER, session.record.user_id):
        return None
    return session


async def session_of(request: Request, session_id: str | None = None) -> Session:
    """The session that the path (or `session_id`) names. Raises `Refusal` (1002)."""
    name = request.path_params["session_id"] if session_id is None else session_id
    session = await find_session(request, name)
    if session is None:
        raise Refusal("The studio does not know this session.", code=NO_SESSION)
    return session


_HEARD_S = 10.0
"""A studio that has not heard for so long that its parent is gone hangs."""


class Life:
    """Counts who needs the studio. `ended` is set when nobody does and its work is done, or to end it now.

    Args:
        has_parent: whether a vbtui started it, as its child.
        done: returns when no work is left.
    """

    def __init__(self, *, has_parent: bool, done: Callable[[], Awaitable[object]]) -> None:
        self.ended = asyncio.Event()
        self.has_parent = has_parent
        self._done = done
        self._parent_lives = has_parent
        self._leases = 0
        self._last_work: asyncio.Task[None] | None = None
        """Runs while nobody needs the studio but for what it works on."""
        self._heard = threading.Event()

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
                if not self._heard.wait(_HEARD_S):
                    os._exit(1)

        threading.Thread(target=wait, name="parent", daemon=True).start()

    def _parent_gone(self) -> None:
        self._heard.set()
        self._parent_lives = False
        self._end_if_unneeded()

    def _end_if_unneeded(self) -> None:
        if self._is_unneeded and (self._last_work is None or self._last_work.done()):
            self._last_work = asyncio.create_task(self._end_when_done(), name="last work")

    @property
    def _is_unneeded(self) -> bool:
        return self.has_parent and not self._parent_lives and not self._leases

    async def _end_when_done(self) -> None:
        await self._done()
        if self._is_unneeded:
            self.ended.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A lease, `GET /studio/lease`, as an ASGI application: the reply stays open until the
        client or the studio ends. One line is sent at once; nothing after it. A studio that is about to end gives
        none."""
        if self.ended.is_set():
            await Response(status_code=503)(scope, receive, send)
            return
        self._leases += 1
        try:
            headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b": lease\n\n", "more_body": True})
            gone = asyncio.create_task(disconnected(receive))
            ended = asyncio.create_task(self.ended.wait())
            await asyncio.wait((gone, ended), return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            ended.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._leases -= 1
            self._end_if_unneeded()


async def disconnected(receive: Receive) -> None:
    """Returns when the client of a request, whose body was taken, has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


CREDITS = 1_000_000
"""The local studio is free; the wire wants a number."""


async def anonymous_token(request: Request) -> Response:
    """`POST /api/auth/anonymous-token`."""
    client_id = request.headers.get("x-client-id", "").strip()
    if not client_id:
        raise Refusal("The header X-Client-Id is missing.", code=400)
    auth = studio_of(request).auth
    if not auth.gives_tokens:
        message = "This studio gives no tokens: set NEMO_TOKEN to the one that it was started with."
        raise Refusal(message, code=403)
    issued = auth.issue(client_id)
    return ok(
        {
            "token": issued.token,
            "credits": CREDITS,
            "expires_at": issued.expires_iso,
            "user_id": issued.user_id,
        }
    )


async def capabilities(request: Request) -> Response:
    """`GET /studio/capabilities`: what a client may use here.

    `render_size` and `render_fps`: the `output` of a render may name `width`, `height`, `fps`.
    `render_formats`: its `format` may be any of `vbtui.base.formats`, with the `at_ms` of a picture.
    `originals`: drafts of other backends are drawn from files where they lie. `sample`: there is footage to try
    things on. `operations`: what can be asked for.
    """
    known = (
        "frames",
        "media",
        "lease",
        "script",
        "plan",
        "restore",
        "suggestions",
        "render_size",
        "render_fps",
        "render_formats",
    )
    own = dict.fromkeys(("originals", "sample"), studio_of(request).life.has_parent)
    able = {**dict.fromkeys(known, True), **own, "operations": described()}
    return ok({"name": "vbtui studio", "version": __version__, **able})


async def create_session(request: Request) -> Response:
    """`POST /api/tasks/me/with-session/nemo_agent`."""
    body = await read_object(request)
    title, language = body.get("task_name", "project"), body.get("language", "")
    if not isinstance(title, str) or not isinstance(language, str):
        raise Refusal("“task_name” and “language” must be texts.", code=400)
    record = (await studio_of(request).store.create(title, language, request.state.user)).record
    names = {"session_id": record.id, "task_id": record.task_id, "user_id": record.user_id}
    return ok(names, **names)


async def claim_token(request: Request) -> Response:
    """`POST /api/auth/claim-token`: there is nothing to claim here."""
    await read_object(request)
    message = "The local studio needs no account: there is no web workspace to claim."
    raise Refusal(message, code=403, status=200)


async def credit_balance(request: Request) -> Response:
    """`GET /api/credits/balance/simple`."""
    return ok({"available": CREDITS, "frozen": 0, "total": CREDITS, "free": True})


async def state(request: Request) -> Response:
    """`GET /api/state/nemo_agent/me/<sid>/latest`."""
    session = await session_of(request)
    draft = await session.draft()
    record = session.record
    names = {"session_id": record.id, "task_id": record.task_id, "user_id": record.user_id}
    found = {
        "draft": draft,
        "video_infos": [media_entry(request, record.id, media) for media in session.media],
        "generated_media": [],
        "canvas_config": _canvas(draft),
    }
    return ok({"state": found, **names})


def _canvas(draft: Mapping[str, Any] | None) -> dict[str, Any]:
    meta = draft.get("m") if draft else None
    if not isinstance(meta, Mapping):
        return {}
    return {name: meta[name] for name in ("width", "height", "fps") if name in meta}
