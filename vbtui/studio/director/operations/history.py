"""undo, redo, reset: back, forth, and to an empty timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Question, Refusal, Step, Work
from vbtui.studio.project import draft as d


def _step(way: str, work: Work, slots: Slots) -> Json:
    drafts = work.project.previous if way == "undo" else work.project.undone
    if not drafts:
        raise work.refusal(
            *(
                ("There is nothing to undo.", "没有可以撤销的操作。")
                if way == "undo"
                else ("There is nothing to redo.", "没有可以重做的操作。")
            )
        )
    count = 1
    number = first(slots, "count")
    if number is not None:
        clips = number.get("clips")
        if isinstance(clips, Clips):
            pick = clips.picks[0]
            count = len(pick.ranks) or pick.count or 1
        else:
            count = int(float(number.value))
    if first(slots, "all") is not None:
        count = len(drafts)
    if count > len(drafts):
        work.note(f"There were only {len(drafts)}.", f"只有 {len(drafts)} 步。")
        count = len(drafts)
    if count < 1:
        raise work.question("How many steps back?", "后退几步？", "count")
    raise Step(way, count)


def _undo(work: Work, slots: Slots) -> Json:
    thing = next((one.thing for one in slots.get("change", []) if one.thing in _THINGS), "")
    if thing and work.project.previous and ("clip" in slots or not _went(work, thing)):
        raise work.question(
            "Shall the last change be taken back?",
            "要撤销上一次修改吗？",
            "",
            [("yes", True), ("no", False)],
        )
    named = first(slots, "clip")
    if named is not None and _is_a_step(named.get("clips")):
        slots = slots | {"count": [named]}
    elif named is not None:
        return _bring_back(work, named.get("clips"))
    return _step("undo", work, slots)


_THINGS = ("transition", "music", "title", "caption", "text")


def _went(work: Work, thing: str) -> bool:
    """Whether the last change took such a thing away."""

    def count(draft: Mapping[str, Any] | None) -> int:
        if thing == "music":
            return len(d.sounds(draft or {}))
        if thing == "transition":
            return sum(1 for join in d.joins(list(d.clips(draft or {}))) if join)
        return len(d.texts(draft or {}))

    return count(work.project.previous[-1]) > count(work.draft)


def _is_a_step(clips: Clips) -> bool:
    """`undo the last one`: a step, not a clip."""
    (pick, *more) = clips.picks
    steps = pick.ranks and (pick.ranks[-1] == -1 or pick.ranks[0] == 1)
    return not more and not pick.kind and (bool(steps) or bool(pick.count))


def _bring_back(work: Work, clips: Clips) -> Json:
    """`bring the beach back`: a clip that was taken away, where it was. Its number is the one it had."""
    here = {identity(clip) for clip in work.clips}
    for before in reversed(work.project.previous):
        old = d.clips(before or {})
        if all(identity(clip) in here for clip in old):
            continue
        seen, work.mind.seen = work.mind.seen, list(old)
        now, work.draft = work.draft, dict(before) if before else None
        try:
            named = {identity(work.clips[place]) for place in positions(work, clips, speak=False)}
        except (Refusal, Question):
            named = set()
        finally:
            work.mind.seen, work.draft = seen, now
        missing = [clip for clip in old if identity(clip) in named - here]
        if not missing:
            continue
        result = list(work.clips)
        for clip in missing:
            ahead = [identity(one) for one in old[: old.index(clip)]]
            at = sum(1 for one in result if identity(one) in ahead)
            result.insert(at, clip)
        work.arrange(result)
        work.mind.speak("clips", [identity(clip) for clip in missing])
        return {"clips": [work.name(clip) for clip in missing]}
    raise work.question(
        "Shall the last change be taken back?",
        "要撤销上一次修改吗？",
        "",
        [("yes", True), ("no", False)],
    )


def _redo(work: Work, slots: Slots) -> Json:
    return _step("redo", work, slots)


def _reset(work: Work, slots: Slots) -> Json:
    if not work.draft or not d.tracks(work.draft):
        if work.project.draft and d.tracks(work.project.draft):
            return {}
        raise work.refusal("The timeline is empty already.", "时间线已经是空的。")
    vague = any(p.thing == "video" and not p.value.style for p in slots.get("whole", []))
    asks = value(slots, "way") == "asks" or (vague and work.several and not work.kept)
    if asks and not work.confirmed:
        raise work.question(
            "That empties the timeline; the uploaded files stay. Shall it be done?",
            "这会清空时间线，上传的文件保留。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    if work.kept:
        return {}  # 只要照片，视频都不要
    work.draft = {**work.draft, "t": [], "d": 0}
    work.note(
        "The uploaded files stay. Say undo to get the timeline back.",
        "上传的文件保留。说“撤销”可恢复。",
    )
    return {}


_COUNT = "count=number|times|count"

UNDO = Operation(
    "undo",
    (
        form(
            "verb:undo",
            "clip=files|uncounted",
            _COUNT,
            "change=word|vague|thing:edit|pron|thing:part|thing:transition|thing:music|thing:title|thing:caption|thing:text",
            "all=whole",
            "dir=dir",
            "steps=steps",
        ),
        form("verb:move|set|put|get, dir:back", "clip!!=files|uncounted", strict=True, weight=2),
    ),
    ("takes the last change back", "撤销上一次修改"),
    ("undo", "undo the last two", "撤销"),
    _undo,
    frozenset({"everything"}),
)
REDO = Operation(
    "redo",
    (form("verb:redo", _COUNT, "steps=steps", "all=whole"),),
    ("makes it again", "重做"),
    ("redo", "重做"),
    _redo,
    frozenset({"everything"}),
)
RESET = Operation(
    "reset",
    (
        form("verb:reset", "whole*=whole"),
        form("verb:remove", "whole!*=whole", weight=-1),
        form("verb:remove, q:all", "what=clips", weight=-3, way="asks"),
    ),
    ("empties the timeline; the files stay", "清空时间线，文件保留"),
    ("start over", "delete everything", "清空时间线"),
    _reset,
    frozenset({"everything"}),
)
