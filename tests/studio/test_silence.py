"""Pauses: heard in a file, cut out of a video without a word of it, put back; listened to once, while somebody waits."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import clips as make
from tests.rendered import loudness, rendered
from tests.studio.running import RunningStudio, events, message, studio
from tests.studio.test_voices import LENGTH_S, said
from vbtui.studio.director import Memory, Outcome, Project, direct
from vbtui.studio.project.findings import Findings, Wanted
from vbtui.studio.project.levels import STEP_MS, Levels
from vbtui.studio.project.media import Media
from vbtui.studio.render.listening import listen
from vbtui.studio.server.analyses import Analyses, Listening
from vbtui.timeline.model import read

Stretch = tuple[float, float]
ROOM_DB, VOICE_DB = -55.0, -18.0


# Levels alone


def spoken(*parts: tuple[float, float], seed: int = 1, jitter: float = 2.0) -> Levels:
    """Parts of so many seconds at about so many decibels."""
    rest = random.Random(seed)
    values = [
        -2 * (decibels + rest.uniform(-jitter, jitter))
        for seconds, decibels in parts
        for _ in range(round(seconds * 1000 / STEP_MS))
    ]
    return Levels(bytes(min(255, max(0, round(value))) for value in values))


def pauses(levels: Levels, least: float = 0.3) -> list[Stretch] | None:
    found = levels.pauses()
    if found is None:
        return None
    return [(a / 1000, b / 1000) for a, b in found if b - a >= least * 1000]


@pytest.mark.parametrize("room", [-90.0, -60.0, -45.0, -34.0])
def test_pauses_are_told_by_the_noise_of_the_room(room: float) -> None:
    assert pauses(spoken((3, -15), (1, room), (2, -18), (2, room))) == [(3, 4), (6, 8)]


def test_a_quiet_voice_is_no_pause_of_a_loud_one() -> None:
    assert pauses(spoken((3, -15), (2, -40), (1, -65), (3, -15))) == [(5, 6)]


def test_a_room_may_change() -> None:
    """A phone call at the begin, a street behind it: the noise of the one is not that of the other."""
    parts = [(3, -15), (1, -70), *[(3.0, -15.0)] * 8, (4, -12), (2, -38), (4, -12)]
    assert pauses(spoken(*parts)) == [(3, 4), (32, 34)]


def test_a_click_breaks_no_pause_and_a_syllable_does() -> None:
    clicked = spoken((2, -15), (1, -60), (0.02, -20), (1, -60), (2, -15))
    assert pauses(clicked) == [(2, 4.02)]
    said = spoken((2, -15), (1, -60), (0.1, -30), (1, -60), (2, -15))
    assert pauses(said) == [(2, 3), (3.1, 4.1)]


@pytest.mark.parametrize(
    "levels",
    [
        spoken((20, -30)),
        spoken((10, -20), (10, -27)),
        spoken((5, -127), jitter=0),
        Levels(b""),
    ],
    ids=["noise", "music", "silence", "nothing"],
)
def test_where_nothing_can_be_told_nothing_is(levels: Levels) -> None:
    assert levels.pauses() is None


# Real sound


def talk(
    *voice: Stretch, seconds: float, room_db: float = ROOM_DB, fps: int = 30, name: str
) -> Path:
    """A video in which a tone is heard in some stretches, over the noise of a room."""
    path = make.folder() / name
    if not path.exists():
        said = "+".join(f"between(t,{begin},{end})" for begin, end in voice)
        level = 10 ** (VOICE_DB / 20) * 2**0.5
        tone = f"aevalsrc='{level}*({said})*sin(2*PI*500*t)':s=48000:d={seconds}"
        room = f"anoisesrc=r=48000:d={seconds}:a={10 ** (room_db / 20) * 3**0.5}:seed=1"
        unfinished = make.unfinished(path)
        make.ffmpeg(
            "-f", "lavfi", "-i", f"testsrc2=s=320x180:r={fps}:d={seconds}",
            "-f", "lavfi", "-i", tone, "-f", "lavfi", "-i", room,
            "-filter_complex", "[1:a][2:a]amix=normalize=0[a]", "-map", "0:v", "-map", "[a]",
            "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k", unfinished,
        )  # fmt: skip
        unfinished.replace(path)
    return path


VOICE = ((0.5, 2.0), (3.5, 4.0), (4.3, 5.0), (7.0, 8.0))


def speech() -> Path:
    return talk(*VOICE, seconds=9, name="speech.mp4")


async def heard(path: Path) -> tuple[Media, Levels]:
    media = make.describe(path, path.stem)
    return media, await listen(media, lambda _: None)


async def test_the_levels_of_a_file_are_those_of_its_sound() -> None:
    media, levels = await heard(speech())
    assert abs(len(levels.values) * STEP_MS - media.duration_ms) <= 60
    for second, decibels in ((1.0, VOICE_DB), (3.0, ROOM_DB), (7.5, VOICE_DB), (8.5, ROOM_DB)):
        assert -levels.values[round(second * 1000) // STEP_MS] / 2 == pytest.approx(decibels, abs=3)
    found = pauses(levels, least=0.25)
    assert found is not None
    expected = [(0, 0.5), (2.0, 3.5), (4.0, 4.3), (5.0, 7.0), (8.0, 9.0)]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=0.05)


class Talk:
    """Sentences on one video, whose sound is known."""

    def __init__(self, media: Media, levels: Levels) -> None:
        self.media, self._levels = media, levels
        self.draft: Any = None
        self._before: list[Any] = []
        self._memory: Memory | None = None

    def say(self, text: str) -> Outcome:
        project = Project(
            "p",
            self.draft,
            [self.media],
            self._before,
            findings=Findings({self.media.id: self._levels}),
        )
        outcome = direct(text, project, self._memory)
        self._memory = outcome.memory
        if outcome.draft is not None:
            self._before.append(self.draft)
            self.draft = outcome.draft
        return outcome


def segments(draft: Any) -> list[tuple[int, int]]:
    """From and until in the file, ms, of each clip that plays at its own speed."""
    timeline = read(draft)
    assert timeline is not None
    return [
        (s.source_start_ms, s.source_start_ms + s.duration_ms) for s in timeline.tracks[0].segments
    ]


async def test_pauses_are_gone_and_no_word_with_them(tmp_path: Path) -> None:
    media, levels = await heard(speech())
    on = Talk(media, levels)
    assert "3 pauses" in on.say("remove the pauses").reply
    video = await rendered(tmp_path, on.draft, {media.id: media})
    kept = segments(on.draft)
    assert len(kept) == 3
    for begin, end in VOICE:
        assert any(a <= begin * 1000 - 100 and end * 1000 + 150 <= b for a, b in kept), (begin, end)
    _, after = await heard(video.path)
    found = pauses(after, least=0.52)
    assert found == []
    voice = sum(-value / 2 > VOICE_DB - 6 for value in after.values) * STEP_MS / 1000
    assert voice == pytest.approx(sum(end - begin for begin, end in VOICE), abs=0.12)
    assert loudness(video.path, 0, video.audio_s) < 0.3  # nothing clicks


async def test_a_pause_is_put_back_alone_and_all_of_them() -> None:
    media, levels = await heard(speech())
    on = Talk(media, levels)
    on.say("put it on the timeline")
    before = segments(on.draft)
    on.say("remove the pauses")
    cut = segments(on.draft)
    at = (cut[0][1] - cut[0][0]) / 1000
    on.say(f"put the pause at {at:.1f} s back")
    assert segments(on.draft) == [(cut[0][0], cut[1][1]), cut[2]]
    on.say("put the pauses back")
    assert segments(on.draft) == before
    assert on.say("put the pauses back").refused is not None


async def test_pauses_of_a_faster_clip_are_where_they_are_heard() -> None:
    media, levels = await heard(speech())
    on = Talk(media, levels)
    on.say("put it on the timeline")
    on.say("play it at double speed")
    on.say("remove the pauses longer than 0.6 s")
    shown = [(begin, begin + 2 * (end - begin)) for begin, end in segments(on.draft)]
    assert len(shown) == 3
    for begin, end in VOICE:
        assert any(a <= begin * 1000 and end * 1000 <= b for a, b in shown), (begin, end)


async def test_what_has_no_pause_is_told() -> None:
    media, levels = await heard(talk((0, 3), seconds=3, room_db=-80, name="without-pause.mp4"))
    outcome = Talk(media, levels).say("remove the pauses")
    assert outcome.refused is not None
    assert outcome.refused.op == "silence"
    assert outcome.draft is None


def test_a_file_that_could_not_be_heard_is_named() -> None:
    media = make.describe(speech(), "a")
    outcome = Talk(media, Levels(b"")).say("remove the pauses")
    assert outcome.refused is not None
    assert media.filename in outcome.refused.message
    assert outcome.draft is None


def test_a_text_waits_for_files_that_nobody_listened_to() -> None:
    media = make.describe(speech(), "a")
    outcome = direct("remove the pauses", Project("p", None, [media]))
    assert outcome.wanted == (Wanted("levels", media),)
    assert outcome.draft is None


# Listening, in the studio


async def listened(
    analyses: Analyses, files: Sequence[Media], gone: asyncio.Event
) -> tuple[list[tuple[str, int]], dict[str, Levels]]:
    listening = Listening(analyses, [Wanted("levels", one) for one in files])
    steps = [step async for step in listening.told(gone)]
    return steps, dict(listening.findings.levels)


async def test_a_file_is_listened_to_once(tmp_path: Path) -> None:
    media = make.describe(speech(), "a")
    steps, levels = await listened(Analyses(tmp_path, "", print), [media], asyncio.Event())
    assert steps[0] == (media.filename, 0)
    assert steps[-1] == (media.filename, 100)
    again, kept = await listened(Analyses(tmp_path, "", print), [media], asyncio.Event())
    assert again == []
    assert kept == levels
    assert levels["a"].pauses()


async def test_nobody_waits_and_nothing_goes_on(tmp_path: Path) -> None:
    gone = asyncio.Event()
    gone.set()
    media = make.describe(speech(), "a")
    assert (await listened(Analyses(tmp_path, "", print), [media], gone))[1] == {}


async def test_a_file_that_cannot_be_heard_has_no_levels(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(speech().read_bytes()[:2000])
    media = make.describe(speech(), "a")
    said: list[str] = []
    lost = Media(
        **{**{key: getattr(media, key) for key in media.__slots__}, "path": broken, "sha256": "x"}
    )
    _, levels = await listened(Analyses(tmp_path, "", said.append), [lost], asyncio.Event())
    assert levels["a"].pauses() is None
    assert said


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    folder = tmp_path_factory.mktemp("studio")
    cache = str(tmp_path_factory.mktemp("cache"))
    with studio(folder, environ={"XDG_CACHE_HOME": cache}) as it:
        yield it


def calls(stream: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    parts = (part for event in stream for part in event["content"]["parts"])
    found = (part["functionCall"] for part in parts if "functionCall" in part)
    return [(call["name"], call["args"]) for call in found]


def test_a_turn_tells_how_far_it_has_listened(running: RunningStudio) -> None:
    session_id = running.new_session()
    running.add(session_id, said())
    told = calls(running.say(session_id, "remove the pauses", streaming=False))
    listens = [args["percent"] for name, args in told if name == "listen"]
    assert listens[0] == 0
    assert listens[-1] == 100
    assert told[-1][0] == "silence"
    assert len(segments(running.state(session_id)["draft"])) == 3
    running.say(session_id, "undo")
    again = calls(running.say(session_id, "remove the pauses", streaming=False))
    assert [name for name, _ in again] == ["silence"]


def test_every_listening_call_is_answered(running: RunningStudio) -> None:
    session_id = running.new_session()
    running.add(session_id, said("anoisesrc=r=48000:a=0.001", "said-in-a-room.mp4"))
    stream = running.say(session_id, "remove the silences")
    parts = [part for event in stream for part in event["content"]["parts"]]
    asked = {part["functionCall"]["id"] for part in parts if "functionCall" in part}
    answered = {part["functionResponse"]["id"] for part in parts if "functionResponse" in part}
    assert asked == answered


def test_a_plan_listens_as_well(running: RunningStudio) -> None:
    session_id = running.new_session()
    running.add(session_id, said("anoisesrc=r=48000:a=0.002", "said-elsewhere.mp4"))
    body = {"session_id": session_id, "say": ["remove the pauses", "what if I cut the silences?"]}
    reply: httpx.Response = running.http.post("/studio/plan", json=body)
    first, second = json.loads(reply.text)["data"]["plans"]
    assert first["operations"][0]["op"] == "silence"
    assert first["timeline"]["duration_ms"] < 1000 * LENGTH_S - 2000
    assert not second["changed"]
    assert running.state(session_id).get("draft") is None


def test_a_turn_that_nobody_waits_for_changes_nothing(running: RunningStudio) -> None:
    """The stream is left while the file is being listened to."""
    session_id = running.new_session()
    path = talk((1, 2), seconds=600, room_db=-50, fps=1, name="long.mp4")
    running.add(session_id, path)
    body = message(session_id, "remove the pauses", streaming=False)
    with running.http.stream("POST", "/run_sse", json=body) as reply:
        for line in reply.iter_lines():
            if '"listen"' in line:
                break
    stream = events(running.http.post("/run_sse", json=message(session_id, "hello")).text)
    assert stream  # the turn before it has ended
    assert running.state(session_id).get("draft") is None
