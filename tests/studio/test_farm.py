"""Chunks made by the workers of a real scheduler: the same video, whatever is killed on the way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests import clips as make
from tests.farm import DaskFarm, DaskWorker, end
from tests.rendered import Json, draft, library, segment, words
from tests.studio.running import RunningStudio
from tests.studio.test_luts import SWAPPED, file
from tests.studio.test_steadying import shaky
from tests.waiting import PATIENCE_S, until
from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.settings import Studio as Limits
from vbtui.cli import main
from vbtui.studio.project.media import Media
from vbtui.studio.project.store import Store
from vbtui.studio.render import Output, render, workers
from vbtui.studio.render.farm.door import Door
from vbtui.studio.render.farm.scheduler import Farm, farm_of
from vbtui.studio.render.farm.share import Turns
from vbtui.studio.render.farm.worker import Entry
from vbtui.studio.server.renders import Renders, new_job

pytest.importorskip("distributed", reason="pip install 'vbtui[farm]'")


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskFarm]:
    with DaskFarm(tmp_path_factory.mktemp("farm")) as farm:
        yield farm


def begun(*those: DaskWorker) -> list[str]:
    return [what for one in those for what in one.begun()]


def pieces(count: int) -> Json:
    """So many chunks of one clip, none of which is copied."""
    clips = [segment("a", 800 * n, 800, **{"in": 130 * n}) for n in range(count)]
    return draft(clips, width=256, height=144)


class Run:
    """One render under way, in a cache of its own.

    Args:
        here: how many chunks this machine makes at a time, where it must.
    """

    def __init__(
        self,
        folder: Path,
        wanted: Json,
        files: dict[str, Media],
        farm: Farm | None = None,
        *,
        here: int = 1,
    ) -> None:
        self.remarks: list[str] = []
        self.told: list[float] = []
        self.path = folder / "out.mp4"
        self._cache = mock.patch.dict("os.environ", XDG_CACHE_HOME=str(folder / "cache"))
        self._cache.start()
        self.task = asyncio.create_task(
            render(
                wanted,
                files,
                Output("low", workers=here),
                self.path,
                workdir=folder / "work",
                on_progress=self.told.append,
                on_remark=self.remarks.append,
                farm=farm,
            )
        )

    async def video(self) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.task
            return self.path.read_bytes()
        finally:
            self._cache.stop()

    async def cancelled(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        self._cache.stop()


async def local(folder: Path, wanted: Json, files: dict[str, Media]) -> bytes:
    return await Run(folder / "local", wanted, files, here=2).video()


def came_back(cache: Path, chunks: int) -> bool:
    """Whether the studio has that many chunks of its first render, and the sound, which it makes itself."""
    return len([*cache.glob("vbtui/chunks/*/*")]) == chunks + 1


def again(encodings: list[str]) -> dict[str, int]:
    """What was begun more than once."""
    return {name: count for name, count in Counter(encodings).items() if count > 1}


async def test_the_video_is_the_local_one_and_each_chunk_is_made_once(
    farm: DaskFarm, tmp_path: Path
) -> None:
    both = farm.mend(2)
    files = library(a=make.clip("red", seconds=2), b=shaky(), p=make.picture("blue"))
    files["lut1"] = file(tmp_path, SWAPPED)
    lut = {"type": "lut", "asset": "lut1", "name": "film.cube"}
    wanted = draft(
        [
            segment("a", 0, 1500, effects=[lut]),
            segment("p", 1500, 1500, transition="fade"),
            segment("b", 3000, 1200, effects=[{"type": "stabilise"}]),
            segment("a", 4200, 1500, speed=1.25, reverse=True),
        ],
        texts=[words("Hello, 你好", 400, 1500)],
        audio=[segment("a", 0, 1000)],
    )
    run = Run(tmp_path / "farm", wanted, files, farm_of(farm.address))
    video = await run.video()
    assert run.remarks == []
    assert (run.told[0], run.told[-1]) == (0, 100)
    assert run.told == sorted(run.told)
    assert len(begun(*both)) >= 5
    assert again(begun(*both)) == {}
    assert video == await local(tmp_path, wanted, files)
    end(both[1].process)
    await Run(tmp_path / "other", wanted, files, farm_of(farm.address)).video()
    assert again(both[0].begun()) == {}, "a worker keeps what it made, also for another studio"


async def test_cancelling_ends_what_the_workers_do(farm: DaskFarm, tmp_path: Path) -> None:
    both = farm.mend(2)
    for one in both:
        one.hang()
    files, wanted = library(a=make.clip("cyan", seconds=2)), pieces(4)
    run = Run(tmp_path, wanted, files, farm_of(farm.address))
    await until(lambda: len(begun(*both)) == 2)
    assert all(one.children() for one in both)
    await run.cancelled()
    await until(lambda: not any(one.children() for one in both))
    assert [one.process.poll() for one in both] == [None, None]
    assert begun(*both) == ["hangs", "hangs"]


def test_a_studio_that_was_killed_goes_on_with_what_came_back(
    farm: DaskFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = farm.mend(2)
    for one in both:
        one.hold(after=1)
    config = tmp_path / "config.toml"
    config.write_text(f'[studio]\nscheduler = "{farm.address}"\n')
    monkeypatch.setenv("VBTUI_CONFIG", str(config))
    first = RunningStudio(tmp_path / "data")
    session = first.new_session()
    (asset,) = first.add(session, make.clip("lime", seconds=2))
    wanted = pieces(6)
    for one in wanted["t"][0]["sg"]:
        one["m"]["asset"] = asset["id"]
    first.start_render("r1", session, wanted)
    caches = Path(os.environ["XDG_CACHE_HOME"])
    asyncio.run(until(lambda: len(begun(*both)) == 4 and came_back(caches, 2)))
    made = [one.begun()[0] for one in both]
    first.kill()
    asyncio.run(until(lambda: not any(one.children() for one in both)))
    for one in both:
        one.let_go()
    second = RunningStudio(tmp_path / "data")
    done = second.wait_render("r1", "completed", "failed")
    second.kill()
    assert done["status"] == "completed", done
    assert "remark" not in done
    assert [begun(*both).count(one) for one in made] == [1, 1]
    assert len(set(begun(*both))) == 6


async def test_a_worker_dies_in_mid_chunk_and_another_comes(farm: DaskFarm, tmp_path: Path) -> None:
    one, two = farm.mend(2)
    one.hang()
    two.hold()
    files, wanted = library(a=make.clip(seconds=2)), pieces(8)
    run = Run(tmp_path / "farm", wanted, files, farm_of(farm.address))
    await until(lambda: len(begun(one, two)) == 2)
    three = farm.start_worker()
    await until(three.begun)
    end(one.process)
    two.let_go()
    video = await run.video()
    assert run.remarks == []
    assert one.begun() == ["hangs"]
    assert len(begun(two, three)) == 8
    assert again(begun(two, three)) == {}
    assert video == await local(tmp_path, wanted, files)


@contextlib.contextmanager
def held_here() -> Iterator[tuple[list[str], asyncio.Event]]:
    """What was to be made on this machine so far, and the event that lets it begin."""
    started: list[str] = []
    go, real = asyncio.Event(), workers._encode

    async def encode(drawing: Any, cache: Any) -> None:
        started.append(drawing.chunk.key)
        await go.wait()
        await real(drawing, cache)

    with mock.patch.object(workers, "_encode", encode):
        yield started, go


async def test_the_scheduler_dies_and_comes_back(
    farm: DaskFarm, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is left goes to this machine, and to workers again when there are some."""
    (one,) = farm.mend(1)
    one.hold(after=2)
    files, wanted = library(a=make.clip("magenta", seconds=2)), pieces(8)
    with held_here() as (here, go):
        run = Run(tmp_path / "farm", wanted, files, farm_of(farm.address))
        await until(lambda: len(one.begun()) == 3 and came_back(tmp_path / "farm" / "cache", 2))
        assert farm.scheduler is not None
        end(farm.scheduler)
        await until(lambda: here)
        await until(lambda: one.process.poll() is not None)
        (two,) = await asyncio.to_thread(farm.mend, 1)
        await until(lambda: len(two.begun()) == 5)
        go.set()
        video = await run.video()
    assert capfd.readouterr() == ("", ""), "what Dask has to say is for no terminal"
    assert len(here) == 1
    assert again(begun(two)) == {}
    assert not set(one.begun()[:2]) & set(two.begun())
    assert {" ".join(run.remarks)} == {_AWAY.format(address=farm.address)}
    assert video == await local(tmp_path, wanted, files)


