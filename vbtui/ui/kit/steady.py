"""Text of a height that seldom changes."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


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
