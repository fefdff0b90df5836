"""What all main screens have in common, and all dialogs: their frame – header, tabs, keys –, their style sheets, the
sizes that layouts are made for, as classes of the screen, and that they are made before they are asked for.

Textual's own breakpoints are set when a screen is resized, not when it is first shown. Style sheets are in
`styles/`, beside the package in a checkout, inside it in a wheel.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.keys import table
from vbtui.base.times import time_code
from vbtui.base.translation import Counted, Translation
from vbtui.journal.records import Asset, AssetState
from vbtui.session.events import Link, Overview
from vbtui.ui.kit import keys, words
from vbtui.ui.kit.host import Host, host_of, timeline_of, unread_of, what_runs
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.widgets import Drawn
from vbtui.ui.kit.words import shorten

if TYPE_CHECKING:
    from vbtui.engine import Engine
    from vbtui.journal.records import Turn
    from vbtui.session.events import Event


_PACKAGE = Path(__file__).resolve().parents[2]


def sheet(name: str) -> str:
    """The path of one style sheet; those of the screens are read when they are first shown.

    Raises `FileNotFoundError` when the installation is broken.
    """
    for folder in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (folder / f"{name}.tcss").is_file():
            return str(folder / f"{name}.tcss")
    raise FileNotFoundError("vbtui's style sheets are missing: install vbtui again.")


class MainScreen(Screen[None]):
    """Header, tabs, a body, keys. Keeps no truth of its own: `sync` reads everything anew."""

    TAB: ClassVar[str] = ""
    """Its name in the app's `MODES`."""

    def __init_subclass__(cls, *, tab: str = "", scope: str = "", **more: bool) -> None:
        """A screen goes by one name, `tab`: its style sheet's too, and of its keys but where `scope` says another."""
        if tab:
            cls.TAB, cls.CSS_PATH, cls.BINDINGS = tab, sheet(tab), [*keys.bindings(scope or tab)]
        super().__init_subclass__(**more)

    def body(self) -> Iterable[Widget]:
        """What is between tabs and footer."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        fit(self)  # while there is nothing yet that would have to be styled anew
        yield Header()
        yield Tabs(self.TAB)
        with Container(id="body"):
            yield from self.body()
        yield KeyFooter()

    @property
    def host(self) -> Host:
        return host_of(self)

    @property
    def engine(self) -> Engine | None:
        """None until it is made."""
        return self.host.engine

    async def sync(self) -> None:
        """Show everything anew from the engine."""

    async def take(self, events: Sequence[Event]) -> None:
        """Bring the screen up to date after these reports."""

    async def grow(self, turns: Sequence[Turn]) -> None:
        """More words have come in these turns, and nothing else is different."""

    async def files_here(self) -> list[Path]:
        """The files of this machine that the cursor or the marks point at: what an own command is run for."""
        return []

    def tick(self) -> None:
        """A second has passed while a turn runs."""

    def refresh_frame(self) -> None:
        """Bring what is around the screen's own widgets up to date: header, tabs, footer."""
        for widget in self.walk_children(Drawn):  # a query would go by the name of the class
            if not isinstance(widget, KeyFooter):
                widget.redraw()
        self.refresh_bindings()

    def say_notice(self, notice: str) -> None:
        """Show `notice` in the tab line; empty takes it away."""
        for tabs in self.query(Tabs):
            tabs.say(notice)

    def on_resize(self) -> None:
        fit(self)

    async def on_screen_resume(self) -> None:
        fit(self)
        if self.is_current and not self.host.is_preloading:
            await self.sync()
            self.refresh_frame()


