"""Reply JSON → the records of `vbtui.wire.model` (wire.md, Endpoints)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vbtui.base.errors import BadReply
from vbtui.base.text import clean_line
from vbtui.wire.envelope import Fields
from vbtui.wire.errors import iso_time, redact, words_of
from vbtui.wire.model import (
    AnonymousToken,
    CreditBalance,
    Media,
    NewSession,
    RenderStatus,
    SessionState,
)
from vbtui.wire.secret import NONE, Secret

TOKEN_LIFE_S = 7 * 86400.0
TOKEN = re.compile(r"[\x21-\x7e]{1,4096}\Z")
"""What can stand in a header; anything else is no token."""

_STATUS_WORDS = {
    "pending": "pending queued waiting submitted created accepted",
    "processing": "processing running rendering in_progress in-progress started",
    "completed": "completed complete done success succeeded finished ready",
    "failed": "failed failure error errored timeout",
    "cancelled": "cancelled canceled aborted",
}
_STATUS = {word: status for status, words in _STATUS_WORDS.items() for word in words.split()}


def anonymous_token(reply: Fields, *, now: float) -> AnonymousToken:
    data = reply.needed("data")
    if not TOKEN.match(data.needed_line("token")):
        raise BadReply("The backend's answer is not understood: data.token is not a token.")
    return AnonymousToken(
        expires_at=_expiry(data, now),
        credits=data.number("credits"),
        user_id=data.line("user_id"),
        token=data.line("token"),
    )


def _expiry(data: Fields, now: float) -> float:
    value = data.value.get("expires_at")
    if value is None or value == "":
        return now + TOKEN_LIFE_S
    if isinstance(value, str) and (when := iso_time(value)) is not None:
        return when
    number = data.number("expires_at")
    if number is None:
        return now + TOKEN_LIFE_S
    return number / 1000 if number > 1e11 else number  # milliseconds since 1970


def new_session(reply: Fields) -> NewSession:
    data = reply.fields("data") or reply
    return NewSession(
        session_id=data.line("session_id", "sessionId")
        or reply.line("session_id", "sessionId")
        or Fields({}, "data").needed_line("session_id"),
        task_id=data.line("task_id", "taskId") or reply.line("task_id", "taskId"),
        user_id=data.line("user_id", "userId") or reply.line("user_id", "userId"),
    )


def claim_token(reply: Fields) -> str:
    data = reply.fields("data")
    found = data.line("claim_token") if data else ""
    found = found or reply.line("claim_token") or Fields({}, "data").needed_line("claim_token")
    if not TOKEN.match(found):
        raise BadReply("The backend's answer is not understood: data.claim_token is not a token.")
    return found


def credit_balance(reply: Fields) -> CreditBalance:
    data = reply.needed("data")
    available = data.needed_number("available")
    frozen = data.number("frozen") or 0.0
    total = data.number("total")
    return CreditBalance(available, frozen, available + frozen if total is None else total)


def session_state(reply: Fields) -> SessionState:
    """The draft is kept as it came; missing or null means that nothing is built yet."""
    data = reply.needed("data")
    state = data.fields("state") or (data if "draft" in data.value else data.needed("state"))
    draft = state.value.get("draft")
    if draft is not None:
        draft = state.needed("draft").value
    canvas = state.fields("canvas_config") or state.fields("canvasConfig")
    return SessionState(
        draft=draft,
        media=media_list(state, "video_infos"),
        generated=media_list(state, "generated_media"),
        canvas=canvas.value if canvas else {},
        task_id=data.line("task_id") or state.line("task_id"),
        user_id=data.line("user_id") or state.line("user_id"),
    )


def uploaded(reply: Fields) -> tuple[Media, ...]:
    data = reply.fields("data")
    return media_list(data, "files") if data else ()


def media_list(holder: Fields, key: str) -> tuple[Media, ...]:
    return tuple(_media(path, item) for path, item in holder.items(key))


def _media(path: str, item: Any) -> Media:
    if isinstance(item, str):
        return Media(url=clean_line(item))
    if not isinstance(item, Mapping):
        raise BadReply(f"The backend's answer is not understood: {path} is not an object.")
    fields = Fields(item, path)
    return Media(
        name=fields.line("filename", "file_name", "name", "title", "original_name"),
        kind=fields.line("file_type", "media_type", "type", "kind").partition("/")[0].lower(),
        url=fields.line("cdn_url", "url", "video_url", "file_url", "src"),
        duration_s=fields.number("duration", "duration_s"),
        width=fields.whole("width"),
        height=fields.whole("height"),
        fps=fields.number("fps", "frame_rate"),
        digest=fields.line("hash", "sha256", "md5"),
        size=fields.whole("size", "file_size", "filesize"),
    )


def render_status(reply: Fields, *, token: Secret = NONE, started: bool = False) -> RenderStatus:
    """`status` stands at the top or under `data`, the URL in `output.url` or `outputUrl`.

    Args:
        started: this answers the request that starts a render; without a status it is pending.
    """
    data = reply.fields("data") if isinstance(reply.value.get("data"), Mapping) else None
    places = [place for place in (data, reply) if place is not None]
    url = next(filter(None, (_render_url(place) for place in places)), "")
    words = next(filter(None, (words_of(_error_of(place)) for place in places)), "")
    status = next(filter(None, (_status(place) for place in places)), "")
    if not status:
        if not (started or url):
            raise places[0].missing("status")
        status = "completed" if url else "pending"
    if status == "unknown":
        status = "completed" if url else "processing"
    progress = next(
        (p for p in (place.number("progress") for place in places) if p is not None), None
    )
    return RenderStatus(
        status=status,
        progress=None if progress is None else min(100.0, max(0.0, progress)),
        url=url,
        error=redact(clean_line(words), token)[:400],
        remark=redact(clean_line(_remark(places[0])), token)[:400],
    )


def _status(place: Fields) -> str:
    value = place.value.get("status")
    if value is None or isinstance(value, bool | int):  # a number is an HTTP status, not a word
        return ""
    word = place.line("status").lower()
    return _STATUS.get(word, "unknown") if word else ""


def _remark(place: Fields) -> str:
    value = place.value.get("remark")
    return value if isinstance(value, str) else ""


def _error_of(place: Fields) -> object:
    for key in ("error", "error_message", "errorMessage", "failure_reason"):
        if place.value.get(key):
            return {"error": place.value[key]}
    return None


def _render_url(place: Fields) -> str:
    output = place.value.get("output")
    if isinstance(output, str):
        return clean_line(output)
    inner = Fields(output, place.name("output")) if isinstance(output, Mapping) else None
    found = inner.line("url", "outputUrl", "output_url") if inner else ""
    return found or place.line("outputUrl", "output_url", "url", "download_url", "downloadUrl")
