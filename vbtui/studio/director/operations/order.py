"""reorder: which clip comes when – moved, swapped, sorted, shuffled, or named one after the other."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import NamedTuple

from vbtui.base.text import clean_line
from vbtui.studio.director import ranges, sequence
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import files_meant, identity, moment, positions, see
from vbtui.studio.director.values import Clips, Edge, Phrase, Pick, Place, When
from vbtui.studio.director.work import Refusal, Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


class Target(NamedTuple):
    """Where a clip goes: one of these is set."""

    slot: int | None = None
    """0: the start; -1: the end; else its place among all clips, from 0 on."""
    at_ms: int | None = None
    place: Place | None = None
    shift: int = 0


def place_of(slots: Slots) -> Target | None:
    """What the words say of the place; None where they say nothing."""
    found = first(slots, "to")
    if found is None:
        return None
    place = found.get("place")
    if isinstance(place, Place):
        return (
            Target(slot=place.number - 1 if place.number > 0 else -1)
            if place.where == "nth"
            else Target(place=place)
        )
    when = found.get("when")
    if isinstance(when, When) and when.vague in ("opening", "closing"):
        return Target(slot=0 if when.vague == "opening" else -1)
    edge = found.get("edge")
    if edge in ("start", "end"):
        return Target(slot=0 if edge == "start" else -1)
    if edge == "mid" or (isinstance(when, When) and when.vague == "middle"):
        return Target(place=Place("mid"))
    at = found.get("moment")
    if isinstance(at, Edge):
        return Target(at_ms=at.ms)
    if found.is_("ord"):
        return Target(slot=int(found.get("ord")) - 1)
    if found.is_("rank", "last", "last_n") or found.is_("screen", "bottom"):
        return Target(slot=-1)
    if found.is_("screen", "top") or found.is_("rank", "first_n"):
        return Target(slot=0)
    way = found.get("dir")
    if way in ("earlier", "up", "later", "down"):
        steps = int(value(slots, "steps", 1))
        return Target(shift=-steps if way in ("earlier", "up") else steps)
    if found.is_("rank", "penultimate"):
        return Target(slot=-2)
    clips = found.get("clips")
    if isinstance(clips, Clips) and len(clips.picks[0].ranks) == 1:
        rank = clips.picks[0].ranks[0]
        return Target(slot=rank - 1 if rank > 0 else rank)
    number = found.get("number")
    if number is None:
        return None
    return Target(slot=int(number) - 1 if number > 0 else int(number))


def index_of(work: Work, target: Target, moving: list[int]) -> int:
    """Where among the clips that stay the moved ones go."""
    rest = [place for place in range(len(work.clips)) if place not in moving]
    if target.slot is not None:
        slot = target.slot if target.slot >= 0 else len(rest) + 1 + target.slot
        return max(0, min(slot, len(rest)))
    if target.shift:
        return max(0, min(len(rest), min(moving) + target.shift))
    if target.at_ms is not None:
        at = ranges.clip_at(work.clips, moment(work, Edge(0, target.at_ms), work.total()))
        return sum(1 for place in range(at) if place not in moving)
    assert target.place is not None
    if target.place.where == "mid":
        return len(rest) // 2
    if target.place.clips is None:
        spoken = [p for p, c in enumerate(work.clips) if identity(c) in work.mind.spoken]
        spoken = [place for place in spoken if place not in moving]
        if target.place.where == "between" and len(rest) == 2:
            return 1
        if target.place.where == "between" and len(spoken) == 2 and spoken[1] - spoken[0] == 1:
            return sum(1 for place in range(spoken[1]) if place not in moving)
        raise where_to(work)
    anchors = positions(work, target.place.clips, speak=False)
    anchors = [place for place in anchors if place not in moving]
    if not anchors:
        raise where_to(work)
    if target.place.where == "after":
        return sum(1 for place in range(max(anchors) + 1) if place not in moving)
    anchor = min(anchors) + (1 if target.place.where == "between" else 0)
    return sum(1 for place in range(anchor) if place not in moving)


def where_to(work: Work) -> Exception:
    """The question for the place."""
    return work.question(
        "Where to? For example: to the start, or after clip 3.",
        "移到哪里？例如：移到开头，或片段3后面。",
        "to",
        [
            ("to the start", Phrase("edge", "start", 0, 0)),
            ("to the end", Phrase("edge", "end", 0, 0)),
        ],
    )


def settle(work: Work, clips: list[d.Json]) -> None:
    """The clips in this order; transitions stay where they were."""
    joins, target = d.joins(work.clips), work.target
    work.arrange(d.with_joins(clips, joins))
    work.keep_target(target)


def insert(
    work: Work, files: list[Media], place: Target | None, length_ms: int | None = None
) -> Json:
    """The files as clips at this place (None: at the end); a clip that plays there is cut in two."""
    width, height = sequence.canvas(work.timeline())
    chosen = str(d.meta(work.timeline()).get("fit") or "")
    new = []
    for asset in files:
        if asset.kind != "image" and asset.duration_ms < d.MIN_CLIP_MS:
            raise work.refusal(
                f"{clean_line(asset.filename)} has no length that could be shown.",
                f"{clean_line(asset.filename)} 没有可显示的时长。",
            )
        clip = d.new_clip(asset, fit=chosen or sequence.natural_fit(asset, width, height))
        if length_ms is not None:
            clip = d.with_length(clip, max(d.MIN_CLIP_MS, length_ms), work.media)
        new.append(clip)
    clips = work.clips
    if place is not None and place.at_ms is not None and place.at_ms < work.total():
        clips, found = ranges.split_at(clips, place.at_ms)
        index = found if found is not None else ranges.clip_at(clips, place.at_ms)
    else:
        index = len(clips) if place is None else index_of(work, place, [])
    before = {identity(clip) for clip in work.clips}
    work.arrange([*clips[:index], *new, *clips[index:]])
    made = [identity(clip) for clip in work.clips if identity(clip) not in before]
    work.mind.speak("clips", made)
    return {"at": index + 1}


def move(work: Work, slots: Slots) -> Json:
    """The clips that are meant, to where the words say."""
    found = first(slots, "clips")
    clips: Clips = found.get("clips") if found else Clips((Pick(pronoun="it"),))
    target = place_of(slots)
    if target is None:
        raise where_to(work)
    if work.is_empty and target.slot == 0 and all(pick.files for pick in clips.picks):
        return _follow(work, slots | {"way": [Phrase("preset", "first", 0, 0)]})
    if work.is_empty and not any(pick.files for pick in clips.picks):
        work.build(work.pictures)
        see(work)
    if target.place is not None and target.place.clips is not None and not work.is_empty:
        anchors = [
            identity(work.clips[p]) for p in positions(work, target.place.clips, speak=False)
        ]
        fixed = replace(target.place, clips=Clips((Pick(segments=tuple(anchors)),)))
        target = target._replace(place=fixed)
    here = {str(d.meta(clip).get("asset")) for clip in work.clips}
    named = [pick for pick in clips.picks if pick.files]
    if named and not any(file in here for pick in named for file in pick.files):
        return insert(work, files_meant(work, clips), target)
    try:
        moving = positions(work, clips)
    except Refusal:
        missing = [one for one in files_meant(work, clips) if one.id not in here]
        if not missing:
            raise

        return insert(work, missing, target)
    index = index_of(work, target, moving)
    now = work.clips
    rest = [clip for place, clip in enumerate(now) if place not in moving]
    settle(work, [*rest[:index], *(now[place] for place in moving), *rest[index:]])
    work.mind.placed = index + len(moving)
    return {"way": "move", "clips": [place + 1 for place in moving], "to": index + 1}


def _swap(work: Work, slots: Slots) -> Json:
    found = slots.get("clips", [])
    where = [place for one in found for place in positions(work, one.get("clips"))]
    if len(where) != 2:
        raise work.question(
            "Which two? For example: swap clip 1 and clip 2.",
            "交换哪两个？例如：交换片段1和片段2。",
            "clips",
        )
    clips = list(work.clips)
    one, other = where
    clips[one], clips[other] = clips[other], clips[one]
    settle(work, clips)
    return {"way": "swap", "clips": [one + 1, other + 1]}


def _arrange(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way"))
    clips = list(work.clips)
    found = first(slots, "clips")
    meant = found.get("clips") if found is not None else None
    where = sorted(positions(work, meant)) if isinstance(meant, Clips) else list(range(len(clips)))
    some = [clips[place] for place in where]
    if way == "sort":
        some.sort(key=lambda clip: work.name(clip).casefold(), reverse="down" in slots)
    elif way == "shuffle":
        random.Random(len(some)).shuffle(some)
    else:
        some.reverse()
    for place, clip in zip(where, some, strict=True):
        clips[place] = clip
    if clips == work.clips and not work.built:
        work.note("They are in that order already.", "已经是这个顺序了。")
    settle(work, clips)
    return {"way": way}


def _follow(work: Work, slots: Slots) -> Json:
    """`start with the town, then the interview, then the rest`: each goes behind the one before."""
    found = first(slots, "clips")
    clips: Clips = found.get("clips") if found else Clips((Pick(),))
    way = str(value(slots, "way"))
    if work.is_empty:
        files = files_meant(work, clips)
        work.build(files)
        see(work)
        work.mind.placed = len(work.clips)
        work.mind.speak("clips", [identity(clip) for clip in work.clips])
        return {"way": way, "files": [one.filename for one in files]}
    placed = 0 if way == "first" else work.mind.placed
    if work.built and way != "last":
        here = {str(d.meta(clip).get("asset")) for clip in work.clips}
        wanted = [one for one in files_meant(work, clips) if one.id not in here]
        insert(work, wanted, None)
        work.mind.placed = len(work.clips)
        return {"way": "next", "files": [one.filename for one in wanted]}
    if way == "last" and work.built:
        return insert(work, files_meant(work, clips), None)
    moving = [place for place in positions(work, clips) if way == "last" or place >= placed]
    now = work.clips
    rest = [clip for place, clip in enumerate(now) if place not in moving]
    index = len(rest) if way == "last" else placed
    settle(work, [*rest[:index], *(now[place] for place in moving), *rest[index:]])
    work.mind.placed = index + len(moving)
    return {"way": way, "clips": [place + 1 for place in moving], "to": index + 1}


def _reorder(work: Work, slots: Slots) -> Json:
    way = str(value(slots, "way"))
    if way == "swap":
        return _swap(work, slots)
    if way not in ("first", "next", "last", "move"):
        return _arrange(work, slots)
    result = move(work, slots) if way == "move" else _follow(work, slots)
    if (lasts := value(slots, "length")) is not None:
        there = [p for p, clip in enumerate(work.clips) if identity(clip) in work.mind.spoken]
        ranges.set_each(work, there, int(lasts))
        result["length_ms"] = int(lasts)
    return result


_LASTS = "length=duration@for|each"
_IS = "is=word:verb:say"
_TO = "to=place|edge|moment|ord|rank|dir|number|screen|nth|ends|middle"
_TO_ALONE = "to!=place|edge|moment|ord|rank|dir|number|nth_bare"
TO_NEEDED = (
    "to!=place|edge|moment|ord|rank|dir|number|word:screen:left|word:screen:right|nth|ends|middle"
)

OPERATION = Operation(
    "reorder",
    (
        form("verb:move", "clips!=clips|files", TO_NEEDED, "steps=places", _LASTS, way="move"),
        form(
            "verb:put",
            "clips!=clips|files",
            TO_NEEDED,
            "steps=places",
            _LASTS,
            way="move",
            weight=1,
        ),
        form("", "clips!=clips|files", "to!!=dir", "steps!!=places", way="move", weight=-2),
        form(
            "verb:take|get",
            "clips!=clips|files",
            "to!!=edge|place|ord|rank|nth@to|at|before|after|between",
            way="move",
            weight=-1,
        ),
        form("verb:put|move", _TO_ALONE, way="move", weight=-2),
        form(
            "verb:show|play",
            "clips!=clips|files",
            "to!!=place@before|after|between",
            way="move",
            weight=1,
        ),
        form("verb:show|play", "clips!=clips|files", "to!!=nth_bare@-", way="move", weight=1),
        form("verb:put", "to!=nth", way="move", weight=-2),
        form("verb:move, goal:", "to!=nth", way="move", weight=-2),
        form("verb:move", "to!=nth@to|at|into|in", way="move", weight=-2),
        form(
            "verb:make|turn|set",
            "clips!=clips|files",
            "to!=ord|rank|nth|counted|ends@+as",
            way="move",
            strict=True,
            weight=-1,
        ),
        form(
            "verb:swap",
            "clips!*=clips|files",
            "order=thing:order|thing:position",
            way="swap",
            weight=1,
        ),
        form("verb:sort", "clips=clips|whole|thing:order", way="sort"),
        form(
            "verb:sort",
            "clips=clips|whole|thing:order",
            "down!!=word:topic:reverse|word:verb:flip_order",
            way="sort",
        ),
        form("verb:shuffle", "clips=clips|whole|thing:order", "order=thing:order", way="shuffle"),
        form(
            "verb:play|show|put|make|move?, verb:flip_order",
            "clips=clips|whole|thing:order",
            way="reverse",
        ),
        form("topic:reverse, thing:order", "clips=clips|whole", way="reverse", weight=3),
        form("verb:flip_order, thing:order", "clips=clips|whole", way="reverse", weight=1),
        form("", "clips!=files", "to!=ord|rank|nth@+as", _IS, way="move", weight=-2),
        form("", "clips!=clips", "to!!=nth_bare", _IS, way="move", weight=-3),
        form("", "clips!=clips|files", "to!=edge@at|to|in", way="move", weight=-2),
        form("", "clips!=clips|files", "to!=place@after|before|between", way="move", weight=-2),
        form("verb:open_with", "clips!=clips|files", "length=duration@for|-", way="first"),
        form("verb:end_with", "clips!=clips|files", _LASTS, way="last"),
        form("next:", "clips!=clips|files", _LASTS, way="next"),
        form(
            "thing:order",
            "clips!!=clips|files",
            "be=word:verb:be|word:verb:make|word:verb:set",
            way="first",
            weight=-3,
        ),
    ),
    ("puts clips in another order", "改变片段顺序"),
    ("move clip 2 to the start", "swap clip 1 and clip 2", "shuffle the clips", "把片段2移到开头"),
    _reorder,
    frozenset({"clips", "texts"}),
    asks={
        "clips": ("Which clip?", "哪个片段？"),
        "to": (
            "Where to? For example: to the start, or after clip 3.",
            "移到哪里？例如：移到开头，或片段3后面。",
        ),
    },
)
