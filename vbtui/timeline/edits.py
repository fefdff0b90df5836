"""Edits by hand as exact sentences: the chat is the only door for edits, so a key says what it wants.

    trim the start|end of X to T · split X at T · split X in two at T · remove X, Y and Z
    swap X and Y · move X to T · set the volume of X to 20% · set the speed of X to 2x
    change X to "words" · add the text "words" at T · put a crossfade of 500 ms between X and Y · remove the transition between X and Y
    add the file|sound F at T · add the files|sounds F, F and F at T · replace X with the file F
    replace the file F with the file F everywhere

T is `m:ss.mmm`, X a name as `timeline.references` makes it; F is `"beach.mp4"`, or with what the
user calls it `"Sunset" (beach.mp4)`. Each has a Chinese sentence that means the same: 在 T 处分割 X. A person can read
such a sentence, the backend's agent can follow it, and the local director reads it to the millisecond: each kind of
`Edit` has its sentence once, as words with places, which is written and read by what may stand in these. The functions
make edits of the timeline as it is shown; what makes no sense raises `UsageError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

from vbtui.base.errors import UsageError
from vbtui.base.patterns import regex
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean, clean_line
from vbtui.base.translation import Translation
from vbtui.language.quotes import quoted
from vbtui.timeline.digest import transition_name
from vbtui.timeline.model import TEXT, VIDEO, Placed, Segment, Timeline, Track
from vbtui.timeline.references import (
    MOMENT,
    NAME,
    NAMES,
    QUOTED,
    WORDS,
    Reference,
    listed,
    moment,
    moment_ms,
    position_of,
)

_T = Translation
_OUTSIDE = _T(
    "The playhead ({at}) is not inside {name}, which runs from {start} to {end}.",
    "播放头（{at}）不在 {name} 内，它从 {start} 到 {end}。",
)
_MOVE_THERE = _T("Move the playhead to where the cut shall be.", "请把播放头移到要剪切的位置。")
_NONE_SELECTED = _T("Nothing is selected.", "没有选中任何内容。")
_SELECT_FIRST = _T("Select something on the timeline first.", "请先在时间线上选择内容。")
_AT_START = _T("{name} is at the very start already.", "{name} 已在最开头。")
_IS_FIRST = _T("{name} is the first clip already.", "{name} 已是第一个片段。")
_IS_LAST = _T("{name} is the last clip already.", "{name} 已是最后一个片段。")
_VOLUMES = _T("A volume goes from 0% to 200%.", "音量从 0% 到 200%。")
_NO_SOUND = _T("A text has no sound.", "文字没有声音。")
_SELECT_SOUND = _T("Select a clip or music.", "请选择片段或音乐。")
_NO_TEXT, _SELECT_TEXT = (
    _T("{name} is no text.", "{name} 不是文字。"),
    _T("Select a text.", "请选择文字。"),
)
_NO_WORDS = _T("A text needs words.", "文字不能为空。")
_TO_REMOVE = _T("To remove it press {edits.delete}.", "要删除请按 {edits.delete}。")
_INTO_THE_NEXT = _T(
    "A transition leads from one clip into the next.", "转场从一个片段过渡到下一个。"
)
_SELECT_LATER = _T("Select a clip that has another one before it.", "请选择前面还有片段的片段。")
_NO_TRANSITION = _T("There is no transition called {kind}.", "没有名为 {kind} 的转场。")
_SPEEDS = _T("Speeds go from 0.1x to 10x.", "速度从 0.1x 到 10x。")
_CLIPS_ALONE, _SELECT_CLIP = (
    _T("Only a clip has a speed.", "只有片段有速度。"),
    _T("Select a clip.", "请选择片段。"),
)
_TEXT_AT_END, _MOVE_BACK = (
    _T("A text cannot start where the video ends.", "文字不能从视频结尾处开始。"),
    _T("Move the playhead back.", "请把播放头往前移。"),
)
_AT_THE_END = _T("A sound cannot start where the video ends.", "声音不能从视频结尾处开始。")
_SAME_NAME = _T(
    "Both files have the same name: the agent could not tell them apart.",
    "两个文件同名：智能体无法区分。",
)
_OTHER_NAME = _T("Upload the other one under another name.", "请用其他名称上传另一个。")


_TRANSITION_WORDS = {
    kind: _T(english, transition_name(kind, True))
    for kind, english in {
        "crossfade": "crossfade",
        "fade": "fade through black",
        "fadewhite": "fade through white",
        "wipe": "wipe",
        "slide": "slide",
        "circle": "circle",
    }.items()
}
TRANSITIONS = (*_TRANSITION_WORDS, "cut")
"""What `transition` can be asked for; `cut` is none."""
_EDGES = {"start": _T("start", "开头"), "end": _T("end", "结尾")}
_NOUNS = {"file": _T("file", "文件"), "sound": _T("sound", "声音")}
_AT_START_OR_END = {0: _T("the start", "开头"), None: _T("the end", "结尾")}
_AT_TIME = _T("{at}", " {at} 处")
_LEAST_CLIP_MS, _LEAST_MS = 100, 200
"""A cut leaves no less than this of a clip, and of text or sound."""

Edge = Literal["start", "end"]

_OWN_NAME = r"(?:[^()]|\([^()]*\))+"
"""A name that can stand in brackets."""
_READABLE = regex(_OWN_NAME)
_FILE = regex(rf"({QUOTED})(?: \(({_OWN_NAME})\))?", re.DOTALL)
_F = rf"(?:{QUOTED})(?: \({_OWN_NAME}\))?"


@dataclass(frozen=True, slots=True)
class File:
    """A file in a sentence. `str()` is `"beach.mp4"`, or with its label `"Sunset" (beach.mp4)`."""

    name: str
    """As the backend knows it, one clean line."""
    label: str = ""
    """What the user calls it; left out where a sentence could not hold both."""

    @classmethod
    def called(cls, name: str, label: str = "") -> File:
        name, label = clean_line(name), clean_line(label)
        is_readable = _READABLE.fullmatch(name) and re.fullmatch(QUOTED, quoted(label))
        return cls(name, label if is_readable else "")

    @classmethod
    def read(cls, text: str) -> File:
        """What `str()` made; otherwise all between the outermost marks is the name."""
        found = _FILE.fullmatch(text)
        if found is None or not found[2]:
            return cls(clean_line(text[1:-1]))
        return cls(clean_line(found[2]), found[1][1:-1])

    def __str__(self) -> str:
        return f"{quoted(self.label)} ({self.name})" if self.label else quoted(self.name)


class Edit:
    """One edit, with all that its sentence says."""

    __slots__ = ()
    _says: ClassVar[tuple[Translation, ...]]
    """Its sentences; a place in one is a part of `_PARTS`."""

    def sentence(self, chinese: bool | None = None) -> str:
        """What goes to the agent, in that language (None: the one that this process speaks)."""
        chinese = speaks_chinese() if chinese is None else chinese
        text = self._words()
        parts = {place: _PARTS[place] for place in _PLACE.findall(text.english)}
        said = {
            place: part.write(getattr(self, part.field or place), chinese)
            for place, part in parts.items()
        }
        return text.of(chinese, **said)

    def _words(self) -> Translation:
        """Which of the sentences says it."""
        return self._says[0]

    @staticmethod
    def read(text: str) -> Edit | None:
        """The edit whose sentence the whole text is, in either language; a full stop may follow."""
        text = text.strip()
        for pattern, kind in _patterns():
            if found := pattern.fullmatch(text):
                make: Callable[..., Edit] = kind
                parts = ((_PARTS[place], place, said) for place, said in found.groupdict().items())
                return make(**{part.field or place: part.read(said) for part, place, said in parts})
        return None


@dataclass(frozen=True, slots=True)
class Trim(Edit):
    """One end of a thing to a time inside it."""

    thing: Reference
    edge: Edge
    at_ms: int
    _says = (_T("trim the {edge} of {thing} to {at_ms}", "把{thing} 的{edge}剪到 {at_ms}"),)


@dataclass(frozen=True, slots=True)
class Split(Edit):
    """A thing in two at a time inside it."""

    thing: Reference
    at_ms: int
    _says = (
        _T("split {thing} at {at_ms}", "在 {at_ms} 处分割{thing}"),
        _T("split {thing} in two at {at_ms}", "在 {at_ms} 处把{thing} 分成两段"),
    )

    def _words(self) -> Translation:
        return self._says[self.thing.kind != VIDEO]


@dataclass(frozen=True, slots=True)
class Remove(Edit):
    """All of them away."""

    things: tuple[Reference, ...]
    _says = (_T("remove {things}", "删除{things}"),)


@dataclass(frozen=True, slots=True)
class Swap(Edit):
    """Two clips change places."""

    things: tuple[Reference, ...]
    _says = (_T("swap {things}", "交换{things} 的位置"),)


@dataclass(frozen=True, slots=True)
class Move(Edit):
    """A text or sound to another start."""

    thing: Reference
    to_ms: int
    _says = (_T("move {thing} to {to_ms}", "把{thing} 移到 {to_ms}"),)


@dataclass(frozen=True, slots=True)
class SetVolume(Edit):
    """How loud they are."""

    things: tuple[Reference, ...]
    percent: int
    """0 is mute, 100 as recorded."""
    _says = (_T("set the volume of {things} to {percent}%", "把{things} 的音量设为 {percent}%"),)


@dataclass(frozen=True, slots=True)
class SetSpeed(Edit):
    """How fast clips play."""

    things: tuple[Reference, ...]
    factor: float
    """1 is a clip's own speed; three decimals."""
    _says = (_T("set the speed of {things} to {factor}x", "把{things} 的速度设为 {factor}x"),)


