"""LUTs: what a `.cube` file says each colour becomes (Adobe, Cube LUT Specification 1.0; Resolve's input ranges)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MOST_BYTES = 16_000_000
_LARGEST = {1: 65536, 3: 65}
_FURTHEST = 16.0
"""No colour is so much lighter than white."""
_HEADS = (
    "TITLE",
    "LUT_1D_SIZE",
    "LUT_3D_SIZE",
    "DOMAIN_MIN",
    "DOMAIN_MAX",
    "LUT_1D_INPUT_RANGE",
    "LUT_3D_INPUT_RANGE",
)

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lut:
    """A table of colours, 0 to 1."""

    dimensions: int
    """1: each of red, green and blue for itself; 3: all of them together."""
    size: int
    """How many there are of each."""
    colours: tuple[Colour, ...]
    """Of three dimensions red changes first, then green."""

    def text(self, strength: float) -> str:
        """The same as a file of its own, by a share of what it changes."""
        lines = (
            " ".join(
                f"{own + strength * (new - own):.6f}"
                for own, new in zip(before, after, strict=True)
            )
            for before, after in zip(self._untouched(), self.colours, strict=True)
        )
        return "\n".join(chain((f"LUT_{self.dimensions}D_SIZE {self.size}",), lines)) + "\n"

    def _untouched(self) -> Iterator[Colour]:
        steps = [number / (self.size - 1) for number in range(self.size)]
        if self.dimensions == 1:
            yield from ((one, one, one) for one in steps)
        else:
            yield from ((red, green, blue) for blue in steps for green in steps for red in steps)


def read(content: bytes) -> Lut:
    """The LUT in a file. Raises `ValueError` with the reason why there is none, for behind the file's name."""
    if len(content) > MOST_BYTES:
        raise ValueError("is too large for a LUT")
    if b"\0" in content:
        raise ValueError("is no LUT: it holds other things than text")
    sizes: dict[int, int] = {}
    colours: list[Colour] = []
    for line in content.decode("utf-8-sig", "replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in _HEADS:
            colours.append(_colour(words))
            _check_count(sizes, len(colours))
        elif words[0].endswith("SIZE"):
            sizes[int(words[0][4])] = _size(words)
        elif words[0] != "TITLE" and not _is_usual(words):
            raise ValueError("is a LUT for colours beyond 0 to 1, which is not taken")
    if len(sizes) != 1:
        raise ValueError(
            "is a LUT of both one and three dimensions, which is not taken" if sizes else _NONE
        )
    ((dimensions, size),) = sizes.items()
    if len(colours) != size**dimensions:
        raise ValueError(f"is a LUT with {len(colours)} colours where {size**dimensions} are due")
    return Lut(dimensions, size, tuple(colours))


_NONE = "is no LUT: it does not say its size"


def _size(words: Sequence[str]) -> int:
    dimensions = int(words[0][4])
    if len(words) != 2 or not words[1].isdecimal() or len(words[1]) > 6:
        raise ValueError(_NONE)
    size = int(words[1])
    if not 2 <= size <= _LARGEST[dimensions]:
        raise ValueError(f"is a LUT of size {size}: from 2 to {_LARGEST[dimensions]} can be used")
    return size


def _check_count(sizes: dict[int, int], count: int) -> None:
    """Raises where there are more colours than there can be, before all of them are read."""
    if not sizes:
        raise ValueError(_NONE)
    dimensions, size = next(iter(sizes.items()))
    if count > size**dimensions:
        raise ValueError(f"is a LUT with more than {size**dimensions} colours")


def _colour(words: Sequence[str]) -> Colour:
    try:
        red, green, blue = map(float, words)
    except ValueError:
        raise ValueError(f"is no LUT: it has a line “{' '.join(words)[:40]}”") from None
    if not all(math.isfinite(one) and abs(one) <= _FURTHEST for one in (red, green, blue)):
        raise ValueError("is a LUT with impossible colours")
    return red, green, blue


def _is_usual(words: Sequence[str]) -> bool:
    """Whether a domain is 0 to 1."""
    try:
        numbers = [float(one) for one in words[1:]]
    except ValueError:
        return False
    usual = {"DOMAIN_MIN": [0.0] * 3, "DOMAIN_MAX": [1.0] * 3}.get(words[0], [0.0, 1.0])
    return numbers == usual
