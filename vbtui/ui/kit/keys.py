"""The table of keys on a screen: Textual's bindings, and the bottom line with those that work right now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import events
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from vbtui.base.keys import Key, fill, of_scope, table
from vbtui.ui.kit.widgets import Drawn


def bindings(scope: str) -> list[Binding]:
    """Textual's bindings of one scope; keys without an action are documentation only."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=bool(key.footer),
            key_display=key.display,
            priority=key.priority,
            tooltip=fill(key.help),
            id=key.id,
        )
        for key in of_scope(scope)
        if key.action
    ]


def fit_footer(keys: Iterable[Key], width: int) -> list[Key]:
    """The keys that fit in `width` cells, the least important left out: the screen's own keys on
    the left, those that work everywhere on the right."""
    placed = sorted((key for key in keys if key.footer), key=lambda key: key.footer)
    kept = sorted(placed, key=lambda key: key.scope == "app")
    while kept and footer_width(kept) > width:
        kept.remove(max(kept, key=_dispensable))
    return kept


def _dispensable(key: Key) -> int:
    """Higher goes first: of the screen's own keys and of the others, those with a high place."""
    return key.footer if key.scope != "app" else 3 * key.footer + 3


def footer_width(keys: Iterable[Key]) -> int:
    """Cells that the keys take, two blanks between them and one at each end."""
    from rich.cells import cell_len

    widths = [cell_len(key.display) + 1 + cell_len(key.label) for key in keys]
    return sum(widths) + 2 * max(len(widths) - 1, 0) + 2


def keys_at(screen: Screen[Any]) -> list[tuple[Key, ActiveBinding]]:
    """The keys of the table that `screen` shows as it is now, each once; those that do nothing
    right now are not `enabled`."""
    known = table()
    found: dict[tuple[str, bool], tuple[Key, ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        name = active.binding.id
        if name in known:
            found.setdefault((name, active.enabled), (known[name], active))
    return list(found.values())


class KeyFooter(Drawn):
    """Shows as many of the keys that work now as fit; a click does what the key does.

    Where there is room left, those that are impossible now follow in brackets: pressed, they say
    why.
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[Key] = []
        self._impossible: list[Key] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[Any]) -> None:
        if self.is_attached:
            self.redraw()

    def draw(self) -> Content:
        if self.screen.is_active:  # below a dialog no key of the screen works: they stay as they were
            found = keys_at(self.screen)
            self._keys = [key for key, active in found if active.enabled]
            self._impossible = [key for key, active in found if not active.enabled]
        fitting = fit_footer(self._keys, self.size.width)
        own = [self._item(key) for key in fitting if key.scope != "app"]
        own += self._in_brackets(self.size.width - footer_width(fitting))
        general = [self._item(key) for key in fitting if key.scope == "app"]
        left, right = Content("  ").join(own), Content("  ").join(general)
        gap = max(self.size.width - left.cell_length - right.cell_length - 2, 2 if own else 0)
        return Content.assemble(" ", left, " " * gap, right)

    def _in_brackets(self, room: int) -> list[Content]:
        """As many of the impossible keys as `room` cells take, the most important first."""
        items: list[Content] = []
        for key in sorted(self._impossible, key=lambda key: key.footer):
            item = Content.assemble(("(", "$foreground-muted"), self._item(key), ")")
            room -= item.cell_length + 2
            if key.footer and room >= 0:
                items.append(item.stylize("dim"))
        return items

    def _item(self, key: Key) -> Content:
        text = Content.assemble(
            (key.display, "$text-accent bold"), (" " + key.label, "$foreground-muted")
        )
        return text.stylize(Style.from_meta({"press": key.keys.split(",")[0]}))

    async def on_click(self, event: events.Click) -> None:
        name = event.style.meta.get("press")
        if isinstance(name, str):
            self.app.simulate_key(name)
