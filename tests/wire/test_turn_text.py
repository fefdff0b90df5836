"""wire/README.md, Pieces and wholes: rules 1 to 4, and cleaning across borders."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.base.text import clean
from vbtui.wire.events import LONGEST_TEXT, TextPiece, TurnText
from vbtui.wire.turn import read_turn


def assembled(*pieces: tuple[str, bool]) -> str:
    text = TurnText()
    for words, partial in pieces:
        text.feed(TextPiece(words, partial))
    text.close()
    return text.text


def test_partial_text_is_added_and_the_whole_replaces_it() -> None:
    assert assembled(("Hel", True), ("lo", True)) == "Hello"
    assert assembled(("Hel", True), ("lo", True), ("Hello.", False)) == "Hello."


def test_a_second_whole_is_a_paragraph_even_when_it_repeats() -> None:
    assert assembled(("Done.", False), ("Done.", False)) == "Done.\n\nDone."


def test_an_empty_whole_erases_nothing() -> None:
    assert assembled(("Half", True), ("", False), ("  \n", False)) == "Half"
    assert assembled(("  \n", False), ("A", False)) == "A"


def test_the_text_so_far() -> None:
    text = TurnText()
    seen = []
    for words, partial in [
        ("One.", False),
        ("Tw", True),
        ("o", True),
        ("Two!", False),
        (" ", True),
    ]:
        text.feed(TextPiece(words, partial))
        seen.append(text.text)
    assert seen == ["One.", "One.\n\nTw", "One.\n\nTwo", "One.\n\nTwo!", "One.\n\nTwo!"]


def test_escapes_cut_by_a_border_do_not_get_through() -> None:
    assert assembled(("a\x1b", True), ("[31mred\x1b]0;ti", True), ("tle\x07b", True)) == "aredb"
    assert assembled(("a\u202e", True), ("b\x00", True)) == "ab"
    assert assembled(("a\r", True), ("\nb", True)) == "a\nb"


def test_an_escape_that_never_ends_is_gone_at_the_end() -> None:
    assert "\x1b" not in assembled(("a\x1b]0;never", True))


def test_a_character_cut_into_surrogates_is_whole_again() -> None:
    assert assembled(("a\ud83d", True), ("\udca5b", True)) == "a💥b"
    assert assembled(("a\ud83d", True), ("b", True)) == "ab"


@given(
    st.text(alphabet=st.sampled_from("ab \n\t\x1b[]0;m\x07\x9b\u202e💥"), max_size=40), st.data()
)
def test_cuts_let_nothing_through(words: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    found = assembled((words[:at], True), (words[at:], True))
    assert found == clean(found)


def test_thousands_of_pieces_take_linear_work() -> None:
    def feed(count: int) -> None:
        text = TurnText()
        for number in range(count):
            text.feed(TextPiece("words ", True))
            if number % (count // 100) == 0:
                assert text.text.startswith("words")
        text.close()
        assert text.text.count("words") == count

    assert growth(feed, 4_000) < 8


@pytest.mark.parametrize("partial", [True, False])
def test_what_nobody_would_read_is_counted_and_left_out(partial: bool) -> None:
    text = TurnText()
    for _ in range(3):
        text.feed(TextPiece("x" * (LONGEST_TEXT // 2), partial))
    text.feed(TextPiece("y" * 10, partial))
    text.close()
    assert text.left_out == LONGEST_TEXT // 2 + 10
    assert len(text.text) <= LONGEST_TEXT + 10
    again = TurnText()
    again.feed(TextPiece("x" * (LONGEST_TEXT + 5), True))
    again.feed(TextPiece("short", False))
    again.close()
    assert (again.text, again.left_out) == ("short", 0)


@pytest.mark.parametrize(
    "part",
    [
        lambda: {"text": "word " * 10_000_000},
        lambda: {"functionResponse": {"response": ["x" * 100] * 480_000}},
    ],
    ids=["text", "tool"],
)
async def test_an_event_of_50_mb_costs_no_more_than_two_seconds(part: Callable[[], Any]) -> None:
    event = {"content": {"parts": [part()]}}
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    del event

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 65_536):
            yield data[at : at + 65_536]

    began = time.process_time()
    text = TurnText()
    async for one in read_turn(chunks()):
        if isinstance(one, TextPiece):
            text.feed(one)
    text.close()
    assert time.process_time() - began < 2
    assert len(text.text) <= LONGEST_TEXT
