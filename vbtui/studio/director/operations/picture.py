"""look, colour, sharpen, degrain, blur, rotate, flip: what the picture of clips goes through, for all of a clip or a stretch."""

from __future__ import annotations

import math
from collections.abc import Callable

from vbtui.studio.director.operation import Effect, Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.values import IT, Phrase
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

Effects = list[Json]
"""`m.effects` of a clip (`vbtui.studio.render.effects`)."""

_STEP, _LITTLE, _MUCH = 0.25, 0.12, 0.5
"""How far light and colour go where nobody says how far, of 1."""
MOST_GAMMA = 2
_MOST_TIMES = 4
"""A number up to this one is perhaps no per cent: a contrast of 1.2."""


def effects_of(clip: d.Json) -> Effects:
    found = d.meta(clip).get("effects")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def apply(work: Work, slots: Slots, change: Callable[[Effects], Effects]) -> Json:
    """Changes the effects of the clips that are meant; refuses where that makes no difference."""
    return apply_by_file(work, slots, lambda was, _: change(was))


def apply_by_file(
    work: Work, slots: Slots, change: Callable[[Effects, Media | None], Effects]
) -> Json:
    """As `apply`, by what each clip shows."""
    bare = slots.keys().isdisjoint(("clips", "whole", "when", "way"))
    added = any(one.is_("verb", "add", "use") for one in slots.get("head", []))
    if bare and not added and work.mind.of_kind == "clips" and work.mind.spoken:
        slots = {**slots, "clips": [IT]}  # now sepia; a bit brighter
    where, whole = cut.places(work, slots)
    clips, is_other = list(work.clips), False
    for place in where:
        if identity(clips[place]) not in work.locked:
            was = effects_of(clips[place])
            now = change(was, work.media.get(str(d.meta(clips[place]).get("asset"))))
            is_other |= now != was
            if len(now) > d.MOST_EFFECTS:
                raise work.refusal(
                    f"A clip can have {d.MOST_EFFECTS} effects at most.",
                    f"一个片段最多有 {d.MOST_EFFECTS} 个效果。",
                )
            clips[place] = d.with_meta(clips[place], effects=now or None)
    if not is_other:
        raise work.refusal("It is so already.", "已经是这样了。")
    work.set_clips(clips)
    if whole:
        work.mind.speak("whole", [])
    return {"clips": [place + 1 for place in where]}


def said(slots: Slots, kind: str) -> list[str]:
    """What phrases say of a kind, by the order in which they stand."""
    phrases = sorted((one for found in slots.values() for one in found), key=lambda one: one.start)
    return [str(found) for one in phrases if (found := one.get(kind)) is not None]


# Looks


def _look(work: Work, slots: Slots) -> Json:
    names = list(dict.fromkeys(said(slots, "look")))
    if value(slots, "way") == "remove":
        return apply(work, slots, lambda was: _without(was, names)) | {"remove": names or True}
    made = [{"type": "look", "name": name} for name in names]

    def changed(was: Effects) -> Effects:
        kept = was if names == ["vignette"] else [one for one in was if not _is_look(one)]
        return [*kept, *(one for one in made if one not in kept)]

    return apply(work, slots, changed) | {"looks": names}


def _is_look(one: Json) -> bool:
    """Whether another look takes its place: a vignette goes with every one."""
    return one.get("type") == "look" and one.get("name") != "vignette"


def _without(was: Effects, names: list[str]) -> Effects:
    return [
        one for one in was if one.get("type") != "look" or (names and one.get("name") not in names)
    ]


# Light and colour


def _colour(work: Work, slots: Slots) -> Json:
    way, steps = _Way(slots), float(value(slots, "steps") or 0)
    changes: dict[str, float] = {}
    for name in said(slots, "light"):
        key, sign = _LIGHTS.get(name, (name, 0))
        step = 0.0 if steps else way.of(work, key, sign)
        for one in _SEVERAL.get(key, (key,)):
            changes[one] = step * (0.5 if key == "vivid" and one == "contrast" else 1)

    def changed(was: Effects) -> Effects:
        now = next((one for one in was if one.get("type") == "colour"), {"type": "colour"})
        for key, step in changes.items():
            before = float(now.get(key, 0.0))
            if steps:  # further from how it was, or back to it
                step = math.copysign(_LITTLE, before) * steps if before else 0.0
            elif way.is_absolute_of(key):
                before = 0.0
            now = {**now, key: round(min(1.0, max(-1.0, before + step)), 4)}
        now = {key: share for key, share in now.items() if share}
        rest = [one for one in was if one.get("type") != "colour"]
        return [*rest, now] if len(now) > 1 else rest

    return apply(work, slots, changed) | {
        key: round(step, 4) for key, step in changes.items() if step
    }


