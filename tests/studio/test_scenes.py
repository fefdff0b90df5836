"""Where scenes change: seen in real pictures, and cut there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips as make
from tests.studio.running import RunningStudio, studio
from vbtui.studio.director import Project, direct
from vbtui.studio.project.findings import Changes, Findings
from vbtui.studio.render.watching import watch

COLOURS = (("testsrc2", 0, 1.4), ("mandelbrot", 1.4, 1.1), ("smptebars", 2.5, 1.5))


def film() -> Path:
    """Three scenes that move, 1.4, 1.1 and 1.5 s long."""
    path = make.folder() / "film.mp4"
    if not path.exists():
        unfinished = make.unfinished(path)
        parts = [
            part
            for name, _, seconds in COLOURS
            for part in ("-f", "lavfi", "-t", str(seconds), "-i", f"{name}=s=320x180:r=30")
        ]
        chain = "".join(f"[{n}:v]format=yuv420p,setsar=1[v{n}];" for n in range(3))
        graph = f"{chain}[v0][v1][v2]concat=n=3[v]"
        make.ffmpeg(
            *parts, "-filter_complex", graph, "-map", "[v]", "-preset", "ultrafast", unfinished
        )
        unfinished.replace(path)
    return path


async def test_changes_of_scene_are_seen_to_the_picture() -> None:
    shares: list[float] = []
    changes = await watch(make.describe(film(), "a"), shares.append)
    assert [round(ms / 1000 * 30) for ms in changes.scenes()] == [42, 75]
    assert shares[-1] == pytest.approx(1, abs=0.1)
    assert Changes.from_json(changes.to_json()) == changes


async def test_one_scene_has_no_change() -> None:
    changes = await watch(make.describe(make.clip(seconds=2), "a"), lambda _: None)
    assert changes.scenes() == ()


def test_a_camera_that_moves_fast_is_no_change() -> None:
    moving = Changes(tuple((n * 33, 0.35) for n in range(60)))
    assert moving.scenes() == ()
    flash = Changes(((1000, 0.1), (1033, 0.7), (1066, 0.1)))
    assert flash.scenes() == (1033,)


def test_a_file_that_cannot_be_watched_is_named() -> None:
    media = make.describe(film(), "a")
    found = Findings(changes={"a": Changes(failed=True)})
    outcome = direct("split it by scenes", Project("p", None, [media], findings=found))
    assert outcome.refused is not None
    assert media.filename in outcome.refused.message
    assert outcome.draft is None


def test_a_video_is_cut_at_its_scenes(tmp_path: Path) -> None:
    with studio(tmp_path, environ={"XDG_CACHE_HOME": str(tmp_path / "cache")}) as running:
        assert _begins(running, film()) == [0, 1400, 2500]


def _begins(running: RunningStudio, path: Path) -> list[int]:
    session_id = running.new_session()
    running.add(session_id, path)
    running.say(session_id, "split it at the scene changes")
    tracks = running.state(session_id)["draft"]["t"]
    return [segment["s"] for segment in tracks[0]["sg"]]
