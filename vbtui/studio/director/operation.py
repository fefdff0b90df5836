"""What an operation is: declared once, with its grammar, its slots, its effect and what it may change.

A form is a way to ask for an operation, in both languages at once: what must be said (heads, by the senses of
the lexicon) and what may be said besides (slots, by kind of phrase and role). A part of a sentence asks for an
operation only when every phrase in it is a head or fills a slot of one of its forms. Heads are written

    "verb:remove|cut"     one of these senses        "thing:title?"    may be missing

and slots `name=kinds@roles`, with `!` behind the name of one that is needed and `*` behind one that takes
several, `!!` behind one without which it is no such request: `"clips!=clips|whole", "length=duration@to|for"`. Kinds that are no kind of phrase: `whole` (the video),
`pron` (it), `sound` (the name of a sound file), `word:…` (one sense).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from vbtui.studio.director.values import SIDES, Clips, Phrase, Pick, Thing, When
from vbtui.studio.director.work import Work
from vbtui.studio.project.draft import clips as clips_of
from vbtui.studio.project.draft import meta, overlays
from vbtui.studio.project.media import Media

Slots = dict[str, list[Phrase]]
"""What fills the slots of a form, by their names; presets stand there as phrases of kind `preset`."""
Json = dict[str, Any]
Effect = Callable[[Work, Slots], Json]
"""Changes the draft of the work and gives the operation's slots as JSON. Raises `Refusal` or `Question`."""

WEAK = frozenset({"make", "set", "turn", "put", "use", "show", "create"})
"""Verbs that another word makes precise: `make it faster`."""
_DECOR = frozenset(
    {
        "polite",
        "prep",
        "manner",
        "instead",
        "purpose",
        "social",
        "exists",
        "letters",
        "together",
        "withs",
        "equal",
        "enough",
        "anymore",
        "all",
        "again",
        "quietly",
    }
)
_APART = frozenset({*SIDES, "as", "by", "from", "into", "like", "per", "without"})
"""Prepositions that lead something else than what an operation is done to, unless its slot says so."""
_LED = ("clips", "thing", "verb", "fps", "size", "aspect", "fit", "resolution", "transition")


_Sense = tuple[str, str]
"""The kind of what is said, and its value as the notation writes it."""


class Slot(NamedTuple):
    """One thing that a form can be told."""

    name: str
    kinds: tuple[str, ...]
    roles: tuple[str, ...] = ()
    """Only with one of these; `-` is none, `each` one that holds for every one; empty: with any, but clips and things only with what can lead an object."""
    needed: bool = False
    many: bool = False
    marks: bool = False
    """Without it the words are no such request at all."""
    also: tuple[str, ...] = ()
    """What can lead clips and things here besides: `+from`."""


