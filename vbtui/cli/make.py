"""`vbtui make`: files and sentences in, one video out, without a screen.

The same engine as the app's: its services run as tasks, this job talks to them and waits.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbtui.base.errors import BadFile, RenderFailed, TimedOut, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line, format_seconds, safe_filename
from vbtui.cli.headless import (
    CANCEL_LIMIT_S,
    DONE_IN_PART,
    Progress,
    Reports,
    at_work,
    check_output,
    demand_backend,
    show_render,
    stop_on_sigterm,
)
from vbtui.engine import Engine
from vbtui.journal.records import (
    Asset,
    AssetState,
    ExportOptions,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.media.files import Refused, examine
from vbtui.session.events import AssetChanged, DraftChanged, Event, RenderChanged, TurnChanged

_MOST_FAILURES = 3
"""An upload that failed so often is given up; the app would go on trying."""


@dataclass(frozen=True, slots=True)
class Job:
    """What `vbtui make` was asked for."""

    files: tuple[Path, ...]
    sentences: tuple[str, ...]
    output: Path
    """The video; a file of that name is replaced when the new one is whole."""
    quality: str
    timeout_s: float | None = None


@dataclass(slots=True)
class Result:
    """What came of it; `as_json` is the contract of `--json`."""

    video: Path | None = None
    session: str = ""
    backend: str = ""
    turns: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    shortfalls: list[str] = field(default_factory=list)
    """What was asked for and not done, a sentence each."""

    def as_json(self) -> dict[str, Any]:
        """`{"video","session","backend","turns":[{"say","reply","changes"}],"timings":{…}}`."""
        return {
            "video": str(self.video) if self.video else None,
            "session": self.session,
            "backend": self.backend,
            "turns": self.turns,
            "timings": {
                name: round(self.timings.get(name, 0.0), 3)
                for name in ("upload_s", "turns_s", "render_s", "download_s")
            },
        }


def run(settings: Settings, job: Job, *, local: bool, server: str, as_json: bool) -> int:
    """Do the job; the video's path, or the JSON object, goes to stdout. Returns the exit code.

    Raises `VbtuiError` (the caller prints its sentence) and `KeyboardInterrupt`.
    """
    try:
        result = asyncio.run(_run(settings, job, local=local, server=server))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    print(json.dumps(result.as_json(), ensure_ascii=False) if as_json else result.video)
    return DONE_IN_PART if result.shortfalls else 0


async def _run(settings: Settings, job: Job, *, local: bool, server: str) -> Result:
    _check(job)
    stop_on_sigterm()
    try:
        async with asyncio.timeout(job.timeout_s):
            return await _Maker(settings, job, local=local, server=server).make()
    except TimeoutError:
        raise TimedOut(
            f"Not done within {format_seconds(job.timeout_s or 0)}.",
            hint="Give it more time with --timeout.",
        ) from None


def _check(job: Job) -> None:
    """Every file and the output's folder, before anything is started."""
    for path in job.files:
        try:
            examine(path)
        except Refused as refused:
            shown = clean_line(str(path))
            raise BadFile(f"{shown}: {refused.reason}.", hint="Nothing was started.") from None
    check_output(job.output)


