"""An answer that grows: wrapped as it comes, the same as if it had come at once."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.selection import Selection
from textual.widgets import Static

from vbtui.ui.chat.answer import MOST_CHARACTERS, GrowingText, Reply, next_break, rows

_LINES = st.text(st.sampled_from("ab c  é漢字。，🎬-​́"), max_size=80)


def broken(line: str, width: int) -> list[str]:
    return [line[start:end] for start, end in rows(line, width)]


@given(_LINES, st.integers(1, 20))
@example("\u200b，。", 1)
@example("\u0301漢字漢字", 1)
def test_nothing_but_spaces_is_lost_and_every_row_fits(line: str, width: int) -> None:
    parts = broken(line, width)
    assert "".join("".join(parts).split()) == "".join(line.split())
    assert all(cell_len(part) <= max(width, 2) for part in parts)


@given(st.text("ab  ", max_size=60), st.integers(2, 20))
def test_narrow_lines_are_broken_as_any_others(line: str, width: int) -> None:
    with_wide = broken(line + " 漢字漢字漢字漢字漢字漢字", width)
    narrow = broken(line, width)
    assert with_wide[: len(narrow) - 1] == narrow[:-1]


def test_where_lines_are_broken() -> None:
    assert broken("", 10) == [""]
    assert broken("one two three", 7) == ["one two", "three"]
    assert broken("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert broken("a  b", 2) == ["a", "b"]
    assert broken("我加了标题，好了", 10) == ["我加了标", "题，好了"]
    assert broken("標題字。", 6) == ["標題", "字。"]


class Host(App[None]):
    CSS = "Reply, GrowingText { height: auto; }"

    def compose(self) -> ComposeResult:
        yield Reply()


def shown(reply: Reply) -> list[str]:
    text = reply.query_one(GrowingText)
    strips = text.render_lines(text.size.region)
    return [strip.text.rstrip() for strip in strips]


async def test_what_grows_looks_as_if_it_had_come_at_once() -> None:
    words = "".join(
        f"字{number} wörd. " + ("\n\n" if number % 40 == 0 else "") for number in range(300)
    )
    async with Host().run_test(size=(40, 10)) as pilot:
        reply = pilot.app.query_one(Reply)
        for end in range(1, len(words), 37):
            await reply.show(words[:end], is_over=False)
            await pilot.pause()
        await reply.show(words, is_over=True)
        await pilot.pause()
        grown = shown(reply)
        text = reply.query_one(GrowingText)
        assert text.size.height == len(grown)
        text.show("")
        text.show(words.strip("\n"))
        await pilot.pause()
        assert shown(reply) == grown
        assert "".join("".join(grown).split()) == "".join(words.split())


async def test_only_what_is_new_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped: list[str] = []

    def noted(line: str, width: int) -> list[tuple[int, int]]:
        wrapped.append(line)
        return rows(line, width)

    async with Host().run_test(size=(40, 10)) as pilot:
        reply = pilot.app.query_one(Reply)
        text = "\n\n".join(f"paragraph {number}" for number in range(200))
        await reply.show(text, is_over=False)
        await pilot.pause()
        monkeypatch.setattr("vbtui.ui.chat.answer.rows", noted)
        await reply.show(text + " grows", is_over=False)
        await pilot.pause()
        assert wrapped == ["paragraph 199 grows"]


async def test_the_mouse_selects_what_was_written_not_how_it_is_broken() -> None:
    async with Host().run_test(size=(22, 10)) as pilot:
        reply = pilot.app.query_one(Reply)
        await reply.show("one two three four five six\n\nseven", is_over=True)
        await pilot.pause()
        text = reply.query_one(GrowingText)
        selection = Selection.from_offsets(Offset(4, 0), Offset(3, 2))
        assert text.get_selection(selection) == ("two three four five six\n\nsev", "\n")
        pilot.app.screen.selections = {text: selection}
        await pilot.pause()
        row = text.render_lines(text.size.region)[1]
        assert {segment.style.meta["offset"][1] for segment in row if segment.style} == {0}
        first = text.render_lines(text.size.region)[0]
        assert [segment.text for segment in first][:2] == ["one ", "two three four"]


async def test_the_end_of_an_endless_answer_is_shown() -> None:
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        text = ""
        for number in range(30):
            text += f"{number} " + "word " * 1000
            await reply.show(text, is_over=number == 29)
        assert reply.text.startswith("…")
        assert reply.text.split()[-1000:] == text.split()[-1000:]
        assert len(reply.text) <= MOST_CHARACTERS + 1
        assert reply.query_one(GrowingText).text.split() == reply.text.split()
    assert next_break("aa bb\n\ncc", 1) == 7


async def test_markdown_that_comes_late_is_shown_as_such() -> None:
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        plain = ("word " * 200 + "\n\n") * 10
        await reply.show(plain, is_over=False)
        await reply.show(plain + "- **one**\n- two\n\nlast", is_over=False)
        assert reply.has_blocks is False
        assert reply.query_one(GrowingText).text == "last"
        await reply.show(plain + "- **one**\n- two\n\nlast", is_over=True)
        assert reply.has_blocks
        assert not reply.query_one(GrowingText).display
        assert not [one for one in reply.children if isinstance(one, Static) and one.display]


async def test_what_grows_takes_room_ahead_and_fits_when_it_is_over() -> None:
    """So the screen is laid out once for several lines, and what is below does not move with each."""
    async with Host().run_test(size=(40, 60)) as pilot:
        reply = pilot.app.query_one(Reply)
        heights, text = [], ""
        for number in range(23):
            text += f"line {number}\n"
            await reply.show(text, is_over=False, ahead=8)
            await pilot.pause()
            heights.append(reply.size.height)
        assert heights[:5] == [1, 2, 3, 4, 5], "a short answer takes what it needs"
        assert heights == sorted(heights)
        assert len(set(heights[5:])) == 3
        assert heights[-1] > 23
        await reply.show(text, is_over=True)
        await pilot.pause()
        assert reply.size.height == 23
        assert shown(reply) == text.splitlines()


async def test_a_block_that_is_complete_takes_of_the_room_that_was_taken() -> None:
    async with Host().run_test(size=(40, 60)) as pilot:
        reply = pilot.app.query_one(Reply)
        paragraph = "".join(f"- line {number}\n" for number in range(8))
        await reply.show(paragraph, is_over=False, ahead=8)
        await pilot.pause()
        before = reply.size.height
        for rest in ("\n", "\nand", "\nand more"):
            await reply.show(paragraph + rest, is_over=False, ahead=8)
            await pilot.pause()
            assert before <= reply.size.height <= before + 2
