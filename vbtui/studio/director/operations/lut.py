"""lut: an uploaded `.cube` file says what each colour of clips becomes."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations.picture import (
    ABOUT,
    FROM,
    MAKE,
    TOUCHES,
    Effects,
    apply,
)
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work
from vbtui.studio.project.media import Media


def _rest(was: Effects) -> Effects:
    return [one for one in was if one.get("type") != "lut"]


def _lut(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return apply(work, slots, _rest) | {"remove": True}
    steps = value(slots, "steps")
    if steps is not None:
        return apply(work, slots, lambda was: [_stepped(one, float(steps)) for one in was])
    file, strength = _file(work, slots), _strength(work, slots)
    made = {"type": "lut", "asset": file.id, "name": file.filename, "strength": strength}
    return apply(work, slots, lambda was: [*_rest(was), made]) | {
        "file": file.filename,
        "amount": strength,
    }


def _stepped(one: Json, steps: float) -> Json:
    if one.get("type") != "lut":
        return one
    strength = float(one.get("strength", 1)) + 0.2 * steps
    return {**one, "strength": round(min(1.0, max(0.1, strength)), 4)}


def _strength(work: Work, slots: Slots) -> float:
    amount = first(slots, "by")
    if amount is None:
        return 1.0
    share = float(amount.value) / (1 if amount.kind == "frac" else 100)
    if not 0 < share <= 1:
        raise work.refusal(
            "A LUT is applied by 1 to 100%: apply film.cube at 50%.",
            "LUT的强度在1%到100%之间：套用film.cube，强度50%。",
        )
    return round(share, 4)


def _file(work: Work, slots: Slots) -> Media:
    """The one that is named, or the only one there is."""
    found = first(slots, "lut")
    clips = found.get("clips") if found is not None else None
    there = [one for one in work.project.media if one.kind == "lut"]
    if isinstance(clips, Clips):
        named = {one for pick in clips.picks for one in pick.files}
        there = [one for one in there if one.id in named]
    if not there:
        raise work.refusal(
            "There is no LUT: upload a .cube file and say: apply film.cube.",
            "没有LUT文件：请先上传 .cube 文件，然后说：套用film.cube。",
        )
    if len(there) > 1:
        names = [one.filename for one in there]
        raise work.question(
            f"Which LUT: {' or '.join(names[:4])}?", f"哪个LUT：{'、'.join(names[:4])}？", "lut"
        )
    return there[0]


_BY = "by=percent|frac"
_ALSO = "what*=word:lut:lut|word:lut:strength|word:opacity"
OPERATION = Operation(
    "lut",
    (
        form(f"{MAKE}, lut:lut", "lut=luts@+as|from|with", _BY, _ALSO, *ABOUT, weight=1),
        form(f"{MAKE.removesuffix('?')}", "lut!!=luts@+as|from|with", _BY, _ALSO, *ABOUT, weight=1),
        form("verb:remove|undo|off, lut:lut", "lut=luts", *FROM, way="remove", weight=1),
        form("verb:remove|undo|off", "lut!!=luts@+from", *FROM, way="remove"),
    ),
    ("gives clips the colours of an uploaded LUT (.cube)", "给片段套用上传的LUT（.cube）"),
    ("apply the LUT to clip 2", "apply the LUT at 50%", "片段2套用LUT"),
    _lut,
    TOUCHES,
)
