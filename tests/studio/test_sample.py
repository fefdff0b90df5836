"""The sample's footage: drawn whole, moving, the same each time; and the project that is made of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.studio.directed import Talk
from vbtui.base.errors import StudioProblem
from vbtui.commands import SAMPLE_SENTENCE
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.sample import footage, music
from vbtui.studio.sample.scenes import CLIPS, MUSIC, NAMES, PHOTOS, Scene


@pytest.fixture(scope="module")
async def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return await footage.footage(tmp_path_factory.mktemp("sample"))


def test_each_file_is_what_it_is_called(drawn: list[Path]) -> None:
    found = [probe(path, path.name) for path in drawn]
    assert [one.filename for one in found] == list(NAMES)
    kinds = [one.kind for one in found]
    assert (kinds.count("video"), kinds.count("image"), kinds.count("audio")) == (6, 3, 1)
    for one in found:
        if one.kind == "video":
            assert (one.width, one.height, one.duration_ms) == (1280, 720, 5000)
    recorded = [one.recorded_at for one in found[:-1]]
    assert all(recorded)
    assert recorded == sorted(recorded)
    assert 55_000 < found[-1].duration_ms < 70_000
    assert {path.name for path in drawn[0].parent.iterdir()} == set(NAMES)


def test_clips_move_and_no_two_are_alike(drawn: list[Path]) -> None:
    firsts = []
    for path in drawn:
        if path.suffix == ".mp4":
            with av.open(str(path)) as container:
                bytes_of = [frame.to_image().tobytes() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]  # PyAV
            still = sum(one == two for one, two in pairwise(bytes_of))
            assert still < len(bytes_of) / 10, path.name
            firsts.append(bytes_of[0])
    assert len(set(firsts)) == len(CLIPS)


async def test_it_is_drawn_once(drawn: list[Path]) -> None:
    before = [path.stat().st_mtime_ns for path in drawn]
    again = await footage.footage(drawn[0].parent.parent)
    assert again == drawn
    assert [path.stat().st_mtime_ns for path in again] == before


@pytest.mark.parametrize("scene", [*CLIPS, *PHOTOS], ids=lambda scene: scene.name)
def test_a_scene_is_the_same_each_time(scene: Scene) -> None:
    one, two = (scene.draw(random.Random(scene.name)) for _ in range(2))
    assert one[0].tobytes() == two[0].tobytes()
    assert [layer.image.tobytes() for layer in one[1]] == [
        layer.image.tobytes() for layer in two[1]
    ]


def test_the_music_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.wav", "two.wav"):
        music.write(music.MELODY, tmp_path / name)
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


@pytest.mark.parametrize("chinese", [False, True])
def test_its_sentence_is_done_whole(drawn: list[Path], chinese: bool) -> None:
    media: list[Media] = []
    for number, path in enumerate(drawn, 1):
        media.append(replace(probe(path, path.name), id=f"a{number}"))
    talk = Talk(media, "Sample").say(SAMPLE_SENTENCE.of(chinese))
    assert talk.draft is not None
    assert talk.last.question is None
    assert talk.last.refused is None
    clips = d.clips(talk.draft)
    assert [d.meta(clip)["title"] for clip in clips] == [name for name in NAMES if name != MUSIC]
    assert all(d.meta(clip).get("transition") for clip in clips[1:])
    assert len(d.texts(talk.draft)) == len(d.sounds(talk.draft)) == 1
    assert (d.meta(talk.draft)["width"], d.meta(talk.draft)["height"]) == (1280, 720)


def test_what_cannot_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBTUI_FFMPEG", "/bin/false")
    with pytest.raises(StudioProblem, match="could not be drawn"):
        asyncio.run(footage.footage(tmp_path))
    assert list(tmp_path.iterdir()) == []
