"""Texts as pictures: exactly the characters that were typed, wrapped and legible on anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, groupby
from pathlib import Path

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont, features

from vbtui.base.errors import RenderFailed
from vbtui.base.text import clean
from vbtui.studio.render.bidi import base_of, has_right_to_left, in_order, is_shaped, levels
from vbtui.studio.render.model import Canvas, Words
from vbtui.studio.render.typefaces import (
    BUNDLED,
    UNSHAPED,
    Face,
    clusters,
    color_face,
    face_for,
    is_invisible,
    language_of,
)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A text, drawn: an RGBA picture and where its upper left corner lies on the canvas."""

    path: Path
    x: int
    y: int


WIDEST = 0.88
"""A line's width at most, as a share of the frame's."""
HIGHEST = 0.86
MARGIN = 0.07
"""Between the frame's upper or lower edge and a text, as a share of the frame's height."""
LINE_HEIGHT = 1.25
SMALLEST = 8
_DENSE = 0.45
"""So much smaller a caption may be, to have no more lines than it needs."""
_OUTLINE = 0.055
_SHADOW = 0.07
_SECOND = 0.66
"""Of a lower third: the size of what stands below the name."""
_BAR = 0.16
"""The width of its bar."""
LIT, LIT_OTHER = (255, 212, 0), (64, 196, 255)
"""What is lit is yellow; in a yellow text, blue."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one line that one face draws."""

    text: str
    face: Face
    direction: str | None = None
    """`ltr` or `rtl` on a line where something is read from right to left."""
    first: int = 0
    """How many characters, white space not counted, stand before it on its line, as it is read."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Lines that fit the frame at a size in pixels."""

    lines: Sequence[Sequence[_Run]]
    """Each from left to right."""
    said: Sequence[str]
    """The same lines as they are read."""
    widths: Sequence[float]
    sizes: Sequence[int]
    """Of each line."""
    size: int
    """Of the first one."""


def draw_words(words: Words, canvas: Canvas, path: Path) -> Overlay:
    """Draws `words` into the PNG file `path`, cropped to what is seen; where it lies."""
    if is_shaped(words.text) and not features.check("raqm"):
        raise RenderFailed(f"“{words.text[:60]}” cannot be rendered: {UNSHAPED.of(chinese=False)}")
    layout = _fit(words, canvas)
    picture = _paint(words, layout)
    x, y = _left(words, canvas, picture.width), _top(words, canvas, picture.height)
    left, upper = max(0, -x), max(0, -y)
    right = min(picture.width, canvas.width - x)
    lower = min(picture.height, canvas.height - y)
    picture.crop((left, upper, right, lower)).save(path, "PNG", compress_level=1)
    return Overlay(path, max(0, x), max(0, y))


def identity(words: Words) -> str:
    """Names the fonts that draw `words`: another font, another identity."""
    runs = _runs(words.text, language_of(words.text), words.font)
    return " ".join(sorted({_identity(run.face) for run in runs if not run.text.isspace()}))


def _identity(face: Face) -> str:
    if face.path == BUNDLED:
        return f"{BUNDLED.name}:{BUNDLED.stat().st_size}"
    stat = face.path.stat()
    return f"{face.path}:{face.index}:{stat.st_size}:{stat.st_mtime_ns}"


def _top(words: Words, canvas: Canvas, height: int) -> int:
    margin = round(canvas.height * MARGIN)
    if words.position.startswith("top"):
        return margin
    if words.position.startswith("bottom"):
        return canvas.height - margin - height
    return (canvas.height - height) // 2


def _left(words: Words, canvas: Canvas, width: int) -> int:
    margin = round(canvas.width * (1 - WIDEST) / 2)
    if words.position.endswith("left"):
        return min(margin, max(0, canvas.width - width))
    if words.position.endswith("right"):
        return max(canvas.width - margin - width, 0)
    return (canvas.width - width) // 2


def _fit(words: Words, canvas: Canvas) -> _Layout:
    """The largest size, at most the wanted one, at which all lines fit into the frame; a caption of many lines, as in
    an upright frame, is smaller."""
    size = wanted = max(SMALLEST, round(words.size * canvas.height))
    most = max(2, words.text.strip().count("\n") + 1) if words.role == "caption" else 0
    while True:
        layout = _layout(words, size, canvas.width * WIDEST)
        height = sum(layout.sizes) * LINE_HEIGHT
        fits = height <= canvas.height * HIGHEST and not _splits_words(words, layout)
        fits = fits and not (most and len(layout.lines) > most and size > _DENSE * wanted)
        if fits or size <= SMALLEST:
            return layout
        size = max(SMALLEST, int(size * 0.92))


def _splits_words(words: Words, layout: _Layout) -> bool:
    """Whether a word was broken although a smaller size could keep it whole."""
    whole = {token for token in _tokens(words.text) if len(token) < 25}
    shown = [token for line in layout.said for token in _tokens(line)]
    return any(token.strip() and token not in shown for token in whole)


