"""What an SRT or VTT file says, and when: read as players read it, whatever made it.

    bytes ── which characters ── lines ── lines of text with their times ── in order, one at a time

What cannot be shown is counted, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import NamedTuple

from vbtui.base.text import clean

MOST_BYTES = 5_000_000
TOO_LARGE = "is larger than 5 MB: that is more than subtitles"
_MOST_LINES = 20_000
_LONGEST_TEXT = 1000
"""Characters of what is shown at once."""
_MOST_AT_ONCE = 3
_LAST_MS = 100 * 3_600_000
_READING_MS = (1000, 60, 7000)
"""ms that a line stands whose end is wrong: at least, a character, at most."""
_SEEN_MS = 200
"""A shorter line would not be seen."""
_BESIDE_MS = 500
"""A line that reaches so little into the next one ends where that begins."""

_STAMP = r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,:](\d{1,3}))?(?!\d)"
_TIMES = re.compile(rf"\s*{_STAMP}\s*-{{1,2}}>\s*{_STAMP}(?:\s.*)?")
_ARROW = "-->"
_NUMBER = re.compile(r"\s*\d{1,7}\s*")
_NOTES = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_BREAK = re.compile(r"<br\s*/?>|\\[Nn]", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:i|b|u|s|em|strong|font|span|c|v|lang|ruby|rt)(?:[\s.][^<>]{0,300})?>|<\d[\d:.]{3,12}>|\{\\[^{}]{0,300}\}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,6}|\w{2,10});", re.IGNORECASE)


class Line(NamedTuple):
    """What is shown from one time to another."""

    begin: int
    """ms of the file."""
    end: int
    text: str
    """With line breaks."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """All that a file says: no two lines are shown at the same time."""

    lines: tuple[Line, ...] = ()
    unread: int = 0
    """So many times in it are none, and their words are left out."""
    turned: int = 0
    """So many lines end before they begin: they stand for as long as it takes to read them."""
    failed: bool = False
    """The file could not be read."""

    @property
    def ms(self) -> int:
        return max((line.end for line in self.lines), default=0)


def read(content: bytes) -> Subtitles:
    """Raises `ValueError` with the reason where it is no such file, as a phrase behind the file's name."""
    if len(content) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    text = _characters(content)
    found, unread = _blocks(text)
    turned = sum(end <= begin for begin, end, _ in found)
    kept = list(dict.fromkeys(sorted(_ended(found), key=lambda line: line[:2])))
    if not kept:
        raise ValueError("has no line with a time: 00:00:01,000 --> 00:00:03,000")
    if len(kept) > _MOST_LINES:
        raise ValueError(f"has {len(kept)} lines; there may be {_MOST_LINES}")
    return Subtitles(tuple(_one_at_a_time(kept)), unread, turned)


# Characters


def _characters(content: bytes) -> str:
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    ):  # fmt: skip
        if content.startswith(mark):
            return content.decode(name, "replace")
    nulls = content[:4096].count(0)
    if nulls > len(content[:4096]) // 4:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    if nulls:
        raise ValueError("is no text")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_old_characters(content), "replace")


def _old_characters(content: bytes) -> str:
    """Which characters older than UTF-8 these are. Raises `ValueError` where that cannot be told.

    Common Chinese ones are pairs that begin with B0 to D7; letters with accents stand alone among others; Cyrillic
    ones are whole words of bytes from C0 on.
    """
    runs = re.findall(rb"[\x80-\xff]+", content)
    count = sum(map(len, runs))
    pairs = [run[at] for run in runs for at in range(0, len(run) - 1, 2) if len(run) % 2 == 0]
    common = sum(0xB0 <= byte <= 0xD7 or 0xA1 <= byte <= 0xA3 for byte in pairs)
    if 2 * common > 0.8 * count and _is_in(content, "gb18030"):
        return "gb18030"
    if sum(len(run) for run in runs if len(run) <= 2) > 0.8 * count:
        return "cp1252"
    if sum(byte >= 0xC0 for run in runs for byte in run) > 0.9 * count and count > 3 * len(runs):
        return "cp1251"
    raise ValueError("is in characters that cannot be told: save it as UTF-8")


