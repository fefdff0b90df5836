"""How much a small JSON text may unpack to."""

from __future__ import annotations

import pytest

from vbtui.base.foreign_json import MOST_DEPTH, MOST_VALUES, parse


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"[]," * (MOST_VALUES // 2) + b"0]",
        b"[" + b"0," * MOST_VALUES + b"0]",
        "[" + '{"a":{}},' * (MOST_VALUES // 3) + "0]",
        b"[" * 100_000,
        b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
        '{"a":' * (MOST_DEPTH + 1) + "0" + "}" * (MOST_DEPTH + 1),
        b"9" * 5000,
        b"\xff",
        b"",
    ],
    ids=["lists", "numbers", "objects", "open", "deep lists", "deep objects", "digits", "no text", "nothing"],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(text: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_what_is_large_and_sensible_is_read() -> None:
    segment = '{"id":"a","s":0,"d":1,"m":{"asset":"a1","in":0,"speed":1.5,"text":"a, b, [c], {d}"}}'
    draft = parse(("[" + ",".join([segment] * 100_000) + "]").encode())
    assert len(draft) == 100_000
    assert parse(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH) is not None
    assert parse("3") == 3
    long_text = parse('["' + "," * (MOST_VALUES - 10) + '"]')
    assert len(long_text[0]) == MOST_VALUES - 10


def test_only_the_strict_way_refuses_what_is_no_number() -> None:
    for text in ("NaN", "[Infinity]", "1e999"):
        assert parse(text) is not None
        with pytest.raises(ValueError, match=r"."):
            parse(text, strict=True)
