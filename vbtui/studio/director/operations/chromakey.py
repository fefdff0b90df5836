"""chromakey: one colour of what lies over a clip becomes transparent, or of a clip that is laid over another one by it."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import pip
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips, Phrase
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import VIDEO

_SCREENS = {"#34C759": "#00D61E", "#0A84FF": "#0024DD"}
"""Green and blue as backgrounds have them, between pure and painted ones."""
_NAMED, _EXACT = 0.17, 0.12
"""How far a colour may be from one that is named, and from one given by its number."""
_WHOLE: Json = {"place": "center", "size": 1.0, "opacity": 1.0}


def _key(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "undo":
        return _unkeyed(work)
    over = _clips(first(slots, "over"))
    named = [one for one in map(_clips, slots.get("clips", [])) if one is not None]
    laid = _laid(work, named)
    if over is None and laid:
        return _set(work, laid, _effect(work, slots))
    keyed = positions(work, named[0], speak=False) if named else []
    if over is None:
        which = work.label(keyed) if len(keyed) == 1 else work.say("it", "它")
        raise work.refusal(
            f"Nothing lies under {which}: where the colour goes, something else has to be seen. Say for example: key out "
            "the green of clip 2 and put it over clip 1.",
            f"{which}下面没有画面：抠掉颜色后要露出别的画面。可以说：抠掉片段2的绿幕，放到片段1上。",
        )
    below = sorted(positions(work, over, speak=False))
    others = [place for place in range(len(work.clips)) if place not in below]
    if not keyed and len(others) == 1:
        keyed = others
    if len(keyed) != 1 or keyed[0] in below:
        raise work.question("Which clip has the colour?", "要抠哪个片段？", "clips")
    small, effect = keyed[0], _effect(work, slots)
    _check(work, small, below)
    clips = work.clips
    room = sum(d.length(clips[place]) for place in below)
    lasts = d.length(clips[small]) if work.kind(clips[small]) == "video" else room
    if lasts > room and not work.confirmed:
        raise work.question(
            f"{work.label([small])} lasts {seconds(lasts)} and what is below it {seconds(room)}: only its first "
            f"{seconds(room)} would be seen. Shall it be done?",
            f"{work.label([small])}长 {seconds(lasts)}，下面的只有 {seconds(room)}：只能看到前 {seconds(room)}。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    result = pip.lay_clip(work, small, below, dict(_WHOLE), min(lasts, room), [effect])
    return {"file": result["file"], "over": result["over"], "colour": effect["color"]}


def _clips(phrase: Phrase | None) -> Clips | None:
    found = phrase.get("clips") if phrase is not None else None
    return found if isinstance(found, Clips) else None


def _check(work: Work, small: int, below: list[int]) -> None:
    clip = work.clips[small]
    rows = [place - (place > small) for place in below]
    if rows != list(range(rows[0], rows[0] + len(rows))):
        raise work.question(
            "Over which of them? They must follow each other.", "叠加在哪几段上？必须相连。", "over"
        )
    if work.kind(clip) == "card" or "cell" in d.meta(clip):
        raise work.refusal("That cannot lie over another clip.", "这个片段不能叠在别的片段上。")
    if d.is_reverse(clip) or d.meta(clip).get("effects"):
        raise work.refusal(
            f"{work.label([small])} has effects or plays backwards, which it cannot over another clip: take that "
            "away first.",
            f"{work.label([small])}有效果或在倒放，叠加时不支持：请先去掉。",
        )
    _see_through(work, clip)


def _see_through(work: Work, item: d.Json) -> None:
    asset = work.media.get(str(d.meta(item).get("asset")))
    if asset is not None and asset.has_alpha:
        raise work.refusal(
            "That file is transparent in parts already: no colour can be keyed out of it here.",
            "这个文件本来就有透明部分，这里不能再抠颜色。",
        )


def _laid(work: Work, named: list[Clips]) -> list[d.Json]:
    """What lies over the picture and is meant: by the name of its file, or the only one where no clip is named."""
    every = [
        one for one in d.overlays(work.draft or {})
        if "asset" in d.meta(one) and "type" not in d.meta(one)["overlay"]
    ]  # fmt: skip
    files = {one for clips in named for pick in clips.picks for one in pick.files}
    if files:
        return [one for one in every if d.meta(one).get("asset") in files]
    pronoun = any(clips.picks[0].pronoun for clips in named)
    if named and not (pronoun and work.mind.of_kind == "overlay"):
        return []
    spoken = [one for one in every if identity(one) in work.mind.spoken]
    if len(every) > 1 and not spoken:
        raise work.question("Which one?", "哪一个？", "clips")
    return spoken or every


def _effect(work: Work, slots: Slots) -> Json:
    said = first(slots, "colour")
    color = str(said.get("colour")).upper() if said is not None else ""
    screens = {
        str(one.get("keycolour")) for held in slots.values() for one in held if one.is_("keycolour")
    }
    if not color and len(screens) != 1:
        raise work.question(
            "Which colour shall go? For example: green, blue, or #00FF00.",
            "抠掉什么颜色？例如：绿色、蓝色或 #00FF00。",
            "colour",
        )
    name = _SCREENS.get(color, "") or ("" if color else next(iter(screens)))
    exact = bool(color) and not name
    return {
        "type": "key",
        "color": color if exact else name,
        "similarity": _EXACT if exact else _NAMED,
    }


def _set(work: Work, laid: list[d.Json], effect: Json) -> Json:
    for one in laid:
        _see_through(work, one)
    _change(work, laid, [effect])
    work.mind.speak("overlay", [identity(one) for one in laid])
    return {"count": len(laid), "colour": effect["color"]}


def _unkeyed(work: Work) -> Json:
    laid = [one for one in d.overlays(work.draft or {}) if d.meta(one).get("effects")]
    if not laid:
        raise work.refusal("No colour is keyed out.", "没有抠掉任何颜色。")
    _change(work, laid, None)
    work.mind.speak("overlay", [identity(one) for one in laid])
    return {"remove": True, "count": len(laid)}


def _change(work: Work, laid: list[d.Json], effects: list[Json] | None) -> None:
    ids = {identity(one) for one in laid}
    before = work.timeline()
    work.draft = d.replace(
        before,
        lambda kind, item: (
            d.with_meta(item, effects=effects) if kind == VIDEO and identity(item) in ids else item
        ),
    )
    if d.overlays(before) == d.overlays(work.draft):
        raise work.refusal("It is so already.", "已经是这样了。")


_ABOUT = (
    "clips*=clips|files|laid@-|ba|of|from|in|for",
    "over=clips|files@over|on|with|by|under",
    "colour=colour",
    "letters=letters|thing:colour",
    "more*=word:topic:chromakey",
    "lay*=lay",
    "it=over_it",
)
OPERATION = Operation(
    "chromakey",
    (
        form("topic:chromakey, verb:remove|off|add|put|show|use|move|make|replace|apply|place?", *_ABOUT),
        form("verb:off|undo|stop, topic:chromakey", way="undo", weight=1),
        form("verb:turn|take, topic:chromakey", "dir!=word:dir:off", way="undo", weight=2),
    ),
    ("keys a colour out of what lies over a clip: green screen", "抠像：抠掉叠加画面的绿幕等单色背景"),
    (
        "key out the green of clip 2 and put it over clip 1",
        "remove the green background",
        "抠掉片段2的绿幕，放到片段1上",
    ),
    _key,
    frozenset({"clips", "texts", "sounds", "overlays"}),
    asks={"clips": ("Which clip has the colour?", "要抠哪个片段？")},
)  # fmt: skip
