"""The smallest pieces of a sentence, what in them is forbidden, and what stands beside a request.

    "trim clip 2 to 5 s, without music" → trim clip 2 to 5 s | without music (a constraint)

A sentence is cut at its separators, before its verbs and before what a new video shall have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vbtui.studio.director.operation import WEAK
from vbtui.studio.director.phrases import DOES
from vbtui.studio.director.values import Clips, Phrase, Pick
from vbtui.studio.director.work import Work

_FEATURES = ("title", "end_title", "caption", "text", "music", "transition", "lower_third")


def is_pronoun(phrase: Phrase) -> bool:
    """Whether it is `it` or `them`."""
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and len(clips.picks) == 1 and bool(clips.picks[0].pronoun)


def as_target(phrases: Sequence[Phrase]) -> list[Phrase]:
    """放第一张, 放最后: the one place that a verb of moving names, which leads there."""
    clips = [one for one in phrases if one.is_("clips")]
    moves = any(one.is_("verb", "put", "move") for one in phrases)
    if len(clips) != 1 or not moves or clips[0].role:
        return list(phrases)
    picks = clips[0].value.picks if isinstance(clips[0].value, Clips) else ()
    ends = len(picks) == 1 and picks[0].ranks in ((1,), (-1,)) and not picks[0].files
    return [replace(one, role="to") if ends and one is clips[0] else one for one in phrases]


@dataclass(frozen=True, slots=True)
class Atom:
    phrases: tuple[Phrase, ...]
    joint: str
    """What stands before it: comma, and, then, but, so, with, or nothing before a verb."""


def atoms_of(phrases: Sequence[Phrase]) -> list[Atom]:
    """The smallest pieces: cut at separators, before verbs, and before what a new video shall have."""
    atoms: list[Atom] = []
    current: list[Phrase] = []
    joint = ""

    def close(following: str) -> None:
        nonlocal current, joint
        if current:
            atoms.append(Atom(tuple(current), joint))
            joint = following
        else:
            joint = following if following in ("then", "but") or not joint else joint
        current = []

    choice = False
    for index, phrase in enumerate(phrases):
        if choice and phrase.kind not in ("sep", "polite"):
            if _is_specific(phrase):
                current.append(Phrase("choice", "", phrase.start, phrase.start))
            choice = False
        choice |= phrase.is_("sep", "or") and index > 0
        measured = phrase.kind in ("duration", "number") and index + 1 < len(phrases)
        leads = _is_feature(phrase) or (measured and _is_feature(phrases[index + 1]))
        if not current and phrase.role == "with" and leads and atoms:
            joint = "with"
        if _begins_own(phrases, index) and (current or atoms):
            close("")
            joint = "own"
        stays = phrases[index + 1 : index + 2]
        if current and _is_rest(phrase) and stays and _only_stays(stays):
            close("comma")  # 第二段静音|其他的别动
        if phrase.kind == "sep":
            after = phrases[index + 1] if index + 1 < len(phrases) else None
            behind = phrases[index + 2] if index + 2 < len(phrases) else None
            narrows = after is not None and after.is_("q", "only") and behind is not None
            beside = after is not None and after.kind in ("quietly", "little", "level")
            beside |= narrows and behind is not None and bool(behind.role)
            if phrase.value == "but" and beside:
                continue  # but only for the first 20 s
            close(str(phrase.value))
            continue
        verb = phrase.kind == "verb" and not phrase.is_("verb", "say")
        if verb and current and phrase.is_("verb", *COMPARED):
            verb = not (current[-1].kind in MEASURED and not current[-1].role)
            verb &= not current[-1].is_("verb", "make")  # the music needs to be | quieter
        alone = bool(atoms) and len(current) == 1 and current[0].end - current[0].start == 1
        if verb and alone and current[0].value == Clips((Pick(),)):
            current.append(phrase)  # 都放下方
            continue
        if verb and current and not _only_weak(current):
            subject = _own_subject(current, atoms[-1].phrases if atoms and not joint else ())
            current = current[: len(current) - len(subject)]
            close("")
            current = subject
        elif phrase.is_("fade") and any(one.is_("fade") for one in current):
            subject = _own_subject(current, ())
            current = current[: len(current) - len(subject)]
            close("")
            joint, current = "and", subject
        elif (
            phrase.role == "with"
            and current
            and leads
            and not any(one.is_("verb", "replace") for one in current)
        ):
            close("with")
        elif (
            phrase.is_("neg")
            and phrase.kind in ("neg", "prep")
            and current
            and not phrase.is_("neg", "not")
        ) or (phrase.role == "without" and current):
            close("")
        current.append(phrase)
    close("")
    return _keyed(_one_after_the_other(atoms))


def _keyed(atoms: list[Atom]) -> list[Atom]:
    """`key out the green of clip 2 and put it over clip 1`: one thing, said in two clauses."""
    result: list[Atom] = []
    for atom in atoms:
        before = result[-1] if result else None
        puts = any(
            one.is_("verb", "put", "show", "move", "add", "place", "use") for one in atom.phrases
        )
        over = [
            one
            for one in atom.phrases
            if one.is_("clips") and one.role in ("on", "over", "at", "to", "in")
        ]
        rest = [
            one
            for one in atom.phrases
            if one not in over and not one.is_("verb") and not is_pronoun(one)
        ]
        keyed = before is not None and any(one.is_("topic", "chromakey") for one in before.phrases)
        if before is not None and keyed and puts and len(over) == 1 and not rest:
            joined = (*before.phrases, replace(over[0], role="over"))
            result[-1] = replace(before, phrases=joined)
        else:
            result.append(atom)
    return result


_SOMETHING = ("music", "sound", "title", "caption", "text", "end_title", "transition")


def each_of_two(phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """`make the title and the caption pink`, `remove the music and the photos`: what is said of two things is said
    of each."""
    for index in range(1, len(phrases) - 1):
        one, joint, other = phrases[index - 1 : index + 2]
        fades = any(p.is_("fade") or p.is_("verb", "fade") for p in phrases)
        things = [p.thing in _SOMETHING or (fades and p.thing == "video") for p in (one, other)]
        if (
            not joint.is_("sep", "and")
            or one.role not in ("", "ba")
            or other.role not in ("", "of")
        ):
            continue
        if not all(things) and not (any(things) and (one.is_("clips") or other.is_("clips"))):
            continue
        begin = max((i + 1 for i in range(index - 1) if phrases[i].kind == "sep"), default=0)
        end = next(
            (i for i in range(index + 1, len(phrases)) if phrases[i].kind == "sep"), len(phrases)
        )
        if end == len(phrases) - 2 and phrases[end].value == "comma" and _is_value(phrases[-1]):
            phrases, end = (*phrases[:end], phrases[-1]), end + 1  # …, 2 seconds
        ahead, behind = phrases[begin : index - 1], phrases[index + 2 : end]
        if not any(
            p.kind in (*DOES, "more", "too", "colour", "percent", "screen")
            for p in (*ahead, *behind)
        ):
            continue
        if any(p.kind == "quote" for p in behind):
            continue
        does = any(p.kind in DOES and not p.is_("verb", *WEAK) for p in ahead)
        if does and any(p.kind == "verb" for p in behind):
            continue  # drop the photo and the music needs to be quieter
        again = [p for p in ahead if not p.is_("q", "all", "both")]  # all texts and the music
        return (
            *phrases[:begin], *ahead, one, *behind, joint, *again, other, *behind,
            *each_of_two(phrases[end:]),
        )  # fmt: skip
    return phrases


def _one_after_the_other(atoms: list[Atom]) -> list[Atom]:
    """`combine beach.mp4 then city.mp4`: what is only named behind a `then` belongs to what is combined."""
    if not atoms or not any(one.is_("verb", "combine") for one in atoms[0].phrases):
        return atoms
    return [
        replace(atom, joint="and")
        if atom.joint == "then" and all(one.is_("clips") for one in atom.phrases)
        else atom
        for atom in atoms
    ]


def _own_subject(current: list[Phrase], before: Sequence[Phrase]) -> list[Phrase]:
    """前面掐掉3秒后面|掐掉5秒: what stands before the next verb and belongs to it, for all before it is said."""
    tail = [one for one in current[-1:] if one.is_("q", "all", "both")]  # 剩下的都|加上转场
    current = current[: len(current) - len(tail)]
    if not current:
        return []
    last = current[-1]
    current = [*before, *current]
    said = [one for one in current[:-1] if one.kind == "verb" or one.is_("fade")]
    values = ("duration", "percent", "factor", "speed", "decibel", "lufs", "angle")
    whole = bool(said) and (
        any(one.kind in values for one in current[:-1])
        or any(one.is_("clips") and one.start < said[-1].start for one in current[:-1])
    )
    is_subject = (last.is_("clips") and last.kind == "clips") or last.kind == "edge"
    takes_two = any(
        one.is_("verb", "replace", "swap", "move", "put", "use", "add", "combine", "duplicate")
        for one in said
    )
    return [last, *tail] if whole and is_subject and not last.role and not takes_two else []


def without_reasons(atoms: list[Atom]) -> list[Atom]:
    """`… so they don't cover the product, and mute it`: what it is good for is no request."""
    at = next((index for index, atom in enumerate(atoms) if index and atom.joint == "so"), None)
    if at is None:
        return atoms
    if atoms[at].phrases[0].kind == "verb":  # it is too long, so cut it
        return [*atoms[:at], replace(atoms[at], joint="then"), *atoms[at + 1 :]]
    end = next(
        (
            index
            for index in range(at + 1, len(atoms))
            if atoms[index].joint in ("and", "comma", "then", "but")
            and atoms[index].phrases[0].is_("verb")
        ),
        len(atoms),
    )
    measured = [p for atom in atoms[at:end] for p in atom.phrases if p.kind in MEASURED]
    if not measured:
        return [*atoms[:at], *atoms[end:]]
    last = atoms[at - 1]
    aim = Phrase("aim", "", measured[0].start, measured[-1].end)
    return [*atoms[: at - 1], replace(last, phrases=(*last.phrases, aim)), *atoms[end:]]


MEASURED = (
    "duration",
    "percent",
    "factor",
    "number",
    "times",
    "frac",
    "decibel",
    "lufs",
    "angle",
    "time",
)


def _is_value(phrase: Phrase) -> bool:
    return phrase.kind in MEASURED and not phrase.role


def _is_specific(phrase: Phrase) -> bool:
    """What can only be one of two behind `or`: a clip by its number or name, a value, another request."""
    clips = phrase.get("clips")
    if isinstance(clips, Clips):
        return any(pick.ranks or pick.files or pick.unknown for pick in clips.picks)
    return phrase.kind in (*MEASURED, "verb", "instead", "colour", "aspect")


def _is_feature(phrase: Phrase) -> bool:
    """Something that a video can have: `with music`, `with fades`."""
    return phrase.thing in _FEATURES or phrase.is_("transition") or phrase.is_("fade")


def _begins_own(phrases: Sequence[Phrase], index: int) -> bool:
    """`…, photos 2 seconds each`: a length for some clips is a saying of its own."""
    if not phrases[index].is_("clips") or index == 0:
        return False
    after = phrases[index + 1] if index + 1 < len(phrases) else None
    clips = phrases[index].get("clips")
    if clips.each and after is not None and after.kind == "duration":
        return not phrases[index].role and not phrases[index - 1].is_(
            "verb", "make", "set", "add", "give", "keep", "show", "play"
        )
    if phrases[index - 1].kind != "sep":
        return False
    return (
        after is not None
        and after.kind == "duration"
        and (
            after.each
            or (index + 2 < len(phrases) and phrases[index + 2].kind == "each")
            or all(pick.kind and not pick.one and not pick.ranks for pick in clips.picks)
        )
    )


def is_own(phrases: Sequence[Phrase]) -> bool:
    """`photos 2 seconds each` and nothing else."""
    meaning = [one for one in phrases if one.kind not in ("polite", "prep")]
    if any("per clip" in one.marks for one in meaning) and all(
        "per clip" in one.marks or one.kind in ("also", "each") for one in meaning
    ):
        return True
    return (
        bool(meaning)
        and meaning[0].is_("clips")
        and any(
            one.kind == "duration" and (one.each or meaning[0].get("clips").each) for one in meaning
        )
        and all(one.is_("clips") or one.kind in ("duration", "each") for one in meaning)
        and not is_pronoun(meaning[0])
    )


def is_every_length(phrases: Sequence[Phrase]) -> bool:
    """每段5秒 and nothing else: no length of what is said behind it."""
    return len(phrases) == 1 and "every" in phrases[0].marks


def praises(phrases: Sequence[Phrase]) -> bool:
    """第二段挺好的: nothing is asked for."""
    if any(one.is_("polite", "please") for one in phrases):
        return False
    named = phrases[0].is_("clips") or phrases[0].thing in ("title", "caption", "music", "text")
    return (
        any(one.kind in ("polite", "vague") for one in phrases)
        and named
        and all(one.kind in ("polite", "vague", "clips", "thing", "enough") for one in phrases)
    )


def _only_weak(phrases: Sequence[Phrase]) -> bool:
    return all(
        one.kind in ("polite", "prep", "neg", "also", "together", "verb") for one in phrases
    ) and any(one.kind == "neg" for one in phrases)


def constraints_in(atoms: list[Atom], work: Work) -> tuple[list[tuple[Phrase, ...]], list[Atom]]:
    """What the sentence forbids beside its request: `without music`, `keep clip 2 as it is`."""
    found: list[tuple[Phrase, ...]] = []
    rest: list[Atom] = []
    index = 0
    while index < len(atoms):
        atom = atoms[index]
        words = list(atom.phrases)
        without = any(one.role == "without" or one.is_("prep", "without") for one in words)
        following = atoms[index + 1] if index + 1 < len(atoms) else None
        if (
            without
            and len(words) == 1
            and words[0].is_("prep", "without")
            and following is not None
            and not following.joint
        ):
            found.append((*words, *following.phrases))
            index += 2
            continue
        keeps = any(one.is_("verb", "keep") for atom in rest for one in atom.phrases)
        only = [one for atom in rest for one in atom.phrases if one.is_("clips")]
        binned = words and words[0].is_("verb", "remove") and all(map(_is_rest, words[1:]))
        if binned and len(words) > 1 and any(one.get("clips").only for one in only):
            index += 1  # only shots 1 to 4, bin the rest
            continue
        unwanted = any(map(_is_rest, words)) and any(one.kind == "neg" for one in words)
        behind = following.phrases if following is not None and not following.joint else ()
        denied = bool(behind) and all(one.kind in ("neg", "polite") for one in behind)
        if keeps and denied and all(map(_is_rest, words)):
            index += 2
            continue
        if (
            keeps
            and unwanted
            and all(_is_rest(one) or one.kind in ("neg", "polite") for one in words)
        ):
            index += 1
            continue
        stays = _is_rest(words[0]) and all(_is_rest(p) or bool(p.thing) for p in words)
        stays &= following is not None and not following.joint
        said = following.phrases if following is not None else ()
        kept = [p for p in said[1:] if p.kind == "transition"]  # 其余转场|保持叠化
        if stays and following is not None and _only_stays([p for p in said if p not in kept]):
            found.append((*words, *following.phrases))
            index += 2
            continue
        if (
            words[-1].is_("prep", "without")
            and words[-1].kind == "prep"
            and rest
            and not atom.joint
            and not any(one.kind == "verb" for one in rest[-1].phrases)
        ):
            words = [*rest.pop().phrases, *words]
        as_is = any(one.kind == "as_is" for one in words)
        lacks = following is not None and following.phrases[0].kind == "neg"
        as_is |= (
            (lacks if not rest else atom.joint in ("comma", "and", "but"))
            and len(words) == 2
            and words[0].is_("q", "only")
            and words[1].thing == "music"
            and not work.is_empty
        )
        as_is |= (
            bool(rest or following)
            and any(_is_rest(one) for one in words)
            and any(one.kind in ("verb", "as_is") for one in words)
            and all(_is_rest(one) or _only_stays((one,)) for one in words)
        )
        excludes = (
            work.is_empty
            and any(one.is_("neg", "no") for one in words)
            and any(one.is_("clips") for one in words)
            and not any(one.kind == "verb" for one in words)
        )
        if work.chinese and work.is_empty and following is not None and not following.joint:
            unused = all(p.kind == "neg" or p.is_("verb", "use") for p in following.phrases)
            if unused and len(atoms) > 2 and all(p.is_("clips") for p in words):
                found.append((*words, *following.phrases))
                index += 2
                continue
        if without or as_is or excludes:
            if (
                as_is
                and rest
                and not words[0].is_("as_is")
                and (_only_stays(words) or not any(one.kind == "verb" for one in words))
                and not atom.joint
            ):
                words = [*rest.pop().phrases, *words]
            found.append(tuple(words))
        else:
            rest.append(atom)
        index += 1
    return found, rest


def _only_stays(phrases: Sequence[Phrase]) -> bool:
    return all(
        one.is_("verb", "keep", "disappear", "leave") or one.kind in ("as_is", "polite")
        for one in phrases
    )


def _is_rest(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and all(pick.rest for pick in clips.picks)


COMPARED = ("longer", "shorter", "louder", "quieter", "faster", "slower", "increase", "decrease")


def comma_groups(atoms: Sequence[Atom]) -> list[list[Phrase]]:
    """What stands between commas."""
    groups: list[list[Phrase]] = []
    for atom in atoms:
        if groups and atom.joint not in ("comma", "and"):
            groups[-1] += atom.phrases
        else:
            groups.append(list(atom.phrases))
    return groups


def has_own_request(phrases: Sequence[Phrase]) -> bool:
    """Whether there is a verb and what the verb is about: a request of its own."""
    verbs = [
        one
        for one in phrases
        if (one.kind == "verb" and not one.is_("verb", "be", "say"))
        or one.kind in ("fade", "topic", "light")
        or one.is_("neg", "no")
        or one.is_("dir", "out", "off")
    ]
    objects = [
        one
        for one in phrases
        if one.is_("clips") or one.kind in ("thing", "quote", "when", "transition", "fade")
    ]
    return bool(verbs) and bool(objects)


def forbids(atom: Atom) -> bool:
    """不要裁: a negation with its own verb, which is no part of what stands before the comma."""
    head = atom.phrases[0]
    return head.is_("neg", "dont") and any(one.kind == "verb" for one in atom.phrases[1:])


def is_order(atom: Atom) -> bool:
    """Whether it has a verb and what the verb is about."""
    return any(one.kind == "verb" for one in atom.phrases) and any(
        one.is_("clips") for one in atom.phrases
    )


def without_negation(phrases: Sequence[Phrase]) -> tuple[tuple[Phrase, ...], bool]:
    """The phrases without a `don't` before what is asked for. `no music` is no such thing: it names a state."""
    negs = [one for one in phrases if one.kind == "neg"]
    if not negs:
        return tuple(phrases), False
    if _is_postposed(phrases, negs[-1]):
        kept = [one for one in phrases if one is not negs[-1] and one.kind != "anymore"]
        return (*kept, replace(negs[-1], kind="verb", value="remove")), False
    last = phrases[-1]
    ahead = [
        one for one in phrases if one.start < negs[0].start and (one.is_("clips") or one.thing)
    ]
    if len(negs) == 1 and ahead and last.is_("verb", "remove") and last.start > negs[0].end:
        between = [one for one in phrases if negs[0].end <= one.start < last.start]
        if all(one.kind == "polite" for one in between):
            return tuple(one for one in phrases if one is not negs[0]), False
    turned = any(one.kind == "dir" for one in phrases)
    verbs = [
        one
        for one in phrases
        if (one.kind == "verb" and not _is_absence(phrases))
        or one.is_("transition")
        or one.is_("fade")
        or one.kind == "topic"
        or (turned and one.thing == "speed")
    ]
    behind = [one for one in verbs if one.start > negs[0].start]
    inner: list[Phrase] = []
    negated = False
    if _is_absence(phrases) and is_quiet_there(phrases):
        phrases = [one for one in phrases if not one.is_("verb", *_HEARD)]
    for one in phrases:
        if one.kind != "neg":
            inner.append(one)
        elif behind and (one.is_("neg", "dont", "not")):
            negated = not negated
        elif one is negs[0] and one.is_("neg", "dont") and not _names_thing(phrases):
            negated = True
        elif one.is_("neg", "dont", "no", "not"):
            inner.append(replace(one, kind="nothing", value="", others=()))
        else:
            negated = True
    return tuple(inner), negated


def _is_absence(phrases: Sequence[Phrase]) -> bool:
    """`there shouldn't be any music`: what shall not be there is named, and nothing that shall not be done."""
    quiet = is_quiet_there(phrases)
    return any(one.thing in _FEATURES for one in phrases) and all(
        one.thing in _FEATURES
        or one.kind in ("neg", "polite", "prep", "exists", "sep")
        or one.is_("verb", "be", "make")
        or one.is_("q", "all")
        or (quiet and (one.kind in ("clips", "when") or one.is_("verb", *_HEARD)))
        for one in phrases
    )


_HEARD = ("put", "play", "use", "add")


def is_quiet_there(phrases: Sequence[Phrase]) -> bool:
    """采访的时候不要放音乐: no music in that stretch, which is a request."""
    return any(one.thing == "music" for one in phrases) and any(
        (one.is_("clips") and one.role in ("in", "on", "under")) or one.kind == "when"
        for one in phrases
    )


def denies_all(phrases: Sequence[Phrase]) -> bool:
    """Whether what is denied (`not the photos`) has nothing beside it that is meant instead."""
    meant = {one.kind for one in phrases if not one.neg}
    return any(one.neg and one.kind not in meant for one in phrases) and not any(
        one.kind == "verb" for one in phrases
    )


def _names_thing(phrases: Sequence[Phrase]) -> bool:
    """`不要音乐`, `no transitions`: something that shall not be there."""
    if any(one.thing or one.is_("transition") or one.is_("fade") for one in phrases):
        return True
    named = [one for one in phrases if one.kind not in ("neg", "polite", "sep")]
    neg = next(one for one in phrases if one.kind == "neg")
    beside = len(named) == 1 and 0 <= named[0].start - neg.end <= 1
    return beside and named[0].is_("clips") and not is_pronoun(named[0])


def _is_postposed(phrases: Sequence[Phrase], neg: Phrase) -> bool:
    """`照片都不要了`, `I don't want the photos anymore`: what was there shall go."""
    meaning = [
        one for one in phrases if one.kind not in ("polite", "prep", "also", "manner", "each")
    ]
    if not neg.is_("neg", "dont") or any(one.kind == "verb" for one in meaning):
        return False
    if any(one.kind == "anymore" for one in meaning):
        return True
    return bool(meaning) and meaning[-1] is neg and len(meaning) > 1
