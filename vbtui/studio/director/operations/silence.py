"""silence: the pauses of clips out, shorter, or back again. Where they are is heard: `Hearing.pauses`.

file   ──speech──|.........pause.........|──speech──
kept   ──speech──|...|               |...|──speech──      what is left of it on either side: a word that is cut off
                                                          is worse than a moment of rest
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from vbtui.base.times import time_code
from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import edge_of, identity, moment, spans
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.studio.project.levels import STEP_MS, Levels
from vbtui.studio.project.media import Media

_LEAST_MS = 700
"""What is shorter is how people speak."""
_AFTER_MS, _BEFORE_MS = 200, 150
"""What stays of a pause behind the last word and before the next one."""
_WORTH_MS = 100
"""A cut that takes less is not made."""
_EDGE_MS = 100
"""A sound that begins or ends so near to its clip's end begins or ends with it."""
_NEAR_MS = 1500
"""So far from a moment that is named is a cut that is meant by it."""

_Way = Literal["voice", "loudness", "nobody"]
_TOLD: Mapping[_Way, tuple[str, str]] = {
    "voice": ("speech told from noise", "已区分语音和噪声"),
    "loudness": ("told by loudness", "按响度判断"),
    "nobody": ("told by loudness", "按响度判断"),
}
_MORE = (
    " Speech is told from noise with one more package: pip install 'vbtui[speech]'.",
    "再装一个包就能区分语音和噪声：pip install 'vbtui[speech]'。",
)

Cut = tuple[int, str]
"""The place of a clip, and the key that tells of a pause beside it."""


def sounds(work: Work, clip: d.Json, media: Media) -> bool:
    """Whether a clip's own sound is heard, forwards."""
    is_heard = (
        media.audio is not None
        and d.meta(clip).get("volume", 1) != 0
        and not d.meta(clip).get("sound")
    )
    plays = work.kind(clip) == "video" and not (d.is_reverse(clip) or d.is_freeze(clip))
    return plays and is_heard


def _heard(
    work: Work, where: Sequence[int], *, named: bool
) -> tuple[dict[int, list[ranges.Stretch]], _Way]:
    """The pauses of these clips, ms from the start of each; only of clips that can have some. And how they were told: by
    "voice", by "loudness", or by loudness although "nobody" speaks in any of these. Raises `Unknown`."""
    clips = work.clips
    sounding = [
        place
        for place in where
        if (media := work.media.get(str(d.meta(clips[place]).get("asset")))) is not None
        and sounds(work, clips[place], media)
        and identity(clips[place]) not in work.locked
    ]
    if not sounding:
        raise work.refusal(
            "Pauses are found in the clips' own sound, and there is none.",
            "停顿要从片段自己的声音里找，这里没有声音。",
        )
    assets = {place: work.media[str(d.meta(clips[place]).get("asset"))] for place in sounding}
    files = list({one.id: one for one in assets.values()}.values())
    hearing = work.heard(files)
    if unheard := [one.filename for one in files if not hearing[one.id].levels.values]:
        names = ", ".join(unheard[:3])
        raise work.refusal(f"Could not be listened to: {names}.", f"无法读取声音：{names}。")
    found: dict[int, list[ranges.Stretch]] = {}
    quiet: dict[int, list[ranges.Stretch]] = {}
    even, voiceless = [], []
    for place, asset in assets.items():
        heard = hearing[asset.id]
        is_spoken = not heard.nobody_speaks
        pauses = heard.pauses() if is_spoken else heard.levels.pauses()
        if not is_spoken:
            voiceless.append(place)
        if pauses is not None:
            beside = found if is_spoken else quiet
            beside[place] = of_clip(clips[place], heard.levels, pauses)
        elif is_spoken:
            even.append(place)
    if voiceless and not found and not even and quiet:
        return quiet, "nobody"
    if voiceless and (named or not found):
        which = work.label(voiceless)
        message = (
            f"Nobody speaks in {which}: no pause can be told there.",
            f"{which}里没有人说话，听不出停顿。",
        )
        if not found and not even:
            raise work.refusal(*message)
        work.note(*message)
    if even and (named or not found):
        which = work.label(even)
        more = ("", "") if work.project.findings.tells_voices else _MORE
        message = (
            f"The sound of {which} is even throughout: no pause can be told from it.{more[0]}",
            f"{which}的声音没有明显的强弱，听不出停顿。{more[1]}",
        )
        if not found:
            raise work.refusal(*message)
        work.note(*message)
    return found, "voice" if any(one.is_told_from_noise for one in hearing.values()) else "loudness"


