"""hide: a part of the picture of clips is blurred or pixelated, so that nobody can make out what is there."""

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
    stepped,
    strength,
)
from vbtui.studio.director.work import Work

_CORNER, _SIDE, _MIDDLE = 0.3, 0.25, 0.4
"""How much of width and height is hidden where nobody says it."""
_AMOUNT = 0.6
_SIDES = {
    "left": ("right",), "right": ("left",), "top": ("bottom",), "bottom": ("top",),
    "top_left": ("bottom", "right"), "top_right": ("bottom", "left"),
    "bottom_left": ("top", "right"), "bottom_right": ("top", "left"),
    "center": ("left", "top", "right", "bottom"),
}  # fmt: skip
"""By the place that is hidden: at which sides the picture stays clear."""


def _hide(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return _shown_again(work, slots)
    steps = value(slots, "steps")
    if steps is not None:
        return apply(work, slots, lambda was: [stepped(one, "hide", steps) for one in was])
    if any(one.get("type") == "zoom" for clip in work.clips for one in effects_of(clip)):
        raise work.refusal(
            "A clip is zoomed, and the part would move with it. Take the zoom away first: remove the zoom.",
            "有片段做了缩放，遮挡的部分会跟着移动。请先去掉缩放：去掉放大效果。",
        )
    made = {"type": "hide", "how": _how(slots), **_area(work, slots), "amount": _amount(slots)}

    def changed(was: Effects) -> Effects:
        same = [one for one in was if one.get("type") == "hide" and _place(one) == _place(made)]
        return [*(one for one in was if one not in same), made]

    return apply(work, slots, changed) | {
        key: one for key, one in made.items() if key != "type" and one != "blur"
    }


def _how(slots: Slots) -> str:
    is_blur = any(one.is_("effect", "blur") for one in slots.get("head", []))
    return "blur" if is_blur else "pixelate"


def _amount(slots: Slots) -> float:
    return strength(slots) if slots.keys() & {"by", "little"} else _AMOUNT


def _area(work: Work, slots: Slots) -> Json:
    """The shares that stay clear at the sides."""
    named = [*said(slots, "screen"), *said(slots, "region")]
    share = first(slots, "share")
    part = None if share is None else float(share.value) / (100 if share.kind == "percent" else 1)
    if len(dict.fromkeys(named)) != 1 or (part is not None and not 0 < part < 1):
        raise work.question(
            "Which part of the picture? For example: the bottom right corner, the left half, the top 20%.",
            "画面的哪一部分？例如：右下角、左半边、顶部20%。",
            "area",
        )
    name = named[0].removeprefix("to_")
    if said(slots, "region"):
        part = 1 / 3 if name.endswith("3") else 0.5
        name = name.removesuffix("3").replace("middle", "center")
    sides = _SIDES[name]
    if name == "center":
        clear = (1 - (part or _MIDDLE)) / 2
    else:
        clear = 1 - (part or (_CORNER if len(sides) == 2 else _SIDE))
    return {side: round(clear, 4) for side in sides}


def _place(one: Json) -> list[object]:
    return [one.get(side, 0) for side in ("left", "top", "right", "bottom")]


def _shown_again(work: Work, slots: Slots) -> Json:
    area = _area(work, slots) if slots.keys() & {"area"} else None

    def left(one: Json) -> bool:
        return one.get("type") != "hide" or (area is not None and not _is_there(one, area))

    if not any(one.get("type") == "hide" for clip in work.clips for one in effects_of(clip)):
        raise work.refusal(
            "Nothing is hidden by the local studio there; what is blurred in the file itself cannot be made clear.",
            "这里没有本地工作室加的遮挡；文件里原有的马赛克或模糊无法还原。",
        )
    return apply(work, slots, lambda was: [one for one in was if left(one)]) | {"remove": True}


def _is_there(one: Json, area: Json) -> bool:
    """Whether it lies in the same corner, or at the same side, of whatever size."""
    return {side for side in ("left", "top", "right", "bottom") if one.get(side)} == set(area)


_AREA = "area*!!=screen|region|word:region:left|word:region:right"
_ALSO = ("corner*=corner|wide", "what*=word:topic:blur|word:effect:blur")
_WHICH = (
    *_ALSO,
    "share=percent|frac@-|of|at|in|on|to",
    "by=percent|number@by",
    *ABOUT,
)
OPERATION = Operation(
    "hide",
    (
        form(f"{MAKE}, effect:blur|topic:blur", _AREA, *_WHICH, weight=3),
        form("verb:remove|undo|off, topic:blur", "area*=screen", *_ALSO, *FROM, way="remove"),
        form("verb:remove|undo|off, effect:blur", _AREA, *_ALSO, *FROM, way="remove", weight=3),
    ),
    ("blurs or pixelates a part of the picture", "模糊画面的一部分，或打马赛克"),
    ("blur the bottom right corner of clip 2", "pixelate the top 20% of clip 1", "片段1右下角打码", "片段2左上角模糊"),
    _hide,
    TOUCHES,
)  # fmt: skip
