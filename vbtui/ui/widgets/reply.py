"""The agent's answer: plain text while it arrives, Markdown as soon as a block is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from vbtui.ui.blocks import complete_length, first_piece, has_markdown, next_break
from vbtui.ui.widgets.growing import Growing

if TYPE_CHECKING:
    from textual.widgets import Markdown

MOST_CHARACTERS = 60_000
"""A longer answer is shown from its end."""
_TAIL = 9_000
"""When more than so many characters are in no piece yet, the tail is what fills a screen."""
_SCREENFUL = 2_400
_CATCH_UP_S, _CATCH_UP_LIVE_S = 0.15, 1.0
"""One piece is added so long after the other: each costs a layout, and keys come between."""


class Piece(Static, Growing):
    """Some paragraphs without Markdown."""


class Reply(Vertical, Growing):
    """Shows one answer as it grows.

    The whole text so far is handed over each time; only what is new is drawn, so that a long answer
    costs no more a word than a short one. Text without Markdown in it never needs a Markdown widget.
    Where text comes faster than it can be laid out, its end is shown and what is between follows.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tail = Piece(classes="reply-tail")
        self._markdown: Markdown | None = None
        self._set = ""
        self._text = ""
        self._start = 0
        self._plain_to = 0
        self._pieces: list[Piece] = []
        self._pieces_to = 0
        self._is_over = False
        self._catching_up: Timer | None = None

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
        self._is_over = is_over
        text = await self._bounded(text)
        done = len(text.rstrip()) if is_over else complete_length(text)
        if text == self._text and done == len(self._set) + self._plain_to:
            return
        if not text.startswith(self._text[: self._pieces_to]):
            await self._drop_pieces()
        self._text = text
        if self._markdown is None and not has_markdown(text[self._plain_to : done]):
            self._plain_to = done
            self._set_plain(0)
            return
        self._plain_to = 0
        if text[:done] != self._set:
            await self._drop_pieces()
            await self._set_blocks(text[:done])
        self._set_plain(done)

    async def _bounded(self, text: str) -> str:
        """The end of a very long `text`; where it begins moves seldom."""
        if len(text) < self._start:
            self._start = 0
        if len(text) - self._start > MOST_CHARACTERS:
            self._start = next_break(text, len(text) - MOST_CHARACTERS // 2)
            await self._drop_pieces()
            self._plain_to = 0
        return "…" + text[self._start :] if self._start else text

    def _set_plain(self, begin: int) -> None:
        """The text from `begin` on as plain text: pieces that stay, of which those in sight are
        drawn, and a tail that grows."""
        self._pieces_to = max(self._pieces_to, begin)
        if self._catching_up is not None and not self._is_over:
            self._show_tail()
        else:
            self._add_piece()

    def _add_piece(self) -> None:
        """Add one piece, if there is text for one; a timer adds the next."""
        text, begin = self._text, self._pieces_to
        piece = first_piece(text, begin)
        if piece is not None:
            end, is_paragraph = piece
            static = Piece(Content(text[begin:end].strip("\n")), classes="reply-tail")
            static.styles.margin = (0, 0, int(is_paragraph), 0)
            self._pieces.append(static)
            self._pieces_to = end
            self.mount(static, before=self._tail)
        self._show_tail()
        if self._catching_up is None and first_piece(text, self._pieces_to):
            wait_s = _CATCH_UP_S if self._is_over else _CATCH_UP_LIVE_S
            self._catching_up = self.set_timer(wait_s, self._catch_up)

    def _catch_up(self) -> None:
        self._catching_up = None
        self._add_piece()

    @property
    def is_behind(self) -> bool:
        """There is text that waits to be laid out."""
        return self._catching_up is not None

    def _show_tail(self) -> None:
        begin = self._pieces_to
        if len(self._text) - begin > _TAIL:
            begin = next_break(self._text, len(self._text) - _SCREENFUL)
        tail = self._text[begin:].strip("\n")
        self._tail.update(Content(tail if begin == self._pieces_to else f"…\n\n{tail}"))
        self._tail.display = bool(tail)

    async def _drop_pieces(self) -> None:
        if self._catching_up is not None:  # it would add what is about to be shown otherwise
            self._catching_up.stop()
            self._catching_up = None
        pieces, self._pieces = self._pieces, []
        self._pieces_to = 0
        if pieces:
            await self.remove_children(pieces)

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
