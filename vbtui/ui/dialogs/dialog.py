"""A dialog that scrolls, and those that are small: a question before something that cannot be
taken back, a label, links to copy or to open, the help of F1.
"""

from __future__ import annotations

import os
from itertools import groupby
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from vbtui.base import programs
from vbtui.base.keys import fill, key_name, table
from vbtui.journal.records import Asset
from vbtui.ui.chat import slash
from vbtui.ui.kit.header import shorten
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import Dialog, MainScreen, Result
from vbtui.ui.kit.widgets import Choice, Choices, Field


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
        can_open = programs.has_desktop(os.environ)
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
        if not programs.has_desktop(os.environ):
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
        elif programs.open_on_desktop(link):
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


class HelpScreen(Dialog[None]):
    """The help of the screen below.

    Args:
        below: the screen that F1 was pressed on.
    """

    AUTO_FOCUS = "#help-keys"

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large"):
            yield Static(Content.styled("Help", "$text-primary bold"))
            for text in self._helps():
                yield Static(Content(text), classes="gap")
            with VerticalScroll(id="help-keys", can_focus=True):
                yield Static(help_content(self._scopes()), classes="gap")
            yield KeyFooter()

    def _helps(self) -> list[str]:
        focused = self._below.focused
        texts = [getattr(self._below, "HELP", ""), getattr(focused, "HELP", "")]
        return [text for text in texts if text]

    def _scopes(self) -> tuple[str, ...]:
        tab = self._below.TAB if isinstance(self._below, MainScreen) else ""
        more = {"chat": ("prompt", "chat", "queue"), "timeline": ("timeline", "edits")}
        return (*more.get(tab, (tab,)), "app")


def help_content(scopes: tuple[str, ...]) -> Content:
    """The keys of these scopes under their headings, and the commands of the prompt."""
    groups = list(dict.fromkeys(key.group for key in table().values()))
    chosen = [key for key in table().values() if key.scope in scopes]
    chosen.sort(key=lambda key: (key.scope == "app", groups.index(key.group)))
    wide = max((len(key.displays) for key in chosen), default=0)
    lines: list[Content] = []
    for group, members in groupby(chosen, key=lambda key: key.group):
        lines += [Content(""), Content.styled(group, "$text-primary bold")]
        lines += [_line(key.displays, fill(key.help), wide) for key in members]
    if "prompt" in scopes:
        lines += [Content(""), Content.styled("Commands", "$text-primary bold")]
        lines += [
            _line(f"{command.name} {command.argument}".strip(), command.tooltip, wide)
            for command in slash.TABLE
        ]
    return Content("\n").join(lines[1:])


def _line(names: str, tooltip: str, wide: int) -> Content:
    return Content.assemble(("  " + names.ljust(wide + 2), "$text-accent bold"), (tooltip, ""))
