"""How a sentence names a thing on the timeline, a time and words, and what such a name means.

A thing is named so that no other one is meant, in English or in Chinese:

    clip 2 (beach.mp4)                      片段 2 (beach.mp4)                 its number on the track and its name
    the text "Urban Dreams" at 0:00.000     文字 "Urban Dreams" (0:00.000)     its words and where it starts
    the music "song.mp3" at 0:00.000        音乐 "song.mp3" (0:00.000)         its name and where it starts

with `on track 3` behind it, 轨道 3 的 before it, where that is not enough. `Reference` writes such a name and reads it
back; `Things` says what it means on a timeline, which may be another one by now. What `this` means
in a typed sentence stands here too. Times are in ms, in sentences `m:ss.mmm`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vbtui.base.errors import UsageError
from vbtui.base.patterns import regex
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.language.quotes import WRITTEN, Quotes, inline, is_chinese, without_quotes
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Placed, Segment, Timeline, Track

_T = Translation
_GONE = _T("{name} is no longer on the timeline.", "{name} 已不在时间线上。")
_AGAIN = _T("Select it again.", "请重新选择。")
_CLIP = _T("clip {number}{track} ({name}{start})", "{track}片段 {number} ({name}{start})")
_OTHER = _T(
    'the {noun} "{name}" at {start}{track}{number}', '{track}{noun} "{name}" ({start}{number})'
)
_ON_TRACK, _STARTS = _T(" on track {track}", "轨道 {track} 的"), _T(", at {at}", "，{at} 处")
_NUMBER = _T(" (number {number})", "，第 {number} 个")
_NOUNS = {TEXT: _T("text", "文字"), AUDIO: _T("music", "音乐")}
_ITEM, _AND = _T("item", "内容"), (_T(", ", "、"), _T(" and ", " 和"))
_SELECTED = _T("{count} selected", "已选 {count} 项")

QUOTED = "|".join(rf"{a}[^{a}{b}]*{b}" for a, b in WRITTEN)
"""A pattern of words in quotation marks that do not occur in them."""
WORDS = "|".join(rf"{a}.*{b}" for a, b in WRITTEN)
"""A pattern of words in quotation marks that may occur in them, too."""
MOMENT = r"(?:\d{1,4}:)?\d{1,2}:\d\d\.\d{3}"
"""A pattern of a time."""
_TRACK = r"(?: on track \d{1,4}(?: \(number \d{1,6}\))?)?"
_BRACKETS = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
NAME = (
    rf"(?:clip \d{{1,6}}(?: on track \d{{1,4}})? {_BRACKETS}"
    rf'|the (?:text|music) "[^"]*" at {MOMENT}{_TRACK}'
    rf"|(?:轨道 \d{{1,4}} 的)?(?:片段 \d{{1,6}} {_BRACKETS}"
    rf'|(?:文字|音乐) "[^"]*" \({MOMENT}(?:，第 \d{{1,6}} 个)?\)))'
)
"""A pattern of a `Reference`."""
NAMES = rf"{NAME}(?:(?:, |、){NAME})*(?:(?: and | 和){NAME})?"
"""A pattern of several, as `listed` writes them."""
_NAME = regex(NAME)
_CLIPS = (
    regex(
        rf"clip (?P<number>\d+)(?: on track (?P<track>\d+))? "
        rf"\((?P<name>.*?)(?:, at (?P<start>{MOMENT}))?\)",
        re.DOTALL,
    ),
    regex(
        rf"(?:轨道 (?P<track>\d+) 的)?片段 (?P<number>\d+) "
        rf"\((?P<name>.*?)(?:，(?P<start>{MOMENT}) 处)?\)",
        re.DOTALL,
    ),
)
_OTHERS = (
    regex(
        rf'the (?P<noun>text|music) "(?P<name>.*)" at (?P<start>{MOMENT})'
        r"(?: on track (?P<track>\d+)(?: \(number (?P<number>\d+)\))?)?",
        re.DOTALL,
    ),
    regex(
        r'(?:轨道 (?P<track>\d+) 的)?(?P<noun>文字|音乐) "(?P<name>.*)" '
        rf"\((?P<start>{MOMENT})(?:，第 (?P<number>\d+) 个)?\)",
        re.DOTALL,
    ),
)
_LOOKS_STARTED = regex(rf"(?:, at {MOMENT}|，{MOMENT} 处)\Z")


def moment(ms: int) -> str:
    """`0:12.400`, `1:02:03.000`: to the millisecond, as `moment_ms` reads it."""
    return time_code(ms, fraction=True)


def moment_ms(clock: str) -> int:
    """`0:12.400`, `1:02:03.000` → ms, exactly."""
    *larger, seconds = clock.split(":")
    total = 0
    for part in larger:
        total = total * 60 + int(part)
    whole, _, rest = seconds.partition(".")
    return (total * 60 + int(whole)) * 1000 + int(rest)


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of one thing on a timeline. `said` is how a sentence says it, `str()` how an English one does."""

    kind: int | None
    """The type of its track."""
    name: str
    """As `text.inline` makes it: without quotation marks, parentheses closed."""
    number: int | None = None
    """Its place on the track, from 1; always for clips, else only where it is needed."""
    start_ms: int | None = None
    """For clips only where another one of the track has the name."""
    track: int | None = None
    """The number of its track, from 1, where it is needed."""

    @classmethod
    def to(cls, timeline: Timeline, track: Track, segment: Segment) -> Reference:
        """The segment's name; nothing else on the timeline has the same one.

        Raises `UsageError` where the segment is not on the track.
        """
        name = inline(segment.name)
        if track.type == VIDEO:
            first = next(other for other in timeline.tracks if other.type == VIDEO)
            twice = sum(inline(other.name) == name for other in track.segments) > 1
            return cls(
                VIDEO,
                name,
                position_of(track, segment) + 1,
                segment.start_ms if twice or _LOOKS_STARTED.search(name) else None,
                None if first.index == track.index else track.index + 1,
            )
        same = [
            other
            for other, item in timeline.segments
            if other.type == track.type
            and item.start_ms == segment.start_ms
            and inline(item.name) == name
        ]
        is_beside = sum(other.index == track.index for other in same) > 1
        return cls(
            track.type,
            name,
            position_of(track, segment) + 1 if is_beside else None,
            segment.start_ms,
            track.index + 1 if len(same) > 1 else None,
        )

    @classmethod
    def read(cls, name: str) -> Reference | None:
        """What `said` made; None for other words."""
        if clip := next(filter(None, (one.fullmatch(name) for one in _CLIPS)), None):
            start = moment_ms(clip["start"]) if clip["start"] else None
            return cls(VIDEO, clip["name"], int(clip["number"]), start, _number(clip["track"]))
        if other := next(filter(None, (one.fullmatch(name) for one in _OTHERS)), None):
            kind = TEXT if other["noun"] in ("text", "文字") else AUDIO
            start = moment_ms(other["start"])
            return cls(
                kind, other["name"], _number(other["number"]), start, _number(other["track"])
            )
        return None

    @classmethod
    def within(cls, text: str) -> Iterator[tuple[Reference, int, int]]:
        """Every name in a sentence, with where it begins and ends."""
        for found in _NAME.finditer(text):
            reference = cls.read(found[0])
            if reference is not None:
                yield reference, found.start(), found.end()

    def __str__(self) -> str:
        return self.said(False)

    def said(self, chinese: bool) -> str:
        """The name in that language; `read` and `within` know both."""
        track = _ON_TRACK.of(chinese, track=self.track) if self.track is not None else ""
        start = moment(self.start_ms) if self.start_ms is not None else ""
        if self.kind == VIDEO:
            start = start and _STARTS.of(chinese, at=start)
            return _CLIP.of(chinese, number=self.number, track=track, name=self.name, start=start)
        noun = _NOUNS.get(self.kind if self.kind is not None else -1, _ITEM).of(chinese)
        number = _NUMBER.of(chinese, number=self.number) if self.number is not None else ""
        return _OTHER.of(
            chinese, noun=noun, name=self.name, start=start, track=track, number=number
        )


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def position_of(track: Track, segment: Segment) -> int:
    """The segment's place on the track, from 0. Raises `UsageError` where it is not there."""
    found = next((i for i, item in enumerate(track.segments) if item is segment), None)
    if found is None:
        found = next((i for i, item in enumerate(track.segments) if item == segment), None)
    if found is None:
        raise UsageError(_GONE.of(name=clean_line(segment.name)), hint=_AGAIN)
    return found


