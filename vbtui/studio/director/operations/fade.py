"""fade: out of black and into it, of the whole, of clips, of music."""

from __future__ import annotations

from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.resolving import identity, positions, sounds
from vbtui.studio.director.values import Clips, Thing, When
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO

FADE_MS = 1000
LONGEST_MS = 10_000


def _ways(slots: Slots) -> set[str]:
    """`in`, `out`: at which ends."""
    said = value(slots, "way")
    kinds = {
        str(one.get("fade"))
        for one in (*slots.get("head", []), *slots.get("more", []))
        if one.is_("fade")
    }
    ways = {str(said)} if said in ("in", "out") else {kind for kind in kinds if kind != "both"}
    if "in" in kinds and "dir" in slots and len(slots.get("edge", [])) > 1:
        ways = {"in", "out"}
    if "both" in kinds or (not ways and said not in ("in", "out")):
        ways = {"in", "out"}
    edges = {str(one.get("edge")) for one in slots.get("edge", [])}
    for one in slots.get("when", []):
        if isinstance(one.value, When) and one.value.vague:
            edges.add({"opening": "start", "closing": "end"}.get(one.value.vague, ""))
    if ways == {"in", "out"} and "both" not in kinds and len(edges & {"start", "end"}) == 1:
        ways = {"in"} if "start" in edges else {"out"}
    return ways


def _at_no_end(slots: Slots, ways: set[str]) -> bool:
    """`fade in at the end`, `fade out in the middle`: nothing fades there."""
    edges = {str(one.get("edge")) for one in slots.get("edge", [])}
    edges |= {getattr(one.get("when"), "vague", "") for one in slots.get("when", [])}
    others = {"in": {"end", "closing"}, "out": {"start", "opening"}}
    there = {way for way in others if edges & others[{"in": "out", "out": "in"}[way]]}
    return bool(edges & {"mid", "middle"}) or (bool(there) and not ways <= there)


def _fade(work: Work, slots: Slots) -> Json:
    ways = _ways(slots)
    if _at_no_end(slots, ways):
        raise work.question(
            "A fade in is at the start, a fade out at the end: which shall it be?",
            "淡入在开头，淡出在结尾：要哪一个？",
        )
    remove = value(slots, "remove") is True
    length = first(slots, "length")
    when = first(slots, "when")
    ms = int(length.value) if length is not None else FADE_MS
    if when is not None and isinstance(when.get("when"), When) and not when.get("when").vague:
        begin, end = when.get("when").spans[0]
        span = (end.ms - begin.ms) if begin.part == end.part else abs(end.ms or begin.ms)
        if not span:
            raise work.question("How long shall the fade be?", "淡化多长时间？", "length")
        ms = abs(span)
    ms = min(LONGEST_MS, ms)
    changes = {f"fade_{way}": (None if remove else ms) for way in sorted(ways)}
    of = getattr(when.get("when"), "of", None) if when is not None else None
    things = {one.thing for one in (*slots.get("what", []), *slots.get("head", [])) if one.thing}
    named = any(one.get("clips") is not None for one in slots.get("what", []))
    bare = (
        "clips" not in slots
        and "what" not in slots
        and "edge" not in slots
        and "whole" not in slots
    )
    bare &= not any(getattr(one.get("when"), "vague", "") for one in slots.get("when", []))
    alone = work.chinese or (length is not None and length.role == "with")
    just_now = work.mind.of_kind == "music" and (alone or work.draft != work.project.draft)
    pronoun = _pronoun(slots) or (bare and just_now)
    heard = _sounds_meant(slots)
    if "music" in things or named or (pronoun and work.mind.of_kind == "music" and not heard):
        if of is not None:
            raise work.question(
                "Music fades where it starts and where it ends: at which of these?",
                "音乐在开头或结尾淡入淡出：要哪一端？",
            )
        result = _music(work, slots, changes)
        if "music" not in things or not any(one.thing == "sound" for one in slots.get("what", [])):
            return result
    elif d.sounds(work.timeline()) and (
        (heard == "all" and not _names_clips(slots, of))
        or any(one.thing == "everything" for one in slots.get("whole", []))
    ):
        _music(work, slots, changes)
    if heard:
        changes = {f"sound_{key}": wanted for key, wanted in changes.items()}
    elif remove:
        changes |= {f"sound_{key}": None for key in changes}
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else of
    where: list[int] | None = None
    if isinstance(clips, Clips) and not (pronoun and work.mind.of_kind != "clips"):
        where = positions(work, clips)
    now = list(work.clips)
    if _pronoun(slots) and where and not heard and not remove and _only_heard(now[where[0]]):
        heard = "own"  # fade the sound of clip 2 in, and fade it out
        changes = {f"sound_{key}": wanted for key, wanted in changes.items()}
    fitted = ms
    for key, wanted in changes.items():
        ends = [0] if key.endswith("fade_in") else [len(now) - 1]
        for place in where if where is not None else ends:
            limit = d.length(now[place]) // 2
            if identity(now[place]) in work.locked:
                continue
            fitted = min(wanted, limit) if wanted is not None else 0
            now[place] = d.with_meta(now[place], **{key: fitted if wanted is not None else None})
    work.set_clips(now)
    if not remove and fitted < ms:
        work.note("A fade takes at most half of its clip.", "淡入淡出最多占片段的一半。")
    return {
        "ways": sorted(ways),
        **({"sound": True} if heard else {}),
        "length_ms": 0 if remove else ms,
        **({"clips": [place + 1 for place in where]} if where is not None else {}),
    }


