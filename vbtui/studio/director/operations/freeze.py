"""freeze: one picture of a clip that stands still for a while, in silence; what is behind it comes later.

before   ──clip──────────────|──clip 2──
after    ──clip──|■■■■|──clip──|──clip 2──
"""

from __future__ import annotations

from vbtui.studio.director import ranges, sequence
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import split
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d

_USUAL_MS = 2000
_LONGEST_MS = 600_000
_WHEN = ("Which moment? For example: freeze the frame at 0:05.", "定格哪一刻？例如：在0:05处定格。")


def _freeze(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way") or "")
    if way == "remove":
        return _removed(work, slots)
    if way == "last" and _frozen(work):
        return _set_length(work, int(value(slots, "lasts")))
    if "when" in slots:
        raise work.question(
            "A picture that stands still is of one moment, and what is behind it comes later. For example: freeze the "
            "frame at 0:05 for 3 seconds.",
            "定格的是某一刻的画面，后面的内容会顺延。例如：在0:05处定格3秒。",
            "at",
        )
    lasts = int(value(slots, "lasts", _USUAL_MS))
    if not d.MIN_CLIP_MS <= lasts <= _LONGEST_MS:
        raise work.refusal(
            f"A picture can be frozen for {seconds(d.MIN_CLIP_MS)} to {seconds(_LONGEST_MS)}.",
            f"定格时长为 {seconds(d.MIN_CLIP_MS)} 到 {seconds(_LONGEST_MS)}。",
        )
    if not (at := _moments(work, slots)):
        raise work.question(*_WHEN, "at")
    made = [_put(work, place, offset, lasts) for place, offset in reversed(at)]
    work.mind.speak("clips", made[::-1])
    if "lasts" not in slots:
        work.note(f"It stands still for {seconds(lasts)}.", f"定格 {seconds(lasts)}。")
    here = {identity(clip): d.start(clip) for clip in work.clips}
    starts = [here[one] for one in reversed(made)]
    return {"at_ms": starts[0] if len(starts) == 1 else starts, "lasts_ms": lasts}


def _moments(work: Work, slots: Slots) -> list[tuple[int, int]]:
    """The places of clips and the ms from their start that are to be frozen, in order; none where no moment is said."""
    clips = work.clips
    found = first(slots, "clips")
    named = found.get("clips") if found is not None else None
    is_all = isinstance(named, Clips) and named.picks[0].pronoun and work.mind.of_kind != "clips"
    where = positions(work, named) if isinstance(named, Clips) and not is_all else None
    if where is None and len(clips) == 1:
        where = [0]
    edges = {
        str(edge)
        for one in _ends(slots)
        if (edge := one.value if one.is_("preset") else one.get("frame") or one.get("edge"))
    }
    if edges - {"start", "end"} or len(edges) > 1:
        raise work.question(*_WHEN, "at")
    if edges and "at" not in slots:
        is_end = edges == {"end"}
        where = where or [len(clips) - 1 if is_end else 0]
        return [(place, d.length(clips[place]) if is_end else 0) for place in sorted(where)]
    at = first(slots, "at")
    if at is None or edges:
        return []
    points = [split.point(work, at, None)] if where is None else []
    points += [split.point(work, at, place) for place in sorted(where or ())]
    result = []
    for number, point in enumerate(points):
        place = sorted(where)[number] if where else ranges.clip_at(clips, point)
        result.append((place, point - d.start(clips[place])))
    return result


def _ends(slots: Slots) -> list[Phrase]:
    return [*slots.get("end", []), *slots.get("head", [])]


def _put(work: Work, place: int, offset: int, lasts: int) -> str:
    """The id of a still of what the clip shows there, which is now between its parts, before it or behind it."""
    clips = work.clips
    clip = clips[place]
    if d.is_still(clip, work.media):
        raise work.refusal(
            f"A photo stands still already; it can last longer: make clip {place + 1} 6 seconds long.",
            f"照片本来就是静止的；可以延长：把片段{place + 1}设为6秒。",
        )
    if "cell" in d.meta(clip):
        raise work.refusal(
            "In a split screen one picture cannot stand still while others go on: remove the split screen first.",
            "分屏中不能只定格一个画面：请先去掉分屏。",
        )
    if d.is_freeze(clip):
        raise work.refusal(
            f"The picture stands still there already; it can last longer: make clip {place + 1} 5 seconds long.",
            f"那里已经是定格；可以延长：把片段{place + 1}设为5秒。",
        )
    if len(clips) + 2 > sequence.MAX_CLIPS:
        raise work.refusal(
            f"There can be {sequence.MAX_CLIPS} clips at most.",
            f"最多 {sequence.MAX_CLIPS} 个片段。",
        )
    still = d.frozen(clip, offset, lasts, float(d.meta(work.timeline()).get("fps") or 30))
    before = {identity(one) for one in clips}
    at = d.start(clip) + offset
    joins = [None, *d.joins(clips), None]
    length = d.length(clip)
    if offset < d.MIN_CLIP_MS and not (offset and joins[place]):
        at = d.start(clip)
        ends = ("transition", "fade_in")
        still = d.with_meta(still, **{key: d.meta(clip).get(key) for key in ends})
        parts = [still, d.with_meta(clip, **dict.fromkeys(ends))]
    elif offset > length - d.MIN_CLIP_MS and not (offset < length and joins[place + 1]):
        at = d.start(clip) + length
        still = d.with_meta(still, fade_out=d.meta(clip).get("fade_out"))
        parts = [d.with_meta(clip, fade_out=None), still]
    elif identity(clip) in work.locked:
        raise work.refusal("That clip shall stay as it is.", "这个片段要保持原样。")
    else:
        split_there, found = ranges.split_at(clips, at)
        if found is None or found != place + 1:
            raise work.refusal(
                f"No picture can be frozen at {seconds(at)}: it is inside of a transition.",
                f"{seconds(at)} 正在转场中，不能定格。",
            )
        parts = [split_there[place], still, split_there[place + 1]]
    result = [*clips[:place], *parts, *clips[place + 1 :]]
    work.arrange(result, moved=lambda ms: ms if ms <= at else ms + lasts)
    made = [one for one in work.clips if identity(one) not in before and d.is_freeze(one)]
    work.named.update(identity(one) for one in made)
    return identity(made[0])


# What was frozen


def _frozen(work: Work) -> list[int]:
    return [place for place, clip in enumerate(work.clips) if d.is_freeze(clip)]


def _meant(work: Work, slots: Slots) -> list[int]:
    """The stills that are meant, by their places; asks where several can be."""
    stills = _frozen(work)
    if not stills:
        raise work.refusal("No picture is frozen.", "没有定格画面。")
    found = first(slots, "clips")
    named = found.get("clips") if found is not None else None
    if isinstance(named, Clips) and named.picks in ((Pick(),), (Pick(pronoun="all"),)):
        return stills
    if isinstance(named, Clips) and not named.picks[0].pronoun:
        where = positions(work, named, speak=False)
        near = [one for one in stills if any(abs(one - place) <= 1 for place in where)]
        exact = [one for one in stills if one in where]
        stills = exact or near
    if len(stills) != 1:
        numbers = ", ".join(str(one + 1) for one in _frozen(work)[:6])
        raise work.question(
            f"Which one? Frozen are clips {numbers}: remove clip {_frozen(work)[0] + 1}, or remove all freeze frames.",
            f"哪一个？定格的是片段 {numbers}：可以说删除片段{_frozen(work)[0] + 1}，或去掉所有定格。",
            "clips",
        )
    return stills


def _removed(work: Work, slots: Slots) -> Json:
    """Without the stills that are meant; what they parted is one clip again."""
    gone = _meant(work, slots)
    clips = work.clips
    if len(gone) == len(clips):
        raise work.refusal(
            "That would leave nothing. To empty the timeline say: delete everything.",
            "这样就什么都不剩了。要清空时间线请说：全部删除。",
        )
    cuts = [(d.start(clips[place]), d.length(clips[place])) for place in gone]
    result: list[d.Json] = []
    for place, clip in enumerate(clips):
        if place in gone:
            if place + 1 < len(clips) and "transition" in d.meta(clip):
                ends = {key: d.meta(clip).get(key) for key in ("transition", "fade_in")}
                clips[place + 1] = d.with_meta(clips[place + 1], **ends)
            elif result and "fade_out" in d.meta(clip):
                result[-1] = d.with_meta(result[-1], fade_out=d.meta(clip)["fade_out"])
            continue
        is_parted = place - 1 in gone and result and not d.meta(clip).get("transition")
        if is_parted and ranges.goes_on(result[-1], clip):
            clip = ranges.rejoined(result.pop(), clip)
        result.append(clip)

    def moved(ms: int) -> int:
        return ms - sum(min(length, ms - begin) for begin, length in cuts if begin < ms)

    work.arrange(result, moved=moved)
    work.mind.speak("whole", [])
    return {"remove": True, "count": len(gone)}


def _set_length(work: Work, lasts: int) -> Json:
    (place,) = _meant(work, {})
    clips = work.clips
    clips[place] = {**clips[place], "d": max(d.MIN_CLIP_MS, min(lasts, _LONGEST_MS))}
    begin, step = d.start(clips[place]), lasts - d.length(work.clips[place])
    work.named.add(identity(clips[place]))
    work.arrange(clips, moved=lambda ms: ms if ms <= begin else max(begin, ms + step))
    work.mind.speak("clips", [identity(clips[place])])
    return {"clips": [place + 1], "lasts_ms": lasts}


_CLIPS = "clips=clips|files@-|of|in|on|from|with|for|ba|at"
_END = "end*=frame|edge"
_LASTS = "lasts=duration@for|-|as|of"
_AT = "at=moment|time|duration|middle@at|in|on|-|from|after|ba"
_FRAME = (
    "frame*=thing:frame",
    "whole*=whole",
    "stop*=word:verb:stop|word:verb:show|word:noun:clip",
)
_ABOUT = (_CLIPS, _END, _LASTS, _AT, "when=when", *_FRAME)

OPERATION = Operation(
    "freeze",
    (
        form("topic:freeze", *_ABOUT),
        form("verb:add|make|create|put|set|use|show|do|insert, topic:freeze", *_ABOUT),
        form("verb:end_with, topic:freeze", _CLIPS, _LASTS, *_FRAME, end="end"),
        form("verb:open_with, topic:freeze", _CLIPS, _LASTS, *_FRAME, end="start"),
        form("verb:make|set|longer|shorter, topic:freeze", "lasts!!=duration@for|-|to|as", "whole*=whole", way="last", weight=1),
        form("verb:remove|undo|off, topic:freeze", "clips=clips|files@-|of|in|on|from|ba", way="remove"),
    ),
    ("holds one picture still for a while", "定格画面"),
    ("freeze the frame at 0:05 for 2 seconds", "freeze the last frame of clip 2", "end on a freeze frame", "在0:05处定格2秒"),
    _freeze,
    frozenset({"clips", "texts", "sounds"}),
    asks={"at": _WHEN},
)  # fmt: skip
