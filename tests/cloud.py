"""The cloud on a real loopback socket: it keeps what wire/README.md, Endpoints, promises, records every
request, and goes wrong exactly where a `Fault` wants it.

    async with Cloud() as cloud:
        cloud.goes_wrong(Fault("POST", RENDER, refuses(402)))
        …
        assert cloud.carried == {"render": 1}

What was really carried out is counted apart from what was asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from tests.server import STREAM_HEAD, Answer, Exchange, Request, Server, chunk, fits, reply

RENDER = "/api/render/proxy/lambda"
TURN = "/run_sse"
UPLOAD = "/api/upload-video/*"
STATE = "/api/state/*"
CREDITS = "/api/credits/balance/simple"
SESSION = "/api/tasks/me/with-session/nemo_agent"
SIGN_IN = "/api/auth/anonymous-token"
POLL = f"{RENDER}/*"
FILE = "/files/*"

CLAIM = "/api/auth/claim-token"
DOWNLOAD = "/api/render/proxy/render_*"

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


Play = Callable[["Cloud", Exchange], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """What happens in place of the next right answer to such a request."""

    method: str
    path: str
    play: Play
    times: int = 1


@dataclass(slots=True)
class Job:
    """A render there."""

    id: str
    request: dict[str, Any]
    script: list[dict[str, Any]]
    """What each look gives in turn; the last one stays."""
    cancelled: bool = False


@dataclass(frozen=True)
class Received:
    """One upload request that reached the cloud."""

    session: str
    name: str
    size: int
    sha256: str
    """Empty where the content did not arrive whole."""
    outcome: str
    """`done`, `refused` or `cut`."""
    began_at: float
    """When its first bytes came, seconds since 1970."""


class Cloud(Server):
    """Answers as the cloud does, but for its faults; HTTP 402 where an attribution header misses."""

    def __init__(self, name: str = "sess-") -> None:
        """Args: name: what the names of new sessions begin with."""
        super().__init__()
        self._name = name
        self.faults: Counter[Fault] = Counter()
        """Those that were not met yet, in the order in which they came, and how often."""
        self.draft: Any = None
        self.media: dict[str, list[dict[str, Any]]] = {}
        """What the state tells of each session's files."""
        self.generated: list[dict[str, Any]] = []
        self.uploads: list[Received] = []
        self.gate = asyncio.Event()
        """Cleared: uploads are taken in to their last byte, and answered when it is set."""
        self.gate.set()
        self.at_gate = 0
        self.at_once = 0
        """Uploads that are under way."""
        self.most_at_once = 0
        self.tells_hash = True
        self.says = "Done: I added your clip."
        self.release = asyncio.Event()
        """What `holding` answers wait for."""
        self.sessions: list[str] = []
        self.jobs: dict[str, Job] = {}
        self.video = b""
        self.available, self.frozen = 88.0, 2.0
        """Credits."""
        self.good_tokens: set[str] = set()
        self.checks_tokens = True
        self.token_life_s: float | None = None
        self.script: list[dict[str, Any]] = [
            {"status": "processing", "progress": 40},
            {"status": "completed", "progress": 100},
        ]
        self.carried: Counter[str] = Counter()
        """How often a message, an upload or a render was really done."""
        self.unattributed: list[str] = []
        """Requests that lacked an attribution header."""
        self.pause: Callable[[], Awaitable[None]] | None = None
        """Awaited between two writes of a right answer."""

    def goes_wrong(self, *faults: Fault) -> None:
        for fault in faults:
            self.faults[fault] += fault.times

    def then(self, answer: Answer, *, first: Any = None, last: Any = None) -> Self:
        """The next message gets this answer; the draft becomes `first` before it and `last` after
        its first bytes could be read."""

        async def play(cloud: Cloud, exchange: Exchange) -> None:
            if first is not None:
                cloud.draft = first
            try:
                await answer(exchange)
            finally:
                if last is not None:
                    cloud.draft = last

        self.goes_wrong(Fault("POST", TURN, play))
        return self

    def holding(self, *before: bytes, after: Sequence[bytes] = ()) -> Answer:
        """A stream that gives `before`, waits for `release`, then gives `after` and ends."""

        async def play(exchange: Exchange) -> None:
            await exchange.send(STREAM_HEAD + b"".join(map(chunk, before)))
            await self.release.wait()
            await exchange.send(b"".join(map(chunk, after)) + b"0\r\n\r\n")

        return play

    @property
    def said(self) -> list[str]:
        """The messages that arrived, in order."""
        return [one.json()["new_message"]["parts"][0]["text"] for one in self.of("POST", TURN)]

    @property
    def files(self) -> list[Received]:
        """What was uploaded and is there."""
        return [one for one in self.uploads if one.outcome == "done"]

    @property
    def render_ids(self) -> Counter[str]:
        """How often each render was asked for."""
        return Counter(one.json()["id"] for one in self.of("POST", RENDER) if one.complete)

    def right(self, request: Request) -> bytes:
        """Carry the request out; the whole answer as it goes on the wire."""
        request.carried_out = True
        if kind := kind_of(request):
            self.carried[kind] += 1
        status, value, headers = self._carry_out(request)
        if request.path == TURN and status == 200 and isinstance(value, bytes):
            return STREAM_HEAD + chunk(value) + b"0\r\n\r\n"
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        fields = {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
        head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
        return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body

    def otherwise(self, request: Request) -> Answer:
        names = ("x-skill-source", "x-skill-version", "x-skill-platform")
        if not request.path.startswith("/files/") and not all(map(request.headers.get, names)):
            self.unattributed.append(request.target)
            return reply(status=402, body=b"")
        play = self._next_fault(request) or _right
        if request.method == "POST" and fits(UPLOAD, request.path):
            play = _taking_in(play)
        return self._played(play)

    def _next_fault(self, request: Request) -> Play | None:
        for fault in self.faults:
            if fault.method == request.method and fits(fault.path, request.path):
                self.faults[fault] -= 1
                self.faults = +self.faults
                return fault.play
        return None

    def _played(self, play: Play) -> Answer:
        async def answer(exchange: Exchange) -> None:
            await play(self, exchange)

        answer.early = getattr(play, "early", False)  # type: ignore[attr-defined]  # read by Server
        return answer

    # -- what it answers ----------------------------------------------------------------------

    def _carry_out(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        if request.path == SIGN_IN:
            return self._token(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.path.startswith("/files/"):
            return self._file(request)
        if self.checks_tokens and token not in self.good_tokens:
            return 200, {"code": 1001, "message": "token expired"}, {}
        if request.path == CREDITS:
            return 200, _ok({"available": self.available, "frozen": self.frozen}), {}
        if request.path == SESSION:
            return self._session()
        if request.path == CLAIM:
            return 200, _ok({"claim_token": "clm_abc/+="}), {}
        if request.path.startswith("/api/state/"):
            return self._state(request)
        if request.path.startswith("/api/upload-video/"):
            return self._upload(request)
        if request.path == TURN:
            return self._turn()
        if request.path.startswith("/api/render/proxy"):
            return self._render(request)
        return 404, {"detail": "Not Found"}, {}

    def _token(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        if not request.headers.get("x-client-id"):
            return 400, {"message": "X-Client-Id missing"}, {}
        token = f"nmv_usr_free{len(self.good_tokens) + 1}"
        self.good_tokens.add(token)
        data: dict[str, Any] = {"token": token, "credits": 100, "user_id": "usr_7"}
        if self.token_life_s is not None:
            data["expires_at"] = time.time() + self.token_life_s
        return 200, _ok(data), {}

    def _session(self) -> tuple[int, Any, dict[str, str]]:
        session_id = f"{self._name}{len(self.sessions) + 1}"
        self.sessions.append(session_id)
        task_id = f"task-{len(self.sessions)}"
        return 200, _ok({"session_id": session_id, "task_id": task_id, "user_id": "usr_7"}), {}

    def _state(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        session_id = request.path.split("/")[5]
        if session_id not in self.sessions:
            return 200, {"code": 1002, "message": "session not found"}, {}
        media = self.media.get(session_id, [])
        state = {"draft": self.draft, "video_infos": media, "generated_media": self.generated}
        return 200, _ok({"state": state}), {}

    def _upload(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        one = received(request, "done")
        self.uploads.append(one)
        entry = {"filename": one.name, "cdn_url": f"{self.url}/files/{one.sha256[:12]}/{one.name}"}
        if self.tells_hash:
            entry["hash"] = one.sha256
        self.media.setdefault(one.session, []).append(entry)
        return 200, _ok({"files": [entry]}), {}

    def _turn(self) -> tuple[int, Any, dict[str, str]]:
        self.draft = DRAFT
        event = {"content": {"role": "model", "parts": [{"text": self.says}]}}
        body = f"data: {json.dumps(event)}\n\n".encode()
        return 200, body, {"Content-Type": "text/event-stream"}

    def _render(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        if request.method == "POST" and request.path == RENDER:
            asked = request.json()
            known = self.jobs.setdefault(asked["id"], Job(asked["id"], asked, list(self.script)))
            return 200, {"success": True, "data": {"id": known.id, "status": "pending"}}, {}
        download = re.fullmatch("/api/render/proxy/([^/]+)/download", request.path)
        if download:
            return self._file(request)
        job = self.jobs.get(request.path.removeprefix(RENDER + "/").split("/")[0])
        if job is None:
            return 404, {"detail": "render not found"}, {}
        if request.path.endswith("/cancel"):
            job.cancelled = True
            return 200, {"success": True, "data": {"status": "cancelled"}}, {}
        look = dict(job.script[0] if len(job.script) == 1 else job.script.pop(0))
        if look["status"] == "completed":
            look["output"] = {"url": f"{self.url}/files/{job.id}.mp4"}
        return 200, {"success": True, "data": look}, {}

    def _file(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        total = len(self.video)
        if not wanted:
            return 200, self.video, {"Content-Type": "video/mp4"}
        start = int(wanted[1])
        if start >= total:
            return 416, b"", {"Content-Range": f"bytes */{total}"}
        place = f"bytes {start}-{total - 1}/{total}"
        return 206, self.video[start:], {"Content-Type": "video/mp4", "Content-Range": place}


def _ok(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "data": data}


def kind_of(request: Request) -> str:
    """What must not happen twice: `message`, `upload`, `render`; empty for anything else."""
    if request.method != "POST":
        return ""
    if request.path == TURN:
        return "message"
    if fits(UPLOAD, request.path):
        return "upload"
    return "render" if request.path == RENDER else ""


def received(request: Request, outcome: str) -> Received:
    """What an upload brought."""
    session = request.path.rpartition("/")[2]
    kind = request.headers.get("content-type", "")
    name, content = "", None
    if kind == "application/json":
        name, content = json.loads(request.body)["urls"][0].rpartition("/")[2], b""
    elif found := re.search(rb'filename="([^"]+)"', request.body[:4096]):
        name = unquote_to_bytes(found[1]).decode()
        if request.complete:
            end = f"\r\n--{kind.partition('boundary=')[2]}--\r\n".encode()
            assert request.body.endswith(end)
            content = request.body[request.body.index(b"\r\n\r\n") + 4 : -len(end)]
    digest = "" if content is None else hashlib.sha256(content).hexdigest()
    return Received(session, name, len(content or b""), digest, outcome, request.came_at)


def _taking_in(play: Play) -> Play:
    """An upload, which `play` answers; counted and kept in `uploads`."""

    async def taken_in(cloud: Cloud, exchange: Exchange) -> None:
        request = exchange.request
        cloud.at_once += 1
        cloud.most_at_once = max(cloud.most_at_once, cloud.at_once)
        is_early = getattr(play, "early", False)
        try:
            if not is_early:
                await exchange.read_body()
                cloud.at_gate += 1
                await cloud.gate.wait()
                cloud.at_gate -= 1
            if request.complete or is_early:
                await play(cloud, exchange)
        finally:
            cloud.at_once -= 1
            if not request.carried_out:
                cloud.uploads.append(received(request, "refused" if request.complete else "cut"))

    taken_in.early = True  # type: ignore[attr-defined]  # read by Server
    return taken_in


async def _right(cloud: Cloud, exchange: Exchange) -> None:
    data = cloud.right(exchange.request)
    step = 64 if len(data) < 10_000 else 2048
    for start in range(0, len(data), step if cloud.pause else len(data)):
        await exchange.send(data[start : start + step] if cloud.pause else data)
        if cloud.pause:
            await cloud.pause()


# -- ways to go wrong -----------------------------------------------------------------------------


def plain(answer: Answer) -> Play:
    """An answer that needs nothing of the cloud; the request is not carried out."""

    async def play(_cloud: Cloud, exchange: Exchange) -> None:
        await answer(exchange)

    return play


def unread(share: float = 0.0) -> Play:
    """A RST after that share of the request's body; nothing is carried out."""

    async def play(_cloud: Cloud, exchange: Exchange) -> None:
        length = int(exchange.request.headers.get("content-length", "0"))
        if share:
            await exchange.read_body(int(length * share))
        exchange.reset()

    play.early = True  # type: ignore[attr-defined]  # read by Server
    return play


async def slowly(_cloud: Cloud, exchange: Exchange) -> None:
    """A request body that is taken in by the megabyte, with pauses, and never answered."""
    while await exchange.reader.read(1 << 20):  # noqa: ASYNC110  # a slow line, not a wait
        await asyncio.sleep(0.05)
    exchange.close()


slowly.early = True  # type: ignore[attr-defined]  # read by Server


async def ignored(_cloud: Cloud, exchange: Exchange) -> None:
    """A RST after the whole request; nothing is carried out."""
    exchange.reset()


async def unanswered(cloud: Cloud, exchange: Exchange) -> None:
    """Carried out, then a RST before a byte of the answer."""
    cloud.right(exchange.request)
    exchange.reset()


def cut(share: float, *, resets: bool = True) -> Play:
    """Carried out; that share of the answer's body, then a RST, else a quiet close."""

    async def play(cloud: Cloud, exchange: Exchange) -> None:
        head, _, body = cloud.right(exchange.request).partition(b"\r\n\r\n")
        await exchange.send(head + b"\r\n\r\n" + body[: int(len(body) * share)])
        if resets:
            await asyncio.sleep(0.05)  # the other side must have read it before the RST
            exchange.reset()
        exchange.close()

    return play


def halved(share: float) -> Play:
    """Carried out; that share of the answer's body, then the sending half of the connection ends."""

    async def play(cloud: Cloud, exchange: Exchange) -> None:
        head, _, body = cloud.right(exchange.request).partition(b"\r\n\r\n")
        await exchange.send(head + b"\r\n\r\n" + body[: int(len(body) * share)])
        exchange.writer.write_eof()
        await exchange.reader.read()
        exchange.close()

    return play


async def doubled(cloud: Cloud, exchange: Exchange) -> None:
    """Carried out once; the answer comes twice on the connection, which stays open."""
    await exchange.send(cloud.right(exchange.request) * 2)


def late(seconds: float) -> Play:
    """Carried out at once, answered so much later."""

    async def play(cloud: Cloud, exchange: Exchange) -> None:
        answer = cloud.right(exchange.request)
        await asyncio.sleep(seconds)
        await exchange.send(answer)

    return play


def talk(*events: bytes, edits: bool = False, end: str = "clean") -> Play:
    """A stream of these events, one chunk each.

    Args:
        edits: whether the agent changes the timeline.
        end: `clean`; `close` or `reset` before the last chunk; `hang`.
    """

    async def play(cloud: Cloud, exchange: Exchange) -> None:
        cloud.carried["message"] += 1
        if edits:
            cloud.draft = DRAFT
        await exchange.send(STREAM_HEAD)
        for one in events:
            await exchange.send(chunk(one))
            await asyncio.sleep(0)
        if end == "clean":
            await exchange.send(b"0\r\n\r\n")
        elif end == "hang":
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(0.05)
            if end == "reset":
                exchange.reset()
            exchange.close()

    return play


def says(code: int, message: str, *, status: int = 200, **headers: str) -> Play:
    """A refusal in the usual envelope."""
    value = {"code": code, "message": message}
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return plain(reply(value, status=status, headers=named))


def refuses(status: int, **value: Any) -> Play:
    """A refusal whose body is that object."""
    return plain(reply(value, status=status))


def page(status: int) -> Play:
    """A gateway's error page, with everything in it that must not reach a screen."""
    body = (
        f"<html><head><title>{status} Bad</title></head><body><h1>{status}</h1>"
        '<pre>Traceback (most recent call last): {"code": 1001}</pre></body></html>'
    ).encode()
    return plain(reply(status=status, body=body, content_type="text/html"))


def broken_json() -> Play:
    return plain(reply(body=b'{"code": 0, "data": {"state": {"dr'))


def heartbeats(*, every_s: float = 0.02) -> Play:
    """Signs of life and nothing else, for ever."""

    async def play(_cloud: Cloud, exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD)
        while True:
            await exchange.send(chunk(b": still here\n\n"))
            await asyncio.sleep(every_s)

    return play


def stalls(seed: int, *, share: float, longest_s: float) -> Callable[[], Awaitable[None]]:
    """A pause of random length after that share of all writes."""
    dice = random.Random(seed)

    async def pause() -> None:
        if dice.random() < share:
            await asyncio.sleep(dice.uniform(0, longest_s))

    return pause
