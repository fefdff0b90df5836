"""Replies as JSON: the two envelopes and bare objects (wire.md, Envelopes).

Reading JSON by field: a missing optional field has a default, a wrong type is a `BadReply`
that names the field (wire.md). Numbers may come as strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vbtui.base.errors import BadReply, VbtuiError
from vbtui.base.text import clean_line
from vbtui.wire.errors import refusal, retry_after_s, words_of
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
        raise BadReply(code="bad_reply.empty")
    try:
        value = parse(reply.body)
    except ValueError:
        raise BadReply(code=_what_came(reply)) from None
    if not isinstance(value, Mapping):
        raise BadReply("The backend's answer is not understood: it is not an object.")
    return Fields(value, "")


def _what_came(reply: Reply) -> str:
    start = reply.body.lstrip()[:64].lower()
    if start.startswith(b"<") or reply.content_type == "text/html":
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
