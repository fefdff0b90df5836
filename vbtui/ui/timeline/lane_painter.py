"""Draws lanes of the timeline: one strip for each line of the screen, kept until something changes.

Only what is seen is drawn, and neighbours that look alike become one run of text: a frame of ten
thousand segments costs what its lines cost.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len
from rich.segment import Segment as Drawn
from rich.style import Style as RichStyle
from textual.strip import Strip

from vbtui.base.spoken import speaks_chinese
from vbtui.base.translation import Translation
from vbtui.timeline.digest import speed_words, transition_name
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment
from vbtui.ui.kit.words import shorten, shorten_middle, track_text
from vbtui.ui.timeline.lane_pictures import LanePictures, Room
from vbtui.ui.timeline.layout import (
    Block,
    Lane,
    View,
    number_of,
    symbol_of,
    type_of,
)

_KINDS = {VIDEO: "video", AUDIO: "audio", TEXT: "text"}
_COUNTS = {
    AUDIO: Translation("{count} sounds", "{count} 段声音"),
    TEXT: Translation("{count} texts", "{count} 条文字"),
}
_ITEMS = Translation("{count} items", "{count} 项")
_OVERLAP = Translation("+{number} overlap", "+{number} 重叠")
_LASTS = Translation("{length} s", "{length} 秒")
_GAP_OF = Translation("gap {seconds} s", "空隙 {seconds} 秒")
MARK, JOIN = "✓", "╱"
_LEAST_NAME = 6
"""A name is written where it gets so many cells behind the number of its clip."""
_APART = 3
"""Cells from the number of one small clip to the next that has room for its own."""
_BETWEEN = " · "
_DENSE = 4
"""Clips that have fewer cells than that on average are not told apart."""
_SHADED = 8
"""Every other segment is shaded from so many cells on; below, its edge is enough."""
_SIMPLE = re.compile(r"[ -~\u00a1-\u00ac\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*\Z")
"""Characters whose widths add up: one cell before the kana, two from there on."""


@dataclass(frozen=True, slots=True)
class LaneStyle:
    """What a lane is drawn with: as long as it is the same, so are the lines."""

    view: View
    height: int
    """Lines of the lane."""
    names_width: int
    style: Callable[..., RichStyle]
    """The style that these component classes, one over the other, make."""
    is_chosen: bool
    has_focus: bool
    """Whether the keys go to this lane."""
    here: int | None
    """The index of the segment under the playhead, where this is the chosen lane."""
    marked: tuple[int, ...]
    """Rising indices of the marked segments."""
    pictures: LanePictures | None
    """Frames and waveforms, where they are shown."""


@lru_cache(maxsize=8192)
def cut(text: str, cells: int) -> str:
    """`text` in at most `cells` cells; quick for what is long or plain."""
    if cells <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= cells else text[: cells - 1] + "…"
    head = text[: cells + 1]
    if _SIMPLE.match(head):
        ends = list(accumulate(2 if sign >= "\u3041" else 1 for sign in head))
        if ends[-1] <= cells and len(head) == len(text):
            return text
        return head[: bisect_right(ends, cells - 1)] + "…"
    return shorten(text[: 8 * cells + 32], cells)


@lru_cache(maxsize=8192)
def cut_name(name: str, cells: int) -> str:
    """A name in at most `cells` cells, its middle left out: names of files differ at their ends."""
    if name.isascii() and cells >= _LEAST_NAME:
        tail = cells // 2
        return name if len(name) <= cells else f"{name[: cells - 1 - tail]}…{name[-tail:]}"
    return shorten_middle(name, cells)


def padded(text: str, cells: int) -> str:
    """`text` with blanks up to `cells` cells."""
    return text + " " * (cells - (len(text) if text.isascii() else cell_len(text)))


class _Runs:
    """Pieces of a line; those of one style that touch are one."""

    def __init__(self) -> None:
        self.drawn: list[Drawn] = []
        self._texts: list[str] = []
        self._style: RichStyle | None = None

    def add(self, text: str, style: RichStyle) -> None:
        if style is not self._style:
            self._end()
            self._style = style
        self._texts.append(text)

    def take(self, drawn: Iterable[Drawn]) -> None:
        """Pieces as they are."""
        self._end()
        self._style = None
        self.drawn += drawn

    def _end(self) -> None:
        if self._texts:
            self.drawn.append(Drawn("".join(self._texts), self._style))
            self._texts = []

    def strip(self, width: int, rest: RichStyle) -> Strip:
        """The line in `width` cells."""
        self._end()
        return Strip(self.drawn).adjust_cell_length(width, rest)


def lane_strip(lane: Lane, shown: list[Block], within: int, look: LaneStyle) -> Strip:
    """One line of a lane, its name included.

    Args:
        within: which of the lane's lines.
    """
    runs = _Runs()
    name = "canvas--gutter-here" if look.has_focus else "canvas--gutter"
    runs.add(_gutter(lane, within, look), look.style(name))
    at = 0
    for block in shown:
        if block.start > at:
            runs.add(" " * (block.start - at), look.style())
        _draw(runs, lane, block, within, look)
        at = block.end
    return runs.strip(look.names_width + look.view.width, look.style())


def _gutter(lane: Lane, within: int, look: LaneStyle) -> str:
    text = ""
    if within == 0:
        label = f"{symbol_of(lane)} {track_text(lane.track)}"
        label = f"  {_OVERLAP.of(number=lane.number)}" if lane.number else label
        text = ("›" if look.is_chosen else " ") + cut(label, look.names_width - 2)
    return padded(text, look.names_width)


def _draw(runs: _Runs, lane: Lane, block: Block, within: int, look: LaneStyle) -> None:
    size = block.end - block.start
    if block.is_gap:
        is_middle = within == look.height // 2
        runs.add(_gap(block, look.view) if is_middle else " " * size, look.style("canvas--gap"))
        return
    track_kind = type_of(lane)
    kind = f"canvas--{_KINDS.get(track_kind, 'other')}"
    if block.count > 1:
        runs.add(_crowd(lane, block, within, look), look.style(kind))
        return
    names = [kind]
    if block.index % 2 and size >= _SHADED:
        names.append("canvas--odd")
    is_here = block.index == look.here and within == 0
    if is_here:
        names.append("canvas--selected")
    is_marked = block.index in look.marked
    if is_marked:
        names.append("canvas--marked")
    style = look.style(*names)
    start = _start(block, size, is_here=is_here, is_marked=is_marked and within == 0)
    runs.add(start, style)
    left = size - len(start)
    if left <= 0:
        return
    number = number_of(lane, block.index)
    segment = lane.segments[block.index]
    pictures = look.pictures
    has_picture = pictures is not None and pictures.has(segment, track_kind)
    if within and pictures is not None and has_picture:
        room = Room(look.view, range(block.end - left, block.end), look.height - 1, style)
        pieces = pictures.line(segment, track_kind, room, within - 1)
        if pieces is not None:
            runs.take(pieces)
            return
    if within == 0:
        is_short = has_picture or look.height == 1
        words = _title(segment, number, left, track_kind if is_short else None)
    else:
        words = _details(segment, left) if within == 1 and not has_picture else ""
    runs.add(padded(words, left), style)


def _gap(block: Block, view: View) -> str:
    size = block.end - block.start
    seconds = f"{(view.ms(block.end) - view.ms(block.start)) / 1000:.1f}"
    words = f" {_GAP_OF.of(seconds=seconds)} "
    room = size - cell_len(words)
    if room < 2:
        return "┄" * size
    wide = len(words) + room  # as many characters as fill the cells
    return words.center(wide, "┄")


def _start(block: Block, size: int, *, is_here: bool, is_marked: bool) -> str:
    """What a segment begins with: its edge or its transition, and its mark."""
    edge = JOIN if block.is_joined else "▌" if is_here else "▎"
    if not is_marked:
        return edge
    return MARK if size == 1 else edge + MARK


def _crowd(lane: Lane, block: Block, within: int, look: LaneStyle) -> str:
    """Where the segments begin that are too small to be named: clips with their numbers as far as they
    do not run into each other, others with how many they are. Where they are too dense to be told apart,
    only what is numbered has its edge."""
    cells = [" "] * (block.end - block.start)
    numbers = _numbers(lane, block, look.view)
    is_dense = bool(numbers) and _DENSE * len(block.begins) > len(cells)
    for cell in numbers if is_dense else block.begins:
        cells[cell - block.start] = "▎"
    if within:
        return "".join(cells)
    for cell, number in numbers.items():
        at = cell - block.start + 1
        cells[at : at + len(number)] = number
    label = f" {_COUNTS.get(type_of(lane), _ITEMS).of(count=block.count)} "
    wide = cell_len(label)
    if type_of(lane) != VIDEO and len(cells) >= 3 * wide:
        cells[1 : 1 + wide] = label
    return "".join(cells)


def _numbers(lane: Lane, block: Block, view: View) -> dict[int, str]:
    """By the cells in which they begin: the numbers of as many clips as have room for theirs."""
    found: dict[int, str] = {}
    free = block.start
    for cell in block.begins if type_of(lane) == VIDEO else ():
        if cell >= free:
            number = str(_number_at(lane, block, cell, view))
            behind = cell + 1 + len(number)
            if behind <= block.end:
                found[cell] = number
                free = behind + _APART
    return found


def _number_at(lane: Lane, block: Block, cell: int, view: View) -> int:
    """The number of the first clip of a crowd that begins in `cell`."""
    edge = view.offset_ms + (cell - 0.5) * view.ms_per_cell
    last = block.index + block.count
    return lane.numbers[min(bisect_left(lane.starts, edge, block.index, last), last - 1)]


def _title(segment: Segment, number: int | None, room: int, kind: int | None) -> str:
    """What a segment is called, in `room` cells: its number always where it fits, its name where there is
    room for one, and how it is shown or heard where even that fits.

    Args:
        kind: of its track, where no other line tells the details.
    """
    head = "" if number is None else str(number)
    if len(head) > room:
        return ""
    left = room - len(head) - bool(head)
    if left < _LEAST_NAME and head:
        return head
    name = cut_name(segment.name, left)
    title = f"{head} {name}" if head else name
    if kind is None or name != segment.name:
        return title
    details = _details(segment, left - cell_len(name) - len(_BETWEEN))
    return f"{title}{_BETWEEN}{details}" if details else title


def _details(segment: Segment, room: int) -> str:
    """How long it is and how it is shown or heard: what fits in `room` cells of that, the most important first."""
    parts = [_LASTS.of(length=f"{segment.duration_ms / 1000:g}")]
    if segment.transition:
        parts.insert(0, transition_name(segment.transition, speaks_chinese()))
    if segment.volume is not None:
        parts.append(f"{segment.volume:.0%}")
    if speed := speed_words(segment, speaks_chinese()):
        parts.append(speed)
    text = ""
    for part in parts:
        more = f"{text} · {part}" if text else part
        if cell_len(more) <= room:
            text = more
    return text


def overlaid(strip: Strip, x: int, mark: Drawn) -> Strip:
    """`strip` with `mark` in place of what is at its cells, as far as they go."""
    room = strip.cell_length - x
    if room < mark.cell_length:
        mark = mark.split_cells(max(room, 0))[0]
    if not mark.text:
        return strip
    before, _, behind = strip.divide([x, x + mark.cell_length, strip.cell_length])
    return Strip([*before, mark, *behind], strip.cell_length)
