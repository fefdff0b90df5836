"""Plain requests against a real server: headers, retries, tokens, redirects, proxies, time."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.wire.server import (
    Answer,
    Exchange,
    FaultServer,
    attributed,
    hang,
    ok,
    raw,
    redirect,
    reply,
    reset,
)
from vbtui import __version__
from vbtui.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    PlanBlocked,
    RateLimited,
    SignInRefused,
    StudioProblem,
    TimedOut,
    Unreachable,
    UsageError,
    VbtuiError,
)
from vbtui.settings import Timing
from vbtui.wire.attribution import detect_platform
from vbtui.wire.client import Client
from vbtui.wire.model import RenderStatus

FAST = Timing(connect=0.4, reply=0.4, stall=0.4, rate_limit_wait=0.02)
CREDITS = "/api/credits/balance/simple"
RENDER = "/api/render/proxy/lambda"
_OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    " -keyout key.pem -out cert.pem"
)
TOKEN = "nmv_usr_0123456789abcdef"


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as running:
        yield running


@pytest.fixture
async def client(server: FaultServer) -> AsyncIterator[Client]:
    made = Client(server.url, token=TOKEN, timing=FAST)
    yield made
    await made.close()


async def test_every_request_is_attributed(
    server: FaultServer, client: Client, tmp_path: Path
) -> None:
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


async def test_what_is_sent(server: FaultServer, client: Client) -> None:
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


async def test_the_platform_is_told(server: FaultServer) -> None:
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


async def test_a_draft_goes_out_as_it_came_in(server: FaultServer, client: Client) -> None:
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
async def test_a_get_is_tried_again(server: FaultServer, client: Client, fault: Answer) -> None:
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
        (hang(), TimedOut),
        (hang(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), TimedOut),
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
    server: FaultServer, client: Client, fault: Answer, kind: type[VbtuiError]
) -> None:
    server.on("POST", "/*", fault)
    with pytest.raises(kind) as caught:
        await client.create_session("project", "en")
    assert type(caught.value) is kind
    assert len(server.requests) == 1
    with pytest.raises(VbtuiError):
        await client.claim_token("t", "s")
    assert len(server.requests) == 2


async def test_nothing_is_sent_to_a_closed_port(unused_tcp_port: int) -> None:
    client = Client(f"http://127.0.0.1:{unused_tcp_port}", token="t", timing=FAST)
    with pytest.raises(Unreachable, match="refuses connections"):
        await client.create_session("project", "en")
    with pytest.raises(Unreachable):
        await client.credits()
    with pytest.raises(Unreachable):
        [event async for event in client.run("s", "hi")]
    await client.close()


async def test_a_name_that_is_none_is_said() -> None:
    client = Client("http://vbtui.invalid", token="t", timing=FAST)
    with pytest.raises(Unreachable, match=r"vbtui\.invalid"):
        await client.create_session("project", "en")
    await client.close()


def test_an_address_that_is_none_is_a_usage_error() -> None:
    for url in ("", "nemovideo.com", "ftp://x", "http://"):
        with pytest.raises(UsageError):
            Client(url)


async def test_a_reply_that_trickles_is_not_waited_for_for_ever(server: FaultServer) -> None:
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
    server: FaultServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.wire.transport.MAX_ERROR_BYTES", 5000)
    server.on(
        "POST", "/*", raw(b"HTTP/1.1 400 No\r\nContent-Length: 99999999\r\n\r\n", b"x" * 300_000)
    )
    with pytest.raises(BackendError, match="did not understand"):
        await client.create_session("project", "en")


# Tokens


async def test_a_refused_token_is_renewed_once(server: FaultServer, client: Client) -> None:
    asked = []

    async def renew() -> str:
        asked.append(1)
        return "tok_new"

    client.on_token_refused = renew
    server.on("GET", CREDITS, reply({"code": 1001}), ok({"available": 1}))
    assert (await client.credits()).available == 1
    server.on("POST", "/*", reply({"detail": "expired"}, status=401))
    with pytest.raises(SignInRefused):
        await client.create_session("project", "en")
    signed = [request.headers["authorization"] for request in server.requests]
    assert signed == [f"Bearer {TOKEN}"] + ["Bearer tok_new"] * 2
    assert len(asked) == 2


async def test_a_token_of_the_users_is_not_replaced(server: FaultServer, client: Client) -> None:
    async def none() -> None:
        return None

    server.on("GET", CREDITS, reply({"code": 1001}))
    for ask in (None, none):
        client.on_token_refused = ask
        with pytest.raises(SignInRefused):
            await client.credits()
    assert server.count("GET", CREDITS) == 2


async def test_many_refusals_ask_for_one_token(server: FaultServer, client: Client) -> None:
    asked = []

    async def renew() -> str:
        asked.append(1)
        await asyncio.sleep(0.01)
        return "tok_new"

    async def play(exchange: Exchange) -> None:
        fresh = exchange.request.headers["authorization"] == "Bearer tok_new"
        await (ok({"available": 1}) if fresh else reply(status=401, body=b""))(exchange)

    client.on_token_refused = renew
    server.on("GET", CREDITS, play)
    await asyncio.gather(*(client.credits() for _ in range(5)))
    assert len(asked) == 1


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "é", "x" * 5000])
async def test_a_token_that_cannot_be_one_is_not_sent(server: FaultServer, token: str) -> None:
    client = Client(server.url, token=token, timing=FAST)
    with pytest.raises(SignInRefused) as caught:
        await client.credits()
    assert not token or token not in str(caught.value)
    assert server.requests == []
    await client.close()


def with_locals(error: BaseException) -> Iterator[str]:
    """The traceback with all variables, without the frame of the test: that holds the server."""
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    return traceback.TracebackException(type(error), error, frames, capture_locals=True).format()


async def test_the_token_shows_nowhere(
    server: FaultServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("GET", "/*", reply({"code": 7, "message": f"bad {TOKEN}"}))
    server.on("POST", "/*", reset())
    seen = [repr(client), repr(client.__dict__)]
    for call in (
        client.credits(),
        client.create_session("p", "en"),
        client.frame("s", 0, width=1, height=1),
    ):
        try:
            await call
        except VbtuiError as error:
            seen += [str(error), error.sentence, repr(error)]
            seen += with_locals(error)
    assert len(seen) > 20
    assert TOKEN not in "".join(seen)
    assert TOKEN not in caplog.text
    assert "http://" not in caplog.text


async def test_a_rate_limit_is_waited_for_once(server: FaultServer, client: Client) -> None:
    path = "/api/auth/anonymous-token"
    limit = reply({"detail": "slow down"}, status=429, headers={"Retry-After": "0.01"})
    server.on("POST", path, limit, ok({"token": "t"}))
    assert (await client.anonymous_token("id")).token == "t"
    server.on("POST", path, reply({"code": 429}))
    with pytest.raises(RateLimited):
        await client.anonymous_token("id")
    assert server.count("POST", path) == 4
    server.on("POST", path, reply({}, status=429, headers={"Retry-After": "432000"}))
    with pytest.raises(RateLimited, match="one free token a week") as caught:
        await client.anonymous_token("id")
    assert server.count("POST", path) == 5
    assert caught.value.retry_after_s == 432000
    assert "5 d" in caught.value.hint


async def test_an_export_carries_what_exports_need(server: FaultServer, client: Client) -> None:
    server.on("POST", RENDER, attributed(reply({"success": True, "status": "pending"})))
    assert (await client.start_render("r", "s", {})).status == "pending"


async def test_an_export_without_a_plan_is_no_matter_of_credits(
    server: FaultServer, client: Client
) -> None:
    server.on("POST", RENDER, reply(status=402, body=b""))
    with pytest.raises(PlanBlocked, match="refuses exports"):
        await client.start_render("r", "s", {})


# Other hosts


async def test_another_host_gets_nothing_of_ours(server: FaultServer, client: Client) -> None:
    async with FaultServer() as other:
        other.on("GET", "/*", ok({"available": 1}))
        other.on("POST", "/*", ok({"session_id": "s"}))
        server.on("GET", "/*", redirect(f"{other.url}/x"))
        server.on("POST", "/*", redirect(f"{other.url}/x", status=307))
        with pytest.raises(BadReply, match="moved"):
            await client.credits()
        with pytest.raises(BadReply, match="moved"):
            await client.create_session("p", "en")
        assert other.requests == []


async def test_a_redirect_on_the_same_host_is_followed(server: FaultServer, client: Client) -> None:
    server.on("GET", CREDITS, redirect("/new"))
    server.on("GET", "/new", ok({"available": 4}))
    server.on("POST", "/api/tasks/*", redirect("/made/", status=307))
    server.on("POST", "/made/", ok({"session_id": "s"}))
    assert (await client.credits()).available == 4
    assert (await client.create_session("p", "en")).session_id == "s"
    assert server.of("POST", "/made/")[0].json()["task_name"] == "p"
    server.on("GET", CREDITS, redirect(CREDITS))
    with pytest.raises(BadReply, match="circle"):
        await client.credits()


async def test_loopback_needs_no_proxy(
    server: FaultServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.on("GET", CREDITS, ok({"available": 4}))
    assert (await client.credits()).available == 4
    monkeypatch.setenv("http_proxy", "nonsense://x")
    again = Client(server.url, token="t", timing=FAST)
    assert (await again.credits()).available == 4
    await again.close()


async def test_the_proxy_of_the_environment_is_used(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    client = Client("http://api.invalid", token="t", timing=FAST)
    server.on("GET", "*", ok({"available": 4}))
    assert (await client.credits()).available == 4
    assert server.requests[0].target == f"http://api.invalid{CREDITS}"
    await client.close()
    monkeypatch.setenv("http_proxy", "nonsense://user:secret@x")
    client = Client("http://api.invalid", token="t", timing=FAST)
    with pytest.raises(Unreachable, match="proxy") as caught:
        await client.create_session("p", "en")
    assert "secret" not in caught.value.sentence


async def test_a_certificate_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = await asyncio.to_thread(
        subprocess.run,
        f"{_OPENSSL} -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1".split(),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("needs the openssl command to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with FaultServer(tls=context) as server:
        server.on("GET", CREDITS, ok({"available": 4}))
        client = Client(server.url, token="t", timing=FAST)
        with pytest.raises(Unreachable, match="not trusted"):
            await client.credits()
        await client.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        client = Client(server.url, token="t", timing=FAST)
        assert (await client.credits()).available == 4
        await client.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        client = Client(server.url, token="t", timing=FAST)
        with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
            await client.credits()


# Extras of the studio


async def test_a_cloud_has_no_extras(server: FaultServer, client: Client) -> None:
    assert await client.capabilities() is None
    with pytest.raises(StudioProblem):
        await client.frame("s", 0, width=1, height=1)
    with pytest.raises(StudioProblem):
        await client.lease()
    server.on("GET", "/studio/*", reply(body=b"<html>app</html>", content_type="text/html"))
    assert await client.capabilities() is None
    with pytest.raises(BadReply):
        await client.frame("s", 0, width=1, height=1)


async def test_extras(server: FaultServer, client: Client) -> None:
    server.on("GET", "/studio/capabilities", ok({"name": "vbtui studio", "frame": True}))
    server.on("GET", "/studio/frame/*", reply(body=b"\x89PNG...", content_type="image/png"))
    server.on("GET", "/studio/lease", hang(b"HTTP/1.1 200 OK\r\n\r\n"))
    assert await client.capabilities() == {"name": "vbtui studio", "frame": True}
    assert await client.frame("s 1", 40, width=3, height=2, version=7) == b"\x89PNG..."
    assert server.requests[-1].target == "/studio/frame/s%201?at=40&width=3&height=2&version=7"
    held = asyncio.Event()
    lease = asyncio.create_task(client.lease(held.set))
    await asyncio.wait_for(held.wait(), 5)
    assert not lease.done()
    lease.cancel()
    await asyncio.wait([lease])
    assert lease.cancelled()
    server.on("GET", "/studio/lease", raw(b"HTTP/1.1 200 OK\r\n\r\n"))
    with pytest.raises(ConnectionBroken):
        await client.lease()


# What a start costs


def test_httpx_comes_with_the_first_request() -> None:
    code = (
        "import sys, vbtui.wire.client as c\n"
        "client = c.Client('https://127.0.0.1:9', token='t')\n"
        "found = {'httpx', 'httpx_sse', 'httpcore', 'anyio', 'h11', 'certifi', 'textual'} & set(sys.modules)\n"
        "sys.exit(repr(found) if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_http_loads_no_trust_store() -> None:
    code = (
        "import asyncio, ssl, vbtui.errors, vbtui.wire.client as c\n"
        "def no(*a, **k): raise SystemExit('the trust store was loaded')\n"
        "ssl.SSLContext.load_verify_locations = no\n"
        "async def main():\n"
        "    client = c.Client('http://127.0.0.1:9', token='t')\n"
        "    try: await client.create_session('p', 'en')\n"
        "    except vbtui.errors.Unreachable: pass\n"
        "    await client.close()\n"
        "asyncio.run(main())"
    )
    environ = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr
