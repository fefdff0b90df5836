"""Uploads over real HTTP: streamed, bounded, looked at, kept once, refused with a reason."""

from __future__ import annotations

import http.client
import http.server
import json
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.studio.running import RunningStudio, client, studio
from tests.waiting import PATIENCE_S

MIB = 1024 * 1024
BORDER = "border-of-parts"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


@pytest.fixture(scope="module")
def data(running: RunningStudio) -> Path:
    return running.data


def part(name: bytes, content: bytes, *, field: str = "files") -> bytes:
    head = b'Content-Disposition: form-data; name="%s"; filename="%s"' % (field.encode(), name)
    return b"--%s\r\n%s\r\n\r\n%s\r\n" % (BORDER.encode(), head, content)


END = f"--{BORDER}--\r\n".encode()


def post(running: RunningStudio, session_id: str, content: Any) -> dict[str, Any]:
    headers = {"Content-Type": f"multipart/form-data; boundary={BORDER}"}
    path = f"/api/upload-video/nemo_agent/me/{session_id}"
    reply = running.http.post(path, content=content, headers=headers)
    return {"status": reply.status_code, **reply.json()}


def memory_kb(running: RunningStudio, name: str = "VmHWM") -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0])


def sound_of(size: int) -> Iterator[bytes]:
    """A multipart body with a silent WAV file of `size` bytes of sound."""
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16) + b"data"
    yield part(b"long.wav", head + struct.pack("<I", size))[:-2]
    for _ in range(size // MIB):
        yield bytes(MIB)
    yield b"\r\n" + END


def test_two_files_and_what_the_wire_says_of_them(running: RunningStudio) -> None:
    session_id = running.new_session()
    reply = running.upload(session_id, media.clip(), media.sound()).json()
    assert reply["code"] == 0
    assert reply["data"]["session_state_applied"] is True
    video, sound = reply["data"]["files"]
    wire = {"filename", "file_type", "cdn_url", "duration", "width", "height", "fps", "hash"}
    assert wire <= set(video)
    assert (video["file_type"], video["duration"], video["fps"]) == ("video", 2.0, 30.0)
    assert (video["width"], video["height"]) == (320, 180)
    assert video["filename"] == media.clip().name
    assert sound["file_type"] == "audio"
    infos = running.state(session_id)["video_infos"]
    assert infos == [video, sound]


def test_files_are_listed_as_the_client_numbers_them(running: RunningStudio) -> None:
    session_id = running.new_session()
    wanted = [(media.sound(), 0), (media.clip(), 7), (media.picture(), 3)]
    for path, position in wanted:
        body = [part(path.name.encode(), path.read_bytes()), END]
        post(running, f"{session_id}?position={position}", b"".join(body))
    names = [item["filename"] for item in running.state(session_id)["video_infos"]]
    assert names == [media.picture().name, media.clip().name, media.sound().name]


def test_same_content_is_the_same_entry(running: RunningStudio) -> None:
    session_id = running.new_session()
    first = running.add(session_id, media.clip())
    assert running.add(session_id, media.clip()) == first
    assert running.add(session_id, media.clip(), media.clip()) == first * 2
    assert len(running.state(session_id)["video_infos"]) == 1


def test_same_content_at_another_place_is_a_clip_of_its_own(running: RunningStudio) -> None:
    session_id = running.new_session()

    def send(name: bytes, position: int) -> str:
        body = b"".join([part(name, media.clip().read_bytes()), END])
        reply = post(running, f"{session_id}?position={position}", body)
        return str(reply["data"]["files"][0]["cdn_url"])

    intro, outro = send(b"intro.mp4", 4), send(b"outro.mp4", 2)
    assert len({intro, outro}) == 2
    assert (send(b"intro.mp4", 4), send(b"outro.mp4", 2)) == (intro, outro)
    infos = running.state(session_id)["video_infos"]
    assert [item["filename"] for item in infos] == ["outro.mp4", "intro.mp4"]
    assert [item["cdn_url"] for item in infos] == [outro, intro]


def test_large_file_is_never_whole_in_memory(running: RunningStudio) -> None:
    session_id = running.new_session()
    running.add(session_id, media.picture())
    before = memory_kb(running)
    reply = post(running, session_id, sound_of(60 * MIB))
    assert reply["code"] == 0, reply
    assert reply["data"]["files"][0]["size"] == 60 * MIB + 44
    assert memory_kb(running) - before < 40 * 1024


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes.mp4", b"just words\n" * 99, "is not a video, picture or sound file"),
        ("empty.mp4", b"", "is empty"),
        ("words.txt", b"words", "is a .txt file"),
        ("nothing", b"words", "has no suffix"),
    ],
)
def test_what_is_no_media_is_4001(
    running: RunningStudio, data: Path, name: str, content: bytes, reason: str
) -> None:
    session_id = running.new_session()
    kept = set((data / "media").iterdir())
    reply = post(running, session_id, part(name.encode(), content) + END)
    assert reply["code"] == 4001
    assert reply["message"].startswith(f"“{name}” {reason}")
    assert running.state(session_id)["video_infos"] == []
    assert set((data / "media").iterdir()) == kept
    assert list((data / "incoming").iterdir()) == []


