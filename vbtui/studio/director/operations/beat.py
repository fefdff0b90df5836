"""beat: cuts on the beats of the music. Where those are is heard: `project/beats`.

music    |     |     |     |     |     |
before   ──clip 1──|───clip 2────|──clip 3──
after    ──clip 1────|──clip 2───|──clip 3──      the nearest beat, as far as there is footage
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from vbtui.studio.director.operation import Json, Operation, Slots, form
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity, sounds
from vbtui.studio.director.work import Work, seconds
from vbtui.studio.project import draft as d

_LEAST_MS = 250
"""No clip is made shorter."""
_ON_MS = 20
"""A cut that lies so near to a beat lies on it."""
_MOST = 0.5


def _beat(work: Work, slots: Slots) -> Json:
    clips = work.clips
    if len(clips) < 2:
        raise work.refusal(
            "There is one clip, and so no cut to be moved. Split it first: split it by scenes.",
            "只有一个片段，没有可以对齐的剪切点。请先分割：按场景分割。",
        )
    step = _step(slots)
    where = cut.clips_meant(work, slots)
    beats = _heard(work)
    result, moved, missed = _on_beats(work, clips, set(where), beats, step)
    before, after = d.sequence_length(clips), d.sequence_length(result)
    if after < before * (1 - _MOST) and not work.confirmed:
        raise work.question(
            f"That leaves {seconds(after)} of {seconds(before)}. Shall it be done?",
            f"这样整个视频只剩 {seconds(after)}（原 {seconds(before)}）。确定吗？",
            "",
            [("yes", True), ("no", False)],
        )
    if not moved:
        if missed:
            raise work.refusal(
                "No cut could be moved to a beat: the clips have no footage left there, or the music is not heard.",
                "没有能对齐到节拍的剪切点：片段素材不够，或者那里没有音乐。",
            )
        raise work.refusal("All cuts lie on beats already.", "剪切点已经都在节拍上了。")
    lengths = {identity(one): d.length(one) for one in clips}
    work.named.update(
        identity(one) for one in result if d.length(one) != lengths.get(identity(one))
    )
    work.arrange(result)
    bpm = round(60_000 * (len(beats) - 1) / max(1, beats[-1] - beats[0]))
    work.note(
        f"The music has {bpm} beats a minute; {moved} of {len(clips) - 1} cuts were moved to beats.",
        f"音乐每分钟 {bpm} 拍；{len(clips) - 1} 个剪切点中有 {moved} 个移到了节拍上。",
    )
    if missed:
        work.note(
            f"{missed} could not be: there is no footage left, or no music.",
            f"{missed} 个没有移动：素材不够，或那里没有音乐。",
        )
    work.mind.speak("whole", [])
    return {"bpm": bpm, "cuts": moved, **({"every": step} if step else {})}


def _step(slots: Slots) -> int:
    """How many beats each clip lasts; 0 where nobody said."""
    for held in slots.values():
        for one in held:
            if (step := one.get("step")) is not None:
                return int(step)
    return 0


def _heard(work: Work) -> list[int]:
    """When the music's beats are heard on the timeline, ms, in order. Raises `Unknown`; refuses where there is none."""
    pieces = [
        (one, media)
        for one in d.sounds(work.timeline())
        if (media := work.media.get(str(d.meta(one).get("asset")))) is not None
        and d.meta(one).get("volume", 1) != 0
    ]
    if not pieces:
        sounds(work, None)  # refuses: there is no music
        raise work.refusal("The music is silent.", "音乐是静音的。")
    files = list({media.id: media for _, media in pieces}.values())
    found = dict(zip((one.id for one in files), work.beats(files), strict=True))
    if failed := [one.filename for one in files if found[one.id].failed]:
        names = ", ".join(failed[:3])
        raise work.refusal(f"Could not be listened to: {names}.", f"无法读取声音：{names}。")
    beats: set[int] = set()
    for item, media in pieces:
        begin, length = d.start(item), d.length(item)
        source, speed = d.source_in(item), d.speed_of(item)
        whole = media.duration_ms if d.meta(item).get("loop") and media.duration_ms > 0 else 0
        rounds = math.ceil((source + length * speed) / whole) if whole else 1
        for number in range(max(1, rounds)):
            for ms in found[media.id].at:
                at = math.floor((ms + number * whole - source) / speed)
                if 0 <= at < length:
                    beats.add(begin + at)
    if len(beats) < 2:
        names = ", ".join(one.filename for one in files[:3])
        raise work.refusal(
            f"No steady beat was heard in {names}.", f"在 {names} 里没有听到稳定的节拍。"
        )
    return sorted(beats)


