"""Rendering on this machine what the backend does not make: what is missing is named first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vbtui.base.text import clean_line
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit import words
from vbtui.ui.kit.choices import Choice, Choices

if TYPE_CHECKING:
    from vbtui.fallback.plan import HerePlan


class HereScreen(Dialog[bool]):
    """Answers True when the rest is to be rendered."""

    AUTO_FOCUS = "Choices"

    def __init__(self, plan: HerePlan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        plan = self._plan
        choices = [Choice("no", "Leave it", "n")]
        if plan.can_start:
            choices.insert(0, Choice("yes", "Render it without these", "y"))
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Render on this machine", "$text-primary bold"))
            yield Static(Content(_summary(plan)), classes="gap")
            with VerticalScroll(id="missing", can_focus=True, classes="gap"):
                yield Static(_list(plan))
            yield Choices(choices, classes="gap")

    def on_choices_chosen(self, event: Choices.Chosen) -> None:
        self.dismiss(event.choice.id == "yes")


def _summary(plan: HerePlan) -> str:
    name = clean_line(plan.title) or "the video"
    if not plan.can_start:
        return f"Nothing of “{name}” can be rebuilt from the files of this machine:"
    kept = words.plural(len(plan.parts), "part")
    missing = words.plural(len(plan.missing), "part")
    return f"Of “{name}”, {kept} can be made here, free. Not in the video ({missing}):"


def _list(plan: HerePlan) -> Content:
    return Content("\n").join(Content(f"✕ {clean_line(part)}") for part in plan.missing)
