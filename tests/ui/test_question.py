"""What the agent asks is answered by a key, or in words, once."""

from __future__ import annotations

import pytest

from tests.cloud import TURN
from tests.server import event, stream, text_event
from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled, shown, until
from tests.ui.sample import turn
from tests.ui.world import World
from vbtui.journal.records import Question, QuestionPart

ONE = Question("", (QuestionPart("Which one?", ("beach.mp4", "beach at night.mp4", "both")),))
TWO = Question("", (*ONE.parts, QuestionPart("Length?", ("15 s", "30 s"))))
REPLY = "Which one?\n\n1. beach.mp4\n2. beach at night.mp4\n3. both"


def asked(question: Question = ONE) -> World:
    made = World()
    made.add(turn(1, reply=REPLY, question=question))
    return made


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 35)])
async def test_a_number_and_enter_answer(open_app: OpenApp, width: int, height: int) -> None:
    world = asked()
    async with open_app(width, height, world) as (app, pilot):
        text = screen_text(app)
        assert "[2] beach at night.mp4" in text
        assert "1-9 Answer" in text
        assert "Answer · a number or your own words" in text
        await pilot.press("2")
        await settled(app, pilot)
        assert "Enter answers “beach at night.mp4”" in screen_text(app)
        assert not world.cloud.said
        await pilot.press("enter")
        assert await world.sent() == ["beach at night.mp4"]
        await settled(app, pilot)
        assert "[2]" not in screen_text(app)
        assert "1-9 Answer" not in screen_text(app)
        assert world.engine.conversation.turns[-1].text == "beach at night.mp4"


async def test_a_key_answers_from_the_row_of_options_at_once_and_once(open_app: OpenApp) -> None:
    world = asked()
    async with open_app(80, 24, world) as (app, pilot):
        await pilot.press("tab", "3", "3", "1")
        assert await world.sent() == ["both"]
        await settled(app, pilot)
        world.cloud.release.set()
        await until(pilot, lambda: world.engine.conversation.is_idle)
        assert world.cloud.said == ["both"]


@pytest.mark.parametrize("words", ["16:9 please", "7", "the night"])
async def test_words_answer_as_they_are(open_app: OpenApp, words: str) -> None:
    world = asked()
    async with open_app(80, 24, world) as (app, pilot):
        await pilot.press(*words, "enter")
        assert await world.sent() == [words]
        await settled(app, pilot)
        assert "[2]" not in screen_text(app)


async def test_several_questions_are_answered_by_several_numbers(open_app: OpenApp) -> None:
    world = asked(TWO)
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("tab", "1", *" 5")
        await settled(app, pilot)
        assert prompt_of(app).text == "1 5"
        assert not world.cloud.said
        await pilot.press("enter")
        assert await world.sent() == ["Which one? beach.mp4\nLength? 30 s"]


async def test_no_option_is_broken_between_two_rows(open_app: OpenApp) -> None:
    options = tuple(f"a long name of number {number}" for number in range(1, 8))
    async with open_app(80, 24, asked(Question("", (QuestionPart("Which?", options),)))) as (
        app,
        _,
    ):
        text = screen_text(app)
        rows = [line for line in text.splitlines() if "[" in line]
        assert len(rows) == 4
        assert all(f"[{number}] {name}" in text for number, name in enumerate(options, 1))


async def test_what_was_answered_elsewhere_offers_nothing(open_app: OpenApp) -> None:
    world = asked()
    async with open_app(80, 24, world) as (app, pilot):
        assert "[2]" in screen_text(app)
        await world.show(turn(2, text="both"))
        await settled(app, pilot)
        assert "[2]" not in screen_text(app)
        await pilot.press("2", "enter")
        assert await world.sent() == ["2"]


async def test_a_question_that_comes_is_offered_and_typing_goes_on(open_app: OpenApp) -> None:
    args = {"questions": [{"prompt": "Which one?", "options": [{"label": "a"}, {"label": "b"}]}]}
    call = event({"content": {"parts": [{"functionCall": {"name": "ask_question", "args": args}}]}})
    world = World()
    world.cloud.on("POST", TURN, stream(call), stream(text_event("Done.")))
    async with open_app(80, 24, world) as (app, pilot):
        await pilot.press(*"make it", "enter")
        await shown(app, pilot, "[2] b")
        await settled(app, pilot)
        await pilot.press("1", "enter")
        assert await world.sent(2) == ["make it", "a"]
        await shown(app, pilot, "Done.")
