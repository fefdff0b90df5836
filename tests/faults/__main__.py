"""Random faults on real processes, and an audit: `python -m tests.faults --minutes 20 [--seed N]`.

Each trial has its own home and its own backend on loopback. Files land in a watched folder, messages are said
and videos exported by vbtui processes that are killed, hung up, stopped where they stand, or cut off from the
backend, with disks that are full and journals that are damaged. Then one vbtui runs undisturbed to its end.
Audited is what the backend saw: lost 0, twice 0, stuck 0, leaked 0.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests import clips as media
from tests.cloud import (
    RENDER,
    STATE,
    TURN,
    UPLOAD,
    Cloud,
    Fault,
    cut,
    ignored,
    page,
    unanswered,
    unread,
)
from tests.faults.driver import lines_of

ROOT = Path(__file__).parents[2]
LIMIT_S = 90.0
"""So long an undisturbed vbtui may take to its end."""
TIMING = (
    "render_poll=0.3,recover_first=0.5,recover_next=0.5,recover_tries=3,rate_limit_wait=0.5,"
    "connect=3,reply=10,stall=10,hung=2"
)
ENDS = ("kill", "hangup", "term", "stop")
"""How a process ends, each as likely as the others."""


@dataclass(slots=True)
class Audit:
    """What went wrong, by kind, with the trial that shows it."""

    trials: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(
        default_factory=lambda: {kind: [] for kind in ("lost", "twice", "stuck", "leaked")}
    )

    @property
    def is_clean(self) -> bool:
        return not any(self.wrong.values())

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {len(found)}" for kind, found in self.wrong.items())
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        details = [f"  {kind}: {one}" for kind, found in self.wrong.items() for one in found]
        return "\n".join([f"{self.trials} trials ({faults}): {kinds}", *details])


class Trial:
    """One home, one backend, and a seed that decides everything."""

    def __init__(self, seed: int, audit: Audit) -> None:
        self._chance = random.Random(seed)
        self._name = f"seed {seed}"
        self._audit = audit
        self._folder = Path(tempfile.mkdtemp(prefix="vbtui-faults-"))
        self._journal = self._folder / "state" / "vbtui" / "journal.db"
        self._is_damaged = False
        self._small_disk = False
        self._processes: list[asyncio.subprocess.Process] = []

    async def run(self) -> None:
        self._audit.trials += 1
        try:
            async with Cloud("s") as cloud:
                cloud.video = media.clip(seconds=1).read_bytes()
                self._prepare()
                for _ in range(self._chance.randint(2, 5)):
                    await self._disturb(cloud)
                await self._finish(cloud)
                self._judge(cloud)
        finally:
            self._clear()

    # -- faults -------------------------------------------------------------------------------

    def _prepare(self) -> None:
        for name in ("in", "videos", "state"):
            (self._folder / name).mkdir()
        if self._chance.random() < 0.15 and os.geteuid() == 0:
            self._small_disk = self._mount("-t", "tmpfs", "-o", "size=200k", "tmpfs")

    def _mount(self, *options: str) -> bool:
        command = ["mount", *options, str(self._folder / "state")]
        return subprocess.run(command, capture_output=True).returncode == 0

    def _work(self) -> None:
        """More files and messages for the next process."""
        for _ in range(self._chance.randint(1, 4)):
            number = self._chance.randrange(10**9)
            content = b"ID3\0" + self._chance.randbytes(self._chance.choice((3000, 400_000)))
            (self._folder / "in" / f"{number}.mp3").write_bytes(content)
        with (self._folder / "todo").open("a") as file:
            for _ in range(self._chance.randint(0, 3)):
                file.write(f"add the title “{self._chance.randrange(10**9)}”\n")
            if self._chance.random() < 0.4:
                file.write(f"export {self._chance.randrange(10**9)}\n")

    async def _disturb(self, cloud: Cloud) -> None:
        """One process at work, and what happens to it."""
        self._work()
        for _ in range(self._chance.randint(0, 3)):
            cloud.goes_wrong(self._line_fault())
            self._audit.faults["line"] += 1
        process = await self._start(cloud)
        await asyncio.sleep(self._chance.uniform(0.5, 4.0))
        how = self._chance.choice(ENDS)
        self._audit.faults[how] += 1
        numbers = {"kill": signal.SIGKILL, "hangup": signal.SIGHUP, "term": signal.SIGTERM}
        with suppress(ProcessLookupError):
            process.send_signal(numbers.get(how, signal.SIGSTOP))
        if how != "stop":
            await process.wait()
            if self._chance.random() < 0.2:
                self._damage()
        if self._small_disk:
            self._audit.faults["full disk"] += 1

    def _line_fault(self) -> Fault:
        method, path = self._chance.choice(
            (("POST", UPLOAD), ("POST", TURN), ("POST", RENDER), ("GET", STATE))
        )
        share = self._chance.random()
        plays = (
            cut(share),
            cut(share, resets=False),
            unread(share),
            ignored,
            unanswered,
            page(503),
        )
        return Fault(method, path, self._chance.choice(plays))

    def _damage(self) -> None:
        """Bytes of the journal, or of its log, are overwritten; never while a process has it open."""
        files = [self._journal, self._journal.with_name("journal.db-wal")]
        files = [one for one in files if one.exists() and one.stat().st_size > 4096]
        if not files or any(one.returncode is None for one in self._processes):
            return
        path = self._chance.choice(files)
        self._is_damaged = True
        self._audit.faults["damaged journal"] += 1
        with path.open("rb+") as file:
            for _ in range(self._chance.randint(1, 3)):
                file.seek(self._chance.randrange(path.stat().st_size - 64))
                file.write(self._chance.randbytes(64))

    async def _start(self, cloud: Cloud) -> asyncio.subprocess.Process:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
            "NEMO_API_URL": cloud.url,
            "VBTUI_TIMING": TIMING,
            "VBTUI_CONFIG": str(self._folder / "config.toml"),
            **{
                f"XDG_{one}_HOME": str(self._folder / one.lower())
                for one in ("STATE", "DATA", "CACHE")
            },
        }
        (self._folder / "config.toml").write_text("[uploads]\nsettle_s = 0.3\n")
        with (self._folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.driver", self._folder,
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    # -- the end, and what came of it -----------------------------------------------------------

    async def _finish(self, cloud: Cloud) -> None:
        """An undisturbed vbtui, with room on its disk."""
        cloud.faults.clear()
        if self._small_disk:
            assert self._mount("-o", "remount,size=64m")
        process = await self._start(cloud)
        try:
            async with asyncio.timeout(LIMIT_S):
                await process.wait()
        except TimeoutError:
            self._wrong("stuck", "it does not come to its end")
        if process.returncode:
            self._wrong("stuck", f"it ended with {process.returncode}")
        for one in self._processes:  # one that was stopped with nothing to do is left alone
            if one.returncode is None:
                one.kill()
                await one.wait()

    def _judge(self, cloud: Cloud) -> None:
        wanted = Counter(
            sha256(path.read_bytes()).hexdigest() for path in (self._folder / "in").iterdir()
        )
        arrived = Counter(one.sha256 for one in cloud.files)
        for digest in wanted - arrived:
            self._wrong("lost", f"file {digest[:8]}")
        for digest in arrived - wanted:
            self._wrong("twice", f"file {digest[:8]}")
        carried = Counter(
            one.json()["new_message"]["parts"][0]["text"]
            for one in cloud.of("POST", TURN)
            if one.complete
        )
        for line in (one for one, count in carried.items() if count > 1):
            self._wrong("twice", line)
        taken = set(lines_of(self._folder / "taken"))
        for line in taken:
            if line.startswith("export "):
                is_there = (self._folder / "videos" / f"{line[7:]}.mp4").exists()
            else:
                is_there = bool(carried[line]) or line in self._known()
            if not (is_there or self._is_damaged):
                self._wrong("lost", line)
        for render, count in cloud.render_ids.items():
            if count > 1 and sum(one == render for one in cloud.jobs) > 1:
                self._wrong("twice", render)
        for pid, line in self._left().items():
            self._wrong("leaked", f"process {pid}: {line[:80]!r}")
        for path in (self._folder / "videos").iterdir():
            if path.suffix != ".mp4":
                self._wrong("leaked", path.name)

    def _known(self) -> set[str]:
        """What the journal has: a message that may have been sent waits for the user's word."""
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(self._journal)) as connection:
            return {
                str(text)
                for (text,) in connection.execute("SELECT text FROM turns WHERE state != 'queued'")
            }

    def _wrong(self, kind: str, what: str) -> None:
        end = (self._folder / "log").read_text(errors="replace").splitlines()[-4:]
        self._audit.wrong[kind].append(f"{self._name}: {what}  {end if kind == 'stuck' else ''}")

    def _left(self) -> dict[int, bytes]:
        """Living processes that name the trial's folder."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                line = path.read_bytes()
                if str(self._folder).encode() in line and int(path.parent.name) != os.getpid():
                    found[int(path.parent.name)] = line
        return found

    def _clear(self) -> None:
        for pid in self._left():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._small_disk:
            subprocess.run(["umount", "-l", self._folder / "state"], capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)


async def play(seeds: Sequence[int], until: float = float("inf")) -> Audit:
    """Trials in turn, until all were played or the time is over."""
    audit = Audit()
    for seed in seeds:
        if time.monotonic() > until:
            break
        await Trial(seed, audit).run()
    return audit


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the first trial")
    options = parser.parse_args()
    first = random.randrange(10**6) if options.seed is None else options.seed
    until = time.monotonic() + options.minutes * 60
    audit = asyncio.run(play(range(first, first + 100_000), until))
    print(audit)
    return 0 if audit.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
