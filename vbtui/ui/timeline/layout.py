"""Where things are on the timeline's canvas: milliseconds to cells, lanes, ruler. Draws nothing.

Cells are counted from the left edge of the area that shows the tracks; `offset_ms` is the time at
that edge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from math import ceil
from typing import Literal

from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track

ZOOM_STEP = 1.5
CROWDED = 3
"""Segments of fewer cells are drawn together with their neighbours."""
LEAST_MS_PER_CELL = 10.0
_LABEL = 10
"""Cells from one time on the ruler to the next, at least."""
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
        return View(ms_per_cell, around_ms - share * ms_per_cell, self.width).clamped(duration_ms)

    def panned(self, cells: float, duration_ms: int) -> View:
        """Moved by `cells` to the right."""
        offset = self.offset_ms + cells * self.ms_per_cell
        return View(self.ms_per_cell, offset, self.width).clamped(duration_ms)

    def showing(self, ms: float, duration_ms: int) -> View:
        """Moved as far as is needed to show `ms`."""
        cell = self.cell(ms)
        if cell < 0:
            return self.panned(cell - self.width // 4, duration_ms)
        if cell >= self.width:
            return self.panned(cell - self.width + 1 + self.width // 4, duration_ms)
        return self

    def clamped(self, duration_ms: int) -> View:
        """Not before the start, and not so far that nothing is seen."""
        last = max(duration_ms - self.width * self.ms_per_cell, 0)
        return View(self.ms_per_cell, min(max(self.offset_ms, 0), last), self.width)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the ruler."""

    cell: int
    ms: int


