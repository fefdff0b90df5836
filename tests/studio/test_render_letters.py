"""Letters: from right to left, joined, with lines and shadows of their own, sliding in – and refused where they would be wrong."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, features

from tests import clips as make
from tests.rendered import draft, library, rendered, segment, words
from tests.studio.directed import Talk
from vbtui.base.errors import RenderFailed
from vbtui.studio.render import Output
from vbtui.studio.render.bidi import base_of, in_order, is_shaped, levels
from vbtui.studio.render.model import Canvas, Words
from vbtui.studio.render.text import draw_words
from vbtui.studio.render.typefaces import cannot_draw

CANVAS = Canvas(640, 360, Fraction(30))
SHAPES = pytest.mark.skipif(not features.check("raqm"), reason="this Pillow joins no letters")


def drawn(text: str, folder: Path, **looks: Any) -> Image.Image:
    plain = Words(text, 0, 30, "center", "title", 0.2, "#FFFFFF", "", False, 0)
    made = Words(**{name: looks.get(name, getattr(plain, name)) for name in Words.__slots__})
    with Image.open(draw_words(made, CANVAS, folder / "text.png").path) as image:
        return image.convert("RGBA")


def columns(picture: Image.Image, wanted: tuple[int, int, int]) -> list[int]:
    """Where from left to right there is this colour."""
    pixels = picture.load()
    assert pixels is not None
    return [
        x for x in range(picture.width)
        if any(pixels[x, y] == (*wanted, 255) for y in range(picture.height))
    ]  # fmt: skip


def visual(text: str) -> str:
    """A line of single letters as it stands from left to right."""
    return "".join(text[at] for at in in_order(levels(text, base_of(text))))


@pytest.mark.parametrize(
    ("read", "seen"),
    [
        ("abc", "abc"),
        ("אבג", "גבא"),
        ("ab אב cd", "ab בא cd"),
        ("אב cd", "cd בא"),
        ("אב 12", "12 בא"),
        ("אב 1,2 גד", "דג 1,2 בא"),
        ("a אב 12 b", "a 12 בא b"),
        ("אב!", "!בא"),
        ("", ""),
    ],
)
def test_a_line_stands_as_annex_9_says(read: str, seen: str) -> None:
    assert visual(read) == seen


@SHAPES
def test_arabic_letters_join(tmp_path: Path) -> None:
    """Joined letters leave no gap between them; with a sign between that parts them they stand alone, and are wider."""
    joined, parted = drawn("سسس", tmp_path), drawn("س\u200cس\u200cس", tmp_path)
    white = columns(joined, (255, 255, 255)), columns(parted, (255, 255, 255))
    assert all(b - a == 1 for a, b in pairwise(white[0]))
    assert any(b - a > 1 for a, b in pairwise(white[1]))
    assert joined.width < parted.width


@SHAPES
@pytest.mark.parametrize(("text", "share"), [("שלום", 0.75), ("maul", 0.1), ("maul שלום", 0.1)])
def test_the_first_letter_stands_where_reading_begins(
    text: str, share: float, tmp_path: Path
) -> None:
    lit = columns(drawn(text, tmp_path, lit=(0, 1)), (255, 212, 0))
    width = drawn(text, tmp_path).width
    middle = (lit[0] + lit[-1]) / 2 / width
    assert middle > 0.6 if share > 0.5 else middle < 0.3


@SHAPES
def test_hebrew_before_latin_is_on_its_right_and_as_large_as_alone(tmp_path: Path) -> None:
    mixed = drawn("שלום ab", tmp_path, lit=(4, 6))
    assert columns(mixed, (255, 212, 0))[-1] < mixed.width / 2
    assert mixed.height == drawn("ab", tmp_path).height


@pytest.mark.parametrize("text", ["नमस्ते", "สวัสดี"])
def test_what_no_font_has_is_refused_with_the_font(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.studio.render.typefaces.system_fonts", lambda: _NoFonts())
    monkeypatch.setattr(
        "vbtui.studio.render.typefaces.face_for",
        lambda char, *_: None if is_shaped(char) else object(),
    )
    talk = Talk().say("combine all clips", f'add title "{text}" at the start')
    assert not talk.changed
    assert talk.last.refused is not None
    assert "fonts-noto-core" in talk.reply


class _NoFonts:
    def find(self, char: str, *, colored: bool = False) -> None:
        return None


def test_what_nothing_joins_is_refused_and_not_rendered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(features, "check", lambda name: name != "raqm")
    assert "libraqm" in cannot_draw("مرحبا", chinese=False)
    assert cannot_draw("Grüße 12", chinese=False) == ""
    with pytest.raises(RenderFailed, match="libraqm"):
        drawn("مرحبا", tmp_path)
    talk = Talk().say("combine all clips", 'add title "مرحبا" at the start')
    assert not talk.changed
    assert "libraqm" in talk.reply


# Lines, shadows, sliding in


def count(picture: Image.Image, wanted: tuple[int, int, int]) -> int:
    solid = (255, 250, 216, 217)
    return sum(
        pixel[:3] == wanted and pixel[3] in solid  # type: ignore[index]  # RGBA
        for pixel in picture.get_flattened_data()
    )


def test_a_line_around_letters_is_thin_thick_coloured_or_none(tmp_path: Path) -> None:
    usual, thick, none, red = (
        drawn("HOH", tmp_path, **looks)
        for looks in (
            {"shadow": "none"},
            {"shadow": "none", "outline": "thick"},
            {"shadow": "none", "outline": "none"},
            {"shadow": "none", "outline": "thick", "edge": "#FF0000"},
        )
    )
    black, reddish = (0, 0, 0), (255, 0, 0)
    assert count(none, black) == 0 < count(usual, black) < count(thick, black) * 0.7
    assert count(red, reddish) > count(usual, black)
    assert count(red, black) == count(usual, reddish) == 0


def test_a_shadow_lies_below_or_is_none(tmp_path: Path) -> None:
    def dark(**looks: str) -> int:
        image = drawn("HOH", tmp_path, outline="none", **looks)
        return sum(pixel[3] > 60 and pixel[0] < 60 for pixel in image.get_flattened_data())  # type: ignore[index]

    assert dark(shadow="none") == 0 < dark() < dark(shadow="thick")


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
async def test_a_text_slides_in_from_its_side_and_stays(side: str, tmp_path: Path) -> None:
    files = library(a=make.clip("blue", seconds=2, width=320, height=180))
    text = words("HOH", 200, 1600, size=0.2, anim=f"slide {side}")
    video = await rendered(
        tmp_path, draft([segment("a", 0, 1900)], texts=[text]), files, options=Output("high")
    )
    axis = 0 if side in ("left", "right") else 1
    places = []
    for picture in video.pictures:
        box = picture.convert("L").point(lambda value: 255 * (value > 90)).getbbox()
        places.append(None if box is None else (box[axis] + box[axis + 2]) / 2)
    middle = (160, 90)[axis]
    arriving = [place for place in places[10:20] if place is not None]
    steps = [b - a for a, b in pairwise(arriving)]
    assert len(arriving) > 6
    assert all(step >= 0 if side in ("left", "top") else step <= 0 for step in steps)
    assert abs(arriving[0] - middle) > 4
    assert all(place == pytest.approx(middle, abs=3) for place in places[24:38])
