"""A process that stands still is ended before its work is anybody's; one that lives is left alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.cloud import Cloud
from tests.waiting import PATIENCE_S, until
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.journal.journal import Journal
from vbtui.journal.owners import Gone, Neighbours, owner_is_alive, process_start

ROOT = Path(__file__).parents[2]
LIMIT_S = 1.0


@asynccontextmanager
async def child(folder: Path, how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journal.owners_child", folder, how,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[list[Gone]]:
    gone: list[Gone] = []

    async def note(one: Gone) -> None:
        gone.append(one)

    journal = Journal(folder / "journal.db")
    await journal.open()
    task = asyncio.create_task(Neighbours(journal, folder / "alive", LIMIT_S).watch(note))
    try:
        yield gone
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await journal.close()


@pytest.mark.parametrize("how", ["hangs", "stopped", "signs in"])
async def test_one_that_stands_still_is_ended_and_then_what_it_had_is_free(
    tmp_path: Path, how: str
) -> None:
    async with child(tmp_path, "beats" if how == "stopped" else how) as process:
        owner = f"{process.pid}:{process_start(process.pid)}:1"
        if how == "stopped":
            process.send_signal(signal.SIGSTOP)
        assert owner_is_alive(owner)
        async with watching(tmp_path) as gone:
            await until(lambda: gone)
            assert gone == [Gone(process.pid, was_hung=True)]
            assert not owner_is_alive(owner)
        assert await process.wait() == -signal.SIGKILL
    assert not list((tmp_path / "alive").iterdir())


async def test_one_that_was_stopped_with_the_journal_locked_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("VBTUI_TIMING", f"hung={LIMIT_S}")
    (tmp_path / "vbtui").mkdir()
    async with child(tmp_path / "vbtui", "locks") as process:
        engine = Engine(load(), server="http://127.0.0.1:1", folder=tmp_path)
        async with asyncio.timeout(PATIENCE_S):
            await engine.open()
            assert await process.wait() == -signal.SIGKILL
        await engine.close()


async def test_one_that_lives_or_has_no_work_is_left_alone(tmp_path: Path) -> None:
    """Also where it was quiet for a while."""
    async with child(tmp_path, "beats") as living, child(tmp_path, "idles") as idle:
        idle.send_signal(signal.SIGSTOP)
        async with watching(tmp_path) as gone:
            for _ in range(4):
                living.send_signal(signal.SIGSTOP)
                await asyncio.sleep(LIMIT_S / 4)
                living.send_signal(signal.SIGCONT)
                beat = _beat(tmp_path, living.pid)
                await until(partial(_differs, tmp_path, living.pid, beat))
            assert not gone
            living.kill()
            await until(lambda: gone)
            assert gone == [Gone(living.pid, was_hung=False)]
        idle.send_signal(signal.SIGCONT)


def _differs(folder: Path, pid: int, beat: int) -> bool:
    return _beat(folder, pid) != beat


def _beat(folder: Path, pid: int) -> int:
    [one] = (folder / "alive").glob(f"{pid}:*")
    return one.stat().st_mtime_ns


async def test_a_vbtui_that_was_stopped_in_an_upload_loses_it_to_the_next_and_nothing_goes_twice(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.mp3").write_bytes(b"ID3" + os.urandom(3000))
    async with Cloud() as cloud:
        cloud.gate.clear()
        environment = {
            **os.environ,
            "NEMO_API_URL": cloud.url,
            "VBTUI_TIMING": "hung=2",
        }

        async def watch() -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "vbtui", "watch", folder, "--json",
                cwd=ROOT, env=environment,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

        stopped = await watch()
        await until(lambda: cloud.at_gate == 2)
        stopped.send_signal(signal.SIGSTOP)
        cloud.gate.set()
        second = await watch()
        assert second.stdout is not None
        done: set[str] = set()
        told = ""
        async with asyncio.timeout(PATIENCE_S):
            while len(done) < 3:
                event = json.loads(await second.stdout.readline())
                told += str(event)
                if event.get("state") == "done":
                    done.add(event["name"])
            assert await stopped.wait() == -signal.SIGKILL
            second.terminate()
            await second.communicate()
        assert "stood still" in told
        assert Counter(one.name for one in cloud.uploads) == {f"{n}.mp3": 1 for n in range(3)}
