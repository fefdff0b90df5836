"""What the commands without a screen share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from vbtui.base.errors import DiskProblem
from vbtui.cli.headless import Reports, at_work
from vbtui.session.context import Service


def engine(**loops: Callable[[], Awaitable[None]]) -> Any:
    return SimpleNamespace(services=tuple(Service(name, run) for name, run in loops.items()))  # type: ignore[arg-type]  # coroutine functions


async def until_cancelled() -> None:
    await asyncio.Event().wait()


async def falling() -> None:
    raise DiskProblem("The disk is full.")


async def test_what_makes_a_service_fall_ends_the_command_as_itself() -> None:
    with pytest.raises(DiskProblem, match="The disk is full"):
        async with at_work(engine(session=until_cancelled, renders=falling)):
            await asyncio.Event().wait()


async def test_the_loops_end_with_the_block_and_only_those_named_run() -> None:
    before = asyncio.all_tasks()
    async with at_work(engine(session=until_cancelled, watch=falling), "session"):
        await asyncio.sleep(0)
        running = asyncio.all_tasks() - before
        assert [task.get_name() for task in running] == ["session"]
    assert asyncio.all_tasks() == before


async def test_a_condition_is_asked_again_after_each_report() -> None:
    reports, seen = Reports(), [0]
    waiting = asyncio.create_task(reports.until(lambda: len(seen) == 3))
    for number in (1, 2):
        await asyncio.sleep(0)
        assert not waiting.done()
        seen.append(number)
        reports.came()
    async with asyncio.timeout(5):
        await waiting
