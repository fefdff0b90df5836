"""How soon the picture at the playhead is there, in footage with long groups and in heavy footage.

    python -m tests.bench frames [--folder FOLDER] [--times COUNT]

Two clips: 1080p H.264 of 60 s with a key frame every 8 s, and 4K HEVC with 10 bits of 30 s. A studio of its own is asked
for pictures at random times, as the timeline of a terminal of 200x50 asks: first with no proxies, then when it has made
them. Beside it: how long a proxy takes as a ratio of its clip's length, and how large it is. The clips are kept in
FOLDER, for they take minutes to be made.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.clips import ffmpeg
from tests.studio.running import RunningStudio, studio
from vbtui.studio.project.probe import probe

WIDTH, HEIGHT = 248, 140
LIMIT_MS = 300


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 when a proxy does not give the pictures in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench frames", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--times", type=int, default=40)
    options = parser.parse_args(argv)
    results = [
        _measured(clip, options.times) for clip in (_long(options.folder), _heavy(options.folder))
    ]
    return 0 if all(results) else 1


def _long(folder: Path) -> Path:
    groups = (
        "-preset",
        "fast",
        "-crf",
        "23",
        "-g",
        "240",
        "-keyint_min",
        "240",
        "-sc_threshold",
        "0",
    )
    return _made(folder / "bench-long-groups.mp4", "1920x1080", 60, "-c:v", "libx264", *groups)


def _heavy(folder: Path) -> Path:
    groups = "log-level=0:keyint=60:min-keyint=60:bframes=3:b-adapt=0"
    coded = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "26", "-x265-params", groups)
    return _made(folder / "bench-4k-hevc.mp4", "3840x2160", 30, *coded, "-pix_fmt", "yuv420p10le")


def _made(path: Path, size: str, seconds: int, *coded: str) -> Path:
    if not path.exists():
        picture = f"testsrc2=s={size}:r=30:d={seconds},noise=alls=6:allf=t"
        unfinished = path.with_name(f"unfinished-{path.name}")
        ffmpeg("-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p", *coded, unfinished)
        unfinished.rename(path)
    return path


def _measured(clip: Path, times: int) -> bool:
    facts = probe(clip, clip.name)
    print(
        f"{clip.name}: {facts.width}x{facts.height} {facts.video_codec}, groups of {facts.group_ms} ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        config = home / "config.toml"
        environ = {"VBTUI_CONFIG": str(config), "XDG_CACHE_HOME": str(home / "cache")}
        config.write_text("[studio]\nproxies_gb = 0\n")
        with studio(home / "without", environ=environ) as running:
            _tell(
                "from the file", _asked(running, _project(running, clip), facts.duration_ms, times)
            )
        config.write_text("[studio]\nproxies_gb = 1\n")
        with studio(home / "with", environ=environ) as running:
            session = _project(running, clip)
            began = time.monotonic()
            proxies = home / "cache" / "vbtui" / "proxies"
            (proxy,) = _until_made(proxies)
            took = time.monotonic() - began
            share = proxy.stat().st_size / clip.stat().st_size
            print(
                f"  proxy made in {took:.0f} s, {took * 1000 / facts.duration_ms:.2f} of the clip's length;"
                f" {proxy.stat().st_size / 1e6:.1f} MB, {share:.1%} of the clip"
            )
            return _tell("from the proxy", _asked(running, session, facts.duration_ms, times))


def _until_made(folder: Path) -> list[Path]:
    while not (made := [path for path in folder.glob("??/*") if path.is_file()]):
        time.sleep(0.2)
    return made


def _project(running: RunningStudio, clip: Path) -> str:
    session = running.new_session()
    running.add(session, clip)
    running.say(session, "make a video of this clip")
    return session


def _asked(running: RunningStudio, session: str, duration_ms: int, times: int) -> list[float]:
    """ms of each picture, at the same random times every run."""
    chosen = random.Random(5)
    took = []
    for _ in range(times):
        query = f"at={chosen.randrange(duration_ms)}&width={WIDTH}&height={HEIGHT}"
        began = time.perf_counter()
        reply = running.http.get(f"/studio/frames/{session}?{query}")
        took.append((time.perf_counter() - began) * 1000)
        assert reply.status_code == 200, reply.text
    return sorted(took)


def _tell(what: str, took: list[float]) -> bool:
    p95 = took[min(len(took) * 95 // 100, len(took) - 1)]
    print(
        f"  {what}: p50 {took[len(took) // 2]:.0f} ms, p95 {p95:.0f} ms, most {took[-1]:.0f} ms"
        f" (limit {LIMIT_MS}); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return p95 <= LIMIT_MS
