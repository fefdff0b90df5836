"""`vbtui renders`: the journal's exports, once or followed until all are over; asks nobody."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from vbtui.base.errors import VbtuiError
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.base.translation import Counted, Translation
from vbtui.cli import where
from vbtui.cli.door import backends_of, find_project, no_project
from vbtui.cli.shell import DONE_IN_PART, Outcome, finish, opened_journal, suspend_soundly
from vbtui.exports.notify import state_words
from vbtui.journal import renders
from vbtui.journal.journal import Journal
from vbtui.journal.owners import owner_is_alive
from vbtui.journal.records import Render, RenderState
from vbtui.journal.renders import ListedRender

_NOTHING_YET = Translation("No exports yet.", "还没有导出。")
_LOST = Translation("(a lost project)", "（丢失的项目）")
_WHY = Translation("({why})", "（{why}）")
_UNFINISHED = Counted(
    "One export is not finished, and no vbtui works on it.",
    "{count} exports are not finished, and no vbtui works on them.",
    "{count} 个导出尚未完成，且没有 vbtui 在处理。",
)
_START = Counted(
    "Start vbtui: it goes on by itself.",
    "Start vbtui: they go on by themselves.",
    "请启动 vbtui：会自动继续。",
)
_LISTED = 200
_LOOK_S = 0.3
_PATIENCE_S = 3.0
"""How long nobody may work on what is unfinished before a follower gives up: a vbtui that starts
takes it over."""


def run(arguments: argparse.Namespace) -> int:
    """Print the exports: a line each, or with `--json` one JSON object; following, one line or one
    JSON object for each that is there and for each change.

    Returns 0; following, 6 when some of what was unfinished did not become a video, 1 when none
    did. Raises `VbtuiError` when nobody works on what is followed.
    """
    settings = load()
    if arguments.follow:
        show = _as_json_line if arguments.json else _as_line
        return asyncio.run(_followed(settings, arguments, show))
    return finish(_listed(settings, arguments), as_json=arguments.json, indent=1)


Read = Callable[[], Awaitable[list[ListedRender]]]
"""The exports that are meant, as the journal has them now."""


async def _listed(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    is_meant = await _meant(settings, arguments)
    async with opened_journal(settings) as journal:
        found = await _read(journal, is_meant) if journal else []
    told = {"version": FORM, "renders": [_as_json(one) for one in found]}
    return Outcome("\n".join(map(_as_line, found)) or _NOTHING_YET.of(), told)


async def of_session(settings: Settings, session_id: str) -> list[dict[str, Any]]:
    """Those of one project."""
    async with opened_journal(settings) as journal:
        found = (
            await _read(journal, lambda one: one.render.session_id == session_id) if journal else []
        )
    return [_as_json(one) for one in found]


async def _followed(
    settings: Settings, arguments: argparse.Namespace, line: Callable[[ListedRender], str]
) -> int:
    suspend_soundly()
    is_meant = await _meant(settings, arguments)
    async with opened_journal(settings) as journal:
        if journal is None:
            return 0
        read = partial(_read, journal, is_meant)
        return await _follow(journal, read, lambda one: print(line(one), flush=True))


async def _meant(
    settings: Settings, arguments: argparse.Namespace
) -> Callable[[ListedRender], bool]:
    """Those of the project, or of the backend, that is named; else all. Raises `UsageError` for no such project."""
    at = where(arguments)
    if arguments.project:
        session = await find_project(settings, arguments.project, **at)
        if session is None:
            raise no_project(arguments.project)
        return lambda one: one.render.session_id == session.id
    backends = backends_of(settings, **at)
    return lambda one: one.backend in backends or not any(at.values())


async def _read(journal: Journal, is_meant: Callable[[ListedRender], bool]) -> list[ListedRender]:
    found = await journal.run(lambda c: renders.every(c, limit=_LISTED))
    return [*filter(is_meant, found)]


async def _follow(journal: Journal, read: Read, say: Callable[[ListedRender], None]) -> int:
    told: dict[float, Any] = {}
    followed: set[float] = set()
    idle_since: float | None = None
    while True:
        found = await read()
        for one in found:
            place = one.render.position  # a retry has another id and the same place
            if not one.render.state.is_over:
                followed.add(place)
            if told.get(place) != (seen := _told(one.render)):
                told[place] = seen
                say(one)
        left = [one for one in found if not one.render.state.is_over]
        if not left:
            return _exit_code([one for one in found if one.render.position in followed])
        if any(owner_is_alive(one.render.owner) for one in left):
            idle_since = None
        elif idle_since is None:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > _PATIENCE_S:
            raise _nobody(len(left))
        await _changed(journal, _PATIENCE_S)


async def _changed(journal: Journal, limit_s: float) -> None:
    """Returns when another process wrote to the journal, or after `limit_s`."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        await asyncio.sleep(_LOOK_S)
        if await journal.changed_elsewhere():
            return


def _told(render: Render) -> tuple[Any, ...]:
    return render.id, render.state, round(render.progress), render.path, render.problem


def _exit_code(followed: list[ListedRender]) -> int:
    done = [one for one in followed if one.render.state is RenderState.DONE]
    if len(done) == len(followed):
        return 0
    return DONE_IN_PART if done else 1


def _nobody(count: int) -> VbtuiError:
    return VbtuiError(_UNFINISHED.of(count), hint=_START.of(count), code="nobody_at_work")


def _as_json(one: ListedRender) -> dict[str, Any]:
    """`{"id", "state", "progress", "title", "project", "session", "backend", "here", "version",
    "quality", "format", "at_ms", "preset", "width", "height", "path", "destination", "problem", "created_at",
    "seen_at", "ended_at"}`; times are seconds since 1970, `problem` is
    `{"title", "message", "hint"}`."""
    render, options = one.render, one.render.options
    problem = render.problem
    return {
        "id": render.id,
        "state": render.state.value,
        "progress": round(render.progress, 1),
        "title": render.title,
        "project": one.project,
        "session": render.session_id,
        "backend": one.backend,
        "here": bool(options.here),
        "version": render.draft_version,
        "quality": options.quality,
        "format": options.format,
        "at_ms": options.at_ms,
        "preset": options.preset,
        "width": options.width,
        "height": options.height,
        "path": str(render.path) if render.path else None,
        "destination": str(options.destination) if options.destination else None,
        "problem": problem
        and {"title": problem.title, "message": problem.message, "hint": problem.hint},
        "created_at": render.created_at,
        "seen_at": render.seen_at,
        "ended_at": render.ended_at,
    }


def _as_json_line(one: ListedRender) -> str:
    return to_json({"format_version": FORM, **_as_json(one)})


def _as_line(one: ListedRender) -> str:
    render = one.render
    parts = [
        render.id,
        state_words(render, time.time()),
        clean_line(one.project) or _LOST.of(),
    ]
    if render.path is not None:
        parts.append(clean_line(str(render.path)))
    elif render.options.destination is not None and not render.state.is_over:
        parts.append(f"→ {clean_line(str(render.options.destination))}")
    if render.problem is not None:
        parts.append(_WHY.of(why=clean_line(render.problem.message)))
    return "  ".join(parts)
