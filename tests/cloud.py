"""A small cloud on a real loopback socket: it keeps what wire/README.md, Endpoints, promises, records every request,
and fails on demand, once for each `Fault`."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

DRAFT: dict[str, Any] = {
    "t": [
        {
            "tt": 0,
            "sg": [{"id": "s1", "s": 0, "d": 1000, "m": {"title": "beach"}, "x-odd": [1.5, None]}],
        },
        {
            "tt": 7,
            "sg": [{"id": "s2", "s": 0, "d": 500, "m": {"text": "Urban Dreams"}}],
            "zz": "kept",
        },
    ],
    "d": 1000,
    "m": {"title": "Promo: spring/summer"},
}


@dataclass(slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Fault:
    """What goes wrong at the next request of that method whose path starts like that."""

    method: str
    path: str
    status: int = 0
    """The HTTP status of a refusal; 0: the connection is closed without a word."""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    """Whether the request is carried out before that."""
    cut: int | None = None
    """The real answer is sent, and broken off after so many bytes of its body."""
    times: int = 1


@dataclass(slots=True)
class Job:
    """A render there."""

    id: str
    request: dict[str, Any]
    script: list[dict[str, Any]]
    """What each look gives in turn; the last one stays."""
    cancelled: bool = False


class Cloud:
    """`async with Cloud() as cloud:` — `cloud.url` is its address."""

    def __init__(self, name: str = "sess") -> None:
        self._name = name
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.draft: Any = None
        self.media: list[dict[str, Any]] = []
        self.says = "Done: I added your clip."
        self.sessions: list[str] = []
        self.jobs: dict[str, Job] = {}
        self.video = b""
        self.good_tokens: set[str] = set()
        self.checks_tokens = True
        self.token_life_s: float | None = None
        self.silent = False
        """Takes requests and never answers."""
        self.script: list[dict[str, Any]] = [
            {"status": "processing", "progress": 40},
            {"status": "completed", "progress": 100},
        ]
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Accept connections (again, at the same address)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections and break those that are open."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str, path: str) -> int:
        """How many requests of that kind came."""
        return len(self.requests(method, path))

    def requests(self, method: str, path: str) -> list[Seen]:
        return [one for one in self.seen if one.method == method and one.path.startswith(path)]

    @property
    def render_ids(self) -> Counter[str]:
        """How often each render was asked for."""
        return Counter(
            one.json["id"] for one in self.seen if one.path == RENDER and one.method == "POST"
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(method, path, headers, body)
        self.seen.append(seen)
        if self.silent:
            await asyncio.Event().wait()
        fault = self._fault(seen)
        if fault and not fault.after and fault.cut is None:
            if not fault.status:
                return False
            _send(writer, fault.status, fault.body, fault.headers)
            await writer.drain()
            return True
        status, answer, more = self._answer(seen)
        if fault and fault.after:
            return False
        _send(writer, status, answer, more, cut=fault.cut if fault else None)
        await writer.drain()
        return fault is None

    def _fault(self, seen: Seen) -> Fault | None:
        for fault in self.faults:
            if fault.method == seen.method and seen.path.startswith(fault.path):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    # -- what it answers ----------------------------------------------------------------------

    def _answer(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        if seen.path == "/api/auth/anonymous-token":
            return self._token(seen)
        token = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if seen.path.startswith("/files/"):
            return self._file(seen)
        if self.checks_tokens and token not in self.good_tokens:
            return 200, {"code": 1001, "message": "token expired"}, {}
        if seen.path == "/api/credits/balance/simple":
            return 200, _ok({"available": 88, "frozen": 2, "total": 90}), {}
        if seen.path == "/api/tasks/me/with-session/nemo_agent":
            return self._session()
        if seen.path == "/api/auth/claim-token":
            return 200, _ok({"claim_token": "clm_abc/+="}), {}
        if seen.path.startswith("/api/state/"):
            return self._state(seen)
        if seen.path.startswith("/api/upload-video/"):
            return self._upload(seen)
        if seen.path == "/run_sse":
            return self._turn()
        if seen.path.startswith("/api/render/proxy"):
            return self._render(seen)
        return 404, {"detail": "Not Found"}, {}

    def _token(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        if not seen.headers.get("x-client-id"):
            return 400, {"message": "X-Client-Id missing"}, {}
        token = f"nmv_usr_free{len(self.good_tokens) + 1}"
        self.good_tokens.add(token)
        data: dict[str, Any] = {"token": token, "credits": 100, "user_id": "usr_7"}
        if self.token_life_s is not None:
            data["expires_at"] = time.time() + self.token_life_s
        return 200, _ok(data), {}

    def _session(self) -> tuple[int, Any, dict[str, str]]:
        session_id = f"{self._name}-{len(self.sessions) + 1}"
        self.sessions.append(session_id)
        task_id = f"task-{len(self.sessions)}"
        return 200, _ok({"session_id": session_id, "task_id": task_id, "user_id": "usr_7"}), {}

    def _state(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        session_id = seen.path.split("/")[5]
        if session_id not in self.sessions:
            return 200, {"code": 1002, "message": "session not found"}, {}
        return 200, _ok({"state": {"draft": self.draft, "video_infos": self.media}}), {}

    def _upload(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        name = re.search(rb'filename="([^"]+)"', seen.body)
        self.media.append(
            {"filename": name[1].decode() if name else "", "cdn_url": f"{self.url}/files/m"}
        )
        return 200, _ok({"files": self.media[-1:]}), {}

    def _turn(self) -> tuple[int, Any, dict[str, str]]:
        self.draft = DRAFT
        event = {"content": {"role": "model", "parts": [{"text": self.says}]}}
        body = f"data: {json.dumps(event)}\n\n".encode()
        return 200, body, {"Content-Type": "text/event-stream"}

    def _render(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        if seen.method == "POST" and seen.path == RENDER:
            request = seen.json
            known = self.jobs.setdefault(
                request["id"], Job(request["id"], request, list(self.script))
            )
            return 200, {"success": True, "data": {"id": known.id, "status": "pending"}}, {}
        download = re.fullmatch("/api/render/proxy/([^/]+)/download", seen.path)
        if download:
            return self._file(seen)
        job = self.jobs.get(seen.path.removeprefix(RENDER + "/").split("/")[0])
        if job is None:
            return 404, {"detail": "render not found"}, {}
        if seen.path.endswith("/cancel"):
            job.cancelled = True
            return 200, {"success": True, "data": {"status": "cancelled"}}, {}
        look = dict(job.script[0] if len(job.script) == 1 else job.script.pop(0))
        if look["status"] == "completed":
            look["output"] = {"url": f"{self.url}/files/{job.id}.mp4"}
        return 200, {"success": True, "data": look}, {}

    def _file(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        wanted = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
        total = len(self.video)
        if not wanted:
            return 200, self.video, {"Content-Type": "video/mp4"}
        start = int(wanted[1])
        if start >= total:
            return 416, b"", {"Content-Range": f"bytes */{total}"}
        place = f"bytes {start}-{total - 1}/{total}"
        return 206, self.video[start:], {"Content-Type": "video/mp4", "Content-Range": place}


RENDER = "/api/render/proxy/lambda"


def _ok(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "data": data}


def _send(
    writer: asyncio.StreamWriter,
    status: int,
    answer: Any,
    headers: dict[str, str],
    cut: int | None = None,
) -> None:
    is_json = not isinstance(answer, bytes)
    body = json.dumps(answer).encode() if is_json else answer
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    if is_json:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body[:cut])
