"""A journal that cannot be used, or not now: whoever asks hears the same, nobody waits in silence or for ever."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.journal.test_mending import (
    ROOT,
    count,
    die,
    opened,
    path,
    whole,
)
from tests.waiting import PATIENCE_S
from vbtui.base.errors import DiskProblem
from vbtui.cli import doctor
from vbtui.journal import mending, renders
from vbtui.journal.refusals import LOCK, examine

__all__ = ["path", "whole"]  # fixtures


async def refused(path: Path) -> DiskProblem:
    """What a command meets, which is what doctor finds."""
    with pytest.raises(DiskProblem) as caught:
        async with opened(path, patience_s=0.1):
            pass
    with pytest.raises(DiskProblem) as found:
        examine(path)
    assert found.value.code == caught.value.code
    assert found.value.message == caught.value.message
    return caught.value


def listen(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as it:
        it.bind(str(path))


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal", LOCK])
@pytest.mark.parametrize(
    ("make", "what"),
    [
        (os.mkfifo, "a pipe"),
        (os.mkdir, "a folder"),
        (listen, "a socket"),
        (lambda path: os.symlink("/nowhere/at/all", path), "a link"),
        (lambda path: os.symlink(path.name, path), "a link"),
        (lambda path: os.symlink("/dev/null", path), "a "),
    ],
    ids=["pipe", "folder", "socket", "to nowhere", "to itself", "device"],
)
async def test_what_is_no_file_is_named(
    path: Path, end: str, make: Callable[[Path], object], what: str
) -> None:
    place = path.with_name(path.name + end)
    place.unlink(missing_ok=True)
    make(place)
    problem = await refused(path)
    assert problem.code == "disk.journal_place"
    assert f"{what}" in problem.message


async def test_a_link_to_a_journal_is_followed(path: Path, tmp_path: Path) -> None:
    """What SQLite keeps beside it lies where the link leads to."""
    link = tmp_path / "home" / "journal.db"
    link.parent.mkdir()
    link.symlink_to(path)
    log = die(path)
    os.truncate(log, 100)
    async with opened(link) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        assert (await it.run(count))["turns"] == 61
    assert link.is_symlink()
    assert len(mending.set_aside(path)) == 1


DAMAGE = {
    "ids are no text": "UPDATE renders SET session_id = x'00ff'; UPDATE sessions SET id = randomblob(9)",
    "states of no vbtui": "UPDATE renders SET state = 'quXed'",
    "numbers are text": "UPDATE turns SET position = 'first'",
    "no JSON": "UPDATE drafts SET json = '{\"t\": ['",
    "negative version": "PRAGMA user_version = -3",
    "no version": "PRAGMA user_version = 0",
    "older version": "PRAGMA user_version = 1",
    "impossible version": "PRAGMA user_version = 2147483647",
}


@pytest.mark.parametrize("script", DAMAGE.values(), ids=DAMAGE.keys())
async def test_what_cannot_be_read_is_never_told_as_nothing(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        before = count(connection)
        connection.executescript(script)
    with pytest.raises(DiskProblem) as caught:
        examine(path)
    assert caught.value.code == "disk.journal_damaged"
    async with opened(path) as (it, told):
        after = await it.run(count)
        is_all = after == before
        codes = [mending.MENDED if is_all else mending.MENDED_IN_PART]
        assert [one.code for one in told] == codes
        assert is_all == ("version" in script)
    assert examine(path).version > 1
    assert len(mending.set_aside(path)) == 1


async def test_an_empty_file_was_more_once(tmp_path: Path) -> None:
    place = tmp_path / "journal.db"
    place.touch()
    async with opened(place) as (_, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
    async with opened(place) as (_, told):
        assert not told


@pytest.mark.parametrize("length", [None, 0, 40, 32 + 24 + 4096])
async def test_a_log_that_is_missing_or_cut_short_had_more_in_it(
    path: Path, length: int | None
) -> None:
    log = die(path)
    if length is None:
        log.unlink()
    else:
        os.truncate(log, length)
    async with opened(path) as (it, told):
        assert [one.code for one in told] == [mending.MENDED_IN_PART]
        [waits] = await it.run(lambda c: renders.LAYOUT.select(c, "WHERE id = 'render_waits'"))
        assert waits.state != "waiting"


async def test_exports_of_a_lost_project_are_listed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM sessions")
        connection.commit()
    async with opened(path) as (it, _):
        listed = await it.run(lambda c: renders.every(c, limit=1000))
    assert len(listed) == 61
    assert examine(path).homeless == 61 + 61


# -- others have it -----------------------------------------------------------------------------

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another program has the journal locked."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The journal of the commands."""
    state = path.parent / "home"
    (state / "vbtui").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return path.rename(state / "vbtui" / "journal.db")


async def test_who_has_it_locked_is_named_by_whoever_waits(path: Path) -> None:
    with held(path) as other:
        problem = await refused(path)
        assert problem.code == "disk.journal_locked"
        if sys.platform == "linux":
            assert f"process {other.pid}" in problem.message
            other.send_signal(signal.SIGSTOP)
            assert "suspended" in (await refused(path)).message
            other.send_signal(signal.SIGCONT)
        news: list[str] = []
        asyncio.get_running_loop().call_later(1.5, other.kill)
        async with opened(path) as (it, told):
            news += [one.code for one in told]
            assert await it.run(count)
        assert news == ["disk.journal_waits"]


async def test_the_lock_of_those_who_mend_is_waited_for(path: Path) -> None:
    with path.with_name(path.name + LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (await refused(path)).code == "disk.journal_locked"
    assert examine(path).version


@asynccontextmanager
async def vbtui(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vbtui", *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_a_command_says_that_it_waits_and_keeps_to_its_time(home: Path) -> None:
    clip = home.with_name("a.mp3")
    clip.write_bytes(b"ID3" + bytes(3000))
    make = ("make", str(clip), "--say", "x", "-o", str(home.with_name("o.mp4")), "--timeout", "2")
    with held(home) as other:
        async with vbtui("renders") as listing, vbtui(*make) as making:
            began = time.monotonic()
            _, said = await asyncio.wait_for(making.communicate(), PATIENCE_S)
            assert making.returncode == 4
            assert time.monotonic() - began < 20
            assert b"is waited for" in said
            assert listing.stderr is not None
            assert b"is waited for" in await asyncio.wait_for(listing.stderr.readline(), PATIENCE_S)
            other.kill()
            listed, _ = await asyncio.wait_for(listing.communicate(), PATIENCE_S)
            assert listing.returncode == 0
            assert listed.count(b"render_") == 61


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Gives a folder a file system of its own, or changes that."""
    folder = tmp_path / "mounted"
    folder.mkdir(0o700)

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no file systems can be mounted here")
        return folder

    yield mount
    subprocess.run(["umount", folder], capture_output=True)


async def test_a_folder_that_takes_nothing_is_told_as_what_it_is(
    mount: Callable[[str], Path], path: Path
) -> None:
    folder = mount("size=120k")
    shutil.copy(path, folder)
    assert (await refused(folder / path.name)).code == "disk.full"
    mount("remount,size=4m")
    async with opened(folder / path.name) as (it, told):
        assert await it.run(count)
        assert not told
    mount("remount,ro")
    assert (await refused(folder / path.name)).code == "disk.read_only"


def test_doctor_calls_a_full_disk_that(
    mount: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(mount("size=80k")))
    assert doctor.run(Namespace(json=False, offline=True, bundle=None, scheduler="")) == 1
    assert "is full" in capsys.readouterr().out
