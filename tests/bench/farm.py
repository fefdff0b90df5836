"""Two workers of a farm against the local renderer with two processes, and what a farm costs.

The same half minute of 1080p, all of it encoded: six clips, five crossfades, a title, music. Each run begins with empty
caches, so the workers fetch the clips, and connecting and trying the workers is part of it. Everything runs on this
machine, over loopback: how long files take through a real network is reckoned, not measured.

Beside the ratio: seconds of video that a core makes in an hour, bytes that go to the workers and back for each chunk,
and what that comes to with more workers, for longer videos:

    hours = max(video_s / (per_core * cores), bytes / uplink)
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
from unittest import mock

from tests.bench.render import Scene, files_of, promo_draft, scene_of
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
            ours, theirs = [], []
            for number in range(options.rounds + 1):
                took = _run(scene, None), _run(scene, farm_of(dask.address))
                print(f"  local {took[0]:7.2f} s   farm {took[1]:7.2f} s", flush=True)
                if number:  # the first proves the ffmpegs
                    ours.append(took[0])
                    theirs.append(took[1])
                chunks = [len(one.begun()) for one in workers]
                moved = [_bytes(one.cache) for one in workers]
                for one in workers:
                    shutil.rmtree(one.cache / "vbtui" / "farm")
                    one.forget()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = promo_draft(scene, "")["d"] / 1000
    local, farm = min(ours), min(theirs)
    print(f"local, two processes   {local:7.2f} s   of {ours}")
    print(f"farm, two workers      {farm:7.2f} s   of {theirs}")
    print(f"ratio                  {farm / local:7.2f} x")
    per_core = seconds / farm / 2 * 3600
    print(
        f"a core makes           {per_core:7.0f} s of video in an hour (local: {seconds / local / 2 * 3600:.0f} s)"
    )
    count, total = sum(chunks), sum(moved)
    print(
        f"moved                  {total / 1e6:7.1f} MB for {count} chunks, {total / count / 1e6:.2f} MB each"
    )
    print(f"chunks by worker       {chunks}")
    for cores in (2, 100, 1000):
        bound = _UPLINK / (total / seconds) * 3600
        made = min(per_core * cores, bound)
        print(
            f"{cores:5} cores (reckoned)   {made / 3600:7.1f} hours of video in an hour"
            f"{', bound by 1 Gbit/s' if made == bound else ''}"
        )
    return 0


def _run(scene: Scene, farm: Farm | None) -> float:
    """Seconds that the video took."""
    shutil.rmtree(scene.folder / "cache" / "vbtui" / "chunks", ignore_errors=True)
    remarks: list[str] = []
    start = time.perf_counter()
    with mock.patch("vbtui.studio.render.job.find_copies", return_value=[]):
        asyncio.run(
            render(
                promo_draft(scene, "Urban Dreams"), files_of(scene), Output(scene.quality, workers=2),
                scene.folder / "export.mp4", workdir=scene.folder / "work",
                on_progress=lambda percent: None, on_remark=remarks.append, farm=farm,
            )
        )  # fmt: skip
    assert not remarks, remarks
    return round(time.perf_counter() - start, 2)


def _bytes(cache: Path) -> int:
    """What a worker fetched and what it gave back: both lie in its cache."""
    return sum(path.stat().st_size for path in (cache / "vbtui" / "farm").glob("*/*"))
