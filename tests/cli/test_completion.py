"""The completions, the man page and the help: made of the parser, also where nothing but Python is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import assert_sentence, vbtui
from vbtui.cli.completion import SHARED, SHELLS, script
from vbtui.cli.parser import COMMANDS, EXIT_CODES

ROOT = Path(__file__).parents[2]


def completed(*words: str, folder: Path) -> set[str]:
    """What bash offers for the last of the words."""
    listed = " ".join(f"'{word}'" for word in ("vbtui", *words))
    done = subprocess.run(
        ["bash", "-c", f"{script('bash')}\nCOMP_WORDS=({listed}) COMP_CWORD={len(words)}\n"
         'compopt() { :; }\n_vbtui\nprintf "%s\\n" "${COMPREPLY[@]}"'],
        cwd=folder, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.stderr == ""
    return {line for line in done.stdout.splitlines() if line}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_values_and_files(tmp_path: Path) -> None:
    (tmp_path / "beach.mp4").touch()
    here = tmp_path
    assert completed("sa", folder=here) == {"say"}
    assert completed("say", "--pro", folder=here) == {"--project", "--progress"}
    assert completed("--project", "say", "me", folder=here) == {"media"}
    assert completed("export", "--quality", "", folder=here) == {"low", "medium", "high"}
    assert completed("media", "re", folder=here) == {"remove"}
    assert completed("media", "add", "b", folder=here) == {"beach.mp4"}
    assert completed("make", "--project", folder=here) == set()
    assert completed("say", "--project", "", folder=here) == set()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_knows_every_command(shell: str) -> None:
    told = vbtui("completion", shell).stdout
    assert told == script(shell)
    assert all(one.name in told for one in COMMANDS)
    for program, check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
        if program == shell and shutil.which(program):
            subprocess.run([program, check], input=told, text=True, check=True, timeout=30)


def test_they_are_made_where_nothing_is_installed() -> None:
    program = f"from vbtui.cli.completion import script\nfor one in {[*SHARED.values()]}: print(len(script(one)))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(int(line) > 1000 for line in done.stdout.splitlines())


def test_the_man_page_has_every_command() -> None:
    page = script("man")
    assert all(f".SS {one.name}\n" in page for one in COMMANDS)
    known = (".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi")
    assert all(line.startswith(known) for line in page.splitlines() if line.startswith("."))


def test_the_help_of_each_command_has_two_examples_and_its_exit_codes() -> None:
    for one in COMMANDS:
        assert len(one.examples) >= 2, one.name
        assert one.exits[:3] == (0, 1, 2)
    told = vbtui("help", "say").stdout
    assert told == vbtui("say", "--help").stdout
    assert "vbtui say mute clip 2 --project Trip" in told
    assert EXIT_CODES[7].of() in told
    assert vbtui("help").stdout == vbtui("--help").stdout
    assert_sentence(vbtui("help", "dance"), 2, "no command dance")
