"""What a terminal shows and what it is to show, cell by cell, and the least that has to be written between the two.

Textual writes every cell of each widget that may look different, and a scrolled line is all lines of its region. Here
a cell that is the same is not written again, and lines that moved are moved by the terminal itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache

from rich.cells import get_character_cell_size, split_graphemes

FRAME = re.compile(r"\x1b\[\d+;\d+H")
"""What a frame of Textual's begins with, and nothing else that it writes."""
_TOKEN = re.compile(
    r"\x1b\[(\d+);(\d+)H"  # a place
    r"|\x1b\[([\d;:]*)m"  # a style
    r"|([^\x00-\x1f\x7f]+)"
    r"|(\r?\n)"
    r"|\x1b\]8;([^\x07\x1b]*)(?:\x1b\\|\x07)"  # a link
)
_PLACE, _STYLE, _TEXT, _LINE, _LINK = 2, 3, 4, 5, 6
_LINK_END = "\x1b]8;;\x1b\\"
_UNKNOWN = "?"
"""The pen of a cell of which it is not known what the terminal shows there: no cell that is to be shown has it."""
_LOST = "\x1b"
"""As a pen: not known either, but that it may be within a link."""
_GAP = 8
"""So many cells that are the same are written once more: to go to another place takes as many characters."""
_LEAST_MOVED = 3
"""Lines: fewer are written anew."""
_NARROW, _WIDE = 0x2E80, 0xFFFF
"""Terminals agree on characters of one cell before the first, and on those of two between them."""


class Unreadable(Exception):
    """There is something in a frame that is no text, no style, no link and no place."""


class Row:
    """A line of cells. A character two cells wide stands in its first cell, with "" in the second."""

    __slots__ = ("chars", "pens")

    def __init__(self, chars: list[str], pens: list[str]) -> None:
        self.chars = chars
        self.pens = pens
        """Of each cell what sets its style."""

    @classmethod
    def unknown(cls, width: int) -> Row:
        return cls([" "] * width, [_UNKNOWN] * width)

    def copy(self) -> Row:
        return Row(self.chars.copy(), self.pens.copy())

    def is_as(self, other: Row) -> bool:
        return self.chars == other.chars and self.pens == other.pens

    @property
    def is_sure(self) -> bool:
        """Whether every terminal takes as many cells for each of the characters."""
        return "".join(self.chars).isascii() or all(map(_is_sure, filter(None, set(self.chars))))

    def text(self, start: int, end: int) -> str:
        return "".join(self.chars[start:end])

    def put(self, x: int, text: str, pen: str) -> int:
        """Write `text` from the cell `x` on; the cell behind it."""
        cells = list(text) if text.isascii() else _cells_of(text)
        length = len(cells)
        room = max(len(self.chars) - x, 0)
        while room and len(cells) > room and not cells[room]:  # no half of a character
            room -= 1
        del cells[room:]
        if cells:
            self._set(x, x + len(cells), cells, pen)
        return x + length

    def _set(self, start: int, end: int, cells: list[str], pen: str) -> None:
        chars = self.chars
        for x in (start, end):  # a character that loses one of its cells is gone
            if x < len(chars) and not chars[x]:
                first = behind = x
                while not chars[first]:
                    first -= 1
                while behind < len(chars) and not chars[behind]:
                    behind += 1
                chars[first:behind] = [" "] * (behind - first)
        chars[start:end] = cells
        self.pens[start:end] = [pen] * len(cells)


