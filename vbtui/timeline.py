"""The draft, read: Timeline, Track, Segment.

The backend documents five keys (wire.md, The draft): `t` tracks, `tt` track type, `sg` segments,
`d` duration in ms, `m` metadata. Everything else is read tolerantly, in a fixed order, and never
fails: what cannot be understood is shown as unknown, not dropped. The raw JSON stays untouched
and is what a render gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from vbtui import loose
from vbtui.text import clean, clean_line

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
        """wire.md: a draft can be exported when a track has a non-empty `sg`."""
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
        for index, raw in enumerate(loose.list_of(raw_tracks))
        if loose.is_map(raw)
    )
    meta = loose.map_of(draft.get("m"))
    end = max((segment.end_ms for track in tracks for segment in track.segments), default=0)
    return Timeline(
        tracks=tracks,
        duration_ms=loose.ms(draft.get("d")) or end,
        width=loose.pixels(meta.get("width", draft.get("width"))),
        height=loose.pixels(meta.get("height", draft.get("height"))),
        fps=loose.fps(meta.get("fps", draft.get("fps"))),
        title=loose.line(meta.get("title")),
        raw=draft,
        unread=_unread(raw_tracks, tracks),
    )


def _unread(raw_tracks: object, tracks: Sequence[Track]) -> int:
    raws = [raw for raw in loose.list_of(raw_tracks) if loose.is_map(raw)]
    return loose.unread(raw_tracks, len(raws)) + sum(
        loose.unread(raw.get("sg"), len(track.segments))
        for raw, track in zip(raws, tracks, strict=True)
    )


def _read_track(index: int, raw: Mapping[str, Any], keys: set[str]) -> Track:
    track_type = loose.kind(raw.get("tt"))
    segments: list[Segment] = []
    cursor = 0
    for position, item in enumerate(loose.list_of(raw.get("sg"))):
        if not loose.is_map(item):
            continue
        key = _key(item.get("id"), f"t{index}.s{position}", keys)
        segment = _read_segment(key, position, item, track_type, cursor)
        segments.append(segment)
        cursor = segment.end_ms
    meta = loose.map_of(raw.get("m"))
    return Track(
        index, track_type, loose.line(meta.get("title") or meta.get("name")), tuple(segments)
    )


def _key(identity: object, place: str, taken: set[str]) -> str:
    """A key that is not `taken` yet, and is now."""
    wanted = _identity(identity) or place
    key, count = wanted, 1
    while key in taken:
        count += 1
        key = f"{wanted} {place}" + (f" #{count}" if count > 2 else "")
    taken.add(key)
    return key


def _identity(value: object) -> str:
    """The backend's own id; empty when it gave none."""
    return loose.line(value)[:200] if isinstance(value, str | int) else ""


def _read_segment(
    key: str, position: int, raw: Mapping[str, Any], track_type: int | None, cursor: int
) -> Segment:
    meta = loose.map_of(raw.get("m"))
    starts = map(loose.time_ms, (raw.get("s"), raw.get("st"), raw.get("start"), meta.get("start")))
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
            loose.line(value)
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
    if loose.is_map(transition):
        transition_ms = loose.ms(transition.get("d", transition.get("duration")))
        transition = transition.get("type") or transition.get("name")
    duration = loose.ms(raw.get("d", raw.get("duration")))
    return Segment(
        key=key,
        name=_segment_name(raw, meta, words if track_type == TEXT else "", position),
        start_ms=cursor if start is None else start,
        duration_ms=duration,
        text=clean(words) if track_type == TEXT or track_type not in _TYPE_NAMES else "",
        volume=loose.volume(meta.get("volume", raw.get("v"))),
        source=source,
        source_start_ms=loose.ms(meta.get("in", meta.get("source_start"))),
        speed=loose.speed(meta.get("speed")),
        transition=loose.line(transition),
        transition_ms=transition_ms,
        raw=raw,
    )


