"""`vbtui make`: files and sentences in, one video out, without a screen.

The same engine as the app's: its services run as tasks, this command talks to them and waits.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from vbtui.base.errors import (
    RenderFailed,
    TimedOut,
    UsageError,
    VbtuiError,
)
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings, load
from vbtui.base.text import FORM, safe_filename
from vbtui.base.times import format_seconds
from vbtui.base.translation import Translation
from vbtui.cli import is_local, plan
from vbtui.cli.shell import (
    DONE_IN_PART,
    Outcome,
    Shell,
    check_output,
    demand_backend,
    export_options,
    finish,
    remark_line,
    show_notice,
    show_render,
)
from vbtui.cli.stdin import named, said
from vbtui.cli.uploads import Uploads, check_files
from vbtui.cli.wishes import (
    MORE_TIME,
    NOT_DONE,
    READ_ONCE,
    UNCHANGED,
    UNSEEN,
    is_the_end,
    started,
    wished,
)
from vbtui.conversation import receipts
from vbtui.engine import Engine
from vbtui.journal.records import (
    AssetState,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.session.events import (
    AssetChanged,
    Event,
    Noticed,
    RenderChanged,
    TurnChanged,
)

_T = Translation
_NAME_FILES = _T(
    "Name the files: vbtui make FILE… --say TEXT -o OUT.mp4",
    "请写出文件：vbtui make FILE… --say TEXT -o OUT.mp4",
)
_JOBS = _T("--jobs goes with --each or --from.", "--jobs 与 --each 或 --from 一起使用。")
_SETTING_UP = _T("Setting things up…", "正在准备……")
_DRAWING = _T("Drawing the sample footage…", "正在绘制示例素材……")
_KEPT = _T(
    "Kept in the project “{project}”: {said} of {count} sentences said; go on with: vbtui",
    "保留在项目“{project}”中：已说 {said}/{count} 句；继续请运行：vbtui",
)
_KEPT_FILES = _T(
    "Kept in the project “{project}”: {names}; {said} of {count} sentences said; go on with: vbtui",
    "保留在项目“{project}”中：{names}；已说 {said}/{count} 句；继续请运行：vbtui",
)
_SAYING, _EXPORTING = _T("Saying: {sentence}", "正在说：{sentence}"), _T("Exporting…", "正在导出……")
_NOTHING_BUILT = ("nothing_to_export", "usage.empty_timeline", "render_failed.empty_timeline")


def run(arguments: argparse.Namespace) -> int:
    """The video's path, or the JSON object, goes to stdout; with `--plan` what the sentences would do. `--each` and
    `--from` make a video a row (`batch`)."""
    if arguments.each or arguments.rows:
        from vbtui.cli import batch

        return batch.run(arguments)
    if arguments.jobs:
        raise UsageError(_JOBS)
    if not arguments.files:
        raise UsageError(_NAME_FILES, hint="")
    if arguments.say.count("-") + (Path("-") in arguments.files) > 1:
        raise UsageError(READ_ONCE)
    arguments.files = named(arguments.files, by_nul=arguments.null)
    arguments.say = said(arguments.say)
    if arguments.plan:
        return plan.run_instead(arguments)
    return finish(made(load(), arguments), as_json=arguments.json)


async def made(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    """The video; without files, of the sample's. Raises `VbtuiError`, `TimedOut` after `--timeout`."""
    check_files(arguments.files)
    check_output(arguments.output)
    export_options(arguments.output, "")
    engine = Engine(
        settings,
        local=is_local(settings, arguments),
        server=arguments.server,
        new_project=safe_filename(arguments.output.stem),
        folder=arguments.output.absolute().parent,
        author="make",
    )
    try:
        async with asyncio.timeout(arguments.timeout):
            return await _Make(engine, arguments).make()
    except TimeoutError:
        raise TimedOut(
            NOT_DONE.of(time=format_seconds(arguments.timeout or 0)), hint=MORE_TIME
        ) from None


