"""How a camera shook: by how much each picture of a file lies beside the one before it, and what holds it steady."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

_LONGEST_S = 1.0
"""How much time on either side of a picture decides where it should lie, at most."""
MOST_ZOOM = 1.25
"""A steady picture is made larger by no more, so that what its edges lack is not seen."""


class Move(NamedTuple):
    """Of a whole picture: to the right and down in shares of its width, and clockwise in radians."""

    x: float
    y: float
    turn: float


STILL = Move(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shakes:
    """The pictures of a file: when each is seen, ms, and how it lies beside the one before it."""

    times: tuple[float, ...] = field(default=(), compare=False)
    moves: tuple[Move, ...] = field(default=(), compare=False)
    digest: str = ""
    """Of all of it."""
    failed: bool = False
    """The file could not be watched."""

    @staticmethod
    def of(times: Sequence[float], moves: Sequence[Move]) -> Shakes:
        rounded = tuple(Move(*(round(float(one), 6) for one in move)) for move in moves)
        kept = tuple(round(float(one), 3) for one in times)
        content = json.dumps([kept, rounded]).encode()
        return Shakes(kept, rounded, hashlib.sha256(content).hexdigest()[:16])

    def to_json(self) -> list[object]:
        return [list(self.times), [list(one) for one in self.moves]]

    @staticmethod
    def from_json(value: object) -> Shakes:
        """Raises `ValueError` or `TypeError` for what is none."""
        if not isinstance(value, list) or len(value) != 2 or len(value[0]) != len(value[1]):
            raise ValueError("no shakes")
        times, moves = value
        return Shakes.of([float(one) for one in times], [Move(*map(float, one)) for one in moves])

    def at(self, ms: float) -> int:
        """Which picture is seen at a time."""
        return max(0, bisect_right(self.times, ms) - 1)

    def steadied(self, amount: float) -> list[Move]:
        """How each picture has to be moved, so that the camera goes as evenly as `amount`, 0 to 1, says."""
        reach = amount * _LONGEST_S * 1000
        axes = [list(accumulate(axis)) for axis in zip(*self.moves, strict=True)]
        smooth = [_smooth(self.times, axis, reach) for axis in axes]
        return [
            Move(*(even - was for even, was in zip(after, before, strict=True)))
            for after, before in zip(
                zip(*smooth, strict=True), zip(*axes, strict=True), strict=True
            )
        ]


def _smooth(times: Sequence[float], values: Sequence[float], reach: float) -> list[float]:
    """Each value as the mean of those around it, twice, as far as there are as many on both sides."""
    for _ in range(2):
        sums = [0.0, *accumulate(values)]
        found = []
        first = last = 0
        for number, time in enumerate(times):
            while times[first] < time - reach:
                first += 1
            while last < len(times) and times[last] <= time + reach:
                last += 1
            side = min(number - first, last - 1 - number)
            found.append((sums[number + side + 1] - sums[number - side]) / (2 * side + 1))
        values = found
    return list(values)


def zoom_for(moves: Sequence[Move], shape: float) -> float:
    """How much larger pictures have to be so that no edge is seen, wherever they are moved; `MOST_ZOOM` at most.

    Args:
        shape: of the picture, height by width.
    """
    most = 1.0
    for move in moves:
        turned = abs(math.sin(move.turn))
        wide = 1 - 2 * abs(move.x) - turned * shape
        high = 1 - 2 * abs(move.y) / shape - turned / shape
        most = max(most, 1 / max(wide, 1 / MOST_ZOOM), 1 / max(high, 1 / MOST_ZOOM))
    return min(most, MOST_ZOOM)


def within(move: Move, zoom: float, shape: float) -> Move:
    """As much of a move as that zoom hides."""
    needed = zoom_for([move], shape)
    if needed < zoom or needed == 1:
        return move
    room = (1 - 1 / zoom) / 2
    share = min(1.0, room / max(abs(move.x) + abs(move.turn) * shape / 2, 1e-9))
    share = min(share, room * shape / max(abs(move.y) + abs(move.turn) / 2, 1e-9))
    return Move(move.x * share, move.y * share, move.turn * share)
