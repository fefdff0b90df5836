"""What is cut off a picture and straightened: on pixels, of videos and photos, in the order of the effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageStat

from tests import clips as make
from tests.rendered import Rendered, draft, library, rendered, segment
from vbtui.studio.render import Output
from vbtui.studio.render.effects import Crop, Flip, Hide, Rotate, Straighten, read_effects
from vbtui.studio.render.overlays import Still, make_still
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.proxy import through_proxies
from vbtui.studio.render.views import area_of, view_of

Effects = list[dict[str, Any]]
NAMES = (
    ("red", "lime", "blue", "white"),
    ("yellow", "magenta", "cyan", "black"),
    ("white", "blue", "red", "lime"),
)
"""A picture of four columns and three rows."""


def _tiles() -> Image.Image:
    picture = Image.new("RGB", (320, 180))
    draw = ImageDraw.Draw(picture)
    for row, names in enumerate(NAMES):
        for column, name in enumerate(names):
            draw.rectangle((column * 80, row * 60, column * 80 + 79, row * 60 + 59), name)
    return picture


def photo() -> Path:
    path = make.folder() / "views-tiles.png"
    if not path.exists():
        unfinished = make.unfinished(path)
        _tiles().save(unfinished)
        unfinished.replace(path)
    return path


def video() -> Path:
    path = make.folder() / "views-tiles.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        picture = ("-loop", "1", "-framerate", "30", "-t", "0.5", "-i", photo())
        make.ffmpeg(
            *picture,
            "-vf",
            "scale=out_color_matrix=bt709",
            "-crf",
            "3",
            "-pix_fmt",
            "yuv420p",
            unfinished,
        )
        unfinished.replace(path)
    return path


async def seen(folder: Path, media: Path, effects: Effects, **meta: Any) -> Rendered:
    size = {key: meta.pop(key) for key in ("width", "height") if key in meta}
    clip = segment("a", 0, 300, effects=effects, **meta)
    return await rendered(folder, draft([clip], **size), library(a=media), options=Output("high"))


def named(shown: Rendered, columns: int, rows: int) -> list[str]:
    """The colours of so many columns and rows, row by row."""
    return [
        shown.color(4, (column + 0.5) / columns, (row + 0.5) / rows).replace("green", "lime")
        for row in range(rows)
        for column in range(columns)
    ]


@pytest.mark.parametrize("source", [video, photo])
@pytest.mark.parametrize(
    ("effects", "size", "expected"),
    [
        ([{"type": "crop", "left": 0.5}], (160, 180), "blue white cyan black red lime"),
        ([{"type": "crop", "right": 0.5}], (160, 180), "red lime yellow magenta white blue"),
        ([{"type": "crop", "top": 1 / 3, "bottom": 1 / 3}], (320, 60), "yellow magenta cyan black"),
        (
            [{"type": "crop", "left": 0.25, "top": 1 / 3, "right": 0.5}],
            (80, 120),
            "magenta blue",
        ),
        (
            [{"type": "crop", "right": 0.5}, {"type": "crop", "top": 1 / 3}],
            (160, 120),
            "yellow magenta white blue",
        ),
        (
            [{"type": "flip"}, {"type": "crop", "left": 0.5}],
            (160, 180),
            "lime red magenta yellow blue white",
        ),
        (
            [{"type": "rotate", "degrees": 90}, {"type": "crop", "top": 0.5}],
            (180, 160),
            "red cyan blue lime black white",
        ),
    ],
)
async def test_what_is_cut_off_is_gone_and_the_rest_is_fitted_as_a_picture_of_its_own(
    source: Any, effects: Effects, size: tuple[int, int], expected: str, tmp_path: Path
) -> None:
    shown = await seen(tmp_path, source(), effects, width=size[0], height=size[1])
    names = expected.split()
    columns = {160: 2, 320: 4, 80: 1, 180: 3}[size[0]]
    assert named(shown, columns, len(names) // columns) == names


@pytest.mark.parametrize("source", [video, photo])
async def test_a_part_of_another_shape_is_whole_between_bars_or_fills_the_frame(
    source: Any, tmp_path: Path
) -> None:
    half: Effects = [{"type": "crop", "left": 0.5}]
    whole = await seen(tmp_path, source(), half, fit="contain")
    assert [whole.color(4, x, 0.1) for x in (0.1, 0.3, 0.7, 0.9)] == [
        "black", "blue", "white", "black",
    ]  # fmt: skip
    filling = await seen(tmp_path, source(), half, fit="cover")
    assert named(filling, 2, 1) == ["cyan", "black"]
    behind = await seen(tmp_path, source(), half, fit="blur")
    red, _, blue = behind.pixel(4, 0.02, 0.1)
    assert blue > 60 > red  # a dark one of what is seen, and not of what was cut off
    assert behind.color(4, 0.3, 0.1) == "blue"


def tilted(suffix: str) -> Path:
    """A picture whose horizon, red above blue, hangs 6 degrees down on the right; yellow and green beyond its edges' middle."""
    path = make.folder() / f"views-tilted{suffix}"
    if not path.exists():
        large = Image.new("RGB", (960, 540), "red")
        ImageDraw.Draw(large).rectangle((0, 270, 960, 540), "blue")
        ImageDraw.Draw(large).rectangle((470, 0, 490, 540), "white")
        turned = large.rotate(-6, Image.Resampling.BICUBIC).crop((320, 180, 640, 360))
        unfinished = make.unfinished(path)
        if suffix == ".png":
            turned.save(unfinished)
        else:
            still = path.with_name("views-tilted-still.png")
            turned.save(still)
            picture = ("-loop", "1", "-framerate", "30", "-t", "0.5", "-i", still)
            make.ffmpeg(
                *picture,
                "-vf",
                "scale=out_color_matrix=bt709",
                "-crf",
                "3",
                "-pix_fmt",
                "yuv420p",
                unfinished,
            )
        unfinished.replace(path)
    return path


