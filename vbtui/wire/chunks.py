"""Many small HTTP chunks → one for each read.

An agent's words arrive as one chunk an event. h11 and httpcore spend more on a chunk than all else
that an event costs together, so its framing is taken off and one of the whole read put on before
they see it. What is not exactly the framing of RFC 9112, 7.1 goes on untouched, for h11 to judge.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

_HEAD_END = b"\r\n\r\n"
_MAX_HEAD = 256 * 1024
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked[ \t]*\r\n", re.IGNORECASE)
_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d ")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]{0,4096})?\r\n")
_READ = 16 * 1024
"""Bytes of a read: what is in them is dealt with in one go, and keys wait for so long."""
_LONGEST_SIZE = 4200
"""Bytes of a chunk's first line; a longer one is h11's to refuse."""


class ChunkJoiner:
    """The bytes of one connection's only answer, with the chunks of each read made one."""

    def __init__(self) -> None:
        self._held = b""
        """Bytes that are not understood yet: of the head, or of a chunk's framing."""
        self._in_body = False
        self._through = False
        """Nothing to join (any more): all bytes go on as they are."""
        self._left = 0
        """Bytes of the present chunk that are still to come, its line end not counted."""
        self._ends_line = False
        """The line end after a chunk's data is due."""

    def feed(self, data: bytes) -> bytes:
        """What h11 is to see of `data`; empty when more must come first."""
        if self._through:
            return data
        if self._in_body:
            return self._body(data)
        self._held += data
        end = self._held.find(_HEAD_END) + len(_HEAD_END)
        if end < len(_HEAD_END):
            return self._give_up() if len(self._held) > _MAX_HEAD else b""
        head, rest = self._held[:end], self._held[end:]
        self._held = b""
        if _INTERIM.match(head):
            return head + (self.feed(rest) if rest else b"")
        if not _CHUNKED.search(head):
            self._through = True
            return head + rest
        self._in_body = True
        return head + self._body(rest)

    def close(self) -> bytes:
        """What was held back when the connection ended."""
        return self._give_up()

    def _give_up(self) -> bytes:
        self._through = True
        held, self._held = self._held, b""
        return held

    def _body(self, data: bytes) -> bytes:
        if self._held:
            data, self._held = self._held + data, b""
        parts: list[bytes] = []
        at, size = 0, len(data)
        match = _SIZE.match
        while at < size:
            if self._left:
                part = data[at : at + self._left]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                self._ends_line = not self._left
            elif self._ends_line:
                if data[at : at + 2] != b"\r\n":
                    if data[at:] == b"\r":
                        break
                    return self._rest(parts, data[at:])
                at += 2
                self._ends_line = False
            elif (found := match(data, at)) is None:
                if b"\r\n" in data[at:] or size - at > _LONGEST_SIZE:
                    return self._rest(parts, data[at:])
                break
            elif (length := int(found[1], 16)) == 0:
                return self._rest(parts, data[at:])
            else:
                at, self._left = found.end(), length
        self._held = data[at:]
        return _chunk(parts)

    def _rest(self, parts: list[bytes], data: bytes) -> bytes:
        """The last chunk, or what is no chunk: from here on nothing is touched."""
        self._through = True
        return _chunk(parts) + data


def _chunk(parts: list[bytes]) -> bytes:
    data = b"".join(parts)
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


class JoiningStream(httpcore.AsyncNetworkStream):
    """A connection that carries one answer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._joiner = ChunkJoiner()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while data := await self._stream.read(min(max_bytes, _READ), timeout):
            if joined := self._joiner.feed(data):
                return joined
        return self._joiner.close()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return JoiningStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class JoiningBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for one answer each."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return JoiningStream(
            await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


def join_chunks(client: httpx.AsyncClient) -> None:
    """Have `client`, whose connections carry one answer each, join the chunks of what it reads.

    httpx has no argument for httpcore's `network_backend`; where its insides are not as expected
    the chunks stay as they are, which is slower and no more.
    """
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if isinstance(pool, httpcore.AsyncConnectionPool):
            pool._network_backend = JoiningBackend(pool._network_backend)
