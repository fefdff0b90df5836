"""What is in a video or sound: its frames, what its streams are in words, how loud it is over its
length. By PyAV: imported with the first one; blocks."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av.error
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.ui.pictures.raster import (
    FILE_EMPTY,
    FILE_GONE,
    FILE_UNREAD,
    FRAMES,
    NO_MEMORY,
    TOO_MANY_PIXELS,
    Box,
    Drawn,
    NoPicture,
    Waveform,
)
from vbtui.ui.pictures.stills import MAX_PIXELS, raster_of, scaled

_T = Translation
_NO_FRAME = _T("it holds no frame that can be decoded", "没有可解码的画面")
_NO_VIDEO_FILE = _T("the file is damaged, cut short or no video", "文件已损坏、不完整，或不是视频")
_NO_SOUND_FILE = _T("the file is damaged, cut short or no sound", "文件已损坏、不完整，或不是音频")
_NO_VIDEO, _NO_SOUND = _T("it holds no video", "没有视频"), _T("it holds no sound", "没有声音")
_OTHER_CODEC = _T("its codec cannot be decoded here", "编码格式无法在此解码")
_NO_SOUND_HERE = _T("it holds no sound that can be decoded", "没有可解码的声音")
_SOUND, _BIT_RATE, _FORMAT = _T("Sound", "声音"), _T("Bit rate", "码率"), _T("Format", "格式")
_CODEC, _ROTATION = _T("Codec", "编码"), _T("Rotation", "旋转")
_UNKNOWN_CODEC = _T("one that cannot be decoded here", "无法在此解码")
_UNKNOWN_SOUND = _T("a codec that cannot be decoded here", "编码无法在此解码")
_A_SECOND, _CLOCKWISE = (
    _T("{count} a second", "每秒 {count} 帧"),
    _T("{turn}° clockwise", "顺时针 {turn}°"),
)
_NONE, _CHANNELS = _T("none", "无"), _T("{count} channels", "{count} 声道")
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,aac,flv,mpegts,gif,webp_pipe"
"""What may be opened: nothing that can name other files."""
_POSTER_SHARE, _POSTER_MOST_S = 0.1, 5.0
"""A poster is a key frame from this share of the length on, at most so late."""
_DARK = 20
"""Mean brightness below which another key frame is tried."""
_DARK_TRIES = 3
_PATIENCE_S = 4.0
"""Decoding towards a time gives up after so long and takes what it has."""
_BT601, _BT709 = "ITU601", "ITU709"
_UNKNOWN_COLORS = 2

av.logging.set_level(None)


class Unreadable(Exception):
    """The file has no picture to show.

    Args:
        reason: why, a phrase.
    """

    def __init__(self, reason: str | Translation) -> None:
        super().__init__(reason)
        self.reason = reason


def draw_poster(path: Path, box: Box) -> Drawn:
    """A key frame near the start that is not dark."""
    try:
        with opened(path) as container:
            stream = _video(container)
            return drawn_frame(_poster(container, stream), stream, box)
    except Unreadable as problem:
        return NoPicture(problem.reason)


def draw_frames(path: Path, box: Box, times_ms: Sequence[int]) -> list[Drawn]:
    """The frames shown at these rising times, decoded in one go; a reason alone where none is."""
    drawn: list[Drawn] = []
    try:
        with opened(path) as container:
            stream = _video(container)
            for frame in _shown_at(container, stream, times_ms):
                drawn.append(drawn_frame(frame, stream, box))
    except Unreadable as problem:
        return drawn or [NoPicture(problem.reason)]
    return drawn


def draw_near(path: Path, box: Box, at_ms: int) -> Drawn:
    """The key frame at or before that time: one frame is decoded, however long the groups are."""
    try:
        with opened(path) as container:
            stream = _video(container)
            stream.codec_context.skip_frame = "NONKEY"
            _seek(container, stream, at_ms / 1000)
            frame = next(_frames(container, stream), None)
            if frame is None:
                raise Unreadable(_NO_FRAME)
            return drawn_frame(frame, stream, box)
    except Unreadable as problem:
        return NoPicture(problem.reason)


@contextmanager
def opened(path: Path, damaged: Translation = _NO_VIDEO_FILE) -> Iterator[InputContainer]:
    """The container of `path`. Raises `Unreadable`, within the block too; `damaged` says what it is not."""
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        if not path.stat().st_size:
            raise Unreadable(FILE_EMPTY)
        with av.open(str(path), options=options) as container:
            yield container
    except FileNotFoundError:
        raise Unreadable(FILE_GONE) from None
    except PermissionError:
        raise Unreadable(FILE_UNREAD) from None
    except MemoryError:
        raise Unreadable(NO_MEMORY) from None
    except (av.error.FFmpegError, OSError, ValueError):
        raise Unreadable(damaged) from None


def _video(container: InputContainer) -> VideoStream:
    """The stream with moving pictures. Raises `Unreadable`."""
    stream = _moving(container)
    if stream is None:
        raise Unreadable(_NO_VIDEO)
    context = stream.codec_context
    if context is None:
        raise Unreadable(_OTHER_CODEC)
    if context.width * context.height > MAX_PIXELS:
        size = f"{context.width} x {context.height}"
        raise Unreadable(TOO_MANY_PIXELS.of(size=size))
    return stream


def _moving(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures that is no cover."""
    streams = container.streams.video
    return next((one for one in streams if not one.disposition & Disposition.attached_pic), None)


