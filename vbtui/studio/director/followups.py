"""Sentences that go on from what was said before: answers, corrections, `also the second one`, `1 second instead`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vbtui.studio.director import memory as remembering
from vbtui.studio.director.clauses import is_pronoun
from vbtui.studio.director.memory import Memory, Open
from vbtui.studio.director.operation import WEAK, Match, Slots, kinds_of, match
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.director.reading import Part, joined, next_of, read, removal_of
from vbtui.studio.director.requests import OF_A_CLIP, of_it
from vbtui.studio.director.resolving import identity, positions
from vbtui.studio.director.resolving import texts as meant_texts
from vbtui.studio.director.rewriting import as_loudness
from vbtui.studio.director.values import (
    END,
    IT,
    START,
    Clips,
    Edge,
    Phrase,
    Pick,
    Place,
    Thing,
    When,
)
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
        self._asked: tuple[Part, ...] = ()
        """The requests of the text that can be done here."""
        self._constraints: tuple[Part, ...] = ()
        """What is forbidden beside them."""
        self._amends = False
        self._corrects = False
        """Whether the last sentence is done again with something else in it."""
        self._renews = False
        """The last request is done again with another value: where that cannot be, it stays as it was."""

    @property
    def _last(self) -> Match | None:
        """What the last request asked for."""
        return self._memory.parts[-1].match if self._memory.parts else None

    def _do_again(self) -> None:
        """What was done last is done again, with something else in it."""
        self._result.mood = "correction"
        self._amends = self._renews = self._memory.did_change
        if self._amends:
            self._go_back()

    def _righted(self, parts: Sequence[Part]) -> list[Part] | None:
        """`mute clip 1, no, clip 2`: the request with what is right in the place of what was said first."""
        if len(parts) != 2 or "correction" not in parts[1].marks or not is_fragment(parts[1]):
            return None
        first = parts[0]
        if first.mood != "request" or not first.is_whole or parts[1].mood != "request":
            return None
        if "correction" in first.marks:
            return None
        return remembering.with_changes([first], parts[1].phrases, self._work)

    def _keeps_back(self, parts: Sequence[Part]) -> list[Part] | None:
        """`keep it`, `keep clip 2`, `not clip 1` behind what was done to several: all of it again but for that one."""
        last = self._memory.parts[-1].match if len(self._memory.parts) == 1 else None
        if last is None or len(parts) != 1 or not self._memory.did_change:
            return None
        mood = parts[0].mood
        keeps = (
            mood == "request"
            and _only_keeps(parts[0])
            and last.operation.name == "remove"
            and not any(p.is_("q", "only") or is_only(p) for p in parts[0].phrases)
        )
        named = [p for p in parts[0].phrases if isinstance(p.get("clips"), Clips)]
        bare = [p for p in parts[0].phrases if p.kind == "number" and float(p.value).is_integer()]
        counts = last.operation.name in _SPARES and last.operation.name != "length"
        if len(bare) == 1 and counts and mood == "request":
            said = [p for p in parts[0].phrases if p not in bare and p.kind not in LITTLE]
            denied = not said and any(p.is_("neg", "not") for p in parts[0].phrases)
            kept = bool(said) and all(p.is_("verb", "keep") for p in said)
            if "clips" in last.slots and (denied or (kept and last.operation.name == "remove")):
                ranks = Clips((Pick(ranks=(int(bare[0].value),)),))  # actually keep 6
                named, keeps = [replace(bare[0], kind="clips", value=ranks)], True
        denies = mood == "negation" and all(p.neg or p.kind == "sep" for p in parts[0].phrases)
        held = last.slots.get("clips", [])
        spared = None if _ONLY.search(self._text) else _spared(parts[0], last)
        if spared is not None:
            if not spared.is_("clips"):
                return self._but_for(spared, last)
            named, held = [spared], held or [Phrase("clips", Clips((Pick(),)), 0, 0)]
        elif not (keeps or denies) or not named or not held:
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
        return [self._memory.parts[0].filled(slots)]

    def _but_for(self, spared: Phrase, last: Match) -> list[Part]:
        """标题留着, 第一个转场留着 behind the removal of all: the others go again, one by one."""
        self._go_back()
        work = self._work
        texts = d.texts(work.draft or {})
        if spared.thing == "transition":
            there = [n for n, join in enumerate(d.joins(work.clips), 1) if join]
            kept = [there[spared.value.rank - (spared.value.rank > 0)]]
            wheres = [
                Phrase("place", Place("between", Clips((Pick(ranks=(n, n + 1)),))), 0, 0)
                for n in there
                if n not in kept
            ]
            again = [removal_of("transition", [where], work) for where in wheres]
        else:
            stays = {identity(one) for one in meant_texts(work, spared)}
            others = [str(d.meta(one).get("text")) for one in texts if identity(one) not in stays]
            again = [removal_of("text", [Phrase("quote", one, 0, 0)], work) for one in others]
        self._amends = True
        self._result.mood = "correction"
        return [part for parts in again for part in parts or []]

    def _only_longer(self, parts: Sequence[Part]) -> list[Part] | None:
        """`only those longer than 2 seconds` behind the removal of pauses, or of what is black: the same again, of these."""
        last = self._last
        if last is None or last.operation.name not in ("silence", "flaws") or "way" in last.slots:
            return None
        if len(parts) != 1 or parts[0].mood != "request" or not self._memory.did_change:
            return None
        said = [p for p in parts[0].phrases if p.kind not in LITTLE and not p.is_("q", "only")]
        said = [p for p in said if not (p.is_("verb", "keep", "remove", "cut") or is_pronoun(p))]
        said = [p for p in said if not p.is_("silences") and not p.is_("flaw")]
        durations = [int(p.value) for p in said if p.kind == "duration"]
        more = any(p.is_("cmp", "more") for p in said)
        least = durations[0] if len(durations) == 1 and more and len(said) == 2 else 0
        clips = said[0].get("clips") if len(said) == 1 else None
        if isinstance(clips, Clips) and not clips.but:
            only = clips.picks[0]
            least = -only.shorter if clips.picks == (Pick(shorter=only.shorter),) else 0
        if least <= 0:
            return None
        self._do_again()
        slots = {**last.slots, "least": [Phrase("duration", least, 0, 0)]}
        return [self._memory.parts[-1].filled(slots)]

    def _takes_back(self, part: Part) -> bool:
        """别删, 不要竖屏了 behind the same request: it is not wanted after all."""
        last = self._last
        return (
            self._work.chinese
            and part.mood == "negation"
            and last is not None
            and self._memory.did_change
            and part.match is not None
            and not part.match.left
            and part.does == last.operation.name
            and not any(p.is_("clips") or p.kind in ("when", "q") for p in part.phrases)
            and len([p for p in part.phrases if p.kind not in LITTLE]) <= 1
        )

    def _narrows(self, part: Part) -> bool:
        """只删town behind 把照片删了, 只改第一张 behind another: the same again, for less."""
        last = self._last
        takes = last is not None and any(slot.name == "clips" for slot in last.form.slots)
        alone = _ONLY.search(self._text) and not _KEEP.search(self._text)
        named = last is not None and bool(alone) and _only_named(part, last)
        only = last is not None and (_only_changes(part) or named)
        if takes and self._memory.did_change and only:
            return True
        return (
            last is not None
            and part.mood == "request"
            and part.does == last.operation.name
            and part.does in ("remove", "mute", "speed", "fade", "duplicate")
            and any(p.is_("q", "only") or is_only(p) for p in part.phrases)
        )

    def _implied(self, part: Part) -> Part | None:
        """再快一点, 太快了 behind a request for a clip; 剪到10秒 behind an answer about one: that clip is meant."""
        work, memory = self._work, self._memory
        if not work.chinese or part.mood not in ("request", "remark"):
            return self._slightly(part)
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
            if last.operation.name in ("volume", "mute"):  # 再大一点
                found = match(tuple(map(as_loudness, part.phrases)), OPERATIONS, work)
            mine = found is not None and found.is_whole and _is_family(last, found)
            return replace(part, mood="request") if mine and not measured else None
        phrases = part.phrases
        if work.mind.of_kind == "music" or (last and last.operation.name in ("volume", "mute")):
            phrases = tuple(as_loudness(p) for p in phrases)
        found = of_it(phrases, part.match if phrases == part.phrases else None, work)
        if found is None or (last is not None and not _is_family(last, found)):
            return None
        stepped = "way" in found.slots and not {"length", "part"} & found.slots.keys()
        if found.operation.name == "length" and stepped:
            found = _by_a_fifth(found, found.slots)
        return replace(part, mood="request", match=found)

    def _slightly(self, part: Part) -> Part | None:
        """`a bit shorter` behind `cut the beach to 6 s`: the same clips by a fifth."""
        last = self._last
        found = part.match
        if last is None or found is None or not _SLIGHTLY.match(self._text):
            return None
        if found.operation.name != "length" or not _is_family(last, found):
            return None
        if "clips" not in last.slots or set(found.slots) - {"head", "way", "little"}:
            return None
        slots = {**found.slots, "clips": last.slots["clips"]}
        return replace(part, match=_by_a_fifth(found, slots))

    def _follow_up(self, part: Part) -> list[Part] | None:
        """The last request with what a bare value changes in it; None where the part stands for itself."""
        if _shows_words(part) or "old" in part.slots:
            return None
        begins = any(p.is_("verb", "start") for p in part.phrases)
        if begins and part.match is None and self._memory.parts[-1].does == "length":
            return None  # trim it to a minute; start at 0:10
        length = part.does == "length"
        built = not d.clips(self._memory.before or {}) and len(self._memory.parts) > 1
        if built and length and any(map(is_pronoun, part.phrases)):
            self._work.mind.speak("whole", [])  # town for 3 s, then the beach; make it 9 s
            return None
        if length and part.is_whole and _WHOLE.search(self._text):
            return None
        if (of_text := self._of_spoken(part)) is not None:
            return of_text
        if (of_last := self._of_last(part)) is not None:
            return of_last
        whole = part.is_whole
        bare = is_fragment(part)
        last = self._last
        kinds = {p.kind for p in part.phrases if p.kind not in LITTLE or p.kind == "neg"}
        if kinds == {"transition"} and last is not None and last.operation.name == "transition":
            return self._changed(part.phrases)  # 在town前面加个转场, and then 擦除
        names_clips = "clips" in {p.kind for p in part.phrases}
        takes_clips = last is not None and "clips" in last.slots
        counts = names_clips and last is not None and "when" in last.slots
        if bare and _GOES_ON.match(self._text) and (names_clips == takes_clips or counts):
            return self._also(part)
        if (kept := self._other_part(part)) is not None:
            return kept
        if whole and last is not None and self._says_of_last(part):
            return [part.filled({**part.slots, "clips": last.slots["clips"]})]
        if whole and last is not None and _is_relative(part) and part.match is not None:
            if not {"clips", "whole", "what"} & _objects(part.match) and "clips" in last.slots:
                return [part.filled({**part.slots, "clips": last.slots["clips"]})]
            held = [p.value for p in last.slots.get("when", []) if isinstance(p.value, When)]
            begin, end = held[0].spans[0] if len(held) == 1 and not held[0].vague else (START, END)
            step, less = part.slots["length"][0], part.slots["way"][0].value == "shorter"
            if not isinstance(step.value, int):
                return None  # 再多停0:05
            ms = end.ms - begin.ms + (-step.value if less else step.value)
            if begin.part != end.part or ms <= 0:
                return None
            return self._changed([replace(step, value=ms, role="")])  # … ten seconds less
        if whole and not bare and self._adjusts(part):
            values = [p for p in part.phrases if p.kind in _VALUES]
            if (changed := self._changed(values)) is not None:
                return changed
        if (
            whole
            and last is not None
            and "also" in part.marks
            and part.does == last.operation.name
            and ({"clips", "to"} <= part.slots.keys() or part.does == "remove")
        ):
            self._work.mind.seen = list(d.clips(self._memory.before or {})) or self._work.mind.seen
            return None
        found = part.match if whole else None
        there = last is not None and found is not None and _is_elsewhere(found, last)
        if "also" in part.marks and (bare or not whole or _says_nothing_new(part) or there):
            return self._also(part)
        follows = _THEN_IT.match(self._text) and part.does in ("speed", "volume", "mute")
        if follows and whole and self._is_of_some(part, "clips", "what"):
            return [part.filled({**part.slots, "clips": [IT]})]
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
        if bare and part.does in ("speed", "volume") and self._is_of_some(part, "clips", "what"):
            return [part.filled({**part.slots, "clips": [IT]})]  # … but at half speed
        return None

    def _is_of_some(self, part: Part, *objects: str) -> bool:
        """Whether some clips were spoken of, and it names none of these."""
        mind, every = self._work.mind, d.clips(self._work.draft or {})
        some = mind.of_kind == "clips" and 0 < len(mind.spoken) < len(every)
        return some and part.match is not None and not set(objects) & _objects(part.match)

    def _of_spoken(self, part: Part) -> list[Part] | None:
        """显示到12秒, `show it until 0:12` behind another request about a text: it is done to that one."""
        last, work = self._memory.parts[-1].match, self._work
        verbs = [p for p in part.phrases if p.kind == "verb"]
        said = [p for p in part.phrases if (p.is_("clips") and not is_pronoun(p)) or p.thing]
        if work.mind.of_kind != "text" or not verbs or said or last is None:
            return None
        its = () if any(map(is_pronoun, part.phrases)) else (IT,)
        found = match((*part.phrases, *its), OPERATIONS, work)
        if found is None or not found.is_whole or not {"until", "what"} <= found.slots.keys():
            return None
        return [replace(part, match=found)]

    def _of_last(self, part: Part) -> list[Part] | None:
        """What only makes sense of what was done last: `everywhere`, `then the kids`, `longer, 3 s`, `and in orange`."""
        last, found, work = self._memory.parts[-1].match, part.match, self._work
        if last is None:
            return None
        if _SAME.match(self._text):
            named = [p for p in part.phrases if p.kind not in LITTLE and not is_pronoun(p)]
            named = [p for p in named if p.kind != "verb"]
            if named and all(p.kind in ("clips", "place", "when", "moment") for p in named):
                return remembering.with_changes(self._memory.parts[-1:], named, work)
        name = last.operation.name
        meaning = [p for p in part.phrases if p.kind not in LITTLE and not is_pronoun(p)]
        if any(p.kind == "onemore" for p in meaning):
            return self._once_more([p for p in meaning if p.kind != "onemore"])
        verbs = [p for p in meaning if p.kind == "verb"]
        moves = name == "reorder" and (found is None or not found.is_whole)
        if "also" in part.marks and not verbs and (moves or name == "add"):
            verb = Phrase("verb", "move" if moves else "add", 0, 0)
            more = match((verb, *part.phrases), OPERATIONS, work)
            if more is not None and more.is_whole and more.operation.name in ("reorder", "add"):
                return [replace(part, match=more)]  # and the cake at the very end
        ends = [p for p in last.slots.get("to", []) if p.is_("edge", "start", "end")]
        if name == "reorder" and ends and all(p.is_("verb", "flip_order") for p in meaning):
            other = "end" if ends[0].is_("edge", "start") else "start"  # … the other way round
            return self._changed([replace(ends[0], kind="edge", value=other, others=())])
        steps = [p for p in meaning if p.kind in ("dir", "places")]
        if name == "reorder" and steps and meaning == steps and steps[0].kind == "dir":
            slots = {**last.slots, "clips": [IT], "to": steps[:1], "steps": steps[1:]}
            way = [Phrase("preset", "move", 0, 0)]
            return [replace(part, match=last._replace(slots={**slots, "way": way}))]
        if name == "reorder" and _THEN.match(self._text):
            named = [p for p in meaning if p.kind != "verb"]
            if named and all(p.is_("clips") for p in named):
                following = next_of(part, work)
                return [following] if following is not None else None
        denies = any(p.kind == "neg" for p in part.phrases)
        everywhere = (
            not denies
            and any(p.kind != "verb" for p in meaning)
            and all(
                "whole" in kinds_of(p, work)
                or p.kind == "all"
                or p.is_("q", "all")
                or p.is_("verb", "make", "add")
                for p in meaning
            )
        )
        if name in _SPREADS and meaning and everywhere and {"at", "clips"} & last.slots.keys():
            slots = {k: v for k, v in last.slots.items() if k not in ("at", "clips", "begin")}
            return [self._memory.parts[-1].filled(slots)]
        ranks = [p for p in meaning if "nth_bare" in kinds_of(p, work)]
        if name == "transition" and ranks and all(p in ranks or p.kind == "verb" for p in meaning):
            counted = any(isinstance(p.value, Thing) and p.value.rank for p in last.slots["head"])
            if counted and {"kind", "length"} & last.slots.keys():
                return self._also(part) if "also" in part.marks else self._changed(ranks)
            self._ask(
                Question(work.say("Between which clips?", "哪两段之间？"), "at"),
                [replace(self._memory.parts[-1], match=last)],
                0,
            )
            return []
        placed = [
            p for p in meaning if p.kind == "place" or (p.is_("clips") and p.role == "between")
        ]
        removes = any(
            p.is_("verb", "remove") or (work.chinese and p.is_("neg", "dont")) for p in part.phrases
        )
        if name == "transition" and placed and removes:
            return removal_of("transition", placed, work)
        held = [p.get("clips") for p in last.slots.get("at", [])]
        wide = all(isinstance(one, Clips) and one == Clips((Pick(),)) for one in held)
        if name == "transition" and placed and wide and "also" not in part.marks:
            kinds = [p for p in meaning if p.is_("transition")]
            if all(p in placed or p in kinds or p.is_("verb", "keep") for p in meaning):
                slots = {k: v for k, v in last.slots.items() if k != "at"}
                self._do_again()
                again = self._memory.parts[-1].filled(slots)
                return remembering.with_changes([again], [*placed, *kinds], work)
        values = [p for p in meaning if p.kind in ("number", "duration", "percent", "factor")]
        values += [p for p in meaning if p.kind == "moment" and name == "length"]
        named = [p for p in meaning if p.kind == "clips" and not p.get("clips").picks[0].rest]
        loose = [p for p in meaning if p not in values and p not in named]
        if (
            name in ("length", "volume", "speed")
            and len(values) == len(named) == 1
            and all(p.is_("verb", "make", "leave", "keep", "set", "be") for p in loose)
            and (not values[0].is_("moment") or values[0].value.part == 0)
            and not (found is not None and found.is_whole)
        ):
            return self._same_of(_left_out(named[0]), values[0])
        others = [p.get("clips") for p in meaning if p.is_("clips")]
        if (
            name == "transition"
            and others
            and all(pick.rest and not pick.kind for clips in others for pick in clips.picks)
            and all(p.is_("clips") or p.is_("verb", "remove", "add", "make") for p in meaning)
        ):
            slots = {k: v for k, v in last.slots.items() if k != "at"}
            return [self._memory.parts[-1].filled(slots)]
        properties = ("colour", "textsize", "screen", "more")
        looks = [p for p in meaning if not p.is_("verb", *SETTING, "move")]
        looks = [p for p in looks if not p.is_("dir", "back")]
        if name in _TEXTS:  # 放中间: in the middle of the picture
            center = Phrase("screen", "center", 0, 0)
            looks = [replace(center, start=p.start) if p.is_("edge", "mid") else p for p in looks]
        if looks and all(p.kind in properties for p in looks) and name in _TEXTS:
            return self._changed(looks)
        timed = ("moment", "time", "when", "duration", "edge", *properties)
        values = [p for p in meaning if p.kind in timed]
        verbs = [p for p in meaning if p not in values]
        if (
            name in _TEXTS
            and len(values) > 1
            and all(p.is_("verb", *SETTING, "appear") for p in verbs)
            and not (found is not None and found.operation.name in _TEXTS and found.is_whole)
        ):
            return self._changed(values)
        begins = [found.slots["when"][0]] if found is not None and "when" in found.slots else []
        grown = last.slots.get("when", [])
        if (
            name == "cut"
            and begins
            and grown
            and found is not None
            and found.operation is last.operation
            and re.search(r"都|\ball\b|\bwhole\b", self._text)
            and _grows(grown[0], begins[0])
        ):
            return self._changed(begins)
        if found is None:
            return None
        bare = [p for p in meaning if p.kind != "verb"]
        if (
            name == "reorder"
            and found.operation.name == "add"
            and len(bare) == 1
            and "nth" in kinds_of(bare[0], work)
        ):
            return self._changed([replace(bare[0], role="to")])
        stops = [p for p in meaning if p.kind in ("duration", "time", "moment", "number")]
        if (
            name == "music"
            and len(stops) == 1
            and any(p.kind == "verb" and p.value == "stop" for p in meaning)
        ):
            ms = stops[0].value * 1000 if stops[0].kind == "number" else 0
            stop = replace(stops[0], kind="moment", value=Edge(0, round(ms))) if ms else stops[0]
            return self._changed([replace(stop, role="to")])
        own = [p for p in meaning if p.kind == "verb" and not p.is_("verb", *_OF_IT)]
        if own or _WHOLE.search(self._text):
            return None
        objects = {"clips", "whole", "what"} & found.slots.keys()
        if (
            found.operation.name in ("length", "keep", "cut")
            and name in _HAS_LENGTH
            and not objects
        ):
            held = [
                p for p in meaning if p.kind in ("duration", "number", "when", "moment", "time")
            ]
            if name in _TEXTS:
                held = [
                    replace(p, role=p.role or "for") if p.kind == "duration" else _lasting(p)
                    for p in held
                ]
            if any(p.is_("dir", "earlier", "later") for p in meaning):
                held = [replace(p, role="at") if p.role == "to" else p for p in held]
            if name != "music" and _lasts_too_long(part, self._memory.parts):
                return None
            is_timed = {"from", "until", "when", "length"} & last.slots.keys()
            if name == "music" and found.operation.name == "length" and not is_timed:
                return None
            if name == "music" and any(is_pronoun(p) for p in part.phrases):
                return None
            if held and (changed := self._changed(held)) is not None:
                return changed
        return None

    def _same_of(self, clips: Phrase, value: Phrase) -> list[Part] | None:
        """`the last one 8` behind `5 seconds each`: these have a value of their own, in the unit of the last."""
        last = self._memory.parts[-1]
        assert last.match is not None
        name = next((n for n in ("length", "level", "to") if n in last.match.slots), "")
        if not name:
            return remembering.with_changes([last], [clips, value], self._work)
        held = last.match.slots[name][0]
        one = remembering.in_place_of(held, value)
        if one is None:
            return None
        one = replace(one, role="to", each=False, marks=frozenset())
        whose = next((p.get("clips") for p in last.match.slots.get("clips", [])), None)
        if isinstance(whose, Clips):
            clips = replace(clips, value=remembering.of_same_kind(whose, clips.get("clips")))
        asked = (Phrase("verb", "set", 0, 0), replace(clips, role=""), one)
        found = match(asked, [last.match.operation], self._work)
        whole = found is not None and found.is_whole
        return [replace(last, match=found)] if whole else None

    def _once_more(self, values: Sequence[Phrase]) -> list[Part] | None:
        """`another 2 s` behind `2 s shorter`, `one more` behind `delete the last clip`: the same again."""
        parts = self._memory.parts[-1:]
        last = parts[0].match if parts else None
        if last is None or not self._memory.did_change:
            return None
        steps = "way" in last.slots and last.slots["way"][0].value in _STEPS
        ends = [p.get("when") for p in last.slots.get("when", [])]
        ends = [p for p in ends if isinstance(p, When) and (p.off or p.spans[0][0] == START)]
        held = [p.get("clips") for p in last.slots.get("clips", [])]
        picks = [pick for one in held if isinstance(one, Clips) for pick in one.picks]
        if values:
            if steps or (ends and last.operation.name == "cut"):
                return remembering.with_changes(parts, values, self._work)
            asked = (Phrase("verb", "longer", 0, 0), *last.slots.get("clips", [IT]), *values)
            found = match(asked, OPERATIONS, self._work)  # cut it to 8 s; 2 more seconds
            mine = found is not None and found.is_whole and _is_family(last, found)
            return [replace(parts[0], match=found)] if mine else None
        at_an_end = len(picks) == 1 and picks[0].ranks in ((1,), (-1,))
        if at_an_end and last.operation.name == "remove":
            return list(parts)
        return self._more()

    def _back_but(self, parts: Sequence[Part]) -> list[Part] | None:
        """`put it back but at 10 %`: as it was before it was taken away, with what is said of it now."""
        last = self._memory.parts[-1].match if len(self._memory.parts) == 1 else None
        if last is None or len(parts) != 2 or not self._memory.did_change:
            return None
        back = parts[0].match
        gone = last.operation.name in ("remove", "mute")
        said = [p for p in parts[0].phrases if p.kind not in LITTLE]
        keeps = gone and all(p.is_("verb", "keep", "leave") or is_pronoun(p) for p in said)
        if not (keeps or (back is not None and back.operation.name == "undo")):
            return None
        held = last.slots.get("clips") or last.slots.get("what") or last.slots.get("head", [])
        whose = [p for p in held if p.is_("clips") or p.thing]
        if len(whose) != 1 or not is_fragment(parts[1]):
            return None
        before = self._work.draft, self._work.mind
        self._go_back()
        for verb in ("set", "put"):
            asked = (Phrase("verb", verb, 0, 0), *whose, *parts[1].phrases)
            found = match(asked, OPERATIONS, self._work)
            if found is not None and found.is_whole:
                self._result.mood = "correction"
                self._amends = True
                return [replace(parts[1], match=found)]
        self._work.draft, self._work.mind = before
        return None

    def _says_of_last(self, part: Part) -> bool:
        """`too fast` behind `speed up clip 1`: of the same clip."""
        last, found = self._memory.parts[-1].match, part.match
        if last is not None and found is not None and found.operation.name == "keep":
            when = found.slots["when"][0].get("when") if "when" in found.slots else None
            parts = last.operation.name in ("cut", "keep", "length") and "clips" in last.slots
            parts = parts and len(self._work.mind.spoken) == 1  # 照片每张3秒, then 只保留前10秒
            own = {"clips", "whole"} & found.slots.keys() or _WHOLE.search(self._text)
            return parts and isinstance(when, When) and when.of is None and not own
        if "also" in part.marks and _takes_other_end(self._memory.parts[-1], part):
            return True
        valued = any(p.kind in _VALUES for p in part.phrases)
        return not valued and last is not None and "clips" in last.slots and _is_alike(last, found)

    def _adjusts(self, part: Part) -> bool:
        """`slower, 1.5x` behind `speed up the beach 2x`: the same of the same, with another value."""
        last = self._last
        valued = any(p.kind in _VALUES and p.kind != "decibel" for p in part.phrases)
        if _is_relative(part) or not valued or last is None:
            return False
        return bool({"clips", "what", "head"} & last.slots.keys()) and _is_alike(last, part.match)

    def _instead_of_it(self, part: Part) -> Part | None:
        """`then double the speed instead`, behind what could not be done: of what was spoken of."""
        of_one = part.is_whole and part.does in ("speed", "volume", "mute", "length")
        if "instead" not in part.marks or not of_one or self._memory.did_change:
            return None
        free = self._is_of_some(part, "clips", "what", "whole")
        return part.filled({**part.slots, "clips": [IT]}) if free else None

    def _instead_by(self, part: Part) -> list[Part] | None:
        """太久了，多1秒就行: by less than was done last."""
        last = self._last
        if last is None or part.does != last.operation.name or not _is_relative(part):
            return None
        return self._changed([p for p in part.phrases if p.kind == "duration"])

    def _not_there(self, part: Part) -> list[Part] | None:
        """`not between the photos` behind transitions: there is none there."""
        last = self._last
        if part.mood != "negation" or last is None or last.operation.name != "transition":
            return None
        placed = [replace(p, neg=False) for p in part.phrases if p.is_("place") or p.is_("clips")]
        others = [p for p in part.phrases if p.kind not in (*LITTLE, "neg") and not p.neg]
        if not placed or any(p.kind not in ("place", "clips") for p in others):
            return None
        return removal_of("transition", placed, self._work)

    def _without(self, part: Part) -> list[Part] | None:
        """`without the photos` behind a video that was made of everything."""
        parts = [p for p in self._memory.parts if p.match is not None]
        made = next((p for p in parts if p.does == "add"), None)
        out = [p.get("clips") for p in part.phrases if isinstance(p.get("clips"), Clips)]
        if part.mood != "constraint" or made is None or made.match is None or not out:
            return None
        if not any(p.role == "without" or p.is_("prep", "without") for p in part.phrases):
            return None
        self._do_again()
        held = made.match.slots.get("clips") or [Phrase("clips", Clips((Pick(),)), 0, 0)]
        picks = tuple(pick for clips in out for pick in clips.picks)
        old: Clips = held[0].get("clips")
        less = replace(held[0], kind="clips", value=replace(old, but=(*old.but, *picks)), others=())
        again = made.filled({**made.slots, "clips": [less]})
        return [again if p is made else p for p in parts]

    def _more(self) -> list[Part] | None:
        """`more` behind a step up or down: the same step again."""
        last = self._last
        if last is None or not self._memory.did_change:
            return None
        if last.operation.name == "duplicate":
            return [self._memory.parts[-1].filled({**last.slots, "clips": [IT]})]
        way = [p.value for p in last.slots.get("way", [])]
        heads = [p for p in last.slots.get("head", []) if p.kind in ("more", "too")]
        stepped = any(one in _STEPS for one in way) or bool(heads)
        return list(self._memory.parts[-1:]) if stepped and "level" not in last.slots else None

    def _stronger(self, steps: float) -> list[Part] | None:
        """`a bit less` behind an effect: the same, by so many steps more or less."""
        last = self._last
        if not steps or last is None or not self._memory.did_change:
            return None
        if last.operation.name not in _OF_STRENGTH or "remove" in _way(last):
            return None
        kept = {
            key: held
            for key, held in last.slots.items()
            if key not in ("by", "little", "when", "lut")
        }
        if "when" in last.slots:
            kept["clips"] = [IT]
        return [self._memory.parts[-1].filled({**kept, "steps": [Phrase("preset", steps, 0, 0)]})]

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
        if _TAKES_BACK.match(text):  # oh no, undo: nothing was done yet
            self._result.mood = "negation"
            self._result.said.append(work.say("Then nothing is changed.", "那就不改了。"))
            return []
        if open_.slot and open_.text and _LEADS.match(text):
            said = read(f"{open_.text.rstrip(' .?!。？！')} {text}", work)
            if said and all(p.mood == "request" and p.is_whole for p in said):
                self._amends = open_.amends  # swap the interview … with the last clip
                return said
        if open_.slot and [p.value for p in phrases] == ["flip_order"]:
            return list(open_.parts)  # 单数的还是双数的? 反过来: asked again
        found = remembering.answered(open_, text, phrases, work)
        declines = remembering.declined(text)
        if declines and found is None:
            rest = read(declines, work)
            if all(p.mood != "request" or _only_keeps(p) for p in rest):
                self._result.mood = "negation"
                self._result.said.append(work.say("Then nothing is changed.", "那就不改了。"))
                return []
        if remembering.is_no(text) or found == []:
            self._result.mood = "negation"
            self._result.said.append(work.say("Then nothing is changed.", "那就不改了。"))
            return []
        if found is None and open_.is_plan:
            return None
        agreed = _YES_DO.match(text)
        if found is None and not open_.slot and agreed:
            rest = read(text[agreed.end() :], work)
            same = (
                len(rest) == 1
                and rest[0].does == open_.parts[open_.at].does != ""
                and not any(p.is_("clips") and not is_pronoun(p) for p in rest[0].phrases)
            )
            if same:
                work.confirmed = True
                return list(open_.parts)
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
            whole = parts and all(p.mood != "request" or (p.is_whole) for p in parts)
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
                open_.slot != "quote"
                or all(p.kind in FRAGMENTS and p.kind not in ("clips", "number") for p in meaning)
            )
            changed = remembering.with_changes(open_.parts, meaning, work) if fits else None
            quoted = [p for p in phrases if p.kind == "quote"]
            words = str(quoted[0].value) if len(quoted) == 1 else text
            found = changed if changed is not None else remembering.words_answer(open_, words)
            if found is None:
                whole_text = f"{open_.text.rstrip(' .?!。？！')} {text}"
                said = read(whole_text, work) if open_.text else []
                understood = said and all(p.mood == "request" and p.is_whole for p in said)
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
        if not open_.slot or len(parts) != 1:
            return None
        names = {open_.parts[open_.at].does, parts[0].does}
        families = (
            {"length", "cut", "keep", "split", "remove"},
            {"volume", "mute"},
            {"speed"},
            {"reorder"},
        )
        named = any(
            p.is_("clips") and not is_pronoun(p) and "nth" not in kinds_of(p, self._work)
            for p in parts[0].phrases
        )
        if len(names) == 2 and "keep" in names:
            return None  # what shall stay is not what shall go
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
        done = {p.does for p in memory.parts if p.match}
        if done == {"remove"} and len(parts) > 1:
            parts = [p for p in parts if not _only_keeps(p)] or parts
        phrases = [one for part in parts for one in part.phrases]
        if not memory.parts:
            if parts and all(p.mood in ("negation", "constraint", "remark") for p in parts):
                return parts
            if phrases and all(p.is_whole for p in parts if p.mood == "request"):
                return parts
            if not phrases:
                self._result.said.append(
                    work.say("All right: nothing was changed.", "好的，没有改动。")
                )
                return None
            question = work.say(
                "What shall be changed? Nothing was done just now.", "要改什么？刚才没有做修改。"
            )
            self._result.question = question
            return None
        if (rewritten := self._reworded()) is not None:
            return rewritten
        targets = [p for p in phrases if p.kind not in LITTLE]
        music = len(targets) == 1 and targets[0].thing == "music" and memory.did_change
        if music and (other := remembering.with_target(memory.parts, targets[0])) is not None:
            self._amends = True
            self._go_back()
            return other
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
            and p.is_whole
            and not is_fragment(p)
            and not _says_nothing_new(p)
            and not (p.does == "add" and "reorder" in done)
        ]
        if len(parts) == 1 and is_value_of_it(parts[0]):
            values = [p for p in parts[0].phrases if p.kind in _VALUES]
            if values and (changed := self._changed(values, adds=False)) is not None:
                return changed
        keeps = [
            p
            for p in fresh
            if _only_keeps(p) and not any(q.is_("q", "only") or is_only(q) for q in p.phrases)
        ]
        if fresh and len(keeps) == len(parts) and memory.did_change:
            return [undo_part(work)]
        if fresh and len(fresh) == len(parts):
            ways = {_way(p.match) for p in fresh if p.match is not None}
            is_other = not {p.does for p in fresh} & done
            if ("unmute" in ways and is_other) or any(p.does in ("undo", "redo") for p in fresh):
                return parts  # it gives back what was taken, and takes nothing of its own back
            again = [p for p in phrases if p.kind == "clips" and p.get("clips").picks[0].ranks]
            asked = [p.match for p in (*parts, *memory.parts) if p.match is not None]
            same = len({(one.operation.name, _way(one)) for one in asked}) == 1
            if same and len(memory.parts) == len(parts) == len(again) == 1:
                return self._changed(again)  # no keep it, delete the first one: of the same kind
            if memory.did_change:
                self._amends = True
                self._go_back()
            return self._beside([self._of_same(p) for p in parts])
        if all(p.mood == "negation" and not (p.match and p.match.left) for p in parts):
            return [undo_part(work)] if memory.did_change else parts
        if len(parts) == 1 and (of_last := self._of_last(parts[0])) is not None:
            return of_last
        lacks = len(parts) == 1 and parts[0].match is not None and parts[0].match.missing
        if lacks and parts[0].does in done:
            by = re.search("换成|改成|改为", self._text) is not None
            phrases = [
                replace(p, role="with") if by and p.is_("clips") else p  # 不对，换成海滩
                for p in phrases
                if p.kind != "verb"
            ]
        if (changed := self._changed(phrases)) is not None:
            return changed
        self._result.question = work.say(
            "What shall be different? Say it whole, for example: mute clip 2.",
            "要怎么改？请完整地说，例如：片段2静音。",
        )
        return None

    def _beside(self, fresh: list[Part]) -> list[Part]:
        """`wipes instead, 1 s` behind `join all videos with crossfades`: what else was asked for is done again."""
        last = self._memory.parts
        changed = {p.does for p in fresh if p.match}
        others = [p for p in last if p.match and p.does not in changed]
        if not self._memory.did_change or not others or len(others) == len(last):
            return fresh
        self._renews = True
        begin = next(n for n, p in enumerate(last) if p not in others)
        return [*last[:begin], *fresh, *(p for p in last[begin:] if p in others)]

    def _of_same(self, part: Part) -> Part:
        """`no, mute it`, 不是剪，是加速: what names nothing is about what the last request was about."""
        held = [p.slots["clips"] for p in self._memory.parts if "clips" in p.slots]
        named = {"clips", "whole", "what", "when", "at"} & part.slots.keys()
        if part.match is None or not held or named:
            return part
        takes = any(slot.name == "clips" for slot in part.match.form.slots)
        return part.filled({**part.slots, "clips": held[-1]}) if takes else part

    def _reworded(self) -> list[Part] | None:
        """`typo: Hello`: the words behind the colon in the place of those that were shown."""
        words = re.search(r"[:：]\s*([^\s\"“][^\"“]*)$", self._text)
        held = [p for p in self._memory.parts if "quote" in p.slots]
        if words is None or not held:
            return None
        said = Phrase("quote", words[1].strip(), words.start(1), words.end(1))
        return self._changed([said])

    def _changed(self, phrases: Sequence[Phrase], *, adds: bool = True) -> list[Part] | None:
        memory = self._memory
        work = self._work
        if any(p.is_("verb", "set", "make") for p in phrases):
            measures = ("percent", "factor", "decibel")
            phrases = [
                replace(p, role=p.role or "to") if p.kind in measures else p for p in phrases
            ]
        last = memory.parts[-1].match if memory.parts else None
        if last is not None and last.operation.name == "replace":
            bare = [p for p in phrases if p.is_("clips") and not p.role and p.instead_of is None]
            if bare and _fits_both(bare[0], last):
                return None  # by it, or in its place?
        if last is not None and last.operation.name == "volume" and "level" not in last.slots:
            phrases = [  # quieter, and then 30: to 30 %
                replace(p, kind="percent", role=p.role or "to", others=())
                if p.kind in ("number", "percent")
                else p
                for p in phrases
            ]
        found = remembering.with_changes(memory.parts, _with_ends(phrases), work, adds=adds)
        if found is None:
            return None
        self._do_again()
        return found

    def _also(self, part: Part) -> list[Part] | None:
        """`also clip 3`, `and the one before it`: the last request for another one as well."""
        last = self._memory.parts[-1:]
        verbs = [
            p
            for p in part.phrases
            if p.kind == "verb" and not p.is_("verb", *WEAK, "add", "be", "say")
        ]
        done = last[0].slots.get("head", []) if last else []
        if verbs and done and not any(p.value == head.value for p in verbs for head in done):
            return None  # and from the interview throw away …
        named = [
            p
            for p in part.phrases
            if p.is_("clips") or p.thing or p.kind in ("place", "when", "moment")
        ]
        kept = last[0].match if last else None
        lengths = [p for p in part.phrases if p.kind == "duration"]
        if (
            kept is not None
            and kept.operation.name == "fade"
            and lengths
            and _BOTH.search(self._text)
        ):
            first = remembering.with_changes(last, lengths, self._work)
            second = remembering.with_changes(last, part.phrases, self._work)
            if first is not None and second is not None and self._memory.did_change:
                self._amends = True
                self._go_back()
                return [*first, *second]
        more = [p for p in part.phrases if isinstance(p.get("clips"), Clips)]
        adds_up = kept is not None and kept.operation.name in ("keep", "music")
        if kept is not None and adds_up and "clips" in kept.slots and more:
            self._do_again()
            old = kept.slots["clips"][0]
            picks = (*old.get("clips").picks, *(q for p in more for q in p.get("clips").picks))
            both = replace(
                old, kind="clips", value=replace(old.get("clips"), picks=picks), others=()
            )
            slots = {**kept.slots, "clips": [both]}
            return [replace(last[0], match=kept._replace(slots=slots))]
        found = remembering.with_changes(last, part.phrases, self._work)
        if found is None and named:
            found = remembering.with_changes(last, named, self._work)
        bare = all(p in named and not is_pronoun(p) for p in part.phrases if p.kind not in LITTLE)
        if found is None and named and bare:
            does = [replace(p, role="") for p in done if p.kind == "verb"]
            other = match((*does, *named), OPERATIONS, self._work) if does else None
            if other is not None and other.is_whole and other.operation.name == last[0].does:
                return [
                    replace(part, mood="request", match=other)
                ]  # remove the music || the photos too
        again = joined(last[0], found[0]) if found and self._memory.did_change else None
        if again is not None and kept is not None and kept.operation.name == "mute":
            self._amends = True
            self._go_back()
            return [again]
        if found is not None:
            before = list(d.clips(self._memory.before or {}))
            if before:
                self._work.mind.seen = before
        return found

    def _other_part(self, part: Part) -> list[Part] | None:
        """要后面那10秒 behind 第二段剪到10秒: these 10 s of what it was."""
        last = self._memory.parts[-1].match
        said = [p for p in part.phrases if p.kind not in LITTLE and not p.is_("verb", "keep")]
        when = said[0].value if len(said) == 1 else None
        if last is None or last.operation.name != "length" or not isinstance(when, When):
            return None
        (begin, end), *more = when.spans
        wanted = (
            ("length", end.ms - begin.ms) if end.ms - begin.ms else ("part", end.part - begin.part)
        )
        mine = wanted[1] in [p.value for p in last.slots.get(wanted[0], [])]
        if more or when.of is not None or not mine or not self._memory.did_change:
            return None
        asked = (Phrase("verb", "keep", 0, 0), *last.slots.get("clips", []), said[0])
        found = match(asked, OPERATIONS, self._work)
        if found is None or not {"clips", "when"} <= found.slots.keys():
            return None
        self._result.mood = "correction"
        self._amends = True
        self._go_back()
        return [replace(part, match=found)]

    def _ask(self, question: Question, parts: Sequence[Part], at: int) -> None:
        result = self._result
        result.question = str(question)
        result.choices = tuple(label for label, _ in question.choices)
        result.open = Open(
            tuple(parts), at, question.slot, question.choices, self._amends, self._text
        )


_YES_AND = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay|好的?|行)[,.!，]?\s*(?=and |also |but also |\d|[一二三四五六七八九十两半])",
    re.IGNORECASE,
)


_TAKES_BACK = re.compile(
    r"^(?:(?:oh|ah|hm+)[,! ]*)?(?:no|nope|nah|wait|stop)\b[,.! ]*(?:please )?(?:undo|take (?:it|that) back)\b[^,;]*$"
    r"|^(?:哦|啊|呃)?不(?:要|行|对)?[，,! ]*(?:撤销|撤回)[^，,]*$",
    re.IGNORECASE,
)
_YES_DO = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay|please|嗯+|好的?|是的?|对|可以|行)(?:[,，.。!！\s]+)(?=\S)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^(?:(?:ok|okay|good|great|and)[,]? )?(?:now|then|next)\b", re.IGNORECASE)


_LEADS = re.compile(
    r"(?:with|by|to|for|at|from|after|before|into|between|和|跟|与|到|换成)\b", re.I
)
_SLIGHTLY = re.compile(
    r"(?:just |only )?(?:a (?:wee |little )?(?:bit|little|touch|tad)|slightly|somewhat)\b", re.I
)
_SAME = re.compile(
    r"^(?:and |now |please )?(?:do |put )?(?:the same|same thing|same|ditto|that too|do that|do it)\b(?: thing)?(?! (?:length|size|colour|color))",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"^(?:(?:and|ok|okay)[, ]+)?(?:then|next|after that|然后|接着|再)\b", re.IGNORECASE
)
_STEPS = ("louder", "quieter", "faster", "slower", "longer", "shorter", "bigger", "smaller")
_SPREADS = {"transition", *OF_A_CLIP}
_TEXTS = ("title", "caption")
_ONLY = re.compile(r"只|光|\bonly\b", re.IGNORECASE)
_KEEP = re.compile(r"\bkeep\b", re.IGNORECASE)
"""`keep only clip 2` is a request of its own, whatever was done before; 只要海滩 may be either."""
_BOTH = re.compile(r"都是|都要|\bboth\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"总|全片|整|视频|\b(?:total|whole|video|everything|overall|all of it)\b", re.IGNORECASE
)
_OF_IT = (
    *("make", "set", "be", "show", "play", "put", "use", "appear", "longer", "shorter", "take"),
    "fit",
)
"""Verbs that say nothing but what something is like; others ask for something of their own."""
_HAS_LENGTH = (*_TEXTS, "transition", "fade", "music")


_VALUES = (
    "factor",
    "times",
    "percent",
    "duration",
    "decibel",
    "lufs",
    "angle",
    "pixels",
    "number",
    "frac",
    "speed",
)


def _by_a_fifth(found: Match, slots: Slots) -> Match:
    share = 0.8 if found.slots["way"][0].value == "shorter" else 1.25
    return found._replace(slots={**slots, "part": [Phrase("stretch", share, 0, 0)]})


def _is_alike(last: Match, found: Match | None) -> bool:
    """Whether it asks for the same, of nothing that is named."""
    if found is None or last.operation.name != found.operation.name:
        return False
    named = {"clips", "whole", "when", "what", "at", "to_clips"} & _objects(found)
    return last.operation.name in ("speed", "volume", "length") and not named


def _way(found: Match) -> str:
    """Which of its operation's ways it goes: unmute is no mute."""
    return "|".join(str(one.value) for one in found.slots.get("way", []))


