"""Phrases become parts: what kind of saying each is, and which operation it asks for.

    text ─► phrases ─► sentences ─► parts: request | negation | question | condition | remark, with a match

Only requests reach an operation. A sentence is cut at its separators and before its verbs, and put together again in
the way in which most of it is understood by fewest operations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from vbtui.language import lexer
from vbtui.language.lexer import Item
from vbtui.language.quotes import is_chinese
from vbtui.studio.director.clauses import (
    _HEARD,
    as_target,
    atoms_of,
    constraints_in,
    denies_all,
    each_of_two,
    has_own_request,
    is_pronoun,
    praises,
    without_negation,
    without_reasons,
)
from vbtui.studio.director.clip_phrases import ARE, GOOD, HAN_GOOD, IS
from vbtui.studio.director.mood import Sentence, asks_for, mood_of
from vbtui.studio.director.operation import Match, Slots, match
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.director.phrases import group
from vbtui.studio.director.requests import (
    NEXT,
    Segment,
    is_denied_too,
    of_it,
    of_the_same,
    segments_of,
    without_bare_lengths,
)
from vbtui.studio.director.statements import tells, without_statements
from vbtui.studio.director.values import END, START, Edge, Phrase, Thing, When
from vbtui.studio.director.work import LINES, Work

MAX_PARTS = 40
"""Instructions that are followed in one text; more is a script."""

_MOST_VARIED = 400
"""Characters of a text of which other readings are tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a text says."""

    mood: str
    """request, negation, constraint (`without music`, `keep clip 2 as it is`), question, remark."""
    phrases: tuple[Phrase, ...]
    start: int
    end: int
    match: Match | None = None
    condition: tuple[Phrase, ...] = ()
    """Only when this holds (`unless` among them: only when it does not)."""
    marks: frozenset[str] = field(default_factory=frozenset)
    """`correction`, `also`, `instead`, `too` (`that is too long`)."""
    saying: int = 0
    """Which sentence of the text it stands in."""

    @property
    def does(self) -> str:
        """The name of the operation that it asks for; empty: none."""
        return self.match.operation.name if self.match is not None else ""

    @property
    def is_whole(self) -> bool:
        return self.match is not None and self.match.is_whole

    @property
    def aspects(self) -> set[str]:
        """Which of several things of a clip it changes; empty where its operation changes one."""
        return set(self.match.operation.aspects(self.slots)) if self.match is not None else set()

    @property
    def slots(self) -> Slots:
        return self.match.slots if self.match is not None else {}

    def filled(self, slots: Slots) -> Part:
        """The same with these slots."""
        return replace(self, match=self.match and self.match._replace(slots=slots))


_IS = re.compile(
    r"\b(?:is|are|was|were|looks?|seems?|feels?|sounds?|stays?)\b|['’]s\b|[\u3400-\u9fff]", re.I
)
"""`clip 2 is great` praises; `clip 1 vivid and clip 2 great` asks for something."""


def read(text: str, work: Work, known: Sequence[Item] = ()) -> list[Part]:
    """The parts of a text, in order."""
    items = items_of(text, work, known)
    phrases = phrases_in(items, text, work)
    parts = _read(phrases, text, work)
    swallows = any(_swallows(part, text) for part in parts)
    asks = any(part.mood in ("question", "negation") for part in parts)
    if _is_understood(parts) and not swallows and (not asks or text.rstrip().endswith(("?", "？"))):
        return parts
    if len(text) > _MOST_VARIED:
        return parts

    def is_request(clause: Sequence[Phrase]) -> bool:
        """把声音关掉: a request by itself, with its verb and its object."""
        if not any(one.kind == "verb" for one in clause) or not work.chinese:
            return False
        named = any((one.is_("clips") and not is_pronoun(one)) or one.thing for one in clause)
        alone = _read(clause, text, work) if named else []
        return any(one.mood == "request" and one.is_whole for one in alone)

    for other, told in _other_readings(
        phrases, phrases_in(items, text, work, apart=True), text, is_request
    ):
        again = _read(other, text, work)
        orders = any(part.mood == "request" and part.match is not None for part in again)
        orders |= not _is_understood(parts) and any(part.mood == "negation" for part in again)
        if orders and _is_understood(again) and not any(one.mood == "question" for one in again):
            remarks = [Part("remark", one, one[0].start, one[-1].end) for one in told]
            meant = _of_what_was_told(remarks, again, work)
            if meant is not None:
                return _inside_what_was_told([*remarks, *meant], work)
    return parts


def _swallows(part: Part, text: str) -> bool:
    """`the first 2 s are wobbly, cut them off`: a refusal of what is wrong that takes in what shall be done – or, as in
    `brighten it, it's dark`, what is told beside it."""
    found = part.match
    if found is None or not found.form.rest or part.mood != "request":
        return False
    wrong = max(one.end for one in found.slots.get("head", part.phrases[:1]))
    behind = (one for one in part.phrases if one.kind == "verb" and one.start > wrong)
    _, comma, more = text[wrong : part.end].partition(",")
    return any("," in text[wrong : one.start] for one in behind) or (bool(comma) and tells(more))


def _of_what_was_told(told: list[Part], parts: list[Part], work: Work) -> list[Part] | None:
    """标题的字太小了，麻烦调大: a request that names nothing is about the text or music that was told of before it.

    None where it cannot be: then something else was meant.
    """
    named = [
        p for one in told for p in one.phrases if p.thing in ("title", "caption", "text", "music")
    ]
    first = next((one for one in parts if one.mood == "request"), None)
    if not named or first is None or first.match is None:
        return parts
    complains = any(
        p.is_("too") or p.is_("word", "low", "high") for one in told for p in one.phrases
    )
    asked = [p for p in first.phrases if not (complains and is_pronoun(p))]
    if any(p.thing or p.is_("clips") or p.kind in ("when", "quote", "topic") for p in asked):
        return parts
    about = replace(named[0], role="")
    found = match((about, *asked), OPERATIONS, work) if complains else None
    if found is None or not found.is_whole:
        return None
    return [replace(one, match=found) if one is first else one for one in parts]


def items_of(text: str, work: Work, known: Sequence[Item] = ()) -> list[Item]:
    """The items of a text, names of the project's files among them."""
    files = [
        lexer.FileName(one.id, lexer.simplified(one.filename), one.kind == "audio")
        for one in work.project.media
    ]
    at = text.find(LINES) if work.lines else -1
    lines = [Item("lines", work.lines, at, at + 1)] if at >= 0 else []
    return lexer.read(text, files, [*known, *lines])


