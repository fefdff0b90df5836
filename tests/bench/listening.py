"""What it costs to find the pauses of an hour, against ffmpeg's own filter.

    python -m tests.bench listening [--folder FOLDER] [--minutes COUNT]

A recording of a voice over the noise of a room, with a pause in every five seconds (AAC in MP4, kept in FOLDER). Once
`silencedetect` runs over it alone; then it is listened to and its pauses are told, as the studio does it. Printed are the
processor time of both and its ratio, the memory of both processes at its highest, and how soon a listening ends that nobody waits for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.clips import ffmpeg
from vbtui.studio.project.levels import Levels
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render.listening import listen

_RATIO, _MIB, _CANCEL_S = 1.2, 150, 1.0


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 where one of the limits is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench listening", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--minutes", type=int, default=60)
    options = parser.parse_args(argv)
    path = _recording(options.folder, options.minutes * 60)
    media = probe(path, path.name)
    began = _worked()
    ffmpeg(
        "-threads",
        "1",
        "-i",
        path,
        "-vn",
        "-af",
        "silencedetect=noise=-35dB:d=1",
        "-f",
        "null",
        "-",
    )
    plain, began = _worked() - began, _worked()
    before = _peak(os.getpid())
    levels, child = asyncio.run(_listened(media))
    own = _peak(os.getpid()) - before
    pauses = levels.pauses() or []
    ours = _worked() - began
    cancelled = asyncio.run(_cancelled(media))
    print(
        f"{options.minutes} minutes: silencedetect {plain:.1f} s of a core, listening {ours:.1f} s"
    )
    print(f"ratio {ours / plain:.2f} (at most {_RATIO}), {len(pauses)} pauses")
    print(f"memory: ffmpeg {child:.0f} MiB, {own:.0f} MiB more here (at most {_MIB} together)")
    print(f"ends {cancelled * 1000:.0f} ms after nobody waits (at most {_CANCEL_S:.0f} s)")
    return 0 if ours <= _RATIO * plain and child + own <= _MIB and cancelled <= _CANCEL_S else 1


def _recording(folder: Path, seconds: int) -> Path:
    path = folder / f"bench-recording-{seconds}.m4a"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        voice = f"sine=f=300:d={seconds},volume='if(lt(mod(t,5),3),0.3,0.001)':eval=frame"
        ffmpeg(
            "-f", "lavfi", "-i", voice, "-f", "lavfi", "-i", f"anoisesrc=d={seconds}:a=0.003",
            "-filter_complex", "amix=normalize=0,aformat=sample_rates=48000:channel_layouts=stereo",
            "-c:a", "aac", unfinished,
        )  # fmt: skip
        unfinished.rename(path)
    return path


def _worked() -> float:
    """Seconds of a core that this process and its children took: what else the machine does is no part of it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak(pid: int | str) -> float:
    """The most memory, MiB, that a process has had; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    found = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0")
    return int(found.split()[1]) / 1024


def _children() -> float:
    """The most memory, MiB, that one of this process's children has had."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return max(map(_peak, children), default=0)


async def _listened(media: Media) -> tuple[Levels, float]:
    """The levels, and the most memory that ffmpeg had."""
    listening = asyncio.create_task(listen(media, lambda _: None))
    most = 0.0
    while not listening.done():
        await asyncio.wait([listening], timeout=0.2)
        most = max(most, await asyncio.to_thread(_children))
    return listening.result(), most


async def _cancelled(media: Media) -> float:
    listening = asyncio.create_task(listen(media, lambda _: None))
    await asyncio.sleep(1)
    began = time.monotonic()
    listening.cancel()
    await asyncio.wait([listening])
    return time.monotonic() - began
