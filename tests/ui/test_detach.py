"""The terminal goes while a local render is under way: the studio makes it, and the next vbtui finds both."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.ui.test_process import Terminal
from tests.waiting import PATIENCE_S
from vbtui.base import programs
from vbtui.base.settings import load
from vbtui.journal.owners import process_start
from vbtui.session.studio import running

COMMAND = [sys.executable, "-m", "vbtui", "--local", "--no-pictures"]
F5, CTRL_S = b"\x1b[15~", b"\x13"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """While this file is there, ffmpeg does not begin."""
    gate, slow = tmp_path / "gate", tmp_path / "ffmpeg"
    real = programs.ffmpegs()[0]
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *-progress*) while [ -e {gate} ]; do sleep 0.05; done;; esac\nexec {real} "$@"\n'
    )
    slow.chmod(0o755)
    monkeypatch.setenv("VBTUI_FFMPEG", str(slow))
    return gate


def rows(query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(load().directories.journal)) as journal:
        return journal.execute(query).fetchall()


def jobs() -> list[dict[str, Any]]:
    """The studio's renders, as they are on the disk."""
    places = load().directories.studio.glob("renders/*/job.json")
    return [json.loads(place.read_text()) for place in places]


def pid_of_studio() -> int:
    address = running(load().directories.studio)
    return address.pid if address else 0


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def with_a_render_under_way(gate: Path) -> Terminal:
    terminal = Terminal(COMMAND, (120, 30))
    terminal.read_until(b"ready")
    terminal.write(b"\x1b[200~" + os.fsencode(clips.clip("red", seconds=1)) + b"\x1b[201~")
    terminal.read_until(b"Upload")
    terminal.write(b"\r")
    seen(terminal, "SELECT 1 FROM assets WHERE state = 'done'")
    terminal.write(b"combine these clips\r")
    seen(terminal, "SELECT 1 FROM turns WHERE state = 'done'")
    gate.touch()
    terminal.write(CTRL_S)
    seen(terminal, "SELECT 1 FROM renders WHERE state = 'processing'")
    return terminal


def seen(terminal: Terminal, query: str) -> None:
    """The journal has what is asked for."""

    def has() -> bool:
        terminal.read(0.02, 0.05)
        return bool(rows(query))

    until(has)


def is_over() -> None:
    """The render is made, once, and the studio has ended behind it."""
    pid = pid_of_studio()
    until(lambda: not pid or process_start(pid) is None)
    assert [job["status"] for job in jobs()] == ["completed"]
    assert not (load().directories.studio / "running.json").exists()


def test_a_render_goes_on_and_the_next_vbtui_shows_it(gate: Path) -> None:
    """The terminal hangs up: what is typed is kept, and vbtui is gone."""
    terminal = with_a_render_under_way(gate)
    pid = pid_of_studio()
    terminal.process.send_signal(signal.SIGHUP)
    assert terminal.end() == 128 + signal.SIGHUP
    terminal = Terminal(COMMAND, (120, 30))
    terminal.read_until(b"ready")
    assert pid_of_studio() == pid
    terminal.write(F5)
    terminal.read_until(b"1 under way")
    terminal.process.send_signal(signal.SIGHUP)
    terminal.end()
    gate.unlink()
    is_over()


def test_a_render_of_a_killed_vbtui_is_made_and_fetched_by_the_next(gate: Path) -> None:
    terminal = with_a_render_under_way(gate)
    terminal.process.kill()
    terminal.end()
    gate.unlink()
    is_over()
    terminal = Terminal(COMMAND, (120, 30))
    seen(terminal, "SELECT 1 FROM renders WHERE state = 'done'")
    ((path,),) = rows("SELECT path FROM renders")
    assert Path(os.fsdecode(path)).stat().st_size
    pid = pid_of_studio()
    terminal.process.kill()
    terminal.end()
    until(lambda: process_start(pid) is None)
    assert len(jobs()) == 1
