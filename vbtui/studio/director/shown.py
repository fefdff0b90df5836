"""Words to show that stand without quotation marks: `a title that says Hello`, `加字幕：你好`."""

from __future__ import annotations

from vbtui.language.lexer import Item
from vbtui.language.quotes import MARKS

_TEXT_NOUNS = ("title", "caption", "text", "title_end")


def words_to_show(items: list[Item], text: str) -> list[Item]:
    """The items with words that are announced, not quoted, as `quote` items."""
    result: list[Item] = []
    position = 0
    while position < len(items):
        item = items[position]
        first = _first_shown_word(items, position)
        if first is None or any(other.kind == "quote" for other in _same_clause(items, position)):
            result.append(item)
            position += 1
            continue
        stop = _end_of_words(items, first)
        begin = item.end
        end = items[stop].start if stop < len(items) else len(text)
        words = text[begin:end].strip(f" \t\n,，。.;；{MARKS}")
        if not item.is_("colon") and not item.is_("verb", "say"):
            result.append(item)
        if words:
            result.append(Item("quote", words, begin, end))
        position = stop
    return result


def _same_clause(items: list[Item], position: int) -> list[Item]:
    end = position
    while end < len(items) and not items[end].is_("sep", "stop", "then"):
        end += 1
    return items[position:end]


def _first_shown_word(items: list[Item], position: int) -> int | None:
    """Where words to show begin, when the item at `position` announces them."""
    item, after = items[position], get(items, position + 1)
    before = get(items, position - 1)
    if item.kind == "colon":
        nouns = [i for i in items[max(0, position - 3) : position] if i.is_("noun", *_TEXT_NOUNS)]
        says = before.is_("verb", "say")
        return position + 1 if (nouns or says) and after.kind != "none" else None
    if item.is_("verb", "say") and after.kind not in ("colon", "sep"):
        return position + 1
    if item.is_("noun", *_TEXT_NOUNS) and after.kind in ("word", "open_quote"):
        return position + 1
    return None


def _end_of_words(items: list[Item], first: int) -> int:
    """The item at which shown words end: a stop, a place, or a comma with a new instruction."""
    for position in range(first, len(items)):
        item, after = items[position], get(items, position + 1)
        if item.is_("sep", "stop") and position > first:
            return position
        if item.kind == "sep" and position > first:
            if item.value == "then" and get(items, position + 1).kind == "verb":
                return position
            skip = 2 if after.kind == "sep" else 1
            last = get(items, position + skip).is_("select", "last")
            if get(items, position + skip + last).kind in ("verb", "export"):
                return position
        if position > first and item.is_("prep", "at", "from", "on", "in", "for", "to"):
            if after.kind in ("place", "time", "duration", "range", "span", "colour"):
                return position
            if after.is_("noun", "clip", "photo", "opening", "closing"):
                return position
    return len(items)


def get(items: list[Item], position: int) -> Item:
    """The item at `position`; one of kind `none` beyond the ends."""
    return items[position] if 0 <= position < len(items) else Item("none", None, 0, 0)
