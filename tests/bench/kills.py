"""kill -9 and cancel at random moments of a render: what arrives, and what is done twice.

A local project of eight clips is exported again and again. Each time one process is killed: vbtui
without a screen (`vbtui export`, and the engine as the screen runs it), the studio, or one
encoder. Then vbtui starts again where it was killed, and the video must arrive: whole, with no
chunk encoded again that was finished when the process died. Cancelled exports must end within a
second and leave no process and no file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg

from tests import clips as make
from tests.bench._carry import engine
from vbtui.exports.presets import options_for
from vbtui.journal.records import ExportOptions, RenderState

ROOT = Path(__file__).parents[2]
SENTENCES = (
    "combine these clips with a crossfade between each",
    "add a title “Kills” for 3 seconds",
)
LIMIT_S = 60.0
PRESET = "preview"
"""Small, so that a render takes seconds."""


@dataclass(slots=True)
class Scene:
    """The project and what a whole export of it is."""

    folder: Path
    frames: int = 0
    seconds: float = 0
    """From the journal's entry to the finished file, undisturbed."""
    chunks: int = 0

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def cache(self) -> Path:
        return self.folder / "cache" / "vbtui" / "chunks"

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "vbtui" / "journal.db"

    @property
    def started(self) -> Path:
        """A line for each chunk whose encoding began."""
        return self.folder / "started"


@dataclass(slots=True)
class Tally:
    """What came of the trials of one kind."""

    trials: int = 0
    arrived: int = 0
    whole: int = 0
    twice: int = 0
    """Finished chunks that were encoded again."""
    begun_again: int = 0
    """Encodings beyond one for each chunk: those that the kill cut short."""
    late: int = 0
    """Kills that came when the video was there already."""
    slowest_s: float = 0
    problems: list[str] = field(default_factory=list)


