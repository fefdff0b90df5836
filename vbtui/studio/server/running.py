"""The running studio: its parts put together, served by uvicorn, taken apart at the end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from vbtui.base.settings import Studio as Limits
from vbtui.studio.project.prober import Prober
from vbtui.studio.project.store import Store
from vbtui.studio.server.app import make_app
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.context import Studio
from vbtui.studio.server.life import Life
from vbtui.studio.server.renders import Renders

if TYPE_CHECKING:
    from vbtui.studio.server.serve import Place

_PATIENCE_S = 0.3
"""What open replies get to end by themselves."""
_END_LIMIT_S = 3.0
"""What the renderer and the probe get to end their processes."""
_KEEP_ALIVE_S = 75
_STDIN = 0


async def run(
    place: Place,
    listener: socket.socket,
    data: Path,
    limits: Limits,
    *,
    announce: Callable[[], None],
    goodbye: Callable[[], None],
) -> None:
    """Serve on `listener` until the studio's life ends. Raises `DiskProblem`.

    `announce` is called when requests are answered, `goodbye` when they are no more. Threads that
    are still at work at the end – a large file on its way to a slow disk – do not hold it up: what
    they leave is what a kill would leave, which the next start clears away.
    """
    life = Life(has_parent=place.is_child)
    store = Store(data)
    gives_tokens = place.loopback and not place.is_child
    studio = Studio(
        store=store,
        auth=Auth(place.token, data / "tokens.json", gives_tokens=gives_tokens),
        prober=Prober(),
        renders=Renders(store, limits, _report),
        life=life,
        report=_report,
    )
    server = _Server(studio, loopback=place.loopback, announce=announce)
    _end_on_signals(life, is_child=place.is_child)
    life.watch_parent(_STDIN)
    studio.renders.start()
    ending = asyncio.create_task(server.end_with(life))
    try:
        await server.serve(sockets=[listener])
    finally:
        life.end()
        goodbye()
        _exit_within(_END_LIMIT_S)
        await asyncio.gather(ending, studio.renders.close(), studio.prober.close())
        _exit_within(_PATIENCE_S)


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, and with a word when it is ready."""

    def __init__(self, studio: Studio, *, loopback: bool, announce: Callable[[], None]) -> None:
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                make_app(studio, loopback=loopback),
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
            )
        )
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
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


def _exit_within(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _end_on_signals(life: Life, *, is_child: bool) -> None:
    """By hand, every signal ends it; a child leaves the terminal's signals to its parent."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, life.end)
    for number in (signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, (lambda: None) if is_child else life.end)


def _report(text: str) -> None:
    print(f"vbtui studio: {text}", file=sys.stderr, flush=True)
