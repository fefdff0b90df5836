"""loudness: all of the sound brought to a loudness, or the clips to the same one."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.values import Clips
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

USUAL = -14.0
"""LUFS that the large video sites play at."""
_LOUDEST, _QUIETEST = -6.0, -40.0
"""As the renderer takes them (`vbtui.studio.render.plan`)."""


def _wanted(work: Work, slots: Slots) -> float:
    """LUFS below full scale, with the minus or without."""
    amounts = slots.get("by", [])
    if any(one.kind == "decibel" for one in amounts):
        raise work.question(
            "Loudness is counted in LUFS: to how many? For example: -14 LUFS.",
            "响度以 LUFS 计：要多少？例如：-14 LUFS。",
            "by",
        )
    wanted = -abs(float(amounts[0].value)) if amounts else USUAL
    if not _QUIETEST <= wanted <= _LOUDEST:
        raise work.refusal(
            f"A loudness lies between {_QUIETEST:g} and {_LOUDEST:g} LUFS.",
            f"响度在 {_QUIETEST:g} 到 {_LOUDEST:g} LUFS 之间。",
        )
    return wanted


def _set(work: Work, **levels: float | bool | None) -> None:
    now = d.with_meta(work.timeline(), **levels)
    if d.meta(now) == d.meta(work.timeline()):
        raise work.refusal("It is so already.", "已经是这样了。")
    work.draft = now


def _loudness(work: Work, slots: Slots) -> Json:
    work.timeline()
    if value(slots, "way") == "remove":
        _set(work, loudness=None, even=None)
        return {"remove": True}
    is_of_clips = _is_of_all(work, slots)
    is_even = value(slots, "way") == "even" and not any(
        one.is_("topic", "loudness") for one in slots.get("more", [])
    )
    if "by" not in slots and (is_even or (is_of_clips and len(_heard(work)) > 1)):
        return _even(work)
    wanted = _wanted(work, slots)
    _set(work, loudness=wanted)
    work.mind.speak("whole", [])
    return {"loudness": wanted}


def _heard(work: Work) -> set[str]:
    """The files whose own sound is in the clips."""
    files = (work.media.get(str(d.meta(clip).get("asset"))) for clip in work.clips)
    return {one.id for one in files if one is not None and one.audio is not None}


def _is_of_all(work: Work, slots: Slots) -> bool:
    """Whether clips are named, which must be all that are heard; refuses one of several, and music."""
    named = first(slots, "clips")
    clips = named.get("clips") if named is not None else None
    is_it = isinstance(clips, Clips) and bool(clips.picks[0].pronoun) and not clips.but
    if isinstance(clips, Clips) and not is_it:
        meant = {identity(work.clips[place]) for place in positions(work, clips, speak=False)}
    else:
        meant = set(work.mind.spoken if is_it and work.mind.of_kind == "clips" else ())
    silent = {
        identity(clip)
        for clip in work.clips
        if (asset := work.media.get(str(d.meta(clip).get("asset")))) is None or asset.audio is None
    }
    is_music = any(one.thing == "music" for one in slots.get("more", []))
    if is_music or (meant and not meant | silent >= {identity(clip) for clip in work.clips}):
        raise work.refusal(
            "Loudness is that of the whole video, or the same for all clips; a part of it has a volume: "
            "set clip 1 to 80%.",
            "响度是整个视频的，或各片段一致的；其中一部分可以调音量：把片段1音量调到80%。",
        )
    return isinstance(clips, Clips) and not is_it


def _even(work: Work) -> Json:
    if len(_heard(work)) < 2:
        raise work.refusal(
            "Whole clips can be made equally loud, and only one file has sound here: what gets louder and "
            "quieter inside of it cannot be evened out. All of it can be brought to a loudness: -14 LUFS.",
            "这里只有一个文件有声音：可以让各片段响度一致，但片段内部的忽大忽小无法拉平。可以统一整体响度：-14 LUFS。",
        )
    _set(work, even=True)
    work.mind.speak("whole", [])
    return {"even": True}


_MAKE = "verb:make|add|set|turn|put|use|move|bring|increase|decrease|fit|fix|keep?"
_ABOUT = (
    "by=number|lufs|decibel",
    "more*=word:topic:loudness|thing:sound|thing:volume|thing:all_sound|word:even:clips|thing:music",
    "whole*=whole|pron|clips_all|thing:everything|thing:frame",
    "clips=clips|files@-|ba|of|for|on|across|between|in|from",
)

OPERATION = Operation(
    "loudness",
    (
        form(f"{_MAKE}, topic:loudness", *_ABOUT),
        form(_MAKE, "by!!=lufs", *_ABOUT[1:], weight=1),
        form("", "by!!=lufs", *_ABOUT[1:]),
        form(f"{_MAKE}, even:clips", *_ABOUT, way="even"),
        form("verb:remove|undo|off, topic:loudness", *_ABOUT, way="remove"),
        form("verb:turn, dir:off, topic:loudness", *_ABOUT, way="remove"),
    ),
    ("brings all of the sound to a loudness, or the clips to the same one", "统一响度：整体到目标值，或各片段一致"),
    ("normalize the loudness", "make it -14 LUFS", "make all clips equally loud", "响度标准化到-16"),
    _loudness,
    frozenset({"loudness"}),
    asks={"by": ("To how many LUFS? For example: -14 LUFS.", "要多少 LUFS？例如：-14 LUFS。")},
)  # fmt: skip
