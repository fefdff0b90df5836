"""The draft, read: Timeline, Track, Segment.

The backend documents five keys (wire/README.md, The draft): `t` tracks, `tt` track type, `sg` segments,
`d` duration in ms, `m` metadata. Everything else is read tolerantly, in a fixed order, and never
fails: what cannot be understood is shown as unknown, not dropped. The raw JSON stays untouched
and is what a render gets.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeGuard
from urllib.parse import unquote, urlsplit

from vbtui.base.text import clean, clean_line
from vbtui.timeline.pace import Pace, read_pace

VIDEO, AUDIO, TEXT = 0, 1, 7
_TYPE_NAMES = {VIDEO: "Video", AUDIO: "Audio", TEXT: "Text"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece on a track: a clip, a picture, a sound or a text."""

    key: str
    """The backend's `id` where there is one, else made of the positions: `t0.s3`. Each key is
    there once in a timeline: of segments with one id, the later ones have their place added."""
    name: str
    """One clean line; for a text segment the text itself on one line."""
    start_ms: int
    duration_ms: int
    text: str
    """The words of a text segment, cleaned; empty elsewhere."""
    volume: float | None
    """0-1, above 1 is louder; None where the draft says nothing."""
    source: str
    """What it is made from: asset id, file name or URL, cleaned; empty when unknown."""
    source_start_ms: int
    """Where in the source it begins."""
    speed: float
    """1 is the source's own speed; of one that changes, the mean."""
    transition: str
    """Name of the transition that leads into this segment; empty for a cut."""
    transition_ms: int
    raw: Mapping[str, Any]
    """The segment's own JSON, for what has no field here."""

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    @property
    def lies_over(self) -> bool:
        """Whether it lies small over the picture, in a place of its own (`m.overlay`), and is no clip."""
        return _is_map(_map_of(self.raw.get("m")).get("overlay"))

    @property
    def is_frozen(self) -> bool:
        """Whether one picture of its file stands still for all of it."""
        return _map_of(self.raw.get("m")).get("freeze") is True

    @property
    def is_reverse(self) -> bool:
        """Whether it plays from its end to its begin."""
        return _map_of(self.raw.get("m")).get("reverse") is True

    @property
    def pace(self) -> Pace:
        """How it plays from its begin to its end on the timeline, also where that is backwards through its file."""
        ramp = _map_of(self.raw.get("m")).get("ramp")
        return read_pace(Fraction(str(self.speed)), ramp, self.duration_ms)

    def source_ms(self, at_ms: int) -> int:
        """The time in the source that is seen or heard at `at_ms` of the timeline."""
        if self.is_frozen:
            return self.source_start_ms
        played, passed = self.pace, at_ms - self.start_ms
        if self.is_reverse:
            played, passed = played.turned, self.end_ms - at_ms
        return round(self.source_start_ms + played.played(passed))


@dataclass(frozen=True, slots=True)
class Track:
    """One row of the timeline."""

    index: int
    type: int | None
    """0 video, 1 audio, 7 text, another number as it came; None where there was none."""
    name: str
    """The backend's own name of the track; empty when it gave none."""
    segments: tuple[Segment, ...]

    @property
    def lies_over(self) -> bool:
        """Whether all that it holds lies small over the picture."""
        return (
            self.type == VIDEO and bool(self.segments) and all(s.lies_over for s in self.segments)
        )

    @property
    def kind(self) -> str:
        """`Video`, `Overlay`, `Audio`, `Text`, or `Track (tt 4)` for a type that is not known."""
        if self.lies_over:
            return "Overlay"
        if self.type is None:
            return "Track"
        return _TYPE_NAMES.get(self.type, f"Track (tt {self.type})")


Placed = tuple[Track, Segment]
"""A segment with its track."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole draft. `raw` is the JSON as it came, unknown keys included."""

    tracks: tuple[Track, ...]
    duration_ms: int
    width: int | None
    height: int | None
    fps: float | None
    title: str
    raw: Mapping[str, Any]
    unreadable: int = 0
    """Characters of a draft in a form that is not read here (wire/README.md, The draft); 0: it was read."""
    unread: int = 0
    """Entries where a track or a segment should be that are no objects: they have no place."""

    @property
    def can_export(self) -> bool:
        """wire/README.md, Rules: a draft can be exported when a track has a non-empty `sg`; whether one
        that is not read here can be is the backend's to say."""
        return bool(self.unreadable) or any(track.segments for track in self.tracks)

    @property
    def segments(self) -> Iterable[tuple[Track, Segment]]:
        """Every segment with its track, track by track."""
        return ((track, segment) for track in self.tracks for segment in track.segments)


