"""The second screen: the files of the project, where each of them stands, and one of them in detail."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base import programs
from vbtui.base.errors import UsageError
from vbtui.base.keys import key_name
from vbtui.base.text import clean_line
from vbtui.engine import Engine
from vbtui.journal.records import Asset, AssetState
from vbtui.media.library import Library
from vbtui.session.events import AssetChanged, AssetRemoved, DraftChanged, Event, SessionOpened
from vbtui.timeline.edits import File, add_files, replace_file
from vbtui.timeline.model import Placed, Timeline
from vbtui.ui.kit import words
from vbtui.ui.kit.edit_line import EditLine, SayingScreen
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.host import SENT, timeline_of
from vbtui.ui.kit.widgets import Steady
from vbtui.ui.media import asset as cells
from vbtui.ui.media.asset import ORDERS, POSSIBLE, AssetPane, Uses, ordered, uses_of

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

_CURSOR_REST_S = 0.04
"""The cursor rests for so long before the details of its file are shown."""
_ORDER = "media.order"
"""Under which the order is remembered."""
_LONGEST_NAME = 200
"""Characters in a question."""
_REST_S = 0.3
"""Changes that come so soon after each other are looked at together."""


class MediaScreen(SayingScreen, tab="media"):
    """A table; beside it, where there is room, the details of one file."""

    AUTO_FOCUS = "#assets"
    HELP = "Every file of this project: what it is and where it stands on its way to the backend."

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[int] = set()
        """Ids of files."""
        self.uses: Uses = {}
        self._is_learning = False
        self._possible: dict[str, bool] = {}
        """By the names of actions; asked at every key, and so found out only when it may change."""
        self._order = ""
        self._is_falling = False
        self._resting: Timer | None = None

    def on_mount(self) -> None:
        match self.host.remembered.get(_ORDER):
            case [title, bool(is_falling)] if title in ORDERS:
                self._order, self._is_falling = title, is_falling

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="asset-list"):
                yield Static(EMPTY, id="no-assets", classes="empty")
                yield Grid[Asset](
                    self._columns(),
                    lambda asset: asset.id,
                    is_marked=lambda asset: asset.id in self.marked,
                    text_of=cells.names_of,
                    id="assets",
                )
                yield Steady(id="asset-here")
                yield Steady(id="asset-line")
                yield EditLine()
            yield AssetPane(id="asset-pane", classes="detail")

    def _columns(self) -> list[Column[Asset]]:
        return [
            Column("Name", 22, cells.name_cell, elastic=2, keeps_end=True),
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

    @property
    def grid(self) -> Grid[Asset]:
        return self.query_one("#assets", Grid)

    @property
    def assets(self) -> Sequence[Asset]:
        return self.engine.library.assets if self.engine else ()

    @property
    def timeline(self) -> Timeline | None:
        return timeline_of(self.engine)

    @property
    def targets(self) -> list[Asset]:
        """What a key acts on."""
        if self.marked:
            return [asset for asset in self.assets if asset.id in self.marked]
        return [self.grid.current] if self.grid.current else []

    # -- what the engine says -----------------------------------------------------------------

    async def files_here(self) -> list[Path]:
        return [asset.path for asset in self.targets if asset.path is not None]

    async def sync(self) -> None:
        assets = self.assets
        self.marked &= {asset.id for asset in assets} if self.marked else set()
        self._arrange()
        self.query_one("#no-assets").display = not assets
        self.grid.display = bool(assets)
        self._show_line()
        self._show_current()
        self._learn_uses()

    def _arrange(self) -> None:
        """The rows in the order that was chosen."""
        used = {asset_id: len(uses) for asset_id, uses in self.uses.items()}
        self.grid.mark_order(self._order, is_falling=self._is_falling)
        self.grid.show(ordered(self.assets, self._order, is_falling=self._is_falling, used=used))

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

    def _show_line(self) -> None:
        assets = self.assets
        parts = [words.plural(len(assets), "file")]
        if self.marked:
            parts.append(f"{len(self.marked)} marked")
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
            self._resting = self.set_timer(_CURSOR_REST_S, self._show_current)
        else:
            self._resting.reset()

    def _show_current(self) -> None:
        self._resting = None
        asset = self.grid.current
        now, uses = self.host.now(), self._uses_of(asset)
        facts = cells.facts_of(asset, now, uses) if asset else ()
        self.query_one(AssetPane).show(asset, facts)
        here = cells.state_in_full(asset, now, uses) if asset else Content("")
        self.query_one("#asset-here", Steady).put(here)
        self.bindings_may_have_changed()

    def _uses_of(self, asset: Asset | None) -> Sequence[Placed] | None:
        return self.uses.get(asset.id, ()) if asset and self.timeline else None

    def on_picture_mode_changed(self) -> None:
        self.query_one(AssetPane).fetch()

    # -- where files are used -----------------------------------------------------------------

    def _learn_uses(self) -> None:
        """Find out where on the timeline each file is, in a thread; then show it."""
        if self._is_learning or not (self.timeline or self.uses):
            return
        self._is_learning = True

        async def learn() -> None:
            try:
                await asyncio.sleep(_REST_S)
                self._is_learning = False
                self.uses = await asyncio.to_thread(uses_of, self.timeline, self.assets)
            finally:
                self._is_learning = False
            if not self.is_attached:
                return
            if self._order == "Used":
                self._arrange()
            else:
                self.grid.refresh()
            self._show_current()

        self.host.work(learn, name="uses", group="uses", exclusive=False)

    # -- which keys work ----------------------------------------------------------------------

    def bindings_may_have_changed(self) -> None:
        """Find out which keys work now, and draw the footer anew where that is another one."""
        targets = self.targets
        possible = {name: any(map(can, targets)) for name, can in POSSIBLE.items()}
        possible |= {"order": bool(self.assets), "forget": self.grid.current is not None}
        possible["clear"] = bool(self.marked)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("copy_path", "mark", "play", "label", "rename", "replace"):
            action = "forget"
        elif action in ("pause", "turn_order", "mark_all"):
            action = "order"
        return self._possible.get(action, True)

    # -- marks, order -------------------------------------------------------------------------

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
        self.host.remembered.put(_ORDER, [title, is_falling])
        self._arrange()

    def action_clear(self) -> None:
        self.marked.clear()
        self.grid.refresh()
        self._show_line()

    # -- uploads ------------------------------------------------------------------------------

    def action_retry(self) -> None:
        self._do("retry", Library.retry)

    def action_skip(self) -> None:
        self._do("skip", Library.skip)

    def action_force(self) -> None:
        self._do("force", Library.force)

    def _do(self, name: str, verb: Callable[[Library, int], Awaitable[object]]) -> None:
        """Do it to each target that it can be done to; the marks stay."""
        ids = [asset.id for asset in self.targets if POSSIBLE[name](asset)]

        async def do(engine: Engine) -> None:
            for asset_id in ids:
                await verb(engine.library, asset_id)

        self.host.do(name, do)

    def action_forget(self) -> None:
        """Asks first where several go, or one that is on the timeline or on its way."""
        targets = self.targets
        is_small = len(targets) == 1 and targets[0].state.is_over
        if is_small and targets[0].id not in self.uses:
            self._forget(targets)
            return
        used = sum(asset.id in self.uses for asset in targets)
        is_one = len(targets) == 1
        name = targets[0].shown[:_LONGEST_NAME] if is_one else words.plural(len(targets), "file")
        stays = "It stays on disk." if is_one else "They stay on disk."
        if used:
            which = "It is" if is_one else f"{used} of them {'is' if used == 1 else 'are'}"
            stays += f" {which} on the timeline, which stays as it is."
        self.host.confirm(f"Remove {name}?", stays, "Remove", lambda: self._forget(targets))

    def _forget(self, targets: Sequence[Asset]) -> None:
        self.marked -= {asset.id for asset in targets}

        async def forget(engine: Engine) -> None:
            for asset in targets:
                await engine.library.forget(asset.id)

        self.host.do("remove", forget)

    def action_pause(self) -> None:
        if self.engine:
            library = self.engine.library
            if library.paused:
                library.resume()
            else:
                library.pause()
            self.host.call_next(self.host.resync)

    # -- the timeline -------------------------------------------------------------------------

    def action_use(self) -> None:
        """The sentence that puts the files on the timeline."""
        ready = [asset for asset in self.targets if asset.state is AssetState.DONE]
        clips = [_file(asset) for asset in ready if asset.kind != "audio"]
        sounds = [_file(asset) for asset in ready if asset.kind == "audio"]
        self.propose(add_files(clips, sounds))

    def action_replace(self) -> None:
        """Choose another file; the sentence follows."""
        from vbtui.ui.dialogs.find import choose_asset, usable_assets

        asset = self.grid.current
        if asset is None:
            return
        others = [one for one in usable_assets(self.engine) if one.id != asset.id]
        others = [one for one in others if (one.kind == "audio") is (asset.kind == "audio")]
        if self.timeline is None or (self.uses and asset.id not in self.uses):
            hint = f"Press {key_name('media.use')} to add it."
            self.edit_line.refuse(UsageError("This file is not on the timeline.", hint=hint))
        elif not others:
            hint = f"Upload one first with {key_name('media.add')}."
            self.edit_line.refuse(UsageError("There is no other file of its kind.", hint=hint))
        else:
            self.app.push_screen(
                choose_asset(f"Replace {asset.shown} by", others),
                lambda by: self._replace(asset, by),
            )

    def _replace(self, asset: Asset, by: Asset | None) -> None:
        if by is None:
            return
        try:
            self.propose([replace_file(_file(asset), _file(by))])
        except UsageError as error:
            self.edit_line.refuse(error)

    def on_edit_line_closed(self) -> None:
        self.grid.focus()

    # -- one file -----------------------------------------------------------------------------

    def action_label(self) -> None:
        """Say what the file is called here."""
        from vbtui.ui.dialogs.dialog import LabelScreen

        if asset := self.grid.current:
            self.app.push_screen(LabelScreen(asset), lambda label: self._label(asset, label))

    def _label(self, asset: Asset, label: str | None) -> None:
        if label is not None:
            self.host.do("label", lambda engine: engine.library.rename(asset.id, label))

    def action_rename(self) -> None:
        """Labels of many in the user's own editor: of those that are marked, else of all that are shown."""
        assets = self.targets if self.marked else list(self.grid.rows)
        before = [clean_line(asset.shown) for asset in assets]
        edited = self.host.edit_outside("\n".join(before) + "\n", ".txt")
        if edited is None:
            return
        after = [line.strip() for line in edited.rstrip("\n").split("\n")]
        if len(after) != len(before):
            problem = (
                f"There are {len(after)} lines in place of {words.plural(len(before), 'name')}."
            )
            self.edit_line.refuse(
                UsageError(problem, hint="Nothing is renamed: keep one line a file.")
            )
            return
        renamed = [
            (asset, "" if new == asset.name else new)
            for asset, old, new in zip(assets, before, after, strict=True)
            if new != old
        ]

        async def label(engine: Engine) -> None:
            for asset, name in renamed:
                await engine.library.rename(asset.id, name)

        if renamed:
            self.host.do("label", label)

    def action_play(self) -> None:
        """In the desktop's own program; where there is none, say where the file is."""
        asset = self.grid.current
        if asset is None:
            return
        if asset.path is None:
            self.edit_line.refuse(UsageError("This file is not on this machine."))
        elif not asset.path.is_file():
            self.edit_line.refuse(UsageError("The file is not there any more."))
        elif not programs.has_desktop(os.environ) or not programs.open_on_desktop(asset.path):
            self.host.copy_to_clipboard(str(asset.path))
            place = clean_line(str(asset.path))
            self.host.say(f"{place}\n({SENT})", title="There is no program here that can play it")
        else:
            self.edit_line.say(Content.styled("▸ opened in another program", "$foreground-muted"))

    async def on_grid_opened(self) -> None:
        self.action_play()

    def action_copy_path(self) -> None:
        places = [str(asset.path or asset.url) for asset in self.targets]
        self.host.copy("\n".join(places), "The path" if len(places) == 1 else "The paths")


def _file(asset: Asset) -> File:
    return File.called(asset.name, asset.label)