_LIGHTS = {
    "brighter": ("brightness", 1), "darker": ("brightness", -1), "warmer": ("temperature", 1),
    "cooler": ("temperature", -1), "more_contrast": ("contrast", 1), "less_contrast": ("contrast", -1),
    "more_saturation": ("saturation", 1), "less_saturation": ("saturation", -1), "vivid": ("vivid", 1),
}  # fmt: skip
"""Words that say a direction: which value they change, and which way."""
_SEVERAL = {"vivid": ("contrast", "saturation")}


def _lights(slots: Slots) -> set[str]:
    """Which values are changed."""
    keys = [_LIGHTS.get(name, (name, 0))[0] for name in said(slots, "light")]
    return {value for key in keys for value in _SEVERAL.get(key, (key,))}


class _Way:
    """How far, and which way."""

    def __init__(self, slots: Slots) -> None:
        self._amount = first(slots, "by")
        self._way = str(value(slots, "way") or "")
        self._is_little = any(
            one.is_("little") for one in (*slots.get("little", []), *slots.get("head", []))
        )
        self._is_much = any(one.is_("much") for one in slots.get("little", []))
        to = self._amount is not None and self._amount.role in ("to", "at", "as", "into")
        self.is_absolute = self._amount is not None and (to or self._way == "set")

    def is_absolute_of(self, key: str) -> bool:
        """The same of one value: a gamma of 1.2 is one, `by 20 %` is no."""
        number = self._amount is not None and self._amount.kind == "number"
        return self.is_absolute or (key == "gamma" and number)

    def of(self, work: Work, key: str, sign: int) -> float:
        """The step for a value, of -1 to 1; asks which way where nobody says it."""
        if not sign and self._way == "set" and self._amount is None:
            raise self._open(work)
        sign = sign or (-1 if self._way == "down" else 1)
        if self._amount is None:
            return sign * (_MUCH if self._is_much else _LITTLE if self._is_little else _STEP)
        if key == "gamma":
            return self._gamma(work, sign)
        if self._amount.kind == "number" and 0 < abs(float(self._amount.value)) <= _MOST_TIMES:
            raise work.question(
                f"In per cent, how much? 100% is as it is: {float(self._amount.value):.0%}, or +20%.",
                f"请用百分比说，100%是原样：{float(self._amount.value):.0%}，或者+20%。",
                "by",
            )
        share = _share(self._amount)
        if self.is_absolute:  # 100 % is as it was
            return share - 1
        return sign * share

    def _gamma(self, work: Work, sign: int) -> float:
        """1.2, 120 % or 20 % more as what stands in an effect: how often it is twice as much."""
        assert self._amount is not None
        amount = float(self._amount.value)
        if self._amount.kind == "number":
            if self._amount.role == "by":
                raise self._open(work)
            gamma = amount
        else:
            share = _share(self._amount)
            gamma = share if self.is_absolute else 1 + sign * share
        if not 1 / MOST_GAMMA <= gamma <= MOST_GAMMA:
            raise work.refusal(
                f"A gamma goes from {1 / MOST_GAMMA:g} to {MOST_GAMMA:g}; 1 is as it is.",
                f"伽马值在 {1 / MOST_GAMMA:g} 到 {MOST_GAMMA:g} 之间，1是原样。",
            )
        return math.log2(gamma)

    def _open(self, work: Work) -> Exception:
        return work.question(
            "More or less of it, or how much? For example: +20 %.",
            "增加还是减少，多少？例如：+20%。",
            "by",
        )


def _share(amount: Phrase) -> float:
    share = float(amount.value)
    return share / 100 if amount.kind in ("percent", "number") else share


# Sharper and softer


def strength(slots: Slots) -> float:
    """How strong an effect shall be, of 1."""
    amount = first(slots, "by")
    if amount is not None:
        return round(min(1.0, max(0.0, _share(amount))), 4)
    kinds = {one.kind for one in slots.get("little", [])}
    return 0.2 if "little" in kinds else 0.8 if "much" in kinds else 0.5


def stepped(one: Json, kind: str, steps: float) -> Json:
    """An effect of that kind, by so many steps stronger; others as they are."""
    if one.get("type") != kind:
        return one
    amount = float(one.get("amount", 0.5)) + 0.2 * steps
    return {**one, "amount": round(min(1.0, max(0.1, amount)), 4)}


