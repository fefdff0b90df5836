"""Streams, as broadcasts and Flash have them, that are called .mp4: taken for what they are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests import clips as make
from tests.flashes import flash_times, picture, see, sound
from tests.rendered import Json, draft, segment
from vbtui.base.errors import UnsupportedFile
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output, render

FPS = Fraction(30)
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-sc_threshold", "0", "-g", "180")
STREAMS = {
    "mpegts": (*H264, "-c:a", "aac"),
    "mpegts-broadcast": ("-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-c:a", "ac3"),
    "flv": (*H264, "-c:a", "aac"),
    "flv-old": ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"),
}
CUTS = ((7300, 1000), (400, 1500), (4200, 1600))
"""Begin and length of each, in ms: none begins at a picture that can be decoded alone."""


def stream(kind: str) -> Path:
    """10 s that flash and beep at each half second."""
    path = make.folder() / f"{kind}.mp4"
    if not path.exists():
        times = flash_times([number + 0.5 for number in range(10)], FPS)
        form = ["-f", kind.split("-")[0], "-output_ts_offset", "5000" if "broad" in kind else "0"]
        make.ffmpeg(
            "-f", "lavfi", "-i", picture(times, FPS, 10), "-f", "lavfi", "-i", sound(times, 10),
            *STREAMS[kind], *form, path,
        )  # fmt: skip
    return path


@pytest.mark.parametrize("kind", STREAMS)
async def test_a_stream_is_cut_where_it_should_be(kind: str, tmp_path: Path) -> None:
    clip = replace(probe(stream(kind), "call.mp4"), id="a")
    assert clip.duration_ms == pytest.approx(10_000, abs=40)
    assert clip.audio is not None
    assert clip.audio.duration_ms == pytest.approx(10_000, abs=60)
    segments: list[Json] = []
    due: list[float] = []
    position = 0
    for begin, length in CUTS:
        segments.append(segment("a", position, length, **{"in": begin}))
        flashes = [1000 * number + 500 for number in range(10)]
        due += [(position + at - begin) / 1000 for at in flashes if begin <= at < begin + length]
        position += length
    remarks: list[str] = []
    path = tmp_path / "out.mp4"
    await render(
        draft(segments, width=96, height=54), {"a": clip}, Output("low"), path,
        workdir=tmp_path / "w", on_progress=lambda percent: None, on_remark=remarks.append,
    )  # fmt: skip
    assert not remarks
    video = see(path)
    assert video.flashes == pytest.approx(due, abs=0.04)
    assert video.beeps == pytest.approx(video.flashes, abs=0.5 / 30 + 0.01)


def test_a_stream_of_which_the_end_is_missing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    data = stream("mpegts").read_bytes()
    path.write_bytes(data[: len(data) // 188 * 94 + 50])
    clip = probe(path, path.name)
    seconds = clip.duration_ms / 1000
    assert 3 < seconds < 7
    assert clip.notes == (
        f"“half.mp4” is cut short: {seconds:.1f} s of it can be read and are taken.",
    )
    path.write_bytes(data[:376] + bytes(5000))
    with pytest.raises(UnsupportedFile, match=r"is (damaged|incomplete) and cannot"):
        probe(path, path.name)


def test_a_stream_that_was_joined_is_refused_and_others_are_called_by_their_names(
    tmp_path: Path,
) -> None:
    path = tmp_path / "joined.mp4"
    path.write_bytes(stream("mpegts").read_bytes() * 2)
    with pytest.raises(UnsupportedFile, match="is a stream whose clock jumps"):
        probe(path, path.name)
    for codec, suffix, what in (
        ("libvorbis", ".ogg", "an Ogg file"),
        ("flac", ".flac", "a FLAC file"),
    ):
        make.ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", codec, tmp_path / f"sound{suffix}")
        with pytest.raises(UnsupportedFile, match=f"is {what}, which is not taken"):
            probe(tmp_path / f"sound{suffix}", "sound.mp3")