@dataclass(frozen=True, slots=True)
class ChangeText(Edit):
    """Other words in the place of a text."""

    thing: Reference
    words: str
    """Clean; they may hold line breaks and any quotation marks."""
    _says = (_T("change {thing} to {words}", "把{thing} 改为 {words}"),)


@dataclass(frozen=True, slots=True)
class AddText(Edit):
    """A new text that starts there, for as long as it takes to read."""

    words: str
    at_ms: int
    _says = (_T("add the text {words} at {at_ms}", "在 {at_ms} 处添加文字 {words}"),)


@dataclass(frozen=True, slots=True)
class Join(Edit):
    """How one clip turns into the next."""

    things: tuple[Reference, ...]
    """Two, in their order."""
    kind: str = "cut"
    """One of `TRANSITIONS`."""
    duration_ms: int = 0
    """0 for a cut."""
    _says = (
        _T(
            "put a {kind} of {duration_ms} ms between {things}",
            "在{things} 之间加 {duration_ms} ms 的{kind}",
        ),
        _T("remove the transition between {things}", "去掉{things} 之间的转场"),
    )

    def _words(self) -> Translation:
        return self._says[self.kind == "cut"]


@dataclass(frozen=True, slots=True)
class Add(Edit):
    """Files onto the timeline, one behind the other."""

    noun: str
    """`file`, or `sound` for one that is only heard."""
    files: tuple[File, ...]
    at_ms: int | None
    """None: at the end."""
    _says = (
        _T("add the {noun} {one} at {place}", "在{place}添加{noun} {one}"),
        _T("add the {noun}s {files} at {place}", "在{place}添加以下{noun} {files}"),
    )

    def _words(self) -> Translation:
        return self._says[len(self.files) > 1]


