"""speed: how fast clips play, set or changed, for all of a clip or a stretch of the timeline."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_FASTER, _SLOWER = 1.5, 0.5
_A_BIT_FASTER, _A_BIT_SLOWER = 1.25, 0.8


def _wanted(work: Work, slots: Slots) -> tuple[float, bool]:
    """The speed, and whether it multiplies the present one."""
    way = str(value(slots, "way") or "")
    found = first(slots, "to")
    too = any(one.kind == "too" for one in slots.get("head", []))
    if found is None:
        if way == "set":
            raise work.question(
                "How fast? For example: 2x, or half speed.", "多快？例如：2倍，或半速。", "to"
            )
        if too or _is_little(slots):
            return (_A_BIT_SLOWER if way == "slower" else _A_BIT_FASTER), True
        return (_SLOWER if way in ("slower", "slowmo") else _FASTER), True
    amount = float(found.value)
    clip = amount.is_integer() and 0 < amount <= len(work.clips)
    if found.kind == "number" and clip and not found.role and way in ("faster", "slower"):
        raise work.question(  # slow down 4: a clip, or how much
            f"Clip {amount:g}, or {amount:g} times? For example: 2x, or clip 2.",
            f"是片段{amount:g}，还是{amount:g}倍？例如：2倍，或片段2。",
            "to",
        )
    if found.kind in ("times", "factor", "speed", "number"):
        return (1 / amount if way == "slower" and amount > 1 and not too else amount), False
    if found.kind == "frac":
        if way == "slower":
            return (amount if amount == 0.5 else 1 - amount), False
        return (1 + amount if way == "faster" else amount), way == "faster"
    if found.kind == "percent":
        share = amount / 100
        if found.role == "to" or way == "set":
            return share, False
        return (max(0.05, 1 - share) if way in ("slower", "slowmo") else 1 + share), True
    return amount, False


def _is_little(slots: Slots) -> bool:
    """`a bit faster`, 慢一点."""
    return "little" in slots or any(one.is_("little") for one in slots.get("head", []))


def set_speed(work: Work, where: list[int], speed: float, *, relative: bool = False) -> float:
    """These clips at this speed; `relative`: times the one that they have, which may change. The speed of the first one."""
    clips = list(work.clips)
    videos = [
        place
        for place in where
        if not (d.is_still(clips[place], work.media) or d.is_freeze(clips[place]))
    ]
    if not videos:
        raise work.refusal(
            "A photo has no speed; its length can be set: make clip 1 5 seconds long.",
            "照片没有速度；可以设置时长：把片段1设为5秒。",
        )
    for place in videos:
        if identity(clips[place]) in work.locked:
            continue
        now = d.pace_of(clips[place])
        ends = (float(now.first) * speed, float(now.last) * speed) if relative else (speed, speed)
        if not all(d.MIN_SPEED <= one <= d.MAX_SPEED for one in ends):
            raise work.refusal(
                f"Speeds go from {d.MIN_SPEED:g}x to {d.MAX_SPEED:g}x.",
                f"速度范围是 {d.MIN_SPEED:g} 到 {d.MAX_SPEED:g} 倍。",
            )
        clips[place] = d.with_speed(clips[place], ends[0], work.media, to=ends[1])
    work.arrange(clips)
    return float(d.speed_of(work.clips[videos[0]]))


def _speed(work: Work, slots: Slots) -> Json:
    speed, relative = _wanted(work, slots)
    where, whole = cut.places(work, slots)
    now = set_speed(work, where, speed, relative=relative)
    if whole:
        work.mind.speak("whole", [])
    return {"clips": [place + 1 for place in where], "speed": now}


_OF = (
    "clips=clips|files",
    "whole*=whole|thing:speed|thing:video",
    "when=when",
    "playing=word:verb:play|verb:play",
)
_TO = "to=factor|times|speed|percent|frac|number"
_NEEDED = "to!=factor|times|speed|percent|frac"

OPERATION = Operation(
    "speed",
    (
        form("verb:faster|too:faster", *_OF, _TO, "little=little|much", "dir=dir", way="faster"),
        form("verb:slower|too:slower", *_OF, _TO, "little=little|much", "dir=dir", way="slower"),
        form("thing:speed, dir:up", *_OF, _TO, way="faster"),
        form("verb:increase, thing:speed", *_OF, _TO, way="faster"),
        form("verb:decrease, thing:speed", *_OF, _TO, way="slower"),
        form(
            "verb:make|set|play|put?, thing:speed",
            *_OF,
            "to=factor|times|speed|percent|frac|number@to|at|by|-|in|on|as",
            way="set",
        ),
        form("verb:add?, thing:slowmo", *_OF, _TO, way="slowmo"),
        form("verb:make|set|play|put|turn|undo", *_OF, "to!!=speed", way="set", weight=1),
        form("verb:make|set|play", *_OF, "to!!=factor|times@at|to|-|by", way="set", weight=-1),
        form("", "to!=speed", *_OF, way="set"),
        form("verb:add", "to!!=speed", *_OF, way="set"),
        form("", "clips!=clips|files", "to!=factor|speed", *_OF[1:], way="set", weight=-1),
        form("", "when!!=when", "to!!=factor@-|at|in", way="set", weight=-1),
        form("", "whole!!=whole", "to!!=factor@-|at|in", way="set", weight=-1),
    ),
    ("sets how fast clips play", "设置播放速度"),
    ("speed up clip 1 to 2x", "slow down the last clip", "make it 20% faster", "片段2慢放"),
    _speed,
    frozenset({"clips", "texts", "sounds"}),
    asks={"to": ("How fast? For example: 2x.", "多快？例如：2倍。")},
)
