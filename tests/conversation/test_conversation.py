"""A message on its way: sent once, listened to, looked after, settled – against a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agent import (
    HEARTBEAT,
    QUICK,
    Talk,
    called,
    reply,
    returned,
    scripted_cloud,
    stream,
    text_event,
    titled,
)
from tests.cloud import STATE, Cloud
from tests.server import Answer, Exchange, event, hang, ok, raw, reset, stream_pieces
from tests.waiting import PATIENCE_S
from vbtui.base.errors import SessionNotFound, VbtuiError
from vbtui.base.problem import Problem
from vbtui.conversation import receipts
from vbtui.conversation.queue import Turns
from vbtui.journal.records import ExportOptions, Session, TurnState


async def test_an_edit_is_sent_once_and_answered_with_a_receipt(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(
        stream(
            called("add_title", "c1"),
            returned("add_title", "c1"),
            text_event("I added ", partial=True),
            text_event("I added the title."),
        ),
        first=titled("Urban Dreams"),
    )
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said('add a title "Urban Dreams"')
    assert turn.state is TurnState.DONE
    assert turn.reply == "I added the title."
    assert turn.receipt is not None
    assert [change.sentence for change in turn.receipt.changes] == [
        'Title added: "Urban Dreams" 0-3s'
    ]
    assert not turn.receipt.claim_unproven
    assert agent.said == ['add a title "Urban Dreams"']
    assert "Adding a title" in [one.activity for one in talk.shown(turn.id)]
    states = list(dict.fromkeys(one.state for one in talk.shown(turn.id)))
    assert states == [TurnState.QUEUED, TurnState.SENDING, TurnState.RUNNING, TurnState.DONE]


async def test_the_journal_says_sending_before_the_request_goes_out(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(hang())
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("make it vertical")
        await agent.wait_for("POST", "/run_sse")

        def state(connection: sqlite3.Connection) -> str:
            row = connection.execute("SELECT state, owner FROM turns").fetchone()
            return f"{row['state']} {row['owner']}"

        kept = await talk.context.journal.run(state)
        assert kept == f"sending {talk.context.owner}"
        assert talk.turn(turn.id).state is TurnState.SENDING


async def test_the_wait_for_a_rate_limit_is_shown_and_one_message_goes_out(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(reply({"message": "slow down"}, status=429, headers={"Retry-After": "1"}))
    agent.then(stream(text_event("Done.")))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make it vertical")
    assert turn.state is TurnState.DONE
    shown = [one.activity for one in talk.shown(turn.id)]
    assert "The backend has too much to do; sending again after 1 s" in shown
    assert agent.said == ["make it vertical"] * 2, "the first one was refused"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("add a title", 'text "Sea" added · 0-3s'),
        ("加个标题", '添加了文字 "Sea" · 0-3s'),
    ],
)
async def test_a_silent_end_is_told_by_the_timeline(
    agent: Cloud, tmp_path: Path, text: str, words: str
) -> None:
    agent.then(stream(called("add_title", "c1"), returned("add_title", "c1")), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said(text)
    assert turn.state is TurnState.DONE
    assert not turn.reply, "nothing is said twice"
    assert [line.text for line in receipts.lines(turn)] == [words]
    assert receipts.state_line(turn) in ("0:03 · 1 track", "0:03 · 1 条轨道")


async def test_a_silent_end_without_a_change_says_so(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    agent.then(stream()).then(stream())
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make it pop")
        other = await talk.said("更好看一点")
    assert "timeline is unchanged" in turn.reply
    assert "时间线没有变化" in other.reply


async def test_a_state_that_lags_behind_a_silent_end_is_looked_at_again(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(), first=titled("Sea"))
    looks = [ok({"state": {"draft": None}})] * 2 + [ok({"state": {"draft": titled("Sea")}})]
    agent.on("GET", "/api/state/*", *looks)
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("add a title")
    assert turn.receipt is not None
    assert len(turn.receipt.changes) == 1


async def test_an_edit_that_only_claims_is_marked(agent: Cloud, tmp_path: Path) -> None:
    agent.draft = titled("Sea")
    agent.then(stream(text_event("I've added the title.")))
    agent.then(stream(text_event("Which title would you like?")))
    agent.then(stream(text_event("我已经为您添加了标题。")))
    async with Talk(agent, tmp_path) as talk:
        claims = [await talk.said(text) for text in ("add a title", "a title", "加标题")]
    assert [turn.receipt and turn.receipt.claim_unproven for turn in claims] == [True, False, True]


PARTIAL = text_event("I will trim ", partial=True)
BROKEN: dict[str, Answer] = {
    "reset before the reply": reset(),
    "reset in mid-stream": reset(*stream_pieces([PARTIAL])),
    "cut within an event": raw(*stream_pieces([PARTIAL, b'data: {"content":{"par'])),
    "end without the last chunk": raw(*stream_pieces([PARTIAL])),
    "HTTP 503": reply({"detail": "overloaded"}, status=503),
}


@pytest.mark.parametrize("stage", BROKEN)
async def test_a_broken_connection_is_recovered_by_the_state_alone(
    agent: Cloud, tmp_path: Path, stage: str
) -> None:
    agent.draft = titled("Sea")
    agent.then(BROKEN[stage], last=titled("Sea", length=2000))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("trim the title")
        shown = talk.shown(turn.id)
    assert turn.state is TurnState.DONE, turn
    assert turn.receipt is not None
    assert [change.kind for change in turn.receipt.changes] == ["retimed"]
    assert "connection broke" in turn.reply
    assert ("I will trim" in turn.reply) == ("reset before" not in stage and "503" not in stage)
    assert TurnState.RECOVERING in [one.state for one in shown]
    assert agent.said == ["trim the title"]


@pytest.mark.parametrize("stage", BROKEN)
async def test_without_a_change_it_is_said_and_offered_and_never_sent_again(
    agent: Cloud, tmp_path: Path, stage: str
) -> None:
    agent.draft = titled("Sea")
    agent.then(BROKEN[stage])
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("trim the title")
        looks = agent.count("GET", "/api/state/*")
    assert turn.state is TurnState.UNKNOWN
    assert turn.offers == ("watch", "send_again", "drop")
    assert turn.problem is not None
    assert "not sent again" in turn.problem.message
    assert looks == 1 + QUICK.recover_tries
    assert agent.said == ["trim the title"]


async def test_heartbeats_alone_time_out_and_lead_to_the_state(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(hang(*stream_pieces([HEARTBEAT, b": still here\n\n", b"data:\n\n"])))
    timing = replace(QUICK, heartbeat_only=0.2, still_working=0.05)
    async with Talk(agent, tmp_path, timing=timing) as talk:
        turn = await talk.said("make it vertical")
        shown = [one.activity for one in talk.shown(turn.id)]
    assert turn.state is TurnState.UNKNOWN
    assert turn.problem is not None
    assert turn.problem.message.startswith("There was no answer in time")
    assert any(words.startswith("⏳ Still working…") for words in shown)
    assert agent.said == ["make it vertical"]


@pytest.mark.parametrize(
    "last",
    [
        event({"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "Quota exceeded."}),
        b'data: {"error": "Quota exceeded.\nsecond "line"}\n\n',
    ],
)
async def test_an_error_in_mid_stream_keeps_the_words_before_it(
    agent: Cloud, tmp_path: Path, last: bytes
) -> None:
    agent.then(stream(text_event("Let me check ", partial=True), last))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make it vertical")
    assert turn.state is TurnState.FAILED
    assert turn.reply.startswith("Let me check")
    assert "error ended the answer" in turn.reply
    assert turn.problem is not None
    assert "Quota exceeded" in turn.problem.message
    assert "send_again" in turn.offers
    assert agent.said == ["make it vertical"]


async def test_no_credits_leads_to_the_registration(agent: Cloud, tmp_path: Path) -> None:
    agent.then(reply({"code": 2001, "message": "insufficient credits"}))
    async with Talk(agent, tmp_path, is_local=False) as talk:
        turn = await talk.said("make it vertical")
    assert turn.state is TurnState.FAILED
    assert turn.problem is not None
    assert "https://web.example/register?bind=anon_7" in turn.problem.hint
    assert "local" in turn.offers
    assert agent.said == ["make it vertical"]


async def test_error_cards_speak_the_language_of_the_message(agent: Cloud, tmp_path: Path) -> None:
    agent.then(reply({"code": 2001, "message": "insufficient credits"}))
    agent.then(reply(status=503, body=b""))
    async with Talk(agent, tmp_path, is_local=False) as talk:
        broke = await talk.said("改成竖屏")
        away = await talk.said("加一个标题")
    assert broke.problem == Problem(
        "积分已用完",
        "insufficient credits",
        "注册即可获得更多积分：https://web.example/register?bind=anon_7",
        "no_credits.register",
    )
    assert away.problem is not None
    assert away.problem.message.startswith("连接中断")


async def test_what_was_never_sent_is_kept_to_be_sent_again(tmp_path: Path) -> None:
    agent = scripted_cloud()
    async with agent:
        url = agent.url
    async with Talk(agent, tmp_path, url=url, timing=replace(QUICK, connect=0.3)) as talk:
        turn = await talk.said("make it vertical")
        assert turn.state is TurnState.FAILED
        assert turn.text == "make it vertical"
        assert turn.offers[0] == "send_again"
        assert talk.conversation.is_blocked


async def test_a_lost_session_is_replaced_and_the_conversation_goes_on(
    agent: Cloud, tmp_path: Path
) -> None:
    agent.then(stream(text_event("Hello.")))
    agent.then(reply({"code": 1002, "message": "session not found"}))
    async with Talk(agent, tmp_path) as talk:
        first = await talk.said("hello")
        turn = await talk.said("make it vertical")
        assert [one.id for one in talk.conversation.turns] == [first.id, turn.id]
        assert turn.session_id == "S2"
        assert turn.state is TurnState.FAILED
        assert turn.offers == ("upload_again", "send_again")
        assert turn.problem is not None
        assert turn.problem.is_a(SessionNotFound)
        agent.then(stream(text_event("Done that.")))
        await talk.commands.take(turn.id, "send_again")
        await talk.conversation.wait_idle()
        await talk.commands.take(turn.id, "upload_again")
        assert talk.turn(turn.id).offers == ()
        await talk.sessions.settle()
        assert all(one.route == "edit" for one in talk.conversation.turns), "it was said already"
    last = agent.of("POST", "/run_sse")[-1].json()
    assert last["session_id"] == "S2"


async def test_stop_marks_closes_and_looks(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(text_event("Working hard", partial=True)), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("add a title")
        await talk.until(lambda: "Working hard" in talk.turn(turn.id).reply)
        await talk.conversation.stop()
        assert talk.turn(turn.id).state is TurnState.STOPPED
        await talk.conversation.wait_idle()
        stopped = talk.turn(turn.id)
        assert stopped.receipt is not None
        assert stopped.receipt.changes
        assert "Working hard" in stopped.reply
        assert "may still finish" in stopped.reply
        agent.release.set()
    await agent.wait_until_idle()
    assert agent.said == ["add a title"]


async def test_first_words_are_kept_before_anything_follows(agent: Cloud, tmp_path: Path) -> None:
    agent.then(agent.holding(text_event("I will trim ", partial=True)))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("trim it")
        kept = ""
        async with asyncio.timeout(PATIENCE_S):
            while "trim" not in kept:
                other = Turns(talk.context)
                await other.open("S1")
                kept = other.all[0].reply
        assert not talk.turn(turn.id).state.is_over
        agent.release.set()
        await talk.conversation.wait_idle()


async def test_stop_ends_the_connection(agent: Cloud, tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def until_closed(exchange: Exchange) -> None:
        await exchange.send(b"".join(stream_pieces([text_event("Working hard", partial=True)])))
        await exchange.reader.read()
        ended.set()

    agent.then(until_closed)
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.conversation.say("add a title")
        await talk.until(lambda: "Working hard" in talk.turn(turn.id).reply)
        await talk.conversation.stop()
        async with asyncio.timeout(PATIENCE_S):
            await ended.wait()


async def test_streaming_reports_no_more_than_thirty_times_a_second(
    agent: Cloud, tmp_path: Path
) -> None:
    words = [text_event(f"word{number} ", partial=True) for number in range(3000)]
    agent.then(stream(*words))
    async with Talk(agent, tmp_path) as talk:
        began = asyncio.get_running_loop().time()
        turn = await talk.said("tell me a story")
        took = asyncio.get_running_loop().time() - began
    reports = len(talk.shown(turn.id))
    assert reports <= took * 30 + 10
    assert turn.reply.startswith("word0 word1 ")
    assert turn.reply.endswith("word2999")


async def test_credits_are_on_the_receipt(agent: Cloud, tmp_path: Path) -> None:
    async def spend(exchange: Exchange) -> None:
        agent.available = 60.0
        await stream(text_event("Made it."))(exchange)

    agent.then(spend, first=titled("Sea"))
    async with Talk(agent, tmp_path, is_local=False) as talk:
        turn = await talk.said("make a title")
    assert turn.receipt is not None
    assert (turn.receipt.credits_before, turn.receipt.credits_after) == (100.0, 60.0)


async def test_mouse_talk_becomes_keys_and_offers(agent: Cloud, tmp_path: Path) -> None:
    said = "Your video is ready! Click the **Export** button in the top right corner."
    agent.then(stream(text_event(said)), first=titled("Sea"))
    agent.then(stream(text_event("Done.")), first=titled("Lake"))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make a title")
        compound = await talk.said("add a lake, and export as MP4")
        assert compound.offers == ("export",)
        await talk.commands.take(compound.id, "export")
        await talk.conversation.wait_idle()
        assert talk.turn(compound.id).offers == ()
        assert len(talk.exports.renders) == 1
    assert turn.reply == "Your video is ready! Press **ctrl+s** to export."
    assert turn.offers == ("export",)


async def test_a_turn_reads_as_it_ran_after_a_restart(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(text_event("Added.")), first=titled("Sea"))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("add a title")
    async with Talk(agent, tmp_path) as again:
        assert list(again.conversation.turns) == [turn]


async def test_errors_of_other_rooms_become_the_turns_problem(agent: Cloud, tmp_path: Path) -> None:
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("export")
    assert turn.state is TurnState.FAILED
    assert turn.problem is not None
    assert turn.problem.message == "Nothing to export yet: describe an edit first."


async def test_a_turn_goes_on_while_another_session_is_shown(agent: Cloud, tmp_path: Path) -> None:
    agent.sessions.append("S2")
    agent.then(
        agent.holding(text_event("Slowly", partial=True), after=[text_event("Slowly done.")])
    )
    agent.then(stream(text_event("Quickly.")))
    async with Talk(agent, tmp_path) as talk:
        slow = await talk.conversation.say("add one")
        await talk.until_state(slow.id, TurnState.RUNNING)
        first, other = talk.context.session, Session("S2", "b", "other")
        talk.context.update(session=other)
        await talk.drafts.load()
        await talk.conversation.load()
        assert not talk.conversation.turns
        quick = await talk.conversation.say("add two")
        await talk.until_state(quick.id, TurnState.DONE)
        assert talk.turn(quick.id).session_id == "S2"
        agent.release.set()
        await talk.conversation.wait_idle()
        talk.context.update(session=first)
        await talk.drafts.load()
        await talk.conversation.load()
        assert [turn.reply for turn in talk.conversation.turns] == ["Slowly done."]
    assert agent.said == ["add one", "add two"]


async def test_evil_words_pass_through_and_come_back(agent: Cloud, tmp_path: Path) -> None:
    evil = "make [/b] \x1b[31mred\x07 {0} %s \u202e 日本 \ud800 " + "x" * 9000
    agent.then(stream(text_event("\x1b]0;owned\x07Fine [/foo] \u202eok")))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said(evil)
    assert turn.reply == "Fine [/foo] ok"
    assert turn.text.startswith("make [/b] red {0} %s  日本  xxx")
    async with Talk(agent, tmp_path) as again:
        assert again.conversation.turns[0].text == turn.text


@pytest.mark.parametrize(
    "answer",
    [
        reply({"detail": "Forbidden"}, status=403),
        reply({"detail": "boom"}, status=500),
        reply(body=b"<html>sign in</html>", content_type="text/html"),
        reply(body=b""),
        reply([]),
        ok(None),
        ok({"state": {"draft": [1]}}),
        reset(),
    ],
    ids=["403", "500", "html", "empty", "list", "null", "wrong type", "reset"],
)
@pytest.mark.parametrize("words", ["Done, I added the title.", ""], ids=["told", "silent"])
async def test_what_cannot_be_seen_is_not_told_as_nothing(
    agent: Cloud, tmp_path: Path, answer: Answer, words: str
) -> None:
    """Neither by the receipt nor by an export, which looks once more and fails with the reason."""

    async def play(exchange: Exchange) -> None:
        await stream(*([text_event(words)] if words else []))(exchange)

    async def unreadable(exchange: Exchange) -> None:
        await (answer if agent.said else ok({"state": {"draft": None}}))(exchange)

    agent.then(play)
    agent.on("GET", STATE, unreadable)
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("add a title")
        assert turn.state is TurnState.DONE
        assert turn.receipt is not None
        assert turn.receipt.unseen
        assert not turn.receipt.claim_unproven
        assert "unchanged" not in turn.reply
        looks = agent.count("GET", STATE)
        with pytest.raises(VbtuiError) as caught:
            await talk.exports.start(ExportOptions(destination=tmp_path / "out.mp4"))
        assert caught.value.code != "nothing_to_export"
        assert agent.count("GET", STATE) > looks
        agent.on("GET", STATE, ok({"state": {"draft": titled("Sea")}}))
        agent.draft = titled("Sea")
        render = await talk.exports.start(ExportOptions(destination=tmp_path / "out.mp4"))
        assert render.draft_version == 1


@pytest.mark.parametrize("words", ["One thing first.", ""])
async def test_what_the_agent_asks_is_shown_with_its_options_and_kept(
    agent: Cloud, tmp_path: Path, words: str
) -> None:
    args = {
        "title": "Which *look*?",
        "questions": [
            {"id": "q1", "prompt": "Format", "options": [{"id": "a", "label": "9:16"}, {"label": "1:1"}]},
            {"prompt": "A title?\x1b[2J", "options": []},
            "nonsense",
        ],
    }  # fmt: skip
    call = event({"content": {"parts": [{"functionCall": {"name": "ask_question", "args": args}}]}})
    agent.then(stream(call, *([text_event(words)] if words else [])))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make a reel")
    asked = "**Which \\*look\\*?**\n\nFormat\n\n1. 9:16\n2. 1:1\n\nA title?"
    assert turn.reply == f"{words}\n\n{asked}".strip()
    async with Talk(agent, tmp_path, serves=False) as talk:
        await talk.conversation.load()
        assert talk.turn(turn.id).reply == turn.reply


@pytest.mark.parametrize(
    "words",
    [
        "Which clip?\n\n1. clip 1 (a_b.mp4)\n2. clip 2",
        "First.\n\nWhich  clip?\n1. clip 1 (a_b.mp4)\n2. clip 2\n",
    ],
)
async def test_what_the_agent_says_and_asks_is_shown_once(
    agent: Cloud, tmp_path: Path, words: str
) -> None:
    options = [{"id": "1", "label": "clip 1 (a_b.mp4)"}, {"id": "2", "label": "clip 2"}]
    args = {"title": "", "questions": [{"id": "1", "prompt": "Which clip?", "options": options}]}
    call = event({"content": {"parts": [{"functionCall": {"name": "ask_question", "args": args}}]}})
    agent.then(stream(text_event(words), call))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("mute the clip")
    assert turn.reply == words.strip()
