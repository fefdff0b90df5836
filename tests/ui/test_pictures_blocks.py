"""Pixels as cells: exact colours, one run for equal cells, characters without colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from vbtui.ui.pictures import raster as blocks
from vbtui.ui.pictures.raster import Box, NoPicture, Raster, Waveform

RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
BASE = Style()


def raster(*rows: list[tuple[int, int, int]]) -> Raster:
    data = b"".join(bytes(pixel) for row in rows for pixel in row)
    return Raster(len(rows[0]), len(rows), data)


def cells(strip: Strip) -> list[tuple[str, str, str]]:
    """Character, colour of the upper and of the lower pixel, for each cell."""
    found = []
    for segment in strip:
        style = segment.style or Style()
        over = style.color.name if style.color else ""
        under = style.bgcolor.name if style.bgcolor else ""
        found += [(char, over, under) for char in segment.text]
    return found


def test_a_cell_shows_two_pixels_in_their_very_colours() -> None:
    (line,) = blocks.picture_lines(raster([RED, BLUE], [BLUE, BLUE]), 2, 1, BASE)
    assert cells(line) == [("▀", "#ff0000", "#0000ff"), (" ", "", "#0000ff")]


def test_equal_cells_are_one_run() -> None:
    (line,) = blocks.picture_lines(raster([RED] * 40, [BLUE] * 40), 40, 1, BASE)
    assert [segment.text for segment in line] == ["▀" * 40]


def test_a_picture_stands_in_the_middle_and_fills_every_line() -> None:
    lines = blocks.picture_lines(raster([RED, RED], [RED, RED]), 6, 3, BASE)
    assert [line.text for line in lines] == [" " * 6] * 3
    assert cells(lines[1])[2:4] == [(" ", "", "#ff0000")] * 2
    assert cells(lines[1])[1][2] == cells(lines[0])[2][2] == ""


def test_an_odd_row_at_the_end_leaves_the_lower_half_alone() -> None:
    lines = blocks.picture_lines(raster([RED], [RED], [BLUE]), 1, 2, BASE)
    assert cells(lines[1]) == [("▀", "#0000ff", "")]


def test_without_colours_bright_is_dense() -> None:
    grey = (128, 128, 128)
    (line,) = blocks.ramp_lines(raster([BLACK, grey, WHITE], [BLACK, grey, WHITE]), 3, 1, BASE)
    assert line.text == " +@"
    assert all(segment.style == BASE for segment in line)


def test_a_waveform_rises_from_below() -> None:
    lines = blocks.wave_lines(Waveform(bytes([0, 255, 128, 0])), 4, 2, BASE)
    assert [line.text for line in lines] == [" █  ", "▁██▁"]


def test_a_reason_is_wrapped() -> None:
    lines = blocks.reason_lines(NoPicture("the file is cut short"), 20, 5, BASE)
    assert [line.text.strip() for line in lines] == [
        "",
        "No picture: the",
        "file is cut short",
        "",
        "",
    ]
    assert {line.cell_length for line in lines} == {20}


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 40), st.integers(0, 20), st.binary())
def test_lines_have_the_room_they_were_given(
    width: int, height: int, columns: int, lines: int, noise: bytes
) -> None:
    data = (noise + bytes(3 * width * height))[: 3 * width * height]
    for draw in (blocks.picture_lines, blocks.ramp_lines):
        strips = draw(Raster(width, height, data), columns, lines, BASE)
        assert len(strips) == lines
        assert all(sum(Segment.get_line_length([s]) for s in strip) == columns for strip in strips)
    waves = blocks.wave_lines(Waveform(noise), columns, lines, BASE)
    assert [strip.cell_length for strip in waves] == [columns] * lines


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(1, 200), st.integers(1, 200))
def test_a_picture_fits_its_box(width: int, height: int, wide: int, high: int) -> None:
    fitted = Box(wide, high).fit(width, height)
    assert 1 <= fitted[0] <= wide
    assert 1 <= fitted[1] <= high
    assert fitted[0] == wide or fitted[1] == high


def test_coarse_colours_are_near_and_fewer() -> None:
    every = Raster(256, 1, bytes(shade for shade in range(256) for _ in range(3)))
    shades = [pixel[0] for pixel in every.coarse().row(0)]
    assert len(set(shades)) <= 33
    assert all(abs(shade - value) <= 4 for shade, value in zip(shades, range(256), strict=True))


def test_pixels_must_fill_the_picture() -> None:
    with pytest.raises(ValueError, match="fill"):
        Raster(2, 2, bytes(11))
