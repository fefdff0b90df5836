"""A whole cloud on a real socket that goes wrong exactly where a row of a table wants it.

`tests.cloud.Cloud` says what is right, `tests.wire.server.FaultServer` puts it on the wire;
a `Wrong` takes the place of one right answer. What was really carried out is counted apart from
what was asked for.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.cloud import DRAFT, RENDER, Cloud, Seen
from tests.wire.server import (
    STREAM_HEAD,
    Answer,
    Exchange,
    FaultServer,
    Request,
    chunk,
    reply,
)

TURN = "/run_sse"
UPLOAD = "/api/upload-video/*"
STATE = "/api/state/*"
CREDITS = "/api/credits/balance/simple"
SESSION = "/api/tasks/me/with-session/nemo_agent"
SIGN_IN = "/api/auth/anonymous-token"
POLL = f"{RENDER}/*"
FILE = "/files/*"

Play = Callable[["FaultyCloud", Exchange], Awaitable[None]]


@dataclass(frozen=True)
class Wrong:
    """What happens in place of the next right answer to such a request."""

    method: str
    path: str
    play: Play
    times: int = 1


class FaultyCloud(FaultServer):
    """Answers as the cloud does, but for what is in `wrong`; HTTP 402 where attribution misses."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud = Cloud()
        self.wrong: list[Wrong] = []
        self.carried: Counter[str] = Counter()
        """How often a message, an upload or a render was really done."""
        self.unattributed: list[str] = []
        """Requests that lacked an attribution header."""
        self.pause: Callable[[], Awaitable[None]] | None = None
        """Awaited between two writes of a right answer."""

    async def __aenter__(self) -> FaultyCloud:
        await super().__aenter__()
        self.cloud.port = self.port
        return self

    def goes_wrong(self, *wrongs: Wrong) -> None:
        for wrong in wrongs:
            self.wrong += [wrong] * wrong.times

    def right(self, request: Request) -> bytes:
        """Carry the request out; the whole answer as it goes on the wire."""
        if kind := kind_of(request):
            self.carried[kind] += 1
        seen = Seen(request.method, request.target, request.headers, request.body)
        status, value, headers = self.cloud._answer(seen)
        if request.path == TURN and status == 200 and isinstance(value, bytes):
            return STREAM_HEAD + chunk(value) + b"0\r\n\r\n"
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        fields = {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
        head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
        return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body

    def _answer(self, request: Request) -> Answer:
        names = ("x-skill-source", "x-skill-version", "x-skill-platform")
        if not request.path.startswith("/files/") and not all(map(request.headers.get, names)):
            self.unattributed.append(request.target)
            return reply(status=402, body=b"")
        for wrong in self.wrong:
            if wrong.method == request.method and _fits(wrong.path, request.path):
                self.wrong.remove(wrong)
                return self._played(wrong.play)
        return self._played(_right)

    def _played(self, play: Play) -> Answer:
        async def answer(exchange: Exchange) -> None:
            await play(self, exchange)

        answer.early = getattr(play, "early", False)  # type: ignore[attr-defined]  # read by FaultServer
        return answer


def kind_of(request: Request) -> str:
    """What must not happen twice: `message`, `upload`, `render`; empty for anything else."""
    if request.method != "POST":
        return ""
    if request.path == TURN:
        return "message"
    if _fits(UPLOAD, request.path):
        return "upload"
    return "render" if request.path == RENDER else ""


def _fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


async def _right(cloud: FaultyCloud, exchange: Exchange) -> None:
    data = cloud.right(exchange.request)
    step = 64 if len(data) < 10_000 else 2048
    for start in range(0, len(data), step if cloud.pause else len(data)):
        await exchange.send(data[start : start + step] if cloud.pause else data)
        if cloud.pause:
            await cloud.pause()


# -- ways to go wrong -----------------------------------------------------------------------------


def plain(answer: Answer) -> Play:
    """An answer that needs nothing of the cloud; the request is not carried out."""

    async def play(_cloud: FaultyCloud, exchange: Exchange) -> None:
        await answer(exchange)

    return play


def unread(share: float = 0.0) -> Play:
    """A RST after that share of the request's body; nothing is carried out."""

    async def play(_cloud: FaultyCloud, exchange: Exchange) -> None:
        length = int(exchange.request.headers.get("content-length", "0"))
        if share:
            await exchange.read_body(int(length * share))
        exchange.reset()

    play.early = True  # type: ignore[attr-defined]  # read by FaultServer
    return play


async def ignored(_cloud: FaultyCloud, exchange: Exchange) -> None:
    """A RST after the whole request; nothing is carried out."""
    exchange.reset()


async def unanswered(cloud: FaultyCloud, exchange: Exchange) -> None:
    """Carried out, then a RST before a byte of the answer."""
    cloud.right(exchange.request)
    exchange.reset()


def cut(share: float, *, resets: bool = True) -> Play:
    """Carried out; that share of the answer's body, then a RST, else a quiet close."""

    async def play(cloud: FaultyCloud, exchange: Exchange) -> None:
        head, _, body = cloud.right(exchange.request).partition(b"\r\n\r\n")
        await exchange.send(head + b"\r\n\r\n" + body[: int(len(body) * share)])
        if resets:
            await asyncio.sleep(0.05)  # the other side must have read it before the RST
            exchange.reset()
        exchange.close()

    return play


def talk(*events: bytes, edits: bool = False, end: str = "clean") -> Play:
    """A stream of these events, one chunk each.

    Args:
        edits: whether the agent changes the timeline.
        end: `clean`; `close` or `reset` before the last chunk; `hang`.
    """

    async def play(cloud: FaultyCloud, exchange: Exchange) -> None:
        cloud.carried["message"] += 1
        if edits:
            cloud.cloud.draft = DRAFT
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

    async def play(_cloud: FaultyCloud, exchange: Exchange) -> None:
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


# -- what must not be on a screen -----------------------------------------------------------------

_UNFIT = re.compile(
    r"Traceback|File \"|\{\s*[\"']|[\"']\s*:\s*[\"'{\[\d]|<html|<h1|<pre|nmv_usr_|clm_|Bearer"
    r"|\b(?:1001|1002|2001|4001|4002|402|422|429|50\d)\b(?! MB)|HTTP \d|\bNone\b|object at 0x|Error\b"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]"
)


def unfit(text: str) -> list[str]:
    """Pieces of `text` that no user should see: tokens, JSON, bare codes, tracebacks, escapes."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in _UNFIT.finditer(text)]
