"""The table of keys, and what is made from it."""

from __future__ import annotations

import pytest
from textual.binding import Binding

from vbtui.ui import keys
from vbtui.ui.dialogs.help import help_content
from vbtui.ui.keys import BY_ID, TABLE
from vbtui.ui.keys.key import Key, display_of

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
    "app.quit": "ctrl+q",
}


def test_keys_that_users_rely_on_stay() -> None:
    assert {name: BY_ID[name].keys for name in CONTRACT} == CONTRACT


def test_every_key_has_an_id_of_its_own() -> None:
    assert len(BY_ID) == len(TABLE)


@pytest.mark.parametrize("scope", SCOPES)
def test_no_key_means_two_things_in_one_place(scope: str) -> None:
    names = [name for key in keys.of_scope(scope) if key.action for name in key.keys.split(",")]
    doubled = {name for name in names if names.count(name) > 1}
    # Cancel and retry share no state of an export, so one key may stand in each other's place.
    assert not doubled


@pytest.mark.parametrize("scope", SCOPES)
def test_footer_of_every_place_fits_80_columns(scope: str) -> None:
    everywhere = [*keys.of_scope(scope), *keys.of_scope("app")]
    fitting = keys.fit_footer(dict.fromkeys(everywhere), 80)
    assert keys.footer_width(fitting) <= 80
    assert BY_ID["app.help"] in fitting


def test_footer_drops_the_least_important_keys_first() -> None:
    wide = keys.fit_footer(keys.of_scope("app"), 200)
    narrow = keys.fit_footer(keys.of_scope("app"), 20)
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
        missing = [key.id for key in TABLE if key.scope in scopes and key.tooltip not in text]
        assert not missing


def test_documentation_only_keys_make_no_binding() -> None:
    silent = [key for key in TABLE if not key.action]
    bound = {binding.id for scope in SCOPES for binding in keys.bindings(scope)}
    assert silent
    assert not bound & {key.id for key in silent}


def test_key_scope_is_the_first_part_of_its_id() -> None:
    assert Key("media.retry", "r", "retry", "", "", "").scope == "media"
