"""What is typed faster than it is taken: several keys in one piece, and pieces of a key, over a terminal."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest
from textual import events

from tests.ui.conftest import OpenApp, prompt_of, screen_text, settled
from tests.ui.sample import DRAFT, assets, turn
from tests.ui.test_process import Terminal, program
from tests.ui.world import World
from vbtui.base.settings import load
from vbtui.journal.records import Question, QuestionPart, Turn, TurnState
from vbtui.ui.chat.cards import Queue
from vbtui.ui.chat.transcript import Transcript
from vbtui.ui.kit.edit_line import EditField, EditLine
from vbtui.ui.kit.widgets import Choices, Field
from vbtui.ui.timeline.canvas import Canvas

F2, F3, F4, F5, F6 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~", b"\x1b[17~"
CTRL_O, END = b"\x0f", b"\x11y"
FULL = "world.add(*assets(), *renders()); world.build(DRAFT)"


def typed(keys: bytes, shown: bytes = b"", *, body: str = FULL, pieces: int = 0) -> list[str]:
    """What was said to the agent after `keys` have come in one piece, or in pieces of so many bytes, and
    `shown` was seen."""
    terminal = Terminal(program(body), (120, 30))
    terminal.read_until(b"ready")
    terminal.output = b""
    for start in range(0, len(keys), pieces or len(keys)):
        terminal.write(keys[start : start + (pieces or len(keys))])
        if pieces:
            terminal.read(0.01, 0.02)
    if shown:
        terminal.read_until(shown)
    terminal.write(END)
    assert terminal.end() == 0
    path = load().directories.journal
    with closing(sqlite3.connect(path)) as journal:
        return [text for (text,) in journal.execute("SELECT text FROM turns")]


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_keys_behind_a_key_to_a_screen_do_not_reach_the_prompt(pieces: int) -> None:
    """To three screens, one after the other; the agent is at work, so the second and the third message wait."""
    keys = b"".join(key + b"q\r" + F2 + b"behind %d\r" % at for at, key in enumerate((F3, F4, F5)))
    said = typed(keys, b"waiting 2", body="pass", pieces=pieces)
    assert said == ["behind 0", "behind 1", "behind 2"]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (F3 + b"/zebra", b"zebra"),
        (F4 + b"vzebra", b"zebra"),
        (F5 + b"a", b"Preview 480p"),
        (F6 + b"nzebra", b"zebra"),
        (CTRL_O + b"/zebra", b"zebra"),
        (F3 + b"nzebra", b"zebra"),
    ],
)
@pytest.mark.parametrize("pieces", [0, 2])
def test_keys_reach_what_the_key_before_them_brought(
    keys: bytes, shown: bytes, pieces: int
) -> None:
    assert typed(keys, shown, pieces=pieces) == []


def test_keys_behind_the_way_back_reach_the_prompt() -> None:
    ways = (F3 + b"x" + F2, F6 + b"\x1b[27u", CTRL_O + b"\x1b[27u", F4 + F5 + F2)
    keys = b"".join(way + b"behind %d\r" % at for at, way in enumerate(ways))
    said = typed(keys, b"waiting 3", body="pass")
    assert said == ["behind 0", "behind 1", "behind 2", "behind 3"]


SHELL = """
import os, subprocess, sys
job = subprocess.Popen(sys.argv[1:], process_group=0)
_, how = os.waitpid(job.pid, os.WUNTRACED)
print("STOPPED" if os.WIFSTOPPED(how) else "ENDED", flush=True)
os.kill(job.pid, 9)
"""
"""A shell with one job."""


def test_ctrl_z_goes_back_to_the_shell_that_can_continue_it() -> None:
    terminal = Terminal([sys.executable, "-c", SHELL, *program("pass")])
    terminal.read_until(b"ready")
    terminal.write(b"words\x1a")
    terminal.read_until(b"STOPPED")
    terminal.end()


def test_ctrl_z_does_nothing_where_nobody_could_continue_it() -> None:
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")
    terminal.write(b"zeb\x1ara\x1a")
    terminal.read_until(b"zebra")
    terminal.write(END)
    assert terminal.end() == 0


LONG = "from tests.ui.sample import turn\nworld.add(*(turn(n, reply=f'reply {n:03}.') for n in range(1, 101)))"


@pytest.mark.parametrize("typed_before", [b"", b"some words"])
def test_the_conversation_scrolls_from_the_prompt(typed_before: bytes) -> None:
    terminal = Terminal(program(LONG), (80, 24))
    for keys, shown in (
        (typed_before, b"reply 100"),
        (b"\x1b[5~" * 2, b"reply 09"),
        (b"\x1b[1;5H", b"reply 001"),
        (b"\x1b[6~", b"reply 004"),
        (b"\x1b[1;5F", b"reply 100"),
    ):
        terminal.write(keys)
        terminal.read_until(shown)
        terminal.output = b""
    terminal.write(END)
    assert terminal.end() == 0


async def test_what_is_typed_goes_to_the_prompt_whatever_was_clicked(
    open_app: OpenApp, world: World
) -> None:
    world.add(turn(1, reply="Done."))
    async with open_app() as (app, pilot):
        for number, key in enumerate(("1", "V", "2", "space", "x"), 1):
            await pilot.click(Transcript)
            assert app.screen.query_one(Transcript).has_focus
            await pilot.press(key)
            await settled(app, pilot)
            assert prompt_of(app).has_focus
            assert len(prompt_of(app).text) == number
        assert prompt_of(app).text == "1V2 x"
        await pilot.click(Transcript)
        app.post_message(events.Paste("pasted\nlines"))
        await settled(app, pilot)
        assert prompt_of(app).text == "1V2 xpasted\nlines"
        assert app.current_mode == "chat"


async def test_a_list_that_was_entered_takes_its_own_keys_and_no_digit_is_a_command(
    open_app: OpenApp, world: World
) -> None:
    world.add(turn(1, reply="Done."), *(queued(number) for number in (2, 3)))
    async with open_app() as (app, pilot):
        await pilot.click(Queue)
        assert "› waiting" in screen_text(app)
        await pilot.press("2", "3", "4", "down", "e")
        await settled(app, pilot)
        assert app.current_mode == "chat"
        assert prompt_of(app).text == "message 3"


def queued(number: int) -> Turn:
    return turn(number, text=f"message {number}", state=TurnState.QUEUED)


async def test_tab_completes_in_the_edit_line_and_never_leaves_it(
    open_app: OpenApp, world: World
) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "n", "c")
        field = app.screen.query_one(EditField)
        before = field.value
        await pilot.press("tab")
        assert field.value != before
        await pilot.press("shift+tab")
        assert field.value == before
        assert field.has_focus
        await pilot.press("ctrl+u", *"wi", "tab")
        assert field.value == "wipe"
        await pilot.press("enter", "tab")
        assert field.has_focus
        assert "wipe" in field.value
        await pilot.press("escape")
        assert app.screen.query_one(EditLine).is_open is False
        assert app.screen.query_one(Canvas).has_focus


async def test_the_edit_line_that_was_left_is_closed(open_app: OpenApp, world: World) -> None:
    world.build(DRAFT)
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("f4", "v")
        line = app.screen.query_one(EditLine)
        await pilot.resize_terminal(30, 8)
        await settled(app, pilot)
        app.post_message(events.AppBlur())
        await settled(app, pilot)
        app.post_message(events.AppFocus())
        await pilot.resize_terminal(120, 35)
        await settled(app, pilot)
        assert line.is_open
        assert line.field.has_focus
        await pilot.click(Canvas, offset=(30, 3))
        await settled(app, pilot)
        assert not line.is_open
        assert app.screen.query_one(Canvas).has_focus


async def test_ctrl_y_copies_and_the_field_has_its_own_undo(
    open_app: OpenApp, world: World
) -> None:
    world.add(turn(1, reply="The answer."))
    async with open_app() as (app, pilot):
        await pilot.press(*"one two", "ctrl+w", "ctrl+underscore")
        assert prompt_of(app).text == "one two"
        await pilot.press("ctrl+shift+z")
        assert prompt_of(app).text == "one "
        await pilot.press("ctrl+underscore", "ctrl+y")
        assert app.clipboard == "The answer."
        assert prompt_of(app).text == "one two"


async def test_a_list_that_goes_away_gives_the_prompt_the_focus(
    open_app: OpenApp, world: World
) -> None:
    options = QuestionPart("Which one?", ("beach.mp4", "city.mov"))
    reply = "Which one?\n\n1. beach.mp4\n2. city.mov"
    world.add(turn(1, reply=reply, question=Question("", (options,))))
    async with open_app(120, 35) as (app, pilot):
        await pilot.press("tab")
        assert isinstance(app.focused, Choices)
        await world.show(turn(2, text="said elsewhere", reply="Done."))
        await settled(app, pilot)
        assert prompt_of(app).has_focus


async def test_keys_behind_a_click_on_a_tab_reach_its_screen(
    open_app: OpenApp, world: World
) -> None:
    world.add(*assets())
    async with open_app(120, 35) as (app, pilot):
        assert "F3 Media" in screen_text(app).splitlines()[1][:20]
        for kind in (events.MouseDown, events.MouseUp):
            app.post_message(kind(None, 12, 1, 0, 0, 1, False, False, False, 12, 1))
        for key in ("slash", "z"):
            app.post_message(events.Key(key, "/" if key == "slash" else key))
        await settled(app, pilot)
        assert app.current_mode == "media"
        assert isinstance(app.focused, Field)
        assert app.focused.value == "z"