def main_screen_of(app: Host) -> MainScreen | None:
    """The screen in front, below any dialog."""
    screens = (one for one in reversed(app.screen_stack) if isinstance(one, MainScreen))
    return next(screens, None)


Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box over the screen; Escape closes it without doing anything. Its last line tells its keys."""

    CSS_PATH = sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("dialog"),
        *(  # the app's own do not reach into what is modal
            replace(binding, action="app.help")
            for binding in keys.bindings("app")
            if binding.action == "help"
        ),
    ]
    SHARES: ClassVar[Mapping[str, float]] = {"Grid": 0.5}
    """How much of the screen's height what may be long takes at most, by selectors. (Style sheets cannot say
    it: what is in a box as high as its content has no other limits than numbers of lines.)"""
    has_help: ClassVar[bool] = True
    """Whether the help has something to say of it."""

    @property
    def host(self) -> Host:
        return host_of(self)

    def on_mount(self) -> None:
        self._fit()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        fit(self)
        for selector, share in self.SHARES.items():
            for widget in self.query(selector):
                widget.styles.max_height = max(int(share * self.app.size.height), LEAST_ROWS)

    async def take(self, events: Sequence[Event]) -> None:
        """Bring the dialog up to date after these reports, where it shows what may change."""

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with this answer, once: a second key may come before the box is gone, and Textual would
        take the screen below away."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        return super().dismiss(result)


class Box(VerticalScroll, can_focus=False):
    """What a dialog is in: as high as what it holds; it scrolls where the screen is not as high as that.

    Args:
        size: `-small` or `-large`, for what needs less width or more.
    """

    def __init__(self, size: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id, classes=f"dialog {size}")


LEAST_WIDTH, LEAST_HEIGHT = 40, 10
LEAST_ROWS = 3
"""Of a list or a pane: its head and two lines."""
TOO_SMALL = Translation(
    "vbtui needs a larger window: {width} columns and {height} lines at least.",
    "vbtui 需要更大的窗口：至少 {width} 列、{height} 行。",
)
_WIDTHS = ((0, "-tiny"), (LEAST_WIDTH, "-narrow"), (80, "-normal"), (120, "-wide"), (170, "-huge"))
_HEIGHTS = ((0, "-flat"), (LEAST_HEIGHT, "-short"), (30, "-tall"))


def size_classes(width: int, height: int) -> dict[str, bool]:
    """Each class with whether it applies; exactly one for the width and one for the height."""
    chosen = {
        [name for least, name in steps if size >= least][-1]
        for steps, size in ((_WIDTHS, width), (_HEIGHTS, height))
    }
    return {name: name in chosen for _, name in (*_WIDTHS, *_HEIGHTS)}


def fit(screen: Screen[Any]) -> None:
    """Give `screen` the classes for the app's size."""
    size = screen.app.size
    wanted = size_classes(size.width, size.height)
    is_too_small = wanted["-tiny"] or wanted["-flat"]
    notices = screen.query(TooSmall)
    if is_too_small and screen.is_mounted and not notices:
        screen.mount(TooSmall(screen.focused))
    if any(screen.has_class(name) is not applies for name, applies in wanted.items()):
        screen.update_classes(wanted, animate=False)
    if notices and not is_too_small:
        notices.first().give_way()


class TooSmall(Static, can_focus=True):
    """Stands in a small window in the place of everything; takes the keys meanwhile, and gives the focus back.

    Args:
        before: what has the focus.
    """

    def __init__(self, before: Widget | None) -> None:
        told = TOO_SMALL.of(width=LEAST_WIDTH, height=LEAST_HEIGHT)
        super().__init__(Content(told), id="too-small")
        self._before = before

    def on_mount(self) -> None:
        self.focus(scroll_visible=False)

    def on_key(self, event: events.Key) -> None:
        """What would do something that cannot be seen does nothing; another screen may be chosen."""
        goes = any(
            event.key in key.keys.split(",")
            for key in table().values()
            if key.action.startswith("go(")
        )
        if event.is_printable or not goes:
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()

    def give_way(self) -> None:
        screen, before = self.screen, self._before
        if before is not None and before.is_attached:
            screen.set_focus(before, scroll_visible=False)
        elif isinstance(screen.AUTO_FOCUS, str):
            screen.focus_next(screen.AUTO_FOCUS)
        self.remove()


