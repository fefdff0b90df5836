"""Messages that wait: for the agent, for the start, for a project."""

from __future__ import annotations

from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled
from tests.ui.fakes import FakeEngine, FrozenClock
from tests.ui.sample import turn
from vbtui.base.errors import DiskProblem, UsageError
from vbtui.engine import Engine
from vbtui.journal.records import Turn, TurnState
from vbtui.session.records import Link
from vbtui.ui.app import VbtuiApp


async def test_waiting_messages_can_be_edited_moved_sent_and_deleted(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.conversation.turns.append(turn(1, state=TurnState.RUNNING))
    async with open_app() as (app, pilot):
        await pilot.press(*"one", "enter", *"two", "enter")
        await settled(app, pilot)
        assert "waiting 1  one" in screen_text(app)
        assert "waiting 2  two" in screen_text(app)
        app.screen.query_one("#queue").focus()
        await pilot.press("e")
        assert prompt_of(app).text == "one"
        await pilot.press("!", "enter")
        await settled(app, pilot)
        assert "waiting 1  one!" in screen_text(app)
        app.screen.query_one("#queue").focus()
        await pilot.press("down", "K")
        await pilot.press("down", "s")
        await pilot.press("x")
        await settled(app, pilot)
        assert engine.conversation.calls == [("move", 3, -1), ("now", 3)]
        assert [one.text for one in engine.conversation.turns[1:]] == ["one!"]
        await pilot.press("x")
        await settled(app, pilot)
        assert prompt_of(app).has_focus


async def test_what_is_typed_before_the_start_is_sent_after_it(
    engine: FakeEngine, clock: FrozenClock
) -> None:
    import asyncio

    gate = asyncio.Event()

    async def make(_is_local: bool) -> Engine:
        await gate.wait()
        return await engine.made()

    app = VbtuiApp(make, engine.settings, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"early", "enter")
        await pilot.pause()
        assert "Setting things up…" in screen_text(app)
        gate.set()
        await settled(app, pilot)
        assert engine.conversation.said == ["early"]


async def test_what_is_sent_without_a_project_waits_for_one(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.change(session=None, link=Link.OFFLINE)
    async with open_app() as (app, pilot):
        assert prompt_of(app).border_title == "Message · waits until the backend answers"
        await pilot.press(*"one", "enter", *"two", "enter")
        await settled(app, pilot)
        assert "waiting 2  two" in screen_text(app)
        app.screen.query_one("#queue").focus()
        await pilot.pause()
        assert "Send now" not in screen_text(app), "there is no agent to interrupt"
        await pilot.press("x")
        await settled(app, pilot)
        assert "waiting 1  two" in screen_text(app)


async def test_words_that_cannot_be_kept_are_given_back(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    async def fails(_text: str, /, *, route: str = "") -> Turn:
        raise DiskProblem("The disk is full.")

    async def is_gone(_turn_id: int, _text: str, /) -> None:
        raise UsageError("This message is on its way already.")

    engine.conversation.say = fails  # type: ignore[method-assign]  # the disk
    engine.conversation.edit_queued = is_gone  # type: ignore[method-assign]  # sent meanwhile
    engine.conversation.turns += [
        turn(1, state=TurnState.RUNNING),
        turn(2, text="later", state=TurnState.QUEUED),
    ]
    async with open_app() as (app, pilot):
        await pilot.press(*"one", "enter")
        await settled(app, pilot)
        assert "The disk is full." in screen_text(app)
        assert prompt_of(app).text == "one"
        prompt_of(app).fill("")
        app.screen.query_one("#queue").focus()
        await pilot.press("e", "!", "enter")
        await settled(app, pilot)
        assert "on its way already" in screen_text(app)
        assert prompt_of(app).text == "later!"


async def test_a_start_that_fails_gives_the_words_back(
    engine: FakeEngine, clock: FrozenClock
) -> None:
    async def make(_is_local: bool) -> Engine:
        raise DiskProblem("The disk is full.")

    app = VbtuiApp(make, engine.settings, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"early", "enter")
        await settled(app, pilot)
        assert "The disk is full." in screen_text(app)
        assert prompt_of(app).text == "early"
