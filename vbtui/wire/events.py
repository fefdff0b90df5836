"""Server-sent events → `TurnEvent`s → the text of a turn (wire/README.md, The event stream).

Every dialect is read: ADK's in camelCase and snake_case, typed events, bare `{"text": …}`. Text goes
out as it came – `TurnText` cleans and assembles it; all other words are cleaned here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vbtui.base.errors import VbtuiError
from vbtui.base.foreign_json import parse
from vbtui.base.patterns import regex
from vbtui.base.text import Cleaner, clean, clean_line
from vbtui.wire.errors import NONE, Secret, refusal, sentence, words_of
from vbtui.wire.replies import code_of

_SILENT_END = "MODEL_RETURNED_NO_CONTENT"
"""ADK's `errorCode` for an agent that did its work and had nothing to say: no error (wire/README.md,
The end of a turn)."""

_MAX_CLEANED = 5000
"""Values of a tool's arguments or response that are kept; the rest of it is left out."""
_HEARTBEATS = frozenset({"heartbeat", "ping", "keepalive", "keep-alive"})
_OTHER_PARTS = {
    "inline_data": "inlineData",
    "file_data": "fileData",
    "executable_code": "executableCode",
    "code_execution_result": "codeExecutionResult",
}
_NAMED_PARTS = frozenset(_OTHER_PARTS.values())
_QUIET_FINISHES = frozenset({"", "STOP", "FINISH_REASON_UNSPECIFIED", "TOOL_CALLS", "END_TURN"})
_FINISHES = {
    "MAX_TOKENS": "The answer was cut off because it became too long.",
    "SAFETY": "The agent stopped because its safety rules did not allow more.",
    "PROHIBITED_CONTENT": "The agent stopped because its safety rules did not allow more.",
    "BLOCKLIST": "The agent stopped because its safety rules did not allow more.",
    "RECITATION": "The agent stopped because its answer came too close to other people's work.",
    "MALFORMED_FUNCTION_CALL": "The agent got one of its own steps wrong.",
}
_SENTENCE_END = regex(r"[.!?:…。！？：)\]*`\n]\s*\Z")
_SENTENCE_START = regex(r"[A-Z\u3400-\u9fff#*\-\d\"“「]")


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Text of the agent. Partial pieces are added; one that is not partial replaces what the
    partial ones gave and closes it (wire/README.md, Pieces and wholes)."""

    text: str
    partial: bool


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The agent began something; counted once by `id`."""

    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """Something that the agent began has ended."""

    id: str
    name: str
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtherPart:
    """A part that is named, not shown: `inlineData`, `fileData`, `executableCode`…"""

    kind: str


@dataclass(frozen=True, slots=True)
class StateHinted:
    """`actions.stateDelta` was not empty: the draft may have changed."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The backend is still at work."""


@dataclass(frozen=True, slots=True)
class ErrorReported:
    """An error inside the stream; text before it stays."""

    code: str
    message: str


TurnEvent = (
    TextPiece | ToolCalled | ToolReturned | OtherPart | StateHinted | Heartbeat | ErrorReported
)


LONGEST_TEXT = 1_000_000
"""Characters of an answer."""


class TurnText:
    """Feed it `TextPiece`s; `text` is what to show so far: clean, paragraphs apart.

    1. Partial text is added to what is open.
    2. Text that is not partial replaces what is open and closes it.
    3. A second closed text is a new paragraph, not a repeat.
    4. What is still open at the end is all there is.
    5. What is beyond `LONGEST_TEXT` is counted and left out: nobody reads it, and every copy of it costs.
    """

    def __init__(self) -> None:
        self._closed = ""
        self._left_out = [0, 0]
        """Characters beyond what is closed, and beyond what is open."""
        self._open: list[str] = []
        self._open_length = 0
        self._cleaner = Cleaner()
        self._half = ""
        """The first half of a character that a border cut in two (an escaped surrogate pair)."""

    def feed(self, piece: TextPiece) -> None:
        if piece.partial:
            text = self._cut(self._joined(piece.text), self._open_length, 1)
            self._open_length += len(text)
            if text and (text := self._cleaner.feed(text)):
                self._open.append(text)
            return
        whole = clean(self._cut(piece.text, 0, 0)).strip()
        if not whole:
            self.close()
            return
        self._forget_open()
        self._add_paragraph(whole)

    def close(self) -> None:
        """The stream has ended: what is open is all there is."""
        if rest := self._cleaner.close():
            self._open.append(rest)
        text = "".join(self._open).strip()
        self._left_out[0] += self._left_out[1]
        self._forget_open()
        if text:
            self._add_paragraph(text)

    @property
    def left_out(self) -> int:
        """Characters that were beyond the limit."""
        return sum(self._left_out)

    @property
    def text(self) -> str:
        """Markdown; costs one copy of the text at most."""
        if len(self._open) > 1:
            self._open = ["".join(self._open)]
        if not self._open:
            return self._closed
        start = self._open[0].lstrip("\n") if self._closed else self._open[0].lstrip()
        if not start.strip():
            return self._closed
        return f"{self._closed}\n\n{start}" if self._closed else start

    def _add_paragraph(self, text: str) -> None:
        self._closed = f"{self._closed}\n\n{text}" if self._closed else text

    def _cut(self, text: str, already: int, kind: int) -> str:
        room = max(0, LONGEST_TEXT - len(self._closed) - already)
        self._left_out[kind] += max(0, len(text) - room)
        return text[:room]

    def _forget_open(self) -> None:
        self._open = []
        self._open_length = self._left_out[1] = 0
        self._half = ""
        self._cleaner.close()

    def _joined(self, text: str) -> str:
        if self._half and text:
            if "\udc00" <= text[0] <= "\udfff":
                pair = (self._half + text[0]).encode("utf-16-le", "surrogatepass")
                text = pair.decode("utf-16-le") + text[1:]
            self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._half, text = text[-1], text[:-1]
        return text


