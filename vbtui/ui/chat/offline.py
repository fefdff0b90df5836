"""The card that says why nothing can be sent, and what can be done instead."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from vbtui.base.problem import Problem
from vbtui.session.records import Link, Overview
from vbtui.ui.kit.choices import Choice, Choices
from vbtui.ui.kit.problem_card import problem_card

_LOCAL = Choice("local", "Use the local studio: no account, no network", "l")
_AGAIN = Choice("again", "Try again", "r")


class OfflineCard(Vertical):
    """Shown while the backend is out of reach or refuses the sign-in."""

    class Taken(Message):
        """`local` or `again` was chosen."""

        def __init__(self, choice: str) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self) -> None:
        super().__init__(id="offline")
        self._text = Static()
        self._choices = Choices([_LOCAL, _AGAIN])
        self._shown: tuple[Problem | None, bool] | None = None

    def compose(self) -> ComposeResult:
        yield self._text
        yield self._choices

    def show(self, overview: Overview, *, is_local: bool) -> None:
        """Appear, change or disappear as `overview` says; the local studio offers no other one."""
        problem = problem_of(overview)
        if (problem, is_local) == self._shown:
            return
        self._shown = (problem, is_local)
        self.display = problem is not None
        if problem is not None:
            self._text.update(problem_card(problem))
            self._choices.offer([_AGAIN] if is_local else [_LOCAL, _AGAIN])

    @property
    def choices(self) -> Choices:
        """What is offered on the card."""
        return self._choices

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        self.post_message(self.Taken(event.choice.id))


def problem_of(overview: Overview) -> Problem | None:
    """Why nothing can be sent; None while it is possible."""
    if overview.link is Link.OFFLINE:
        return overview.problem or Problem("Offline", "The backend cannot be reached.")
    if overview.link is Link.REFUSED:
        return overview.problem or Problem("Sign-in refused", "The backend refused the sign-in.")
    return None
