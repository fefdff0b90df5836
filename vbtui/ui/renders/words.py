"""Exports in words: where one stands, what is known of it, how the queue is, why something cannot be done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from vbtui.base import programs
from vbtui.base.keys import key_name
from vbtui.base.problem import Problem
from vbtui.base.text import bounded, clean_line, format_bytes
from vbtui.base.times import TimeLeft, format_left
from vbtui.engine import Engine
from vbtui.exports.check import REMARK
from vbtui.exports.notify import state_words
from vbtui.journal.records import Offer, Render, RenderState
from vbtui.ui.kit import words
from vbtui.ui.kit.host import timeline_of, unread_of
from vbtui.ui.kit.widgets import Fact

_BAR = 10
_HONEST = (RenderState.UNKNOWN, RenderState.CANCELLED)
"""States that one word would say too little about."""


@dataclass(frozen=True, slots=True)
class Around:
    """What an export's words depend on beside itself."""

    now: float
    """Seconds since 1970."""
    left: TimeLeft | None = None
    """Until its file is there; None: over, or nobody can tell."""
    is_paused: bool = False
    """Whether the queue is."""
    is_away: bool = False
    """Whether the backend cannot be reached."""
    project: str = ""
    """The name of its project where that is not the open one."""


def in_order(renders: Sequence[Render]) -> list[Render]:
    """What is not over in queue order; below it what is over, the newest first."""
    left = [render for render in renders if not render.state.is_over]
    over = [render for render in renders if render.state.is_over]
    left.sort(key=lambda one: (one.state is RenderState.WAITING, one.position, one.id))
    over.sort(key=lambda one: (one.ended_at or 0, one.position, one.created_at), reverse=True)
    return left + over


def is_live(render: Render) -> bool:
    """Whether its words change as time passes."""
    return not render.state.is_over and render.state is not RenderState.WAITING


def name_of(render: Render) -> str:
    """The file's name, one clean line."""
    path = render.path or render.options.destination
    return _line(path.name if path else render.title) or "video"


def format_of(render: Render) -> str:
    """The preset, or the size, or the quality that was asked for."""
    options = render.options
    if options.preset:
        return options.preset
    return f"{options.width}x{options.height}" if options.width else options.quality


def state_text(render: Render, around: Around) -> str:
    """Where it stands, with what is left or the reason: one line."""
    text = _state(render, around)
    is_repeated = render.attempt > 1 and not render.state.is_over
    return f"{text} · attempt {render.attempt}" if is_repeated else text


def _state(render: Render, around: Around) -> str:
    word = words.RENDERS[render.state].word
    left = f" · {words.left_text(around.left)}" if around.left is not None else ""
    match render.state:
        case RenderState.WAITING:
            return _waiting(render, around)
        case RenderState.PROCESSING:
            return f"{words.bar(render.progress, _BAR)} {render.progress:.0f}%{left}"
        case RenderState.DOWNLOADING if render.size and render.received >= render.size:
            return "checking the video"
        case RenderState.DOWNLOADING:
            of_size = f" of {format_bytes(render.size)}" if render.size else ""
            return f"{word} {format_bytes(render.received)}{of_size}"
        case RenderState.SUBMITTING | RenderState.PENDING:
            return word + left
        case RenderState.DONE if render.problem is not None:
            kind = "note" if render.problem.code == REMARK else "look at it"
            return f"{word}, {kind}: {_line(render.problem.message)}"
        case RenderState.DONE:
            return f"{word} · {format_bytes(render.size)}" if render.size else word
        case state if state in _HONEST:
            return state_words(render, around.now)
    return f"{word}: {_line(render.problem.message)}" if render.problem else word


def _waiting(render: Render, around: Around) -> str:
    word = words.RENDERS[render.state].word
    if around.is_paused:
        return f"{word}: the queue is paused"
    if around.is_away and not render.options.here:
        return f"{word}: the backend is away"
    if around.left is None:
        return word
    return f"{word} · ready in {format_left(around.left)}"


def state_cell(render: Render, around: Around) -> Content:
    """Symbol and words."""
    badge = words.RENDERS[render.state]
    problem = render.problem if render.state is RenderState.DONE else None
    is_doubtful = problem is not None and problem.code != REMARK
    symbol, style = ("!", "$text-warning") if is_doubtful else (badge.symbol, badge.style)
    return Content.styled(f"{symbol} {state_text(render, around)}", style)


def queue_line(renders: Sequence[Render], *, is_paused: bool, left: TimeLeft | None) -> str:
    """`1 under way · 2 waiting · all ready in 1:20`; empty when there is nothing to say."""
    open_ = [render for render in renders if not render.state.is_over]
    waiting = sum(render.state is RenderState.WAITING for render in open_)
    parts = [f"{len(open_) - waiting} under way"] if len(open_) > waiting else []
    if waiting:
        parts.append(f"{waiting} waiting")
    if is_paused:
        parts.append(f"the queue is paused: {key_name('renders.pause')} resumes it")
    elif open_ and left is not None:
        parts.append(f"all ready in {format_left(left)}")
    if not open_:
        parts.append(words.plural(len(renders), "export"))
    return " · ".join(parts)


