"""Values out of JSON that nobody vouches for: taken when they make sense, else told as unknown.

Nothing here raises, whatever is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from vbtui.base.text import clean_line

_MAX_MS = 1000 * 60 * 60 * 24 * 365
"""Times beyond a year are nonsense and read as unknown."""
_LARGEST_KIND = 1_000_000
_LARGEST_SPEED = 1000
_LARGEST_FPS = 1000
_LOUDEST = 1000
"""In per cent; ten times as loud as the source is the most that anybody means."""


def is_map(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def map_of(value: object) -> Mapping[str, Any]:
    """`value`, or an empty map."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> Sequence[Any]:
    """`value`, or an empty list. A text is no list."""
    return value if isinstance(value, list | tuple) else ()


def line(value: object) -> str:
    """A text or a number as one clean line; empty for anything else, truth values included."""
    if isinstance(value, str):
        return clean_line(value)
    if isinstance(value, bool) or number(value) is None:
        return ""
    return str(value)


def number(value: object) -> float | None:
    """A finite number from a number or its text; None for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (len(value) > 60 or "_" in value):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def time_ms(value: object) -> int | None:
    """A time in ms, never negative; None for what cannot be one."""
    result = number(value)
    return None if result is None or result > _MAX_MS else max(0, round(result))


def ms(value: object) -> int:
    """As `time_ms`, with 0 for what cannot be a time."""
    return time_ms(value) or 0


def unread(value: object, taken: int) -> int:
    """How many entries of what should be a list were not `taken`; 1 for what is no list at all."""
    if value is not None and not isinstance(value, list | tuple):
        return 1
    return len(list_of(value)) - taken


def kind(value: object) -> int | None:
    """A track type: a whole number; None for anything else."""
    result = number(value)
    if result is None or abs(result) > _LARGEST_KIND or not result.is_integer():
        return None
    return int(result)


def speed(value: object) -> float:
    """A speed; 1 for what cannot be one."""
    return _between(number(value), 1 / _LARGEST_SPEED, _LARGEST_SPEED) or 1.0


def fps(value: object) -> float | None:
    """Frames a second; None for what cannot be a rate."""
    return _between(number(value), 1 / _LARGEST_FPS, _LARGEST_FPS)


def pixels(value: object) -> int | None:
    """A side of a picture; None for what cannot be one."""
    result = _between(number(value), 1, 99_999)
    return None if result is None else int(result)


def volume(value: object) -> float | None:
    """wire/README.md, The draft: as 0-1 or 0-100. Above 2 it is taken for per cent. None for what is no volume."""
    result = _between(number(value), 0, _LOUDEST)
    return result / 100 if result is not None and result > 2 else result


def _between(value: float | None, least: float, most: float) -> float | None:
    return value if value is not None and least <= value <= most else None
