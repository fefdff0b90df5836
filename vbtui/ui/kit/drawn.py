"""A widget that draws one text and, asked again, only draws it when it is another.

Text of a height that seldom changes.

How a problem looks wherever it is shown as a card.
"""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from vbtui.base.problem import Problem


class Drawn(Widget):
    """Says in `draw` what it shows."""

    _drawn: Content | None = None
    _next: tuple[Size, Content] | None = None
    """What `redraw` found, for the size that it had."""

    def draw(self) -> Content:
        """What is to be shown now, for the size that it has."""
        raise NotImplementedError

    def render(self) -> Content:
        found, self._next = self._next, None
        self._drawn = found[1] if found and found[0] == self.size else self.draw()
        return self._drawn

    def redraw(self) -> None:
        """What is shown may be something else by now."""
        text = self.draw()
        if self._drawn is None or not text.is_same(self._drawn):
            self._next = (self.size, text)
            self.refresh()


class Steady(Static):
    """A text that has the screen laid out anew only when it takes another number of lines."""

    def put(self, content: Content) -> None:
        """Show `content` in place of what is shown."""
        shown = self.content
        if isinstance(shown, Content) and content.is_same(shown):
            return
        width, height = self.content_size
        is_other = bool(width) and content.get_height({}, width) != height
        self.update(content, layout=is_other)  # one without a width is laid out when it gets one


def problem_card(problem: Problem) -> Content:
    """Title, message and hint, one below the other."""
    lines = [Content.assemble(("✕ ", "$text-error bold"), (problem.title, "$text-error bold"))]
    if problem.message:
        lines.append(Content(problem.message))
    if problem.hint:
        lines.append(Content.styled(problem.hint, "$foreground-muted"))
    return Content("\n").join(lines)
