"""The way out: the timeline as files for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.keys import key_name
from vbtui.base.text import clean_line
from vbtui.interchange.model import WayOut
from vbtui.interchange.service import Offer
from vbtui.ui.dialogs.dialog import ScrollingDialog
from vbtui.ui.kit import keys
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Box
from vbtui.ui.kit.widgets import Field

_ABOUT = {
    "otio": "everything that has a name; editors read it",
    "edl": "one video track, cuts and dissolves",
    "xml": "tracks and cuts for Premiere, Resolve, Final Cut",
    "srt": "the words of the text tracks",
    "rebuild": "originals and a rebuild.py that makes the video",
}


class WayOutScreen(ScrollingDialog[None]):
    """Formats to mark, the folder to write to, and what was written and not carried."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("wayout"))
    AUTO_FOCUS = "#formats"
    PANE = "#way-out-said"
    SHARES: ClassVar[Mapping[str, float]] = {"#formats": 0.5, PANE: 0.3}
    HELP = (
        f"Mark the formats with {key_name('wayout.mark')}, write them with {key_name('wayout.write')}. "
        "Nothing that is there is overwritten."
    )

    def __init__(self) -> None:
        super().__init__()
        self._marked: set[str] = set()
        self._is_writing = False

    def compose(self) -> ComposeResult:
        with Box("-large"):
            yield Static(Content.styled("The timeline for other programs", "$text-primary bold"))
            yield Grid[Offer](
                [
                    Column("Format", 15, _label),
                    Column("What it carries", 10, _about, elastic=1),
                ],
                lambda offer: offer.format,
                is_marked=lambda offer: offer.format in self._marked,
                id="formats",
            )
            yield Field(id="way-out-folder", placeholder="Folder to write to", compact=True)
            with VerticalScroll(id="way-out-said", can_focus=False):
                yield Static(id="way-out-result")
            yield KeyFooter()

    @property
    def grid(self) -> Grid[Offer]:
        return self.query_one("#formats", Grid)

    def on_mount(self) -> None:
        engine = self.host.engine
        if engine is not None:
            self.grid.show(engine.way_out.offers)
            self.query_one("#way-out-folder", Input).value = str(engine.way_out.folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        is_typing = isinstance(self.focused, Input)
        if action == "more":
            return self.has_more()
        return not (is_typing and action == "mark")

    def action_mark(self) -> None:
        offer = self.grid.current
        if offer is None:
            return
        if offer.reason:
            self._tell(Content.styled(offer.reason, "$text-warning"))
            return
        self._marked ^= {offer.format}
        self.grid.refresh()

    def on_grid_opened(self) -> None:
        self.action_mark()

    def on_input_submitted(self) -> None:
        self.action_write()

    def action_folder(self) -> None:
        field = self.query_one("#way-out-folder", Input)
        target = self.grid if self.focused is field else field
        target.focus()

    def action_write(self) -> None:
        """Write what is marked, else the format under the cursor."""
        offers = self.grid.rows
        wanted = [offer.format for offer in offers if offer.format in self._marked]
        current = self.grid.current
        if not wanted and current is not None:
            if current.reason:
                self._tell(Content.styled(current.reason, "$text-warning"))
                return
            wanted = [current.format]
        if not wanted or self._is_writing:
            return
        self._is_writing = True
        self._tell(Content.styled("Writing…", "$foreground-muted"))
        typed = self.query_one("#way-out-folder", Input).value.strip()
        directory = Path(typed).expanduser() if typed else None

        async def write() -> None:
            try:
                engine = await self.host.started_engine()
                done = await engine.way_out.write(wanted, directory)
                if self.is_attached:
                    self._tell(told(done))
            except BaseException:
                if self.is_attached:
                    self._tell(Content.styled("Not written.", "$text-error"))
                raise
            finally:
                self._is_writing = False

        self.host.work(write, name="way out", group="way out")

    def _tell(self, content: Content) -> None:
        self.tell(self.query_one("#way-out-result", Static), content)
        self.call_after_refresh(self.query_one(self.PANE).scroll_visible, animate=False)


def told(done: WayOut) -> Content:
    """The files, then what they do not carry."""
    lines = [
        Content.assemble(("✓ ", "$text-success bold"), (clean_line(str(path)), "$text-success"))
        for path in done.files
    ]
    if done.not_carried:
        lines += [Content(""), Content.styled("Not carried:", "$text-warning bold")]
        lines += [Content(f"- {sentence}") for sentence in done.not_carried]
    return Content("\n").join(lines or [Content("Nothing was written.")])


def _label(offer: Offer) -> Content:
    return plain(offer.label, "$foreground-muted" if offer.reason else "")


def _about(offer: Offer) -> Content:
    if offer.reason:
        return plain(offer.reason, "$text-warning")
    return plain(_ABOUT.get(offer.format, ""), "$foreground-muted")