def of_clip(clip: d.Json, levels: Levels, pauses: Sequence[ranges.Stretch]) -> list[ranges.Stretch]:
    """Those inside of what the clip shows of its file, as ms from its start. Behind the end of the sound all is quiet."""
    begin, reached, length = d.source_in(clip), d.source_pace(clip).reached, d.length(clip)
    sound_ends = len(levels.values) * STEP_MS
    last = next((a for a, b in pauses if b > sound_ends - _EDGE_MS), sound_ends)
    known = [one for one in pauses if one[0] < last]
    found = [(math.ceil(reached(a - begin)), math.floor(reached(b - begin))) for a, b in known]
    found.append((math.ceil(reached(last - begin)), length))
    inside = [(a, b) for a, b in found if b > 0 and a < length]
    return [(0 if a <= _EDGE_MS else a, length if b >= length - _EDGE_MS else b) for a, b in inside]


def _cuts(
    clip: d.Json,
    pauses: Sequence[ranges.Stretch],
    least: int,
    keep: int | None,
    inside: ranges.Stretch,
) -> list[ranges.Stretch]:
    """What goes of the clip, in order; what is between two cuts is long enough to be a clip."""
    length = d.length(clip)
    shares = _AFTER_MS + _BEFORE_MS
    rest = min(shares, least) if keep is None else keep
    after, before = round(rest * _AFTER_MS / shares), round(rest * _BEFORE_MS / shares)
    found: list[ranges.Stretch] = []
    for a, b in pauses:
        if b - a < least:
            continue
        begin = a + after if a > 0 else 0
        end = b - before if b < length else length
        begin, end = max(begin, inside[0]), min(end, inside[1])
        if found and begin - found[-1][1] < d.MIN_CLIP_MS:
            begin = found[-1][1] + d.MIN_CLIP_MS
        if 0 < begin < d.MIN_CLIP_MS:
            begin = d.MIN_CLIP_MS
        if 0 < length - end < d.MIN_CLIP_MS:
            end = length - d.MIN_CLIP_MS
        if end - begin >= _WORTH_MS:
            found.append((begin, end))
    return found


def _solid(clips: Sequence[d.Json], place: int) -> ranges.Stretch:
    """The part of a clip that no transition reaches into."""
    joins = [None, *d.joins(clips), None]
    lead, tail = (d.whole((joins[at] or {}).get("d")) for at in (place, place + 1))
    return 2 * lead, d.length(clips[place]) - 2 * tail


