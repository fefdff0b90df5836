"""Which clips a phrase means: names, ranks, kinds, ranges, all but, each, the rest – one value, composed, never added
up."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import Any

from vbtui.language.lexer import Item
from vbtui.language.quotes import is_chinese
from vbtui.studio.director.values import Clips, Pick

CLIP_NOUNS = {"clip": "", "photo": "image", "videos": "video", "video": "video"}
TEXT_NOUNS = ("title", "end_title", "caption", "text", "lower_third")
FEATURES = (*TEXT_NOUNS, "music", "transition")
DEFINITE = re.compile(
    r"(?:\b(?:the|this|that|my|our|your|its|existing|current|these|those)\s|的)\s*$", re.I
)
_STATES = re.compile(
    r"(?:should|must|shall|needs?|ha[sv]e?|can|is|are|was|be|goes|belongs?|comes?|gets?(?! rid)|stays?|lasts?|starts|ends|appears|"
    r"begins|plays|looks)\b",
    re.IGNORECASE,
)
"""Verbs that say what a clip is like, not what is asked for."""
_ALL_OF_IT = re.compile(r"\b(?:whole|entire|complete|full|all of)\b", re.IGNORECASE)
ALL_OF_THEM = ("都", "全都", "通通")
"""What stands behind what it sums up."""
NONE = Item("none", None, 0, 0)
Found = tuple[Any, int] | None


class Items:
    """The items of a text, and what their letters say beside their senses."""

    def __init__(self, items: list[Item], text: str, *, apart: bool = False) -> None:
        self._items = items
        self._text = text
        self._apart = apart
        """What only perhaps belongs together (`the first, the cake`) stays apart."""

    def _get(self, at: int) -> Item:
        return self._items[at] if 0 <= at < len(self._items) else NONE

    def _is_word(self, at: int, *words: str) -> bool:
        item = self._get(at)
        return self._text[item.start : item.end].lower() in words

    def _is_han(self, item: Item) -> bool:
        return bool(re.match(r"[\u3400-\u9fff]", self._text[item.start : item.start + 1]))

    def _definite(self, item: Item) -> bool:
        return bool(DEFINITE.search(self._text[max(0, item.start - 12) : item.start]))

    def _plural(self, item: Item) -> bool:
        return self._text[item.start : item.end].lower().endswith("s")


IS, ARE = (
    r"(?:\b(?:is|looks|sounds|feels|seems)|['’]s)",
    r"(?:\b(?:are|look|sound|feel|seem)|['’]re)",
)
GOOD = (
    "(?:(?:already|really|very|so|just|totally|quite|pretty|absolutely|actually|all|also) )*"
    "(?:fine|good|great|nice|perfect|ok(?:ay)?|lovely|beautiful|cool|awesome|amazing|wonderful|excellent|superb|"
    "fantastic|gorgeous|brilliant|stunning|alright|right|funny|cute)"
    "(?: (?:as (?:it is|is|they are)|already|too|now|for me|enough|anyway))*"
)
HAN_GOOD = "(?:已经|都|也|还|就|挺|很|蛮|太|真|非常|特别|比较)*(?:好|不错|完美|漂亮|好看|好听|可以|棒|美|没问题)(?:极|的|了|啊|呀|哦)*"
"""What praises a clip, behind `is` or its name."""
_IS_GOOD = re.compile(rf"\s*{IS} {GOOD}\s*(?:$|[^\w\s]|and\b|but\b)", re.IGNORECASE)
_HAN_IS_GOOD = re.compile(rf"{HAN_GOOD}\s*(?:$|[^\w\s])")


_SINGULAR = (
    "goes",
    "comes",
    "starts",
    "ends",
    "opens",
    "closes",
    "gets",
    "plays",
    "moves",
    "becomes",
)
"""Verbs of a single clip, which cannot be said of a row."""
_BEGIN = ("verb", "neg", "topic", "transition", "fade", "zoom", "light", "aspect", "times")
"""What a request begins with."""
_WISHES = re.compile(r"\b(?:can|could|would|will|should|may)\b", re.IGNORECASE)
"""What stands before the subject of a wish: `mute the beach, and could the interview be louder`."""
_MODAL = ("should", "needs", "must", "has to", "ought")
"""Verbs that a subject stands before."""


class ClipPhrases(Items):
    """Reads which clips are meant."""

    def _counts_requests(self, at: int) -> bool:
        """`first mute …, second trim …`: which request it is, not which clip."""
        item, before, after = self._get(at), self._get(at - 1), self._get(at + 1)
        return (
            item.is_("ord")
            and not self._is_han(item)
            and before.kind in ("none", "sep", "polite")
            and (
                (
                    after.kind in _BEGIN
                    and not after.is_("noun", "position")
                    and not _STATES.match(self._text, after.start)
                )
                or self._is_first_step(at)
            )
        )

    def _is_first_step(self, at: int) -> bool:
        """`first the beach gets half speed, then …`: a clip with what is done to it, and something follows."""
        item, after = self._get(at), self._get(at + 1)
        named = after.is_("name") or self._definite(after) or after.is_("sep", "comma")
        if not (named and item.is_("ord", "1", 1)) or self._definite(item):
            return False
        until = next(
            (place for place in range(at + 2, len(self._items)) if self._get(place).kind == "sep"),
            len(self._items),
        )
        more = any(one.is_("sep", "then") for one in self._items[until:])
        does = (one for one in self._items[at + 1 : until] if one.kind == "verb")
        return more and any(not one.is_("verb", "play", "show") for one in does)

    def _clips(self, at: int, role: str) -> Found:
        before = self._get(at - 1)
        if (listed := self._listed(at)) is not None:
            return listed
        if (counted := self._counted_range(at)) is not None:
            return Clips(counted[0]), counted[1]
        alone = before is NONE or before.kind in ("sep", "neg", "wrong", "meant", "polite")
        alone |= before.is_("verb", "swap")
        if (role == "between" or alone) and (pair := self._pair(at)) is not None:
            return pair
        found = self._union(at)
        if found is None:
            return None
        clips, end = found
        after = self._get(end)
        if after.is_("sep", "comma") and self._get(end + 1).is_("q", "except"):
            end, after = end + 1, self._get(end + 1)
        if after.is_("q", "except"):
            minus = self._union(end + 1)
            if minus is not None:
                if self._goes_on_beyond_clips(minus[1]):
                    return None
                clips = replace(clips, but=minus[0].picks)
                end = minus[1]
                if self._get(end).is_("q", "except_end"):
                    end += 1
        beyond = self._beyond_han(clips, end)
        if beyond is not None:
            return beyond
        apart = self._get(end)
        if self._text[apart.start : apart.end] == "除外":
            end += 1
            while self._get(end).kind == "sep" or self._get(end).is_("q", "rest", "all"):
                end += 1
            return Clips((Pick(),), but=clips.picks), end
        if self._get(end).is_("q", "each") and (end + 1 < len(self._items)):
            clips, end = replace(clips, each=True), self._behind_each(end)
        return clips, end

    def _listed(self, at: int) -> tuple[Clips, int] | None:
        """`mute 1, 2 & 5`, 删3、5、7, `7 muted`: numbers beside a verb that is done to clips."""
        led = self._get(at - 1).is_("verb", "remove", "mute", "unmute", "keep", "duplicate", "swap")
        begins = self._get(at - 1) is NONE or self._get(at - 1).kind == "sep"
        led |= self._get(at - 1).is_("q", "only") or self._get(at - 1).kind == "colon"
        if not led and not begins:
            return None
        groups: list[tuple[int, ...]] = []
        end = at
        while self._get(end).kind == "number" and float(self._get(end).value).is_integer():
            group, end = self._numbers(end)
            groups.append(group)
            more = end
            while self._get(more).is_("sep", "and", "comma"):
                more += 1
            if more == end or self._get(more).kind != "number":
                break
            end = more
        if groups and all(len(group) > 1 for group in groups):
            return None  # seconds as well
        numbers = [number for group in groups for number in group]
        after = self._get(end)
        done = after.is_("verb", "remove", "mute", "unmute") or after.is_("dir", "off", "out")
        closes = self._get(end + 1).kind in ("none", "sep", "polite")
        done |= after.is_("q", "only") and len(numbers) > 1
        if numbers and begins and done and closes and not self._is_han(after):
            return Clips((Pick(ranks=tuple(numbers)),)), end
        if not led or after.kind not in ("none", "sep", "polite", "verb", "again", "also"):
            return None
        verbs = ("remove", "mute", "unmute")
        lone = self._get(at - 1).is_("verb", *verbs) and after.kind != "verb"
        if len(numbers) < 2 and not (lone and numbers and not self._is_han(after)):
            return None
        return Clips((Pick(ranks=tuple(numbers)),)), end

    def _beyond_han(self, clips: Clips, end: int) -> tuple[Clips, int] | None:
        """第三段后面的, 第五段之前的片段: all clips on that side."""
        side, after = self._get(end), self._get(end + 1)
        words = self._text[side.start : side.end]
        if words in ("后面的", "之后的", "以后的", "前面的", "之前的", "以前的"):
            end += 1
        elif side.is_("prep", "after", "before") and self._is_han(side) and after.is_("prep", "of"):
            if self._text[after.start : after.end] != "的":
                return None
            end += 2
        else:
            return None
        following = self._get(end)
        if following.is_("pron") or following.is_("noun", "photo", "transition"):
            return None
        if following.is_("noun", "clip", "videos"):
            end += 1
        way = -1 if "前" in words else 1
        return Clips((Pick(beyond=way, of=clips),)), end

    def _behind_each(self, at: int) -> int:
        """Behind 每段 that follows clips; `each` before a length is left to the length."""
        if not self._is_han(self._get(at)):
            return at
        end = at + 1
        while self._get(end).is_("clf"):
            end += 1
        return end

    def _pair(self, at: int) -> tuple[Clips, int] | None:
        """`1 and 2` behind `between`."""
        first, joint, last = (self._get(at + n) for n in range(3))
        if first.kind == last.kind == "number" and joint.kind == "sep":
            return Clips((Pick(ranks=(int(first.value), int(last.value))),)), at + 3
        return None

    def _union(self, at: int) -> tuple[Clips, int] | None:
        only = each = False
        start = at
        while self._get(at).is_("q", "only", "each"):
            only |= self._get(at).is_("q", "only")
            each |= self._get(at).is_("q", "each")
            at += 1
        if self._get(at).is_("q", "except"):
            return self._all_but(at, only, each)
        third = self._get(at + 1)
        if (
            only
            and third.is_("ord", "3")
            and not self._is_han(third)
            and not self._has_noun(at + 2)
        ):
            return None  # only the first third
        found = self._core(at)
        if found is None:
            if at > start and each and self._get(at).is_("noun", "video"):
                return Clips((Pick("video"),), each=True, only=only), at + 1
            if at > start and each and self._get(at).is_("clf", "any", "clip", "photo"):
                kind = "image" if self._get(at).get("clf") == "photo" else ""
                return Clips((Pick(kind),), each=True, only=only), at + 1
            return None
        picks, end, kind = list(found[0]), found[1], found[0][-1].kind
        to = self._get(end)
        through = self._text[to.start : to.end].lower() in ("through", "thru", "up to", "until")
        through |= any(
            one.is_("verb", "remove", "mute", "unmute", "keep", "duplicate")
            for one in self._items[max(0, at - 2) : at]
        )
        through &= not self._is_han(to)
        if through and to.is_("prep", "to") and len(picks) == 1 and picks[0].files:
            last = self._core(end + 1)
            if last is not None:
                picks, end = [Pick(of=Clips(tuple(picks)), through=Clips(last[0]))], last[1]
        if each:
            picks = [replace(one, one=False) for one in picks]
        while True:
            joint = self._get(end)
            if joint.is_("prep", "to") and self._is_han(joint) and len(picks) == 1:
                last = self._core(end + 1)
                if last is not None and _is_single(picks[0]) and _is_single(last[0][0]):
                    row = Pick(of=Clips(tuple(picks)), through=Clips(last[0]))
                    return Clips((row,), each=each, only=only), last[1]
            if (
                joint.is_("rank", "prev", "next", "after")
                and self._is_han(joint)
                and len(picks) == 1
            ):
                words = self._text[joint.start : joint.end]
                if words.startswith(("前", "后")) and _is_single(picks[0]):
                    way = -1 if words.startswith("前") else 1
                    kind, end = self._noun(end + 1)
                    return Clips((Pick(kind, beside=way, of=Clips(tuple(picks))),)), end
            adjacent = joint.is_("name") and bool(picks[-1].files) and is_chinese(self._text)
            if adjacent and (beside := self._named(end)) is not None:
                picks += beside[0]
                end = beside[1]
                continue
            if joint.kind != "sep" or joint.value not in ("and", "comma"):
                break
            if self._apart and len(picks) == 1 and picks[0].bare:
                break
            more = end + 1
            while self._get(more).kind == "sep" and self._get(more).value in ("and", "comma"):
                more += 1
            if self._text[self._get(more).start : self._get(more).end] == "最后" and (
                self._get(more + 1).is_("name")
            ):
                break
            following = self._core(more, counting=picks[-1] if picks[-1].ranks else None)
            if (
                following is None
                or self._counts_requests(more)
                or self._begins_clause(more, following[1])
                or _WISHES.search(self._text[joint.end : self._get(more).start])
                or self._is_praised(joint, following[1])
                or (self._get(start - 1).is_("prep", "of") and self._is_whole(more))
                or self._get(more).is_("q", "rest")
                or self._text[self._get(more).start : self._get(more).end] in ALL_OF_THEM
            ):
                break
            alike = self._get(more).is_("noun") and not self._definite(self._get(more))
            shape = picks[-1].shape if alike else ""  # the portrait video and photo
            picks += [replace(one, shape=one.shape or shape) for one in following[0]]
            end = following[1]
            kind = following[0][-1].kind or kind
        compared, length = self._get(end), self._get(end + 1)
        wide = len(picks) == 1 and not picks[0].files and not picks[0].ranks
        if wide and compared.is_("cmp", "less", "more") and length.kind == "duration":
            sign = 1 if compared.is_("cmp", "less") else -1
            plain = replace(picks[0], one=False, shorter=sign * length.value)
            if not any(one.is_("cond") for one in self._items):
                return Clips((plain,), each=each, only=only), end + 2
        return Clips(tuple(picks), each=each, only=only), self._behind_count(end, len(picks))

    def _behind_count(self, at: int, count: int) -> int:
        """Behind 这两张 or 三张, which count what was named before it."""
        item = self._get(at)
        words = self._text[item.start : item.end]
        if item.is_("pron", "them") and self._is_han(item) and words[:1] in ("这", "那"):
            return at + 1 if count > 1 else at
        begin = at + 1 if words in ("那", "这") else at
        item, counter = self._get(begin), self._get(begin + 1)
        counts = item.kind == "number" and counter.is_("clf") and self._is_han(counter)
        return begin + 2 if counts and count > 1 and float(item.value) == count else at

    def _begins_clause(self, start: int, end: int) -> bool:
        """Whether what reads like one more clip is the subject of a clause of its own: `…, clip 2 to 3 s`."""
        before, after = self._get(start - 1), self._get(end)
        words = self._text[after.start : after.end].lower()
        apart = before.is_("sep", "comma") or self._does_before(start)
        if apart and (words in _SINGULAR or words.startswith(_MODAL)):
            return True  # put my clips together, interview goes first
        if before.kind != "sep" or before.value != "comma":
            return False
        placed = after.is_("ord", "1", 1) or after.is_("rank", "last")
        if placed and self._get(end + 1).kind in ("none", "sep", "polite"):
            return True
        if after.is_("neg", "dont") and self._is_han(after) and self._has_verb_before(start):
            return True
        corrects = self._items[0].kind in ("meant", "wrong", "neg")
        if after.is_("verb") and self._is_han(after) and (corrects or self._has_verb_before(start)):
            return True
        if after.is_("q", "only"):
            after = self._get(end + 1)
        return after.is_("prep", "to", "at", "for") or after.kind in (
            "duration",
            "percent",
            "factor",
            "times",
        )

    def _is_praised(self, joint: Item, end: int) -> bool:
        """`mute clip 1 and clip 2 is great`, 删掉第一段，第二段不错: nothing is to be done to that one."""
        behind = self._items[end - 1].end
        if joint.is_("sep", "comma") and _HAN_IS_GOOD.match(self._text, behind):
            return True
        return bool(_IS_GOOD.match(self._text, behind))

    def _is_whole(self, at: int) -> bool:
        """`the first 10 s of the interview and the whole | beach`: it has no part in what is a part of the first."""
        words = self._text[self._get(at - 1).end : self._get(at).start]
        return bool(_ALL_OF_IT.search(words))

    def _does_before(self, at: int) -> bool:
        """Whether something is asked for before it: what follows `and` can have a verb of its own."""
        ahead = takewhile(lambda one: not one.is_("sep", "stop", "then"), self._items[at - 1 :: -1])
        return any(one.kind in ("verb", "topic", "light", "zoom", "fade") for one in ahead)

    def _has_verb_before(self, at: int) -> bool:
        for item in reversed(self._items[:at]):
            if item.is_("sep", "stop", "then"):
                return False
            if item.kind == "verb":
                return True
        return False

    def _goes_on_beyond_clips(self, at: int) -> bool:
        """`all but the photos and the music`: an exception that no set of clips can hold."""
        thing = self._get(at + 1)
        return self._get(at).is_("sep", "and") and thing.is_("noun", *FEATURES)

    def _all_but(self, at: int, only: bool, each: bool) -> tuple[Clips, int] | None:
        """`all but the last`, 除了第一段以外的片段."""
        minus = self._union(at + 1)
        if minus is None:
            return None
        end = minus[1]
        if self._goes_on_beyond_clips(end):
            return None
        while self._get(end).is_("q", "except_end", "both", "all", "rest") or self._get(end).is_(
            "prep", "of"
        ):
            end += 1
        if self._get(end).kind == "sep" and self._get(end + 1).is_("q", "rest", "all"):
            end += 2
        kind = ""
        noun = self._get(end)
        if noun.is_("noun", *CLIP_NOUNS) and not noun.is_("noun", "video"):
            kind, end = CLIP_NOUNS[str(noun.get("noun"))], end + 1
        while self._get(end).is_("q", "both", "all"):
            end += 1
        return Clips((Pick(kind),), but=minus[0].picks, only=only, each=each), end

    def _core(self, at: int, counting: Pick | None = None) -> tuple[tuple[Pick, ...], int] | None:
        """One way to name clips, without coordination."""
        item = self._get(at)
        ranked = self._get(at + 1)
        if (
            item.is_("q", "all")
            and ranked.is_("name")
            and self._is_word(at, "all of", "all of the")
        ):
            return self._core(at + 1)
        two = ranked.kind == "number" and ranked.value == 2 and self._get(at + 2).is_("clf")
        if item.is_("edge", "both") and two:
            kind, end = self._noun(at + 2)
            return (Pick(kind, (1, -1)),), end
        if item.kind == "edge" and self._is_han(item):
            same = ranked.is_("ord", 1) if item.value == "start" else ranked.is_("rank", "last")
            if same and self._get(at + 2).is_("clf"):
                return self._core(at + 1)
        if item.kind == "partly":
            of = self._get(at + 1).is_("prep", "of")
            kind, end = self._noun(at + 1 + of)
            if end == at + 1 + of:
                end = end + 1 if of and self._get(end).is_("pron", "them") else at + 1
            return (Pick(kind, some=not of, vague=True),), end
        if counting is not None and item.kind == "number" and self._is_count(at):
            last, end = self._numbers(at)
            return (Pick(counting.kind, last),), end
        if item.is_("noun", "clip") and self._get(at + 1).kind == "segment_id":
            at, item = at + 1, self._get(at + 1)
        if item.kind == "segment_id":
            return (Pick(segments=(item.value,)),), at + 1
        if item.is_("q", "rest") and (beyond := self._beyond(at)) is not None:
            return beyond
        if item.is_("q", "rest"):
            han = self._get(at + 1).is_("pron") and self._is_han(self._get(at + 1))
            kind, end = self._noun(at + 2 if han else at + 1)
            words = self._text[item.start : item.end].lower()
            left = any(one in words for one in ("remain", "left", "剩"))
            pick = Pick(kind, rest=True, left=left, ones=end == at + 1)
            return (replace(pick, bare=words.startswith("what")),), end
        if item.is_("superlative", "longest", "shortest"):
            return self._extreme(at)
        if item.is_("parity"):
            start = 1 if item.is_("parity", "odd") else 2
            return (Pick(ranks=tuple(range(start, 1000, 2)), alternate=True),), at + 1
        if item.is_("q", "alternate"):
            words = self._text[item.start : item.end].lower()
            if words.endswith("second"):
                kind, end = self._noun(at + 1)
                return (Pick(kind, ranks=tuple(range(2, 1000, 2)), alternate=True),), end
            return (Pick(self._noun(at + 1)[0], alternate=True),), self._noun(at + 1)[1]
        if item.is_("piece"):
            return (Pick(piece=int(item.get("piece"))),), at + 1
        if item.is_("noun", "copy"):
            return (Pick(pronoun="it", one=True),), at + 1
        if (beyond := self._beyond(at)) is not None:
            return beyond
        if (
            rank_of(item)
            and self._get(at + 1).is_("noun", "part")
            and not self._get(at + 1).is_("noun", "clip")
        ):
            return (Pick(piece=rank_of(item)),), at + 2
        if (middle := self._middle(at)) is not None:
            return middle
        if item.is_("other"):
            kind, end = self._noun(at + 1)
            if self._is_han(item) and "张" in self._text[item.start : item.end]:
                kind = kind or "image"
            return (Pick(kind, rest=True, one=True),), end
        if item.is_("q", "new"):
            return (Pick(new=True),), at + 1
        if item.is_("pron", "them") and self._get(at + 1).is_("q", "all", "both", "each"):
            return (Pick(),), at + 2
        if item.is_("pron"):
            return (Pick(pronoun=str(item.get("pron")), one=item.is_("single")),), at + 1
        return (
            self._lasting(at)
            or self._counted_range(at)
            or self._neighbour(at)
            or self._quantified(at)
            or self._sided(at)
            or self._ranked(at)
            or self._named(at)
            or self._shaped(at)
            or self._numbered(at)
            or self._plain_noun(at)
        )

    def _lasting(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """10秒以上的片段, 超过10秒的片段."""
        first, second, end = self._get(at), self._get(at + 1), at + 2
        compared, length = (first, second) if first.is_("cmp") else (second, first)
        if length.kind != "duration" or not compared.is_("cmp", "less", "more"):
            return None
        if not self._is_han(compared) or any(one.is_("cond") for one in self._items):
            return None
        if self._get(end).is_("prep", "of"):
            end += 1
        kind, after = self._noun(end)
        if after == end:
            return None
        sign = 1 if compared.is_("cmp", "less") else -1
        return (Pick(kind, shorter=sign * int(length.value)),), after

    def _extreme(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`the longest clip`, 最短的那张: without a noun it is only compared."""
        end = at + 1
        if self._get(end).is_("prep", "of") and self._is_han(self._get(end)):
            end += 1
        if end < len(self._items) and self._is_that_one(self._get(end)):
            end += 1
        kind, after = self._noun(end)
        if self._get(end).is_("noun", "video") and not self._is_han(self._get(end)):
            kind, after = "video", end + 1
        if after == end and not (self._is_han(self._get(at)) and end > at + 1):
            if self._get(end).kind == "number" and self._get(end).value == 1:
                after = end + 1
            else:
                return None
        way = 1 if self._get(at).is_("superlative", "longest") else -1
        return (Pick(kind, longest=way),), after

    def _beyond(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`everything after clip 6`, `the rest of the clips after the interview`."""
        end = at
        while self._get(end).is_("q", "all", "rest") or self._get(end).is_(
            "noun", "everything", "clip"
        ):
            end += 1
            if self._get(end).is_("prep", "of") and not self._is_han(self._get(end)):
                end += 1
        side = self._get(end)
        if end == at or self._is_han(side) or not side.is_("prep", "after", "before"):
            return None
        found = self._union(end + 1)
        if found is None:
            return None
        return (Pick(beyond=1 if side.is_("prep", "after") else -1, of=found[0]),), found[1]

    def _middle(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`the middle two`, 中间两段."""
        item, number = self._get(at), self._get(at + 1)
        mid = item.is_("rank", "middle") or item.is_("edge", "mid") or item.is_("noun", "middle")
        if (
            mid
            and number.is_("noun", "clip", "photo")
            and number.kind == "noun"
            and not self._plural(number)
        ):
            return (Pick(CLIP_NOUNS[str(number.get("noun"))], middle=1),), at + 2
        if mid and self._is_that_one(number):
            kind, end = self._noun(at + 2)
            return (Pick(kind, middle=1),), end
        if not mid or number.kind != "number" or not float(number.value).is_integer():
            return None
        kind, end = self._noun(at + 2)
        return (Pick(kind, middle=int(number.value)),), end

    def _is_that_one(self, item: Item) -> bool:
        """那张, 这一段: one that stands beside its name."""
        return item.is_("pron", "it") and self._text[item.start] in "那这"

    def _is_count(self, at: int) -> bool:
        """Whether the number at this place counts clips: nothing measured hangs on it."""
        after = self._get(at + 1)
        return float(self._get(at).value).is_integer() and after.kind not in ("noun", "clf")

    def _counted_range(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """3到6段, 第3到6段, 2和4段, 2、4、5段: numbers in front of one counter."""
        first = self._get(at)
        if first.kind not in ("number", "ord") or self._get(at + 1).kind not in ("prep", "sep"):
            return None
        numbers: list[int] = []
        end, through = at, False
        while self._get(end).kind in ("number", "ord"):
            value = float(self._get(end).value)
            if not value.is_integer() or value > 1000:
                return None
            if through and numbers[-1] >= value:
                return None
            numbers += range(numbers[-1] + 1, int(value) + 1) if through else [int(value)]
            joint = self._get(end + 1)
            through = joint.is_("prep", "to")
            if not through and not joint.is_("sep", "and"):
                end += 1
                break
            end += 2
        counter = self._get(end)
        counts = counter.is_("clf", "clip", "photo") or (
            counter.is_("clf") and self._noun(end)[1] > end + 1
        )
        if len(numbers) < 2 or not counts:
            return None
        if self._get(end - 1).kind == "ord":
            return None
        kind, end = self._noun(end)
        return (Pick(kind, tuple(dict.fromkeys(numbers))),), end

    def _noun(self, at: int) -> tuple[str, int]:
        """The kind that a noun (or a Chinese counter and a noun) names, and where it ends."""
        end, kind = at, ""
        while (
            self._get(end).is_("clf")
            or (self._get(end).is_("prep", "of") and self._is_han(self._get(end)))
            or (self._is_word(end, "几") and self._get(end + 1).is_("clf"))
        ):
            if self._get(end).is_("clf", "photo"):
                kind = "image"
            end += 1
        noun = self._get(end)
        if noun.is_("noun", *CLIP_NOUNS):
            return CLIP_NOUNS[str(noun.get("noun"))] or kind, end + 1
        return kind, end

    def _has_noun(self, at: int) -> bool:
        return self._noun(at)[1] > at

    def _neighbour(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        item = self._get(at)
        beside = {"prev": -1, "next": 1, "after": 1}.get(str(item.get("rank") or ""), 0)
        if not beside:
            return None
        if self._get(at + 1).kind == "duration":
            return None
        _, end = self._noun(at + 1)
        if self._get(end).kind == "number" and self._get(end).value == 1:
            end += 1
        of = None
        words = self._text[item.start : item.end].lower()
        if words.endswith(("before", "after")):
            found = self._union(end)
            if found is not None:
                of, end = found
        return (Pick(beside=beside, of=of),), end

    def _quantified(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`all videos`, `both photos`, `these two clips`, `the two photos`."""
        item, end, count = self._get(at), at, 0
        quantified = False
        while self._get(end).is_("q", "all", "both", "these", "each"):
            count = (
                2 if self._get(end).is_("q", "both") and not self._is_han(self._get(end)) else count
            )
            quantified, end = True, end + 1
        while quantified and self._get(end).is_("prep", "of"):
            end += 1
        number = self._get(end)
        parts = self._get(end + 1)
        if number.kind == "number" and parts.is_("noun", "part", "half") and self._definite(number):
            return (Pick("piece", count=int(number.value)),), end + 2
        if quantified and number.is_("pron", "them", "it") and not self._is_han(number):
            return (Pick(pronoun="all" if number.is_("pron", "them") else ""),), end + 1
        if (
            number.kind == "number"
            and self._has_noun(end + 1)
            and not self._get(end + 1).is_("noun", "half")
        ):
            count, end = int(number.value), end + 1
            kind, end = self._noun(end)
            return (Pick(kind, count=count),), end
        if not quantified:
            return None
        if number.kind == "number" and self._is_count(end):
            return (Pick(count=int(number.value)),), end + 1
        if (
            self._get(end).is_("noun", "video")
            and item.is_("q", "all")
            and not self._plural(self._get(end))
        ):
            each = self._is_han(self._get(end)) or self._is_word(at, "every")
            return (Pick("video" if each else ""),), end + 1
        kind, after = self._noun(end)
        if after > end:
            return (Pick(kind, count=count),), after
        named = self._named(end)
        if named is not None:
            return None
        if item.is_("q", "both") and self._is_han(item):
            return None
        if self._get(end).is_("noun"):
            return None
        return (Pick(count=count),), end

    def _ranked(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`last clip`, `first 3 photos`, `second and third clips`, 第二到第四段, 最后两段."""
        ranks: list[int] = []
        end, side = at, ""
        while True:
            item = self._get(end)
            rank = rank_of(item)
            from_end = self._text[item.start : item.end] == "倒数"
            if from_end and self._get(end + 1).is_("ord"):
                ranks.append(-int(self._get(end + 1).get("ord")))
                end += 2
                break
            if not rank or (
                item.is_("rank", "first_n", "last_n") and self._get(end + 1).kind != "number"
            ):
                break
            end += 1
            count = self._get(end)
            side = "first" if rank == 1 else "last" if rank == -1 else ""
            if (
                (
                    side
                    and count.kind == "number"
                    and count.value > 0
                    and not self._get(end).is_("duration")
                )
                and float(count.value).is_integer()
                and count.value < 1000
            ):
                number = int(count.value)
                ranks += range(1, number + 1) if rank == 1 else range(-number, 0)
                end += 1
                break
            if count.kind == "number" and count.value == 1 and not self._is_han(count):
                end += 1
            ranks.append(rank)
            if (
                self._get(end).is_("clf")
                and self._get(end + 1).is_("prep", "to")
                and rank_of(self._get(end + 2))
            ):
                end += 1
            to = self._get(end)
            if rank > 1 and self._text[to.start : to.end].lower() == "to last":
                ranks[-1] = -rank
                end += 1
                break
            if (to.is_("prep", "to") or to.is_("sep", "and", "comma")) and rank_of(
                self._get(end + 1)
            ):
                if to.is_("prep", "to"):
                    last = rank_of(self._get(end + 1))
                    if last > ranks[-1] > 0:
                        ranks += range(ranks[-1] + 1, last + 1)
                    else:
                        return None
                    end += 2
                    break
                end += 1
                continue
            break
        counted_out = end > at + 1 and self._get(end - 1).kind == "number"
        if not ranks or (self._get(end).kind == "duration" and not counted_out):
            return None
        pron = self._get(end)
        if (
            pron.is_("pron", "it")
            and self._is_han(pron)
            and self._get(end + 1).kind not in ("sep",)
        ):
            shaped = self._get(end + 1)
            if shaped.is_("aspect") and self._has_noun(end + 2):
                kind, after = self._noun(end + 2)
                return (Pick(kind, tuple(ranks), shape=str(shaped.get("aspect"))),), after
            words = self._text[pron.start : pron.end]
            if words[-1:] in "张段个条" and len(ranks) == 1:
                kind, after = self._noun(end + 1)
                return (
                    Pick(kind or ("image" if words.endswith("张") else ""), tuple(ranks)),
                ), after
        kind, after = self._noun(end)
        named = self._get(after)
        if after == end and self._get(end).is_("noun"):
            return None
        if after == end and share_of(self._get(end)) is not None:
            return None
        if named.kind == "name" and self._is_han(self._get(at)) is False:
            return None
        counter = self._get(end)
        if counter.is_("clf", "any") and end + 1 == after and not kind:
            alone = len(ranks) == 1
            ones = alone and self._text[counter.start : counter.end] == "个"
            return (Pick(kind, tuple(ranks), bare=alone, ones=ones),), after
        bare = (
            after == end and len(ranks) == 1 and not self._definite(self._get(at)) and end == at + 1
        )
        ones = after == end and len(ranks) == 1 and not self._is_han(self._get(at))
        return (Pick(kind, tuple(ranks), bare=bare, ones=ones),), after

    def _sided(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """前面两段, 后面三张."""
        words = self._text[self._get(at).start : self._get(at).end]
        number = self._get(at + 1)
        if (
            words not in ("前面", "后面")
            or number.kind != "number"
            or not self._get(at + 2).is_("clf")
        ):
            return None
        count = int(number.value)
        ranks = tuple(range(1, count + 1)) if words == "前面" else tuple(range(-count, 0))
        kind, end = self._noun(at + 2)
        return (Pick(kind, ranks),), end

    def _named(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`beach.mp4`, `the town picture`, `the photo of the town`, `the clip called X`."""
        item = self._get(at)
        if item.is_("name"):
            kind, end = self._noun(at + 1)
            if self._get(end).is_("pron") and self._is_han(self._get(end)):
                said, end = self._noun(end + 1)
                kind = kind or said
            one = self._get(end)
            if end == at + 1 and one.kind == "number" and self._text[one.start : one.end] == "one":
                end += 1
            if self._get(end).is_("noun", "part") and not self._plural(self._get(end)):
                end += 1
            if self._get(at + 1).is_("noun", "video") and self._get(at + 1).kind == "noun":
                kind, end = "video", at + 2
            return (Pick(kind, files=item.get("name")),), end
        beside = self._text[item.end : self._get(at + 1).start].strip() == ""
        if item.kind == "word" and beside and self._get(at + 1).is_("noun", *CLIP_NOUNS):
            noun = self._get(at + 1)
            if not self._plural(noun) and not noun.is_("noun", "video"):
                kind = CLIP_NOUNS[str(noun.get("noun"))]
                return (Pick(kind, unknown=str(item.value)),), at + 2
        if item.is_("noun", *CLIP_NOUNS) and item.kind == "noun":
            joint = self._get(at + 1)
            name = self._get(at + 2)
            kind = CLIP_NOUNS[str(item.get("noun"))]
            with_ = joint.is_("prep", "with") and self._apart
            if (joint.is_("prep", "of", "with") or joint.is_("verb", "say")) and name.is_("name"):
                if with_ or (kind == "video" and self._is_made(at)):
                    return None
                return (Pick(kind, files=name.get("name")),), at + 3
            if joint.is_("name") and not self._is_han(joint):
                return (Pick(kind, files=joint.get("name")),), at + 2
        return None

    def _is_made(self, at: int) -> bool:
        """`make a short film of the garden and the kids`: there is no such video yet."""
        if self._definite(self._get(at)):
            return False
        ahead = takewhile(lambda item: item.kind != "sep", reversed(self._items[:at]))
        return any(item.is_("verb", "make", "create", "need") for item in ahead)

    def _numbered(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`clip 2`, `photos 1 and 2`, `clips 2-4`, 片段2."""
        noun = self._get(at)
        if not noun.is_("noun", *CLIP_NOUNS):
            return None
        number = self._get(at + 1)
        if number.kind != "number" or not float(number.value).is_integer():
            return None
        numbers, end = self._numbers(at + 1)
        kind = CLIP_NOUNS[str(noun.get("noun"))]
        goes_on = self._get(end).is_("sep", "and", "comma") and self._get(end + 1).kind == "number"
        alone = self._get(at - 1) is NONE or self._get(at - 1).kind == "sep"
        if kind and self._plural(noun) and len(numbers) == 1 and alone and not goes_on:
            return None  # `photos 3 s each, and the videos 6`: how long, not which
        return (Pick(kind, numbers),), end

    def _numbers(self, at: int) -> tuple[tuple[int, ...], int]:
        """`2`, `2 to 4`."""
        first = int(self._get(at).value)
        to, last = self._get(at + 1), self._get(at + 2)
        if to.is_("prep", "to") and last.kind == "number" and first < last.value < first + 1000:
            return tuple(range(first, int(last.value) + 1)), at + 3
        if to.is_("prep", "to") and last.is_("noun", "clip") and self._get(at + 3).kind == "number":
            end = int(self._get(at + 3).value)
            if first < end < first + 1000:
                return tuple(range(first, end + 1)), at + 4
        return (first,), at + 1

    def _shaped(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`the portrait video`, 竖屏的那段."""
        item, end = self._get(at), at + 1
        if not item.is_("aspect"):
            return None
        if self._is_han(item):
            before, behind = self._get(at - 1), self._noun(end)[1]
            named = (
                before.is_("prep", "ba")
                or before.is_("clf")
                or (before.kind in ("none", "sep", "polite") and self._get(behind).is_("verb"))
            )
            if named and self._has_noun(end):
                kind, after = self._noun(end)
                return (Pick(kind, shape=str(item.get("aspect"))),), after
            if not self._get(end).is_("prep", "of"):
                return None
            shot = self._text[self._get(end).start : self._get(end).end] == "拍的"
            end += 1
            if self._get(end).is_("pron") or self._get(end).is_("q", "these"):
                kind, after = self._noun(end + 1)
                return (Pick(kind, shape=str(item.get("aspect"))),), after
            if shot and not self._has_noun(end):
                return (Pick(shape=str(item.get("aspect"))),), end
        elif not self._definite(item) and not (
            self._has_noun(end) and self._plural(self._get(end))
        ):
            return None
        kind, after = self._noun(end)
        if after == end and self._get(end).kind == "number" and self._get(end).value == 1:
            after = end + 1
        one = not self._is_han(item) and not self._plural(self._get(after - 1))
        shape = str(item.get("aspect"))
        return ((Pick(kind, one=one, shape=shape),), after) if after > end else None

    def _plain_noun(self, at: int) -> tuple[tuple[Pick, ...], int] | None:
        """`the photos`, `clips`, `the clip`."""
        noun = self._get(at)
        if (
            noun.kind == "noun"
            and noun.value == "video"
            and self._is_han(noun)
            and (self._get(at + 1).is_("q", "each") or self._are_all(at))
        ):
            return (Pick("video", some=True),), at + 1
        if not noun.is_("noun", "clip", "photo", "videos") or noun.kind not in ("noun",):
            return None
        kind = CLIP_NOUNS[str(noun.get("noun"))]
        words = self._text[noun.start : noun.end].lower()
        han = self._is_han(noun)
        single = han and re.search(
            r"[一某][个张段条]$", self._text[max(0, noun.start - 2) : noun.start]
        )
        plural = words.endswith(("s", "footage", "material", "media")) or (han and not single)
        return (Pick(kind, one=not plural, some=not self._definite(noun)),), at + 1

    def _are_all(self, at: int) -> bool:
        """视频|都只留前5秒: each of them."""
        leads = self._get(at - 1).kind in ("none", "sep", "polite", "prep")
        sums = self._is_word(at + 1, "都", "全都", "通通")
        return leads and sums and self._get(at + 2).kind != "neg"

    def _bare_numbers(self, at: int, end: int) -> Clips | None:
        """`3 to 5`, `3 to 5 and the last one`: seconds or clips, which the request tells. None where not all of it, up
        to `end`, can be clips."""
        picks: list[Pick] = []
        while True:
            first, to, last = (self._get(at + n) for n in range(3))
            if (
                first.kind == last.kind == "number"
                and to.is_("prep", "to")
                and first.value < last.value < 1000
            ):
                picks.append(Pick(ranks=tuple(range(int(first.value), int(last.value) + 1))))
                at += 3
            else:
                core = self._core(at) if picks else None
                if core is None:
                    return None
                picks += core[0]
                at = core[1]
            if at >= end:
                return Clips(tuple(picks)) if at == end else None
            if not self._get(at).is_("sep", "and", "comma"):
                return None
            at += 1

    def _takes_clips(self, at: int) -> bool:
        """Whether the numbers at `at` stand behind a verb that is done to whole clips, rather than to seconds."""
        return self._get(at - 1).is_("verb", "keep", "mute", "unmute", "duplicate")


def _is_single(pick: Pick) -> bool:
    """Whether it is one clip that is named or counted."""
    return bool(pick.files) or (len(pick.ranks) == 1 and not pick.bare)


def rank_of(item: Item) -> int:
    if item.is_("ord"):
        return int(item.get("ord"))
    ranks = {"last": -1, "penultimate": -2, "antepenultimate": -3, "first_n": 1, "last_n": -1}
    return ranks.get(str(item.get("rank") or ""), 0)


def share_of(item: Item) -> float | None:
    """The part that `half`, `third`, `20 %` is."""
    if item.is_("noun", "half"):
        return 0.5
    if item.is_("frac"):
        return float(item.get("frac"))
    if item.is_("ord", "3", "4") and item.kind == "ord":
        return None
    return item.value / 100 if item.kind == "percent" and 0 < item.value < 100 else None
