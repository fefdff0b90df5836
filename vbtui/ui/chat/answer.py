"""What the agent answers: a text that arrives piece by piece.

The text is plain while it arrives, and Markdown as soon as a block of it is complete: a word more costs no more than
its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip

from vbtui.base.translation import Translation
from vbtui.journal.records import Turn, TurnState
from vbtui.language.quotes import is_chinese
from vbtui.ui.kit.widgets import Growing, Plain

if TYPE_CHECKING:
    from textual.widgets import Markdown

MOST_CHARACTERS = 60_000
"""A longer answer is shown from its end."""


class Reply(Vertical, Plain):
    """Shows one answer as it grows.

    The whole text so far is handed over each time; only what is new is drawn, so that a long answer
    costs no more a word than a short one. Text without Markdown in it never needs a Markdown widget.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plain = GrowingText()
        self._markdown: Markdown | None = None
        self._set = ""
        """The text that is shown as Markdown."""
        self._text = ""
        self._start = 0
        self._plain_to = 0
        """Up to there whole blocks were found to be without Markdown."""

    def compose(self) -> ComposeResult:
        yield self._plain

    @property
    def has_blocks(self) -> bool:
        """Whether it ends in Markdown, which keeps a line free below itself."""
        return self._markdown is not None and not self._plain.display

    @property
    def text(self) -> str:
        """All that is shown."""
        return self._text

    async def show(self, text: str, *, is_over: bool, ahead: int = 0) -> None:
        """Show `text`; `is_over` when nothing will be added to it.

        Args:
            ahead: by how many rows it takes more room than it needs, to be filled by what comes.
        """
        text = self._bounded(text)
        done = len(text.rstrip()) if is_over else complete_length(text)
        if text == self._text and done == len(self._set) + self._plain_to:
            return
        self._text = text
        self._plain.ahead = 0 if is_over else ahead
        if self._markdown is None and not has_markdown(text[self._plain_to : done]):
            self._plain_to = done
            self._show_plain(0)
            return
        self._plain_to = 0
        if text[:done] != self._set:
            await self._set_blocks(text[:done])
        self._show_plain(done)

    def _bounded(self, text: str) -> str:
        """The end of a very long `text`; where it begins moves seldom."""
        if len(text) < self._start:
            self._start = 0
        if len(text) - self._start > MOST_CHARACTERS:
            self._start = next_break(text, len(text) - MOST_CHARACTERS // 2)
            self._plain_to = 0
        return "…" + text[self._start :] if self._start else text

    def _show_plain(self, begin: int) -> None:
        """The text from `begin` on as it is."""
        rest = self._text[begin:].strip("\n")
        self._plain.show(rest)
        self._plain.display = bool(rest) or self._plain.has_room

    async def _set_blocks(self, text: str) -> None:
        markdown = self._markdown
        if markdown is None:
            from textual.widgets import Markdown

            markdown = self._markdown = Markdown(open_links=False)
            await self.mount(markdown, before=0)
        if self._set and text.startswith(self._set):
            await markdown.append(text[len(self._set) :])
        else:
            await markdown.update(text)
        self._set = text


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
        start = _last_fence(head)
        if start < 0:
            return end + 2
        end = text.rfind("\n\n", 0, start)
    return 0


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


_SHORT = 6
"""With fewer rows than that a text that grows takes no room ahead: most answers have no more."""


class GrowingText(Growing):
    """Shows a text, wrapped at its width. The text can be selected with the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._lines: list[str] = []
        self._width = 0
        """The width that the rows are for; 0: there are none yet."""
        self._rows: list[tuple[int, int, int]] = []
        """For each row its line, and the first and the last character of it, not included."""
        self._height = 0
        self.ahead = 0
        """Rows that it takes beyond those it has when it needs more, because it grows on; 0: it does not."""

    @property
    def has_room(self) -> bool:
        """Whether it takes more rows than it has."""
        return self._height > len(self._rows)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def show(self, text: str) -> None:
        """Show `text`; nothing of what was there and stays is wrapped or drawn again."""
        text = text.expandtabs(4)
        if text == self._text and (self.ahead or not self.has_room):
            return
        lines, kept = text.split("\n"), 0
        if self._lines and text.startswith(self._text):
            kept = len(self._lines) - 1
        self._text, self._lines = text, lines
        if not self._width:
            self.refresh(layout=True)
            return
        before = len(self._rows)
        while self._rows and self._rows[-1][0] >= kept:
            self._rows.pop()
        first = len(self._rows)
        self._rows += self._wrapped(kept, self._width)
        changed = Region(0, first, self._width, max(len(self._rows), before) - first)
        height = self._height
        self._take_room(before)
        self.refresh(changed, layout=self._height != height)

    def _take_room(self, before: int) -> None:
        """There were `before` rows: those that are free stay so, to be filled by the next."""
        count = len(self._rows)
        self._height += min(count - before, 0)
        if not self.ahead:
            self._height = count
        elif count > self._height:
            self._height = count + (min(self.ahead, count // 2) if count >= _SHORT else 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._wrap(width)
        return self._height

    def render_lines(self, crop: Region) -> list[Strip]:
        self._wrap(self.content_size.width)
        style = self.rich_style  # it may be drawn once more when it has left its screen
        selection = self.text_selection if self.is_attached else None
        return [self._row(y, style, selection) for y in range(crop.y, crop.bottom)]

    def _row(self, y: int, style: Style, selection: Selection | None) -> Strip:
        width = self._width
        if y >= len(self._rows):
            return Strip.blank(width, style)
        number, start, end = self._rows[y]
        text = self._lines[number][start:end]
        pad = " " * max(width - cell_len(text), 0)
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return Strip([Segment(text + pad, style)], width).apply_offsets(start, number)
        first = min(max(span[0] - start, 0), len(text))
        last = len(text) if span[1] < 0 else min(max(span[1] - start, first), len(text))
        chosen = style + self.screen.get_component_rich_style("screen--selection")
        parts = ((text[:first], style), (text[first:last], chosen), (text[last:] + pad, style))
        segments = [Segment(part, shown) for part, shown in parts if part]
        return Strip(segments, width).apply_offsets(start, number)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self._text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _wrap(self, width: int) -> None:
        if width != self._width:
            self._width, before = width, len(self._rows)
            self._rows = self._wrapped(0, width)
            self._take_room(before)

    def _wrapped(self, first: int, width: int) -> list[tuple[int, int, int]]:
        """The rows from the line `first` on."""
        return [
            (number, start, end)
            for number in range(first, len(self._lines))
            for start, end in rows(self._lines[number], width)
        ]


_WORDS = (  # compiled, and remembered, by `re` with the first text
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
    for match in re.finditer(_WORDS, line):
        word = match[0].rstrip()
        cells = cell_len(word)
        if used + cells > width and used:
            if end > start:
                yield start, end
            start, used = match.start(), 0
        if cells > width:
            # What is before it in this row takes no cells, and goes with it.
            *full, last = chop_cells(line[start : match.start() + len(word)], width)
            for part in full:
                yield start, start + len(part)
                start += len(part)
            cells = cell_len(last)
        end = match.start() + len(word)
        used += cells + len(match[0]) - len(word)
    if end > start:
        yield start, end


_AT_WORK = {
    TurnState.SENDING: Translation("Sending…", "正在发送…"),
    TurnState.RUNNING: Translation("Thinking…", "正在思考…"),
    TurnState.RECOVERING: Translation(
        "The connection broke; looking at what was done…", "连接中断；正在查看结果…"
    ),
}


def activity_of(turn: Turn) -> str:
    """What the agent does right now; of a turn that another vbtui works on, where it stands."""
    return turn.activity or _AT_WORK[turn.state].of(is_chinese(turn.text))
