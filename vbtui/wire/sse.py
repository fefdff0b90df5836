"""The backend's byte stream → the standard's, for a reader that knows nothing else (wire/README.md, The
event stream).

What the backend sends beyond the standard, and what becomes of it:

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

import json
import re

from vbtui.base.errors import BadReply

MAX_EVENT_BYTES = 64 * 1024 * 1024
LONG_EVENT_BYTES = 4096
"""An event of more bytes that is still arriving counts as something that came."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEARTBEAT = b"event: heartbeat\n\n"
_FIELD = re.compile(rb"(?:data|event)(?::|\Z)")
_ERROR_START = re.compile(rb'data: ?\s*\{\s*"error"\s*:\s*"')
_ERROR_END = re.compile(rb'"\s*\}\s*\Z')


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
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
