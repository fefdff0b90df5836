"""Edits by hand as sentences: the chat is the only door for edits, so a key says what it wants.

Every function takes the timeline as it is shown and gives one sentence with exact times
(`m:ss.mmm`) that a person can read, the backend's agent can follow, and the local director reads
to the millisecond. A thing on the timeline is named so that no other one is meant:

    clip 2 (beach.mp4)                          its number on the track and its name
    the text "Urban Dreams" at 0:00.000         its words and where it starts
    the music "song.mp3" at 0:00.000            its name and where it starts

with `on track 3` behind it where that is not enough. What makes no sense raises `UsageError`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vbtui.base.errors import UsageError
from vbtui.base.text import clean, clean_line, inline
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track

_QUOTES = (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
TRANSITIONS = ("crossfade", "fade", "fadewhite", "wipe", "slide", "circle", "cut")
"""What `transition` can be asked for; `cut` is none."""
_TRANSITION_WORDS = {
    "crossfade": "crossfade",
    "fade": "fade through black",
    "fadewhite": "fade through white",
    "wipe": "wipe",
    "slide": "slide",
    "circle": "circle",
}
_READABLE = re.compile(r"(?:[^()]|\([^()]*\))+")
"""A name that can stand in brackets."""
_LEAST_CLIP_MS, _LEAST_MS = 100, 200
"""A cut leaves no less than this of a clip, and of text or sound."""


# Names and times


def moment(ms: int) -> str:
    """`0:12.400`, `1:02:03.000`."""
    minutes, rest = divmod(max(0, ms), 60_000)
    seconds = f"{rest // 1000:02}.{rest % 1000:03}"
    if minutes < 60:
        return f"{minutes}:{seconds}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds}"


def quoted(words: str) -> str:
    """The words in the first pair of quotation marks that does not occur in them."""
    words = clean(words)
    opening, closing = next((p for p in _QUOTES if not set(p) & set(words)), _QUOTES[0])
    return f"{opening}{words}{closing}"


def reference(timeline: Timeline, track: Track, segment: Segment) -> str:
    """The segment's name in a sentence; nothing else on the timeline has the same one."""
    if track.type == VIDEO:
        return _clip(timeline, track, segment)
    noun = {TEXT: "text", AUDIO: "music"}.get(track.type if track.type is not None else -1, "item")
    name = inline(segment.name)
    same = [
        (other, item)
        for other, item in timeline.segments
        if other.type == track.type
        and item.start_ms == segment.start_ms
        and inline(item.name) == name
    ]
    result = f'the {noun} "{name}" at {moment(segment.start_ms)}'
    if len(same) > 1:
        result += f" on track {track.index + 1}"
    if sum(other.index == track.index for other, _ in same) > 1:
        result += f" (number {_position(track, segment) + 1})"
    return result


def _clip(timeline: Timeline, track: Track, segment: Segment) -> str:
    first = next(other for other in timeline.tracks if other.type == VIDEO)
    where = "" if first.index == track.index else f" on track {track.index + 1}"
    name = inline(segment.name)
    twice = sum(inline(other.name) == name for other in track.segments) > 1
    start = f", at {moment(segment.start_ms)}" if twice else ""
    return f"clip {_position(track, segment) + 1}{where} ({name}{start})"


def _position(track: Track, segment: Segment) -> int:
    found = next((i for i, item in enumerate(track.segments) if item is segment), None)
    if found is None:
        found = next((i for i, item in enumerate(track.segments) if item == segment), None)
    if found is None:
        raise UsageError(
            f"{clean_line(segment.name)} is no longer on the timeline.", hint="Select it again."
        )
    return found


def references(timeline: Timeline, segments: Sequence[Placed]) -> str:
    """`clip 1 (a.mp4), clip 3 (b.mp4) and the text "X" at 0:00.000`."""
    names = [reference(timeline, track, segment) for track, segment in segments]
    if not names:
        raise UsageError("Nothing is selected.", hint="Select something on the timeline first.")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# Cutting


