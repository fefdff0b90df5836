"""One of the project's files, chosen from a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.base.keys import key_name
from vbtui.engine import Engine
from vbtui.journal.records import Asset, AssetState
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit import keys
from vbtui.ui.kit.field import Field
from vbtui.ui.kit.footer import KeyFooter
from vbtui.ui.kit.grid import Column, Grid, plain
from vbtui.ui.kit.header import shorten
from vbtui.ui.media.words import holding, name_cell


class ChooseAssetScreen(Dialog[Asset | None]):
    """Answers the chosen file; letters filter the list.

    Args:
        title: what it is chosen for.
        among: those to choose from; None: all that the timeline can take.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("choose"))
    AUTO_FOCUS = "#choose-filter"

    def __init__(
        self, title: str = "Add at the playhead", among: Sequence[Asset] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._among = among

    @staticmethod
    def assets_of(engine: Engine | None) -> Sequence[Asset]:
        """What the backend has and a timeline can take."""
        known = engine.library.assets if engine else ()
        return [asset for asset in known if asset.state is AssetState.DONE]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(shorten(self._title, 66), "$text-primary bold"))
            yield Field(
                id="choose-filter",
                placeholder=f"Letters of its name; {key_name('choose.choose')} takes it",
                compact=True,
            )
            yield Grid[Asset](
                [
                    Column("File", 20, name_cell, elastic=1),
                    Column("Kind", 6, lambda asset: plain(asset.kind, "$foreground-muted"), rank=1),
                ],
                lambda asset: asset.id,
                id="choose-assets",
            )
            yield KeyFooter()

    @property
    def grid(self) -> Grid[Asset]:
        return self.query_one("#choose-assets", Grid)

    def on_mount(self) -> None:
        self._show("")

    @on(Input.Changed, "#choose-filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, letters: str) -> None:
        known = self.assets_of(self.host.engine) if self._among is None else self._among
        self.grid.show(holding(known, letters))

    def action_cursor(self, by: int) -> None:
        self.grid.action_cursor(by)

    def action_choose(self) -> None:
        if self.grid.current is not None:
            self.dismiss(self.grid.current)

    @on(Input.Submitted, "#choose-filter")
    def _submitted(self) -> None:
        self.action_choose()

    def on_grid_opened(self) -> None:
        self.action_choose()
