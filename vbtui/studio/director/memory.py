"""What is remembered between sentences, and what a sentence means that only makes sense with it.

"no, clip 1"   the last request again, with another clip, from the draft before it, as one change
"20"           the answer to the open question
"also clip 3"  the last request again, for another clip, on the draft as it is
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vbtui.studio.director.clauses import is_pronoun
from vbtui.studio.director.operation import Match, Slots, kinds_of, takes_each
from vbtui.studio.director.operations import level
from vbtui.studio.director.reading import Part
from vbtui.studio.director.values import END, START, Clips, Edge, Phrase, Pick, Place, Thing, When
from vbtui.studio.director.work import Mind, Work


@dataclass(frozen=True, slots=True)
class Open:
    """A question that was asked."""

    parts: tuple[Part, ...]
    """All requests of the text that asked it."""
    at: int
    """The one that is open."""
    slot: str
    """What the answer fills; empty: it is confirmed with yes."""
    choices: tuple[tuple[str, Any], ...] = ()
    amends: bool = False
    """The text corrected the one before."""
    text: str = ""
    """What was said."""
    is_plan: bool = False
    """It was proposed by someone else: yes does it as it was shown, and no other answer touches it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the director keeps of a project's last sentence."""

    parts: tuple[Part, ...] = ()
    """The requests that were done last."""
    before: Mapping[str, Any] | None = None
    """The draft before them."""
    did_change: bool = False
    constraints: tuple[Part, ...] = ()
    """What was forbidden beside them, which holds for them with another value as well."""
    mind: Mind = field(default_factory=Mind)
    """What was spoken of."""
    mind_before: Mind = field(default_factory=Mind)
    open: Open | None = None
    chinese: bool = False
    """The language of the last sentence, which `20` has none of."""


_YES = re.compile(
    r"^(?:(?:yes|yeah|yep|y|ok|okay|sure|do it|go ahead|yes please|please do|go for it|correct|right|confirm|of course|"
    r"absolutely|yes,? do it|please|fine)(?:[ ,!.]+(?:please|do it|thanks|go ahead))?|"
    r"好的?|是的?|对的?|可以|行|确定|嗯+|没错|当然|做吧|就这样|要的?|好啊|可以的)[\s.!。！]*$",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:(?:oh|ah|hm+|ok|okay|well|哦|噢|嗯|那|那就|没事|没关系)[,，、\s]*)*(?:no|nope|n|none|no,? leave (?:it|them|that)|no,? keep (?:it|them)|neither|none of them|no thanks|no thank you|cancel|forget it|forget about it|never ?mind|leave it|don'?t|"
    r"stop|不|不用了?|不了|那?算了吧?|不要了?|取消|别|不[删剪改加换动]了)[\s.!。！]*$",
    re.IGNORECASE,
)


_MORE = re.compile(
    r"^(?:(?:even |still |a (?:bit|little) |some )?more|a (?:bit|little) more|再(?:来)?(?:一)?点儿?|还要|再多(?:一)?点|还不够|"
    r"not enough|still not enough|keep going|again|once more|"
    r"one more time|再来一次|再来一遍|再一次)[\s.!。！]*$",
    re.IGNORECASE,
)


_IF_NOT = re.compile(
    r"\b(?:if|in case) (?:(?:you|it|that|this)(?:'s|’s| is)? ?)?(?:can(?:'t|’t|not)|could(?:n't|n’t| not)|do(?:es)?(?:n't|n’t| not)"
    r"|not)(?: (?:do|be|work|done|possible|able to do|go|that|this|it|out))*(?=[,;:.]| then\b|$)"
    r"|\bif (?:that|it|this)(?:'s|’s| is) impossible|\botherwise\b"
    r"|(?:如果|要是|万一)?(?:实在)?(?:不行|不能|做不到|没法做|做不了|不可以)(?:的话)?(?=[就,，那]|$)|否则",
    re.IGNORECASE,
)


def if_not(text: str) -> bool:
    """Whether it is said only for the case that something cannot be done."""
    return bool(_IF_NOT.search(text))


