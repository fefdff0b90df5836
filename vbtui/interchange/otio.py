"""OpenTimelineIO: from a timeline to its objects, for the .otio file and for the formats of its adapters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.interchange.model import (
    CannotHold,
    Grid,
    Piece,
    Row,
    adapter,
    arrange,
    opentimelineio,
    positions,
)
from vbtui.interchange.references import Reference, References
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track

_T = Translation
_VOLUMES, _LOOKS = _T("volumes", "音量"), _T("the looks of texts", "文字样式")
_FADES, _FITS, _LOOPS = _T("fades", "淡入淡出"), _T("fits", "画面适配"), _T("loops", "循环")
_EFFECTS, _LOUDNESS = _T("effects", "效果"), _T("loudness", "响度")
_REVERSE = _T("playing backwards", "倒放")
_CELLS = _T("split screens", "分屏")
_FREEZE = _T("freeze frames", "定格")
_RAMPS = _T(
    "speeds that change little by little (their means are kept)", "逐渐变化的速度（保留平均速度）"
)
_OTHER_SOUND = _T("sounds in place of clips' own", "替换的片段声音")
_DENOISING = _T("noise reduction", "降噪")
_DUCKING = _T("music lowered under speech", "说话时压低的音乐")
_COMMA = _T(", ", "、")
_AND_MORE = _T("{names} and {count} more", "{names} 等 {total} 个")
_METADATA = _T(
    "metadata that other programs pass on unread: {what}.",
    "其他程序不读取、只传递的元数据：{what}。",
)
_OTHER_KIND = _T(
    "{kind} is of a kind that other programs do not know: {names}.",
    "{kind} 的类型其他程序不认识：{names}。",
)
_OTHER_KIND_KEPT = _T(
    "{kind} is of a kind that other programs do not know, and is in the metadata: {names}.",
    "{kind} 的类型其他程序不认识，保留在元数据中：{names}。",
)
_NAME_ALONE = _T(
    "only the name is there where no file or address is known: {names}.",
    "文件和网址都未知时只有名称：{names}。",
)
_HIDDEN = _T(
    "{kind}: shorter than a frame or wholly covered, and not shown: {names}.",
    "{kind}：短于一帧或被完全遮住，不显示：{names}。",
)
_DROPPED = _T(
    "{kind}: without room for the transition, a cut is there instead: {names}.",
    "{kind}：放不下转场，改为硬切：{names}。",
)
_TRIMMED = _T(
    "{kind}: covered in part by the one that follows, it ends where that begins: {names}.",
    "{kind}：部分被后一个遮住，在后一个开始处结束：{names}。",
)


KEY = "vbtui"
"""Our name in opentimelineio's metadata."""
KNOWN = (VIDEO, AUDIO, TEXT)
_NAMES_SHOWN = 5
_NOT_XML = re.compile("[\ufffe\uffff]")


def otio(timeline: Timeline, references: References) -> tuple[str, list[str]]:
    """The text of an .otio file, from which the whole draft can be read back, and what others leave."""
    grid = Grid.of(timeline.fps)
    built = Builder(timeline, references, grid).build(with_texts=True)
    text = built.timeline.to_json_string(indent=2)
    notes = sentences(built, exact=True)
    only_metadata = _COMMA.of().join(
        name
        for name, used in (
            (_VOLUMES.of(), any(s.volume not in (None, 1) for _, s in timeline.segments)),
            (extras(timeline), bool(extras(timeline))),
            (_LOOKS.of(), any(t.type == TEXT for t, _ in timeline.segments)),
        )
        if used
    )
    if only_metadata:
        notes.append(_METADATA.of(what=only_metadata))
    return text, notes


def adapted(name: str, built: Built, **options: Any) -> str:
    """What the adapter of that format writes; whatever it stumbles over is a `CannotHold`."""
    module = adapter(name)
    try:
        return str(module.write_to_string(built.timeline, **options))
    except Exception as error:
        raise CannotHold(clean_line(str(error))[:200] or type(error).__name__) from error


