"""Uploads: byte-identical, streamed, never half of a file."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest

from tests.server import Exchange, Request, Server, early, hang, ok, reply, reset
from tests.waiting import PATIENCE_S, until
from tests.wire.conftest import patient
from vbtui.base.errors import (
    BadFile,
    ConnectionBroken,
    FileTooLarge,
    SignInRefused,
    TimedOut,
    UnsupportedFile,
)
from vbtui.base.settings import MAX_UPLOAD_BYTES, Timing
from vbtui.wire.client import Client
from vbtui.wire.replies import Media
from vbtui.wire.transfer import escaped_filename

PATH = "/api/upload-video/nemo_agent/me/s1"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        running.on("POST", PATH, ok({"files": [{"filename": "a.mp4", "cdn_url": "u"}]}))
        yield running


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def part(request: Request) -> tuple[str, str, bytes]:
    """Name of the field, raw header, content of the one part, read by another parser."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    (only,) = message.iter_parts()
    raw = request.body.partition(b"\r\n\r\n")[0].decode()
    boundary = request.body.partition(b"\r\n")[0]
    content = request.body.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n" + boundary + b"--\r\n")
    return str(only.get_param("name", header="content-disposition")), raw, content


@pytest.mark.parametrize("size", [1, 1000, 1024 * 1024, 1024 * 1024 + 1, 5_000_000])
async def test_byte_identical(server: Server, client: Client, tmp_path: Path, size: int) -> None:
    file = tmp_path / "clip.MOV"
    file.write_bytes(os.urandom(size))
    seen: list[int] = []
    assert await client.upload("s1", file, on_progress=seen.append) == (Media("a.mp4", url="u"),)
    (request,) = server.requests
    name, head, content = part(request)
    assert name == "files"
    assert 'filename="clip.MOV"' in head
    assert "Content-Type: video/quicktime" in head
    assert content == file.read_bytes()
    assert request.complete
    assert int(request.headers["content-length"]) == len(request.body)
    assert seen == sorted(set(seen))
    assert seen[-1] == size


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ('a"b.mp4', "a%22b.mp4"),
        ("a\r\nX-Evil: 1\r\n\r\n.mp4", "a%0D%0AX-Evil: 1%0D%0A%0D%0A.mp4"),
        ("é漢💥.mp4", "é漢💥.mp4"),
        (os.fsdecode(b"bad\xff\xfe.mp4"), "bad%FF%FE.mp4"),
        ("esc\x1b[2J\x00\x7f.mp4", "esc%1B[2J%00%7F.mp4"),
        ("back\\slash;=.mp4", "back\\slash;=.mp4"),
        ("\ud800.mp4", "%EF%BF%BD.mp4"),
    ],
)
async def test_hostile_names(
    server: Server, client: Client, tmp_path: Path, name: str, sent: str
) -> None:
    assert escaped_filename(name) == sent
    file = tmp_path / "x.mp4"
    file.write_bytes(b"x")
    await client.upload("s1", file, name=name)
    head = server.requests[0].body.partition(b"\r\n\r\n")[0].decode()
    assert head.split("\r\n")[1:] == [
        f'Content-Disposition: form-data; name="files"; filename="{sent}"',
        "Content-Type: video/mp4",
    ]


async def test_a_name_that_is_no_text_on_the_disk(
    server: Server, client: Client, tmp_path: Path
) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\n.mp4"))
    write(file, b"x")
    await client.upload("s1", file)
    assert b'filename="bad%FF%0A.mp4"' in server.requests[0].body
    write(file, b"")
    with pytest.raises(BadFile, match="is empty") as caught:
        await client.upload("s1", file)
    caught.value.message.encode()  # can be shown and stored


