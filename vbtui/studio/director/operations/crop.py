"""crop, straighten: what is cut off at the sides of the picture, and by how much it is turned until it stands upright."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vbtui.studio.director import sequence
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations.cut import clips_meant
from vbtui.studio.director.operations.picture import (
    ABOUT,
    FROM,
    MAKE,
    Effects,
    apply,
    apply_by_file,
    said,
)
from vbtui.studio.director.values import Phrase, When
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media

Sides = dict[str, float]
"""Shares of the picture that go from `left`, `top`, `right` and `bottom`."""
_MOST_GONE = 0.9
"""What the renderer takes (`vbtui.studio.render.effects`)."""
_MOST_CROOKED = 30

_SIDES = {
    "left": ("left",), "right": ("right",), "top": ("top",), "bottom": ("bottom",),
    "top_left": ("top", "left"), "top_right": ("top", "right"),
    "bottom_left": ("bottom", "left"), "bottom_right": ("bottom", "right"),
    "tb": ("top", "bottom"), "lr": ("left", "right"), "all": ("left", "top", "right", "bottom"),
}  # fmt: skip
_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def _crop(work: Work, slots: Slots) -> Json:
    _ask_first(work, slots)
    if value(slots, "way") == "remove":
        return _apply(
            work, slots, lambda was, _: [one for one in was if one.get("type") != "crop"]
        ) | {"remove": True}
    region = first(slots, "region") or first(slots, "mid")
    if region is not None:
        return _to_region(work, slots, region)
    sides = _sides_of(slots)
    amount = first(slots, "by")
    if not sides or amount is None:
        raise work.question(
            "From which side, and how much? For example: crop 10% off the top.",
            "裁掉哪一边，多少？例如：裁掉上面10%。",
            "by" if sides else "side",
        )
    return _cut(work, slots, lambda asset: _shares(work, sides, amount, slots, asset))


def _ask_first(work: Work, slots: Slots) -> None:
    """`crop the bottom first`: of the first clip, or before something else?"""
    for one in slots.get("clips", []):
        clips = one.get("clips")
        if clips is not None and clips.picks[0].bare and clips.picks[0].ranks == (1,):
            raise work.question(
                "Which clip? For example: clip 1.", "哪个片段？例如：片段1。", "clips"
            )


def _sides_of(slots: Slots) -> list[str]:
    named = [*said(slots, "side"), *said(slots, "screen")]
    return list(dict.fromkeys(side for one in named for side in _SIDES.get(one, ())))


def _shares(
    work: Work, sides: Sequence[str], amount: Phrase, slots: Slots, asset: Media | None
) -> Sides:
    """What goes from each side: per cent of the picture as it is seen, or pixels of the file's."""
    number = float(amount.value)
    is_pixels = amount.kind == "pixels"
    if amount.kind == "number":
        raise work.question(
            f"Per cent or pixels? For example: {number:g}%.",
            f"是百分比还是像素？例如：{number:g}%。",
            "by",
        )
    if is_pixels and asset is None:
        raise work.refusal("That clip has no file.", "这个片段没有文件。")
    found = {}
    for side in sides:
        whole = (asset.width if side in ("left", "right") else asset.height) if asset else 0
        share = (
            number / max(whole, 1)
            if is_pixels
            else number / 100
            if amount.kind == "percent"
            else number
        )
        found[side] = share
    return found


def _to_region(work: Work, slots: Slots, region: Phrase) -> Json:
    """`crop to the left half`, `crop off the left half`; asks where the words say neither."""
    off = any(one.is_("crop", "off") for one in slots.get("head", [])) or region.role == "from"
    to = region.role == "to" or str(region.get("region")).startswith("to_")
    to |= any(one.is_("crop", "to") or one.is_("verb", "keep") for one in slots.get("head", []))
    if off == to and region.get("when") is None and not region.is_("frac"):
        which = _named(work, slots)
        of, des = (f" of clip {which}", f"片段{which}") if which else ("", "")
        raise work.question(
            f"Shall that part stay, or go? Say: crop to the left half{of}, or: crop off the left half{of}.",
            f"是保留这一部分，还是裁掉？请说：{des}裁切到左半边，或：{des}裁掉左半边。",
            "region",
        )
    named = str(region.get("region") or "").removeprefix("to_")
    if named in ("", "middle3"):
        share = _middle_of(region)
        if off or not share:
            raise work.refusal(
                "What goes lies at a side of the picture: crop 10% off the top.",
                "只能从边上裁掉：裁掉上面10%。",
            )
        return _cut(work, slots, lambda _: dict.fromkeys(("left", "right"), (1 - share) / 2))
    side = named.removesuffix("3")
    share = 1 / 3 if named.endswith("3") else 0.5
    gone = {side: share} if off else {_OPPOSITE[side]: 1 - share}
    return _cut(work, slots, lambda _: gone)


def _named(work: Work, slots: Slots) -> str:
    """The numbers of the clips that are named; empty where none are."""
    if "clips" not in slots:
        return ""
    return ", ".join(str(place + 1) for place in clips_meant(work, slots))


def _middle_of(region: Phrase) -> float:
    """How much of the width `the middle third` is; 0 for what is no middle."""
    when = region.get("when")
    if isinstance(when, When):
        begin, end = when.spans[0]
        is_middle = abs(begin.part + end.part - 1) < 0.01 and 0 < begin.part < end.part
        return end.part - begin.part if is_middle and not begin.ms and not end.ms else 0
    return float(region.get("frac") or 1 / 3)