def ticks(view: View) -> list[Tick]:
    """Marks at round times, with room for their labels."""
    least = view.ms_per_cell * _LABEL
    step = next((one for one in _TICKS_MS if one >= least), ceil(least / 86_400_000) * 86_400_000)
    first = ceil(view.offset_ms / step)
    found = []
    for number in range(first, first + view.width // _LABEL + 2):
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
    stops: tuple[int, ...] = field(repr=False)
    """The end of each segment, ms."""
    ends: tuple[int, ...] = field(repr=False)
    """The latest end of each segment and those before it, ms."""
    numbers: Sequence[int] = field(repr=False)
    """The place of each segment on its track, from 1: how sentences call a clip."""
    is_ground: bool = False
    """Whether nothing is seen below it: the first lane of the first video track."""

    @classmethod
    def of(
        cls,
        track: Track,
        number: int,
        segments: Sequence[Segment],
        numbers: Sequence[int] = (),
        *,
        is_ground: bool = False,
    ) -> Lane:
        """A lane of `segments`, which are in the order of their starts; without `numbers` all of the track."""
        starts = tuple([one.start_ms for one in segments])
        stops = tuple([one.start_ms + one.duration_ms for one in segments])
        ends = tuple(accumulate(stops, max))
        numbers = numbers or range(1, len(segments) + 1)
        return cls(track, number, tuple(segments), starts, stops, ends, numbers, is_ground)

    def at(self, ms: float) -> int | None:
        """The index of the segment that is seen at `ms`; None in a gap."""
        place = bisect_right(self.starts, ms) - 1
        if place >= 0 and ms < self.stops[place]:
            return place
        return None

    def near(self, ms: float) -> int | None:
        """The index of the segment at `ms`, else of the nearest one."""
        here = self.at(ms)
        if here is not None or not self.segments:
            return here
        place = bisect_left(self.starts, ms)
        before, after = max(place - 1, 0), min(place, len(self.segments) - 1)
        is_before = ms - self.stops[before] <= self.starts[after] - ms
        return before if place and is_before else after


def lanes_of(timeline: Timeline) -> list[Lane]:
    """Every track as one lane or more; an empty track has one empty lane."""
    ground = next((one.index for one in timeline.tracks if one.type == VIDEO), None)
    return [
        lane
        for track in timeline.tracks
        for lane in _track_lanes(track, is_ground=track.index == ground)
    ]


def _track_lanes(track: Track, *, is_ground: bool) -> Iterator[Lane]:
    lane = Lane.of(track, 0, track.segments, is_ground=is_ground)
    if _is_plain(lane):
        yield lane
        return
    lanes: list[list[tuple[int, Segment]]] = [[]]
    ends = [0]
    numbered = enumerate(track.segments, 1)
    for place, segment in sorted(numbered, key=lambda one: (one[1].start_ms, one[1].end_ms)):
        room = segment.start_ms + segment.transition_ms
        number = next((lane for lane, end in enumerate(ends) if room >= end), len(ends))
        if number == len(lanes):
            lanes.append([])
            ends.append(0)
        lanes[number].append((place, segment))
        ends[number] = max(ends[number], segment.end_ms)
    for number, members in enumerate(lanes):
        numbers, segments = [place for place, _ in members], [one for _, one in members]
        yield Lane.of(track, number, segments, numbers, is_ground=is_ground and not number)


def _is_plain(lane: Lane) -> bool:
    """Whether a track's segments are in order and overlap nothing but in their transitions."""
    if any(a > b for a, b in pairwise(lane.starts)):
        return False
    behind = zip(lane.ends, lane.starts[1:], lane.segments[1:], strict=False)
    return all(end <= start or end <= start + one.transition_ms for end, start, one in behind)


@dataclass(slots=True)
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
    is_joined: bool = False
    """Whether its start is seen and the one before fades into it."""
    begins: tuple[int, ...] = ()
    """The cells in which segments begin, where several share the block."""

    @property
    def is_gap(self) -> bool:
        return self.index < 0


def blocks(lane: Lane, view: View, apart: Sequence[int] = ()) -> list[Block]:
    """What is seen of `lane`, from left to right, clipped to the view.

    Gaps are told between segments (and before the first one) on the first video track only: there a
    gap is a black picture; above it, silence or no text are normal. The time that this takes depends on
    the width of the view, not on how many segments there are.

    Args:
        apart: rising indices of segments that share no block with others, however small.
    """
    found: list[Block] = []
    cells = _Cells(lane, view, apart)
    index = bisect_left(lane.ends, view.offset_ms)
    while index < len(lane.starts) and lane.starts[index] < view.end_ms:
        if lane.stops[index] <= view.offset_ms and lane.segments[index].duration_ms:
            index += 1
            continue
        behind = found[-1].end if found else 0
        start, end = cells.of(index)
        is_apart = cells.is_apart(index)
        if is_apart:
            start, end = _with_room(found, start, end, view.width)
        elif end <= behind and found:
            index = cells.next_to_see(index, behind)
            continue
        elif start < behind:
            start = _meet(found, start, behind)
        if start >= view.width:
            break
        found += _gap(lane, index, behind, start)
        if is_apart or cells.is_wide(index):
            segment = lane.segments[index]
            is_joined = bool(segment.transition) and segment.start_ms >= view.offset_ms
            found.append(Block(start, end, index, is_joined=is_joined))
            index += 1
        else:
            found.append(cells.crowd(index, start))
            index += found[-1].count
    return found


class _Cells:
    """Where the segments of one lane are in one view."""

    def __init__(self, lane: Lane, view: View, apart: Sequence[int]) -> None:
        self._starts = lane.starts
        self._stops = lane.stops
        self._view = view
        self._apart = apart
        self._wide_ms = CROWDED * view.ms_per_cell

    def of(self, index: int) -> tuple[int, int]:
        """First cell, and the one behind the last one: at least one, clipped to the view."""
        view = self._view
        start = max(round((self._starts[index] - view.offset_ms) / view.ms_per_cell), 0)
        end = round((self._stops[index] - view.offset_ms) / view.ms_per_cell)
        return start, min(max(end, start + 1), view.width)

    def is_wide(self, index: int) -> bool:
        return self._stops[index] - self._starts[index] >= self._wide_ms

    def is_apart(self, index: int) -> bool:
        return self._next_apart(index) == index

    def _next_apart(self, index: int) -> int:
        """The first segment from `index` on that is shown apart, else the end of the lane."""
        place = bisect_left(self._apart, index)
        return self._apart[place] if place < len(self._apart) else len(self._starts)

    def next_to_see(self, index: int, cell: int) -> int:
        """The next segment behind `index` of which something may be seen from `cell` on."""
        ms = self._view.offset_ms + (cell - 0.5) * self._view.ms_per_cell
        found = bisect_left(self._starts, ms, index + 1)
        if found > index + 1:  # the last one of those that are passed may be a long one
            found -= 1
        return min(found, self._next_apart(index + 1))

    def crowd(self, index: int, start: int) -> Block:
        """The small segments from `index` on that touch each other, as one block.

        Goes from cell to cell, past all that begin in the same one.
        """
        starts, stops, each = self._starts, self._stops, self._view.ms_per_cell
        limit = self._next_apart(index + 1)
        cell, begins, width, after = start, [start], self._view.width, index + 1
        edge = self._view.offset_ms + (start + 0.5) * each
        while True:
            after = bisect_left(starts, edge, min(after, limit), limit)
            if after - 1 > index and self.is_wide(after - 1):
                after -= 1
                break
            if after >= limit or self.is_wide(after):
                break
            behind = starts[after] - edge
            steps = 1 if behind < each else 1 + int(behind // each)
            if steps > 1 and starts[after] - stops[after - 1] >= each / 2:
                break
            cell += steps
            edge += steps * each
            if cell >= width:
                break
            begins.append(cell)
        end = min(max(self.of(after - 1)[1], cell + 1), width)
        return Block(start, end, index, after - index, begins=tuple(begins))


def _with_room(found: list[Block], start: int, end: int, width: int) -> tuple[int, int]:
    """Cells for a segment that is shown apart: the block before gives way where it can."""
    start = min(start, width - 1)
    if not found or start >= found[-1].end:
        return start, max(end, start + 1)
    if start > found[-1].start:
        found[-1] = _until(found[-1], start)
    elif found[-1].end < width:
        start = found[-1].end
    else:
        found.pop()
    return start, max(end, start + 1)


def _until(block: Block, end: int) -> Block:
    """The part of `block` before the cell `end`."""
    begins = tuple(cell for cell in block.begins if cell < end)
    return replace(block, end=end, begins=begins)


def _meet(found: list[Block], start: int, behind: int) -> int:
    """Where a segment begins that the one before overlaps: the later one is on top."""
    last = found[-1]
    if start > last.start:
        found[-1] = _until(last, start)
        return start
    return behind


def _gap(lane: Lane, index: int, behind: int, start: int) -> list[Block]:
    if not lane.is_ground or start <= behind:
        return []
    return [Block(behind, start, -1)] if index or behind == 0 else []


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the canvas: which lane's, and which of its lines."""

    lane: int
    within: int


_HEIGHTS = (
    ({VIDEO: 7, AUDIO: 5}, 2, 1),
    ({VIDEO: 6, AUDIO: 4}, 2, 1),
    ({VIDEO: 5, AUDIO: 3}, 2, 1),
    ({VIDEO: 4, AUDIO: 3}, 2, 1),
    ({VIDEO: 4, AUDIO: 2}, 1, 1),
    ({VIDEO: 3, AUDIO: 2}, 1, 0),
)
"""With pictures: lines of video and audio, of others, between lanes; the roomiest first."""
_PLAIN_HEIGHTS = (3, 1), (2, 1), (2, 0), (1, 0)
"""Without: lines of every lane, and between lanes."""


def rows_of(lanes: Sequence[Lane], room: int, *, pictures: bool) -> list[Row | None]:
    """The lines of all lanes from top to bottom, None between lanes; all within `room` if possible."""
    choices = [
        ([heights.get(type_of(one), least) for one in lanes], gap)
        for heights, least, gap in _HEIGHTS
    ]
    plain = [([height] * len(lanes), gap) for height, gap in _PLAIN_HEIGHTS]
    choices = [*choices, plain[-1]] if pictures else plain
    heights, gap = next(
        (one for one in choices if sum(one[0]) + one[1] * (len(lanes) - 1) <= room), choices[-1]
    )
    if pictures:
        _spread(lanes, heights, room - sum(heights) - gap * (len(lanes) - 1))
    rows: list[Row | None] = []
    for number, height in enumerate(heights):
        rows += [None] * (gap if number else 0)
        rows += [Row(number, within) for within in range(height)]
    return rows


def most_rows(lanes: Sequence[Lane]) -> int:
    """How many lines the lanes can use where they show pictures."""
    heights, least, gap = _HEIGHTS[0]
    return sum(heights.get(type_of(one), least) for one in lanes) + gap * (len(lanes) - 1)


def _spread(lanes: Sequence[Lane], heights: list[int], left: int) -> None:
    """Give lines that are `left` to clips first, then to sounds: one lane after the other."""
    for kind, least, most in ((VIDEO, 3, 7), (AUDIO, 2, 5)):
        for number, lane in enumerate(lanes):
            more = min(most - heights[number], left)
            if type_of(lane) == kind and heights[number] + more >= least:
                heights[number] += more
                left -= more


Part = Literal["start", "end", "body"]


@dataclass(frozen=True, slots=True)
class Drag:
    """A segment that is held with the mouse."""

    track: Track
    segment: Segment
    part: Part
    """By what it is held: one of its ends, or all of it."""
    from_ms: int
    to_ms: int


def held(lane: Lane, view: View, cell: int) -> tuple[Segment, Part] | None:
    """What a press on `cell` takes hold of: an end by its outermost cell, where there are others between."""
    index = lane.at(view.ms(cell))
    if index is None:
        return None
    segment = lane.segments[index]
    first, last = view.edge(segment.start_ms), view.edge(segment.end_ms) - 1
    if last - first >= 3 and cell in (first, last):
        return segment, "start" if cell == first else "end"
    return segment, "body"


def type_of(lane: Lane) -> int:
    """The kind of its track, -1 where there is none."""
    return lane.track.type if lane.track.type is not None else -1


def symbol_of(lane: Lane) -> str:
    """One cell for the kind of its track."""
    return {VIDEO: "▶", AUDIO: "♪", TEXT: "T"}.get(type_of(lane), "?")


def number_of(lane: Lane, index: int) -> int | None:
    """The number that a sentence calls a clip by; None for what is no clip."""
    return lane.numbers[index] if type_of(lane) == VIDEO and not lane.track.lies_over else None
