"""The table of keys: `keys.toml`, and what the user changed of it under `[keys]` in the settings.

Bindings, footer, help (F1), palette, the README's sheet and all sentences that name a key are made
from the file. A table in it is a heading of the help, a line is a key: its id, and the fields of `Key`.

It stands below everything that speaks: a sentence that names a key asks for its name here, so that a
changed key is told as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_changes: Mapping[str, str] = {}
"""What this process was told by `use`: a user has one keyboard."""


class Key(NamedTuple):
    """One key."""

    id: str
    """`<scope>.<name>`, fixed: users change keys by it. The scope is the screen or widget that owns it."""
    keys: str
    """Textual's names, separated by commas; the first is shown."""
    label: str
    """One or two words for the footer."""
    help: str
    """A sentence, in which `{app.chat}` is the name of that key."""
    group: str
    """The heading of the help that it stands under."""
    short: str = ""
    """The word of the footer that it shares with its neighbours there: `[ ] Trim`; empty: its label."""
    action: str = ""
    """What it runs, without `action_`; none: the widget itself does it, and it cannot be changed."""
    footer: int = 0
    """Its place in the footer: 1 stays longest when space is short; 0: never there."""
    shown: str = ""
    """How it is written where that is not made from `keys`."""
    priority: bool = False
    """It wins over the keys of the part that has the focus."""
    palette: bool = True
    """Whether the palette offers it."""

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def display(self) -> str:
        """`^s`, `F2`, `Enter`: the key as the footer writes it."""
        return self.shown or display_of(self.keys.split(",")[0])

    @property
    def displays(self) -> str:
        """All keys that do it: `Esc`, `x Del`."""
        return self.shown or " ".join(map(display_of, self.keys.split(",")))


def use(changes: Mapping[str, str]) -> None:
    """Change keys in this process, as the settings allowed it: before the screens are imported, which
    are bound to the keys that hold then."""
    global _changes
    _changes = changes
    table.cache_clear()


@cache
def table() -> dict[str, Key]:
    """The keys that hold, by id, in the order of the file."""
    return {
        key.id: key._replace(keys=_changes[key.id], shown="") if key.id in _changes else key
        for key in defaults()
    }


@cache
def defaults() -> tuple[Key, ...]:
    """The keys as they are in the file."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tuple(
        Key(id=name, group=group, **line)
        for group, lines in tomllib.loads(text).items()
        for name, line in lines.items()
    )


def of_scope(scope: str) -> list[Key]:
    """The keys of one screen or widget, in the table's order."""
    return [key for key in table().values() if key.scope == scope]


def key_name(key_id: str) -> str:
    """`ctrl+s`, `F2`, `Enter`: the key as a sentence writes it."""
    key = table()[key_id]
    *modifiers, last = key.keys.split(",")[0].split("+")
    return "+".join((*modifiers, key.shown or display_of(last)))


def fill(text: str) -> str:
    """`text` with `{app.export}` and its like replaced by the names of the keys."""
    return re.sub(r"\{([a-z]+\.\w+)\}", lambda match: key_name(match[1]), text)


_SPECIAL = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "backspace": "⌫",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "slash": "/",
    "underscore": "_",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
    "left_square_bracket": "[",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "right_square_bracket": "]",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def display_of(key: str) -> str:
    """`ctrl+s` as `^s`, `f2` as `F2`, `shift+up` as `⇧↑`."""
    *modifiers, last = key.split("+")
    text = _SPECIAL.get(last, last.upper() if len(last) > 1 and last[0] == "f" else last)
    for modifier in reversed(modifiers):
        text = {"ctrl": "^", "shift": "⇧", "alt": "Alt-"}.get(modifier, modifier + "-") + text
    return text
