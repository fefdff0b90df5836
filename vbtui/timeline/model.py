"""The draft, read: Timeline, Track, Segment.

The backend documents five keys (wire/README.md, The draft): `t` tracks, `tt` track type, `sg` segments,
`d` duration in ms, `m` metadata. Everything else is read tolerantly, in a fixed order, and never
fails: what cannot be understood is shown as unknown, not dropped. The raw JSON stays untouched
and is what a render gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from vbtui.base.text import clean, clean_line
from vbtui.timeline import lenient

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
    """1 is the source's own speed."""
    transition: str
    """Name of the transition that leads into this segment; empty for a cut."""
    transition_ms: int
    raw: Mapping[str, Any]
    """The segment's own JSON, for what has no field here."""

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    def source_ms(self, at_ms: int) -> int:
        """The time in the source that is seen or heard at `at_ms` of the timeline."""
        return round(self.source_start_ms + (at_ms - self.start_ms) * self.speed)


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
    def kind(self) -> str:
        """`Video`, `Audio`, `Text`, or `Track (tt 4)` for a type that is not known."""
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
    unread: int = 0
    """Entries where a track or a segment should be that are no objects: they have no place."""

    @property
    def can_export(self) -> bool:
        """wire/README.md, Rules: a draft can be exported when a track has a non-empty `sg`."""
        return any(track.segments for track in self.tracks)

    @property
    def segments(self) -> Iterable[tuple[Track, Segment]]:
        """Every segment with its track, track by track."""
        return ((track, segment) for track in self.tracks for segment in track.segments)


def read(draft: object) -> Timeline | None:
    """The timeline of a draft as the state returned it; None when nothing is built yet."""
    if not isinstance(draft, Mapping) or not draft:
        return None
    raw_tracks = draft.get("t", draft.get("tracks"))
    keys: set[str] = set()
    tracks = tuple(
        _read_track(index, raw, keys)
        for index, raw in enumerate(lenient.list_of(raw_tracks))
        if lenient.is_map(raw)
    )
    meta = lenient.map_of(draft.get("m"))
    end = max((segment.end_ms for track in tracks for segment in track.segments), default=0)
    return Timeline(
        tracks=tracks,
        duration_ms=lenient.ms(draft.get("d")) or end,
        width=lenient.pixels(meta.get("width", draft.get("width"))),
        height=lenient.pixels(meta.get("height", draft.get("height"))),
        fps=lenient.fps(meta.get("fps", draft.get("fps"))),
        title=lenient.line(meta.get("title")),
        raw=draft,
        unread=_unread(raw_tracks, tracks),
    )


def _unread(raw_tracks: object, tracks: Sequence[Track]) -> int:
    raws = [raw for raw in lenient.list_of(raw_tracks) if lenient.is_map(raw)]
    return lenient.unread(raw_tracks, len(raws)) + sum(
        lenient.unread(raw.get("sg"), len(track.segments))
        for raw, track in zip(raws, tracks, strict=True)
    )


def _read_track(index: int, raw: Mapping[str, Any], keys: set[str]) -> Track:
    track_type = lenient.kind(raw.get("tt"))
    segments: list[Segment] = []
    cursor = 0
    for position, item in enumerate(lenient.list_of(raw.get("sg"))):
        if not lenient.is_map(item):
            continue
        key = _key(item.get("id"), f"t{index}.s{position}", keys)
        segment = _read_segment(key, position, item, track_type, cursor)
        segments.append(segment)
        cursor = segment.end_ms
    meta = lenient.map_of(raw.get("m"))
    return Track(
        index, track_type, lenient.line(meta.get("title") or meta.get("name")), tuple(segments)
    )


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
    return lenient.line(value)[:200] if isinstance(value, str | int) else ""


def _read_segment(
    key: str, position: int, raw: Mapping[str, Any], track_type: int | None, cursor: int
) -> Segment:
    meta = lenient.map_of(raw.get("m"))
    starts = map(
        lenient.time_ms, (raw.get("s"), raw.get("st"), raw.get("start"), meta.get("start"))
    )
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
            lenient.line(value)
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
    if lenient.is_map(transition):
        transition_ms = lenient.ms(transition.get("d", transition.get("duration")))
        transition = transition.get("type") or transition.get("name")
    duration = lenient.ms(raw.get("d", raw.get("duration")))
    return Segment(
        key=key,
        name=_segment_name(raw, meta, words if track_type == TEXT else "", position),
        start_ms=cursor if start is None else start,
        duration_ms=duration,
        text=clean(words) if track_type == TEXT or track_type not in _TYPE_NAMES else "",
        volume=lenient.volume(meta.get("volume", raw.get("v"))),
        source=source,
        source_start_ms=lenient.ms(meta.get("in", meta.get("source_start"))),
        speed=lenient.speed(meta.get("speed")),
        transition=lenient.line(transition),
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
