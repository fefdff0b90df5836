"""ramp: speeds that change little by little, for a clip, a stretch, or across all that plays one after the other.

Clips that are named have a ramp each; the video, and a stretch of it, have one that goes on from clip to clip. With a
moment, or a time that it takes, the clip keeps its speed before it and has the new one behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut, speed, split
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.pace import Pace

_TWICE = 2
_TAKES_MS = 1000
"""From one speed to the other, where it begins at a moment."""
_END_MS = 3000
"""`towards the end`, `at the start`: so much, or half of what is shorter than twice that."""
_HOW = (
    "From which speed to which? For example: ramp the speed of clip 1 from 1x to 3x.",
    "从几倍到几倍？例如：片段1的速度从1倍渐变到3倍。",
)


def _ramp(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way") or "")
    if way in ("remove", "even"):
        return _even(work, slots, keeps=way == "even")
    ways = {*([way] if way else []), *_ways(slots)}
    to = first(slots, "to")
    if to is not None and to.kind == "speed" and not to.role and "from" not in slots:
        where = cut.places(work, slots)[0]  # back to normal speed, behind a ramp
        return {"clips": where, "speed": speed.set_speed(work, where, float(to.value))}
    if way == "asked" and not work.confirmed:
        _ask_whether(work, slots)
    if "at" in slots or "lasts" in slots:
        return _from_a_moment(work, slots, ways)
    edge = _edge(slots, ways)
    where, whole = _near(work, slots, edge) if edge else cut.places(work, slots)
    films = _films(work, where)
    across = whole or "when" in slots
    runs = [films] if across else [[place] for place in films]
    clips = list(work.clips)
    said: list[tuple[float, float]] = []
    for run in runs:
        begin, end = _speeds(work, slots, ways, edge, clips[run[0]], clips[run[-1]])
        said.append((begin, end))
        for place, new in zip(run, _over([clips[at] for at in run], begin, end, work), strict=True):
            clips[place] = new
    names = [identity(clips[place]) for place in films]
    work.arrange(clips)
    if whole and not edge:
        work.mind.speak("whole", [])
    else:
        work.mind.speak("clips", names)
    _tell(work, films, said[0], across=across and not edge)
    here = [identity(clip) for clip in work.clips]
    done = {"from_speed": said[0][0], "to_speed": said[0][1]}
    return {"clips": [here.index(one) + 1 for one in names], **done}


# Which speeds


def _ways(slots: Slots) -> set[str]:
    """What the words say of the direction: up, down, rise, fall, slow, toward; `vague`: they may be about something else."""
    told = (one for name, held in slots.items() if name not in ("from", "to") for one in held)
    return {
        str(found)
        for one in told
        for kind, found in (("thing", one.thing), (one.kind, one.value), *one.others)
        if (kind, found) in _WAYS or kind == "ramp"
    }


_WAYS = {
    *(("verb", one) for one in ("faster", "slower")),
    *(("dir", one) for one in ("up", "down")),
    ("thing", "slowmo"),
}


def _speeds(
    work: Work, slots: Slots, ways: set[str], edge: str, before: d.Json, behind: d.Json
) -> tuple[float, float]:
    """From which speed to which; asks where that is not said, or not as the words say.

    Args:
        before: the clip at which it begins.
        behind: the one at which it ends.
    """
    now, then = float(d.pace_of(before).first), float(d.pace_of(behind).last)
    begin, end = _told(work, slots, "from"), _told(work, slots, "to")
    up = bool(ways & {"up", "rise", "faster"})
    down = bool(ways & {"down", "fall", "slow", "slower", "slowmo"})
    free = begin is None and end is None
    unsure = "vague" in ways and slots.keys().isdisjoint(("clips", "whole", "when", "at"))
    if (up == down and (free or up)) or (free and unsure):
        raise work.question(*_HOW, "to")
    factor = _TWICE if up else 1 / _TWICE
    swings = bool(ways & {"rise", "fall"})
    if edge == "start" and end is None and not swings:
        end = then if begin is None or begin != then else 1.0
        begin = end / factor if begin is None else begin
    if begin is None:
        begin = now / factor if swings and end is None else now
    if end is None:
        end = (now if swings else begin) * factor if up or down else then
        if "from" in slots and not swings:
            end = 1.0 if (begin > 1) == down and begin != 1 else begin * factor
    if begin == end or (up and begin > end) or (down and begin < end):
        raise work.question(*_HOW, "to")
    if not all(d.MIN_SPEED <= one <= d.MAX_SPEED for one in (begin, end)):
        raise work.refusal(
            f"Speeds go from {d.MIN_SPEED:g}x to {d.MAX_SPEED:g}x.",
            f"速度范围是 {d.MIN_SPEED:g} 到 {d.MAX_SPEED:g} 倍。",
        )
    return round(begin, 3), round(end, 3)


def _told(work: Work, slots: Slots, name: str) -> float | None:
    """The speed that is said there; None where none is."""
    found = first(slots, name)
    if found is None:
        return None
    if found.thing == "slowmo":
        return 1 / _TWICE
    amount = float(found.value)
    if found.kind == "percent":
        return amount / 100
    if amount <= 0:
        raise work.question(*_HOW, name)
    return amount


def _ask_whether(work: Work, slots: Slots) -> None:
    """`speed it up from 1x to 3x`: that can be said of what it was and shall be, too."""
    begin, end = _told(work, slots, "from"), _told(work, slots, "to")
    raise work.question(
        f"Shall the speed change little by little, from {begin:g}x to {end:g}x? All of it gets one speed by: set the "
        f"speed to {end:g}x.",
        f"要让速度从 {begin:g} 倍逐渐变到 {end:g} 倍吗？要整段同一速度请说：速度设为{end:g}倍。",
        "",
        [("yes", True), ("no", False)],
    )


# Where


def _films(work: Work, where: Sequence[int]) -> list[int]:
    """Those that play and may be changed; refuses where none can have a ramp."""
    clips = work.clips
    films = [
        place
        for place in where
        if work.kind(clips[place]) == "video" and not d.is_freeze(clips[place])
    ]
    if not films:
        raise work.refusal(
            "A picture that stands still has no speed: name a clip that is a video.",
            "静止的画面没有速度：请指定一个视频片段。",
        )
    if any("cell" in d.meta(clips[place]) for place in films):
        raise work.refusal(
            "In a split screen each clip has one speed: remove the split screen first.",
            "分屏中每个画面只能有一个速度：请先去掉分屏。",
        )
    films = [place for place in films if identity(clips[place]) not in work.locked]
    if not films:
        raise work.refusal("That clip shall stay as it is.", "这个片段要保持原样。")
    return films


def refuse_ramps(work: Work, where: Sequence[int]) -> None:
    """Before clips play beside others, where they have one speed."""
    found = [place for place in where if d.is_ramp(work.clips[place])]
    if found:
        raise work.refusal(
            f"The speed of {work.label(found)} changes little by little; beside other pictures a clip has one speed. First: "
            f"set the speed of clip {found[0] + 1} to 1x.",
            f"{work.label(found)}的速度是逐渐变化的；和其他画面同时播放时只能有一个速度。请先：片段{found[0] + 1}恢复正常速度。",
        )


def _edge(slots: Slots, ways: set[str]) -> str:
    """start, end: it lies there alone; else empty."""
    said = {
        str(edge)
        for one in slots.get("end", [])
        for kind, edge in ((one.kind, one.value), *one.others)
        if kind == "edge"
    }
    return "end" if "toward" in ways or "end" in said else "start" if "start" in said else ""


def _near(work: Work, slots: Slots, edge: str) -> tuple[list[int], bool]:
    """The part at that edge of the clip that is named, or of the video, cut out."""
    named, whole = cut.places(work, {key: slots[key] for key in slots if key != "when"})
    films = _films(work, named)
    place = films[-1] if edge == "end" else films[0]
    if not whole and len(films) > 1:
        raise work.question(*_HOW, "clips")
    clip = work.clips[place]
    length = d.length(clip)
    takes = min(_END_MS, length // 2)
    begin = d.start(clip) + (length - takes if edge == "end" else 0)
    found, moment = list(work.clips), begin if edge == "end" else begin + takes
    found, cut_at = ranges.split_at(found, moment)
    if cut_at is None:
        raise work.refusal(
            f"Clip {place + 1} is too short for that: ramp the speed of clip {place + 1} from 1x to 0.5x.",
            f"片段{place + 1}太短：可以让片段{place + 1}从1倍渐变到0.5倍。",
        )
    work.arrange(found)
    return [cut_at if edge == "end" else cut_at - 1], whole


def _from_a_moment(work: Work, slots: Slots, ways: set[str]) -> Json:
    """The clip keeps its speed until then, changes it for a while, and keeps the new one."""
    named = first(slots, "clips")
    meant = named.get("clips") if named is not None else None
    where = positions(work, meant) if isinstance(meant, Clips) and "whole" not in slots else None
    if where is not None and len(where) != 1:
        raise work.question(*_HOW, "clips")
    at = first(slots, "at")
    if at is not None:
        point = split.point(work, at, where[0] if where else None)
        place = where[0] if where else ranges.clip_at(work.clips, point)
    elif where or len(work.clips) == 1:
        place = where[0] if where else 0
        point = d.start(work.clips[place])
    else:
        raise work.question(
            "From when on? For example: ramp the speed to 2x at 0:05.",
            "从什么时候开始？例如：0:05处开始逐渐加速到2倍。",
            "at",
        )
    (place,) = _films(work, [place])
    clips = work.clips
    clip = clips[place]
    offset = point - d.start(clip)
    before, _ = d.split_clip(clip, offset) if offset else (clip, clip)
    now = d.pace_of(clip).at(offset)
    begin, end = _speeds(work, slots, ways, "", _at_speed(before, now), _at_speed(before, now))
    takes = int(value(slots, "lasts", _TAKES_MS))
    if takes < d.MIN_CLIP_MS:
        raise work.question(*_HOW, "lasts")
    plays = d.pace_of(clip)
    source = plays.played(offset) + Fraction(str(begin + end)) / 2 * takes
    until = round(plays.reached(source))
    if until > d.length(clip) - d.MIN_CLIP_MS:
        until = d.length(clip)
    edges = sorted({0, offset, until, d.length(clip)})
    start = d.start(clip)
    for edge in edges[1:-1]:
        if ranges.split_at(work.clips, start + edge)[1] != place + 1:
            raise work.refusal(
                f"The speed cannot change at {seconds(start + edge)}: that is too close to a cut.",
                f"{seconds(start + edge)} 离剪切点太近，不能在那里变速。",
            )
    parts = [clip]
    for edge in edges[1:-1]:
        parts[-1:] = d.split_clip(parts[-1], edge - edges[edges.index(edge) - 1])
    index = 1 if offset else 0
    parts[index] = d.with_speed(parts[index], begin, work.media, to=end)
    parts[index + 1 :] = [d.with_speed(one, end, work.media) for one in parts[index + 1 :]]
    work.arrange([*clips[:place], *parts, *clips[place + 1 :]])
    changed = work.clips[place + index]
    work.mind.speak("clips", [identity(changed)])
    if "lasts" not in slots:
        work.note(
            f"From {begin:g}x to {end:g}x within {seconds(d.length(changed))}.",
            f"在 {seconds(d.length(changed))} 内从 {begin:g} 倍变到 {end:g} 倍。",
        )
    done = {"from_speed": begin, "to_speed": end}
    return {"at_ms": d.start(changed), "lasts_ms": d.length(changed), **done}


def _at_speed(clip: d.Json, speed: Fraction) -> d.Json:
    return d.with_meta(clip, speed=round(float(speed), 4), ramp=None)


# What it does


def _over(clips: Sequence[d.Json], begin: float, end: float, work: Work) -> list[d.Json]:
    """One ramp over all of them, one after the other: each takes what of it its part of the source needs."""
    if len(clips) == 1:
        return [d.with_speed(clips[0], begin, work.media, to=end)]
    parts = [d.pace_of(clip).played(d.length(clip)) for clip in clips]
    first_speed, last_speed = Fraction(str(begin)), Fraction(str(end))
    lasts = round(2 * sum(parts) / (first_speed + last_speed))
    ramp = Pace(first_speed, last_speed, lasts)
    found: list[d.Json] = []
    played = Fraction(0)
    for clip, part in zip(clips, parts, strict=True):
        low, high = (ramp.at(ramp.reached(at)) for at in (played, played + part))
        found.append(d.with_speed(clip, float(low), work.media, to=float(high)))
        played += part
    return found


def _tell(work: Work, films: Sequence[int], speeds: tuple[float, float], *, across: bool) -> None:
    begin, end = speeds
    if across and len(films) > 1:
        work.note(
            f"From {begin:g}x where it begins to {end:g}x where it ends, over {len(films)} videos.",
            f"从开头的 {begin:g} 倍到结尾的 {end:g} 倍，跨 {len(films)} 段视频。",
        )


def _even(work: Work, slots: Slots, *, keeps: bool) -> Json:
    """One speed again: the file's own, or the mean, in which it is as long as it was."""
    named = "clips" in slots
    where = cut.places(work, slots)[0] if named else range(len(work.clips))
    clips = list(work.clips)
    found = [place for place in where if d.is_ramp(clips[place])]
    if not found:
        raise work.refusal("No speed changes little by little.", "没有逐渐变化的速度。")
    for place in found:
        if identity(clips[place]) not in work.locked:
            one = float(d.speed_of(clips[place])) if keeps else 1.0
            clips[place] = d.with_speed(clips[place], one, work.media)
    work.arrange(clips)
    return {"clips": [place + 1 for place in found], "remove": True}


