"""The endpoints over real HTTP: tokens, sessions, state, credits, extras, refusals."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests import clips as media
from tests.studio.running import RunningStudio, client, spawn, studio
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client without a token for an open studio."""
    process = spawn(tmp_path_factory.mktemp("hand"), "--open", child=False)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    with client(url) as http:
        yield http
    process.terminate()
    process.communicate(timeout=PATIENCE_S)


PATHS = [
    ("GET", "/api/credits/balance/simple"),
    ("GET", "/api/state/nemo_agent/me/x/latest"),
    ("GET", "/studio/capabilities"),
    ("GET", "/studio/lease"),
    ("GET", "/studio/media/x/a1"),
    ("GET", "/api/render/proxy/x/download"),
    ("GET", "/nothing/here"),
    ("POST", "/run_sse"),
    ("POST", "/studio/originals"),
    ("POST", "/studio/frames"),
    ("POST", "/api/tasks/me/with-session/nemo_agent"),
    ("POST", "/api/upload-video/nemo_agent/me/x"),
    ("POST", "/api/render/proxy/lambda"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_path_wants_the_token(running: RunningStudio, method: str, path: str) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": running.token}):
        with client(running.url) as http:
            reply = http.request(method, path, headers=header)
        assert reply.status_code == 401
        assert reply.json()["code"] == 1001
        assert running.token not in reply.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_foreign_host_names_are_refused(running: RunningStudio, host: str) -> None:
    reply = running.http.get("/studio/capabilities", headers={"Host": host})
    assert reply.status_code == 421
    assert running.http.get("/studio/capabilities", headers={"Host": "localhost:1"}).is_success


def test_pages_of_other_origins_get_no_permission(running: RunningStudio) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    reply = running.http.options("/run_sse", headers=headers)
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_anonymous_token(by_hand: httpx.Client) -> None:
    reply = by_hand.post("/api/auth/anonymous-token", headers={"X-Client-Id": "c-1"})
    assert reply.status_code == 200
    body = reply.json()
    assert body["code"] == 0
    data = body["data"]
    assert set(data) == {"token", "credits", "expires_at", "user_id"}
    assert data["token"].startswith("nmv_usr_")
    left = datetime.fromisoformat(data["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    bearer = {"Authorization": f"Bearer {data['token']}"}
    assert by_hand.get("/api/credits/balance/simple", headers=bearer).is_success
    again = by_hand.post("/api/auth/anonymous-token", headers={"X-Client-Id": "c-1"}).json()
    assert again["data"]["user_id"] == data["user_id"]
    assert by_hand.get("/api/credits/balance/simple", headers=bearer).status_code == 401


def test_anonymous_token_needs_a_client_id(by_hand: httpx.Client) -> None:
    reply = by_hand.post("/api/auth/anonymous-token")
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert "X-Client-Id" in reply.json()["message"]


def test_child_gives_no_anonymous_token(running: RunningStudio) -> None:
    reply = running.http.post("/api/auth/anonymous-token", headers={"X-Client-Id": "c-1"})
    assert reply.status_code == 403


def test_session_and_empty_state(running: RunningStudio) -> None:
    body = {"task_name": "project", "language": "en"}
    reply = running.http.post("/api/tasks/me/with-session/nemo_agent", json=body).json()
    names = {name: reply["data"][name] for name in ("session_id", "task_id", "user_id")}
    assert all(names.values())
    assert {name: reply[name] for name in names} == names
    state = running.http.get(f"/api/state/nemo_agent/me/{names['session_id']}/latest").json()
    assert {name: state["data"][name] for name in names} == names
    assert state["data"]["state"] == {
        "draft": None,
        "video_infos": [],
        "generated_media": [],
        "canvas_config": {},
    }


@pytest.mark.parametrize("body", ["[]", "{", '{"task_name": 1}', '{"task_name": NaN}', "\xff"])
def test_session_from_nonsense(running: RunningStudio, body: str) -> None:
    reply = running.http.post("/api/tasks/me/with-session/nemo_agent", content=body)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)


def test_unknown_session_is_1002(running: RunningStudio) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    for session_id in (unknown, "..%2f..", "x"):
        reply = running.http.get(f"/api/state/nemo_agent/me/{session_id}/latest")
        assert reply.json()["code"] in (1002, 404)
    assert running.http.get(f"/api/state/nemo_agent/me/{unknown}/latest").json()["code"] == 1002
    assert running.upload(unknown, media.picture()).json()["code"] == 1002


def test_credits_are_numbers(running: RunningStudio) -> None:
    data = running.http.get("/api/credits/balance/simple").json()["data"]
    assert data["available"] == data["total"] > 0
    assert data["frozen"] == 0


def test_claim_says_that_no_account_is_needed(running: RunningStudio) -> None:
    body = {"task_id": "t", "session_id": "s"}
    reply = running.http.post("/api/auth/claim-token", json=body).json()
    assert reply["code"] != 0
    assert "no account" in reply["message"]


def test_capabilities(running: RunningStudio) -> None:
    data = running.http.get("/studio/capabilities").json()["data"]
    assert data["name"] == "vbtui studio"
    assert data["frames"] is True


def test_unknown_address_and_method(running: RunningStudio) -> None:
    for method, path, status in (("GET", "/nope", 404), ("GET", "/run_sse", 405)):
        reply = running.http.request(method, path)
        assert (reply.status_code, reply.json()["code"]) == (status, status)
        assert reply.json()["message"]


def test_media_comes_back_whole_and_in_parts(running: RunningStudio) -> None:
    session_id = running.new_session()
    (entry,) = running.add(session_id, media.clip())
    content = media.clip().read_bytes()
    assert entry["cdn_url"].startswith(running.url)
    reply = running.http.get(entry["cdn_url"])
    assert reply.content == content
    assert reply.headers["content-type"] == "video/mp4"
    part = running.http.get(entry["cdn_url"], headers={"Range": "bytes=100-"})
    assert (part.status_code, part.content) == (206, content[100:])
    past = running.http.get(entry["cdn_url"], headers={"Range": f"bytes={len(content)}-"})
    assert past.status_code == 416


def test_frame_needs_a_timeline(running: RunningStudio) -> None:
    session_id = running.new_session()
    reply = running.http.get(f"/studio/frames/{session_id}")
    assert reply.json()["code"] == 404
    bad = running.http.get(f"/studio/frames/{session_id}?at=-1")
    assert bad.json()["code"] == 400


def test_nonsense_on_the_socket_does_no_harm(running: RunningStudio) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    for junk in (b"\x16\x03\x01\x00\xff" * 20, b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 10):
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
        connection.connect()
        connection.sock.sendall(junk)
        connection.close()
    assert running.http.get("/studio/capabilities").is_success
