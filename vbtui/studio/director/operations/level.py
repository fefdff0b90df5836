"""volume, mute: how loud clips and music are, for all of them or for a stretch."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from vbtui.studio.director import ranges
from vbtui.studio.director.operation import Json, Operation, Slots, first, form, value
from vbtui.studio.director.operations import cut
from vbtui.studio.director.resolving import identity, positions, sounds, spans
from vbtui.studio.director.values import Clips, Edge, Phrase, Thing, When
from vbtui.studio.director.work import Work, between
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO

_LOUDER, _QUIETER = 1.5, 0.7
_LOW = 0.15
"""What a low volume is."""
_MUSIC_STAYS = ("The music stays as it is.", "音乐保持不变。")
_A_BIT = 0.5
"""Of the usual step, where `a bit` is said."""


def of(slots: Slots) -> float | None:
    """A volume from 35 %, half, 1.5x, -6 dB, 50; None when the slots name none."""
    found = first(slots, "level")
    if found is None:
        return None
    if found.kind == "level":
        return _LOW if found.value == "low" else 1.0
    amount = float(found.value)
    if found.kind == "percent":
        amount /= 100
    elif found.kind == "decibel":
        amount = 10 ** (amount / 20)
    elif found.kind == "number" and amount > d.MAX_VOLUME:
        amount /= 100
    return bounded(amount)


def bounded(volume: float) -> float:
    """Inside of what a volume can be."""
    return round(min(d.MAX_VOLUME, max(0.0, volume)), 4)


def now(item: d.Json) -> float:
    """How loud it is."""
    volume = d.meta(item).get("volume", 1.0)
    return float(volume) if isinstance(volume, int | float) else 1.0


def piece(work: Work, item: d.Json, begin: int, end: int) -> d.Json:
    """A sound from `begin` to `end` of the timeline; it goes on where it was."""
    place = {"at": "time", "ms": begin, "d": end - begin}
    changes: d.Json = {"place": place, "from": None}
    offset = begin - d.start(item)
    asset = work.media.get(str(d.meta(item).get("asset")))
    if asset is not None and offset > 0:
        start = d.source_in(item) + math.floor(offset * d.speed_of(item))
        loops = d.meta(item).get("loop") and asset.duration_ms > 0
        changes["in"] = start % asset.duration_ms if loops else start
    if "fade_in" in d.meta(item) and offset > 0:
        changes["fade_in"] = 0
    if "fade_out" in d.meta(item) and end < d.start(item) + d.length(item):
        changes["fade_out"] = 0
    return {**d.with_meta(item, **changes), "s": begin, "d": end - begin}


def _change(work: Work, slots: Slots) -> Callable[[float], float]:
    """What becomes of a volume."""
    way = str(value(slots, "way") or "set")
    if way == "mute":
        return lambda _: 0.0
    if way == "unmute":
        return lambda _: 1.0  # or what it was before: see `_heard_before`
    found = first(slots, "level") or next(
        (one for one in slots.get("head", []) if one.kind == "loud"), None
    )
    if found is not None and found.kind == "loud":
        return lambda volume: volume * float(found.value)
    if found is None:
        if way == "set":
            raise work.question(
                "How loud? For example: 35 %, or half.", "要多大声？例如：35%，或一半。", "level"
            )
        factor = _LOUDER if way == "louder" else _QUIETER
        if first(slots, "little") is not None and slots["little"][0].kind == "little":
            factor = 1 + (factor - 1) * _A_BIT
        return lambda volume: volume * factor
    wanted = of(slots)
    assert wanted is not None
    if found.kind == "frac" and found.get("times") is not None:
        return lambda volume: volume * float(found.value)
    if found.kind == "decibel":
        amount = float(found.value)
        if found.role == "to":
            return lambda _: wanted
        amount = -amount if way == "quieter" and amount > 0 else amount
        return lambda volume: volume * 10 ** (amount / 20)
    if found.kind in ("percent", "number") and float(found.value) < 0:
        less = max(0.0, 1 + float(found.value) / 100)
        return lambda volume: volume * less
    if way == "set" and found.role != "by" and found.kind not in ("times",):
        return lambda _: wanted
    if found.role in ("to", "at", "as", "into") or found.kind == "level":
        return lambda _: wanted
    if found.kind in ("times", "factor"):
        amount = float(found.value)
        step = amount if way != "quieter" else 1 / amount
        return lambda volume: volume * step
    share = float(found.value) / (100 if found.kind in ("percent", "number") else 1)
    sign = -1 if way == "quieter" else 1
    if found.kind == "frac" and way == "set":
        return lambda volume: volume * share
    return lambda volume: volume * max(0.0, 1 + sign * share)


def _heard_before(work: Work, slots: Slots, item: d.Json, wanted: float) -> float:
    """What is unmuted is as loud as it was."""
    if str(value(slots, "way")) != "unmute":
        return wanted
    if now(item) > 0:
        return now(item)
    for draft in reversed(work.project.previous):
        for old in (*d.clips(draft or {}), *d.sounds(draft or {})):
            if identity(old) == identity(item) and now(old) > 0:
                return now(old)
    return wanted


def _says_music(slots: Slots) -> bool:
    return any(
        one.thing == "music" or one.get("clips") is not None
        for name in ("what", "head")
        for one in slots.get(name, [])
    )


def _bring_back(work: Work) -> Json:
    """The music that was there last, as it was."""
    for draft in reversed(work.project.previous):
        before = d.sounds(draft or {})
        if before:
            for item in before:
                work.draft = d.add_segment(work.timeline(), AUDIO, item, name="Music")
            work.draft = d.lay_out(work.timeline())
            work.mind.speak("music", [identity(item) for item in d.sounds(work.draft)])
            return {"music": True}
    raise work.refusal(
        "There is no music on the timeline. Say: add music at 35%.",
        "时间线上没有音乐。可以说：加音乐，音量35%。",
    )


def _volume(work: Work, slots: Slots) -> Json:
    change = _change(work, slots)
    work.timeline()
    music, clips, when = _meant(work, slots)
    result: Json = {}
    if (
        str(value(slots, "way")) == "unmute"
        and _says_music(slots)
        and not d.sounds(work.timeline())
    ):
        return _bring_back(work)
    if clips is not None:
        where = clips
        if when is not None:
            where = _isolated(work, clips, when, "clips" in slots or when.of is not None)
        before = list(work.clips)
        now_clips = [
            d.with_meta(clip, volume=_heard_before(work, slots, clip, bounded(change(now(clip)))))
            if place in where and identity(clip) not in work.locked
            else clip
            for place, clip in enumerate(before)
        ]
        work.draft = d.with_clips(work.timeline(), now_clips)
        result["clips"] = [place + 1 for place in where]
        result["volume"] = now(now_clips[where[0]]) if where else None
    if music:
        if when is not None and clips is None:
            return _music_in(work, slots, change, when)
        ids = _ids_meant(work, slots)
        levels: list[float] = []

        def adjust(kind: int, item: d.Json) -> d.Json:
            if kind != AUDIO or identity(item) not in ids:
                return item
            levels.append(_heard_before(work, slots, item, bounded(change(now(item)))))
            return d.with_meta(item, volume=levels[-1])

        work.draft = d.replace(work.timeline(), adjust)
        result |= {"music": True, "volume": levels[0] if levels else None}
        if (stays := work.say(*_MUSIC_STAYS)) in work.notes:
            work.notes.remove(stays)  # turn up the clips and turn down the music
    elif clips is not None and (sounds_now := d.sounds(work.timeline())):
        everything = "what" not in slots and first(slots, "clips") is None
        same = sounds_now == d.sounds(work.project.draft or {})
        if same and (everything or _named_all(slots)):
            work.note(*_MUSIC_STAYS)
    _refuse_unheard(work)
    found = first(slots, "level")
    relative = found is not None and (
        found.kind == "frac" or (found.kind == "percent" and found.role == "by")
    )
    if relative and result.get("volume") is not None:
        now_at = float(result["volume"])
        work.note(f"The volume is {now_at:.0%} now.", f"音量现在是 {now_at:.0%}。")
    return result


def _ids_meant(work: Work, slots: Slots) -> set[str]:
    """The music, or with it the voice-overs where all sound is meant."""
    said = (*slots.get("what", []), *slots.get("head", []))
    every = d.of_type(work.draft or {}, AUDIO)
    spoken = {identity(one) for one in every} & set(work.mind.spoken)
    if _sound(slots) is None and not any(one.thing == "music" for one in said):
        if work.mind.of_kind == "music" and spoken and "clips" in slots:
            return spoken  # it
        if any(one.thing in ("all_sound", "everything", "volume") for one in said):
            return {identity(one) for one in every}
        if work.mind.of_kind == "music" and spoken:
            return spoken
    return {identity(one) for one in sounds(work, _sound(slots))}


def _refuse_unheard(work: Work) -> None:
    """All louder or quieter by the same, and then all brought to the loudness that the video has: nothing is heard of that."""
    wanted = d.meta(work.timeline()).get("loudness")
    before = work.project.draft
    if wanted is None or before is None:
        return
    was, is_now = (
        {identity(one): now(one) for one in (*_with_sound(work, draft), *d.of_type(draft, AUDIO))}
        for draft in (before, work.timeline())
    )
    steps = {round(is_now[one] / was[one], 2) for one in was if one in is_now and was[one]}
    if is_now.keys() == was.keys() and len(steps) == 1 and steps - {0.0, 1.0}:
        raise work.refusal(
            f"All of it is brought to {wanted:g} LUFS, so that is not heard. Change the loudness: "
            f"make it {float(wanted) + 3:g} LUFS; or take it away: remove the normalization.",
            f"整体响度已设为 {wanted:g} LUFS，这样改听不出区别。可以改响度：响度标准化到{float(wanted) + 3:g}；"
            "或者去掉：取消响度标准化。",
        )


def _with_sound(work: Work, draft: d.Draft) -> list[d.Json]:
    files = ((clip, work.media.get(str(d.meta(clip).get("asset")))) for clip in d.clips(draft))
    return [
        clip
        for clip, asset in files
        if asset is not None and asset.audio is not None and not d.is_freeze(clip)
    ]


def _named_all(slots: Slots) -> bool:
    found = first(slots, "clips")
    clips = found.get("clips") if found is not None else None
    return isinstance(clips, Clips) and (
        bool(clips.but)
        or clips.picks[0].rest
        or (not clips.picks[0].ranks and not clips.picks[0].files)
    )


def _sound(slots: Slots) -> Phrase | None:
    return next((one for one in slots.get("what", []) if one.get("clips") is not None), None)


def _meant(work: Work, slots: Slots) -> tuple[bool, list[int] | None, When | None]:
    """Whether the music is meant; which clips are; and the stretch."""
    when = cut.when_of(slots) if "when" in slots else None
    point = first(slots, "when")
    if point is not None and point.get("when") is None and point.role in ("at", "on", "in", ""):
        raise work.question(
            "From when to when? For example: from 0:05 to 0:10.",
            "从什么时候到什么时候？例如：0:05 到 0:10。",
            "when",
        )
    things = [one.thing for one in (*slots.get("what", []), *slots.get("head", [])) if one.thing]
    named_sound = any(one.get("clips") is not None for one in slots.get("what", []))
    music = "music" in things or named_sound
    said = (*slots.get("what", []), *slots.get("head", []))
    own = any(isinstance(one.value, Thing) and one.value.style == "own" for one in said)
    found = slots.get("clips", [])
    clips = [one.get("clips") for one in found if isinstance(one.get("clips"), Clips)]
    if music:
        clips = [one for one in clips if not one.picks[0].pronoun or one.but]
    if when is not None and when.of is not None and not clips:
        clips = [when.of]
    if not clips:
        everywhere = list(range(len(work.clips)))
        if "all_sound" in things:
            return bool(d.of_type(work.draft or {}, AUDIO)), everywhere, when
        if own and when is None and (music or work.mind.of_kind == "music"):
            wanted = music and not _beside(said)
            return music, None if wanted else everywhere, when
        if music:
            return True, None, when
        spoken = work.mind
        named = set(things) - {"volume", "sound"}
        if not named and when is None and spoken.of_kind == "music":
            return True, None, when
        here = [place for place, clip in enumerate(work.clips) if identity(clip) in spoken.spoken]
        if (
            not named
            and when is None
            and spoken.of_kind == "clips"
            and 0 < len(here) < len(work.clips)
        ):
            return False, here, when
        where = list(range(len(work.clips)))
        muted = str(value(slots, "way")) in ("mute", "unmute")
        both = "volume" in things and not muted and not own  # the volume of the original sound
        both |= "everything" in things
        return both and bool(d.of_type(work.draft or {}, AUDIO)) and when is None, where, when
    if not music and any(one.role == "under" for one in found):
        raise work.question(
            "What shall be under it, the music? For example: the music under clip 2 at 10%.",
            "在它下面的是音乐吗？例如：片段2下面的音乐调到10%。",
        )
    sides = ("under", "on", "in", "over", "at")
    if music and when is None and any(one.role in sides or _leads(one, said) for one in found):
        where = [place for one in clips for place in positions(work, one, speak=False)]
        if where != list(range(where[0], where[0] + len(where))):
            raise work.question("Under which one clip?", "在哪个片段下面？", "clips")
        begin = d.start(work.clips[where[0]])
        end = d.start(work.clips[where[-1]]) + d.length(work.clips[where[-1]])
        return True, None, When(((Edge(0, begin), Edge(0, end)),))
    pronoun = len(clips) == 1 and bool(clips[0].picks[0].pronoun) and not clips[0].but
    if pronoun and work.mind.of_kind == "music":
        return True, None, when
    if pronoun and work.mind.of_kind != "clips":
        return music, list(range(len(work.clips))), when
    where = [place for one in clips for place in positions(work, one)]
    if len(clips) > 1:
        work.mind.speak("clips", [identity(work.clips[p]) for p in where])
    return music, list(dict.fromkeys(where)), when


def _beside(said: Sequence[Phrase]) -> bool:
    """原声和音乐, not 不要音乐，要原声."""
    things = sorted((one.start, one.end) for one in said if isinstance(one.value, Thing))
    return all(after[0] - before[1] <= 1 for before, after in pairwise(things))


def _leads(clips: Phrase, said: Sequence[Phrase]) -> bool:
    """采访那段音乐小一点: the clips right before the music say where."""
    return any(one.thing == "music" and 0 <= one.start - clips.end <= 1 for one in said)


def _isolated(work: Work, where: list[int], when: When, of_clips: bool) -> list[int]:
    """Cuts around the stretch (of each clip, or of the timeline); the clips inside."""
    pieces = cut.pieces_meant(work, when) if not of_clips else None
    if pieces is not None:
        return pieces
    if not of_clips:
        inside: list[int] = []
        parts = spans(work, when, work.total())
        for begin, end in parts:
            ranges.isolate(work, begin, end)
        for begin, end in parts:
            inside += ranges.isolate(work, begin, end)
        return list(dict.fromkeys(inside))
    ids = [identity(work.clips[place]) for place in where]
    stretches = []
    for one in ids:
        clip = next(c for c in work.clips if identity(c) == one)
        for begin, end in spans(work, when, d.length(clip)):
            stretches.append((d.start(clip) + begin, d.start(clip) + end))
    found: list[int] = []
    for begin, end in stretches:
        ranges.isolate(work, begin, end)
    for begin, end in stretches:
        found += ranges.isolate(work, begin, end)
    return list(dict.fromkeys(found))


def _music_in(work: Work, slots: Slots, change: Callable[[float], float], when: When) -> Json:
    """The music's level in a stretch: it is cut around it, and goes on where it was."""
    begin, end = spans(work, when, work.total())[0]
    ids = {identity(one) for one in sounds(work, _sound(slots))}
    change_in(work, ids, begin, end, lambda one: d.with_meta(one, volume=bounded(change(now(one)))))
    return {"music": True, "ranges_ms": [[begin, end]]}


