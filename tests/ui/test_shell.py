"""Header, tabs, screens, footer: the frame around everything."""

from __future__ import annotations

import pytest

from tests.ui.conftest import OpenApp, screen_text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("f2", "Getting Started"),
        ("f3", "No files yet."),
        ("f4", "Nothing on the timeline yet."),
        ("f5", "No exports yet."),
    ],
)
async def test_function_keys_open_the_screens(open_app: OpenApp, key: str, text: str) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("f5" if key != "f5" else "f3", key)
        assert text in screen_text(app)