class Head(NamedTuple):
    """What must be said: one of these senses."""

    senses: frozenset[_Sense]
    optional: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way to ask for an operation."""

    heads: tuple[Head, ...]
    slots: tuple[Slot, ...]
    preset: Mapping[str, Any] = field(default_factory=dict)
    rest: bool = False
    """Whatever else is said belongs to it: for what is refused anyway."""
    weight: int = 0
    """Among forms that fit equally well the heavier one counts."""
    strict: bool = False
    """Weak verbs that are not among the heads do not belong to it."""


def form(
    heads: str,
    *slots: str,
    rest: bool = False,
    weight: int = 0,
    strict: bool = False,
    **preset: Any,
) -> Form:
    """A form from its notation (see above)."""
    return Form(
        tuple(map(_head, heads.split(", "))) if heads else (),
        tuple(map(_slot, slots)),
        preset,
        rest,
        weight,
        strict,
    )


def _head(text: str) -> Head:
    optional = text.endswith("?")
    kind, _, values = text.removesuffix("?").partition(":")
    senses = [
        (kind, value)
        if not value.partition(":")[2] or not value[0].isalpha()
        else (value.partition(":")[0], value.partition(":")[2])
        for value in values.split("|")
    ]
    return Head(frozenset(senses), optional)


def _slot(text: str) -> Slot:
    name, _, rest = text.partition("=")
    kinds, _, roles = rest.partition("@")
    roles, _, also = roles.partition("+")
    marks = name[len(name.rstrip("!*")) :]
    return Slot(
        name.rstrip("!*"),
        tuple(kinds.split("|")),
        tuple(roles.split("|")) if roles else (),
        "!" in marks,
        "*" in marks,
        "!!" in marks,
        tuple(also.split("|")) if also else (),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An operation of the director. Without an effect it is known, and refused by its name."""

    name: str
    forms: tuple[Form, ...]
    help: tuple[str, str]
    """One line, in English and Chinese."""
    examples: tuple[str, ...]
    effect: Effect | None = None
    touches: frozenset[str] = frozenset()
    """Its footprint, what of the draft it may change: `clips` (which there are, in which order, how long),
    `clip:KEY` (this key of `m` of the clips that were named), `texts`, `sounds`, `overlays`, `canvas`, `everything`."""
    missing: tuple[str, str] = ("", "")
    """What is said where it cannot be done here."""
    asks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The question for each slot that may not be missing."""
    aspects: Callable[[Slots], Collection[str]] = lambda slots: ()
    """Which of several things of a clip it changes, where it changes several: what is done to one of them leaves the others."""


class Match(NamedTuple):
    """A part of a sentence as an operation with filled slots."""

    operation: Operation
    form: Form
    slots: Slots
    missing: tuple[str, ...]
    """Needed slots that nothing fills."""
    left: tuple[Phrase, ...]
    """Phrases that belong to nothing."""
    score: int

    @property
    def is_whole(self) -> bool:
        return not self.missing and not self.left


def kinds_of(phrase: Phrase, work: Work) -> frozenset[str]:
    """What a phrase counts as when slots are filled."""
    found = {phrase.kind, *(kind for kind, _ in phrase.others)}
    for kind, value in ((phrase.kind, phrase.value), *phrase.others):
        if isinstance(value, str):
            found.add(f"word:{kind}:{value}")
    if isinstance(phrase.value, When) and phrase.value.off:
        found.add("when_off")
    if phrase.kind == "number" and phrase.role == "to":
        found.add("number_to")
    if isinstance(phrase.value, When) and phrase.value.vague:
        found.add("middle" if phrase.value.vague == "middle" else "ends")
    if phrase.kind == "screen" and "_" in str(phrase.value):
        found.add("corner_place")
    if work.mind.of_kind in _LAID and phrase.kind in _LOOKS:
        found.add(f"{_LAID[work.mind.of_kind]}_{_LOOKS[phrase.kind]}")
    thing = phrase.thing or next((v.name for _, v in phrase.others if isinstance(v, Thing)), "")
    if phrase.is_("topic", *_APART_TOPICS):
        found.discard("topic")
    if phrase.is_("q", "except", "except_end"):
        found.discard("q")
    if phrase.is_("tempo"):
        found.discard("topic")  # to the beat: no style of music
    if thing:
        found.add(f"thing:{thing}")
        if thing in ("video", "everything"):
            found.add("whole")
    clips = phrase.get("clips")
    if phrase.kind == "when" and isinstance(clips, Clips) and _are_beyond(clips, work):
        found.discard("clips")  # cut out 20 to 25, of one clip: seconds
    elif isinstance(clips, Clips):
        if "rather clips" in phrase.marks:
            found.discard("when")  # keep 1 to 4
        only = clips.picks[0]
        if only.ones and work.mind.ones == "transition":
            found.add("join")  # crossfades of 1 s, the last one 2 s
        if len(clips.picks) == 1 and only.pronoun:
            found.add("pron")
            if work.mind.of_kind in _NO_CLIPS:
                found.discard("clips")
                found.add(_NO_CLIPS[work.mind.of_kind])
        files = [work.media[one] for pick in clips.picks for one in pick.files if one in work.media]
        if files and all(file.kind == "audio" for file in files):
            found.add("sound")
            found.discard("clips")
        read = bool(files) and all(file.kind == "subtitles" for file in files)
        if read:
            found.add("subs")
            found.discard("clips")
        if files and all(file.kind == "lut" for file in files):
            found.add("luts")
            found.discard("clips")
        if files:
            found |= _beside_clips(files, work)
        if len(clips.picks) == 1 and len(only.ranks) == 1 and only.bare:
            found.add("nth")
            if only.bare:
                found.add("nth_bare")
        if len(clips.picks) == 1 and len(only.ranks) == 1 and phrase.role in ("as", "to", "at"):
            found.add("nth")
        if clips.only:
            found.add("only_clips")
        if clips == Clips((Pick(),)):
            found.add("clips_all")
        if clips.each or all(pick.ranks and not pick.files for pick in clips.picks):
            found.add("counted")
        if only.count:
            found.add("count")
        else:
            found.add("uncounted")
        heard = bool(files) and all(file.kind == "audio" for file in files)
        if (
            not heard
            and not read
            and "luts" not in found
            and any(pick.files or pick.new for pick in clips.picks)
        ):
            found.add("files")
    return frozenset(found)


_NO_CLIPS = {
    "text": "text_it", "music": "sound", "overlay": "over_it", "bar": "bar_it", "countdown": "count_it",
}  # fmt: skip
"""What `it` counts as where no clips were spoken of."""


_APART_TOPICS = ("progressbar", "countdown", "splitscreen", "chromakey", "ramp")
"""Topics that say no more of something else: `a watermark and a progress bar`."""
_LAID = {"overlay": "over", "bar": "bar", "countdown": "count"}
_LOOKS = {
    "more": "size", "too": "size", "opacity": "opacity", "screen": "screen", "colour": "colour",
}  # fmt: skip
"""What a word says of what lies over the picture, where that was spoken of."""


def _beside_clips(files: Sequence[Media], work: Work) -> set[str]:
    """`spare`: none of them is a clip; `laid`: and they lie over the picture."""
    laid, shown = (
        {meta(one).get("asset") for one in some}
        for some in (overlays(work.draft or {}), clips_of(work.draft or {}))
    )
    is_laid = all(one.id in laid for one in files)
    return set() if any(one.id in shown for one in files) else {"spare", *["laid"] * is_laid}


def _are_beyond(clips: Clips, work: Work) -> bool:
    """Whether there are not so many clips as these numbers say."""
    return max((rank for pick in clips.picks for rank in pick.ranks), default=0) > len(work.clips)


def match(
    phrases: Sequence[Phrase],
    operations: Sequence[Operation],
    work: Work,
    inherited: Sequence[Phrase] = (),
) -> Match | None:
    """The operation that these phrases ask for, or come nearest to; None when nothing in them is a head.

    `inherited` verbs are those of the part before: they are there when a form wants them.
    """
    tagged = [_Tagged(phrase, kinds_of(phrase, work), _senses(phrase)) for phrase in phrases]
    borrowed = frozenset(sense for phrase in inherited for sense in _senses(phrase))
    said = borrowed.union(*(one.senses for one in tagged))
    best: Match | None = None
    for operation, one, needed in _wanted(_grammar(tuple(operations)), said):
        if any(said.isdisjoint(head) for head in needed):
            continue
        most = len(tagged) if best is None else len(best.left)
        found = _fill(operation, one, tagged, borrowed, most)
        if found is not None and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


class _Tagged(NamedTuple):
    """A phrase with what it can be told for and with what it says."""

    phrase: Phrase
    kinds: frozenset[str]
    senses: frozenset[_Sense]


class _Rule(NamedTuple):
    """A form with the senses of each head that it cannot do without."""

    operation: Operation
    form: Form
    needed: tuple[frozenset[_Sense], ...]


@lru_cache(maxsize=2)
def _grammar(operations: tuple[Operation, ...]) -> Mapping[_Sense | None, list[tuple[int, _Rule]]]:
    """Every form with its place in their order: under each sense of its first needed head, or under None."""
    rules = [
        _Rule(operation, one, tuple(head.senses for head in one.heads if not head.optional))
        for operation in operations
        for one in operation.forms
    ]
    found: dict[_Sense | None, list[tuple[int, _Rule]]] = defaultdict(list)
    for place, rule in enumerate(rules):
        for sense in rule.needed[0] if rule.needed else (None,):
            found[sense].append((place, rule))
    return found


def _wanted(
    grammar: Mapping[_Sense | None, list[tuple[int, _Rule]]], said: frozenset[_Sense]
) -> list[_Rule]:
    """Those of which something is said, in their order."""
    found = {
        place: rule for sense in (None, *said) if sense in grammar for place, rule in grammar[sense]
    }
    return [found[place] for place in sorted(found)]


def _senses(phrase: Phrase) -> frozenset[_Sense]:
    return frozenset(
        (kind, value.name if isinstance(value, Thing) else _plain(value))
        for kind, value in ((phrase.kind, phrase.value), *phrase.others)
        if isinstance(value, Thing | str | int | float)
    )


def _plain(value: str | int | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rank(found: Match) -> tuple[bool, int, int, int]:
    return (not found.left, -len(found.left), -len(found.missing), found.score)


def _fill(
    operation: Operation,
    one: Form,
    tagged: Sequence[_Tagged],
    inherited: frozenset[_Sense],
    most: int,
) -> Match | None:
    """The form with these phrases; None when it does not fit them, or leaves more than `most` of them."""
    used: set[int] = set()
    score = one.weight * 10
    borrowed = False
    slots: Slots = {}
    for head in one.heads:
        place = next(
            (
                index
                for index, (phrase, _, senses) in enumerate(tagged)
                if not head.senses.isdisjoint(senses)
                and index not in used
                and not (phrase.neg and len(tagged) > 1)
                and (phrase.role not in SIDES or phrase.kind == "prep")
            ),
            None,
        )
        if place is not None:
            used.add(place)
            score += 8 if not head.optional else 6
            slots.setdefault("head", []).append(tagged[place].phrase)
            continue
        if not head.senses.isdisjoint(inherited):
            borrowed = True
            continue
        if not head.optional:
            return None
    if one.heads and not used and not (borrowed and tagged):
        return None
    headed = bool(used) or borrowed
    score -= 1 if borrowed else 0
    left: list[Phrase] = []
    for index, (phrase, kinds, _) in enumerate(tagged):
        if index in used:
            continue
        slot = _slot_for(one, slots, phrase, kinds)
        if slot is not None:
            slots.setdefault(slot.name, []).append(phrase)
            score += 3
        elif (
            one.rest
            or phrase.neg
            or (
                phrase.kind in _DECOR
                and (not phrase.is_("prep", *SIDES) or phrase.is_("quietly"))
                and not phrase.is_("dir", "off")
                and not _is_once_more(phrase, operation)
            )
            or phrase.kind == "sep"
            or phrase.is_("q", "only")
        ):
            continue
        elif phrase.is_("verb", *WEAK) and not one.strict:
            score -= 1
        elif len(left) == most:
            return None
        else:
            left.append(phrase)
    left += [] if one.rest else _of_another(slots)
    missing = tuple(slot.name for slot in one.slots if slot.needed and slot.name not in slots)
    if missing and (not headed or any(slot.marks and slot.name in missing for slot in one.slots)):
        return None
    for name, value in one.preset.items():
        slots.setdefault(name, [Phrase("preset", value, 0, 0)])
    return Match(operation, one, slots, missing, tuple(left), score)


def _of_another(slots: Slots) -> list[Phrase]:
    """`beach and the first 10 s of the interview`: clips beside a stretch of other ones, which cannot be of both."""
    owners = [
        held.value.of
        for name in ("when", "part")
        for held in slots.get(name, [])
        if isinstance(held.value, When) and held.value.of is not None
    ]
    return [
        held
        for held in slots.get("clips", [])
        if isinstance(held.value, Clips) and not held.value.picks[0].pronoun
        if any(held.value != of and any(p.files or p.ranks for p in of.picks) for of in owners)
    ]


def _is_once_more(phrase: Phrase, operation: Operation) -> bool:
    """`put the cake again after the kids` is no move."""
    return phrase.kind == "again" and operation.name in ("reorder", "replace", "add")


def _slot_for(one: Form, slots: Slots, phrase: Phrase, kinds: frozenset[str]) -> Slot | None:
    if phrase.neg:
        return None
    fitting = None
    for slot in one.slots:
        if (
            not kinds.isdisjoint(slot.kinds)
            and (slot.many or slot.name not in slots)
            and _may_lead(phrase.role, slot, phrase)
            and takes_each(slot, phrase)
            and not _says_other_clips(slots.get(slot.name, ()), phrase)
        ):
            if phrase.kind in slot.kinds:
                return slot
            fitting = fitting or slot
    return fitting


def takes_each(slot: Slot, phrase: Phrase) -> bool:
    """`2 s each` is no clip, though it says of which: it fills a length, or nothing."""
    return not phrase.each or phrase.kind == "clips" or slot.name in ("length", "at", "part")


def _may_lead(role: str, slot: Slot, phrase: Phrase) -> bool:
    if slot.roles:
        return (role or "-") in slot.roles or (phrase.each and "each" in slot.roles)
    return role not in _APART or role in slot.also or phrase.kind not in _LED


def _says_other_clips(held: Sequence[Phrase], phrase: Phrase) -> bool:
    """`it` before clips that are named is something else: neither is guessed."""
    clips = phrase.get("clips")
    if not held or not isinstance(clips, Clips) or clips.picks[0].pronoun:
        return False
    return any(
        isinstance(one.get("clips"), Clips) and bool(one.get("clips").picks[0].pronoun)
        for one in held
    )


# What effects ask of their slots


def first(slots: Slots, name: str) -> Phrase | None:
    """The phrase in this slot; None where it is empty."""
    found = slots.get(name)
    return found[0] if found else None


def value(slots: Slots, name: str, default: Any = None) -> Any:
    """The value of the phrase in this slot."""
    found = first(slots, name)
    return default if found is None else found.value


def with_slot(slots: Slots, name: str, phrase: Phrase) -> Slots:
    """The same with another phrase in one slot."""
    return slots | {name: [replace(phrase)]}
