"""Back, forth, and from the start."""

from __future__ import annotations

from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk
from vbtui.studio.project import draft as d


def handle(clause: Clause, desk: Desk) -> bool:
    """Undo, redo, delete everything."""
    if clause.verb in ("undo", "redo"):
        clause.take_all("noun", "everything", "video")
        clause.take_all("word", "change", "edit", "step")
        clause.take_all("select", "last")
        if clause.left():
            return False
        return _undo(desk) if clause.verb == "undo" else _redo(desk)
    if clause.verb == "clear":
        clause.take_all("noun", "video", "everything")
        return _clear(desk)
    if clause.verb == "remove" and clause.has("noun", "everything") and len(clause.left()) == 1:
        raise desk.refusal(
            'What exactly? For example: "remove clip 2", "remove the title" or "delete everything".',
            "具体删除什么？例如：“删除片段2”、“删除标题”或“全部删除”。",
        )
    return False


def _undo(desk: Desk) -> bool:
    if not desk.project.previous:
        raise desk.refusal("There is nothing to undo.", "没有可以撤销的操作。")
    previous = desk.project.previous[-1]
    desk.draft = dict(previous) if previous else emptied(desk)
    desk.step = "undo"
    desk.did("Took back the last change.", "撤销了上一次修改。", "undo")
    return True


def _redo(desk: Desk) -> bool:
    if not desk.project.undone:
        raise desk.refusal("There is nothing to redo.", "没有可以重做的操作。")
    following = desk.project.undone[-1]
    desk.draft = dict(following) if following else emptied(desk)
    desk.step = "redo"
    desk.did("Made the change again.", "重做了上一次修改。", "redo")
    return True


def _clear(desk: Desk) -> bool:
    if not desk.draft or not d.tracks(desk.draft):
        raise desk.refusal("The timeline is empty already.", "时间线已经是空的。")
    desk.draft = emptied(desk)
    desk.did(
        "Emptied the timeline; the uploaded files stay. Say undo to get it back.",
        "清空了时间线，上传的文件保留。说“撤销”可恢复。",
        "clear_timeline",
    )
    return True


def emptied(desk: Desk) -> d.Json:
    """The draft without tracks; its canvas and name stay."""
    draft = desk.draft or d.empty(desk.project.title or "project")
    return {**draft, "t": [], "d": 0}
