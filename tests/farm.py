"""A real scheduler and real workers on loopback, started by the stock commands and ended by their process ids."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.waiting import PATIENCE_S
from vbtui.studio.render.ffmpeg import find_ffmpeg

ROOT = Path(__file__).parents[1]
_SCRIPT = """#!/bin/sh
for word do
  case $word in */graph[0-9]*)
    if [ -e "$0.hangs" ]; then echo hangs >> "$0.log"; exec sleep 600; fi
    echo "${word##*/}-$(md5sum < "$word" | cut -c -32)" >> "$0.log"
    while [ -e "$0.held" ] && [ $(wc -l < "$0.log") -gt $(cat "$0.held") ]; do sleep 0.05; done;;
  esac
done
"""
_REAL = 'exec "$FFMPEG" "$@"\n'


class DaskWorker:
    """A worker with one thread, and a cache and an ffmpeg of its own.

    Args:
        ffmpeg: shell script that runs the real one, `$FFMPEG`.
    """

    def __init__(self, scheduler: str, folder: Path, ffmpeg: str = _REAL) -> None:
        folder.mkdir(exist_ok=True)
        self._program = folder / "ffmpeg"
        self._program.write_text(_SCRIPT.replace("\n", f"\nFFMPEG={find_ffmpeg()}\n", 1) + ffmpeg)
        self._program.chmod(0o700)
        self._log = folder / "log"
        self.cache = folder / "cache"
        self.process = start(
            self._log, "worker", scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--host", "127.0.0.1", "--local-directory", str(folder / "dask"),
            XDG_CACHE_HOME=str(self.cache), VBTUI_FFMPEG=str(self._program),
        )  # fmt: skip

    def wait(self) -> None:
        """Returns when the scheduler knows it."""
        wait_for(self._log, "Registered to:", self.process)

    def _beside(self, ending: str) -> Path:
        return self._program.with_name(f"ffmpeg.{ending}")

    def hang(self) -> None:
        """No chunk that it begins comes to an end any more."""
        self._beside("hangs").touch()

    def hold(self, after: int = 0) -> None:
        """The chunks that it begins after so many wait until it is let go."""
        self._beside("held").write_text(str(after))

    def let_go(self) -> None:
        for ending in ("held", "hangs"):
            self._beside(ending).unlink(missing_ok=True)

    def begun(self) -> list[str]:
        """The chunks that its ffmpeg began: first frame, and a hash of what is drawn; `hangs` for one that hangs."""
        log = self._beside("log")
        return log.read_text().split() if log.exists() else []

    def forget(self) -> None:
        self._beside("log").unlink(missing_ok=True)

    def children(self) -> list[int]:
        """The processes that it started and that still run."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(folder.name))
        return found


class DaskFarm:
    """Processes of a farm, all ended when it is left."""

    def __init__(self, folder: Path, protocol: str = "tcp") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.address = f"{protocol}://127.0.0.1:{_free_port()}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[DaskWorker] = []
        """All that were ever started."""

    def __enter__(self) -> DaskFarm:
        return self

    def __exit__(self, *error: object) -> None:
        for process in (*(one.process for one in self.workers), self.scheduler):
            if process is not None:
                end(process)

    def mend(self, workers: int) -> list[DaskWorker]:
        """The scheduler and so many workers, all at work, with nothing on their logs."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            for one in self.workers:
                end(one.process)
            self.start_scheduler()
        living = [one for one in self.workers if one.process.poll() is None]
        living += [self.start_worker() for _ in range(workers - len(living))]
        for one in living[workers:]:
            end(one.process)
        for one in living[:workers]:
            one.wait()
            one.let_go()
            one.forget()
        return living[:workers]

    def start_scheduler(self, *, bare: bool = False) -> None:
        """
        Args:
            bare: it has an old vbtui.
        """
        old = self._folder / "old" / "vbtui"
        old.mkdir(parents=True, exist_ok=True)
        (old / "__init__.py").touch()
        protocol, host, port = self.address.replace("://", ":").split(":")
        log = self._folder / "scheduler.log"
        self.scheduler = start(
            log, "scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-show",
            "--protocol", protocol,
            **({"PYTHONPATH": str(old.parent)} if bare else {}),
        )  # fmt: skip
        wait_for(log, "Scheduler at:", self.scheduler)

    def start_worker(self, ffmpeg: str = _REAL) -> DaskWorker:
        folder = self._folder / f"worker{len(self.workers)}"
        self.workers.append(DaskWorker(self.address, folder, ffmpeg))
        return self.workers[-1]


def start(log: Path, *command: str, **environ: str) -> subprocess.Popen[bytes]:
    """A command of Dask's."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            cwd=log.parent,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """kill -9."""
    process.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    """Until a process has said that."""
    end_at = time.monotonic() + PATIENCE_S
    while words not in log.read_text(errors="replace"):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < end_at, log.read_text(errors="replace")
        time.sleep(0.05)
