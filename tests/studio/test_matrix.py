"""Some of the files of `tests.matrix`: each kind of container, each way in which clocks begin, and in which
pictures and colours are stored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.matrix import looks, times

PAIRS = [
    ("mp4-picture-late-0.mp4", "mkv-late-1000-1.mkv"),
    ("mp4-fragmented-no-edits-2.mp4", "webm-early-1.webm"),
    ("avi-h264b-pcm-60_1-48000-6.avi", "mov-prores-pcm24-60_1-44100-2.mov"),
    ("mkv-form-changes-ac3-0.mkv", "mp4-form-changes-mp3-0.mp4"),
    ("mkv-sound-late-1.mkv", "mp4-hevc-opus-30000_1001-48000-6.mp4"),
]


@pytest.mark.parametrize("names", PAIRS, ids=" + ".join)
async def test_pictures_and_sounds_lie_where_they_should(
    names: tuple[str, str], tmp_path: Path
) -> None:
    files = {one.name: one for one in times.files()}
    pair = [files[name] for name in names]
    assert await asyncio.to_thread(times.check, pair, tmp_path / "pair") == []


LOOKS = [
    ("look-mp4-turned-90-flipped-av1.mp4", "look-mkv-turned-270-ffv1.mkv"),
    ("look-mkv-stream-turned-90-h264b.mkv", "look-mp4-h264b-30.mp4"),
    ("look-mov-clap-hevc.mov", "look-webm-pixels-2-vp8.webm"),
    ("look-mp4-absurd-high-hevc.mp4", "look-mkv-pixels-of-the-container-vp9.mkv"),
    ("look-avi-odd-mpeg4b.avi", "look-webm-size-changes-vp9.webm"),
    ("look-mkv-smpte2084-hevc.mkv", "look-mp4-arib-std-b67-h264.mp4"),
    ("look-mixed-turned-90-flipped-p3-h264b.mov", "look-mixed-clap-smpte2084-hevc.mp4"),
    ("look-webm-bt2020-vp9.webm", "look-mp4-full-range-h264.mp4"),
]


@pytest.mark.parametrize("names", LOOKS, ids=" + ".join)
async def test_pictures_are_upright_in_their_colors_and_in_order(
    names: tuple[str, str], tmp_path: Path
) -> None:
    files = {one.name: one for one in looks.files()}
    pair = [files[name] for name in names]
    assert await asyncio.to_thread(looks.check, pair, tmp_path / "pair") == []
