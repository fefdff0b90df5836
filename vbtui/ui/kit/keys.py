"""The table of keys on a screen: Textual's bindings, and the bottom line with those that work right now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from rich.cells import cell_len
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
    """The keys that fit in `width` cells, those with the highest places left out: the screen's own keys on
    the left by their places, those that work everywhere on the right, in the table's order."""
    placed = [key for key in keys if key.footer]
    own = sorted((key for key in placed if key.scope != "app"), key=lambda key: key.footer)
    order = list(table())
    general = [key for key in placed if key.scope == "app"]
    kept = own + sorted(general, key=lambda key: order.index(key.id))
    while kept and footer_width(kept) > width:
        kept.remove(max(kept, key=lambda key: key.footer))
    return kept


def footer_items(keys: Iterable[Key]) -> list[tuple[Key, ...]]:
    """Each key by itself, but neighbours that share a word together."""
    shared = groupby(enumerate(keys), key=lambda item: item[1].short or item[0])
    return [tuple(key for _, key in members) for _, members in shared]


def footer_width(keys: Iterable[Key]) -> int:
    """Cells that the keys take, two blanks between them and one at each end."""
    widths = [
        sum(cell_len(key.display) + 1 for key in item) + cell_len(item[-1].short or item[-1].label)
        for item in footer_items(keys)
    ]
    return sum(widths) + 2 * max(len(widths) - 1, 0) + 2


def _item(keys: Sequence[Key]) -> Content:
    """`s Split`, `[ ] Trim`: each key is pressed where it is clicked on."""
    pieces = [
        Content.styled(key.display + " ", "$text-accent bold").stylize(_pressed(key))
        for key in keys
    ]
    word = Content.styled(keys[-1].short or keys[-1].label, "$foreground-muted")
    return Content.assemble(*pieces, word.stylize(_pressed(keys[-1])))


def _pressed(key: Key) -> Style:
    return Style.from_meta({"press": key.keys.split(",")[0]})


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
        if (
            self.screen.is_active
        ):  # below a dialog no key of the screen works: they stay as they were
            found = keys_at(self.screen)
            self._keys = [key for key, active in found if active.enabled]
            if table()["app.keys"] in self._keys:  # it does the same, and no text is typed
                self._keys = [key for key in self._keys if key.id != "app.help"]
            self._impossible = [key for key, active in found if not active.enabled]
        fitting = fit_footer(self._keys, self.size.width)
        own = [_item(keys) for keys in footer_items(key for key in fitting if key.scope != "app")]
        own += self._in_brackets(self.size.width - footer_width(fitting))
        general = [_item([key]) for key in fitting if key.scope == "app"]
        left, right = Content("  ").join(own), Content("  ").join(general)
        gap = max(self.size.width - left.cell_length - right.cell_length - 2, 2 if own else 0)
        return Content.assemble(" ", left, " " * gap, right)

    def _in_brackets(self, room: int) -> list[Content]:
        """As many of the impossible keys as `room` cells take, the most important first."""
        items: list[Content] = []
        for key in sorted(self._impossible, key=lambda key: key.footer):
            item = Content.assemble(("(", "$foreground-muted"), _item([key]), ")")
            room -= item.cell_length + 2
            if key.footer and room >= 0:
                items.append(item.stylize("dim"))
        return items

    async def on_click(self, event: events.Click) -> None:
        name = event.style.meta.get("press")
        if isinstance(name, str):
            self.app.simulate_key(name)
