"""What a player shows of a file's picture: which stream, which way up, how much of it, in which colours.

There is one reading of it, by `read_picture`. The probe measures by it, and whoever plans, draws or
copies goes by what it found.
"""

from __future__ import annotations

import math
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.base import programs

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MOST_ASPECT = 8
"""Pixels that are more oblong are taken as square ones, as a mistake in the file."""
_SAMPLED = (0.25, 0.5, 0.75)
"""Where beside its begin a file is looked into, as shares of its length."""
_PROGRESSIVE = ("vp8", "vp9", "av1", "gif", "webp", "apng")
_FIELD_ORDERS = {2: "tff", 3: "bff", 4: "tff", 5: "bff"}
"""ffmpeg's numbers for the order of fields as they are shown."""
_MATRIX = 6
"""ffmpeg's number for a display matrix that goes with a frame."""
_TIME_LIMIT_S = 20
_LARGEST_INDEX = 256 * 1024 * 1024
_MOST_BOXES = 20_000
_MATROSKA_HEAD = 1024 * 1024
_CLUSTER = b"\x1f\x43\xb6\x75"
"""What a Matroska file's pictures begin with, behind its index."""
_CROPS = (b"\x54\xaa", b"\x54\xbb", b"\x54\xcc", b"\x54\xdd")
"""Matroska's PixelCrop elements."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The stream that is seen."""

    index: int = 0
    """Its number among the file's streams."""
    width: int = 0
    """Pixels as they are stored, without what the container cuts off."""
    height: int = 0
    cropped: bool = False
    """The container cuts something off."""
    turn: int = 0
    """Degrees clockwise that a player turns it: 0, 90, 180, 270."""
    mirrored: bool = False
    """Left and right are exchanged, after the turn."""
    fields: str = ""
    """Whether its pictures are of two times, line by line: `marked` where each one says it, `tff` or
    `bff` where only the file does; empty for whole pictures."""
    matrix: int = 2
    """This and the next two in the numbers of ITU-T H.273; 2 where nothing is named."""
    curve: int = 2
    primaries: int = 2
    full_range: bool = False


def seen_stream(container: InputContainer) -> VideoStream | None:
    """The stream that a player shows: no cover, no single picture beside a film; the default one."""
    from av.stream import Disposition

    still = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
    streams = [one for one in container.streams.video if not one.disposition & still]
    films = [one for one in streams if one.frames != 1] or streams
    usual = [one for one in films if one.disposition & Disposition.default] or films
    decodable = [one for one in [*usual, *films] if one.codec_context is not None] or usual
    return next(iter(decodable), None)


def read_picture(
    path: Path, container: InputContainer, stream: VideoStream, first: VideoFrame
) -> Picture:
    """What is shown of `stream`, of which `first` is the first frame. The container is sought in."""
    size = (first.width, first.height)
    shown = _size_for_filters(path, stream.index) if _may_be_cropped(path) else None
    turn, mirrored = _orientation(first)
    width, height = shown or size
    colors = stream.codec_context
    return Picture(
        index=stream.index,
        width=width,
        height=height,
        cropped=shown not in (None, size),
        turn=turn,
        mirrored=mirrored,
        fields=_fields(container, stream, first),
        matrix=int(colors.colorspace),
        curve=int(colors.color_trc),
        primaries=int(colors.color_primaries),
        full_range=int(colors.color_range) == 2,
    )


def shown_size(picture: Picture, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height on the screen, for pixels of that shape."""
    width, height = picture.width, picture.height
    if aspect is not None and 1 / MOST_ASPECT <= aspect <= MOST_ASPECT:
        width = max(1, round(width * aspect))
    return (height, width) if picture.turn % 180 else (width, height)


def picture_of(path: Path) -> Picture:
    """The reading of a file whose facts are without it; of one that cannot be read, that it is shown in
    parts."""
    try:
        stat = path.stat()
        return _picture_of(path, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return Picture(cropped=True)


@lru_cache(maxsize=500)
def _picture_of(path: Path, size: int, changed_ns: int) -> Picture:
    import av

    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            stream = seen_stream(container)
            frame = next(iter(container.decode(stream)), None) if stream is not None else None
            if stream is not None and frame is not None:
                return read_picture(path, container, stream, frame)
    except av.FFmpegError:
        pass
    return Picture(cropped=True)


def _orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Turn and mirror of the frame's display matrix: the nearest of the eight that are upright."""
    data: Any = frame.side_data  # whose type names no more than motion vectors
    found = [bytes(data[place]) for place in range(len(data)) if data[place].type.value == _MATRIX]
    if not found or len(found[0]) < 36:
        return 0, False
    a, b, _, c, d, *_ = struct.unpack("<9i", found[0][:36])
    if a * d == b * c:
        return 0, False
    mirrored = a * d < b * c
    angle = math.degrees(math.atan2(b, -a if mirrored else a))
    return round(angle / 90) * 90 % 360, mirrored


def _fields(container: InputContainer, stream: VideoStream, first: VideoFrame) -> str:
    context = stream.codec_context
    if context.name in _PROGRESSIVE:
        return ""
    if any(frame.interlaced_frame for frame in (first, *_samples(container, stream))):
        return "marked"
    return _FIELD_ORDERS.get(int(context.field_order), "")


def _samples(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames from further on in the file, as far as it can be sought in."""
    import av

    for share in _SAMPLED:
        try:
            container.seek((container.start_time or 0) + int((container.duration or 0) * share))
            frame = next(iter(container.decode(stream)), None)
        except av.FFmpegError:
            return
        if frame is not None:
            yield frame


def _may_be_cropped(path: Path) -> bool:
    """Whether the container's index may cut off borders of the picture; it is asked for the rest."""
    with path.open("rb") as file:
        head = file.read(_MATROSKA_HEAD)
        if head.startswith(b"\x1aE\xdf\xa3"):
            return any(name in head.partition(_CLUSTER)[0] for name in _CROPS)
        place = 0
        for _ in range(_MOST_BOXES):
            file.seek(place)
            box = file.read(16)
            size = int.from_bytes(box[:4])
            if size == 1:
                size = int.from_bytes(box[8:16])
            if len(box) < 8 or size < 8:
                return False
            if box[4:8] == b"moov":
                file.seek(place)
                return b"clap" in file.read(min(size, _LARGEST_INDEX))
            place += size
    return False


def _size_for_filters(path: Path, index: int) -> tuple[int, int] | None:
    """The size of the pictures that ffmpeg's filters get, which is what is drawn; None without one."""
    for binary in programs.ffmpegs()[:1]:
        command = [
            binary, "-v", "quiet", "-nostdin", "-noautorotate", "-protocol_whitelist", "file",
            "-i", f"file:{path.absolute()}", "-map", f"0:{index}", "-frames:v", "1",
            "-f", "framecrc", "-",
        ]  # fmt: skip
        try:
            listed = programs.run(command, timeout_s=_TIME_LIMIT_S).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        for line in listed.splitlines():
            if line.startswith("#dimensions"):
                width, _, height = line.split()[-1].partition("x")
                return int(width), int(height)
    return None
