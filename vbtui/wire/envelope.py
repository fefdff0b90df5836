"""Replies as JSON: the two envelopes and bare objects (wire.md, Envelopes)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vbtui.base.errors import BadReply, VbtuiError
from vbtui.wire.errors import refusal, retry_after_s, words_of
from vbtui.wire.fields import Fields
from vbtui.wire.secret import Secret

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""The longest plain reply that is read; a state with a large draft is a few MB."""
MAX_ERROR_BYTES = 1024 * 1024
"""The longest error page that is read; what comes after is left unread."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool = False
    """The body was longer than the limit and is not whole."""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse(body: bytes) -> Any:
    """The JSON in `body`. Raises ValueError, also for nonsense that Python's parser stumbles on."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def problem(reply: Reply, *, token: Secret, now: float) -> VbtuiError | None:
    """The error that `reply` is, or None when it is a success (or cannot be read at all)."""
    value: Any = None
    if not reply.cut:
        try:
            value = parse(reply.body)
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
        raise BadReply("The backend sent an empty answer.")
    try:
        value = parse(reply.body)
    except ValueError:
        raise BadReply(_what_came(reply)) from None
    if not isinstance(value, Mapping):
        raise BadReply("The backend's answer is not understood: it is not an object.")
    return Fields(value, "")


def _what_came(reply: Reply) -> str:
    start = reply.body.lstrip()[:64].lower()
    if start.startswith(b"<") or reply.content_type == "text/html":
        return "The backend sent a web page where data was expected."
    if start.startswith((b"{", b"[")):
        return "The backend's answer broke off in the middle."
    return "The backend's answer is not JSON."
