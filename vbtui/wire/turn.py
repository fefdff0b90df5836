"""One message and the stream that answers it: `POST /run_sse`.

What ends a turn: the end of the body; an error; `timing.sse_total` in all; nothing but heartbeats
for `timing.heartbeat_only` (wire.md, The event stream).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from vbtui.base.errors import BadReply, ConnectionBroken, TimedOut, VbtuiError
from vbtui.base.text import format_seconds
from vbtui.wire.envelope import MAX_ERROR_BYTES, whole
from vbtui.wire.events import EventReader
from vbtui.wire.model import Heartbeat, TurnEvent
from vbtui.wire.secret import NONE, Secret
from vbtui.wire.sse import Frame, SseReader
from vbtui.wire.transport import Transport, read_whole

if TYPE_CHECKING:
    import httpx

_LONG_LINE = 4096


class TurnReader:
    """Bytes of the stream → events of the turn, without any network."""

    def __init__(self, token: Secret = NONE) -> None:
        self._sse = SseReader()
        self._events = EventReader(token)

    def feed(self, chunk: bytes) -> list[TurnEvent]:
        return self._read(self._sse.feed(chunk))

    def close(self) -> list[TurnEvent]:
        """What the end of the body completes. Raises `ConnectionBroken` when the stream ended in
        the middle of an event."""
        self._events.last_failed_to_parse = False
        events = self._read(self._sse.close())
        if self._events.last_failed_to_parse:
            raise ConnectionBroken("The answer broke off in the middle.")
        return events

    def _read(self, frames: list[Frame]) -> list[TurnEvent]:
        read = self._events.read
        if len(frames) == 1:
            return read(frames[0])
        return [event for frame in frames for event in read(frame)]

    @property
    def in_long_line(self) -> bool:
        """A long event is under way."""
        return self._sse.held > _LONG_LINE


class Watch:
    """Ends a wait for bytes that lasts too long. One timer serves a whole stream: 50,000 reads
    must not set and drop 50,000 timers."""

    def __init__(self, *, since: float, total_s: float, quiet_s: float) -> None:
        """Args: since: the event loop's time when the message was sent."""
        self._loop = asyncio.get_running_loop()
        self._quiet_s = quiet_s
        self._end = since + total_s
        self._heard = self._loop.time()
        self._total_s = total_s
        self._late = False
        self._timer = self._loop.call_at(self._due(), self._look)
        self.waiting: asyncio.Task[object] | None = None
        """The task that waits for bytes right now; None while the bytes are dealt with."""

    def touch(self) -> None:
        """Something other than a heartbeat came."""
        self._heard = self._loop.time()

    def close(self) -> None:
        self._timer.cancel()

    def check(self) -> None:
        """Raises `TimedOut` when the time ran out while nobody waited."""
        if self._late:
            raise self._timed_out()

    def was_cancelled_here(self) -> TimedOut | None:
        """After a `CancelledError`: the error that it stands for, None when it came from outside."""
        task = asyncio.current_task()
        if not self._late or task is None or task.uncancel() > 0:
            return None
        return self._timed_out()

    def _due(self) -> float:
        return min(self._end, self._heard + self._quiet_s)

    def _look(self) -> None:
        if (due := self._due()) > self._loop.time():
            self._timer = self._loop.call_at(due, self._look)
            return
        self._late = True
        if self.waiting is not None:
            self.waiting.cancel()

    def _timed_out(self) -> TimedOut:
        if self._loop.time() >= self._end:
            limit = format_seconds(self._total_s)
            return TimedOut(f"The agent was not done after {limit}, the longest a turn may take.")
        limit = format_seconds(self._quiet_s)
        return TimedOut(f"The backend gave nothing but signs of life for {limit}.")


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
        timing = transport.timing
        watch = Watch(since=sent_at, total_s=timing.sse_total, quiet_s=timing.heartbeat_only)
        stack.callback(watch.close)
        reader = TurnReader(transport.token)
        try:
            watch.waiting = asyncio.current_task()
            async for chunk in _chunks(response):
                watch.waiting = None
                events = reader.feed(chunk)
                for event in events:
                    yield event
                if events:
                    if type(events[-1]) is not Heartbeat or not _only_heartbeats(events):
                        watch.touch()
                elif reader.in_long_line:
                    watch.touch()
                watch.check()
                watch.waiting = asyncio.current_task()
        except asyncio.CancelledError:
            if late := watch.was_cancelled_here():
                raise late from None
            raise
        except VbtuiError:
            raise
        except Exception:
            for event in _last_words(reader):
                yield event
            raise
        finally:
            watch.waiting = None
        for event in reader.close():
            yield event


def _chunks(response: httpx.Response) -> AsyncIterable[bytes]:
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    assert isinstance(response.stream, AsyncIterable)
    return response.stream  # aiter_raw counts and re-chunks, a tenth of the cost of a small event


def _only_heartbeats(events: list[TurnEvent]) -> bool:
    return all(type(event) is Heartbeat for event in events)


def _last_words(reader: TurnReader) -> list[TurnEvent]:
    """What a connection that broke left complete."""
    try:
        return reader.close()
    except VbtuiError:
        return []


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
                    raise BadReply("The backend answered the message without saying anything.")
        except TimeoutError:
            raise TimedOut(f"{transport.host} did not begin to answer.") from None
        yield response


def _is_stream(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status_code < 300 and kind not in (
        "application/json",
        "application/problem+json",
        "text/html",
    )
