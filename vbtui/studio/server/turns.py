"""Turns: a message goes to the director, its outcome is kept, and told as a stream of events.

Events in ADK's shape (wire/README.md, The event stream): camelCase, one JSON object a frame.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vbtui import __version__
from vbtui.base.errors import VbtuiError
from vbtui.base.text import clean
from vbtui.language.quotes import is_chinese
from vbtui.studio.project import draft as d
from vbtui.studio.project.draft import Draft
from vbtui.studio.project.findings import Findings
from vbtui.studio.project.store import OWNER, Session
from vbtui.studio.server.analyses import Listening
from vbtui.studio.server.exports import check_draft
from vbtui.studio.server.model import help_out
from vbtui.studio.server.replies import (
    Json,
    Refusal,
    encode,
    ok,
    parse_json,
    read_body,
    read_object,
)
from vbtui.studio.server.studio import Studio, find_session, session_of, studio_of
from vbtui.timeline.model import read

if TYPE_CHECKING:
    from vbtui.studio.director import Call, Memory, Outcome, Project

APP, USER = "nemo_agent", "me"
_MOST_CHARACTERS = 100_000
_running: set[asyncio.Task[None]] = set()
"""Turns under way: a task that nothing refers to may be collected."""


class BadMessage(Exception):
    """A body that is answered with 422: `detail` as ADK gives it."""

    def __init__(self, kind: str, place: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.detail = [{"type": kind, "loc": ["body", *place], "msg": message}]


@dataclass(frozen=True, slots=True)
class Message:
    """What `/run_sse` was asked."""

    session_id: str
    text: str
    streaming: bool


async def run_sse(request: Request) -> Response:
    """`POST /run_sse`. The turn is carried out to its end, also when nobody listens any more."""
    body = await read_body(request)
    try:
        message = await read_message(body)
    except BadMessage as error:
        return Json({"detail": error.detail}, status_code=422)
    studio = studio_of(request)
    session = await find_session(request, message.session_id)
    if session is None:
        detail = f"Session not found: {clean(message.session_id)[:80]}"
        return Json({"detail": detail}, status_code=404)
    frames: asyncio.Queue[str | None] = asyncio.Queue()
    gone = asyncio.Event()
    task = asyncio.create_task(_carry_out(studio, session, message, frames, gone), name="turn")
    _running.add(task)
    task.add_done_callback(_running.discard)
    return StreamingResponse(_until_end(frames, gone), media_type="text/event-stream")


async def read_message(body: bytes) -> Message:
    """The message in a body; camelCase spellings are taken too. Raises `BadMessage`."""
    try:
        value = await parse_json(body)
    except ValueError as error:
        raise BadMessage("json_invalid", (0,), str(error)) from None
    if not isinstance(value, dict):
        raise BadMessage("model_attributes_type", (), "Input should be a JSON object")
    for snake, camel, expected in (
        ("app_name", "appName", APP),
        ("user_id", "userId", USER),
        ("session_id", "sessionId", None),
    ):
        given = value.setdefault(snake, value.get(camel))
        if given is None:
            raise BadMessage("missing", (snake,), "Field required")
        if not isinstance(given, str):
            raise BadMessage("string_type", (snake,), "Input should be a valid string")
        if expected is not None and given != expected:
            raise BadMessage("literal_error", (snake,), f"Input should be '{expected}'")
    streaming = value.get("streaming", False)
    if not isinstance(streaming, bool):
        raise BadMessage("bool_type", ("streaming",), "Input should be a valid boolean")
    return Message(value["session_id"], _text(value), streaming)


async def restore(request: Request) -> Response:
    """`POST /studio/restore/<sid>`: `{"draft"}`, one that the session had, becomes its current one.

    It comes after the current one, as an edit does: undo takes it back.
    """
    session = await session_of(request)
    draft = (await read_object(request)).get("draft")
    if not isinstance(draft, dict):
        raise Refusal("“draft” must be a timeline.", code=400)
    timeline = read(draft)
    if timeline is not None and timeline.can_export:  # an empty one needs no file
        check_draft(draft, session)
    async with session.turn:
        before = await session.draft()
        version = d.whole(d.meta(before or {}).get("version"))
        await session.keep_draft(d.with_meta(draft, version=version + 1))
    return ok({"version": version + 1})


def _text(value: Mapping[str, Any]) -> str:
    new_message = value.get("new_message", value.get("newMessage"))
    if not isinstance(new_message, dict):
        raise BadMessage("missing", ("new_message",), "Field required")
    parts = new_message.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise BadMessage("list_type", ("new_message", "parts"), "Input should be a list of parts")
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    text = clean("\n".join(texts)).strip()
    if not text:
        raise BadMessage("missing", ("new_message", "parts", 0, "text"), "Field required")
    if len(text) > _MOST_CHARACTERS:
        place = ("new_message", "parts", 0, "text")
        raise BadMessage("string_too_long", place, "The message is too long")
    return text


async def _until_end(frames: asyncio.Queue[str | None], gone: asyncio.Event) -> AsyncIterator[str]:
    """The frames; `gone` is set when nobody takes them any more."""
    try:
        while (text := await frames.get()) is not None:
            yield text
    finally:
        gone.set()


async def _carry_out(
    studio: Studio,
    session: Session,
    message: Message,
    frames: asyncio.Queue[str | None],
    gone: asyncio.Event,
) -> None:
    invocation = Invocation(streaming=message.streaming)
    try:
        async with session.turn:
            async for event in _direct(studio, session, message, invocation, gone):
                frames.put_nowait(frame(event))
    except VbtuiError as error:
        frames.put_nowait(frame(invocation.error("FAILED", error.sentence)))
    except Exception as error:  # the turn ends with a sentence, the cause goes to the log
        studio.report(f"a turn failed: {error!r}")
        frames.put_nowait(frame(invocation.error("INTERNAL", _apology(message.text))))
    finally:
        frames.put_nowait(None)


async def _direct(
    studio: Studio,
    session: Session,
    message: Message,
    invocation: Invocation,
    gone: asyncio.Event,
) -> AsyncIterator[dict[str, Any]]:
    """Let the director work, keep what came of it, and only then say so. Files that have to be listened to are, for as
    long as somebody waits for it."""
    before = await session.draft()
    found = studio.analyses.nothing
    while True:
        where = situation(session, before, found)
        outcome = await asyncio.to_thread(_outcome, message.text, *where)
        nothing_understood = not outcome.understood and outcome.question is not None
        if nothing_understood and studio.model is not None and session.record.user_id == OWNER:
            outcome = await help_out(studio.model, message.text, *where, outcome, gone)
        if not outcome.wanted:
            break
        listening = Listening(studio.analyses, outcome.wanted)
        async for file, percent in listening.told(gone):
            is_seen = all(one.kind in ("changes", "shakes", "sight") for one in outcome.wanted)
            for event in invocation.listens(file, percent, is_seen=is_seen):
                yield event
        if gone.is_set():
            return
        found = found.beside(listening.findings)
    if outcome.draft is not None or outcome.step in ("undo", "redo"):
        await session.keep_draft(outcome.draft, outcome.step, outcome.steps)
    session.remember(outcome.memory)
    after = await session.draft()
    for event in invocation.events(outcome, {} if after == before else {"draft": after}):
        yield event


def _outcome(text: str, project: Project, memory: Memory | None) -> Outcome:
    from vbtui.studio.director import direct

    return direct(text, project, memory)


def situation(
    session: Session, draft: Draft | None, findings: Findings | None = None
) -> tuple[Project, Memory | None]:
    """What a sentence in that session is about, `draft` being the one it has now."""
    from vbtui.studio.director import Memory, Project

    memory = session.memory
    project = Project(
        title=session.record.title,
        draft=draft,
        media=session.media,
        previous=session.previous,
        undone=session.undone,
        findings=findings or Findings(),
    )
    return project, memory if isinstance(memory, Memory) else None


def _apology(text: str) -> str:
    if is_chinese(text):
        return "本地工作室处理这条消息时出错了，没有做任何更改。请换一种说法再试。"
    return "The local studio failed on this message and changed nothing. Try to say it another way."


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
        self._listens_by = ""
        """The id of the call that tells of it."""

    def events(self, outcome: Outcome, state: Mapping[str, Any]) -> Iterator[Event]:
        """All events of a turn. `state` is the state's delta, empty when nothing changed."""
        yield from self._heard()
        if outcome.calls:
            yield from self._calls(outcome.calls, state)
            state = {}
        if outcome.reply or state:
            yield from self._text(outcome.reply, state)
        if outcome.question is not None:
            yield from self._ask(outcome.question, outcome.choices)

    def listens(self, name: str, percent: int, *, is_seen: bool = False) -> Iterator[Event]:
        """That a file is listened to, or watched, and how much of it was: a call of its own each time, which the next one ends."""
        yield from self._heard()
        self._listens_by = f"adk-{uuid.uuid4()}"
        args = {"file": name, "percent": percent, **({"seen": True} if is_seen else {})}
        call = {"functionCall": {"id": self._listens_by, "args": args, "name": "listen"}}
        yield from self._called([call])

    def _heard(self) -> Iterator[Event]:
        if self._listens_by:
            done = {"id": self._listens_by, "name": "listen", "response": {"status": "ok"}}
            content = {"parts": [{"functionResponse": done}], "role": "user"}
            self._listens_by = ""
            yield {"content": content, **self._frame(uuid.uuid4(), {})}

    def error(self, code: str, message: str) -> Event:
        """An event that says that the turn failed."""
        return {"errorCode": code, "errorMessage": message, **self._frame(uuid.uuid4(), {})}

    def _calls(self, calls: Sequence[Call], state: Mapping[str, Any]) -> Iterator[Event]:
        ids = [f"adk-{uuid.uuid4()}" for _ in calls]
        asked = [
            {"functionCall": {"id": key, "args": dict(call.args), "name": call.name}}
            for key, call in zip(ids, calls, strict=True)
        ]
        yield from self._called(asked)
        answered = [
            {"functionResponse": {"id": key, "name": call.name, "response": dict(call.result)}}
            for key, call in zip(ids, calls, strict=True)
        ]
        content = {"parts": answered, "role": "user"}
        yield {"content": content, **self._frame(uuid.uuid4(), state)}

    def _ask(self, question: str, choices: Sequence[str]) -> Iterator[Event]:
        """wire/README.md, The agent may ask: nothing answers the call but the next message."""
        options = [{"id": str(number), "label": one} for number, one in enumerate(choices, 1)]
        asked = {"id": "1", "prompt": question, "options": options, "allow_multiple": False}
        args = {"title": "", "questions": [asked]}
        key = f"adk-{uuid.uuid4()}"
        call = {"functionCall": {"id": key, "args": args, "name": "ask_question"}}
        yield from self._called([call], [key])

    def _called(self, calls: Sequence[Part], waits_for: Sequence[str] = ()) -> Iterator[Event]:
        event_id = uuid.uuid4()
        for partial in (True, False) if self._streaming else (None,):
            event = self._model(event_id, calls, partial, {})
            yield {**event, "finishReason": "STOP", "longRunningToolIds": list(waits_for)}

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
