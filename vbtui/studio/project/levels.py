"""How loud a file is from moment to moment, and where in it nobody makes a sound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

STEP_MS = 10
_BLOCK = 1000 // STEP_MS
"""Steps of a second: of each it is known how quiet it gets."""
_NEAR = 5
"""Blocks on either side in which the room is the same."""
_ABOVE_DB = 8
"""What is less above the noise of the room is still that noise."""
_BELOW_DB = 40
"""What is so far below speech is nobody's voice, however quiet the room is."""
_APART_DB = 12
"""A room in which speech is no more above the noise has no pauses that could be told."""
_CLICK = 3
"""Steps that a sound lasts at least: what is shorter breaks no pause."""

Stretch = tuple[int, int]
"""From and until, ms."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The loudness of a file's sound, all of its channels together, from its begin on."""

    values: bytes
    """One for each `STEP_MS`: half decibels below full scale; 255 is silence."""
    _found: list[list[Stretch] | None] = field(default_factory=list, compare=False, repr=False)

    def pauses(self) -> list[Stretch] | None:
        """Where there is nothing but the noise of the room, of any length; None where that cannot be told from what
        else is heard. The room is listened to on the spot: a fixed number of decibels finds nothing in a noisy one,
        and words in a quiet one."""
        if not self._found:
            self._found.append(self._pauses())
        return self._found[0]

    def _pauses(self) -> list[Stretch] | None:
        values = self.values
        counts = Counter(values)
        speech = _share(counts, 0.05)
        blocks = [values[at : at + _BLOCK] for at in range(0, len(values), _BLOCK)]
        floors = [sorted(block)[int(len(block) * 0.9)] for block in blocks]
        if not floors or max(floors) - speech < 2 * _APART_DB or speech == _SILENCE:
            return None
        found: list[Stretch] = []
        since = None
        for number, block in enumerate(blocks):
            floor = max(floors[max(0, number - _NEAR) : number + _NEAR + 1])
            threshold = max(
                min(floor - 2 * _ABOVE_DB, speech + 2 * _BELOW_DB), speech + 2 * _APART_DB
            )
            for step, value in enumerate(block, number * _BLOCK):
                if value > threshold:
                    since = step if since is None else since
                elif since is not None:
                    found.append((since, step))
                    since = None
        if since is not None:
            found.append((since, len(values)))
        return [(begin * STEP_MS, end * STEP_MS) for begin, end in _without_clicks(found)]


_SILENCE = 255


def _share(counts: Counter[int], share: float) -> int:
    """The value that `share` of all are louder than."""
    wanted, seen = counts.total() * share, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen > wanted:
            return value
    return _SILENCE


def _without_clicks(found: list[Stretch]) -> list[Stretch]:
    """Pauses with nothing but a click between them are one."""
    merged = found[:1]
    for (_, end), (begin, last) in pairwise(found):
        if begin - end < _CLICK:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((begin, last))
    return merged