def listed(parts: Sequence[str], chinese: bool) -> str:
    """`clip 1 (a.mp4), clip 3 (b.mp4) and the text "X" at 0:00.000`, with 、 and 和 in Chinese."""
    *first, last = parts
    comma, last_comma = (one.of(chinese) for one in _AND)
    space = " " if chinese and last[:1].isascii() else ""
    return f"{comma.join(first)}{last_comma}{space}{last}" if first else last


class Thing(NamedTuple):
    """A segment that was named."""

    track: Track
    segment: Segment
    position: int
    """On its track, from 0."""

    @property
    def kind(self) -> int | None:
        return self.track.type


class Things:
    """Everything on a timeline by its kind and its name in sentences."""

    def __init__(self, timeline: Timeline | None) -> None:
        tracks = timeline.tracks if timeline else ()
        self.sequence = next((track.index for track in tracks if track.type == VIDEO), -1)
        """The index of the first track with video; -1 without one."""
        self._named: dict[tuple[int | None, str], list[Thing]] = {}
        for track in tracks:
            for place, segment in enumerate(track.segments):
                key = (track.type, inline(segment.name))
                self._named.setdefault(key, []).append(Thing(track, segment, place))

    def find(self, reference: Reference) -> Thing | None:
        """What the name means; None when that is not there, or not certain."""
        if reference.kind == VIDEO:
            return self._clip(reference)
        return self._other(reference)

    def _clip(self, reference: Reference) -> Thing | None:
        """By number when the name is right; else by name when only one clip has it."""
        index = self.sequence if reference.track is None else reference.track - 1
        named = [*self._named.get((VIDEO, reference.name), ())]
        if reference.start_ms is not None:
            at = moment(reference.start_ms)
            for whole in (reference.name + _STARTS.of(one, at=at) for one in (False, True)):
                named += self._named.get((VIDEO, whole), ())
        named = [thing for thing in named if thing.track.index == index]
        here = [thing for thing in named if thing.position + 1 == reference.number]
        return here[0] if here else named[0] if len({t.position for t in named}) == 1 else None

    def _other(self, reference: Reference) -> Thing | None:
        """By words and start; by words alone when only one thing has them."""
        named = [
            thing
            for thing in self._named.get((reference.kind, reference.name), ())
            if reference.track in (None, thing.track.index + 1)
            and reference.number in (None, thing.position + 1)
        ]
        here = [thing for thing in named if thing.segment.start_ms == reference.start_ms]
        return here[0] if here else named[0] if len(named) == 1 else None


