"""The streams of a container as a player uses them: which sound track is heard, when each stream
begins and ends on the file's own clock, and whether a sound keeps its form.

A file's clock begins with its first packet, as ffmpeg counts: what its timestamps add to that is
left out. An index is not believed: every packet is read, and what cannot be read is not there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_LATE = 20
"""Packets among which the one that ends last is, by their begin."""
GAP_S = 0.25
"""A shorter gap is not looked at."""
_JUMP_S = 10
"""A clock that goes on so much later has jumped; ffmpeg goes on without the gap then."""
_NOISE_SHARE = 0.8
"""A sound that is noise for longer is meant to be."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A stream from its first packet to its last, in seconds of the file's clock."""

    begin: Fraction
    end: Fraction
    length: Fraction
    """Of all packets together: what is there where the file only guesses its times."""
    changes: bool
    """Whether a sound's rate or channels are others in some packets."""
    gaps: tuple[tuple[Fraction, Fraction], ...] = ()
    """Where there is nothing for longer than `GAP_S`."""
    noise: tuple[tuple[Fraction, Fraction], ...] = ()
    """Where a sound without a codec is what other bytes in its place sound like."""
    jumps: bool = False
    """Whether its clock goes back, or on by a long time: a stream that was joined or cut."""
    key_gap: Fraction = Fraction(0)
    """The longest time from one picture that can be decoded alone to the next."""


def first_frame(
    container: InputContainer, stream: VideoStream | AudioStream
) -> VideoFrame | AudioFrame | None:
    """The first picture or piece of sound that can be decoded; None when there is none.

    Args:
        container: just opened.
    """
    if stream.codec_context is None:
        return None
    with suppress(av.error.FFmpegError):
        for packet in container.demux(stream):
            with suppress(av.error.FFmpegError):
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame | AudioFrame):
                        return frame
    return None


def lateness(container: InputContainer, picture: VideoStream) -> Fraction:
    """By how many seconds the times of its pictures are late. An AVI has no times: its packets are
    counted in the order of decoding, and a player shows the first picture at once."""
    if container.format.name != "avi":
        return Fraction(0)
    frame = first_frame(container, picture)
    return Fraction((frame and frame.dts) or 0) * (picture.time_base or 0)


def rewind(container: InputContainer) -> None:
    """Go to where the file begins, which may be before its clock's 0; where a file cannot be sought,
    go on."""
    with suppress(av.error.FFmpegError):
        container.seek(min(0, container.start_time or 0))


def in_order_of_hearing(tracks: Sequence[AudioStream]) -> list[int]:
    """The numbers of sound tracks as a player prefers them: those flagged as default first."""
    numbers = range(len(tracks))
    return sorted(numbers, key=lambda track: not tracks[track].disposition & Disposition.default)


def read_extents(container: InputContainer, wanted: Sequence[Stream]) -> Mapping[int, Extent]:
    """Every packet of the `wanted` streams, looked at once, by stream index.

    Args:
        container: just opened, so that it is read from its very beginning.
    """
    readings = {stream.index: _Reading(container, stream) for stream in wanted}
    with suppress(av.error.FFmpegError):  # what can be read until then is what counts
        for packet in container.demux(*wanted):
            if packet.size and not packet.is_corrupt:
                readings[packet.stream.index].take(packet)
    return {index: reading.extent for index, reading in readings.items() if reading.packets}


