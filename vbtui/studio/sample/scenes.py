"""The clips and photos of the sample project: one day, from the harbour at dawn to the stars over a lake."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from vbtui.studio.sample import painting as p
from vbtui.studio.sample.painting import HEIGHT, WIDTH, Colour

FPS = 25
SECONDS = 5
"""Of each clip."""
_PHOTO = (1920, 1280)


class Layer(NamedTuple):
    """A picture with transparency that moves over the background."""

    image: Image.Image
    x: str = "0"
    """Where it lies, in ffmpeg's terms: `n` is the number of the frame."""
    y: str = "0"


Drawn = tuple[Image.Image, list[Layer]]
"""The background and what moves over it; a photo has nothing that moves."""


class Scene(NamedTuple):
    """A clip or a photo."""

    name: str
    recorded: str
    """When it was, as a camera would write it."""
    draw: Callable[[random.Random], Drawn]


def _harbour(rnd: random.Random) -> Drawn:
    """Sunrise over the sea, boats at anchor."""
    horizon = 640
    sky = p.gradient(
        (WIDTH, horizon),
        [
            (0, (52, 60, 104)),
            (0.45, (150, 104, 134)),
            (0.75, (236, 150, 110)),
            (1, (255, 212, 150)),
        ],
    )
    p.glow(sky, (1260, 590), 620, (255, 226, 170), 0.95)
    disc = ImageDraw.Draw(sky)
    disc.ellipse((1212, 520, 1308, 616), fill=(255, 244, 214))
    sky = sky.filter(ImageFilter.GaussianBlur(1.5))
    sea = sky.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((WIDTH, HEIGHT - horizon))
    sea = Image.blend(
        sea.filter(ImageFilter.GaussianBlur(14)), Image.new("RGB", sea.size, (22, 42, 74)), 0.42
    )
    base = Image.new("RGB", (WIDTH, HEIGHT))
    base.paste(sky, (0, 0))
    base.paste(sea, (0, horizon))
    coast = p.ridge(rnd, WIDTH, 90, (78, 66, 98), roughness=0.5)
    base.paste(coast, (0, horizon - 90), coast)
    mirrored = coast.transpose(Image.Transpose.FLIP_TOP_BOTTOM).filter(ImageFilter.GaussianBlur(5))
    base.paste(mirrored, (0, horizon - 4), mirrored)
    clouds = p.clouds(rnd, WIDTH + 300, 430, 3, (255, 208, 190), 0.52, 0.62, flat=3.2)
    glitter = p.ripples(rnd, WIDTH + 500, HEIGHT - horizon, (255, 222, 176), centre=1460)
    dark = p.ripples(rnd, WIDTH + 500, HEIGHT - horizon, (16, 30, 60))
    layers = [
        Layer(clouds, "-n*1.5", "40"),
        Layer(dark, "-250+n*1.5", str(horizon)),
        Layer(glitter, "-200+10*sin(n/8)", str(horizon)),
    ]
    for left, size, beat in ((300, 1.0, 31), (760, 0.62, 23), (1560, 0.8, 27)):
        boat = p.boat(size)
        layers.append(
            Layer(
                boat,
                f"{left}+n*0.25",
                f"{horizon + 34 - boat.height // 2}+{round(90 * size)}+3*sin(n/{beat}*2)",
            )
        )
    return base, layers


def _hills(rnd: random.Random) -> Drawn:
    """Clouds and their shadows pass over green hills."""
    base = p.gradient(
        (WIDTH, HEIGHT), [(0, (58, 122, 196)), (0.5, (150, 196, 232)), (0.66, (214, 230, 238))]
    )
    high = p.clouds(rnd, WIDTH + 300, 560, 3, (255, 255, 255), 0.5, 0.95, flat=1.7)
    low = p.clouds(rnd, WIDTH + 700, 420, 2, (250, 250, 252), 0.56, 0.9, flat=2.6)
    ground = Image.new("RGBA", (WIDTH, HEIGHT))
    rows: tuple[tuple[int, int, Colour], ...] = (
        (560, 150, (120, 152, 168)),
        (640, 130, (92, 134, 120)),
        (730, 150, (84, 132, 66)),
        (850, 120, (104, 146, 52)),
    )
    for top, height, colour in rows:
        ridge = p.ridge(rnd, WIDTH, height, colour, below=HEIGHT - top - height, texture=26)
        ground.alpha_composite(ridge, (0, top))
    p.trees(ground, rnd, (760, 1040), 46)
    shadow = p.clouds(rnd, WIDTH + 900, 480, 2, (10, 26, 30), 0.52, 0.5, flat=3)
    return base, [
        Layer(high, "-n*1.5", "0"),
        Layer(low, "-n*3", "150"),
        Layer(ground),
        Layer(shadow, "-n*4.5", "640"),
    ]