def is_more(text: str) -> bool:
    """Whether it asks for one more step of the same and says nothing else."""
    return bool(_MORE.match(text.strip()))


_STRENGTH = re.compile(
    r"^(?:(?:make|do) (?:it|that|them) )?(?:even |still |just )?"
    r"(?P<little>(?:just )?(?:a (?:tiny |little )?(?:bit|little|touch|tad)|slightly) |稍微|稍)?"
    r"(?P<much>(?:a lot|much|way|far) )?再?"
    r"(?:(?P<up>more|stronger|too weak|[强重多浓](?:一?点儿?|一?些))|(?P<down>less|weaker|gentler|subtler|"
    r"too strong|not (?:so|that|as) (?:strong|much)|太[强重浓]了?|[轻弱少淡](?:一?点儿?|一?些)))"
    r"(?: please| pls)?[\s.!。！]*$",
    re.IGNORECASE,
)


def strength(text: str) -> float:
    """By how many steps what was done last shall be stronger: `a bit less` is -0.5; 0: nothing of that is said."""
    found = _STRENGTH.match(text.strip())
    if found is None:
        return 0
    steps = 0.5 if found["little"] else 2 if found["much"] else 1
    return steps if found["up"] else -steps


def declined(text: str) -> str:
    """What is said behind a refusal: `forget it, keep both`; empty where it does not begin with one."""
    head, sep, rest = re.sub(r"[，、]", ",", text.strip()).partition(",")
    return rest.strip() if sep and is_no(head) else ""


_FORGET = re.compile(
    r"(?:forget (?:it|that|about (?:it|that))|never ?mind(?: that)?|那?算了吧?)\s*[,，]\s*",
    re.IGNORECASE,
)


def behind_a_refusal(text: str) -> str:
    """What shall be done in place of what was done: `forget it, slow it to 0.5x`; empty where nothing is taken back."""
    found = _FORGET.match(text.strip())
    return text.strip()[found.end() :] if found else ""


def is_yes(text: str) -> bool:
    """Whether it agrees and says nothing else."""
    return bool(_YES.match(text.strip()))


def is_no(text: str) -> bool:
    """Whether it declines and says nothing else."""
    return bool(_NO.match(text.strip()))


def answered(open_: Open, text: str, phrases: Sequence[Phrase], work: Work) -> list[Part] | None:
    """The requests with the answer filled in, none where it declines; None when the text is no answer."""
    part = open_.parts[open_.at]
    found = part.match
    assert found is not None
    chosen = _chosen(open_, text, phrases)
    if chosen is False:
        return []
    if chosen is not None:
        if not open_.slot:
            return list(open_.parts)
        value = chosen
    else:
        if not open_.slot:
            return None
        filling = _filling(found, open_.slot, phrases, work)
        if filling is None:
            several = _several(found, open_.slot, phrases, work)
            if not several:
                return None
            slots = {**found.slots, open_.slot: several}
            left = replace(part, match=found._replace(slots=slots, missing=()))
            return [left if index == open_.at else one for index, one in enumerate(open_.parts)]
        value = filling
    phrase = (
        value
        if isinstance(value, Phrase)
        else Phrase("clips" if isinstance(value, Clips) else "answer", value, 0, 0)
    )
    slots = {**found.slots, open_.slot: [phrase]}
    left = replace(part, match=found._replace(slots=slots, missing=()))
    return [left if index == open_.at else one for index, one in enumerate(open_.parts)]


