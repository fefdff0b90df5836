"""What goes wrong on this machine while three exports are in the queue: a sentence each, and it goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import clips as media
from tests.test_engine import engine, idle
from vbtui.engine import Engine
from vbtui.journal.records import AssetState, ExportOptions, Render, RenderState

SENTENCE = "combine these clips with crossfades, make it 320x180"
PRESETS = ("high", "low", "preview")


async def project(it: Engine) -> Path:
    """A timeline of two clips; where the studio keeps the first one's file."""
    await it.library.add([media.clip(seconds=2)])
    await idle(it)
    (kept,) = (it.settings.directories.studio / "media").glob("*.mp4")
    await it.library.add([media.clip("red", seconds=2)])
    await idle(it)
    await it.conversation.say(SENTENCE)
    await idle(it)
    return kept


async def over(it: Engine) -> list[Render]:
    """The three exports when all have ended."""
    await idle(it)
    renders = list(it.exports.renders)
    assert len(renders) == len(PRESETS)
    return renders


def sentences(renders: list[Render]) -> set[str]:
    assert {render.state for render in renders} == {RenderState.FAILED}
    problems = [render.problem for render in renders if render.problem]
    assert len(problems) == len(renders)
    return {f"{problem.message} {problem.hint}".strip() for problem in problems}


async def test_a_file_that_is_deleted_is_named_and_brought_back(tmp_path: Path) -> None:
    async with engine(tmp_path, local=True) as it:
        kept = await project(it)
        await it.exports.pause()
        started = await it.exports.start_all(PRESETS, ExportOptions())
        kept.unlink()
        await it.exports.resume()
        (said,) = sentences(await over(it))
        assert said.endswith("is gone: remove it from the media list, then upload it again.")
        await it.library.forget(it.library.assets[0].id)
        await it.library.add([media.clip(seconds=2)])
        await idle(it)
        assert {asset.state for asset in it.library.assets} == {AssetState.DONE}
        again = it.exports.latest(started[0].id)
        assert again is not None
        await it.exports.retry(again.id)
        await idle(it)
        assert RenderState.DONE in {render.state for render in it.exports.renders}


async def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    async with engine(tmp_path, local=True) as it:
        kept = await project(it)
        await it.exports.pause()
        await it.exports.start_all(PRESETS, ExportOptions())
        size = kept.stat().st_size
        with kept.open("r+b") as file:
            file.seek(size // 8)
            file.write(os.urandom(size * 3 // 4))
        await it.exports.resume()
        for render in await over(it):
            assert render.state is RenderState.DONE
            assert render.problem is not None
            assert render.problem.code == "video_remark"
            assert media.clip(seconds=2).name in render.problem.message


async def test_without_ffmpeg_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "ffmpeg"))
    monkeypatch.setenv("PATH", str(tmp_path))
    async with engine(tmp_path, local=True) as it:
        await project(it)
        await it.exports.start_all(PRESETS, ExportOptions())
        (said,) = sentences(await over(it))
        assert (
            said
            == f"{tmp_path / 'ffmpeg'} does not run. Install the one that fits: pip install 'vbtui[studio]'"
        )
