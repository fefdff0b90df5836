"""The conversation in memory and in the journal say the same, whoever writes meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent import Agent, Talk
from vbtui.base.problem import Problem
from vbtui.conversation.log import TurnLog
from vbtui.journal import turns as rows
from vbtui.journal.records import Receipt, Turn, TurnState
from vbtui.session.events import TurnChanged
from vbtui.timeline.changes import Change

NEW = Turn(0, "S1", "add one", "edit", TurnState.QUEUED, created_at=1.0)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    agent = Agent()
    async with agent.server, Talk(agent, tmp_path, serves=False) as made:
        yield made


@pytest.fixture
async def log(talk: Talk) -> TurnLog:
    made = TurnLog(talk.context)
    await made.load("S1")
    return made


async def test_a_turn_comes_back_whole(talk: Talk, log: TurnLog) -> None:
    turn = replace(
        await log.add(NEW),
        state=TurnState.DONE,
        reply="**Fine** \ud800 日本",
        receipt=Receipt((Change("text", "Title", "a", "b"),), 1.5, 100.0, 60.0, True),
        problem=Problem("t", "m", "h"),
        offers=("export", "watch"),
        sent_at=2.0,
        ended_at=3.0,
    )
    await log.keep(turn)
    again = TurnLog(talk.context)
    await again.load("S1")
    assert list(again.turns) == [replace(turn, reply="**Fine** ? 日本")]


async def test_one_turn_at_a_time_among_living_processes(talk: Talk, log: TurnLog) -> None:
    first, second = await log.add(NEW), await log.add(replace(NEW, text="add two"))
    living = {"other"}

    def claim(connection: sqlite3.Connection, turn: Turn, owner: str) -> bool:
        return rows.claim(
            connection,
            turn,
            owner=owner,
            draft_before=0,
            credits_before=None,
            is_alive=lambda one: one in living,
        )

    journal = talk.context.journal
    assert await journal.run(lambda c: claim(c, first, "other"))
    assert not await journal.run(lambda c: claim(c, first, "mine"))
    assert not await journal.run(lambda c: claim(c, second, "mine"))
    living.clear()
    assert await journal.run(lambda c: claim(c, second, "mine"))


async def test_what_is_shown_while_the_journal_is_read_stays(log: TurnLog) -> None:
    turn = await log.add(NEW)
    reading = asyncio.create_task(log.sync())
    await asyncio.sleep(0)
    log.show(replace(turn, reply="newer"))
    await reading
    assert [one.reply for one in log.turns] == ["newer"]


async def test_a_reply_that_grows_is_not_taken_back(log: TurnLog) -> None:
    turn = await log.keep(replace(await log.add(NEW), state=TurnState.RUNNING))
    log.show(replace(turn, reply="so far"))
    await log.sync()
    assert [one.reply for one in log.turns] == ["so far"]


async def test_changes_of_others_are_reported_once(talk: Talk, log: TurnLog) -> None:
    other = TurnLog(talk.context)
    await other.load("S1")
    turn = await other.add(NEW)
    talk.events.clear()
    await log.sync()
    await log.sync()
    assert talk.events == [TurnChanged(turn)]
    await other.delete_queued(turn.id)
    await log.sync()
    assert not log.turns


async def test_nobody_takes_over_what_a_living_process_works_on(talk: Talk, log: TurnLog) -> None:
    turn = await log.keep(replace(await log.add(NEW), state=TurnState.RUNNING))
    living = {talk.context.owner}

    def take(connection: sqlite3.Connection) -> rows.KeptTurn | None:
        return rows.take_over(connection, turn.id, owner="mine", is_alive=lambda one: one in living)

    assert await talk.context.journal.run(take) is None
    living.clear()
    taken = await talk.context.journal.run(take)
    assert taken is not None
    assert taken.owner == "mine"
    await log.keep(replace(turn, state=TurnState.DONE))
    assert await talk.context.journal.run(take) is None
