"""A multipart body read piece by piece, and the file names in it."""

from __future__ import annotations

from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from vbtui.base.text import clean_line
from vbtui.studio.server.replies import Refusal

_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class PartStarted:
    """A part begins. `filename` is None where the part is a plain field."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the part that was started last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part that was started last is whole."""


Event = PartStarted | PartData | PartEnded


class Parts:
    """Turns the pieces of a body into events. `feed` and `close` raise `Refusal` (400)."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise Refusal("The upload names no boundary.", code=400, status=400)
        self._events: list[Event] = []
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_begin": self._begin_header,
                    "on_header_field": lambda data, a, b: self._header[0].extend(data[a:b]),
                    "on_header_value": lambda data, a, b: self._header[1].extend(data[a:b]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._start,
                    "on_part_data": lambda data, a, b: self._events.append(PartData(data[a:b])),
                    "on_part_end": lambda: self._events.append(PartEnded()),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _malformed() from None

    def feed(self, data: bytes) -> list[Event]:
        """What `data` completes or carries."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise _malformed() from None
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """The body has ended: it must have ended with its last boundary."""
        if not self._ended:
            raise _malformed()

    def _begin(self) -> None:
        self._disposition = b""

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _end_header(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)

    def _start(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        raw = options.get(b"filename")
        filename = None if raw is None else clean_filename(raw.decode("utf-8", "replace"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._events.append(PartStarted(name, filename))

    def _end(self) -> None:
        self._ended = True


def clean_filename(name: str) -> str:
    """A user's name for a file: one clean line without directories, 255 bytes with its suffix.

    `%22`, `%0D` and `%0A` are how forms write a quote and line ends in a name.
    """
    for code, character in (("%22", '"'), ("%0D", " "), ("%0A", " ")):
        name = name.replace(code, character)
    name = clean_line(name.replace("\\", "/").rpartition("/")[2])
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    ending = f"{dot}{suffix}"[:20]
    while stem and len((stem + ending).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + ending or "file"


def _malformed() -> Refusal:
    return Refusal("The upload is not valid multipart data.", code=400, status=400)
