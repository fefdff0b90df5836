"""Pictures, copied and encoded ones, and the sound put into the finished MP4, packet by packet.

The index stands before the data: room for it is kept free, so that nothing is written twice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base.errors import BadFile
from vbtui.studio.render.codec import timescale
from vbtui.studio.render.copying import Copy
from vbtui.studio.render.h264 import (
    SPARINGLY,
    UNPROBED,
    Settings,
    find_settings,
    list_of_settings,
    parameters_of,
    read_only,
    with_lengths,
)
from vbtui.studio.render.model import Plan
from vbtui.studio.render.parameters import holding

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_INDEX_A_PACKET = 48
"""Bytes that the index takes for a packet at most."""
_INDEX = 100_000
"""Bytes for the rest of it."""
_TOLD_EVERY = 100
"""Pictures between two reports."""
_PATIENCE_S = 0.5
"""Until the copying notices that it is cancelled."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A finished chunk."""

    path: Path
    start: int
    """Frame of the video at which it begins."""
    count: int


class Misfit(Exception):
    """Encoded parts cannot stand beside copied ones: all has to be encoded."""


Piece = Copy | Encoded


async def take_over(
    plan: Plan, pieces: Sequence[Piece], sound: Path, path: Path, tell: Callable[[float], None]
) -> None:
    """Writes the finished MP4 to `path`.

    Args:
        pieces: the whole picture, in order; chunks are libx264's.
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

    work = asyncio.ensure_future(asyncio.to_thread(_take_over, plan, pieces, sound, path, wrote))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        cancelled.set()
        await asyncio.wait([work], timeout=_PATIENCE_S)
        raise


def _take_over(
    plan: Plan, pieces: Sequence[Piece], sound: Path, path: Path, wrote: Callable[[int], bool]
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
                pictures = _Pictures(output, plan, pieces)
                track = output.add_stream_from_template(stream, opaque=True)
                waiting = (packet for packet in heard.demux(stream) if packet.size)
                _interleave(output, pictures, waiting, track, wrote)
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _interleave(
    output: OutputContainer,
    pictures: _Pictures,
    sounds: Iterator[Any],
    track: Stream,
    wrote: Callable[[int], bool],
) -> None:
    """Writes both, each sound before the picture that it is heard with.

    Args:
        wrote: told how many pictures are written; False ends it.
    """
    sound = next(sounds, None)
    base = sound.time_base if sound is not None else pictures.base
    ticks, of = (pictures.base / base).as_integer_ratio()
    for number, picture in enumerate(pictures.packets()):
        if not wrote(number):
            return
        due = (picture.dts or 0) * ticks // of
        while sound is not None and (sound.dts or 0) <= due:
            sound.stream = track
            output.mux(sound)
            sound = next(sounds, None)
        output.mux(picture)
    while sound is not None:
        sound.stream = track
        output.mux(sound)
        sound = next(sounds, None)


class _Pictures:
    """The packets of all pieces, with their times in the finished video."""

    def __init__(self, output: OutputContainer, plan: Plan, pieces: Sequence[Piece]) -> None:
        """Adds the picture's track to `output`, with the decoder settings of all pieces."""
        held = max((piece.form.held for piece in pieces if isinstance(piece, Copy)), default=0)
        encoded = {piece: _look(piece, held) for piece in pieces if isinstance(piece, Encoded)}
        self._pieces = [
            (piece, piece.order if isinstance(piece, Copy) else encoded[piece][1])
            for piece in pieces
        ]
        self.base = 1 / plan.canvas.fps
        """Of the packets' times, in seconds."""
        self._delay = max(
            number - shown for _, order in self._pieces for number, shown in enumerate(order)
        )
        self._track = _add_track(output, pieces, [settings for settings, _ in encoded.values()])
        self._track.time_base = self.base

    def packets(self) -> Iterator[Packet[Any]]:
        """Each with its frame's number as its time."""
        position = 0
        for piece, order in self._pieces:
            found = _read_copy(piece) if isinstance(piece, Copy) else _read_chunk(piece)
            for number, (packet, shown) in enumerate(zip(found, order, strict=True)):
                packet.stream, packet.time_base = self._track, self.base
                packet.pts = position + shown
                packet.dts = position + number - self._delay
                packet.duration = 1
                yield packet
            position += len(order)


