"""export: the client does it, by its own word."""

from __future__ import annotations

from vbtui.base.keys import key_name
from vbtui.studio.director.operation import Json, Operation, Slots, form
from vbtui.studio.director.work import Work


def _export(work: Work, slots: Slots) -> Json:
    work.note(
        f"To save the video say “export” (or press {key_name('app.export')}).",
        f"要保存视频请说“导出”（或按 {key_name('app.export')}）。",
    )
    return {}


OPERATION = Operation(
    "export",
    (
        form(
            "verb:export",
            "what*=whole|clips|pron|resolution|fps|topic|aspect|size|number|word|vague|thing:frame|missing|quote@+as",
            weight=-3,
        ),
        form("verb:show|play|use, topic:formats", rest=True, weight=-4),
    ),
    ("saves the video", "导出视频"),
    ("export", "导出"),
    _export,
)
