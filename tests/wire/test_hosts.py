"""Hosts: redirects, proxies, certificates, the studio's extras, and what a start costs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import (
    Server,
    hang,
    ok,
    raw,
    redirect,
    reply,
)
from tests.waiting import PATIENCE_S
from tests.wire.certificates import certificate
from tests.wire.conftest import patient
from tests.wire.test_pictures import png
from vbtui.base.errors import BadReply, ConnectionBroken, StudioProblem, Unreachable
from vbtui.wire.client import Client
from vbtui.wire.extras import Operation

CREDITS = "/api/credits/balance/simple"
RENDER = "/api/render/proxy/lambda"


# Other hosts


async def test_another_host_gets_nothing_of_ours(server: Server, client: Client) -> None:
    async with Server() as other:
        other.on("GET", "/*", ok({"available": 1}))
        other.on("POST", "/*", ok({"session_id": "s"}))
        server.on("GET", "/*", redirect(f"{other.url}/x"))
        server.on("POST", "/*", redirect(f"{other.url}/x", status=307))
        with pytest.raises(BadReply, match="moved"):
            await client.credits()
        with pytest.raises(BadReply, match="moved"):
            await client.create_session("p", "en")
        assert other.requests == []


async def test_a_redirect_on_the_same_host_is_followed(server: Server, client: Client) -> None:
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
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.on("GET", CREDITS, ok({"available": 4}))
    assert (await client.credits()).available == 4
    monkeypatch.setenv("http_proxy", "nonsense://x")
    again = patient(server.url)
    assert (await again.credits()).available == 4
    await again.close()


async def test_the_proxy_of_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    client = patient("http://api.invalid")
    server.on("GET", "*", ok({"available": 4}))
    assert (await client.credits()).available == 4
    assert server.requests[0].target == f"http://api.invalid{CREDITS}"
    await client.close()
    monkeypatch.setenv("http_proxy", "nonsense://user:secret@x")
    client = patient("http://api.invalid")
    with pytest.raises(Unreachable, match="proxy") as caught:
        await client.create_session("p", "en")
    assert "secret" not in caught.value.sentence


async def test_a_certificate_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, cert = await asyncio.to_thread(certificate, tmp_path)
    async with Server(tls=context) as server:
        server.on("GET", CREDITS, ok({"available": 4}))
        client = patient(server.url)
        with pytest.raises(Unreachable, match="not trusted"):
            await client.credits()
        await client.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        client = patient(server.url)
        assert (await client.credits()).available == 4
        await client.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        client = patient(server.url)
        with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
            await client.credits()


# Extras of the studio


async def test_a_cloud_has_no_extras(server: Server, client: Client) -> None:
    assert await client.capabilities() is None
    with pytest.raises(StudioProblem):
        await client.frames("s", 0, width=1, height=1)
    with pytest.raises(StudioProblem):
        await client.lease()
    server.on("GET", "/studio/*", reply(body=b"<html>app</html>", content_type="text/html"))
    assert await client.capabilities() is None
    with pytest.raises(BadReply):
        await client.frames("s", 0, width=1, height=1)


async def test_files_that_a_studio_looks_at_where_they_lie(server: Server, client: Client) -> None:
    files = [(Path("/clips/a.mp4"), "a.mp4"), (Path("/clips/b.mp4"), "b.mp4")]
    with pytest.raises(StudioProblem):
        await client.originals(files)
    with pytest.raises(StudioProblem):
        await client.frames({"t": []}, 0, width=1, height=1)
    by_hand = "A studio that was started by hand opens no files where they lie."
    refusal = {"code": 403, "message": by_hand}
    server.on("POST", "/studio/originals", reply(refusal, status=403))
    with pytest.raises(StudioProblem, match="by hand"):
        await client.originals(files)
    wrong: list[object] = [[{"id": "o1"}], [{"id": "o1"}, 7], {}]
    for odd in wrong:
        server.on("POST", "/studio/originals", ok({"files": odd}))
        with pytest.raises(BadReply):
            await client.originals(files)
    found = [{"id": "o1"}, {"refused": "“b.mp4” is \x1b[1mempty."}]
    server.on("POST", "/studio/originals", ok({"files": found}))
    assert await client.originals(files) == (("o1", ""), ("", "“b.mp4” is empty."))


async def test_what_a_studio_can_be_asked_for_is_read_tolerantly(
    server: Server, client: Client
) -> None:
    assert await client.operations() == ()
    server.on("GET", "/studio/capabilities", ok({"frames": True, "operations": "all"}))
    assert await client.operations() == ()
    given = [
        {
            "op": "mute",
            "help": {"en": "silences\u202e", "zh": "静音"},
            "examples": ["mute it", 3, ""],
        },
        {"op": "look", "help": {"en": "looks"}, "built": False, "new": {}},
        {"op": "", "help": {"en": "nameless"}},
        {"op": "helpless", "help": "none"},
        7,
    ]
    server.on("GET", "/studio/capabilities", ok({"operations": given}))
    assert await client.operations() == (
        Operation("mute", "silences", "静音", ("mute it",), True),
        Operation("look", "looks", "looks", (), False),
    )


async def test_extras(server: Server, client: Client) -> None:
    server.on("GET", "/studio/capabilities", ok({"name": "vbtui studio", "frames": True}))
    picture = png()
    server.on("GET", "/studio/frames/*", reply(body=picture * 2, content_type="image/png"))
    server.on("GET", "/studio/lease", hang(b"HTTP/1.1 200 OK\r\n\r\n"))
    assert await client.capabilities() == {"name": "vbtui studio", "frames": True}
    assert await client.frames("s 1", 40, width=3, height=2, version=7) == (picture, picture)
    assert server.requests[-1].target == (
        "/studio/frames/s%201?at=40&count=1&fps=10&width=3&height=2&version=7"
    )
    held = asyncio.Event()
    lease = asyncio.create_task(client.lease(held.set))
    await asyncio.wait_for(held.wait(), PATIENCE_S)
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
        "import asyncio, ssl, vbtui.base.errors, vbtui.wire.client as c\n"
        "def no(*a, **k): raise SystemExit('the trust store was loaded')\n"
        "ssl.SSLContext.load_verify_locations = no\n"
        "async def main():\n"
        "    client = c.Client('http://127.0.0.1:9', token='t')\n"
        "    try: await client.create_session('p', 'en')\n"
        "    except vbtui.base.errors.Unreachable: pass\n"
        "    await client.close()\n"
        "asyncio.run(main())"
    )
    environ = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr


async def test_what_sentences_would_do_is_read_strictly(server: Server, client: Client) -> None:
    say = [["mute clip 2"], ["mute clip 1", "no, clip 2"]]
    with pytest.raises(StudioProblem, match="cannot be asked"):
        await client.plan("S1", say)
    plan = {
        "say": "no,\x1b[1m clip 2",
        "operations": [{"op": "mute"}, 7],
        "question": None,
        "refused": {"op": None, "message": "No\x1b[2J."},
        "reply": "No\x1b[2J.",
        "changed": True,
        "changes": [{"kind": "volume", "subject": "a\nb", "before": "100%", "after": "0%"}],
    }
    odd: list[object] = [{"plans": [plan]}, {"plans": [plan, 7]}, {"plans": "x"}]
    for data in odd:
        server.on("POST", "/studio/plan", ok(data))
        with pytest.raises(BadReply):
            await client.plan("S1", say)
    server.on("POST", "/studio/plan", ok({"after": [{}], "plans": [plan, {}]}))
    found = await client.plan("S1", say, ["combine"])
    asked = server.requests[-1].json()
    assert asked == {"session_id": "S1", "say": say, "after": ["combine"]}
    read, bare = found.plans
    assert (read.say, read.reply, read.refused, read.question) == ("no, clip 2", "No.", "No.", "")
    assert [change.sentence for change in read.changes] == ["a b volume: 100% → 0%"]
    assert read.operations == ({"op": "mute"},)
    assert (read.is_done, bare.is_done, found.after[0].is_changed) == (False, False, False)
