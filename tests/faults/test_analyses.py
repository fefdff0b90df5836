"""While files are listened to and watched for a message, what works on it is killed, and the line is cut: nothing is done
by halves or twice, nothing goes on, and nothing that was found by halves is ever used."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import clips as make
from tests.serving import serving
from tests.sessions_bench import settings
from tests.studio.running import ROOT, RunningStudio, message, studio
from tests.studio.test_voices import said
from tests.waiting import PATIENCE_S
from vbtui.engine import Engine
from vbtui.journal.records import TurnState
from vbtui.session import studio as studios

_MINUTES = 2
SENTENCES = {
    "silence": ["remove the pauses"],
    "stabilise": ["stabilize it"],
    "highlights": ["make a 30 second highlight reel"],
    "beat": ["split it at 10.3 s", "add the music", "cut to the beat"],
}
"""The last one of each needs what is found out about a file."""


def film() -> Path:
    """Two minutes of somebody who speaks before a camera that shakes."""
    return _long(
        "film.mp4",
        "-f", "lavfi", "-i", "testsrc2=s=352x198:r=5:d=60,crop=320:180:16+9*sin(t*9):9+6*sin(t*7+1),negate=enable='gt(t,30)'",
        "-stream_loop", "-1", "-i", said(), "-t", "60", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
    )  # fmt: skip


def music() -> Path:
    """Two minutes of 120 beats a minute."""
    return _long(
        "music.m4a",
        "-f",
        "lavfi",
        "-i",
        "aevalsrc='0.5*sin(2*PI*90*t)*exp(-mod(t,0.5)*30)':d=60",
        "-c:a",
        "aac",
    )


def _long(name: str, *minute: str | Path) -> Path:
    path = make.folder() / f"long-{name}"
    if not path.exists():
        once, whole = (path.with_name(f"{one}-{os.getpid()}-{name}") for one in ("once", "whole"))
        make.ffmpeg(*minute, once)
        make.ffmpeg("-stream_loop", str(_MINUTES - 1), "-i", once, "-c", "copy", whole)
        whole.replace(path)
        once.unlink()
    return path


class Machine:
    """A data folder, a cache and a temporary folder, on which studios come and go."""

    def __init__(self, folder: Path) -> None:
        self.data, self.cache, self.tmp = (folder / name for name in ("data", "cache", "tmp"))
        self.tmp.mkdir()

    def studio(self) -> Any:
        return studio(
            self.data, environ={"XDG_CACHE_HOME": str(self.cache), "TMPDIR": str(self.tmp)}
        )

    def found(self) -> list[Path]:
        """What was kept about files."""
        return [path for path in (self.cache / "vbtui" / "analyses").glob("*/*") if path.is_file()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def begun(running: RunningStudio, kind: str) -> tuple[str, Any]:
    """A session in which all but the last sentence was said, and its draft."""
    session_id = running.new_session()
    running.add(session_id, film(), *([music()] if kind == "beat" else []))
    for sentence in SENTENCES[kind][:-1]:
        running.say(session_id, sentence)
    return session_id, running.state(session_id).get("draft")


def below(pid: int) -> list[int]:
    """All living processes that this one started, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *below(child)]
    return found