class Cells:
    """A terminal of one size."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._wanted = [Row.unknown(width) for _ in range(height)]
        self._shown = [Row.unknown(width) for _ in range(height)]
        self._touched: set[int] = set()
        """Lines that may be other ones than are shown."""
        self._cursor = self._cursor_shown = (0, 0)
        self._place: tuple[int, int] | None = None
        """Where what is written next lands; None where that is not known."""
        self._pen = _UNKNOWN

    def forget(self) -> None:
        """It is not known any more what the terminal shows."""
        self._pen = _LOST if "\x1b" in self._pen else _UNKNOWN
        self._shown = [Row.unknown(self.width) for _ in range(self.height)]
        self._touched = set(range(self.height))

    def draw(self, frame: str) -> None:
        """Show this, on top of what is to be shown already. Raises `Unreadable`, having drawn a part of it."""
        x = y = at = 0
        style = link = pen = ""
        row: Row | None = None
        for match in _TOKEN.finditer(frame):
            if match.start() != at:
                break
            at = match.end()
            kind = match.lastindex
            if kind == _TEXT:
                if row is not None:
                    x = row.put(x, match[_TEXT], pen)
                continue
            if kind == _STYLE:
                codes = match[_STYLE]
                is_end = codes in ("", "0")
                style = "" if is_end else f"{style};{codes}".lstrip(";")
            elif kind == _LINK:
                link = match[_LINK] if match[_LINK].strip(";") else ""
            elif kind == _PLACE:
                x, y = int(match[2]) - 1, int(match[1]) - 1
                row = self._wanted[y] if y < self.height else None
                self._touched.add(y)
                continue
            else:  # a line break of Textual's is followed by a place
                continue
            pen = f"\x1b]8;{link}\x1b\\\x1b[{style}m" if link else style
        if at != len(frame):
            raise Unreadable
        self._cursor = (x, y)

    def update(self) -> str:
        """What to write, so that the terminal shows what it is to show; "" when it does."""
        changed = [
            y
            for y in sorted(self._touched)
            if y < self.height and not self._wanted[y].is_as(self._shown[y])
        ]
        self._touched.clear()
        self._place = None
        parts = list(self._moved(changed))
        for y in changed:
            parts += self._line(y)
        if parts or self._cursor != self._cursor_shown:
            parts.append(_to(*self._cursor))
            self._cursor_shown = self._cursor
        return "".join(parts)

    def _line(self, y: int) -> Iterator[str]:
        """What of the line `y` is different."""
        wanted, shown = self._wanted[y], self._shown[y]
        self._shown[y] = wanted.copy()
        if wanted.is_sure and shown.is_sure:
            for start, end in _differences(wanted, shown):
                yield from self._cells(y, start, end)
        else:
            yield from self._cells(y, 0, self.width)

    def _cells(self, y: int, start: int, end: int) -> Iterator[str]:
        """The cells [start, end) of the line."""
        chars, pens = self._wanted[y].chars, self._wanted[y].pens
        is_sure = self._wanted[y].is_sure
        x = start
        while x < end:
            first, pen, place = x, pens[x], self._place
            x += 1
            knows = is_sure or _is_sure(chars[first])
            while x < end and (
                not chars[x] or (knows and pens[x] == pen and (is_sure or _is_sure(chars[x])))
            ):
                x += 1
            # Behind the last cell of a line terminals differ in where the cursor is.
            self._place = (x, y) if knows and x < self.width else None
            if pen == _UNKNOWN:  # nothing was ever drawn there
                self._place = None
                continue
            if place != (first, y):
                is_near = place is not None and place[1] == y and place[0] < first
                yield f"\x1b[{first - place[0]}C" if is_near and place else _to(first, y)
            yield turn(self._pen, pen)
            self._pen = pen
            yield "".join(chars[first:x])

    def plain(self) -> str:
        """What to write so that others may write: they want no style of a cell's."""
        before, self._pen = self._pen, ""
        return turn(before, "")

    def _moved(self, changed: list[int]) -> Iterator[str]:
        """Lets the terminal move the lines that are only elsewhere, where that saves something."""
        if len(changed) < _LEAST_MOVED:
            return
        top, bottom, by = self._find_move(changed)
        if not by:
            return
        shown = self._shown
        unknown = [Row.unknown(self.width) for _ in range(abs(by))]
        block = shown[top : bottom + 1]
        moved = [*block[by:], *unknown] if by > 0 else [*unknown, *block[:by]]
        lines = range(top, bottom + 1)
        before = sum(self._cost(y, shown[y]) for y in lines)
        after = sum(self._cost(y, row) for y, row in zip(lines, moved, strict=True))
        if after + len(block) >= before:
            return
        shown[top : bottom + 1] = moved
        changed[:] = sorted({*changed, *(y for y in lines if not self._wanted[y].is_as(shown[y]))})
        yield f"{self.plain()}\x1b[{top + 1};{bottom + 1}r"
        yield _to(0, bottom) + "\n" * by if by > 0 else _to(0, top) + "\x1bM" * -by
        yield "\x1b[r"

    def _find_move(self, changed: list[int]) -> tuple[int, int, int]:
        """The first and the last line of a block, and by how many lines what is in it has moved up; 0 for none."""
        wanted, shown = self._wanted, self._shown
        spans = [_span(wanted[y], shown[y]) for y in changed]
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        places: dict[str, list[int]] = {}
        for y in range(changed[0], changed[-1] + 1):
            if _UNKNOWN not in shown[y].pens[start:end]:
                places.setdefault(shown[y].text(start, end), []).append(y)
        pairs = [
            (y, place)
            for y in changed
            if (text := wanted[y].text(start, end)).strip()
            for place in places.get(text, ())
        ]
        votes = Counter(place - y for y, place in pairs if place != y)
        if not votes:
            return 0, 0, 0
        by, count = votes.most_common(1)[0]
        if count < _LEAST_MOVED:
            return 0, 0, 0
        lines = [y for pair in pairs if pair[1] - pair[0] == by for y in pair]
        return min(lines), max(lines), by

    def _cost(self, y: int, shown: Row) -> int:
        """About how many characters it takes to make the line `y` of this one."""
        wanted = self._wanted[y]
        if wanted.is_as(shown):
            return 0
        return sum(end - start + _GAP for start, end in _differences(wanted, shown))


