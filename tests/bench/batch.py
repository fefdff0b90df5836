"""A night of videos in small: `python -m tests.bench batch [ROWS]`, against the bare encoders.

Rows of one clip of a second at 1280x720 and a title over all of it, so that each picture is encoded. Each row goes through all
that `vbtui make --from` does: a project, an upload, two sentences, an export, a download that is looked at. Before that the
same rows are made once while each encoder's call is written down, with what it reads; what is compared with is these
calls alone, as many at a time as the machine has cores, before and behind the batch. The first rows start a studio: the
pace is that between a video near the begin and one near the end, while as many rows are under way. On a machine that does
other things as well the CPU time says more: what the bare encoders take of all that a row takes, the studio included.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import imageio_ffmpeg

from tests import clips as make

ROOT = Path(__file__).parents[2]
CLIPS = 4
JOBS = 5
"""About so many rows are under way."""
_SUBREAPER = 36
RECORDER = """#!/bin/sh
for word; do
  case $word in */graph[0-9]*)
    cp -a "${{word%/*}}" "{folder}/$$" && printf '%s' "${{word%/*}}" >"{folder}/$$/was" && printf '%s\\0' "$@" >"{folder}/$$/call"
  esac
done
exec {ffmpeg} "$@"
"""


def main(argv: Sequence[str]) -> int:
    """Prints rows a second of both, and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench batch", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--height", type=int, default=720)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="vbtui-batch-"))
    ctypes.CDLL(None).prctl(
        _SUBREAPER, 1, 0, 0, 0
    )  # the studio outlives its client: its CPU counts too
    try:
        os.environ.update(HOME=str(folder), PYTHONPATH=str(ROOT))
        for name in ("CONFIG", "STATE", "CACHE", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
        calls = _recorded(folder, options)
        workers = os.cpu_count() or 1
        count = max(options.rows // 2, CLIPS)
        bare = [_encode(calls, workers, count)]
        pace, wall, cpu = _batch(folder, "video", options)
        bare.append(_encode(calls, workers, count))
        rate = 2 * count / sum(one[0] for one in bare)
        least = sum(one[1] for one in bare) / (2 * count)
        print(
            f"{options.rows} rows in {wall:.1f} s: {pace:.2f} a second, {workers} bare encoders {rate:.2f}: {pace / rate:.0%}\n"
            f"CPU {cpu / options.rows:.2f} s a row, {least:.2f} s of a bare encoder: {least * options.rows / cpu:.0%}\n"
            f"load {os.getloadavg()[0]:.1f}"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _rows(folder: Path, word: str, count: int, height: int) -> Path:
    clips = [
        make.clip("", seconds=1, width=height * 16 // 9, height=height, hz=200 + 50 * number)
        for number in range(CLIPS)
    ]
    table = folder / f"{word}.jsonl"
    rows = (
        {"id": f"{word}{number}", "files": str(clips[number % CLIPS])} for number in range(count)
    )
    table.write_text("\n".join(map(json.dumps, rows)))
    return table


def _batch(
    folder: Path, word: str, options: argparse.Namespace, count: int = 0
) -> tuple[float, float, float]:
    """Rows a second, seconds in all, and of CPU."""
    table = _rows(folder, word, count or options.rows, options.height)
    out = folder / word
    command = [sys.executable, "-m", "vbtui", "make", "--from", str(table), "--local", "--json"]
    command += ["--say", "combine these clips", "--say", "add a title “{id}” from 0 to 1 seconds"]
    command += ["-o", f"{out}/{{id}}.mp4", *(["--jobs", str(options.jobs)] if options.jobs else [])]
    began, before = time.monotonic(), os.times()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        ends = [time.monotonic() for line in run.stdout if '"row"' in line]
        assert run.stderr is not None
        said = run.stderr.read()
    assert run.returncode == 0, said
    wall = time.monotonic() - began
    with suppress(ChildProcessError):
        while True:  # the studio
            os.wait()
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    first = min(JOBS, len(ends) // 2 - 1)
    pace = (len(ends) - 2 * first - 1) / (ends[-1 - first] - ends[first])
    return pace, wall, cpu


def _recorded(folder: Path, options: argparse.Namespace) -> list[list[str]]:
    """The encoders' calls of some rows."""
    calls, recorder = folder / "calls", folder / "ffmpeg"
    calls.mkdir()
    recorder.write_text(RECORDER.format(folder=calls, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe()))
    recorder.chmod(0o755)
    os.environ["VBTUI_FFMPEG"] = str(recorder)
    _batch(folder, "first", options, count=CLIPS)
    del os.environ["VBTUI_FFMPEG"]
    found = []
    for call in sorted(calls.glob("*/call")):
        was = (call.parent / "was").read_text()
        words = call.read_bytes().decode().split("\0")[:-1]
        *words, _ = [word.replace(was, str(call.parent)) for word in words]
        found.append([*words, str(call.parent / "made.nut")])
    assert len(found) == CLIPS, found
    return found


def _encode(calls: Sequence[list[str]], workers: int, count: int) -> tuple[float, float]:
    """Seconds that so many of the calls take, and of CPU."""
    wanted = [calls[number % len(calls)] for number in range(count)]
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()

    def run(number: int) -> None:
        *words, made = wanted[number]
        place = Path(made).with_name(f"made{number}.nut")
        command = ["nice", "-n", "10", ffmpeg, *words, str(place)]
        folder = place.parent
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        place.unlink()

    began, before = time.monotonic(), os.times()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(count)))
    after = os.times()
    return time.monotonic() - began, sum(after[2:4]) - sum(before[2:4])
