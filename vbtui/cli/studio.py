"""`vbtui studio`: the local backend alone, for other clients."""

from __future__ import annotations

import argparse

from vbtui.base import settings
from vbtui.base.errors import StudioMissing


def run(arguments: argparse.Namespace) -> int:
    """Serve until it is told to end. Raises `StudioMissing` without the extra."""
    try:
        from vbtui.studio.server import serve
    except ImportError as error:
        raise StudioMissing(package=error.name or "?") from None
    data = arguments.data or settings.find_directories().studio
    return serve.main(
        arguments.host,
        arguments.port,
        data.absolute(),
        is_open=arguments.open,
        fetches_inside=arguments.allow_private_urls,
        scheduler=arguments.scheduler,
    )
