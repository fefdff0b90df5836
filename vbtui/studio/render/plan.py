"""From a draft to a `Plan`: which frame shows what, which sample sounds how. Pure and exact.

Every frame of the canvas is made by exactly one span of the video tracks; every sound has its exact
place in samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from vbtui.base.errors import RenderFailed
from vbtui.base.settings import QUALITIES
from vbtui.base.text import clean_line
from vbtui.studio.project import cards
from vbtui.studio.project.media import Media
from vbtui.studio.render.effects import Effect, Key, is_timed
from vbtui.studio.render.insets import bars, insets
from vbtui.studio.render.model import (
    LARGEST_SIDE,
    MOST_FPS,
    PLACES,
    SAMPLE_RATE,
    SMALLEST_SIDE,
    WHOLE,
    Canvas,
    Cell,
    Output,
    Plan,
    Shot,
    Sound,
    Sources,
    Span,
    Words,
    is_freeze,
    is_reverse,
    metadata,
    number,
    pace_of,
    read_cell,
    sound_of,
)
from vbtui.studio.render.views import View
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track, read
from vbtui.timeline.pace import EVEN

DEFAULT_SIZE = (1920, 1080)
TEXT_SIZES = {"title": 0.09, "caption": 0.05}
TEXT_FADE_MS = 500
_NTSC = {23.98: 23976, 29.97: 29970, 59.94: 59940, 47.95: 47952, 119.88: 119880}


def make_plan(draft: Mapping[str, Any], media: Mapping[str, Media], options: Output) -> Plan:
    """The plan for `draft`. Raises `RenderFailed` that names every segment it cannot render."""
    timeline = read(draft)
    if timeline is None or not timeline.can_export:
        raise RenderFailed(code="render_failed.empty_timeline")
    canvas = _canvas(timeline, options)
    frames = max(1, canvas.frame_at(timeline.duration_ms))
    samples = canvas.sample_at(frames)
    loudness = _loudness(timeline)
    sources = Sources(media)
    pictures = [track for track in timeline.tracks if track.type == VIDEO]
    tracks = [_without_overlays(track) for track in pictures]
    spans = picture_spans(tracks, sources, canvas, frames)
    laid = tuple(insets(pictures, sources, canvas, frames))
    growing = tuple(bars(pictures, sources, canvas, frames))
    heard = [*tracks, *(track for track in timeline.tracks if track.type == AUDIO)]
    sounds = soundtrack(heard, sources, canvas, samples)
    _refuse(timeline, sources)
    return Plan(
        canvas=canvas,
        frames=frames,
        samples=samples,
        spans=spans,
        insets=laid,
        bars=growing,
        words=tuple(_all_words(timeline, canvas, frames)),
        sounds=sounds,
        quality=options.quality if options.quality in QUALITIES else QUALITIES[0],
        title=timeline.title,
        loudness=loudness,
        even=_meta(timeline).get("even") is True,
        format=options.format,
    )


LOUDEST, QUIETEST = -6.0, -40.0
"""LUFS between which a whole sound can be brought."""


def _meta(timeline: Timeline) -> Mapping[str, Any]:
    meta = timeline.raw.get("m")
    return meta if isinstance(meta, Mapping) else {}


def _loudness(timeline: Timeline) -> float | None:
    """What the draft's `m.loudness` asks for. Raises `RenderFailed` for what is no loudness."""
    wanted = _meta(timeline).get("loudness")
    if wanted is None:
        return None
    is_number = isinstance(wanted, int | float) and not isinstance(wanted, bool)
    if not is_number or not QUIETEST <= wanted <= LOUDEST:
        raise RenderFailed(
            f"This timeline cannot be rendered: its loudness is none of {QUIETEST:g} to {LOUDEST:g} LUFS."
        )
    return float(wanted)


def _without_overlays(track: Track) -> Track:
    """What lies small over the picture is silent, and covers no clip."""
    return replace(track, segments=tuple(one for one in track.segments if not one.lies_over))


