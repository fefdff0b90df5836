"""What the endpoints answer (wire/README.md, Envelopes and Endpoints): HTTP answers → records.

Read tolerantly: numbers may come as strings, a missing optional field has a default, a wrong type is
a `BadReply` that names the field. Names, messages and URLs are foreign text and come out clean; the
draft alone is kept exactly as it came, because a render must get it back equal as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vbtui.base import foreign_json
from vbtui.base.errors import BadReply, VbtuiError
from vbtui.base.patterns import regex
from vbtui.base.text import clean_line
from vbtui.wire.errors import NONE, Secret, iso_time, redact, refusal, retry_after_s, words_of

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""The longest plain reply that is read; a state with a large draft is a few MB."""
MAX_ERROR_BYTES = 1024 * 1024
"""The longest error page that is read; what comes after is left unread."""


TOKEN_LIFE_S = 7 * 86400.0
TOKEN = regex(r"[\x21-\x7e]{1,4096}\Z")
"""What can stand in a header; anything else is no token."""

_STATUS_WORDS = {
    "pending": "pending queued waiting submitted created accepted",
    "processing": "processing running rendering in_progress in-progress started",
    "completed": "completed complete done success succeeded finished ready",
    "failed": "failed failure error errored timeout",
    "cancelled": "cancelled canceled aborted",
}
_STATUS = {word: status for status, words in _STATUS_WORDS.items() for word in words.split()}


# What a reply is made into


@dataclass(frozen=True, slots=True)
class AnonymousToken:
    """The reply to `POST /api/auth/anonymous-token`."""

    token: str = field(repr=False)
    expires_at: float
    """Seconds since 1970; seven days from now where the reply does not say."""
    credits: float | None = None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """The reply to `POST /api/tasks/me/with-session/nemo_agent`."""

    session_id: str
    task_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the backend has: from an upload's reply or from the state."""

    name: str = ""
    kind: str = ""
    """`video`, `image`, `audio`, or what the backend calls it; empty when it does not say."""
    url: str = ""
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    digest: str = ""
    """The backend's own hash of the content; the local studio gives the SHA-256 in hex."""
    size: int | None = None
    """Bytes, where the backend says."""


@dataclass(frozen=True, slots=True)
class CreditBalance:
    """The reply to `GET /api/credits/balance/simple`."""

    available: float
    frozen: float = 0
    total: float = 0


@dataclass(frozen=True, slots=True)
class SessionState:
    """The reply to `GET /api/state/…/latest`."""

    draft: Any
    """The JSON as it came, an object or a text; None when nothing is built yet."""
    media: tuple[Media, ...] = ()
    """`video_infos`."""
    generated: tuple[Media, ...] = ()
    """`generated_media`."""
    canvas: Mapping[str, Any] = field(default_factory=dict)
    task_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class RenderStatus:
    """The reply to the render endpoints."""

    status: str
    """`pending`, `processing`, `completed`, `failed` or `cancelled`."""
    progress: float | None = None
    """0-100."""
    url: str = ""
    error: str = ""
    remark: str = ""
    """The local studio's: what to know of a video that came out all the same."""
    copied: float | None = None
    """The local studio's: per cent of the pictures that were taken over bit for bit."""


# The readers, one an endpoint


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
    if isinstance(draft, str):
        draft = draft if draft.strip() else None
    elif draft is not None:
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
    """What an upload's reply says is there; nothing where it leaves that open (wire/README.md, Rules)."""
    data = reply.fields("data") or reply
    if data.value.get("session_state_applied") is False:
        return ()
    return media_list(data, "files") or media_list(data, "uploaded_files")


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
        copied=_copied(places[0].value.get("copied")),
    )


def _status(place: Fields) -> str:
    value = place.value.get("status")
    if value is None or isinstance(value, bool | int):  # a number is an HTTP status, not a word
        return ""
    word = place.line("status").lower()
    return _STATUS.get(word, "unknown") if word else ""


def _copied(value: object) -> float | None:
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
    return float(value) if is_share and isinstance(value, int | float) else None


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


# Whole answers and their envelopes


@dataclass(frozen=True)
class Reply:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool = False
    """The body was longer than the limit and is not whole."""

    @cached_property
    def json(self) -> Any:
        """What the body holds. Raises ValueError, also where it would unpack to too much."""
        return foreign_json.parse(self.body.decode("utf-8-sig"))


