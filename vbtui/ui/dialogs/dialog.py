"""What the dialogs have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from vbtui.ui import keys
from vbtui.ui.kit import sizes, style_files
from vbtui.ui.kit.host import Host, host_of

if TYPE_CHECKING:
    from vbtui.session.events import Event

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box over the screen; Escape closes it without doing anything."""

    CSS_PATH = style_files.sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings("dialog"))

    @property
    def host(self) -> Host:
        return host_of(self)

    def on_mount(self) -> None:
        self.mount(Static(Content(sizes.TOO_SMALL), id="too-small"))
        sizes.fit(self)

    def on_resize(self) -> None:
        sizes.fit(self)

    async def take(self, events: Sequence[Event]) -> None:
        """Bring the dialog up to date after these reports, where it shows what may change."""

    def action_close(self) -> None:
        self.dismiss(None)


class ScrollingDialog(Dialog[Result]):
    """A dialog with a pane of words, `PANE`, which keys scroll while the list above has the focus."""

    PANE: ClassVar[str]

    def has_more(self) -> bool:
        """Whether the pane has more than it shows."""
        return self.is_mounted and self.query_one(self.PANE).max_scroll_y > 0

    def tell(self, words: Static, content: Content) -> None:
        """Put `content` into the pane, from its start; the footer knows whether there is more."""
        words.update(content)
        self.query_one(self.PANE).scroll_home(animate=False)
        self.call_after_refresh(self.refresh_bindings)

    def action_more(self, by: int) -> None:
        """Nearly a pane's height forward or back."""
        pane = self.query_one(self.PANE)
        pane.scroll_relative(y=by * max(pane.size.height - 1, 1), animate=False)