class EventReader:
    """Reads the events of one turn."""

    def __init__(self, token: Secret = NONE) -> None:
        self._token = token
        self._open: list[str] = []
        """Partial text that no whole text has closed yet."""
        self._acted = False
        """A tool was called since the last partial text: the model's next text is a new one."""
        self._before = ""
        """Text that was closed here, without a whole text of the backend's."""
        self._called: set[str] = set()
        self._nameless: list[tuple[str, str]] = []
        """(name, made-up id) of calls that came without an id and have not returned."""
        self._began = False
        """The agent has said or done something."""
        self.last_failed_to_parse = False
        """The last event was no JSON: at the end of a stream, a sign that it broke off."""

    def __repr__(self) -> str:
        return "<EventReader>"

    def read(self, name: str, data: str) -> list[TurnEvent]:
        """What one server-sent event says. Raises the error that an envelope in the place of the
        first one is."""
        self.last_failed_to_parse = False
        if name in _HEARTBEATS:
            return [Heartbeat()]
        try:
            event = parse(data)
        except ValueError:
            return self._no_json(name, data)
        if type(event) is not dict:
            return [OtherPart("event")] if event else [Heartbeat()]
        if name == "error":
            return [self._error(_code(event), words_of(event))]
        return self._event(event)

    def _no_json(self, name: str, data: str) -> list[TurnEvent]:
        word = data.strip()
        if not word or word.lower() in _HEARTBEATS:
            return [Heartbeat()]
        if name == "error":
            return [self._error("", word)]
        if word == "[DONE]":
            return []
        self.last_failed_to_parse = True
        return [OtherPart("event")]

    def _event(self, event: dict[str, Any]) -> list[TurnEvent]:
        content = event.get("content")
        if type(content) is dict:
            self._began = True
            return self._adk(event, content)
        if "type" in event and isinstance(event["type"], str):
            return self._typed(event, event["type"].lower())
        if isinstance(event.get("text"), str):
            self._began = True
            return self._loose_text(event, event["text"])
        if "actions" in event or "invocationId" in event or "invocation_id" in event:
            return self._adk(event, {})
        return self._adk(event, {}) or self._bare(event)

    def _bare(self, event: dict[str, Any]) -> list[TurnEvent]:
        """An object that is no event: an error, an envelope, a sign of life."""
        if code := code_of(event):
            error = self._refusal(code, words_of(event))
            if not self._began:
                raise error
            return [ErrorReported(str(max(0, code) or ""), error.message)]
        if "error" in event or "detail" in event:
            return [self._error(_code(event), words_of(event))]
        return [OtherPart("event")] if event else [Heartbeat()]

    def _refusal(self, code: int, words: str) -> VbtuiError:
        return refusal(status=200, code=max(0, code), words=words, token=self._token)

    # ADK

    def _adk(self, event: dict[str, Any], content: dict[str, Any]) -> list[TurnEvent]:
        partial = event.get("partial") is True
        parts = content.get("parts")
        events: list[TurnEvent] = []
        if type(parts) is list:
            events = self._parts(parts, partial)
        actions = event.get("actions")
        if type(actions) is dict and (actions.get("stateDelta") or actions.get("state_delta")):
            events.append(StateHinted())
        code = event.get("errorCode") or event.get("error_code")
        words = event.get("errorMessage") or event.get("error_message")
        if code == _SILENT_END:
            return events
        if code or words:
            events.append(self._error(_word(code), words if isinstance(words, str) else ""))
        elif not partial and ("finishReason" in event or "finish_reason" in event):
            events += _finish(event.get("finishReason") or event.get("finish_reason"))
        return events

    def _parts(self, parts: list[Any], partial: bool) -> list[TurnEvent]:
        texts: list[str] = []
        others: list[TurnEvent] = []
        for part in parts:
            if type(part) is not dict or part.get("thought"):
                continue
            if isinstance(text := part.get("text"), str):
                texts.append(text)
            elif not partial:
                others += self._part(part)
        text = "".join(texts)
        if not text:
            return others
        return [*(self._partial_text(text) if partial else self._whole_text(text)), *others]

    def _part(self, part: dict[str, Any]) -> list[TurnEvent]:
        call = part.get("functionCall") or part.get("function_call")
        if type(call) is dict:
            return self._call(call.get("id"), call.get("name"), call.get("args"))
        result = part.get("functionResponse") or part.get("function_response")
        if type(result) is dict:
            return [self._result(result.get("id"), result.get("name"), result.get("response"))]
        for key in part:
            kind = _OTHER_PARTS.get(key, key)
            if kind in _NAMED_PARTS:
                return [OtherPart(kind)]
        return []

    # Text

    def _partial_text(self, text: str) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        if self._acted:
            events = self._close()
        self._open.append(text)
        events.append(TextPiece(text, True))
        return events

    def _close(self) -> list[TurnEvent]:
        """Close the open text with itself: what comes next is the text of another model turn."""
        text, self._open = "".join(self._open), []
        self._acted = False
        if not text.strip():
            return []
        self._before = text
        return [TextPiece(text, False)]

    def _whole_text(self, text: str) -> list[TurnEvent]:
        if self._before and text.startswith(self._before):  # all of it, the closed part included
            text = text[len(self._before) :]
        self._open, self._before, self._acted = [], "", False
        return [TextPiece(text, False)] if text else []

    def _loose_text(self, event: dict[str, Any], text: str) -> list[TurnEvent]:
        """Text of the dialects that do not say whether it is a piece or a whole: pieces are added,
        and a new sentence after the end of one begins a paragraph."""
        if "partial" in event and text:
            return self._partial_text(text) if event["partial"] is True else self._whole_text(text)
        if not text:
            return []
        last = self._open[-1] if self._open else ""
        if _SENTENCE_END.search(last) and _SENTENCE_START.match(text) and not last[-1:].isspace():
            self._acted = True
        return self._partial_text(text)

    # Typed events

    def _typed(self, event: dict[str, Any], kind: str) -> list[TurnEvent]:
        if kind in _HEARTBEATS:
            return [Heartbeat()]
        self._began = True
        if kind in ("text", "message", "text_delta", "delta"):
            for key in ("content", "text", "delta"):
                if isinstance(event.get(key), str):
                    return self._loose_text(event, event[key])
            return []
        call_id = event.get("id") or event.get("tool_call_id") or event.get("call_id")
        if kind in ("tool_call", "tool_use"):
            return self._call(call_id, event.get("name"), event.get("args") or event.get("input"))
        if kind == "tool_result":
            result = event.get("result", event.get("response"))
            return [self._result(call_id, event.get("name"), result)]
        if kind == "error":
            return [self._error(_code(event), words_of(event) or _text(event.get("content")))]
        if kind in ("done", "end", "thought", "thinking"):
            return []
        return [OtherPart(clean_line(kind)[:40])]

    # Tools

    def _call(self, call_id: object, name: object, args: object) -> list[TurnEvent]:
        self._acted = bool(self._open)
        title = clean_line(name)[:80] if isinstance(name, str) else ""
        key = _word(call_id)
        if not key:
            key = f"{title}#{len(self._called) + 1}"
            self._nameless.append((title, key))
        elif key in self._called:
            return []
        self._called.add(key)
        return [ToolCalled(key, title, _mapping(args, "value"))]

    def _result(self, call_id: object, name: object, response: object) -> ToolReturned:
        self._acted = bool(self._open)
        title = clean_line(name)[:80] if isinstance(name, str) else ""
        key = _word(call_id)
        if not key:
            found = next((item for item in self._nameless if item[0] == title), (title, ""))
            key = found[1]
            if found in self._nameless:
                self._nameless.remove(found)
        return ToolReturned(key, title, _mapping(response, "result"))

    def _error(self, code: str, words: str) -> ErrorReported:
        return ErrorReported(code, sentence(words, token=self._token))


