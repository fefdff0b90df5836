"""Texts: exactly the characters typed, in a font that has them, inside the frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vbtui.studio.render import check_text
from vbtui.studio.render.model import PLACES, Canvas, Words
from vbtui.studio.render.text import draw_words
from vbtui.studio.render.typefaces import (
    BUNDLED,
    FontIndex,
    clusters,
    color_face,
    face_for,
    ranges_of,
    system_fonts,
)

CANVAS = Canvas(640, 360, Fraction(30))


def drawn(
    text: str,
    folder: Path,
    *,
    position: str = "center",
    size: float = 0.1,
    color: str = "#FFFFFF",
    box: bool = False,
    canvas: Canvas = CANVAS,
) -> tuple[Image.Image, int, int]:
    """The text's picture and where it lies."""
    words = Words(text, 0, 30, position, "title", size, color, "", box, 0)
    overlay = draw_words(words, canvas, folder / "text.png")
    with Image.open(overlay.path) as image:
        return image.convert("RGBA"), overlay.x, overlay.y


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:b", "a;b"),
        ("it's", "its"),
        ('"x"', "x"),
        ("100%", "100"),
        ("100%{n}", "100%"),
        ("a\\b", "ab"),
        ("a\\nb", "a\nb"),
        ("\\:", ":"),
        ("[v]", "[w]"),
        ("a  b", "a b"),
        ("é", "e"),
    ],
)
def test_every_character_typed_is_drawn(one: str, other: str, tmp_path: Path) -> None:
    first, second = drawn(one, tmp_path)[0], drawn(other, tmp_path)[0]
    assert first.size != second.size or first.tobytes() != second.tobytes()


def test_lines_are_lines(tmp_path: Path) -> None:
    one, two = drawn("one", tmp_path)[0], drawn("one\ntwo", tmp_path)[0]
    assert two.height > one.height * 1.5


