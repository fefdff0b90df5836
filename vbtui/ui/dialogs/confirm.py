"""A question before something that cannot be taken back."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit.choices import Choice, Choices


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
