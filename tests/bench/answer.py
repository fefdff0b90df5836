"""What an answer costs while it comes in: bytes to the terminal by its own bytes, CPU, and how long a key takes.

    python -m tests.bench.answer [--words 1000] [--rate 200]

A server process says the words one a chunk and evenly, as an ADK server does. vbtui shows them in a pseudo-terminal
of 120x35 whose other side answers questions at once – here, and again as over SSH with a round trip of 50 ms. The
reference, beside which CPU is to be read, is Textual's own `Markdown.get_stream` fed in the same way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.start import ROOT, Terminal

LIMITS = {"local": (25.0, 0.25), "ssh": (6.0, 0.25)}
"""Bytes by the answer's, and of a core."""
KEY_LIMIT_MS = 60.0
SSH_TRIP_S = 0.05
_LETTERS = [chr(code) for code in range(0x430, 0x450)]
"""None of them is in the stream, on the screens or in an escape sequence."""
_SETTLE_S = 6.0
"""After the start, in which the other screens are made."""
_KEY_EVERY_S = 0.2
_QUESTION = b"\x1b[6n"
_FIRST, _LAST = "Zuerst", "Zuletzt"

BARE = """
import asyncio, sys
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Header, Footer, Input, Markdown
from tests.bench.answer import pieces

class Bare(App):
    def compose(self):
        yield Header()
        with VerticalScroll(can_focus=False) as scroll:
            scroll.anchor()
            yield Markdown()
        yield Input()
        yield Footer()

    async def on_input_submitted(self):
        self.run_worker(self.say())

    async def say(self):
        stream = Markdown.get_stream(self.query_one(Markdown))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, piece in enumerate(pieces(int(sys.argv[1]))):
            await asyncio.sleep(began + number / int(sys.argv[2]) - loop.time())
            await stream.write(piece)
        await stream.stop()

Bare().run()
"""


def pieces(count: int) -> list[str]:
    """So many words of about five letters, in paragraphs of sixty."""
    chance = random.Random(1)
    words = [
        "".join(chance.choices("etaoinsrhldcumfpg", k=chance.randint(2, 8))) for _ in range(count)
    ]
    words[0], words[-1] = _FIRST, _LAST
    return [word + (".\n\n" if number % 60 == 0 else " ") for number, word in enumerate(words, 1)]


async def _serve(count: int, rate: int) -> None:
    """A cloud whose agent says the words; prints its port."""
    from tests.cloud import TURN, Cloud, Fault, Play
    from tests.server import STREAM_HEAD, Exchange

    async def play(_cloud: Cloud, exchange: Exchange) -> None:
        await exchange.send(STREAM_HEAD)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, piece in enumerate(pieces(count)):
            await asyncio.sleep(began + number / rate - loop.time())
            event = {"content": {"parts": [{"text": piece}], "role": "model"}, "partial": True}
            data = b"data: " + json.dumps(event).encode() + b"\n\n"
            await exchange.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await exchange.send(b"0\r\n\r\n")

    said: Play = play
    async with Cloud() as cloud:
        cloud.goes_wrong(Fault("POST", TURN, said, 1000))
        cloud.checks_tokens = False
        print(cloud.port, flush=True)
        await asyncio.Event().wait()


class Person:
    """Sits before a terminal that answers questions after `trip_s`, and types a key now and then."""

    def __init__(self, terminal: Terminal, trip_s: float) -> None:
        self._terminal = terminal
        self._trip_s = trip_s
        self._asked = 0
        self._answers: list[float] = []
        """When each is due."""
        self.keys_ms: list[float] = []

    def look(self, seconds: float) -> None:
        self._terminal.read(seconds)
        asked = self._terminal.seen.count(_QUESTION)
        self._answers += [time.monotonic() + self._trip_s] * (asked - self._asked)
        self._asked = asked
        while self._answers and self._answers[0] <= time.monotonic():
            self._answers.pop(0)
            self._terminal.write(b"\x1b[1;1R")

    def rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look(0.01)

    def wait(self, text: str, since: int, limit_s: float = 60.0) -> None:
        until = time.monotonic() + limit_s
        while text.encode() not in self._terminal.seen[since:]:
            self.look(0.002)
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} did not come")

    def key(self, letter: str) -> None:
        before, began = len(self._terminal.seen), time.monotonic()
        self._terminal.write(letter.encode())
        self.wait(letter, before)
        self.keys_ms.append((time.monotonic() - began) * 1000)


