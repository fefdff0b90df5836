"""`vbtui projects`: every project of this journal; gives one another name, takes one off the list. Asks nobody."""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from dataclasses import replace
from functools import partial
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.cli import where
from vbtui.cli.door import backends_of, find_project, no_project
from vbtui.cli.shell import Outcome, finish, opened_journal
from vbtui.journal import sessions
from vbtui.journal.records import Session
from vbtui.session import drafts
from vbtui.session.projects import clean_name
from vbtui.timeline import model

_T = Translation
_NONE = _T("No project yet. Start one with: vbtui --local", "还没有项目。新建项目：vbtui --local")
_NAMELESS = _T("A project needs a name.", "项目需要名称。")


def run(arguments: argparse.Namespace) -> int:
    """The projects go to stdout, last used first: a line each, or as one JSON object."""
    return finish(_done(load(), arguments), as_json=arguments.json, indent=1)


async def _done(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    wanted = arguments.rename[0] if arguments.rename else arguments.forget
    found = await find_project(settings, wanted, **where(arguments)) if wanted is not None else None
    if wanted is not None and (found is None or not wanted):
        raise no_project(wanted)
    name = clean_name(arguments.rename[1]) if arguments.rename else ""
    if arguments.rename and not name:
        raise UsageError(_NAMELESS)

    def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
        if found is not None and name:
            sessions.save(connection, replace(found, name=name))
        elif found is not None:
            sessions.forget(connection, found.id, time.time())
        return _listed(connection, backends_of(settings, **where(arguments)))

    async with opened_journal(settings) as journal:
        listed = await journal.run(work) if journal else []
    return Outcome(
        "\n".join(map(_as_line, listed)) or _NONE.of(), {"version": FORM, "projects": listed}
    )


async def listed(settings: Settings, at: dict[str, Any]) -> list[dict[str, Any]]:
    """Those at the backends that are meant (`door.backends_of`), last used first."""
    async with opened_journal(settings) as journal:
        read = partial(_listed, backends=backends_of(settings, **at))
        return await journal.run(read) if journal else []


def _listed(connection: sqlite3.Connection, backends: tuple[str, ...]) -> list[dict[str, Any]]:
    every = [one for backend in backends for one in sessions.every(connection, backend)]
    every.sort(key=lambda one: one.used_at, reverse=True)
    return [_form(connection, one, is_last=not number) for number, one in enumerate(every)]


def _form(connection: sqlite3.Connection, one: Session, *, is_last: bool) -> dict[str, Any]:
    kept = drafts.newest_kept(connection, one.id)
    line = model.read(json.loads(kept.json_text)) if kept else None
    files = connection.execute(
        "SELECT count(*) FROM assets WHERE session_id = ? AND state = 'done'", (one.id,)
    ).fetchone()
    return {
        "project": one.name,
        "session": one.id,
        "backend": one.backend,
        "last": is_last,
        "created_at": one.created_at,
        "used_at": one.used_at,
        "timeline_version": kept.version if kept else 0,
        "duration_ms": line.duration_ms if line else 0,
        "media": files[0],
    }


def _as_line(one: dict[str, Any]) -> str:
    used = time.strftime("%Y-%m-%d %H:%M", time.localtime(one["used_at"]))
    length = time_code(one["duration_ms"])
    return "  ".join((used, length, clean_line(one["backend"]), clean_line(one["project"])))
