"""How loud a finished video is, measured by ffmpeg's ebur128; what is in it of what, by its samples."""

from __future__ import annotations

import re
import wave
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, segment
from tests.studio.running import studio
from tests.studio.test_render_copy_sound import clip as loud_clip
from vbtui.base.errors import RenderFailed
from vbtui.studio.project import beds
from vbtui.studio.project.media import Media
from vbtui.studio.render import Output, render
from vbtui.studio.render.copying import find_copies, is_whole
from vbtui.studio.render.ffmpeg import find_ffmpeg
from vbtui.studio.render.plan import make_plan
from vbtui.studio.render.rebuild import write_recipe
from vbtui.studio.render.sound_copying import _heard
from vbtui.studio.render.soundtrack import sound_key

RATE = 48000
HUM = "0.3*sin(2*PI*440*t)"
TALK = "0.4*gt(mod(t,1),0.4)*sin(2*PI*t*200)*(0.5+0.5*sin(30*t))"
"""It begins every second and is silent for 0.4 s before."""


def clip(name: str, sound: str, seconds: float = 2) -> Path:
    """A red clip that sounds as the expression says."""
    path = make.folder() / f"levels-{name}.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
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
        unfinished = make.unfinished(path)
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


# Music under speech


async def test_music_is_lowered_under_speech_and_comes_back(tmp_path: Path) -> None:
    talk = "0.3*between(t,2,4)*sin(2*PI*t*200)*(0.5+0.5*sin(30*t))"
    files = library(
        a=clip("talk-in-the-middle", talk, 6), m=sound("tone", "0.2*sin(2*PI*3000*t)", 6)
    )
    high = "highpass=2000,highpass=2000"
    folders = [tmp_path / name for name in ("ducked", "plain")]
    for folder, duck in zip(folders, (True, False), strict=True):
        folder.mkdir()
        await rendered(
            folder, [segment("a", 0, 6000)], files, [segment("m", 0, 6000, duck=duck)]
        )  # fmt: skip
    before, under, after = (
        rms(folders[0] / "out.mp4", at, at + 0.8, high) for at in (0.6, 2.8, 5.0)
    )
    assert under < before / 2
    assert under > before / 5, "it is still heard"
    assert after == pytest.approx(before, rel=0.05)
    assert rms(folders[1] / "out.mp4", 2.8, 3.6, high) == pytest.approx(before, rel=0.05)
    talking = [rms(folder / "out.mp4", 2.5, 3.5, "lowpass=1000") for folder in folders]
    assert talking[0] == pytest.approx(talking[1], rel=0.02), "speech stays as it is"


_SLOW = """#!/bin/sh
is_first=yes
for word do
  shift
  [ "$is_first$word" = yes-i ] && set -- "$@" -readrate 8 && is_first=
  set -- "$@" "$word"
done
exec "$FFMPEG" "$@"
"""
"""An ffmpeg that reads the first of its files slowly."""


async def test_lowered_music_lasts_to_its_end_whichever_file_is_read_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = library(a=clip("talk", TALK), m=sound("tone-3", "0.2*sin(2*PI*3000*t)"))
    slow = tmp_path / "ffmpeg"
    made: list[bytes] = []
    slow.write_text(_SLOW.replace("$FFMPEG", find_ffmpeg()))
    slow.chmod(0o700)
    for program in (slow, find_ffmpeg()):
        monkeypatch.setenv("VBTUI_FFMPEG", str(program))
        folder = tmp_path / str(len(made))
        folder.mkdir()
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
        music = [segment("m", 0, 2000, duck=True)]
        path, _, _ = await rendered(folder, [segment("a", 0, 2000)], files, music)
        made.append(path.read_bytes())
    assert made[0] == made[1]


async def test_music_gives_way_to_no_silence_and_no_muted_clip(tmp_path: Path) -> None:
    files = library(a=clip("talk", TALK), m=sound("tone-2", "0.2*sin(2*PI*3000*t)"))
    music = [segment("m", 0, 2000, duck=True)]
    path, _, _ = await rendered(tmp_path, [segment("a", 0, 2000, volume=0)], files, music)
    assert rms(path, 0.2, 1.8) == pytest.approx(0.2 / 2**0.5, rel=0.05)