def phrases_in(
    items: Sequence[Item], text: str, work: Work, *, apart: bool = False
) -> list[Phrase]:
    """As `phrases.group`; words to show are as they were written."""
    return [
        replace(one, value=_as_written(one, text, work.written))
        if work.written and one.kind == "quote"
        else one
        for one in group(items, text, apart=apart)
    ]


def _as_written(quote: Phrase, text: str, written: str) -> str:
    at = text.find(str(quote.value), quote.start, quote.end)
    return written[at : at + len(quote.value)] if at >= 0 else str(quote.value)


_RELATIVE = re.compile(
    r"\b(?:where|when|in which|during which) (?:i|we|he|she|it|they|you|someone|somebody|nobody|the \w+|my \w+)\b[^,.;!?]*",
    re.IGNORECASE,
)


def _other_readings(
    phrases: Sequence[Phrase],
    apart: Sequence[Phrase],
    text: str,
    asks: Callable[[Sequence[Phrase]], bool],
) -> Iterator[tuple[list[Phrase], list[tuple[Phrase, ...]]]]:
    """What the words could mean as well, for where they are not understood at first; remarks before them apart."""
    told = _RELATIVE.search(text)
    if told is not None:
        outside = [one for one in phrases if one.end <= told.start() or one.start >= told.end()]
        last = [one for one in outside if one.end <= told.start()]
        if last and last[-1].kind in ("when", "duration", "time", "moment"):
            yield outside, []
    both = [phrases] if apart == phrases else [phrases, apart]
    if len(both) > 1:
        yield list(apart), []
    for one in both:
        for topics in (True, False):
            less = without_statements(one, text, topics=topics, asks=asks)
            if less is not None:
                yield less


def _is_understood(parts: Sequence[Part]) -> bool:
    return all(part.mood != "request" or (part.is_whole) for part in parts)


def _read(phrases: Sequence[Phrase], text: str, work: Work) -> list[Part]:
    parts: list[Part] = []
    for number, sentence in enumerate(_sentences(phrases, text)):
        parts += [replace(one, saying=number) for one in _parts(sentence, text, work)]
    return _without_complaints(_without_aims(parts, text), work)


_AIMS = re.compile(
    r"(?:要|想|想要|准备|打算|好|用来|拿来|为了|之后|以后)$|\b(?:i|we|i'm|i'll|we'll)\b[^,.;!?]*$",
    re.IGNORECASE,
)


_EXISTS = re.compile(
    r".*\b(?:there(?:'s| is| are)|theres|i (?:can )?hear|you can hear)\b", re.I | re.S
)


def _without_aims(parts: list[Part], text: str) -> list[Part]:
    """`make it vertical, I want to post it on TikTok`: what it is for is no request beside another."""
    does = [
        one.mood == "request" and bool(one.match and one.match.operation.effect) for one in parts
    ]
    if not any(does):
        return parts
    for index, part in enumerate(parts[1:], 1):
        found, named = parts[index - 1].match, [p for p in part.phrases if p.is_("clips")]
        if does[index] and named and all(map(is_pronoun, named)) and found is not None:
            refused = found.operation.effect is None
            if refused and _EXISTS.match(text[max(0, parts[index - 1].start - 12) : part.start]):
                parts[index] = replace(part, mood="remark", match=None)
                return parts  # there is wind noise in it, take it out
    return [
        replace(one, mood="remark", match=None)
        if one.match is not None
        and one.match.operation.effect is None
        and any(_is_aside(one, topic, text) for topic in one.phrases if topic.kind == "topic")
        else one
        for one in parts
    ]


def _is_aside(part: Part, topic: Phrase, text: str) -> bool:
    """Whether what cannot be done is only told of: `there is wind noise in it`, `I want to post it`."""
    if topic.is_("topic", "publish"):
        return _AIMS.search(text[: topic.start]) is not None
    begin = max(text.rfind(sign, 0, part.start) for sign in ",;.:(–—") + 1
    return tells(text[begin : part.end])


def _sentences(phrases: Sequence[Phrase], text: str) -> list[Sentence]:
    found: list[Sentence] = []
    current: list[Phrase] = []
    begin = 0
    closed = [*phrases, Phrase("sep", "stop", len(text), len(text))]
    for index, phrase in enumerate(closed):
        before, after = (
            closed[index - 1] if index else None,
            closed[min(index + 1, len(closed) - 1)],
        )
        turns = (
            before is not None and before.kind == after.kind == "sep" and phrase.is_("neg", "no")
        )
        turns |= before is not None and before.kind == "sep" and phrase.kind == "meant"
        asks = bool(current) and before is not None and _asks_behind(before, text)
        if asks and before is not None and not any(one.kind == "cond" for one in current):
            found.append(_sentence(current, False, begin))
            current, begin = [], before.end
        if turns and any(one.kind == "verb" for one in current):
            found.append(_sentence(current, False, begin))
            current, begin = [], phrase.start
        if phrase.is_("sep", "stop", "question"):
            if current:
                found.append(_sentence(current, phrase.value == "question", begin))
            current, begin = [], phrase.end
        else:
            current.append(phrase)
    return found