@dataclass(slots=True)
class Built:
    """An opentimelineio timeline and how it came about."""

    timeline: Any
    """`opentimelineio.schema.Timeline`."""
    rows: list[Row] = field(default_factory=list)
    """One for each of its tracks, in order."""
    left_out: list[Track] = field(default_factory=list)
    """Tracks of kinds that no editing program knows, and what lies small over the picture: there it would cover it."""
    missing: list[str] = field(default_factory=list)
    """Names of sources of which only the name is known."""


class Builder:
    """Makes the objects of one timeline.

    Args:
        grid: the frames to count in.
        details: write everything that the draft says as metadata, so that it can be read back.
        plain_paths: name files by paths as they are, not as URLs.
    """

    def __init__(
        self, timeline: Timeline, references: References, grid: Grid,
        *, details: bool = True, plain_paths: bool = False,
    ) -> None:  # fmt: skip
        self._otio = opentimelineio()
        self._timeline = timeline
        self._references = references
        self._grid = grid
        self._details = details
        self._plain_paths = plain_paths
        self._length = max(1, grid.frame(timeline.duration_ms))
        self._rows: dict[int, list[Row]] = {}
        self._places: dict[int, list[int]] = {}
        """Where in a track's JSON each of its segments is."""
        self.built = Built(None)

    def build(self, *, with_texts: bool, only: Track | None = None) -> Built:
        """The tracks, bottom first: all, all but the texts, or `only` one."""
        made = self._otio.schema.Timeline(_plain(self._timeline.title) or "timeline")
        made.global_start_time = self._time(0)
        for track in self._timeline.tracks:
            if track.type not in KNOWN or track.lies_over:
                if track.segments:
                    self.built.left_out.append(track)
            elif only in (None, track) and (track.type != TEXT or with_texts):
                rows = arrange(track, self._grid)
                self._rows[track.index] = rows
                self._places[track.index] = _places(self._raw_tracks()[track.index])
                for lane, row in enumerate(rows):
                    made.tracks.append(self._track(row, lane))
                    self.built.rows.append(row)
        if self._details:
            made.metadata[KEY] = self._project()
        self.built.timeline = made
        return self.built

    def add_text_markers(self, target: Any) -> None:
        """A marker for each text, with its words as the name, timed from the timeline's start."""
        for track, segment in self._timeline.segments:
            if track.type == TEXT and segment.text:
                target.markers.append(self.marker(segment))

    def marker(self, segment: Segment) -> Any:
        """A marker with the words of `segment` as its name."""
        start = self._grid.frame(segment.start_ms)
        length = max(0, self._grid.frame(segment.end_ms) - start)
        return self._otio.schema.Marker(
            name=_plain(segment.name),
            marked_range=self._range(start, length),
            color=self._otio.schema.MarkerColor.GREEN,
        )

    def _time(self, frame: int) -> Any:
        return self._otio.opentime.RationalTime(frame, self._grid.rate)

    def _range(self, start: int, length: int) -> Any:
        return self._otio.opentime.TimeRange(self._time(start), self._time(length))

    def _project(self) -> dict[str, Any]:
        """What belongs to the whole draft, tracks of unknown kinds included."""
        built = {row.track.index for row in self.built.rows}
        tracks = [
            {"track": index, "json": json.dumps(raw)}
            for index, raw in enumerate(self._raw_tracks())
            if index not in built
        ]
        rest = {key: value for key, value in self._timeline.raw.items() if key not in _TRACKS}
        return {
            "width": self._timeline.width,
            "height": self._timeline.height,
            "fps": self._timeline.fps,
            "duration_ms": self._timeline.duration_ms,
            "other_tracks": tracks,
            "json": json.dumps(rest),
        }

    def _raw_tracks(self) -> Sequence[Any]:
        raw = self._timeline.raw
        tracks = raw.get("t", raw.get("tracks"))
        return tracks if isinstance(tracks, list | tuple) else ()

    def _track(self, row: Row, lane: int) -> Any:
        kinds = self._otio.schema.TrackKind
        kind = kinds.Audio if row.track.type == AUDIO else kinds.Video
        made = self._otio.schema.Track(_plain(row.track.name) or row.track.kind, kind=kind)
        position = 0
        for piece in row.pieces:
            if piece.start > position:
                gap = self._range(0, piece.start - position)
                made.append(self._otio.schema.Gap(source_range=gap))
            if piece.has_transition:
                made.append(self._transition(piece))
            made.append(self._clip(row.track, piece))
            position = piece.end
        if self._details:
            made.metadata[KEY] = self._track_details(row, lane)
        return made

    def _track_details(self, row: Row, lane: int) -> dict[str, Any]:
        """What belongs to a whole track and what is on none of its rows; with the first row."""
        index = row.track.index
        if lane:
            return {"track": index, "row": lane}
        raw = self._raw_tracks()[index]
        shown = {self._places[index][piece.position] for piece in self._pieces(index)}
        hidden = [
            {"place": place, "json": json.dumps(item)}
            for place, item in enumerate(raw_segments(raw))
            if place not in shown
        ]
        rest = {key: value for key, value in raw.items() if key != "sg"}
        return {
            "track": index,
            "row": 0,
            "hidden": hidden,
            "json": json.dumps(rest),
            "has_segments": "sg" in raw,
        }

    def _pieces(self, index: int) -> Iterator[Piece]:
        return (piece for row in self._rows[index] for piece in row.pieces)

    def _transition(self, piece: Piece) -> Any:
        types = self._otio.schema.TransitionTypes
        name = piece.segment.transition
        soft = "".join(char for char in name.lower() if char.isalpha()) in _SOFT
        return self._otio.schema.Transition(
            name=_plain(name),
            transition_type=types.SMPTE_Dissolve if soft else types.Custom,
            in_offset=self._time(piece.before),
            out_offset=self._time(piece.after),
        )

    def _clip(self, track: Track, piece: Piece) -> Any:
        segment = piece.segment
        start = piece.source_start(self._grid) if track.type != TEXT else 0
        made = self._otio.schema.Clip(
            name=_plain(segment.name),
            source_range=self._range(start, piece.end - piece.start),
            media_reference=self._text(piece) if track.type == TEXT else self._media(piece, start),
        )
        if segment.speed != 1:
            made.effects.append(
                self._otio.schema.LinearTimeWarp(name="speed", time_scalar=segment.speed)
            )
        if self._details:
            made.metadata[KEY] = {
                **_details(segment),
                "place": self._places[track.index][piece.position],
                "written": _as_written(piece, start),
            }
        return made

    def _text(self, piece: Piece) -> Any:
        text = piece.segment.text
        return self._otio.schema.GeneratorReference(
            name=_plain(piece.segment.name),
            generator_kind="text",
            available_range=self._range(0, piece.end - piece.start),
            parameters={"text": text},
        )

    def _media(self, piece: Piece, start: int) -> Any:
        found = self._references.find(piece.segment)
        metadata = {KEY: {"asset": piece.segment.source}} if self._details else {}
        if not found.location:
            self.built.missing.append(found.name)
            return self._otio.schema.MissingReference(name=_plain(found.name), metadata=metadata)
        return self._otio.schema.ExternalReference(
            target_url=found.plain if self._plain_paths else found.url,
            available_range=self._range(0, self._available(found, piece, start)),
            metadata=metadata,
        )

    def _available(self, found: Reference, piece: Piece, start: int) -> int:
        """Frames of the file; where its length is not known, as many as are used."""
        if found.asset is not None and found.asset.duration_s:
            return max(1, self._grid.frame(round(found.asset.duration_s * 1000)))
        if found.asset is not None and found.asset.kind == "image":
            return self._length
        return start + max(1, round((piece.end - piece.start + piece.after) * piece.segment.speed))


