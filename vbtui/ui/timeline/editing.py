"""Edits by hand: the key of an edit makes it at once, or a question whose answer makes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vbtui.base.errors import UsageError
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.timeline import edits
from vbtui.timeline.digest import transition_name
from vbtui.timeline.edits import Edit
from vbtui.timeline.model import TEXT, VIDEO, Placed, Timeline, Track
from vbtui.timeline.references import Reference, position_of
from vbtui.ui.kit.edit_line import Place, Question, many_lines, one_line
from vbtui.ui.timeline.layout import Drag

_T = Translation
_TOO_MANY = _T(
    "{count} segments are marked, and this is done to one at a time.",
    "已标记 {count} 个，而这个操作一次只能对一个进行。",
)
_UNMARK = _T(
    "{edits.clear} takes the marks off; then press the key again.",
    "按 {edits.clear} 取消标记，再按一次该键。",
)
_NOTHING_HERE = _T(
    "There is nothing at the playhead on this track.", "播放头处的这条轨道上没有内容。"
)
_ELSEWHERE = _T(
    "Press {timeline.next} for the next clip, or choose another track.",
    "按 {timeline.next} 到下一个片段，或选择其他轨道。",
)
_A_VOLUME = _T("A volume is a number from 0 to 200.", "音量是 0 到 200 的数。")
_A_SPEED = _T("A speed is a number from 0.1 to 10.", "速度是 0.1 到 10 的数。")
_VOLUME, _WORDS = _T("Volume in %", "音量（%）"), _T("Words", "文字")
_NEW_WORDS = _T("Words of a new text", "新文字的内容")
_TRANSITION, _SPEED = _T("Transition", "转场"), _T("Speed (1 is normal)", "速度（1 为正常）")
_IS_THERE = _T("It is there already.", "它已经在那里。")
_NUMBER_OR_TIME = _T(
    "Type the number of a clip, or a time such as 0:12.", "请输入片段编号，或像 0:12 这样的时间。"
)
_NO_CLIP = _T(
    "There is no clip {number}: they go from 1 to {last}.",
    "没有片段 {number}：编号为 1 到 {last}。",
)
_GO_TO, _FIND = (
    _T("Go to clip (1-{last}) or time", "转到片段（1-{last}）或时间"),
    _T("Find", "查找"),
)
_NOTHING_FOUND = _T(
    "Nothing on the timeline has these letters.", "时间线上没有含有这些字母的内容。"
)
_A_KIND = _T(
    "Say a kind and how long, as in “crossfade 500 ms”.",
    "请写出种类和时长，例如“叠化 500 ms”。",
)
_A_LENGTH = _T("Say how long, as in “crossfade 500 ms”.", "请写出时长，例如“叠化 500 ms”。")
_TO_POSITION = _T("move {name} to position {number}", "把{name} 移到第 {number} 位")
MOVE_MS = 1000
"""How far a key moves text and sound."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The timeline as it is shown and what the user points at."""

    timeline: Timeline
    here: Placed | None
    """Under the playhead in the chosen lane."""
    marked: Sequence[Placed]
    playhead_ms: int

    @property
    def one(self) -> Placed:
        """The one marked segment, else the one under the playhead.

        Raises `UsageError` where several are marked, too: which of them is meant is not known.
        """
        if len(self.marked) > 1:
            raise UsageError(_TOO_MANY.of(count=len(self.marked)), hint=_UNMARK)
        return self.marked[0] if self.marked else self.under

    @property
    def join(self) -> Placed:
        """The clip that a transition leads into: the later one of two marked neighbours, else `one`."""
        if len(self.marked) == 2:
            (track, first), (other, second) = self.marked
            clips = list(track.segments)
            if track is other and clips.index(second) - clips.index(first) == 1:
                return (track, second)
        return self.one

    @property
    def under(self) -> Placed:
        """The segment under the playhead. Raises `UsageError`."""
        if self.here is None:
            raise UsageError(_NOTHING_HERE, hint=_ELSEWHERE)
        return self.here

    @property
    def all(self) -> Sequence[Placed]:
        """The marked segments, else the one under the playhead. Raises `UsageError`."""
        return self.marked or [self.under]


def begin(name: str, at: Situation) -> Edit | Question:
    """The edit of a key, or what must be asked first.

    Args:
        name: trim_start, trim_end, split, delete, earlier, later, volume, text, transition, speed.

    Raises `UsageError` with the reason why it cannot be done here.
    """
    return _EDITS[name](at)


def _volume(at: Situation) -> Question:
    segments = at.all
    known = segments[0][1].volume
    value = 100 if known is None else round(known * 100)
    edits.volume(at.timeline, segments, 100)

    def make(answer: str) -> Edit:
        percent = number_of(answer.replace("%", ""), _A_VOLUME)
        return edits.volume(at.timeline, segments, round(percent))

    return Question(_VOLUME.of(), str(value), make)


def _text(at: Situation) -> Question:
    """Other words for the text that is marked or under the playhead; where there is none, a new one."""
    placed = at.one if at.marked else at.here
    if placed is None or placed[0].type != TEXT:
        edits.add_text(at.timeline, "words", at.playhead_ms)
        return Question(
            _NEW_WORDS.of(),
            "",
            lambda answer: edits.add_text(at.timeline, many_lines(answer), at.playhead_ms),
        )
    track, segment = placed
    edits.change_text(at.timeline, track, segment, "words")

    def make(answer: str) -> Edit:
        return edits.change_text(at.timeline, track, segment, many_lines(answer))

    return Question(_WORDS.of(), one_line(segment.text), make)