def _is_in(content: bytes, name: str) -> bool:
    try:
        content.decode(name)
    except UnicodeDecodeError:
        return False
    return True


# Lines


def _blocks(text: str) -> tuple[list[tuple[int, int, str]], int]:
    """Each time with its words, ms, and how many times could not be read."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_vtt = rows[0].lstrip("\ufeff").startswith("WEBVTT")
    found: list[tuple[int, int, list[str]]] = []
    unread, takes, behind_gap = 0, False, False
    for at, row in enumerate(rows):
        if (times := _TIMES.fullmatch(row[:400])) is not None:
            marks = times.groups()
            begin, end = _ms(marks[:4]), _ms(marks[4:])
            takes, behind_gap = max(begin, end) <= _LAST_MS, False
            unread += not takes
            if takes:
                found.append((begin, end, []))
        elif _ARROW in row and any(char.isdigit() for char in row):
            unread, takes = unread + 1, False
        elif not row.strip():
            behind_gap = True
            takes = takes and not is_vtt  # what stands apart there is no subtitle
        elif takes and not (_NUMBER.fullmatch(row) and behind_gap and _leads(rows, at)):
            found[-1][2].append(row)
    said = [(begin, end, _words(rows)) for begin, end, rows in found]
    return [one for one in said if one[2]], unread


def _leads(rows: Sequence[str], at: int) -> bool:
    """Whether what stands there is the number of the line that follows."""
    behind = rows[at + 1] if at + 1 < len(rows) else ""
    return _ARROW in behind or _TIMES.fullmatch(behind[:400]) is not None


def _ms(marks: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = marks
    ms = int((fraction or "0").ljust(3, "0"))
    return (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * 1000 + ms


def _words(rows: Sequence[str]) -> str:
    """What is read: without marks of style, controls and empty lines."""
    text = _TAG.sub("", _BREAK.sub("\n", "\n".join(rows)))
    text = _ENTITY.sub(lambda found: unescape(found[0]), text)
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    text = "\n".join(line for line in lines if line)
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"has a line of {len(text)} characters: that is no subtitle")
    return text


def _ended(found: Sequence[tuple[int, int, str]]) -> Iterator[Line]:
    least, each, most = _READING_MS
    begins = sorted({begin for begin, _, _ in found})
    following = dict(pairwise(begins))
    for begin, end, text in found:
        if end <= begin:
            end = begin + min(most, max(least, each * len(text)))
            end = min(end, following.get(begin, end))
        end = max(end, min(begin + _SEEN_MS, following.get(begin, _LAST_MS)))
        yield Line(begin, end, text)


def _one_at_a_time(lines: Sequence[Line]) -> Iterator[Line]:
    """In order; what is shown at once stands below each other, for as long as it is. Raises `ValueError` where that is
    too much."""
    shortened = [
        Line(line.begin, after.begin, line.text)
        if line.begin < after.begin < line.end <= after.begin + _BESIDE_MS
        else line
        for line, after in zip(lines, [*lines[1:], lines[-1]], strict=True)
    ]
    waiting = iter(shortened)
    coming = next(waiting, None)
    shown: list[Line] = []
    for begin, end in pairwise(sorted({edge for line in shortened for edge in line[:2]})):
        while coming is not None and coming.begin <= begin:
            shown.append(coming)
            coming = next(waiting, None)
        shown = [line for line in shown if line.end > begin]
        if len(shown) > _MOST_AT_ONCE:
            raise ValueError(f"shows {len(shown)} lines at the same time")
        if shown:
            yield Line(begin, end, "\n".join(dict.fromkeys(line.text for line in shown)))