def change_in(
    work: Work, ids: Collection[str], begin: int, end: int, change: Callable[[d.Json], d.Json]
) -> None:
    """Changes the sounds of these ids between two times: they are cut there."""
    made: list[d.Json] = []

    def part(kind: int, item: d.Json) -> d.Json | None:
        start, stop = d.start(item), d.start(item) + d.length(item)
        if kind != AUDIO or identity(item) not in ids or start >= end or stop <= begin:
            return item
        first_ms, last_ms = max(start, begin), min(stop, end)
        pieces = [(start, first_ms, False), (first_ms, last_ms, True), (last_ms, stop, False)]
        kept = [
            change(one) if inside else one
            for a, b, inside in pieces
            if b > a
            for one in [piece(work, item, a, b)]
        ]
        for one in kept[1:]:
            one.pop("id", None)
        made.extend(kept[1:])
        return kept[0]

    draft = d.replace(work.timeline(), part)
    for one in made:
        draft = d.add_segment(draft, AUDIO, one, name="Music")
    work.draft = d.lay_out(draft)
    work.note(
        f"In {between(begin, end)} only: the music is cut there.",
        f"仅在 {between(begin, end)}：音乐在那里分开。",
    )


_WHAT = (
    "what*=thing:all_sound|thing:music|thing:sound|thing:volume|sound|thing:everything|thing:video"
)
_CLIPS, _OF = "clips*=clips@+under", "clips*=clips@+from"
_LEVEL = "level=percent|factor|decibel|frac|level|times|loud"
_NUMBER = "level=number@-|to|at|by|in|on|as|ba|like"
_TO = "level!!=percent|factor|decibel|frac|level@to"
_NEEDED = "level!=percent|factor|decibel|frac|level|times|loud"
_MORE = (
    _NUMBER,
    _WHAT,
    _CLIPS,
    "when=when|moment|time",
    "little=little|much",
    "dir=dir",
    "playing=word:verb:play",
)

