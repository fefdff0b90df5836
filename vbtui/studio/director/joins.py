"""Between the clips and at the ends: transitions and fades."""

from __future__ import annotations

from itertools import pairwise

from vbtui.studio.director import ranges
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, between, seconds
from vbtui.studio.director.phrases import Place
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO

CROSSFADE_MS = 500
FADE_MS = 1000
_LONGEST_MS = 10_000
_NAMES = {
    "crossfade": ("crossfade", "交叉淡化"),
    "fade": ("fade through black", "黑场过渡"),
    "fadewhite": ("fade through white", "闪白"),
    "wipe": ("wipe", "擦除"),
    "slide": ("slide", "滑动"),
    "circle": ("circle", "圆形"),
}


def handle(clause: Clause, desk: Desk) -> bool:
    """Transitions and fades, added, changed, removed."""
    if clause.has("unsupported") or clause.has("quote"):
        return False
    if clause.has("transition") or clause.has("noun", "transition"):
        return _transition(clause, desk)
    if clause.has("fade"):
        between = any(i.kind == "where" and i.value.where == "between" for i in clause.items)
        return _transition(clause, desk) if between else _fade(clause, desk)
    return False


# Transitions


def _transition(clause: Clause, desk: Desk) -> bool:
    types = clause.take_all("transition")
    clause.take_all("noun", "transition", "video", "everything", "clip", "duration")
    clause.take_all("fade")
    clause.take_all("select", "all")
    length = clause.take("duration")
    factor = {"extend": 2.0, "bigger": 2.0, "shorten": 0.5, "smaller": 0.5}.get(clause.verb)
    kind = str(types[0]) if types else ""
    remove = clause.verb == "remove" or kind == "cut"
    chosen = _chosen(clause, desk)
    clips = desk.clips
    if len(clips) < 2:
        raise desk.refusal(
            "A transition needs two clips, and there is only one on the timeline.",
            "转场需要两个片段，时间线上只有一个。",
        )
    return set_joins(desk, chosen, kind, length, factor, remove=remove)


def set_joins(
    desk: Desk,
    chosen: list[int] | None,
    kind: str,
    length: int | None = None,
    factor: float | None = None,
    *,
    remove: bool = False,
) -> bool:
    """Transitions at these joins (None: at all): of this kind and length in ms, or none."""
    clips, target = desk.clips, desk.target
    before = d.joins(clips)
    after: list[d.Json | None] = list(before)
    for index in chosen if chosen is not None else range(len(before)):
        old = before[index]
        if remove:
            after[index] = None
        elif old and not kind and length is None and factor is None:
            continue
        else:
            after[index] = _wanted(old, kind, length, factor)
    desk.arrange(d.with_joins(clips, after))
    _tell_transition(desk, before, chosen, remove)
    desk.keep_target(target)
    return True


def _wanted(old: d.Json | None, kind: str, length: int | None, factor: float | None) -> d.Json:
    now = d.whole((old or {}).get("d"), CROSSFADE_MS) or CROSSFADE_MS
    wanted = length if length is not None else round(now * (factor or 1))
    wanted = min(_LONGEST_MS, max(d.MIN_TRANSITION_MS, wanted))
    return {**(old or {}), "type": kind or str((old or {}).get("type") or "crossfade"), "d": wanted}


def _chosen(clause: Clause, desk: Desk) -> list[int] | None:
    """Which joins are meant (0: between clips 1 and 2); None for all."""
    place = clause.place(
        "between", "on", "before", "after", "time", "to_time", "start", "end", "mid"
    )
    ref = clause.ref()
    clips = desk.clips
    if place is not None and place.where in ("time", "to_time"):
        return [_nearest(desk, clips, place.ms)]
    if place is not None and place.ref is not None:
        return _joins_of(desk, place)
    if ref is not None and not ref.every:
        positions = desk.targets(ref)
        between = [p for p in positions if p - 1 in positions]
        return [p - 1 for p in (between or [p for p in positions if p > 0])]
    return None


def _joins_of(desk: Desk, place: Place) -> list[int] | None:
    assert place.ref is not None
    if place.ref.every:
        return None
    positions = desk.targets(place.ref)
    last = len(desk.clips) - 1
    if place.where == "between" and len(positions) > 1:
        found = [max(a, b) - 1 for a, b in pairwise(positions) if abs(a - b) == 1]
        if not found:
            raise desk.refusal(
                "These clips do not follow each other: a transition joins neighbours.",
                "这些片段不相邻：转场只能在相邻片段之间。",
            )
        return found
    if place.where == "after":
        found = [p for p in positions if p < last]
    else:
        found = [p - 1 for p in positions if p > 0]
    if not found:
        raise desk.refusal(
            "There is no clip to come from or to go to there.", "那里没有可以衔接的片段。"
        )
    return found


def _nearest(desk: Desk, clips: list[d.Json], moment: int) -> int:
    if len(clips) < 2:
        return 0
    borders = ranges.edges(clips)[1:]
    index = min(range(len(borders)), key=lambda i: abs(borders[i] - moment))
    if abs(borders[index] - moment) > 1000:
        desk.note(
            f"The nearest cut is at {seconds(borders[index])}.",
            f"最近的剪切点在 {seconds(borders[index])}。",
        )
    return index


