"""What Textual has no public way for. Each stands here with what it buys, and has a test that fails where a
new Textual breaks it: `pyproject.toml` names the versions that were tried.
"""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from rich.align import Align
from rich.text import Text
from textual.app import App
from textual.command import CommandList, CommandPalette
from textual.geometry import Size
from textual.theme import ThemeProvider
from textual.widget import Widget
from textual.widgets.option_list import Option

from vbtui.base.translation import Translation


def write_terminal(app: App[Any], sequence: str) -> None:
    """Send what is no part of a frame – a notification, a question – to the terminal, between two frames.

    Written past Textual's own thread it would land in the middle of a frame's escape sequences.
    """
    if app._driver is not None:
        app._driver.write(sequence)
        app._driver.flush()


def suspend_soundly() -> None:
    """Suspended is only what keeps nobody from the journal, and continued only what was suspended.

    A terminal that goes away sends SIGCONT too. Textual would begin to read the dead terminal a second time, in
    a thread that nothing ends: the process would stay, at full speed.
    """
    suspend, resume = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    if not callable(suspend) or not callable(resume):
        return
    is_suspended = False

    def suspended(number: int, frame: FrameType | None) -> None:
        nonlocal is_suspended
        from vbtui.journal.journal import unlocked  # after the first frame

        is_suspended = True
        with unlocked():
            suspend(number, frame)

    def continued(number: int, frame: FrameType | None) -> None:
        nonlocal is_suspended
        if is_suspended:
            is_suspended = False
            resume(number, frame)

    signal.signal(signal.SIGTSTP, suspended)
    signal.signal(signal.SIGCONT, continued)


class Discreet(App[int]):
    """An app whose end by an error of its own shows nothing: Textual prints a traceback with the values of
    local variables, tokens among them."""

    def _fatal_error(self) -> None:
        self.failed()
        self._close_messages_no_wait()

    def failed(self) -> None:
        """Called in the handler of the error, which is `sys.exc_info()[1]`, before the app ends."""


_SEARCH = Translation("Search for commands…", "查找命令……")
_SEARCH_THEMES = Translation("Search for themes…", "查找主题……")
_NO_MATCHES = Translation("No matches found", "没有匹配的命令")


class Palette(CommandPalette):
    """The palette in the language of this process: Textual says in English that nothing was found."""

    @classmethod
    def of_commands(cls) -> Palette:
        """What the app and its screens offer."""
        return cls(placeholder=_SEARCH.of(), id="--command-palette")

    @classmethod
    def of_themes(cls) -> Palette:
        """Every theme that there is."""
        return cls(providers=[ThemeProvider], placeholder=_SEARCH_THEMES.of())

    def _start_no_matches_countdown(self, search_value: str) -> None:
        self._stop_no_matches_countdown()

        def show() -> None:
            if search_value:
                none = Align.center(Text(_NO_MATCHES.of(), style="not bold"))
                option = Option(none, disabled=True, id=self._NO_MATCHES)
                self.query_one(CommandList).add_option(option)
            self._list_visible = bool(search_value)

        self._no_matches_timer = self.set_timer(self._NO_MATCHES_COUNTDOWN, show)


class SteadyHeight(Widget):
    """Finds its height anew only when something in it is laid out anew: in Textual that happens whenever
    its container has another height, for every turn when one grows. With 60 turns there, a line more in
    the last takes a fifth to a quarter less time."""

    _height: tuple[tuple[int, int], int] = ((0, 0), 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        key = (width, self._layout_updates)
        if key != self._height[0]:
            self._height = (key, super().get_content_height(container, viewport, width))
        return self._height[1]