def _length_s(container: InputContainer, stream: VideoStream | AudioStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000


def _poster(container: InputContainer, stream: VideoStream) -> VideoFrame:
    stream.codec_context.skip_frame = "NONKEY"
    aim = min(_length_s(container, stream) * _POSTER_SHARE, _POSTER_MOST_S)
    _seek(container, stream, aim)
    best: tuple[float, VideoFrame] | None = None
    for number, frame in enumerate(_frames(container, stream), 1):
        light = _brightness(frame)
        if best is None or light > best[0]:
            best = (light, frame)
        if light >= _DARK or number >= _DARK_TRIES:
            break
    if best is None:
        stream.codec_context.skip_frame = "DEFAULT"
        return next(_shown_at(container, stream, [0]))
    return best[1]


def _shown_at(
    container: InputContainer, stream: VideoStream, times_ms: Sequence[int]
) -> Iterator[VideoFrame]:
    """For each time the last frame that begins at or before it, else the first one; at the end the
    last there is. Raises `Unreadable`."""
    until = time.monotonic() + _PATIENCE_S
    start = _start_s(stream)
    waiting = list(times_ms)
    shown: VideoFrame | None = None
    for seek_ms in dict.fromkeys((times_ms[0], 0)):
        _seek(container, stream, seek_ms / 1000)
        for frame in _frames(container, stream):
            at_ms = (frame.time - start if frame.time is not None else 0.0) * 1000
            while waiting and shown is not None and at_ms > waiting[0] + 0.5:
                waiting.pop(0)
                yield shown
            if not waiting:
                return
            shown = frame
            if time.monotonic() > until:
                break
        if shown is not None:
            break
    if shown is None:
        raise Unreadable(_NO_FRAME)
    yield from (shown for _ in waiting)


def _start_s(stream: VideoStream) -> float:
    if stream.start_time is None or not stream.time_base:
        return 0.0
    return float(stream.start_time * stream.time_base)


def _seek(container: InputContainer, stream: VideoStream, seconds: float) -> None:
    """To the key frame before `seconds`; where the file cannot do that, to the start."""
    base = stream.time_base or Fraction(1, 1000)
    offset = int(seconds / base) + (stream.start_time or 0)
    try:
        container.seek(offset, stream=stream, backward=True)
    except (av.error.FFmpegError, OverflowError):
        container.seek(0)


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames from here on; a damaged end is the end."""
    try:
        yield from container.decode(stream)
    except av.error.FFmpegError:
        return


def _brightness(frame: VideoFrame) -> float:
    """0 black, 255 white; of a picture of sixteen pixels."""
    small = frame.reformat(width=4, height=4, format="gray", interpolation="AREA")
    plane = small.planes[0]
    data = bytes(plane)
    rows = [data[y * plane.line_size : y * plane.line_size + 4] for y in range(4)]
    return sum(map(sum, rows)) / 16


def drawn_frame(frame: VideoFrame, stream: VideoStream, box: Box) -> Drawn:
    """`frame` upright and in its own shape, as large as `box` allows."""
    if frame.width * frame.height > MAX_PIXELS:
        return NoPicture(TOO_MANY_PIXELS.of(size=f"{frame.width} x {frame.height}"))
    aspect = stream.sample_aspect_ratio or Fraction(1)
    shape = (float(frame.width * aspect) if aspect > 0 else frame.width, float(frame.height))
    turn = round(frame.rotation / 90) * 90 % 360
    lying = turn in (90, 270)
    size = box.fit(*(shape[::-1] if lying else shape))
    wanted = size[::-1] if lying else size
    picture = _picture(frame, wanted)
    if turn:
        picture = picture.rotate(turn, expand=True)
    return raster_of(picture)


def _picture(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    has_alpha = any(part.is_alpha for part in frame.format.components)
    mode, form, depth = ("RGBA", "rgba", 4) if has_alpha else ("RGB", "rgb24", 3)
    shrinks = size[0] <= frame.width and size[1] <= frame.height
    width, height = size if shrinks else (frame.width, frame.height)
    colors = None
    if frame.colorspace == _UNKNOWN_COLORS:
        colors = _BT709 if frame.height >= 720 else _BT601
    plain = frame.reformat(
        width=width, height=height, format=form, src_colorspace=colors, interpolation="AREA"
    )
    plane = plain.planes[0]
    picture = Image.frombytes(mode, (width, height), bytes(plane), "raw", mode, plane.line_size, 1)
    assert plane.line_size >= depth * width
    return scaled(picture, size)


Facts = tuple[tuple[Translation, str], ...]
"""Label and value, to be shown in this order."""

_LAYOUTS = {1: _T("mono", "单声道"), 2: _T("stereo", "立体声")}


def read_facts(path: Path) -> Facts:
    """Codec, frame rate, rotation, sound and bit rate; empty for what cannot be read."""
    try:
        with opened(path) as container:
            return tuple((label, text) for label, text in _facts(container) if text)
    except Unreadable:
        return ()


def _facts(container: InputContainer) -> list[tuple[Translation, str]]:
    found: list[tuple[Translation, str]] = []
    stream = _moving(container)
    if stream is not None:
        found += _video_facts(container, stream)
    found.append((_SOUND, _sound(container)))
    found.append((_BIT_RATE, bit_rate_text(container.bit_rate)))
    found.append((_FORMAT, clean_line(container.format.long_name)))
    return found


def _video_facts(container: InputContainer, stream: VideoStream) -> list[tuple[Translation, str]]:
    context = stream.codec_context
    if context is None:
        return [(_CODEC, _UNKNOWN_CODEC.of())]
    name = clean_line(context.codec.canonical_name)
    pixels = clean_line(context.pix_fmt or "")
    fps = stream.average_rate
    frame = next(iter(container.decode(stream)), None)
    turn = round(-frame.rotation / 90) * 90 % 360 if frame is not None else 0
    return [
        (_CODEC, f"{name} · {pixels}" if pixels else name),
        (FRAMES, _A_SECOND.of(count=f"{float(fps):.3f}".rstrip("0").rstrip(".")) if fps else ""),
        (_ROTATION, _CLOCKWISE.of(turn=turn) if turn else ""),
    ]


def _sound(container: InputContainer) -> str:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        return _NONE.of()
    context = stream.codec_context
    if context is None:
        return _UNKNOWN_SOUND.of()
    layout = _LAYOUTS.get(stream.channels)
    channels = layout.of() if layout else _CHANNELS.of(count=stream.channels)
    return f"{clean_line(context.codec.canonical_name)} · {stream.sample_rate / 1000:g} kHz · {channels}"


def bit_rate_text(bits: int | None) -> str:
    """`5.4 Mbit/s`; empty when it is not known."""
    if not bits or bits < 0:
        return ""
    if bits >= 1_000_000:
        return f"{bits / 1_000_000:.1f} Mbit/s"
    return f"{bits / 1000:.0f} kbit/s"


PARTS = 512
"""Peaks of one waveform."""
_RATE = 11_025
_WHOLE_S = 900.0
"""A longer sound is listened to at as many places as it has peaks."""
_SOUND_PATIENCE_S = 8.0


def draw_wave(path: Path) -> Drawn:
    """The peaks of the first sound in `path`."""
    try:
        with opened(path, _NO_SOUND_FILE) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                return NoPicture(_NO_SOUND)
            length = _length_s(container, stream)
            peaks = _sampled(container, stream, length) if length > _WHOLE_S else None
            peaks = peaks or _whole(container, stream, length)
    except Unreadable as problem:
        return NoPicture(problem.reason)
    return Waveform(bytes(min(peak >> 7, 255) for peak in peaks))


def _whole(container: InputContainer, stream: AudioStream, length: float) -> list[int]:
    """Every sample counts; the peaks of equal parts of what there is."""
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    until = time.monotonic() + _SOUND_PATIENCE_S
    size = max(int(length * _RATE / PARTS), 1) if length else _RATE // 10
    peaks: list[int] = []
    held = array("h")
    for frame in container.decode(stream):
        for plain in resampler.resample(frame):
            held.frombytes(bytes(plain.planes[0])[: 2 * plain.samples])
        whole = len(held) // size
        peaks += [_peak(held[place * size : place * size + size]) for place in range(whole)]
        del held[: whole * size]
        if time.monotonic() > until:
            break
    if held:
        peaks.append(_peak(held))
    if not peaks:
        raise Unreadable(_NO_SOUND_HERE)
    while len(peaks) > 0xFFFF:
        peaks = [max(peaks[place : place + 2]) for place in range(0, len(peaks), 2)]
    return peaks


def _sampled(container: InputContainer, stream: AudioStream, length: float) -> list[int]:
    """One short look at each of `PARTS` places; empty where the file cannot be sought in."""
    until = time.monotonic() + _SOUND_PATIENCE_S
    base = stream.time_base
    if not base:
        return []
    peaks: list[int] = []
    for place in range(PARTS):
        resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
        offset = int(place * length / PARTS / base) + (stream.start_time or 0)
        container.seek(offset, stream=stream)
        loudest = 0
        for _, frame in zip(range(6), container.decode(stream), strict=False):
            for plain in resampler.resample(frame):
                samples = array("h", bytes(plain.planes[0])[: 2 * plain.samples])
                loudest = max(loudest, _peak(samples))
        peaks.append(loudest)
        if time.monotonic() > until:
            return []
    return peaks


def _peak(samples: array[int]) -> int:
    """0-32768."""
    return max(max(samples), -min(samples)) if samples else 0
