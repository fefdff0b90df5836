"""A sentence as a row of items: quoted words, file names, quantities, known words, the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from vbtui.base.settings import ACCEPTED_SUFFIXES
from vbtui.language import quantities
from vbtui.language.lexicon import CHINESE, ENGLISH
from vbtui.language.quotes import OPENING, Quotes, is_latin

MAX_TEXT = 2500
"""Characters outside quotation marks that are read; more is a script, not an instruction."""

_LEFT_OPEN = OPENING.replace("【", "").replace("‹", "")
"""Marks that mean something even when they are never closed; the others adorn."""
_SEPARATORS = {",": "comma", "，": "comma", "、": "and", "+": "and", "&": "and"}
_STOPS = ".;!?。；！？\n…"
_COLONS = ":："
_SUFFIXES = "|".join(sorted(suffix[1:] for suffix in ACCEPTED_SUFFIXES))
_FILE_SUFFIX = re.compile(rf"\.(?:{_SUFFIXES})(?![a-z0-9])", re.IGNORECASE)
_LONGEST_NAME = 200
_URL = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)
_HAN_WORD = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)*")
_GAP = re.compile(r"[ \t\-]{1,3}")
_IDENTITY = re.compile(r"#(s\d{1,9})(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was read. `value` depends on `kind`: the lexicon's value, ms, an id…"""

    kind: str
    value: Any
    start: int
    """Where it stands in the text."""
    end: int

    def is_(self, kind: str, *values: object) -> bool:
        return self.kind == kind and (not values or self.value in values)


class FileName(NamedTuple):
    """A file of the project, which a text may name."""

    id: str
    name: str
    is_sound: bool


def read(text: str, files: Sequence[FileName], known: Sequence[Item] = ()) -> list[Item]:
    """The items of a clean text, fillers left out, in order; `known` ones as they are."""
    return _Lexer(text, _Names(files), known).items()


class _Lexer:
    def __init__(self, text: str, names: _Names, known: Sequence[Item]) -> None:
        self._text = text
        self._known_items = {item.start: item for item in known}
        folded = text.casefold()
        self._folded = folded if len(folded) == len(text) else text.lower()
        if len(self._folded) != len(text):
            self._folded = text
        self._names = names
        self._file_names = _file_names(text)
        self._quotes = Quotes(text)
        self._items: list[Item] = []
        self._read = 0

    def items(self) -> list[Item]:
        position = 0
        while position < len(self._text):
            if self._text[position] in " \t":
                position += 1
                continue
            item = self._known_items.get(position) or self._quote(position)
            if item is None:
                if self._read > MAX_TEXT:
                    self._items.append(Item("too_long", None, position, len(self._text)))
                    break
                item = self._item(position)
                self._read += item.end - item.start
            if item.kind != "filler":
                self._items.append(item)
            position = item.end
        return self._items

    def _item(self, at: int) -> Item:
        return (
            self._file(at)
            or self._special(at)
            or self._quantity(at)
            or self._phrase(at)
            or self._rest(at)
        )

    def _quote(self, at: int) -> Item | None:
        end = self._quotes.end(at)
        if end < 0:
            return None
        words = self._text[at + 1 : end - 1]
        asset = self._names.exactly(words.strip()) if "." in words else None
        names_words = self._items and self._items[-1].is_("verb", "say")
        names_words = names_words or (
            self._items and self._items[-1].is_("noun", "title", "caption", "text", "title_end")
        )
        if asset is not None and not names_words:
            return Item(self._kind(asset), asset, at, end)
        return Item("quote", words, at, end)

    def _file(self, at: int) -> Item | None:
        if at and is_latin(self._text[at - 1]) and is_latin(self._text[at]):
            return None
        found = self._names.at(self._folded, at)
        if found:
            return Item(self._kind(found[0]), found[0], at, found[1])
        return None

    def _kind(self, asset: str) -> str:
        return "sound_file" if asset in self._names.sounds else "file"

    def _special(self, at: int) -> Item | None:
        sign = self._text[at]
        if sign == "#" and (match := _IDENTITY.match(self._text, at)):
            return Item("segment_id", match[1].lower(), at, match.end())
        if sign in "hH" and (match := _URL.match(self._text, at)):
            return Item("url", match[0], at, match.end())
        if is_latin(sign) or sign in "~/.":
            end = self._file_names.get(at)
            if end is not None:
                return Item("missing", self._text[at:end], at, end)
        beside = self._text[at - 1 : at] + self._text[at + 1 : at + 2]
        if sign in "-–—~～" and len(beside) == 2 and beside.isdecimal():
            return Item("prep", "to", at, at + 1)
        if sign in _COLONS:
            return Item("colon", None, at, at + 1)
        if sign in _SEPARATORS:
            return Item("sep", _SEPARATORS[sign], at, at + 1)
        if sign in _STOPS:
            return Item("sep", "stop", at, at + 1)
        return None

    def _quantity(self, at: int) -> Item | None:
        if not quantities.may_begin(self._folded[at]):
            return None
        last = self._items[-1] if self._items else None
        counted = last is not None and last.is_("noun", "clip", "photo", "video")
        quantity = quantities.read(self._text, at, counted=counted)
        return Item(quantity.kind, quantity.value, at, quantity.end) if quantity else None

    def _phrase(self, at: int) -> Item | None:
        if _HAN_WORD.match(self._text, at):
            entry = _han(self._folded, at)
            return self._known(entry[0], entry[1], at, at + entry[2]) if entry else None
        words: list[str] = []
        best: Item | None = None
        place = at
        while len(words) < _MOST_WORDS:
            word = _WORD.match(self._folded, place)
            if not word:
                break
            words.append(word[0].replace("’", "'"))
            entry_ = _ENGLISH.get(" ".join(words))
            if entry_:
                best = self._known(*entry_, at, word.end())
            gap = _GAP.match(self._folded, word.end())
            if not gap:
                break
            place = gap.end()
        if best is None:
            mixed = _han(self._folded, at)
            best = Item(mixed[0], mixed[1], at, at + mixed[2]) if mixed else None
        return best

    def _known(self, kind: str, value: str, start: int, end: int) -> Item:
        """A word of the lexicon; for a genre the word itself counts."""
        return Item(kind, self._text[start:end] if kind == "genre" else value, start, end)

    def _rest(self, at: int) -> Item:
        word = _WORD.match(self._text, at)
        if word:
            return Item("word", word[0], at, word.end())
        if _HAN_WORD.match(self._text, at):
            return Item("word", self._text[at], at, at + 1)
        if self._text[at] in _LEFT_OPEN:
            return Item("open_quote", self._text[at], at, at + 1)
        return Item("filler", "", at, at + 1)