def horizon(shown: Rendered, x: float) -> int:
    """The line at which red turns blue at that share of the width."""
    rows = [shown.pixel(4, x, (row + 0.5) / shown.height) for row in range(shown.height)]
    return next(row for row, (red, _, blue) in enumerate(rows) if blue > red)


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
async def test_a_crooked_horizon_is_straight_and_no_corner_is_black(
    suffix: str, tmp_path: Path
) -> None:
    crooked = await seen(tmp_path, tilted(suffix), [])
    assert horizon(crooked, 0.9) - horizon(crooked, 0.1) > 20
    straight = await seen(tmp_path, tilted(suffix), [{"type": "straighten", "degrees": -6.0}])
    heights = [horizon(straight, x) for x in (0.05, 0.3, 0.7, 0.95)]
    assert max(heights) - min(heights) <= 2
    assert heights[0] == pytest.approx(90, abs=3)
    for corner in ((0.005, 0.005), (0.995, 0.005), (0.005, 0.995), (0.995, 0.995)):
        red, green, blue = straight.pixel(4, *corner)
        assert max(red, blue) > 180 > green
    more = await seen(tmp_path, tilted(suffix), [{"type": "straighten", "degrees": 6.0}])
    assert horizon(more, 0.9) - horizon(more, 0.1) > 40


def test_a_part_of_a_straightened_picture_is_cut_off_as_it_stands_then() -> None:
    straight, cut = Straighten(5), Crop(left=0.5)
    one = view_of([straight, cut], 320, 180)
    other = view_of([cut, straight], 320, 180)
    assert one is not None
    assert other is not None
    assert one != other
    for view in (one, other):
        assert all(-1e-6 <= x <= 320 + 1e-6 and -1e-6 <= y <= 180 + 1e-6 for x, y in view.corners)
        assert view.shares_of(view.at(0.2, 0.7)) == pytest.approx((0.2, 0.7))
    whole = view_of([straight], 320, 180)
    assert whole is not None
    assert one.at(1, 0.5) == pytest.approx(whole.at(1, 0.5))
    mirrored = view_of([Flip(), Straighten(5)], 320, 180)
    assert mirrored is not None
    assert mirrored.degrees == -5
    turned = view_of([Rotate(90), Crop(top=0.25)], 320, 180)
    assert turned is not None
    assert (turned.width, turned.x) == pytest.approx((240, 200))
    assert view_of([Flip(), Rotate(90)], 320, 180) is None


