"""undo, redo, reset: back, forth, and to an empty timeline."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d


class Step(Exception):
    """The draft goes back or forth along the history; `direct` does it."""

    def __init__(self, way: str, count: int) -> None:
        super().__init__(way)
        self.way = way
        self.count = count


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
    return _step("undo", work, slots)


def _redo(work: Work, slots: Slots) -> Json:
    return _step("redo", work, slots)


def _reset(work: Work, slots: Slots) -> Json:
    if not work.draft or not d.tracks(work.draft):
        if work.project.draft and d.tracks(work.project.draft):
            return {}
        raise work.refusal("The timeline is empty already.", "时间线已经是空的。")
    if value(slots, "way") == "asks" and not work.confirmed:
        raise work.question(
            "That empties the timeline; the uploaded files stay. Shall it be done?",
            "这会清空时间线，上传的文件保留。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    work.draft = {**work.draft, "t": [], "d": 0}
    work.note(
        "The uploaded files stay. Say undo to get the timeline back.",
        "上传的文件保留。说“撤销”可恢复。",
    )
    return {}


_COUNT = "count=number|times|clips"

UNDO = Operation(
    "undo",
    (
        form(
            "verb:undo",
            _COUNT,
            "change=word|vague|thing:edit|pron|thing:part",
            "all=whole",
            "dir=dir",
            "steps=steps",
        ),
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
