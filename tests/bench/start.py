"""Start to the first usable frame against a bare Textual app, and what an idle vbtui costs: bytes, processor, memory.

Both run in a pseudo-terminal of 120x35, interleaved, and with their bytecode, which an installation
has made: the first start, which is not counted, writes it. The first frame is there when the footer's
words are. Idle is measured after the backend is ready.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
BARE = """
from textual.app import App
from textual.widgets import Footer, Header

class Bare(App):
    BINDINGS = [("q", "quit", "BareQuit")]

    def compose(self):
        yield Header()
        yield Footer()

Bare().run()
"""


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 35, 120, 0, 0))
        environ = {
            **os.environ,
            "HOME": str(home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
            "PYTHONPATH": str(ROOT),
        }
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            environ.pop(name, None)
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=home,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def write(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def read(self, seconds: float) -> bytes:
        """What arrives within `seconds`."""
        got = b""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._master], [], [], left)[0]:
                try:
                    got += os.read(self._master, 65536)
                except OSError:
                    break
        self.seen += got
        return got

    def wait_for(self, words: Sequence[bytes], limit: float = 60) -> float:
        """Seconds from the start until one of `words` was painted."""
        while not any(word in self.seen for word in words):
            self.read(0.005)
            if time.perf_counter() - self.began > limit:
                raise TimeoutError(f"{words!r} not seen; last: {self.seen[-300:]!r}")
        return time.perf_counter() - self.began

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1000

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        os.close(self._master)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("tests.bench start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--idle", type=float, default=20, help="seconds")
    options = parser.parse_args(argv)
    bare = [sys.executable, "-c", BARE]
    vbtui = [sys.executable, "-m", "vbtui", "--local"]
    times: dict[str, list[float]] = {"bare": [], "vbtui": []}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for run in range(options.runs + 1):
            for name, command, words in (
                ("bare", bare, [b"BareQuit"]),
                ("vbtui", vbtui, [b"Help", b"help"]),
            ):
                terminal = Terminal(command, home)
                try:
                    seconds = terminal.wait_for(words)
                    if not run:
                        terminal.read(8)  # the bytecode of what comes after the first frame, too
                finally:
                    terminal.end()
                if run:
                    times[name].append(seconds)
        bare_s, vbtui_s = (statistics.median(times[name]) for name in ("bare", "vbtui"))
        print(
            f"first frame: bare Textual {bare_s:.3f} s, vbtui {vbtui_s:.3f} s: {vbtui_s / bare_s:.2f} x (limit 1.5 x)"
        )
        terminal = Terminal(vbtui, home)
        try:
            terminal.wait_for([b"Help", b"help"])
            first_mb = terminal.resident_mb()
            terminal.read(8)
            before = terminal.cpu_seconds()
            sent = len(terminal.read(options.idle))
            cpu = (terminal.cpu_seconds() - before) / options.idle
            later_mb = terminal.resident_mb()
        finally:
            terminal.end()
        print(f"idle for {options.idle:.0f} s: {sent} bytes, CPU {cpu:.2%} (limits 0 bytes, 0.3 %)")
        print(
            f"resident: {first_mb:.1f} MB at the first frame, {later_mb:.1f} MB then (limits 48, 70 MB)"
        )
    return 0
