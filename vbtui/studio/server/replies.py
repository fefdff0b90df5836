"""What the endpoints answer with (wire/README.md, Envelopes and Errors), and how bodies are read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vbtui.base.errors import BadFile, DiskProblem, FileTooLarge, UnsupportedFile, VbtuiError
from vbtui.base.foreign_json import LONG, parse
from vbtui.studio.project.media import Media

BAD_TOKEN = 1001
NO_SESSION = 1002
UNSUPPORTED = 4001
TOO_LARGE = 4002

_BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of a JSON body: a draft of 100,000 segments fits."""
_parsing = asyncio.Semaphore(2)
"""So many long bodies are unpacked at the same time."""


class Refusal(Exception):
    """A request that is answered with an envelope whose code is not 0.

    Args:
        code: the number in wire/README.md, Errors, or the HTTP status where there is none.
        status: the HTTP status; None: the code where it is one, else 200.
    """

    def __init__(self, message: str, *, code: int, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status or (code if code < 600 else 200)


class Json(Response):
    """JSON in UTF-8, characters raw."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encode(content).encode("utf-8", "replace")


def encode(content: Any) -> str:
    """One line of JSON as the wire has it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def ok(data: Mapping[str, Any], **more: Any) -> Json:
    """`{"code": 0, "data": …}`."""
    return Json({"code": 0, "message": "ok", "data": data, **more})


def refuse(refusal: Refusal) -> Json:
    """The envelope of an error; `success` and `error` are for readers of the render endpoints."""
    body = {"code": refusal.code, "success": False, "data": None}
    text = {"message": refusal.message, "error": refusal.message}
    return Json({**body, **text}, status_code=refusal.status)


def refusal_of(error: VbtuiError) -> Refusal:
    """The envelope's code and status for one of vbtui's own errors."""
    if isinstance(error, FileTooLarge):
        return Refusal(error.message, code=TOO_LARGE)
    if isinstance(error, UnsupportedFile | BadFile):
        return Refusal(error.message, code=UNSUPPORTED)
    if isinstance(error, DiskProblem):
        return Refusal(error.sentence, code=507)
    return Refusal(error.sentence, code=500)


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `Refusal` (400) where it is too large, at once where it says so."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:16]) > _BODY_LIMIT:
        raise Refusal("The request is too large.", code=400)
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > _BODY_LIMIT:
                raise Refusal("The request is too large.", code=400)
            pieces.append(piece)
    except ClientDisconnect:
        raise Refusal("The request did not arrive whole.", code=400) from None
    return b"".join(pieces)


async def parse_json(body: bytes) -> Any:
    """`body` as JSON without NaN and infinities. Raises `ValueError` with a sentence."""
    try:
        if len(body) > LONG:
            async with _parsing:
                return await asyncio.to_thread(parse, body, strict=True)
        return parse(body, strict=True)
    except ValueError:
        raise ValueError("The body is not valid JSON.") from None


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty one. Raises `Refusal` (400)."""
    body = await read_body(request)
    try:
        value = await parse_json(body) if body.strip() else {}
    except ValueError as error:
        raise Refusal(str(error), code=400) from None
    if not isinstance(value, dict):
        raise Refusal("The body must be a JSON object.", code=400)
    return value


def media_entry(request: Request, session_id: str, media: Media) -> dict[str, Any]:
    """A file as upload replies and the state's `video_infos` show it (wire/README.md, Endpoints); `hash`
    is the SHA-256 of the content, `duration` is in seconds."""
    url = address(request, f"/studio/media/{session_id}/{media.id}")
    entry: dict[str, Any] = {
        "id": media.id,
        "filename": media.filename,
        "file_type": media.kind,
        "type": media.kind,
        "cdn_url": url,
        "url": url,
        "size": media.size,
        "hash": media.sha256,
        "duration": media.duration_ms / 1000,
    }
    if media.width:
        entry |= {"width": media.width, "height": media.height}
    if media.kind == "video":
        entry |= {"fps": media.fps, "variable_fps": media.variable_fps}
        entry |= {"has_audio": media.audio is not None, "rotation": media.rotation}
    return entry


def address(request: Request, path: str) -> str:
    """`path` on this studio, by the name that the client called it."""
    return f"{request.url.scheme}://{request.url.netloc}{path}"
