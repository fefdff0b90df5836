"""A studio that was started by hand, and those who should not come in: strangers, web pages, the network inside,
connections that say nothing."""

from __future__ import annotations

import asyncio
import http.server
import io
import resource
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import clips as media
from tests.studio.running import ATTRIBUTION, client, message, spawn
from tests.waiting import PATIENCE_S, until
from vbtui.base.errors import VbtuiError
from vbtui.studio.server import fetch
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.replies import Refusal


@contextmanager
def by_hand(data: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = spawn(data, *arguments, child=False)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1], process
    process.terminate()
    process.communicate(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An open studio: its address and its data."""
    data = tmp_path_factory.mktemp("open")
    with by_hand(data, "--open") as (url, _):
        yield url, data


def guest(url: str, name: str) -> httpx.Client:
    with client(url) as http:
        reply = http.post("/api/auth/anonymous-token", headers={"X-Client-Id": name})
    return client(url, reply.json()["data"]["token"])


def new_session(http: httpx.Client) -> str:
    reply = http.post("/api/tasks/me/with-session/nemo_agent", json={}).json()
    return str(reply["data"]["session_id"])


def upload(http: httpx.Client, session_id: str, name: str = "red.png") -> dict[str, Any]:
    files = [("files", (name, media.picture("red").read_bytes()))]
    return dict(http.post(f"/api/upload-video/nemo_agent/me/{session_id}", files=files).json())


def render(http: httpx.Client, render_id: str, session_id: str, draft: Any) -> httpx.Response:
    output = {"format": "mp4", "quality": "low"}
    body = {"id": render_id, "sessionId": session_id, "draft": draft, "output": output}
    return http.post("/api/render/proxy/lambda", json=body, headers=ATTRIBUTION)


def test_only_an_open_studio_gives_tokens(tmp_path: Path) -> None:
    with by_hand(tmp_path) as (url, _), client(url) as http:
        reply = http.post("/api/auth/anonymous-token", headers={"X-Client-Id": "c"})
    assert (reply.status_code, reply.json()["code"]) == (403, 403)
    assert not (tmp_path / "tokens.json").exists()


def test_a_token_opens_its_own_sessions_and_renders_alone(place: tuple[str, Path]) -> None:
    url, data = place
    with guest(url, "a") as mine, guest(url, "b") as other, client(url) as owner:
        owner.headers["Authorization"] = f"Bearer {(data / 'token').read_text().strip()}"
        sid = new_session(mine)
        asset = upload(mine, sid)["data"]["files"][0]["id"]
        segment = {"s": 0, "d": 300, "m": {"asset": asset}}
        canvas = {"width": 64, "height": 36, "fps": 10}
        draft = {"t": [{"tt": 0, "sg": [segment]}], "d": 300, "m": canvas}
        assert render(mine, "render_1", sid, draft).is_success
        end = time.monotonic() + PATIENCE_S
        job = "/api/render/proxy/lambda/render_1"
        while mine.get(job).json()["data"]["status"] != "completed":
            assert time.monotonic() < end
            time.sleep(0.02)
        calls: dict[str, Callable[[httpx.Client], httpx.Response]] = {
            "state": lambda c: c.get(f"/api/state/nemo_agent/me/{sid}/latest"),
            "media": lambda c: c.get(f"/studio/media/{sid}/{asset}"),
            "frames": lambda c: c.get(f"/studio/frames/{sid}"),
            "script": lambda c: c.post(f"/studio/script/{sid}", json={"draft": draft}),
            "upload": lambda c: c.post(
                f"/api/upload-video/nemo_agent/me/{sid}",
                files=[("files", ("b.png", media.picture("blue").read_bytes()))],
            ),
            "message": lambda c: c.post("/run_sse", json=message(sid, "hello")),
            "render": lambda c: render(c, "render_2", sid, draft),
            "the same render": lambda c: render(c, "render_1", sid, draft),
            "its status": lambda c: c.get(job),
            "its video": lambda c: c.get("/api/render/proxy/render_1/download"),
            "its end": lambda c: c.post(f"{job}/cancel"),
        }

        def came_in(http: httpx.Client) -> set[str]:
            found = {name: call(http) for name, call in calls.items()}
            return {
                name
                for name, reply in found.items()
                if reply.is_success
                and not (
                    reply.headers["content-type"] == "application/json" and reply.json()["code"]
                )
            }

        assert came_in(other) == set()
        assert len(mine.get(f"/api/state/nemo_agent/me/{sid}/latest").json()["data"]["state"]["video_infos"]) == 1  # fmt: skip
        everything = set(calls) - {"frames"}  # no draft is current: nothing was said yet
        assert came_in(mine) == came_in(owner) == everything


def test_strangers_push_no_client_out(tmp_path: Path) -> None:
    auth = Auth("own", tmp_path / "tokens.json", gives_tokens=True)
    first = auth.issue("good")
    for number in range(199):
        auth.issue(f"stranger {number}")
    with pytest.raises(Refusal, match="as many clients") as caught:
        auth.issue("one more")
    assert caught.value.status == 429
    assert auth.user_of(first.token) == first.user_id
    assert auth.user_of(auth.issue("good").token) == first.user_id
    assert Auth("own", tmp_path / "tokens.json", gives_tokens=False).user_of(first.token) == ""


def test_web_pages_are_not_answered(place: tuple[str, Path]) -> None:
    url, data = place
    token = {"Authorization": f"Bearer {(data / 'token').read_text().strip()}"}
    with client(url) as http:
        for origin in ("https://evil.example", "null", url.replace("http:", "https:"), f"{url}0"):
            headers = {"Origin": origin, "X-Client-Id": "page"}
            assert http.post("/api/auth/anonymous-token", headers=headers).status_code == 403
            reply = http.get("/studio/capabilities", headers={"Origin": origin, **token})
            assert reply.status_code == 403
        own = http.get("/studio/capabilities", headers={"Origin": url, **token})
        assert own.is_success


class _Door(http.server.BaseHTTPRequestHandler):
    """Counts who comes in."""

    came: list[str] = []  # noqa: RUF012  # one of the server that a test makes

    def do_GET(self) -> None:
        self.came.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = media.picture().read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", self.headers.get("X-Length") or str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def door() -> Iterator[tuple[int, list[str]]]:
    """The port of a server that is bound to every address of this machine, and what it was asked for."""
    came: list[str] = []
    handler = type("_OwnDoor", (_Door,), {"came": came})
    server = http.server.ThreadingHTTPServer(("", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, came
    server.shutdown()
    thread.join()
    server.server_close()


FORMS = (
    "127.0.0.1", "localhost", "LOCALHOST", "0.0.0.0", "0", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.8.9.1",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
)  # fmt: skip


def by_url(http: httpx.Client, session_id: str, *urls: str) -> dict[str, Any]:
    body = {"urls": urls, "source_type": "url"}
    return dict(http.post(f"/api/upload-video/nemo_agent/me/{session_id}", json=body).json())


def test_what_is_inside_is_not_fetched(
    place: tuple[str, Path], door: tuple[int, list[str]]
) -> None:
    """One sentence for all, whether anything is there or not."""
    port, came = door
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        closed = free.getsockname()[1]
    with guest(place[0], "url") as http:
        sid = new_session(http)
        for host in (*FORMS, socket.gethostname()):
            said = set()
            for each in (port, closed):
                address = f"http://{host}:{each}/a.png"
                reply = by_url(http, sid, address)
                assert reply["code"] == 4000, (host, reply)
                said.add(reply["message"].replace(address, "it"))
            assert said == {
                "“it” cannot be fetched: addresses of this machine and of private networks are not fetched."
            }
        told = by_url(http, sid, f"http://user:geheim@127.0.0.1:{port}/a.png")["message"]
    assert came == []
    assert "geheim" not in told
    assert "user name or a password is not taken" in told


def test_a_redirect_does_not_lead_inside(
    door: tuple[int, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, came = door
    really = fetch.is_outside
    monkeypatch.setattr(fetch, "is_outside", lambda at: at[0] == "127.0.0.2" or really(at))

    def brought(path: str) -> Path:
        url = f"http://127.0.0.2:{port}{path}"
        return asyncio.run(fetch.fetch(url, tmp_path / str(len(came)), inside=False)).path

    assert brought("/a.png").read_bytes() == media.picture().read_bytes()
    assert brought(f"/to/http://127.0.0.2:{port}/b.png").exists()
    asked = len(came)
    for target in (f"http://127.0.0.1:{port}/c", f"//[::ffff:127.0.0.1]:{port}/c", f"http://2130706433:{port}/c"):  # fmt: skip
        with pytest.raises(Refusal, match="private networks are not fetched"):
            brought(f"/to/{target}")
        asked += 1
        assert len(came) == asked
    with pytest.raises(Refusal, match="password is not taken") as caught:
        brought(f"/to/http://u:geheim@127.0.0.2:{port}/c")
    assert "geheim" not in caught.value.message


def test_private_networks_are_fetched_where_that_is_wanted(
    door: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, came = door
    with by_hand(tmp_path, "--open", "--allow-private-urls") as (url, process):
        told = [process.stdout.readline() for _ in range(3)] if process.stdout else []
        with guest(url, "u") as http:
            reply = by_url(http, new_session(http), f"http://127.0.0.1:{port}/a.png")
    assert reply["code"] == 0, reply
    assert came == ["/a.png"]
    assert "Everyone who reaches it may use it, each with projects of their own.\n" in told


@pytest.mark.parametrize("password", ["geheim", "g?heim", "g/heim", "g#heim", "g@heim"])
def test_no_part_of_a_password_is_said_back(password: str, tmp_path: Path) -> None:
    url = f"http://kim:{password}@127.0.0.1:1/a.png"
    with pytest.raises((Refusal, VbtuiError)) as caught:
        asyncio.run(fetch.fetch(url, tmp_path / "a", inside=False))
    assert not any(part in str(caught.value) for part in ("heim", "kim", "g?", "g/h"))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_the_internet_is_outside(address: str) -> None:
    assert fetch.is_outside((address, 80))


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "240.0.0.1", "0.0.0.0", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1", "::", "::1", "::ffff:10.0.0.1", "2002:a00:1::1",
        "64:ff9b::a00:1", "2001:db8::1", "192.0.0.9", "192.88.99.1", "0.1.2.3", "203.0.113.9", "2002:808:808::1", "2001::1",
        "2001:2::1", "3fff::1", "5f00::1", "100::1", "100:0:0:1::1", "64:ff9b:1::1", "::8.8.8.8", "::ffff:0:8.8.8.8", "4000::1",
    ],
)  # fmt: skip
def test_these_are_inside(address: str) -> None:
    assert not fetch.is_outside((address, 80, 0, 0))


def test_many_silent_connections_keep_nobody_out(tmp_path: Path) -> None:
    """More of them than the process has handles."""
    with by_hand(tmp_path) as (url, process), ExitStack() as stack:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (80, 80))
        host, port = url.removeprefix("http://").split(":")
        for number in range(150):
            connection = socket.create_connection((host, int(port)))
            stack.enter_context(closing(connection))
            if number % 2:
                connection.sendall(b"POST /run_sse HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        token = (tmp_path / "token").read_text().strip()
        with client(url, token) as http:
            sid = new_session(http)
            assert upload(http, sid)["code"] == 0


def test_one_who_keeps_many_answers_open_keeps_nobody_out(tmp_path: Path) -> None:
    with by_hand(tmp_path, "--open") as (url, process), ExitStack() as stack:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (160, 160))
        host, port = url.removeprefix("http://").split(":")
        with guest(url, "many") as many:
            line = f"GET /studio/lease HTTP/1.1\r\nHost: {host}\r\nAuthorization: "
            line += many.headers["authorization"] + "\r\n\r\n"
        with guest(url, "one") as one:
            kept = stack.enter_context(one.stream("GET", "/studio/lease"))
            for _ in range(100):
                connection = socket.create_connection((host, int(port)))
                stack.enter_context(closing(connection))
                connection.sendall(line.encode())
            for token in (
                one.headers["authorization"].split()[1],
                (tmp_path / "token").read_text(),
            ):
                with client(url, token.strip()) as http:
                    assert upload(http, new_session(http))["code"] == 0
            assert next(kept.iter_raw()).startswith(b": lease")


QUICK = """
import sys
from pathlib import Path
from vbtui.studio.server import serve
serve.QUIET_S, serve.STALL_S, serve.REST_S = 0.4, 0.6, 0.8
serve.main("127.0.0.1", 0, Path(sys.argv[1]))
"""


def test_a_connection_that_says_nothing_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", QUICK, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    host, port = url.removeprefix("http://").split(":")
    token = (tmp_path / "token").read_text().strip()
    with client(url, token) as http, ExitStack() as stack:
        sid = new_session(http)
        head = f"POST /api/upload-video/nemo_agent/me/{sid} HTTP/1.1\r\nHost: {host}\r\n"
        body = (
            "Content-Length: 9999\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        known = f"Authorization: Bearer {token}\r\n"
        said = {
            "nothing": "",
            "half a head": head,
            "half a body": head + known + body,
            "half a body of a stranger": head + body,
        }
        for name, text in said.items():
            connection = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            connection.settimeout(PATIENCE_S)
            connection.sendall(text.encode())
            answer = b""
            try:
                while piece := connection.recv(4096):
                    answer += piece
            except ConnectionResetError:
                pass
            assert answer == b"" or b" 401 " in answer, name
        line = f"GET /studio/lease HTTP/1.1\r\nHost: {host}\r\n{known}\r\n"
        lease = stack.enter_context(closing(socket.create_connection((host, int(port)))))
        lease.sendall(line.encode())
        lease.settimeout(1.5)
        answer = b""
        while b": lease" not in answer:
            answer += lease.recv(4096)
        with pytest.raises(TimeoutError):  # whose answer is open stays
            lease.recv(4096)
        assert http.get("/studio/capabilities").is_success
    process.terminate()
    process.communicate(timeout=PATIENCE_S)


def _opened(pid: int, folder: str) -> list[str]:
    """The files below such a folder that the process has open."""
    found = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(handle.readlink()))
    return [path for path in found if f"/{folder}/" in path]


def test_who_reads_nothing_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", QUICK, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    host, port = url.removeprefix("http://").split(":")
    token = (tmp_path / "token").read_text().strip()
    with client(url, token) as http, ExitStack() as stack:
        sid = new_session(http)
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((2, 2, 48_000, 0, "NONE", ""))
            file.writeframes(bytes(16_000_000))
        files = [("files", ("silence.wav", sound.getvalue()))]
        entry = http.post(f"/api/upload-video/nemo_agent/me/{sid}", files=files).json()
        path = entry["data"]["files"][0]["cdn_url"].removeprefix(url)
        line = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        connection = stack.enter_context(closing(socket.create_connection((host, int(port)))))
        connection.sendall(line.encode())
        connection.settimeout(PATIENCE_S)
        answer = b""
        while b"RIFF" not in answer:
            answer += connection.recv(4096)
        assert _opened(process.pid, "media")
        asyncio.run(until(lambda: not _opened(process.pid, "media")))
    process.terminate()
    process.communicate(timeout=PATIENCE_S)


def test_an_answer_that_says_it_is_too_large_is_not_read(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.mp4"

        def serve() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 600000000\r\n\r\n" + bytes(99))
            connection.recv(4096)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(Exception, match="is larger than 500 MB"):
            asyncio.run(fetch.fetch(url, tmp_path / "a", inside=True))
    assert not (tmp_path / "a").exists()


def test_the_body_of_a_redirect_is_not_read_and_what_is_packed_is_refused(tmp_path: Path) -> None:
    heads = [
        b"HTTP/1.1 302 Moved\r\nLocation: /b.mp4\r\nContent-Length: 99999999\r\n\r\n" + bytes(99),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + bytes(20),
    ]
    with closing(socket.create_server(("127.0.0.1", 0))) as server, ExitStack() as stack:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.mp4"

        def serve() -> None:
            for head in heads:
                connection, _ = server.accept()
                stack.callback(connection.close)
                connection.recv(4096)
                connection.sendall(head)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(Exception, match="its server sends it packed"):
            asyncio.run(fetch.fetch(url, tmp_path / "a", inside=True))
    assert not (tmp_path / "a").exists()