def _asks_behind(joint: Phrase, text: str) -> bool:
    """`the interview is too quiet, | can you make it louder`: what follows is a sentence of its own mood."""
    behind = text[joint.end : joint.end + _LONGEST_ASKED].lstrip()
    return joint.kind == "sep" and joint.value != "or" and asks_for(behind)


_LONGEST_ASKED = 200
"""Characters by which a clause shows that it asks for something."""


def _sentence(phrases: list[Phrase], asks: bool, start: int) -> Sentence:
    end = phrases[-1].end
    rest = list(phrases)
    polite = False
    while rest and (
        rest[0].kind in ("polite", "little")
        or (rest[0].kind == "vague" and len(rest) > 1 and rest[1].kind == "sep")
        or (rest[0].kind == "sep" and rest[0].value != "and")
    ):
        polite |= rest[0].kind == "polite"
        rest = rest[1:]
    lead = tuple(phrases[: len(phrases) - len(rest)])
    while rest and rest[-1].kind in ("polite", "sep"):
        polite |= rest[-1].kind == "polite"
        rest = rest[:-1]
    return Sentence(tuple(rest), start, end, asks, polite, lead)


_FAMILIES = (
    {"length", "cut", "keep", "trim", "speed"},
    {"volume", "mute"},
    {"title", "caption"},
)


def _without_complaints(parts: list[Part], work: Work) -> list[Part]:
    """`the clip is too long, cut it to 6 s`: what is wrong is no request of its own before what shall be done."""
    kept: list[Part] = []
    parts = _inside_what_was_told(parts, work)
    for index, part in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else None
        if kept and kept[-1].mood == "remark" and _is_mention(kept[-1]):
            part = _done_to(kept[-1].phrases, part, work)
        left = part.match.left if part.match is not None else ()
        if (
            "too" in part.marks
            and left
            and all(one.kind == "too" for one in left)
            and after is not None
            and after.is_whole
        ):
            kept.append(replace(part, mood="remark", match=None))  # stays too short, make it 5 secs
            continue
        limits = part.match is not None and any(
            one.role == "under" for one in part.match.slots.get("length", [])
        )
        if (
            ("too" in part.marks or limits)
            and after is not None
            and part.match is not None
            and after.match is not None
            and not _names_another(part, after)
        ):
            names = {part.match.operation.name, after.match.operation.name}
            if len(names) == 1 or any(names <= family for family in _FAMILIES):
                kept.append(replace(part, mood="remark"))
                continue
        before = parts[index - 1] if index else None
        bare = all(one.kind in ("too", "much", "little", "polite") for one in part.phrases)
        if "too" in part.marks and bare and before is not None and before.mood == "request":
            kept.append(replace(part, mood="remark"))
            continue
        kept.append(part)
    return kept


def _names_another(part: Part, after: Part) -> bool:
    """`the music is too loud, the interview too quiet`: both name what they are about, and it is not the same."""
    one, other = (
        {
            p.value.name if isinstance(p.value, Thing) else p.value
            for p in those.phrases
            if _names(p)
        }
        for those in (part, after)
    )
    return bool(one and other) and one.isdisjoint(other)


def _names(phrase: Phrase) -> bool:
    return phrase.thing == "music" or (phrase.kind == "clips" and not is_pronoun(phrase))


def _inside_what_was_told(parts: list[Part], work: Work) -> list[Part]:
    """采访里我咳嗽了，第7到第9秒掐了; 采访的前半段留着，后半段加速: a time is one of the clip that was spoken of right
    before it, and what is said to stay beside what changes of the same clip is no request to keep it alone."""
    done: list[Part] = []
    for part in parts:
        before = done[-1] if done else None
        times = [p for p in part.phrases if p.kind == "when" and p.value.of is None]
        other = any(p.is_("clips") or p.thing or p.kind in ("place", "whole") for p in part.phrases)
        if before is None or part.mood != "request" or len(times) != 1 or other:
            done.append(part)
            continue
        stays = _is_said_to_stay(before) and part.does != "keep"
        told = before.mood == "remark" and not before.match
        named = [p for p in before.phrases if p.is_("clips") and not is_pronoun(p)]
        if (stays or told) and len(named) == 1:
            within = replace(times[0], value=replace(times[0].value, of=named[0].get("clips")))
            phrases = tuple(within if p is times[0] else p for p in part.phrases)
            found = match(phrases, OPERATIONS, work)
            if found is not None and found.is_whole:
                done[-1] = replace(before, mood="remark", match=None)
                part = replace(part, phrases=phrases, match=found)
        done.append(part)
    return done


def _is_said_to_stay(part: Part) -> bool:
    """采访的前半段|留着, and not 采访只留前半段."""
    times = [one for one in part.phrases if one.kind == "when"]
    keeps = [one for one in part.phrases if one.is_("verb", "keep")]
    only = any(one.is_("q", "only") for one in part.phrases)
    if part.does != "keep" or part.mood != "request" or only or not times or not keeps:
        return False
    return keeps[-1].start > times[0].start


def _is_mention(part: Part) -> bool:
    """第二段太长了, 就是海边那段吧: what is wrong with something, or only what it is."""
    return "too" in part.marks or all(
        one.is_("clips") or one.kind in ("polite", "when", "topic") for one in part.phrases
    )


