"""From a draft to a `Plan`: which frame shows what, which sample sounds how. Pure and exact."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from vbtui.base.errors import RenderFailed
from vbtui.base.text import clean_line
from vbtui.studio.project.media import Media
from vbtui.studio.render.model import (
    LARGEST_SIDE,
    MOST_FPS,
    QUALITIES,
    SMALLEST_SIDE,
    Canvas,
    Output,
    Plan,
    Sources,
    Words,
    metadata,
)
from vbtui.studio.render.picture import picture_spans
from vbtui.studio.render.soundtrack import soundtrack
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track, read

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
    sources = Sources(media)
    tracks = [track for track in timeline.tracks if track.type == VIDEO]
    spans = picture_spans(tracks, sources, canvas, frames)
    heard = [track for track in timeline.tracks if track.type in (VIDEO, AUDIO)]
    sounds = soundtrack(heard, sources, samples)
    _refuse(timeline, sources)
    return Plan(
        canvas=canvas,
        frames=frames,
        samples=samples,
        spans=spans,
        words=tuple(_all_words(timeline, canvas, frames)),
        sounds=sounds,
        quality=options.quality if options.quality in QUALITIES else QUALITIES[0],
        title=timeline.title,
    )


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


def _all_words(timeline: Timeline, canvas: Canvas, frames: int) -> Iterable[Words]:
    for track in timeline.tracks:
        if track.type == TEXT:
            for segment in track.segments:
                words = _words(track, segment, canvas, frames)
                if words is not None:
                    yield words


def _words(track: Track, segment: Segment, canvas: Canvas, frames: int) -> Words | None:
    start = canvas.frame_at(segment.start_ms)
    end = min(frames, canvas.frame_at(segment.end_ms))
    if not segment.text.strip() or start >= end:
        return None
    meta = metadata(segment)
    role = "caption" if meta.get("role") == "caption" else "title"
    position = str(meta.get("position", "")).lower()
    if position not in ("top", "center", "bottom"):
        position = "bottom" if role == "caption" else "center"
    fade = canvas.frame_at(TEXT_FADE_MS) if meta.get("anim") == "fade" else 0
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
    )


def _text_size(value: object, role: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        size = float(value)
        if size > 1:
            size /= 1080  # pixels of a 1080 high picture, as other editors count
        if size > 0:
            return min(0.5, max(0.01, size))
    return TEXT_SIZES[role]


def _color(value: object) -> str:
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
            return text.upper()
        if re.fullmatch(r"#[0-9a-fA-F]{3}", text):
            return "#" + "".join(char * 2 for char in text[1:]).upper()
    return "#FFFFFF"
