"""Video and sound, measured with PyAV: one frame is decoded, the rest read from the packets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.video.stream import VideoStream as AvVideo

from vbtui.studio.project.claims import holds_other_things, is_cut, is_joined
from vbtui.studio.project.media import AudioStream, recorded_at, refusal
from vbtui.studio.project.mp3 import Span, WithoutTags, find_tags
from vbtui.studio.project.picture import read_picture, seen_stream, shown_size
from vbtui.studio.project.stills import check_pixels
from vbtui.studio.project.streams import (
    GAP_S,
    Extent,
    first_frame,
    in_order_of_hearing,
    lateness,
    read_extents,
    rewind,
)

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,aac,flv,mpegts"
"""Demuxers that may open a file: the accepted types and two that are often named as if they were one, and
nothing that can name other files."""
_ESTIMATED = {"mp3", "aac"}
"""Containers that guess their length from the bit rate: their packets are counted instead."""
_BROADCAST = "mpegts"
"""What has no index: its length is a guess, too, and reading can begin at any packet."""
_STREAMS = {_BROADCAST, "flv"}
"""Of these ffmpeg mends a clock that jumps, as it sees fit."""
_LOOKED_AT = 600
"""Packets whose spacing tells whether the frame rate varies."""
_HOLED = 0.95
"""An average of less than so much of the usual rate is not rounding."""
_MISSING_S = 1.5
"""How far before its stated end a file may stop and be taken, beside 5 % of its length."""
_GAPS_SAID = 5
_DOLBY_VISION = ("dvh1", "dvhe", "dav1", "dva1", "dvav")
_UNNAMED = 2
"""A matrix that is not named, in the numbers of ITU-T H.273."""
_CUT_S = 0.1
"""A file that stops so far before its stated end is cut short, which is said."""

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_PACKET = 188
"""Bytes of a packet of a transport stream; each begins with a G. Some kinds have 4 or 16 more."""
_HEADS = (b"FLV\x01", b"\x1aE\xdf\xa3", b"RIFF", b"RF64", b"ID3\x03", b"ID3\x04")
_OTHER_HEADS = {
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"\x30\x26\xb2\x75": "a Windows Media file",
    b"\x00\x00\x01\xba": "an MPEG program stream",
    b".RMF": "a RealMedia file",
    b"FORM": "an AIFF file",
    b"caff": "a CAF file",
    b"#!AM": "an AMR file",
    b"MThd": "a MIDI file",
    b"II*\x00": "a TIFF or raw picture",
    b"MM\x00*": "a TIFF or raw picture",
}
"""What is not taken although it is video, sound or a picture, by its first bytes."""
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")

av.logging.set_level(None)


def container_facts(path: Path, name: str) -> dict[str, Any]:
    """`Media`'s fields for a file with video or sound. Raises `UnsupportedFile`."""
    tags = find_tags(path)
    try:
        with _open(path, tags) as container:
            video = seen_stream(container)
            facts: dict[str, Any] = {"kind": "video" if video else "audio", "audio": None}
            facts["recorded_at"] = _recorded_at(container)
            if video is not None:
                facts |= _video_facts(container, video, name)
            seen = [video.index] if video is not None else []
            own_colors = video is not None and _has_colors_of_its_own(video)
        audio, notes = _heard(path, tags, name, is_seen=bool(seen))
        if own_colors:
            notes = [
                *notes,
                f"“{name}” is Dolby Vision without another form: its colours are wrong.",
            ]
        if not seen and audio is None:
            raise refusal(name, "holds neither a picture nor sound")
        with _open(path, tags) as container:
            pictures = [one for one in container.streams.video if one.index in seen]
            late = [float(lateness(container, one)) for one in pictures]
            facts["late_ms"] = round(1000 * sum(late), 3)
        with _open(path, tags) as container:
            facts |= _length_facts(container, seen, audio, name, notes)
            return facts
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        # PyAV does not expect that a stream first shows itself in the middle: an `IndexError`.
        raise refusal(name, _why_unreadable(path, isinstance(error, av.error.EOFError))) from None


def _recorded_at(container: InputContainer) -> float:
    """What says where, too, before what is said in Greenwich's time; the container before its streams."""
    written = [
        tags[name]
        for name in ("com.apple.quicktime.creationdate", "creation_time")
        for tags in (container.metadata, *(stream.metadata for stream in container.streams))
        if name in tags
    ]
    return next(filter(None, map(recorded_at, written)), 0)


def _has_colors_of_its_own(stream: AvVideo) -> bool:
    """Whether it is Dolby Vision that names no colours that others know (profile 5)."""
    context = stream.codec_context
    return context.codec_tag in _DOLBY_VISION and int(context.colorspace) == _UNNAMED


def _open(path: Path, tags: Sequence[Span]) -> InputContainer:
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    return av.open(WithoutTags(path, tags) if tags else str(path), "r", options=options)


