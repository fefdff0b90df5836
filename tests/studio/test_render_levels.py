"""How loud a finished video is, measured by ffmpeg's ebur128; what is in it of what, by its samples."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, segment
from tests.studio.test_render_copy_sound import clip as loud_clip
from vbtui.base.errors import RenderFailed
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output, render
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.rebuild import write_recipe
from vbtui.studio.render.soundtrack import sound_key

RATE = 48000
HUM = "0.3*sin(2*PI*440*t)"
TALK = "0.4*gt(mod(t,1),0.4)*sin(2*PI*t*200)*(0.5+0.5*sin(30*t))"
"""It begins every second and is silent for 0.4 s before."""


def clip(name: str, sound: str, seconds: float = 2) -> Path:
    """A red clip that sounds as the expression says."""
    path = make.folder() / f"levels-{name}.mp4"
    if not path.exists():
        unfinished = path.with_stem(f"unfinished-{path.stem}")
        make.ffmpeg(
            "-f", "lavfi", "-i", f"color=c=red:s=64x36:r=30:d={seconds}",
            "-f", "lavfi", "-i", f"aevalsrc='{sound}':s={RATE}:d={seconds}", "-c:a", "aac", "-b:a", "192k", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


def sound(name: str, heard: str, seconds: float = 2) -> Path:
    """A sound file of the expression."""
    path = make.folder() / f"levels-{name}.wav"
    if not path.exists():
        unfinished = path.with_stem(f"unfinished-{path.stem}")
        make.ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{heard}':s={RATE}:d={seconds}", unfinished)
        unfinished.replace(path)
    return path


async def rendered(
    folder: Path,
    clips: Sequence[Json],
    files: Mapping[str, Media],
    audio: Sequence[Json] = (),
    **meta: Any,
) -> tuple[Path, list[str], list[float]]:
    """The video, what was remarked of it, and how much of its picture was copied."""
    wanted = draft(clips, audio=audio, width=64, height=36)
    wanted["m"] |= meta
    remarks: list[str] = []
    copied: list[float] = []
    path = folder / "out.mp4"
    await render(
        wanted, files, Output("low"), path, workdir=folder / "work",
        on_progress=lambda percent: None, on_remark=remarks.append, on_copied=copied.append,
    )  # fmt: skip
    return path, remarks, copied


def measured(path: Path) -> tuple[float, float]:
    """LUFS and dBTP."""
    filters = "ebur128=metadata=1:peak=true,ametadata=print:file=-"
    told = make.output("-i", path, "-af", filters, "-f", "null", "-").decode()
    values = dict(re.findall(r"r128\.(I|true_peak)=(\S+)", told))
    peak = make.output(
        "-i", path, "-af", "aresample=192000,astats=metadata=1:reset=0,ametadata=print:file=-", "-f", "null", "-"
    ).decode()  # fmt: skip
    return float(values["I"]), float(re.findall(r"Overall\.Peak_level=(\S+)", peak)[-1])


def samples(path: Path, filters: str = "anull") -> array[float]:
    """The left channel, after `filters`."""
    values = array("f")
    values.frombytes(
        make.output("-i", path, "-af", f"{filters},pan=mono|c0=c0", "-ar", str(RATE), "-f", "f32le", "-")
    )  # fmt: skip
    return values


def rms(path: Path, begin_s: float, end_s: float, filters: str = "anull") -> float:
    part = samples(path, filters)[round(begin_s * RATE) : round(end_s * RATE)]
    return float((sum(one * one for one in part) / len(part)) ** 0.5)


# Loudness


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("quiet", "0.01*sin(440*2*PI*t)*(0.6+0.4*sin(7*t))"),
        ("loud", "0.95*(random(0)*2-1)"),
        ("peaky", "0.02*sin(300*2*PI*t)+0.9*lt(mod(t,0.5),0.002)*sin(2000*2*PI*t)"),
    ],
)
async def test_all_of_it_is_as_loud_as_asked_for_and_no_peak_too_high(
    name: str, heard: str, tmp_path: Path
) -> None:
    files = library(a=clip(name, heard))
    assert abs(measured(files["a"].path)[0] + 14) > 3
    path, remarks, _ = await rendered(tmp_path, [segment("a", 0, 2000)], files, loudness=-14)
    lufs, peak = measured(path)
    assert lufs == pytest.approx(-14, abs=0.5)
    assert peak <= -0.95
    assert remarks == []


async def test_another_loudness_is_another_sound(tmp_path: Path) -> None:
    files = library(a=clip("talk", TALK))
    path, _, _ = await rendered(tmp_path, [segment("a", 0, 2000)], files, loudness=-23)
    assert measured(path)[0] == pytest.approx(-23, abs=0.5)
    wanted = draft([segment("a", 0, 2000)])
    plans = [
        make_plan({**wanted, "m": {**wanted["m"], **level}}, files, Output())
        for level in ({}, {"loudness": -14}, {"loudness": -23}, {"even": True})
    ]
    assert len({sound_key(plan) for plan in plans}) == len(plans)


async def test_a_silent_video_is_left_alone_and_that_is_said(tmp_path: Path) -> None:
    files = library(a=clip("silence", "0"))
    path, remarks, _ = await rendered(tmp_path, [segment("a", 0, 2000)], files, loudness=-14)
    assert max(map(abs, samples(path))) < 1e-4
    assert remarks == ["The sound is silent: its loudness was left as it is."]


async def test_what_cannot_get_so_loud_is_said(tmp_path: Path) -> None:
    """Two clicks a second: no limiter makes -14 LUFS of them."""
    files = library(a=clip("clicks", "0.5*lt(mod(t,0.5),0.001)*sin(3000*2*PI*t)"))
    path, remarks, _ = await rendered(tmp_path, [segment("a", 0, 2000)], files, loudness=-14)
    assert measured(path)[1] <= -0.95
    assert len(remarks) == 1
    assert "-14 LUFS were not reached" in remarks[0]


async def test_sound_of_copied_pictures_is_not_copied(tmp_path: Path) -> None:
    files = library(a=loud_clip(60, 440))
    wanted = draft([segment("a", 0, 2000)])
    wanted["m"]["loudness"] = -20
    copied: list[float] = []
    path = tmp_path / "out.mp4"
    await render(
        wanted, files, Output("high"), path, workdir=tmp_path / "work",
        on_progress=lambda percent: None, on_copied=copied.append,
    )  # fmt: skip
    assert copied == [1.0]
    assert measured(path)[0] == pytest.approx(-20, abs=0.5)


async def test_clips_become_equally_loud_and_music_stays(tmp_path: Path) -> None:
    """One is 20 dB louder than the other; what was made quieter than the rest stays so."""
    files = library(
        a=clip("hum", HUM), b=clip("far", "0.03*sin(2*PI*440*t)"), m=sound("high", "0.1*sin(2*PI*3000*t)")
    )  # fmt: skip
    clips = [segment("a", 0, 2000), segment("b", 2000, 2000), segment("a", 4000, 2000, volume=0.5)]
    music = [segment("m", 0, 2000, volume=0.5)]
    path, _, _ = await rendered(tmp_path, clips, files, music, even=True)
    first, second, third = (rms(path, at, at + 1, "lowpass=1000") for at in (0.5, 2.5, 4.5))
    assert first == pytest.approx(second, rel=0.12)
    assert third == pytest.approx(first / 2, rel=0.12)
    assert rms(path, 0.5, 1.5, "highpass=2000") == pytest.approx(0.05 / 2**0.5, rel=0.12)


@pytest.mark.parametrize("wanted", ["loud", True, 0, -90, [-14]])
async def test_what_is_no_loudness_is_refused(wanted: Any, tmp_path: Path) -> None:
    with pytest.raises(RenderFailed, match="LUFS"):
        await rendered(
            tmp_path, [segment("a", 0, 2000)], library(a=clip("hum", HUM)), loudness=wanted
        )


async def test_a_script_rebuilds_the_same_loudness(tmp_path: Path) -> None:
    files = {"a": replace(library(a=clip("hum", HUM))["a"], sha256="0")}
    wanted = draft([segment("a", 0, 2000)], width=64, height=36)
    wanted["m"]["loudness"] = -20
    folder = tmp_path / "rebuild"
    folder.mkdir()
    await write_recipe(wanted, files, Output("low"), folder)
    graph = (folder / "graphs" / "sound.txt").read_text()
    heard = re.findall(r"\[n\d+\]$", graph.strip())[-1]
    path = tmp_path / "sound.mp4"
    make.ffmpeg(
        "-i", files["a"].path, "-/filter_complex", folder / "graphs" / "sound.txt", "-map", heard,
        "-c:a", "aac", "-b:a", "192k", path,
    )  # fmt: skip
    assert measured(path)[0] == pytest.approx(-20, abs=0.5)
