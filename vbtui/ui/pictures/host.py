"""The app's side of pictures: the mode and its key, the gallery, and how quickly the terminal takes what
is sent to it.

The terminal is asked where its cursor is. The answer comes when all that was sent before has arrived,
over SSH too. tmux and screen answer in the terminal's place, and so as quickly as they take it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer

from vbtui.base.settings import Settings
from vbtui.journal.records import Asset, files_of
from vbtui.ui.kit.textual_gaps import Discreet, write_terminal
from vbtui.ui.pictures.modes import Mode, PictureModes

if TYPE_CHECKING:
    from vbtui.timeline.sources import KnownFiles
    from vbtui.ui.pictures.gallery import Gallery


_ASK_EVERY_S = 0.7


class PictureModeChanged(Message):
    """Pictures are shown in another way from now on."""


class PictureHost(Discreet):
    """An app that shows pictures.

    Args:
        settings: of this start.
        css_path: the style sheets.
        proved: the graphics that the terminal has shown to have.
    """

    def __init__(
        self, settings: Settings, *, css_path: list[str], proved: Mode | None = None
    ) -> None:
        super().__init__(css_path=[*css_path])
        self.pictures = Pictures(settings, proved)
        self._asking: Timer | None = None

    def on_unmount(self) -> None:
        self.pictures.close()

    def measure_line(self) -> None:
        """Ask the terminal a few times how quickly it answers, where that decides something."""
        if self._asking is None and not self.is_headless:
            self._asking = self.set_interval(_ASK_EVERY_S, self._ask, name="line")

    def _ask(self) -> None:
        if not self._send(self.pictures.question(time.monotonic())) and self._asking is not None:
            self._asking.stop()

    def line_is_free(self) -> bool:
        """Whether the terminal has taken what was sent; if so it is asked for what comes next."""
        line = self.pictures.line
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
        if self.pictures.answered(event.time):
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
        self.line = Line()
        self._asks_left = _ASKED
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

    def question(self, now: float) -> str:
        """What to send to measure the line; empty when enough is known or nothing depends on it."""
        if self.modes.setting != "auto" or not self._asks_left:
            return ""
        question = self.line.ask(now)
        self._asks_left -= bool(question)
        return question

    def answered(self, now: float) -> bool:
        """The terminal has answered. Whether that changes how pictures are shown."""
        seconds = self.line.answered(now)
        return seconds is not None and self.modes.measured(seconds)

    def close(self) -> None:
        if "gallery" in self.__dict__:
            self.gallery.close()


QUESTION = "\x1b[6n"
"""Answered by every terminal with the place of the cursor, which Textual reads as an event."""
_PATIENCE_S = 1.5
"""Without an answer for so long, the terminal is one that gives none."""


class Line:
    """One question at a time. Times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._is_mute = False

    def ask(self, now: float) -> str:
        """What to send now; empty while an answer is awaited, and to a terminal that gives none."""
        if self._is_mute or self.is_busy(now):
            return ""
        self._asked_at = now
        return QUESTION

    def answered(self, now: float) -> float | None:
        """An answer has come: how long it took; None when nothing was asked."""
        if self._asked_at is None:
            return None
        seconds, self._asked_at = max(now - self._asked_at, 0.0), None
        self._is_mute = False
        return seconds

    def is_busy(self, now: float) -> bool:
        """Whether what was sent has not arrived yet: a picture that is sent now would queue."""
        if self._asked_at is None:
            return False
        if now - self._asked_at <= _PATIENCE_S:
            return True
        self._is_mute = True
        return False
