"""Media, timeline, renders, and the dialogs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.ui.conftest import OpenApp, prompt_of, screen_lines, screen_text, settled, shown
from tests.ui.sample import DRAFT, fill
from tests.ui.world import NOW, World
from vbtui.base.problem import Problem
from vbtui.engine import Engine, Service
from vbtui.journal.records import (
    COPY,
    Asset,
    AssetState,
    ExportOptions,
    Reason,
    Render,
    RenderState,
    Turn,
    TurnState,
)
from vbtui.session.events import AssetChanged, TurnRemoved
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.host import Reported
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.layout import View


def asset(number: int, name: str, state: AssetState = AssetState.DONE, **more: object) -> Asset:
    plain = Asset(number, "s1", Path("/clips") / name, name, "video", "watch", state)
    return replace(plain, **more)  # type: ignore[arg-type]  # by name


def render(number: int, state: RenderState, **more: object) -> Render:
    plain = Render(f"r{number}", "s1", state, ExportOptions(), title="film", position=number)
    return replace(plain, created_at=NOW - 60, **more)  # type: ignore[arg-type]  # by name


def ruler_of(app: VbtuiApp) -> str:
    return next(line for line in screen_text(app).splitlines() if "┴" in line)


def canvas_of(app: VbtuiApp) -> Canvas:
    return app.screen.query_one(Canvas)


# -- media ----------------------------------------------------------------------------------------


async def test_media_rows_follow_the_reports(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        world.engine.library.pause()
        await pilot.press("f3")
        await world.show(asset(1, "beach.mp4", AssetState.QUEUED))
        await world.show(asset(2, "city.mov", AssetState.QUEUED))
        await settled(app, pilot)
        assert "○ queued" in screen_text(app)
        sending = asset(2, "city.mov", AssetState.UPLOADING, size=1_000, sent=500, rate=100)
        world.engine.bus.publish(AssetChanged(sending))
        await settled(app, pilot)
        text = screen_text(app)
        assert "━━━━──── 50%" in text
        assert text.index("beach.mp4") < text.index("city.mov")


async def test_media_reasons_are_told_in_full(open_app: OpenApp, world: World) -> None:
    reason = "larger than 500 MB: compress or trim it"
    world.add(asset(1, "a.mov", AssetState.FAILED, why=Reason("x", reason)))
    async with open_app() as (app, pilot):
        await pilot.press("f3")
        assert f"✕ failed: {reason}" in screen_text(app)
        assert "1 file · 1 failed" in screen_text(app)


async def test_media_keys_do_what_is_possible(open_app: OpenApp, world: World) -> None:
    world.add(
        asset(1, "ready.mp4"),
        asset(2, "bad.mp4", AssetState.FAILED),
        asset(3, "growing.mp4", AssetState.SETTLING),
        asset(4, "more.mp4", AssetState.SETTLING),
    )
    async with open_app() as (app, pilot):
        library = world.engine.library

        async def after(*keys: str) -> list[str]:
            await pilot.press(*keys)
            await settled(app, pilot)
            return [one.state.value for one in library.assets]

        await pilot.press("f3")
        assert await after("r", "s", "f") == ["done", "failed", "settling", "settling"]
        assert await after("down", "r") == ["done", "gone", "settling", "settling"]
        assert await after("down", "f") == ["done", "gone", "gone", "settling"]
        assert await after("down", "s") == ["done", "gone", "gone", "skipped"]
        await after("up", "up", "x")
        assert "bad.mp4" not in screen_text(app)
        assert [one.id for one in library.assets] == [1, 3, 4]


async def test_media_are_found_as_you_type(open_app: OpenApp, world: World) -> None:
    world.add(asset(1, "Beach.mp4"), asset(2, "city.mp4"))
    async with open_app() as (app, pilot):
        await pilot.press("f3", "slash", *"bea")
        assert "Beach.mp4" in screen_text(app)
        assert "city.mp4" not in screen_text(app)
        assert "1 of 2" in screen_text(app)
        await pilot.press("enter", "escape")
        assert "city.mp4" in screen_text(app)


async def test_media_pause(open_app: OpenApp, world: World) -> None:
    world.add(asset(1, "a.mp4"))
    async with open_app() as (app, pilot):
        await pilot.press("f3", "p")
        assert world.engine.library.paused
        assert "uploads are paused" in screen_text(app)


async def test_media_copies_the_path(open_app: OpenApp, world: World) -> None:
    world.add(asset(1, "a.mp4"))
    async with open_app() as (app, pilot):
        await pilot.press("f3", "c")
        assert app.clipboard == "/clips/a.mp4"


async def test_ten_thousand_files_open_at_once(open_app: OpenApp, world: World) -> None:
    world.add(*(asset(number, f"clip{number:05}.mp4") for number in range(1, 10_001)))
    async with open_app() as (app, pilot):
        await pilot.press("f3", "end")
        await settled(app, pilot)
        assert "clip10000.mp4" in screen_text(app)
        assert len(app.screen.query("*")) < 40


# -- timeline -------------------------------------------------------------------------------------


async def test_timeline_shows_every_track_to_scale(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        text = screen_text(app)
        for part in ("▶ Video", "♪ Music", "T Text", "? Track (tt 4)", "城市延时摄影.mov", "glow"):
            assert part in text
        assert "╱" in text
        assert "┄" in text
        assert "version 1" in text
        lines = text.splitlines()
        ruler = next(line for line in lines if "0:30" in line)
        track = next(line for line in lines if "glow" in line)
        assert abs(track.index("▎glow") - ruler.index("0:30")) <= 1


async def test_playhead_selects_what_it_is_on(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        assert "beach.mp4" in screen_text(app)
        await pilot.press("n")
        assert canvas_of(app).playhead_ms == 11_500
        assert "crossfade 0.5 s" in screen_text(app)
        await pilot.press("n", "n", "down")
        selected = canvas_of(app).selected
        assert selected is not None
        assert selected[1].name == "lo-fi.mp3"
        assert "volume 35%" in screen_text(app)


async def test_timeline_zoom_pan_and_fit(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        whole = canvas_of(app).view
        await pilot.press("plus", "plus", "pagedown")
        nearer = canvas_of(app).view
        assert nearer.ms_per_cell < whole.ms_per_cell
        assert nearer.offset_ms > 0
        await pilot.press("0")
        assert canvas_of(app).view == whole


async def test_the_zoom_is_kept_for_the_next_start(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        whole = canvas_of(app).view
        await pilot.press("plus", "plus", "plus")
        zoomed = canvas_of(app).view.ms_per_cell
    assert zoomed < whole.ms_per_cell
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        assert canvas_of(app).view.ms_per_cell == zoomed
        await world.rebuild({"t": [{"tt": 0, "sg": [{"d": 2_000, "m": {"title": "short.mp4"}}]}]})
        await settled(app, pilot)
        shorter = canvas_of(app).view
        assert shorter.ms_per_cell * shorter.width == 2_000  # it is no smaller than all of it needs
        await world.rebuild(DRAFT)
        await settled(app, pilot)
        assert canvas_of(app).view.ms_per_cell == zoomed
        await pilot.press("0")
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        assert canvas_of(app).view == whole


@pytest.mark.parametrize("kept", ["near", [1], True, -5, 0.0, float("nan"), float("inf"), 1e300])
async def test_what_is_no_zoom_shows_the_whole_timeline(
    open_app: OpenApp, world: World, kept: object
) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        app.remembered.put("timeline.zoom", kept)
        await pilot.press("f4")
        view, duration_ms = canvas_of(app).view, canvas_of(app).duration_ms
        assert view == View.whole(duration_ms, view.width)


async def test_a_clip_too_small_for_its_number_has_it_beside_the_playhead(
    open_app: OpenApp, world: World
) -> None:
    clips = [{"s": 40 * n, "d": 40, "m": {"title": f"clip {n}.mp4"}} for n in range(9_000)]
    world.build({"t": [{"tt": 0, "sg": clips}]})
    async with open_app() as (app, pilot):
        await pilot.press("f4", "n")
        assert "▼2" in ruler_of(app)
        await pilot.press("plus", "plus", "pagedown")
        canvas = canvas_of(app)
        assert canvas.view.cell(canvas.playhead_ms) < -1  # left of what is seen
        assert "▼" not in ruler_of(app)
        await pilot.press("end")
        assert "▼" in ruler_of(app)
        await pilot.press("pageup", "pageup")
        assert canvas.view.cell(canvas.playhead_ms) > canvas.view.width  # right of it
        assert "▼" not in ruler_of(app)


async def test_playhead_never_leaves_the_view(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("f4", "plus", "plus", "plus", "end")
        canvas = canvas_of(app)
        assert 0 <= canvas.view.cell(canvas.playhead_ms) <= canvas.view.width
        await pilot.press("home")
        assert canvas.view.cell(canvas.playhead_ms) == 0


async def test_click_moves_the_playhead(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await pilot.click(Canvas, offset=(60, 2))
        selected = canvas_of(app).selected
        assert selected is not None
        assert selected[1].start_ms <= canvas_of(app).playhead_ms < selected[1].end_ms


async def test_many_tracks_scroll(open_app: OpenApp, world: World) -> None:
    tracks = [
        {"tt": 0, "m": {"name": f"Track {n}"}, "sg": [{"s": 0, "d": 1000}]} for n in range(40)
    ]
    world.build({"t": tracks})
    async with open_app() as (app, pilot):
        await pilot.press("f4", *["down"] * 39)
        assert "Track 39" in screen_text(app)


async def test_new_version_replaces_the_old_one(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        await pilot.press("f4")
        await world.rebuild({"t": [{"tt": 0, "sg": [{"d": 5_000, "m": {"title": "only.mp4"}}]}]})
        await settled(app, pilot)
        assert "only.mp4" in screen_text(app)
        assert "beach.mp4" not in screen_text(app)


# -- renders --------------------------------------------------------------------------------------


async def test_render_progress_and_time_left(open_app: OpenApp, world: World) -> None:
    world.add(render(1, RenderState.PROCESSING, progress=25, submitted_at=world.clock.time - 10))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f5")
        assert "25% · 30 s left" in screen_text(app)
        assert "▸ Export 25%" in screen_text(app)


async def test_render_keys_do_what_is_possible(open_app: OpenApp, world: World) -> None:
    world.add(
        render(1, RenderState.DONE, path=Path("/v/film.mp4")),
        render(2, RenderState.FAILED, problem=Problem("Failed", "The disk is full.")),
        render(3, RenderState.PROCESSING),
    )
    async with open_app() as (app, pilot):
        exports = world.engine.exports
        await pilot.press("f5", "r", "d", "x")
        await settled(app, pilot)
        assert [one.state for one in exports.renders] == ["done", "failed", "cancelled"]
        await pilot.press("down", "x", "r")
        await settled(app, pilot)
        again = exports.latest("r2")
        assert again is not None
        assert again.id != "r2"
        await pilot.press("end", "c", "d")
        await settled(app, pilot)
        assert app.clipboard == "/v/film.mp4"
        assert exports.latest("r1") is None


async def test_over_ssh_the_send_command_is_shown(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 22")
    world.add(render(1, RenderState.DONE, path=Path("/v/film.mp4")))
    async with open_app() as (app, pilot):
        await pilot.press("f5", "o")
        await settled(app, pilot)
        assert app.clipboard.startswith("scp ")
        assert "10.0.0.2:/v/film.mp4" in app.clipboard


async def test_export_from_anywhere(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        for screen in ("f2", "f3", "f4", "f5"):
            await pilot.press(screen, "ctrl+s")
        await settled(app, pilot)
        assert [one.draft_version for one in world.engine.exports.renders] == [1] * 4


async def test_files_that_the_user_named_and_that_fail_are_told_once(
    open_app: OpenApp, world: World
) -> None:
    def report(*assets: Asset) -> None:
        for one in assets:
            world.engine.bus.publish(AssetChanged(one))

    failed, now = AssetState.FAILED, world.clock.now()
    old = asset(
        1, "old.mp4", failed, source="picked", created_at=now - 9, why=Reason("x", "too old")
    )
    watched = asset(2, "seen.mp4", failed, created_at=now, why=Reason("x", "not mine"))
    later = asset(3, "later.mp4", failed, source="picked", created_at=now, retry_at=now + 9)
    bad = asset(
        4, "[b]bad.mp4", failed, source="picked", created_at=now, why=Reason("x", "bad type")
    )
    async with open_app() as (app, pilot):
        report(old, watched, later)
        await settled(app, pilot)
        assert not app.screen.query("Toast")
        report(bad, replace(later, retry_at=None, why=Reason("x", "gave up")))
        await settled(app, pilot)
        report(bad)
        await settled(app, pilot)
        assert len(app.screen.query("Toast")) == 1
        for part in ("2 files were not uploaded", "[b]bad.mp4: bad type.", "F3 shows it; r there"):
            assert part in screen_text(app)


async def test_a_file_whose_content_is_there_is_told_once(open_app: OpenApp, world: World) -> None:
    why = Reason(COPY, "already uploaded as a.mp4")
    now = world.clock.now()
    copy = asset(1, "b.mp4", AssetState.SKIPPED, source="picked", created_at=now, why=why)
    old = replace(copy, id=2, name="old.mp4", created_at=now - 9)
    seen = replace(copy, id=3, name="seen.mp4", source="watch")
    async with open_app() as (app, pilot):
        for one in (old, seen, copy, copy):
            world.engine.bus.publish(AssetChanged(one))
            await settled(app, pilot)
        assert [told.text for told in app.messages] == ["b.mp4: already uploaded as a.mp4."]
        assert "In the project already" in screen_text(app)


async def test_a_toast_leaves_the_prompt_to_be_read(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        app.notify("three\nlines\nlong", title="A problem", severity="error")
        await settled(app, pilot)
        (toast,) = app.screen.query("Toast")
        assert toast.region.y >= 2, "the tabs can be read"
        assert toast.region.bottom <= app.screen.query_one("#prompt").region.y


@pytest.mark.parametrize("screen", ["f2", "f3", "f4", "f5"])
async def test_help_of_each_screen(open_app: OpenApp, screen: str) -> None:
    async with open_app(120, 50) as (app, pilot):
        await pilot.press(screen, "f1", "end")
        await pilot.pause()
        assert "Leave vbtui." in screen_text(app)
        await pilot.press("escape")
        assert "Leave vbtui." not in screen_text(app)


async def test_palette_offers_what_is_possible_now(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("ctrl+p", *"export")
        await shown(app, pilot, "Export the timeline")
        await pilot.press("enter")
        await shown(app, pilot, "▸ Export")
        assert len(world.engine.exports.renders) == 1


async def test_quit_asks_nothing_when_idle(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+q")
        assert app.return_code == 0
        assert not app.is_running


async def test_quit_asks_once_while_something_runs(open_app: OpenApp, world: World) -> None:
    world.add(Turn(1, "s1", "go", "edit", TurnState.RUNNING))
    world.add(render(1, RenderState.PROCESSING))
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+q")
        text = screen_text(app)
        assert "The agent is at work and 1 render is under way." in text
        assert "the next time" in text
        await pilot.press("escape")
        assert app.is_running
        await pilot.press("ctrl+q", "y")
        await pilot.pause()
        assert not app.is_running


# -- the frame ------------------------------------------------------------------------------------


async def test_header_follows_the_overview(open_app: OpenApp) -> None:
    world = World(is_local=False)
    world.cloud.available, world.cloud.frozen = 42, 0
    async with open_app(120, 35, world) as (app, pilot):
        header = screen_text(app).splitlines()[0]
        assert "● ready" in header
        assert "42 credits" in header
        await world.cloud.down()
        await pilot.press(*"/credits", "enter")
        await shown(app, pilot, "✕ offline")
        header = screen_text(app).splitlines()[0]
        assert "credits" not in header


class LastWord(Static):
    """Reports something as it goes."""

    def on_unmount(self) -> None:
        self.app.post_message(Reported((TurnRemoved(1),)))


async def test_report_while_the_app_goes_is_let_go(open_app: OpenApp) -> None:
    async with open_app(120, 35) as (app, _):
        await app.screen.query_one("#talk").mount(LastWord())


async def test_error_of_a_request_is_shown(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+s")
        await shown(app, pilot, "othing to export yet")


async def test_error_of_a_service_does_not_end_the_app(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        raise RuntimeError("token=secret")

    monkeypatch.setattr(Engine, "services", (Service("uploads", run),))
    async with open_app() as (app, pilot):
        await shown(app, pilot, "“uploads” ended with")
        assert "secret" not in screen_text(app)
        assert "RuntimeError" in app.log_file.read_text()


@pytest.mark.parametrize("size", [(39, 24), (80, 9), (20, 5)])
async def test_too_small_a_terminal_says_so(open_app: OpenApp, size: tuple[int, int]) -> None:
    async with open_app(*size) as (app, pilot):
        for key in ("f2", "f3", "f4", "f5", "f1"):
            await pilot.press(key)
            assert "larger window" in " ".join(screen_text(app).split())


SMALL = [(39, 24), (80, 9), (39, 12), (40, 9), (35, 9), (1, 1)]


@pytest.mark.parametrize("size", SMALL)
async def test_window_that_was_too_small_gives_the_focus_back(
    open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press(*"ab")
        prompt_of(app).move_cursor((0, 1))
        for _ in range(2):
            await pilot.resize_terminal(*size)
            await pilot.press("x", "2", "enter")
            await pilot.resize_terminal(120, 35)
            await pilot.press(*"-2")
        assert app.current_mode == "chat"
        assert prompt_of(app).text == "a-2-2b"
        assert "larger window" not in screen_text(app)


async def test_keys_do_nothing_that_a_small_window_hides(open_app: OpenApp, world: World) -> None:
    fill(world)
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4")
        await settled(app, pilot)
        await shown(app, pilot, "No picture")  # it is looked for meanwhile
        before, text = app.focused, screen_text(app)
        await pilot.resize_terminal(30, 8)
        await pilot.press("x", "enter", "delete", "escape")
        await pilot.resize_terminal(120, 35)
        await settled(app, pilot)
        assert app.focused is before
        assert screen_text(app) == text


async def test_screen_that_was_made_in_a_small_window_has_its_focus(open_app: OpenApp) -> None:
    async with open_app(30, 8) as (app, pilot):
        await pilot.resize_terminal(80, 24)
        await pilot.press(*"2x")
        assert prompt_of(app).text == "2x"


async def test_terminal_that_grows_again_shows_everything(open_app: OpenApp) -> None:
    async with open_app(30, 8) as (app, pilot):
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Getting Started" in screen_text(app)


@pytest.mark.parametrize("size", [(40, 10), (57, 13), (80, 24), (120, 35), (200, 50)])
async def test_no_line_is_wider_than_the_terminal(
    open_app: OpenApp, world: World, size: tuple[int, int]
) -> None:
    fill(world)
    async with open_app(*size) as (app, pilot):
        for key in ("f2", "f3", "f4", "f5"):
            await pilot.press(key)
            await settled(app, pilot)
            for strip in screen_lines(app):
                assert sum(segment.cell_length for segment in strip) == size[0]
