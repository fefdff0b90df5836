"""Programs are started at one place, and get no more of the environment than they need."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

import vbtui
from vbtui.base import programs
from vbtui.base.errors import UsageError

SECRETS = {
    "NEMO_TOKEN": "nmv_usr_0123456789abcdef",
    "NEMO_CLIENT_ID": "5d1f",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "GITHUB_TOKEN": "gh",
    "OPENAI_API_KEY": "sk",
}
PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"
SHOWS_IT = [sys.executable, "-c", PRINT_ENVIRONMENT]
PLACE = Path(vbtui.__file__).parent


def test_a_text_for_the_clipboard_goes_through_what_is_around() -> None:
    inner = "\x1b]52;c;w6Q=\a"
    assert programs.clipboard_outside("ä", {"TERM": "xterm-256color"}) == ""
    wrapped = "\x1bPtmux;" + inner.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    assert programs.clipboard_outside("ä", {"TERM": "screen", "TMUX": "/tmp/x,1,0"}) == wrapped
    long = programs.clipboard_outside("x" * 900, {"TERM": "screen.xterm", "STY": "1.pts"})
    pieces = long.split("\x1b\\")[:-1]
    assert all(piece.startswith("\x1bP") and len(piece) < 256 for piece in pieces)
    whole = "".join(piece.removeprefix("\x1bP") for piece in pieces)
    assert whole.startswith("\x1b]52;c;")
    assert whole.endswith("\a")


@pytest.fixture(autouse=True)
def secrets_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:word@proxy.test")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_only_one_module_starts_programs() -> None:
    starters = {
        "subprocess",
        "create_subprocess_exec",
        "create_subprocess_shell",
        "system",
        "popen",
        "fork",
        "forkpty",
        "posix_spawn",
        "posix_spawnp",
        "startfile",
        "execv",
        "execve",
        "execvp",
        "execvpe",
        "spawnv",
        "spawnve",
    }
    found = set()
    for file in PLACE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            whose, name = node.func.value, node.func.attr
            is_module = isinstance(whose, ast.Name) and whose.id == "subprocess"
            if (
                name in ("run", "Popen", "call", "check_output", "check_call") and is_module
            ) or name in starters - {"subprocess"}:
                found.add(file.relative_to(PLACE).as_posix())
    assert found == {"base/programs.py"}


@pytest.mark.parametrize("kind", ["tool", "desktop", "terminal", "worker", "vbtui"])
async def test_no_child_gets_a_secret(kind: programs.Kind) -> None:
    child = await programs.start(SHOWS_IT, kind)
    output, _ = await child.communicate()
    seen = json.loads(output)
    assert not set(seen) & set(SECRETS)
    assert not set(seen.values()) & set(SECRETS.values())
    assert "PATH" in seen
    assert seen["LC_ALL"] == "C.UTF-8"
    assert ("DISPLAY" in seen) == (kind in ("desktop", "terminal"))
    assert ("HOME" in seen) == (kind != "tool")
    assert ("HTTPS_PROXY" in seen) == (kind == "vbtui")  # it may hold a password


async def test_what_is_launched_and_run_gets_the_same() -> None:
    done = await asyncio.to_thread(programs.run, SHOWS_IT, timeout_s=60)
    ran = json.loads(done.stdout)
    launched = programs.launch(SHOWS_IT, "tool", pipes=True, extra={"VBTUI_STUDIO_CHILD": "1"})
    output, _ = await asyncio.to_thread(launched.communicate)
    assert json.loads(output) == {**ran, "VBTUI_STUDIO_CHILD": "1"}


def test_another_environment_is_read_as_it_is_given() -> None:
    assert programs.environment("tool", {"PATH": "/bin", "NEMO_TOKEN": "x"}) == {"PATH": "/bin"}


def test_a_child_of_vbtui_is_this_vbtui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is started from, and whatever lies there."""
    (tmp_path / "vbtui.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    command = programs.python("vbtui", "--version")
    child = programs.launch(command, "vbtui", pipes=True)
    output, _ = child.communicate()
    assert output.decode().split()[-1] == vbtui.__version__


def test_the_chosen_ffmpeg_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.ffmpegs()
    monkeypatch.setenv("VBTUI_FFMPEG", "/opt/mine")
    assert programs.ffmpegs() == ["/opt/mine"]


def test_to_find_ffmpeg_runs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VBTUI_FFMPEG", "IMAGEIO_FFMPEG_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    started: list[object] = []

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen" and listening:
            started.append(arguments[0])

    listening = True
    sys.addaudithook(listen)
    try:
        found = programs.ffmpegs()
    finally:
        listening = False
    assert started == []
    assert [Path(path).parent.name for path in found] == ["binaries"]
    assert "version" in programs.run([found[0], "-version"], timeout_s=20).stdout


def test_a_text_is_edited_in_the_users_own_program(tmp_path: Path) -> None:
    """Which may be a command with arguments, and gets no secret."""
    script = tmp_path / "my editor"
    script.write_text(
        '#!/bin/sh\n[ "$1" = -w ] || exit 3\nsed "s/one/${NEMO_TOKEN:-two}/" "$2" > "$2.new"\nmv "$2.new" "$2"\n'
    )
    script.chmod(0o755)
    environ = {**os.environ, "VISUAL": f"'{script}' -w", "EDITOR": "false"}
    assert programs.edited("one\n三\n", ".md", environ) == "two\n三\n"
    assert programs.edited("one", ".md", {**environ, "VISUAL": ""}) is None
    with pytest.raises(UsageError, match="no-such-editor cannot be started"):
        programs.edited("one", ".md", {**environ, "VISUAL": "no-such-editor"})
