"""Limits and disks that a test cannot have for real, on the real application in this process."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import clips as media
from tests.waiting import PATIENCE_S
from vbtui.base import files as disk
from vbtui.base.errors import RenderFailed
from vbtui.base.settings import MAX_UPLOAD_BYTES
from vbtui.base.settings import Studio as Limits
from vbtui.studio.director.operations import described
from vbtui.studio.project.prober import Prober
from vbtui.studio.project.store import Store
from vbtui.studio.render import Output
from vbtui.studio.server.analyses import Analyses
from vbtui.studio.server.auth import Auth
from vbtui.studio.server.proxies import Proxies
from vbtui.studio.server.renders import Renders, new_job
from vbtui.studio.server.serve import make_app
from vbtui.studio.server.studio import Life, Studio

LIMIT = 300_000


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path)
    prober = Prober()
    auth = Auth("secret", tmp_path / "tokens.json", gives_tokens=True)
    renders = Renders(store, Limits(), print)
    proxies = Proxies(tmp_path, Limits(), renders, prober, print)
    life = Life(has_parent=False, done=renders.wait_done)
    studio = Studio(
        store, auth, prober, renders, proxies, Analyses(tmp_path, "", print), life, report=print
    )
    renders.start()
    transport = httpx.ASGITransport(make_app(studio, loopback=True), raise_app_exceptions=False)
    headers = {"Authorization": "Bearer secret"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        yield client
    await renders.close()
    await proxies.close()
    await prober.close()


async def new_session(http: httpx.AsyncClient) -> str:
    reply = await http.post("/api/tasks/me/with-session/nemo_agent", json={})
    return str(reply.json()["data"]["session_id"])


async def upload(http: httpx.AsyncClient, session_id: str, content: bytes) -> httpx.Response:
    files = [("files", ("long.wav", content))]
    return await http.post(f"/api/upload-video/nemo_agent/me/{session_id}", files=files)


async def test_more_than_the_limit_is_4002(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts what comes, to the byte."""
    assert MAX_UPLOAD_BYTES == 500 * 1024 * 1024
    monkeypatch.setattr("vbtui.studio.server.uploads.MAX_UPLOAD_BYTES", LIMIT)
    content = media.sound(suffix=".wav", seconds=2).read_bytes()
    assert len(content) > LIMIT
    session_id = await new_session(http)
    reply = (await upload(http, session_id, content[: LIMIT + 1])).json()
    assert reply["code"] == 4002
    assert reply["message"] == "“long.wav” is larger than 500 MB."
    assert list((tmp_path / "incoming").iterdir()) == []
    assert list((tmp_path / "media").iterdir()) == []
    fits = (await upload(http, session_id, content[:LIMIT])).json()
    assert fits["code"] != 4002


async def test_full_disk_during_an_upload_is_507(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await new_session(http)
    content = media.sound(suffix=".wav", seconds=2).read_bytes()

    class FullDisk:
        def write(self, data: memoryview) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            pass

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda *_args, **_options: FullDisk())
        reply = await upload(http, session_id, content)
    assert reply.status_code == 507
    assert reply.json()["code"] == 507
    assert "the disk is full. Free some space" in reply.json()["message"]
    assert list((tmp_path / "incoming").iterdir()) == []
    assert (await upload(http, session_id, content)).json()["code"] == 0


async def test_what_cannot_fit_is_refused_at_once(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An announced length beyond the disk's free space is 507, before anything is written."""
    session_id = await new_session(http)
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: usage._replace(free=32 * 1024 * 1024))
        reply = await upload(http, session_id, media.sound(suffix=".wav").read_bytes())
    assert reply.status_code == 507
    assert "disk is full" in reply.json()["message"]
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_full_disk_refuses_a_render_instead_of_losing_it(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await new_session(http)
    draft = {"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": "hi"}}]}], "d": 1000}
    body: dict[str, Any] = {"id": "r1", "sessionId": session_id, "draft": draft}
    headers = {f"X-Skill-{name}": "x" for name in ("Source", "Version", "Platform")}

    def full(path: Path, value: Any) -> None:
        raise disk.disk_problem(OSError(errno.ENOSPC, "No space left on device"), path)

    with monkeypatch.context() as patched:
        patched.setattr("vbtui.studio.server.renders.write_json", full)
        reply = await http.post("/api/render/proxy/lambda", json=body, headers=headers)
        assert reply.status_code == 507
    assert (await http.get("/api/render/proxy/lambda/r1")).status_code == 404


async def test_a_failure_that_nobody_foresaw_is_a_sentence(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Store, "create", fail)
    reply = await http.post("/api/tasks/me/with-session/nemo_agent", json={})
    assert (reply.status_code, reply.json()["code"]) == (500, 500)
    assert "detail" not in reply.text


async def test_render_errors_are_kept_as_their_sentence(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RenderFailed("The moon is in the way.")

    monkeypatch.setattr("vbtui.studio.render.render", fail)
    session_id = await new_session(http)
    draft = {"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": "hi"}}]}], "d": 1000}
    body = {"id": "r1", "sessionId": session_id, "draft": draft}
    headers = {f"X-Skill-{name}": "x" for name in ("Source", "Version", "Platform")}
    await http.post("/api/render/proxy/lambda", json=body, headers=headers)
    data: dict[str, Any] = {}
    async with asyncio.timeout(PATIENCE_S):
        while data.get("status") != "failed":
            await asyncio.sleep(0.01)
            data = (await http.get("/api/render/proxy/lambda/r1")).json()["data"]
    assert data["error"].startswith("The moon is in the way.")
    kept: dict[str, Any] = {}
    async with asyncio.timeout(PATIENCE_S):  # it is told before it is written
        while kept.get("error") != data["error"]:
            await asyncio.sleep(0.01)
            kept = json.loads((tmp_path / "renders" / "r1" / "job.json").read_text())


async def test_same_id_asked_for_at_the_same_time_is_one_render(tmp_path: Path) -> None:
    renders = Renders(Store(tmp_path), Limits(), print)
    renders.start()
    draft: dict[str, Any] = {"t": []}
    asked = [new_job("r1", "none", "t", Output()) for _ in range(3)]
    jobs = await asyncio.gather(*(renders.begin(job, draft) for job in asked))
    assert jobs[0] is jobs[1] is jobs[2]
    await renders.close()


async def test_a_studio_started_by_hand_opens_no_files_where_they_lie(
    http: httpx.AsyncClient,
) -> None:
    """Others may have its token: only what was uploaded is theirs to see."""
    path = str(media.picture("red"))
    files = {"files": [{"path": path, "name": "red.png"}]}
    assert (await http.post("/studio/originals", json=files)).status_code == 403
    assert (await http.post("/studio/frames", json={"draft": {"t": []}})).status_code == 403
    reply = await http.get("/studio/capabilities")
    assert reply.json()["data"]["originals"] is False
    assert reply.json()["data"]["operations"] == described()
