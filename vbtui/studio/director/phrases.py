"""Items that belong together become one: ranges, references to clips, places, words to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from vbtui.language import quantities
from vbtui.language.lexer import Item
from vbtui.studio.director.shown import get, words_to_show


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment: a part of the whole (0-1) and ms from there."""

    part: float
    ms: int = 0

    def at(self, total_ms: int) -> int:
        """The moment in ms, inside 0…total."""
        return max(0, min(total_ms, round(self.part * total_ms) + self.ms))


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another."""

    begin: Edge
    end: Edge


class Nth(NamedTuple):
    """`clip 2`, `the last photo`."""

    number: int
    """1-based; negative from the end."""
    of: str = ""
    """What is counted: `image`, `video`, or everything."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Which clips are meant."""

    numbers: tuple[Nth, ...] = ()
    assets: tuple[str, ...] = ()
    """Ids of files that were named, in order."""
    segments: tuple[str, ...] = ()
    """Segment ids (`#s3`)."""
    every: bool = False
    only: str = ""
    """`image` or `video`: what `every` takes; empty for both."""
    new: bool = False
    """Files that are not in the sequence yet."""
    sound: bool = False
    """A sound file alone."""

    def __add__(self, other: Ref) -> Ref:
        return Ref(
            self.numbers + other.numbers,
            self.assets + other.assets,
            self.segments + other.segments,
            self.every or other.every,
            _common(self, other),
            self.new or other.new,
            self.sound and other.sound,
        )


def _common(one: Ref, other: Ref) -> str:
    """What both take: `photos … each` are photos, `photos and videos` are everything."""
    if not (one.every and other.every) or one.only == other.only:
        return one.only or other.only
    return "" if one.only and other.only else one.only or other.only


@dataclass(frozen=True, slots=True)
class Place:
    """Where: start, end, middle, time, before, after, on, between, whole, top, bottom, …"""

    where: str
    ms: int = 0
    ref: Ref | None = None


Found = tuple[Item, int] | None
_MOMENTS = ("time", "duration", "number")


def group(items: list[Item], text: str) -> list[Item]:
    """The items with everything grouped that belongs together."""
    items = _taken_apart(words_to_show(items, text))
    for rules in ((_range, _reference), (_joined_references,), (_place,)):
        items = _apply(items, rules)
    return items


def _taken_apart(items: list[Item]) -> list[Item]:
    """Phrases that are two things where they stand: `between clips` 1 and 2, `delete everything`
    after 0:08, at the `end with` a fade."""
    result: list[Item] = []
    for item, after in zip_longest(items, items[1:]):
        if item.is_("verb", "clear") and after is not None and after.kind == "prep":
            result.append(Item("verb", "remove", item.start, item.end))
            result.append(Item("noun", "everything", item.end, item.end))
            continue
        if item.is_("select", "last") and after is not None and after.kind == "duration":
            before = result[-1] if result else Item("none", None, 0, 0)
            of_thing = before.kind in ("noun", "pronoun", "number", "quote")
            if of_thing and items[0].is_("verb", "make", "set"):
                continue
        if item.is_("verb", "open_with", "end_with") and result and result[-1].kind == "prep":
            where = "start" if item.value == "open_with" else "end"
            result.append(Item("place", where, item.start, item.end))
            result.append(Item("prep", "with", item.end, item.end))
            continue
        result.append(item)
        if item.is_("span", "clips") and after is not None and after.kind == "number":
            result.append(Item("noun", "clip", item.end, item.end))
    return result


def _apply(items: list[Item], rules: tuple[Callable[[list[Item], int], Found], ...]) -> list[Item]:
    result: list[Item] = []
    position = 0
    while position < len(items):
        for rule in rules:
            found = rule(items, position)
            if found:
                result.append(found[0])
                position += found[1]
                break
        else:
            result.append(items[position])
            position += 1
    return result


def _made(kind: str, value: object, items: list[Item], start: int, count: int) -> Found:
    return Item(kind, value, items[start].start, items[start + count - 1].end), count


# Ranges


