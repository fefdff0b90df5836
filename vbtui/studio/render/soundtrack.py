"""From tracks to sounds: every piece with its exact place, in samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vbtui.studio.project.media import Media
from vbtui.studio.render.model import SAMPLE_RATE, Sound, Sources, metadata, number
from vbtui.studio.render.picture import speed_of
from vbtui.timeline.model import VIDEO, Segment, Track

SOFT_CUT = SAMPLE_RATE * 4 // 1000
"""A cut fades for 4 ms at both sides, so that it does not click."""


def soundtrack(tracks: Sequence[Track], sources: Sources, samples: int) -> tuple[Sound, ...]:
    """Every sound that is heard in the samples 0..`samples`, by start."""
    sounds: list[Sound] = []
    for track in tracks:
        sounds += _track_sounds(track, sources)
    kept = (_inside(sound, samples) for sound in sounds)
    return tuple(
        sorted((sound for sound in kept if sound is not None), key=lambda item: item.start)
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A segment with its file and its times in samples."""

    segment: Segment
    media: Media
    start: int
    end: int


def _at(ms: float) -> int:
    return round(ms * SAMPLE_RATE / 1000)


def _track_sounds(track: Track, sources: Sources) -> list[Sound]:
    kinds = ("video", "image") if track.type == VIDEO else ("audio", "video")
    placed: list[_Placed] = []
    for segment in sorted(track.segments, key=lambda item: item.start_ms):
        media = sources.find(segment, *kinds)
        if media is not None and segment.duration_ms > 0:
            placed.append(_Placed(segment, media, _at(segment.start_ms), _at(segment.end_ms)))
    sounds: list[Sound] = []
    for before, item, after in zip([None, *placed], placed, [*placed[1:], None], strict=False):
        in_sequence = track.type == VIDEO
        sound = _sound(item, before if in_sequence else None, after if in_sequence else None)
        if sound is not None:
            sounds.append(sound)
    return sounds


def _sound(item: _Placed, before: _Placed | None, after: _Placed | None) -> Sound | None:
    meta = metadata(item.segment)
    volume = 1.0 if item.segment.volume is None else item.segment.volume
    if item.media.audio is None or volume <= 0 or meta.get("muted") is True:
        return None
    start, end = item.start, item.end
    fade_in, fade_out = SOFT_CUT, SOFT_CUT
    if before is not None:
        fade_in = max(_mix(before, item), 0 if _continues(before, item) else SOFT_CUT)
    if after is not None:
        mix = _mix(item, after)
        end = after.start + mix if mix else min(end, after.start)
        fade_out = max(mix, 0 if _continues(item, after) else SOFT_CUT)
    if end <= start:
        return None
    fade_in = max(fade_in, _at(number(meta, "fade_in")))
    fade_out = max(fade_out, _at(number(meta, "fade_out")))
    fade_in = min(fade_in, end - start)
    return Sound(
        name=item.segment.name,
        media=item.media,
        start=start,
        count=end - start,
        in_ms=item.segment.source_start_ms,
        speed=speed_of(item.segment),
        volume=min(volume, 8.0),
        fade_in=fade_in,
        fade_out=min(fade_out, end - start - fade_in),
        loop=meta.get("loop") is True,
    )


def _mix(first: _Placed, second: _Placed) -> int:
    """Samples for which both are heard; where they only touch, the first goes on for so long."""
    length = _at(second.segment.transition_ms) if second.segment.transition else 0
    overlap = first.end - second.start
    if not length or overlap < 0:
        return 0
    return min(overlap or length, second.end - second.start, first.end - first.start)


def _continues(first: _Placed, second: _Placed) -> bool:
    """Whether `second` goes on in the same file where `first` stops."""
    a, b = first.segment, second.segment
    played = round(a.duration_ms * a.speed)
    return (
        first.media.id == second.media.id
        and a.speed == b.speed == 1
        and a.volume == b.volume
        and abs(a.source_start_ms + played - b.source_start_ms) <= 1
        and first.end == second.start
    )


def _inside(sound: Sound, samples: int) -> Sound | None:
    """`sound` cut at the end of the video; its own fade out is kept when it is cut."""
    count = min(sound.end, samples) - sound.start
    if count <= 0:
        return None
    fade_in = min(sound.fade_in, count)
    return replace(
        sound, count=count, fade_in=fade_in, fade_out=min(sound.fade_out, count - fade_in)
    )
