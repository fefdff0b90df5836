"""Sentences that go on from what was said before: answers, corrections, `also the second one`, `1 second instead`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vbtui.studio.director import memory as remembering
from vbtui.studio.director.memory import Memory, Open
from vbtui.studio.director.operation import Match
from vbtui.studio.director.reading import (
    Part,
    is_pronoun,
    of_it,
    read,
)
from vbtui.studio.director.resolving import positions
from vbtui.studio.director.values import Clips, Phrase
from vbtui.studio.director.work import (
    Question,
    Refusal,
    Refused,
    Work,
)
from vbtui.studio.project import draft as d


@dataclass
class Result:
    """What came of the parts of a text."""

    operations: list[dict[str, Any]] = field(default_factory=list)
    done: list[Part] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Names of files among it that the project does not have."""
    said: list[str] = field(default_factory=list)
    """Answers and acknowledgements."""
    question: str = ""
    open: Open | None = None
    choices: tuple[str, ...] = ()
    mood: str = ""
    step: str = "edit"
    steps: int = 1


class FollowUps:
    """One text against what was said before it; the rest of the turn is `director`."""

    def __init__(self, text: str, work: Work, memory: Memory) -> None:
        self._text = text
        self._work = work
        self._memory = memory
        self._result = Result()
        self._amends = False
        self._renews = False
        """The last request is done again with another value: where that cannot be, it stays as it was."""

    def _righted(self, parts: Sequence[Part]) -> list[Part] | None:
        """`mute clip 1, no, clip 2`: the request with what is right in the place of what was said first."""
        if len(parts) != 2 or "correction" not in parts[1].marks or not is_fragment(parts[1]):
            return None
        first = parts[0]
        if first.mood != "request" or first.match is None or not first.match.is_whole:
            return None
        if "correction" in first.marks or parts[1].mood != "request":
            return None
        return remembering.with_changes([first], parts[1].phrases, self._work)

    def _keeps_back(self, parts: Sequence[Part]) -> list[Part] | None:
        """`keep it`, `keep clip 2`, `not clip 1` behind what was done to several: all of it again but for that one."""
        last = self._memory.parts[-1].match if len(self._memory.parts) == 1 else None
        if last is None or len(parts) != 1 or not self._memory.did_change:
            return None
        found, mood = parts[0].match, parts[0].mood
        keeps = (
            mood == "request"
            and found is not None
            and found.operation.name == "keep"
            and last.operation.name == "remove"
            and "when" not in found.slots
        )
        denies = mood == "negation" and all(p.neg or p.kind == "sep" for p in parts[0].phrases)
        held = last.slots.get("clips", [])
        named = [p for p in parts[0].phrases if isinstance(p.get("clips"), Clips)]
        if not (keeps or denies) or not named or not held:
            return None
        self._result.mood = "correction"
        if is_pronoun(named[0]):
            return [undo_part(self._work)]
        self._go_back()
        try:
            wanted = positions(self._work, held[0].get("clips"), speak=False)
            out = positions(self._work, named[0].get("clips"), speak=False)
        except (Refusal, Question):
            wanted, out = [], []
        if not set(out) & set(wanted) or set(wanted) <= set(out):
            self._work.draft = dict(self._work.project.draft or {}) or None
            self._work.mind = replace(self._memory.mind, seen=list(d.clips(self._work.draft or {})))
            return [undo_part(self._work)] if set(wanted) & set(out) else None
        self._amends = True
        old: Clips = held[0].get("clips")
        less = replace(old, but=(*old.but, *named[0].get("clips").picks))
        slots = {**last.slots, "clips": [replace(held[0], kind="clips", value=less, others=())]}
        return [replace(self._memory.parts[0], match=last._replace(slots=slots))]

    def _takes_back(self, part: Part) -> bool:
        """别删, 不要竖屏了 behind the same request: it is not wanted after all."""
        last = self._memory.parts[-1].match if self._memory.parts else None
        return (
            self._work.chinese
            and part.mood == "negation"
            and last is not None
            and self._memory.did_change
            and part.match is not None
            and part.match.operation is last.operation
            and not any(p.is_("clips") or p.kind in ("when", "q") for p in part.phrases)
        )

    def _narrows(self, part: Part) -> bool:
        """只删town behind 把照片删了: the same again, for less."""
        last = self._memory.parts[-1].match if self._memory.parts else None
        return (
            last is not None
            and part.match is not None
            and part.mood == "request"
            and part.match.operation is last.operation
            and last.operation.name in ("remove", "mute", "speed", "fade", "duplicate")
            and any(p.is_("q", "only") or is_only(p) for p in part.phrases)
        )

    def _implied(self, part: Part) -> Part | None:
        """再快一点, 太快了 behind a request for a clip; 剪到10秒 behind an answer about one: that clip is meant."""
        work, memory = self._work, self._memory
        if not work.chinese or part.mood not in ("request", "remark"):
            return None
        if not work.mind.spoken and work.mind.of_kind != "whole":
            return None
        last = memory.parts[-1].match if memory.parts else None
        more = any(
            p.kind in ("too", "more")
            or p.is_("verb", "faster", "slower", "longer", "shorter", "louder", "quieter")
            for p in part.phrases
        )
        measured = any(p.kind in ("duration", "percent", "factor", "number") for p in part.phrases)
        if last is not None and (
            not more or (measured and any(p.kind == "too" for p in part.phrases))
        ):
            return None
        if last is not None and work.mind.of_kind == "whole":
            found = part.match
            mine = found is not None and found.is_whole and _is_family(last, found)
            return replace(part, mood="request") if mine and not measured else None
        phrases = part.phrases
        if work.mind.of_kind == "music" or (last and last.operation.name in ("volume", "mute")):
            phrases = tuple(_as_loudness(p) for p in phrases)
        found = of_it(phrases, part.match if phrases == part.phrases else None, work)
        if found is None or (last is not None and not _is_family(last, found)):
            return None
        if found.operation.name == "length" and not {"length", "part"} & found.slots.keys():
            share = 0.8 if found.slots["way"][0].value == "shorter" else 1.25
            slots = {**found.slots, "part": [Phrase("stretch", share, 0, 0)]}
            found = found._replace(slots=slots)
        return replace(part, mood="request", match=found)

    def _follow_up(self, part: Part) -> list[Part] | None:
        """The last request with what a bare value changes in it; None where the part stands for itself."""
        whole = part.match is not None and part.match.is_whole
        bare = is_fragment(part)
        last = self._memory.parts[-1].match
        names_clips = "clips" in {p.kind for p in part.phrases}
        takes_clips = last is not None and "clips" in last.slots
        counts = names_clips and last is not None and "when" in last.slots
        if bare and _GOES_ON.match(self._text) and (names_clips == takes_clips or counts):
            return self._also(part)
        if whole and last is not None and self._says_of_last(part):
            assert part.match is not None
            slots = {**part.match.slots, "clips": last.slots["clips"]}
            return [replace(part, match=part.match._replace(slots=slots))]
        if whole and not bare and self._adjusts(part):
            values = [p for p in part.phrases if p.kind in _VALUES]
            if (changed := self._changed(values, adds=False)) is not None:
                return changed
        if "also" in part.marks and (bare or not whole or _says_nothing_new(part)):
            return self._also(part)
        if not bare and whole and not is_value_of_it(part):
            return None
        if whole and _lasts_too_long(part, self._memory.parts):
            return None
        work = self._work
        meaning = [p for p in part.phrases if p.kind not in LITTLE]
        complete = (
            whole
            and len(meaning) > 1
            and any(p.is_("clips") and not is_pronoun(p) for p in meaning)
        )
        if complete and "instead" not in part.marks:
            return None
        if bare or is_value_of_it(part):
            adds = not whole or _has_role(part) or "instead" in part.marks or is_value_of_it(part)
            adds = adds or (work.chinese and not _is_about_length(self._memory))
            changed = self._changed(part.phrases, adds=adds)
            if changed is not None:
                return changed
        if not whole and bare:
            return self._changed(part.phrases, adds=True)
        return None

    def _says_of_last(self, part: Part) -> bool:
        """`too fast` behind `speed up clip 1`: of the same clip."""
        last, found = self._memory.parts[-1].match, part.match
        named = ("clips", "whole", "when", "what", "at")
        return (
            last is not None
            and found is not None
            and last.operation is found.operation
            and last.operation.name in ("speed", "volume", "length")
            and "clips" in last.slots
            and not any(name in found.slots for name in named)
            and not any(p.kind in _VALUES for p in part.phrases)
        )

    def _adjusts(self, part: Part) -> bool:
        """`slower, 1.5x` behind `speed up the beach 2x`: the same of the same, with another value."""
        last, found = self._memory.parts[-1].match, part.match
        named = ("clips", "whole", "when", "what", "at", "to_clips")
        return (
            last is not None
            and found is not None
            and last.operation is found.operation
            and last.operation.name in ("speed", "volume", "length")
            and "clips" in last.slots
            and not any(name in found.slots for name in named)
            and any(p.kind in ("factor", "times", "percent", "duration") for p in part.phrases)
        )

    def _nothing(self) -> list[Part] | None:
        self._result.unknown.append(self._text.strip())
        return None

    def _bare(self, text: str) -> None:
        """`yes` or `no` alone, with nothing open."""
        work = self._work
        if remembering.is_no(text) and self._memory.did_change:
            self._result.mood = "correction"
            self._ask(
                Question(
                    work.say("Shall the last change be taken back?", "要撤销上一次修改吗？"),
                    "",
                    [("yes", True), ("no", False)],
                ),
                [undo_part(work)],
                0,
            )
            return
        self._result.said.append(
            work.say("Nothing was asked. What shall be done?", "没有待回答的问题。要做什么？")
        )

    def _answer(self, open_: Open, phrases: Sequence[Phrase]) -> list[Part] | None:
        """The parts that an answer completes; empty where it declines; None when it is something else."""
        text, work = self._text, self._work
        found = remembering.answered(open_, text, phrases, work)
        if remembering.is_no(text) or found == []:
            self._result.mood = "negation"
            self._result.said.append(work.say("Then nothing is changed.", "那就不改了。"))
            return []
        if found is None and open_.is_plan:
            return None
        more = _YES_AND.match(text)
        if found is None and not open_.slot and more:
            rest = read(text[more.end() :], work)
            extra = (
                remembering.with_changes(open_.parts[-1:], rest[0].phrases, work) if rest else None
            )
            if extra is not None and len(rest) == 1:
                work.confirmed = True
                return [*open_.parts, *extra]
        if found is None:
            parts = read(text, work)
            whole = parts and all(
                p.mood != "request" or (p.match is not None and p.match.is_whole) for p in parts
            )
            family = self._same_family(open_, parts, phrases)
            if family is not None:
                self._amends = open_.amends
                if self._amends:
                    self._go_back()
                return family
            if whole and not (
                len(parts) == 1 and is_fragment(parts[0]) and parts[0].mood == "request"
            ):
                return None
            meaning = [p for p in phrases if p.kind not in LITTLE and p.kind != "wrong"]
            fits = bool(meaning) and (
                open_.slot != "quote" or all(p.kind in FRAGMENTS for p in meaning)
            )
            changed = remembering.with_changes(open_.parts, meaning, work) if fits else None
            found = changed if changed is not None else remembering.words_answer(open_, text)
            if found is None:
                whole_text = f"{open_.text.rstrip(' .?!。？！')} {text}"
                said = read(whole_text, work) if open_.text else []
                understood = said and all(
                    p.mood == "request" and p.match is not None and p.match.is_whole for p in said
                )
                if not understood:
                    return None
                found = said
        else:
            work.confirmed = not open_.slot
        self._amends = open_.amends
        if self._amends:
            self._go_back()
        return found

    def _same_family(
        self, open_: Open, parts: Sequence[Part], phrases: Sequence[Phrase]
    ) -> list[Part] | None:
        """`cut it to 8 s` behind `how long?`: the value answers, for no other clip was named."""
        asked = open_.parts[open_.at].match
        if asked is None or not open_.slot or len(parts) != 1 or parts[0].match is None:
            return None
        names = {asked.operation.name, parts[0].match.operation.name}
        families = (
            {"length", "cut", "keep", "split", "remove"},
            {"volume", "mute"},
            {"speed"},
            {"reorder"},
        )
        named = any(p.is_("clips") and not is_pronoun(p) for p in parts[0].phrases)
        if named or not (len(names) == 1 or any(names <= one for one in families)):
            return None
        values = [p for p in phrases if p.kind != "verb" and not is_pronoun(p)]
        return remembering.answered(open_, "", values, self._work)

    def _go_back(self) -> None:
        """To the draft before the last request, which the text corrects."""
        self._work.draft = dict(self._memory.before) if self._memory.before else None
        self._work.mind = replace(
            self._memory.mind, seen=list(d.clips(self._memory.before or {})), mentioned=()
        )

    def _correct(self, parts: list[Part]) -> list[Part] | None:
        """`no, clip 1`: the last request again with what is said now."""
        work, memory = self._work, self._memory
        self._result.mood = "correction"
        phrases = [one for part in parts for one in part.phrases]
        if not memory.parts:
            if phrases and all(
                p.match is not None and p.match.is_whole for p in parts if p.mood == "request"
            ):
                return parts
            question = work.say(
                "What shall be changed? Nothing was done just now.", "要改什么？刚才没有做修改。"
            )
            self._result.question = question
            return None
        if (rewritten := self._reworded()) is not None:
            return rewritten
        if not phrases:
            self._ask(
                Question(
                    work.say("What is right? Or shall it be taken back?", "应该怎样？还是撤销？"),
                    "",
                    [(work.say("take it back", "撤销"), True)],
                ),
                [undo_part(work)],
                0,
            )
            return None
        fresh = [
            p
            for p in parts
            if p.mood == "request"
            and p.match is not None
            and p.match.is_whole
            and not is_fragment(p)
            and not _says_nothing_new(p)
        ]
        if fresh and len(fresh) == len(parts):
            if any(
                p.match is not None and p.match.operation.name in ("undo", "redo") for p in fresh
            ):
                return parts
            if memory.did_change:
                self._amends = True
                self._go_back()
            return parts
        if all(p.mood == "negation" for p in parts):
            return [undo_part(work)] if memory.did_change else parts
        if (changed := self._changed(phrases)) is not None:
            return changed
        self._result.question = work.say(
            "What shall be different? Say it whole, for example: mute clip 2.",
            "要怎么改？请完整地说，例如：片段2静音。",
        )
        return None

    def _reworded(self) -> list[Part] | None:
        """`typo: Hello`: the words behind the colon in the place of those that were shown."""
        words = re.search(r"[:：]\s*([^\s\"“].*)$", self._text)
        held = [p for p in self._memory.parts if p.match is not None and "quote" in p.match.slots]
        if words is None or not held:
            return None
        said = Phrase("quote", words[1].strip(), words.start(1), words.end(1))
        return self._changed([said])

    def _changed(self, phrases: Sequence[Phrase], *, adds: bool = True) -> list[Part] | None:
        memory = self._memory
        work = self._work
        found = remembering.with_changes(memory.parts, _with_ends(phrases), work, adds=adds)
        if found is None:
            return None
        self._result.mood = "correction"
        self._amends = self._renews = memory.did_change
        if self._amends:
            self._go_back()
        return found

    def _also(self, part: Part) -> list[Part] | None:
        """`also clip 3`, `and the one before it`: the last request for another one as well."""
        last = self._memory.parts[-1:]
        named = [
            p
            for p in part.phrases
            if p.is_("clips") or p.thing or p.kind in ("place", "when", "moment")
        ]
        found = remembering.with_changes(last, part.phrases, self._work)
        if found is None and named:
            found = remembering.with_changes(last, named, self._work)
        if found is not None:
            before = list(d.clips(self._memory.before or {}))
            if before:
                self._work.mind.seen = before
        return found

    def _ask(self, question: Question, parts: Sequence[Part], at: int) -> None:
        result = self._result
        result.question = str(question)
        result.choices = tuple(label for label, _ in question.choices)
        result.open = Open(
            tuple(parts), at, question.slot, question.choices, self._amends, self._text
        )