def _remove(work: Work, slots: Slots) -> Json:
    least = value(slots, "least")
    keep = value(slots, "to")
    where, inside = _meant(work, slots)
    clips = work.clips
    heard, way = _heard(work, where, named="clips" in slots)
    threshold = int(least) if least is not None else int(keep) if keep is not None else _LEAST_MS
    cuts: dict[int, list[ranges.Stretch]] = {}
    for place, pauses in heard.items():
        begin, end = _solid(clips, place)
        low, high = (edge - d.start(clips[place]) for edge in inside)
        within = [one for one in pauses if one[1] > low and one[0] < high]
        found = _cuts(clips[place], within, threshold, keep, (max(begin, low), min(end, high)))
        found = at_ends(slots, found, d.length(clips[place]))
        if found and sum(b - a for a, b in found) < d.length(clips[place]) - d.MIN_CLIP_MS:
            cuts[place] = found
    more = _MORE if way == "loudness" and not work.project.findings.tells_voices else ("", "")
    if not cuts:
        raise work.refusal(
            f"There is no pause of {seconds(threshold)} or longer.{more[0]}",
            f"没有 {seconds(threshold)} 以上的停顿。{more[1]}",
        )
    count = sum(map(len, cuts.values()))
    if way == "nobody" and not work.confirmed:
        which = work.label(list(heard))
        length = seconds(sum(b - a for found in cuts.values() for a, b in found))
        raise work.question(
            f"Nobody speaks in {which}. Shall what is quiet there be cut out all the same: {count} "
            f"place{'s' * (count != 1)}, {length} in all?",
            f"{which}里没有人说话。仍然要剪掉安静的部分吗：{count} 处，共 {length}？",
            "",
            [("yes", True), ("no", False)],
        )
    first_at, gone = ranges.take_out(work, cuts)
    told = _TOLD[way]
    work.note(
        f"{count} pause{'s' * (count != 1)} of {seconds(threshold)} and longer, {seconds(gone)} in all, {told[0]}. To have "
        f"one back, say: put the pause at {time_code(first_at)} back.{more[0]}",
        f"{count} 处 {seconds(threshold)} 以上的停顿，共 {seconds(gone)}（{told[1]}）。要恢复某一处可以说：把{time_code(first_at)}处的停顿放回来。{more[1]}",
    )
    work.mind.speak("whole", [])
    return {"pauses": count, "removed_ms": gone, "least_ms": threshold}


def _meant(work: Work, slots: Slots) -> tuple[list[int], ranges.Stretch]:
    """The clips that are meant, and the stretch of the timeline."""
    when = cut.when_of(slots) if "when" in slots else None
    clips = cut.clips_of(slots, when)
    where = cut.clips_meant(work, slots, when)
    it = clips is not None and bool(clips.picks[0].pronoun) and work.mind.of_kind != "clips"
    if when is None:
        return where, (0, work.total())
    if clips is not None and not it:
        if len(where) != 1:
            raise work.question("Of which clip?", "哪个片段？", "clips")
        clip = work.clips[where[0]]
        begin, end = spans(work, when, d.length(clip))[0]
        return where, (d.start(clip) + begin, d.start(clip) + end)
    parts = spans(work, when, work.total())
    return where, (parts[0][0], parts[-1][1])


def at_ends(slots: Slots, found: Sequence[ranges.Stretch], length: int) -> list[ranges.Stretch]:
    """`at the start`, `at both ends`: only those."""
    edges = {str(one.get("edge")) for one in slots.get("edge", [])}
    if not edges:
        return list(found)
    both = "both" in edges
    return [
        (a, b)
        for a, b in found
        if (a == 0 and (both or "start" in edges)) or (b == length and (both or "end" in edges))
    ]


# Back again


def back(work: Work, slots: Slots) -> Json:
    """What a pause was cut out of has it again; pieces with nothing else between them are one clip."""
    clips = work.clips
    cuts = [
        (place, key)
        for place, clip in enumerate(clips)
        for key in ("cut_before", "cut_after")
        if d.whole(d.meta(clip).get(key))
    ]
    if not cuts:
        raise work.refusal("No pause was cut out that could be put back.", "没有可以放回来的停顿。")
    chosen = _chosen(work, slots, cuts)
    result: list[d.Json] = []
    added: list[tuple[int, int]] = []
    for place, clip in enumerate(clips):
        for key in (key for at, key in chosen if at == place):
            added.append((_cut_at(clips, (place, key)), d.whole(d.meta(clip).get(key))))
            clip = _longer(clip, key)
        if (place, "cut_before") in chosen and result and ranges.goes_on(result[-1], clip):
            clip = ranges.rejoined(result.pop(), clip)
        result.append(clip)
    work.arrange(result, moved=lambda ms: ms + sum(length for at, length in added if at <= ms))
    work.mind.speak("whole", [])
    return {"put_back": len(chosen)}


