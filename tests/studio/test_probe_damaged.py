"""Damage that no decoder sees: it is said when the file is taken."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests import clips as media
from vbtui.studio.project.probe import probe

MIXED_UP = "“{}” holds other things than it says: parts of it may come twice or be missing."
AVI = (
    "-f", "lavfi", "-i", "testsrc2=s=96x54:r=30:d=2", "-f", "lavfi", "-i", "sine=r=48000:d=2",
    "-c:v", "mpeg4", "-c:a",
)  # fmt: skip


@pytest.fixture(scope="module", params=["pcm_s16le", "libmp3lame"])
def avi(request: pytest.FixtureRequest) -> bytes:
    path = media.folder() / f"whole-{request.param}.avi"
    media.ffmpeg(*AVI, request.param, path)
    assert not notes(path)
    return path.read_bytes()


def notes(path: Path) -> tuple[str, ...]:
    return probe(path, path.name).notes


def test_an_avi_some_of_which_comes_twice_or_is_missing(avi: bytes, tmp_path: Path) -> None:
    third = len(avi) // 3
    path = tmp_path / "twice.avi"
    for data in (
        avi[: 2 * third] + avi[third:],
        avi + avi,
        avi[:third] + avi[third - 5000 : third] + avi[third + 5000 :],
    ):
        path.write_bytes(data)
        assert MIXED_UP.format("twice.avi") in notes(path)


def test_a_wav_that_was_joined_with_another_says_that_it_is_not_heard(tmp_path: Path) -> None:
    data = media.sound(suffix=".wav").read_bytes()
    path = tmp_path / "both.wav"
    path.write_bytes(data + data)
    assert notes(path) == (MIXED_UP.format("both.wav"),)
    path.write_bytes(data + b"a word of the recorder's")
    assert not notes(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".flv", ".m4a"])
def test_of_several_files_in_one_the_first_is_taken_and_it_is_said(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / ("joined.mp4" if suffix == ".flv" else f"joined{suffix}")
    picture = ["-f", "lavfi", "-i", "color=s=96x54:r=30:d=1"] if suffix != ".m4a" else []
    once = tmp_path / f"once{suffix}"
    media.ffmpeg(*picture, "-f", "lavfi", "-i", "sine=r=44100:d=1", once)
    path.write_bytes(once.read_bytes())
    assert not notes(path)
    path.write_bytes(once.read_bytes() * 2)
    assert notes(path) == (f"“{path.name}” is several files in one: the first of them is taken.",)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".wav", "pcm_s16le"), (".wav", "pcm_s24le"), (".wav", "pcm_f32le"), (".mov", "pcm_s16be")],
)
def test_other_bytes_in_a_sound_without_a_codec(suffix: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"sound{suffix}"
    tone = "aevalsrc='0.6*sin(2*PI*440*t)|0.6*sin(2*PI*300*t)':s=48000:d=3"
    picture = ["-f", "lavfi", "-i", "color=s=96x54:r=30:d=3"] if suffix == ".mov" else []
    media.ffmpeg(*picture, "-f", "lavfi", "-i", tone, "-c:a", codec, path)
    assert not notes(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 50_000] = random.Random(1).randbytes(50_000)
    path.write_bytes(data)
    (note,) = notes(path)
    assert note.startswith(f"“sound{suffix}” is noise from 1.")
    assert note.endswith(" s: it seems damaged there.")


LOUD = {
    "cut off": "if(gt(random(0),0.5),1,-1)|if(gt(random(1),0.5),1,-1)",
    "saws": "mod(t*1237,1)*2-1|mod(t*777,1)*2-1",
    "noise": "clip(random(0)+random(1)+random(2)-1.5,-1,1)|clip(random(3)+random(4)-1,-1,1)",
}


@pytest.mark.parametrize("name", LOUD)
def test_what_is_meant_to_be_loud_is_no_damage(name: str, tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    escaped = LOUD[name].replace(",", "\\,")
    media.ffmpeg(
        "-f", "lavfi", "-i", "aevalsrc='0|0':s=48000:d=1",
        "-f", "lavfi", "-i", f"aevalsrc='{escaped}':s=48000:d=1",
        "-filter_complex", "[0][1]concat=v=0:a=1", path,
    )  # fmt: skip
    assert not notes(path)
