"""How the media screen looks: at three sizes, without colour, with wide names, without files."""

from __future__ import annotations

import pytest

from tests.ui.sample import assets, fill
from tests.ui.snapshots import Compare, every_size, looks_the_same
from tests.ui.world import World
from vbtui.session.events import AssetChanged

TO_THE_WIDE_NAME = ("f3", "down")


def sending() -> list[AssetChanged]:
    """How far the file is that is on its way."""
    return [AssetChanged(one) for one in assets() if one.sent]


@every_size
def test_files_with_wide_names(snap_compare: Compare, world: World, size: tuple[int, int]) -> None:
    fill(world)
    assert looks_the_same(snap_compare, world, size, TO_THE_WIDE_NAME, reports=sending())


def test_without_colour(
    snap_compare: Compare, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    fill(world)
    assert looks_the_same(snap_compare, world, (120, 35), TO_THE_WIDE_NAME, reports=sending())


def test_no_files_yet(snap_compare: Compare, world: World) -> None:
    assert looks_the_same(snap_compare, world, (80, 24), ["f3"])
