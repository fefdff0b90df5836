"""Clauses become requests: put together so that most of them is understood, by fewest operations.

What a clause leaves out (a verb, a unit, what `it` is) is taken from the request before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from vbtui.studio.director.clauses import (
    COMPARED,
    MEASURED,
    Atom,
    comma_groups,
    forbids,
    has_own_request,
    is_every_length,
    is_order,
    is_own,
    is_pronoun,
    praises,
    without_negation,
)
from vbtui.studio.director.clip_phrases import TEXT_NOUNS
from vbtui.studio.director.operation import Match, kinds_of, match
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.director.phrases import DOES
from vbtui.studio.director.rewriting import MOVES_IN_TIME, as_loudness
from vbtui.studio.director.values import END, IT, START, Clips, Edge, Phrase, Pick, Thing, When
from vbtui.studio.director.work import Work
from vbtui.studio.project import draft as d

_MOST_MERGED = 6


def without_bare_lengths(segments: list[Segment]) -> list[Segment]:
    """Of several lengths that stand alone (20秒、40秒、…) none is a length of the video."""
    bare = [
        one
        for one in segments
        if one.match is not None
        and one.match.operation.name == "length"
        and all(phrase.kind in ("duration", "time", "sep", "polite") for phrase in one.phrases)
    ]
    if len(bare) < 2:
        return segments
    return [Segment(one.phrases, None, one.cost) if one in bare else one for one in segments]


@dataclass(frozen=True, slots=True)
class Segment:
    phrases: tuple[Phrase, ...]
    match: Match | None
    cost: float
    joint: str = ""
    """What stands before it."""


_BARE = (
    "verb",
    "topic",
    "effect",
    "light",
    "dir",
    "fade",
    "polite",
    "manner",
    "little",
    "also",
    "prep",
)


def of_the_same(segments: list[Segment]) -> list[Segment]:
    """`mute and reverse clip 2`: what is named behind the last verb is what all of them are done to."""
    result = list(segments)
    for at in range(len(result) - 2, -1, -1):
        one, behind = result[at], result[at + 1]
        found, other = one.match, behind.match
        last = at + 2 == len(result) or result[at + 2].joint not in ("and", "comma")
        joined = behind.joint == "and" or (behind.joint == "comma" and not last)
        if found is None or other is None or not joined:
            continue
        named = other.slots.get("clips", [])
        bare = all(phrase.kind in _BARE for phrase in one.phrases)
        takes = any(slot.name == "clips" for slot in found.form.slots)
        alike = found.operation.name in OF_A_CLIP and other.operation.name != "add"
        said = [p for p in behind.phrases if p.kind not in ("polite", "also", "manner")][:2]
        follows = behind is not segments[at + 1]  # it took them over, too
        follows |= len(said) == 2 and said[0].kind in _BARE and said[1].is_("clips")
        if alike and bare and takes and named and follows:
            slots = {**found.slots, "clips": named}
            result[at] = replace(one, match=found._replace(slots=slots))
    return result


NEXT = Phrase("next", "", 0, 0)

_WITH = Phrase("withs", "", 0, 0)

_ADD = Phrase("verb", "add", 0, 0)

_LONGEST_JOIN_MS = 5000
"""A length that is told of no transition."""
THEM = replace(IT, value=Clips((Pick(pronoun="them"),)))


def segments_of(atoms: list[Atom], work: Work) -> list[Segment]:
    """The atoms put together so that most is understood, by fewest operations."""
    count = len(atoms)
    best: list[tuple[float, list[Segment]]] = [(0.0, [])]
    best += [(float("inf"), []) for _ in atoms]
    for begin in range(count):
        cost, done = best[begin]
        if cost == float("inf"):
            continue
        for end in range(begin + 1, min(count, begin + _MOST_MERGED) + 1):
            splits = any(one.is_("verb", "split") for one in atoms[end - 1].phrases)
            if (
                end > begin + 1
                and not splits
                and any(is_own(atom.phrases) for atom in atoms[begin:end])
            ):
                break
            if not splits and any(is_every_length(atom.phrases) for atom in atoms[begin : end - 1]):
                break
            first = atoms[begin].phrases
            told = any(
                one.kind == "dislike" for atom in atoms[begin : end - 1] for one in atom.phrases
            )
            parted = end > begin + 1 and bool(atoms[begin + 1].joint)
            denied = any(
                one.phrases[-1].is_("neg", "dont")
                and following.joint
                and any(
                    p.is_("clips") or p.thing or p.kind in ("when", "transition")
                    for p in following.phrases
                )
                for one, following in pairwise(atoms[begin:end])
            )  # 1:15以后也不要，声音提到1.3倍
            if told or denied or (parted and praises(first)):
                break
            if end > begin + 1 and _is_another(atoms[begin : end - 1], atoms[end - 1]):
                break
            if any(_forbids_there(atoms[place : place + 2]) for place in range(begin + 1, end)):
                break
            meant = [p.kind for p in atoms[end - 1].phrases if p.kind != "polite"]
            if end > begin + 1 and set(meant) == {"dislike"}:
                break  # 把音乐删除，我不喜欢: why
            if end < count and atoms[end - 1].phrases[-1].kind == "each" and not atoms[end].joint:
                continue  # 每张|停留五秒
            apart = end > begin + 1 and atoms[begin + 1].joint in ("comma", "and")
            if apart and all(p.kind == "duration" and p.each for p in first):
                break
            if any(atom.joint in ("then", "but", "with", "own") for atom in atoms[begin + 1 : end]):
                break
            segment = _segment(atoms[begin:end], atoms[begin].joint, done, work)
            segment = replace(segment, joint=atoms[begin].joint)
            total = cost + segment.cost
            if total < best[end][0]:
                best[end] = (total, [*done, segment])
    return best[count][1]


def _segment(atoms: Sequence[Atom], joint: str, done: Sequence[Segment], work: Work) -> Segment:
    phrases = tuple(
        phrase
        for index, atom in enumerate(atoms)
        for phrase in (
            _as_target(atom.phrases, atoms[index - 1].phrases)
            if index and atom.joint == "comma"
            else atom.phrases
        )
    )
    before = work.mind.of_kind, work.mind.ones
    work.mind.of_kind = _spoken_kind(done, work.mind.of_kind)
    long = any(
        p.kind == "duration" and p.value > _LONGEST_JOIN_MS for a in atoms for p in a.phrases
    )
    if done and done[-1].match is not None and not long:
        work.mind.ones = "transition" if done[-1].match.operation.name == "transition" else ""
    try:
        return _matched(atoms, phrases, joint, done, work)
    finally:
        work.mind.of_kind, work.mind.ones = before


_PLAIN = ("make", "set", "put", "turn", "add", "give", "use", "let", "take", "show", "move", "get")
"""Verbs that say nothing about what is done: they are taken over anyway, where nothing else is understood."""
_OPPOSED = ("up", "down")
_OF_A_VIDEO = ("title", "end_title", "caption", "text", "lower_third", "music", "sound", "video")
_TELLS_NOTHING = ("verb", "word", "vague")
_IDLE = ("polite", "also", "manner", "little", "enough")


def _is_another(before: Sequence[Atom], atom: Atom) -> bool:
    """`make clip 1 brighter and clip 2 darker`, `the brightness up and the contrast down`: what is said behind the `and`
    is another request, and no more of the one before."""
    said = [phrase for one in before for phrase in one.phrases]
    ways = {p.value for p in (*said, *atom.phrases) if p.is_("dir", *_OPPOSED)}
    joined = atom.joint in ("and", "comma")
    return (
        len(ways) > 1
        or (joined and left_out(said, atom.phrases) is not None)
        or (joined and _is_closed(said) and all(map(_is_more, atom.phrases)))
    )


def _is_more(phrase: Phrase) -> bool:
    """Whether it names something, and is no exception from what was named."""
    clips = phrase.get("clips")
    return _is_named(phrase) and not (isinstance(clips, Clips) and (clips.but or clips.only))


def _is_closed(said: Sequence[Phrase]) -> bool:
    """`the beach can go|, and the music too`: the verb stands behind what it is about."""
    return said[-1].kind == "verb" and has_own_request(said)


def left_out(before: Sequence[Phrase], phrases: Sequence[Phrase]) -> tuple[Phrase, ...] | None:
    """What a request leaves out because the one before says it and both are built alike: `rotate` of `rotate clip 1 left
    and clip 2 right`. None where they are not: each names what it is about and what becomes of it, in the same order."""
    said, meant = ([p for p in those if p.kind not in _IDLE] for those in (before, phrases))
    alike = said[-len(meant) :]
    if not 2 <= len(meant) <= len(said) or any(p.kind in _TELLS_NOTHING for p in meant):
        return None
    if any(p.thing and not _is_named(p) for p in (*alike, *meant)):
        return None
    old, new = ([_is_named(p) for p in those] for those in (alike, meant))
    return tuple(said[: -len(meant)]) if old == new and 0 < sum(new) < len(new) else None


def _is_named(phrase: Phrase) -> bool:
    return phrase.is_("clips") or phrase.thing in _OF_A_VIDEO


def _as_target(phrases: tuple[Phrase, ...], before: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """`quieter, 20 %`: the value behind the comma is what it shall be, not by how much."""
    idle = ("polite", "little", "manner", "enough")
    said = ("set", "make", "start", "appear", "show", "keep")
    meaning = [p for p in phrases if p.kind not in idle and not p.is_("verb", *said)]
    if len(meaning) != 1 or meaning[0].kind not in (*MEASURED, "moment") or meaning[0].each:
        return phrases
    if not any(one.kind in ("too", "more", "dir") or one.is_("verb", *COMPARED) for one in before):
        return phrases
    return tuple(
        replace(one, role="to" if one.role in ("", "like") else one.role) if one in meaning else one
        for one in phrases
    )


def _is_apart(atoms: Sequence[Atom], found: Match, done: Sequence[Segment], work: Work) -> bool:
    """`beach, title "Hi"`, `30 seconds, title "Hi"`, `videos 6 s, crossfades`: what stands before the comma is a request
    of its own."""
    first, second = atoms[0].phrases, atoms[1].phrases
    if all(p.kind == "duration" and not p.role for p in first):
        return found.operation.name in _TEXT_OPERATIONS
    if all(p.is_("clips") or p.kind == "when" for p in first):
        before = done[-1].match if done else None
        placed = before is not None and before.operation.name in ("reorder", "add")
        shows = found.operation.name in (*_TEXT_OPERATIONS, "volume", "music", "fade")
        return (work.is_empty or (placed and atoms[0].joint == "then")) and shows
    own = found.operation.name == "transition" and found.slots.keys() & {"length", "kind"}
    if own and any(p.is_("clips") and p.get("clips").picks[0].ones for p in second):
        return True  # crossfades, the last one 1 second
    if len(atoms) > 2 or not any(p.kind in _HEADS or p.thing for p in second) or _narrowed(second):
        return False
    one, other = (match(without_negation(p)[0], OPERATIONS, work) for p in (first, second))
    names = {m.operation.name for m in (one, other) if m is not None and m.is_whole}
    return len(names) == 2


_HEADS = ("transition", "fade", "aspect", "neg")


def _narrowed(phrases: Sequence[Phrase]) -> bool:
    return any(one.is_("q", "only") or one.is_("clips") or one.kind == "enough" for one in phrases)


_SHOWS = ("length", "add", "keep")
_WHEREABOUTS = ("when", "moment", "time", "edge", "place")
_TEXT_OPERATIONS = ("title", "caption")


def _is_of_its_own(phrases: Sequence[Phrase]) -> bool:
    """`mute clip 1`, 第二段声音小一点: something, and what becomes of it."""
    graded = any(one.kind == "more" for one in phrases)
    named = any(one.is_("clips") or one.thing in ("music", *TEXT_NOUNS) for one in phrases)
    return has_own_request(phrases) or (graded and named)


def _shows(phrases: Sequence[Phrase]) -> bool:
    """写上“Hi”, 标题“Hi”."""
    quoted = any(one.kind == "quote" for one in phrases)
    return quoted and any(one.is_("verb", "say") or one.thing in TEXT_NOUNS for one in phrases)


def _is_of_text(found: Match) -> bool:
    return found.operation.name in _TEXT_OPERATIONS


def _is_text(phrase: Phrase) -> bool:
    return phrase.kind == "quote" or phrase.thing in TEXT_NOUNS


def _only_written(phrases: Sequence[Phrase]) -> bool:
    """写上“出发”, without a word of where or when."""
    where = any(one.is_("clips") or one.kind in _WHEREABOUTS for one in phrases)
    return not where and any(one.is_("verb", "say") for one in phrases)


def _gives_length(phrases: Sequence[Phrase], *, named: bool) -> bool:
    """小镇放6秒, before a text: how long the clip lasts, and not the text.

    Args:
        named: only where it names the clip.
    """
    clips = any(one.is_("clips") and not one.role for one in phrases)
    lasts = [
        one
        for one in phrases
        if (one.kind == "duration" and one.role in ("", "to", "for"))
        or (clips and one.kind == "when")
    ]
    does = any(one.is_("verb", *_LASTS) for one in phrases)
    return bool(lasts) and does and (clips or not named) and not any(map(_is_text, phrases))


_LASTS = (
    "put",
    "keep",
    "use",
    "show",
    "stop",
    "stay",
    "play",
    "make",
    "set",
    "cut",
    "trim",
    "shorter",
    "longer",
)


def _spoken_kind(done: Sequence[Segment], before: str) -> str:
    """What `it` means behind these segments: clips, a text, music, what lies over the picture."""
    for segment in reversed(done):
        found = segment.match
        if found is None:
            continue
        things = {one.thing for one in segment.phrases if one.thing}
        if found.operation.name in _TEXT_OPERATIONS or things & {
            "title",
            "caption",
            "text",
            "end_title",
        }:
            return "text"
        if found.operation.name == "music" or "music" in things:
            return "music"
        if found.operation.name == "overlay" and found.operation.effect is not None:
            return "overlay"
        if any(one.is_("clips") and not is_pronoun(one) for one in segment.phrases):
            return "clips"
    return before


def _matched(
    atoms: Sequence[Atom],
    phrases: tuple[Phrase, ...],
    joint: str,
    done: Sequence[Segment],
    work: Work,
) -> Segment:
    seps = sum(0.3 for atom in atoms[1:] if atom.joint in ("comma", "and", "so"))
    seps += sum(1.2 for atom in atoms[1:] if atom.joint == "comma" and forbids(atom))
    seps += sum(
        2.0
        for before, group in pairwise(comma_groups(atoms))
        if (_is_of_its_own(before) and _is_of_its_own(group)) or (_shows(before) and _shows(group))
    )
    shown_first = done and done[-1].match is not None and not _is_of_text(done[-1].match)
    seps += sum(
        2.0
        for before, group in pairwise(comma_groups(atoms))
        if (_gives_length(before, named=not shown_first) and any(map(_is_text, group)))
        or (any(map(_is_text, before)) and _gives_length(group, named=True))
    )
    if forbids(atoms[0]):
        seps += sum(
            1.2
            for atom in atoms[1:]
            if atom.joint == "comma" and any(one.kind in ("fit", "aspect") for one in atom.phrases)
        )
    verbs = [one for one in phrases if one.kind == "verb"]
    meaning = [
        one for one in phrases if one.kind not in ("polite", "prep", "also", "manner", "little")
    ]
    if not meaning:
        return Segment(phrases, None, 0.2)
    inner, negated = without_negation(phrases)
    last = done[-1].match if done else None
    lead = left_out(done[-1].phrases, phrases) if done and joint in ("and", "comma") else None
    tells = lead and not all(p.is_("verb", *_PLAIN) for p in lead)
    if lead and tells and last is not None and not any(_is_named(p) for p in lead):
        same = match((*lead, *inner), OPERATIONS, work)
        if same is not None and same.is_whole and same.operation is last.operation:
            return Segment(phrases, same, 1.0 + seps)
    inherited: Sequence[Phrase] = ()
    if joint == "with":
        inner = (_WITH, *inner)
        inherited = (_ADD,)
    elif not verbs and done:
        inherited = _verbs_of(done)
    names = any(
        one.is_("clips") and not {"nth_bare", "pron"} & kinds_of(one, work) for one in phrases
    )
    if not verbs and not inherited and work.is_empty and names:
        inherited = (_ADD,)
    if done and _goes_on(done[-1], phrases):
        found = match((*(p for p in inner if p.is_("clips")), NEXT), OPERATIONS, work)
        if found is not None and found.is_whole:
            return Segment(phrases, found, 1 + seps)
    found = match(inner, OPERATIONS, work)
    lasts = bool(verbs) and all(one.is_("verb", *MOVES_IN_TIME) for one in verbs)
    shown = work.mind.of_kind == "text" and (joint == "comma" or not done)
    lasts |= shown and _is_by_how_much(inner)
    placed = _where_shown(inner) if shown else ()
    inner = placed or inner
    bare = any(one.kind == "number" and one.role == "to" for one in inner) and not verbs
    fades = joint in ("and", "comma") and any(one.is_("clips") or one.thing for one in phrases)
    fades &= not verbs and not any(one.is_("fade") or one.kind == "dir" for one in phrases)
    fades &= last is not None and last.operation.name == "fade" and "length" in last.slots
    if done and (found is None or not found.is_whole or bare or fades):
        measured = _in_unit_of(done, inner) or (inner if fades else [])
        builds = work.is_empty and not verbs and _names_files(measured)  # cake for 5 s, kids for 3
        some = [one for one in OPERATIONS if not builds or one.name == "add"]
        if fades and last is not None and len(measured) > 1:  # … clip 1 for 1 s and the music for 2
            some, measured = [last.operation], [*last.slots.get("head", []), *measured]
        again = match(measured, some, work, (_ADD,) if builds else inherited) if measured else None
        if again is not None and again.is_whole:
            return Segment(phrases, _of_same_fade(again, done), 1.0 + seps)
    if done and not verbs and (found is None or not found.is_whole):
        alike = _same_for_another(done, inner)
        if alike is not None:
            return Segment(phrases, alike, 1.0 + seps)
    lone = len(meaning) == 1 and bool(meaning[0].thing) and joint in ("and", "comma")
    if inherited and (found is None or not found.is_whole or lone):
        other = match(inner, OPERATIONS, work, inherited)
        if other is not None and (
            found is None
            or (other.is_whole, -len(other.left)) > (found.is_whole, -len(found.left))
            or (lone and other.is_whole)
        ):
            found = other
    graded = joint == "comma" and any(one.kind in ("more", "too") for one in phrases)
    about_it = work.mind.of_kind in ("music", "text") and (
        graded or lasts or placed or (joint == "and" and verbs)
    )
    heard = graded and work.mind.of_kind == "music"
    inner = tuple(map(as_loudness, inner)) if heard else inner
    if (
        about_it
        and (heard or lasts or placed or not (found and found.is_whole))
        and (placed or not any(p.is_("clips") or p.thing for p in inner))
    ):
        other = match((*inner, IT), OPERATIONS, work)  # the music starts at 10 s and stops at 30
        found = other if other is not None and other.is_whole else None if placed else found
    shown = last is not None and last.operation.name in _SHOWS and "clips" in last.slots
    if shown and joint in ("comma", "and", "then") and _only_written(inner):
        on_it = match((_ADD, *inner, replace(IT, role="on")), OPERATIONS, work)
        found = on_it if on_it is not None and on_it.is_whole else found
    if work.is_empty and not verbs and _names_files(phrases):
        adding = [one for one in OPERATIONS if one.name in ("add", "music")]
        added = match(inner, adding, work, (_ADD,))
        found = added if added is not None and added.is_whole else found
    if work.chinese and _has_topic(done) and (other := of_it(phrases, found, work)) is not None:
        found = other
    if found is not None and found.operation.name == "volume" and not verbs:
        level = "level" in found.slots and any(one.thing == "music" for one in phrases)
        if level and work.audio_files and not d.sounds(work.draft or {}):
            added = match((_ADD, *phrases), OPERATIONS, work)  # song on everything, 25 %
            found = added if added is not None and added.is_whole else found
    if found is not None and last_named(done) and found.operation.name == "length":
        each = [
            one for one in found.slots.get("length", []) if one.each and "every" not in one.marks
        ] or found.slots.get("each", [])
        if each and not {"clips", "whole"} & found.slots.keys():
            found = found._replace(slots={**found.slots, "clips": last_named(done)})
    if found is not None and found.operation.name == "fade":
        spoken = bool(done) or work.mind.of_kind == "clips"
        every = any("every" in one.marks for one in found.slots.get("length", []))
        if every and not {"clips", "whole", "what", "edge"} & found.slots.keys():
            whose = THEM if spoken else replace(IT, value=Clips((Pick(),)))
            found = found._replace(slots={**found.slots, "clips": [whose]})  # give each a 1 s fade
    if found is not None and found.operation.name == "length":
        keeps = any(one.is_("verb", "keep") for one in found.slots.get("head", []))
        if keeps and any(one.each for one in found.slots.get("length", [])):
            found = None  # keep the first five, 2 s each: these stay, and each lasts 2 s
    found = _of_same_fade(found, done) if not (verbs and joint == "and") else found
    odd = next((one for one in phrases if isinstance(one.value, Thing) and one.value.unknown), None)
    if found is not None and odd is not None and not _adds_music(found):
        found = found._replace(left=(*found.left, odd))
    own = last is not None and last.operation.effect is not None and last.operation.name != "keep"
    if own and not verbs and found is not None and found.operation.name == "keep":
        found = found if _narrowed(phrases) else None  # 加个标题，前3秒
    if (
        last is not None
        and found is not None
        and last.operation is found.operation
        and not found.form.heads
        and all(one.kind in (*MEASURED, "speed") and not one.each for one in meaning)
    ):
        found = None
    if (
        joint == "and"
        and found is not None
        and found.is_whole
        and not verbs
        and last is not None
        and "clips" in last.slots
        and any(slot.name == "clips" for slot in found.form.slots)
        and not any(
            name in found.slots for name in ("clips", "whole", "what", "when", "at", "file", "edge")
        )
        and found.operation.name in OF_A_CLIP
        and last.operation.name != "remove"
    ):
        it = Phrase("clips", Clips((Pick(pronoun="it"),)), phrases[0].start, phrases[0].start)
        found = found._replace(slots={**found.slots, "clips": [it]})
    if not joint and done and found is not None:
        does = any(one.kind in (*DOES, *MEASURED) for one in done[-1].phrases)
        if not does or (len(meaning) == 1 and not work.chinese):
            found = found._replace(left=phrases)  # nothing parts them: mute clip 2 | faster
    if found is not None and _is_led_apart(found, atoms):
        found = None
    if found is not None and last is not None and joint in ("and", "comma"):
        heads = found.slots.get("head", [])
        if (
            heads
            and all(one.kind == "dir" for one in heads)
            and found.operation is not last.operation
        ):
            found = None  # fade clip 1 in and clip 2 out
    if found is None:
        cost = 150.0 + 20 * len(meaning)
    elif found.left:
        cost = 100.0 + 20 * len(found.left)
    elif found.missing:
        cost = 20.0
    else:
        cost = 1.0 + (0.2 if len(verbs) > 2 else 0) - min(found.score, 60) / 1000
    if negated and len(atoms) == 1 and found is not None and not found.left:
        cost = min(cost, 1.0)
    if found is not None and found.operation.name == "add":
        cost += 3.0 * any("nth_bare" in kinds_of(one, work) for one in found.slots.get("clips", []))
    repeats = joint == "and" and meaning[0].kind == "duration" and not meaning[0].each
    if (
        repeats
        and done
        and found is not None
        and any(one.kind == "duration" and not one.each for one in done[-1].phrases)
    ):
        found, cost = None, 170.0  # cake and group, 3 seconds and 7 seconds
    if found is not None and len(atoms) > 1 and atoms[1].joint == "comma":
        cost += 3.0 * _is_apart(atoms, found, done, work)
    if found is not None and found.form.rest:
        cost += 3.0 * sum(
            any(one.kind == "verb" for one in atom.phrases) for atom in atoms[1:] if atom.joint
        )
        if len(atoms) > 1 and not any(one.kind == "topic" for one in atoms[0].phrases):
            cost += 3.0 * is_order(atoms[0])
    if len(atoms) > 1 and any(one.kind == "duration" and one.each for one in atoms[-1].phrases):
        named = [c for one in atoms[-2].phrases if isinstance(c := one.get("clips"), Clips)]
        single = any(
            len(c.picks) == 1 and len(c.picks[0].files or c.picks[0].ranks) == 1 for c in named
        )
        if single or (joint == "then" and named and work.is_empty):
            cost += 3.0  # `then the sunset, 4 s each`: of all that was named
    extra = sum(
        1
        for one in verbs[1:]
        if not one.is_("verb", "make", "set", "take", "put", "say", "play", "turn", "use", "be")
    )
    if found is not None and found.form.rest:
        cost += 0.8 * (len(atoms) - 1)  # what is refused anyway takes no request of its own along
    return Segment(phrases, found, cost + seps + 0.4 * extra)


def _where_shown(phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """采访加字幕“嘉宾”，|放在采访的前5秒: the verb and the stretch; empty where something else is said."""
    verbs, named, whens = ([p for p in phrases if p.kind == k] for k in ("verb", "clips", "when"))
    lead = (*verbs, *(p for p in phrases if p.kind in ("polite", "also")))
    rest = [p for p in phrases if p not in lead]
    puts = verbs and all(one.is_("verb", "put", "show", "appear") for one in verbs)
    if not puts or len(whens) != 1 or any(p.role not in ("", "at", "in") for p in rest):
        return ()
    of = named[0].value if named else whens[0].value.of
    when = replace(whens[0], value=replace(whens[0].value, of=of))
    return (*verbs, when) if len(rest) == len(named) + 1 else ()


def _is_by_how_much(phrases: Sequence[Phrase]) -> bool:
    """字幕挪早一秒，|多停两秒: longer or shorter by so much."""
    kinds = [one.kind for one in phrases if one.kind not in ("polite", "also")]
    changes = any(one.is_("verb", "longer", "shorter") for one in phrases)
    return changes and kinds == ["verb", "duration"] and not phrases[-1].role


def _is_led_apart(found: Match, atoms: Sequence[Atom]) -> bool:
    """`remove clip 1 and fade the end`: two requests, though there is a form that both verbs lead, `remove the fade`."""
    heads = found.slots.get("head", [])
    verbs = [one for one in heads if one.kind == "verb" and not one.is_("verb", "put", "add")]
    leading = [place for place, atom in enumerate(atoms) if any(p in verbs for p in atom.phrases)]
    return len(verbs) > 1 and any(atoms[place].joint for place in leading if place)


def last_named(done: Sequence[Segment]) -> list[Phrase]:
    """The clips, of one kind, that the segment before is about: `photos at the end, 2 seconds each`."""
    before = done[-1].match if done else None
    if before is None or before.operation.name not in ("reorder", "mute", "volume", "speed"):
        return []
    if (
        len(done) > 1
        and done[-2].match is not None
        and done[-2].match.operation is before.operation
    ):
        return []  # photos first, then videos, 3 seconds each
    held = before.slots.get("clips", [])
    clips = [one.get("clips") for one in held]
    kinds = [c.picks[0].kind for c in clips if isinstance(c, Clips) and len(c.picks) == 1]
    return list(held) if len(held) == 1 and kinds and kinds[0] else []


def _same_for_another(done: Sequence[Segment], phrases: Sequence[Phrase]) -> Match | None:
    """`music down to 15 %, interview up to 150 %`: the same request for another clip, with its own value."""
    last = done[-1].match
    if (
        last is None
        or not last.is_whole
        or last.operation.name not in ("volume", "length", "speed")
    ):
        return None
    meaning = [one for one in phrases if one.kind not in ("polite", "dir", "prep", "little")]
    clips = [one for one in meaning if one.kind == "clips"]
    values = [one for one in meaning if one.kind in MEASURED]
    if len(meaning) != 2 or len(clips) != 1 or len(values) != 1:
        return None
    held = next((n for n, v in last.slots.items() if v and v[0].kind == values[0].kind), "")
    if not held or not any(slot.name == "clips" for slot in last.form.slots):
        return None
    slots = {k: v for k, v in last.slots.items() if k not in ("clips", "what", "whole", "head")}
    return last._replace(
        slots={**slots, "clips": clips, held: values, "way": [Phrase("preset", "set", 0, 0)]}
    )


def _of_same_fade(found: Match | None, done: Sequence[Segment]) -> Match | None:
    """`fade the music in over 2 s, out over 3`: both of what was named once."""
    before = done[-1].match if done else None
    if (
        found is None
        or before is None
        or not found.operation.name == before.operation.name == "fade"
        or {"what", "clips", "whole"} & found.slots.keys()
    ):
        return found
    if "edge" in found.slots and "edge" not in before.slots and _says_fade(found):
        return found  # fade the music out, and fade out at the end: of the video
    same = {name: held for name, held in before.slots.items() if name in ("what", "clips")}
    return found._replace(slots={**found.slots, **same})


def _says_fade(found: Match) -> bool:
    """Whether it is no mere `out at the end`."""
    return any(one.is_("fade") for one in found.slots.get("head", []))


def _names_files(phrases: Sequence[Phrase]) -> bool:
    """Whether files are named, each by its name."""
    named = [clips for one in phrases if isinstance(clips := one.get("clips"), Clips)]
    stretches = [one.get("when") for one in phrases if isinstance(one.get("when"), When)]
    named += [one.of for one in stretches if one.of is not None]
    return bool(named) and all(pick.files for clips in named for pick in clips.picks)


def _in_unit_of(done: Sequence[Segment], phrases: Sequence[Phrase]) -> list[Phrase]:
    """`photos 3 s each, the videos 6`: a bare number has the unit of what was said before it. Empty: it has none."""
    bare = [one for one in phrases if one.kind == "number"]
    before = [
        one
        for one in done[-1].phrases
        if one.kind
        in ("duration", "percent", "factor", "speed", "decibel", "lufs", "angle", "when")
    ]
    if len(bare) != 1 or len({one.kind for one in before}) != 1:
        return []
    last, number = before[-1], float(bare[0].value)
    if last.kind == "when":
        edge = next((one for one in phrases if one.is_("edge") or one.is_("dir", "back")), None)
        if edge is None or not isinstance(last.value, When) or last.value.of is not None:
            return []
        begin, end = last.value.spans[-1]
        if not last.value.off and not (begin == START or end == END):
            return []
        tail = edge.is_("edge", "end") or edge.is_("dir", "back")
        ms = round(number * 1000)
        span = (Edge(1, -ms), END) if tail else (START, Edge(0, ms))
        stretch = Phrase("when", When((span,), off=True), bare[0].start, edge.end)
        return [stretch if one is bare[0] else one for one in phrases if one is not edge]
    value = round(number * 1000) if last.kind == "duration" else number
    return [
        replace(one, kind=last.kind, value=value, others=(), each=last.each and not one.role)
        if one is bare[0]
        else one
        for one in phrases
    ]


def _forbids_there(atoms: Sequence[Atom]) -> bool:
    """…，采访的时候|别放: a clause of its own, which nothing before it takes its clips from."""
    if len(atoms) < 2 or atoms[0].joint != "comma" or atoms[1].joint:
        return False
    return all(one.is_("clips") for one in atoms[0].phrases) and atoms[1].phrases[0].is_(
        "neg", "dont"
    )


OF_A_CLIP = frozenset(
    one.name
    for one in OPERATIONS
    if one.name in ("length", "speed")
    or ("canvas" not in one.touches and any(touch.startswith("clip:") for touch in one.touches))
)
"""What is done to clips, or to everything where nothing is named."""


def _has_topic(done: Sequence[Segment]) -> bool:
    """第二段太长了，剪到10秒: whether one clip is what is spoken of, and still there."""
    found = done[-1].match if done else None
    if found is not None and found.operation.name == "fade" and "what" in found.slots:
        return True
    if found is None or (
        found.operation.effect is not None and found.operation.name not in {*OF_A_CLIP, "reorder"}
    ):
        return False
    named = [clips for one in done[-1].phrases if isinstance(clips := one.get("clips"), Clips)]
    picks = [pick for clips in named for pick in clips.picks]
    single = [one for one in picks if len(one.ranks) == 1 or one.files or one.pronoun]
    return bool(single) and len(picks) - len(single) == 0 and not named[0].but


def of_it(phrases: Sequence[Phrase], found: Match | None, work: Work, *also: str) -> Match | None:
    """The request with `it` as its object, where it names none and can have one; None otherwise.

    `also`: what else than that of one clip it may be.
    """
    names = (*OF_A_CLIP, *also)
    if found is not None and found.operation.name not in names:
        return None
    if any(
        isinstance(one.get("clips"), Clips)
        or one.thing not in ("", "length", "speed", "volume", "sound", "slowmo")
        or one.kind in ("when", "edge", "moment", "place", "topic", "transition", "q")
        or one.is_("total")
        for one in phrases
    ):
        return None
    other = match((*phrases, IT), OPERATIONS, work)
    if other is None or not other.is_whole or other.operation.name not in names:
        return None
    return other if IT in other.slots.get("clips", []) + other.slots.get("what", []) else None


def _adds_music(found: Match) -> bool:
    """Whether words before `music` tell which one is wanted."""
    return found.operation.effect is None or (
        found.operation.name in ("music", "add") and "way" not in found.slots
    )


def _is_first(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and len(clips.picks) == 1 and clips.picks[0].ranks == (1,)


def _goes_on(segment: Segment, phrases: Sequence[Phrase]) -> bool:
    """Whether this names what comes next: `start with the town, then the interview`."""
    found = segment.match
    if found is None or found.operation.name != "reorder":
        return False
    way = found.slots.get("way", [])
    named = all(
        (
            (one.is_("clips") and one.kind != "each" and one.role in ("", "ba", "with"))
            and not one.get("clips").picks[0].bare
        )
        or one.kind in ("polite", "little", "verb", "also", "prep")
        for one in phrases
    )
    verbs = [one for one in phrases if one.kind == "verb"]
    to = found.slots.get("to", [])
    starts = bool(to) and (to[0].is_("edge", "start") or _is_first(to[0]))
    return (
        bool(way)
        and (way[0].value in ("first", "next") or (way[0].value == "move" and starts))
        and named
        and all(v.is_("verb", "put", "add", "show", "use", "play") for v in verbs)
    )


def _verbs_of(done: Sequence[Segment]) -> list[Phrase]:
    for segment in reversed(done):
        verbs = [one for one in segment.phrases if one.kind == "verb"]
        if verbs:
            adds = segment.match is not None and segment.match.operation.name == "add"
            return [*verbs, _ADD] if adds else verbs
    return []


def is_denied_too(segment: Segment) -> bool:
    """`don't cut clip 2 and mute clip 3`, `… with transitions`: what hangs on a negation is denied with it; 海滩不要加速，
    其它1.5倍 tells of the others."""
    if any(isinstance(c := p.get("clips"), Clips) and c.picks[0].rest for p in segment.phrases):
        return False
    if any(one.kind in ("instead", "neg") or one.is_("q", "only") for one in segment.phrases):
        return False
    verbless = not any(one.kind == "verb" for one in segment.phrases)
    return segment.joint in ("and", "with", "own") or (segment.joint == "comma" and verbless)
