"""export, extract: the client does it, by its own words (`vbtui.language.deliveries`); here is told how to say it."""

from __future__ import annotations

from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.keys import key_name
from vbtui.base.times import time_code
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations.picture import said
from vbtui.studio.director.resolving import edge_of, moment, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work


def _export(work: Work, slots: Slots) -> Json:
    _refuse_part(work, slots)
    names = said(slots, "format")
    if not names or names[0] == USUAL:
        work.note(
            f"To save the video say “export” (or press {key_name('app.export')}).",
            f"要保存视频请说“导出”（或按 {key_name('app.export')}）。",
        )
        return {"format": USUAL} if names else {}
    _tell(work, f"export as {names[0]}", f"导出为{names[0]}", names[0])
    return {"format": names[0]}


def _extract(work: Work, slots: Slots) -> Json:
    if work.is_empty:
        raise work.refusal("There is nothing on the timeline yet.", "时间线上还没有内容。")
    _refuse_part(work, slots)
    what = str(next(iter(said(slots, "out")), value(slots, "out")))
    names = said(slots, "format")
    if what == "sheet":
        _tell(work, "make a contact sheet", "导出联系表", "sheet")
        return {"format": "sheet"}
    if what == "sound":
        name = next((one for one in names if not FORMATS[one].has_picture), "mp3")
        _tell(work, f"extract the audio as {name}", f"提取音频为{name}", name)
        return {"format": name}
    if what == "captions":
        name = next((one for one in names if FORMATS[one].is_words), "srt")
        _tell(work, f"export the captions as {name}", f"导出字幕为{name}", name)
        return {"format": name}
    at = first(slots, "at")
    if at is None:
        raise work.refusal(
            "A picture is saved of a moment, which must be named: save the frame at 0:05.",
            "保存画面需要说出时刻，例如：导出0:05的画面。",
        )
    at_ms = moment(work, edge_of(work, at), work.total())
    told = time_code(at_ms)
    _tell(work, f"save the frame at {told}", f"导出{told}的画面", "png")
    return {"format": "png", "at_ms": at_ms}


def _tell(work: Work, english: str, chinese: str, name: str) -> None:
    label = FORMATS[name].label
    work.note(
        f"To save it as {label.of(False)} say only “{english}”.",
        f"要保存为 {label.of(True)}，请单独说“{chinese}”。",
    )


def _refuse_part(work: Work, slots: Slots) -> None:
    """What is exported is the timeline: raises a `Refusal` where only a part of it is named."""
    if work.is_empty:
        return
    parts = [one for name in ("part", "what") for one in slots.get(name, [])]
    for one in parts:
        clips = one.get("clips")
        is_part = one.kind == "when" or (
            isinstance(clips, Clips) and len(positions(work, clips) or []) < len(work.clips)
        )
        if is_part:
            raise work.refusal(
                "All of the timeline is exported, not a part of it: keep only that part first, export, then undo.",
                "导出的是整条时间线，不能只导出一部分：可以先只保留这一部分，导出后再撤销。",
            )


_NAMES = "|".join(one for one in FORMATS if one not in ("png", "sheet"))

_AT = "at=moment|time|edge|duration"

OPERATION = Operation(
    "export",
    (
        form(
            "verb:export",
            "what*=whole|clips|pron|resolution|fps|topic|aspect|size|number|word|vague|thing:frame|missing|quote|format@+as",
            "part=when",
            weight=-3,
        ),
        form(f"format:{_NAMES}", "part*=clips|when", rest=True, weight=-5),
    ),
    ("saves the video, in a format", "导出视频，可选格式"),
    ("export as gif", "导出为gif"),
    _export,
)
EXTRACT = Operation(
    "extract",
    (
        form("out:sound|frame|sheet|captions", _AT, "part*=clips", "format*=format", rest=True),
        form("verb:export, thing:frame", _AT.replace("=", "!!=", 1), "part*=clips", out="frame"),
    ),
    (
        "saves the sound, the captions, a picture or a contact sheet",
        "单独保存声音、字幕、画面或缩略图总览",
    ),
    ("extract the audio", "export the captions as srt", "提取音频"),
    _extract,
)
LEAVE_THE_DRAFT = (OPERATION.name, EXTRACT.name)
"""They are told of though nothing changes."""
