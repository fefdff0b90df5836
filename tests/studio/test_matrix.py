"""Some of the files of `tests.matrix`: each kind of container, and each way in which clocks begin."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests import matrix

PAIRS = [
    ("mp4-picture-late-0.mp4", "mkv-late-1000-1.mkv"),
    ("mp4-fragmented-no-edits-2.mp4", "webm-early-1.webm"),
    ("avi-h264b-pcm-60_1-48000-6.avi", "mov-prores-pcm24-60_1-44100-2.mov"),
    ("mkv-sound-late-1.mkv", "mp4-hevc-opus-30000_1001-48000-6.mp4"),
]


@pytest.mark.parametrize("names", PAIRS, ids=" + ".join)
async def test_pictures_and_sounds_lie_where_they_should(
    names: tuple[str, str], tmp_path: Path
) -> None:
    files = {one.name: one for one in matrix.files()}
    pair = [files[name] for name in names]
    assert await asyncio.to_thread(matrix.check, pair, tmp_path / "pair") == []
