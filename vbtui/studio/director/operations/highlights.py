"""highlights: the liveliest stretches of the clips alone, in their order, as long together as it was asked for.

Each clip is parted at changes of scene and in pauses. Of each part is known how much moves in it, how loud it is and
whether somebody speaks; the parts that have most of it stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, between, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.levels import STEP_MS as LEVEL_MS
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media

_LEAST_MS, _STEP_MS, _MOST_MS = 1200, 2000, 5000
"""How long a part is: at least, where nothing parts it, and where a pause ends it."""
_LEFT_MS = 1000
"""Of a part that is made shorter stays so much."""
_SHARES = {"motion": 0.4, "loud": 0.4, "speech": 0.2}
"""How much each thing counts of what makes a part lively."""
_UNSEEN = 0.3
"""A part of which so much is black or out of focus is none to be shown."""
_USUAL = 0.25
_USUAL_LEAST_MS, _USUAL_MOST_MS = 15_000, 60_000
_MOVES, _LOUDER = 0.5, 2 * 5.0
"""Where motion (roots of steps of grey) and sound (half decibels) differ by less, it is the same throughout."""
_STANDS_OUT = 0.15
_NAMES = {"motion": ("motion", "动作"), "loud": ("loud", "声音大"), "speech": ("speech", "说话")}


@dataclass(slots=True)
class _Part:
    """A stretch of a clip between two borders, ms from the clip's start."""

    place: int
    begin: int
    end: int
    has: dict[str, float] = field(default_factory=dict)
    """Of each thing, 0-1: against all other parts."""

    @property
    def length(self) -> int:
        return self.end - self.begin

    @property
    def score(self) -> float:
        return sum(_SHARES[name] * share for name, share in self.has.items())


def _highlights(work: Work, slots: Slots) -> Json:
    where = _where(work, slots)
    clips = work.clips
    films = _films(work, where)
    others = [place for place in range(len(clips)) if place not in films]
    locked = [place for place, clip in enumerate(clips) if identity(clip) in work.locked]
    spare = [place for place in others if place in where and place not in locked]
    rest = sum(d.length(clips[place]) for place in others if place not in spare)
    has = sum(d.length(clips[place]) for place in films)
    count = value(slots, "count")
    wanted = _wanted(work, slots, has)
    parts = _parts(work, films)
    chosen = _chosen(
        parts,
        wanted,
        int(float(count)) if count is not None else None,
        is_asked="length" in slots,
    )
    if not chosen:
        raise work.refusal(
            "Nothing stands out: all of it is as still and as quiet.",
            "没有突出的部分：整段都差不多。",
        )
    if value(slots, "way") == "find" and not work.confirmed:
        listed = ", ".join(_told(work, part) for part in chosen[:8])
        raise work.question(
            f"Liveliest by motion, loudness and speech: {listed}. Shall these alone be kept?",
            f"按画面动作、音量和说话判断，最活跃的是：{listed}。只保留这些吗？",
            "",
            [("yes", True), ("no", False)],
        )
    told = ", ".join(_told(work, part) for part in chosen[:8])
    more = "…" if len(chosen) > 8 else ""
    cuts = {place: _between(chosen, place, d.length(clips[place])) for place in films}
    cuts |= {place: [(0, d.length(clips[place]))] for place in spare}
    before = work.total()
    ranges.take_out(work, {place: found for place, found in cuts.items() if found}, asks=False)
    work.note(
        f"{seconds(work.total() - rest)} of {seconds(before)}, the liveliest by motion, loudness and speech: {told}{more}.",
        f"从 {seconds(before)} 中按画面动作、音量和说话选出 {seconds(work.total() - rest)}：{told}{more}。",
    )
    if spare:
        work.note(
            "Photos, and clips that stand still or play backwards, were left out.",
            "照片、定格和倒放的片段没有放进来。",
        )
    work.mind.speak("whole", [])
    return {"length_ms": work.total(), "parts": len(chosen)}


def _where(work: Work, slots: Slots) -> list[int]:
    """The clips of which the best is chosen. Asks what becomes of the others where some are named."""
    where = cut.clips_meant(work, slots)
    found = first(slots, "clips")
    named = found is not None and isinstance(found.get("clips"), Clips)
    if named and len(where) < len(work.clips):
        raise work.question(
            f"The other clips would stay as they are. For a video of {work.label(where)} alone say: keep only clip "
            f"{where[0] + 1}, then: make a highlight reel.",
            f"其他片段会保持不变。如果只要{work.label(where)}，请先说：只保留片段{where[0] + 1}，再说：做成精彩集锦。",
        )
    return where