def test_early_refusal_is_heard_by_a_client_that_still_sends(running: RunningStudio) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
    headers = {
        "Authorization": f"Bearer {running.token}",
        "Content-Type": f"multipart/form-data; boundary={BORDER}",
    }
    path = f"/api/upload-video/nemo_agent/me/{running.new_session()}"
    connection.request("POST", path, part(b"a.txt", bytes(32 * MIB)) + END, headers)
    assert json.loads(connection.getresponse().read())["code"] == 4001
    connection.close()


def test_one_bad_file_takes_none(running: RunningStudio) -> None:
    session_id = running.new_session()
    reply = running.upload(session_id, media.clip(), media.not_media()).json()
    assert reply["code"] == 4001
    assert running.state(session_id)["video_infos"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"../../../../tmp/evil.png", "evil.png"),
        (b"C:\\\\Users\\\\me\\\\evil.png", "evil.png"),
        (b"two%0D%0Alines.png", "two lines.png"),
        (b"say %22hi%22.png", 'say "hi".png'),
        ("塔 \U0001f600.png".encode(), "塔 \U0001f600.png"),
        (b"\x1b]0;title\x07red.PNG", "red.PNG"),
        ("a\u202egnp.png".encode(), "agnp.png"),
        (b"\xff\xfe.png", "\ufffd\ufffd.png"),
        (b"%41.png", "%41.png"),
        ((b"x" * 300) + b".png", "x" * 251 + ".png"),
        (("長" * 120).encode() + b".png", "長" * 83 + ".png"),
    ],
)
def test_hostile_names(running: RunningStudio, data: Path, sent: bytes, kept: str) -> None:
    session_id = running.new_session()
    reply = post(running, session_id, part(sent, media.picture().read_bytes()) + END)
    assert reply["code"] == 0, reply
    (entry,) = reply["data"]["files"]
    assert entry["filename"] == kept
    assert running.http.get(entry["cdn_url"]).content == media.picture().read_bytes()
    stored = {path.name for path in (data / "media").iterdir()}
    assert all(len(name) < 80 and name.isascii() for name in stored)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        END,
        b"no parts at all",
        part(b"a.png", b"x" * 99)[:-20],
        part(b"a.png", b"x" * 99),
        b"--" + BORDER.encode() + b"\r\n" + b"X" * 100_000,
    ],
)
def test_malformed_bodies(running: RunningStudio, body: bytes) -> None:
    reply = post(running, running.new_session(), body)
    assert (reply["status"], reply["code"]) == (400, 400)


@pytest.mark.parametrize("kind", ["multipart/form-data", "text/plain", "application/json"])
def test_body_of_another_kind(running: RunningStudio, kind: str) -> None:
    path = f"/api/upload-video/nemo_agent/me/{running.new_session()}"
    reply = running.http.post(path, content=b"{}", headers={"Content-Type": kind})
    assert reply.json()["code"] == 400


