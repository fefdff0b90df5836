"""flaws: what is black, or out of focus, out of the clips. Where that is, is seen: `Sight.black`, `Sight.blurred`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vbtui.base.times import time_code
from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, form, value
from vbtui.studio.director.operations import cut, silence
from vbtui.studio.director.operations.picture import said
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import cards
from vbtui.studio.project import draft as d
from vbtui.studio.project.sight import Sight

_LEAST_MS = {"black": 300, "blur": 600}
"""What is shorter is a cut, or a moment in which the camera finds its focus."""
_WORTH_MS = 100
"""A cut that takes less is not made."""
_NAMES = {"black": ("black part", "黑屏"), "blur": ("blurred part", "模糊的部分")}


def _remove(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "back":
        return silence.back(work, slots)
    heard = set(said(slots, "flaw"))
    kinds = [kind for kind in _NAMES if heard & {kind, "both"}]
    clips = work.clips
    where = cut.clips_meant(work, slots)
    on_cards = [place for place in where if d.meta(clips[place]).get("asset") == cards.BLACK]
    if "black" in kinds and on_cards:
        raise work.question(
            f"A black card ({work.label(on_cards[:1])}), or black parts of the videos? For the card say: remove clip "
            f"{on_cards[0] + 1}; for the videos name a clip.",
            f"是黑屏卡片（{work.label(on_cards[:1])}），还是视频里的黑屏？删除卡片请说：删除片段{on_cards[0] + 1}；视频请指定片段。",
            "clips",
        )
    seen = _seen(work, where)
    sharpness = min((one.sharpness for one in seen.values() if one.sharpness), default=0)
    least = value(slots, "least")
    cuts: dict[int, list[ranges.Stretch]] = {}
    count = dict.fromkeys(kinds, 0)
    for place, sight in seen.items():
        found: list[ranges.Stretch] = []
        for kind in kinds:
            shortest = int(least) if least is not None else _LEAST_MS[kind]
            stretches = (
                sight.black(shortest) if kind == "black" else sight.blurred(shortest, sharpness)
            )
            inside = _inside(clips[place], stretches, shortest)
            inside = silence.at_ends(slots, inside, d.length(clips[place]))
            count[kind] += len(inside)
            found += inside
        if found:
            cuts[place] = _trimmed(found, d.length(clips[place]))
    cuts = {place: found for place, found in cuts.items() if found}
    if not cuts:
        names = " or ".join(_NAMES[kind][0] for kind in kinds)
        raise work.refusal(
            f"No {names} was seen in {work.label(sorted(seen))}.",
            f"{work.label(sorted(seen))}里没有看到{'或'.join(_NAMES[kind][1] for kind in kinds)}。",
        )
    back_at = _first_of_a_part(work, cuts)
    _, gone = ranges.take_out(work, cuts)
    told = " and ".join(
        f"{number} {_NAMES[kind][0]}{'s' * (number != 1)}"
        for kind, number in count.items()
        if number
    )
    told_zh = "、".join(f"{number} 处{_NAMES[kind][1]}" for kind, number in count.items() if number)
    at = "" if back_at is None else time_code(back_at)
    name, name_zh = _NAMES[next(kind for kind in kinds if count[kind])]
    work.note(
        f"{told}, {seconds(gone)} in all."
        + (f" To have one back, say: put the {name} at {at} back." if at else ""),
        f"{told_zh}，共 {seconds(gone)}。"
        + (f"要恢复某一处可以说：把{at}处的{name_zh}放回来。" if at else ""),
    )
    work.mind.speak("whole", [])
    return {**{f"{kind}_parts": number for kind, number in count.items()}, "removed_ms": gone}


def _first_of_a_part(work: Work, cuts: dict[int, list[ranges.Stretch]]) -> int | None:
    """Where the first cut of a clip of which something is left will be; None where only whole clips go."""
    gone = 0
    for place, found in sorted(cuts.items()):
        clip = work.clips[place]
        if found != [(0, d.length(clip))]:
            return d.start(clip) + found[0][0] - gone
        gone += d.length(clip)
    return None


def _seen(work: Work, where: Sequence[int]) -> dict[int, Sight]:
    """What the videos at these places are like. Raises `Unknown`; refuses where there is none."""
    videos = cut.films_at(work, where)
    if not videos:
        raise work.refusal(
            "Such parts are found in videos that play forwards, and there is none.",
            "要在正放的视频里找，这里没有。",
        )
    files = list({one.id: one for one in videos.values()}.values())
    sights = dict(zip((one.id for one in files), work.sights(files), strict=True))
    if failed := [one.filename for one in files if sights[one.id].failed]:
        names = ", ".join(failed[:3])
        raise work.refusal(f"Could not be watched: {names}.", f"无法读取画面：{names}。")
    return {place: sights[media.id] for place, media in videos.items()}


def _inside(clip: d.Json, stretches: Sequence[ranges.Stretch], least: int) -> list[ranges.Stretch]:
    """What of these stretches of the file the clip shows, ms from its start; what is too short of it is left."""
    begin, reached, length = d.source_in(clip), d.pace_of(clip).reached, d.length(clip)
    found = [
        (max(0, math.floor(reached(a - begin))), min(length, math.ceil(reached(b - begin))))
        for a, b in stretches
    ]
    return [(a, b) for a, b in found if b - a >= min(least, length)]


def _trimmed(found: Sequence[ranges.Stretch], length: int) -> list[ranges.Stretch]:
    """In order, those that meet as one; what would be left of the clip is long enough to be a clip."""
    result: list[ranges.Stretch] = []
    for begin, end in sorted(found):
        begin = 0 if begin < d.MIN_CLIP_MS else begin
        end = length if length - end < d.MIN_CLIP_MS else end
        if result and begin - result[-1][1] < d.MIN_CLIP_MS:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((begin, end))
    return [(a, b) for a, b in result if b - a >= _WORTH_MS]


_CLIPS = "clips=clips|files@of|in|from|-|on|for|ba"
_LEAST = ("more=word:cmp:more", "least=duration@-|ba|on")

OPERATION = Operation(
    "flaws",
    (
        form("flaw:black|blur|both, verb:remove|cut|trim|off|skip|get|clean|take", "flaw*=flaw", _CLIPS, *_LEAST, "whole*=whole|thing:part|q", "edge*=edge", "dir=dir"),
        form("flaw:black|blur|both, verb:undo|restore", "at=moment|time|edge", "nth=clips", "whole*=whole", "dir=dir", way="back"),
        form("flaw:black|blur|both, verb:put|set|add|bring|take, word:dir:back|dir:back", "at=moment|time|edge", "nth=clips", "whole*=whole", way="back"),
    ),
    ("cuts out what is black or blurred", "剪掉黑屏或模糊的部分"),
    ("remove the black parts", "cut out the blurry parts", "去掉黑屏的部分"),
    _remove,
    frozenset({"clips", "texts", "sounds", "clip:cut_before", "clip:cut_after"}),
)  # fmt: skip
