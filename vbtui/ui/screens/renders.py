"""The fourth screen: exports, under way and finished."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vbtui.engine.events import Event, RenderChanged, RenderRemoved
from vbtui.engine.model import Render, RenderState
from vbtui.text import clean_line, format_bytes
from vbtui.ui import keys, opener, style_files, words
from vbtui.ui.screens.base import MainScreen
from vbtui.ui.widgets.grid import Column, Grid, plain
from vbtui.ui.widgets.turn import problem_card

EMPTY = Content.assemble(
    ("No exports yet.\n\n", "bold"),
    ("e", "$text-accent bold"),
    " or ",
    ("^s", "$text-accent bold"),
    " saves the timeline as an MP4. It lands in the folder where vbtui was started.",
)


class RendersScreen(MainScreen):
    """A table of exports; beside it, where there is room, the details of one."""

    TAB = "renders"
    CSS_PATH = style_files.sheet("renders")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("renders"))
    AUTO_FOCUS = "#renders"
    HELP = "Every export of this project. One is rendered at a time; the others wait their turn."

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            with Vertical():
                yield Static(EMPTY, id="no-renders", classes="empty")
                yield Grid[Render](self._columns(), lambda render: render.id, id="renders")
            with VerticalScroll(classes="detail", can_focus=False):
                yield Static(id="render-facts")

    def _columns(self) -> list[Column[Render]]:
        return [
            Column("Video", 18, _name, elastic=2),
            Column("State", 26, self._state, elastic=1),
            Column("Took", 7, self._took, rank=2, is_number=True),
            Column(
                "Quality", 7, lambda one: plain(one.options.quality, "$foreground-muted"), rank=4
            ),
            Column("Version", 7, _version, rank=5, is_number=True),
            Column("Folder", 10, _folder, rank=3, elastic=2),
        ]

    def _state(self, render: Render) -> Content:
        return state_cell(render, self.host.now())

    def _took(self, render: Render) -> Content:
        return plain(words.render_elapsed(render, self.host.now()), "$foreground-muted")

    @property
    def grid(self) -> Grid[Render]:
        return self.query_one("#renders", Grid)

    # -- what the engine says -----------------------------------------------------------------

    async def sync(self) -> None:
        renders = self.engine.exports.renders if self.engine else ()
        newest_first = sorted(renders, key=lambda one: (one.position, one.created_at), reverse=True)
        self.grid.show(newest_first)
        self.grid.display = bool(renders)
        self.query_one("#no-renders").display = not renders

    async def take(self, events: Sequence[Event]) -> None:
        must_sync = any(isinstance(event, RenderRemoved) for event in events)
        for event in events:
            if isinstance(event, RenderChanged) and not must_sync:
                must_sync = not self.grid.update_row(event.render)
        if must_sync:
            await self.sync()

    @on(Grid.Moved, "#renders")
    def _moved(self) -> None:
        render = self.grid.current
        facts = facts_of(render, self.host.now()) if render else Content("")
        self.query_one("#render-facts", Static).update(facts)
        self.refresh_bindings()

    # -- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        render = self.grid.current if self.is_mounted else None
        match action:
            case "open" | "reveal" | "copy_path":
                return bool(render and render.path and render.state is RenderState.DONE)
            case "cancel":
                return bool(render and not render.state.is_over)
            case "retry":
                return bool(render and render.state in (RenderState.FAILED, RenderState.CANCELLED))
            case "remove":
                return bool(render and render.state.is_over)
        return True

    def _path(self) -> Path | None:
        render = self.grid.current
        return render.path if render else None

    def action_open(self) -> None:
        if path := self._path():
            self._open(path, path)

    def action_reveal(self) -> None:
        if path := self._path():
            self._open(path.parent, path)

    def _open(self, what: Path, video: Path) -> None:
        """Open it with the desktop; where there is none, show how to fetch the video."""
        if not opener.has_desktop(os.environ):
            command = opener.fetch_command(video, os.environ)
            self.host.copy_to_clipboard(command)
            self.host.say(f"Run there (copied):\n{command}", title="The video is on this machine")
        elif not opener.open_path(what):
            self.host.say(str(video), title="Nothing here can open it")

    def action_copy_path(self) -> None:
        if path := self._path():
            self.host.copy(str(path), "The path is")

    def action_cancel(self) -> None:
        if render := self.grid.current:
            self.host.do("cancel", lambda engine: engine.exports.cancel(render.id))

    def action_retry(self) -> None:
        if render := self.grid.current:
            self.host.do("retry", lambda engine: engine.exports.retry(render.id))

    def action_remove(self) -> None:
        if render := self.grid.current:
            self.host.do("remove", lambda engine: engine.exports.remove(render.id))


def _name(render: Render) -> Content:
    path = render.path or render.options.destination
    return plain(clean_line(path.name if path else render.title) or "video")


def _folder(render: Render) -> Content:
    path = render.path or render.options.destination
    return plain(clean_line(str(path.parent)) if path else "", "$foreground-muted")


def _version(render: Render) -> Content:
    return plain(f"{render.draft_version}" if render.draft_version else "", "$foreground-muted")


def state_cell(render: Render, now: float) -> Content:
    """Symbol, bar and what is left; or symbol, word and reason."""
    look = words.RENDERS[render.state]
    text = look.word
    if render.state is RenderState.PROCESSING:
        eta = words.render_eta(render, now)
        text = f"{words.bar(render.progress, 10)} {render.progress:.0f}%" + (
            f" · {eta}" if eta else ""
        )
    elif render.state is RenderState.DOWNLOADING and render.size:
        share = 100 * render.received / render.size
        text = f"{words.bar(share, 10)} {share:.0f}% fetching"
    elif render.problem is not None:
        text = f"{look.word}: {clean_line(render.problem.message)}"
    return Content.assemble((f"{look.symbol} ", look.style), (text, look.style))


def facts_of(render: Render, now: float) -> Content:
    """All that is known about one export, for the detail pane."""
    facts = [
        ("Quality", render.options.quality),
        ("Timeline", f"version {render.draft_version}" if render.draft_version else "not known"),
        ("Took", words.render_elapsed(render, now)),
        ("Attempt", str(render.attempt) if render.attempt > 1 else ""),
        ("Size", format_bytes(render.size) if render.size else ""),
        ("Path", str(render.path or "")),
    ]
    lines = [
        Content.styled(_name(render).plain, "bold"),
        state_cell(render, now),
        Content(""),
    ]
    lines += [
        Content.assemble((label.ljust(9), "$foreground-muted"), (clean_line(text), ""))
        for label, text in facts
        if text
    ]
    if render.problem is not None:
        lines += [Content(""), problem_card(render.problem)]
    return Content("\n").join(lines)
