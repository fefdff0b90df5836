"""A process that stands still is ended before its work is anybody's; one that lives or is suspended is left alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.cloud import Cloud
from tests.waiting import PATIENCE_S, until
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.journal.journal import Journal
from vbtui.journal.owners import (
    Gone,
    Neighbours,
    News,
    Suspended,
    is_suspended,
    owner_is_alive,
    process_start,
)

ROOT = Path(__file__).parents[2]
LIMIT_S = 1.0


@asynccontextmanager
async def child(folder: Path, how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journal.owners_child", folder, how,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, process_group=0,  # the shell of an orphan cannot suspend it
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
async def watching(folder: Path) -> AsyncIterator[list[News]]:
    gone: list[News] = []

    async def note(one: News) -> None:
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


@pytest.mark.parametrize("how", ["hangs", "signs in"])
async def test_one_that_stands_still_is_ended_and_then_what_it_had_is_free(
    tmp_path: Path, how: str
) -> None:
    async with child(tmp_path, how) as process:
        owner = f"{process.pid}:{process_start(process.pid)}:1"
        assert owner_is_alive(owner)
        async with watching(tmp_path) as gone:
            await until(lambda: gone)
            assert gone == [Gone(process.pid, was_hung=True)]
            assert not owner_is_alive(owner)
        assert await process.wait() == -signal.SIGKILL
    assert not list((tmp_path / "alive").iterdir())


async def test_one_that_stands_still_with_the_journal_locked_keeps_nobody_out(
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
    async with child(tmp_path, "stutters") as living, child(tmp_path, "idles") as idle:
        idle.send_signal(signal.SIGSTOP)
        async with watching(tmp_path) as gone:
            for _ in range(4):
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


async def test_one_that_is_suspended_keeps_what_it_has_and_that_is_said(tmp_path: Path) -> None:
    async with child(tmp_path, "beats") as process, watching(tmp_path) as news:
        process.send_signal(signal.SIGSTOP)
        await until(lambda: news)
        assert news == [Suspended(process.pid)]
        await asyncio.sleep(3 * LIMIT_S)
        assert is_suspended(process.pid)
        process.send_signal(signal.SIGCONT)
        await until(partial(_differs, tmp_path, process.pid, _beat(tmp_path, process.pid)))
        process.send_signal(signal.SIGSTOP)
        await until(lambda: len(news) > 1)
        process.kill()
        await until(lambda: len(news) > 2)
        assert news[1:] == [Suspended(process.pid), Gone(process.pid, was_hung=False)]


async def test_one_that_is_suspended_while_it_writes_has_nothing_locked(tmp_path: Path) -> None:
    async with child(tmp_path, "writes") as process:
        for number in range(20):
            await asyncio.sleep(number / 997)
            process.send_signal(signal.SIGTSTP)
            await until(lambda: is_suspended(process.pid))
            with closing(sqlite3.connect(tmp_path / "journal.db", timeout=0)) as connection:
                connection.execute("BEGIN IMMEDIATE")
            process.send_signal(signal.SIGCONT)
            await until(lambda: not is_suspended(process.pid))


async def test_a_vbtui_that_is_suspended_in_an_upload_goes_on_with_it_and_nothing_goes_twice(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.mp3").write_bytes(b"ID3" + os.urandom(3000))
    async with Cloud() as cloud, AsyncExitStack() as stack:
        cloud.gate.clear()
        environment = {
            **os.environ,
            "NEMO_API_URL": cloud.url,
            "VBTUI_TIMING": "hung=1",
        }

        async def watch() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "vbtui", "watch", folder, "--json",
                cwd=ROOT, env=environment, process_group=0,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            stack.push_async_callback(process.wait)
            stack.callback(_kill, process)
            return process

        async def heard(process: asyncio.subprocess.Process) -> dict[str, str]:
            assert process.stdout is not None
            return dict(json.loads(await process.stdout.readline()))

        first = await watch()
        await until(lambda: cloud.at_gate == 2)
        first.send_signal(signal.SIGTSTP)
        await until(lambda: is_suspended(first.pid))
        cloud.gate.set()
        second = await watch()
        async with asyncio.timeout(PATIENCE_S):
            done: set[str] = set()
            told = ""
            while "is suspended" not in told or not done:
                event = await heard(second)
                told += str(event)
                if event.get("state") == "done":
                    done.add(event["name"])
            assert len(done) == 1  # what the first had not begun
            await asyncio.sleep(2)
            assert is_suspended(first.pid)
            first.send_signal(signal.SIGCONT)
            while len(done) < 3:
                event = await heard(first)
                if event.get("state") == "done":
                    done.add(event["name"])
        assert Counter(one.name for one in cloud.uploads) == {f"{n}.mp3": 1 for n in range(3)}


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
