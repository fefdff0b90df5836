"""zoom, kenburns: the camera goes nearer, further away, or slowly over clips."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations.picture import (
    ABOUT,
    FROM,
    MAKE,
    TOUCHES,
    Effects,
    apply,
    effects_of,
    said,
)
from vbtui.studio.director.values import Clips, Phrase, Pick, Thing
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_NEARER, _A_BIT, _MUCH = 1.3, 1.15, 1.6
_DRIFT = 1.15
"""How much nearer a slow move over a photo comes."""
_MOST = 4.0


def _rest(was: Effects) -> Effects:
    return [one for one in was if one.get("type") != "zoom"]


def _factor(work: Work, slots: Slots) -> float:
    amount = first(slots, "by")
    if amount is None:
        little = {one.kind for one in slots.get("little", [])}
        return _A_BIT if "little" in little else _MUCH if "much" in little else _NEARER
    number = float(amount.value)
    if amount.kind == "percent":
        number = number / 100 if amount.role == "to" and number > 100 else 1 + number / 100
    if not 1 < number <= _MOST:
        raise work.refusal(
            f"A zoom makes the picture 1 to {_MOST:g} times as large.",
            f"放大倍数在 1 到 {_MOST:g} 之间。",
        )
    return round(number, 4)


def _zoom(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return apply(work, slots, _rest) | {"remove": True}
    ways = said(slots, "zoom") or ["in"]
    factor = _factor(work, slots)
    start, end = {"in": (1.0, factor), "out": (factor, 1.0)}.get(ways[-1], (factor, factor))
    made = {"type": "zoom", "start": start, "end": end}
    return apply(work, slots, lambda was: [*_rest(was), made]) | {"start": start, "end": end}


def drift(work: Work, was: Effects, number: int, *, pans: bool = False) -> Effects:
    """A slow move over the photo with this number, from 1 on: nearer and further away in turn."""
    near: Json = {"start": 1.0, "end": _DRIFT} if number % 2 else {"start": _DRIFT, "end": 1.0}
    if pans:
        near = {"start": _DRIFT, "end": _DRIFT, "x": float(number % 2 == 0)}
        near["to_x"] = 1 - near["x"]
    return [*_rest(was), {"type": "zoom", **near}]


def drift_over(work: Work) -> None:
    """Over all photos of a new slideshow, unless they shall stand still; it is said."""
    if work.still:
        return
    clips, number = list(work.clips), 0
    for place, clip in enumerate(clips):
        if work.kind(clip) == "image":
            number += 1
            clips[place] = d.with_meta(clip, effects=drift(work, effects_of(clip), number))
    if number:
        work.set_clips(clips)
        work.note(*_DRIFTS)


_DRIFTS = (
    "The photos move gently, nearer and further away in turn; without that: no zoom.",
    "照片会轮流缓缓推近、拉远；不需要请说：不要运镜。",
)


def _kenburns(work: Work, slots: Slots) -> Json:
    """Over photos where nobody says over what; nearer and further away in turn."""
    if value(slots, "way") == "still":
        work.still = True
        if work.is_empty:
            return {"remove": True}
        work.notes = [one for one in work.notes if one not in _DRIFTS]
        slots = {"whole": [Phrase("thing", Thing("video"), 0, 0)]}
        return apply(work, slots, _rest) | {"remove": True}
    if value(slots, "way") == "remove":
        return apply(work, slots, _rest) | {"remove": True}
    bare = slots.keys().isdisjoint(("clips", "whole", "when"))
    if bare and any(work.kind(clip) == "image" for clip in work.clips):
        slots = {**slots, "clips": [Phrase("clips", Clips((Pick(kind="image"),)), 0, 0)]}
    pans = "pan" in said(slots, "zoom")
    number = 0

    def changed(was: Effects) -> Effects:
        nonlocal number
        number += 1
        return drift(work, was, number, pans=pans)

    return apply(work, slots, changed)


_BY = "by=percent|factor|times"
_ABOUT = ("slowly*=word:verb:slower|manner", "clips*=clips|files@+into", *ABOUT[1:])

ZOOM = Operation(
    "zoom",
    (
        form(f"{MAKE}, zoom:in|out|punch", _BY, "zoom*=zoom|word:topic:kenburns", *_ABOUT),
        form("verb:remove|undo|off, topic:zoom", *FROM, way="remove"),
    ),
    ("goes nearer to the middle of clips, or further away", "画面推近或拉远"),
    ("zoom in on clip 2", "zoom out of the last clip", "片段2放大画面"),
    _zoom,
    TOUCHES,
)
KENBURNS = Operation(
    "kenburns",
    (
        form(f"{MAKE}, topic:kenburns", "zoom*=zoom|word:topic:kenburns|word:topic:zoom", *_ABOUT),
        form("verb:remove|undo|off, topic:kenburns", *FROM, way="remove"),
        form("verb:keep|leave|make?, still:photos", "photos=clips", "whole=whole", way="still"),
    ),
    ("moves slowly over photos", "照片推拉"),
    ("add a Ken Burns effect", "slow zoom on the photos", "给照片加运镜"),
    _kenburns,
    TOUCHES,
)
