"""A timeline that could not be read is never shown as an empty one."""

from __future__ import annotations

import pytest

from tests.cloud import STATE
from tests.server import Answer, Exchange, ok, reply
from tests.ui.conftest import OpenApp, screen_text, settled, shown, until
from tests.ui.sample import DRAFT
from tests.ui.world import World
from vbtui.base.errors import UsageError
from vbtui.interchange.writing import timeline_of
from vbtui.timeline import model

NOT_NOW = reply({"detail": "the state is being moved"}, status=403)
V3 = '<draft fps="30"><track id="a" type="video"/></draft>'


def answers(world: World, answer: Answer) -> None:
    world.cloud.on("GET", STATE, answer)


def readable(world: World) -> Answer:
    async def state(exchange: Exchange) -> None:
        await ok({"state": {"draft": world.cloud.draft}})(exchange)

    return state


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 35)])
async def test_a_timeline_that_was_never_read_says_why_and_is_read_by_a_key(
    open_app: OpenApp, width: int, height: int
) -> None:
    world = World()
    answers(world, NOT_NOW)
    async with open_app(width, height, world) as (app, pilot):
        if width >= 120:
            await shown(app, pilot, "could not be read")
            assert "empty" not in screen_text(app)
        await pilot.press("f4")
        await shown(app, pilot, "The timeline could not be read.")
        text = screen_text(app)
        assert "the state is being moved" in text
        assert "Timeline ?" in text
        assert "^r tries again" in text
        assert "^r Read again" in text
        assert "Nothing on the timeline" not in text
        await pilot.press("ctrl+r")
        await settled(app, pilot)
        assert "could not be read" in screen_text(app)
        world.cloud.draft = DRAFT
        answers(world, readable(world))
        await pilot.press("ctrl+r")
        await shown(app, pilot, "version 1")
        assert "could not be read" not in screen_text(app)
        assert "Read again" not in screen_text(app)


async def test_an_empty_timeline_that_is_read_at_last_is_empty(open_app: OpenApp) -> None:
    world = World()
    answers(world, NOT_NOW)
    async with open_app(80, 24, world) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "The timeline could not be read.")
        answers(world, readable(world))
        await pilot.press("ctrl+r")
        await shown(app, pilot, "Nothing on the timeline yet.")


async def test_an_older_timeline_says_that_it_is_as_last_seen(open_app: OpenApp) -> None:
    world = World()
    world.build(DRAFT)
    answers(world, NOT_NOW)
    async with open_app(120, 35, world) as (app, pilot):
        await shown(app, pilot, "Timeline as last seen")
        await pilot.press("f4")
        await shown(app, pilot, "! as last seen, ^r reads again  ")
        answers(world, readable(world))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "as last seen" not in screen_text(app))
        assert "version 1" in screen_text(app)


async def test_a_backend_that_was_never_reached_has_no_empty_timeline(open_app: OpenApp) -> None:
    world = World(is_away=True)
    async with open_app(80, 24, world) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "The timeline could not be read.")
        assert "refuses connections" in screen_text(app)


async def test_a_draft_in_another_form_is_no_empty_one(open_app: OpenApp) -> None:
    world = World()
    world.build(V3)
    async with open_app(120, 35, world) as (app, pilot):
        await shown(app, pilot, "in a form that is not read")
        await pilot.press("f4")
        await shown(app, pilot, "in a form that this vbtui cannot read")
        assert "empty" not in screen_text(app)
    timeline = model.read(V3)
    assert timeline is not None
    with pytest.raises(UsageError) as caught:
        timeline_of(timeline)
    assert caught.value.code == "usage.unreadable_timeline"