def _edge(item: Item) -> Edge | None:
    if item.is_("place", "start"):
        return Edge(0)
    if item.is_("place", "end") or item.is_("select", "last"):
        return Edge(1)
    if item.kind in ("time", "duration"):
        return Edge(0, item.value)
    if item.kind == "number" and item.value >= 0:
        return Edge(0, round(item.value * 1000))
    if item.is_("aspect", "9:16"):
        return Edge(0, quantities.clock_ms("9:16"))
    return None


def _range(items: list[Item], at: int) -> Found:
    item = items[at]
    lead = 1 if item.is_("prep", "from", "in") or item.is_("span", "clips") else 0
    direct = get(items, at + lead)
    if direct.kind == "range":
        return _made(
            "range", Span(Edge(0, direct.value[0]), Edge(0, direct.value[1])), items, at, lead + 1
        )
    if item.is_("prep", "from") or item.is_("span", "clips"):
        return _from_to(items, at) or _until_the_end(items, at)
    if item.kind in ("time", "duration") and get(items, at + 1).is_("prep", "to"):
        begin, end = _edge(item), _edge(get(items, at + 2))
        if begin and end and get(items, at + 2).kind != "number":
            return _made("range", Span(begin, end), items, at, 3)
    return _relative(items, at) or _one_sided(items, at)


def _from_to(items: list[Item], at: int) -> Found:
    first, link, second = (get(items, at + step) for step in (1, 2, 3))
    begin, end = _edge(first), _edge(second)
    if begin is None:
        return None
    if link.is_("prep", "to") or (items[at].kind == "span" and link.is_("sep", "and")):
        if end is None:
            return None
        if first.kind == "number" and second.kind == "duration" and second.value >= 60_000:
            begin = Edge(0, begin.ms * 60)
        count = 5 if get(items, at + 4).is_("span", "clips") else 4
        return _made("range", Span(begin, end), items, at, count)
    if link.is_("purpose") and second.kind in ("duration", "time"):
        return _made("range", Span(begin, Edge(begin.part, begin.ms + second.value)), items, at, 4)
    return None


def _until_the_end(items: list[Item], at: int) -> Found:
    begin = _edge(get(items, at + 1))
    onwards = get(items, at + 2)
    if begin and (onwards.is_("prep", "on", "after") or onwards.is_("word", "onwards", "onward")):
        if _edge(get(items, at + 3)) is not None:
            return None
        return _made("range", Span(begin, Edge(1)), items, at, 3)
    return None


def _relative(items: list[Item], at: int) -> Found:
    """`first 3 seconds`, `last half`, `opening 5 s`, `前15秒`, `最后一半`."""
    item, after = items[at], get(items, at + 1)
    first = (
        item.is_("select", "first")
        or item.is_("ordinal", "1")
        or item.is_("noun", "opening")
        or item.is_("place", "start")
        or (item.is_("prep", "before") and after.kind == "duration" and at == 0)
    )
    last = (
        item.is_("select", "last")
        or item.is_("noun", "closing")
        or (item.is_("prep", "after") and after.kind == "duration")
    )
    second_half = item.is_("ordinal", "2") and after.kind == "half"
    if not (first or last or second_half):
        return None
    if after.kind == "duration":
        span = (
            Span(Edge(0), Edge(0, after.value)) if first else Span(Edge(1, -after.value), Edge(1))
        )
    elif after.kind == "half":
        span = Span(Edge(0), Edge(0.5)) if first else Span(Edge(0.5), Edge(1))
    elif after.is_("ordinal", "3"):
        span = Span(Edge(0), Edge(1 / 3)) if first else Span(Edge(2 / 3), Edge(1))
    else:
        return None
    return _made("range", span, items, at, 2)


def _one_sided(items: list[Item], at: int) -> Found:
    """`everything after 1:30`, `before 0:10`, `1:30之后`."""
    item = items[at]
    count = 2 if item.is_("noun", "everything", "video") or item.is_("select", "all") else 1
    side, moment = get(items, at + count - 1), get(items, at + count)
    if side.is_("prep", "after", "before") and moment.kind in ("time", "duration"):
        edge = Edge(0, moment.value)
        span = Span(edge, Edge(1)) if side.value == "after" else Span(Edge(0), edge)
        return _made("range", span, items, at, count + 1)
    side = get(items, at + 1)
    if item.kind == "time" and side.is_("prep", "after", "before"):
        edge = Edge(0, item.value)
        span = Span(edge, Edge(1)) if side.value == "after" else Span(Edge(0), edge)
        return _made("range", span, items, at, 2)
    return None


