"""Texts that are read from right to left: which characters go together, and in which order they stand on a line.

The rules of Unicode's annex 9 for one line without explicit marks: levels (0, 2 left to right; 1 right to left), and how
runs of them are turned around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_RIGHT = ("R", "AL")
_SHAPED = re.compile(
    "[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1800-\u18af\u1a20-\u1aaf\u1b00-\u1c4f"
    "\ua880-\uaaff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def is_shaped(text: str) -> bool:
    """Whether its letters change by their neighbours or run from right to left, as in Arabic, Hebrew and Hindi."""
    return _SHAPED.search(text) is not None


def has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in _RIGHT for char in text)


def base_of(text: str) -> int:
    """1 where the first letter is one of a script from right to left, else 0."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind == "L" or kind in _RIGHT:
            return int(kind != "L")
    return 0


def levels(text: str, base: int) -> list[int]:
    """The level of each character of a line whose own is `base`."""
    kinds = _resolved([unicodedata.bidirectional(char) for char in text], base)
    own = "R" if base else "L"
    for begin, end in _neutral(kinds):
        before = _side(kinds[begin - 1]) if begin else own
        after = _side(kinds[end]) if end < len(kinds) else own
        kinds[begin:end] = [before if before == after else own] * (end - begin)
    return [{"L": 2 * base, "R": 1, "N": 2}[kind] for kind in kinds]


def _resolved(kinds: list[str], base: int) -> list[str]:
    """`L`, `R`, `N` for numbers, and an empty one for what has no direction."""
    strong = "R" if base else "L"
    found: list[str] = []
    for place, kind in enumerate(kinds):
        beside = kinds[place - 1 : place] + kinds[place + 1 : place + 2]
        if kind == "L" or kind in _RIGHT:
            strong = "L" if kind == "L" else "R"
            found.append(strong)
        elif kind == "NSM" and found:
            found.append(found[-1])
        elif (
            kind in ("EN", "AN")
            or (kind in ("ES", "CS") and beside in (["EN", "EN"], ["AN", "AN"]))
            or (kind == "ET" and "EN" in beside)
        ):
            found.append("L" if strong == "L" and kind != "AN" else "N")
        else:
            found.append("")
    return found


def _side(kind: str) -> str:
    return "R" if kind == "N" else kind


def _neutral(kinds: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place, kind in enumerate(kinds):
        if kind:
            continue
        if found and found[-1][1] == place:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    return found


def in_order(runs: Sequence[int]) -> list[int]:
    """Where runs with these levels, in the order in which they are read, stand from left to right: their indices."""
    order = list(range(len(runs)))
    for level in range(max(runs, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and runs[order[end]] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = max(end, at + 1)
    return order