def gone(pids: list[int]) -> bool:
    def lives(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state not in "ZX"

    until = time.monotonic() + PATIENCE_S
    while any(map(lives, pids)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def at_work(running: RunningStudio, lines: Iterator[str]) -> list[int]:
    """The processes that find something out, once there are some."""
    for line in lines:
        if '"listen"' in line:
            break
    until = time.monotonic() + PATIENCE_S
    while not (pids := [one for one in below(running.process.pid) if _is_worker(one)]):
        assert time.monotonic() < until
        time.sleep(0.01)
    return pids


def _is_worker(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"-filter_complex" in line or b"-vf" in line or b"render.voices" in line


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_studio_that_is_killed_meanwhile_changed_nothing(kind: str, machine: Machine) -> None:
    with machine.studio() as running:
        session_id, before = begun(running, kind)
        kept = machine.found()
        body = message(session_id, SENTENCES[kind][-1], streaming=False)
        with running.http.stream("POST", "/run_sse", json=body) as reply:
            pids = at_work(running, reply.iter_lines())
            running.kill()
        assert gone(pids)
        assert machine.found() == kept
    with machine.studio() as running:
        assert running.state(session_id).get("draft") == before
        running.say(session_id, SENTENCES[kind][-1])
        after = running.state(session_id)["draft"]
        assert after != before
        assert len(machine.found()) > len(kept)
    assert list(machine.tmp.iterdir()) == []


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_line_that_is_cut_meanwhile_changed_nothing(kind: str, machine: Machine) -> None:
    with machine.studio() as running:
        session_id, before = begun(running, kind)
        kept = machine.found()
        body = message(session_id, SENTENCES[kind][-1], streaming=False)
        with running.http.stream("POST", "/run_sse", json=body) as reply:
            pids = at_work(running, reply.iter_lines())
        assert gone(pids)
        assert running.state(session_id).get("draft") == before
        assert machine.found() == kept
        assert list(machine.tmp.iterdir()) == []
        running.say(session_id, SENTENCES[kind][-1])
        assert running.state(session_id)["draft"] != before


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk takes root")
@pytest.mark.parametrize("full", ["cache", "tmp"])
def test_a_disk_that_is_full_is_told_or_makes_no_difference(full: str, machine: Machine) -> None:
    """What is found out need not be kept; where ffmpeg cannot write what it finds, that is said."""
    place = {"cache": machine.cache, "tmp": machine.tmp}[full]
    with small_disk(place) as mounted, machine.studio() as running:
        if not mounted:
            pytest.skip("nothing can be mounted here")
        session_id, before = begun(running, "stabilise")
        running.say(session_id, "remove the pauses longer than 50 s")  # there is room for it
        kept = machine.found()
        (place / "filling").write_bytes(bytes(_room(place)))
        told = running.say(session_id, "stabilize it", streaming=False)
        after = running.state(session_id).get("draft")
        if full == "cache":
            assert after != before
        else:
            assert after == before
            assert "the disk" in str(told[-1].get("errorMessage")).lower()
        assert machine.found() == kept
        (place / "filling").unlink()
        running.say(session_id, "undo" if full == "cache" else "hello")
        running.say(session_id, "stabilize it")
        assert running.state(session_id).get("draft") != before


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


def _room(place: Path) -> int:
    """Bytes."""
    stat = os.statvfs(place)
    return stat.f_bavail * stat.f_frsize


async def test_a_client_that_is_killed_meanwhile_says_so_at_its_next_start(tmp_path: Path) -> None:
    """Its studio ends behind it, and what that had started; the message is neither forgotten nor sent again."""
    command = [sys.executable, "-m", "tests.driven", str(tmp_path), str(film()), "stabilize it"]
    timing = "local_render_poll=0.02,recover_first=0.1,recover_next=0.2"
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "VBTUI_TIMING": timing},
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while line := (await process.stdout.readline()).decode():
            if line.startswith("turn running"):
                break
        while not (workers := [one for one in below(process.pid) if _is_worker(one)]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    pids = below(process.pid)
    process.kill()
    await process.wait()
    assert workers
    assert await asyncio.to_thread(gone, pids)
    it = Engine(settings("http://127.0.0.1:9"), folder=tmp_path, local=True)
    async with serving(it):
        async with asyncio.timeout(PATIENCE_S):
            await it.wait_idle()
        (turn,) = (one for one in it.conversation.turns if one.text == "stabilize it")
        assert turn.state is TurnState.UNKNOWN
        assert it.drafts.current is None
        assert below(_studio()) == []


def _studio() -> int:
    found = studios.running(settings("http://127.0.0.1:9").directories.studio)
    assert found is not None
    return found.pid
