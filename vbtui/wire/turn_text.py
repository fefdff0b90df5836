"""The text of a turn, assembled from its pieces (wire.md, Pieces and wholes)."""

from __future__ import annotations

from vbtui.base.text import Cleaner, clean
from vbtui.wire.model import TextPiece


class TurnText:
    """Feed it `TextPiece`s; `text` is what to show so far: clean, paragraphs apart.

    1. Partial text is added to what is open.
    2. Text that is not partial replaces what is open and closes it.
    3. A second closed text is a new paragraph, not a repeat.
    4. What is still open at the end is all there is.
    """

    def __init__(self) -> None:
        self._closed = ""
        self._open: list[str] = []
        self._cleaner = Cleaner()
        self._half = ""
        """The first half of a character that a border cut in two (an escaped surrogate pair)."""

    def feed(self, piece: TextPiece) -> None:
        if piece.partial:
            text = self._joined(piece.text)
            if text and (text := self._cleaner.feed(text)):
                self._open.append(text)
            return
        whole = clean(piece.text).strip()
        if not whole:
            self.close()
            return
        self._forget_open()
        self._add_paragraph(whole)

    def close(self) -> None:
        """The stream has ended: what is open is all there is."""
        if rest := self._cleaner.close():
            self._open.append(rest)
        text = "".join(self._open).strip()
        self._forget_open()
        if text:
            self._add_paragraph(text)

    @property
    def text(self) -> str:
        """Markdown; costs one copy of the text at most."""
        if len(self._open) > 1:
            self._open = ["".join(self._open)]
        if not self._open:
            return self._closed
        start = self._open[0].lstrip("\n") if self._closed else self._open[0].lstrip()
        if not start.strip():
            return self._closed
        return f"{self._closed}\n\n{start}" if self._closed else start

    def _add_paragraph(self, text: str) -> None:
        self._closed = f"{self._closed}\n\n{text}" if self._closed else text

    def _forget_open(self) -> None:
        self._open = []
        self._half = ""
        self._cleaner.close()

    def _joined(self, text: str) -> str:
        if self._half and text:
            if "\udc00" <= text[0] <= "\udfff":
                pair = (self._half + text[0]).encode("utf-16-le", "surrogatepass")
                text = pair.decode("utf-16-le") + text[1:]
            self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._half, text = text[-1], text[:-1]
        return text
