"""`vbtui media`: a project's files, listed from the journal, added and removed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from vbtui.base.errors import UsageError
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line, format_bytes
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.cli import forms, where
from vbtui.cli.door import Door, find_project, no_project
from vbtui.cli.say import opened
from vbtui.cli.shell import DONE_IN_PART, Outcome, finish, opened_journal
from vbtui.cli.stdin import named
from vbtui.cli.uploads import check_files
from vbtui.journal import assets
from vbtui.journal.records import Asset, AssetState, Session

_T = Translation
_NONE = _T("No media yet.", "还没有素材。")
_NAME_FILES = _T("Name the files.", "请写出文件。")
_LISTS_ALL = _T("The list is of all files.", "列表包含全部文件。")
_ON_THE_TIMELINE = _T(
    "Off the list: {names}. What the timeline has of it stays.",
    "已从列表移除：{names}。时间线上已有的部分保留。",
)


def run(arguments: argparse.Namespace) -> int:
    """The files go to stdout, a line each, or as one JSON object."""
    if arguments.what == "list" and arguments.files:
        raise UsageError(_LISTS_ALL)
    if arguments.what != "list" and not arguments.files:
        raise UsageError(_NAME_FILES)
    does = {"list": _listed, "add": _added, "remove": _removed}[arguments.what]
    return finish(does(load(), arguments), as_json=arguments.json, indent=1)


async def _listed(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    session = await find_project(settings, arguments.project, **where(arguments))
    if session is None:
        raise no_project(arguments.project)
    async with opened_journal(settings) as journal:
        assert journal is not None
        rows = await journal.run(lambda c: assets.of_session(c, session.id))
    return _told(session, [row.asset for row in rows if not row.is_forgotten])


async def _added(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    files = named([Path(name) for name in arguments.files], by_nul=arguments.null)
    check_files(files)
    async with opened(settings, arguments, author="media", makes=bool(arguments.project)) as door:
        added = await door.add_media(files)
        is_whole = all(one.state is not AssetState.FAILED for one in added)
        return _told(door.engine.sessions.current, added, 0 if is_whole else DONE_IN_PART)


async def _removed(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    async with opened(settings, arguments, author="media") as door:
        return await _remove(door, arguments.files)


async def _remove(door: Door, names: Sequence[str]) -> Outcome:
    removed = await door.remove_media(names)
    listed = ", ".join(clean_line(one.name) for one in removed)
    door.shell.progress.stage(_ON_THE_TIMELINE.of(names=listed))
    return _told(door.engine.sessions.current, removed)


def _told(session: Session | None, files: Sequence[Asset], code: int = 0) -> Outcome:
    told = {"version": FORM, **forms.project(session), "media": [forms.asset(one) for one in files]}
    return Outcome("\n".join(map(_as_line, files)) or _NONE.of(), told, code)


def _as_line(one: Asset) -> str:
    parts = [str(one.id), one.state.value, clean_line(one.shown), one.kind]
    if one.duration_s:
        parts.append(format_seconds(one.duration_s))
    if one.width and one.height:
        parts.append(f"{one.width}x{one.height}")
    if one.size:
        parts.append(format_bytes(one.size))
    if one.reason:
        parts.append(f"({clean_line(one.reason)})")
    return "  ".join(filter(None, parts))
