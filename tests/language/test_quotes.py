"""Quoted words: which marks hold them, and which are apostrophes, inches or ornament."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.language.quotes import (
    MARKS,
    QUOTE,
    Quotes,
    has_signs,
    is_chinese,
    literal,
    quoted,
    take_quotes,
    unwrapped,
    without_signs,
)


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in Quotes(text).runs()]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ('add "A" and “B”', ['"A"', "“B”"]),
        ("「一」和『二』、《三》【四】", ["「一」", "『二』", "《三》", "【四】"]),
        ("«un» ‹deux› „drei“ „vier” ”fem”", ["«un»", "‹deux›", "„drei“", "„vier”", "”fem”"]),
        ("＂wide＂ `tick` ‘curly’", ["＂wide＂", "`tick`", "‘curly’"]),
        ("it's Tom's 'own title', isn't it", ["'own title'"]),
        ("‘it’s mine’", ["‘it’s mine’"]),
        ('a 5" screen and a 7" one', []),
        ('title"Hello"', ['"Hello"']),
        ('lines" and "more"', ['"more"']),
        ("把标题'你好'改成“再见”", ["'你好'", "“再见”"]),
        ("“never closed, 「but this」", ["「but this」"]),
        ("one ' alone", []),
        ("", []),
    ],
)
def test_quoted_words_are_found(text: str, runs: list[str]) -> None:
    assert found(text) == runs


@given(st.text(alphabet=MARKS + "ab1 导", max_size=40))
def test_runs_follow_each_other_and_come_back(text: str) -> None:
    place = 0
    for start, end in Quotes(text).runs():
        assert place <= start < end - 1 <= len(text) - 1
        assert {text[start], text[end - 1]} <= set(MARKS)
        place = end
    without, taken = take_quotes(text)
    assert taken == found(text)
    assert without.count(QUOTE) == len(taken)


@given(st.text(max_size=40).filter(lambda words: not set(words) & set(MARKS)))
def test_written_quotes_are_read_again(words: str) -> None:
    written = quoted(words)
    assert Quotes(written).end(0) == len(written)


@given(st.text("{}n name", max_size=30) | st.text(max_size=30))
def test_words_made_literal_are_shown_as_they_are(words: str) -> None:
    assert not has_signs(literal(words))
    assert without_signs(literal(words), "beach", 1) == words


@pytest.mark.parametrize("piece", ["{", "}", "{name", "{n}", "{{n}"])
def test_many_braces_take_linear_work(piece: str) -> None:
    assert growth(lambda length: without_signs(literal(piece * length)), 400) < 6


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("{n}. {name}", "3. {name}"),
        ("{{name}} {name}", "{name} {name}"),
        ("{{n}", "{3"),
        ("{x}", "{x}"),
    ],
)
def test_names_of_clips_in_words(words: str, shown: str) -> None:
    assert without_signs(words, "{name}", 3) == shown


@pytest.mark.parametrize("text", ['"export"', "“ export ”", "'「export」'", "export"])
def test_marks_around_all_of_it_go(text: str) -> None:
    assert unwrapped(text) == "export"


def test_marks_within_it_stay() -> None:
    assert unwrapped('"a" and "b"') == '"a" and "b"'


@pytest.mark.parametrize("piece", ["'", '"', "“", "„a“", "'a ", "„", "「『", "a'b “"])
def test_many_open_marks_take_linear_work(piece: str) -> None:
    assert growth(lambda length: found(piece * length), 1000) < 6


def test_chinese_is_told_from_japanese_and_english() -> None:
    assert is_chinese("导出视频")
    assert not is_chinese("export")
    assert not is_chinese("動画を作る")
    assert not is_chinese("combine these clips with a title 'Hello 世界'")
    assert not is_chinese("put 城市.mp4 first")
    assert is_chinese("加标题「Hello」")
    assert is_chinese("把 city.mp4 放在前面")
    assert is_chinese("「世界」")
    assert not is_chinese("don't use 'a', it's 'b'")
