"""The fourth screen: the queue of exports, and what is finished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import actions, events, on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.keys import of_scope
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import ExportOptions, Render
from vbtui.session.events import Event, Link, OverviewChanged, RenderChanged, RenderRemoved
from vbtui.ui.kit import words
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.screen import MainScreen
from vbtui.ui.kit.widgets import Facts
from vbtui.ui.renders import requests as render_requests
from vbtui.ui.renders import words as render_words
from vbtui.ui.renders.words import Around, state_cell, why_not

if TYPE_CHECKING:
    from vbtui.engine import Engine

TICK_S = 1.0
"""Times that are shown are told anew so often while an export is under way."""
_T = Translation
_NONE = _T("No exports yet.", "还没有导出。")
_HOW = _T(
    "{none}{renders.export} or {^app.export} saves the timeline as an MP4, {renders.formats} as Reels, square, preview "
    "and more. It lands in the folder where vbtui was started.",
    "{none}按 {renders.export} 或 {^app.export} 把时间线保存为 MP4，按 {renders.formats} 选择 Reels、方形、预览等格式。"
    "视频保存在启动 vbtui 的文件夹。",
)
_VIDEO, _STATE, _TOOK = _T("Video", "视频"), _T("State", "状态"), _T("Took", "用时")
_FORMAT, _VERSION, _FOLDER = _T("Format", "格式"), _T("Version", "版本"), _T("Folder", "文件夹")
_LOOKING = _T("Looking what this machine can make of it…", "正在查看这台电脑能制作其中哪些内容……")


class RendersScreen(MainScreen, tab="renders"):
    """A table of exports; beside it, where there is room, the details of one."""

    AUTO_FOCUS = "#renders"
    ABOUT = _T(
        "Every export of this backend. A project's are made one at a time, from the top down; what is over is below.",
        "这个后台的所有导出。同一项目的导出从上到下逐个制作；已结束的在下面。",
    )

    def __init__(self) -> None:
        super().__init__()
        self._highest: dict[str, float] = {}
        self._projects: dict[str, str] = {}
        self._refusal = self._refused = ""
        self._ticker: Timer | None = None

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical(id="render-list"):
                none = words.assembled(_HOW, none=(f"{_NONE.of()}\n\n", "bold"))
                yield Static(none, id="no-renders", classes="empty")
                yield Grid[Render](self._columns(), lambda render: render.id, id="renders")
                yield Static(id="render-here")
                yield Static(id="render-line")
            with VerticalScroll(classes="detail", can_focus=False):
                yield Facts(id="render-facts")

    def _columns(self) -> list[Column[Render]]:
        muted = "$foreground-muted"
        return [
            Column(
                _VIDEO.of(),
                18,
                lambda one: plain(render_words.name_of(one)),
                elastic=2,
                keeps_end=True,
            ),
            Column(_STATE.of(), 30, lambda one: state_cell(one, self._around(one)), elastic=2),
            Column(_TOOK.of(), 8, self._took, rank=2, is_number=True),
            Column(_FORMAT.of(), 10, lambda one: plain(render_words.format_of(one), muted), rank=3),
            Column(_VERSION.of(), 7, _version, rank=4, is_number=True),
            Column(_FOLDER.of(), 16, _folder, rank=5, elastic=2),
        ]

    def _took(self, render: Render) -> Content:
        if render.submitted_at is None:
            return Content("")
        return plain(words.render_elapsed(render, self.host.now()), "$foreground-muted")

    @property
    def grid(self) -> Grid[Render]:
        return self.query_one("#renders", Grid)

    def _around(self, render: Render) -> Around:
        engine = self.engine
        is_other = engine is None or render.session_id != _open_session(engine)
        return Around(
            now=self.host.now(),
            left=engine.exports.left(render) if engine else None,
            is_paused=bool(engine and engine.exports.paused),
            is_away=self.host.overview.link in (Link.OFFLINE, Link.REFUSED),
            project=self._projects.get(render.session_id, "") if is_other else "",
        )

    # -- what the engine says -----------------------------------------------------------------

    def on_mount(self) -> None:
        self._ticker = self.set_interval(TICK_S, self.tick, name="renders", pause=True)

    async def on_screen_suspend(self) -> None:
        if self._ticker is not None:
            self._ticker.pause()

    def _renders(self) -> list[Render]:
        """The exports in the order of the list, none with less progress than was shown before."""
        renders = self.engine.exports.renders if self.engine else ()
        known = {render.id for render in renders}
        self._highest = {name: share for name, share in self._highest.items() if name in known}
        return render_words.in_order([self._steady(render) for render in renders])

    def _steady(self, render: Render) -> Render:
        highest = max(self._highest.get(render.id, 0.0), render.progress)
        self._highest[render.id] = highest
        return render if highest == render.progress else replace(render, progress=highest)

    async def sync(self) -> None:
        renders = self._renders()
        await self._learn_projects(renders)
        before = self.grid.current
        self.grid.show(renders)
        if before is not None and self.engine is not None:
            again = self.engine.exports.latest(before.id)  # a retry goes on under another id
            if again is not None:
                self.grid.move_to(again.id)
        self.grid.display = bool(renders)
        self.query_one("#no-renders").display = not renders
        self._show_around()

    async def _learn_projects(self, renders: Sequence[Render]) -> None:
        """The names of the projects that exports of other projects belong to."""
        if self.engine is None:
            return
        known = {_open_session(self.engine), *self._projects}
        if any(render.session_id not in known for render in renders):
            self._projects = {one.id: one.name for one in await self.engine.sessions.list()}
            self._projects |= {one.session_id: "" for one in renders} | self._projects

    async def take(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, RenderRemoved | OverviewChanged) for event in events):
            await self.sync()
        elif any(isinstance(event, RenderChanged) for event in events):
            renders = self._renders()
            rows = self.grid.rows
            if [one.id for one in renders] == [one.id for one in rows]:
                self._update([new for new, old in zip(renders, rows, strict=True) if new != old])
            else:
                await self.sync()

    def _update(self, changed: Sequence[Render]) -> None:
        """Draw these anew, and those that wait behind them."""
        ids = {render.id for render in changed}
        behind = [one for one in self.grid.rows if not one.state.is_over and one.id not in ids]
        for render in (*changed, *behind):
            self.grid.update_row(render)
        self._show_around()

    def tick(self) -> None:
        """A second has passed: elapsed times, what is left, when it was last seen."""
        if self.is_mounted and any(map(render_words.is_live, self.grid.rows)):
            self._update(())
            self.refresh_frame()

    def _show_around(self) -> None:
        """The line below the table, the details, the keys; and whether time has to be told."""
        rows = self.grid.rows
        engine = self.engine
        text = render_words.queue_line(
            rows,
            is_paused=bool(engine and engine.exports.paused),
            left=engine.exports.all_left() if engine else None,
        )
        line = self.query_one("#render-line", Static)
        line.display = bool(rows or self._refusal)
        refusal = Content.styled(f"! {self._refusal}", "$text-warning bold")
        line.update(refusal if self._refusal else Content.styled(text, "$foreground-muted"))
        render = self.grid.current
        around = self._around(render) if render else Around(0)
        facts = render_words.facts_of(render, around) if render else ()
        short = render_words.in_short(render, around) if render else Content("")
        self.query_one("#render-facts", Facts).put(facts)
        here = self.query_one("#render-here", Static)
        here.update(short)
        here.set_class(render is None, "-empty")
        self.refresh_bindings()
        if self._ticker is not None:
            is_wanted = self.is_current and any(map(render_words.is_live, rows))
            (self._ticker.resume if is_wanted else self._ticker.pause)()

    @on(Grid.Moved, "#renders")
    def _moved(self) -> None:
        if self.grid.current is not None and self.grid.current.id != self._refused:
            self._refusal = ""
        self._show_around()

    # -- keys ---------------------------------------------------------------------------------

    def _why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        if not self.is_mounted:
            return ""
        return why_not(action, parameters, self.grid.current, self.engine)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self._why_not(action, parameters) else True

    def on_key(self, event: events.Key) -> None:
        """A key that does nothing now says why."""
        for key in of_scope("renders"):
            if event.key in key.keys.split(","):
                namespace, name, parameters = actions.parse(key.action)
                if not namespace:
                    self._refuse(self._why_not(name, parameters))

    def _refuse(self, reason: str) -> None:
        """Say `reason` until the cursor moves; empty: say nothing any more."""
        if reason != self._refusal:
            self._refusal = reason
            self._refused = self.grid.current.id if self.grid.current else ""
            self._show_around()

    async def on_grid_opened(self) -> None:
        await self.run_action("open")

    def _path(self) -> Path | None:
        render = self.grid.current
        return render.path if render else None

    async def files_here(self) -> list[Path]:
        path = self._path()
        return [path] if path is not None else []

    def action_open(self) -> None:
        if path := self._path():
            render_requests.open_video(self.host, path, path)

    def action_reveal(self) -> None:
        if path := self._path():
            render_requests.open_video(self.host, path.parent, path)

    def action_fetch(self) -> None:
        """The scp line that brings the video to the user's own machine."""
        if path := self._path():
            render_requests.show_fetch(self.host, path)

    def action_copy_path(self) -> None:
        if path := self._path():
            self.host.copy(str(path), words.PATH)

    def action_cancel(self) -> None:
        if render := self.grid.current:
            self.host.do("cancel", lambda engine: engine.exports.cancel(render.id))

    def action_retry(self) -> None:
        if render := self.grid.current:
            self.host.do("retry", lambda engine: engine.exports.retry(render.id))

    def action_remove(self) -> None:
        if render := self.grid.current:
            self.host.do("remove", lambda engine: engine.exports.remove(render.id))

    def action_move(self, by: int) -> None:
        if render := self.grid.current:
            self.host.do("move", lambda engine: engine.exports.move(render.id, by))

    def action_pause(self) -> None:
        async def turn(engine: Engine) -> None:
            exports = engine.exports
            await (exports.resume() if exports.paused else exports.pause())

        self.host.do("pause", turn, then=self.sync)

    def action_formats(self) -> None:
        """Export the timeline in formats that are chosen in a dialog."""

        async def ask(engine: Engine) -> None:
            base = ExportOptions(quality=engine.settings.exports.quality)
            await render_requests.ask_formats(self.host, engine, base, None)

        self.host.do("formats", ask)

    def action_duplicate(self) -> None:
        """Export the same version in formats that are chosen in a dialog."""
        if render := self.grid.current:
            base = replace(render.options, destination=None, overwrite=False)
            self.host.do(
                "formats",
                lambda engine: render_requests.ask_formats(self.host, engine, base, render),
            )

    def action_here(self) -> None:
        if render := self.grid.current:
            self.host.say(_LOOKING.of())
            self.host.do(
                "render here",
                lambda engine: render_requests.render_here(self.host, engine, render),
                exclusive=True,
            )


def _open_session(engine: Engine) -> str:
    session = engine.sessions.current
    return session.id if session else ""


def _folder(render: Render) -> Content:
    path = render.path or render.options.destination
    return plain(clean_line(str(path.parent)) if path else "", "$foreground-muted")


def _version(render: Render) -> Content:
    return plain(f"{render.draft_version}" if render.draft_version else "", "$foreground-muted")
