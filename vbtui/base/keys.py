"""The table of keys: `keys.toml`, its words in Chinese (`keys.zh.toml`), and what the user made of it in the
settings (`own_keys`).

Bindings, footer, help (F1), palette, the README's sheet and all sentences that name a key are made
from the file. A table in it is a heading of the help, a line is a key: its id, and the fields of `Key`.

It stands below everything that speaks: a sentence that names a key asks for its name here, so that a
changed key is told as it is.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from vbtui.base.spoken import speaks_chinese

_changes: Mapping[str, str] = {}
"""What this process was told by `use`: a user has one keyboard."""
_own: tuple[Key, ...] = ()
"""As those, the keys of the user's own commands."""


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


def use(changes: Mapping[str, str], own: Sequence[Key] = ()) -> None:
    """Change keys in this process, as the settings allowed it, and speak of them in its language: before the
    screens are imported, which are bound to the keys that hold then.

    Args:
        own: keys of the user's own commands.
    """
    global _changes, _own
    _changes, _own = changes, tuple(own)
    table.cache_clear()


@cache
def table() -> dict[str, Key]:
    """The keys that hold, by id, in the order of the file, in the language of this process."""
    words = translated() if speaks_chinese() else {}
    groups = words.get("groups", {})
    found = {
        key.id: key._replace(
            group=groups.get(key.group, key.group),
            **words.get(key.id, {}),
        )
        for key in defaults()
    }
    found |= {
        key_id: found[key_id]._replace(keys=changed, shown="")
        for key_id, changed in _changes.items()
    }
    return found | {key.id: key for key in _own}


@cache
def defaults() -> tuple[Key, ...]:
    """The keys as they are in the file, in English."""
    return tuple(
        Key(id=name, group=group, **line)
        for group, lines in _read(".toml").items()
        for name, line in lines.items()
    )


@cache
def translated() -> dict[str, dict[str, Any]]:
    """What `label`, `help` and `short` of each key are in Chinese, by id; the headings under `groups`."""
    return _read(".zh.toml")


def _read(ending: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(ending).read_text(encoding="utf-8"))


def of_scope(scope: str) -> list[Key]:
    """The keys of one screen or widget, in the table's order."""
    return [key for key in table().values() if key.scope == scope]


def key_name(key_id: str) -> str:
    """`ctrl+s`, `F2`, `Enter`: the key as a sentence writes it."""
    key = table()[key_id]
    *modifiers, last = key.keys.split(",")[0].split("+")
    return "+".join((*modifiers, key.shown or display_of(last)))


def fill(text: str) -> str:
    """`text` with `{app.export}` and its like replaced by the names of the keys, `{^app.export}` by the keys as the
    footer writes them."""
    return re.sub(PLACE, lambda match: written(match[1]), text)


PLACE = r"\{(\^?[a-z]+\.\w+)\}"
"""Where a text names a key."""


def written(place: str) -> str:
    """The key of such a place: `ctrl+s` of `app.export`, `^s` of `^app.export`."""
    return table()[place[1:]].display if place[0] == "^" else key_name(place)


SIGNS: Mapping[str, str] = {
    "slash": "/",
    "backslash": "\\",
    "at": "@",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    **{
        unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_"): sign
        for sign in "!\"#$%&'()*,.:;<=>?[]^`{|}~"
    },
}
"""The signs of a keyboard, by Textual's names."""
_SPECIAL = {
    **SIGNS,
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "backspace": "⌫",
    "delete": "Del",
    "insert": "Ins",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "tab": "Tab",
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
