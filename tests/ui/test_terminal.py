"""What the app writes, as a terminal shows it, and what of it reaches one that is far."""

from __future__ import annotations

import codecs
import signal
import time

from tests.ui.emulator import Cell, Emulator
from tests.ui.test_process import Terminal, program
from tests.waiting import PATIENCE_S

SSH = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
F1, F2, F3, F4, F5 = b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
UP, DOWN, PAGE_UP, PAGE_DOWN = b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[6~"
QUESTION = b"\x1b[6n"
BODY = """
from tests.ui.sample import turn
world.add(*(turn(n, text=f"剪辑 {n}", reply=f"reply {n} 👍 **bold** words " * 9) for n in range(1, 40)))
world.add(*assets(), *renders())
world.build(DRAFT)
"""


class Screen:
    """A process whose terminal shows what it writes, and answers what it asks."""

    def __init__(self, body: str, size: tuple[int, int] = (100, 30), /, **more: str) -> None:
        self.terminal = Terminal(program(body), size, **more)
        self.size = size
        self.shown = Emulator(*size)
        self.answers = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, quiet_s: float) -> bytes:
        """What is written until nothing has come for `quiet_s`."""
        got = b""
        while piece := self.terminal.read(quiet_s, quiet_s):
            got += piece
            self.shown.write(self._decoder.decode(piece))
            if self.answers and QUESTION in piece:
                self.terminal.write(b"\x1b[1;1R")
        return got

    def wait(self, text: str) -> bytes:
        got, until = b"", time.monotonic() + PATIENCE_S
        while text not in "\n".join(self.shown.lines):
            got += self.read(0.02)
            assert time.monotonic() < until, "\n".join(self.shown.lines)
        return got

    def settle(self) -> bytes:
        """What is written until no more comes."""
        got, until = b"", time.monotonic() + PATIENCE_S
        while not got and time.monotonic() < until:
            got = self.read(0.2)
        return got

    def anew(self) -> list[list[Cell]]:
        """What a terminal shows that has shown nothing before."""
        self.terminal.output = b""
        self.terminal.process.send_signal(signal.SIGWINCH)
        blank = Emulator(*self.size)
        blank.write(self.settle().decode())
        return blank.cells


def test_the_screen_is_what_was_drawn_whatever_was_shown_before() -> None:
    """Nothing that was left out, moved or written in part is missing, on any screen."""
    screen = Screen(BODY, **SSH)
    screen.wait("reply 39")
    for keys in (
        PAGE_UP * 2 + b"some words",
        PAGE_DOWN,
        F3 + DOWN * 3 + b"/be",
        F4 + DOWN * 2 + b"v",
        F5 + UP + F1,
        b"\x1b[27u" + F2 + b"\x0f",
    ):
        screen.terminal.write(keys)
        screen.settle()
        shown = screen.shown.cells
        assert screen.anew() == shown, keys
        assert screen.shown.cells == shown, keys
    screen.terminal.process.send_signal(signal.SIGTERM)
    screen.terminal.end()


SAYING = """
import asyncio
from tests.cloud import TURN
from tests.server import STREAM_HEAD, chunk, text_event
async def say(exchange):
    await exchange.send(STREAM_HEAD)
    for number in range(1_000_000):
        await exchange.send(chunk(text_event(f"word{number} ", partial=True)))
        await asyncio.sleep(0.005)
world.cloud.on("POST", TURN, say)
"""


class Far(Screen):
    """A terminal at the end of a line of 20 kB a second and 300 ms there and back."""

    RATE, TRIP_S = 20_000, 0.3

    def __init__(self, body: str) -> None:
        super().__init__(body, (120, 35), **SSH)
        self.answers = False
        self.delay_s = 0.0
        """For how long what was written last waits for what was written before it."""
        self._free_at = 0.0
        self._answers_at: list[float] = []

    def read(self, quiet_s: float) -> bytes:
        got = super().read(0.01)
        now = time.monotonic()
        self._free_at = max(now, self._free_at) + len(got) / self.RATE
        self.delay_s = self._free_at - now
        self._answers_at += [self._free_at + self.TRIP_S] * got.count(QUESTION)
        while self._answers_at and self._answers_at[0] <= now:
            self._answers_at.pop(0)
            self.terminal.write(b"\x1b[1;1R")
        return got


def test_a_far_line_gets_few_bytes_of_an_answer_and_a_key_does_not_wait() -> None:
    screen = Far(SAYING)
    screen.wait("ready")
    screen.terminal.write(b"go\r")
    screen.wait("word200 ")
    last, written, delays = 200, 0, []
    for letter in "ЖШЮЯФЦ":
        screen.terminal.write(letter.encode())
        written += len(screen.wait(letter))
        delays.append(screen.delay_s)
        last += 100
        written += len(screen.wait(f"word{last} "))
    said = sum(len(f"word{number} ") for number in range(200, last))
    assert written <= 6 * said
    assert max(delays) <= Far.TRIP_S / 2, "a key's letter is shown within a round trip"
    screen.terminal.process.send_signal(signal.SIGTERM)
    screen.terminal.end()


def test_frames_wait_for_what_was_sent_and_keys_do_not() -> None:
    screen = Screen(SAYING, (120, 35), **SSH)
    screen.wait("ready")
    screen.answers = False
    screen.terminal.write(b"go\r")
    got, until = b"", time.monotonic() + PATIENCE_S
    while QUESTION not in got[-200:]:
        got += screen.terminal.read(0.01, 0.01)
        assert time.monotonic() < until
    assert screen.terminal.read(0.4, 1.0) == b"", "it goes on, and nothing of it is written"
    screen.terminal.write("Ж".encode())
    assert "Ж".encode() in screen.terminal.read(0.4, 1.0)
    screen.terminal.write(b"\x1b[1;1R")
    assert b"word" in screen.terminal.read(0.4, 1.0)
    screen.terminal.process.send_signal(signal.SIGTERM)
    screen.terminal.end()
