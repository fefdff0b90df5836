"""Keys and commands of the user's own: what is taken, and what is refused and why."""

from __future__ import annotations

import pytest

from vbtui.base import keys
from vbtui.base.errors import UsageError
from vbtui.base.own_keys import OwnCommand, changed_keys, key_named, own_keys, read_own_keys

MPV = {"key": "M", "title": "Look", "run": ["mpv", "{path}"], "on": "files"}


@pytest.mark.parametrize(
    ("changes", "name", "told"),
    [
        ({"app.nothing": "f10"}, "app.nothing", "there is no key “app.nothing”"),
        ({"prompt.history": "f10"}, "prompt.history", "“prompt.history” cannot be changed"),
        ({"app.export": ""}, "app.export", "app.export must be names of keys"),
        ({"app.export": 9}, "app.export", "app.export must be names of keys"),
        ({"app.export": "ctrl+banana"}, "app.export", "There is no key “ctrl+banana”"),
        ({"app.export": "super+x"}, "app.export", "There is no key “super+x”"),
        ({"app.export": "ctrl+i"}, "app.export", "cannot tell ctrl+i from tab"),
        ({"app.export": "z"}, "app.export", "app.export cannot be on z, which is typed"),
        ({"prompt.send": "space"}, "prompt.send", "cannot be on space"),
        ({"app.export": "ctrl+t"}, "app.export", "app.export and prompt.take_t are both on ctrl+t"),
        ({"media.use": "b"}, "media.use", "media.use and media.replace are both on b"),
        ({"timeline.play": "x"}, "timeline.play", "timeline.play and edits.delete are both on x"),
        ({"timeline.play": "left"}, "timeline.play", "timeline.play and timeline.step are both"),
        (
            {"sessions.new": "escape"},
            "sessions.new",
            "sessions.new and app.stop are both on escape",
        ),
        ({"sessions.new": "end"}, "sessions.new", "sessions.new and list.ends are both on end"),
        ({"edits.text": ","}, "edits.text", "edits.text and timeline.frame are both on comma"),
        (
            {"app.quit": "f10", "app.help": "f10"},
            "app.help",
            "app.help and app.quit are both on f10",
        ),
        (
            {"app": {"quit": "f10", "help": "f10"}},
            "app.quit",
            "app.quit and app.help are both on f10",
        ),
        ({"\x1b[2J": "f10"}, "", "there is no key “”"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_is_not_taken(
    changes: dict[str, object], name: str, told: str
) -> None:
    own = read_own_keys({"media.label": "N", **changes}, [])
    assert own.changes == {"media.label": "N"}
    assert told in own.refused[f"keys.{name}"].sentence


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"media": {"use": "z"}, "app.help": "f10, f1"}, {"media.use": "z", "app.help": "f10,f1"}),
        ({"media.use": "b", "media.replace": "a"}, {"media.use": "b", "media.replace": "a"}),
        ({"media.use": "^t"}, {"media.use": "ctrl+t"}),
        ({"edits.text": "!,;"}, {"edits.text": "exclamation_mark,semicolon"}),
        ({"renders.open": "enter,;"}, {"renders.open": "enter,semicolon"}),
        ({"app.link": "F10"}, {"app.link": "f10"}),
        ({"app.link": "ctrl+f10,alt+x"}, {"app.link": "ctrl+f10,alt+x"}),
        ({"media.label": "shift+n"}, {"media.label": "N"}),
    ],
)
def test_keys_are_changed_by_their_ids(changes: dict[str, object], taken: dict[str, str]) -> None:
    assert read_own_keys(changes, []).changes == taken


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("^s", "ctrl+s"), ("Ctrl+S", "ctrl+s"), ("?", "question_mark"), ("+", "plus"), ("ctrl++", "ctrl+plus"),
        ("^", "circumflex_accent"), ("F12", "f12"), ("shift+Up", "shift+up"), ("PgDn", "pagedown"),
        ("alt+shift+x", "alt+X"), ("é", "é"), (" esc ", "escape"),
    ],
)  # fmt: skip
def test_a_key_is_written_in_more_than_one_way(text: str, name: str) -> None:
    assert key_named(text) == name


def test_every_key_of_the_table_has_a_name() -> None:
    names = [name for key in keys.defaults() if key.action for name in key.keys.split(",")]
    assert len(names) > 100
    assert [name for name in names if key_named(name) != name] == []


def test_a_change_is_tried_beside_the_others() -> None:
    assert changed_keys("media.use", "b", {"media.replace": "a"}) == "b"
    with pytest.raises(UsageError, match=r"media\.use and media\.replace are both on b"):
        changed_keys("media.use", "b", {})


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("mpv", "each is a table"),
        ({**MPV, "shell": True}, "there is no “shell”"),
        ({**MPV, "title": " "}, "title must be"),
        ({**MPV, "run": "mpv {path}"}, "run must be a program"),
        ({**MPV, "run": []}, "run must be a program"),
        ({**MPV, "run": ["mpv", "a\0b"]}, "run must be a program"),
        ({**MPV, "run": ["", "x"]}, "run must be a program"),
        ({**MPV, "on": "tracks"}, "on must be one of: clips, files, videos"),
        ({**MPV, "terminal": "yes"}, "terminal must be"),
        ({**MPV, "key": 3}, "key must be"),
        ({**MPV, "key": "hyper"}, "There is no key “hyper”"),
        ({**MPV, "key": "u"}, "“Look” and media.add are both on u"),
    ],
)
def test_a_command_that_cannot_be_is_told_and_not_taken(table: object, told: str) -> None:
    own = read_own_keys({}, [MPV, table])
    assert [one.title for one in own.commands] == ["Look"]
    assert told in own.refused["commands.2"].sentence


def test_a_command_may_take_the_key_that_another_has_left() -> None:
    own = read_own_keys({"media.add": "U"}, [{**MPV, "key": "u"}])
    assert own.refused == {}
    assert [key.keys for key in own_keys(own.commands)] == ["u"]


def test_two_commands_on_one_key_clash_where_they_meet() -> None:
    again = {**MPV, "title": "Again"}
    own = read_own_keys({}, [MPV, again, {**again, "on": "videos"}])
    assert [(one.title, one.on) for one in own.commands] == [("Look", "files"), ("Again", "videos")]
    assert own.refused.keys() == {"commands.2"}


def test_places_are_filled_once_and_a_name_stays_what_it_is() -> None:
    command = OwnCommand("M", "Look", ("run", "--of={project}", "{path}", "{other}"), "files")
    made = command.argv("/a/{project} $(x).mp4", "{path}")
    assert made == ["run", "--of={path}", "/a/{project} $(x).mp4", "{other}"]


def test_a_command_is_a_line_of_the_table() -> None:
    command = OwnCommand("M", "Look", ("/bin/{app.nothing}", "x"), "clips")
    keys.use({}, own_keys([command]))
    try:
        (key,) = [key for key in keys.of_scope("timeline") if key.id == "timeline.own1"]
        assert (key.label, key.keys, key.action) == ("Look", "M", "app.own(0)")
        assert keys.fill(key.help) == "Your own command: runs (app.nothing}."
    finally:
        keys.use({})
