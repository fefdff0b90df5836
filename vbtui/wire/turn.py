"""One message and the stream that answers it: `POST /run_sse`.

What ends a turn: the end of the body; an error; `timing.sse_total` in all; nothing but heartbeats
for `timing.heartbeat_only` (wire/README.md, The event stream).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from vbtui.base.errors import BadReply, ConnectionBroken, TimedOut
from vbtui.base.settings import Timing
from vbtui.base.times import format_seconds
from vbtui.wire.events import EventReader, Heartbeat, TurnEvent
from vbtui.wire.replies import MAX_ERROR_BYTES, whole
from vbtui.wire.secret import NONE, Secret
from vbtui.wire.sse import StreamFilter
from vbtui.wire.transport import Transport, read_whole

if TYPE_CHECKING:
    import httpx

_STREAM_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8"}


async def run_turn(
    transport: Transport, session_id: str, text: str, waiting: Callable[[float], None]
) -> AsyncIterator[TurnEvent]:
    """Send `text`, once, and give what comes back. Raises as `Client.run` says."""
    message = {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"role": "user", "parts": [{"text": text}]},
        "streaming": True,
    }
    body = json.dumps(message).encode()
    sent_at = asyncio.get_running_loop().time()
    async with AsyncExitStack() as stack:
        response = await transport.patiently(
            lambda: transport.with_token(
                lambda: stack.enter_async_context(_opened(transport, body))
            ),
            waiting,
        )
        patience = Patience(transport.timing, since=sent_at)
        events = read_turn(response.aiter_bytes(), transport.token, patience)
        async for event in await stack.enter_async_context(aclosing(events)):
            yield event


async def read_turn(
    chunks: AsyncIterator[bytes], token: Secret = NONE, patience: Patience | None = None
) -> AsyncGenerator[TurnEvent, None]:
    """The events in a body, whose bytes come cut anywhere and with nothing left to decode.

    Raises `ConnectionBroken` when it ended in the middle of an event, what `chunks` raises after
    the events that were complete, `TimedOut` as `patience` allows.
    """
    import httpx
    from httpx_sse import EventSource

    stream = StreamFilter()
    reader = EventReader(token)
    standard = _standard(chunks, stream, patience)
    response = httpx.Response(200, headers=_STREAM_HEADERS, content=standard)
    broke_off = False
    async with aclosing(EventSource(response).aiter_sse()) as source:
        async for sse in source:
            events = reader.read(sse.event, sse.data)
            broke_off = stream.ended_inside and reader.last_failed_to_parse
            if broke_off:
                continue
            for event in events:
                yield event
            if patience is not None and not all(type(event) is Heartbeat for event in events):
                patience.heard()  # what was done with them took its time: that was no silence
    if broke_off:
        raise ConnectionBroken()


async def _standard(
    chunks: AsyncIterator[bytes], stream: StreamFilter, patience: Patience | None
) -> AsyncIterator[bytes]:
    """What `stream` makes of `chunks`; of a connection that breaks, all that is complete first."""
    try:
        while chunk := await (anext(chunks, b"") if patience is None else patience.next(chunks)):
            if data := stream.feed(chunk):
                yield data
            elif patience is not None and stream.is_in_long_event:
                patience.heard()
    except Exception:
        if data := stream.close():
            yield data
        raise
    if data := stream.close():
        yield data


class Patience:
    """How long a turn may take, and how long nothing but signs of life may come.

    Only waiting for bytes is cut short: never what is done with an event.
    """

    def __init__(self, timing: Timing, *, since: float) -> None:
        """Args: since: the event loop's time when the message was sent."""
        self._loop = asyncio.get_running_loop()
        self._timing = timing
        self._end = since + timing.sse_total
        self._heard_at = self._loop.time()

    def heard(self) -> None:
        """Something other than a heartbeat came."""
        self._heard_at = self._loop.time()

    async def next(self, chunks: AsyncIterator[bytes]) -> bytes:
        """The next of `chunks`, nothing at their end. Raises `TimedOut`."""
        due = min(self._end, self._heard_at + self._timing.heartbeat_only)
        try:
            async with asyncio.timeout_at(due):
                return await anext(chunks, b"")
        except TimeoutError:
            raise self._timed_out() from None

    def _timed_out(self) -> TimedOut:
        if self._loop.time() >= self._end:
            limit = format_seconds(self._timing.sse_total)
            return TimedOut(code="timed_out.turn", limit=limit)
        limit = format_seconds(self._timing.heartbeat_only)
        return TimedOut(code="timed_out.heartbeats", limit=limit)


@asynccontextmanager
async def _opened(transport: Transport, body: bytes) -> AsyncIterator[httpx.Response]:
    """The stream that answers `body`. Raises the error that came in its place."""
    timing = transport.timing
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(
                timing.connect + min(timing.sse_total, timing.heartbeat_only)
            ):
                response = await stack.enter_async_context(
                    transport.open(
                        "POST",
                        "/run_sse",
                        headers={"Accept": "text/event-stream", "Content-Type": "application/json"},
                        content=body,
                        read_s=None,
                        write_s=timing.reply,
                        once=True,
                    )
                )
                if not _is_stream(response):
                    reply = await read_whole(response, MAX_ERROR_BYTES)
                    if error := transport.problem(reply):
                        raise error
                    whole(reply)
                    raise BadReply(code="bad_reply.silent")
        except TimeoutError:
            raise TimedOut(code="timed_out.not_begun", host=transport.host) from None
        yield response


def _is_stream(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status_code < 300 and kind not in (
        "application/json",
        "application/problem+json",
        "text/html",
    )
