"""Messages that wait: for the agent, for the start, for a project."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled, shown
from tests.ui.sample import turn
from tests.ui.world import World, WorldApp
from vbtui.base.errors import DiskProblem
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.journal.records import TurnState
from vbtui.ui.app import VbtuiApp


async def test_waiting_messages_can_be_edited_moved_sent_and_deleted(
    open_app: OpenApp, world: World
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"zero", "enter", *"one", "enter", *"two", "enter")
        await shown(app, pilot, "waiting 2  two")
        assert "waiting 1  one" in screen_text(app)
        await world.sent()
        app.screen.query_one("#queue").focus()
        await pilot.press("e")
        assert prompt_of(app).text == "one"
        await pilot.press("!", "enter")
        await shown(app, pilot, "waiting 1  one!")
        app.screen.query_one("#queue").focus()
        await pilot.press("down", "K")
        await shown(app, pilot, "waiting 1  two")
        await pilot.press("s")
        assert await world.sent(2) == ["zero", "two"]
        await shown(app, pilot, "waiting 1  one!")
        await pilot.press("x")
        await settled(app, pilot)
        assert [one.text for one in world.engine.conversation.turns] == ["zero", "two"]
        assert prompt_of(app).has_focus


async def test_what_is_typed_is_set_aside_while_a_waiting_message_is_edited(
    open_app: OpenApp, world: World
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"zero", "enter", *"one", "enter")
        await shown(app, pilot, "waiting 1  one")
        for ends in (("!", "enter"), ("?", "escape")):
            prompt_of(app).fill("half a thought")
            app.screen.query_one("#queue").focus()
            await pilot.press("e")
            assert prompt_of(app).text.startswith("one")
            await pilot.press(*ends)
            await settled(app, pilot)
            assert prompt_of(app).text == "half a thought"
        assert "waiting 1  one!" in screen_text(app)


async def test_what_is_typed_before_the_start_is_sent_after_it() -> None:
    gate = asyncio.Event()

    class Slow(World):
        async def made(self, is_local: bool = False) -> Engine:
            await gate.wait()
            return await super().made(is_local)

    world = Slow()
    app = WorldApp(world)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"early", "enter")
        await pilot.pause()
        assert "Setting things up…" in screen_text(app)
        gate.set()
        await settled(app, pilot)
        assert await world.sent() == ["early"]
    await app.end()


async def test_what_is_sent_without_a_project_waits_for_one(open_app: OpenApp) -> None:
    world = World(is_away=True, has_session=False)
    async with open_app(world=world) as (app, pilot):
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


async def test_words_that_cannot_be_kept_are_given_back(open_app: OpenApp, world: World) -> None:
    later = replace(turn(2, text="later", state=TurnState.QUEUED), sent_at=None)
    world.add(turn(1, state=TurnState.RUNNING), later)
    async with open_app() as (app, pilot):
        await world.refuse_rows("turns", "no-room")
        await pilot.press(*"one", "enter")
        await settled(app, pilot)
        assert "no-room" in screen_text(app)
        assert prompt_of(app).text == "one"
        prompt_of(app).fill("")
        app.screen.query_one("#queue").focus()
        await pilot.press("e", "!")
        await world.show(replace(later, state=TurnState.RUNNING))  # sent by another vbtui meanwhile
        await pilot.press("enter")
        await settled(app, pilot)
        assert "on its way already" in screen_text(app)
        assert prompt_of(app).text == "later!"


async def test_a_start_that_fails_gives_the_words_back(world: World) -> None:
    async def make(_is_local: bool) -> Engine:
        raise DiskProblem("The disk is full.")

    app = VbtuiApp(make, load())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"early", "enter")
        await settled(app, pilot)
        assert "The disk is full." in screen_text(app)
        assert prompt_of(app).text == "early"


async def test_the_engine_that_is_chosen_is_kept(open_app: OpenApp) -> None:
    world = World(is_away=True)
    async with open_app(world=world) as (app, pilot):
        await pilot.press("ctrl+l")
        await settled(app, pilot)
        assert app.is_local
        assert "vbtui --cloud" in screen_text(app)
        assert load().backend.default == "local"