def _cut(work: Work, slots: Slots, gone_of: Callable[[Media | None], Sides]) -> Json:
    told: Sides = {}

    def changed(was: Effects, asset: Media | None) -> Effects:
        gone = gone_of(asset)
        told.update({side: round(share, 4) for side, share in gone.items()})
        last = was[-1] if was and was[-1].get("type") == "crop" else None
        now = _together(last or {}, gone)
        if (
            max(now.get("left", 0) + now.get("right", 0), now.get("top", 0) + now.get("bottom", 0))
            > _MOST_GONE
        ):
            raise work.refusal(
                "At least a tenth of the picture has to stay.", "画面至少要保留十分之一。"
            )
        return [*(was[:-1] if last else was), {"type": "crop", **now}]

    return _apply(work, slots, changed) | told


def _together(was: Json, gone: Sides) -> Sides:
    """What is gone when `gone` goes of what `was` left."""
    found = {}
    for side, other in _OPPOSITE.items():
        before = float(was.get(side, 0))
        left = 1 - before - float(was.get(other, 0))
        share = before + left * gone.get(side, 0)
        if share:
            found[side] = round(share, 4)
    return found


def _apply(work: Work, slots: Slots, change: Callable[[Effects, Media | None], Effects]) -> Json:
    """As `picture.apply`, of each clip's own file; a clip that filled the frame, or did not, because of its shape does
    so by the shape that it has now."""
    before = {str(one.get("id")): one for one in d.clips(work.draft or {})}
    done = apply_by_file(work, slots, change)
    width, height = sequence.canvas(work.timeline())
    chosen = d.meta(work.draft or {}).get("fit")
    clips = list(work.clips)
    for place, clip in enumerate(clips):
        was = before.get(str(clip.get("id")), clip)
        asset = work.media.get(str(d.meta(clip).get("asset")))
        fit = d.meta(clip).get("fit")
        if chosen or d.meta(was).get("effects") == d.meta(clip).get("effects"):
            continue
        if fit == sequence.natural_fit(sequence.as_seen(was, asset), width, height):
            now = sequence.natural_fit(sequence.as_seen(clip, asset), width, height)
            clips[place] = d.with_meta(clip, fit=now)
    work.set_clips(clips)
    return done


def _straighten(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return apply(
            work, slots, lambda was: [one for one in was if one.get("type") != "straighten"]
        ) | {"remove": True}
    steps = float(value(slots, "steps") or 0)
    amount = first(slots, "by")
    if amount is None and not steps:
        raise work.question(
            "By how many degrees, and which way? For example: straighten clip 1 by 2 degrees; -2 turns it to the left.",
            "转几度，朝哪边？例如：片段1校正2度；-2度是向左转。",
            "by",
        )
    degrees = float(amount.value) if amount is not None else 0.0
    words = said(slots, "turn")
    left = "counter" in words or any(
        one.is_("screen", "left") or one.is_("dir", "earlier") for one in slots.get("dir", [])
    )
    degrees = -abs(degrees) if left else degrees

    def changed(was: Effects) -> Effects:
        now = next(
            (float(one.get("degrees", 0)) for one in was if one.get("type") == "straighten"), 0.0
        )
        turned = now + (steps * 0.5 if now >= 0 else -steps * 0.5) if steps else degrees
        if abs(turned) > _MOST_CROOKED:
            raise work.refusal(
                f"A picture is straightened by {_MOST_CROOKED} degrees at most; quarter turns are: rotate clip 1 by 90 degrees.",
                f"校正最多 {_MOST_CROOKED} 度；四分之一圈请说：片段1旋转90度。",
            )
        made = {"type": "straighten", "degrees": round(turned, 2)}
        rest = [one for one in was if one.get("type") != "straighten"]
        return [*rest, made] if turned else rest

    return apply(work, slots, changed) | ({"degrees": degrees} if not steps else {})


_SIDED = (
    "side*!!=screen|word:side:tb|word:side:lr|word:side:all|side",
    "off*=dir|each|wide",
    *ABOUT,
)
_BY = "by=percent|pixels|number|frac"
_REGION = "region!!=region|word:region:left|word:region:right"
TOUCHES = frozenset({"clip:effects", "clip:fit", "split"})

CROP = Operation(
    "crop",
    (
        form("topic:crop", _BY, *_SIDED, weight=1),
        form("crop:off|some", "by!!=percent|pixels|number|frac", *_SIDED, weight=1),
        form("topic:crop|crop:off|crop:to|crop:some", _REGION, *ABOUT, weight=2),
        form("verb:keep", _REGION, *ABOUT),
        form("topic:crop|crop:to", "mid!!=frac|when@between|to|in", *ABOUT, weight=1),
        form("crop:none", *FROM, way="remove"),
        form("verb:remove|undo|off, topic:crop", *FROM, way="remove"),
        form("topic:crop", "by!!=percent|pixels|number", *ABOUT),
    ),
    ("cuts the picture at its sides, or down to a part of it", "裁掉画面的边，或裁切到某一部分"),
    ("crop 10% off the top of clip 1", "crop clip 2 to the left half", "片段1裁掉上面10%", "片段2裁切到左半边"),
    _crop,
    TOUCHES,
)  # fmt: skip
_WAYS = ("dir=dir|screen", "turn*=turn|too", *ABOUT)
STRAIGHTEN = Operation(
    "straighten",
    (
        form(f"{MAKE}, straight:yes", "by=angle|number", *_WAYS),
        form("too:crooked", "by=angle", *_WAYS),
        form("verb:remove|undo|off, straight:yes", *FROM, way="remove"),
    ),
    ("straightens a crooked picture by some degrees", "校正歪了的画面"),
    ("straighten clip 1 by 2 degrees", "straighten the last clip by -1.5 degrees", "片段1校正2度"),
    _straighten,
    frozenset({"clip:effects", "split"}),
)
