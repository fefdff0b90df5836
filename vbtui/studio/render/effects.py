"""What a clip's picture goes through: effects in their order, as a draft says them and as filters.

`m.effects` of a segment is a list of objects; each has a `type` and the values of that type's class here, by their
names. What is missing has its default; a type or a value that is not known is refused, so that nothing is left out
of a video in silence. An effect changes each picture, in BT.709, or turns all of it; one that looks at the pictures
before says how many of them it needs (`before`), so that a picture is the same in whatever run it is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from vbtui.studio.project.draft import MOST_EFFECTS
from vbtui.studio.project.media import Media
from vbtui.studio.project.shakes import Shakes


@dataclass(frozen=True, slots=True)
class Effect:
    """One of them. Raises `ValueError` for values that it does not take."""

    type: ClassVar[str] = ""
    is_turn: ClassVar[bool] = False
    """It moves the finished picture as a whole, and what stands behind it with it."""
    before: ClassVar[int] = 0
    """So many pictures before the first one decide how it looks."""

    def filters(self, width: int) -> str:
        """ffmpeg's, from pictures of 4:2:0 to such pictures; empty where it changes nothing.

        Args:
            width: of the canvas that the picture is fitted into, in pixels.
        """
        return ""

    @property
    def key(self) -> list[Any]:
        """All that its pictures depend on, as JSON."""
        return [self.type, *asdict(self).values()]


@dataclass(frozen=True, slots=True)
class Rotate(Effect):
    """By quarter turns, clockwise."""

    degrees: int = 90
    type: ClassVar[str] = "rotate"
    is_turn: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.degrees not in _TURNS:
            raise ValueError("degrees")

    def filters(self, width: int) -> str:
        return _TURNS[self.degrees]


_TURNS = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}


@dataclass(frozen=True, slots=True)
class Flip(Effect):
    """As in a mirror: left and right changed, or upside down."""

    axis: str = "horizontal"
    type: ClassVar[str] = "flip"
    is_turn: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.axis not in ("horizontal", "vertical"):
            raise ValueError("axis")

    def filters(self, width: int) -> str:
        return "hflip" if self.axis == "horizontal" else "vflip"


@dataclass(frozen=True, slots=True)
class Crop(Effect):
    """Cut at its sides: shares of the picture's width and height as it is seen then (`render/views`)."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    type: ClassVar[str] = "crop"

    def __post_init__(self) -> None:
        for one in fields(self):
            if not 0 <= getattr(self, one.name) < 1:
                raise ValueError(one.name)
        if max(self.left + self.right, self.top + self.bottom) > MOST_CROPPED:
            raise ValueError("size")

    @property
    def sides(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


MOST_CROPPED = 0.9
"""So much of the width or the height may be cut off."""


@dataclass(frozen=True, slots=True)
class Straighten(Effect):
    """Turned clockwise by a few degrees, and made so much larger that no black is seen at the corners (`render/views`)."""

    degrees: float = 0.0
    type: ClassVar[str] = "straighten"

    def __post_init__(self) -> None:
        if not -MOST_CROOKED <= self.degrees <= MOST_CROOKED:
            raise ValueError("degrees")


MOST_CROOKED = 30


@dataclass(frozen=True, slots=True)
class Look(Effect):
    """A look by its name."""

    name: str = "bw"
    type: ClassVar[str] = "look"

    def __post_init__(self) -> None:
        if self.name not in LOOKS:
            raise ValueError("name")

    def filters(self, width: int) -> str:
        return LOOKS[self.name]


_TO_RGB = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=gbrp,"
_FROM_RGB = ",scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"


def together(filters: Sequence[str]) -> str:
    """Filters one after the other; colours that are red, green and blue already stay so for the next ones."""
    return ",".join(filters).replace(f"{_FROM_RGB},{_TO_RGB}", ",")


def _in_rgb(filters: str) -> str:
    return f"{_TO_RGB}{filters}{_FROM_RGB}"


def _levels(
    brightness: float = 0, contrast: float = 0, saturation: float = 0, gamma: float = 1
) -> str:
    """One table for each plane: of Y from black (16) to white (235), of colour around its middle."""
    light = "(val-16)/219"
    if gamma != 1:
        light = f"pow(clip({light},0,1),{1 / gamma:.4f})"
    light = f"(({light}-0.5)*{1 + contrast:.4f}+0.5)"
    if brightness:  # more light on what is lit, and a little on what is black
        light = f"({light}*{1 + brightness / 2:.4f}+{brightness / 12:.4f})"
    chroma = f"'clip(128+(val-128)*{1 + saturation:.4f},16,240)'"
    return f"lutyuv=y='clip(16+219*{light},16,235)':u={chroma}:v={chroma}"


def _light_of(temperature: float) -> str:
    """As lit by warmer or colder light: red and blue stronger and weaker, white as bright as it was."""
    if temperature > 0:
        red, green, blue = 1 + 0.22 * temperature, 1 + 0.03 * temperature, 1 - 0.45 * temperature
    else:
        red, green, blue = 1 + 0.32 * temperature, 1 + 0.04 * temperature, 1 - 0.35 * temperature
    white = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    gains = (
        f"{name}={one / white:.4f}"
        for name, one in zip(("rr", "gg", "bb"), (red, green, blue), strict=True)
    )
    return _in_rgb(f"colorchannelmixer={':'.join(gains)}")


LOOKS: Mapping[str, str] = {
    "bw": "lutyuv=u=128:v=128",
    "sepia": _in_rgb("colorchannelmixer=.393:.769:.189:0:.349:.686:.168:0:.272:.534:.131"),
    "warm": _light_of(0.45),
    "cool": _light_of(-0.45),
    "vivid": _levels(contrast=0.10, saturation=0.35),
    "film": _in_rgb("colorbalance=rs=-.08:bs=.08:rm=.02:rh=.07:bh=-.09,curves=all='0/0 .25/.21 .75/.80 1/1'"),
    "vintage": _in_rgb("curves=r='0/.09 .5/.56 1/.95':g='0/.04 .5/.5 1/.93':b='0/.16 .5/.46 1/.78'"),
    "faded": _levels(brightness=0.08, contrast=-0.22, saturation=-0.3),
    "vignette": "vignette=angle=0.5",
}  # fmt: skip
"""By name, ffmpeg's filters."""


@dataclass(frozen=True, slots=True)
class Colour(Effect):
    """Light and colour, each from -1 to 1, and 0 as it is: `contrast` and `saturation` of -1 are none at all, of 1
    twice as much; `temperature` of 1 is as warm as candles, of -1 as cold as the sky in shadow."""

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    gamma: float = 0.0
    temperature: float = 0.0
    type: ClassVar[str] = "colour"

    def __post_init__(self) -> None:
        for one in fields(self):
            if not -1 <= getattr(self, one.name) <= 1:
                raise ValueError(one.name)

    def filters(self, width: int) -> str:
        steps = []
        if self.brightness or self.contrast or self.saturation or self.gamma:
            steps.append(_levels(self.brightness, self.contrast, self.saturation, 2**self.gamma))
        if self.temperature:
            steps.append(_light_of(self.temperature))
        return ",".join(steps)


@dataclass(frozen=True, slots=True)
class _ByAmount(Effect):
    amount: float = 0.5
    """From 0 to 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= 1:
            raise ValueError("amount")


@dataclass(frozen=True, slots=True)
class Sharpen(_ByAmount):
    """Edges."""

    type: ClassVar[str] = "sharpen"

    def filters(self, width: int) -> str:
        return f"unsharp=5:5:{2 * self.amount:.3f}:5:5:0"


@dataclass(frozen=True, slots=True)
class Degrain(_ByAmount):
    """Noise of the picture, by what lies around it and by the pictures before."""

    type: ClassVar[str] = "degrain"
    before: ClassVar[int] = 6

    def filters(self, width: int) -> str:
        if not self.amount:
            return ""  # for hqdn3d nothing is its default
        strengths = (12, 10, 18, 15)
        return "hqdn3d=" + ":".join(f"{one * self.amount:.3f}" for one in strengths)


@dataclass(frozen=True, slots=True)
class Blur(_ByAmount):
    """All of the picture: a radius up to a fortieth of its width."""

    type: ClassVar[str] = "blur"

    def filters(self, width: int) -> str:
        return f"gblur=sigma={max(0.5, self.amount * width / 40):.2f}"


@dataclass(frozen=True, slots=True)
class Stabilise(_ByAmount):
    """A video held steady (`render/steadying`): the more, the more evenly its camera goes."""

    shakes: Shakes | None = None
    """How the file's camera shook, once it was watched; no draft says it."""
    type: ClassVar[str] = "stabilise"

    @property
    def key(self) -> list[Any]:
        return [self.type, self.amount, self.shakes.digest if self.shakes else ""]


@dataclass(frozen=True, slots=True)
class Lut(Effect):
    """What a `.cube` file of the project makes of each colour, by a share."""

    asset: str = ""
    """Its id."""
    name: str = ""
    """What its user calls it."""
    strength: float = 1.0
    media: Media | None = None
    """The file, once it is found; no draft says it."""
    type: ClassVar[str] = "lut"

    def __post_init__(self) -> None:
        if not 0 < self.strength <= 1:
            raise ValueError("strength")

    def mapping(self, file: str, dimensions: int) -> str:
        """The filters, with the table in a `file` beside the graph."""
        filters = {1: "lut1d=interp=linear", 3: "lut3d=interp=tetrahedral"}[dimensions]
        return _in_rgb(f"{filters}:file={file}")

    @property
    def key(self) -> list[Any]:
        return [self.type, self.strength, self.media.sha256 if self.media else self.asset]


@dataclass(frozen=True, slots=True)
class Hide(_ByAmount):
    """A part of the picture so that it cannot be made out, blurred or in large squares. Which part: the shares of its
    width and height, as it is seen then, that stay clear at its sides (`render/views`)."""

    amount: float = 0.6
    how: str = "blur"
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    type: ClassVar[str] = "hide"

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= 1:
            raise ValueError("amount")
        if self.how not in ("blur", "pixelate"):
            raise ValueError("how")
        for name, one in zip(_SIDES, self.sides, strict=True):
            if not 0 <= one < 1:
                raise ValueError(name)
        if max(self.left + self.right, self.top + self.bottom) >= 1:
            raise ValueError("size")

    @property
    def sides(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom

    def hiding(self, canvas: tuple[int, int], width: int, height: int) -> str:
        """The filters of a part of that size, of a picture that is fitted into `canvas`."""
        strength = (0.1 + self.amount) * min(canvas) / 16
        if self.how == "blur":
            return f"gblur=sigma={max(2, strength):.2f}:steps=2"
        edge = max(4, 2 * strength)
        across, down = (max(1, round(side / edge)) for side in (width, height))
        coarse = f"format=yuv444p,scale={across}:{down}:flags=area"
        return f"{coarse},scale={width}:{height}:flags=neighbor,setsar=1,format=yuv420p"


_SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Zoom(Effect):
    """A part of the picture fills all of it: how many times larger at the clip's begin and at its end, and where in
    the picture its middle lies, from 0 (left, top) to 1, at both. Steady where both are alike, otherwise it moves evenly."""

    start: float = 1.0
    end: float = 1.25
    x: float = 0.5
    y: float = 0.5
    to_x: float = 0.5
    to_y: float = 0.5
    type: ClassVar[str] = "zoom"

    def __post_init__(self) -> None:
        for one in fields(self):
            low, high = (1, MOST_ZOOM) if one.name in ("start", "end") else (0, 1)
            if not low <= getattr(self, one.name) <= high:
                raise ValueError(one.name)

    def seen(self, first: int, count: int) -> str:
        """The filter that draws the frames from `first` on of a clip that lasts `count` frames."""
        at = f"min(1,({first}+on-1)/{max(1, count - 1)})"  # ffmpeg counts from 1
        share = f"{1 / self.start:.6f}*pow({self.start / self.end:.6f},{at})"
        x = f"(1-{share})*({self.x:.4f}+{self.to_x - self.x:.4f}*{at})"
        y = f"(1-{share})*({self.y:.4f}+{self.to_y - self.y:.4f}*{at})"
        left, right, top, bottom = f"W*{x}", f"W*({x}+{share})", f"H*{y}", f"H*({y}+{share})"
        corners = ((left, top), (right, top), (left, bottom), (right, bottom))
        places = (f"x{n}='{a}':y{n}='{b}'" for n, (a, b) in enumerate(corners))
        return f"perspective={':'.join(places)}:eval=frame"


MOST_ZOOM = 4


@dataclass(frozen=True, slots=True)
class Key(Effect):
    """What has this colour, or nearly, is transparent: of what lies over the picture alone."""

    color: str = "#00D61E"
    similarity: float = 0.17
    """How far from it a colour may be and is still taken away, of 1."""
    type: ClassVar[str] = "key"

    def __post_init__(self) -> None:
        if re.fullmatch("#[0-9A-Fa-f]{6}", self.color) is None:
            raise ValueError("color")
        if not 0.01 <= self.similarity <= 0.5:
            raise ValueError("similarity")

    @property
    def alpha(self) -> str:
        """The filter, for pictures of 4:2:0 with an alpha channel in BT.709."""
        red, green, blue = (int(self.color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        planes = (
            16 + 219 * light,
            128 + 224 * (blue - light) / 1.8556,
            128 + 224 * (red - light) / 1.5748,
        )
        color = "".join(f"{round(one):02x}" for one in planes)
        return f"chromakey=color=0x{color}:similarity={self.similarity:.4f}:blend=0.04:yuv=1"


KINDS: Mapping[str, type[Effect]] = {
    one.type: one
    for one in (
        Rotate,
        Flip,
        Crop,
        Straighten,
        Look,
        Colour,
        Sharpen,
        Degrain,
        Blur,
        Hide,
        Lut,
        Stabilise,
        Zoom,
        Key,
    )
}


def read_effects(value: object) -> tuple[Effect, ...]:
    """What `m.effects` of a segment says. Raises `ValueError` that names what is not known, for a sentence."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_EFFECTS:
        raise ValueError("a list of effects that is none")
    return tuple(_read(one) for one in value)


def _read(value: object) -> Effect:
    name = value.get("type") if isinstance(value, dict) else None
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(value, dict):
        raise ValueError(f"an effect that is not known ({str(name)[:40]})")
    known = {one.name: one for one in fields(kind)}
    given: dict[str, Any] = {}
    for key, one in value.items():
        if key == "type":
            continue
        default = known[key].default if key in known else None
        if isinstance(one, bool) or not isinstance(one, _TYPES.get(type(default), ())):
            raise ValueError(f"the effect {kind.type} with an unknown {str(key)[:40]}")
        given[key] = one
    try:
        return kind(**given)
    except ValueError as error:
        raise ValueError(f"the effect {kind.type} with an unknown {error}") from None


_TYPES: Mapping[type, tuple[type, ...]] = {str: (str,), int: (int,), float: (int, float)}


def changes_picture(effects: Sequence[Effect]) -> bool:
    """Whether one of them changes the picture itself, and not only what of it is seen, and how."""
    return any(
        isinstance(one, Hide | Lut | Stabilise) or bool(not one.is_turn and one.filters(1920))
        for one in effects
    )


def before(effects: Sequence[Effect]) -> int:
    """How many pictures before the first one have to go through them as well."""
    return max((one.before for one in effects), default=0)


def is_timed(effects: Sequence[Effect]) -> bool:
    """Whether it matters to one of them how long the clip lasts in all."""
    return any(isinstance(one, Zoom | Stabilise) for one in effects)


def turns_of(effects: Sequence[Effect]) -> str:
    """The filters that turn and mirror the finished picture, in their order, with commas between; empty: none."""
    return ",".join(one.filters(0) for one in effects if one.is_turn)


def moves_of(effects: Sequence[Effect], first: int, count: int) -> str:
    """The filters that show a part of the finished picture, with commas between; empty: none.

    Args:
        first: the first frame that is drawn, of `count` frames that the whole clip lasts.
    """
    return ",".join(one.seen(first, count) for one in effects if isinstance(one, Zoom))


def lies(effects: Sequence[Effect]) -> bool:
    """Whether they leave the picture lying on its side: it is drawn for a canvas of the other way, and turned."""
    return sum(one.degrees for one in effects if isinstance(one, Rotate)) % 180 != 0
