"""Pictures, still and animated, measured with Pillow; and how large a picture of any file may be."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageSequence, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from vbtui.studio.project.media import coefficient_bytes, recorded_at, refusal

_MAX_PIXELS = 100_000_000
"""Of a still: decoded it takes 400 MB."""
_MAX_PIXELS_VIDEO = 36_000_000
"""8K has 35 million."""
_MAX_PIXELS_WEBP = 25_000_000
"""Pillow's decoder of WebP holds it four times, 16 bytes a pixel."""
_MAX_PIXELS_ANIMATED = 16_000_000
"""A decoder holds several of its pictures, each with 4 bytes a pixel."""
_MOST_PIXELS = {"GIF": _MAX_PIXELS_WEBP, "WEBP": _MAX_PIXELS_WEBP}
_MAX_DECODER_BYTES = 400_000_000
"""Of what a decoder holds beside the picture."""
_MAX_FRAMES = 10_000
_MAX_PIXELS_IN_ALL = 4_000_000_000
"""Of all frames of an animation: they take 20 seconds to look at."""
_SHORTEST_MS, _DEFAULT_MS = 20, 100
"""A GIF frame shorter than the first is shown for the second, as browsers and ffmpeg do."""
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""EXIF orientation → degrees clockwise."""

_PIXEL_FORMATS = {"RGB": "rgb24", "RGBA": "rgba", "P": "pal8", "L": "gray", "LA": "ya8"}


def picture_facts(path: Path, name: str) -> dict[str, Any]:
    """`Media`'s fields for a picture. Raises `UnsupportedFile`."""
    try:
        with warnings.catch_warnings():  # of sizes that are checked here
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=("JPEG", "PNG", "GIF", "WEBP"))
        with opened as image:
            most = _MOST_PIXELS.get(str(image.format), _MAX_PIXELS)
            if isinstance(image, JpegImageFile) and (held := coefficient_bytes(image)):
                most = min(most, int(_MAX_DECODER_BYTES / held))
            check_pixels(image.width, image.height, name, most)
            if image.format in ("GIF", "WEBP", "PNG") and getattr(image, "n_frames", 1) > 1:
                return _animation_facts(image, name)
            return _still_facts(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        if "truncated" in str(error).lower():
            raise refusal(name, "is incomplete: the end of the file is missing") from None
        raise refusal(name, "is damaged and cannot be read") from None
    except Image.DecompressionBombError:
        raise refusal(name, "is too large to be drawn") from None


def check_pixels(width: int, height: int, name: str, most: int = _MAX_PIXELS_VIDEO) -> None:
    """Raises `UnsupportedFile` for a picture that takes too much memory; before it is decoded."""
    if width * height > most:
        limit = f"{width}x{height} pixels; at most {most // 1_000_000} million"
        raise refusal(name, f"is too large to be drawn ({limit})")


def _still_facts(image: Image.Image) -> dict[str, Any]:
    orientation = image.getexif().get(0x0112)
    rotation = _TURNS.get(orientation, 0) if isinstance(orientation, int) else 0
    size = image.size if rotation % 180 == 0 else (image.size[1], image.size[0])
    facts = {**_look(image, size), "recorded_at": _recorded_at(image)}
    image.draft("RGB", (image.width // 8, image.height // 8))
    image.load()
    return {**facts, "kind": "image", "duration_ms": 0, "rotation": rotation}


def _recorded_at(image: Image.Image) -> float:
    """What EXIF says; 0 where it says nothing, or cannot be read: that is no reason to refuse a picture."""
    try:
        exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
        written, offset = exif.get(_TAKEN), exif.get(_TAKEN_OFFSET)
    except (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, struct.error):
        return 0
    if not isinstance(written, str):
        return 0
    return recorded_at(written.rstrip("\0"), offset if isinstance(offset, str) else "")


_TAKEN, _TAKEN_OFFSET = ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal


def _animation_facts(image: Image.Image, name: str) -> dict[str, Any]:
    """An animation is a video; its frames' own durations make its length."""
    check_pixels(image.width, image.height, name, _MAX_PIXELS_ANIMATED)
    frames = getattr(image, "n_frames", 1)
    if frames > _MAX_FRAMES or frames * image.width * image.height > _MAX_PIXELS_IN_ALL:
        size = f"{frames} pictures of {image.width}x{image.height} pixels"
        raise refusal(name, f"is too long to be drawn ({size})")
    facts = _look(image, image.size)
    durations: list[int] = []
    pictures = iter(ImageSequence.Iterator(image))
    if getattr(image, "default_image", False):  # shown by those alone that play no animated PNG
        next(pictures)
    for frame in pictures:
        frame.load()
        shown = int(frame.info.get("duration") or 0)
        durations.append(shown if shown >= _SHORTEST_MS else _DEFAULT_MS)
    total = sum(durations)
    return {
        **facts,
        "kind": "video",
        "duration_ms": total,
        "fps": round(1000 * len(durations) / total, 3),
        "variable_fps": len(set(durations)) > 1,
    }


def _look(image: Image.Image, size: tuple[int, int]) -> dict[str, Any]:
    alpha = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    return {
        "width": size[0],
        "height": size[1],
        "video_codec": str(image.format).lower(),
        "pixel_format": _PIXEL_FORMATS.get(image.mode, image.mode.lower()),
        "has_alpha": alpha,
    }
