"""The hot folder with many files: kill -9, latency, the loop's lag, and what it costs at rest.

    python -m tests.bench hotfolder [--files 10000] [--only crash|burst]

`crash`: files of 1-100 KB land (some grow, some are renamed from `.part`, 5 % are copies, 2 %
junk) while the watching process is killed five times; then every file must be on the server
exactly once, byte for byte. `burst`: all files at once, in one process, with the lag of its event
loop; then the way from a file's close to its first byte on the server, and the CPU at rest, with
events and polling. The server is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.library_bench import Bench, cloud
from vbtui.journal.records import AssetState
from vbtui.media.folder import hotfolder

ROOT = Path(__file__).parents[2]
KILLS = 5


@dataclass
class Server:
    """The upload server's process and its log."""

    folder: Path
    process: subprocess.Popen[str]
    url: str
    _read: int = 0
    _log: list[dict[str, Any]] = field(default_factory=list)

    def log(self) -> list[dict[str, Any]]:
        """Every upload request so far."""
        path = self.folder / "log.jsonl"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._read)
                for line in file:
                    if line.endswith(b"\n"):
                        self._log.append(json.loads(line))
                        self._read += len(line)
        return self._log

    def done(self) -> list[dict[str, Any]]:
        return [one for one in self.log() if one["outcome"] == "done"]


async def _serve(folder: Path) -> None:
    """A cloud that prints its address and writes down every upload."""
    async with cloud() as server:
        print(server.url, flush=True)
        while True:
            await asyncio.sleep(0.05)
            news, server.uploads = server.uploads, []
            server.requests.clear()
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.writelines(json.dumps(asdict(one)) + "\n" for one in news)


@contextlib.contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.hotfolder", "--serve", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield Server(folder, process, process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


