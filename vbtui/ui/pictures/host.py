"""The app's side of pictures: how they are shown, and who decides it – the user, the terminal, the speed of the
line – and the gallery that makes them.

Before the app starts the terminal is asked what it can do beside half blocks: only one whose environment
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer

from vbtui.base.settings import Settings
from vbtui.base.translation import Translation
from vbtui.journal.records import Asset, files_of
from vbtui.ui.kit.terminal import Line, Shown, Terminal
from vbtui.ui.kit.textual_gaps import Discreet, write_terminal

if TYPE_CHECKING:
    from vbtui.timeline.sources import KnownFiles
    from vbtui.ui.pictures.gallery import Gallery


_ASK_EVERY_S = 0.7


class Mode(StrEnum):
    """A way to show a picture in a terminal."""

    BLOCKS = "blocks"
    """Half blocks: works everywhere; characters from dark to bright where there is no colour."""
    KITTY = "kitty"
    """Kitty's graphics with placeholders, which move with the text."""
    SIXEL = "sixel"
    OFF = "off"


class PictureModeChanged(Message):
    """Pictures are shown in another way from now on."""


class PictureHost(Discreet, Shown):
    """An app that shows pictures.

    Args:
        settings: of this start.
        css_path: the style sheets.
        proved: the graphics that the terminal has shown to have.
    """

    def __init__(
        self, settings: Settings, *, css_path: list[str], proved: Mode | None = None
    ) -> None:
        super().__init__(driver_class=Terminal, css_path=[*css_path])
        self.line = Line(os.environ)
        self.pictures = Pictures(settings, proved)
        self._asks_left = _ASKED
        self._asking: Timer | None = None

    def on_unmount(self) -> None:
        self.pictures.close()

    def measure_line(self) -> None:
        """Ask the terminal a few times how quickly it answers."""
        if self._asking is None and not self.is_headless:
            self._asking = self.set_interval(_ASK_EVERY_S, self._ask, name="line")

    def _ask(self) -> None:
        self._asks_left -= self._send(self.line.ask(time.monotonic()))
        if not self._asks_left and self._asking is not None:
            self._asking.stop()

    def line_is_free(self) -> bool:
        """Whether the terminal has taken what was sent; if so it is asked for what comes next."""
        line = self.line
        if self.is_headless:
            return True
        if line.is_busy(time.monotonic()):
            return False
        self.call_after_refresh(lambda: self._send(line.ask(time.monotonic())))
        return True

    def _send(self, text: str) -> bool:
        if text:
            write_terminal(self, text)
        return bool(text)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        seconds = self.line.answered(event.time)
        if seconds is not None and self.pictures.modes.measured(seconds):
            self.say_mode()

    def action_pictures(self) -> None:
        """The next way of showing pictures."""
        self.pictures.modes.step()
        self.say_mode()

    @property
    def has_room_for_pictures(self) -> bool:
        """Whether pictures are on, and the screen large enough that they take no room from words."""
        size = self.size
        return self.pictures.are_on and size.width >= 100 and size.height >= 30

    def say_mode(self) -> None:
        """Tell the screen in front, and the user."""
        self.screen.post_message(PictureModeChanged())
        self.notify(self.pictures.modes.words, markup=False, timeout=3)


_ASKED = 3
"""Times that the terminal is asked for its round trip; the shortest counts."""


class Pictures:
    """One for each start of the app.

    Args:
        settings: of this start.
        proved: the graphics that the terminal has shown to have.
    """

    def __init__(self, settings: Settings, proved: Mode | None = None) -> None:
        self.modes = PictureModes(settings.display.pictures, proved)
        self._directory = settings.directories.cache / "thumbnails"
        self._originals: tuple[tuple[Asset, ...], KnownFiles[Asset]] | None = None

    @cached_property
    def gallery(self) -> Gallery:
        """Made with the first picture: the first frame has none."""
        from vbtui.ui.pictures.gallery import Gallery

        return Gallery(self._directory)

    def originals(self, assets: Sequence[Asset]) -> KnownFiles[Asset]:
        """The files on this machine; made anew only when an asset is another one than the last
        time. For a thread."""
        wanted = tuple(asset for asset in assets if asset.path is not None)
        known = self._originals
        if known is None or wanted != known[0]:
            known = self._originals = wanted, files_of(wanted)
        return known[1]

    @property
    def are_on(self) -> bool:
        return self.modes.mode is not Mode.OFF

    def close(self) -> None:
        if "gallery" in self.__dict__:
            self.gallery.close()


SLOW_LINE_S = 0.3
"""From this round trip to the terminal on, pictures are off unless the user wants them."""
_WORDS = {
    Mode.BLOCKS: Translation("Pictures: half blocks", "图片：半格字符"),
    Mode.KITTY: Translation("Pictures: Kitty graphics", "图片：Kitty 图形"),
    Mode.SIXEL: Translation("Pictures: sixel graphics", "图片：sixel 图形"),
    Mode.OFF: Translation("Pictures: off", "图片：关闭"),
}


_SLOW = Translation(
    "Pictures: off, the line is slow ({seconds} s): {app.pictures} turns them on",
    "图片：关闭，线路较慢（{seconds} 秒）：按 {app.pictures} 打开",
)


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
            return _SLOW.of(seconds=f"{self.round_trip_s:.1f}")
        return _WORDS[self.mode].of()


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
