"""Clips that already are what the video asks for: taken over as they are, without encoding.

That is exact only when the whole picture of the video is made of such clips, one after the other,
all encoded alike, each from a key frame on and up to a key frame or its end: then no frame is
lost, none is doubled, and one set of decoder settings fits all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.studio.media import Media
from vbtui.studio.render.encode import run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.model import Canvas, Plan, Shot, Span

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

FILES_AT_ONCE = 40
"""Files that one ffmpeg opens."""
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
    count: int
    whole: bool
    """The file's picture is these frames and no more, from its start: it can be joined as it is."""


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
    leads: bool
    """The picture is the file's first stream, and the file's times begin at 0."""


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

    times: list[int] = []
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
                    times.append((packet.pts or 0) * step - origin)
                    keys.append(packet.is_keyframe)
            settings = bytes(context.extradata or b"")
            leads = stream.index == 0 and not origin
            return _Packets(settings, frame, tuple(times), tuple(keys), leads)
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
    shown = sorted(times[index:end])
    slack = frame * _TOLERANCE
    if any(abs(time - origin - number * frame) > slack for number, time in enumerate(shown)):
        return None
    whole = packets.leads and index == 0 and end == len(times) and not origin
    start_s = Fraction(origin, frame) / canvas.fps
    return Copy(shot.media.path, shot.media.filename, start_s, span.count, whole)


def files_of(copies: Sequence[Copy], folder: Path) -> dict[Copy, Path]:
    """Where the frames of each copy will lie, below `folder`; equal copies share one file."""
    return {copy: folder / f"copy{number}" for number, copy in enumerate(dict.fromkeys(copies))}


async def take_over(files: Mapping[Copy, Path]) -> None:
    """Makes the frames of each copy appear at its file: a link where that is all of a file."""
    parts = [(copy, path) for copy, path in files.items() if not copy.whole]
    for copy, path in files.items():
        if copy.whole:
            path.symlink_to(copy.path.absolute())
    for first in range(0, len(parts), FILES_AT_ONCE):
        await _take_over(parts[first : first + FILES_AT_ONCE])


async def _take_over(wanted: Sequence[tuple[Copy, Path]]) -> None:
    inputs: list[str] = []
    outputs: list[str] = []
    for number, (copy, path) in enumerate(wanted):
        after = float(copy.start_s + Fraction(1, 1000))
        seek = ["-ss", f"{after:.6f}"] if copy.start_s else []
        inputs += [*seek, "-an", *READ_SAFELY, "-i", f"file:{copy.path.absolute()}"]
        outputs += ["-map", f"{number}:V:0", "-c", "copy", "-frames:v", str(copy.count)]
        outputs += ["-f", "nut", f"file:{path}"]
    names = [copy.filename for copy, _ in wanted]
    await run([*inputs, *outputs], names=names, on_frame=lambda frame: None)