# References


def _only(item: Item) -> str | None:
    if item.is_("noun", "clip"):
        return ""
    if item.is_("noun", "photo"):
        return "image"
    if item.is_("noun", "video", "videos"):
        return "video"
    return None


def _reference(items: list[Item], at: int) -> Found:
    item = items[at]
    if item.kind == "file":
        return _made("ref", Ref(assets=(item.value,)), items, at, 1)
    if item.kind == "sound_file":
        return _made("ref", Ref(assets=(item.value,), sound=True), items, at, 1)
    if item.kind == "segment_id":
        return _made("ref", Ref(segments=(item.value,)), items, at, 1)
    if item.is_("select", "new"):
        return _made("ref", Ref(new=True), items, at, 1)
    return _numbered(items, at) or _ordinal(items, at) or _every(items, at)


def _numbered(items: list[Item], at: int) -> Found:
    """`clip 2`, `clips 1-3`, `clips 1, 2 and 4`, `片段2`."""
    only = _only(items[at])
    first = get(items, at + 1)
    if only is not None and first.kind == "segment_id":
        return _made("ref", Ref(segments=(first.value,)), items, at, 2)
    if only is None or first.kind != "number" or first.value != int(first.value):
        return None
    if items[at].is_("noun", "video") and not 1 <= first.value <= 99:
        return None
    numbers, place = [int(first.value)], at + 2
    while True:
        link, number = get(items, place), get(items, place + 1)
        if link.kind == "number" and link.value < 0 and link.start == items[place - 1].end:
            numbers += range(numbers[-1] + 1, min(int(-link.value), numbers[-1] + 500) + 1)
            place += 1
            continue
        if number.kind != "number" or number.value != int(number.value):
            break
        if link.is_("prep", "to"):
            numbers += range(numbers[-1] + 1, min(int(number.value), numbers[-1] + 500) + 1)
        elif link.is_("sep", "and", "comma"):
            numbers.append(int(number.value))
        else:
            break
        place += 2
    return _made("ref", _counted(numbers, only), items, at, place - at)


def _counted(numbers: Iterable[int], of: str = "") -> Ref:
    return Ref(numbers=tuple(Nth(number, of) for number in numbers))


def _rank(item: Item) -> int:
    """1 for `first`, 2 for `second`, -1 for `last`; 0 for anything else."""
    if item.is_("select", "last"):
        return -1
    if item.is_("select", "first"):
        return 1
    return int(item.value) if item.kind in ("ordinal", "nth") else 0


def _ordinal(items: list[Item], at: int) -> Found:
    """`second clip`, `last photo`, `first two clips`, `first and last clip`, `第二个片段`, `第二段`."""
    item, after = items[at], get(items, at + 1)
    number = _rank(item)
    if not number:
        return None
    if after.is_("sep", "and", "comma") and _rank(get(items, at + 2)):
        second = _ordinal(items, at + 2)
        if second:
            ref: Ref = second[0].value
            both = _counted([number], ref.numbers[0].of if ref.numbers else "") + ref
            return _made("ref", both, items, at, second[1] + 2)
    many = after.kind == "number" and 1 <= after.value <= 500
    only = _only(get(items, at + 2) if many else after)
    if only is None:
        counted = item.kind == "nth" and after.kind not in ("half", "duration", "number")
        return _made("ref", _counted([number]), items, at, 1) if counted else None
    count = int(after.value) if many else 1
    begin = -count if number < 0 else number
    return _made("ref", _counted(range(begin, begin + count), only), items, at, 3 if many else 2)


