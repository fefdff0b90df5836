"""Text fields whose keys work in the order in which they were typed.

Textual runs a binding – Backspace, an arrow, ctrl+u – in the app's own task, and gives letters to the
field at once: what is typed fast while the app is busy is edited in another order, and ctrl+u takes
letters away that came after it.
"""

from __future__ import annotations

from functools import cache

from textual import events
from textual.binding import Binding, BindingsMap
from textual.widget import Widget
from textual.widgets import Input


async def runs_binding(field: Widget, event: events.Key) -> bool:
    """Do what `event` is bound to in `field`, now; False when that is nothing."""
    for binding in _bindings_of(type(field)).get(event.key, ()):
        if await field.app.run_action(binding.action, field):
            event.stop()
            event.prevent_default()
            return True
    return False


@cache
def _bindings_of(kind: type[Widget]) -> dict[str, list[Binding]]:
    """What each key does: by the class itself, else by the next of its bases that has the key."""
    bindings: dict[str, list[Binding]] = {}
    for base in reversed(kind.__mro__):
        bindings |= BindingsMap(vars(base).get("BINDINGS", ())).key_to_bindings
    return bindings


class Field(Input):
    """One line of text."""

    async def on_key(self, event: events.Key) -> None:
        await runs_binding(self, event)
