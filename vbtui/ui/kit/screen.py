"""What all four screens have in common, and all dialogs: their frame, their style sheets, and the sizes that layouts are
made for, as classes of the screen.

Textual's own breakpoints are set when a screen is resized, not when it is first shown. Style sheets are in
`styles/`, beside the package in a checkout, inside it in a wheel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from vbtui.ui.kit import keys
from vbtui.ui.kit.header import Header, Tabs
from vbtui.ui.kit.host import Host, host_of
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.widgets import Drawn

if TYPE_CHECKING:
    from vbtui.engine import Engine
    from vbtui.journal.records import Turn
    from vbtui.session.events import Event


_PACKAGE = Path(__file__).resolve().parents[2]


@cache
def directory() -> Path:
    """The folder with the `.tcss` files. Raises `FileNotFoundError` when the installation is broken."""
    for candidate in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if (candidate / "base.tcss").is_file():
            return candidate
    raise FileNotFoundError("vbtui's style sheets are missing: install vbtui again.")


def sheet(name: str) -> str:
    """The path of one style sheet; those of the screens are read when they are first shown."""
    return str(directory() / f"{name}.tcss")


class MainScreen(Screen[None]):
    """Header, tabs, a body, keys. Keeps no truth of its own: `sync` reads everything anew."""

    TAB: ClassVar[str] = ""
    """Its name in `Tabs.ORDER`."""

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

    def give_back(self, text: str) -> None:
        """A message could not be kept: it is the user's again."""

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


Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box over the screen; Escape closes it without doing anything."""

    CSS_PATH = sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("dialog"))

    @property
    def host(self) -> Host:
        return host_of(self)

    def on_mount(self) -> None:
        fit(self)

    def on_resize(self) -> None:
        fit(self)

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


LEAST_WIDTH, LEAST_HEIGHT = 40, 10
TOO_SMALL = f"vbtui needs a larger window: {LEAST_WIDTH} columns and {LEAST_HEIGHT} lines at least."
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
    if any(screen.has_class(name) is not applies for name, applies in wanted.items()):
        screen.update_classes(wanted, animate=False)
    is_too_small = wanted["-tiny"] or wanted["-flat"]
    if is_too_small and screen.is_mounted and not screen.query("#too-small"):
        screen.mount(Static(Content(TOO_SMALL), id="too-small"))
