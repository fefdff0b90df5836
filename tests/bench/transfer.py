"""Real programs bring real media into a watched folder; no file may be taken half, or twice.

    python -m tests.bench transfer [--files 500] [--only cp,scp,…]

Each row is a new home, a new folder and a new `vbtui watch DIR --local --json`. When the program
has ended and nothing more comes, the studio's own disk is read: its project must hold every content
that was brought, nothing else, byte for byte. Programs that this machine lacks are skipped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from typing import Any

from tests.bench import _supply as supplies
from tests.bench._supply import missing, run, supply

ROOT = Path(__file__).parents[2]
OTHER_DISK = Path("/dev/shm")
_LONGEST_S = 180.0
"""After the program's end: for the last file to be in the project."""
_QUIET_S = 3.0
"""After that: for anything that should not come."""


@dataclass
class Place:
    """Where one row works."""

    base: Path
    target: Path
    count: int

    def supply(self, name: str, count: int, most: int = 200_000) -> Path:
        """A folder of sources outside the watched one."""
        folder = self.base / name
        supply(folder, count, most)
        return folder


Program = Callable[[Place], set[str]]
"""Brings files into `Place.target`; returns the contents (SHA-256) that must arrive."""


@dataclass
class Watch:
    """A running `vbtui watch`."""

    process: subprocess.Popen[str]
    events: list[dict[str, Any]] = field(default_factory=list)

    def states(self, state: str) -> Counter[str]:
        """How often each path came into `state`."""
        return Counter(one["path"] for one in list(self.events) if one.get("state") == state)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))


@contextmanager
def watching(home: Path, folder: Path) -> Iterator[Watch]:
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "vbtui", "watch", str(folder), "--local", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    watch = Watch(process)
    reader = threading.Thread(target=watch.read, daemon=True)
    reader.start()
    try:
        wait_for(watch, lambda: any(home.rglob("session.json")))
        time.sleep(1)
        yield watch
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(30) == 0, said
        assert not said, said
    finally:
        process.kill()
        process.wait()


def project(home: Path) -> list[Path]:
    """The media files of the studio's projects, on its disk."""
    data = home / ".local/share/vbtui/studio"
    return [
        data / "media" / item["path"]
        for record in data.glob("sessions/*/session.json")
        for item in json.loads(record.read_text())["media"]
    ]


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> set[str]:
    return {digest(path) for path in folder.rglob("*") if path.is_file()}


# -- the programs -----------------------------------------------------------------------------


def cp(place: Place) -> set[str]:
    source = place.supply("source", place.count)
    run("cp", "-r", f"{source}/.", place.target)
    return digests(source)


def mv_same_disk(place: Place) -> set[str]:
    source = place.supply("source", place.count)
    wanted = digests(source)
    run("mv", "-t", place.target, *source.iterdir())
    return wanted


def mv_other_disk(place: Place) -> set[str]:
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as other:
        source = Path(other) / "source"
        supply(source, place.count)
        wanted = digests(source)
        run("mv", "-t", place.target, *source.iterdir())
    return wanted


def curl(place: Place) -> set[str]:
    source = place.supply("source", place.count)
    with supplies.web_server(source) as url, ThreadPoolExecutor(12) as pool:

        def fetch(path: Path) -> None:
            address = f"{url}/{path.name.replace(' ', '%20')}"
            run("curl", "-sS", "-o", place.target / path.name, address)

        list(pool.map(fetch, sorted(source.iterdir())))
    return digests(source)


def scp(place: Place) -> set[str]:
    source = place.supply("source", place.count)
    with supplies.ssh_server(place.base / "ssh") as options:
        target = f"{getuser()}@127.0.0.1:{place.target}"
        run("scp", "-q", "-l", "80000", *options, *sorted(source.iterdir()), target)
    return digests(source)


