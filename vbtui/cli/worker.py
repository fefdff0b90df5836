"""An engine that makes the rows of a batch, one after the other, each in a project of its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from vbtui.base.errors import NetworkError, RenderFailed, Stopped, VbtuiError
from vbtui.base.files import disk_errors
from vbtui.base.problem import Problem
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.cli.door import SERVICES, Door, Said
from vbtui.cli.progress import Progress
from vbtui.cli.rows import Row
from vbtui.cli.shell import Shell, show_notice, show_render
from vbtui.cli.uploads import check_files
from vbtui.cli.wishes import UNCHANGED, UNSEEN, started
from vbtui.conversation import receipts
from vbtui.engine import Engine
from vbtui.journal.records import AssetState, Render, RenderState, TurnState, asking
from vbtui.session.events import AssetChanged, Event, Link, Noticed, RenderChanged

_T = Translation
_LOST = _T("The backend lost the project of this row.", "后台丢失了这一行的项目。")
_ASKS = _T("“{sentence}”: {question}", "“{sentence}”：{question}")
_CHOICES = _T("The choices: {choices}.", "选项：{choices}。")
_STOPPED = _T("“{sentence}” was stopped.", "“{sentence}”被停止了。")


@dataclass(slots=True)
class Told:
    """What became of a row, as it is reported."""

    row: int
    name: str
    state: str = "waiting"
    """`done`, `in_part` (a video without all that was asked for), `failed`, or `waiting`: not made yet."""
    before: bool = False
    """An earlier run made it."""
    video: str | None = None
    missing: list[str] = field(default_factory=list)
    """What was asked for and not done, a sentence each."""
    remarks: list[str] = field(default_factory=list)
    """What else is to be known of the video: that a font is missing, that a clip is damaged."""
    error: dict[str, Any] | None = None
    session: str | None = None
    """Its project's id."""


class _Aside(Progress):
    """How one of several rows goes on: only what holds it up is said."""

    def __init__(self, beside: Progress) -> None:
        super().__init__()
        self._beside = beside
        self.row = ""

    def stage(self, sentence: str, *, once: bool = False) -> None:
        line = " ".join(sentence.split())
        if line.startswith("!") and line != self.last:
            self._beside.stage(f"! {self.row}: {line.removeprefix('!').strip()}")
        self.says(line)

    def update(self, label: str, share: float | None) -> None:
        if label != self.last:
            self.says(label)

    def still_waits(self, waited: str) -> None:
        self._beside.still_waits(waited)

    def reply(self, text: str, *, is_whole: bool = False) -> None:
        """Nobody reads the answers of several at once."""

    def end(self) -> None:
        """Nothing of it is open."""


class Worker:
    """An engine that makes one row after the other."""

    def __init__(self, engine: Engine, progress: Progress) -> None:
        self.engine = engine
        self._aside = _Aside(progress)
        self.shell = Shell(engine, self._heard, SERVICES, progress=self._aside)
        self._door = Door(self.shell, is_alone=True)

    async def ready(self) -> None:
        """Returns when there is a backend. Raises what is wrong when it stays away for too long."""
        await self.shell.until(lambda: self.engine.overview.link is Link.READY)

    async def make(self, row: Row, one: Told) -> Render:
        """The video of a row; what was done of it before is not done again.

        Raises `VbtuiError` where there is none; then the same row is gone on with at the next run.
        """
        self._aside.row = row.name
        self._door = door = Door(self.shell, is_alone=True)
        await asyncio.to_thread(_make_ready, row)
        await self._open(row, one)
        for sent in await door.add_media(row.files):
            if sent.state is AssetState.FAILED:
                one.missing.append(f"{sent.name}: {sent.reason}")
        for sentence in row.say:
            done = await door.say(sentence, route="edit")
            one.missing += await self._missed(done)
            words = clean_line(done.turn.reply) if done.is_local else ""
            one.remarks += [words] if words and done.outcome in ("done", "in_part") else []
        return await self._export(row, one)

    async def is_done(self, render: Render) -> None:
        """A thousand of them do not fill the list of exports. What was said stays awaited: where the video is made
        again, nothing is said twice."""
        with suppress(VbtuiError):
            await self.engine.exports.remove(render.id)

    async def _open(self, row: Row, one: Told) -> None:
        """Its project, as it was left, or a new one."""
        for _ in range(2):
            made = await self.engine.sessions.begin(row.output.stem, row.key)
            current = self.engine.sessions.current
            if current is not None and current.id == made.id:
                one.session = made.id
                return
        raise VbtuiError(_LOST, hint="")

    async def _missed(self, done: Said) -> list[str]:
        """What of a sentence was not done. Raises `VbtuiError` where nothing can go on behind it."""
        turn = done.turn
        if done.outcome == "unseen":  # it is found out when the row is gone on with
            problem, slip = turn.problem, turn.receipt
            why = problem.message if problem else slip.unseen if slip else ""
            raise NetworkError(UNSEEN.of(sentence=turn.text, why=why), hint="")
        if turn.state is not TurnState.DONE:
            await self.engine.conversation.is_told([turn])  # the next run says it again
            stopped = Problem.of(Stopped(_STOPPED.of(sentence=turn.text), hint=""))
            raise (turn.problem or stopped).error()
        if turn.question is not None and asking(self.engine.conversation.turns) is not None:
            asked = " ".join(part.prompt for part in turn.question.parts)
            choices = ", ".join(turn.question.options)
            raise VbtuiError(
                _ASKS.of(sentence=turn.text, question=asked),
                code="question",
                hint=_CHOICES.of(choices=choices) if choices else "",
            )
        if done.outcome in ("unchanged", "answered") and turn.question is None:
            return [UNCHANGED.of(sentence=turn.text, reply=clean_line(receipts.told(turn)))]
        return [line.text for line in receipts.lines(turn) if line.mark == receipts.NOT]

    async def _export(self, row: Row, one: Told) -> Render:
        """The video: the one that is under way or there already, or a new one. Raises `RenderFailed`."""
        (render,) = await self.shell.export(self._begun(row, one))
        if render.state is not RenderState.DONE:
            raise (render.problem or Problem.of(RenderFailed(hint=""))).error(RenderFailed)
        one.remarks += [render.problem.message] if render.problem else []
        return render

    async def _begun(self, row: Row, one: Told) -> list[Render]:
        mine = [
            render
            for render in self.engine.exports.renders
            if render.session_id == one.session and render.options.destination == row.output
        ]
        last = mine[-1] if mine else None
        is_there = last is not None and last.path is not None and last.path.is_file()
        if last is not None and (is_there or not last.state.is_over):
            return [last]
        return await started(self.shell, row.options, one.missing.append)

    def _heard(self, event: Event) -> None:
        match event:
            case AssetChanged(asset):
                self._door.heard(asset)
            case RenderChanged(render) if render.id in {one.id for one in self.shell.renders}:
                show_render(self._aside, render)
            case Noticed():
                show_notice(self._aside, event)
            case _:
                pass


def _make_ready(row: Row) -> None:
    """Raises `UsageError`, `BadFile` for a file that cannot be sent, `DiskProblem` for a folder that cannot be made."""
    check_files(row.files)
    with disk_errors(row.output.parent):
        row.output.parent.mkdir(parents=True, exist_ok=True)