def _chosen(open_: Open, text: str, phrases: Sequence[Phrase]) -> Any:
    """The choice that the text takes, by its number or its words."""
    plain = text.strip().strip(".!。！").casefold()
    for label, value in open_.choices:
        if plain == label.casefold():
            return value
    meaning = [one for one in phrases if one.kind not in ("polite", "sep", "prep")]
    if plain.isdecimal() and open_.choices and open_.slot in ("", "clips", "file", "again", "what"):
        number = int(plain)
        if 1 <= number <= len(open_.choices):
            return open_.choices[number - 1][1]
    if open_.slot == "file" and len(meaning) == 1 and meaning[0].is_("clips"):
        ranks = meaning[0].get("clips").picks[0].ranks  # the first one, 第二个
        if len(ranks) == 1 and -len(open_.choices) <= (rank := ranks[0]) <= len(open_.choices):
            return open_.choices[rank - 1 if rank > 0 else rank][1]
    within = [
        value
        for label, value in open_.choices
        if open_.slot and re.search(rf"(?<!\w){re.escape(label.casefold())}(?!\w)", plain)
    ]
    if len(within) == 1:
        return within[0]  # the one that says Hello
    starts = [
        value for label, value in open_.choices if plain and label.casefold().startswith(plain)
    ]
    if len(starts) == 1 and len(plain) > 2 and meaning:
        return starts[0]
    if not open_.slot and is_yes(text):
        return True
    if is_yes(text) and len(open_.choices) == 1:
        return open_.choices[0][1]
    return None


def _filling(found: Match, name: str, phrases: Sequence[Phrase], work: Work) -> Phrase | None:
    """The phrase of an answer that fits the slot that is open; a bare number takes the slot's unit."""
    meaning = [
        one for one in phrases if one.kind not in ("polite", "sep", "prep", "instead", "little")
    ]
    slots = [slot for form in found.operation.forms for slot in form.slots if slot.name == name]
    kinds = {kind for slot in slots for kind in slot.kinds}
    if name in ("quote",):
        kinds |= {"quote"}
    if len(meaning) == 1:
        phrase = meaning[0]
        held = found.slots.get(name)
        if name == "clips" and phrase.is_("superlative"):
            way = 1 if phrase.is_("superlative", "longest") else -1
            kind = held[0].get("clips").picks[0].kind if held and held[0].is_("clips") else ""
            return replace(phrase, kind="clips", value=Clips((Pick(kind, longest=way),)), others=())
        if name == "clips" and phrase.is_("clips") and held and held[0].is_("clips"):
            return replace(
                phrase, kind="clips", value=of_same_kind(held[0].get("clips"), phrase.get("clips"))
            )
        if kinds_of(phrase, work) & kinds or (name == "clips" and phrase.is_("clips")):
            return replace(phrase, role=phrase.role or ("to" if name == "length" else ""))
        if phrase.kind == "number":
            if name == "clips":
                return replace(
                    phrase, kind="clips", value=Clips((Pick(ranks=(int(phrase.value),)),))
                )
            if "duration" in kinds:
                return replace(
                    phrase, kind="duration", value=round(float(phrase.value) * 1000), role="to"
                )
            if "percent" in kinds:
                return replace(phrase, kind="percent", value=float(phrase.value), role="to")
            if "factor" in kinds:
                return replace(phrase, kind="factor", value=float(phrase.value))
            if "moment" in kinds:
                return replace(
                    phrase, kind="duration", value=round(float(phrase.value) * 1000), role="at"
                )
    return None


def _several(found: Match, name: str, phrases: Sequence[Phrase], work: Work) -> list[Phrase]:
    """`at 0:15 and 0:45`: all of an answer, where the slot takes several; none where something does not fit."""
    kinds = {k for s in found.form.slots if s.name == name and s.many for k in s.kinds}
    meaning = [one for one in phrases if one.kind not in ("polite", "sep", "prep", "little")]
    fits = len(meaning) > 1 and all(kinds_of(one, work) & kinds for one in meaning)
    return meaning if fits else []


def words_answer(open_: Open, text: str) -> list[Part] | None:
    """The requests with the words of the answer, where it was asked which words to show."""
    part = open_.parts[open_.at]
    if open_.slot != "quote" or part.match is None:
        return None
    words = text.strip()
    if len(words) > 200:
        return None
    slots = {**part.match.slots, "quote": [Phrase("quote", words, 0, len(text))]}
    left = replace(part, match=part.match._replace(slots=slots, missing=()))
    return [left if index == open_.at else one for index, one in enumerate(open_.parts)]


# The last request, with something changed


