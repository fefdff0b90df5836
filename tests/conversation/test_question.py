"""What the agent asks: read, shown, answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.agent import Talk, stream, text_event
from tests.cloud import Cloud
from tests.server import event, raw
from vbtui.base.errors import UsageError
from vbtui.conversation.question import as_markdown, meant_by, read
from vbtui.journal.records import Question, QuestionPart, TurnState

FORMAT = {"id": "q1", "prompt": "Format", "options": [{"id": "a", "label": "9:16"}, {"label": "1:1"}]}  # fmt: skip
LOOKS = {"prompt": "Which looks?", "options": ["warm", "cold", "grainy"], "allow_multiple": True}


def asks(args: Mapping[str, Any]) -> bytes:
    call = {"name": "ask_question", "args": args}
    return event({"content": {"parts": [{"functionCall": call}]}})


def test_questions_are_read_leniently() -> None:
    found = read({"title": "Which *look*?", "questions": [FORMAT, LOOKS, "nonsense", {"id": 3}]})
    assert found == Question(
        "Which *look*?",
        (
            QuestionPart("Format", ("9:16", "1:1")),
            QuestionPart("Which looks?", ("warm", "cold", "grainy"), takes_several=True),
        ),
    )
    assert as_markdown(found) == (
        "**Which \\*look\\*?**\n\nFormat\n\n1. 9:16\n2. 1:1\n\n"
        "Which looks?\n\n3. warm\n4. cold\n5. grainy"
    )
    assert read({"prompt": "Go on?\x1b[2J"}) == Question("", (QuestionPart("Go on?"),))
    for nothing in ({}, {"title": "T"}, {"questions": 7}, {"questions": [{"options": ["a"]}]}):
        assert read(nothing) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", "Format: 9:16"),
        ("2.", "Format: 1:1"),
        ("3 5", "Which looks? warm, grainy"),
        ("2, 5, 3", "Format: 1:1\nWhich looks? grainy, warm"),
        ("1 和 3", "Format: 9:16\nWhich looks? warm"),
        ("1 2", ""),
        ("6", ""),
        ("0", ""),
        ("9:16", ""),
        ("3 clips", ""),
        ("", ""),
    ],
)
def test_numbers_mean_options(text: str, meant: str) -> None:
    question = read({"questions": [FORMAT, LOOKS]})
    assert question is not None
    assert meant_by(question, text) == meant


def test_one_choice_is_answered_in_the_options_own_words() -> None:
    question = read({"questions": [FORMAT]})
    assert question is not None
    assert question.is_one_choice
    assert meant_by(question, "2") == "1:1"
    several = read({"questions": [LOOKS]})
    assert several is not None
    assert not several.is_one_choice
    assert meant_by(several, "1 3") == "warm, grainy"


async def test_an_answer_goes_out_once_also_after_a_restart(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(asks({"questions": [FORMAT]})))
    async with Talk(agent, tmp_path) as talk:
        asked = await talk.said("make a reel")
        assert asked.question == read({"questions": [FORMAT]})
    agent.then(stream(text_event("A reel it is.")))
    async with Talk(agent, tmp_path) as talk, Talk(agent, tmp_path, serves=False) as other:
        assert talk.turn(asked.id).question == asked.question
        given = await asyncio.gather(
            *(
                one.conversation.answer(asked.id, "9:16")
                for one in (talk, talk)
            ),
            return_exceptions=True,
        )  # fmt: skip
        given += await asyncio.gather(  # it sends nothing, so it may not be the first
            other.conversation.answer(asked.id, "9:16"), return_exceptions=True
        )
        assert sum(isinstance(one, UsageError) for one in given) == 2
        await talk.conversation.wait_idle()
        await other.conversation.load()
        with pytest.raises(UsageError):
            await other.conversation.answer(asked.id, "1:1")
        assert other.conversation.turns[-1].reply == "A reel it is."
    assert agent.said == ["make a reel", "9:16"]


async def test_words_answer_too_and_a_waiting_answer_is_one(agent: Cloud, tmp_path: Path) -> None:
    agent.then(stream(asks({"questions": [FORMAT]})))
    async with Talk(agent, tmp_path) as talk:
        asked = await talk.said("make a reel")
    async with Talk(agent, tmp_path, serves=False) as talk:
        waiting = await talk.conversation.say("as you like it")
        with pytest.raises(UsageError):
            await talk.conversation.answer(asked.id, "9:16")
        await talk.conversation.delete_queued(waiting.id)
        answer = await talk.conversation.answer(asked.id, "9:16")
        assert (answer.state, answer.text) == (TurnState.QUEUED, "9:16")


async def test_a_question_before_the_line_broke_is_shown(agent: Cloud, tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
    agent.then(raw(head + asks({"questions": [FORMAT]})))
    async with Talk(agent, tmp_path) as talk:
        turn = await talk.said("make a reel")
        assert turn.state is TurnState.DONE
        assert turn.reply == "Format\n\n1. 9:16\n2. 1:1"
        assert turn.question == read({"questions": [FORMAT]})
