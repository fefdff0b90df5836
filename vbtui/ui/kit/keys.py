"""What the screens make of the table of keys: bindings, and the choice of those that fit in the footer."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from vbtui.base.keys import Key, fill, of_scope


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