class _Make:
    """One run of the command."""

    def __init__(self, engine: Engine, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._engine = engine
        self._shell = Shell(engine, self._heard)
        self._progress = self._shell.progress
        self._uploads = Uploads(self._shell)
        self._turns: list[dict[str, Any]] = []
        self._sentences = [one for one in arguments.say if not is_the_end(one)]
        self._timings: dict[str, float] = {}
        self._unseen: Problem | None = None
        """Why nobody knows what became of a sentence."""
        self._shortfalls: list[str] = []
        """What was asked for and not done, a sentence each."""
        self._download_began = 0.0

    async def make(self) -> Outcome:
        """`{"video", "session", "backend", "turns": [{"say", "reply", "changes"}], "timings": {…},
        "remarks": […]}`."""
        self._progress.stage(_SETTING_UP.of())
        async with self._shell.at_work():
            demand_backend(self._engine.overview)
            session = self._engine.sessions.current
            try:
                await self._timed("upload_s", self._upload())
                await self._timed("turns_s", self._say_all())
                began = time.monotonic()
                render = await self._export()
            except VbtuiError:
                self._say_what_stays()
                raise
            ended = time.monotonic()
        download_began = self._download_began or ended
        self._timings["render_s"] = download_began - began
        self._timings["download_s"] = ended - download_began
        remarks = [render.problem.message] if render.problem else []
        if render.problem is not None:
            self._progress.stage(remark_line(render.problem))
        data = {
            "version": FORM,
            "video": str(render.path),
            "session": session.id if session else "",
            "backend": self._engine.overview.backend,
            "turns": self._turns,
            "timings": {name: round(seconds, 3) for name, seconds in self._timings.items()},
            "remarks": remarks,
        }
        return Outcome(str(render.path), data, DONE_IN_PART if self._shortfalls else 0)

    async def _timed(self, name: str, step: Coroutine[Any, Any, None]) -> None:
        began = time.monotonic()
        await step
        self._timings[name] = time.monotonic() - began

    async def _upload(self) -> None:
        files = self._arguments.files
        if not files:  # the sample's
            self._progress.stage(_DRAWING.of())
            files = await self._engine.commands.sample_files()
        for sent in await self._uploads.upload(files):
            if sent.state is AssetState.FAILED:
                self._shortfall(f"{sent.name}: {sent.reason}")

    def _say_what_stays(self) -> None:
        """An error ends the command: what is at the backend by then need not be done again."""
        session, assets = self._engine.sessions.current, self._engine.library.assets
        there = [asset.name for asset in assets if asset.state is AssetState.DONE]
        if session is not None and (there or self._turns):
            kept = (_KEPT_FILES if there else _KEPT).of(
                project=session.name,
                names=", ".join(there),
                said=len(self._turns),
                count=len(self._sentences),
            )
            self._progress.stage(kept)

    async def _say_all(self) -> None:
        for sentence in self._sentences:
            self._progress.stage(_SAYING.of(sentence=sentence))
            said = await self._engine.conversation.say(sentence)
            self._turn_ended(await self._shell.turn_over(said))

    def _turn_ended(self, turn: Turn) -> None:
        changes = [change.sentence for change in turn.receipt.changes] if turn.receipt else []
        said = receipts.told(turn)
        self._turns.append({"say": turn.text, "reply": said, "changes": changes})
        if turn.problem and turn.state is TurnState.FAILED:
            raise turn.problem.error()
        if turn.problem:
            self._unseen = turn.problem
            self._shortfall(f"“{turn.text}”: {turn.problem.message}")
        elif turn.receipt is not None and turn.receipt.unseen:
            self._shortfall(UNSEEN.of(sentence=turn.text, why=turn.receipt.unseen))
        elif turn.route == "edit" and not changes:
            self._shortfall(UNCHANGED.of(sentence=turn.text, reply=said))
        else:
            self._print_receipt(turn)

    def _print_receipt(self, turn: Turn) -> None:
        """What the agent said, then what came of it, as the screen shows it."""
        for text in turn.reply.splitlines():
            if text.strip():
                self._progress.stage(text)
        for line in receipts.lines(turn):
            self._progress.stage(f"{line.mark} {line.text}")
            if line.mark == receipts.NOT:
                self._shortfalls.append(line.text)
        if state := receipts.state_line(turn):
            self._progress.stage(state)

    async def _export(self) -> Render:
        self._progress.stage(_EXPORTING.of())
        arguments = self._arguments
        options = wished(self._engine.settings, arguments.output, arguments.quality, arguments.say)
        try:
            (render,) = await self._shell.export(started(self._shell, options, self._shortfall))
        except VbtuiError as error:
            if error.code in _NOTHING_BUILT and self._unseen is not None:
                raise self._unseen.error() from None
            raise
        if render.state is RenderState.DONE:
            return render
        raise (render.problem or Problem.of(RenderFailed(hint=""))).error(RenderFailed)

    def _heard(self, event: Event) -> None:
        match event:
            case AssetChanged(asset):
                self._uploads.heard(asset)
            case TurnChanged(turn) if turn.activity:
                self._progress.update(turn.activity, None)
            case RenderChanged(render):
                if render.state is RenderState.DOWNLOADING:
                    self._download_began = self._download_began or time.monotonic()
                show_render(self._progress, render)
            case Noticed():
                show_notice(self._progress, event)
            case _:
                pass

    def _shortfall(self, sentence: str) -> None:
        self._shortfalls.append(sentence)
        self._progress.stage(f"! {sentence}")
