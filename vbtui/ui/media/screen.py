"""The second screen: the files of the project, where each of them stands, and one of them in detail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from vbtui.base.keys import key_name
from vbtui.journal.records import Asset, AssetState
from vbtui.session.events import AssetChanged, AssetRemoved, DraftChanged, Event, SessionOpened
from vbtui.timeline.model import Placed
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.edit_line import EditLine
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import host_of
from vbtui.ui.kit.screen import sheet
from vbtui.ui.kit.widgets import Field, Steady, fact_line
from vbtui.ui.media import words as cells
from vbtui.ui.media.actions import MediaKeys
from vbtui.ui.media.words import ORDERS, holding, ordered
from vbtui.ui.pictures.raster import Drawn, NoPicture
from vbtui.ui.pictures.view import PictureView

EMPTY = Content.assemble(
    ("No files yet.\n\n", "bold"),
    (key_name("media.add"), "$text-accent bold"),
    " picks files. You can also drop or paste them into the prompt (",
    (key_name("app.chat"), "$text-accent bold"),
    "),\nor start vbtui with ",
    ("--watch DIR", "bold"),
    ": what lands in that folder is uploaded by itself.\n\n",
    (words.ACCEPTED, "$foreground-muted"),
)

_REST_S = 0.04
"""The cursor rests for so long before the details of its file are shown."""


class MediaScreen(MediaKeys):
    """A table with a filter; beside it, where there is room, the details of one file."""

    TAB = "media"
    CSS_PATH = sheet("media")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("media"))
    AUTO_FOCUS = "#assets"
    HELP = "Every file of this project: what it is and where it stands on its way to the backend."

    def __init__(self) -> None:
        super().__init__()
        self._letters = ""
        self._order = ""
        self._is_falling = False
        self._resting: Timer | None = None

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="asset-list"):
                yield Static(EMPTY, id="no-assets", classes="empty")
                yield Grid[Asset](
                    self._columns(),
                    lambda asset: asset.id,
                    is_marked=lambda asset: asset.id in self.marked,
                    id="assets",
                )
                yield Steady(id="asset-here")
                yield Steady(id="asset-line")
                yield Field(placeholder="Filter by name", id="asset-filter", compact=True)
                yield EditLine()
            yield AssetPane(id="asset-pane", classes="detail")

    def _columns(self) -> list[Column[Asset]]:
        return [
            Column("Name", 22, cells.name_cell, elastic=2),
            Column("Kind", 6, lambda asset: plain(asset.kind or "?", "$foreground-muted"), rank=3),
            Column("Length", 8, cells.length_cell, rank=2, is_number=True),
            Column("Size", 8, cells.size_cell, rank=4, is_number=True),
            Column("Picture", 9, cells.picture_cell, rank=6, is_number=True),
            Column("Source", 10, cells.source_cell, rank=7),
            Column("Used", 6, self._used, rank=5, is_number=True),
            Column("State", 24, lambda asset: cells.state_cell(asset, self.host.now()), elastic=3),
        ]

    def _used(self, asset: Asset) -> Content:
        uses = self.uses.get(asset.id)
        return plain(f"{len(uses)}×") if uses else Content("")

    # -- what the engine says -----------------------------------------------------------------

    async def sync(self) -> None:
        assets = self.assets
        self.marked &= {asset.id for asset in assets} if self.marked else set()
        self._arrange()
        self.query_one("#no-assets").display = not assets
        self.grid.display = bool(assets)
        self._show_line()
        self._show_current()
        self.learn_uses()

    def _arrange(self) -> None:
        """The rows that the filter lets through, in the order that was chosen."""
        found = holding(self.assets, self._letters)
        used = {asset_id: len(uses) for asset_id, uses in self.uses.items()}
        self.grid.mark_order(self._order, is_falling=self._is_falling)
        self.grid.show(ordered(found, self._order, is_falling=self._is_falling, used=used))

    async def take(self, events: Sequence[Event]) -> None:
        await super().take(events)
        must_sync = False
        for event in events:
            if isinstance(event, AssetRemoved | DraftChanged):
                must_sync = True
            elif isinstance(event, SessionOpened):
                self.marked.clear()
                must_sync = True
            elif isinstance(event, AssetChanged) and not must_sync:
                must_sync = not self.grid.update_row(event.asset)
        if must_sync:
            await self.sync()
        else:
            self._show_line()

    def uses_learned(self) -> None:
        if self._order == "Used":
            self._arrange()
        else:
            self.grid.refresh()
        self._show_current()

    def _show_line(self) -> None:
        assets = self.assets
        parts = [words.plural(len(assets), "file")]
        if self.marked:
            parts.append(f"{len(self.marked)} marked")
        if self._letters:
            parts.append(
                f"{len(self.grid.rows)} with “{self._letters}” ({key_name('media.clear')}: all)"
            )
        failed = sum(asset.state is AssetState.FAILED for asset in assets)
        if failed:
            parts.append(f"{failed} failed")
        if self.engine is not None and self.engine.library.paused:
            parts.append("uploads are paused")
        line = self.query_one("#asset-line", Steady)
        line.display = bool(assets)
        line.put(Content.styled(" · ".join(parts), "$foreground-muted"))
        self.bindings_may_have_changed()

    @on(Grid.Moved, "#assets")
    def _moved(self) -> None:
        """The row shows the cursor at once; the details follow when it rests."""
        self.bindings_may_have_changed()
        if self._resting is None:
            self._resting = self.set_timer(_REST_S, self._show_current)
        else:
            self._resting.reset()

    def _show_current(self) -> None:
        self._resting = None
        asset = self.grid.current
        now, uses = self.host.now(), self._uses_of(asset)
        facts = cells.facts_of(asset, now, uses) if asset else Content("")
        self.query_one(AssetPane).show(asset, facts)
        here = cells.state_in_full(asset, now, uses) if asset else Content("")
        self.query_one("#asset-here", Steady).put(here)
        self.bindings_may_have_changed()

    def _uses_of(self, asset: Asset | None) -> Sequence[Placed] | None:
        return self.uses.get(asset.id, ()) if asset and self.timeline else None

    def on_picture_mode_changed(self) -> None:
        self.query_one(AssetPane).fetch()

    # -- marks, filter, order -----------------------------------------------------------------

    def action_mark(self) -> None:
        if asset := self.grid.current:
            self.marked ^= {asset.id}
            self.grid.update_row(asset)
            self.grid.action_cursor(1)
            self._show_line()

    def action_mark_all(self) -> None:
        """All rows that are shown; when all of them are marked, none."""
        shown = {asset.id for asset in self.grid.rows}
        self.marked = self.marked - shown if shown <= self.marked else self.marked | shown
        self.grid.refresh()
        self._show_line()

    def action_order(self) -> None:
        self._sort_by(ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)])

    def action_turn_order(self) -> None:
        self._sort_by(self._order, is_falling=not self._is_falling)

    @on(Grid.HeadPressed, "#assets")
    def _head_pressed(self, event: Grid.HeadPressed) -> None:
        is_same = event.title == self._order
        self._sort_by(event.title, is_falling=is_same and not self._is_falling)

    def _sort_by(self, title: str, *, is_falling: bool = False) -> None:
        self._order, self._is_falling = title, is_falling
        self._arrange()

    def action_filter(self) -> None:
        field = self.query_one("#asset-filter", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#asset-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._letters = event.value.strip()
        self._arrange()
        self._show_line()

    @on(Input.Submitted, "#asset-filter")
    def _leave_filter(self) -> None:
        field = self.query_one("#asset-filter", Input)
        field.display = bool(field.value)
        self.grid.focus()

    @property
    def can_clear(self) -> bool:
        field = self.query_one("#asset-filter", Input)
        return bool(self.marked or field.value or field.has_focus)

    def action_clear(self) -> None:
        """First the filter, then the marks."""
        field = self.query_one("#asset-filter", Input)
        if field.value or field.has_focus:
            field.value = ""
            self._leave_filter()
        else:
            self.marked.clear()
            self.grid.refresh()
        self._show_line()


_PANE_REST_S = 0.12
"""The cursor rests on a file for so long before its picture is asked for."""
_ELSEWHERE = NoPicture("this file is not on this machine")


class AssetPane(VerticalScroll, can_focus=False):
    """Shows one asset; picture and streams follow when they are known."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._asset: Asset | None = None
        self._wanted: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield PictureView(id="asset-picture")
        yield Steady(id="asset-facts")
        yield Steady(id="asset-streams")

    @property
    def view(self) -> PictureView:
        return self.query_one(PictureView)

    def show(self, asset: Asset | None, facts: Content) -> None:
        """Show another asset, or the same with other facts."""
        self._asset = asset
        self.query_one("#asset-facts", Steady).put(facts)
        self.fetch()

    def fetch(self) -> None:
        """Ask for what is not shown yet; call it again when the way of showing has changed."""
        asset = self._asset
        wanted = self._wish()
        if wanted == self._wanted or (wanted and not self.size.width):
            return
        is_other = wanted[:1] != self._wanted[:1]
        self._wanted = wanted
        is_on = host_of(self).pictures.are_on
        self.view.display = is_on and asset is not None
        if is_other or not is_on:
            self.view.show(None)
            self.query_one("#asset-streams", Steady).put(Content(""))
        if asset is not None:
            host_of(self).work(partial(self._fetch, asset, wanted), name="picture", group="picture")

    def on_resize(self) -> None:
        self.fetch()

    def _wish(self) -> tuple[object, ...]:
        """What picture and streams depend on; empty without a file."""
        asset = self._asset
        if asset is None:
            return ()
        mode = host_of(self).pictures.modes.mode
        return (asset.id, asset.path, asset.size, asset.state.is_over, mode, self.size.width)

    async def _fetch(self, asset: Asset, wanted: tuple[object, ...]) -> None:
        await asyncio.sleep(_PANE_REST_S)
        pictures = host_of(self).pictures
        if pictures.are_on:
            drawn = await self._drawn(asset)
            if self._wanted == wanted and self.is_attached:
                self.view.show(drawn)
        if asset.path is None or asset.kind == "image":
            return
        facts = await pictures.gallery.facts(asset.path)
        if self._wanted == wanted and self.is_attached:
            known = {"Frames"} if asset.fps else set[str]()
            shown = [fact_line(*fact) for fact in facts if fact[0] not in known]
            self.query_one("#asset-streams", Steady).put(Content("\n").join(shown))

    async def _drawn(self, asset: Asset) -> Drawn:
        if asset.path is None:
            return _ELSEWHERE
        return await host_of(self).pictures.gallery.picture(asset.path, asset.kind, self.view.box)
