"""What the formats of the way out share: their names, the frame grid, where opentimelineio comes from,
and a track's segments as editing programs count them: in frames, one after the other, cut to cut.

In a draft a transition is an overlap of two segments, or begins where they touch. Editing programs
put a cut into it and say how far it reaches to both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from vbtui.base.errors import OtioMissing
from vbtui.base.translation import Translation
from vbtui.timeline.model import VIDEO, Segment, Timeline, Track

_NO_TIME_CODE = Translation(
    "there is no time code of {fps} frames a second: it counts 30.",
    "没有每秒 {fps} 帧的时间码：按 30 帧计。",
)
_NEEDED = Translation(
    "The Python package {package} is needed for this format.", "这种格式需要 Python 包 {package}。"
)


LABELS = {
    "otio": Translation("OpenTimelineIO", "OpenTimelineIO"),
    "edl": Translation("EDL", "EDL"),
    "xml": Translation("FCP XML", "FCP XML"),
    "srt": Translation("SRT", "SRT"),
    "rebuild": Translation("Rebuild folder", "重建文件夹"),
}
"""OpenTimelineIO, CMX 3600, Final Cut Pro 7, SubRip, and the folder that rebuilds the video."""
FORMATS = tuple(LABELS)
_ADAPTERS = {
    "edl": ("cmx_3600", "otio-cmx3600-adapter"),
    "xml": ("fcp_xml", "otio-fcp-adapter"),
}
"""The adapter of a format by opentimelineio's name, and the package that brings it."""
TIME_CODES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
)
"""Frame rates that have a time code."""
_NTSC = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001))


@dataclass(frozen=True, slots=True)
class WayOut:
    """What was written."""

    files: tuple[Path, ...]
    """In the order of the formats; a rebuild folder stands for all that is in it."""
    not_carried: tuple[str, ...]
    """Sentences on what a format cannot carry or why a file was not written; each names it."""


class CannotHold(Exception):
    """A format cannot hold this timeline; the text says why."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames that times in ms are put on."""

    fps: Fraction

    @classmethod
    def of(cls, fps: float | None) -> Grid:
        """The exact rate that `fps` means: 29.97 is 30000/1001. Without one: 30."""
        fps = min(240.0, max(1.0, fps or 30.0))
        for rate in _NTSC:
            if abs(fps - rate) < 0.01:
                return cls(rate)
        return cls(Fraction(fps).limit_denominator(1001))

    @property
    def rate(self) -> float:
        """As opentimelineio counts."""
        return float(self.fps)

    def frame(self, ms: int) -> int:
        """The frame nearest to `ms`; halves go up."""
        return int(ms * self.fps / 1000 + Fraction(1, 2))

    def ms(self, frame: float) -> int:
        """Where a frame begins, in ms."""
        return round(Fraction(frame) * 1000 / self.fps)


def time_code_grid(timeline: Timeline) -> tuple[Grid, list[str]]:
    """The grid to count in: the timeline's own, or one of 30 where that has no time code."""
    grid = Grid.of(timeline.fps)
    if grid.fps in TIME_CODES:
        return grid, []
    note = _NO_TIME_CODE.of(fps=f"{float(grid.fps):g}")
    return Grid(Fraction(30)), [note]


def opentimelineio() -> ModuleType:
    """The library. Raises `OtioMissing`."""
    try:
        return import_module("opentimelineio")
    except ImportError as error:
        raise _missing("opentimelineio") from error


def adapter(name: str) -> Any:
    """What reads and writes `edl` or `xml`. Raises `OtioMissing`."""
    known_as, package = _ADAPTERS[name]
    otio = opentimelineio()
    try:
        found = otio.adapters.from_name(known_as)
        found.module()
    except (ImportError, otio.exceptions.OTIOError) as error:
        raise _missing(package) from error
    return found


def _missing(package: str) -> OtioMissing:
    return OtioMissing(_NEEDED.of(package=package))


