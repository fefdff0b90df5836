"""What is learned of a turn when it is over: later results, and receipts that could not be written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.agent import Talk, called, returned, stream, text_event, titled
from tests.clock import LeapingClock
from tests.cloud import STATE, TURN, Cloud
from tests.server import Answer, Exchange, hang, ok, raw, reply
from tests.waiting import until
from vbtui.base.errors import VbtuiError
from vbtui.conversation import receipts
from vbtui.conversation.stream import generates
from vbtui.journal.records import Session, Turn, TurnState
from vbtui.journal.sessions import get

GENERATED = (
    called("generate_video", "c1"),
    returned("generate_video", "c1"),
    text_event("Here is the clip."),
)
NOT_NOW = reply({"detail": "not now"}, status=403)


def clock_of(agent: Cloud) -> LeapingClock:
    return LeapingClock(lambda: len(agent.requests))


def in_the_cloud(agent: Cloud, folder: Path, clock: LeapingClock, **options: Any) -> Talk:
    return Talk(agent, folder, is_local=False, clock=clock, **options)


def notes(talk: Talk) -> list[Turn]:
    return [turn for turn in talk.conversation.turns if turn.route == "note"]


async def passes(talk: Talk, seconds: float) -> None:
    """So much time passes, and what was due in it is done: then the service waits for the next look, or
    there is none."""
    clock = talk.clock
    assert isinstance(clock, LeapingClock)
    end = clock.time + seconds
    while True:
        while clock.next_at is None:
            if await talk.context.journal.run(lambda c: get(c, "aftermath:S1")) is None:
                clock.time = end
                return
            await asyncio.sleep(0.005)
        if clock.next_at > end:
            clock.time = end
            return
        clock.leap()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("name", "makes"),
    [
        ("generate_video", True),
        ("videoGenerate", True),
        ("text_to_video", True),
        ("imageToVideo", True),
        ("t2v_tool", True),
        ("add_title", False),
        ("convert_video_to_text", False),
        ("regenerative", False),
        ("", False),
    ],
)
def test_which_tools_generate(name: str, makes: bool) -> None:
    assert generates(name) is makes


@pytest.mark.parametrize("told_by", ["tool", "state"])
async def test_three_looks_follow_a_generation_and_tell_what_came(
    agent: Cloud, tmp_path: Path, told_by: str
) -> None:
    """After 30, 60 and 120 s; each change once, as a receipt of its own, also after a restart."""

    async def play(exchange: Exchange) -> None:
        agent.draft = titled("Raw")
        if told_by == "state":
            agent.generated.append({"filename": "clip.mp4", "cdn_url": "https://cdn/clip.mp4"})
        await stream(*GENERATED[0 if told_by == "tool" else 2 :])(exchange)

    agent.then(play)
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        turn = await talk.said("make a clip of the sea")
        ended, looks = talk.turn(turn.id).ended_at or 0, agent.count("GET", STATE)
        await passes(talk, 29)
        assert agent.count("GET", STATE) == looks
        agent.draft = titled("Raw", length=4000)
        await passes(talk, ended + 31 - clock.now())
        assert agent.count("GET", STATE) == looks + 1
        (first,) = notes(talk)
        assert first.reply.startswith("This came after the answer to “make a clip of the sea” had")
        assert slip(first) == 'text "Raw": 3 s → 4 s'
        await passes(talk, ended + 61 - clock.now())
        assert agent.count("GET", STATE) == looks + 2
        assert notes(talk) == [first]
        agent.draft = titled("Finished", length=4000)
        await passes(talk, 600)
        assert agent.count("GET", STATE) == looks + 3
        assert len(notes(talk)) == 2
        assert "Finished" in slip(notes(talk)[1])
        assert talk.turn(turn.id).receipt == turn.receipt
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        assert len(notes(talk)) == 2
        await talk.conversation.reconcile()
        await passes(talk, 600)
        assert agent.count("GET", STATE) == looks + 3


@pytest.mark.parametrize("kind", ["edit", "local"])
async def test_nothing_is_read_again_where_nothing_comes_later(
    agent: Cloud, tmp_path: Path, kind: str
) -> None:
    clock = clock_of(agent)
    agent.then(stream(*GENERATED[0 if kind == "local" else 2 :]), last=titled("Sea"))
    async with Talk(agent, tmp_path, is_local=kind == "local", clock=clock) as talk:
        await talk.said("make a clip of the sea")
        looks = agent.count("GET", STATE)
        await passes(talk, 600)
        assert agent.count("GET", STATE) == looks
        assert not notes(talk)


async def test_the_looks_go_on_after_a_restart_and_are_not_made_up_for(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(*GENERATED), first=titled("Raw"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
    looks = agent.count("GET", STATE)
    clock.time += 70
    agent.draft = titled("Finished")
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await until(lambda: notes(talk))
        assert agent.count("GET", STATE) == looks + 1
        await passes(talk, 600)
        assert agent.count("GET", STATE) == looks + 2
        assert len(notes(talk)) == 1
        shown = notes(talk)
    clock.time += 5
    async with in_the_cloud(agent, tmp_path, clock, serves=False) as talk:
        assert notes(talk) == shown


async def test_two_processes_make_three_looks_and_tell_once(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(*GENERATED), first=titled("Raw"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
        looks = agent.count("GET", STATE)
        async with in_the_cloud(agent, tmp_path, clock) as other:
            agent.draft = titled("Finished")
            await passes(talk, 600)
            assert looks < agent.count("GET", STATE) <= looks + 3
            await talk.conversation.load()
            await other.conversation.load()
            assert len(notes(talk)) == len(notes(other)) == 1


async def test_what_came_is_told_before_the_next_message_and_not_again_with_it(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(*GENERATED), first=titled("Raw"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
        agent.draft = titled("Finished")
        agent.then(stream(text_event("Done.")), first=titled("Finished", length=9000))
        second = await talk.said("longer")
        (note,) = notes(talk)
        assert "Finished" in slip(note)
        assert "9 s" not in slip(note)
        assert second.receipt is not None
        assert [change.kind for change in second.receipt.changes] == ["retimed"]
        assert [turn.route for turn in talk.conversation.turns] == ["edit", "note", "edit"]
        agent.draft = titled("Late", length=9000)
        await passes(talk, 600)
        assert len(notes(talk)) == 2
        assert "Late" in slip(notes(talk)[1])
        assert "9 s" not in slip(notes(talk)[1])


async def test_no_look_while_another_turn_runs_or_another_project_is_open(
    agent: Cloud, tmp_path: Path
) -> None:
    clock = clock_of(agent)
    agent.then(stream(*GENERATED), first=titled("Raw"))
    agent.then(hang())
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
        await talk.conversation.say("and then")
        await agent.wait_for("POST", TURN, 2)
        looks = agent.count("GET", STATE)
        await clock.run(100)
        assert agent.count("GET", STATE) == looks
        talk.context.update(session=Session("S2", "b", "other"))
        agent.sessions.append("S2")
        await talk.sessions.load()
        await clock.run(300)
        assert agent.count("GET", STATE) == looks


@pytest.mark.parametrize("words", ["Done, I added the title.", ""], ids=["told", "silent"])
@pytest.mark.parametrize(
    "answer",
    [NOT_NOW, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"), ok({"state": [1]})],
    ids=["403", "html", "list"],
)
async def test_a_receipt_is_corrected_as_soon_as_the_state_can_be_read(
    agent: Cloud, tmp_path: Path, answer: Answer, words: str
) -> None:
    """By the looks that follow; the transcript and, after a restart, the journal say what changed."""
    unreadable(agent, answer)
    agent.then(stream(*([text_event(words)] if words else [])), first=titled("Sea"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        turn = await talk.conversation.say("add a title")
        await until(lambda: clock_has(talk, turn.id))
        ended = talk.turn(turn.id)
        assert ended.receipt is not None
        assert ended.receipt.unseen
        assert talk.drafts.unread is not None
        readable(agent)
        await passes(talk, 31)
        await until(lambda: not unseen(talk.turn(turn.id)))
        corrected(talk.turn(turn.id), words)
        assert talk.drafts.unread is None
        assert not notes(talk)
        looks = agent.count("GET", STATE)
        await passes(talk, 600)
        assert agent.count("GET", STATE) == looks
    async with in_the_cloud(agent, tmp_path, clock, serves=False) as talk:
        corrected(talk.turn(turn.id), words)


def unreadable(agent: Cloud, answer: Answer) -> None:
    """The state can be read until the first message has come."""

    async def state(exchange: Exchange) -> None:
        await (answer if agent.said else ok({"state": {"draft": None}}))(exchange)

    agent.on("GET", STATE, state)


def readable(agent: Cloud) -> None:
    async def state(exchange: Exchange) -> None:
        await ok({"state": {"draft": agent.draft}})(exchange)

    agent.on("GET", STATE, state)


def clock_has(talk: Talk, turn_id: int) -> bool:
    """Whether the turn is over; time goes on where it waits for that."""
    assert isinstance(talk.clock, LeapingClock)
    if not talk.turn(turn_id).state.is_over:
        talk.clock.leap()
    return talk.turn(turn_id).state.is_over


def slip(turn: Turn) -> str:
    return "\n".join(line.text for line in receipts.lines(turn))


def unseen(turn: Turn) -> str:
    return turn.receipt.unseen if turn.receipt else ""


def corrected(turn: Turn, words: str) -> None:
    assert turn.receipt is not None
    assert [change.sentence for change in turn.receipt.changes] == ['Title added: "Sea" 0-3s']
    assert not turn.receipt.claim_unproven
    assert turn.reply == words
    assert slip(turn) == 'text "Sea" added · 0-3s'


@pytest.mark.parametrize("by", ["start", "key"])
async def test_a_receipt_is_corrected_at_the_next_start_and_by_a_key(
    agent: Cloud, tmp_path: Path, by: str
) -> None:
    unreadable(agent, NOT_NOW)
    agent.then(stream(), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("add a title")
        assert "cannot be told yet" in slip(turn)
        readable(agent)
        if by == "key":
            await talk.drafts.reconcile()
            await until(lambda: not unseen(talk.turn(turn.id)))
            corrected(talk.turn(turn.id), "")
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.sessions.reconcile()
        corrected(talk.turn(turn.id), "")


async def test_what_an_unread_turn_changed_is_told_in_its_receipt_alone(
    agent: Cloud, tmp_path: Path
) -> None:
    """Also while the looks after an earlier generation go on."""
    agent.then(stream(*GENERATED), first=titled("Raw"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
        readable(agent)

        async def play(exchange: Exchange) -> None:
            agent.on("GET", STATE, NOT_NOW)
            agent.draft = titled("Sea")
            await stream()(exchange)

        agent.then(play)
        turn = await talk.conversation.say("another title")
        await until(lambda: clock_has(talk, turn.id))
        assert unseen(talk.turn(turn.id))
        readable(agent)
        await talk.drafts.reconcile()
        await until(lambda: not unseen(talk.turn(turn.id)))
        await passes(talk, 600)
        receipt = talk.turn(turn.id).receipt
        assert receipt is not None
        assert [change.kind for change in receipt.changes] == ["text"]
        assert not notes(talk)


async def test_what_did_not_change_is_told_as_that_when_it_was_read(
    agent: Cloud, tmp_path: Path
) -> None:
    unreadable(agent, NOT_NOW)
    agent.then(stream(text_event("Done, I added the title.")))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("add a title")
        readable(agent)
        await talk.drafts.reconcile()
        await until(lambda: not unseen(talk.turn(turn.id)))
        receipt = talk.turn(turn.id).receipt
        assert receipt is not None
        assert receipt.claim_unproven
        assert not receipt.changes


async def test_the_next_message_corrects_the_one_before_it(agent: Cloud, tmp_path: Path) -> None:
    unreadable(agent, NOT_NOW)
    agent.then(stream(text_event("Done.")), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        first = await talk.said("add a title")
        readable(agent)
        agent.then(stream(text_event("Done.")), first=titled("Sea", length=9000))
        second = await talk.said("longer")
        corrected(talk.turn(first.id), "Done.")
        assert second.receipt is not None
        assert [change.kind for change in second.receipt.changes] == ["retimed"]


async def test_where_the_next_message_went_out_unseen_its_receipt_has_both(
    agent: Cloud, tmp_path: Path
) -> None:
    unreadable(agent, NOT_NOW)
    agent.then(stream(text_event("Done.")), first=titled("Sea"))
    agent.then(stream(text_event("Done.")), first=titled("Sea", length=9000))
    async with Talk(agent, tmp_path) as talk:
        first, second = await talk.said("add a title"), await talk.said("longer")
        readable(agent)
        await talk.drafts.reconcile()
        await until(lambda: not unseen(talk.turn(first.id)))
        one, two = talk.turn(first.id).receipt, talk.turn(second.id).receipt
        assert one is not None
        assert two is not None
        assert one.with_next
        assert not one.changes
        assert [change.sentence for change in two.changes] == ['Title added: "Sea" 0-9s']
    async with Talk(agent, tmp_path, serves=False) as talk:
        assert talk.turn(first.id).receipt == one


async def test_a_stopped_turn_is_looked_after(agent: Cloud, tmp_path: Path) -> None:
    """The backend may still finish what it began."""
    agent.then(hang())
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        turn = await talk.conversation.say("make a clip of the sea")
        await agent.wait_for("POST", TURN)
        await talk.conversation.stop()
        assert talk.turn(turn.id).state is TurnState.STOPPED
        await until(lambda: talk.turn(turn.id).receipt)
        agent.draft = titled("Finished")
        await passes(talk, 31)
        await until(lambda: notes(talk))
        assert "Finished" in slip(notes(talk)[0])


async def test_a_look_that_fails_is_no_end(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(*GENERATED), first=titled("Raw"))
    clock = clock_of(agent)
    async with in_the_cloud(agent, tmp_path, clock) as talk:
        await talk.said("make a clip of the sea")
        agent.on("GET", STATE, NOT_NOW)
        await passes(talk, 61)
        assert not notes(talk)
        readable(agent)
        agent.draft = titled("Finished")
        await passes(talk, 120)
        assert len(notes(talk)) == 1


@pytest.mark.parametrize("was_seen", [False, True])
async def test_an_unread_draft_is_never_taken_for_an_empty_one(
    agent: Cloud, tmp_path: Path, was_seen: bool
) -> None:
    """By the status, the exports and the ways out."""
    if was_seen:
        agent.draft = titled("Sea")
    async with Talk(agent, tmp_path) as talk:
        if was_seen:
            await talk.drafts.reconcile()
        agent.on("GET", STATE, NOT_NOW)
        status = await talk.said("/status")
        assert "empty" not in status.reply
        assert "could not be read" in status.reply
        assert ("Sea" in status.reply) is was_seen
        if not was_seen:
            with pytest.raises(VbtuiError) as caught:
                await talk.drafts.newest()
            assert caught.value.code not in ("nothing_to_export", "usage.empty_timeline")
