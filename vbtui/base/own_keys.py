"""What a user makes of the keys: other keys under `[keys]`, programs on keys under `[[commands]]`.

What cannot be is refused by itself and told, and everything else holds: a key that is not there, one that no
terminal can send, two on one place, a command that names no program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from vbtui.base import keys
from vbtui.base.errors import UsageError
from vbtui.base.keys import SIGNS, Key
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation

Subject = Literal["clips", "files", "videos"]
_SCOPES: Mapping[str, Subject] = {"timeline": "clips", "media": "files", "renders": "videos"}
SUBJECTS = tuple(_SCOPES.values())


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """One of `[[commands]]`: a program on a key."""

    key: str
    """As `[keys]` writes it."""
    title: str
    run: tuple[str, ...]
    """The program and its arguments, each for itself: no shell reads them. `{path}` and `{project}` are filled in."""
    on: Subject
    """What it is for: the clip under the playhead, the files of the media screen, the finished videos."""
    terminal: bool = False
    """It is given the terminal until it ends; otherwise it runs in the background, and its output is shown."""

    def argv(self, path: str, project: str) -> list[str]:
        """What is run. Each place is filled once: a name with braces in it stays what it is."""
        values = {"{path}": path, "{project}": project}
        return [
            re.sub(r"\{path\}|\{project\}", lambda found: values[found[0]], part)
            for part in self.run
        ]


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What was taken, and what was not."""

    changes: Mapping[str, str]
    """Other keys, by id."""
    commands: tuple[OwnCommand, ...]
    refused: Mapping[str, UsageError]
    """Why something of the file does not hold, by its name there: `keys.app.export`, `commands.2`."""


def read_own_keys(changes: object, commands: object) -> OwnKeys:
    """What stands under `[keys]` and `[[commands]]`, as TOML reads it: `app.export = "…"` stands there nested."""
    refused: dict[str, UsageError] = {}
    wanted: dict[str, str] = {}
    given = _flat(changes) if isinstance(changes, dict) else [("", changes)]
    for key_id, value in given:
        try:
            wanted[key_id] = _read(key_id, value)
        except UsageError as error:
            refused[f"keys.{clean_line(key_id)}"] = error
    wanted = _without_clashes(wanted, refused)
    made: list[OwnCommand] = []
    for number, table in enumerate(commands if isinstance(commands, list) else [commands], 1):
        try:
            command = _command(table)
            _refuse_clash(
                {**_held(wanted), **{key.id: key for key in own_keys(made)}}, _key_of(command, 0)
            )
            made.append(command)
        except UsageError as error:
            refused[f"commands.{number}"] = error
    return OwnKeys(wanted, tuple(made), refused)


def own_keys(commands: Iterable[OwnCommand]) -> list[Key]:
    """The lines that these commands are in the table of keys."""
    return [_key_of(command, number) for number, command in enumerate(commands, 1)]


def _key_of(command: OwnCommand, number: int) -> Key:
    scope = next(scope for scope, subject in _SCOPES.items() if subject == command.on)
    program = os.path.basename(command.run[0]).replace("{", "(")
    return Key(
        id=f"{scope}.own{number}",
        keys=command.key,
        label=command.title,
        help=_HELP.of().format(program=program),
        group=_GROUP.of(),
        action=f"app.own({number - 1})",
        footer=25,
    )


_GROUP = Translation("Your own commands", "自定义命令")
_HELP = Translation("Your own command: runs {program}.", "自定义命令：运行 {program}。")


