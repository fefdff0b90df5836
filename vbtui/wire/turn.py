"""One message and the stream that answers it: `POST /run_sse` (wire/README.md, The event stream).

What ends a turn: the end of the body; an error; `timing.sse_total` in all; nothing but heartbeats
for `timing.heartbeat_only`.

httpx-sse reads the standard's stream, and nothing else. What the backend sends beyond it, and what
becomes of that:

- the last event has no blank line: it gets one;
- a line that is a bare JSON object, as gateways send an error envelope: an event of its own;
- a comment, a sign that the backend is at work: `event: heartbeat`;
- `{"error": "` that is not escaped JSON and runs over several lines, blank ones included: the same
  as JSON. It is the last thing that a failing server says, so all that follows belongs to it, up to
  a `data:` line that is JSON.

Lines end at LF, CRLF or CR, and go on with LF; U+2028 and the like are text. Bytes may be cut
anywhere, inside a character too.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from vbtui.base.errors import BadReply, ConnectionBroken, TimedOut
from vbtui.base.foreign_json import parse
from vbtui.base.patterns import regex
from vbtui.base.settings import Timing
from vbtui.base.times import both, format_seconds
from vbtui.wire.errors import NONE, Secret
from vbtui.wire.events import EventReader, Heartbeat, TurnEvent
from vbtui.wire.replies import MAX_ERROR_BYTES, content_type, whole
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
            limit = both(format_seconds, self._timing.sse_total)
            return TimedOut(code="timed_out.turn", limit=limit)
        limit = both(format_seconds, self._timing.heartbeat_only)
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
    return response.status_code < 300 and content_type(response.headers) not in (
        "application/json",
        "application/problem+json",
        "text/html",
    )


MAX_EVENT_BYTES = 64 * 1024 * 1024
LONG_EVENT_BYTES = 4096
"""An event of more bytes that is still arriving counts as something that came."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEARTBEAT = b"event: heartbeat\n\n"
_FIELD = regex(rb"(?:data|event)(?::|\Z)")
_ERROR_START = regex(rb'data: ?\s*\{\s*"error"\s*:\s*"')
_ERROR_END = regex(rb'"\s*\}\s*\Z')


class StreamFilter:
    """Feed it what comes, `close` it at the end, and pass on what it gives."""

    def __init__(self) -> None:
        self._line_parts: list[bytes] = []
        """Of the line that has not ended."""
        self._event_bytes = 0
        self._is_first_line = True
        self._after_cr = False
        """A LF that comes first belongs to the line end before it."""
        self._in_event = False
        """Lines of an event have gone on, and its blank line has not."""
        self._error: list[bytes] = []
        """The lines so far of an error that is not JSON."""
        self.ended_inside = False
        """The stream ended within an event; what there was of it has gone on as one."""

    @property
    def is_in_long_event(self) -> bool:
        return self._event_bytes > LONG_EVENT_BYTES

    def feed(self, data: bytes) -> bytes:
        """The lines that `data` completes. Raises `BadReply` for an event that does not end."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *ends, rest = data.split(b"\n")
        out: list[bytes] = []
        for end in ends:
            line = b"".join([*self._line_parts, end]) if self._line_parts else end
            self._line_parts = []
            self._event_bytes += len(end)
            out.append(self._line(line))
            if not (self._in_event or self._error):
                self._event_bytes = 0
        if rest:
            self._line_parts.append(rest)
            self._event_bytes += len(rest)
        if self._event_bytes > MAX_EVENT_BYTES:
            raise BadReply("The backend sent an event that does not end.")
        return b"".join(out)

    def close(self) -> bytes:
        """What completes the last event."""
        rest, self._line_parts = b"".join(self._line_parts), []
        out = self._line(rest) if rest else b""
        self.ended_inside = bool(rest) or self._in_event
        out += self._line(b"")
        return out + self._end_of_error() if self._error else out

    def _line(self, line: bytes) -> bytes:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if self._error:
            return self._error_line(line)
        if not line:
            ended, self._in_event = self._in_event, False
            return b"\n" if ended else b""
        if not self._in_event:
            if line.startswith(b":"):
                return _HEARTBEAT
            if line.startswith(b"{"):
                return b"data: " + line + b"\n\n"
            if _ERROR_START.match(line) and not _is_json(line[5:]):
                self._error = [line]
                return b""
        if not _FIELD.match(line):
            return b""
        self._in_event = True
        return line + b"\n"

    def _error_line(self, line: bytes) -> bytes:
        lines = self._error
        if line.startswith(b"data:") and not lines[-1] and _is_json(line[5:]):
            self._in_event = True
            return self._end_of_error() + line + b"\n"
        is_data = not line and all(part.startswith(b"data:") for part in lines)
        if is_data and _is_json(b"\n".join(part[5:] for part in lines)):
            self._error = []
            return b"\n".join(lines) + b"\n\n"
        lines.append(line)
        return b""

    def _end_of_error(self) -> bytes:
        lines, self._error = self._error, []
        text = _ERROR_START.sub(b"", b"\n".join(lines), count=1).rstrip()
        words = _ERROR_END.sub(b"", text).decode("utf-8", "replace")
        return b"data: " + json.dumps({"error": words}).encode() + b"\n\n"


def _is_json(data: bytes) -> bool:
    try:
        parse(data)
    except ValueError:
        return False
    return True
