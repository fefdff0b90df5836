"""What `this` means in a typed sentence, and the sentence that takes an edit back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from vbtui.base.text import inline
from vbtui.timeline.changes import Change, match
from vbtui.timeline.edits import moment, quoted, reference, references
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track


class This(NamedTuple):
    """What is selected, in short and as a sentence names it."""

    chip: str
    """To show beside the prompt: `clip 2 beach.mp4`, `3 selected`; empty for no selection."""
    phrase: str
    """In place of `this`: `clip 2 (beach.mp4)`; empty for no selection."""


_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」|『[^』]*』|《[^》]*》|‘[^’]*’"
    r"|(?<!\w)'[^']*'(?!\w)|`[^`]*`"
)
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
    for gap in [*_QUOTED.finditer(text), None]:
        end = gap.start() if gap else len(text)
        part = text[place:end]
        if place == 0:
            part = _IT.sub(lambda _: phrase, part)
        for pattern in patterns:
            part = pattern.sub(lambda _: phrase, part)
        result += [part, gap[0] if gap else ""]
        place = gap.end() if gap else end
    return "".join(result)


def _may_say_this(text: str) -> bool:
    outside = _QUOTED.sub(" ", text)
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