def _done_to(told: Sequence[Phrase], part: Part, work: Work) -> Part:
    """第二段太长了，留前8秒就够; `the last 3 s are shaky, remove them`: the request with what was spoken of right before
    it, where it names nothing."""
    named = [one for one in told if one.is_("clips") and not is_pronoun(one)]
    stretch = [one for one in told if one.kind == "when"]
    asked = [one for one in part.phrases if not (stretch and is_pronoun(one))]
    if (
        not (stretch or named)
        or part.match is None
        or any(one.is_("clips") or one.thing for one in asked)
    ):
        return part
    about = (stretch or named)[-1]
    found = match((replace(about, role=""), *asked), OPERATIONS, work)
    return replace(part, match=found) if found is not None and found.is_whole else part


_UNREAD = re.compile(r"[\u3400-\u9fff]+")
_APPROVES = re.compile(
    r"\b(?:great|good|nice|perfect|awesome|lovely|amazing|fine|cool|beautiful|excellent|wonderful|well done)\b"
    r"|好看|不错|很好|挺好|真好|完美|漂亮|真棒|很棒",
    re.IGNORECASE,
)


_WRAPPING = 4
"""Words of politeness before a request that tell nothing of its mood: `I was wondering if you could`."""


def _parts(sentence: Sentence, text: str, work: Work) -> list[Part]:
    phrases = sentence.phrases
    if not phrases:
        return []
    words = text[sentence.start : sentence.end]
    wraps = [p for p in sentence.lead if len(text[p.start : p.end].split()) >= _WRAPPING]
    outside = _without(words, sentence, [p for p in phrases if p.kind == "quote"] + wraps)
    if phrases[0].kind == "quote" and len(phrases) == 1:
        return [
            Part("question", phrases, sentence.start, sentence.end, marks=frozenset({"quoted"}))
        ]
    if (
        len(phrases) == 1
        and _APPROVES.search(words)
        and (phrases[0].is_("clips") or phrases[0].thing)
    ):
        return [Part("remark", phrases, sentence.start, sentence.end)]
    if len(phrases) == 1 and phrases[0].is_("verb", "stop"):
        return [Part("remark", phrases, sentence.start, sentence.end)]
    behind = _UNREAD.match(text, sentence.end)  # 字幕写的|啥
    mood = mood_of(outside + (behind[0] if behind else ""), sentence)
    phrases = _without_contrast(phrases)
    phrases, condition = _condition(phrases, text)
    phrases, marks = _markers(phrases, text)
    if not phrases:
        kind = "remark" if not marks else "request"
        return [Part(kind, (), sentence.start, sentence.end, None, condition, marks)]
    atoms = atoms_of(each_of_two(phrases))
    atoms = without_reasons(atoms)
    ends = [*(one.phrases[0].start for one in atoms[1:]), sentence.end]
    remarks = [
        one
        for one, end in zip(atoms, ends, strict=True)
        if _is_remark(one.phrases, text[one.phrases[0].start : end])
    ]
    if len(remarks) < len(atoms):
        atoms = [one for one in atoms if one not in remarks]
    else:
        remarks = []
    constraints, atoms = constraints_in(atoms, work)
    parts = [Part("constraint", one, one[0].start, one[-1].end) for one in constraints]
    parts += [
        Part("remark", one.phrases, one.phrases[0].start, one.phrases[-1].end) for one in remarks
    ]
    kind_before = work.mind.of_kind
    denies = any(one.kind == "neg" or one.role == "without" for one in condition)
    if any(one.thing == "music" for one in condition) and not denies:
        work.mind.of_kind = "music"
    segments = of_the_same(without_bare_lengths(segments_of(atoms, work)))
    work.mind.of_kind = kind_before
    denied = False
    for segment in segments:
        inner, negated = without_negation(segment.phrases)
        kind = mood
        if kind == "request" and any(one.kind == "dislike" for one in segment.phrases):
            start = min(one.start for one in segment.phrases)
            end = max(one.end for one in segment.phrases)
            parts.append(Part("remark", segment.phrases, start, end))
            continue
        removed = parts and parts[-1].match is not None and parts[-1].does == "remove"
        too = removed and "also" in marks  # 不需要音乐，也不需要照片
        if parts and not too and _is_needless(segment, text):
            parts.append(
                Part(
                    "constraint", segment.phrases, segment.phrases[0].start, segment.phrases[-1].end
                )
            )
            continue
        negated |= denies_all(segment.phrases)
        also = segment.joint == "and" and bool(parts) and parts[-1].mood == "request"
        goes_on = also and not _IS.search(text, segment.phrases[0].start, segment.phrases[-1].end)
        if kind == "request" and praises(segment.phrases) and not goes_on:
            start = min(one.start for one in segment.phrases)
            end = max(one.end for one in segment.phrases)
            parts.append(Part("remark", segment.phrases, start, end))
            continue
        before = parts[-1] if parts else None
        if before is not None and before.mood == "negation" and work.chinese:
            begin = min(one.start for one in segment.phrases)
            negated |= begin >= before.end and not text[before.end : begin].strip()
        if before is not None and work.chinese and _is_mere_subject(before, segment, text):
            parts[-1] = replace(before, match=None)
            segment = replace(segment, match=None)
        quietly = negated or (segment.joint in ("but", "comma") and _is_silent(segment))
        quiet = _quiet_there(segment.phrases, before, work) if quietly else None
        if quiet is not None:
            segment, negated = replace(segment, match=quiet), False
        negated |= denied and is_denied_too(segment)
        denied = negated
        if negated:
            kind = "negation" if mood == "request" else mood
        found = segment.match
        if negated and kind == "negation" and _asks_beside(segment.phrases, text):
            start = min(one.start for one in segment.phrases)
            end = max(one.end for one in segment.phrases)
            parts.append(Part("request", segment.phrases, start, end))
            continue
        if negated:
            found = match(inner, OPERATIONS, work)
            if kind == "negation" and (away := _unused(segment.phrases, found, work)) is not None:
                kind, found = "request", away
        elif condition and any(one.is_("clips") for one in condition) and work.chinese:
            found = of_it(segment.phrases, found, work, "remove") or found
        elif (
            before is not None
            and before.mood == "negation"
            and (work.chinese or any(map(is_pronoun, segment.phrases)))
        ):
            found = _rather(before.phrases, segment.phrases, work) or found
        elif condition and denies and (lacks := [one for one in condition if one.thing]):
            found = _rather(lacks, segment.phrases, work) or found  # 没有配乐的话就加一个
        wrong = any(one.kind == "too" for one in segment.phrases)
        told = marks | frozenset({"too"} if wrong else ())
        start = min(one.start for one in segment.phrases)
        end = max(one.end for one in segment.phrases)
        parts.append(Part(kind, segment.phrases, start, end, found, condition, told))
        marks = marks - {"correction"} if parts and marks else marks
    return _distribute(_at_once(_completed(parts), text))


