"""A real server on loopback that plays scripted bytes and keeps what it was sent.

    async with Server() as server:
        server.on("POST", "/run_sse", stream(event, …), reset())
        …
        assert server.count("POST", "/run_sse") == 1

The answers of a route are used up in order; the last one stays. An answer is a coroutine function
of an `Exchange`; the functions below make the usual ones.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Request:
    """What arrived, whole or in part."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    raw_head: bytes
    body: bytes = b""
    complete: bool = False
    """The whole body came."""
    carried_out: bool = False
    came_at: float = field(default_factory=time.time)
    """Seconds since 1970."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Exchange:
    """One request and the connection that it came on."""

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    open: bool = True
    """The connection can take another request."""

    async def read_body(self, limit: int | None = None) -> bytes:
        """The body (at most `limit` bytes of it), kept in the request as it arrives."""
        request = self.request
        if request.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(await self.reader.readline() or b"0", 16):
                request.body += await self.reader.readexactly(size)
                await self.reader.readline()
            await self.reader.readline()
        else:
            length = int(request.headers.get("content-length", "0"))
            wanted = length if limit is None else min(limit, length)
            parts = [request.body]
            got = len(request.body)
            while got < wanted:
                piece = await self.reader.read(min(1 << 20, wanted - got))
                if not piece:
                    self.open = False
                    request.body = b"".join(parts)
                    return request.body
                parts.append(piece)
                got += len(piece)
            request.body = b"".join(parts)
            request.complete = got == length
            return request.body
        request.complete = True
        return request.body

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with a RST: the other side loses what it has not read."""
        self.open = False
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        self.open = False


@dataclass
class Server:
    """Listens on a free port of 127.0.0.1 for as long as it is entered."""

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    port: int = 0
    """Known once it listens."""
    _routes: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    def on(self, method: str, path: str, *answers: Answer) -> Self:
        """Answers for requests whose path is `path`, or begins with it where it ends in `*`."""
        self._routes[method, path] = list(answers)
        return self

    def count(self, method: str, path: str) -> int:
        return len(self.of(method, path))

    def of(self, method: str, path: str) -> list[Request]:
        return [r for r in self.requests if r.method == method and fits(path, r.path)]

    async def wait_for(self, method: str, path: str, count: int = 1) -> None:
        """Return when `count` such requests have come."""
        while self.count(method, path) < count:
            self._came.clear()
            await self._came.wait()

    async def wait_until_idle(self) -> None:
        """Return when no connection is open."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Accept connections (again, at the same address)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections and break those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines if line)
        request = Request(method, target, {k.lower(): v.strip() for k, _, v in pairs}, head)
        self.requests.append(request)
        self._came.set()
        exchange = Exchange(request, reader, writer)
        answer = self._answer(request)
        if not getattr(answer, "early", False):
            await exchange.read_body()
        await answer(exchange)
        if exchange.open and not request.complete:
            await exchange.read_body()
        return exchange.open

    def _answer(self, request: Request) -> Answer:
        for (method, path), answers in self._routes.items():
            if method == request.method and fits(path, request.path):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return self.otherwise(request)

    def otherwise(self, request: Request) -> Answer:
        """The answer where no route says one."""
        return reply({"detail": "Not Found"}, status=404)


def fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def early(answer: Answer) -> Answer:
    """`answer`, played before the body of the request is read."""

    async def play(exchange: Exchange) -> None:
        await answer(exchange)

    play.early = True  # type: ignore[attr-defined]  # read by Server
    return play


def reply(
    value: Any = None,
    *,
    status: int = 200,
    body: bytes | None = None,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A whole answer: `value` as JSON, or `body` as it is."""
    data = json.dumps(value).encode() if body is None else body
    fields = {"Content-Type": content_type, "Content-Length": str(len(data)), **(headers or {})}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
    return raw(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + data, close=False)


def ok(data: Any) -> Answer:
    """The envelope of most endpoints."""
    return reply({"code": 0, "data": data})


def raw(*pieces: bytes, close: bool = True) -> Answer:
    """Bytes as they are, each piece flushed by itself."""

    async def play(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)
            await asyncio.sleep(0)
        if close:
            exchange.close()

    return play


def reset(*pieces: bytes) -> Answer:
    """Bytes, then a RST."""

    async def play(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)
        if pieces:
            await asyncio.sleep(0.05)  # the other side must have read them before the RST
        exchange.reset()

    return play


def hang(*pieces: bytes) -> Answer:
    """Bytes, then silence on an open connection."""

    async def play(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)
        await asyncio.Event().wait()

    return play


def attributed(answer: Answer) -> Answer:
    """`answer`; HTTP 402 where an attribution header is missing, as the cloud's exports do."""

    async def play(exchange: Exchange) -> None:
        headers = exchange.request.headers
        told = all(f"x-skill-{name}" in headers for name in ("source", "version", "platform"))
        await (answer if told else reply(status=402, body=b""))(exchange)

    return play


def stalling(answer: bytes, *, every: int, pause_s: float) -> Answer:
    """A whole answer that stops for `pause_s` after every `every` bytes, as a bad line does."""

    async def play(exchange: Exchange) -> None:
        for start in range(0, len(answer), every):
            await exchange.send(answer[start : start + every])
            await asyncio.sleep(pause_s)
        exchange.close()

    return play


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    """`data` as one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(value: Any) -> bytes:
    """`value` as one server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def text_event(text: str, *, partial: bool = False) -> bytes:
    """Text of the agent in ADK's dialect."""
    return event({"content": {"parts": [{"text": text}]}, "partial": partial})


def stream(*events: bytes) -> Answer:
    """A whole event stream, one chunk for each of `events`."""
    return raw(STREAM_HEAD, *map(chunk, events), b"0\r\n\r\n", close=False)


def stream_pieces(events: Sequence[bytes]) -> list[bytes]:
    """An event stream without its end."""
    return [STREAM_HEAD, *map(chunk, events)]


def redirect(url: str, *, status: int = 302) -> Answer:
    return reply(body=b"", status=status, headers={"Location": url})
