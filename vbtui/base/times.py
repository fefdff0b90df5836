"""Times as text: how long something takes, when something is on a timeline, how long to wait.

Units are in the language that is asked for; None: the one that this process speaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from vbtui.base.translation import Translation

_SECONDS = Translation("{n} s", "{n} 秒")
_MINUTES = Translation("{n} min", "{n} 分钟")
_HOURS = Translation("{n} h", "{n} 小时")
_DAYS = Translation("{n} d", "{n} 天")


def format_seconds(seconds: float, chinese: bool | None = None) -> str:
    """`0.4 s`, `12 s`, `1:05`, `1:02:03`."""
    if seconds < 10:
        return _SECONDS.of(chinese, n=f"{seconds:.1f}".removesuffix(".0"))
    whole = round(seconds)
    return _SECONDS.of(chinese, n=whole) if whole < 60 else time_code(whole * 1000)


class TimeLeft(NamedTuple):
    """How long something will take yet, in seconds: surely no less, hardly more."""

    least_s: float
    most_s: float


_NEARLY = 1.35
"""Up to that ratio two times are told as one."""


def format_left(left: TimeLeft, chinese: bool | None = None) -> str:
    """`40 s`, `5:10` where it is known well enough, else a range: `40-90 s`, `3-8 min`."""
    least, most = max(left.least_s, 1), max(left.most_s, 1)
    if most <= least * _NEARLY or most < 5:
        return format_seconds(max(round((least + most) / 2), 1), chinese)
    if most <= 120:
        return _SECONDS.of(chinese, n=f"{least:.0f}-{most:.0f}")
    low, high = round(least / 60), math.ceil(most / 60)
    if high < 100:
        return _MINUTES.of(chinese, n=f"{low}-{high}")
    return _HOURS.of(chinese, n=f"{least / 3600:.1f}-{most / 3600:.1f}")


def time_code(ms: int, *, fraction: bool = False) -> str:
    """`0:05`, `1:02:03`; with `fraction` `0:05.250`."""
    seconds, rest = divmod(max(ms, 0), 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{head}.{rest:03}" if fraction else head


def both(told: Callable[[float, bool], str], seconds: float) -> Translation:
    """A time for a text whose language is not known yet."""
    return Translation(told(seconds, False), told(seconds, True))


def format_wait(seconds: float, chinese: bool | None = None) -> str:
    """A wait in steps that are worth telling: `7 s`, `40 s`, `11 min`, `5 h`, `2 d`."""
    if seconds >= 86_400:
        return _DAYS.of(chinese, n=f"{seconds / 86_400:.0f}")
    if seconds >= 3600:
        return _HOURS.of(chinese, n=f"{seconds / 3600:.0f}")
    if seconds > 90:
        return _MINUTES.of(chinese, n=math.ceil(seconds / 60))
    if seconds > 10:
        return _SECONDS.of(chinese, n=math.ceil(seconds / 10) * 10)
    return _SECONDS.of(chinese, n=max(1, math.ceil(seconds)))
