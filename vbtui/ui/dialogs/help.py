"""F1: the keys that work here, from the key table, and what the focused part is for."""

from __future__ import annotations

from itertools import groupby

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from vbtui.base.keys import Key, fill, table
from vbtui.ui.chat import slash as commands
from vbtui.ui.dialogs.dialog import Dialog
from vbtui.ui.kit.footer import KeyFooter
from vbtui.ui.kit.screen import MainScreen

_ORDER = ("prompt", "chat", "queue", "media", "timeline", "edits", "renders", "app")


class HelpScreen(Dialog[None]):
    """The help of the screen below.

    Args:
        below: the screen that F1 was pressed on.
    """

    AUTO_FOCUS = "#help-keys"

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large"):
            yield Static(Content.styled("Help", "$text-primary bold"))
            for text in self._helps():
                yield Static(Content(text), classes="gap")
            with VerticalScroll(id="help-keys", can_focus=True):
                yield Static(help_content(self._scopes()), classes="gap")
            yield KeyFooter()

    def _helps(self) -> list[str]:
        focused = self._below.focused
        texts = [getattr(self._below, "HELP", ""), getattr(focused, "HELP", "")]
        return [text for text in texts if text]

    def _scopes(self) -> tuple[str, ...]:
        tab = self._below.TAB if isinstance(self._below, MainScreen) else ""
        more = {"chat": ("prompt", "chat", "queue"), "timeline": ("timeline", "edits")}
        return (*more.get(tab, (tab,)), "app")


def help_content(scopes: tuple[str, ...]) -> Content:
    """The keys of these scopes under their headings, and the commands of the prompt."""
    chosen = [key for key in table().values() if key.scope in scopes]
    wide = max((len(key.displays) for key in chosen), default=0)
    lines: list[Content] = []
    for group, members in groupby(sorted(chosen, key=_place), key=lambda key: key.group):
        lines += [Content(""), Content.styled(group, "$text-primary bold")]
        lines += [_line(key.displays, fill(key.help), wide) for key in members]
    if "prompt" in scopes:
        lines += [Content(""), Content.styled("Commands", "$text-primary bold")]
        lines += [
            _line(f"{command.name} {command.argument}".strip(), command.tooltip, wide)
            for command in commands.TABLE
        ]
    return Content("\n").join(lines[1:])


def _place(key: Key) -> tuple[int, int]:
    groups = list(dict.fromkeys(key.group for key in table().values()))
    scope = _ORDER.index(key.scope) if key.scope in _ORDER else 0
    return (groups.index(key.group) + (100 if scope == len(_ORDER) - 1 else 0), 0)


def _line(names: str, tooltip: str, wide: int) -> Content:
    return Content.assemble(("  " + names.ljust(wide + 2), "$text-accent bold"), (tooltip, ""))