_TRACKS = ("t", "tracks")
_SOFT = frozenset(("crossfade", "dissolve", "crossdissolve", "mix"))


def _details(segment: Segment) -> dict[str, Any]:
    """A segment's own facts, for people and for reading back."""
    facts: dict[str, Any] = {
        "start_ms": segment.start_ms,
        "duration_ms": segment.duration_ms,
        "source_start_ms": segment.source_start_ms,
        "volume": segment.volume,
        "text": segment.text or None,
        "transition": segment.transition or None,
        "transition_ms": segment.transition_ms or None,
        "json": json.dumps(dict(segment.raw)),
    }
    return {key: value for key, value in facts.items() if value is not None}


def _as_written(piece: Piece, source_start: int) -> dict[str, Any]:
    """Where the piece was put: as long as it is there, its own times in ms are the exact ones."""
    return {
        "start": piece.start,
        "end": piece.end,
        "source_start": source_start,
        "before": piece.before,
        "after": piece.after,
        "speed": piece.segment.speed,
    }


def raw_segments(raw: Mapping[str, Any]) -> Sequence[Any]:
    """The list of segments in a track's JSON; empty when it is none."""
    segments = raw.get("sg")
    return segments if isinstance(segments, list | tuple) else ()


def _places(raw: Mapping[str, Any]) -> list[int]:
    return [n for n, item in enumerate(raw_segments(raw)) if isinstance(item, Mapping)]


