"""What is typed faster than it is taken: several keys in one piece, and pieces of a key, over a terminal."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.ui.test_process import Terminal, program
from vbtui.base.settings import load

F2, F3, F4, F5, F6 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~", b"\x1b[17~"
CTRL_O, END = b"\x0f", b"\x11y"
FULL = "world.add(*assets(), *renders()); world.build(DRAFT)"


def typed(keys: bytes, shown: bytes = b"", *, body: str = FULL, pieces: int = 0) -> list[str]:
    """What was said to the agent after `keys` have come in one piece, or in pieces of so many bytes, and
    `shown` was seen."""
    terminal = Terminal(program(body), (120, 30))
    terminal.read_until(b"ready")
    terminal.output = b""
    for start in range(0, len(keys), pieces or len(keys)):
        terminal.write(keys[start : start + (pieces or len(keys))])
        if pieces:
            terminal.read(0.01, 0.02)
    if shown:
        terminal.read_until(shown)
    terminal.write(END)
    assert terminal.end() == 0
    path = load().directories.journal
    with closing(sqlite3.connect(path)) as journal:
        return [text for (text,) in journal.execute("SELECT text FROM turns")]


@pytest.mark.parametrize("pieces", [0, 1, 2])
@pytest.mark.parametrize("key", [F3, F4, F5], ids=["F3", "F4", "F5"])
def test_keys_behind_a_key_to_a_screen_do_not_reach_the_prompt(key: bytes, pieces: int) -> None:
    assert typed(key + b"q\r", body="pass", pieces=pieces) == []


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (F3 + b"/zebra", b"zebra"),
        (F4 + b"vzebra", b"zebra"),
        (F5 + b"a", b"Preview 480p"),
        (F6 + b"nzebra", b"zebra"),
        (CTRL_O + b"/zebra", b"zebra"),
        (F3 + b"nzebra", b"zebra"),
    ],
)
@pytest.mark.parametrize("pieces", [0, 2])
def test_keys_reach_what_the_key_before_them_brought(
    keys: bytes, shown: bytes, pieces: int
) -> None:
    assert typed(keys, shown, pieces=pieces) == []


@pytest.mark.parametrize(
    "way", [F3 + b"x" + F2, F6 + b"\x1b[27u", CTRL_O + b"\x1b[27u", F4 + F5 + F2]
)
def test_keys_behind_the_way_back_reach_the_prompt(way: bytes) -> None:
    assert typed(way + b"make it short\r", b"Agent 0", body="pass") == ["make it short"]
