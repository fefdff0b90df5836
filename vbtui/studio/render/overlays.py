"""What a graph needs beside the plan: pictures that were made for it.

Texts and photos become pictures of exactly the size in which they are shown.
"""

from __future__ import annotations

import asyncio
import io
import math
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from PIL import ExifTags, Image, ImageCms, ImageFilter, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from vbtui.base.errors import BadFile
from vbtui.base.text import clean_line
from vbtui.studio.project import luts
from vbtui.studio.project.media import Media, coefficient_bytes
from vbtui.studio.render.effects import Lut, changes_picture
from vbtui.studio.render.insets import box_of
from vbtui.studio.render.model import WHOLE, Canvas, Inset, Plan, Shot, Words
from vbtui.studio.render.text import Overlay, draw_words
from vbtui.studio.render.views import View


class Still(NamedTuple):
    """A photo as it is shown."""

    media: str
    """Its id."""
    fit: str
    size: tuple[int, int]
    """Pixels."""
    is_clear: bool
    """Transparent where nothing of it is; otherwise black."""
    view: View | None = None
    """What of it is seen; None: all of it."""


def still_of(shot: Shot, canvas: Canvas) -> Still:
    """What a shot of a photo needs: its effects change the photo, and not the black around it."""
    drawn_on = shot.drawn_on(canvas)
    looks = changes_picture(shot.effects)
    return Still(shot.media.id, shot.fit, (drawn_on.width, drawn_on.height), looks, shot.view)


def still_of_inset(inset: Inset, canvas: Canvas) -> Still:
    """The same of one that lies over the picture: of its own size, and what is clear in it stays clear."""
    box = box_of(inset, canvas)
    if inset.shot.cell != WHOLE:
        part = replace(canvas, width=box.width, height=box.height)
        return still_of(replace(inset.shot, cell=WHOLE), part)
    return Still(inset.shot.media.id, "cover", (box.width, box.height), is_clear=True)


@dataclass(frozen=True, slots=True)
class Overlays:
    """All that the frames of some run need beside the plan."""

    stills: dict[Still, Path] = field(default_factory=dict)
    """Each as a PNG of exactly its size."""
    words: dict[Words, Overlay] = field(default_factory=dict)
    luts: dict[Lut, str] = field(default_factory=dict)
    """Each as its filters, which read a file in the folder where ffmpeg runs."""


LUT = "lut"
"""How names of their files begin."""


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
                        self._prepare_still(shot, still_of(shot, self._plan.canvas))
                        self._prepare_luts(shot)
            for inset in self._plan.insets_in(start, end):
                self._prepare_still(inset.shot, still_of_inset(inset, self._plan.canvas))
                self._prepare_luts(inset.shot)
            for words in self._plan.words:
                if words.start < end and words.end > start and words not in self._made.words:
                    self._draw(words)
        return self._made

    def _prepare_still(self, shot: Shot, still: Still) -> None:
        made = self._made
        if shot.media.kind == "image" and still not in made.stills:
            path = self.folder / f"still{len(made.stills)}.png"
            make_still(shot.media, still, path)
            made.stills[still] = path

    def _prepare_luts(self, shot: Shot) -> None:
        for lut in shot.effects:
            if isinstance(lut, Lut) and lut not in self._made.luts:
                self._prepare_lut(lut)

    def _prepare_lut(self, lut: Lut) -> None:
        """Its table under a name of ours: what ffmpeg reads was read here before, and is written anew."""
        name = f"{LUT}{len(self._made.luts)}.cube"
        try:
            table = luts.read(lut.media.path.read_bytes() if lut.media else b"")
        except (OSError, ValueError) as error:
            why = str(error) if isinstance(error, ValueError) else "cannot be read"
            raise BadFile(f"“{clean_line(lut.name)}” {why}.", hint="Upload it again.") from None
        (self.folder / name).write_text(table.text(lut.strength))
        self._made.luts[lut] = lut.mapping(name, table.dimensions)

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


def make_still(media: Media, still: Still, path: Path) -> None:
    """Writes `media` as it is seen to the PNG file `path`. Raises `BadFile`."""
    try:
        with warnings.catch_warnings(), _one_picture:
            warnings.simplefilter("ignore")
            drawn = _drawn(media.path, still)
        drawn.save(path, "PNG", compress_level=1)
    except FileNotFoundError:
        raise BadFile(f"“{media.filename}” is no longer there.", hint="Upload it again.") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadFile(
            f"“{media.filename}” is damaged and cannot be read.", hint="Upload a whole copy of it."
        ) from None