VOLUME = Operation(
    "volume",
    (
        form("verb:louder|too:louder", _LEVEL, *_MORE, way="louder"),
        form("verb:quieter|too:quieter", _LEVEL, *_MORE, way="quieter"),
        form("more:bigger|too:bigger, thing:volume|sound|music", _LEVEL, *_MORE, way="louder"),
        form("more:smaller|too:smaller, thing:volume|sound|music", _LEVEL, *_MORE, way="quieter"),
        form("verb:increase|louder, thing:volume|sound|music", _LEVEL, *_MORE, way="louder"),
        form("verb:decrease|quieter, thing:volume|sound|music", _LEVEL, *_MORE, way="quieter"),
        form("verb:remove, thing:volume", _NEEDED, *_MORE, way="quieter"),
        form(
            "verb:make|set|move|increase, dir:up, thing:volume|sound|music",
            _LEVEL,
            *_MORE,
            way="louder",
        ),
        form(
            "verb:turn|increase, dir:up",
            _LEVEL,
            *_MORE,
            way="louder",
        ),
        form(
            "verb:make|set|move|decrease, dir:down, thing:volume|sound|music",
            _LEVEL,
            *_MORE,
            way="quieter",
        ),
        form(
            "verb:turn|decrease, dir:down",
            _LEVEL,
            *_MORE,
            way="quieter",
        ),
        form("verb:increase", "level!=percent|decibel|factor|frac", *_MORE, way="louder"),
        form("verb:decrease", "level!=percent|decibel|factor|frac", *_MORE, way="quieter"),
        form("verb:make|set|put|keep|play?, thing:volume|sound|music", _NEEDED, *_MORE, way="set"),
        form(
            "verb:set|make|turn|put",
            "what!!*=sound",
            "level!=percent|decibel|number_to",
            "as=thing:volume",
            way="set",
        ),
        form(
            "verb:set|make|turn|put", "clips!*=clips", "level!!=percent@to|at", way="set", weight=-1
        ),
        form(
            "verb:turn", "clips!!*=clips", "level!!=frac|percent|decibel@to", "dir=dir", way="set"
        ),
        form("verb:make|set, thing:volume", *_MORE, way="set", weight=-1),
        form("verb:move|remove|bring, thing:volume|sound|music", _TO, *_MORE, way="set", weight=1),
        form("verb:fit, thing:volume|sound|music", "level!!=percent|decibel", *_MORE, way="set"),
        form("", "clips!*=clips", "level!=decibel|loud", way="set"),
        form("", "what!!*=sound", "level!!=percent@at|to|-", way="set", weight=-1),
        form("verb:make|set|put|play?, loud:2|0.5", *_MORE, way="set", weight=1),
    ),
    ("sets how loud clips and music are", "设置片段和音乐的音量"),
    (
        "set the music to 50%",
        "make clip 2 louder",
        "lower the volume of clip 2 by 6 dB",
        "音乐小声一点",
    ),
    _volume,
    frozenset({"clip:volume", "sounds", "split"}),
    asks={"level": ("How loud? For example: 35 %.", "要多大声？例如：35%。")},
)
MUTE = Operation(
    "mute",
    (
        form("verb:mute", *_MORE, way="mute"),
        form(
            "verb:remove|off|cut|take, thing:sound|volume|all_sound",
            _OF,
            *_MORE,
            way="mute",
            weight=1,
        ),
        form(
            "verb:turn, dir:off, thing:sound|volume|all_sound",
            _OF,
            *_MORE,
            way="mute",
            weight=1,
        ),
        form("nothing:, thing:sound|volume|all_sound", _OF, *_MORE, way="mute"),
        form("dir:off, thing:sound|all_sound", _OF, *_MORE, way="mute"),
        form("verb:off, thing:music", *_MORE, way="mute", weight=-2),
        form("verb:turn, dir:off", "what!*=thing:music|thing:sound|thing:everything", way="mute"),
        form("verb:unmute", *_MORE, way="unmute"),
        form("verb:turn|put, dir:on|back, thing:sound|volume|music", *_MORE, way="unmute"),
        form("verb:turn|put, dir:on|back", "what!!*=sound", way="unmute"),
    ),
    ("makes clips or music silent, or heard again", "静音或取消静音"),
    ("mute clip 2", "mute the first 30 seconds", "片段2静音"),
    _volume,
    frozenset({"clip:volume", "sounds", "split"}),
)
