"""The embedded studio as this start's backend: a child process, started, joined, watched, ended.

`python -m vbtui studio --port 0 --data DIR` with `VBTUI_STUDIO_CHILD=1` in its environment prints
one JSON line when it accepts connections, `{"url", "token"}` or `{"error": {"title", "message",
"hint"}}`, and ends when its stdin does, or when its work is done. It is its own session, so that ctrl+c in the terminal,
and the end of it, reach vbtui alone: a render goes on, and the next vbtui finds the studio that makes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from vbtui.base import programs
from vbtui.base.clock import Clock
from vbtui.base.errors import DiskProblem, StudioProblem, VbtuiError, kind_of
from vbtui.base.settings import Settings, private_directory
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.session.events import Account

_T = Translation
_SILENT = _T("The local studio said nothing for {seconds} s.", "本地工作室 {seconds} 秒没有回应。")
_ENDED = _T(
    "The local studio ended right after its start (exit code {code}).",
    "本地工作室启动后立即结束（退出码 {code}）。",
)
_UNWRITTEN = _T("{file} cannot be written: {why}.", "无法写入 {file}：{why}。")
_UNEXPECTED = _T("The local studio said something unexpected.", "本地工作室的回应出乎意料。")
_CANNOT_RUN = _T("The local studio cannot run.", "本地工作室无法运行。")
_SEE = _T(
    "Its log is {file}; vbtui doctor says what is missing.",
    "日志在 {file}；vbtui doctor 会说明缺少什么。",
)


if TYPE_CHECKING:
    from vbtui.wire.client import Client

LOCAL = "local"
_ATTACH_LIMIT_S = 10.0
_ATTACH_POLL_S = 0.2
_ATTACH_MOMENT_S = 0.6
"""So long is waited for the address of a studio that has the data folder, before another is started."""
_BUSY_LIMIT_S = 8.0
"""For a studio that begins to listen, or ends."""

_START_LIMIT_S = 30.0
_END_LIMIT_S = 2.0
_SICK_S = 0.2
_POLL_S = 5.0
_EXIT_POLL_S = 0.02
_CONNECT_LIMIT_S = 2.0
_LOG_LIMIT = 1_000_000
"""Bytes of studio log kept from earlier starts."""


class LocalBackend:
    """The embedded studio: a child of this process, or one that another vbtui started.

    A data directory has one studio. A living one is joined through a lease, a request that stays
    open: the studio lives as long as its parent or any lease does.
    """

    is_local = True
    key = LOCAL
    label = "Local studio"

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
        """Start a studio; where another process was faster, join that one, and where one is about to end, start
        one behind it."""
        clock = asyncio.get_running_loop()
        until = clock.time() + _BUSY_LIMIT_S
        extra = self._settings.director.key(os.environ)
        while True:
            try:
                child = await StudioChild.start(self._data, self._log, extra=extra)
                break
            except StudioProblem as error:
                if error.code != "studio.busy":
                    raise
                client = await self._attach(patience_s=_ATTACH_MOMENT_S)
                if client is not None:
                    return client
                if clock.time() > until:
                    raise
        self._child = child
        self._watch = asyncio.create_task(child.ended(), name="studio child")
        return self._client_of(child.address)

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
        client = self._client_of(address)
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

    def _client_of(self, address: Address) -> Client:
        from vbtui.wire.client import Client

        timing = self._settings.timing
        return Client(
            address.url,
            token=address.token,
            platform=self._settings.platform,
            timing=timing,
            clock=self._clock,
        )


async def _leased(client: Client, leased: asyncio.Event) -> None:
    """Hold a lease; every way in which it ends is the same news."""
    with contextlib.suppress(VbtuiError):
        await client.lease(leased.set)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a studio listens."""

    url: str
    token: str = field(repr=False)
    pid: int = 0


def running(data: Path) -> Address | None:
    """The address in `<data>/running.json` when it is one on this machine; it may be dead."""
    try:
        entry = json.loads((data / "running.json").read_text(encoding="utf-8"))
        address = Address(str(entry["url"]), str(entry["token"]), int(entry.get("pid") or 0))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_here = address.url.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:"))
    return address if is_here and address.token else None


