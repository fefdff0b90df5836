"""`vbtui demo`: the sample project, in the app; without a terminal, or with `-o`, its video.

The local studio draws the footage.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vbtui.base.settings import load
from vbtui.base.translation import Translation
from vbtui.cli import app
from vbtui.cli.shell import finish

_OUT = Translation("One day in May.mp4", "五月的一天.mp4")


def run(arguments: argparse.Namespace) -> int:
    """The app until it is left; or the video's path, or the JSON object, on stdout."""
    arguments.local, arguments.server = True, ""
    is_shown = sys.stdin.isatty() and sys.stdout.isatty()
    if is_shown and arguments.output is None and not arguments.json:
        return app.run(arguments)
    from vbtui.cli.make import made
    from vbtui.commands import SAMPLE_SENTENCE
    from vbtui.session.projects import language

    arguments.output = arguments.output or Path(_OUT.of())
    arguments.say = [SAMPLE_SENTENCE.of(language() == "zh")]
    return finish(made(load(), arguments), as_json=arguments.json)
