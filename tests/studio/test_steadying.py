"""Steadying: how much pictures still move against each other, wherever they are drawn, and what is kept of a file."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests import clips as make
from tests.rendered import draft, library, segment
from tests.studio.test_render_effects import pixels
from vbtui.studio.project.findings import Wanted
from vbtui.studio.project.shakes import MOST_ZOOM, STILL, Move, Shakes, within, zoom_for
from vbtui.studio.render import Output
from vbtui.studio.render.chunks import FileCache, cut_into_chunks
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.steadying import shakes_of, steadied
from vbtui.studio.server.analyses import Analyses

FRAMES = 40


def shaky() -> Path:
    """A camera that goes evenly over a still picture, held by a trembling hand."""
    path = make.folder() / "steadying-shaky.mp4"
    if not path.exists():
        chance = random.Random(3)
        still = Image.new("RGB", (520, 380), "#406080")
        draw = ImageDraw.Draw(still)
        for _ in range(500):
            x, y, side = chance.randrange(520), chance.randrange(380), chance.randrange(4, 30)
            color = tuple(chance.randrange(256) for _ in range(3))
            draw.rectangle((x, y, x + side, y + side * 2 // 3), fill=color)
        still = still.filter(ImageFilter.GaussianBlur(0.7))
        folder = make.folder() / "steadying"
        folder.mkdir(exist_ok=True)
        for number in range(FRAMES):
            place = (1, 0, 100 + number / 2 + chance.gauss(0, 4), 0, 1, 100 + chance.gauss(0, 3))
            shown = still.transform(
                (320, 180), Image.Transform.AFFINE, place, Image.Resampling.BICUBIC
            )
            shown.save(folder / f"{number:03}.png")
        unfinished = make.unfinished(path)
        make.ffmpeg(
            "-framerate",
            "30",
            "-i",
            folder / "%03d.png",
            "-crf",
            "10",
            "-pix_fmt",
            "yuv420p",
            unfinished,
        )
        unfinished.replace(path)
    return path


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def trembling(shakes: Shakes) -> float:
    """By how many pixels of 320 a picture moves in another way than the one before it."""
    pairs = list(zip(shakes.moves[1:], shakes.moves[2:], strict=False))
    return 320 * sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in pairs) / len(pairs)


async def seen_in(luma: bytes, folder: Path, count: int) -> Shakes:
    """How what was drawn still shakes."""
    raw, path = folder / "luma.raw", folder / "drawn.mp4"
    raw.write_bytes(luma)
    form = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", "30")
    make.ffmpeg(*form, "-i", raw, "-crf", "8", "-pix_fmt", "yuv420p", path)
    assert len(luma) == count * 320 * 180
    return await shakes_of(library(b=path)["b"], FileCache(folder / "other", 10**8))


@pytest.mark.parametrize("meta", [{}, {"reverse": True}, {"speed": 0.5}], ids=str)
async def test_a_shaky_clip_trembles_no_more(meta: dict[str, Any], tmp_path: Path) -> None:
    files = library(a=shaky())
    before = await shakes_of(files["a"], FileCache(tmp_path / "kept", 10**8))
    clip = segment("a", 0, 1300, effects=[{"type": "stabilise"}], **meta)
    plan = await steadied(make_plan(draft([clip]), files, Output()), tmp_path)
    count = plan.frames
    whole = await pixels(plan, tmp_path, 0, count)
    after = await seen_in(whole, tmp_path, count)
    assert trembling(before) > 8
    assert trembling(after) < trembling(before) / 6
    pieces = await pixels(plan, tmp_path, 0, 17) + await pixels(plan, tmp_path, 17, count)
    assert max(abs(a - b) for a, b in zip(whole, pieces, strict=True)) <= 2


async def test_a_part_of_it_is_held_as_steady(tmp_path: Path) -> None:
    files = library(a=shaky())
    effects = [
        {"type": "stabilise"},
        {"type": "crop", "left": 0.2, "top": 0.2},
        {"type": "straighten", "degrees": 3},
    ]
    clip = segment("a", 0, 1300, effects=effects, fit="cover")
    plan = await steadied(make_plan(draft([clip]), files, Output()), tmp_path)
    after = await seen_in(await pixels(plan, tmp_path, 0, plan.frames), tmp_path, plan.frames)
    assert trembling(after) < 2


async def test_pieces_of_a_take_and_a_picture_that_stands_still_lie_as_in_the_whole(
    tmp_path: Path,
) -> None:
    files, held = library(a=shaky()), {"effects": [{"type": "stabilise"}]}
    whole = await steadied(
        make_plan(draft([segment("a", 0, 1300, **held)]), files, Output()), tmp_path
    )
    wanted = await pixels(whole, tmp_path, 0, whole.frames)
    from_600 = {"in": 600, **held}
    at = [
        segment("a", 0, 600, **held),
        segment("a", 600, 200, freeze=True, **from_600),
        segment("a", 800, 700, **from_600),
    ]
    pieces = await steadied(make_plan(draft(at), files, Output()), tmp_path)
    found = await pixels(pieces, tmp_path, 0, pieces.frames)
    size = 320 * 180

    def picture(drawn: bytes, number: int) -> bytes:
        return drawn[number * size : (number + 1) * size]

    for number, of_whole in ((0, 0), (17, 17), (18, 18), (23, 18), (24, 18), (44, 38)):
        pairs = zip(picture(found, number), picture(wanted, of_whole), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= 2, number


async def test_what_was_seen_is_kept_and_in_the_key(tmp_path: Path) -> None:
    files = library(a=shaky())
    told: list[float] = []
    analyses = Analyses(tmp_path, "", lambda line: None)
    found = await analyses.find(
        [Wanted("shakes", files["a"])], lambda media, share: told.append(share)
    )
    assert told[0] == 0
    assert told[-1] == 1
    assert len(found.shakes["a"].moves) == FRAMES
    told.clear()
    again = Analyses(tmp_path, "", lambda line: None)
    kept = await again.find([Wanted("shakes", files["a"])], lambda media, share: told.append(share))
    assert kept.shakes == found.shakes
    assert told.count(0) <= 1

    def key(*effects: dict[str, Any]) -> list[str]:
        plan = make_plan(draft([segment("a", 0, 1300, effects=list(effects))]), files, Output())
        return [chunk.key for chunk in cut_into_chunks(plan, {}, [])]

    plan = make_plan(
        draft([segment("a", 0, 1300, effects=[{"type": "stabilise"}])]), files, Output()
    )
    held = [chunk.key for chunk in cut_into_chunks(await steadied(plan, tmp_path), {}, [])]
    assert (
        len(
            {*held, *key(), *key({"type": "stabilise"}), *key({"type": "stabilise", "amount": 0.8})}
        )
        == 4
    )


def test_no_edge_is_seen_wherever_a_picture_is_moved() -> None:
    moves = [Move(0.02, -0.01, 0.01), STILL, Move(-0.04, 0.02, -0.02)]
    zoom = zoom_for(moves, 0.5625)
    assert 1.05 < zoom < MOST_ZOOM
    assert zoom_for([STILL], 0.5625) == 1
    far = Move(0.5, 0.3, 0.3)
    assert zoom_for([far], 0.5625) == MOST_ZOOM
    held = within(far, MOST_ZOOM, 0.5625)
    assert abs(held.x) < 0.1 + 1e-6
    assert zoom_for([held], 0.5625) <= MOST_ZOOM
    assert within(moves[0], zoom, 0.5625) == moves[0]


def test_what_is_kept_is_read_again_and_nothing_else() -> None:
    shakes = Shakes.of([0, 33.333, 66.667], [STILL, Move(0.01, 0, 0.001), STILL])
    assert Shakes.from_json(json.loads(json.dumps(shakes.to_json()))) == shakes
    broken: object
    for broken in ([], {}, [[0], []], [[0], [[1, 2]]]):
        with pytest.raises((ValueError, TypeError)):
            Shakes.from_json(broken)
