"""The command line from outside: a real process, its output and its exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.waiting import PATIENCE_S
from vbtui import __version__
from vbtui.cli import doctor, main, parser


def vbtui(
    *arguments: str | Path, timeout: float = PATIENCE_S, **environ: str
) -> subprocess.CompletedProcess[str]:
    """`vbtui arguments…` without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "vbtui", *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        env={**os.environ, **environ},
    )


def assert_sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One clear sentence on stderr, nothing on stdout, no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


def test_version() -> None:
    assert vbtui("--version").stdout == f"vbtui {__version__}\n"


def test_doctor_names_a_package_that_is_too_old(tmp_path: Path) -> None:
    for name, version, needs in (
        ("vbtui", __version__, "Requires-Dist: textual>=8.2.8,<8.3\nRequires-Dist: av>=18.1,<19; extra == 'studio'"),
        ("av", "14.0.0", ""),
    ):  # fmt: skip
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n"
        (folder / "METADATA").write_text(head)
    done = vbtui("doctor", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "av 14.0.0 is too old: >=18.1 is needed" in done.stdout
    assert "textual" not in done.stdout.split("too old")[1].splitlines()[0]


def test_no_terminal_says_what_to_do() -> None:
    assert_sentence(vbtui("--local"), 2, "needs a terminal", "vbtui make")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--local", "--server", "http://127.0.0.1:1"),
        ("make",),
        ("make", "a.mp4", "-o", "b.mp4"),
        ("make", "a.mp4", "--say", "x", "-o", "b.mp4", "--timeout", "0"),
        ("make", "a.mp4", "--say", "x", "-o", "b.mp4", "--quality", "best"),
        ("--server", "ftp://x"),
        ("studio", "--port", "99999"),
        ("dance",),
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert_sentence(vbtui(*arguments), 2, "usage:")


def test_a_file_in_the_place_of_a_command_is_told_where_it_goes(tmp_path: Path) -> None:
    clip = tmp_path / "my clip.mp4"
    clip.touch()
    done = vbtui("--local", str(clip))
    assert_sentence(done, 2, "is a file, not a command", f"vbtui media add '{clip}'")
    assert "invalid choice" in vbtui("--local", str(clip) + "x").stderr


def test_what_was_typed_does_not_steer_the_terminal() -> None:
    """Nor is a password of an address shown."""
    for arguments in (
        ("--server", "http://u:geheim@\x1b]0;x\x07.test"),
        ("--server", "ftp://geheim@\x1b[2J"),
        ("--\x1b[2J",),
        ("\x1b]0;x\x07",),
        ("make", "a.mp4", "--say", "x", "-o", "b.mp4", "--quality", "\x1b[31m"),
    ):
        done = vbtui(*arguments)
        assert done.returncode == 2
        assert done.stderr.replace("\n", "").isprintable()
        assert "geheim" not in done.stderr


def test_a_wrong_configuration_is_named() -> None:
    assert_sentence(vbtui("status", VBTUI_TIMING="warp=9"), 2, "warp", "Known:")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "missing.mp4", "no such file"),
        (lambda folder: folder, "a folder"),
        (lambda folder: _written(folder / "empty.mp4", b""), "empty"),
        (lambda folder: _written(folder / "notes.txt", b"words"), "accepted: mp4"),
        (lambda folder: _sparse(folder / "big.mp4", 501 * 1024 * 1024), "500 MB"),
    ],
    ids=["missing", "directory", "empty", "unaccepted", "501 MB"],
)
def test_bad_files_have_their_sentence(make: object, words: str, tmp_path: Path) -> None:
    path = make(tmp_path)  # type: ignore[operator]  # a lambda from the table above
    done = vbtui("make", path, "--say", "combine", "-o", tmp_path / "out.mp4", "--local")
    assert_sentence(done, 2 if words == "no such file" else 1, words)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_has_its_sentence(tmp_path: Path) -> None:
    path = _written(tmp_path / "locked.mp4", b"x")
    path.chmod(0)
    done = vbtui("make", path, "--say", "combine", "-o", tmp_path / "out.mp4", "--local")
    assert_sentence(done, 1, "cannot be read")


