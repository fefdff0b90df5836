"""A table of records that draws only what is visible: ten thousand rows cost what twenty cost. A key finds rows by
letters.

Columns fit the width: what does not fit leaves, the least important first; the most elastic column
takes the rest. Rows are known by key and updated one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, Generic, Self, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from vbtui.base.translation import Translation
from vbtui.ui.kit import keys
from vbtui.ui.kit.widgets import Field
from vbtui.ui.kit.words import cut_middle

Record = TypeVar("Record")
_ABOUT = Translation(
    "Arrows move, {list.page} by a page, {list.ends} to the ends.",
    "方向键移动，{list.page} 翻页，{list.ends} 到首尾。",
)
_FIND, _LETTERS = Translation("Find", "查找"), Translation("letters", "字母")
_SHOWN = Translation("{shown} of {count}", "{shown} / {count}")
_GAP = 2
_MOST_DRAWN = 400


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """One column of a grid."""

    title: str
    width: int
    """Cells; the least where it is elastic."""
    cell: Callable[[Record], Content]
    """What a record shows here: one line."""
    rank: int = 0
    """Columns with a higher rank leave first when space is short; 0 never leaves."""
    elastic: int = 0
    """Its share of the cells that are left over."""
    is_number: bool = False
    """Aligned to the right."""
    keeps_end: bool = False
    """What is too long loses its middle: a file's name differs at its end."""
    name: str = ""
    """What the screen knows it by, whatever language its title is in."""


def fit_columns(columns: Sequence[Column[Record]], width: int) -> list[tuple[Column[Record], int]]:
    """The columns that fit in `width` cells with the width of each."""
    kept = list(columns)

    def used() -> int:
        return sum(column.width + _GAP for column in kept)

    while len(kept) > 1 and used() > width:
        worst = max(kept, key=lambda column: column.rank)
        if worst.rank == 0:
            break
        kept.remove(worst)
    spare = max(width - used(), 0)
    shares = sum(column.elastic for column in kept)
    sizes = []
    for column in kept:
        extra = spare * column.elastic // shares if shares else 0
        sizes.append((column, column.width + extra))
    return sizes


@dataclass
class _OfGrid(Message):
    grid: Widget

    @property
    def control(self) -> Widget:
        return self.grid