class _Reading:
    """One stream while it is read. Times are in ticks."""

    def __init__(self, container: InputContainer, stream: Stream) -> None:
        self._stream = stream
        self._base = Fraction(stream.time_base or 0)
        self._origin = Fraction(container.start_time or 0, 1_000_000)
        self._is_counted = container.format.name == "avi"  # see `lateness`
        self._is_adts = container.format.name == "aac"
        rate = stream.average_rate if isinstance(stream, VideoStream) else None
        self._usual = round(1 / rate / self._base) if rate and self._base else 0
        codec = stream.codec_context.name if stream.codec_context else ""
        self._form_of = _FORMS.get(codec)
        self._forms: set[object] = set()
        self._channels = stream.channels if isinstance(stream, AudioStream) else 0
        self._top = _TOP_BYTES.get(codec)
        self._noise: list[tuple[int, int]] = []
        self._spans: list[tuple[int, int]] = []
        self._length = 0
        self._last: int | None = None
        self._jumps = False
        self._keys: list[int] = []
        self.packets = 0

    def take(self, packet: Packet[Stream]) -> None:
        self.packets += 1
        duration = packet.duration or self._usual
        stamp = packet.dts if packet.pts is None or self._is_counted else packet.pts
        if self._is_adts:  # its times are made up, as if all of it had the rate of its begin
            seconds = _adts_seconds(memoryview(packet))
            duration = round(seconds / self._base) if seconds else duration
            stamp = self._length
        if self._last is not None and packet.dts is not None:
            self._jumps |= not 0 <= (packet.dts - self._last) * self._base < _JUMP_S
        self._last = packet.dts
        if packet.is_keyframe and stamp is not None:
            self._keys.append(stamp)
        self._length += duration
        if stamp is not None and not packet.is_discard:
            self._spans.append((stamp, stamp + duration))
            if self._top is not None and _is_noise(bytes(packet)[self._top], self._channels):
                self._noise.append((stamp, stamp + duration))
        if self._form_of is not None:
            with suppress(IndexError):
                self._forms.add(self._form_of(memoryview(packet)))
            if packet.has_sidedata("new_extradata"):
                self._forms.add(self.packets)

    @property
    def extent(self) -> Extent:
        spans = sorted(self._spans) or [(0, 0)]
        begin, end = self._second(spans[0][0]), max(self._second(end) for _, end in spans[-_LATE:])
        gaps = [
            (self._second(before), self._second(after))
            for (_, before), (after, _) in pairwise(spans)
            if (after - before) * self._base > GAP_S
        ]
        changes = len(self._forms - {None}) > 1
        noise = [(self._second(begin), self._second(end)) for begin, end in _joined(self._noise)]
        if sum(end - begin for begin, end in self._noise) > _NOISE_SHARE * self._length:
            noise = []
        end, length = max(begin, end), self._length * self._base
        keys = [*sorted(self._keys), spans[-1][1]]
        key_gap = (
            max(after - before for before, after in pairwise([spans[0][0], *keys])) * self._base
        )
        return Extent(begin, end, length, changes, tuple(gaps), tuple(noise), self._jumps, key_gap)

    def _second(self, stamp: int) -> Fraction:
        return stamp * self._base - self._origin


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch as one."""
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


_LEAST = 256
"""Samples that tell noise from sound."""
_LEAST_KINDS = 135
"""So many different bytes are among those of noise; 162 are to be expected."""
_STEPS = (70, 100)
"""By how much the top bytes of noise differ from one to the next: 85, the more exactly the more there are."""
_FROM_BELOW = bytes(value ^ 0x80 for value in range(256))
"""Signed bytes as bytes that count from the lowest value."""


def _is_noise(top: bytes, channels: int) -> bool:
    """Whether the most significant bytes of samples are as bytes of another kind of data: each value as
    frequent as any other, none like the one before in its channel. Nothing that was recorded is, however
    loud."""
    if len(top) < _LEAST or len(set(top[:_LEAST])) < _LEAST_KINDS:
        return False
    if len(zlib.compress(top, 1)) < len(top):
        return False
    values = top.translate(_FROM_BELOW)
    pairs = zip(values, values[channels:], strict=False)
    steps = sum(abs(one - other) for one, other in pairs) / len(values)
    return _STEPS[0] < steps < _STEPS[1]


_TOP_BYTES: Mapping[str, slice] = {
    "pcm_s16le": slice(1, None, 2),
    "pcm_s24le": slice(2, None, 3),
    **dict.fromkeys(("pcm_s32le", "pcm_f32le"), slice(3, None, 4)),
    "pcm_f64le": slice(7, None, 8),
    "pcm_s16be": slice(0, None, 2),
    "pcm_s24be": slice(0, None, 3),
    **dict.fromkeys(("pcm_s32be", "pcm_f32be"), slice(0, None, 4)),
}
"""Where the most significant byte of each sample is."""


def _mpeg_form(data: memoryview) -> object:
    """Version, layer, rate and whether it is mono, from the header of ISO/IEC 11172-3, 2.4.1.3."""
    if data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    return data[1] & 0x1E, data[2] & 0x0C, data[3] >> 6 == 3


def _aac_form(data: memoryview) -> object:
    """Rate and channels of an ADTS header; without one, whether the first element is a pair.

    An element of another kind than a channel or a pair tells nothing (ISO/IEC 14496-3, 4.4.2.1).
    """
    if data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return data[2] & 0x3D, data[3] & 0xC0
    element = data[0] >> 5
    return element if element in (0, 1) else None


def _adts_seconds(data: memoryview) -> Fraction | None:
    """How long a packet with an ADTS header sounds (ISO/IEC 14496-3, 1.A.2.2 and table 1.18)."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return None
    number = data[2] >> 2 & 0x0F
    if number >= len(_AAC_RATES):
        return None
    return Fraction(1024 * ((data[6] & 3) + 1), _AAC_RATES[number])


_AAC_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
"""Hz, by the number that a header has for them."""


def _ac3_form(data: memoryview) -> object:
    """Rate, channels and whether there is a bass channel (ATSC A/52, 5.4.1, 5.4.2 and E.2.2)."""
    if data[0] != 0x0B or data[1] != 0x77:
        return None
    if data[5] >> 3 > 10:
        return None if data[2] >> 6 == 1 else data[4] & 0xCF
    mode = data[6] >> 5
    skipped = 2 * ((mode & 1 and mode != 1) + bool(mode & 4) + (mode == 2))
    bass = (data[6] << 8 | data[7]) >> (12 - skipped) & 1
    return data[4] & 0xC0, mode, bass


def _dts_form(data: memoryview) -> object:
    """Channels and rate (ETSI TS 102 114, 5.3.1)."""
    return (data[7] & 0x0F, data[8] & 0xFC) if bytes(data[:4]) == b"\x7f\xfe\x80\x01" else None


def _flac_form(data: memoryview) -> object:
    """Rate and channels (RFC 9639, 9.1); 8 to 10 are three ways to code a pair."""
    if data[0] != 0xFF or data[1] & 0xFC != 0xF8:
        return None
    channels = data[3] >> 4
    return data[2] & 0x0F, 1 if channels > 7 else channels


_FORMS: Mapping[str, Callable[[memoryview], object]] = {
    **dict.fromkeys(("mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"), _mpeg_form),
    "aac": _aac_form,
    **dict.fromkeys(("ac3", "eac3"), _ac3_form),
    "dca": _dts_form,
    "flac": _flac_form,
}
"""What tells a packet's form, by decoder. The packets of other codecs cannot change theirs."""
