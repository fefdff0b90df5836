"""Header, tabs, screens, footer: the frame around everything."""

from __future__ import annotations

import pytest

from tests.ui.conftest import OpenApp, screen_text
from tests.ui.sample import turn
from tests.ui.world import World
from vbtui.base.problem import Problem
from vbtui.journal.records import Offer, TurnState
from vbtui.session.events import TurnChanged
from vbtui.ui.kit.host import Reported


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("f2", "Getting Started"),
        ("f3", "No files yet."),
        ("f4", "Nothing on the timeline yet."),
        ("f5", "No exports yet."),
    ],
)
async def test_function_keys_open_the_screens(open_app: OpenApp, key: str, text: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("f5" if key != "f5" else "f3", key)
        assert text in screen_text(app)


async def test_a_report_that_comes_while_the_app_ends_is_let_go(
    open_app: OpenApp, world: World
) -> None:
    problem = Problem("The connection broke", "Nobody saw how it ended.", "Look again.")
    world.add(turn(state=TurnState.DONE))
    async with open_app() as (app, _pilot):
        late = turn(state=TurnState.UNKNOWN, problem=problem, offers=(Offer.WATCH, Offer.DROP))
        app.post_message(Reported((TurnChanged(late),)))
        app.exit()


async def test_work_that_looks_for_what_is_gone_while_the_app_ends_is_let_go(
    open_app: OpenApp,
) -> None:
    async with open_app() as (app, pilot):

        async def looks() -> None:
            app.exit()
            app.screen.query_one("#nothing")

        app.work(looks, name="looks", group="looks")
        await pilot.pause()
    assert not app.log_file.exists()
