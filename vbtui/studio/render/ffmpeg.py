"""The ffmpeg that renders: the one that came with pip goes before the system's."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from vbtui.base import programs
from vbtui.base.errors import DiskProblem, StudioProblem
from vbtui.base.files import read_json, write_json
from vbtui.base.settings import find_directories

FILTERS = [
    "xfade",
    "overlay",
    "concat",
    "fps",
    "tpad",
    "trim",
    "loop",
    "fade",
    "gblur",
    "lutyuv",
    "scale",
    "setparams",
    "split",
    "amix",
    "atempo",
    "alimiter",
    "afade",
    "apad",
    "atrim",
    "aresample",
    "volume",
    "zscale",
    "tonemap",
]


@cache
def find_ffmpeg() -> str:
    """Path of an ffmpeg that was proved able. Raises `StudioProblem` naming what is missing."""
    reasons: list[str] = []
    for candidate in programs.ffmpegs():
        if _proved(candidate):
            return candidate
        reason = unfit(candidate)
        if not reason:
            _remember(candidate)
            return candidate
        reasons.append(f"{candidate} {reason}")
    raise StudioProblem(
        "; ".join(reasons) + "." if reasons else "No ffmpeg was found.",
        hint="Install the one that fits: pip install 'vbtui[studio]'",
    )


def _proofs() -> Path:
    return find_directories().cache / "ffmpeg.json"


def _mark(binary: str) -> list[object]:
    """What tells that the binary and what is asked of it are the same as at its proof."""
    stat = Path(binary).stat()
    return [binary, stat.st_size, stat.st_mtime_ns, FILTERS]


def _proved(binary: str) -> bool:
    """Whether this very file was proved able before."""
    try:
        return bool(read_json(_proofs()) == _mark(binary))
    except OSError:
        return False


def _remember(binary: str) -> None:
    with contextlib.suppress(OSError, DiskProblem):
        _proofs().parent.mkdir(parents=True, exist_ok=True)
        write_json(_proofs(), _mark(binary), durable=False)


@cache
def ffmpeg_version() -> str:
    """The first line that it says about itself."""
    return _run(find_ffmpeg(), "-version").stdout.split("\n")[0]


def unfit(binary: str) -> str:
    """ "" for an ffmpeg that can render, else why not: a phrase that follows its name."""
    try:
        with tempfile.TemporaryDirectory(prefix="vbtui-probe-") as folder:
            return _missing(binary) or _loses_frames(binary, Path(folder))
    except (OSError, subprocess.SubprocessError):
        return "does not run"


def _run(binary: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return programs.run([binary, "-hide_banner", *arguments], timeout_s=30)


def _missing(binary: str) -> str:
    listed = _run(binary, "-filters")
    if listed.returncode != 0:
        return "does not run"
    words = {line.split()[1] for line in listed.stdout.splitlines() if len(line.split()) > 2}
    missing = [name for name in FILTERS if name not in words]
    if missing:
        return f"lacks the filters {', '.join(missing)}"
    if "libx264" not in _run(binary, "-encoders").stdout:
        return "lacks the encoder libx264"
    return ""


def _loses_frames(binary: str, folder: Path) -> str:
    """Two crossfades in a row must give every frame; ffmpeg 5.1 loses one at each one's end."""
    clip = "color=c=red:s=64x64:r=30:d=1,format=yuv444p"
    script = folder / "graph"
    script.write_text(
        f"{clip}[a];{clip}[b];{clip}[c];[a][b]xfade=duration=0.2:offset=0.8[d];"
        "[d][c]xfade=duration=0.2:offset=1.6[out]\n"
    )
    done = _run(
        binary, "-loglevel", "error", "-/filter_complex", str(script), "-map", "[out]",
        "-f", "framecrc", "-",
    )  # fmt: skip
    if done.returncode != 0:
        return "is too old: it cannot read a filter graph from a file"
    frames = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    return "" if len(frames) == 78 else "loses frames at transitions"
