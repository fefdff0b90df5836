"""What the screens need to show pictures: the gallery, the originals, the mode, the line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vbtui.base.settings import Settings
from vbtui.journal.records import Asset, files_of
from vbtui.ui.pictures.line import Line
from vbtui.ui.pictures.modes import Mode, PictureModes

if TYPE_CHECKING:
    from vbtui.timeline.sources import KnownFiles
    from vbtui.ui.pictures.gallery import Gallery

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
