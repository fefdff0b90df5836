"""The border for foreign JSON: what a small text unpacks to is bounded before it is parsed.

64 MB of `[],[],…` are 1.6 GB of lists. Commas and opening brackets are an upper bound of the values in a text, also
where some of them stand inside of strings.
"""

from __future__ import annotations

import json
import math
from typing import Any


class OutOfBounds(ValueError):
    """It would unpack to too much."""


MOST_VALUES = 3_000_000
"""A draft of 100,000 segments has 1-2 million; of the worst kind they take half a gigabyte."""
MOST_DEPTH = 200
"""Values in each other. What works on a draft goes as deep as it does."""
LONG = 65_536
"""Bytes from which on parsing takes longer than an event loop should be held up."""
_PIECE = 1 << 20


def parse(text: bytes | str, *, strict: bool = False) -> Any:
    """The JSON in `text`.

    Args:
        strict: without NaN and infinities, which Python's parser takes and no other does.

    Raises `ValueError`, and `OutOfBounds` of its kind.
    """
    if len(text) > MOST_VALUES and _values(text) > MOST_VALUES:
        raise OutOfBounds("too many values")
    try:
        if strict:
            value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        else:
            value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _depth(value) > MOST_DEPTH:
        raise OutOfBounds("nested too deeply")
    return value


def _values(text: bytes | str) -> int:
    """At most so many values are in `text`. Counted piece by piece: a thread lets others work between."""
    count = 1
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        if isinstance(piece, str):
            count += piece.count(",") + piece.count("[") + piece.count("{")
        else:
            count += piece.count(b",") + piece.count(b"[") + piece.count(b"{")
    return count


def _depth(value: Any) -> int:
    """How many lists and objects stand in each other; counted to one more than may be."""
    depth, level = 0, [value] if isinstance(value, dict | list) else []
    while level and depth <= MOST_DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return depth


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
