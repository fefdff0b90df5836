"""What stands in place of a conversation: what to do first, and why nothing can be sent."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vbtui.base.errors import SignInRefused, Unreachable
from vbtui.base.keys import table
from vbtui.base.problem import Problem
from vbtui.session.records import Link, Overview
from vbtui.ui.kit import words
from vbtui.ui.kit.widgets import Choice, Choices, Steady, problem_card

EXAMPLES = (
    "create my video clips or images",
    "export 1080p MP4",
    "combine these clips into a 60-second promo video with transitions and text overlays",
)
GETTING_STARTED = (
    "Share your video clips or images and I'll get started on AI video creation. "
    "Or just tell me what you're thinking."
)
ADVICE = "Files of up to 500 MB each; MP4, MOV, JPG and PNG work best."


class Greeting(Vertical):
    """The greeting with its examples; choosing one fills the prompt."""

    @dataclass
    class ExampleChosen(Message):
        """An example is to be put into the prompt."""

        text: str

    def __init__(self) -> None:
        super().__init__(id="greeting")
        self._status = Steady(id="greeting-status")

    def compose(self) -> ComposeResult:
        yield Static(
            Content.assemble(
                ("Getting Started\n", "$text-primary bold"),
                GETTING_STARTED,
                ("\n\nTry saying", "$foreground-muted"),
            )
        )
        yield Choices([Choice(text, f"“{text}”") for text in EXAMPLES], column=True)
        yield Static(
            Content.assemble(
                (table()["app.upload"].display, "$text-accent bold"),
                " picks files; dropping or pasting them here works too. ",
                (ADVICE, "$foreground-muted"),
            ),
            classes="gap",
        )
        yield self._status

    def show(self, overview: Overview) -> None:
        """Say how far the setup is."""
        self._status.put(status_text(overview))

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        event.stop()
        self.post_message(self.ExampleChosen(event.choice.id))


def status_text(overview: Overview) -> Content:
    """`Setting things up…`, `Connected and ready`, or what is wrong."""
    badge = words.LINKS[overview.link]
    if overview.link is Link.STARTING:
        text = "Setting things up…"
    elif overview.link is Link.READY:
        text = f"Connected and ready: {overview.backend}."
        if overview.credits is not None and not overview.is_local:
            text += f" {words.credits_text(overview.credits)}."
    else:
        text = badge.word
    return Content.assemble((f"{badge.symbol} ", badge.style), (text, "$foreground-muted"))


_LOCAL = Choice("local", "Use the local studio: no account, no network", "l")
_AGAIN = Choice("again", "Try again", "r")


class OfflineCard(Vertical):
    """Shown while the backend is out of reach or refuses the sign-in."""

    @dataclass
    class Taken(Message):
        """`local` or `again` was chosen."""

        choice: str

    def __init__(self) -> None:
        super().__init__(id="offline")
        self._text = Static()
        self._choices = Choices([_LOCAL, _AGAIN])
        self._shown: tuple[Problem | None, bool] | None = None

    def show(self, overview: Overview, *, is_local: bool) -> None:
        """Appear, change or disappear as `overview` says; the local studio offers no other one."""
        problem = problem_of(overview)
        if (problem, is_local) == self._shown:
            return
        self._shown = (problem, is_local)
        self.display = problem is not None
        if problem is not None:
            if not self.children:
                self.mount(self._text, self._choices)
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
        return overview.problem or Problem.of(Unreachable(hint=""))
    if overview.link is Link.REFUSED:
        return overview.problem or Problem.of(SignInRefused(hint=""))
    return None
