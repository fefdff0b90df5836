"""Whether a file of a format is whole: by what it says of its own length, never by its content.

Each format tells where it ends: a chain of parts with their sizes (MP4, MOV, M4A, PNG, GIF), or one size
for all of it (WAV, WebM, the first frame of an MP3).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from vbtui.base import mp4
from vbtui.base.mp4 import Wholeness

_Judge = Callable[[BinaryIO, int], Wholeness]


def wholeness(path: Path, suffix: str) -> Wholeness:
    """Whether the file at `path` is one of that ending, and whole. Raises `OSError` when it cannot be read."""
    judge = _JUDGES.get(suffix)
    if judge is None:
        return mp4.wholeness(path)
    with path.open("rb") as file:
        return judge(file, os.fstat(file.fileno()).st_size)


def _told(is_whole: bool) -> Wholeness:
    return Wholeness.WHOLE if is_whole else Wholeness.CUT_OFF


def _png(file: BinaryIO, end: int) -> Wholeness:
    if file.read(8) != b"\x89PNG\r\n\x1a\n":
        return Wholeness.FOREIGN
    at = 8
    while at + 12 <= end:
        file.seek(at)
        head = file.read(8)
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return _told(at <= end)
    return Wholeness.CUT_OFF


def _gif(file: BinaryIO, end: int) -> Wholeness:
    head = file.read(13)
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return Wholeness.FOREIGN
    if len(head) < 13:
        return Wholeness.CUT_OFF
    file.seek(_colors(head[10]), os.SEEK_CUR)
    while kind := file.read(1):
        if kind == b";":
            return Wholeness.WHOLE
        if kind == b"!":
            file.seek(1, os.SEEK_CUR)
        elif kind == b",":
            place = file.read(9)
            if len(place) < 9:
                break
            file.seek(_colors(place[8]) + 1, os.SEEK_CUR)
        else:
            break
        while size := file.read(1)[:1]:
            if size == b"\0":
                break
            file.seek(size[0], os.SEEK_CUR)
    return Wholeness.CUT_OFF


def _colors(flags: int) -> int:
    """Bytes of the table of colours that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _wav(file: BinaryIO, end: int) -> Wholeness:
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return Wholeness.FOREIGN
    return _told(8 + int.from_bytes(head[4:8], "little") <= end)


_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def _webm(file: BinaryIO, end: int) -> Wholeness:
    if file.read(4) != _EBML:
        return Wholeness.FOREIGN
    header = _size(file)
    file.seek(header or 0, os.SEEK_CUR)
    if header is None or file.read(4) != _SEGMENT:
        return Wholeness.CUT_OFF
    size = _size(file)
    return _told(size is not None and file.tell() + size <= end)


def _size(file: BinaryIO) -> int | None:
    """The size that stands here; None for one that is not known."""
    first = file.read(1)
    length = 9 - first[0].bit_length() if first and first[0] else 0
    rest = file.read(length - 1) if length else b""
    if not length or len(rest) < length - 1:
        return None
    size = int.from_bytes(first + rest, "big") & (1 << 7 * length) - 1
    return None if size == (1 << 7 * length) - 1 else size


def _mp3(file: BinaryIO, end: int) -> Wholeness:
    head, begin = file.read(10), 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:]
        begin = 10 + (a << 21 | b << 14 | c << 7 | d)
    file.seek(begin)
    frame = file.read(256)
    if not begin and (len(frame) < 2 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0):
        return Wholeness.FOREIGN
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or not frame[at + 7] & 2:
        return _told(len(frame) > 4)
    place = at + 8 + (4 if frame[at + 7] & 1 else 0)
    return _told(begin + int.from_bytes(frame[place : place + 4], "big") <= end)


def _words(head: bytes) -> _Judge:
    """Of a text that begins so and ends with a line."""

    def judge(file: BinaryIO, end: int) -> Wholeness:
        if file.read(len(head)) != head:
            return Wholeness.FOREIGN
        file.seek(max(0, end - 1))
        return _told(file.read(1) == b"\n")

    return judge


_JUDGES: Mapping[str, _Judge] = {
    ".png": _png,
    ".gif": _gif,
    ".wav": _wav,
    ".webm": _webm,
    ".mp3": _mp3,
    ".srt": _words(b"1\n"),
    ".vtt": _words(b"WEBVTT\n"),
    ".ass": _words(b"[Script Info]\n"),
}
