"""The picker of files, the projects, the help; what holds for all dialogs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from tests.cloud import UPLOAD
from tests.ui.conftest import (
    OpenApp,
    dialog_text,
    prompt_of,
    screen_lines,
    screen_text,
    settled,
    shown,
)
from tests.ui.sample import fill
from tests.ui.world import NOW, World
from tests.waiting import PATIENCE_S
from vbtui.journal.records import Session, Turn, TurnState
from vbtui.ui.dialogs.dialog import ConfirmScreen, help_content
from vbtui.ui.kit.grid import Grid
from vbtui.ui.kit.keys import KeyFooter
from vbtui.ui.kit.screen import TOO_SMALL, Box, Dialog, main_screen_of

# -- dialogs --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep.mov").write_bytes(b"xx")
    for name in ("a.mp4", "b.jpg", "c.mp3"):
        (tmp_path / name).write_bytes(b"x" * 1_000)
    (tmp_path / "notes.txt").write_text("no")
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_picker_marks_and_uploads(open_app: OpenApp, world: World, folder: Path) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+o")
        await shown(app, pilot, "a.mp4")
        text = screen_text(app)
        assert "notes.txt" not in text
        assert "500 MB" in text
        await pilot.press("down", "space", "space")
        assert "2 files marked · 2.0 kB" in screen_text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        paths = (folder / "a.mp4", folder / "b.jpg")
        added = world.engine.library.assets
        assert [(one.path, one.source) for one in added] == [(path, "picked") for path in paths]


async def test_picker_walks_into_folders_and_back(
    open_app: OpenApp, world: World, folder: Path
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+o")
        await shown(app, pilot, "a.mp4")
        await pilot.press("enter")
        await shown(app, pilot, "deep.mov")
        await pilot.press("backspace")
        await shown(app, pilot, "a.mp4")
        await pilot.press("escape")
        assert list(world.engine.library.assets) == []


async def test_picker_takes_a_url_and_a_path(open_app: OpenApp, world: World, folder: Path) -> None:
    async with open_app() as (app, pilot):
        for text in ("https://example.com/a.mp4", str(folder / "sub" / "deep.mov")):
            await pilot.press("ctrl+o")
            await shown(app, pilot, "a.mp4")
            await pilot.press("slash")
            app.screen.query_one(Input).value = text
            await pilot.press("enter")
            await settled(app, pilot)
        assert [(one.source, one.name) for one in world.engine.library.assets] == [
            ("url", "a.mp4"),
            ("picked", "deep.mov"),
        ]
        assert world.engine.library.assets[1].path == folder / "sub" / "deep.mov"
        async with asyncio.timeout(PATIENCE_S):
            await world.cloud.wait_for("POST", UPLOAD)
        first = world.cloud.of("POST", UPLOAD)[0]
        assert first.json()["urls"] == ["https://example.com/a.mp4"]


async def test_picker_says_when_a_path_is_not_there(open_app: OpenApp, folder: Path) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("ctrl+o")
        await shown(app, pilot, "a.mp4")
        await pilot.press("slash", *"/no/such.mp4", "enter")
        await shown(app, pilot, "There is no such file.")


async def test_projects_open_new_rename_forget(open_app: OpenApp, world: World) -> None:
    world.add(Session("s2", "", "Other film", used_at=NOW - 10))
    async with open_app() as (app, pilot):
        await pilot.press("f6")
        await shown(app, pilot, "Other film")
        await pilot.press("down", "r")
        app.screen.query_one(Input).value = "Better name"
        await pilot.press("enter")
        await settled(app, pilot)
        assert [one.name for one in await world.engine.sessions.list()] == [
            "Beach promo",
            "Better name",
        ]
        await pilot.press("x", "y")
        await settled(app, pilot)
        assert [one.id for one in await world.engine.sessions.list()] == ["s1"]
        await pilot.press("n", *"Third", "enter")
        await shown(app, pilot, "Third")
        await settled(app, pilot)
        assert "Third" in screen_text(app).splitlines()[0]


async def test_projects_say_where_the_agent_is_at_work(open_app: OpenApp, world: World) -> None:
    world.add(Session("s2", "", "夏天在里斯本" * 20, used_at=NOW - 10))
    async with open_app() as (app, pilot):
        await world.engine.sessions.open("s2")
        await world.engine.conversation.say("make it short")
        await world.sent()
        await world.engine.sessions.open("s1")
        await settled(app, pilot)
        await pilot.press("f6")
        await shown(app, pilot, "agent at work")
        await pilot.press("down", "r")
        await pilot.pause()
        assert "Enter keeps it" in screen_text(app)
        assert "在里斯本" in screen_text(app).split("Enter keeps it")[1]
        await pilot.press("escape", "x")
        await shown(app, pilot, "still at work in it")
        await pilot.press("n")
        assert len(await world.engine.sessions.list()) == 2


async def test_projects_follow_what_happens_while_they_are_shown(
    open_app: OpenApp, world: World
) -> None:
    world.add(Session("s2", "", "other", used_at=NOW - 10))
    async with open_app() as (app, pilot):
        await pilot.press("f6")
        await shown(app, pilot, "other")
        assert "agent at work" not in screen_text(app)
        await world.engine.conversation.say("make it short")
        await shown(app, pilot, "agent at work")


async def test_projects_before_the_first_one(open_app: OpenApp) -> None:
    async with open_app(world=World(has_session=False, is_away=True)) as (app, pilot):
        await pilot.press("f6")
        await shown(app, pilot, "There is no project yet.")


async def test_the_keys_are_those_of_the_screen_again_when_a_dialog_closes(
    open_app: OpenApp,
) -> None:
    async with open_app() as (app, pilot):
        await settled(app, pilot)
        before = screen_text(app).splitlines()[-1]
        assert "Export" in before
        for key in ("f6", "ctrl+o", "f1"):
            await pilot.press(key)
            await settled(app, pilot)
            assert isinstance(app.screen, Dialog)
            await pilot.press("escape")
            await settled(app, pilot)
            assert screen_text(app).splitlines()[-1] == before


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("tab", ["f2", "f3", "f4", "f5"])
async def test_the_footer_is_the_same_after_each_of_ten_dialogs(
    open_app: OpenApp, world: World, tab: str
) -> None:
    fill(world)
    async with open_app() as (app, pilot):
        await pilot.press(tab)
        await settled(app, pilot)
        below = main_screen_of(app)
        assert below is not None
        before = screen_text(app).splitlines()[-1]
        for key in ("f1", "f6", "ctrl+o", "ctrl+p", "ctrl+o") * 2:
            await pilot.press(key)
            await settled(app, pilot)
            assert app.screen is not below
            below.refresh_frame()  # as a report does, and each second of a turn
            await settled(app, pilot)
            assert screen_text(app).splitlines()[-1] == before, f"below {key}"
            await pilot.press("escape")
            await settled(app, pilot)
            assert app.screen is below
            assert screen_text(app).splitlines()[-1] == before, f"after {key}"


async def test_the_footer_of_a_dialog_below_another_one_stays(
    open_app: OpenApp, world: World
) -> None:
    world.add(Session("s2", "", "Other film", used_at=NOW - 10))
    async with open_app() as (app, pilot):
        await pilot.press("f6")
        await shown(app, pilot, "Other film")
        projects, before = app.screen, dialog_text(app).splitlines()[-2]
        assert "Esc Close  Enter Open  n New  r Rename  x Forget" in before
        for _ in range(3):
            await pilot.press("x")
            await settled(app, pilot)
            assert isinstance(app.screen, ConfirmScreen)
            projects.refresh_bindings()
            await settled(app, pilot)
            assert projects.query_one(KeyFooter).draw().plain in before
            await pilot.press("n")
            await settled(app, pilot)
            assert dialog_text(app).splitlines()[-2] == before


async def test_a_dialog_lies_over_a_screen_that_stays_visible(
    open_app: OpenApp, world: World
) -> None:
    fill(world)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4")
        await settled(app, pilot)
        header = screen_text(app).splitlines()[0]
        bright = screen_lines(app)[0]
        await pilot.press("f6")
        await settled(app, pilot)
        assert isinstance(app.screen, Dialog)
        assert screen_text(app).splitlines()[0] == header
        assert screen_lines(app)[0] != bright, "dimmed"


async def test_a_dialog_that_is_answered_twice_closes_once(open_app: OpenApp) -> None:
    answers: list[bool | None] = []
    async with open_app() as (app, pilot):
        below = app.screen
        dialog = ConfirmScreen("Leave?", "Really?", "Leave")
        await app.push_screen(dialog, answers.append)
        dialog.dismiss(True)
        dialog.dismiss(False)
        await settled(app, pilot)
        assert app.screen is below
    assert answers == [True]


# -- help -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("f2", "f1"), "Send the message."),
        (("f4", "question_mark"), "Split the segment at the playhead."),
        (("f3", "question_mark"), "Show the rows that have the letters that you type."),
        (("f6", "question_mark"), "Begin a new project."),
        (("ctrl+o", "f1"), "Mark all files of this folder."),
        (("ctrl+o", "slash", "f1"), "Mark all files of this folder."),
        (("f6", "x", "question_mark"), "Close without doing anything."),
        (("f5", "a", "question_mark"), "Mark the format, or take the mark off."),
        (("ctrl+p", "f1"), "The files of this project."),
    ],
    ids=" ".join,
)
async def test_the_help_tells_the_keys_of_what_is_in_front(
    open_app: OpenApp, world: World, keys: tuple[str, ...], told: str
) -> None:
    fill(world)
    async with open_app(120, 60) as (app, pilot):
        for key in keys[:-1]:
            await pilot.press(key)
            await settled(app, pilot)
        below = app.screen
        await pilot.press(keys[-1])
        await settled(app, pilot)
        assert told in dialog_text(app)
        await pilot.press("f1")  # no help of the help
        assert type(app.screen).__name__ == "HelpScreen"
        await pilot.press("escape")
        await settled(app, pilot)
        assert app.screen is below


async def test_a_question_mark_is_typed_where_text_is_typed(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("question_mark")
        await settled(app, pilot)
        assert app.screen is main_screen_of(app)
        assert prompt_of(app).text == "?"


async def test_letters_find_a_key_in_the_help(open_app: OpenApp, world: World) -> None:
    fill(world)
    async with open_app(40, 12) as (app, pilot):
        await pilot.press("f4", "question_mark", "slash", *"playhead")
        await settled(app, pilot)
        text = dialog_text(app)
        assert "Playhead to the start" not in text, "below the others"
        await pilot.press(*" to the start")
        await settled(app, pilot)
        assert "Playhead to the start" in dialog_text(app)
        await pilot.press(*" xyz")
        await settled(app, pilot)
        assert "Nothing has these letters." in dialog_text(app)
        await pilot.press("escape")  # the search
        await settled(app, pilot)
        assert "All tracks to scale." in dialog_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert app.screen is main_screen_of(app)


@pytest.mark.parametrize("width", [34, 50, 68])
def test_a_sentence_of_the_help_goes_on_under_itself(width: int) -> None:
    lines = help_content(("prompt", "app"), width).plain.split("\n")
    assert all(cell_len(line) <= width for line in lines)
    first = next(place for place, line in enumerate(lines) if line.startswith("  Tab"))
    column = lines[first].index("Complete")
    below = lines[first + 1]
    assert below[:column].isspace()
    assert below[column] != " "
    together = "".join(help_content(("prompt", "app"), width).plain.split())
    assert together == "".join(help_content(("prompt", "app")).plain.split())


# -- sizes ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (300, 100)], ids=str)
async def test_dialogs_show_rows_and_their_keys_in_every_size(
    open_app: OpenApp, world: World, size: tuple[int, int]
) -> None:
    fill(world)
    ways = [("f2", "f6"), ("f2", "ctrl+o"), ("f3", "b"), ("f3", "n"), ("f3", "x"), ("f4", "h")]
    async with open_app(*size) as (app, pilot):
        ways += [("f2", "ctrl+r"), ("f2", "ctrl+f")]
        for tab, key in [*ways, ("f4", "O"), ("f4", "question_mark"), ("f5", "a")]:
            await pilot.press(tab)
            await settled(app, pilot)
            await pilot.press(key)
            await settled(app, pilot)
            assert isinstance(app.screen, Dialog), key
            box = app.screen.query_one(Box).region
            assert 0 <= box.y < box.bottom < size[1], f"{key}: over the whole screen, or beyond it"
            last = dialog_text(app).splitlines()[-3:]
            assert any("Esc Close" in line for line in last), key
            for grid in app.screen.query(Grid):
                shown = box.intersection(grid.region)
                assert shown.height >= min(len(grid.rows), 2) + 1, f"{key}: rows of {grid.id}"
                assert grid.size.height <= len(grid.rows) + 3, f"{key}: as high as its rows"
            await pilot.press("escape")
            await settled(app, pilot)


async def test_the_focus_is_where_it_was_after_a_window_that_is_too_small(
    open_app: OpenApp, world: World
) -> None:
    fill(world)
    async with open_app() as (app, pilot):
        for keys in (("f2",), ("f3",), ("f4",), ("f2", "f6"), ("f2", "f1")):
            await pilot.press(*keys)
            await settled(app, pilot)
            screen, before = app.screen, app.focused
            await pilot.resize_terminal(30, 8)
            await settled(app, pilot)
            assert TOO_SMALL.english[:20] in screen_text(app)
            for key in ("f1", "ctrl+o", "question_mark", "f6"):  # nothing that cannot be seen
                await pilot.press(key)
                await settled(app, pilot)
                assert app.screen is screen, key
            await pilot.resize_terminal(80, 24)
            await settled(app, pilot)
            assert app.focused is before, keys
            if len(keys) > 1:
                await pilot.press("escape")


async def test_a_place_of_the_conversation_is_found_and_shown(
    open_app: OpenApp, world: World
) -> None:
    for number in range(1, 61):
        said = "make it stormy" if number == 7 else f"sentence {number}"
        world.add(
            Turn(
                number, "s1", said, "edit", TurnState.DONE, reply=f"Done {number}.", position=number
            )
        )
    async with open_app() as (app, pilot):
        assert "make it stormy" not in screen_text(app)
        await pilot.press("ctrl+f", *"stormy")
        await settled(app, pilot)
        assert app.screen.query_one(Grid).count == 60
        await pilot.press("enter")
        await shown(app, pilot, "make it stormy")
        assert "Done 7." in screen_text(app)


@pytest.mark.parametrize(("screen", "key"), [("f5", ""), ("f6", ""), ("f4", "h")])
async def test_rows_of_every_list_are_found_by_letters(
    open_app: OpenApp, world: World, screen: str, key: str
) -> None:
    fill(world)
    world.add(Session("s2", "", "Wedding", created_at=NOW, used_at=NOW))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press(screen, *key)
        await settled(app, pilot)
        grid = app.screen.query_one(Grid)
        count = grid.count
        assert count > 0
        await pilot.press("slash", *"zzz")
        await settled(app, pilot)
        assert len(grid.rows) == 0
        assert f"0 of {count}" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert len(grid.rows) == count
        assert grid.has_focus
