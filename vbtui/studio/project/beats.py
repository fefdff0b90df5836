"""Where the beats of a piece of music are, found from how loud it is in a few bands from moment to moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HZ = 100
"""Steps of an envelope a second."""
_SLOWEST, _FASTEST = 50, 220
"""Beats a minute."""
_USUAL = 120
_OCTAVES = 1.0
"""How far from the usual tempo another one is half as likely, in octaves."""
_STEADY = 6.0
"""How much a beat that comes early or late counts against what is heard there."""
_CLEAR = 0.12
"""Of a music with a beat so much comes back after one; of speech and noise less."""
_LONGEST_S = 1200
"""What comes later is not looked at."""
_FLOOR_DB = -60.0


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a file's sound: when they are heard, ms, in order; none where there is no beat to be told."""

    at: tuple[int, ...] = ()
    failed: bool = False
    """The file could not be listened to."""

    @property
    def bpm(self) -> float:
        """Beats a minute; 0 where there are none."""
        if len(self.at) < 2:
            return 0.0
        return 60_000 * (len(self.at) - 1) / (self.at[-1] - self.at[0])

    def to_json(self) -> list[int]:
        return list(self.at)

    @staticmethod
    def from_json(value: object) -> Beats:
        """Raises `ValueError` or `TypeError` for what is none."""
        if not isinstance(value, list):
            raise ValueError("no beats")
        return Beats(tuple(int(one) for one in value))


def find_beats(bands: Sequence[Sequence[float]]) -> Beats:
    """The beats in envelopes of power, `HZ` steps a second, one for each band of the sound (Ellis, 2007): a tempo in
    which onsets come back, and the row of moments near to it at which most begins."""
    onsets = _onsets(bands)
    if len(onsets) < 4 * HZ or not any(onsets):
        return Beats()
    period = _period(onsets)
    if period is None:
        return Beats()
    return Beats(tuple(round(at * 1000 / HZ) for at in _row(onsets, period)))


def _onsets(bands: Sequence[Sequence[float]]) -> list[float]:
    """How much begins at each step, over all bands; its mean is 0 and its deviation 1."""
    count = min((len(band) for band in bands), default=0)
    count = min(count, _LONGEST_S * HZ)
    total = [0.0] * count
    for band in bands:
        levels = [10 * math.log10(max(band[at], 1e-12)) for at in range(count)]
        loudest = max(levels, default=0.0)
        floor = max(_FLOOR_DB, loudest - 50)
        levels = [max(one, floor) for one in levels]
        for at in range(2, count):
            rise = levels[at] - min(levels[at - 1], levels[at - 2])
            if rise > 0:
                total[at] += rise
    mean = sum(total) / max(1, count)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in total) / max(1, count))
    return [one / deviation for one in total] if deviation > 1e-9 else []


def _period(onsets: Sequence[float]) -> float | None:
    """Steps from beat to beat; None where nothing comes back."""
    short, long = HZ * 60 // _FASTEST, HZ * 60 // _SLOWEST
    some = onsets[: 90 * HZ]
    mean = sum(some) / len(some)
    even = [one - mean for one in _smooth(some)]
    power = sum(one * one for one in even)
    if power <= 0:
        return None
    strength = {
        lag: sum(a * b for a, b in zip(even, even[lag:], strict=False)) / power
        for lag in range(short, 2 * long + 2)
    }

    def weight(lag: int) -> float:
        octaves = math.log2(60 * HZ / lag / _USUAL)
        return math.exp(-0.5 * (octaves / _OCTAVES) ** 2)

    def clear(lag: int) -> float:
        return strength[lag] + 0.5 * max(strength.get(2 * lag + step, 0.0) for step in (-1, 0, 1))

    best = max(range(short, long + 1), key=lambda lag: clear(lag) * weight(lag))
    if strength[best] < _CLEAR:
        return None
    left, middle, right = (strength.get(best + step, 0.0) for step in (-1, 0, 1))
    bend = left - 2 * middle + right
    return best + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def _smooth(values: Sequence[float]) -> list[float]:
    """So that a beat that is a step early or late comes back, too."""
    padded = [0.0, *values, 0.0]
    return [
        0.25 * padded[at] + 0.5 * padded[at + 1] + 0.25 * padded[at + 2]
        for at in range(len(values))
    ]


def _row(onsets: Sequence[float], period: float) -> list[int]:
    """The steps of the beats: each a period or so behind the one before, on what begins there."""
    count = len(onsets)
    low, high = max(1, round(period * 0.6)), round(period * 1.6)
    costs = {step: -_STEADY * math.log(step / period) ** 2 * 10 for step in range(low, high + 1)}
    score, before = list(onsets), [-1] * count
    for at in range(count):
        best, came = 0.0, -1
        for step, cost in costs.items():
            if step > at:
                break
            one = score[at - step] + cost
            if one > best:
                best, came = one, at - step
        score[at] += best
        before[at] = came
    at = max(range(max(0, count - high), count), key=lambda place: score[place])
    row = []
    while at >= 0:
        row.append(at)
        at = before[at]
    row.reverse()
    return _without_ends(onsets, row)


def _without_ends(onsets: Sequence[float], row: list[int]) -> list[int]:
    """Without beats before and behind the music."""
    heard = [max(onsets[max(0, at - 3) : at + 4]) > 0.2 for at in row]
    first = heard.index(True) if True in heard else len(row)
    last = len(row) - heard[::-1].index(True) if True in heard else 0
    return row[first:last]
