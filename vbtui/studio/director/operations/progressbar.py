"""progressbar: a bar along the picture's edge that grows with the video, put there, changed, taken away."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import overlay
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.timeline.model import VIDEO

_SIZE, _WIDER, _SMALLEST, _LARGEST = 0.015, 1.6, 0.005, 0.1
_PLAIN = {"place": "bottom", "color": "#FFFFFF", "size": _SIZE}


def _there(work: Work) -> list[d.Json]:
    every = d.overlays(work.draft or {})
    return [one for one in every if d.meta(one)["overlay"].get("type") == "bar"]


def _bar(work: Work, slots: Slots) -> Json:
    there = _there(work)
    way = value(slots, "way")
    adds = any(one.is_("verb", "add", "create") for one in slots.get("head", []))
    if not there and (way in ("remove", "change")):
        raise work.refusal(
            "There is no progress bar. To have one say: add a progress bar at the bottom.",
            "没有进度条。要添加请说：在底部加进度条。",
        )
    if way == "remove":
        gone = {identity(one) for one in there}
        work.draft = d.lay_out(
            d.replace(
                work.timeline(),
                lambda kind, item: None if kind == VIDEO and identity(item) in gone else item,
            )
        )
        return {"remove": True}
    now = dict(d.meta(there[0])["overlay"]) if there else {"type": "bar", **_PLAIN}
    look, place = _look(work, slots, now), overlay.stretch(work, slots)
    if not there:
        meta = {"title": work.say("progress bar", "进度条"), "overlay": look}
        made = overlay.lay(work, {"m": {**meta, "place": place or {"at": "whole"}}})
        work.mind.speak("bar", [identity(made)])
        return {"place": look["place"], "colour": look["color"]}
    before = d.meta(there[0])["overlay"], d.meta(there[0]).get("place")
    if (look, place or before[1]) == before:
        raise work.refusal(
            "There is a progress bar already. Its colour, place and time can change: make the progress bar red, move "
            "it to the top."
            if adds
            else "It is so already.",
            "已经有进度条了。可以改颜色、位置和时间：进度条改成红色，移到顶部。"
            if adds
            else "已经是这样了。",
        )
    work.draft = d.lay_out(
        d.replace(
            work.timeline(),
            lambda kind, item: (
                d.with_meta(item, overlay=look, place=place or before[1])
                if kind == VIDEO and identity(item) == identity(there[0])
                else item
            ),
        )
    )
    work.mind.speak("bar", [identity(there[0])])
    return {"place": look["place"], "colour": look["color"]}


def _look(work: Work, slots: Slots, now: Json) -> Json:
    """`m.overlay` with what the words say."""
    look = dict(now)
    screen, colour, size = (first(slots, name) for name in ("screen", "colour", "size"))
    if screen is not None:
        said = str(screen.get("screen") or screen.get("dir") or screen.get("edge"))
        place = {"up": "top", "down": "bottom", "start": "top", "end": "bottom"}.get(said, said)
        if place not in ("top", "bottom"):
            raise work.refusal(
                "A progress bar lies along the top or the bottom.", "进度条可以在顶部或底部。"
            )
        look["place"] = place
    if colour is not None:
        look["color"] = str(colour.get("colour")).upper()
    if size is not None:
        kinds = (size.get("more"), size.get("textsize"), size.get("thick"), size.get("too"))
        said = next(str(one) for one in kinds if one is not None)
        larger = said in ("bigger", "big", "thick") if size.kind != "too" else said == "smaller"
        step = _WIDER ** (0.5 if "little" in slots else 1)
        wide = float(look["size"]) * (step if larger else 1 / step)
        look["size"] = round(min(_LARGEST, max(_SMALLEST, wide)), 4)
    return look


_LOOK = (
    "screen=screen|word:dir:up|word:dir:down",
    "colour=colour",
    "size=textsize|more|thick|too",
    "little=little",
    "letters=letters|thing:colour|thing:size",
)
_ITS = (*_LOOK, *overlay.TIME)
OPERATION = Operation(
    "progressbar",
    (
        form("verb:add|put|use|show|make|create|set|get?, topic:progressbar", *_ITS),
        form("verb:set|turn|move|keep, topic:progressbar", *_ITS, way="change", weight=1),
        form("verb:make|set|turn|put|move|show", "it!!=bar_it", *_ITS, way="change", weight=3),
        *(
            form(heads, f"{name}!!=bar_{name}", "little=little", "it=pron", "letters=letters|thing:colour|thing:size", way="change", weight=1)
            for heads in ("", "verb:make|set|move|put|turn|show")
            for name in ("size", "colour", "screen")
        ),
        form("verb:remove|off|undo|mute_away, topic:progressbar", "all=q|all", "whole*=whole@+from", "dir=dir", way="remove", weight=2),
        form("verb:take|turn, topic:progressbar", "dir!=word:dir:off|word:dir:out|word:dir:away", "whole*=whole@+from", way="remove", weight=3),
        form("nothing:, topic:progressbar", "whole*=whole@+from", way="remove", weight=2),
        form("verb:remove|off", "it!!=bar_it", way="remove", weight=3),
        form("verb:take", "it!!=bar_it", "dir!=dir", way="remove", weight=3),
    ),
    ("shows a progress bar", "进度条"),
    ("add a progress bar at the bottom", "make the progress bar red", "在底部加进度条"),
    _bar,
    frozenset({"overlays"}),
)  # fmt: skip