def _of_strength(kind: str) -> Effect:
    def effect(work: Work, slots: Slots) -> Json:
        def rest(was: Effects) -> Effects:
            return [one for one in was if one.get("type") != kind]

        def without(was: Effects) -> Effects:  # all of what is blurred, also a part
            return [one for one in rest(was) if (kind, one.get("type")) != ("blur", "hide")]

        if value(slots, "way") == "remove":
            return apply(work, slots, without) | {"remove": True}
        steps = value(slots, "steps")
        if steps is not None:
            return apply(work, slots, lambda was: [stepped(one, kind, steps) for one in was])
        amount = strength(slots)
        made = {"type": kind, "amount": amount}
        return apply(work, slots, lambda was: [*rest(was), made]) | {"amount": amount}

    return effect


# Turned and mirrored


def _rotate(work: Work, slots: Slots) -> Json:
    words = said(slots, "turn")
    amount = first(slots, "by")
    degrees = abs(float(amount.value)) if amount is not None else None
    quarter = next((float(one) for one in words if one.isdecimal()), None)
    degrees = degrees if degrees is not None else quarter
    left = "counter" in words or any(
        one.is_("screen", "left") or one.is_("dir", "earlier") for one in slots.get("dir", [])
    )
    left ^= amount is not None and float(amount.value) < 0
    one_way = left or "clockwise" in words or "dir" in slots
    if degrees is None:
        if not one_way:
            raise work.question(
                "Which way: 90 degrees to the right, 90 to the left, or 180?",
                "怎么转：向右90度、向左90度，还是180度？",
                "by",
            )
        degrees = 90
    if degrees % 90 or not degrees % 360:
        raise work.refusal(
            "Pictures are turned by 90, 180 or 270 degrees. A crooked one is straightened: straighten clip 1 by 2 degrees.",
            "画面可以旋转90、180或270度。歪了可以校正：片段1校正2度。",
        )
    turned = int(-degrees if left else degrees) % 360

    def changed(was: Effects) -> Effects:
        if was and was[-1].get("type") == "rotate":
            whole = (int(was[-1].get("degrees", 90)) + turned) % 360
            return [*was[:-1], {"type": "rotate", "degrees": whole}] if whole else was[:-1]
        return [*was, {"type": "rotate", "degrees": turned}]

    return apply(work, slots, changed) | {"degrees": turned}


def _flip(work: Work, slots: Slots) -> Json:
    axes = list(dict.fromkeys((*said(slots, "flip"), *["vertical"] * ("down" in slots))))
    axes = axes or ["horizontal"]

    def changed(was: Effects) -> Effects:
        for axis in axes:
            made = {"type": "flip", "axis": axis}
            was = was[:-1] if was and was[-1] == made else [*was, made]
        return was

    return apply(work, slots, changed) | {"axes": axes}


ABOUT = (
    "clips*=clips|files",
    "whole*=whole|clips_all|thing:frame",
    "when=when",
    "little=little|much",
    "thing*=thing:colour|word:noun:colour|word:word:look|word:word:effect|word:noun:look",
)
FROM = ("clips*=clips|files@+from", *ABOUT[1:])
TOUCHES = frozenset({"clip:effects", "split"})
MAKE = "verb:make|add|set|turn|put|use|play|show|create?"
_LOOKS = "look:bw|sepia|warm|cool|vivid|film|vintage|faded|vignette"
_WORDS = "light:brighter|darker|warmer|cooler|vivid|more_contrast|less_contrast|more_saturation|less_saturation"
_NOUNS = "light:brightness|contrast|saturation|temperature|gamma"
_BY = "by=percent|number|frac"

