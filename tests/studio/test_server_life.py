"""How the studio starts, ends, and is found by others."""

from __future__ import annotations

import json
import re
import select
import signal
import socket
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.studio.running import RunningStudio, client, spawn, studio, until
from tests.waiting import PATIENCE_S
from vbtui.studio.server.studio import Life


def lease(running: RunningStudio) -> socket.socket:
    """An open lease; closing the socket gives it up."""
    host, port = running.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    head = f"GET /studio/lease HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {running.token}"
    connection.sendall(f"{head}\r\n\r\n".encode())
    answer = b""
    while b": lease" not in answer:
        answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    return connection


def end_by_hand(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[str, str]:
    """What it still said: stdout and stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    process.send_signal(number)
    process.wait(PATIENCE_S)
    with process.stdout, process.stderr:
        return process.stdout.read(), process.stderr.read()


def test_child_says_where_it_is_and_ends_with_its_parent(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with studio(data) as running:
        assert set(running.hello) == {"url", "token"}
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", running.url)
        assert len(running.token) >= 40
        kept = json.loads((data / "running.json").read_text())
        assert kept == {**running.hello, "pid": running.process.pid}
        assert stat.S_IMODE((data / "running.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert running.close() == 0
        assert running.process.stdout is not None
        assert running.process.stdout.closed
    assert not (data / "running.json").exists()


def test_start_loads_no_reader_of_media(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        maps = Path(f"/proc/{running.process.pid}/maps").read_text()
        assert "/av/" not in maps
        assert "PIL" not in maps


def test_open_requests_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        host, port = running.url.removeprefix("http://").split(":")
        session_id = running.new_session()
        with closing(socket.create_connection((host, int(port)))) as half:
            head = f"POST /api/upload-video/nemo_agent/me/{session_id} HTTP/1.1\r\nHost: {host}\r\n"
            head += f"Authorization: Bearer {running.token}\r\nContent-Length: 99999\r\n"
            head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            half.sendall(head.encode())
            running.add(session_id, media.picture())
            assert running.close() == 0


def test_lease_keeps_it_when_its_parent_ends(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        first, second = lease(running), lease(running)
        assert running.process.stdin is not None
        running.process.stdin.close()
        first.close()
        assert running.http.get("/studio/capabilities").is_success
        # Its first answer after the parent's end is not the last: it stays for the second lease.
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(0.5)
        assert running.http.get("/studio/capabilities").is_success
        second.close()
        assert running.process.wait(PATIENCE_S) == 0


async def test_a_studio_that_is_about_to_end_gives_no_lease() -> None:
    """Who joins then would find nobody a moment later: it starts another one."""

    async def done() -> None:
        pass

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    life = Life(has_parent=True, done=done)
    life.ended.set()
    await life({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert [one["status"] for one in sent if "status" in one] == [503]


def test_lease_ends_with_the_studio(tmp_path: Path) -> None:
    with studio(tmp_path) as running, closing(lease(running)) as held:
        running.process.terminate()
        assert running.process.wait(PATIENCE_S) == 0
        held.settimeout(PATIENCE_S)
        while held.recv(4096):
            pass


def test_child_leaves_ctrl_c_to_its_parent(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGHUP)
        assert running.http.get("/studio/capabilities").is_success


def test_one_studio_a_data_directory(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        with studio(tmp_path) as second:
            assert set(second.hello) == {"error"}
            assert set(second.hello["error"]) == {"code", "message", "hint"}
            assert first.url in second.hello["error"]["message"]
            assert second.process.wait(PATIENCE_S) == 1
        assert json.loads((tmp_path / "running.json").read_text())["pid"] == first.process.pid
        first.kill()
        with studio(tmp_path) as third:
            assert third.hello["url"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_by_hand_it_ends_on_signals_and_never_shows_its_token(tmp_path: Path, number: int) -> None:
    process = spawn(tmp_path, child=False)
    assert process.stdout is not None
    first = process.stdout.readline()
    token = until(lambda: (tmp_path / "token").read_text().strip(), bool)
    with client(first.split()[-1], token) as http:
        assert http.get("/studio/capabilities").is_success
    out, err = end_by_hand(process, number)
    assert process.returncode == 0
    assert err == ""
    assert str(tmp_path / "token") in first + out
    assert token not in first + out
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert not (tmp_path / "running.json").exists()


def test_by_hand_the_users_own_token_counts(tmp_path: Path) -> None:
    process = spawn(tmp_path, child=False, environ={"NEMO_TOKEN": "my-own-token"})
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    with client(url, "my-own-token") as http:
        assert http.get("/studio/capabilities").is_success
    found = json.loads((tmp_path / "running.json").read_text())
    with client(url, found["token"]) as http:
        assert http.get("/studio/capabilities").is_success
    assert not any(b"my-own-token" in path.read_bytes() for path in tmp_path.rglob("*.*"))
    out, _ = end_by_hand(process)
    assert "my-own-token" not in out
    assert not (tmp_path / "token").exists()


def test_by_hand_it_does_not_end_with_its_stdin(tmp_path: Path) -> None:
    process = spawn(tmp_path, child=False)
    assert process.stdin is not None
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    process.stdin.close()
    process.stdin = None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    with client(url) as http:
        assert http.get("/studio/capabilities").status_code == 401
    end_by_hand(process)


def test_other_machines_get_no_anonymous_token(tmp_path: Path) -> None:
    process = spawn(tmp_path, "--host", "0.0.0.0", child=False)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    with client(url) as http:
        reply = http.post("/api/auth/anonymous-token", headers={"X-Client-Id": "c"})
        assert (reply.status_code, reply.json()["code"]) == (403, 403)
        named = {"Host": "box.example", "Authorization": "Bearer " + _token(tmp_path)}
        assert http.get("/studio/capabilities", headers=named).is_success
    out, _ = end_by_hand(process)
    assert "other machines" in out


def _token(data: Path) -> str:
    return (data / "token").read_text().strip()


def test_port_in_use(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        process = spawn(tmp_path, "--port", str(port), child=False)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert out == ""
    assert f"Port {port} is in use" in err
    assert err.count("\n") == 1


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with studio(tmp_path / "file" / "data") as running:
        assert "cannot be written" in running.hello["error"]["message"]
        assert running.process.wait(PATIENCE_S) == 1


def test_address_of_another_machine(tmp_path: Path) -> None:
    process = spawn(tmp_path, "--host", "192.0.2.1", child=False)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "192.0.2.1" in err
    assert "Traceback" not in err


def test_everything_is_there_after_kill_9(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session("My film")
        first.add(session_id, media.clip())
        first.kill()
        assert (tmp_path / "running.json").exists()
    with studio(tmp_path) as second:
        (entry,) = second.state(session_id)["video_infos"]
        assert entry["cdn_url"].startswith(second.url)
        assert second.http.get(entry["cdn_url"]).content == media.clip().read_bytes()
        assert second.add(session_id, media.clip()) == [entry]


def test_kill_9_in_the_middle_of_an_upload(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session()
        host, port = first.url.removeprefix("http://").split(":")
        with closing(socket.create_connection((host, int(port)))) as half:
            head = f"POST /api/upload-video/nemo_agent/me/{session_id} HTTP/1.1\r\nHost: {host}\r\n"
            head += f"Authorization: Bearer {first.token}\r\nContent-Length: 99999999\r\n"
            head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            head += 'Content-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
            half.sendall(head.encode() + bytes(3_000_000))
            partial = until(lambda: list((tmp_path / "incoming").glob("*/0")), bool)
            until(lambda: partial[0].stat().st_size, lambda size: size > 1_000_000)
            first.kill()
    assert partial[0].exists()
    with studio(tmp_path) as second:
        assert not partial[0].exists()
        assert second.state(session_id)["video_infos"] == []
        second.add(session_id, media.clip())


def test_idle_studio_does_nothing(tmp_path: Path) -> None:
    """It soon wakes up no more than its server's own tenths of a second make it, and says nothing."""

    def wakes() -> int:
        tasks = Path(f"/proc/{running.process.pid}/task").glob("*/status")
        said = [
            re.search(r"^voluntary_ctxt_switches:\s*(\d+)", one.read_text(), re.M) for one in tasks
        ]
        return sum(int(one[1]) for one in said if one)

    def in_a_second() -> int:
        before = wakes()
        readable, _, _ = select.select([held], [], [], 1)
        assert not readable or held.recv(16) == b"\r\n"
        return wakes() - before

    with studio(tmp_path) as running, closing(lease(running)) as held:
        until(in_a_second, lambda count: 0 < count <= 25)
