"""What `this` means in a message, above the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.host import host_of

if TYPE_CHECKING:
    from vbtui.timeline.model import Timeline


class ThisChip(Static):
    """Takes no room while nothing is selected on the timeline."""

    def __init__(self) -> None:
        super().__init__(id="this")
        self.display = False

    @property
    def _timeline(self) -> Timeline | None:
        engine = host_of(self).engine
        version = engine.drafts.current if engine else None
        return version.timeline if version else None

    def sync(self) -> None:
        """Show the selection as it is now."""
        selection = host_of(self).selection
        this = selection.this(self._timeline) if selection else None
        self.display = this is not None
        if this is None:
            return
        name = this.chip if this.phrase.count("(") != 1 else this.phrase
        self.update(
            Content.assemble(
                ("this: ", "$text-accent bold"),
                (shorten(name, max(self.app.size.width - 20, 10)), "$text-accent"),
            )
        )

    def spelled_out(self, text: str) -> str:
        """`text` with `this` as what is selected."""
        return host_of(self).selection.expand(text, self._timeline)
