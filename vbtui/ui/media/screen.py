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
from vbtui.base.text import clean_line
from vbtui.base.translation import Counted, Translation
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

_T = Translation
_NONE = _T("No files yet.", "还没有文件。")
_WAYS_IN = _T(
    "{none}{media.add} picks files. You can also drop or paste them into the prompt ({app.chat}),\n"
    "or start vbtui with {watch}: what lands in that folder is uploaded by itself.\n\n{accepted}",
    "{none}按 {media.add} 选择文件。也可以把文件拖放或粘贴到输入框（{app.chat}），\n"
    "或用 {watch} 启动 vbtui：放入该文件夹的文件会自动上传。\n\n{accepted}",
)
_NAME, _KIND, _LENGTH, _SIZE = (
    _T("Name", "名称"),
    _T("Kind", "类型"),
    _T("Length", "时长"),
    _T("Size", "大小"),
)
_PICTURE, _SOURCE, _USED, _STATE = (
    _T("Picture", "画面"),
    _T("Source", "来源"),
    _T("Used", "使用"),
    _T("State", "状态"),
)
_MARKED, _FAILED = _T("{count} marked", "已标记 {count} 个"), _T("{count} failed", "{count} 个失败")
_PAUSED = _T("uploads are paused", "上传已暂停")
_REMOVE_ASKED, _REMOVE = _T("Remove {name}?", "移除 {name}？"), _T("Remove", "移除")
_STAYS = Counted("It stays on disk.", "They stay on disk.", "文件保留在磁盘上。")
_IS_USED = _T(
    "It stays on disk. It is on the timeline, which stays as it is.",
    "文件保留在磁盘上。它在时间线上，时间线不变。",
)
_SOME_USED = Counted(
    "They stay on disk. {count} of them is on the timeline, which stays as it is.",
    "They stay on disk. {count} of them are on the timeline, which stays as it is.",
    "文件保留在磁盘上。其中 {count} 个在时间线上，时间线不变。",
)
_NOT_USED = _T("This file is not on the timeline.", "这个文件不在时间线上。")
_TO_ADD = _T("Press {media.use} to add it.", "按 {media.use} 加入。")
_NO_OTHER = _T("There is no other file of its kind.", "没有同类的其他文件。")
_UPLOAD_FIRST = _T("Upload one first with {media.add}.", "请先按 {media.add} 上传一个。")
_REPLACE_BY = _T("Replace {name} by", "用哪个文件替换 {name}")
_LINES = Counted(
    "There are {lines} lines in place of {count} name.",
    "There are {lines} lines in place of {count} names.",
    "应有 {count} 个名称，却有 {lines} 行。",
)
_NOT_RENAMED = _T("Nothing is renamed: keep one line a file.", "没有改名：请保持每个文件一行。")
_ELSEWHERE = _T("This file is not on this machine.", "这个文件不在这台电脑上。")
_GONE = _T("The file is not there any more.", "文件已不在原处。")
_NO_PLAYER = _T("There is no program here that can play it", "这里没有能播放它的程序")
_OPENED = _T("▸ opened in another program", "▸ 已用其他程序打开")


def _empty() -> Content:
    return words.assembled(
        _WAYS_IN,
        none=(f"{_NONE.of()}\n\n", "bold"),
        watch=("--watch DIR", "bold"),
        accepted=(words.ACCEPTED.of(), "$foreground-muted"),
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
    ABOUT = _T(
        "Every file of this project: what it is and where it stands on its way to the backend.",
        "这个项目的所有文件：是什么，以及上传到后台的进展。",
    )

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
            case [name, bool(is_falling)] if name in ORDERS:
                self._order, self._is_falling = name, is_falling

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="asset-list"):
                yield Static(_empty(), id="no-assets", classes="empty")
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
            Column(_NAME.of(), 22, cells.name_cell, elastic=2, keeps_end=True, name="Name"),
            Column(_KIND.of(), 6, cells.kind_cell, rank=3, name="Kind"),
            Column(_LENGTH.of(), 8, cells.length_cell, rank=2, is_number=True, name="Length"),
            Column(_SIZE.of(), 8, cells.size_cell, rank=4, is_number=True, name="Size"),
            Column(_PICTURE.of(), 9, cells.picture_cell, rank=6, is_number=True, name="Picture"),
            Column(_SOURCE.of(), 10, cells.source_cell, rank=7, name="Source"),
            Column(_USED.of(), 6, self._used, rank=5, is_number=True, name="Used"),
            Column(
                _STATE.of(),
                24,
                lambda one: cells.state_cell(one, self.host.now()),
                elastic=3,
                name="State",
            ),
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
        parts = [words.FILES.of(len(assets))]
        if self.marked:
            parts.append(_MARKED.of(count=len(self.marked)))
        failed = sum(asset.state is AssetState.FAILED for asset in assets)
        if failed:
            parts.append(_FAILED.of(count=failed))
        if self.engine is not None and self.engine.library.paused:
            parts.append(_PAUSED.of())
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
        is_same = event.name == self._order
        self._sort_by(event.name, is_falling=is_same and not self._is_falling)

    def _sort_by(self, name: str, *, is_falling: bool = False) -> None:
        self._order, self._is_falling = name, is_falling
        self.host.remembered.put(_ORDER, [name, is_falling])
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
        name = targets[0].shown[:_LONGEST_NAME] if is_one else words.FILES.of(len(targets))
        if used:
            stays = _IS_USED.of() if is_one else _SOME_USED.of(used)
        else:
            stays = _STAYS.of(len(targets))
        asked = _REMOVE_ASKED.of(name=name)
        self.host.confirm(asked, stays, _REMOVE.of(), lambda: self._forget(targets))

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
        apart = ("audio", "subtitles", "lut")
        others = [
            one
            for one in others
            if one.kind == asset.kind or not {one.kind, asset.kind}.intersection(apart)
        ]
        if self.timeline is None or (self.uses and asset.id not in self.uses):
            self.edit_line.refuse(UsageError(_NOT_USED, hint=_TO_ADD))
        elif not others:
            self.edit_line.refuse(UsageError(_NO_OTHER, hint=_UPLOAD_FIRST))
        else:
            self.app.push_screen(
                choose_asset(_REPLACE_BY.of(name=asset.shown), others),
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
            problem = _LINES.of(len(before), lines=len(after))
            self.edit_line.refuse(UsageError(problem, hint=_NOT_RENAMED))
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
            self.edit_line.refuse(UsageError(_ELSEWHERE))
        elif not asset.path.is_file():
            self.edit_line.refuse(UsageError(_GONE))
        elif not programs.has_desktop(os.environ) or not programs.open_on_desktop(asset.path):
            self.host.copy_to_clipboard(str(asset.path))
            place = clean_line(str(asset.path))
            self.host.say(f"{place}\n({SENT.of()})", title=_NO_PLAYER.of())
        else:
            self.edit_line.say(Content.styled(_OPENED.of(), "$foreground-muted"))

    async def on_grid_opened(self) -> None:
        self.action_play()

    def action_copy_path(self) -> None:
        places = [str(asset.path or asset.url) for asset in self.targets]
        self.host.copy("\n".join(places), words.PATH if len(places) == 1 else words.PATHS)


def _file(asset: Asset) -> File:
    return File.called(asset.name, asset.label)
