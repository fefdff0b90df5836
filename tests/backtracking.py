"""Regular expressions whose steps are counted: the work of `re` is C code that no tracer sees.

A `Counted` pattern stands for a compiled one. It answers with what `re` answers, and beside that
walks the same pattern as a backtracking engine does, a step for each character or place that it
looks at. Both must find the same, so the walk cannot be wrong unnoticed.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from re import _constants as op  # type: ignore[attr-defined]  # typeshed leaves it out
from re import _parser as parser  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any

from vbtui.base.patterns import regex

Next = Callable[[int], int]
"""What is left to match at a place: its end, or -1."""

_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdecimal(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


STEPS = [0]
"""Of all patterns together: one process counts one thing at a time."""


class Counted:
    """A compiled pattern; the steps of all its searches are added up in `STEPS[0]`."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._real, self._steps = pattern, STEPS
        self._tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        self._single: dict[tuple[int, str], bool] = {}
        self._begun = self._run(self._tree, pattern.flags, lambda at: at)
        self._whole = self._run(self._tree, pattern.flags, lambda at: at if at == self._end else -1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def match(self, text: str, *limits: int) -> re.Match[str] | None:
        return self._same(self._real.match(text, *limits), self._walk(text, *limits))

    def fullmatch(self, text: str, *limits: int) -> re.Match[str] | None:
        return self._same(
            self._real.fullmatch(text, *limits), self._walk(text, *limits, whole=True)
        )

    def search(self, text: str, *limits: int) -> re.Match[str] | None:
        return self._same(self._real.search(text, *limits), self._find(text, *limits))

    def finditer(self, text: str, *limits: int) -> Iterator[re.Match[str]]:
        at, was_empty = (limits or (0,))[0], False
        for found in self._real.finditer(text, *limits):
            span = self._find(text, at, *limits[1:])
            assert was_empty or span == found.span()
            yield found
            at, was_empty = found.end(), found.end() == found.start()
        self._find(text, at, *limits[1:])

    def findall(self, text: str, *limits: int) -> list[Any]:
        list(self.finditer(text, *limits))
        return self._real.findall(text, *limits)

    def sub(self, new: Any, text: str, count: int = 0) -> str:
        list(self.finditer(text))
        return self._real.sub(new, text, count)

    def split(self, text: str, maxsplit: int = 0) -> list[Any]:
        list(self.finditer(text))
        return self._real.split(text, maxsplit)

    def _same(
        self, real: re.Match[str] | None, walked: tuple[int, int] | None
    ) -> re.Match[str] | None:
        assert (real.span() if real else None) == walked, (self._real, real, walked)
        return real

    def _find(self, text: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            last = len(text) if end is None else min(end, len(text))
            spans = (self._walk_untraced(text, at, last, False) for at in range(start, last + 1))
            return next((span for span in spans if span), None)
        finally:
            sys.settrace(tracer)

    def _walk(
        self, text: str, start: int = 0, end: int | None = None, *, whole: bool = False
    ) -> tuple[int, int] | None:
        tracer = sys.gettrace()
        sys.settrace(None)  # the steps are counted already
        try:
            return self._walk_untraced(text, start, end, whole)
        finally:
            sys.settrace(tracer)

    def _walk_untraced(
        self, text: str, start: int, end: int | None, whole: bool
    ) -> tuple[int, int] | None:
        self._text, self._end = text, len(text) if end is None else min(end, len(text))
        self._groups: dict[int, tuple[int, int]] = {}
        found = (self._whole if whole else self._begun)(start)
        return None if found < 0 else (start, found)

    def _run(self, items: Sequence[Any], flags: int, then: Next) -> Next:
        for item in reversed(items):
            then = self._step(item, flags, then)
        return then

    def _step(self, item: Any, flags: int, then: Next) -> Next:
        kind, value = item
        if kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            return lambda at: then(at + 1) if self._is_one(item, flags, at) else -1
        if kind is op.AT:
            return lambda at: then(at) if self._is_place(value, flags, at) else -1
        if kind is op.BRANCH:
            ways = [self._run(way, flags, then) for way in value[1]]
            return lambda at: next((end for way in ways if (end := way(at)) >= 0), -1)
        if kind is op.SUBPATTERN:
            number, more, fewer, inner = value
            return self._group(number, inner, (flags | more) & ~fewer, then)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(kind, value, flags, then)
        if kind is op.ATOMIC_GROUP:
            alone = self._run(value, flags, lambda at: at)
            return lambda at: then(end) if (end := alone(at)) >= 0 else -1
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, inner = value
            back = inner.getwidth()[0] if direction < 0 else 0
            look = self._run(inner, flags, lambda at: at)
            wanted = kind is op.ASSERT
            return lambda at: then(at) if (at >= back and look(at - back) >= 0) is wanted else -1
        assert kind is op.GROUPREF, item
        return lambda at: self._again(value, at, then)

    def _is_one(self, item: Any, flags: int, at: int) -> bool:
        self._steps[0] += 1
        if at >= self._end:
            return False
        key = (id(item), self._text[at])
        if key not in self._single:
            self._single[key] = _fits(item, self._text[at], flags)
        return self._single[key]

    def _is_place(self, place: Any, flags: int, at: int) -> bool:
        self._steps[0] += 1
        text, end = self._text, self._end
        if place in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            is_word = _CATEGORIES[op.CATEGORY_WORD]
            before, behind = at > 0 and is_word(text[at - 1]), at < end and is_word(text[at])
            return (before != behind) is (place is op.AT_BOUNDARY)
        lines = bool(flags & re.MULTILINE)
        if place in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0 or (place is op.AT_BEGINNING and lines and text[at - 1] == "\n")
        if place is op.AT_END:
            return at == end or (text[at] == "\n" and (lines or at == end - 1))
        return at == end

    def _group(self, number: int | None, inner: Sequence[Any], flags: int, then: Next) -> Next:
        if number is None:
            return self._run(inner, flags, then)
        starts: list[int] = []

        def close(at: int) -> int:
            old = self._groups.get(number)
            self._groups[number] = (starts[-1], at)
            end = then(at)
            if end < 0 and old is not None:
                self._groups[number] = old
            return end

        body = self._run(inner, flags, close)

        def begin(at: int) -> int:
            starts.append(at)
            end = body(at)
            starts.pop()
            return end

        return begin

    def _again(self, number: int, at: int, then: Next) -> int:
        start, end = self._groups.get(number, (0, -1))
        words = self._text[start:end]
        self._steps[0] += len(words) + 1
        return then(at + len(words)) if end >= 0 and self._text.startswith(words, at) else -1

    def _repeat(self, kind: Any, value: Any, flags: int, then: Next) -> Next:
        least, most, inner = value
        if len(inner) == 1 and inner[0][0] in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            return self._repeat_one(kind, least, most, inner[0], flags, then)

        def again(done: int, since: int) -> Next:
            def go_on(at: int) -> int:
                if done > least and at == since:
                    return then(at)  # an empty round ends it
                can = done < most
                if done < least:
                    return self._run(inner, flags, again(done + 1, at))(at)
                if kind is op.MIN_REPEAT:
                    end = then(at)
                    return end if end >= 0 or not can else more(at)
                end = more(at) if can else -1
                return end if end >= 0 else then(at)

            def more(at: int) -> int:
                return self._run(inner, flags, again(done + 1, at))(at)

            return go_on

        return again(0, -1)

    def _repeat_one(
        self, kind: Any, least: int, most: int, item: Any, flags: int, then: Next
    ) -> Next:
        def greedy(at: int) -> int:
            count = 0
            while count < most and self._is_one(item, flags, at + count):
                count += 1
            if kind is op.POSSESSIVE_REPEAT:
                return then(at + count) if count >= least else -1
            for kept in range(count, least - 1, -1):
                if (end := then(at + kept)) >= 0:
                    return end
            return -1

        def lazy(at: int) -> int:
            count = 0
            while True:
                if count >= least and (end := then(at + count)) >= 0:
                    return end
                if count >= most or not self._is_one(item, flags, at + count):
                    return -1
                count += 1

        return lazy if kind is op.MIN_REPEAT else greedy


def _fits(item: Any, character: str, flags: int) -> bool:
    kind, value = item
    if kind is op.ANY:
        return character != "\n" or bool(flags & re.DOTALL)
    forms = {character}
    if flags & re.IGNORECASE:
        forms |= {character.lower(), character.upper()}
    if kind is op.LITERAL:
        return any(ord(form) == value for form in forms if len(form) == 1)
    if kind is op.NOT_LITERAL:
        return all(ord(form) != value for form in forms if len(form) == 1)
    negated = value[0][0] is op.NEGATE
    return any(_in_set(value, form) for form in forms if len(form) == 1) is not negated


def _in_set(entries: Sequence[Any], character: str) -> bool:
    for kind, value in entries:
        if kind is op.LITERAL and ord(character) == value:
            return True
        if kind is op.RANGE and value[0] <= ord(character) <= value[1]:
            return True
        if kind is op.CATEGORY and _CATEGORIES[value](character):
            return True
    return False


_LATE = type(regex(""))


@functools.cache
def _once(pattern: re.Pattern[str]) -> Counted:
    return Counted(pattern)


def counted(value: Any) -> Any:
    """`value` with every compiled pattern of text in it, at any depth, counted; itself without one."""
    if isinstance(value, re.Pattern) or type(value) is _LATE:
        return _once(value) if isinstance(value.pattern, str) else value
    if isinstance(value, tuple | list | dict):
        parts = list(value.values() if isinstance(value, dict) else value)
        new = [counted(part) for part in parts]
        if all(a is b for a, b in zip(parts, new, strict=True)):
            return value
        if isinstance(value, dict):
            return dict(zip(value, new, strict=True))
        return type(value)(*new) if hasattr(value, "_fields") else type(value)(new)
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        patterns = {n: now for n, part in named.items() if (now := counted(part)) is not part}
        return replace(value, **patterns) if patterns else value
    return value
