"""Footage to try vbtui with, drawn by this machine: clips, photos and a piece of music, the same each time.

    python -m vbtui.studio.sample.footage FOLDER      draws it

A clip is a background over which layers move: Pillow draws them once, ffmpeg moves them. Nothing is downloaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from vbtui.base import programs
from vbtui.base.errors import StudioProblem
from vbtui.base.files import disk_errors, fresh_name, remove_leftovers
from vbtui.base.text import clean_line
from vbtui.studio.render.ffmpeg import find_ffmpeg
from vbtui.studio.sample import music
from vbtui.studio.sample.scenes import CLIPS, FPS, MUSIC, NAMES, PHOTOS, SECONDS, Scene

_VERSION = 1
"""Of what is drawn: another one is drawn anew."""
_UNFINISHED = "unfinished"
_X264 = (
    "-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-g", "6",
    "-x264-params", "cabac=1:8x8dct=1:aq-mode=1", "-pix_fmt", "yuv420p",
)  # fmt: skip
"""Quick, and with short groups of pictures, so that the renderer takes over what nothing lies on."""
_BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
_QUIET = ("-hide_banner", "-loglevel", "error", "-y")


async def footage(folder: Path) -> list[Path]:
    """The files of the sample project below `folder`, in the order of a video; drawn where they are not there.

    One at a time: a call that comes while another draws waits for it. Raises `StudioProblem`, `DiskProblem`.
    """
    home = folder / f"{_VERSION}"
    async with _drawing:
        if not await asyncio.to_thread(home.is_dir):
            unfinished = folder / fresh_name(_UNFINISHED)
            with disk_errors(folder):
                await asyncio.to_thread(unfinished.mkdir, mode=0o700, parents=True)
                try:
                    await asyncio.to_thread(remove_leftovers, folder, _UNFINISHED)
                    await _have_drawn(unfinished)
                    unfinished.rename(home)
                finally:
                    await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
    return [home / name for name in NAMES]


_drawing = asyncio.Lock()


async def _have_drawn(folder: Path) -> None:
    """By a process of its own: the studio answers meanwhile."""
    command = programs.python("vbtui.studio.sample.footage", str(folder))
    worker = await programs.start(command, "worker", stderr=asyncio.subprocess.PIPE)
    try:
        _, said = await worker.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
        raise
    if worker.returncode or not all((folder / name).is_file() for name in NAMES):
        reason = clean_line(said.decode(errors="replace").strip().rpartition("\n")[2])[:200]
        raise StudioProblem(
            f"The sample footage could not be drawn: {reason or 'nobody said why'}.",
            hint="vbtui doctor says what this machine has and what is missing.",
        )


def draw(folder: Path) -> None:
    """Draw all files into `folder`.

    Raises `StudioProblem` where there is no ffmpeg for it, `OSError`, `subprocess.SubprocessError`.
    """
    ffmpeg = find_ffmpeg()
    workers = max(2, min(6, os.cpu_count() or 2))
    with tempfile.TemporaryDirectory(dir=folder) as scratch, ThreadPoolExecutor(workers) as pool:
        places = Path(scratch)
        jobs: list[Future[None]] = [
            pool.submit(_clip, ffmpeg, folder, places, scene) for scene in CLIPS
        ]
        jobs += [pool.submit(_photo, folder, scene) for scene in PHOTOS]
        jobs.append(pool.submit(_song, ffmpeg, folder, places))
        for job in jobs:
            job.result()


def _clip(ffmpeg: str, folder: Path, scratch: Path, scene: Scene) -> None:
    base, layers = scene.draw(random.Random(scene.name))
    inputs: list[str] = []
    for number, image in enumerate((base.convert("RGBA"), *(layer.image for layer in layers))):
        small = image.resize((image.width * 2 // 3, image.height * 2 // 3), Image.Resampling.BOX)
        raw = scratch / f"{scene.name}.{number}"
        raw.write_bytes(small.tobytes())
        size = f"{small.width}x{small.height}"
        form = ("-f", "rawvideo", "-pix_fmt", "rgba", "-r", str(FPS), "-s", size)
        inputs += [*form, "-i", str(raw)]
    # In 4:4:4 a layer may move by one pixel, in 4:2:0 by two.
    to_video, still = "scale=out_color_matrix=bt709:out_range=tv", "loop=-1:1:0,setpts=N"
    chains = [f"[0]{to_video},format=yuv444p,{still}[v0]"]
    for number, layer in enumerate(layers, 1):
        chains.append(f"[{number}]{to_video},format=yuva444p,{still}[l{number}]")
        place = f"x='({layer.x})*2/3':y='({layer.y})*2/3':format=yuv444"
        chains.append(f"[v{number - 1}][l{number}]overlay={place}[v{number}]")
    command = [
        ffmpeg, *_QUIET, *inputs, "-filter_complex", ";".join(chains),
        "-map", f"[v{len(layers)}]", "-frames:v", str(SECONDS * FPS),
        *_X264, *_BT709, "-metadata", f"creation_time={scene.recorded}", "-movflags", "+faststart",
        str(folder / scene.name),
    ]  # fmt: skip
    _run(command)


def _photo(folder: Path, scene: Scene) -> None:
    image, _ = scene.draw(random.Random(scene.name))
    exif = Image.Exif()
    exif[0x0132] = scene.recorded
    exif.get_ifd(0x8769)[0x9003] = scene.recorded
    image.save(folder / scene.name, quality=88, exif=exif)


def _song(ffmpeg: str, folder: Path, scratch: Path) -> None:
    inputs = []
    for voice, rounds in ((music.CHORDS, music.ROUNDS), (music.MELODY, music.ROUNDS - 1)):
        plain = scratch / f"{voice}.wav"
        music.write(voice, plain)
        inputs += ["-stream_loop", str(rounds - 1), "-i", str(plain)]
    later, length = music.ROUND_MS, music.ROUNDS * music.ROUND_MS / 1000
    graph = (
        "[0]pan=stereo|c0=0.7*c0|c1=0.5*c0[a];"
        f"[1]pan=stereo|c0=0.4*c0|c1=0.62*c0,adelay={later}|{later}[b];"
        "[a][b]amix=normalize=0,lowpass=f=7000,aecho=0.8:0.75:53|97|151:0.28|0.2|0.14,"
        f"volume=13dB,alimiter=limit=0.9:level=0,afade=t=out:st={length - 4}:d=4"
    )
    command = [
        ffmpeg, *_QUIET, *inputs, "-filter_complex", graph, "-t", str(length),
        "-ar", "48000", "-c:a", "aac", "-b:a", "160k", str(folder / MUSIC),
    ]  # fmt: skip
    _run(command)


_LONGEST_S = 300.0
"""For one clip; a second is usual."""


def _run(command: Sequence[str]) -> None:
    programs.run(command, timeout_s=_LONGEST_S).check_returncode()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
