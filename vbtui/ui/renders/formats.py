"""The formats of an export: one or several presets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.base.errors import UsageError
from vbtui.base.text import clean_line
from vbtui.exports import presets
from vbtui.exports.presets import PRESETS, Preset
from vbtui.timeline.model import Timeline
from vbtui.ui import keys
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit import words
from vbtui.ui.kit.footer import KeyFooter
from vbtui.ui.kit.grid import Column, Grid, plain

_OWN_SIZE = "This backend exports in the timeline's own size."


@dataclass(frozen=True, slots=True)
class Offered:
    """A preset as it can be had here."""

    preset: Preset
    size: str
    """`1080x1920`; empty while the timeline's size is not known."""
    refusal: str = ""
    """Why it cannot be had; empty when it can."""


def offered(timeline: Timeline | None, *, takes_sizes: bool) -> list[Offered]:
    """Every preset for a timeline (None: it is not known)."""
    return [_offered(preset, timeline, takes_sizes=takes_sizes) for preset in PRESETS.values()]


def _offered(preset: Preset, timeline: Timeline | None, *, takes_sizes: bool) -> Offered:
    own = f"{timeline.width}x{timeline.height}" if timeline and timeline.width else ""
    asked = f"{preset.size[0]}x{preset.size[1]}" if preset.size else own
    if timeline is None:
        is_refused = preset.size is not None and not takes_sizes
        return Offered(preset, asked, _OWN_SIZE if is_refused else "")
    try:
        fitted = presets.fitted(presets.options_for(preset.name), timeline)
    except UsageError as error:
        return Offered(preset, asked, str(error))
    if not fitted.width:
        return Offered(preset, asked)
    size = f"{fitted.width}x{fitted.height}"
    if takes_sizes:
        return Offered(preset, size)
    if preset.size is None:
        return Offered(preset, own)
    return Offered(preset, size, str(presets.refuse_size(timeline)))


class FormatsScreen(Dialog[tuple[str, ...]]):
    """Answers with the names of the presets that were chosen.

    Args:
        title: what is exported; shown as it is.
        rows: the presets.
        chosen: the name of the one that the cursor is on at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("formats"))
    AUTO_FOCUS = "#formats"

    def __init__(self, title: str, rows: Sequence[Offered], chosen: str = "") -> None:
        super().__init__()
        self._title = clean_line(title)
        self._offered = tuple(rows)
        self._first = chosen
        self._marked: dict[str, None] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Export as", "$text-primary bold"))
            yield Static(Content(self._title), id="formats-title")
            yield Grid[Offered](self._columns(), lambda row: row.preset.name, id="formats")
            yield Static(id="formats-line")
            yield KeyFooter()

    def _columns(self) -> list[Column[Offered]]:
        return [
            Column("", 3, self._mark),
            Column("Format", 25, lambda row: plain(row.preset.label, _style(row)), elastic=1),
            Column("Picture", 10, lambda row: plain(row.size, "$foreground-muted"), rank=2),
            Column("Quality", 8, lambda row: plain(row.preset.quality, "$foreground-muted")),
            Column("", 9, lambda row: plain("not here" if row.refusal else "", _style(row))),
        ]

    def _mark(self, row: Offered) -> Content:
        if row.refusal:
            return Content.styled(" - ", "$foreground-muted")
        return Content("[x]" if row.preset.name in self._marked else "[ ]")

    @property
    def grid(self) -> Grid[Offered]:
        return self.query_one("#formats", Grid)

    def on_mount(self) -> None:
        self.grid.show(self._offered)
        self.grid.move_to(self._first)

    @on(Grid.Moved, "#formats")
    def _moved(self) -> None:
        self._say()

    def _say(self) -> None:
        row = self.grid.current
        text = "Space marks several; Enter exports."
        if row is not None and row.refusal:
            text = f"! {row.refusal}"
        elif self._marked:
            each = ": a file each" if len(self._marked) > 1 else ""
            text = f"{words.plural(len(self._marked), 'format')} marked{each}. Enter exports."
        self.query_one("#formats-line", Static).update(Content(text))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self.grid.current if self.is_mounted else None
        if action == "mark":
            return bool(row and not row.refusal) or None
        if action == "accept":
            return bool(self._marked or (row and not row.refusal)) or None
        return True

    def action_mark(self) -> None:
        """Mark the preset, or take the mark off, and go to the next one."""
        if row := self.grid.current:
            name = row.preset.name
            if name in self._marked:
                del self._marked[name]
            else:
                self._marked[name] = None
            self.grid.update_row(row)
            self.grid.action_cursor(1)
            self._say()

    def action_accept(self) -> None:
        row = self.grid.current
        self.dismiss(tuple(self._marked) or ((row.preset.name,) if row else ()))

    async def on_grid_opened(self) -> None:
        await self.run_action("accept")


def _style(row: Offered) -> str:
    return "$foreground-muted" if row.refusal else ""