def _asks_beside(phrases: Sequence[Phrase], text: str) -> bool:
    """海滩后面不要硬切，加个转场: what is asked for beside what is not is no part of the latter, so that nothing is
    acknowledged that was not understood."""
    groups: list[list[Phrase]] = []
    for before, one in pairwise((None, *sorted(phrases, key=lambda one: one.start))):
        assert one is not None
        if before is None or re.search("[，,]", text[before.end : one.start]):
            groups.append([])
        groups[-1].append(one)
    denies = [any(one.kind == "neg" or one.role == "without" for one in g) for g in groups]
    return any(denies) and any(
        has_own_request(group)
        or (any(p.kind == "verb" for p in group) and any(p.kind == "moment" for p in group))
        for group, denied in zip(groups, denies, strict=True)
        if not denied
    )


def _unused(phrases: Sequence[Phrase], found: Match | None, work: Work) -> Match | None:
    """`don't use the photos`: these shall go, where they are there."""
    told = {"head", "clips", "way"}
    if work.is_empty or found is None or found.left or found.slots.keys() - told != set():
        return None
    uses = found.operation.name in ("add", "keep")
    verbs = ("use", "show", *(() if work.chinese else ("keep",)))
    if not uses or not all(one.is_("verb", *verbs) for one in found.slots["head"]):
        return None
    clips = [one for one in phrases if one.is_("clips") and not is_pronoun(one)]
    if any(one.is_("q", "only") or (one.is_("clips") and one.get("clips").only) for one in phrases):
        return None
    away = match((Phrase("verb", "remove", 0, 0), *clips), OPERATIONS, work)
    return away if clips and away is not None and away.is_whole else None


def _completed(parts: list[Part]) -> list[Part]:
    """最后一段也剪一下，剪到5秒: what the first lacks is said by the second, which names nothing else."""
    result: list[Part] = []
    for part in parts:
        last = result[-1].match if result and result[-1].mood == "request" else None
        found = part.match if part.mood == "request" else None
        named = [one for one in part.slots.get("clips", []) if not is_pronoun(one)]
        if (
            last is None
            or found is None
            or not (last.missing or (last.is_whole and _lacks_length(last)))
            or not found.is_whole
            or _lacks_length(found)
            or found.operation is not last.operation
            or named
            or "clips" not in last.slots
        ):
            result.append(part)
            continue
        slots = {**found.slots, "clips": last.slots["clips"]}
        result[-1] = replace(result[-1], end=part.end, match=found._replace(slots=slots))
    return result


def _lacks_length(found: Match) -> bool:
    """第二段剪短点: by how much is not said."""
    says = {"length", "part"} & found.slots.keys()
    return found.operation.name == "length" and "way" in found.slots and not says


def _at_once(parts: list[Part], text: str) -> list[Part]:
    """`remove 0:10 to 0:20 and 0:40 to 0:50`, 采访掐头3秒，去尾2秒: all of it from what was there, and of one clip, not one
    after the other."""
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else None
        then = last is not None and "then" in text[last.end : part.start].lower()
        both = joined(last, part) if last is not None and not then else None
        result[-1:] = [both] if both is not None else [*result[-1:], part]
    return result


def joined(first: Part, second: Part) -> Part | None:
    """Two stretches that the same is done to, as one request; None where they are of different clips. `pick the best
    moments and make a reel of 30 s` is one request, too."""
    reels = [
        part.match
        for part in (first, second)
        if part.match is not None and part.does == "highlights"
    ]
    is_one = len(reels) == 2 and reels[0].operation is reels[1].operation
    if is_one and first.mood == second.mood == "request" and first.is_whole and second.is_whole:
        reel, other = reels
        slots = {**reel.slots, **other.slots}
        slots = {name: held for name, held in slots.items() if name != "way" or name in other.slots}
        phrases = (*first.phrases, *second.phrases)
        return replace(first, end=second.end, phrases=phrases, match=other._replace(slots=slots))
    one, two = _stretch_of(first), _stretch_of(second)
    if one is None or two is None or first.match is None or second.match is None:
        return None
    found, other = first.match, second.match
    (begin, of), (end, its) = one, two
    says = any(p.kind == "verb" for p in second.phrases)
    apart = [p.value for p in its] != [p.value for p in of] if of and its else bool(its and says)
    if found.operation is not other.operation or apart or (of and "whole" in other.slots):
        return None
    when = Phrase("when", When((*begin.spans, *end.spans), off=begin.off), first.start, second.end)
    slots = {name: held for name, held in found.slots.items() if name not in ("edge", "length")}
    slots |= {"when": [when], "clips": of or its}
    phrases = (*first.phrases, *second.phrases)
    match = found._replace(slots={name: held for name, held in slots.items() if held})
    return replace(first, end=second.end, phrases=phrases, match=match)


