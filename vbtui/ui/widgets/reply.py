"""The agent's answer: plain text while it arrives, Markdown as soon as a block is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vbtui.ui.blocks import complete_length, has_markdown

if TYPE_CHECKING:
    from textual.widgets import Markdown

MOST_CHARACTERS = 60_000
"""A longer answer is shown from its end."""


class Reply(Vertical):
    """Shows one answer as it grows.

    The whole text so far is handed over each time; only what is new is drawn. Text without Markdown
    in it never needs a Markdown widget.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tail = Static(classes="reply-tail")
        self._markdown: Markdown | None = None
        self._set = ""
        self._text = ""

    def compose(self) -> ComposeResult:
        yield self._tail

    @property
    def has_blocks(self) -> bool:
        """Whether it ends in Markdown, which keeps a line free below itself."""
        return self._markdown is not None and not self._tail.display

    @property
    def text(self) -> str:
        """All that is shown."""
        return self._text

    async def show(self, text: str, *, is_over: bool) -> None:
        """Show `text`; `is_over` when nothing will be added to it."""
        if len(text) > MOST_CHARACTERS:
            text = "…" + text[-MOST_CHARACTERS:]
        done = len(text.rstrip()) if is_over else complete_length(text)
        if text == self._text and done == len(self._set):
            return
        self._text = text
        if self._markdown is None and not has_markdown(text[:done]):
            self._set_tail(text.strip("\n"))
            return
        await self._set_blocks(text[:done])
        self._set_tail(text[done:].strip("\n"))

    async def _set_blocks(self, text: str) -> None:
        markdown = self._markdown
        if markdown is None:
            from textual.widgets import Markdown

            markdown = self._markdown = Markdown(open_links=False)
            await self.mount(markdown, before=0)
        if text == self._set:
            return
        if self._set and text.startswith(self._set):
            await markdown.append(text[len(self._set) :])
        else:
            await markdown.update(text)
        self._set = text

    def _set_tail(self, text: str) -> None:
        self._tail.update(Content(text))
        self._tail.display = bool(text)
