"""pip: one clip's picture small over another. It is no clip of the row any more, and silent."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import overlay, ramp
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips, Phrase
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import VIDEO

_SIZE = 0.3


def _pip(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return overlay.remove(work, slots)
    small = _one(work, slots, "clips")
    below = _below(work, slots, small)
    clips = work.clips
    clip = clips[small]
    if d.is_reverse(clip) or d.is_freeze(clip) or d.meta(clip).get("effects"):
        raise work.refusal(
            f"{work.label([small])} has effects, plays backwards or stands still, which it cannot over another clip: "
            "take that away first.",
            f"{work.label([small])}有效果、在倒放或是定格，叠加时不支持：请先去掉。",
        )
    room = sum(d.length(clips[place]) for place in below)
    lasts = d.length(clip) if work.kind(clip) == "video" else room
    if lasts > room and not work.confirmed:
        raise work.question(
            f"{work.label([small])} lasts {seconds(lasts)} and what is below it {seconds(room)}: only its first "
            f"{seconds(room)} would be seen. Shall it be done?",
            f"{work.label([small])}长 {seconds(lasts)}，下面的只有 {seconds(room)}：只能看到前 {seconds(room)}。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    said = [one for one in slots.get("size", []) if one.get("textsize") != "small"]
    usual = {"size": _SIZE, "place": overlay.PLACE, "opacity": 1.0}
    look = overlay.looks(work, {**slots, "size": said}, usual)
    return lay_clip(work, small, below, look, min(lasts, room))


def lay_clip(
    work: Work,
    small: int,
    below: list[int],
    look: Json,
    lasts: int,
    effects: list[Json] | None = None,
) -> Json:
    """The clip `small` over the clips `below` for so many ms, and out of the row."""
    ramp.refuse_ramps(work, [small])
    clips = work.clips
    clip = clips[small]
    name, ids = work.name(clip), [identity(clips[place]) for place in below]
    kept = {key: d.meta(clip).get(key) for key in ("title", "asset", "in", "speed")}
    if effects:
        kept["effects"] = effects
    place = {"at": "clips", "clips": ids, "d": lasts}
    begin, end = d.start(clip), d.start(clip) + d.length(clip)

    def moved(ms: int) -> int:
        return ms - (min(ms, end) - begin if ms > begin else 0)

    work.arrange([one for at, one in enumerate(clips) if at != small], moved=moved)
    item: d.Json = {"s": 0, "d": 1, "m": {**kept, "overlay": look, "place": place}}
    before = {identity(one) for one in d.overlays(work.timeline())}
    under = next(one for one in work.clips if identity(one) == ids[0])
    item |= {"s": d.start(under), "d": lasts}
    work.draft = d.lay_out(d.add_segment(work.timeline(), VIDEO, item, name="Overlay"))
    made = [one for one in d.overlays(work.draft) if identity(one) not in before]
    work.mind.speak("overlay", [identity(one) for one in made])
    asset = work.media.get(str(kept["asset"]))
    if asset is not None and asset.audio is not None:
        work.note(
            f"{clean_line(name)} is seen there alone, without its sound.",
            f"{clean_line(name)} 只在那里显示，没有声音。",
        )
    return {"file": name, "over": [place + 1 for place in below], **look}


def _one(work: Work, slots: Slots, name: str) -> int:
    found = first(slots, name)
    clips = found.get("clips") if found is not None else None
    if not isinstance(clips, Clips):
        raise work.question("Which clip shall be the small one?", "把哪个片段缩小叠加？", "clips")
    where = positions(work, clips, speak=False)
    if len(where) != 1:
        raise work.question("Which clip shall be the small one?", "把哪个片段缩小叠加？", "clips")
    return where[0]


def _below(work: Work, slots: Slots, small: int) -> list[int]:
    """The clips that it lies over, as they are now: neighbours once the small one is out."""
    found: Phrase | None = first(slots, "over")
    clips = found.get("clips") if found is not None else None
    others = [place for place in range(len(work.clips)) if place != small]
    if not isinstance(clips, Clips):
        if len(others) != 1:
            raise work.question("Over which clip?", "叠加在哪个片段上？", "over")
        return others
    where = sorted(positions(work, clips, speak=False))
    if not where or small in where:
        raise work.question("Over which clip?", "叠加在哪个片段上？", "over")
    rows = [others.index(place) for place in where]
    if rows != list(range(rows[0], rows[0] + len(rows))):
        raise work.question(
            "Over which of them? They must follow each other.", "叠加在哪几段上？必须相连。", "over"
        )
    return where


_LOOK = (
    "screen=screen",
    "size*=textsize",
    "share*=percent|frac@-|at|to|with|by|in|of|as|like|from",
    "opacity*=opacity",
    "wide*=wide|thing:size",
    "little=little",
    "corner=corner|word:corner:corner",
    "pip*=word:topic:pip",
    "smaller=word:more:smaller",
    "window=window",
)
_OVER = "over=clips|files@of|on|over|in|for|during|under|at|to"
_PUTS = "verb:show|put|move|make|add|use|play|create|set|open_with"

OPERATION = Operation(
    "pip",
    (
        form(f"{_PUTS}?, topic:pip", "clips=clips|files@-|ba|with", _OVER, *_LOOK),
        form(f"{_PUTS}?, topic:pip", "clips=clips|files@-|ba|with", "over=clips|files@-|ba", *_LOOK, weight=-1),
        form(f"{_PUTS}?, window:window", "clips!!=clips|files@-|ba|with", "over!!=clips|files@on|over", *_LOOK),
        form("verb:remove|undo|off, topic:pip", "all=q|all", way="remove"),
    ),
    ("shows one clip small over another: picture in picture", "画中画：把一个片段缩小叠在另一个上"),
    ("show clip 2 small in the corner of clip 1", "put clip 2 in a small window over clip 1", "把片段2以画中画放到片段1右下角"),
    _pip,
    frozenset({"clips", "texts", "sounds", "overlays"}),
    asks={
        "clips": ("Which clip shall be the small one?", "把哪个片段缩小叠加？"),
        "over": ("Over which clip?", "叠加在哪个片段上？"),
    },
)  # fmt: skip
