"""The table: what a move and a scroll draw anew, and what they must not leave as it was."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.content import Content

from tests.ui.conftest import screen_lines
from vbtui.ui.kit.grid import Column, Grid


@dataclass(frozen=True)
class Row:
    number: int
    text: str = ""


class Host(App[None]):
    CSS = "Grid { scrollbar-size: 0 0; }"

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.marked: set[int] = set()

    def compose(self) -> ComposeResult:
        yield Grid[Row](
            [Column("Row", 20, self._cell)],
            lambda row: row.number,
            is_marked=lambda row: row.number in self.marked,
        )

    def _cell(self, row: Row) -> Content:
        self.drawn.append(row.number)
        return Content(f"row {row.number} {row.text}")

    def lines(self) -> list[str]:
        return [line.text.rstrip() for line in screen_lines(self)]


async def test_a_move_and_a_scroll_draw_what_is_new() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        grid = app.query_one(Grid)
        grid.show([Row(number) for number in range(100)])
        await pilot.pause()
        app.drawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert set(app.drawn) == {0, 1}
        await pilot.press("end")
        await pilot.pause()
        assert app.lines()[-1] == "› row 99"
        await pilot.press("home")
        await pilot.pause()
        app.drawn.clear()
        grid.scroll_to(y=1, animate=False, immediate=True)
        await pilot.pause()
        assert set(app.drawn) == {11}
        assert app.lines()[-1].strip() == "row 11"


async def test_what_changes_is_drawn_anew() -> None:
    app = Host()
    async with app.run_test(size=(40, 12)) as pilot:
        grid = app.query_one(Grid)
        grid.show([Row(number) for number in range(5)])
        await pilot.pause()
        app.marked.add(3)
        grid.refresh()
        await pilot.pause()
        assert " ✓row 3" in app.lines()
        grid.update_row(Row(2, "new"))
        await pilot.pause()
        assert "  row 2 new" in app.lines()
        grid.show([Row(7)])
        await pilot.pause()
        assert "row 7" in app.lines()[1]
        assert not any("row 3" in line for line in app.lines())
        await pilot.resize_terminal(30, 12)
        await pilot.pause()
        assert "row 7" in app.lines()[1]
