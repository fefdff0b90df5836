"""Two versions of a timeline side by side, at the spots where they look different."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.journal.records import DraftVersion
from vbtui.ui.kit import words
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.host import host_of
from vbtui.ui.pictures.raster import Drawn, NoPicture
from vbtui.ui.pictures.view import PictureView
from vbtui.ui.timeline.moments import pictures_at
from vbtui.ui.timeline.spots import Spot

_BEYOND = NoPicture("this version ends before")


class Side(Vertical):
    """One version: its name and time, the picture, what kind of picture it is."""

    def compose(self) -> ComposeResult:
        yield Static(classes="side-title")
        yield PictureView()
        yield Static(classes="side-line")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    def say(self, title: str, line: str) -> None:
        self.query_one(".side-title", Static).update(Content.styled(title, "bold"), layout=False)
        text = Content.styled(line, "$foreground-muted")
        self.query_one(".side-line", Static).update(text, layout=False)


class Comparison(Vertical):
    """Shows one spot after the other; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(id="comparison")
        self._versions: tuple[DraftVersion, DraftVersion] | None = None
        self._newest = 0
        self._spots: Sequence[Spot] = ()
        self._place = 0
        self.display = False

    def compose(self) -> ComposeResult:
        yield Static(id="spot-words")
        with Horizontal():
            yield Side(id="side-before")
            yield Side(id="side-after")

    @property
    def count(self) -> int:
        """How many spots there are."""
        return len(self._spots)

    def show(
        self, before: DraftVersion, after: DraftVersion, spots: Sequence[Spot], *, newest: int
    ) -> None:
        """Compare these two.

        Args:
            newest: the number of the version that the backend has now.
        """
        self._versions, self._newest = (before, after), newest
        self._spots, self._place = spots, 0
        self.display = bool(spots)
        self._look()

    def step(self, by: int) -> None:
        """The next spot, or the one before; around the ends."""
        if self._spots:
            self._place = (self._place + by) % len(self._spots)
            self._look()

    def _look(self) -> None:
        if not self._spots:
            return
        spot = self._spots[self._place]
        number = f"{self._place + 1} of {len(self._spots)}"
        name = shorten(spot.words, max(self.app.size.width - 30, 10))
        text = Content.assemble((f"{number}  ", "$text-accent bold"), name)
        self.query_one("#spot-words", Static).update(text, layout=False)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        host_of(self).work(self._fetch, name="comparison", group="comparison")

    async def _fetch(self) -> None:
        if self._versions is None or not self._spots:
            return
        spot = self._spots[self._place]
        before, after = self._versions
        await asyncio.gather(
            self._fill("#side-before", before, spot.before_ms),
            self._fill("#side-after", after, spot.after_ms),
        )

    async def _fill(self, name: str, version: DraftVersion, at_ms: int) -> None:
        side = self.query_one(name, Side)
        title = f"version {version.version} at {words.clock_text(at_ms, fraction=True)}"
        side.say(title, "…")
        async for drawn, line in self._pictures(version, at_ms, side):
            if self.is_attached:
                side.view.show(drawn)
                side.say(title, line)

    async def _pictures(
        self, version: DraftVersion, at_ms: int, side: Side
    ) -> AsyncIterator[tuple[Drawn, str]]:
        timeline = version.timeline
        if timeline is None or at_ms >= timeline.duration_ms:
            yield _BEYOND, ""
            return
        is_newest = version.version == self._newest
        box = side.view.box
        async for found in pictures_at(host_of(self), version, at_ms, box, is_newest=is_newest):
            yield found
