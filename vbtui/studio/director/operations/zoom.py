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
    said,
)
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Work

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


def _kenburns(work: Work, slots: Slots) -> Json:
    """Over photos where nobody says over what; nearer and further away in turn."""
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
        near = {"start": 1.0, "end": _DRIFT} if number % 2 else {"start": _DRIFT, "end": 1.0}
        if pans:
            near = {"start": _DRIFT, "end": _DRIFT, "x": float(number % 2 == 0)}
            near["to_x"] = 1 - near["x"]
        return [*_rest(was), {"type": "zoom", **near}]

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
    ),
    ("moves slowly over photos", "照片推拉"),
    ("add a Ken Burns effect", "slow zoom on the photos", "给照片加运镜"),
    _kenburns,
    TOUCHES,
)