def with_changes(
    parts: Sequence[Part], phrases: Sequence[Phrase], work: Work, *, adds: bool = True
) -> list[Part] | None:
    """The last requests with these phrases in the place of those of their kind; None where one fits nowhere.

    `adds`: a phrase may also fill a slot that was empty.
    """
    meaning = _meaning(phrases)
    result = list(parts)
    said: set[tuple[int, str]] = set()
    for phrase in meaning:
        latest = range(len(result) - 1, -1, -1)
        for index, fills in [*((i, False) for i in latest), *((i, adds) for i in latest)]:
            found = result[index].match
            if found is not None and phrase.kind in ("percent", "frac", "decibel"):
                found = _at_a_level(found)
            held = {name for at, name in said if at == index}
            slots = _replaced(found, phrase, work, held) if found is not None else None
            plays = found is not None and found.operation.name == "music" and fills
            if (
                slots is None
                and found is not None
                and plays
                and phrase.kind in ("percent", "decibel")
            ):
                slots = {**found.slots, "level": [phrase]}
            if slots is None and found is not None and fills:
                slots = _added(found, phrase, work)
            if slots is not None and found is not None:
                said |= {(index, k) for k, v in slots.items() if found.slots.get(k) != v}
                result[index] = replace(
                    result[index], match=found._replace(slots=slots, missing=())
                )
                break
        else:
            return None
    return result if meaning else None


def with_target(parts: Sequence[Part], phrase: Phrase) -> list[Part] | None:
    """`make the interview quieter`, and then `no, the music`: the last request of that, in place of what it was of."""
    found = parts[-1].match if parts else None
    if found is None or found.operation.name not in ("volume", "mute", "fade"):
        return None
    if not {"clips", "what"} & found.slots.keys():
        return None
    name = "what" if phrase.thing else "clips"
    heads = [one for one in found.slots.get("head", []) if one.thing not in ("music", "sound")]
    slots = {k: v for k, v in found.slots.items() if k not in ("clips", "what", "head")}
    slots |= {name: [phrase], "head": heads}
    return [*parts[:-1], replace(parts[-1], match=found._replace(slots=slots, missing=()))]


def _at_a_level(found: Match) -> Match:
    """`mute clip 2`, and then 30 %: not silent, but so loud."""
    if found.operation is not level.MUTE:
        return found
    form = next(
        one
        for one in level.VOLUME.forms
        if one.preset.get("way") == "set" and any(slot.name == "level" for slot in one.slots)
    )
    slots = {k: v for k, v in found.slots.items() if k not in ("head", "way")}
    slots["way"] = [Phrase("preset", "set", 0, 0)]
    return found._replace(operation=level.VOLUME, form=form, slots=slots)


_LITTLE = (
    *("polite", "sep", "prep", "instead", "also", "wrong", "meant", "neg", "enough", "little"),
    *("manner", "together", "letters", "too", "vague"),
)


def _meaning(phrases: Sequence[Phrase]) -> list[Phrase]:
    kept = [
        one
        for one in phrases
        if one.kind not in _LITTLE and not one.neg and not one.is_("q", "only")
    ]
    return [
        one
        for one in kept
        if not one.is_("verb", "make", "say", "set", "put", "be", "use", "show", "play")
        and not is_pronoun(one)
    ]


