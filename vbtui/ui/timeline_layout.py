"""Where things are on the timeline's canvas: milliseconds to cells, lanes, ruler. Draws nothing.

Cells are counted from the left edge of the area that shows the tracks; `offset_ms` is the time at
that edge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil

from vbtui.timeline import VIDEO, Segment, Timeline, Track

ZOOM_STEP = 1.5
LEAST_MS_PER_CELL = 10.0
_TICKS_MS = (
    *(100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000),
    *(60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000),
    *(86_400_000, 604_800_000, 2_592_000_000),
)


@dataclass(frozen=True, slots=True)
class View:
    """What part of the timeline the canvas shows."""

    ms_per_cell: float
    offset_ms: float = 0
    width: int = 80
    """Cells."""

    @classmethod
    def whole(cls, duration_ms: int, width: int) -> View:
        """The whole timeline in `width` cells."""
        width = max(width, 1)
        return cls(max(duration_ms / width, LEAST_MS_PER_CELL), 0, width)

    @property
    def end_ms(self) -> float:
        return self.offset_ms + self.width * self.ms_per_cell

    def cell(self, ms: float) -> int:
        """The cell in which `ms` is; negative or beyond the width when it is not shown."""
        return int((ms - self.offset_ms) // self.ms_per_cell)

    def edge(self, ms: float) -> int:
        """The nearest border between two cells: where something that begins at `ms` is drawn."""
        return round((ms - self.offset_ms) / self.ms_per_cell)

    def ms(self, cell: int) -> int:
        """The time at the left edge of `cell`, never before the start."""
        return max(round(self.offset_ms + cell * self.ms_per_cell), 0)

    def zoomed(self, steps: int, around_ms: float, duration_ms: int) -> View:
        """`steps` nearer (or, negative, further away); `around_ms` keeps its cell."""
        furthest = max(duration_ms / max(self.width, 1), LEAST_MS_PER_CELL)
        wanted = self.ms_per_cell * ZOOM_STEP**-steps
        ms_per_cell = min(max(wanted, LEAST_MS_PER_CELL), furthest)
        share = (around_ms - self.offset_ms) / self.ms_per_cell
        return View(ms_per_cell, around_ms - share * ms_per_cell, self.width).held(duration_ms)

    def panned(self, cells: float, duration_ms: int) -> View:
        """Moved by `cells` to the right."""
        offset = self.offset_ms + cells * self.ms_per_cell
        return View(self.ms_per_cell, offset, self.width).held(duration_ms)

    def showing(self, ms: float, duration_ms: int) -> View:
        """Moved as far as is needed to show `ms`."""
        cell = self.cell(ms)
        if cell < 0:
            return self.panned(cell - self.width // 4, duration_ms)
        if cell >= self.width:
            return self.panned(cell - self.width + 1 + self.width // 4, duration_ms)
        return self

    def held(self, duration_ms: int) -> View:
        """Not before the start, and not so far that nothing is seen."""
        last = max(duration_ms - self.width * self.ms_per_cell, 0)
        return View(self.ms_per_cell, min(max(self.offset_ms, 0), last), self.width)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the ruler."""

    cell: int
    ms: int


