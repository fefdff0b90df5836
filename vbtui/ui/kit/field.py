"""Text fields whose keys work in the order in which they were typed.

Textual runs a binding – Backspace, an arrow, ctrl+u – in the app's own task, and gives letters to the
field at once: what is typed fast while the app is busy is edited in another order, and ctrl+u takes
letters away that came after it.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input


async def runs_binding(field: Widget, event: events.Key) -> bool:
    """Do what `event` is bound to in `field`, now; False when that is nothing."""
    for binding in field._bindings.key_to_bindings.get(event.key, ()):
        if await field.app.run_action(binding.action, field):
            event.stop()
            event.prevent_default()
            return True
    return False


class Field(Input):
    """One line of text."""

    async def _on_key(self, event: events.Key) -> None:
        if not await runs_binding(self, event):
            await super()._on_key(event)
