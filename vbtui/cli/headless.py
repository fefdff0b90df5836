"""What the commands without a screen share: an engine at work, and how its troubles end them.

Progress on stderr: one line that updates on a terminal, plain lines otherwise.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from vbtui.base.errors import (
    DiskProblem,
    VbtuiError,
    first_of,
)
from vbtui.journal.records import Render, RenderState
from vbtui.session.records import Link, Overview

if TYPE_CHECKING:
    from vbtui.engine import Engine


DONE_IN_PART = 6
"""The exit code of a command that did a part of what it was asked for."""
CANCEL_LIMIT_S = 3.0
"""So long a stopped command tries to cancel its renders."""


class Reports:
    """Lets a command wait until something holds: it is asked again after every report."""

    def __init__(self) -> None:
        self._came = asyncio.Event()

    def came(self) -> None:
        """A report came."""
        self._came.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns when `condition` holds."""
        while not condition():
            self._came.clear()
            await self._came.wait()


@asynccontextmanager
async def at_work(engine: Engine, *names: str) -> AsyncIterator[None]:
    """The services of a started engine run during the block: those of these names, else all.

    Raises the first `VbtuiError` of the block or of a service, never a group.
    """
    try:
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(service.run(), name=service.name)
                for service in engine.services
                if not names or service.name in names
            ]
            try:
                yield
            finally:
                for loop in loops:
                    loop.cancel()
    except* VbtuiError as errors:
        raise first_of(errors) from None


def stop_on_sigterm() -> None:
    """SIGTERM cancels the task that calls this, as Ctrl+C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def demand_backend(overview: Overview, more: str = "") -> None:
    """Raises `SignInRefused` or `Unreachable` unless there is a backend.

    Args:
        more: what else can be done then; empty: nothing.
    """
    if overview.link is Link.READY:
        return
    raise overview.away(more)


def check_output(path: Path) -> None:
    """Raises `DiskProblem` where no video of that name can be written."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise DiskProblem(
            f"The folder {folder} does not exist.", hint=f"Make it: mkdir -p {folder}"
        )
    if path.is_dir():
        raise DiskProblem(f"{path} is a folder.", hint="Name a file: -o OUT.mp4")


def show_render(progress: Progress, render: Render, what: str = "") -> None:
    """Where `render` stands; `what` tells it from others."""
    if render.state is RenderState.PROCESSING:
        progress.update(f"Rendering{what}", render.progress / 100)
    elif render.state is RenderState.DOWNLOADING:
        share = render.received / render.size if render.size else None
        progress.update(f"Downloading{what}", share)


_STEP = 0.1
"""Without a terminal, a share is said every tenth."""


class Progress:
    """What a headless command shows while it works; foreign text must come cleaned."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._open = False
        self._last: tuple[str, float] = ("", -1.0)

    def stage(self, sentence: str) -> None:
        """A step began or ended: a line of its own that stays."""
        line = " ".join(sentence.split())
        self._write(f"\r\x1b[K{line}\n" if self._open else f"{line}\n")
        self._open = False

    def update(self, label: str, share: float | None) -> None:
        """`label` is at `share` (0-1, None: not known)."""
        if self._live:
            percent = "" if share is None else f" {min(share, 1):.0%}"
            width = max(shutil.get_terminal_size().columns - 1, 10)
            line = f"{label}{percent}"
            while _cells(line) > width:
                label = label[:-2]
                line = f"{label}…{percent}"
            self._write(f"\r\x1b[K{line}")
            self._open = True
            return
        last_label, last_share = self._last
        step = -1.0 if share is None else min(share, 1) // _STEP * _STEP
        if label != last_label or step > last_share:
            self._last = (label, step)
            self._write(f"{label}\n" if share is None else f"{label} {step:.0%}\n")

    def end(self) -> None:
        """Leave no half line behind."""
        if self._open:
            self._write("\r\x1b[K")
            self._open = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            pass


def _cells(text: str) -> int:
    """Terminal cells, counted high: anything beyond Latin takes two."""
    return sum(1 if ord(char) < 0x1100 else 2 for char in text)
