"""The render queue against a real server: made once, brought home whole, never orphaned."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests import clips as media
from tests.cloud import (
    DOWNLOAD,
    DRAFT,
    FILE,
    POLL,
    RENDER,
    Cloud,
    Fault,
    cut,
    ignored,
    plain,
    refuses,
    unanswered,
)
from tests.server import Answer, Exchange, reply
from tests.sessions_bench import Bench, settings
from vbtui.base import files as naming
from vbtui.base.errors import DiskProblem, UsageError, VbtuiError
from vbtui.journal.records import RenderState
from vbtui.session import backend
from vbtui.session.events import Link, RenderChanged, RenderRemoved


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with Cloud() as cloud:
        cloud.draft = DRAFT
        cloud.video = media.clip(seconds=1).read_bytes()
        yield cloud


def bench(cloud: Cloud, folder: Path, **more: Any) -> Bench:
    return Bench(settings(cloud.url), folder, **more)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def test_an_export_ends_as_a_named_whole_file(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export(quality="medium"))
        assert render.state is RenderState.DONE
        assert render.problem is None
        assert render.path is not None
        assert render.path.name.startswith("Promo spring summer 20")
        assert render.path.read_bytes() == cloud.video
        assert files(tmp_path) == [render.path.name]
    request = cloud.of("POST", RENDER)[0].json()
    assert request["draft"] == DRAFT
    assert request["sessionId"] == cloud.sessions[0]
    assert request["output"] == {"format": "mp4", "quality": "medium"}
    assert request["id"] == render.id
    assert render.id.startswith("render_")


async def test_progress_never_goes_backwards(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [
        {"status": "pending"},
        {"status": "processing", "progress": 60},
        {"status": "processing", "progress": 20},
        {"status": "processing"},
        {"status": "completed"},
    ]
    async with bench(cloud, tmp_path) as it:
        await it.over(await it.export())
        shown = [event.render for event in it.events if isinstance(event, RenderChanged)]
    progress = [render.progress for render in shown]
    assert progress == sorted(progress)
    assert 60 in progress
    states = list(dict.fromkeys(render.state for render in shown))
    assert states == [
        RenderState.WAITING,
        RenderState.SUBMITTING,
        RenderState.PENDING,
        RenderState.PROCESSING,
        RenderState.DOWNLOADING,
        RenderState.DONE,
    ]


async def test_nothing_is_overwritten(cloud: Cloud, tmp_path: Path) -> None:
    wanted = tmp_path / "promo.mp4"
    wanted.write_text("mine")
    async with bench(cloud, tmp_path) as it:
        first = await it.over(await it.export(destination=wanted))
        second = await it.over(await it.export(destination=wanted))
        third = await it.over(await it.export(destination=wanted, overwrite=True))
    assert [first.path, second.path, third.path] == [
        tmp_path / "promo (2).mp4",
        tmp_path / "promo (3).mp4",
        wanted,
    ]
    assert wanted.read_bytes() == cloud.video
    assert len(files(tmp_path)) == 3


async def test_a_failed_render_is_made_once_more_with_a_new_id(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.script = [{"status": "failed", "error": "node died"}]
    async with bench(cloud, tmp_path) as it:
        first = await it.export()
        render = await it.over(first)
        assert render.state is RenderState.FAILED
        assert render.attempt == 2
        assert render.problem is not None
        assert render.problem.message == "node died"
        assert len(it.exports.renders) == 1
        assert any(isinstance(event, RenderRemoved) for event in it.events)
        assert render.id != first.id
        assert cloud.render_ids == {first.id: 1, render.id: 1}
        cloud.script = [{"status": "completed"}]
        again = await it.over(await it.exports.retry(render.id))
        assert again.state is RenderState.DONE
        assert again.id not in (first.id, render.id)
    assert max(cloud.render_ids.values()) == 1


async def test_one_at_a_time_and_in_order(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "processing"}]
    async with bench(cloud, tmp_path) as it:
        first = await it.export(destination=tmp_path / "a.mp4")
        second = await it.export(destination=tmp_path / "b.mp4")
        third = await it.export(destination=tmp_path / "c.mp4")
        await it.reaches(first, RenderState.PROCESSING)
        await it.exports.move(third.id, -1)
        assert [one.id for one in it.exports.renders] == [first.id, third.id, second.id]
        assert len(cloud.jobs) == 1
        estimate = it.exports.left(it.exports.renders[2])
        assert estimate is not None
        assert estimate.least_s > 2 * 30
        assert estimate.most_s < 3 * 90
        await it.exports.pause()
        for job in cloud.jobs.values():
            job.script = [{"status": "completed"}]
        await it.over(first)
        assert len(cloud.jobs) == 1
        cloud.script = [{"status": "completed"}]
        await it.exports.resume()
        await it.over(second)
        assert list(cloud.jobs) == [first.id, third.id, second.id]
        assert it.exports.left(it.exports.renders[0]) is None


async def test_cancel_ends_it_here_and_there(cloud: Cloud, tmp_path: Path) -> None:
    cloud.script = [{"status": "processing", "progress": 3}]
    async with bench(cloud, tmp_path) as it:
        running = await it.export()
        waiting = await it.export()
        await it.reaches(running, RenderState.PROCESSING)
        await it.exports.cancel(waiting.id)
        await it.exports.cancel(running.id)
        assert [one.state for one in it.exports.renders] == [RenderState.CANCELLED] * 2
        assert cloud.jobs[running.id].cancelled
        assert cloud.count("POST", POLL) == 1
        await it.exports.remove(running.id)
        assert [one.id for one in it.exports.renders] == [waiting.id]
    assert files(tmp_path) == []


async def test_nothing_to_export(cloud: Cloud, tmp_path: Path) -> None:
    cloud.draft = {"t": [{"tt": 0, "sg": []}]}
    async with bench(cloud, tmp_path) as it:
        with pytest.raises(VbtuiError, match=r"Nothing to export yet: describe an edit first\."):
            await it.export()
        with pytest.raises(UsageError):
            await it.export(quality="ultra")


async def test_a_plan_without_exports_is_told_with_its_link(cloud: Cloud, tmp_path: Path) -> None:
    cloud.goes_wrong(Fault("POST", RENDER, refuses(402, message="plan")))
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export())
    assert render.state is RenderState.FAILED
    assert render.problem is not None
    assert render.problem.hint == (
        "Register or upgrade your plan to unlock export: https://nemovideo.com/register?bind=usr_7"
    )
    assert cloud.count("POST", RENDER) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_request_that_broke_is_asked_about_and_never_made_twice(
    cloud: Cloud, tmp_path: Path, after: bool
) -> None:
    """Carried out or not, the backend ends up with one render of one id."""
    cloud.goes_wrong(Fault("POST", RENDER, unanswered if after else ignored))
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export())
    assert render.state is RenderState.DONE
    assert len(cloud.jobs) == 1
    assert cloud.render_ids == {render.id: 1 if after else 2}
    posts = [at for at, one in enumerate(cloud.requests) if one.path == RENDER]
    asks = [at for at, one in enumerate(cloud.requests) if one.path == f"{RENDER}/{render.id}"]
    assert posts[0] < asks[0]
    assert all(at < posts[-1] for at in asks[:2]) or after


@pytest.mark.parametrize(
    "answer",
    [
        reply({"success": False, "error": "Render with this id already exists"}),
        reply({"detail": "duplicate render id"}, status=400),
        reply({"message": "conflict"}, status=409),
    ],
)
async def test_an_id_that_exists_already_is_a_render_that_is_there(
    cloud: Cloud, tmp_path: Path, answer: Answer
) -> None:
    async def play(cloud: Cloud, exchange: Exchange) -> None:
        cloud.right(exchange.request)
        await answer(exchange)

    cloud.goes_wrong(Fault("POST", RENDER, play))
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export())
        assert render.state is RenderState.DONE
    assert cloud.render_ids == {render.id: 1}


async def test_an_unreachable_backend_makes_it_unknown_and_it_comes_home_later(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_DELAYS_S", (0.02,))
    cloud.script = [{"status": "processing", "progress": 30}]
    async with bench(cloud, tmp_path) as it:
        render = await it.reaches(await it.export(), RenderState.PROCESSING)
        await cloud.down()
        unknown = await it.reaches(render, RenderState.UNKNOWN)
        assert unknown.seen_at is not None
        assert it.context.overview.link is Link.OFFLINE
        waiting = await it.export(destination=tmp_path / "later.mp4")
        assert waiting.state is RenderState.WAITING
        cloud.jobs[render.id].script = [{"status": "completed"}]
        cloud.script = [{"status": "completed"}]
        await cloud.up()
        assert (await it.over(render)).state is RenderState.DONE
        assert (await it.over(waiting)).state is RenderState.DONE
    assert set(cloud.render_ids.values()) == {1}


@pytest.mark.parametrize("moment", ["waiting", "submitting", "arrived", "processing"])
async def test_after_a_kill_each_render_is_found_again(
    cloud: Cloud, tmp_path: Path, moment: str
) -> None:
    """The next start asks before it sends, and one render of one id is made."""
    cloud.script = [{"status": "processing", "progress": 30}]
    it = bench(cloud, tmp_path, run=moment != "waiting")
    async with it:
        if moment in ("submitting", "arrived"):
            fault = Fault("POST", RENDER, unanswered if moment == "arrived" else ignored)
            cloud.goes_wrong(fault, Fault("GET", POLL, ignored, times=10**6))
            render = await it.reaches(await it.export(), RenderState.UNKNOWN)
        elif moment == "processing":
            render = await it.reaches(await it.export(), RenderState.PROCESSING)
        else:
            render = await it.export()
        await it.crash()
    cloud.faults.clear()
    cloud.script = [{"status": "completed"}]
    for job in cloud.jobs.values():
        job.script = cloud.script
    async with bench(cloud, tmp_path) as again:
        assert (await again.over(render)).state is RenderState.DONE
        assert again.exports.renders[0].id == render.id
    assert list(cloud.jobs) == [render.id]
    assert cloud.render_ids[render.id] == (2 if moment == "submitting" else 1)
    assert len(files(tmp_path)) == 1


async def test_a_download_goes_on_where_it_broke_also_after_a_kill(
    cloud: Cloud, tmp_path: Path
) -> None:
    half = len(cloud.video) // 2
    cloud.goes_wrong(
        Fault("GET", FILE, cut(0.5, resets=False)), Fault("GET", FILE, ignored, times=10**6)
    )
    cloud.goes_wrong(Fault("GET", DOWNLOAD, ignored, times=10**6))
    async with bench(cloud, tmp_path) as it:
        render = await it.reaches(await it.export(), RenderState.DOWNLOADING)
        part = naming.part_path(render.options.destination or Path(), render.id)
        await it.poll(lambda: size_of(part) == half)
        await it.crash()
    assert files(tmp_path) == [part.name]
    cloud.faults.clear()
    before = len(cloud.requests)
    async with bench(cloud, tmp_path) as again:
        done = await again.over(render)
    assert done.path is not None
    assert done.path.read_bytes() == cloud.video
    assert files(tmp_path) == [done.path.name]
    later = [one for one in cloud.requests[before:] if one.path.startswith("/files/")]
    assert [one.headers.get("range") for one in later] == [f"bytes={half}-"]


async def test_half_a_video_that_the_backend_lost_is_not_left_behind(
    cloud: Cloud, tmp_path: Path
) -> None:
    half = len(cloud.video) // 2
    cloud.goes_wrong(
        Fault("GET", FILE, cut(0.5, resets=False)), Fault("GET", FILE, ignored, times=10**6)
    )
    cloud.goes_wrong(Fault("GET", DOWNLOAD, ignored, times=10**6))
    async with bench(cloud, tmp_path) as it:
        render = await it.reaches(await it.export(), RenderState.DOWNLOADING)
        part = naming.part_path(render.options.destination or Path(), render.id)
        await it.poll(lambda: size_of(part) == half)
        await it.crash()
    cloud.faults.clear()
    cloud.jobs.clear()
    async with bench(cloud, tmp_path) as again:
        done = await again.over(render)
    assert done.path is not None
    assert done.attempt == 2
    assert files(tmp_path) == [done.path.name]


async def test_a_kill_between_the_name_and_the_journal_makes_no_second_copy(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with bench(cloud, tmp_path, run=False) as it:
        render = await it.export(destination=tmp_path / "promo.mp4")
        part = naming.part_path(tmp_path / "promo.mp4", render.id)
        part.write_bytes(cloud.video)
        naming.put_in_place(part, tmp_path / "promo.mp4", overwrite=False)
    cloud.script = [{"status": "completed"}]
    async with bench(cloud, tmp_path) as again:
        done = await again.over(render)
    assert done.path == tmp_path / "promo.mp4"
    assert files(tmp_path) == ["promo.mp4"]
    assert cloud.count("GET", FILE) == 0


async def test_what_is_no_video_is_not_called_done(cloud: Cloud, tmp_path: Path) -> None:
    cloud.video = cloud.video[:-100]
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export())
        assert render.state is RenderState.FAILED
        assert render.problem is not None
        assert "not complete" in render.problem.message
        assert files(tmp_path) == []
        cloud.video = media.clip(seconds=1).read_bytes()
        again = await it.over(await it.exports.retry(render.id))
        assert again.state is RenderState.DONE
        assert again.id != render.id
    assert cloud.count("POST", RENDER) == 2
    assert len(files(tmp_path)) == 1


async def test_a_wrong_length_is_said(cloud: Cloud, tmp_path: Path) -> None:
    cloud.video = media.clip(seconds=2).read_bytes()
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export())
    assert render.state is RenderState.DONE
    assert render.problem is not None
    assert render.problem.message == "The video is 2 s long, the timeline is 1 s."


async def test_a_folder_that_takes_nothing_is_met_before_anything_is_sent(
    cloud: Cloud, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    async with bench(cloud, tmp_path) as it:
        with pytest.raises(DiskProblem):
            await it.export(destination=blocked / "promo.mp4")
        assert it.exports.renders == []
    assert cloud.count("POST", RENDER) == 0


async def test_a_full_disk_fails_the_export_and_the_queue_goes_on(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    free = 33 * 1024 * 1024
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    too_much = reply(body=b"x" * 2_000_000, content_type="video/mp4")
    cloud.goes_wrong(Fault("GET", FILE, plain(too_much)))
    async with bench(cloud, tmp_path) as it:
        first = await it.export(destination=tmp_path / "a.mp4")
        second = await it.export(destination=tmp_path / "b.mp4")
        first, second = await it.over(first), await it.over(second)
    assert first.state is RenderState.FAILED
    assert first.problem is not None
    assert "is full" in first.problem.message
    assert second.state is RenderState.DONE
    assert files(tmp_path) == ["b.mp4"]


async def test_history_teaches_the_expectation(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path) as it:
        await it.exports.pause()
        render = await it.export()
        expected = it.exports.left(render)
        assert expected is not None
        assert expected == (30, 90)
        await it.exports.resume()
        await it.over(render)
    async with bench(cloud, tmp_path) as again:
        await again.exports.pause()
        learned = again.exports.left(await again.export())
        assert learned is not None
        assert learned.most_s < 10


async def test_two_processes_share_one_queue(cloud: Cloud, tmp_path: Path) -> None:
    """A second one watches, may cancel, and takes over when the first is gone."""
    cloud.script = [{"status": "processing", "progress": 10}]
    async with bench(cloud, tmp_path) as one:
        running = await one.reaches(await one.export(), RenderState.PROCESSING)
        waiting = await one.export(destination=tmp_path / "b.mp4")
        async with bench(cloud, tmp_path) as two:
            assert [render.id for render in two.exports.renders] == [running.id, waiting.id]
            await two.exports.cancel(running.id)
            await one.over(running)
            await one.reaches(waiting, RenderState.PROCESSING)
            assert set(cloud.render_ids.values()) == {1}
            await one.crash()
            await two.exports.load()
            for job in cloud.jobs.values():
                job.script = [{"status": "completed"}]
            assert (await two.over(waiting)).state is RenderState.DONE
    assert set(cloud.render_ids.values()) == {1}


async def test_ids_are_unique_also_within_a_millisecond(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path, run=False) as it:
        ids = {(await it.export(destination=tmp_path / f"{n}.mp4")).id for n in range(20)}
    assert len(ids) == 20
    assert all(one.removeprefix("render_").isdecimal() for one in ids)


async def test_a_cancel_meets_the_retry(cloud: Cloud, tmp_path: Path) -> None:
    """Whatever the moment, a cancelled export stays cancelled."""
    cloud.script = [{"status": "failed"}]
    async with bench(cloud, tmp_path) as it:
        for moment in range(12):
            first = await it.export(destination=tmp_path / f"{moment}.mp4")
            for _ in range(moment * 4):
                await asyncio.sleep(0)
            await it.exports.cancel(first.id)
            found = it.exports.latest(first.id)
            assert found is not None
            assert found.state in (RenderState.CANCELLED, RenderState.FAILED)
        await it.exports.load()
        assert all(render.state.is_over for render in it.exports.renders)
    assert files(tmp_path) == []


async def test_a_received_video_gets_its_name_without_the_backend(
    cloud: Cloud, tmp_path: Path
) -> None:
    async with bench(cloud, tmp_path) as it:
        render = await it.over(await it.export(destination=tmp_path / "promo.mp4"))
        await it.journal.run(
            lambda c: c.execute("UPDATE renders SET state = 'downloading', path = NULL")
        )
        (tmp_path / "promo.mp4").rename(naming.part_path(tmp_path / "promo.mp4", render.id))
    await cloud.down()
    async with bench(cloud, tmp_path) as again:
        assert (await again.over(render)).path == tmp_path / "promo.mp4"
    assert files(tmp_path) == ["promo.mp4"]


async def test_a_backend_that_answers_nonsense_is_asked_five_times(
    cloud: Cloud, tmp_path: Path
) -> None:
    for failures, state in ((4, RenderState.DONE), (5, RenderState.FAILED)):
        before = cloud.count("GET", POLL)
        cloud.goes_wrong(Fault("GET", POLL, refuses(400, message="oops"), times=failures))
        cloud.script = [{"status": "completed"}]
        async with bench(cloud, tmp_path / str(failures)) as it:
            assert (await it.over(await it.export())).state is state
        assert cloud.count("GET", POLL) - before == 5
    assert max(cloud.render_ids.values()) == 1


async def test_a_video_that_is_bad_itself_is_made_again(cloud: Cloud, tmp_path: Path) -> None:
    whole, cloud.video = cloud.video, b"no video at all"
    cloud.script = [{"status": "completed"}]
    async with bench(cloud, tmp_path) as it:
        bad = await it.over(await it.export())
        assert (bad.state, bad.progress) == (RenderState.FAILED, 100)
        cloud.video = whole
        made = await it.over(await it.exports.retry(bad.id))
    assert (made.state, made.id != bad.id) == (RenderState.DONE, True)
    assert cloud.render_ids == {bad.id: 1, made.id: 1}


async def test_waiting_exports_move_by_as_much_as_is_asked(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path, run=False) as it:
        a, b, c, d = [(await it.export()).id for _ in range(4)]

        async def moved(render_id: str, by: int) -> list[str]:
            await it.exports.move(render_id, by)
            return [render.id for render in it.exports.renders]

        assert await moved(a, 1) == [b, a, c, d]
        assert await moved(d, -2) == [b, d, a, c]
        assert await moved(b, 9) == [d, a, c, b]
        assert await moved(c, -9) == [c, d, a, b]
        assert await moved("render_0", 1) == [c, d, a, b]


async def test_an_export_of_the_same_version_is_found(cloud: Cloud, tmp_path: Path) -> None:
    async with bench(cloud, tmp_path) as it:
        await it.exports.pause()
        first = await it.export(destination=tmp_path / "a.mp4")
        assert it.exports.same_before(first) is None
        again = await it.export(destination=tmp_path / "b.mp4")
        assert it.exports.same_before(again) == first, "under way"
        await it.exports.cancel(first.id)
        assert it.exports.same_before(again) is None, "there is no video of a cancelled one"
        await it.exports.resume()
        done = await it.over(again)
        third = await it.export(destination=tmp_path / "c.mp4")
        assert it.exports.same_before(third) == done
        smaller = await it.export(quality="low", destination=tmp_path / "d.mp4")
        assert it.exports.same_before(smaller) is None
        assert done.path is not None
        done.path.unlink()
        await it.exports.cancel(third.id)
        fourth = await it.export(destination=tmp_path / "e.mp4")
        assert it.exports.same_before(fourth) is None, "its file is gone"
