"""The app's side of pictures: the desk, the line's answers, the mode's key."""

from __future__ import annotations

import time

from textual import events
from textual.app import App
from textual.message import Message
from textual.timer import Timer

from vbtui.base.settings import Settings
from vbtui.ui.pictures.desk import Pictures
from vbtui.ui.pictures.modes import Mode

_ASK_EVERY_S = 0.7


class PictureModeChanged(Message):
    """Pictures are shown in another way from now on."""


class PictureHost(App[int]):
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
        if text and self._driver is not None:
            self._driver.write(text)
        return bool(text)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        if self.pictures.answered(event.time):
            self.say_mode()

    def action_pictures(self) -> None:
        """The next way of showing pictures."""
        self.pictures.modes.step()
        self.say_mode()

    def say_mode(self) -> None:
        """Tell the screen in front, and the user."""
        self.screen.post_message(PictureModeChanged())
        self.notify(self.pictures.modes.words, markup=False, timeout=3)
