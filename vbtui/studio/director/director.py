"""A text, clause by clause, from words to a new draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vbtui.base.text import clean
from vbtui.language import lexer
from vbtui.language.quotes import is_chinese
from vbtui.studio.director import (
    clauses,
    compose,
    cutting,
    hand,
    history,
    joins,
    lengths,
    look,
    order,
    phrases,
    refusals,
    replies,
    sound,
    words,
)
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, Refusal
from vbtui.studio.director.model import Call, Outcome, Project
from vbtui.studio.project import draft as d

MAX_CLAUSES = 40
"""Instructions that are followed in one text; the rest is named."""
Handler = Callable[[Clause, Desk], bool]

_HANDLERS: tuple[Handler, ...] = (
    refusals.missing,
    history.handle,
    refusals.export,
    refusals.playhead,
    compose.handle,
    words.handle,
    look.crop,
    refusals.unsupported,
    sound.handle,
    joins.handle,
    look.handle,
    cutting.handle,
    lengths.handle,
    order.handle,
    refusals.vague,
)


def direct(text: str, project: Project) -> Outcome:
    """Does what `text` says to the draft of `project`, and says what was done and what was not.

    Pure: nothing is read or written, `project` stays as it is. What is not understood changes
    nothing and is named. Never raises for any text.
    """
    text = clean(text)
    desk, refused, unknown = Desk(project, chinese=False), list[str](), list[str]()
    found = [] if _by_hand(text, desk, refused) else _read(text, desk)
    for clause in found[:MAX_CLAUSES]:
        _follow(clause, desk, text, refused, unknown)
    if desk.composed and not any(_about_music(clause) for clause in found):
        compose.background_music(desk)
    if len(found) > MAX_CLAUSES:
        unknown.append(text[found[MAX_CLAUSES].start :])
    if not (desk.calls or desk.notes or refused or unknown):
        unknown.append(text.strip())
    changed = desk.draft is not None and _differs(desk.draft, project.draft)
    if changed:
        desk.draft = _numbered(desk, project)
    reply = replies.write(desk, refused, unknown, changed)
    step = desk.step if len(desk.calls) == 1 else "edit"
    return Outcome(
        reply,
        desk.draft if changed else None,
        tuple(desk.calls),
        bool(desk.done or refused or desk.notes),
        step if changed else "edit",
    )


def _read(text: str, desk: Desk) -> list[Clause]:
    """The clauses of the text, and its language on the desk."""
    project = desk.project
    files = [lexer.FileName(one.id, one.filename, one.kind == "audio") for one in project.media]
    items = lexer.read(text, files, hand.things_named(text, project.draft))
    desk.chinese = _wants_chinese(text, items)
    return clauses.split(phrases.group(items, text), len(text))


def _by_hand(text: str, desk: Desk, refused: list[str]) -> bool:
    """Whether the text is one exact sentence of an edit by hand, which is followed then."""
    try:
        return hand.follow(text, desk)
    except Refusal as refusal:
        _refuse(desk, str(refusal), text, refused)
        return True


def _refuse(desk: Desk, sentence: str, text: str, refused: list[str]) -> None:
    refused.append(sentence)
    result = {"status": "error", "message": sentence}
    desk.calls.append(Call("cannot_do", {"text": text}, result))


def _about_music(clause: Clause) -> bool:
    return any(
        item.is_("noun", "music") or (item.kind == "ref" and item.value.sound)
        for item in clause.items
    )


def _wants_chinese(text: str, items: list[lexer.Item]) -> bool:
    """The language of the instruction, whatever words it puts on the screen."""
    outside = list(text)
    for item in items:
        if item.kind in ("quote", "file", "sound_file", "segment_id", "the_text", "the_sound"):
            outside[item.start : item.end] = " " * (item.end - item.start)
    instruction = "".join(outside)
    return is_chinese(instruction if any(map(str.isalpha, instruction)) else text)


def _follow(clause: Clause, desk: Desk, text: str, refused: list[str], unknown: list[str]) -> None:
    """One clause: done, refused with its sentence, or not understood – then nothing of it is done."""
    before = _state(desk)
    try:
        done = _done(clause, desk)
    except Refusal as refusal:
        _restore(desk, before)
        _refuse(desk, str(refusal), text[clause.start : clause.end], refused)
        return
    left = clause.left()
    if done and (not left or clause.loose):
        if left:
            unknown.append(text[left[0].start : left[-1].end])
        return
    _restore(desk, before)
    if clause.items or clause.verb:
        unknown.append(text[clause.start : clause.end].strip() or text.strip())


def _done(clause: Clause, desk: Desk) -> bool:
    """The first handler that takes the clause for its own."""
    for handler in _HANDLERS:
        clause.forget()
        before, verb = _state(desk), clause.verb
        if handler(clause, desk):
            return True
        clause.verb = verb
        _restore(desk, before)
    return False


def _state(desk: Desk) -> tuple[Any, ...]:
    return desk.draft, list(desk.done), list(desk.calls), list(desk.notes), desk.step


def _restore(desk: Desk, before: tuple[Any, ...]) -> None:
    desk.draft, desk.done, desk.calls, desk.notes, desk.step = before


def _differs(draft: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return draft != before if before else bool(d.tracks(draft)) or before is not None


def _numbered(desk: Desk, project: Project) -> d.Json:
    """The draft with the next version number; an undone draft keeps its own."""
    assert desk.draft is not None
    if desk.step != "edit":
        return desk.draft
    version = d.whole(d.meta(project.draft or {}).get("version"))
    return d.with_meta(desk.draft, version=version + 1)
