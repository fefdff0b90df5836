"""Exports in words: where one stands, what is known of it, how the queue is, why something cannot be done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from vbtui.base import programs
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.problem import Problem
from vbtui.base.text import bounded, clean_line, format_bytes
from vbtui.base.times import TimeLeft, format_left, time_code
from vbtui.base.translation import Translation
from vbtui.engine import Engine
from vbtui.exports.check import REMARK
from vbtui.exports.notify import state_words
from vbtui.journal.records import Offer, Render, RenderState
from vbtui.ui.kit import words
from vbtui.ui.kit.host import timeline_of, unread_of
from vbtui.ui.kit.widgets import Fact

_T = Translation
_ATTEMPT = _T("{state} · attempt {number}", "{state} · 第 {number} 次")
_CHECKING = _T("checking the video", "正在检查视频")
_OF_SIZE = _T("{word} {got} of {size}", "{word} {got} / {size}")
_NOTE = _T("{word}, note: {why}", "{word}，说明：{why}")
_LOOK = _T("{word}, look at it: {why}", "{word}，请查看：{why}")
_BECAUSE = _T("{word}: {why}", "{word}：{why}")
_PAUSED = _T("{word}: the queue is paused", "{word}：队列已暂停")
_AWAY = _T("{word}: the backend is away", "{word}：后台离线")
_READY_IN = _T("{word} · ready in {time}", "{word} · {time}后完成")
_UNDER_WAY, _WAITING = (
    _T("{count} under way", "{count} 个进行中"),
    _T("{count} waiting", "{count} 个等待中"),
)
_RESUMES = _T(
    "the queue is paused: {renders.pause} resumes it", "队列已暂停：按 {renders.pause} 继续"
)
_ALL_READY_IN = _T("all ready in {time}", "全部完成还需 {time}")
_QUALITY, _PRESET, _PICTURE = _T("Quality", "质量"), _T("Preset", "预设"), _T("Picture", "画面")
_FORMAT, _MOMENT = _T("Format", "格式"), _T("Moment", "时刻")
_TIMELINE, _PROJECT, _MADE = _T("Timeline", "时间线"), _T("Project", "项目"), _T("Made", "制作")
_TOOK, _SO_FAR, _LEFT = _T("Took", "用时"), _T("So far", "已用时"), _T("Left", "剩余")
_TRY, _SIZE, _PATH = _T("Attempt", "次数"), _T("Size", "大小"), _T("Path", "路径")
_OWN_SIZE, _UNKNOWN = _T("the timeline's own size", "时间线的尺寸"), _T("not known", "未知")
_VERSION, _HERE = _T("version {number}", "版本 {number}"), _T("on this machine", "在这台电脑上")
_ABOUT = _T("about {time}", "约 {time}")
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
    return _line(path.name if path else render.title) or words.VIDEO_ITSELF.of()


def format_of(render: Render) -> str:
    """The preset, or the format, or the size, or the quality that was asked for."""
    options = render.options
    if options.format != USUAL:
        return options.format
    if options.preset:
        return options.preset
    is_sized = options.width is not None
    return f"{options.width}x{options.height}" if is_sized else words.quality_text(options.quality)


def state_text(render: Render, around: Around) -> str:
    """Where it stands, with what is left or the reason: one line."""
    text = _state(render, around)
    is_repeated = render.attempt > 1 and not render.state.is_over
    return _ATTEMPT.of(state=text, number=render.attempt) if is_repeated else text


def _state(render: Render, around: Around) -> str:
    word = words.RENDERS[render.state].word
    left = f" · {words.left_text(around.left)}" if around.left is not None else ""
    match render.state:
        case RenderState.WAITING:
            return _waiting(render, around)
        case RenderState.PROCESSING:
            return f"{words.bar(render.progress, _BAR)} {render.progress:.0f}%{left}"
        case RenderState.DOWNLOADING if render.size and render.received >= render.size:
            return _CHECKING.of()
        case RenderState.DOWNLOADING:
            got = format_bytes(render.received)
            if not render.size:
                return f"{word} {got}"
            return _OF_SIZE.of(word=word, got=got, size=format_bytes(render.size))
        case RenderState.SUBMITTING | RenderState.PENDING:
            return word + left
        case RenderState.DONE if render.problem is not None:
            told = _NOTE if render.problem.code == REMARK else _LOOK
            return told.of(word=word, why=_line(render.problem.message))
        case RenderState.DONE:
            return f"{word} · {format_bytes(render.size)}" if render.size else word
        case state if state in _HONEST:
            return state_words(render, around.now)
    return _BECAUSE.of(word=word, why=_line(render.problem.message)) if render.problem else word


def _waiting(render: Render, around: Around) -> str:
    word = words.RENDERS[render.state].word
    if around.is_paused:
        return _PAUSED.of(word=word)
    if around.is_away and not render.options.here:
        return _AWAY.of(word=word)
    if around.left is None:
        return word
    return _READY_IN.of(word=word, time=format_left(around.left))


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
    parts = [_UNDER_WAY.of(count=len(open_) - waiting)] if len(open_) > waiting else []
    if waiting:
        parts.append(_WAITING.of(count=waiting))
    if is_paused:
        parts.append(_RESUMES.of())
    elif open_ and left is not None:
        parts.append(_ALL_READY_IN.of(time=format_left(left)))
    if not open_:
        parts.append(words.EXPORTS.of(len(renders)))
    return " · ".join(parts)


def facts_of(render: Render, around: Around) -> list[Content | Fact]:
    """All that is known about one export, for the detail pane."""
    options = render.options
    size = f"{options.width} x {options.height}" if options.width and options.height else ""
    facts = [
        (_FORMAT, FORMATS[options.format].label.of() if options.format != USUAL else ""),
        (_MOMENT, time_code(options.at_ms) if options.format == "png" else ""),
        (_QUALITY, words.quality_text(options.quality)),
        (_PRESET, options.preset),
        (_PICTURE, size or _OWN_SIZE.of()),
        (
            _TIMELINE,
            _VERSION.of(number=render.draft_version) if render.draft_version else _UNKNOWN.of(),
        ),
        (_PROJECT, around.project),
        (_MADE, _HERE.of() if options.here else ""),
        (_TOOK if render.state.is_over else _SO_FAR, _took(render, around.now)),
        (_LEFT, "" if render.state is RenderState.UNKNOWN else _left(around)),
        (_TRY, str(render.attempt) if render.attempt > 1 else ""),
        (_SIZE, format_bytes(render.size) if render.size else ""),
        (_PATH, _line(str(render.path or options.destination or ""))),
    ]
    lines: list[Content | Fact] = [
        Content.styled(name_of(render), "bold"),
        state_cell(render, around),
        Content(""),
    ]
    lines += [Fact(label.of(), text) for label, text in facts if text]
    if render.problem is not None:
        lines += [Content(""), *problem_lines(render.problem)]
    return lines


def _took(render: Render, now: float) -> str:
    return "" if render.state is RenderState.WAITING else words.render_elapsed(render, now)


def _left(around: Around) -> str:
    if around.left is None or around.is_paused or around.is_away:
        return ""
    return _ABOUT.of(time=format_left(around.left))


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


_NO_EXPORT = _T("There is no export in the list.", "列表中没有导出。")
_SETTING_UP = _T("vbtui is still setting things up.", "vbtui 仍在准备。")
_UNREAD = _T("The timeline could not be read: {why}", "无法读取时间线：{why}")
_NOTHING = _T(
    "Nothing to export yet: describe an edit first.", "还没有可导出的内容：请先描述一个剪辑。"
)
_NOT_FINISHED = _T("The video is not finished yet.", "视频尚未完成。")
_NO_VIDEO = _T("This export has no video.", "这次导出没有视频。")
_NOTHING_TO_FETCH = _T(
    "The video is on the machine in front of you: nothing to fetch.",
    "视频就在您面前的电脑上：无需取回。",
)
_IS_OVER = _T("It is over: there is nothing to cancel.", "已经结束：没有可取消的。")
_IS_ON_ITS_WAY = _T("It is still on its way.", "仍在进行。")
_IS_DONE = _T(
    "It is done: {renders.duplicate} makes it once more.",
    "已经完成：按 {renders.duplicate} 再导出一次。",
)
_CANCEL_FIRST = _T("It is still on its way: cancel it first.", "仍在进行：请先取消。")
_NOT_WAITING = _T("Only what waits can be moved.", "只能移动等待中的导出。")
_IS_NEXT = _T("It is the next one already.", "它已经是下一个。")
_IS_LAST = _T("It is the last one already.", "它已经是最后一个。")
_IS_HERE = _T("It is made on this machine already.", "它已经在这台电脑上制作。")
_NOT_REFUSED = _T("The backend has not refused it.", "后台没有拒绝它。")
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
        return _NO_EXPORT.of()
    if action in _OF_THE_FILE:
        return _of_the_file(action, render)
    return _of_the_export(action, parameters, render, engine)


def _of_the_queue(action: str, engine: Engine | None) -> str:
    if engine is None:
        return _SETTING_UP.of()
    timeline, unread = timeline_of(engine), unread_of(engine)
    if action == "formats" and timeline is None and unread is not None:
        return _UNREAD.of(why=unread.message or unread.title)
    if action == "formats" and (timeline is None or not timeline.can_export):
        return _NOTHING.of()
    return ""


def _of_the_file(action: str, render: Render) -> str:
    if not render.state.is_over:
        return _NOT_FINISHED.of()
    if render.state is not RenderState.DONE or render.path is None:
        return _NO_VIDEO.of()
    if action == "fetch" and programs.has_desktop(os.environ):
        return _NOTHING_TO_FETCH.of()
    return ""


def _of_the_export(
    action: str, parameters: tuple[object, ...], render: Render, engine: Engine
) -> str:
    is_over = render.state.is_over
    match action:
        case "cancel" if is_over:
            return _IS_OVER.of()
        case "retry" if not is_over:
            return _IS_ON_ITS_WAY.of()
        case "retry" if render.state is RenderState.DONE:
            return _IS_DONE.of()
        case "remove" if not is_over:
            return _CANCEL_FIRST.of()
        case "move":
            return _move(parameters, render, engine)
        case "here" if Offer.RENDER_HERE not in engine.exports.offers(render):
            return _here(render, engine)
    return ""


def _move(parameters: tuple[object, ...], render: Render, engine: Engine) -> str:
    if render.state is not RenderState.WAITING:
        return _NOT_WAITING.of()
    places = [one.position for one in engine.exports.renders if one.state is RenderState.WAITING]
    if parameters == (-1,) and render.position <= min(places, default=0):
        return _IS_NEXT.of()
    if parameters == (1,) and render.position >= max(places, default=0):
        return _IS_LAST.of()
    return ""


def _here(render: Render, engine: Engine) -> str:
    if render.options.here or engine.overview.is_local:
        return _IS_HERE.of()
    return _NOT_REFUSED.of()
