"""What a chain of effects costs, against the same chain in one command that somebody wrote by hand.

    python -m tests.bench effects [--folder FOLDER] [--seconds COUNT] [--rounds COUNT]

A clip (testsrc2 with noise, 1280x720, kept in FOLDER) goes through five effects: cut at its sides, a vintage look, light and
colour, less grain, sharper edges. Printed are the processor time of the export, from an empty cache, and of the command – the
same filters, the same encoder – one after the other in the same round, and the ratio of the best of both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.clips import ffmpeg
from tests.rendered import draft, segment
from vbtui.studio.project.media import Media
from vbtui.studio.project.probe import probe
from vbtui.studio.render import Output, render
from vbtui.studio.render.codec import SOFTWARE, video_options
from vbtui.studio.render.plan import make_plan

_RATIO = 1.15
_EFFECTS: list[dict[str, Any]] = [
    {"type": "crop", "left": 0.1, "top": 0.1, "right": 0.1, "bottom": 0.1},
    {"type": "look", "name": "vintage"},
    {"type": "colour", "brightness": 0.1, "contrast": 0.2, "temperature": 0.3},
    {"type": "degrain", "amount": 0.4},
    {"type": "sharpen", "amount": 0.5},
]
_BY_HAND = (
    "crop=iw*0.8:ih*0.8,scale=1280:720,setsar=1,"
    "scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=gbrp,"
    "curves=r='0/.09 .5/.56 1/.95':g='0/.04 .5/.5 1/.93':b='0/.16 .5/.46 1/.78',"
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "lutyuv=y='clip(16+219*((((val-16)/219-0.5)*1.2+0.5)*1.05+0.0083),16,235)',"
    "scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=gbrp,"
    "colorchannelmixer=rr=1.04:gg=0.985:bb=0.845,"
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "hqdn3d=4.8:4:7.2:6,unsharp=5:5:1:5:5:0"
)


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 where the limit is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench effects", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(argv)
    path = _clip(options.folder, options.seconds)
    cache = tempfile.mkdtemp(prefix="bench-effects-cache-")
    os.environ["XDG_CACHE_HOME"] = cache
    media = probe(path, path.name)
    ours, plain = [], []
    with tempfile.TemporaryDirectory(prefix="bench-effects-") as folder:
        for _ in range(options.rounds):
            began = _worked()
            _by_hand(path, media, Path(folder))
            plain.append(_worked() - began)
            began = _worked()
            _exported(media, Path(folder))
            ours.append(_worked() - began)
    shutil.rmtree(cache, ignore_errors=True)
    ratio = min(ours) / min(plain)
    print(
        f"{options.seconds} s, five effects: the command {min(plain):.1f} s of a core, the export {min(ours):.1f} s"
    )
    print(f"ratio {ratio:.2f} (at most {_RATIO})")
    return 0 if ratio <= _RATIO else 1


def _clip(folder: Path, seconds: int) -> Path:
    path = folder / f"bench-effects-{seconds}.mp4"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        graph = f"testsrc2=s=1280x720:r=30:d={seconds},noise=alls=6:allf=t"
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            graph,
            "-crf",
            "16",
            "-pix_fmt",
            "yuv420p",
            "-preset",
            "fast",
            unfinished,
        )
        unfinished.rename(path)
    return path


def _draft(media: Media) -> dict[str, Any]:
    clip = segment("a", 0, media.duration_ms, effects=_EFFECTS, fit="cover")
    return draft([clip], width=1280, height=720)


def _by_hand(path: Path, media: Media, folder: Path) -> None:
    plan = make_plan(_draft(media), {"a": media}, Output("high"))
    made = folder / "plain.mp4"
    ffmpeg("-i", path, "-vf", _BY_HAND, *video_options(plan, SOFTWARE), "-an", made)
    made.unlink()


def _exported(media: Media, folder: Path) -> None:
    """From an empty cache."""
    work = folder / "work"
    options = Output("high", cache_bytes=0)
    asyncio.run(
        render(
            _draft(media), {"a": media}, options, folder / "ours.mp4",
            workdir=work, on_progress=lambda percent: None,
        )
    )  # fmt: skip
    shutil.rmtree(work, ignore_errors=True)


def _worked() -> float:
    """Seconds of a core that this process and its children took: what else the machine does is no part of it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
