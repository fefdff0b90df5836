"""The conversation: a window of at most `MOST` turns is mounted, which moves on when it is scrolled to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vbtui.base.keys import key_name
from vbtui.journal.records import Turn, TurnState
from vbtui.ui.chat.growing import Growing, Plain

if TYPE_CHECKING:
    from vbtui.ui.chat.turn import TurnView


class Turns(Vertical, Plain):
    """The mounted turns, one below the other."""


class Transcript(VerticalScroll, Growing, can_focus=True):
    """Mounts at most sixty turns at a time. Stays at the end unless the user scrolls away."""

    HELP = f"The conversation. Arrows and {key_name('list.page')} scroll, {key_name('transcript.end')} goes to the newest message."

    def __init__(self) -> None:
        super().__init__(id="transcript")
        self._turns: list[Turn] = []
        self._views: dict[int, TurnView] = {}
        self._window = Window()
        self._older = Static(classes="more", id="older")
        self._newer = Static(classes="more", id="newer")
        self._shifting = False
        self._changing = asyncio.Lock()
        """A turn that is being mounted cannot be changed yet: the start and a report may both show it."""
        # As high as the view at least: an anchored container scrolls above a shorter content.
        self._list = Turns(self._older, self._newer, id="turns")
        """Mounted with the first turn: a start without any need not style it."""

    def on_mount(self) -> None:
        self._mark_ends()
        self.anchor()

    async def show(self, turns: Sequence[Turn], *, anew: bool = False) -> None:
        """Bring the view up to date with `turns`, the sent ones in order.

        Args:
            anew: it is another conversation: show its end.
        """
        async with self._changing:
            self._turns = [turn for turn in turns if turn.state is not TurnState.QUEUED]
            if anew or not self._window.count:
                await self._remove(list(self._views))
                self._window = self._window.newest(len(self._turns))
            else:
                self._window = self._window.grown(len(self._turns))
            await self._arrange()
        if anew:
            self.anchor()

    async def update_turn(self, turn: Turn) -> None:
        """One turn has changed and was there before."""
        async with self._changing:
            view = self._views.get(turn.id)
            if view is not None:
                await view.show(turn)

    async def grow(self, turn: Turn) -> None:
        """More words have come in one turn, and nothing else."""
        async with self._changing:
            view = self._views.get(turn.id)
            if view is not None:
                await view.grow(turn)

    def holds(self, turn: Turn) -> bool:
        """Whether the turn is among those that `show` was given."""
        return any(known.id == turn.id for known in self._turns)

    def tick(self) -> None:
        """A second has passed while a turn runs."""
        for view in self._views.values():
            view.tick()

    def view_of(self, turn: Turn) -> TurnView | None:
        """The turn on the screen; None while it is not mounted."""
        return self._views.get(turn.id)

    async def _arrange(self) -> None:
        wanted = self._turns[self._window.start : self._window.end]
        ids = {turn.id for turn in wanted}
        await self._remove([turn_id for turn_id in self._views if turn_id not in ids])
        if wanted and self._list.parent is None:
            await self.mount(self._list)
        previous: Static | TurnView = self._older
        for turn in wanted:
            view = self._views.get(turn.id)
            if view is None:
                view = self._views[turn.id] = _new_view(turn)
                await self._list.mount(view, after=previous)
            elif view.turn != turn:
                await view.show(turn)
            previous = view
        self._mark_ends()

    async def _remove(self, turn_ids: Sequence[int]) -> None:
        gone = [self._views.pop(turn_id) for turn_id in turn_ids]
        if gone:
            await self._list.remove_children(gone)

    def _mark_ends(self) -> None:
        if self._window.has_older:
            self._older.update(Content(f"↑ {self._window.start} older"))
        if self._window.has_newer:
            self._newer.update(Content(f"↓ {self._window.count - self._window.end} newer"))
        self._older.display = self._window.has_older
        self._newer.display = self._window.has_newer

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if self._shifting or not self._views:
            return
        if new < old and new <= 1 and self._window.has_older:
            self._shift(older=True)
        elif new > old and new >= self.max_scroll_y - 1 and self._window.has_newer:
            self._shift(older=False)

    def _shift(self, *, older: bool) -> None:
        self._shifting = True

        async def shift() -> None:
            async with self._changing:
                before = self._turns[self._window.start : self._window.end]
                self._window = self._window.older() if older else self._window.newer()
                await self._arrange()
            view = self._views.get((before[0] if older else before[-1]).id)
            if view is not None:
                self.call_after_refresh(self._stay_at, view, older)
            else:
                self._shifting = False

        self.call_later(shift)

    def _stay_at(self, view: TurnView, top: bool) -> None:
        if view.is_attached:
            self.scroll_to_widget(view, animate=False, top=top, immediate=True, force=True)
        self._shifting = False


def _new_view(turn: Turn) -> TurnView:
    from vbtui.ui.chat.turn import TurnView

    return TurnView(turn)


MOST = 60
STEP = 20


@dataclass(frozen=True, slots=True)
class Window:
    """The turns [start, end) of `count`."""

    start: int = 0
    end: int = 0
    count: int = 0

    @property
    def has_older(self) -> bool:
        return self.start > 0

    @property
    def has_newer(self) -> bool:
        return self.end < self.count

    def newest(self, count: int, first: int = STEP) -> Window:
        """The last `first` of `count` turns."""
        return Window(max(count - first, 0), count, count)

    def grown(self, count: int) -> Window:
        """There are `count` turns now: new ones are shown if the last ones were."""
        if self.has_newer:
            return Window(self.start, min(self.end, count), count)
        return Window(max(min(self.start, count), count - MOST, 0), count, count)

    def older(self) -> Window:
        """`STEP` turns further up; the newest ones leave when there would be too many."""
        start = max(self.start - STEP, 0)
        return Window(start, min(self.end, start + MOST), self.count)

    def newer(self) -> Window:
        """`STEP` turns further down; the oldest ones leave when there would be too many."""
        end = min(self.end + STEP, self.count)
        return Window(max(self.start, end - MOST), end, self.count)