def _replaced(found: Match, phrase: Phrase, work: Work, said: Collection[str] = ()) -> Slots | None:
    """The slots with the phrase in the place of one of its kind; what was `said` just now stays."""
    stretch = found.operation.name in ("keep", "cut") and phrase.kind == "clips" and _is_run(phrase)
    order = sorted(
        found.slots.items(),
        key=lambda one: (
            not _is_meant(one[1], phrase),
            phrase.role != "with" or one[0] != "with",
            stretch and one[0] in ("clips", "to"),
            found.operation.name == "speed" and one[0] == "from" and phrase.role != "from",
            phrase.kind == "number" and not any(held.kind in _SCALED for held in one[1]),
        ),
    )
    for name, held in order:
        if not held or held[0].kind == "preset" or name in said:
            continue
        ends = (name == "from" and phrase.role in ("to", "until")) or (
            name == "until" and phrase.role == "from"
        )
        ends |= name == "at" and phrase.role == "for"
        if ends:
            continue
        for index, old in enumerate(held):
            moves = name == "clips" and found.operation.name == "reorder"
            if moves and _is_bare_rank(phrase) and not _is_meant([old], phrase):
                continue
            now, before = kinds_of(phrase, work), kinds_of(old, work)
            if ("sound" in now and "sound" not in before) or any(
                (kind in now) != (kind in before) for kind in ("subs", "luts")
            ):
                continue
            new = in_place_of(old, phrase)
            if new is not None and name == "clips" and not isinstance(new.get("clips"), Clips):
                continue
            if new is not None:
                changed = [*held[:index], new, *held[index + 1 :]]
                if name == "clips" and phrase.is_("clips") and old.is_("clips"):
                    changed = [new]
                if old.kind == "aspect":  # make it vertical for TikTok; square
                    others = {
                        k: [p for p in v if p.kind != "aspect"] for k, v in found.slots.items()
                    }
                    return {k: v for k, v in {**others, name: [new]}.items() if v}
                return {**found.slots, name: changed}
    return None


def _is_meant(held: Sequence[Phrase], phrase: Phrase) -> bool:
    """Whether what was said there is what the phrase stands in the place of."""

    def plain(value: object) -> object:
        if not isinstance(value, Clips):
            return value
        return replace(value, picks=tuple(replace(pick, bare=False) for pick in value.picks))

    wrong = plain(phrase.instead_of)
    return wrong is not None and any(plain(one.value) == wrong for one in held)


_ALIKE = (
    {"edge", "moment", "time", "place", "rank", "ord"},
    {"percent", "frac", "decibel", "level", "loud"},
    {"factor", "times", "speed"},
    {"aspect", "size"},
    {"duration", "stretch"},
)
_SCALED = {
    "duration": 1000,
    "percent": 1,
    "factor": 1,
    "speed": 1,
    "number": 1,
    "decibel": 1,
    "angle": 1,
    "fps": 1,
    "times": 1,
}


def _as_ms(number: float, before: int) -> int:
    """A bare number in the place of a length: minutes or seconds, whichever is nearer to what was said before."""
    seconds, minutes = round(number * 1000), round(number * 60_000)
    if not before or seconds <= 0:
        return seconds
    far = [max(one, abs(before)) / min(one, abs(before)) for one in (seconds, minutes)]
    return seconds if far[0] <= far[1] else minutes


def _is_run(phrase: Phrase) -> bool:
    """`the last 10`: so many from an end, of clips or of seconds."""
    clips = phrase.get("clips")
    ranks = clips.picks[0].ranks if isinstance(clips, Clips) and len(clips.picks) == 1 else ()
    return len(ranks) > 1 and not clips.picks[0].kind and (ranks[0] == 1 or ranks[-1] == -1)


def _is_bare_rank(phrase: Phrase) -> bool:
    """`third`, not `the third one`."""
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and len(clips.picks) == 1 and clips.picks[0].bare


def of_same_kind(old: Clips, new: Clips) -> Clips:
    """`the second one` behind `the photos`: the second photo."""
    kinds = {pick.kind for pick in old.picks}
    bare = all(
        pick.ranks or pick.count or pick.shape or pick.longest or pick.pronoun in ("them", "all")
        for pick in new.picks
    ) and not any(pick.kind or pick.files for pick in new.picks)
    open_ = all(not pick.files and not pick.segments for pick in old.picks)
    if len(kinds) == 1 and bare and open_:
        return replace(
            new,
            picks=tuple(replace(pick, kind=next(iter(kinds)), pronoun="") for pick in new.picks),
        )
    return new


