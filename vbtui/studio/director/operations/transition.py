"""transition: how one clip becomes the next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import moment, positions
from vbtui.studio.director.values import Clips, Edge, Phrase, Place, Thing, When
from vbtui.studio.director.work import Work, between, seconds
from vbtui.studio.project import draft as d

CROSSFADE_MS = 500
LONGEST_MS = 10_000


def set_joins(
    work: Work,
    chosen: list[int] | None,
    kind: str,
    length: int | None = None,
    factor: float | None = None,
    *,
    remove: bool = False,
    states: bool = False,
) -> Json:
    """Transitions at these joins (0: between clips 1 and 2; None: at all): of this kind and length, or none."""
    clips, target = work.clips, work.target
    before = d.joins(clips)
    after: list[d.Json | None] = list(before)
    indices = list(range(len(before))) if chosen is None else chosen
    for index in indices:
        old = before[index]
        if remove:
            after[index] = None
        elif old and not kind and length is None and factor is None:
            continue
        else:
            after[index] = _wanted(old, kind, length, factor)
    if remove and not any(before[index] for index in indices):
        if states:
            return {"between": [], "type": "cut"}
        raise work.refusal("There is no transition there.", "那里没有转场。")
    work.arrange(d.with_joins(clips, after))
    work.keep_target(target)
    if not remove:
        _tell(work, indices, length)
    return {"between": [index + 1 for index in indices], "type": "cut" if remove else kind or None}


def _wanted(old: d.Json | None, kind: str, length: int | None, factor: float | None) -> d.Json:
    now = d.whole((old or {}).get("d"), CROSSFADE_MS) or CROSSFADE_MS
    wanted = length if length is not None else round(now * (factor or 1))
    wanted = min(LONGEST_MS, max(d.MIN_TRANSITION_MS, wanted))
    return {**(old or {}), "type": kind or str((old or {}).get("type") or "crossfade"), "d": wanted}


def _tell(work: Work, indices: list[int], length: int | None) -> None:
    joins = d.joins(work.clips)
    now = [join for index in indices if (join := joins[index])]
    lengths = sorted({d.whole(join.get("d")) for join in now})
    if not lengths:
        raise work.refusal("The clips are too short for transitions.", "片段太短，放不下转场。")
    if length is not None and lengths[0] < length:
        spread = seconds(lengths[0]) if len(lengths) == 1 else between(lengths[0], lengths[-1])
        work.note(
            f"A transition takes at most half of the shorter clip beside it: {spread}.",
            f"转场最多占相邻较短片段的一半：{spread}。",
        )


def _chosen(work: Work, slots: Slots) -> list[int] | None:
    """Which joins are meant (0: between clips 1 and 2); None for all."""
    found = first(slots, "at")
    ranks = [one.value.rank for one in slots.get("head", []) if isinstance(one.value, Thing)]
    if found is None and ranks and ranks[0]:
        return _counted(work, ranks[0])
    if found is None:
        return None
    place = found.get("place")
    if isinstance(place, Place):
        return None if place.clips is None else _beside(work, place.clips, place.where)
    if isinstance(found.get("when"), When):
        raise work.question(
            "Between which clips? For example: between clips 2 and 3.",
            "在哪两段之间？例如：片段2和3之间。",
            "at",
        )
    at = found.get("moment")
    if isinstance(at, Edge):
        return [_nearest(work, moment(work, at, work.total()))]
    clips = found.get("clips")
    if not isinstance(clips, Clips):
        return None
    if clips.picks[0].ones and work.mind.ones == "transition":
        if clips.picks[0].rest:
            there = [index for index, join in enumerate(d.joins(work.clips)) if join]
            return [index for index in there if index not in work.mind.joined]
        return _counted(work, clips.picks[0].ranks[0])
    if clips.picks[0].pronoun and work.mind.of_kind != "clips":
        return None
    begin = first(slots, "begin")
    if begin is not None and begin.get("clips") == clips and clips.picks[0].some:
        return None  # from picture to picture
    where = positions(work, clips)
    if begin is not None:
        left = positions(work, begin.get("clips"), speak=False)
        if len(left) != 1 or len(where) != 1 or abs(left[0] - where[0]) != 1:
            raise work.refusal(
                "These clips do not follow each other: a transition joins neighbours.",
                "这些片段不相邻：转场只能在相邻片段之间。",
            )
        return [min(left[0], where[0])]
    if found.role == "to" and len(where) == 1 and where[0] > 0:
        return [where[0] - 1]
    if len(where) == len(work.clips):
        return None
    inner = [p - 1 for p in where if p - 1 in where]
    if clips.but:
        return inner
    if inner:
        return inner
    return [p - 1 for p in where if p > 0] or [0]


def _counted(work: Work, rank: int) -> list[int]:
    """The transition of this rank among those that are there."""
    there = [index for index, join in enumerate(d.joins(work.clips)) if join]
    index = rank - 1 if rank > 0 else len(there) + rank
    if not 0 <= index < len(there):
        raise work.refusal("There is no such transition.", "没有这样的转场。")
    return [there[index]]


def _beside(work: Work, clips: Clips, where: str) -> list[int] | None:
    if clips.picks[0].pronoun == "them" and work.mind.of_kind != "clips":
        return None
    found = sorted(positions(work, clips))
    last = len(work.clips) - 1
    if where == "between":
        if len(found) == len(work.clips) or len(found) == 1:
            return None if len(found) == len(work.clips) else [p - 1 for p in found if p > 0]
        joins = [max(a, b) - 1 for a, b in pairwise(found) if abs(a - b) == 1]
        if len(clips.picks) == 2 and len(found) > 2 and not clips.but:
            one, two = (
                positions(work, replace(clips, picks=(p,)), speak=False) for p in clips.picks
            )
            joins = [max(a, b) - 1 for a in one for b in two if abs(a - b) == 1]
        if not joins:
            raise work.refusal(
                "These clips do not follow each other: a transition joins neighbours.",
                "这些片段不相邻：转场只能在相邻片段之间。",
            )
        return joins
    joins = [p for p in found if p < last] if where == "after" else [p - 1 for p in found if p > 0]
    if not joins:
        raise work.refusal(
            "There is no clip to come from or to go to there.", "那里没有可以衔接的片段。"
        )
    return joins


def _nearest(work: Work, at: int) -> int:
    borders = ranges.edges(work.clips)[1:]
    index = min(range(len(borders)), key=lambda i: abs(borders[i] - at))
    if abs(borders[index] - at) > 1000:
        raise work.question(
            f"There is no cut at {seconds(at)}; the nearest is at {seconds(borders[index])}. Shall it be there?",
            f"{seconds(at)} 处没有剪切点，最近的在 {seconds(borders[index])}。放在那里吗？",
            "at",
            [("yes", _at(borders[index]))],
        )
    return index


def _at(ms: int) -> Phrase:
    return Phrase("moment", Edge(0, ms), 0, 0, "at")


def _transition(work: Work, slots: Slots) -> Json:
    if len(work.clips) < 2:
        raise work.refusal(
            "A transition needs two clips, and there is only one on the timeline.",
            "转场需要两个片段，时间线上只有一个。",
        )
    kinds = [
        one.get("transition")
        for one in (*slots.get("head", []), *slots.get("kind", []))
        if one.is_("transition")
    ]
    kind = str(kinds[-1]) if kinds else ""
    if first(slots, "fade") is not None and not kind:
        kind = (
            "fade" if any(one.is_("fade", "out") for one in slots.get("head", [])) else "crossfade"
        )
    way = str(value(slots, "way") or "")
    at = first(slots, "at")
    rest = at is not None and at.is_("clips") and at.get("clips").picks[0].rest
    if way == "ask" and not rest:
        raise work.question(
            "That transition, or that clip? Say for example: remove the last transition.",
            "是那个转场还是那个片段？例如：删除最后一个转场。",
        )
    length = first(slots, "length")
    factor = {"longer": 2.0, "shorter": 0.5}.get(way)
    chosen = _chosen(work, slots)
    work.mind.ones = "transition"
    if (out := value(slots, "but")) is not None:
        spared = _beside(work, out.clips, out.where) or []
        every = range(len(d.joins(work.clips))) if chosen is None else chosen
        chosen = [index for index in every if index not in spared]
    there = [index for index, join in enumerate(d.joins(work.clips)) if join]
    free = chosen is None and not {"at", "begin", "fade"} & slots.keys()
    verbs = [one for one in slots.get("head", []) if one.kind == "verb"]
    adds = any(one.is_("verb", "add", "put", "use", "combine") for one in verbs)
    if not way and free and length is not None and not adds and (verbs or not kind):
        some = [i for i in there if not kind or (d.joins(work.clips)[i] or {}).get("type") == kind]
        way = "change" if verbs and not kind else way
        chosen = some or None  # 转场都改成1秒: those that are there
    placed = way == "change" and chosen is not None
    if way in ("longer", "shorter", "change") and not placed and not there:
        raise work.refusal("There is no transition on the timeline.", "时间线上没有转场。")
    if way in ("longer", "shorter", "change") and chosen is None:
        chosen = there
    result = set_joins(
        work,
        chosen,
        "" if kind == "cut" else kind,
        int(length.value) if length is not None else None,
        None if length is not None else factor,
        remove=way in ("remove", "ask") or kind == "cut",
        states=kind == "cut" or any(one.kind == "nothing" for one in slots.get("head", [])),
    )
    if length is not None:
        result["length_ms"] = int(length.value)
    work.mind.joined = tuple(index - 1 for index in result["between"])
    return result


_WHERE = (
    "begin=clips|files@from",
    "middle=word:prep:between",
    "manner=word:manner:",
    "but=place@except",
    "at=place|clips|moment|when@+into",
    "whole*=whole|q|all|dir|each",
    "length=duration|time",
    "measure=thing:length",
    "more=transition@-",
    "little=little",
)
_ONE = "transition:crossfade|fade|fadewhite|wipe|slide|circle|cut"
_KIND = "kind=transition"

OPERATION = Operation(
    "transition",
    (
        form("verb:add|put|make|set|use?, thing:transition", _KIND, "fade=fade", *_WHERE),
        form(f"verb:add|put|make|set|use|combine|fade?, {_ONE}", "noun=thing:transition", *_WHERE),
        form("verb:remove|off, thing:transition", _KIND, *_WHERE, way="remove", weight=1),
        form(f"verb:remove|off, {_ONE}", "noun=thing:transition", *_WHERE, way="remove", weight=1),
        form("verb:take, thing:transition", "dir!=dir", *_WHERE, way="remove", weight=1),
        form(
            "verb:longer|too:longer, thing:transition",
            *_WHERE,
            "little=little|much",
            way="longer",
            weight=1,
        ),
        form(
            "verb:shorter|too:shorter, thing:transition",
            *_WHERE,
            "little=little|much",
            way="shorter",
            weight=1,
        ),
        form(f"verb:longer|too:longer, {_ONE}", *_WHERE, way="longer", weight=1),
        form(f"verb:shorter|too:shorter, {_ONE}", *_WHERE, way="shorter", weight=1),
        form("verb:fit, thing:transition", "length!!=duration", *_WHERE, way="change", weight=1),
        form(f"verb:fit, {_ONE}", "length!!=duration", *_WHERE, weight=1),
        form(
            "verb:set|make|turn|replace, thing:transition",
            "kind!=transition@to|into|-|with",
            *_WHERE,
            way="change",
            weight=1,
        ),
        form(
            f"verb:replace|swap|set|turn|make, {_ONE}",
            "kind!!=transition@with|for|by|to|into",
            *_WHERE,
            way="change",
            weight=1,
        ),
        form(
            "verb:add|put|make?, fade:both|in|out",
            "at!=place@between",
            "length=duration",
            "little=little",
            way="",
            weight=2,
            fade=True,
        ),
        form(
            "verb:fade",
            "at!=place@between",
            "length=duration",
            "little=little",
            weight=2,
            way="",
            fade=True,
        ),
        form(_ONE, "begin!!=clips|files@from|-|ba", "at!!=clips|files@into|to", "length=duration"),
        form(
            "verb:fade",
            "begin!!=clips|files@from|-",
            "at!!=clips|files@into",
            "length=duration",
            fade=True,
        ),
        form("withs:, fade:both|in|out", *_WHERE, weight=2, way="", fade=True),
        form("fade:both", "at!=place@between", "length=duration", weight=2, way="", fade=True),
        form("", "at!!=join", "length!!=duration@to|for|-", way="change", weight=3),
        form("", "at!!=join", "kind!!=transition@to|into|as|-", weight=3),
        form("verb:remove|off", "at!!=join", way="ask", weight=3),
        form(
            f"nothing:, {_ONE}",
            "kind!!=transition",
            "rather!!=instead",
            *_WHERE,
            way="change",
            weight=2,
        ),
        form("nothing:, thing:transition", *_WHERE, way="remove", weight=1),
        form(f"nothing:, {_ONE}", *_WHERE, way="remove", weight=1),
    ),
    ("puts transitions between clips", "在片段之间加转场"),
    (
        "add crossfades",
        "add a 1-second crossfade between clips 1 and 2",
        "remove the transitions",
        "加转场",
    ),
    _transition,
    frozenset({"clips", "clip:transition", "texts", "sounds"}),
)
