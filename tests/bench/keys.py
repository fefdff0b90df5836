"""Keys typed into the real app while the agent's words pour in.

    python -m tests.bench.keys [events] [turns]

vbtui runs in a pseudo-terminal of 120x35 against a server process of its own; each turn is a stream
of small events, one chunk each. A key's time runs from its write to the arrival of its letter in the
terminal's output. The rate runs from the first byte that the server sends to the last word on the
screen, against bare httpx-sse with `json.loads` reading the same bytes in a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import httpx_sse

from tests.bench.start import Terminal

ROOT = Path(__file__).parents[2]
LIMIT_MS, SHARE = 50.0, 0.8
_LETTERS = [chr(code) for code in range(0x430, 0x450)] + [chr(code) for code in range(0x3B1, 0x3C2)]
"""None of them is in the stream, on the screens or in an escape sequence."""
_SETTLE_S = 6.0
"""After the start, in which the other screens are made."""
_WORDS = 60
"""Of a paragraph."""


def _piece(text: str) -> bytes:
    event = {"content": {"parts": [{"text": text}], "role": "model"}, "partial": True, "a": 1}
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _stream(count: int, last: str) -> bytes:
    words = [_piece("word.\n\n" if number % _WORDS == 0 else "word ") for number in range(1, count)]
    return b"".join([*words, _piece(last)])


def _last(number: int) -> str:
    """The last word of an answer."""
    return f"FINISHED{number}."


async def _serve(count: int) -> None:
    """A cloud whose agent says `count` small things; prints its port, then the time of each start."""
    from tests.faults.cloud import TURN, FaultyCloud, Play, Wrong
    from tests.wire.server import STREAM_HEAD, Exchange

    asked = itertools.count(1)

    async def play(_cloud: FaultyCloud, exchange: Exchange) -> None:
        body = _stream(count, _last(next(asked))) + b"0\r\n\r\n"
        print(time.monotonic(), flush=True)
        await exchange.send(STREAM_HEAD)
        for start in range(0, len(body), 65_536):
            await exchange.send(body[start : start + 65_536])

    said: Play = play
    async with FaultyCloud() as cloud:
        cloud.goes_wrong(Wrong("POST", TURN, said, 1000))
        cloud.cloud.checks_tokens = False
        print(cloud.port, flush=True)
        await asyncio.Event().wait()


async def _bare(url: str, count: int) -> float:
    """Events a second that httpx-sse with `json.loads` reads."""
    headers = {f"X-Skill-{name}": "x" for name in ("Source", "Version", "Platform")}
    got = 0
    async with (
        httpx.AsyncClient(timeout=60, headers=headers, trust_env=False) as client,
        httpx_sse.aconnect_sse(client, "POST", f"{url}/run_sse", json={}) as source,
    ):
        began = time.monotonic()
        async for event in source.aiter_sse():
            json.loads(event.data)
            got += 1
    assert got == count, got
    return count / (time.monotonic() - began)


@dataclass
class Typist:
    """Types into a terminal and takes the time."""

    terminal: Terminal
    times_ms: list[float] = field(default_factory=list)
    _written: int = 0

    def wait(self, text: bytes, limit_s: float = 60, *, since: int = 0) -> float:
        """When `text` came; raises `TimeoutError`."""
        until = time.monotonic() + limit_s
        while text not in self.terminal.seen[since:]:
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} did not come")
            self._read(0.2)
        return time.monotonic()

    def _read(self, wait_s: float) -> None:
        ready, _, _ = select.select([self.terminal._master], [], [], wait_s)
        if ready:
            self.terminal.seen += os.read(self.terminal._master, 1 << 20)

    def write(self, text: str) -> None:
        os.write(self.terminal._master, text.encode())

    def turn(self, last: bytes) -> float:
        """One message and keys until its last word is on the screen; when that was."""
        self.write("add words\r")
        start = len(self.terminal.seen)
        self.wait(b"word", since=start)
        for letters in itertools.repeat(_LETTERS):
            for letter in random.sample(letters, len(letters)):
                if last in self.terminal.seen[start:]:
                    self.write("\x15")
                    return time.monotonic()
                before, began = len(self.terminal.seen), time.monotonic()
                self.write(letter)
                shown = self.wait(letter.encode(), since=before)
                self.times_ms.append((shown - began) * 1000)
                self._rest(random.uniform(0.01, 0.05))
            self.write("\x15")
            self._rest(0.15)
        raise AssertionError("unreachable")

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a limit of the issue is missed."""
    count = int(argv[0]) if argv else 50_000
    turns = int(argv[1]) if len(argv) > 1 else 5
    load = os.getloadavg()[0]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.keys", "--serve", str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert server.stdout is not None
    url = f"http://127.0.0.1:{int(server.stdout.readline())}"
    try:
        bare = []
        for _ in range(turns):
            bare.append(asyncio.run(_bare(url, count)))
            server.stdout.readline()
        rates, times = _app(url, count, turns, server)
    finally:
        server.kill()
        server.wait()
    times.sort()
    p50, p99 = times[len(times) // 2], times[min(len(times) * 99 // 100, len(times) - 1)]
    ours, base = statistics.median(rates), statistics.median(bare)
    print(f"load {load:.1f}; {count} events a turn, {turns} turns, {len(times)} keys")
    print(f"keys   p50 {p50:.1f} ms   p99 {p99:.1f} ms   most {times[-1]:.1f} ms")
    print(f"rate   app {ours:,.0f}/s   bare {base:,.0f}/s   {ours / base:.0%}")
    return 0 if p99 <= LIMIT_MS and ours >= SHARE * base else 1


def _app(
    url: str, count: int, turns: int, server: subprocess.Popen[str]
) -> tuple[list[float], list[float]]:
    """Rates in events a second and the keys' times in ms, in the app."""
    assert server.stdout is not None
    rates: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        more = {"NEMO_API_URL": url, "NEMO_TOKEN": "bench-token"}
        os.environ.update(more)
        terminal = Terminal([sys.executable, "-m", "vbtui"], Path(home))
        typist = Typist(terminal)
        try:
            typist.wait(b"ready")
            typist._rest(_SETTLE_S)
            for number in range(turns):
                ended = typist.turn(_last(turns + number + 1).encode())
                began = float(server.stdout.readline())
                rates.append(count / (ended - began))
                time.sleep(1.0)
        finally:
            terminal.process.kill()
            terminal.process.wait()
    return rates, typist.times_ms


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(_serve(int(sys.argv[2])))
    else:
        sys.exit(main(sys.argv[1:]))