class Writer(threading.Thread):
    """Lets files land the way other programs do; `wanted` counts the contents that must arrive."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.count = count
        self.wanted: Counter[str] = Counter()
        self.junk = 0
        self.copies = 0

    def run(self) -> None:
        chance = random.Random(4)
        growing: list[tuple[Path, bytes]] = []
        originals: list[bytes] = []
        for number in range(self.count):
            place = self.folder / f"{number % 20:02}"
            place.mkdir(exist_ok=True)
            path = place / f"clip {number:05}.mp4"
            content = os.urandom(chance.randint(1000, 100_000))
            dice = chance.random()
            if dice < 0.02:
                path.with_suffix(".txt").write_bytes(content)
                self.junk += 1
                continue
            if dice < 0.07 and originals:
                path.write_bytes(chance.choice(originals))
                self.copies += 1
                continue
            originals.append(content)
            self.wanted[hashlib.sha256(content).hexdigest()] += 1
            if dice < 0.12:
                half = len(content) // 2
                path.write_bytes(content[:half])
                growing.append((path, content[half:]))
            elif dice < 0.3:
                part = path.with_name(path.name + ".part")
                part.write_bytes(content)
                part.rename(path)
            else:
                path.write_bytes(content)
            if len(growing) > 20:
                self._grow(growing.pop(0))
        for item in growing:
            self._grow(item)

    @staticmethod
    def _grow(item: tuple[Path, bytes]) -> None:
        path, rest = item
        with path.open("ab") as file:
            file.write(rest)


def wait_for(condition: Callable[[], bool], seconds: float = 1800) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def start_child(url: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.media.library_child", url, "watch", str(folder)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def crash(count: int, base: Path) -> bool:
    """Ten thousand files, five kills."""
    folder = base / "in"
    folder.mkdir()
    with running_server(base / "server") as server:
        began = time.monotonic()
        writer = Writer(folder, count)
        writer.start()
        for number in range(KILLS):
            child = start_child(server.url, folder)
            wanted = count * (number + 1) // (KILLS + 2)
            wait_for(lambda wanted=wanted: len(server.done()) >= wanted)  # type: ignore[misc]  # a lambda's default
            child.kill()
            child.wait()
        writer.join()
        child = start_child(server.url, folder)
        assert child.stdout is not None
        while child.stdout.readline().strip() != "idle":
            pass
        wait_for(lambda: len(server.done()) >= writer.wanted.total(), 60)
        child.communicate("", timeout=30)
        took = time.monotonic() - began
        arrived = Counter(one["sha256"] for one in server.done())
        twice = sum(times - 1 for times in arrived.values())
        missing = writer.wanted - arrived
        foreign = arrived - writer.wanted
        requests = len(server.log())
    print(f"crash: {count} files, {KILLS} kills, {took:.1f} s")
    print(f"  contents {writer.wanted.total()}, copies {writer.copies}, junk {writer.junk}")
    print(f"  arrived {arrived.total()}, missing {missing.total()}, twice {twice}", end=", ")
    print(f"not as they are {(foreign - Counter(list(arrived))).total()}", end=", ")
    print(f"older halves {len(foreign)}, requests {requests}")
    return not missing and twice == 0


async def lag(stop: asyncio.Event, samples: list[float]) -> None:
    """How late the loop wakes a task that sleeps for 5 ms."""
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        began = loop.time()
        await asyncio.sleep(0.005)
        samples.append((loop.time() - began - 0.005) * 1000)


async def burst(count: int, base: Path) -> None:
    """All at once; then one by one; then at rest."""
    folder, outside = base / "in", base / "outside"
    folder.mkdir()
    outside.mkdir()
    for number in range(count):
        place = outside / f"{number % 20:02}"
        place.mkdir(exist_ok=True)
        (place / f"{number:05}.mp4").write_bytes(os.urandom(1000 + number % 20_000))
    with running_server(base / "server") as server:
        desk = Bench(server.url, settle_s=2.0)
        await desk.start()
        await desk.library.watch(folder)
        await desk.idle()
        samples: list[float] = []
        stop = asyncio.Event()
        meter = asyncio.create_task(lag(stop, samples))
        began = time.monotonic()
        os.rename(outside, folder / "all")
        await desk.until(lambda: len(desk.library.assets) >= count, 600)
        seen = time.monotonic() - began
        async with asyncio.timeout(1800):
            await desk.library.wait_idle()
        took = time.monotonic() - began
        stop.set()
        await meter
        samples.sort()
        done = sum(asset.state is AssetState.DONE for asset in desk.library.assets)
        await asyncio.sleep(1)
        print(f"burst: {count} files seen after {seen:.1f} s, {done} done after {took:.1f} s")
        print(f"  lag of the loop, ms: p50 {samples[len(samples) // 2]:.1f}", end=", ")
        print(f"p99 {samples[int(len(samples) * 0.99)]:.1f}, max {samples[-1]:.1f}")
        await latency(desk, server, folder)
        print(f"  at rest with events: {await rest(10):.2f} % of a core")
        vars(hotfolder)["silent_mount"] = lambda directory: "bench"
        await desk.library.watch(folder)
        await asyncio.sleep(5)
        print(f"  polling {count} files: {await rest(20):.2f} % of a core")
        await desk.stop()


async def latency(desk: Bench, server: Server, folder: Path) -> None:
    """From a file's close to its first byte, less the settle time."""
    extra: list[float] = []
    for number in range(20):
        name = f"single {number}.mp4"
        (folder / name).write_bytes(os.urandom(50_000))
        closed = time.time()
        await desk.until(lambda name=name: desk.states().get(name) is AssetState.DONE, 30)  # type: ignore[misc]  # a lambda's default
        await asyncio.sleep(random.uniform(0.2, 1.5))
        began = next(one["began_at"] for one in server.done() if one["name"] == name)
        extra.append((began - closed - 2.0) * 1000)
    print(
        f"  close to first byte, over the settle time, ms: median {statistics.median(extra):.0f}",
        end=", ",
    )
    print(f"max {max(extra):.0f}")


async def rest(seconds: float) -> float:
    began, wall = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - began) / (time.monotonic() - wall)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("hotfolder")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--only", choices=("crash", "burst"))
    options = parser.parse_args(argv)
    succeeded = True
    for name in ("crash", "burst"):
        if options.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="vbtui-bench-") as base:
                for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
                    os.environ[variable] = str(Path(base) / variable)
                if name == "crash":
                    succeeded = crash(options.files, Path(base))
                else:
                    asyncio.run(burst(options.files, Path(base)))
    return 0 if succeeded else 1


if __name__ == "__main__" and sys.argv[1:2] == ["--serve"]:
    asyncio.run(_serve(Path(sys.argv[2])))
