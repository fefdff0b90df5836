"""What the pictures of a file are like from moment to moment: black, blurred, moving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

STEP_MS = 100
"""A picture is looked at so often."""
_SIZE = 4
"""Bytes of a picture: its brightest point, its mean, how wide its edges are, how much differs from the one before."""
EDGE = 10
"""An edge of one pixel."""
MOTION = 8
"""A difference of one of 255 steps."""
_BLACK = (45, 26)
"""The brightest point and the mean of a picture on which nothing can be made out, noise of the encoder and all."""
_SOFTER = 1.7
"""By so much edges are wider in a picture that is out of focus."""
_SHARP = 5 * EDGE
"""No picture's edges count as sharper."""
_BREAK = 2
"""Pictures between two stretches that are the same to the eye."""

Stretch = tuple[int, int]
"""From and until, ms."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The pictures of a file, one every `STEP_MS` from its begin on; a picture is what is seen around that time."""

    values: bytes
    failed: bool = False
    """The file could not be watched."""

    def __len__(self) -> int:
        return len(self.values) // _SIZE

    def black(self, least_ms: int) -> list[Stretch]:
        """Where all is black, as far as there may be a black picture at its edges, for so long or longer."""
        brightest, mean = self.values[0::_SIZE], self.values[1::_SIZE]
        return self._runs(
            lambda at: brightest[at] <= _BLACK[0] and mean[at] <= _BLACK[1], least_ms, wider=1
        )

    @property
    def sharpness(self) -> int:
        """How wide the edges of its sharper pictures are, `EDGE` a pixel; 0 where it has no edges."""
        known = sorted(one for one in self.values[2::_SIZE] if one)
        return max(_SHARP, known[len(known) // 5]) if known else 0

    def blurred(self, least_ms: int, sharpness: int) -> list[Stretch]:
        """Where the picture is out of focus against one of that sharpness, for so long or longer."""
        edges = self.values[2::_SIZE]
        return self._runs(lambda at: edges[at] > _SOFTER * sharpness, least_ms, wider=0)

    def motion(self, begin_ms: int, end_ms: int) -> float:
        """How much moves there, 0-255: the mean difference from picture to picture."""
        moved = self.values[3::_SIZE][begin_ms // STEP_MS : max(1, -(-end_ms // STEP_MS))]
        return sum(moved) / MOTION / max(1, len(moved))

    def _runs(self, holds: Callable[[int], bool], least_ms: int, wider: int) -> list[Stretch]:
        half = STEP_MS // 2
        found: list[Stretch] = []
        for first, last in _joined(self._where(holds)):
            begin = 0 if first == 0 else first * STEP_MS - half
            end = last * STEP_MS + (half if last < len(self) else STEP_MS) * wider
            if (last - first) * STEP_MS >= least_ms:
                found.append((begin, end))
        return found

    def _where(self, holds: Callable[[int], bool]) -> Iterator[Stretch]:
        """Pictures: the first of a run and the first behind it."""
        since = None
        for at in range(len(self)):
            if holds(at):
                since = at if since is None else since
            elif since is not None:
                yield since, at
                since = None
        if since is not None:
            yield since, len(self)


def _joined(runs: Iterator[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for first, last in runs:
        if merged and first - merged[-1][1] <= _BREAK:
            merged[-1] = merged[-1][0], last
        else:
            merged.append((first, last))
    return merged


def packed(brightest: float, mean: float, edge: float, moved: float) -> bytes:
    """A picture as `Sight` holds it."""
    numbers = (brightest, mean, edge * EDGE, moved * MOTION)
    return bytes(min(255, max(0, round(one))) if one == one else 0 for one in numbers)
