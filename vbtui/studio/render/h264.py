"""H.264 as it lies in files: pictures that need no others, and what decoders are told beforehand.

A closed group runs from one IDR picture up to the next: only an IDR picture (H.264, 7.4.1.2.4) makes
a decoder forget all before it; what a file calls a key frame may be another one, over which later
pictures refer back.

A picture names its parameter sets by their number. So pictures of two encoders may follow each other
in one MP4 track, as long as their numbers differ: the track's `avcC` (ISO/IEC 14496-15) lists the sets
of both. The renderer's own encoder takes `OWN_ID`, where others begin at 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from vbtui.studio.project.media import Media, shown
from vbtui.studio.render.model import NUDGE, Canvas, Shot, Span
from vbtui.studio.render.parameters import (
    Beginning,
    Form,
    Parameters,
    read_parameters,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream


UNPROBED = {"protocol_whitelist": "file", "probesize": "32"}
"""Options for an MP4 of which only packets are wanted: all about them stands in its index. Without
looking into the packets as well, which tells their colours, opening it takes a quarter of the time."""
SPARINGLY: Any = [{"skip_frame": "all"}] * 16
"""Options for each stream of a file of which only packets are wanted: decoding first pictures to
learn more takes five times as long as all the rest of opening it."""
_FINE = 1000
"""Parts of a tick of the file in which frames are counted."""
_DOUBT = Fraction(2, 1000)
"""Frames by which a time may be off, through rounding, from where the renderer puts it."""


@dataclass(slots=True)
class Group:
    """An IDR picture and all up to the next, in decoding order."""

    first: int
    """Frame of the video that shows the IDR picture."""
    start_s: Fraction
    """Its time in the file."""
    seek: int
    """When it is decoded, in ticks of the file."""
    beginning: Beginning
    packets: list[tuple[int, int]] = field(default_factory=list)
    """For each packet the time that it has in the file, in ticks, and its bytes."""
    order: list[int] = field(default_factory=list)
    """For each packet, which of the group's frames it shows."""

    @property
    def end(self) -> int:
        return self.first + len(self.packets)

    @property
    def is_whole(self) -> bool:
        """Whether each frame is there once."""
        return sorted(self.order) == list(range(len(self.order)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one file."""

    settings: Settings
    form: Form
    groups: dict[Span, list[Group]]
    """For each span those inside it that can be taken over, in order."""


_COPIED = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
"""Demuxers whose packets are as those of an MP4."""


def read_groups(media: Media, spans: Sequence[tuple[Span, Shot]], canvas: Canvas) -> Reading | None:
    """The groups that `spans` show, read from no more of the file than that.

    None when its pictures are not plain ones of square pixels in the canvas's size, or its packets not
    those of a plain MP4.
    """
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": _COPIED}
    try:
        with av.open(str(media.path), options=options, stream_options=SPARINGLY) as container:
            stream: Any = container.streams[shown(media).index]
            context = stream.codec_context
            settings = read_settings(bytes(context.extradata or b""))
            parameters = settings and parameters_of(settings)
            square = (stream.sample_aspect_ratio or 1) == 1
            same = (context.width, context.height) == (media.width, media.height)
            if not (settings and parameters and parameters.is_plain and square and same):
                return None
            read_only(container, stream)
            clock = _Clock(container, stream, canvas)
            groups = {
                span: [
                    group
                    for group in _Reader(
                        container, stream, settings, parameters, clock, span, shot
                    ).groups()
                    if group.is_whole
                ]
                for span, shot in spans
            }
            return Reading(settings, parameters.form, groups)
    except (av.FFmpegError, IndexError):
        return None


def read_only(container: InputContainer, stream: Stream) -> None:
    """Lets the file's other streams unread."""
    from av.stream import Discard

    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all


class _Clock:
    """A file's ticks and the frames of the canvas."""

    def __init__(self, container: InputContainer, stream: Stream, canvas: Canvas) -> None:
        self._frames_a_tick = Fraction(stream.time_base or 0) * canvas.fps
        self._origin = Fraction(container.start_time or 0, 1_000_000) * canvas.fps
        self._fps = canvas.fps
        step, frame = self._frames_a_tick.as_integer_ratio()
        self._step, self._frame = step * _FINE, frame * _FINE
        self._doubt = int(self._frame * _DOUBT)

    def place(self, shot: Shot) -> int:
        """What `frame` needs to know of a shot."""
        begin = shot.in_ms * self._fps / 1000 + self._origin
        return round((shot.start - begin + Fraction(1, 2) + NUDGE) * self._frame)

    def frame(self, stamp: int, place: int) -> int | None:
        """The frame of the video in which the renderer shows the picture of that time.

        None where that is a matter of rounding.
        """
        time = stamp * self._step + place
        low, high = ((time + doubt) // self._frame for doubt in (-self._doubt, self._doubt))
        return low if low == high else None

    def stamp(self, frame: int, shot: Shot) -> int:
        """About where the frame lies in the file, in ticks."""
        frames = frame - shot.start + shot.in_ms * self._fps / 1000 + self._origin
        return round(frames / self._frames_a_tick)

    def seconds(self, stamp: int) -> Fraction:
        """The time from the file's start."""
        return (stamp * self._frames_a_tick - self._origin) / self._fps


@dataclass(slots=True)
class _Reader:
    """Reads the groups of one span."""

    container: InputContainer
    stream: Stream
    settings: Settings
    parameters: Parameters
    clock: _Clock
    span: Span
    shot: Shot

    def groups(self) -> Iterator[Group]:
        """Those that begin and end inside the span."""
        self.container.seek(self.clock.stamp(self.span.start, self.shot), stream=self.stream)
        place = self.clock.place(self.shot)
        group: Group | None = None
        for packet in self.container.demux(self.stream):
            if not packet.size:
                continue
            stamp = packet.pts or 0
            number = self.clock.frame(stamp, place)
            kind, beginning = self._kind(packet)
            if kind == KEY_SLICE:
                if group is not None:
                    yield group
                group = self._begin(packet, number, beginning)
            if number is not None and number >= self.span.end:
                return
            if number is None or not kind:
                group = None
            if group is not None and number is not None:
                group.packets.append((stamp, packet.size))
                group.order.append(number - group.first)
        if group is not None:
            yield group

    def _begin(
        self, packet: Packet[Any], number: int | None, beginning: Beginning | None
    ) -> Group | None:
        if number is None or not self.span.start <= number < self.span.end:
            return None
        if beginning is None or beginning.drops or packet.has_sidedata("encryption_info"):
            return None
        stamp = packet.pts or 0
        decoded = stamp if packet.dts is None else packet.dts
        return Group(number, self.clock.seconds(stamp), decoded, beginning)

    def _kind(self, packet: Packet[Any]) -> tuple[int, Beginning | None]:
        """`KEY_SLICE` for an IDR picture, with its head, `SLICE` for another; 0 for what is not to be
        copied."""
        if packet.pts is None or packet.is_corrupt or packet.is_discard:
            return 0, None
        if packet.has_sidedata("new_extradata"):  # other parameter sets from here on
            return 0, None
        found, beginning = 0, None
        try:
            for unit in read_units(memoryview(packet)):
                kind = unit[0] & 31
                if kind in (SLICE, KEY_SLICE):
                    if found not in (0, kind):
                        return 0, None
                    if kind == KEY_SLICE and not found:
                        beginning = self.parameters.beginning(bytes(unit[:64]))
                    found = kind
                elif kind in (SEQUENCE, PICTURE):
                    if bytes(unit) not in self.settings.units:
                        return 0, None
                elif kind not in HARMLESS:
                    return 0, None
        except ValueError:
            return 0, None
        return found, beginning


OWN_ID = 7
"""The number of the sets that libx264 makes here."""
SLICE, KEY_SLICE, SEQUENCE, PICTURE = 1, 5, 7, 8
HARMLESS = (6, 9, 10, 11, 12)
"""Remarks, delimiters, ends and filling: types of units that change nothing."""
_PROFILES = (66, 77, 100)
"""Baseline, main, high: each is decoded by whoever decodes a later one."""
_EXTENDED = b"\xfd\xf8\xf8\x00"
"""What follows in an `avcC` of the profile high: 4:2:0, 8 bits, no further sets."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The parameter sets of one encoder."""

    sequence: tuple[bytes, ...]
    picture: tuple[bytes, ...]

    @property
    def ids(self) -> set[int]:
        """The numbers of all sets."""
        numbers = {_exp_golomb(data, 4) for data in self.sequence}
        return numbers | {_exp_golomb(data, 1) for data in self.picture}

    @property
    def units(self) -> frozenset[bytes]:
        """All of them."""
        return frozenset((*self.sequence, *self.picture))


@lru_cache(maxsize=256)
def parameters_of(settings: Settings) -> Parameters | None:
    """What `settings` say; None when they are of several sequences, or of pictures of another kind."""
    if len(settings.sequence) != 1:
        return None
    return read_parameters(settings.sequence[0], settings.picture)


def read_settings(extradata: bytes) -> Settings | None:
    """The sets of an `avcC` with lengths of four bytes and of a profile that can be mixed."""
    try:
        if extradata[0] != 1 or extradata[4] & 3 != 3:
            return None
        sequence, rest = _read_list(extradata[6:], extradata[5] & 31)
        picture, _ = _read_list(rest[1:], rest[0])
    except IndexError:
        return None
    plain = sequence and picture and all(data[1] in _PROFILES for data in sequence)
    return Settings(sequence, picture) if plain else None


def find_settings(extradata: bytes) -> Settings:
    """The sets that stand between start codes, as libx264 gives them."""
    units = list(split(extradata))
    of_type = {kind: tuple(u for u in units if u[0] & 31 == kind) for kind in (SEQUENCE, PICTURE)}
    return Settings(of_type[SEQUENCE], of_type[PICTURE])


def list_of_settings(several: Iterable[Settings]) -> bytes:
    """One `avcC` with the sets of all, by which a decoder knows that it can decode them."""
    several = list(several)
    sequence = list(chain.from_iterable(one.sequence for one in several))
    picture = list(chain.from_iterable(one.picture for one in several))
    profile = max((data[1] for data in sequence), key=_PROFILES.index)
    alike = 0xFF
    for data in sequence:
        alike &= data[2]
    level = max(data[3] for data in sequence)
    head = bytes([1, profile, alike, level, 0xFF, 0xE0 | len(sequence)])
    listed = _with_lengths(sequence, 2) + bytes([len(picture)]) + _with_lengths(picture, 2)
    return head + listed + (_EXTENDED if profile == _PROFILES[-1] else b"")


def split(data: bytes) -> Iterator[bytes]:
    """The units between start codes."""
    for unit in data.split(b"\x00\x00\x01")[1:]:
        if unit := unit.rstrip(b"\x00"):
            yield unit


def with_lengths(data: bytes) -> bytes:
    """The units between start codes, each behind its length in four bytes, as MP4 has them."""
    return _with_lengths(split(data), 4)


def read_units(data: memoryview) -> Iterator[memoryview]:
    """The units behind lengths of four bytes. Raises `ValueError` when they do not fill `data`."""
    place = 0
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4])
        if end <= place + 4 or end > len(data):
            raise ValueError
        yield data[place + 4 : end]
        place = end


def _with_lengths(units: Iterable[bytes], size: int) -> bytes:
    return b"".join(len(unit).to_bytes(size) + unit for unit in units)


def _read_list(data: bytes, count: int) -> tuple[tuple[bytes, ...], bytes]:
    """So many sets, each behind its length in two bytes, and the rest. Raises `IndexError`."""
    found: list[bytes] = []
    for _ in range(count):
        end = 2 + int.from_bytes(data[:2])
        if not 6 <= end <= len(data):
            raise IndexError
        found.append(data[2:end])
        data = data[end:]
    return tuple(found), data


def _exp_golomb(data: bytes, place: int) -> int:
    """The number, below 2^15, that begins at the byte `place`; -1 for another."""
    bits = f"{int.from_bytes(data[place : place + 4].ljust(4, bytes(1))):032b}"
    zeros = bits.find("1")
    return int(bits[zeros : 2 * zeros + 1], 2) - 1 if 0 <= zeros < 16 else -1
