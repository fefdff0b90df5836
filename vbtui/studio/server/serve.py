"""Starts and ends the studio – `vbtui studio`, and the child of `vbtui --local` – and says which path
is answered by what.

A data directory has one studio. `<data>/lock` is held while it runs, and `<data>/running.json`
(readable by its owner alone) says where it is: url, token, pid.

As a child (`VBTUI_STUDIO_CHILD=1`) it prints one line of JSON on stdout, `{"url", "token"}` when it
accepts connections or `{"error": {"code", "message", "hint"}}`, and lives as `Life` says.
By hand it prints its address and where its token is; ctrl+c, SIGTERM and SIGHUP end it.
Either way `[studio]` of the configuration file says how many encoders run and what is kept, and `[director]` which
model is asked.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from vbtui.base.errors import StudioProblem, UsageError, VbtuiError
from vbtui.base.files import disk_errors, file_lock, read_json, write_bytes, write_json
from vbtui.base.programs import require_studio
from vbtui.base.settings import Settings, is_loopback, load, private_directory
from vbtui.base.translation import Translation
from vbtui.studio.project.prober import Prober
from vbtui.studio.project.store import OWNER, Store
from vbtui.studio.server import exports, plans, previews, turns, uploads
from vbtui.studio.server.analyses import Analyses
from vbtui.studio.server.auth import ANONYMOUS_TOKEN_PATH, Auth, Guard
from vbtui.studio.server.model import Model, model_of
from vbtui.studio.server.proxies import Proxies
from vbtui.studio.server.renders import Renders
from vbtui.studio.server.replies import Refusal, refusal_of, refuse
from vbtui.studio.server.studio import (
    Life,
    Studio,
    anonymous_token,
    capabilities,
    claim_token,
    create_session,
    credit_balance,
    state,
)

if TYPE_CHECKING:
    from vbtui.studio.render.farm.scheduler import Farm

_BACKLOG = 128
"""Connections that wait in the kernel."""
_T = Translation
_LISTENS = _T("The local studio listens at {url}", "本地工作室正在监听 {url}")
_TOKEN, _IN = _T("Its token: {place}", "令牌：{place}"), _T("in {path}", "在 {path} 中")
_USE = _T(
    "Use it with: NEMO_TOKEN=… vbtui --server {url}", "使用方法：NEMO_TOKEN=… vbtui --server {url}"
)
_REACHABLE = _T(
    "It can be reached from other machines, without encryption.", "其他电脑可以连接，且没有加密。"
)
_IS_OPEN = _T(
    "Everyone who reaches it may use it, each with projects of their own.",
    "每个能连接的人都可使用，各有自己的项目。",
)
_ENDS = _T("Ctrl+C ends it.", "按 Ctrl+C 结束。")
_WHO = _T(", at {url} (process {pid})", "：{url}（进程 {pid}）")
_NO_ADDRESS = _T("“{host}” is no address of this machine.", "“{host}”不是这台电脑的地址。")
_NO_PORT = _T(
    "{port} is no port: take one from 1 to 65535, or 0.", "{port} 不是端口：请用 1 到 65535，或 0。"
)
_OTHER_PORT = _T(
    "Choose another one with --port, or 0 for a free one.",
    "请用 --port 另选一个，或用 0 选空闲端口。",
)
_IN_USE = _T("Port {port} is in use by another program.", "端口 {port} 正被其他程序使用。")
_NOT_HEARD = _T("{host}:{port} cannot be listened at: {why}.", "无法监听 {host}:{port}：{why}。")
_AT_ONCE = 4
"""So many are accepted before the loop goes round and too many are ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this studio is and by what it is entered."""

    url: str
    token: str = field(repr=False)
    given: str = field(repr=False)
    """A token of the user's own, which is as good as `token` and is written nowhere; "" without one."""
    token_from: str
    """How the user of a studio started by hand finds the token."""
    is_child: bool
    loopback: bool
    is_open: bool
    """Whether everyone who reaches it gets a token."""
    fetches_inside: bool
    """As `Studio.fetches_inside`."""


