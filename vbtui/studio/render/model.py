"""The plan of a render: what is seen in each frame and heard in each sample.

Pictures are counted in frames of the canvas, sound in samples of 48 kHz. Both start at 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from vbtui.studio.project.media import Media

SAMPLE_RATE = 48000


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
    speed: Fraction
    fit: str
    """cover, contain or blur."""
    loop: bool
    """A source that ends begins again; otherwise its last picture stays."""


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


@dataclass(frozen=True, slots=True)
class Words:
    """One text over the picture."""

    text: str
    start: int
    count: int
    position: str
    """top, center or bottom."""
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
    speed: Fraction
    volume: float
    """1 is the source's own loudness."""
    fade_in: int
    """Samples."""
    fade_out: int
    loop: bool

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

    def part(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of the frames `start`..`end`, cut to them."""
        cuts = (span.cut(start, end) for span in self.spans)
        return tuple(span for span in cuts if span is not None)

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every shot once, in order."""
        seen = (shot for span in self.spans for shot in (span.shot, span.into))
        return tuple(dict.fromkeys(shot for shot in seen if shot is not None))

    @property
    def media(self) -> tuple[Media, ...]:
        """Every file that is used, once, in order of use."""
        used = [shot.media for shot in self.shots] + [sound.media for sound in self.sounds]
        return tuple({media.id: media for media in used}.values())
