"""The few packets around a place where two copied sounds meet: decoded, crossfaded, encoded.

Two packets on either side are made anew. What they hold beside the crossfade is what the copied
ones would have given, so the windows of the old and the new packets overlap to the same samples.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

PACKET = 1024
"""Samples that each packet gives."""
MADE = range(-2, 2)
"""Places, counted from the one nearest to the join, whose packets are made anew."""
_FADE = 96
"""Samples, on either side, of the shortest crossfade: 4 ms in all, as every cut has."""
_BEFORE, _AFTER = 5, 4
"""Packets that the encoder hears before and after the join."""
_WARM = 2
"""Packets that a decoder hears before the first that counts."""
_SPARE = 2 * PACKET
"""A sound that begins so much late, or ends so much early, is led on; a longer gap stays one."""
_EDGE = 128
"""Samples at a file's end that are not used: a sound that stops there was hard to encode."""
_BITS_A_CHANNEL = 96_000

Samples = list["array[float]"]
"""One array for each channel."""


class NotPlain(Exception):
    """A packet is damaged, or gives other samples than it says, as SBR that nobody announced."""


@dataclass(frozen=True, slots=True)
class Packets:
    """The sound of one file. Times are in samples from the file's start."""

    settings: bytes
    """What a decoder must know beforehand."""
    rate: int
    """Samples a second."""
    channels: int
    first: Fraction
    """Where the first packet is heard; often before 0."""
    end: Fraction
    data: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """A file's packets on the grid of the video's."""

    packets: Packets | None
    """None: silence."""
    shift: int
    """The place of the first packet."""

    def at(self, time: Fraction) -> int:
        """The sample of the grid at which the file's `time` is heard."""
        assert self.packets is not None
        return round(time - self.packets.first) + self.shift * PACKET

    def samples(self, first: int, last: int, channels: int) -> Samples:
        """What is heard at the places `first`..`last`. Raises `NotPlain`."""
        size = (last - first) * PACKET
        heard = [array("f", bytes(size * 4)) for _ in range(channels)]
        if self.packets is None:
            return heard
        import av

        decoder = av.CodecContext.create("aac", "r")
        decoder.extradata = self.packets.settings
        data = self.packets.data
        for place in range(max(first - _WARM, self.shift), min(last, self.shift + len(data))):
            for frame in _decode(decoder, data[place - self.shift], self.packets.rate):
                if place >= first:
                    begin = (place - first) * PACKET
                    for channel, plane in zip(heard, frame.planes, strict=False):
                        part = memoryview(plane).cast("B")[: PACKET * 4].cast("f")
                        channel[begin : begin + PACKET] = array("f", part)
        return heard


def _decode(decoder: Any, packet: bytes, rate: int) -> list[Any]:
    import av

    try:
        frames = list(decoder.decode(av.Packet(packet)))
    except av.FFmpegError:
        raise NotPlain from None
    if any(frame.samples != PACKET or frame.sample_rate != rate for frame in frames):
        raise NotPlain
    return frames


def last_heard(take: Take, wanted: Fraction) -> int | None:
    """The sample of the grid at which the sound ends that should end at the file's `wanted`."""
    if take.packets is None:
        return None
    end = take.packets.end - _EDGE
    return take.at(end if 0 < wanted - end < _SPARE else wanted)


def first_heard(take: Take, wanted: Fraction) -> int | None:
    """As `last_heard`, for the beginning: the first packet alone is not heard rightly."""
    if take.packets is None:
        return None
    begin = take.packets.first + PACKET
    return take.at(begin if 0 < begin - wanted < _SPARE else wanted)


def join_sounds(
    before: Take,
    end: int | None,
    after: Take,
    begin: int | None,
    place: int,
    rate: int,
    channels: int,
) -> list[bytes]:
    """The packets for the places `MADE` around `place`. Raises `NotPlain`.

    Args:
        end: sample of the grid after which `before` is not used; None: silence, or no end near.
        begin: sample of the grid before which `after` is not used.
    """
    origin = (place - _BEFORE) * PACKET
    nearest = place * PACKET - origin
    ends = nearest if end is None else end - origin
    begins = nearest if begin is None else begin - origin
    old = before.samples(place - _BEFORE, place + _AFTER, channels)
    new = after.samples(place - _BEFORE, place + _AFTER, channels)
    mixed = [_crossfade(one, two, ends, begins) for one, two in zip(old, new, strict=True)]
    packets = encode(mixed, rate, channels)
    first = _BEFORE + MADE.start + 1
    return packets[first : first + len(MADE)]


def _crossfade(old: array[float], new: array[float], end: int, begin: int) -> array[float]:
    """`old`, then `new`; each goes on, mirrored, where the other is not there yet."""
    middle = (end + begin) // 2
    half = abs(begin - end) // 2 + _FADE
    first, last = middle - half, middle + half
    result = old[:first] + new[first:]
    step = math.pi / 2 / (last - first)
    for place in range(first, last):
        out = old[place if place < end else 2 * end - 1 - place]
        come = new[place if place >= begin else 2 * begin - 1 - place]
        angle = (place - first + 0.5) * step
        result[place] = out * math.cos(angle) + come * math.sin(angle)
    return result


def encode(samples: Sequence[array[float]], rate: int, channels: int) -> list[bytes]:
    """Every packet of an encoder that hears `samples`; the first leads in."""
    import av

    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.format = rate, "fltp"
    encoder.layout = layout = "stereo" if channels == 2 else "mono"
    encoder.time_base, encoder.bit_rate = Fraction(1, rate), _BITS_A_CHANNEL * channels
    encoder.options = {"aac_coder": "fast"}
    encoder.options = {"aac_coder": "fast"}
    packets: list[bytes] = []
    for begin in range(0, len(samples[0]), PACKET):
        frame = av.AudioFrame("fltp", layout, PACKET)
        frame.sample_rate, frame.pts = rate, begin
        for plane, channel in zip(frame.planes, samples, strict=True):
            plane.update(channel[begin : begin + PACKET].tobytes())
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets + [bytes(packet) for packet in encoder.encode(None)]
