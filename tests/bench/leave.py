"""How long vbtui takes to leave, after the key that agrees to it, with work under way.

    python -m tests.bench.leave [--runs 3]

In the cloud an upload, a turn and a render are under way, each held by the server; in the local studio a render.
And how long SIGHUP takes, which saves the same. From the signal or the key to the end of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests import clips
from tests.bench.start import ROOT, Terminal
from vbtui.session.studio import running

LIMIT_S, HANGUP_LIMIT_S = 0.5, 2.0
_PATIENCE_S = 60.0
_UNDER_WAY = (
    "SELECT 1 FROM assets WHERE state = 'uploading'",
    "SELECT 1 FROM turns WHERE state = 'running'",
    "SELECT 1 FROM renders WHERE state = 'processing'",
)


async def _serve() -> None:
    """A cloud that brings nothing to an end; prints its port."""
    from tests.cloud import DRAFT, TURN, Cloud
    from tests.server import STREAM_HEAD, Exchange, chunk, text_event

    async def work(exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD)
        await exchange.send(chunk(text_event("At work.", partial=True)))
        await asyncio.Event().wait()

    async with Cloud() as cloud:
        cloud.checks_tokens = False
        cloud.draft = DRAFT
        cloud.on("POST", TURN, work)
        cloud.script = [{"status": "processing", "progress": 5}]
        cloud.gate.clear()
        print(cloud.port, flush=True)
        await asyncio.Event().wait()


def _wait(terminal: Terminal, home: Path, *queries: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    path = home / ".local/state/vbtui/journal.db"
    for query in queries:
        while True:
            terminal.read(0.05)
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
                if journal.execute(query).fetchall():
                    break
            if time.monotonic() > until:
                raise TimeoutError(query)


def _cloud(home: Path) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "vbtui"], home)
    terminal.wait_for([b"ready"])
    terminal.read(3)
    terminal.write(b"\x13")
    _wait(terminal, home, _UNDER_WAY[2])
    terminal.write(b"go\r")
    _wait(terminal, home, _UNDER_WAY[1])
    terminal.write(b"\x1b[200~" + os.fsencode(clips.clip("red", seconds=1)) + b"\x1b[201~")
    terminal.read(1)
    terminal.write(b"\r")
    _wait(terminal, home, *_UNDER_WAY)
    return terminal


def _local(home: Path) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "vbtui", "--local"], home)
    terminal.wait_for([b"ready"])
    terminal.read(3)
    terminal.write(b"\x1b[200~" + os.fsencode(clips.clip("red", seconds=1)) + b"\x1b[201~")
    terminal.read(1)
    terminal.write(b"\r")
    _wait(terminal, home, "SELECT 1 FROM assets WHERE state = 'done'")
    for words in (b"combine these clips\r", b"loop clip 1 until 5:00\r"):
        terminal.write(words)
        terminal.read(2)
    terminal.write(b"\x13")
    _wait(terminal, home, _UNDER_WAY[2])
    return terminal


def _left(terminal: Terminal, *, by_signal: bool) -> float:
    """Seconds until it is gone."""
    if by_signal:
        began = time.monotonic()
        terminal.process.send_signal(signal.SIGHUP)
    else:
        terminal.write(b"\x11")
        terminal.read(1)
        began = time.monotonic()
        terminal.write(b"y")
    while terminal.process.poll() is None:
        terminal.read(0.005)
        if time.monotonic() - began > _PATIENCE_S:
            terminal.process.kill()
    return time.monotonic() - began


def _end_studio(home: Path) -> None:
    address = running(home / ".local/share/vbtui/studio")
    if address is not None and address.pid:
        os.kill(address.pid, signal.SIGTERM)


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a limit is missed."""
    parser = argparse.ArgumentParser("tests.bench leave", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(argv)
    command = [sys.executable, "-m", "tests.bench.leave", "--serve"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    is_well = True
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        os.environ.update({"NEMO_API_URL": url, "NEMO_TOKEN": "bench-token"})
        print(f"load {os.getloadavg()[0]:.1f}")
        for name, begin in (("cloud", _cloud), ("local", _local)):
            for by_signal in (False, True):
                times = []
                for _ in range(options.runs):
                    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
                        terminal = begin(Path(home))
                        times.append(_left(terminal, by_signal=by_signal))
                        _end_studio(Path(home))
                limit = HANGUP_LIMIT_S if by_signal else LIMIT_S
                middle = statistics.median(times)
                how = "SIGHUP" if by_signal else "key"
                print(
                    f"{name} by {how:6}: {middle:.2f} s, at most {max(times):.2f} (limit {limit:g})"
                )
                is_well &= middle <= limit
    finally:
        server.kill()
        server.wait()
    return 0 if is_well else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(_serve())
    else:
        sys.exit(main(sys.argv[1:]))