def facts_of(render: Render, around: Around) -> list[Content | Fact]:
    """All that is known about one export, for the detail pane."""
    options = render.options
    size = f"{options.width} x {options.height}" if options.width and options.height else ""
    facts = [
        ("Quality", options.quality),
        ("Preset", options.preset),
        ("Picture", size or "the timeline's own size"),
        ("Timeline", f"version {render.draft_version}" if render.draft_version else "not known"),
        ("Project", around.project),
        ("Made", "on this machine" if options.here else ""),
        ("Took" if render.state.is_over else "So far", _took(render, around.now)),
        ("Left", "" if render.state is RenderState.UNKNOWN else _left(around)),
        ("Attempt", str(render.attempt) if render.attempt > 1 else ""),
        ("Size", format_bytes(render.size) if render.size else ""),
        ("Path", _line(str(render.path or options.destination or ""))),
    ]
    lines: list[Content | Fact] = [
        Content.styled(name_of(render), "bold"),
        state_cell(render, around),
        Content(""),
    ]
    lines += [Fact(label, text) for label, text in facts if text]
    if render.problem is not None:
        lines += [Content(""), *problem_lines(render.problem)]
    return lines


def _took(render: Render, now: float) -> str:
    return "" if render.state is RenderState.WAITING else words.render_elapsed(render, now)


def _left(around: Around) -> str:
    if around.left is None or around.is_paused or around.is_away:
        return ""
    return f"about {format_left(around.left)}"


def in_short(render: Render, around: Around) -> Content:
    """One export in a few lines, for screens without room for a detail pane."""
    place = render.path or render.options.destination
    hint = _line(render.problem.hint) if render.problem else ""
    lines = [
        state_cell(render, around),
        Content(hint),
        Content.styled(_line(str(place)) if place else "", "$foreground-muted"),
    ]
    return Content("\n").join(line for line in lines if line.plain)


def problem_lines(problem: Problem) -> list[Content]:
    """Title, message and hint."""
    symbol = "·" if problem.code == REMARK else "!"
    lines = [Content.styled(f"{symbol} {_line(problem.title)}", "$text-warning bold")]
    lines += [Content(_line(text)) for text in (problem.message, problem.hint) if text]
    return lines


def _line(text: str) -> str:
    """Foreign text, however long, on one clean line."""
    return bounded(clean_line(text))


_OF_NO_EXPORT = ("pause", "formats")
_OF_THE_FILE = ("open", "reveal", "copy_path", "fetch")


def why_not(
    action: str,
    parameters: tuple[object, ...],
    render: Render | None,
    engine: Engine | None,
) -> str:
    """One sentence; empty when `action` is possible, or is none of the exports'."""
    if action in _OF_NO_EXPORT:
        return _of_the_queue(action, engine)
    if action not in (*_OF_THE_FILE, "cancel", "retry", "remove", "move", "duplicate", "here"):
        return ""
    if engine is None or render is None:
        return "There is no export in the list."
    if action in _OF_THE_FILE:
        return _of_the_file(action, render)
    return _of_the_export(action, parameters, render, engine)


def _of_the_queue(action: str, engine: Engine | None) -> str:
    if engine is None:
        return "vbtui is still setting things up."
    timeline, unread = timeline_of(engine), unread_of(engine)
    if action == "formats" and timeline is None and unread is not None:
        return f"The timeline could not be read: {unread.message or unread.title}"
    if action == "formats" and (timeline is None or not timeline.can_export):
        return "Nothing to export yet: describe an edit first."
    return ""


def _of_the_file(action: str, render: Render) -> str:
    if not render.state.is_over:
        return "The video is not finished yet."
    if render.state is not RenderState.DONE or render.path is None:
        return "This export has no video."
    if action == "fetch" and programs.has_desktop(os.environ):
        return "The video is on the machine in front of you: nothing to fetch."
    return ""


def _of_the_export(
    action: str, parameters: tuple[object, ...], render: Render, engine: Engine
) -> str:
    is_over = render.state.is_over
    match action:
        case "cancel" if is_over:
            return "It is over: there is nothing to cancel."
        case "retry" if not is_over:
            return "It is still on its way."
        case "retry" if render.state is RenderState.DONE:
            return f"It is done: {key_name('renders.duplicate')} makes it once more."
        case "remove" if not is_over:
            return "It is still on its way: cancel it first."
        case "move":
            return _move(parameters, render, engine)
        case "here" if Offer.RENDER_HERE not in engine.exports.offers(render):
            return _here(render, engine)
    return ""


def _move(parameters: tuple[object, ...], render: Render, engine: Engine) -> str:
    if render.state is not RenderState.WAITING:
        return "Only what waits can be moved."
    places = [one.position for one in engine.exports.renders if one.state is RenderState.WAITING]
    if parameters == (-1,) and render.position <= min(places, default=0):
        return "It is the next one already."
    if parameters == (1,) and render.position >= max(places, default=0):
        return "It is the last one already."
    return ""


def _here(render: Render, engine: Engine) -> str:
    if render.options.here or engine.overview.is_local:
        return "It is made on this machine already."
    return "The backend has not refused it."