@pytest.mark.parametrize(
    ("effect", "what"),
    [
        ({"type": "crop", "left": 0.5, "right": 0.41}, "size"),
        ({"type": "crop", "top": -0.1}, "top"),
        ({"type": "crop", "top": float("nan")}, "top"),
        ({"type": "straighten", "degrees": 31}, "degrees"),
    ],
)
def test_what_leaves_no_picture_is_refused(effect: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        read_effects([effect])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_cut_as_it_is_seen_however_it_is_stored(
    orientation: int, tmp_path: Path
) -> None:
    """Each orientation of EXIF stores the same picture in another way."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    picture = _tiles()
    if orientation in back:  # what a reader does to it, undone
        picture = picture.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "stored.png"
    picture.save(path, exif=exif)
    media = library(a=path)["a"]
    view = view_of([Crop(left=0.25, top=1 / 3, right=0.5)], 320, 180)
    make_still(media, Still("a", "contain", (80, 120), False, view), tmp_path / "cut.png")
    with Image.open(tmp_path / "cut.png") as cut:
        shown = [cut.getpixel((40, row)) for row in (30, 90)]
    assert shown == [(255, 0, 255), (0, 0, 255)]
    view = view_of([Straighten(10)], 320, 180)
    make_still(media, Still("a", "cover", (320, 180), False, view), tmp_path / "straight.png")
    with Image.open(tmp_path / "straight.png") as cut, _tiles() as whole:
        turned = whole.rotate(-10, Image.Resampling.BICUBIC)
        assert view is not None
        for place in ((0.15, 0.2), (0.4, 0.5), (0.9, 0.8)):
            x, y = (
                int((at - 0.5) * side)
                for at, side in zip(place, (view.width, view.height), strict=True)
            )
            assert cut.getpixel((int(place[0] * 320), int(place[1] * 180))) == turned.getpixel(
                (160 + x, 90 + y)
            )


def test_a_proxy_is_large_enough_only_for_what_is_not_enlarged(tmp_path: Path) -> None:
    media = make.clip(seconds=1, width=1280, height=720)

    def is_quick(*effects: dict[str, Any]) -> bool:
        clip = segment("a", 0, 900, effects=list(effects))
        plan = make_plan(draft([clip], width=640, height=360), library(a=media), Output())
        found = through_proxies(plan, lambda _: tmp_path / "proxy.mp4")
        return found.shots[0].media.path != media

    assert is_quick()
    assert is_quick({"type": "flip"})
    assert not is_quick({"type": "crop", "left": 0.5, "top": 0.5})


# Parts that are hidden


def stripes(suffix: str) -> Path:
    """Black and white stripes four pixels wide, upright."""
    path = make.folder() / f"views-stripes{suffix}"
    if not path.exists():
        picture = Image.new("L", (320, 180))
        picture.putdata([255 * (x // 4 % 2) for _ in range(180) for x in range(320)])
        unfinished = make.unfinished(path)
        if suffix == ".png":
            picture.convert("RGB").save(unfinished)
        else:
            still = path.with_name("views-stripes-still.png")
            picture.convert("RGB").save(still)
            shown = ("-loop", "1", "-framerate", "30", "-t", "0.5", "-i", still)
            make.ffmpeg(
                *shown,
                "-vf",
                "scale=out_color_matrix=bt709",
                "-crf",
                "3",
                "-pix_fmt",
                "yuv420p",
                unfinished,
            )
        unfinished.replace(path)
    return path


def clarity(shown: Rendered, x: float, y: float) -> float:
    """How far the pixels around a place lie from each other."""
    left, top = int(x * shown.width), int(y * shown.height)
    around = shown.pictures[4].convert("L").crop((left - 12, top - 12, left + 12, top + 12))
    return ImageStat.Stat(around).stddev[0]


def hidden(shown: Rendered) -> str:
    """Which of the nine places of the picture cannot be made out, row by row: `#`."""
    places = [(x, y) for y in (0.12, 0.5, 0.88) for x in (0.12, 0.5, 0.88)]
    return "".join(".#"[clarity(shown, *place) < 40] for place in places)


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
@pytest.mark.parametrize("how", ["blur", "pixelate"])
async def test_a_part_is_hidden_and_all_else_is_clear(
    how: str, suffix: str, tmp_path: Path
) -> None:
    async def shown(*effects: dict[str, Any], **meta: Any) -> str:
        return hidden(await seen(tmp_path, stripes(suffix), list(effects), **meta))

    corner = {"type": "hide", "how": how, "left": 0.7, "top": 0.7}
    assert await shown() == "........."
    assert await shown(corner) == "........#"
    assert await shown({"type": "hide", "how": how, "bottom": 0.7}) == "###......"
    assert await shown(corner, {"type": "flip"}) == "......#.."
    assert await shown({"type": "flip"}, corner) == "........#"
    turned = [{"type": "rotate", "degrees": 90}, corner]
    assert await shown(*turned, width=180, height=320) == "........#"
    assert await shown(corner, {"type": "crop", "top": 0.5, "left": 0.5}) == "....##.##"
    assert await shown(corner, {"type": "crop", "right": 0.4, "bottom": 0.4}) == "........."
    assert await shown(corner, {"type": "look", "name": "sepia"}) == "........#"


def test_what_is_hidden_goes_where_its_picture_goes() -> None:
    corner = Hide(left=0.5, top=0.5)
    size = (320, 180)
    whole = area_of([corner], 0, size, size, fills=True)
    assert whole == pytest.approx((0.5, 0.5, 1, 1))
    straight = area_of([corner, Straighten(10)], 0, size, size, fills=True)
    assert straight is not None
    assert straight[0] < 0.5 or straight[1] < 0.5  # all of the part, which lies askew
    filled = area_of([corner], 0, size, (180, 180), fills=True)
    assert filled == pytest.approx((0.5, 0.5, 1, 1))
    gone = area_of([corner, Crop(right=0.5)], 0, size, size, fills=False)
    assert gone is None


@pytest.mark.parametrize(
    ("effect", "what"),
    [
        ({"type": "hide", "how": "[a]"}, "how"),
        ({"type": "hide", "left": 1}, "left"),
        ({"type": "hide", "left": 0.5, "right": 0.5}, "size"),
        ({"type": "hide", "amount": 2}, "amount"),
    ],
)
def test_a_part_that_is_none_is_refused(effect: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        read_effects([effect])
