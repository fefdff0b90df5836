"""How pictures are shown, and who decides it: the user, the terminal, the speed of the line.

The terminal is asked before the app starts what it can do beside half blocks: only one whose environment
lets it hope for graphics, and only an answer counts. Kitty's graphics need the placeholders that Kitty
since 0.28 and Ghostty have (others, and older Kittys, say yes to the question and do not draw them), sixel
needs attribute 4 in the answer to DA1. Inside tmux and screen nothing is asked: they show no pictures of
their own accord.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vbtui.base.keys import key_name

SLOW_LINE_S = 0.3
"""From this round trip to the terminal on, pictures are off unless the user wants them."""


class Mode(StrEnum):
    """A way to show a picture in a terminal."""

    BLOCKS = "blocks"
    """Half blocks: works everywhere; characters from dark to bright where there is no colour."""
    KITTY = "kitty"
    """Kitty's graphics with placeholders, which move with the text."""
    SIXEL = "sixel"
    OFF = "off"


_WORDS = {
    Mode.BLOCKS: "Pictures: half blocks",
    Mode.KITTY: "Pictures: Kitty graphics",
    Mode.SIXEL: "Pictures: sixel graphics",
    Mode.OFF: "Pictures: off",
}


@dataclass(slots=True)
class PictureModes:
    """The mode now, and those that `V` steps through.

    Args:
        setting: `auto`, `blocks` or `off` (`[display] pictures`, or `--no-pictures`).
        proved: what the terminal has shown that it can do beside half blocks.
    """

    setting: str = "auto"
    proved: Mode | None = None
    chosen: Mode | None = None
    """By the user, with the key."""
    round_trip_s: float | None = None
    """The shortest time that the terminal took to answer; None as long as it has not."""

    @property
    def mode(self) -> Mode:
        """What the user chose, else what the setting says, else the best that is known to work."""
        if self.chosen is not None:
            return self.chosen
        if self.setting == "off":
            return Mode.OFF
        if self.setting == "blocks":
            return Mode.BLOCKS
        if self.is_slow:
            return Mode.OFF
        return self.proved or Mode.BLOCKS

    @property
    def is_slow(self) -> bool:
        return self.round_trip_s is not None and self.round_trip_s >= SLOW_LINE_S

    def measured(self, seconds: float) -> bool:
        """The terminal has answered after `seconds`. Whether that changes the mode."""
        before = self.mode
        known = self.round_trip_s
        self.round_trip_s = seconds if known is None else min(seconds, known)
        return self.mode is not before

    @property
    def steps(self) -> tuple[Mode, ...]:
        return (Mode.BLOCKS, *([self.proved] if self.proved else []), Mode.OFF)

    def step(self) -> Mode:
        """The next mode, chosen by the user from now on."""
        steps = self.steps
        self.chosen = steps[(steps.index(self.mode) + 1) % len(steps)]
        return self.chosen

    @property
    def words(self) -> str:
        """The mode in words, with the reason where the line decided."""
        if self.chosen is None and self.setting == "auto" and self.is_slow:
            key = key_name("app.pictures")
            return (
                f"Pictures: off, the line is slow ({self.round_trip_s:.1f} s): {key} turns them on"
            )
        return _WORDS[self.mode]


_PATIENCE_S = 1.0
_TERMS = ("kitty", "ghostty", "foot", "mlterm", "wezterm", "sixel", "contour", "yaft")
_PROGRAMS = ("ghostty", "wezterm", "iterm", "mintty", "rio", "vscode", "warpterminal")
_MARKS = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "KONSOLE_VERSION", "WT_SESSION", "XTERM_VERSION")
_WITH_PLACEHOLDERS = re.compile(
    rb"\x1bP>\|(?:ghostty\b|kitty\((?:[1-9]\d*\.|0\.(?:2[89]|[3-9]\d|\d{3,})\b))", re.IGNORECASE
)
_GRAPHICS_OK = re.compile(rb"\x1b_Gi=31[^;\x1b]*;OK\x1b\\")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")

QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + b"\x1b[>0q" + b"\x1b[c"
"""Kitty's graphics, name and version, and last what every terminal answers."""


def is_hopeful(environ: Mapping[str, str]) -> bool:
    """Whether it is worth asking this terminal."""
    term = environ.get("TERM", "").lower()
    if environ.get("TMUX") or environ.get("STY") or term.startswith(("tmux", "screen")):
        return False
    program = environ.get("TERM_PROGRAM", "").lower()
    return (
        any(name in term for name in _TERMS)
        or any(program.startswith(name) for name in _PROGRAMS)
        or any(environ.get(name) for name in _MARKS)
    )


def proved_by(answer: bytes) -> Mode | None:
    """The graphics that `answer` proves; None for half blocks alone."""
    if _GRAPHICS_OK.search(answer) and _WITH_PLACEHOLDERS.search(answer):
        return Mode.KITTY
    attributes = _ATTRIBUTES.search(answer)
    if attributes and b"4" in attributes[1].split(b";")[1:]:
        return Mode.SIXEL
    return None


def probe(environ: Mapping[str, str]) -> Mode | None:
    """What the terminal at stdin and stdout proves; None where it is not asked or does not answer.

    To be called before Textual reads the keyboard. What is typed meanwhile is lost.
    """
    if not is_hopeful(environ):
        return None
    try:
        with open(os.ctermid(), "r+b", buffering=0) as terminal:
            return proved_by(ask(terminal.fileno(), _PATIENCE_S))
    except (OSError, AttributeError):
        return None


def ask(terminal: int, patience_s: float) -> bytes:
    """What the terminal answers to `QUESTION` up to its attributes. Raises `OSError`."""
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        os.write(terminal, QUESTION)
        until = time.monotonic() + patience_s
        answer = b""
        while not _ATTRIBUTES.search(answer):
            left = until - time.monotonic()
            if left <= 0 or not select.select([terminal], [], [], left)[0]:
                break
            answer += os.read(terminal, 1024)
        return answer
    except termios.error as error:
        raise OSError(str(error)) from None
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def graphics_of_terminal(environ: Mapping[str, str], setting: str) -> Mode | None:
    """What this start may use beside half blocks; nothing is asked where the setting has decided."""
    proved = probe(environ) if setting == "auto" else None
    return proved if proved is not None and can_be_drawn(proved) else None


def can_be_drawn(mode: Mode) -> bool:
    """Whether the library that draws these graphics is there and ready.

    It asks the terminal for the size of a cell when it is imported: hence before the app starts.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        from textual_image import widget
    except Exception:  # a library that cannot even be imported here: half blocks do
        return False
    return hasattr(widget, "TGPImage" if mode is Mode.KITTY else "SixelImage")