def content_type(headers: Mapping[str, str]) -> str:
    """`text/html`, without what else the header says; "" where there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def problem(reply: Reply, *, token: Secret, now: float) -> VbtuiError | None:
    """The error that `reply` is, or None when it is a success (or cannot be read at all)."""
    value: Any = None
    if not reply.cut:
        try:
            value = reply.json
        except ValueError:
            value = None
    code = code_of(value)
    if reply.status < 400 and code == 0:
        return None
    return refusal(
        status=reply.status,
        code=max(code, 0),
        words=words_of(value) or words_of(_inner(value)),
        token=token,
        retry_after=retry_after_s(reply.headers, now=now),
    )


def _inner(value: object) -> object:
    return value.get("data") if isinstance(value, Mapping) else None


def code_of(value: object) -> int:
    """The envelope's code: 0 success (or no envelope), -1 an error without a number."""
    if not isinstance(value, Mapping):
        return 0
    if value.get("success") is False:
        return _number(value.get("code")) or -1
    return _number(value.get("code")) if "code" in value else 0


def _number(code: object) -> int:
    if isinstance(code, bool) or code is None:
        return 0
    if isinstance(code, int | float):
        return int(code) if abs(code) < 10**9 else -1
    if isinstance(code, str):
        word = code.strip().lower()
        if word.lstrip("-").isdecimal() and len(word) < 10:
            return int(word)
        return 0 if word in ("", "ok", "success") else -1
    return -1


def whole(reply: Reply) -> Fields:
    """The JSON object that `reply` is, envelope and all. Raises `BadReply` saying what came."""
    if reply.cut:
        raise BadReply("The backend's answer is too long to be read.")
    if not reply.body.strip():
        raise BadReply(code="bad_reply.empty")
    try:
        value = reply.json
    except foreign_json.OutOfBounds:
        raise BadReply("The backend's answer is too long to be read.") from None
    except ValueError:
        raise BadReply(code=_what_came(reply)) from None
    if not isinstance(value, Mapping):
        raise BadReply("The backend's answer is not understood: it is not an object.")
    return Fields(value, "")


def _what_came(reply: Reply) -> str:
    start = reply.body.lstrip()[:64].lower()
    if start.startswith(b"<") or content_type(reply.headers) == "text/html":
        return "bad_reply.web_page"
    if start.startswith((b"{", b"[")):
        return "bad_reply.cut_off"
    return "bad_reply.no_json"


class Fields:
    """A JSON object and where it was found, for error texts: `data.files[2]`."""

    def __init__(self, value: Mapping[str, Any], path: str) -> None:
        self.value = value
        self.path = path

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _first(self, keys: tuple[str, ...]) -> tuple[str, Any]:
        for key in keys:
            value = self.value.get(key)
            if value is not None and value != "":
                return key, value
        return keys[0], None

    def _wrong(self, key: str, kind: str) -> BadReply:
        return BadReply(f"The backend's answer is not understood: {self.name(key)} is not {kind}.")

    def missing(self, key: str) -> BadReply:
        return BadReply(f"The backend's answer is incomplete: {self.name(key)} is missing.")

    def line(self, *keys: str) -> str:
        """The first of `keys` that holds something, cleaned and on one line; "" without."""
        key, value = self._first(keys)
        if value is None:
            return ""
        if isinstance(value, str):
            return clean_line(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self._wrong(key, "a text")

    def needed_line(self, *keys: str) -> str:
        """As `line`; raises `BadReply` where it is missing."""
        if text := self.line(*keys):
            return text
        raise self.missing(keys[0])

    def number(self, *keys: str) -> float | None:
        key, value = self._first(keys)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = float(value.strip().removesuffix("%"))
            except ValueError:
                raise self._wrong(key, "a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        try:
            number = float(value)
        except OverflowError:
            raise self._wrong(key, "a number") from None
        if not math.isfinite(number):
            raise self._wrong(key, "a number")
        return number

    def needed_number(self, *keys: str) -> float:
        number = self.number(*keys)
        if number is None:
            raise self.missing(keys[0])
        return number

    def whole(self, *keys: str) -> int | None:
        number = self.number(*keys)
        return None if number is None else round(number)

    def fields(self, key: str) -> Fields | None:
        """The object under `key`; None where it is missing or null."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object")
        return Fields(value, self.name(key))

    def needed(self, key: str) -> Fields:
        found = self.fields(key)
        if found is None:
            raise self.missing(key)
        return found

    def items(self, key: str) -> list[tuple[str, Any]]:
        """The list (or the values of the object) under `key`, each with its path."""
        value = self.value.get(key)
        if value is None:
            return []
        if isinstance(value, Mapping):
            return [(f"{self.name(key)}.{clean_line(str(name))}", v) for name, v in value.items()]
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [(f"{self.name(key)}[{index}]", item) for index, item in enumerate(value)]
        raise self._wrong(key, "a list")