@dataclass(frozen=True, slots=True)
class Replace(Edit):
    """Another file in a clip's place."""

    thing: Reference
    file: File
    _says = (_T("replace {thing} with the file {file}", "把{thing} 替换为文件 {file}"),)


@dataclass(frozen=True, slots=True)
class ReplaceFile(Edit):
    """Another file wherever this one is."""

    old: File
    by: File
    _says = (
        _T(
            "replace the file {old} with the file {by} everywhere",
            "把文件 {old} 全部替换为文件 {by}",
        ),
    )


_KINDS: tuple[type[Edit], ...] = (
    Trim, Split, Remove, Swap, Move, SetVolume, SetSpeed, ChangeText, AddText, Join, Add, Replace, ReplaceFile,
)  # fmt: skip


class _Part(NamedTuple):
    """What may stand in a place of a sentence."""

    pattern: str
    """Of both languages."""
    read: Callable[[str], object]
    write: Callable[[Any, bool], str]
    """Args: the value; whether in Chinese."""
    field: str = ""
    """The edit's field that it is; empty: the one of its name."""


def _one_of(words: Mapping[Any, Translation], field: str = "") -> _Part:
    said = {text: value for value, one in words.items() for text in (one.english, one.chinese)}
    return _Part("|".join(said), said.__getitem__, lambda value, zh: words[value].of(zh), field)


def _plain(pattern: str, read: Callable[[str], object], write: Callable[[Any], str]) -> _Part:
    return _Part(pattern, read, lambda value, _: write(value))


def _all(text: str) -> tuple[Reference, ...]:
    return tuple(reference for reference, _, _ in Reference.within(text))


def _all_said(things: Sequence[Reference], chinese: bool) -> str:
    return listed([one.said(chinese) for one in things], chinese)