def read(draft: object) -> Timeline | None:
    """The timeline of a draft as the state returned it; None when nothing is built yet.

    JSON in a text is read; of any other text no more is known than its length.
    """
    if isinstance(draft, str):
        return _read_text(draft)
    if not isinstance(draft, Mapping) or not draft:
        return None
    raw_tracks = draft.get("t", draft.get("tracks"))
    keys: set[str] = set()
    tracks = tuple(
        _read_track(index, raw, keys)
        for index, raw in enumerate(_list_of(raw_tracks))
        if _is_map(raw)
    )
    meta = _map_of(draft.get("m"))
    end = max((segment.end_ms for track in tracks for segment in track.segments), default=0)
    return Timeline(
        tracks=tracks,
        duration_ms=_ms(draft.get("d")) or end,
        width=_pixels(meta.get("width", draft.get("width"))),
        height=_pixels(meta.get("height", draft.get("height"))),
        fps=_fps(meta.get("fps", draft.get("fps"))),
        title=_line(meta.get("title")),
        raw=draft,
        unread=_unread(raw_tracks, tracks),
    )


def _read_text(draft: str) -> Timeline | None:
    try:
        inner = json.loads(draft)
    except (ValueError, RecursionError):
        inner = draft
    if isinstance(inner, str) and inner.strip():
        return Timeline((), 0, None, None, None, "", {}, unreadable=len(draft))
    return read(inner) if not isinstance(inner, str) else None


def _unread(raw_tracks: object, tracks: Sequence[Track]) -> int:
    raws = [raw for raw in _list_of(raw_tracks) if _is_map(raw)]
    return _left_over(raw_tracks, len(raws)) + sum(
        _left_over(raw.get("sg"), len(track.segments))
        for raw, track in zip(raws, tracks, strict=True)
    )


def _read_track(index: int, raw: Mapping[str, Any], keys: set[str]) -> Track:
    track_type = _kind(raw.get("tt"))
    segments: list[Segment] = []
    cursor = 0
    for position, item in enumerate(_list_of(raw.get("sg"))):
        if not _is_map(item):
            continue
        key = _key(item.get("id"), f"t{index}.s{position}", keys)
        segment = _read_segment(key, position, item, track_type, cursor)
        segments.append(segment)
        cursor = segment.end_ms
    meta = _map_of(raw.get("m"))
    return Track(index, track_type, _line(meta.get("title") or meta.get("name")), tuple(segments))


def _key(identity: object, place: str, taken: set[str]) -> str:
    """A key that is not `taken` yet, and is now."""
    wanted = identity_of(identity) or place
    key, count = wanted, 1
    while key in taken:
        count += 1
        key = f"{wanted} {place}" + (f" #{count}" if count > 2 else "")
    taken.add(key)
    return key


def identity_of(value: object) -> str:
    """The backend's own id; empty when it gave none."""
    return _line(value)[:200] if isinstance(value, str | int) else ""


def _read_segment(
    key: str, position: int, raw: Mapping[str, Any], track_type: int | None, cursor: int
) -> Segment:
    meta = _map_of(raw.get("m"))
    starts = map(_time_ms, (raw.get("s"), raw.get("st"), raw.get("start"), meta.get("start")))
    start = next((value for value in starts if value is not None), None)
    words = next(
        (
            value
            for value in (meta.get("text"), meta.get("content"), raw.get("txt"), raw.get("text"))
            if isinstance(value, str) and value.strip()
        ),
        "",
    )
    source = next(
        (
            _line(value)
            for value in (
                meta.get("asset"),
                meta.get("url"),
                raw.get("src"),
                meta.get("src"),
                raw.get("url"),
            )
            if isinstance(value, str) and value.strip()
        ),
        "",
    )
    transition = meta.get("transition")
    transition_ms = 0
    if _is_map(transition):
        transition_ms = _ms(transition.get("d", transition.get("duration")))
        transition = transition.get("type") or transition.get("name")
    duration = _ms(raw.get("d", raw.get("duration")))
    return Segment(
        key=key,
        name=_segment_name(raw, meta, words if track_type == TEXT else "", position),
        start_ms=cursor if start is None else start,
        duration_ms=duration,
        text=clean(words) if track_type == TEXT or track_type not in _TYPE_NAMES else "",
        volume=_volume(meta.get("volume", raw.get("v"))),
        source=source,
        source_start_ms=_ms(meta.get("in", meta.get("source_start"))),
        speed=_speed(meta.get("speed")),
        transition=_line(transition),
        transition_ms=transition_ms,
        raw=raw,
    )