# Fades of sound alone


async def test_the_sound_of_a_clip_fades_and_its_picture_does_not(tmp_path: Path) -> None:
    files = library(a=clip("hum", HUM))
    faded = segment("a", 0, 2000, sound_fade_in=800, sound_fade_out=800)
    path, _, _ = await rendered(tmp_path, [faded], files)
    assert rms(path, 0, 0.1) < 0.03
    assert rms(path, 0.9, 1.1) == pytest.approx(0.3 / 2**0.5, rel=0.05)
    assert rms(path, 1.9, 2) < 0.03
    picture = make.output("-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    assert picture[0] > 200, "red from the first frame on"


# Noise


@pytest.mark.parametrize("loud", [0.01, 0.03])
async def test_steady_noise_falls_and_a_tone_stays_where_it_was(
    loud: float, tmp_path: Path
) -> None:
    heard = f"{loud}*(random(0)*2-1)+0.2*between(t,1,2)*sin(2*PI*440*t)"
    files = library(a=clip(f"noise-{loud}", heard, 3))
    path, _, _ = await rendered(tmp_path, [segment("a", 0, 3000, denoise=True)], files)
    source = files["a"].path
    for begin in (0.2, 2.2):
        assert rms(path, begin, begin + 0.6) < 0.5 * rms(source, begin, begin + 0.6)
    assert rms(path, 1.2, 1.8) == pytest.approx(0.2 / 2**0.5, rel=0.03)
    onsets = [
        next(at for at, value in enumerate(samples(file, "lowpass=1000")) if abs(value) > 0.1)
        for file in (source, path)
    ]
    assert onsets[0] == pytest.approx(onsets[1], abs=0.003 * RATE)


async def test_noise_is_taken_out_of_that_clip_alone(tmp_path: Path) -> None:
    files = library(a=clip("hiss", "0.02*(random(0)*2-1)"))
    clips = [segment("a", 0, 1000, denoise=True), segment("a", 1000, 1000, volume=0.999)]
    path, _, _ = await rendered(tmp_path, clips, files)
    assert rms(path, 0.2, 0.8) < 0.5 * rms(path, 1.2, 1.8)


def test_what_is_cleaned_faded_or_lowered_is_another_sound_and_never_copied() -> None:
    files = library(a=loud_clip(60, 440), m=sound("tone-2", "0.2*sin(2*PI*3000*t)"))
    keys = set()
    for meta in ({}, {"denoise": True}, {"sound_fade_in": 500}, {"sound_fade_out": 500}):
        plan = make_plan(draft([segment("a", 0, 2000, **meta)]), files, Output("high"))
        copies = find_copies(plan)
        assert is_whole(plan, copies)
        assert (_heard(plan) is None) == bool(meta)
        keys.add(sound_key(plan))
    for music in ({}, {"duck": True}):
        wanted = draft([segment("a", 0, 2000)], audio=[segment("m", 0, 2000, **music)])
        keys.add(sound_key(make_plan(wanted, files, Output("high"))))
    assert len(keys) == 6


# Music that is made here


@pytest.mark.parametrize("name", sorted(beds.BEDS))
def test_a_bed_is_music_of_its_length_whose_end_goes_on_with_its_begin(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "bed.wav"
    beds.write(name, path)
    with wave.open(str(path)) as file:
        assert file.getnframes() * 1000 == beds.BEDS[name].ms * file.getframerate()
        values = array("h", file.readframes(file.getnframes()))
    steps = [
        abs(values[at] - values[at - 1]) for at in range(len(values))
    ]  # the first: over the seam
    assert steps[0] <= max(steps[1:]) / 2
    rate = file.getframerate()
    for begin in range(0, len(values) - rate, rate):
        assert max(map(abs, values[begin : begin + rate])) > 1000, f"silent at {begin / rate} s"
    assert max(map(abs, values)) < 0.6 * 32768


async def test_a_bed_is_heard_as_long_as_it_should_be_and_at_its_volume(tmp_path: Path) -> None:
    """Longer than its round, without a gap at the seam."""
    files = library(a=clip("red", "0", 2))
    clips = [segment("a", 0, 20_000)]
    music = [segment("bed:lofi", 0, 18_000, loop=True, volume=0.5)]
    path, remarks, _ = await rendered(tmp_path, clips, files, music)
    made = tmp_path / "bed.wav"
    beds.write("lofi", made)
    assert remarks == []
    round_s = beds.BEDS["lofi"].ms / 1000
    for begin in (1.0, 3.0):
        assert rms(path, begin, begin + 2) == pytest.approx(
            rms(made, begin, begin + 2) / 2, rel=0.1
        )
        again = rms(path, begin - 0.5 + round_s, begin + 0.5 + round_s)
        assert again == pytest.approx(rms(path, begin - 0.5, begin + 0.5), rel=0.1)
    assert rms(path, 18.5, 19.5) < 1e-3


async def test_a_script_that_rebuilds_a_video_has_the_bed_with_it(tmp_path: Path) -> None:
    files = {"a": replace(library(a=clip("hum", HUM))["a"], sha256="0")}
    wanted = draft(
        [segment("a", 0, 2000)], audio=[segment("bed:calm", 0, 2000)], width=64, height=36
    )
    recipe = await write_recipe(wanted, files, Output("low"), tmp_path)
    assert list(recipe.originals.values()) == [files["a"]]
    assert (tmp_path / "bed0.wav").stat().st_size > 100_000
    assert "file:../bed0.wav" in recipe.commands


def test_what_is_said_of_the_sound_is_heard_in_the_export(tmp_path: Path) -> None:
    """Words, draft, render and download, over HTTP."""
    with studio(tmp_path / "data") as running:
        session_id = running.new_session()
        running.add(session_id, clip("talk", TALK))
        for one in ("add the clip", "add calm music", "make it -20 LUFS", "duck the music"):
            running.say(session_id, one)
        made = running.state(session_id)["draft"]
        (music,) = (track["sg"][0] for track in made["t"] if track["tt"] == 1)
        assert (music["m"]["asset"], music["m"]["duck"]) == ("bed:calm", True)
        assert running.start_render("levels", session_id, made, quality="low").is_success
        assert running.wait_render("levels", "completed", "failed")["status"] == "completed"
        path = tmp_path / "out.mp4"
        path.write_bytes(running.http.get("/api/render/proxy/levels/download").content)
    assert measured(path)[0] == pytest.approx(-20, abs=0.5)


async def test_a_voice_over_is_heard_at_its_time_and_music_gives_way_to_it(tmp_path: Path) -> None:
    files = library(
        a=clip("red-5", "0", 5), v=sound("voice", "0.3*sin(2*PI*300*t)", 1.5),
        m=sound("tone-5", "0.2*sin(2*PI*3000*t)", 5),
    )  # fmt: skip
    heard = [segment("m", 0, 5000, duck=True), segment("v", 1000, 1500, role="voice")]
    wanted = draft([segment("a", 0, 5000)], audio=heard[:1], width=64, height=36)
    wanted["t"].append({"tt": 1, "id": "t2", "sg": heard[1:]})
    path = tmp_path / "out.mp4"
    await render(
        wanted, files, Output("low"), path, workdir=tmp_path / "w", on_progress=lambda share: None
    )
    low, high = "lowpass=800,lowpass=800", "highpass=2000,highpass=2000"
    assert rms(path, 1.2, 2.3, low) == pytest.approx(0.3 / 2**0.5, rel=0.1)
    assert max(rms(path, 0.2, 0.9, low), rms(path, 2.7, 3.8, low)) < 0.02
    assert rms(path, 1.5, 2.4, high) < rms(path, 0.2, 0.9, high) / 2
    assert rms(path, 4.0, 4.8, high) == pytest.approx(rms(path, 0.2, 0.9, high), rel=0.1)
