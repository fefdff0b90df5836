"""A cloud that says no: the same draft is made on this machine, by the real studio."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import pytest

from tests import clips as media
from tests.cloud import RENDER, Cloud, Fault, refuses
from tests.sessions_bench import Bench, settings
from tests.waiting import PATIENCE_S
from vbtui.base import mp4
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.files import Identity
from vbtui.fallback import originals
from vbtui.journal import assets
from vbtui.journal.assets import AssetRow
from vbtui.journal.records import Asset, AssetState, ExportOptions, Render, RenderState
from vbtui.session.events import Link, Noticed
from vbtui.session.studio import running
from vbtui.timeline.model import read


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.video = media.clip("green", seconds=1).read_bytes()
        yield cloud


def draft_of(*segments: dict[str, Any], extra: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A cloud's draft with keys that the studio does not know."""
    return {
        "t": [
            {"tt": 0, "sg": list(segments), "lane": 3},
            {"tt": 7, "sg": [{"st": 0, "d": "500", "m": {"content": "Hello"}}]},
            *extra,
        ],
        "d": 1000,
        "m": {"title": "Promo", "width": 320, "height": 180, "fps": 30},
        "x": {"unknown": True},
    }


async def uploaded(it: Bench, path: Path, **more: Any) -> None:
    """As the library leaves a file behind that this machine uploaded."""
    row = row_of(path, it.context.session.id, **more)
    await it.journal.run(lambda c: assets.intern(c, [row]))


def row_of(path: Path, session_id: str, url: str = "", remote_name: str = "") -> AssetRow:
    data = path.read_bytes()
    asset = Asset(
        id=0,
        session_id=session_id,
        path=path,
        name=path.name,
        kind="video",
        source="picked",
        state=AssetState.DONE,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        url=url,
        width=320,
        height=180,
    )
    return AssetRow(asset, Identity.of(path.stat()), remote_name=remote_name)


def original(tmp_path: Path, name: str = "beach.mp4", color: str = "red") -> Path:
    path = tmp_path / "originals" / name
    path.parent.mkdir(exist_ok=True)
    shutil.copy(media.clip(color, seconds=1), path)
    return path


def folder(tmp_path: Path) -> Path:
    place = tmp_path / "videos"
    place.mkdir(exist_ok=True)
    return place


def bench(cloud: Cloud, tmp_path: Path, **more: Any) -> Bench:
    return Bench(settings(cloud.url), folder(tmp_path), **more)


def corner_color(path: Path, at_s: float = 0.9) -> tuple[int, int, int]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    frame = frames[min(int(at_s * 30), len(frames) - 1)].reformat(format="rgb24")
    row = bytes(frame.planes[0])[8 * frame.planes[0].line_size :]
    return row[24], row[25], row[26]


BY_URL = {"d": 1000, "m": {"url": "https://cdn.example/abc?sig=1", "title": "Opening"}}


