"""What stands between an operation and the draft: what changed is compared with what it may change.

An operation whose change lies outside of its footprint, or touches a clip that nobody named, is not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vbtui.studio.director.operation import Operation, Slots
from vbtui.studio.director.resolving import identity
from vbtui.studio.director.values import END, START, Clips, Edge, Phrase, Pick, Place, When
from vbtui.studio.director.work import Question, Refusal, Step, Unknown, Work, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.model import AUDIO

_CANVAS = ("width", "height", "fps", "own_fps", "fit")
_LEVELS = ("loudness", "even")
_FADES = frozenset({"fade_in", "fade_out", "sound_fade_in", "sound_fade_out"})
_FOLLOWS = frozenset({"transition", "in", "trim", "cut_before", "cut_after", *_FADES})
"""Keys of clips that may change with the sequence, also of clips that nobody named: lengths are shared out, transitions
give way."""
_WHOLE = frozenset({"length", "add", "transition", "undo", "redo", "reset", "cut", "keep"})


def outside(
    operation: Operation,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    named: Collection[str],
) -> str:
    """What changed that the operation may not change, in a word for the log; empty when nothing did."""
    touches = operation.touches
    if "everything" in touches or before is None or not d.clips(before):
        return ""
    if after is None:
        return "timeline"
    old, new = {identity(c): c for c in d.clips(before)}, {identity(c): c for c in d.clips(after)}
    keys = {touch.removeprefix("clip:") for touch in touches if touch.startswith("clip:")}
    sequence = "clips" in touches
    if not sequence and "split" not in touches and (list(old) != list(new)):
        return "which clips there are"
    for one, clip in new.items():
        was = old.get(one)
        if was is None:
            continue
        changed = _changed_keys(was, clip)
        allowed = keys | (_FOLLOWS if sequence else set())
        if sequence and (not named or one in named or operation.name in _WHOLE):
            allowed |= {"speed", "ramp", "volume", "fit", "asset", "title"}
        if "split" in touches:
            allowed |= _FOLLOWS
        if d.goes_the_same(was, clip):
            allowed |= {"speed", "ramp"}
        if changed - allowed:
            return f"{sorted(changed - allowed)[0]} of a clip"
        if (
            not sequence
            and "split" not in touches
            and d.length(was) != d.length(clip)
            and operation.name != "fade"
        ):
            return "how long a clip is"
        if (
            keys
            and named
            and one not in named
            and changed & keys - _FOLLOWS
            and "canvas" not in touches
        ):
            return f"{sorted(changed & keys)[0]} of a clip that was not named"
    if "texts" not in touches and not sequence and _texts(before) != _texts(after):
        return "texts"
    still = touches.isdisjoint(("overlays", "clips", "split"))
    if still and d.overlays(before) != d.overlays(after):
        return "what lies over the picture"
    if "sounds" not in touches and not sequence and _heard(before) != _heard(after):
        return "music"
    if "canvas" not in touches and any(
        d.meta(before).get(key) != d.meta(after).get(key) for key in _CANVAS
    ):
        return "the frame"
    if "loudness" not in touches and any(
        d.meta(before).get(key) != d.meta(after).get(key) for key in _LEVELS
    ):
        return "the loudness"
    return ""


_OTHER_WAY = {
    "shorter": "longer", "longer": "shorter", "louder": "quieter", "quieter": "louder",
    "faster": "slower", "slower": "faster",
}  # fmt: skip
_CHINESE_WAYS = {
    "shorter": "变短", "longer": "变长", "louder": "变响", "quieter": "变轻", "faster": "变快", "slower": "变慢",
}  # fmt: skip
_TOWARD = {
    ("volume", "up"): "louder",
    ("volume", "down"): "quieter",
    ("music", "up"): "louder",
    ("music", "down"): "quieter",
    ("speed", "up"): "faster",
    ("speed", "down"): "slower",
    ("length", "down"): "shorter",
}
"""`turn it up to 20%`; `up to 30 seconds` is no more than that."""
_LESS = ("shorter", "quieter", "slower")
_CUTS = ("cut", "trim", "decrease")
"""Verbs that nothing gets longer by."""


def against_its_word(
    operation: Operation,
    work: Work,
    slots: Slots,
    phrases: Sequence[Phrase],
    before: Mapping[str, Any] | None,
) -> str:
    """The sentence that refuses a change the other way: `extend the interview to 10 seconds` of 20 s; empty
    where what came of it is what the word says."""
    heard = (
        _TOWARD.get((operation.name, value), value)
        for one in phrases
        if (value := one.get("toward"))
    )
    ways = (one.value for one in slots.get("way", []))
    way = str(next(filter(None, (*heard, *ways)), ""))
    if way not in _OTHER_WAY and any(one.is_("verb", *_CUTS) for one in phrases):
        way = "shorter"
    if way not in _OTHER_WAY or before is None or not d.clips(before):
        return ""
    of_texts = operation.name in ("title", "caption")
    old, new = (_measured(draft, way, of_texts) for draft in (before, work.draft or {}))
    both = [one for one in old if one in new and old[one] != new[one]]
    change = sum(new[one] - old[one] for one in both)
    if not both or (change < 0) == (way in _LESS):
        return ""
    now = old[both[0]] if len(both) == 1 or way not in ("shorter", "longer") else sum(old.values())
    shown = f"{now:.0%}" if way in ("louder", "quieter") else f"{now:g}x"
    shown = seconds(round(now)) if way in ("shorter", "longer") else shown
    return work.say(
        f"That would make it {_OTHER_WAY[way]}, not {way}: it is at {shown}. It was not done.",
        f"这样会{_CHINESE_WAYS[_OTHER_WAY[way]]}，而不是{_CHINESE_WAYS[way]}：现在是 {shown}。没有做。",
    )


def mostly_gone(
    operation: Operation, phrases: Sequence[Phrase], before: Mapping[str, Any] | None, work: Work
) -> str:
    """What is left of the video where more than half of it goes by words that say nothing but a time; else empty."""
    if work.confirmed or before is None or work.draft is None or work.built:
        return ""
    bare = all(p.kind in ("when", "moment", "time", "duration", "prep", "sep") for p in phrases)
    if operation.name not in ("keep", "cut", "remove") or not bare:
        return ""
    was, now = (d.sequence_length(d.clips(one)) for one in (before, work.draft))
    return f"{seconds(now)} / {seconds(was)}" if now * 2 < was else ""


def _measured(draft: Mapping[str, Any], way: str, of_texts: bool) -> dict[str, float]:
    """What the word is about, of each segment that has it."""
    if way in ("faster", "slower"):
        return {identity(one): float(d.pace_of(one).last) for one in d.clips(draft)}
    if way in ("louder", "quieter"):
        heard = (*d.clips(draft), *_heard(draft))
        return {identity(one): float(d.meta(one).get("volume", 1)) for one in heard}
    lasting = d.texts(draft) if of_texts else d.clips(draft)
    return {identity(one): float(d.length(one)) for one in lasting}


def _heard(draft: Mapping[str, Any]) -> list[d.Json]:
    return d.of_type(draft, AUDIO)


def _changed_keys(was: d.Json, now: d.Json) -> set[str]:
    before, after = d.meta(was), d.meta(now)
    if before == after:
        return set()
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    steady, still = (_without_moves(one.get("effects")) for one in (before, after))
    return changed - {"effects"} if steady == still and d.length(was) != d.length(now) else changed


def _without_moves(effects: object) -> object:
    """Effects without the numbers of zooms, which go along with how much of a clip is shown."""
    listed = effects if isinstance(effects, list) else []
    return ["zoom" if d.is_zoom(one) else one for one in listed]


def by_id(draft: Mapping[str, Any]) -> dict[str, d.Json]:
    """The clips, sounds and texts of a draft."""
    return {identity(one): one for one in (*d.clips(draft), *_heard(draft), *d.texts(draft))}


def with_own(item: d.Json, was: d.Json, kind: int) -> d.Json:
    """What an item has of its own, as it was; what follows from the others around it is as it is now."""
    now, old = d.meta(item), d.meta(was)
    keys = _FOLLOWS - _FADES if kind == AUDIO else _FOLLOWS
    follows = {key: now.get(key) for key in keys if key in now or key in old}
    kept = {key: value for key, value in {**old, **follows}.items() if value is not None}
    return item if kept == now else {**item, "m": kept}


def _texts(draft: Mapping[str, Any]) -> list[Any]:
    return [
        (one.get("id"), d.meta(one).get("text"), d.start(one), d.length(one))
        for one in d.texts(draft)
    ]


def differs(draft: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> bool:
    """Whether what is seen or heard is another; numbers that the director keeps for itself do not count."""
    if draft is None or before is None:
        return draft is not before and bool(d.tracks(draft or before or {}))
    return _plain(draft) != _plain(before)


def _plain(draft: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in d.meta(draft).items()
        if key not in ("version", "ids", "target")
    }
    return {**draft, "m": kept, "t": [track for track in d.tracks(draft) if d.segments(track)]}


def without_effect(
    operation: Operation,
    before: Work,
    slots: Slots,
    draft: Mapping[str, Any] | None,
    said: Collection[Phrase],
) -> list[Phrase]:
    """What was `said` of which, when, where and how much, and made no difference to what came of it, `draft`.

    Each is replaced by others of its kind: where all of them lead to the same draft, also beside another value of what
    else was said (4 s is 4 s for every photo that lasts 4 s already), the operation did not heed it.
    """
    if not differs(draft, before.draft):
        return []
    told = [
        (name, index)
        for name, held in slots.items()
        for index, phrase in enumerate(held)
        if name != "head" and phrase in said and not (phrase.is_("edge") and len(held) > 1)
    ]
    others = {place: list(_others(slots[place[0]][place[1]], before)) for place in told}

    def is_idle(place: tuple[str, int]) -> bool:
        if not others[place] or _differs_with(
            operation, before, slots, place, others[place], draft
        ):
            return False
        for one in told:
            if one != place and others[one]:
                beside = _with(slots, one, others[one][0])
                base = _draft_of(operation, before, beside)
                if base and _differs_with(operation, before, beside, place, others[place], base):
                    return False
        return True

    return [slots[place[0]][place[1]] for place in told if is_idle(place)]


def _with(slots: Slots, place: tuple[str, int], other: Phrase) -> Slots:
    name, index = place
    return {**slots, name: [*slots[name][:index], other, *slots[name][index + 1 :]]}


def _differs_with(
    operation: Operation,
    before: Work,
    slots: Slots,
    place: tuple[str, int],
    others: list[Phrase],
    result: Mapping[str, Any] | None,
) -> bool:
    """Whether one of `others` in that place comes to something else than `result`."""
    for other in others:
        draft = _draft_of(operation, before, _with(slots, place, other))
        if draft is None or differs(draft, result):
            return True
    return False


def _draft_of(operation: Operation, before: Work, slots: Slots) -> Mapping[str, Any] | None:
    """What would come of it; None where it is asked about or refused, or nobody knows."""
    assert operation.effect is not None
    work = before.copy()
    try:
        operation.effect(work, slots)
    except (Question, Refusal, Step, Unknown):
        return None
    return work.draft


def _others(phrase: Phrase, work: Work) -> Iterator[Phrase]:
    """The same phrase with other values; none where there are no others, or the words name nothing in particular."""
    if phrase.kind == "each" or (phrase.kind == "verb" and not phrase.is_("edge")):
        return
    senses = ((phrase.kind, phrase.value), *phrase.others)
    changed = [list(_other_values(kind, value, work)) for kind, value in senses]
    for number in range(max(map(len, changed))):
        kind, *others = (
            (name, values[min(number, len(values) - 1)] if values else value)
            for (name, value), values in zip(senses, changed, strict=True)
        )
        yield replace(phrase, kind=kind[0], value=kind[1], others=tuple(others))


def _other_values(kind: str, value: object, work: Work) -> Iterator[object]:
    if isinstance(value, Clips):
        yield from _other_clips(value, work)
    elif isinstance(value, Place):
        for clips in _other_clips(value.clips, work) if value.clips is not None else ():
            yield replace(value, clips=clips)
        if value.where in _OPPOSITE:
            yield replace(value, where=_OPPOSITE[value.where])
        if value.clips is None and value.where == "between" and len(d.clips(work.draft or {})) > 2:
            yield Place("after", Clips((Pick(ranks=(1,)),)))
    elif isinstance(value, When):
        yield from _other_stretches(value, work)
    elif isinstance(value, Edge):
        yield START if value != START else END
        yield Edge(value.part, value.ms + 1700 if value.part < 1 else value.ms - 1700)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        whole = isinstance(value, int)
        for factor in (0.5, 1.5, 3, 0.02, 0.003, 1000):  # beyond all that there is, or below
            other = (value or 1) * factor
            yield max(1, round(other)) if whole else other
    elif isinstance(value, str) and kind in _SIDED and value in _OPPOSITE:
        yield _OPPOSITE[value]


_SIDED = ("edge", "rank", "screen", "dir", "verb")
_OPPOSITE = {
    "after": "before",
    "before": "after",
    "start": "end",
    "end": "start",
    "mid": "end",
    "stop": "start",
    "top": "bottom",
    "bottom": "top",
    "left": "right",
    "right": "left",
    "center": "top",
    "first_n": "last_n",
    "last_n": "first_n",
    "earlier": "later",
    "later": "earlier",
}


def _other_clips(clips: Clips, work: Work) -> Iterator[Clips]:
    files = [work.media[one] for pick in clips.picks for one in pick.files if one in work.media]
    heard = bool(files) and all(one.kind == "audio" for one in files)
    named = bool(clips.but) or any(
        replace(pick, one=False, some=False, pronoun="", count=0, new=False) != Pick()
        for pick in clips.picks
    )
    count = len(d.clips(work.draft or {}))
    if not named or heard or count < 2:
        return
    for rank in (1, 2, count):
        yield Clips((Pick(ranks=(rank,)),))


def _other_stretches(when: When, work: Work) -> Iterator[When]:
    if when.vague == "middle":
        return  # of the picture, it may be
    if when.vague:
        yield replace(when, vague="closing" if when.vague != "closing" else "opening")
        return
    for of in _other_clips(when.of, work) if when.of is not None else ():
        yield replace(when, of=of)
    if when.spans[-1][1] != END:
        yield replace(when, spans=((when.spans[-1][1], END),))
    elif when.spans[0][0] != START:
        yield replace(when, spans=((START, when.spans[0][0]),))
    for more in (900, -900):
        yield replace(
            when,
            spans=tuple((_moved(begin, more), _moved(end, 2 * more)) for begin, end in when.spans),
        )


def _moved(edge: Edge, ms: int) -> Edge:
    return Edge(edge.part, edge.ms + ms if 0 < edge.part < 1 or edge.ms else edge.ms)
