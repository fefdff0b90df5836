"""ffmpeg: which one renders, one run of it as a child process, and its complaints as sentences.

The one that came with pip goes before the system's; each is proved able before it is used. A run
tells its progress, can be cancelled, and ends with its output or the reason why there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from vbtui.base import programs
from vbtui.base.errors import BadFile, DiskProblem, RenderFailed, StudioProblem, VbtuiError
from vbtui.base.files import passing_folder, read_json, write_json
from vbtui.base.settings import find_directories
from vbtui.base.text import clean_line


class Undrawable(RenderFailed):
    """The filters do not take what a file holds: no damage, and no other attempt helps."""


FILTERS = [
    "xfade",
    "overlay",
    "concat",
    "fps",
    "tpad",
    "trim",
    "loop",
    "lut1d",
    "lut3d",
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
    "ametadata",
    "astats",
    "ebur128",
    "asplit",
    "afftdn",
    "asetnsamples",
    "sidechaincompress",
    "volume",
    "zscale",
    "tonemap",
    "bwdif",
    "crop",
    "hflip",
    "hqdn3d",
    "pad",
    "setfield",
    "transpose",
    "vflip",
    "alphaextract",
    "alphamerge",
    "colorbalance",
    "colorchannelmixer",
    "curves",
    "perspective",
    "unsharp",
    "vignette",
    "palettegen",
    "paletteuse",
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


_CLIP = "color=c=red:s=64x64:r=30:d=1,format=yuv444p,setpts=PTS-STARTPTS"


def _mark(binary: str) -> list[object]:
    """What tells that the binary and what is asked of it are the same as at its proof."""
    stat = Path(binary).stat()
    return [binary, stat.st_size, stat.st_mtime_ns, FILTERS, _CLIP]


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
def _encoders() -> frozenset[str]:
    return frozenset(_run(find_ffmpeg(), "-encoders").stdout.split())


def require_encoders(*names: str) -> None:
    """Raises `StudioProblem` naming those of ffmpeg's encoders that are not there."""
    if missing := [name for name in names if name not in _encoders()]:
        raise StudioProblem(
            f"The ffmpeg of this machine has no encoder {' or '.join(missing)}.",
            hint="Install the one that fits: pip install 'vbtui[studio]'",
        )


@cache
def ffmpeg_version() -> str:
    """The first line that it says about itself."""
    return _run(find_ffmpeg(), "-version").stdout.split("\n")[0]


def unfit(binary: str) -> str:
    """ "" for an ffmpeg that can render, else why not: a phrase that follows its name."""
    try:
        with passing_folder("vbtui-probe-") as folder:
            return _missing(binary) or _loses_frames(binary, folder)
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
    """Two crossfades in a row must give every frame; ffmpeg 5.1 loses one at each one's end, and for 7.0
    frames whose times were set have no rate."""
    script = folder / "graph"
    script.write_text(
        f"{_CLIP}[a];{_CLIP}[b];{_CLIP}[c];[a][b]xfade=duration=0.2:offset=0.8[d];"
        "[d][c]xfade=duration=0.2:offset=1.6[out]\n"
    )
    done = _run(
        binary, "-loglevel", "error", "-/filter_complex", str(script), "-map", "[out]",
        "-f", "framecrc", "-",
    )  # fmt: skip
    if done.returncode != 0:
        return "is too old: it cannot do the filter graphs of a render"
    frames = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    return "" if len(frames) == 78 else "loses frames at transitions"


NICENESS = 10
STDERR_LINES = 60
"""Lines of ffmpeg's complaints that are kept: enough to find the first cause."""
STALL_S = 180.0
"""Without a new frame or more sound for so long, an encoder hangs."""
ATTEMPTS = 3
"""A process that is killed from outside is started again, so often in all."""
_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


_KILLED = "render_failed.killed"


async def run(
    arguments: Sequence[str],
    *,
    names: Sequence[str] = (),
    on_frame: Callable[[int], None] | None = None,
    memory: int = 0,
    on_damage: Callable[[str], None] | None = None,
    niceness: int = NICENESS,
    on_output: Callable[[int], None] | None = None,
    on_time: Callable[[float], None] | None = None,
    folder: Path | None = None,
    read_by: Sequence[str] = (),
) -> bytes:
    """Runs ffmpeg with `arguments`; its standard output when `on_frame` and `on_time` are None.

    Args:
        names: what the user calls each input, for sentences.
        on_frame: told how many frames are written so far; `-progress` is added for it.
        memory: bytes of address space at most; 0: no limit.
        niceness: how far all other programs of the machine go before it: 0 not at all, 19 always.
        on_damage: told, at the end of a run that went well, that an input is damaged in places.
        on_output: told how many bytes of standard output there are so far.
        on_time: told how many seconds are written so far, as `on_frame` is of frames.
        folder: where it runs, so that its filters read files by plain names there.
        read_by: a program (`programs.python`) that reads what ffmpeg writes; its own output takes the place of that.

    A process that somebody kills is started again. When the task is cancelled the process is
    killed and gone before this returns. Raises what `explain` makes of ffmpeg's words, and `RenderFailed` when its
    reader fails.
    """

    def once() -> Coroutine[None, None, bytes]:
        shown = _Shown(on_frame, on_time) if on_frame or on_time else None
        return _run_once(
            arguments, names, shown, memory, on_damage, niceness, on_output, folder, read_by
        )

    for _ in range(ATTEMPTS - 1):
        try:
            return await once()
        except RenderFailed as error:
            if error.code != _KILLED:
                raise
    return await once()


