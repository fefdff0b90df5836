"""What someone else proposes for a sentence – a language model, say – becomes a plan that is shown, or nothing.

    operations, timeline ─► `told` ─► (answer by `schema`) ─► `propose` ─► “That could be done so: … Shall it be done?”

A proposal is sentences in the director's own language, and foreign to the last character. Each of them must be one whole
request of the operation that it says it is; together they are tried on a copy, behind the same nets as the user's own
words. What asks back there, is refused or changes nothing rejects the whole. Nothing is done before the user's yes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from vbtui.base.text import clean_line
from vbtui.language import lexer
from vbtui.language.locations import take_locations
from vbtui.language.quotes import is_chinese
from vbtui.studio.director import hand, nets
from vbtui.studio.director.director import direct
from vbtui.studio.director.memory import Memory, Open
from vbtui.studio.director.operations import OPERATIONS
from vbtui.studio.director.reading import Part, read
from vbtui.studio.director.work import Outcome, Project, Work, with_choices
from vbtui.studio.project import draft as d

MOST_STEPS = 10
_LONGEST_STEP = 200
_LONGEST_PLAN = 500
"""Characters: a client may show no more of a question, and a step that is not seen is not agreed to."""
_MOST_NAMES = 100
_PLACE = re.compile(r"[/\\].*\.\w{2,4}\b|\b[A-Za-z]:\\")
"""A path that begins somewhere."""
_SIGNS = re.compile(r"[<>\[\]`*~|\\]")
"""What could hide a step where the question is shown as Markdown."""

_OWN = ("undo", "redo", "reset", "export")
"""Only the user's own words go along the history, empty the timeline or save the video."""
_BUILT = tuple(one for one in OPERATIONS if one.effect is not None and one.name not in _OWN)


class Rejected(Exception):
    """A proposal of which nothing is kept.

    Args:
        english, chinese: why, as the rest of a sentence about who made it.
    """

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.english, self.chinese = english, chinese


class _Step(NamedTuple):
    op: str
    say: str


# What the one who proposes is told


def may_be_told(text: str) -> bool:
    """Whether a sentence names no path and no address: what the user's folders are called is nobody's business."""
    return not _names_places(text)


def told(project: Project) -> dict[str, Any]:
    """The operations as they are declared, and what the timeline is made of: names and lengths."""
    draft = project.draft or {}
    clips, media = d.clips(draft), {one.id: one for one in project.media}
    used = {d.meta(one).get("asset") for one in (*clips, *d.sounds(draft))}
    return {
        "operations": [
            {"op": one.name, "does": one.help[0], "examples": list(one.examples)} for one in _BUILT
        ],
        "timeline": {
            "seconds": d.whole(draft.get("d")) / 1000,
            "clips": [
                {
                    "number": number,
                    "name": _name(d.meta(clip).get("title")),
                    "kind": "image" if d.is_still(clip, media) else "video",
                    "seconds": d.length(clip) / 1000,
                }
                for number, clip in enumerate(clips[:_MOST_NAMES], 1)
            ],
            "clips_in_all": len(clips),
            "texts": len(d.texts(draft)),
            "music": [_name(d.meta(one).get("title")) for one in d.sounds(draft)[:_MOST_NAMES]],
        },
        "files_not_used": [
            {"name": _name(one.filename), "kind": one.kind}
            for one in project.media
            if one.id not in used
        ][:_MOST_NAMES],
    }


def _name(title: object) -> str:
    """A name without the folders that it might be given with."""
    return re.split(r"[/\\]", clean_line(str(title or "")))[-1][:80]


