"""The sound of clips that are taken over as they are, taken over with them: AAC, packet by packet.

A packet is 1024 samples long, and packets follow each other without gap; a clip begins anywhere.
So a clip's packets go to the nearest place of the grid, at most half a packet (11 ms at 48 kHz)
from where its picture puts them, whatever comes before. Only the packets around a place where two
clips meet are made anew. Where a clip has no sound, there are packets of silence.

The few packets around a place where two copied sounds meet: decoded, crossfaded, encoded.

Two packets on either side are made anew. What they hold beside the crossfade is what the copied
ones would have given, so the windows of the old and the new packets overlap to the same samples.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from vbtui.studio.project.media import Media
from vbtui.studio.render.copying import Copy
from vbtui.studio.render.h264 import SPARINGLY, UNPROBED, read_only
from vbtui.studio.render.model import SAMPLE_RATE, Plan, Sound, Span
from vbtui.studio.render.plan import SOFT_CUT
from vbtui.timeline.pace import EVEN

SHORTEST = 8
"""Packets of a clip: joins on both sides have room in them."""
_MOST_ASIDE_S = 0.012
"""A clip's sound may lie so far from its picture: half a packet at 44.1 kHz."""
_NO_SBR = (b"", b"\x56\xe5\x00")
"""What may follow the two bytes that say: AAC-LC, this rate, so many channels."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the video and the sound that belongs to it."""

    start: Fraction
    """Samples from the video's start."""
    packets: Packets | None
    """None: silence."""
    begin: Fraction = Fraction(0)
    """Samples from the file's start to what is heard first."""

    @property
    def take(self) -> Take:
        """Its packets at the places nearest to where they are due."""
        if self.packets is None:
            return Take(None, 0)
        return Take(self.packets, round((self.start - self.begin + self.packets.first) / PACKET))


def copy_sound(plan: Plan, copies: Sequence[Copy], path: Path) -> bool:
    """Writes the whole sound to `path` as MP4; False, and no file, when it must be encoded.

    Args:
        copies: what is taken over for each span of `plan`.
    """
    heard = _heard(plan)
    if heard is None:
        return False
    files = {media.path: _read(media) for media in heard if media is not None}
    found = [packets for packets in files.values() if packets is not None]
    forms = {(packets.settings, packets.rate, packets.channels) for packets in found}
    if len(found) < len(files) or len(forms) > 1:
        return False
    _, rate, channels = forms.pop() if forms else (b"", SAMPLE_RATE, 2)
    pieces = [
        Piece(
            span.start * rate / plan.canvas.fps,
            files[media.path] if media is not None else None,
            copy.start_s * rate,
        )
        for span, media, copy in zip(plan.spans, heard, copies, strict=True)
    ]
    total = Fraction(plan.samples * rate, SAMPLE_RATE)
    places = places_of(pieces, total)
    if min(end - start for start, end in pairwise(places)) < SHORTEST:
        return False
    nothing = array("f", bytes(2 * PACKET * 4))
    silence = encode([nothing] * channels, rate, channels)[1]
    packets = lay_out(pieces, places, silence)
    try:
        _make_joins(pieces, places, packets, rate, channels)
    except NotPlain:
        return False
    _write(path, rate, channels, packets, round(total))
    return True


def places_of(pieces: Sequence[Piece], total: Fraction) -> list[int]:
    """The place on the grid at which each piece begins, and the one after the last."""
    return [0, *(round(piece.start / PACKET) for piece in pieces[1:]), math.ceil(total / PACKET)]


def lay_out(pieces: Sequence[Piece], places: Sequence[int], silence: bytes) -> list[bytes]:
    """A packet for each place, and before them one that leads in unheard."""
    result: list[bytes] = []
    for number, piece in enumerate(pieces):
        data = piece.packets.data if piece.packets else ()
        shift = piece.take.shift
        for place in range(places[number] - (number == 0), places[number + 1]):
            index = place - shift
            result.append(data[index] if 0 <= index < len(data) else silence)
    return result


