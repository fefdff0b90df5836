"""Two workers of a farm against the local renderer with two processes, and what a farm costs.

The same half minute of 1080p, all of it encoded: six clips, five crossfades, a title, music. Each run begins with empty
caches, so the workers fetch the clips, and connecting and trying the workers is part of it. Everything runs on this
machine, over loopback: how long files take through a real network is reckoned, not measured.

Beside the ratio: seconds of video that a core makes in an hour, bytes that go to the workers and back for each chunk,
and what that comes to with more workers, for longer videos:

    hours = max(video_s / (per_core * cores), bytes / uplink an hour)

A core's figure goes by CPU time, which another program's load changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from tests.bench.render import Scene, cpu_seconds, files_of, promo_draft, scene_of
from tests.farm import DaskFarm
from vbtui.studio.render import Output, render
from vbtui.studio.render.codec import QUALITY
from vbtui.studio.render.farm.scheduler import Farm, farm_of

_UPLINK = 125_000_000
"""Bytes a second of a network of 1 Gbit/s."""


def main(argv: Sequence[str]) -> int:
    """Runs the benchmark; prints times, the ratio and the figures of the cost model."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench farm", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short")
    parser.add_argument("--quality", choices=QUALITY, default="medium")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved runs; the best counts")
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="vbtui-bench-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        scene = scene_of(folder, quick=options.quick, quality=options.quality)
        with DaskFarm(folder / "farm") as dask:
            workers = dask.mend(2)
            assert dask.scheduler is not None
            theirs = [dask.scheduler.pid, *(one.process.pid for one in workers)]
            local: list[_Took] = []
            farm: list[_Took] = []
            for number in range(options.rounds + 1):
                local.append(_run(scene, None))
                farm.append(_run(scene, farm_of(dask.address), theirs))
                chunks = [len(one.begun()) for one in workers]
                moved = sum(_bytes(one.cache) for one in workers)
                print(
                    f"local {local[-1]}   farm {farm[-1]}   chunks by worker {chunks}"
                    f"{'' if number else '   (proves the ffmpegs: does not count)'}",
                    flush=True,
                )
                for one in workers:
                    shutil.rmtree(one.cache / "vbtui" / "farm")
                    one.forget()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours, other = (
        _Took(min(one.wall for one in runs[1:]), min(one.cpu for one in runs[1:]))
        for runs in (local, farm)
    )
    print(
        f"the farm takes         {other.wall / ours.wall:.2f} x ({other.cpu / ours.cpu:.2f} x in CPU time)"
    )
    seconds, count = promo_draft(scene, "")["d"] / 1000, sum(chunks)
    by_cpu, by_wall = (seconds / one * 3600 for one in (other.cpu, other.wall * 2))
    print(
        f"a core makes           {by_cpu:.0f} s of video in an hour of CPU time ({by_wall:.0f} s by the clock)"
    )
    print(
        f"moved                  {moved / 1e6:.1f} MB for {count} chunks: {moved / count / 1e6:.2f} MB each"
    )
    for cores in (2, 100, 1000):
        bound = _UPLINK / (moved / seconds) * 3600
        made = min(by_cpu * cores, bound)
        print(
            f"{cores:5} cores (reckoned)  {made / 3600:6.1f} hours of video in an hour"
            f"{', bound by 1 Gbit/s' if made == bound else ''}"
        )
    return 0


class _Took(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float
    """Of all processes that took part."""

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s, {self.cpu:6.2f} s of CPU"


def _cpu(processes: Sequence[int]) -> float:
    """Seconds of this process, of `processes`, and of the children of all that have ended."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return cpu_seconds() + ticks / os.sysconf("SC_CLK_TCK")


def _run(scene: Scene, farm: Farm | None, processes: Sequence[int] = ()) -> _Took:
    """What the video took. Args: processes: those of the farm."""
    shutil.rmtree(scene.folder / "cache" / "vbtui" / "chunks", ignore_errors=True)
    remarks: list[str] = []
    start, cpu = time.perf_counter(), _cpu(processes)
    with mock.patch("vbtui.studio.render.job.find_copies", return_value=[]):
        asyncio.run(
            render(
                promo_draft(scene, "Urban Dreams"), files_of(scene), Output(scene.quality, workers=2),
                scene.folder / "export.mp4", workdir=scene.folder / "work",
                on_progress=lambda percent: None, on_remark=remarks.append, farm=farm,
            )
        )  # fmt: skip
    assert not remarks, remarks
    return _Took(time.perf_counter() - start, _cpu(processes) - cpu)


def _bytes(cache: Path) -> int:
    """What a worker fetched and what it gave back: both lie in its cache."""
    return sum(path.stat().st_size for path in (cache / "vbtui" / "farm").glob("*/*"))
