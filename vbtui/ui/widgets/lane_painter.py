"""Draws lanes of the timeline: one line of text segments for each line of the screen.

Only what is seen is drawn, and styles are worked out once: a frame of ten thousand segments costs
what its cells cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment as Drawn
from rich.style import Style as RichStyle

from vbtui.timeline import AUDIO, TEXT, VIDEO, Segment
from vbtui.ui.timeline_layout import Block, Lane
from vbtui.ui.widgets.header import shorten

_SYMBOLS = {VIDEO: "▶", AUDIO: "♪", TEXT: "T"}
_KINDS = {VIDEO: "video", AUDIO: "audio", TEXT: "text"}
MARK = "✓"


@dataclass(frozen=True, slots=True)
class Look:
    """What a line of a lane is drawn with."""

    height: int
    """Lines of a lane."""
    names_width: int
    style: Callable[..., RichStyle]
    """The style that these component classes, one over the other, make."""
    is_marked: Callable[[Lane, Segment], bool]


def cut(text: str, cells: int) -> str:
    """`text` in at most `cells` cells; quick for what is long or plain."""
    if cells <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= cells else text[: cells - 1] + "…"
    return shorten(text[: 8 * cells + 32], cells)


def padded(text: str, cells: int) -> str:
    """`text` with blanks up to `cells` cells."""
    return text + " " * (cells - (len(text) if text.isascii() else cell_len(text)))


def lane_line(
    lane: Lane, shown: list[Block], within: int, look: Look, *, here: int | None
) -> Iterator[Drawn]:
    """One line of a lane, from the left edge of the tracks on.

    Args:
        within: which of the lane's lines.
        here: the index of the segment under the playhead in the chosen lane.
    """
    at = 0
    for block in shown:
        if block.start > at:
            yield Drawn(" " * (block.start - at), look.style())
        yield _block(lane, block, within, look, is_here=block.holds(here))
        at = block.end


def gutter(lane: Lane, within: int, look: Look, *, is_chosen: bool, has_focus: bool) -> Drawn:
    """The name of the lane's track."""
    name = "canvas--gutter-here" if is_chosen and has_focus else "canvas--gutter"
    text = ""
    if within == 0:
        symbol = _SYMBOLS.get(_type(lane), "?")
        named = lane.track.name or lane.track.kind
        label = f"  +{lane.number} overlap" if lane.number else f"{symbol} {named}"
        text = ("›" if is_chosen else " ") + cut(label, look.names_width - 2)
    return Drawn(padded(text, look.names_width), look.style(name))


def _type(lane: Lane) -> int:
    return lane.track.type if lane.track.type is not None else -1


def _block(lane: Lane, block: Block, within: int, look: Look, *, is_here: bool) -> Drawn:
    size = block.end - block.start
    if block.is_gap:
        text = "┄" * size if within == look.height // 2 else " " * size
        return Drawn(text, look.style("canvas--gap"))
    segment = lane.segments[block.index]
    names = [f"canvas--{_KINDS.get(_type(lane), 'other')}"]
    if block.index % 2:
        names.append("canvas--odd")
    if is_here:
        names.append("canvas--selected")
    edge = "▌" if is_here else "▎"
    if look.is_marked(lane, segment):
        names.append("canvas--marked")
        edge = MARK if size == 1 else edge + MARK
    text = "╱" * block.transition or edge
    if MARK in edge and block.transition:
        text = (text[:-1] + MARK) if block.transition == size else text + MARK
    left = size - len(text)
    if left > 0:
        text += cut(_words(lane, segment, block, within, look.height), left)
    return Drawn(padded(text, size), look.style(*names))


def _words(lane: Lane, segment: Segment, block: Block, within: int, height: int) -> str:
    if block.count > 1:
        return f"{block.count} clips" if within == 0 else ""
    if within == 0:
        is_loud = height == 1 and lane.track.type == AUDIO and segment.volume is not None
        return f"{segment.volume:.0%} {segment.name}" if is_loud else segment.name
    if within > 1:
        return ""
    parts = [f"{segment.duration_ms / 1000:g} s"]
    if segment.transition:
        parts.insert(0, segment.transition)
    if segment.volume is not None:
        parts.append(f"{segment.volume:.0%}")
    if segment.speed != 1:
        parts.append(f"{segment.speed:g}x")
    return " · ".join(parts)
