"""Pictures, still and animated, measured with Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageSequence, UnidentifiedImageError

from vbtui.studio.project.probe import refusal

_MAX_PIXELS = 120_000_000
"""A picture of 12,000 x 10,000: decoded it takes half a gigabyte."""
_MAX_FRAMES = 3_000
_SHORTEST_MS, _DEFAULT_MS = 20, 100
"""A GIF frame shorter than the first is shown for the second, as browsers and ffmpeg do."""
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""EXIF orientation → degrees clockwise."""

_PIXEL_FORMATS = {"RGB": "rgb24", "RGBA": "rgba", "P": "pal8", "L": "gray", "LA": "ya8"}

warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def picture_facts(path: Path, name: str) -> dict[str, Any]:
    """`Media`'s fields for a picture. Raises `UnsupportedFile`."""
    try:
        with Image.open(path, formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
            if image.width * image.height > _MAX_PIXELS:
                size = f"{image.width}x{image.height}"
                raise refusal(name, f"is too large to be drawn ({size} pixels)")
            if image.format in ("GIF", "WEBP") and getattr(image, "n_frames", 1) > 1:
                return _animation_facts(image)
            return _still_facts(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        if "truncated" in str(error).lower():
            raise refusal(name, "is incomplete: the end of the file is missing") from None
        raise refusal(name, "is damaged and cannot be read") from None
    except Image.DecompressionBombError:
        raise refusal(name, "is too large to be drawn") from None


def _still_facts(image: Image.Image) -> dict[str, Any]:
    orientation = image.getexif().get(0x0112)
    rotation = _TURNS.get(orientation, 0) if isinstance(orientation, int) else 0
    size = image.size if rotation % 180 == 0 else (image.size[1], image.size[0])
    facts = _look(image, size)
    image.draft("RGB", (image.width // 8, image.height // 8))
    image.load()
    return {**facts, "kind": "image", "duration_ms": 0, "rotation": rotation}


def _animation_facts(image: Image.Image) -> dict[str, Any]:
    """An animation is a video; its frames' own durations make its length."""
    facts = _look(image, image.size)
    durations: list[int] = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        shown = int(frame.info.get("duration") or 0)
        durations.append(shown if shown >= _SHORTEST_MS else _DEFAULT_MS)
        if len(durations) >= _MAX_FRAMES:
            break
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
