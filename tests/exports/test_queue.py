"""The queue as people use it: several formats, other versions and projects, paused over restarts."""

from __future__ import annotations

import asyncio
import copy
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import DRAFT, RENDER, Cloud
from tests.sessions_bench import Bench, settings
from tests.waiting import PATIENCE_S
from vbtui.base import files as naming
from vbtui.base.errors import UsageError
from vbtui.exports import presets
from vbtui.journal.records import ExportOptions, Render, RenderState
from vbtui.timeline import model as timeline


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.draft, cloud.video = DRAFT, media.clip(seconds=1).read_bytes()
        cloud.script = [{"status": "completed"}]
        yield cloud


def bench(cloud: Cloud, folder: Path, **more: Any) -> Bench:
    return Bench(settings(cloud.url), folder, **more)


def outputs(cloud: Cloud) -> list[dict[str, Any]]:
    return [one.json()["output"] for one in cloud.of("POST", RENDER) if one.path == RENDER]


def now(it: Bench, render: Render) -> Render:
    found = it.exports.latest(render.id)
    assert found is not None
    return found


async def test_a_pause_survives_a_restart_and_holds_other_processes(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with bench(cloud, tmp_path) as it:
        await it.exports.pause()
        waiting = await it.export()
        urgent = await it.exports.start(ExportOptions(), despite_pause=True)
        await it.over(urgent)
    async with bench(cloud, tmp_path) as again:
        assert again.exports.paused
        other = await again.over(await again.exports.start(ExportOptions(), despite_pause=True))
        assert other.state is RenderState.DONE
        assert now(again, waiting).state is RenderState.WAITING
        async with bench(cloud, tmp_path) as second:
            await second.exports.resume()
            await again.poll(lambda: not again.exports.paused)
            assert (await again.over(waiting)).state is RenderState.DONE
    async with bench(cloud, tmp_path) as later:
        assert not later.exports.paused


async def test_an_older_version_is_exported_once_more_with_other_options(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with bench(cloud, tmp_path) as it:
        first = await it.over(await it.export())
        cloud.draft = changed("Later")
        await it.drafts.reconcile()
        again = [
            await it.exports.start_all([], options, version=1, session_id=first.session_id)
            for options in (ExportOptions(), ExportOptions(quality="low"))
        ]
        same, low = [await it.over(render) for [render] in again]
        newest = await it.over(await it.export())
    assert [one.draft_version for one in (first, same, low, newest)] == [1, 1, 1, 2]
    assert len({one.id for one in (first, same, low)}) == 3
    assert len({one.path for one in (first, same, low)}) == 3
    assert [one["quality"] for one in outputs(cloud)] == ["high", "high", "low", "high"]
    drafts = [one.json()["draft"] for one in cloud.of("POST", RENDER)]
    assert drafts == [DRAFT, DRAFT, DRAFT, cloud.draft]


def changed(title: str) -> dict[str, Any]:
    draft = copy.deepcopy(DRAFT)
    draft["m"]["title"] = title
    return draft


async def test_several_formats_at_once(cloud: Cloud, tmp_path: Path) -> None:
    base = ExportOptions(destination=tmp_path / "promo.mp4")
    async with bench(cloud, tmp_path) as it:
        made = await it.exports.start_all(["high", "low", "preview", "low"], base)
        for render in made:
            assert (await it.over(render)).state is RenderState.DONE
        with pytest.raises(UsageError, match="own size"):
            await it.exports.start_all(["medium", "reels"], base)
        with pytest.raises(UsageError, match="no preset"):
            await it.exports.start_all(["medium", "cinema"], base)
        assert len(it.exports.renders) == 3, "all of them or none"
    assert sorted(os.listdir(tmp_path)) == [
        "promo high.mp4",
        "promo low.mp4",
        "promo preview.mp4",
    ]
    assert outputs(cloud) == [
        {"format": "mp4", "quality": quality} for quality in ("high", "low", "low")
    ]


async def test_a_size_goes_where_the_backend_takes_it(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(cloud, tmp_path) as it:

        async def takes_sizes(orders: object) -> bool:
            return True

        monkeypatch.setattr("vbtui.exports.presets.Requests.takes_sizes", takes_sizes)
        (render,) = await it.exports.start_all(["reels"], ExportOptions())
        done = await it.over(render)
    assert outputs(cloud) == [{"format": "mp4", "quality": "high", "width": 1080, "height": 1920}]
    assert done.path is not None
    assert done.path.name.endswith(" reels.mp4")
    assert (done.options.preset, done.options.width) == ("reels", 1080)


async def test_exports_of_another_project(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "processing", "progress": 10}]
    async with bench(cloud, tmp_path) as it:
        first = it.context.session
        here = await it.reaches(await it.export(), RenderState.PROCESSING)
        await it.sessions.new("second")
        there = await it.exports.start(ExportOptions(), session_id=first.id)
        assert there.session_id == first.id
        assert there.draft_version == 1
        own = await it.reaches(await it.export(), RenderState.PROCESSING)
        assert own.session_id != first.id
        assert now(it, there).state is RenderState.WAITING, "one at a time a session"
        alone, behind = it.exports.left(own), it.exports.left(there)
        assert alone is not None
        assert behind is not None
        assert behind.most_s > alone.most_s
        assert it.exports.all_left() == pytest.approx(behind, abs=0.5)
        for job in cloud.jobs.values():
            job.script = [{"status": "completed"}]
        cloud.script = [{"status": "completed"}]
        for render in (here, there, own):
            await it.over(render)
        assert it.exports.all_left() is None
        with pytest.raises(UsageError, match="no such project"):
            await it.exports.start(ExportOptions(), session_id="nobody")


def test_presets_fit_the_timeline() -> None:
    def size(name: str, width: int, height: int) -> tuple[int | None, int | None]:
        wide = timeline.read({"t": [], "m": {"width": width, "height": height}})
        assert wide is not None
        options = presets.fitted(presets.options_for(name), wide)
        return options.width, options.height

    assert size("reels", 1920, 1080) == (1080, 1920)
    assert size("youtube", 1920, 1080) == (None, None), "its own size needs no words"
    assert size("portrait", 1920, 1080) == (1080, 1350)
    assert size("square", 1, 1) == (1080, 1080)
    assert size("preview", 1920, 1080) == (854, 480)
    assert size("preview", 1080, 1920) == (480, 854)
    assert size("preview", 320, 180) == (None, None)
    assert size("source", 9000, 5000) == (None, None)
    with pytest.raises(UsageError, match="9999x100"):
        presets.fitted(ExportOptions(width=9999, height=100), _any())
    with pytest.raises(UsageError, match="100x0"):
        presets.fitted(ExportOptions(width=100), _any())


def _any() -> timeline.Timeline:
    read = timeline.read(DRAFT)
    assert read is not None
    return read


async def test_several_exports_look_into_one_folder_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_are_writing = threading.Barrier(2, timeout=PATIENCE_S)
    monkeypatch.setattr(os, "fsync", lambda _file: both_are_writing.wait())
    looks = (asyncio.to_thread(naming.check_folder, tmp_path) for _ in range(2))
    await asyncio.gather(*looks)
    assert os.listdir(tmp_path) == []


def test_what_a_name_says_of_the_format() -> None:
    labels = [presets.file_label(presets.options_for(name)) for name in ("high", "low", "source")]
    assert labels == ["", "low", ""]
