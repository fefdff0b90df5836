"""subtitles: what an uploaded SRT or VTT file says, as captions (`director/scripts`)."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director import scripts, texts
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import title
from vbtui.studio.director.resolving import identity, point
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.timeline.model import TEXT


def _subtitles(work: Work, slots: Slots) -> Json:
    found = first(slots, "file")
    clips = found.get("clips") if found is not None else None
    removes = value(slots, "way") == "remove"
    files = scripts.uploaded(work, on_timeline=removes)
    if isinstance(clips, Clips):
        files = scripts.named_files(work, clips)
    if not files and removes:
        raise work.refusal(
            "There are no captions of a file on the timeline.", "时间线上没有来自字幕文件的字幕。"
        )
    if not files:
        raise work.refusal(
            "There is no file of subtitles: upload an .srt or .vtt file and say: add movie.srt.",
            "没有字幕文件：请先上传 .srt 或 .vtt 文件，然后说：加上字幕 movie.srt。",
        )
    file = scripts.only_one(work, files)
    if removes:
        return _removed(work, file)
    if value(slots, "way") == "replace":
        work.confirmed = True
    at = first(slots, "at")
    start = point(work, at, work.total()) if at is not None else None
    style = {**scripts.plain(), **title.style_of(work, slots, scripts.plain())}
    return scripts.put(work, file, scripts.whose(work, slots), start, style)


def _removed(work: Work, file: Media) -> Json:
    mine = {
        identity(one) for one in texts.every(work) if d.meta(one).get("file") == file.id
    }  # also those that were changed by hand
    if not mine:
        name = clean_line(file.filename)
        raise work.refusal(
            f"There are no captions of {name} on the timeline.", f"时间线上没有 {name} 的字幕。"
        )
    kept = d.replace(
        work.timeline(),
        lambda kind, item: None if kind == TEXT and identity(item) in mine else item,
    )
    work.draft = d.lay_out(kept)
    return {"remove": True, "file": file.filename, "count": len(mine)}


_MORE = (
    "clips=clips|files@on|to|of|over|for|under|in|ba|with|-|onto",
    "at=moment|time|edge@at|from|on|-|to",
    "what*=thing:caption|thing:text|thing:clip",
    "whole*=whole@+into|from",
    "start*=word:verb:start|word:verb:play|word:verb:say",
    "sync*=topic",
    *title.LOOK,
)

OPERATION = Operation(
    "subtitles",
    (
        form(
            "verb:add|put|show|set|use|open_with|make|create|play|move|load|upload|start, thing:caption?",
            "file!!=subs@+from|as|by",
            *_MORE,
            weight=1,
        ),
        form(
            "verb:replace|turn|set, thing:caption",
            "file!!=subs@with|by|to|into|for|as|-",
            *_MORE,
            way="replace",
            weight=3,
        ),
        form(
            "verb:add|put|show|set|use|open_with|play|load|upload|start, script:file|format:srt|format:vtt",
            "file=subs@+from|as|by",
            *_MORE,
        ),
        form("verb:remove|off|undo|hide|take, thing:caption?", "file!!=subs@+of|from", "dir=dir", *_MORE, way="remove"),
        form("verb:remove|off|undo|hide|take, script:file|format:srt|format:vtt", "file=subs@+of|from", "dir=dir", *_MORE, way="remove"),
    ),
    ("shows the subtitles of a file: SRT or VTT", "显示字幕文件（SRT、VTT）的字幕"),
    ("add the subtitles subs.vtt", "replace the captions with subs.vtt", "加上字幕 subs.vtt"),
    _subtitles,
    frozenset({"texts"}),
    asks={"file": ("Which file of subtitles?", "哪个字幕文件？")},
)  # fmt: skip
