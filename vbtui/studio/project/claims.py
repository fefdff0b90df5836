"""What a file says of itself, held against what is there.

A reader goes from packet to packet and does not see that some come twice, or that others lie in their place: the
stated length of an AVI or WAV, and the index at an AVI's end, tell. Nor does it go on where a file ends that
another was joined to, as `cat` does it.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

_UNKNOWN = 0x7FFFFFFF
"""Sizes from here on are those of files that were written as a stream."""
_SLACK = 0.01
"""So much of a file may lie behind its end: some makers put things there."""
_ENTRY = 16
"""Bytes of an entry of the index: name, flags, place and size of a packet."""


def is_cut(path: Path) -> bool:
    """Whether the file is shorter than its first bytes say; those that were written as a stream say
    nothing."""
    with path.open("rb") as file:
        head = file.read(8)
        stated = _number(head, 4)
        return head[:4] == b"RIFF" and stated < _UNKNOWN and file.seek(0, 2) + 8 < stated


def is_joined(path: Path, kind: str) -> bool:
    """Whether another file of the same `kind`, a demuxer's name, follows in it: players show the first."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if "mp4" in kind:
            return sum(name == b"moov" for name in _boxes(data)) > 1
        head = next((head for name, head in _HEADS.items() if name in kind), None)
        return head is not None and head.search(data, 1) is not None


_HEADS = {
    "flv": re.compile(rb"FLV\x01[\x01\x04\x05]\x00\x00\x00\x09\x00{4}"),
    "matroska": re.compile(rb"\x1aE\xdf\xa3.{1,60}\x42\x82.(?:matroska|webm)", re.DOTALL),
}


def _boxes(data: mmap.mmap) -> Iterator[bytes]:
    """The names of an MP4's outermost boxes (ISO/IEC 14496-12, 4.2)."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4])
        yield data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16])
        if size < 8:
            return
        place += size


def holds_other_things(path: Path) -> bool:
    """Whether there is more in the file than it says, or packets of an AVI are not where its index says;
    one without an index is right."""
    return _is_too_long(path) or _is_mixed_up(path)


def _is_too_long(path: Path) -> bool:
    with path.open("rb") as file:
        place = 0
        while (head := file.read(12))[:4] == b"RIFF" and (place == 0 or head[8:] == b"AVIX"):
            stated = _number(head, 4)
            if not 12 < stated < _UNKNOWN:
                return False
            place = file.seek(place + 8 + stated + stated % 2)
        size = file.seek(0, 2)
        return 0 < place < size * (1 - _SLACK)


def _is_mixed_up(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(12)[8:] != b"AVI ":
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            movie = data.find(b"movi")
            entries = list(_index(data))
            # Places count from the list of packets, or from the file's begin.
            right = max((_count_right(data, entries, origin) for origin in (movie, 0)), default=0)
            return len(entries) / 2 < right < len(entries)


def _index(data: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """The track, the place and the size of each packet."""
    index = data.rfind(b"idx1")
    size = _number(data, index + 4) if index > 0 else 0
    if index + 8 + size <= len(data):
        for entry in range(index + 8, index + 8 + size - _ENTRY + 1, _ENTRY):
            if data[entry : entry + 4] != b"rec ":  # a list of packets, each of which is named, too
                yield data[entry : entry + 2], _number(data, entry + 8), _number(data, entry + 12)


def _count_right(data: mmap.mmap, entries: list[tuple[bytes, int, int]], origin: int) -> int:
    return sum(
        data[origin + place : origin + place + 2] == track
        and _number(data, origin + place + 4) == size
        for track, place, size in entries
    )


def _number(data: bytes | mmap.mmap, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")
