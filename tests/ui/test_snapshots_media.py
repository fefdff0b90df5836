"""How the media screen looks: at three sizes, without colour, with wide names, without files."""

from __future__ import annotations

import pytest

from tests.ui.fakes import FakeEngine
from tests.ui.sample import fill
from tests.ui.snapshots import Compare, every_size, looks_the_same

TO_THE_WIDE_NAME = ("f3", "down")


@every_size
def test_files_with_wide_names(
    snap_compare: Compare, engine: FakeEngine, size: tuple[int, int]
) -> None:
    fill(engine)
    assert looks_the_same(snap_compare, engine, size, TO_THE_WIDE_NAME)


def test_without_colour(
    snap_compare: Compare, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    fill(engine)
    assert looks_the_same(snap_compare, engine, (120, 35), TO_THE_WIDE_NAME)


def test_no_files_yet(snap_compare: Compare, engine: FakeEngine) -> None:
    assert looks_the_same(snap_compare, engine, (80, 24), ["f3"])
