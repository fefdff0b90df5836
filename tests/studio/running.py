"""A real studio for tests: its own process, a free port, plain HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
ATTRIBUTION = {
    "X-Skill-Source": "video-builder",
    "X-Skill-Version": "0",
    "X-Skill-Platform": "unknown",
}
T = TypeVar("T")


class RunningStudio:
    """A child studio and a signed-in client for it."""

    def __init__(self, data: Path, *, environ: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.process = spawn(data, "--port", "0", child=True, environ=environ)
        assert self.process.stdout is not None
        self.hello: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.url: str = self.hello.get("url", "")
        self.token: str = self.hello.get("token", "")
        self.http = client(self.url, self.token)

    def new_session(self, title: str = "project") -> str:
        body = {"task_name": title, "language": "en"}
        reply = self.http.post("/api/tasks/me/with-session/nemo_agent", json=body).json()
        return str(reply["data"]["session_id"])

    def upload(self, session_id: str, *paths: Path) -> httpx.Response:
        files = [("files", (path.name, path.read_bytes())) for path in paths]
        return self.http.post(f"/api/upload-video/nemo_agent/me/{session_id}", files=files)

    def add(self, session_id: str, *paths: Path) -> list[dict[str, Any]]:
        reply = self.upload(session_id, *paths).json()
        assert reply["code"] == 0, reply
        return list(reply["data"]["files"])

    def state(self, session_id: str) -> dict[str, Any]:
        reply = self.http.get(f"/api/state/nemo_agent/me/{session_id}/latest").json()
        assert reply["code"] == 0, reply
        return dict(reply["data"]["state"])

    def say(self, session_id: str, text: str, *, streaming: bool = True) -> list[dict[str, Any]]:
        reply = self.http.post("/run_sse", json=message(session_id, text, streaming=streaming))
        assert reply.status_code == 200, reply.text
        return events(reply.text)

    def start_render(
        self, render_id: str, session_id: str, draft: Any, **wanted: Any
    ) -> httpx.Response:
        output = {"format": "mp4", "quality": "low", **wanted}
        body = {"id": render_id, "sessionId": session_id, "draft": draft, "output": output}
        return self.http.post("/api/render/proxy/lambda", json=body, headers=ATTRIBUTION)

    def render(self, render_id: str) -> dict[str, Any]:
        return dict(self.http.get(f"/api/render/proxy/lambda/{render_id}").json()["data"])

    def wait_render(self, render_id: str, *statuses: str) -> dict[str, Any]:
        """The render once it has one of `statuses`."""
        return until(lambda: self.render(render_id), lambda job: job["status"] in statuses)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def close(self) -> int:
        """Let go of it as a parent that ends does, and return its exit code."""
        self.http.close()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self.process.stdout.close()


@contextmanager
def studio(data: Path, *, environ: Mapping[str, str] | None = None) -> Iterator[RunningStudio]:
    """A studio on `data` that is gone afterwards."""
    running = RunningStudio(data, environ=environ)
    try:
        yield running
    finally:
        running.process.terminate()  # whatever it still has to do
        running.close()


def spawn(
    data: Path, *arguments: str, child: bool, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """`vbtui studio` as a process with pipes."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(environ or {})}
    if child:
        env["VBTUI_STUDIO_CHILD"] = "1"
    return subprocess.Popen(
        [sys.executable, "-m", "vbtui", "studio", "--data", str(data), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if child else subprocess.PIPE,
        env=env,
        text=True,
        start_new_session=True,
    )


def client(url: str, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False)


def message(session_id: str, text: str, *, streaming: bool | None = True) -> dict[str, Any]:
    """The body of `/run_sse`."""
    body: dict[str, Any] = {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"role": "user", "parts": [{"text": text}]},
    }
    return body if streaming is None else {**body, "streaming": streaming}


def events(text: str) -> list[dict[str, Any]]:
    """The events of a stream, as ADK frames them."""
    frames = text.split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def until(read: Callable[[], T], is_right: Callable[[T], bool]) -> T:
    """What `read` gives as soon as it is right."""
    end = time.monotonic() + PATIENCE_S
    while not is_right(value := read()):
        assert time.monotonic() < end, f"it stays {value!r}"
        time.sleep(0.02)
    return value
