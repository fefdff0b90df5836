"""`vbtui frame`: a picture of a project's video as it is now, without an export."""

from __future__ import annotations

import argparse
import asyncio

from vbtui.base.files import disk_errors, write_bytes
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line
from vbtui.base.translation import Translation
from vbtui.cli import forms
from vbtui.cli.say import opened
from vbtui.cli.shell import DONE_IN_PART, Outcome, check_output, finish

_NOT_IN_IT = Translation("! Not in the picture: {part}", "! 画面中不会有：{part}")


def run(arguments: argparse.Namespace) -> int:
    """The picture's path goes to stdout, or one JSON object."""
    return finish(_drawn(load(), arguments), as_json=arguments.json)


async def _drawn(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    check_output(arguments.output)
    path = arguments.output.absolute()
    async with opened(settings, arguments, author="frame") as door:
        found = await door.frame(arguments.at)
        session = door.engine.sessions.current
        for part in found.missing:
            door.shell.progress.stage(_NOT_IN_IT.of(part=clean_line(part)))
    with disk_errors(path):
        await asyncio.to_thread(write_bytes, path, found.pictures[0], mode=0o644)
    told = {
        "version": FORM,
        **forms.project(session),
        "picture": str(path),
        "at_ms": arguments.at,
        "missing": [*found.missing],
    }
    return Outcome(str(path), told, DONE_IN_PART if found.missing else 0)