def _finish(reason: object) -> list[TurnEvent]:
    code = _word(reason).upper()
    if code in _QUIET_FINISHES:
        return []
    return [ErrorReported(code, _FINISHES.get(code, "The agent stopped before it was done."))]


def _word(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return clean_line(str(value))[:120]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _code(event: Mapping[str, Any]) -> str:
    details = event.get("error_details")
    inner = event.get("error")
    for holder in (event, inner, details):
        if isinstance(holder, Mapping):
            for key in ("code", "errorCode", "error_code", "status", "error_type"):
                if word := _word(holder.get(key)):
                    return word
    return ""


def _mapping(value: object, key: str) -> Mapping[str, Any]:
    """`value` as a cleaned JSON object; a value of another type stands under `key`."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):
            value = parse(value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        value = {key: value}
    cleaned = _cleaned(value, [_MAX_CLEANED], 0)
    return cleaned if isinstance(cleaned, dict) else {}


def _cleaned(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if isinstance(value, str):
        return clean(value)
    if depth > 30 or left[0] < 0:
        return None
    if isinstance(value, dict):
        return {
            clean_line(str(k)): _cleaned(v, left, depth + 1)
            for k, v in value.items()
            if left[0] > 0
        }
    if isinstance(value, list):
        return [_cleaned(item, left, depth + 1) for item in value if left[0] > 0]
    return value