def main(argv: Sequence[str]) -> int:
    """Runs the trials; prints a table. Returns 1 when anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench kills", description=__doc__)
    parser.add_argument("--trials", type=int, default=10, help="for each kind")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--kinds", nargs="*", choices=(*VICTIMS, "cancel"))
    options = parser.parse_args(argv)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    moments = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="vbtui-kills-"))
    try:
        scene = _scene(folder)
        print(
            f"{scene.frames} frames in {scene.chunks} chunks, {scene.seconds:.1f} s; seed {seed}; "
            f"load {os.getloadavg()[0]:.1f}"
        )
        kinds = options.kinds or [*VICTIMS, "cancel"]
        tallies = {kind: _trials(scene, kind, options.trials, moments) for kind in kinds}
    finally:
        for pid in _about(folder):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
    problems = [problem for tally in tallies.values() for problem in tally.problems]
    print("\n".join(problems))
    return 1 if problems else 0


def _trials(scene: Scene, kind: str, count: int, moments: random.Random) -> Tally:
    tally = Tally()
    for number in range(count):
        wait_s = moments.random() * scene.seconds
        if kind == "cancel":
            asyncio.run(_cancel(scene, number, wait_s, tally))
        else:
            _kill(scene, kind, number, wait_s, moments, tally)
    if kind == "cancel":
        print(
            f"cancel  {tally.trials:3} cancelled, slowest after {tally.slowest_s:.2f} s, "
            f"{tally.late} came too late, {len(tally.problems)} left something"
        )
    else:
        print(
            f"{kind:7} {tally.trials:3} kills  {tally.arrived:3} arrived  {tally.whole:3} whole  "
            f"{tally.twice} finished chunks encoded twice  {tally.begun_again} begun again  "
            f"{tally.late} came too late"
        )
    return tally


# The project


def _scene(folder: Path) -> Scene:
    scene = Scene(folder)
    wrapper = folder / "ffmpeg"
    wrapper.write_text(
        f'#!/bin/sh\nfor word; do case $word in */graph[0-9]*) echo "$word" >>{scene.started};; '
        f'esac; done\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n'
    )
    wrapper.chmod(0o755)
    places = {name: str(folder / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    os.environ.update({f"XDG_{name}_HOME": place for name, place in places.items()})
    os.environ.update(
        HOME=str(folder),
        PYTHONPATH=str(ROOT),
        VBTUI_FFMPEG=str(wrapper),
        VBTUI_TIMING="local_render_poll=0.05",
    )
    scene.work.mkdir()
    asyncio.run(_prepare(scene))
    whole = scene.work / "whole.mp4"
    process = _start(scene, "export", whole)
    _wait(lambda: _rows(scene) == 1, "the first export begins")
    begun = time.monotonic()
    _wait(lambda: process.poll() is not None, "the first export ends")
    scene.seconds = time.monotonic() - begun
    scene.frames = count_frames(whole)
    scene.chunks = len(set(_started(scene)))
    return scene


async def _prepare(scene: Scene) -> None:
    colors = ("red", "green", "blue", "white", "0xC86432", "", "gray", "yellow")
    clips = [
        make.clip(color, seconds=2, width=640, height=360, hz=200 + 50 * number)
        for number, color in enumerate(colors)
    ]
    async with engine(scene.work) as it:
        await it.library.add(clips)
        await it.wait_idle()
        for sentence in SENTENCES:
            await it.conversation.say(sentence)
            await it.wait_idle()
        assert it.drafts.version == len(SENTENCES), "the director did not follow"


# One kill


def _studios(scene: Scene, process: subprocess.Popen[bytes]) -> list[int]:
    return [pid for pid, line in _about(scene.folder).items() if b"\0studio\0" in line]


def _encoders(scene: Scene, process: subprocess.Popen[bytes]) -> list[int]:
    found = [pid for pid, line in _about(scene.folder).items() if b"-filter_complex" in line]
    return found or [pid for pid, line in _about(scene.folder).items() if b"-hide_banner" in line]


def _itself(scene: Scene, process: subprocess.Popen[bytes]) -> list[int]:
    return [process.pid] if process.poll() is None else []


VICTIMS: dict[str, Callable[[Scene, subprocess.Popen[bytes]], list[int]]] = {
    "export": _itself,
    "engine": _itself,
    "studio": _studios,
    "worker": _encoders,
}
"""What is killed, by kind of trial: the processes to choose from."""


def _kill(
    scene: Scene, kind: str, number: int, wait_s: float, moments: random.Random, tally: Tally
) -> None:
    tally.trials += 1
    shutil.rmtree(scene.cache, ignore_errors=True)
    scene.started.unlink(missing_ok=True)
    wanted = scene.work / f"{kind}{number}.mp4"
    before = _rows(scene)
    process = _start(scene, "engine" if kind == "engine" else "export", wanted)
    _wait(lambda: _rows(scene) > before or process.poll() is not None, "the export begins")
    time.sleep(wait_s)
    victim = _strike(scene, kind, process, moments)
    tally.late += victim is None
    kept = _finished(scene)
    if kind in ("export", "engine"):
        process.wait()
        _wait(lambda: not _about(scene.folder), "what the killed vbtui started is gone")
        kept = _finished(scene)
        process = _start(scene, "engine", None)
    _wait(lambda: process.poll() is not None, f"{wanted.name} arrives", process)
    where = f"{kind} {number}, killed after {wait_s:.2f} s:"
    _judge(scene, wanted, kept, where, tally)


def _strike(
    scene: Scene, kind: str, process: subprocess.Popen[bytes], moments: random.Random
) -> int | None:
    """Kills one of the kind, as soon as there is one; None when vbtui is done before."""
    while process.poll() is None:
        if pids := VICTIMS[kind](scene, process):
            victim = moments.choice(pids)
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
            return victim
        time.sleep(0.005)
    return None


def _judge(scene: Scene, path: Path, kept: dict[str, int], where: str, tally: Tally) -> None:
    now = _finished(scene)
    again = [key for key, inode in kept.items() if now.get(key) != inode]
    tally.twice += len(again)
    tally.begun_again += len(_started(scene)) - scene.chunks
    if again:
        tally.problems.append(f"{where} {len(again)} finished parts were made again")
    if path.exists():
        tally.arrived += 1
        frames = count_frames(path)
        tally.whole += frames == scene.frames
        if frames != scene.frames:
            tally.problems.append(f"{where} {frames} frames of {scene.frames} arrived")
    else:
        tally.problems.append(f"{where} no video; {_last_problem(scene)}")
    _judge_rest(scene, where, tally)


def _judge_rest(scene: Scene, where: str, tally: Tally) -> None:
    left = sorted(path.name for path in scene.work.iterdir() if path.suffix != ".mp4")
    left += [path.name for path in scene.cache.glob("unfinished-*")]
    left += [str(path) for path in (scene.folder / "data").rglob("work-*")]
    if left:
        tally.problems.append(f"{where} left behind: {', '.join(left)}")
    if _about(scene.folder):
        tally.problems.append(f"{where} processes left: {_about(scene.folder)}")


def count_frames(path: Path) -> int:
    """The frames that can be decoded, at rising times; -1 for a video that is broken."""
    try:
        with av.open(str(path)) as container:
            times = [frame.pts or 0 for frame in container.decode(video=0)]
        with av.open(str(path)) as container:
            heard = sum(frame.samples for frame in container.decode(audio=0))
    except (av.FFmpegError, IndexError):
        return -1
    rising = all(first < second for first, second in pairwise(times))
    as_long = abs(heard / 48000 - len(times) / 30) < 0.1
    return len(times) if rising and as_long else -1


# A cancelled export


async def _cancel(scene: Scene, number: int, wait_s: float, tally: Tally) -> None:
    tally.trials += 1
    shutil.rmtree(scene.cache, ignore_errors=True)
    wanted = scene.work / f"cancel{number}.mp4"
    async with engine(scene.work) as it:
        render = await it.exports.start(options_for(PRESET, ExportOptions(destination=wanted)))
        await asyncio.sleep(wait_s)
        begun = time.monotonic()
        await it.exports.cancel(render.id)
        while it.exports.latest(render.id).state is not RenderState.CANCELLED:  # type: ignore[union-attr]  # it stays in the queue
            if wanted.exists():
                tally.late += 1
                return
            await asyncio.sleep(0.005)
        while encoders := [line for line in _about(scene.folder).values() if b"ffmpeg" in line]:
            if time.monotonic() - begun > LIMIT_S:
                tally.problems.append(f"cancel after {wait_s:.2f} s: {encoders} run on")
                return
            await asyncio.sleep(0.005)
        took = time.monotonic() - begun
        tally.slowest_s = max(tally.slowest_s, took)
        left = [path.name for path in scene.work.iterdir() if path.suffix != ".mp4"]
        left += [path.name for path in scene.cache.glob("unfinished-*")]
        left += [wanted.name] if wanted.exists() else []
        for place in (scene.folder / "data").rglob(render.id):
            made = [path for path in place.iterdir() if path.suffix != ".json"]
            left += [path.name for path in made if count_frames(path) != scene.frames]
        if left or took > 1:
            tally.problems.append(f"cancel after {wait_s:.2f} s: took {took:.2f} s, left {left}")


# Processes and records


def _start(scene: Scene, kind: str, wanted: Path | None) -> subprocess.Popen[bytes]:
    if kind == "export":
        arguments = ["-m", "vbtui", "export", "--local", "--preset", PRESET, "-o", str(wanted)]
    else:
        arguments = [
            "-m",
            "tests.bench._carry",
            str(scene.work),
            *filter(None, [str(wanted or "")]),
        ]
    with (scene.folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=scene.work, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _about(folder: Path) -> dict[int, bytes]:
    """The command lines of all processes that name `folder`, this one and the dead aside."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in line and int(path.parent.name) != os.getpid():
            found[int(path.parent.name)] = line
    return found