def _segment_name(
    raw: Mapping[str, Any], meta: Mapping[str, Any], words: str, position: int
) -> str:
    """wire.md: m.title, m.name, m.text, m.filename, n, the last part of m.url/src, else clip N."""
    if words:
        return clean_line(words)
    for value in (
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


def summary(timeline: Timeline | None) -> str:
    """The summary line of the brief: `Timeline (3 tracks): 1. Video: beach (0-10s) …`."""
    unread = timeline.unread if timeline else 0
    more = (
        f" ({unread} {'entry' if unread == 1 else 'entries'} could not be read.)" if unread else ""
    )
    if timeline is None or not timeline.tracks:
        return f"The timeline is empty.{more}"
    count = len(timeline.tracks)
    parts = [
        f"{number}. {_own_label(track)}: {_segments_summary(track)}"
        for number, track in enumerate(timeline.tracks, 1)
    ]
    return f"Timeline ({count} track{'' if count == 1 else 's'}): {' '.join(parts)}{more}"


def _track_label(track: Track) -> str:
    return {VIDEO: "Video", AUDIO: "BGM", TEXT: "Title"}.get(
        track.type if track.type is not None else -1, track.kind
    )


def _own_label(track: Track) -> str:
    """The track's own name where it says more than its type does: `Captions`."""
    name = track.name.capitalize()
    plain = track.type != TEXT or len(name) > 20 or not name.replace(" ", "").isalpha()
    return _track_label(track) if plain or name.removesuffix("s") in ("Title", "Text") else name


def _segments_summary(track: Track) -> str:
    if not track.segments:
        return "(empty)"
    shown = [describe(track, segment) for segment in track.segments[:4]]
    rest = len(track.segments) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def describe(track: Track, segment: Segment) -> str:
    """`"Urban Dreams" (0-3s)`, `Lo-fi (0-10s, 35%)`: one segment in words."""
    extra = f", {segment.volume:.0%}" if segment.volume is not None and track.type == AUDIO else ""
    return f"{_shown(track, segment)} ({span(segment.start_ms, segment.end_ms)}{extra})"


def _shown(track: Track, segment: Segment) -> str:
    return f'"{segment.name}"' if track.type == TEXT else segment.name


def span(start_ms: int, end_ms: int) -> str:
    """`0-3s`, `1.5-4s`: a range in seconds with no more digits than it needs."""
    return f"{_seconds(start_ms)}-{_seconds(end_ms)}s"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two drafts."""

    kind: str
    """added, removed, moved, retimed, text, volume, transition, source, speed, settings."""
    subject: str
    """What changed: `Title "Urban Dreams"`, `Video beach.mp4`, `Frame size`."""
    before: str
    """Empty for what was added."""
    after: str
    """Empty for what was removed."""

    @property
    def sentence(self) -> str:
        """`Title added: "Urban Dreams" 0-3s`."""
        if self.kind == "added":
            return f"{self.subject} added: {self.after}"
        if self.kind == "removed":
            return f"{self.subject} removed: {self.before}"
        return f"{self.subject} {self.kind}: {self.before} → {self.after}"


def compare(before: Timeline | None, after: Timeline | None) -> tuple[Change, ...]:
    """What changed from `before` to `after`, in timeline order; empty when they say the same."""
    pairs, removed, added = match(before, after)
    changes: list[Change] = []
    for (old_track, old_segment), (_, new_segment) in pairs:
        changes += _segment_changes(old_track, old_segment, new_segment)
    changes += [Change("removed", _track_label(t), _plain(t, item), "") for t, item in removed]
    changes += [Change("added", _track_label(t), "", _plain(t, item)) for t, item in added]
    return (*changes, *_settings_changes(before, after))


Placed = tuple[Track, Segment]
"""A segment with its track."""


def match(
    before: Timeline | None, after: Timeline | None
) -> tuple[list[tuple[Placed, Placed]], list[Placed], list[Placed]]:
    """Pairs by the backend's id, then by kind, name and source; what was removed; what was added."""
    pairs: list[tuple[Placed, Placed]] = []
    left_old = list(before.segments) if before else []
    left_new = list(after.segments) if after else []
    for identity in (_by_id, _by_content, _by_place):
        waiting: dict[object, list[Placed]] = {}
        for item in left_old:
            key = identity(item)
            if key is not None:
                waiting.setdefault(key, []).append(item)
        taken: set[int] = set()
        rest: list[Placed] = []
        for item in left_new:
            candidates = waiting.get(identity(item))
            if candidates:
                found = candidates.pop(0)
                taken.add(id(found))
                pairs.append((found, item))
            else:
                rest.append(item)
        left_old = [item for item in left_old if id(item) not in taken]
        left_new = rest
    return pairs, left_old, left_new


def _by_id(item: Placed) -> object:
    track, segment = item
    return (track.type, segment.key) if _identity(segment.raw.get("id")) else None


def _by_content(item: Placed) -> object:
    track, segment = item
    return (track.type, segment.name, segment.source)


def _by_place(item: Placed) -> object:
    """Texts and sounds that start where one started before are the same thing, changed."""
    track, segment = item
    return (track.type, track.index, segment.start_ms) if track.type != VIDEO else None


def _segment_changes(track: Track, old: Segment, new: Segment) -> list[Change]:
    label = _track_label(track)
    subject = f"{label} {_shown(track, new)}"
    changes: list[Change] = []

    def note(kind: str, before: str, after: str) -> None:
        if before != after:
            changes.append(Change(kind, subject, before, after))

    if old.duration_ms != new.duration_ms:
        note("retimed", span(old.start_ms, old.end_ms), span(new.start_ms, new.end_ms))
    elif old.start_ms != new.start_ms:
        note("moved", span(old.start_ms, old.end_ms), span(new.start_ms, new.end_ms))
    if old.text != new.text:
        note("text", f'"{clean_line(old.text)}"', f'"{clean_line(new.text)}"')
    elif old.name != new.name:
        note("source", old.name, new.name)
    note("volume", _percent(old.volume), _percent(new.volume))
    note("speed", f"{old.speed:g}x", f"{new.speed:g}x")
    note("trim", _seconds(old.source_start_ms) + "s", _seconds(new.source_start_ms) + "s")
    note("transition", old.transition or "cut", new.transition or "cut")
    return changes


def _settings_changes(before: Timeline | None, after: Timeline | None) -> list[Change]:
    if before is None or after is None:
        return []
    changes = []
    if (before.width, before.height) != (after.width, after.height):
        changes.append(Change("settings", "Frame size", _size(before), _size(after)))
    if before.title != after.title:
        changes.append(
            Change("settings", "Project title", before.title or "none", after.title or "none")
        )
    return changes


def _size(timeline: Timeline) -> str:
    return (
        f"{timeline.width}x{timeline.height}" if timeline.width and timeline.height else "unknown"
    )


def _percent(volume: float | None) -> str:
    return "100%" if volume is None else f"{volume:.0%}"


def _plain(track: Track, segment: Segment) -> str:
    return f"{_shown(track, segment)} {span(segment.start_ms, segment.end_ms)}"