def _place_ms(text: str) -> int | None:
    for at_ms, words in _AT_START_OR_END.items():
        if text in (words.english, words.chinese):
            return at_ms
    return moment_ms(text.removesuffix(" 处").strip())


def _place_said(at_ms: int | None, chinese: bool) -> str:
    words = _AT_START_OR_END.get(at_ms)
    return words.of(chinese) if words else _AT_TIME.of(chinese, at=moment(at_ms or 0))


_EDGE_OF_ALL = "|".join(
    text for one in _AT_START_OR_END.values() for text in (one.english, one.chinese)
)
_PARTS: Mapping[str, _Part] = {
    "thing": _Part(NAME, lambda text: _all(text)[0], Reference.said),
    "things": _Part(NAMES, _all, _all_said),
    "edge": _one_of(_EDGES),
    "at_ms": _plain(MOMENT, moment_ms, moment),
    "to_ms": _plain(MOMENT, moment_ms, moment),
    "place": _Part(rf"{_EDGE_OF_ALL}|{MOMENT}| {MOMENT} 处", _place_ms, _place_said, "at_ms"),
    "percent": _plain(r"\d{1,3}", int, str),
    "factor": _plain(r"\d{1,2}(?:\.\d{1,3})?", float, "{:g}".format),
    "duration_ms": _plain(r"\d{1,9}", int, str),
    "kind": _one_of(_TRANSITION_WORDS),
    "words": _plain(WORDS, lambda text: text[1:-1], quoted),
    "noun": _one_of(_NOUNS),
    "file": _plain(rf"{_F}|{WORDS}", File.read, str),
    "old": _plain(_F, File.read, str),
    "by": _plain(_F, File.read, str),
    "one": _Part(
        rf"{_F}|{WORDS}", lambda text: (File.read(text),), lambda files, _: str(files[0]), "files"
    ),
    "files": _Part(
        rf"{_F}(?:(?:, |、){_F})*(?: and | 和 ?){_F}",
        lambda text: tuple(File.read(one[0]) for one in _FILE.finditer(text)),
        lambda files, chinese: listed([str(one) for one in files], chinese),
    ),
}
_PLACE = regex(r"\{(\w+)\}")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], type[Edit]], ...]:
    """Made with the first sentence that is read: whoever only writes them does not pay for it."""
    return tuple(
        (regex(rf"(?:{_pattern(text)})[.。]?", re.DOTALL), kind)
        for kind in _KINDS
        for says in kind._says
        for text in (says.english, says.chinese)
    )


def _pattern(text: str) -> str:
    """Of a sentence: its words as they are, and what may stand in its places."""
    pieces = _PLACE.split(text)
    return "".join(
        rf"(?P<{piece}>{_PARTS[piece].pattern})" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )


# Edits of the timeline as it is shown


