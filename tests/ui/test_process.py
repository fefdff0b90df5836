"""The app in a process and a terminal of its own: what it loads, what it writes, how it ends."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import pty
import select
import shlex
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.emulator import Emulator
from tests.waiting import PATIENCE_S
from vbtui.base.settings import Backend, load
from vbtui.journal.records import Session
from vbtui.ui.app import going_on

ROOT = Path(__file__).parents[2]
"""What takes a second takes longer beside other work; nothing takes this long."""

APP = """
import asyncio, sys
from tests.ui.sample import DRAFT, assets, renders
from tests.ui.world import World, WorldApp
from vbtui.ui import app as module

world = World()
app = WorldApp(world)
{body}
sys.exit(asyncio.run(module._run(app)))
"""


BEATING = """
import asyncio, pathlib
async def beat():
    while True:
        pathlib.Path({beats!r}).touch()
        await asyncio.sleep(0.05)
app.call_later(lambda: app.work(beat, name="beat", group="beat"))
"""


def program(body: str) -> list[str]:
    return [sys.executable, "-c", APP.format(body=body)]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}


class Terminal:
    """A process with a terminal."""

    def __init__(
        self, command: list[str], size: tuple[int, int] = (80, 24), /, **more: str
    ) -> None:
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        import fcntl
        import struct
        import termios

        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *reversed(size), 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(**more),
            cwd=Path.home(),
            start_new_session=True,
        )
        os.close(slave)
        self.output = b""
        self.screen = Emulator(*size)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, quiet_s: float, most_s: float = 20.0) -> bytes:
        """What comes until nothing has come for `quiet_s`."""
        got, until = b"", time.monotonic() + most_s
        while time.monotonic() < until:
            ready, _, _ = select.select([self.master], [], [], quiet_s)
            if not ready:
                break
            try:
                piece = os.read(self.master, 65_536)
            except OSError:
                break
            if not piece:
                break
            got += piece
            self.screen.write(self._decoder.decode(piece))
        self.output += got
        return got

    def read_until(self, text: bytes) -> None:
        """Wait for `text` in what is written, or on the screen: what stands there is not written again."""
        until = time.monotonic() + PATIENCE_S
        while not self._shows(text):
            assert time.monotonic() < until, "\n".join(self.screen.lines)
            self.read(0.02, 0.1)

    def _shows(self, text: bytes) -> bool:
        return text in self.output or text.decode() in "\n".join(self.screen.lines)

    def write(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def end(self) -> int:
        """The exit code; what was left to say is in `output`."""
        until = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.05, 0.2)
        self.read(0.1, 0.5)
        os.close(self.master)
        assert self.process.returncode is not None, self.output[-2_000:]
        return self.process.returncode


def test_nothing_is_written_while_nothing_happens() -> None:
    terminal = Terminal(program("world.add(*assets(), *renders()); world.build(DRAFT)"))
    terminal.read_until(b"ready")
    terminal.read(2.5, PATIENCE_S)
    assert terminal.read(2.5, 2.5) == b""
    terminal.write(b"\x11")
    terminal.read_until(b"Leave vbtui?")
    terminal.write(b"\x11")
    assert terminal.end() == 0


def test_ctrl_q_ends_it_and_the_shell_is_told_how_to_go_on() -> None:
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")
    terminal.write(b"\x11")
    assert terminal.end() == 0
    assert b"To go on: vbtui " in terminal.output


def test_what_goes_on_is_a_line_for_the_shell() -> None:
    settings = load()
    local = Session("s", "local", "Urban Dreams")
    assert going_on(local, settings) == "vbtui --local --project 'Urban Dreams'"
    cloud = Session("s", settings.api_url, "it's")
    assert shlex.split(going_on(cloud, settings)) == ["vbtui", "--project", "it's"]
    at_home = replace(settings, backend=Backend(default="local"))
    assert going_on(cloud, at_home).startswith("vbtui --cloud --project ")
    other = Session("s", "http://127.0.0.1:9", "x")
    assert going_on(other, settings) == "vbtui --server http://127.0.0.1:9 --project x"


def test_sigterm_and_sighup_end_it_cleanly() -> None:
    for name in (signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal(program("pass"))
        terminal.read_until(b"ready")
        terminal.process.send_signal(name)
        assert terminal.end() == 128 + name
        assert b"Traceback" not in terminal.output
        assert b"\x1b[?1049l" in terminal.output


def test_terminal_that_goes_away_ends_it() -> None:
    """A hangup brings SIGHUP and, right after it, SIGCONT, to an app that was never suspended."""
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")

    def threads_at_rest() -> int:
        """How many there are when none has come for a second."""
        count, until = -1, time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            before, count = count, len(os.listdir(f"/proc/{terminal.process.pid}/task"))
            if before == count:
                break
            terminal.read(1.0)
        return count

    threads = threads_at_rest()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.read(0.5)
    assert threads_at_rest() == threads
    os.close(terminal.master)
    for name in (signal.SIGHUP, signal.SIGCONT):
        terminal.process.send_signal(name)
    assert terminal.process.wait(PATIENCE_S) == 128 + signal.SIGHUP


def test_terminal_that_goes_away_without_a_word_ends_it() -> None:
    """Without a controlling terminal there is no SIGHUP, and nothing is being written that could fail."""
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")
    terminal.read(0.5)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE_S) == 128 + signal.SIGHUP


def typed_in_the_journal() -> str:
    """What the journal has of what is typed and not sent."""
    found = []
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(load().directories.journal)) as journal,
    ):
        found = journal.execute("SELECT value FROM facts WHERE key LIKE 'typed:%'").fetchall()
    return str(json.loads(found[0][0])) if found else ""


def wait_for_typed(terminal: Terminal, text: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while (kept := typed_in_the_journal()) != text and time.monotonic() < until:
        terminal.read(0.05, 0.2)
    assert kept == text


def test_what_is_typed_and_what_waits_is_there_again_however_it_ends() -> None:
    """A pasted text of two lines; then in the middle of editing the message that waits."""
    command = [sys.executable, "-m", "vbtui", "--server", "http://127.0.0.1:9", "--no-pictures"]

    def start(*texts: str) -> Terminal:
        terminal = Terminal(command)
        for text in ("waits until the backend answers", *texts):
            terminal.read_until(text.encode())
        return terminal

    def end(terminal: Terminal, number: int) -> None:
        terminal.process.send_signal(number)
        assert terminal.end() == (-number if number == signal.SIGKILL else 128 + number)

    terminal = start()
    terminal.write(b"first\r")
    terminal.read_until(b"waiting 1")
    terminal.write(b"\x1b[200~two\nlines\x1b[201~ typed")
    wait_for_typed(terminal, "two\nlines typed")
    end(terminal, signal.SIGHUP)

    terminal = start("waiting 1", "first", "two", "lines typed")
    for keys, shown in ((b"\t", b"Back"), (b"\t", b"Later"), (b"e", b"Send")):
        terminal.output = b""  # to what is offered, on to what waits, and into the prompt
        terminal.write(keys)
        terminal.read_until(shown)
    terminal.write(b"!")
    wait_for_typed(terminal, "two\nlines typed\nfirst!")
    end(terminal, signal.SIGKILL)

    terminal = start("waiting 1", "first!")
    end(terminal, signal.SIGTERM)
    assert typed_in_the_journal() == "two\nlines typed\nfirst!"


def hang(terminal: Terminal) -> None:
    """Make the app draw much more than a line takes that nobody reads from."""
    for _ in range(25):
        for key in (b"\x1bOR", b"\x1bOQ"):
            with contextlib.suppress(BlockingIOError):  # the other direction is full too
                terminal.write(key)
        time.sleep(0.01)


@pytest.mark.parametrize("goes", [False, True])
def test_line_that_hangs_holds_nothing_up(goes: bool, tmp_path: Path) -> None:
    """The loop goes on while nothing can be written, a signal is heard; so is the terminal's end."""
    beats = tmp_path / "beats"
    terminal = Terminal(program(BEATING.format(beats=str(beats))), (250, 60))
    terminal.read_until(b"ready")
    hang(terminal)
    until = time.monotonic() + PATIENCE_S
    for _ in range(3):
        beats.unlink(missing_ok=True)
        while not beats.exists():
            assert time.monotonic() < until, "the loop stands still"
            time.sleep(0.02)
    if goes:
        os.close(terminal.master)
        assert terminal.process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    else:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(PATIENCE_S) == 128 + signal.SIGTERM
        os.close(terminal.master)


