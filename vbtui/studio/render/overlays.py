"""What a graph needs beside the plan: pictures that were made for it.

Texts and photos become pictures of exactly the size in which they are shown.
"""

from __future__ import annotations

import asyncio
import io
import threading
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps

from vbtui.base.errors import BadFile
from vbtui.studio.project.media import Media
from vbtui.studio.render.model import Canvas, Plan, Shot, Words
from vbtui.studio.render.text import Overlay, draw_words


@dataclass(frozen=True, slots=True)
class Overlays:
    """All that the frames of some run need beside the plan."""

    stills: dict[tuple[str, str], Path] = field(default_factory=dict)
    """Media id and fit → a PNG of exactly the canvas's size."""
    words: dict[Words, Overlay] = field(default_factory=dict)


class OverlayFolder:
    """Makes the overlays of a plan in one directory, each when it is first needed."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.folder = folder
        self._plan = plan
        self._made = Overlays()
        self._busy = threading.Lock()

    async def prepare(self, start: int, end: int) -> Overlays:
        """The overlays of the frames `start`..`end`.

        Raises `BadFile` for a file that is damaged and `OSError` for a full disk.
        """
        return await asyncio.to_thread(self._prepare, start, end)

    def _prepare(self, start: int, end: int) -> Overlays:
        with self._busy:
            for span in self._plan.part(start, end):
                for shot in (span.shot, span.into):
                    if shot is not None:
                        self._prepare_shot(shot)
            for words in self._plan.words:
                if words.start < end and words.end > start and words not in self._made.words:
                    self._draw(words)
        return self._made

    def _prepare_shot(self, shot: Shot) -> None:
        media, made = shot.media, self._made
        if media.kind == "image" and (media.id, shot.fit) not in made.stills:
            path = self.folder / f"still{len(made.stills)}.png"
            make_still(media, shot.fit, self._plan.canvas, path)
            made.stills[media.id, shot.fit] = path

    def _draw(self, words: Words) -> None:
        path = self.folder / f"text{len(self._made.words)}.png"
        self._made.words[words] = draw_words(words, self._plan.canvas, path)


def check_sources(plan: Plan) -> None:
    """Raises `BadFile` naming every file that is gone, unreadable or not what was uploaded."""
    problems = [problem for media in plan.media if (problem := _problem(media))]
    if problems:
        raise BadFile(
            " ".join(problems),
            hint="Upload it again." if len(problems) == 1 else "Upload them again.",
        )


def _problem(media: Media) -> str:
    try:
        with media.path.open("rb") as file:
            size = file.seek(0, 2)
    except FileNotFoundError:
        return f"“{media.filename}” is no longer there."
    except OSError as error:
        return f"“{media.filename}” cannot be read: {error.strerror}."
    if media.size and size != media.size:
        return f"“{media.filename}” has changed since it was uploaded."
    return ""


# Stills: made ready for the canvas with Pillow, upright and in plain RGB

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
