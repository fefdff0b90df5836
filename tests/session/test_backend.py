"""The embedded studio as a real child process: start, join, death, end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sessions_bench import Bench, settings
from tests.waiting import PATIENCE_S, until
from vbtui.base import programs
from vbtui.base.clock import SystemClock
from vbtui.base.errors import StudioMissing, StudioProblem, VbtuiError
from vbtui.base.settings import Settings
from vbtui.engine import Engine
from vbtui.journal.owners import new_owner, owner_is_alive, process_start, release_owner
from vbtui.session import studio as studio_child
from vbtui.session.backend import choose
from vbtui.session.events import Event, Link, Noticed
from vbtui.session.studio import LocalBackend, StudioChild, listens, running


@pytest.fixture
def its(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEMO_TOKEN", "nmv_usr_must_not_leak")
    return replace(settings("http://127.0.0.1:9"), token="nmv_usr_must_not_leak")


def pid_of(its: Settings) -> int:
    address = running(its.directories.studio)
    assert address is not None
    return address.pid


async def has_gone(pid: int) -> None:
    await until(lambda: process_start(pid) is None)


def studio_token(its: Settings) -> str:
    address = running(its.directories.studio)
    assert address is not None
    return address.token


def shown_to_others(pid: int) -> str:
    """Environment and arguments of a process."""
    files = (Path(f"/proc/{pid}/{name}") for name in ("environ", "cmdline"))
    return " ".join(path.read_text(errors="replace") for path in files)


async def test_it_starts_answers_and_ends_with_us(its: Settings) -> None:
    backend = LocalBackend(its, SystemClock())
    client, account = await backend.connect()
    assert account.kind == "local"
    pid = pid_of(its)
    assert await client.capabilities() is not None
    shown = shown_to_others(pid)
    assert "vbtui" in shown
    assert "must_not_leak" not in shown
    assert studio_token(its) not in shown
    assert os.getsid(pid) != os.getsid(0)
    assert (await backend.connect())[0] is client
    async with asyncio.timeout(PATIENCE_S):
        await backend.close()
    await has_gone(pid)


async def test_a_second_vbtui_joins_the_studio_and_keeps_it_alive(its: Settings) -> None:
    first, second = LocalBackend(its, SystemClock()), LocalBackend(its, SystemClock())
    await first.connect()
    pid = pid_of(its)
    client, _ = await second.connect()
    await first.close()
    assert await client.capabilities() is not None
    assert pid_of(its) == pid
    await second.close()
    await has_gone(pid)


async def test_two_that_start_at_once_share_one(its: Settings) -> None:
    backends = [LocalBackend(its, SystemClock()) for _ in range(3)]
    clients = await asyncio.gather(*(backend.connect() for backend in backends))
    assert len({client.base_url for client, _ in clients}) == 1
    for backend in backends:
        await backend.close()


async def test_a_killed_studio_is_started_again_and_told(its: Settings, tmp_path: Path) -> None:
    async with Bench(its, tmp_path, local=True) as it:
        assert it.error is None
        session = it.context.session
        pid = pid_of(its)
        os.kill(pid, signal.SIGKILL)
        await it.until(lambda: any(isinstance(event, Noticed) for event in it.events))
        await it.until(lambda: it.context.overview.link is Link.READY)
        assert pid_of(its) != pid
        assert it.context.session.id == session.id
        assert (await it.context.client.state(session.id)).draft is None


async def test_a_stale_address_is_not_believed(its: Settings) -> None:
    data = its.directories.studio
    data.mkdir(parents=True)
    stale = {"url": "http://127.0.0.1:9", "token": "x" * 40, "pid": 2**22 - 1}
    (data / "running.json").write_text(json.dumps(stale))
    backend = LocalBackend(its, SystemClock())
    client, _ = await backend.connect()
    assert client.base_url != stale["url"]
    await backend.close()


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"url": 3}', '{"url": "http://evil.example:80", "token": "t", "pid": 1}'],
)
def test_an_address_elsewhere_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "running.json").write_text(content)
    assert running(tmp_path) is None


async def test_without_the_extra_it_says_so(its: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_STUDIO_LIBRARIES", ("vbtui_no_such_package",))
    with pytest.raises(StudioMissing, match="vbtui_no_such_package"):
        await LocalBackend(its, SystemClock()).connect()


async def child_of(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudioChild:
    """A child that is another program, to see what a sick studio leads to."""
    monkeypatch.setattr(programs, "python", lambda *_: [sys.executable, "-c", script])
    return await StudioChild.start(tmp_path, tmp_path / "log" / "studio.log")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("print('hello')", "unexpected"),
        ("print('x' * 200000)", "unexpected"),
        (
            """print('{"error": {"title": "T", "message": "No\\\\u001b[2J room.", "hint": "H"}}')""",
            "No room.",
        ),
    ],
)
async def test_a_studio_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    with pytest.raises(StudioProblem, match=words):
        await child_of(script, tmp_path, monkeypatch)


async def test_a_silent_studio_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio_child, "_START_LIMIT_S", 0.5)
    note = tmp_path / "pid"
    script = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(StudioProblem, match="said nothing"):
        await child_of(script, tmp_path, monkeypatch)
    await has_gone(int(note.read_text()))


async def test_its_stderr_goes_to_a_private_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.suppress(StudioProblem):
        await child_of("import sys; sys.exit('oh no')", tmp_path, monkeypatch)
    log = tmp_path / "log" / "studio.log"
    assert "oh no" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_the_choice() -> None:
    its = settings("https://api.example")
    clock = SystemClock()
    assert choose(its, clock, local=True, server="").key == "local"
    assert choose(its, clock, local=False, server="").key == "https://api.example"
    other = choose(its, clock, local=False, server="http://127.0.0.1:81/")
    assert (other.key, other.label, other.is_local) == (
        "http://127.0.0.1:81",
        "127.0.0.1:81",
        False,
    )


def test_owners() -> None:
    mine = new_owner()
    assert owner_is_alive(mine)
    release_owner(mine)
    assert not owner_is_alive(mine)
    parent = os.getppid()
    assert owner_is_alive(f"{parent}:{process_start(parent)}:1")
    assert not owner_is_alive(f"{parent}:{process_start(os.getpid())}x:1")
    for foreign in ("", "x", "1", "1:2", "-1:a:1", f"{2**22 - 1}:a:1"):
        assert not owner_is_alive(foreign)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://nas.test:9", True),
        ("http://127.evil.test", True),
        ("https://nas.test", False),
        ("http://127.0.0.1:1", False),
    ],
)
async def test_a_plain_address_elsewhere_is_warned_of(
    its: Settings, tmp_path: Path, url: str, warned: bool
) -> None:
    engine = Engine(replace(its, token="t"), server=url, folder=tmp_path)
    told: list[Event] = []
    engine.bus.subscribe(told.append)
    with suppress(VbtuiError):
        await engine.start()
    await engine.close()
    titles = [event.problem.title for event in told if isinstance(event, Noticed)]
    assert ("The connection is not encrypted" in titles) == warned


async def test_a_studio_listens_also_where_this_process_stood_still_for_longer_than_it_waits() -> (
    None
):
    """As a busy machine, or a laptop that slept, makes it: the connection is there when it goes on."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        asked = asyncio.create_task(listens(f"http://127.0.0.1:{port}"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(time.sleep, 2.1)
        assert await asked
    assert not await listens(f"http://127.0.0.1:{port}")
