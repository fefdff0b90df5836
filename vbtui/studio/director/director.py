"""A text, clause by clause, from words to a new draft and the answer.

The answer says what was done, what was not, and where the timeline stands. Back, forth and from the
start are done here as well: they are about drafts, not about what is on one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vbtui.base.text import clean, clean_line
from vbtui.language import lexer
from vbtui.language.quotes import is_chinese
from vbtui.studio.director import (
    clauses,
    compose,
    cutting,
    hand,
    joins,
    lengths,
    look,
    order,
    phrases,
    refusals,
    sound,
    words,
)
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Call, Desk, Outcome, Project, Refusal, seconds
from vbtui.studio.project import draft as d
from vbtui.timeline.changes import summary
from vbtui.timeline.model import AUDIO, TEXT, VIDEO, Timeline, Track, read

MAX_CLAUSES = 40
"""Instructions that are followed in one text; the rest is named."""
Handler = Callable[[Clause, Desk], bool]


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
    reply = write(desk, refused, unknown, changed)
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
    if done and (not left or clause.tolerant):
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


def _history(clause: Clause, desk: Desk) -> bool:
    """Undo, redo, delete everything."""
    if clause.verb in ("undo", "redo"):
        clause.take_all("noun", "everything", "video")
        clause.take_all("word", "change", "edit", "step")
        clause.take_all("select", "last")
        if clause.left():
            return False
        return _step(desk, clause.verb)
    if clause.verb == "clear":
        clause.take_all("noun", "video", "everything")
        return _clear(desk)
    if clause.verb == "remove" and clause.has("noun", "everything") and len(clause.left()) == 1:
        raise desk.refusal(
            'What exactly? For example: "remove clip 2", "remove the title" or "delete everything".',
            "具体删除什么？例如：“删除片段2”、“删除标题”或“全部删除”。",
        )
    return False


_STEPS = {
    "undo": (
        ("There is nothing to undo.", "没有可以撤销的操作。"),
        ("Took back the last change.", "撤销了上一次修改。"),
    ),
    "redo": (
        ("There is nothing to redo.", "没有可以重做的操作。"),
        ("Made the change again.", "重做了上一次修改。"),
    ),
}


def _step(desk: Desk, step: str) -> bool:
    """The draft one step along the history."""
    nothing, done = _STEPS[step]
    drafts = desk.project.previous if step == "undo" else desk.project.undone
    if not drafts:
        raise desk.refusal(*nothing)
    draft = drafts[-1]
    desk.draft = dict(draft) if draft else emptied(desk)
    desk.step = step
    desk.did(*done, step)
    return True


def _clear(desk: Desk) -> bool:
    if not desk.draft or not d.tracks(desk.draft):
        raise desk.refusal("The timeline is empty already.", "时间线已经是空的。")
    desk.draft = emptied(desk)
    desk.did(
        "Emptied the timeline; the uploaded files stay. Say undo to get it back.",
        "清空了时间线，上传的文件保留。说“撤销”可恢复。",
        "clear_timeline",
    )
    return True


def emptied(desk: Desk) -> d.Json:
    """The draft without tracks; its canvas and name stay."""
    draft = desk.draft or d.empty(desk.project.title or "project")
    return {**draft, "t": [], "d": 0}


_SHOWN = 120
"""Characters of a part that was not understood."""


def write(desk: Desk, refused: Sequence[str], unknown: Sequence[str], changed: bool) -> str:
    """Short Markdown in the language of the text."""
    parts: list[str] = []
    if desk.done:
        parts.append("\n".join(f"- {line}" for line in desk.done))
    parts += [*dict.fromkeys(refused)]
    if unknown:
        parts.append(_not_understood(desk, unknown, changed))
    if desk.done or changed:
        parts += desk.notes
        parts += _fonts(desk)
        parts.append(_summary(desk))
    elif desk.notes:
        parts += desk.notes
    return "\n\n".join(part for part in parts if part)


def _not_understood(desk: Desk, unknown: Sequence[str], changed: bool) -> str:
    parts = [_short(part) for part in unknown[:5] if part.strip()]
    works = examples(desk)
    nothing = "" if changed or desk.done else desk.say(" Nothing was changed.", "没有做任何修改。")
    if not parts:
        return desk.say(
            f"What shall be done? For example: {_quoted(works)}.",
            f"要做什么？可以这样说：{'、'.join(f'「{example}」' for example in works)}。",
        )
    english = f"I did not understand {_quoted(parts)}.{nothing} What works, for example: {_quoted(works)}."
    han = [f"「{part}」" for part in parts], [f"「{example}」" for example in works]
    chinese = f"没有听懂{'、'.join(han[0])}。{nothing}可以这样说：{'、'.join(han[1])}。"
    return desk.say(english, chinese)


def _quoted(parts: Sequence[str]) -> str:
    return ", ".join(f"“{part}”" for part in parts)


def _short(part: str) -> str:
    line = clean_line(part)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def examples(desk: Desk) -> list[str]:
    """Three sentences that work now, made for the media that are there."""
    found: list[tuple[str, str]] = []
    clips = d.clips(desk.draft or {})
    audio, pictures = desk.audio_files, desk.pictures
    if not pictures:
        found += [
            (
                "combine these clips into a 60-second video with transitions",
                "把这些片段合并成60秒的视频，加转场",
            ),
            ('add title "Morning Brew" at the beginning', "在开头加标题“清晨咖啡”"),
            ("make it 9:16", "改成竖屏"),
        ]
        return [desk.say(*pair) for pair in found]
    if not clips:
        many = len(pictures) > 1
        first = clean_line(pictures[0].filename)
        found.append(
            (
                "combine these clips into a 60-second video with transitions",
                "把这些片段合并成60秒的视频，加转场",
            )
            if many
            else (f"make a 15-second video from {first}", f"用 {first} 做一个15秒的视频")
        )
    elif len(clips) > 1:
        found.append(("make it exactly 30 seconds", "总时长改成30秒"))
    else:
        found.append(("trim the first 2 seconds", "剪掉前2秒"))
    found.append(('add title "Morning Brew" at the beginning', "在开头加标题“清晨咖啡”"))
    if audio:
        name = clean_line(audio[0].filename)
        found.append((f"add {name} as music at 35%", f"用 {name} 作为背景音乐，音量35%"))
    else:
        found.append(("make it 9:16", "改成竖屏"))
    return [desk.say(*pair) for pair in found]


def _fonts(desk: Desk) -> list[str]:
    """Which font package is missing for words that were put on the screen."""
    words = "\n".join(desk.text_shown)
    if not words or words.isascii():
        return []
    try:
        from vbtui.studio.render import check_text
    except ImportError:
        return []
    missing = check_text(words)
    return [missing] if missing else []


def _summary(desk: Desk) -> str:
    timeline = read(desk.draft)
    if timeline is None:
        return desk.say("The timeline is empty.", "时间线是空的。")
    if not desk.chinese:
        line = summary(timeline)
        return f"{line} · {_frame(timeline)}" if timeline.tracks else line
    return _chinese_summary(timeline)


def _frame(timeline: Timeline) -> str:
    size = f", {timeline.width}x{timeline.height}" if timeline.width and timeline.height else ""
    return f"{seconds(timeline.duration_ms)}{size}"


def _chinese_summary(timeline: Timeline) -> str:
    if not timeline.tracks:
        return "时间线是空的。"
    parts = [
        f"{number}. {_label(track)}：{_segments(track)}"
        for number, track in enumerate(timeline.tracks, 1)
    ]
    return f"时间线（{len(parts)} 条轨道）：{' '.join(parts)} · {_frame(timeline)}"


def _label(track: Track) -> str:
    return {VIDEO: "视频", AUDIO: "音乐", TEXT: "文字"}.get(track.type or 0, track.kind)


def _segments(track: Track) -> str:
    from vbtui.timeline.changes import describe

    if not track.segments:
        return "（空）"
    shown = "、".join(describe(track, segment) for segment in track.segments[:4])
    rest = len(track.segments) - 4
    return shown + (f" 等共 {len(track.segments)} 个" if rest > 0 else "")


_HANDLERS: tuple[Handler, ...] = (
    refusals.missing,
    _history,
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
