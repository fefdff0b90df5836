"""Answers to questions about the timeline: how long, how many, which is the longest, what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vbtui.base.text import clean_line
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips, Phrase
from vbtui.studio.director.work import Question, Refusal, Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.changes import summary
from vbtui.timeline.digest import effect_names
from vbtui.timeline.model import read

_LENGTH = re.compile(
    r"how long|how many seconds|how many minutes|what length|duration|多长|多久|几秒|时长|总长|多少秒",
    re.I,
)
_WHICH = re.compile(r"\bwhich\b|哪[些几]", re.I)
_COUNT = re.compile(r"how many|几[个张段条]|多少[个张段条]", re.I)


def answer(work: Work, words: str, phrases: Sequence[Phrase]) -> str:
    """A sentence that answers, from the draft alone; the summary of the timeline where nothing fits better."""
    if work.is_empty:
        return work.say("The timeline is empty.", "时间线是空的。")
    if (extreme := extreme_of(phrases)) is not None:
        return _extreme(work, *extreme)
    things = {one.thing for one in phrases if one.thing}
    if _LENGTH.search(words):
        return _length(work, phrases, things)
    if _COUNT.search(words):
        return _count(work, phrases, things)
    if "music" in things:
        return _heard(work)
    if _WHICH.search(words) and (listed := _which(work, phrases)):
        return listed
    where = _meant(work, phrases)
    if where and len(where) == 1:
        return _about(work, where[0])
    return summary(read(work.draft))


def _heard(work: Work) -> str:
    """Which music plays when, and how loud."""
    pieces = [
        f"{clean_line(str(d.meta(one).get('title')))} {seconds(d.start(one))}–"
        f"{seconds(d.start(one) + d.length(one))}, {round(100 * float(d.meta(one).get('volume', 1)))} %"
        for one in d.sounds(work.draft or {})
    ]
    if not pieces:
        return work.say("There is no music.", "没有音乐。")
    return work.say(f"Music: {'; '.join(pieces)}.", f"音乐：{'；'.join(pieces)}。")


def _which(work: Work, phrases: Sequence[Phrase]) -> str:
    """The clips of the kind that is asked for; "" where none is."""
    picks = [p for one in phrases if isinstance(c := one.get("clips"), Clips) for p in c.picks]
    kind = next((pick.kind for pick in picks if pick.kind in ("image", "video")), "")
    where = [place for place, clip in enumerate(work.clips) if work.kind(clip) == kind]
    if not kind or any(pick.files or pick.ranks for pick in picks):
        return ""
    if not where:
        return work.say("There is none.", "没有。")
    work.mind.speak("clips", [identity(work.clips[place]) for place in where])
    name = work.label(where)
    return f"{name[:1].upper()}{name[1:]}."


def extreme_of(phrases: Sequence[Phrase]) -> tuple[bool, str] | None:
    """Whether the longest or the shortest is asked for, and of which kind of clips."""
    picks = [p for one in phrases if isinstance(c := one.get("clips"), Clips) for p in c.picks]
    kind = next((pick.kind for pick in picks if pick.kind), "")
    for one in phrases:
        if one.is_("superlative", "longest", "shortest"):
            return one.is_("superlative", "longest"), kind
    return next(((pick.longest > 0, kind) for pick in picks if pick.longest), None)


def _extreme(work: Work, longest: bool, kind: str) -> str:
    clips = work.clips
    lengths = [d.length(clip) if kind in ("", work.kind(clip)) else None for clip in clips]
    known = [one for one in lengths if one is not None]
    if not known:
        return work.say("There is none.", "没有。")
    wanted = max(known) if longest else min(known)
    where = [place for place, length in enumerate(lengths) if length == wanted]
    work.mind.speak("clips", [identity(clips[place]) for place in where])
    name = work.label(where)
    return work.say(
        f"{name[:1].upper()}{name[1:]}: {seconds(wanted)}.", f"{name}：{seconds(wanted)}。"
    )


def _length(work: Work, phrases: Sequence[Phrase], things: set[str]) -> str:
    if "music" in things:
        found = d.sounds(work.draft or {})
        if not found:
            return work.say("There is no music.", "没有音乐。")
        total = sum(d.length(one) for one in found)
        return work.say(f"The music plays for {seconds(total)}.", f"音乐长 {seconds(total)}。")
    where = _meant(work, phrases)
    if where and len(where) < len(work.clips):
        total = sum(d.length(work.clips[place]) for place in where)
        name = work.label(where)
        verb = "lasts" if len(where) == 1 else "last"
        return work.say(
            f"{name[:1].upper()}{name[1:]} {verb} {seconds(total)}.", f"{name}长 {seconds(total)}。"
        )
    return work.say(
        f"The video lasts {seconds(work.total())}.", f"视频长 {seconds(work.total())}。"
    )


def _count(work: Work, phrases: Sequence[Phrase], things: set[str]) -> str:
    if things & {"title", "caption", "text"}:
        count = len(d.texts(work.draft or {}))
        return work.say(f"There are {count} texts.", f"有 {count} 条文字。")
    if "transition" in things:
        count = sum(1 for join in d.joins(work.clips) if join)
        return work.say(f"There are {count} transitions.", f"有 {count} 个转场。")
    videos = sum(1 for clip in work.clips if work.kind(clip) == "video")
    photos = len(work.clips) - videos
    return work.say(
        f"There are {len(work.clips)} clips: {videos} videos and {photos} photos.",
        f"共有 {len(work.clips)} 个片段：{videos} 个视频，{photos} 张照片。",
    )


def _about(work: Work, place: int) -> str:
    clip = work.clips[place]
    volume = d.meta(clip).get("volume", 1)
    heard = work.say(
        "muted" if volume == 0 else f"sound at {float(volume):.0%}",
        "静音" if volume == 0 else f"音量 {float(volume):.0%}",
    )
    begin, plays = d.start(clip), d.pace_of(clip)
    name = work.label([place])
    seen = read(work.draft)
    segments = [one for track in seen.tracks for one in track.segments] if seen else []
    mine = next(one for one in segments if one.key == identity(clip))
    effects = effect_names(mine, work.chinese) or work.say("no effects", "没有效果")
    ends = [f"{round(float(one), 2):g}" for one in dict.fromkeys((plays.first, plays.last))]
    return work.say(
        f"{name[:1].upper()}{name[1:]}: {seconds(begin)} to {seconds(begin + d.length(clip))}, "
        f"{'x to '.join(ends)}x speed, {heard}, {effects}.",
        f"{name}：{seconds(begin)} 到 {seconds(begin + d.length(clip))}，{' 到 '.join(ends)} 倍速，{heard}，{effects}。",
    )


def _meant(work: Work, phrases: Sequence[Phrase]) -> list[int]:
    for phrase in phrases:
        clips = phrase.get("clips")
        if isinstance(clips, Clips):
            try:
                return positions(work, clips)
            except (Refusal, Question):
                return []
    return []


def asks_length(words: str) -> bool:
    """Whether a question asks how long something is or would be."""
    return bool(_LENGTH.search(words))


_IS_THERE = re.compile(
    r"\s*(?:is|are) there\b(?! (?:a|any) (?:way|chance|option))|\s*(?:do|does) (?:we|i|it) have\b|.{0,6}有没有",
    re.I,
)


_HOW = re.compile(
    r"\bhow (?:loud|quiet|fast|slow|big|bright)\b|多大声|多快|多亮|"
    r"\bwh(?:at|ich)(?:'s| is| are|’s)? (?:the )?"
    r"(?:brightness|contrast|saturation|temperature|gamma|volume|speed|effects?|looks?|lut|crop|zoom|rotation)\b|"
    r"(?:亮度|对比度|饱和度|色温|伽马|音量|速度|倍速)(?:现在)?(?:是|有)?(?:多少|多大|多高|几)|(?:什么|哪些)(?:效果|滤镜)",
    re.I,
)


def asks_value(words: str) -> bool:
    """Whether a question asks what something is set to."""
    return bool(_HOW.search(words))


def asks_fact(words: str) -> bool:
    """Whether a question asks how long or how many, not whether something shall be done."""
    counted = _LENGTH.search(words) or _COUNT.search(words) or _IS_THERE.match(words)
    return bool(counted) or asks_value(words)
