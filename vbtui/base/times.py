"""Times as text: how long something takes, when something is on a timeline, how long to wait."""

from __future__ import annotations

import math
from typing import NamedTuple


def format_seconds(seconds: float) -> str:
    """`0.4 s`, `12 s`, `1:05`, `1:02:03`."""
    if seconds < 10:
        text = f"{seconds:.1f}".removesuffix(".0")
        return f"{text} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else time_code(whole * 1000)


class TimeLeft(NamedTuple):
    """How long something will take yet, in seconds: surely no less, hardly more."""

    least_s: float
    most_s: float


_NEARLY = 1.35
"""Up to that ratio two times are told as one."""


def format_left(left: TimeLeft) -> str:
    """`40 s`, `5:10` where it is known well enough, else a range: `40-90 s`, `3-8 min`."""
    least, most = max(left.least_s, 1), max(left.most_s, 1)
    if most <= least * _NEARLY or most < 5:
        return format_seconds(max(round((least + most) / 2), 1))
    if most <= 120:
        return f"{least:.0f}-{most:.0f} s"
    low, high = round(least / 60), math.ceil(most / 60)
    return f"{low}-{high} min" if high < 100 else f"{least / 3600:.1f}-{most / 3600:.1f} h"


def time_code(ms: int, *, fraction: bool = False) -> str:
    """`0:05`, `1:02:03`; with `fraction` `0:05.250`."""
    seconds, rest = divmod(max(ms, 0), 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{head}.{rest:03}" if fraction else head


def format_wait(seconds: float) -> str:
    """A wait in steps that are worth telling: `7 s`, `40 s`, `11 min`, `5 h`, `2 d`."""
    if seconds >= 86_400:
        return f"{seconds / 86_400:.0f} d"
    if seconds >= 3600:
        return f"{seconds / 3600:.0f} h"
    if seconds > 90:
        return f"{math.ceil(seconds / 60)} min"
    if seconds > 10:
        return f"{math.ceil(seconds / 10) * 10} s"
    return f"{max(1, math.ceil(seconds))} s"