LOOK = Operation(
    "look",
    (
        form(f"{MAKE}, {_LOOKS}", "look*=look", *ABOUT),
        form("verb:remove|undo|off|cut|take, topic:look", "look*=look", *FROM, way="remove"),
        form("verb:turn, dir:off, topic:look", "look*=look", *FROM, way="remove"),
        form("verb:add|use|make, topic:look", *ABOUT, "look!=look", weight=-2),
    ),
    ("gives clips a look: black and white, sepia, warm, cool, vivid, film, vintage, faded, vignette",
     "给片段加风格：黑白、棕褐色、暖色、冷色、鲜艳、电影感、复古、褪色、暗角"),
    ("make clip 1 black and white", "give it a vintage look", "add a vignette", "片段2变黑白"),
    _look,
    TOUCHES,
    aspects=lambda slots: {"vignette" if name == "vignette" else "look" for name in said(slots, "look")},
    asks={"look": (
        "Which look: black and white, sepia, warm, cool, vivid, film, vintage, faded, or a vignette?",
        "哪种风格：黑白、棕褐色、暖色、冷色、鲜艳、电影感、复古、褪色，还是暗角？",
    )},
)  # fmt: skip
COLOUR = Operation(
    "colour",
    (
        form(f"{MAKE}, {_WORDS}|too:brighter|darker", "light*=light", _BY, "dir=dir", *ABOUT),
        form(f"{MAKE}, grade:, {_WORDS}", "light*=light", _BY, "dir=dir", *ABOUT, weight=1),
        form(f"verb:increase, {_NOUNS}", "light*=light", _BY, *ABOUT, way="up"),
        form(f"verb:make|set|turn|put?, dir:up, {_NOUNS}", "light*=light", _BY, *ABOUT, way="up"),
        form(f"verb:decrease|remove, {_NOUNS}", "light*=light", _BY, *ABOUT, way="down"),
        form(f"verb:make|set|turn|put?, dir:down, {_NOUNS}", "light*=light", _BY, *ABOUT, way="down"),
        form(f"verb:add, {_NOUNS}", "light*=light", _BY, *ABOUT, way="up"),
        form(f"verb:set|make|turn|put, {_NOUNS}", "light*=light", "by!=percent|number|frac", *ABOUT, way="set"),
        form("light:gamma", "by!!=percent|number", *ABOUT, way="set"),
    ),
    ("changes light and colour: brightness, contrast, saturation, temperature, gamma", "调整亮度、对比度、饱和度、色温、伽马"),
    ("increase the brightness of clip 2", "make the photos warmer", "contrast up by 20%", "整体调亮一点"),
    _colour,
    TOUCHES,
    aspects=_lights,
)  # fmt: skip
SHARPEN = Operation(
    "sharpen",
    (
        form(f"{MAKE}, effect:sharpen", _BY, *ABOUT),
        form("verb:remove|undo|off, effect:sharpen", *FROM, way="remove"),
    ),
    ("makes edges of the picture sharper", "锐化画面"),
    ("sharpen clip 1", "make the last clip sharper", "片段1锐化"),
    _of_strength("sharpen"),
    TOUCHES,
)
_GRAIN = ("what*=word:noise:grain|word:noise:grainless|word:topic:denoise",)
DEGRAIN = Operation(
    "degrain",
    (
        form("verb:remove|decrease|off|cut|take, noise:grain", _BY, *_GRAIN, *FROM, weight=2),
        form(f"{MAKE}, noise:grainless", _BY, *_GRAIN, *ABOUT, weight=2),
        form("too:grainy", *_GRAIN, *ABOUT),
        form("noise:grain", "there*!!=exists|much|too", *ABOUT),
        form("verb:remove|undo|off, noise:grainless", *FROM, way="remove", weight=3),
        form("verb:turn, dir:off, noise:grainless", *FROM, way="remove", weight=3),
    ),
    ("takes grain and noise out of the picture", "给画面降噪，去掉噪点"),
    ("denoise the picture of clip 1", "remove the grain from clip 2", "片段1画面降噪", "去掉片段2的噪点"),
    _of_strength("degrain"),
    TOUCHES,
)  # fmt: skip
BLUR = Operation(
    "blur",
    (
        form(f"{MAKE}, effect:blur", _BY, "clips*!=clips|files", *ABOUT[1:]),
        form(f"{MAKE}, effect:blur", _BY, "whole*!=whole|clips_all|thing:frame", *ABOUT[2:]),
        form(f"{MAKE}, effect:blur", _BY, "when!!=when", *ABOUT),
        form("verb:remove|undo|off, effect:blur", *FROM, way="remove"),
    ),
    ("makes the whole picture of clips soft", "模糊整个画面"),
    ("blur clip 2", "blur the whole video", "片段2整个画面模糊"),
    _of_strength("blur"),
    TOUCHES,
    asks={
        "clips": ("All of the picture of which clip?", "哪个片段的整个画面？"),
        "whole": ("All of the picture of which clip?", "哪个片段的整个画面？"),
    },
)
_WAYS = ("dir=dir|screen", "turn*=turn", *ABOUT)
_TURNING = ("by=angle|number", *_WAYS)
ROTATE = Operation(
    "rotate",
    (
        form(f"{MAKE}, topic:rotate", *_TURNING),
        form("too:turned", *_TURNING),
        form("verb:turn|make|move", "by!!=angle", *_WAYS),
    ),
    ("turns the picture by quarter turns", "把画面旋转90、180或270度"),
    ("rotate clip 2 by 90 degrees", "turn clip 2 90 degrees to the left", "把片段2旋转90度"),
    _rotate,
    TOUCHES,
)
FLIP = Operation(
    "flip",
    (form(f"{MAKE}, topic:flip", "flip*=flip", "down=word:aspect:9:16|turn", *ABOUT),),
    ("mirrors the picture", "镜像画面"),
    ("flip clip 1 horizontally", "mirror the last clip", "片段1左右翻转"),
    _flip,
    TOUCHES,
)