_AWAY = "The scheduler {address} could not be reached: what was left was rendered on this machine."


async def test_without_a_scheduler_the_video_is_made_here_and_that_is_said(tmp_path: Path) -> None:
    nowhere = "tcp://127.0.0.1:9"
    files, wanted = library(a=make.clip(seconds=2)), pieces(3)
    run = Run(tmp_path / "farm", wanted, files, farm_of(nowhere))
    video = await run.video()
    assert set(run.remarks) == {_AWAY.format(address=nowhere)}
    assert video == await local(tmp_path, wanted, files)


async def test_with_certificates_files_go_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To those alone who have one, too."""
    pytest.importorskip("cryptography")
    import dask
    from distributed import Security

    temporary = Security.temporary()
    own = {"ca-file": temporary.tls_ca_file}
    for role in ("client", "scheduler", "worker"):
        own[f"{role}.cert"] = temporary.tls_client_cert
        own[f"{role}.key"] = temporary.tls_client_key
    names = {}
    for number, (name, content) in enumerate(own.items()):
        path = tmp_path / f"{number}.pem"
        path.write_text(content)
        names[f"distributed.comm.tls.{name}"] = str(path)
        variable = f"distributed.comm.tls.{name}".replace(".", "__").replace("-", "_").upper()
        monkeypatch.setenv(f"DASK_{variable}", str(path))
    files, wanted = library(a=make.clip(seconds=2)), pieces(2)
    with dask.config.set(names), DaskFarm(tmp_path / "dask", "tls") as farm:
        (worker,) = farm.mend(1)
        worker.hold()
        run = Run(tmp_path / "farm", wanted, files, dask_farm := farm_of(farm.address))
        await until(worker.begun)
        assert dask_farm.door is not None
        url = dask_farm.door.url
        assert url.startswith("https:")
        stranger = ssl.create_default_context()
        stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
        try:
            await asyncio.to_thread(urllib.request.urlopen, url, context=stranger)
            was_let_in = True
        except OSError as error:
            was_let_in = isinstance(error, urllib.error.HTTPError)
        assert not was_let_in
        worker.let_go()
        video = await run.video()
        assert run.remarks == []
        assert len(worker.begun()) == 2
    assert video == await local(tmp_path, wanted, files)


async def test_a_scheduler_with_another_vbtui_is_not_used(
    farm: DaskFarm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads each task before it hands it on."""
    if farm.scheduler is not None:
        end(farm.scheduler)
    farm.start_scheduler(bare=True)
    run = Run(tmp_path, pieces(2), library(a=make.clip(seconds=2)), farm_of(farm.address))
    assert await run.video()
    (told,) = set(run.remarks)
    assert told.startswith(f"The scheduler {farm.address} has no vbtui, or an old one: what was")
    asked = ["doctor", "--offline", "--scheduler", farm.address]
    assert await asyncio.to_thread(main, asked) == 1
    assert f"{farm.address} has no vbtui, or an old one" in capsys.readouterr().out
    assert farm.scheduler is not None
    end(farm.scheduler)