def _run(
    command: list[str], home: Path, ready: str, count: int, *, trip_s: float, types: bool
) -> tuple[int, float, float, list[float]]:
    """Bytes, seconds of CPU, seconds from the first to the last word, ms a key."""
    terminal = Terminal(command, home)
    person = Person(terminal, trip_s)
    try:
        person.wait(ready, 0)
        person.rest(_SETTLE_S)
        terminal.write(b"add words\r")
        person.wait(_FIRST, 0)
        start, cpu, began = len(terminal.seen), terminal.cpu_seconds(), time.monotonic()
        letters = iter(_LETTERS * 99)
        while _LAST.encode() not in terminal.seen[start:]:
            person.rest(_KEY_EVERY_S)
            if types:
                person.key(next(letters))
        sent = len(terminal.seen) - start
        return sent, terminal.cpu_seconds() - cpu, time.monotonic() - began, person.keys_ms
    finally:
        terminal.end()


def main(argv: list[str]) -> int:
    """Prints the figures; 1 when a limit is missed."""
    parser = argparse.ArgumentParser("tests.bench answer", description=__doc__)
    parser.add_argument("--words", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=200, help="pieces a second")
    options = parser.parse_args(argv)
    size = sum(map(len, pieces(options.words)))
    serve = [
        sys.executable,
        "-m",
        "tests.bench.answer",
        "--serve",
        str(options.words),
        str(options.rate),
    ]
    server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    is_well = True
    try:
        port = int(server.stdout.readline())
        os.environ.update({"NEMO_API_URL": f"http://127.0.0.1:{port}", "NEMO_TOKEN": "bench-token"})
        for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"):
            os.environ.pop(name, None)
        bare = [sys.executable, "-c", BARE, str(options.words), str(options.rate)]
        with tempfile.TemporaryDirectory() as home:
            sent, reference_s, seconds, _ = _run(
                bare, Path(home), "palette", options.words, trip_s=0, types=False
            )
        print(
            f"load {os.getloadavg()[0]:.1f}; {options.words} words, {size} bytes, {options.rate} pieces/s"
        )
        print(
            f"get_stream: {sent / size:6.1f} x the bytes, {reference_s / seconds:6.1%} of a core; {reference_s:.2f} s"
        )
        for where, (most_bytes, most_cpu) in LIMITS.items():
            if where == "ssh":
                os.environ["SSH_CONNECTION"] = "10.0.0.1 50000 10.0.0.2 22"
            for types in (False, True):
                with tempfile.TemporaryDirectory() as home:
                    sent, cpu_s, seconds, keys_ms = _run(
                        [sys.executable, "-m", "vbtui"],
                        Path(home),
                        "ready",
                        options.words,
                        trip_s=SSH_TRIP_S if where == "ssh" else 0,
                        types=types,
                    )
                keys_ms.sort()
                key_ms = keys_ms[len(keys_ms) * 95 // 100] if keys_ms else 0
                print(
                    f"{where:10}: {sent / size:6.1f} x the bytes (limit {most_bytes:g}), {cpu_s / seconds:6.1%} of a core "
                    f"(limit {most_cpu:.0%}; {cpu_s:.2f} s, {cpu_s / reference_s:.2f} x get_stream)"
                    + (
                        f", a key {key_ms:.0f} ms at p95 (limit {KEY_LIMIT_MS:.0f})"
                        if types
                        else ""
                    )
                )
                is_well &= (
                    sent / size <= most_bytes
                    and cpu_s / seconds <= most_cpu
                    and key_ms <= KEY_LIMIT_MS
                )
    finally:
        server.kill()
        server.wait()
    return 0 if is_well else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(_serve(int(sys.argv[2]), int(sys.argv[3])))
    else:
        sys.exit(main(sys.argv[1:]))
