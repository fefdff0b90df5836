"""An answer that comes while a file is still going out, over every kind of line: it is heard, and ends that."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.server import Answer, Exchange, Server, early, hang, ok
from tests.waiting import PATIENCE_S
from tests.wire.certificates import TLS_NAME, certificate
from tests.wire.conftest import TOKEN, patient
from vbtui.base.errors import FileTooLarge, Unreachable

PATH = "/api/upload-video/nemo_agent/me/s1"
REFUSAL = b'{"code":4002,"message":"File too large"}'
TOO_LARGE = (
    b"HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n" % len(REFUSAL)
) + REFUSAL


async def _lingers(exchange: Exchange) -> None:
    """As nginx closes: it answers, and reads away what still comes."""
    await exchange.send(TOO_LARGE)
    while await exchange.reader.read(1 << 16):
        exchange.request.body += b"."
    exchange.close()


async def _closes(exchange: Exchange) -> None:
    await exchange.send(TOO_LARGE)
    await asyncio.sleep(0)
    exchange.reset()


class Proxy:
    """Passes on what comes for `TLS_NAME` to one port of this machine: a tunnel where `CONNECT` asks for
    one, else the request under its path alone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[str] = []
        """The first line of each connection."""
        self.refuses = b""
        """What is answered in place of a tunnel."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.decode().split("\r\n")[0])
            if self.refuses:
                writer.write(self.refuses)
                writer.close()
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            if head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                back.write(head.replace(f"http://{TLS_NAME}".encode(), b"", 1))
            await asyncio.gather(_carried(reader, back), _carried(there, writer))


async def _carried(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(1 << 16):
            target.write(piece)
            await target.drain()
    target.close()


@asynccontextmanager
async def line(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Server, str, Proxy | None]]:
    """A server, its address, and what lies between."""
    async with AsyncExitStack() as stack:
        context: ssl.SSLContext | None = None
        if kind in ("tls", "tunnel"):
            context, trusted = await asyncio.to_thread(certificate, folder)
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        server = await stack.enter_async_context(Server(tls=context))
        if kind in ("plain", "tls"):
            yield server, server.url, None
            return
        proxy = Proxy(server.port)
        address = await stack.enter_async_context(proxy.listening())
        scheme = "https" if context else "http"
        monkeypatch.setenv(f"{scheme}_proxy", address)
        yield server, f"{scheme}://{TLS_NAME}", proxy


WAYS: dict[str, Answer] = {"lingers": _lingers, "resets": _closes, "hangs": hang(TOO_LARGE)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["plain", "tls", "proxy", "tunnel"])
async def test_a_refusal_is_heard_while_the_file_is_being_sent(
    kind: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server does with the rest: the answer counts, and little is sent after it."""
    file = tmp_path / "big.mp4"
    with file.open("wb") as big:
        big.truncate(200_000_000)
    sent: list[int] = [0]
    async with line(kind, tmp_path, monkeypatch) as (server, url, proxy):
        server.on("POST", PATH, early(WAYS[way]))
        client = patient(url, TOKEN)
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(FileTooLarge, match="File too large"):
                await client.upload("s1", file, on_progress=sent.append)
        await client.close()
        assert server.count("POST", PATH) == 1
        assert len(proxy.asked if proxy else [1]) == 1
    assert max(sent) < 100_000_000


@pytest.mark.parametrize("kind", ["plain", "tls", "proxy", "tunnel"])
async def test_a_file_that_is_taken_arrives_whole(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(bytes(range(256)) * 20_000)
    async with line(kind, tmp_path, monkeypatch) as (server, url, proxy):
        server.on("POST", PATH, ok({"files": [{"filename": "a.mp4"}]}))
        client = patient(url, TOKEN)
        (media,) = await client.upload("s1", file)
        await client.close()
        (request,) = server.requests
        assert media.name == "a.mp4"
        assert file.read_bytes() in request.body
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        if proxy:
            way = "CONNECT" if kind == "tunnel" else "POST"
            assert [asked.split()[0] for asked in proxy.asked] == [way]


async def test_a_proxy_that_gives_no_tunnel_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"a")
    async with line("tunnel", tmp_path, monkeypatch) as (_, url, proxy):
        assert proxy is not None
        proxy.refuses = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        client = patient(url, TOKEN)
        with pytest.raises(Unreachable, match="proxy"):
            await client.upload("s1", file)
        await client.close()
