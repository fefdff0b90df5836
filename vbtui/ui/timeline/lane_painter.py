"""Draws lanes of the timeline: one strip for each line of the screen, kept until something changes.

Only what is seen is drawn, and neighbours that look alike become one run of text: a frame of ten
thousand segments costs what its lines cost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len
from rich.segment import Segment as Drawn
from rich.style import Style as RichStyle
from textual.strip import Strip

from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment
from vbtui.ui.kit.words import shorten
from vbtui.ui.timeline.lane_pictures import LanePictures, Room
from vbtui.ui.timeline.layout import Block, Lane, View, symbol_of, track_name, type_of

_KINDS = {VIDEO: "video", AUDIO: "audio", TEXT: "text"}
_NOUNS = {VIDEO: "clips", AUDIO: "sounds", TEXT: "texts"}
MARK = "✓"
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
        label = f"{symbol_of(lane)} {track_name(lane)}"
        label = f"  +{lane.number} overlap" if lane.number else label
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
    segment = lane.segments[block.index]
    pictures = look.pictures
    has_picture = pictures is not None and pictures.has(segment, track_kind)
    if within and pictures is not None and has_picture:
        room = Room(look.view, range(block.end - left, block.end), look.height - 1, style)
        pieces = pictures.line(segment, track_kind, room, within - 1)
        if pieces is not None:
            runs.take(pieces)
            return
    words = _words(lane, segment, within, look.height, has_room=not has_picture)
    runs.add(padded(cut(words, left), left), style)


def _gap(block: Block, view: View) -> str:
    size = block.end - block.start
    words = f" gap {(view.ms(block.end) - view.ms(block.start)) / 1000:.1f} s "
    return words.center(size, "┄") if size >= len(words) + 2 else "┄" * size


def _start(block: Block, size: int, *, is_here: bool, is_marked: bool) -> str:
    """What a segment begins with: its edge or its transition, and its mark."""
    edge = "▌" if is_here else "▎"
    if not is_marked:
        return "╱" * block.transition or edge
    if block.transition:
        text = "╱" * block.transition
        return text[:-1] + MARK if block.transition == size else text + MARK
    return MARK if size == 1 else edge + MARK


def _crowd(lane: Lane, block: Block, within: int, look: LaneStyle) -> str:
    """Where the segments begin that are too small to be named, and how many they are."""
    cells = [" "] * (block.end - block.start)
    for cell in block.begins:
        cells[cell - block.start] = "▎"
    label = f" {block.count} {_NOUNS.get(type_of(lane), 'items')} "
    if within == 0 and len(cells) >= 3 * len(label):
        cells[1 : 1 + len(label)] = label
    return "".join(cells)


def _words(lane: Lane, segment: Segment, within: int, height: int, *, has_room: bool) -> str:
    """What a line of a segment says: its name, and how it is shown or heard.

    Args:
        has_room: the second line is free for words.
    """
    if within == 0:
        if height == 1:
            is_loud = lane.track.type == AUDIO and segment.volume is not None
            return f"{segment.name} {segment.volume:.0%}" if is_loud else segment.name
        return segment.name if has_room else f"{segment.name} · {_details(segment)}"
    return _details(segment) if within == 1 and has_room else ""


def _details(segment: Segment) -> str:
    parts = [f"{segment.duration_ms / 1000:g} s"]
    if segment.transition:
        parts.insert(0, segment.transition)
    if segment.volume is not None:
        parts.append(f"{segment.volume:.0%}")
    if segment.speed != 1:
        parts.append(f"{segment.speed:g}x")
    return " · ".join(parts)


def overlaid(strip: Strip, x: int, mark: Drawn) -> Strip:
    """`strip` with one cell replaced."""
    at = 0
    drawn = list(strip)
    for place, piece in enumerate(drawn):
        size = piece.cell_length
        if at + size > x:
            before, rest = piece.split_cells(x - at)
            behind = rest.split_cells(1)[1]
            middle = [one for one in (before, mark, behind) if one.text]
            return Strip([*drawn[:place], *middle, *drawn[place + 1 :]], strip.cell_length)
        at += size
    return strip
