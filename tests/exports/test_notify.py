"""What is told when an export has ended, and how its file reaches the user's machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from vbtui.base.problem import Problem
from vbtui.exports import notify
from vbtui.journal.records import ExportOptions, Render, RenderState

EVIL = "a\x1b]52;c;eA\x07b; [/] 片"


def render(state: RenderState, **more: object) -> Render:
    return Render("render_1", "s", state, ExportOptions(), **more)  # type: ignore[arg-type]  # names are Render's


def done(title: str = "Promo", problem: Problem | None = None) -> notify.Notice:
    found = notify.notice_of(
        render(RenderState.DONE, title=title, path=Path("/v/promo.mp4"), problem=problem)
    )
    assert found is not None
    return found


def test_what_is_told() -> None:
    assert done().title == "“Promo” is ready"
    assert done().message == "/v/promo.mp4"
    assert done().severity == "information"
    assert done(problem=Problem("Check the video", "It is black.")).severity == "warning"
    failed = notify.notice_of(render(RenderState.FAILED, problem=Problem("No", "It broke.")))
    assert failed is not None
    assert (failed.message, failed.severity, failed.path) == ("It broke.", "error", None)
    advised = notify.notice_of(
        render(RenderState.FAILED, problem=Problem("No", "plan", "Upgrade it."))
    )
    assert advised is not None
    assert advised.message == "plan. Upgrade it."
    for state in (RenderState.WAITING, RenderState.PROCESSING, RenderState.CANCELLED):
        assert notify.notice_of(render(state)) is None


@pytest.mark.parametrize(
    ("environ", "starts"),
    [
        ({"TERM": "xterm-256color"}, "\a\x1b]9;"),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "a 1 b 22"}, "\a\x1b]99;i=vbtui:d=0;"),
        ({"TERM": "foot"}, "\a\x1b]777;notify;"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, "\a\x1bPtmux;\x1b\x1b]9;"),
    ],
)
def test_the_terminal_is_asked_in_its_own_words(environ: dict[str, str], starts: str) -> None:
    sequence = notify.terminal_sequence(done(EVIL), environ)
    assert sequence.startswith(starts)
    assert sequence.endswith("\x1b\\")
    assert "]52" not in sequence
    assert sequence.count("\a") == 1


@pytest.mark.parametrize("term", ["", "dumb", "linux", "screen", "tmux-256color"])
def test_a_terminal_that_would_show_it_only_rings(term: str) -> None:
    assert notify.terminal_sequence(done(), {"TERM": term}) == "\a"


def test_the_desktop_is_told_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "notify-send"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    command = notify.desktop_command(done("--help <b>"), {"DISPLAY": ":0"})
    assert command[:3] == (str(program), "--app-name=vbtui", "--")
    assert notify.desktop_command(done(), {}) == ()
    assert notify.desktop_command(done(), {"DISPLAY": ":10", "SSH_CONNECTION": "x"}) == ()
