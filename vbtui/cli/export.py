"""`vbtui export`: a project's timeline, or a version of it, as a video; without a screen."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from vbtui.base.errors import RenderFailed, UsageError
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.problem import Problem
from vbtui.base.settings import QUALITIES, Settings, load
from vbtui.base.text import FORM, clean_line
from vbtui.base.translation import Translation
from vbtui.cli import where
from vbtui.cli.door import engine_of, find_project, no_project
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
from vbtui.engine import Engine
from vbtui.exports.check import DOUBTFUL
from vbtui.exports.platforms import PLATFORMS
from vbtui.exports.presets import options_for
from vbtui.journal.records import ExportOptions, Offer, Render, RenderState, Session
from vbtui.session.events import Event, Noticed, RenderChanged
from vbtui.session.studio import LOCAL

_SERVICES = ("session", "renders")
"""No queued message is sent and no folder watched by an export."""
_T = Translation
_HERE = _T(
    "Or make it on this machine: vbtui export --here.", "或在这台电脑上制作：vbtui export --here。"
)
_NAME_A_FILE = _T("Name the videos after a file: -o OUT.mp4", "请用文件名命名这些视频：-o OUT.mp4")
_MOMENT_OF_PNG = _T("--at is the moment of a png: --format png", "--at 是 png 的时刻：--format png")
_EXPORTING = _T("Exporting “{name}”…", "正在导出“{name}”……")
_NOT_IN_IT = _T("! Not in the video: {part}", "! 视频中不会有：{part}")
_EXPORTING_HERE = _T("Exporting on this machine…", "正在这台电脑上导出……")


def run(arguments: argparse.Namespace) -> int:
    """Export and wait; the paths, or the JSON object, go to stdout."""
    return finish(exported(load(), arguments), as_json=arguments.json)


async def exported(settings: Settings, arguments: argparse.Namespace) -> Outcome:
    """The videos. Raises `VbtuiError`."""
    _check(arguments)
    session = await find_project(settings, arguments.project, **where(arguments))
    if session is None:
        raise no_project(arguments.project)
    engine = engine_of(settings, session, "export", Path.cwd())
    return await _Export(engine, session, arguments).export()


def _check(asked: argparse.Namespace) -> None:
    for preset in asked.preset:
        options_for(preset)
    options = export_options(asked.output, QUALITIES[0], asked.format or "")
    if asked.at and options.format != "png":
        raise UsageError(_MOMENT_OF_PNG)
    if asked.output is None:
        return
    if len(asked.preset) > 1 and asked.output.suffix.lower() != FORMATS[options.format].suffix:
        raise UsageError(_NAME_A_FILE)
    check_output(asked.output)


def _check_of(render: Render) -> dict[str, Any]:
    """Whether the video is fit for the platform that its preset is for."""
    is_odd = render.problem is not None and render.problem.code.startswith(DOUBTFUL)
    is_fit = render.state is RenderState.DONE and not is_odd
    return {"preset": render.options.preset, "passed": is_fit}


class _Export:
    """One run of the command.

    Args:
        arguments: `version` 0: the newest; `output` None: named after the project, in the folder of
            the command; one video for each `preset`; `here`: on this machine, whatever the
            project's backend is.
    """

    def __init__(self, engine: Engine, session: Session, arguments: argparse.Namespace) -> None:
        self._engine = engine
        self._session = session
        self._arguments = arguments
        self._shell = Shell(engine, self._heard, _SERVICES)
        self._progress = self._shell.progress
        self._missing: tuple[str, ...] = ()
        """What of the timeline is not in the video."""

    async def export(self) -> Outcome:
        """`{"video", "videos": […], "session", "backend", "version", "missing", "remarks", "checks": [{"preset", "passed"}]}`."""
        async with self._shell.at_work():
            renders = await self._shell.export(self._started())
            self._raise_when_all_failed(renders)
        videos = [str(render.path) for render in renders if render.path]
        data = {
            "format_version": FORM,
            "video": videos[0] if videos else None,
            "videos": videos,
            "session": self._session.id,
            "backend": self._session.backend,
            "version": renders[0].draft_version if renders else 0,
            "missing": list(self._missing),
            "remarks": [one.problem.message for one in renders if one.problem],
            "checks": [_check_of(one) for one in renders if one.options.preset in PLATFORMS],
        }
        is_whole = not self._missing and all(one.state is RenderState.DONE for one in renders)
        return Outcome("\n".join(videos), data, 0 if is_whole else DONE_IN_PART)

    async def _started(self) -> list[Render]:
        exports, asked = self._engine.exports, self._arguments
        quality = asked.quality or self._engine.settings.exports.quality
        options = replace(export_options(asked.output, quality, asked.format or ""), at_ms=asked.at)
        is_cloud = self._session.backend != LOCAL
        if is_cloud and (asked.here or options.format != USUAL):
            self._shell.needs_backend = False
            return await self._started_here(options)
        demand_backend(self._engine.overview, _HERE.of())
        if asked.preset:
            started = await exports.start_all(
                asked.preset, options, version=asked.version, despite_pause=True
            )
        else:
            started = [await exports.start(options, version=asked.version, despite_pause=True)]
        self._progress.stage(_EXPORTING.of(name=clean_line(self._session.name)))
        return started

    async def _started_here(self, options: ExportOptions) -> list[Render]:
        exports = self._engine.exports
        every = exports.options_of_all(self._arguments.preset, options)
        plan = await exports.plan_here(version=self._arguments.version)
        self._missing = plan.missing
        for part in plan.missing:
            self._progress.stage(_NOT_IN_IT.of(part=clean_line(part)))
        self._progress.stage(_EXPORTING_HERE.of())
        return [await exports.start_here(plan, one, despite_pause=True) for one in every]

    def _raise_when_all_failed(self, renders: list[Render]) -> None:
        for render in renders:
            if render.problem is not None:
                self._progress.stage(remark_line(render.problem))
        if any(render.state is RenderState.DONE for render in renders):
            return
        problem = next((render.problem for render in renders if render.problem), None)
        offers = (self._engine.exports.offers(render) for render in renders)
        more = _HERE.of() if any(Offer.RENDER_HERE in one for one in offers) else ""
        raise (problem or Problem.of(RenderFailed(hint=""))).error(RenderFailed, more)

    def _heard(self, event: Event) -> None:
        if isinstance(event, Noticed):
            show_notice(self._progress, event)
        if not isinstance(event, RenderChanged):
            return
        render = event.render
        if render.id not in {one.id for one in self._shell.renders}:
            return
        what = f" {render.options.preset}" if len(self._shell.renders) > 1 else ""
        show_render(self._progress, render, what)