class _Maker:
    """One run of the job."""

    def __init__(self, settings: Settings, job: Job, *, local: bool, server: str) -> None:
        self._job = job
        self._result = Result()
        self._progress = Progress()
        self._engine = Engine(
            settings,
            local=local,
            server=server,
            new_project=safe_filename(job.output.stem),
            folder=job.output.absolute().parent,
        )
        self._reports = Reports()
        self._download_began = 0.0
        self._failures: dict[int, int] = {}
        """How often an upload failed, by asset."""
        self._failed_now: set[int] = set()
        """Assets whose last report was a failure: the countdown to the next try is none."""

    async def make(self) -> Result:
        """Start the engine, do the job, end the engine."""
        engine = self._engine
        engine.bus.subscribe(self._heard)
        self._progress.stage("Setting things up…")
        try:
            await engine.start()
            demand_backend(engine.overview)
            self._result.session = engine.sessions.current.id if engine.sessions.current else ""
            self._result.backend = engine.overview.backend
            async with at_work(engine):
                await self._steps()
        finally:
            self._progress.end()
            await engine.close()
        return self._result

    async def _steps(self) -> None:
        await self._timed("upload_s", self._upload())
        await self._timed("turns_s", self._say_all())
        began = time.monotonic()
        render = await self._export()
        ended = time.monotonic()
        download_began = self._download_began or ended
        self._result.timings["render_s"] = download_began - began
        self._result.timings["download_s"] = ended - download_began
        self._result.video = render.path

    async def _timed(self, name: str, step: Coroutine[Any, Any, None]) -> None:
        began = time.monotonic()
        await step
        self._result.timings[name] = time.monotonic() - began

    async def _upload(self) -> None:
        wanted = {asset.id for asset in await self._engine.library.add(self._job.files, "picked")}

        def settled() -> bool:
            return all(self._is_settled(asset) for asset in self._assets(wanted))

        await self._reports.until(settled)
        failed = [asset for asset in self._assets(wanted) if asset.state is AssetState.FAILED]
        for asset in failed:
            self._shortfall(f"{asset.name}: {_cause(asset)}")
        if failed and len(failed) == len(wanted):
            raise BadFile(f"{failed[0].name}: {_cause(failed[0])}.", hint="No file could be used.")

    def _assets(self, wanted: set[int]) -> list[Asset]:
        return [asset for asset in self._engine.library.assets if asset.id in wanted]

    def _is_settled(self, asset: Asset) -> bool:
        given_up = self._failures.get(asset.id, 0) >= _MOST_FAILURES
        return asset.state.is_over and (asset.retry_at is None or given_up)

    async def _say_all(self) -> None:
        for sentence in self._job.sentences:
            self._progress.stage(f"Saying: {sentence}")
            turn = await self._engine.conversation.say(sentence)
            self._ended(await self._turn_over(turn))

    def _turn(self, turn: Turn) -> Turn:
        return next((now for now in self._engine.conversation.turns if now.id == turn.id), turn)

    async def _turn_over(self, turn: Turn) -> Turn:
        def is_over() -> bool:
            now = self._turn(turn)
            return now.state.is_over or now.state is TurnState.UNKNOWN

        await self._reports.until(is_over)
        return self._turn(turn)

    def _ended(self, turn: Turn) -> None:
        changes = turn.receipt.changes if turn.receipt else ()
        self._result.turns.append(
            {
                "say": turn.text,
                "reply": turn.reply,
                "changes": [change.sentence for change in changes],
            }
        )
        if turn.problem and turn.state is TurnState.FAILED:
            raise turn.problem.error()
        if turn.problem:
            self._shortfall(f"“{turn.text}”: {turn.problem.message}")
        elif turn.route == "edit" and not changes:
            self._shortfall(f"“{turn.text}” changed nothing: {turn.reply}")

    async def _export(self) -> Render:
        self._progress.stage("Exporting…")
        options = ExportOptions(
            quality=self._job.quality, destination=self._job.output.absolute(), overwrite=True
        )
        first = await self._engine.exports.start(options, despite_pause=True)

        def now() -> Render:
            """The newest attempt: a failed one is retried under a new id."""
            return self._engine.exports.latest(first.id) or first

        try:
            await self._reports.until(lambda: now().state.is_over)
        except asyncio.CancelledError:
            with suppress(VbtuiError, TimeoutError):
                async with asyncio.timeout(CANCEL_LIMIT_S):
                    await self._engine.exports.cancel(now().id)
            raise
        render = now()
        if render.state is RenderState.DONE:
            return render
        raise (render.problem or Problem.of(RenderFailed(hint=""))).error(RenderFailed)

    def _heard(self, event: Event) -> None:
        self._reports.came()
        match event:
            case AssetChanged(asset) if asset.state is AssetState.UPLOADING and asset.size:
                self._failed_now.discard(asset.id)
                self._progress.update(f"Uploading {asset.name}", asset.sent / asset.size)
            case AssetChanged(asset) if asset.state is AssetState.FAILED and asset.retry_at:
                self._upload_failed(asset)
            case AssetChanged(asset) if asset.state is AssetState.DONE:
                self._progress.stage(f"Uploaded {asset.name}")
            case TurnChanged(turn) if turn.activity:
                self._progress.update(turn.activity, None)
            case DraftChanged(_, changes):
                for change in changes:
                    self._progress.stage(change.sentence)
            case RenderChanged(render):
                self._show_render(render)
            case _:
                pass

    def _upload_failed(self, asset: Asset) -> None:
        if asset.id in self._failed_now:
            return
        self._failed_now.add(asset.id)
        self._failures[asset.id] = self._failures.get(asset.id, 0) + 1
        self._progress.stage(f"{asset.name}: {asset.reason}")

    def _show_render(self, render: Render) -> None:
        if render.state is RenderState.DOWNLOADING:
            self._download_began = self._download_began or time.monotonic()
        show_render(self._progress, render)

    def _shortfall(self, sentence: str) -> None:
        self._result.shortfalls.append(sentence)
        self._progress.stage(f"! {sentence}")


def _cause(asset: Asset) -> str:
    """Why an upload failed, without when it would be tried again."""
    when, _, cause = asset.reason.partition(": ")
    return cause if when.startswith("retry in") and cause else asset.reason
