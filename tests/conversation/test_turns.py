"""The conversation in memory and in the journal say the same, whoever writes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent import Talk, scripted_cloud
from vbtui.base.problem import Problem
from vbtui.conversation.queue import Turns
from vbtui.journal.owners import new_owner, release_owner
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.session.events import TurnChanged
from vbtui.timeline.changes import Change

NEW = Turn(0, "S1", "add one", "edit", TurnState.QUEUED, created_at=1.0)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    agent = scripted_cloud()
    async with agent, Talk(agent, tmp_path, serves=False) as made:
        yield made


@pytest.fixture
async def log(talk: Talk) -> Turns:
    made = Turns(talk.context)
    await made.open("S1")
    return made


async def test_a_turn_comes_back_whole(talk: Talk, log: Turns) -> None:
    turn = replace(
        await log.add(NEW),
        state=TurnState.DONE,
        reply="**Fine** \ud800 日本",
        receipt=Receipt((Change("text", "Title", "a", "b"),), 1.5, 100.0, 60.0, "", True),
        problem=Problem("t", "m", "h"),
        offers=("export", "watch"),
        sent_at=2.0,
        ended_at=3.0,
    )
    await log.keep(turn)
    again = Turns(talk.context)
    await again.open("S1")
    assert list(again.all) == [replace(turn, reply="**Fine** ? 日本")]


async def test_one_turn_at_a_time_among_living_processes(talk: Talk, log: Turns) -> None:
    other = Turns(talk.context)
    other.owner = new_owner()
    await other.open("S1")
    first, second = await log.add(NEW), await log.add(replace(NEW, text="add two"))
    assert await other.begin(first)
    assert not await log.begin(first)
    assert not await log.begin(second)
    assert log.has_foreign
    assert [turn.state for turn in log.all] == [TurnState.SENDING, TurnState.QUEUED]
    release_owner(other.owner)
    assert await log.begin(second)


async def test_what_is_shown_while_the_journal_is_read_stays(log: Turns) -> None:
    turn = await log.keep(replace(await log.add(NEW), state=TurnState.RUNNING))
    reading = asyncio.create_task(log.sync())
    await asyncio.sleep(0)
    log.show(replace(turn, reply="newer"))
    await reading
    assert [one.reply for one in log.all] == ["newer"]


async def test_a_reply_that_grows_is_not_taken_back(log: Turns) -> None:
    turn = await log.keep(replace(await log.add(NEW), state=TurnState.RUNNING))
    log.show(replace(turn, reply="so far"))
    await log.sync()
    assert [one.reply for one in log.all] == ["so far"]


async def test_changes_of_others_are_reported_once(talk: Talk, log: Turns) -> None:
    other = Turns(talk.context)
    await other.open("S1")
    turn = await other.add(NEW)
    talk.events.clear()
    await log.sync()
    await log.sync()
    assert talk.events == [TurnChanged(turn)]
    await other.delete(turn.id)
    await log.sync()
    assert not log.all


async def test_nobody_takes_over_what_a_living_process_works_on(talk: Talk, log: Turns) -> None:
    other = Turns(talk.context)
    other.owner = new_owner()
    turn = await other.keep(replace(await log.add(NEW), state=TurnState.RUNNING))
    assert await log.watch(turn.id) is None
    release_owner(other.owner)
    taken = await log.watch(turn.id)
    assert taken is not None
    assert taken.owner == log.owner
    await log.keep(replace(turn, state=TurnState.DONE))
    assert await log.watch(turn.id) is None
