"""The user's commands of `[events]`: run when an export is done, when something failed, when the agent asks.

A command gets what happened as one JSON object on its standard input, and no more of the environment than any other
program of the desktop (`vbtui.base.programs`): no token. Nobody waits for it. It goes on when vbtui ends; what it says
goes to `events.log`, and that it failed is told, where anybody is there to hear it. Each thing is told by the process that
saw to it, once.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from vbtui.base import programs
from vbtui.base.errors import UsageError
from vbtui.base.problem import Problem
from vbtui.base.settings import private_directory
from vbtui.base.text import FORM, clean_line, to_json
from vbtui.journal import sessions
from vbtui.journal.records import Question, Render, RenderState, Turn, TurnState
from vbtui.session.context import Context
from vbtui.session.events import RenderEnded, TurnChanged

_LOOK_S = 0.05
_BEGIN_LIMIT_S = 1.0
_END_LIMIT_S = 2.0
_LONGEST, _OPTION = 4_000, 100
"""Characters of a text that is handed on: all of it fits into the pipe, so that nobody waits for the reader."""
Told = dict[str, Any]


class Hooks:
    """Runs the commands of one engine."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._under_way: set[int] = set()
        """The turns that this engine works on."""
        self._waiting: set[asyncio.Task[None]] = set()
        """Commands that are about to be started."""
        self._running: set[asyncio.Task[None]] = set()
        context.bus.on(RenderEnded, lambda event: self._render_ended(event.render))
        context.bus.on(TurnChanged, lambda event: self._turn_changed(event.turn))

    async def begun(self) -> None:
        """Returns when what happened so far was handed on; in bounded time."""
        if self._waiting:
            await asyncio.wait(self._waiting, timeout=_BEGIN_LIMIT_S)
        for task in self._running:
            task.cancel()

    async def ended(self) -> None:
        """Returns when the commands have ended, and how was told; in bounded time."""
        if self._waiting:
            await asyncio.wait(self._waiting, timeout=_BEGIN_LIMIT_S)
        if self._running:
            await asyncio.wait(self._running, timeout=_END_LIMIT_S)

    # -- what happens ---------------------------------------------------------------------------

    def _render_ended(self, render: Render) -> None:
        is_done = render.state is RenderState.DONE and render.path is not None
        told = {
            "render": render.id,
            "video": str(render.path) if render.path else None,
            "format": render.options.format,
            "timeline_version": render.draft_version,
            "problem": _problem(render.problem),
        }
        self._tell("finished" if is_done else "failed", render.session_id, told)

    def _turn_changed(self, turn: Turn) -> None:
        if not turn.state.is_over and turn.owner == self._context.owner:
            self._under_way.add(turn.id)
        if not (turn.state.is_over and turn.id in self._under_way):
            return
        self._under_way.discard(turn.id)
        told: Told = {"turn": turn.id, "say": turn.text[:_LONGEST], "author": turn.author or None}
        if turn.state is TurnState.FAILED:
            self._tell("failed", turn.session_id, told | {"problem": _problem(turn.problem)})
        elif turn.question is not None:
            asked = {"question": _question(turn.question)}
            self._tell("question", turn.session_id, told | asked)

    # -- the command ----------------------------------------------------------------------------

    def _tell(self, event: str, session_id: str, told: Told) -> None:
        try:
            argv = self._context.settings.events.argv(event)
        except UsageError as error:
            self._context.notice(Problem.of(error), "warning")
            return
        if argv:
            task = asyncio.create_task(self._start(event, argv, session_id, told), name="event")
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _start(self, event: str, argv: list[str], session_id: str, told: Told) -> None:
        session = await self._context.journal.run(lambda c: sessions.find(c, session_id))
        data: Told = {
            "version": FORM,
            "event": event,
            "at": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "project": session.name if session else None,
            "session": session_id,
            "backend": session.backend if session else None,
            **told,
        }
        log = self._context.settings.directories.log / "events.log"
        try:
            process = await asyncio.to_thread(_run, argv, to_json(data) + "\n", log)
        except OSError as error:
            why = error.strerror or str(error)
            self._context.notice(
                Problem.coded("event_command", event=event, program=clean_line(argv[0]), why=why),
                "warning",
            )
            return
        task = asyncio.create_task(self._see_end(event, argv, process, log), name="event command")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _see_end(
        self, event: str, argv: list[str], process: subprocess.Popen[bytes], log: Path
    ) -> None:
        while process.poll() is None:  # noqa: ASYNC110 it may outlive the loop, as no process of asyncio's does
            await asyncio.sleep(_LOOK_S)
        if process.returncode:
            problem = Problem.coded(
                "event_command.ended",
                event=event,
                number=process.returncode,
                program=clean_line(argv[0]),
                log=log,
            )
            self._context.notice(problem, "warning")


def _run(argv: list[str], text: str, log: Path) -> subprocess.Popen[bytes]:
    """Start it, and hand it the text. Raises `OSError`."""
    private_directory(log.parent)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        process = programs.launch(argv, "desktop", reads=True, stdout=output, stderr=output)
    assert process.stdin is not None
    with suppress(OSError):  # it need not read
        process.stdin.write(text.encode("utf-8", "surrogateescape"))
    with suppress(OSError):
        process.stdin.close()
    return process


def _question(asked: Question) -> Told:
    return {
        "title": asked.title[:_OPTION],
        "parts": [
            {
                "prompt": part.prompt[:_OPTION],
                "options": [one[:_OPTION] for one in part.options],
                "takes_several": part.takes_several,
            }
            for part in asked.parts
        ],
        "choices": [one[:_OPTION] for one in asked.options],
    }


def _problem(problem: Problem | None) -> Told | None:
    if problem is None:
        return None
    told = {"code": problem.code, "title": problem.title, "message": problem.message}
    return {name: text[:_LONGEST] for name, text in told.items()} | {"hint": problem.headless_hint}
