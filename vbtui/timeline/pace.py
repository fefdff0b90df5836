"""How a clip plays its file: evenly, or faster or slower little by little.

A clip that changes its speed has a `ramp` (`{"from": 1, "to": 3}`) beside its `speed`, which is the mean of both. The speed
changes evenly with the time of the timeline: `t` ms after the clip's begin, of the `d` that it lasts, it is

    v(t) = from + (to - from) t / d        and so much of its source has been played:
    s(t) = from t + (to - from) t² / 2d    of which all is s(d) = speed · d

Before its begin and behind its end – where a transition reaches – it plays on at the speed that it has there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_EXACT = 10**6
"""What is reached by a ramp is exact to a millionth of a millisecond, so that rounding gives whole ones back."""
_LEAST, _MOST = Fraction(1, 10_000), 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """The speeds at both ends of what lasts so long, in the order in which it is read."""

    first: Fraction
    last: Fraction
    lasts: int
    """ms; 0 where the speed stays the same."""

    @property
    def is_ramp(self) -> bool:
        return self.first != self.last

    @property
    def turned(self) -> Pace:
        """The same from its end to its begin."""
        return Pace(self.last, self.first, self.lasts)

    def at(self, ms: Fraction | float) -> Fraction:
        """The speed so many ms after the begin."""
        if not self.is_ramp:
            return self.first
        share = min(Fraction(1), max(Fraction(0), Fraction(ms) / self.lasts))
        return self.first + (self.last - self.first) * share

    def played(self, ms: Fraction | float) -> Fraction:
        """ms of the source that are played in the first `ms`."""
        ms = Fraction(ms)
        if not self.is_ramp or ms <= 0:
            return ms * self.first
        inside = min(ms, Fraction(self.lasts))
        mean = (self.first + self.at(inside)) / 2
        return inside * mean + (ms - inside) * self.last

    def reached(self, source_ms: Fraction | float) -> Fraction:
        """After how many ms so much of the source is played: `played` the other way round."""
        source = Fraction(source_ms)
        if not self.is_ramp or source <= 0:
            return source / self.first
        whole = self.played(self.lasts)
        if source >= whole:
            return self.lasts + (source - whole) / self.last
        gain = (self.last - self.first) / self.lasts
        root = math.sqrt(self.first**2 + 2 * gain * source)
        return Fraction(round(2 * float(source) / (float(self.first) + root) * _EXACT), _EXACT)

    def earlier(self, source_ms: Fraction | float) -> Fraction:
        """By how many ms it would begin earlier with so much more of the source before its begin, as evenly changing."""
        if not self.is_ramp:
            return Fraction(source_ms) / self.first
        gain = (self.last - self.first) / self.lasts
        root = math.sqrt(max(Fraction(0), self.first**2 - 2 * gain * Fraction(source_ms)))
        return Fraction(round(2 * float(source_ms) / (float(self.first) + root) * _EXACT), _EXACT)

    def part(self, begin: int, end: int) -> Pace:
        """That of what lies from `begin` to `end` ms; a ramp goes on as evenly where that lies outside."""
        if not self.is_ramp:
            return self
        gain = (self.last - self.first) / self.lasts
        first, last = (max(_LEAST, self.first + gain * ms) for ms in (begin, end))
        return Pace(first, last, end - begin)


EVEN = Pace(Fraction(1), Fraction(1), 0)
"""At the file's own speed."""


def read_pace(speed: Fraction, ramp: object, lasts: int) -> Pace:
    """As the draft's JSON says it; even where `ramp` says nothing sensible. Its speeds are those of `ramp`, made larger or
    smaller alike where they go with another mean than `speed`."""
    even = Pace(speed, speed, 0)
    if not isinstance(ramp, Mapping) or lasts <= 0:
        return even
    first, last = (_fraction(ramp.get(key)) for key in ("from", "to"))
    if first is None or last is None or first == last:
        return even
    scale = 2 * speed / (first + last)
    if abs(scale - 1) > Fraction(1, 1000):
        first, last = first * scale, last * scale
    return Pace(first, last, lasts)


def as_json(value: Pace) -> dict[str, Any]:
    """The keys of `m` that say it; `ramp` is None where it is even."""
    if not value.is_ramp:
        return {"speed": round(float(value.first), 4), "ramp": None}
    ends = {key: round(float(one), 6) for key, one in (("from", value.first), ("to", value.last))}
    mean = (value.first + value.last) / 2
    return {"speed": math.floor(mean * 10_000) / 10_000, "ramp": ends}


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    number = Fraction(str(round(value, 6)))
    return number if _LEAST <= number <= _MOST else None