def _on_beats(
    work: Work, clips: Sequence[d.Json], where: set[int], beats: Sequence[int], step: int
) -> tuple[list[d.Json], int, int]:
    """The clips with their ends on beats; how many ends were moved, and how many could not be.

    Args:
        step: beats that each clip lasts; 0: the end goes to the nearest one.
    """
    joins = d.joins(clips)
    result: list[d.Json] = []
    at, moved, missed = 0, 0, 0  # where the clip is first looked at
    for place, clip in enumerate(clips):
        overlap = d.whole((joins[place] or {}).get("d")) if place < len(joins) else 0
        lead = d.whole((joins[place - 1] or {}).get("d")) // 2 if place else 0
        length = d.length(clip) - lead - (overlap - overlap // 2)  # while it is looked at
        is_last = place == len(clips) - 1
        if place not in where or identity(clip) in work.locked or (is_last and not step):
            result.append(clip)
            at += length
            continue
        reach = d.longest(clip, work.media)
        most = math.inf if reach is None else reach - (d.length(clip) - length)
        wanted = at + length
        if step:
            behind = bisect_left(beats, at + _LEAST_MS // 2) + step - 1
            near = [beats[behind]] if behind < len(beats) else []
        else:
            behind = bisect_left(beats, wanted)
            near = sorted(beats[max(0, behind - 2) : behind + 2], key=lambda one: abs(one - wanted))
        end = next((one for one in near if _LEAST_MS <= one - at <= most), None)
        if end is None or (not step and abs(end - wanted) > _FAR_MS):
            missed += not is_last
            end = wanted
        elif abs(end - wanted) <= _ON_MS and not step:
            end = wanted
        else:
            moved += not is_last
        result.append(_lasting(clip, d.length(clip) + end - wanted))
        at = end
    return result, moved, missed


_FAR_MS = 1500
"""A cut goes no further."""


def _lasting(clip: d.Json, wanted: int) -> d.Json:
    """The clip from its begin on for so long."""
    if wanted == d.length(clip):
        return clip
    new = d.cut_to(clip, 0, wanted) if wanted < d.length(clip) else {**clip, "d": wanted}
    return d.with_meta(new, trim="by words")


_ABOUT = (
    "clips=clips|files@-|ba|of|with|for|to",
    "music*=thing:music|word:topic:beat",
    "song=sound@of|to|with",
    "frame*=thing:frame|whole|thing:genre|thing:transition|transition|thing:part",
    "cuts*=word:verb:cut|word:verb:replace|word:verb:swap|word:verb:fit",
    "vague=vague",
    "step=step",
    "dir=dir",
)

OPERATION = Operation(
    "beat",
    (
        form("tempo:beat|do, verb:cut|set|turn|swap|make|create|fit|do|replace|move|put|split|place|start|show", *_ABOUT),
        form("tempo:do", *_ABOUT),
        form("topic:beat, tempo:beat|do", *_ABOUT),
        form("step:1|2|3|4|8|16", *_ABOUT),
    ),
    ("puts cuts on the beats of the music", "卡点：剪切点对齐音乐节拍"),
    ("cut to the beat", "change clips on every beat", "按节拍卡点"),
    _beat,
    frozenset({"clips", "texts", "sounds"}),
)  # fmt: skip
