"""What is said in a file, word by word, and how it is parted into captions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vbtui.base.text import cells, clean_line

LINE_CELLS = 42
"""Of a line of a caption; a wide character takes two of them."""
_UPRIGHT_CELLS = 56
"""So many cells of a caption fit beside each other in a square frame, at the size at which they are still read well."""
LINES = 2
LONGEST_MS = 7000
_PAUSE_MS = 600
"""A pause so long ends a caption."""
_LONGEST_WORD_MS = 1200
"""What a recogniser gives to the last word before a pause may be the pause."""
_STANDS_MS = 300
"""A caption stays for so long behind its last word, where nothing comes."""
_ENDS = re.compile(r"[.!?。！？…][\"'”’)）」』]*$")
_MOST_WORDS = 200_000
_MOST_TOGETHER = 80
_LONGEST_TEXT = 200


class Word(NamedTuple):
    """One word as it was heard."""

    begin: int
    """ms of the file."""
    end: int
    text: str
    """As it follows the one before it: with the white space between them."""
    sure: float
    """How sure the recogniser is of it, 0-1."""


def word_of(value: Sequence[Any]) -> Word:
    """As `list` made JSON of it."""
    begin, end, text, sure = value
    return Word(int(begin), int(end), str(text), float(sure))


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that is said in a file."""

    words: tuple[Word, ...] = ()
    language: str = ""
    """Two letters; empty where nothing was heard."""
    failed: bool = False
    """The file could not be listened to."""

    def to_json(self) -> dict[str, Any]:
        return {"language": self.language, "words": [list(word) for word in self.words]}

    @staticmethod
    def from_json(value: object) -> Transcript:
        """Raises `ValueError` for what is none. The words are cleaned: a model may say anything."""
        if not isinstance(value, Mapping) or not isinstance(value.get("words"), list):
            raise ValueError("no transcript")
        words: list[Word] = []
        last = 0
        for item in value["words"][:_MOST_WORDS]:
            begin, end, text, sure = item
            text, said = str(text), clean_line(str(text))[:_LONGEST_TEXT]
            begin = max(last, int(begin))
            end = max(begin + 1, min(int(end), begin + _LONGEST_WORD_MS))
            if said:
                apart = " " if text[:1].isspace() else ""
                words.append(Word(begin, end, apart + said, round(float(sure), 3)))
                last = begin
        language = str(value.get("language") or "")[:8]
        return Transcript(tuple(words), language)


@dataclass(frozen=True, slots=True)
class Caption:
    """Words that are shown together."""

    begin: int
    """ms of the file."""
    end: int
    text: str
    """One line or two, with a line break between them."""
    words: tuple[Word, ...]


def line_cells(width: int, height: int) -> int:
    """How long a line of a caption may be in such a frame: in an upright one fewer letters are beside each other."""
    return min(LINE_CELLS, int(_UPRIGHT_CELLS * width / height))


def captions(words: Sequence[Word], most: int = LINE_CELLS) -> list[Caption]:
    """The words as captions: at most `LINES` lines of `most` cells, at most `LONGEST_MS`, parted at pauses and at ends of
    sentences, and otherwise near the middle, at a comma where there is one."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and not _ends(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    made = [piece for group in groups for piece in _parted(group, most)]
    result = []
    for index, group in enumerate(made):
        following = made[index + 1][0].begin if index + 1 < len(made) else group[-1].end + 10_000
        end = min(group[-1].end + _STANDS_MS, following)
        result.append(
            Caption(
                group[0].begin, max(end, group[0].begin + 1), lines_of(group, most), tuple(group)
            )
        )
    return result


def _ends(group: Sequence[Word], word: Word) -> bool:
    last = group[-1]
    pauses = word.begin - last.end >= _PAUSE_MS
    return pauses or len(group) >= _MOST_TOGETHER or bool(_ENDS.search(last.text.strip()))


def _parted(group: Sequence[Word], most: int) -> list[list[Word]]:
    """In halves, as often as it takes until each fits."""
    fits = len(_wrapped(group, most)) <= LINES and group[-1].end - group[0].begin <= LONGEST_MS
    if fits or len(group) == 1:
        return [list(group)]
    middle = (cells(_text(group))) / 2
    place = min(range(1, len(group)), key=lambda at: _cost(group, at, middle))
    return [*_parted(group[:place], most), *_parted(group[place:], most)]


def _cost(group: Sequence[Word], at: int, middle: float) -> float:
    """How bad it is to part a group before the word at `at`: far from the middle, inside of a phrase."""
    off = abs(cells(_text(group[:at])) - middle)
    comma = group[at - 1].text.rstrip().endswith((",", ";", ":", "，", "；", "、", "："))
    pause = group[at].begin - group[at - 1].end
    return off - (15 if comma else 0) - min(pause, 400) / 20


def _text(group: Sequence[Word]) -> str:
    return "".join(word.text for word in group).strip()


def _wrapped(group: Sequence[Word], most: int) -> list[str]:
    """As few lines as hold the words."""
    lines = [""]
    for word in group:
        grown = lines[-1] + word.text
        if lines[-1].strip() and cells(grown.strip()) > most:
            lines.append(word.text)
        else:
            lines[-1] = grown
    return [line.strip() for line in lines]


def lines_of(group: Sequence[Word], most: int = LINE_CELLS) -> str:
    """One line where that is enough; otherwise two that are about as long."""
    if len(_wrapped(group, most)) == 1 or len(group) < 2:
        return _text(group)
    whole = cells(_text(group))

    def cost(at: int) -> tuple[bool, float]:
        first, second = cells(_text(group[:at])), cells(_text(group[at:]))
        return max(first, second) > most, _cost(group, at, whole / 2)

    place = min(range(1, len(group)), key=cost)
    return f"{_text(group[:place])}\n{_text(group[place:])}"