_YES_AND = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay)[,.!]? (?=and |also |but also )", re.IGNORECASE
)


_GOES_ON = re.compile(r"^(?:(?:ok|okay|good|great|and)[,]? )?(?:now|then|next)\b", re.IGNORECASE)


_VALUES = ("factor", "times", "percent", "duration", "decibel", "number", "frac")


def is_only(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and clips.only


def _as_loudness(phrase: Phrase) -> Phrase:
    """小一点 of music is quieter."""
    louder = {"bigger": "louder", "smaller": "quieter"}
    if phrase.kind == "more":
        return replace(phrase, kind="verb", value=louder[str(phrase.value)])
    if phrase.kind == "too" and phrase.value in louder:
        return replace(phrase, value=louder[str(phrase.value)])
    return phrase


def _is_about_length(memory: Memory) -> bool:
    """Whether a bare length can be the one of what was done last."""
    last = memory.parts[-1].match if memory.parts else None
    return last is None or last.operation.name in ("length", "cut", "keep", "add", "split")


_FAMILIES = ({"length", "cut", "keep"}, {"volume", "mute", "music"}, {"speed"})


def _is_family(last: Match, found: Match) -> bool:
    names = {last.operation.name, found.operation.name}
    return len(names) == 1 or any(names <= one for one in _FAMILIES)


FRAGMENT = (
    "clips duration number percent factor decibel frac times colour textsize edge moment time place screen aspect "
    "size resolution fps when quote rank ord dir speed fit each"
)


FRAGMENTS = frozenset(FRAGMENT.split())


LITTLE = (
    "polite",
    "prep",
    "sep",
    "also",
    "instead",
    "neg",
    "little",
    "meant",
    "manner",
    "enough",
    "letters",
    "together",
    "too",
)


def is_fragment(part: Part) -> bool:
    """Whether it names a value and asks for nothing."""
    meaning = [p for p in part.phrases if p.kind not in LITTLE and not p.is_("q", "only")]
    return bool(meaning) and all(p.kind in FRAGMENTS for p in meaning)


def is_value_of_it(part: Part) -> bool:
    """`make it 5 seconds`: a value for what was spoken of."""
    meaning = [p for p in part.phrases if p.kind not in LITTLE]
    values = [p for p in meaning if not p.is_("verb", *SETTING) and not is_pronoun(p)]
    return (
        len(values) < len(meaning)
        and bool(values)
        and all(
            p.kind in FRAGMENTS and p.kind not in ("clips", "aspect", "size", "speed", "fit")
            for p in values
        )
    )


_LONGEST = {"transition": 5000, "fade": 10_000, "music": 0, "volume": 0, "mute": 0, "aspect": 0}
"""ms that the result of an operation can be told to last; 0: it has no length of its own."""


def _lasts_too_long(part: Part, last: Sequence[Part]) -> bool:
    """`add transitions`, `make it exactly 30 seconds`: the whole is meant, for no transition lasts so long."""
    if part.match is None or part.match.operation.name != "length":
        return False
    lengths = [int(p.value) for p in part.phrases if p.kind == "duration"]
    done = [p.match.operation.name for p in last if p.match is not None]
    return bool(lengths and done) and all(
        name in _LONGEST and max(lengths) > _LONGEST[name] for name in done
    )


def _with_ends(phrases: Sequence[Phrase]) -> list[Phrase]:
    """`start at 0:15`, `end it at 40`: the moment as the begin or the end."""
    verb = next((p for p in phrases if p.is_("verb", "start", "stop")), None)
    if verb is None or (verb.kind != "verb" and len(phrases) < 2):
        return list(phrases)
    role = "from" if verb.is_("verb", "start") else "to"
    return [replace(p, role=role) for p in phrases if p is not verb]


SETTING = ("make", "set", "be", "show", "play", "put", "use", "start", "stop")


def _says_nothing_new(part: Part) -> bool:
    """`the title too`: a thing, and nothing that shall become of it."""
    return (
        part.match is not None
        and part.match.operation.name in ("title", "caption", "transition")
        and set(part.match.slots) <= {"head", "change", "what"}
    )


def _has_role(part: Part) -> bool:
    """Whether a value says by its preposition that it belongs to something: `for 3 seconds`, `from 8`."""
    return any(
        p.role in ("for", "from", "until", "at", "after", "before", "between") for p in part.phrases
    )


def undo_part(work: Work) -> Part:
    found = read("undo", work)[0]
    return replace(found, match=found.match)