def _only_heard(clip: d.Json) -> bool:
    """Whether its sound fades and its picture does not."""
    meta = d.meta(clip)
    return bool(meta.get("sound_fade_in") or meta.get("sound_fade_out")) and not (
        meta.get("fade_in") or meta.get("fade_out")
    )


def _names_clips(slots: Slots, of: Clips | None) -> bool:
    """Whether clips are named."""
    return of is not None or ("clips" in slots and not _pronoun(slots))


def _sounds_meant(slots: Slots) -> str:
    """Whether the sound alone fades: `all` of it, the clips' `own`; empty where the picture does, too."""
    senses = [
        thing
        for one in (*slots.get("what", []), *slots.get("head", []), *slots.get("more", []))
        for thing in (one.value, *(value for _, value in one.others))
        if isinstance(thing, Thing) and thing.name in ("sound", "volume", "all_sound")
    ]
    if any(thing.style == "own" for thing in senses):
        return "own"
    return "all" if senses else ""


def _pronoun(slots: Slots) -> bool:
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    return isinstance(clips, Clips) and bool(clips.picks[0].pronoun)


def _music(work: Work, slots: Slots, changes: dict[str, int | None]) -> Json:
    sound = next((one for one in slots.get("what", []) if one.get("clips") is not None), None)
    ids = {identity(one) for one in sounds(work, sound)}
    values = {key: value or 0 for key, value in changes.items()}
    work.draft = d.replace(
        work.timeline(),
        lambda kind, item: (
            d.with_meta(item, **values) if kind == AUDIO and identity(item) in ids else item
        ),
    )
    return {"music": True, **{f"{key}_ms": value for key, value in values.items()}}


_MORE = (
    "more=fade",
    "length=duration",
    "when=when",
    "edge*=edge",
    "what*=thing:music|thing:sound|thing:volume|sound",
    "clips=clips",
    "whole*=whole",
    "colour=word:colour:#000000",
    "dir=word:dir:out",
    "manner=word:manner:",
    "each=each",
)

_GONE = tuple("clips=clips@+from" if slot == "clips=clips" else slot for slot in _MORE)

OPERATION = Operation(
    "fade",
    (
        form("verb:add|put|make|set|use|fade|open_with|end_with?, fade:in|out|both", *_MORE),
        form("verb:fade", "colour!!=word:colour:#000000@to", *_MORE, way="out", weight=-1),
        form("verb:fade", "colour!!=word:colour:#000000@from", *_MORE, way="in", weight=-1),
        form("verb:fade, dir:out|down|away", *_MORE, way="out"),
        form("verb:fade, prep:in", *_MORE, way="in"),
        form("verb:fade, dir:up", *_MORE, way="in"),
        form("verb:fade", "more=fade", "length=duration", "edge!*=edge", *_MORE[4:], weight=-1),
        form(
            "verb:fade",
            "what!*=thing:music|thing:sound|sound",
            "length=duration",
            way="out",
            weight=-2,
        ),
        form("verb:add|put, verb:fade", *_MORE, weight=-1),
        form("verb:remove|off, fade:in|out|both", *_GONE, remove=True, weight=1),
        form("verb:remove|off, verb:fade", *_GONE, remove=True),
        form("nothing:, fade:in|out|both", *_MORE, remove=True),
    ),
    ("fades picture and sound in and out, or the sound alone", "淡入淡出，或只淡声音"),
    (
        "fade in and out",
        "fade out the music over the last 4 seconds",
        "fade in the sound of clip 2",
        "开头淡入，结尾淡出",
    ),
    _fade,
    frozenset(
        {"clip:fade_in", "clip:fade_out", "clip:sound_fade_in", "clip:sound_fade_out", "sounds"}
    ),
    aspects=_ways,
)
