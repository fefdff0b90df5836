"""What was not encoded here is decoded once before it is believed: copied parts, and the lengths of the
finished file's streams."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vbtui.base.errors import BadFile, RenderFailed
from vbtui.studio.render.chunks import FileCache
from vbtui.studio.render.codec import VIDEOS
from vbtui.studio.render.copying import Copy
from vbtui.studio.render.ffmpeg import run
from vbtui.studio.render.graph import READ_SAFELY
from vbtui.studio.render.model import SAMPLE_RATE, Plan
from vbtui.studio.render.workers import Turn, Work, in_workers

_MARKS = 10_000
"""Copies that are remembered as whole, each by a file of one byte."""
_PADDING = 1024
"""Samples that some decoders give behind the end: the rest of the last packet."""
_ROUNDING = SAMPLE_RATE // 1000
"""Samples that may lack: an MP4 states in milliseconds what is played of a track."""
FULL_SCALE = 1.0
_MEASURE = (
    f"aresample={SAMPLE_RATE},aformat=sample_fmts=fltp,asetnsamples=n={SAMPLE_RATE}:p=0,"
    "astats=metadata=1:measure_perchannel=none:measure_overall=Peak_level+Number_of_samples,"
    r"ametadata=print:file=pipe\\:1"
)
"""Says every second what it has counted until then; the last one counts."""


_R128 = "lavfi.r128."
_PRINT = r"ametadata=print:key={key}:file=pipe\\:1"
MEASURE_LOUDNESS = "ebur128=metadata=1:peak=true," + ",".join(
    _PRINT.format(key=_R128 + key) for key in ("I", "true_peak")
)
"""Says every 0.1 s how loud it was until then; the last counts."""
SILENT = -70.0
"""LUFS of what is not heard."""


async def find_damaged(
    copies: Sequence[Copy],
    cache: FileCache,
    workers: int,
    turn: Turn | None,
    tell: Callable[[float], None],
) -> set[int]:
    """The starts of those that cannot be decoded without an error. What was found whole once is not
    decoded again as long as the cache knows it.

    Args:
        tell: hears the share that is decoded.
    """
    marks = FileCache(cache.folder.with_name("checked"), _MARKS)
    total = sum(copy.count for copy in copies)
    done: dict[int, int] = {}
    damaged: set[int] = set()

    def count(copy: Copy, pictures: int) -> None:
        done[copy.start] = max(done.get(copy.start, 0), min(pictures, copy.count))
        tell(sum(done.values()) / total)

    async def check(copy: Copy) -> None:
        key = await asyncio.to_thread(_key, copy)
        if not marks.path(key).exists():
            if await _is_decoded(copy, partial(count, copy)):
                _remember(marks, key)
            else:
                damaged.add(copy.start)
        count(copy, copy.count)

    jobs: list[Work] = [partial(check, copy) for copy in copies]
    if jobs:
        await in_workers(jobs, workers, turn)
        await asyncio.to_thread(marks.evict)
    return damaged


def _remember(marks: FileCache, key: str) -> None:
    with suppress(OSError), marks.unfinished() as unfinished:
        unfinished.write_bytes(b"1")
        marks.keep(unfinished, key)


def _key(copy: Copy) -> str:
    file: list[object] = [str(copy.path)]
    with suppress(OSError):  # a file that is gone is named when it is decoded
        stat = copy.path.stat()
        file += [stat.st_size, stat.st_mtime_ns]
    return hashlib.sha256(json.dumps([file, copy.packets]).encode()).hexdigest()


async def _is_decoded(copy: Copy, tell: Callable[[int], None]) -> bool:
    """Whether a decoder makes as many pictures of it as it should, and has nothing to complain of."""
    seek = ["-noaccurate_seek", "-ss", f"{float(copy.start_s) + 0.001:.6f}"]
    pictures = 0
    damage: list[str] = []

    def count(frame: int) -> None:
        nonlocal pictures
        pictures = frame
        tell(frame)

    try:
        await run(
            [
                "-skip_loop_filter", "all", "-err_detect", "explode",
                *(seek if copy.start_s else []),
                "-an", *READ_SAFELY, "-i", f"file:{copy.path.absolute()}",
                "-map", f"0:{copy.index}", "-frames:v", str(copy.count), "-fps_mode", "passthrough",
                "-f", "null", "-",
            ],
            names=[copy.filename], on_frame=count, on_damage=damage.append,
        )  # fmt: skip
    except (BadFile, RenderFailed):
        return False
    return pictures == copy.count and not damage


async def can_stay(sound: Path) -> bool:
    """Whether a decoder has nothing to complain of in a sound that was copied, and none of it is
    above full scale."""
    damage: list[str] = []
    try:
        decoded = await decode_sound(sound, on_damage=damage.append)
    except (BadFile, RenderFailed):
        return False
    return not damage and decoded.peak <= FULL_SCALE


async def check_lengths(plan: Plan, path: Path) -> None:
    """Raises `RenderFailed` unless the finished video has the plan's pictures and samples."""
    container = VIDEOS[plan.format].container
    pictures = await asyncio.to_thread(_count_pictures, path, container)
    samples = (await decode_sound(path, container)).samples
    if pictures != plan.frames or not -_ROUNDING <= samples - plan.samples < _PADDING:
        raise RenderFailed(
            f"The video came out with {pictures} pictures and {samples} samples of sound where "
            f"{plan.frames} and {plan.samples} were due."
        )


