"""What the dialogs have in common.

A question before something that cannot be taken back.

What the user calls a file.

The links that take a project into the web app: shown in full, to copy or to open.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from vbtui.base.keys import key_name
from vbtui.journal.records import Asset
from vbtui.ui.kit import keys, opener, style_files
from vbtui.ui.kit.choices import Choice, Choices
from vbtui.ui.kit.field import Field
from vbtui.ui.kit.footer import KeyFooter
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.host import Host, host_of
from vbtui.ui.kit.screen import TOO_SMALL, fit

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
        self.mount(Static(Content(TOO_SMALL), id="too-small"))
        fit(self)

    def on_resize(self) -> None:
        fit(self)

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


class ConfirmScreen(Dialog[bool]):
    """Answers True when the user agreed.

    Args:
        title, question: foreign text is shown as it is.
        yes: what agreeing does, in a word.
    """

    def __init__(self, title: str, question: str, yes: str) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -small"):
            yield Static(Content.styled(self._title, "$text-primary bold"))
            yield Static(Content(self._question), classes="gap")
            yield Choices([Choice("yes", self._yes, "y"), Choice("no", "Stay", "n")], classes="gap")

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.choice.id == "yes")


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
                    f"{key_name('field.enter')} saves it: lists and sentences show it, "
                    "the file keeps its name. Empty: none.",
                    "$foreground-muted",
                ),
                classes="gap",
            )
            yield KeyFooter()

    @on(Input.Submitted, "#label")
    def _given(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())


_WHAT = (
    "In the browser it takes this project over into an account there. Whoever has the link can do "
    "that; it holds no token of yours."
)
_NO_BROWSER = "There is no browser on this machine's desktop: copy the link and open it elsewhere."


class LinkScreen(Dialog[None]):
    """Stays until it is closed, so that the link can be read off a screen without a clipboard.

    Args:
        claim: the link to this project.
        register: the page where this user gets an account; empty where there is none.
    """

    def __init__(self, claim: str, register: str = "") -> None:
        super().__init__()
        self._links = {"claim": claim, "register": register}
        self._said = Static(classes="gap")

    def compose(self) -> ComposeResult:
        can_open = opener.has_desktop(os.environ)
        with Vertical(classes="dialog"):
            yield Static(Content.styled("This project in the browser", "$text-primary bold"))
            yield Static(Content(_WHAT), classes="gap")
            yield Static(Content(self._links["claim"]), classes="gap", id="claim-link")
            yield Choices(self._choices("claim", "c", "o", can_open), classes="gap")
            if self._links["register"]:
                yield Static(Content("Register, for more credits and for exports:"), classes="gap")
                yield Static(Content(self._links["register"]), id="register-link")
                yield Choices(self._choices("register", "y", "r", can_open), classes="gap")
            yield self._said
            yield KeyFooter()

    def on_mount(self) -> None:
        self._said.display = False
        if not opener.has_desktop(os.environ):
            self._say(_NO_BROWSER)

    def _choices(self, link: str, copy: str, opens: str, can_open: bool) -> list[Choice]:
        choices = [Choice(f"copy {link}", "Copy the link", copy)]
        if can_open:
            choices.insert(0, Choice(f"open {link}", "Open it", opens))
        return choices

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        verb, _, name = event.choice.id.partition(" ")
        link = self._links[name]
        if verb == "copy":
            self.host.copy_to_clipboard(link)
            self._say("Copied.")
        elif opener.open_url(link):
            self._say("Opened in the browser.")
        else:
            self._say(_NO_BROWSER)

    def on_key(self, event: events.Key) -> None:
        """The letters work whichever of the two rows has the focus."""
        if event.character and any(row.take(event.character) for row in self.query(Choices)):
            event.stop()

    def _say(self, text: str) -> None:
        self._said.display = True
        self._said.update(Content.styled(text, "$foreground-muted"))
