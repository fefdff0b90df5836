"""F5: the queue of exports, its dialogs, and telling that one has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import OpenApp, screen_lines, screen_text, settled, shown
from tests.ui.fakes import NOW, FakeEngine, FrozenClock
from tests.ui.sample import DRAFT
from tests.ui.test_evil import EVIL
from tests.ui.test_render_words import render
from vbtui.base.problem import Problem
from vbtui.base.text import clean_line
from vbtui.exports.check import REMARK
from vbtui.fallback.plan import HerePlan
from vbtui.journal.records import ExportOptions, Render, RenderState, Session
from vbtui.session.events import RenderChanged
from vbtui.session.records import Link
from vbtui.ui.app import VbtuiApp
from vbtui.ui.renders.screen import RendersScreen

DONE, FAILED, PROCESSING = RenderState.DONE, RenderState.FAILED, RenderState.PROCESSING
UNKNOWN, WAITING = RenderState.UNKNOWN, RenderState.WAITING


def plan(*missing: str, parts: tuple[str, ...] = ("Video: beach.mp4",)) -> HerePlan:
    return HerePlan("s1", 1, "film", parts, missing, {}, {})


def screen_of(app: VbtuiApp) -> RendersScreen:
    screen = app.screen
    assert isinstance(screen, RendersScreen)
    return screen


def ids_of(app: VbtuiApp) -> list[str]:
    return [one.id for one in screen_of(app).grid.rows]


# -- the screen -----------------------------------------------------------------------------------


async def test_queue_shows_what_is_left_of_each_and_of_all(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.exports.renders += [
        render(1, PROCESSING, progress=50, submitted_at=NOW - 20),
        render(2, WAITING),
        render(3, UNKNOWN, seen_at=NOW - 40, submitted_at=NOW - 90),
    ]
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f5")
        text = screen_text(app)
        for part in (
            "50% · 20 s left",
            "waiting · ready in 1:00",
            "unknown, last seen 40 s ago",
            "2 under way · 1 waiting · all ready in 2:20",
        ):
            assert part in text


async def test_progress_never_goes_backwards(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.exports.renders.append(render(1, PROCESSING, progress=40))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        engine.exports.put(render(1, PROCESSING, progress=30))
        await settled(app, pilot)
        assert "40%" in screen_text(app)
        assert "─ 30%" not in screen_text(app)
        engine.exports.put(render(1, PROCESSING, progress=60))
        await settled(app, pilot)
        assert "60%" in screen_text(app)


async def test_order_changes_by_key_and_the_cursor_follows(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.exports.renders += [render(1, PROCESSING), render(2, WAITING), render(3, WAITING)]
    async with open_app() as (app, pilot):
        await pilot.press("f5", "shift+up")
        await settled(app, pilot)
        assert engine.exports.calls == []
        assert "! Only what waits can be moved." in screen_text(app)
        await pilot.press("down", "less_than_sign")
        assert "! It is the next one already." in screen_text(app)
        await pilot.press("shift+down")
        await settled(app, pilot)
        assert engine.exports.calls == [("move", "r2", 1)]
        engine.exports.put(render(2, WAITING, position=3.0))
        engine.exports.put(render(3, WAITING, position=2.0))
        await settled(app, pilot)
        assert ids_of(app) == ["r1", "r3", "r2"]
        await pilot.press("less_than_sign")
        await settled(app, pilot)
        assert engine.exports.calls[-1] == ("move", "r2", -1)


async def test_pause_and_resume(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.exports.renders.append(render(1, WAITING))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "p")
        await shown(app, pilot, "waiting: the queue is paused")
        assert "p resumes it" in screen_text(app)
        await pilot.press("p")
        await shown(app, pilot, "waiting · ready in")
        assert not engine.exports.paused


async def test_keys_that_do_nothing_say_why(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.exports.renders.append(render(1, DONE))
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
        assert engine.exports.calls == []


async def test_footer_shows_impossible_keys_in_brackets(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.exports.renders.append(render(1, DONE))
    async with open_app(200, 50) as (app, pilot):
        await pilot.press("f5")
        await settled(app, pilot)
        footer = screen_text(app).splitlines()[-1]
        assert "(x Cancel)" in footer
        assert "c Copy path" in footer
        assert "(c Copy path)" not in footer


async def test_remark_on_a_finished_video_is_visible(open_app: OpenApp, engine: FakeEngine) -> None:
    problem = Problem.coded(REMARK, message="The sound is silent throughout, as in the originals.")
    engine.exports.renders.append(render(1, DONE, problem=problem))
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        assert "✓ done, note: The sound is silent throughout, as in the originals." in screen_text(
            app
        )


async def test_cursor_follows_a_retry(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.exports.renders += [render(1, FAILED), render(2, FAILED), render(3, DONE)]
    async with open_app() as (app, pilot):
        await pilot.press("f5", "end")
        again = render(1, WAITING, id="r1b")
        engine.exports.renders[0] = again
        engine.exports.latest = lambda render_id: again  # type: ignore[method-assign]  # renewed
        engine.bus.publish(RenderChanged(again))
        await settled(app, pilot)
        current = screen_of(app).grid.current
        assert current is not None
        assert current.id == "r1b"


async def test_nothing_ticks_unless_an_export_is_under_way(
    open_app: OpenApp, engine: FakeEngine, clock: FrozenClock
) -> None:
    engine.exports.renders += [render(1, WAITING), render(2, DONE)]
    async with open_app() as (app, pilot):
        await pilot.press("f5")
        ticker = screen_of(app)._ticker
        assert ticker is not None
        assert not ticker._active.is_set()
        engine.exports.put(render(1, UNKNOWN, seen_at=NOW - 40, submitted_at=NOW - 60))
        await settled(app, pilot)
        assert ticker._active.is_set()
        clock.time += 5
        await shown(app, pilot, "last seen 45 s ago")
        await pilot.press("f2")
        await settled(app, pilot)
        assert not ticker._active.is_set()
        await pilot.press("f5")
        engine.exports.put(render(1, DONE))
        await settled(app, pilot)
        assert not ticker._active.is_set()


async def test_export_of_another_project_names_it(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.sessions.known.append(Session("s2", "local", "Wedding"))
    engine.exports.renders += [render(1, DONE, session_id="s2"), render(2, DONE)]
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f5")
        assert "Wedding" not in screen_text(app)
        await pilot.press("down")
        await settled(app, pilot)
        assert "Wedding" in screen_text(app)


async def test_send_command_is_copied_over_ssh_only(
    open_app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_TTY", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    engine.exports.renders.append(render(1, DONE))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "s")
        assert "nothing to fetch" in screen_text(app)
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 2222")
        await pilot.press("s")
        assert app.clipboard.startswith("scp -P 2222 ")
        assert app.clipboard.endswith("@10.0.0.2:/v/film 1.mp4' .")


# -- formats --------------------------------------------------------------------------------------


async def test_several_formats_of_the_timeline_at_once(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.drafts.put(DRAFT)
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f5", "a")
        await shown(app, pilot, "Export as")
        await pilot.press("down", "down", "down", "space", "down", "space")
        await shown(app, pilot, "2 formats marked")
        await pilot.press("enter")
        await settled(app, pilot)
        assert engine.exports.calls == [
            ("start_all", ("reels", "shorts"), ExportOptions(), 0, ""),
        ]


async def test_same_version_in_another_format(open_app: OpenApp, engine: FakeEngine) -> None:
    engine.exports.renders.append(render(1, DONE, draft_version=4, session_id="s9"))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "m")
        await shown(app, pilot, "Export as")
        await pilot.press("down", "enter")
        await settled(app, pilot)
        wanted = ExportOptions(preset="medium", quality="medium")
        assert engine.exports.calls == [("duplicate", "r1", wanted)]
        await pilot.press("m")
        await shown(app, pilot, "Export as")
        await pilot.press("space", "space", "enter")
        await settled(app, pilot)
        assert engine.exports.calls[-1] == (
            "start_all",
            ("high", "medium"),
            ExportOptions(),
            4,
            "s9",
        )


async def test_format_that_cannot_be_had_is_not_chosen(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    engine.drafts.put(DRAFT)
    engine.exports.sizes = False
    async with open_app() as (app, pilot):
        await pilot.press("f5", "a")
        await shown(app, pilot, "not here")
        await pilot.press("down", "down", "down", "space", "enter")
        assert "! This backend exports in the timeline's own size, 1920x1080." in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert engine.exports.calls == []


# -- render here ----------------------------------------------------------------------------------


def refused(engine: FakeEngine, wanted: HerePlan) -> Render:
    problem = Problem("Plan", "The plan allows no export.")
    failed = render(1, FAILED, problem=problem, options=ExportOptions(here="old"))
    engine.exports.renders.append(failed)
    engine.exports.offered["r1"] = ("retry", "render_here")
    engine.exports.plan = wanted
    return failed


async def test_render_here_names_what_is_missing_first(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    wanted = plan("glow 0:30-0:40: this effect is not known here", "bad [/foo] tag")
    refused(engine, wanted)
    async with open_app() as (app, pilot):
        await pilot.press("f5", "h")
        await shown(app, pilot, "this effect is not known here")
        assert "bad [/foo] tag" in screen_text(app)
        assert engine.exports.calls == [("plan_here", "s1", 1)]
        await pilot.press("n")
        await settled(app, pilot)
        assert len(engine.exports.calls) == 1
        await pilot.press("h")
        await shown(app, pilot, "Render it without these")
        await pilot.press("y")
        await settled(app, pilot)
        assert engine.exports.calls[-1] == ("start_here", wanted, ExportOptions(), "r1")


async def test_render_here_of_a_whole_plan_asks_nothing(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    refused(engine, plan())
    async with open_app() as (app, pilot):
        await pilot.press("f5", "h")
        await settled(app, pilot)
        assert engine.exports.calls[-1][0] == "start_here"


async def test_render_here_of_nothing_cannot_be_started(
    open_app: OpenApp, engine: FakeEngine
) -> None:
    refused(engine, plan("beach.mp4: gone", parts=()))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "h")
        await shown(app, pilot, "Nothing of")
        await pilot.press("y", "enter")
        await settled(app, pilot)
        assert [call[0] for call in engine.exports.calls] == ["plan_here"]


# -- the end of an export -------------------------------------------------------------------------


async def test_end_reaches_the_terminal_through_the_driver(
    open_app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    monkeypatch.setattr(VbtuiApp, "write_terminal", lambda _, text: written.append(text))
    engine.exports.renders.append(render(1, PROCESSING))
    async with open_app() as (app, pilot):
        engine.exports.put(render(1, DONE, ended_at=NOW + 1))
        await settled(app, pilot)
        engine.exports.put(render(1, DONE, ended_at=NOW + 1, size=5))
        await settled(app, pilot)
        assert sum("]9;" in text for text in written) == 1
        assert "“film 1” is ready" in screen_text(app)


# -- evil text, every size ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize("name", ["closing tag", "open bracket", "markup", "long", "wide", "emoji"])
async def test_evil_names_in_queue_and_dialogs(
    open_app: OpenApp, engine: FakeEngine, name: str, size: tuple[int, int]
) -> None:
    line = clean_line(EVIL[name])
    refused(engine, plan(line, parts=(line,)))
    engine.change(link=Link.OFFLINE)
    engine.exports.renders += [
        render(number, state, title=line, problem=Problem(line, line, line), session_id=line)
        for number, state in enumerate(RenderState, 2)
    ]
    engine.exports.renders += [
        render(20, DONE, path=Path("/v") / (EVIL[name].replace("\x00", "")[:200] + ".mp4"))
    ]
    async with open_app(*size) as (app, pilot):
        await pilot.press("f5")
        for key in (*["down"] * len(engine.exports.renders), "m", "escape", "home"):
            await pilot.press(key)
        while engine.exports.renders and screen_of(app).grid.current is not None:
            if screen_of(app).grid.current.id == "r1":  # type: ignore[union-attr]  # just seen
                break
            await pilot.press("down")
        await pilot.press("h")
        await shown(app, pilot, "Render it without these")
        for strip in screen_lines(app):
            assert sum(segment.cell_length for segment in strip) == size[0]