async def check_sound(plan: Plan, path: Path, container: str) -> None:
    """Raises `RenderFailed` unless the finished sound has the plan's samples."""
    samples = (await decode_sound(path, container)).samples
    if not -_ROUNDING <= samples - plan.samples < _PADDING:
        raise RenderFailed(
            f"The sound came out with {samples} samples where {plan.samples} were due."
        )


def _count_pictures(path: Path, form: str) -> int:
    """Those that are shown, by their packets; -1 when they cannot be read."""
    import av

    try:
        with av.open(str(path), format=_DEMUXERS.get(form, form)) as container:
            packets = container.demux(video=0)
            return sum(packet.size > 0 and not packet.is_discard for packet in packets)
    except (av.FFmpegError, IndexError):
        return -1


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder makes of an encoded sound."""

    samples: int
    """Of 48 kHz."""
    peak: float
    """Of its loudest sample; players cut off what is above `FULL_SCALE`."""


_DEMUXERS = {"webm": "matroska", "ipod": "mp4"}
"""What reads a container, where it has another name than what writes it."""


async def decode_sound(
    path: Path, container: str = "mp4", on_damage: Callable[[str], None] | None = None
) -> Decoded:
    """Decodes the whole sound of a file. Raises as `run` does."""
    told = await run(
        [
            "-vn", "-f", _DEMUXERS.get(container, container), "-i", f"file:{path}", "-map", "0:a:0", "-af", _MEASURE,
            "-f", "null", "-",
        ],
        names=["the sound"], on_damage=on_damage,
    )  # fmt: skip
    found = dict(re.findall(rb"Overall\.(\w+)=(\S+)", told))
    peak_db = float(found.get(b"Peak_level", "-inf"))
    return Decoded(round(float(found.get(b"Number_of_samples", 0))), 10 ** (peak_db / 20))


@dataclass(frozen=True, slots=True)
class Heard:
    """How loud a sound is by EBU R 128."""

    lufs: float
    """Of all of it; `SILENT` for what is not heard, and for less than 0.4 s."""
    true_peak_db: float
    """dBTP."""


async def measure(arguments: Sequence[str], names: Sequence[str]) -> Heard:
    """How loud it is what a run with these arguments puts through `MEASURE_LOUDNESS`. Raises as `run` does."""
    told = await run([*arguments, "-f", "null", "-"], names=names)
    found = dict(re.findall(rb"r128\.(\w+)=(\S+)", told))
    lufs, peak = float(found.get(b"I", SILENT)), float(found.get(b"true_peak", 0))
    peak_db = 20 * math.log10(peak) if peak > 0 else -math.inf
    return Heard(lufs if lufs > SILENT else SILENT, peak_db)  # nan: nothing was measured


_WINDOW = SAMPLE_RATE // 10
MEASURE_NOISE = (
    f"asetnsamples=n={_WINDOW}:p=0,astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level,"
    r"ametadata=print:key=lavfi.astats.Overall.RMS_level:file=pipe\\:1"
)
_SILENCE_DB = -90.0
_PAUSES = 0.1
"""So much of a recording is nothing but its noise."""


async def measure_noise(arguments: Sequence[str], names: Sequence[str]) -> float | None:
    """The level, in dBFS, of the quietest tenths of a second that are not silent, of what a run with these arguments
    puts through `MEASURE_NOISE`; None where nothing is heard. Raises as `run` does."""
    told = await run([*arguments, "-f", "null", "-"], names=names)
    levels = sorted(
        level
        for found in re.findall(rb"RMS_level=(\S+)", told)
        if (level := float(found)) > _SILENCE_DB
    )
    return levels[int(len(levels) * _PAUSES)] if levels else None


async def measure_encoded(path: Path, container: str = "mp4") -> Heard:
    """The same of the sound of a file."""
    source = ["-vn", "-f", _DEMUXERS.get(container, container), "-i", f"file:{path}"]
    return await measure([*source, "-map", "0:a:0", "-af", MEASURE_LOUDNESS], ["the sound"])
