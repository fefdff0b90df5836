"""The table of keys, and what is made from it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode

import vbtui
from tests import keysheet
from tests.ui.conftest import OpenApp, settled
from tests.ui.sample import fill as fill_world
from tests.ui.world import World
from vbtui.base.keys import (
    defaults,
    display_of,
    fill,
    key_name,
    of_scope,
    table,
    translated,
    use,
)
from vbtui.ui.app import VbtuiApp
from vbtui.ui.chat.transcript import Transcript
from vbtui.ui.dialogs.dialog import help_content
from vbtui.ui.kit import keys

BY_ID = table()
SOURCE = Path(vbtui.__file__).parent
TABLE = tuple(BY_ID.values())
SCOPES = sorted({key.scope for key in TABLE})

CONTRACT = {
    "app.chat": "f2",
    "app.media": "f3",
    "app.timeline": "f4",
    "app.renders": "f5",
    "app.1": "1",
    "app.2": "2",
    "app.3": "3",
    "app.4": "4",
    "prompt.send": "enter",
    "prompt.newline": "ctrl+n,shift+enter",
    "app.stop": "escape,alt+escape",
    "app.export": "ctrl+s",
    "app.upload": "ctrl+o",
    "app.palette": "ctrl+p",
    "app.help": "f1",
    "app.keys": "question_mark",
    "app.quit": "ctrl+q",
}


def test_keys_that_users_rely_on_stay() -> None:
    assert {name: BY_ID[name].keys for name in CONTRACT} == CONTRACT


@pytest.mark.parametrize("scope", SCOPES)
def test_no_key_means_two_things_in_one_place(scope: str) -> None:
    names = [name for key in of_scope(scope) if key.action for name in key.keys.split(",")]
    doubled = {name for name in names if names.count(name) > 1}
    # Cancel and retry share no state of an export, so one key may stand in each other's place.
    assert not doubled


@pytest.mark.parametrize("scope", SCOPES)
def test_footer_of_every_place_fits_80_columns(scope: str) -> None:
    everywhere = [*of_scope(scope), *of_scope("app")]
    fitting = keys.fit_footer(dict.fromkeys(everywhere), 80)
    assert keys.footer_width(fitting) <= 80
    assert BY_ID["app.help"] in fitting


def test_escape_means_the_same_with_alt() -> None:
    """Under tmux a second Escape may come as alt+escape: it must not stop what the first one left alone."""
    of_escape = {key.id: key.keys for key in TABLE if key.keys.startswith("escape")}
    assert set(of_escape.values()) == {"escape,alt+escape"}


def test_the_footer_of_the_timeline_edits_before_all_else() -> None:
    everywhere = [key for key in of_scope("app") if key.id not in ("app.help", "app.stop")]
    normally = [key for key in of_scope("edits") if key.id not in ("edits.clear", "edits.reread")]
    moving = [key for key in of_scope("timeline") if key.id != "timeline.stop"]
    items = keys.footer_items(keys.fit_footer([*normally, *moving, *everywhere], 80))
    shown = [
        " ".join([*(key.display for key in item), item[-1].short or item[-1].label])
        for item in items
    ]
    assert shown == [
        "s Split",
        "x Delete",
        "[ ] Trim",
        "c Transition",
        "t Text",
        "v Volume",
        "Space Play",
        "? All",
    ]


def test_footer_drops_the_least_important_keys_first() -> None:
    wide = keys.fit_footer(of_scope("app"), 200)
    narrow = keys.fit_footer(of_scope("app"), 20)
    assert set(narrow) < set(wide)
    assert BY_ID["app.quit"] not in narrow


@pytest.mark.parametrize(
    ("name", "shown"),
    [("ctrl+s", "^s"), ("f2", "F2"), ("f", "f"), ("shift+up", "⇧↑"), ("alt+escape", "Alt-Esc")],
)
def test_keys_are_written_as_people_write_them(name: str, shown: str) -> None:
    assert display_of(name) == shown


def test_bindings_carry_id_and_tooltip() -> None:
    bindings = keys.bindings("app")
    assert all(isinstance(one, Binding) and one.id in BY_ID and one.tooltip for one in bindings)


def test_help_tells_every_key_of_its_places() -> None:
    for scopes in (("prompt", "chat", "queue", "app"), ("media", "app"), ("timeline", "app")):
        text = help_content(scopes).plain
        missing = [key.id for key in TABLE if key.scope in scopes and fill(key.help) not in text]
        assert not missing


def test_every_key_has_its_words_in_chinese() -> None:
    """They stand in `keys.zh.toml`."""
    words = dict(translated())
    groups = words.pop("groups")
    assert words.keys() == {key.id for key in defaults()}
    assert groups.keys() == {key.group for key in defaults()}
    for key in defaults():
        assert words[key.id].keys() == {"label", "help", *(["short"] if key.short else [])}, key.id
        assert fill(words[key.id]["help"])


def test_documentation_only_keys_make_no_binding() -> None:
    silent = [key for key in TABLE if not key.action]
    bound = {binding.id for scope in SCOPES for binding in keys.bindings(scope)}
    assert silent
    assert not bound & {key.id for key in silent}


def test_the_sheet_in_the_readme_is_that_of_the_table() -> None:
    text = keysheet.README.read_text(encoding="utf-8")
    assert text == keysheet.written(text), "run: python -m tests.keysheet"


_NAMES_A_KEY = re.compile(
    r"\bF[1-7]\b|\b(?:Esc|Escape|Enter|PgUp|PgDn)\b|\b[Cc]trl\+[a-z]\b|\^[a-z]\b|\b[Pp]ress [a-z]\b"
)


@pytest.mark.parametrize(
    "room", sorted({path.parent for path in SOURCE.rglob("*.py")}), ids=lambda room: room.name
)
def test_no_sentence_names_a_key_by_hand(room: Path) -> None:
    found = {path.name: named for path in room.glob("*.py") if (named := _named(path))}
    if room.name == "base":
        assert found.pop("keys.py") == ["Enter", "Esc", "PgUp", "PgDn"]  # how keys are written
        *same, example = found.pop("own_keys.py")  # what terminals cannot tell apart
        assert (len(same), example) == (4, '"ctrl+e,f8"')
        assert len(found.pop("catalogue.py")) == 2  # how they are written in the settings
    assert not found


def _named(path: Path) -> list[str]:
    """The texts in `path` that name a key."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        if _NAMES_A_KEY.search(node.value)
    ]


