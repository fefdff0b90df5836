"""What the endpoints answer (wire.md, Endpoints), read tolerantly and already cleaned.

Names, messages and URLs are foreign text that has passed `text.clean_line`; the draft alone is
kept exactly as it came, because a render must get it back equal as JSON.

The text of a turn, assembled from its pieces (wire.md, Pieces and wholes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vbtui.base.text import Cleaner, clean


@dataclass(frozen=True, slots=True)
class AnonymousToken:
    """The reply to `POST /api/auth/anonymous-token`."""

    token: str = field(repr=False)
    expires_at: float
    """Seconds since 1970; seven days from now where the reply does not say."""
    credits: float | None = None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class NewSession:
    """The reply to `POST /api/tasks/me/with-session/nemo_agent`."""

    session_id: str
    task_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the backend has: from an upload's reply or from the state."""

    name: str = ""
    kind: str = ""
    """`video`, `image`, `audio`, or what the backend calls it; empty when it does not say."""
    url: str = ""
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    digest: str = ""
    """The backend's own hash of the content; the local studio gives the SHA-256 in hex."""
    size: int | None = None
    """Bytes, where the backend says."""


@dataclass(frozen=True, slots=True)
class CreditBalance:
    """The reply to `GET /api/credits/balance/simple`."""

    available: float
    frozen: float = 0
    total: float = 0


@dataclass(frozen=True, slots=True)
class SessionState:
    """The reply to `GET /api/state/…/latest`."""

    draft: Any
    """The JSON as it came; None when nothing is built yet."""
    media: tuple[Media, ...] = ()
    """`video_infos`."""
    generated: tuple[Media, ...] = ()
    """`generated_media`."""
    canvas: Mapping[str, Any] = field(default_factory=dict)
    task_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class RenderStatus:
    """The reply to the render endpoints."""

    status: str
    """`pending`, `processing`, `completed`, `failed` or `cancelled`."""
    progress: float | None = None
    """0-100."""
    url: str = ""
    error: str = ""
    remark: str = ""
    """The local studio's: what to know of a video that came out all the same."""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Text of the agent. Partial pieces are added; one that is not partial replaces what the
    partial ones gave and closes it (wire.md, Pieces and wholes)."""

    text: str
    partial: bool


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The agent began something; counted once by `id`."""

    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """Something that the agent began has ended."""

    id: str
    name: str
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtherPart:
    """A part that is named, not shown: `inlineData`, `fileData`, `executableCode`…"""

    kind: str


@dataclass(frozen=True, slots=True)
class StateHinted:
    """`actions.stateDelta` was not empty: the draft may have changed."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The backend is still at work."""


@dataclass(frozen=True, slots=True)
class ErrorReported:
    """An error inside the stream; text before it stays."""

    code: str
    message: str


TurnEvent = (
    TextPiece | ToolCalled | ToolReturned | OtherPart | StateHinted | Heartbeat | ErrorReported
)


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
