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
from vbtui.studio.director.mood import Sentence, mood_of
from vbtui.studio.director.operation import Match, Operation, kinds_of, match
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.director.phrases import DOES, group
from vbtui.studio.director.rewriting import MOVES_IN_TIME
from vbtui.studio.director.statements import without_statements
from vbtui.studio.director.values import END, START, Clips, Edge, Phrase, Pick, Thing, When
from vbtui.studio.director.work import Work

MAX_PARTS = 40
"""Instructions that are followed in one text; more is a script."""
_MOST_MERGED = 6
_MOST_VARIED = 400
"""Characters of a text of which other readings are tried."""
_FEATURES = ("title", "end_title", "caption", "text", "music", "transition", "lower_third")


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


def read(text: str, work: Work, known: Sequence[Item] = ()) -> list[Part]:
    """The parts of a text, in order."""
    items = items_of(text, work, known)
    phrases = phrases_in(items, text, work)
    parts = _read(phrases, text, work)
    asks = any(part.mood in ("question", "negation") for part in parts)
    if _is_understood(parts) and (not asks or text.rstrip().endswith(("?", "？"))):
        return parts
    if len(text) > _MOST_VARIED:
        return parts

    def is_request(clause: Sequence[Phrase]) -> bool:
        """把声音关掉: a request by itself, with its verb and its object."""
        if not any(one.kind == "verb" for one in clause) or not work.chinese:
            return False
        named = any((one.is_("clips") and not is_pronoun(one)) or one.thing for one in clause)
        alone = _read(clause, text, work) if named else []
        return any(one.mood == "request" and one.match and one.match.is_whole for one in alone)

    for other, told in _other_readings(
        phrases, phrases_in(items, text, work, apart=True), text, is_request
    ):
        again = _read(other, text, work)
        orders = any(part.mood == "request" and part.match is not None for part in again)
        orders |= not _is_understood(parts) and any(part.mood == "negation" for part in again)
        if orders and _is_understood(again) and not any(one.mood == "question" for one in again):
            return [*(Part("remark", one, one[0].start, one[-1].end) for one in told), *again]
    return parts


def items_of(text: str, work: Work, known: Sequence[Item] = ()) -> list[Item]:
    """The items of a text, names of the project's files among them."""
    files = [
        lexer.FileName(one.id, lexer.simplified(one.filename), one.kind == "audio")
        for one in work.project.media
    ]
    return lexer.read(text, files, known)


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
    return all(
        part.mood != "request" or (part.match is not None and part.match.is_whole) for part in parts
    )


def _read(phrases: Sequence[Phrase], text: str, work: Work) -> list[Part]:
    parts: list[Part] = []
    for number, sentence in enumerate(_sentences(phrases, text)):
        parts += [replace(one, saying=number) for one in _parts(sentence, text, work)]
    return _without_complaints(_without_aims(parts, text))


_AIMS = re.compile(
    r"(?:要|想|想要|准备|打算|好|用来|拿来|为了|之后|以后)$|\b(?:i|we|i'm|i'll|we'll)\b[^,.;!?]*$",
    re.IGNORECASE,
)


def _without_aims(parts: list[Part], text: str) -> list[Part]:
    """`make it vertical, I want to post it on TikTok`: what it is for is no request beside another."""
    does = [
        one.mood == "request" and bool(one.match and one.match.operation.effect) for one in parts
    ]
    if not any(does):
        return parts
    return [
        replace(one, mood="remark", match=None)
        if (topic := next((p for p in one.phrases if p.is_("topic", "publish")), None)) is not None
        and one.match is not None
        and one.match.operation.effect is None
        and _AIMS.search(text[: topic.start])
        else one
        for one in parts
    ]


# Sentences


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
    while rest and rest[-1].kind in ("polite", "sep"):
        polite |= rest[-1].kind == "polite"
        rest = rest[:-1]
    return Sentence(tuple(rest), start, end, asks, polite)


_FAMILIES = (
    {"length", "cut", "keep", "trim", "speed"},
    {"volume", "mute"},
    {"title", "caption"},
)