def _segment_name(
    raw: Mapping[str, Any], meta: Mapping[str, Any], words: str, position: int
) -> str:
    """wire/README.md, The draft: m.title, m.name, m.text, m.filename, n, the last part of m.url/src, else clip N."""
    for value in (
        words,
        meta.get("title"),
        meta.get("name"),
        meta.get("text"),
        meta.get("filename"),
        raw.get("n"),
    ):
        if isinstance(value, str) and clean_line(value):
            return clean_line(value)
    for value in (meta.get("url"), raw.get("src"), meta.get("src")):
        if isinstance(value, str):
            try:
                path = urlsplit(value).path
            except ValueError:
                continue
            last = clean_line(unquote(path.rstrip("/").rsplit("/", 1)[-1]))
            if last:
                return last
    return f"clip {position + 1}"


# -- values out of JSON that nobody vouches for: unknown where they make no sense, never an error --

_MAX_MS = 1000 * 60 * 60 * 24 * 365
"""Times beyond a year are nonsense and read as unknown."""
_LARGEST_KIND = 1_000_000
_LARGEST_SPEED = 1000
_LARGEST_FPS = 1000
_LOUDEST = 1000
"""In per cent; ten times as loud as the source is the most that anybody means."""


def _is_map(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _map_of(value: object) -> Mapping[str, Any]:
    """`value`, or an empty map."""
    return value if isinstance(value, Mapping) else {}


def _list_of(value: object) -> Sequence[Any]:
    """`value`, or an empty list. A text is no list."""
    return value if isinstance(value, list | tuple) else ()


def _line(value: object) -> str:
    """A text or a number as one clean line; empty for anything else, truth values included."""
    if isinstance(value, str):
        return clean_line(value)
    if isinstance(value, bool) or _number(value) is None:
        return ""
    return str(value)


def _number(value: object) -> float | None:
    """A finite number from a number or its text; None for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (len(value) > 60 or "_" in value):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def _time_ms(value: object) -> int | None:
    """A time in ms, never negative; None for what cannot be one."""
    result = _number(value)
    return None if result is None or result > _MAX_MS else max(0, round(result))


def _ms(value: object) -> int:
    """As `time_ms`, with 0 for what cannot be a time."""
    return _time_ms(value) or 0


def _left_over(value: object, taken: int) -> int:
    """How many entries of what should be a list were not `taken`; 1 for what is no list at all."""
    if value is not None and not isinstance(value, list | tuple):
        return 1
    return len(_list_of(value)) - taken


def _kind(value: object) -> int | None:
    """A track type: a whole number; None for anything else."""
    result = _number(value)
    if result is None or abs(result) > _LARGEST_KIND or not result.is_integer():
        return None
    return int(result)


def _speed(value: object) -> float:
    """A speed; 1 for what cannot be one."""
    return _between(_number(value), 1 / _LARGEST_SPEED, _LARGEST_SPEED) or 1.0


def _fps(value: object) -> float | None:
    """Frames a second; None for what cannot be a rate."""
    return _between(_number(value), 1 / _LARGEST_FPS, _LARGEST_FPS)


def _pixels(value: object) -> int | None:
    """A side of a picture; None for what cannot be one."""
    result = _between(_number(value), 1, 99_999)
    return None if result is None else int(result)


def _volume(value: object) -> float | None:
    """wire/README.md, The draft: as 0-1 or 0-100. Above 2 it is taken for per cent. None for what is no volume."""
    result = _between(_number(value), 0, _LOUDEST)
    return result / 100 if result is not None and result > 2 else result


def _between(value: float | None, least: float, most: float) -> float | None:
    return value if value is not None and least <= value <= most else None
