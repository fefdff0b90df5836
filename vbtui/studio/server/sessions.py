"""What a client asks first – a token, what this studio can do, a session – and then again: its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vbtui import __version__
from vbtui.studio.server.replies import Refusal, media_entry, ok, read_object
from vbtui.studio.server.studio import session_of, studio_of

CREDITS = 1_000_000
"""The local studio is free; the wire wants a number."""


async def anonymous_token(request: Request) -> Response:
    """`POST /api/auth/anonymous-token`."""
    client_id = request.headers.get("x-client-id", "").strip()
    if not client_id:
        raise Refusal("The header X-Client-Id is missing.", code=400)
    auth = studio_of(request).auth
    if not auth.gives_tokens:
        message = "This studio gives no anonymous tokens: use the one that it was started with."
        raise Refusal(message, code=403)
    issued = auth.issue(client_id)
    return ok(
        {
            "token": issued.token,
            "credits": CREDITS,
            "expires_at": issued.expires_iso,
            "user_id": issued.user_id,
        }
    )


async def capabilities(request: Request) -> Response:
    """`GET /studio/capabilities`: what a client may use here.

    `render_size` and `render_fps`: the `output` of a render may name `width`, `height`, `fps`.
    `originals`: drafts of other backends are drawn from files where they lie.
    """
    known = ("frames", "media", "lease", "script", "render_size", "render_fps")
    own = {"originals": studio_of(request).life.has_parent}
    return ok({"name": "vbtui studio", "version": __version__, **dict.fromkeys(known, True), **own})


async def create_session(request: Request) -> Response:
    """`POST /api/tasks/me/with-session/nemo_agent`."""
    body = await read_object(request)
    title, language = body.get("task_name", "project"), body.get("language", "")
    if not isinstance(title, str) or not isinstance(language, str):
        raise Refusal("“task_name” and “language” must be texts.", code=400)
    record = (await studio_of(request).store.create(title, language)).record
    names = {"session_id": record.id, "task_id": record.task_id, "user_id": record.user_id}
    return ok(names, **names)


async def claim_token(request: Request) -> Response:
    """`POST /api/auth/claim-token`: there is nothing to claim here."""
    await read_object(request)
    message = "The local studio needs no account: there is no web workspace to claim."
    raise Refusal(message, code=403, status=200)


async def credit_balance(request: Request) -> Response:
    """`GET /api/credits/balance/simple`."""
    return ok({"available": CREDITS, "frozen": 0, "total": CREDITS, "free": True})


async def state(request: Request) -> Response:
    """`GET /api/state/nemo_agent/me/<sid>/latest`."""
    session = await session_of(request)
    draft = await session.draft()
    record = session.record
    names = {"session_id": record.id, "task_id": record.task_id, "user_id": record.user_id}
    found = {
        "draft": draft,
        "video_infos": [media_entry(request, record.id, media) for media in session.media],
        "generated_media": [],
        "canvas_config": _canvas(draft),
    }
    return ok({"state": found, **names})


def _canvas(draft: Mapping[str, Any] | None) -> dict[str, Any]:
    meta = draft.get("m") if draft else None
    if not isinstance(meta, Mapping):
        return {}
    return {name: meta[name] for name in ("width", "height", "fps") if name in meta}
