"""What is said before there is a session: kept in the journal, sent once the first one opens."""

from __future__ import annotations

from pathlib import Path

from tests.agent import Talk, stream, text_event
from tests.cloud import Cloud
from vbtui.journal.records import TurnState


async def test_it_waits_for_the_first_session_in_order(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(text_event("One."))).then(stream(text_event("Three.")))
    async with Talk(agent, tmp_path, is_opened=False) as talk:
        one = await talk.conversation.say("add one")
        two = await talk.conversation.say("add two")
        status = await talk.conversation.say("status")
        three = await talk.conversation.say("add")
        assert [turn.state for turn in talk.conversation.turns] == [TurnState.QUEUED] * 4
        await talk.conversation.edit_queued(three.id, "add three")
        await talk.conversation.move_queued(three.id, -1)
        await talk.conversation.delete_queued(two.id)
        assert not agent.said
        await talk.open()
        await talk.conversation.wait_idle()
        turns = talk.conversation.turns
        assert agent.said == ["add one", "add three"]
        assert [turn.id for turn in turns] == [one.id, three.id, status.id]
        assert {turn.state for turn in turns} == {TurnState.DONE}
        assert {turn.session_id for turn in turns} == {"S1"}


async def test_it_outlives_a_kill_and_waits_behind_what_is_there(
    agent: Cloud, tmp_path: Path
) -> None:
    async with Talk(agent, tmp_path, is_opened=False) as talk:
        await talk.conversation.say("add one")
    async with Talk(agent, tmp_path, serves=False) as before:
        assert [turn.text for turn in before.conversation.turns] == ["add one"]
        await before.conversation.say("add two")
    async with Talk(agent, tmp_path, serves=False) as again:
        assert [turn.text for turn in again.conversation.queue] == ["add one", "add two"]
        assert len({turn.position for turn in again.conversation.turns}) == 2


async def test_another_living_process_leaves_it_alone(agent: Cloud, tmp_path: Path) -> None:
    async with (
        Talk(agent, tmp_path, serves=False, is_opened=False) as one,
        Talk(agent, tmp_path, serves=False, is_opened=False) as two,
    ):
        await one.conversation.say("add one")
        await two.conversation.load()
        assert not two.conversation.turns
        await two.open()
        assert not two.conversation.turns
        await one.open()
        assert [turn.text for turn in one.conversation.queue] == ["add one"]


async def test_it_follows_the_user_to_another_backend(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path, serves=False, is_opened=False) as cloud:
        await cloud.conversation.say("add one")
    async with Talk(agent, tmp_path, serves=False, backend="other") as other:
        assert [turn.text for turn in other.conversation.queue] == ["add one"]


async def test_what_a_dead_process_left_belongs_to_its_backend(
    agent: Cloud, tmp_path: Path
) -> None:
    """And not to a start for one project alone: that does what it was started for."""
    async with Talk(agent, tmp_path, serves=False, is_opened=False) as left:
        said = await left.conversation.say("add one")
        await left.context.journal.run(
            lambda c: c.execute("UPDATE turns SET owner = '1:0:1' WHERE id = ?", (said.id,))
        )
    async with Talk(agent, tmp_path, serves=False, backend="other") as other:
        assert not other.conversation.turns
    async with Talk(agent, tmp_path, serves=False, project="promo") as named:
        assert not named.conversation.turns
    async with Talk(agent, tmp_path, serves=False) as again:
        assert [turn.text for turn in again.conversation.queue] == ["add one"]
