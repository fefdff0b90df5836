"""vbtui dies in the middle of a turn; started again, nothing is lost and nothing is sent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent import Talk, stream, text_event, titled
from tests.cloud import Cloud
from tests.server import hang, stream_pieces
from vbtui.base.errors import UsageError
from vbtui.conversation.queue import Turns
from vbtui.journal.records import TurnState

PARTIAL = text_event("I will trim it", partial=True)


async def died(agent: Cloud, folder: Path, text: str = "trim it", *, streams: bool = True) -> int:
    """A vbtui that ends while this message is under way; its id."""
    agent.then(hang(*(stream_pieces([PARTIAL]) if streams else [])))
    talk = Talk(agent, folder)
    await talk.__aenter__()
    turn = await talk.conversation.say(text)
    await agent.wait_for("POST", "/run_sse")
    if streams:
        await talk.until_state(turn.id, TurnState.RUNNING)
        other = Turns(talk.context)
        await other.open("S1")
        assert [one.state for one in other.all] == [TurnState.RUNNING]
    await talk.conversation.say("add later")
    await talk.kill()
    return turn.id


@pytest.mark.parametrize("streams", [True, False])
async def test_a_change_that_came_meanwhile_settles_it(
    agent: Cloud, tmp_path: Path, streams: bool
) -> None:
    agent.draft = titled("Sea")
    turn_id = await died(agent, tmp_path, streams=streams)
    agent.draft = titled("Sea", length=1000)
    async with Talk(agent, tmp_path, serves=False) as talk:
        assert talk.turn(turn_id).state is TurnState.UNKNOWN
        await talk.conversation.reconcile()
        turn = talk.turn(turn_id)
        assert turn.state is TurnState.DONE
        assert "while vbtui was away" in turn.reply
        assert turn.receipt is not None
        assert [change.kind for change in turn.receipt.changes] == ["retimed"]
    assert agent.said == ["trim it"]


async def test_without_a_change_the_user_decides(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    turn_id = await died(agent, tmp_path, "剪短一点")
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.conversation.reconcile()
        turn = talk.turn(turn_id)
        assert turn.state is TurnState.UNKNOWN
        assert turn.offers == ("watch", "send_again", "drop")
        assert turn.problem is not None
        assert "退出了" in turn.problem.message
        await talk.commands.take(turn_id, "drop")
        assert talk.turn(turn_id).state is TurnState.DROPPED
        with pytest.raises(UsageError):
            await talk.commands.take(turn_id, "drop")
    assert agent.said == ["剪短一点"]


async def test_watching_finds_a_late_change(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    turn_id = await died(agent, tmp_path)
    agent.then(stream(text_event("Later.")))
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.conversation.reconcile()
        agent.draft = titled("Lake")
        await talk.commands.take(turn_id, "watch")
        talk.serve()
        await talk.conversation.wait_idle()
        assert talk.turn(turn_id).state is TurnState.DONE
    assert agent.said == ["trim it", "add later"]


async def test_sending_again_is_a_new_turn_ahead_of_the_queue(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    turn_id = await died(agent, tmp_path)
    agent.then(stream(text_event("Trimmed.")), first=titled("Sea", length=1000))
    agent.then(stream(text_event("Later.")))
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.conversation.reconcile()
        await talk.commands.take(turn_id, "send_again")
        talk.serve()
        await talk.conversation.wait_idle()
        assert talk.turn(turn_id).state is TurnState.DROPPED
    assert agent.said == ["trim it", "trim it", "add later"]


async def test_an_unknown_turn_holds_what_was_queued_behind_it(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.draft = titled("Sea")
    await died(agent, tmp_path)
    async with Talk(agent, tmp_path) as talk:
        await talk.conversation.reconcile()
        await talk.conversation.wait_idle()
        assert [turn.text for turn in talk.conversation.queue] == ["add later"]
    assert agent.said == ["trim it"]


async def test_a_message_that_only_waited_is_sent_after_the_restart(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(text_event("Added.")), first=titled("Sea"))
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.conversation.say("add a title")
    async with Talk(agent, tmp_path) as talk:
        await talk.conversation.wait_idle()
        assert [turn.reply for turn in talk.conversation.turns] == ["Added."]
    assert agent.said == ["add a title"]


async def test_a_living_other_process_is_watched_not_touched(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(after=[text_event("One.")]), first=titled("Sea"))
    agent.then(stream(text_event("Two.")))
    async with Talk(agent, tmp_path) as one:
        turn = await one.conversation.say("add one")
        await agent.wait_for("POST", "/run_sse")
        async with Talk(agent, tmp_path) as two:
            await two.conversation.reconcile()
            assert two.turn(turn.id).state is TurnState.SENDING
            second = await two.conversation.say("add two")
            agent.release.set()
            await one.conversation.wait_idle()
            await two.until_state(second.id, TurnState.DONE)
            assert two.turn(turn.id).state is TurnState.DONE
    assert sorted(agent.said) == ["add one", "add two"]


async def test_two_processes_send_a_waiting_message_once(agent: Cloud, tmp_path: Path) -> None:
    for number in range(6):
        agent.then(stream(text_event(f"{number}.")))
    async with Talk(agent, tmp_path, serves=False) as writer:
        for number in range(6):
            await writer.conversation.say(f"add {number}")
    async with (
        Talk(agent, tmp_path, serves=False) as one,
        Talk(agent, tmp_path, serves=False) as two,
    ):
        one.serve()
        two.serve()
        await one.until(lambda: not one.conversation.queue and one.conversation.is_idle)
        await two.conversation.wait_idle()
    assert sorted(agent.said) == [f"add {number}" for number in range(6)]
