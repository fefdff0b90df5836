"""Beats: heard in click tracks and drums of known tempo, and cuts that lie on them."""

from __future__ import annotations

import math
import random
import wave
from array import array
from pathlib import Path

import pytest

from tests import clips as make
from tests.studio.directed import check_invariants
from vbtui.studio.director import Project, direct
from vbtui.studio.project import beds
from vbtui.studio.project import draft as d
from vbtui.studio.project.beats import Beats, find_beats
from vbtui.studio.project.findings import Findings
from vbtui.studio.render.listening import listen_for_beats

HZ = 8000


def music(bpm: float, *, drums: bool = False, seconds: int = 20) -> tuple[Path, list[float]]:
    """Clicks, or drums over a tone, from 0.3 s on; and when they are heard, ms."""
    path = make.folder() / f"beat-{bpm:g}-{drums}.wav"
    rnd = random.Random(7)
    count = round((seconds - 0.5) * bpm / 60)
    times = [0.3 + number * 60 / bpm for number in range(count)]
    if not path.exists():
        samples = [0.15 * math.sin(0.17 * at) * drums for at in range(seconds * HZ)]
        for number, time in enumerate(times):
            for at in range(HZ // 12):
                place = round(time * HZ) + at
                if place < len(samples):
                    hit = rnd.uniform(-1, 1) if drums and number % 2 else math.sin(0.8 * at)
                    samples[place] += 0.6 * hit * math.exp(-at / HZ * 60)
        unfinished = make.unfinished(path)
        with wave.open(str(unfinished), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(HZ)
            file.writeframes(
                array("h", (round(max(-1, min(1, one)) * 32000) for one in samples)).tobytes()
            )
        unfinished.replace(path)
    return path, [time * 1000 for time in times]


@pytest.mark.parametrize(("bpm", "drums"), [(120, False), (73, False), (97.3, True), (128, True)])
async def test_beats_are_heard_within_40_ms(bpm: float, drums: bool) -> None:
    path, times = music(bpm, drums=drums)
    shares: list[float] = []
    beats = await listen_for_beats(make.describe(path, "m"), shares.append)
    assert shares[-1] == pytest.approx(1, abs=0.1)
    found = sum(any(abs(time - at) <= 40 for at in beats.at) for time in times)
    assert found >= 0.95 * len(times)
    assert len(beats.at) <= 1.05 * len(times)
    assert beats.bpm == pytest.approx(bpm, rel=0.02)
    assert Beats.from_json(beats.to_json()) == beats


async def test_music_that_is_made_here_has_beats() -> None:
    beats = await listen_for_beats(beds.media()["bed:upbeat"], lambda _: None)
    assert beats.bpm == pytest.approx(120, rel=0.02)


def test_noise_and_silence_have_none() -> None:
    rnd = random.Random(1)
    noise = [[rnd.random() for _ in range(2000)] for _ in range(3)]
    assert find_beats(noise) == Beats()
    assert find_beats([[0.0] * 2000] * 3) == Beats()
    assert find_beats([]) == Beats()


def project(beats: Beats, *, loop: bool = False) -> Project:
    """Three clips of 5 s, shown from 0.5 s to 4.5 s, with music under them."""
    video = make.describe(make.clip(seconds=5, width=320, height=180), "a")
    song = make.describe(music(120)[0], "m", name="song.wav")
    clips = [
        {
            "id": f"s{n}",
            "s": 4000 * n,
            "d": 4000,
            "m": {"asset": "a", "in": 500, "speed": 1.0, "volume": 1.0},
        }
        for n in range(3)
    ]
    sound = {
        "id": "s9", "s": 0, "d": 12000,
        "m": {"asset": "m", "in": 100, "volume": 0.5, "loop": loop, "place": {"at": "whole"}},
    }  # fmt: skip
    tracks = [{"tt": 0, "id": "v1", "sg": clips}, {"tt": 1, "id": "a1", "sg": [sound]}]
    draft = {"t": tracks, "d": 12000, "m": {"width": 320, "height": 180, "fps": 30, "ids": 9}}
    return Project("p", draft, [video, song], findings=Findings(beats={"m": beats}))


async def test_cuts_lie_on_the_beats_that_are_heard() -> None:
    path, times = music(97.3, drums=True)
    beats = await listen_for_beats(make.describe(path, "m"), lambda _: None)
    now = project(beats)
    outcome = direct("cut to the beat", now)
    assert outcome.draft is not None
    check_invariants(outcome.draft, now.media)
    cuts = [d.start(one) for one in d.clips(outcome.draft)[1:]]
    assert cuts != [4000, 8000]
    assert all(min(abs(cut + 100 - time) for time in times) <= 40 for cut in cuts)
    assert "97 beats a minute" in outcome.reply


def test_the_rounds_of_music_that_begins_anew_have_beats_too() -> None:
    """The file lasts 20 s; a draft that begins 100 ms into it hears its first beat again at 19.9 s and 0.3 s."""
    beats = Beats((300, 700, 1100))
    outcome = direct("cut to the beat", project(beats, loop=True))
    assert outcome.refused is not None  # 12 s of it: the nearest beat is seconds away


@pytest.mark.parametrize(
    ("beats", "reason"),
    [(Beats(), "No steady beat"), (Beats(failed=True), "Could not be listened to")],
)
def test_without_a_beat_nothing_is_done(beats: Beats, reason: str) -> None:
    outcome = direct("cut to the beat", project(beats))
    assert outcome.draft is None
    assert outcome.refused is not None
    assert reason in outcome.refused.message


def test_what_nobody_has_listened_to_is_wanted() -> None:
    now = project(Beats())
    unheard = Project("p", now.draft, now.media)
    assert [(one.kind, one.media.id) for one in direct("cut to the beat", unheard).wanted] == [
        ("beats", "m")
    ]
