"""What the endpoints answer (wire.md, Endpoints), read tolerantly and already cleaned.

Names, messages and URLs are foreign text that has passed `text.clean_line`; the draft alone is
kept exactly as it came, because a render must get it back equal as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