class Grid(ScrollView, Generic[Record], can_focus=True):
    """Shows records in rows, with a cursor.

    Args:
        columns: from left to right.
        key_of: what a record is known by.
        is_marked: whether a record has a mark in front; None: no record ever has.
        text_of: in what of a record letters are looked for; None: in all that its row says.
        finds: whether a key finds rows by letters; where not, the screen has a way of its own.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head",
        "grid--row",
        "grid--cursor",
        "grid--cursor-blurred",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "Up", show=False),
        Binding("down,j", "cursor(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Back", show=False),
        Binding("pagedown", "page(1)", "Forward", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        *keys.bindings("find"),
    ]
    ABOUT = _ABOUT

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(_OfGrid):
        """The cursor is on another record, or the record has changed."""

    class Opened(_OfGrid):
        """A record was clicked twice."""

    @dataclass
    class HeadPressed(_OfGrid):
        """The head of a column was clicked."""

        name: str
        """The column's."""

    def __init__(
        self,
        columns: Sequence[Column[Record]],
        key_of: Callable[[Record], Hashable],
        *,
        is_marked: Callable[[Record], bool] | None = None,
        text_of: Callable[[Record], str] | None = None,
        finds: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._text_of = text_of or self._row_text
        self.finds = finds
        """Whether a key finds rows by letters."""
        self._finder: Finder | None = None
        self._known: dict[Hashable, Record] = {}
        """All records; `_rows` are those that have the letters."""
        self.letters = ""
        """What was looked for; empty: all rows are shown."""
        self._is_marked = is_marked
        self._lead = 1 if is_marked is None else 2
        self._columns = tuple(columns)
        self._key_of = key_of
        self._rows: list[Record] = []
        self._index: dict[Hashable, int] = {}
        self._fitted: list[tuple[Column[Record], int]] = []
        self._fitted_to = -1
        self._order = ("", False)
        self._drawn: dict[tuple[int, str], tuple[Record, Strip]] = {}
        """Rows that were drawn: a scroll by a line draws one anew."""
        self._styles: dict[tuple[str, str], RichStyle] = {}

    # -- records ------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Record]:
        """The records, in the order in which they are shown."""
        return self._rows

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    @property
    def count(self) -> int:
        """How many records there are, shown or not."""
        return len(self._known)

    def show(self, rows: Iterable[Record]) -> None:
        """Show these records; the cursor stays on its record where that is still there."""
        self._known = {self._key_of(row): row for row in rows}
        self._arrange()

    def find(self, letters: str) -> None:
        """Show the records that have every word of `letters`, in whatever case; none: all."""
        letters = letters.strip()
        if letters != self.letters:
            self.letters = letters
            self._arrange()

    def _arrange(self) -> None:
        here = self._key_of(self._rows[self.cursor]) if self.cursor < len(self._rows) else None
        words = self.letters.casefold().split()
        self._rows = [row for row in self._known.values() if not words or self._has(row, words)]
        self._index = {self._key_of(row): place for place, row in enumerate(self._rows)}
        place = self._index.get(here, min(self.cursor, max(len(self._rows) - 1, 0)))
        self.set_reactive(Grid.cursor, place)
        self._resize_content()
        self.refresh()
        if self._finder is not None:
            self._finder.tell(len(self._rows), self.count)
        self.post_message(self.Moved(self))

    def _has(self, row: Record, words: Sequence[str]) -> bool:
        text = self._text_of(row).casefold()
        return all(word in text for word in words)

    def _row_text(self, row: Record) -> str:
        return " ".join(column.cell(row).plain for column in self._columns)

    def update_row(self, record: Record) -> bool:
        """Draw one record anew; False when it is not among the rows."""
        key = self._key_of(record)
        if key in self._known:
            self._known[key] = record
        place = self._index.get(key)
        if place is None:
            return key in self._known
        self._rows[place] = record
        self._drawn.clear()
        self._refresh_row(place)
        if place == self.cursor:
            self.post_message(self.Moved(self))
        return True

    def mark_order(self, name: str, *, is_falling: bool) -> None:
        """Show in which column's order the records are; none: an empty name."""
        if self._order != (name, is_falling):
            self._order = (name, is_falling)
            self.refresh(Region(0, 0, self.size.width, 1))

    def move_to(self, key: Hashable) -> None:
        """Put the cursor on the record with this key."""
        if key in self._index:
            self.cursor = self._index[key]

    # -- drawing ------------------------------------------------------------------------------

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)

    def on_resize(self) -> None:
        self._resize_content()

    def _fit(self, width: int) -> None:
        """Share `width` cells among the columns, if they have another width."""
        if width != self._fitted_to:
            self._fitted_to = width
            self._fitted = fit_columns(self._columns, width - self._lead)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        self._fit(width)
        if y == 0:
            titles = [self._title(column) for column, _ in self._fitted]
            return self._line(titles, "grid--head", width, " " * self._lead)
        place = y - 1 + round(self.scroll_y)
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        name = "grid--row"
        if place == self.cursor:
            name = "grid--cursor" if self.has_focus else "grid--cursor-blurred"
        record = self._rows[place]
        drawn = self._drawn.get((place, name))
        if drawn is not None and drawn[0] is record and drawn[1].cell_length == width:
            return drawn[1]
        cells = [column.cell(record) for column, _ in self._fitted]
        mark = "›" if place == self.cursor else " "
        if self._is_marked is not None:
            mark += "✓" if self._is_marked(record) else " "
        strip = self._line(cells, name, width, mark)
        if len(self._drawn) > _MOST_DRAWN:
            self._drawn.clear()
        self._drawn[place, name] = (record, strip)
        return strip

    def _title(self, column: Column[Record]) -> Content:
        name, is_falling = self._order
        arrow = (" ▼" if is_falling else " ▲") if name and column.name == name else ""
        return Content(column.title + arrow)

    def _line(self, cells: Sequence[Content], name: str, width: int, mark: str) -> Strip:
        base = self._style(name, "")
        runs: list[tuple[str, RichStyle | None]] = [(mark, base)]
        for (column, size), cell in zip(self._fitted, cells, strict=True):
            text = _cut(cell, size, keeps_end=column.keeps_end)
            blank = (" " * max(size - text.cell_length, 0), base)
            pieces = self._pieces(text, name)
            runs += [blank, *pieces] if column.is_number else [*pieces, blank]
            runs.append((" " * _GAP, base))
        used = len(mark) + sum(size + _GAP for _, size in self._fitted)
        runs.append((" " * max(width - used, 0), base))
        segments = [
            Segment("".join(text for text, _ in run), style)
            for style, run in groupby(runs, lambda run: run[1])
        ]
        strip = Strip(segments, max(used, width))
        return strip if used <= width else strip.crop(0, width)

    def _pieces(self, text: Content, name: str) -> list[tuple[str, RichStyle | None]]:
        """A cell's text and styles; most cells have no style or one, which needs no work of Content's."""
        spans = text.spans
        style = spans[0].style if spans else ""
        is_even = not spans or (len(spans) == 1 and spans[0].start == 0)
        if is_even and isinstance(style, str) and (not spans or spans[0].end >= len(text.plain)):
            return [(text.plain, self._style(name, style))]
        segments = text.render_segments(self.get_visual_style(name))
        return [(segment.text, segment.style) for segment in segments]

    def _style(self, name: str, style: str) -> RichStyle:
        """A component's style with `style` on it."""
        key = (name, style)
        if key not in self._styles:
            content = Content.styled(" ", style) if style else Content(" ")
            (segment,) = content.render_segments(self.get_visual_style(name))
            self._styles[key] = segment.style or RichStyle()
        return self._styles[key]

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As `Widget.refresh`; without a region what the rows show may be other than it was."""
        if not regions:
            self._drawn.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        self._styles.clear()
        self._drawn.clear()
        super().notify_style_update()

    def _refresh_row(self, place: int) -> None:
        y = place + 1 - round(self.scroll_y)
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def watch_cursor(self, old: int, new: int) -> None:
        self._refresh_row(old)
        self._refresh_row(new)
        visible = max(self.scrollable_content_region.height - 1, 1)
        if new < self.scroll_y:
            self.scroll_to(y=new, animate=False, immediate=True)
        elif new >= self.scroll_y + visible:
            self.scroll_to(y=new - visible + 1, animate=False, immediate=True)
        self.post_message(self.Moved(self))

    def validate_cursor(self, cursor: int) -> int:
        return max(min(cursor, len(self._rows) - 1), 0)

    def on_focus(self) -> None:
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        self._refresh_row(self.cursor)

    # -- keys and mouse -----------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "find":
            return self.finds and self.count > 0
        return action != "find_all" or bool(self.letters)

    async def action_find(self) -> None:
        """Ask for letters, below the rows."""
        if self._finder is None:
            self._finder = Finder(self)
            parent = self.parent
            assert isinstance(parent, Widget)
            await parent.mount(self._finder, after=self)
        self._finder.open()

    def action_find_all(self) -> None:
        """Show all rows again."""
        if self._finder is not None:
            self._finder.close()
        self.refresh_bindings()

    def action_cursor(self, by: int) -> None:
        self.cursor += by

    def action_page(self, by: int) -> None:
        self.cursor += by * max(self.size.height - 2, 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = len(self._rows) - 1

    def on_click(self, event: events.Click) -> None:
        place = event.y - 1 + round(self.scroll_y)
        if event.y == 0 and (name := self._name_at(event.x)):
            self.post_message(self.HeadPressed(self, name))
        if event.y >= 1 and place < len(self._rows):
            self.cursor = place
            if event.chain == 2:
                self.post_message(self.Opened(self))

    def _name_at(self, x: int) -> str:
        """The name of the column at `x` cells from the left."""
        left = self._lead
        for column, size in self._fitted:
            left += size + _GAP
            if x < left:
                return column.name
        return ""


class Finder(Horizontal):
    """The letters that a grid's rows must have; there while they are typed, and as long as rows are left out.

    Args:
        grid: whose rows.
    """

    def __init__(self, grid: Grid[Any]) -> None:
        super().__init__()
        self._grid = grid

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(f"{_FIND.of()} ▸", "$text-accent bold"), classes="finder-label")
        yield FinderField(placeholder=_LETTERS.of(), compact=True)
        yield Static(classes="finder-count")

    def open(self) -> None:
        """Take letters."""
        self.display = True
        self.query_one(FinderField).focus()

    def close(self) -> None:
        """No letters any more."""
        self.query_one(FinderField).value = ""
        self._grid.find("")
        self._leave()

    def tell(self, shown: int, count: int) -> None:
        """How many rows have the letters."""
        text = _SHOWN.of(shown=shown, count=count) if self._grid.letters else ""
        self.query_one(".finder-count", Static).update(Content.styled(text, "$foreground-muted"))

    def _leave(self) -> None:
        self.display = bool(self._grid.letters)
        self._grid.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._grid.find(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave()

    def on_finder_field_moved(self, event: FinderField.Moved) -> None:
        event.stop()
        self._grid.action_cursor(event.by)

    def on_finder_field_left(self, event: FinderField.Left) -> None:
        event.stop()
        self.close()


class FinderField(Field):
    """Where the letters are typed; arrows move among what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("finder"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
    ]

    class Left(Message):
        """Escape."""

    @dataclass
    class Moved(Message):
        """An arrow."""

        by: int

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_move(self, by: int) -> None:
        self.post_message(self.Moved(by))


def plain(text: str, style: str = "") -> Content:
    """A cell of foreign text."""
    return Content.styled(text, style) if style else Content(text)


def _cut(cell: Content, size: int, *, keeps_end: bool) -> Content:
    """`cell` in at most `size` cells. What is far behind the edge is not even measured."""
    most = 8 * size + 64
    if len(cell) > most:
        half = most // 2
        cell = Content.assemble(cell[:half], cell[-half:]) if keeps_end else cell[:most]
    if cell.cell_length <= size:
        return cell
    return cut_middle(cell, size) if keeps_end else cell.truncate(size, ellipsis=True)


def widest(texts: Iterable[str], least: int = 0) -> int:
    """Cells of the widest of `texts`."""
    return max([least, *(cell_len(text) for text in texts)])