async def test_workers_whose_ffmpeg_makes_other_pictures_are_not_used(
    farm: DaskFarm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    farm.mend(0)
    renamed = '"$FFMPEG" "$@" | sed "s/ffmpeg version /&9.9-/"'
    other = [
        farm.start_worker(f'case $* in *-version*) {renamed};; *) exec "$FFMPEG" "$@";; esac\n'),
        farm.start_worker('exec "$FFMPEG" -cpuflags 0 "$@"\n'),
    ]
    for one in other:
        one.wait()
    files, wanted = library(a=make.clip(seconds=2)), pieces(3)
    run = Run(tmp_path / "farm", wanted, files, farm_of(farm.address))
    video = await run.video()
    told = " ".join(run.remarks)
    assert "has another ffmpeg (9.9-" in told
    assert "encodes a test picture otherwise" in told
    assert "had no worker that can be used" in told
    assert begun(*other) == []
    assert video == await local(tmp_path, wanted, files)
    asked = ["doctor", "--offline", "--json", "--scheduler", farm.address]
    assert await asyncio.to_thread(main, asked) == 1
    checks = json.loads(capsys.readouterr().out)["checks"]
    at = next(n for n, one in enumerate(checks) if one["name"] == "scheduler")
    assert [one["level"] for one in checks[at:]] == ["ok", "problem", "problem"]
    details = " ".join(sorted(one["detail"] for one in checks[at + 1 :]))
    assert "another ffmpeg (9.9-" in details
    assert "test picture otherwise" in details


def test_projects_take_turns() -> None:
    async def served() -> list[str]:
        turns, order = Turns(), list[str]()

        async def chunk(project: str) -> None:
            async with turns.take(project, only_here=False) as is_here:
                order.append(f"{project}{'!' if is_here else ''}")
                await asyncio.sleep(0)

        chunks = [asyncio.create_task(chunk(name)) for name in "aaaabb"]
        await asyncio.sleep(0)
        turns.set_capacity(1, 1)
        await asyncio.gather(*chunks)
        turns.set_capacity(0, 1)
        await chunk("c")
        return order

    assert asyncio.run(served()) == ["a", "b", "a", "b", "a", "a", "c!"]


async def test_projects_render_side_by_side_on_a_farm(tmp_path: Path) -> None:
    """And those of one project in the order in which they came."""
    store = Store(tmp_path)
    begun: list[str] = []
    go = asyncio.Event()

    async def render(*arguments: object, project: str, **options: object) -> None:
        begun.append(project)
        await go.wait()

    projects = [(await store.create(name, "en", "me")).record.id for name in "ab"]
    renders = Renders(store, Limits(), lambda line: None, farm_of("tcp://127.0.0.1:9"))
    with mock.patch("vbtui.studio.render.render", render):
        renders.start()
        for number, project in enumerate([projects[0], projects[0], projects[1]]):
            await renders.begin(new_job(f"r{number}", project, "t", Output()), pieces(1))
        await until(lambda: len(begun) == 2)
        assert begun == projects
        go.set()
        await renders.wait_done()
    assert begun == [*projects, projects[0]]
    await renders.close()


def test_the_door_opens_for_a_render_that_is_under_way_alone(tmp_path: Path) -> None:
    wanted, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    wanted.write_bytes(b"content")
    other.write_bytes(b"secret")
    door = Door("127.0.0.1")
    try:
        mine, theirs = door.admit({"aa": wanted}), door.admit({"bb": other})

        def get(path: str, token: str) -> tuple[int, bytes]:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(door.url + path, headers=headers), timeout=PATIENCE_S
                ) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()

        assert get("/files/aa", mine) == (200, b"content")
        assert get("/", mine)[0] == 204
        for path in ("/files/bb", "/files/../b.mp4", "/b.mp4", "/files/"):
            assert get(path, mine) == (404, b"")
        for token in ("", "x", mine + theirs, mine[:-1]):
            assert get("/files/aa", token) == (401, b"")
            assert get("/", token) == (401, b"")
        assert mine not in repr(Entry(door.url, mine))
        door.withdraw(mine)
        assert get("/files/aa", mine) == (401, b"")
        assert get("/files/bb", theirs) == (200, b"secret")
    finally:
        door.close()


@pytest.mark.parametrize(
    "given",
    ["host", "http://host:8786", "tcp://host", "tcp://host:x", "tcp://a b:1", "tcp://h:1/x"],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="no address of a scheduler"):
        farm_of(given)


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(VbtuiError) as raised:
        farm_of("tcp://127.0.0.1:8786")
    assert raised.value.code == "farm_missing"
    assert "pip install 'vbtui[farm]'" in raised.value.hint
