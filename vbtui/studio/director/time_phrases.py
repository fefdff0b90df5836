"""When a phrase means: moments, stretches from either end, of the timeline or of clips."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vbtui.language.lexer import Item
from vbtui.studio.director.clip_phrases import (
    ALL_OF_THEM,
    NONE,
    ClipPhrases,
    Found,
    share_of,
)
from vbtui.studio.director.values import END, START, Clips, Edge, Phrase, Place, When

_NTH_MINUTE = re.compile(r"第\s?(?:\d+|[一二三四五六七八九十]+)分钟$")
_STEPS = ("louder", "quieter", "faster", "slower", "longer", "shorter")
_SUMMED = ("clips", "thing", "when", "moment", "place", "name", "edge", "transition")
"""What 都 is about, where it follows one."""
_CLOSES = ("none", "sep", "polite")
_STRETCHES = {"opening": (START, END), "closing": (START, END), "middle": (START, END)}


_LOOKS = re.compile(
    r"(?:\b(?:is|are|was|were|looks?|sounds?|feels?|seems?|not|just|goes|runs)|'s|'re) $", re.I
)
"""Before `so` in `it is so shaky`."""


_EVENT = re.compile(
    r"(?:(?P<begins>开始|出现|出来|出场)|放完|播完|说完|讲完|结束|完)了?"
    r"(?P<when>的?时候|的那一刻|(?:之|以)?后)?(?P<then>[再就才])?"
)


_DONE_FIRST = frozenset(
    [
        "verb",
        "fade",
        "transition",
        "topic",
        "duration",
        "time",
        "more",
        "crop",
        "effect",
        "even",
        "flaw",
        "fit",
        "light",
        "look",
        "lut",
        "noise",
        "run",
        "shake",
        "stretch",
        "straight",
        "steady",
        "still",
        "zoom",
    ]
)
"""Kinds of what is done to a clip; behind 先 they tell what is done first, and not which clip is the first one."""


class TimePhrases(ClipPhrases):
    """Reads when something is."""

    def _event(self, at: int) -> tuple[Phrase, int] | None:
        """`when the interview ends`: a moment beside that clip."""
        found = self._union(at + 1)
        if found is None or (at == 0 and not self._is_han(self._get(at))):
            return None
        if self._is_han(self._get(at)):
            return self._han_event(found[0], at, found[1], waits=True)
        verb, after = self._get(found[1]), self._get(found[1] + 1)
        if self._is_word(at, "while") and verb.kind in _CLOSES:  # while the interview runs
            return Phrase("clips", found[0], self._get(at).start, verb.start, "in"), found[1]
        if after.kind not in _CLOSES:
            return None
        if verb.is_("verb", "play", "show") or self._is_word(
            found[1], "running", "on"
        ):  # while the interview is playing
            return Phrase("clips", found[0], self._get(at).start, verb.end, "in"), found[1] + 1
        over = verb.is_("verb", "stop") or self._is_word(found[1], "over", "done", "finished")
        if not over and not verb.is_("verb", "start"):
            return None
        where = "after" if over else "before"
        start, end = self._get(at).start, verb.end
        return Phrase("place", Place(where, found[0]), start, end, "at"), found[1] + 1

    def _han_event(
        self, clips: Clips, start: int, end: int, *, waits: bool = False
    ) -> tuple[Phrase, int] | None:
        """采访开始的时候, 等海滩放完再…: the moment at which these clips begin, or are over."""
        last = self._get(end - 1).end
        told = _EVENT.match(self._text, last)
        if told is None or not (waits or told["then"] or told["when"]):
            return None
        while self._get(end).kind != "none" and self._get(end).end <= told.end():
            end += 1
        where = "before" if told["begins"] else "after"
        return Phrase("place", Place(where, clips), self._get(start).start, told.end(), "at"), end

    def _sums_up(self, item: Item, before: Sequence[Phrase]) -> bool:
        """照片都…, 红色的字: a word that adds nothing to what stands before it."""
        words = self._text[item.start : item.end]
        last = before[-1] if before else None
        if words == "内容":
            return last is not None and last.kind in ("moment", "when")
        if words == "字":
            return last is not None and last.kind in ("colour", "textsize")
        if words not in ALL_OF_THEM or not item.is_("q", "all"):
            return False
        for phrase in reversed(before):
            if phrase.kind == "sep":
                return False
            if phrase.kind in _SUMMED:
                return True
        return False

    def _is_mere_again(self, item: Item, before: Sequence[Phrase]) -> bool:
        """第二段再加速一点: more of it, and no next step, for nothing was asked yet."""
        if self._text[item.start : item.end] != "再" or not before:
            return False
        for phrase in reversed(before):
            if phrase.kind == "sep":
                return phrase is not before[-1]
            if phrase.kind in ("verb", "fade", "transition", "topic", "duration", "aspect"):
                return False
        return True

    def _says_nothing(self, at: int, before: Sequence[Phrase]) -> bool:
        """放到最后去, `still bigger`, 小红书的3:4: a word that adds nothing to what stands beside it."""
        item, after = self._get(at), self._get(at + 1)
        words = self._text[item.start : item.end].lower()
        if words == "去":
            return after.kind in ("none", "sep") and any(one.kind == "verb" for one in before)
        if words == "still":
            known = after.kind in ("more", "too", "duration") or after.is_("verb", *_STEPS)
            return known or after.kind in ("percent", "factor")
        if item.is_("clf") and self._is_han(item) and before and before[-1].kind == "verb":
            counted = after.is_("ord") or after.kind == "number"  # 拼|个片子, 配|首歌
            return before[-1].end == item.start and after.kind not in _CLOSES and not counted
        if words in ("thing", "stuff", "thingy"):
            return (
                bool(before)
                and before[-1].end == self._get(at - 1).end
                and self._get(at - 1).is_("name")
            )
        if words in ("need", "needs", "want", "wants", "could use"):
            doing = self._text[after.start : after.end].lower()
            return after.kind == "verb" and doing.endswith("ing")  # the interview needs cutting
        if words == "so":
            return _LOOKS.search(self._text, 0, item.start) is not None
        return (
            item.is_("aspect")
            and not re.search(r"\d", words)
            and any(
                one.is_("aspect") and re.search(r"\d", self._text[one.start : one.end])
                for one in self._items
            )
        )

    def _is_finally(self, at: int) -> bool:
        """先A再B，最后C: the last of several steps."""
        item, before = self._get(at), self._text[: self._get(at).start]
        if self._text[item.start : item.end] != "最后" or self._get(at - 1).kind != "sep":
            return False
        steps = re.search(r"先|首先|然后|接着|再", before) is not None
        whole = self._get(at + 1).is_("noun", "video", "everything") or self._get(at + 1).is_(
            "prep", "ba"
        )
        return self._get(at + 1).is_("name") or (
            steps and (whole or self._get(at + 1).kind == "verb")
        )

    def _is_mere_first(self, at: int) -> bool:
        """先把…, 先第二段静音: the order in which things are done, not of clips."""
        item = self._get(at)
        if self._text[item.start : item.end] != "先":
            return False
        uses = False
        for place, after in enumerate(self._items[at + 1 :], at + 1):
            if after.kind == "sep" and after.value != "and":
                return False
            if after.kind == "verb" and after.is_("verb", "put", "show", "use", "play"):
                uses = self._get(place + 1).kind != "duration"
                if not uses:
                    return True
            elif uses and after.is_("verb", "combine", "create"):
                return True  # 先用这两段拼一个
            elif uses:
                continue
            if after.kind == "neg":
                return True
            if after.is_("prep", "ba") or after.is_("edge"):
                return True
            if after.kind in _DONE_FIRST:
                return True
        return False

    def _is_end_cut(self, at: int) -> bool:
        """前面剪掉5秒: a side of what is cut there."""
        item = self._get(at)
        verb = at + 2 if self._get(at + 1).kind in ("also", "polite") else at + 1
        return (
            self._text[item.start : item.end] in ("前面", "后面", "前边", "后边")
            and self._get(verb).is_("verb", "remove", "cut", "trim")
            and self._get(verb + 1).kind == "duration"
        )

    def _point(self, at: int) -> tuple[Edge, int] | None:
        """A moment without its preposition: a time, a length, an edge."""
        item = self._get(at)
        if item.kind == "time" or item.kind == "duration":
            return Edge(0, item.value), at + 1
        if item.is_("edge", "start"):
            return START, at + 1
        if item.is_("edge", "end") or item.is_("edge", "mid"):
            return (END if item.get("edge") == "end" else Edge(0.5)), at + 1
        return None

    def _when(self, at: int, role: str) -> Found:
        found = self._span(at, role)
        if found is None:
            return None
        spans, end, vague = found
        while self._get(end).kind == "sep" and self._get(end).value in ("and", "comma"):
            more = self._span(end + 1, "") or self._bare_span(end + 1, spans[-1])
            if more is None or more[2] or vague:
                break
            if self._get(more[1]).kind == "also" and self._has_verb_before(at):
                break  # 剪掉前5秒，|结尾3秒也剪掉
            spans, end = (*spans, *more[0]), more[1]
        off = any(item.is_("dir", "off") for item in self._items[at:end])
        off |= self._text[self._get(at).start :].startswith(("掐头去尾", "去头去尾"))
        of, end = self._basis(end)
        return When(spans, of, vague, off), end

    def _bare_span(
        self, at: int, before: tuple[Edge, Edge]
    ) -> tuple[tuple[tuple[Edge, Edge], ...], int, str] | None:
        """`the first 8 seconds and the last 12`: in the unit of before."""
        side, number, after = _side(self._get(at)), self._get(at + 1), self._get(at + 2)
        if side not in ("head", "tail") or number.kind != "number":
            return None
        if after.kind not in ("none", "sep", "polite", "dir"):
            return None
        ms = max(abs(before[0].ms), abs(before[1].ms))
        length = round(float(number.value) * (60_000 if ms and ms % 60_000 == 0 else 1000))
        span = (START, Edge(0, length)) if side == "head" else (Edge(1, -length), END)
        return (span,), at + 2, ""

    def _basis(self, end: int) -> tuple[Clips | None, int]:
        """`… of clip 2`, `… from each clip`."""
        item = self._get(end)
        if item.is_("prep", "of", "from", "in", "on", "into") and not self._is_han(item):
            found = self._clips(end + 1, "of")
            core = self._core(end + 1)
            if found is not None and core is not None and self._get(found[1]).is_("prep", "of"):
                return Clips(core[0]), core[1]  # of the interview and the first 2 of the beach
            if found is not None:
                return found[0], found[1]
        return None, end

    def _span(self, at: int, role: str) -> tuple[tuple[tuple[Edge, Edge], ...], int, str] | None:
        item = self._get(at)
        minute = _NTH_MINUTE.match(self._text[item.start : item.end])
        if (
            item.kind == "time"
            and minute
            and (
                self._get(at + 1).is_("verb", "remove", "cut", "keep")
                or (
                    self._get(at - 1).is_("verb", "remove", "cut", "keep", "trim")
                    and self._get(at + 1).kind in ("none", "sep", "polite")
                )
            )
        ):
            return ((Edge(0, item.value - 60_000), Edge(0, item.value)),), at + 1, ""
        if item.kind == "range":
            return ((Edge(0, item.value[0]), Edge(0, item.value[1])),), at + 1, ""
        for reader in (self._from_to, self._head_or_tail, self._off_an_end, self._edge_and_length):
            found = reader(at, role)
            if found is not None:
                return (*found, "")
        behind = (
            self._head_or_tail(at + 1, role) if item.is_("noun", "opening", "closing") else None
        )
        if behind is not None:
            return (*behind, "")
        if (
            item.is_("noun", "opening", "closing")
            and self._length_behind(at)
            and self._is_han(item)
        ):
            found = _at_edge(
                "start" if item.is_("noun", "opening") else "end", self._get(at + 1).value, at + 2
            )
            if found is not None:
                return (*found, "")
        if item.is_("noun", "opening", "closing", "middle") and not self._length_behind(at):
            name = item.get("noun")
            whole = {"opening": (START, Edge(0)), "closing": (Edge(1), END)}.get(name, (START, END))
            return (whole,), at + 1, str(name)
        return None

    def _length_behind(self, at: int) -> bool:
        return self._get(at + 1).kind == "duration"

    def _from_to(self, at: int, role: str) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        """`3rd to the 6th second`, `0:30 to the end`, `0:10 and 0:15` behind `between`."""
        first, number = self._point(at), self._get(at)
        if number.is_("ord") and self._get(at + 1).is_("prep", "to") and role in ("", "at", "in"):
            first = Edge(0, int(number.get("ord")) * 1000), at + 1
        loose = number.kind in ("number", "ord") and role in ("from", "between", "")
        if loose and not role:
            loose = number.kind == "number" and self._get(at + 2).kind == "number"
        if first is None and not loose:
            return None
        end = first[1] if first else at + 1
        joint = self._get(end)
        between = role == "between" and joint.kind == "sep" and joint.value in ("and", "comma")
        if between:
            end += 1
        elif (
            joint.is_("verb", "start")
            and self._is_han(joint)
            and self._get(end + 1).is_("prep", "to")
        ):
            end += 2
        elif joint.is_("prep", "to"):
            while self._get(end).is_("prep", "to", "at"):
                end += 1
        elif joint.is_("dir", "later") and self._is_han(joint) and first and not between:
            return (((first[0], END),), end + 1)
        elif joint.is_("dir", "on") or (joint.is_("prep", "on") and role == "from" and first):
            return (((first[0] if first else START), END),), end + 1
        else:
            return None
        second, last = self._point(end), self._get(end)
        if number.kind == "ord" and last.kind in ("time", "duration") and role in ("", "at", "in"):
            return (
                (Edge(0, int(number.get("ord")) * 1000), second[0] if second else END),
            ), end + 1
        both_measured = number.kind in ("duration", "time") and last.kind in ("duration", "time")
        if second is None and not (loose and last.kind in ("number", "ord")):
            return None
        if (
            role not in ("from", "between")
            and not loose
            and not both_measured
            and (first is None or number.kind == "duration")
            and number.kind != "time"
        ):
            return None
        unit = 1000
        if last.kind == "duration" and number.kind == "number" and last.value % 60_000 == 0:
            unit = 60_000
        begin = first[0] if first else Edge(0, round(float(number.value) * unit))
        finish = second[0] if second else Edge(0, round(float(last.value) * unit))
        return ((begin, finish),), (second[1] if second else end + 1)

    def _head_or_tail(self, at: int, role: str) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        """`first 3 seconds`, `last half`, `middle 5 s`, `first and last 2 s`, 前三秒."""
        item = self._get(at)
        if self._means_to_last(at):
            return None
        both = self._first_and_last(at) or self._numbered_ends(at)
        if both:
            return both
        side = _side(item)
        if not side:
            return None
        end = at + 1
        while self._get(end).is_("prep", "of") and self._is_han(self._get(end)):
            end += 1
        value = self._get(end)
        if side == "middle" and self._lasts_between(at):
            return None
        if value.kind == "duration":
            spans = {
                "head": (START, Edge(0, value.value)),
                "tail": (Edge(1, -value.value), END),
                "middle": (Edge(0.5, -(value.value // 2)), Edge(0.5, value.value // 2)),
            }
            return ((spans[side],), end + 1) if side in spans else None
        share = share_of(value)
        beyond = self._get(end + 1)
        if (
            value.is_("ord", "3")
            and not self._is_han(value)
            and beyond.kind in ("none", "sep", "polite", "prep")
        ):
            share = 1 / 3
        of_clips = self._is_han(item) and self._get(end + 1).is_("noun", "clip", "photo")
        if share is None or of_clips:
            return None
        if item.is_("ord") and int(item.get("ord")) > 1:
            number = int(item.get("ord")) - 1
            if (number + 1) * share > 1.001:
                return None
            return ((Edge(number * share), Edge((number + 1) * share)),), end + 1
        spans = {
            "head": (START, Edge(share)),
            "tail": (Edge(1 - share), END),
            "middle": (Edge(0.5 - share / 2), Edge(0.5 + share / 2)),
        }
        return ((spans[side],), end + 1) if side in spans else None

    def _lasts_between(self, at: int) -> bool:
        """中间0.5秒叠化: between the clips."""
        length, end = self._get(at + 1), at + 2
        while self._get(end).is_("prep", "of"):
            end += 1
        joins = self._get(end).kind in ("transition", "fade")
        return self._is_han(self._get(at)) and length.kind == "duration" and joins

    def _means_to_last(self, at: int) -> bool:
        """`make it last 5 seconds`."""
        item, before = self._get(at), self._get(at - 1)
        return (
            self._text[item.start : item.end].lower() == "last"
            and self._text[before.end : item.start].strip() == ""
            and (before.is_("pron") or before.is_("noun") or before.kind in ("name", "number"))
            and self._get(at + 1).kind in ("duration", "number")
            and any(one.is_("verb", "make", "set") for one in self._items[max(0, at - 4) : at])
        )

    def _first_and_last(self, at: int) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        first, joint, last, length = (self._get(at + n) for n in range(4))
        ordered = first.is_("ord", "1", 1) and last.is_("rank", "last")
        if ordered and joint.kind == "sep" and length.kind == "duration":
            return ((START, Edge(0, length.value)), (Edge(1, -length.value), END)), at + 4
        return None

    def _numbered_ends(self, at: int) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        """`first 10 and the last 10 seconds`."""
        first, number, joint, last, length = (self._get(at + n) for n in range(5))
        ordered = first.is_("ord", "1", 1) and last.is_("rank", "last") and joint.kind == "sep"
        if not ordered or number.kind != "number" or length.kind != "duration":
            return None
        unit = 60_000 if length.value % 60_000 == 0 else 1000
        return ((START, Edge(0, round(number.value * unit))), (Edge(1, -length.value), END)), at + 5

    def _off_an_end(self, at: int, role: str) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        """`2 seconds off both ends`, `2 seconds from the start`, `2 s at the end`."""
        length, joint, edge = (self._get(at + n) for n in range(3))
        if length.kind == "duration" and joint.is_("prep", "from") and edge.kind == "time":
            return ((Edge(0, edge.value), Edge(0, edge.value + length.value)),), at + 3
        if length.kind == "number" and joint.is_("dir", "off") and edge.is_("edge"):
            return _at_edge(str(edge.get("edge")), round(length.value * 1000), at + 3)
        if length.kind != "duration" or not edge.is_("edge") or role in ("to", "for", "at"):
            return None
        if not joint.is_("prep", "from", "of", "on"):
            return None
        return _at_edge(str(edge.get("edge")), length.value, at + 3)

    def _edge_and_length(
        self, at: int, role: str
    ) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
        """开头3秒, 首尾各2秒, 结尾的2秒."""
        edge, end = self._get(at), at + 1
        words = self._text[edge.start : edge.end]
        if words in ("前面", "后面") and self._get(end).kind == "duration":
            where = "start" if words == "前面" else "end"
            return _at_edge(where, self._get(end).value, end + 1)
        if not edge.is_("edge") or not self._is_han(edge):
            return None
        while self._get(end).is_("q", "each") or self._get(end).is_("prep", "of"):
            end += 1
        length = self._get(end)
        if length.kind != "duration":
            return None
        return _at_edge(str(edge.get("edge")), length.value, end + 1)

    def _moment(self, at: int, role: str) -> Found:
        item = self._get(at)
        side, edge = self._get(at + 1), self._get(at + 2)
        if item.kind == "duration" and edge.kind == "edge" and not self._is_han(item):
            if side.is_("prep", "before") and edge.is_("edge", "end"):
                return Edge(1, -item.value), at + 3
            if side.is_("prep", "after") and edge.is_("edge", "start"):
                return Edge(0, item.value), at + 3
        if item.kind == "time":
            of, end = self._basis(at + 1)
            return Edge(0, item.value), end if of is None else at + 1
        if item.kind == "duration" and role in ("at", "from", "after", "before", "until"):
            return Edge(0, item.value), at + 1
        if item.kind == "duration" and self._get(at + 1).is_("prep", "in", "into") and role == "":
            after = self._get(at + 2)
            if after is NONE or after.kind == "sep":
                return Edge(0, item.value), at + 2
        return None

    def _each_duration(self, at: int, role: str) -> Found:
        """每张3秒."""
        every = (
            self._get(at).is_("q", "each")
            or self._text[self._get(at).start :][:5].lower() == "every"
        )
        if not every:
            return None
        end = at + 1
        while self._get(end).is_("clf") or self._text[
            self._get(end).start : self._get(end).end
        ] in ("就", "都"):
            end += 1
        length = self._get(end)
        return (length.value, end + 1) if length.kind == "duration" else None


def _side(item: Item) -> str:
    if item.is_("ord", "1", 1) or item.is_("rank", "first_n"):
        return "head"
    if item.is_("rank", "last", "last_n"):
        return "tail"
    if item.is_("rank", "middle") or item.is_("edge", "mid") or item.is_("noun", "middle"):
        return "middle"
    return "part" if item.is_("ord") else ""


def _at_edge(edge: str, length: int, end: int) -> tuple[tuple[tuple[Edge, Edge], ...], int] | None:
    head, tail = (START, Edge(0, length)), (Edge(1, -length), END)
    spans = {"start": (head,), "end": (tail,), "both": (head, tail)}.get(edge)
    return (spans, end) if spans else None