def _tell_transition(
    desk: Desk, before: list[d.Json | None], chosen: list[int] | None, removed: bool
) -> None:
    after = d.joins(desk.clips)
    indices = list(range(len(after))) if chosen is None else chosen
    where = desk.say("between all clips", "所有片段之间")
    if chosen is not None:
        pairs = ", ".join(f"{i + 1}/{i + 2}" for i in chosen)
        where = desk.say(f"between clips {pairs}", f"片段 {pairs} 之间")
    if removed:
        desk.did(
            f"Removed the transitions {where}.", f"删除了{where}的转场。", "remove_transitions"
        )
        return
    if before == after:
        desk.did(
            f"Transitions {where} are there already.", f"{where}已经有转场了。", "add_transitions"
        )
        return
    now = [join for i in indices if (join := after[i])]
    lengths = sorted({d.whole(join.get("d")) for join in now})
    if not lengths:
        raise desk.refusal("The clips are too short for transitions.", "片段太短，放不下转场。")
    kinds = list(dict.fromkeys(str(join.get("type")) for join in now))
    name = ", ".join(_NAMES.get(kind, (kind, kind))[0] for kind in kinds)
    name_zh = "、".join(_NAMES.get(kind, (kind, kind))[1] for kind in kinds)
    spread = seconds(lengths[-1])
    if len(lengths) > 1:
        spread = f"{between(lengths[0], lengths[-1])}"
        desk.note(
            "A transition takes at most half of the shorter clip beside it.",
            "转场最多占相邻较短片段的一半。",
        )
    desk.did(
        f"Added transitions ({name}, {spread}) {where}.",
        f"在{where}加了转场（{name_zh}，{spread}）。",
        "add_transitions",
        types=kinds,
        duration_ms=lengths[-1],
        count=len(now),
    )


# Fades


def _fade(clause: Clause, desk: Desk) -> bool:
    kinds = clause.take_all("fade")
    out = bool(clause.take_all("out"))
    clause.take_all("colour", "#000000")
    clause.take_all("noun", "video", "everything")
    ways = {"in", "out"} if "both" in kinds and not out else {k for k in kinds if k != "both"}
    ways |= {"out"} if out else set()
    length = min(_LONGEST_MS, clause.take("duration") or FADE_MS)
    music = bool(clause.take_all("noun", "music"))
    sound = bool(clause.take_all("noun", "sound", "volume"))
    places = {place.where for place in clause.take_all("where")}
    if len(ways) == 2 and len(places & {"start", "end"}) == 1 and len(kinds) == 1 and not out:
        ways = {"in"} if "start" in places else {"out"}
    ref = clause.ref()
    remove = clause.verb == "remove"
    changes = {f"fade_{way}": (None if remove else length) for way in sorted(ways)}
    if music or (sound and d.sounds(desk.draft or {})):
        return _fade_music(desk, changes, remove)
    positions = desk.targets(ref) if ref is not None and not (ref.every and not ref.only) else None
    _fade_clips(desk, changes, positions)
    named = desk.label(positions) if positions is not None else desk.say("the video", "视频")
    way, way_zh = _ways(ways)
    verb, verb_zh = ("Removed the fade", "取消了") if remove else ("Fades", "设置了")
    if remove:
        desk.did(f"{verb} {way} of {named}.", f"{verb_zh}{named}的{way_zh}。", "remove_fade")
    else:
        desk.did(
            f"{named[:1].upper()}{named[1:]} fades {way} ({seconds(length)}).",
            f"{named}{way_zh}（{seconds(length)}）。",
            "add_fade",
            ways=sorted(ways),
            duration_ms=length,
        )
    if sound and not remove:
        desk.note(
            "A clip's sound fades together with its picture.", "片段的声音与画面一起淡入淡出。"
        )
    return True


def _ways(ways: set[str]) -> tuple[str, str]:
    if len(ways) == 2:
        return "in and out", "淡入淡出"
    return ("in", "淡入") if "in" in ways else ("out", "淡出")


def _fade_clips(desk: Desk, changes: dict[str, int | None], positions: list[int] | None) -> None:
    """At the ends of these clips; without any at the start and end of the whole."""
    clips = list(desk.clips)
    for key, value in changes.items():
        edge = [0] if key == "fade_in" else [len(clips) - 1]
        for position in positions if positions is not None else edge:
            limit = d.length(clips[position]) // 2
            fitted = min(value, limit) if value is not None else None
            clips[position] = d.with_meta(clips[position], **{key: fitted})
    target = desk.target
    desk.arrange(clips)
    desk.draft = d.with_meta(desk.timeline(), target=target or None)


def _fade_music(desk: Desk, changes: dict[str, int | None], remove: bool) -> bool:
    if not d.sounds(desk.timeline()):
        raise desk.refusal("There is no music on the timeline.", "时间线上没有音乐。")
    values = {key: (0 if remove else value) for key, value in changes.items()}
    desk.draft = d.replace(
        desk.timeline(),
        lambda kind, item: d.with_meta(item, **values) if kind == AUDIO else item,
    )
    way, way_zh = _ways({key.removeprefix("fade_") for key in changes})
    length = max((value or 0 for value in values.values()), default=0)
    desk.did(
        f"The music fades {way} ({seconds(length)})."
        if not remove
        else f"The music no longer fades {way}.",
        f"音乐{way_zh}（{seconds(length)}）。" if not remove else f"取消了音乐的{way_zh}。",
        "fade_music",
        **values,
    )
    return True
