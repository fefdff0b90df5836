"""Requests that take more than one call of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vbtui.base.errors import UsageError
from vbtui.ui.kit.host import Host

if TYPE_CHECKING:
    from vbtui.engine import Engine


def is_url(text: str) -> bool:
    """Whether `text` is one web address."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and " " not in text.strip()


async def upload_argument(engine: Engine, argument: str) -> None:
    """Upload what was written after `/upload`: a URL, or one or more paths."""
    if is_url(argument):
        await engine.library.add_url(argument.strip())
        return
    paths = list(engine.library.accepts_text(argument)) or [_path(argument)]
    await engine.library.add(paths, "picked")


def _path(text: str) -> Path:
    return Path(text).expanduser()


async def show_link(host: Host, engine: Engine) -> None:
    """Ask for the link to this project in the web app and show it, to copy or open.

    Raises `UsageError` where there is no web app, and what asking for the link raises.
    """
    if engine.overview.account is not None and engine.overview.account.kind == "local":
        raise UsageError(
            "The local studio has no web app.", hint="Projects in the cloud can be opened there."
        )
    from vbtui.ui.dialogs.dialog import LinkScreen

    claim = await engine.sessions.claim_link()
    register = engine.sessions.registration_link() if engine.overview.is_anonymous else ""
    host.push_screen(LinkScreen(claim, register))