def _every(items: list[Item], at: int) -> Found:
    """`these clips`, `all photos`, `all five clips`, `clips`, `photos`, `them`, `所有片段`."""
    item, after = items[at], get(items, at + 1)
    if item.is_("select", "all"):
        step = 2 if after.kind == "number" or after.is_("select", "new") else 1
        only = _only(get(items, at + step))
        if only is not None:
            return _made("ref", Ref(every=True, only=only), items, at, step + 1)
        if _is_plural_word(items[at]):
            return _made("ref", Ref(every=True), items, at, 1)
        return None
    if item.kind == "number" and _only(after) in ("", "image", "video"):
        if not after.is_("noun", "video") and item.value >= 2:
            return _made("ref", Ref(every=True, only=_only(after) or ""), items, at, 2)
        return None
    if item.is_("noun", "clip", "photo", "videos"):
        return _made("ref", Ref(every=True, only=_only(item) or ""), items, at, 1)
    return None


def _is_plural_word(item: Item) -> bool:
    return item.end - item.start >= 2


def _joined_references(items: list[Item], at: int) -> Found:
    """`beach.mp4, city.mp4 and IMG_2.jpg`, `clip 1 then clip 3`: one list."""
    if items[at].kind != "ref":
        return None
    ref: Ref = items[at].value
    place = at + 1
    while True:
        step = 0
        while get(items, place + step).is_("sep", "and", "comma", "then") and step < 2:
            step += 1
        following = get(items, place + step)
        if step == 0 or following.kind != "ref":
            break
        if get(items, place + step + 1).is_("prep", "as"):
            break
        ref = ref + following.value
        place += step + 1
    return _made("ref", ref, items, at, place - at) if place > at + 1 else None


# Places


def _place(items: list[Item], at: int) -> Found:
    item = items[at]
    after = get(items, at + 1)
    if item.is_("span", "clips"):
        count = 2 if after.kind == "ref" else 1
        return _made(
            "where", Place("between", ref=after.value if count == 2 else None), items, at, count
        )
    if item.is_("span", "whole"):
        return _made("where", Place("whole"), items, at, 1)
    if item.kind == "place":
        return _made("where", Place(str(item.value)), items, at, 1)
    if item.is_("half"):
        return _made("where", Place("half"), items, at, 1)
    if item.is_("prep", "before", "after") and after.kind == "ref":
        return _made("where", Place(str(item.value), ref=after.value), items, at, 2)
    behind = get(items, at + 2).kind
    if item.kind == "ref" and after.is_("prep", "before", "after") and behind != "ref":
        return _made("where", Place(str(after.value), ref=item.value), items, at, 2)
    if item.kind == "ref" and after.is_("span", "clips") and behind != "ref":
        return _made("where", Place("between", ref=item.value), items, at, 2)
    if item.is_("prep", "at", "on", "in", "to", "into", "from"):
        return _after_preposition(items, at)
    if item.kind == "time":
        return _made("where", Place("time", item.value), items, at, 1)
    return None


def _after_preposition(items: list[Item], at: int) -> Found:
    prep, after = str(items[at].value), get(items, at + 1)
    if after.kind == "place":
        return _made("where", Place(str(after.value)), items, at, 2)
    if after.is_("select", "last"):
        return _made("where", Place("end"), items, at, 2)
    if after.is_("select", "first"):
        return _made("where", Place("start"), items, at, 2)
    if after.is_("noun", "opening", "closing"):
        where = "start" if after.value == "opening" else "end"
        return _made("where", Place(where), items, at, 2)
    if after.is_("noun", "middle"):
        return _made("where", Place("mid"), items, at, 2)
    if prep == "to" and after.kind == "time":
        return _made("where", Place("to_time", after.value), items, at, 2)
    if after.kind == "time" or (prep in ("at", "from") and after.kind == "duration"):
        return _made("where", Place("time", after.value), items, at, 2)
    if prep == "at" and after.kind == "number" and after.value == int(after.value):
        return _made("where", Place("time", round(after.value * 1000)), items, at, 2)
    if prep == "at" and after.is_("aspect", "9:16"):
        return _made("where", Place("time", quantities.clock_ms("9:16")), items, at, 2)
    if prep in ("on", "in", "into") and after.kind == "ref":
        return _made("where", Place("on", ref=after.value), items, at, 2)
    return None
