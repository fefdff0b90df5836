"""Pictures that arrive one after the other in one body."""

from __future__ import annotations

import struct

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_AROUND = 12
"""Length, name and check sum of a PNG chunk, in bytes."""


def split_pictures(body: bytes) -> tuple[bytes, ...]:
    """The whole PNG files that `body` begins with; what follows them is left out."""
    pictures: list[bytes] = []
    start = 0
    while (end := _end(body, start)) is not None:
        pictures.append(body[start:end])
        start = end
    return tuple(pictures)


def _end(body: bytes, start: int) -> int | None:
    """Where the PNG file that begins at `start` ends; None where no whole one does."""
    if not body.startswith(_SIGNATURE, start):
        return None
    place = start + len(_SIGNATURE)
    while place + _CHUNK_AROUND <= len(body):
        (size,) = struct.unpack_from(">I", body, place)
        name = body[place + 4 : place + 8]
        place += _CHUNK_AROUND + size
        if name == b"IEND":
            return place if place <= len(body) else None
    return None
