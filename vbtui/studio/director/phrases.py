"""Items that belong together become phrases: a closed set of typed values, each with its role.

    "trim the last two clips to 5 seconds"  →  verb trim · clips (the last two) · duration 5000, to

A role is the preposition before a phrase, or the Chinese particle on either side of it; empty without one.
What a phrase means on a timeline is decided later (`resolving`): here are only words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vbtui.language.lexer import Item
from vbtui.language.quotes import is_chinese
from vbtui.studio.director.announced import announced
from vbtui.studio.director.clip_phrases import (
    CLIP_NOUNS,
    FEATURES,
    NONE,
    TEXT_NOUNS,
    Found,
    rank_of,
    share_of,
)
from vbtui.studio.director.rewriting import rewritten
from vbtui.studio.director.time_phrases import TimePhrases
from vbtui.studio.director.values import (
    SIDES,
    Clips,
    Edge,
    Phrase,
    Pick,
    Place,
    Thing,
)

_PER_CLIP = re.compile(
    r"per |each (?:clip|photo|picture|video|image)|every (?:clip|photo|picture|video|image)|[每一][个张段条]|每一",
    re.I,
)
_PLAIN = (
    "duration time number percent factor decibel lufs angle pixels size resolution fps aspect quote url segment_id "
    "missing colour textsize fit fade transition topic style verb more level as_is "
    "little much instead wrong meant vague playhead exists manner purpose social cond cmp neg polite "
    "instead_of too_long open_quote total dislike cond_end lines"
)
_KINDS = frozenset(_PLAIN.split())
_WHOLE = re.compile(r"(?:the )?(?:whole|entire|full|through|all)|[整全]", re.IGNORECASE)
_OWN_SOUND = re.compile(r"(?:视频|片段)?的?(?:原[声音]|人声)|(?:the |its )?original|voice")
"""Of the clips, never of the music."""
_DONE_TO_MUSIC = ("duck", "beat", "loudness", "denoise", "silence")
"""Before `music`, these are no kind of it."""
SCREEN = ("top", "bottom", "center")
"""Where a text can stand."""
_MEASURES = ("duration", "percent", "factor", "number", "decibel", "lufs", "angle", "pixels")
_FRACTIONS = ("0.5", "0.3333333", "0.25", "0.6666667", "0.75")


def group(items: Sequence[Item], text: str, *, apart: bool = False) -> list[Phrase]:
    """The phrases of a text, separators among them as `sep`.

    `apart`: what only perhaps belongs together is not joined (`sunset first, cake last`).
    """

    def places(some: Sequence[Item]) -> bool:
        found = _Grouping(list(some), text, apart=apart).phrases()[1:]
        told = [one for one in found[1:] if one.thing not in ("video", "everything")]
        told = [one for one in (*found[:1], *told) if one.kind != "purpose"]
        through = bool(found) and found[0].kind == "purpose" and len(told) < len(found) - 1
        return (bool(told) or through) and all(_places_words(one, text) for one in told)

    has_lines = any(one.kind == "lines" for one in items)
    shown = list(items) if has_lines else announced(list(items), text, places)
    return _Grouping(_contrasted(_of_kinds(shown), text), text, apart=apart).phrases()


def _of_kinds(items: list[Item]) -> list[Item]:
    """`the video and the photos`, 视频和照片: beside another kind of file it is the videos, not all there is."""

    def joined(at: int) -> bool:
        return 0 < at < len(items) - 1 and (
            items[at].is_("sep", "and") or items[at].is_("prep", "with") or items[at].kind == "also"
        )

    found = list(items)
    for at, item in enumerate(items):
        beside = [items[at + 2 * way] for way in (-1, 1) if joined(at + way)]
        if item.is_("noun", "video") and any(one.is_("noun", "photo") for one in beside):
            found[at] = replace(item, kind="noun", value="videos", others=())
    return found


def _as_card(phrase: Phrase) -> Phrase:
    """`on black`, however it is spelled, is no colour of words: they stand on a black card."""
    on_black = phrase.kind == "colour" and phrase.value == "#000000" and phrase.role == "on"
    return replace(phrase, kind="oncard", value="black", role="") if on_black else phrase


_ALL_THROUGH = re.compile(
    r"throughout|(?:for )?as long|the whole way|all the way|for ", re.IGNORECASE
)


def _places_words(phrase: Phrase, text: str) -> bool:
    """Whether it can only say when, where or how words are shown: `over the beach`, not `at the beach`."""
    han = is_chinese(text)
    if phrase.is_("clips") or phrase.kind == "place":
        over = ("on", "over", "under", "during", "before", "after", *(("at", "in") if han else ()))
        return phrase.role in over or (phrase.kind == "place" and phrase.role == "at")
    if phrase.thing in ("video", "everything"):
        return bool(phrase.role) or _ALL_THROUGH.match(text, phrase.start) is not None
    if phrase.kind in ("colour", "textsize"):
        return phrase.role == "in" or (han and text[phrase.start - 1].isspace())
    if phrase.kind == "verb":
        return han and phrase.is_("verb", "put")
    kinds = ("when", "moment", "edge", "screen", "letters", "polite", "prep")
    return phrase.kind in kinds or (phrase.kind == "duration" and bool(phrase.role))


DOES = ("verb", "fade", "transition", "topic", "missing")
"""What no preposition leads: one before them says where something is done."""


def _contrasted(items: list[Item], text: str) -> list[Item]:
    """`everything but leave …`: the words that leave clips out, where a clause follows, are two."""
    result: list[Item] = []
    for index, item in enumerate(items):
        after = items[index + 1] if index + 1 < len(items) else NONE
        words = text[item.start : item.end].lower()
        if (
            item.is_("q", "except")
            and words.endswith(" but")
            and after.kind in ("verb", "neg", "as_is")
        ):
            middle = item.end - 4
            result.append(Item("noun", "everything", item.start, middle))
            result.append(Item("sep", "but", middle + 1, item.end))
        elif _LEAVES_OUT.fullmatch(words) and _leaves_out(items, index):
            if result and result[-1].is_("sep", "but", "and"):
                result.pop()  # everything, but | skip the interview
            result.append(Item("q", "except", item.start, item.end))
        else:
            result.append(item)
    return result


_LEAVES_OUT = re.compile(
    "but|not|skip|ignore|exclude|excluding|omit|leave out|leaving out|跳过|忽略|不包括"
)


def _leaves_out(items: list[Item], at: int) -> bool:
    """`mute all clips | but | clip 2`, `speed everything up, skip | the photos`: nothing is asked for behind it but what
    is not meant."""
    end = at + 1
    while end < len(items) and not items[end].is_("sep", "comma", "stop", "then", "but"):
        end += 1
    said, named = items[:at], items[at + 1 : end]
    since = max((i for i, one in enumerate(said) if one.is_("sep", "stop", "then")), default=-1)
    wide = any(
        one.is_("q", "all", "each") or one.is_("noun", "everything") for one in said[since + 1 :]
    )
    plain = ("name", "number", "ord", "rank", "noun", "pron", "prep", "clf", "edge", "superlative")
    is_list = all(one.kind in plain or one.is_("sep", "and") for one in named)
    return wide and bool(named) and is_list and not named[0].is_("prep")


class _Grouping(TimePhrases):
    """Puts the items of a text together."""

    def phrases(self) -> list[Phrase]:
        found: list[Phrase] = []
        at = 0
        while at < len(self._items):
            toward = self._items[at].get("toward")
            phrase, at = self._phrase(at, found)
            if phrase is not None and toward:
                phrase = replace(phrase, others=(*phrase.others, ("toward", toward)))
            if phrase is not None:
                found.append(phrase)
        return [_as_card(one) for one in rewritten(found, self._text)]

    def _phrase(self, at: int, before: list[Phrase]) -> tuple[Phrase | None, int]:
        item = self._items[at]
        if self._counts_requests(at):
            return Phrase("sep", "then", item.start, item.end), at + 1
        if self._says_nothing(at, before):
            return None, at + 1
        if item.is_("purpose") and self._is_word(at, "for the") and self._value(at + 1, "for"):
            kind, value, end, others = self._value(at + 1, "for") or ("", None, 0, ())
            measured = bool(before) and before[-1].kind in _MEASURES
            if kind in ("when", "duration") or (kind == "clips" and measured):  # for the first 20 s
                return self._made(kind, value, at, end, "for", others)
        if (
            item.kind == "edge"
            and item.is_("verb", "start", "stop")
            and self._get(at + 1).is_("pron")
        ):
            return Phrase("verb", item.get("verb"), item.start, item.end), at + 1
        if self._is_finally(at):
            return Phrase("sep", "then", item.start, item.end), at + 1
        if self._is_mere_again(item, before):
            return None, at + 1
        if item.kind in ("sep", "colon"):
            return Phrase("sep", item.value or "comma", item.start, item.end), at + 1
        if self._sums_up(item, before) or self._is_mere_first(at):
            return None, at + 1
        if item.is_("neg", "not") and (denied := self._denied(at)):
            return denied
        if item.is_("cond", "when") and (event := self._event(at)) is not None:
            return event
        if item.is_("cond", "when") and self._is_word(at, "while"):
            return Phrase("word", "while", item.start, item.end), at + 1
        if (
            item.is_("prep", "with")
            and self._text[item.start : item.end] == "有"
            and before
            and before[-1].kind == "cond"
        ):
            return Phrase("exists", "", item.start, item.end), at + 1
        if self._is_end_cut(at):
            edge = "start" if item.is_("prep", "before") else "end"
            return Phrase("edge", edge, item.start, item.end), at + 1
        fades = bool(before) and any(one.is_("verb", "fade") for one in before[-2:])
        if (
            fades
            and self._text[item.start : item.end].lower() == "in"
            and self._get(at + 1).is_("prep")
        ):
            return Phrase("prep", "in", item.start, item.end), at + 1
        role, inner = self._role(at)
        ends_here = self._get(inner).kind in ("none", "sep", "polite", "enough")
        ends_here |= self._get(inner).is_("verb", "split")
        if role == "between" and ends_here and (self._is_han(item) or inner >= len(self._items)):
            if self._is_han(item):
                return Phrase("edge", "mid", item.start, item.end), inner
            return Phrase("place", Place(role), item.start, item.end, role), inner
        if (named := self._named_by_place(at, inner)) is not None:
            return named, inner
        while role and self._get(inner).kind == "manner":
            inner += 1
        if role and inner < len(self._items):
            found = self._value(inner, role)
            if found is not None:
                kind, value, end, others = found
                return self._made(kind, value, at, end, role, others)
            leads = role not in SIDES or self._items[inner].kind not in DOES
            if leads and self._items[inner].kind not in ("sep", "word", "polite"):
                phrase, end = self._single(inner, role)
                return replace(phrase, start=item.start), end
            if role == "between" and not self._is_han(item):
                return Phrase("place", Place(role), item.start, item.end, role), inner
            others = tuple(one for one in item.others if one[0] == "quietly")  # put it underneath
            return Phrase("prep", role, item.start, item.end, others=others), inner
        found = self._value(at, "")
        if found is not None:
            kind, value, end, others = found
            phrase, end = self._made(kind, value, at, end, "", others)
            aims = bool(before) and before[-1].is_("goal") and self._is_han(item)
            if before and before[-1].is_("verb", "put", "move") and self._is_han(item):
                clause = before[
                    max((i for i, p in enumerate(before) if p.kind == "sep"), default=-1) + 1 :
                ]
                aims |= any(p.is_("clips") for p in clause)
            if aims and phrase.kind == "clips" and len(phrase.value.picks) == 1:
                phrase = replace(phrase, role=phrase.role or "to")
            if kind == "duration" and item.is_("q", "each", "all"):
                marks = frozenset(
                    {"every", "per clip"}
                    if _PER_CLIP.match(self._text[item.start :])
                    else {"every"}
                )
                phrase = replace(phrase, each=True, marks=marks)
                if "张" in self._text[item.start : item.end]:
                    photos = Clips((Pick("image"),), each=True)
                    phrase = replace(phrase, others=(*phrase.others, ("clips", photos)))
            return phrase, end
        phrase, end = self._single(at, "")
        measured = phrase.kind in ("duration", "factor", "percent", "frac") and not phrase.each
        if measured and not phrase.role and before and before[-1].is_("goal"):
            phrase = replace(phrase, role="to")
        return phrase, end

    def _named_by_place(self, at: int, end: int) -> Phrase | None:
        """把中间的静音: a verb without an object has the place before it, which is asked about where it is unclear."""
        before = self._items[at:end]
        words = [self._text[one.start : one.end] for one in before]
        place = next((i for i, w in enumerate(words) if w in ("中间", "前面", "后面")), None)
        others = any(not one.is_("prep", "ba", "of") for i, one in enumerate(before) if i != place)
        ones = place is not None and words[place:] == ["中间", "的"]
        lasts = ones and self._get(end).is_("q", "each")
        if place is None or others or (self._get(end).kind != "verb" and not lasts):
            return None
        if not ones and self._get(end + 1).kind not in ("none", "sep", "polite"):
            return None
        start, stop = before[0].start, before[-1].end
        if ones:
            clips = Clips((Pick(),), but=(Pick(ranks=(1, -1)),))
            return Phrase("clips", clips, start, stop, "ba")
        role = str(before[place].get("prep"))
        return Phrase("place", Place(role), start, stop, role)

    def _role(self, at: int) -> tuple[str, int]:
        """The preposition at this place (the last of several), and where what it leads begins."""
        role, end = "", at
        while end < len(self._items) and self._items[end].is_("prep"):
            item = self._items[end]
            after = self._get(end + 1)
            if item.is_("rank", "first_n", "last_n") and _is_length(after):
                break
            if item.is_("edge") and (item.kind == "edge" or after.kind == "number"):
                break
            side = self._text[item.start : item.end] in ("前面", "后面")
            counted = after.kind == "number" and self._get(end + 2).is_("clf")
            if side and (counted or after.kind == "duration"):
                break
            lasts = after.kind == "duration" and not self._lasts_between(end)
            if item.is_("edge", "mid") and (lasts or self._is_that_one(after)):
                break
            if item.is_("dir") and (
                end + 1 >= len(self._items)
                or after.kind in ("sep", "polite", "again")
                or after.is_("prep", "from", "during")
                or (item.is_("dir", "off") and (after.is_("cond") or _leads(after)))
            ):
                break
            adds = item.get("prep") not in ("ba", "of", "like") or not role or role == "ba"
            role = item.get("prep") if adds else role
            end += 1
        return role, end

    def _denied(self, at: int) -> tuple[Phrase, int] | None:
        """`not 30`, `not clip 2`."""
        role, inner = self._role(at + 1)
        found = self._value(inner, role)
        if found is None:
            if self._get(inner).is_("noun", *FEATURES):
                phrase, end = self._thing(inner, role)
                return replace(phrase, neg=True), end
            number = self._get(inner)
            if (
                at
                and number.kind == "number"
                and self._get(inner + 1).kind in ("none", "sep", "polite")
            ):
                value = number.value
                return Phrase("number", value, number.start, number.end, role, neg=True), inner + 1
            return None
        kind, value, end, others = found
        if kind == "clips" and len(value.picks) > 1 and (core := self._core(inner)) is not None:
            value, end = Clips(core[0]), core[1]
        phrase, end = self._made(kind, value, inner, end, role, others)
        return replace(phrase, neg=True, start=self._items[at].start), end

    def _until(self, clips: Clips, start: int, end: int) -> tuple[Phrase, int] | None:
        """`until clip 2`, `until the interview ends`, 到片段2开始: a moment, not where something goes to."""
        lead, after = self._get(start), self._get(end)
        words = self._text[lead.start : lead.end].lower()
        begins, stops = after.is_("verb", "start"), after.is_("verb", "stop", "end_with")
        said = words in ("until", "till", "up until") or (
            words.endswith("到")
            and (begins or stops)
            and self._get(end + 1).kind in ("none", "sep", "polite")
        )
        if not said:
            return None
        close = end + 1 if begins or stops else end
        place = Place("after" if stops else "before", clips)
        last = self._items[close - 1].end
        return Phrase("place", place, self._items[start].start, last, "until"), close

    def _made(
        self,
        kind: str,
        value: Any,
        start: int,
        end: int,
        role: str,
        others: tuple[tuple[str, Any], ...],
    ) -> tuple[Phrase, int]:
        """The phrase, with the particle and the `each` behind it."""
        if kind == "clips" and role in ("", "at", "from") and is_chinese(self._text):
            event = self._han_event(value, start, end)
            if event is not None:
                return event
        if (
            kind == "clips"
            and role == "to"
            and (until := self._until(value, start, end)) is not None
        ):
            return until
        each = per_clip = False
        after = self._get(end)
        postpositions = {"after", "before", "on", "in", "between", "under"}
        if kind in ("clips", "when", "moment", "duration", "thing", "name") and after.is_(
            "prep", *postpositions
        ):
            mine = after.get("prep")
            follows = self._get(end + 1)
            counted = after.is_("rank", "first_n", "last_n") and _is_length(follows)
            counted |= self._text[after.start : after.end] in ("前面", "后面") and (
                follows.kind == "duration" and kind == "clips" and not role
            )
            if self._is_han(after) and not counted and not self._is_end_cut(end):
                role, end = (role if mine in ("on", "in") and role else mine), end + 1
                after = self._get(end)
                if role in ("after", "before") and kind == "duration":
                    kind, value = "moment", Edge(0, value)
        if kind in ("duration", "moment") and self._text[after.start : after.end] == "后面的":
            role, end = "after", end + 1
            after = self._get(end)
            if kind == "duration":
                kind, value = "moment", Edge(0, value)
        beside = after.is_("prep", "after", "before") and self._is_han(after)
        if kind == "number" and beside and float(value).is_integer() and not self._is_end_cut(end):
            kind, value = "clips", Clips((Pick(ranks=(int(value),)),))
            role, end = str(after.get("prep")), end + 1
            after = self._get(end)
        if kind == "number" and role == "ba" and float(value).is_integer() and value > 0:
            kind, value = "clips", Clips((Pick(ranks=(int(value),)),))
        if after.is_("prep", "of") and self._is_han(after) and kind not in ("verb",):
            end += 1
            after = self._get(end)
        gap = self._text[self._items[end - 1].end : after.start].lower()
        if (
            kind == "duration"
            and after.is_("noun", "clip", "photo")
            and gap in (" a ", " an ", " per ")
        ):
            each, per_clip, end = True, True, end + 1
            after = self._get(end)
        if after.is_("q", "each") and kind in (
            "duration",
            "frac",
            "percent",
            "number",
            "factor",
            "when",
        ):
            per_clip = _PER_CLIP.match(self._text[after.start :]) is not None
            each, end = True, end + 1
        numbers = next((value for name, value in others if name == "clips"), None)
        if kind == "when" and role == "between" and numbers is not None:
            others = (("place", Place("between", numbers)), *others)
        if kind == "clips" and role == "from" and any(pick.through for pick in value.picks):
            role = ""
        if kind == "clips" and role in ("after", "before", "between"):
            kind, value = "place", Place(role, value)
        last = self._items[end - 1].end
        marks = frozenset({"per clip"}) if per_clip else frozenset[str]()
        if kind == "clips" and self._items[end - 1].is_("noun", "clip"):
            marks |= {"any kind"}  # the first two clips, not photos
        if kind == "when" and numbers is not None and self._takes_clips(start):
            marks |= {"rather clips"}
        return Phrase(
            kind, value, self._items[start].start, last, role, others, each, marks=marks
        ), end

    def _single(self, at: int, role: str) -> tuple[Phrase, int]:
        item = self._items[at]
        if self._means_to_last(at):
            return Phrase("polite", "", item.start, item.end), at + 1
        if item.kind == "noun" or (item.is_("noun") and item.kind not in ("verb",)):
            return self._thing(at, role)
        others = item.others
        if item.is_("noun") and item.get("noun") not in CLIP_NOUNS:
            thing = Thing(item.get("noun"), self._definite(item), self._plural(item))
            others = (*(sense for sense in others if sense[0] != "noun"), ("thing", thing))
        kind = "each" if item.is_("q", "each") else item.kind
        counted = re.search(
            r"视频|照片|图|张|段|个片段|clip|photo|picture|video", self._text[item.start : item.end]
        )
        if kind == "each" and counted:
            sort = {"视频": "video", "video": "video", "段": "", "个片段": "", "clip": ""}
            clips = Clips((Pick(sort.get(counted[0], "image")),), each=True)
            others = (*others, ("clips", clips))
        if kind in _MEASURES:
            return self._made(kind, item.value, at, at + 1, role, others)
        return Phrase(kind, item.value, item.start, item.end, role, others), at + 1

    def _thing(self, at: int, role: str, rank: int = 0, style: str = "") -> tuple[Phrase, int]:
        item = self._items[at]
        if item.is_("noun", "video") and _WHOLE.match(self._text, item.start):
            style = "whole"
        if item.is_("noun", "sound") and _OWN_SOUND.match(self._text, item.start):
            style = "own"
        thing = Thing(item.get("noun"), self._definite(item), self._plural(item), rank, style)
        others = tuple(
            sense for sense in (*item.others, (item.kind, item.value)) if sense[0] != "noun"
        )
        return Phrase("thing", thing, item.start, item.end, role, others), at + 1

    def _value(
        self, at: int, role: str
    ) -> tuple[str, Any, int, tuple[tuple[str, Any], ...]] | None:
        """The longest phrase of several items at this place."""
        candidates: list[tuple[str, Any, int, tuple[tuple[str, Any], ...]]] = []
        readers: tuple[tuple[str, Callable[[int, str], Found]], ...] = (
            ("when", self._when),
            ("moment", self._moment),
            ("clips", self._clips),
            ("thing", self._ranked_thing),
            ("nth", self._nth),
            ("duration", self._each_duration),
        )
        for kind, reader in readers:
            found = reader(at, role)
            if found is not None:
                value, end = found
                if kind == "nth":
                    candidates.append(("place", value, end, ()))
                elif kind == "when" and (numbers := self._bare_numbers(at, end)) is not None:
                    if is_chinese(self._text):
                        candidates.append(("clips", numbers, end, ((kind, value),)))
                    else:
                        candidates.append((kind, value, end, (("clips", numbers),)))
                else:
                    candidates.append((kind, value, end, ()))
        if not candidates:
            item = self._get(at)
            if item.is_("edge", "start", "end") and item.kind == "edge" and role in ("to", "until"):
                of = 1 if self._get(at + 1).is_("prep", "of") else 0
                of_it = of or self._text[item.start : item.end].lower().endswith(" of")
                if of_it and self._get(at + 1 + of).is_("noun", "video"):
                    return "edge", item.value, at + 2 + of, ()  # to the end of the video
                anchor = self._union(at + 1 + of) if of_it else None
                if anchor is not None and not self._is_han(item):
                    where = "after" if item.get("edge") == "end" else "before"
                    return "place", Place(where, anchor[0]), anchor[1], ()
            if item.is_("edge") and item.kind == "edge":
                return "edge", item.value, at + 1, tuple(item.others)
            if item.is_("frac", *_FRACTIONS):
                return "frac", float(item.get("frac")), at + 1, _not(item, "frac")
            if item.kind in ("times", "speed", "stretch", "loud"):
                return item.kind, float(item.value), at + 1, _not(item, item.kind)
            if item.kind == "screen":
                return "screen", item.value, at + 1, tuple(item.others)
            if item.is_("dir", "back") and role == "to":
                return "edge", "end", at + 1, ()
            if item.kind == "dir":
                return "dir", item.value, at + 1, tuple(item.others)
            return None
        best = max(candidates, key=lambda one: one[2])
        senses = tuple(
            (kind, value)
            for kind, value, end, _ in candidates
            if end == best[2] and kind != best[0]
        )
        return best[0], best[1], best[2], (*best[3], *senses)

    def _ranked_thing(self, at: int, role: str) -> Found:
        """`the second title`, `last caption`, `calm background music`."""
        rank, end = 0, at
        item = self._get(at)
        if item.is_("other") or item.is_("q", "rest"):
            noun = self._get(at + 1)
            if not noun.is_("noun", *TEXT_NOUNS) or self._is_han(noun):
                return None
            return Thing(str(noun.get("noun")), True, self._plural(noun), 0, "other"), at + 2
        if (text := self._told_text(at)) is not None:
            return text
        behind = at + 2 if self._get(at + 1).is_("clf") and self._is_han(item) else at + 1
        if rank_of(item) and self._get(behind).is_("noun", *FEATURES):
            rank, end = rank_of(item), behind
        words: list[Item] = []
        while (
            self._get(end).kind in ("style", "word", "topic", "vague", "manner", "name", "purpose")
            and not self._get(end).is_("topic", *_DONE_TO_MUSIC)
            and len(words) < 5
        ):
            words.append(self._get(end))
            end += 1
        noun = self._get(end)
        if not noun.is_("noun", "music", "transition") or (not words and not rank):
            if rank and noun.is_("noun", *FEATURES) and not words:
                return self._thing(end, role, rank)[0].value, end + 1
            return None
        if noun.is_("noun", "transition") and any(one.kind != "manner" for one in words):
            return None
        if any(one.kind == "name" for one in words):
            return None
        style = self._text[words[0].start : words[-1].end] if words else ""
        if "时候" in self._text[words[0].start if words else noun.start : noun.end + 3]:
            return None  # 人家唱歌的时候|音乐
        unknown = any(one.kind == "word" and one.value.isascii() for one in words)
        definite = self._definite(words[0] if words else noun)
        return Thing(str(noun.get("noun")), definite, False, rank, style, unknown), end + 1

    def _told_text(self, at: int) -> Found:
        """下面那行字, 底部的字幕: by its place; 两处文字: so many as there are."""
        item, end = self._get(at), at + 1
        where = "center" if item.is_("edge", "mid") else item.get("screen")
        if where in SCREEN:
            said = self._get(end)
            if not said.is_("prep", "of") and self._text[said.start : said.end] not in ("那", "这"):
                return None
            end, style = end + 1, f"at {where}"
        elif item.kind == "number" or self._text[item.start : item.end] == "两":
            style = f"count {int(item.value) if item.kind == 'number' else 2}"
        else:
            return None
        noun = self._get(end)
        if not noun.is_("noun", *TEXT_NOUNS) or not self._is_han(noun):
            return None
        many = style.startswith("count")
        return Thing(str(noun.get("noun")), True, many, 0, style), end + 1

    def _nth(self, at: int, role: str) -> Found:
        """`position 3`, `third place`, 第3位."""
        noun, number = self._get(at), self._get(at + 1)
        if noun.is_("noun", "position") and number.kind == "number":
            return Place("nth", number=int(number.value)), at + 2
        rank, end = rank_of(noun), at + 2 if number.is_("clf") else at + 1
        if rank and self._get(end).is_("noun", "position"):
            return Place("nth", number=rank), end + 1
        return None


def _not(item: Item, kind: str) -> tuple[tuple[str, Any], ...]:
    return tuple(sense for sense in ((item.kind, item.value), *item.others) if sense[0] != kind)


def _leads(item: Item) -> bool:
    """`turn the music off | in the interview`: where, not from what."""
    return item.is_("prep") and not item.is_("prep", "of")


def _is_length(item: Item) -> bool:
    return item.kind in ("duration", "number", "percent") or share_of(item) is not None
