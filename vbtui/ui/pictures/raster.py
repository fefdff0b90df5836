"""What a decoder hands over: pixels, the loudness of a sound, or why there is neither."""

from __future__ import annotations

from dataclasses import dataclass

INSTALL = "pictures need Pillow and PyAV: pip install 'vbtui[studio]'"
"""Said where the extra is not installed."""

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

    reason: str
    """A phrase: "the file is cut short"."""


Drawn = Raster | Waveform | NoPicture