_one_picture = threading.Lock()
"""Decoded, a picture takes up to 400 MB: one at a time is."""


def _drawn(path: Path, still: Still) -> Image.Image:
    fit, size = still.fit, still.size
    with Image.open(path) as stored:
        lies = stored.getexif().get(ExifTags.Base.Orientation, 1) in _LYING
        as_stored = size[::-1] if lies else size
        more = 1.0 if still.view is None else _times_larger(still.view, size)
        _shrink_while_decoding(stored, (round(as_stored[0] * more), round(as_stored[1] * more)))
        profile = stored.info.get("icc_profile") or _profile_of_png(path, stored)

        def shown(
            size: tuple[int, int], fit: Callable[..., tuple[tuple[int, int], Box]]
        ) -> Image.Image:
            if still.view is not None:
                return _seen(stored, still.view, size, fit, profile)
            size = size[::-1] if lies else size
            return _upright(_resized(stored, *fit(stored.size, size)), profile)

        front = shown(size, _covering if fit == "cover" else _inside)
        back = Image.new("RGBA", size) if still.is_clear else Image.new("RGB", size)
        if fit == "blur" and front.size != size:
            small = (max(8, size[0] // 8), max(8, size[1] // 8))
            back = _blurred(shown(small, _covering), size)
    corner = ((size[0] - front.width) // 2, (size[1] - front.height) // 2)
    if back.mode == "RGBA":
        back.alpha_composite(front.convert("RGBA"), corner)
    else:
        back.paste(front, corner, front if front.mode == "RGBA" else None)
    return back


def _times_larger(view: View, size: tuple[int, int]) -> float:
    """How much larger all of a picture is drawn than `size`, where the view fills that."""
    return max(
        size[0] / view.width * view.of[0] / size[0], size[1] / view.height * view.of[1] / size[1]
    )


def _seen(
    stored: Image.Image,
    view: View,
    size: tuple[int, int],
    fit: Callable[..., tuple[tuple[int, int], Box]],
    profile: object,
) -> Image.Image:
    """The view of a picture, upright, as `fit` puts it into `size`."""
    size, (left, top, right, bottom) = fit((view.width, view.height), size)
    wide, high = view.width, view.height
    view = view.cut((left / wide, top / high, 1 - right / wide, 1 - bottom / high))
    orientation = int(stored.getexif().get(ExifTags.Base.Orientation, 1))
    place = _STORED.get(orientation, _STORED[1])
    left, top, right, bottom = view.around
    ends = [place(x / view.of[0], y / view.of[1]) for x, y in ((left, top), (right, bottom))]
    (x, x_end), (y, y_end) = (sorted(pair) for pair in zip(*ends, strict=True))
    box = (x * stored.width, y * stored.height, x_end * stored.width, y_end * stored.height)
    scale = size[0] / view.width
    around = size
    if view.degrees:
        around = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    drawn = _upright(
        _resized(stored, around[::-1] if orientation in _LYING else around, box), profile
    )
    if not view.degrees:
        return drawn
    x_scale, y_scale = around[0] / (right - left), around[1] / (bottom - top)
    origin, across, down = (
        ((at[0] - left) * x_scale, (at[1] - top) * y_scale)
        for at in (view.at(0, 0), view.at(1, 0), view.at(0, 1))
    )
    steps = [
        ((end[axis] - origin[axis]) / side)
        for axis in (0, 1)
        for end, side in ((across, size[0]), (down, size[1]))
    ]
    matrix = (steps[0], steps[1], origin[0], steps[2], steps[3], origin[1])
    return drawn.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)


_STORED: Mapping[int, Callable[[float, float], tuple[float, float]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}
"""By EXIF orientation: where a place of the upright picture lies in it as it is stored, both as shares."""
_LYING = (5, 6, 7, 8)
"""EXIF orientations that change width and height."""
_MOST_BYTES = 480_000_000
"""Of a decoded picture and what its decoder holds beside it."""


def _shrink_while_decoding(stored: Image.Image, size: tuple[int, int]) -> None:
    """Where the format can, a picture is decoded at a half, a quarter or an eighth, but at twice the canvas
    or more. One that would take too much memory otherwise is halved also below that."""
    if not isinstance(stored, JpegImageFile):
        return
    (width, height), least = stored.size, (size[0] * 2, size[1] * 2)
    taken = (4 + coefficient_bytes(stored)) * width * height
    if taken > _MOST_BYTES and min(width // least[0], height // least[1]) < 2:
        least = (width // 2, height // 2)
    stored.draft("RGB", least)


Box = tuple[float, float, float, float]


def _covering(picture: tuple[float, float], size: tuple[int, int]) -> tuple[tuple[int, int], Box]:
    """`size`, and what of a picture fills it: the middle."""
    scale = max(size[0] / picture[0], size[1] / picture[1])
    width, height = size[0] / scale, size[1] / scale
    left, top = max(0.0, (picture[0] - width) / 2), max(0.0, (picture[1] - height) / 2)
    return size, (left, top, min(picture[0], left + width), min(picture[1], top + height))


def _inside(picture: tuple[float, float], size: tuple[int, int]) -> tuple[tuple[int, int], Box]:
    """The size at which a whole picture fits into `size`, and all of it."""
    scale = min(size[0] / picture[0], size[1] / picture[1])
    fitted = (
        min(size[0], max(1, round(picture[0] * scale))),
        min(size[1], max(1, round(picture[1] * scale))),
    )
    return fitted, (0, 0, *picture)


_TILE_PIXELS = 2_000_000
_SUPPORT = 3
"""Pixels of the smaller picture, on each side, that Lanczos' filter takes into account."""
_RESIZABLE = ("L", "RGB", "RGBA", "CMYK", "I")


def _resized(stored: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """What is in `box` at `size`. Tile by tile: only as it is stored is a picture in memory whole.

    The tiles overlap by what the filter sees, so that the result is the same as of one piece.
    """
    mode = stored.mode
    if mode.startswith("I"):
        mode = "I"
    elif stored.has_transparency_data:
        mode = "RGBA"
    elif mode not in _RESIZABLE:
        mode = "L" if mode == "1" else "RGB"
    whole = Image.new(mode, size)
    wide, high = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    columns = max(1, math.floor(math.sqrt(_TILE_PIXELS) / wide))
    rows = max(1, math.floor(_TILE_PIXELS / wide / high / min(columns, size[0])))
    for top in range(0, size[1], rows):
        for left in range(0, size[0], columns):
            right, bottom = min(size[0], left + columns), min(size[1], top + rows)
            seen = (
                box[0] + left * wide,
                box[1] + top * high,
                box[0] + right * wide,
                box[1] + bottom * high,
            )
            around = (_SUPPORT * max(1.0, wide) + 1, _SUPPORT * max(1.0, high) + 1)
            x, y = max(0, math.floor(seen[0] - around[0])), max(0, math.floor(seen[1] - around[1]))
            end = math.ceil(seen[2] + around[0]), math.ceil(seen[3] + around[1])
            tile = stored.crop((x, y, min(stored.width, end[0]), min(stored.height, end[1])))
            place = (
                max(0.0, seen[0] - x),
                max(0.0, seen[1] - y),
                min(tile.width, seen[2] - x),
                min(tile.height, seen[3] - y),
            )
            part = tile.convert(mode).resize((right - left, bottom - top), _LANCZOS, place)
            whole.paste(part, (left, top))
    whole.info = {key: value for key, value in stored.info.items() if key != "transparency"}
    return whole


_LANCZOS = Image.Resampling.LANCZOS


def _upright(picture: Image.Image, profile: object) -> Image.Image:
    """The picture upright, as sRGB, with its alpha channel if it has one."""
    ImageOps.exif_transpose(picture, in_place=True)
    picture = _to_srgb(picture, profile)
    if picture.mode == "I":
        picture = picture.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _blurred(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A dark, blurred copy of the small picture."""
    flat = Image.new("RGB", picture.size)
    flat.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    soft = flat.filter(ImageFilter.GaussianBlur(max(picture.size) * _BLUR_SHARE))
    return soft.resize(size, Image.Resampling.BICUBIC).point(lambda value: value * _DARKER)


_SRGB_GAMMA = 0.45455
_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
_BT2020 = (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
"""White, red, green, blue: x and y of each, as a PNG names them."""
_CODED = {1: _SRGB, 9: _BT2020, 11: _P3, 12: _P3}
"""Primaries of a PNG's `cICP` chunk, in the numbers of ITU-T H.273."""
_SAME_COLOR = 0.004


def _profile_of_png(path: Path, image: Image.Image) -> bytes | None:
    """The ICC profile of what a PNG says of its colours in other ways; None where that is sRGB."""
    if image.format != "PNG":
        return None
    coded = _coded_colors(path)
    if coded is not None:
        places: tuple[float, ...] = _CODED.get(coded, _SRGB)
        gamma = _SRGB_GAMMA
    elif "srgb" in image.info:
        return None
    else:
        gamma = float(image.info.get("gamma") or _SRGB_GAMMA)
        places = tuple(image.info.get("chromaticity") or _SRGB)
    alike = all(abs(a - b) < _SAME_COLOR for a, b in zip(places, _SRGB, strict=True))
    if not 0.1 <= gamma <= 4 or (alike and abs(gamma - _SRGB_GAMMA) < _SAME_COLOR * 2):
        return None
    return _icc_profile(places, gamma)


def _coded_colors(path: Path) -> int | None:
    """The primaries that a `cICP` chunk names; None without one."""
    with path.open("rb") as file:
        head = file.read(_PNG_HEAD)
    place = head.find(b"cICP")
    return head[place + 4] if 0 < place < len(head) - 8 and place < head.find(b"IDAT") else None


_PNG_HEAD = 64 * 1024
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_D50 = (0.9642, 1.0, 0.8249)
Matrix = Sequence[Sequence[float]]


def _icc_profile(places: Sequence[float], gamma: float) -> bytes | None:
    """A profile of three primaries and a curve (ICC.1, matrix and curve); None for impossible ones.

    Args:
        gamma: as a PNG says it: the exponent from light to the value that is stored. sRGB's own curve
            is taken for `_SRGB_GAMMA`.
    """
    try:
        white, *primaries = [
            (x / y, 1.0, (1 - x - y) / y) for x, y in zip(places[::2], places[1::2], strict=True)
        ]
        columns = list(zip(*primaries, strict=True))
        scales = _applied(_inverse(columns), white)
        cone_white, cone_d50 = _applied(_BRADFORD, white), _applied(_BRADFORD, _D50)
    except ZeroDivisionError:
        return None

    def adapted(color: Sequence[float]) -> Sequence[float]:
        cones = _applied(_BRADFORD, color)
        moved = [c * d / w for c, d, w in zip(cones, cone_d50, cone_white, strict=True)]
        return _applied(_inverse(_BRADFORD), moved)

    def fixed(*numbers: float) -> bytes:
        return b"".join(round(number * 65536).to_bytes(4, signed=True) for number in numbers)

    if abs(gamma - _SRGB_GAMMA) < _SAME_COLOR:
        curve = (
            b"para"
            + bytes(4)
            + b"\0\3\0\0"
            + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        )
    else:
        curve = b"para" + bytes(8) + fixed(1 / gamma)
    tags = {b"wtpt": b"XYZ " + bytes(4) + fixed(*_D50)}
    for name, color, scale in zip((b"r", b"g", b"b"), primaries, scales, strict=True):
        tags[name + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*adapted([part * scale for part in color]))
        tags[name + b"TRC"] = curve
    table, data = len(tags).to_bytes(4), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + (begin + len(data)).to_bytes(4) + len(content).to_bytes(4)
        data += content
    head = (
        (begin + len(data)).to_bytes(4) + bytes(4) + b"\4\0\0\0mntrRGB XYZ " + bytes(12) + b"acsp"
    )
    head = head.ljust(68, b"\0") + fixed(*_D50)
    return head.ljust(128, b"\0") + table + data


def _applied(matrix: Matrix, color: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, color, strict=True)) for row in matrix]


def _inverse(m: Matrix) -> Matrix:
    """Raises `ZeroDivisionError` when there is none."""
    cofactors = [
        [
            m[(j + 1) % 3][(i + 1) % 3] * m[(j + 2) % 3][(i + 2) % 3]
            - m[(j + 1) % 3][(i + 2) % 3] * m[(j + 2) % 3][(i + 1) % 3]
            for j in range(3)
        ]
        for i in range(3)
    ]
    determinant = sum(m[0][k] * cofactors[k][0] for k in range(3))
    return [[value / determinant for value in row] for row in cofactors]


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Colours as on a plain screen; a profile that makes no sense is left out."""
    if not isinstance(profile, bytes):
        return image
    if image.mode == "L" and profile[16:20] == b"RGB ":
        image = image.convert("RGB")
    if image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