async def test_files_that_cannot_be_sent(server: Server, client: Client, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    large = tmp_path / "large.mp4"
    with large.open("wb") as out:
        out.truncate(MAX_UPLOAD_BYTES + 1)
    for path, kind, words in [
        (tmp_path, BadFile, "not a file"),
        (pipe, BadFile, "not a file"),
        (tmp_path / "none.mp4", BadFile, "not there"),
        (empty, BadFile, "empty"),
        (large, FileTooLarge, "at most 500 MB"),
    ]:
        with pytest.raises(kind, match=words):
            await client.upload("s1", path)
    assert server.connections == 0


@pytest.mark.parametrize("change", ["append", "truncate", "touch"])
async def test_a_file_that_changes_is_not_sent(
    server: Server, client: Client, tmp_path: Path, change: str
) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(os.urandom(3_000_000))

    def alter(sent: int) -> None:
        if sent < 300_000:
            if change == "append":
                with file.open("ab") as out:
                    out.write(b"more")
            elif change == "truncate":
                os.truncate(file, 1_200_000)
            else:
                os.utime(file, ns=(1, 1))

    with pytest.raises(BadFile, match="changed while it was sent"):
        await client.upload("s1", file, on_progress=alter)
    await server.wait_until_idle()
    request = server.requests[0]
    assert len(request.body) < int(request.headers["content-length"])
    assert b"--\r\n" not in request.body[-6:]
    await client.upload("s1", file)
    assert part(server.requests[1])[2] == file.read_bytes()


@pytest.mark.hangs
async def test_a_server_that_takes_nothing(server: Server, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    with file.open("wb") as out:
        out.truncate(60_000_000)
    server.on("POST", PATH, early(hang()))
    with pytest.raises(TimedOut):
        await client.upload("s1", file)
    server.on("POST", PATH, hang())
    with pytest.raises(TimedOut):
        await client.upload("s1", file)
    assert server.count("POST", PATH) == 2


async def test_a_slow_server_is_no_stall(server: Server, tmp_path: Path) -> None:
    client = patient(server.url, timing=Timing(connect=PATIENCE_S, reply=1, stall=1))
    file = tmp_path / "a.mp4"
    file.write_bytes(os.urandom(12_000_000))

    async def slowly(exchange: Exchange) -> None:
        for limit in range(480_000, 12_000_001, 480_000):
            await exchange.read_body(limit)
            await asyncio.sleep(0.05)
        await exchange.read_body()
        await ok({"files": []})(exchange)

    server.on("POST", PATH, early(slowly))
    await client.upload("s1", file)
    assert (
        hashlib.sha256(part(server.requests[0])[2]).digest()
        == hashlib.sha256(file.read_bytes()).digest()
    )
    await client.close()


async def test_a_reset_is_not_repeated(server: Server, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(os.urandom(2_000_000))
    for answer in (reset(), early(reset()), reply(status=502, body=b"")):
        server.on("POST", PATH, answer)
        with pytest.raises(ConnectionBroken):
            await client.upload("s1", file)
    assert server.count("POST", PATH) == 3


async def test_refusals(server: Server, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"x")
    for answer, kind in [
        (reply({"code": 4001, "message": "bad codec"}), UnsupportedFile),
        (reply({"code": 4002}), FileTooLarge),
        (reply(status=413, body=b"<html>nginx", content_type="text/html"), FileTooLarge),
        (reply({"code": 1001}), SignInRefused),
    ]:
        server.on("POST", PATH, answer)
        with pytest.raises(kind):
            await client.upload("s1", file)


async def test_a_refused_token_is_renewed_and_the_file_sent_whole(
    server: Server, client: Client, tmp_path: Path
) -> None:
    async def renew() -> str:
        return "tok_new"

    client.on_token_refused = renew
    file = tmp_path / "a.mp4"
    file.write_bytes(os.urandom(3_000_000))
    server.on("POST", PATH, early(reply(status=401, body=b"")), ok({"files": []}))
    assert await client.upload("s1", file) == ()
    assert part(server.requests[1])[2] == file.read_bytes()


async def test_cancelling_leaves_nothing_open(
    server: Server, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "a.mp4"
    with file.open("wb") as out:
        out.truncate(60_000_000)
    server.on("POST", PATH, early(hang()))
    before = len(os.listdir("/proc/self/fd"))
    task = asyncio.create_task(client.upload("s1", file))
    await server.wait_for("POST", PATH)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await client.close()
    await until(lambda: len(os.listdir("/proc/self/fd")) <= before + 1)  # the server's end
    assert not [fd for fd in os.listdir("/proc/self/fd") if _target(fd) == str(file)]


def _target(fd: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


async def test_memory_stays_small(server: Server, client: Client, tmp_path: Path) -> None:
    async def discard(exchange: Exchange) -> None:
        left = int(exchange.request.headers["content-length"])
        while left:
            left -= len(await exchange.reader.read(1 << 20))
        exchange.request.complete = True
        await ok({"files": []})(exchange)

    server.on("POST", PATH, early(discard))
    file = tmp_path / "a.mp4"
    with file.open("wb") as out:
        out.truncate(100_000_000)
    await client.upload("s1", file)
    tracemalloc.start()
    await client.upload("s1", file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000_000
