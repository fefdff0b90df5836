"""The border for foreign text."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.base.text import (
    Cleaner,
    clean,
    clean_line,
    format_bytes,
    is_made_up,
    natural,
    safe_filename,
    to_json,
)
from vbtui.base.times import format_seconds

EVIL = {
    "\x1b[31mred\x1b[0m": "red",
    "\x1b]0;title\x07after": "after",
    "\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\": "link",
    "a\x9b31mb": "ab",
    "a\x00b\x07c": "abc",
    "abc\u202edef": "abcdef",
    "one\r\ntwo\rthree": "one\ntwo\nthree",
    "\x1bPq#0;2\x1b\\x": "x",
    "tab\tstays": "tab\tstays",
    "日本語 🎬": "日本語 🎬",
    "unfinished \x1b]0;keeps its words": "unfinished 0;keeps its words",
}


@pytest.mark.parametrize("raw", EVIL)
def test_escapes_and_controls_go_and_words_stay(raw: str) -> None:
    assert clean(raw) == EVIL[raw]


@pytest.mark.parametrize("raw", EVIL)
def test_a_cleaner_gives_the_same_however_the_text_is_cut(raw: str) -> None:
    for cut in range(len(raw) + 1):
        cleaner = Cleaner()
        assert cleaner.feed(raw[:cut]) + cleaner.feed(raw[cut:]) + cleaner.close() == EVIL[raw]


@given(st.text(max_size=200) | st.text("ab\x1b[]0;mP\x07\\\r\n\x9b\x9d\x9c\u202e"))
def test_nothing_dangerous_passes(raw: str) -> None:
    cleaned = clean(raw)
    assert not any(ord(char) < 32 and char not in "\n\t" for char in cleaned)
    assert not any(0x7F <= ord(char) <= 0x9F or char in "\u202e\u2066" for char in cleaned)
    assert clean(cleaned) == cleaned


NASTY = "ab\x1b[]0;mP\x07\\\r\n\x9b\x9d\x9c\u202e"


@given(st.lists(st.text(max_size=10) | st.text(NASTY, max_size=6), max_size=20))
def test_pieces_lose_no_more_than_the_whole(pieces: list[str]) -> None:
    cleaner = Cleaner()
    got = "".join(cleaner.feed(piece) for piece in pieces) + cleaner.close()
    assert got == clean("".join(pieces))


def test_one_line() -> None:
    assert clean_line(" a\n b\t\x1b[1mc ") == "a b c"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("a/b:c?", "a b c"),
        ("...", "video"),
        ("", "video"),
        ("夏天的海边", "夏天的海边"),
        ("x" * 500, "x" * 120),
        ("é" * 100, "é" * 60),
    ],
)
def test_file_names_are_safe(title: str, name: str) -> None:
    assert safe_filename(title) == name


def test_sizes_and_times_for_people() -> None:
    assert [format_bytes(size) for size in (0, 999, 12_345, 1_500_000, 250_000_000, 3e12)] == [
        "0 B",
        "999 B",
        "12.3 kB",
        "1.5 MB",
        "250 MB",
        "3000 GB",
    ]
    assert [format_seconds(value) for value in (0, 0.44, 3, 12.4, 65, 3723)] == [
        "0 s",
        "0.4 s",
        "3 s",
        "12 s",
        "1:05",
        "1:02:03",
    ]


def test_json_holds_every_path_and_moves_no_cursor() -> None:
    path = os.fsdecode("é 🎬 ".encode() + b"a\xff\n \x1b[31m\x7f " + "\x9b31m\u202e".encode())
    text = to_json({"path": path}, 1)
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "é 🎬 a\\udcff\\n \\u001b[31m\\u007f \\u009b31m\\u202e" in text
    assert os.fsencode(json.loads(text)["path"]) == os.fsencode(path)


@pytest.mark.parametrize(
    "name",
    """IMG_2041;IMG_E2041;IMG_20260501_123000;DSC0001;DSCN0042;VID_20260501_123456;VID-20260501-WA0007;GOPR0042;GX010123
    PXL_20260501_123000123.MP;微信图片_20260501123000;550e8400-e29b-41d4-a716-446655440000;MVI_1234;100_0042;P1010001
    2026-05-01 12.30.00;Screenshot 2026-05-01 at 12.30.00;DJI_0001;IMG_2041 (1);IMG_2041 copy;mmexport1700000000000
    WhatsApp Image 2026-05-01 at 12.30.00 PM;20260501T123000Z;d41d8cd98f00b204e9800998ecf8427e;video;image0;ＩＭＧ＿１;屏幕截图 2026-05-01""".replace(
        "\n", ";"
    ).split(";"),
)
def test_a_name_that_a_camera_made_up(name: str) -> None:
    assert is_made_up(name)


@pytest.mark.parametrize(
    "name",
    [
        "beach",
        "My trip",
        "Day 1",
        "Wedding 2026",
        "May 2026",
        "Summer in Lisbon",
        "海边",
        "片段一",
        "cafe",
        "2026 in Lisbon",
        "added",
        "decade",
        "city walk",
        "",
    ],
)
def test_a_name_that_somebody_gave(name: str) -> None:
    assert not is_made_up(name)


def test_numbers_in_names_are_counted() -> None:
    names = ["clip 10", "Clip 9", "clip 2b", "a", "10", "9"]
    assert sorted(names, key=natural) == ["9", "10", "a", "clip 2b", "Clip 9", "clip 10"]
