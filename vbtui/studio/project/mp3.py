"""mp3 files that were joined, as `cat` does it: tags lie between their frames.

A tag is no sound. Where one lies in the middle, decoders lose the frame behind it and take it for damage, and its
cover picture for seconds of frames.

Frames are read by ISO/IEC 11172-3, 2.4.1.3 (13818-3 for the lower rates); ID3v2.4, 3.1; ID3v1; APEv2.
"""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

Span = tuple[int, int]
"""The first byte and the one behind the last."""


class WithoutTags(io.RawIOBase):
    """The bytes of an mp3 file but for the tags between its frames."""

    def __init__(self, path: Path, tags: Sequence[Span]) -> None:
        super().__init__()
        self.name = str(path)
        self._file = path.open("rb")
        edges = [0, *(edge for tag in tags for edge in tag), self._file.seek(0, 2)]
        self._parts = list(zip(edges[::2], edges[1::2], strict=True))
        self._size = sum(end - begin for begin, end in self._parts)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = max(0, offset + (0, self._place, self._size)[whence])
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # as in io
        passed = 0
        for begin, end in self._parts:
            within = self._place - passed
            if within < end - begin:
                self._file.seek(begin + within)
                data = self._file.read(min(len(buffer), end - begin - within))
                buffer[: len(data)] = data
                self._place += len(data)
                return len(data)
            passed += end - begin
        return 0


def find_tags(path: Path) -> list[Span]:
    """Where tags lie between frames; nothing for other files. Those before the first frame and behind
    the last are left to the decoder."""
    with path.open("rb") as file:
        if not _MAYBE.match(file.read(4)):
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found, waiting = list[Span](), list[Span]()
            begun = False
            for begin, end, is_tag in _walk(data):
                if not is_tag:
                    found += waiting
                    waiting.clear()
                    begun = True
                elif begun:
                    waiting.append((begin, end))
            return found


_MAYBE = re.compile(rb"ID3|\xff[\xe2-\xff]", re.DOTALL)
"""How tags and frames begin."""


def _walk(data: mmap.mmap) -> Iterator[tuple[int, int, bool]]:
    """Begin and end of each tag and frame, in order, and whether it is a tag. What is neither, is passed over."""
    place = before = 0
    while place + 4 <= len(data):
        tag = _tag_size(data, place)
        size = tag or _frame_size(data, place)
        if size:
            yield place, place + size, bool(tag)
            before, place = place, place + size
        else:  # the last frame may have been shorter than it says
            place = before = _find_next(data, before + 4)


def _find_next(data: mmap.mmap, start: int) -> int:
    """Where the next tag begins, or frames that follow each other; else the end."""
    for found in _MAYBE.finditer(data, start):
        place = found.start()
        size = _frame_size(data, place)
        if size and (_frame_size(data, place + size) or _tag_size(data, place + size)):
            return place
        if _tag_size(data, place):
            return place
    return len(data)


def _tag_size(data: mmap.mmap, place: int) -> int:
    """Of the tag that begins there, 0 for none."""
    head = data[place : place + 32]
    if head[:3] == b"ID3" and len(head) > 9 and max(head[6:10]) < 0x80 and 0xFF not in head[3:5]:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:3] == b"TAG":
        return 128
    if head[:8] == b"APETAGEX" and len(head) == 32:
        is_header = bool(head[23] & 0x20)
        return 32 + (int.from_bytes(head[12:16], "little") if is_header else 0)
    return 0


def _frame_size(data: mmap.mmap, place: int) -> int:
    """Of the frame whose header stands there, 0 for none, and where it does not say it."""
    head = data[place : place + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, bits = head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or layer == 4 or rate == 3 or not 0 < bits < 15:
        return 0
    is_first = version == 3
    hz = (44100, 48000, 32000)[rate] >> (0 if is_first else 1 if version == 2 else 2)
    kbits = _KBITS[is_first, layer if is_first or layer == 1 else 2][bits - 1]
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (12000 * kbits // hz + padding) * 4
    return (72000 if layer == 3 and not is_first else 144000) * kbits // hz + padding


_KBITS = {
    (True, 1): range(32, 449, 32),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second, by whether it is MPEG-1, and layer."""
