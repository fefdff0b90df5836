"""`vbtui export`: the last project's timeline, or a version of it, as a video; without a screen."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from vbtui.base.errors import RenderFailed, UsageError, VbtuiError
from vbtui.base.problem import Problem
from vbtui.base.settings import Settings
from vbtui.base.text import clean_line
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
from vbtui.exports.presets import options_for
from vbtui.journal import Journal, sessions
from vbtui.journal.records import ExportOptions, Render, RenderState, Session
from vbtui.session.backend import LOCAL
from vbtui.session.events import Event, RenderChanged

_SERVICES = ("session", "renders")
"""No queued message is sent and no folder watched by an export."""
_HERE = "Or make it on this machine: vbtui export --here."


@dataclass(frozen=True, slots=True)
class Job:
    """What `vbtui export` was asked for."""

    version: int = 0
    """Of the timeline; 0: the newest."""
    output: Path | None = None
    """The video; a file of that name is replaced when the new one is whole. None: named after the
    project, in the folder of the command."""
    quality: str = "high"
    presets: tuple[str, ...] = ()
    """One video for each."""
    here: bool = False
    """On this machine, whatever the project's backend is."""


@dataclass(slots=True)
class Result:
    """What came of it; `as_json` is the contract of `--json`."""

    session: Session
    renders: list[Render] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    """What of the timeline is not in the video."""

    def as_json(self) -> dict[str, Any]:
        """`{"video", "videos": […], "session", "backend", "version", "missing", "remarks"}`."""
        videos = [str(render.path) for render in self.renders if render.path]
        return {
            "video": videos[0] if videos else None,
            "videos": videos,
            "session": self.session.id,
            "backend": self.session.backend,
            "version": self.renders[0].draft_version if self.renders else 0,
            "missing": list(self.missing),
            "remarks": [one.problem.message for one in self.renders if one.problem],
        }


def run(settings: Settings, job: Job, *, local: bool, server: str, as_json: bool) -> int:
    """Export and wait; the paths, or the JSON object, go to stdout. Returns the exit code.

    Raises `VbtuiError` (the caller prints its sentence) and `KeyboardInterrupt`, also for SIGTERM.
    """
    try:
        result = asyncio.run(_run(settings, job, local=local, server=server))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    if as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        print("\n".join(str(render.path) for render in result.renders if render.path))
    failed = [one for one in result.renders if one.state is not RenderState.DONE]
    return DONE_IN_PART if failed or result.missing else 0


async def _run(settings: Settings, job: Job, *, local: bool, server: str) -> Result:
    stop_on_sigterm()
    _check(job)
    session = await _last_session(settings, local=local, server=server)
    engine = Engine(
        settings,
        local=session.backend == LOCAL,
        server=session.backend if session.backend != LOCAL else "",
        folder=Path.cwd(),
    )
    try:
        await engine.start()
        async with at_work(engine, *_SERVICES):
            return await _Exporter(engine, job, Result(session)).export()
    finally:
        await engine.close()


def _check(job: Job) -> None:
    for preset in job.presets:
        options_for(preset)
    if job.output is None:
        return
    if len(job.presets) > 1 and job.output.suffix.lower() != ".mp4":
        raise UsageError("Name the videos after a file: -o OUT.mp4")
    check_output(job.output)


async def _last_session(settings: Settings, *, local: bool, server: str) -> Session:
    """The project that was open last, at the backend that was named, else at any of this
    configuration. Raises `UsageError` when there is none: an export makes no project."""
    named = LOCAL if local else server.rstrip("/")
    backends = (named,) if named else (LOCAL, settings.api_url)
    found: list[Session] = []
    if settings.directories.journal.exists():
        journal = Journal(settings.directories.journal)
        await journal.open()
        try:
            for backend in backends:
                found += (await journal.run(partial(sessions.every, backend=backend)))[:1]
        finally:
            await journal.close()
    if not found:
        raise UsageError("There is no project to export yet.", hint="Start one with: vbtui --local")
    return max(found, key=lambda session: session.used_at)


class _Exporter:
    """One run of the job."""

    def __init__(self, engine: Engine, job: Job, result: Result) -> None:
        self._engine = engine
        self._job = job
        self._result = result
        self._progress = Progress()
        self._reports = Reports()
        self._ids: list[str] = []

    async def export(self) -> Result:
        """Start what was asked for and wait until all of it is over."""
        unsubscribe = self._engine.bus.subscribe(self._heard)
        try:
            started = await self._started()
            self._ids = [render.id for render in started]
            await self._reports.until(lambda: all(one.state.is_over for one in self._now()))
        except asyncio.CancelledError:
            await self._cancel()
            raise
        finally:
            unsubscribe()
            self._progress.end()
        self._result.renders = self._now()
        self._raise_when_all_failed()
        return self._result

    async def _started(self) -> list[Render]:
        exports = self._engine.exports
        job, output = self._job, self._job.output
        options = ExportOptions(
            quality=job.quality,
            destination=output.absolute() if output else None,
            overwrite=output is not None,
        )
        if job.here and not self._engine_is_local():
            return await self._started_here(options)
        demand_backend(self._engine.overview, _HERE)
        if job.presets:
            started = await exports.start_all(
                job.presets, options, version=job.version, despite_pause=True
            )
        else:
            started = [await exports.start(options, version=job.version, despite_pause=True)]
        self._progress.stage(f"Exporting “{clean_line(self._result.session.name)}”…")
        return started

    async def _started_here(self, options: ExportOptions) -> list[Render]:
        exports = self._engine.exports
        every = exports.options_of_all(self._job.presets, options)
        plan = await exports.plan_here(version=self._job.version)
        self._result.missing = plan.missing
        for part in plan.missing:
            self._progress.stage(f"! Not in the video: {clean_line(part)}")
        self._progress.stage("Exporting on this machine…")
        return [await exports.start_here(plan, one, despite_pause=True) for one in every]

    def _engine_is_local(self) -> bool:
        return self._result.session.backend == LOCAL

    def _now(self) -> list[Render]:
        """The newest attempt of each: a failed one is retried under another id."""
        found = (self._engine.exports.latest(render_id) for render_id in self._ids)
        return [render for render in found if render is not None]

    async def _cancel(self) -> None:
        for render in self._now():
            if not render.state.is_over:
                with suppress(VbtuiError, TimeoutError):
                    async with asyncio.timeout(CANCEL_LIMIT_S):
                        await self._engine.exports.cancel(render.id)

    def _raise_when_all_failed(self) -> None:
        renders = self._result.renders
        for render in renders:
            if render.problem is not None:
                self._progress.stage(f"! {clean_line(render.problem.message)}")
        if any(render.state is RenderState.DONE for render in renders):
            return
        problem = next((render.problem for render in renders if render.problem), None)
        problem = problem or Problem.of(RenderFailed(hint=""))
        offers = (self._engine.exports.offers(render) for render in renders)
        more = _HERE if any("render_here" in one for one in offers) else ""
        raise problem.error(RenderFailed, more)

    def _heard(self, event: Event) -> None:
        self._reports.came()
        if not isinstance(event, RenderChanged):
            return
        render = event.render
        if render.id not in {one.id for one in self._now()}:
            return
        what = f" {render.options.preset}" if len(self._ids) > 1 else ""
        if render.state is RenderState.UNKNOWN:
            self._progress.update(f"Out of sight{what}: the backend cannot be asked", None)
        else:
            show_render(self._progress, render, what)