def _without_complaints(parts: list[Part]) -> list[Part]:
    """`the clip is too long, cut it to 6 s`: what is wrong is no request of its own before what shall be done."""
    kept = []
    for index, part in enumerate(parts):
        after = parts[index + 1] if index + 1 < len(parts) else None
        left = part.match.left if part.match is not None else ()
        if (
            "too" in part.marks
            and left
            and all(one.kind == "too" for one in left)
            and after is not None
            and after.match is not None
            and after.match.is_whole
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


_APPROVES = re.compile(
    r"\b(?:great|good|nice|perfect|awesome|lovely|amazing|fine|cool|beautiful|excellent|wonderful|well done)\b"
    r"|好看|不错|很好|挺好|真好|完美|漂亮|真棒|很棒",
    re.IGNORECASE,
)


def _parts(sentence: Sentence, text: str, work: Work) -> list[Part]:
    phrases = sentence.phrases
    if not phrases:
        return []
    words = text[sentence.start : sentence.end]
    outside = _without_quotes(words, sentence, phrases)
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
    mood = mood_of(outside, sentence)
    phrases = _without_contrast(phrases)
    phrases, condition = _condition(phrases, text)
    phrases, marks = _markers(phrases, text)
    if not phrases:
        kind = "remark" if not marks else "request"
        return [Part(kind, (), sentence.start, sentence.end, None, condition, marks)]
    atoms = _atoms(_each_of_two(phrases))
    atoms = _without_reasons(atoms)
    constraints, atoms = _constraints(atoms, work)
    parts = [Part("constraint", one, one[0].start, one[-1].end) for one in constraints]
    kind_before = work.mind.of_kind
    denies = any(one.kind == "neg" or one.role == "without" for one in condition)
    if any(one.thing == "music" for one in condition) and not denies:
        work.mind.of_kind = "music"
    segments = _without_bare_lengths(_segments(atoms, work))
    work.mind.of_kind = kind_before
    denied = False
    for segment in segments:
        inner, negated = _negated(segment.phrases)
        kind = mood
        if kind == "request" and any(one.kind == "dislike" for one in segment.phrases):
            start = min(one.start for one in segment.phrases)
            end = max(one.end for one in segment.phrases)
            parts.append(Part("remark", segment.phrases, start, end))
            continue
        negated |= _denies_all(segment.phrases)
        if kind == "request" and _praises(segment.phrases):
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
        quiet = _quiet_there(segment.phrases, before, work) if negated else None
        if quiet is not None:
            segment, negated = replace(segment, match=quiet), False
        negated |= denied and _is_denied_too(segment)
        denied = negated
        if negated:
            kind = "negation" if mood == "request" else mood
        found = segment.match
        if negated:
            found = match(inner, OPERATIONS, work)
            if kind == "negation" and (away := _unused(segment.phrases, found, work)) is not None:
                kind, found = "request", away
        elif condition and any(one.is_("clips") for one in condition) and work.chinese:
            found = of_it(segment.phrases, found, work) or found
        elif before is not None and before.mood == "negation" and work.chinese:
            about = [one for one in before.phrases if one.is_("clips") and not is_pronoun(one)]
            its = of_it(segment.phrases, found, work) if len(about) == 1 else None
            if its is not None:  # 别删第一段，静音就行
                found = its._replace(slots={**its.slots, "clips": about})
        too = (
            frozenset({"too"})
            if any(one.kind == "too" for one in segment.phrases)
            else frozenset[str]()
        )
        start = min(one.start for one in segment.phrases)
        end = max(one.end for one in segment.phrases)
        parts.append(Part(kind, segment.phrases, start, end, found, condition, marks | too))
        marks = marks - {"correction"} if parts and marks else marks
    return _distribute(_at_once(_completed(parts), text))


def _unused(phrases: Sequence[Phrase], found: Match | None, work: Work) -> Match | None:
    """`don't use the photos`: these shall go, where they are there."""
    told = {"head", "clips", "way"}
    if work.is_empty or found is None or found.left or found.slots.keys() - told != set():
        return None
    uses = found.operation.name in ("add", "keep")
    verbs = ("use", "show", "add", *(() if work.chinese else ("keep",)))
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
        if last is None or found is None or not last.missing or not found.is_whole:
            result.append(part)
            continue
        named = [one for one in found.slots.get("clips", []) if not is_pronoun(one)]
        if found.operation is not last.operation or named or "clips" not in last.slots:
            result.append(part)
            continue
        slots = {**found.slots, "clips": last.slots["clips"]}
        result[-1] = replace(result[-1], end=part.end, match=found._replace(slots=slots))
    return result


def _at_once(parts: list[Part], text: str) -> list[Part]:
    """`remove 0:10 to 0:20 and 0:40 to 0:50`: all of it from the timeline as it was, not one after the other."""
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else None
        one, two = (_timeline_cut(p) for p in (last, part))
        then = last is not None and "then" in text[last.end : part.start].lower()
        if last is None or one is None or two is None or then or last.match is None:
            result.append(part)
            continue
        when = replace(one, value=When((*one.value.spans, *two.value.spans), off=one.value.off))
        slots = {**last.match.slots, "when": [when]}
        result[-1] = replace(
            last,
            end=part.end,
            phrases=(*last.phrases, *part.phrases),
            match=last.match._replace(slots=slots),
        )
    return result


def _timeline_cut(part: Part | None) -> Phrase | None:
    """The stretch of the timeline that a part takes out; None where it does something else."""
    found = part.match if part is not None and part.mood == "request" else None
    if (
        found is None
        or found.operation.name != "cut"
        or set(found.slots) - {"head", "when", "whole"}
    ):
        return None
    when = found.slots.get("when", [None])[0]
    if (
        when is not None
        and isinstance(when.value, Edge)
        and when.role in ("after", "from", "before")
    ):
        span = (START, when.value) if when.role == "before" else (when.value, END)
        when = replace(when, kind="when", value=When((span,)), role="", others=())
    if when is None or not isinstance(when.value, When) or when.value.of or when.value.vague:
        return None
    return when


def _without_bare_lengths(segments: list[_Segment]) -> list[_Segment]:
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
    return [_Segment(one.phrases, None, one.cost) if one in bare else one for one in segments]


def _without_quotes(words: str, sentence: Sentence, phrases: Sequence[Phrase]) -> str:
    out = list(words)
    for phrase in phrases:
        if phrase.kind == "quote":
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
    if at is None or any(one.kind == "topic" for one in phrases[at:]):
        return phrases, ()
    end = next(
        (
            i
            for i in range(at + 1, len(phrases))
            if phrases[i].kind == "sep" and phrases[i].value in ("comma", "then", "so")
        ),
        None,
    )
    if all(one.kind in ("polite", "also", "sep", "little") for one in phrases[:at]):
        if end is None:
            end = next(
                (
                    i
                    for i in range(at + 2, len(phrases))
                    if phrases[i].kind == "verb" and not phrases[i].is_("verb", "make", "say")
                ),
                None,
            )
            if end is None:
                return phrases, ()
            return (*phrases[:at], *phrases[end:]), phrases[at:end]
        return (*phrases[:at], *phrases[end + 1 :]), phrases[at:end]
    return phrases[:at], phrases[at:]


_PLAIN_VERBS = ("use", "put", "make", "show", "set", "move", "keep", "replace")
_ALIKE = (frozenset({"screen", "edge", "place"}), frozenset({"fit", "topic"}))


def _without_contrast(phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """标题不要红色，要黄色; 别用模糊，要黑边: only what is wanted instead."""
    at = next((i for i, one in enumerate(phrases) if one.is_("neg", "dont")), len(phrases))
    comma = next((i for i, one in enumerate(phrases) if i > at and one.kind == "sep"), 0)
    denied = [one for one in phrases[at + 1 : comma] if one.kind not in ("polite", "little")]
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
_MARKERS = ("wrong", "meant", "instead")


def _markers(phrases: tuple[Phrase, ...], text: str) -> tuple[tuple[Phrase, ...], frozenset[str]]:
    """The sentence without words that correct or go on, and which they were."""
    marks: set[str] = set()
    rest = list(phrases)
    if rest and text[rest[0].start : rest[0].end] in ("不是", "并不是") and rest[0].kind == "neg":
        at = next((i for i, one in enumerate(rest) if one.is_("sep", "comma", "but")), 0)
        if at and text[rest[at].end :].lstrip().startswith(("是", "而是", "应该是")):
            marks.add("correction")
            rest = rest[at + 1 :]
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
        if head.is_("neg", "no") and bids and is_pronoun(rest[2]):
            marks.add("correction")  # no keep it
            rest = rest[1:]
            continue
        is_no = head.is_("neg", "no") or (
            head.is_("neg") and text[head.start : head.end] in ("不", "不是", "不要")
        )
        if (
            is_no
            and (after is None or after.kind in ("sep", *_MARKERS, "polite") or after.is_("pron"))
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
        elif head.neg and any(one.kind == head.kind and not one.neg for one in rest[1:]):
            marks.add("correction")
            relative = len(rest) > 2 and is_pronoun(rest[1]) and head.kind == "clips"
            rest = rest[2:] if relative else rest[1:]
        elif not marks and head.is_("verb", "say") and text[head.start : head.end] == "是":
            rest = rest[1:]
        else:
            break
    if any(one.kind == "instead" for one in rest):
        marks.add("instead")
    if any(one.kind == "also" for one in rest):
        marks.add("also")
    tail = [one for one in rest if one.kind != "also"]
    while tail and tail[-1].kind in ("wrong", "meant"):
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


def is_pronoun(phrase: Phrase) -> bool:
    """Whether it is `it` or `them`."""
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and len(clips.picks) == 1 and bool(clips.picks[0].pronoun)


@dataclass(frozen=True, slots=True)
class _Atom:
    phrases: tuple[Phrase, ...]
    joint: str
    """What stands before it: comma, and, then, but, so, with, or nothing before a verb."""


def _atoms(phrases: Sequence[Phrase]) -> list[_Atom]:
    """The smallest pieces: cut at separators, before verbs, and before what a new video shall have."""
    atoms: list[_Atom] = []
    current: list[Phrase] = []
    joint = ""

    def close(following: str) -> None:
        nonlocal current, joint
        if current:
            atoms.append(_Atom(tuple(current), joint))
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
        if verb and current and phrase.is_("verb", *_COMPARED):
            verb = not (current[-1].kind in _MEASURED and not current[-1].role)
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
    return _one_after_the_other(atoms)


_SOMETHING = ("music", "sound", "title", "caption", "text", "end_title", "transition")


def _each_of_two(phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """`make the title and the caption pink`, `remove the music and the photos`: what is said of two things is said
    of each."""
    for index in range(1, len(phrases) - 1):
        one, joint, other = phrases[index - 1 : index + 2]
        things = [one.thing in _SOMETHING, other.thing in _SOMETHING]
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
        ahead, behind = phrases[begin : index - 1], phrases[index + 2 : end]
        if not any(
            p.kind in (*DOES, "more", "too", "colour", "percent", "screen")
            for p in (*ahead, *behind)
        ):
            continue
        if any(p.kind == "quote" for p in behind):
            continue
        return (
            *phrases[:begin], *ahead, one, *behind, joint, *ahead, other, *behind,
            *_each_of_two(phrases[end:]),
        )  # fmt: skip
    return phrases


def _one_after_the_other(atoms: list[_Atom]) -> list[_Atom]:
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
    values = ("duration", "percent", "factor", "speed", "decibel")
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


def _without_reasons(atoms: list[_Atom]) -> list[_Atom]:
    """`… so they don't cover the product`: what it is good for is no request."""
    at = next((index for index, atom in enumerate(atoms) if index and atom.joint == "so"), None)
    if at is None:
        return atoms
    measured = [p for atom in atoms[at:] for p in atom.phrases if p.kind in _MEASURED]
    if not measured:
        return atoms[:at]
    last = atoms[at - 1]
    aim = Phrase("aim", "", measured[0].start, measured[-1].end)
    return [*atoms[: at - 1], replace(last, phrases=(*last.phrases, aim))]


_MEASURED = ("duration", "percent", "factor", "number", "times", "frac", "decibel", "time")


def _is_specific(phrase: Phrase) -> bool:
    """What can only be one of two behind `or`: a clip by its number or name, a value, another request."""
    clips = phrase.get("clips")
    if isinstance(clips, Clips):
        return any(pick.ranks or pick.files or pick.unknown for pick in clips.picks)
    return phrase.kind in (*_MEASURED, "verb", "instead", "colour", "aspect")


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


def _is_own(phrases: Sequence[Phrase]) -> bool:
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


def _is_every_length(phrases: Sequence[Phrase]) -> bool:
    """每段5秒 and nothing else: no length of what is said behind it."""
    return len(phrases) == 1 and "every" in phrases[0].marks


def _is_mere_subject(before: Part, segment: _Segment, text: str) -> bool:
    """转场|快一点: whether what stands right before is what it is about, so that it is no request of its own."""
    begin = min(one.start for one in segment.phrases)
    return (
        len(before.phrases) == 1
        and bool(before.phrases[0].thing or before.phrases[0].kind in ("transition", "fade"))
        and begin >= before.end
        and not text[before.end : begin].strip()
    )


def _praises(phrases: Sequence[Phrase]) -> bool:
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


def _constraints(atoms: list[_Atom], work: Work) -> tuple[list[tuple[Phrase, ...]], list[_Atom]]:
    """What the sentence forbids beside its request: `without music`, `keep clip 2 as it is`."""
    found: list[tuple[Phrase, ...]] = []
    rest: list[_Atom] = []
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
        stays = all(map(_is_rest, words)) and following is not None and not following.joint
        if stays and following is not None and _only_stays(following.phrases):
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
        as_is |= (
            bool(rest)
            and atom.joint in ("comma", "and", "but")
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
            unused = [p.kind for p in following.phrases] == ["neg", "verb"]
            if (
                unused
                and following.phrases[1].is_("verb", "use")
                and all(p.is_("clips") for p in words)
            ):
                found.append((*words, *following.phrases))
                index += 2
                continue
        if without or as_is or excludes:
            if (
                as_is
                and rest
                and not words[0].is_("as_is")
                and not any(one.kind == "verb" for one in words)
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


@dataclass(frozen=True, slots=True)
class _Segment:
    phrases: tuple[Phrase, ...]
    match: Match | None
    cost: float
    joint: str = ""
    """What stands before it."""


_NEXT = Phrase("next", "", 0, 0)
_WITH = Phrase("withs", "", 0, 0)
_ADD = Phrase("verb", "add", 0, 0)
IT = Phrase("clips", Clips((Pick(pronoun="it"),)), 0, 0)
"""What was spoken of, unsaid."""


def _segments(atoms: list[_Atom], work: Work) -> list[_Segment]:
    """The atoms put together so that most is understood, by fewest operations."""
    count = len(atoms)
    best: list[tuple[float, list[_Segment]]] = [(0.0, [])]
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
                and any(_is_own(atom.phrases) for atom in atoms[begin:end])
            ):
                break
            if not splits and any(
                _is_every_length(atom.phrases) for atom in atoms[begin : end - 1]
            ):
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
            if told or denied or (parted and _praises(first)):
                break
            if any(_forbids_there(atoms[place : place + 2]) for place in range(begin + 1, end)):
                break
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


def _segment(atoms: Sequence[_Atom], joint: str, done: Sequence[_Segment], work: Work) -> _Segment:
    phrases = tuple(
        phrase
        for index, atom in enumerate(atoms)
        for phrase in (
            _as_target(atom.phrases, atoms[index - 1].phrases)
            if index and atom.joint == "comma"
            else atom.phrases
        )
    )
    kind_before = work.mind.of_kind
    work.mind.of_kind = _spoken_kind(done, kind_before)
    try:
        return _matched(atoms, phrases, joint, done, work)
    finally:
        work.mind.of_kind = kind_before


_COMPARED = ("longer", "shorter", "louder", "quieter", "faster", "slower", "increase", "decrease")


def _as_target(phrases: tuple[Phrase, ...], before: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """`quieter, 20 %`: the value behind the comma is what it shall be, not by how much."""
    meaning = [one for one in phrases if one.kind not in ("polite", "little", "manner", "enough")]
    if len(meaning) != 1 or meaning[0].kind not in _MEASURED or meaning[0].each:
        return phrases
    if not any(one.kind == "too" or one.is_("verb", *_COMPARED) for one in before):
        return phrases
    return tuple(
        replace(one, role="to" if one.role in ("", "like") else one.role) if one in meaning else one
        for one in phrases
    )


_TEXT_OPERATIONS = ("title", "caption")


def _spoken_kind(done: Sequence[_Segment], before: str) -> str:
    """What `it` means behind these segments: clips, a text, music."""
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
        if any(one.is_("clips") and not is_pronoun(one) for one in segment.phrases):
            return "clips"
    return before


def _matched(
    atoms: Sequence[_Atom],
    phrases: tuple[Phrase, ...],
    joint: str,
    done: Sequence[_Segment],
    work: Work,
) -> _Segment:
    seps = sum(0.3 for atom in atoms[1:] if atom.joint in ("comma", "and", "so"))
    seps += sum(1.2 for atom in atoms[1:] if atom.joint == "comma" and _forbids(atom))
    seps += sum(
        2.0 for before, group in pairwise(_groups(atoms)) if _has_own(before) and _has_own(group)
    )
    if _forbids(atoms[0]):
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
        return _Segment(phrases, None, 0.2)
    inner, negated = _negated(phrases)
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
        found = match((*inner, _NEXT), OPERATIONS, work)
        if found is not None and found.is_whole:
            return _Segment(phrases, found, 1 + seps)
    found = match(inner, OPERATIONS, work)
    lasts = bool(verbs) and all(one.is_("verb", *MOVES_IN_TIME) for one in verbs)
    bare = any(one.kind == "number" and one.role == "to" for one in inner) and not verbs
    if done and (found is None or not found.is_whole or bare):
        measured = _in_unit_of(done, inner)
        again = match(measured, OPERATIONS, work, inherited) if measured else None
        if again is not None and again.is_whole:
            return _Segment(phrases, _of_same_fade(again, done), 1.0 + seps)
    if done and not verbs and (found is None or not found.is_whole):
        alike = _same_for_another(done, inner)
        if alike is not None:
            return _Segment(phrases, alike, 1.0 + seps)
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
    about_it = work.mind.of_kind in ("music", "text") and (graded or (joint == "and" and verbs))
    heard = graded and work.mind.of_kind == "music"
    inner = tuple(map(as_loudness, inner)) if heard else inner
    if (
        about_it
        and (heard or lasts or not (found and found.is_whole))
        and not any(p.is_("clips") or p.thing for p in inner)
    ):
        other = match((*inner, IT), OPERATIONS, work)  # the music starts at 10 s and stops at 30
        found = other if other is not None and other.is_whole else found
    if work.is_empty and not verbs and _names_files(phrases):
        adding = [one for one in OPERATIONS if one.name in ("add", "music")]
        added = match(inner, adding, work, (_ADD,))
        found = added if added is not None and added.is_whole else found
    if work.chinese and _has_topic(done) and (other := of_it(phrases, found, work)) is not None:
        found = other
    if found is not None and last_named(done) and found.operation.name == "length":
        each = [
            one for one in found.slots.get("length", []) if one.each and "every" not in one.marks
        ]
        if each and not {"clips", "whole"} & found.slots.keys():
            found = found._replace(slots={**found.slots, "clips": last_named(done)})
    if found is not None and found.operation.name == "length":
        keeps = any(one.is_("verb", "keep") for one in found.slots.get("head", []))
        if keeps and any(one.each for one in found.slots.get("length", [])):
            found = None  # keep the first five, 2 s each: these stay, and each lasts 2 s
    found = _of_same_fade(found, done) if not (verbs and joint == "and") else found
    odd = next((one for one in phrases if isinstance(one.value, Thing) and one.value.unknown), None)
    if found is not None and odd is not None and not _adds_music(found):
        found = found._replace(left=(*found.left, odd))
    last = done[-1].match if done else None
    if (
        last is not None
        and found is not None
        and last.operation is found.operation
        and not found.form.heads
        and all(one.kind in (*_MEASURED, "speed") and not one.each for one in meaning)
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
            name in found.slots for name in ("clips", "whole", "what", "when", "at", "file")
        )
        and found.operation.name in ("speed", "volume", "mute", "length", "fade")
    ):
        it = Phrase("clips", Clips((Pick(pronoun="it"),)), phrases[0].start, phrases[0].start)
        found = found._replace(slots={**found.slots, "clips": [it]})
    if not joint and done and found is not None:
        does = any(one.kind in (*DOES, *_MEASURED) for one in done[-1].phrases)
        if not does or (len(meaning) == 1 and not work.chinese):
            found = found._replace(left=phrases)  # nothing parts them: mute clip 2 | faster
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
    if found is not None and found.form.rest:
        cost += 3.0 * sum(
            any(one.kind == "verb" for one in atom.phrases) for atom in atoms[1:] if atom.joint
        )
        if len(atoms) > 1 and not any(one.kind == "topic" for one in atoms[0].phrases):
            cost += 3.0 * _is_order(atoms[0])
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
    return _Segment(phrases, found, cost + seps + 0.4 * extra)


def last_named(done: Sequence[_Segment]) -> list[Phrase]:
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


def _same_for_another(done: Sequence[_Segment], phrases: Sequence[Phrase]) -> Match | None:
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
    values = [one for one in meaning if one.kind in _MEASURED]
    if len(meaning) != 2 or len(clips) != 1 or len(values) != 1:
        return None
    held = next((n for n, v in last.slots.items() if v and v[0].kind == values[0].kind), "")
    if not held or not any(slot.name == "clips" for slot in last.form.slots):
        return None
    slots = {k: v for k, v in last.slots.items() if k not in ("clips", "what", "whole", "head")}
    return last._replace(
        slots={**slots, "clips": clips, held: values, "way": [Phrase("preset", "set", 0, 0)]}
    )


def _of_same_fade(found: Match | None, done: Sequence[_Segment]) -> Match | None:
    """`fade the music in over 2 s, out over 3`: both of what was named once."""
    before = done[-1].match if done else None
    if (
        found is None
        or before is None
        or not found.operation.name == before.operation.name == "fade"
        or {"what", "clips", "whole"} & found.slots.keys()
    ):
        return found
    same = {name: held for name, held in before.slots.items() if name in ("what", "clips")}
    return found._replace(slots={**found.slots, **same})


def _names_files(phrases: Sequence[Phrase]) -> bool:
    """Whether files are named, each by its name."""
    named = [clips for one in phrases if isinstance(clips := one.get("clips"), Clips)]
    stretches = [one.get("when") for one in phrases if isinstance(one.get("when"), When)]
    named += [one.of for one in stretches if one.of is not None]
    return bool(named) and all(pick.files for clips in named for pick in clips.picks)


def _in_unit_of(done: Sequence[_Segment], phrases: Sequence[Phrase]) -> list[Phrase]:
    """`photos 3 s each, the videos 6`: a bare number has the unit of what was said before it. Empty: it has none."""
    bare = [one for one in phrases if one.kind == "number"]
    before = [
        one
        for one in done[-1].phrases
        if one.kind in ("duration", "percent", "factor", "speed", "decibel", "when")
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


def _groups(atoms: Sequence[_Atom]) -> list[list[Phrase]]:
    """What stands between commas."""
    groups: list[list[Phrase]] = []
    for atom in atoms:
        if groups and atom.joint not in ("comma", "and"):
            groups[-1] += atom.phrases
        else:
            groups.append(list(atom.phrases))
    return groups


def _has_own(phrases: Sequence[Phrase]) -> bool:
    """Whether there is a verb and what the verb is about: a request of its own."""
    verbs = [
        one
        for one in phrases
        if (one.kind == "verb" and not one.is_("verb", "be", "say"))
        or one.kind == "fade"
        or one.is_("dir", "out", "off")
    ]
    objects = [
        one
        for one in phrases
        if one.is_("clips") or one.kind in ("thing", "quote", "when", "transition", "fade")
    ]
    return bool(verbs) and bool(objects)


def _forbids(atom: _Atom) -> bool:
    """不要裁: a negation with its own verb, which is no part of what stands before the comma."""
    head = atom.phrases[0]
    return head.is_("neg", "dont") and any(one.kind == "verb" for one in atom.phrases[1:])


def _forbids_there(atoms: Sequence[_Atom]) -> bool:
    """…，采访的时候|别放: a clause of its own, which nothing before it takes its clips from."""
    if len(atoms) < 2 or atoms[0].joint != "comma" or atoms[1].joint:
        return False
    return all(one.is_("clips") for one in atoms[0].phrases) and atoms[1].phrases[0].is_(
        "neg", "dont"
    )


_OF_A_CLIP = ("length", "speed", "volume", "mute", "fade")
"""What is done to clips, or to everything where nothing is named."""


def _has_topic(done: Sequence[_Segment]) -> bool:
    """第二段太长了，剪到10秒: whether one clip is what is spoken of, and still there."""
    found = done[-1].match if done else None
    if found is not None and found.operation.name == "fade" and "what" in found.slots:
        return True
    if found is None or found.operation.name not in (*_OF_A_CLIP, "reorder"):
        return False
    named = [clips for one in done[-1].phrases if isinstance(clips := one.get("clips"), Clips)]
    picks = [pick for clips in named for pick in clips.picks]
    single = [one for one in picks if len(one.ranks) == 1 or one.files or one.pronoun]
    return bool(single) and len(picks) - len(single) == 0 and not named[0].but


def of_it(phrases: Sequence[Phrase], found: Match | None, work: Work) -> Match | None:
    """The request with `it` as its object, where it names none and can have one; None otherwise."""
    if found is not None and found.operation.name not in _OF_A_CLIP:
        return None
    if any(
        isinstance(one.get("clips"), Clips)
        or one.thing not in ("", "speed", "volume", "sound", "slowmo")
        or one.kind in ("when", "edge", "moment", "place", "topic", "transition", "q")
        for one in phrases
    ):
        return None
    other = match((*phrases, IT), OPERATIONS, work)
    if other is None or not other.is_whole or other.operation.name not in _OF_A_CLIP:
        return None
    return other if IT in other.slots.get("clips", []) + other.slots.get("what", []) else None


def as_loudness(phrase: Phrase) -> Phrase:
    """小一点 of music is quieter."""
    louder = {"bigger": "louder", "smaller": "quieter"}
    if phrase.kind == "more":
        return replace(phrase, kind="verb", value=louder[str(phrase.value)])
    if phrase.kind == "too" and phrase.value in louder:
        return replace(phrase, value=louder[str(phrase.value)])
    return phrase


def _is_order(atom: _Atom) -> bool:
    """Whether it has a verb and what the verb is about."""
    return any(one.kind == "verb" for one in atom.phrases) and any(
        one.is_("clips") for one in atom.phrases
    )


def _adds_music(found: Match) -> bool:
    """Whether words before `music` tell which one is wanted."""
    return found.operation.effect is None or (
        found.operation.name in ("music", "add") and "way" not in found.slots
    )


def removal_of(thing: str, where: Sequence[Phrase], work: Work) -> list[Part] | None:
    """The request to remove such a thing there."""
    asked = (Phrase("verb", "remove", 0, 0), Phrase("thing", Thing(thing), 0, 0), *where)
    found = match(asked, OPERATIONS, work)
    return [Part("request", asked, 0, 0, found)] if found is not None and found.is_whole else None


def _is_first(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and len(clips.picks) == 1 and clips.picks[0].ranks == (1,)


def next_of(part: Part, work: Work) -> Part | None:
    """`then the kids`, said behind what was put in order: these come next."""
    named = [one for one in part.phrases if one.is_("clips")]
    found = match((*named, _NEXT), OPERATIONS, work)
    return replace(part, match=found) if found is not None and found.is_whole else None


def _goes_on(segment: _Segment, phrases: Sequence[Phrase]) -> bool:
    """Whether this names what comes next: `start with the town, then the interview`."""
    found = segment.match
    if found is None or found.operation.name != "reorder":
        return False
    way = found.slots.get("way", [])
    named = all(
        (one.is_("clips") and one.kind != "each" and one.role in ("", "ba", "with"))
        or one.kind in ("polite", "little", "verb", "also")
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


def _verbs_of(done: Sequence[_Segment]) -> list[Phrase]:
    for segment in reversed(done):
        verbs = [one for one in segment.phrases if one.kind == "verb"]
        if verbs:
            adds = segment.match is not None and segment.match.operation.name == "add"
            return [*verbs, _ADD] if adds else verbs
    return []


def _negated(phrases: Sequence[Phrase]) -> tuple[tuple[Phrase, ...], bool]:
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
    if _is_absence(phrases) and _is_quiet_there(phrases):
        phrases = [one for one in phrases if not one.is_("verb", *_HEARD)]
    for one in phrases:
        if one.kind != "neg":
            inner.append(one)
        elif behind and (one.is_("neg", "dont", "not")):
            negated = not negated
        elif one is negs[0] and one.is_("neg", "dont") and not _names_thing(phrases):
            negated = True
        elif one.is_("neg", "dont", "no", "not"):
            inner.append(Phrase("nothing", "", one.start, one.end))
        else:
            negated = True
    return tuple(inner), negated


def _is_absence(phrases: Sequence[Phrase]) -> bool:
    """`there shouldn't be any music`: what shall not be there is named, and nothing that shall not be done."""
    quiet = _is_quiet_there(phrases)
    return any(one.thing in _FEATURES for one in phrases) and all(
        one.thing in _FEATURES
        or one.kind in ("neg", "polite", "prep", "exists", "sep")
        or one.is_("verb", "be", "make")
        or one.is_("q", "all")
        or (quiet and (one.kind in ("clips", "when") or one.is_("verb", *_HEARD)))
        for one in phrases
    )


_HEARD = ("put", "play", "use", "add")


def _quiet_there(phrases: Sequence[Phrase], before: Part | None, work: Work) -> Match | None:
    """配个音乐，采访的时候别放: where the music that was just spoken of is not to be heard."""
    spoken = before is not None and before.match is not None and things_in(before) == {"music"}
    where = [one for one in phrases if one.is_("clips") and one.role == "in"]
    verbs = [one for one in phrases if one.kind == "verb"]
    if not spoken or len(where) != 1 or not all(one.is_("verb", *_HEARD) for one in verbs):
        return None
    music = (Phrase("nothing", "", 0, 0), Phrase("thing", Thing("music"), 0, 0), *where)
    found = match(music, OPERATIONS, work)
    return found if found is not None and found.is_whole else None


def _is_quiet_there(phrases: Sequence[Phrase]) -> bool:
    """采访的时候不要放音乐: no music in that stretch, which is a request."""
    return any(one.thing == "music" for one in phrases) and any(
        (one.is_("clips") and one.role == "in") or one.kind == "when" for one in phrases
    )


def _denies_all(phrases: Sequence[Phrase]) -> bool:
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


def _is_denied_too(segment: _Segment) -> bool:
    """`don't cut clip 2 and mute clip 3`, `… with transitions`: what hangs on a negation is denied with it."""
    if any(one.kind in ("instead", "neg") or one.is_("q", "only") for one in segment.phrases):
        return False
    verbless = not any(one.kind == "verb" for one in segment.phrases)
    return segment.joint in ("and", "with", "own") or (segment.joint == "comma" and verbless)


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


def topic_of(part: Part) -> Operation | None:
    """The operation that a part is about, as far as it can be told."""
    return part.match.operation if part.match is not None else None


def things_in(part: Part) -> set[str]:
    """The names of the things that a part speaks of."""
    return {one.value.name for one in part.phrases if isinstance(one.value, Thing)}
