"""What the studio knows about an uploaded file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.base.errors import UnsupportedFile
from vbtui.studio.project.picture import Picture, picture_of

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile


@dataclass(frozen=True, slots=True)
class AudioStream:
    """The sound track that is heard."""

    codec: str
    sample_rate: int
    """Hz."""
    channels: int
    duration_ms: int
    """From the file's begin to the sound's end."""
    track: int = 0
    """Which of the file's sound tracks it is, from 0 on."""
    changes: bool = False
    """Whether rate or channels are others in some parts."""
    has_tags: bool = False
    """Whether tags lie between its frames, as in joined mp3s: it is read without them."""
    has_times: bool = True
    """Whether the file says when what sounds; otherwise its packets follow each other."""


@dataclass(frozen=True, slots=True)
class Media:
    """One uploaded file, probed."""

    id: str
    """Stable within its session: what a draft's `m.asset` names."""
    filename: str
    """The user's name for it, cleaned, one line."""
    kind: str
    """`video`, `image`, `audio`, `subtitles` or `lut`. An animated GIF, WebP or PNG is a `video`."""
    path: Path
    size: int
    """Bytes."""
    sha256: str
    duration_ms: int
    """From the file's begin to the end of its picture, of a sound to its end; 0 for a still."""
    width: int = 0
    """As displayed: after rotation and pixel aspect."""
    height: int = 0
    rotation: int = 0
    """Degrees clockwise that a player turns the picture: 0, 90, 180, 270."""
    picture: Picture | None = None
    """How a video's stream is shown; None for other files, and where nobody looked yet."""
    fps: float = 0
    """Average frames a second; 0 for stills and sound."""
    variable_fps: bool = False
    video_codec: str = ""
    pixel_format: str = ""
    has_alpha: bool = False
    audio: AudioStream | None = None
    late_ms: float = 0
    """By how much the times of its pictures are later than a player shows them."""
    key_gap_ms: int = 0
    """Of a file that can be read from any packet on: the longest time until a picture can be decoded."""
    group_ms: int | None = None
    """The longest time from one of its pictures that can be decoded alone to the next; None where nobody looked yet."""
    notes: tuple[str, ...] = ()
    """Sentences: what of the file is not used, and why."""
    recorded_at: float = 0
    """When it was recorded, in seconds since 1970, as the file itself says; 0 where it does not."""
    is_watched: bool = False
    """It came by a watched folder: nobody put it at its place."""
    position: int = 0
    """Its place among the session's files, as the client numbers them; 0: after those, as it came."""

    @property
    def is_seen(self) -> bool:
        """Whether it can be a clip."""
        return self.kind in ("video", "image")

    @property
    def is_animation(self) -> bool:
        """Whether it is a video that lies in a picture's file."""
        return self.kind == "video" and self.path.suffix.lower() in (".gif", ".webp", ".png")


def shown(media: Media) -> Picture:
    """How the stream of a video is shown."""
    if media.picture is not None:
        return media.picture
    return Picture() if media.is_animation else picture_of(media.path)


def is_slow(media: Media) -> bool:
    """Whether finding one picture of a video takes longer than looking at a timeline allows: all from the one before
    that can be decoded alone on are decoded, at worst a whole group and what a seek begins earlier. Of a file that has
    not been looked at for its groups nothing is known."""
    if media.kind != "video" or media.is_animation or media.has_alpha or media.group_ms is None:
        return False
    picture = shown(media)
    pictures = media.fps * (media.group_ms / 1000 + _EARLIER_S)
    is_hard = media.video_codec not in _EASY_CODECS or _DEEP.search(media.pixel_format)
    return picture.width * picture.height * pictures * (_HARD if is_hard else 1) > _MOST_PIXELS


_MOST_PIXELS = 200_000_000
"""So many are decoded by two cores within about half a second."""
_EARLIER_S = 1.5
"""A seek goes to a whole second, half a second before the picture."""
_HARD = 2
"""By so much the pixels of newer codecs, and of more than 8 bits, take longer."""
_EASY_CODECS = ("h264", "h263", "mpeg1video", "mpeg2video", "mpeg4", "mjpeg", "dvvideo", "vp8")
_DEEP = re.compile(r"(9|1[0246])[lb]e$")
"""How names of pixel formats of more than 8 bits end."""

FAILS = "cannot be taken: the reader of media files fails on it"
"""Not that the file is damaged: it may be the reader's own fault."""


def recorded_at(written: str, offset: str = "") -> float:
    """Seconds since 1970 of a time as cameras write it: `2026-05-02T11:30:00.000000Z`, `2026-05-02T13:30:00+0200`,
    `2026:05:02 13:30:00`, the last with an `offset` or in this machine's zone. 0 for none, and for a clock that
    nobody has set."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return 0
    day, time, zone = found["day"].replace(":", "-"), found["time"], found["zone"] or offset.strip()
    try:
        read = datetime.fromisoformat(f"{day}T{time}{'+00:00' if zone in ('Z', 'z') else zone}")
    except ValueError:
        return 0
    if not _FIRST_YEAR <= read.year < _LAST_YEAR:
        return 0
    return read.timestamp()


_WRITTEN = re.compile(
    r"(?P<day>\d{4}[:-]\d\d[:-]\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:\.\d+)?\s*(?P<zone>[Zz]|[+-]\d\d:?\d\d)?"
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2200
"""Clocks that were not set begin in 1904, 1970 and 1980."""


def refusal(name: str, reason: str) -> UnsupportedFile:
    """The error that says why `name` cannot be taken."""
    return UnsupportedFile(f"“{name}” {reason}.")


def coefficient_bytes(image: JpegImageFile) -> float:
    """How many bytes a pixel the decoder of `image` holds beside the picture: all of the coefficients, two
    bytes each, where they come in several passes."""
    if "progressive" not in image.info:
        return 0
    finest = max(wide for _, wide, _, _ in image.layer) * max(high for _, _, high, _ in image.layer)
    return 2 * sum(wide * high for _, wide, high, _ in image.layer) / max(1, finest)
