"""Edits by hand as sentences: the chat is the only door for edits, so a key says what it wants.

Every function takes the timeline as it is shown and gives one sentence with exact times
(`m:ss.mmm`) that a person can read, the backend's agent can follow, and the local director reads
to the millisecond. A thing on the timeline is named so that no other one is meant:

    clip 2 (beach.mp4)                          its number on the track and its name
    the text "Urban Dreams" at 0:00.000         its words and where it starts
    the music "song.mp3" at 0:00.000            its name and where it starts

with `on track 3` behind it where that is not enough. What makes no sense raises `UsageError`.

Files of the project in sentences: added to the timeline, replaced wherever they are.

A file is named as the backend knows it, and where the user calls it otherwise by both names:
`"Sunset" (beach.mp4)`.

What `this` means in a typed sentence, and the sentence that takes an edit back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from vbtui.base.errors import UsageError
from vbtui.base.text import clean_line
from vbtui.journal.records import Asset
from vbtui.language.quotes import Quotes, inline, quoted, without_quotes
from vbtui.timeline.changes import Change, match
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track

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


def called(asset: Asset) -> str:
    """The file in a sentence."""
    return file_called(asset.name, asset.label)


def add_files(assets: Sequence[Asset]) -> list[str]:
    """One sentence for the clips, which go to the end, and one for the sounds, at the start."""
    sounds = [asset for asset in assets if asset.kind == "audio"]
    clips = [asset for asset in assets if asset.kind != "audio"]
    ways = ((clips, "file", "at the end"), (sounds, "sound", "at the start"))
    return [f"add the {_these(some, noun)} {where}" for some, noun, where in ways if some]


def _these(assets: Sequence[Asset], noun: str) -> str:
    names = [called(asset) for asset in assets]
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{noun}s {', '.join(names[:-1])} and {names[-1]}"


def replace_file(asset: Asset, by: Asset) -> str:
    """Another file wherever this one is on the timeline. Raises `UsageError`."""
    if clean_line(asset.name) == clean_line(by.name):
        raise UsageError(
            "Both files have the same name: the agent could not tell them apart.",
            hint="Upload the other one under another name.",
        )
    return f"replace the file {called(asset)} with the file {called(by)} everywhere"


class This(NamedTuple):
    """What is selected, in short and as a sentence names it."""

    chip: str
    """To show beside the prompt: `clip 2 beach.mp4`, `3 selected`; empty for no selection."""
    phrase: str
    """In place of `this`: `clip 2 (beach.mp4)`; empty for no selection."""


_NOUNS = (
    r"(?:\s+(?:(?:video )?clip|segment|shot|photo|picture|image|text|title|caption|music|song|sound|"
    r"one)s?\b)?"
)
_NOT_THE_SELECTION = (
    r"(?!\s+(?:(?:whole |entire )?(?:video|movie|film|project|timeline|edit|cut|thing|time|way|file|"
    r"folder)s?)\b(?! clip))"
)
_THIS = re.compile(
    rf"(?<!like )(?<!say )(?<!says )\bthis\b(?!['’]){_NOT_THE_SELECTION}{_NOUNS}", re.I
)
_THESE = re.compile(rf"\bthese(?: \w+(?= clips| photos))?\b{_NOT_THE_SELECTION}{_NOUNS}", re.I)
_IT = re.compile(r"\A\s*it\b(?!['’])", re.I)
_HAN_NOUNS = "(?:视频片段|片段|镜头|照片|图片|文字|文本|标题|字幕|音乐|歌曲|歌|声音)?"
_HAN_THIS = re.compile(
    rf"这(?:一)?(?:个|段|张|条|首)(?!视频(?!片段)|项目|时间线|影片|短片|电影|文件){_HAN_NOUNS}"
)
_HAN_THESE = re.compile(rf"这(?:些|几个|几段|几张)(?!视频(?!片段)|文件){_HAN_NOUNS}")


def this_reference(timeline: Timeline, segments: Sequence[Placed]) -> This:
    """The selection in short and in a sentence."""
    if not segments:
        return This("", "")
    if len(segments) > 1:
        return This(f"{len(segments)} selected", references(timeline, segments))
    track, segment = segments[0]
    phrase = reference(timeline, track, segment)
    if track.type == VIDEO:
        return This(f"{phrase.split(' (')[0]} {inline(segment.name)}", phrase)
    noun = {TEXT: "text", AUDIO: "music"}.get(track.type if track.type is not None else -1, "item")
    name = f"“{inline(segment.name)}”" if track.type == TEXT else inline(segment.name)
    return This(f"{noun} {name}", phrase)


def expand_this(text: str, timeline: Timeline | None, segments: Sequence[Placed]) -> str:
    """`text` with `this`, `these`, a first `it`, 这个, 这段, 这些 as the selection's own name.

    Only outside quotation marks. `these` needs more than one thing selected; `this video` is the
    video. Without such a word, or a selection, the text comes back as it is.
    """
    if timeline is None or not segments or not _may_say_this(text):
        return text
    phrase = this_reference(timeline, segments).phrase
    patterns = [_THIS, _HAN_THIS, *((_THESE, _HAN_THESE) if len(segments) > 1 else ())]
    result, place = [], 0
    for start, end in [*Quotes(text).runs(), (len(text), len(text))]:
        part = text[place:start]
        if place == 0:
            part = _IT.sub(lambda _: phrase, part)
        for pattern in patterns:
            part = pattern.sub(lambda _: phrase, part)
        result += [part, text[start:end]]
        place = end
    return "".join(result)


def _may_say_this(text: str) -> bool:
    outside = without_quotes(text)
    return "这" in outside or re.search(r"\b(?:this|these|it)\b", outside, re.I) is not None


# Taking back


def inverse(changes: Sequence[Change], before: Timeline | None, after: Timeline | None) -> str:
    """One sentence that asks a backend without undo for the timeline of `before` again.

    Empty when nothing changed, or when there was no timeline before.
    """
    if not changes or before is None or not before.tracks:
        return ""
    if after is None or not after.tracks:
        after = Timeline((), 0, None, None, None, "", {})
    pairs, removed, added = match(before, after)
    steps = [f"remove {reference(after, *item)}" for item in added]
    steps += [_put_back(*item) for item in removed]
    order = [_rank(old, pairs, 0) for old, _ in pairs], [_rank(new, pairs, 1) for _, new in pairs]
    for index, (old, new) in enumerate(pairs):
        moved = order[0][index] != order[1][index] or old[0].index != new[0].index
        steps += _restored(after, old, new, moved=moved)
    steps += [
        f"set the {change.subject.lower()} to {change.before}"
        for change in changes
        if change.kind == "settings"
    ]
    if not steps:
        return ""
    return (
        f"Take the last change back, so that the timeline is exactly as before: {'; '.join(steps)}."
    )


def _rank(item: Placed, pairs: Sequence[tuple[Placed, Placed]], side: int) -> int:
    """How many of the things that stayed come before this one on its track."""
    track, segment = item
    others = (pair[side] for pair in pairs)
    return sum(
        other.index == track.index and each.start_ms < segment.start_ms for other, each in others
    )


def _put_back(track: Track, segment: Segment) -> str:
    span = f"from {moment(segment.start_ms)} to {moment(segment.end_ms)}"
    if track.type == TEXT:
        return f"add the text {quoted(segment.text)} {span}"
    name = quoted(segment.name)
    source = f", starting at {moment(segment.source_start_ms)} of the file"
    if track.type == VIDEO:
        number = next(i for i, item in enumerate(track.segments, 1) if item is segment)
        speed = f", at {segment.speed:g}x speed" if segment.speed != 1 else ""
        return f"put {name} back as clip {number}, {span}{source}{speed}"
    level = f", at {segment.volume:.0%} volume" if segment.volume is not None else ""
    return f"put {name} back on the timeline {span}{source}{level}"


def _restored(after: Timeline, old: Placed, new: Placed, *, moved: bool) -> list[str]:
    name = reference(after, *new)
    track, was, now = old[0], old[1], new[1]
    steps: list[str] = []

    def step(differs: bool, words: Callable[[], str]) -> None:
        if differs:
            steps.append(words())

    step(was.text != now.text, lambda: f"change {name} to {quoted(was.text)}")
    step(
        not was.text and was.name != now.name,
        lambda: f"replace {name} with the file {quoted(was.name)}",
    )
    step(was.volume != now.volume, lambda: f"set the volume of {name} to {_percent(was)}")
    step(was.speed != now.speed, lambda: f"set the speed of {name} to {was.speed:g}x")
    retimed = was.duration_ms != now.duration_ms or was.source_start_ms != now.source_start_ms
    if track.type == VIDEO:
        number = next(i for i, item in enumerate(track.segments, 1) if item is was)
        step(moved, lambda: f"move {name} to position {number}")
        step(
            retimed,
            lambda: (
                f"let {name} last {was.duration_ms / 1000:.3f} s again, starting at "
                f"{moment(was.source_start_ms)} of its file"
            ),
        )
        step(
            (was.transition, was.transition_ms) != (now.transition, now.transition_ms),
            lambda: _transition_back(name, was),
        )
    else:
        step(
            retimed or was.start_ms != now.start_ms,
            lambda: f"put {name} from {moment(was.start_ms)} to {moment(was.end_ms)}",
        )
    return steps


def _percent(segment: Segment) -> str:
    return "100%" if segment.volume is None else f"{segment.volume:.0%}"


def _transition_back(name: str, was: Segment) -> str:
    if not was.transition:
        return f"remove the transition into {name}"
    return f"put a {was.transition} of {was.transition_ms} ms into {name}"
