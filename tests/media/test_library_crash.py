"""kill -9, and two processes at once: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.cloud import UPLOAD, Cloud, Fault, slowly
from tests.library_bench import bench, cloud
from tests.waiting import PATIENCE_S, until
from vbtui.journal.records import AssetState

DONE = AssetState.DONE
ROOT = Path(__file__).parents[2]


class Child:
    """A process with a library; ended with the test."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, url: str, *arguments: str | Path) -> Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.media.library_child",
            url,
            *arguments,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def says(self, word: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while (line := await self.process.stdout.readline()).strip() != word.encode():
                assert line, "the child ended"

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            await self.process.wait()


def make(folder: Path, count: int, size: int = 2000, head: bytes = b"") -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"clip {number:03}.mp4" for number in range(count)]
    for path in paths:
        path.write_bytes(head + os.urandom(size))
    return paths


def digests(paths: list[Path]) -> Counter[str]:
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)


def has_files(server: Cloud, count: int) -> bool:
    return len(server.files) >= count


async def test_killed_in_the_middle_of_an_upload_it_is_sent_again_once(
    server: Cloud, tmp_path: Path
) -> None:
    paths = make(tmp_path / "in", 3, 30_000_000, b"\0\0\0\x18ftypmp42")
    server.goes_wrong(Fault("POST", UPLOAD, slowly, times=2))
    child = await Child.start(server.url, "add", *paths)
    await until(lambda: server.at_once == 2)
    await child.kill()
    await until(lambda: server.at_once == 0)
    cut = [one for one in server.uploads if one.outcome == "cut"]
    assert cut
    async with bench(server) as desk:
        assert AssetState.UPLOADING in {asset.state for asset in desk.library.assets}
        await desk.library.reconcile()
        await desk.idle()
        assert set(desk.states().values()) == {AssetState.DONE}
    assert Counter(one.sha256 for one in server.files) == digests(paths)
    assert len(server.uploads) == len(cut) + len(paths)


@pytest.mark.parametrize("tells_hash", [True, False])
async def test_what_arrived_without_an_answer_is_found_by_content_or_name(
    tmp_path: Path, tells_hash: bool
) -> None:
    paths = make(tmp_path / "in", 2)
    async with cloud() as server:
        server.tells_hash = tells_hash
        server.gate.clear()
        child = await Child.start(server.url, "add", *paths)
        await until(lambda: server.at_gate == 2)
        await child.kill()
        server.gate.set()
        await until(lambda: len(server.files) == 2)
        async with bench(server) as desk:
            await desk.library.reconcile()
            await desk.idle()
            assert desk.states() == {path.name: AssetState.DONE for path in paths}
        assert len(server.uploads) == 2


@pytest.mark.parametrize("tells_hash", [True, False])
async def test_of_a_file_that_is_named_twice_what_arrived_is_the_first_alone(
    tmp_path: Path, tells_hash: bool
) -> None:
    (path,) = make(tmp_path / "in", 1)
    async with cloud() as server:
        server.tells_hash = tells_hash
        server.gate.clear()
        child = await Child.start(server.url, "add", path, path)
        await until(lambda: server.at_gate == 1)
        await child.kill()
        server.gate.set()
        await until(lambda: len(server.files) == 1)
        async with bench(server) as desk:
            await desk.library.reconcile()
            await until(lambda: [one.state for one in desk.library.assets] == [DONE, DONE])
            await desk.library.reconcile()
            assert len(desk.library.assets) == 2
        assert len(server.uploads) == len(server.files) == 2


async def test_killed_five_times_while_it_watches_every_file_arrives_once(
    server: Cloud, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    paths = make(folder, 120)
    for number in range(5):
        child = await Child.start(server.url, "watch", folder)
        await until(partial(has_files, server, len(server.files) + 15))
        await child.kill()
        paths += [
            path.rename(folder / f"later {number} {path.name}")
            for path in make(tmp_path / "next", 10)
        ]
    async with bench(server) as desk:
        await desk.library.reconcile()
        await desk.library.watch(folder)
        await desk.idle(60)
        assert set(desk.states().values()) == {AssetState.DONE}
        assert len(desk.library.assets) == len(paths)
    assert Counter(one.sha256 for one in server.files) == digests(paths)


async def test_two_processes_on_one_folder_take_each_file_once(
    server: Cloud, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    paths = make(folder, 80)
    children = [await Child.start(server.url, "watch", folder) for _ in range(2)]
    for child in children:
        await child.says("idle")
    await until(lambda: len(server.files) >= len(paths))
    for child in children:
        await child.end()
    assert Counter(one.sha256 for one in server.files) == digests(paths)
    assert len(server.uploads) == len(paths)


async def test_a_living_owner_is_not_disturbed(server: Cloud, tmp_path: Path) -> None:
    (path,) = make(tmp_path / "in", 1)
    server.gate.clear()
    child = await Child.start(server.url, "add", path)
    await until(lambda: server.at_once == 1)
    async with bench(server) as desk:
        await desk.library.reconcile()
        await desk.idle()
        (asset,) = desk.library.assets
        assert asset.state is AssetState.UPLOADING
        server.gate.set()
        await child.says("idle")
        await desk.library.load()
        assert desk.now(asset).state is AssetState.DONE
    await child.end()
    assert len(server.uploads) == 1