@dataclass(frozen=True, slots=True)
class Piece:
    """One segment between its cuts."""

    position: int
    """Among the track's segments as they came."""
    segment: Segment
    start: int
    """Frame of the cut in."""
    end: int
    skipped: int = 0
    """Frames between the segment's own beginning and the cut in."""
    before: int = 0
    """Frames that its transition reaches out before the cut in."""
    after: int = 0
    """Frames that its transition reaches into it; `before + after` is its length."""

    @property
    def has_transition(self) -> bool:
        return self.before + self.after > 0

    def source_start(self, grid: Grid) -> int:
        """Frame of the source at the cut in, counted at the grid's rate."""
        begin = grid.frame(self.segment.source_start_ms)
        skipped = self.segment.pace.played(self.skipped * 1000 / grid.fps)
        return begin + round(skipped * grid.fps / 1000)


@dataclass(slots=True)
class Row:
    """Pieces of one track that do not overlap; a track of sounds or texts may need several."""

    track: Track
    pieces: list[Piece] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    """Positions of segments that are shorter than a frame or wholly covered by others."""
    dropped: list[int] = field(default_factory=list)
    """Positions of segments whose transition has no room."""
    trimmed: list[int] = field(default_factory=list)
    """Positions of segments of which a part is covered by the one that follows."""


def arrange(track: Track, grid: Grid) -> list[Row]:
    """The rows of `track`; the first is there even when nothing is on it."""
    rows = [Row(track)]
    order = sorted(enumerate(track.segments), key=lambda item: (item[1].start_ms, item[0]))
    for position, segment in order:
        start, end = grid.frame(segment.start_ms), grid.frame(segment.end_ms)
        if end <= start:
            rows[0].hidden.append(position)
            continue
        piece = Piece(position, segment, start, end)
        if track.type == VIDEO:
            _follow(rows[0], piece, grid)
        else:
            _beside(rows, piece, grid)
    return rows


def _beside(rows: list[Row], piece: Piece, grid: Grid) -> None:
    """Put a sound or a text on the first row that is free there."""
    for row in rows:
        if not row.pieces or row.pieces[-1].end <= piece.start:
            row.pieces.append(_touching(row, piece, grid))
            return
    row = Row(rows[0].track)
    row.pieces.append(_touching(row, piece, grid))
    rows.append(row)


def _follow(row: Row, piece: Piece, grid: Grid) -> None:
    """Put a picture after the one before it; where they overlap, the later one is seen."""
    before = row.pieces[-1] if row.pieces else None
    overlap = before.end - piece.start if before else 0
    if before is None or overlap <= 0:
        row.pieces.append(_touching(row, piece, grid))
        return
    cut = piece.start + overlap // 2
    room = cut - before.start - before.after
    if (
        piece.segment.transition
        and room >= overlap // 2
        and piece.end - cut >= overlap - overlap // 2
    ):
        row.pieces[-1] = replace(before, end=cut)
        row.pieces.append(
            replace(
                piece,
                start=cut,
                skipped=cut - piece.start,
                before=overlap // 2,
                after=overlap - overlap // 2,
            )
        )
        return
    if piece.segment.transition:
        row.dropped.append(piece.position)
    row.trimmed.append(before.position)
    while row.pieces and row.pieces[-1].start >= piece.start:
        row.hidden.append(row.pieces.pop().position)
    if row.pieces and row.pieces[-1].end > piece.start:
        last = row.pieces[-1]
        row.pieces[-1] = replace(
            last, end=piece.start, after=min(last.after, piece.start - last.start)
        )
    row.pieces.append(piece)


def _touching(row: Row, piece: Piece, grid: Grid) -> Piece:
    """With a transition that begins at its own start, where it has one that fits."""
    segment = piece.segment
    if not segment.transition or not segment.transition_ms:
        return piece
    length = min(grid.frame(segment.transition_ms), piece.end - piece.start)
    if length <= 0:
        row.dropped.append(piece.position)
    return replace(piece, after=max(0, length))


def positions(rows: Sequence[Row], name: str) -> list[int]:
    """All of `hidden`, `dropped` or `trimmed` of the rows of one track, in order."""
    return sorted({at for row in rows for at in getattr(row, name)})