# -- names of files ---------------------------------------------------------------------------------


class _Names:
    """The files' names by their first two characters, longest first."""

    def __init__(self, files: Sequence[FileName]) -> None:
        self._by_start: dict[str, list[tuple[str, str]]] = {}
        self.sounds = {file.id for file in files if file.is_sound}
        for file in files:
            name = file.name.casefold()
            self._enter(name, file.id)
            stem = name.rpartition(".")[0]
            if len(stem) >= 3 and not stem.isdecimal() and not _knows(stem):
                self._enter(stem, file.id)
        for names in self._by_start.values():
            names.sort(key=lambda entry: -len(entry[0]))

    def _enter(self, name: str, identity: str) -> None:
        if len(name) >= 2:
            self._by_start.setdefault(name[:2], []).append((name, identity))

    def at(self, text: str, position: int) -> tuple[str, int] | None:
        """Asset id and end of the name that stands at `position` of the casefolded text."""
        for name, identity in self._by_start.get(text[position : position + 2], ()):
            end = position + len(name)
            if text.startswith(name, position) and not _word_goes_on(text, end):
                return identity, end
        return None

    def exactly(self, name: str) -> str | None:
        """The id of the asset with this file name."""
        name = name.casefold()
        return next((i for n, i in self._by_start.get(name[:2], ()) if n == name), None)


def _word_goes_on(text: str, at: int) -> bool:
    if at >= len(text) or not is_latin(text[at]):
        return False
    return is_latin(text[at - 1])


def _file_names(text: str) -> dict[int, int]:
    """Start and end of everything that looks like the name of a media file."""
    found: dict[int, int] = {}
    for suffix in _FILE_SUFFIX.finditer(text):
        start = suffix.start()
        least = max(0, start - _LONGEST_NAME)
        while start > least and (is_latin(text[start - 1]) or text[start - 1] in "-.()~/"):
            start -= 1
        if start < suffix.start():
            found.setdefault(start, suffix.end())
    return found


# -- the studio's words ------------------------------------------------------------------------------


def _meanings(lexicon: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, str]]:
    """Each phrase that the studio knows with its kind and value."""
    found = {}
    for sense, phrases in lexicon.items():
        kind, colon, value = sense.partition(":")
        if colon:
            found.update(dict.fromkeys(phrases, (kind, value)))
    return found


_ENGLISH, _CHINESE = _meanings(ENGLISH), _meanings(CHINESE)
_MOST_WORDS = max(phrase.count(" ") for phrase in _ENGLISH) + 1
_MOST_SIGNS = max(map(len, _CHINESE))


def _han(text: str, at: int) -> tuple[str, str, int] | None:
    """Kind, value and length of the longest Chinese phrase at `at`."""
    for size in range(min(_MOST_SIGNS, len(text) - at), 0, -1):
        meaning = _CHINESE.get(text[at : at + size].casefold())
        if meaning:
            return (*meaning, size)
    return None


def _knows(word: str) -> bool:
    """Whether the word means something, so that a file of that name needs its suffix."""
    return word.casefold() in _ENGLISH or word.casefold() in _CHINESE