def _longer(clip: d.Json, key: str) -> d.Json:
    """With the pause that was cut out at that end of it."""
    pause = d.whole(d.meta(clip).get(key))
    before = pause if key == "cut_before" else 0
    lasts = d.length(clip) + pause
    plays = d.pace_of(clip).part(-before, lasts - before)
    clip = d.begun_earlier(d.with_pace(clip, plays), math.floor(plays.played(before)))
    return {**d.with_meta(clip, **{key: None}), "d": lasts}


def _cut_at(clips: Sequence[d.Json], cut: Cut) -> int:
    """Where on the timeline a pause was cut out."""
    place, key = cut
    return d.start(clips[place]) + (d.length(clips[place]) if key == "cut_after" else 0)


def _chosen(work: Work, slots: Slots, cuts: Sequence[Cut]) -> list[Cut]:
    at = first(slots, "at")
    if at is not None:
        point = moment(work, edge_of(work, at), work.total())
        near = min(cuts, key=lambda one: abs(_cut_at(work.clips, one) - point))
        if abs(_cut_at(work.clips, near) - point) > _NEAR_MS:
            when = seconds(_cut_at(work.clips, near))
            raise work.refusal(
                f"No pause was cut out there; the next one was at {when}.",
                f"那里没有剪掉停顿；最近的一处在 {when}。",
            )
        return [near]
    nth = first(slots, "nth")
    clips = nth.get("clips") if nth is not None else None
    if not isinstance(clips, Clips):
        return list(cuts)
    ranks = [rank for pick in clips.picks for rank in pick.ranks]
    if not ranks or any(abs(rank) > len(cuts) for rank in ranks):
        raise work.refusal(f"{len(cuts)} pauses were cut out.", f"一共剪掉了 {len(cuts)} 处停顿。")
    return [cuts[rank - 1 if rank > 0 else rank] for rank in ranks]


_VERBS = "verb:remove|cut|trim|off|skip|get|clean"
_CLIPS = "clips=clips|files@of|in|from|-|on|for|ba"
_WHOLE = "whole*=whole|thing:part|q|silences"
_WHEN = ("when=when", "edge*=edge")

OPERATION = Operation(
    "silence",
    (
        form(f"silences:, {_VERBS}", _CLIPS, _WHOLE, *_WHEN, "dir=dir"),
        form("silences:, verb:take", _CLIPS, _WHOLE, *_WHEN, "dir!!=dir"),
        form(
            f"silences:, {_VERBS}|take",
            "more!!=word:cmp:more",
            "least!!=duration@-|ba",
            _CLIPS,
            _WHOLE,
            *_WHEN,
            "dir=dir",
        ),
        form(f"silences:, {_VERBS}|take", "least!!=duration@on", _CLIPS, _WHOLE, *_WHEN, "dir=dir"),
        form(
            "silences:, verb:shorter|fit|limit|set|make|cut|trim|decrease",
            "to!!=duration@to|-",
            _CLIPS,
            _WHOLE,
            "dir=dir",
        ),
        form(
            "silences:, verb:undo|restore",
            "at=moment|time|edge",
            "nth=clips",
            _WHOLE,
            "dir=dir",
            way="back",
        ),
        form(
            "silences:, verb:put|set|add|bring|take, word:dir:back|dir:back",
            "at=moment|time|edge",
            "nth=clips",
            _WHOLE,
            way="back",
        ),
    ),
    ("cuts pauses out of what is said, or puts them back", "剪掉说话中的停顿，或者放回来"),
    (
        "remove the pauses",
        "remove the pauses longer than 2 seconds",
        "shorten the pauses to half a second",
        "去掉停顿",
        "去掉超过2秒的停顿",
    ),
    lambda work, slots: (
        back(work, slots) if value(slots, "way") == "back" else _remove(work, slots)
    ),
    frozenset({"clips", "texts", "sounds", "clip:cut_before", "clip:cut_after"}),
)
