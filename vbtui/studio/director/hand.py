"""Exact sentences: edits by hand, which name what they mean and when to the millisecond.

    trim the start|end of X to T · split X at T · split X in two at T · remove X, Y and Z
    swap X and Y · move X to T · set the volume of X to 20% · set the speed of X to 2x
    change X to "words" · put a crossfade of 500 ms between X and Y · remove the transition between X and Y
    add the file|sound F at T · add the files|sounds F, F and F at T · replace X with the file F
    replace the file F with the file F everywhere

T is `m:ss.mmm`; X is `clip 2 (beach.mp4)`, `the text "Urban Dreams" at 0:00.000` or
`the music "song.mp3" at 0:00.000`; F is `"beach.mp4"`, or with what the user calls it
`"Sunset" (beach.mp4)`. Such names are understood in other sentences too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vbtui.base.text import clean_line
from vbtui.language.lexer import Item
from vbtui.language.quotes import WRITTEN, inline
from vbtui.studio.director import hand_edits
from vbtui.studio.director.desk import Desk
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Track, read

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
_START_BEHIND = re.compile(rf", at {_T}\Z")
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
    known = _Known(draft)
    kinds = {VIDEO: "segment_id", TEXT: "the_text", AUDIO: "the_sound"}
    result = []
    for name in _THING.finditer(text):
        thing = known.find(name[0])
        if thing is not None and thing.kind in kinds and not _is_new(text[: name.start()]):
            result.append(Item(kinds[thing.kind], thing.segment.key, name.start(), name.end()))
    return result


def _is_new(before: str) -> bool:
    """`add the text "Hello" at 0:05.000`: the words come to the timeline now."""
    return before.rstrip().casefold().endswith(("add", "insert", "show", "display"))


class _Known:
    """Everything on the timeline by its kind and its name in sentences."""

    def __init__(self, draft: Mapping[str, Any] | None) -> None:
        self._timeline = read(draft)
        self._named: dict[tuple[int | None, str], list[Thing]] = {}
        for track in self._timeline.tracks if self._timeline else ():
            for place, segment in enumerate(track.segments):
                key = (track.type, inline(segment.name))
                self._named.setdefault(key, []).append(Thing(track, segment, place))

    @property
    def sequence(self) -> int:
        """The index of the track that is edited: the first one with video; -1 without one."""
        tracks = self._timeline.tracks if self._timeline else ()
        return next((track.index for track in tracks if track.type == VIDEO), -1)

    def find(self, name: str) -> Thing | None:
        """What the name means; None when that is not there, or not certain."""
        clip, other = _CLIP.fullmatch(name), _OTHER.fullmatch(name)
        if clip:
            return self._clip(int(clip[1]) - 1, clip[2], clip[3])
        return self._other(TEXT if other[1] == "text" else AUDIO, other) if other else None

    def _clip(self, position: int, number: str | None, label: str) -> Thing | None:
        """By number when the name is right; else by name when only one clip has it."""
        index = int(number) - 1 if number else self.sequence
        plain = _START_BEHIND.sub("", label)
        named = [*self._named.get((VIDEO, label), ()), *self._named.get((VIDEO, plain), ())]
        named = [thing for thing in named if thing.track.index == index]
        here = [thing for thing in named if thing.position == position]
        return here[0] if here else named[0] if len({t.position for t in named}) == 1 else None

    def _other(self, kind: int, name: re.Match[str]) -> Thing | None:
        """By words and start; by words alone when only one thing has them."""
        named = [
            thing
            for thing in self._named.get((kind, name[2]), ())
            if (not name[4] or thing.track.index == int(name[4]) - 1)
            and (not name[5] or thing.position == int(name[5]) - 1)
        ]
        start = ms(name[3])
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
    known = _Known(desk.draft)
    found = [_thing(desk, name, known) for name in _THING.findall(names)]
    return list({thing.segment.key: thing for thing in found}.values())


def _thing(desk: Desk, name: str, known: _Known | None = None) -> Thing:
    known = known or _Known(desk.draft)
    thing = known.find(name)
    if thing is None:
        raise desk.refusal(
            f"There is no {name.removeprefix('the ')} on the timeline (any more).",
            f"时间线上（已）没有 {name}。",
        )
    if thing.kind == VIDEO and thing.track.index != known.sequence:
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


def _add_files(desk: Desk, found: re.Match[str]) -> bool:
    """In the order in which they are named: each goes before what was put there before it."""
    at = found["at"]
    moment = 0 if at == "the start" else None if at == "the end" else ms(at)
    names = [_file_name(one[0]) for one in _FILE.finditer(found["fs"])]
    for name in names if moment is None else reversed(names):
        if not hand_edits.add(desk, found[1], name, moment):
            return False
    return True


def _replace(desk: Desk, found: re.Match[str]) -> bool:
    thing = _thing(desk, found["x"])
    return hand_edits.replace(desk, thing.position, _file_name(found["f"]))


def _replace_file(desk: Desk, found: re.Match[str]) -> bool:
    return hand_edits.replace_file(desk, _file_name(found["f"]), _file_name(found["by"]))


def _file_name(text: str) -> str:
    """The file's own name in `"beach.mp4"` and in `"Sunset" (beach.mp4)`."""
    found = _FILE.fullmatch(text)
    return clean_line((found["own"] if found else None) or (found["q"] if found else text)[1:-1])


_Q = rf"(?P<q>{'|'.join(f'{a}.*{b}' for a, b in WRITTEN)})"
_ONE_Q = "|".join(rf"{a}[^{a}{b}]*{b}" for a, b in WRITTEN)
_OWN = r"(?:[^()]|\([^()]*\))*"
_F = rf"(?:{_ONE_Q})(?: \({_OWN}\))?"
_FILE = re.compile(rf"(?P<q>{_ONE_Q})(?: \((?P<own>{_OWN})\))?", re.DOTALL)
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
        (
            rf"add the (file|sound)s? (?P<fs>{_F}(?:, {_F})*(?: and {_F})?)"
            rf" at (?P<at>the start|the end|{_T})",
            _add_files,
        ),
        (rf"replace {_X} with the file (?P<f>{_F}|{_Q})", _replace),
        (
            rf"replace the file (?P<f>{_F}) with the file (?P<by>{_F}) everywhere",
            _replace_file,
        ),
    )
)
