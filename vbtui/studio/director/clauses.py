"""Items become clauses: one instruction each, with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from vbtui.language.lexer import Item
from vbtui.studio.director.phrases import Place, Ref, Span

_WEAK = ("make", "set", "add", "trim", "cut")
"""Verbs that another one may make precise: `make it faster`, `set it to fit 30 s`."""
_STRONG_WORDS = (
    "faster slower louder quieter bigger smaller mute unmute fit combine extend keep split shorten "
    "reverse_order shuffle sort undo redo clear swap"
)
_STRONG = frozenset(_STRONG_WORDS.split())
_HEADS = (
    "noun",
    "transition",
    "fade",
    "aspect",
    "fit",
    "unsupported",
    "export",
    "quote",
    "resolution",
)
_NAMED = ("the_text", "the_sound")
_TEXT_NOUNS = ("title", "title_end", "caption", "text")
_NOTHING = ("prep", "sep", "filler", "colon", "purpose", "none")


@dataclass
class Clause:
    """One instruction. Handlers take the items that they use; what is left was not understood."""

    verb: str = ""
    items: list[Item] = field(default_factory=list)
    inherited: bool = False
    """The verb is the one of the clause before: `add music and a title`."""
    part_of: str = ""
    """`combine` / `make` when this says what a new video has: `… with transitions`."""
    start: int = 0
    end: int = 0
    tolerant: bool = False
    """What is left over is named, but does not stop the instruction."""
    weak: str = ""
    """The verb that a stronger one replaced: `make` in `make it faster`."""
    put: bool = False
    """The verb was `put`: what is on the timeline already is moved, not added again."""
    _used: set[int] = field(default_factory=set)

    def find(self, kind: str, *values: object) -> Item | None:
        """The first unused item of this kind (and one of these values)."""
        for index, item in enumerate(self.items):
            if index not in self._used and item.is_(kind, *values):
                return item
        return None

    def has(self, kind: str, *values: object) -> bool:
        return self.find(kind, *values) is not None

    def take(self, kind: str, *values: object) -> Any:
        """The value of the first unused such item, which is used now; None without one."""
        for index, item in enumerate(self.items):
            if index not in self._used and item.is_(kind, *values):
                self._used.add(index)
                return item.value
        return None

    def take_all(self, kind: str, *values: object) -> list[Any]:
        found = []
        while self.has(kind, *values):
            found.append(self.take(kind, *values))
        return found

    def ref(self) -> Ref | None:
        """All references together."""
        found: list[Ref] = self.take_all("ref")
        result = found[0] if found else None
        for other in found[1:]:
            result = result + other if result else other
        return result

    def span(self) -> Span | None:
        found: Span | None = self.take("range")
        return found

    def place(self, *where: str) -> Place | None:
        """The first unused place (of these)."""
        for index, item in enumerate(self.items):
            if index in self._used or item.kind != "where":
                continue
            place: Place = item.value
            if not where or place.where in where:
                self._used.add(index)
                return place
        return None

    def forget(self) -> None:
        """Nothing is used: the next handler begins anew."""
        self._used.clear()
        self.tolerant = False

    def left(self) -> list[Item]:
        """Items with a meaning that nobody took."""
        return [
            item
            for index, item in enumerate(self.items)
            if index not in self._used and item.kind not in _NOTHING
        ]


def split(items: list[Item], length: int) -> list[Clause]:
    """The clauses of grouped items; `length` is that of the text."""
    clauses = _with_places_before([_read(part) for part in _parts(items)])
    clauses = _with_places_behind(clauses)
    result: list[Clause] = []
    for clause in clauses:
        if clause.verb or clause.items:
            result += _with_parts(clause)
    for previous, clause in pairwise(result):
        _inherit(previous, clause)
    _resolve_pronouns(result)
    for clause in result:
        starts = [item.start for item in clause.items]
        if clause.verb and not clause.inherited:
            starts.append(clause.start)
        clause.start = min(starts, default=clause.start)
        clause.end = max((item.end for item in clause.items), default=clause.end)
    return result


def _with_places_before(clauses: list[Clause]) -> list[Clause]:
    """`at the end, add a title`: a place alone belongs to the instruction behind it."""
    result: list[Clause] = []
    places: list[Item] = []
    for clause in clauses:
        meaning = [item for item in clause.items if item.kind not in _NOTHING]
        alone = not clause.verb and meaning and all(i.kind in ("where", "range") for i in meaning)
        if alone and clause is not clauses[-1]:
            places += meaning
            continue
        clause.items = [*places, *clause.items]
        places = []
        result.append(clause)
    return result


def _with_places_behind(clauses: list[Clause]) -> list[Clause]:
    """`add title "X", put at the end`: a place alone says where the text of before goes."""
    result: list[Clause] = []
    for clause in clauses:
        meaning = [item for item in clause.items if item.kind not in _NOTHING]
        places = meaning and all(item.kind in ("where", "range", "pronoun") for item in meaning)
        if clause.put and places and result and any(i.kind == "quote" for i in result[-1].items):
            result[-1].items += [item for item in meaning if item.kind != "pronoun"]
            continue
        result.append(clause)
    return result


_ABOUT_WORDS = ("bigger", "smaller", "move", "remove", "louder", "quieter", "mute", "unmute")


def _resolve_pronouns(clauses: list[Clause]) -> None:
    """`make the captions smaller and move them up`: what was spoken of, else all clips or the whole."""
    spoken: Item | None = None
    for clause in clauses:
        fits = clause.verb in _ABOUT_WORDS or any(
            item.kind in ("colour", "fade", "quote") or item.is_("noun", "size")
            for item in clause.items
        )
        for index, item in enumerate(clause.items):
            if item.kind == "pronoun" and spoken is not None and fits:
                clause.items[index] = Item("noun", spoken.value, item.start, item.end)
            elif item.is_("pronoun", "many"):
                clause.items[index] = Item("ref", Ref(every=True), item.start, item.end)
            elif item.kind == "pronoun":
                clause.items[index] = Item("noun", "everything", item.start, item.end)
        nouns = [item for item in clause.items if item.is_("noun", *_TEXT_NOUNS, "music")]
        spoken = nouns[0] if nouns else spoken if fits else None


def _parts(items: list[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    for position, item in enumerate(items):
        if item.kind == "sep" and (
            item.value in ("stop", "then", "but") or _goes_on(items, position, part)
        ):
            yield part
            part = []
        elif item.kind == "sep":
            continue
        elif item.kind == "verb" and _new_instruction(part, item):
            yield part
            part = [item]
        else:
            part.append(item)
    yield part


def _goes_on(items: list[Item], position: int, part: list[Item]) -> bool:
    """Whether a new instruction begins behind this comma or `and`."""
    rest = items[position + 1 : position + 5]
    while rest and rest[0].kind in ("sep", "prep"):
        rest = rest[1:]
    if not rest:
        return True
    if rest[0].kind == "purpose":
        return False
    if rest[0].is_("noun", "duration") and _lasts(part) and not _has_verb(rest):
        return False
    if rest[0].kind == "quote" and part and part[-1].kind == "quote":
        return len(rest) > 1 and rest[1].kind not in ("sep", "quote")
    if rest[0].is_("noun", "volume") and any(item.is_("noun", "music") for item in part):
        return False
    if rest[0].kind == "ref" and rest[0].value.sound:
        return True
    if rest[0].kind in ("verb", *_HEADS):
        return True
    if rest[0].kind == "word" and any(item.kind == "unsupported" for item in part):
        return True
    if rest[0].is_("select", "last") and rest[1:] and rest[1].kind == "verb":
        return True
    if rest[0].kind in ("ref", "where", "range", "duration", *_NAMED):
        return any(item.kind in ("verb", "noun", "quote") for item in rest[1:3])
    return False


def _lasts(part: list[Item]) -> bool:
    """Whether a length behind a comma says how long this lasts: `add crossfades, duration 1 s`."""
    return any(
        item.kind in ("transition", "fade", "quote") or item.is_("noun", "transition", "music")
        for item in part
    )


def _has_verb(items: list[Item]) -> bool:
    return any(item.kind == "verb" for item in items)


def _new_instruction(part: list[Item], verb: Item) -> bool:
    """Whether a verb in the middle begins something new: `trim clip 1 add a title`."""
    verbs = [item for item in part if item.kind == "verb"]
    if not verbs or verb.is_("verb", "say"):
        return False
    if verbs[-1].value in _WEAK and verb.value in _STRONG | {"replace", "move", "duplicate"}:
        return False
    if verb.is_("verb", "set", "faster", "smaller", "bigger") and verbs[-1].value in _STRONG:
        return False
    if verbs[-1].is_("verb", "add") and verb.is_("verb", "make", "combine"):
        return any(item.kind not in ("verb", "ref", "prep", "sep") for item in part)
    content = [item for item in part if item.kind not in ("verb", "prep", "sep")]
    return bool(content) or verbs[-1].value not in (*_WEAK, "set")


def _read(part: list[Item]) -> Clause:
    """Verb and items; a stronger verb replaces a weak one."""
    clause = Clause()
    if part:
        clause.start, clause.end = part[0].start, part[-1].end
    if len(part) > 1 and part[0].is_("select", "last") and part[1].kind == "verb":
        part = part[1:]
    for item in part:
        if not item.is_("verb") or item.value == "say":
            if item.kind != "verb":
                clause.items.append(item)
            continue
        if item.value in ("open_with", "end_with"):
            where = Place("start" if item.value == "open_with" else "end")
            clause.items.append(Item("where", where, item.start, item.end))
            item = Item("verb", "put", item.start, item.end)
        if item.value == "put":
            item = Item("verb", "add", item.start, item.end)
            clause.put = True
        only_files = all(i.kind in ("ref", "prep") for i in clause.items)
        if clause.verb == "add" and item.value == "make" and only_files:
            clause.verb = "make"
        elif clause.verb in ("", *_WEAK) and (not clause.verb or item.value not in ("set", "make")):
            clause.weak, clause.verb = clause.verb, str(item.value)
        elif item.value not in ("set", "make", "add"):
            clause.items.append(Item("extra", item.value, item.start, item.end))
    return clause


def _with_parts(clause: Clause) -> list[Clause]:
    """`combine … with transitions, music` as the combination and what it shall have."""
    if clause.verb not in ("combine", "make", "fit", "add", ""):
        return [clause]
    for position, item in enumerate(clause.items):
        if not item.is_("prep", "with") or position == 0:
            continue
        after = clause.items[position + 1 : position + 2]
        if not after or (after[0].kind not in _HEADS and after[0].kind != "ref"):
            continue
        if clause.verb == "add" and not after[0].is_("noun", "music", "transition"):
            continue
        if after[0].is_("noun", "colour", "size"):
            continue
        first = Clause(clause.verb, clause.items[:position], start=clause.start, weak=clause.weak)
        second = Clause("add", clause.items[position + 1 :], inherited=True)
        second.part_of = clause.verb
        return [first, second]
    return [clause]


def _inherit(previous: Clause, clause: Clause) -> None:
    """A clause without a verb goes on with the one before: `add music and a title`."""
    if clause.verb:
        return
    clause.inherited = True
    clause.verb = {"combine": "add", "make": "add", "fit": "add"}.get(previous.verb, previous.verb)
    clause.part_of = previous.part_of or (
        previous.verb if previous.verb in ("combine", "make") else ""
    )
    head = clause.items[0] if clause.items else None
    if head is not None and head.kind == "quote":
        noun = next((item for item in previous.items if item.is_("noun", *_TEXT_NOUNS)), None)
        if noun is not None and not any(item.is_("noun") for item in clause.items):
            clause.items.insert(0, Item("noun", noun.value, head.start, head.start))
