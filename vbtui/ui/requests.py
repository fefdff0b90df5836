"""Requests that take more than one call of the engine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from vbtui.engine.model import AssetState
from vbtui.errors import UsageError
from vbtui.ui.host import Host
from vbtui.ui.ports import EngineLike


def is_url(text: str) -> bool:
    """Whether `text` is one web address."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and " " not in text.strip()


async def upload_argument(engine: EngineLike, argument: str) -> None:
    """Upload what was written after `/upload`: a URL, or one or more paths."""
    if is_url(argument):
        await engine.library.add_url(argument.strip())
        return
    paths = list(engine.library.accepts_text(argument)) or [_path(argument)]
    await engine.library.add(paths, "picked")


def _path(text: str) -> Path:
    return Path(text).expanduser()


async def upload_again(engine: EngineLike) -> None:
    """Upload every file of the project once more: its session is a new one."""
    for asset in tuple(engine.library.assets):
        if asset.state not in (AssetState.SKIPPED, AssetState.REPLACED, AssetState.GONE):
            await engine.library.retry(asset.id)


async def open_claim(host: Host, engine: EngineLike) -> None:
    """Make the claim link, put it on the clipboard and open the browser."""
    claim = getattr(engine, "claim_link", None)
    if claim is None:
        raise UsageError("This backend has no link to open in the browser.")
    link = str(await claim())
    host.copy_to_clipboard(link)
    host.open_url(link)
    host.say(link, title="Opened in the browser, and copied")
