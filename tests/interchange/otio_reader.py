"""From an .otio file back to a draft: the proof that nothing is lost on the way."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from vbtui.base.errors import BadFile
from vbtui.base.text import clean_line
from vbtui.interchange.model import Grid, opentimelineio
from vbtui.interchange.otio import KEY
from vbtui.timeline.model import AUDIO, TEXT, VIDEO


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clip of the file as it lies there."""

    clip: Any
    name: str
    start: int
    end: int
    source_start: int
    before: int
    after: int
    reach: int
    """Frames that the transition after it begins before its end and goes on beyond it."""
    transition: str
    speed: float

    @property
    def place(self) -> dict[str, Any]:
        """As `otio` writes it down."""
        keys = ("start", "end", "source_start", "before", "after", "speed")
        return {key: getattr(self, key) for key in keys}


def read_back(path: Path) -> dict[str, Any]:
    """The draft of the .otio file at `path`, as `vbtui.timeline.model.read` reads it.

    A clip that is where vbtui put it gets its own JSON back, times to the millisecond. A clip
    that another program moved, trimmed, retimed or added gets the times that the file says.

    Raises `BadFile` for what is no such file, and `OtioMissing`.
    """
    otio = opentimelineio()
    try:
        timeline = otio.adapters.from_name("otio_json").read_from_file(str(path))
        if not isinstance(timeline, otio.schema.Timeline):
            raise BadFile(f"“{clean_line(path.name)}” holds no timeline.")
        project = _meta(timeline)
        rates = (clip.trimmed_range().duration.rate for clip in timeline.find_clips())
        grid = Grid.of(_number(project.get("fps")) or next(rates, None))
        return _Reader(otio, grid).draft(timeline, project)
    except (OSError, ValueError, TypeError, LookupError, otio.exceptions.OTIOError) as error:
        raise BadFile(f"“{clean_line(path.name)}” is no OpenTimelineIO file.") from error


class _Reader:
    def __init__(self, otio: Any, grid: Grid) -> None:
        self._otio = otio
        self._grid = grid

    def draft(self, timeline: Any, project: Mapping[str, Any]) -> dict[str, Any]:
        """The whole draft."""
        tracks: dict[int, Any] = {}
        segments: dict[int, list[tuple[float, Any]]] = {}
        for number, track in enumerate(timeline.tracks):
            meta = _meta(track)
            known = _number(meta.get("track"))
            index = number if known is None else int(known)
            tracks.setdefault(index, self._track(track, meta))
            segments.setdefault(index, []).extend(self._segments(track, meta))
        for index, raw in tracks.items():
            found = [raw for _, raw in sorted(segments[index], key=lambda item: item[0])]
            has_segments = raw.pop("has_segments", True)
            if found or has_segments:
                raw["sg"] = found
        for other in _entries(project.get("other_tracks"), "track"):
            tracks[int(other["track"])] = _value(other.get("json"))
        rest = _object(project.get("json"))
        if not rest:
            rest = {"m": {"title": timeline.name, "fps": float(self._grid.fps)}}
        return {**rest, "t": [tracks[index] for index in sorted(tracks)]}

    def _track(self, track: Any, meta: Mapping[str, Any]) -> dict[str, Any]:
        if "json" in meta:
            return {**_object(meta["json"]), "has_segments": meta.get("has_segments", True)}
        kind = AUDIO if track.kind == self._otio.schema.TrackKind.Audio else VIDEO
        if any(_is_text(item) for item in track.find_clips()):
            kind = TEXT
        return {"tt": kind, "m": {"name": track.name}}

    def _segments(self, track: Any, meta: Mapping[str, Any]) -> Iterator[tuple[float, Any]]:
        """Each segment with its place among the others in the track's JSON."""
        for other in _entries(meta.get("hidden"), "place"):
            yield other["place"], _value(other.get("json"))
        placed = list(self._placed(track))
        moved = any(_meta(item.clip).get("written") != item.place for item in placed)
        last = -1.0
        for item in placed:
            facts = _meta(item.clip)
            raw = _object(facts.get("json"))
            if facts.get("written") != item.place:
                raw = self._as_it_lies(item, raw)
            elif moved:
                raw = {**raw, "s": facts.get("start_ms"), "d": facts.get("duration_ms")}
            place = _number(facts.get("place"))
            last = last + 1e-6 if place is None else place
            yield last, raw

    def _placed(self, track: Any) -> Iterator[_Placed]:
        otio = self._otio
        items = list(track)
        for number, item in enumerate(items):
            if not isinstance(item, otio.schema.Clip):
                continue
            before = items[number - 1] if number else None
            after = items[number + 1] if number + 1 < len(items) else None
            leads = before if isinstance(before, otio.schema.Transition) else None
            follows = after if isinstance(after, otio.schema.Transition) else None
            where = track.range_of_child_at_index(number)
            speeds = [
                effect.time_scalar
                for effect in item.effects
                if isinstance(effect, otio.schema.LinearTimeWarp)
            ]
            yield _Placed(
                clip=item,
                name=item.name,
                start=self._frames(where.start_time),
                end=self._frames(where.end_time_exclusive()),
                source_start=self._frames(item.trimmed_range().start_time),
                before=self._frames(leads.in_offset) if leads else 0,
                after=self._frames(leads.out_offset) if leads else 0,
                reach=self._frames(follows.out_offset)
                if follows and follows.in_offset.value
                else 0,
                transition=(leads.name or "crossfade") if leads else "",
                speed=speeds[0] if speeds else 1.0,
            )

    def _frames(self, time: Any) -> int:
        return int(time.value_rescaled_to(self._grid.rate) + 0.5)

    def _as_it_lies(self, item: _Placed, raw: Mapping[str, Any]) -> dict[str, Any]:
        """A segment with the times of the file over what is known of it otherwise."""
        start = item.start - item.before
        source = max(0, item.source_start - round(item.before * item.speed))
        known = raw.get("m")
        meta = dict(known) if isinstance(known, Mapping) else _described(item)
        if not _is_text(item.clip):
            meta["in"] = self._grid.ms(source)
        meta.pop("transition", None)
        if item.transition:
            length = self._grid.ms(item.before + item.after)
            meta["transition"] = {"type": item.transition, "d": length}
        if item.speed != 1 or "speed" in meta:
            meta["speed"] = item.speed
        return {
            **raw,
            "s": self._grid.ms(start),
            "d": self._grid.ms(item.end + item.reach) - self._grid.ms(start),
            "m": meta,
        }


def _described(item: _Placed) -> dict[str, Any]:
    """What the file itself says about a clip that vbtui did not write."""
    reference = item.clip.media_reference
    if _is_text(item.clip):
        return {"text": str(reference.parameters.get("text", item.name))}
    url = getattr(reference, "target_url", "")
    return {"title": item.name, "src": unquote(url)} if url else {"title": item.name}


def _is_text(clip: Any) -> bool:
    return getattr(clip.media_reference, "generator_kind", "") == "text"


def _meta(item: Any) -> dict[str, Any]:
    """Our metadata as plain values; another program may have changed them to anything."""
    value = item.metadata.get(KEY)
    return _as_plain(value) if hasattr(value, "items") else {}


def _as_plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {str(key): _as_plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return [_as_plain(item) for item in value]


def _entries(value: object, key: str) -> list[dict[str, Any]]:
    """The maps of a list that have a number at `key`."""
    entries = value if isinstance(value, list) else []
    return [
        item for item in entries if isinstance(item, dict) and _number(item.get(key)) is not None
    ]


def _value(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _object(text: object) -> dict[str, Any]:
    value = _value(text)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None
