"""Plain requests against a real server: headers, retries, tokens, redirects, proxies, time."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import (
    Answer,
    Exchange,
    Server,
    hang,
    ok,
    raw,
    redirect,
    reply,
    reset,
)
from tests.wire.conftest import TOKEN, patient
from vbtui import __version__
from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    TimedOut,
    Unreachable,
    UsageError,
    VbtuiError,
)
from vbtui.base.foreign_json import MOST_VALUES
from vbtui.base.settings import Timing
from vbtui.wire.client import Client
from vbtui.wire.replies import RenderStatus
from vbtui.wire.transport import detect_platform

CREDITS = "/api/credits/balance/simple"
RENDER = "/api/render/proxy/lambda"


async def test_every_request_is_attributed(server: Server, client: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"x")
    server.on("GET", "/*", ok({"available": 1, "state": {}, "status": "done", "token": "t"}))
    server.on(
        "POST", "/*", ok({"session_id": "s", "claim_token": "c", "token": "t", "status": "x"})
    )
    await client.anonymous_token("id-1")
    await client.create_session("project", "en")
    await client.claim_token("t", "s")
    await client.credits()
    await client.state("s")
    await client.start_render("render_1", "s", {})
    await client.render_status("render_1")
    await client.cancel_render("render_1")
    await client.upload("s", file)
    await client.upload_urls("s", ["https://x.example/y.mp4"])
    await client.capabilities()
    with pytest.raises(BackendError):
        [event async for event in client.run("s", "hi")]
    assert len(server.requests) == 12
    for request in server.requests:
        assert request.headers["x-skill-source"] == "video-builder"
        assert request.headers["x-skill-version"] == __version__
        assert request.headers["x-skill-platform"] == "unknown"
        signed = request.headers.get("authorization")
        assert signed == (None if request.path.endswith("anonymous-token") else f"Bearer {TOKEN}")
        assert TOKEN not in request.target


async def test_what_is_sent(server: Server, client: Client) -> None:
    server.on("POST", "/*", ok({"session_id": "s", "claim_token": "c", "token": "t"}))
    await client.anonymous_token("id-1")
    await client.create_session("project", "en")
    await client.claim_token("t", "s")
    await client.upload_urls("s/../x", ["https://x.example/y.mp4"])
    token, session, claim, urls = server.requests
    assert (token.path, token.headers["x-client-id"], token.body) == (
        "/api/auth/anonymous-token",
        "id-1",
        b"",
    )
    assert session.path == "/api/tasks/me/with-session/nemo_agent"
    assert session.json() == {"task_name": "project", "language": "en"}
    assert claim.json() == {"task_id": "t", "session_id": "s"}
    assert urls.path == "/api/upload-video/nemo_agent/me/s%2F..%2Fx"
    assert urls.json() == {"urls": ["https://x.example/y.mp4"], "source_type": "url"}


async def test_the_platform_is_told(server: Server) -> None:
    server.on("GET", "/*", ok({"available": 1}))
    for platform, told in [("cursor", "cursor"), ("evil\r\nX-A: b", "unknown"), ("ü", "unknown")]:
        client = Client(server.url, token="t", platform=platform)
        await client.credits()
        await client.close()
        assert server.requests[-1].headers["x-skill-platform"] == told
        assert "x-a" not in server.requests[-1].headers


def test_the_platform_is_seen_in_the_install_path() -> None:
    assert detect_platform(Path("/home/u/.cursor/skills/vbtui/wire/a.py")) == "cursor"
    assert detect_platform(Path("/home/u/clawhub/vbtui/wire/a.py")) == "clawhub"
    assert detect_platform(Path("/usr/lib/python3/vbtui/wire/a.py")) == "unknown"


async def test_a_draft_goes_out_as_it_came_in(server: Server, client: Client) -> None:
    draft = (
        '{"t": [{"tt": 0, "sg": [{"d": 1.10, "big": 12345678901234567890, "x": "\\ud83d é漢💥\\u2028"}]}],'
        ' "unknown": {"a": [null, true, 1e-7]}, "d": 0}'
    )
    body = f'{{"code": 0, "data": {{"state": {{"draft": {draft}}}}}}}'.encode()
    server.on("GET", "/api/state/*", reply(body=body))
    server.on("POST", RENDER, reply({"success": True, "data": {"status": "pending"}}))
    state = await client.state("s")
    assert await client.start_render("render_1", "s", state.draft) == RenderStatus("pending")
    sent = server.requests[-1].json()
    assert sent["draft"] == json.loads(draft)
    assert {k: v for k, v in sent.items() if k != "draft"} == {
        "id": "render_1",
        "sessionId": "s",
        "output": {"format": "mp4", "quality": "high"},
    }


@pytest.mark.parametrize(
    "fault",
    [
        reset(),
        reset(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
        raw(b"not http\r\n\r\n"),
        reply({"detail": "busy"}, status=503),
        reply(body=b"<html>502</html>", status=502, content_type="text/html"),
    ],
)
async def test_a_get_is_tried_again(server: Server, client: Client, fault: Answer) -> None:
    server.on("GET", CREDITS, fault, fault, ok({"available": 3}))
    assert (await client.credits()).available == 3
    assert server.count("GET", CREDITS) == 3
    server.on("GET", CREDITS, fault)
    with pytest.raises(ConnectionBroken):
        await client.credits()
    assert server.count("GET", CREDITS) == 6


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (reset(), ConnectionBroken),
        (reset(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), ConnectionBroken),
        (raw(b""), ConnectionBroken),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), ConnectionBroken),
        pytest.param(hang(), TimedOut, marks=pytest.mark.hangs),
        pytest.param(
            hang(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
            TimedOut,
            marks=pytest.mark.hangs,
        ),
        (reply(status=500, body=b""), ConnectionBroken),
        (reply(status=504, body=b"<html>gateway", content_type="text/html"), ConnectionBroken),
        (reply(body=b""), BadReply),
        (reply(body=b"<html>login</html>", content_type="text/html"), BadReply),
        (reply(body=b'{"code": 0, "data": {"ses'), BadReply),
        (redirect("/elsewhere"), BadReply),
        (reply({"code": 7, "message": "No."}), BackendError),
    ],
)
async def test_a_post_is_never_sent_twice(
    server: Server, client: Client, fault: Answer, kind: type[VbtuiError]
) -> None:
    server.on("POST", "/*", fault)
    with pytest.raises(kind) as caught:
        await client.create_session("project", "en")
    assert type(caught.value) is kind
    assert len(server.requests) == 1
    with pytest.raises(VbtuiError):
        await client.claim_token("t", "s")
    assert len(server.requests) == 2


async def test_nothing_is_sent_to_a_closed_port() -> None:
    with closing(
        socket.socket()
    ) as taken:  # bound, so that nobody else gets it; it does not listen
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        client = patient(f"http://127.0.0.1:{port}")
        with pytest.raises(Unreachable, match="refuses connections"):
            await client.create_session("project", "en")
        with pytest.raises(Unreachable):
            await client.credits()
        with pytest.raises(Unreachable):
            [event async for event in client.run("s", "hi")]
        await client.close()


async def test_a_name_that_is_none_is_said() -> None:
    client = patient("http://vbtui.invalid")
    with pytest.raises(Unreachable, match=r"vbtui\.invalid"):
        await client.create_session("project", "en")
    await client.close()


def test_an_address_that_is_none_is_a_usage_error() -> None:
    for url in ("", "nemovideo.com", "ftp://x", "http://"):
        with pytest.raises(UsageError):
            Client(url)


async def test_a_reply_that_trickles_is_not_waited_for_for_ever(server: Server) -> None:
    client = Client(server.url, token="t", timing=Timing(connect=0.1, reply=0.1))

    async def trickle(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            await exchange.send(b" ")
            await asyncio.sleep(0.02)

    server.on("POST", "/*", trickle)
    with pytest.raises(TimedOut):
        await client.create_session("project", "en")
    await client.close()


async def test_a_giant_reply_is_not_read_to_its_end(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.wire.transport.MAX_ERROR_BYTES", 5000)
    server.on(
        "POST", "/*", raw(b"HTTP/1.1 400 No\r\nContent-Length: 99999999\r\n\r\n", b"x" * 300_000)
    )
    with pytest.raises(BackendError, match="did not understand"):
        await client.create_session("project", "en")


async def test_what_a_small_answer_unpacks_to_is_bounded(server: Server, client: Client) -> None:
    """A kilobyte that is packed twice, and a megabyte of lists in lists."""
    once = gzip.compress(bytes(1024 * 1024 * 64))
    for packed in ("gzip, gzip", "gzip,deflate", "br", "zstd"):
        headers = {"Content-Encoding": packed}
        server.on("GET", CREDITS, reply(body=gzip.compress(once), headers=headers))
        with pytest.raises(BadReply, match="packed in a way that nobody asked for"):
            await client.credits()
    many = gzip.compress(b"[" + b"[]," * (MOST_VALUES // 2) + b"0]")
    for body in (once, many):
        server.on("GET", CREDITS, reply(body=body, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(BadReply):
            await client.credits()
    good = gzip.compress(b'{"code": 0, "data": {"available": 7}}')
    server.on("GET", CREDITS, reply(body=good, headers={"Content-Encoding": "gzip"}))
    assert (await client.credits()).available == 7


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 500 \x1b]0;x\x07bad\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 302 x\r\nLocation: http://h\x1b[31m.test/\r\nContent-Length: 0\r\n\r\n"),
        raw(b"\x1b[2J\x1b]0;x\x07\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nX: \x1b[31m\r\nContent-Length: x\x9b1m\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[31m\r\nContent-Length: 0\r\n\r\n"),
        reply({"code": 400, "message": "\x1b]52;c;eA==\x07a\u202eb\x9b2J"}),
        reply({"detail": [{"loc": ["\x1b[31m"], "msg": "\x1b[1m\x07"}]}, status=422),
        reply(body=b"\x1b[2J<html>", content_type="text/\x1b[1mhtml", status=500),
    ],
)
async def test_nothing_of_an_answer_steers_the_terminal(
    server: Server, client: Client, answer: Answer
) -> None:
    server.on("GET", CREDITS, answer)
    with pytest.raises(VbtuiError) as caught:
        await client.credits()
    assert caught.value.sentence.isprintable()


async def test_an_answer_that_says_it_is_too_long_is_not_read(
    server: Server, client: Client
) -> None:
    """None of it has to come."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    )
    server.on("GET", CREDITS, raw(head, b"{", close=False))
    with pytest.raises(BadReply, match="too long"):
        await client.credits()
