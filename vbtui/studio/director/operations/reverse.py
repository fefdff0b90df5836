"""reverse: clips played from their end to their begin, picture and sound."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.operations.picture import ABOUT, MAKE
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.values import IT
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d

_LONGEST_MS = 600_000
"""All of a sound that is heard backwards is in memory at once."""


def _plays(work: Work, clip: d.Json) -> bool:
    return work.kind(clip) == "video" and not d.is_freeze(clip)


def _reverse(work: Work, slots: Slots) -> Json:
    backwards = value(slots, "way") != "forwards"
    bare = slots.keys().isdisjoint(("clips", "whole", "when"))
    if bare and work.mind.of_kind == "clips" and work.mind.spoken:
        slots = {**slots, "clips": [IT]}
    where, whole = cut.places(work, slots)
    if backwards and len(where) > 1 and (whole or "when" in slots) and not work.confirmed:
        raise work.question(
            "Shall each clip play backwards in its place? Their order is turned by: reverse the order.",
            "每个片段都在原来的位置倒放吗？片段的顺序可以这样反转：倒序排列。",
            "",
            [("yes", True), ("no", False)],
        )
    clips = list(work.clips)
    videos = [place for place in where if _plays(work, clips[place])]
    if not videos:
        raise work.refusal("A photo has no direction to play in.", "照片没有播放方向。")
    if backwards and any(d.length(clips[place]) > _LONGEST_MS for place in videos):
        raise work.refusal(
            f"A clip that plays backwards lasts {seconds(_LONGEST_MS)} at most: split it first.",
            f"倒放的片段最长 {seconds(_LONGEST_MS)}：请先分割。",
        )
    meant = [one for one in videos if identity(clips[one]) not in work.locked]
    if all(d.is_reverse(clips[place]) == backwards for place in meant):
        raise work.refusal(
            "It plays backwards already; forwards again by: play clip 1 forwards."
            if backwards
            else "It plays forwards already.",
            "已经是倒放了；要正放请说：片段1正放。" if backwards else "已经是正放了。",
        )
    for place in meant:
        cut_out: Json = {"cut_before": None, "cut_after": None}  # there it fits no more
        clips[place] = d.with_meta(clips[place], reverse=True if backwards else None, **cut_out)
    work.set_clips(clips)
    return {"clips": [place + 1 for place in meant], **({} if backwards else {"forwards": True})}


OPERATION = Operation(
    "reverse",
    (
        form(f"{MAKE}, topic:reverse", "dir=word:dir:back", *ABOUT),
        form(f"{MAKE}, run:forwards", *ABOUT, "again=again", way="forwards"),
        form(
            "verb:remove|undo|off|stop, topic:reverse",
            "clips*=clips|files@from|of|on|in|ba",
            *ABOUT[1:3],
            way="forwards",
        ),
    ),
    ("plays clips backwards, picture and sound", "倒放片段，画面和声音一起"),
    ("play clip 2 backwards", "play the first 3 seconds of clip 2 backwards", "片段2倒放"),
    _reverse,
    frozenset({"clip:reverse", "clip:cut_before", "clip:cut_after", "split"}),
)
