"""Lines that are to be shown, typed or pasted with their times: `0:00-0:03 Hello there; 0:03-0:06 Welcome`.

"add these captions:"   0:00-0:03   Hello there   ;   0:03-0:06   Welcome
 ───── lead ─────       ─ time ─    ── words ──
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from vbtui.base.patterns import regex
from vbtui.language import lexer
from vbtui.language.quantities import clock_ms
from vbtui.language.quotes import unwrapped

_CLOCK = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?:[.,]\d{1,3})?"
_SECONDS = r"\d{1,4}(?:\.\d{1,3})?\s?(?:s|sec|secs|seconds|秒)"
_TIME = rf"(?:{_CLOCK}|{_SECONDS})(?!\d|:\d)"
_TO = r"\s*(?:--?>|[-–—~～]|to|until|到|至)\s*"
_ONE = regex(
    rf"[\[(【（]?\s*(?P<begin>{_TIME})(?:{_TO}(?P<end>{_TIME}))?\s*[\])】）]?(?:\s*[:：|]\s*|\s+[-–—]\s+|\s*)"
    rf"(?!{_TO}{_TIME})(?P<words>[^\s\-–—~～到至、,，].*)",
    re.DOTALL | re.IGNORECASE,
)
_NUMBER = regex(r"\s*(?:\d{1,4}[.)]|[-*•])\s+(?=[\[(]?\d)")
_COUNTED = regex(r"(?:(?<=\n)|^)[ \t]*(?:\d{1,4}[.)]|[-*•])[ \t]+$")
_BREAK = regex(
    rf"\s*[;；\n]+\s*(?={_NUMBER.pattern}|[\[(【（]?\s*{_TIME})|[,，、]\s*(?=[\[(]?{_TIME}{_TO}{_TIME})",
    re.IGNORECASE,
)
_FIRST = regex(rf"(?:^|(?<=[\s:：;,，。]))[\[(【（]?{_TIME}", re.IGNORECASE)
_BLOCK = regex(
    rf"(?:^|\n)(?:\d{{1,4}}\n)?(?P<begin>{_CLOCK})\s*-->\s*(?P<end>{_CLOCK})[^\n]*\n(?P<words>.+?)(?=\n\s*\n|\n(?:\d{{1,4}}\n)?{_CLOCK}\s*-->|\Z)",
    re.DOTALL,
)
_LONGEST = 300
"""Characters of one line; more is no line to be shown."""
_MOST = 1000


class Shown(NamedTuple):
    """One of them."""

    begin_ms: int
    end_ms: int | None
    """None: until the next one, or as long as it takes to read."""
    start: int
    """Where its words stand in the text."""
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class TimedLines:
    """Those of a message: everything in it from `start` on."""

    start: int
    lines: tuple[Shown, ...]
    is_file: bool = False
    """They stand there as in a file of subtitles."""

    @property
    def have_ends(self) -> bool:
        return all(one.end_ms is not None for one in self.lines)


def timed_lines(text: str) -> TimedLines | None:
    """The lines with which a message ends, each with its time; None where there are none that are to be shown."""
    found = _pasted(text) or _typed(text)
    return found if found is not None and _are_meant(text[: found.start], found) else None


def _typed(text: str) -> TimedLines | None:
    for first in list(_FIRST.finditer(text))[:3]:
        lines = _from(text, first.start())
        if lines is not None:
            counted = _COUNTED.search(text, 0, first.start())
            return TimedLines(counted.start() if counted else first.start(), lines)
    return None


def _from(text: str, start: int) -> tuple[Shown, ...] | None:
    pieces: list[tuple[int, int]] = []
    at = start
    for joint in _BREAK.finditer(text, start):
        pieces.append((at, joint.start()))
        at = joint.end()
    pieces.append((at, len(text.rstrip().rstrip(";；"))))
    lines = []
    for begin, end in pieces[: _MOST + 1]:
        number = _NUMBER.match(text, begin, end)
        found = _ONE.fullmatch(text, number.end() if number else begin, end)
        if found is None or len(found["words"]) > _LONGEST or re.search("[;；\n]", found["words"]):
            return None  # what stands behind them may be a request
        words = unwrapped(found["words"].strip())
        where = text.index(words, found.start("words")) if words in text else found.start("words")
        until = _ms(found["end"]) if found["end"] else None
        lines.append(Shown(_ms(found["begin"]), until, where, where + len(words), words))
    return tuple(lines) if len(lines) <= _MOST else None


def _pasted(text: str) -> TimedLines | None:
    """As a file of subtitles has them."""
    found = list(_BLOCK.finditer(text))[: _MOST + 1]
    if not found or len(found) > _MOST or text[found[-1].end() :].strip():
        return None
    lines = tuple(
        Shown(
            _ms(one["begin"]), _ms(one["end"]), one.start("words"), one.end("words"), one["words"]
        )
        for one in found
    )
    return TimedLines(found[0].start(), lines, is_file=True)


def _ms(text: str) -> int:
    if ":" in text:
        return clock_ms(text)
    return round(float(re.match(r"[\d.]+", text)[0]) * 1000)  # type: ignore[index]  # _SECONDS begins so


# Whether they are meant

_NOUN = r"(?:captions?|subtitles?|subs|titles?|texts?|lines?|lyrics|words|transcript|字幕|标题|文字|歌词|台词|文案)"
_ADDS = r"(?:add|put|show|insert|use|加|加上|添加|显示|插入)"
_ANNOUNCED = regex(
    rf"{_NOUN}[^:：;；\n]{{0,60}}[:：\n]\s*$|{_ADDS}[^:：;；\n]{{0,40}}[:：]\s*$", re.I
)
_RIGHT_BEFORE = regex(rf"{_NOUN}\s*$", re.IGNORECASE)


def _are_meant(lead: str, found: TimedLines) -> bool:
    """Whether these are words to be shown, and no requests with their times: `0:05-0:08 remove`."""
    several = len(found.lines) > 1
    if not lead.strip(" \t:：-"):
        return found.is_file or (
            several and not any(map(_orders, (one.words for one in found.lines)))
        )
    if _ANNOUNCED.search(lead):
        return True
    return several and found.have_ends and _RIGHT_BEFORE.search(lead) is not None


def _orders(words: str) -> bool:
    """Whether they begin as a request does."""
    items = [one for one in lexer.read(words, ()) if one.kind not in ("polite", "sep", "prep")]
    first = items[0] if items else None
    return first is not None and not first.is_("topic", "chapters") and any(map(first.is_, _DOES))


_DOES = ("verb", "neg", "topic", "fade", "style", "speed", "fit", "transition", "more")
"""Kinds of words with which a request begins."""
