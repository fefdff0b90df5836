"""What the backend says no with → the tree of `vbtui.base.errors` (wire.md, Errors).

The code in the envelope wins over the HTTP status. Foreign words are cleaned, put on one line,
bounded and freed of anything that looks like a token; words that are no sentence (JSON, HTML, a
number, a traceback) give way to one of vbtui's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vbtui.base.errors import (
    BackendError,
    ConnectionBroken,
    FileTooLarge,
    NoCredits,
    PlanBlocked,
    RateLimited,
    SessionNotFound,
    SignInRefused,
    UnsupportedFile,
    VbtuiError,
)
from vbtui.base.text import clean_line, format_seconds
from vbtui.wire.secret import NONE, Secret

_MAX_WORDS = 400
_SECRET = re.compile(r"(?i)\b(?:bearer\s+[\w.~+/=-]+|nmv_[a-z]+_[\w.-]+|clm_[\w.-]+)")
_NO_SENTENCE = re.compile(r"\s*(?:[\[{<]|[\d\s.,-]*\Z)|.*Traceback \(most recent call last\)", re.S)

_BY_STATUS = {401: 1001, 413: 4002, 415: 4001}
_STATUS_WORDS = {
    400: "The backend did not understand the request.",
    403: "The backend does not allow this.",
    404: "The backend does not know this address.",
    405: "The backend does not know this address.",
    409: "The backend says that this is under way already.",
    422: "The backend did not accept the request.",
}
_STATUS_HINTS = {
    404: "Check NEMO_API_URL.",
    405: "Check NEMO_API_URL.",
}


def redact(text: str, token: Secret) -> str:
    """`text` without `token` and without anything else that looks like one."""
    if len(token.reveal()) >= 4:
        text = text.replace(token.reveal(), "…")
    return _SECRET.sub("…", text)


def sentence(words: object, *, token: Secret, fallback: str) -> str:
    """The backend's `words` as one clean sentence; `fallback` where they are none."""
    if not isinstance(words, str) or _NO_SENTENCE.match(words):
        return fallback
    text = redact(clean_line(words[: 4 * _MAX_WORDS]), token)
    if len(text) > _MAX_WORDS:
        text = text[: _MAX_WORDS - 1].rstrip() + "…"
    return text or fallback


def words_of(reply: object) -> str:
    """The message in `message`, `msg`, `error` or `detail`, a string or `{"message": …}`; "" when
    there is none. A list of `{"loc", "msg"}`, as FastAPI sends it, becomes one line."""
    if isinstance(reply, str):
        return reply
    if isinstance(reply, Mapping):
        for key in ("message", "msg", "error", "detail", "error_message", "errorMessage"):
            if words := _words(reply.get(key)):
                return words
    return ""


def _words(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return words_of(value)
    if isinstance(value, Sequence):
        return "; ".join(filter(None, (_field_words(item) for item in value[:3])))
    return ""


def _field_words(item: object) -> str:
    words = words_of(item)
    where = item.get("loc") if isinstance(item, Mapping) else None
    if words and isinstance(where, Sequence) and not isinstance(where, str):
        return f"{'.'.join(str(part) for part in where)}: {words}"
    return words


def retry_after_s(headers: Mapping[str, str], *, now: float) -> float | None:
    """`Retry-After` in seconds, from a number or a date; None where there is none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, min(float(value), 30 * 86400.0))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now)


def refusal(
    *, status: int, code: int, words: str, token: Secret = NONE, retry_after: float | None = None
) -> VbtuiError:
    """The exception for a reply that is an error.

    Args:
        status: the HTTP status, 200 where the envelope alone says no.
        code: the envelope's code, 0 where it has none.
        words: the message as it came, "" where there was none.
    """
    known = code if code in (1001, 1002, 2001, 4001, 4002) else _BY_STATUS.get(status, code)

    def said(fallback: str) -> str:
        return sentence(words, token=token, fallback=fallback)

    match known:
        case 1001 | 401:
            return SignInRefused(said("The token is not valid or has expired."), code=1001)
        case 1002:
            return SessionNotFound(said("The backend does not know this session."), code=1002)
        case 2001:
            return NoCredits(said("There are no credits left for this."), code=2001)
        case 4001:
            return UnsupportedFile(said("The backend does not accept this kind of file."))
        case 4002:
            return FileTooLarge(said("The file is larger than the backend accepts."))
    if 402 in (status, code):
        return PlanBlocked(said("The backend refuses exports for this account."), code=402)
    if 429 in (status, code):
        when = f"in {long_wait(retry_after)}" if retry_after else "in a minute"
        return RateLimited(
            said("The backend asks to wait."),
            hint=f"Try again {when}.",
            retry_after_s=retry_after,
        )
    if status == 507:
        hint = "Free some space where the backend keeps its files; then it goes on."
        return BackendError(said("The backend's disk is full."), code=status, hint=hint)
    if status >= 500:
        fallback = "The backend has a problem of its own right now."
        detail = said("")
        return ConnectionBroken(
            f"{fallback.removesuffix('.')}: {detail}" if detail else fallback,
            hint="Try again in a moment.",
        )
    if status == 404 and "session" in words.lower():
        return SessionNotFound(said("The backend does not know this session."), code=1002)
    if status == 404 and words.strip().lower() in ("", "not found", "not found."):
        words = ""
    fallback = _STATUS_WORDS.get(status, "The backend refused without a reason.")
    address_hint = _STATUS_HINTS.get(status) if not words else None
    number = code or (status if status >= 400 else 0)
    return BackendError(said(fallback), code=number, hint=address_hint)


def long_wait(seconds: float) -> str:
    """`2 d`, `5 h`, `11 min`, `40 s`."""
    if seconds >= 86400:
        return f"{seconds / 86400:.0f} d"
    if seconds >= 3600:
        return f"{seconds / 3600:.0f} h"
    if seconds >= 90:
        return f"{math.ceil(seconds / 60)} min"
    return format_seconds(seconds)


def iso_time(value: str) -> float | None:
    """An ISO date as seconds since 1970; without a zone it is UTC. None when it is no date."""
    try:
        when = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
