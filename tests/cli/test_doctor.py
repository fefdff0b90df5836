"""`vbtui doctor`: what it finds, what it asks, what its report holds and what not."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
import threading
from argparse import Namespace
from pathlib import Path

import pytest

from tests.cloud import Cloud
from tests.server import Exchange, reply
from vbtui.base.settings import find_directories, load
from vbtui.base.spoken import use_language
from vbtui.cli import doctor, machine_checks, terminal_checks
from vbtui.cli.terminal_checks import Answers, Check, clipboard, colors, read_answers, widths


def found(
    capsys: pytest.CaptureFixture[str], *, offline: bool = True, bundle: Path | None = None
) -> dict[str, dict[str, str]]:
    """Every check by its name."""
    doctor.run(Namespace(json=True, offline=offline, bundle=bundle, scheduler=""))
    return {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}


def write_config(text: str) -> Path:
    path = find_directories().config / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_check_has_a_name_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(found(capsys)) <= set(doctor._NAMES)


def test_what_of_the_settings_is_not_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write_config('[keys]\nmedia.use = "b"\n')
    check = found(capsys)["own settings"]
    assert check["level"] == "note"
    assert "media.use and media.replace are both on b." in check["detail"]


# -- the backend -----------------------------------------------------------------------------------


async def _asked(
    monkeypatch: pytest.MonkeyPatch, date: str | None, status: int = 404
) -> tuple[list[Check], Cloud]:
    cloud = Cloud("s")
    await cloud.up()
    try:
        headers = {"Date": date} if date else {}

        async def answer(exchange: Exchange) -> None:
            await reply({}, status=status, headers=headers)(exchange)

        cloud.on("GET", "/", answer)
        monkeypatch.setenv("NEMO_API_URL", cloud.url)
        monkeypatch.setenv("NEMO_TOKEN", "geheim")
        checks = await asyncio.to_thread(machine_checks._backend, load(), offline=False)
        return checks, cloud
    finally:
        await cloud.down()


async def test_the_backend_is_asked_once_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    checks, cloud = await _asked(monkeypatch, None)
    assert [(check.name, check.level) for check in checks] == [("backend", "ok"), ("clock", "ok")]
    (request,) = cloud.requests
    assert "authorization" not in request.headers


async def test_a_clock_that_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    checks, _ = await _asked(monkeypatch, "Wed, 21 Oct 2015 07:28:00 GMT")
    (clock,) = [check for check in checks if check.name == "clock"]
    assert clock.level == "problem"
    assert "away from the backend's" in clock.detail


def test_a_backend_that_is_away_is_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEMO_API_URL", "http://127.0.0.1:9")
    assert found(capsys, offline=False)["backend"]["level"] == "note"
    assert "--offline" in found(capsys)["backend"]["detail"]


@pytest.mark.parametrize(
    ("expires_at", "mode", "level", "said"),
    [(9e9, 0o600, "ok", "lasts another"), (1.0, 0o600, "note", "expired")],
)
def test_the_token_is_told_of_and_never_told(
    capsys: pytest.CaptureFixture[str], expires_at: float, mode: int, level: str, said: str
) -> None:
    path = find_directories().credentials
    path.parent.mkdir(parents=True)
    kept = {"token": "geheim", "client_id": "c", "issued_at": 1.0, "expires_at": expires_at}
    backends = {"https://mega-api-prod.nemovideo.ai": kept}
    path.write_text(json.dumps({"client_id": "c", "backends": backends}))
    path.chmod(mode)
    checks = found(capsys)
    assert checks["token"]["level"] == level
    assert said in checks["token"]["detail"]
    assert "geheim" not in str(checks)
    assert "token file" not in checks
    path.chmod(0o644)
    assert found(capsys)["token file"]["level"] == "problem"


# -- the terminal ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "level", "said"),
    [
        ({"COLORTERM": "truecolor"}, "ok", "16 million"),
        ({"TERM": "xterm-256color"}, "note", "256"),
        ({"TERM": "linux"}, "note", "16:"),
        ({"TERM": "screen-256color", "TMUX": "/x,1,0"}, "note", "256"),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "ok", "NO_COLOR"),
    ],
)
def test_colours(environ: dict[str, str], level: str, said: str) -> None:
    check = colors(environ)
    assert (check.level, said in check.detail) == (level, True)
    assert ("terminal-features" in check.hint) is ("TMUX" in environ)


def test_the_clipboard_is_what_the_terminal_says_of_it() -> None:
    assert clipboard({}, Answers(attributes=frozenset({52}))).level == "ok"
    assert clipboard({}, Answers()).level == "note"
    assert "set-clipboard on" in clipboard({"TMUX": "/nowhere,1,0"}, Answers()).hint


def _terminal_that_answers(answer: bytes) -> Answers:
    """What is read from a terminal that says this to whatever it is asked."""
    ours, theirs = pty.openpty()
    try:
        asker = threading.Thread(target=lambda: (os.read(ours, 4096), os.write(ours, answer)))
        asker.start()
        import tty

        tty.setraw(theirs)
        found = read_answers(theirs)
        asker.join()
        return found
    finally:
        os.close(ours)
        os.close(theirs)


def test_character_widths_are_those_that_the_terminal_draws() -> None:
    expected = [cells for _, cells in terminal_checks._WIDTHS]
    places = b"".join(b"\x1b[5;%dR" % (cells + 1) for cells in expected)
    right = _terminal_that_answers(places + b"\x1b[?62;4;52c")
    assert right.attributes == {4, 52}
    assert [check.level for check in widths(right)] == ["ok"]
    wide = _terminal_that_answers(places.replace(b";2R", b";3R") + b"\x1b[?62c")
    (check,) = widths(wide)
    assert (check.level, "… 2" in check.detail) == ("note", True)
    mute = _terminal_that_answers(b"\x1b[?62c")
    assert [check.detail for check in widths(mute)] == ["the terminal did not answer"]


# -- the report ------------------------------------------------------------------------------------


def test_the_report_holds_no_token_and_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEMO_TOKEN", "own-geheim")
    monkeypatch.setenv("USER", "maximiliane")
    write_config(
        '[watch]\nthen = "cut out uncle Bob"\ndirectory = "/data/divorce"\n[uploads]\nat_once = 7\n'
        '[exports]\nquality = "low"\n[[commands]]\nkey = "u"\ntitle = "Divorce"\nrun = ["x"]\non = "files"\n'
    )
    directories = find_directories()
    directories.state.mkdir(parents=True)
    kept = {"token": "free-geheim", "client_id": "id-geheim"}
    directories.credentials.write_text(json.dumps({"backends": {"x": kept}}))
    directories.credentials.chmod(0o600)
    place = f"{Path.home()}/x.py:3 in f\nfree-geheim own-geheim id-geheim maximiliane\n"
    (directories.state / "crash.log").write_text(place)
    with sqlite3.connect(directories.journal) as journal:
        for table in ("sessions", "drafts", "turns", "assets", "renders"):
            journal.execute(f"CREATE TABLE {table} (state, name)")
        journal.execute("INSERT INTO assets VALUES ('done', 'divorce.mp4')")
    report = tmp_path / "report.txt"
    doctor.run(Namespace(json=False, offline=True, bundle=report, scheduler=""))
    out, text = capsys.readouterr().out, report.read_text()
    assert str(report) in out
    assert "Not in it: tokens" in out
    for secret in ("geheim", "ivorce", "Bob", "maximiliane", str(Path.home()), str(tmp_path)):
        assert secret not in text, secret
    for kept_line in (
        "uploads.at_once = 7",
        "exports.quality = low",
        "watch.then = set",
        "~/x.py:3",
    ):
        assert kept_line in text
    assert "assets: 1 done" in text
    assert "commands.1 is not taken" in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_doctor_speaks_chinese_and_programs_read_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_config('[display]\nlanguage = "zh"\n')
    try:
        checks = found(capsys)
        assert checks["backend"]["detail"].startswith("没有询问")
        doctor.run(Namespace(json=False, offline=True, bundle=None, scheduler=""))
        lines = capsys.readouterr().out.splitlines()
        assert any(line.startswith("✓ 正常") and "当前文件夹" in line for line in lines)
        from rich.cells import cell_len

        starts = {cell_len(line[: line.index("/")]) for line in lines if "文件夹 " in line}
        assert len(starts) == 1
    finally:
        use_language("en", {})
