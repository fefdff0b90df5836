"""A text, from words to a new draft and the answer.

    parts ─► mood ─► operations, one after the other, each behind the nets ─► draft, reply, memory

A text is done whole, or it asks and nothing is done. What cannot be done here is said beside what could. What
changed is not told in the reply: the client tells it from the drafts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from vbtui.base.text import clean, clean_line
from vbtui.language import lexer
from vbtui.language.quotes import QUOTE, is_chinese, without_quotes
from vbtui.studio.director import answers, conditions, hand, lines, nets, said
from vbtui.studio.director import memory as remembering
from vbtui.studio.director.clauses import is_pronoun
from vbtui.studio.director.followups import (
    LITTLE,
    FollowUps,
    Result,
    is_fragment,
    is_only,
    is_value_of_it,
    undo_part,
)
from vbtui.studio.director.memory import Memory, Open
from vbtui.studio.director.operation import Match, Slots, kinds_of, match
from vbtui.studio.director.operations import OPERATIONS, adding, export, missing, music, overlay
from vbtui.studio.director.reading import MAX_PARTS, Part, items_of, phrases_in, read, things_in
from vbtui.studio.director.resolving import identity, positions, texts
from vbtui.studio.director.suggestions import sentences_for
from vbtui.studio.director.values import Clips, Phrase, Pick, When
from vbtui.studio.director.work import (
    Call,
    Mind,
    Outcome,
    Project,
    Question,
    Refusal,
    Refused,
    Step,
    Unknown,
    Work,
    seconds,
    with_choices,
)
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def direct(text: str, project: Project, memory: Memory | None = None) -> Outcome:
    """Does what `text` says to the draft of `project`, asks, or says why not.

    Pure: nothing is read or written, `project` stays as it is. Never raises for any text. Where files have to be
    listened to first, nothing is done and the outcome names them.
    """
    written = lexer.narrow(clean(text))
    text = lexer.simplified(written)
    memory = memory if isinstance(memory, Memory) else Memory()
    speaks = is_chinese(text) or (memory.chinese and not re.search("[A-Za-z]{2}", text))
    work = Work(project, chinese=speaks)
    work.written = written if written != text else ""
    work.mind = replace(memory.mind, seen=list(d.clips(project.draft or {})), mentioned=())
    if (by_hand := _by_hand(text, work)) is not None:
        return by_hand
    text = said.marked(lines.taken(text, work), work)
    try:
        return _Turn(text, work, memory).outcome()
    except Unknown as unknown:
        return Outcome("", None, wanted=unknown.wanted, memory=memory)


def _by_hand(text: str, work: Work) -> Outcome | None:
    """The outcome of one exact sentence of an edit by hand; None for other texts."""
    before = work.draft
    try:
        if not hand.follow(text, work):
            work.draft = before
            return None
    except Refusal as refusal:
        call = Call("cannot_do", {"text": text}, {"status": "error", "message": str(refusal)})
        refused = Refused(None, str(refusal))
        return Outcome(str(refusal), None, (call,), refused=refused, memory=Memory())
    changed = nets.differs(work.draft, work.project.draft)
    if not changed:
        work.note("That is so already: nothing was changed.", "已经是这样了，没有改动。")
    draft = _numbered(work.draft, work.project) if changed else None
    operation = {"op": hand.operation_name(text)}
    return Outcome(
        "\n\n".join(work.notes),
        draft,
        (Call(str(operation["op"])),),
        operations=(operation,),
        memory=Memory(mind=Mind()),
    )


def _numbered(draft: Mapping[str, Any] | None, project: Project) -> d.Json | None:
    """The draft with the next version number."""
    if draft is None:
        return None
    version = d.whole(d.meta(project.draft or {}).get("version"))
    return d.with_meta(draft, version=version + 1)


_EFFECTS = frozenset(
    (
        "look",
        "colour",
        "blur",
        "sharpen",
        "degrain",
        "hide",
        "lut",
        "stabilise",
        "crop",
        "straighten",
        "rotate",
        "flip",
        "zoom",
        "kenburns",
        "reverse",
        "freeze",
        "denoise",
        "fade",
        "duck",
        "loudness",
    )
)
_DONE_TO_CLIPS = _EFFECTS | {"speed", "mute", "volume", "length", "aspect", "transition"}
"""What is done to clips, of which `it` may be the one or the other."""
_RESHAPES = frozenset(
    (
        "split",
        "duplicate",
        "keep",
        "replace",
        "scenes",
        "highlights",
        "undo",
        "redo",
    )
)
"""What `keep the first` behind it chooses from."""
_TEXTS = ("title", "end_title", "caption", "text", "lower_third")
_ONLY = re.compile(r"\b(?:only|just)\b|只|仅", re.IGNORECASE)
_RELATIVE = _EFFECTS | {"speed", "volume", "mute"}
"""What is done to each clip by itself."""
_REMOVE = Phrase("verb", "remove", 0, 0)
_THEN = re.compile(r"\b(?:then|after that|finally|lastly)\b|然后|接着|再", re.IGNORECASE)


class _Turn(FollowUps):
    """One text on one project."""

    def outcome(self) -> Outcome:
        parts = self._parts()
        self._corrects = self._amends
        if parts is not None:
            self._do(parts)
        result = self._result
        failed = bool(result.refused) and not result.done
        undoes = bool(result.done) and not nets.differs(self._work.draft, self._memory.before)
        if parts is not None and self._amends and not result.question and (failed or undoes):
            # Of what the last sentence made, not in its place: put it at the end instead
            self._amends = False
            self._result = Result(mood=result.mood)
            self._work.draft = dict(self._work.project.draft) if self._work.project.draft else None
            self._work.mind = replace(self._memory.mind, seen=list(d.clips(self._work.draft or {})))
            self._do(parts)
        return self._told()

    # Which parts

    def _parts(self) -> list[Part] | None:
        """The parts of the text, or of what it answers, corrects or goes on with; None where all is said."""
        work, memory, text = self._work, self._memory, self._text
        known = hand.things_named(text, work)
        shown = [] if known else hand.texts_named(text, work)
        phrases = phrases_in(items_of(text, work, known), text, work)
        if memory.open is None and not known:
            parts = read(text, work, shown) if shown else []
            asks = [p.match for p in parts if p.mood == "request"]
            used = [m for m in asks if m is not None and ("old" in m.slots or _takes_text(m))]
            told = any(
                p.mood == "remark" and any(q.kind == "quote" for q in p.phrases) for p in parts
            )
            if asks and all(m is not None and m.is_whole for m in asks) and (used or told):
                return parts
            meant = hand.text_meant(text, work)
            if meant is not None and (about := self._about_text(*meant)) is not None:
                return about
        if memory.open is not None and (found := self._answer(memory.open, phrases)) is not None:
            return found or None
        if remembering.is_no(text):
            self._bare(text)
            return None
        if (stronger := self._stronger(remembering.strength(text))) is not None:
            return stronger
        if remembering.is_more(text) and (more := self._more()) is not None:
            return more
        if (
            memory.open is None
            and memory.did_change
            and (rest := remembering.behind_a_refusal(text))
        ):
            self._result.mood = "correction"
            self._amends = True
            self._go_back()
            self._text = text = rest
        parts = read(text, work, known)
        complaint = (
            len(parts) > 1
            and "too" in parts[0].marks
            and bool(memory.parts)
            and not things_in(parts[0])
            and not any(p.is_("clips") and not is_pronoun(p) for p in parts[0].phrases)
        )
        if complaint and all(is_fragment(p) or is_value_of_it(p) for p in parts[1:]):
            parts = parts[1:]
        elif complaint and len(parts) == 2 and (less := self._instead_by(parts[1])) is not None:
            return less
        nothing = ("polite", "sep", "enough", *(() if parts else ("vague", "manner")))
        if phrases and all(p.kind in nothing for p in phrases):  # 好了谢谢
            if text.rstrip().endswith(("?", "？")):
                self._result.mood = "question"
                self._result.said.append(answers.answer(work, text, phrases))
            else:
                self._result.said.append(work.say("Good.", "好的。"))
            return None
        if not parts:
            if remembering.is_yes(text) or remembering.is_no(text):
                self._bare(text)
                return None
            return self._nothing()
        asked = [one for one in parts if one.mood != "remark"]
        remarks = [one for one in parts if one.mood == "remark"]
        names = any(
            p.thing or (p.is_("clips") and not is_pronoun(p))
            for one in remarks
            for p in one.phrases
        )
        if len(asked) == 1 and memory.parts and remarks and not names:
            parts = asked
        if len(parts) == 1 and _says_where(parts[0]):
            return self._nothing()  # from the end
        if parts and all(p.mood == "remark" and p.match is None for p in parts):
            for one in parts:
                self._speak_of(one)
            self._result.said.append(
                work.say("All right: nothing was changed.", "好的，没有改动。")
            )
            return None
        if len(parts) == 1 and (less := self._without(parts[0]) or self._not_there(parts[0])):
            return less
        head = parts[0]
        if (righted := self._righted(parts)) is not None:
            return righted
        if (back := self._back_but(parts)) is not None:
            return back
        if (longer := self._only_longer(parts)) is not None:
            return longer
        if "correction" in head.marks:
            if (kept := self._keeps_back(parts)) is not None:
                return kept
            return self._correct(parts)
        if (kept := self._keeps_back(parts)) is not None:
            return kept
        if len(parts) == 1 and (implied := self._implied(head)) is not None:
            return [implied]
        if len(parts) == 1 and (instead := self._instead_of_it(head)) is not None:
            return [instead]
        if len(parts) == 1 and self._narrows(head):
            named = [p for p in head.phrases if p.kind != "verb" and not p.is_("q", "only")]
            return self._changed(named) or parts
        if len(parts) == 1 and head.mood == "request" and memory.parts and not known:
            whole = head.is_whole
            if (
                "instead" in head.marks
                and whole
                and not is_fragment(head)
                and not is_value_of_it(head)
            ):
                return self._correct(parts)
            return self._follow_up(head) or parts
        if len(parts) == 1 and self._takes_back(head):
            return [undo_part(work)]
        if _denies_last(parts, memory):
            return self._correct([p for p in parts if p.mood == "request"])
        return parts

    def _tell_apart(self, part: Part) -> None:
        """`remove it again`, of clips that something was just done to: that goes, and not the clips. Without `again` it
        is asked; transitions are meant by `them` at once."""
        held = part.slots.get("clips", [])
        done = {one.does for one in self._memory.parts}
        if not done or not held or not all(map(is_pronoun, held)):
            return
        if self._work.mind.of_kind in ("clips", "whole", "") and done <= _DONE_TO_CLIPS:
            if done == {"transition"} or any(one.kind == "again" for one in part.phrases):
                raise Step("undo", 1)
            if done <= _EFFECTS:
                raise self._work.question(
                    "The clip, or what was just done to it? Say: undo, or name the clip.",
                    "删除片段，还是取消刚才的改动？可以说：撤销，或说出片段。",
                    "clips",
                )

    def _is_needless(self, part: Part, before: Part | None) -> bool:
        """`…; if you can't, mute it`: what was asked first was done."""
        said = self._text[before.end if before is not None else 0 : part.end]
        was_done = before in self._result.done if before is not None else self._memory.did_change
        if not was_done or not remembering.if_not(said):
            return False
        self._result.said.append(
            self._work.say(
                "What was asked first was done, so this was not.",
                "前面要求的已经做了，这个就没做。",
            )
        )
        return True

    def _about_text(self, item: lexer.Item, key: str) -> list[Part] | None:
        """The parts where the words of a text stand for it; None where that makes no sense."""
        work, mind = self._work, self._work.mind
        work.mind = replace(mind)
        work.mind.speak("text", [key])
        parts = read(self._text, work, [item])
        asks = [part.match for part in parts if part.mood == "request"]
        if asks and all(
            found is not None
            and found.is_whole
            and found.operation.name in ("title", "caption", "remove", "fade")
            for found in asks
        ):
            return parts
        work.mind = mind
        return None

    # Doing

    def _do(self, parts: Sequence[Part]) -> None:
        work, result = self._work, self._result
        if len(parts) > MAX_PARTS:
            result.unknown.append(self._text[parts[MAX_PARTS].start :])
            parts = parts[:MAX_PARTS]
        if self._renews:
            parts = [*self._memory.constraints, *parts]  # … leave the interview; 28 s, sorry
        self._constraints = tuple(p for p in parts if p.mood == "constraint")
        work.laid = _laid(parts, work)
        work.sources = _sources(parts, work)
        begin = (work.draft, replace(work.mind), list(work.notes))
        unknown = [p for p in parts if _is_unheeded(p, work)]
        understood = [
            p for p in parts if p.mood == "request" and p.match is not None and not p.match.left
        ]
        asked_in = {p.saying for p in understood}
        if any(_is_an_order(p) or p.saying in asked_in for p in unknown):
            understood = []
        for index, part in enumerate(parts):
            bare = all(p.kind in ("neg", *LITTLE) for p in part.phrases)
            if part.mood == "negation" and bare and "correction" in part.marks:
                understood = [p for p in understood if p not in parts[:index]]
            if index and _takes_all_back(part):
                understood = [p for p in understood if p not in parts[:index]]
        requests = _kept_together([p for p in parts if p in understood])
        self._asked = tuple(p for p in requests if p.match and p.match.operation.effect is not None)
        if not understood and unknown and all(map(_is_vague, unknown)):
            self._ask_what()
            for part in unknown:
                self._speak_of(part)
            unknown = []
        for part in parts:
            if part in unknown:
                self._not_understood(part)
            elif part.mood == "constraint":
                if not any(p.mood == "question" and p.saying == part.saying for p in parts):
                    self._constrain(part, bool(requests))
            elif part.mood == "negation":
                self._acknowledge(part, requests)
            elif part.mood in ("question", "remark"):
                self._reply_to(part, [p for p in parts if p.saying == part.saying])
        for index, part in enumerate(requests):
            if index and self._keeps_beside(requests[:index], part):
                try:
                    self._lock(part.phrases)
                except Question as question:
                    self._ask(question, requests, index)
                    return
        work.several = len(requests) > 1
        lost: Part | None = None
        for index, part in enumerate(requests):
            if lost is not None and lost.saying == part.saying and self._is_quoted(part):
                continue  # put these lines there: "Hello" "Bye": what they belong to is not done
            try:
                if index and _keeps_a_text(requests[:index], part):
                    raise work.question(
                        "Which text shall go? For example: remove the caption.",
                        "删掉哪条文字？例如：删除字幕。",
                    )
                if index and self._keeps_beside(requests[:index], part):
                    self._constraints += (replace(part, mood="constraint"),)
                    continue
                if work.chinese and index and _takes_more(requests[:index], part, work):
                    raise work.question(
                        "Which files shall be in it? Name them all.",
                        "放哪些文件？请都说出来。",
                        "clips",
                    )
                if self._is_needless(part, requests[index - 1] if index else None):
                    continue
                refused = len(result.refused)
                locked = set(work.locked)
                self._lock(self._taken_up(part, requests[index + 1 :]))
                self._follow(part)
                work.locked = locked
                if len(result.refused) > refused:
                    lost = part
                grows = not d.clips(work.project.draft or {}) and _adds(result.done[-1:])
                if grows or (
                    _arranges(part) and not any(p.does == "reorder" for p in requests[index + 1 :])
                ):
                    work.mind.seen = list(work.clips)  # reverse it, then delete the first
            except Question as question:
                work.draft, work.mind, work.notes = begin
                self._ask(question, requests, index)
                result.operations, result.done, result.refused = [], [], []
                return
            except Step as step:
                self._step(step)
                result.operations.append({"op": step.way, "count": step.count})
                if index + 1 == len(requests) or step.count > 1:
                    result.step, result.steps = step.way, step.count
                    return
                self._amends = True
                work.mind.seen = list(d.clips(work.draft or {}))
        self._finish(parts)

    def _finish(self, parts: Sequence[Part]) -> None:
        """What belongs to a new video: the one piece of music that was uploaded, unless it was spoken of."""
        work, result = self._work, self._result
        if self._renews and result.refused and not result.done:
            self._amends = False
            work.draft = dict(work.project.draft) if work.project.draft else None
        composed = any(p.does == "add" for p in result.done)
        if sum(_adds([part]) for part in result.done) > 1 and not d.clips(work.project.draft or {}):
            work.mind.speak("whole", ())  # sunset, then the cake: `it` is what was made of them
        spoken = any("music" in things_in(p) or _names_sound(p, work) for p in parts)
        if not (composed and work.built) or spoken or work.no_music or d.sounds(work.draft or {}):
            return
        if len(work.audio_files) == 1 and any(_takes_all(p) for p in result.done):
            asset, mind = work.audio_files[0], replace(work.mind)
            music.put(work, asset, music.UNDER_SOUND)
            work.mind = mind
            name = clean_line(asset.filename)
            work.note(
                f"{name} plays under it at 35 %; no music wanted? Say: remove the music.",
                f"配了 {name}，音量 35%；不要音乐请说：删除音乐。",
            )

    def _is_quoted(self, part: Part) -> bool:
        """Whether it says nothing but what stands in quotes."""
        rest = without_quotes(self._text[part.start : part.end]).replace(QUOTE, "")
        return not any(map(str.isalnum, rest))

    def _follow(self, part: Part) -> None:
        """One request: done behind the nets, or refused with its sentence."""
        work, result = self._work, self._result
        found = part.match
        assert found is not None
        operation = found.operation
        before, notes = work.draft, list(work.notes)
        if part.condition and not self._holds(part):
            return
        if operation.effect is None:
            message = work.say(*operation.missing)
            self._speak_of(part)
            result.refused.append(Refused(operation.name, message))
            return
        if found.missing:
            english, chinese = operation.asks.get(found.missing[0], ("Which one?", "哪一个？"))
            raise work.question(english, chinese, found.missing[0])
        if operation.name == "remove" and self._memory.did_change and not result.done:
            self._tell_apart(part)
        work.named = set()
        again = any(p.kind == "again" for p in part.phrases) and not d.clips(
            work.project.draft or {}
        )
        if again and operation.name not in ("add", "duplicate", "undo", "redo"):
            raise work.question(
                "Which files, in which order? Name each as often as it shall be shown.",
                "按什么顺序放哪些文件？要放几次就说几次。",
            )
        also = "also" in part.marks and not self._memory.parts
        if also and operation.name == "keep" and "clips" in found.slots:
            raise work.question(
                "Shall nothing else stay? Say for example: keep only clip 1.",
                "其余的都删掉吗？可以说：只保留片段1。",
            )
        if also and operation.name == "reorder" and work.chinese:
            raise work.question(
                "Move it there, or show it there a second time?",
                "是移动到那里，还是在那里再放一次？",
            )
        filled = _with_object(part, found)
        held = filled.get("clips", [])
        if part.condition and held and is_pronoun(held[0]) and len(work.mind.spoken) > 1:
            those = Clips((Pick(segments=tuple(work.mind.spoken)),))
            filled = {**filled, "clips": [replace(held[0], kind="clips", value=those, others=())]}
        pointed = not work.mind.of_kind and any(map(_points_at_one, held))
        stays = bool(work.locked) and not result.done and operation.name in _OF_ONE
        pointed |= stays and any(map(is_pronoun, held))  # don't touch the beach, and mute it
        if pointed and len(d.clips(work.draft or {})) > 1:
            raise work.question(
                "Which clip? Name it or give its number.", "哪个片段？请说名称或编号。", "clips"
            )
        if operation.name in ("add", "reorder", "duplicate", "title", "caption") and any(
            _AT_EACH.search(self._text, p.start, p.end)
            for p in part.phrases
            if p.kind == "place" or (p.kind == "each" and p.role in ("after", "before"))
        ):
            raise work.question(
                "One place at a time: at which one? For example: after clip 2.",
                "一次只能放一处：放在哪里？例如：第2段后面。",
                "at",
            )
        of_music = "music" in things_in(part) or _names_sound(part, work)
        of_music = of_music and operation.name in ("volume", "fade")
        if (
            of_music
            and work.built
            and len(work.audio_files) == 1
            and not d.sounds(work.draft or {})
        ):
            music.put(work, work.audio_files[0])  # all photos, the song at half volume
        untouched = work.copy()
        try:
            slots = operation.effect(work, filled)
        except Refusal as refusal:
            work.draft, work.notes = before, notes
            result.refused.append(Refused(operation.name, str(refusal)))
            return
        self._spare(before)
        if idle := nets.without_effect(operation, untouched, filled, work.draft, part.phrases):
            said = "”, “".join(_shown(self._text, [one]) for one in idle)
            raise work.question(
                f"What is meant by “{said}” here? Say it another way.",
                f"“{said}”在这里是什么意思？请换一种说法。",
            )
        if left := nets.mostly_gone(operation, part.phrases, before, work):
            raise work.question(
                f"That leaves {left}. Shall it be done?",
                f"这样只剩 {left}。确定吗？",
                "",
                [("yes", True), ("no", False)],
            )
        wrong = nets.outside(operation, before, work.draft, work.named)
        if wrong:
            work.draft, work.notes = before, notes
            message = work.say(
                f"That would have changed {wrong}, which was not asked for: it was not done.",
                "这会改动没有要求改的内容，所以没有做。",
            )
            result.refused.append(Refused(operation.name, message))
            return
        heard = () if self._corrects else part.phrases  # speed it up 2x; 0.5x instead
        if heard and (against := nets.against_its_word(operation, work, filled, heard, before)):
            work.draft, work.notes = before, notes
            result.refused.append(Refused(operation.name, against))
            return
        if locked := self._locked_changed(before):
            work.draft, work.notes = before, notes
            message = work.say(
                f"That cannot be done without changing {locked}: nothing was changed.",
                f"这样必须改动{locked}，所以没有做。",
            )
            result.refused.append(Refused(operation.name, message))
            return
        result.operations.append({"op": operation.name, **slots})
        result.done.append(part)

    def _spare(self, before: Mapping[str, Any] | None) -> None:
        """What shall stay as it is, is as it was: `everything louder, but leave the music alone` is done to the rest."""
        work = self._work
        if not work.locked or before is None or work.draft is None:
            return
        old = nets.by_id(before)

        def spared(kind: int, item: d.Json) -> d.Json:
            was = old.get(identity(item)) if identity(item) in work.locked else None
            return item if was is None else nets.with_own(item, was, kind)

        work.draft = d.replace(work.draft, spared)

    def _locked_changed(self, before: Mapping[str, Any] | None) -> str:
        """The name of what should stay as it is and does not."""
        work = self._work
        if not work.locked or before is None:
            return ""
        old, new = nets.by_id(before), nets.by_id(work.draft or {})
        cut = {identity(clip) for clip in d.clips(before)}
        for one in sorted(work.locked & old.keys()):
            was, now = old[one], new.get(one)
            shown = [(d.length(it), d.source_in(it)) for it in (was, now) if it is not None]
            if now is None or (one in cut and shown[0] != shown[1]):
                words = clean_line(str(d.meta(was).get("text") or ""))
                return f"“{words}”" if words else work.name(was)
        return ""

    def _lock(self, phrases: Sequence[Phrase]) -> None:
        """The clips, the music, the title or the captions that are named shall stay as they are."""
        work, mind = self._work, replace(self._work.mind)
        kept: list[d.Json] = []
        for phrase in phrases:
            clips = phrase.get("clips")
            named = isinstance(clips, Clips) and not any(pick.rest for pick in clips.picks)
            with contextlib.suppress(Refusal):
                if named and not work.is_empty:
                    kept += [work.clips[place] for place in positions(work, clips, speak=False)]
                if phrase.thing == "music":
                    kept += d.sounds(work.draft or {})
                if phrase.thing in _TEXTS and d.texts(work.draft or {}):
                    kept += texts(work, phrase)
        work.mind = mind
        work.locked |= {identity(one) for one in kept}

    def _keeps_beside(self, before: Sequence[Part], part: Part) -> bool:
        """删beach，留interview; speed up everything, keep the interview: what stays is named, and nothing else shall go;
        前20秒不要，剩下的放进来: it is there. `…, then keep the first` chooses."""
        kept = [p.get("clips") for p in part.slots.get("clips", [])]
        things = any(phrase.thing for phrase in part.phrases)
        does = {one.does for one in before}
        if part.does == "add":
            return "cut" in does and bool(kept) and all(p.left for one in kept for p in one.picks)
        return (
            part.does == "keep"
            and "when" not in part.slots
            and not any(p.is_("q", "only") or is_only(p) for p in part.phrases)
            and not _ONLY.search(self._text, part.start, part.end)
            and not any(p.is_("q", "rest") for one in before for p in one.phrases)
            and (not things if "remove" in does else bool(kept) or things)
            and ("remove" in does or (does.isdisjoint(_RESHAPES) and not self._work.is_empty))
            and ("remove" in does or not self._comes_then(before[-1], part))
        )

    def _taken_up(self, part: Part, behind: Sequence[Part]) -> list[Phrase]:
        """`make all clips brighter, but clip 2 darker`: what the same is done to in another way is not done to first."""
        held = part.slots.get("clips", [])
        if part.does not in _RELATIVE or not all(
            phrase.value in (Clips((Pick(),)), Clips((Pick(),), each=True)) for phrase in held
        ):
            return []
        found: list[Phrase] = []
        for before, later in pairwise((part, *behind)):
            if later.does != part.does or self._comes_then(before, later):
                break
            if part.aspects and not part.aspects & later.aspects:  # warmer, and that one brighter
                continue
            of_music = [phrase for phrase in later.phrases if phrase.thing == "music"]
            found += [p for p in later.slots.get("clips", []) if not is_pronoun(p)] or of_music
        return found

    def _comes_then(self, before: Part, part: Part) -> bool:
        return bool(_THEN.search(self._text, before.end, part.phrases[0].end))

    def _holds(self, part: Part) -> bool:
        """Whether the condition of a request holds; says so when it does not."""
        work, result = self._work, self._result
        result.mood = "condition"
        about, mind = _about_request(part), replace(work.mind)
        judged = conditions.judge(work, about, self._text)
        if judged is None and about is not part.condition:
            work.mind = mind
            judged = conditions.judge(work, part.condition, self._text)
        things = {p.thing for p in part.condition}
        if "music" in things and d.sounds(work.draft or {}):
            work.mind.speak("music", [identity(one) for one in d.sounds(work.draft or {})])
        if judged is None:
            if work.confirmed:
                return True
            said = _shown(self._text, part.condition)
            raise work.question(
                f"Whether “{said}” holds cannot be told from the timeline. Shall it be done?",
                f"无法从时间线判断“{said}”。要做吗？",
                "",
                [("yes", True), ("no", False)],
            )
        if not judged.holds:
            result.said.append(judged.told)
        return judged.holds

    def _step(self, step: Step) -> None:
        work = self._work
        drafts = work.project.previous if step.way == "undo" else work.project.undone
        draft = drafts[-step.count]
        work.draft = dict(draft) if draft else None

    # What is no request

    def _constrain(self, part: Part, asked: bool) -> None:
        """`without music`, `keep clip 2 as it is`: holds for what is asked for beside it."""
        work, result = self._work, self._result
        for phrase in part.phrases:
            clips = phrase.get("clips")
            if isinstance(clips, Clips) and any(pick.rest for pick in clips.picks):
                continue
            if isinstance(clips, Clips) and not work.is_empty:
                try:
                    where = positions(work, clips, speak=False)
                    ids = [identity(work.clips[p]) for p in where]
                    work.locked |= set(ids)
                    work.mind.clips = tuple(ids)
                    work.mind.mentioned = (*work.mind.mentioned, *ids)
                except (Refusal, Question) as error:
                    result.said.append(str(error))
            elif isinstance(clips, Clips):
                work.excluded = (*work.excluded, *clips.picks)
            self._lock([phrase] if phrase.thing else [])
            if phrase.thing == "music":
                work.no_music = True
        if not asked:
            result.mood = result.mood or "negation"
            result.said.append(work.say("It stays as it is.", "保持不变。"))

    def _acknowledge(self, part: Part, others: Sequence[Part]) -> None:
        work, result = self._work, self._result
        result.mood = result.mood or "negation"
        adds = part.does == "add"
        for phrase in part.phrases:
            clips = phrase.get("clips")
            if isinstance(clips, Clips) and work.is_empty and adds:
                work.excluded = (*work.excluded, *clips.picks)
            if isinstance(clips, Clips) and not work.is_empty:
                try:
                    goes_on = any(_goes_on(part, one) for one in others) or any(
                        phrase.value == held.value
                        for one in others
                        if one.match
                        for held in one.match.slots.get("clips", [])
                    )
                    where = positions(work, clips, speak=goes_on)
                    if len(where) == len(work.clips) and part.does == "remove":
                        continue  # don't drop any clip: all stay, and may get shorter
                    if not goes_on:
                        work.locked |= {identity(work.clips[p]) for p in where}
                except (Refusal, Question):
                    continue
            if phrase.thing and not any(
                _goes_on(part, one) or phrase.thing in things_in(one) for one in others
            ):
                self._lock([phrase])
            if phrase.thing == "music":
                work.no_music = True
        result.said.append(work.say("All right: that is not done.", "好的，不会这样做。"))

    def _supposed(self, part: Part, beside: Sequence[Part]) -> bool:
        """`how long would it be without the interview?`: as it would be, found out on a copy."""
        work = self._work
        out = [q for p in beside if p.mood == "constraint" for q in p.phrases if q.is_("clips")]
        without = (_REMOVE, *(replace(one, role="") for one in out)) if out else ()
        asked = tuple(p for p in part.phrases if p.kind != "word")
        for phrases in (part.condition[1:], without, asked):
            found = match(phrases, OPERATIONS, work)
            if found is None or not found.is_whole or found.operation.effect is None:
                continue
            tried = work.copy()
            try:
                found.operation.effect(tried, found.slots)
            except (Refusal, Question, Step):
                continue
            now, then = seconds(work.total()), seconds(tried.total())
            self._result.said.append(
                work.say(
                    f"It would last {then}; now it lasts {now}. Nothing was changed: to do it say yes.",
                    f"会是 {then}，现在是 {now}。没有改动；要做请说：好。",
                )
            )
            request = replace(part, mood="request", phrases=tuple(phrases), match=found)
            self._result.open = Open((replace(request, condition=()),), 0, "")
            return True
        return False

    def _reply_to(self, part: Part, beside: Sequence[Part] = ()) -> None:
        """A question about the timeline, or about what could be done: an answer, never an edit."""
        work, result = self._work, self._result
        if part.mood == "remark":
            self._speak_of(part)
            return
        result.mood = "question"
        self._speak_of(part)
        about = answers.extreme_of(part.phrases) is not None or answers.asks_fact(self._text)
        if answers.asks_length(self._text) and self._supposed(part, beside):
            return
        can = part.is_whole
        can = can and part.match is not None and part.match.operation.effect is not None
        if can and not about:
            result.said.append(
                work.say(
                    f"Nothing was changed. To do it say: {_order(self._text, part)}.",
                    f"没有改动。要做的话请说：{_order(self._text, part)}。",
                )
            )
            result.open = Open((replace(part, mood="request"),), 0, "")
            return
        there = any(one.is_("lay") for one in part.phrases) and bool(d.overlays(work.draft or {}))
        there = there or answers.asks_value(self._text)
        if part.match is not None and part.match.operation.effect is None and not there:
            operation = part.match.operation
            result.refused.append(Refused(operation.name, work.say(*operation.missing)))
            return
        begin = max(self._text.rfind(sign, 0, part.start) for sign in ".!?。！？") + 1
        words = self._text[begin : part.end]
        line = answers.answer(work, words if words else self._text, part.phrases)
        result.said.append(line)

    def _speak_of(self, part: Part) -> None:
        """What the words name is what `it` means from now on, whether or not something was done."""
        for phrase in part.phrases:
            clips = phrase.get("clips")
            heard = d.sounds(self._work.draft or {}) if phrase.thing == "music" else []
            if heard:
                self._work.mind.speak("music", [identity(one) for one in heard])
            if phrase.thing in ("title", "caption", "text") and part.mood in ("remark", "question"):
                quoted = next((str(p.value) for p in part.phrases if p.kind == "quote"), "")
                with contextlib.suppress(Refusal, Question):
                    texts(self._work, phrase, quoted)
            if isinstance(clips, Clips) and not is_pronoun(phrase) and not self._work.is_empty:
                try:
                    where = positions(self._work, clips)
                except (Refusal, Question):
                    continue
                if part.mood == "remark":
                    self._work.topic = tuple(identity(self._work.clips[p]) for p in where)

    def _ask_what(self) -> None:
        """Every word is known, and they say not enough: what shall be done is asked."""
        works = sentences_for(self._work)[:3]
        self._result.question = self._work.say(
            f"What exactly shall be done? For example: {', '.join(f'“{one}”' for one in works)}.",
            f"具体要做什么？例如：{'、'.join(f'「{one}」' for one in works)}。",
        )

    def _not_understood(self, part: Part) -> None:
        self._speak_of(part)
        found, words = part.match, self._text[part.start : part.end]
        if found is not None and found.operation is adding.OPERATION and _GENERATES.match(words):
            name, message = missing.GENERATED
            self._result.refused.append(Refused(name, self._work.say(*message)))
            return
        self._result.unknown.append(self._text[part.start : part.end])
        self._result.absent += [str(one.value) for one in part.phrases if one.kind == "missing"]

    # The answer

    def _told(self) -> Outcome:
        work, result = self._work, self._result
        changed = not result.question and bool(result.done)  # what was only looked at stays
        changed = changed and nets.differs(work.draft, work.project.draft)
        if result.step != "edit":
            changed = True
        elif result.done and not changed and not (result.question or result.refused or work.notes):
            result.said.append(
                work.say("That is so already: nothing was changed.", "已经是这样了，没有改动。")
            )
        if not changed:
            result.operations = [
                one for one in result.operations if one["op"] in export.LEAVE_THE_DRAFT
            ]
            silent = not (result.said or result.refused or result.question or work.notes)
            if silent and not result.unknown:
                result.unknown.append(self._text)
        understood = bool(result.done or result.refused or result.said or result.question)
        if result.unknown and not (
            changed or result.operations or result.refused or result.question
        ):
            result.question, result.unknown = self._unknown(changed), []
        reply = self._reply(changed)
        draft: Mapping[str, Any] | None = None
        if result.step != "edit":
            draft = work.draft if work.draft is not None else self._emptied()
        elif changed:
            draft = _numbered(
                work.draft if work.draft is not None else self._emptied(), work.project
            )
        step = "amend" if self._amends and changed else result.step
        refused = result.refused[0] if result.refused else None
        return Outcome(
            reply,
            draft,
            self._calls(changed),
            understood,
            step,
            result.steps,
            result.mood or "request",
            tuple(result.operations),
            result.question or None,
            result.choices,
            refused if not result.question else None,
            replace(self._remember(changed), chinese=work.chinese),
        )

    def _emptied(self) -> d.Json:
        draft = self._work.project.draft or d.empty(self._work.project.title or "project")
        return {**draft, "t": [], "d": 0}

    def _calls(self, changed: bool) -> tuple[Call, ...]:
        done = [
            Call(str(one["op"]), {k: v for k, v in one.items() if k != "op"})
            for one in self._result.operations
        ]
        failed = [
            Call("cannot_do", {"op": one.op}, {"status": "error", "message": one.message})
            for one in self._result.refused
        ]
        if self._result.unknown:
            message = self._unknown(changed)
            failed.append(Call("cannot_do", {"op": None}, {"status": "error", "message": message}))
        return (*done, *failed)

    def _remember(self, changed: bool) -> Memory:
        result, work = self._result, self._work
        kept = self._memory
        mind = replace(work.mind, seen=[], mentioned=())
        if result.question or (result.open is not None and not changed):
            return replace(
                kept,
                open=result.open,
                mind=mind if (result.open is None) == bool(result.question) else kept.mind,
            )
        if result.step == "undo" and result.steps == 1 and kept.did_change:
            return replace(
                kept, did_change=False, open=None, mind=mind
            )  # undo, and then: make it 8
        if result.step != "edit":
            return Memory(mind=mind)
        if result.done and (changed or self._amends):
            before = kept.before if self._amends else work.project.draft
            mind_before = kept.mind_before if self._amends else kept.mind
            return Memory(
                tuple(result.done),
                before,
                changed,
                constraints=self._constraints,
                mind=mind,
                mind_before=mind_before,
            )
        if result.refused and not result.done and self._asked:
            return Memory(self._asked, work.project.draft, False, mind=mind, mind_before=kept.mind)
        return replace(kept, open=None, mind=mind)

    def _reply(self, changed: bool) -> str:
        """Short Markdown in the language of the text."""
        result, work = self._result, self._work
        paragraphs: list[str] = []
        if result.question:
            paragraphs.append(with_choices(result.question, result.choices))
        paragraphs += dict.fromkeys(one.message for one in result.refused)
        if result.unknown:
            paragraphs.append(self._unknown(changed))
        paragraphs += dict.fromkeys(result.said)
        if not result.question:
            paragraphs += work.notes
            paragraphs += self._fonts()
        return "\n\n".join(one for one in paragraphs if one)

    def _unknown(self, changed: bool) -> str:
        work, result = self._work, self._result
        parts = [f"“{_short(part)}”" for part in result.unknown[:5] if part.strip()]
        works = sentences_for(work)[:3]
        nothing = "" if changed else work.say(" Nothing was changed.", "没有做任何修改。")
        if result.absent:
            names = ", ".join(dict.fromkeys(map(clean_line, result.absent)))
            return work.say(
                f"No file of this project is called {names}: upload it first.{nothing}",
                f"项目里没有叫 {names} 的文件：请先上传。{nothing}",
            )
        if not parts:
            return work.say(
                f"What shall be done? For example: {', '.join(f'“{one}”' for one in works)}.",
                f"要做什么？可以这样说：{'、'.join(f'「{one}」' for one in works)}。",
            )
        return work.say(
            f"I did not understand {', '.join(parts)}.{nothing} What works, for example: "
            f"{', '.join(f'“{one}”' for one in works)}.",
            f"没有听懂{'、'.join(parts)}。{nothing}可以这样说：{'、'.join(f'「{one}」' for one in works)}。",
        )

    def _fonts(self) -> list[str]:
        """Which font package is missing for words that were put on the screen."""
        said = [str(one.get("text") or "") for one in self._result.operations if one.get("text")]
        words = "\n".join(said)
        if not words or words.isascii():
            return []
        try:
            from vbtui.studio.render import check_text
        except ImportError:
            return []
        missing = check_text(words, self._work.chinese)
        return [missing] if missing else []


def _adds(parts: Sequence[Part]) -> bool:
    return any(p.does in ("add", "reorder") for p in parts)


def _arranges(part: Part) -> bool:
    """Whether all clips are in another order now."""
    ways = part.slots.get("way", []) if part.does == "reorder" else []
    return any(one.value in ("reverse", "sort", "shuffle") for one in ways)


_SHOWN = 120
"""Characters of a part that was not understood."""


def _short(part: str) -> str:
    line = clean_line(part)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


_AT_EACH = re.compile(r"\b(?:each|every)\b|每", re.IGNORECASE)


_OF_ONE = ("mute", "volume", "speed", "fade", "remove")


def _points_at_one(phrase: Phrase) -> bool:
    """`this clip`, `the copy`: one clip, where `it` can be the video."""
    clips = phrase.get("clips")
    return isinstance(clips, Clips) and bool(clips.picks[0].pronoun) and clips.picks[0].one


def _takes_all_back(part: Part) -> bool:
    """`… no need to change it`, `… just kidding, leave them`: nothing of what was said before is wanted."""
    if part.mood == "constraint":
        return all(p.kind in ("as_is", *LITTLE) for p in part.phrases)
    held = part.slots.get("what", []) if part.mood == "request" and part.does == "keep" else []
    return bool(held) and all(map(is_pronoun, held)) and "dir" not in part.slots


def _laid(parts: Sequence[Part], work: Work) -> frozenset[str]:
    """The files that requests lay over the picture."""
    asked = [part.match for part in parts if part.mood == "request" and part.does == "overlay"]
    files = [one for found in asked if found for one in overlay.files_laid(work, found.slots)]
    return frozenset(one.id for one in files)


def _sources(parts: Sequence[Part], work: Work) -> list[Media]:
    """The files that requests name where nothing is on the timeline yet; none where all are meant."""
    if not work.is_empty:
        return []
    found: list[Media] = []
    asked = [part for part in parts if part.mood == "request"]
    if any(p.thing == "everything" or p.is_("q", "all") for part in asked for p in part.phrases):
        return []
    for phrase in (one for part in asked if part.does != "add" for one in part.phrases):
        clips = phrase.get("clips") or getattr(phrase.get("when"), "of", None)
        if not isinstance(clips, Clips) or phrase.neg or phrase.role == "without":
            continue
        for pick in clips.picks:
            out = {file for other in clips.but for file in other.files}
            if pick.rest or pick.new or (clips.but and not out) or (pick == Pick() and not out):
                return []
            named = [one for one in work.pictures if one.id in pick.files]
            if not pick.files and any(map(_joins_all, asked)):
                return []  # 照片每张4秒，按顺序拼
            if not pick.files and not pick.ranks and (pick.kind or out):
                named = [one for one in work.pictures if pick.kind in ("", one.kind)]
            found += [one for one in named if one not in found and one.id not in out]
    return found


def _joins_all(part: Part) -> bool:
    """Whether it joins whatever there is: no kind of video that is made of some of it, 相册."""
    genre = any(one.thing == "genre" for held in part.slots.values() for one in held)
    return part.does == "add" and "clips" not in part.slots and not genre


def _shown(text: str, phrases: Sequence[Phrase]) -> str:
    if not phrases:
        return ""
    return _short(text[min(p.start for p in phrases) : max(p.end for p in phrases)])


def _order(text: str, part: Part) -> str:
    """What was asked about, said as a request."""
    kept = [p for p in part.phrases if p.kind != "polite"]
    return _shown(text, kept)


def _about_request(part: Part) -> tuple[Phrase, ...]:
    """`speed clip 2 up if it is longer than 10 s`: `it` is what the request names."""
    held = part.slots.get("clips", [])
    named = [p for p in held if isinstance(p.get("clips"), Clips) and not is_pronoun(p)]
    behind = part.condition[0].start > part.start
    free = not any(p.thing or p.kind == "exists" for p in part.condition[1:])
    other = [p for p in part.condition if isinstance(p.get("clips"), Clips) and not is_pronoun(p)]
    compared = next((p.start for p in part.condition if p.is_("cmp")), part.end + 10_000)
    subject = [p for p in other if not p.get("clips").picks[0].some and p.start < compared]
    if len(named) != 1 or not behind or subject or not (free or other):
        return part.condition
    kept = [p for p in part.condition[1:] if not is_pronoun(p)]
    return (part.condition[0], replace(named[0], role=""), *kept)


def _with_object(part: Part, found: Match) -> Slots:
    """`if clip 1 is longer than 10 s, cut it`: what the condition is about is what the request is about."""
    exists = any(p.kind == "exists" for p in part.condition)
    about = not exists and any(
        isinstance(p.get("clips"), Clips) and not is_pronoun(p) for p in part.condition
    )
    takes = any(slot.name == "clips" for slot in found.form.slots)
    if not about or not takes or "clips" in found.slots or "whole" in found.slots:
        return found.slots
    return {**found.slots, "clips": [Phrase("clips", Clips((Pick(pronoun="it"),)), 0, 0)]}


def _is_an_order(part: Part) -> bool:
    """Whether a part that was not understood asks for something: then nothing of the text is done."""
    chat = (
        "word",
        "polite",
        "vague",
        "manner",
        "style",
        "purpose",
        "prep",
        "sep",
        "little",
        "social",
    )
    return any(p.kind not in chat for p in part.phrases) or not part.phrases


_GENERATES = re.compile(r"generate\b|生成", re.IGNORECASE)
_FEW = 3
"""Phrases that mean something, in a request that says too little."""


def _kept_together(requests: list[Part]) -> list[Part]:
    """`keep the first 5 s of the interview and the beach`: what is kept of one clip is kept beside the other."""
    result = list(requests)
    for index, (first, second) in enumerate(pairwise(requests)):
        one, other = first.match, second.match
        if one is None or other is None or {one.operation.name, other.operation.name} != {"keep"}:
            continue
        whens = [p.value for p in one.slots.get("when", []) if isinstance(p.value, When)]
        owner = [p.value for p in one.slots.get("clips", []) if isinstance(p.value, Clips)]
        owner += [when.of for when in whens if when.of is not None]
        clips = other.slots.get("clips", [])
        if not whens or not owner or not clips or "when" in other.slots:
            continue
        both = replace(clips[0].value, picks=(*owner[0].picks, *clips[0].value.picks))
        slots = {**other.slots, "clips": [replace(clips[0], value=both)]}
        result[index + 1] = replace(second, match=other._replace(slots=slots))
    return result


def _says_where(part: Part) -> bool:
    """A remark that is nothing but a place or a time: it is not just let be."""
    where = ("edge", "moment", "time", "when", "place", "screen", "dir", "prep", "polite")
    told = part.mood == "remark" and part.match is None and bool(part.phrases)
    return told and all(phrase.kind in where for phrase in part.phrases)


def _is_unheeded(part: Part, work: Work) -> bool:
    """A request that is not understood, or a constraint of what none can hold: a value, `without sound`."""
    if part.mood == "constraint":
        kinds = {phrase.kind for phrase in part.phrases}
        without = any(p.role == "without" or p.is_("prep", "without") for p in part.phrases)
        things = {p.thing for p in part.phrases} - {"", "music", "video", "everything"}
        if not d.texts(work.draft or {}):
            things -= {"title", "caption", "text", "end_title"}
        if not any(d.joins(d.clips(work.draft or {}))):
            things -= {"transition"}
        odd = bool(kinds & _MEASURED) or (without and bool(things))
        return not kinds & {"cond", "as_is"} and odd
    return part.mood == "request" and (part.match is None or bool(part.match.left))


_MEASURED = {"when", "duration", "time", "moment", "quote", "percent", "factor", "number", "edge"}


def _is_vague(part: Part) -> bool:
    """`edit the video`, 变速: known words, of which nothing follows."""
    meaning = [p for p in part.phrases if p.kind not in ("sep", "prep", *LITTLE)]
    named = any(p.kind in ("verb", "vague") or p.thing for p in part.phrases)
    named |= len(meaning) == 1 and meaning[0].is_("clips")
    return (
        named
        and len(meaning) <= _FEW
        and not any(
            p.kind in ("word", "quote", "missing", "duration", "percent", "neg", "topic")
            for p in meaning
        )
    )


def _takes_text(found: Match) -> bool:
    """Whether words that are on the screen say which text goes: `remove the Hello text`."""
    return found.operation.name == "remove" and "quote" in found.slots


def _goes_on(denied: Part, part: Part) -> bool:
    """`don't delete it, mute it`, 别静音，小声一点, `no blurred bars, fill the frame`: whether it is about what was denied."""
    held = [one for name in ("clips", "it") for one in part.slots.get(name, [])]
    named = held or any(phrase.thing for phrase in part.phrases)
    rather = part.start > denied.start and part.does == denied.does and not named
    return rather or any(map(is_pronoun, (*held, *part.phrases)))


def _keeps_a_text(before: Sequence[Part], part: Part) -> bool:
    """`delete all texts but keep the title`."""
    texts = {"title", "caption", "text"}
    gone = [p.slots for p in before if p.does == "remove"]
    wide = any(p.thing == "text" for slots in gone for held in slots.values() for p in held)
    return part.does == "keep" and wide and any(p.thing in texts for p in part.phrases)


def _denies_last(parts: Sequence[Part], memory: Memory) -> bool:
    """`don't mute it, lower it`: what was done last is denied, and something else asked for."""
    last = {p.does for p in memory.parts if p.match}
    denied = [p for p in parts if p.mood == "negation" and p.match is not None]
    asked = [p for p in parts if p.mood == "request"]
    return bool(denied and asked) and all(p.does in last for p in denied)


def _names_sound(part: Part, work: Work) -> bool:
    return any(
        work.media[file].kind == "audio"
        for phrase in part.phrases
        if isinstance(phrase.get("clips"), Clips)
        for pick in phrase.get("clips").picks
        for file in pick.files
        if file in work.media
    )


def _takes_all(part: Part) -> bool:
    """Whether a new video was asked for of everything that is there."""
    return (
        part.does == "add"
        and "part" not in part.slots
        and not any(
            pick.files
            for phrase in part.slots.get("clips", [])
            if isinstance(phrase.get("clips"), Clips)
            for pick in phrase.get("clips").picks
        )
    )


def _takes_more(before: Sequence[Part], part: Part, work: Work) -> bool:
    """beach剪5秒，拼一起 where nothing is there yet: of some files something was said, nothing of the others."""
    if work.project.draft is not None or part.does != "add":
        return False
    named = [p for one in before for p in one.phrases if "files" in kinds_of(p, work)]
    return bool(named) and "clips" not in part.slots


def suggestions(project: Project, chinese: bool) -> list[str]:
    """At most three sentences that are done, whole and without a question, to this project as it is: each was tried
    on a copy."""
    found: list[str] = []
    for sentence in sentences_for(Work(project, chinese)):
        tried = direct(sentence, project)
        is_done = tried.draft is not None and tried.question is None and tried.refused is None
        if is_done and nets.differs(tried.draft, project.draft):
            found.append(sentence)
        if len(found) == 3:
            break
    return found


__all__ = ["Match", "direct", "suggestions"]
