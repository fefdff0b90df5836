"""`vbtui open`: plays the newest video of a project with the desktop's program."""

from __future__ import annotations

import argparse
import os

from vbtui.base import programs
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line
from vbtui.base.translation import Translation
from vbtui.cli import forms, where
from vbtui.cli.door import find_project, no_project
from vbtui.cli.shell import Outcome, finish, opened_journal
from vbtui.journal import renders
from vbtui.journal.records import RenderState

_NONE = Translation("There is no finished video of this project.", "这个项目还没有完成的视频。")
_EXPORT = Translation("Make one: vbtui export", "先导出一个：vbtui export")


def run(arguments: argparse.Namespace) -> int:
    """The video's path goes to stdout, or one JSON object."""
    return finish(_opened(load(), arguments), as_json=arguments.json)


async def _opened(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    session = await find_project(settings, arguments.project, **where(arguments))
    if session is None:
        raise no_project(arguments.project)
    async with opened_journal(settings) as journal:
        assert journal is not None
        every = await journal.run(lambda c: renders.all_of(c, session.backend, limit=_LISTED))
    done = [
        one.path
        for one in every
        if one.session_id == session.id and one.state is RenderState.DONE and one.path
    ]
    path = next((one for one in done if one.exists()), None)
    if path is None:
        raise UsageError(_NONE, hint=_EXPORT)
    if not programs.has_desktop(os.environ):
        command = clean_line(programs.fetch_command(path, os.environ))
        raise VbtuiError(code="no_desktop", path=clean_line(str(path)), command=command)
    if not programs.open_on_desktop(path):
        raise VbtuiError(code="no_program", path=clean_line(str(path)))
    return Outcome(str(path), {"version": FORM, **forms.project(session), "video": str(path)})


_LISTED = 1000