async def _run_once(
    arguments: Sequence[str],
    names: Sequence[str],
    shown: _Shown | None,
    memory: int,
    on_damage: Callable[[str], None] | None,
    niceness: int,
    on_output: Callable[[int], None] | None,
    folder: Path | None,
    read_by: Sequence[str],
) -> bytes:
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", "level+error"]
    command += ["-max_error_rate", "1"]  # what came out is counted; damage is told
    if shown is not None:
        command += ["-progress", "pipe:1", "-stats_period", "0.2"]
    gently, limits = _gently(niceness), ChildLimits(memory)
    sink = asyncio.subprocess.PIPE
    reader = None
    async with contextlib.AsyncExitStack() as ends:
        with contextlib.ExitStack() as here:
            if read_by:
                source, sink = os.pipe()
                here.callback(os.close, source)
                here.callback(os.close, sink)
                reader = await programs.start(
                    [*gently, *read_by], "worker", source=source, preexec=limits
                )
                ends.push_async_callback(_end, reader)
            process = await programs.start(
                [*gently, *command, *arguments],
                "tool",
                sink=sink,
                stderr=asyncio.subprocess.PIPE,
                line_limit=1024 * 1024,
                preexec=limits,
                folder=folder,
            )
            ends.push_async_callback(_end, process)
        written = (reader or process).stdout
        assert written is not None
        assert process.stderr is not None
        tail: deque[str] = deque(maxlen=STDERR_LINES)
        errors = DecodeErrors()
        reading = asyncio.ensure_future(_read_errors(process.stderr, tail, errors))
        if shown is None:
            output = await _read_output(written, on_output)
        else:
            output = b""
            await _watch(written, shown)
        await reading
        code = await process.wait()
        read = await reader.wait() if reader is not None else 0
    if -signal.SIGKILL in (code, read):
        raise RenderFailed(code=_KILLED)
    if read != 0:
        raise RenderFailed("What listens to the file failed.")
    if code != 0:
        raise explain(list(tail), code, names, errors)
    if on_damage is not None and (remark := errors.remark(names)):
        on_damage(remark)
    return output


def _gently(niceness: int) -> list[str]:
    nice = shutil.which("nice") if niceness else None
    return [nice, "-n", str(niceness)] if nice else []


class ChildLimits:
    """Runs in the child before its program does: it dies with its parent and stays in its bounds."""

    def __init__(self, memory: int = 0) -> None:
        self._memory = memory
        self._parent = os.getpid()
        self._prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def __call__(self) -> None:
        if self._prctl is not None:
            self._prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != self._parent:
                os._exit(1)
        with contextlib.suppress(OSError, ValueError):
            files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if self._memory:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_AS, (self._memory, self._memory))


async def _read_output(
    stream: asyncio.StreamReader, on_output: Callable[[int], None] | None
) -> bytes:
    output = bytearray()
    while chunk := await stream.read(65536):
        output += chunk
        if on_output is not None:
            on_output(len(output))
    return bytes(output)


@dataclass(slots=True)
class _Shown:
    """How far a run has come, by the words that it writes about it."""

    on_frame: Callable[[int], None] | None
    on_time: Callable[[float], None] | None
    frames: int = -1
    microseconds: int = -1

    def take(self, line: bytes) -> bool:
        """Whether a line says that it has come further: by a frame, or by time where it makes sound alone."""
        key, _, value = line.decode("ascii", "replace").strip().partition("=")
        if not value.isdigit():
            return False
        count = int(value)
        if key == "frame":
            if self.on_frame is not None:
                self.on_frame(count)
            self.frames, before = max(self.frames, count), self.frames
            return count > before
        if key == "out_time_us":
            if self.on_time is not None:
                self.on_time(count / 1_000_000)
            self.microseconds, before = max(self.microseconds, count), self.microseconds
            return count > before
        return False