def trim_start(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> Edit:
    """What is before the playhead goes."""
    _inside(track, segment, playhead_ms)
    return Trim(Reference.to(timeline, track, segment), "start", playhead_ms)


def trim_end(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> Edit:
    """What is behind the playhead goes."""
    _inside(track, segment, playhead_ms)
    return Trim(Reference.to(timeline, track, segment), "end", playhead_ms)


def split(timeline: Timeline, track: Track, segment: Segment, playhead_ms: int) -> Edit:
    """In two at the playhead."""
    _inside(track, segment, playhead_ms)
    return Split(Reference.to(timeline, track, segment), playhead_ms)


def _inside(track: Track, segment: Segment, playhead_ms: int) -> None:
    least = _LEAST_CLIP_MS if track.type == VIDEO else _LEAST_MS
    if not segment.start_ms + least <= playhead_ms <= segment.end_ms - least:
        raise UsageError(
            _OUTSIDE.of(
                at=moment(playhead_ms),
                name=clean_line(segment.name),
                start=moment(segment.start_ms),
                end=moment(segment.end_ms),
            ),
            hint=_MOVE_THERE,
        )


def delete(timeline: Timeline, segments: Sequence[Placed]) -> Edit:
    """All of them away."""
    return Remove(_references(timeline, segments))


def _references(timeline: Timeline, segments: Sequence[Placed]) -> tuple[Reference, ...]:
    if not segments:
        raise UsageError(_NONE_SELECTED, hint=_SELECT_FIRST)
    return tuple(Reference.to(timeline, track, segment) for track, segment in segments)


def move(timeline: Timeline, track: Track, segment: Segment, by_ms: int) -> Edit:
    """A clip changes places with its neighbour in the direction of `by_ms`; text and sound move
    by that much, but not beyond the start."""
    if track.type != VIDEO:
        start = max(0, segment.start_ms + by_ms)
        if start == segment.start_ms:
            raise UsageError(_AT_START.of(name=clean_line(segment.name)))
        return Move(Reference.to(timeline, track, segment), start)
    position = position_of(track, segment)
    neighbour = position + (1 if by_ms > 0 else -1)
    if not 0 <= neighbour < len(track.segments):
        told = _IS_LAST if by_ms > 0 else _IS_FIRST
        raise UsageError(told.of(name=clean_line(segment.name)))
    pair = (track.segments[min(position, neighbour)], track.segments[max(position, neighbour)])
    return Swap(_references(timeline, [(track, item) for item in pair]))


def volume(timeline: Timeline, segments: Sequence[Placed], percent: int) -> Edit:
    """0 is mute, 100 as recorded, 200 the most."""
    if not 0 <= percent <= 200:
        raise UsageError(_VOLUMES)
    if any(track.type == TEXT for track, _ in segments):
        raise UsageError(_NO_SOUND, hint=_SELECT_SOUND)
    return SetVolume(_references(timeline, segments), percent)


def change_text(timeline: Timeline, track: Track, segment: Segment, words: str) -> Edit:
    """Other words in the same place; they may hold line breaks and any quotation marks."""
    if track.type != TEXT:
        raise UsageError(_NO_TEXT.of(name=clean_line(segment.name)), hint=_SELECT_TEXT)
    if not clean_line(words):
        raise UsageError(_NO_WORDS, hint=_TO_REMOVE)
    return ChangeText(Reference.to(timeline, track, segment), clean(words))


def add_text(timeline: Timeline, words: str, at_ms: int) -> Edit:
    """A new text at the playhead; its words may hold line breaks and any quotation marks."""
    if at_ms >= timeline.duration_ms:
        raise UsageError(_TEXT_AT_END, hint=_MOVE_BACK)
    if not clean_line(words):
        raise UsageError(_NO_WORDS)
    return AddText(clean(words), at_ms)


def transition(
    timeline: Timeline, track: Track, segment: Segment, kind: str, duration_ms: int = 500
) -> Edit:
    """From the clip before into this one; `kind` is one of `TRANSITIONS`."""
    position = position_of(track, segment)
    if track.type != VIDEO or position == 0:
        raise UsageError(_INTO_THE_NEXT, hint=_SELECT_LATER)
    if kind not in TRANSITIONS:
        raise UsageError(_NO_TRANSITION.of(kind=kind))
    pair = _references(timeline, [(track, track.segments[position - 1]), (track, segment)])
    return Join(pair, kind, 0 if kind == "cut" else duration_ms)


def speed(timeline: Timeline, segments: Sequence[Placed], factor: float) -> Edit:
    """1 is the clip's own speed."""
    if not 0.1 <= factor <= 10:
        raise UsageError(_SPEEDS)
    if any(track.type != VIDEO for track, _ in segments):
        raise UsageError(_CLIPS_ALONE, hint=_SELECT_CLIP)
    return SetSpeed(_references(timeline, segments), round(factor, 3))


def add_file(timeline: Timeline | None, file: File, kind: str, playhead_ms: int) -> Edit:
    """A clip at the playhead (the clip there is split), or a sound that starts there.

    `kind` is that of an asset: `audio` or another.
    """
    duration = timeline.duration_ms if timeline else 0
    noun = "sound" if kind == "audio" else "file"
    if 0 < duration <= playhead_ms:
        if noun == "sound":
            raise UsageError(_AT_THE_END)
        return Add(noun, (file,), None)
    return Add(noun, (file,), playhead_ms if duration > 0 else 0)


def add_files(clips: Sequence[File], sounds: Sequence[File]) -> list[Edit]:
    """One edit for the clips, which go to the end, and one for the sounds, at the start."""
    ways = (("file", clips, None), ("sound", sounds, 0))
    return [Add(noun, tuple(files), at_ms) for noun, files, at_ms in ways if files]


def replace_file(file: File, by: File) -> Edit:
    """Another file wherever this one is on the timeline."""
    if file.name == by.name:
        raise UsageError(_SAME_NAME, hint=_OTHER_NAME)
    return ReplaceFile(file, by)
