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

from vbtui.base.errors import RenderFailed
from vbtui.base.problem import Problem, Severity
from vbtui.base.programs import has_desktop, in_tmux
from vbtui.base.text import clean_line
from vbtui.base.times import format_seconds
from vbtui.exports.check import REMARK
from vbtui.journal.records import Render, RenderState

BELL = "\a"
_MOST = 200
_ESC, _END = "\x1b", "\x1b\\"
_BELL_ALONE = ("linux", "dumb", "")
"""Terminals (`$TERM`) that would show a notification's bytes as text."""


def state_words(render: Render, now: float) -> str:
    """The state without a pretence: `processing 45 %`, `unknown, last seen 40 s ago`."""
    match render.state:
        case RenderState.PROCESSING:
            return f"processing {render.progress:.0f} %"
        case RenderState.UNKNOWN:
            if render.seen_at is None:
                return "unknown, not seen yet"
            return f"unknown, last seen {format_seconds(max(now - render.seen_at, 0))} ago"
        case RenderState.CANCELLED if render.path is None:
            return "cancelled, no video"
        case _:
            return render.state.value


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
    name = clean_line(render.title) or "The video"
    problem = render.problem
    if render.state is RenderState.DONE and render.path is not None:
        message = clean_line(str(render.path))
        if problem is None:
            return Notice(render.id, f"“{name}” is ready", message, render.path)
        severity: Severity = "information" if problem.code == REMARK else "warning"
        said = f"{_sentence(problem)} {message}"
        return Notice(render.id, f"“{name}” is ready", said, render.path, severity)
    if render.state is RenderState.FAILED:
        said = _sentence(problem or Problem.of(RenderFailed(hint="")))
        return Notice(render.id, f"“{name}” was not exported", said, severity="error")
    return None


def _sentence(problem: Problem) -> str:
    """What happened and what to do next, on one line."""
    message, hint = clean_line(problem.message), clean_line(problem.hint)
    if hint and message[-1:].isalnum():  # a backend's own words
        message += "."
    return f"{message} {hint}".strip()


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
