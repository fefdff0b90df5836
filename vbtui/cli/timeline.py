"""`vbtui timeline`: what a project's video consists of; `vbtui versions`: its versions, and who made them. As the
journal knows it; asks nobody."""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from typing import Any

from vbtui.base.errors import UsageError
from vbtui.base.settings import Settings, load
from vbtui.base.spoken import speaks_chinese
from vbtui.base.text import FORM, clean_line
from vbtui.base.times import time_code
from vbtui.base.translation import Translation
from vbtui.cli import forms, where
from vbtui.cli.door import find_project, no_project
from vbtui.cli.progress import Progress
from vbtui.cli.shell import Outcome, finish, opened_journal
from vbtui.cli.status import unread
from vbtui.conversation.queue import UNDER_WAY, of_session
from vbtui.journal.records import Session, TurnState
from vbtui.journal.table import Unreadable
from vbtui.session import drafts
from vbtui.timeline import model
from vbtui.timeline.digest import effect_names, overlay_words, speed_words
from vbtui.timeline.model import Segment, Timeline, Track

_T = Translation
_EMPTY = _T("The timeline is empty.", "时间线是空的。")
_UNREAD = _T(
    "The timeline could not be read since the last message: {why}.",
    "上一条消息之后无法读取时间线：{why}。",
)
_UNSETTLED = _T(
    "a message is under way, or nobody saw how it ended",
    "有消息正在处理，或没有人看到它的结果",
)
_LANES = {
    "video": _T("video", "视频"),
    "overlay": _T("overlay", "叠加"),
    "audio": _T("audio", "音频"),
    "text": _T("text", "文字"),
}


def run(arguments: argparse.Namespace) -> int:
    """The lanes go to stdout, a line a clip, or the model as one JSON object; of versions a line each."""
    return finish(_look(load(), arguments), as_json=arguments.json, indent=1)


async def _look(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    session = await find_project(settings, arguments.project, **where(arguments))
    if session is None:
        raise no_project(arguments.project)
    async with opened_journal(settings) as journal:
        assert journal is not None
        if arguments.command == "versions":
            versions = await journal.run(lambda c: every_version(c, session))
            text = "\n".join(map(_version_line, versions)) or _EMPTY.of()
            return Outcome(text, {"version": FORM, **forms.project(session), "versions": versions})
        kept, why = await journal.run(lambda c: _read(c, session, arguments.version))
    line = _timeline(kept) if kept is not None else None
    if why:
        Progress().stage(f"! {_UNREAD.of(why=why)}")
    told: dict[str, Any] = {
        "version": FORM,
        **forms.project(session),
        "timeline_version": kept.version if kept else 0,
        "seen_at": kept.seen_at if kept else None,
        "unread": why,
        **forms.timeline(line),
    }
    return Outcome(as_text(line), told)


def _read(
    connection: sqlite3.Connection, session: Session, version: int
) -> tuple[drafts.KeptDraft | None, str]:
    """That version of the timeline, 0: the newest; and why it may not be what there is now."""
    if version:
        found = drafts.find_kept(connection, session.id, version)
        if found is None:
            raise UsageError(code="usage.no_version", version=version)
        return found, ""
    marks = ", ".join("?" * len(_UNSETTLED_STATES))
    row = connection.execute(
        f"SELECT count(*) FROM turns WHERE session_id = ? AND state IN ({marks})",
        (session.id, *_UNSETTLED_STATES),
    ).fetchone()
    why = unread(connection, (session.id,)) or (_UNSETTLED.of() if row[0] else "")
    return drafts.newest_kept(connection, session.id), why


def every_version(connection: sqlite3.Connection, session: Session) -> list[dict[str, Any]]:
    """Those of a project's timeline, with the sentences that made them."""
    turns = {one.id: one for one in of_session(connection, session.id)}
    found = []
    for kept in drafts.all_kept(connection, session.id):
        line, turn = _timeline(kept), turns.get(kept.turn_id or 0)
        found.append(
            {
                "number": kept.version,
                "seen_at": kept.seen_at,
                "say": turn.text if turn else None,
                "author": (turn.author or None) if turn else None,
                "duration_ms": line.duration_ms if line else 0,
                "tracks": len(line.tracks) if line else 0,
                "segments": sum(len(track.segments) for track in line.tracks) if line else 0,
            }
        )
    return found


def _version_line(one: dict[str, Any]) -> str:
    """`3  2026-05-01 12:00  0:30  mute clip 2  · say`."""
    seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(one["seen_at"]))
    parts = [str(one["number"]), seen, time_code(one["duration_ms"])]
    parts += [clean_line(one["say"])] if one["say"] else []
    parts += [f"· {one['author']}"] if one["author"] else []
    return "  ".join(parts)


_UNSETTLED_STATES = (*UNDER_WAY, TurnState.UNKNOWN)


def _timeline(kept: drafts.KeptDraft) -> Timeline | None:
    try:
        return model.read(json.loads(kept.json_text))
    except ValueError as error:
        raise Unreadable(f"drafts: {error}") from error


def as_text(line: Timeline | None) -> str:
    """`0:30  1920x1080  30 fps`, then a line for each segment: lane, number, from, to, what it is."""
    if line is None or not line.tracks:
        return _EMPTY.of()
    head = [time_code(line.duration_ms)]
    head += [f"{line.width}x{line.height}"] if line.width and line.height else []
    head += [f"{line.fps:g} fps"] if line.fps else []
    lines = ["  ".join(head)]
    for track in line.tracks:
        lines += [_segment_line(track, number, one) for number, one in enumerate(track.segments, 1)]
    return "\n".join(lines)


def _segment_line(track: Track, number: int, one: Segment) -> str:
    lane = _LANES[track.kind.lower()].of() if track.kind.lower() in _LANES else track.kind
    begin = time_code(one.start_ms, fraction=True)
    parts = [lane, str(number), f"{begin}-{time_code(one.end_ms, fraction=True)}"]
    parts.append(f"“{clean_line(one.text)}”" if one.text else clean_line(one.name))
    if one.source_start_ms:
        parts.append(f"@{time_code(one.source_start_ms, fraction=True)}")
    chinese = speaks_chinese()
    told = speed_words(one, chinese), effect_names(one, chinese), overlay_words(one, chinese)
    parts += filter(None, told)
    if one.volume is not None and one.volume != 1:
        parts.append(f"{one.volume:.0%}")
    if one.transition:
        parts.append(f"{clean_line(one.transition)} {one.transition_ms / 1000:g} s")
    return "  ".join(parts)
