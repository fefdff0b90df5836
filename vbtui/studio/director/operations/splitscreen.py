"""splitscreen: two to four clips at the same time, each in a part of the frame. The first one is heard."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import ramp
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import VIDEO

_MOST = 4
_KEPT = ("title", "asset", "in", "speed", "volume", "effects", "reverse", "fit", "loop")
"""Keys of a clip that it keeps where it is shown beside another one."""


def _split(work: Work, slots: Slots) -> Json:
    way = value(slots, "way")
    if way == "remove":
        return _apart(work)
    where = _meant(work, slots)
    if any("cell" in d.meta(work.clips[place]) for place in where):
        raise work.refusal(
            f"{work.label(where)}: there is a split screen already. To have its clips back say: remove the split screen.",
            f"{work.label(where)}：已经是分屏。要恢复请说：去掉分屏。",
        )
    clips = work.clips
    if any(d.is_freeze(clips[place]) for place in where):
        raise work.refusal(
            "A frozen picture cannot be a part of a split screen: remove the freeze frame first.",
            "定格画面不能分屏：请先去掉定格。",
        )
    if any(work.kind(clips[place]) == "card" for place in where):
        raise work.refusal("A black card is nothing to look at beside others.", "黑屏不能分屏。")
    ramp.refuse_ramps(work, where)
    columns, rows = _grid(work, slots, len(where))
    lasts, shortest = _lasts(work, slots, where)
    base = clips[where[0]]
    rest = [clips[place] for place in where[1:]]
    spans = [(d.start(one), d.start(one) + d.length(one)) for one in rest]
    begin, end = d.start(base), d.start(base) + d.length(base)
    spans.append((begin + lasts, max(end, begin + lasts)))

    def moved(ms: int) -> int:
        return ms - sum(min(ms, stop) - start for start, stop in spans if start < ms)

    cell = {"columns": columns, "rows": rows}
    kept = d.with_meta(
        d.cut_to(base, 0, lasts) if lasts <= d.length(base) else {**base, "d": lasts},
        cell={**cell, "at": 0},
    )
    gone = {identity(one) for one in rest}
    work.named.add(identity(base))
    _with_cells(work, kept, rest, cell, lasts, gone, moved)
    work.mind.speak("clips", [identity(base)])
    _tell(work, base, rest, lasts, shortest)
    return {
        "clips": [place + 1 for place in where],
        "duration_ms": lasts,
        "columns": columns,
        "rows": rows,
    }


def _with_cells(
    work: Work,
    kept: d.Json,
    rest: list[d.Json],
    cell: Json,
    lasts: int,
    gone: set[str],
    moved: object,
) -> None:
    """The base in its part, the others over it in theirs, and no clips any more."""
    items = []
    for number, clip in enumerate(rest, 1):
        meta = {key: d.meta(clip)[key] for key in _KEPT if key in d.meta(clip)}
        cut = d.cut_to(clip, 0, lasts) if lasts < d.length(clip) else clip
        meta |= {key: d.meta(cut)[key] for key in ("in", "effects") if key in d.meta(cut)}
        meta["overlay"] = {"type": "cell", **cell, "at": number}
        meta["place"] = {"at": "clips", "clips": [identity(kept)], "beside": d.source_in(kept)}
        if work.kind(clip) == "video" and not d.is_endless(clip, work.media):
            meta["place"]["d"] = lasts
        items.append({"m": meta})
    left = [kept if identity(one) == identity(kept) else one for one in work.clips]
    draft = work.timeline()
    for item in items:  # they are there before the layout that would make the base whole again
        draft = d.add_segment(
            draft, VIDEO, {"s": d.start(kept), "d": lasts, **item}, name="Overlay"
        )
    work.draft = draft
    work.arrange([one for one in left if identity(one) not in gone], moved=moved)


def _tell(
    work: Work, base: d.Json, rest: list[d.Json], lasts: int, shortest: d.Json | None
) -> None:
    name = clean_line(work.name(base))
    if any(_is_heard(work, one) for one in (base, *rest)):
        work.note(
            f"The sound is that of {name}; the others are silent.",
            f"声音用 {name} 的，其他的静音。",
        )
    if shortest is not None:
        work.note(
            f"It lasts {seconds(lasts)}, as long as {clean_line(work.name(shortest))}, the shortest.",
            f"时长 {seconds(lasts)}，以最短的 {clean_line(work.name(shortest))} 为准。",
        )


def _is_heard(work: Work, clip: d.Json) -> bool:
    asset = work.media.get(str(d.meta(clip).get("asset")))
    return asset is not None and asset.audio is not None


def _meant(work: Work, slots: Slots) -> list[int]:
    """The clips, in the order in which they are named; all of them where nothing is said and they are few."""
    where: list[int] = []
    for held in slots.get("clips", []):
        clips = held.get("clips")
        if isinstance(clips, Clips):
            where += [one for one in positions(work, clips, speak=False) if one not in where]
    every = list(range(len(work.clips)))
    if not slots.get("clips") and 2 <= len(every) <= _MOST:
        where = every
    if len(where) > _MOST:
        raise work.refusal(
            f"A split screen has {_MOST} parts at most; these are {len(where)} clips.",
            f"分屏最多 {_MOST} 格，这里有 {len(where)} 个片段。",
        )
    if len(where) < 2:
        raise work.question(
            "Which clips, two to four? For example: split screen with clips 1 and 2.",
            "哪几个片段（两到四个）？例如：片段1和片段2分屏。",
            "clips",
        )
    return where


def _grid(work: Work, slots: Slots, count: int) -> tuple[int, int]:
    """Columns and rows: beside each other; above each other in an upright frame; four in a grid."""
    said = next(
        (str(one.get("layout")) for held in slots.values() for one in held if one.is_("layout")), ""
    )
    meta = d.meta(work.timeline())
    upright = d.whole(meta.get("height")) > d.whole(meta.get("width"))
    if count == 4 and said in ("", "grid"):
        return 2, 2
    if said == "grid" and count == 3:
        return (1, 3) if upright else (3, 1)
    if said == "rows" or (said in ("", "grid") and upright):
        return 1, count
    return count, 1


def _lasts(work: Work, slots: Slots, where: list[int]) -> tuple[int, d.Json | None]:
    """How long it is, in ms, and the clip that decides it where that makes others shorter."""
    clips = [work.clips[place] for place in where]
    moving = [one for one in clips if not d.is_endless(one, work.media)]
    shortest = min(moving or clips, key=d.length)
    length = first(slots, "length")
    if length is not None:
        wanted = int(length.value)
        room = min((d.length(one) for one in moving), default=wanted)
        if not d.MIN_CLIP_MS <= wanted <= room:
            raise work.refusal(
                f"{clean_line(work.name(shortest))} lasts {seconds(d.length(shortest))}: it cannot be {seconds(wanted)}.",
                f"{clean_line(work.name(shortest))} 长 {seconds(d.length(shortest))}：不能是 {seconds(wanted)}。",
            )
        return wanted, None
    lasts = d.length(shortest)
    return lasts, shortest if any(d.length(one) > lasts for one in moving) else None


def _apart(work: Work) -> Json:
    """The clips of the split screens one after the other again."""
    laid = [
        one for one in d.overlays(work.draft or {}) if d.meta(one)["overlay"].get("type") == "cell"
    ]
    if not laid:
        raise work.refusal(
            "There is no split screen. To have one say: split screen with clips 1 and 2.",
            "没有分屏。要做请说：片段1和片段2分屏。",
        )
    clips: list[d.Json] = []
    for clip in work.clips:
        clips.append(d.with_meta(clip, cell=None))
        mine = [one for one in laid if identity(clip) == d.meta(one)["place"]["clips"][-1]]
        for one in sorted(mine, key=lambda item: d.meta(item)["overlay"]["at"]):
            clips.append(
                {
                    "s": 0,
                    "d": d.length(one),
                    "m": {key: d.meta(one)[key] for key in _KEPT if key in d.meta(one)},
                }
            )
        if mine:
            work.named.add(identity(clip))
    gone = {identity(one) for one in laid}
    work.draft = d.replace(
        work.timeline(),
        lambda kind, item: None if kind == VIDEO and identity(item) in gone else item,
    )
    work.arrange(clips)
    return {"remove": True, "count": len(laid)}


_CLIPS = "clips*=clips|files@-|ba|with|of|and"
_PARTS = (
    _CLIPS,
    "length=duration@-|for|to",
    "whole=whole@-|for|ba|of",
    "layout*=layout",
    "side*=word:screen:left|word:screen:right|word:screen:top|word:screen:bottom|word:topic:splitscreen",
    "together=word:together:",
    "play=word:verb:play|word:verb:show",
    "each=q|each",
)
OPERATION = Operation(
    "splitscreen",
    (
        form("verb:add|put|show|make|create|set|use|play|turn|place|get?, topic:splitscreen", *_PARTS),
        form("verb:remove|off|undo, topic:splitscreen", "all=q|all", "whole=whole", way="remove", weight=3),
        form("verb:take|turn, topic:splitscreen", "dir!=dir", way="remove", weight=3),
        form("nothing:, topic:splitscreen", "whole=whole", way="remove", weight=2),
    ),
    ("shows two to four clips at the same time: split screen", "分屏：同时显示两到四个片段"),
    ("split screen with clip 1 and clip 2", "put clips 1 to 4 in a grid", "片段1和片段2左右分屏"),
    _split,
    frozenset({"clips", "clip:cell", "texts", "sounds", "overlays"}),
    asks={"clips": ("Which clips, two to four?", "哪几个片段（两到四个）？")},
)  # fmt: skip
