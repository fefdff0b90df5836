"""The one table of keys: bindings, footer, command palette and help are made from it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from vbtui.ui.keys import chat, everywhere, media, renders, timeline
from vbtui.ui.keys.key import Key

TABLE: tuple[Key, ...] = (
    *everywhere.TABLE,
    *chat.TABLE,
    *media.TABLE,
    *timeline.TABLE,
    *renders.TABLE,
)

BY_ID = {key.id: key for key in TABLE}


def of_scope(scope: str) -> tuple[Key, ...]:
    """The keys of one screen or widget, in the table's order."""
    return tuple(key for key in TABLE if key.scope == scope)


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
            tooltip=key.tooltip,
            id=key.id,
            group=None,
        )
        for key in of_scope(scope)
        if key.action
    ]


def fit_footer(keys: Iterable[Key], width: int) -> list[Key]:
    """The keys that fit in `width` cells, the least important left out, in order of the footer."""
    kept = sorted((key for key in keys if key.footer), key=lambda key: key.footer)
    kept = _screen_first(kept)
    while kept and footer_width(kept) > width:
        kept.remove(max(kept, key=_dispensable))
    return kept


def _screen_first(kept: list[Key]) -> list[Key]:
    """The screen's own keys on the left, those that work everywhere on the right."""
    return [key for key in kept if key.scope != "app"] + [key for key in kept if key.scope == "app"]


def _dispensable(key: Key) -> int:
    """Higher goes first: of the screen's own keys and of the others, those with a high place."""
    return key.footer if key.scope != "app" else 3 * key.footer + 3


def footer_width(keys: Iterable[Key]) -> int:
    """Cells that the keys take, two blanks between them and one at each end."""
    from rich.cells import cell_len

    widths = [cell_len(key.display) + 1 + cell_len(key.label) for key in keys]
    return sum(widths) + 2 * max(len(widths) - 1, 0) + 2