# What `this` means


class This(NamedTuple):
    """What is selected, in short and as a sentence names it."""

    chip: str
    """To show beside the prompt: `clip 2 beach.mp4`, `3 selected`; empty for no selection."""
    phrase: str
    """In place of `this`: `clip 2 (beach.mp4)`; empty for no selection."""


_ITS_NOUN = (
    r"(?:\s+(?:(?:video )?clip|segment|shot|photo|picture|image|text|title|caption|music|song|sound|"
    r"one)s?\b)?"
)
_NOT_THE_SELECTION = (
    r"(?!\s+(?:(?:whole |entire )?(?:video|movie|film|project|timeline|edit|cut|thing|time|way|file|"
    r"folder)s?)\b(?! clip))"
)
_THIS = regex(
    rf"(?<!like )(?<!say )(?<!says )\bthis\b(?!['’]){_NOT_THE_SELECTION}{_ITS_NOUN}", re.I
)
_THESE = regex(rf"\bthese(?: \w+(?= clips| photos))?\b{_NOT_THE_SELECTION}{_ITS_NOUN}", re.I)
_IT = regex(r"\A\s*it\b(?!['’])", re.I)
_HAN_NOUNS = "(?:视频片段|片段|镜头|照片|图片|文字|文本|标题|字幕|音乐|歌曲|歌|声音)?"
_HAN_THIS = regex(
    rf"这(?:一)?(?:个|段|张|条|首)(?!视频(?!片段)|项目|时间线|影片|短片|电影|文件){_HAN_NOUNS}"
)
_HAN_THESE = regex(rf"这(?:些|几个|几段|几张)(?!视频(?!片段)|文件){_HAN_NOUNS}")


def this_reference(
    timeline: Timeline, segments: Sequence[Placed], chinese: bool | None = None
) -> This:
    """The selection in short and in a sentence, in that language (None: the one that this process speaks)."""
    if not segments:
        return This("", "")
    chinese = speaks_chinese() if chinese is None else chinese
    names = [Reference.to(timeline, *one).said(chinese) for one in segments]
    if len(segments) > 1:
        return This(_SELECTED.of(chinese, count=len(segments)), listed(names, chinese))
    (track, segment), phrase = segments[0], names[0]
    if track.type == VIDEO:
        return This(f"{phrase.split(' (')[0]} {inline(segment.name)}", phrase)
    noun = _NOUNS.get(track.type if track.type is not None else -1, _ITEM).of(chinese)
    name = f"“{inline(segment.name)}”" if track.type == TEXT else inline(segment.name)
    return This(f"{noun} {name}", phrase)


def expand_this(text: str, timeline: Timeline | None, segments: Sequence[Placed]) -> str:
    """`text` with `this`, `these`, a first `it`, 这个, 这段, 这些 as the selection's own name.

    Only outside quotation marks. `these` needs more than one thing selected; `this video` is the
    video. Without such a word, or a selection, the text comes back as it is.
    """
    if timeline is None or not segments or not _may_say_this(text):
        return text
    phrase = this_reference(timeline, segments, is_chinese(text)).phrase
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