async def _watch(stream: asyncio.StreamReader, shown: _Shown) -> None:
    """Reads the progress until the end. Raises `RenderFailed` when there is none for too long."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(STALL_S) as patience:
        try:
            async for line in stream:
                if shown.take(line):
                    patience.reschedule(loop.time() + STALL_S)
        except asyncio.CancelledError:
            if patience.expired():
                raise RenderFailed(
                    "The encoder made no progress for minutes and was stopped."
                ) from None
            raise


async def _read_errors(
    stream: asyncio.StreamReader, tail: deque[str], errors: DecodeErrors
) -> None:
    """Keeps the last lines and counts what was damaged; a line of any length is read."""
    rest = b""
    while chunk := await stream.read(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").strip()
            errors.note(text)
            tail.append(text[:500])
        rest = rest[-4096:]
    if rest:
        tail.append(rest.decode("utf-8", "replace").strip()[:500])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kills the process if it still runs and waits until it is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    while process.returncode is None:
        with contextlib.suppress(asyncio.CancelledError):
            await process.wait()


_INPUT = re.compile(r"(?:\[in#|\[[vas]?ist#|\[dec:\w+#|Input #)(\d+)")
_ENDS_EARLY = (
    "partial file",
    "File ended prematurely",
    "Truncat",
    "Error during demuxing",
    "invalid as first byte of an EBML",
)
_SCRATCHES = (
    "error while decoding MB",
    "corrupted macroblock",
    "error while decoding frame",
    "Error at MB",
    "tex damaged at",
    "slice mismatch",
    "error y=",
    "error decoding the audio block",
    "Overread",
)
_NO_GRAPH = ("Error reinitializing filters", "Error applying option")
_SPACE = "No space left on device"


@dataclass(slots=True)
class DecodeErrors:
    """What could not be read or decoded while ffmpeg went on."""

    damaged: int = 0
    scratched: bool = False
    """A picture or a piece of sound was decoded in part; the decoder guessed the rest."""
    ended_early: bool = False
    inputs: list[int] = field(default_factory=list)
    """Numbers of the inputs that complained, in order."""

    def note(self, line: str) -> None:
        """Takes one line of ffmpeg's."""
        found = _INPUT.search(line)
        number = int(found.group(1)) if found else None
        if any(words in line for words in _ENDS_EARLY):
            self.ended_early = True
        elif "Error submitting packet to decoder" in line or "Decoding error" in line:
            self.damaged += 1
        elif any(words in line for words in _SCRATCHES):
            self.scratched = True
            return
        else:
            return
        if number is not None:
            self.inputs.append(number)

    def remark(self, names: Sequence[str]) -> str:
        """A sentence for a run that went to its end; "" when nothing was damaged."""
        if not (self.damaged or self.scratched or self.ended_early):
            return ""
        blamed = [names[number] for number in self.inputs if number < len(names)]
        listed = list(dict.fromkeys(blamed or names))
        who = " or ".join(f"“{name}”" for name in listed[:3])
        how = "ends too early" if self.ended_early else "is damaged in places"
        return f"{who} {how}: the video shows what could be read of it."


def explain(
    lines: Sequence[str], code: int, names: Sequence[str], errors: DecodeErrors
) -> VbtuiError:
    """The error for a run that ended with `code` after saying `lines`."""
    text = "\n".join(lines)
    if _SPACE in text:
        return DiskProblem(
            "The disk is full; the video could not be written.", hint="Free some space."
        )
    if "Disk quota exceeded" in text:
        return DiskProblem("Your disk quota is used up.", hint="Free some space.")
    name = _blamed(lines, names, errors)
    if "No such file or directory" in text and name:
        return BadFile(f"“{name}” is no longer there.", hint="Upload it again.")
    if "Permission denied" in text and name:
        return BadFile(f"“{name}” cannot be read: permission denied.")
    if "Cannot allocate memory" in text:
        return RenderFailed(
            "The encoder ran out of memory.",
            hint="Close other programs or export at a smaller size.",
        )
    if name and (
        errors.ended_early or errors.damaged or "Invalid data found" in text or "[in#" in text
    ):
        how = "ends too early" if errors.ended_early else "is damaged and cannot be read"
        return BadFile(f"“{name}” {how}.", hint="Upload a whole copy of it.")
    said = next((line for line in lines if "[fatal]" in line or "[error]" in line), "")
    said = clean_line(re.sub(r"\[[^\]]*\]\s*", "", said))[:200].rstrip(".")
    if any(words in text for words in _NO_GRAPH):
        return Undrawable(f"The encoder cannot draw this: {said}.")
    return RenderFailed(f"The encoder stopped: {said or f'it ended with {code}'}.")


def _blamed(lines: Sequence[str], names: Sequence[str], errors: DecodeErrors) -> str:
    numbers = list(errors.inputs)
    numbers += [int(found.group(1)) for line in lines if (found := _INPUT.search(line))]
    return next((names[number] for number in numbers if number < len(names)), "")
