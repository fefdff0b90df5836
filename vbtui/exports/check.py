"""Whether a downloaded video is what was asked for: whole, and as long as its draft."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from vbtui.base.errors import RenderFailed
from vbtui.base.mp4 import Wholeness, wholeness
from vbtui.base.text import format_seconds

TOLERANCE_S = 0.25
_MAX_BOXES = 100_000
_AGAIN = "Retry the export."


def check(path: Path) -> None:
    """Raises `RenderFailed` when the file is empty, no MP4, or not whole; `OSError`."""
    if path.stat().st_size == 0:
        raise RenderFailed("The video that was downloaded is empty.", hint=_AGAIN)
    match wholeness(path):
        case Wholeness.FOREIGN:
            raise RenderFailed("What was downloaded is not an MP4 video.", hint=_AGAIN)
        case Wholeness.CUT_OFF:
            raise RenderFailed("The video that was downloaded is not complete.", hint=_AGAIN)
        case Wholeness.WHOLE:
            pass


def length_problem(path: Path, expected_ms: int) -> str:
    """A sentence where the video's length is not the draft's (± 0.25 s); empty when it is.

    Nothing is said where the file or the draft (`expected_ms` 0) does not tell its length.
    """
    found = duration_s(path)
    if found is None or expected_ms <= 0 or abs(found - expected_ms / 1000) <= TOLERANCE_S:
        return ""
    return (
        f"The video is {format_seconds(found)} long, "
        f"the timeline is {format_seconds(expected_ms / 1000)}."
    )


def duration_s(path: Path) -> float | None:
    """What the movie header (`moov/mvhd`, ISO/IEC 14496-12) says; None when it says nothing."""
    with path.open("rb") as file:
        end = path.stat().st_size
        moov = _find(file, b"moov", 0, end)
        header = _find(file, b"mvhd", *moov) if moov else None
        if header is None:
            return None
        file.seek(header[0])
        return _header_duration(file.read(min(header[1] - header[0], 32)))


def _header_duration(content: bytes) -> float | None:
    try:
        if content[0] == 1:
            scale, duration = struct.unpack(">IQ", content[20:32])
        else:
            scale, duration = struct.unpack(">II", content[12:20])
    except (IndexError, struct.error):
        return None
    is_unknown = duration in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return None if is_unknown or not scale else duration / scale


def _find(file: BinaryIO, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of that name lies between two places of the file."""
    place = start
    for _ in range(_MAX_BOXES):
        if place + 8 > end:
            return None
        file.seek(place)
        head = file.read(16)
        size, kind, content = int.from_bytes(head[:4], "big"), head[4:8], place + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), place + 16
        elif size == 0:
            size = end - place
        if kind == wanted:
            return content, min(place + size, end)
        if size < content - place:
            return None
        place += size
    return None