def _plain(text: str) -> str:
    """As every one of the formats can hold it."""
    return _NOT_XML.sub("", text)


def sentences(built: Built, *, exact: bool) -> list[str]:
    """What of the timeline is not in what was built, in words.

    `exact`: the details are written too.
    """
    notes = []
    for track in built.left_out:
        names = some(segment.name for segment in track.segments)
        told = _OTHER_KIND_KEPT if exact else _OTHER_KIND
        notes.append(told.of(kind=track.kind, names=names))
    by_track: dict[int, list[Row]] = {}
    for row in built.rows:
        by_track.setdefault(row.track.index, []).append(row)
    for rows in by_track.values():
        notes += _row_notes(rows, exact)
    if built.missing:
        names = some(dict.fromkeys(built.missing))
        notes.append(_NAME_ALONE.of(names=names))
    return notes


def extras(timeline: Timeline) -> str:
    """Which of fades, fits, loops, effects and levels the draft has, in words; empty for none."""
    names = {
        "fade_in": _FADES,
        "fade_out": _FADES,
        "fit": _FITS,
        "loop": _LOOPS,
        "effects": _EFFECTS,
        "reverse": _REVERSE,
        "cell": _CELLS,
        "freeze": _FREEZE,
        "ramp": _RAMPS,
        "sound": _OTHER_SOUND,
        "sound_fade_in": _FADES,
        "sound_fade_out": _FADES,
        "denoise": _DENOISING,
        "duck": _DUCKING,
    }
    metas = (segment.raw.get("m") for _, segment in timeline.segments)
    found = {
        names[key].of()
        for meta in metas
        if isinstance(meta, Mapping)
        for key in names
        if meta.get(key)
    }
    of_all = timeline.raw.get("m")
    if isinstance(of_all, Mapping) and (of_all.get("loudness") or of_all.get("even")):
        found.add(_LOUDNESS.of())
    return _COMMA.of().join(sorted(found))


def _row_notes(rows: Sequence[Row], exact: bool) -> list[str]:
    track = rows[0].track
    told = {
        "hidden": _HIDDEN,
        "dropped": _DROPPED,
    }
    if not exact:
        told["trimmed"] = _TRIMMED
    found = ((text, positions(rows, kind)) for kind, text in told.items())
    return [
        text.of(kind=track.kind, names=some(track.segments[at].name for at in places))
        for text, places in found
        if places
    ]


def some(names: Iterable[str]) -> str:
    """A few of the names in quotes, and how many more there are."""
    known = list(names)
    shown = _COMMA.of().join(f"“{name[:60]}”" for name in known[:_NAMES_SHOWN])
    more = len(known) - _NAMES_SHOWN
    return _AND_MORE.of(names=shown, count=more, total=len(known)) if more > 0 else shown
