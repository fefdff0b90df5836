"""Frames of clips and waveforms of sounds on the lanes of the timeline.

What comes into sight is decoded in threads, one after the other, kept, and painted when it is
there; nothing waits for it. What goes out of sight before its turn is never decoded.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment as Drawn
from rich.style import Style as RichStyle
from textual.strip import Strip

from vbtui.journal.records import Asset
from vbtui.timeline.model import AUDIO, VIDEO, Segment
from vbtui.timeline.sources import KnownFiles
from vbtui.ui.kit.host import Host
from vbtui.ui.pictures import raster as blocks
from vbtui.ui.pictures.raster import Box, NoPicture, Raster, Waveform
from vbtui.ui.pictures.raster import Drawn as Picture

if TYPE_CHECKING:
    from pathlib import Path

    from vbtui.ui.timeline.layout import View

_MOST_STRIPS = 512
"""Frames whose lines are kept as they are painted."""
_STEPS_MS = (100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000)
"""Frames are taken at multiples of one of these, so that another zoom finds them again."""
_WIDE = 16 / 9
_FRAME_MS = 40
"""So much before its end lies the last frame of a clip."""


class _Key(NamedTuple):
    """One picture of a file."""

    path: Path
    kind: str
    width: int
    lines: int
    at_ms: int | None

    @property
    def box(self) -> Box:
        """So wide that its height alone decides its size."""
        return Box.of_cells(self.width + 1, self.lines)


class Room(NamedTuple):
    """Where the picture of a segment is drawn."""

    view: View
    cells: range
    """Of the view."""
    lines: int
    style: RichStyle
    """Of the lane."""


class LanePictures:
    """The pictures of one canvas.

    Args:
        host: whose gallery decodes.
        arrived: called when something new can be drawn.
    """

    def __init__(self, host: Host, arrived: Callable[[], None]) -> None:
        self._host = host
        self._arrived = arrived
        self._assets: Sequence[Asset] = ()
        self._originals: KnownFiles[Asset] | None = None
        self._found: dict[str, Asset | None] = {}
        """The file of each segment that was drawn, by its key."""
        self._strips: OrderedDict[_Key, tuple[Raster, list[Strip]]] = OrderedDict()
        self._wanted: dict[_Key, None] = {}
        self._is_running = False

    def know(self, assets: Sequence[Asset]) -> None:
        """These are the files now; they are looked at again when a lane needs one."""
        self._assets = assets
        is_needed = self._originals is not None
        self._originals = None
        if is_needed:
            self._begin()

    def forget_place(self) -> None:
        """Something else comes into sight: nothing is wanted any more."""
        self._wanted.clear()

    def forget_segments(self) -> None:
        """Another timeline is shown."""
        self._found.clear()
        self._wanted.clear()

    def forget_looks(self) -> None:
        """Colours have changed."""
        self._strips.clear()

    # -- drawing ------------------------------------------------------------------------------

    def has(self, segment: Segment, kind: int) -> bool:
        """Whether the file of a segment is on this machine.

        Args:
            kind: of its track.
        """
        return kind in (VIDEO, AUDIO) and self.file_of(segment) is not None

    def line(self, segment: Segment, kind: int, room: Room, within: int) -> Iterable[Drawn] | None:
        """One line of what is seen or heard of `segment`; None where there is nothing to show.

        Args:
            kind: of its track.
            room: to be filled.
            within: which of its lines.
        """
        asset = self.file_of(segment)
        if asset is None:
            return None
        if kind == AUDIO:
            return self._wave(asset, segment, room, within)
        return self._film(asset, segment, room, within)

    def file_of(self, segment: Segment) -> Asset | None:
        """What a segment is made from, where that is on this machine and known already."""
        if self._originals is None:
            self._begin()
            return None
        if segment.key not in self._found:
            self._found[segment.key] = self._originals.find(segment)
        return self._found[segment.key]

    def _film(
        self, asset: Asset, segment: Segment, room: Room, within: int
    ) -> Iterable[Drawn] | None:
        """Frame beside frame, from the start of the clip on; each is that of its left edge."""
        width = _frame_width(asset, room.lines)
        origin = room.view.edge(segment.start_ms)
        drawn: list[Drawn] = []
        at = room.cells.start
        while at < room.cells.stop:
            number = (at - origin) // width
            left = origin + number * width
            until = min(left + width, room.cells.stop)
            key = _frame_key(asset, segment, room, width, number)
            picture = self._picture(key)
            if isinstance(picture, NoPicture):
                return None
            if isinstance(picture, Raster):
                strip = self._strip(key, picture, within, room.style)
                drawn += strip.crop(at - left, until - left)
            else:
                drawn.append(Drawn(" " * (until - at), room.style))
            at = until
        return drawn

    def _strip(self, key: _Key, raster: Raster, within: int, style: RichStyle) -> Strip:
        known = self._strips.get(key)
        if known is None or known[0] is not raster:
            known = raster, blocks.picture_lines(raster, key.width, key.lines, style)
            self._strips[key] = known
            while len(self._strips) > _MOST_STRIPS:
                self._strips.popitem(last=False)
        return known[1][within]

    def _wave(
        self, asset: Asset, segment: Segment, room: Room, within: int
    ) -> Iterable[Drawn] | None:
        """How loud it is in each cell, as loud as it is played."""
        assert asset.path is not None
        picture = self._picture(_Key(asset.path, "audio", 0, 0, None))
        if isinstance(picture, NoPicture):
            return None
        if not isinstance(picture, Waveform):
            return [Drawn(" " * len(room.cells), room.style)]
        levels = Waveform(_levels(asset, segment, room, picture.peaks))
        return blocks.wave_lines(levels, len(room.cells), room.lines, room.style)[within]

    def _picture(self, key: _Key) -> Picture | None:
        """What is known of it; None as long as it is on its way."""
        gallery = self._host.pictures.gallery
        known = gallery.known(key.path, key.kind, key.box, at_ms=key.at_ms)
        if known is None:
            self._wanted[key] = None
            self._begin()
        return known

    # -- decoding -----------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._is_running:
            self._is_running = True
            self._host.work(self._run, name="pictures of the timeline", group="lane pictures")

    async def _run(self) -> None:
        try:
            while self._originals is None or self._wanted:
                if self._originals is None:
                    await self._look_at_files()
                else:
                    await self._decode(next(iter(self._wanted)))
                self._arrived()
        finally:
            self._is_running = False

    async def _look_at_files(self) -> None:
        assets = self._assets
        originals = await asyncio.to_thread(self._host.pictures.originals, assets)
        if assets is self._assets:
            self._originals = originals
            self._found.clear()

    async def _decode(self, key: _Key) -> None:
        self._wanted.pop(key, None)
        try:
            gallery = self._host.pictures.gallery
            await gallery.picture(key.path, key.kind, key.box, at_ms=key.at_ms)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # newer pictures took its place in the queue: it is asked for again when drawn


def _frame_width(asset: Asset, lines: int) -> int:
    """Cells of a frame that is `lines` high."""
    shape = asset.width / asset.height if asset.width and asset.height else _WIDE
    return min(max(round(2 * lines * shape), 2), 8 * lines)


def _frame_key(asset: Asset, segment: Segment, room: Room, width: int, number: int) -> _Key:
    """The frame at the left edge of the place `number`; the first is the clip's first frame."""
    assert asset.path is not None
    if asset.kind == "image":
        return _Key(asset.path, asset.kind, width, room.lines, None)
    begin_ms = segment.source_start_ms
    at_ms = segment.source_ms(segment.start_ms)
    if segment.is_reverse:
        at_ms = max(begin_ms, at_ms - _FRAME_MS)
    if number > 0 and not segment.is_frozen:
        span = width * room.view.ms_per_cell
        played = span * segment.pace.at(number * span)
        step = max((one for one in _STEPS_MS if one <= played), default=_STEPS_MS[0])
        at = segment.source_ms(segment.start_ms + round(number * span))
        at_ms = max(at // step * step, begin_ms)
    return _Key(asset.path, asset.kind, width, room.lines, at_ms)


def _levels(asset: Asset, segment: Segment, room: Room, peaks: bytes) -> bytes:
    """The loudest of each cell, 0-255: against the loudest place of the file, as it is played."""
    volume = (1.0 if segment.volume is None else segment.volume) * 255 / (max(peaks) or 1)
    length = (asset.duration_s or 0) * 1000 or segment.source_ms(segment.end_ms)
    each = len(peaks) / max(length, 1)
    levels = bytearray()
    view, plays = room.view, segment.pace
    for cell in room.cells:
        at_ms = view.offset_ms + cell * view.ms_per_cell
        start = int(_heard_ms(segment, at_ms, length) * each)
        speed = float(plays.at(at_ms - segment.start_ms))
        end = start + round(view.ms_per_cell * speed * each)
        loudest = max(peaks[max(start, 0) : max(end, start + 1)], default=0)
        levels.append(min(int(loudest * volume), 255))
    return bytes(levels)


def _heard_ms(segment: Segment, at_ms: float, length: float) -> float:
    """The time in the file that is heard at `at_ms`; what is looped begins anew at its end."""
    meta = segment.raw.get("m")
    heard = segment.source_ms(round(at_ms))
    return heard % length if isinstance(meta, dict) and meta.get("loop") is True else heard
