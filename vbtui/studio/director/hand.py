"""Exact sentences: edits by hand, which name what they mean and when to the millisecond.

    trim the start|end of X to T · split X at T · split X in two at T · remove X, Y and Z
    swap X and Y · move X to T · set the volume of X to 20% · set the speed of X to 2x
    change X to "words" · put a crossfade of 500 ms between X and Y · remove the transition between X and Y
    add the file|sound "name" at T · replace X with the file "name"

T is `m:ss.mmm`; X is `clip 2 (beach.mp4)`, `the text "Urban Dreams" at 0:00.000` or
`the music "song.mp3" at 0:00.000`. Such names are understood in other sentences too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vbtui.studio.director import hand_edits
from vbtui.studio.director.desk import Desk
from vbtui.studio.director.lexer import Item
from vbtui.text import clean_line, inline
from vbtui.timeline import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track, read

_T = r"(?:\d{1,3}:)?\d{1,2}:\d\d\.\d{3}"
_TRACK = r"(?: on track \d{1,4}(?: \(number \d{1,6}\))?)?"
_NAME = (
    r"(?:clip \d{1,6}(?: on track \d{1,4})? \([^()]*(?:\([^()]*\)[^()]*)*\)"
    rf'|the (?:text|music) "[^"]*" at {_T}{_TRACK})'
)
_THING = re.compile(_NAME)
_CLIP = re.compile(r"clip (\d+)(?: on track (\d+))? \((.*)\)", re.DOTALL)
_OTHER = re.compile(
    rf'the (text|music) "(.*)" at ({_T})(?: on track (\d+)(?: \(number (\d+)\))?)?', re.DOTALL
)
_LIST = rf"{_NAME}(?:, {_NAME})*(?: and {_NAME})?"
_KINDS = {
    "crossfade": "crossfade",
    "fade through black": "fade",
    "fade through white": "fadewhite",
    "wipe": "wipe",
    "slide": "slide",
    "circle": "circle",
}


class Thing(NamedTuple):
    """A segment that was named."""

    track: Track
    segment: Segment
    position: int
    """On its track, from 0."""

    @property
    def kind(self) -> int | None:
        return self.track.type


def ms(clock: str) -> int:
    """`0:12.400`, `1:02:03.000` → ms, exactly."""
    *larger, seconds = clock.split(":")
    total = 0
    for part in larger:
        total = total * 60 + int(part)
    whole, _, rest = seconds.partition(".")
    return (total * 60 + int(whole)) * 1000 + int(rest)


# What a name means


def things_named(text: str, draft: Mapping[str, Any] | None) -> list[Item]:
    """Names of things on the timeline as items for other sentences: `segment_id`, `the_text`,
    `the_sound`. A name that means nothing there is left to be read as words."""
    if not draft or not _THING.search(text):
        return []
    timeline = read(draft)
    result = []
    for name in _THING.finditer(text):
        thing = _find(timeline, name[0]) if timeline else None
        kinds = {VIDEO: "segment_id", TEXT: "the_text", AUDIO: "the_sound"}
        if thing is not None and thing.kind in kinds and not _is_new(text[: name.start()]):
            result.append(Item(kinds[thing.kind], thing.segment.key, name.start(), name.end()))
    return result


def _is_new(before: str) -> bool:
    """`add the text "Hello" at 0:05.000`: the words come to the timeline now."""
    return before.rstrip().casefold().endswith(("add", "insert", "show", "display"))


def _find(timeline: Timeline, name: str) -> Thing | None:
    clip, other = _CLIP.fullmatch(name), _OTHER.fullmatch(name)
    if clip:
        return _find_clip(timeline, int(clip[1]) - 1, int(clip[2] or 0), clip[3])
    if other:
        kind = TEXT if other[1] == "text" else AUDIO
        return _find_other(timeline, kind, other)
    return None


def _find_clip(timeline: Timeline, position: int, number: int, label: str) -> Thing | None:
    """By number when the name is right; else by name when only one clip has it."""
    tracks = [track for track in timeline.tracks if track.type == VIDEO]
    if number:
        tracks = [track for track in tracks if track.index == number - 1]
    if not tracks:
        return None
    track = tracks[0]
    named = [
        Thing(track, segment, place)
        for place, segment in enumerate(track.segments)
        if _says(label, segment)
    ]
    here = [thing for thing in named if thing.position == position]
    return here[0] if here else named[0] if len(named) == 1 else None


def _says(label: str, segment: Segment) -> bool:
    name = inline(segment.name)
    return label == name or re.fullmatch(re.escape(name) + rf", at {_T}", label) is not None


def _find_other(timeline: Timeline, kind: int, name: re.Match[str]) -> Thing | None:
    """By words and start; by words alone when only one thing has them."""
    words, start = name[2], ms(name[3])
    named = [
        Thing(track, segment, place)
        for track in timeline.tracks
        for place, segment in enumerate(track.segments)
        if track.type == kind
        and (not name[4] or track.index == int(name[4]) - 1)
        and (not name[5] or place == int(name[5]) - 1)
        and inline(segment.name) == words
    ]
    here = [thing for thing in named if thing.segment.start_ms == start]
    return here[0] if here else named[0] if len(named) == 1 else None


# Sentences


def follow(text: str, desk: Desk) -> bool:
    """Whether the whole text is such a sentence; then it is done, or refused."""
    text = text.strip()
    for pattern, handler in _SENTENCES:
        found = pattern.fullmatch(text)
        if found:
            return handler(desk, found)
    return False


def _things(desk: Desk, names: str) -> list[Thing]:
    return [_thing(desk, name) for name in _THING.findall(names)]


def _thing(desk: Desk, name: str) -> Thing:
    timeline = read(desk.draft) if desk.draft else None
    thing = _find(timeline, name) if timeline else None
    if thing is None:
        raise desk.refusal(
            f"There is no {name.removeprefix('the ')} on the timeline (any more).",
            f"时间线上（已）没有 {name}。",
        )
    first = next(track for track in timeline.tracks if track.type == VIDEO) if timeline else None
    if thing.kind == VIDEO and first is not None and thing.track.index != first.index:
        raise desk.refusal(
            "Only the first video track can be edited here.", "这里只能编辑第一条视频轨道。"
        )
    return thing


def _trim(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return hand_edits.trim(desk, thing.kind, _placed(thing), thing.position, found[1], ms(found[3]))


def _placed(thing: Thing) -> Placed:
    return thing.track, thing.segment


def _split(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return hand_edits.split(desk, _placed(thing), thing.position, ms(found["t"]))


def _remove(desk: Desk, found: re.Match[str]) -> bool:
    things = _things(desk, found["xs"])
    clips = [thing.position for thing in things if thing.kind == VIDEO]
    return hand_edits.remove(desk, clips, [t.segment for t in things if t.kind != VIDEO])


def _swap(desk: Desk, found: re.Match[str]) -> bool:
    positions = [thing.position for thing in _things(desk, found["xs"]) if thing.kind == VIDEO]
    return hand_edits.swap(desk, positions)


def _move(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return thing.kind != VIDEO and hand_edits.move(desk, _placed(thing), ms(found["t"]))


def _volume(desk: Desk, found: re.Match[str]) -> bool:
    things = _things(desk, found["xs"])
    clips = [thing.position for thing in things if thing.kind == VIDEO]
    sounds = [thing.segment for thing in things if thing.kind == AUDIO]
    return hand_edits.volume(desk, clips, sounds, int(found["n"]) / 100)


def _speed(desk: Desk, found: re.Match[str]) -> bool:
    clips = [thing.position for thing in _things(desk, found["xs"]) if thing.kind == VIDEO]
    return bool(clips) and hand_edits.speed(desk, clips, float(found["n"]))


def _text(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return thing.kind == TEXT and hand_edits.change_text(desk, thing.segment, found["q"][1:-1])


def _join(desk: Desk, found: re.Match[str]) -> bool:
    positions = [thing.position for thing in _things(desk, found["xs"]) if thing.kind == VIDEO]
    kind = found.groupdict().get("kind")
    length = int(found["n"]) if kind else None
    return hand_edits.join(desk, positions, _KINDS[kind] if kind else "", length)


def _add(desk: Desk, found: re.Match[str]) -> bool:
    at = found["at"]
    moment = 0 if at == "the start" else None if at == "the end" else ms(at)
    return hand_edits.add(desk, found[1], clean_line(found["q"][1:-1]), moment)


def _replace(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return hand_edits.replace(desk, thing.position, clean_line(found["q"][1:-1]))


_Q = r"(?P<q>\".*\"|“.*”|«.*»|「.*」|『.*』)"
_X, _XS, _AT = rf"(?P<x>{_NAME})", rf"(?P<xs>{_LIST})", rf"(?P<t>{_T})"
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[Desk, re.Match[str]], bool]], ...] = tuple(
    (re.compile(rf"{pattern}\.?", re.DOTALL), handler)
    for pattern, handler in (
        (rf"trim the (start|end) of {_X} to ({_T})", _trim),
        (rf"split {_X}(?: in two)? at {_AT}", _split),
        (rf"remove {_XS}", _remove),
        (rf"swap {_XS}", _swap),
        (rf"move {_X} to {_AT}", _move),
        (rf"set the volume of {_XS} to (?P<n>\d{{1,3}})%", _volume),
        (rf"set the speed of {_XS} to (?P<n>\d{{1,2}}(?:\.\d{{1,3}})?)x", _speed),
        (rf"change {_X} to {_Q}", _text),
        (rf"put an? (?P<kind>{'|'.join(_KINDS)}) of (?P<n>\d{{1,6}}) ms between {_XS}", _join),
        (rf"remove the transition between {_XS}", _join),
        (rf"add the (file|sound) {_Q} at (?P<at>the start|the end|{_T})", _add),
        (rf"replace {_X} with the file {_Q}", _replace),
    )
)
