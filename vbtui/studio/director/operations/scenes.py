"""scenes: a cut at every change of scene that is seen in the clips."""

from __future__ import annotations

import math

from vbtui.studio.director import sequence
from vbtui.studio.director.operation import Json, Operation, Slots, form
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_LEAST_MS = 500
"""A scene lasts at least so long."""


def _scenes(work: Work, slots: Slots) -> Json:
    where = cut.clips_meant(work, slots)
    seen = {
        place: media
        for place in where
        if (media := work.media.get(str(d.meta(work.clips[place]).get("asset")))) is not None
        and media.kind == "video"
        and identity(work.clips[place]) not in work.locked
        and not d.is_freeze(work.clips[place])
    }
    if not seen:
        raise work.refusal(
            "Scenes are found in videos, and there is none.", "场景要在视频里找，这里没有视频。"
        )
    files = list({one.id: one for one in seen.values()}.values())
    changes = dict(zip((one.id for one in files), work.changes(files), strict=True))
    if failed := [one.filename for one in files if changes[one.id].failed]:
        names = ", ".join(failed[:3])
        raise work.refusal(f"Could not be watched: {names}.", f"无法读取画面：{names}。")
    result: list[d.Json] = []
    count = 0
    for place, clip in enumerate(work.clips):
        media = seen.get(place)
        points = [] if media is None else _points(work, place, changes[media.id].scenes())
        at = 0
        for point in [*points, d.length(clip)]:
            piece = d.cut_to(clip, at, point)
            if at:
                piece = d.with_meta(piece, transition=None)
                piece.pop("id", None)
            result.append(piece)
            at = point
        count += len(points)
    if not count:
        raise work.refusal("No change of scene was found.", "没有找到场景变化。")
    if len(result) > sequence.MAX_CLIPS:
        raise work.refusal(
            f"That would make more than {sequence.MAX_CLIPS} clips: name a clip.",
            f"这样会超过 {sequence.MAX_CLIPS} 个片段：请指定一个片段。",
        )
    others = {identity(clip) for place, clip in enumerate(work.clips) if place not in seen}
    work.set_clips(result)
    work.mind.pieces = tuple(one for one in map(identity, work.clips) if one not in others)
    work.mind.speak("clips", work.mind.pieces)
    work.note(f"{count} changes of scene.", f"找到 {count} 处场景变化。")
    return {"count": count}


def _points(work: Work, place: int, scenes: tuple[int, ...]) -> list[int]:
    """The changes inside of a clip, ms from its start: far enough from its ends, its transitions and each other."""
    clip = work.clips[place]
    joins = [None, *d.joins(work.clips), None]
    lead, tail = (2 * d.whole((joins[at] or {}).get("d")) for at in (place, place + 1))
    begin, reached = d.source_in(clip), d.source_pace(clip).reached
    points: list[int] = []
    backwards = d.is_reverse(clip)
    for ms in reversed(scenes) if backwards else scenes:
        point = math.ceil(reached(ms - begin))
        point = d.length(clip) - point if backwards else point
        low = max(lead, (points[-1] if points else 0) + _LEAST_MS)
        if low <= point <= d.length(clip) - max(tail, _LEAST_MS):
            points.append(point)
    return points


OPERATION = Operation(
    "scenes",
    (
        form(
            "topic:scenes, verb:split|cut|find|look_for|make?",
            "clips=clips|files@of|in|from|-|on|for|ba|into|by|at",
            "whole*=whole|thing:part|q",
            "more*=topic",
        ),
    ),
    ("cuts where scenes change", "在场景变化处分割"),
    ("split the video by scenes", "detect the scenes in clip 1", "按场景分割"),
    _scenes,
    frozenset({"split"}),
)
