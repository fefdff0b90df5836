"""The plan of a render: what is seen in each frame and heard in each sample.

Pictures are counted in frames of the canvas, sound in samples of 48 kHz. Both start at 0. Beside the
plan stand the options of a render and the files that a draft may name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import Any

from vbtui.base.text import clean_line
from vbtui.studio.project import beds, cards
from vbtui.studio.project.media import Media
from vbtui.studio.render.effects import Effect, Lut, lies, read_effects
from vbtui.studio.render.views import View, view_of
from vbtui.timeline.model import Segment
from vbtui.timeline.pace import Pace
from vbtui.timeline.sources import KnownFile, KnownFiles

SAMPLE_RATE = 48000
NUDGE = Fraction(11, 100)
"""Frames that every source time is moved by, so that no source frame lies half way between two
frames of the canvas, where rounding would depend on the place of the seek."""


Cell = tuple[int, int, int]
"""Columns and rows that the frame is parted into, and which of the parts it is, row by row, from 0 on."""
WHOLE: Cell = (1, 1, 0)


def read_cell(value: object) -> Cell:
    """What `m.cell` or `m.overlay` of a split screen says. Raises `ValueError` for what is none."""
    given = value if isinstance(value, Mapping) else {}
    columns, rows, at = (given.get(key) for key in ("columns", "rows", "at"))
    if type(columns) is not int or type(rows) is not int or type(at) is not int:
        raise ValueError("cell")
    if not (1 <= columns <= 4 and 1 <= rows <= 4 and 0 <= at < columns * rows):
        raise ValueError("cell")
    return columns, rows, at


@dataclass(frozen=True, slots=True)
class Canvas:
    """The finished picture."""

    width: int
    """Pixels, even."""
    height: int
    fps: Fraction

    def frame_at(self, ms: int) -> int:
        """The frame that starts nearest to `ms`; halves go up."""
        return int(ms * self.fps / 1000 + Fraction(1, 2))

    def sample_at(self, frame: int) -> int:
        """The sample that is heard when `frame` starts."""
        return int(frame * SAMPLE_RATE / self.fps + Fraction(1, 2))

    def cell(self, cell: Cell) -> tuple[int, int, int, int]:
        """Where a cell lies: from left and top, width and height, all even."""
        columns, rows, at = cell
        column, row = at % columns, at // columns
        x, right = (self.width * one // columns // 2 * 2 for one in (column, column + 1))
        y, lower = (self.height * one // rows // 2 * 2 for one in (row, row + 1))
        right = self.width if column + 1 == columns else right
        lower = self.height if row + 1 == rows else lower
        return x, y, right - x, lower - y

    @property
    def lying(self) -> Canvas:
        """The same on its side."""
        return replace(self, width=self.height, height=self.width)


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip or picture on the timeline, as long as it is seen, transitions included."""

    name: str
    """For sentences: what the user calls it."""
    media: Media
    start: int
    """Frame of the timeline at which its own frame 0 would be seen."""
    in_ms: int
    """Where in the source its frame 0 lies."""
    pace: Pace
    """How it plays its source, from where that begins on."""
    fit: str
    """cover, contain or blur."""
    loop: bool
    """A source that ends begins again; otherwise its last picture stays."""
    effects: tuple[Effect, ...] = ()
    """What its pictures go through, in order."""
    count: int = 0
    """Frames for which it is seen in all; 0 where nothing depends on it."""
    reverse: bool = False
    """It is played from its end to its begin: its frame 0 shows what its last one would."""
    cell: Cell = WHOLE
    """The part of the frame that it fills."""
    freeze: bool = False
    """What its frame 0 shows stays."""

    def played(self, frames: Fraction | float, fps: Fraction) -> Fraction:
        """Seconds of its source that it has played when so many of its frames have passed, in the source's order."""
        return self.pace.played(Fraction(frames) * 1000 / fps) / 1000

    @property
    def view(self) -> View | None:
        """What of the file's picture is seen; None: all of it."""
        return view_of(self.effects, self.media.width, self.media.height)

    @property
    def form(self) -> Media | View:
        """What is fitted into the frame: by its width and height."""
        return self.view or self.media

    def drawn_on(self, canvas: Canvas) -> Canvas:
        """What it is fitted into before its effects turn it onto the canvas."""
        _, _, width, height = canvas.cell(self.cell)
        part = replace(canvas, width=width, height=height)
        return part.lying if lies(self.effects) else part


@dataclass(frozen=True, slots=True)
class Span:
    """A run of frames made in one way: black, one shot, or one shot turning into another."""

    start: int
    count: int
    shot: Shot | None = None
    """None: black."""
    into: Shot | None = None
    """The shot that comes in by a transition; only when `transition` is set."""
    transition: str = ""
    """ffmpeg's name for xfade; empty for a span without a transition."""
    done: int = 0
    """Frames of the transition that passed before this span."""
    length: int = 0
    """Frames of the whole transition."""
    fade: int = 0
    """Frames for which `into` comes out of black, from the transition's begin on; 0: none."""

    @property
    def end(self) -> int:
        return self.start + self.count

    def cut(self, start: int, end: int) -> Span | None:
        """The part inside the frames `start`..`end`; None when there is none."""
        first, last = max(self.start, start), min(self.end, end)
        if first >= last:
            return None
        done = self.done + first - self.start if self.transition else 0
        return replace(self, start=first, count=last - first, done=done)


