"""Quotation marks: one table of them, one way to find quoted words, and what is said outside.

Quoted words are content, whatever they say. An apostrophe within a word is no mark, nor are inches.
Every search takes time in proportion to the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vbtui.base.patterns import regex
from vbtui.base.text import clean, clean_line

QUOTE = "\x01"
"""Stands for quoted words in a text that is looked at without them."""

_PAIRS = {
    '"': '"',
    "＂": "＂",
    "“": "”",
    "”": "”",
    "„": "“”",
    "‘": "’",
    "'": "'",
    "`": "`",
    "«": "»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
    "【": "】",
}
"""Each opening mark with those that close it."""
_IN_WORDS = "'‘`"
"""Marks that are also signs within and between words."""
WRITTEN = (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
"""The pairs that exact sentences use."""

OPENING = "".join(_PAIRS)
CLOSING = "".join(sorted(set("".join(_PAIRS.values()))))
MARKS = "".join(sorted(set(OPENING + CLOSING)))
"""All marks, fit to stand in a character class."""


class Quotes:
    """The quoted words of one text, asked for by where they open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._unclosed: set[str] = set()

    def end(self, at: int) -> int:
        """Behind the closing mark of what opens at `at`; -1 when nothing opens there, or it never ends."""
        sign = self._text[at]
        if sign not in _PAIRS or sign in self._unclosed or not self._may_open(sign, at):
            return -1
        end = self._closing(sign, at + 1)
        if end < 0:
            self._unclosed.add(sign)
        return end

    def runs(self) -> Iterator[tuple[int, int]]:
        """Start and end of all quoted words, marks included, in order."""
        place = 0
        while opening := _OPENING.search(self._text, place):
            end = self.end(opening.start())
            if end > 0:
                yield opening.start(), end
            place = max(end, opening.end())

    def _may_open(self, sign: str, at: int) -> bool:
        before = self._text[at - 1 : at]
        if sign in _IN_WORDS:
            return not is_latin(before)
        if sign != '"' or not is_latin(before):
            return True
        return not before.isdecimal() and not self._text[at + 1 : at + 2].isspace()

    def _closing(self, sign: str, start: int) -> int:
        if sign not in _IN_WORDS:
            found = _CLOSING[sign].search(self._text, start)
            return found.end() if found else -1
        place = start
        while (place := self._text.find(_PAIRS[sign], place)) >= 0:
            after = self._text[place + 1 : place + 2]
            if place > start and not is_latin(after) and after not in ("/", "'"):
                return place + 1
            place += 1
        return -1


_OPENING = regex(f"[{OPENING}]")
_CLOSING = {sign: regex(f"[{closing}]") for sign, closing in _PAIRS.items()}


def is_latin(character: str) -> bool:
    """Whether it is part of a word that is written with spaces around it; not for an empty text."""
    return character == "_" or (character.isalnum() and not "\u3400" <= character <= "\u9fff")


def take_quotes(text: str) -> tuple[str, list[str]]:
    """`text` with all quoted words as one `QUOTE` each, and these with their marks, in order."""
    out, taken, place = list[str](), list[str](), 0
    for start, end in Quotes(text).runs():
        sign = f" {QUOTE} " if text[start - 1 : start].isascii() else QUOTE
        out += [text[place:start], sign]
        taken.append(text[start:end])
        place = end
    return "".join([*out, text[place:]]), taken


def put_back(text: str, taken: list[str]) -> str:
    """`text` with its `QUOTE`s replaced by the last spans of `taken`, in order."""
    parts = text.split(QUOTE)
    spans = taken[len(taken) - len(parts) + 1 :]
    filled = [part + span for part, span in zip(parts, [*spans, ""], strict=True)]
    return " ".join("".join(filled).split())


def without_quotes(text: str) -> str:
    """`text` with all quoted words as one `QUOTE` each."""
    return take_quotes(text)[0]


def unwrapped(text: str) -> str:
    """`text` without the marks around all of it: `"export"` is the word export."""
    text = text.strip()
    while len(text) > 2 and text[-1] in _PAIRS.get(text[0], "") and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def quoted(words: str) -> str:
    """The words in the first pair of marks that does not occur in them."""
    words = clean(words)
    opening, closing = next((pair for pair in WRITTEN if not set(pair) & set(words)), WRITTEN[0])
    return f"{opening}{words}{closing}"


_NO_MARKS = str.maketrans(dict.fromkeys(set(MARKS) - set("'‘’‹›【】"), "'"))
_ROUND_TO_SQUARE = str.maketrans("()", "[]")

_LONGEST_NAME = 40


@lru_cache(maxsize=4096)
def inline(name: str) -> str:
    """`name` as a sentence mentions it inside quotation marks or parentheses, recognisable again.

    One line of at most 40 characters, without quotation marks; parentheses only where they
    are closed and not nested.
    """
    line = clean_line(name).translate(_NO_MARKS)
    if len(line) > _LONGEST_NAME:
        line = line[: _LONGEST_NAME - 1].rstrip() + "…"
    if not re.fullmatch(r"[^()]*(?:\([^()]*\)[^()]*)*", line):
        line = line.translate(_ROUND_TO_SQUARE)
    return line or "…"


# -- the language of what is said ---------------------------------------------------------------

_FILE_NAME = r"(?<!\S)\S+\.[A-Za-z0-9]{2,4}[,.;:!?]?(?!\S)"
_HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
"""Compiled with the first message, not at the start: a set of so many characters takes 5 ms."""


def is_chinese(text: str) -> bool:
    """Whether an answer to `text` belongs in Chinese: it holds a Han character and no kana.

    Quoted words and names of files count only where there is nothing else: `add a title '世界'` is
    English.
    """
    said = re.sub(_FILE_NAME, " ", without_quotes(text))
    said = said if any(map(str.isalpha, said)) else text
    return bool(re.search(_HAN, said)) and not re.search(r"[\u3040-\u30ff]", said)


# -- names of clips in words ----------------------------------------------------------------------

_SIGN = regex(r"(?<!\{)(\{++)(name|n)(\}+)")
"""`{name}` and `{n}` in the words of a text: a clip's own name, and its number. With their braces doubled they are words."""


def has_signs(words: str) -> bool:
    """Whether the words hold a clip's own name or number."""
    return any(_depth(found) == 1 for found in _SIGN.finditer(words))


def without_signs(words: str, name: str = "", number: int = 0) -> str:
    """The words over the clip of this name and number; what was written twice comes once."""
    values = {"name": name, "n": str(number)}

    def shown(found: re.Match[str]) -> str:
        sign = found[2] if _depth(found) > 1 else values[found[2]]
        return found[1][1:] + sign + found[3][1:]

    return _SIGN.sub(shown, words)


def literal(words: str) -> str:
    """Words that `without_signs` gives back as they are."""
    return _SIGN.sub(r"{\1\2\3}", words)


def _depth(found: re.Match[str]) -> int:
    return min(len(found[1]), len(found[3]))
