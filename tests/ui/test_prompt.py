"""The prompt: keys, history, pasted paths, commands."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from tests.cloud import UPLOAD
from tests.server import ok
from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled, shown, until
from tests.ui.sample import DRAFT, fill, turn
from tests.ui.world import World
from tests.waiting import PATIENCE_S
from vbtui.journal.records import ExportOptions
from vbtui.ui.app import VbtuiApp
from vbtui.ui.chat.greeting import EXAMPLES
from vbtui.ui.chat.prompt import MOST_PASTED
from vbtui.ui.kit.widgets import Field


async def type_at_once(app: VbtuiApp, *keys: str) -> None:
    """Keys as a fast terminal sends them: all before the first one is handled."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_enter_sends_and_empties_the_prompt(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"make it short", "enter")
        await settled(app, pilot)
        assert await world.sent() == ["make it short"]
        assert prompt_of(app).text == ""
        assert "make it short" in screen_text(app)


async def test_enter_comes_after_the_letters_before_it(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        await type_at_once(app, *"abcdefghij", "enter", *"klm")
        await settled(app, pilot)
        assert await world.sent() == ["abcdefghij"]
        assert prompt_of(app).text == "klm"


@pytest.mark.parametrize("key", ["ctrl+n", "shift+enter"])
async def test_new_line_keys(open_app: OpenApp, world: World, key: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("a", key, "b")
        assert prompt_of(app).text == "a\nb"
        assert prompt_of(app).size.height == 2
        await pilot.press("enter")
        await settled(app, pilot)
        assert await world.sent() == ["a\nb"]


async def test_prompt_grows_to_six_lines(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        for _ in range(9):
            await pilot.press("x", "ctrl+n")
        assert prompt_of(app).size.height == 6


async def test_prompt_keeps_its_editing_keys(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        for keys, text in (
            (("ctrl+a", "X"), "Xone two"),
            (("ctrl+a", "ctrl+e", "X"), "one twoX"),
            (("ctrl+u",), ""),
            (("ctrl+w",), "one "),
            (("ctrl+a", "ctrl+k"), ""),
        ):
            prompt_of(app).fill("")
            await pilot.press(*"one two", *keys)
            assert prompt_of(app).text == text


async def test_history_at_the_edges(open_app: OpenApp, world: World) -> None:
    world.add(turn(1, text="first"), turn(2, text="second"))
    async with open_app() as (app, pilot):
        await pilot.press(*"now", "up")
        assert prompt_of(app).text == "second"
        await pilot.press("up", "up")
        assert prompt_of(app).text == "first"
        await pilot.press("down", "down")
        assert prompt_of(app).text == "now"


async def test_digits_are_text_in_the_prompt(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("2")
        assert prompt_of(app).text == "2"
        assert app.current_mode == "chat"


async def test_digits_change_the_screen_elsewhere(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("f3", "4")
        assert app.current_mode == "renders"


async def test_example_fills_the_prompt(open_app: OpenApp) -> None:
    world = World(is_local=False)
    async with open_app(world=world) as (app, pilot):
        for example in EXAMPLES:
            assert example.english[:30] in screen_text(app)
        await pilot.press("tab", "down", "enter")
        assert prompt_of(app).text == EXAMPLES[1].english
        assert prompt_of(app).has_focus
        assert list(world.engine.conversation.turns) == []


async def test_example_can_be_clicked(open_app: OpenApp) -> None:
    async with open_app(world=World(is_local=False)) as (app, pilot):
        await pilot.click("#greeting Choices", offset=(5, 2))
        assert prompt_of(app).text == EXAMPLES[2].english


async def test_pasted_paths_are_offered_for_upload(
    open_app: OpenApp, world: World, tmp_path: Path
) -> None:
    paths = tuple(tmp_path / name for name in ("a.mp4", "b.mp4", "c.jpg"))
    for path in paths:
        path.write_bytes(b"x" * 1_000)
    async with open_app() as (app, pilot):
        app.post_message(events.Paste(" ".join(map(str, paths))))
        await settled(app, pilot)
        assert "Upload 3 files (3.0 kB)?" in screen_text(app)
        assert prompt_of(app).text == ""
        await pilot.press("enter")
        await settled(app, pilot)
        added = world.engine.library.assets
        assert [(one.path, one.source) for one in added] == [(path, "picked") for path in paths]
        assert "Upload 3 files" not in screen_text(app)


async def test_a_file_dropped_twice_at_once_is_two_and_dropped_again_it_is_said(
    open_app: OpenApp, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0x" * 500)
    async with open_app() as (app, pilot):
        for dropped in (f"{path} {path}", f"{path}"):
            app.post_message(events.Paste(dropped))
            await settled(app, pilot)
            await pilot.press("enter")
            await settled(app, pilot)
            await world.engine.library.wait_idle()
        assert [one.path for one in world.engine.library.assets] == [path, path]
        assert "In the project already" in screen_text(app)


async def test_escape_inserts_the_pasted_paths(open_app: OpenApp, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    async with open_app() as (app, pilot):
        app.post_message(events.Paste(str(path)))
        await settled(app, pilot)
        await pilot.press("escape")
        assert prompt_of(app).text == str(path)


async def test_pasted_text_is_text(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        app.post_message(events.Paste("two\nlines\x1b[31m"))
        app.post_message(events.Key("enter", None))
        await settled(app, pilot)
        assert await world.sent() == ["two\nlines"]


@pytest.mark.parametrize("extra", [0, 1])
async def test_long_paste_is_taken_whole_or_not_at_all(open_app: OpenApp, extra: int) -> None:
    text = "x" * (MOST_PASTED + extra)
    async with open_app() as (app, pilot):
        app.post_message(events.Paste(text))
        await pilot.press("z")
        await settled(app, pilot)
        assert prompt_of(app).text == ("z" if extra else text + "z")
        assert ("100,001 characters were pasted" in screen_text(app)) is bool(extra)


async def test_lines_pasted_into_a_field_are_all_taken(open_app: OpenApp, world: World) -> None:
    fill(world)
    async with open_app() as (app, pilot):
        await pilot.press("f3", "slash")
        app.post_message(events.Paste("one\ntwo\n"))
        await settled(app, pilot)
        field = app.focused
        assert isinstance(field, Field)
        assert field.value == "one two"


async def test_typed_path_is_offered_too(open_app: OpenApp, world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    async with open_app() as (app, pilot):
        prompt_of(app).fill(str(path))
        await pilot.press("enter")
        await settled(app, pilot)
        assert "Upload 1 file" in screen_text(app)
        assert list(world.engine.conversation.turns) == []


@pytest.mark.parametrize("command", ["credits", "status"])
async def test_commands_that_are_words(open_app: OpenApp, world: World, command: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*f"/{command}", "enter")
        await settled(app, pilot)
        assert [(one.text, one.route) for one in world.engine.conversation.turns] == [
            (command, command)
        ]
        assert world.cloud.said == []


async def test_commands_that_do_something(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app() as (app, pilot):
        for command in ("/export", "/upload https://example.com/a.mp4"):
            prompt_of(app).fill(command)
            await pilot.press("enter")
            await settled(app, pilot)
        (render,) = world.engine.exports.renders
        assert replace(render.options, destination=None) == ExportOptions()
        assert len(await world.rendered()) == 1
        async with asyncio.timeout(PATIENCE_S):
            await world.cloud.wait_for("POST", UPLOAD)
        (upload,) = world.cloud.of("POST", UPLOAD)
        assert upload.json()["urls"] == ["https://example.com/a.mp4"]
        await pilot.press(*"/new Second film", "enter")
        await shown(app, pilot, "Second film")


async def test_unknown_command_is_not_sent(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"/exprt", "enter")
        await settled(app, pilot)
        assert list(world.engine.conversation.turns) == []
        assert prompt_of(app).text == "/exprt"
        assert "There is no such command" in screen_text(app)


async def test_commands_are_completed(open_app: OpenApp) -> None:
    async with open_app() as (app, pilot):
        await pilot.press(*"/s")
        assert "/status" in screen_text(app)
        assert "/sessions" in screen_text(app)
        await pilot.press("t", "tab")
        assert prompt_of(app).text == "/status"
        await pilot.press("ctrl+u", *"/up", "tab")
        assert prompt_of(app).text == "/upload "


MUTE = {
    "op": "mute",
    "help": {"en": "makes clips silent", "zh": "静音"},
    "examples": ["mute clip 2", "静音片段2"],
    "built": True,
}
LOOK = {"op": "look", "help": {"en": "filters"}, "examples": ["murky colours"], "built": False}


@pytest.mark.parametrize("key", ["tab", "right"])
async def test_a_sentence_that_begins_like_an_example_is_completed(
    open_app: OpenApp, world: World, key: str
) -> None:
    world.operations = [LOOK, MUTE]
    async with open_app() as (app, pilot):
        prompt = prompt_of(app)
        await until(pilot, lambda: bool(prompt.examples))
        await pilot.press(*"Mu")
        assert prompt.suggestion == "te clip 2"
        assert "Mute clip 2" in screen_text(app)
        await pilot.press("left")
        assert prompt.suggestion == ""
        await pilot.press("right", key)
        assert prompt.text == "Mute clip 2"
        assert prompt.has_focus
        await pilot.press("ctrl+u", *"mute me")
        assert prompt.suggestion == ""


async def test_help_is_said_in_a_local_project(open_app: OpenApp, world: World) -> None:
    world.operations = [MUTE]
    async with open_app() as (app, pilot):
        await pilot.press(*"/help", "enter")
        await until(pilot, lambda: "/export" in screen_text(app))
        await pilot.press("ctrl+end")  # the view stands at the start of what is newest
        await until(pilot, lambda: "makes clips silent" in screen_text(app))
        assert not world.cloud.said


@pytest.mark.parametrize("key", ["f3", "f4", "f5", "tab"])
async def test_files_dropped_on_another_screen_are_offered_too(
    open_app: OpenApp, world: World, tmp_path: Path, key: str
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    fill(world)
    async with open_app() as (app, pilot):
        await pilot.press(key)
        await settled(app, pilot)
        app.post_message(events.Paste(str(path)))
        await shown(app, pilot, "Upload 1 file")
        assert app.current_mode == "chat"
        assert app.focused is prompt_of(app)


async def test_paste_into_a_dialog_stays_there(open_app: OpenApp, world: World) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("f6")
        await settled(app, pilot)
        app.post_message(events.Paste("words"))
        await settled(app, pilot)
        await pilot.press("escape")
        assert prompt_of(app).text == ""


async def test_what_is_typed_and_not_sent_is_there_at_the_next_start(
    open_app: OpenApp, world: World
) -> None:
    """However vbtui ends: it is in the journal as it is typed, and sent it is not kept."""
    async with open_app() as (app, pilot):
        await pilot.press(*"half a")
        engine = app.engine
        assert engine is not None
        kept = ""
        while kept != "half a":
            await pilot.pause()
            kept = await engine.conversation.typed()
        prompt_of(app).fill("")
        while kept:
            await pilot.pause()
            kept = await engine.conversation.typed()
        await engine.conversation.keep_typed("half a thought")
    async with open_app() as (app, pilot):
        await until(pilot, lambda: prompt_of(app).text == "half a thought")


async def test_what_is_sent_is_typed_or_said_at_every_moment(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the two would lose it, or have it said and offered to be said again."""
    monkeypatch.setattr(
        "vbtui.ui.chat.screen._KEEP_TYPED_S", 0.001
    )  # a user who looks up before Enter
    async with open_app() as (app, pilot):
        engine = app.engine
        assert engine is not None
        place = engine.settings.directories.journal
        with closing(sqlite3.connect(place)) as journal, journal:
            journal.execute("CREATE TABLE seen (typed TEXT, turns INTEGER)")
            for change in ("INSERT", "UPDATE"):
                journal.execute(
                    f"CREATE TRIGGER seen_{change} AFTER {change} ON facts WHEN NEW.key LIKE 'typed:%'"
                    " BEGIN INSERT INTO seen SELECT NEW.value, count(*) FROM turns WHERE text != ''; END"
                )
        for number in range(3):
            await pilot.press(*f"cut {number}")
            kept = ""
            while kept != f"cut {number}":
                await pilot.pause()
                kept = await engine.conversation.typed()
            await pilot.pause()
            await pilot.press("enter")
            while kept:
                await pilot.pause()
                kept = await engine.conversation.typed()
        with closing(sqlite3.connect(place)) as journal:
            rows = journal.execute("SELECT typed, turns FROM seen").fetchall()
        for number in range(3):
            before = next(at for at, row in enumerate(rows) if row[0] == f'"cut {number}"')
            assert rows[before][1] == number, "it is said while it is typed"
            assert all(count > number for _, count in rows[before + 1 :]), "it is neither"


async def test_a_question_mark_shows_the_plan_and_does_nothing(
    open_app: OpenApp, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to the agent, and what the sentence mentions is not uploaded."""
    (tmp_path / "beach.mp4").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    change = {"kind": "volume", "subject": "Video sea", "before": "100%", "after": "0%"}
    plan = {"say": "", "operations": [{"op": "mute", "clips": [2]}], "reply": "", "changed": True}
    world.cloud.on(
        "POST", "/studio/plan", ok({"after": [], "plans": [{**plan, "changes": [change]}]})
    )
    async with open_app() as (app, pilot):
        prompt_of(app).fill("? mute @beach.mp4 ")
        await shown(app, pilot, "shows what this would do")
        await pilot.press("enter")
        await shown(app, pilot, "Video sea volume: 100% → 0%")
        assert "Plan: mute (clips 2)" in screen_text(app)
        assert prompt_of(app).text == ""
        assert world.cloud.said == []
        assert world.cloud.count("POST", UPLOAD) == 0
