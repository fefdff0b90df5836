"""The agent's answer: plain text while it arrives, Markdown as soon as a block is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from vbtui.ui.chat.blocks import complete_length, has_markdown, next_break
from vbtui.ui.chat.growing import Plain
from vbtui.ui.chat.growing_text import GrowingText

if TYPE_CHECKING:
    from textual.widgets import Markdown

MOST_CHARACTERS = 60_000
"""A longer answer is shown from its end."""


class Reply(Vertical, Plain):
    """Shows one answer as it grows.

    The whole text so far is handed over each time; only what is new is drawn, so that a long answer
    costs no more a word than a short one. Text without Markdown in it never needs a Markdown widget.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plain = GrowingText()
        self._markdown: Markdown | None = None
        self._set = ""
        """The text that is shown as Markdown."""
        self._text = ""
        self._start = 0
        self._plain_to = 0
        """Up to there whole blocks were found to be without Markdown."""

    def compose(self) -> ComposeResult:
        yield self._plain

    @property
    def has_blocks(self) -> bool:
        """Whether it ends in Markdown, which keeps a line free below itself."""
        return self._markdown is not None and not self._plain.display

    @property
    def text(self) -> str:
        """All that is shown."""
        return self._text

    async def show(self, text: str, *, is_over: bool) -> None:
        """Show `text`; `is_over` when nothing will be added to it."""
        text = self._bounded(text)
        done = len(text.rstrip()) if is_over else complete_length(text)
        if text == self._text and done == len(self._set) + self._plain_to:
            return
        self._text = text
        if self._markdown is None and not has_markdown(text[self._plain_to : done]):
            self._plain_to = done
            self._show_plain(0)
            return
        self._plain_to = 0
        if text[:done] != self._set:
            await self._set_blocks(text[:done])
        self._show_plain(done)

    def _bounded(self, text: str) -> str:
        """The end of a very long `text`; where it begins moves seldom."""
        if len(text) < self._start:
            self._start = 0
        if len(text) - self._start > MOST_CHARACTERS:
            self._start = next_break(text, len(text) - MOST_CHARACTERS // 2)
            self._plain_to = 0
        return "…" + text[self._start :] if self._start else text

    def _show_plain(self, begin: int) -> None:
        """The text from `begin` on as it is."""
        rest = self._text[begin:].strip("\n")
        self._plain.show(rest)
        self._plain.display = bool(rest)

    async def _set_blocks(self, text: str) -> None:
        markdown = self._markdown
        if markdown is None:
            from textual.widgets import Markdown

            markdown = self._markdown = Markdown(open_links=False)
            await self.mount(markdown, before=0)
        if self._set and text.startswith(self._set):
            await markdown.append(text[len(self._set) :])
        else:
            await markdown.update(text)
        self._set = text