def test_client_that_goes_away_leaves_nothing(running: RunningStudio, data: Path) -> None:
    session_id = running.new_session()

    def cut() -> Iterator[bytes]:
        yield part(b"a.png", media.picture().read_bytes())
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        post(running, session_id, cut())
    assert running.state(session_id)["video_infos"] == []
    running.add(session_id, media.sound())
    assert list((data / "incoming").iterdir()) == []


def test_what_says_that_it_is_too_large_is_refused_at_once(
    running: RunningStudio, data: Path
) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    session_id = running.new_session()
    for length in (520 * MIB, 1 << 60):
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
        connection.putrequest("POST", f"/api/upload-video/nemo_agent/me/{session_id}")
        connection.putheader("Authorization", f"Bearer {running.token}")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BORDER}")
        connection.putheader("Content-Length", str(length))
        connection.endheaders(part(b"a.mp4", b"x" * 1000))
        assert json.loads(connection.getresponse().read())["code"] == 4002
        assert list((data / "incoming").iterdir()) == []
        connection.close()


def test_a_body_of_many_values_is_refused_and_holds_nobody_up(running: RunningStudio) -> None:
    """64 MB of lists are 1.6 GB."""
    before = memory_kb(running)
    body = b"[" + b"[]," * (21 * MIB) + b"0]"
    others: list[float] = []
    done = threading.Event()

    def ask() -> None:
        with client(running.url, running.token) as other:
            while not done.is_set():
                began = time.monotonic()
                assert other.get("/studio/capabilities").is_success
                others.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        path = "/api/tasks/me/with-session/nemo_agent"
        reply = running.http.post(path, content=body)
    finally:
        done.set()
        asking.join()
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert memory_kb(running) - before < 300 * 1024
    assert len(others) > 3
    assert max(others) < 2


class _Site(http.server.BaseHTTPRequestHandler):
    """A small web site on loopback."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/clip.mp4":
            self._send(200, media.clip().read_bytes(), {"Content-Type": "video/mp4"})
        elif path == "/picture":
            self._send(200, media.picture().read_bytes(), {"Content-Type": "image/png"})
        elif path == "/moved":
            self._send(302, b"", {"Location": "/clip.mp4"})
        elif path == "/trap":
            self._send(302, b"", {"Location": "file:///etc/hostname"})
        elif path == "/page.mp4":
            self._send(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})
        else:
            self._send(404, b"", {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def by_url(running: RunningStudio, session_id: str, *urls: str) -> dict[str, Any]:
    body = json.dumps({"urls": urls, "source_type": "url"})
    path = f"/api/upload-video/nemo_agent/me/{session_id}"
    headers = {"Content-Type": "application/json"}
    reply = running.http.post(path, content=body, headers=headers)
    return dict(reply.json())


def test_files_by_url(running: RunningStudio, site: str) -> None:
    session_id = running.new_session()
    reply = by_url(running, session_id, f"{site}/clip.mp4?key=secret", f"{site}/picture")
    assert reply["code"] == 0, reply
    assert [file["filename"] for file in reply["data"]["files"]] == ["clip.mp4", "picture.png"]
    assert by_url(running, session_id, f"{site}/moved")["data"]["files"][0]["id"] == "a1"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nowhere.mp4?key=secret", "answered 404"),
        ("/trap", "only http and https"),
        ("/page.mp4", "is not a video, picture or sound file"),
    ],
)
def test_url_that_brings_no_media(
    running: RunningStudio, site: str, path: str, reason: str
) -> None:
    reply = by_url(running, running.new_session(), site + path)
    assert reply["code"] != 0
    assert reason in reply["message"]
    assert "secret" not in reply["message"]


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/a.mp4", "data:video/mp4,x", "http://", "a b"]
)
def test_url_of_another_kind(running: RunningStudio, url: str) -> None:
    reply = by_url(running, running.new_session(), url)
    assert "only http and https" in reply["message"]


def test_url_that_nobody_answers(running: RunningStudio) -> None:
    reply = by_url(running, running.new_session(), "http://127.0.0.1:1/a.mp4")
    assert reply["code"] != 0
    assert "cannot be fetched: Connection refused" in reply["message"]
