"""Exports over real HTTP: one a render id, kept through kills, cancelled without a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from tests import clips as media
from tests.studio.running import ATTRIBUTION, RunningStudio, studio, until
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    with studio(tmp_path_factory.mktemp("studio")) as it:
        yield it


def draft_of(asset: str, *, seconds: float = 1, size: tuple[int, int] = (320, 180)) -> Any:
    length = round(seconds * 1000)
    meta = {"title": "clip.mp4", "asset": asset, "in": 0, "speed": 1.0, "volume": 1.0}
    segment = {"id": "s1", "s": 0, "d": length, "m": {**meta, "fit": "contain"}, "later": [1]}
    settings = {"title": "Film: a/b", "width": size[0], "height": size[1], "fps": 30, "version": 1}
    return {"t": [{"tt": 0, "id": "v1", "sg": [segment]}], "d": length, "m": settings, "x": None}


def slow_draft(asset: str) -> Any:
    """A render that takes long enough to be met in the middle."""
    return draft_of(asset, seconds=600, size=(1920, 1080))


@pytest.fixture(scope="module")
def session_id(running: RunningStudio) -> str:
    session_id = running.new_session()
    running.add(session_id, media.clip(seconds=2))
    return session_id


def children(running: RunningStudio) -> list[str]:
    """The programs that the studio runs."""
    names = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == running.process.pid and rest.split()[0] != "Z":
            names.append(head.partition("(")[2])
    return names


def encoders(running: RunningStudio) -> set[str]:
    return {name for name in children(running) if "ffmpeg" in name}


def encoder_count(running: RunningStudio) -> int:
    return sum("ffmpeg" in name for name in children(running))


def commands_about(folder: Path) -> list[bytes]:
    """The command lines of all programs that name `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in line:
            found.append(line)
    return found


def test_render_is_done_and_downloaded(
    running: RunningStudio, session_id: str, tmp_path: Path
) -> None:
    reply = running.start_render("render_1", session_id, draft_of("a1"))
    assert reply.json()["success"] is True
    assert reply.json()["data"]["status"] in ("pending", "processing")
    job = running.wait_render("render_1", "completed", "failed")
    assert job["status"] == "completed", job
    assert job["progress"] == 100
    assert job["output"]["url"] == job["outputUrl"]
    assert job["outputUrl"] == f"{running.url}/api/render/proxy/render_1/download"
    reply = running.http.get(job["outputUrl"])
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["accept-ranges"] == "bytes"
    assert "Film%20a%20b.mp4" in reply.headers["content-disposition"]
    path = tmp_path / "video.mp4"
    path.write_bytes(reply.content)
    with av.open(str(path)) as container:
        assert abs((container.duration or 0) / 1e6 - 1) < 0.1
        assert container.streams.video[0].codec_context.name == "h264"
    for address in ("render_1/download", "lambda/render_1/download"):
        part = running.http.get(f"/api/render/proxy/{address}", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, reply.content[10:20])


def test_same_id_is_the_same_render(running: RunningStudio, session_id: str) -> None:
    folder = running.data / "renders" / "render_twice"
    running.start_render("render_twice", session_id, draft_of("a1"))
    running.wait_render("render_twice", "completed")
    made = (folder / "video.mp4").stat().st_mtime_ns
    again = running.start_render("render_twice", session_id, draft_of("a1"))
    assert again.json()["data"]["status"] == "completed"
    assert (folder / "video.mp4").stat().st_mtime_ns == made
    other = running.start_render("render_twice", session_id, draft_of("a1", seconds=2))
    assert other.status_code == 409


def test_size_and_frame_rate_are_those_asked_for(
    running: RunningStudio, session_id: str, tmp_path: Path
) -> None:
    known = running.http.get("/studio/capabilities").json()["data"]
    assert known["render_size"] is known["render_fps"] is True
    wanted: dict[str, Any] = {"quality": "low", "width": 160, "height": 284, "fps": 15}
    running.start_render("render_small", session_id, draft_of("a1"), **wanted)
    running.wait_render("render_small", "completed")
    path = tmp_path / "video.mp4"
    path.write_bytes(running.http.get("/api/render/proxy/render_small/download").content)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (160, 284)
        assert stream.average_rate == 15
    other = running.start_render("render_small", session_id, draft_of("a1"), quality="low")
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("format", "mime", "begin"),
    [
        ("gif", "image/gif", b"GIF89a"),
        ("png", "image/png", b"\x89PNG"),
        ("mp3", "audio/mpeg", b"ID3"),
        ("webm", "video/webm", b"\x1a\x45\xdf\xa3"),
    ],
)
def test_a_format_is_downloaded_under_its_own_name(
    running: RunningStudio, session_id: str, format: str, mime: str, begin: bytes
) -> None:
    assert running.http.get("/studio/capabilities").json()["data"]["render_formats"] is True
    name = f"render_{format}"
    running.start_render(name, session_id, draft_of("a1"), format=format, at_ms=500)
    job = running.wait_render(name, "completed", "failed")
    assert job["status"] == "completed", job
    assert job["output"]["format"] == format
    assert "copied" not in job
    reply = running.http.get(job["outputUrl"])
    assert reply.headers["content-type"] == mime
    assert f"Film%20a%20b.{format}" in reply.headers["content-disposition"]
    assert reply.content.startswith(begin)
    for other in ({"format": "mp4", "at_ms": 500}, {"format": format}):
        again = running.start_render(name, session_id, draft_of("a1"), **other)
        assert again.status_code == 409


def test_workers_and_cache_are_those_of_the_settings(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[studio]\nworkers = 1\ncache_gb = 0\n")
    environ = {"VBTUI_CONFIG": str(config), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with studio(tmp_path / "data", environ=environ) as running:
        session_id = running.new_session()
        running.add(session_id, media.clip(seconds=2))
        running.start_render("short", session_id, draft_of("a1"))
        running.wait_render("short", "completed")
        chunks = tmp_path / "cache" / "vbtui" / "chunks"
        assert [path for path in chunks.rglob("*") if path.is_file()] == []
        running.start_render("slow", session_id, slow_draft("a1"))
        busiest = until(lambda: encoder_count(running), bool)
        for _ in range(30):
            busiest = max(busiest, encoder_count(running))
            time.sleep(0.05)
        assert busiest == 1


def test_one_at_a_time_and_cancel(running: RunningStudio, session_id: str) -> None:
    for name in ("slow_1", "slow_2"):
        assert running.start_render(name, session_id, slow_draft("a1")).is_success
    running.wait_render("slow_1", "processing")
    until(lambda: encoders(running), bool)
    assert running.render("slow_2")["status"] == "pending"
    early = running.http.get("/api/render/proxy/slow_1/download")
    assert early.status_code == 409
    for name in ("slow_2", "slow_1"):
        reply = running.http.post(f"/api/render/proxy/lambda/{name}/cancel").json()
        assert reply["data"]["status"] == "cancelled"
    assert encoders(running) == set()
    assert running.render("slow_1")["status"] == "cancelled"
    again = running.http.post("/api/render/proxy/lambda/slow_1/cancel").json()
    assert again["data"]["status"] == "cancelled"


def test_cancelled_render_leaves_no_file(running: RunningStudio, session_id: str) -> None:
    running.start_render("slow_3", session_id, slow_draft("a1"))
    running.wait_render("slow_3", "processing")
    running.http.post("/api/render/proxy/lambda/slow_3/cancel")
    folder = running.data / "renders" / "slow_3"
    assert {path.name for path in folder.iterdir()} == {"job.json", "draft.json"}


@pytest.mark.parametrize("missing", list(ATTRIBUTION))
def test_missing_attribution_is_402(running: RunningStudio, session_id: str, missing: str) -> None:
    headers = {name: value for name, value in ATTRIBUTION.items() if name != missing}
    body = {"id": "r", "sessionId": session_id, "draft": draft_of("a1")}
    reply = running.http.post("/api/render/proxy/lambda", json=body, headers=headers)
    assert reply.status_code == 402
    assert running.http.get("/api/render/proxy/lambda/r").status_code == 404


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"id": "../../x"}, "“id”"),
        ({"id": ""}, "“id”"),
        ({"id": 7}, "“id”"),
        ({"draft": None}, "“draft”"),
        ({"draft": {"t": []}}, "nothing to export"),
        ({"draft": {"t": [{"tt": 0, "sg": []}]}}, "nothing to export"),
        ({"draft": draft_of("a99")}, "“clip.mp4”, which this session does not have"),
        ({"draft": draft_of("../../etc")}, "does not have"),
        ({"output": {"format": "avi"}}, "mp4"),
        ({"output": {"format": "mp4", "quality": "best"}}, "quality"),
        ({"output": {"format": "png", "at_ms": -1}}, "output.at_ms"),
        ({"output": {"format": "png", "at_ms": "0:05"}}, "output.at_ms"),
        ({"output": {"width": 8}}, "output.width"),
        ({"output": {"height": True}}, "output.height"),
        ({"output": {"fps": 500}}, "output.fps"),
    ],
)
def test_bad_requests(
    running: RunningStudio, session_id: str, change: dict[str, Any], word: str
) -> None:
    body = {"id": "bad_1", "sessionId": session_id, "draft": draft_of("a1"), **change}
    reply = running.http.post("/api/render/proxy/lambda", json=body, headers=ATTRIBUTION)
    assert reply.status_code == 400
    assert reply.json()["success"] is False
    assert word in reply.json()["error"]
    assert running.http.get("/api/render/proxy/lambda/bad_1").status_code == 404


def test_unknown_session_is_1002(running: RunningStudio) -> None:
    reply = running.start_render("r9", "00000000-0000-0000-0000-000000000000", draft_of("a1"))
    assert reply.json()["code"] == 1002


def test_unknown_render(running: RunningStudio) -> None:
    for method, path in (
        ("GET", "/api/render/proxy/lambda/none"),
        ("POST", "/api/render/proxy/lambda/none/cancel"),
        ("GET", "/api/render/proxy/none/download"),
    ):
        assert running.http.request(method, path).status_code == 404


def test_render_that_cannot_work_fails_with_a_sentence(tmp_path: Path) -> None:
    with studio(tmp_path) as running:
        session_id = running.new_session()
        running.add(session_id, media.clip(seconds=2))
        (kept,) = (tmp_path / "media").iterdir()
        kept.write_bytes(b"rubbish" * 1000)
        running.start_render("bad", session_id, draft_of("a1"))
        job = running.wait_render("bad", "completed", "failed")
        assert job["status"] == "failed"
        assert "Traceback" not in job["error"]
        assert media.clip(seconds=2).name in job["error"]
        kept.unlink()
        reply = running.start_render("gone", session_id, draft_of("a1"))
        assert (
            "is gone: remove it from the media list, then upload it again" in reply.json()["error"]
        )


def test_render_of_a_scratched_file_says_so(tmp_path: Path) -> None:
    data = bytearray(media.clip(seconds=4, fps="60").read_bytes())
    place = data.index(b"mdat") + len(data) // 2
    data[place : place + 400] = bytes(400)
    path = tmp_path / "scratched.mp4"
    path.write_bytes(data)
    with studio(tmp_path / "data") as running:
        session_id = running.new_session()
        running.add(session_id, path)
        running.start_render("r1", session_id, draft_of("a1", seconds=4))
        job = running.wait_render("r1", "completed", "failed")
        assert job["remark"].count("“scratched.mp4” is damaged in places") == 1


def test_kill_9_in_the_middle_of_a_render(tmp_path: Path) -> None:
    """It starts again under its id; what was finished and cancelled before stays so."""
    with studio(tmp_path) as first:
        session_id = first.new_session()
        first.add(session_id, media.clip(seconds=2))
        first.start_render("done", session_id, draft_of("a1"))
        first.wait_render("done", "completed")
        made = (tmp_path / "renders" / "done" / "video.mp4").read_bytes()
        first.start_render("under_way", session_id, slow_draft("a1"))
        first.wait_render("under_way", "processing")
        first.start_render("next", session_id, draft_of("a1"))
        first.start_render("dropped", session_id, draft_of("a1"))
        first.http.post("/api/render/proxy/lambda/dropped/cancel")
        until(lambda: encoders(first), bool)
        first.kill()
        until(lambda: commands_about(tmp_path), lambda left: left == [])
    with studio(tmp_path) as second:
        second.wait_render("under_way", "processing")
        assert second.render("next")["status"] == "pending"
        assert second.render("dropped")["status"] == "cancelled"
        assert second.http.get("/api/render/proxy/done/download").content == made
        second.http.post("/api/render/proxy/lambda/under_way/cancel")
        assert second.wait_render("next", "completed", "failed")["status"] == "completed"


@pytest.mark.parametrize("format", ["prores", "gif", "mp3"])
def test_a_format_goes_on_after_kill_9(tmp_path: Path, format: str) -> None:
    with studio(tmp_path / "data") as first:
        session_id = first.new_session()
        first.add(session_id, media.clip(seconds=2))
        wanted = draft_of("a1", seconds=2)
        slow = slow_draft("a1")
        first.start_render("slow", session_id, slow)
        first.wait_render("slow", "processing")
        first.start_render("kept", session_id, slow, format=format)
        first.start_render("next", session_id, wanted, format=format)
        first.http.post("/api/render/proxy/lambda/slow/cancel")
        first.wait_render("kept", "processing")
        first.kill()
        until(lambda: commands_about(tmp_path), lambda left: left == [])
    with studio(tmp_path / "data") as second:
        second.wait_render("kept", "processing")
        second.http.post("/api/render/proxy/lambda/kept/cancel")
        job = second.wait_render("next", "completed", "failed")
        assert (job["status"], job["output"]["format"]) == ("completed", format)
        left = {path.name for path in (tmp_path / "data" / "renders" / "kept").iterdir()}
        assert left == {"job.json", "draft.json"}


def test_end_of_the_studio_ends_its_encoders(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session()
        first.add(session_id, media.clip(seconds=2))
        first.start_render("slow", session_id, slow_draft("a1"))
        until(lambda: encoders(first), bool)
        first.process.terminate()
        assert first.process.wait(PATIENCE_S) == 0
    assert commands_about(tmp_path) == []
    with studio(tmp_path) as second:
        assert second.wait_render("slow", "processing")["progress"] < 100


def test_what_was_asked_for_is_made_when_nobody_needs_the_studio_any_more(tmp_path: Path) -> None:
    with studio(tmp_path) as first:
        session_id = first.new_session()
        first.add(session_id, media.clip(seconds=1))
        for render_id in ("one", "two"):
            first.start_render(render_id, session_id, draft_of("a1"))
        assert first.close() == 0
    for render_id in ("one", "two"):
        job = json.loads((tmp_path / "renders" / render_id / "job.json").read_text())
        assert job["status"] == "completed"
    with studio(tmp_path) as second:
        assert second.render("two")["status"] == "completed"
        assert second.close() == 0, "there is nothing to do"