def test_a_sentence_tells_a_changed_key() -> None:
    use({"app.export": "alt+f9"})
    try:
        assert fill("again with {app.export}") == "again with alt+F9"
        assert table()["app.export"].display == "Alt-F9"
    finally:
        use({})
    assert key_name("app.export") == "ctrl+s"


_CHANGED = """
import asyncio
from vbtui.base import settings
settings.load()
from tests.ui.world import World, WorldApp

async def main():
    app = WorldApp(World())
    async with app.run_test(size=(120, 35)) as pilot:
        await pilot.press("f10")
        await pilot.pause()
        print(type(app.screen).__name__, app.query_one("KeyFooter").draw().plain)
        await pilot.press("escape", "f1")
        await pilot.pause()
        print(type(app.screen).__name__, app.query_one("KeyFooter").draw().plain)
    await app.end()

asyncio.run(main())
"""


def test_a_changed_key_works_and_is_shown(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\napp.help = "f10"\n')
    done = subprocess.run(
        [sys.executable, "-c", _CHANGED],
        env={**os.environ, "VBTUI_CONFIG": str(config), "PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    help_, chat = done.stdout.splitlines()
    assert help_.startswith("HelpScreen")
    assert chat.startswith("ChatScreen")
    assert "F10 Help" in chat


@pytest.mark.parametrize("name", VbtuiApp.MODES)
def test_a_screen_goes_by_one_name(name: str) -> None:
    screen = getattr(import_module(f"vbtui.ui.{name}.screen"), f"{name.title()}Screen")
    assert name == screen.TAB
    assert Path(screen.CSS_PATH).name == f"{name}.tcss"
    assert screen.BINDINGS
    assert BY_ID[f"app.{name}"].action == f"go('{name}')"


def test_every_key_to_a_screen_has_one() -> None:
    targets = {key.action for key in TABLE if key.action.startswith("go(")}
    assert targets == {f"go('{name}')" for name in VbtuiApp.MODES}


EXCLUSIVE: dict[tuple[str, ...], str] = {
    ("chat.leave", "app.stop"): "first what the prompt holds is left",
    ("find.all", "media.clear", "app.stop"): "while rows are left out; while there is a mark",
    (
        "find.all",
        "dialog.close",
        "app.stop",
    ): "while rows are left out; app.stop is none of a dialog's keys",
    ("find.all", "app.stop"): "while rows are left out",
    ("find.open", "picker.path"): "files are found by the line for a path",
    ("finder.leave", "media.clear", "app.stop"): "the field comes first",
    ("finder.leave", "app.stop"): "the field comes first",
    (
        "timeline.stop",
        "edits.clear",
        "app.stop",
    ): "while the preview plays; while a segment is marked",
    ("dialog.close", "app.stop"): "app.stop is none of a dialog's keys",
    ("picker.upload", "app.upload"): "app.upload is none of a dialog's keys",
    ("picker.upload", "app.export"): "app.export is none of a dialog's keys",
    ("edit.drop", "media.clear", "app.stop"): "the field comes first",
    ("edit.drop", "edits.clear", "app.stop"): "the field comes first",
    ("edit.enter", "submit", "media.play"): "the field comes first",
    ("edit.enter", "submit"): "the field's own Enter has nothing more to do",
    ("submit", "media.play"): "the field comes first",
    ("submit", "picker.enter"): "the field comes first",
    ("submit", "sessions.open"): "the field comes first",
    ("edit.enter", "submit", "settings.edit"): "the field comes first",
    ("delete_right", "settings.reset"): "the field comes first",
    ("edit.drop", "dialog.close", "app.stop"): "the field comes first",
    ("submit", "wayout.write"): "the field comes first",
    ("submit", "choose.choose"): "the dialog takes the Enter of its field",
    ("submit", "label.save"): "the dialog takes the Enter of its field",
    ("delete_left", "picker.up"): "the field comes first",
    ("delete_right", "media.forget"): "the field comes first",
    ("delete_right", "renders.remove"): "the field comes first",
    ("submit", "renders.open"): "the field comes first",
    ("delete_right", "edits.delete"): "the field comes first",
    ("delete_right", "sessions.forget"): "the field comes first",
    ("cursor_left", "picker.up"): "the field comes first",
    ("cursor_right", "picker.enter"): "the field comes first",
    ("home", "media.all"): "the field comes first",
    ("cursor(-1)", "choose.up"): "both go up in the one list",
    ("cursor(1)", "choose.down"): "both go down in the one list",
    ("page_up", "chat.older"): "both scroll the conversation",
    ("page_down", "chat.newer"): "both scroll the conversation",
    **{
        ("prompt.answer", f"app.{digit}"): "a digit is written into the prompt, or is nothing there"
        for digit in "1234"
    },
    **{
        (f"prompt.take_{letter}", action): "an offer is taken while the prompt is empty"
        for letter, action in (
            ("e", "cursor_line_end"),
            ("w", "delete_word_left"),
            ("u", "delete_to_start_of_line"),
            ("d", "delete_right"),
            ("a", "cursor_line_start"),
            ("l", "app.messages"),
        )
    },
}
"""Bindings of one key on one screen, the nearest to the focus first, and why only one of them can be meant."""

_OVER_A_SCREEN = (
    ("chat", "f6"),
    ("chat", "ctrl+l"),
    ("chat", "ctrl+o"),
    ("chat", "ctrl+r"),
    ("chat", "ctrl+f"),
    ("chat", "f1"),
    ("chat", "f12"),
    ("media", "n"),
    ("timeline", "a"),
    ("timeline", "h"),
    ("timeline", "O"),
    ("renders", "a"),
)


async def test_no_key_has_two_meanings_on_one_screen(open_app: OpenApp, world: World) -> None:
    fill_world(world)
    found: dict[tuple[str, ...], set[str]] = {}
    async with open_app(160, 45) as (app, pilot):
        for mode in VbtuiApp.MODES:
            await app.action_go(mode)
            await settled(app, pilot)
            _note_clashes(app, found)
            if mode in ("media", "renders"):
                await pilot.press("slash")
                await settled(app, pilot)
                _note_clashes(app, found)
                await pilot.press("escape")
            for below, key in _OVER_A_SCREEN:
                if below == mode:
                    await pilot.press(key)
                    await settled(app, pilot)
                    assert len(app.screen_stack) == 2, key
                    _note_clashes(app, found)
                    await pilot.press("escape")
                    await settled(app, pilot)
    assert {names: places for names, places in found.items() if names not in EXCLUSIVE} == {}
    assert set(EXCLUSIVE) - set(found) == set(), "no longer so"


def _note_clashes(app: VbtuiApp, found: dict[tuple[str, ...], set[str]]) -> None:
    """Wherever the focus may be: what a key is bound to more than once, with a key of the table among it."""
    for widget in app.screen.query("*"):
        if not widget.can_focus:
            continue
        bound: dict[str, list[str]] = {}
        for node in widget.ancestors_with_self:
            for base in type(node).__mro__:
                for key, bindings in BindingsMap(
                    vars(base).get("BINDINGS", ())
                ).key_to_bindings.items():
                    for one in bindings:
                        if one.id or _acts(node, one.action):
                            bound.setdefault(key, []).append(one.id or one.action)
        for key, doubled in bound.items():
            names = tuple(dict.fromkeys(doubled))
            if len(names) > 1 and BY_ID.keys() & set(names):
                found.setdefault(names, set()).add(f"{key} in {type(widget).__name__}")


def _acts(node: DOMNode, action: str) -> bool:
    """Whether what Textual binds does something here that a key of the table does not do on purpose: the focus
    moves by Tab where Tab means nothing else, a widget scrolls its own sides where it has more than it shows."""
    is_replaced = action in ("app.focus_next", "app.focus_previous", "quit")
    is_off = node.check_action(action.partition("(")[0], ()) is False
    is_scrolling = action.startswith("scroll_") or (
        action in ("page_up", "page_down") and not isinstance(node, Transcript)
    )
    return not (is_replaced or is_off or is_scrolling)