def _finished(scene: Scene) -> dict[str, int]:
    """The keys in the chunk cache with what tells one making from another."""
    return {path.name: inode for path in scene.cache.glob("*/*") for inode in _inode(path)}


def _inode(path: Path) -> Iterator[int]:
    try:
        yield path.stat().st_ino
    except FileNotFoundError:
        return


def _started(scene: Scene) -> list[str]:
    lines = scene.started.read_text().splitlines() if scene.started.exists() else []
    return [line.rsplit("/", 1)[1] for line in lines]


def _query(scene: Scene, text: str) -> list[tuple[object, ...]]:
    try:
        with closing(sqlite3.connect(f"file:{scene.journal}?mode=ro", uri=True)) as connection:
            return connection.execute(text).fetchall()
    except sqlite3.OperationalError:
        return []


def _rows(scene: Scene) -> int:
    return len(_query(scene, "SELECT id FROM renders"))


def _last_problem(scene: Scene) -> str:
    rows = _query(scene, "SELECT state, problem FROM renders ORDER BY created_at DESC LIMIT 1")
    log = (scene.folder / "log").read_text(errors="replace").strip().splitlines()[-3:]
    return f"{rows} {log}"


def _wait(
    is_so: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None
) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            if process is None:
                raise TimeoutError(f"it does not happen that {what}")
            process.kill()
            process.wait()
            return
        time.sleep(0.01)