def test_an_unreachable_cloud_offers_the_local_studio(tmp_path: Path) -> None:
    clip = _written(tmp_path / "clip.mp4", b"x")
    done = vbtui(
        "make", clip, "--say", "x", "-o", tmp_path / "o.mp4", NEMO_API_URL="http://127.0.0.1:1"
    )
    assert done.returncode == 1
    assert "--local" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_status_without_a_project() -> None:
    assert "No project yet" in vbtui("status").stdout
    assert json.loads(vbtui("status", "--json").stdout)["project"] is None


def test_doctor_tells_what_is_there() -> None:
    done = vbtui("doctor", "--json")
    found = json.loads(done.stdout)
    names = {check["name"] for check in found["checks"]}
    assert {"vbtui", "packages", "settings", "state folder", "terminal", "ffmpeg"} <= names
    assert done.returncode == 0
    assert "textual" in vbtui("doctor").stdout


@pytest.mark.parametrize(
    ("url", "level", "said"),
    [
        ("http://nas.test:9", "note", "not encrypted"),
        ("http://127.0.0.1:9", "ok", "127.0.0.1"),
        ("https://nas.test", "ok", "nas.test"),
        ("https://me:s3cret@nas.test", "problem", "without user name, password"),
    ],
)
def test_doctor_looks_at_the_address(
    url: str,
    level: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NEMO_API_URL", url)
    doctor.run(Namespace(json=True, offline=True, bundle=None, scheduler=""))
    output = capsys.readouterr().out
    [check] = [one for one in json.loads(output)["checks"] if one["name"] == "settings"]
    assert check["level"] == level
    assert said in check["detail"]
    assert "s3cret" not in output


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize(
    ("default", "options", "is_local"),
    [
        ("cloud", [], False),
        ("cloud", ["--local"], True),
        ("local", [], True),
        ("local", ["--cloud"], False),
        ("local", ["--server", "http://127.0.0.1:1"], False),
        ("local", ["--local"], True),
    ],
)
def test_the_settings_say_which_engine_and_an_option_another_for_once(
    default: str,
    options: list[str],
    is_local: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[backend]\ndefault = "{default}"\n')
    monkeypatch.setenv("VBTUI_CONFIG", str(config))
    asked: list[bool] = []

    def run(settings: object, **given: object) -> int:
        asked.append(bool(given["local"]))
        return 0

    monkeypatch.setattr("vbtui.ui.app.run", run)
    terminal = Namespace(isatty=lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(options) == 0
    assert asked == [is_local]


CHINESE: Any = {"LC_ALL": "zh_CN.UTF-8"}
COMMANDS = tuple(one.name for one in parser.COMMANDS)
PROPER = (
    "vbtui NemoVideo MP4 mp4 JSON low medium high reels youtube square report txt hevc av1 prores ProRes webm "
    "gif mp3 wav m4a png sheet mov srt vtt ass json txt list add remove Schema shell bash zsh fish source eval "
    "SKILL md csv CSV Lines name path number column files Dask tcp"
)
"""Names and values in the help."""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese_in_lines_of_the_terminal(command: str) -> None:
    """The parser's own words too, which it gives out by a way that no Python promises."""
    done = vbtui(*filter(None, [command, "--help"]), COLUMNS="80", **CHINESE)
    text = re.sub(r"^ {2,4}(\w+) {2,}|--?[\w-]+|\{[\w,]+\}|local", " ", done.stdout, flags=re.M)
    assert {one for one in re.findall(r"[A-Za-z]*[a-z]{2,}", text) if one not in PROPER} <= set(
        COMMANDS
    )
    assert all(cell_len(line) <= 80 for line in done.stdout.splitlines())


def test_what_the_parser_refuses_is_said_in_chinese() -> None:
    for arguments, words in (
        (["nonsense"], "（可选：'make'"),
        (["make"], "缺少参数：--say"),
        (["make", "x", "--timeout"], "需要一个值"),
        (["--local", "--cloud"], "不能与参数 --local 一起使用"),
    ):
        done = vbtui(*arguments, **CHINESE)
        assert done.returncode == 2
        assert "错误：" in done.stderr
        assert words in done.stderr


def test_a_program_reads_the_same_in_both_languages(tmp_path: Path) -> None:
    home: Any = {"XDG_STATE_HOME": str(tmp_path)}
    assert vbtui("status", **home, **CHINESE).stdout == "还没有项目。新建项目：vbtui --local\n"
    for command in ("status", "renders"):
        english = vbtui(command, "--json", **home)
        assert vbtui(command, "--json", **home, **CHINESE).stdout == english.stdout
