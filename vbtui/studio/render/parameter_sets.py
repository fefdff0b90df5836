"""What decoders are told of H.264 pictures beforehand: the parameter sets, and one list of several.

A picture names its sets by their number. So pictures of two encoders may follow each other in one
MP4 track, as long as their numbers differ: the track's `avcC` (ISO/IEC 14496-15) lists the sets of
both. The renderer's own encoder takes `OWN_ID`, where others begin at 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

OWN_ID = 7
"""The number of the sets that libx264 makes here."""
SLICE, KEY_SLICE, SEQUENCE, PICTURE = 1, 5, 7, 8
HARMLESS = (6, 9, 10, 11, 12)
"""Remarks, delimiters, ends and filling: types of units that change nothing."""
_PROFILES = (66, 77, 100)
"""Baseline, main, high: each is decoded by whoever decodes a later one."""
_EXTENDED = b"\xfd\xf8\xf8\x00"
"""What follows in an `avcC` of the profile high: 4:2:0, 8 bits, no further sets."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The parameter sets of one encoder."""

    sequence: tuple[bytes, ...]
    picture: tuple[bytes, ...]

    @property
    def ids(self) -> set[int]:
        """The numbers of all sets."""
        numbers = {_exp_golomb(data, 4) for data in self.sequence}
        return numbers | {_exp_golomb(data, 1) for data in self.picture}

    @property
    def units(self) -> frozenset[bytes]:
        """All of them."""
        return frozenset((*self.sequence, *self.picture))


def read_settings(extradata: bytes) -> Settings | None:
    """The sets of an `avcC` with lengths of four bytes and of a profile that can be mixed."""
    try:
        if extradata[0] != 1 or extradata[4] & 3 != 3:
            return None
        sequence, rest = _read_list(extradata[6:], extradata[5] & 31)
        picture, _ = _read_list(rest[1:], rest[0])
    except IndexError:
        return None
    plain = sequence and picture and all(data[1] in _PROFILES for data in sequence)
    return Settings(sequence, picture) if plain else None


def find_settings(extradata: bytes) -> Settings:
    """The sets that stand between start codes, as libx264 gives them."""
    units = list(split(extradata))
    of_type = {kind: tuple(u for u in units if u[0] & 31 == kind) for kind in (SEQUENCE, PICTURE)}
    return Settings(of_type[SEQUENCE], of_type[PICTURE])


def list_of_settings(several: Iterable[Settings]) -> bytes:
    """One `avcC` with the sets of all, by which a decoder knows that it can decode them."""
    several = list(several)
    sequence = list(chain.from_iterable(one.sequence for one in several))
    picture = list(chain.from_iterable(one.picture for one in several))
    profile = max((data[1] for data in sequence), key=_PROFILES.index)
    alike = 0xFF
    for data in sequence:
        alike &= data[2]
    level = max(data[3] for data in sequence)
    head = bytes([1, profile, alike, level, 0xFF, 0xE0 | len(sequence)])
    listed = _with_lengths(sequence, 2) + bytes([len(picture)]) + _with_lengths(picture, 2)
    return head + listed + (_EXTENDED if profile == _PROFILES[-1] else b"")


def split(data: bytes) -> Iterator[bytes]:
    """The units between start codes."""
    for unit in data.split(b"\x00\x00\x01")[1:]:
        if unit := unit.rstrip(b"\x00"):
            yield unit


def with_lengths(data: bytes) -> bytes:
    """The units between start codes, each behind its length in four bytes, as MP4 has them."""
    return _with_lengths(split(data), 4)


def read_units(data: memoryview) -> Iterator[memoryview]:
    """The units behind lengths of four bytes. Raises `ValueError` when they do not fill `data`."""
    place = 0
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        if end <= place + 4 or end > len(data):
            raise ValueError
        yield data[place + 4 : end]
        place = end


def _with_lengths(units: Iterable[bytes], size: int) -> bytes:
    return b"".join(len(unit).to_bytes(size) + unit for unit in units)


def _read_list(data: bytes, count: int) -> tuple[tuple[bytes, ...], bytes]:
    """So many sets, each behind its length in two bytes, and the rest. Raises `IndexError`."""
    found: list[bytes] = []
    for _ in range(count):
        end = 2 + int.from_bytes(data[:2])
        if not 6 <= end <= len(data):
            raise IndexError
        found.append(data[2:end])
        data = data[end:]
    return tuple(found), data


def _exp_golomb(data: bytes, place: int) -> int:
    """The number, below 2^15, that begins at the byte `place`; -1 for another."""
    bits = f"{int.from_bytes(data[place : place + 4].ljust(4, bytes(1))):032b}"
    zeros = bits.find("1")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1 if 0 <= zeros < 16 else -1
