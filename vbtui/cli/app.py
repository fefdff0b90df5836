"""`vbtui`: the full-screen app."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vbtui.base import settings
from vbtui.base.errors import UsageError
from vbtui.base.translation import Translation
from vbtui.cli import is_local

_NEEDS_TERMINAL = Translation(
    "vbtui is a full-screen app and needs a terminal.", "vbtui 是全屏应用，需要终端。"
)
_IN_SCRIPTS = Translation(
    "In scripts use: vbtui make FILE… --say TEXT -o OUT.mp4",
    "在脚本中请用：vbtui make FILE… --say TEXT -o OUT.mp4",
)


def run(arguments: argparse.Namespace) -> int:
    """Show the app until it is left. Raises `UsageError` without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(_NEEDS_TERMINAL, hint=_IN_SCRIPTS)
    from vbtui.ui import app

    watched = None
    if arguments.watch:
        from vbtui.cli.shell import readable_folder

        watched = readable_folder(arguments.watch, make=True)
    found = settings.load()
    return app.run(
        found,
        local=is_local(found, arguments),
        server=arguments.server,
        project=arguments.project,
        watch=watched,
        folder=Path.cwd(),
        no_pictures=arguments.no_pictures,
        demo=arguments.command == "demo",
    )