_SPEED = "factor|times|speed|percent|frac|thing:slowmo"
_FROM, _TO = f"from={_SPEED}@from", f"to={_SPEED}@to|into|-|by|at"
_ABOUT = (
    "clips=clips|files@-|of|in|on|from|with|for|ba|at|to|over|across",
    "whole*=whole|thing:speed|thing:video",
    "when=when",
    "ways*=ramp|thing:slowmo|dir@+into|to",
    "end*=edge",
    "at=moment|time@at|from|on|-|in",
    "lasts=duration@on|for|in|within|over|-",
    "playing=word:verb:play",
)
_MAKE = "verb:make|set|play|put|add|create|do|use|change|apply|start?"

OPERATION = Operation(
    "speed",
    (
        form(f"{_MAKE}, topic:ramp", _FROM, _TO, *_ABOUT),
        form("verb:faster|slower, ramp:gradual|toward", _FROM, _TO, *_ABOUT),
        form("verb:increase, thing:speed, ramp:gradual|toward", _FROM, _TO, *_ABOUT, way="up"),
        form("verb:decrease, thing:speed, ramp:gradual|toward", _FROM, _TO, *_ABOUT, way="down"),
        form("thing:speed, dir:up, ramp:gradual|toward", _FROM, _TO, *_ABOUT, way="up"),
        form("thing:speed, dir:down, ramp:gradual|toward", _FROM, _TO, *_ABOUT, way="down"),
        form(f"{_MAKE}, thing:speed, ramp:gradual", _FROM, _TO, *_ABOUT),
        form(f"{_MAKE}, ramp:gradual", _FROM, f"to!!={_SPEED}@to|into|by|-", *_ABOUT),
        form("verb:faster|slower|make|set|change|increase|play?, thing:speed?", f"from!!={_SPEED}@from", f"to!!={_SPEED}@to", *_ABOUT[:3], way="asked"),
        form("verb:remove|undo|off, topic:ramp", "clips=clips|files@-|of|in|on|from|ba|at", "whole*=whole", way="remove", weight=1),
        form(f"{_MAKE}, ramp:even", "clips=clips|files@-|of|in|on|from|ba|at", "whole*=whole|thing:speed", way="even"),
    ),
    ("changes the speed little by little", "让速度逐渐变化"),
    ("ramp the speed of clip 2 from 1x to 3x", "start slow and get faster", "slow down towards the end", "片段1逐渐加速到2倍"),
    _ramp,
    frozenset({"clips", "texts", "sounds"}),
    asks={"to": _HOW},
)  # fmt: skip
