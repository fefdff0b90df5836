"""What an agent can read of a project without asking for anything to be done: its timeline, and what was said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote, unquote

from vbtui.base.errors import UsageError
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Translation
from vbtui.cli import forms, projects
from vbtui.cli.mcp.rooms import Rooms
from vbtui.cli.mcp.table import TIMELINE, TRANSCRIPT
from vbtui.cli.shell import opened_journal
from vbtui.conversation import receipts
from vbtui.conversation.queue import of_session
from vbtui.journal.records import Session, Turn
from vbtui.session import drafts
from vbtui.timeline import model

_T = Translation
_NO_SUCH = _T("There is no such resource.", "没有这个资源。")
_YOU = _T("you", "你")
_SCHEME = "vbtui://project/"
_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Resource:
    """One that there is."""

    uri: str
    name: str
    mime: str
    what: str


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in one."""

    mime: str
    text: str


async def listed(rooms: Rooms) -> list[Resource]:
    """Two for each project, those used last first."""
    every = await projects.listed(rooms.settings, rooms.at)
    found = []
    for one in every[:_MOST_LISTED]:
        name, place = clean_line(one["project"]), f"{_SCHEME}{quote(one['session'], safe='')}"
        found += [
            Resource(f"{place}/timeline", f"{name}: timeline", "application/json",
                     TIMELINE),
            Resource(f"{place}/transcript", f"{name}: transcript", "text/markdown",
                     TRANSCRIPT),
        ]  # fmt: skip
    return found


async def read(rooms: Rooms, uri: str) -> Text:
    """Raises `UsageError` where there is none."""
    session_id, _, what = uri.removeprefix(_SCHEME).partition("/")
    session = await rooms.find(unquote(session_id)) if session_id else None
    if not uri.startswith(_SCHEME) or session is None or what not in ("timeline", "transcript"):
        raise UsageError(_NO_SUCH)
    async with opened_journal(rooms.settings) as journal:
        assert journal is not None
        if what == "transcript":
            turns = await journal.run(lambda c: of_session(c, session.id))
            return Text("text/markdown", _transcript(session, turns))
        kept = await journal.run(lambda c: drafts.newest_kept(c, session.id))
    line = model.read(json.loads(kept.json_text)) if kept else None
    told = {
        "version": FORM,
        **forms.project(session),
        "timeline_version": kept.version if kept else 0,
        **forms.timeline(line),
    }
    return Text("application/json", to_json(told, 1))


def _transcript(session: Session, turns: list[Turn]) -> str:
    parts = [f"# {clean_line(session.name)}"]
    for turn in turns:
        if turn.text:
            author = clean_line(turn.author) or _YOU.of()
            parts.append(f"**{author}** ({turn.state.value}): {clean_line(turn.text)}")
        if told := receipts.told(turn).strip():
            parts.append("\n".join(f"> {line}".rstrip() for line in told.splitlines()))
    return "\n\n".join(parts) + "\n"