def _stretch_of(part: Part) -> tuple[When, list[Phrase]] | None:
    """The stretch that a part cuts out or mutes, and the clips that it is one of; None where it does something else."""
    found = part.match if part.mood == "request" else None
    if found is None or found.operation.name not in ("cut", "mute"):
        return None
    slots = dict(found.slots)
    when, edge, length = (slots.pop(name, [None])[0] for name in ("when", "edge", "length"))
    owner = slots.pop("clips", [])
    if slots.keys() - {"head", "whole", "way"} or any(map(is_pronoun, owner)):
        return None
    said = when.value if when is not None else None
    if when is not None and isinstance(said, Edge) and when.role in ("after", "from", "before"):
        said = When(((START, said) if when.role == "before" else (said, END),))
    if edge is not None and length is not None:
        ends = {"start": (START, Edge(0, length.value)), "end": (Edge(1, -length.value), END)}
        said = When((ends[edge.value],)) if edge.value in ends else None
    if not isinstance(said, When) or said.vague:
        return None
    of = [Phrase("clips", said.of, part.start, part.start)] if said.of is not None else owner
    return None if any(map(is_pronoun, of)) else (replace(said, of=None), of)


def _without(words: str, sentence: Sentence, phrases: Sequence[Phrase]) -> str:
    out = list(words)
    for phrase in phrases:
        begin, end = phrase.start - sentence.start, phrase.end - sentence.start
        out[begin:end] = " " * (end - begin)
    return "".join(out)


def _condition(
    phrases: tuple[Phrase, ...], text: str
) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """The sentence without its condition, and the condition with its word at its head."""
    ends = next((i for i, one in enumerate(phrases) if one.kind == "cond_end"), None)
    if ends:
        rest = phrases[ends + 1 :]
        before = tuple(one for one in phrases[:ends] if one.kind != "cond")
        while rest and rest[0].kind == "sep":
            rest = rest[1:]
        if rest:
            return rest, (Phrase("cond", "if", before[0].start, before[0].start), *before)
    phrases = tuple(one for one in phrases if one.kind != "cond_end")
    at = next((i for i, one in enumerate(phrases) if one.is_("cond") and one.kind == "cond"), None)
    if (
        at
        and text[phrases[at].start] in "要如若"
        and any(one.kind == "verb" for one in phrases[at:])
        and all(one.kind in ("clips", "polite") for one in phrases[:at])
    ):
        phrases = (phrases[at], *phrases[:at], *phrases[at + 1 :])
        at = 0
    if at is None:
        return phrases, ()
    end = next(
        (
            i
            for i in range(at + 1, len(phrases))
            if phrases[i].kind == "sep" and phrases[i].value in ("comma", "then", "so")
        ),
        None,
    )
    is_seen = any(one.kind == "topic" and not _does(one) for one in phrases[at:end])
    if is_seen and (end is None or any(map(is_pronoun, phrases[end:]))):
        return phrases[:end], ()  # nobody here knows, and `it` may be what is seen or heard
    if all(one.kind in ("polite", "also", "sep", "little") for one in phrases[:at]):
        if end is None:
            end = next(
                (
                    i
                    for i in range(at + 2, len(phrases))
                    if _does(phrases[i]) and not phrases[i].is_("verb", "make", "say")
                ),
                None,
            )
            if end is None:
                return phrases, ()
            while end - 1 > at and (
                phrases[end - 1].role == "ba" or phrases[end - 1].kind == "polite"
            ):
                end -= 1  # 如果有照片就把照片|删了
            return (*phrases[:at], *phrases[end:]), phrases[at:end]
        return (*phrases[:at], *phrases[end + 1 :]), phrases[at:end]
    return phrases[:at], phrases[at:]


def _does(phrase: Phrase) -> bool:
    return phrase.kind == "verb" or phrase.is_("topic", "ramp")  # 逐渐加速


_PLAIN_VERBS = ("use", "put", "make", "show", "set", "move", "keep", "replace")

_ALIKE = (frozenset({"screen", "edge", "place"}), frozenset({"fit", "topic"}))


