"""What lies small over the picture: logos, watermarks, another clip.

`m.overlay` of a segment that is no clip: `{"place", "size", "opacity"}`. What is missing has its default; a value that is not
known is refused, so that nothing is shown in another way in silence. With `"type": "bar"` it is no file, but a bar that grows:
`{"type", "place", "color", "size"}`. With `"type": "cell"` it fills a part of the frame, beside the clip below it, which has `m.cell`:
`{"columns", "rows", "at"}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from vbtui.studio.project.media import Media
from vbtui.studio.render.effects import Effect, Key, is_timed
from vbtui.studio.render.model import (
    WHOLE,
    Bar,
    Canvas,
    Inset,
    Shot,
    Sources,
    is_reverse,
    metadata,
    pace_of,
    read_cell,
)
from vbtui.timeline.model import Segment, Track

PLACES: Mapping[str, tuple[float, float]] = {
    "top left": (0, 0), "top": (0.5, 0), "top right": (1, 0),
    "left": (0, 0.5), "center": (0.5, 0.5), "right": (1, 0.5),
    "bottom left": (0, 1), "bottom": (0.5, 1), "bottom right": (1, 1),
}  # fmt: skip
"""Where in the frame each lies, from left and top, 0 to 1."""
PLACE, SIZE = "bottom right", 0.12
_MARGIN = 0.03
"""Between it and the frame's edges, of the frame's shorter side."""


class Box(NamedTuple):
    """Pixels of the canvas, all even, so that colours lie where the picture does."""

    x: int
    y: int
    width: int
    height: int


def insets(
    tracks: Iterable[Track], sources: Sources, canvas: Canvas, frames: int
) -> Iterator[Inset]:
    """Those of a timeline, in drawing order. What cannot be read is noted as a problem of `sources`."""
    for track in tracks:
        for segment in track.segments:
            start = canvas.frame_at(segment.start_ms)
            end = min(frames, canvas.frame_at(segment.end_ms))
            is_file = segment.lies_over and not _is_bar(segment)
            media = sources.find(segment, "video", "image") if is_file else None
            if media is None or start >= end:
                continue
            try:
                if _type(segment) == "cell":
                    yield _cell(segment, media, sources, start, end)
                    continue
                place, size, opacity = _read(segment)
                effects = _keys(segment, sources)
            except ValueError as error:
                sources.note(f"“{segment.name[:60]}” lies over the picture with an unknown {error}")
                continue
            loop = metadata(segment).get("loop")
            shot = Shot(
                name=segment.name,
                media=media,
                start=start,
                in_ms=segment.source_start_ms,
                pace=pace_of(segment),
                fit="cover",
                loop=loop is True or (media.is_animation and loop is not False),
                effects=effects,
            )
            yield Inset(shot, start, end - start, place, size, opacity)


BAR_SIZE, BAR_COLOR = 0.015, "#FFFFFF"


def _type(segment: Segment) -> object:
    value = metadata(segment).get("overlay")
    return value.get("type") if isinstance(value, Mapping) else None


def _is_bar(segment: Segment) -> bool:
    return _type(segment) == "bar"


def _cell(segment: Segment, media: Media, sources: Sources, start: int, end: int) -> Inset:
    """A clip in a part of a split screen. Raises `ValueError` with the name of what is not known."""
    effects = sources.effects(segment)
    if any(isinstance(one, Key) for one in effects):
        raise ValueError("key")
    reverse = is_reverse(segment) and media.kind == "video"
    shot = Shot(
        name=segment.name,
        media=media,
        start=start,
        in_ms=segment.source_start_ms,
        pace=pace_of(segment),
        fit="cover",
        loop=metadata(segment).get("loop") is True or media.is_animation,
        effects=effects,
        count=end - start if reverse or is_timed(effects) else 0,
        reverse=reverse,
        cell=read_cell(metadata(segment)["overlay"]),
    )
    return Inset(shot, start, end - start, "", 1.0, 1.0)


def bars(tracks: Iterable[Track], sources: Sources, canvas: Canvas, frames: int) -> Iterator[Bar]:
    """The bars of a timeline. What cannot be read is noted as a problem of `sources`."""
    for segment in (one for track in tracks for one in track.segments if _is_bar(one)):
        start = canvas.frame_at(segment.start_ms)
        end = min(frames, canvas.frame_at(segment.end_ms))
        value = dict(metadata(segment)["overlay"])
        place, color = value.pop("place", "bottom"), value.pop("color", BAR_COLOR)
        size = value.pop("size", BAR_SIZE)
        is_size = isinstance(size, int | float) and not isinstance(size, bool)
        known = {
            "place": place in ("top", "bottom"),
            "color": isinstance(color, str) and re.fullmatch("#[0-9a-fA-F]{6}", color) is not None,
            "size": is_size and 0 < size <= 0.5,
            **{str(key)[:40]: key == "type" for key in value},
        }
        if odd := next((key for key, is_known in known.items() if not is_known), ""):
            sources.note(f"“{segment.name[:60]}” lies over the picture with an unknown {odd}")
        elif start < end:
            yield Bar(start, end - start, place, color.upper(), float(size))


def _keys(segment: Segment, sources: Sources) -> tuple[Effect, ...]:
    """Its key, the one effect that what lies small over the picture can have. Raises `ValueError` for others."""
    effects = sources.effects(segment)
    if not all(isinstance(one, Key) for one in effects):
        raise ValueError("effects")
    return effects


def _read(segment: Segment) -> tuple[str, float, float]:
    """Raises `ValueError` with the name of what is not known."""
    value = metadata(segment).get("overlay")
    given = dict(value) if isinstance(value, Mapping) else {}
    place = given.pop("place", PLACE)
    if place not in PLACES:
        raise ValueError("place")
    shares = []
    for key, default in (("size", SIZE), ("opacity", 1.0)):
        share = given.pop(key, default)
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise ValueError(key)
        shares.append(float(share))
    meta = metadata(segment)
    odd = [*given, *(key for key in ("reverse", "freeze") if meta.get(key))]
    if odd:
        raise ValueError(str(odd[0])[:40])
    return str(place), shares[0], shares[1]


def box_of(inset: Inset, canvas: Canvas) -> Box:
    """Where it lies: in its part of a split screen; else as wide as it says, whole and in its own shape, as far as the
    frame has room."""
    if inset.shot.cell != WHOLE:
        return Box(*canvas.cell(inset.shot.cell))
    media = inset.shot.media
    shape = (media.height or 1) / (media.width or 1)
    width = min(inset.size * canvas.width, canvas.width, canvas.height / shape)
    wide, high = _even(width), _even(width * shape)
    margin = _MARGIN * min(canvas.width, canvas.height)
    x, y = PLACES[inset.place]
    return Box(
        _from(x, canvas.width - wide, margin), _from(y, canvas.height - high, margin), wide, high
    )


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _from(share: float, room: int, margin: float) -> int:
    margin = min(margin, room / 2)
    return max(0, int(margin + share * (room - 2 * margin)) // 2 * 2)
