"""Another file's sound in a clip's place: heard there and nowhere else, along with the clip wherever it goes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests import clips as make
from tests.rendered import Json, draft, library, loudness, rendered, segment
from vbtui.interchange.otio import extras
from vbtui.studio.project import draft as d
from vbtui.studio.render.model import Output
from vbtui.studio.render.plan import make_plan
from vbtui.timeline.changes import compare
from vbtui.timeline.digest import digest, effect_names
from vbtui.timeline.model import read

DUB: Json = {"asset": "v", "title": "voice.wav", "in": 0}


def small(video: list[Json]) -> Json:
    return draft(video, width=160, height=90)


def hertz(path: Path, start_s: float, end_s: float) -> float:
    """The pitch of what is heard there, by how often it crosses zero."""
    samples: list[int] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 48000)
        for frame in container.decode(audio=0):
            for one in resampler.resample(frame):
                samples += memoryview(bytes(one.planes[0])[: one.samples * 2]).cast("h").tolist()
    part = samples[round(start_s * 48000) : round(end_s * 48000)]
    crossings = sum(a < 0 <= b for a, b in pairwise(part))
    return crossings / (end_s - start_s)


def two(seconds: float = 1.0) -> Path:
    """300 Hz for a second, then 900 Hz."""
    path = make.folder() / "two-tones.wav"
    if not path.exists():
        unfinished = make.unfinished(path)
        tones = "sine=f=300:r=48000:d=1[a];sine=f=900:r=48000:d=1[b];[a][b]concat=n=2:v=0:a=1[o]"
        make.ffmpeg("-filter_complex", tones, "-map", "[o]", unfinished)
        unfinished.replace(path)
    return path


async def test_the_other_sound_is_heard_in_the_place_of_the_clips_own(tmp_path: Path) -> None:
    clips = [
        segment("a", 0, 1000, sound=DUB),
        segment("a", 1000, 1000),
        {**segment("p", 2000, 500), "m": {"asset": "p", "sound": {**DUB, "in": 1000}}},
    ]
    files = library(a=make.clip(hz=440), v=two(), p=make.picture(width=160, height=90))
    video = await rendered(tmp_path, small(clips), files)
    assert hertz(video.path, 0.1, 0.9) == pytest.approx(300, rel=0.03)
    assert hertz(video.path, 1.1, 1.9) == pytest.approx(440, rel=0.03)
    assert hertz(video.path, 2.1, 2.4) == pytest.approx(900, rel=0.03)


async def test_it_goes_along_when_the_clip_is_cut_and_sped_up(tmp_path: Path) -> None:
    """What is cut off the picture is cut off the sound; twice as fast, both are, in the same pitch."""
    files = library(a=make.clip(hz=440), v=two())
    clip = segment("a", 0, 2000, sound=DUB)
    first, second = d.split_clip(clip, 1000)
    assert d.meta(second)["sound"]["in"] == 1000
    assert d.begun_earlier(second, 1000)["m"]["sound"]["in"] == 0
    fast = d.with_speed(second, 2.0, files)
    parts = [{**fast, "id": "x", "s": 0}, {**first, "id": "y", "s": 500}]
    video = await rendered(tmp_path, small(parts), files)
    assert hertz(video.path, 0.1, 0.4) == pytest.approx(900, rel=0.05)
    assert hertz(video.path, 0.6, 1.4) == pytest.approx(300, rel=0.05)


async def test_where_it_ends_earlier_there_is_silence(tmp_path: Path) -> None:
    short = make.sound(seconds=0.5, suffix=".wav", rate=48000)
    video = await rendered(
        tmp_path, small([segment("a", 0, 2000, sound=DUB)]), library(a=make.clip(), v=short)
    )
    assert loudness(video.path, 0.1, 0.4) > 0.05
    assert loudness(video.path, 0.6, 1.9) < 0.001


async def test_two_pieces_of_it_go_on_without_a_seam() -> None:
    first, second = d.split_clip(segment("a", 0, 2000, sound=DUB), 1000)
    parts = [first, {**second, "id": "b", "s": 1000}]
    plan = make_plan(small(parts), library(a=make.clip(), v=two()), Output())
    assert [(one.fade_in > 0, one.fade_out > 0) for one in plan.sounds] == [
        (True, False),
        (False, True),
    ]
    assert [one.media.id for one in plan.sounds] == ["v", "v"]
    assert "v" in {one.id for one in plan.media}


def test_it_is_told_in_both_languages_and_named_where_it_is_not_carried() -> None:
    before, after = (
        read(small([segment("a", 0, 2000)])),
        read(small([segment("a", 0, 2000, sound=DUB)])),
    )
    assert after is not None
    changes = compare(before, after)
    assert digest(changes, False) == ["clip 1 (clip 1): sound its own → voice.wav"]
    assert digest(changes, True) == ["片段 1（clip 1）：声音 原声 → voice.wav"]
    assert effect_names(after.tracks[0].segments[0], False) == "sound voice.wav"
    assert "sounds in place of clips' own" in extras(after)
