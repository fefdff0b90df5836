"""`vbtui status`: a project as the journal knows it; asks nobody."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
from collections import Counter
from typing import Any

from vbtui.base.settings import Settings, load
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import FORM, cells, clean_line, padded
from vbtui.base.translation import Translation
from vbtui.cli import forms, where
from vbtui.cli.door import find_project, no_project
from vbtui.cli.shell import Outcome, finish, opened_journal
from vbtui.conversation.receipts import summary
from vbtui.exports.notify import STATES
from vbtui.journal.records import AssetState, RenderState, Session
from vbtui.journal.table import Unreadable
from vbtui.timeline import model as timeline

_T = Translation
_NOTHING_YET = _T(
    "No project yet. Start one with: vbtui --local", "还没有项目。新建项目：vbtui --local"
)
_UNREAD = _T(
    "The timeline could not be read since the last message: {why}.",
    "上一条消息之后无法读取时间线：{why}。",
)
_UNREAD_BEFORE = _T(
    "The timeline could not be read since the last message: {why}. When it was read last: {before}",
    "上一条消息之后无法读取时间线：{why}。上次读取时：{before}",
)
_PROJECT, _BACKEND = _T("Project", "项目"), _T("Backend", "后台")
_MEDIA, _EXPORT, _NO_FILES = _T("Media", "素材"), _T("Export", "导出"), _T("none", "无")
_FILES = {
    AssetState.SEEN: _T("{count} seen", "{count} 个已发现"),
    AssetState.SETTLING: _T("{count} settling", "{count} 个写入中"),
    AssetState.HASHING: _T("{count} hashing", "{count} 个读取中"),
    AssetState.QUEUED: _T("{count} queued", "{count} 个排队中"),
    AssetState.UPLOADING: _T("{count} uploading", "{count} 个上传中"),
    AssetState.DONE: _T("{count} done", "{count} 个就绪"),
    AssetState.FAILED: _T("{count} failed", "{count} 个失败"),
    AssetState.SKIPPED: _T("{count} skipped", "{count} 个已跳过"),
    AssetState.REPLACED: _T("{count} replaced", "{count} 个已替换"),
    AssetState.GONE: _T("{count} gone", "{count} 个已消失"),
}
_COMMA = _T(", ", "，")


def run(arguments: argparse.Namespace) -> int:
    """Print a project's timeline, media and exports; exit code 0, also when there is none."""
    return finish(_look(load(), arguments), as_json=arguments.json, indent=1)


async def _look(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    """`{"project", "backend", "session", "timeline", "unread", "version", "duration_ms", "media", "turns", "renders"}`;
    `project` is None when there is none. `media` and `turns` count by state, `version` is the timeline's."""
    session = await find_project(settings, arguments.project, **where(arguments))
    if session is None and arguments.project:
        raise no_project(arguments.project)
    async with opened_journal(settings) as journal:
        if session is None or journal is None:
            return Outcome(_NOTHING_YET.of(), _NONE)
        data, seen = await journal.run(lambda c: _read(c, session))
    return Outcome(_as_text(data, seen), data)


_NONE: dict[str, Any] = {
    "format_version": FORM,
    **dict.fromkeys(("project", "backend", "session", "timeline")),
    "unread": "",
    "version": 0,
    "duration_ms": 0,
    "media": {},
    "turns": {},
    "renders": [],
}


def _read(
    connection: sqlite3.Connection, session: Session
) -> tuple[dict[str, Any], timeline.Timeline | None]:
    """Of that project, and its timeline."""
    key = (session.id,)
    draft = connection.execute(
        "SELECT json, version FROM drafts WHERE session_id = ? ORDER BY version DESC LIMIT 1", key
    ).fetchone()
    try:
        seen = timeline.read(json.loads(draft["json"])) if draft else None
    except ValueError as error:
        raise Unreadable(f"drafts: {error}") from error
    why = unread(connection, key)
    renders = connection.execute(
        "SELECT id, state, progress, path FROM renders WHERE session_id = ? ORDER BY position", key
    )
    data = {
        "format_version": FORM,
        **forms.project(session),
        "timeline": _timeline(seen, why, False),
        "unread": why,
        "version": draft["version"] if draft else 0,
        "duration_ms": seen.duration_ms if seen else 0,
        "media": _by_state(connection, "assets", key),
        "turns": _by_state(connection, "turns", key),
        "renders": [
            {
                "id": row["id"],
                "state": row["state"],
                "progress": row["progress"],
                "path": os.fsdecode(row["path"]) if row["path"] else None,
            }
            for row in renders
        ],
    }
    return data, seen


def unread(connection: sqlite3.Connection, key: tuple[str]) -> str:
    """Why nobody has seen what the last message made of the timeline; empty where it was seen."""
    row = connection.execute(
        "SELECT json_extract(receipt, '$.unseen') AS unseen FROM turns"
        " WHERE session_id = ? AND route = 'edit' AND sent_at IS NOT NULL"
        " ORDER BY sent_at DESC, position DESC LIMIT 1",
        key,
    ).fetchone()
    return clean_line(row["unseen"] or "") if row else ""


def _timeline(seen: timeline.Timeline | None, unread: str, chinese: bool) -> str:
    """In that language: a program is told it in English."""
    if not unread:
        return summary(seen, chinese)
    if seen is None:
        return _UNREAD.of(chinese, why=unread)
    return _UNREAD_BEFORE.of(chinese, why=unread, before=summary(seen, chinese))


def _by_state(connection: sqlite3.Connection, table: str, key: tuple[str]) -> dict[str, int]:
    rows = connection.execute(f"SELECT state FROM {table} WHERE session_id = ?", key)
    return dict(Counter(row["state"] for row in rows))


def _as_text(found: dict[str, Any], seen: timeline.Timeline | None) -> str:
    """The same in lines for people."""
    wide = max(cells(one.of()) for one in (_PROJECT, _BACKEND, _MEDIA, _EXPORT))

    def line(label: Translation, text: str) -> str:
        return f"{padded(label.of(), wide)}   {text}".rstrip()

    lines = [
        line(_PROJECT, clean_line(found["project"])),
        line(_BACKEND, clean_line(found["backend"])),
        _timeline(seen, found["unread"], speaks_chinese()),
        line(_MEDIA, _counts(found["media"]) or _NO_FILES.of()),
    ]
    for render in found["renders"]:
        state = STATES[RenderState(render["state"])].of()
        where = clean_line(render["path"] or "")
        lines.append(line(_EXPORT, f"{state} {render['progress']:.0f} % {where}"))
    return "\n".join(lines)


def _counts(states: dict[str, int]) -> str:
    return _COMMA.of().join(
        _FILES[AssetState(state)].of(count=count) for state, count in sorted(states.items())
    )
