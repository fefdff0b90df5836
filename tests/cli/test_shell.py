"""What the commands without a screen share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from vbtui.base.clock import SystemClock
from vbtui.base.errors import DiskProblem, SignInRefused, Unreachable, VbtuiError
from vbtui.base.problem import Problem
from vbtui.cli import shell as shells
from vbtui.cli.shell import Outcome, Shell, finish
from vbtui.engine import Service
from vbtui.journal.records import ExportOptions, Render, RenderState
from vbtui.session.events import Bus, Event, Link, Noticed, Overview, OverviewChanged


class Hooks:
    """None: nothing is waited for."""

    async def ended(self) -> None: ...


class Engine:
    """Services and a bus, without a journal and a backend."""

    def __init__(self, **loops: Callable[[], Awaitable[None]]) -> None:
        self.bus = Bus()
        self.overview = Overview("the cloud", Link.READY)
        self.services = tuple(Service(name, cast("Any", run)) for name, run in loops.items())
        self.log: list[str] = []
        self.clock = SystemClock()
        self.hooks = Hooks()

    def link_is(self, link: Link, code: str = "") -> None:
        self.overview = Overview("x", link, problem=Problem.coded(code) if code else None)
        self.bus.publish(OverviewChanged(self.overview))

    async def start(self) -> None:
        self.log.append("started")

    async def close(self) -> None:
        self.log.append("closed")

    async def explained(self, error: VbtuiError) -> VbtuiError:
        return error


def shell(engine: Engine, *services: str, heard: Callable[[Event], None] | None = None) -> Shell:
    return Shell(cast("Any", engine), heard or (lambda event: None), services)


async def until_cancelled() -> None:
    await asyncio.Event().wait()


async def falling() -> None:
    raise DiskProblem("The disk is full.")


async def test_what_makes_a_service_fall_ends_the_command_as_itself() -> None:
    engine = Engine(session=until_cancelled, renders=falling)
    with pytest.raises(DiskProblem, match="The disk is full"):
        async with shell(engine).at_work():
            await asyncio.Event().wait()
    assert engine.log == ["started", "closed"]


async def test_a_start_that_fails_is_closed_and_raised_as_itself() -> None:
    engine = Engine(session=until_cancelled)
    engine.start = falling  # type: ignore[method-assign]  # an engine whose start fails
    with pytest.raises(DiskProblem):
        async with shell(engine).at_work():
            raise AssertionError("it began")
    assert engine.log == ["closed"]


async def test_the_loops_end_with_the_block_and_only_those_named_run() -> None:
    before = asyncio.all_tasks()
    async with shell(Engine(session=until_cancelled, watch=falling), "session").at_work():
        await asyncio.sleep(0)
        running = asyncio.all_tasks() - before
        assert sorted(task.get_name() for task in running) == ["session", "words"]
    assert asyncio.all_tasks() == before


async def test_a_condition_is_asked_again_after_each_report() -> None:
    engine, seen = Engine(), [0]
    heard: list[Event] = []
    at_work = shell(engine, heard=heard.append)
    report = Noticed(Problem("", "something"))
    async with at_work.at_work():
        waiting = asyncio.create_task(at_work.until(lambda: len(seen) == 3))
        for number in (1, 2):
            await asyncio.sleep(0)
            assert not waiting.done()
            seen.append(number)
            engine.bus.publish(report)
        await waiting
    engine.bus.publish(report)
    assert heard == [report, report]


class Exports:
    """Renders that are started when the test says so, and never end by themselves."""

    def __init__(self) -> None:
        self.may_start = asyncio.Event()
        self.kept: dict[str, Render] = {}

    async def start(self) -> list[Render]:
        await self.may_start.wait()
        render = Render("render_1", "s", RenderState.PROCESSING, ExportOptions())
        self.kept[render.id] = render
        return [render]

    def latest(self, render_id: str) -> Render | None:
        return self.kept.get(render_id)

    async def cancel(self, render_id: str) -> None:
        self.kept[render_id] = replace(self.kept[render_id], state=RenderState.CANCELLED)


@pytest.mark.parametrize("is_started", [False, True])
async def test_what_is_cancelled_leaves_no_render(is_started: bool) -> None:
    """Also where it is just being started: its row is in the journal by then."""
    engine = Engine()
    exports = Exports()
    engine.exports = exports  # type: ignore[attr-defined]  # all of an engine that this needs
    at_work = shell(engine)
    if is_started:
        exports.may_start.set()
    exporting = asyncio.create_task(at_work.export(exports.start()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    exporting.cancel()
    await asyncio.sleep(0)
    exports.may_start.set()
    with pytest.raises(asyncio.CancelledError):
        await exporting
    assert [render.state for render in exports.kept.values()] == [RenderState.CANCELLED]


def test_an_outcome_is_printed_as_text_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> Outcome:
        return Outcome("/v/海.mp4", {"video": "/v/海.mp4"}, 6)

    assert finish(work(), as_json=False) == 6
    assert finish(work(), as_json=True) == 6
    assert capsys.readouterr().out == '/v/海.mp4\n{"video": "/v/海.mp4"}\n'


def test_a_signal_is_an_interrupt() -> None:
    import os
    import signal

    async def work() -> Outcome:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(KeyboardInterrupt):
        finish(work(), as_json=False)


async def test_nobody_waits_for_a_backend_that_refuses_or_stays_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is waited for comes first; a machine that renders by itself needs no backend."""
    monkeypatch.setattr(shells, "_LIMITS_S", {Link.OFFLINE: 0.05, Link.REFUSED: 0.05})
    engine = Engine()
    at_work = shell(engine)
    async with at_work.at_work():
        waiting = asyncio.create_task(at_work.until(lambda: False))
        await asyncio.sleep(0)
        engine.link_is(Link.REFUSED, "sign_in_refused")
        with pytest.raises(SignInRefused):
            await waiting
        await at_work.until(lambda: True)
        for _ in range(2):
            engine.link_is(Link.OFFLINE, "unreachable.no_project")
        with pytest.raises(Unreachable):
            await at_work.until(lambda: False)
        assert capsys.readouterr().err.count("waiting for the backend") == 1
        at_work.needs_backend = False
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await at_work.until(lambda: False)
