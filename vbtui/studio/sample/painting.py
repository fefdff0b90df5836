"""What the sample's pictures are made of: skies, clouds, hills, water, trees, towers, lights.

Everything is drawn from the numbers of the `random.Random` that it is given, so the same each time.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

WIDTH, HEIGHT = 1920, 1080
"""What a clip is painted on; it has two thirds of that in the end."""
Colour = tuple[int, int, int]
Stops = Sequence[tuple[float, Colour]]
"""Of a gradient: place from 0 at the top to 1, and the colour there."""


def noise(
    rnd: random.Random, width: int, height: int, cells: float, octaves: int = 6, flat: float = 1
) -> Image.Image:
    """Fractal noise, 0-255, `cells` lumps high, each `flat` times as wide as high."""
    total: Image.Image | None = None
    share = 1.0
    for octave in range(octaves):
        down = max(2, round(cells * 2**octave))
        across = max(2, round(down * width / height / flat))
        if across > width or down > height:
            break
        lumps = Image.frombytes("L", (across, down), rnd.randbytes(across * down))
        large = lumps.resize((width, height), Image.Resampling.BICUBIC)
        total = large if total is None else Image.blend(total, large, share / (1 + share))
        share *= 0.62
    assert total is not None
    return ImageOps.autocontrast(total)


def gradient(size: tuple[int, int], stops: Stops) -> Image.Image:
    """From top to bottom; without a stop at the end the last colour goes on."""
    _, height = size
    column = Image.new("RGB", (1, height))
    for row in range(height):
        place = row / max(1, height - 1)
        before = max((stop for stop in stops if stop[0] <= place), key=lambda stop: stop[0])
        after = min(
            (stop for stop in stops if stop[0] > place), default=before, key=lambda stop: stop[0]
        )
        span = after[0] - before[0]
        column.putpixel(
            (0, row), mixed(before[1], after[1], (place - before[0]) / span if span else 0)
        )
    return column.resize(size)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def glow(
    image: Image.Image, centre: tuple[int, int], radius: int, colour: Colour, most: float
) -> None:
    """Light around a point, drawn into `image`."""
    edge = Image.radial_gradient("L").getpixel((128, 0))  # above it lie the corners
    assert isinstance(edge, int)
    light = Image.radial_gradient("L").point(
        lambda value: round(max(0, 1 - value / edge) ** 2 * 255 * most)
    )
    light = light.resize((2 * radius, 2 * radius))
    image.paste(colour, (centre[0] - radius, centre[1] - radius), light)


def clouds(
    rnd: random.Random,
    width: int,
    height: int,
    cells: float,
    colour: Colour,
    from_: float,
    most: float,
    *,
    flat: float,
) -> Image.Image:
    """Clouds, lit from above; they fade out at the top and the bottom.

    Args:
        from_: 0-1, the density where a cloud begins.
        most: 0-1, how dense the densest is.
    """
    half = (width // 2, height // 2)
    density = noise(rnd, *half, cells, flat=flat)
    lit = ImageChops.subtract(density, ImageChops.offset(density, -3, -9), 1, 206)
    begin = round(from_ * 255)
    alpha = density.point(lambda value: round(min(1, max(0, value - begin) / 70) * 255 * most))
    fade = gradient(
        half, [(0, (0, 0, 0)), (0.2, (255,) * 3), (0.7, (255,) * 3), (1, (0, 0, 0))]
    ).convert("L")
    clouds = ImageOps.colorize(lit, mixed(colour, (70, 80, 110), 0.75), colour).convert("RGBA")
    clouds.putalpha(ImageChops.multiply(alpha, fade))
    return clouds.resize((width, height), Image.Resampling.BILINEAR)


def ripples(
    rnd: random.Random,
    width: int,
    height: int,
    colour: Colour,
    *,
    centre: int | None = None,
    faint: float = 1,
) -> Image.Image:
    """Light or dark on water: long streaks, longer towards the viewer; around `centre` alone where that is given."""
    rows = Image.new("L", (width, height))
    top = 0
    while top < height:
        tall = max(6, round((top + 24) / 5))
        band = noise(rnd, width, max(4, tall), 2, 3, flat=max(4, 130 / tall))
        rows.paste(band.resize((width, tall)), (0, top))
        top += tall
    alpha = rows.point(lambda value: round(max(0, value - 150) * 1.5 * faint))
    if centre is not None:
        near = Image.linear_gradient("L").rotate(90).resize((420, height))
        column = Image.new("L", (width, height))
        column.paste(near, (centre - 220, 0))
        column.paste(ImageOps.mirror(near), (centre + 200, 0))
        alpha = ImageChops.multiply(alpha, column.filter(ImageFilter.GaussianBlur(20)))
    water = Image.new("RGBA", (width, height), colour)
    water.putalpha(alpha)
    return water


def heights(rnd: random.Random, width: int, roughness: float) -> list[float]:
    """0-1 for each column: the outline of hills."""
    heights = [0.0] * width
    share, wave = 1.0, width / 2.6
    while wave > 4:
        shift, stretch = rnd.random() * 6.28, rnd.uniform(0.8, 1.3)
        step = 6.28 / (wave * stretch)
        heights = [
            height + share * math.sin(column * step + shift)
            for column, height in enumerate(heights)
        ]
        share, wave = share * roughness, wave / 2.1
    low, high = min(heights), max(heights)
    return [(height - low) / (high - low) for height in heights]


def ridge(
    rnd: random.Random,
    width: int,
    height: int,
    colour: Colour,
    *,
    below: int = 0,
    roughness: float = 0.42,
    texture: int = 0,
) -> Image.Image:
    """Hills `height` high, and the land in front of them, `below` high; the further down the darker."""
    outline = [
        (column, round(height * (1 - top)))
        for column, top in enumerate(heights(rnd, width, roughness))
    ]
    mask = Image.new("L", (width, height + below))
    ImageDraw.Draw(mask).polygon([(0, height + below), *outline, (width, height + below)], fill=255)
    land = gradient(
        mask.size,
        [(0, mixed(colour, (255, 250, 236), 0.14)), (1, mixed(colour, (10, 16, 20), 0.45))],
    )
    if texture:
        spots = noise(rnd, width // 2, mask.height // 2, 14, 5, flat=2.5).resize(mask.size)
        land = ImageChops.multiply(
            land, ImageOps.colorize(spots, (255 - 3 * texture,) * 3, (255, 255, 255))
        )
    land = land.convert("RGBA")
    land.putalpha(mask.filter(ImageFilter.GaussianBlur(0.8)))
    return land


def trees(
    image: Image.Image,
    rnd: random.Random,
    rows: tuple[int, int],
    count: int,
    *,
    colour: Colour = (44, 74, 38),
) -> None:
    """Trees with their feet between two rows of `image`, smaller at the upper one."""
    draw = ImageDraw.Draw(image)
    for foot in sorted(rnd.randrange(*rows) for _ in range(count)):
        size = 26 + 60 * (foot - rows[0]) / max(1, rows[1] - rows[0]) * rnd.uniform(0.6, 1.2)
        left = rnd.randrange(image.width)
        if rnd.random() < 0.5:
            draw.polygon(
                [(left - size / 3, foot), (left, foot - size * 1.5), (left + size / 3, foot)],
                fill=(*colour, 255),
            )
        else:
            shade = mixed(colour, (colour[0] * 2, colour[1] * 2, colour[2]), rnd.random() * 0.5)
            for puff in range(9):
                x, y = (
                    left + size * math.cos(puff) * 0.35,
                    foot - size * 0.7 + size * math.sin(puff * 2.1) * 0.3,
                )
                draw.ellipse(
                    (x - size / 3, y - size / 3, x + size / 3, y + size / 3), fill=(*shade, 255)
                )
            draw.rectangle(
                (left - 2, foot - size / 2, left + 2, foot),
                fill=(*mixed(colour, (20, 14, 10), 0.6), 255),
            )


def stars(image: Image.Image, rnd: random.Random, count: int, below: int) -> None:
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y, light = rnd.randrange(image.width), rnd.randrange(below), rnd.randrange(90, 256)
        size = 1 if light > 235 else 0
        draw.ellipse((x, y, x + size, y + size), fill=(light, light, min(255, light + 20)))


def towers(
    rnd: random.Random, width: int, height: int, colour: Colour, *, far: bool
) -> Image.Image:
    """Buildings with lit windows."""
    towers = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(towers)
    lights = ((255, 214, 140), (255, 236, 190), (200, 222, 255), (255, 180, 100))
    left = -30
    cell = 9 if far else 14
    while left < width:
        wide = rnd.randrange(50, 110) if far else rnd.randrange(80, 190)
        top = round(height * (1 - rnd.random() ** 1.6 * 0.75 - 0.2))
        shade = mixed(colour, (60, 60, 96), rnd.random() * 0.4)
        draw.rectangle((left, top, left + wide, height), fill=(*shade, 255))
        if rnd.random() < 0.3:
            middle = left + wide // 2
            draw.line((middle, top - 46, middle, top), fill=(*shade, 255), width=3)
            draw.ellipse((middle - 3, top - 50, middle + 3, top - 44), fill=(255, 70, 60, 255))
        awake = rnd.uniform(0.12, 0.5)
        for y, x in itertools.product(
            range(top + 8, height - cell, cell), range(left + 7, left + wide - cell, cell)
        ):
            if rnd.random() < awake:
                light = mixed(shade, lights[rnd.randrange(len(lights))], rnd.uniform(0.35, 1))
                draw.rectangle((x, y, x + cell // 2, y + cell * 5 // 9), fill=(*light, 255))
        left += wide + rnd.randrange(-6, 16)
    return towers.filter(ImageFilter.GaussianBlur(1.2 if far else 0.7))


def windows(draw: ImageDraw.ImageDraw, rnd: random.Random, left: int, top: int, wide: int) -> None:
    """The windows and the door of one house."""
    across = wide // 66
    gap = wide / across
    for row, column in itertools.product(range((900 - top) // 120), range(across)):
        x, y = left + gap * (column + 0.5), top + 40 + row * 120
        glass = (255, 214, 140) if rnd.random() < 0.2 else (70, 80, 96)
        draw.rectangle((x - 20, y - 4, x + 20, y + 62), fill=(236, 228, 214))
        draw.rectangle((x - 15, y, x + 15, y + 58), fill=glass)
        draw.line((x, y, x, y + 58), fill=(236, 228, 214), width=3)
        for shutter in (x - 36, x + 22):
            draw.rectangle((shutter, y - 2, shutter + 14, y + 60), fill=(74, 96, 84))
    door = left + wide // 2
    draw.rectangle((door - 26, 880, door + 26, 980), fill=(70, 46, 36))


def bokeh(
    rnd: random.Random,
    width: int,
    height: int,
    colours: Sequence[Colour],
    size: int,
    count: int,
    *,
    most: int = 150,
) -> Image.Image:
    """Lights out of focus: soft discs with a brighter rim. Both halves of a strip of two widths are alike."""
    discs = Image.new("RGBA", (width, height))
    is_strip = width == 2 * WIDTH
    for _ in range(count):
        across = round(size * rnd.uniform(0.6, 1.15))
        disc = Image.new("L", (across + 8, across + 8))
        draw = ImageDraw.Draw(disc)
        alpha = rnd.randrange(most // 3, most)
        draw.ellipse(
            (4, 4, across + 3, across + 3), fill=alpha, outline=min(255, alpha * 7 // 5), width=3
        )
        disc = disc.filter(ImageFilter.GaussianBlur(1.6))
        light = Image.new("RGBA", disc.size, colours[rnd.randrange(len(colours))])
        light.putalpha(disc)
        x, y = (
            rnd.randrange(WIDTH - 8 if is_strip else width),
            rnd.randrange(max(1, height - across)),
        )
        for left in (x - WIDTH, x, x + WIDTH) if is_strip else (x,):
            if -light.width < left < width:
                from_ = max(0, -left)
                discs.alpha_composite(light, (left + from_, y), (from_, 0))
    return discs


def verge(strip: Image.Image, rnd: random.Random) -> None:
    """Grass, bushes and poles close to the line; both halves alike."""
    draw = ImageDraw.Draw(strip)
    for half in (0, WIDTH):
        draw.rectangle((half, 300, half + WIDTH, strip.height), fill=(74, 84, 36, 255))
    things = [(rnd.randrange(WIDTH), rnd.randrange(40, 120), rnd.random()) for _ in range(90)]
    for x, size, light in things:
        colour = mixed((40, 56, 24), (128, 124, 58), light)
        for half in (-WIDTH, 0, WIDTH):
            draw.ellipse(
                (half + x - size, 330 - size * 0.7, half + x + size, 330 + size),
                fill=(*colour, 255),
            )
    for x in (300, 1260):
        for half in (0, WIDTH):
            draw.rectangle((half + x, 0, half + x + 26, strip.height), fill=(58, 48, 44, 255))


def boat(size: float) -> Image.Image:
    """A sailing boat at anchor, with its reflection."""
    width, height = round(190 * size), round(300 * size)
    boat = Image.new("RGBA", (width * 3, height * 3))
    draw = ImageDraw.Draw(boat)
    dark = (28, 26, 42, 255)
    unit, deck = size * 3, height * 3 * 0.62
    draw.polygon(
        [
            (20 * unit, deck),
            (172 * unit, deck - 6 * unit),
            (150 * unit, deck + 24 * unit),
            (44 * unit, deck + 26 * unit),
        ],
        fill=dark,
    )
    draw.rectangle((70 * unit, deck - 18 * unit, 116 * unit, deck), fill=dark)
    draw.rectangle((90 * unit, deck - 180 * unit, 93 * unit, deck), fill=dark)
    draw.line(
        (91 * unit, deck - 178 * unit, 170 * unit, deck - 8 * unit), fill=dark, width=round(unit)
    )
    draw.line((91 * unit, deck - 178 * unit, 24 * unit, deck), fill=dark, width=round(unit))
    draw.polygon(
        [
            (96 * unit, deck - 34 * unit),
            (150 * unit, deck - 26 * unit),
            (96 * unit, deck - 44 * unit),
        ],
        fill=(96, 78, 92, 255),
    )
    boat = boat.resize((width, height), Image.Resampling.LANCZOS)
    below = round(height * 0.7)
    upside = (
        boat.crop((0, 0, width, below))
        .transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        .resize((width, height - below))
    )
    upside = upside.filter(ImageFilter.BoxBlur((1, 3)))
    upside.putalpha(upside.getchannel("A").point(lambda value: value // 2))
    boat.alpha_composite(upside, (0, below))
    return boat
