"""Copied pictures and the sound put into the finished MP4, packet by packet, without an ffmpeg.

The index stands before the data: room for it is kept free, so that nothing is written twice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.errors import BadFile
from vbtui.studio.render.codec import timescale
from vbtui.studio.render.copying import SPARINGLY, Copy, read_only
from vbtui.studio.render.model import Plan

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

_INDEX_A_PACKET = 48
"""Bytes that the index takes for a packet at most."""
_INDEX = 100_000
"""Bytes for the rest of it."""
_TOLD_EVERY = 100
"""Pictures between two reports."""
_PATIENCE_S = 0.5
"""Until the copying notices that it is cancelled."""


async def take_over(
    plan: Plan, copies: Sequence[Copy], sound: Path, path: Path, tell: Callable[[float], None]
) -> None:
    """Writes the finished MP4 to `path`.

    Args:
        sound: the whole sound, as MP4.
        tell: hears the share that is written, on the event loop.

    Raises `BadFile` for a file that changed meanwhile and `OSError` when the disk refuses.
    """
    cancelled = threading.Event()
    loop = asyncio.get_running_loop()

    def wrote(frames: int) -> bool:
        if frames % _TOLD_EVERY == 0:
            loop.call_soon_threadsafe(tell, frames / plan.frames)
        return not cancelled.is_set()

    work = asyncio.ensure_future(asyncio.to_thread(_take_over, plan, copies, sound, path, wrote))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        cancelled.set()
        await asyncio.wait([work], timeout=_PATIENCE_S)
        raise


def _take_over(
    plan: Plan, copies: Sequence[Copy], sound: Path, path: Path, wrote: Callable[[int], bool]
) -> None:
    import av

    try:
        with av.open(str(sound), format="mp4") as heard:
            stream = heard.streams.audio[0]
            room = _INDEX + _INDEX_A_PACKET * (plan.frames + stream.frames)
            options = {
                "moov_size": str(room),
                "video_track_timescale": str(timescale(plan.canvas)),
            }
            with av.open(str(path), "w", format="mp4", options=options) as output:
                pictures = _Pictures(output, plan, copies)
                track = output.add_stream_from_template(stream, opaque=True)
                waiting = (packet for packet in heard.demux(stream) if packet.size)
                _interleave(output, pictures.packets(), waiting, track, wrote)
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _interleave(
    output: OutputContainer,
    pictures: Iterator[Any],
    sounds: Iterator[Any],
    track: Stream,
    wrote: Callable[[int], bool],
) -> None:
    """Writes both, each sound before the picture that it is heard with.

    Args:
        wrote: told how many pictures are written; False ends it.
    """
    sound = next(sounds, None)
    for number, picture in enumerate(pictures):
        if not wrote(number):
            return
        due = (picture.dts or 0) * (picture.time_base or 0)
        while sound is not None and (sound.dts or 0) * (sound.time_base or 0) <= due:
            sound.stream = track
            output.mux(sound)
            sound = next(sounds, None)
        output.mux(picture)
    while sound is not None:
        sound.stream = track
        output.mux(sound)
        sound = next(sounds, None)


class _Pictures:
    """The packets of all copies, with their times in the finished video."""

    def __init__(self, output: OutputContainer, plan: Plan, copies: Sequence[Copy]) -> None:
        """Adds the picture's track to `output`, with the first file's decoder settings."""
        import av

        self._copies = copies
        self._base = 1 / plan.canvas.fps
        self._delay = max(
            number - shown for copy in copies for number, shown in enumerate(copy.order)
        )
        with _open(copies[0]) as container:
            self._track = output.add_stream_from_template(container.streams.video[0], opaque=True)
        self._track.time_base = self._base
        assert isinstance(self._track, av.VideoStream)

    def packets(self) -> Iterator[Any]:
        """Each with its frame's number as its time."""
        position = 0
        for copy in self._copies:
            for number, packet in enumerate(self._read(copy)):
                packet.stream, packet.time_base = self._track, self._base
                packet.pts = position + copy.order[number]
                packet.dts = position + number - self._delay
                packet.duration = 1
                yield packet
            position += len(copy.order)

    def _read(self, copy: Copy) -> Iterator[Any]:
        """The packets of `copy` as they are. Raises `BadFile` when some are gone."""
        left = len(copy.order)
        with _open(copy) as container:
            stream = container.streams.video[0]
            read_only(container, stream)
            if copy.start_s:
                container.seek(copy.key, stream=stream)
            begun = False
            for packet in container.demux(stream):
                begun = begun or packet.pts == copy.key
                if begun and packet.size:
                    yield packet
                    left -= 1
                    if not left:
                        return
        raise _changed(copy)


def _open(copy: Copy) -> InputContainer:
    import av

    options = {"protocol_whitelist": "file"}
    try:
        return av.open(str(copy.path), options=options, stream_options=SPARINGLY)
    except av.FFmpegError:
        raise _changed(copy) from None


def _changed(copy: Copy) -> BadFile:
    return BadFile(f"“{copy.filename}” is gone or has changed meanwhile.", hint="Upload it again.")
