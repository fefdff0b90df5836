"""vbtui used for a long while: does it cost more at the end than at the beginning?

    python -m tests.bench soak [--minutes 20]

The app runs in a pseudo-terminal with its own studio. Round for round a file is uploaded, an edit said, the
screens looked at and every third time a video exported. Memory, open handles and threads of the client and of the
studio, and the processor time of a key and of a switch of screens, at two minutes and at the end. At most 1.1 times
as much at the end (of threads two more), and nothing may wait then.

Two minutes are fewer rounds than the conversation shows turns at once: it mounts up to two screens of them, which
are 27 here, and each costs memory as long as it is mounted. So as many are said before the first round, and what is
compared are two conversations that are as full as they get. Memory is what the process has for itself
(`Anonymous`): the share of a library that other programs use too changes with those.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path

from tests import clips
from tests.bench.start import Terminal
from vbtui.journal.records import AssetState, RenderState, TurnState

LIMIT = 1.1
_FIRST_S = 120.0
_MOST_S = 120.0
"""What a turn, an upload or an export may take."""
_OVER: dict[str, list[str]] = {
    "turns": [state.value for state in TurnState if state.is_over],
    "assets": [state.value for state in AssetState if state.is_over],
    "renders": [state.value for state in RenderState if state.is_over],
}
_F2, _F3, _F4, _F5 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
_LETTERS, _SWITCHES = 40, 8
_FULL = 30
"""More turns than are mounted in a terminal of 35 lines."""
_ROUNDS_COMPARED = 5
_LATE_THREADS = 2
"""A pool begins its workers one by one, as they are needed: so many may come after two minutes."""


@dataclass(frozen=True)
class Figures:
    """After a round. Memory in MiB, times in milliseconds of the processor."""

    client_memory: float
    studio_memory: float
    client_handles: float
    studio_handles: float
    client_threads: float
    key_ms: float
    switch_ms: float


class Soak:
    """One run of the app, and what is asked of it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._terminal = Terminal([sys.executable, "-m", "vbtui", "--local"], home)
        self._journal = home / ".local/state/vbtui/journal.db"
        self._rounds = 0
        self._said = 0
        self._terminal.wait_for([b"ready"])
        self._terminal.read(6)  # the other screens are made meanwhile

    def round(self) -> None:
        """An upload, an edit, a look at each screen, at times an export."""
        number, self._rounds = self._rounds, self._rounds + 1
        clip = self._home / f"clip{number}.mp4"
        with clip.open("wb") as file:  # each has its own bytes, and so is not the same file again
            file.write(clips.clip("red", seconds=1).read_bytes() + b"\0\0\0\x0cfree%04d" % number)
        self._type(b"\x1b[200~" + os.fsencode(clip) + b"\x1b[201~")
        self._type(b"\r")
        self._wait("assets", number + 1)
        self._say(
            b"set the volume to %d%%" % (50 + number % 50) if number else b"combine these clips"
        )
        while not number and self._said < _FULL:
            self._say(b"set the volume to %d%%" % (20 + self._said))
        for key in (_F3, _F4, _F5, _F2):
            self._type(key)
        if number % 3 == 0:
            self._type(b"\x13")
            self._wait("renders", number // 3 + 1)

    def figures(self) -> Figures:
        pid = self._terminal.process.pid
        studio = _studio_of(pid)
        key = self._cost([bytes([letter]) for letter in b"abcdefgh"] * (_LETTERS // 8))
        self._cost([b"\x7f"] * _LETTERS)
        switch = self._cost([_F4, _F2] * (_SWITCHES // 2))
        return Figures(
            _memory(pid),
            _memory(studio),
            _handles(pid),
            _handles(studio),
            _threads(pid),
            key,
            switch,
        )

    def waiting(self) -> list[str]:
        """The rows that are not over."""
        return [
            f"{table}: {state}"
            for table in _OVER
            for (state,) in self._rows(f"SELECT state FROM {table}")
            if state not in _OVER[table]
        ]

    def end(self) -> None:
        self._terminal.end()

    def _say(self, words: bytes) -> None:
        self._type(words)
        self._type(b"\r")
        self._said += 1
        self._wait("turns", self._said)

    def _type(self, keys: bytes) -> None:
        self._terminal.write(keys)
        self._rest()

    def _rest(self) -> None:
        """Wait until nothing more is painted."""
        while self._terminal.read(0.4):
            pass

    def _cost(self, keys: list[bytes]) -> float:
        pid = self._terminal.process.pid
        before = _processor_ms(pid)
        for key in keys:
            self._terminal.write(key)
            self._terminal.read(0.06)
        self._rest()
        return (_processor_ms(pid) - before) / len(keys)

    def _wait(self, table: str, count: int) -> None:
        until = time.monotonic() + _MOST_S
        while True:
            states = [state for (state,) in self._rows(f"SELECT state FROM {table}")]
            if len(states) >= count and all(state in _OVER[table] for state in states):
                self._rest()
                return
            if time.monotonic() > until:
                shown = self._terminal.seen[-2_000:].decode(errors="replace")
                raise TimeoutError(f"{table}: {states}, {count} awaited\n{shown}")
            self._terminal.read(0.1)

    def _rows(self, query: str) -> list[tuple[str]]:
        with closing(sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()


def _studio_of(pid: int) -> int:
    """The child that is the studio."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [
        int(child) for child in children if b"studio" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return found[0]


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024


def _processor_ms(pid: int) -> float:
    """Of all threads, to the nanosecond."""
    spent = (one.read_text().split()[0] for one in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(map(int, spent)) / 1e6


def _handles(pid: int) -> float:
    return len(os.listdir(f"/proc/{pid}/fd"))


def _threads(pid: int) -> float:
    return len(os.listdir(f"/proc/{pid}/task"))


def _middle(figures: list[Figures]) -> Figures:
    return Figures(
        *(
            statistics.median(getattr(one, field.name) for one in figures)
            for field in fields(Figures)
        )
    )


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("tests.bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        soak = Soak(home)
        began = time.monotonic()
        early: list[Figures] = []
        late: list[Figures] = []
        rounds = 0
        try:
            while time.monotonic() - began < options.minutes * 60:
                soak.round()
                rounds += 1
                if time.monotonic() - began < min(_FIRST_S, options.minutes * 15):
                    continue
                measured = early if len(early) < _ROUNDS_COMPARED else late
                measured.append(soak.figures())
            waiting = soak.waiting()
        finally:
            soak.end()
    before, after = _middle(early), _middle(late[-_ROUNDS_COMPARED:])
    print(
        f"{rounds} rounds in {options.minutes:g} minutes; waiting at the end: {waiting or 'nothing'}"
    )
    is_flat = not waiting
    for field in fields(Figures):
        first, last = getattr(before, field.name), getattr(after, field.name)
        ratio = last / first if first else 1.0
        is_well = last - first <= _LATE_THREADS if "threads" in field.name else ratio <= LIMIT
        is_flat &= is_well
        print(
            f"{field.name:15} {first:8.1f} -> {last:8.1f}  x {ratio:.2f}{'' if is_well else '  TOO MUCH'}"
        )
    return 0 if is_flat else 1
