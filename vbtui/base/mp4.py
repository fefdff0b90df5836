"""What the boxes of an MP4, MOV or M4A say: whether it is whole, and how long it is.

A file of this family (ISO/IEC 14496-12) is a chain of boxes, each with its size in front. Players
need the `moov` box, which most writers put last: a file that is still being written, or was cut
off, has no `moov` or ends in the middle of a box. Only the box headers are read, never the content.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import BinaryIO

SUFFIXES = frozenset({".mp4", ".mov", ".m4a", ".m4v"})
"""Names that promise this format."""

_FIRST = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"PICT"}
)
"""What a file may begin with."""
_MOST_BOXES = 1_000_000


class Wholeness(Enum):
    """What the boxes say."""

    WHOLE = "whole"
    CUT_OFF = "cut off"
    """It ends within a box, or the index (`moov`) is not there: it may still be growing."""
    FOREIGN = "foreign"
    """Not a file of this family, whatever its name says."""


def wholeness(path: Path) -> Wholeness:
    """Whether the file at `path` is whole. Raises `OSError` when it cannot be read."""
    with path.open("rb", buffering=0) as file:
        return _walk(file, os.fstat(file.fileno()).st_size)


def is_whole(path: Path) -> bool:
    """Whether `path` can be read and is an MP4 from its first to its last box."""
    try:
        return wholeness(path) is Wholeness.WHOLE
    except OSError:
        return False


def duration_s(path: Path) -> float | None:
    """What the movie header (`moov/mvhd`) says; None when it says nothing. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        moov = _find(file, b"moov", 0, os.fstat(file.fileno()).st_size)
        header = _find(file, b"mvhd", *moov) if moov else None
        if header is None:
            return None
        content = _read_at(file, header[0], min(header[1] - header[0], 32))
    try:
        if content[0] == 1:
            scale, duration = struct.unpack(">IQ", content[20:32])
        else:
            scale, duration = struct.unpack(">II", content[12:20])
    except (IndexError, struct.error):
        return None
    is_unknown = duration in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return None if is_unknown or not scale else duration / scale


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height that the first track with a picture is shown in; None when none says it. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        moov = _find(file, b"moov", 0, os.fstat(file.fileno()).st_size)
        for kind, content, end in _boxes(file, *moov) if moov else ():
            header = _find(file, b"tkhd", content, end) if kind == b"trak" and end else None
            if header is None or header[1] - header[0] < _SIZE_BYTES:
                continue
            sides = struct.unpack(">II", _read_at(file, header[1] - _SIZE_BYTES, _SIZE_BYTES))
            width, height = (side >> 16 for side in sides)  # 16.16 fixed point
            if width and height:
                return width, height
    return None


_SIZE_BYTES = 8
"""Width and height are the last of a track's header."""


def _walk(file: BinaryIO, end: int) -> Wholeness:
    if end and not _is_plausible_start(_read_at(file, 0, 16)):
        return Wholeness.FOREIGN
    has_index = has_content = False
    for kind, _, box_end in _boxes(file, 0, end):
        if not _is_name(kind) and has_index and has_content:
            break  # padding or a maker's trailer after a whole file
        if box_end is None:
            return Wholeness.CUT_OFF
        has_index = has_index or kind == b"moov"
        has_content = has_content or kind in (b"mdat", b"moof")
    return Wholeness.WHOLE if has_index else Wholeness.CUT_OFF


def _find(file: BinaryIO, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of that name lies between two places of the file."""
    for kind, content, box_end in _boxes(file, start, end):
        if kind == wanted and box_end is not None:
            return content, box_end
    return None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int | None]]:
    """Each box's name, the place of its content, and its end: None, and the last, where that
    cannot be or lies beyond `end`."""
    at = start
    for _ in range(_MOST_BOXES):
        if at == end:
            return
        header = _read_at(file, at, min(16, end - at))
        size, kind = _size_and_kind(header, end - at)
        content = at + (16 if header[:4] == b"\0\0\0\1" else 8)
        if size is None or at + size > end:
            yield kind, content, None
            return
        at += size
        yield kind, content, at


def _read_at(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _is_plausible_start(header: bytes) -> bool:
    """A known first box; or nothing but zeros, as a writer leaves that reserves the space first."""
    if len(header) < 8:  # as far as it goes: a first box is never as large as 64 KiB
        return header[:2] == b"\0\0"[: len(header)]
    return header[4:8] in _FIRST or not any(header)


def _size_and_kind(header: bytes, rest: int) -> tuple[int | None, bytes]:
    """Bytes of the box with its header, and its name; None for a size that cannot be."""
    if len(header) < 8:
        return None, b""
    size, kind = int.from_bytes(header[:4], "big"), header[4:8]
    if size == 1:
        size = int.from_bytes(header[8:16], "big") if len(header) == 16 else 0
        return (size if size >= 16 else None), kind
    if size == 0:  # "to the end of the file": only the last box may say so
        return (rest if kind in (b"mdat", b"moov", b"free", b"skip") else None), kind
    return (size if size >= 8 else None), kind


def _is_name(kind: bytes) -> bool:
    return len(kind) == 4 and all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind)
