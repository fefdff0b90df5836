"""wire/README.md, Pieces and wholes: rules 1 to 4, and cleaning across borders."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.base.text import clean
from vbtui.wire.events import TextPiece, TurnText


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