def in_place_of(old: Phrase, phrase: Phrase) -> Phrase | None:
    """What stands in the place of `old` when `phrase` is said now; None where they have nothing in common."""
    if phrase.kind == "verb":
        return None
    if phrase.value == Thing("text") and old.thing in ("title", "caption"):
        return old  # 标题换成黄色, and then 字也大一点
    if old.thing == "transition" and phrase.kind == "transition":
        return phrase  # 在town前面加个转场, and then 擦除
    ranks: tuple[int, ...] = phrase.value.picks[0].ranks if phrase.kind == "clips" else ()
    if isinstance(old.value, Thing) and old.value.rank and len(ranks) == 1:
        return replace(
            old, value=replace(old.value, rank=ranks[0])
        )  # the first transition, the second
    between = old.get("place")
    if isinstance(between, Place) and between.where == "nth" and len(ranks) == 1:
        return replace(old, value=replace(between, number=ranks[0]))
    if isinstance(between, Place) and phrase.kind == "clips":
        return replace(old, kind="place", value=replace(between, clips=phrase.value), others=())
    if isinstance(between, Place) and phrase.get("place") is not None:
        return replace(phrase, role=phrase.role or old.role)
    if old.kind == "number" and phrase.kind in ("duration", "moment", "time"):
        return replace(phrase, role=old.role)
    if old.kind == "when" and phrase.kind == "when":
        return replace(
            phrase,
            value=replace(phrase.value, of=phrase.value.of or old.value.of),
            role=phrase.role or old.role,
        )
    if old.kind == "when" and isinstance(old.value, When):
        changed = _other_stretch(old.value, phrase)
        return replace(old, value=changed) if changed is not None else None
    if phrase.kind == "number" and old.kind in _SCALED:
        value = float(phrase.value) * _SCALED[old.kind]
        if old.kind == "duration":
            value = _as_ms(float(phrase.value), int(old.value))
        return replace(old, value=value)
    if phrase.kind == "number" and old.kind == "moment":
        return replace(old, value=Edge(0, round(float(phrase.value) * 1000)), others=())
    counts = phrase.kind == "number" and float(phrase.value).is_integer()
    if counts and old.kind == "clips" and not is_pronoun(old):
        return replace(old, value=Clips((Pick(ranks=(int(phrase.value),)),)), others=())
    if old.kind == "duration" and phrase.is_("moment") and phrase.value.part == 0:
        return replace(old, value=phrase.value.ms)
    if phrase.kind == "duration" and old.kind == "moment" and phrase.role in ("", old.role):
        return replace(old, value=Edge(0, phrase.value), others=())
    if phrase.kind == "when" and phrase.is_("clips") and old.kind == "clips":
        return replace(old, value=phrase.get("clips"), others=())
    if old.kind == "clips" and phrase.kind == "clips":
        narrow = any(pick.ranks or pick.files for pick in old.value.picks)
        if narrow and phrase.value.but:
            return None  # clip 1 5 s, and then `except the photos`: they were not meant
        new = of_same_kind(old.value, phrase.value)
        new = phrase.value if "any kind" in phrase.marks else new
        return replace(phrase, value=new, role=phrase.role or old.role)
    if old.kind in ("edge", "ord", "rank", "number") and len(ranks) == 1:
        return replace(phrase, kind="number", value=ranks[0], role=old.role, others=())
    if (old.kind == "place" and phrase.kind == "place") or (
        old.kind == "place" and phrase.is_("clips")
    ):
        clips = phrase.get("clips")
        if isinstance(clips, Clips) and isinstance(old.value, Place):
            return replace(old, value=replace(old.value, clips=clips))
        return replace(phrase, role=phrase.role or old.role)
    same = old.kind == phrase.kind or any(old.kind in one and phrase.kind in one for one in _ALIKE)
    if old.kind == "thing" and phrase.kind == "thing":
        texts = ("title", "caption", "text", "end_title")
        same = old.thing in texts and phrase.thing in texts
    if same and old.kind == "thing" and phrase.kind != "thing":
        return None
    return (
        replace(phrase, role=phrase.role or old.role, each=phrase.each or old.each)
        if same
        else None
    )


