"""Conditions, judged on the draft: `if it is longer than 30 seconds`, `if there is music`, `unless it is portrait`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from vbtui.studio.director import sequence
from vbtui.studio.director.resolving import has_shape, identity, positions
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Question, Refusal, Work, seconds
from vbtui.studio.project import draft as d


class Judged(NamedTuple):
    """Whether a condition holds, and a sentence for when it does not."""

    holds: bool
    told: str


def judge(work: Work, phrases: Sequence[Phrase], text: str) -> Judged | None:
    """The condition on the timeline as it is; None where the timeline does not tell."""
    try:
        found = _judge(work, phrases, text)
    except Refusal:  # of a clip that is not there
        found = None
    if found is None:
        return None
    if phrases[0].is_("cond", "unless"):
        found = Judged(not found.holds, found.told)
    return found


def _judge(work: Work, phrases: Sequence[Phrase], text: str) -> Judged | None:
    clips_there = [] if work.is_empty else work.clips
    negs = [
        one
        for one in phrases
        if one.kind == "neg" or one.role == "without" or one.is_("prep", "without")
    ]
    negated = len(negs) % 2 == 1
    compared = next((one for one in phrases if one.is_("cmp") or one.role in ("on", "under")), None)
    clips = next((one.get("clips") for one in phrases if isinstance(one.get("clips"), Clips)), None)
    thing = next((one.thing for one in phrases if one.thing), "")
    length = next((one for one in phrases if one.kind == "duration"), None)
    unknown = any(one.kind == "word" and one.value.isascii() for one in phrases)
    if unknown or sum(one.kind == "cond" for one in phrases) > 1:
        return None
    both = [one.get("clips") for one in phrases if isinstance(one.get("clips"), Clips)]
    counted = next((one for one in both if one.picks[0].count), None)
    if (
        counted is not None
        and len(both) == 2
        and both[0].picks[0] == Pick(both[0].picks[0].kind, some=True)
    ):
        kind = counted.picks[0].kind or both[0].picks[0].kind  # 照片少于6张
        clips = replace(counted, picks=(replace(counted.picks[0], kind=kind),))
        both = [clips]
    if compared is not None and length is None and len(both) == 2 and not thing:
        first, name = _length_of(work, both[0], "")
        second, _ = _length_of(work, both[1], "")
        if first is None or second is None:
            return None
        holds = first > second if compared.is_("cmp", "more") else first < second
        return Judged(
            holds != negated,
            work.say(
                f"{name} lasts {seconds(first)}, the other {seconds(second)}: nothing was done.",
                f"{name}长 {seconds(first)}，另一个 {seconds(second)}：没有改动。",
            ),
        )
    if compared is not None and length is not None and clips is not None and not thing:
        several = _those_of(work, clips, compared, int(length.value), negated)
        if several is not None:
            return several
    if compared is not None and length is not None:
        more = compared.is_("cmp", "more") or compared.role == "on"
        now, name = _length_of(work, clips, thing)
        if now is None:
            return None
        holds = now > int(length.value) if more else now < int(length.value)
        return Judged(
            holds != negated,
            work.say(
                f"{name} lasts {seconds(now)}: nothing was done.",
                f"{name}长 {seconds(now)}：没有改动。",
            ),
        )
    if compared is not None and clips is not None and clips.picks[0].count:
        kind = clips.picks[0].kind
        count = sum(1 for clip in clips_there if kind in ("", work.kind(clip)))
        more = compared.is_("cmp", "more") or compared.role == "on"
        holds = count > clips.picks[0].count if more else count < clips.picks[0].count
        return Judged(
            holds != negated,
            work.say(f"There are {count}: nothing was done.", f"共有 {count} 个：没有改动。"),
        )
    aspect = next((one.get("aspect") for one in phrases if one.is_("aspect")), None)
    if aspect is not None and clips is not None:
        shown = [work.clips[place] for place in positions(work, clips)]
        shaped = all(has_shape(work, clip, str(aspect)) for clip in shown)
        return Judged(
            shaped != negated,
            work.say("It has another shape: nothing was done.", "画幅不符：没有改动。"),
        )
    if aspect is not None:
        if work.is_empty:
            return None
        holds = sequence.canvas(work.timeline()) == sequence.CANVASES.get(aspect)
        width, height = sequence.canvas(work.timeline())
        return Judged(
            holds != negated,
            work.say(
                f"The frame is {width}x{height}: nothing was done.",
                f"画幅是 {width}x{height}：没有改动。",
            ),
        )
    if (kinds := _is_of_kind(work, phrases)) is not None:
        return Judged(
            kinds != negated,
            work.say("It is not of that kind: nothing was done.", "类型不符：没有改动。"),
        )
    level = next((one for one in phrases if one.kind == "percent"), None)
    if (
        compared is not None
        and level is not None
        and (loud := _level_of(work, clips, thing)) is not None
    ):
        more = compared.is_("cmp", "more") or compared.role == "on"
        wanted = float(level.value) / 100
        holds = loud > wanted if more else loud < wanted
        return Judged(
            holds != negated,
            work.say(f"It is at {loud:.0%}: nothing was done.", f"音量是 {loud:.0%}：没有改动。"),
        )
    if compared is not None or any(one.kind in _MEASURES for one in phrases):
        return None
    if thing in ("music", "title", "caption", "text", "transition", "end_title"):
        count = _count(work, thing)
        told = work.say(
            f"There is {'no' if not count else 'a'} {thing}: nothing was done.",
            "条件不成立：没有改动。",
        )
        return Judged((count > 0) != negated, told)
    there = any(one.kind == "exists" or one.role == "with" for one in phrases)
    if thing == "video" and there and clips is None:
        count = sum(1 for clip in clips_there if work.kind(clip) == "video")
        return Judged(
            (count > 0) != negated,
            work.say(f"There are {count}: nothing was done.", f"共有 {count} 个：没有改动。"),
        )
    seen = any(one.kind in _SEEN for one in phrases)  # if the beach has black bars
    if clips is not None and any(one.kind in ("exists",) for one in phrases) and not seen:
        kind, shape = clips.picks[0].kind, clips.picks[0].shape
        same = [
            identity(clip)
            for clip in clips_there
            if kind in ("", work.kind(clip)) and has_shape(work, clip, shape)
        ]
        count, wanted = len(same), clips.picks[0].count
        holds = count == wanted if wanted else count > 0
        if holds and (kind or shape):  # if there are photos, make them 2 s each
            work.mind.speak("clips", same)
        return Judged(
            holds != negated,
            work.say(f"There are {count}: nothing was done.", f"共有 {count} 个：没有改动。"),
        )
    return None


def _those_of(
    work: Work, clips: Clips, compared: Phrase, length: int, negated: bool
) -> Judged | None:
    """`if any photo is longer than 5 s`: of several it is done to those that are."""
    try:
        where = positions(work, clips, speak=False)
    except (Refusal, Question):
        if not (clips.picks[0].one and len(clips.picks) == 1 and not clips.picks[0].files):
            return None
        where = [p for p, c in enumerate(work.clips) if clips.picks[0].kind in ("", work.kind(c))]
    if len(where) < 2:
        return None
    more = (compared.is_("cmp", "more") or compared.role == "on") != negated
    now = {place: d.length(work.clips[place]) for place in where}
    found = [place for place, ms in now.items() if (ms > length if more else ms < length)]
    if found:
        work.mind.speak("clips", [identity(work.clips[place]) for place in found])
    return Judged(
        bool(found), work.say("None of them is so: nothing was done.", "都不符合条件：没有改动。")
    )


_SEEN = ("fit", "topic", "noise", "light", "look", "effect", "too", "colour")
"""What a clip can have in its picture or its sound, which is not looked at here."""
_MEASURES = ("duration", "percent", "factor", "number", "decibel", "lufs", "angle", "time")


def _is_of_kind(work: Work, phrases: Sequence[Phrase]) -> bool | None:
    """`clip 3 is a photo`: None where no kind is spoken of."""
    clips = [one.get("clips") for one in phrases if isinstance(one.get("clips"), Clips)]
    kinds = [one for one in clips if one.picks[0].kind and one.picks[0].one and one.picks[0].some]
    kind = kinds[-1].picks[0].kind if kinds else ""
    if any(one.thing == "video" for one in phrases[1:]):
        kind = "video"
    named = [one for one in clips if one not in kinds]
    if not kind or len(named) != 1 or any(one.kind == "exists" for one in phrases):
        return None
    try:
        where = positions(work, named[0])
    except (Refusal, Question):
        return None
    return all(work.kind(work.clips[place]) == kind for place in where)


def _level_of(work: Work, clips: Clips | None, thing: str) -> float | None:
    """How loud the music or one clip is."""
    found = d.sounds(work.draft or {}) if thing == "music" else []
    if clips is not None and thing != "music":
        try:
            found = [work.clips[place] for place in positions(work, clips)]
        except (Refusal, Question):
            return None
    levels = {
        float(d.meta(one).get("volume") or 0.0) if "volume" in d.meta(one) else 1.0 for one in found
    }
    return levels.pop() if len(levels) == 1 else None


def _length_of(work: Work, clips: Clips | None, thing: str) -> tuple[int | None, str]:
    if thing == "music":
        sounds = d.sounds(work.draft or {})
        return (max(d.length(one) for one in sounds) if sounds else None), work.say(
            "The music", "音乐"
        )
    if clips is None or (clips.picks[0].pronoun and work.mind.of_kind != "clips"):
        return (0 if work.is_empty else work.total()), work.say("The video", "视频")
    try:
        where = positions(work, clips)
    except (Refusal, Question):
        return None, ""
    if len(where) != 1:
        return None, ""
    return d.length(work.clips[where[0]]), work.label(where)


def _count(work: Work, thing: str) -> int:
    if thing == "music":
        return len(d.sounds(work.draft or {}))
    if thing == "transition":
        return sum(1 for join in d.joins([] if work.is_empty else work.clips) if join)
    role = {"title": "title", "caption": "caption"}.get(thing, "")
    return sum(
        1 for one in d.texts(work.draft or {}) if not role or d.meta(one).get("role") == role
    )
