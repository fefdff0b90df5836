"""Clips that already are what the video asks for: taken over as they are, without encoding.

That is exact only when the whole picture of the video is made of such clips, one after the other,
all encoded alike, each from a key frame on and up to a key frame or its end: then no frame is
lost, none is doubled, and one set of decoder settings fits all.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.studio.media import Media
from vbtui.studio.render.model import Canvas, Plan, Shot, Span

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

SPARINGLY: Any = [{"skip_frame": "all"}] * 16
"""Options for each stream of a file of which only packets are wanted: decoding first pictures to
learn more takes five times as long as all the rest of opening it."""
_TOLERANCE = 0.05
"""Frames by which a time may be off, for files that count in milliseconds."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Frames of one file that can be taken over."""

    path: Path
    filename: str
    start_s: Fraction
    """Time of the key frame, in the file."""
    key: int
    """The same in ticks, as its packet has it."""
    order: tuple[int, ...]
    """For each packet, which of the frames it shows."""

    @property
    def count(self) -> int:
        return len(self.order)


@dataclass(frozen=True, slots=True)
class _Packets:
    """A file's encoded pictures, in decoding order."""

    settings: bytes
    """What a decoder must know beforehand."""
    frame: int
    """Ticks that a frame of the canvas lasts."""
    times: tuple[int, ...]
    """In ticks, from the file's start."""
    keys: tuple[bool, ...]
    stamps: tuple[int, ...]
    """The times as the packets have them."""


def find_copies(plan: Plan) -> list[Copy] | None:
    """What to take over, in order; None when anything must be encoded."""
    shots = [_plain_shot(span, plan.canvas) for span in plan.spans]
    if plan.words or not all(shots):
        return None
    files: dict[Path, _Packets | None] = {}
    copies: list[Copy] = []
    for span, shot in zip(plan.spans, shots, strict=True):
        if shot is None:
            return None
        path = shot.media.path
        if path not in files:
            files[path] = _read(shot.media, plan.canvas)
        packets = files[path]
        copy = _copy(packets, span, shot, plan.canvas) if packets else None
        if copy is None:
            return None
        copies.append(copy)
    settings = {packets.settings for packets in files.values() if packets}
    alike = len(settings) == 1 and _has_usual_colors(copies[0].path)
    return copies if alike else None


def _plain_shot(span: Span, canvas: Canvas) -> Shot | None:
    """The shot of a span that shows it as it is; None for any other span."""
    shot = span.shot
    if shot is None or span.transition or shot.speed != 1 or shot.loop:
        return None
    media = shot.media
    fits = (
        media.kind == "video"
        and media.video_codec == "h264"
        and media.pixel_format == "yuv420p"
        and (media.width, media.height, media.rotation) == (canvas.width, canvas.height, 0)
        and not media.variable_fps
        and abs(media.fps - float(canvas.fps)) < 0.01
        and media.path.suffix.lower() in (".mp4", ".mov", ".mkv")
    )
    return shot if fits else None


def _read(media: Media, canvas: Canvas) -> _Packets | None:
    """The pictures of a file, unless its pixels are not square."""
    import av

    stamps: list[int] = []
    keys: list[bool] = []
    options = {"protocol_whitelist": "file"}
    try:
        with av.open(str(media.path), options=options, stream_options=SPARINGLY) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            square = (stream.sample_aspect_ratio or 1) == 1
            if not square or (context.width, context.height) != (media.width, media.height):
                return None
            read_only(container, stream)
            step, frame = (Fraction(stream.time_base or 0) * canvas.fps).as_integer_ratio()
            origin = round(Fraction(container.start_time or 0, 1_000_000) * canvas.fps * frame)
            for packet in container.demux(stream):
                if packet.size:
                    stamps.append(packet.pts or 0)
                    keys.append(packet.is_keyframe)
            settings = bytes(context.extradata or b"")
            times = tuple(stamp * step - origin for stamp in stamps)
            return _Packets(settings, frame, times, tuple(keys), tuple(stamps))
    except (av.FFmpegError, IndexError):
        return None


def read_only(container: InputContainer, stream: Stream) -> None:
    """Lets the file's other streams unread."""
    from av.stream import Discard

    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all


def _has_usual_colors(path: Path) -> bool:
    """Whether a file's colours are what this renderer makes; files with the same decoder settings
    have the same colours."""
    import av

    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            context = container.streams.video[0].codec_context
            return int(context.colorspace) in (1, 2) and int(context.color_trc) in (1, 2)
    except (av.FFmpegError, IndexError):
        return False


def _copy(packets: _Packets, span: Span, shot: Shot, canvas: Canvas) -> Copy | None:
    """The frames of `span`, when they are just a run of packets between key frames."""
    times, frame = packets.times, packets.frame
    first = round((shot.in_ms * canvas.fps / 1000 + span.start - shot.start) * frame)
    keys = (number for number, is_key in enumerate(packets.keys) if is_key)
    index = next((number for number in keys if abs(times[number] - first) * 2 < frame), None)
    if index is None:
        return None
    end = index + span.count
    if end > len(times) or (end < len(times) and not packets.keys[end]):
        return None
    origin = times[index]
    order = tuple(round((time - origin) / frame) for time in times[index:end])
    slack = frame * _TOLERANCE
    due = zip(times[index:end], order, strict=True)
    if sorted(order) != list(range(span.count)) or any(
        abs(time - origin - number * frame) > slack for time, number in due
    ):
        return None
    start_s = Fraction(origin, frame) / canvas.fps
    return Copy(shot.media.path, shot.media.filename, start_s, packets.stamps[index], order)
