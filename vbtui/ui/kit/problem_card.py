"""How a problem looks wherever it is shown as a card."""

from __future__ import annotations

from textual.content import Content

from vbtui.base.problem import Problem


def problem_card(problem: Problem) -> Content:
    """Title, message and hint, one below the other."""
    lines = [Content.assemble(("✕ ", "$text-error bold"), (problem.title, "$text-error bold"))]
    if problem.message:
        lines.append(Content(problem.message))
    if problem.hint:
        lines.append(Content.styled(problem.hint, "$foreground-muted"))
    return Content("\n").join(lines)