Piece = tuple[str, str]
"""Text and style."""

_AGENT = Translation("Agent {elapsed}", "智能体 {elapsed}")
_DONE_OF = Counted("{done} of {count} file", "{done} of {count} files", "{done}/{count} 个文件")
_GAP = " · "
_LEAST_NAME = 8
"""Cells of the backend's name that still tell something."""


class Header(Drawn):
    """One line: project, backend, link, credits, life of the account."""

    def draw(self) -> Content:
        host = host_of(self)
        return header_line(host.overview, host.now(), self.size.width)


def header_line(overview: Overview, now: float, width: int) -> Content:
    """The header in `width` cells: the less important pieces go first when space is short."""
    project = overview.session.name if overview.session else "vbtui"
    right = _right(overview, now, width - 14)
    room = width - _width(right) - 3
    name = shorten(project, room)
    gap = max(width - cell_len(name) - _width(right) - 2, 1)
    pieces: list[Piece] = [(" ", ""), (name, "bold"), (" " * gap, "")]
    for index, piece in enumerate(right):
        pieces += [(_GAP, "$foreground-muted"), piece] if index else [piece]
    return Content.assemble(*pieces)


def _right(overview: Overview, now: float, room: int) -> list[Piece]:
    """How it is connected, in `room` cells: the backend's name is cut first, then left out, for the
    link, the credits and the life of the account cannot be guessed."""
    pieces = _pieces(overview, now)
    backend = words.backend_text(overview)
    name = shorten(backend, min(30, room - _width([*pieces, ("", "")])))
    if backend and (name == backend or cell_len(name) >= _LEAST_NAME):
        return [pieces[0], (name, ""), *pieces[1:]]
    while len(pieces) > 1 and _width(pieces) > room:
        pieces.pop()
    return pieces


def _pieces(overview: Overview, now: float) -> list[Piece]:
    badge = words.LINKS[overview.link]
    pieces: list[Piece] = [(f"{badge.symbol} {badge.word}", badge.style)]
    if overview.credits is not None and overview.link is Link.READY and not overview.is_local:
        pieces.append((words.credits_text(overview.credits), ""))
    if overview.account is not None:
        text = words.account_text(overview.account, now)
        if text:
            pieces.append((text, "$foreground-muted"))
    return pieces


