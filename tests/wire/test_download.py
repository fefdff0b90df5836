"""Downloads: resumed, whole, and nothing of ours to another host."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clock import FakeClock
from tests.server import Answer, Exchange, Server, hang, raw, redirect, reply, reset
from tests.waiting import until
from tests.wire.conftest import TOKEN
from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    DiskProblem,
    PlanBlocked,
    TimedOut,
    VbtuiError,
)
from vbtui.base.settings import Timing
from vbtui.wire.client import Client

OWN = "/api/render/proxy/render_1/download"
VIDEO = os.urandom(700_000)


@pytest.fixture
async def cdn() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


def serve(
    data: bytes = VIDEO, *, fail_at: tuple[int, ...] = (), ranges: bool = True, etag: str = ""
) -> Answer:
    """The file `data`; the n-th answer breaks off after `fail_at[n]` bytes of its body."""
    faults = list(fail_at)

    async def play(exchange: Exchange) -> None:
        headers = exchange.request.headers
        match = re.match(r"bytes=(\d+)-\Z", headers.get("range", "")) if ranges else None
        start = int(match[1]) if match and headers.get("if-range", etag) == etag else 0
        body = data[start:]
        fields = [b"Content-Type: video/mp4", b"Content-Length: %d" % len(body)]
        fields += [b"ETag: " + etag.encode()] if etag else []
        status = b"200 OK"
        if start >= len(data) > 0:
            status, body = b"416 No", b""
            fields = [b"Content-Range: bytes */%d" % len(data), b"Content-Length: 0"]
        elif start:
            status = b"206 Part"
            fields.append(b"Content-Range: bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        head = b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join(fields) + b"\r\n\r\n"
        if faults:
            await raw(head, body[: faults.pop(0)])(exchange)
        else:
            await raw(head, body, close=False)(exchange)

    return play


async def test_whole(server: Server, client: Client, cdn: Server, tmp_path: Path) -> None:
    cdn.on("GET", "/v.mp4", serve())
    seen: list[tuple[int, int | None]] = []
    await client.download(
        "render_1",
        f"{cdn.url}/v.mp4?sig=a%2Fb",
        tmp_path / "v.mp4",
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert read(tmp_path) == VIDEO
    assert cdn.requests[0].target == "/v.mp4?sig=a%2Fb"
    assert seen[0] == (0, len(VIDEO))
    assert seen[-1] == (len(VIDEO), len(VIDEO))
    assert seen == sorted(seen)
    assert server.requests == []


def read(folder: Path) -> bytes:
    return (folder / "v.mp4").read_bytes()


async def test_another_host_gets_nothing_of_ours(
    server: Server, client: Client, cdn: Server, tmp_path: Path
) -> None:
    async with Server() as third:
        third.on("GET", "/*", serve())
        cdn.on("GET", "/*", redirect(f"{third.url}/v"))
        server.on("GET", "/go", redirect(f"{cdn.url}/v"))
        await client.download("render_1", f"{server.url}/go", tmp_path / "v.mp4")
        ours = server.requests[0].headers
        assert ours["authorization"] == f"Bearer {TOKEN}"
        assert ours["x-skill-source"] == "video-builder"
        for request in (*cdn.requests, *third.requests):
            assert not [
                name for name in request.headers if name.startswith(("x-", "authorization"))
            ]
            assert TOKEN.encode() not in request.raw_head
        assert (len(cdn.requests), len(third.requests)) == (1, 1)


async def test_it_goes_on_where_it_broke(client: Client, cdn: Server, tmp_path: Path) -> None:
    cdn.on("GET", "/v", serve(fail_at=(100_000, 0, 200_000, 0, 0), etag='"a"'))
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO
    starts = [request.headers.get("range") for request in cdn.requests]
    assert starts == [None, "bytes=100000-", "bytes=100000-"] + ["bytes=300000-"] * 3
    assert cdn.requests[1].headers["if-range"] == '"a"'


async def test_three_tries_in_a_row_without_a_byte_more_are_the_last(
    server: Server, client: Client, cdn: Server, tmp_path: Path
) -> None:
    cdn.on("GET", "/v", serve(fail_at=(100_000, 0, 0, 1000, 0, 0, 0)))
    server.on("GET", OWN, serve())
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    starts = [request.headers.get("range") for request in cdn.requests]
    assert starts == [None] + ["bytes=100000-"] * 3 + ["bytes=101000-"] * 3
    assert [request.headers.get("range") for request in server.requests] == ["bytes=101000-"]
    assert read(tmp_path) == VIDEO


async def test_it_goes_on_where_an_earlier_run_ended(
    client: Client, cdn: Server, tmp_path: Path
) -> None:
    (tmp_path / "v.mp4").write_bytes(VIDEO[:250_000])
    cdn.on("GET", "/v", serve())
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")  # all of it is there
    assert read(tmp_path) == VIDEO
    assert [r.headers["range"] for r in cdn.requests] == ["bytes=250000-", "bytes=700000-"]


async def test_on_a_slow_line_little_is_lost_by_a_kill(cdn: Server, tmp_path: Path) -> None:
    path, on_disk = tmp_path / "v.mp4", list[int]()

    async def slow(exchange: Exchange) -> None:
        await exchange.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 700000\r\n\r\n"
        )
        await exchange.send(VIDEO[:100_000])
        await until(lambda: path.exists() and path.stat().st_size == 100_000)
        on_disk.append(path.stat().st_size)
        await exchange.send(VIDEO[100_000:])

    cdn.on("GET", "/v", slow)
    client = Client(cdn.url, token="t", timing=Timing(stall=10), clock=FakeClock(step_s=1.0))
    await client.download("render_1", f"{cdn.url}/v", path)
    await client.close()
    assert on_disk == [100_000]
    assert read(tmp_path) == VIDEO


async def test_a_server_that_gives_parts_only(client: Client, cdn: Server, tmp_path: Path) -> None:
    async def play(exchange: Exchange) -> None:
        match = re.match(r"bytes=(\d+)-", exchange.request.headers.get("range", ""))
        start = int(match[1]) if match else 0
        body = VIDEO[start : start + 300_000]
        where = f"bytes {start}-{start + len(body) - 1}/{len(VIDEO)}"
        headers = {"Content-Range": where}
        await reply(body=body, status=206, content_type="video/mp4", headers=headers)(exchange)

    (tmp_path / "v.mp4").write_bytes(VIDEO[:10])
    cdn.on("GET", "/v", play)
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO
    assert len(cdn.requests) == 3


async def test_another_file_behind_the_same_address_starts_over(
    client: Client, cdn: Server, tmp_path: Path
) -> None:
    other = os.urandom(500_000)
    cdn.on("GET", "/v", serve(fail_at=(100_000,)), serve(other), serve(other))
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == other


async def test_a_server_without_ranges(client: Client, cdn: Server, tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"old" * 1000)
    cdn.on("GET", "/v", serve(ranges=False, fail_at=(100_000,)))
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO


async def test_a_packed_file_is_neither_unpacked_nor_joined_to_what_is_there(
    server: Server, client: Client, tmp_path: Path
) -> None:
    """A megabyte would unpack to a gigabyte, and a part of what is packed is no part of the file."""
    (tmp_path / "v.mp4").write_bytes(VIDEO[:1000])
    body = gzip.compress(bytes(50_000_000))
    fields = b"Content-Type: video/mp4\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n" % len(
        body
    )
    part = b"Content-Range: bytes 1000-%d/%d\r\n" % (999 + len(body), 1000 + len(body))
    for head in (b"206 Part\r\n" + part, b"200 OK\r\n"):
        server.on("GET", OWN, raw(b"HTTP/1.1 " + head + fields + b"\r\n", body))
        with pytest.raises(BadReply, match="packed in a way that nobody asked for"):
            await client.download("render_1", "", tmp_path / "v.mp4")
        assert read(tmp_path) == VIDEO[:1000]
    assert {request.headers["accept-encoding"] for request in server.requests} == {"identity"}


async def test_a_file_of_no_stated_length_is_bounded(
    client: Client, cdn: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.wire.transfer._MOST_BYTES", 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"
    cdn.on("GET", "/v", raw(head, *[bytes(50_000)] * 20))
    with pytest.raises(VbtuiError):
        await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == b""
    cdn.on("GET", "/v", raw(head, VIDEO[:90_000]))
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO[:90_000]


@pytest.mark.parametrize("size", [900_000, 700_001])
async def test_more_than_there_is_starts_over(
    client: Client, cdn: Server, tmp_path: Path, size: int
) -> None:
    (tmp_path / "v.mp4").write_bytes(b"x" * size)
    cdn.on("GET", "/v", serve())
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO


@pytest.mark.parametrize(
    "answer",
    [
        reply(status=404, body=b"gone"),
        reply(status=403, body=b"<Error>expired</Error>", content_type="application/xml"),
        reply(status=500, body=b""),
        reply(body=b"<html>login</html>", content_type="text/html"),
        reply({"code": 7, "message": "no"}),
        reset(),
        pytest.param(hang(), marks=pytest.mark.hangs),
        raw(b""),
        redirect("ftp://elsewhere/x"),
        reply(body=b"", content_type="video/mp4"),
        *(
            reply(
                body=gzip.compress(bytes(5_000_000)),
                content_type="video/mp4",
                headers={"Content-Encoding": packed},
            )
            for packed in ("gzip", "br", "identity, gzip")
        ),
        pytest.param(
            hang(
                b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 700000\r\n\r\n"
                + VIDEO[:1000]
            ),
            marks=pytest.mark.hangs,
        ),
    ],
)
async def test_the_api_has_a_copy(
    server: Server, client: Client, cdn: Server, tmp_path: Path, answer: Answer
) -> None:
    cdn.on("GET", "/v", answer)
    server.on("GET", OWN, serve())
    await client.download("render_1", f"{cdn.url}/v", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "javascript:x", "http://", "http://[::bad", OWN]
)
async def test_an_address_that_is_none(
    server: Server, client: Client, tmp_path: Path, url: str
) -> None:
    server.on("GET", OWN, serve())
    await client.download("render_1", url, tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO
    assert len(server.requests) == 1


async def test_a_relative_address_is_the_apis(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.on("GET", "/files/v.mp4", serve())
    await client.download("render_1", "/files/v.mp4", tmp_path / "v.mp4")
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(status=402, body=b""), PlanBlocked),
        (reply({"detail": "No such render."}, status=404), BackendError),
        (reply(body=b"<html>", content_type="text/html"), BadReply),
        (reset(), ConnectionBroken),
        pytest.param(hang(), TimedOut, marks=pytest.mark.hangs),
        (serve(b""), BadReply),
    ],
)
async def test_no_place_has_it(
    server: Server, client: Client, tmp_path: Path, answer: Answer, kind: type[VbtuiError]
) -> None:
    server.on("GET", OWN, answer)
    with pytest.raises(kind) as caught:
        await client.download("render_1", "", tmp_path / "v.mp4")
    assert type(caught.value) is kind


async def test_a_refused_token_is_renewed(server: Server, client: Client, tmp_path: Path) -> None:
    async def renew() -> str:
        return "tok_new"

    client.on_token_refused = renew
    server.on("GET", OWN, reply({"code": 1001}, status=401), serve())
    await client.download("render_1", "", tmp_path / "v.mp4")
    assert read(tmp_path) == VIDEO


async def test_a_full_disk_is_said(client: Client, cdn: Server) -> None:
    cdn.on("GET", "/v", serve())
    with pytest.raises(DiskProblem, match="full"):
        await client.download("render_1", f"{cdn.url}/v", Path("/dev/full"))


async def test_a_folder_that_cannot_be_written(client: Client, cdn: Server, tmp_path: Path) -> None:
    cdn.on("GET", "/v", serve())
    for path in (tmp_path / "none" / "v.mp4", Path("/proc/nope/v.mp4"), tmp_path):
        with pytest.raises(DiskProblem):
            await client.download("render_1", f"{cdn.url}/v", path)
