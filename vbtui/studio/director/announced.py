"""What is announced by `title`, `caption`, a verb of showing: the words that follow are shown, not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vbtui.language.lexer import Item
from vbtui.language.quotes import MARKS
from vbtui.studio.director.clip_phrases import DEFINITE, NONE, TEXT_NOUNS

_ANNOUNCING = ("add", "put", "show", "make", "create", "set", "use")


def announced(items: list[Item], text: str, places: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """The items with words that are announced, not quoted, as `quote` items: `a title that says Hello`.

    `places`: whether items say where, when or how words are shown, all of them but the first.
    """
    if _OWN.search(text) and not any(one.kind == "quote" for one in items):
        return items  # which words these are is not said
    result: list[Item] = []
    position = 0
    while position < len(items):
        first = _first_word(items, position, text)
        if first is None:
            result.append(items[position])
            position += 1
            continue
        item = items[position]
        stop = _placement(items, first, _last_word(items, first, text), text, places)
        begin = item.end
        end = items[stop].start if stop < len(items) else len(text)
        words = text[begin:end].strip(f" \t\n,，。.;；{MARKS}")
        shows = item.kind == "verb" and item.value == "show"
        if shows or not (item.is_("colon") or item.is_("verb", "say")):
            result.append(item)
        elif item.is_("verb", "say"):
            result.append(Item("verb", "say", item.start, item.end))
        if item.is_("verb", "make", "be") and words:
            result.append(Item("prep", "to", item.end, item.end))  # the title should be Autumn
        if words:
            result.append(Item("quote", words, begin, end))
        position = stop
    return result


_OWN = re.compile(
    r"\b(?:[Mm]y|[Oo]ur) (?:\w+ )?(?:name|names|address|number|website|handle)\b(?!:? [A-Z\"“])"
)


_TELLS_WHAT = re.compile(r"\s*(?:the|my|our|your|his|her|their|its|today's) [a-z]")
"""`write the date`: what shall be shown, and not its words."""
_NAMES_WHAT = re.compile(
    r"(?:上|着|一下)?[\u4e00-\u9fff]{0,5}?(?:名字|名称|人名|地名|文件名|歌名|歌词|日期|地点|地址|电话)[吧啊呀]?(?=[，。；！,;!\s]|$)"
)
"""写照片的名字, likewise."""
_ASKED = re.compile(r"几|多少|什么|啥|哪|谁|怎么|第几|多[大长久]")
"""标题是几秒到几秒: no words to show."""
_ASKED_WHAT = re.compile(
    r"的?(?:是)?(?:啥|什么|谁|多少|哪[个些句])(?:字|内容|东西|话)?(?:来着|呢|啊|呀|吗)?[？?。!！]?\s*$"
)


def _first_word(items: list[Item], position: int, text: str) -> int | None:
    """Where words to show begin, when the item at `position` announces them."""
    item = items[position]
    after = items[position + 1] if position + 1 < len(items) else NONE
    if after.kind in ("none", "sep", "quote") or _quoted_later(items, position):
        return None
    nouns = [one for one in items[max(0, position - 4) : position] if one.is_("noun", *TEXT_NOUNS)]
    if item.is_("colon"):
        says = position > 0 and items[position - 1].is_("verb", "say")
        return position + 1 if nouns or says else None
    if text[item.start : item.end].endswith("是") and _ASKED.match(text, item.end):
        return None
    told = (_ASKED_WHAT, _NAMES_WHAT) if item.is_("verb", "say", "show") else ()
    if any(one.match(text, item.end) for one in told):
        return None
    about = position > 0 and items[position - 1].kind == "sep" and after.kind == "duration"
    if item.is_("verb", "say") and about and position + 2 == len(items):
        return None  # show it longer, say 6 seconds
    if item.is_("verb", "say") and (nouns or (item.kind == "verb" and _in_a_text(items, position))):
        return position + 1 if after.kind != "colon" else None
    shown = items[position - 1] if position else NONE
    joins = item.is_("prep", "to", "into", "with") or item.is_("verb", "set", "replace")
    if (
        shown.kind == "quote"
        and joins
        and text[shown.start] not in MARKS
        and "的" not in text[item.end :]
    ):
        return (
            position + 1
        )  # `change Summer to Winter`: words on the screen, and those in their place
    begins = text[item.end :].lstrip()[:1]
    writes = text[item.start : item.end].lower() == "write"
    if writes and (after.kind == "word" or begins.isupper()):
        return None if _TELLS_WHAT.match(text, item.end) else position + 1
    capital = after.kind in ("word", "polite", "vague") and text[after.start].isupper()
    contrasts = item.kind == "instead_of" or (item.is_("neg", "not") and shown.kind == "sep")
    if capital and (contrasts or _renames(items, position)):
        return position + 1
    if _titles(items, position, text):
        return position + 1
    if item.is_("noun", *TEXT_NOUNS) and item.kind == "noun":
        if _LEFT_OUT.match(text, item.end):
            return None
        definite = DEFINITE.search(text[max(0, item.start - 12) : item.start])
        verb = next((one for one in reversed(items[:position]) if one.is_("verb")), None)
        adds = verb is not None and verb.is_("verb", "add", "put", "show", "make", "create")
        named = (
            after.kind in ("word", "polite", "vague")
            and text[after.start : after.start + 1].isupper()
        )
        named |= verb is not None and verb.is_("verb", "add") and item.value == "text"
        if (
            (not definite or named)
            and adds
            and (
                after.kind in ("word", "open_quote")
                or (
                    after.kind in ("polite", "vague")
                    and (text[after.start].isupper() or item.value == "text")
                )
            )
            and text[item.end : item.end + 1] not in ",，"
        ):
            return position + 1
    return None


_LEFT_OUT = re.compile(r"(?:就|也|都)(?:先|暂时)?(?:不|别|免|算了)")
"""字|就不加了: no words to show, but none."""


_LOOKS = (
    "colour",
    "textsize",
    "screen",
    "duration",
    "time",
    "range",
    "edge",
    "more",
    "too",
    "percent",
    "fade",
    "transition",
    "sep",
    "colon",
    "quote",
)
"""What may be said of a title: no words of it, though they begin with a capital letter."""


def _titles(items: list[Item], position: int, text: str) -> bool:
    """`title One day in May`, `call it My first vlog`, `with the title A week in Rome`: what can only be words."""
    item, after = items[position], items[position + 1]
    before = items[position - 1] if position else NONE
    begins = text[after.start : after.start + 1]
    if begins.isupper() and not any(one.islower() for one in text):
        begins = ""
    introduced = before.is_("prep", "with")
    leads = introduced or before.kind in ("none", "sep", "polite")
    if not introduced and DEFINITE.search(text[max(0, item.start - 12) : item.start]):
        return False  # the title Summer is one that is there
    if not (leads and item.kind == "noun" and item.is_("noun", "title", "caption", "end_title")):
        return False
    if text[item.end] not in " -–—" or text[item.start : item.end].endswith("s"):
        return False
    begins = text[item.end :].lstrip(" -–—")
    if begins[0].isupper() and not text.isupper():
        return after.kind not in _LOOKS or begins[0] != text[after.start]
    return after.kind == "word"


def _renames(items: list[Item], position: int) -> bool:
    """`change the title to …`, `the title should be …`, `it should say …`: other words for a text that is there."""
    item, before = items[position], items[position - 1] if position else NONE
    if item.is_("verb", "say") and not item.is_("verb", "be"):
        return before.is_("pron")
    joins = item.is_("prep", "to", "into") or item.is_("verb", "be", "make")
    verbs = [one for one in items[:position] if one.kind == "verb"]
    named = before.kind == "noun" and before.is_("noun", *TEXT_NOUNS)
    return joins and named and all(one.is_("verb", "set", "replace", "make") for one in verbs)


def _in_a_text(items: list[Item], position: int) -> bool:
    """Whether the verb belongs to words on the screen: `the title should say …`, 写上…, 片尾写…."""
    before = items[position - 1] if position else NONE
    length = items[position].end - items[position].start
    if (
        before.is_("noun", "opening", "closing")
        and length == 1
        and not items[position].is_("verb", "be")
    ):
        return True
    return any(
        one.is_("noun", *TEXT_NOUNS) for one in items[max(0, position - 6) : position]
    ) or any(
        one.is_("verb", "add", "put", "show", "create")
        for one in items[max(0, position - 2) : position]
    )


def _quoted_later(items: list[Item], position: int) -> bool:
    for item in items[position:]:
        if item.is_("sep", "stop", "then"):
            return False
        if item.kind == "quote":
            return True
    return False


_CLAUSE = re.compile(r"only if\b|unless\b|if (?:the|it|there|clip|that)\b", re.IGNORECASE)


def _last_word(items: list[Item], first: int, text: str) -> int:
    """The item at which shown words end: a stop, a place or time, a separator with something known behind it."""
    for position in range(first + 1, len(items)):
        item = items[position]
        after = items[position + 1] if position + 1 < len(items) else NONE
        if item.is_("sep", "stop", "then", "question"):
            return position
        if item.kind == "sep":
            skip = 2 if after.kind == "sep" else 1
            behind = items[position + skip] if position + skip < len(items) else NONE
            known = (
                "verb",
                "duration",
                "time",
                "range",
                "colour",
                "textsize",
                "screen",
                "topic",
                "fade",
                "noun",
            )
            if behind.kind in (
                *known,
                "rank",
                "ord",
                "prep",
                "polite",
                "transition",
                "none",
                "edge",
            ):
                return position
        if item.is_("cond") and _CLAUSE.match(text, item.start):
            return position
        if item.kind == "instead_of" or (item.is_("sep") and after.is_("neg", "not")):
            return position
        if item.is_("q", "only") and after.is_("cond"):
            return position
        placed = item.kind in ("screen", "edge")
        if placed and text[item.start : item.end].lower().startswith(("at ", "in ", "on ")):
            return position
        if item.kind == "prep" or item.is_("prep"):
            colon = items[first - 1].is_("colon") and "\u4e00" <= text[item.start] <= "\u9fff"
            if colon and text[item.start - 1] not in " ，,、":
                continue  # `_placement` tells what says where they are shown
            if after.kind in (
                "edge",
                "screen",
                "time",
                "duration",
                "range",
                "colour",
                "rank",
                "ord",
                "pron",
                "q",
            ):
                return position
            clip = items[position + 2] if position + 2 < len(items) else NONE
            if after.kind == "name" and (
                item.is_("prep", *_ONTO)
                or text[item.start : item.end].lower() == "during"
                or clip.is_("noun", "clip", "photo", "video")
            ):
                return position
            if after.is_("noun", "clip", "photo", "opening", "closing", "video") or after.is_(
                "edge"
            ):
                return position
        if item.kind in ("duration", "range", "time"):
            return position
        if item.kind == "polite":
            latin = text[item.start : item.end].isascii()
            if latin or all(_closes(one, text) for one in items[position:]):
                return position
    return len(items)


def _placement(
    items: list[Item],
    first: int,
    last: int,
    text: str,
    places: Callable[[Sequence[Item]], bool],
) -> int:
    """Where the words end before what says when or how they are shown: `Hello for the first 3 seconds`."""
    end = next(
        (p for p in range(first, len(items)) if items[p].kind == "sep" and p > last), len(items)
    )
    end = next((p for p in range(first, end) if items[p].kind == "sep"), end)
    for at in range(first + 1, min(last + 1, end)):
        item = items[at]
        begins = (
            item.is_("prep")
            or item.is_("cond")
            or item.kind
            in (
                "noun",
                "verb",
                "edge",
                "purpose",
            )
        )
        spaced = text[item.start - 1 : item.start].isspace() or text[item.start] in "在从放用到"
        if begins and spaced and end - at <= _MOST_PLACING and places(items[at - 1 : end]):
            return at
    return last


_ONTO = ("on", "over", "under", "before", "after", "during", "between")
"""Before a clip they say where words are shown; `trip to the beach` is what they are."""
_MOST_PLACING = 12
"""Items that say where and how words are shown; more are words."""


def _closes(item: Item, text: str) -> bool:
    """Whether it is politeness that may end a sentence: 吧, 谢谢, `please`; 我 and 行 are words to show."""
    words = text[item.start : item.end]
    return item.kind == "sep" or (
        item.kind == "polite" and (len(words) > 1 or words in "吧啊呀啦哦哈呢吗嘛")
    )