def _city(rnd: random.Random) -> Drawn:
    """A skyline at night beside a river, seen from a boat."""
    water = 700
    base = p.gradient(
        (WIDTH, HEIGHT),
        [(0, (8, 12, 30)), (0.4, (24, 30, 62)), (0.64, (70, 58, 92)), (1, (20, 22, 40))],
    )
    p.stars(base, rnd, 260, water - 260)
    p.glow(base, (420, 190), 260, (190, 200, 230), 0.5)
    ImageDraw.Draw(base).ellipse((378, 148, 462, 232), fill=(236, 236, 224))
    layers: list[Layer] = []
    for depth, speed, tall, shade in ((2, 1.5, 330, (40, 42, 70)), (1, 3.0, 470, (20, 22, 40))):
        wide = WIDTH + math.ceil(speed * SECONDS * FPS) + 8
        towers = p.towers(rnd, wide, tall, shade, far=depth == 2)
        mirror = towers.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(
            (wide, round(tall * 0.72))
        )
        mirror = mirror.filter(ImageFilter.BoxBlur((3, 22)))
        mirror.putalpha(mirror.getchannel("A").point(lambda value: value * 5 // 8))
        layers += [
            Layer(towers, f"-n*{speed}", str(water - tall)),
            Layer(mirror, f"-n*{speed}", str(water)),
        ]
    layers.append(
        Layer(p.ripples(rnd, WIDTH + 500, HEIGHT - water, (10, 14, 34)), "-400+n*1.5", str(water))
    )
    layers.append(
        Layer(
            p.ripples(rnd, WIDTH + 500, HEIGHT - water, (255, 196, 120), faint=0.35),
            "-n*1.5",
            str(water),
        )
    )
    return base, layers


def _traffic(rnd: random.Random) -> Drawn:
    """An evening street, out of focus."""
    base = p.gradient(
        (WIDTH, HEIGHT),
        [(0, (10, 14, 32)), (0.5, (44, 34, 52)), (0.62, (30, 26, 38)), (1, (12, 12, 20))],
    )
    blurred = p.towers(rnd, WIDTH, 620, (24, 24, 40), far=False).filter(
        ImageFilter.GaussianBlur(16)
    )
    base.paste(blurred, (0, 20), blurred)
    layers: list[Layer] = []
    lanes: tuple[tuple[tuple[Colour, ...], int, float, int, int], ...] = (
        (((255, 60, 44), (255, 96, 60)), 34, 4.5, 600, 30),
        (((255, 236, 196), (255, 250, 236)), 46, -7.5, 690, 24),
        (((255, 50, 40), (255, 80, 50)), 62, 10.5, 800, 16),
    )
    for colours, size, speed, top, count in lanes:
        strip = p.bokeh(rnd, WIDTH * 2, size * 3, colours, size, count)
        away = f"mod(n*{abs(speed)},{WIDTH})"
        layers.append(Layer(strip, f"-{away}" if speed > 0 else f"{away}-{WIDTH}", str(top)))
    lamps = p.bokeh(
        rnd,
        WIDTH + 600,
        520,
        ((255, 190, 90), (120, 220, 200), (255, 120, 160), (250, 220, 140)),
        74,
        26,
    )
    layers.append(Layer(lamps, "-n*1.5", "90"))
    drops = p.bokeh(rnd, WIDTH, HEIGHT, ((200, 210, 240),), 130, 7, most=34)
    layers.append(Layer(drops, "30*sin(n/60)", "12*cos(n/50)"))
    return base, layers


def _train(rnd: random.Random) -> Drawn:
    """The land beside a railway line, in the afternoon."""
    base = p.gradient(
        (WIDTH, HEIGHT), [(0, (88, 140, 196)), (0.42, (220, 214, 196)), (0.55, (250, 214, 160))]
    )
    p.glow(base, (1500, 470), 520, (255, 232, 180), 0.8)
    clouds = p.clouds(rnd, WIDTH + 200, 420, 3, (255, 250, 240), 0.54, 0.8, flat=3)
    frames = SECONDS * FPS
    layers = [Layer(clouds, "-n*1.5", "20")]
    rows: tuple[tuple[int, int, Colour, float, int], ...] = (
        (430, 150, (128, 138, 158), 1.5, 0),
        (520, 90, (150, 142, 88), 3, 20),
        (620, 80, (128, 132, 58), 6, 32),
    )
    for top, height, colour, speed, texture in rows:
        wide = WIDTH + math.ceil(speed * frames) + 8
        ridge = p.ridge(rnd, wide, height, colour, below=HEIGHT - top - height, texture=texture)
        if texture:
            p.trees(ridge, rnd, (height // 2, height + 30), 40 if speed == 3 else 30)
            ridge = ridge.filter(ImageFilter.BoxBlur((speed / 3, 0)))
        layers.append(Layer(ridge, f"-n*{speed}", str(top)))
    near = Image.new("RGBA", (WIDTH * 2, 460))
    p.verge(near, rnd)
    near = near.filter(ImageFilter.BoxBlur((22, 1)))
    layers.append(Layer(near, f"-mod(n*42,{WIDTH})", str(HEIGHT - 460)))
    window = Image.new("RGBA", (WIDTH, HEIGHT))
    frame = Image.new("L", (WIDTH, HEIGHT), 235)
    ImageDraw.Draw(frame).rounded_rectangle((70, 46, WIDTH - 70, HEIGHT - 70), 70, fill=0)
    window.paste((26, 24, 26), (0, 0), frame.filter(ImageFilter.GaussianBlur(9)))
    layers.append(Layer(window, "0", "2*sin(n/3)"))
    return base, layers


def _night(rnd: random.Random) -> Drawn:
    """Stars over a lake in the mountains."""
    shore = 660
    base = p.gradient(
        (WIDTH, HEIGHT),
        [(0, (6, 10, 28)), (0.45, (22, 34, 70)), (0.61, (64, 84, 120)), (1, (8, 14, 30))],
    )
    sky = Image.new("RGBA", (WIDTH + 420, shore))
    milk = p.clouds(rnd, sky.width, shore, 4, (150, 150, 200), 0.5, 0.36, flat=1.4)
    sky.alpha_composite(milk)
    p.stars(sky, rnd, 1500, shore)
    mist = p.clouds(rnd, WIDTH + 400, 220, 3, (176, 190, 214), 0.46, 0.5, flat=5)
    land = Image.new("RGBA", (WIDTH, shore + 8))
    ranges: tuple[tuple[int, int, Colour], ...] = (
        (330, 260, (44, 56, 88)),
        (450, 190, (22, 30, 52)),
        (560, 90, (10, 14, 26)),
    )
    for top, height, colour in ranges:
        ridge = p.ridge(rnd, WIDTH, height, colour, below=shore - top - height, roughness=0.5)
        land.alpha_composite(ridge, (0, top))
    p.trees(land, rnd, (shore - 16, shore + 6), 120, colour=(6, 10, 18))
    lake = land.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, WIDTH, HEIGHT - shore))
    lake = lake.filter(ImageFilter.BoxBlur((2, 9)))
    lake.putalpha(lake.getchannel("A").point(lambda value: value * 3 // 4))
    return base, [
        Layer(sky, "-n*1.5", "-n*0.25"),
        Layer(land),
        Layer(lake, "0", str(shore)),
        Layer(mist, "-n*1.5", str(shore - 130)),
        Layer(
            p.ripples(rnd, WIDTH + 400, HEIGHT - shore, (150, 170, 210), faint=0.4),
            "-n*1.5",
            str(shore),
        ),
    ]


def _lake(rnd: random.Random) -> Drawn:
    """A mountain lake in the morning: a photo."""
    width, height = _PHOTO
    shore = 760
    base = p.gradient(
        (width, height), [(0, (96, 150, 206)), (0.4, (206, 222, 232)), (0.6, (246, 226, 200))]
    )
    base.paste(
        clouds := p.clouds(rnd, width, 520, 3, (255, 255, 255), 0.5, 0.9, flat=2), (0, 0), clouds
    )
    ranges: tuple[tuple[int, int, Colour], ...] = (
        (240, 430, (132, 148, 176)),
        (430, 290, (84, 104, 122)),
        (620, 130, (40, 66, 56)),
    )
    for top, tall, colour in ranges:
        ridge = p.ridge(
            rnd, width, tall, colour, below=shore - top - tall, roughness=0.52, texture=34
        )
        base.paste(ridge, (0, top), ridge)
    edge = Image.new("RGBA", (width, height))
    p.trees(edge, rnd, (shore - 8, shore + 4), 150, colour=(22, 44, 36))
    base.paste(edge, (0, 0), edge)
    water = base.crop((0, shore - (height - shore), width, shore)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    water = Image.blend(
        water.filter(ImageFilter.BoxBlur((3, 8))), Image.new("RGB", water.size, (38, 70, 96)), 0.28
    )
    base.paste(water, (0, shore))
    base.paste(
        lines := p.ripples(rnd, width, height - shore, (240, 240, 236), faint=0.5),
        (0, shore),
        lines,
    )
    return base, []


def _town(rnd: random.Random) -> Drawn:
    """Old houses on a square, late in the day: a photo."""
    width, height = _PHOTO
    base = p.gradient(
        (width, height), [(0, (112, 146, 190)), (0.5, (238, 206, 170)), (1, (238, 206, 170))]
    )
    base.paste(
        clouds := p.clouds(rnd, width, 460, 3, (255, 236, 214), 0.52, 0.85, flat=3), (0, 0), clouds
    )
    walls = (
        (214, 150, 96),
        (196, 104, 84),
        (226, 198, 146),
        (166, 150, 132),
        (232, 214, 190),
        (190, 140, 120),
    )
    draw = ImageDraw.Draw(base)
    left = -40
    while left < width:
        wide, top = rnd.randrange(170, 270), rnd.randrange(330, 520)
        wall = walls[rnd.randrange(len(walls))]
        roof = rnd.randrange(70, 130)
        draw.polygon(
            [(left - 8, top), (left + wide // 2, top - roof), (left + wide + 8, top)],
            fill=(122, 62, 48),
        )
        draw.rectangle((left, top, left + wide, 980), fill=wall)
        draw.rectangle(
            (left + wide - 16, top, left + wide, 980), fill=p.mixed(wall, (40, 30, 40), 0.35)
        )
        p.windows(draw, rnd, left, top, wide)
        left += wide
    stones = p.gradient((width, height - 980), [(0, (150, 132, 116)), (1, (92, 82, 78))])
    grain = p.noise(rnd, width, height - 980, 90, 3)
    base.paste(
        ImageChops.multiply(stones, ImageOps.colorize(grain, (150, 150, 150), (255, 255, 255))),
        (0, 980),
    )
    shade = Image.new("L", (width, height))
    ImageDraw.Draw(shade).polygon([(0, 760), (width, 1010), (width, height), (0, height)], fill=110)
    base.paste((34, 26, 44), (0, 0), shade.filter(ImageFilter.GaussianBlur(24)))
    p.glow(base, (1660, 260), 700, (255, 224, 170), 0.55)
    return base, []


def _lanterns(rnd: random.Random) -> Drawn:
    """Lanterns in a garden at night: a photo."""
    width, height = _PHOTO
    base = p.gradient((width, height), [(0, (16, 18, 40)), (0.6, (40, 30, 50)), (1, (16, 14, 24))])
    for size, count, most in ((120, 14, 70), (60, 34, 120)):
        far = p.bokeh(
            rnd,
            width,
            height,
            ((255, 180, 80), (255, 120, 70), (250, 220, 150), (120, 160, 220)),
            size,
            count,
            most=most,
        )
        base.paste(far, (0, 0), far)
    for left, top, size in ((420, 300, 150), (900, 220, 190), (1440, 380, 160)):
        p.glow(base, (left, top + size // 2), size * 3, (255, 176, 90), 0.75)
        draw = ImageDraw.Draw(base)
        draw.line((left, 0, left, top), fill=(20, 14, 14), width=3)
        for ring in range(size // 2, 0, -2):
            share = 1 - ring / (size / 2)
            colour = p.mixed((206, 62, 30), (255, 214, 140), share**0.8)
            draw.ellipse(
                (
                    left - ring,
                    top + size // 2 - ring * 1.2,
                    left + ring,
                    top + size // 2 + ring * 1.2,
                ),
                fill=colour,
            )
        for rib in range(-3, 4):
            arc = size // 2 * abs(rib) / 3.2
            draw.arc(
                (left - arc, top - size * 0.1, left + arc, top + size * 1.1),
                90 if rib > 0 else 270,
                270 if rib > 0 else 90,
                fill=(150, 52, 30),
                width=2,
            )
        draw.rectangle(
            (left - size // 6, top - size // 8, left + size // 6, top - size // 16),
            fill=(40, 20, 18),
        )
        draw.rectangle(
            (left - size // 6, top + size * 17 // 16, left + size // 6, top + size * 9 // 8),
            fill=(40, 20, 18),
        )
    return base.filter(ImageFilter.GaussianBlur(1)), []


CLIPS = (
    Scene("harbour at dawn.mp4", "2026-05-02T05:41:00Z", _harbour),
    Scene("train to the coast.mp4", "2026-05-02T08:12:00Z", _train),
    Scene("clouds over the hills.mp4", "2026-05-02T11:30:00Z", _hills),
    Scene("evening traffic.mp4", "2026-05-02T19:55:00Z", _traffic),
    Scene("city from the river.mp4", "2026-05-02T21:20:00Z", _city),
    Scene("stars over the lake.mp4", "2026-05-02T23:48:00Z", _night),
)
PHOTOS = (
    Scene("mountain lake.jpg", "2026:05:02 09:40:00", _lake),
    Scene("old town.jpg", "2026:05:02 17:25:00", _town),
    Scene("lanterns.jpg", "2026:05:02 20:30:00", _lanterns),
)
MUSIC = "slow morning.m4a"
_ORDER = (0, 1, "mountain lake.jpg", 2, "old town.jpg", 3, "lanterns.jpg", 4, 5)
NAMES = (*(CLIPS[one].name if isinstance(one, int) else one for one in _ORDER), MUSIC)
"""In the order of the day that they show; the music last."""
