"""denoise: steady noise out of the sound of clips, for all of a clip or a stretch."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.values import IT
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d


def _denoise(work: Work, slots: Slots) -> Json:
    work.timeline()
    remove = value(slots, "way") == "remove"
    if _is_beside(slots):
        raise work.question(
            "Shall the noise alone be removed there? For example: remove the noise from clip 1.",
            "只去掉那里的噪音吗？例如：去除片段1的噪音。",
        )
    bare = slots.keys().isdisjoint(("clips", "whole", "when"))
    if bare and work.mind.of_kind == "clips" and work.mind.spoken:
        slots = {**slots, "clips": [IT]}
    where, whole = cut.places(work, slots)
    files = {place: work.media.get(str(d.meta(work.clips[place]).get("asset"))) for place in where}
    heard = [place for place, one in files.items() if one is not None and one.audio is not None]
    if not heard:
        raise work.refusal(
            "There is no sound to clean. For the picture say: denoise the picture.",
            "没有可以降噪的声音。要给画面降噪，请说：画面降噪。",
        )
    clips = list(work.clips)
    for place in heard:
        if identity(clips[place]) not in work.locked:
            clips[place] = d.with_meta(clips[place], denoise=None if remove else True)
    before = {identity(clip): clip for clip in d.clips(work.project.draft or {})}
    is_new = any(
        d.meta(clip).get("denoise") != d.meta(before.get(identity(clip), {})).get("denoise")
        for clip in clips
    )
    if clips == list(work.clips) and not is_new:  # the air conditioning is heard, denoise it
        raise work.refusal("It is so already.", "已经是这样了。")
    work.set_clips(clips)
    if whole:
        work.mind.speak("whole", [])
    done = {"clips": [place + 1 for place in heard]}
    return done | {"remove": True} if remove else done


_POSSESSIVE = len("’s ")


def _is_beside(slots: Slots) -> bool:
    """`remove clip 1 and the noise`: another thing goes, too, and not only its noise."""
    heads = slots.get("head", [])
    verb = next((one for one in heads if one.is_("verb")), None)
    noise = next((one for one in heads if one.is_("noise")), None)
    if verb is None or noise is None:
        return False
    return any(
        verb.start < one.start < noise.start - _POSSESSIVE and noise.start - one.end > _POSSESSIVE
        for name in ("clips", "when", "whole")
        for one in slots.get(name, [])
    )


_ABOUT = (
    "clips*=clips|files@+from",
    "whole*=whole|clips_all|thing:all_sound|thing:everything",
    "when=when",
    "what*=thing:sound|word:noise:steady|word:noise:off|word:topic:denoise",
    "little=little|much",
)
_GONE = ("clips=clips@from|of|in|on|ba", "whole=whole|clips_all")
_LESS = "verb:remove|decrease|quieter|off|cut|take|mute|dir:off"

OPERATION = Operation(
    "denoise",
    (
        form(f"{_LESS}, noise:steady", *_ABOUT, strict=True),
        form("verb:make|add|set|use|put|play?, noise:off", *_ABOUT, weight=1),
        form("noise:steady", "there*!!=exists|much|too", *_ABOUT),
        form("verb:remove|undo|off, noise:off", *_GONE, way="remove", weight=2),
        form("verb:turn, dir:off, noise:off", *_GONE, way="remove", weight=2),
    ),
    ("takes steady noise (hiss, hum) out of the sound of clips", "给片段的声音降噪"),
    ("remove the background noise from clip 1", "denoise clip 1", "去除背景噪音", "片段1降噪"),
    _denoise,
    frozenset({"clip:denoise", "split"}),
)  # fmt: skip