def _left_out(phrase: Phrase) -> Phrase:
    """`except the last one`: the last one, for a value of its own."""
    clips: Clips = phrase.get("clips")
    named = tuple(pick for pick in clips.but if not pick.pronoun)
    return replace(phrase, value=Clips(named)) if clips.picks == (Pick(),) and named else phrase


def is_only(phrase: Phrase) -> bool:
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and clips.only


def _is_about_length(memory: Memory) -> bool:
    """Whether a bare length can be the one of what was done last."""
    last = memory.parts[-1].match if memory.parts else None
    return last is None or last.operation.name in ("length", "cut", "keep", "add", "split")


_FAMILIES = (
    {"length", "cut", "keep"},
    {"volume", "mute", "music"},
    {"speed"},
    {
        "look",
        "colour",
        "sharpen",
        "degrain",
        "blur",
        "hide",
        "lut",
        "stabilise",
        "crop",
        "straighten",
        "rotate",
        "flip",
        "zoom",
        "kenburns",
    },
)


_OF_STRENGTH = ("colour", "sharpen", "degrain", "blur", "hide", "straighten", "stabilise", "lut")
"""Effects that can be stronger and weaker."""


def _is_family(last: Match, found: Match) -> bool:
    names = {last.operation.name, found.operation.name}
    return len(names) == 1 or any(names <= one for one in _FAMILIES)


