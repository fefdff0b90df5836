"""`vbtui`: the full-screen app."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vbtui.base import settings
from vbtui.base.errors import UsageError


def run(arguments: argparse.Namespace) -> int:
    """Show the app until it is left. Raises `UsageError` without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "vbtui is a full-screen app and needs a terminal.",
            hint="In scripts use: vbtui make FILE… --say TEXT -o OUT.mp4",
        )
    from vbtui.ui import app

    watched = None
    if arguments.watch:
        from vbtui.cli.shell import readable_folder

        watched = readable_folder(arguments.watch, make=True)
    return app.run(
        settings.load(),
        local=arguments.local,
        server=arguments.server,
        project=arguments.project,
        watch=watched,
        folder=Path.cwd(),
        no_pictures=arguments.no_pictures,
        demo=arguments.command == "demo",
    )
