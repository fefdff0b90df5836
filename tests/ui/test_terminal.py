"""What the app writes, as a terminal shows it, and what of it reaches one that is far."""

from __future__ import annotations

import codecs
import re
import signal
import time

from tests.ui.emulator import Emulator
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


MARKS = """
import asyncio, signal
def mark():
    for _ in range(2):
        app.write_terminal("\\x1b]777;idle\\x07")
        app.terminal.show_anew(app.size)
async def settle():
    while not app.is_settled:
        await asyncio.sleep(0.01)
    app.call_after_refresh(mark)
def listen():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: app.work(settle, name="settle", group="settle"))
app.call_later(listen)
"""
"""The app tells when all that was asked for is on the screen, and when it has painted it anew."""
MARK = b"\x1b]777;idle\x07"


class Screen:
    """A process whose terminal shows what it writes, and answers what it asks."""

    def __init__(self, body: str, size: tuple[int, int] = (100, 30), /, **more: str) -> None:
        self.terminal = Terminal(program(body), size, **more)
        self.size = size
        self.shown = Emulator(*size)
        self.answers = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = b""
        """What came behind the last `settle`."""

    def read(self) -> bytes:
        """What comes in a moment."""
        got = self.terminal.read(0.01, 0.05)
        self.shown.write(self._decoder.decode(got))
        if self.answers and QUESTION in got:
            self.terminal.write(b"\x1b[1;1R")
        return got

    def wait(self, text: str) -> bytes:
        got, until = b"", time.monotonic() + PATIENCE_S
        while text not in "\n".join(self.shown.lines):
            got += self.read()
            assert time.monotonic() < until, "\n".join(self.shown.lines)
        return got

    def settle(self) -> str:
        """What is written to paint the screen anew, when all that was asked for is on it; `shown` is the one before."""
        self.terminal.process.send_signal(signal.SIGUSR1)
        got, until = self._rest, time.monotonic() + PATIENCE_S
        while got.count(MARK) < 2:
            got += self.terminal.read(0.01, 0.05)
            assert time.monotonic() < until
        before, anew, self._rest = got.split(MARK)
        self.shown.write(before.decode())
        return anew.decode()

    def end(self) -> None:
        self.terminal.process.send_signal(signal.SIGTERM)
        self.terminal.end()


def test_the_screen_is_what_was_drawn_whatever_was_shown_before() -> None:
    """Nothing that was left out, moved or written in part is missing, on any screen."""
    screen = Screen(BODY + MARKS, **SSH)
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
        anew = screen.settle()
        shown = [line.copy() for line in screen.shown.cells]
        blank = Emulator(*screen.size)
        for terminal in (blank, screen.shown):
            terminal.write(anew)
            assert terminal.cells == shown, keys
    screen.end()


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

    def read(self) -> bytes:
        got = super().read()
        now = time.monotonic()
        self._free_at = max(now, self._free_at) + len(got) / self.RATE
        self.delay_s = self._free_at - now
        self._answers_at += [self._free_at + self.TRIP_S] * got.count(QUESTION)
        while self._answers_at and self._answers_at[0] <= now:
            self._answers_at.pop(0)
            self.terminal.write(b"\x1b[1;1R")
        return got

    @property
    def newest(self) -> int:
        """The number of the newest word that is shown."""
        return max(map(int, re.findall(r"word(\d+) ", "\n".join(self.shown.lines))), default=0)

    def wait_word(self, number: int) -> bytes:
        """What comes until that word, or a later one, is shown."""
        got, until = b"", time.monotonic() + PATIENCE_S
        while self.newest < number:
            got += self.read()
            assert time.monotonic() < until
        return got


def test_a_far_line_gets_few_bytes_of_an_answer_and_a_key_does_not_wait() -> None:
    screen = Far(SAYING)
    screen.wait("ready")
    screen.terminal.write(b"go\r")
    screen.wait_word(200)
    first, written, delays = screen.newest, 0, []
    for letter in "ЖШЮЯФЦ":
        screen.terminal.write(letter.encode())
        written += len(screen.wait(letter))
        delays.append(screen.delay_s)
        written += len(screen.wait_word(screen.newest + 100))
    said = sum(len(f"word{number} ") for number in range(first, screen.newest))
    assert written <= 20 * said, (
        "6 on a quiet machine: there are as many frames however slowly words come"
    )
    assert max(delays) <= Far.TRIP_S, "a key's letter is shown within a round trip"
    screen.end()


def test_frames_wait_for_what_was_sent_and_keys_do_not() -> None:
    patient = "from vbtui.ui.kit import terminal; terminal.MUTE_AFTER_S = 1000"
    screen = Screen(f"{SAYING}\n{patient}", (120, 35), **SSH)
    screen.wait("ready")
    screen.answers = False
    screen.terminal.write(b"go\r")
    until = time.monotonic() + PATIENCE_S
    while screen.terminal.read(0.4, 1.0) or screen.terminal.read(0.4, 1.0):
        assert time.monotonic() < until, "words come all the time, and frames with them"
    for keys, shown in (("Ж".encode(), "Ж".encode()), (b"\x1b[1;1R", b"word")):
        screen.terminal.output = b""
        screen.terminal.write(keys)
        screen.terminal.read_until(shown)
    screen.end()
