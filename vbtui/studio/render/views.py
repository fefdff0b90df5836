"""What of a file's picture is seen: a part of it, straightened.

Cuts and straightenings of a clip come to one rectangle in the file's upright picture, which may lie turned in it by a
few degrees. It is fitted into the frame as a picture of its own, so there is no black where something was cut off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from vbtui.studio.render.effects import Crop, Effect, Flip, Hide, Rotate, Straighten, lies

Sides = tuple[float, float, float, float]
"""Shares of width and height from the left, the top, the right and the bottom."""
Point = tuple[float, float]


class View(NamedTuple):
    """A rectangle in a picture of `of` pixels."""

    x: float
    """Where its middle lies, from the picture's left."""
    y: float
    width: float
    height: float
    degrees: float
    """By so much the picture is turned clockwise, so that the rectangle stands upright."""
    of: tuple[float, float]

    def at(self, x: float, y: float) -> Point:
        """Where in the picture a place of the rectangle lies, given as shares from its left and top."""
        right, down = (x - 0.5) * self.width, (y - 0.5) * self.height
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        return self.x + cos * right + sin * down, self.y - sin * right + cos * down

    def shares_of(self, point: Point) -> Point:
        """The other way round."""
        right, down = point[0] - self.x, point[1] - self.y
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        return (
            0.5 + (cos * right - sin * down) / self.width,
            0.5 + (sin * right + cos * down) / self.height,
        )

    def cut(self, sides: Sides) -> View:
        """What is left of it without so much at its sides."""
        left, top, right, bottom = sides
        x, y = self.at((left + 1 - right) / 2, (top + 1 - bottom) / 2)
        width, height = self.width * (1 - left - right), self.height * (1 - top - bottom)
        return self._replace(x=x, y=y, width=width, height=height)

    def turned(self, degrees: float) -> View:
        """The largest of its shape that lies in it when its picture is turned by so much."""
        cos, sin = math.cos(math.radians(degrees)), abs(math.sin(math.radians(degrees)))
        share = min(
            self.width / (self.width * cos + self.height * sin),
            self.height / (self.width * sin + self.height * cos),
        )
        width, height = self.width * share, self.height * share
        return self._replace(degrees=self.degrees + degrees, width=width, height=height)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Left and right above, left and right below."""
        return self.at(0, 0), self.at(1, 0), self.at(0, 1), self.at(1, 1)

    @property
    def around(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright rectangle around it."""
        xs, ys = zip(*self.corners, strict=True)
        return (
            max(0.0, min(xs)),
            max(0.0, min(ys)),
            min(self.of[0], max(xs)),
            min(self.of[1], max(ys)),
        )


def view_of(effects: Sequence[Effect], width: int, height: int) -> View | None:
    """What is seen of a picture of that size; None: all of it."""
    if not any(isinstance(one, Crop | Straighten) for one in effects) or not width or not height:
        return None
    view = View(width / 2, height / 2, width, height, 0, (width, height))
    for number, one in enumerate(effects):
        if isinstance(one, Crop):
            view = view.cut(before_turns(one.sides, effects[:number]))
        elif isinstance(one, Straighten):
            mirrored = sum(isinstance(other, Flip) for other in effects[:number]) % 2
            view = view.turned(-one.degrees if mirrored else one.degrees)
    return view


def seen_of(
    effects: Sequence[Effect],
    picture: tuple[int, int],
    frame: tuple[int, int],
    *,
    fills: bool,
) -> View:
    """What is seen of a picture of that size in the end: where it fills the frame, without what is more of it."""
    whole = View(picture[0] / 2, picture[1] / 2, *picture, 0, picture)
    view = view_of(effects, *picture) or whole
    if not fills:
        return view
    scale = max(frame[0] / view.width, frame[1] / view.height)
    x = max(0.0, (1 - frame[0] / scale / view.width) / 2)
    y = max(0.0, (1 - frame[1] / scale / view.height) / 2)
    return view.cut((x, y, x, y))


def area_of(
    effects: Sequence[Effect],
    place: int,
    picture: tuple[int, int],
    frame: tuple[int, int],
    *,
    fills: bool,
) -> tuple[float, float, float, float] | None:
    """Where what `effects[place]` hides is seen in the end: left, top, right and bottom as shares of what is seen of a
    file's picture before it is turned; None: nowhere.

    Args:
        picture: width and height of the file's.
        frame: of what the picture is fitted into before its turns.
        fills: it fills the frame, so that what is more of it is not seen.
    """
    one = effects[place]
    assert isinstance(one, Hide)

    def shown(some: Sequence[Effect]) -> View:
        into = frame if lies(some) == lies(effects) else frame[::-1]
        return seen_of(some, picture, into, fills=fills)

    left, top, right, bottom = before_turns(one.sides, effects[:place])
    then, now = shown(effects[:place]), shown(effects)
    corners = [(x, y) for x in (left, 1 - right) for y in (top, 1 - bottom)]
    xs, ys = zip(*(now.shares_of(then.at(x, y)) for x, y in corners), strict=True)
    area = max(0.0, min(xs)), max(0.0, min(ys)), min(1.0, max(xs)), min(1.0, max(ys))
    return area if area[0] < area[2] and area[1] < area[3] else None


def before_turns(sides: Sides, effects: Sequence[Effect]) -> Sides:
    """Sides of a picture that went through `effects`, as those that they were before it was turned and mirrored."""
    left, top, right, bottom = sides
    for one in reversed(effects):
        if isinstance(one, Flip) and one.axis == "horizontal":
            left, right = right, left
        elif isinstance(one, Flip):
            top, bottom = bottom, top
        elif isinstance(one, Rotate):
            for _ in range(one.degrees // 90):
                left, top, right, bottom = top, right, bottom, left
    return left, top, right, bottom