def _why_unreadable(path: Path, ended: bool) -> str:
    with path.open("rb") as file:
        head = file.read(_PACKET + 1)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "is a HEIC or AVIF picture: save it as JPG or PNG"
    if head[:4] in _OTHER_HEADS:
        return f"is {_OTHER_HEADS[head[:4]]}, which is not taken: make an MP4, MP3 or PNG of it"
    if head[4:8] in _BOXES and not ended:
        return "is incomplete: its index is missing, as when a copy was cut short"
    is_broadcast = head[:1] == head[_PACKET:] == b"G"
    if head[:4] in _HEADS or head[4:8] in _BOXES or is_broadcast:
        return f"is {'incomplete' if ended else 'damaged'} and cannot be read"
    return "is not a video, picture or sound file"


def _video_facts(container: InputContainer, stream: AvVideo, name: str) -> dict[str, Any]:
    if stream.codec_context is None:
        raise refusal(name, "uses a video codec that cannot be decoded here")
    check_pixels(stream.codec_context.width, stream.codec_context.height, name)
    frame = next(iter(container.decode(stream)), None)
    if frame is None:
        raise refusal(name, "holds no picture that can be decoded")
    gaps = _first_gaps(container, stream)
    fps, varies = _rate(stream, gaps), _varies(gaps)
    picture = read_picture(Path(container.name), container, stream, frame)
    width, height = shown_size(picture, stream.sample_aspect_ratio)
    alpha = any(part.is_alpha for part in frame.format.components)
    return {
        "width": width,
        "height": height,
        "rotation": picture.turn,
        "fps": round(float(fps), 3),
        "variable_fps": varies,
        "video_codec": stream.codec_context.name,
        "pixel_format": frame.format.name,
        "has_alpha": alpha or stream.metadata.get("alpha_mode") == "1",
        "picture": picture,
    }


def _first_gaps(container: InputContainer, stream: AvVideo) -> list[int]:
    """The distances of the first frames, in ticks, the shortest first."""
    rewind(container)
    times = []
    for packet in container.demux(stream):
        if packet.pts is not None:
            times.append(packet.pts)
        if len(times) >= _LOOKED_AT:
            break
    times.sort()
    return sorted(after - before for before, after in pairwise(times))


