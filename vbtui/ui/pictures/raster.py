"""What a decoder hands over – pixels, the loudness of a sound, or why there is neither – and the lines of a
terminal that show it.

A cell shows two pixels, one over the other: an upper half block in the colour of the upper one on
the colour of the lower one. Without colours a cell is one of ten characters, from dark to bright.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from vbtui.base.translation import Translation

INSTALL = Translation(
    "pictures need Pillow and PyAV: pip install 'vbtui[studio]'",
    "显示图片需要 Pillow 和 PyAV：pip install 'vbtui[studio]'",
)
"""Said where the extra is not installed."""
FILE_GONE = Translation("the file is gone", "文件已不存在")
FILE_EMPTY = Translation("the file is empty", "文件是空的")
FILE_UNREAD = Translation("the file cannot be read", "文件无法读取")
NO_MEMORY = Translation("there is too little memory to draw it", "内存不足，无法绘制")
FRAMES = Translation("Frames", "帧率")
"""The label of how many frames a second there are."""
TOO_MANY_PIXELS = Translation(
    "{size} pixels are too many to be drawn here", "{size} 像素过多，无法在此绘制"
)
_NO_PICTURE = Translation("No picture: {why}", "没有图片：{why}")

Color = tuple[int, int, int]
"""Red, green, blue: 0-255."""


@dataclass(frozen=True, slots=True)
class Box:
    """The room for a picture, in square pixels; a half block is one pixel."""

    width: int
    height: int

    @classmethod
    def of_cells(cls, columns: int, lines: int) -> Box:
        """The pixels that half blocks have in so many cells: a cell is two pixels high."""
        return cls(max(columns, 1), max(2 * lines, 2))

    def fit(self, width: float, height: float) -> tuple[int, int]:
        """The largest size of the shape `width` x `height` within the box; at least one pixel."""
        scale = min(self.width / width, self.height / height)
        return (
            min(max(round(width * scale), 1), self.width),
            min(max(round(height * scale), 1), self.height),
        )


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture: `data` holds `height` rows of `width` pixels, three bytes each."""

    width: int
    height: int
    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) != 3 * self.width * self.height:
            raise ValueError("the pixels do not fill the picture")

    def row(self, y: int) -> list[Color]:
        """The pixels of one row."""
        start = 3 * self.width * y
        row = self.data[start : start + 3 * self.width]
        return list(zip(row[::3], row[1::3], row[2::3], strict=True))

    def coarse(self) -> Raster:
        """The same with 32 shades a channel: runs get longer, and the line carries fewer bytes."""
        return Raster(self.width, self.height, self.data.translate(_COARSE))


_COARSE = bytes(min((shade + 4) // 8 * 8, 255) for shade in range(256))


@dataclass(frozen=True, slots=True)
class Waveform:
    """How loud a sound is, from its start to its end."""

    peaks: bytes
    """0 silence, 255 full scale."""


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why nothing can be shown."""

    reason: str | Translation
    """A phrase: "the file is cut short"."""

    @property
    def told(self) -> str:
        """The same in the language of this process."""
        return self.reason if isinstance(self.reason, str) else self.reason.of()


Drawn = Raster | Waveform | NoPicture


RAMP = " .:-=+*#%@"
"""From dark to bright, as on a dark background."""
_BARS = " ▁▂▃▄▅▆▇█"


def picture_lines(raster: Raster, columns: int, lines: int, base: Style) -> list[Strip]:
    """`raster` in colours, in the middle of `columns` x `lines` cells."""
    strips = []
    for y in range(0, raster.height, 2):
        upper = raster.row(y)
        lower = raster.row(y + 1) if y + 1 < raster.height else None
        strips.append(Strip(_cells(upper, lower, base)))
    return _centred(strips, raster.width, columns, lines, base)


def _cells(upper: list[Color], lower: list[Color] | None, base: Style) -> list[Segment]:
    """One run for each stretch of equal cells."""
    if lower is None:
        return [
            Segment("▀" * len(list(run)), base + Style(color=_rgb(color)))
            for color, run in groupby(upper)
        ]
    segments = []
    for (over, under), run in groupby(zip(upper, lower, strict=True)):
        text = " " if over == under else "▀"
        segments.append(Segment(text * len(list(run)), _style(over, under)))
    return segments


@lru_cache(maxsize=8192)
def _style(over: Color, under: Color) -> Style:
    if over == under:
        return Style(bgcolor=_rgb(under))
    return Style(color=_rgb(over), bgcolor=_rgb(under))


@lru_cache(maxsize=8192)
def _rgb(color: Color) -> RichColor:
    return RichColor.from_rgb(*color)


def ramp_lines(raster: Raster, columns: int, lines: int, base: Style) -> list[Strip]:
    """`raster` in characters from dark to bright, for a terminal without colours."""
    strips = []
    for y in range(0, raster.height, 2):
        upper = raster.row(y)
        lower = raster.row(y + 1) if y + 1 < raster.height else upper
        text = "".join(map(_shade, upper, lower))
        strips.append(Strip([Segment(text, base)]))
    return _centred(strips, raster.width, columns, lines, base)


def _shade(over: Color, under: Color) -> str:
    light = _light(over) + _light(under)
    return RAMP[min(int(light * len(RAMP) / 510), len(RAMP) - 1)]


def _light(color: Color) -> float:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue


def wave_lines(wave: Waveform, columns: int, lines: int, base: Style) -> list[Strip]:
    """The loudness over the whole width, as bars from below."""
    levels = [peak * lines * 8 // 255 for peak in resampled(wave.peaks, columns)]
    strips = []
    for line in range(lines):
        floor = 8 * (lines - 1 - line)
        text = "".join(_BARS[min(max(level - floor, 0), 8)] for level in levels)
        if line == lines - 1:
            text = text.replace(" ", _BARS[1])
        strips.append(Strip([Segment(text, base)]))
    return strips


def resampled(peaks: bytes, count: int) -> list[int]:
    """The loudest of each of `count` equal parts."""
    if not peaks or count < 1:
        return [0] * max(count, 0)
    bounds = [round(place * len(peaks) / count) for place in range(count + 1)]
    return [
        max(peaks[start : max(end, start + 1)], default=peaks[-1])
        for start, end in pairwise(bounds)
    ]


def reason_lines(nothing: NoPicture, columns: int, lines: int, base: Style) -> list[Strip]:
    """The reason, wrapped and in the middle."""
    told = Content(_NO_PICTURE.of(why=nothing.told))
    rows = [row.plain.rstrip() for row in told.wrap(max(columns - 2, 8))[:lines]]
    strips = [
        Strip([Segment(" " * max((columns - cell_len(row)) // 2, 0) + row, base)]) for row in rows
    ]
    return _centred(strips, columns, columns, lines, base)


def _centred(strips: list[Strip], width: int, columns: int, lines: int, base: Style) -> list[Strip]:
    left = max((columns - width) // 2, 0)
    margin = Strip([Segment(" " * left, base)]) if left else None
    rows = [
        (Strip.join([margin, strip]) if margin else strip).adjust_cell_length(columns, base)
        for strip in strips[:lines]
    ]
    above = max((lines - len(rows)) // 2, 0)
    blank = Strip.blank(columns, base)
    return [blank] * above + rows + [blank] * (lines - above - len(rows))
