"""voice: an uploaded voice-over from a time on; it is heard as a clip is, and music gives way to it."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import level
from vbtui.studio.director.resolving import identity, point
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO


def _voice(work: Work, slots: Slots) -> Json:
    if value(slots, "way") == "remove":
        return _removed(work)
    found = first(slots, "file")
    clips = found.get("clips") if found is not None else None
    files = [work.media[one] for pick in clips.picks for one in pick.files if one in work.media] if (
        isinstance(clips, Clips)
    ) else []  # fmt: skip
    heard = [one for one in files if one.kind == "audio"]
    if len(heard) != 1:
        raise work.question(
            "Which sound file is the voice-over? For example: put voice.m4a at 0:10 as voice-over.",
            "哪个音频是旁白？例如：把 voice.m4a 放在 0:10 作为旁白。",
            "file",
        )
    (asset,), total = heard, work.total() if work.timeline() else 0
    at = first(slots, "at")
    begin = point(work, at, total) if at is not None else 0
    if begin >= total:
        raise work.refusal(
            f"The video is over at {seconds(total)}: nothing is heard at {seconds(begin)}.",
            f"视频到 {seconds(total)} 就结束了：{seconds(begin)} 处听不到声音。",
        )
    wanted = level.of(slots)
    lasts = min(asset.duration_ms, total - begin)
    segment: d.Json = {
        "s": begin,
        "d": lasts,
        "m": {
            "title": asset.filename,
            "asset": asset.id,
            "in": 0,
            "volume": 1.0 if wanted is None else wanted,
            "role": "voice",
            "place": {"at": "time", "ms": begin, "d": lasts},
        },
    }
    before = {identity(one) for one in d.voices(work.timeline())}
    work.draft = d.lay_out(d.add_segment(work.timeline(), AUDIO, segment, name="Voice"))
    if lasts < asset.duration_ms:
        work.note(
            f"The video ends before it: {seconds(asset.duration_ms - lasts)} of {clean_line(asset.filename)} are not heard.",
            f"视频先结束：{clean_line(asset.filename)} 有 {seconds(asset.duration_ms - lasts)} 听不到。",
        )
    made = [identity(one) for one in d.voices(work.draft) if identity(one) not in before]
    work.mind.speak("music", made)
    return {"file": asset.filename, "start_ms": begin, "duration_ms": lasts}


def _removed(work: Work) -> Json:
    voices = {identity(one) for one in d.voices(work.timeline())}
    if not voices:
        raise work.refusal("There is no voice-over on the timeline.", "时间线上没有旁白。")
    kept = d.replace(
        work.timeline(),
        lambda kind, item: None if kind == AUDIO and identity(item) in voices else item,
    )
    work.draft = d.lay_out(kept)
    return {"remove": True, "count": len(voices)}


_AT = "at=moment|time|place|edge|number@at|from|after|before|on|in|-|ba|to"
_MORE = (
    "level=percent|decibel|frac@at|with|to|-|by",
    "volume=thing:volume",
    "start*=word:verb:start|word:verb:play|word:verb:make",
    "whole*=whole",
)

OPERATION = Operation(
    "voice",
    (
        form("verb:add|put|use|play|set|start|move, topic:voice", "file!!=sound", _AT, *_MORE, weight=2),
        form("topic:voice", "file!!=sound", _AT, *_MORE, weight=1),
        form("verb:remove|off|undo, topic:voice", "whole*=whole@+from|of|in", way="remove", weight=1),
    ),
    ("puts an uploaded voice-over at a time", "在指定时间加上传的旁白"),
    ("put song.mp3 at 0:05 as voice-over", "remove the voice-over", "把song.mp3放在0:05作为旁白"),
    _voice,
    frozenset({"sounds"}),
    asks={"file": ("Which sound file?", "哪个音频文件？")},
)  # fmt: skip