def _layout(words: Words, size: int, width: float) -> _Layout:
    language, base = language_of(words.text), base_of(words.text)
    lines: list[list[_Run]] = []
    said: list[str] = []
    widths: list[float] = []
    sizes: list[int] = []
    for paragraph in clean(words.text).strip("\n").replace("\t", "    ").split("\n"):
        lower = words.style == "lower third" and lines
        own = max(SMALLEST, round(size * _SECOND)) if lower else size
        for line in _wrap(paragraph.rstrip(), own, width, language, words.font):
            runs = _in_order(line, _runs(line, language, words.font), base)
            lines.append(runs)
            said.append(line)
            widths.append(_width(runs, own))
            sizes.append(own)
    return _Layout(lines, said, widths, sizes, size)


_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_NOT_FIRST = "、。，．・：；？！）」』】〉》］｝ー…,.:;?!)]}’”%"
_TOKEN = re.compile(rf"\s+|[{_WIDE}][{re.escape(_NOT_FIRST)}]*|[^\s{_WIDE}]+")


def _tokens(text: str) -> list[str]:
    """Pieces between which a line may break: words, white space, single wide characters."""
    return _TOKEN.findall(text)


def _wrap(text: str, size: int, width: float, language: str, font: str) -> list[str]:
    lines: list[str] = []
    line = ""
    for token in _tokens(text):
        if _measure(line + token.rstrip(), size, language, font) <= width:
            line += token
            continue
        if line.strip():
            lines.append(line.rstrip())
            line = ""
        line += token.lstrip()
        while len(line) > 1 and _measure(line, size, language, font) > width:
            cut = _longest(line, size, width, language, font)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()]


def _longest(line: str, size: int, width: float, language: str, font: str) -> int:
    """How many characters of `line`, at least one, fit into `width`; an emoji is not cut."""
    ends = list(accumulate(len(part) for part, _ in clusters(line)))
    low, high = 1, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if _measure(line[: ends[middle - 1]], size, language, font) <= width:
            low = middle
        else:
            high = middle - 1
    return ends[low - 1]


def _measure(text: str, size: int, language: str, font: str) -> float:
    return _width(_runs(text, language, font), size)


def _width(runs: Sequence[_Run], size: int) -> float:
    return sum(_run_width(run, size) for run in runs)


def _run_width(run: _Run, size: int) -> float:
    length = _font(run.face, size).getlength(run.text, direction=run.direction)
    return length * size / run.face.bitmap if run.face.bitmap else length


def _runs(text: str, language: str, font: str) -> list[_Run]:
    faces: list[tuple[str, Face]] = []
    for part, emoji in clusters(text):
        face = color_face(part[-1] if part[-1] == "\u20e3" else part[0]) if emoji else None
        if face is not None:
            faces.append((part, face))
            continue
        for char in part:
            joins = is_invisible(char) or "\U0001f3fb" <= char <= "\U0001f3ff"
            if joins and faces and not (char.isspace() and faces[-1][1].bitmap):
                faces.append((char, faces[-1][1]))
            else:
                faces.append((char, face_for(char, language, font) or Face(BUNDLED)))
    pairs = groupby(faces, key=lambda pair: pair[1])
    return [_Run("".join(part for part, _ in group), face) for face, group in pairs]


def _in_order(line: str, runs: list[_Run], base: int) -> list[_Run]:
    """The runs from left to right, parted where the direction changes."""
    is_mixed, parts = has_right_to_left(line), [(run, 0) for run in runs]
    if is_mixed:
        steps = iter(levels(line, base))
        parts = [
            (
                _Run("".join(char for char, _ in group), run.face, "rtl" if level % 2 else "ltr"),
                level,
            )
            for run in runs
            for level, group in groupby(
                [(char, next(steps)) for char in run.text], key=lambda one: one[1]
            )
        ]
    counted, seen = [], 0
    for run, _ in parts:
        counted.append(replace(run, first=seen))
        seen += len("".join(run.text.split()))
    return [counted[at] for at in in_order([level for _, level in parts])] if is_mixed else counted


@lru_cache(maxsize=64)
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face.path), face.bitmap or size, index=face.index)