def _width(pieces: list[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces) + len(_GAP) * max(len(pieces) - 1, 0)


class Tabs(Drawn):
    """One line: the app's screens with their keys and counts; on the right what is going on."""

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current
        self.notice = ""
        """Takes the place of what is going on: "Press Esc again to stop the agent"."""

    def say(self, notice: str) -> None:
        """Show `notice` on the right until it is replaced; empty takes it away."""
        if notice != self.notice:
            self.notice = notice
            self.redraw()

    def draw(self) -> Content:
        host = host_of(self)
        tabs = [self._tab(name, host.engine) for name in host.MODES]
        left = Content("  ").join(tabs)
        room = self.size.width - left.cell_length - 4
        right = shorten(self.notice, room) or activity(host.engine, host.now(), room)
        style = "$text-warning bold" if self.notice else "$text-primary"
        gap = " " * max(self.size.width - left.cell_length - cell_len(right) - 2, 1)
        return Content.assemble(" ", left, gap, (right, style))

    def _tab(self, name: str, engine: Engine | None) -> Content:
        key = table()[f"app.{name}"]
        count = _count(name, engine)
        label = f"{key.label} {count}" if count else key.label
        is_current = name == self._current
        text = Content.assemble(
            (key.display + " ", "$foreground-muted"),
            (label, "$text-primary bold underline" if is_current else ""),
        )
        return text.stylize(Style.from_meta({"go": name}))


def _count(name: str, engine: Engine | None) -> str:
    if engine is None:
        return ""
    if name == "media":
        return str(len(engine.library.assets) or "")
    if name == "renders":
        return str(len(engine.exports.renders) or "")
    if name == "timeline":
        shown = timeline_of(engine)
        unknown = "?" if unread_of(engine) or (shown and shown.unreadable) else ""
        return time_code(shown.duration_ms) if shown and shown.tracks else unknown
    return ""


def activity(engine: Engine | None, now: float, room: int) -> str:
    """What is going on, in at most `room` cells; empty when nothing is."""
    running = what_runs(engine)
    parts: list[tuple[str, str]] = []
    if running.turn:
        since = running.turn.sent_at or running.turn.created_at
        elapsed = time_code(round((now - since) * 1000))
        parts.append((_AGENT.of(elapsed=elapsed), elapsed))
    if running.uploads:
        done = _sent_with(running.uploads, engine.library.assets if engine else ())
        total = sum(asset.size for asset in (*running.uploads, *done))
        sent = sum(asset.sent for asset in running.uploads) + sum(asset.size for asset in done)
        share = min(sent / total, 0.99) if total else 0
        count = len(running.uploads) + len(done)
        files = _DONE_OF.of(count, done=len(done)) if done else words.FILES.of(count)
        parts.append((f"↑ {files} {share:.0%}", f"↑ {share:.0%}"))
    if running.renders:
        active = next((render for render in running.renders if render.progress), running.renders[0])
        more = f" +{len(running.renders) - 1}" if len(running.renders) > 1 else ""
        left = engine.exports.left(active) if engine else None
        parts.append(
            (
                f"▸ {words.render_line(active, left)}{more}",
                f"▸ {active.progress:.0f}%{more}",
            )
        )
    full, short = (" · ".join(part[place] for part in parts) for place in (0, 1))
    return full if cell_len(full) <= room else shorten(short, room)


def _sent_with(uploads: Sequence[Asset], assets: Sequence[Asset]) -> list[Asset]:
    """Files that were sent since those under way were added: what is told of them all never falls back."""
    since = min(asset.created_at for asset in uploads)
    done = [one for one in assets if one.state is AssetState.DONE and one.size]
    return [one for one in done if one.done_at is not None and one.done_at >= since]


_LOOK_S = 0.1
_LATE_S = 0.01
"""A loop that wakes up later than that has something else to do."""
_QUIET_LOOKS = 5
_PATIENCE = 300
"""Looks, after which a screen is made when it is asked for."""


async def make_screens(app: Host, is_busy: Callable[[], bool]) -> None:
    """Make the screen of every mode before it is asked for, each after a while in which nothing
    happened: its key then opens it at once. Parsing its style sheet and styling its widgets takes ten
    times as long as showing it.

    Args:
        is_busy: whether something is under way that the user watches.
    """
    for name in app.MODES:
        if not await _is_quiet(is_busy):
            return
        made = asyncio.Event()
        app.call_later(make_screen, app, name)  # by the app: keys wait until it is done
        app.call_later(made.set)
        await made.wait()


async def make_screen(app: Host, name: str) -> None:
    """Make the screen of one mode, unless it is there; it is not shown."""
    with contextlib.suppress(KeyError):
        if app.get_screen_stack(name):
            return
    shown, app.is_preloading = app.current_mode, True
    try:
        with app.batch_update():
            await app.switch_mode(name)
            await app.switch_mode(shown)
    finally:
        app.is_preloading = False


async def _is_quiet(is_busy: Callable[[], bool]) -> bool:
    """Wait until nothing happens for a while; False when that does not come."""
    loop = asyncio.get_running_loop()
    still = 0
    for _ in range(_PATIENCE):
        due = loop.time() + _LOOK_S
        await asyncio.sleep(_LOOK_S)
        is_late = loop.time() - due > _LATE_S
        still = 0 if is_late or is_busy() else still + 1
        if still == _QUIET_LOOKS:
            return True
    return False
