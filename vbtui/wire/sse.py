"""A byte stream → server-sent events, as the backend really sends them (wire.md, The event stream).

Lines end at LF, CRLF or CR only – U+2028 and the like are text. Bytes may be cut anywhere, inside
a character too. What differs from the standard, on purpose:

- the last event counts without its blank line;
- a line that is a bare JSON object is an event: gateways put an error envelope there;
- comments, and events without data, are kept: they say that the backend is at work;
- `{"error": "` that is not escaped JSON may run over several lines, blank ones included. It is the
  last thing that a failing server says, so all that follows belongs to it, up to a `data: {`.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import NamedTuple

from httpx_sse._decoders import SSEDecoder

from vbtui.base.errors import BadReply

MAX_EVENT_CHARS = 64 * 1024 * 1024
_ERROR_START = re.compile(r'data: ?\s*\{\s*"error"\s*:\s*"')
_ERROR_END = re.compile(r'"\s*\}\s*\Z')


class Frame(NamedTuple):
    """One event."""

    name: str
    """`message`, the `event:` field, `comment`, or `broken error` with the bare message as data."""
    data: str


class SseReader:
    """Feed it bytes, take frames."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._parts: list[str] = []
        self._held = 0
        self._started = False
        self._skip_lf = False
        self._line = ""
        """A `data:` line that waits for its blank line: nearly every event is just that."""
        self._slow: SSEDecoder | None = None
        """Takes the event over when it has more than one `data:` line."""
        self._error: list[str] | None = None
        """The lines of an error that is not valid JSON."""
        self._between = False
        """Everything so far was complete events."""

    @property
    def held(self) -> int:
        """Characters of a line that is not complete yet."""
        return self._held

    def feed(self, chunk: bytes) -> list[Frame]:
        """The events that `chunk` completes. Raises `BadReply` when one is endless."""
        if self._between and _is_one_event(chunk):
            data = chunk[5:-2].decode("utf-8", "replace")
            if '"error"' not in data[:24]:
                return [Frame("message", data[1:] if data[:1] == " " else data)]
        frames = self._text(self._decode(chunk))
        self._between = not (
            self._parts
            or self._line
            or self._skip_lf
            or self._slow is not None
            or self._error is not None
            or chunk[-1:] != b"\n"
        )
        return frames

    def _text(self, text: str) -> list[Frame]:
        if not text:
            return []
        if not self._started:
            self._started = True
            text = text.removeprefix("\ufeff")
        if self._skip_lf:
            self._skip_lf = False
            text = text.removeprefix("\n")
        if "\r" in text:
            self._skip_lf = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\n" not in text:
            self._hold(text)
            return []
        lines = text.split("\n")
        if self._parts:
            lines[0] = "".join([*self._parts, lines[0]])
            self._parts, self._held = [], 0
        self._hold(lines.pop())
        return self._frames(lines)

    def close(self) -> list[Frame]:
        """The events that the end of the stream completes."""
        rest = "".join(self._parts) + self._decode(b"", True)
        self._parts, self._held = [], 0
        frames = self._frames([rest, ""] if rest else [""])
        if self._error is not None:
            frames.append(self._end_of_error())
        return frames

    def _hold(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._held += len(text)
            if self._held > MAX_EVENT_CHARS:
                raise BadReply("The backend sent an event that does not end.")

    def _frames(self, lines: list[str]) -> list[Frame]:
        frames: list[Frame] = []
        for line in lines:
            if self._error is None and self._slow is None:
                if not line:
                    if self._line:
                        data = self._line[6:] if self._line[5:6] == " " else self._line[5:]
                        frames.append(Frame("message", data))
                        self._line = ""
                    continue
                if not self._line and line.startswith("data:"):
                    self._line = line
                    if '"error"' in line[:24] and _is_broken_error(line):
                        self._error, self._line = [line], ""
                    continue
            self._odd_line(line, frames)
        return frames

    def _odd_line(self, line: str, frames: list[Frame]) -> None:
        """A line that is not the plain `data:` and blank of nearly every event."""
        if self._error is not None:
            self._error_line(line, frames)
        elif line.startswith(":"):
            frames.append(Frame("comment", ""))
        elif line.startswith("{") and not self._line:
            frames.append(Frame("message", line))
        else:
            if self._slow is None:
                self._slow = SSEDecoder()
                if self._line:
                    self._slow.decode(self._line)
                    self._line = ""
            event = self._slow.decode(line)
            if not line:
                self._slow = None
            if event is not None:
                frames.append(Frame(event.event, event.data))

    def _error_line(self, line: str, frames: list[Frame]) -> None:
        assert self._error is not None
        if line.startswith("data:") and self._error[-1] == "" and _parses(line[5:]):
            frames.append(self._end_of_error())
            self._line = line
            return
        if not line and all(part.startswith("data:") for part in self._error):
            data = "\n".join(part[5:].removeprefix(" ") for part in self._error)
            if _parses(data):
                frames.append(Frame("message", data))
                self._error = None
                return
        self._error.append(line)

    def _end_of_error(self) -> Frame:
        lines, self._error = self._error or [], None
        text = _ERROR_START.sub("", "\n".join(lines), count=1).rstrip()
        return Frame("broken error", _ERROR_END.sub("", text))


def _is_one_event(chunk: bytes) -> bool:
    """`chunk` is one `data:` line and its blank line: what ADK sends, and how it arrives."""
    return (
        chunk[-2:] == b"\n\n"
        and chunk[:5] == b"data:"
        and chunk.count(b"\n") == 2
        and b"\r" not in chunk
    )


def _is_broken_error(line: str) -> bool:
    return bool(_ERROR_START.match(line)) and not _parses(line[5:])


def _parses(data: str) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