class StudioChild:
    """One started studio; `address` says where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], stdout: asyncio.StreamReader) -> None:
        self._process = process
        self._stdout = stdout
        self.address = Address("", "")

    @classmethod
    async def start(
        cls, data: Path, log: Path, *, extra: Mapping[str, str] | None = None
    ) -> StudioChild:
        """Start one and wait until it accepts connections.

        Args:
            data: its directory.
            log: the file that gets its stderr.
            extra: variables beside those that every studio gets.

        Raises:
            StudioMissing: a package of the extra is not there.
            StudioProblem: it ended, said why it cannot run, or said nothing in time.
        """
        programs.require_studio()
        process = _spawn(data, log, extra or {})
        child = cls(process, asyncio.StreamReader())
        try:
            await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(child._stdout), process.stdout
            )
            child.address = await child._first_line(log)
        except BaseException:
            await child.close()
            raise
        return child

    async def ended(self) -> None:
        """Returns when the process has ended: its stdout is closed, or the system says so."""
        while self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    if not await self._stdout.read(4096):
                        await self._exit(_POLL_S)

    async def close(self) -> None:
        """Close its stdin: it ends by itself, now, or when its work is done and nobody has a lease on it any more.

        One that never said where it is is ended.
        """
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self.address.url or await self._exit(_SICK_S):
            return
        for stop in (self._process.terminate, self._process.kill):
            stop()
            if await self._exit(_END_LIMIT_S):
                return

    async def _exit(self, wait_s: float) -> bool:
        """Whether the process ends within `wait_s`."""
        for _ in range(max(round(wait_s / _EXIT_POLL_S), 1)):
            if self._process.poll() is not None:
                return True
            await asyncio.sleep(_EXIT_POLL_S)
        return self._process.poll() is not None

    async def _first_line(self, log: Path) -> Address:
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                line = await self._stdout.readline()
        except TimeoutError:
            raise StudioProblem(
                _SILENT.of(seconds=f"{_START_LIMIT_S:.0f}"), hint=_see(log)
            ) from None
        except ValueError:
            line = b"?"
        if not line:
            await self._exit(_END_LIMIT_S)
            code = self._process.returncode
            raise StudioProblem(
                _ENDED.of(code=code),
                hint=_see(log),
            )
        return _read_line(line, self._process.pid, log)


def _spawn(data: Path, log: Path, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with _open_log(log) as stderr:
        command = programs.python("vbtui", "studio", "--port", "0", "--data", str(data))
        given = {"VBTUI_STUDIO_CHILD": "1", **extra}
        return programs.launch(command, "vbtui", pipes=True, stderr=stderr, extra=given)


async def listens(url: str) -> bool:
    """Whether something accepts connections at the address of `url`.

    A time-out is tried once more: where this process stood still for so long, it is over although the
    other one answered at once.
    """
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        return False
    for _ in range(2):
        try:
            async with asyncio.timeout(_CONNECT_LIMIT_S):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except TimeoutError:
            continue
        except OSError:
            return False
        writer.close()
        return True
    return False


def _open_log(log: Path) -> BinaryIO:
    try:
        private_directory(log.parent)
        too_long = log.exists() and log.stat().st_size > _LOG_LIMIT
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | (os.O_TRUNC if too_long else 0)
        return os.fdopen(os.open(log, flags, 0o600), "ab")
    except OSError as error:
        raise DiskProblem(_UNWRITTEN.of(file=log, why=error.strerror)) from None


def _read_line(line: bytes, pid: int, log: Path) -> Address:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if isinstance(message, dict) and isinstance(message.get("error"), dict):
        raise _said(message["error"])
    if isinstance(message, dict) and isinstance(message.get("url"), str) and message.get("token"):
        return Address(message["url"].rstrip("/"), str(message["token"]), pid)
    raise StudioProblem(_UNEXPECTED, hint=_see(log))


def _said(error: Mapping[str, Any]) -> VbtuiError:
    def text(key: str) -> str:
        return clean_line(str(error.get(key) or ""))

    code = text("code")
    kind = kind_of(code) if code else StudioProblem
    message = text("message") or _CANNOT_RUN.of()
    return kind(message, code=code, hint=text("hint") or None)


def _see(log: Path) -> str:
    return _SEE.of(file=log)