@pytest.mark.parametrize(
    "text",
    ["word " * 60, "unbreakable" * 40, "没有空格的很长的中文标题" * 12, "\n" * 90 + "x"],
    ids=["words", "one word", "chinese", "lines"],
)
@pytest.mark.parametrize("position", PLACES)
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (16, 16)])
def test_a_text_stays_inside_the_frame(
    text: str, position: str, size: tuple[int, int], tmp_path: Path
) -> None:
    canvas = Canvas(*size, Fraction(30))
    image, x, y = drawn(text, tmp_path, position=position, canvas=canvas)
    assert 0 <= x <= x + image.width <= canvas.width
    assert 0 <= y <= y + image.height <= canvas.height
    assert image.getbbox() is not None


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_any_text_can_be_drawn(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    image, x, y = drawn(
        text, tmp_path_factory.mktemp("text"), canvas=Canvas(320, 180, Fraction(25))
    )
    assert x + image.width <= 320
    assert y + image.height <= 180


def test_a_word_is_not_broken_when_a_smaller_size_keeps_it(tmp_path: Path) -> None:
    image = drawn("Extraordinarily", tmp_path, size=0.4)[0]
    assert image.height < 0.4 * 360 * 1.5


def test_where_it_lies(tmp_path: Path) -> None:
    for position in PLACES:
        image, x, y = drawn("x", tmp_path, position=position)
        middle = (x + image.width / 2) / 640, (y + image.height / 2) / 360
        sides = {"left": 0, "right": 1}
        heights = {"top": 0, "bottom": 1}
        wanted = (
            next((to for side, to in sides.items() if position.endswith(side)), 0.5),
            next((to for up, to in heights.items() if position.startswith(up)), 0.5),
        )
        for now, to in zip(middle, wanted, strict=True):
            assert abs(now - to) < (0.02 if to == 0.5 else 0.2), position


def test_a_lower_third_has_a_bar_and_a_smaller_second_line(tmp_path: Path) -> None:
    words = Words(
        "HHHH\nHHHH", 0, 30, "bottom left", "caption", 0.1, "#FFFFFF", "", False, 0, "lower third"
    )
    overlay = draw_words(words, CANVAS, tmp_path / "lower.png")
    image = Image.open(overlay.path).convert("RGB")
    assert overlay.x < 80
    bar = [image.getpixel((1, y)) for y in range(image.height)]
    assert len(set(bar)) == 1
    red, green, blue = bar[0]  # type: ignore[misc]  # RGB
    assert min(red, green) > 150 > 60 > blue
    white = [
        [x for x in range(20, image.width) if min(image.getpixel((x, y))) > 200]  # type: ignore[arg-type]
        for y in range(image.height)
    ]
    widths = [max(row) - min(row) for row in white if row]
    assert max(widths[: len(widths) // 2]) > 1.3 * max(widths[-len(widths) // 4 :])
    begins = {min(row) for row in white if row}
    assert max(begins) - min(begins) < 12  # both from the left


@pytest.mark.parametrize(("color", "edge"), [("#FFFFFF", 0), ("#000000", 255)])
def test_letters_have_an_edge_of_the_opposite_brightness(
    color: str, edge: int, tmp_path: Path
) -> None:
    image = drawn("HH", tmp_path, color=color)[0]
    values = {image.getpixel((x, image.height // 2))[0] for x in range(image.width)}  # type: ignore[index]
    assert edge in values
    assert 255 - edge in values


def test_a_box_lies_behind_the_words(tmp_path: Path) -> None:
    plain, boxed = drawn("x", tmp_path)[0], drawn("x", tmp_path, box=True)[0]
    corner = (boxed.width // 2, 1)
    assert boxed.getpixel(corner)[3] > 100  # type: ignore[index]
    assert plain.getpixel((plain.width // 2, 1))[3] < 60  # type: ignore[index]


def test_plain_letters_come_from_the_bundled_font() -> None:
    face = face_for("A")
    assert face is not None
    assert face.path == BUNDLED


def test_missing_characters_are_named_with_their_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = FontIndex([tmp_path], None)
    monkeypatch.setattr("vbtui.studio.render.typefaces.system_fonts", lambda: bare)
    face_for.cache_clear()
    try:
        assert check_text("Plain, “quoted” – 100 % Ünïcödé Ελληνικά Кириллица\t\n") == ""
        chinese = check_text("标题 title")
        assert chinese.startswith("Chinese characters need a font: install fonts-noto-cjk ")
        assert "Japanese" in check_text("ひらがな")
        assert "Korean" in check_text("한국어")
        assert "Emoji" in check_text("🎬")
        assert "fonts-noto-core" in check_text("ไทย")
    finally:
        face_for.cache_clear()


def test_an_index_reads_a_font_once(tmp_path: Path) -> None:
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    (fonts / "Some-Sans.ttf").write_bytes(BUNDLED.read_bytes())
    (fonts / "broken.ttf").write_bytes(b"not a font")
    cache_file = tmp_path / "cache" / "fonts.json"
    found = FontIndex([fonts], cache_file).find("Ж")
    assert found == fonts / "Some-Sans.ttf"

    for font in fonts.iterdir():  # what would be found, were they read again: nothing
        kept = font.stat()
        font.write_bytes(bytes(kept.st_size))
        os.utime(font, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert FontIndex([fonts], cache_file).find("Ж") == found
    assert FontIndex([fonts], cache_file).named("some sans") == found


def test_a_broken_cache_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(BUNDLED.read_bytes())
    for content in ("", "[]", '{"x": 3}', "\x00"):
        (tmp_path / "fonts.json").write_text(content)
        assert FontIndex([tmp_path], tmp_path / "fonts.json").find("a") == tmp_path / "a.ttf"


@given(st.sets(st.integers(0, 0x10FFFF), max_size=60), st.characters())
def test_coverage_is_the_set_it_was_made_of(codes: set[int], char: str) -> None:
    assert ranges_of(codes).has(char) == (ord(char) in codes)
    assert all(ranges_of(codes).has(chr(code)) for code in codes)


@pytest.mark.skipif(system_fonts().find("你") is None, reason="no Chinese font on this machine")
def test_chinese_is_drawn_not_boxed(tmp_path: Path) -> None:
    first, second = drawn("你", tmp_path)[0], drawn("好", tmp_path)[0]
    assert first.tobytes() != second.tobytes()
    assert check_text("你好，世界！") == ""


def colored_font(path: Path) -> None:
    """A font whose emoji are red squares, made of one coloured layer each, and with a letter."""
    names = [".notdef", "smile", "heart", "sun", "keycap", "A", "layer"]
    pen = TTGlyphPen(None)
    for number, place in enumerate(((0, 0), (0, 1000), (1000, 1000), (1000, 0))):
        (pen.lineTo if number else pen.moveTo)(place)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    codes = dict(zip((0x1F600, 0x2764, 0x2600, 0x20E3, 0x41), names[1:6], strict=True))
    builder.setupCharacterMap({**codes, 0x31: "keycap", 0xFE0F: "keycap"})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1100, 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.setupCOLR({name: [("layer", 0)] for name in names[1:5]}, version=0)
    builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    builder.save(path)


@pytest.fixture
def squares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The colour font is the only one of the machine."""
    (tmp_path / "fonts").mkdir()
    colored_font(tmp_path / "fonts" / "Squares.ttf")
    index = FontIndex([tmp_path / "fonts"], None)
    monkeypatch.setattr("vbtui.studio.render.typefaces.system_fonts", lambda: index)
    for known in (face_for, color_face):
        known.cache_clear()
    yield
    for known in (face_for, color_face):
        known.cache_clear()


def reds(image: Image.Image) -> int:
    """Pixels of the colour font."""
    red, green = (image.getchannel(name).tobytes() for name in "RG")
    return sum(one > 200 > 60 > other for one, other in zip(red, green, strict=True))


@pytest.mark.usefixtures("squares")
@pytest.mark.parametrize(
    ("text", "is_colored"),
    [
        ("\U0001f600", True),  # the bundled font has an outline of it
        ("\u2764", False),
        ("\u2764\ufe0f", True),
        ("\u2600\ufe0f", True),
        ("\u2600", False),
        ("\U0001f600\ufe0e", False),
        ("1\ufe0f\u20e3", True),
        ("A1", False),
    ],
)
def test_emoji_are_drawn_in_colors(text: str, is_colored: bool, tmp_path: Path) -> None:
    assert (reds(drawn(text, tmp_path)[0]) > 100) is is_colored


def test_what_belongs_together_stays_together() -> None:
    parts = [
        "👨\u200d👩\u200d👧",
        "🏳\ufe0f\u200d🌈",
        "👩🏽\u200d🚀",
        "🇩🇪",
        "🇫🇷",
        "#\ufe0f\u20e3",
        "❤\ufe0f\u200d🔥",
    ]
    assert clusters("".join(parts)) == [(part, True) for part in parts]
    assert clusters("a1©!") == [(char, False) for char in "a1©!"]


@pytest.mark.usefixtures("squares")
def test_emoji_without_a_font_are_said() -> None:
    assert check_text("\U0001f600 ok") == ""
    assert check_text("\U0001f389").startswith("Emoji need a font: install fonts-noto-color-emoji")
