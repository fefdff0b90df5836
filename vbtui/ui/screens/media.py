"""The second screen: the files of the project and where each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from vbtui.engine.events import AssetChanged, AssetRemoved, Event
from vbtui.engine.model import Asset, AssetState
from vbtui.text import clean_line, format_bytes
from vbtui.ui import keys, style_files, words
from vbtui.ui.screens.base import MainScreen
from vbtui.ui.widgets.asset_pane import AssetPane
from vbtui.ui.widgets.grid import Column, Grid, plain

EMPTY = Content.assemble(
    ("No files yet.\n\n", "bold"),
    ("u", "$text-accent bold"),
    " picks files. You can also drop or paste them into the prompt (",
    ("F2", "$text-accent bold"),
    "),\nor start vbtui with ",
    ("--watch DIR", "bold"),
    ": what lands in that folder is uploaded by itself.\n\n",
    ("mp4 mov avi webm mkv · jpg png gif webp · mp3 wav m4a aac\n", "$foreground-muted"),
    ("Up to 500 MB each; MP4, MOV, JPG and PNG work best.", "$foreground-muted"),
)


class MediaScreen(MainScreen):
    """A table with a filter; beside it, where there is room, the details of one file."""

    TAB = "media"
    CSS_PATH = style_files.sheet("media")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("media"))
    AUTO_FOCUS = "#assets"
    HELP = "Every file of this project: what it is and where it stands on its way to the backend."

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="asset-list"):
                yield Static(EMPTY, id="no-assets", classes="empty")
                yield Grid[Asset](self._columns(), lambda asset: asset.id, id="assets")
                yield Static(id="asset-here")
                yield Static(id="asset-line")
                yield Input(placeholder="Filter by name", id="asset-filter", compact=True)
            yield AssetPane(id="asset-pane", classes="detail")

    def _columns(self) -> list[Column[Asset]]:
        return [
            Column("Name", 22, lambda asset: plain(asset.name), elastic=2),
            Column("Kind", 5, lambda asset: plain(asset.kind or "?", "$foreground-muted"), rank=3),
            Column("Length", 7, _length, rank=2, is_number=True),
            Column("Size", 8, _size, rank=4, is_number=True),
            Column("Picture", 9, _picture, rank=5, is_number=True),
            Column("Source", 10, _source, rank=6),
            Column("State", 26, self._state, elastic=3),
        ]

    def _state(self, asset: Asset) -> Content:
        return state_cell(asset, self.host.now())

    @property
    def grid(self) -> Grid[Asset]:
        return self.query_one("#assets", Grid)

    # -- what the engine says -----------------------------------------------------------------

    async def sync(self) -> None:
        assets = self.engine.library.assets if self.engine else ()
        found = [asset for asset in assets if self._words in asset.name.casefold()]
        self.grid.show(found)
        self.query_one("#no-assets").display = not assets
        self.grid.display = bool(assets)
        self._show_line()

    async def take(self, events: Sequence[Event]) -> None:
        must_sync = any(isinstance(event, AssetRemoved) for event in events)
        for event in events:
            if isinstance(event, AssetChanged) and not must_sync:
                must_sync = not self.grid.update_row(event.asset)
        if must_sync:
            await self.sync()
        else:
            self._show_line()

    def _show_line(self) -> None:
        library = self.engine.library if self.engine else None
        assets = library.assets if library else ()
        shown = len(self.grid.rows)
        parts = [words.plural(len(assets), "file")]
        if self._words:
            parts.append(f"{shown} shown")
        failed = sum(asset.state is AssetState.FAILED for asset in assets)
        if failed:
            parts.append(f"{failed} failed")
        if library is not None and library.paused:
            parts.append("uploads are paused")
        line = self.query_one("#asset-line", Static)
        line.display = bool(assets)
        line.update(Content.styled(" · ".join(parts), "$foreground-muted"))
        self.refresh_bindings()

    @on(Grid.Moved, "#assets")
    def _moved(self) -> None:
        asset = self.grid.current
        facts = facts_of(asset, self.host.now()) if asset else Content("")
        self.query_one(AssetPane).show(asset, facts)
        here = state_in_full(asset, self.host.now()) if asset else Content("")
        self.query_one("#asset-here", Static).update(here)
        self.refresh_bindings()

    def on_picture_mode_changed(self) -> None:
        self.query_one(AssetPane).fetch()

    # -- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        asset = self.grid.current if self.is_mounted else None
        match action:
            case "retry":
                return bool(asset and asset.state in (AssetState.FAILED, AssetState.SKIPPED))
            case "skip":
                return bool(asset and not asset.state.is_over) or bool(
                    asset and asset.state is AssetState.FAILED
                )
            case "force":
                waits = (AssetState.SEEN, AssetState.SETTLING)
                return bool(asset and asset.state in waits)
            case "forget" | "copy_path":
                return asset is not None
            case "filter" | "pause":
                return bool(self.engine and self.engine.library.assets)
        return True

    def action_retry(self) -> None:
        if asset := self.grid.current:
            self.host.do("retry", lambda engine: engine.library.retry(asset.id))

    def action_skip(self) -> None:
        if asset := self.grid.current:
            self.host.do("skip", lambda engine: engine.library.skip(asset.id))

    def action_force(self) -> None:
        if asset := self.grid.current:
            self.host.do("take now", lambda engine: engine.library.force(asset.id))

    def action_forget(self) -> None:
        if asset := self.grid.current:
            self.host.do("forget", lambda engine: engine.library.forget(asset.id))

    def action_copy_path(self) -> None:
        if asset := self.grid.current:
            self.host.copy(str(asset.path or asset.url), "The path is")

    def action_pause(self) -> None:
        if self.engine:
            library = self.engine.library
            if library.paused:
                library.resume()
            else:
                library.pause()
            self._show_line()

    def action_filter(self) -> None:
        field = self.query_one("#asset-filter", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#asset-filter")
    async def _filter_changed(self, event: Input.Changed) -> None:
        self._words = event.value.strip().casefold()
        await self.sync()

    @on(Input.Submitted, "#asset-filter")
    def _filter_done(self) -> None:
        self._leave_filter()

    def _leave_filter(self) -> None:
        field = self.query_one("#asset-filter", Input)
        field.display = bool(field.value)
        self.grid.focus()

    def key_escape(self) -> None:
        field = self.query_one("#asset-filter", Input)
        if field.value or field.has_focus:
            field.value = ""
            self._leave_filter()


def _length(asset: Asset) -> Content:
    if not asset.duration_s:
        return Content("")
    return plain(words.clock_text(round(asset.duration_s * 1000)))


def _size(asset: Asset) -> Content:
    return plain(format_bytes(asset.size)) if asset.size else Content("")


def _picture(asset: Asset) -> Content:
    if not (asset.width and asset.height):
        return Content("")
    return plain(f"{asset.width}x{asset.height}", "$foreground-muted")


def _source(asset: Asset) -> Content:
    return plain(words.SOURCES.get(asset.source, asset.source), "$foreground-muted")


def state_cell(asset: Asset, now: float) -> Content:
    """Symbol, word, and while it is uploading a bar."""
    look = words.ASSETS[asset.state]
    text = words.asset_state(asset, now)
    if asset.state is AssetState.UPLOADING:
        text = f"{words.bar(words.asset_progress(asset), 8)} {text.removeprefix(look.word + ' ')}"
    return Content.assemble((f"{look.symbol} ", look.style), (text, look.style))


def state_in_full(asset: Asset, now: float) -> Content:
    """One file's state and place in words, for narrow screens."""
    look = words.ASSETS[asset.state]
    place = clean_line(str(asset.path)) if asset.path else asset.url
    return Content.assemble(
        (f"{look.symbol} {words.asset_state(asset, now)}", look.style),
        ("\n" + place, "$foreground-muted"),
    )


def facts_of(asset: Asset, now: float) -> Content:
    """All that is known about one file, for the detail pane."""
    look = words.ASSETS[asset.state]
    facts = [
        ("Kind", asset.kind or "not known"),
        ("Length", words.clock_text(round(asset.duration_s * 1000), fraction=True))
        if asset.duration_s is not None
        else ("", ""),
        ("Picture", f"{asset.width} x {asset.height}") if asset.width else ("", ""),
        ("Frames", f"{asset.fps:g} a second") if asset.fps else ("", ""),
        ("Size", format_bytes(asset.size)) if asset.size else ("", ""),
        ("Source", words.SOURCES.get(asset.source, asset.source)),
        ("Path", clean_line(str(asset.path))) if asset.path else ("", ""),
        ("URL", asset.url) if asset.url and not asset.path else ("", ""),
    ]
    lines = [
        Content.styled(asset.name, "bold"),
        Content.styled(f"{look.symbol} {words.asset_state(asset, now)}", look.style),
        Content(""),
    ]
    lines += [
        Content.assemble((label.ljust(9), "$foreground-muted"), (text, ""))
        for label, text in facts
        if label
    ]
    return Content("\n").join(lines)
