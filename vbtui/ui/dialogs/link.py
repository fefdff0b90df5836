"""The links that take a project into the web app: shown in full, to copy or to open."""

from __future__ import annotations

import os

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit import opener
from vbtui.ui.kit.choices import Choice, Choices
from vbtui.ui.kit.footer import KeyFooter

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