FRAGMENT = (
    "clips duration number percent factor decibel lufs angle pixels frac times colour textsize edge moment time place screen aspect "
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
    meaning = [p for p in part.phrases if p.kind not in LITTLE and not p.is_("q", "only")]
    values = [p for p in meaning if not p.is_("verb", *SETTING) and not is_pronoun(p)]
    return (
        len(values) < len(meaning)
        and bool(values)
        and all(
            p.kind in FRAGMENTS and p.kind not in ("clips", "aspect", "size", "speed", "fit")
            for p in values
        )
    )


_THEN_IT = re.compile(r"(?:那么?|不[能行]的话)就?(?![个段张条首些里边])")
"""What follows from what was just done: 那就慢放0.5倍."""


_LONGEST = {"transition": 5000, "fade": 10_000, "music": 0, "volume": 0, "mute": 0, "aspect": 0}
"""ms that the result of an operation can be told to last; 0: it has no length of its own."""


def _lasts_too_long(part: Part, last: Sequence[Part]) -> bool:
    """`add transitions`, `make it exactly 30 seconds`: the whole is meant, for no transition lasts so long."""
    if part.does != "length":
        return False
    lengths = [int(p.value) for p in part.phrases if p.kind == "duration"]
    done = ["" if "when" in p.slots else p.does for p in last]  # the first 5 s are muted; 8 s
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


def _objects(found: Match) -> set[str]:
    """The slots that name something; `the speed` of something names nothing."""
    properties = ("", "speed", "volume", "length", "sound")
    named = {
        name for name, held in found.slots.items() if any(p.thing not in properties for p in held)
    }
    things = any(p.thing not in properties for p in found.slots.get("head", []))
    placed = {
        name
        for name, held in found.slots.items()
        if name != "head" and any(not p.thing for p in held)
    }
    return named | placed | ({"what"} if things else set())


def _grows(old: Phrase, new: Phrase) -> bool:
    """Whether the second stretch is the first one and more: 第一分钟, and then 前两分钟都."""
    one, two = old.get("when"), new.get("when")
    if not isinstance(one, When) or not isinstance(two, When) or one.of or two.of:
        return False
    (begin, end), (start, stop) = one.spans[0], two.spans[0]
    return begin == start and begin.part == 0 and end.part == stop.part == 0 and stop.ms > end.ms


def _is_elsewhere(found: Match, last: Match) -> bool:
    """把采访后半段静音, and then 前半段也静音: of the same clip; 把第四段也留着: beside those that were kept."""
    name, both = found.operation.name, last.slots.keys() & found.slots.keys()
    if found.operation is not last.operation or name not in ("mute", "keep"):
        return False
    return (
        "clips" in both
        if name == "keep"
        else "when" in both and "clips" in last.slots.keys() - both
    )


def _takes_other_end(last: Part, part: Part) -> bool:
    """海滩前5秒剪掉, and then 结尾3秒也剪掉: of the same clip."""
    both = joined(last, part)
    slots = both.match.slots if both is not None and both.match is not None else {}
    mine = "clips" in slots and "way" not in slots
    spans = slots["when"][0].value.spans if mine else ()
    return len(spans) == 2 and any(a == START for a, _ in spans) and any(b == END for _, b in spans)


def _is_relative(part: Part) -> bool:
    """再短5秒, `2 seconds longer`: from what it is now."""
    heads = part.slots.get("head", []) if part.does == "length" else []
    lengths = [p for p in part.slots.get("length", []) if p.role in ("", "by")]
    return bool(lengths) and any(p.is_("verb", "shorter", "longer") for p in heads)


def _shows_words(part: Part) -> bool:
    """`show "Sale" at 0:12`: words of their own, not others for those that were shown last."""
    return (
        part.is_whole
        and part.does in _TEXTS
        and "quote" in part.slots
        and "change" not in part.slots
        and bool({"at", "when", "until"} & part.slots.keys())
        and any(p.is_("verb", "add", "show", "put", "create") for p in part.phrases)
        and not any(is_pronoun(p) for p in part.phrases)
    )


def _spared(part: Part, last: Match) -> Phrase | None:
    """What a sentence leaves out of what was done last: 第一段除外, 第一段保留声音, 标题留着, 照片别动."""
    name = last.operation.name
    meaning = [p for p in part.phrases if p.kind not in (*LITTLE, "wrong") or p.kind == "neg"]
    named = [p for p in meaning if (p.is_("clips") and not is_pronoun(p)) or p.thing in _SPARED]
    if len(named) != 1 or part.mood == "question":
        return None
    said = named[0]
    rest = [p for p in meaning if p is not said]
    pick = said.get("clips").picks[0] if said.is_("clips") else Pick()
    if name == "transition" and pick.ones and pick.ranks:  # keep the first one
        thing = Thing("transition", rank=pick.ranks[0])
        said = replace(said, kind="thing", value=thing, others=())
    does = [p for p in rest if not (p.thing in ("sound", "music") and name in ("mute", "volume"))]
    stays = bool(does) and all(
        p.is_("q", "except_end")
        or p.kind == "as_is"
        or p.is_("verb", "keep", "leave", "disappear")
        or (p.is_("verb", "undo") and p.start > said.start)
        or (p.is_("dir", "back") and len(does) == 2)
        or (p.is_("verb", "put", "bring") and any(q.is_("dir", "back") for q in does))
        for p in does
    )
    if said.thing:
        one = said.thing != "transition" or bool(said.value.rank)
        gone = str(last.slots["way"][0].value) if "way" in last.slots else ""
        fits = name == ("transition" if said.thing == "transition" else "remove")
        return said if stays and one and fits and gone in ("remove", "text") else None
    takes = any(slot.name == "clips" for slot in last.form.slots)
    total = name == "length" and "clips" not in last.slots and not _is_each(last)
    if name not in _SPARES or not takes or total or {"when", "at"} & last.slots.keys():
        return None
    clips: Clips = said.get("clips")
    if clips.picks == (Pick(),) and clips.but and not rest:
        return replace(said, kind="clips", value=Clips(clips.but), others=())
    found = part.match
    denied = part.mood == "negation" and found is not None and not found.left
    denied = denied and found is not None and found.operation is last.operation
    return said if stays or (denied and found and "clips" in found.slots) else None


def _is_each(found: Match) -> bool:
    return any(p.each for p in found.slots.get("length", []))


_SPARES = ("remove", "mute", "volume", "speed", "length", "fade", "duplicate")
_SPARED = ("title", "caption", "text", "transition")


def _only_changes(part: Part) -> bool:
    """只改第一张, 只要第一张改: which alone shall be changed, and not to what."""
    meaning = [p for p in part.phrases if p.kind not in LITTLE]
    only = any(
        p.is_("q", "only") or is_only(p) or (p.is_("verb", "keep") and p.end - p.start == 2)
        for p in meaning
    )
    verbs = [p for p in meaning if p.is_("verb")]
    named = [p for p in meaning if p.is_("clips")]
    return (
        part.mood == "request"
        and only
        and len(named) == 1
        and any(p.is_("verb", "set", "make") for p in verbs)
        and all(p in verbs or p in named or p.is_("q", "only") for p in meaning)
    )


def _fits_both(phrase: Phrase, last: Match) -> bool:
    """`replace town with the beach`, and then `no, the interview`: named as what goes and as what comes."""
    held = [last.slots[name][0].get("clips") for name in ("clips", "with") if name in last.slots]
    named = [bool(one.picks[0].files) for one in held if isinstance(one, Clips)]
    return named == [bool(phrase.get("clips").picks[0].files)] * 2


def _only_named(part: Part, last: Match) -> bool:
    """`only the beach` behind what was done to all: to that one alone."""
    meaning = [p for p in part.phrases if p.kind not in LITTLE and not p.is_("verb", "keep")]
    total = last.operation.name == "length" and "clips" not in last.slots and not _is_each(last)
    keeps = last.operation.name == "remove" and any(p.is_("verb", "keep") for p in part.phrases)
    alone = len(meaning) == 1 and meaning[0].is_("clips") and part.mood == "request" and not keeps
    return alone and last.operation.name in _SPARES and not total


def _only_keeps(part: Part) -> bool:
    """`clip 4 stays`."""
    return part.does == "keep" and "when" not in part.slots


def _lasting(phrase: Phrase) -> Phrase:
    """只显示前5秒 of a text: so long, from its begin."""
    when = phrase.get("when")
    if not isinstance(when, When) or when.of or when.spans[0][0] != START or when.spans[0][1].part:
        return phrase
    return replace(phrase, kind="duration", value=when.spans[0][1].ms, role="for", others=())


def _says_nothing_new(part: Part) -> bool:
    """`the title too`: a thing, and nothing that shall become of it."""
    things = part.does in ("title", "caption", "transition", "music")
    return things and set(part.slots) <= {"head", "change", "what"}


def _has_role(part: Part) -> bool:
    """Whether a value says by its preposition that it belongs to something: `for 3 seconds`, `from 8`."""
    return any(
        p.role in ("for", "from", "until", "at", "after", "before", "between") for p in part.phrases
    )


def undo_part(work: Work) -> Part:
    return read("undo", work)[0]
