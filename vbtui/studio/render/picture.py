"""From video tracks to spans: every frame of the canvas is made by exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from vbtui.studio.project.media import Media
from vbtui.studio.render.model import Canvas, Shot, Sources, Span, metadata, number
from vbtui.timeline.model import Segment, Track

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
            row.add(segment, _shot(segment, media, start, canvas), start, end)
    return row.spans


def _shot(segment: Segment, media: Media, start: int, canvas: Canvas) -> Shot:
    meta = metadata(segment)
    animation = media.path.suffix.lower() in (".gif", ".webp")
    loop = meta.get("loop")
    return Shot(
        name=segment.name,
        media=media,
        start=start,
        in_ms=segment.source_start_ms,
        speed=speed_of(segment),
        fit=_fit(meta.get("fit"), media, canvas),
        loop=loop is True or (animation and loop is not False),
    )


def speed_of(segment: Segment) -> Fraction:
    """The segment's speed as a fraction, between 1/10 and 20."""
    return Fraction(min(20.0, max(0.1, segment.speed))).limit_denominator(1000)


def _fit(wish: object, media: Media, canvas: Canvas) -> str:
    if wish in ("cover", "contain", "blur"):
        return str(wish)
    shape = (media.width or canvas.width) / (media.height or canvas.height)
    ratio = shape * canvas.height / canvas.width
    return "cover" if 1 / SAME_SHAPE <= ratio <= SAME_SHAPE else "blur"


class _Row:
    """The spans of one track, built segment by segment."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.spans: list[Span] = []

    def add(self, segment: Segment, shot: Shot, start: int, end: int) -> None:
        """Puts `shot` on the frames `start`..`end`, with its transition and fades."""
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
