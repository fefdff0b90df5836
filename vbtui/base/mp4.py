"""Whether an MP4, MOV or M4A is whole, read from its own boxes.

A file of this family is a chain of boxes, each with its size in front. Players need the `moov`
box, which most writers put last: a file that is still being written, or was cut off, has no
`moov` or ends in the middle of a box. Only the box headers are read, never the content.
"""

from __future__ import annotations

import os
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


def _walk(file: BinaryIO, end: int) -> Wholeness:
    at, has_index, has_content = 0, False, False
    for _ in range(_MOST_BOXES):
        if at == end:
            break
        header = _read_at(file, at, 16)
        if at == 0 and not _is_plausible_start(header):
            return Wholeness.FOREIGN
        size, kind = _size_and_kind(header, end - at)
        if not _is_name(kind) and has_index and has_content:
            break  # padding or a maker's trailer after a whole file
        if size is None or at + size > end:
            return Wholeness.CUT_OFF
        has_index = has_index or kind == b"moov"
        has_content = has_content or kind in (b"mdat", b"moof")
        at += size
    return Wholeness.WHOLE if has_index else Wholeness.CUT_OFF


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
