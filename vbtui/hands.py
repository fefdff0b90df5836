"""What the conversation asks of the other services, handed in so that it imports none of them.

    Conversation(context, drafts, hands)

Each callable may raise any `VbtuiError`; it then becomes the problem of the turn that asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from vbtui.base.errors import UsageError
from vbtui.journal.records import Asset, ExportOptions, Render


async def _nobody(offer: str) -> None:
    raise UsageError("This is not done here.")


@dataclass(frozen=True, slots=True)
class Hands:
    """The doors to exports and library."""

    export: Callable[[ExportOptions], Awaitable[Render]]
    """Starts an export of the newest draft."""
    upload: Callable[[str], Awaitable[Sequence[Asset]]]
    """Takes the paths and URLs out of a text and uploads them; nothing found: an empty sequence."""
    upload_again: Callable[[], Awaitable[Sequence[Asset]]]
    """Uploads the media list anew, after a new session was needed."""
    assets: Callable[[], Sequence[Asset]]
    """The media of the open session."""
    renders: Callable[[], Sequence[Render]]
    """The exports of the open session."""
    estimate: Callable[[Render], float | None] = lambda _: None
    """Seconds until an export is there, where own history knows; None before that."""
    render_here: Callable[[str], Awaitable[None]] = _nobody
    """Does `render_here` or `render_here_anyway`: an export that the backend does not make, made on
    this machine."""