def _transition(at: Situation) -> Question:
    track, segment = at.join
    edits.transition(at.timeline, track, segment, "cut")
    kind = segment.transition if segment.transition in edits.TRANSITIONS else "crossfade"
    names = [_transition_name(one) for one in edits.TRANSITIONS]
    value = f"{_transition_name(kind)} {segment.transition_ms or 500} ms"

    def make(answer: str) -> Edit:
        name, duration_ms = transition_of(answer)
        return edits.transition(at.timeline, track, segment, name, duration_ms)

    return Question(_TRANSITION.of(), value, make, names)


def _transition_name(kind: str) -> str:
    return transition_name(kind, speaks_chinese())


def _speed(at: Situation) -> Question:
    segments = at.all
    edits.speed(at.timeline, segments, 1)

    def make(answer: str) -> Edit:
        wanted = number_of(answer.rstrip("x× "), _A_SPEED)
        return edits.speed(at.timeline, segments, wanted)

    return Question(_SPEED.of(), f"{segments[0][1].speed:g}", make)


def dragged(timeline: Timeline, drag: Drag) -> tuple[Edit | Place, str]:
    """What a drag would do, and its sentence. Raises `UsageError` where it would do nothing, or cannot be done."""
    track, segment, to_ms = drag.track, drag.segment, drag.to_ms
    if drag.part == "body" and track.type == VIDEO:
        return _reordered(timeline, drag)
    if drag.part == "body":
        edit = edits.move(timeline, track, segment, to_ms - drag.from_ms)
    elif drag.part == "start":
        edit = edits.trim_start(timeline, track, segment, to_ms)
    else:
        edit = edits.trim_end(timeline, track, segment, to_ms)
    return edit, edit.sentence()


def _reordered(timeline: Timeline, drag: Drag) -> tuple[Place, str]:
    """The clip goes between those whose middles are on either side of the pointer."""
    track, segment = drag.track, drag.segment
    others = [one for one in track.segments if one is not segment]
    place = sum(one.start_ms + one.duration_ms // 2 < drag.to_ms for one in others)
    if place == position_of(track, segment):
        raise UsageError(_IS_THERE)
    at_ms = others[place].start_ms if place < len(others) else timeline.duration_ms
    name = Reference.to(timeline, track, segment).said(speaks_chinese())
    return Place(track, None, at_ms), _TO_POSITION.of(name=name, number=place + 1)


def go_to(timeline: Timeline, track: Track) -> Question:
    """Asks for the number of a clip on `track`, or for a time."""
    last = len(track.segments)

    def make(answer: str) -> Place:
        at = re.fullmatch(r"(\d{1,3}):([0-5]?\d)(?:[.,](\d))?", answer)
        if at is not None:
            at_ms = 60_000 * int(at[1]) + 1000 * int(at[2]) + 100 * int(at[3] or 0)
            return Place(track, None, min(at_ms, timeline.duration_ms))
        number = round(number_of(answer, _NUMBER_OR_TIME))
        if not 1 <= number <= last:
            raise UsageError(_NO_CLIP.of(number=number, last=last))
        segment = track.segments[number - 1]
        return Place(track, segment, segment.start_ms)

    return Question(_GO_TO.of(last=last), "", make)


def find(timeline: Timeline) -> Question:
    """Asks for letters of a clip, text or sound."""
    found: dict[str, Place] = {}
    placed = [
        (track, number, segment)
        for track in timeline.tracks
        for number, segment in enumerate(track.segments, 1)
    ]
    for track, number, segment in placed:
        head = f"{number} " if track.type == VIDEO and not track.lies_over else ""
        name = f"{head}{clean_line(segment.name)}"
        if name in found:
            name = f"{name} {time_code(segment.start_ms)}"
        found.setdefault(name, Place(track, segment, segment.start_ms))

    def make(answer: str) -> Place:
        if answer not in found:
            raise UsageError(_NOTHING_FOUND)
        return found[answer]

    return Question(_FIND.of(), "", make, tuple(found), is_search=True)


_EDITS: dict[str, Callable[[Situation], Edit | Question]] = {
    "trim_start": lambda at: edits.trim_start(at.timeline, *at.one, at.playhead_ms),
    "trim_end": lambda at: edits.trim_end(at.timeline, *at.one, at.playhead_ms),
    "split": lambda at: edits.split(at.timeline, *at.one, at.playhead_ms),
    "delete": lambda at: edits.delete(at.timeline, at.all),
    "earlier": lambda at: edits.move(at.timeline, *at.one, -MOVE_MS),
    "later": lambda at: edits.move(at.timeline, *at.one, MOVE_MS),
    "volume": _volume,
    "text": _text,
    "transition": _transition,
    "speed": _speed,
}


def number_of(text: str, what: Translation) -> float:
    """The number that was typed, with a point or a comma. Raises `UsageError` with `what`."""
    match = re.fullmatch(r"\s*([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*", text)
    if match is None:
        raise UsageError(what)
    return float(match[1].replace(",", "."))


def transition_of(text: str) -> tuple[str, int]:
    """`wipe`, `crossfade 500 ms`, `fade 0.5 s`: kind and ms. Raises `UsageError`."""
    match = re.fullmatch(r"\s*([^\W\d_]+)(?:\s*([0-9.,]+)\s*(ms|s|毫秒|秒)?)?\s*", text.lower())
    if match is None:
        raise UsageError(_A_KIND)
    kinds = {transition_name(one, True): one for one in edits.TRANSITIONS}
    kind = kinds.get(match[1], match[1])
    if not match[2]:
        return kind, 500
    length = number_of(match[2], _A_LENGTH)
    is_seconds = match[3] in ("s", "秒") or (match[3] is None and length < 20)
    return kind, round(length * 1000 if is_seconds else length)