def _canvas(timeline: Timeline, options: Output) -> Canvas:
    width, height = timeline.width or DEFAULT_SIZE[0], timeline.height or DEFAULT_SIZE[1]
    if options.width and options.height:
        width, height = options.width, options.height
    elif options.width:
        width, height = options.width, round(height * options.width / width)
    elif options.height:
        width, height = round(width * options.height / height), options.height
    scale = min(1.0, LARGEST_SIDE / max(width, height))
    sides = (round(side * scale) // 2 * 2 for side in (width, height))
    width, height = (max(SMALLEST_SIDE, side) for side in sides)
    return Canvas(width, height, exact_fps(options.fps or timeline.fps or 30))


def exact_fps(fps: float) -> Fraction:
    """The frame rate that `fps` means: 29.97 is 30000/1001. Between 1 and 120."""
    fps = min(MOST_FPS, max(1.0, fps))
    rounded = _NTSC.get(round(fps, 2))
    if rounded is not None and abs(fps - rounded / 1000) < 0.01:
        return Fraction(round(rounded / 1000) * 1000, 1001)
    return Fraction(fps).limit_denominator(1001)


def _refuse(timeline: Timeline, sources: Sources) -> None:
    """Names what cannot be rendered: unknown tracks, segments without their file."""
    problems = list(sources.problems)
    for track in timeline.tracks:
        if track.type not in (VIDEO, AUDIO, TEXT) and track.segments:
            names = ", ".join(f"“{segment.name[:60]}”" for segment in track.segments[:5])
            problems.append(f"{track.kind} is of a kind that cannot be rendered here: {names}")
    if problems:
        shown = "; ".join(problems[:5]) + (
            f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        )
        raise RenderFailed(
            f"This timeline cannot be rendered: {shown}.",
            hint="Upload the missing files again, or remove these parts from the timeline.",
        )


def words_of(timeline: Timeline, options: Output) -> tuple[Canvas, list[Words]]:
    """The texts alone, and the canvas that they lie on."""
    canvas = _canvas(timeline, options)
    return canvas, list(_all_words(timeline, canvas, canvas.frame_at(timeline.duration_ms)))


def _all_words(timeline: Timeline, canvas: Canvas, frames: int) -> Iterable[Words]:
    for track in timeline.tracks:
        if track.type == TEXT:
            for segment in track.segments:
                words = _words(track, segment, canvas, frames)
                if words is not None and metadata(segment).get("style") == COUNTDOWN:
                    yield from _counting(words, segment, canvas)
                elif words is not None:
                    yield from _lit(words, metadata(segment).get("lit"), canvas)


def _words(track: Track, segment: Segment, canvas: Canvas, frames: int) -> Words | None:
    start = canvas.frame_at(segment.start_ms)
    end = min(frames, canvas.frame_at(segment.end_ms))
    if not segment.text.strip() or start >= end:
        return None
    meta = metadata(segment)
    role = "caption" if meta.get("role") == "caption" else "title"
    position = str(meta.get("position", "")).lower()
    if position not in PLACES:
        position = "bottom" if role == "caption" else "center"
    anim, _, side = str(meta.get("anim", "")).partition(" ")
    fade = canvas.frame_at(TEXT_FADE_MS) if anim in ("fade", "slide") else 0
    return Words(
        text=segment.text,
        start=start,
        count=end - start,
        position=position,
        role=role,
        size=_text_size(meta.get("size"), role),
        color=_color(meta.get("color")),
        font=clean_line(str(meta.get("font", "")))[:200],
        box=meta.get("box") is True,
        fade=min(fade, (end - start) // 2),
        outline=_one_of(meta.get("outline"), "none", "thick"),
        edge=_color(meta.get("outline_color")) if meta.get("outline_color") else "",
        shadow=_one_of(meta.get("shadow"), "none", "thick"),
        enter=_one_of(side, "left", "right", "top", "bottom") if anim == "slide" else "",
        style="lower third" if meta.get("style") == "lower third" else "",
    )


def _one_of(value: object, *known: str) -> str:
    return value if isinstance(value, str) and value in known else ""


COUNTDOWN = "countdown"
"""`m.style` of a text whose words are seen one after the other, each for a second, the last one to its end."""


def _counting(words: Words, segment: Segment, canvas: Canvas) -> Iterator[Words]:
    numbers = words.text.split()
    for left, said in zip(range(len(numbers), 0, -1), numbers, strict=True):
        begin = max(words.start, canvas.frame_at(segment.end_ms - left * 1000))
        end = min(words.end, canvas.frame_at(segment.end_ms - (left - 1) * 1000))
        if end > begin:
            yield replace(words, text=said, start=begin, count=end - begin, fade=0)


def _lit(words: Words, value: object, canvas: Canvas) -> Iterator[Words]:
    """The words, one state after the other of what is lit in them: `m.lit` is a list of `[ms, first, last]`, from when
    on, counted from the text's start, and which characters."""
    states = [(0, 0, 0)]
    for one in value if isinstance(value, list) else ():
        if isinstance(one, list) and len(one) == 3 and all(type(part) is int for part in one):
            at, first, last = one
            states.append((max(states[-1][0], canvas.frame_at(max(0, at))), first, last))
    ends = [*(at for at, _, _ in states[1:]), words.count]
    for (at, first, last), end in zip(states, ends, strict=True):
        end = min(end, words.count)
        if end > at:
            yield replace(words, start=words.start + at, count=end - at, lit=(first, last))


def _text_size(value: object, role: str) -> float:
    size = number({"size": value}, "size")
    if size > 1:
        size /= 1080  # pixels of a 1080 high picture, as other editors count
    return min(0.5, max(0.01, size)) if size > 0 else TEXT_SIZES[role]


def _color(value: object) -> str:
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
            return text.upper()
        if re.fullmatch(r"#[0-9a-fA-F]{3}", text):
            return "#" + "".join(char * 2 for char in text[1:]).upper()
    return "#FFFFFF"


SAME_SHAPE = 1.3
"""Without a wish in the draft, a picture whose shape differs by more is shown whole, over its
own blurred copy; otherwise it fills the frame."""

TRANSITIONS = {
    "crossfade": "fade",
    "dissolve": "fade",
    "crossdissolve": "fade",
    "mix": "fade",
    "fade": "fadeblack",
    "fadeblack": "fadeblack",
    "fadetoblack": "fadeblack",
    "diptoblack": "fadeblack",
    "fadewhite": "fadewhite",
    "flash": "fadewhite",
    "diptowhite": "fadewhite",
    "wipe": "wipeleft",
    "slide": "slideleft",
    "push": "slideleft",
    "smooth": "smoothleft",
    "circle": "circleopen",
    "iris": "circleopen",
    "zoom": "zoomin",
    "blur": "hblur",
}
"""What a draft may call a transition (letters only), and xfade's name for it."""
_XFADE = frozenset(
    f"{kind}{way}"
    for kind in ("wipe", "slide", "smooth", "cover", "reveal")
    for way in ("left", "right", "up", "down")
) | {"circleopen", "circleclose", "pixelize", "radial", "zoomin", "hblur", "dissolve", "fade"}


def xfade_name(transition: str) -> str:
    """xfade's name for what the draft calls `transition`; an unknown one is a crossfade."""
    letters = "".join(char for char in transition.lower() if char.isalpha())
    return TRANSITIONS.get(letters) or (letters if letters in _XFADE else "fade")


def picture_spans(
    tracks: Sequence[Track], sources: Sources, canvas: Canvas, frames: int
) -> tuple[Span, ...]:
    """The frames 0..`frames`; where tracks overlap, the later track lies on top."""
    flat: list[Span] = []
    for track in tracks:
        flat = _lay_over(flat, _track_spans(track, sources, canvas))
    cuts = (span.cut(0, frames) for span in flat)
    return tuple(_with_black((span for span in cuts if span is not None), frames))


def _lay_over(below: list[Span], above: list[Span]) -> list[Span]:
    """`above` with what of `below` shows beside it."""
    spans = list(above)
    for span in below:
        left: list[Span] = [span]
        for cover in above:
            pieces = (
                piece.cut(*edge)
                for piece in left
                for edge in ((0, cover.start), (cover.end, piece.end))
            )
            left = [piece for piece in pieces if piece is not None]
        spans += left
    return sorted(spans, key=lambda item: item.start)


def _with_black(spans: Iterable[Span], frames: int) -> Iterable[Span]:
    position = 0
    for span in spans:
        if span.start > position:
            yield Span(position, span.start - position)
        yield span
        position = span.end
    if position < frames:
        yield Span(position, frames - position)


def _track_spans(track: Track, sources: Sources, canvas: Canvas) -> list[Span]:
    row = _Row(canvas)
    for segment in sorted(track.segments, key=lambda item: item.start_ms):
        media = sources.find(segment, "video", "image")
        start, end = canvas.frame_at(segment.start_ms), canvas.frame_at(segment.end_ms)
        if media is not None and end > start:
            if media.id == cards.BLACK:
                row.add(segment, None, start, end)
                continue
            effects = sources.effects(segment)
            if any(isinstance(one, Key) for one in effects):
                sources.note(f"“{segment.name[:60]}” has a colour keyed out, and lies over nothing")
            cell = _cell(segment, sources)
            shot = _shot(segment, media, start, canvas, effects, cell)
            if is_timed(effects) or shot.reverse:
                shot = replace(shot, count=end - start)
            row.add(segment, shot, start, end)
    return row.spans


def _cell(segment: Segment, sources: Sources) -> Cell:
    """The part of the frame that the clip fills; what is none is noted as a problem."""
    value = metadata(segment).get("cell")
    try:
        return WHOLE if value is None else read_cell(value)
    except ValueError:
        sources.note(f"“{segment.name[:60]}” fills a part of the frame that is not known")
        return WHOLE


def _shot(
    segment: Segment,
    media: Media,
    start: int,
    canvas: Canvas,
    effects: tuple[Effect, ...],
    cell: Cell,
) -> Shot:
    meta = metadata(segment)
    loop = meta.get("loop")
    shot = Shot(
        name=segment.name,
        media=media,
        start=start,
        in_ms=segment.source_start_ms,
        pace=pace_of(segment),
        fit="",
        loop=loop is True or (media.is_animation and loop is not False),
        effects=effects,
        reverse=is_reverse(segment) and media.kind == "video" and not is_freeze(segment),
        freeze=is_freeze(segment) and media.kind == "video",
        cell=cell,
    )
    if cell != WHOLE:
        return replace(shot, fit="cover")
    return replace(shot, fit=_fit(meta.get("fit"), media, shot.drawn_on(canvas)))
    return replace(shot, fit=_fit(meta.get("fit"), shot.form, shot.drawn_on(canvas)))


def _fit(wish: object, form: Media | View, canvas: Canvas) -> str:
    if wish in ("cover", "contain", "blur"):
        return str(wish)
    shape = (form.width or canvas.width) / (form.height or canvas.height)
    ratio = shape * canvas.height / canvas.width
    return "cover" if 1 / SAME_SHAPE <= ratio <= SAME_SHAPE else "blur"


class _Row:
    """The spans of one track, built segment by segment."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.spans: list[Span] = []

    def add(self, segment: Segment, shot: Shot | None, start: int, end: int) -> None:
        """Puts `shot`, or black, on the frames `start`..`end`, with its transition and fades."""
        frames = self._canvas.frame_at
        before = self.spans[-1] if self.spans else None
        length = frames(segment.transition_ms) if segment.transition else 0
        if before is not None:
            solo = before.start if not before.transition else before.end
            start = max(start, solo)
        if end <= start:
            return
        overlap = before.end - start if before is not None else 0
        came_from = _last_shot(before) if before is not None and overlap >= 0 else None
        if overlap > 0:
            length = min(overlap, end - start) if length else 0
            self._shorten(start)
        length = min(length, end - start)
        position = start
        fade = min(frames(round(number(metadata(segment), "fade_in"))), end - start)
        if length:
            kind = xfade_name(segment.transition)
            self.spans.append(Span(start, length, came_from, shot, kind, 0, length, fade))
            position += length
        if rest := max(0, start + fade - position):
            self.spans.append(Span(position, rest, None, shot, "fade", fade - rest, fade))
            position += rest
        fade = min(frames(round(number(metadata(segment), "fade_out"))), end - position)
        if end - fade > position:
            self.spans.append(Span(position, end - fade - position, shot))
        if fade:
            self.spans.append(Span(end - fade, fade, shot, None, "fade", 0, fade))

    def _shorten(self, end: int) -> None:
        last = self.spans[-1]
        if end <= last.start:
            self.spans.pop()
        else:
            self.spans[-1] = replace(last, count=end - last.start)


def _last_shot(span: Span) -> Shot | None:
    """What is seen in the last frame of `span`."""
    return span.into if span.transition else span.shot


SOFT_CUT = SAMPLE_RATE * 4 // 1000
"""A cut fades for 4 ms at both sides, so that it does not click."""


def soundtrack(
    tracks: Sequence[Track], sources: Sources, canvas: Canvas, samples: int
) -> tuple[Sound, ...]:
    """Every sound that is heard in the samples 0..`samples`, by start."""
    sounds: list[Sound] = []
    for track in tracks:
        sounds += _track_sounds(track, sources, canvas)
    kept = (_inside(sound, samples) for sound in sounds)
    return tuple(
        sorted((sound for sound in kept if sound is not None), key=lambda item: item.start)
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A segment with its file and its times in samples."""

    segment: Segment
    media: Media
    start: int
    end: int
    in_ms: int
    """Where in the file it begins to be heard."""


def _at(ms: float) -> int:
    return round(ms * SAMPLE_RATE / 1000)


def _track_sounds(track: Track, sources: Sources, canvas: Canvas) -> list[Sound]:
    kinds = ("video", "image") if track.type == VIDEO else ("audio", "video")
    placed: list[_Placed] = []
    for segment in sorted(track.segments, key=lambda item: item.start_ms):
        media, in_ms = sources.find(segment, *kinds), segment.source_start_ms
        if media is not None and track.type == VIDEO and (other := sound_of(segment)) is not None:
            media, in_ms = sources.find(other, "audio", "video"), other.source_start_ms
        if media is not None and segment.duration_ms > 0:
            ends = _at(segment.start_ms), _at(segment.end_ms)
            placed.append(_Placed(segment, media, *ends, in_ms))
    in_sequence = track.type == VIDEO
    if in_sequence:
        placed = _with_pictures(placed, canvas)
    sounds: list[Sound] = []
    for before, item, after in zip([None, *placed], placed, [*placed[1:], None], strict=False):
        sound = _sound(item, before if in_sequence else None, after if in_sequence else None)
        if sound is not None:
            sounds.append(replace(sound, is_clip=in_sequence))
    return sounds


def _with_pictures(placed: Sequence[_Placed], canvas: Canvas) -> list[_Placed]:
    """Each moved, by half a frame at most, to where its picture begins. What goes on in the same
    file moves as what it goes on from, so that it has no seam."""
    moved: list[_Placed] = []
    aside = 0
    for before, item in zip([None, *placed], placed, strict=False):
        start = item.segment.start_ms
        if before is None or not _continues(before, item):
            aside = canvas.sample_at(canvas.frame_at(start)) - item.start
        if before is not None and before.end == item.start:
            moved[-1] = replace(moved[-1], end=item.start + aside)
        moved.append(replace(item, start=item.start + aside, end=item.end + aside))
    return moved


def _sound(item: _Placed, before: _Placed | None, after: _Placed | None) -> Sound | None:
    meta = metadata(item.segment)
    volume = 1.0 if item.segment.volume is None else item.segment.volume
    is_silent = volume <= 0 or meta.get("muted") is True or is_freeze(item.segment)
    if item.media.audio is None or is_silent:
        return None
    start, end = item.start, item.end
    fade_in, fade_out = SOFT_CUT, SOFT_CUT
    if before is not None:
        fade_in = max(_mix(before, item), 0 if _continues(before, item) else SOFT_CUT)
    if after is not None:
        mix = _mix(item, after)
        end = after.start + mix if mix else min(end, after.start)
        fade_out = max(mix, 0 if _continues(item, after) else SOFT_CUT)
    if end <= start:
        return None
    fade_in = max(fade_in, *(_at(number(meta, key)) for key in ("fade_in", "sound_fade_in")))
    fade_out = max(fade_out, *(_at(number(meta, key)) for key in ("fade_out", "sound_fade_out")))
    fade_in = min(fade_in, end - start)
    backwards, plays = is_reverse(item.segment), pace_of(item.segment)
    unheard_ms = item.segment.duration_ms - (end - start) * 1000 / SAMPLE_RATE if backwards else 0
    return Sound(
        name=item.segment.name,
        media=item.media,
        start=start,
        count=end - start,
        in_ms=item.in_ms + round(plays.played(max(0, unheard_ms))),
        pace=plays.part(round(max(0, unheard_ms)), item.segment.duration_ms),
        volume=min(volume, 8.0),
        fade_in=fade_in,
        fade_out=min(fade_out, end - start - fade_in),
        loop=meta.get("loop") is True,
        reverse=backwards,
        duck=meta.get("duck") is True,
        denoise=meta.get("denoise") is True,
        is_voice=meta.get("role") == "voice",
    )


def _mix(first: _Placed, second: _Placed) -> int:
    """Samples for which both are heard; where they only touch, the first goes on for so long."""
    length = _at(second.segment.transition_ms) if second.segment.transition else 0
    overlap = first.end - second.start
    if not length or overlap < 0:
        return 0
    return min(overlap or length, second.end - second.start, first.end - first.start)


def _continues(first: _Placed, second: _Placed) -> bool:
    """Whether `second` goes on in the same file where `first` stops."""
    a, b = first.segment, second.segment
    played = round(a.duration_ms * a.speed)
    return (
        first.media.id == second.media.id
        and pace_of(a) == pace_of(b) == EVEN
        and not is_reverse(a)
        and not is_reverse(b)
        and not is_freeze(a)
        and not is_freeze(b)
        and a.volume == b.volume
        and abs(first.in_ms + played - second.in_ms) <= 1
        and first.end == second.start
    )


def _inside(sound: Sound, samples: int) -> Sound | None:
    """`sound` cut at the end of the video; its own fade out is kept when it is cut."""
    count = min(sound.end, samples) - sound.start
    if count <= 0:
        return None
    fade_in = min(sound.fade_in, count)
    if sound.reverse:  # what is cut off lies at the begin of its source
        cut_ms = (sound.count - count) * 1000 / SAMPLE_RATE
        sound = replace(
            sound,
            in_ms=sound.in_ms + round(sound.pace.played(cut_ms)),
            pace=sound.pace.part(round(cut_ms), sound.pace.lasts),
        )
    return replace(
        sound, count=count, fade_in=fade_in, fade_out=min(sound.fade_out, count - fade_in)
    )
