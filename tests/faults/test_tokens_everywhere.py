"""After a whole run with everything going wrong, the token is nowhere but in its one file."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests import clips as media
from tests.cloud import (
    RENDER,
    Cloud,
    Fault,
    Play,
    cut,
    page,
    plain,
    refuses,
    says,
    talk,
    unanswered,
)
from tests.server import event, reply, text_event
from tests.ui.test_process import Terminal
from vbtui.base.settings import load
from vbtui.engine import Engine
from vbtui.ui.app import VbtuiApp

OWN = "nmv_usr_Zx9Distinctive7Qp"
FREE = "nmv_usr_free1"
ROOT = Path(__file__).parents[2]
TELLING = ("doctor", "status", "renders")
TIMING = "render_poll=0.05,recover_first=0.05,recover_next=0.05,recover_tries=2,rate_limit_wait=0.1"

CRASHING = """
import sys
from vbtui import cli
from vbtui.engine import make
def run(settings, job, **more):
    held = settings.token
    raise ValueError(f"it fell over with {held}")
make.run = run
sys.exit(cli.main(sys.argv[1:]))
"""
FALLING = """
import asyncio, sys
from pathlib import Path
from typing import Any
from vbtui.base import settings
from vbtui.ui import app as module
from vbtui.engine import Engine
loaded = settings.load()
def fall(engine):
    if any(turn.text == "fall" for turn in engine.conversation.turns):
        held = engine._context.client._transport.token.reveal()
        raise ValueError(f"it fell over with {held}")
async def make(_is_local):
    engine = Engine(loaded, folder=Path.cwd())
    app.set_interval(0.05, lambda: fall(engine))
    return engine
app = module.VbtuiApp(make, loaded)
sys.exit(asyncio.run(module._run(app)))
"""

KEYS = (b"add a title\r", b"export\r", b"\x1bOR", b"\x1bOS", b"\x1bOQ", b"credits\r")
QUIT_TWICE = b"\x11\x11"
"""The second one answers the question whether to leave, where there is one."""


@dataclass
class Outputs:
    """Everything that vbtui wrote to somebody, by name."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def with_(self, secret: str) -> list[str]:
        return [name for name, text in self.texts.items() if secret.encode() in text]


def wrongs(token: str) -> list[Fault]:
    """One of each kind, with the token in every message that a backend could make of it."""
    words = f"refused Bearer {token} for ?token={token}"
    ended = event({"errorCode": "500", "errorMessage": words})

    def post(path: str, how: Play) -> Fault:
        return Fault("POST", path, how)

    return [
        post("/api/upload-video/*", says(5000, words)),
        post("/api/upload-video/*", page(502)),
        post("/run_sse", says(2001, words)),
        post("/run_sse", talk(text_event("half", partial=True), end="reset")),
        post("/run_sse", talk(ended)),
        post("/run_sse", refuses(422, detail=[{"loc": [token], "msg": words}])),
        post(RENDER, unanswered),
        post(RENDER, plain(reply({"success": False, "error": words}))),
        Fault("GET", f"{RENDER}/*", page(500)),
        Fault("GET", "/files/*", cut(0.5)),
        Fault("GET", "/api/credits/balance/simple", says(5000, words)),
    ]


def files_with(secret: str, folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in found if secret.encode() in path.read_bytes()}


def named(folder: Path, name: str) -> list[Path]:
    return list(folder.rglob(name))


