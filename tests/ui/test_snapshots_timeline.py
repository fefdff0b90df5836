"""How the timeline and its dialogs look: at three sizes, without colour, with wide names."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.ui.conftest import screen_lines
from tests.ui.sample import DRAFT, fill
from tests.ui.snapshots import Compare, every_size, looks_the_same
from tests.ui.world import World
from vbtui.journal.records import Asset, AssetState
from vbtui.ui.app import VbtuiApp
from vbtui.ui.kit.edit_line import EditField
from vbtui.ui.timeline.preview import Preview

TO_THE_WIDE_NAME = ("f4", "m", "n", "m", "b", "down", "down", "n")


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of the day are the same everywhere."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def looked(app: VbtuiApp) -> bool:
    """The playhead's picture is there, where one is shown."""
    preview = app.screen.query_one(Preview)
    is_there = preview.view.drawn is not None and not preview.is_resting
    return not preview.display or is_there


@every_size
def test_timeline_with_wide_names(
    snap_compare: Compare, world: World, size: tuple[int, int]
) -> None:
    fill(world)
    assert looks_the_same(snap_compare, world, size, TO_THE_WIDE_NAME, looked)


@pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda size: "x".join(map(str, size)))
def test_without_colour(
    snap_compare: Compare,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    fill(world)
    assert looks_the_same(snap_compare, world, size, TO_THE_WIDE_NAME, looked)


def test_nothing_on_it_yet(snap_compare: Compare, world: World) -> None:
    assert looks_the_same(snap_compare, world, (80, 24), ["f4"])


def test_clips_show_their_frames(snap_compare: Compare, world: World) -> None:
    draft: dict[str, Any] = copy.deepcopy(DRAFT)
    for number, (segment, color) in enumerate(
        zip(draft["t"][0]["sg"], ("red", "blue", "lime", "orange", "purple"), strict=True), 1
    ):
        path = media.picture(color)
        segment["m"]["filename"] = path.name
        asset = Asset(number, "s1", path, path.name, "image", "picked", AssetState.DONE, size=1)
        world.add(asset)
    world.build(draft)

    def is_ready(app: VbtuiApp) -> bool:
        styles = [piece.style for line in screen_lines(app) for piece in line if piece.style]
        triplets = [one.bgcolor.get_truecolor() for one in styles if one.bgcolor]
        colors = {tuple(round(part / 64) for part in triplet) for triplet in triplets}
        return looked(app) and {(4, 0, 0), (0, 0, 4), (0, 4, 0), (4, 3, 0), (2, 0, 2)} <= colors

    assert looks_the_same(snap_compare, world, (120, 35), ["f4", "n"], is_ready)


def test_an_edit_before_it_is_sent(snap_compare: Compare, world: World) -> None:
    fill(world)

    def is_ready(app: VbtuiApp) -> bool:
        return looked(app) and app.screen.query_one(EditField).has_focus

    assert looks_the_same(snap_compare, world, (80, 24), ["f4", "m", "n", "m", "x"], is_ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.usefixtures("utc")
def test_versions(snap_compare: Compare, world: World, size: tuple[int, int]) -> None:
    fill(world)
    for words in ("Urban Nights", "城市之夜"):
        draft: dict[str, Any] = copy.deepcopy(DRAFT)
        draft["t"][2]["sg"][0]["m"]["text"] = words
        world.build(draft)
    assert looks_the_same(snap_compare, world, size, ["f4", "h"])


@pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda size: "x".join(map(str, size)))
def test_way_out(snap_compare: Compare, world: World, size: tuple[int, int]) -> None:
    fill(world)
    world.folder = Path("Videos")  # the same name wherever the test runs
    assert looks_the_same(snap_compare, world, size, ["f4", "O", "space"])