def schema() -> dict[str, Any]:
    """The JSON schema of an answer."""
    step = {
        "type": "object",
        "properties": {
            "op": {"type": "string", "enum": [one.name for one in _BUILT]},
            "say": {"type": "string"},
        },
        "required": ["op", "say"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": step}},
        "required": ["steps"],
        "additionalProperties": False,
    }


# What becomes of the answer


def propose(
    answer: object, text: str, project: Project, memory: Memory | None, maker: str
) -> Outcome:
    """The plan in `answer` as a question; nothing is changed.

    Args:
        answer: foreign JSON.
        text: what the user said, whose language the question has.
        maker: whose plan it is, for the question.

    Raises `Rejected`.
    """
    steps = _steps(answer)
    mind = memory.mind if memory is not None else Memory().mind
    for step in steps:
        _check(step)
        if [_asked(one) for one in _parts(step.say, project, memory)] != [step.op]:
            raise Rejected("one of its steps is not what it says it is", "其中一步与所说的操作不符")
    together = "\n".join(step.say for step in steps)
    parts = _parts(together, project, memory)
    if [_asked(one) for one in parts] != [step.op for step in steps]:
        raise Rejected("its steps mean something else together", "各步合在一起意思不同")
    tried = direct(together, project, Memory(mind=mind))
    if tried.question is not None or tried.refused is not None:
        raise Rejected("its plan cannot be done as it stands", "它的方案无法照做")
    if tried.draft is None or tried.step != "edit":
        raise Rejected("its plan would change nothing", "它的方案不会改动任何内容")
    work = Work(project, chinese=is_chinese(text))
    choices = (work.say("yes", "好"), True), (work.say("no", "不要"), False)
    plan = Memory(mind=mind, open=Open(tuple(parts), 0, "", choices, is_plan=True))
    agreed = direct(choices[0][0], project, plan)
    if agreed.draft is None or nets.differs(agreed.draft, tried.draft):
        raise Rejected("its plan could not be tried", "它的方案无法预先检验")
    return _question(steps, work, maker, plan)


def _question(steps: list[_Step], work: Work, maker: str, plan: Memory) -> Outcome:
    english = ", then ".join(f"“{step.say}”" for step in steps)
    chinese = "，然后".join(f"「{step.say}」" for step in steps)
    name = clean_line(_SIGNS.sub("", maker))[:60]
    question = work.say(
        f"That could be done so ({name} proposes it): {english}. Shall it be done?",
        f"可以这样做（{name} 的建议）：{chinese}。要做吗？",
    )
    if len(question) > _LONGEST_PLAN:
        raise Rejected("its plan is too long to be shown", "它的方案太长，无法显示")
    labels = tuple(label for label, _ in plan.open.choices) if plan.open is not None else ()
    return Outcome(
        with_choices(question, labels), None, question=question, choices=labels, memory=plan
    )


def _steps(answer: object) -> list[_Step]:
    found = answer.get("steps") if isinstance(answer, Mapping) and len(answer) == 1 else None
    if not isinstance(found, list):
        raise Rejected("its answer has not the form that was asked for", "它的回答格式不对")
    if not found:
        raise Rejected("it knows no step for that", "它也不知道该怎么做")
    if len(found) > MOST_STEPS:
        raise Rejected(
            f"its plan has more than {MOST_STEPS} steps", f"它的方案超过 {MOST_STEPS} 步"
        )
    steps = []
    for one in found:
        op, say = (one.get("op"), one.get("say")) if isinstance(one, Mapping) else (None, None)
        if not isinstance(op, str) or not isinstance(say, str) or len(one) != 2:
            raise Rejected("its answer has not the form that was asked for", "它的回答格式不对")
        steps.append(_Step(op, say.strip()))
    return steps


def _check(step: _Step) -> None:
    """Raises `Rejected` for what it may not ask for, and for words that could not be shown as they are."""
    say = step.say
    if step.op not in {one.name for one in _BUILT}:
        raise Rejected("it asks for something that there is not", "它要求了不存在的操作")
    if not say.isprintable() or _SIGNS.search(say) or len(say) > _LONGEST_STEP:
        raise Rejected("one of its steps cannot be shown as it is", "其中一步无法原样显示")
    if _names_places(say):
        raise Rejected("one of its steps names a path or an address", "其中一步含有路径或网址")


def _names_places(text: str) -> bool:
    whole = any(re.search(r"[/\\]", place) for place in take_locations(text)[1])
    return whole or bool(_PLACE.search(text))


def _parts(text: str, project: Project, memory: Memory | None) -> list[Part]:
    work = Work(project, chinese=is_chinese(text))
    mind = memory.mind if memory is not None else work.mind
    work.mind = replace(mind, seen=list(d.clips(project.draft or {})), mentioned=(), placed=0)
    text = lexer.narrow(text)
    return read(text, work, hand.things_named(text, work))


def _asked(part: Part) -> str:
    """The operation that a part asks for; empty where it is no whole request of one, without ifs and buts."""
    found = part.match
    whole = part.mood == "request" and not part.condition and not part.marks
    if found is None or not whole or not found.is_whole or found.operation.effect is None:
        return ""
    return found.operation.name
