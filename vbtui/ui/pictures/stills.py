"""Pictures in files, by Pillow. Imported when the first picture is asked for; blocks."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from vbtui.base.translation import Translation
from vbtui.ui.pictures.raster import (
    FILE_GONE,
    FILE_UNREAD,
    NO_MEMORY,
    TOO_MANY_PIXELS,
    Box,
    Drawn,
    NoPicture,
    Raster,
)

_T = Translation
_OTHER_KIND = _T("this is no JPG, PNG, GIF or WEBP", "这不是 JPG、PNG、GIF 或 WEBP")
_FAR_TOO_MANY = _T("it has too many pixels to be drawn here", "像素过多，无法在此绘制")
_SHORT, _DAMAGED = (
    _T("the file is cut short", "文件不完整"),
    _T("the file is damaged", "文件已损坏"),
)
_NO_PIXELS = _T("it has no pixels", "没有像素")

MAX_PIXELS = 64_000_000
"""Decoded at most: a quarter of a gigabyte. A JPEG is scaled down while it is read."""
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_BACKDROP = ((88, 88, 88), (120, 120, 120))
"""The checks behind what is transparent."""
_CHECK = 4
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what makes it upright."""

warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def draw_still(source: Path | bytes, box: Box) -> Drawn:
    """The picture upright, with checks behind what is transparent, as large as `box` allows."""
    try:
        with Image.open(
            BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS
        ) as image:
            return _drawn(image, box)
    except UnidentifiedImageError:
        return NoPicture(_OTHER_KIND)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return NoPicture(_FAR_TOO_MANY)
    except FileNotFoundError:
        return NoPicture(FILE_GONE)
    except MemoryError:
        return NoPicture(NO_MEMORY)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        if isinstance(error, PermissionError):
            return NoPicture(FILE_UNREAD)
        is_short = "truncated" in str(error) or "Truncated" in str(error)
        return NoPicture(_SHORT if is_short else _DAMAGED)


def _drawn(image: Image.Image, box: Box) -> Drawn:
    if not image.width or not image.height:
        return NoPicture(_NO_PIXELS)
    side = 2 * max(box.width, box.height)
    full = f"{image.width} x {image.height}"
    image.draft("RGB", (side, side))
    most = (
        MAX_PIXELS // 2 if image.format == "WEBP" else MAX_PIXELS
    )  # its reader holds it four times
    if image.width * image.height > most:
        return NoPicture(TOO_MANY_PIXELS.of(size=full))
    orientation = image.getexif().get(_ORIENTATION)  # of a PNG: decodes it
    picture = _plain(image)
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    lying = turn in (
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
    )
    shape = (picture.height, picture.width) if lying else picture.size
    size = box.fit(*shape)
    picture = scaled(picture, size[::-1] if lying else size)
    return raster_of(picture.transpose(turn) if turn is not None else picture)


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits a channel, RGB or RGBA."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`picture` in that size: averaged when it shrinks, its own pixels when it grows."""
    if picture.size == size:
        return picture
    grows = size[0] > picture.width or size[1] > picture.height
    how = Image.Resampling.NEAREST if grows else Image.Resampling.BOX
    gap = None if grows else 4.0
    return picture.resize(size, how, reducing_gap=gap)


def raster_of(picture: Image.Image) -> Raster:
    """The pixels of an RGB or RGBA picture, on checks where it is transparent."""
    if picture.mode == "RGBA":
        backdrop = _checks(picture.size)
        backdrop.paste(picture, mask=picture.getchannel("A"))
        picture = backdrop
    return Raster(picture.width, picture.height, picture.tobytes())


def _checks(size: tuple[int, int]) -> Image.Image:
    width, height = size
    backdrop = Image.new("RGB", size, _BACKDROP[0])
    tile = Image.new("RGB", (_CHECK, _CHECK), _BACKDROP[1])
    for y in range(0, height, _CHECK):
        for x in range(y % (2 * _CHECK), width, 2 * _CHECK):
            backdrop.paste(tile, (x, y))
    return backdrop
