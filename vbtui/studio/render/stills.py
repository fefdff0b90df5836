"""Pictures made ready for the canvas with Pillow, upright and in plain RGB."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps

from vbtui.base.errors import BadFile
from vbtui.studio.project.media import Media
from vbtui.studio.render.model import Canvas

_BLUR_SHARE = 0.03
"""Radius of the background's blur as a share of the canvas's longer side."""
_DARKER = 0.6


def make_still(media: Media, fit: str, canvas: Canvas, path: Path) -> None:
    """Writes `media` as it is seen on the canvas to the PNG file `path`. Raises `BadFile`."""
    size = (canvas.width, canvas.height)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _open(media.path, size)
            _place(picture, fit, size).save(path, "PNG", compress_level=1)
    except FileNotFoundError:
        raise BadFile(f"“{media.filename}” is no longer there.", hint="Upload it again.") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadFile(
            f"“{media.filename}” is damaged and cannot be read.", hint="Upload a whole copy of it."
        ) from None


def _open(path: Path, size: tuple[int, int]) -> Image.Image:
    """The picture upright, as sRGB, with its alpha channel if it has one."""
    with Image.open(path) as image:
        image.draft("RGB", (size[0] * 2, size[1] * 2))
        upright = ImageOps.exif_transpose(image)
        upright = _to_srgb(upright, image.info.get("icc_profile"))
    if upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Colours as on a plain screen; a profile that makes no sense is left out."""
    if not isinstance(profile, bytes) or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _place(picture: Image.Image, fit: str, size: tuple[int, int]) -> Image.Image:
    back = Image.new("RGB", size)
    if fit == "cover":
        front = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    else:
        front = _inside(picture, size)
    if fit == "blur" and front.size != size:
        back = _blurred(picture, size)
    corner = ((size[0] - front.width) // 2, (size[1] - front.height) // 2)
    back.paste(front, corner, front if front.mode == "RGBA" else None)
    return back


def _inside(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = min(size[0] / picture.width, size[1] / picture.height)
    fitted = (
        min(size[0], max(1, round(picture.width * scale))),
        min(size[1], max(1, round(picture.height * scale))),
    )
    return picture.resize(fitted, Image.Resampling.LANCZOS)


def _blurred(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    small = (max(8, size[0] // 8), max(8, size[1] // 8))
    flat = Image.new("RGB", picture.size)
    flat.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    soft = ImageOps.fit(flat, small).filter(ImageFilter.GaussianBlur(max(small) * _BLUR_SHARE))
    return soft.resize(size, Image.Resampling.BICUBIC).point(lambda value: value * _DARKER)