def _other_stretch(when: When, phrase: Phrase) -> When | None:
    """`the first 5 s` made `only 3`, `the last 3`, `to 0:40`, `from 8`."""
    if len(when.spans) > 1 and phrase.kind == "duration" and not phrase.role:
        each = [_other_stretch(replace(when, spans=(one,)), phrase) for one in when.spans]
        spans = tuple(one.spans[0] for one in each if one is not None)
        return replace(when, spans=spans) if len(spans) == len(each) else None  # 首尾各2秒; 3秒
    begin, end = when.spans[-1]
    named = phrase.get("clips")
    side = named.picks[0].ranks if isinstance(named, Clips) and not named.picks[0].kind else ()
    side = {"start": (1,), "end": (-1,)}.get(str(phrase.get("edge")), side)
    one = len(when.spans) == 1 and begin.part == end.part and (begin == START or end == END)
    if side in ((1,), (-1,)) and one:
        lasts = end.ms - begin.ms  # the last 10 s; the first, I mean
        span = (START, Edge(0, lasts)) if side == (1,) else (Edge(1, -lasts), END)
        return replace(when, spans=(span,))
    at = phrase.get("moment")
    ms = at.ms if isinstance(at, Edge) else None
    if ms is None and phrase.kind in ("duration", "time"):
        ms = int(phrase.value)
    if ms is None and phrase.kind == "number":
        ms = _as_ms(float(phrase.value), end.ms or begin.ms)
    clips = phrase.get("clips")
    if isinstance(clips, Clips) and ms is None:
        ranks = clips.picks[0].ranks
        if len(clips.picks) != 1 or clips.picks[0].kind or not ranks:
            return None
        if ranks == (-1,) and begin == START and end.part == 0:
            return replace(when, spans=((Edge(1, -end.ms), END),))  # the first minute; no, the last
        if ranks == (1,) and end == END and begin.part == 1:
            return replace(when, spans=((START, Edge(0, -begin.ms)),))
        if ranks[0] == 1 and len(ranks) > 1:
            ms = _as_ms(len(ranks), end.ms or begin.ms)
            return replace(when, spans=((START, Edge(0, ms)),))
        if ranks[-1] == -1 and len(ranks) > 1:
            ms = _as_ms(len(ranks), end.ms or begin.ms)
            return replace(when, spans=((Edge(1, -ms), END),))
        return None
    if ms is None:
        return None
    if phrase.role in ("to", "until"):
        return replace(when, spans=(*when.spans[:-1], (begin, Edge(0, ms))))
    if phrase.role in ("from", "at"):
        return replace(when, spans=(*when.spans[:-1], (Edge(0, ms), end)))
    if begin == START and end.part == 0:
        return replace(when, spans=(*when.spans[:-1], (START, Edge(0, ms))))
    if end == END and begin.part == 1:
        return replace(when, spans=(*when.spans[:-1], (Edge(1, -ms), END)))
    return None


def _added(found: Match, phrase: Phrase, work: Work) -> Slots | None:
    """The slots with the phrase in one that was empty."""
    kinds = kinds_of(phrase, work)
    for slot in found.form.slots:
        fits = kinds & set(slot.kinds) and (not slot.roles or (phrase.role or "-") in slot.roles)
        if fits and takes_each(slot, phrase) and (slot.name not in found.slots or slot.many):
            return {**found.slots, slot.name: [*found.slots.get(slot.name, []), phrase]}
    timed = next(
        (
            slot
            for slot in found.form.slots
            if "moment" in slot.kinds and slot.name not in found.slots and phrase.role in slot.roles
        ),
        None,
    )
    if phrase.kind in ("number", "duration") and phrase.role and timed is not None:
        ms = round(float(phrase.value) * (1000 if phrase.kind == "number" else 1))
        at = replace(phrase, kind="moment", value=Edge(0, ms))
        return {**found.slots, timed.name: [at]}
    if phrase.kind == "number" and any(slot.name == "length" for slot in found.form.slots):
        length = replace(phrase, kind="duration", value=round(float(phrase.value) * 1000))
        return {**found.slots, "length": [length]}
    return None