def _films(work: Work, where: Sequence[int]) -> dict[int, Media]:
    films = cut.films_at(work, where)
    if not films:
        raise work.refusal(
            "The best moments are found in videos that play forwards, and there is none.",
            "精彩片段要从正放的视频里找，这里没有。",
        )
    return films


def _wanted(work: Work, slots: Slots, has: int) -> int:
    """How long it shall be, ms; refuses what is not shorter than what is there."""
    said = value(slots, "length")
    if said is None:
        usual = min(_USUAL_MOST_MS, max(_USUAL_LEAST_MS, round(has * _USUAL / 5000) * 5000))
        wanted = min(usual, round(has / 2))
    else:
        wanted = int(said)
    if wanted >= has:
        raise work.refusal(
            f"There are only {seconds(has)} of moving video: nothing is to be chosen for {seconds(wanted)}.",
            f"视频只有 {seconds(has)}，选不出 {seconds(wanted)}。",
        )
    if wanted < _LEAST_MS:
        raise work.refusal(
            f"That is too short: it takes {seconds(_LEAST_MS)} at least.",
            f"太短了：至少要 {seconds(_LEAST_MS)}。",
        )
    return wanted


# What there is to choose from


def _parts(work: Work, films: Mapping[int, Media]) -> list[_Part]:
    """The parts of these clips, and how lively each is. Raises `Unknown` for what has to be found out first."""
    files = list({one.id: one for one in films.values()}.values())
    heard = [one for one in files if one.audio is not None]
    sights = dict(zip((one.id for one in files), work.sights(files), strict=True))
    hearing = work.heard(heard)
    changes = dict(zip((one.id for one in files), work.changes(files), strict=True))
    if failed := [one.filename for one in files if sights[one.id].failed]:
        names = ", ".join(failed[:3])
        raise work.refusal(f"Could not be watched: {names}.", f"无法读取画面：{names}。")
    sharpness = min((one.sharpness for one in sights.values() if one.sharpness), default=0)
    found: list[_Part] = []
    for place, media in films.items():
        clip, sight = work.clips[place], sights[media.id]
        is_heard = d.meta(clip).get("volume", 1) != 0 and not d.meta(clip).get("sound")
        sound = hearing.get(media.id) if is_heard else None
        pauses = (sound.pauses() if sound is not None else None) or []
        quiet = [_inside(clip, *one) for one in pauses]
        unseen = [
            _inside(clip, *one) for one in (*sight.black(300), *sight.blurred(600, sharpness))
        ]
        scenes = [_at(clip, ms) for ms in changes[media.id].scenes()]
        for begin, end in _borders(d.length(clip), scenes, [(a + b) // 2 for a, b in quiet]):
            part = _Part(place, begin, end)
            if _covered(part, unseen) > _UNSEEN:
                continue
            low, high = (
                d.source_in(clip) + round(d.pace_of(clip).played(ms)) for ms in (begin, end)
            )
            part.has["motion"] = math.sqrt(sight.motion(low, high))
            if sound is not None:
                part.has["loud"] = _loudness(sound.levels, low, high)
            part.has["speech"] = 1 - _covered(part, quiet) if pauses else 0.0
            found.append(part)
    _compare(found, "motion", least=_MOVES)
    _compare(found, "loud", least=_LOUDER)
    return found


def _at(clip: d.Json, source_ms: int) -> int:
    """A moment of the file, ms from the clip's start."""
    return math.ceil(d.pace_of(clip).reached(source_ms - d.source_in(clip)))


def _inside(clip: d.Json, begin: int, end: int) -> ranges.Stretch:
    return _at(clip, begin), _at(clip, end)


def _covered(part: _Part, stretches: Sequence[ranges.Stretch]) -> float:
    """The share of a part that lies in these stretches."""
    inside = (min(b, part.end) - max(a, part.begin) for a, b in stretches)
    return sum(one for one in inside if one > 0) / part.length


def _borders(length: int, scenes: Sequence[int], pauses: Sequence[int]) -> list[ranges.Stretch]:
    """The parts of a clip: no scene goes on in another part's, and none ends inside of a word where a pause is near."""
    edges = [0, *sorted(ms for ms in scenes if 0 < ms < length), length]
    parts: list[ranges.Stretch] = []
    for at, last in pairwise(edges):
        while last - at >= _LEAST_MS:
            near = [ms for ms in pauses if at + _LEAST_MS <= ms <= min(at + _MOST_MS, last)]
            end = min(near, key=lambda ms: abs(ms - at - _STEP_MS)) if near else at + _STEP_MS
            end = last if last - end < _LEAST_MS else end
            parts.append((at, end))
            at = end
    return parts


def _loudness(levels: Levels, begin: int, end: int) -> float:
    """Decibels, half ones: the mean of a stretch."""
    values = levels.values[begin // LEVEL_MS : max(1, end // LEVEL_MS)]
    return -sum(values) / max(1, len(values))


def _compare(parts: Sequence[_Part], name: str, *, least: float) -> None:
    """What each part has of something, as a share of what the liveliest ones have; 0 for all where that is the same
    throughout."""
    values = sorted(part.has[name] for part in parts if name in part.has)
    if not values:
        return
    low, high = values[len(values) // 10], values[len(values) - 1 - len(values) // 20]
    for part in parts:
        own = part.has.get(name)
        share = (own - low) / (high - low) if own is not None and high - low >= least else 0.0
        part.has[name] = min(1.0, max(0.0, share))


# What is chosen


def _chosen(
    parts: Sequence[_Part], wanted: int, count: int | None, *, is_asked: bool
) -> list[_Part]:
    """The liveliest of them, in order, `wanted` ms in all; those that meet are one. Empty where none is livelier.

    Args:
        is_asked: somebody said how long; else no more is taken than what stands out.
    """
    scores = [part.score for part in parts]
    if not scores or max(scores) - min(scores) < _STANDS_OUT:
        return []
    taken: list[_Part] = []
    for part in sorted(parts, key=lambda one: -one.score):
        falls = not is_asked and part.score < (max(scores) + min(scores)) / 2
        if falls or sum(one.length for one in taken) >= wanted:
            break
        if count is None or len(_joined([*taken, part])) <= count:
            taken.append(part)
    over = sum(one.length for one in taken) - wanted
    begins = {(one.place, one.begin) for one in taken}
    for part in reversed(taken):
        step = min(over, max(0, part.length - _LEFT_MS))
        if step > 0 and (part.place, part.end) in begins:
            part.begin += step  # what comes behind it stays joined to it
        elif step > 0:
            part.end -= step
        over -= max(0, step)
    return _joined(taken)


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    result: list[_Part] = []
    for part in sorted(parts, key=lambda one: (one.place, one.begin)):
        before = result[-1] if result else None
        if before is not None and (before.place, before.end) == (part.place, part.begin):
            whole = before.length + part.length
            has = {
                name: (share * before.length + part.has.get(name, 0.0) * part.length) / whole
                for name, share in before.has.items()
            }
            result[-1] = _Part(part.place, before.begin, part.end, has)
        else:
            result.append(_Part(part.place, part.begin, part.end, dict(part.has)))
    return result


def _between(chosen: Sequence[_Part], place: int, length: int) -> list[ranges.Stretch]:
    """What goes of a clip: all that lies beside what was chosen of it."""
    edges = [
        0,
        *(ms for one in chosen if one.place == place for ms in (one.begin, one.end)),
        length,
    ]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _told(work: Work, part: _Part) -> str:
    """`0:20–0:26 (loud, moves)`: where it is on the timeline, and what it was chosen by."""
    start = d.start(work.clips[part.place])
    most = max(part.has.values(), default=0)
    names = [name for name, share in part.has.items() if share >= max(0.5, most * 0.8)]
    why = [work.say(*_NAMES[name]) for name in names or [max(part.has, key=lambda n: part.has[n])]]
    comma = work.say(", ", "、")
    return f"{between(start + part.begin, start + part.end)} ({comma.join(why)})"


_LENGTH = "length=duration@-|of|for|to|as|in|into|by|at|ba"
_VERBS = "verb:make|create|cut|keep|add|take|get|give|use|show|put|set|turn|do|trim|shorter|replace|leave|edit|topic:extract"
_ABOUT = (
    "clips=clips|files@of|in|from|-|on|out|for|ba|with",
    _LENGTH,
    "whole*=whole|thing:genre|thing:part|thing:video",
    "only*=q|only",
    "count=number|count@-|ba",
    "more*=word:best:lively",
    "into*=whole|thing:video|thing:genre@into|to|as",
)

OPERATION = Operation(
    "highlights",
    (
        form(f"best:lively, {_VERBS}", *_ABOUT, "found=word:verb:find|word:verb:look_for", "dir=dir"),
        form("best:pulled", *_ABOUT, "dir=dir"),
        form("best:lively, q:only", *_ABOUT),
        form("best:lively", _LENGTH.replace("=", "!!=", 1), *_ABOUT[:1], *_ABOUT[2:]),
        form("best:lively, verb:find|look_for", *_ABOUT, way="find"),
    ),
    ("keeps the liveliest parts alone: by motion, loudness and speech", "只保留最活跃的部分：按动作、音量和说话判断"),
    ("make a 30 second highlight reel", "keep the best parts", "剪成30秒的精彩集锦"),
    _highlights,
    frozenset({"clips", "texts", "sounds", "clip:cut_before", "clip:cut_after"}),
)  # fmt: skip