def _make_joins(
    pieces: Sequence[Piece], places: Sequence[int], packets: list[bytes], rate: int, channels: int
) -> None:
    """Replaces the packets around each place where another sound begins."""
    for (before, after), place in zip(pairwise(pieces), places[1:], strict=False):
        if before.take == after.take:
            continue
        end = last_heard(before.take, before.begin + after.start - before.start)
        begin = first_heard(after.take, after.begin)
        made = join_sounds(before.take, end, after.take, begin, place, rate, channels)
        first = place + MADE.start + 1
        packets[first : first + len(made)] = made


def _heard(plan: Plan) -> list[Media | None] | None:
    """For each span the file that is heard as it is; None when any sound is more than that."""
    if plan.loudness is not None or plan.even:
        return None
    sounds = {sound.start: sound for sound in plan.sounds}
    if len(sounds) < len(plan.sounds):
        return None
    found: list[Media | None] = []
    slack = plan.canvas.sample_at(1)
    for span in plan.spans:
        shot = span.shot
        if shot is None:
            return None
        near = (start for start in sounds if abs(start - plan.canvas.sample_at(span.start)) < slack)
        sound = sounds.pop(next(near, -1), None)
        if sound is None and shot.media.audio is None:
            found.append(None)
        elif sound is not None and _is_plain(sound, span, plan, slack):
            found.append(sound.media)
        else:
            return None
    return None if sounds else found


def _is_plain(sound: Sound, span: Span, plan: Plan, slack: int) -> bool:
    """Whether `sound` is the span's own, unchanged, as long as the span or as the file lasts."""
    shot = span.shot
    return (
        shot is not None
        and sound.media.id == shot.media.id
        and sound.media.path.suffix.lower() in (".mp4", ".mov")
        and abs(sound.end - plan.canvas.sample_at(span.end)) < slack
        and (sound.in_ms, sound.loop, sound.reverse) == (shot.in_ms, False, False)
        and sound.pace == EVEN
        and sound.volume == 1
        and not sound.denoise
        and max(sound.fade_in, sound.fade_out) <= SOFT_CUT
    )


def _read(media: Media) -> Packets | None:
    """The packets of the file's sound; None when it is not plain AAC, or has gaps."""
    import av

    if media.audio is None or media.audio.changes:
        return None
    try:
        with av.open(str(media.path), options=UNPROBED, stream_options=SPARINGLY) as container:
            stream = container.streams.audio[media.audio.track]
            context = stream.codec_context
            settings = bytes(context.extradata or b"")
            rate, channels = context.sample_rate, context.channels
            plain = (
                context.name == "aac"
                and settings[:1]
                and settings[0] >> 3 == 2
                and settings[2:] in _NO_SBR
                and channels <= 2
                and PACKET / 2 / rate <= _MOST_ASIDE_S
                and stream.time_base == Fraction(1, rate)
            )
            if not plain:
                return None
            read_only(container, stream)
            data: list[bytes] = []
            first = length = 0
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                if not data:
                    first = packet.pts or 0
                if packet.is_corrupt or packet.pts != first + len(data) * PACKET:
                    return None
                data.append(bytes(packet))
                length = (len(data) - 1) * PACKET + min(PACKET, packet.duration or PACKET)
            origin = Fraction(container.start_time or 0, 1_000_000) * rate
            begin = first - origin
            return Packets(settings[:2], rate, channels, begin, begin + length, tuple(data))
    except (av.FFmpegError, IndexError):
        return None


def _write(path: Path, rate: int, channels: int, packets: Sequence[bytes], samples: int) -> None:
    """An MP4 of `samples` samples; the first packet comes before them."""
    import av

    layout, base = "stereo" if channels == 2 else "mono", Fraction(1, rate)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout=layout)
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, base
            packet.pts = packet.dts = (number - 1) * PACKET
            packet.duration = min(PACKET, samples - packet.pts)
            packet.is_keyframe = True
            container.mux(packet)


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
