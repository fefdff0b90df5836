"""One home, one backend, and a seed that decides what is done to the vbtui processes that work there."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from tests import clips as media
from tests.bench._supply import varied
from tests.bench.kills import count_frames
from tests.cloud import (
    RENDER,
    STATE,
    TURN,
    UPLOAD,
    Cloud,
    Fault,
    Play,
    cut,
    doubled,
    halved,
    ignored,
    late,
    page,
    stalls,
    unanswered,
    unread,
)
from tests.faults.audit import Audit, Home
from tests.faults.driver import lines_of
from tests.faults.screen import Screen, becomes

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0
"""So long an undisturbed vbtui may take to its end."""
_END_S = 40.0
"""So long a process may take that was asked to end, or whose terminal is gone."""
_KEPT_S = 60.0
"""So long a busy machine may take until what is typed is written down, or shown; a hung one has many keys before it."""
TIMING = (
    "render_poll=0.3,recover_first=0.5,recover_next=0.5,recover_tries=3,rate_limit_wait=0.5,"
    "connect=3,reply=10,stall=10,hung=2"
)
_SIGNALS = {"kill": signal.SIGKILL, "hangup": signal.SIGHUP, "term": signal.SIGTERM}
_FATES = (*_SIGNALS, "stop", "pause")
_SCREEN_FATES = (*_FATES, "hung pty that goes away", "hung pty that comes back")


class Trial:
    """A backend in the cloud. Its disk may be small, its journal may be damaged, its line is bad."""

    local = False
    longest_s = 4.0
    """How long a process is left alone at most."""

    def __init__(self, seed: int, audit: Audit) -> None:
        self._chance = random.Random(seed)
        self._name = f"seed {seed}"
        self._audit = audit
        self._folder = Path(tempfile.mkdtemp(prefix="vbtui-faults-"))
        self._home = Home(self._folder)
        self._is_damaged = False
        self._small_disk: Path | None = None
        self._processes: list[asyncio.subprocess.Process] = []
        self._stopped: list[asyncio.subprocess.Process] = []
        self._screens: list[Screen] = []
        self._kept: set[str] = set()
        """What was typed and is known to have been written down."""
        self._unsent = ""
        """What stands in the prompt that was there last."""

    async def run(self, tamper: Callable[[Home, Cloud], object] | None = None) -> None:
        """Play and judge.

        Args:
            tamper: what goes wrong behind the audit's back.
        """
        self._audit.trials += 1
        try:
            async with Cloud("s") as cloud:
                cloud.video = media.clip(seconds=1).read_bytes()
                self._prepare()
                for _ in range(self._chance.randint(2, 5)):
                    await self._disturb(cloud)
                await self._finish(cloud)
                if tamper is not None:
                    tamper(self._home, cloud)
                self._judge(cloud)
                self._judge_rest()
        finally:
            self._clear()

    # -- faults -------------------------------------------------------------------------------

    def _prepare(self) -> None:
        for name in ("in", "videos", "state", "tmp"):
            (self._folder / name).mkdir()
        (self._folder / "config.toml").write_text("[uploads]\nsettle_s = 0.3\n")
        if self._chance.random() < 0.2 and os.geteuid() == 0:
            name, size = self._chance.choice((("state", "200k"), ("videos", "16k")))
            if self._mount(self._folder / name, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
                self._small_disk = self._folder / name

    def _mount(self, place: Path, *options: str) -> bool:
        return subprocess.run(["mount", *options, str(place)], capture_output=True).returncode == 0

    def _work(self) -> None:
        """More files and messages for the next process."""
        for _ in range(self._chance.randint(1, 4)):
            name, content = self._content()
            (self._folder / "in" / name).write_bytes(content)
        with (self._folder / "todo").open("a") as file:
            for _ in range(self._chance.randint(0, 3)):
                file.write(f"add the title “{self._chance.randrange(10**9)}”\n")
            if self._chance.random() < 0.4:
                file.write(f"export {self._chance.randrange(10**9)}\n")

    def _content(self) -> tuple[str, bytes]:
        filling = self._chance.randbytes(self._chance.choice((3000, 400_000)))
        return f"{self._chance.randrange(10**9)}.mp3", b"ID3\0" + filling

    async def _disturb(self, cloud: Cloud) -> None:
        """One process at work, and what happens to it."""
        self._work()
        self._spoil_line(cloud)
        if self._small_disk:
            self._audit.faults["full disk"] += 1
        if self._chance.random() < 0.4:
            await self._disturb_screen(cloud)
        else:
            process = await self._start(cloud)
            await self._meanwhile(cloud)
            await self._meets(process, self._chance.choice(_FATES))

    async def _disturb_screen(self, cloud: Cloud) -> None:
        screen = await self._start_screen(cloud)
        await screen.shows(b"ready", b"offline", within_s=_KEPT_S)
        await self._type_all(screen)
        await self._meanwhile(cloud)
        fate = self._chance.choice(_SCREEN_FATES)
        if not fate.startswith("hung pty"):
            await self._meets(screen.process, fate)
            return
        self._audit.faults[fate] += 1
        await screen.hang()
        await asyncio.sleep(self._chance.uniform(0.2, 3.0))
        if fate.endswith("away"):
            screen.goes_away()
            await self._ends(screen.process, fate)
            return
        await screen.comes_back()
        await self._type(screen)
        await self._meets(screen.process, self._chance.choice(tuple(_SIGNALS)))

    async def _type_all(self, screen: Screen) -> None:
        """Send what was typed before, then more; at last something is left in the prompt."""
        if self._unsent and not self._is_damaged:
            told = (
                [b"is full"] if self._small_disk else []
            )  # it is in the journal, and judged at the end
            if not await screen.shows(self._unsent.encode(), *told, within_s=_KEPT_S):
                self._wrong("lost", f"{self._unsent}: typed, and not shown again")
            screen.type(b"\r")
            await becomes(lambda: not self._home.typed(), _KEPT_S)
            self._unsent = ""
        for _ in range(self._chance.randint(0, 2)):
            if await self._type(screen):
                screen.type(b"\r")
                self._unsent = ""
                if self._chance.random() < 0.5:
                    await becomes(lambda: not self._home.typed(), _KEPT_S)
        if self._chance.random() < 0.7 and not self._home.typed():
            await self._type(screen)

    async def _type(self, screen: Screen) -> bool:
        """Type something; whether it was written down."""
        number = str(self._chance.randrange(10**8, 10**9))
        screen.type(f" add the title {number}".encode())
        if await becomes(lambda: number in self._home.typed(), _KEPT_S):
            self._kept.add(number)
            self._unsent = number
            return True
        if not (self._is_damaged or self._small_disk) and screen.process.returncode is None:
            self._wrong(
                "lost", f"{number}: typed, and not written down; seen: {screen.words[-300:]!r}"
            )
        return False

    async def _meanwhile(self, cloud: Cloud) -> None:
        """What happens while a process works: the line is cut, those that were stopped go on."""
        await asyncio.sleep(self._chance.uniform(0.5, self.longest_s))
        if self._stopped and self._chance.random() < 0.5:
            self._audit.faults["go on"] += 1
            for one in self._stopped:
                self._signal(one, signal.SIGCONT)
            self._stopped.clear()
            await asyncio.sleep(self._chance.uniform(0.0, 2.0))
        if self._chance.random() < 0.15:
            self._audit.faults["no line"] += 1
            await cloud.down()
            await asyncio.sleep(self._chance.uniform(0.2, 2.0))
            await cloud.up()

    async def _meets(self, process: asyncio.subprocess.Process, fate: str) -> None:
        self._audit.faults[fate] += 1
        if fate == "pause":
            self._signal(process, signal.SIGSTOP)
            await asyncio.sleep(self._chance.uniform(0.2, 3.0))
            self._signal(process, signal.SIGCONT)
            await asyncio.sleep(self._chance.uniform(0.2, 2.0))
            fate = self._chance.choice(tuple(_SIGNALS))
        if fate == "stop":
            self._signal(process, signal.SIGSTOP)
            self._stopped.append(process)
            return
        self._signal(process, _SIGNALS[fate])
        await self._ends(process, fate)

    async def _ends(self, process: asyncio.subprocess.Process, why: str) -> None:
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            self._wrong("stuck", f"a process does not end after: {why}")
            process.kill()
            await process.wait()
        if self._chance.random() < 0.15:
            self._damage()

    def _signal(self, process: asyncio.subprocess.Process, number: int) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(number)

    def _spoil_line(self, cloud: Cloud) -> None:
        cloud.pause = None
        if self._chance.random() < 0.3:
            self._audit.faults["slow line"] += 1
            cloud.pause = stalls(self._chance.randrange(10**6), share=0.2, longest_s=0.3)
        for _ in range(self._chance.randint(0, 3)):
            method, path = self._chance.choice(
                (("POST", UPLOAD), ("POST", TURN), ("POST", RENDER), ("GET", STATE))
            )
            name, play = self._chance.choice(self._plays())
            cloud.goes_wrong(Fault(method, path, play))
            self._audit.faults[name] += 1

    def _plays(self) -> list[tuple[str, Play]]:
        share = self._chance.random()
        return [
            ("answer cut", cut(share)),
            ("answer cut quietly", cut(share, resets=False)),
            ("answer halved", halved(share)),
            ("answer doubled", doubled),
            ("answer late", late(self._chance.choice((0.5, 2.0, 9.0, 12.0)))),
            ("request cut", unread(share)),
            ("request ignored", ignored),
            ("not answered", unanswered),
            ("503", page(503)),
        ]

    def _damage(self) -> None:
        """Bytes of the journal, or of its log, are overwritten; never while a process has it open."""
        files = [self._home.journal, self._home.journal.with_name("journal.db-wal")]
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

    # -- processes ----------------------------------------------------------------------------

    async def _start(self, cloud: Cloud) -> asyncio.subprocess.Process:
        """A vbtui without a screen."""
        with (self._folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.driver", str(self._folder), *self._option()),
                cwd=ROOT, env=self._environment(cloud), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        return process

    async def _start_screen(self, cloud: Cloud) -> Screen:
        watched = self._folder / "in"
        screen = await Screen.start(
            [
                sys.executable,
                "-m",
                "vbtui",
                "--project",
                "faults",
                "--watch",
                watched,
                *self._option(),
            ],
            self._folder / "videos",
            self._environment(cloud),
            owns=self._chance.random() < 0.5,
        )
        self._processes.append(screen.process)
        self._screens.append(screen)
        return screen

    def _option(self) -> tuple[str, ...]:
        return ("--local",) if self.local else ()

    def _environment(self, cloud: Cloud) -> dict[str, str]:
        homes = {
            f"XDG_{one}_HOME": str(self._folder / one.lower()) for one in ("STATE", "DATA", "CACHE")
        }
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder / "tmp"),
            "LANG": "C.UTF-8",
            "NEMO_API_URL": cloud.url,
            "VBTUI_TIMING": TIMING,
            "VBTUI_CONFIG": str(self._folder / "config.toml"),
            **homes,
        }

    # -- the end, and what came of it -----------------------------------------------------------

    async def _finish(self, cloud: Cloud) -> None:
        """An undisturbed vbtui, with room on its disk. What is suspended keeps its work: it goes on, or is ended."""
        cloud.faults.clear()
        cloud.pause = None
        for one in self._processes:
            if one.returncode is not None:
                continue
            if one in self._stopped and self._chance.random() < 0.5:
                self._signal(one, signal.SIGCONT)
            else:
                one.kill()
                await one.wait()
        if self._small_disk:
            assert self._mount(self._small_disk, "-o", "remount,size=64m")
        process = await self._start(cloud)
        try:
            async with asyncio.timeout(LIMIT_S):
                await process.wait()
        except TimeoutError:
            self._wrong("stuck", "it does not come to its end")
        if process.returncode:
            self._wrong("stuck", f"it ended with {process.returncode}")
        for one in self._processes:
            if one.returncode is None:
                one.kill()
                await one.wait()
                self._home.forgets(one.pid)

    def _wanted(self) -> Counter[str]:
        wanted = Counter(
            sha256(path.read_bytes()).hexdigest() for path in (self._folder / "in").iterdir()
        )
        self._audit.looked_at["files"] += wanted.total()
        return wanted

    def _compare(self, sessions: Iterable[Counter[str]]) -> None:
        """A damaged journal may have forgotten a project: its files are then put into another one."""
        wanted, each = self._wanted(), list(sessions)
        arrived = sum(each, Counter[str]())
        for digest in wanted - arrived:
            self._wrong("lost", f"file {digest[:8]}")
        for found in each if self._is_damaged else [arrived]:
            for digest in found - wanted:
                self._wrong("twice", f"file {digest[:8]}")

    def _judge(self, cloud: Cloud) -> None:
        """What the backend has."""
        sessions: dict[str, Counter[str]] = {one.session: Counter() for one in cloud.files}
        for one in cloud.files:
            sessions[one.session][one.sha256] += 1
        self._compare(sessions.values())
        carried = Counter(
            one.json()["new_message"]["parts"][0]["text"]
            for one in cloud.of("POST", TURN)
            if one.complete
        )
        for line in (one for one, count in carried.items() if count > 1):
            self._wrong("twice", line)
        for line in self._taken():
            if not carried[line]:
                self._expect_turn(line)
        for number in self._kept:
            if not any(number in text for text in carried):
                self._expect_turn(number)
        for render, count in cloud.render_ids.items():
            if count > 1 and sum(one == render for one in cloud.jobs) > 1:
                self._wrong("twice", render)

    def _taken(self) -> list[str]:
        """The messages that a vbtui said that it had; the exports among them are judged here."""
        taken = sorted(set(lines_of(self._folder / "taken")))
        for line in (one for one in taken if one.startswith("export ")):
            self._audit.looked_at["exports"] += 1
            path = self._folder / "videos" / f"{line[7:]}.mp4"
            if not self._is_damaged and not path.exists():
                self._wrong("lost", line)
            if path.exists() and count_frames(path) <= 0:
                self._wrong("lost", f"{line}: not whole")
        messages = [one for one in taken if not one.startswith("export ")]
        self._audit.looked_at["messages"] += len(messages)
        self._audit.looked_at["typed"] += len(self._kept)
        return messages

    def _expect_turn(self, text: str) -> None:
        """The journal has what may not have arrived: it waits for the user's word."""
        if not (self._is_damaged or self._home.knows(text)):
            self._wrong("lost", text)

    def _judge_rest(self) -> None:
        """What the journal has, and what is left on the machine."""
        if not self._is_damaged:
            for row in self._home.under_way():
                self._wrong("stuck", row)
        for pid, line in self._home.processes().items():
            self._wrong("leaked", f"process {pid}: {line[:80]}")
        for name in self._home.litter():
            self._wrong("leaked", name)
        self._audit.looked_at["processes"] += len(self._processes)

    def _wrong(self, kind: str, what: str) -> None:
        log = self._folder / "log"
        end = log.read_text(errors="replace").splitlines()[-4:] if log.exists() else []
        self._audit.wrong[kind].append(f"{self._name}: {what}  {end if kind == 'stuck' else ''}")

    def _clear(self) -> None:
        self._home.ends(self._home.processes())
        for screen in self._screens:
            screen.goes_away()
        if self._small_disk:
            subprocess.run(["umount", "-l", self._small_disk], capture_output=True)
        if os.environ.get("VBTUI_FAULTS_KEEP"):
            print("kept", self._name, self._folder)
        else:
            shutil.rmtree(self._folder, ignore_errors=True)


