"""Events in ADK's shape (wire.md, The event stream): camelCase, one JSON object a frame."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vbtui import __version__
from vbtui.studio.director.model import Call, Outcome
from vbtui.studio.server.replies import encode

_AUTHOR = "nemo_agent"
_MODEL = f"vbtui-director-{__version__}"
_PIECES = re.compile(r"\s*\S{1,12}(?:[ \t]+\S{1,12}){0,2}\s*|\s+")
"""A piece of streamed text: up to three short words with the white space around them."""

Event = dict[str, Any]
Part = Mapping[str, Any]


def frame(event: Mapping[str, Any]) -> str:
    """The event as one line of the stream and a blank one."""
    return f"data: {encode(event)}\n\n"


class Invocation:
    """The events of one turn: they share the invocation's id.

    Args:
        streaming: True gives pieces before each whole and says `partial` on both; False gives one
            event a model turn without that key.
    """

    def __init__(self, *, streaming: bool) -> None:
        self._id = f"e-{uuid.uuid4()}"
        self._streaming = streaming

    def events(self, outcome: Outcome, state: Mapping[str, Any]) -> Iterator[Event]:
        """All events of a turn. `state` is the state's delta, empty when nothing changed."""
        if outcome.calls:
            yield from self._calls(outcome.calls, state)
            state = {}
        if outcome.reply or state:
            yield from self._text(outcome.reply, state)

    def error(self, code: str, message: str) -> Event:
        """An event that says that the turn failed."""
        return {"errorCode": code, "errorMessage": message, **self._frame(uuid.uuid4(), {})}

    def _calls(self, calls: Sequence[Call], state: Mapping[str, Any]) -> Iterator[Event]:
        ids = [f"adk-{uuid.uuid4()}" for _ in calls]
        asked = [
            {"functionCall": {"id": key, "args": dict(call.args), "name": call.name}}
            for key, call in zip(ids, calls, strict=True)
        ]
        event_id = uuid.uuid4()
        for partial in (True, False) if self._streaming else (None,):
            event = self._model(event_id, asked, partial, {})
            yield {**event, "finishReason": "STOP", "longRunningToolIds": []}
        answered = [
            {"functionResponse": {"id": key, "name": call.name, "response": dict(call.result)}}
            for key, call in zip(ids, calls, strict=True)
        ]
        content = {"parts": answered, "role": "user"}
        yield {"content": content, **self._frame(uuid.uuid4(), state)}

    def _text(self, text: str, state: Mapping[str, Any]) -> Iterator[Event]:
        event_id = uuid.uuid4()
        pieces = (_PIECES.findall(text) or [text]) if self._streaming else []
        for number, piece in enumerate(pieces, 1):
            event = self._model(event_id, [{"text": piece}], True, {})
            yield {**event, "finishReason": "STOP"} if number == len(pieces) else event
        whole = self._model(event_id, [{"text": text}], False if self._streaming else None, state)
        yield {**whole, "finishReason": "STOP"}

    def _model(
        self,
        event_id: uuid.UUID,
        parts: Sequence[Part],
        partial: bool | None,
        state: Mapping[str, Any],
    ) -> Event:
        event: Event = {"modelVersion": _MODEL, "content": {"parts": parts, "role": "model"}}
        if partial is not None:
            event["partial"] = partial
        return {**event, **self._frame(event_id, state)}

    def _frame(self, event_id: uuid.UUID, state: Mapping[str, Any]) -> Event:
        return {
            "invocationId": self._id,
            "author": _AUTHOR,
            "actions": {
                "stateDelta": dict(state),
                "artifactDelta": {},
                "requestedAuthConfigs": {},
                "requestedToolConfirmations": {},
            },
            "nodeInfo": {"path": ""},
            "id": str(event_id),
            "timestamp": time.time(),
        }
