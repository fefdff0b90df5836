"""Keys that were typed fast, in the order in which they were typed."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widget import Widget

from vbtui.ui.chat.prompt import Prompt
from vbtui.ui.kit.widgets import Field


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Field(id="field")
        yield Prompt()


def value(widget: Widget) -> str:
    return (
        widget.value
        if isinstance(widget, Field)
        else widget.text
        if isinstance(widget, Prompt)
        else ""
    )


@pytest.mark.parametrize("name", ["#field", "#prompt"])
@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["a", "b", "ctrl+u", "c"], "c"),
        (["t", "e", "h", "backspace", "backspace", "h", "e"], "the"),
        (["a", "c", "left", "b", "right", "d"], "abcd"),
        (["b", "home", "a", "end", "c"], "abc"),
    ],
)  # fmt: skip
async def test_editing_keys_do_not_wait_for_the_app(name: str, keys: list[str], text: str) -> None:
    app = Host()
    async with app.run_test() as pilot:
        widget = app.query_one(name)
        widget.focus()
        await pilot.pause()
        for key in keys:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert value(widget) == text
