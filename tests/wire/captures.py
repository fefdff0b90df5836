"""The answers of real `google-adk` servers in `tests/data/captures`, and what they say.

A capture is a raw HTTP answer, head and all; the bodies of `chunks-*` still have their chunk
sizes. `expected.json` holds for each of them the conversation that it is.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui.wire.errors import Secret
from vbtui.wire.events import (
    ErrorReported,
    StateHinted,
    TextPiece,
    ToolCalled,
    ToolReturned,
    TurnEvent,
    TurnText,
)
from vbtui.wire.turn import read_turn

FOLDER = Path(__file__).parent.parent / "data" / "captures"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (FOLDER / "expected.json").read_text(encoding="utf-8")
)
NAMES = sorted(EXPECTED)


@dataclass
class Conversation:
    """What a turn came to."""

    text: str = ""
    called: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    hints: int = 0
    errors: list[list[str]] = field(default_factory=list)


def conversation(events: Iterable[TurnEvent]) -> Conversation:
    told = Conversation()
    text = TurnText()
    names: dict[str, str] = {}
    for event in events:
        match event:
            case TextPiece():
                text.feed(event)
            case ToolCalled(id, name, _):
                assert id not in names, "a call counts once"
                names[id] = name
                told.called.append(name)
            case ToolReturned(id, name, _):
                assert names[id] == name, "a result belongs to its call"
                told.returned.append(name)
            case StateHinted():
                told.hints += 1
            case ErrorReported(code, message):
                told.errors.append([code, message])
    text.close()
    told.text = text.text
    return told


def head_and_body(name: str) -> tuple[bytes, bytes]:
    """A capture's head, and its body as it was before it was cut into chunks."""
    path = FOLDER / f"{name}.http"
    data = (
        path.read_bytes()
        if path.exists()
        else gzip.decompress(path.with_suffix(".http.gz").read_bytes())
    )
    head, _, body = data.partition(b"\r\n\r\n")
    return head, _unchunked(body) if "chunks-" in name else body


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(body[:length])
        body = body[length + 2 :]
    return b"".join(parts)


def read(*chunks: bytes, token: str = "") -> list[TurnEvent]:
    """The events in a body that comes in these pieces."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def events() -> list[TurnEvent]:
        return [event async for event in read_turn(body(), Secret(token))]

    return asyncio.run(events())