def _without_contrast(phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """标题不要红色，要黄色; 别用模糊，要黑边: only what is wanted instead."""
    at = next((i for i, one in enumerate(phrases) if one.is_("neg", "dont")), len(phrases))
    comma = next((i for i, one in enumerate(phrases) if i > at and one.kind == "sep"), 0)
    denied = [
        one for one in phrases[at + 1 : comma] if one.kind not in ("polite", "little", "prep")
    ]
    wanted = [one for one in phrases[comma + 1 :] if one.kind not in ("polite", "little")]
    old = denied[1:] if denied and denied[0].is_("verb", *_PLAIN_VERBS) else denied
    new = wanted[1:] if wanted and wanted[0].is_("verb", *_PLAIN_VERBS) else wanted
    if not comma or len(old) != 1 or not new or any(one.kind == "sep" for one in new):
        return phrases
    one, other = old[0], new[0]
    kinds = {one.kind, other.kind}
    blurs = "topic" not in kinds or any(p.is_("topic", "blur") for p in (one, other))
    alike = len(kinds) == 1 or any(kinds <= some for some in _ALIKE)
    looks = kinds <= {*_LOOKS, "fit", "topic", "edge", "place"} and kinds != {"topic"}
    if not (alike and looks and blurs) or one.value == other.value:
        return phrases
    if other.kind == "topic":
        other = replace(other, kind="fit", value="blur", others=())
    verb = [p for p in (*wanted[:1], *denied[:1]) if p.is_("verb", *_PLAIN_VERBS)][:1]
    verb = verb or [Phrase("verb", "set", other.start, other.start)]
    ahead = [p for p in phrases[:at] if other.kind != "fit" or p.kind not in ("edge", "screen")]
    if one.kind == "screen":  # 字别放下面，放上面: the words that are there
        ahead = [
            replace(p, value=replace(p.value, style=f"at {one.value}")) if p.thing == "text" else p
            for p in ahead
        ]
    return (*ahead, *verb, other, *new[1:])


_LOOKS = ("colour", "screen", "transition", "aspect", "duration", "percent", "factor")

_PLACES = frozenset({"edge", "moment", "time", "place", "when"})

_GOOD = re.compile(rf"(?:{IS}|{ARE}) {GOOD}$|{HAN_GOOD}$", re.IGNORECASE)


def _is_remark(phrases: Sequence[Phrase], words: str) -> bool:
    """`…, clip 2 is great`, 第二段不错: nothing is asked for, and nobody takes the clip along."""
    idle = ("polite", "vague", "enough", "manner", "also", "little", "good")
    named = phrases[0].is_("clips") or phrases[0].thing in _REMARKED
    said = named and not phrases[0].role and all(one.kind in idle for one in phrases[1:])
    denied = "不" in words.replace("不错", "")  # 不太好看
    return said and not denied and bool(_GOOD.search(_TAIL.sub("", words)))


_TAIL = re.compile(r"(?:[\s,.;!，。；！]|\b(?:and|but|so)\b)+$", re.IGNORECASE)
_REMARKED = ("title", "caption", "music", "text", "sound", "video", "transition")


_NEEDLESS = re.compile("不(?:用|必|需要)")


def _is_needless(segment: Segment, text: str) -> bool:
    """`视频加速，| 照片不用`: it is not done to these; they do not go."""
    removes = segment.match is not None and segment.match.operation.name == "remove"
    said = [one for one in segment.phrases if one.kind == "neg"]
    return removes and any(_NEEDLESS.match(text, one.start) for one in said)


_IS_NOT = re.compile(r"(?:并)?不是(?:让你|叫你|要你|让|叫)?|(?:我)?没(?:有)?(?:让|叫)你")
_MARKERS = ("wrong", "meant", "instead")


def _markers(phrases: tuple[Phrase, ...], text: str) -> tuple[tuple[Phrase, ...], frozenset[str]]:
    """The sentence without words that correct or go on, and which they were."""
    marks: set[str] = set()
    rest = list(phrases)
    if rest and rest[0].kind == "neg" and _IS_NOT.fullmatch(text, rest[0].start, rest[0].end):
        at = next((i for i, one in enumerate(rest) if one.is_("sep", "comma", "but")), 0)
        if at and text[rest[at].end :].lstrip().startswith(("是", "而是", "应该是")):
            marks.add("correction")
            named = [one for one in rest[:at] if one.is_("clips")]
            rest = rest[at + 1 :]
            if not any(one.is_("clips") for one in rest):
                rest = [*named, *rest]  # 不是删掉片段2，是静音
    if (
        len(rest) == 4
        and (rest[0].kind, rest[2].kind) == ("neg", "sep")
        and (rest[1].kind == rest[3].kind or {rest[1].kind, rest[3].kind} <= _PLACES)
        and rest[1].kind in (*_LOOKS, *_PLACES)
    ):
        marks.add("correction")
        rest = rest[3:]
    while rest:
        head, after = rest[0], rest[1] if len(rest) > 1 else None
        bids = after is not None and after.is_("verb", "keep", "remove", "make", "put", "leave")
        bids &= text[head.start : head.end].lower() == "no" and len(rest) > 2
        turns_back = after is not None and after.is_("verb", "undo", "redo")
        if head.is_("neg", "no") and (turns_back or (bids and is_pronoun(rest[2]))):
            marks.add("correction")  # no keep it
            rest = rest[1:]
            continue
        is_no = head.is_("neg", "no") or (
            head.is_("neg") and text[head.start : head.end] in ("不", "不是", "不要")
        )
        if (
            is_no
            and (
                after is None
                or after.kind in ("sep", *_MARKERS, "polite")
                or after.is_("pron")
                or (after.neg and is_pronoun(after))
            )
        ) or head.kind in ("wrong", "meant"):
            marks.add("correction")
            rest = rest[1:]
        elif marks and (
            head.kind in ("sep", "polite")
            or (head.is_("verb", "say") and text[head.start : head.end] == "是")
        ):
            rest = rest[1:]
        elif head.is_("sep", "and") and head is phrases[0]:
            marks.add("also")
            rest = rest[1:]
        elif is_pronoun(head) and after is not None and after.kind == "wrong":
            rest = rest[1:]
        elif head.neg and is_pronoun(head) and after is not None and after.kind == "sep":
            marks.add("correction")  # not that one, the caption
            rest = rest[2:]
        elif head.neg and any(one.kind == head.kind and not one.neg for one in rest[1:]):
            marks.add("correction")
            relative = len(rest) > 2 and is_pronoun(rest[1]) and head.kind == "clips"
            rest = rest[2:] if relative else rest[1:]
            at = next(i for i, one in enumerate(rest) if one.kind == head.kind and not one.neg)
            rest[at] = replace(rest[at], instead_of=head.value)
        elif not marks and head.is_("verb", "say") and text[head.start : head.end] == "是":
            rest = rest[1:]
        else:
            break
    if any(one.kind == "instead" for one in rest):
        marks.add("instead")
    if any(one.kind == "also" for one in rest):
        marks.add("also")
    tail = [one for one in rest if one.kind != "also"]
    while tail and tail[-1].kind in ("wrong", "meant") and not _is_object(tail, text):
        marks.add("correction")
        tail = tail[:-1]
    kinds = {one.kind for one in tail if not one.neg}
    if kinds & _PLACES:
        kinds |= _PLACES
    denied = [one for one in tail if one.neg]
    if (
        denied
        and all(one.kind in kinds for one in denied)
        and not any(one.kind == "verb" for one in tail)
    ):
        marks.add("correction")
        tail = [one for one in tail if not one.neg]
    while tail and tail[-1].kind == "sep":
        tail = tail[:-1]
    return tuple(tail), frozenset(marks)


def _is_object(phrases: list[Phrase], text: str) -> bool:
    """`mute | the wrong clip`: it says which one, and corrects nothing. 静音|错了 does."""
    verb = phrases[-2] if len(phrases) > 1 else None
    said = text[phrases[-1].start : phrases[-1].end]
    return (
        verb is not None
        and verb.kind == "verb"
        and not is_chinese(said)
        and (not verb.is_("verb", "undo", "redo"))
    )


def _is_mere_subject(before: Part, segment: Segment, text: str) -> bool:
    """转场|快一点: whether what stands right before is what it is about, so that it is no request of its own."""
    begin = min(one.start for one in segment.phrases)
    return (
        len(before.phrases) == 1
        and bool(before.phrases[0].thing or before.phrases[0].kind in ("transition", "fade"))
        and begin >= before.end
        and not text[before.end : begin].strip()
    )


def removal_of(thing: str, where: Sequence[Phrase], work: Work) -> list[Part] | None:
    """The request to remove such a thing there."""
    asked = (Phrase("verb", "remove", 0, 0), Phrase("thing", Thing(thing), 0, 0), *where)
    found = match(asked, OPERATIONS, work)
    return [Part("request", asked, 0, 0, found)] if found is not None and found.is_whole else None


def next_of(part: Part, work: Work) -> Part | None:
    """`then the kids`, said behind what was put in order: these come next."""
    named = [one for one in part.phrases if one.is_("clips")]
    found = match((*named, NEXT), OPERATIONS, work)
    return replace(part, match=found) if found is not None and found.is_whole else None


def _is_silent(segment: Segment) -> bool:
    found = segment.match
    mutes = found is not None and found.operation.name == "mute"
    return mutes and not any(one.thing for one in segment.phrases)


def _quiet_there(phrases: Sequence[Phrase], before: Part | None, work: Work) -> Match | None:
    """配个音乐，采访的时候别放; `add the song, but silent under clip 2`: where the music just spoken of is not heard."""
    spoken = before is not None and before.match is not None and things_in(before) == {"music"}
    where = [one for one in phrases if one.is_("clips") and one.role in ("in", "on", "under")]
    verbs = [one for one in phrases if one.kind == "verb"]
    quiet = all(one.is_("verb", *_HEARD, "mute") for one in verbs)
    if not spoken or len(where) != 1 or not quiet:
        return None
    music = (Phrase("nothing", "", 0, 0), Phrase("thing", Thing("music"), 0, 0), *where)
    found = match(music, OPERATIONS, work)
    return found if found is not None and found.is_whole else None


def _rather(told: Sequence[Phrase], phrases: Sequence[Phrase], work: Work) -> Match | None:
    """别删第一段，静音就行; kids那张不要放在中间，放最后: what is asked for of the one thing that was spoken of before.

    None where it names its own.
    """
    asked = [one for one in as_target(phrases) if not is_pronoun(one)]
    if any(one.thing or (one.is_("clips") and one.role != "to") for one in asked):
        return None
    things = ("music", "title", "caption", "text")
    about = [
        one for one in told if one.thing in things or (one.is_("clips") and not is_pronoun(one))
    ]
    if len(about) != 1:
        return None
    found = match((replace(about[0], role="", neg=False), *asked), OPERATIONS, work)
    return found if found is not None and found.is_whole else None


_OF_BOTH = ("colour", "screen", "size")


def _distribute(parts: list[Part]) -> list[Part]:
    """`fade in … and fade out …, 2 seconds each`: the length holds for both."""
    result = list(parts)
    for index in range(len(parts) - 1, 0, -1):
        last, first = result[index].match, result[index - 1].match
        if last is None or first is None or last.operation is not first.operation:
            continue
        if last.operation.name not in ("title", "caption") or "quote" not in first.slots:
            continue
        look = {k: v for k, v in last.slots.items() if k in _OF_BOTH and k not in first.slots}
        if "quote" in last.slots and any(one.each for one in last.slots.get("length", [])):
            result[index - 1] = replace(
                result[index - 1], match=first._replace(slots={**first.slots, **look})
            )
    while len(result) > 2 and (lasts := _bare_length(result[-1])) is not None:
        fades = [p for p in result[:-1] if p.does == "fade"]
        if len(fades) < 2 or fades != result[:-1] or any("length" in p.slots for p in fades):
            break
        result[-2:] = [result[-2].filled({**result[-2].slots, "length": lasts})]
    for index, part in enumerate(result):
        found = part.match
        length = found.slots.get("length") if found is not None else None
        if found is None or length is None or not length[0].each:
            continue
        for before in range(index - 1, -1, -1):
            other = result[before].match
            if other is None or other.operation is not found.operation or "length" in other.slots:
                break
            slots = {**other.slots, "length": length}
            result[before] = replace(result[before], match=other._replace(slots=slots))
    return result


def _bare_length(part: Part) -> list[Phrase] | None:
    """`…, one second each`: the length alone, which is one of each."""
    held = part.slots.get("length", []) if part.does == "length" and len(part.slots) == 1 else []
    return held if held and all(one.each for one in held) else None


def things_in(part: Part) -> set[str]:
    """The names of the things that a part speaks of."""
    return {one.value.name for one in part.phrases if isinstance(one.value, Thing)}
