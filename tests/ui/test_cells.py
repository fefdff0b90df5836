"""What is written to a terminal shows what Textual drew, and no more is written than that takes."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from tests.ui.emulator import Emulator
from vbtui.ui.kit.cells import Cells, Unreadable, turn

WIDTH, HEIGHT = 40, 12
STYLES = [
    "",
    "1",
    "38;2;1;2;3",
    "38;2;1;2;3;48;2;9;9;9",
    "7;31;44",
    "1;4;38;5;7",
    "91;104",
    "48;5;3",
]
WORDS = [
    "word ",
    "clips ",
    "     ",
    "──│",
    "剪辑",
    "한글",
    "é",
    "e\u0301a",
    "👍",
    "👩‍👩‍👧",
    "❤️",
    "✓ ",
    "\u231a",
    "ﾊﾝ",
    "ｗ",
]


def segment(style: str, text: str, link: str = "") -> str:
    """As Textual writes it."""
    shown = f"\x1b[{style}m{text}\x1b[0m" if style else text
    return f"\x1b]8;id=1;{link}\x1b\\{shown}\x1b]8;;\x1b\\" if link else shown


class Walk:
    """A screen that changes by chance."""

    def __init__(self, seed: int, words: list[str]) -> None:
        self.chance = random.Random(seed)
        self.words = words
        self.rows = [self.row() for _ in range(HEIGHT)]

    def row(self, room: int = WIDTH) -> str:
        count, parts = self.chance.randint(0, 7), []
        for _ in range(count):
            text = "".join(self.chance.choices(self.words, k=self.chance.randint(1, 2)))
            room -= cell_len(text)
            if room < 0:
                break
            link = "http://a" if self.chance.random() < 0.05 else ""
            parts.append(segment(self.chance.choice(STYLES), text, link))
        return "".join(parts) + " " * (WIDTH if self.chance.random() < 0.5 else 0)

    def frame(self) -> str:
        """The next one."""
        choice = self.chance.random()
        if choice < 0.3:
            return self.scrolled()
        if choice < 0.4:
            self.rows = [self.row() for _ in range(HEIGHT)]
            return self.painted(range(HEIGHT))
        lines = self.chance.sample(range(HEIGHT), self.chance.randint(1, 4))
        x = self.chance.choice([0, 0, 3, 17])
        text = [f"\x1b[{y + 1};{x + 1}H{self.row(WIDTH - x)}" for y in sorted(lines)]
        return "\r\n".join(text) + self.cursor()

    def scrolled(self) -> str:
        top = self.chance.randint(0, 4)
        bottom = self.chance.randint(top + 4, HEIGHT)
        by = self.chance.choice([1, 1, 2, -1, -3, 4])
        block = self.rows[top:bottom]
        new = [self.row() for _ in range(abs(by))]
        self.rows[top:bottom] = [*block[by:], *new] if by > 0 else [*new, *block[:by]]
        return self.painted(range(top, bottom))

    def painted(self, lines: range) -> str:
        text = [f"\x1b[{y + 1};1H{self.rows[y]}" for y in lines]
        return "\n".join(text) + self.cursor()

    def cursor(self) -> str:
        return f"\x1b[{self.chance.randint(1, HEIGHT)};{self.chance.randint(1, WIDTH)}H"


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("words", [WORDS[:4], WORDS], ids=["sure", "any"])
def test_what_is_written_shows_what_was_drawn(seed: int, words: list[str]) -> None:
    """Every frame at once, and every third alone."""
    walk, cells, sparse = Walk(seed, words), blank(), blank()
    wanted, shown, seldom = (Emulator(WIDTH, HEIGHT) for _ in range(3))
    for number, frame in enumerate(
        [walk.painted(range(HEIGHT)), *(walk.frame() for _ in range(30))]
    ):
        wanted.write(frame)
        cells.draw(frame)
        sparse.draw(frame)
        shown.write(cells.update())
        if number % 7 == 3:
            cells.forget()
        assert drawn(shown) == drawn(wanted), (number, frame)
        if number % 3 == 0:
            seldom.write(sparse.update())
            assert drawn(seldom) == drawn(wanted), (number, frame)


def drawn(terminal: Emulator) -> list[str]:
    """The screen, with the style of each cell; a half character is a blank."""
    return [repr(line) for line in terminal.cells]


def framed(*lines: str, y: int = 0) -> str:
    return "\r\n".join(f"\x1b[{y + at + 1};1H{line}" for at, line in enumerate(lines)) + "\x1b[1;1H"


def blank() -> Cells:
    """A terminal on which everything was drawn once."""
    cells = Cells(WIDTH, HEIGHT)
    cells.draw(framed(*[" " * WIDTH] * HEIGHT))
    return cells


def after(first: str, second: str) -> str:
    """What is written for `second` where `first` is shown."""
    cells = blank()
    cells.draw(first)
    cells.update()
    cells.draw(second)
    return cells.update()


PROSE = [f"line {number} {'abcdefghij'[number] * 20}" for number in range(10)]


def test_nothing_is_written_for_what_is_shown_already() -> None:
    assert after(framed(*PROSE), framed(*PROSE)) == ""
    cells = blank()
    cells.draw(framed(*PROSE))
    assert cells.update()
    assert cells.update() == ""
    cells.forget()
    assert cells.update().count("line") == len(PROSE)


def test_of_a_line_only_what_is_new_is_written() -> None:
    line = segment("31", "some words and")
    written = after(framed(line), framed(segment("31", "some words and more")))
    assert written == "\x1b[1;15H\x1b[31m more\x1b[1;1H"


@pytest.mark.parametrize("by", [1, 3, -1, -2])
def test_lines_that_moved_are_moved_by_the_terminal(by: int) -> None:
    new = [f"{number} new" for number in range(abs(by))]
    moved = [*PROSE[by:], *new] if by > 0 else [*new, *PROSE[:by]]
    written = after(framed(*PROSE), framed(*(line.ljust(WIDTH) for line in moved)))
    assert "aaaa" not in written
    assert "eeee" not in written
    assert written.count("new") == abs(by)


def test_what_stands_beside_lines_that_move_stays() -> None:
    def beside(lines: list[str]) -> str:
        side = ["Timeline", "empty", "", "Media"]
        return framed(
            *(line.ljust(30) + (side[at] if at < 4 else "") for at, line in enumerate(lines))
        )

    shown = Emulator(WIDTH, HEIGHT)
    cells = blank()
    for lines in (PROSE, [*PROSE[1:], "new"]):
        cells.draw(beside(lines))
        written = cells.update()
        shown.write(written)
    assert "bbbb" not in written
    assert [line[30:] for line in shown.lines[:5]] == ["Timeline", "empty", "", "Media", ""]


def test_behind_what_terminals_disagree_about_the_place_is_told_again() -> None:
    written = after(framed(" " * 20), framed("a👍b".ljust(20)))
    assert "\x1b[1;4Hb" in written


def test_only_what_is_different_between_styles_is_written() -> None:
    assert turn("38;2;1;2;3;48;2;9;9;9", "38;2;4;5;6;48;2;9;9;9") == "\x1b[38;2;4;5;6m"
    assert turn("1;31", "1;4;31") == "\x1b[4m"
    assert turn("1;31", "31") == "\x1b[0;31m"
    assert turn("31;44", "31") == "\x1b[0;31m"
    assert turn("31", "97") == "\x1b[97m"
    assert turn("31", "") == "\x1b[0m"


@pytest.mark.parametrize("picture", ["\x1bP0;0;0q#0~-\x1b\\", "\x1b[2J", "\x07"])
def test_what_is_no_text_is_not_understood(picture: str) -> None:
    with pytest.raises(Unreadable):
        Cells(WIDTH, HEIGHT).draw(f"\x1b[1;1Htext{picture}\x1b[2;1H")


def test_what_is_outside_of_the_screen_is_left_out() -> None:
    shown = Emulator(WIDTH, HEIGHT)
    cells = Cells(WIDTH, HEIGHT)
    cells.draw("\x1b[1;36Hlonger than that\x1b[99;1Hbelow\x1b[1;80Hbeside\x1b[1;1H")
    shown.write(cells.update())
    assert shown.lines == [" " * 35 + "longe", *[""] * (HEIGHT - 1)]