def trim_start(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> str:
    """What is before the playhead goes."""
    _inside(track, segment, playhead_ms)
    return f"trim the start of {reference(timeline, track, segment)} to {moment(playhead_ms)}"


def trim_end(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> str:
    """What is behind the playhead goes."""
    _inside(track, segment, playhead_ms)
    return f"trim the end of {reference(timeline, track, segment)} to {moment(playhead_ms)}"


def split(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> str:
    """In two at the playhead."""
    _inside(track, segment, playhead_ms)
    two = "" if track.type == VIDEO else " in two"
    return f"split {reference(timeline, track, segment)}{two} at {moment(playhead_ms)}"


def _inside(track: Track, segment: Segment, playhead_ms: int) -> None:
    least = _LEAST_CLIP_MS if track.type == VIDEO else _LEAST_MS
    if not segment.start_ms + least <= playhead_ms <= segment.end_ms - least:
        raise UsageError(
            f"The playhead ({moment(playhead_ms)}) is not inside {clean_line(segment.name)}, which runs "
            f"from {moment(segment.start_ms)} to {moment(segment.end_ms)}.",
            hint="Move the playhead to where the cut shall be.",
        )


def delete(timeline: Timeline, segments: Sequence[Placed]) -> str:
    """All of them away."""
    return f"remove {references(timeline, segments)}"


# Order and place


def move(timeline: Timeline, track: Track, segment: Segment, by_ms: int) -> str:
    """A clip changes places with its neighbour in the direction of `by_ms`; text and sound move
    by that much, but not beyond the start."""
    if track.type != VIDEO:
        start = max(0, segment.start_ms + by_ms)
        if start == segment.start_ms:
            raise UsageError(f"{clean_line(segment.name)} is at the very start already.")
        return f"move {reference(timeline, track, segment)} to {moment(start)}"
    position = _position(track, segment)
    neighbour = position + (1 if by_ms > 0 else -1)
    if not 0 <= neighbour < len(track.segments):
        end = "last" if by_ms > 0 else "first"
        raise UsageError(f"{clean_line(segment.name)} is the {end} clip already.")
    pair = (track.segments[min(position, neighbour)], track.segments[max(position, neighbour)])
    return f"swap {references(timeline, [(track, item) for item in pair])}"


# How it sounds, reads, follows and plays


def volume(timeline: Timeline, segments: Sequence[Placed], percent: int) -> str:
    """0 is mute, 100 as recorded, 200 the most."""
    if not 0 <= percent <= 200:
        raise UsageError("A volume goes from 0% to 200%.")
    if any(track.type == TEXT for track, _ in segments):
        raise UsageError("A text has no sound.", hint="Select a clip or music.")
    return f"set the volume of {references(timeline, segments)} to {percent}%"


def change_text(timeline: Timeline, track: Track, segment: Segment, words: str) -> str:
    """Other words in the same place; they may hold line breaks and any quotation marks."""
    if track.type != TEXT:
        raise UsageError(f"{clean_line(segment.name)} is no text.", hint="Select a text.")
    if not clean_line(words):
        raise UsageError("A text needs words.", hint="To remove it press x.")
    return f"change {reference(timeline, track, segment)} to {quoted(words)}"


def transition(
    timeline: Timeline, track: Track, segment: Segment, kind: str, duration_ms: int = 500
) -> str:
    """From the clip before into this one; `kind` is one of `TRANSITIONS`."""
    position = _position(track, segment)
    if track.type != VIDEO or position == 0:
        raise UsageError(
            "A transition leads from one clip into the next.",
            hint="Select a clip that has another one before it.",
        )
    pair = references(timeline, [(track, track.segments[position - 1]), (track, segment)])
    if kind == "cut":
        return f"remove the transition between {pair}"
    if kind not in _TRANSITION_WORDS:
        raise UsageError(f"There is no transition called {kind}.")
    return f"put a {_TRANSITION_WORDS[kind]} of {duration_ms} ms between {pair}"


def speed(timeline: Timeline, segments: Sequence[Placed], factor: float) -> str:
    """1 is the clip's own speed."""
    if not 0.1 <= factor <= 10:
        raise UsageError("Speeds go from 0.1x to 10x.")
    if any(track.type != VIDEO for track, _ in segments):
        raise UsageError("Only a clip has a speed.", hint="Select a clip.")
    return f"set the speed of {references(timeline, segments)} to {round(factor, 3):g}x"


# Files


def file_called(name: str, label: str = "") -> str:
    """A file in a sentence: `"beach.mp4"`, or with what the user calls it `"Sunset" (beach.mp4)`."""
    name = clean_line(name)
    if label and _READABLE.fullmatch(name):
        return f"{quoted(clean_line(label))} ({name})"
    return quoted(name)


def add_asset(
    timeline: Timeline | None, name: str, kind: str, playhead_ms: int, label: str = ""
) -> str:
    """A clip at the playhead (the clip there is split), or a sound that starts there.

    `name` is the file's whole name, `kind` and `label` as in `Asset`.
    """
    duration = timeline.duration_ms if timeline else 0
    noun = "sound" if kind == "audio" else "file"
    if duration <= 0:
        return f"add the {noun} {file_called(name, label)} at the start"
    if playhead_ms >= duration:
        if kind == "audio":
            raise UsageError("A sound cannot start where the video ends.")
        return f"add the file {file_called(name, label)} at the end"
    return f"add the {noun} {file_called(name, label)} at {moment(playhead_ms)}"


def replace_asset(timeline: Timeline, track: Track, segment: Segment, name: str) -> str:
    """Another file in the clip's place."""
    if track.type != VIDEO:
        raise UsageError(f"{clean_line(segment.name)} is no clip.", hint="Select a clip.")
    return f"replace {reference(timeline, track, segment)} with the file {quoted(clean_line(name))}"