def test_line_that_hung_shows_the_newest_screen_when_it_goes_on() -> None:
    terminal = Terminal(program("pass"), (250, 60))
    terminal.read_until(b"ready")
    hang(terminal)
    terminal.write(b"\x1bOR")
    terminal.read(1.0)
    terminal.write(b"\x11")
    assert terminal.end() == 0
    assert b"\x1b[?1049l" in terminal.output


def test_suspended_and_continued_it_takes_the_terminal_again() -> None:
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")
    pid = terminal.process.pid
    terminal.process.send_signal(signal.SIGTSTP)
    assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
    terminal.read_until(b"\x1b[?1049l")
    terminal.output = b""
    terminal.process.send_signal(signal.SIGCONT)
    terminal.read_until(b"\x1b[?1049h")
    terminal.write(b"\x11")
    assert terminal.end() == 0


def test_typed_escape_twice_stops_under_a_slow_terminal() -> None:
    terminal = Terminal(program("pass"))
    terminal.read_until(b"ready")
    terminal.write(b"go\r")
    terminal.read_until(b"Stop")
    terminal.write(b"\x1b\x1b")
    terminal.read_until(b"(stopped)")
    terminal.write(b"\x11")
    terminal.write(b"y")
    terminal.end()


def test_first_frame_loads_nothing_heavy(tmp_path: Path) -> None:
    seen = tmp_path / "modules"
    code = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from vbtui.base import settings
        from vbtui.ui.app import VbtuiApp

        async def make(_is_local):
            Path({str(seen)!r}).write_text("\\n".join(sys.modules))
            raise RuntimeError

        async def main():
            app = VbtuiApp(make, settings.load())
            async with app.run_test(size=(120, 35)) as pilot:
                while app.start_problem is None:
                    await pilot.pause()

        asyncio.run(main())
        """
    )
    subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=ROOT, check=True, timeout=PATIENCE_S
    )
    loaded = set(seen.read_text().split())
    heavy = {
        "httpx",
        "sqlite3",
        "httpx_sse",
        "PIL",
        "av",
        "numpy",
        "watchfiles",
        "markdown_it",
        "textual.widgets._markdown",
        "textual.widgets._data_table",
        "vbtui.engine",
        "vbtui.timeline.model",
        "vbtui.wire.client",
        "vbtui.ui.pictures.gallery",
        "vbtui.ui.reports",
        "vbtui.ui.media.screen",
        "vbtui.ui.timeline.screen",
        "vbtui.ui.chat.answer",
    }
    assert sorted(loaded & heavy) == []
    assert not [name for name in loaded if name.startswith("vbtui.studio")]