class LocalTrial(Trial):
    """The studio of this machine, which is killed and stopped too, as its encoders are."""

    local = True
    longest_s = 12.0

    def __init__(self, seed: int, audit: Audit) -> None:
        super().__init__(seed, audit)
        self._chunks: dict[str, int] = {}

    def _content(self) -> tuple[str, bytes]:
        made = self._chance.choice(
            (
                media.clip("red", seconds=0.4, width=160, height=90, hz=300),
                media.picture("green", suffix=".jpg", width=160, height=90),
                media.sound(hz=200, seconds=0.5),
            )
        )
        content = varied(made, self._chance.randbytes(self._chance.choice((300, 40_000))))
        return f"{self._chance.randrange(10**9)}{made.suffix}", content

    def _prepare(self) -> None:
        super()._prepare()
        (self._folder / "todo").write_text("combine these clips\n")

    async def _meanwhile(self, cloud: Cloud) -> None:
        await asyncio.sleep(self._chance.uniform(0.5, self.longest_s))
        self._count_chunks()
        victims = [
            (name, pid)
            for pid, line in self._home.processes().items()
            for name, word in (("studio", " studio "), ("encoder", "-filter_complex"))
            if word in line
        ]
        if victims and self._chance.random() < 0.5:
            name, pid = self._chance.choice(victims)
            fate = self._chance.choice(("killed", "paused"))
            self._audit.faults[f"{name} {fate}"] += 1
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if fate == "killed" else signal.SIGSTOP)
                await asyncio.sleep(
                    self._chance.choice((0.3, 2.0, 12.0)) if fate == "paused" else 0
                )
                os.kill(pid, signal.SIGCONT)
        await super()._meanwhile(cloud)

    def _count_chunks(self) -> None:
        """Nothing that was finished may be made again."""
        now = self._home.chunks()
        again = [key for key, made in self._chunks.items() if now.get(key) != made]
        for key in again:
            self._wrong("twice", f"part {key[:12]} of a video was encoded again")
        self._audit.looked_at["parts of videos"] += len(now.keys() - self._chunks.keys())
        self._chunks = now

    async def _finish(self, cloud: Cloud) -> None:
        await super()._finish(cloud)
        self._count_chunks()
        await becomes(
            lambda: not self._home.processes(), _END_S
        )  # the studio ends after its client

    def _judge(self, cloud: Cloud) -> None:
        sessions = self._home.studio_sessions()
        for _, timeline in sessions:
            for line in (*self._taken(), *self._kept):
                number = "".join(filter(str.isdigit, line))
                if number and timeline.count(f'"text":"{number}"') > 1:
                    self._wrong("twice", line)
        self._compare(files for files, _ in sessions)
        for text in (*self._taken(), *self._kept):
            self._expect_turn(text)
