"""A track's segments as editing programs count them: in frames, one after the other, cut to cut.

In a draft a transition is an overlap of two segments, or begins where they touch. Editing programs
put a cut into it and say how far it reaches to both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vbtui.interchange.model import Grid
from vbtui.timeline.model import VIDEO, Segment, Track


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
        return begin + round(self.skipped * self.segment.speed)


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