async def ran(out: Outputs, name: str, *command: str, **more: str) -> int:
    """A command to its end; what it wrote, and what others saw of its arguments."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=Path.home(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
    )
    out.texts[f"argv of {name}"] = await asyncio.to_thread(argv_of, process.pid)
    text, _ = await process.communicate()
    out.texts[name] = text
    return process.returncode or 0


async def in_a_terminal(
    out: Outputs, name: str, *command: str, keys: Sequence[bytes] = KEYS, **more: str
) -> int:
    """The app in a terminal of its own, from start to ctrl+q (or to its own end)."""

    def use() -> int:
        terminal = Terminal([sys.executable, *command], **more)
        terminal.read_until(b"ready")
        out.texts[f"argv of {name}"] = argv_of(terminal.process.pid)
        for some in keys:
            terminal.write(some)
            terminal.read(0.2, 0.8)
        if keys is KEYS:
            terminal.write(QUIT_TWICE)
        code = terminal.end()
        out.texts[name] = terminal.output
        return code

    return await asyncio.to_thread(use)


def argv_of(pid: int) -> bytes:
    """The command line of a process and its children, and the children's environment.

    Empty when it has ended.
    """
    found = b""
    with suppress(OSError):
        found = Path(f"/proc/{pid}/cmdline").read_bytes()
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found += (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except (OSError, IndexError, ValueError):
            continue
    return found


async def pictures(out: Outputs, folder: Path) -> None:
    """Every screen of the real app with the real engine, as SVG."""
    settings = load()

    async def make(_is_local: bool) -> Engine:
        engine: Engine = Engine(settings, folder=folder)
        return engine

    app = VbtuiApp(make, settings)

    async def kept(pilot: Pilot[int], name: str) -> None:
        await pilot.pause(0.2)
        out.texts[f"screenshot {name}"] = app.export_screenshot().encode()

    async with app.run_test(size=(120, 35)) as pilot:
        await kept(pilot, "start")
        for key in ("f3", "f4", "f5", "f1"):
            await pilot.press(key)
            await kept(pilot, key)
    await app.close_engine()


@pytest.mark.parametrize("token", [OWN, FREE], ids=["own", "anonymous"])
async def test_the_token_is_nowhere(
    token: str, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Outputs()
    clip, video = str(media.clip(seconds=1)), str(tmp_path / "promo.mp4")
    async with Cloud() as cloud:
        cloud.video = media.clip(seconds=1).read_bytes()
        more = {"NEMO_API_URL": cloud.url, "VBTUI_TIMING": TIMING}
        if token == OWN:
            more["NEMO_TOKEN"] = token
            cloud.good_tokens.add(token)
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        made = ("-m", "vbtui", "make", clip, "--say", "add a title", "-o", video, "--json")
        assert await ran(out, "make", *made) == 0
        cloud.goes_wrong(*wrongs(token))
        await ran(out, "make, wrong", *made, "--timeout", "5")
        cloud.goes_wrong(*wrongs(token))
        assert await in_a_terminal(out, "app", "-m", "vbtui") == 0, out.texts["app"][-300:]
        falls = (b"add a title\r", b"fall\r")
        assert await in_a_terminal(out, "app that falls", "-c", FALLING, keys=falls) == 1
        assert await ran(out, "make that falls", "-c", CRASHING, *made[2:]) == 1
        cloud.good_tokens.discard(token)
        cloud.goes_wrong(
            Fault("POST", "/api/auth/anonymous-token", says(429, token, status=429), 2)
        )
        await ran(out, "make, refused", *made)
        await asyncio.gather(
            *(ran(out, f"{name} as JSON", "-m", "vbtui", name, "--json") for name in TELLING),
            *(ran(out, name, "-m", "vbtui", name) for name in TELLING),
        )
        cloud.good_tokens.add(token)
        cloud.faults.clear()
        await pictures(out, tmp_path)
        sent = [request.headers.get("authorization") for request in cloud.requests]
        assert f"Bearer {token}" in sent
        assert not [request.target for request in cloud.requests if token in request.target]
    assert clip.encode() in out.texts["argv of make"]
    assert out.texts["screenshot start"].count(b"<svg")
    assert b"ValueError" in out.texts["app that falls"]
    assert named(own_home, "crash.log")
    assert out.with_(token) == []
    assert files_with(token, tmp_path) == set()
    assert files_with(token, own_home) == ({"credentials.json"} if token == FREE else set())
    if token == FREE:
        (kept,) = named(own_home, "credentials.json")
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_the_studio_keeps_its_token_and_never_gets_the_users(
    tmp_path: Path, own_home: Path
) -> None:
    """Neither in arguments nor in the environment of the child; on disk in private files alone."""
    out = Outputs()
    more: dict[str, Any] = {"NEMO_TOKEN": OWN, "VBTUI_TIMING": "local_render_poll=0.05"}
    assert await in_a_terminal(out, "app", "-m", "vbtui", "--local", **more) == 0
    assert b"studio" in out.texts["argv of app"]
    assert out.with_(OWN) == []
    assert files_with(OWN, own_home) == set()
    for path in [*named(own_home, "running.json"), *named(own_home, "token")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
