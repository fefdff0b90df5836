"""A draft of the cloud, rewritten for the local studio. Pure.

The cloud documents five keys of a draft (wire.md, The draft); the rest is read as
`vbtui.timeline` reads it. What cannot be said in the studio's draft is named, never dropped in
silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vbtui.timeline.changes import describe
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Segment, Timeline, Track

KNOWN = (VIDEO, AUDIO, TEXT)
_TRACK_NAMES = {VIDEO: "Video", AUDIO: "Music", TEXT: "Text"}
_SOURCE_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "fit": str,
    "fade_in": (int, float),
    "fade_out": (int, float),
    "loop": bool,
}
_TEXT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "role": str,
    "position": str,
    "size": (int, float),
    "color": str,
    "anim": str,
    "font": str,
    "box": bool,
}
_DEFAULT_SIZE = (1920, 1080)

AssetOf = Callable[[Segment], str]
"""What the studio's draft names as the source of a segment; empty: it is left out."""


@dataclass(slots=True)
class Rewritten:
    """The studio's draft, and what of the cloud's is not in it."""

    draft: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    """Each part that will be seen or heard, in words."""
    missing: list[str] = field(default_factory=list)
    """Each part that has no place in it, with the reason."""

    @property
    def is_empty(self) -> bool:
        return not self.kept


def rewrite(
    timeline: Timeline, asset_of: AssetOf, *, size: tuple[int, int] | None = None
) -> Rewritten:
    """The studio's draft of `timeline`.

    Args:
        size: of the frame where the draft says none.
    """
    result = Rewritten()
    tracks = [
        _track(track, asset_of, result)
        for track in timeline.tracks
        if track.type in KNOWN or _unknown(track, result)
    ]
    width, height = timeline.width, timeline.height
    if not width or not height:
        width, height = size or _DEFAULT_SIZE
    result.draft = {
        "t": [track for track in tracks if track["sg"]],
        "d": timeline.duration_ms,
        "m": {
            "title": timeline.title,
            "width": width,
            "height": height,
            "fps": timeline.fps or 30,
        },
    }
    return result


def with_assets(draft: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """`draft` with other source names: `ids` maps those that it has to those that it gets."""
    return {
        **draft,
        "t": [
            {**track, "sg": [_with_asset(segment, ids) for segment in track["sg"]]}
            for track in draft["t"]
        ],
    }


def _with_asset(segment: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    meta = dict(segment["m"])
    if "asset" in meta:
        meta["asset"] = ids[meta["asset"]]
    return {**segment, "m": meta}


def _unknown(track: Track, result: Rewritten) -> bool:
    """False, with the segments of the track named."""
    for segment in track.segments:
        result.missing.append(
            f"{describe(track, segment)}: {track.kind} is of a kind that is not known"
        )
    return False


def _track(track: Track, asset_of: AssetOf, result: Rewritten) -> dict[str, Any]:
    assert track.type is not None
    segments: list[dict[str, Any]] = []
    for number, segment in enumerate(track.segments, 1):
        meta = _text(segment) if track.type == TEXT else _source(segment, asset_of)
        if not meta or segment.duration_ms <= 0:
            if track.type == TEXT or segment.duration_ms <= 0:
                result.missing.append(f"{describe(track, segment)}: there is nothing in it")
            continue
        result.kept.append(describe(track, segment))
        identity = f"t{track.index + 1}s{number}"
        segments.append(
            {"id": identity, "s": segment.start_ms, "d": segment.duration_ms, "m": meta}
        )
    name = track.name or _TRACK_NAMES[track.type]
    return {"tt": track.type, "id": f"t{track.index + 1}", "m": {"name": name}, "sg": segments}


def _text(segment: Segment) -> dict[str, Any]:
    if not segment.text.strip():
        return {}
    return {"role": "title", **_passed_on(segment, _TEXT_KEYS), "text": segment.text}


def _source(segment: Segment, asset_of: AssetOf) -> dict[str, Any]:
    asset = asset_of(segment)
    if not asset:
        return {}
    meta: dict[str, Any] = {
        **_passed_on(segment, _SOURCE_KEYS),
        "title": segment.name,
        "asset": asset,
        "in": segment.source_start_ms,
        "speed": segment.speed,
    }
    if segment.volume is not None:
        meta["volume"] = segment.volume
    if segment.transition:
        meta["transition"] = {"type": segment.transition, "d": segment.transition_ms}
    return meta


def _passed_on(segment: Segment, keys: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """What the cloud's metadata says under names that the studio knows, where its type fits."""
    meta = segment.raw.get("m")
    found: dict[str, Any] = {}
    for key, kind in keys.items():
        value = meta.get(key) if isinstance(meta, Mapping) else None
        if isinstance(value, kind) and (isinstance(value, bool) == (kind is bool)):
            found[key] = value
    return found


def sources(timeline: Timeline) -> Sequence[tuple[Track, Segment]]:
    """The segments that are made from a file."""
    return [pair for pair in timeline.segments if pair[0].type in (VIDEO, AUDIO)]
