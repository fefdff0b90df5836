"""Where a plan is cut into chunks, and the key that says what is in one.

A cut is exact anywhere, because a frame is drawn the same in whatever run it is drawn. Cuts lie
where the content changes – at clips, transitions and the edges of texts – and in even parts
between, so that a change in one place leaves the chunks of other places as they are. A key counts
frames from the chunk's own start: a chunk that only moved keeps its key. What is taken over without
encoding lies between chunks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from vbtui.studio.render.model import Plan, Shot, Span, Words

VERSION = 1
"""Raised whenever the same plan would be drawn or encoded differently."""
CHUNK_S = 5
"""A chunk's usual length in seconds: short enough to share out, long enough to encode well."""
TEXT_CHUNK_S = 2
"""The same under a text: words are what people change last, and shorter parts are ready sooner."""
SHORTEST_S = 0.7


@dataclass(frozen=True, slots=True)
class Chunk:
    """The frames `start`..`end` of a plan."""

    start: int
    end: int
    key: str
    """Names everything that its encoded picture depends on."""

    @property
    def count(self) -> int:
        return self.end - self.start


def cut_into_chunks(
    plan: Plan,
    fonts: dict[Words, str],
    encoder: Sequence[str],
    taken: Sequence[tuple[int, int]] = (),
) -> list[Chunk]:
    """The chunks of `plan`, in order; together with `taken` they fill it.

    Args:
        fonts: for each text of the plan, what identifies the fonts that draw it.
        encoder: the encoder's name and options, and which ffmpeg and Pillow draw for it.
        taken: first frame and end of what needs no encoding, in order.
    """
    return [
        Chunk(start, end, _key(plan, start, end, fonts, encoder))
        for begin, stop in _gaps(plan.frames, taken)
        for start, end in pairwise(_edges(plan, begin, stop))
    ]


def _gaps(frames: int, taken: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    ends = [0, *(end for _, end in taken)]
    starts = [*(start for start, _ in taken), frames]
    return ((end, start) for end, start in zip(ends, starts, strict=True) if end < start)


def _edges(plan: Plan, begin: int, stop: int) -> list[int]:
    shortest = max(1, round(SHORTEST_S * plan.canvas.fps))
    places = {span.start for span in plan.spans} - set(_leading_on(plan))
    inside = sorted(place for place in places if begin < place < stop)
    chosen = _spaced([begin, *inside], shortest, stop)
    texts = {edge for words in plan.words for edge in (words.start, words.end)}
    for edge in sorted(edge for edge in texts if begin < edge < stop):
        if all(abs(edge - other) >= shortest for other in (*chosen, stop)):
            chosen.append(edge)
    return _divided(sorted(chosen), plan, stop)


def _leading_on(plan: Plan) -> Iterable[int]:
    """Where a transition begins that leads on from the shot before it.

    It stays in that shot's chunk: the shot is being decoded there already, while the one that
    comes in is only at its start.
    """
    for before, span in pairwise(plan.spans):
        if span.transition and span.shot is not None and span.shot == before.shot:
            yield span.start


def _spaced(places: Sequence[int], shortest: int, end: int) -> list[int]:
    """`places` without those too close to the one before or to the end."""
    chosen = [places[0]]
    for place in places[1:]:
        if place - chosen[-1] >= shortest and end - place >= shortest:
            chosen.append(place)
    return chosen


def _divided(edges: Sequence[int], plan: Plan, stop: int) -> list[int]:
    """`edges` with long stretches divided evenly, and the end."""
    result: list[int] = []
    for start, end in pairwise([*edges, stop]):
        written = any(words.start < end and words.end > start for words in plan.words)
        usual = (TEXT_CHUNK_S if written else CHUNK_S) * plan.canvas.fps
        parts = max(1, round((end - start) / usual))
        result += [start + (end - start) * part // parts for part in range(parts)]
    return [*result, stop]


def _key(plan: Plan, start: int, end: int, fonts: dict[Words, str], encoder: Sequence[str]) -> str:
    canvas = plan.canvas
    content = {
        "version": VERSION,
        "canvas": [canvas.width, canvas.height, str(canvas.fps)],
        "encoder": list(encoder),
        "count": end - start,
        "spans": [_span_key(span, start) for span in plan.part(start, end)],
        "words": [
            _words_key(words, start, fonts[words])
            for words in plan.words
            if words.start < end and words.end > start
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _span_key(span: Span, start: int) -> list[Any]:
    mix = [span.transition, span.done, span.length] if span.transition else []
    mix += [span.fade] if span.fade else []
    shots = (span.shot, span.into) if span.transition else (span.shot,)
    return [span.start - start, span.count, mix, [_shot_key(shot, span) for shot in shots]]


def _shot_key(shot: Shot | None, span: Span) -> list[Any]:
    if shot is None:
        return []
    media = shot.media
    return [
        media.sha256 or [str(media.path), media.size],
        media.kind,
        [media.width, media.height, media.rotation, media.has_alpha],
        [shot.in_ms, str(shot.speed), shot.fit, shot.loop],
        span.start - shot.start if media.kind != "image" else 0,
    ]


def _words_key(words: Words, start: int, fonts: str) -> list[Any]:
    return [
        words.text,
        [words.start - start, words.count, words.fade],
        [words.position, words.size, words.color, words.box],
        fonts,
    ]
