"""A streamed answer, split into what is complete and what still grows."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_MARKDOWN = re.compile(
    r"[*_`~\[\]|<>]|^ {0,3}(?:#{1,6} |[-+] |\d{1,9}[.)] |={3,}|-{3,})|^(?: {4}|\t)\S|  $",
    re.MULTILINE,
)

_LONGEST = 6_000
"""A paragraph longer than so many characters is broken between two words."""


def next_break(text: str, begin: int) -> int:
    """Where a paragraph, else a word, begins after `begin`."""
    for mark in ("\n\n", " "):
        end = text.find(mark, begin, begin + _LONGEST)
        if end >= 0:
            return end + len(mark)
    return begin


def complete_length(text: str) -> int:
    """How many characters of `text` are whole blocks: up to the last blank line outside a fence."""
    end = text.rfind("\n\n")
    while end >= 0:
        head = text[: end + 2]
        if not _in_fence(head):
            return end + 2
        start = _last_fence(head)
        end = text.rfind("\n\n", 0, start)
    return 0


def _in_fence(head: str) -> bool:
    return _last_fence(head) >= 0


def _last_fence(head: str) -> int:
    """Where the fence that is open at the end of `head` begins; -1 when none is open."""
    opened, mark = -1, ""
    for match in _FENCE.finditer(head):
        if opened < 0:
            opened, mark = match.start(), match.group(1)
        elif match.group(1).startswith(mark):
            opened = -1
    return opened


def has_markdown(text: str) -> bool:
    """Whether showing `text` as it is would lose something."""
    return bool(_MARKDOWN.search(text))
