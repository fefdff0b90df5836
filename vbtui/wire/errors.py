"""What the backend says no with → the tree of `vbtui.base.errors` (wire/README.md, Errors).

The code in the envelope wins over the HTTP status. Foreign words are cleaned, put on one line,
bounded and freed of the token (`Secret`) and of anything that looks like one; words that are no
sentence (JSON, HTML, a number, a traceback) give way to one of vbtui's own. What httpx raises
becomes a `NetworkError`, in words that name the host and never a URL.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vbtui.base.errors import (
    BackendError,
    BadReply,
    ConnectionBroken,
    FileTooLarge,
    NoCredits,
    PlanBlocked,
    RateLimited,
    SessionNotFound,
    SignInRefused,
    TimedOut,
    Unreachable,
    UnsupportedFile,
    VbtuiError,
)
from vbtui.base.patterns import regex
from vbtui.base.text import clean_line
from vbtui.base.times import both, format_wait


class Secret:
    """A token that no repr, log line or traceback with local variables shows. `reveal` it only where
    it is used, never into a variable of a frame that can raise."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __repr__(self) -> str:
        return "<secret>" if self._value else "<no secret>"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def reveal(self) -> str:
        return self._value


NONE = Secret()


_MAX_WORDS = 400
_SECRET = regex(r"(?i)\b(?:bearer\s+[\w.~+/=-]+|nmv_[a-z]+_[\w.-]+|clm_[\w.-]+)")
_NO_SENTENCE = regex(r"\s*(?:[\[{<]|[\d\s.,-]*\Z)|.*Traceback \(most recent call last\)", re.S)

_NOT_FOUND = regex(r"(?i)not found|no such|unknown render")
_DUPLICATE = regex(r"(?i)\bduplicate|\balready (?:exists|submitted|in use|used|registered)")
DUPLICATE = "backend.under_way"
"""The code where the backend says that there is such a thing already."""
NOT_FOUND = "backend.not_found"
"""The code where the backend says in words that there is no such thing."""
_BY_STATUS = {401: 1001, 413: 4002, 415: 4001}
_STATUS_CODES = {
    400: "backend.not_understood",
    403: "backend.forbidden",
    404: "backend.unknown_address",
    405: "backend.unknown_address",
    409: "backend.under_way",
    422: "backend.not_accepted",
}


def redact(text: str, token: Secret) -> str:
    """`text` without `token` and without anything else that looks like one."""
    if len(token.reveal()) >= 4:
        text = text.replace(token.reveal(), "…")
    return _SECRET.sub("…", text)


def sentence(words: object, *, token: Secret) -> str:
    """The backend's `words` as one clean sentence; "" where they are none."""
    if not isinstance(words, str) or _NO_SENTENCE.match(words):
        return ""
    text = redact(clean_line(words[: 4 * _MAX_WORDS]), token)
    if len(text) > _MAX_WORDS:
        text = text[: _MAX_WORDS - 1].rstrip() + "…"
    return text


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
    said = sentence(words, token=token)
    match known:
        case 1001 | 401:
            return SignInRefused(said, wire_code=1001)
        case 1002:
            return SessionNotFound(said, wire_code=1002)
        case 2001:
            return NoCredits(said, wire_code=2001)
        case 4001:
            return UnsupportedFile(said)
        case 4002:
            return FileTooLarge(said)
    if 402 in (status, code):
        return PlanBlocked(said, wire_code=402)
    if 429 in (status, code):
        if not retry_after:
            return RateLimited(said, retry_after_s=retry_after)
        wait = both(format_wait, retry_after)
        return RateLimited(said, code="rate_limited.until", wait=wait, retry_after_s=retry_after)
    if status == 507:
        return BackendError(said, code="backend.disk_full", wire_code=status)
    if status >= 500:
        if said:
            return ConnectionBroken(code="connection_broken.backend_says", words=said)
        return ConnectionBroken(code="connection_broken.backend")
    if status == 404 and "session" in words.lower():
        return SessionNotFound(said, wire_code=1002)
    if status == 404 and words.strip().lower() in ("", "not found", "not found."):
        words = said = ""
    known_as = _STATUS_CODES.get(status, "")
    if _DUPLICATE.search(words):
        known_as = DUPLICATE
    elif _NOT_FOUND.search(words):
        known_as = NOT_FOUND
    number = code or (status if status >= 400 else 0)
    # an address that is none of the backend's is worth a look only where it said nothing else
    hint = "" if words else None
    return BackendError(said, code=known_as, wire_code=number, hint=hint)


def agent_error(code: str, words: str) -> VbtuiError:
    """The exception for an error inside the stream of a turn (wire/README.md, Errors in the stream).

    Args:
        code: the number or the word that came with it; may be empty.
        words: what it says, cleaned; may be empty.
    """
    number = int(code) if code.isascii() and code.isdecimal() and len(code) < 10 else 0
    found = refusal(status=200, code=number, words=words)
    if type(found) is not BackendError:
        return found
    return BackendError(words, code="backend.agent", wire_code=number)


def iso_time(value: str) -> float | None:
    """An ISO date as seconds since 1970; without a zone it is UTC. None when it is no date."""
    try:
        when = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def network_error(error: Exception, host: str) -> VbtuiError:
    """The error to raise for what httpx raised while talking to `host` (`name:port`).

    `Unreachable` promises that not a byte of the request was sent.
    """
    import httpx

    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Unreachable(code="unreachable.slow", host=host)
        case httpx.ProxyError():
            return Unreachable(code="unreachable.proxy", host=host)
        case httpx.ConnectError():
            return _no_connection(error, host)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.LocalProtocolError():
            return Unreachable(code="unreachable.address", host=host)
        case httpx.TimeoutException():
            return TimedOut(code="timed_out.silent", host=host)
        case httpx.DecodingError():
            return BadReply(code="bad_reply.damaged", host=host)
    return ConnectionBroken(code="connection_broken.host", host=host)


def _no_connection(error: Exception, host: str) -> Unreachable:
    name = host.rpartition(":")[0] or host
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(code="unreachable.certificate", host=name)
        if isinstance(cause, ssl.SSLError):
            return Unreachable(code="unreachable.tls", host=name)
        if isinstance(cause, socket.gaierror):
            return Unreachable(code="unreachable.name", host=name)
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(code="unreachable.refused", host=host)
    return Unreachable(code="unreachable.host", host=host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        item = todo.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [item.__cause__, item.__context__]
        if isinstance(item, BaseExceptionGroup):
            todo += item.exceptions
