"""A long answer is drawn piece by piece: what is above the last one is never drawn again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from vbtui.ui.blocks import first_piece, next_break
from vbtui.ui.widgets.reply import MOST_CHARACTERS, Reply


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Reply()


async def caught_up(reply: Reply) -> None:
    while reply.is_behind:  # noqa: ASYNC110  # its timer tells nobody
        await asyncio.sleep(0.01)


def test_a_piece_ends_with_a_paragraph_or_between_two_words() -> None:
    assert first_piece("short", 0) is None
    paragraphs = "word " * 900 + "\n\n" + "more " * 100
    assert first_piece(paragraphs, 0) == (paragraphs.index("\n\n") + 2, True)
    one = "word " * 2000
    end, is_paragraph = first_piece(one, 0) or (0, True)
    assert not is_paragraph
    assert one[end - 1] == " "
    assert first_piece("x" * 7000, 0) == (3000, False)
    assert next_break("aa bb\n\ncc", 1) == 7


async def test_pieces_stay_and_nothing_is_lost() -> None:
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        text = ""
        for number in range(60):
            text += f"paragraph {number} " + "word " * 150 + "\n\n"
            await reply.show(text, is_over=number == 59)
            if number == 20:
                early = list(reply.query(Static))[:-1]
        assert early
        await caught_up(reply)
        kept = list(reply.query(Static))
        assert kept[: len(early)] == early
        shown = "".join(str(one.content) for one in kept)
        assert shown.split() == text.split()


async def test_the_end_of_an_endless_answer_is_shown() -> None:
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        text = ""
        for number in range(30):
            text += f"{number} " + "word " * 1000
            await reply.show(text, is_over=number == 29)
        assert str(reply.query(Static).last().content).split()[-300:] == text.split()[-300:]
        await caught_up(reply)
        shown = "".join(str(one.content) for one in reply.query(Static))
        assert shown.startswith("…")
        assert shown.split()[-1000:] == text.split()[-1000:]
        assert len(shown) <= MOST_CHARACTERS + 1


async def test_nothing_is_shown_twice_when_markdown_overtakes_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vbtui.ui.widgets.reply._CATCH_UP_LIVE_S", 0.01)
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        remove = reply.remove_children

        async def slowly(*gone: Any) -> None:
            await asyncio.sleep(0.1)  # the timer would come now
            await remove(*gone)

        monkeypatch.setattr(reply, "remove_children", slowly)
        plain = ("word " * 200 + "\n\n") * 40
        await reply.show(plain, is_over=False)
        assert reply.is_behind
        await reply.show(plain + "- **one**\n- two", is_over=True)
        await caught_up(reply)
        await pilot.pause()
        assert reply.has_blocks
        assert not [one for one in reply.children if isinstance(one, Static) and one.display]


async def test_markdown_that_comes_late_is_shown_as_such() -> None:
    async with Host().run_test() as pilot:
        reply = pilot.app.query_one(Reply)
        plain = ("word " * 200 + "\n\n") * 10
        await reply.show(plain, is_over=False)
        await reply.show(plain + "- **one**\n- two\n\nlast", is_over=False)
        assert reply.has_blocks is False
        await reply.show(plain + "- **one**\n- two\n\nlast", is_over=True)
        assert reply.has_blocks
        assert not [one for one in reply.children if isinstance(one, Static) and one.display]