def _add_track(
    output: OutputContainer, pieces: Sequence[Piece], encoded: Sequence[Settings]
) -> Stream:
    """Made like the first chunk's, which names its colours, else like the first copy's.

    Args:
        encoded: the decoder settings of each chunk.
    """
    import av

    copies = [piece for piece in pieces if isinstance(piece, Copy)]
    chunks = [piece.path for piece in pieces if isinstance(piece, Encoded)]
    if not chunks:
        with _open(copies[0], {"protocol_whitelist": "file"}) as container:
            template: Any = container.streams[copies[0].index]
            track: Stream = output.add_stream_from_template(template, opaque=True)
            return track
    if len(set(encoded)) > 1:
        raise Misfit("Parts of the video are encoded in different ways.")
    with av.open(str(chunks[0]), format="nut", options={"protocol_whitelist": "file"}) as container:
        track = output.add_stream_from_template(container.streams.video[0], opaque=True)
    settings = dict.fromkeys([*(copy.settings for copy in copies), encoded[0]])
    if len({found and found.form for found in map(parameters_of, settings)}) > 1:
        raise Misfit("A part that was encoded does not fit the parts that were copied.")
    track.codec_context.extradata = list_of_settings(settings)
    return track


def _look(chunk: Encoded, held: int) -> tuple[Settings, Sequence[int]]:
    """A chunk's decoder settings and, for each packet, which of its frames it shows.

    Args:
        held: pictures that the settings shall say to be held back.
    """
    with _open_chunk(chunk) as container:
        settings = find_settings(bytes(container.streams.video[0].codec_context.extradata or b""))
        if held:
            sequences = tuple(holding(data, held) for data in settings.sequence)
            settings = replace(settings, sequence=sequences)
        stamps = [packet.pts or 0 for packet in container.demux(video=0) if packet.size]
    shown = {stamp: number for number, stamp in enumerate(sorted(stamps))}
    return settings, [shown[stamp] for stamp in stamps]


def _read_copy(copy: Copy) -> Iterator[Packet[Any]]:
    """The packets of `copy` as they are. Raises `BadFile` when they are others now."""
    waiting = iter(copy.packets)
    due = next(waiting)
    is_mp4 = copy.path.suffix.lower() in (".mp4", ".mov")
    with _open(copy, UNPROBED if is_mp4 else {"protocol_whitelist": "file"}) as container:
        stream: Any = container.streams[copy.index]
        read_only(container, stream)
        if copy.start_s:
            container.seek(copy.seek, stream=stream)
        begun = False
        for packet in container.demux(stream):
            if not packet.size or not (begun or packet.pts == due[0]):
                continue
            begun = True
            if (packet.pts, packet.size) != due:
                break
            following = next(waiting, None)
            yield packet
            if following is None:
                return
            due = following
    raise _changed(copy)


def _read_chunk(chunk: Encoded) -> Iterator[Packet[Any]]:
    """The packets of `chunk` in the form that MP4 has them in."""
    import av

    with _open_chunk(chunk) as container:
        for packet in container.demux(video=0):
            if packet.size:
                made = av.Packet(with_lengths(bytes(packet)))
                made.is_keyframe = packet.is_keyframe
                yield made


def _open(copy: Copy, options: dict[str, str]) -> InputContainer:
    import av

    try:
        return av.open(str(copy.path), options=options, stream_options=SPARINGLY)
    except av.FFmpegError:
        raise _changed(copy) from None


def _open_chunk(chunk: Encoded) -> InputContainer:
    import av

    options = {"protocol_whitelist": "file"}
    return av.open(str(chunk.path), format="nut", options=options, stream_options=SPARINGLY)


def _changed(copy: Copy) -> BadFile:
    return BadFile(f"“{copy.filename}” is gone or has changed meanwhile.", hint="Upload it again.")