async def test_a_refused_plan_is_made_here_and_comes_home(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = draft_of(BY_URL)
    cloud.goes_wrong(Fault("POST", RENDER, refuses(402, message="plan")))
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        refused = await it.over(await it.export(quality="low"))
        assert refused.state is RenderState.FAILED
        assert it.exports.offers(refused) == ("retry", "render_here")
        plan = await it.exports.plan_here(refused.session_id, refused.draft_version)
        assert not plan.missing
        assert plan.parts == ("Opening (0-1s)", '"Hello" (0-0.5s)')
        render = await it.over(await it.exports.start_here(plan, ExportOptions(quality="low")))
        assert render.state is RenderState.DONE, render.problem
        assert render.path is not None
        assert render.path.parent == folder(tmp_path)
        assert mp4.duration_s(render.path) == pytest.approx(1, abs=0.1)
        red, green, blue = corner_color(render.path)
        assert red > 200 > 60 > green + blue
        assert it.exports.offers(render) == ()
        await it.poll(lambda: running(it.context.settings.directories.studio) is None)
    assert cloud.count("POST", RENDER) == 1


async def test_what_is_missing_is_named_before_it_starts(cloud: Cloud, tmp_path: Path) -> None:
    made = {"d": 500, "m": {"url": f"{cloud.url}/files/footage.mp4"}}
    dead = {"d": 500, "m": {"url": "http://127.0.0.1:9/gone.mp4"}}
    changed = {"d": 500, "m": {"filename": "beach.mp4"}}
    stranger = {"d": 500, "m": {"title": "never seen"}}
    odd = {"tt": 4, "sg": [{"d": 500, "m": {"name": "sparkle"}}]}
    cloud.draft = draft_of(made, dead, changed, stranger, extra=(odd,))
    async with bench(cloud, tmp_path) as it:
        path = original(tmp_path)
        await uploaded(it, path, remote_name="beach.mp4")
        path.write_bytes(path.read_bytes() + b"more")
        plan = await it.exports.plan_here()
        assert plan.parts == ("footage.mp4 (0-0.5s)", '"Hello" (0-0.5s)')
        gone, other, unknown, effect = plan.missing
        assert gone.startswith("gone.mp4 (0.5-1s): ")
        assert "does not give it" in gone
        assert other.startswith("beach.mp4 (1-1.5s): ")
        assert "has changed" in other
        assert unknown == "never seen (1.5-2s): its file never was on this machine"
        assert effect == "sparkle (0-0.5s): Track (tt 4) is of a kind that is not known"
        render = await it.over(await it.exports.start_here(plan, ExportOptions(quality="low")))
        assert render.state is RenderState.DONE, render.problem
        assert render.path is not None
        red, green, blue = corner_color(render.path, at_s=0.4)
        assert green > 90 > 60 > red + blue


async def test_nothing_left_is_nothing_to_start(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = {"t": [{"tt": 0, "sg": [{"d": 500, "m": {"title": "lost"}}]}], "d": 500}
    async with bench(cloud, tmp_path) as it:
        plan = await it.exports.plan_here()
        assert not plan.can_start
        with pytest.raises(VbtuiError, match="Nothing of this timeline"):
            await it.exports.start_here(plan)
        with pytest.raises(UsageError, match="no version 7"):
            await it.exports.plan_here(version=7)


async def test_without_a_network_and_after_a_kill(cloud: Cloud, tmp_path: Path) -> None:
    """The cloud is away from the start; vbtui dies while it renders; the video comes home once."""
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path, run=False) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
    await cloud.down()
    async with bench(cloud, tmp_path, run=False) as it:
        assert it.context.overview.link is Link.OFFLINE
        options = ExportOptions(quality="low", width=180, height=320)
        render = await it.exports.start_here(await it.exports.plan_here(), options)
    states: list[RenderState] = [RenderState.WAITING]
    for _ in range(2):
        async with bench(cloud, tmp_path) as it:
            states.append(await _another_state(it, render, tuple(states)))
            await it.crash()
    async with bench(cloud, tmp_path) as it:
        done = await it.over(render)
    assert done.state is RenderState.DONE, done.problem
    assert done.id == render.id
    assert done.path is not None
    assert os.listdir(folder(tmp_path)) == [done.path.name]
    assert done.path.name.endswith("180x320.mp4")
    with av.open(str(done.path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (180, 320)


async def _another_state(it: Bench, render: Render, seen: tuple[RenderState, ...]) -> RenderState:
    await it.until(lambda: _now(it, render).state not in seen)
    return _now(it, render).state


def _now(it: Bench, render: Render) -> Render:
    found = it.exports.latest(render.id)
    assert found is not None
    return found


async def test_the_cloud_goes_on_beside_it(cloud: Cloud, tmp_path: Path) -> None:
    """A render here does not wait for the session's render at the backend, nor the other way."""
    cloud.draft = draft_of(BY_URL)
    cloud.script = [{"status": "processing", "progress": 10}]
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        there = await it.reaches(await it.export(), RenderState.PROCESSING)
        here = await it.exports.start_here(
            await it.exports.plan_here(), ExportOptions(quality="low")
        )
        assert (await it.over(here)).state is RenderState.DONE
        assert _now(it, there).state is RenderState.PROCESSING


async def test_the_studio_is_killed_in_the_middle(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        render = await it.exports.start_here(await it.exports.plan_here())
        for _ in range(2):
            await it.until(lambda: _now(it, render).state is RenderState.PROCESSING)
            studio = running(it.context.settings.directories.studio)
            assert studio is not None
            os.kill(studio.pid, signal.SIGKILL)
            await it.until(lambda: _now(it, render).state is not RenderState.PROCESSING)
            if _now(it, render).state is not RenderState.UNKNOWN:
                break
        done = await it.over(render)
    assert done.state is RenderState.DONE, done.problem
    assert done.id == render.id


async def test_an_original_that_goes_while_it_waits_is_named(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        path = original(tmp_path)
        await uploaded(it, path, url="https://cdn.example/abc?sig=1")
        await it.exports.pause()
        first = await it.exports.start_here(await it.exports.plan_here())
        path.unlink()
        await it.exports.resume()
        failed = await it.over(first)
        shutil.copy(media.clip("blue", seconds=1), path)
        other = await it.over(await it.exports.retry(failed.id))
        assert other.problem is not None
        assert "has changed" in other.problem.message
        path.unlink()
        failed = await it.over(await it.exports.retry(other.id))
        assert failed.state is RenderState.FAILED
        assert failed.problem is not None
        assert "beach.mp4" in failed.problem.message
        shutil.copy(media.clip("red", seconds=1), path)
        assert (await it.over(await it.exports.retry(failed.id))).state is RenderState.DONE


async def test_cancel_ends_it_at_the_studio(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = draft_of(BY_URL)
    async with bench(cloud, tmp_path) as it:
        await uploaded(it, original(tmp_path), url="https://cdn.example/abc?sig=1")
        render = await it.exports.start_here(await it.exports.plan_here())
        await it.until(lambda: _now(it, render).seen_at is not None)
        link = it.context.overview.link
        await it.exports.cancel(render.id)
        assert _now(it, render).state is RenderState.CANCELLED
        assert it.context.overview.link is link
        assert not any(isinstance(event, Noticed) for event in it.events)
        data = it.context.settings.directories.studio
        async with asyncio.timeout(PATIENCE_S):
            await it.poll(lambda: running(data) is None)
    assert os.listdir(folder(tmp_path)) == []
    assert cloud.count("POST", RENDER) == 0
    (job,) = data.glob("renders/*/job.json")
    assert json.loads(job.read_text())["status"] == "cancelled"


def test_an_original_is_found_by_what_the_draft_names(tmp_path: Path) -> None:
    path = tmp_path / "a b.mp4"
    path.write_bytes(b"x" * 10)
    digest = hashlib.sha256(b"x" * 10).hexdigest()
    asset = Asset(1, "s", path, "a b.mp4", "video", "picked", AssetState.REPLACED, sha256=digest)
    row = AssetRow(asset, Identity.of(path.stat()), remote_name="a_b (2).mp4")
    for meta in (
        {"hash": digest},
        {"filename": "a_b (2).mp4"},
        {"url": "https://cdn.example/x/a%20b.mp4?y"},
        {"name": "a b.mp4"},
    ):
        timeline = read({"t": [{"tt": 0, "sg": [{"d": 1, "m": meta}]}]})
        assert timeline is not None
        named = timeline.tracks[0].segments[0]
        found, reason = originals.Originals([row]).find(named)
        assert found is not None, (meta, reason)
        assert found.path == path
    os.utime(path, ns=(1, 1))  # touched, and still the same bytes
    assert originals.Originals([row]).find(named)[0] is not None
    path.write_bytes(b"y" * 10)
    found, reason = originals.Originals([row]).find(named)
    assert found is None
    assert "has changed" in reason
    path.unlink()
    assert "is gone" in originals.Originals([row]).find(named)[1]