def _flat(changes: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for first, value in changes.items():
        if isinstance(value, dict):
            yield from ((f"{first}.{second}", one) for second, one in value.items())
        else:
            yield first, value


# -- [keys] ----------------------------------------------------------------------------------------


def changed_keys(key_id: str, value: object, changes: Mapping[str, str]) -> str:
    """`value` as the keys of `key_id`, beside these other changes. Raises `UsageError` for a key that cannot
    be, and one that something else is on."""
    wanted = {**changes, key_id: _read(key_id, value)}
    _refuse_clash(_held(wanted), _held(wanted)[key_id])
    return wanted[key_id]


def _read(key_id: str, value: object) -> str:
    key = next((one for one in keys.defaults() if one.id == key_id), None)
    if key is None:
        raise UsageError(code="usage.no_such_key_id", id=clean_line(key_id)[:60])
    if not key.action:
        raise UsageError(code="usage.fixed_key", id=key_id)
    names = [part.strip() for part in _parts(value)] if isinstance(value, str) else []
    if not names:
        raise UsageError(code="usage.key_names", id=key_id, example='"ctrl+e,f8"')
    found = [key_named(name) for name in names]
    if typed := [name for name in found if is_typed(key, name)]:
        raise UsageError(code="usage.typed_key", id=key_id, key=typed[0])
    return ",".join(found)


def _parts(value: str) -> list[str]:
    """`ctrl+e,f8`, also where the comma itself is one of the keys: `,` and `f8,,`."""
    text = value.strip()
    parts = [part for part in text.split(",") if part.strip()]
    return [*parts, ","] if text == "," or text.startswith(",,") or text.endswith(",,") else parts


def is_typed(key: Key, name: str) -> bool:
    """Whether a text could no longer be typed, were `key` on `name`: it goes before what the field takes."""
    is_text = len(name) == 1 or name == "space" or ("+" not in name and name in SIGNS)
    is_editing = name in ("backspace", "delete", "left", "right")
    return (is_text or is_editing) and (key.priority or key.scope in ("prompt", "edit", "label"))


_NAMED = frozenset(
    ["escape", "enter", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up", "down", "left", "right", "space"]
) | {f"f{number}" for number in range(1, 25)}  # fmt: skip
_OTHERWISE = {
    "return": "enter",
    "esc": "escape",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
}
_SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""What a terminal sends for these is another key."""
_MODIFIERS = ("alt", "ctrl", "shift")
_LONGEST = 40


def key_named(text: str) -> str:
    """Textual's name of the key that is written `ctrl+s`, `^s`, `F8`, `?` or `shift+a`.

    Raises `UsageError` for what is no key, and what no terminal can tell from another one.
    """
    wrong = UsageError(code="usage.no_such_key", key=clean_line(text)[:_LONGEST])
    written = re.sub(r"^\^(?=.)", "ctrl+", text.strip())
    head, _, last = written.rpartition("+")
    if not last and written:  # the plus itself
        head, last = written[:-1].rstrip("+"), "+"
    modifiers = {part.strip().lower() for part in head.split("+") if part.strip()}
    if not modifiers <= set(_MODIFIERS):
        raise wrong
    name = _last(last.strip() or last)
    if not name:
        raise wrong
    if len(name) == 1 and "shift" in modifiers and "ctrl" not in modifiers:
        if name.upper() == name.lower():
            raise wrong
        modifiers.discard("shift")
        name = name.upper()
    elif len(name) == 1 and "ctrl" in modifiers:
        name = name.lower()
    whole = "+".join([*(one for one in _MODIFIERS if one in modifiers), name])
    if whole in _SAME:
        raise UsageError(code="usage.same_key", key=whole, other=_SAME[whole])
    if "shift" in modifiers and name in SIGNS:
        raise wrong
    return whole


def _last(text: str) -> str:
    lower = _OTHERWISE.get(text.lower(), text.lower())
    if lower in _NAMED or lower in SIGNS:
        return lower
    sign = next((name for name, one in SIGNS.items() if one == text), "")
    if sign:
        return sign
    return text if len(text) == 1 and text.isalnum() else ""


# -- clashes ---------------------------------------------------------------------------------------

_DIALOGS = ("help", "sessions", "picker", "choose", "versions", "wayout", "formats", "settings")
_TOGETHER = (
    ("prompt", "chat"),
    ("queue", "chat"),
    ("timeline", "edits", "edit"),
    ("media", "edit", "list", "find"),
    ("renders", "list", "find"),
    *(("dialog", "list", "find", scope) for scope in _DIALOGS),
    ("dialog", "label"),
)
"""Scopes besides `app` whose keys work at the same time."""


def _without_clashes(wanted: dict[str, str], refused: dict[str, UsageError]) -> dict[str, str]:
    """`wanted` without what meets another key; two changes that meet each other are both refused."""
    while True:
        held, clashes = _held(wanted), dict[str, UsageError]()
        for key_id in wanted:
            try:
                _refuse_clash(held, held[key_id])
            except UsageError as error:
                clashes[key_id] = error
        if not clashes:
            return wanted
        refused |= {f"keys.{key_id}": error for key_id, error in clashes.items()}
        wanted = {key_id: value for key_id, value in wanted.items() if key_id not in clashes}


def _held(changes: Mapping[str, str]) -> dict[str, Key]:
    return {key.id: key._replace(keys=changes.get(key.id, key.keys)) for key in keys.defaults()}


def _refuse_clash(held: Mapping[str, Key], key: Key) -> None:
    """Raises `UsageError` where `key` is on what another of `held` is on, unless they are so by themselves."""
    default = {one.id: one for one in keys.defaults()}
    before = _names(default[key.id]) if key.id in default else set()
    for other in held.values():
        if other.id == key.id or not _meet(key.scope, other.scope):
            continue
        both = _names(key) & _names(other)
        if other.id in default:
            both -= before & _names(default[other.id])
        if both:
            one, two = _told(key, default), _told(other, default)
            raise UsageError(code="usage.key_clash", id=one, other=two, key=min(both))


def _told(key: Key, table: Mapping[str, Key]) -> str:
    """A command of the user's own goes by its title."""
    return key.id if key.id in table else f"“{key.label}”"


def _meet(one: str, other: str) -> bool:
    """Whether keys of the two scopes work at the same time."""
    return one == other or "app" in (one, other) or any({one, other} <= set(g) for g in _TOGETHER)


def _names(key: Key) -> set[str]:
    return set(key.keys.split(","))


# -- [[commands]] ----------------------------------------------------------------------------------

_FIELDS = ("key", "title", "run", "on", "terminal")


def _command(table: object) -> OwnCommand:
    if not isinstance(table, dict):
        raise UsageError(code="usage.command_table")
    for name in table:
        if name not in _FIELDS:
            raise UsageError(code="usage.command_field", name=clean_line(name)[:60])
    title, run, on = table.get("title"), table.get("run"), table.get("on")
    if not isinstance(title, str) or not (shown := clean_line(title)):
        raise UsageError(code="usage.command_title")
    if not isinstance(run, list) or not run or not all(_is_argument(part) for part in run):
        raise UsageError(code="usage.command_run", example='["mpv", "{path}"]')
    if not run[0].strip():
        raise UsageError(code="usage.command_run", example='["mpv", "{path}"]')
    subject = next((one for one in SUBJECTS if one == on), None)
    if subject is None:
        raise UsageError(code="usage.command_on", known=", ".join(SUBJECTS))
    if not isinstance(terminal := table.get("terminal", False), bool):
        raise UsageError(code="usage.command_terminal")
    key = table.get("key")
    if not isinstance(key, str) or not key.strip():
        raise UsageError(code="usage.command_key")
    return OwnCommand(key_named(key), shown[:40].replace("{", "("), tuple(run), subject, terminal)


def _is_argument(part: object) -> bool:
    return isinstance(part, str) and "\0" not in part