def _paint(words: Words, layout: _Layout) -> Image.Image:
    size = layout.size
    outline = max(1, round(size * _OUTLINE * (2 if words.outline == "thick" else 1)))
    deep = round(size * 0.08) if words.shadow == "thick" else 0
    pad = outline + deep + round(size * (0.3 if words.box or words.style else 0.22))
    heights = [round(one * LINE_HEIGHT) for one in layout.sizes]
    bar = round(size * _BAR) + pad // 2 if words.style else 0
    width = round(max(layout.widths, default=0)) + 2 * pad + bar
    height = sum(heights) + 2 * pad
    shape = (width + width % 2, height + height % 2)
    letters, edges, lit = (Image.new("L", shape) for _ in range(3))
    seen = 0
    colored = Image.new("RGBA", shape)
    upper = pad
    for line, line_width, own, line_height in zip(
        layout.lines, layout.widths, layout.sizes, heights, strict=True
    ):
        x = (shape[0] - line_width) / 2
        if words.position.endswith("left") or words.style:
            x = pad + bar
        elif words.position.endswith("right"):
            x = shape[0] - pad - line_width
        baseline = upper + round(own * 0.98)
        upper += line_height
        for run in line:
            if run.face.bitmap:
                _stamp(colored, run, (round(x), baseline), own)
            else:
                font, way = _font(run.face, own), run.direction
                place = (x, baseline)
                for begin, end in _lit_parts(run.text, seen + run.first, words.lit):
                    beside = run.text[end:] if way == "rtl" else run.text[:begin]
                    moved = x + font.getlength(beside, direction=way)
                    ImageDraw.Draw(lit).text(
                        (moved, baseline), run.text[begin:end], 255, font, "ls", direction=way
                    )
                ImageDraw.Draw(letters).text(place, run.text, 255, font, "ls", direction=way)
                ImageDraw.Draw(edges).text(
                    place, run.text, 255, font, "ls", direction=way,
                    stroke_width=0 if words.outline == "none" else outline,
                )  # fmt: skip
            x += _run_width(run, own)
        seen += sum(len("".join(run.text.split())) for run in line)
    return _compose(words, size, letters, edges, colored, lit)


def _lit_parts(text: str, seen: int, lit: tuple[int, int]) -> list[tuple[int, int]]:
    """The part of `text` whose characters are lit, `seen` others being before it."""
    places = []
    for place, char in enumerate(text):
        if not char.isspace():
            if lit[0] <= seen < lit[1]:
                places.append(place)
            seen += 1
    return [(places[0], places[-1] + 1)] if places else []


def _stamp(picture: Image.Image, run: _Run, place: tuple[int, int], size: int) -> None:
    """Draws characters of a colour bitmap font, scaled to `size`."""
    font = _font(run.face, size)
    scale = size / run.face.bitmap
    box = (max(1, round(font.getlength(run.text))), round(run.face.bitmap * 1.3))
    glyphs = Image.new("RGBA", box)
    ImageDraw.Draw(glyphs).text(
        (0, run.face.bitmap), run.text, font=font, anchor="ls", embedded_color=True
    )
    small = glyphs.resize((max(1, round(box[0] * scale)), max(1, round(box[1] * scale))))
    picture.alpha_composite(small, (max(0, place[0]), max(0, place[1] - size)))


def _compose(
    words: Words,
    size: int,
    letters: Image.Image,
    edges: Image.Image,
    colored: Image.Image,
    lit: Image.Image,
) -> Image.Image:
    """Shadow, outline, letters, those that are lit, and emoji, one over the other."""
    color = ImageColor.getrgb(words.color)[:3]
    bright = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 90
    edge_color = (0, 0, 0) if bright else (255, 255, 255)
    line_color = ImageColor.getrgb(words.edge)[:3] if words.edge else edge_color
    picture = Image.new("RGBA", letters.size)
    if words.style:
        drawn = ImageDraw.Draw(picture)
        drawn.rectangle((0, 0, letters.width - 1, letters.height - 1), fill=(*edge_color, 170))
        drawn.rectangle((0, 0, max(1, round(size * _BAR)), letters.height - 1), fill=(*LIT, 255))
    elif words.box:
        box = ImageDraw.Draw(picture)
        area = (0, 0, letters.width - 1, letters.height - 1)
        box.rounded_rectangle(area, round(size * 0.25), fill=(*edge_color, 150))
    solid = ImageChops.lighter(edges, colored.getchannel("A"))
    if words.shadow == "thick":
        aside = max(1, round(size * 0.08))
        shadow = ImageChops.offset(
            solid.filter(ImageFilter.GaussianBlur(size * 0.03)), aside, aside
        )
        _lay(picture, edge_color, shadow)
    elif not words.shadow:
        shadow = solid.filter(ImageFilter.GaussianBlur(max(1.0, size * _SHADOW)))
        shadow = ImageChops.offset(shadow, 0, max(1, round(size * 0.03)))
        _lay(picture, edge_color, shadow.point(lambda value: value * 0.75))
    if words.outline != "none":
        strength = 1.0 if words.outline or words.edge else 0.85
        _lay(picture, line_color, edges.point(lambda value: value * strength))
    _lay(picture, color, letters)
    _lay(picture, LIT if color != LIT else LIT_OTHER, lit)
    picture.alpha_composite(colored)
    return picture


def _lay(picture: Image.Image, color: tuple[int, ...], mask: Image.Image) -> None:
    layer = Image.new("RGBA", picture.size, (*color, 0))
    layer.putalpha(mask)
    picture.alpha_composite(layer)
