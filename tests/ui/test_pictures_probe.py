"""What terminals answer, and what that proves; a pseudo-terminal is one that answers."""

from __future__ import annotations

import os
import pty
import threading
import time

import pytest

from tests.waiting import PATIENCE_S
from vbtui.ui.pictures import host as probe
from vbtui.ui.pictures.host import Mode

KITTY = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.32.2)\x1b\\\x1b[?62;c"
GHOSTTY = b"\x1b_Gi=31;OK\x1b\\\x1bP>|ghostty 1.0.1\x1b\\\x1b[?62;22c"
WEZTERM = b"\x1b_Gi=31;OK\x1b\\\x1bP>|WezTerm 20240203\x1b\\\x1b[?65;4;6;18;22c"
WARP = b"\x1b_Gi=31;OK\x1b\\\x1bP>|Warp(v0.2024)\x1b\\\x1b[?62;c"
FOOT = b"\x1bP>|foot(1.16.2)\x1b\\\x1b[?62;4;22c"
XTERM = b"\x1bP>|XTerm(379)\x1b\\\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"
VT4 = b"\x1b[?4c"


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        (KITTY, Mode.KITTY),
        *((KITTY.replace(b"0.32.2", old), None) for old in (b"0.26.5", b"0.27.1", b"0.9")),
        *((KITTY.replace(b"0.32.2", new), Mode.KITTY) for new in (b"0.28.0", b"0.100", b"1.0.0")),
        (GHOSTTY, Mode.KITTY),
        (WEZTERM, Mode.SIXEL),
        (WARP, None),
        (FOOT, Mode.SIXEL),
        (XTERM, None),
        (VT4, None),
        (KITTY.replace(b";OK", b";ENOTSUP:no"), None),
        (b"", None),
        (b"typed meanwhile" + FOOT, Mode.SIXEL),
    ],
)
def test_only_an_answer_proves(answer: bytes, mode: Mode | None) -> None:
    assert probe.proved_by(answer) is mode


@pytest.mark.parametrize(
    ("environ", "hopeful"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, False),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "foot", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, True),
        ({}, False),
    ],
)
def test_only_a_terminal_with_hope_is_asked(environ: dict[str, str], hopeful: bool) -> None:
    assert probe.is_hopeful(environ) is hopeful


def test_a_terminal_is_asked_and_left_as_it_was() -> None:
    import termios

    terminal, line = pty.openpty()
    heard = bytearray()

    def answer() -> None:
        while b"\x1b[c" not in heard:
            heard.extend(os.read(terminal, 1024))
        os.write(terminal, FOOT[:9])
        time.sleep(0.02)
        os.write(terminal, FOOT[9:])

    before = termios.tcgetattr(line)
    thread = threading.Thread(target=answer)
    thread.start()
    assert probe.proved_by(probe.ask(line, PATIENCE_S)) is Mode.SIXEL
    thread.join()
    assert bytes(heard) == probe.QUESTION
    assert termios.tcgetattr(line) == before
    os.close(terminal)
    os.close(line)


def test_a_mute_terminal_costs_the_patience_alone() -> None:
    terminal, line = pty.openpty()
    began = time.monotonic()
    assert probe.ask(line, 0.05) == b""
    assert time.monotonic() - began >= 0.05
    os.close(terminal)
    os.close(line)