def main(
    host: str,
    port: int,
    data: Path,
    *,
    is_open: bool = False,
    fetches_inside: bool = False,
    scheduler: str = "",
) -> int:
    """Run the studio until it is told to end, and return the exit code.

    Args:
        host: the address to listen on; a loopback address unless the user chose another.
        port: 0 takes a free one.
        data: its directory; made if needed.
        is_open: give everyone who asks a token of their own; a child does not.
        fetches_inside: take addresses of private networks in uploads by URL; a child, whose only client
            is its user, always does.
        scheduler: the address of a Dask scheduler whose workers encode; "": as the settings say.
    """
    is_child = os.environ.get("VBTUI_STUDIO_CHILD") == "1"
    try:
        require_studio()
        settings = load()
        model = model_of(settings.director, settings.timing.model, os.environ)
        farm = _farm(scheduler or settings.studio.scheduler)
        with disk_errors(data):
            private_directory(data)
        with _sole_studio(data), _listen(host, port) as listener:
            place = _place(
                host,
                listener,
                data,
                is_child=is_child,
                is_open=is_open and not is_child,
                fetches_inside=fetches_inside or is_child,
            )
            asyncio.run(_serve(place, listener, data, settings, model, farm))
    except VbtuiError as error:
        if not is_child:
            raise
        _tell({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return 1
    return 0


def _farm(scheduler: str) -> Farm | None:
    """Raises as `farm_of` does."""
    if not scheduler:
        return None
    from vbtui.studio.render.farm.scheduler import farm_of

    return farm_of(scheduler)


def _announce(place: Place, data: Path) -> None:
    """Say that connections are accepted."""
    entry = {"url": place.url, "token": place.token, "pid": os.getpid()}
    write_json(data / "running.json", entry)
    if place.is_child:
        _tell({"url": place.url, "token": place.token})
        return
    print(_LISTENS.of(url=place.url))
    print(_TOKEN.of(place=place.token_from))
    print(_USE.of(url=place.url))
    if not place.loopback:
        print(_REACHABLE.of())
    if place.is_open:
        print(_IS_OPEN.of())
    print(_ENDS.of(), flush=True)


def _tell(message: object) -> None:
    with suppress(BrokenPipeError):
        print(json.dumps(message), flush=True)


@contextmanager
def _sole_studio(data: Path) -> Iterator[None]:
    """Hold the data directory's lock. Raises `StudioProblem` (`studio.busy`) when another holds it."""
    with file_lock(data / "lock") as is_ours:
        if not is_ours:
            raise StudioProblem(code="studio.busy", folder=data, who=_who(data))
        yield


def _who(data: Path) -> str:
    entry = read_json(data / "running.json")
    if isinstance(entry, dict) and isinstance(entry.get("url"), str):
        return _WHO.of(url=entry["url"], pid=entry.get("pid"))
    return ""


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `StudioProblem`, `UsageError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError, OverflowError):
        raise UsageError(_NO_ADDRESS.of(host=host)) from None
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from None
    except OverflowError:
        listener.close()
        raise UsageError(_NO_PORT.of(port=port)) from None
    return listener


def _cannot_listen(error: OSError, host: str, port: int) -> StudioProblem:
    hint = _OTHER_PORT
    if error.errno == 98 or "in use" in str(error.strerror):
        return StudioProblem(_IN_USE.of(port=port), hint=hint)
    return StudioProblem(_NOT_HEARD.of(host=host, port=port, why=error.strerror), hint=hint)


def _place(
    host: str,
    listener: socket.socket,
    data: Path,
    *,
    is_child: bool,
    is_open: bool,
    fetches_inside: bool,
) -> Place:
    bound_to, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound_to, bound_to)
    url = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
    given = "" if is_child else os.environ.get("NEMO_TOKEN", "").strip()
    token, token_from = _token(data, is_child=is_child, is_given=bool(given))
    loopback = is_loopback(bound_to)
    return Place(url, token, given, token_from, is_child, loopback, is_open, fetches_inside)


def _token(data: Path, *, is_child: bool, is_given: bool) -> tuple[str, str]:
    """The token and where the user's is. A child has a new one each time, which only its parent is told;
    so has a studio to which the user gave one, for those who find it by its `running.json`."""
    if is_child or is_given:
        return f"nmv_usr_{secrets.token_urlsafe(32)}", "$NEMO_TOKEN" if is_given else ""
    path = data / "token"
    with disk_errors(path):
        kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if len(kept) < 32:
        kept = f"nmv_usr_{secrets.token_urlsafe(32)}"
        write_bytes(path, f"{kept}\n".encode())
    return kept, _IN.of(path=path)


def _remove_running(data: Path) -> None:
    entry = read_json(data / "running.json")
    if isinstance(entry, dict) and entry.get("pid") == os.getpid():
        with suppress(OSError):
            (data / "running.json").unlink()


_PATIENCE_S = 0.3
"""What open replies get to end by themselves."""
_END_LIMIT_S = 3.0
"""What the renderer and the probe get to end their processes."""
QUIET_S = 30
"""A connection without a whole request may last so long."""
STALL_S = 60
"""A request whose next byte does not come for so long is over."""
REST_S = 120
"""What follows a refusal is read for so long: the client hears it when it has sent all."""
MOST_CONNECTIONS = 512
_STDIN = 0


async def _serve(
    place: Place,
    listener: socket.socket,
    data: Path,
    settings: Settings,
    model: Model | None,
    farm: Farm | None,
) -> None:
    """Serve on `listener` until the studio's life ends. Raises `DiskProblem`.

    Threads that are still at work at the end – a large file on its way to a slow disk – do not hold
    it up: what they leave is what a kill would leave, which the next start clears away.
    """
    store, limits = Store(data), settings.studio
    renders = Renders(store, limits, _report, farm)
    prober = Prober()
    proxies = Proxies(data, limits, renders, prober, _report)
    life = Life(has_parent=place.is_child, done=renders.wait_done)
    studio = Studio(
        store=store,
        auth=Auth(place.token, data / "tokens.json", given=place.given, gives_tokens=place.is_open),
        prober=prober,
        renders=renders,
        proxies=proxies,
        analyses=Analyses(data, settings.captions.model, _report),
        life=life,
        report=_report,
        fetches_inside=place.fetches_inside,
        model=model,
    )
    server = _Server(studio, loopback=place.loopback, announce=lambda: _announce(place, data))
    _end_on_signals(life, is_child=place.is_child)
    life.watch_parent(_STDIN)
    studio.renders.start()
    ending = asyncio.create_task(server.end_with(life))
    try:
        await server.serve(sockets=[listener])
    finally:
        life.ended.set()
        _remove_running(data)
        _exit_within(_END_LIMIT_S)
        await asyncio.gather(ending, renders.close(), proxies.close())
        await prober.close()
        _exit_within(_PATIENCE_S)


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, and with a word when it is ready."""

    def __init__(self, studio: Studio, *, loopback: bool, announce: Callable[[], None]) -> None:
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                make_app(studio, loopback=loopback),
                loop="asyncio",
                http=_Connection,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=QUIET_S,
                backlog=_AT_ONCE,
            )
        )
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)
        self._announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def end_with(self, life: Life) -> None:
        """Stop serving when the life ends; what is still open after a moment is cut."""
        await life.ended.wait()
        self.should_exit = True
        await asyncio.sleep(_PATIENCE_S)
        self.force_exit = True


_RENDER = "/api/render/proxy/lambda"


def make_app(studio: Studio, *, loopback: bool) -> Starlette:
    """The application for `studio`.

    Args:
        loopback: it listens on loopback alone, where only loopback names are answered.
    """
    app = Starlette(
        routes=[
            Route(ANONYMOUS_TOKEN_PATH, anonymous_token, methods=["POST"]),
            Route("/api/auth/claim-token", claim_token, methods=["POST"]),
            Route("/api/tasks/me/with-session/nemo_agent", create_session, methods=["POST"]),
            Route("/api/credits/balance/simple", credit_balance),
            Route("/api/state/nemo_agent/me/{session_id}/latest", state),
            Route("/run_sse", turns.run_sse, methods=["POST"]),
            Route("/api/upload-video/nemo_agent/me/{session_id}", uploads.upload, methods=["POST"]),
            Route(_RENDER, exports.start_render, methods=["POST"]),
            Route(_RENDER + "/{render_id}", exports.render_status),
            Route(_RENDER + "/{render_id}/cancel", exports.cancel_render, methods=["POST"]),
            Route(_RENDER + "/{render_id}/download", exports.download),
            Route("/api/render/proxy/{render_id}/download", exports.download),
            Route("/studio/capabilities", capabilities),
            Route("/studio/originals", previews.look_at_originals, methods=["POST"]),
            Route("/studio/frames", previews.frames_of_posted, methods=["POST"]),
            Route("/studio/frames/{session_id}", previews.frames),
            Route("/studio/media/{session_id}/{asset_id}", uploads.media_file),
            Route("/studio/plan", plans.plan, methods=["POST"]),
            Route("/studio/restore/{session_id}", turns.restore, methods=["POST"]),
            Route("/studio/sample", uploads.sample, methods=["POST"]),
            Route("/studio/suggestions/{session_id}", plans.suggested),
            Route("/studio/script/{session_id}", exports.script, methods=["POST"]),
            Route("/studio/lease", studio.life, methods=["GET"]),
        ],
        middleware=[Middleware(Guard, auth=studio.auth, loopback=loopback)],
        exception_handlers=dict.fromkeys((Refusal, VbtuiError, HTTPException, Exception), _refused),
    )
    app.state.studio = studio
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """The envelope of what an endpoint raised, or of an address that none has."""
    match error:
        case Refusal():
            return refuse(error)
        case VbtuiError():
            return refuse(refusal_of(error))
        case HTTPException(status_code=405):
            return refuse(Refusal("The studio does not answer this method here.", code=405))
        case HTTPException(status_code=status):
            return refuse(Refusal("The studio does not know this address.", code=status))
    return refuse(Refusal("The local studio failed on this request.", code=500))


class _Connection(H11Protocol):
    """A connection that may be idle, half open or stalled for a while only, beside a limited number of
    others: whoever opens many and says nothing, or reads nothing, does not keep others out."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        self._quiet_since = self._heard_at = self._moved_at = self.loop.time()
        self._unsent = 0
        super().connection_made(transport)
        if len(self.connections) > _most_connections():
            self._make_room()
        self._look = self.loop.call_later(QUIET_S, self._end_if_quiet)

    def _make_room(self) -> None:
        """End the one that is idle longest; where all others are at work, the oldest of the one who has most."""
        others = [
            one
            for one in self.connections
            if isinstance(one, _Connection) and one is not self and not one.transport.is_closing()
        ]
        chosen = [one for one in others if one.is_idle]
        if not chosen and others:
            users = Counter(one._user for one in others)
            most = max(users, key=lambda user: (user != OWNER, users[user]))
            chosen = [one for one in others if one._user == most]
        min(chosen or [self], key=lambda one: one._quiet_since).transport.abort()

    @property
    def _user(self) -> str:
        """Whose request is being answered."""
        return str(self.scope["state"].get("user", ""))

    def connection_lost(self, exc: Exception | None) -> None:
        self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.loop.time()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._quiet_since = self.loop.time()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _end_if_quiet(self) -> None:
        now = self.loop.time()
        if self.is_idle:  # what is still sent of a request that was refused is taken for longer
            limit = REST_S if self.conn.their_state is h11.SEND_BODY else QUIET_S
            over = now - self._quiet_since >= limit
        else:
            waits = self.cycle.more_body and not self.flow.read_paused
            over = (waits and now - self._heard_at >= STALL_S) or self._sends_nothing(now)
        if over:
            self.transport.abort()
        else:
            self._look = self.loop.call_later(QUIET_S / 4, self._end_if_quiet)

    def _sends_nothing(self, now: float) -> bool:
        """Whether the other side has taken nothing of what waits for it since long."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._moved_at = unsent, now
        return now - self._moved_at >= STALL_S


def _most_connections() -> int:
    """A quarter of the handles that this process may have: each may have a file open, the rest is for encoders."""
    import resource

    handles = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    unlimited = handles == resource.RLIM_INFINITY
    return MOST_CONNECTIONS if unlimited else min(MOST_CONNECTIONS, handles // 4)


def _exit_within(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _end_on_signals(life: Life, *, is_child: bool) -> None:
    """By hand, every signal ends it; a child leaves the terminal's signals to its parent."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, life.ended.set)
    for number in (signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, (lambda: None) if is_child else life.ended.set)


def _report(text: str) -> None:
    print(f"vbtui studio: {text}", file=sys.stderr, flush=True)