def _rsync(place: Place, source: Path, *more: str, ok: tuple[int, ...] = (0,)) -> None:
    with supplies.ssh_server(place.base / f"ssh-{time.monotonic_ns()}") as options:
        target = f"{getuser()}@127.0.0.1:{place.target}/"
        run("rsync", "-a", *more, "-e", " ".join(["ssh", *options]), f"{source}/", target, ok=ok)


def rsync(place: Place) -> set[str]:
    source = place.supply("source", place.count)
    _rsync(place, source, "--bwlimit=8m")
    return digests(source)


def rsync_inplace(place: Place) -> set[str]:
    """New files, and then the same names with new contents."""
    count = max(1, place.count // 20)
    source = place.supply("source", count, 4_000_000)
    wanted = digests(source)
    _rsync(place, source, "--inplace", "--bwlimit=6m")
    time.sleep(15)
    supply(source, count, 4_000_000, seed=2)
    _rsync(place, source, "--inplace", "--no-whole-file", "--bwlimit=6m")
    return wanted | digests(source)


def rsync_partial(place: Place) -> set[str]:
    """Cut off twice, then carried on: what is there is kept beside until it is whole."""
    source = place.supply("source", max(1, place.count // 20), 4_000_000)
    for _ in range(2):
        more = ("--partial-dir=.rsync-partial", "--bwlimit=4m")
        with supplies.ssh_server(place.base / f"ssh-{time.monotonic_ns()}") as options:
            target = f"{getuser()}@127.0.0.1:{place.target}/"
            process = subprocess.Popen(
                ["rsync", "-a", *more, "-e", " ".join(["ssh", *options]), f"{source}/", target],
                stderr=subprocess.DEVNULL,
            )
            time.sleep(4)
            process.terminate()
            process.wait()
        time.sleep(6)
    _rsync(place, source, "--partial-dir=.rsync-partial", "--bwlimit=8m")
    return digests(source)


def slow_pipe(place: Place) -> set[str]:
    """200 MB that `cp` gets through a pipe, with pauses of 8 and 20 seconds; and an mp3 likewise."""
    source = place.base / "source"
    source.mkdir()
    kinds = {one.suffix: one for one in supplies.masters()}
    for suffix, size in ((".mp4", 200_000_000), (".mp3", 20_000_000)):
        (source / f"slow{suffix}").write_bytes(supplies.varied(kinds[suffix], os.urandom(size)))

    def carry(path: Path) -> None:
        command = ["cp", "/dev/stdin", str(place.target / path.name)]
        content = path.read_bytes()
        with subprocess.Popen(command, stdin=subprocess.PIPE) as copy:
            assert copy.stdin is not None
            for tenth in range(10):
                size = len(content) // 10 + 1
                copy.stdin.write(content[tenth * size : (tenth + 1) * size])
                copy.stdin.flush()
                time.sleep({3: 8.0, 6: 20.0}.get(tenth, 1.0))
            copy.stdin.close()
            assert copy.wait() == 0

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(carry, sorted(source.iterdir())))
    return digests(source)


def bursts(place: Place) -> set[str]:
    """Writers that open, add a piece, close, and come back after pauses of up to 20 seconds."""
    source = place.supply("source", 20)

    def write(path: Path) -> None:
        content, size = path.read_bytes(), path.stat().st_size // 5 + 1
        for number, pause in enumerate((1.0, 4.0, 10.0, 20.0, 0.0)):
            with (place.target / path.name).open("ab") as file:
                file.write(content[number * size : (number + 1) * size])
            time.sleep(pause)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(write, sorted(source.iterdir())))
    return digests(source)


def browser(place: Place) -> set[str]:
    """As Chromium does it (`Unconfirmed N.crdownload`), and Firefox: `x.mp4` empty, `x.mp4.part`."""
    source = place.supply("source", max(2, place.count // 5))

    def download(item: tuple[int, Path]) -> None:
        number, path = item
        content, final = path.read_bytes(), place.target / path.name
        if number % 2:
            part = place.target / f"Unconfirmed {number}.crdownload"
        else:
            part = final.with_name(final.name + ".part")
            final.touch()
        with part.open("wb") as file:
            for at in range(0, len(content), 16 * 1024):
                file.write(content[at : at + 16 * 1024])
                file.flush()
                time.sleep(0.02)
            time.sleep(8.0 if number % 20 == 3 else 0.0)
        part.rename(final)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(download, enumerate(sorted(source.iterdir()))))
    return digests(source)


ROWS: dict[str, tuple[Program, tuple[str, ...]]] = {
    "cp": (cp, ("cp",)),
    "mv": (mv_same_disk, ("mv",)),
    "mv-disk": (mv_other_disk, ("mv",)),
    "curl": (curl, ("curl",)),
    "scp": (scp, ("scp", "ssh", "sshd", "ssh-keygen")),
    "rsync": (rsync, ("rsync", "ssh", "sshd", "ssh-keygen")),
    "inplace": (rsync_inplace, ("rsync", "ssh", "sshd", "ssh-keygen")),
    "partial": (rsync_partial, ("rsync", "ssh", "sshd", "ssh-keygen")),
    "slow": (slow_pipe, ("cp",)),
    "bursts": (bursts, ()),
    "browser": (browser, ()),
}
"""Each program, and what it needs on this machine."""


# -- one row ----------------------------------------------------------------------------------


def measure(name: str, count: int, base: Path) -> bool:
    """Run one row and print its line; whether all is as it must be."""
    place = Place(base, base / "in", count)
    place.target.mkdir()
    home = base / "home"
    with watching(home, place.target) as watch:
        began = time.monotonic()
        wanted = ROWS[name][0](place)
        brought = time.monotonic()
        wait_for(watch, lambda: len(project(home)) >= len(wanted))
        arrived = time.monotonic()
        time.sleep(_QUIET_S)
        sent, done = watch.states("uploading"), watch.states("done")
        failed = watch.states("failed")
    held = Counter(map(digest, project(home)))
    lost, foreign = wanted - set(held), set(held) - wanted
    twice = sum(held.values()) - len(held) + sum(sent.values()) - len(wanted)
    is_right = not (lost or foreign or twice or failed or sum(done.values()) != len(wanted))
    print(
        f"{name:<9} {len(wanted):>5} {brought - began:>8.1f} {arrived - brought:>8.1f}"
        f" {len(lost):>5} {len(foreign):>8} {twice:>6} {sum(failed.values()):>7}"
        f"  {'ok' if is_right else 'WRONG'}",
        flush=True,
    )
    if not is_right:
        odd = {*failed, *(path for path, times in sent.items() if times > 1)}
        for one in [one for one in watch.events if one.get("path") in odd][:40]:
            print(f"    {one}")
    return is_right


def wait_for(watch: Watch, condition: Callable[[], bool]) -> None:
    """Until `condition` holds; at most `_LONGEST_S`, and not when the process has ended."""
    end = time.monotonic() + _LONGEST_S
    while not condition() and time.monotonic() < end and watch.process.poll() is None:
        time.sleep(0.5)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("transfer")
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--only", default=",".join(ROWS), help=f"of {', '.join(ROWS)}")
    options = parser.parse_args(argv)
    print("program   files  brought  +arrived  lost  partial  twice  failed", flush=True)
    succeeded = True
    for name in options.only.split(","):
        if lacks := missing(*ROWS[name][1]):
            print(f"{name:<9} skipped: {lacks} is not installed")
            continue
        if name == "mv-disk" and not OTHER_DISK.is_dir():
            print(f"{name:<9} skipped: there is no {OTHER_DISK}")
            continue
        base = Path(tempfile.mkdtemp(prefix="vbtui-bench-"))
        try:
            succeeded &= measure(name, options.files, base)
        finally:
            shutil.rmtree(base, ignore_errors=True)
    return 0 if succeeded else 1
