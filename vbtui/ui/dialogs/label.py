"""What the user calls a file."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vbtui.journal.records import Asset
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit.field import Field
from vbtui.ui.kit.footer import KeyFooter
from vbtui.ui.kit.header import shorten


class LabelScreen(Dialog[str | None]):
    """Answers the label; empty means the file's own name."""

    AUTO_FOCUS = "#label"

    def __init__(self, asset: Asset) -> None:
        super().__init__()
        self._asset = asset

    def compose(self) -> ComposeResult:
        name = shorten(self._asset.name, 60)
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Label", "$text-primary bold"))
            yield Static(Content(f"What do you call {name}?"), classes="gap")
            yield Field(
                self._asset.label, placeholder=name, id="label", compact=True, max_length=120
            )
            yield Static(
                Content.styled(
                    "Enter saves it: lists and sentences show it, the file keeps its name. Empty: none.",
                    "$foreground-muted",
                ),
                classes="gap",
            )
            yield KeyFooter()

    @on(Input.Submitted, "#label")
    def _given(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
