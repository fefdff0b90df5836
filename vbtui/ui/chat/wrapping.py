"""Where the lines of a text are broken so that they fit a width."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

_WORDS = re.compile(
    r"(?:[^\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]+"
    r"|[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]"
    r"[、。，．！？：；）」』】》〉…]*)\s*|\s+"
)
"""Chinese, Japanese and Korean are broken between any two characters, but before no closing mark."""


def rows(line: str, width: int) -> list[tuple[int, int]]:
    """The first and the last character (not included) of each row of one `line`, in characters.

    Rows are at most `width` cells wide, at least one; a word that is longer is cut. The spaces at
    which a row is broken belong to none.
    """
    width = max(width, 2)  # a wide character must fit
    found = _narrow(line, width) if line.isascii() else _any(line, width)
    return list(found) or [(0, 0)]


def _narrow(line: str, width: int) -> Iterator[tuple[int, int]]:
    """For a line whose characters are all one cell wide: a search for each row, not each word."""
    start, end = 0, len(line.rstrip())
    while end - start > width:
        space = line.rfind(" ", start, start + width + 1)
        if space < start:
            yield start, start + width
            start += width
        else:
            if row := line[start:space].rstrip():
                yield start, start + len(row)
            start = space
        while line[start] == " ":
            start += 1
    if end > start:
        yield start, end


def _any(line: str, width: int) -> Iterator[tuple[int, int]]:
    start, used = 0, 0
    end = 0
    for match in _WORDS.finditer(line):
        word = match[0].rstrip()
        cells = cell_len(word)
        if used + cells > width and used:
            if end > start:
                yield start, end
            start, used = match.start(), 0
        if cells > width:
            *full, last = chop_cells(word, width)
            for part in full:
                yield start, start + len(part)
                start += len(part)
            cells = cell_len(last)
        end = match.start() + len(word)
        used += cells + len(match[0]) - len(word)
    if end > start:
        yield start, end
