"""F5: the queue of exports, its dialogs, and telling that one has ended."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.ui.conftest import OpenApp, dialog_text, screen_lines, screen_text, settled, shown, until
from tests.ui.sample import DRAFT
from tests.ui.test_evil import EVIL
from tests.ui.test_render_words import render
from tests.ui.world import NOW, WallClock, World
from vbtui.base.errors import PlanBlocked
from vbtui.base.problem import Problem
from vbtui.base.programs import fetch_command
from vbtui.base.text import clean_line
from vbtui.exports.check import REMARK
from vbtui.journal.records import Render, RenderState, Session
from vbtui.session.events import RenderChanged
from vbtui.ui.app import VbtuiApp
from vbtui.ui.renders import screen as renders_screen
from vbtui.ui.renders.screen import RendersScreen

DONE, FAILED, PROCESSING = RenderState.DONE, RenderState.FAILED, RenderState.PROCESSING
UNKNOWN, WAITING = RenderState.UNKNOWN, RenderState.WAITING


def screen_of(app: VbtuiApp) -> RendersScreen:
    screen = app.screen
    assert isinstance(screen, RendersScreen)
    return screen


def ids_of(app: VbtuiApp) -> list[str]:
    return [one.id for one in screen_of(app).grid.rows]


# -- the screen -----------------------------------------------------------------------------------


async def test_queue_shows_what_is_left_of_each_and_of_all(open_app: OpenApp) -> None:
    world = World(is_local=False)
    world.add(
        render(1, PROCESSING, progress=50, submitted_at=NOW - 20),
        render(2, WAITING),
        render(3, UNKNOWN, seen_at=NOW - 40, submitted_at=NOW - 90),
    )
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f5")
        text = screen_text(app)
        for part in (
            "50% · 20 s left",
            "waiting · ready in 50-110 s",
            "unknown, last seen 40 s ago",
            "2 under way · 1 waiting",
        ):
            assert part in text


async def test_progress_never_goes_backwards(open_app: OpenApp, world: World) -> None:
    world.add(render(1, PROCESSING, progress=40))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        await world.show(render(1, PROCESSING, progress=30))
        await settled(app, pilot)
        assert "40%" in screen_text(app)
        assert "─ 30%" not in screen_text(app)
        await world.show(render(1, PROCESSING, progress=60))
        await settled(app, pilot)
        assert "60%" in screen_text(app)


async def test_order_changes_by_key_and_the_cursor_follows(open_app: OpenApp, world: World) -> None:
    world.add(render(1, PROCESSING), render(2, WAITING), render(3, WAITING))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "shift+up")
        await settled(app, pilot)
        assert "! Only what waits can be moved." in screen_text(app)
        await pilot.press("down", "less_than_sign")
        assert "! It is the next one already." in screen_text(app)
        await pilot.press("shift+down")
        await settled(app, pilot)
        assert ids_of(app) == ["r1", "r3", "r2"]
        await pilot.press("less_than_sign")
        await settled(app, pilot)
        assert ids_of(app) == ["r1", "r2", "r3"]


async def test_pause_and_resume(open_app: OpenApp, world: World) -> None:
    world.add(render(1, WAITING))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "p")
        await shown(app, pilot, "waiting: the queue is paused")
        assert "p resumes it" in screen_text(app)
        await pilot.press("p")
        await shown(app, pilot, "waiting · ready in")
        assert not world.engine.exports.paused


async def test_keys_that_do_nothing_say_why(open_app: OpenApp, world: World) -> None:
    world.add(render(1, DONE))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        for key, reason in (
            ("x", "there is nothing to cancel"),
            ("r", "It is done"),
            ("h", "made on this machine already"),
            ("a", "Nothing to export yet"),
        ):
            await pilot.press(key)
            assert reason in screen_text(app)
        await pilot.press("c")
        assert "!" not in screen_text(app).splitlines()[-2]
        assert world.engine.exports.renders == [render(1, DONE)]


async def test_footer_shows_impossible_keys_in_brackets(open_app: OpenApp, world: World) -> None:
    world.add(render(1, DONE))
    async with open_app(200, 50) as (app, pilot):
        await pilot.press("f5")
        await settled(app, pilot)
        footer = screen_text(app).splitlines()[-1]
        assert "(x Cancel)" in footer
        assert "c Copy path" in footer
        assert "(c Copy path)" not in footer


async def test_remark_on_a_finished_video_is_visible(open_app: OpenApp, world: World) -> None:
    problem = Problem.coded(REMARK, message="The sound is silent throughout, as in the originals.")
    world.add(render(1, DONE, problem=problem))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        assert "✓ done, note: The sound is silent throughout, as in the originals." in screen_text(
            app
        )


async def test_cursor_follows_a_retry(open_app: OpenApp, world: World) -> None:
    world.add(render(1, FAILED), render(2, FAILED), render(3, DONE))
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("f5", "end")
        assert ids_of(app)[-1] == "r1"
        await pilot.press("r")
        await settled(app, pilot)
        again = world.engine.exports.latest("r1")
        current = screen_of(app).grid.current
        assert again is not None
        assert current is not None
        assert current.id == again.id != "r1"


class AskedClock(WallClock):
    asked = 0

    def now(self) -> float:
        self.asked += 1
        return super().now()


async def test_nothing_ticks_unless_an_export_is_under_way(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renders_screen, "TICK_S", 0.02)
    world.screen_clock = clock = AskedClock()

    async def ticks() -> bool:
        before = clock.asked
        await asyncio.sleep(0.2)
        return clock.asked > before

    world.add(render(1, WAITING), render(2, DONE))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        assert not await ticks()
        await world.show(render(1, UNKNOWN, seen_at=NOW - 40, submitted_at=NOW - 60))
        await settled(app, pilot)
        clock.time += 5
        await shown(app, pilot, "last seen 45 s ago")
        await pilot.press("f2")
        await settled(app, pilot)
        assert not await ticks()
        await pilot.press("f5")
        await world.show(render(1, DONE))
        await settled(app, pilot)
        assert not await ticks()


async def test_export_of_another_project_names_it(open_app: OpenApp, world: World) -> None:
    world.add(Session("s2", "", "Wedding"))
    world.add(render(1, DONE, session_id="s2"), render(2, DONE))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f5")
        assert "Wedding" not in screen_text(app)
        await pilot.press("down")
        await settled(app, pilot)
        assert "Wedding" in screen_text(app)


async def test_send_command_is_copied_over_ssh_only(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_TTY", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    world.add(render(1, DONE))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "s")
        assert "nothing to fetch" in screen_text(app)
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 2222")
        await pilot.press("s")
        assert app.clipboard.startswith("scp -P 2222 ")
        assert app.clipboard.endswith("@10.0.0.2:/v/film 1.mp4' .")


# -- formats --------------------------------------------------------------------------------------


async def test_several_formats_of_the_timeline_at_once(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f5", "a")
        await shown(app, pilot, "Export as")
        await pilot.press("down", "down", "down", "space", "down", "space")
        await shown(app, pilot, "2 formats marked")
        await pilot.press("enter")
        await until(pilot, lambda: len(world.engine.exports.renders) == 2)
        made = world.engine.exports.renders
        assert [(one.options.preset, one.draft_version) for one in made] == [
            ("reels", 1),
            ("shorts", 1),
        ]


async def test_same_version_in_another_format(open_app: OpenApp, world: World) -> None:
    world.add(Session("s9", "", "Wedding"))
    for words in ("one", "two"):
        world.build({"t": [{"tt": 7, "sg": [{"d": 900, "m": {"text": words}}]}]}, session_id="s9")
    world.add(render(1, DONE, draft_version=1, session_id="s9"))
    async with open_app() as (app, pilot):
        await world.engine.exports.pause()
        await pilot.press("f5", "m")
        await shown(app, pilot, "Export as")
        await pilot.press("down", "enter")
        await settled(app, pilot)
        made = world.engine.exports.renders[1:]
        assert [one.options.preset for one in made] == ["medium"]
        assert made[0].options.quality == "medium"
        await pilot.press("end", "m")
        await shown(app, pilot, "Export as")
        await pilot.press("space", "space", "enter")
        await settled(app, pilot)
        made = world.engine.exports.renders[1:]
        assert [one.options.preset for one in made] == ["medium", "high", "medium"]
        assert {(one.session_id, one.draft_version) for one in made} == {("s9", 1)}


async def test_format_that_cannot_be_had_is_not_chosen(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    world.takes_sizes = False
    async with open_app() as (app, pilot):
        await pilot.press("f5", "a")
        await shown(app, pilot, "not here")
        await pilot.press("down", "down", "down", "space", "enter")
        assert "! This backend exports in the timeline's own size, 1920x1080." in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert not world.engine.exports.renders


# -- render here ----------------------------------------------------------------------------------


def refusing(*clips: str, words: str = "") -> World:
    """A cloud that made no video of these clips, which are not on this machine, and of words, which
    need no file."""
    world = World(is_local=False)
    problem = Problem.of(PlanBlocked("The plan allows no export."))
    world.add(render(1, FAILED, problem=problem))
    world.build(
        {
            "t": [
                {"tt": 0, "sg": [{"s": 0, "d": 900, "m": {"title": one}} for one in clips]},
                {"tt": 7, "sg": [{"s": 0, "d": 900, "m": {"text": words}}] if words else []},
            ]
        }
    )
    return world


def here(world: World) -> list[Render]:
    """The exports that this machine is to make."""
    return [one for one in world.engine.exports.renders if one.options.here]


async def test_render_here_names_what_is_missing_first(open_app: OpenApp) -> None:
    world = refusing("beach.mp4", "bad [/foo] tag", words="Urban Dreams")
    async with open_app(world=world) as (app, pilot):
        await world.engine.exports.pause()
        await pilot.press("f5", "h")
        await shown(app, pilot, "its file never was on this machine")
        assert "bad [/foo] tag" in screen_text(app)
        await pilot.press("n")
        await settled(app, pilot)
        assert not here(world)
        await pilot.press("h")
        await shown(app, pilot, "Render it without these")
        await pilot.press("y")
        await settled(app, pilot)
        (made,) = here(world)
        assert (made.session_id, made.draft_version) == ("s1", 1)


async def test_render_here_of_a_whole_plan_asks_nothing(open_app: OpenApp) -> None:
    world = refusing(words="Urban Dreams")
    async with open_app(world=world) as (app, pilot):
        await world.engine.exports.pause()
        await pilot.press("f5", "h")
        await settled(app, pilot)
        assert len(here(world)) == 1


async def test_render_here_of_nothing_cannot_be_started(open_app: OpenApp) -> None:
    world = refusing("beach.mp4")
    async with open_app(world=world) as (app, pilot):
        await pilot.press("f5", "h")
        await shown(app, pilot, "Nothing of")
        await pilot.press("y", "enter")
        await settled(app, pilot)
        assert not here(world)


# -- the end of an export -------------------------------------------------------------------------


async def test_end_reaches_the_terminal_through_the_driver(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    monkeypatch.setattr(VbtuiApp, "write_terminal", lambda _, text: written.append(text))
    world.add(render(1, PROCESSING))
    async with open_app() as (app, pilot):
        await world.show(render(1, DONE, ended_at=NOW + 1))
        await settled(app, pilot)
        world.engine.bus.publish(RenderChanged(render(1, DONE, ended_at=NOW + 1, size=5)))
        await settled(app, pilot)
        assert sum("]9;" in text for text in written) == 1
        assert "“film 1” is ready" in screen_text(app)


# -- evil text, every size ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize("name", ["marks", "long", "wide", "emoji"])
async def test_evil_names_in_queue_and_dialogs(
    open_app: OpenApp, name: str, size: tuple[int, int]
) -> None:
    line = clean_line(EVIL[name])
    world = refusing(line, words=line)
    world.is_away = True
    world.add(Session("s2", "", line))
    world.add(
        *(
            render(number, state, title=line, problem=Problem(line, line, line), session_id="s2")
            for number, state in enumerate(RenderState, 2)
        ),
        render(20, DONE, path=Path("/v") / (EVIL[name].replace("\x00", "")[:200] + ".mp4")),
    )
    async with open_app(*size, world) as (app, pilot):
        await pilot.press("f5")
        for key in (*["down"] * len(world.engine.exports.renders), "m", "escape", "home"):
            await pilot.press(key)
        while (current := screen_of(app).grid.current) is not None and current.id != "r1":
            await pilot.press("down")
        await pilot.press("h")
        await shown(app, pilot, "Render it without these")
        # Half a cluster of emoji, which the box's edges may cut on the screen below, has no agreed width.
        widths = (size[0], size[0] - 1) if name == "emoji" else (size[0],)
        for strip in screen_lines(app):
            assert sum(segment.cell_length for segment in strip) in widths


async def test_the_line_that_fetches_a_video_is_whole_in_a_narrow_window(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 22")
    path = Path(
        "/home/mia/a rather long name of a folder/and one in it/Urban Dreams 2026-09-21.mp4"
    )
    world.add(render(30, DONE, path=path))
    async with open_app(40, 20, world) as (app, pilot):
        await pilot.press("f5")
        while (current := screen_of(app).grid.current) is not None and current.id != "r30":
            await pilot.press("down")
        await pilot.press("s")
        await settled(app, pilot)
        command = fetch_command(path, os.environ)
        text = "".join(line.strip("│ ") for line in dialog_text(app).splitlines())
        assert command.replace(" ", "") in text.replace(" ", "")
