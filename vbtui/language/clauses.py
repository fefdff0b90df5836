"""Taking a message apart before anyone asks what it means: quotes first, then clauses.

What one clause of a message can mean.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

QUOTE = "\x01"
"""Stands for quoted words: they are content, whatever they say."""

_PAIRS = {
    "“": "”",
    "„": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "《": "》",
    "«": "»",
    "‹": "›",
    "【": "】",
    '"': '"',
    "'": "'",
    "`": "`",
}
_SAME = frozenset({'"', "'", "`"})
_LONGEST_QUOTE = 2000


def normal(text: str) -> str:
    """`text` in one form: full-width letters and signs as ASCII, white space as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def unwrapped(text: str) -> str:
    """`text` without the quotes around all of it: `"export"` is the word export."""
    text = text.strip()
    while len(text) > 2 and _PAIRS.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def without_quotes(text: str) -> str:
    """`text` with each quoted span as one `QUOTE`; an apostrophe within a word is no quote."""
    return take_quotes(text)[0]


def take_quotes(text: str) -> tuple[str, list[str]]:
    """`text` with each quoted span as one `QUOTE`, and the spans with their marks, in order.

    Takes time in proportion to the length of `text`.
    """
    out: list[str] = []
    taken: list[str] = []
    position = 0
    barren: dict[str, int] = {}
    while position < len(text):
        char = text[position]
        closing = _PAIRS.get(char)
        end = -1
        if closing and _may_open(text, position):
            end = _closing(text, position, closing, barren)
        if end > 0:
            taken.append(text[position : end + 1])
            out.append(f" {QUOTE} " if text[position - 1 : position].isascii() else QUOTE)
            position = end + 1
        else:
            out.append(char)
            position += 1
    return "".join(out), taken


def put_back(text: str, taken: list[str]) -> str:
    """`text` with its `QUOTE`s replaced by the last spans of `taken`, in order."""
    parts = text.split(QUOTE)
    spans = taken[len(taken) - len(parts) + 1 :]
    filled = [part + span for part, span in zip(parts, [*spans, ""], strict=True)]
    return " ".join("".join(filled).split())


def _may_open(text: str, position: int) -> bool:
    if text[position] not in _SAME or position == 0:
        return True
    before = text[position - 1]
    return not (before.isascii() and before.isalnum())


def _closing(text: str, opening: int, closing: str, barren: dict[str, int]) -> int:
    """Where the quote that opens at `opening` ends; -1 when it does not.

    `barren` remembers up to where no sign can close, so that no place is searched twice.
    """
    start, limit = opening + 1, opening + _LONGEST_QUOTE
    if text[start : start + 1] == closing:
        return -1
    start = max(start, barren.get(closing, 0))
    while (end := text.find(closing, start, limit)) >= 0:
        after = text[end + 1 : end + 2]
        if not (closing in "'’" and after.isascii() and after.isalnum()):
            return end
        start = end + 1
    barren[closing] = max(limit, barren.get(closing, 0))
    return -1


class Meaning(Enum):
    """The request that a clause makes."""

    EXPORT = auto()
    CREDITS = auto()
    STATUS = auto()
    UPLOAD = auto()
    EDIT = auto()
    """Anything that is for the agent."""
    BOTH = auto()
    """An export that needs an edit first: "export it without the music"."""
    NOT = auto()
    """Something that vbtui does, forbidden: "don't export yet"."""
    NEUTRAL = auto()
    """Greetings, thanks, approval, conditions: they change nothing."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as it was said and what it means."""

    text: str
    meaning: Meaning
