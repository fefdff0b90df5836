"""Messages that wait while a turn runs: edited, moved, deleted, sent at once, held."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.agent import Talk, reply, stream, text_event, titled
from tests.cloud import Cloud
from tests.server import Exchange
from tests.waiting import PATIENCE_S
from vbtui.base.errors import UsageError
from vbtui.journal.records import TurnState
from vbtui.session.events import Noticed, TurnRemoved


async def test_messages_wait_for_the_turn_before_them(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(after=[text_event("One.")]))
    agent.then(stream(text_event("Two.")))
    async with Talk(agent, tmp_path) as talk:
        first = await talk.conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        second = await talk.conversation.say("add two")
        assert second.state is TurnState.QUEUED
        assert [turn.id for turn in talk.conversation.queue] == [second.id]
        assert agent.said == ["add one"]
        agent.release.set()
        await talk.conversation.wait_idle()
        assert [turn.reply for turn in talk.conversation.turns] == ["One.", "Two."]
        assert talk.turn(first.id).state is TurnState.DONE
    assert agent.said == ["add one", "add two"]


async def test_the_queue_can_be_edited_moved_and_deleted(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(after=[text_event("One.")]))
    for _ in range(3):
        agent.then(stream(text_event("Done.")))
    async with Talk(agent, tmp_path) as talk:
        conversation = talk.conversation
        running = await conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        a, b, c, d = [await conversation.say(f"add {name}") for name in "abcd"]
        await conversation.edit_queued(b.id, "  add B instead ")
        await conversation.move_queued(d.id, -2)
        await conversation.delete_queued(a.id)
        assert [turn.text for turn in conversation.queue] == ["add d", "add B instead", "add c"]
        assert TurnRemoved(a.id) in talk.events
        with pytest.raises(UsageError):
            await conversation.edit_queued(running.id, "add nothing")
        with pytest.raises(UsageError):
            await conversation.edit_queued(c.id, " ")
        agent.release.set()
        await conversation.wait_idle()
    assert agent.said == ["add one", "add d", "add B instead", "add c"]
    async with Talk(agent, tmp_path) as again:
        assert [turn.text for turn in again.conversation.turns] == agent.said


async def test_interrupt_and_send_now(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(text_event("Slow", partial=True)))
    agent.then(stream(text_event("Quick.")))
    agent.then(stream(text_event("Later.")))
    async with Talk(agent, tmp_path) as talk:
        slow = await talk.conversation.say("add a long thing")
        await agent.wait_for("POST", "/run_sse")
        await talk.conversation.say("add later")
        quick = await talk.conversation.say("add quick")
        await talk.conversation.interrupt_and_send(quick.id)
        await talk.conversation.wait_idle()
        assert talk.turn(slow.id).state is TurnState.STOPPED
        assert talk.turn(quick.id).reply == "Quick."
    assert agent.said == ["add a long thing", "add quick", "add later"]


async def test_after_a_stop_the_queue_waits_for_the_user(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(text_event("Slow", partial=True)))
    agent.then(stream(text_event("Two.")))
    agent.then(stream(text_event("Three.")))
    async with Talk(agent, tmp_path) as talk:
        await talk.conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        two = await talk.conversation.say("add two")
        await talk.conversation.stop()
        await talk.conversation.wait_idle()
        assert talk.conversation.is_blocked
        assert talk.turn(two.id).state is TurnState.QUEUED
        await talk.conversation.say("add three")
        await talk.conversation.wait_idle()
    assert agent.said == ["add one", "add two", "add three"]


async def test_after_a_failure_the_queue_waits_and_send_again_goes_first(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(reply({"code": 5000, "message": "model is down"}))
    agent.then(stream(text_event("One.")))
    agent.then(stream(text_event("Two.")))
    async with Talk(agent, tmp_path, serves=False) as talk:
        one = await talk.conversation.say("add one")
        await talk.conversation.say("add two")
        talk.serve()
        await talk.conversation.wait_idle()
        assert talk.turn(one.id).state is TurnState.FAILED
        assert agent.said == ["add one"]
        await talk.commands.take(one.id, "send_again")
        with pytest.raises(UsageError):
            await talk.commands.take(one.id, "send_again")
        await talk.conversation.wait_idle()
    assert agent.said == ["add one", "add one", "add two"]


async def test_an_export_waits_behind_edits_and_a_status_does_not(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(agent.holding(after=[text_event("One.")]), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        await talk.conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        export = await talk.conversation.say("export in low quality")
        status = await talk.conversation.say("status")
        await talk.until_state(status.id, TurnState.DONE)
        assert "at work on “add one”" in talk.turn(status.id).reply
        assert talk.turn(export.id).state is TurnState.QUEUED
        assert not talk.exports.renders
        agent.release.set()
        await talk.conversation.wait_idle()
        assert talk.turn(export.id).state is TurnState.DONE
        assert [render.options.quality for render in talk.exports.renders] == ["low"]


async def test_empty_messages_are_refused(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        with pytest.raises(UsageError):
            await talk.conversation.say(" \x1b[2J\n")
        assert not talk.conversation.turns


async def test_a_stop_does_not_wait_for_the_state(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(text_event("Slow", partial=True)))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("add one")
        await talk.until_state(turn.id, TurnState.RUNNING)
        asked = asyncio.Event()

        async def never(exchange: Exchange) -> None:
            asked.set()
            await asyncio.Event().wait()

        agent.on("GET", "/api/state/*", never)
        async with asyncio.timeout(PATIENCE_S):
            await talk.conversation.stop()
        assert talk.turn(turn.id).state is TurnState.STOPPED
        await asked.wait()
        assert not talk.conversation.is_idle


async def test_a_full_disk_is_told_and_holds_the_queue(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:

        def forbid(connection: sqlite3.Connection) -> None:
            connection.execute(
                "CREATE TRIGGER full BEFORE UPDATE ON turns WHEN NEW.state = 'sending'"
                " BEGIN SELECT RAISE(FAIL, 'full'); END"
            )

        await talk.context.journal.run(forbid)
        await talk.conversation.say("add one")
        await talk.conversation.wait_idle()
        assert talk.conversation.is_blocked
        assert any(isinstance(one, Noticed) for one in talk.events)
        assert agent.said == []

        def allow(connection: sqlite3.Connection) -> None:
            connection.execute("DROP TRIGGER full")

        await talk.context.journal.run(allow)
        agent.then(stream(text_event("One.")))
        talk.conversation.release()
        await talk.conversation.wait_idle()
    assert agent.said == ["add one"]
