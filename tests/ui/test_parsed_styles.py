"""Style sheets are parsed once, however many screens and widgets bring their own."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from textual.widget import Widget

from vbtui.ui.kit.parsed_styles import ParsedStyles

KINDS: list[type[Widget]] = [
    type(f"Kind{number}", (Widget,), {"DEFAULT_CSS": f"Kind{number} {{ height: {number}; }}"})
    for number in range(1, 80)
]


class Other(Screen[None]):
    CSS = "Other { background: $primary; }"

    def compose(self) -> ComposeResult:
        for kind in KINDS:
            yield kind()


class Late(Widget):
    DEFAULT_CSS = "Late { height: 1; }"


class Host(App[None]):
    CSS = "Screen { color: $primary; }"

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = ParsedStyles(variables=self.stylesheet._variables)


def parsed_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sheets that are parsed from now on, not those that were kept."""
    parsed: list[str] = []
    parse_rules = Stylesheet._parse_rules

    def record(self: Stylesheet, css: str, *rest: object, **more: object) -> object:
        before = set(self._parse_cache.keys())
        rules = parse_rules(self, css, *rest, **more)  # type: ignore[arg-type]
        if set(self._parse_cache.keys()) != before:
            parsed.append(css)
        return rules

    monkeypatch.setattr(Stylesheet, "_parse_rules", record)
    return parsed


def test_a_sheet_is_parsed_once_and_anew_for_other_colours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed = parsed_by(monkeypatch)

    async def run() -> None:
        app = Host()
        async with app.run_test() as pilot:
            await app.push_screen(Other())
            await pilot.pause()
            assert parsed.count(Host.CSS) == parsed.count(Other.CSS) == 1
            await app.screen.mount(Late())
            assert parsed.count(Late.DEFAULT_CSS) == 1
            assert parsed.count(KINDS[0].DEFAULT_CSS) == 1, "many kinds of widgets are kept"
            assert app.screen.query_one("Kind79").size.height == 79
            before = app.screen.styles.color
            app.theme = "textual-light"
            await pilot.pause()
            assert parsed.count(Host.CSS) == 2
            assert app.screen.styles.color != before

    asyncio.run(run())
