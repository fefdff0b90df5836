"""Edits by hand, selection, flags, versions and the way out on the timeline screen."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.ui.conftest import OpenApp, screen_text, settled, shown
from tests.ui.sample import DRAFT, assets, fill
from tests.ui.world import World
from vbtui.base.errors import UsageError
from vbtui.base.translation import Translation
from vbtui.interchange.model import FORMATS
from vbtui.timeline.edits import TRANSITIONS
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.edit_line import EditField, many_lines, one_line
from vbtui.ui.timeline.canvas import Canvas
from vbtui.ui.timeline.editing import number_of, transition_of

BEACH = "clip 1 (beach.mp4)"
CITY = "clip 2 (城市延时摄影.mov)"


def canvas_of(app: VbtuiApp) -> Canvas:
    return app.screen.query_one(Canvas)


def field_of(app: VbtuiApp) -> str:
    """What the edit line holds; empty when it is not there."""
    field = app.screen.query_one(EditField)
    row = field.parent
    assert row is not None
    return field.value if row.display else ""


@pytest.fixture
def world() -> World:
    made = World()
    made.build(DRAFT)
    return made


async def test_an_emptied_timeline_offers_its_versions_alone(
    open_app: OpenApp, world: World
) -> None:
    world.build({"t": [], "m": {"version": 2}})
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f4")
        await shown(app, pilot, "The timeline is empty now.")
        assert "Split" not in screen_text(app)
        await pilot.press("s", "x", "u", "a")
        assert field_of(app) == ""
        assert len(app.screen_stack) == 1
        await pilot.press("h")
        await shown(app, pilot, "Versions")


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (["right", "s"], f"split {BEACH} at 0:01.000"),
        (["right", "left_square_bracket"], f"trim the start of {BEACH} to 0:01.000"),
        (["right", "right_square_bracket"], f"trim the end of {BEACH} to 0:01.000"),
        (["x"], f"remove {BEACH}"),
        (["greater_than_sign"], f"swap {BEACH} and {CITY}"),
        (["n", "less_than_sign"], f"swap {BEACH} and {CITY}"),
        (["m", "n", "m", "x"], f"remove {BEACH} and {CITY}"),
        (
            ["down", "down", "greater_than_sign"],
            'move the text "Urban Dreams" at 0:00.000 to 0:01.000',
        ),
    ],
)
async def test_key_makes_a_sentence_and_enter_sends_it(
    open_app: OpenApp, world: World, keys: list[str], sentence: str
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", *keys)
        await settled(app, pilot)
        assert field_of(app) == sentence
        assert not world.cloud.said
        await pilot.press("enter")
        await settled(app, pilot)
        assert await world.sent() == [sentence]
        assert world.engine.conversation.turns[-1].route == "edit"
        assert app.focused is canvas_of(app)


@pytest.mark.parametrize(
    ("keys", "present", "answer", "sentence"),
    [
        (["down", "v"], "35", "50", 'set the volume of the music "lo-fi.mp3" at 0:00.000 to 50%'),
        (["v"], "100", "0", f"set the volume of {BEACH} to 0%"),
        (["r"], "1", "1.5", f"set the speed of {BEACH} to 1.5x"),
        (
            ["n", "c"],
            "crossfade 500 ms",
            "wipe 0.8 s",
            f"put a wipe of 800 ms between {BEACH} and {CITY}",
        ),
        (
            ["m", "n", "m", "c"],
            "crossfade 500 ms",
            "fade 1 s",
            f"put a fade through black of 1000 ms between {BEACH} and {CITY}",
        ),
        (
            ["m", "down", "m", "v"],
            "100",
            "20",
            f'set the volume of {BEACH} and the music "lo-fi.mp3" at 0:00.000 to 20%',
        ),
        (["m", "n", "m", "r"], "1", "2", f"set the speed of {BEACH} and {CITY} to 2x"),
        (
            ["down", "down", "t"],
            "Urban Dreams",
            "Two⏎lines",
            'change the text "Urban Dreams" at 0:00.000 to "Two\nlines"',
        ),
        (["right", "t"], "", "Hello", 'add the text "Hello" at 0:01.000'),
    ],
)
async def test_what_a_sentence_needs_is_asked_with_the_present_value(
    open_app: OpenApp,
    world: World,
    keys: list[str],
    present: str,
    answer: str,
    sentence: str,
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", *keys)
        await settled(app, pilot)
        assert field_of(app) == present
        app.screen.query_one(EditField).value = answer
        await pilot.press("enter")
        await settled(app, pilot)
        assert field_of(app) == one_line(sentence)
        await pilot.press("enter")
        await settled(app, pilot)
        assert await world.sent() == [sentence]


async def test_answer_typed_in_one_go_is_whole(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "v", "4", "2", "enter", "enter")
        await settled(app, pilot)
        assert await world.sent() == [f"set the volume of {BEACH} to 42%"]


async def test_sentence_can_be_edited_before_it_goes(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "x", *" now", "enter")
        await settled(app, pilot)
        assert await world.sent() == [f"remove {BEACH} now"]


async def test_escape_drops_the_edit(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "x", "escape")
        await settled(app, pilot)
        assert field_of(app) == ""
        assert app.focused is canvas_of(app)
        assert not world.cloud.said


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (["s"], "is not inside beach.mp4"),
        (["c"], "A transition leads from one clip into the next."),
        (["end", "t"], "A text cannot start where the video ends."),
        (["less_than_sign"], "is the first clip already"),
        (["down", "r"], "Only a clip has a speed."),
        (["down", "down", "v"], "A text has no sound."),
        (["down", "down", "down", "x"], "There is nothing at the playhead"),
        (["v", "x", "enter"], "A volume is a number from 0 to 200."),
        (["a"], "There is no file to add."),
        (["m", "n", "m", "s"], "2 segments are marked, and this is done to one at a time."),
        (["m", "n", "m", "right_square_bracket"], "Esc takes the marks off"),
        (["m", "n", "m", "greater_than_sign"], "2 segments are marked"),
        (["m", "n", "n", "m", "c"], "2 segments are marked"),
        (["down", "down", "m", "n", "m", "t"], "2 segments are marked"),
        (["m", "down", "down", "m", "v"], "A text has no sound."),
        (["m", "n", "right", "s"], "is not inside beach.mp4"),
    ],
)
async def test_why_not_is_said(
    open_app: OpenApp, world: World, keys: list[str], reason: str
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", *keys)
        await settled(app, pilot)
        assert reason in " ".join(screen_text(app).split())
        assert not world.cloud.said


async def test_receipt_is_told_where_the_edit_was_made(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "x", "enter")
        await settled(app, pilot)
        await shown(app, pilot, "working")
        world.cloud.draft = without_beach()
        world.cloud.release.set()
        await shown(app, pilot, "clip 1 (beach.mp4) removed")


def without_beach() -> dict[str, Any]:
    changed = copy.deepcopy(DRAFT)
    changed["t"][0]["sg"].pop(0)
    return changed


async def test_file_is_added_at_the_playhead(open_app: OpenApp) -> None:
    world = World()
    fill(world)
    name = next(one.name for one in assets() if one.state == "done")
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4", "right", "right", "a")
        await settled(app, pilot)
        assert name in screen_text(app)
        await pilot.press(*name[:5], "enter")
        await settled(app, pilot)
        assert field_of(app) == f'add the file "{name}" at 0:02.000'


# -- selection ------------------------------------------------------------------------------------


async def test_marks_are_seen_without_colour_and_survive_a_new_version(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "m")
        assert "✓1 beach.mp4" in screen_text(app)
        changed = copy.deepcopy(DRAFT)
        changed["t"][0]["sg"].pop(1)
        await world.rebuild(changed)
        await settled(app, pilot)
        assert "✓1 beach.mp4" in screen_text(app)
        await pilot.press("escape")
        assert "✓" not in screen_text(app)


async def test_this_in_a_message_is_the_selection(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        assert "this:" not in screen_text(app)
        await pilot.press("f4", "n", "f2")
        await settled(app, pilot)
        assert f"this: {CITY}" in screen_text(app)
        await pilot.press(*"make this faster", "enter")
        await settled(app, pilot)
        assert await world.sent() == [f"make {CITY} faster"]
        assert f"make {CITY} faster" in screen_text(app)


async def test_these_are_all_that_is_marked(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "m", "n", "m", "f2")
        await settled(app, pilot)
        assert "this: 2 selected" in screen_text(app)
        await pilot.press(*"make these slower", "enter")
        await settled(app, pilot)
        assert await world.sent() == [f"make {BEACH} and {CITY} slower"]


async def test_selection_of_what_is_gone_is_none(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "m", "f2")
        await settled(app, pilot)
        assert f"this: {BEACH}" in screen_text(app)
        await world.rebuild({"t": [{"tt": 0, "sg": [{"id": "z", "d": 900, "m": {"title": "z"}}]}]})
        await settled(app, pilot)
        assert "this:" not in screen_text(app)


# -- playhead -------------------------------------------------------------------------------------


async def test_playhead_goes_by_frame_second_clip_and_flag(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        canvas = canvas_of(app)

        async def after(*keys: str) -> int:
            await pilot.press(*keys)
            return canvas.playhead_ms

        assert await after("full_stop") == 33
        assert await after("full_stop", "full_stop") == 100
        assert await after("comma") == 67
        assert await after("right") == 1_000
        assert await after("shift+right") == 11_000
        assert await after("left") == 10_000
        assert await after("b", "n") == 11_500
        assert "◆" in screen_text(app)
        assert await after("b", "end", "left_curly_bracket") == 11_500
        assert await after("left_curly_bracket") == 10_000
        assert await after("right_curly_bracket") == 11_500


async def test_wheel_zooms_about_the_pointer_and_shift_pans(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        canvas = canvas_of(app)
        whole = canvas.view
        x = canvas.names_width + 50
        await pilot._post_mouse_events([_scroll_up()], Canvas, offset=(x, 4))
        assert canvas.view.ms_per_cell < whole.ms_per_cell
        assert abs(canvas.view.cell(whole.ms(50)) - 50) <= 1


def _scroll_up() -> Any:
    from textual import events

    return events.MouseScrollUp


# -- versions and the way out ---------------------------------------------------------------------


async def test_undo_is_exact_in_the_local_studio(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "u")
        await settled(app, pilot)
        assert await world.sent() == ["undo"]


async def test_undo_in_the_cloud_is_a_sentence_first(open_app: OpenApp) -> None:
    world = World(is_local=False)
    world.build(DRAFT)
    async with open_app(120, 35, world) as (app, pilot):
        await pilot.press("f4", "u")
        await settled(app, pilot)
        assert "There is no earlier version" in screen_text(app)
        changed = copy.deepcopy(DRAFT)
        changed["t"][1]["sg"][0]["m"]["volume"] = 0.8
        await world.rebuild(changed)
        await settled(app, pilot)
        await pilot.press("u")
        await settled(app, pilot)
        assert "set the volume of" in field_of(app)
        assert "35%" in field_of(app)
        assert not world.cloud.said


async def test_versions_tell_what_changed_compare_and_export(
    open_app: OpenApp, world: World
) -> None:
    for volume in (0.5, 0.8):
        changed = copy.deepcopy(DRAFT)
        changed["t"][1]["sg"][0]["m"]["volume"] = volume
        world.build(changed)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "h")
        await settled(app, pilot)
        await shown(app, pilot, "50% → 80%")
        await pilot.press("space", "down", "down")
        await shown(app, pilot, "From version 1 to version 3")
        await pilot.press("e")
        await settled(app, pilot)
        (made,) = world.engine.exports.renders
        assert (made.draft_version, made.options.quality) == (1, "high")


async def test_way_out_writes_what_is_marked_and_tells_what_is_not_carried(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "O")
        await settled(app, pilot)
        assert "OpenTimelineIO" in screen_text(app)
        await pilot.press("space", "down", "space", "enter")
        await settled(app, pilot)
        await shown(app, pilot, "Urban Dreams.edl")
        assert "- OpenTimelineIO: Track (tt 4) is of a kind" in screen_text(app)
        assert {path.name for path in world.folder.glob("Urban*")} == {
            "Urban Dreams.otio",
            "Urban Dreams.edl",
        }


async def test_what_is_not_carried_can_be_read_on_a_small_screen(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(80, 24) as (app, pilot):
        await pilot.press("f4", "O")
        await settled(app, pilot)
        assert "More" not in screen_text(app)
        for _ in FORMATS[:-1]:  # the script is the studio's
            await pilot.press("space", "down")
        await pilot.press("enter")
        await shown(app, pilot, "More")
        assert "- SRT:" not in screen_text(app)
        await pilot.press(*["shift+down"] * 9)
        await shown(app, pilot, "- SRT:")
        await pilot.press(*["shift+up"] * 9)
        await shown(app, pilot, "Urban Dreams.otio")


async def test_way_out_says_what_is_missing(
    open_app: OpenApp, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.interchange.service.find_spec", lambda _: None)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "O", "space", "enter")
        await settled(app, pilot)
        assert "pip install 'vbtui[otio]'" in screen_text(app)
        assert not list(world.folder.glob("Urban*"))


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kind", "ms"),
    [
        ("wipe", "wipe", 500),
        ("fade 0.5", "fade", 500),
        ("Slide 1,5 s", "slide", 1500),
        ("cut", "cut", 500),
        ("circle 700", "circle", 700),
    ],
)
def test_transitions_are_typed_in_short(typed: str, kind: str, ms: int) -> None:
    assert transition_of(typed) == (kind, ms)


@pytest.mark.parametrize("typed", ["", "x", "1e9", "-3", "1 2", "९"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="No number"):
        number_of(typed, Translation("No number.", "不是数。"))


def test_line_breaks_survive_a_field_of_one_line() -> None:
    assert many_lines(one_line("a\nb\r\nc")) == "a\nb\nc"


# -- choices, places, the mouse -------------------------------------------------------------------


async def test_choices_are_shown_completed_and_stepped_through(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "n", "c")
        await settled(app, pilot)
        assert all(name in screen_text(app) for name in TRANSITIONS)
        await pilot.press("w", "tab")
        assert field_of(app) == "wipe"
        await pilot.press("tab")
        assert field_of(app) == "slide"
        await pilot.press("up", "enter")
        assert field_of(app).startswith("put a wipe of 500 ms between clip 1")


async def test_what_enter_would_do_is_seen_before_it_is_done(
    open_app: OpenApp, world: World
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "n", "x")
        await settled(app, pilot)
        assert "░" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert "░" not in screen_text(app)
        assert not world.cloud.said


async def test_a_clip_is_found_by_letters_of_its_name(open_app: OpenApp, world: World) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "slash", *"sun")
        await settled(app, pilot)
        assert "4 drone over the harbour at sunset.mp4" in screen_text(app)
        assert canvas_of(app).playhead_ms == 0
        await pilot.press("enter")
        await settled(app, pilot)
        assert canvas_of(app).playhead_ms == 33_000
        await pilot.press("slash", *"nowhere", "enter")
        await shown(app, pilot, "Nothing on the timeline has these letters.")


@pytest.mark.parametrize(
    ("typed", "at_ms", "why"),
    [
        ("4", 33_000, ""),
        ("0:12.5", 12_500, ""),
        ("9", 0, "There is no clip 9: they go from 1 to 5."),
        ("x", 0, "Type the number of a clip"),
    ],
)
async def test_clips_and_times_are_gone_to(
    open_app: OpenApp, world: World, typed: str, at_ms: int, why: str
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "g", *typed, "enter")
        await settled(app, pilot)
        assert canvas_of(app).playhead_ms == at_ms
        assert why in screen_text(app)


@pytest.mark.parametrize(
    ("lane", "start", "end", "sentence"),
    [
        (0, 4, 60, "move clip 1 (beach.mp4) to position 3"),
        (0, 0, 5, "trim the start of clip 1 (beach.mp4) to 0:0"),
        (2, 3, 13, 'move the text "Urban Dreams" at 0:00.000 to 0:0'),
    ],
)
async def test_what_is_drawn_with_the_mouse_is_a_sentence(
    open_app: OpenApp, world: World, lane: int, start: int, end: int, sentence: str
) -> None:
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await settled(app, pilot)
        canvas = canvas_of(app)
        x = canvas.gutter.left + canvas.names_width
        y = next(
            row
            for row in range(2, 30)
            if f" {canvas.lanes[lane].track.name}" in canvas.render_line(row).text
        )
        await pilot.mouse_down(canvas, offset=(x + start, y))
        await pilot.hover(canvas, offset=(x + (start + end) // 2, y))
        await pilot.hover(canvas, offset=(x + end, y))
        await pilot.mouse_up(canvas, offset=(x + end, y))
        await settled(app, pilot)
        assert field_of(app).startswith(sentence)
        assert not world.cloud.said