def ticks(view: View, label_cells: int = 10) -> list[Tick]:
    """Marks at round times, at least `label_cells` apart."""
    least = view.ms_per_cell * label_cells
    step = next((one for one in _TICKS_MS if one >= least), ceil(least / 86_400_000) * 86_400_000)
    first = ceil(view.offset_ms / step)
    found = []
    for number in range(first, first + view.width // max(label_cells, 1) + 2):
        cell = view.edge(number * step)
        if 0 <= cell < view.width:
            found.append(Tick(cell, number * step))
    return found


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of segments that do not overlap but for their transitions."""

    track: Track
    number: int
    """0 for a track's first lane; further ones hold what overlaps."""
    segments: tuple[Segment, ...]
    """By start."""
    starts: tuple[int, ...] = field(repr=False)
    """The start of each segment, ms."""
    ends: tuple[int, ...] = field(repr=False, default=())
    """The latest end of each segment and those before it, ms."""

    def at(self, ms: float) -> int | None:
        """The index of the segment that is seen at `ms`; None in a gap."""
        place = bisect_right(self.starts, ms) - 1
        if place >= 0 and ms < self.segments[place].end_ms:
            return place
        return None

    def near(self, ms: float) -> int | None:
        """The index of the segment at `ms`, else of the nearest one."""
        here = self.at(ms)
        if here is not None or not self.segments:
            return here
        place = bisect_left(self.starts, ms)
        before, after = max(place - 1, 0), min(place, len(self.segments) - 1)
        is_before = ms - self.segments[before].end_ms <= self.starts[after] - ms
        return before if place and is_before else after


def lanes_of(timeline: Timeline) -> list[Lane]:
    """Every track as one lane or more; an empty track has one empty lane."""
    return [lane for track in timeline.tracks for lane in _track_lanes(track)]


def _track_lanes(track: Track) -> Iterator[Lane]:
    lanes: list[list[Segment]] = [[]]
    ends = [0]
    for segment in sorted(track.segments, key=lambda one: (one.start_ms, one.end_ms)):
        room = segment.start_ms + segment.transition_ms
        number = next((place for place, end in enumerate(ends) if room >= end), len(ends))
        if number == len(lanes):
            lanes.append([])
            ends.append(0)
        lanes[number].append(segment)
        ends[number] = max(ends[number], segment.end_ms)
    for number, segments in enumerate(lanes):
        yield Lane(
            track,
            number,
            tuple(segments),
            tuple(one.start_ms for one in segments),
            tuple(accumulate((one.end_ms for one in segments), max)),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a lane as it is drawn: a segment, several too small to tell apart, or a gap."""

    start: int
    """First cell."""
    end: int
    """The cell behind the last one."""
    index: int
    """Of the (first) segment; -1 for a gap."""
    count: int = 1
    """How many segments share these cells."""
    transition: int = 0
    """Cells at the start in which the one before fades into it."""

    @property
    def is_gap(self) -> bool:
        return self.index < 0

    def holds(self, index: int | None) -> bool:
        """Whether the segment with that index is drawn here."""
        return index is not None and self.index <= index < self.index + self.count


def blocks(lane: Lane, view: View) -> list[Block]:
    """What is seen of `lane`, from left to right, clipped to the view.

    Gaps are told between segments (and before the first one) on video tracks only: there a gap is
    a black picture; elsewhere silence or no text is normal.
    """
    found: list[Block] = []
    behind = 0
    index = bisect_left(lane.ends, view.offset_ms)
    while index < len(lane.segments):
        segment = lane.segments[index]
        if segment.start_ms >= view.end_ms:
            break
        if segment.end_ms <= view.offset_ms and segment.duration_ms:
            index += 1
            continue
        start = max(view.edge(segment.start_ms), 0)
        end = min(max(view.edge(segment.end_ms), start + 1), view.width)
        if end <= behind and found:
            found[-1] = _with_more(found[-1], 1)
            index += 1
            continue
        if start < behind:
            start = _meet(found, start, behind)
        if start >= view.width:
            break
        found += _gap(lane, index, behind, start)
        fade = _fade(view, segment, start, end)
        behind = end
        after = _behind(lane, view, index, behind) if end - start == 1 else index + 1
        found.append(Block(start, end, index, after - index, fade))
        index = after
    return found


def _behind(lane: Lane, view: View, index: int, behind: int) -> int:
    """The first index after `index` whose segment may be seen from the cell `behind` on."""
    start = view.offset_ms + (behind - 0.5) * view.ms_per_cell
    begun = bisect_left(lane.starts, start, index)
    over = bisect_left(lane.ends, start + view.ms_per_cell, index)
    return max(min(begun, over), index + 1)


def _meet(found: list[Block], start: int, behind: int) -> int:
    """Where a segment begins that the one before overlaps: the later one is on top."""
    last = found[-1]
    if start > last.start:
        found[-1] = Block(last.start, start, last.index, last.count, last.transition)
        return start
    return behind


def _with_more(block: Block, count: int) -> Block:
    return Block(block.start, block.end, block.index, block.count + count, block.transition)


def _gap(lane: Lane, index: int, behind: int, start: int) -> list[Block]:
    if lane.track.type != VIDEO or lane.number or start <= behind:
        return []
    return [Block(behind, start, -1)] if index or behind == 0 else []


def _fade(view: View, segment: Segment, start: int, end: int) -> int:
    """Cells of the transition into `segment`, at least one where there is one."""
    if not segment.transition or segment.start_ms < view.offset_ms:
        return 0
    cells = view.edge(segment.start_ms + segment.transition_ms) - start
    return min(max(cells, 1), max(end - start, 0))


def lane_height(lanes: Sequence[Lane], room: int) -> int:
    """Lines for each lane, 1 to 3, so that all fit in `room` lines where that is possible."""
    for height in (3, 2):
        if len(lanes) * (height + 1) - 1 <= room:
            return height
    return 1
