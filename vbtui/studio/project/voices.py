"""Where somebody speaks in a file: told from noise where a detector of voices heard it, else by loudness alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from vbtui.studio.project.levels import STEP_MS as LEVEL_MS
from vbtui.studio.project.levels import Levels, Stretch

STEP_MS = 32
_VOICE, _SURE, _MAYBE = 26, 51, 8
"""Of 255: from where on it is a voice, which it is only where it comes as far as `_SURE`; and from where on it may be one."""
_SPEAKS, _LEAST = 128, 10
"""Somebody speaks in a file that has so many steps of which that is rather sure: a third of a second."""
_RISES = 16
"""Half decibels by which a sound that may be a voice is above what is heard on both sides of it."""
_FALLS, _SYLLABLE, _WORD = 20, 8, 80
"""Half decibels below its loudest that a syllable stays for so many steps of levels at least: a key that is hit is over
sooner; and at most: a fan is not."""
_EVEN = 2
"""Steps on either side with which a level is evened out: noise wavers."""
_SIDE_MS = 500
_SILENCE = 255
_EDGE_MS = 64
"""By so much a voice begins before it is heard as one, and ends behind it: consonants."""


@dataclass(frozen=True, slots=True)
class Voices:
    """How sure it is that a voice is heard, from the begin of a file's sound on."""

    values: bytes
    """One for each `STEP_MS`, 0-255; none where that could not be told."""

    @property
    def are_there(self) -> bool:
        return sum(value >= _SPEAKS for value in self.values) >= _LEAST

    def spoken(self, levels: Levels) -> list[Stretch]:
        """Where a voice is heard, and where one may be: what rises like a word above what is around it is no noise
        unless that is sure."""
        values = _without_spikes(self.values)
        found = []
        for begin, end in _runs(values, _MAYBE, 0, len(values)):
            inside = list(_runs(values, _VOICE, begin, end))
            voices = [one for one in inside if max(values[slice(*one)]) >= _SURE]
            edges = [begin, *(edge for one in voices for edge in one), end]
            rests = zip(edges[::2], edges[1::2], strict=True)
            found += voices
            found += [one for one in rests if one[0] < one[1] and _rises(levels, *one)]
        return _joined(
            [(max(0, a * STEP_MS - _EDGE_MS), b * STEP_MS + _EDGE_MS) for a, b in sorted(found)]
        )


def _without_spikes(values: bytes) -> bytes:
    """What is a voice for one step alone is none."""
    around = zip(values[:1] + values, values, values[1:] + values[-1:], strict=False)
    return bytes(sorted(one)[1] for one in around)


def _runs(values: bytes, least: int, begin: int, end: int) -> Iterator[Stretch]:
    """Steps from and until between which all values are `least` or more."""
    since = None
    for step in range(begin, end):
        if values[step] >= least:
            since = step if since is None else since
        elif since is not None:
            yield since, step
            since = None
    if since is not None:
        yield since, end


def _rises(levels: Levels, begin: int, end: int) -> bool:
    """Whether what is heard there lies, as long as a syllable, above all that is around it."""

    def noise(a: int, b: int) -> int:
        near = sorted(levels.values[max(0, a) // LEVEL_MS : max(0, b) // LEVEL_MS])
        return near[len(near) * 9 // 10] if near else _SILENCE

    a, b = begin * STEP_MS, end * STEP_MS
    first, last = a // LEVEL_MS, min(b // LEVEL_MS + 1, len(levels.values))
    near = (levels.values[max(0, at - _EVEN) : at + _EVEN + 1] for at in range(first, last))
    own = [sum(some) // len(some) for some in near]
    least = min(noise(a - _SIDE_MS, a), noise(b, b + _SIDE_MS)) - _RISES
    least = min(least, min(own, default=0) + _FALLS)
    longest = now = 0
    for value in own:
        now = now + 1 if value <= least else 0
        longest = max(longest, now)
    return _SYLLABLE <= longest <= _WORD


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    merged = stretches[:1]
    for _, (begin, end) in pairwise(stretches):
        if begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


_SHORT_MS = 200
"""By so little may what the detector heard end too early."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard in a file."""

    levels: Levels
    voices: Voices | None = None
    """None where there is no detector of voices."""

    @property
    def is_told_from_noise(self) -> bool:
        """Whether a detector heard all of it."""
        covered = len(self.voices.values) * STEP_MS if self.voices is not None else 0
        return covered > max(0, len(self.levels.values) * LEVEL_MS - _SHORT_MS)

    @property
    def nobody_speaks(self) -> bool:
        """Whether that is known."""
        return self.voices is not None and self.is_told_from_noise and not self.voices.are_there

    def pauses(self) -> list[Stretch] | None:
        """Where nobody speaks in a file in which somebody does, however loud it is there; without a detector of voices
        where there is nothing but the noise of the room. None where that cannot be told, or nobody speaks at all.

        With the detector a pause is what no voice is heard in and nothing that may be one: it hears all about evenly
        loud, so that soft words count, and what it is not sure about counts as a word where it is loud as one
        (`Voices.spoken`). A fan, a hum or keys that are hit belong to a pause then. Without it they end one.
        """
        if self.voices is None or not self.is_told_from_noise:
            return self.levels.pauses()
        if self.nobody_speaks:
            return None
        end = len(self.levels.values) * LEVEL_MS
        spoken = [(a, min(b, end)) for a, b in self.voices.spoken(self.levels) if a < end]
        edges = [0, *(edge for one in spoken for edge in one), end]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
