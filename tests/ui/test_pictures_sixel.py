"""Sixel pictures for terminals that do not select a colour by defining it."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("textual_image")


async def test_every_colour_is_selected_where_it_is_defined() -> None:
    from PIL import Image
    from textual.app import App, ComposeResult

    from vbtui.ui.pictures.view import sixel_widget

    picture = Image.linear_gradient("L").resize((24, 24)).convert("RGB")

    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield sixel_widget(picture)

    app = Host()
    async with app.run_test():
        (drawing,) = app.screen.children[0].children
        lines = drawing.render_lines(drawing.size.region)
    text = "".join(part.text for line in lines for part in line)
    defined = re.findall(r"#(\d+);2;\d+;\d+;\d+(?:#(\d+))?", text)
    assert len(defined) > 4
    assert all(number == selected for number, selected in defined)