@lru_cache(4096)
def turn(before: str, pen: str) -> str:
    """What to write to go on in the style `pen`."""
    if pen == before:
        return ""
    if "\x1b" in before or "\x1b" in pen:
        end = _LINK_END if "\x1b" in before else ""
        return end + (f"\x1b[0m{pen}" if "\x1b" in pen else turn(_UNKNOWN, pen))
    if not pen:
        return "\x1b[0m"
    if before == _UNKNOWN:
        return f"\x1b[0;{pen}m"
    old, new = _parts(before), _parts(pen)
    if old.keys() - new.keys():
        return f"\x1b[0;{pen}m"
    return f"\x1b[{';'.join(code for kind, code in new.items() if old.get(kind) != code)}m"


def _parts(pen: str) -> dict[str, str]:
    """Its foreground as `3`, its background as `4`, and each other code as itself."""
    parts: dict[str, str] = {}
    codes = iter(pen.split(";"))
    for code in codes:
        if code in ("38", "48"):
            kind = next(codes, "")
            rest = [next(codes, "") for _ in range(3 if kind == "2" else 1)]
            parts[code[0]] = ";".join((code, kind, *rest))
        elif len(code) > 1 and code[:-1] in ("3", "9", "4", "10"):
            parts["3" if code[:-1] in ("3", "9") else "4"] = code
        elif code:
            parts[f"is {code}"] = code
    return parts


def _to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


@cache
def _is_sure(char: str) -> bool:
    """Whether every terminal takes as many cells for it: not so for what is joined of several, and for emoji."""
    if len(char) != 1:
        return False
    size = get_character_cell_size(char)
    return ord(char) < _NARROW if size == 1 else _NARROW <= ord(char) <= _WIDE


def _cells_of(text: str) -> list[str]:
    """What stands in each cell."""
    if all(get_character_cell_size(char) == 1 for char in text):
        return list(text)
    cells: list[str] = []
    for start, end, size in split_graphemes(text)[0]:
        if size:
            cells += [text[start:end], *[""] * (size - 1)]
        elif cells:  # it belongs to the character before it
            last = next(at for at in range(len(cells) - 1, -1, -1) if cells[at])
            cells[last] += text[start:end]
    return cells


def _span(one: Row, other: Row) -> tuple[int, int]:
    """The first cell that is different, and the one behind the last."""
    found = list(_differences(one, other))
    return (found[0][0], found[-1][1]) if found else (0, 0)


def _differences(wanted: Row, shown: Row) -> list[tuple[int, int]]:
    """The stretches of cells that are different; no character is cut."""
    chars, pens, old_chars, old_pens = wanted.chars, wanted.pens, shown.chars, shown.pens
    cells = zip(chars, old_chars, pens, old_pens, strict=True)
    stretches: list[tuple[int, int]] = []
    start = end = -1
    for x, (char, old_char, pen, old_pen) in enumerate(cells):
        if char == old_char and pen == old_pen:
            continue
        if start >= 0 and x - end > _GAP:
            stretches.append((start, end))
            start = -1
        if start < 0:
            start = x
        end = x + 1
    if start >= 0:
        stretches.append((start, end))
    return [_whole(chars, old_chars, *stretch) for stretch in stretches]


def _whole(chars: list[str], old: list[str], start: int, end: int) -> tuple[int, int]:
    while start > 0 and (not chars[start] or not old[start]):
        start -= 1
    while end < len(chars) and (not chars[end] or not old[end]):
        end += 1
    return start, end
