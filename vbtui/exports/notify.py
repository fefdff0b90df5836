"""Telling where an export stands: its state in words; the bell and a notification of the desktop when
it has ended.

Pure: the caller writes `terminal_sequence` to the terminal and starts `desktop_command`. Both work
from what the environment says, also inside tmux and over SSH.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from vbtui.base.errors import RenderFailed, said
from vbtui.base.problem import Problem, Severity
from vbtui.base.programs import has_desktop, in_tmux
from vbtui.base.text import clean_line
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.exports.check import REMARK
from vbtui.journal.records import Render, RenderState

STATES = {
    RenderState.WAITING: Translation("waiting", "等待中"),
    RenderState.SUBMITTING: Translation("submitting", "提交中"),
    RenderState.PENDING: Translation("pending", "排队中"),
    RenderState.PROCESSING: Translation("processing", "渲染中"),
    RenderState.DOWNLOADING: Translation("downloading", "下载中"),
    RenderState.DONE: Translation("done", "已完成"),
    RenderState.FAILED: Translation("failed", "失败"),
    RenderState.CANCELLED: Translation("cancelled", "已取消"),
    RenderState.UNKNOWN: Translation("unknown", "未知"),
}
_NOT_SEEN = Translation("unknown, not seen yet", "未知，尚未见到")
_LAST_SEEN = Translation("unknown, last seen {time} ago", "未知，{time}前见过")
_NO_VIDEO = Translation("cancelled, no video", "已取消，没有视频")
_THE_VIDEO = Translation("The video", "视频")
_READY = Translation("“{name}” is ready", "“{name}”已完成")
_NOT_EXPORTED = Translation("“{name}” was not exported", "“{name}”没有导出")
BELL = "\a"
_MOST = 200
_ESC, _END = "\x1b", "\x1b\\"
_BELL_ALONE = ("linux", "dumb", "")
"""Terminals (`$TERM`) that would show a notification's bytes as text."""


def state_words(render: Render, now: float) -> str:
    """The state without a pretence: `processing 45 %`, `unknown, last seen 40 s ago`."""
    word = STATES[render.state].of()
    match render.state:
        case RenderState.PROCESSING:
            return f"{word} {render.progress:.0f} %"
        case RenderState.UNKNOWN:
            if render.seen_at is None:
                return _NOT_SEEN.of()
            return _LAST_SEEN.of(time=format_seconds(max(now - render.seen_at, 0)))
        case RenderState.CANCELLED if render.path is None:
            return _NO_VIDEO.of()
        case _:
            return word


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to tell about a render that has ended."""

    render_id: str
    title: str
    message: str
    path: Path | None = None
    """The video; None when there is none."""
    severity: Severity = "information"


def notice_of(render: Render) -> Notice | None:
    """The notice of an export that is done or failed; None for any other state."""
    name = clean_line(render.title) or _THE_VIDEO.of()
    problem = render.problem
    if render.state is RenderState.DONE and render.path is not None:
        message = clean_line(str(render.path))
        if problem is None:
            return Notice(render.id, _READY.of(name=name), message, render.path)
        severity: Severity = "information" if problem.code == REMARK else "warning"
        said = f"{_sentence(problem)} {message}"
        return Notice(render.id, _READY.of(name=name), said, render.path, severity)
    if render.state is RenderState.FAILED:
        said = _sentence(problem or Problem.of(RenderFailed(hint="")))
        return Notice(render.id, _NOT_EXPORTED.of(name=name), said, severity="error")
    return None


def _sentence(problem: Problem) -> str:
    """What happened and what to do next, on one line."""
    message, hint = clean_line(problem.message), clean_line(problem.hint)
    return said(message, hint)


def terminal_sequence(notice: Notice, environ: Mapping[str, str]) -> str:
    """The bell, and where the terminal may know one, a notification (OSC 9, 99 or 777)."""
    term = environ.get("TERM", "")
    is_in_tmux = bool(environ.get("TMUX"))
    if not is_in_tmux and (term in _BELL_ALONE or term.startswith(("screen", "tmux"))):
        return BELL
    asked = _notification(notice, term, environ)
    return BELL + (in_tmux(asked) if is_in_tmux else asked)


def _notification(notice: Notice, term: str, environ: Mapping[str, str]) -> str:
    title, message = _plain(notice.title), _plain(notice.message)
    if "kitty" in term or environ.get("KITTY_WINDOW_ID"):
        return f"{_ESC}]99;i=vbtui:d=0;{title}{_END}{_ESC}]99;i=vbtui:d=1:p=body;{message}{_END}"
    if term.startswith(("foot", "rxvt")):
        return f"{_ESC}]777;notify;{title.replace(';', ',')};{message.replace(';', ',')}{_END}"
    return f"{_ESC}]9;{title}: {message}{_END}"


def desktop_command(notice: Notice, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The program that shows the notice on this machine's desktop; empty where there is none."""
    if not has_desktop(environ):
        return ()
    title, message = _plain(notice.title), _plain(notice.message)
    if sys.platform == "darwin":
        program = which("osascript")
        script = f"display notification {_quoted(message)} with title {_quoted(title)}"
        return (program, "-e", script) if program else ()
    program = which("notify-send")
    if program is None:
        return ()
    return (
        program,
        "--app-name=vbtui",
        "--",
        title,
        message.replace("&", "&amp;").replace("<", "&lt;"),
    )


def _plain(text: str) -> str:
    return clean_line(text)[:_MOST]


def _quoted(text: str) -> str:
    """A string of AppleScript."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