def _rate(stream: AvVideo, gaps: Sequence[int]) -> Fraction | int:
    """Frames a second: the average, but that of the other frames where a hole makes it too small."""
    average, usual = stream.average_rate, stream.guessed_rate
    if average and usual and gaps and stream.time_base and not _varies(gaps):
        middle = gaps[len(gaps) // 2] * stream.time_base
        if average < usual * _HOLED and abs(middle * usual - 1) < 1 - _HOLED:
            return usual
    return average or usual or 0


def _varies(gaps: Sequence[int]) -> bool:
    """Whether frames stand at uneven distances: more than a fifth from their middle."""
    # The last frames before the cut may be reordered: what they lack comes after it.
    if len(gaps) < 3:
        return False
    middle = gaps[len(gaps) // 2]
    allowed = max(middle / 5, 2)
    uneven = sum(abs(gap - middle) > allowed for gap in gaps)
    return uneven > max(1, len(gaps) // 100)


def _heard(
    path: Path, tags: Sequence[Span], name: str, *, is_seen: bool
) -> tuple[AudioStream | None, list[str]]:
    """The sound track that is heard, without its length, and what is to be said of it.

    Args:
        tags: those between the frames of an mp3.
        is_seen: there is a picture, which is taken without a sound, too. Without one, raises
            `UnsupportedFile` where no sound can be decoded.
    """
    with _open(path, tags) as container:
        order = in_order_of_hearing(container.streams.audio)
        known = [stream.codec_context is not None for stream in container.streams.audio]
    for track in order:
        with _open(path, tags) as container:
            stream = container.streams.audio[track]
            frame = first_frame(container, stream)
            if isinstance(frame, AudioFrame):
                found = AudioStream(
                    codec=stream.codec_context.name,
                    sample_rate=frame.sample_rate,
                    channels=len(frame.layout.channels),
                    duration_ms=0,
                    track=track,
                    has_tags=bool(tags),
                )
                several = f"“{name}” has {len(order)} sound tracks: number {track + 1} is heard."
                return found, [several] if len(order) > 1 else []
    if not order:
        return None, []
    is_known = all(known)
    if not is_seen:
        reason = "holds no sound that can be" if is_known else "uses a sound codec that cannot be"
        raise refusal(name, f"{reason} decoded{'' if is_known else ' here'}")
    why = "is damaged" if is_known else "uses a codec that cannot be decoded here"
    return None, [f"“{name}” is silent: its sound {why}."]


def _length_facts(
    container: InputContainer,
    seen: Sequence[int],
    audio: AudioStream | None,
    name: str,
    notes: Sequence[str],
) -> dict[str, Any]:
    """How long the picture and the sound can be seen and heard. Raises `UnsupportedFile`.

    Args:
        seen: the index of the stream that is the picture, if there is one.
    """
    used: list[AvVideo | AvAudio] = [one for one in container.streams.video if one.index in seen]
    if audio is not None:
        used.append(container.streams.audio[audio.track])
    extents = read_extents(container, used)
    groups = [extents[index].key_gap for index in seen if index in extents]
    group_ms = math.ceil(max(groups, default=Fraction(0)) * 1000)
    if container.format.name in _STREAMS and any(one.jumps for one in extents.values()):
        raise refusal(name, "is a stream whose clock jumps: make an MP4 of it first")
    notes = [
        *notes,
        *_missing_end(container, used, extents, name),
        *_missing_parts(extents, name),
        *_noise(extents, name),
    ]
    if is_joined(Path(container.name), container.format.name):
        notes.append(f"“{name}” is several files in one: the first of them is taken.")
    if container.format.name in ("avi", "wav") and holds_other_things(Path(container.name)):
        other = (
            f"“{name}” holds other things than it says: parts of it may come twice or be missing."
        )
        notes.append(other)
    lengths = [_length_ms(container, stream, extents.get(stream.index)) for stream in used]
    if audio is not None:
        changes = any(extents[one.index].changes for one in used if one.index in extents)
        has_times = container.format.name not in _ESTIMATED
        audio = replace(audio, duration_ms=lengths[-1], changes=changes, has_times=has_times)
    return {
        "duration_ms": lengths[0],
        "audio": audio,
        "notes": tuple(notes),
        "key_gap_ms": group_ms if container.format.name == _BROADCAST else 0,
        "group_ms": group_ms,
    }


def _length_ms(container: InputContainer, stream: AvVideo | AvAudio, extent: Extent | None) -> int:
    """From the file's begin to the stream's end: what its packets give, less what an index takes
    off their end."""
    if extent is None:
        return 0
    if container.format.name in _ESTIMATED:
        return round(max(extent.length, extent.end - extent.begin) * 1000)
    end, stated = _ends(stream, extent)
    is_guess = container.format.name == _BROADCAST
    return round((end if is_guess else min(end, stated or end)) * 1000)


def _ends(stream: AvVideo | AvAudio, extent: Extent) -> tuple[Fraction, Fraction]:
    """When a stream ends, and when it should by the index, which may not say it: 0."""
    stated = Fraction(stream.duration or 0) * (stream.time_base or 0)
    return extent.end, stated and extent.begin + stated


def _missing_end(
    container: InputContainer,
    used: Sequence[AvVideo | AvAudio],
    extents: Mapping[int, Extent],
    name: str,
) -> list[str]:
    """What is to be said of a file whose data end before its index says, as a cut copy's do.

    Raises `UnsupportedFile` where too much is missing.
    """
    if container.format.name == _BROADCAST:
        end_s = float(max((one.end for one in extents.values()), default=0))
        size = Path(container.name).stat().st_size
        is_short = all(size % (_PACKET + more) for more in (0, 4, 16))
        return [_cut_short(name, end_s)] if is_short else []
    whole_s = _stated_s(container)
    if not whole_s or container.format.name in _ESTIMATED:
        return []
    if container.format.name == "avi":  # its index counts pieces of sound that are empty, too
        used = used[:1]
    found = [_ends(one, extents[one.index]) for one in used if one.index in extents]
    end_s = float(max((end for end, _ in found), default=0))
    if end_s < whole_s - max(_MISSING_S, whole_s / 20):
        raise refusal(name, f"is incomplete: it ends after {end_s:.0f} of {whole_s:.0f} s")
    stated = [(float(end), float(due)) for end, due in found if due] or [(end_s, whole_s)]
    short = [(end, due) for end, due in stated if end < due - _CUT_S]
    if not short:
        return [_cut_short(name, end_s)] if is_cut(Path(container.name)) else []
    of = "" if stated[0] in short else "The sound of "
    end_s, whole_s = min(short)
    return [
        f"{of}“{name}” is cut short: {end_s:.1f} of its {whole_s:.1f} s can be read and are taken."
    ]


def _cut_short(name: str, end_s: float) -> str:
    return f"“{name}” is cut short: {end_s:.1f} s of it can be read and are taken."


def _missing_parts(extents: Mapping[int, Extent], name: str) -> list[str]:
    """What is to be said of a file that has neither picture nor sound for some time, as where a part
    of a copy was lost, or a recording was paused."""
    if len(extents) < 2:
        return []
    one, other = extents.values()
    both = [
        (float(max(a, c)), float(min(b, d)))
        for a, b in one.gaps
        for c, d in other.gaps
        if min(b, d) - max(a, c) > GAP_S
    ]
    return [f"“{name}” has neither picture nor sound from {_when(both)}."] if both else []


def _noise(extents: Mapping[int, Extent], name: str) -> list[str]:
    """What is to be said of a sound that other bytes were written over: no decoder sees it."""
    found = [(float(begin), float(end)) for one in extents.values() for begin, end in one.noise]
    return [f"“{name}” is noise from {_when(found)}: it seems damaged there."] if found else []


def _when(spans: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{begin:.1f} to {end:.1f} s" for begin, end in spans[:_GAPS_SAID])


def _stated_s(container: InputContainer) -> float:
    """The file's length by its index, 0 when it states none. Some Matroska files state the time
    at which their clock ends, which begins at any time."""
    stated, start = (container.duration or 0) / 1_000_000, (container.start_time or 0) / 1_000_000
    return stated - start if "matroska" in container.format.name and stated > start > 0 else stated
