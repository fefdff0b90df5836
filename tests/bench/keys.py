"""Keys typed into the real app while the agent's words pour in.

    python -m tests.bench.keys [events a second] [seconds] [turns]

vbtui runs in a pseudo-terminal of 120x35 against a server process of its own, whose agent sends its
words one a chunk and evenly. A key's time runs from its write to the arrival of its letter in the
terminal's output. Every word must be in the journal at the end, and the last one on the screen soon.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import select
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.start import Terminal

ROOT = Path(__file__).parents[2]
LIMIT_MS, LATE_S = 60.0, 1.0
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


def _last(number: int) -> str:
    """The last word of an answer."""
    return f"FINISHED{number}."


async def _serve(rate: int, seconds: int) -> None:
    """A cloud whose agent says `rate` words a second; prints its port, then the time of each end."""
    from tests.cloud import TURN, Cloud, Fault, Play
    from tests.server import STREAM_HEAD, Exchange

    asked = itertools.count(1)
    count = rate * seconds

    async def play(_cloud: Cloud, exchange: Exchange) -> None:
        last = _last(next(asked))
        await exchange.send(STREAM_HEAD)
        began, sent = time.monotonic(), 0
        while sent < count:
            due = min(count, int((time.monotonic() - began) * rate) + 1)
            for number in range(sent + 1, due + 1):
                end = ".\n\n" if number % _WORDS == 0 else " "
                await exchange.send(_piece(last if number == count else f"word{end}"))
            sent = due
            await asyncio.sleep(0.001)
        print(time.monotonic(), flush=True)
        await exchange.send(b"0\r\n\r\n")

    said: Play = play
    async with Cloud() as cloud:
        cloud.goes_wrong(Fault("POST", TURN, said, 1000))
        cloud.checks_tokens = False
        print(cloud.port, flush=True)
        await asyncio.Event().wait()


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
    """Prints the figures; 1 when a limit is missed."""
    rate = int(argv[0]) if argv else 1000
    seconds = int(argv[1]) if len(argv) > 1 else 10
    turns = int(argv[2]) if len(argv) > 2 else 3
    load = os.getloadavg()[0]
    command = [sys.executable, "-m", "tests.bench.keys", "--serve", str(rate), str(seconds)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        late, lost, times = _app(url, rate * seconds, turns, server)
    finally:
        server.kill()
        server.wait()
    times.sort()
    p50, p99 = times[len(times) // 2], times[min(len(times) * 99 // 100, len(times) - 1)]
    print(f"load {load:.1f}; {rate} events/s for {seconds} s, {turns} turns, {len(times)} keys")
    print(f"keys    p50 {p50:.1f} ms   p99 {p99:.1f} ms   most {times[-1]:.1f} ms")
    print(
        f"events  {lost} lost; the last one on the screen {max(late) * 1000:.0f} ms after it was sent"
    )
    return 0 if p99 <= LIMIT_MS and not lost and max(late) <= LATE_S else 1


def _app(
    url: str, count: int, turns: int, server: subprocess.Popen[str]
) -> tuple[list[float], int, list[float]]:
    """How late each turn's last word was shown in s, how many words are not in the journal, and the
    keys' times in ms."""
    assert server.stdout is not None
    late: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        os.environ.update({"NEMO_API_URL": url, "NEMO_TOKEN": "bench-token"})
        terminal = Terminal([sys.executable, "-m", "vbtui"], Path(home))
        typist = Typist(terminal)
        try:
            typist.wait(b"ready")
            typist._rest(_SETTLE_S)
            for number in range(1, turns + 1):
                shown = typist.turn(_last(number).encode())
                late.append(shown - float(server.stdout.readline()))
                typist._rest(1.0)
        finally:
            terminal.process.kill()
            terminal.process.wait()
        (journal,) = Path(home).rglob("journal.db")
        replies = sqlite3.connect(journal).execute("SELECT reply FROM turns").fetchall()
    return late, turns * count - sum(len(reply.split()) for (reply,) in replies), typist.times_ms


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(_serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        sys.exit(main(sys.argv[1:]))