PLACES = (
    "top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inset:
    """A picture or a video that lies small over the picture."""

    shot: Shot
    start: int
    count: int
    place: str
    """One of `insets.PLACES`."""
    size: float
    """Its width as a share of the frame's."""
    opacity: float
    """1: nothing of what is below is seen through it."""

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar along the frame's upper or lower edge that grows from left to right: it is as long as its time that has passed."""

    start: int
    count: int
    place: str
    """top or bottom."""
    color: str
    """`#RRGGBB`."""
    size: float
    """Its height as a share of the frame's."""

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Words:
    """One text over the picture."""

    text: str
    start: int
    count: int
    position: str
    """One of `PLACES`."""
    role: str
    """title or caption."""
    size: float
    """Height of a line's letters as a share of the frame's height."""
    color: str
    """`#RRGGBB`."""
    font: str
    """A family or file name that the draft asks for; empty: the default."""
    box: bool
    """A dark box behind the words."""
    fade: int
    """Frames of the fade at both ends; 0: none."""
    style: str = ""
    """`lower third`: a bar beside the words, and all lines but the first smaller."""
    outline: str = ""
    """Around the letters: `none`, `thick`; empty: thin."""
    edge: str = ""
    """`#RRGGBB` of that; empty: black, or white around dark letters."""
    shadow: str = ""
    """`none`, `thick`; empty: soft."""
    enter: str = ""
    """The side from which it slides in, while it fades in: left, right, top or bottom; empty: it does not."""
    lit: tuple[int, int] = (0, 0)
    """Which of its characters, white space not counted, are lit: the first one and the one behind the last."""

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Sound:
    """One piece of sound."""

    name: str
    media: Media
    start: int
    """Sample of the timeline."""
    count: int
    """Samples."""
    in_ms: int
    pace: Pace
    """How it plays its source, from where that begins on."""
    volume: float
    """1 is the source's own loudness."""
    fade_in: int
    """Samples."""
    fade_out: int
    loop: bool
    is_clip: bool = False
    """It is a clip's own, not music."""
    reverse: bool = False
    """It is heard from its end to its begin; the fades are those of what is heard."""
    is_voice: bool = False
    """It is a voice-over: music gives way to it as to a clip."""
    duck: bool = False
    """It is lowered while sounds of clips are heard."""
    denoise: bool = False
    """Steady noise is taken out of it."""
    noise_db: float | None = None
    """How loud that is, in dBFS, once it is measured."""

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a render needs to know; made by `plan.make_plan` from a draft."""

    canvas: Canvas
    frames: int
    """The length of the picture."""
    samples: int
    """The length of the sound: as long as the picture, to the nearest sample."""
    spans: tuple[Span, ...]
    """In order; together they fill the frames 0..`frames` without gap or overlap."""
    words: tuple[Words, ...]
    """In drawing order: later ones lie on top."""
    sounds: tuple[Sound, ...]
    """By start."""
    quality: str
    """high, medium or low."""
    title: str = ""
    loudness: float | None = None
    """LUFS that the whole sound shall have; None: as it is."""
    even: bool = False
    """The sounds of the clips are made equally loud."""
    format: str = "mp4"
    """A name of `vbtui.base.formats`."""
    insets: tuple[Inset, ...] = ()
    """In drawing order, all below the words."""
    bars: tuple[Bar, ...] = ()
    """Between those and the words."""

    def part(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of the frames `start`..`end`, cut to them."""
        cuts = (span.cut(start, end) for span in self.spans)
        return tuple(span for span in cuts if span is not None)

    def without(self, shots: Collection[Shot]) -> Plan:
        """The same with black in place of `shots`, and without those that lie over others."""
        return self.with_shots(lambda shot: None if shot in shots else shot)

    def with_shots(self, other: Callable[[Shot], Shot | None]) -> Plan:
        """The same with what `other` gives in place of each shot; None is black."""

        def shown(shot: Shot | None) -> Shot | None:
            return None if shot is None else other(shot)

        spans = (replace(one, shot=shown(one.shot), into=shown(one.into)) for one in self.spans)
        laid = ((one, shown(one.shot)) for one in self.insets)
        insets = tuple(replace(one, shot=shot) for one, shot in laid if shot is not None)
        return replace(self, spans=tuple(spans), insets=insets)

    def over(self) -> tuple[Inset | Bar | Words, ...]:
        """All that lies over the picture, in drawing order."""
        return (*self.insets, *self.bars, *self.words)

    def insets_in(self, start: int, end: int) -> tuple[Inset, ...]:
        """Those that are seen in the frames `start`..`end`."""
        return tuple(one for one in self.insets if one.start < end and one.end > start)

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every shot once, in order."""
        seen = [shot for span in self.spans for shot in (span.shot, span.into)]
        seen += [inset.shot for inset in self.insets]
        return tuple(dict.fromkeys(shot for shot in seen if shot is not None))

    @property
    def media(self) -> tuple[Media, ...]:
        """Every file of the user's that is used, once, in order of use."""
        used = [shot.media for shot in self.shots] + [sound.media for sound in self.sounds]
        found = {media.id: media for media in used if not media.id.startswith(beds.BED)}
        return tuple(found.values())


LARGEST_SIDE = 4096
SMALLEST_SIDE = 16
MOST_FPS = 120


@dataclass(frozen=True, slots=True)
class Output:
    """The options of one render. None: as the draft says (`m.width`, `m.height`, `m.fps`)."""

    quality: str = "high"
    """high, medium or low; anything else counts as high."""
    width: int | None = None
    """Pixels; odd sizes are rounded down to even ones."""
    height: int | None = None
    fps: float | None = None
    """Frames a second of the finished video."""
    workers: int = 0
    """Encoders at the same time; 0: as many as the machine has cores and memory for."""
    encoder: str = "software"
    """auto: one in hardware where it was proved as good; anything else: libx264."""
    format: str = "mp4"
    """A name of `vbtui.base.formats`."""
    at_ms: int = 0
    """Which moment a single picture is of."""
    cache_bytes: int = 4 * 1000**3
    """What the chunk cache holds at most afterwards; the chunks not used for longest go first."""


class Sources:
    """The files by the names that a draft may use, and what of the segments cannot be rendered."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media
        self._files = KnownFiles(
            KnownFile(
                one,
                name="" if one.id.startswith((beds.BED, cards.BLACK)) else one.filename,
                sha256=one.sha256,
                id=name,
            )
            for name, one in {**beds.media(), **cards.media(), **media}.items()
        )
        self.problems: list[str] = []
        """One phrase for each segment that cannot be rendered."""

    def effects(self, segment: Segment) -> tuple[Effect, ...]:
        """The segment's effects, with their files; what is not known of them is noted as a problem."""
        try:
            read = read_effects(metadata(segment).get("effects"))
        except ValueError as error:
            self.note(f"“{segment.name[:60]}” has {error}")
            return ()
        return tuple(self._with_file(one) if isinstance(one, Lut) else one for one in read)

    def _with_file(self, lut: Lut) -> Lut:
        media = self._media.get(lut.asset)
        if media is None or media.kind != "lut":
            self.note(f"the LUT “{clean_line(lut.name)[:60]}” has no file here")
            return lut
        return replace(lut, media=media)

    def find(self, segment: Segment, *kinds: str) -> Media | None:
        """The segment's file when it is of one of `kinds`; otherwise a problem is noted."""
        media = self._meant(segment)
        if media is None:
            self.note(f"“{segment.name[:60]}” has no file here")
            return None
        if media.kind not in kinds:
            self.note(f"“{media.filename[:60]}” is not {' or '.join(kinds)}")
            return None
        return media

    def _meant(self, segment: Segment) -> Media | None:
        """None where the name that is trusted most fits files of different content."""
        groups = chain(self._files.identified(segment), self._files.called(segment))
        found = next(groups, ())
        return found[0] if len({media.sha256 for media in found}) == 1 else None

    def note(self, problem: str) -> None:
        """Adds a phrase, once."""
        if problem not in self.problems:
            self.problems.append(problem)


def metadata(segment: Segment) -> Mapping[str, Any]:
    """The segment's own `m`; empty when there is none."""
    meta = segment.raw.get("m")
    return meta if isinstance(meta, Mapping) else {}


def pace_of(segment: Segment) -> Pace:
    """How the segment plays its source, from where that begins on, between 1/10 and 20 times as fast."""
    speed = Fraction(min(20.0, max(0.1, segment.speed))).limit_denominator(1000)
    found = replace(segment, speed=float(speed)).pace
    return found.turned if is_reverse(segment) else found


def is_reverse(segment: Segment) -> bool:
    """Whether it is played from its end to its begin."""
    return metadata(segment).get("reverse") is True


def is_freeze(segment: Segment) -> bool:
    """Whether one picture of its file stands still for all of it, in silence."""
    return metadata(segment).get("freeze") is True


def sound_of(segment: Segment) -> Segment | None:
    """What is heard in place of the clip's own sound (`m.sound`: the file, and from when on), as a segment of that file;
    None where it has its own."""
    value = metadata(segment).get("sound")
    if not isinstance(value, Mapping):
        return None
    name = str(value.get("asset", ""))
    begin = round(number(value, "in"))
    raw = {"m": {"asset": name, "in": begin}}
    return replace(segment, name=name, source=name, source_start_ms=begin, raw=raw)


def number(meta: Mapping[str, Any], *keys: str) -> float:
    """The first of `keys` that holds a number of 0 or more; 0 when none does."""
    for key in keys:
        value = meta.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
            return float(value)
    return 0.0
